"""Rows and batches of rows.

Field names: identifying fields in lower case (`ad_id`), metrics under Pinterest's own name
(`SPEND_IN_DOLLAR`). Ids are strings, whatever Pinterest answers with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, KeysView, Mapping, Sequence
from operator import attrgetter
from typing import Any, ClassVar, NamedTuple

import msgspec

Row = dict[str, Any]


class TypedRow(msgspec.Struct, gc=False):
    """A row with an attribute per field that can be read and changed like a dict. A missing field is UNSET."""

    fields: ClassVar[Mapping[str, str]] = {}
    """The attribute of each field."""

    def keys(self) -> KeysView[str]:
        of = self.fields.items()
        there = (name for name, attribute in of if getattr(self, attribute) is not msgspec.UNSET)
        return dict.fromkeys(there).keys()

    def __getitem__(self, name: str) -> Any:
        return getattr(self, self.fields[name])

    def update(self, fields: Mapping[str, Any]) -> None:
        for name, value in fields.items():
            setattr(self, name, value)


class Run(NamedTuple):
    """Rows in a row that are about the same id."""

    entity_id: str
    days: Sequence[str]
    """The day of each row: consecutive ones, ascending."""


class TypedRows(list[Any]):
    """TypedRows that consist of `runs`."""

    def __init__(self, rows: Iterable[Any], runs: Sequence[Run]) -> None:
        super().__init__(rows)
        self.runs = runs


class Batch(NamedTuple):
    """Records of one answer, each a Row or a TypedRow. Every record has the fields of `common`, which a
    TypedRow contains and a Row does not."""

    common: Row
    rows: list[Any]
    more_follows: bool = False
    """Whether more of the same answer follows at once, or else a STATE may follow."""

    def records(self) -> Iterator[Row]:
        return ({**self.common, **row} for row in self.rows)


def values(rows: Sequence[Any], name: str) -> Iterable[Any]:
    """Returns a field of each row; None or UNSET where a row lacks it."""
    if rows and isinstance(rows[0], TypedRow):
        return map(attrgetter(name), rows)
    return [row.get(name) for row in rows]


def is_rows(body: Any) -> bool:
    """Whether the body of an answer is an array of objects."""
    return isinstance(body, list) and all(isinstance(row, dict) for row in body)
