"""Response body → flat rows. Pure functions; no I/O and no CDK.

Field names: identifying fields in lower case (`ad_id`), metrics under Pinterest's own name
(`SPEND_IN_DOLLAR`). Ids are strings, whatever Pinterest answers with.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from functools import reduce
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
import orjson

from source_pinterest.records.column_types import (
    Fit,
    Misfits,
    day,
    described,
    is_rounded,
    number,
    text,
)

Row = dict[str, Any]


class TypedRow(msgspec.Struct, gc=False):
    """A row whose values are of the types that the schema says, as few others need to know: it can be
    read and changed like a dict. A field that it lacks is UNSET."""

    def keys(self) -> list[str]:
        return [name for name in self.__struct_fields__ if getattr(self, name) is not msgspec.UNSET]

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)

    def update(self, fields: Mapping[str, Any]) -> None:
        for name, value in fields.items():
            setattr(self, name, value)


class Batch(NamedTuple):
    """Records of one answer, each a Row or a TypedRow. `common` stands in each of them: a Row does not
    hold it, a TypedRow does."""

    common: Row
    rows: list[Any]
    goes_on: bool = False
    """Whether more of the same answer follows at once, or a STATE."""

    def records(self) -> Iterator[Row]:
        return ({**self.common, **row} for row in self.rows)


def values(rows: Sequence[Any], name: str) -> Iterable[Any]:
    """A field of the rows of a batch; None or UNSET where one lacks it."""
    if rows and isinstance(rows[0], TypedRow):
        return map(attrgetter(name), rows)
    return [row.get(name) for row in rows]


ID_COLUMNS = {
    "CAMPAIGN_ID": "campaign_id",
    "AD_GROUP_ID": "ad_group_id",
    "AD_ID": "ad_id",
    "PIN_ID": "pin_id",
    "PRODUCT_GROUP_ID": "product_group_promotion_id",
}
"""Pinterest's id columns and the fields that they become."""

TWINS = ("ADVERTISER_ID", "AD_ACCOUNT_ID", "PIN_PROMOTION_ID")
"""Id columns that would say the same again: an ad account was an advertiser, an ad a Pin promotion."""

NOT_FINAL = frozenset({"PROCESSING", "ESTIMATE"})
"""A `data_status` that says that the day's metrics will change."""

NO_DATA = "BEFORE_"
"""What a `data_status` begins with where no data can exist."""


class BrokenAnswer(ValueError):
    """The content is no JSON after all, somewhere between its two ends."""


class UnusableAnswer(ValueError):
    """An answer in Pinterest's shape whose rows lack what their key needs. `str()` is a sentence."""


# --- Ids ---

PREFIXES = {"CAMPAIGN_ID": "C", "AD_GROUP_ID": "AG", "PARENT_ID": "AG|C"}
"""By the name of an id: what may stand before its digits. The description allows C626735565838 for
626735565838. Other ids, as those of a merchant's items, are whatever they are."""

ID_WITH_PREFIX = {
    name: re.compile(rf"(?:{prefix})(\d+)", re.ASCII) for name, prefix in PREFIXES.items()
}


def plain_id(value: Any, name: str = "") -> Any:
    """An id as the string that it is everywhere else. What is no id stays as it is, as does one that was
    rounded on its way.

    `name`: of its column or field, which tells whether a prefix belongs to it.

    >>> plain_id(687201361754), plain_id("C626735565838", "campaign_id"), plain_id(626735565838.0)
    ('687201361754', '626735565838', '626735565838')
    >>> plain_id("C100", "item_id"), plain_id(None)
    ('C100', None)
    """
    if isinstance(value, str):
        prefixed = ID_WITH_PREFIX.get(name.upper())
        match = prefixed.fullmatch(value) if prefixed else None
        return match[1] if match else value
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return str(value)
    is_whole = isinstance(value, float) and value.is_integer() and not is_rounded(value)
    return text(value) if is_whole else value


def key_id(value: Any, name: str) -> Any:
    """An id of a row of a report. Raises UnusableAnswer for one that was rounded on its way."""
    if is_rounded(value):
        raise UnusableAnswer(f"an id in Pinterest's answer was rounded on its way: {value}")
    return plain_id(value, name)


# --- The lists ---

ZONELESS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?", re.ASCII)


def item_fault(item: Any, key: str) -> str:
    """Why an item of a list cannot be a record: what follows "2 items"; empty, if it can.

    >>> item_fault({"id": 7}, "id"), item_fault({"name": "Sale"}, "id"), item_fault({"id": {}}, "id")
    ('', 'without id', 'whose id is an object')
    """
    if not isinstance(item, dict):
        return "that are no objects"
    value = item.get(key)
    if value is None or value == "":
        return f"without {key}"
    if isinstance(value, (dict, list, bool)):
        return f"whose {key} is {described(value)}"
    if is_rounded(value) or value != value:
        return f"whose {key} was rounded on its way"
    return ""


