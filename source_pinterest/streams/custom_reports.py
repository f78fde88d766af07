"""What the user has described in `custom_reports`: a stream for each, from asynchronous reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from source_pinterest.custom_reports import LEVELS, CustomReport
from source_pinterest.values import asynchronous_columns

Schema = dict[str, Any]

DESCRIPTIONS = {
    "ad_account_id": "The ad account.",
    "campaign_id": "The campaign; joins `campaigns.id`.",
    "ad_group_id": "The ad group; joins `ad_groups.id`.",
    "ad_id": "The ad; joins `ads.id`.",
    "pin_id": "The Pin that the ad promotes.",
    "keyword_id": "The keyword.",
    "product_group_id": "The product group promotion.",
    "product_item_id": "The item of the catalog.",
    "targeting_type": "What the metrics are broken down by. Never sum over types: they overlap.",
    "targeting_raw_value": "Pinterest's own value; the same one comes under several types.",
    "hour": "The hour of the day, 00 to 23.",
    "currency": "ISO 4217 code of the ad account's currency, which all its money is in.",
}
DATES = {
    "TOTAL": "Last UTC day of the window of this total. Read the rows of the newest `date` only.",
    "DAY": "The UTC day of these metrics.",
    "HOUR": "The day of these metrics.",
    "WEEK": "The day that the week begins with, as Pinterest gives it.",
    "MONTH": "The day that the month begins with, as Pinterest gives it.",
}
NEW_COLUMN = "A column that this version of the connector does not know: as text."


def schema(report: CustomReport) -> Schema:
    """Exactly what tells the rows apart, and the columns that were asked for."""
    ids = ["ad_account_id", *LEVELS[report.level].id_fields, "currency"]
    properties = {name: _text(DESCRIPTIONS.get(name, "")) for name in (*ids, *report.primary_key)}
    properties["date"] = _text(DATES[report.granularity], format="date")
    if report.granularity == "TOTAL":
        properties["start_date"] = _text("First UTC day of the window.", format="date")
    if report.level == "keyword":
        properties["keyword"] = _text("The text of the keyword, if Pinterest gives it.")
    known = asynchronous_columns()["columns"]
    for name, column in report.fields.items():
        new = _text(DESCRIPTIONS.get(name, NEW_COLUMN))
        properties[name] = new if name in DESCRIPTIONS else dict(known.get(column, new))
    for name in {*report.primary_key, "date"}:
        properties[name]["type"] = "string"
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "additionalProperties": True,
        "properties": properties,
    }


def _text(description: str, **more: Any) -> Schema:
    return {"type": ["null", "string"], "description": description, **more}


def body(report: CustomReport, days: Mapping[str, str], attribution: Mapping[str, Any]) -> Schema:
    """What POST /ad_accounts/{ad_account_id}/reports is sent. `attribution`: the connection's own."""
    own = {name: getattr(report, name) for name in attribution if getattr(report, name) is not None}
    statuses = {f"{report.level}_statuses": list(report.statuses)} if report.statuses else {}
    breakdowns = {"targeting_types": list(report.targeting_types)} if report.targeting_types else {}
    return {
        **days,
        "granularity": report.granularity,
        "level": report.api_level,
        "columns": report.request_columns,
        **attribution,
        **own,
        **statuses,
        **breakdowns,
    }
