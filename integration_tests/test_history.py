"""`start_date`: days before the 90 of synchronous reports come from asynchronous reports."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import Output, configured
from integration_tests.expected import compare, rows
from integration_tests.fake_pinterest import FakePinterest, World
from source_pinterest.http import limits

CREATE = "POST /ad_accounts/{ad_account_id}/reports"
STATUS = "GET /ad_accounts/{ad_account_id}/reports"
REPORT = "GET /ad_accounts/{ad_account_id}/ads/analytics"
DAILY = ["ad_analytics_daily"]
FIELDS = {
    "ad_analytics_daily": ["ad_id", "ad_group_id", "campaign_id", "date", "SPEND_IN_DOLLAR", "CTR"]
}
USD, EUR, JPY = "549755885175", "549756933748", "549757982321"
TODAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "FIRST_POLL", 0.01)
    monkeypatch.setattr(limits, "FIRST_PAUSE", 0.01)


def expected(
    world: World, start: str, end: str = "2026-11-23", **more: Any
) -> list[dict[str, Any]]:
    window = {"start": date.fromisoformat(start), "end": date.fromisoformat(end)}
    columns = FIELDS["ad_analytics_daily"]
    return rows(world, *DAILY, columns=columns, **{"today": TODAY, **window, **more})


def counted(pinterest: FakePinterest, operation: str) -> int:
    return sum(each.operation == operation for each in pinterest.requests)


def reports(pinterest: FakePinterest) -> list[tuple[str, str, str]]:
    """(ad account, start_date, end_date) of the reports that were asked for."""
    return [
        (each.account.id, each.body["start_date"], each.body["end_date"])
        for each in pinterest.reports.made.values()
    ]


def assert_same(output: Output, expected: list[dict[str, Any]]) -> None:
    comparison = compare(expected, output.records(*DAILY), ["ad_id", "date"])
    assert comparison.same, str(comparison)
    assert expected


def test_two_years_are_read_once_with_the_values_of_each_day(pinterest, discovered):
    catalog = configured(discovered, DAILY, fields=FIELDS)

    output = connector(pinterest, start_date="2024-11-24").read(catalog)

    assert output.exit_code == 0
    assert_same(output, expected(pinterest.world, "2024-11-24"))
    of_one = [(start, end) for account, start, end in reports(pinterest) if account == USD]
    assert of_one == [
        ("2026-02-21", "2026-08-25"),
        ("2025-08-19", "2026-02-20"),
        ("2025-02-14", "2025-08-18"),
        ("2024-11-24", "2025-02-13"),
    ]
    assert output.states(*DAILY)[-1] == {
        account: {"question": "48814f39", "since": "2024-11-24", "date": "2026-11-23"}
        for account in (USD, EUR, JPY)
    }