def entity(item: Mapping[str, Any], key: Iterable[str], fit: Fit | None = None) -> Row:
    """A record of a list, of the types that `fit` says, its ids as they are in every other stream.

    >>> entity({"id": 7, "campaign_id": "C8", "name": None}, ["id", "name"])
    {'id': '7', 'campaign_id': '8', 'name': ''}
    >>> entity({"id": "7", "created_at": "2026-11-23T01:40:29"}, ["id"])
    {'id': '7', 'created_at': '2026-11-23T01:40:29Z'}
    """
    record = fit.fitted(item) if fit else dict(item)
    for name, value in record.items():
        if name == "id" or name.endswith("_id"):
            record[name] = plain_id(value, name)
        elif isinstance(value, str) and name.endswith("_at") and ZONELESS.fullmatch(value):
            record[name] = f"{value}Z"  # Pinterest leaves the zone out, and means UTC
    for name in key:
        if record.get(name) is None:
            record[name] = ""
    return record


def once_each(
    records: Iterable[Row], identity: Callable[[Row], Any], misfits: Misfits
) -> dict[Any, Row]:
    """The records of a page by what tells them apart: the first, where there are several. That they
    differ is said."""
    found: dict[Any, Row] = {}
    for record in records:
        key = identity(record)
        if found.setdefault(key, record) != record:
            misfits.say(
                "an item twice",
                f"Pinterest listed an item twice on one page with different content ({key}); the first "
                "one is used",
            )
    return found


def targeting_options(body: Iterable[Mapping[str, Any]]) -> list[Row]:
    """A row for each code that Pinterest's answer gives a label to.

    The description leaves the labels untyped, though all its examples are strings. A label that is
    an object stays whole in `details`, and gives its `name`; any other is JSON text.

    >>> targeting_options([{"811": "U.S.: Reno"}, {"9": {"name": "Dress", "level": 2}}, {"5": 7}])[1:]
    [{'targeting_raw_value': '9', 'name': 'Dress', 'details': {'name': 'Dress', 'level': 2}}, {'targeting_raw_value': '5', 'name': '7'}]
    """
    return [
        {"targeting_raw_value": code, **_label(label)}
        for each in body
        for code, label in each.items()
    ]


def _label(label: Any) -> Row:
    if isinstance(label, Mapping):
        name = label.get("name")
        return {"name": name if isinstance(name, str) else None, "details": label}
    is_plain = label is None or isinstance(label, str)
    return {"name": label if is_plain else json.dumps(label, ensure_ascii=False)}


# --- What the reports share ---


def flatten(row: Row) -> None:
    """Pinterest's id columns become the fields of ours, in place."""
    for column, name in ID_COLUMNS.items():
        if column in row:
            value = row.pop(column)
            row[name] = (
                value if value.__class__ is str and value.isdecimal() else key_id(value, column)
            )
    for column in TWINS:
        if column in row:
            del row[column]


class Strangers:
    """What an answer holds that was not asked for: rows of other ids, and of other days."""

    def __init__(self, id_column: str, days: Set[str] | None = None) -> None:
        """`days`: those of the window; None: any."""
        self._id_column = id_column
        self._days = days
        self._rows = 0
        self._of_other_days = 0
        self._first_other_day = ""
        self._total_day: str | None = None

    def add(self) -> None:
        """A row of an id that was not asked for."""
        self._rows += 1

    def day(self, value: Any) -> str | None:
        """The day of a row of a daily report; None: it was not asked for.

        Raises UnusableAnswer where the row has none.
        """
        found = day(value)
        if found is None and not isinstance(value, str):
            raise UnusableAnswer("a row of Pinterest's answer has no DATE")
        if found is None or (self._days is not None and found not in self._days):
            self._of_other_days += 1
            self._first_other_day = self._first_other_day or str(value)[:10]
            return None
        return found

    def total(self, value: Any) -> None:
        """The DATE of a row of a total, which has none; or the first or the last day of its window.

        Raises UnusableAnswer where it is a report by day.
        """
        if value is None:
            return
        found = day(value) or str(value)[:10]
        edges = (min(self._days), max(self._days)) if self._days else (found,)
        first = self._total_day or found
        if found != first or found not in edges:
            raise UnusableAnswer(
                "Pinterest was asked for a total and answered by day: a row has the DATE "
                f"{' and another '.join(dict.fromkeys((first, found)))}"
            )
        self._total_day = first

    def check(self, is_any_row: bool, misfits: Misfits) -> None:
        """At the end of an answer. `is_any_row`: whether it has rows that were asked for.

        Raises UnusableAnswer where days are not those of the window, or nothing is what was asked for.
        """
        if self._of_other_days:
            raise UnusableAnswer(
                "a row of Pinterest's answer is of a day that was not asked for: "
                f"{self._first_other_day!r} ({self._of_other_days:,} such rows)"
            )
        if self._total_day:
            misfits.say(
                "a total with a day",
                f"Pinterest's totals carry a DATE ({self._total_day}, the first or the last day of the "
                "window); they are read as totals",
            )
        if not self._rows:
            return
        if not is_any_row:
            raise UnusableAnswer(
                "Pinterest answered with rows of other ids only: none of its "
                f"{self._rows:,} rows has an {self._id_column} that was asked for"
            )
        misfits.say(
            "rows of other ids",
            f"Pinterest sent rows that were not asked for ({self._rows:,} of another "
            f"{self._id_column} in the first such answer); they are left out",
        )


