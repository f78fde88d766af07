"""Converts Pinterest's values to the types that a JSON schema declares. No I/O, no CDK.

Pinterest does not document the types of its columns, and destinations round, drop or refuse a value that does not have
the type of its column.
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
"""An integer from here on may have lost digits if JSON writes it as a float."""

NULL_TEXTS = frozenset({"", "null", "none", "n/a", "na", "nan"})
"""Texts that mean "no value" in a column that is not text, in lower case and without surrounding blanks."""

NUMBER = re.compile(r"[+-]?(\d+|(\d+\.\d*|\.\d+|\d+)(e[+-]?\d+)?)", re.ASCII | re.IGNORECASE)
INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
FLAGS = {"true": True, "1": True, "false": False, "0": False, "-0": False}
"""Booleans by their text. These are the texts that msgspec accepts when it parses rows, "-0" among them."""
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
    """Logs warnings about the answers to one stream of one sync, each kind of problem once."""

    def __init__(self, stream: str = "", log: Callable[[str], None] = logger.warning) -> None:
        self._stream = stream
        self._log = log
        self._logged: set[str] = set()
        self._lock = threading.Lock()

    def note(self, column: str, problem: str) -> None:
        """Warns once per column about a value that cannot be converted and becomes null."""
        self.warn_once(column, f"{column}: Pinterest sent {problem}; such values are null")

    def warn_once(self, what: str, sentence: str) -> None:
        """Logs a sentence, unless one about the same problem has been logged. `what`: identifies the problem."""
        with self._lock:
            if what in self._logged:
                return
            self._logged.add(what)
        self._log(f"{self._stream}: {sentence}." if self._stream else f"{sentence}.")


class Field(NamedTuple):
    """Converts the values of one field to the type of its schema."""

    convert: Converter
    valid_types: frozenset[type]
    """The Python types of values that need no conversion."""
    kind: str = ""
    """`number`, `string` (of no format) or `boolean`."""


NULL = type(None)


MAX_SHAPES = 1_000
"""The most shapes of rows (combinations of types) that are remembered. If there are more, as with nulls in any column,
the type of every value is checked."""


class ColumnTypes:
    """Converts rows to the types of a schema. Leaves fields unchanged that the schema lacks.

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
        """By the types of a row's values: the names of its fields, and of those that need a conversion."""

    @classmethod
    def of(
        cls,
        properties: Mapping[str, Any],
        columns: Iterable[str] | None = None,
        answer_warnings: AnswerWarnings | None = None,
    ) -> ColumnTypes:
        """For the `properties` of a JSON schema. `columns`: the names of those that are read; default: all."""
        read = properties if columns is None else dict.fromkeys(columns)
        fields = fields_of(properties, (answer_warnings or AnswerWarnings()).note)
        numbers = tuple(name for name in read if name in fields and fields[name].kind == "number")
        return cls(fields, numbers, additive_columns().intersection(numbers))

    def apply(self, rows: Iterable[dict[str, Any]]) -> None:
        """Converts the values of rows in place.

        Rows have few shapes, and the shape of a row tells which of its values need a conversion.
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
                    if name in fields and type(value) not in fields[name].valid_types
                ]
                if is_known:
                    shapes[kinds] = list(row), doubtful
            for name in doubtful:
                row[name] = fields[name].convert(row[name])

    def converted(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Returns a converted copy of a row."""
        found = dict(row)
        self.apply([found])
        return found


NO_SHAPE: tuple[list[str], list[str]] = ([""], [])


def fields_of(properties: Mapping[str, Any], note: Note, above: str = "") -> dict[str, Field]:
    """The fields of an object, by name. `above`: the path of the object, for warnings."""
    found = {}
    for name, schema in properties.items():
        if field := field_of(schema, f"{above}{name}", note):
            found[name] = field
    return found


def field_of(schema: Mapping[str, Any], path: str, note: Note) -> Field | None:
    """The field of a schema; None if its values need no conversion."""
    kind = _kind(schema)
    if kind in PLAIN:
        maker, valid_types = PLAIN[kind]
        return Field(maker(path, note), valid_types, kind)
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
    """The only type of a schema besides null; empty if there is none, or more than one."""
    kinds = schema.get("type", ())
    if len(kinds) == 2 and kinds[0] == "null":  # nearly all columns
        return str(kinds[1])
    others = [kinds] if isinstance(kinds, str) else [kind for kind in kinds if kind != "null"]
    return others[0] if len(others) == 1 else ""


# --- Each type ---


