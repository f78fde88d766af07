"""Response body → flat rows. Pure functions; no I/O and no CDK.

Field names: identifying fields in lower case (`ad_id`), metrics under Pinterest's own name
(`SPEND_IN_DOLLAR`). Ids are strings, whatever Pinterest answers with.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

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

PEOPLE = frozenset(
    {
        "TOTAL_IMPRESSION_USER",
        "VIDEO_15SEC_UNIQUE_VIEWS_1",
        "VIDEO_15SEC_UNIQUE_VIEWS_2",
        "TOTAL_VIDEO_15SEC_UNIQUE_VIEWS",
    }
)
"""Counts of people, each counted once: the only integers that must not be added up."""

ADDITIVE_NUMBERS = frozenset({"SPEND_IN_DOLLAR", "VIDEO_SPEND_IN_DOLLAR"})


class BrokenAnswer(ValueError):
    """The content is no JSON after all, somewhere between its two ends."""


class UnusableAnswer(ValueError):
    """An answer in Pinterest's shape whose rows lack what their key needs. `str()` is a sentence."""


# --- The lists ---

PREFIXED_ID = re.compile(r"[A-Z]{1,2}(\d+)")
EXACT_BELOW = 2**53
"""A JSON number from here on, written as a float, has lost digits."""

ZONELESS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?")


def entity(item: Mapping[str, Any], key: Iterable[str]) -> Row:
    """A record of a list, its ids as they are in every other stream.

    >>> entity({"id": 7, "campaign_id": "C8", "name": None}, ["id", "name"])
    {'id': '7', 'campaign_id': '8', 'name': ''}
    >>> entity({"id": "7", "created_at": "2026-11-23T01:40:29"}, ["id"])
    {'id': '7', 'created_at': '2026-11-23T01:40:29Z'}
    """
    record = dict(item)
    for name, value in item.items():
        if name == "id" or name.endswith("_id"):
            record[name] = plain_id(value)
        elif isinstance(value, str) and name.endswith("_at") and ZONELESS.fullmatch(value):
            record[name] = f"{value}Z"  # Pinterest leaves the zone out, and means UTC
    for name in key:
        if record.get(name) is None:
            record[name] = ""
    return record


def plain_id(value: Any) -> Any:
    """An id as the string that it is everywhere else. What is no id stays as it is.

    >>> plain_id(687201361754), plain_id("C626735565838"), plain_id(626735565838.0), plain_id(None)
    ('687201361754', '626735565838', '626735565838', None)
    """
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and value.is_integer():
        if abs(value) >= EXACT_BELOW:
            raise UnusableAnswer(f"an id in Pinterest's answer was rounded on its way: {value}")
        return str(int(value))
    if isinstance(value, str) and (match := PREFIXED_ID.fullmatch(value)):
        return match.group(1)  # the description allows C626735565838 for 626735565838
    return value


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


# --- The types of values ---


@dataclass(frozen=True)
class Types:
    """The columns of an answer by the type that the schema gives them.

    Pinterest leaves the values of its columns untyped: a count may come as 216.0 or "216", and a
    code as an integer. What cannot be made what it should be stays as it is.
    """

    integers: tuple[str, ...]
    numbers: tuple[str, ...]
    texts: tuple[str, ...]
    flags: tuple[str, ...]
    additive: frozenset[str]
    """Those whose values may be added up over rows."""

    _right: dict[tuple[type, ...], list[str]] = field(default_factory=dict, compare=False)
    """Rows that were right as they came: the types of their values, and the names of these."""

    @classmethod
    def of(cls, properties: Mapping[str, Any], columns: Iterable[str]) -> Types:
        by_type: dict[str, list[str]] = {}
        for column in columns:
            kinds = properties.get(column, {}).get("type", ())
            by_type.setdefault(next((kind for kind in kinds if kind != "null"), ""), []).append(
                column
            )
        integers = by_type.get("integer", [])
        return cls(
            integers=tuple(integers),
            numbers=tuple(by_type.get("number", ())),
            texts=tuple(by_type.get("string", ())),
            flags=tuple(by_type.get("boolean", ())),
            additive=ADDITIVE_NUMBERS.union(integers) - PEOPLE,
        )

    def apply(self, rows: Iterable[Row]) -> None:
        """Makes the values what the schema says, in place.

        Nearly always they are already, in one of few ways, and one look at a row tells.

        >>> row = {"CLICKS": 216.0, "VIEWS": "7", "CTR": "0.5", "STATUS": 1, "IS_PREMIERE": "true"}
        >>> Types(("CLICKS", "VIEWS"), ("CTR",), ("STATUS",), ("IS_PREMIERE",), frozenset()).apply([row])
        >>> row
        {'CLICKS': 216, 'VIEWS': 7, 'CTR': 0.5, 'STATUS': '1', 'IS_PREMIERE': True}
        """
        right = self._right
        for row in rows:
            is_right = len(right) < WAYS_TO_BE_RIGHT
            if is_right:
                kinds = tuple(map(type, row.values()))
                if right.get(kinds) == list(row):
                    continue
            for columns, types, made in (
                (self.integers, INTEGERS, _integer),
                (self.numbers, NUMBERS, _number),
                (self.texts, TEXTS, str),
                (self.flags, FLAGS, _flag),
            ):
                for column in columns:
                    value = row.get(column)
                    if type(value) not in types:
                        row[column] = made(value)
                        is_right = False
            if is_right:
                right[kinds] = list(row)


