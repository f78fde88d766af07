"""All streams and custom reports in one sync, in any order and mode: none waits for ever for the list
of another, every row comes once, and all stay within the rate limits that they share."""

from __future__ import annotations

import random
import threading
from collections import Counter
from datetime import date

import pytest

from integration_tests.connector import Connector
from integration_tests.expected import keys
from integration_tests.expected import reports as expected
from integration_tests.expected.reports import compare
from integration_tests.fake_pinterest import FakePinterest
from integration_tests.faults import all_streams
from integration_tests.faults.all_streams import NOT_SUGGESTED, OPTIONS
from integration_tests.faults.fault_harness import (
    TODAY,
    WINDOW,
    WORLD,
    Records,
    catalog,
    hurried,
    login,
    smaller,
    without,
)
from source_pinterest.api.limits import Limits
from source_pinterest.http.rate_limiter import RateBudget

KEYS = {**keys.KEYS, **all_streams.KEYS}
A_MINUTE = {
    "ads_analytics": 6,
    "ads_read": 5,
    "org_read": 4,
    "org_analytics": 3,
    "catalogs_read": 2,
}


def rows(stream: str, fields: list[str]) -> Records:
    """The totals and the organic reports have no days of asynchronous reports."""
    if stream in all_streams.KEYS:
        return all_streams.rows(WORLD, stream, fields)
    types = OPTIONS["targeting_types"]
    start = WINDOW["start"] if stream.endswith("_daily") else date(2026, 11, 19)
    window = {**WINDOW, "start": start}
    return expected.rows(WORLD, stream, columns=fields, targeting_types=types, **window)


class Waited:
    """A clock that goes only while a request waits for its rate limit, however long an answer takes here."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._lock = threading.Lock()

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.seconds += seconds

    def budget(self, limits: Limits) -> RateBudget:
        return RateBudget(clock=lambda: self.seconds, sleep=self.sleep, limits=limits)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_in_any_order_and_mode_each_row_comes_once_within_the_rate_limits(seed):
    chance = random.Random(seed)
    chosen = catalog(Connector(OPTIONS).discover().catalog)
    chance.shuffle(chosen["streams"])
    for each in chosen["streams"]:
        each["sync_mode"] = chance.choice(each["stream"]["supported_sync_modes"])

    waited = Waited()
    limits = {**NOT_SUGGESTED.limits, "requests_per_minute": A_MINUTE, "budget": waited.budget}
    with hurried(**limits), smaller(NOT_SUGGESTED), FakePinterest(WORLD, today=TODAY) as pinterest:
        output = login(pinterest, pinterest.url, OPTIONS).read(chosen)

        assert set(output.statuses.values()) == {"COMPLETE"}
        for each in chosen["streams"]:
            stream = each["stream"]["name"]
            wanted = rows(stream, list(each["stream"]["json_schema"]["properties"]))
            found = map(without(NOT_SUGGESTED.ignored), output.records(stream))
            comparison = compare(wanted, found, KEYS[stream])
            assert comparison.same, f"{stream}: {comparison}"
            assert wanted
    sent = Counter(each.category for each in pinterest.requests)
    assert sent.keys() >= A_MINUTE.keys()
    for category, most in A_MINUTE.items():
        assert waited.seconds / 60 >= (sent[category] - 1) // most, category
