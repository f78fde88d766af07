"""Wherever the sync of a stream is cut off, the next attempt goes on behind the last STATE: nothing is lost, and what
was read before is not read again.

Each state of a whole sync is a place where a platform may have killed it. What the whole has is compared with rows
computed without the connector elsewhere, by stream.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import Message, Output, configured
from integration_tests.expected.keys import (
    ASYNC_KEYS,
    DAILY_KEYS,
    KEYS,
    USER_AND_CATALOG_KEYS,
)
from integration_tests.expected.reports import compare
from integration_tests.fake_pinterest import FakePinterest, World
from integration_tests.fake_pinterest.world import Agency
from integration_tests.settings import adjusting

PRIMARY_KEYS = {**KEYS, **DAILY_KEYS, **ASYNC_KEYS, **USER_AND_CATALOG_KEYS}
SMALL = World(campaigns=2, ad_groups=2, ads=1, pins=9, ad_accounts=2)


@dataclass(frozen=True)
class Case:
    """A stream in one setting."""

    stream: str
    fields: tuple[str, ...] = ()
    """Besides the key; all that there are if empty."""
    config: dict[str, Any] = field(default_factory=dict)
    agency: Agency | None = None

    def __str__(self) -> str:
        return " ".join((self.stream, *self.config))


CASES = [
    *(
        Case(f"{report}_daily", ("ad_account_id",))
        for report in ("campaign_conversions", "keyword_analytics", "campaign_geo_analytics")
    ),
    Case("pin_app_type_analytics", ("IMPRESSION",)),
    Case(
        "pin_analytics",
        ("IMPRESSION",),
        {"organic_ad_account_id": "549755885175"},
        Agency(seed=7, pins=9, boards=2),
    ),
    *(
        Case(stream, ("ad_account_id",), {"reporting_timezone": "AD_ACCOUNT_TIME_ZONE"})
        for stream in ("campaign_analytics_daily", "campaign_conversions_daily")
    ),
]
"""One of each kind: `test_kills.py` has all. `user_account_breakdown_analytics` has one part only, whose state moves at its end."""


@pytest.fixture(scope="module", autouse=True)
def _small_requests() -> Iterator[None]:
    with adjusting() as adjust:
        adjust(ids_per_report=2, pins_per_report=3)
        yield


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_next_attempt_loses_nothing_and_reads_nothing_twice(case, everything):
    key = PRIMARY_KEYS[case.stream]
    fields = {case.stream: [*key, *case.fields]}
    catalog = configured(everything, [case.stream], fields=fields)
    with FakePinterest(SMALL, agency=case.agency, own_zones="granted") as pinterest:
        it = connector(pinterest, backfill_days=15, lookback_days=3, **case.config)
        whole = it.read(catalog)
        cut = cuts(whole)
        rest = [it.read(catalog, [state]) for _, state in cut]

    records = whole.records(case.stream)
    assert whole.statuses == {case.stream: "COMPLETE"}
    assert records
    for (emitted, _), output in zip(cut, rest, strict=True):
        assert output.statuses == {case.stream: "COMPLETE"}
        both = [*emitted, *output.records(case.stream)]
        again = emitted_twice(emitted, output.records(case.stream), key)
        assert not again, sorted(again)[:3]
        assert compare(records, both, key).same


Records = list[dict[str, Any]]


def cuts(whole: Output) -> list[tuple[Records, Message]]:
    """The first, a middle and the last STATE before the end, each with the records before it."""
    found: list[tuple[Records, Message]] = []
    before: Records = []
    for message in whole.messages:
        if message["type"] == "RECORD":
            before.append(message["record"]["data"])
        elif message["type"] == "STATE":
            found.append((list(before), message["state"]))
    middle = [each for each in found if len(each[0]) < len(before)]
    return [middle[place] for place in sorted({0, len(middle) // 2, len(middle) - 1})]


def emitted_twice(before: Records, after: Records, key: list[str]) -> set[tuple[Any, ...]]:
    keys = [{tuple(row[name] for name in key) for row in rows} for rows in (before, after)]
    return keys[0] & keys[1]
