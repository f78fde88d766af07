"""The rows of GET …/analytics: large arrays, parsed and emitted some at a time.

Nearly all rows are as the schema says, and these cost little: `Layout` has C code parse each of them
into an object with a type for every field, and write it as it is. Any other row becomes a dict, whose
values `Fit` makes right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
from functools import reduce
from itertools import groupby
from operator import attrgetter, or_
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from source_pinterest.api import lenient_json
from source_pinterest.records.column_types import Fit, Misfits
from source_pinterest.records.column_types import day as day_of
from source_pinterest.records.rows import (
    ID_COLUMNS,
    TWINS,
    BrokenAnswer,
    Row,
    Strangers,
    TypedRow,
    UnusableAnswer,
    flatten,
    key_id,
    plain_id,
    written,
)

Seen = dict[str, set["str | None"]]
"""By id: the days (None: of a total) that were emitted already."""

BYTES_OF_A_PART = 1 << 16
"""Of a large array that are parsed, emitted and forgotten together: what fits a processor's cache
is read twice as fast, and what is forgotten needs no memory."""

OPENING = re.compile(rb"\s*\[\s*(?!\])")
BETWEEN_ROWS = re.compile(rb"\}\s*,\s*\{")


def ads_analytics(
    content: bytes,
    id_column: str,
    asked: Set[str],
    seen: Seen,
    fit: Fit,
    is_daily: bool,
    layout: Layout | None = None,
    days: Set[str] | None = None,
    misfits: Misfits | None = None,
) -> Iterator[list[Any]]:
    """The rows of an answer, some at a time: dicts, or what `layout` makes of them.

    `days`: those of the window. Rows of a key that was `seen` are left out. Raises UnusableAnswer, at the
    latest behind the last row, where the answer is not what was asked for: rows without their key, of
    other days, of no id that was asked for, or of one key and with different values.
    """
    strangers = Strangers(id_column, days)
    reader = _Reader(id_column, asked, fit, is_daily, strangers)
    is_any_row = is_compared = False

    def parsed(text: bytes) -> list[Any] | None:
        typed = layout.new_rows(text, asked, seen, days) if layout else None
        return array(text) if typed is None else typed

    for body in parts(content, parsed):
        if body and isinstance(body[0], TypedRow):
            is_any_row = True
            yield body
            continue
        rows: list[Row] = []
        for (entity_id, day), row in reader.rows(body):
            is_any_row = True
            if is_new(entity_id, day, seen):
                rows.append(row)
            elif not is_compared:
                is_compared = True
                _compare(
                    content, _Reader(id_column, asked, fit, is_daily, Strangers(id_column, days))
                )
        fit.apply(rows)
        if layout:
            layout.learn(rows)
        yield rows
    strangers.check(is_any_row, misfits or Misfits())


class _Reader:
    """Rows as Pinterest has them → rows of ours, with their keys; their values still as they came."""

    def __init__(
        self, id_column: str, asked: Set[str], fit: Fit, is_daily: bool, strangers: Strangers
    ) -> None:
        self.fit = fit
        self._id_column = id_column
        self._asked = asked
        self._is_daily = is_daily
        self._strangers = strangers
        self._name = ID_COLUMNS.get(id_column)  # an ad account's id is in `common` already
        self._others = {*ID_COLUMNS, *TWINS} - {id_column}

    def rows(self, body: Iterable[Any]) -> Iterator[tuple[tuple[str, str | None], Row]]:
        id_column, asked, strangers = self._id_column, self._asked, self._strangers
        for row in body:
            if row.__class__ is not dict:
                raise UnusableAnswer("an element of Pinterest's answer is not a row")
            entity_id, day = row.pop(id_column, None), row.pop("DATE", None)
            if entity_id.__class__ is not str or entity_id not in asked:
                entity_id = key_id(entity_id, id_column)
                if not str(entity_id).isdecimal():
                    raise UnusableAnswer(f"a row of Pinterest's answer has no {id_column}")
                if entity_id not in asked:
                    strangers.add()
                    continue
            if self._is_daily:
                day = strangers.day(day)
                if day is None:
                    continue
                row["date"] = day
            else:
                strangers.total(day)
                day = None
            if self._name:
                row[self._name] = entity_id
            if not row.keys().isdisjoint(self._others):
                flatten(row)
            yield (entity_id, day), row


def _compare(content: bytes, reader: _Reader) -> None:
    """Raises UnusableAnswer where rows of one key differ. Reads the answer once more, since this is of
    use only where some key comes twice."""
    known: dict[tuple[str, str | None], int] = {}
    try:
        for body in parts(content, array):
            for key, row in reader.rows(body):
                reader.fit.apply([row])
                values = hash(written(row))
                if known.setdefault(key, values) != values:
                    what = " and ".join(filter(None, key))
                    raise UnusableAnswer(
                        f"Pinterest's answer has several rows for {what} with different values"
                    )
    except BrokenAnswer:  # whoever reads the rows finds that out as well
        return


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
        additive: Collection[str] = (),
    ) -> None:
        """`columns` are names of fields, whose schemas `properties` has; `added` those of fields that
        are set later on; `additive` those of which every row is looked at for whole numbers."""
        self.common = common
        id_field = ID_COLUMNS.get(id_column, id_column.lower())
        key = {id_field: id_column, **({"date": "DATE"} if is_daily else {})}
        ids = {name: column for column, name in ID_COLUMNS.items() if name in columns}
        metrics = {name: properties[name]["type"] for name in columns if name.isupper()}
        fields: dict[str, tuple[Any, ...]] = dict.fromkeys(ids, (str | None | UnsetType, UNSET))
        fields |= {name: (_type(kinds), UNSET) for name, kinds in metrics.items()}
        fields |= dict.fromkeys(added, (Any, UNSET))
        fields |= {name: (Any, value) for name, value in common.items()}
        fields |= dict.fromkeys(key, (str,))
        self._fields = fields
        self._pinterests = ids | key
        self._id = attrgetter(id_field)
        self._day = attrgetter("date") if is_daily else _no_day
        self._is_daily = is_daily
        self._other_ids = [(attrgetter(name), name) for name in ids if name != id_field]
        self._numbers = {name for name, kinds in metrics.items() if "number" in kinds}
        self._additive = frozenset(additive)
        self._fractions: set[str] = set()
        """The numbers that need not be whole, as far as rows have shown."""
        self._has_points = False
        """Whether Pinterest writes whole numbers among these with a point."""
        self._is_due = False
        """Whether a number was not typed that may be one more of these."""
        self._order: list[str] = []
        self._parse: Callable[[bytes], list[TypedRow]] | None = None
        self._written: Any = TypedRow
        self._of_all: Callable[[TypedRow], tuple[Any, ...]] | None = None

    def learn(self, rows: Collection[Row]) -> None:
        """Takes notice of rows that are right, and could not be typed, since they have fractions where
        all that came before was whole."""
        if not self._is_due:
            return
        self._is_due = False
        found = {
            name
            for name in self._numbers - self._fractions
            if any(row.get(name).__class__ is float for row in rows)
        }
        if found:
            self._fractions |= found
            self._make()

    def _learn_from(self, text: bytes) -> None:
        """Takes the order of the fields from the first row, each of which is looked for behind the former
        one, and the kinds of numbers from all of them."""
        rows = array(text)
        if not rows or not isinstance(rows[0], dict):
            return
        places = {column: place for place, column in enumerate(rows[0])}
        self._order = sorted(
            self._fields,
            key=lambda field: places.get(self._pinterests.get(field, field), len(places)),
        )
        for name in self._numbers:
            found = [row.get(name) for row in rows if row.__class__ is dict]
            floats = [value for value in found if value.__class__ is float]
            if any(not value.is_integer() for value in floats):
                self._fractions.add(name)
                self._has_points |= any(value.is_integer() for value in floats)
        self._make()

    def _make(self) -> None:
        types = dict(self._fields)
        for name in self._fractions:
            types[name] = (FRACTION, UNSET)
        fields = [(name, *types[name]) for name in self._order]
        both: dict[str, Any] = {"bases": (TypedRow,), "kw_only": True, "gc": False}
        self._written = msgspec.defstruct("WrittenRow", fields, **both)
        parsed: Any = msgspec.defstruct(
            "ParsedRow", fields, **both, rename=self._pinterests, forbid_unknown_fields=True
        )
        self._parse = msgspec.json.Decoder(list[parsed], strict=False).decode
        names = [*self._fractions]
        self._of_all = attrgetter(*names, *names[:1]) if names else None  # a tuple of two or more

    def new_rows(
        self, text: bytes, asked: Set[str], seen: Seen, days: Set[str] | None = None
    ) -> list[TypedRow] | None:
        """The rows of an array, if none of their keys was `seen` before. None: something in the array is
        not as it should be."""
        if not self._parse:
            self._learn_from(text)
        try:
            found = self._parse(text) if self._parse else None
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            if place := PLACE.search(str(error)):
                self._is_due = place[1] in self._numbers - self._fractions
            return None
        if found is None:
            return None
        here: Seen = {}
        for entity_id, run in groupby(found, self._id):
            if entity_id in here:
                here[entity_id].update(map(self._day, run))
            else:
                here[entity_id] = set(map(self._day, run))
        if sum(map(len, here.values())) != len(found):
            return None
        for entity_id, new in here.items():
            if entity_id not in asked or not new.isdisjoint(seen.get(entity_id, ())):
                return None
            if self._is_daily and not _are_days(new, days):
                return None
        for other_id, name in self._other_ids:
            if any(plain_id(value, name) is not value for value in set(map(other_id, found))):
                return None
        for entity_id, new in here.items():
            if entity_id in seen:
                seen[entity_id] |= new
            else:
                seen[entity_id] = new
        is_written = self._written
        for row in found:
            row.__class__ = is_written
        self._take_points_out(found)
        return found

    def _take_points_out(self, rows: list[TypedRow]) -> None:
        """Whole numbers without a point, where fractions were seen. C code makes them so elsewhere.

        To look at every amount and ratio takes 6 % of the time. So they are once one has come whole and
        with a point: among the first rows, or in the first row of any part.
        """
        if rows and not self._has_points and self._of_all:
            for value in self._of_all(rows[0]):
                if value.__class__ is float and value.is_integer():
                    self._has_points = True
        for name in self._fractions if self._has_points else self._fractions & self._additive:
            column = map(attrgetter(name), rows)
            whole = [
                row
                for row, value in zip(rows, column, strict=True)
                if value.__class__ is float and value.is_integer()
            ]
            for row in whole:
                setattr(row, name, int(getattr(row, name)))


def _are_days(found: Set[Any], days: Set[str] | None) -> bool:
    return found <= days if days is not None else all(day_of(day) == day for day in found)


def _no_day(_: TypedRow) -> None:
    return None


PLACE = re.compile(r"\.(\w+)`$")
"""How an error of msgspec ends that is about a field."""

FRACTION = int | float | None | UnsetType


def _type(kinds: Iterable[str]) -> Any:
    """Of a field that may be missing: what `Fit` makes of it, as far as C code can (216.0, "216"). A
    number counts as whole until a fraction comes."""
    return reduce(or_, [TYPES[kind] for kind in kinds], UnsetType)


TYPES: dict[str, Any] = {
    "null": None,
    "integer": int,
    "number": int,
    "string": str,
    "boolean": bool,
}


# --- Large arrays ---


def parts(
    content: bytes,
    parsed: Callable[[bytes], list[Any] | None],
    start: int = 0,
    end: int | None = None,
) -> Iterator[list[Any]]:
    """The elements of a JSON array of objects, some at a time, in order, as `parsed` gives them.

    `start`, `end`: where the array begins and ends; the whole content, if they are left out. A place
    that looks like the end of a row may be inside of a string. Then what stands before it is no JSON,
    for which `parsed` gives None, and the part is made larger.

    >>> list(parts(b'[{"a": 1}, {"a": 2}]', array)), list(parts(b" []", array))
    ([[{'a': 1}, {'a': 2}]], [])
    """
    first = OPENING.match(content, start)
    end = content.rindex(b"]", start, end)
    position = first.end() if first else end
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
        found: list[Any] = lenient_json.loads(text)
    except ValueError:
        return None
    return found
