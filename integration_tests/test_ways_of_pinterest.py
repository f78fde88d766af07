"""The 16 reports, in every way that Pinterest is known or likely to answer: each is complete, or says what it lacks.

The fake's defaults are what the evidence says. Here are the other ways that something speaks for, or that
nothing speaks against.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import Output, configured
from integration_tests.expected.keys import KEYS
from integration_tests.expected.reports import compare, fields, rows
from integration_tests.fake_pinterest import FakePinterest, Request, World
from integration_tests.fake_pinterest.live_refusals import TRANSIENT
from integration_tests.fake_pinterest.refusals import REFUSED_COLUMNS
from source_pinterest.http import client

WORLD = World(ad_accounts=2, campaigns=3, ad_groups=2, ads=2, pins=8, boards=3)
END = date(2026, 11, 23)
FIRST_OF_90, FIRST_OF_89 = date(2026, 8, 26), date(2026, 8, 27)
TARGETING = [name for name in KEYS if "targeting" in name]
FEW = {"SPEND_IN_MICRO_DOLLAR", "IMPRESSION_1", "CTR", "TOTAL_CONVERSIONS", *REFUSED_COLUMNS}
"""Columns of ads reports where it does not matter how many there are."""


@dataclass(frozen=True)
class Way:
    """How Pinterest answers, and what a first sync has then."""

    pinterest: dict[str, Any] = field(default_factory=dict)
    start: date = FIRST_OF_89
    expected: dict[str, Any] = field(default_factory=dict)
    """For `rows`."""
    attributes: dict[str, Any] = field(default_factory=dict)
    """Of the fake's asynchronous reports."""
    has_few_columns: bool = True
    """Whether it does not matter how many columns the ads reports have."""


FORMS = {
    f"ids: {understood} understood, else {otherwise}": Way(
        {"id_arrays": understood, "wrong_form": otherwise}
    )
    for understood in ("comma", "repeated", "both", "neither")
    for otherwise in ("refused", "first", "last", "ignored")
}
STATUS_FORMS = {
    f"statuses: {understood} understood, else {otherwise}": Way(
        {"status_arrays": understood, "wrong_status_form": otherwise}
    )
    for understood in ("comma", "repeated", "neither")
    for otherwise in ("refused", "first", "last", "default")
}
BREAKDOWN_FORMS = {
    f"breakdowns: {understood} understood, else {otherwise}": Way(
        {"breakdown_arrays": understood, "wrong_breakdown_form": otherwise}
    )
    for understood in ("repeated", "neither")
    for otherwise in ("refused", "first", "last")
}
NO_TYPES: dict[str, Any] = {"refused_targeting_types": set()}
WAYS = {
    "as the evidence says": Way(has_few_columns=False),
    **FORMS,
    **STATUS_FORMS,
    **BREAKDOWN_FORMS,
    "90 days": Way({"lookback_days": 90}, FIRST_OF_90),
    "89 days, now and then refused": Way({"flaky_window": 3}),
    "beta breakdowns for all": Way(NO_TYPES, expected=NO_TYPES),
    "what is refused is not named": Way({"refusals_name": False}, has_few_columns=False),
    "what is refused is named first, and what is allowed behind": Way(
        {"refusal_lists_all": True}, has_few_columns=False
    ),
    "nothing is refused with targeting": Way(
        {"refused_columns": {}, **NO_TYPES},
        expected={"refused_columns": (), **NO_TYPES},
        has_few_columns=False,
    ),
    "a targeting value is null": Way(
        {"null_targeting_values": True}, expected={"null_targeting_values": True}
    ),
    "a bookmark is missing": Way({"absent_bookmarks": True}),
    "a new user": Way({"new_user": True}),
    "several Pins at once": Way({"multi_pin": True}),
    "one Pin at a time: 401, code 3": Way({"multi_pin": False}),
    "one Pin at a time: 403, code 29": Way(
        {"multi_pin": False, "multi_pin_refusal": (403, 29, "You are not permitted.")}
    ),
    "the token endpoint answers 200": Way({"token_status": 200}),
}


def read(way: Way, discovered: Any, state: Any = (), **config: Any) -> tuple[FakePinterest, Output]:
    with FakePinterest(WORLD, **way.pinterest) as pinterest:
        for name, value in way.attributes.items():
            setattr(pinterest.reports, name, value)
        catalog = configured(discovered, fields=selected(way))
        return pinterest, connector(pinterest, **config).read(catalog, state)


def selected(way: Way) -> dict[str, list[str]]:
    """By stream; all fields of those that are not named."""
    if not way.has_few_columns:
        return {}
    reports = [
        name for name in KEYS if name.startswith(("ad_", "campaign_")) and "analytics" in name
    ]
    return {
        name: [each for each in fields(name) if not each.isupper() or each in FEW]
        for name in reports
    }


