"""The rows of GET …/targeting_analytics, `{"data": […]}`, parsed and emitted in parts.

The text of an answer is read twice. The first reading finds mistakes before any row is emitted, and keys
that occur more than once; the second one yields the rows. Only rows of repeated keys are held, as text,
until the last of them: an answer takes little more memory than its text, whatever the order of its rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from itertools import groupby, repeat
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

from source_pinterest.api import lenient_json
from source_pinterest.api.columns import ID_COLUMNS
from source_pinterest.api.stated_errors import states_error
from source_pinterest.records.column_types import AnswerWarnings, ColumnTypes, day, describe_value
from source_pinterest.records.duplicates import (
    SPLIT_TYPE,
    canonical_json,
    merge_duplicates,
    repetitions,
)
from source_pinterest.records.errors import BrokenAnswer, UnusableAnswer
from source_pinterest.records.ids import key_id, key_text, rename_id_columns
from source_pinterest.records.json_arrays import BYTES_OF_A_PART, parse_array, parse_in_parts
from source_pinterest.records.row_parser import RowParser
from source_pinterest.records.rows import Row, TypedRow
from source_pinterest.records.unrequested import UnrequestedRows


class Key(NamedTuple):
    """The key of a row. `day`: None in a total."""

    entity_id: str
    targeting_type: str
    raw_value: str
    day: str | None


def targeting_rows(
    content: bytes | Sequence[dict[str, Any]],
    id_column: str,
    asked: Set[str],
    types: ColumnTypes,
    is_daily: bool = False,
    days: Set[str] | None = None,
    answer_warnings: AnswerWarnings | None = None,
    parser: RowParser | None = None,
    common: Row | None = None,
    part_bytes: int = BYTES_OF_A_PART,
    *,
    requested_elsewhere: Set[str] = frozenset(),
) -> Iterator[list[Any]]:
    """Yields the rows of an answer in parts: dicts, or objects if there is a `parser`. In answers, the id and the day
    are inside `metrics`, not beside it.

    `targeting_value` is `<targeting_type>:<raw value>`, since raw values repeat between types. If Pinterest splits one
    value into several rows (a keyword by its match types), they become one row (per day): additive values are added,
    and other values that differ become null. Of other rows with the same key, one is kept if they are equal.

    `days`: the days of the window. `requested_elsewhere`: targeting types that other requests for the same ids ask for.
    Their rows are left out, or they would come twice.

    Raises BrokenAnswer or UnusableAnswer before the first row, if the answer is not JSON, has rows without their key,
    or does not fit the request; and UnusableAnswer, later, if rows with the same key differ.
    """
    answer_warnings = answer_warnings or AnswerWarnings()
    reader = _Reader(id_column, asked, is_daily, days, requested_elsewhere)
    answer = _Answer(content, reader, types, parser, common or {}, part_bytes)
    repeated_keys = answer.find_repeated_keys(answer_warnings)
    repeated = answer.times_repeated(repeated_keys)
    if repeated > 1:
        answer_warnings.warn_once(
            "every row again",
            f"Pinterest sent every row of an answer {repeated} times; each is counted once",
        )
    if repeated_keys:
        yield from _merge_repeated_keys(answer, repeated_keys, types, repeated)
    else:
        yield from (rows for _, rows in answer.rows(has_keys=False))


def _merge_repeated_keys(
    answer: _Answer, repeated_keys: _RepeatedKeys, types: ColumnTypes, repeated: int
) -> Iterator[list[Any]]:
    """Yields the rows in parts. The rows of a repeated key become one, in the place of the last of them."""
    held: dict[int, list[tuple[Key, bytes]]] = {}
    for keys, rows in answer.rows(has_keys=True):
        found: list[Any] = []
        for key, row in zip(keys, rows, strict=True):
            place = hash(key)
            if place not in repeated_keys.counts:
                found.append(row)
                continue
            group = held.setdefault(place, [])
            # a copy, since the buffer of a row is several times as large as the row
            group.append((Key(*key), bytes(memoryview(canonical_json(answer.own_fields(row))))))
            if len(group) < repeated_keys.counts[place]:
                continue
            for merged in _merge_group(held.pop(place), types, repeated):
                if not isinstance(row, TypedRow):
                    found.append(merged)
                elif _replace_values(row, merged):
                    found.append(row)
                else:
                    yield found
                    yield [merged]
                    found = []
        yield found


def _merge_group(
    group: Iterable[tuple[Key, bytes]], types: ColumnTypes, repeated: int
) -> Iterator[Row]:
    """Merges rows whose keys have the same hash, and yields one row per key. Raises UnusableAnswer if rows with the
    same key differ."""
    by_key: dict[Key, list[Row]] = {}
    for key, row in group:
        by_key.setdefault(key, []).append(lenient_json.loads(row))
    for key, rows in by_key.items():
        one = merge_duplicates(rows, key.targeting_type == SPLIT_TYPE, types.additive, repeated)
        if one is None:
            raise UnusableAnswer(
                f"Pinterest's answer has several rows for {key.entity_id}, {key.targeting_type} "
                f"{key.raw_value!r}{f', {key.day}' if key.day else ''} with different values"
            )
        yield one


def _replace_values(row: TypedRow, one: Row) -> bool:
    """Replaces the values of a row by those of another. Returns False if it lacks a field for one of them."""
    if not one.keys() <= row.fields.keys():
        return False
    for name, value in one.items():
        setattr(row, row.fields[name], value)
    return True


class Keys(NamedTuple):
    """The keys of some elements: id, targeting type, raw value and day."""

    keys: list[Any]
    are_unchanged: bool
    """Whether the answer has all of them in this form."""


KEY = attrgetter("metrics.id", "targeting_type", "targeting_value", "metrics.day")
"""Gets the parts of a key from an element of which only the key is parsed."""


def _outlines(id_column: str) -> Callable[[bytes], list[Any]]:
    """Returns a parser of arrays of elements that parses only their keys."""
    of_metrics = {"id": id_column, "day": "DATE"}
    metrics = msgspec.defstruct(
        "Metrics", [(name, Any, None) for name in of_metrics], rename=of_metrics, gc=False
    )
    fields: list[Any] = [
        ("targeting_type", Any, None),
        ("targeting_value", Any, None),
        ("metrics", metrics),
    ]
    element: Any = msgspec.defstruct("Outline", fields, kw_only=True, gc=False)
    return msgspec.json.Decoder(list[element]).decode


class _RepeatedKeys(NamedTuple):
    """The keys that an answer has more than once. True if there are any."""

    counts: dict[int, int]
    """By the hash of a key: how often the answer has it."""
    is_all: bool
    """Whether every key of the answer is repeated."""

    def __bool__(self) -> bool:
        return bool(self.counts)


class _Reader:
    """Turns elements of an answer into rows with their keys. Does not convert the values."""

    def __init__(
        self,
        id_column: str,
        asked: Set[str],
        is_daily: bool,
        days: Set[str] | None,
        requested_elsewhere: Set[str],
    ) -> None:
        self._id_column = id_column
        self._asked = asked
        self._is_daily = is_daily
        self.days = days
        self._requested_elsewhere = requested_elsewhere
        self._field = ID_COLUMNS.get(id_column, id_column.lower())
        self._outline = _outlines(id_column)
        self._name = ID_COLUMNS.get(id_column)  # `common` already has an ad account's id

    def unrequested(self) -> UnrequestedRows:
        return UnrequestedRows(self._id_column, self.days)

    def keys(self, text: bytes, unrequested: UnrequestedRows) -> Keys | None:
        """The keys of a JSON array of elements. Parses nothing else. None if anything in it is irregular.

        Raises UnusableAnswer if the rows of a total have days.
        """
        try:
            if not text.isascii():
                text.decode()  # the parser does not check what it skips
            elements = self._outline(text)
            if not elements:
                return None
            columns: list[Any] = list(zip(*map(KEY, elements), strict=True))
            ids, kinds, values, days = columns
            is_right = True
            if not set(ids) <= self._asked:
                if not {int, float, str}.issuperset(map(type, ids)):
                    return None
                id_of = {value: key_id(value, self._id_column) for value in set(ids)}
                if not set(id_of.values()) <= self._asked:
                    return None
                ids, is_right = [id_of[value] for value in ids], False
            distinct = set(kinds)
            if not all(kind and kind.__class__ is str for kind in distinct):
                return None
            if not self._requested_elsewhere.isdisjoint(distinct):
                return None
            if set(map(type, values)) != {str}:
                values = [key_text(value) or "" for value in values]
            if self._is_daily and not (self.days is not None and set(days) <= self.days):
                day_of = {value: day(value) for value in set(days)}
                if None in day_of.values() or not self.are_days(day_of.values()):
                    return None
                days, is_right = [day_of[value] for value in days], False
        except (msgspec.MsgspecError, UnicodeError, RecursionError, TypeError, UnusableAnswer):
            return None
        if not self._is_daily:
            for value, _ in groupby(days):
                unrequested.total(value)
            days = repeat(None)
        return Keys(list(zip(ids, kinds, values, days, strict=False)), is_right)

    def are_days(self, days: Iterable[Any]) -> bool:
        return self.days is None or set(days) <= self.days

    def are_asked(self, rows: Iterable[Any]) -> bool:
        return set(map(attrgetter(self._field), rows)) <= self._asked

    def are_requested_here(self, elements: Iterable[Any]) -> bool:
        """Whether no element has a targeting type that another request asks for."""
        return self._requested_elsewhere.isdisjoint(map(attrgetter("targeting_type"), elements))

    def keys_of(self, rows: list[Any]) -> list[Any]:
        """The keys of rows that were parsed as objects."""
        names = (self._field, "targeting_type", "targeting_raw_value")
        if self._is_daily:
            return list(map(attrgetter(*names, "date"), rows))
        return [(*key, None) for key in map(attrgetter(*names), rows)]

    def rows(
        self, elements: Iterable[Any], unrequested: UnrequestedRows, is_whole: bool = True
    ) -> Iterator[tuple[Key, Row]]:
        """Yields keys with their rows; with `is_whole` false, rows are not complete. Skips and counts unrequested rows.

        Raises UnusableAnswer for rows without their key.
        """
        id_column, asked = self._id_column, self._asked
        for element in elements:
            if element.__class__ is not dict:
                raise UnusableAnswer("an element of Pinterest's answer is not a row")
            kind, row = element.get("targeting_type"), element.get("metrics")
            if row.__class__ is not dict:
                raise UnusableAnswer(
                    f"the metrics of a row of Pinterest's answer are {describe_value(row, is_shown=False)}"
                )
            entity_id, day = row.pop(id_column, None), row.pop("DATE", None)
            if entity_id.__class__ is not str or entity_id not in asked:
                entity_id = key_id(entity_id, id_column)
            if not isinstance(kind, str) or not kind or not str(entity_id).isdecimal():
                missing = id_column if isinstance(kind, str) and kind else "targeting_type"
                raise UnusableAnswer(f"a row of Pinterest's answer has no {missing}")
            if entity_id not in asked:
                unrequested.add()
                continue
            if kind in self._requested_elsewhere:
                unrequested.breakdowns.add(kind)
                continue
            if self._is_daily:
                day = unrequested.day(day)
                if day is None:
                    continue
            else:
                unrequested.total(day)
                day = None
            raw_value = key_text(element.get("targeting_value")) or ""
            if is_whole:
                rename_id_columns(row)
                if day:
                    row["date"] = day
                if self._name:
                    row[self._name] = entity_id
                row["targeting_type"] = kind
                row["targeting_raw_value"] = raw_value
                row["targeting_value"] = f"{kind}:{raw_value}"
            yield Key(entity_id, kind, raw_value, day), row


class _Answer:
    """An answer, which is read twice or more often."""

    def __init__(
        self,
        content: bytes | Sequence[dict[str, Any]],
        reader: _Reader,
        types: ColumnTypes,
        parser: RowParser | None,
        common: Row,
        part_bytes: int,
    ) -> None:
        self._content = content
        self._reader = reader
        self._types = types
        self._parser = parser
        self._common = common
        self._part_bytes = part_bytes
        self._list = lenient_json.data_span(content) if isinstance(content, bytes) else None
        self._keys_are_unchanged = True
        """Whether the answer has all keys in their final form, as far as it has been read."""

    def find_repeated_keys(self, answer_warnings: AnswerWarnings) -> _RepeatedKeys:
        """Reads the answer once, and finds the keys that it has more than once.

        Raises all errors of `targeting_rows`, except that for different rows with the same key.
        """
        try:
            return self._survey(answer_warnings)
        except BrokenAnswer:
            if self._list is None:
                raise
            self._list = None  # there may be more beside the list than its ends show
            return self._survey(answer_warnings)

    def _survey(self, answer_warnings: AnswerWarnings) -> _RepeatedKeys:
        seen: set[int] = set()
        counts: dict[int, int] = {}
        unrequested = self._reader.unrequested()

        def parsed(text: bytes) -> list[Any] | None:
            found = self._reader.keys(text, unrequested) if self._parser else None
            if found:
                self._keys_are_unchanged &= found.are_unchanged
                return found.keys
            self._keys_are_unchanged = False
            return parse_array(text)

        for found in self._parts(parsed):
            keys = found
            if not found or found[0].__class__ is not tuple:
                rows = self._reader.rows(found, unrequested, is_whole=False)
                keys = [key for key, _ in rows]
            places = list(map(hash, keys))
            new = set(places)
            if len(new) == len(places) and seen.isdisjoint(new):
                seen |= new
                continue
            for place in places:
                if place in seen:
                    counts[place] = counts.get(place, 1) + 1
                else:
                    seen.add(place)
        unrequested.check(bool(seen), answer_warnings)
        return _RepeatedKeys(counts, is_all=len(counts) == len(seen))

    def times_repeated(self, repeated_keys: _RepeatedKeys) -> int:
        """How many times the answer repeats all of its rows; 1 if it does not."""
        if not repeated_keys or not repeated_keys.is_all:
            return 1
        counts = Counter(
            hash((key, canonical_json(self.own_fields(row))))
            for keys, rows in self.rows(has_keys=True)
            for key, row in zip(keys, rows, strict=True)
        )
        return repetitions(counts.values())

    def own_fields(self, row: Any) -> Row:
        """Returns a row as a dict, without the fields that all rows have in common."""
        if not isinstance(row, TypedRow):
            found: Row = row
            return found
        names = row.keys() - self._common.keys()
        return {name: row[name] for name in names}

    def rows(self, has_keys: bool) -> Iterator[tuple[list[Any], list[Any]]]:
        """Yields the rows of each part with their keys. With `has_keys` false, the keys may be missing."""
        unrequested = self._reader.unrequested()

        def parsed(text: bytes) -> list[Any] | None:
            typed = self._typed(text, unrequested)
            return parse_array(text) if typed is None else typed

        for elements in self._parts(parsed):
            if elements and isinstance(elements[0], TypedRow):
                yield (self._reader.keys_of(elements) if has_keys else []), elements
                continue
            keys, rows = [], []
            for key, row in self._reader.rows(elements, unrequested):
                keys.append(key)
                rows.append(row)
            self._types.apply(rows)
            yield keys, rows

    def _typed(self, text: bytes, unrequested: UnrequestedRows) -> list[Any] | None:
        """Parses a part into objects; None if anything in it is irregular."""
        parser = self._parser
        elements = parser.parse(text, self._common) if parser else None
        if elements is None or not parser:
            return None
        rows = list(map(attrgetter("metrics"), elements))
        if not self._keys_are_unchanged and not (
            parser.normalize_keys(rows, self._reader.days)
            and self._reader.are_asked(rows)
            and self._reader.are_requested_here(elements)
        ):
            return None
        if not parser.finish(rows, unrequested):
            return None
        for row, element in zip(rows, elements, strict=True):
            kind, value = element.targeting_type, element.targeting_value
            if value.__class__ is not str:
                value = key_text(value) or ""
            row.targeting_type = kind
            row.targeting_raw_value = value
            row.targeting_value = f"{kind}:{value}"
        return rows

    def _parts(self, parsed: Callable[[bytes], list[Any] | None]) -> Iterator[list[Any]]:
        if not isinstance(self._content, bytes):
            # its metrics are changed while they are read
            yield [{**element, "metrics": dict(element["metrics"])} for element in self._content]
            return
        if self._list:
            yield from parse_in_parts(
                self._content, parsed, *self._list, part_bytes=self._part_bytes
            )
            return
        try:
            body = lenient_json.loads(self._content)
        except ValueError:
            raise BrokenAnswer from None
        is_data = isinstance(body, dict) and isinstance(body.get("data"), list)
        if not is_data or states_error(body) or lenient_json.has_duplicate_names(self._content):
            raise BrokenAnswer
        yield body["data"]
