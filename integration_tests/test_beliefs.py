"""Beliefs that no other test is about."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import Output, configured
from integration_tests.expected.reports import compare, rows
from integration_tests.fake_pinterest import FakePinterest, World

DAILY = "ad_analytics_daily"
FIELDS = ["ad_id", "ad_group_id", "campaign_id", "date", "SPEND_IN_DOLLAR"]
OF_SYNCHRONOUS_REPORTS = "2026-08-27"
"""The first day that these have: 89 days back."""


def read_from(start: str, pinterest: FakePinterest, discovered: Any) -> Output:
    catalog = configured(discovered, [DAILY], fields={DAILY: FIELDS})
    return connector(pinterest, start_date=start).read(catalog)


def expected_from(start: str) -> list[dict[str, Any]]:
    days = {"start": date.fromisoformat(start), "end": date(2026, 11, 23)}
    return rows(World(), DAILY, columns=FIELDS, today=date(2026, 11, 24), **days)


def test_the_pins_on_protected_boards_are_asked_for(pinterest, discovered):
    output = connector(pinterest).read(configured(discovered, ["pins"]))

    lists = [each for each in pinterest.requests if each.operation == "GET /pins"]
    assert output.exit_code == 0
    assert lists
    assert {tuple(each.params["include_protected_pins"]) for each in lists} == {("true",)}


@pytest.mark.parametrize("way", ["without_address", "empty_content"])
def test_a_finished_report_without_content_has_no_rows_once_asked_twice(way, pinterest, discovered):
    setattr(pinterest.reports, way, True)

    output = read_from("2026-06-01", pinterest, discovered)

    assert output.statuses == {DAILY: "COMPLETE"}
    wanted = expected_from(OF_SYNCHRONOUS_REPORTS)
    comparison = compare(wanted, output.records(DAILY), ["ad_id", "date"])
    assert comparison.same, str(comparison)
    reports = list(pinterest.reports.made.values())
    asked = [each.downloads if way == "empty_content" else each.polls - 1 for each in reports]
    assert asked == [2] * len(pinterest.world.accounts)
    assert output.logs.count("twice: no rows") == len(reports)


def test_a_broken_report_is_not_asked_for_with_the_same_body_which_pinterest_keeps(
    pinterest, discovered
):
    pinterest.reports.fault = lambda report: (200, b'{"1": [') if report.number <= 3 else None

    output = read_from("2026-06-01", pinterest, discovered)

    assert output.statuses == {DAILY: "COMPLETE"}
    comparison = compare(expected_from("2026-06-01"), output.records(DAILY), ["ad_id", "date"])
    assert comparison.same, str(comparison)
    bodies = [(each.account.id, str(each.body)) for each in pinterest.reports.made.values()]
    assert len(bodies) == len(set(bodies)) == 2 * len(pinterest.world.accounts)
