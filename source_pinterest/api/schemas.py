"""JSON schemas of streams. Those of ads reports, built in or custom, are composed from Pinterest's facts.

Every field may be null, except those of the key and the cursor: a null in a key does not equal itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

import orjson

from source_pinterest.api.columns import (
    ALIAS_ID_COLUMNS,
    ID_COLUMNS,
    column_schema,
    columns_at,
)
from source_pinterest.api.levels import LEVELS, Report

Schema = dict[str, Any]
FOLDER = Path(__file__).parents[1] / "schemas"


def packaged_schema(stream: str) -> Schema:
    """A copy of the schema that script/generate_schemas has written for a stream. It has no references."""
    return cast("Schema", orjson.loads((FOLDER / f"{stream}.json").read_bytes()))


def nullable(kind: str, description: str = "", **more: Any) -> Schema:
    """The schema of a field of this type, which may be null.

    >>> nullable("string", "The day.", format="date")
    {'type': ['null', 'string'], 'format': 'date', 'description': 'The day.'}
    """
    schema = {"type": ["null", kind], **more}
    return schema | {"description": description} if description else schema


def not_null(schema: Schema) -> Schema:
    """The schema without null.

    >>> not_null({"type": ["null", "string"]})
    {'type': 'string'}
    """
    return schema | {"type": next(kind for kind in schema["type"] if kind != "null")}


def document(
    properties: Mapping[str, Schema], never_null: Iterable[str], description: str = ""
) -> Schema:
    """The schema of a stream with these fields. `never_null`: names of fields that cannot be null."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        **({"description": description} if description else {}),
        "additionalProperties": True,
        "properties": {**properties, **{name: not_null(properties[name]) for name in never_null}},
    }


def report_schema(
    identity: Iterable[str],
    columns: Mapping[str, str],
    known: Mapping[str, Schema],
    never_null: Iterable[str],
    description: str = "",
) -> Schema:
    """The schema of a report: the fields of its key, then the fields of its columns.

    `identity`: the fields of the key. `columns`: by field, the name of its column. `known`: the schemas of fields that
    are not metrics.
    """
    properties = {name: known[name] for name in identity}
    for field, column in columns.items():
        properties[field] = known.get(field) or column_schema(column) or NEW_COLUMN
    return document(properties, never_null, description)


@cache
def ads_report_schema(report: Report, never_null: tuple[str, ...]) -> Schema:
    """The schema of a built-in ads report: every column of its level. `never_null`: the fields of its key
    and its cursor."""
    level = report.level
    ids = [LEVELS[parent].id_fields[0] for parent in level.parents] + [level.id_fields[0]]
    identity = dict.fromkeys(["ad_account_id", *ids])
    if report.breakdown:
        identity |= dict.fromkeys(TARGETING)
    identity |= dict.fromkeys(["date"] if report.is_daily else ["date", "start_date"])
    identity |= dict.fromkeys(name for name in never_null if name == "UPDATED_TIME")
    identity |= dict.fromkeys(["currency", "pin_id"])
    known = {
        **{name: nullable("string", words) for name, words in ID_DESCRIPTIONS.items()},
        **{name: nullable("string", words) for name, words in TARGETING.items()},
        "date": nullable("string", DAY if report.is_daily else LAST_DAY, **DATE),
        "start_date": nullable("string", FIRST_DAY, **DATE),
        "UPDATED_TIME": nullable("string", UPDATED_TIME, **TIME),
        "currency": nullable("string", CURRENCY),
        "pin_id": nullable("string", "The Pin that the ad promotes."),
    }
    id_columns = {*ID_COLUMNS, *ALIAS_ID_COLUMNS}
    columns = {
        name: name for name in sorted(columns_at(report.api_level)) if name not in id_columns
    }
    return report_schema(identity, columns, known, never_null, ESTIMATES)


