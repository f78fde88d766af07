"""The rows of GET …/analytics: large arrays, parsed and emitted some at a time.

Nearly all rows are as the schema says, and these cost little: `Layout` has C code parse each of them
into an object with a type for every field, and write it as it is. Any other row becomes a dict, whose
values `Types` makes right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
from functools import reduce
from operator import attrgetter, or_
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from source_pinterest import pinterest_json
from source_pinterest.records import (
    ID_COLUMNS,
    TWINS,
    BrokenAnswer,
    Row,
    TypedRow,
    Types,
    UnusableAnswer,
    flatten,
    plain_id,
)

Seen = dict[str, set["str | None"]]
"""By id: the days (None: of a total) that were emitted already."""

BYTES_OF_A_PART = 1 << 16
"""Of a large array that are parsed, emitted and forgotten together: what fits a processor's cache
is read twice as fast, and what is forgotten needs no memory."""

BETWEEN_ROWS = re.compile(rb"\}\s*,\s*\{")


def ads_analytics(
    content: bytes,
    id_column: str,
    asked: Set[str],
    seen: Seen,
    types: Types,
    is_daily: bool,
    layout: Layout | None = None,
) -> Iterator[list[Any]]:
    """The rows of an answer, some at a time: dicts, or what `layout` makes of them.

    Rows of an id that was not asked for are left out, and those of a key that was `seen` as well.
    """
    name = ID_COLUMNS.get(id_column)  # an ad account's id is in `common` already
    others = {*ID_COLUMNS, *TWINS} - {id_column}

    def parsed(text: bytes) -> list[Any] | None:
        typed = layout.new_rows(text, asked, seen) if layout else None
        return array(text) if typed is None else typed

    for body in parts(content, parsed):
        if body and isinstance(body[0], TypedRow):
            yield body
            continue
        rows: list[Row] = []
        for row in body:
            if row.__class__ is not dict:
                raise UnusableAnswer("an element of Pinterest's answer is not a row")
            entity_id, day = row.pop(id_column, None), row.pop("DATE", None)
            if entity_id.__class__ is not str or entity_id not in asked:
                entity_id = plain_id(entity_id)
                if not str(entity_id).isdecimal():
                    raise UnusableAnswer(f"a row of Pinterest's answer has no {id_column}")
                if entity_id not in asked:
                    continue
            if is_daily:
                if day.__class__ is not str:
                    raise UnusableAnswer("a row of Pinterest's answer has no DATE")
                row["date"] = day
            if not is_new(entity_id, day, seen):
                continue
            if name:
                row[name] = entity_id
            if not row.keys().isdisjoint(others):
                flatten(row)
            rows.append(row)
        types.apply(rows)
        yield rows


def is_new(entity_id: str, day: str | None, seen: Seen) -> bool:
    """Whether a key was not seen before; now it is."""
    days = seen.get(entity_id)
    if days is None:
        seen[entity_id] = {day}
    elif day in days:
        return False
    else:
        days.add(day)
    return True


class Layout:
    """The rows of one report as typed objects, with the fields that all of them have in common.

    They are parsed under Pinterest's names and written under ours: as two classes with the same
    fields, from one of which a row passes to the other.
    """

    def __init__(
        self,
        common: Mapping[str, Any],
        id_column: str,
        is_daily: bool,
        properties: Mapping[str, Any],
        columns: Collection[str],
        added: Iterable[str],
    ) -> None:
        """`columns` are names of fields, whose schemas `properties` has; `added` those of fields that
        are set later on."""
        self.common = common
        id_field = ID_COLUMNS.get(id_column, id_column.lower())
        key = {id_field: id_column, **({"date": "DATE"} if is_daily else {})}
        ids = {name: column for column, name in ID_COLUMNS.items() if name in columns}
        metrics = [name for name in columns if name.isupper()]
        fields: dict[str, tuple[Any, ...]] = dict.fromkeys(ids, (str | None | UnsetType, UNSET))
        fields |= {name: (_type(properties[name]), UNSET) for name in metrics}
        fields |= dict.fromkeys(added, (Any, UNSET))
        fields |= {name: (Any, value) for name, value in common.items()}
        fields |= dict.fromkeys(key, (str,))
        self._fields = fields
        self._pinterests = ids | key
        self._id = attrgetter(id_field)
        self._day = attrgetter("date") if is_daily else _no_day
        self._other_ids = [attrgetter(name) for name in ids if name != id_field]
        self._parse: Callable[[bytes], list[TypedRow]] | None = None
        self._written: Any = TypedRow

    def _learn(self, text: bytes) -> None:
        """Takes the order of the fields from the first row: each is looked for behind the former one."""
        rows = array(text)
        if not rows or not isinstance(rows[0], dict):
            return
        places = {column: place for place, column in enumerate(rows[0])}

        def place(field: str) -> int:
            return places.get(self._pinterests.get(field, field), len(places))

        fields = [(name, *self._fields[name]) for name in sorted(self._fields, key=place)]
        both: dict[str, Any] = {"bases": (TypedRow,), "kw_only": True, "gc": False}
        self._written = msgspec.defstruct("WrittenRow", fields, **both)
        parsed: Any = msgspec.defstruct(
            "ParsedRow", fields, **both, rename=self._pinterests, forbid_unknown_fields=True
        )
        self._parse = msgspec.json.Decoder(list[parsed], strict=False).decode

    def new_rows(self, text: bytes, asked: Set[str], seen: Seen) -> list[TypedRow] | None:
        """Those whose key was not `seen` before. None: something in the array is not as it should be."""
        if not self._parse:
            self._learn(text)
        try:
            found = self._parse(text) if self._parse else None
        except (msgspec.MsgspecError, UnicodeDecodeError):
            found = None
        if found is None:
            return None
        ids = list(map(self._id, found))
        if not asked >= set(ids):
            return None
        for other_id in self._other_ids:
            if any(plain_id(value) is not value for value in set(map(other_id, found))):
                return None
        written = self._written
        rows = []
        for row, entity_id, day in zip(found, ids, map(self._day, found), strict=True):
            if is_new(entity_id, day, seen):
                row.__class__ = written
                rows.append(row)
        return rows


def _no_day(_: TypedRow) -> None:
    return None


def _type(schema: Mapping[str, Any]) -> Any:
    """Of a field that may be missing: what `Types` makes of it, as far as C code can (216.0, "216")."""
    kinds = [TYPES[kind] for kind in schema["type"]]
    return reduce(or_, kinds, UnsetType)


TYPES: dict[str, Any] = {
    "null": None,
    "integer": int,
    "number": int | float,
    "string": str,
    "boolean": bool,
}


# --- Large arrays ---


def parts(content: bytes, parsed: Callable[[bytes], list[Any] | None]) -> Iterator[list[Any]]:
    """The elements of a JSON array of objects, some at a time, in order, as `parsed` gives them.

    A place that looks like the end of a row may be inside of a string. Then what stands before it
    is no JSON, for which `parsed` gives None, and the part is made larger.

    >>> list(parts(b'[{"a": 1}, {"a": 2}]', array)), list(parts(b" []", array))
    ([[{'a': 1}, {'a': 2}]], [])
    """
    first = re.match(rb"\s*\[\s*(?!\])", content)
    position, end = first.end() if first else len(content), content.rindex(b"]")
    view = memoryview(content)
    while position < end:
        size = BYTES_OF_A_PART
        while True:
            found = BETWEEN_ROWS.search(content, position + size, end)
            elements = view[position : found.start() + 1 if found else end]
            rows = parsed(b"".join((b"[", elements, b"]")))
            if rows is not None:
                yield rows
                break
            if not found:
                raise BrokenAnswer
            size = max(2 * size, found.end() - position)
        if not found:
            return
        position = found.end() - 1


def array(text: bytes) -> list[Any] | None:
    """A JSON array; None: it is none."""
    try:
        found: list[Any] = pinterest_json.loads(text)
    except ValueError:
        return None
    return found