WAYS_TO_BE_RIGHT = 1_000
"""That are remembered. Where there are more, as with nulls in any column, no row is looked at, since
most looks would be in vain."""

NOTHING = type(None)
INTEGERS = frozenset({int, NOTHING})
NUMBERS = frozenset({int, float, bool, NOTHING})
TEXTS = frozenset({str, NOTHING})
FLAGS = frozenset({bool, NOTHING})


FLAG = {"true": True, "1": True, "false": False, "0": False, "null": None}


def _flag(value: Any) -> Any:
    return FLAG.get(str(value).lower(), value)


def _number(value: Any) -> Any:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None if str(value).lower() == "null" else value


def _integer(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            value = _number(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


# --- The ads analytics ---


def flatten(row: Row) -> None:
    """Pinterest's id columns become the fields of ours, in place."""
    for column, name in ID_COLUMNS.items():
        if column in row:
            value = row.pop(column)
            row[name] = value if value.__class__ is str and value.isdecimal() else plain_id(value)
    for column in TWINS:
        if column in row:
            del row[column]


# --- The targeting analytics ---


def targeting_analytics(
    body: Mapping[str, Any],
    id_column: str,
    ids: Iterable[str],
    types: Types,
    is_daily: bool = False,
) -> list[Row]:
    """The rows of GET …/targeting_analytics; the id and the day are inside `metrics`, not beside it.

    `targeting_value` is `<targeting_type>:<raw value>`, since raw values repeat between types.
    Where Pinterest splits one value over several rows (a keyword by its match types), they become
    one row (a day): what can be added up is, and what cannot is null. The same row twice is one row.
    """
    asked = set(ids)
    rows: dict[tuple[str, str, str | None], list[Row]] = {}
    name = ID_COLUMNS.get(id_column)  # an ad account's id is in `common` already
    for element in body["data"]:
        kind, raw_value = element.get("targeting_type"), element.get("targeting_value")
        row = element.get("metrics") or {}
        day = row.pop("DATE", None)
        entity_id = plain_id(row.pop(id_column, None))
        flatten(row)
        types.apply([row])
        if not kind or raw_value is None or not str(entity_id).isdecimal():
            raise UnusableAnswer(
                f"a row of Pinterest's answer has no targeting_type, targeting_value or {id_column}"
            )
        if entity_id not in asked:
            continue
        if is_daily:
            if not isinstance(day, str):
                raise UnusableAnswer("a row of Pinterest's answer has no DATE")
            row["date"] = day
        if name:
            row[name] = entity_id
        row["targeting_type"] = kind
        if isinstance(raw_value, float) and raw_value.is_integer():
            raw_value = int(raw_value)
        row["targeting_raw_value"] = str(raw_value)
        row["targeting_value"] = f"{kind}:{raw_value}"
        key = (entity_id, row["targeting_value"], row.get("date"))
        known = rows.setdefault(key, [row])
        if row not in known:
            known.append(row)
    return [
        reduce(lambda one, other: merged(one, other, types.additive), each)
        for each in rows.values()
    ]


def merged(one: Row, other: Row, additive: Collection[str]) -> Row:
    """Two rows as one: what can be added up is, what differs otherwise is null."""
    row: Row = {}
    for name in one | other:
        left, right = one.get(name), other.get(name)
        if name in additive and all(isinstance(v or 0, (int, float)) for v in (left, right)):
            row[name] = right if left is None else left if right is None else left + right
        else:
            row[name] = left if left == right else None
    return row


# --- The organic analytics ---


def daily_metrics(body: Mapping[str, Any], types: Types) -> list[Row]:
    """A row for each day on which data can exist, from `{"all": {"daily_metrics": […]}}`.

    A day that comes twice is one row.
    """
    rows: dict[str, Row] = {}
    for day in body["all"]["daily_metrics"]:
        status = day.get("data_status")
        if not isinstance(day.get("date"), str):
            raise UnusableAnswer("a day of Pinterest's answer has no date")
        if isinstance(status, str) and status.startswith(NO_DATA):
            continue
        row = {"date": day["date"], "data_status": status, **(day.get("metrics") or {})}
        rows.setdefault(day["date"], row)
    types.apply(rows.values())
    return list(rows.values())


def days(body: Mapping[str, Any]) -> set[str]:
    """The days that an answer speaks of, those without data included."""
    return {day["date"] for day in body["all"]["daily_metrics"]}


def is_daily_metrics(body: Any) -> bool:
    """Whether a body has the shape that `daily_metrics` reads."""
    split = body.get("all") if isinstance(body, dict) else None
    days = split.get("daily_metrics") if isinstance(split, dict) else None
    return isinstance(days, list) and all(
        isinstance(day, dict) and isinstance(day.get("metrics"), (dict, type(None))) for day in days
    )
