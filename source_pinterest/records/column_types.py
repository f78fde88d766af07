"""Pinterest's values → values of the types that a JSON schema promises. No I/O, no CDK.

Pinterest does not document the types of its columns, and a destination rounds, drops or refuses a value of
another type than its column's.
"""

from __future__ import annotations

import json
import logging
import math
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from source_pinterest.api.columns import additive_columns
from source_pinterest.config.validation import TOKEN

logger = logging.getLogger("airbyte.source_pinterest")

Converter = Callable[[Any], Any]
Note = Callable[[str, str], None]
"""Takes the name of a column, and a description of a value that does not fit it."""

EXACT_BELOW = 2**53
"""From here on, a JSON number that is written as a float has lost digits."""

NOTHING = frozenset({"", "null", "none", "n/a", "na", "nan"})
"""Texts, in lower case and without surrounding blanks, that mean "no value" in a column that is not text."""

NUMBER = re.compile(r"[+-]?(\d+|(\d+\.\d*|\.\d+|\d+)(e[+-]?\d+)?)", re.ASCII | re.IGNORECASE)
INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
FLAGS = {"true": True, "1": True, "false": False, "0": False, "-0": False}
"""By the texts that msgspec accepts, too, when it parses rows: "-0" is among them."""
DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ].*)?", re.ASCII | re.DOTALL)
INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)"
    r"(?:[T ]((?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?)\s?(Z|[+-]\d\d:?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
ID = re.compile(r"(^|[._])ids?(\[\])?$", re.IGNORECASE)
"""Matches the end of the name of a field that holds ids."""

SHOWN_LENGTH = 20
"""The most characters of a text that a warning shows."""


class AnswerWarnings:
    """Logs what does not fit in the answers to one stream of one sync, each kind of problem once."""

    def __init__(self, stream: str = "", say: Callable[[str], None] = logger.warning) -> None:
        self._stream = stream
        self._say = say
        self._said: set[str] = set()
        self._lock = threading.Lock()

    def note(self, column: str, problem: str) -> None:
        """Warns that a column has a value which cannot be converted, and is null."""
        self.say(column, f"{column}: Pinterest sent {problem}; such values are null")

    def say(self, what: str, sentence: str) -> None:
        """Logs a sentence, unless one about the same problem was logged. `what`: names the problem."""
        with self._lock:
            if what in self._said:
                return
            self._said.add(what)
        self._say(f"{self._stream}: {sentence}." if self._stream else f"{sentence}.")


class Field(NamedTuple):
    """Converts the values of one field to the type of its schema."""

    convert: Converter
    right: frozenset[type]
    """The types of values that need no conversion."""
    kind: str = ""
    """`number`, `string` (of no format) or `boolean`."""


NULL = type(None)


MAX_SHAPES = 1_000
"""The most shapes that are remembered. If there are more, as with nulls in any column, the type of every
value is checked."""


