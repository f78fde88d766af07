"""Parses the rows of a report in C, into objects with a field for each column.

Pinterest does not type its columns, so the types are learned from its answers. A column begins with the narrowest type
that its schema allows. If a value does not fit, that column gets a wider type, and a conversion in Python from then on;
all other columns stay fast.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import Annotated, Any, NamedTuple, NewType

import msgspec
from msgspec import UNSET, UnsetType

from source_pinterest.api.columns import ALIAS_ID_COLUMNS, ID_COLUMNS
from source_pinterest.records.column_types import ColumnTypes, Converter
from source_pinterest.records.column_types import day as day_of
from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.records.ids import ID_WITH_PREFIX, key_id
from source_pinterest.records.json_arrays import parse_array
from source_pinterest.records.rows import Run, TypedRow, TypedRows
from source_pinterest.records.unrequested import UnrequestedRows

MAX_UNKNOWN_COLUMNS = 200
"""The most columns without a schema that get a field. Our choice: if there are more, rows are read as dicts."""

FIELD = re.compile(r"\.(\w+)`$")
"""The end of msgspec's errors about the value of a field, which names the field."""

NARROW: dict[str, Any] = {"number": int, "string": str, "boolean": bool}
"""By the type of a schema: the first type of a column. A number counts as whole until there is a fraction. msgspec
accepts 216.0 and "216" as integers."""

FINITE = msgspec.Meta(ge=-sys.float_info.max, le=sys.float_info.max)
"""Refuses infinite numbers, also as text (`inf`), which need a warning."""


def _named(union: Any) -> Any:
    """A name for a union. msgspec looks at the name once per field, and not at each part of the union."""
    return NewType("Value", union)


FRACTION = _named(int | Annotated[float, FINITE] | None | UnsetType)

FIRST_TYPES = {
    (kind, may_be_null): _named(narrow | None | UnsetType if may_be_null else narrow | UnsetType)
    for kind, narrow in NARROW.items()
    for may_be_null in (True, False)
}
"""By the type of a schema, and whether it allows null: the first type of a column."""

NUMERIC = frozenset({bool, int, float})
"""Types whose values can equal those of another type, such as 1, 1.0 and True."""

HASHABLE = frozenset({bool, int, float, str, type(None), UnsetType})

CONVERTED_ONCE = frozenset({int, str})
"""Types of columns with few distinct values, such as ids and statuses: each distinct value is converted once."""

MIN_ROWS_PER_RUN = 4
"""How many rows a run of days must have on average. With fewer, it costs less to look at each row."""

CACHED_CLASSES = 128
"""The most pairs of classes that are cached. Our choice: one with 170 columns takes 100 kB."""

NOT_PARSED = "\ue000"
"""The prefix of fields that are not parsed from answers. Pinterest does not use this character."""

Rows = list[Any]
"""TypedRows, whose fields are known only at run time."""


@dataclass
class _Column:
    """One Pinterest column and its field."""

    name: str
    """Pinterest's name."""
    field: str
    """The name in a record."""
    attribute: str
    """The attribute of the parsed object."""
    type: Any
    convert: Converter | None = None
    """Converts a value to the schema's type. None if no value needs that."""
    valid_types: frozenset[type] = frozenset()
    """The types of values that need no conversion."""
    is_wide: bool = False
    """Whether any value is parsed, so that values of types other than `valid_types` have to be converted."""
    is_number: bool = False
    is_dropped: bool = False
    """Whether records do not have it."""

    def get(self, rows: Rows) -> list[Any]:
        return list(map(attrgetter(self.attribute), rows))

    def set(self, rows: Rows, values: Iterable[Any], converted: Mapping[Any, Any]) -> None:
        attribute = self.attribute
        for row, value in zip(rows, values, strict=True):
            if value in converted:
                setattr(row, attribute, converted[value])


NO_COLUMN = _Column("", "", "", Any)