# --- Rows of one key ---

SPLIT_TYPE = "KEYWORD"
"""The breakdown whose values Pinterest splits over several rows, by match type."""


def written(row: Any) -> bytes:
    """A row as JSON, which equal rows have in common."""
    try:
        return orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # of half an emoji, or of an integer of more than 64 bits
        return json.dumps(row, sort_keys=True).encode()


def repetitions(counts: Collection[int]) -> int:
    """How often an answer holds itself, from how often it holds each of its different rows.

    Two rows that are equal may be those of two match types. That every single row has its like is no
    accident, unless there is but one.

    >>> repetitions([2, 2]), repetitions([2, 1]), repetitions([2])
    (2, 1, 1)
    """
    return math.gcd(*counts) if len(counts) > 1 else 1


def settled(
    rows: Sequence[Row], is_split: bool, additive: Collection[str], repeated: int = 1
) -> Row | None:
    """The rows of one key as one; None: they cannot be, since they differ.

    Equal ones are one. Those that Pinterest splits by match type are added up, equal ones as well: what
    can be added up is, and what differs otherwise is null. `repeated`: how often each of them comes.
    """
    if len(rows) == 1:
        return rows[0]
    counts = Counter(map(written, rows))
    different = {written(row): row for row in rows}
    if not is_split:
        return rows[0] if len(different) == 1 else None
    each = [row for key, row in different.items() for _ in range(max(1, counts[key] // repeated))]
    return reduce(lambda one, other: merged(one, other, additive), each)


def merged(one: Row, other: Row, additive: Collection[str]) -> Row:
    """Two rows as one: what can be added up is, what differs otherwise is null."""
    row: Row = {}
    for name in one | other:
        left, right = one.get(name), other.get(name)
        if name in additive and all(isinstance(v or 0, (int, float)) for v in (left, right)):
            row[name] = right if left is None else left if right is None else number(left + right)
        else:
            row[name] = left if left == right else None
    return row


# --- The organic analytics ---


def daily_metrics(body: Mapping[str, Any], fit: Fit, window: Set[str] | None = None) -> list[Row]:
    """A row for each day on which data can exist, from `{"all": {"daily_metrics": […]}}`.

    `window`: the days that were asked for. A day that comes twice is one row, and an UnusableAnswer if
    its numbers differ.
    """
    rows: dict[str, Row] = {}
    strangers = Strangers("day", window)
    for each in body["all"]["daily_metrics"]:
        status = text(each.get("data_status"))
        found = day(each.get("date"))
        if found is None:
            raise UnusableAnswer("a day of Pinterest's answer has no date")
        if status and status.startswith(NO_DATA):
            continue
        if strangers.day(found) is None:
            continue
        row = {"date": found, "data_status": status, **(each.get("metrics") or {})}
        row.update(date=found, data_status=status)
        fit.apply([row])
        if rows.setdefault(found, row) != row:
            raise UnusableAnswer(f"Pinterest's answer has {found} twice, with different metrics")
    strangers.check(bool(rows), Misfits())
    return list(rows.values())


def days(body: Mapping[str, Any]) -> set[str]:
    """The days that an answer speaks of, those without data included."""
    return {found for each in body["all"]["daily_metrics"] if (found := day(each.get("date")))}


def is_daily_metrics(body: Any) -> bool:
    """Whether a body has the shape that `daily_metrics` reads."""
    split = body.get("all") if isinstance(body, dict) else None
    days = split.get("daily_metrics") if isinstance(split, dict) else None
    return isinstance(days, list) and all(
        isinstance(day, dict) and isinstance(day.get("metrics"), (dict, type(None))) for day in days
    )
