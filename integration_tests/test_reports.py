"""Each of the 16 reports through the real entry point: every row once, with Pinterest's values."""

from __future__ import annotations

import itertools
import re
import threading
from datetime import date
from typing import Any

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import Output, configured, is_about_arrays
from integration_tests.expected.keys import KEYS
from integration_tests.expected.reports import compare, rows
from integration_tests.fake_pinterest import FakePinterest, Request, World
from integration_tests.faults.fault_harness import catalog as few_columns
from integration_tests.schemas import misfits

FIRST = {"today": date(2026, 11, 24), "start": date(2026, 8, 27), "end": date(2026, 11, 23)}
SECOND = {"today": date(2026, 11, 25), "start": date(2026, 8, 28), "end": date(2026, 11, 24)}

CURSORS = {
    **dict.fromkeys(
        (
            *("pin_analytics", "user_account_analytics", "ad_analytics_daily"),
            *("campaign_analytics", "ad_group_analytics", "ad_analytics"),
            "campaign_targeting_analytics",
        ),
        "date",
    ),
    "ad_group_targeting_analytics": "UPDATED_TIME",
    "ad_targeting_analytics": "UPDATED_TIME",
}
DAILY = {"pin_analytics", "user_account_analytics", "ad_analytics_daily"}
TOTALS = CURSORS.keys() - DAILY


def merged(outputs: list[Output], stream: str) -> list[dict[str, Any]]:
    """The rows of a destination that merges by the primary key."""
    table = {}
    for record in itertools.chain.from_iterable(each.records(stream) for each in outputs):
        table[tuple(record[name] for name in KEYS[stream])] = record
    return list(table.values())


USD = "549755885175"
CAMPAIGN_ANALYTICS = "GET /ad_accounts/{ad_account_id}/campaigns/analytics"


# --- What there is ---


def test_discover_offers_the_16_reports_of_the_contract(discovered):
    found = {
        stream["name"]: (
            [field for (field,) in stream["source_defined_primary_key"]],
            stream.get("default_cursor_field", []),
            stream["supported_sync_modes"],
        )
        for stream in discovered
    }

    assert found == {
        name: (
            key,
            [CURSORS[name]] if name in CURSORS else [],
            ["full_refresh", "incremental"] if name in CURSORS else ["full_refresh"],
        )
        for name, key in KEYS.items()
    }
    assert all(
        stream["source_defined_cursor"] for stream in discovered if stream["name"] in CURSORS
    )
    assert all(stream["is_resumable"] == (stream["name"] in CURSORS) for stream in discovered)


# --- Three syncs that the tests below look at ---


@pytest.fixture(scope="module")
def world() -> World:
    return World(
        campaigns=3,
        ad_groups=2,
        ads=2,
        stuck_pin=True,
        account_without_ads_role=True,
        repeated_keyword=True,
    )


@pytest.fixture(scope="module")
def first_sync(server, discovered) -> Output:
    return connector(server).read(configured(discovered))


@pytest.fixture(scope="module")
def full_refresh(server, discovered) -> Output:
    return connector(server).read(configured(discovered, sync_mode="full_refresh"))


@pytest.fixture(scope="module")
def next_sync(server, discovered, first_sync) -> Output:
    """A day later: the last 5 days are restated, and some ads have come to an end."""
    server.today = date(2026, 11, 25)
    try:
        return connector(server, "2026-11-25").read(configured(discovered), first_sync.last_states)
    finally:
        server.today = date(2026, 11, 24)


@pytest.mark.parametrize("stream", KEYS)
def test_a_first_sync_has_every_row_once_with_pinterests_values(stream, world, first_sync):
    expected = rows(world, stream, **FIRST)

    comparison = compare(expected, first_sync.records(stream), KEYS[stream])

    assert comparison.same, str(comparison)
    assert expected
    assert first_sync.statuses[stream] == "COMPLETE"


