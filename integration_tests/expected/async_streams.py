"""The rows of the built-in reports that are asynchronous only, from the fake Pinterest's world alone."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from integration_tests.expected import custom_reports
from integration_tests.expected.reports import Record
from integration_tests.fake_pinterest.columns import DESCRIBED, Kind
from integration_tests.fake_pinterest.facts import ASYNCHRONOUS_COLUMNS, COLUMNS
from integration_tests.fake_pinterest.look_ups import OPTIONS
from integration_tests.fake_pinterest.refusals import REFUSED_COLUMNS
from integration_tests.fake_pinterest.world import World

PARENTS = {
    "ad_account": [],
    "campaign": [],
    "ad_group": ["CAMPAIGN_ID"],
    "ad": ["CAMPAIGN_ID", "AD_GROUP_ID", "PIN_ID"],
    "keyword": ["CAMPAIGN_ID", "AD_GROUP_ID"],
}
NUMBERS = {
    *("AD_GROUP_BID_MULTIPLIER", "AD_GROUP_BUDGET_IN_LOCAL_CURRENCY", "VIDEO_LENGTH"),
    *("CAMPAIGN_DAILY_SPEND_CAP", "CAMPAIGN_LIFETIME_SPEND_CAP"),
}
"""Attributes that are numbers."""
SYNCHRONOUS_ONLY = {"QUIZ_PIN_RESULT_OPEN", *REFUSED_COLUMNS}
"""The last two: of the levels here."""
LOWER_CASE = {name.lower(): name for names in PARENTS.values() for name in names}

EVENTS = re.compile(
    r"ADD_TO_CART|APP_INSTALL|CHECKOUT|CONVERSIONS|CUSTOM(?!_LABELS)|LEAD|PAGE_VISIT|SEARCH|SIGNUP|UNKNOWN"
    r"|VIEW_CATEGORY|WATCH_VIDEO"
)
CONVERSIONS = [name for name in ASYNCHRONOUS_COLUMNS if EVENTS.search(name)]


def report(stream: str) -> Record:
    """The stream's definition as a custom report."""
    if stream.endswith("_conversions_daily"):
        level = stream.removesuffix("_conversions_daily")
        return {"level": level, "columns": [*PARENTS[level], *CONVERSIONS]}
    level, _, _ = stream.removesuffix("_analytics_daily").partition("_geo")
    is_geo = "_geo_" in stream
    columns = [
        name
        for name in COLUMNS
        if name not in SYNCHRONOUS_ONLY
        and (DESCRIBED[name].kind in (Kind.ADDITIVE, Kind.RATIO) or name in NUMBERS)
    ]
    types = {"targeting_types": ["COUNTRY", "REGION", "LOCATION"]} if is_geo else {}
    return {"level": level, "columns": [*PARENTS[level], *columns], **types}


def place(record: Record) -> str | None:
    """The name in Pinterest's lists of targeting options; the fake has no code in two of them."""
    code = record["targeting_raw_value"]
    labels = {**OPTIONS["LOCATION"][0], **OPTIONS["LOCATION"][1], **OPTIONS["GEO"][0]}
    return labels.get(code)


def rows(
    world: World, stream: str, fields: Collection[str] | None = None, **window: Any
) -> list[Record]:
    """`fields`: those that are selected; None is all. `window`: start, end, today and ad_account_ids."""
    definition = report(stream)
    if fields is not None:
        wanted = {LOWER_CASE.get(name, name) for name in fields}
        definition["columns"] = [name for name in definition["columns"] if name in wanted]
    found = custom_reports.rows(world, definition, **window)
    if "targeting_types" in definition and (fields is None or "targeting_name" in fields):
        found = [{**row, "targeting_name": place(row)} for row in found]
    return found
