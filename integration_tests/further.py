"""The streams beyond the 16 in a trial: what is selected, what should be read, and what else may break.

The world is that of the 16. Synchronous reports go back five days here and the window has fifteen, so
that every daily report has history.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from integration_tests import expected, expected_custom_reports, expected_holdings, expected_lists
from integration_tests.connector import Connector, Message, documented
from integration_tests.expected import FURTHER_DAILY_KEYS, Record
from integration_tests.fake_pinterest import World, boards, catalogs
from integration_tests.trial import CONFIG, WINDOW, WORLD, Setting, catalog

SPEND = ["SPEND_IN_DOLLAR", "TOTAL_CLICKTHROUGH"]
CUSTOM_REPORTS: list[dict[str, Any]] = [
    {"name": "custom_ads_by_day", "level": "ad", "columns": SPEND},
    {
        "name": "custom_campaigns_by_gender",
        "level": "campaign",
        "granularity": "TOTAL",
        "targeting_types": ["GENDER"],
        "columns": SPEND,
    },
]
OPTIONS = {
    **CONFIG,
    "start_date": "2026-11-09",
    "targeting_types": ["GENDER", "LOCATION"],
    "custom_reports": CUSTOM_REPORTS,
    "metrics_final": True,
    "entity_names": True,
}
LIMITS = {
    "ANALYTICS_LOOKBACK": timedelta(days=5),
    "PAGE_SIZE": 20,
    "FIRST_POLL": 0.001,
    "LONGEST_POLL": 0.01,
}
ADDED = frozenset(
    {
        *("delivery_metrics_final", "conversion_metrics_final", "entity_name", "entity_status"),
        *("parent_ad_account_name", "parent_campaign_name", "parent_campaign_status"),
        *("parent_ad_group_name", "parent_ad_group_status"),
    }
)
"""By `metrics_final` and `entity_names`; tests of their own compare them."""

KEYS = {
    **FURTHER_DAILY_KEYS,
    **expected_holdings.KEYS,
    **expected_lists.KEYS,
    "product_group_promotions": ["id"],
    **{each["name"]: expected_custom_reports.key(each) for each in CUSTOM_REPORTS},
}


def rows(world: World, stream: str, columns: list[str]) -> list[Record]:
    if stream in expected_holdings.ROWS:
        return expected_holdings.ROWS[stream](world)
    if stream in expected_holdings.ORDERS:
        return expected_holdings.rankings(world, stream, WINDOW["start"], WINDOW["end"])
    if stream.startswith("catalogs"):
        return expected_holdings.catalogs(world, stream)
    if stream in expected_lists.KEYS:
        return expected_lists.lists(world, stream)
    for report in CUSTOM_REPORTS:
        if report["name"] == stream:
            return expected_custom_reports.rows(world, report, **WINDOW)
    types = OPTIONS["targeting_types"]
    return expected.rows(world, stream, columns=columns, targeting_types=types, **WINDOW)


def everything_further() -> Message:
    """A catalog of all streams but the 16."""
    discovered = Connector(OPTIONS).discover().catalog
    known = [each["name"] for each in documented(discovered)]
    return catalog(discovered, [each["name"] for each in discovered if each["name"] not in known])


FURTHER = Setting(
    OPTIONS,
    KEYS,
    partial(rows, WORLD),
    ignored=ADDED,
    limits=LIMITS,
    places={
        boards: {"PINS_OF_OTHERS": 6, "IN_THE_FIRST_SECTION": 5},
        catalogs: {"PRODUCT_GROUPS": 8},
    },
)