class ColumnTypes:
    """Converts rows to the types of a schema. Fields that the schema lacks stay as they are.

    >>> schema = {"VIEWS": {"type": ["null", "number"]}, "IS_PAID": {"type": ["null", "boolean"]}}
    >>> rows = [{"VIEWS": 216.0, "IS_PAID": "true"}, {"VIEWS": "N/A"}, {"VIEWS": "7.5", "NEW": 1.0}]
    >>> ColumnTypes.of(schema).apply(rows)
    >>> rows
    [{'VIEWS': 216, 'IS_PAID': True}, {'VIEWS': None}, {'VIEWS': 7.5, 'NEW': 1.0}]
    """

    def __init__(
        self,
        fields: Mapping[str, Field],
        numbers: tuple[str, ...] = (),
        additive: frozenset[str] = frozenset(),
        most_shapes: int = MAX_SHAPES,
    ) -> None:
        self._most_shapes = most_shapes
        self.numbers = numbers
        """The numeric columns, in the order of the schema."""
        self.additive = additive
        """The numeric columns whose values may be added up over rows."""
        self.fields = fields
        self.seen: set[str] = set()
        """The names of the fields that rows have had."""
        self._shapes: dict[tuple[type, ...], tuple[list[str], list[str]]] = {}
        """By the types of a row's values: its fields, and those that need a conversion."""

    @classmethod
    def of(
        cls,
        properties: Mapping[str, Any],
        columns: Iterable[str] | None = None,
        answer_warnings: AnswerWarnings | None = None,
    ) -> ColumnTypes:
        """`columns`: the names in `properties` that are read; default: all."""
        read = properties if columns is None else dict.fromkeys(columns)
        fields = fields_of(properties, (answer_warnings or AnswerWarnings()).note)
        numbers = tuple(name for name in read if name in fields and fields[name].kind == "number")
        return cls(fields, numbers, additive_columns().intersection(numbers))

    def apply(self, rows: Iterable[dict[str, Any]]) -> None:
        """Converts the values of rows in place.

        Rows come in few shapes, and the shape of a row tells which of its values need a conversion.
        """
        fields, shapes = self.fields, self._shapes
        for row in rows:
            is_known = len(shapes) < self._most_shapes
            if is_known:
                kinds = tuple(map(type, row.values()))
                names, doubtful = shapes.get(kinds, NO_SHAPE)
            if not is_known or names != list(row):
                self.seen.update(row)
                doubtful = [
                    name
                    for name, value in row.items()
                    if name in fields and type(value) not in fields[name].right
                ]
                if is_known:
                    shapes[kinds] = list(row), doubtful
            for name in doubtful:
                row[name] = fields[name].convert(row[name])

    def fitted(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Returns a converted copy of a row."""
        found = dict(row)
        self.apply([found])
        return found


NO_SHAPE: tuple[list[str], list[str]] = ([""], [])


def fields_of(properties: Mapping[str, Any], note: Note, above: str = "") -> dict[str, Field]:
    """Returns the fields of an object by name. `above`: the path of the object, for warnings."""
    found = {}
    for name, schema in properties.items():
        if field := field_of(schema, f"{above}{name}", note):
            found[name] = field
    return found


def field_of(schema: Mapping[str, Any], path: str, note: Note) -> Field | None:
    """Returns the field of a schema. None: its values need no conversion."""
    kind = _kind(schema)
    if kind in PLAIN:
        maker, right = PLAIN[kind]
        return Field(maker(path, note), right, kind)
    if kind == "object":
        inner = fields_of(schema.get("properties", {}), note, f"{path}.")
        return Field(_object(inner, path, note), frozenset({NULL} if inner else {NULL, dict}))
    if kind == "array":
        item = field_of(schema.get("items", {}), f"{path}[]", note)
        return Field(_array(item, path, note), frozenset({NULL} if item else {NULL, list}))
    if kind == "string":
        form = schema.get("format", "")
        made = {"date": _day, "date-time": _instant}.get(form, _text)(path, note)
        own: set[type] = set() if form else {str}
        kind = "" if form else "string"
        if "null" in schema["type"]:
            return Field(made, frozenset({NULL, *own}), kind)
        return Field(_not_null(made), frozenset(own), kind)
    return None


def _kind(schema: Mapping[str, Any]) -> str:
    """Returns the one type beside null; empty if there is none or there are several."""
    kinds = schema.get("type", ())
    if len(kinds) == 2 and kinds[0] == "null":  # nearly all columns
        return str(kinds[1])
    others = [kinds] if isinstance(kinds, str) else [kind for kind in kinds if kind != "null"]
    return others[0] if len(others) == 1 else ""


# --- Each type ---


def _not_null(made: Converter) -> Converter:
    """Replaces null in a key by the empty text: a null does not match itself."""
    return lambda value: "" if (found := made(value)) is None else found


def _number(path: str, note: Note) -> Converter:
    def made(value: Any) -> Any:
        if value.__class__ is float:  # nearly all values
            if value.is_integer():
                return int(value)
            if value - value == 0.0:
                return value
        found = number(value)
        if found is value or found is not None or is_nothing(value):
            return found
        note(path, f"{described(value)} instead of a number")
        return None

    return made


def _integer(path: str, note: Note) -> Converter:
    def made(value: Any) -> Any:
        found = number(value)
        if isinstance(found, int) or is_nothing(value):
            return found
        note(path, f"{described(value)} instead of a whole number")
        return None

    return made


def _flag(path: str, note: Note) -> Converter:
    def made(value: Any) -> Any:
        if isinstance(value, bool) or is_nothing(value):
            return value if isinstance(value, bool) else None
        plain = number(value) if isinstance(value, float) else value
        if isinstance(plain, (int, str)):
            found = FLAGS.get(str(plain).strip().lower())
            if found is not None:
                return found
        note(path, f"{described(value)} instead of true or false")
        return None

    return made


def _text(path: str, note: Note) -> Converter:
    is_id = bool(ID.search(path))

    def made(value: Any) -> Any:
        if is_id and is_rounded(value):
            note(path, "an id that was rounded on its way")
            return None
        found = text(value)
        if found is None and not is_nothing(value):
            note(path, f"{described(value)} that nests too deeply")
        return found

    return made


def _time(read: Callable[[Any], str | None], kind: str, path: str, note: Note) -> Converter:
    """Converts to a day or to an instant; `kind` says which, in a warning."""

    def made(value: Any) -> Any:
        found = read(value)
        if found is None and not is_nothing(value):
            note(path, f"{described(value)} instead of {kind}")
        return found

    return made


def _day(path: str, note: Note) -> Converter:
    return _time(day, "a day", path, note)


def _instant(path: str, note: Note) -> Converter:
    return _time(instant, "a date and a time", path, note)


PLAIN: dict[str, tuple[Callable[[str, Note], Converter], frozenset[type]]] = {
    "number": (_number, frozenset({NULL, int})),
    "integer": (_integer, frozenset({NULL, int})),
    "boolean": (_flag, frozenset({NULL, bool})),
}
"""By the type of a schema: what makes the conversion, and the types of values that need none."""


def _object(fields: Mapping[str, Field], path: str, note: Note) -> Converter:
    def made(value: Any) -> Any:
        if isinstance(value, dict):
            found = dict(value)
            for name, part in value.items():
                field = fields.get(name)
                if field and type(part) not in field.right:
                    found[name] = field.convert(part)
            return found
        if not is_nothing(value):
            note(path, f"{described(value, is_shown=False)} instead of an object")
        return None

    return made


def _array(item: Field | None, path: str, note: Note) -> Converter:
    def made(value: Any) -> Any:
        if isinstance(value, list):
            if item is None:
                return value
            return [
                element if type(element) in item.right else item.convert(element)
                for element in value
            ]
        if not is_nothing(value):
            note(path, f"{described(value, is_shown=False)} instead of a list")
        return None

    return made


# --- Values ---


def is_nothing(value: Any) -> bool:
    """Tells whether a value stands for no value, where no text belongs.

    >>> is_nothing(None), is_nothing(" N/A "), is_nothing(float("nan")), is_nothing("0")
    (True, True, True, False)
    """
    if isinstance(value, str):
        return value.strip().lower() in NOTHING
    return value is None or (isinstance(value, float) and math.isnan(value))


def number(value: Any) -> int | float | None:
    """Converts a value to a number, without a point if it is whole. None: it is no number.

    >>> number(216.0), number("7.5e3"), number(" 0.5 "), number("many"), number(True)
    (216, 7500, 0.5, None, None)
    """
    if isinstance(value, str):
        written = value.strip()
        if not NUMBER.fullmatch(written):
            return None
        try:
            value = int(written) if INTEGER.fullmatch(written) else float(written)
        except ValueError:  # with thousands of digits
            return None
    if isinstance(value, float):
        if value.is_integer():
            return int(value)
        return value if math.isfinite(value) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def is_rounded(value: Any) -> bool:
    """Tells whether a number that is an id may have lost digits."""
    return isinstance(value, float) and abs(value) >= EXACT_BELOW


def text(value: Any) -> str | None:
    """Converts a value to text: numbers as they are written, objects and lists as JSON. None: it is null,
    or nests too deeply.

    >>> text(687201361754), text(35.0), text(True), text({"a": [None]}), text("N/A")
    ('687201361754', '35', 'true', '{"a": [null]}', 'N/A')
    """
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return str(int(value)) if value.is_integer() and not is_rounded(value) else repr(value)
    if isinstance(value, (bool, dict, list)):
        try:
            return json.dumps(value, ensure_ascii=False)
        except RecursionError:
            return None
    return str(value)


@lru_cache(maxsize=4096)
def _is_day(written: str) -> bool:
    try:
        date.fromisoformat(written)
    except ValueError:
        return False
    return True


def day(value: Any) -> str | None:
    """Converts a value to a day (ISO 8601), without a time behind it. None: it is no day.

    >>> day("2026-11-23"), day("2026-11-23T00:00:00Z"), day("2026-02-30"), day(20261123)
    ('2026-11-23', '2026-11-23', None, None)
    """
    return _day_of(value) if isinstance(value, str) else None


@lru_cache(maxsize=4096)
def _day_of(written: str) -> str | None:
    """Found once for the many rows of a day."""
    found = DAY.fullmatch(written)
    return found[1] if found and _is_day(found[1]) else None


def instant(value: Any) -> str | None:
    """Converts a value to a date and a time (RFC 3339). None: it is none. Pinterest leaves the zone out,
    which is UTC.

    >>> instant("2026-11-23T01:40:29"), instant("2026-11-23"), instant("yesterday")
    ('2026-11-23T01:40:29Z', '2026-11-23T00:00:00Z', None)
    """
    found = INSTANT.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found or not _is_day(found[1]):
        return None
    time, zone = found[2] or "00:00:00", (found[3] or "Z").upper()
    time = time if time.count(":") == 2 else f"{time}:00"
    zone = zone if zone == "Z" or ":" in zone else f"{zone[:3]}:{zone[3:]}"
    return f"{found[1]}T{time}{zone}"


def described(value: Any, is_shown: bool = True) -> str:
    """Names the kind of a value for a warning, which shows a text unless it may be a secret.

    >>> described("many"), described([1]), described(7.5), described("many", is_shown=False)
    ('a text such as "many"', 'a list', 'a number', 'a text')
    """
    kinds = {bool: "true or false", NULL: "null", list: "a list", dict: "an object", str: "a text"}
    kind = kinds.get(type(value), "a number")
    if isinstance(value, float) and not math.isfinite(value):
        return "an infinite number"
    if not isinstance(value, str) or not is_shown or TOKEN.search(value):
        return kind
    short = value if len(value) <= SHOWN_LENGTH else f"{value[:SHOWN_LENGTH]}…"
    return f"{kind} such as {json.dumps(short)}"
