"""Requests in flight at the same time: each waits only for what it needs.

No clock decides: an answer of the fake Pinterest waits until the other requests are there.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any

import pytest

from integration_tests import settings
from integration_tests.conftest import connector
from integration_tests.connector import configured
from integration_tests.expected.keys import KEYS
from integration_tests.fake_pinterest import FakePinterest, World
from integration_tests.fake_pinterest.server import Request
from source_pinterest.config import platform_files
from source_pinterest.http import client
from source_pinterest.records.record_messages import RecordLines
from source_pinterest.source import SourcePinterest

USD, EUR, JPY = ACCOUNTS = "549755885175", "549756933748", "549757982321"
NOW = datetime(2026, 11, 24, 9, tzinfo=timezone.utc)
SECONDS = 10
"""After which a test whose requests do not meet has failed."""

FIELDS = {
    name: [*key, "ad_account_id", "SPEND_IN_MICRO_DOLLAR"]
    for name, key in KEYS.items()
    if name.startswith(("campaign_", "ad_")) and "analytics" in name
}
LISTS = ("/campaigns", "/ad_groups", "/ads")
REPORTS = ["ad_analytics_daily", "campaign_analytics", "ad_group_analytics", "ad_analytics"]


@pytest.fixture
def pinterest() -> Iterator[FakePinterest]:
    with FakePinterest(World(), lookback_days=90, refused_targeting_types=set()) as server:
        yield server


class Meeting:
    """Requests that are answered once all of them are there."""

    def __init__(self, of: Callable[[Request], Any], number: int) -> None:
        """`of` a request: what it counts as, or something false for one that does not wait."""
        self._of = of
        self._number = number
        self._changed = threading.Condition()
        self.here: set[Any] = set()
        self.has_met = False

    def fault(self, request: Request) -> None:
        if found := self._of(request):
            with self._changed:
                self.here.add(found)
                self.has_met = self.has_met or len(self.here) >= self._number
                self._changed.notify_all()
                self._changed.wait_for(lambda: self.has_met, SECONDS)


def account_of(request: Request) -> str:
    return next((each for each in ACCOUNTS if each in request.path), "")


# --- What does not wait ---


def test_all_lists_of_all_ad_accounts_are_in_flight_at_the_same_time(pinterest, discovered):
    meeting = Meeting(lambda request: request.path if request.path.endswith(LISTS) else None, 9)
    pinterest.fault = meeting.fault

    connector(pinterest).read(configured(discovered, [name[1:] for name in LISTS]))

    assert meeting.has_met, meeting.here


def test_lists_that_only_reports_need_are_in_flight_at_the_same_time(pinterest, discovered):
    meeting = Meeting(lambda request: request.path if request.path.endswith(LISTS) else None, 9)
    pinterest.fault = meeting.fault

    connector(pinterest).read(configured(discovered, REPORTS, fields=FIELDS))

    assert meeting.has_met, meeting.here


def test_streams_of_one_rate_limit_are_in_flight_at_the_same_time(pinterest, discovered):
    """After the first answer, which shows that Pinterest has the first day."""
    answered = threading.Event()

    def report(request: Request) -> Any:
        if "ids" not in "".join(request.params) or "start_date" not in request.params:
            return None
        if not answered.is_set():
            answered.set()
            return None
        return request.path, request.params["granularity"][0]

    meeting = Meeting(report, 11)
    pinterest.fault = meeting.fault

    connector(pinterest).read(configured(discovered, REPORTS, fields=FIELDS))

    assert meeting.has_met, meeting.here
    assert len({path.split("/")[2] for path, _ in meeting.here}) == 3


def test_the_total_of_an_ad_account_is_requested_beside_its_rows(pinterest, discovered):
    """Not of the first ad account, whose request shows whether Pinterest has the first day."""
    first: list[str] = []

    def rows_or_total(request: Request) -> Any:
        if not request.path.endswith("/analytics") or "columns" not in request.params:
            return None
        first.append(account_of(request))
        return request.path if account_of(request) != first[0] else None

    meeting = Meeting(rows_or_total, 4)
    pinterest.fault = meeting.fault

    output = connector(pinterest).read(
        configured(discovered, ["ad_analytics_daily"], fields=FIELDS)
    )

    assert output.exit_code == 0, output.errors
    assert meeting.has_met, meeting.here


# --- An ad account that hangs ---


def messages(pinterest: FakePinterest, catalog: dict[str, Any]) -> Iterator[Any]:
    """The messages of a sync, one by one."""
    reader = connector(pinterest)
    with reader._files(catalog=catalog) as (_, path):
        parsed = platform_files.catalog(path)
    source = SourcePinterest(lambda: NOW, settings.in_use())
    yield from source.read_batches(logging.getLogger("airbyte"), reader.config, parsed)


def hanging_lists(request: Request) -> bool:
    return request.path.endswith(LISTS)


def hanging_reports(request: Request) -> bool:
    return request.path.endswith("analytics")


@pytest.mark.parametrize(
    ("stream", "hangs"),
    [
        ("ads", hanging_lists),
        ("ad_analytics_daily", hanging_lists),
        ("ad_analytics_daily", hanging_reports),
    ],
)
def test_an_ad_account_that_hangs_holds_up_no_other(hangs, stream, pinterest, discovered, adjust):
    adjust(records_between_states=1, longest_probe_wait=0.1)
    may_go_on = threading.Event()

    def fault(request: Request) -> None:
        if account_of(request) == USD and hangs(request):
            may_go_on.wait(SECONDS)

    pinterest.fault = fault
    records: Counter[str] = Counter()
    states: dict[str, Any] = {}
    for item in messages(pinterest, configured(discovered, [stream], fields=FIELDS)):
        if isinstance(item, RecordLines):
            for account in ACCOUNTS:
                records[account] += item.lines.count(f'"ad_account_id":"{account}"'.encode())
        elif item.state:
            states = vars(item.state.stream.stream_state)
        if not may_go_on.is_set():
            assert not records[USD]
            are_others_done = records[EUR] and records[JPY]
            if stream == "ad_analytics_daily":
                are_others_done = "date" in states.get(EUR, ()) and "date" in states.get(JPY, ())
            if are_others_done:
                assert USD not in states
                may_go_on.set()
    assert may_go_on.is_set()
    assert records[USD]


# --- How much at once ---


@pytest.mark.parametrize("most", [1, 3])
def test_no_more_requests_of_a_category_are_in_flight_than_may(
    most, pinterest, discovered, adjust, monkeypatch
):
    """Besides those that nothing waits for: totals, and lists that are read by one stream alone."""
    adjust(requests_at_once=most)
    in_flight: Counter[str] = Counter()
    highest: Counter[str] = Counter()
    lock = threading.Lock()
    as_it_is = client.send

    def counting(session: Any, method: str, url: str, *rest: Any, **how: Any) -> Any:
        path = url.partition("?")[0]
        is_report = "/ad_accounts/" in path and "_ids=" in url
        kind = "lists" if path.endswith(LISTS) else "reports" if is_report else "others"
        with lock:
            in_flight[kind] += 1
            highest[kind] = max(highest[kind], in_flight[kind])
        try:
            return as_it_is(session, method, url, *rest, **how)
        finally:
            with lock:
                in_flight[kind] -= 1

    monkeypatch.setattr(client, "send", counting)

    output = connector(pinterest).read(configured(discovered, fields=FIELDS))

    assert output.exit_code == 0, output.errors
    assert set(output.statuses.values()) == {"COMPLETE"}
    assert highest["lists"] <= most
    assert highest["reports"] <= most
