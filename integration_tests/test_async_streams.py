"""The built-in reports that are asynchronous only, through the real entry point: every row once per key."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import date
from typing import Any

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import Output, configured
from integration_tests.expected.async_streams import rows
from integration_tests.expected.keys import ASYNC_KEYS as KEYS
from integration_tests.expected.reports import compare
from integration_tests.fake_pinterest import FakePinterest, Request, World
from integration_tests.faults.fault_harness import catalog as few_columns
from integration_tests.schemas import misfits

FIRST = {"today": date(2026, 11, 24), "start": date(2026, 11, 4), "end": date(2026, 11, 23)}
SECOND = {"today": date(2026, 11, 25), "start": date(2026, 11, 17), "end": date(2026, 11, 24)}
"""The second sync reads the lookback of 7 days and the day that has come."""
DAYS = {"backfill_days": 20, "lookback_days": 7}

USD, EUR, JPY = "549755885175", "549756933748", "549757982321"


@pytest.fixture(scope="module")
def world() -> World:
    return World(campaigns=3, ad_groups=2, ads=1, account_without_ads_role=True)


@pytest.fixture(scope="module")
def first_sync(server, everything) -> Output:
    return connector(server, **DAYS).read(configured(everything, [*KEYS, "keywords"]))


@pytest.fixture(scope="module")
def next_sync(server, everything, first_sync) -> Output:
    """A day later: the last 5 days are restated."""
    server.today = date(2026, 11, 25)
    try:
        catalog = configured(everything, KEYS)
        again = connector(server, "2026-11-25", **DAYS)
        return again.read(catalog, first_sync.last_states)
    finally:
        server.today = date(2026, 11, 24)


def test_discover_offers_them_behind_the_16_and_a_platform_does_not_select_them(
    discovered, everything
):
    found = {
        stream["name"]: (
            [field for (field,) in stream["source_defined_primary_key"]],
            stream["default_cursor_field"],
            stream["is_resumable"],
        )
        for stream in everything
        if stream["name"] in KEYS
    }

    assert everything[: len(discovered)] == discovered
    assert found == {name: (key, ["date"], True) for name, key in KEYS.items()}


@pytest.mark.parametrize("stream", KEYS)
def test_a_first_sync_has_every_row_once_with_pinterests_values(stream, world, first_sync):
    expected = rows(world, stream, **FIRST)

    comparison = compare(expected, first_sync.records(stream), KEYS[stream])

    assert comparison.same, str(comparison)
    days = {row["date"] for row in expected}
    assert (min(days), max(days)) == ("2026-11-04", "2026-11-23")
    assert {row["ad_account_id"] for row in expected} == {USD, EUR, JPY}
    assert first_sync.statuses[stream] == "COMPLETE"


@pytest.mark.parametrize("stream", KEYS)
def test_the_next_sync_reads_the_lookback_days_again_and_no_others(stream, world, next_sync):
    again = rows(world, stream, **SECOND)

    comparison = compare(again, next_sync.records(stream), KEYS[stream])

    assert comparison.same, str(comparison)


@pytest.mark.parametrize("stream", KEYS)
def test_every_record_fits_its_schema_and_has_no_other_field(stream, everything, first_sync):
    (schema,) = [each["json_schema"] for each in everything if each["name"] == stream]
    records = first_sync.records(stream)

    assert misfits(schema, records) == []
    assert set().union(*records) <= schema["properties"].keys()


def test_the_keywords_of_a_report_are_in_the_list_of_keywords(first_sync):
    listed = {each["id"]: each["value"] for each in first_sync.records("keywords")}

    found = {
        each["keyword_id"]: each["keyword"]
        for each in first_sync.records("keyword_conversions_daily")
    }

    assert found
    assert {each: listed[each] for each in found} == found


def test_places_have_the_names_that_pinterests_lists_have_and_their_codes(first_sync):
    found = {
        (each["targeting_type"], each["targeting_raw_value"], each["targeting_name"])
        for each in first_sync.records("campaign_geo_analytics_daily")
    }

    assert {
        ("COUNTRY", "US", "U.S."),
        ("COUNTRY", "JP", None),
        ("LOCATION", "500", "U.S.: Portland-Auburn"),
        ("LOCATION", "803", None),
        ("REGION", "US-CA", None),
    } <= found


def test_names_that_cannot_be_read_are_null_and_cost_no_row(everything, pinterest):
    stream = "ad_group_geo_analytics_daily"
    fields = {stream: [*KEYS[stream], "targeting_name", "SPEND_IN_DOLLAR"]}

    def fault(request: Request) -> Any:
        is_list = request.path.startswith("/resources/targeting/")
        return (403, {"code": 29, "message": "Not permitted."}, {}) if is_list else None

    pinterest.fault = fault
    output = connector(pinterest, backfill_days=15).read(
        configured(everything, [stream], fields=fields)
    )

    window = {**FIRST, "start": date(2026, 11, 9)}
    expected = rows(pinterest.world, stream, fields[stream], **window)
    nameless = [{**row, "targeting_name": None} for row in expected]
    assert compare(nameless, output.records(stream), KEYS[stream]).same
    assert output.statuses == {stream: "COMPLETE"}
    assert f"WARN {stream}: the names of places are null" in output.logs


def test_a_report_is_asked_for_once_for_each_ad_account(everything, pinterest):
    catalog = few_columns(everything, list(KEYS))

    connector(pinterest, backfill_days=15).read(catalog)

    made = pinterest.reports.made.values()
    assert Counter(each.account.id for each in made) == dict.fromkeys([USD, EUR, JPY], len(KEYS))
    assert {(each.body["start_date"], each.body["end_date"]) for each in made} == {
        ("2026-11-09", "2026-11-23")
    }
    paths = Counter(each.operation for each in pinterest.requests)
    assert paths["POST /ad_accounts/{ad_account_id}/reports"] == len(made)
    assert paths.pop("GET /resources/targeting/{targeting_type}") == 2  # for all names of places
    assert set(paths) == {
        "GET /ad_accounts",
        "POST /ad_accounts/{ad_account_id}/reports",
        "GET /ad_accounts/{ad_account_id}/reports",
    }


def test_only_the_selected_columns_are_asked_for(everything, pinterest):
    stream = "ad_group_conversions_daily"
    fields = {stream: ["ad_group_id", "date", "campaign_id", "TOTAL_CONVERSIONS_QUANTITY"]}

    output = connector(pinterest, backfill_days=15).read(
        configured(everything, [stream], fields=fields)
    )

    assert {tuple(each.body["columns"]) for each in pinterest.reports.made.values()} == {
        ("AD_GROUP_ID", "CAMPAIGN_ID", "TOTAL_CONVERSIONS_QUANTITY")
    }
    window = {**FIRST, "start": date(2026, 11, 9)}
    expected = rows(pinterest.world, stream, fields[stream], **window)
    assert compare(expected, output.records(stream), KEYS[stream]).same


def test_a_start_date_years_ago_is_read_in_reports_of_186_days(everything, pinterest):
    stream = "campaign_conversions_daily"
    fields = {stream: ["campaign_id", "date", "TOTAL_CONVERSIONS_VALUE_IN_MICRO_DOLLAR"]}

    output = connector(pinterest, start_date="2026-01-01").read(
        configured(everything, [stream], fields=fields)
    )

    window = {**FIRST, "start": date(2026, 1, 1)}
    expected = rows(pinterest.world, stream, fields[stream], **window)
    assert compare(expected, output.records(stream), KEYS[stream]).same
    assert len(pinterest.reports.made) == 3 * 2


@pytest.mark.parametrize("stream", KEYS)
def test_an_account_that_is_refused_fails_alone_and_the_next_sync_reads_it(
    stream, everything, pinterest
):
    is_of_conversions = "_conversions_" in stream
    metric = "TOTAL_CONVERSIONS_QUANTITY" if is_of_conversions else "SPEND_IN_DOLLAR"
    fields = {stream: [*KEYS[stream], metric]}
    catalog = configured(everything, [stream], fields=fields)
    source = connector(pinterest, backfill_days=15)
    window = {**FIRST, "start": date(2026, 11, 9)}

    def fault(request: Request) -> Any:
        if request.path.startswith(f"/ad_accounts/{EUR}/reports"):
            return 403, {"code": 29, "message": "You are not permitted."}, {}
        return None

    pinterest.fault = fault
    output = source.read(catalog)
    pinterest.fault = None
    again = source.read(catalog, output.last_states)

    assert output.statuses == {stream: "INCOMPLETE"}
    assert f"ad account {EUR}, 2026-11-09 to 2026-11-23" in output.errors[0]["message"]
    assert output.states(stream)[-1].keys() == {USD, JPY}
    expected = rows(pinterest.world, stream, fields[stream], **window)
    records = [*output.records(stream), *again.records(stream)]
    table = {tuple(each[name] for name in KEYS[stream]): each for each in records}
    assert compare(expected, list(table.values()), KEYS[stream]).same
    assert {each["ad_account_id"] for each in output.records(stream)} == {USD, JPY}


def test_columns_that_pinterest_does_not_grant_are_left_out_alone(everything):
    stream = "ad_conversions_daily"
    refused = "TOTAL_CONVERSIONS_QUANTITY"
    fields = {
        stream: ["ad_id", "date", refused, "TOTAL_CONVERSIONS_VALUE_IN_MICRO_DOLLAR"],
    }
    with FakePinterest(World(), refused_columns={"PIN_PROMOTION": {refused}}) as pinterest:
        catalog = configured(everything, [stream], fields=fields)
        output = connector(pinterest, backfill_days=15).read(catalog)

        only = configured(everything, [stream], fields={stream: ["ad_id", "date", refused]})
        nothing = connector(pinterest, backfill_days=15).read(only)

    window = {**FIRST, "start": date(2026, 11, 9)}
    rest = [name for name in fields[stream] if name != refused]
    expected = rows(pinterest.world, stream, rest, **window)
    assert compare(expected, output.records(stream), KEYS[stream]).same
    assert output.statuses == {stream: "COMPLETE"}
    assert refused in output.logs
    assert nothing.statuses == {stream: "INCOMPLETE"}
    assert f"the report's columns ({refused}). Deselect the stream" in nothing.errors[0]["message"]


def test_after_the_next_sync_no_stale_row_and_no_gap_is_left(world, first_sync, next_sync):
    """A destination that merges by the key holds what Pinterest says on the second day."""
    stream = "campaign_conversions_daily"
    table = {
        tuple(record[name] for name in KEYS[stream]): record
        for record in itertools.chain(first_sync.records(stream), next_sync.records(stream))
    }
    older = rows(world, stream, **{**FIRST, "end": date(2026, 11, 16)})

    comparison = compare(
        [*older, *rows(world, stream, **SECOND)], list(table.values()), KEYS[stream]
    )

    assert comparison.same, str(comparison)
