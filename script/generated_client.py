"""Pinterest's description as PyPI's pinterestsdk has it: a client generated from a version that is newer
than the OpenAPI file that Pinterest publishes.

Its code is parsed, not run: importing it takes seconds. A generated client leaves out what it has no
use for: scopes, rate limits, patterns, most defaults, and whether a field may be null.

    >>> client = GeneratedClient()
    >>> client.version
    '5.28.0'
    >>> client.model("MultiPinsAnalyticsMetricTypesItem")["enum"][:2]
    ['IMPRESSION', 'OUTBOUND_CLICK']
"""

from __future__ import annotations

import ast
import functools
import importlib.util
import re
from pathlib import Path
from typing import Any

Node = dict[str, Any]

TYPES: dict[str, Node] = {
    "Any": {},
    "StrictStr": {"type": "string"},
    "SecretStr": {"type": "string"},
    "str": {"type": "string"},
    "StrictBool": {"type": "boolean"},
    "StrictInt": {"type": "integer"},
    "int": {"type": "integer"},
    "StrictFloat": {"type": "number"},
    "float": {"type": "number"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
}
LIMITS = {  # of Field(): (of a list, of anything else)
    "ge": ("minimum", "minimum"),
    "le": ("maximum", "maximum"),
    "min_length": ("min_items", "min_length"),
    "max_length": ("max_items", "max_length"),
}
NORWAY = {"false": "NO"}
"""The generator read its description as YAML, in which the country code NO is false."""


class GeneratedClient:
    def __init__(self, package: Path | None = None) -> None:
        self.package = package or _installed()
        text = (self.package / "__init__.py").read_text("utf-8")
        found = re.search(r"The version of the OpenAPI document: (\S+)", text)
        if not found:
            raise SystemExit(f"{self.package} does not say which description it is generated from.")
        self.version = found[1]
        release = re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE)
        self.name = f"pinterestsdk {release[1] if release else ''}"
        self._class = functools.cache(self._class_of)
        self._models = functools.cache(self._models_of)
        self._operations = functools.cache(self._operations_of)

    # --- Models ---

    def model(self, name: str) -> Node:
        """The schema of a class, in the words of script/update_api_facts."""
        model = self._class(name)
        typed = next((each.body for each in model.body if isinstance(each, ast.If)), [])
        fields = {
            statement.target.id: statement
            for statement in [*model.body, *typed]  # anyOf stands behind `if TYPE_CHECKING:`
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
        }
        if any(isinstance(base, ast.Name) and base.id == "Enum" for base in model.bases):
            values = [
                ast.literal_eval(statement.value)
                for statement in model.body
                if isinstance(statement, ast.Assign)
            ]
            return {"type": "string" if isinstance(values[0], str) else "integer", "enum": values}
        if "actual_instance" in fields:
            return self.schema(fields["actual_instance"].annotation)
        enums = _validated(model)
        properties: Node = {}
        required = []
        for field, statement in fields.items():
            if "ClassVar" in ast.unparse(statement.annotation) or field == "additional_properties":
                continue
            arguments = _arguments(statement.value)
            name_in_json = arguments.get("alias", field)
            properties[name_in_json] = _with_enum(
                self.schema(statement.annotation), enums.get(field, [])
            )
            if "default" not in arguments:
                required.append(name_in_json)
            elif arguments["default"] is not None:
                properties[name_in_json]["default"] = arguments["default"]
        return {
            "type": "object",
            **({"properties": properties} if properties else {}),
            **({"required": sorted(required)} if required else {}),
        }

    def schema(self, annotation: ast.expr) -> Node:
        """
        >>> client = GeneratedClient()
        >>> text = "Optional[Annotated[List[Annotated[str, Field(max_length=18)]], Field(max_length=250)]]"
        >>> client.schema(ast.parse(text, mode="eval").body)
        {'type': 'array', 'max_items': 250, 'items': {'type': 'string', 'max_length': 18}}
        """
        if isinstance(annotation, ast.Name):
            known = TYPES.get(annotation.id)
            return self.model(annotation.id) if known is None else dict(known)
        if not isinstance(annotation, ast.Subscript) or not isinstance(annotation.value, ast.Name):
            raise SystemExit(f"{self.package}: {ast.unparse(annotation)} is not understood.")
        inside = annotation.slice
        parts = inside.elts if isinstance(inside, ast.Tuple) else [inside]
        match annotation.value.id:
            case "Optional":
                return self.schema(parts[0])
            case "List":
                return {"type": "array", "items": self.schema(parts[0])}
            case "Dict":
                values = self.schema(parts[1])
                return {"type": "object", **({"additional_properties": values} if values else {})}
            case "Union":
                return _united([self.schema(part) for part in parts])
            case "Annotated":
                schema = self.schema(parts[0])
                arguments = {k: v for part in parts[1:] for k, v in _arguments(part).items()}
                which = 0 if schema.get("type") == "array" else 1
                limits = {LIMITS[k][which]: v for k, v in arguments.items() if k in LIMITS}
                items = {"items": schema.pop("items")} if "items" in schema else {}
                return schema | limits | items
        raise SystemExit(f"{self.package}: {ast.unparse(annotation)} is not understood.")

    def _class_of(self, name: str) -> ast.ClassDef:
        for path in self._models().get(name.lower(), []):
            for statement in ast.parse(path.read_text("utf-8")).body:
                if isinstance(statement, ast.ClassDef) and statement.name == name:
                    return statement
        raise SystemExit(f"{self.package} has no model {name}.")

    def _models_of(self) -> dict[str, list[Path]]:
        """The files of the models, by name in small letters without the underscores."""
        found: dict[str, list[Path]] = {}
        for path in (self.package / "models").glob("*.py"):
            found.setdefault(path.stem.replace("_", ""), []).append(path)
        return found

    # --- Operations ---

    def operation(self, name: str) -> Node:
        """`parameters`, and the `body` of a POST; of POST /oauth/token the fields of its form."""
        if name not in self._operations():
            raise SystemExit(f"{self.package} has no {name}.")
        function, serializer = self._operations()[name]
        arguments = function.args.args
        annotations = {each.arg: each.annotation for each in arguments if each.annotation}
        optional = {each.arg for each in arguments[len(arguments) - len(function.args.defaults) :]}
        joined = dict(re.findall(r"^ +'(\w+)': '(csv|multi)',$", serializer, re.MULTILINE))
        facts: Node = {"parameters": {}}
        for parameter, argument in re.findall(r"_path_params\['(\w+)'\] = (\w+)", serializer):
            schema = self.schema(annotations[argument])
            facts["parameters"][parameter] = {"in": "path", "required": True, **schema}
        for parameter, argument in _appended("query", serializer):
            schema = self.schema(annotations[argument])
            required = argument not in optional
            facts["parameters"][parameter] = {"in": "query", "required": required, **schema}
            if schema.get("type") == "array":
                facts["parameters"][parameter]["explode"] = joined[parameter] == "multi"
        if form := _appended("form", serializer):
            properties = {field: self.schema(annotations[argument]) for field, argument in form}
            facts["body"] = {"type": "object", "properties": properties}
        if body := re.search(r"_body_params = (\w+)\n", serializer):
            facts["body"] = self.schema(annotations[body[1]])
        return facts

    def _operations_of(self) -> dict[str, tuple[ast.FunctionDef, str]]:
        """By method and path: the head of the function, and the source of what serializes it."""
        found = {}
        for path in (self.package / "api").glob("*_api.py"):
            sources = re.split(r"^    (?=def )", path.read_text("utf-8"), flags=re.MULTILINE)
            by_name = {source[4 : source.index("(")]: source for source in sources[1:]}
            for name, source in by_name.items():
                method = re.search(r"\bmethod='(\w+)'", source)
                where = re.search(r"\bresource_path='([^']+)'", source)
                if method and where:
                    function = by_name[name.removeprefix("_").removesuffix("_serialize")]
                    head = ast.parse(function[: function.index("\n    ) -> ")] + "\n): ...").body[0]
                    if isinstance(head, ast.FunctionDef):
                        found[f"{method[1]} {where[1]}"] = head, source
        return found


