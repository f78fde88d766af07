"""The rows of GET …/targeting_analytics: `{"data": […]}`, parsed and emitted some at a time.

The text of an answer is read twice. The first time finds out what is wrong with it, before any of its
rows is emitted, and which keys come more than once; the second time gives the rows. Only those of such
keys are held, as text, until the last of them has come: an answer takes little more memory than its
text, whatever the order of its rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Set
from typing import Any, NamedTuple

from source_pinterest.api import lenient_json
from source_pinterest.api.columns import ID_COLUMNS
from source_pinterest.records.column_types import AnswerWarnings, ColumnTypes, described, text
from source_pinterest.records.duplicates import SPLIT_TYPE, repetitions, settled, written
from source_pinterest.records.errors import BrokenAnswer, UnusableAnswer
from source_pinterest.records.ids import key_id, rename_id_columns
from source_pinterest.records.json_arrays import BYTES_OF_A_PART, array, parts
from source_pinterest.records.rows import Row
from source_pinterest.records.unrequested import UnrequestedRows


class Key(NamedTuple):
    """What identifies a row. `day`: None of a total."""

    entity_id: str
    targeting_type: str
    raw_value: str
    day: str | None


def targeting_rows(
    content: bytes,
    id_column: str,
    asked: Set[str],
    types: ColumnTypes,
    is_daily: bool = False,
    days: Set[str] | None = None,
    answer_warnings: AnswerWarnings | None = None,
    part_bytes: int = BYTES_OF_A_PART,
) -> Iterator[list[Row]]:
    """The rows of an answer, some at a time; the id and the day are inside `metrics`, not beside it.

    `targeting_value` is `<targeting_type>:<raw value>`, since raw values repeat between types. Where
    Pinterest splits one value over several rows (a keyword by its match types), they become one row (a
    day): what can be added up is, and what differs otherwise is null. Other rows of one key are one if
    they are equal. `days`: those of the window.

    Raises BrokenAnswer or UnusableAnswer before the first row, where the answer is no JSON, has rows
    without their key, or is not what was asked for; and UnusableAnswer where rows of one key differ.
    """
    answer_warnings = answer_warnings or AnswerWarnings()
    answer = _Answer(content, _Reader(id_column, asked, is_daily, days), types, part_bytes)
    several = answer.surveyed(answer_warnings)
    repeated = answer.repeated(several)
    if repeated > 1:
        answer_warnings.say(
            "every row again",
            f"Pinterest sent every row of an answer {repeated} times; each is counted once",
        )
    held: dict[int, list[tuple[Key, bytes]]] = {}
    for keys, rows in answer.rows():
        if not several:
            yield rows
            continue
        found: list[Row] = []
        for key, row in zip(keys, rows, strict=True):
            place = hash(key)
            if place not in several.counts:
                found.append(row)
                continue
            group = held.setdefault(place, [])
            # a copy: what a row is written into is several times as large as the row
            group.append((key, bytes(memoryview(written(row)))))
            if len(group) == several.counts[place]:
                found += _settled(held.pop(place), types, repeated)
        yield found


def _settled(
    group: Iterable[tuple[Key, bytes]], types: ColumnTypes, repeated: int
) -> Iterator[Row]:
    """A row for each key of some rows that share the hash of theirs."""
    by_key: dict[Key, list[Row]] = {}
    for key, row in group:
        by_key.setdefault(key, []).append(lenient_json.loads(row))
    for key, rows in by_key.items():
        one = settled(rows, key.targeting_type == SPLIT_TYPE, types.additive, repeated)
        if one is None:
            raise UnusableAnswer(
                f"Pinterest's answer has several rows for {key.entity_id}, {key.targeting_type} "
                f"{key.raw_value!r}{f', {key.day}' if key.day else ''} with different values"
            )
        yield one


class _Several(NamedTuple):
    """The keys that come more than once: how often, by their hashes."""

    counts: dict[int, int]
    is_all: bool
    """Whether every key of the answer does."""

    def __bool__(self) -> bool:
        return bool(self.counts)


class _Reader:
    """Elements of an answer → rows with their keys; their values still as they came."""

    def __init__(
        self, id_column: str, asked: Set[str], is_daily: bool, days: Set[str] | None
    ) -> None:
        self._id_column = id_column
        self._asked = asked
        self._is_daily = is_daily
        self._days = days
        self._name = ID_COLUMNS.get(id_column)  # an ad account's id is in `common` already

    def unrequested(self) -> UnrequestedRows:
        return UnrequestedRows(self._id_column, self._days)

    def rows(
        self, elements: Iterable[Any], unrequested: UnrequestedRows, is_whole: bool = True
    ) -> Iterator[tuple[Key, Row]]:
        """`is_whole`: else the rows are left as they are, for who needs their keys only."""
        id_column, asked = self._id_column, self._asked
        for element in elements:
            if element.__class__ is not dict:
                raise UnusableAnswer("an element of Pinterest's answer is not a row")
            kind, row = element.get("targeting_type"), element.get("metrics")
            if row.__class__ is not dict:
                raise UnusableAnswer(
                    f"the metrics of a row of Pinterest's answer are {described(row, is_shown=False)}"
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
            if self._is_daily:
                day = unrequested.day(day)
                if day is None:
                    continue
            else:
                unrequested.total(day)
                day = None
            raw_value = text(element.get("targeting_value")) or ""
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
    """The text of an answer, which is read as often as need be."""

    def __init__(
        self, content: bytes, reader: _Reader, types: ColumnTypes, part_bytes: int
    ) -> None:
        self._part_bytes = part_bytes
        self._content = content
        self._reader = reader
        self._types = types
        self._list = lenient_json.data(content)

    def surveyed(self, answer_warnings: AnswerWarnings) -> _Several:
        """The keys that come more than once. Raises what there is to raise about the answer."""
        try:
            return self._survey(answer_warnings)
        except BrokenAnswer:
            if self._list is None:
                raise
            self._list = None  # more may stand beside the list than its two ends tell
            return self._survey(answer_warnings)

    def _survey(self, answer_warnings: AnswerWarnings) -> _Several:
        seen: set[int] = set()
        counts: dict[int, int] = {}
        unrequested = self._reader.unrequested()
        for elements in self._parts():
            for key, _ in self._reader.rows(elements, unrequested, is_whole=False):
                place = hash(key)
                if place in seen:
                    counts[place] = counts.get(place, 1) + 1
                else:
                    seen.add(place)
        unrequested.check(bool(seen), answer_warnings)
        return _Several(counts, is_all=len(counts) == len(seen))

    def repeated(self, several: _Several) -> int:
        """How often the answer holds itself."""
        if not several or not several.is_all:
            return 1
        counts = Counter(
            hash((key, written(row)))
            for keys, rows in self.rows()
            for key, row in zip(keys, rows, strict=True)
        )
        return repetitions(counts.values())

    def rows(self) -> Iterator[tuple[list[Key], list[Row]]]:
        unrequested = self._reader.unrequested()
        for elements in self._parts():
            keys, rows = [], []
            for key, row in self._reader.rows(elements, unrequested):
                keys.append(key)
                rows.append(row)
            self._types.apply(rows)
            yield keys, rows

    def _parts(self) -> Iterator[list[Any]]:
        if self._list:
            yield from parts(self._content, array, *self._list, part_bytes=self._part_bytes)
            return
        try:
            body = lenient_json.loads(self._content)
        except ValueError:
            raise BrokenAnswer from None
        if not isinstance(body, dict) or not isinstance(body.get("data"), list):
            raise BrokenAnswer
        yield body["data"]
