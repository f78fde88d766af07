"""The rows of the built-in reports that are asynchronous only, from the fake Pinterest's world alone."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from integration_tests.expected import custom_reports
from integration_tests.expected.reports import Record
from integration_tests.fake_pinterest.facts import FURTHER_COLUMNS
from integration_tests.fake_pinterest.world import World

PARENTS = {
    "ad_account": [],
    "campaign": [],
    "ad_group": ["CAMPAIGN_ID"],
    "ad": ["CAMPAIGN_ID", "AD_GROUP_ID", "PIN_ID"],
    "keyword": ["CAMPAIGN_ID", "AD_GROUP_ID"],
}
LOWER_CASE = {name.lower(): name for names in PARENTS.values() for name in names}

EVENTS = re.compile(
    r"ADD_TO_CART|APP_INSTALL|CHECKOUT|CONVERSIONS|CUSTOM(?!_LABELS)|LEAD|PAGE_VISIT|SEARCH|SIGNUP|UNKNOWN"
    r"|VIEW_CATEGORY|WATCH_VIDEO"
)
CONVERSIONS = [name for name in FURTHER_COLUMNS if EVENTS.search(name)]


def report(stream: str) -> Record:
    """What the stream is, as a custom report would define it."""
    level = stream.removesuffix("_conversions_daily")
    return {"level": level, "columns": [*PARENTS[level], *CONVERSIONS]}


def rows(
    world: World, stream: str, fields: Collection[str] | None = None, **window: Any
) -> list[Record]:
    """`fields`: those that are selected; None is all. `window`: start, end, today and ad_account_ids."""
    definition = report(stream)
    if fields is not None:
        wanted = {LOWER_CASE.get(name, name) for name in fields}
        definition["columns"] = [name for name in definition["columns"] if name in wanted]
    return custom_reports.rows(world, definition, **window)
