"""Response body → flat rows. Pure functions; no I/O and no CDK.

Field names: identifying fields in lower case (`ad_id`), metrics under Pinterest's own name
(`SPEND_IN_DOLLAR`). Ids are strings, whatever Pinterest answers with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

Row = dict[str, Any]

ID_COLUMNS = {
    "CAMPAIGN_ID": "campaign_id",
    "AD_GROUP_ID": "ad_group_id",
    "AD_ID": "ad_id",
    "PIN_ID": "pin_id",
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


class UnusableAnswer(ValueError):
    """An answer in Pinterest's shape whose rows lack what their key needs. `str()` is a sentence."""


# --- The lists ---

PREFIXED_ID = re.compile(r"[A-Z]{1,2}(\d+)")
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
            record[name] = _id(value)
        elif isinstance(value, str) and name.endswith("_at") and ZONELESS.fullmatch(value):
            record[name] = f"{value}Z"  # Pinterest leaves the zone out, and means UTC
    for name in key:
        if record.get(name) is None:
            record[name] = ""
    return record


def _id(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and (match := PREFIXED_ID.fullmatch(value)):
        return match.group(1)  # the description allows C626735565838 for 626735565838
    return value


# --- The ads analytics ---


def ads_analytics(
    body: Iterable[Row],
    id_column: str,
    ids: Iterable[str],
    common: Mapping[str, Any],
    text_columns: Iterable[str],
    is_daily: bool,
) -> Iterator[Row]:
    """The rows of GET …/analytics. `common` stands in each of them; the rest is Pinterest's.

    Rows of an id that was not asked for are left out, and a second row of a key as well.
    """
    asked = set(ids)
    seen = set()
    for raw in body:
        row = _flat(raw, common, text_columns)
        key = (row.get(ID_COLUMNS[id_column]), row.get("date"))
        if key[0] is None or (is_daily and not isinstance(key[1], str)):
            raise UnusableAnswer(f"a row of Pinterest's answer has no {id_column} or no DATE")
        if key in seen or key[0] not in asked:
            continue
        seen.add(key)
        yield row


def _flat(raw: Row, common: Mapping[str, Any], text_columns: Iterable[str]) -> Row:
    row = {**common, **raw}
    for column, name in ID_COLUMNS.items():
        if column in row:
            value = row.pop(column)
            row[name] = None if value is None else str(value)
    for column in TWINS:
        row.pop(column, None)
    if "DATE" in row:
        row["date"] = row.pop("DATE")
    for column in text_columns:
        value = row.get(column)
        if value is not None and not isinstance(value, str):
            row[column] = str(value)  # Pinterest has names and codes, and codes as integers too
    return row


# --- The targeting analytics ---


def targeting_analytics(
    body: Mapping[str, Any],
    id_column: str,
    ids: Iterable[str],
    common: Mapping[str, Any],
    text_columns: Iterable[str],
    is_additive: Callable[[str], bool],
) -> Iterator[Row]:
    """The rows of GET …/targeting_analytics; the id is inside `metrics`, not beside it.

    `targeting_value` is `<targeting_type>:<raw value>`, since raw values repeat between types.
    Where Pinterest splits one value over several rows (a keyword by its match types), they become
    one row: what can be added up is, and what cannot is null. The same row twice is one row.
    """
    asked = set(ids)
    rows: dict[tuple[str, str], Row] = {}
    for element in body["data"]:
        kind, raw_value = element.get("targeting_type"), element.get("targeting_value")
        row = _flat(element.get("metrics") or {}, common, text_columns)
        entity_id = row.get(ID_COLUMNS[id_column])
        if not kind or raw_value is None or entity_id is None:
            raise UnusableAnswer(
                f"a row of Pinterest's answer has no targeting_type, targeting_value or {id_column}"
            )
        if entity_id not in asked:
            continue
        row["targeting_type"] = kind
        row["targeting_raw_value"] = str(raw_value)
        row["targeting_value"] = f"{kind}:{raw_value}"
        key = (entity_id, row["targeting_value"])
        known = rows.get(key, row)
        rows[key] = row if known == row else _merged(known, row, is_additive)
    yield from rows.values()


def _merged(one: Row, other: Row, is_additive: Callable[[str], bool]) -> Row:
    merged: Row = {}
    for name in one | other:
        left, right = one.get(name), other.get(name)
        if is_additive(name) and isinstance(left or 0, (int, float)):
            merged[name] = right if left is None else left if right is None else left + right
        else:
            merged[name] = left if left == right else None
    return merged


def additive_columns(properties: Mapping[str, Any]) -> frozenset[str]:
    """The columns of a schema whose values may be added up over rows."""
    return frozenset(
        name
        for name, schema in properties.items()
        if name in ADDITIVE_NUMBERS or ("integer" in schema["type"] and name not in PEOPLE)
    )


# --- The organic analytics ---


def daily_metrics(body: Mapping[str, Any], common: Mapping[str, Any]) -> Iterator[Row]:
    """A row for each day on which data can exist, from `{"all": {"daily_metrics": […]}}`."""
    for day in body["all"]["daily_metrics"]:
        status = day.get("data_status")
        if not isinstance(day.get("date"), str):
            raise UnusableAnswer("a day of Pinterest's answer has no date")
        if isinstance(status, str) and status.startswith(NO_DATA):
            continue
        yield {
            **common,
            "date": day["date"],
            "data_status": status,
            **(day.get("metrics") or {}),
        }


def is_daily_metrics(body: Any) -> bool:
    """Whether a body has the shape that `daily_metrics` reads."""
    split = body.get("all") if isinstance(body, dict) else None
    return isinstance(split, dict) and isinstance(split.get("daily_metrics"), list)