@pytest.mark.parametrize("stream", KEYS)
def test_a_full_refresh_has_every_row_once_with_pinterests_values(stream, world, full_refresh):
    expected = rows(world, stream, **FIRST)

    comparison = compare(expected, full_refresh.records(stream), KEYS[stream])

    assert comparison.same, str(comparison)


@pytest.mark.parametrize("stream", sorted(TOTALS))
def test_the_next_sync_reads_totals_of_the_whole_window_again(stream, world, next_sync):
    expected = rows(world, stream, **SECOND)

    comparison = compare(expected, next_sync.records(stream), KEYS[stream])

    assert comparison.same, str(comparison)
    assert {record["date"] for record in next_sync.records(stream)} == {"2026-11-24"}
    assert {record["start_date"] for record in next_sync.records(stream)} == {"2026-08-28"}


@pytest.mark.parametrize("stream", sorted(DAILY))
def test_the_next_sync_reads_the_lookback_days_again_and_no_others(
    stream, world, first_sync, next_sync
):
    (state,) = first_sync.states(stream)[-1:]
    complete_to = min(entry["date"] for entry in state.values())
    start = date.fromordinal(date.fromisoformat(complete_to).toordinal() + 1 - 30)
    again = rows(world, stream, today=SECOND["today"], start=start, end=SECOND["end"])

    comparison = compare(again, next_sync.records(stream), KEYS[stream])

    assert comparison.same, str(comparison)


@pytest.mark.parametrize("stream", sorted(DAILY))
def test_after_the_next_sync_no_stale_row_and_no_gap_is_left(stream, world, first_sync, next_sync):
    recent = rows(world, stream, today=SECOND["today"], start=date(2026, 10, 26), end=SECOND["end"])
    older = rows(world, stream, today=FIRST["today"], start=FIRST["start"], end=date(2026, 10, 25))

    table = [
        record
        for record in merged([first_sync, next_sync], stream)
        if record["date"] >= "2026-10-26" or record["date"] < "2026-10-26"
    ]
    comparison = compare([*older, *recent], table, KEYS[stream])

    # the days that were read again are newer than the older ones here, and final all the same
    assert not comparison.missing
    assert not comparison.unexpected
    assert not [wrong for wrong in comparison.wrong if wrong[0][-1] >= "2026-10-26"]


@pytest.mark.parametrize("stream", KEYS)
def test_every_record_fits_its_schema(stream, discovered, first_sync):
    (schema,) = [each["json_schema"] for each in discovered if each["name"] == stream]

    assert misfits(schema, first_sync.records(stream)) == []
    undeclared = set(first_sync.records(stream)[0]) - schema["properties"].keys()
    assert undeclared == set()


def test_no_field_differs_from_another_in_case_only(first_sync):
    for stream in KEYS:
        fields = set().union(*first_sync.records(stream))
        assert len({field.lower() for field in fields}) == len(fields), stream


def test_ids_join_without_a_cast(first_sync):
    campaigns = {record["id"] for record in first_sync.records("campaigns")}
    ad_groups = {record["id"] for record in first_sync.records("ad_groups")}
    ads = {record["id"] for record in first_sync.records("ads")}
    pins = {record["id"] for record in first_sync.records("pins")}

    assert {record["campaign_id"] for record in first_sync.records("ad_groups")} <= campaigns
    assert {record["ad_group_id"] for record in first_sync.records("ads")} <= ad_groups
    for stream in ("ad_analytics", "ad_analytics_daily", "ad_targeting_analytics"):
        assert {record["ad_id"] for record in first_sync.records(stream)} <= ads
        assert {record["campaign_id"] for record in first_sync.records(stream)} <= campaigns
    assert {record["pin_id"] for record in first_sync.records("pin_analytics")} <= pins
    assert max(int(each) for each in ads | ad_groups | campaigns) > 2**53


def test_archived_entities_have_their_metrics(first_sync):
    archived = {
        record["id"] for record in first_sync.records("ads") if record["status"] == "ARCHIVED"
    }

    with_spend = {record["ad_id"] for record in first_sync.records("ad_analytics")}

    assert len(archived) > 5
    assert archived & with_spend


