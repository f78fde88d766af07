"""Rows of a report, parsed in C into objects with a type for each field, and written as they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Set
from functools import reduce
from itertools import groupby
from operator import attrgetter, or_
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from source_pinterest.api.columns import ID_COLUMNS
from source_pinterest.records.column_types import day as day_of
from source_pinterest.records.ids import normalize_id
from source_pinterest.records.json_arrays import array
from source_pinterest.records.rows import Row, TypedRow

Seen = dict[str, set["str | None"]]
"""By id: the days (None: of a total) that were emitted already."""


class RowParser:
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
            if any(normalize_id(value, name) is not value for value in set(map(other_id, found))):
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
    """Of a field that may be missing: what `ColumnTypes` makes of it, as far as C code can (216.0, "216"). A
    number counts as whole until a fraction comes."""
    return reduce(or_, [TYPES[kind] for kind in kinds], UnsetType)


TYPES: dict[str, Any] = {
    "null": None,
    "integer": int,
    "number": int,
    "string": str,
    "boolean": bool,
}