def async_report_schema(
    report: Report,
    columns: Mapping[str, str],
    description: str = "",
    added: Mapping[str, Schema] | None = None,
) -> Schema:
    """The schema of an asynchronous report: the fields of its key and of these columns, and no others.

    `columns`: by field, the name of its column. `added`: further fields, after the key.
    """
    key = report.primary_key
    identity = dict.fromkeys(["ad_account_id", *report.level.id_fields, "currency", *key, "date"])
    if report.granularity == "TOTAL":
        identity |= {"start_date": None}
    if report.level_name == "keyword":
        identity |= {"keyword": None}
    identity |= dict.fromkeys(added or {})
    ids_and_more = {name: nullable("string", words) for name, words in ASYNC_FIELDS.items()}
    known = {
        **ids_and_more,
        **(added or {}),
        "date": nullable("string", DATES[report.granularity]) | DATE,
        "start_date": nullable("string", FIRST_DAY) | DATE,
    }
    return report_schema(identity, columns, known, dict.fromkeys([*key, "date"]), description)


ID_DESCRIPTIONS = {
    "ad_account_id": "The ad account of these metrics; joins `ad_accounts.id`.",
    "campaign_id": "The campaign of these metrics; joins `campaigns.id`.",
    "ad_group_id": "The ad group of these metrics; joins `ad_groups.id`.",
    "ad_id": "The ad of these metrics; joins `ads.id`.",
    "product_group_promotion_id": (
        "The product group promotion of these metrics; joins `product_group_promotions.id`."
    ),
    "pin_id": "The Pin of these metrics; joins `pins.id`.",
    "user_id": "The user of these metrics; joins `user_account.id`.",
}
"""Descriptions of id fields in built-in reports."""

TARGETING = {
    "targeting_value": "`<targeting_type>:<raw value>`: `GENDER:female`. Unique in its entity.",
    "targeting_type": "What the metrics are broken down by. Never sum over types: they overlap.",
    "targeting_raw_value": "Pinterest's own value; the same one comes under several types.",
}

ASYNC_FIELDS = {
    "ad_account_id": "The ad account.",
    "campaign_id": "The campaign; joins `campaigns.id`.",
    "ad_group_id": "The ad group; joins `ad_groups.id`.",
    "ad_id": "The ad; joins `ads.id`.",
    "pin_id": "The Pin that the ad promotes.",
    "keyword_id": "The keyword; joins `keywords.id`.",
    "keyword": "The text of the keyword, if Pinterest gives it.",
    "product_group_promotion_id": "The product group promotion.",
    "product_item_id": "The item of the catalog.",
    "targeting_type": TARGETING["targeting_type"],
    "targeting_raw_value": TARGETING["targeting_raw_value"],
    "hour": "The hour of the day, 00 to 23.",
    "currency": "ISO 4217 code of the ad account's currency, which all its money is in.",
}
"""The fields of asynchronous reports that are not metrics, except the days."""

DATE = {"format": "date"}
TIME = {"format": "date-time", "airbyte_type": "timestamp_with_timezone"}
DAY = "The UTC day of these metrics."
FIRST_DAY = "First UTC day of the window."
LAST_DAY = "Last UTC day of the window of this total. Read the rows of the newest `date` only."
DATES = {
    "TOTAL": LAST_DAY,
    "DAY": DAY,
    "HOUR": "The day of these metrics.",
    "WEEK": "The day that the week begins with, as Pinterest gives it.",
    "MONTH": "The day that the month begins with, as Pinterest gives it.",
}
"""Descriptions of `date` in asynchronous reports, by granularity."""

UPDATED_TIME = "The instant through which the metrics are complete: the end of the day `date`, UTC."
CURRENCY = "ISO 4217 code of the ad account's currency, which all its amounts of money are in."
ESTIMATES = (
    "Pinterest's metrics are estimates, and it restates recent days as conversions are attributed. "
    "A column without a value is null, which is not always zero."
)
NEW_COLUMN = nullable(
    "string", "A column that this version of the connector does not know: as text."
)