def test_money_carries_the_currency_of_its_ad_account(first_sync):
    found = {
        (record["ad_account_id"], record["currency"])
        for record in first_sync.records("ad_analytics_daily")
    }

    assert found == {
        ("549755885175", "USD"),
        ("549756933748", "EUR"),
        ("549757982321", "JPY"),
    }


def test_pins_saved_from_others_are_left_out_and_counted(world, first_sync):
    repins = [pin for pin in world.all_pins if pin.get("is_owner") is False]

    assert repins
    assert not {pin["id"] for pin in repins} & {
        record["pin_id"] for record in first_sync.records("pin_analytics")
    }
    assert f"{len(repins)} of 60 Pins were saved from others" in first_sync.logs


def test_an_account_without_an_ads_role_is_left_out_with_a_warning(first_sync):
    assert "WARN Ad account 549759030894" in first_sync.logs
    assert "FINANCE_VIEW" in first_sync.logs
    assert first_sync.exit_code == 0


def test_the_state_waits_for_days_that_are_not_final_but_not_for_ever(first_sync):
    (entry,) = first_sync.states("pin_analytics")[-1].values()

    # a stuck Pin's day of 2026-11-04 is within the lookback of 30 days
    assert entry["date"] == "2026-11-03"
    assert {record["data_status"] for record in first_sync.records("pin_analytics")} >= {
        "READY",
        "PROCESSING",
        "ESTIMATE",
    }


# --- What is chosen ---


def test_entity_statuses_filter_the_lists_and_nothing_else(pinterest, discovered):
    catalog = configured(discovered, ["ads", "ad_analytics"])

    output = connector(pinterest, entity_statuses=["ARCHIVED"]).read(catalog)

    assert {record["status"] for record in output.records("ads")} == {"ARCHIVED"}
    comparison = compare(
        rows(pinterest.world, "ad_analytics", **FIRST), output.records("ad_analytics"), ["ad_id"]
    )
    assert comparison.same, str(comparison)


def test_only_the_selected_columns_are_asked_for(pinterest, discovered):
    fields = ["ad_id", "date", "SPEND_IN_DOLLAR", "TOTAL_IMPRESSION", "pin_id"]
    catalog = configured(discovered, ["ad_analytics_daily"], fields={"ad_analytics_daily": fields})

    output = connector(pinterest).read(catalog)

    asked = {
        column
        for request in pinterest.requests
        for column in ",".join(request.params.get("columns", [])).split(",")
        if column
    }
    assert asked == {"AD_ID", "PIN_ID", "SPEND_IN_DOLLAR", "TOTAL_IMPRESSION"}
    expected = rows(pinterest.world, "ad_analytics_daily", columns=fields, **FIRST)
    got = [
        {name: value for name, value in record.items() if name in fields}
        for record in output.records("ad_analytics_daily")
    ]
    comparison = compare(
        [{name: each.get(name) for name in fields} for each in expected], got, ["ad_id", "date"]
    )
    assert comparison.same, str(comparison)


def test_a_stream_with_an_empty_schema_reads_every_column(pinterest, discovered):
    catalog = configured(discovered, ["campaign_analytics"])
    catalog["streams"][0]["stream"]["json_schema"] = {}

    output = connector(pinterest).read(catalog)

    comparison = compare(
        rows(pinterest.world, "campaign_analytics", **FIRST),
        output.records("campaign_analytics"),
        ["campaign_id"],
    )
    assert comparison.same, str(comparison)


def test_targeting_types_and_the_backfill_are_those_that_are_chosen(pinterest, discovered):
    catalog = configured(discovered, ["ad_targeting_analytics", "ad_analytics_daily"])
    chosen = ["GENDER", "AGE_BUCKET", "CREATIVE_TYPE"]

    output = connector(pinterest, targeting_types=chosen, backfill_days=15).read(catalog)

    window = {"today": FIRST["today"], "start": date(2026, 11, 9), "end": FIRST["end"]}
    for stream, more in (
        ("ad_targeting_analytics", {"targeting_types": ["GENDER", "AGE_BUCKET"]}),
        ("ad_analytics_daily", {}),
    ):
        expected = rows(pinterest.world, stream, **window, **more)
        comparison = compare(expected, output.records(stream), KEYS[stream])
        assert comparison.same, str(comparison)