class RowParser:
    """Parses the rows of one report, and converts their values to the types of the schema.

    There are two classes with the same fields: rows are parsed with Pinterest's names for them, and written with the
    connector's. A row changes from the first class to the second once its values are converted.
    """

    def __init__(
        self,
        types: ColumnTypes,
        id_column: str | None,
        is_daily: bool,
        columns: Iterable[str] = (),
        added: Iterable[str] = (),
        *,
        is_nested: bool = False,
    ) -> None:
        """
        Args:
            types: Of the report's fields.
            id_column: The column with the id of the entity. None: rows do not have it.
            is_daily: Whether a row is about one day, and not about the whole window.
            columns: The requested fields. Others are learned from answers.
            added: Fields that are set after parsing.
            is_nested: Whether the row is inside `metrics`, beside `targeting_type` and `targeting_value`.
        """
        self._types = types
        self._id_column = id_column
        self._is_daily = is_daily
        self._added = list(added)
        self._common: Mapping[str, Any] = {}
        self._is_nested = is_nested
        self._columns: dict[str, _Column] = {}
        id_columns = {field: column for column, field in ID_COLUMNS.items()}
        names = [
            id_columns.get(name, name) for name in columns if name in id_columns or name.isupper()
        ]
        key = [name for name in (id_column, "DATE" if is_daily else None) if name]
        for name in dict.fromkeys([*key, *names]):
            self._columns[name] = self._new_column(name)
        self._order = list(self._columns)
        self._key = frozenset(key)
        self._seen = set(key)
        """The names that rows have had so far. Only these are parsed; any other one makes the parser learn."""
        self._id = self._columns[id_column] if id_column else NO_COLUMN
        self._fractions: set[str] = set()
        """The names of columns that have had fractions so far."""
        self._has_whole_floats = False
        """Whether Pinterest writes whole numbers in these columns as floats (216.0)."""
        self._decode: Callable[[bytes], Rows] | None = None
        self._written: Any = TypedRow
        self._all_fractions: Callable[[Any], tuple[Any, ...]] | None = None
        self._ids_to_check: list[_Column] = []
        self._to_drop: list[_Column] = []
        self._to_convert: list[_Column] = []
        self._spans: dict[tuple[str, int], _Span] = {}
        """By first day and number of days: consecutive days that are all requested."""
        self._days: Set[str] | None = None
        """The requested days for which `_spans` holds."""

    # --- Learning ---

    def _new_column(self, name: str) -> _Column:
        if not self._id_column:
            return self._column_of_type(name, name)
        field = ID_COLUMNS.get(name, name)
        if name == self._id_column:
            field = ID_COLUMNS.get(name, name.lower())
            return _Column(name, field, field, str)
        if name == "DATE":
            if self._is_daily:
                return _Column(name, "date", "date", str)
            return _Column(name, name, name, Any, is_dropped=True, is_wide=True)
        if name in ALIAS_ID_COLUMNS:
            return _Column(name, name, name, Any, is_dropped=True, is_wide=True)
        column = self._column_of_type(name, field)
        if name in ID_COLUMNS:
            convert = column.convert
            column.type = FIRST_TYPES["string", True]
            column.is_wide = False
            column.valid_types = frozenset({str, type(None), UnsetType})
            column.convert = lambda value: _convert_id(value, name, convert)
        return column

    def _column_of_type(self, name: str, field: str) -> _Column:
        """A column with the conversion to its schema's type, if it has a schema."""
        known = self._types.fields.get(field)
        attribute = field if known else f"unknown_{len(self._columns)}"
        column = _Column(name, field, attribute, Any, is_wide=True)
        if known:
            column.convert, column.valid_types = known.convert, known.valid_types | {UnsetType}
            kind = NARROW.get(known.kind)
            if kind and (kind in column.valid_types or kind is int):
                column.is_wide, column.is_number = False, kind is int
                column.type = FIRST_TYPES[known.kind, type(None) in known.valid_types]
        return column

    def _learn(self, text: bytes) -> bool:
        """Adds columns, and widens the types of columns, to fit the rows in a text. False if nothing had to change."""
        elements = parse_array(text)
        if not elements or not all(element.__class__ is dict for element in elements):
            return False
        rows = [element.get("metrics") for element in elements] if self._is_nested else elements
        if not all(row.__class__ is dict for row in rows):
            return False
        is_new = self._learn_names(rows)
        if is_new is None:
            return False
        for name, column in self._columns.items():
            if column.is_wide:
                continue
            values = [row[name] for row in rows if name in row]
            if not values:
                continue
            found = _as_type(values, column.type)
            if found is None and column.is_number:
                found = _as_type(values, FRACTION)
                is_new |= found is not None and self._allow_fractions(column)
            if found is None:
                is_new = self._widen(column)
            elif column.name in self._fractions:
                self._has_whole_floats |= _have_whole_floats(found)
        if is_new:
            self._build_classes()
        return is_new

    def _learn_names(self, rows: list[dict[str, Any]]) -> bool | None:
        """Adds columns for new names, each after the name that it follows in a row. Returns whether there were any;
        None if they cannot have fields of their own."""
        order = [name for name in self._order if name in self._seen] if self._decode else []
        placed = set(order)
        is_new = not self._decode
        for row in rows:
            if row.keys() <= placed:
                continue
            place = -1
            for name in row:
                if name not in placed:
                    place = place + 1
                    order.insert(place, name)
                    placed.add(name)
                    is_new = True
                    continue
                try:
                    place = order.index(name, max(place, 0))
                except ValueError:  # it stands before the last one
                    continue
        new = placed - self._columns.keys()
        fields = {self._id.field, "date", *self._types.fields, *self._added}
        if any((name in fields and not name.isupper()) or name in self._common for name in new):
            return None
        if len(self._columns) + len(new) - len(self._types.fields) > MAX_UNKNOWN_COLUMNS:
            return None
        for name in order:
            if name in new:
                self._columns[name] = self._new_column(name)
        self._order = order + [name for name in self._columns if name not in placed]
        self._seen |= placed
        self._types.seen.update(
            column.field
            for column in map(self._columns.__getitem__, placed)
            if not column.is_dropped
        )
        return is_new

    def _allow_fractions(self, column: _Column) -> bool:
        is_new = column.name not in self._fractions
        self._fractions.add(column.name)
        column.type = FRACTION
        return is_new

    def _widen(self, column: _Column) -> bool:
        column.type, column.is_wide = (Any, True)
        self._fractions.discard(column.name)
        return True

    def _build_classes(self) -> None:
        """Makes the two classes for the present columns."""
        columns = tuple(
            _RowField(
                column.attribute,
                column.type,
                column.field,
                column.name if column.name in self._seen else f"{NOT_PARSED}{column.name}",
                name in self._key,
            )
            for name, column in ((name, self._columns[name]) for name in self._order)
        )
        common = {name: value for name, value in self._common.items() if name != self._id.field}
        given = tuple((name, value.__class__, value) for name, value in common.items())
        self._written, self._decode = _classes(columns, tuple(self._added), given, self._is_nested)
        attributes = [self._columns[name].attribute for name in sorted(self._fractions)]
        self._all_fractions = (
            attrgetter(*attributes, *attributes[:1])
            if attributes
            else None  # of two or more: a tuple
        )
        self._ids_to_check = [
            column
            for name, column in self._columns.items()
            if self._id_column
            and name in ID_COLUMNS
            and column is not self._id
            and (column.is_wide or name in ID_WITH_PREFIX)
        ]
        self._to_drop = [column for column in self._columns.values() if column.is_dropped]
        self._to_convert = [
            column
            for column in self._columns.values()
            if column.is_wide
            and column.convert
            and not column.is_dropped
            and column.name not in ID_COLUMNS
        ]

    # --- Parsing ---

    def parse(self, text: bytes, common: Mapping[str, Any]) -> Rows | None:
        """The elements of a JSON array, with unconverted values; None if they cannot be parsed this way.

        `common`: fields that all rows get.
        """
        if common != self._common:
            self._common = dict(common)
            for name in self._columns.keys() & common.keys():
                del self._columns[name]
                self._order.remove(name)
            if self._decode:
                self._build_classes()
        if not self._decode and not self._learn(text):
            return None
        while self._decode:
            try:
                return self._decode(text)
            except (msgspec.MsgspecError, UnicodeError) as error:
                reason = str(error)
            except RecursionError:
                return None
            if self._learn(text):
                continue
            place = FIELD.search(reason)
            column = self._columns.get(place[1]) if place else None
            if not reason.startswith("Expected") or not column or column.is_wide:
                return None
            self._widen(column)
            self._build_classes()
        return None

    def normalize_keys(self, rows: Rows, days: Set[str] | None) -> bool:
        """Converts the ids and days of rows to their usual form. False if a row has no valid id or day, or a day that
        is not in `days`."""
        if self._id.is_wide and not self._normalize_ids(rows):
            return False
        return not self._is_daily or self._normalize_days(rows, days)

    def _normalize_ids(self, rows: Rows) -> bool:
        values = self._id.get(rows)
        if not {int, float, str}.issuperset(map(type, values)):
            return False
        try:
            ids = {value: key_id(value, self._id.name) for value in set(values)}
        except UnusableAnswer:
            return False
        self._id.set(rows, values, {value: found for value, found in ids.items() if value != found})
        return True

    def _normalize_days(self, rows: Rows, days: Set[str] | None) -> bool:
        column = self._columns["DATE"]
        values = column.get(rows)
        try:
            found = set(values)
        except TypeError:
            return False
        if days is not None and found <= days:
            return True
        right = {value: day_of(value) for value in found}
        if None in right.values() or (days is not None and not set(right.values()) <= days):
            return False
        column.set(rows, values, {value: day for value, day in right.items() if value != day})
        return True

    def finish(self, rows: Rows, unrequested: UnrequestedRows | None = None) -> bool:
        """Converts all other values, and makes the rows ready to be written. False if an id cannot be converted.

        Raises UnusableAnswer if the rows of a total have days.
        """
        if unrequested and not self._is_daily and (column := self._columns.get("DATE")):
            for day, _ in groupby(column.get(rows)):
                unrequested.total(None if day is UNSET else day)
        try:
            for column in self._ids_to_check:
                if column.is_wide:
                    _convert(column, rows)
                else:
                    self._strip_prefixes(column, rows)
        except UnusableAnswer:
            return False
        for column in self._to_drop:
            _drop(column, rows)
        for column in self._to_convert:
            _convert(column, rows)
        written = self._written
        for row in rows:
            row.__class__ = written
        self._floats_to_ints(rows)
        return True

    def _strip_prefixes(self, column: _Column, rows: Rows) -> None:
        values = column.get(rows)
        ids = {value: key_id(value, column.name) for value in set(values)}
        if changed := {value: found for value, found in ids.items() if found is not value}:
            column.set(rows, values, changed)

    def _floats_to_ints(self, rows: Rows) -> None:
        """Converts whole floats to integers in columns with fractions. In other columns, the C code does so.

        Checking every amount and ratio takes 6 % of the time. So this begins once there has been a whole float: among
        the first rows, or in the first row of any part.
        """
        if rows and not self._has_whole_floats and self._all_fractions:
            for value in self._all_fractions(rows[0]):
                if value.__class__ is float and value.is_integer():
                    self._has_whole_floats = True
        for name in (
            self._fractions if self._has_whole_floats else self._fractions & self._types.additive
        ):
            column = self._columns[name]
            values = column.get(rows)
            if _have_whole_floats(values):
                for row, value in zip(rows, values, strict=True):
                    if value.__class__ is float and value.is_integer():
                        setattr(row, column.attribute, int(value))

    # --- The rows of GET …/analytics ---

    def new_rows(
        self,
        text: bytes,
        asked: Set[str],
        seen: Seen,
        days: Set[str] | None,
        unrequested: UnrequestedRows,
        common: Mapping[str, Any],
    ) -> Rows | None:
        """The rows of a JSON array, with the fields of `common`. None if anything in it is irregular, or a key was
        `seen` before. Adds the keys to `seen`.

        Raises UnusableAnswer if the rows of a total have days.
        """
        rows = self.parse(text, common)
        if rows is None or (self._id.is_wide and not self._normalize_ids(rows)):
            return None
        if not self._is_daily:
            return self._new_totals(rows, asked, seen, unrequested)
        runs = self._runs(rows, days) if days else None
        if runs is not None:
            here = self._days_of_runs(runs)
        else:
            if not self._normalize_days(rows, days):
                return None
            here = self._days_by_id(rows)
        if not here.keys() <= asked or sum(map(len, here.values())) != len(rows):
            return None
        if any(not new.isdisjoint(seen.get(entity_id, ())) for entity_id, new in here.items()):
            return None
        if not self.finish(rows, unrequested):
            return None
        for entity_id, new in here.items():
            before = seen.get(entity_id)
            seen[entity_id] = before | new if before else new
        return rows if runs is None else TypedRows(rows, runs)

    def _new_totals(
        self, rows: Rows, asked: Set[str], seen: Seen, unrequested: UnrequestedRows
    ) -> Rows | None:
        """Like `new_rows` for totals, of which each id has one."""
        ids = self._id.get(rows)
        here = dict.fromkeys(ids, NO_DAY)
        if len(here) != len(rows) or not here.keys() <= asked or not here.keys().isdisjoint(seen):
            return None
        if not self.finish(rows, unrequested):
            return None
        seen.update(here)
        return rows

    def _runs(self, rows: Rows, days: Set[str]) -> list[Run] | None:
        """The rows as runs of consecutive days, which they are if each id has a row for each day. None if they are not,
        or if a day was not requested: then each row has to be looked at."""
        if days is not self._days:
            self._days, self._spans = days, {}
        spans, day = self._spans, attrgetter("date")
        most = 2 + len(rows) // MIN_ROWS_PER_RUN
        runs: list[Run] = []
        for entity_id, run in groupby(rows, attrgetter(self._id.attribute)):
            found = list(map(day, run))
            first, length = found[0], len(found)
            if first.__class__ is not str or len(runs) == most:
                return None
            span = spans.get((first, length)) or _span(first, length, days)
            if not span or found != span.days:
                return None
            spans[first, length] = span
            runs.append(Run(entity_id, span.days))
        return runs

    def _days_of_runs(self, runs: Sequence[Run]) -> Seen:
        here: Seen = {}
        for entity_id, days in runs:
            dates = self._spans[days[0], len(days)].dates
            before = here.get(entity_id)
            here[entity_id] = before | dates if before else dates
        return here

    def _days_by_id(self, rows: Rows) -> Seen:
        here: dict[str, set[str | None]] = {}
        day = attrgetter("date")
        for entity_id, run in groupby(rows, attrgetter(self._id.attribute)):
            if entity_id in here:
                here[entity_id].update(map(day, run))
            else:
                here[entity_id] = set(map(day, run))
        return dict(here)


