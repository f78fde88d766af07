"""The vendor's OpenAPI file as something that answers can be held against.

It is not part of this repository: the environment variable PINTEREST_OPENAPI names it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema

Node = dict[str, Any]


class Description:
    def __init__(self, path: Path) -> None:
        self.document: Node = json.loads(path.read_text("utf-8"))
        self.definitions = {
            name: json_schema(schema)
            for name, schema in self.document["components"]["schemas"].items()
        }

    def follow(self, node: Node) -> Node:
        while "$ref" in node:
            target: Any = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def operation(self, name: str) -> Node:
        method, _, path = name.partition(" ")
        found: Node = self.document["paths"][path][method.lower()]
        return found

    def validate(self, operation: str, status: int, body: Any) -> None:
        """Raises jsonschema.ValidationError when the body is not one that is described."""
        responses = self.operation(operation)["responses"]
        response = self.follow(responses.get(str(status)) or responses["default"])
        schema = json_schema(response["content"]["application/json"]["schema"])
        jsonschema.Draft202012Validator({**schema, "$defs": self.definitions}).validate(body)

    def parameters(self, operation: str) -> dict[str, Node]:
        given = self.operation(operation).get("parameters", [])
        return {parameter["name"]: parameter for parameter in map(self.follow, given)}


def json_schema(node: Any) -> Any:
    """OpenAPI 3.0 as JSON Schema.

    `nullable` becomes a type of its own. oneOf becomes anyOf: without the discriminators, which
    JSON Schema does not know, an image also satisfies what is described of a video.
    """
    if isinstance(node, list):
        return [json_schema(one) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return {"$ref": node["$ref"].replace("#/components/schemas/", "#/$defs/")}
    schema: Node = {}
    for name, value in node.items():
        if name in {"nullable", "discriminator", "example", "examples", "default"}:
            continue
        if name == "properties":
            schema[name] = {field: json_schema(one) for field, one in value.items()}
        elif name in {"enum", "required"}:
            schema[name] = value
        else:
            schema["anyOf" if name == "oneOf" else name] = json_schema(value)
    return {"anyOf": [schema, {"type": "null"}]} if node.get("nullable") is True else schema