def test_only_the_named_ad_accounts_are_read(pinterest, discovered):
    catalog = configured(discovered, ["campaigns", "campaign_analytics"])

    output = connector(pinterest, ad_account_ids=["549756933748"]).read(catalog)

    for stream in ("campaigns", "campaign_analytics"):
        assert {each["ad_account_id"] for each in output.records(stream)} == {"549756933748"}


def test_pins_are_read_one_by_one_where_several_at_once_are_not_allowed(discovered):
    with FakePinterest(World(pins=12), multi_pin=False) as pinterest:
        output = connector(pinterest).read(configured(discovered, ["pin_analytics"]))

        expected = rows(pinterest.world, "pin_analytics", **FIRST)
        comparison = compare(expected, output.records("pin_analytics"), ["pin_id", "date"])
        assert comparison.same, str(comparison)
        together = [each for each in pinterest.requests if each.path.endswith("/pins/analytics")]
        assert len([each for each in together if each.status == 401]) <= 1


def test_pins_are_read_one_by_one_where_the_access_is_looked_at_before_the_days(discovered):
    def closed(request: Request) -> Any:
        body = {"code": 3, "message": "Your application does not have access to this feature."}
        return (401, body, {}) if request.path.endswith("/pins/analytics") else None

    with FakePinterest(World(pins=12)) as pinterest:
        pinterest.fault = closed
        output = connector(pinterest).read(configured(discovered, ["pin_analytics"]))

        expected = rows(pinterest.world, "pin_analytics", **FIRST)
    comparison = compare(expected, output.records("pin_analytics"), ["pin_id", "date"])
    assert comparison.same, str(comparison)
    assert output.statuses["pin_analytics"] == "COMPLETE"
    out_of_reach = [each for each in pinterest.requests if each.status == 400]
    assert len(out_of_reach) == 2


def test_a_pin_that_was_deleted_meanwhile_is_left_out(pinterest, discovered):
    own = [pin["id"] for pin in pinterest.world.all_pins if pin.get("is_owner") is not False]
    pinterest.deleted_pins = {own[3]}

    output = connector(pinterest).read(configured(discovered, ["pin_analytics"]))

    expected = [
        row for row in rows(pinterest.world, "pin_analytics", **FIRST) if row["pin_id"] != own[3]
    ]
    comparison = compare(expected, output.records("pin_analytics"), ["pin_id", "date"])
    assert comparison.same, str(comparison)
    assert output.exit_code == 0
    assert f"Pin {own[3]} was deleted" in output.logs


def test_a_pin_that_is_not_found_for_a_moment_has_all_its_days(discovered):
    with FakePinterest(World(pins=12), multi_pin=False) as pinterest:
        own = [pin["id"] for pin in pinterest.world.all_pins if pin.get("is_owner") is not False]
        paths = {f"/pins/{own[3]}/analytics", f"/pins/{own[7]}/analytics"}

        def not_yet(request: Request) -> tuple[int, object, dict[str, str]] | None:
            if request.path not in paths:
                return None
            paths.remove(request.path)
            return (404, {"code": 50, "message": "Pin not found."}, {})

        pinterest.fault = not_yet
        output = connector(pinterest).read(configured(discovered, ["pin_analytics"]))

    assert not paths
    comparison = compare(
        rows(pinterest.world, "pin_analytics", **FIRST),
        output.records("pin_analytics"),
        ["pin_id", "date"],
    )
    assert comparison.same, str(comparison)


# --- What it says on the way ---


