"""Asynchronous reports, in every way that Pinterest is known or likely to answer: each is complete, or says what it lacks."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import Output, configured
from integration_tests.expected.custom_reports import key, rows
from integration_tests.expected.reports import compare
from integration_tests.fake_pinterest import FakePinterest, World

WORLD = World(ad_accounts=2, campaigns=2, ad_groups=2, ads=2)
USD, EUR = "549755885175", "549756933748"
TODAY = date(2026, 11, 24)
END = date(2026, 11, 23)

ADS = {"name": "my_ads", "level": "ad", "columns": ["SPEND_IN_DOLLAR", "CTR", "TOTAL_IMPRESSION"]}
HOURS = {**ADS, "granularity": "HOUR"}
ITEMS = {**ADS, "level": "product_item", "columns": ["SPEND_IN_DOLLAR", "CTR"]}
BY_TYPE = {**ADS, "level": "campaign", "targeting_types": ["GENDER", "AGE_BUCKET_AND_GENDER"]}
TOTAL = {**ADS, "granularity": "TOTAL"}
WEEKS = {**ADS, "granularity": "WEEK"}


def read(
    pinterest: FakePinterest, report: dict[str, Any], state: Any = (), **config: Any
) -> Output:
    config = {"custom_reports": [report], "reconcile": False, **config}
    source = connector(pinterest, **config)
    return source.read(configured(source.discover().catalog, ["my_ads"]), state)


def same(report: dict[str, Any], output: Output, start: str, **more: Any) -> None:
    wanted = rows(WORLD, report, date.fromisoformat(start), END, TODAY, **more)
    found = output.records("my_ads")
    comparison = compare(wanted, found, key(report))
    assert comparison.same, str(comparison)
    assert wanted


# --- The first day ---

FIRST_DAYS = {
    "913 days of ads": ({**ADS, "start_date": "2024-05-24"}, {}, "2024-05-25"),
    "914 days of ads": (
        {**ADS, "start_date": "2024-05-24"},
        {"report_lookback_days": 914},
        "2024-05-24",
    ),
    "91 days of items": ({**ITEMS, "start_date": "2026-08-24"}, {}, "2026-08-25"),
    "92 days of items": (
        {**ITEMS, "start_date": "2026-08-24"},
        {"item_lookback_days": 92},
        "2026-08-24",
    ),
    "7 days by the hour": ({**HOURS, "start_date": "2026-11-16"}, {}, "2026-11-17"),
    "8 days by the hour": (
        {**HOURS, "start_date": "2026-11-16"},
        {"hourly_lookback_days": 8},
        "2026-11-16",
    ),
    "weeks, of which the first is cut": (
        {**WEEKS, "start_date": "2024-05-20"},
        {"report_lookback_days": 917},
        "2024-05-27",
    ),
}


@pytest.mark.parametrize("case", FIRST_DAYS)
def test_the_first_day_that_pinterest_has_is_where_a_report_begins(case):
    report, how, start = FIRST_DAYS[case]
    with FakePinterest(WORLD, **how) as pinterest:
        output = read(pinterest, report)
        again = read(pinterest, report, output.last_states)

    assert output.exit_code == 0, output.errors
    same(report, output, start)
    assert {entry["since"] for entry in output.states("my_ads")[-1].values()} == {start}
    assert all(row["date"] >= "2026-10-01" for row in again.records("my_ads"))


# --- Columns and breakdowns ---


@pytest.mark.parametrize("are_named", [True, False])
def test_columns_that_pinterest_refuses_are_null_and_reported(are_named):
    how = {"refused_columns": {"PIN_PROMOTION": {"CTR"}}, "refusals_name": are_named}
    with FakePinterest(WORLD, **how) as pinterest:
        output = read(pinterest, ADS)

    assert output.exit_code == 0, output.errors
    same({**ADS, "columns": ["SPEND_IN_DOLLAR", "TOTAL_IMPRESSION"]}, output, "2026-08-26")
    assert (
        output.logs.count("Pinterest refuses CTR in asynchronous reports of level PIN_PROMOTION")
        == 1
    )


@pytest.mark.parametrize("are_named", [True, False])
def test_breakdowns_that_pinterest_refuses_have_no_rows_and_are_reported(are_named):
    with FakePinterest(WORLD, refusals_name=are_named) as pinterest:
        output = read(pinterest, BY_TYPE)

    assert output.exit_code == 0, output.errors
    same(BY_TYPE, output, "2026-08-26", refused_targeting_types={"AGE_BUCKET_AND_GENDER"})
    assert output.logs.count("Pinterest refuses AGE_BUCKET_AND_GENDER") == 1


# --- What becomes of a report ---

WAYS: dict[str, dict[str, Any]] = {
    "finished at once": {"polls": 0},
    "a null status at first": {"null_status": 3},
    "a size of 0 beside its content": {"zero_size": True},
    "made anew for each request": {"kept_by_body": False},
    "failed once, and kept": {
        "keeps_failed": True,
        "fate": lambda report: "FAILED" if report.number <= 2 else None,
    },
    "a status that nobody knows, once, and kept": {
        "keeps_failed": True,
        "unknown_status": lambda report: "TIMEOUT" if report.number <= 2 else None,
    },
    "broken once, and kept": {
        "fault": lambda report: (200, b'{"1": [') if report.number <= 2 else None
    },
    "too large for its days": {
        "fault": lambda report: (
            (200, b'{"1": [')
            if report.body["start_date"] < "2026-10-10" < report.body["end_date"]
            else None
        )
    },
}


@pytest.mark.parametrize("report", [ADS, BY_TYPE], ids=["by day", "by breakdown"])
@pytest.mark.parametrize("way", WAYS)
def test_a_report_is_complete_whatever_becomes_of_it_on_the_way(way, report):
    with FakePinterest(WORLD) as pinterest:
        for name, value in WAYS[way].items():
            setattr(pinterest.reports, name, value)
        output = read(pinterest, report)

    assert output.exit_code == 0, output.errors
    same(report, output, "2026-08-26")


@pytest.mark.parametrize("word", ["TIMEOUT", "FAILED", "no_word_at_all"])
def test_a_report_that_never_comes_costs_its_ad_account_and_ends(word):
    with FakePinterest(WORLD) as pinterest:
        pinterest.reports.keeps_failed = True
        pinterest.reports.unknown_status = lambda report: word if report.account.id == EUR else None
        output = read(pinterest, ADS)
        pinterest.reports.unknown_status = None
        second = read(pinterest, ADS, output.last_states)

    wanted = rows(WORLD, ADS, date(2026, 8, 26), END, TODAY, [USD])
    found = output.records("my_ads")
    assert compare(wanted, found, key(ADS)).same
    assert output.statuses["my_ads"] == "INCOMPLETE"
    (error, _) = output.errors
    assert EUR in error["message"]
    assert word.upper() in error["message"]
    merged = [*found, *second.records("my_ads")]
    both = {tuple(row[name] for name in key(ADS)): row for row in merged}
    whole = rows(WORLD, ADS, date(2026, 8, 26), END, TODAY)
    assert compare(whole, both.values(), key(ADS)).same
    assert second.exit_code == 0, second.errors


def test_a_day_that_never_comes_fails_alone():
    with FakePinterest(WORLD) as pinterest:
        pinterest.reports.fault = lambda report: (
            (200, b"[")
            if report.body["start_date"] <= "2026-10-10" <= report.body["end_date"]
            else None
        )
        output = read(pinterest, ADS)
        pinterest.reports.fault = lambda _: None
        second = read(pinterest, ADS, output.last_states)

    wanted = [
        row
        for row in rows(WORLD, ADS, date(2026, 8, 26), END, TODAY)
        if row["date"] != "2026-10-10"
    ]
    comparison = compare(wanted, output.records("my_ads"), key(ADS))
    assert comparison.same, str(comparison)
    assert "2026-10-10 to 2026-10-10" in output.errors[0]["message"]
    assert all(
        entry["sweep"]["start"] <= "2026-10-10" for entry in output.states("my_ads")[-1].values()
    )
    assert "2026-10-10" in {row["date"] for row in second.records("my_ads")}
    assert second.exit_code == 0, second.errors