class _RowField(NamedTuple):
    """A column, as the two classes of rows need it."""

    attribute: str
    """The name of the attribute in both classes."""
    type: Any
    field: str
    """The name in records."""
    parsed: str
    """The name in answers."""
    is_required: bool


@lru_cache(maxsize=CACHED_CLASSES)
def _classes(
    columns: tuple[_RowField, ...],
    added: tuple[str, ...],
    common: tuple[tuple[str, type, Any], ...],
    is_nested: bool,
) -> tuple[Any, Callable[[bytes], Rows]]:
    """The class of rows to write, and the parser of an array of rows. Cached: making them takes a millisecond or more,
    and the answers of two ad accounts may alternate.

    `common`: names, types and values; the types make 1 differ from True in the cache.
    """
    fields: list[Any] = [
        (each.attribute, each.type) if each.is_required else (each.attribute, each.type, UNSET)
        for each in columns
    ]
    values = {name: value for name, _, value in common}
    fields += [(name, Any, UNSET) for name in added if name not in values]
    fields += [(name, Any, value) for name, value in values.items()]
    own = dict.fromkeys([*added, *values])
    both: dict[str, Any] = {"kw_only": True, "gc": False}
    # with one base of all fields, a row changes its class without a comparison of their names
    both["bases"] = (msgspec.defstruct("AnyRow", fields, bases=(TypedRow,), **both),)
    both["namespace"] = {
        "fields": {each.field: each.attribute for each in columns} | {name: name for name in own}
    }
    written = msgspec.defstruct(
        "WrittenRow", fields, **both, rename={each.attribute: each.field for each in columns}
    )
    parsed: Any = msgspec.defstruct(
        "ParsedRow",
        fields,
        **both,
        rename={each.attribute: each.parsed for each in columns}
        | {name: f"{NOT_PARSED}{name}" for name in own},
        forbid_unknown_fields=True,
    )
    element: Any = parsed
    if is_nested:
        names = [("targeting_type", Any, UNSET), ("targeting_value", Any, None)]
        element = msgspec.defstruct(
            "Element", [*names, ("metrics", parsed)], kw_only=True, gc=False
        )
    return written, msgspec.json.Decoder(list[element], strict=False).decode