def test_each_report_says_its_plan_before_it_is_read(first_sync):
    """Some plans are made before Pinterest has refused 2026-08-26."""
    for report, plan in {
        "ad_analytics_daily": "36 ads of 3 ad accounts, 3 requests (Pinterest allows 300 a minute).",
        "campaign_targeting_analytics": "9 campaigns of 3 ad accounts, 6 requests (Pinterest allows "
        "300 a minute).",
        "user_account_analytics": "1 user, 1 request (Pinterest allows 60 a minute).",
        "pin_analytics": "53 Pins, 2 requests (Pinterest allows 60 a minute).",
    }.items():
        said = rf"INFO {report}: 2026-08-2[67] to 2026-11-23, {re.escape(plan)}"
        assert re.search(said, first_sync.logs), plan


def test_a_long_read_says_how_far_it_is(discovered, adjust):
    adjust(ids_per_report=2)
    with FakePinterest(World(ad_accounts=1)) as pinterest:
        output = connector(pinterest).read(few_columns(discovered, ["ad_analytics_daily"]))

    estimates = [
        trace["estimate"]["row_estimate"]
        for trace in output.of_type("TRACE")
        if trace["type"] == "ESTIMATE"
    ]
    assert estimates[0] == 24 * 90
    assert len(estimates) == 1 + 12
    assert estimates[-1] == len(output.records("ad_analytics_daily"))


def test_while_it_waits_it_repeats_its_last_state(pinterest, discovered, adjust):
    adjust(seconds_between_states=0.01)
    patience = threading.Event()

    def slow(request: Request) -> None:
        if request.operation == CAMPAIGN_ANALYTICS:
            patience.wait(0.3)

    pinterest.fault = slow
    states = (
        connector(pinterest)
        .read(configured(discovered, ["campaign_analytics"]))
        .states("campaign_analytics")
    )

    assert len(states) > 3 + 1 + 3
    distinct = [state for n, state in enumerate(states) if n == 0 or state != states[n - 1]]
    assert distinct[0] == {}
    assert len(distinct) == 1 + 3 + 1


# --- What it costs ---


def test_an_entity_list_is_read_once_a_sync_however_many_reports_need_it(pinterest, discovered):
    connector(pinterest, backfill_days=15).read(few_columns(discovered))

    lists = [
        (request.path, tuple(request.params.get("bookmark", [])))
        for request in pinterest.requests
        if not request.path.endswith("analytics") and not is_about_arrays(request)
    ]
    assert len(lists) == len(set(lists))


def test_streams_of_different_rate_limits_are_read_side_by_side(pinterest, discovered):
    """Neither report is answered before both were asked for."""
    both = threading.Barrier(2, timeout=20)

    def fault(request: Request) -> None:
        of_the_account = request.operation == CAMPAIGN_ANALYTICS and USD in request.path
        if of_the_account or request.operation == "GET /user_account/analytics":
            both.wait()

    pinterest.fault = fault
    catalog = configured(discovered, ["campaign_analytics", "user_account_analytics"])

    # the first of 90 days would be asked for by one of them, and the other would wait for its answer
    assert connector(pinterest, backfill_days=15).read(catalog).exit_code == 0


def test_5000_ads_over_90_days_take_20_pages_and_20_reports(discovered, adjust):
    """1,000 ads in batches of 50 are 5,000 ads in batches of 250."""
    adjust(ids_per_report=50, page_size=50)
    world = World(ad_accounts=1, campaigns=50, ad_groups=4, ads=5)
    fields = ["ad_id", "date", "SPEND_IN_DOLLAR"]
    catalog = configured(discovered, ["ad_analytics_daily"], fields={"ad_analytics_daily": fields})
    with FakePinterest(world) as pinterest:
        output = connector(pinterest).read(catalog)

        operations = [request.operation for request in pinterest.requests]
    analytics = "GET /ad_accounts/{ad_account_id}/ads/analytics"
    pages = operations.count("GET /ad_accounts/{ad_account_id}/ads")
    # the first day is asked for twice, by one of them
    assert operations.count(analytics) == 2 + 20
    # the fake has one empty page a list
    assert pages == 21
    # what finds the accounts, and what compares the rows with the account's total
    assert len(operations) == 2 + 20 + 21 + 1 + 1
    assert len({record["ad_id"] for record in output.records("ad_analytics_daily")}) > 800
