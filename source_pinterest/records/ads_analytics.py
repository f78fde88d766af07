"""The rows of GET …/analytics: large arrays, parsed and emitted in parts.

`RowParser` parses rows into objects, in C. If a part of an answer is irregular (rows of other ids or days, duplicates,
values that are not JSON), its rows are read as dicts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from typing import Any

from source_pinterest.api.columns import ALIAS_ID_COLUMNS, ID_COLUMNS
from source_pinterest.records.column_types import AnswerWarnings, ColumnTypes
from source_pinterest.records.duplicates import canonical_json
from source_pinterest.records.errors import BrokenAnswer, UnusableAnswer
from source_pinterest.records.ids import key_id, rename_id_columns
from source_pinterest.records.json_arrays import BYTES_OF_A_PART, parse_array, parse_in_parts
from source_pinterest.records.row_parser import RowParser, Seen
from source_pinterest.records.rows import Row, TypedRow
from source_pinterest.records.unrequested import UnrequestedRows


def ads_analytics(
    content: bytes | Sequence[Any],
    id_column: str,
    asked: Set[str],
    seen: Seen,
    types: ColumnTypes,
    is_daily: bool,
    parser: RowParser | None = None,
    days: Set[str] | None = None,
    answer_warnings: AnswerWarnings | None = None,
    common: Row | None = None,
    part_bytes: int = BYTES_OF_A_PART,
) -> Iterator[list[Any]]:
    """Yields the rows of an answer in parts: dicts, or objects if there is a `parser`.

    `content`: the answer as text, or its parsed rows. `days`: the days of the window. `seen`: keys whose rows are left
    out; gets those of this answer.

    Raises UnusableAnswer, at the latest after the last row, if the answer does not fit the request: rows without their
    key, of other days, of no requested id, or with the same key and different values.
    """
    unrequested = UnrequestedRows(id_column, days)
    reader = _Reader(id_column, asked, types, is_daily, unrequested)
    is_any_row = is_compared = False

    def parsed(text: bytes) -> list[Any] | None:
        typed = (
            parser.new_rows(text, asked, seen, days, unrequested, common or {}) if parser else None
        )
        return parse_array(text) if typed is None else typed

    for body in _elements(content, parsed, part_bytes):
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
                    content,
                    _Reader(id_column, asked, types, is_daily, UnrequestedRows(id_column, days)),
                    part_bytes,
                )
        types.apply(rows)
        yield rows
    unrequested.check(is_any_row, answer_warnings or AnswerWarnings())


class _Reader:
    """Turns Pinterest's rows into rows with their keys. Does not convert the values."""

    def __init__(
        self,
        id_column: str,
        asked: Set[str],
        types: ColumnTypes,
        is_daily: bool,
        unrequested: UnrequestedRows,
    ) -> None:
        self.types = types
        self._id_column = id_column
        self._asked = asked
        self._is_daily = is_daily
        self._unrequested = unrequested
        self._name = ID_COLUMNS.get(id_column)  # `common` already has an ad account's id
        self._others = {*ID_COLUMNS, *ALIAS_ID_COLUMNS} - {id_column}

    def rows(self, body: Iterable[Any]) -> Iterator[tuple[tuple[str, str | None], Row]]:
        id_column, asked, unrequested = self._id_column, self._asked, self._unrequested
        for row in body:
            if row.__class__ is not dict:
                raise UnusableAnswer("an element of Pinterest's answer is not a row")
            entity_id, day = row.pop(id_column, None), row.pop("DATE", None)
            if entity_id.__class__ is not str or entity_id not in asked:
                entity_id = key_id(entity_id, id_column)
                if not str(entity_id).isdecimal():
                    raise UnusableAnswer(f"a row of Pinterest's answer has no {id_column}")
                if entity_id not in asked:
                    unrequested.add()
                    continue
            if self._is_daily:
                day = unrequested.day(day)
                if day is None:
                    continue
                row["date"] = day
            else:
                unrequested.total(day)
                day = None
            if self._name:
                row[self._name] = entity_id
            if not row.keys().isdisjoint(self._others):
                rename_id_columns(row)
            yield (entity_id, day), row


def _elements(
    content: bytes | Sequence[Any],
    parsed: Callable[[bytes], list[Any] | None],
    part_bytes: int,
) -> Iterator[list[Any]]:
    """Yields the elements of an answer in parts. Parsed rows are copied, so that they can be read again."""
    if isinstance(content, bytes):
        yield from parse_in_parts(content, parsed, part_bytes=part_bytes)
    else:
        yield [dict(row) if row.__class__ is dict else row for row in content]


def _compare(content: bytes | Sequence[Any], reader: _Reader, part_bytes: int) -> None:
    """Raises UnusableAnswer if rows with the same key differ. Reads the whole answer once more."""
    known: dict[tuple[str, str | None], int] = {}
    try:
        for body in _elements(content, parse_array, part_bytes):
            for key, row in reader.rows(body):
                reader.types.apply([row])
                values = hash(canonical_json(row))
                if known.setdefault(key, values) != values:
                    what = " and ".join(filter(None, key))
                    raise UnusableAnswer(
                        f"Pinterest's answer has several rows for {what} with different values"
                    )
    except BrokenAnswer:  # the caller, which reads the same answer, raises it too
        return


def is_new(entity_id: str, day: str | None, seen: Seen) -> bool:
    """Whether a key was not seen before. Adds it to `seen`."""
    days = seen.get(entity_id)
    if not days:
        seen[entity_id] = {day}
    elif day in days:
        return False
    elif isinstance(days, set):
        days.add(day)
    else:
        seen[entity_id] = {*days, day}
    return True