def _not_null(made: Converter) -> Converter:
    """Converts, and replaces null by the empty text, for fields of a key: a null does not match itself."""
    return lambda value: "" if (found := made(value)) is None else found


def _number(path: str, note: Note) -> Converter:
    def made(value: Any) -> Any:
        if value.__class__ is float:  # nearly all values
            if value.is_integer():
                return int(value)
            if value - value == 0.0:
                return value
        found = number(value)
        if found is value or found is not None or means_null(value):
            return found
        note(path, f"{describe_value(value)} instead of a number")
        return None

    return made


def _integer(path: str, note: Note) -> Converter:
    def made(value: Any) -> Any:
        found = number(value)
        if isinstance(found, int) or means_null(value):
            return found
        note(path, f"{describe_value(value)} instead of a whole number")
        return None

    return made


def _flag(path: str, note: Note) -> Converter:
    def made(value: Any) -> Any:
        if isinstance(value, bool) or means_null(value):
            return value if isinstance(value, bool) else None
        plain = number(value) if isinstance(value, float) else value
        if isinstance(plain, (int, str)):
            found = FLAGS.get(str(plain).strip().lower())
            if found is not None:
                return found
        note(path, f"{describe_value(value)} instead of true or false")
        return None

    return made


def _text(path: str, note: Note) -> Converter:
    is_id = bool(ID.search(path))

    def made(value: Any) -> Any:
        if is_id and is_rounded(value):
            note(path, "an id that was rounded on its way")
            return None
        found = text(value)
        if found is None and not means_null(value):
            note(path, f"{describe_value(value)} that nests too deeply")
        return found

    return made


def _time(read: Callable[[Any], str | None], kind: str, path: str, note: Note) -> Converter:
    """Converts to a day or to an instant. `kind`: the name of either in a warning."""

    def made(value: Any) -> Any:
        found = read(value)
        if found is None and not means_null(value):
            note(path, f"{describe_value(value)} instead of {kind}")
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
"""By the type of a schema: what makes its converter, and the Python types of values that need none."""


def _object(fields: Mapping[str, Field], path: str, note: Note) -> Converter:
    def made(value: Any) -> Any:
        if isinstance(value, dict):
            found = dict(value)
            for name, part in value.items():
                field = fields.get(name)
                if field and type(part) not in field.valid_types:
                    found[name] = field.convert(part)
            return found
        if not means_null(value):
            note(path, f"{describe_value(value, is_shown=False)} instead of an object")
        return None

    return made


def _array(item: Field | None, path: str, note: Note) -> Converter:
    def made(value: Any) -> Any:
        if isinstance(value, list):
            if item is None:
                return value
            return [
                element if type(element) in item.valid_types else item.convert(element)
                for element in value
            ]
        if not means_null(value):
            note(path, f"{describe_value(value, is_shown=False)} instead of a list")
        return None

    return made


# --- Values ---


def means_null(value: Any) -> bool:
    """Whether a value means "no value" in a column that is not text.

    >>> means_null(None), means_null(" N/A "), means_null(float("nan")), means_null("0")
    (True, True, True, False)
    """
    if isinstance(value, str):
        return value.strip().lower() in NULL_TEXTS
    return value is None or (isinstance(value, float) and math.isnan(value))


def number(value: Any) -> int | float | None:
    """Converts a value to a number, an integer if it is whole; None if it is not a number.

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
    """Whether an id is a number that may have lost digits."""
    return isinstance(value, float) and abs(value) >= EXACT_BELOW


def text(value: Any) -> str | None:
    """Converts a value to text: numbers as they are written, objects and lists as JSON. None if it is null, or nested
    too deeply.

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
    """Converts a value to a day (ISO 8601), without any time; None if it is not a day.

    >>> day("2026-11-23"), day("2026-11-23T00:00:00Z"), day("2026-02-30"), day(20261123)
    ('2026-11-23', '2026-11-23', None, None)
    """
    return _day_of(value) if isinstance(value, str) else None


@lru_cache(maxsize=4096)
def _day_of(written: str) -> str | None:
    """Cached, since many rows have the same day."""
    found = DAY.fullmatch(written)
    return found[1] if found and _is_day(found[1]) else None


def instant(value: Any) -> str | None:
    """Converts a value to a date and a time (RFC 3339); None if it is not one. Without a time zone, it is in UTC.

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


def describe_value(value: Any, is_shown: bool = True) -> str:
    """The kind of a value in words, for a warning. Shows the beginning of a text, unless it may be a secret.

    >>> describe_value("many"), describe_value([1]), describe_value(7.5), describe_value("many", is_shown=False)
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