def _installed() -> Path:
    spec = importlib.util.find_spec("pinterestsdk")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(
            "pinterestsdk is not installed. Run `pip install -r requirements-dev.txt`."
        )
    return Path(spec.submodule_search_locations[0])


def _appended(place: str, serializer: str) -> list[tuple[str, str]]:
    pairs = re.findall(rf"_{place}_params\.append\(\s*\(\s*'(\w+)',\s*(\w+)", serializer)
    return list(dict.fromkeys(pairs))


def _arguments(value: ast.expr | None) -> Node:
    """Those of a Field(); a plain value is its `default`."""
    if not isinstance(value, ast.Call):
        return {"default": ast.literal_eval(value)} if value else {}
    known = {"default", "alias", *LIMITS}
    return {
        keyword.arg: ast.literal_eval(keyword.value)
        for keyword in value.keywords
        if keyword.arg in known
    }


def _validated(model: ast.ClassDef) -> dict[str, list[Any]]:
    """What the validators of a model allow, by field: `if value not in set(['A', 'B'])`."""
    found: dict[str, list[Any]] = {}
    for function in model.body:
        if not isinstance(function, ast.FunctionDef):
            continue
        fields = [
            ast.literal_eval(decorator.args[0])
            for decorator in function.decorator_list
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "field_validator"
        ]
        for node in ast.walk(function):
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.NotIn):
                allowed = node.comparators[0]
                if isinstance(allowed, ast.Call) and allowed.args:
                    found |= {field: list(ast.literal_eval(allowed.args[0])) for field in fields}
    return found


def _with_enum(schema: Node, enum: list[Any]) -> Node:
    """The schema with the values of a validator, or with its own."""
    if schema.get("type") == "array":
        return {**schema, "items": _with_enum(schema["items"], enum)}
    values = [NORWAY.get(value, value) for value in enum or schema.get("enum", [])]
    return {**schema, "enum": values} if values else schema


def _united(alternatives: list[Node]) -> Node:
    """The fields of all of some objects."""
    kinds = {each.get("type") for each in alternatives}
    if kinds == {"number", "integer"}:
        return {"type": "number"}
    if kinds != {"object"}:
        return {"one_of": alternatives}
    common = set.intersection(*(set(each.get("required", [])) for each in alternatives))
    properties: Node = {}
    for each in alternatives:
        for name, schema in each.get("properties", {}).items():
            before = properties.get(name, {})
            enum = list(dict.fromkeys([*before.get("enum", []), *schema.get("enum", [])]))
            properties[name] = before | schema | ({"enum": enum} if enum else {})
    return {
        "type": "object",
        "properties": properties,
        **({"required": sorted(common)} if common else {}),
    }