Seen = dict[str, Set["str | None"]]
"""By id: the days whose rows have been emitted (None for a total)."""

NO_DAY: Set[str | None] = frozenset({None})
"""The days of a total."""


class _Span(NamedTuple):
    """Consecutive days."""

    days: list[str]
    dates: frozenset[str]


def _span(first: str, length: int, days: Set[str]) -> _Span | None:
    """`length` days from the first one on; None if one of them is not in `days`."""
    if first not in days or length > len(days):
        return None
    start = date.fromisoformat(first)
    found = [str(start + timedelta(number)) for number in range(length)]
    dates = frozenset(found)
    return _Span(found, dates) if dates <= days else None


def _as_type(values: Sequence[Any], type_: Any) -> list[Any] | None:
    """The values as the parser would parse them, with numbers in texts as numbers; None if one does not fit."""
    try:
        found: list[Any] = msgspec.convert(values, list[type_], strict=False)
    except (msgspec.MsgspecError, UnicodeError):
        return None
    return found


def _have_whole_floats(values: Sequence[Any]) -> bool:
    """Whether any value is a whole float, such as 216.0."""
    try:
        return any(map(float.is_integer, values))
    except TypeError:  # not all of them are floats
        return any(map(float.is_integer, [each for each in values if each.__class__ is float]))


def _convert_id(value: Any, name: str, convert: Converter | None) -> Any:
    found = key_id(value, name)
    return convert(found) if convert and found.__class__ is not str else found


def _convert(column: _Column, rows: Rows) -> None:
    """Converts the values of a column that do not have a valid type."""
    convert, valid_types, attribute = column.convert, column.valid_types, column.attribute
    values = column.get(rows)
    kinds = set(map(type, values))
    wrong = kinds - valid_types
    if not convert or (not wrong and column.name not in ID_WITH_PREFIX):
        return
    if column.name in ID_WITH_PREFIX:
        wrong |= {str}
    if wrong <= CONVERTED_ONCE and kinds <= HASHABLE and len(kinds & NUMERIC) <= 1:
        column.set(
            rows,
            values,
            {value: convert(value) for value in dict.fromkeys(values) if value.__class__ in wrong},
        )
        return
    for row, value in zip(rows, values, strict=True):
        if value.__class__ in wrong:
            setattr(row, attribute, convert(value))


def _drop(column: _Column, rows: Rows) -> None:
    for row, value in zip(rows, column.get(rows), strict=True):
        if value is not UNSET:
            setattr(row, column.attribute, UNSET)
