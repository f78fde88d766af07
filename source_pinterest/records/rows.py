"""Rows and batches of rows.

Fields that identify a row have names in lower case (`ad_id`), metrics have Pinterest's own (`SPEND_IN_DOLLAR`). Ids are
strings, whatever Pinterest answers with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, KeysView, Mapping, Sequence
from operator import attrgetter
from typing import Any, ClassVar, NamedTuple

import msgspec

Row = dict[str, Any]


class TypedRow(msgspec.Struct, gc=False):
    """A row with an attribute per field, which can be read like a dict. A missing field is UNSET."""

    fields: ClassVar[Mapping[str, str]] = {}
    """By field: the name of its attribute."""

    def keys(self) -> KeysView[str]:
        """The names of the fields that the row has, in order."""
        of = self.fields.items()
        there = (name for name, attribute in of if getattr(self, attribute) is not msgspec.UNSET)
        return dict.fromkeys(there).keys()

    def __getitem__(self, name: str) -> Any:
        return getattr(self, self.fields[name])

    def update(self, fields: Mapping[str, Any]) -> None:
        """Sets attributes, by their names."""
        for name, value in fields.items():
            setattr(self, name, value)


class Run(NamedTuple):
    """Successive rows with the same id and consecutive days."""

    entity_id: str
    days: Sequence[str]
    """The day of each row, ascending."""


class TypedRows(list[Any]):
    """TypedRows that consist of `runs`, in order."""

    def __init__(self, rows: Iterable[Any], runs: Sequence[Run]) -> None:
        super().__init__(rows)
        self.runs = runs


class Batch(NamedTuple):
    """Records of one answer, all of them Rows or all TypedRows. Every record has the fields of `common`: a TypedRow
    contains them, a Row does not."""

    common: Row
    rows: list[Any]
    more_follows: bool = False
    """Whether more records of the same answer follow at once. If not, a STATE may follow."""

    def records(self) -> Iterator[Row]:
        """The records as dicts."""
        return ({**self.common, **row} for row in self.rows)


def values(rows: Sequence[Any], name: str) -> Iterable[Any]:
    """The value of a field in each row; None or UNSET if a row lacks it."""
    if rows and isinstance(rows[0], TypedRow):
        return map(attrgetter(name), rows)
    return [row.get(name) for row in rows]


def is_rows(body: Any) -> bool:
    """Whether the body of an answer is an array of objects."""
    return isinstance(body, list) and all(isinstance(row, dict) for row in body)
