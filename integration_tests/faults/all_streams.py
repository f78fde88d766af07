"""The streams that are not suggested in a trial: what is selected, what should be read, and what else may break.

The world is that of the suggested streams. Synchronous reports go back five days here and the window has fifteen, so
that every daily report has history.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Any

from integration_tests.connector import Connector, Message, documented
from integration_tests.expected import async_streams as expected_async_streams
from integration_tests.expected import custom_reports as expected_custom_reports
from integration_tests.expected import history as expected_history
from integration_tests.expected import lists as expected_lists
from integration_tests.expected import organic_breakdowns as expected_breakdowns
from integration_tests.expected import promoted_pins as expected_promoted_pins
from integration_tests.expected import reports as expected
from integration_tests.expected import user_and_catalogs as expected_user_and_catalogs
from integration_tests.expected.keys import (
    ASYNC_KEYS,
    DAILY_KEYS,
    HISTORY_KEYS,
    LIST_KEYS,
    USER_AND_CATALOG_KEYS,
)
from integration_tests.expected.reports import Record
from integration_tests.fake_pinterest import World, boards, catalogs
from integration_tests.faults.fault_harness import CONFIG, WINDOW, WORLD, Setting, catalog
from integration_tests.faults.faults import CONTENT, REPORT, Fault, answer, changed, each_row
from integration_tests.faults.faulty_proxy import Act, Exchange, Wire

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
SYNCHRONOUS = date(2026, 11, 19)
"""The first day that synchronous reports go back to here."""
LIMITS = {
    "analytics_lookback": timedelta(days=5),
    "page_size": 20,
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
    **DAILY_KEYS,
    **ASYNC_KEYS,
    **USER_AND_CATALOG_KEYS,
    **LIST_KEYS,
    **HISTORY_KEYS,
    "product_group_promotions": ["id"],
    **{each["name"]: expected_custom_reports.key(each) for each in CUSTOM_REPORTS},
}


def rows(world: World, stream: str, columns: list[str]) -> list[Record]:
    if stream == "user_account_breakdown_analytics":
        return expected_breakdowns.breakdowns(
            world, WINDOW["today"], SYNCHRONOUS, WINDOW["end"], columns
        )
    if stream == "pin_app_type_analytics":
        return expected_breakdowns.pin_app_types(
            world, WINDOW["today"], SYNCHRONOUS, WINDOW["end"], columns
        )
    if stream == "pin_lifetime_metrics":
        return expected_breakdowns.lifetime_metrics(world, WINDOW["today"])
    if stream == "promoted_pins":
        return expected_promoted_pins.rows(world)
    if stream in expected_user_and_catalogs.ROWS:
        return expected_user_and_catalogs.ROWS[stream](world)
    if stream in expected_user_and_catalogs.ORDERS:
        return expected_user_and_catalogs.rankings(world, stream, SYNCHRONOUS, WINDOW["end"])
    if stream.startswith("catalogs"):
        return expected_user_and_catalogs.catalogs(world, stream)
    if stream in LIST_KEYS:
        return expected_lists.lists(world, stream)
    if stream in ASYNC_KEYS:
        return expected_async_streams.rows(world, stream, columns, **WINDOW)
    if stream in HISTORY_KEYS:
        return expected_history.versions(world, stream)
    for report in CUSTOM_REPORTS:
        if report["name"] == stream:
            return expected_custom_reports.rows(world, report, **WINDOW)
    types = OPTIONS["targeting_types"]
    return expected.rows(world, stream, columns=columns, targeting_types=types, **WINDOW)


def catalog_of_the_others() -> Message:
    """A catalog of all streams that are not suggested."""
    discovered = Connector(OPTIONS).discover().catalog
    known = [each["name"] for each in documented(discovered)]
    return catalog(discovered, [each["name"] for each in discovered if each["name"] not in known])


NOT_SUGGESTED = Setting(
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


# --- What may happen to asynchronous reports only ---


def of_status(**fields: Any) -> Act:
    """A status that says something else; the answer to a POST is left as it is."""
    return partial(changed, lambda body: {**body, **fields} if "url" in body else body)


def of_creation(**fields: Any) -> Act:
    return partial(changed, lambda body: body if "url" in body else {**body, **fields})


def other_day(row: dict[str, Any]) -> None:
    if "DATE" in row:
        row["DATE"] = "2026-01-01"


def rounded(row: dict[str, Any]) -> None:
    for name in ("CAMPAIGN_ID", "AD_ID", "AD_GROUP_ID", "AD_ACCOUNT_ID", "PRODUCT_GROUP_ID"):
        if name in row:
            row[name] = 1e18


def twice(wire: Wire, exchange: Exchange) -> None:
    """Each list of a report a second time, under the same key."""
    whole = exchange.body.strip()
    if exchange.status != 200 or whole == b"{}":
        wire.send(exchange.status, exchange.body)
    else:
        wire.send(200, whole[:-1] + b"," + whole[1:])


REPORT_FAULTS = [
    *(
        Fault(f"a report that {status}", of_status(report_status=said, url=None), REPORT)
        for status, said in (
            ("FAILED", "FAILED"),
            ("was CANCELLED", "CANCELLED"),
            ("EXPIRED", "EXPIRED"),
            ("DOES_NOT_EXIST", "DOES_NOT_EXIST"),
        )
    ),
    Fault("FINISHED without an address", of_status(report_status="FINISHED", url=None), REPORT),
    Fault("a token that is empty", of_creation(token=""), REPORT),
    Fault("an address that is not https", of_status(url="ftp://x.test/"), REPORT, fatal=True),
    Fault("403 for content", answer(403, b"<Error/>"), CONTENT),
    Fault("404 for content", answer(404, b"<Error/>"), CONTENT),
    Fault("503 for content", answer(503), CONTENT),
    Fault("a redirect for content", answer(302, b"", {"Location": "https://x.test/"}), CONTENT),
    Fault("HTML for content", answer(200, b"<html></html>"), CONTENT),
    Fault("content of other days", each_row(other_day), CONTENT, fatal=True),
    Fault("content with ids that were rounded", each_row(rounded), CONTENT, fatal=True),
    Fault("content with every list twice", twice, CONTENT, fatal=True),
]