def wanted(stream: str, way: Way) -> list[dict[str, Any]]:
    columns = selected(way).get(stream)
    days: dict[str, Any] = {"today": date(2026, 11, 24), "start": way.start, "end": END}
    return rows(WORLD, stream, **days, columns=columns, **way.expected)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_first_sync_is_complete_whichever_way_pinterest_answers(way, discovered):
    _, output = read(way, discovered)

    assert output.exit_code == 0, output.errors
    for stream, key in KEYS.items():
        comparison = compare(wanted(stream, way), output.records(stream), key)
        assert comparison.same, f"{stream}: {comparison}"


# --- 400s that are not final ---


@pytest.mark.parametrize("name", TRANSIENT)
def test_a_refusal_that_is_not_final_costs_nothing(name, discovered, monkeypatch):
    monkeypatch.setattr(client, "wait_seconds", lambda *_: 0.01)
    counts: Counter[str] = Counter()

    def fault(request: Request) -> Any:
        counts[request.path] += 1
        return TRANSIENT[name] if counts[request.path] == 1 else None

    with FakePinterest(WORLD) as pinterest:
        pinterest.fault = fault
        output = connector(pinterest).read(configured(discovered, fields=selected(Way())))

    assert output.exit_code == 0, output.errors
    for stream, key in KEYS.items():
        comparison = compare(wanted(stream, Way()), output.records(stream), key)
        assert comparison.same, f"{stream}: {comparison}"


# --- What it costs, and what is said ---


def test_the_first_day_is_given_up_once_and_reported_once(discovered):
    pinterest, output = read(Way(), discovered)

    assert output.logs.count("all their windows begin with 2026-08-27") == 1
    assert "midnight" not in output.logs
    for stream in ("ad_analytics_daily", "campaign_analytics", "pin_analytics"):
        assert {entry["since"] for entry in output.states(stream)[-1].values()} == {"2026-08-27"}
    for stream in ("campaign_analytics", "ad_targeting_analytics"):
        assert {row["start_date"] for row in output.records(stream)} == {"2026-08-27"}
    refused = [each for each in pinterest.requests if each.status == 400]
    assert len(refused) <= 2 * 16


@pytest.mark.parametrize("day", ["2026-11-24", "2026-11-25"])
def test_no_later_sync_reads_its_whole_window_again_because_of_the_first_day(day, discovered):
    with FakePinterest(WORLD) as pinterest:
        catalog = configured(discovered, ["ad_analytics_daily", "user_account_analytics"])
        first = connector(pinterest).read(catalog)
        pinterest.requests.clear()
        pinterest.today = date.fromisoformat(day)

        connector(pinterest, day).read(catalog, first.last_states)

    asked = {
        each.params["start_date"][0]
        for each in pinterest.requests
        if each.path.endswith("analytics") and each.params.get("granularity") != ["TOTAL"]
    }
    assert all(each >= "2026-10-20" for each in asked), asked


def test_what_is_refused_is_reported_once_and_null_in_the_rows(discovered):
    _, output = read(Way(), discovered)

    refusals = [line for line in output.logs.split("\n") if "Pinterest refuses" in line]
    breakdowns = [line for line in refusals if "AGE_BUCKET_AND_GENDER" in line]
    assert len(breakdowns) == 3  # of campaigns, ad groups and ads
    assert len(breakdowns) == len(set(breakdowns))


@pytest.mark.parametrize("are_named", [True, False])
@pytest.mark.parametrize(
    ("stream", "kind"),
    [
        ("ad_analytics_daily", "GET /ad_accounts/{ad_account_id}/ads/analytics"),
        ("campaign_analytics", "GET /ad_accounts/{ad_account_id}/campaigns/analytics"),
        ("ad_group_analytics", "GET /ad_accounts/{ad_account_id}/ad_groups/analytics"),
        ("ad_targeting_analytics", "targeting"),
    ],
)
def test_refused_columns_are_left_out_alone_in_each_kind_of_report(
    stream, kind, are_named, discovered
):
    names = [each for each in fields(stream) if not each.isupper() or each in {*FEW, "CTR"}]
    few = configured(discovered, [stream], fields={stream: names})
    with FakePinterest(
        WORLD, refused_columns={kind: {"CTR"}}, refusals_name=are_named
    ) as pinterest:
        output = connector(pinterest).read(few)

    rest = [name for name in names if name != "CTR"]
    days: dict[str, Any] = {"today": date(2026, 11, 24), "start": Way().start, "end": END}
    comparison = compare(
        rows(WORLD, stream, columns=rest, **days), output.records(stream), KEYS[stream]
    )
    assert len(rest) < len(names)
    assert output.statuses == {stream: "COMPLETE"}
    assert len(re.findall(r"Pinterest refuses [^(]*\bCTR\b", output.logs)) == 1
    assert comparison.same, str(comparison)


def test_a_form_that_is_not_understood_is_reported_once(discovered):
    _, output = read(Way({"id_arrays": "repeated", "wrong_form": "first"}), discovered)

    assert output.logs.count("Pinterest does not understand ids that are joined by commas") == 1
