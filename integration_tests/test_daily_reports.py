"""The reports by day that are not suggested, through the real entry point: every row once per key and day."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import orjson
import pytest

from integration_tests.conftest import connector
from integration_tests.connector import Output, configured
from integration_tests.expected.keys import DAILY_KEYS as KEYS
from integration_tests.expected.reports import compare, rows
from integration_tests.fake_pinterest import FakePinterest, Request, World
from integration_tests.schemas import misfits
from integration_tests.test_requests import GRANTED, TEN, Idle

FIRST = {"today": date(2026, 11, 24), "start": date(2026, 11, 4), "end": date(2026, 11, 23)}
SECOND = {"today": date(2026, 11, 25), "start": date(2026, 11, 17), "end": date(2026, 11, 24)}
"""The second sync reads the lookback of 7 days and the day that has come."""
DAYS = {"backfill_days": 20, "lookback_days": 7}
WHOLE = {**FIRST, "start": date(2026, 8, 27)}
"""What Pinterest has if nothing is chosen."""

USD, EUR, JPY = "549755885175", "549756933748", "549757982321"

TARGETING = [stream for stream in KEYS if "_targeting_" in stream]
PARENTS = {
    "ad_group": ["campaign_id"],
    "ad": ["campaign_id", "ad_group_id"],
    "product_group_promotion": ["campaign_id", "ad_group_id"],
}
SOME = [
    *("SPEND_IN_MICRO_DOLLAR", "TOTAL_CHECKOUT", "SPEND_IN_DOLLAR", "CTR"),
    *("TOTAL_VIDEO_15SEC_UNIQUE_VIEWS", "CAMPAIGN_NAME"),
]
"""What adds up, what is restated, what does not add up, and a property."""


def selected(stream: str, columns: list[str]) -> list[str]:
    """These columns, and the fields that a row is told by."""
    level = stream.partition("_analytics")[0].removesuffix("_targeting")
    key = [name for name in KEYS[stream] if name != "ad_account_id"]
    return [*PARENTS.get(level, []), *key, *columns]


CHOSEN = {stream: selected(stream, SOME) for stream in TARGETING}
"""The other reports are read with all columns."""


def endpoint(stream: str, account: str = "{ad_account_id}") -> str:
    """`/ad_accounts/{ad_account_id}/campaigns/analytics`"""
    level, _, _ = stream.partition("_analytics")
    report = "targeting_analytics" if level.endswith("_targeting") else "analytics"
    level = level.removesuffix("_targeting")
    level = level.removesuffix("_promotion")
    below = "" if level == "ad_account" else f"/{level}s"
    return f"/ad_accounts/{account}{below}/{report}"


def windows(pinterest: FakePinterest, stream: str) -> set[tuple[str, str]]:
    """(start_date, end_date) of a report's requests by day that are answered."""
    return {
        (*request.params["start_date"], *request.params["end_date"])
        for request in pinterest.requests
        if request.operation == f"GET {endpoint(stream)}"
        and request.params["granularity"] == ["DAY"]
        and request.status == 200
    }


# --- Three syncs that the tests below look at ---


@pytest.fixture(scope="module")
def world() -> World:
    return World(
        campaigns=3, ad_groups=1, ads=2, account_without_ads_role=True, repeated_keyword=True
    )


@pytest.fixture(scope="module")
def first_sync(server, everything) -> Output:
    return connector(server, **DAYS).read(configured(everything, KEYS, fields=CHOSEN))


@pytest.fixture(scope="module")
def full_refresh(server, everything) -> Output:
    catalog = configured(everything, KEYS, sync_mode="full_refresh", fields=CHOSEN)
    return connector(server, **DAYS).read(catalog)


@pytest.fixture(scope="module")
def next_sync(server, everything, first_sync) -> Output:
    """A day later: the last 5 days are restated."""
    server.today = date(2026, 11, 25)
    try:
        catalog = configured(everything, KEYS, fields=CHOSEN)
        return connector(server, "2026-11-25", **DAYS).read(catalog, first_sync.last_states)
    finally:
        server.today = date(2026, 11, 24)


def test_discover_offers_them_behind_the_16(discovered, everything):
    behind = everything[len(discovered) :]
    found = {
        stream["name"]: (
            [field for (field,) in stream["source_defined_primary_key"]],
            stream["default_cursor_field"],
            stream["is_resumable"],
        )
        for stream in behind
        if stream["name"] in KEYS
    }

    assert everything[: len(discovered)] == discovered
    assert found == {name: (key, ["date"], True) for name, key in KEYS.items()}


@pytest.mark.parametrize("stream", KEYS)
def test_a_first_sync_has_every_row_once_with_pinterests_values(stream, world, first_sync):
    expected = rows(world, stream, columns=CHOSEN.get(stream), **FIRST)

    comparison = compare(expected, first_sync.records(stream), KEYS[stream])

    assert comparison.same, str(comparison)
    days = {row["date"] for row in expected}
    assert (min(days), max(days)) == ("2026-11-04", "2026-11-23")
    assert {row["ad_account_id"] for row in expected} == {USD, EUR, JPY}
    assert first_sync.statuses[stream] == "COMPLETE"


@pytest.mark.parametrize("stream", KEYS)
def test_a_full_refresh_has_every_row_once_with_pinterests_values(stream, world, full_refresh):
    expected = rows(world, stream, columns=CHOSEN.get(stream), **FIRST)

    comparison = compare(expected, full_refresh.records(stream), KEYS[stream])

    assert comparison.same, str(comparison)


@pytest.mark.parametrize("stream", KEYS)
def test_the_next_sync_reads_the_lookback_days_again_and_no_others(stream, world, next_sync):
    again = rows(world, stream, columns=CHOSEN.get(stream), **SECOND)

    comparison = compare(again, next_sync.records(stream), KEYS[stream])

    assert comparison.same, str(comparison)


@pytest.mark.parametrize("stream", KEYS)
def test_after_the_next_sync_no_stale_row_and_no_gap_is_left(stream, world, first_sync, next_sync):
    """A destination that merges by the key holds what Pinterest says on the second day."""
    table = {
        tuple(record[name] for name in KEYS[stream]): record
        for record in itertools.chain(first_sync.records(stream), next_sync.records(stream))
    }
    columns = CHOSEN.get(stream)
    older = rows(world, stream, columns=columns, **{**FIRST, "end": date(2026, 11, 16)})
    again = rows(world, stream, columns=columns, **SECOND)

    comparison = compare([*older, *again], list(table.values()), KEYS[stream])

    assert comparison.same, str(comparison)


@pytest.mark.parametrize("stream", KEYS)
def test_a_state_is_kept_for_each_ad_account(stream, first_sync, next_sync):
    assert first_sync.states(stream)[-1].keys() == {USD, EUR, JPY}
    for output, day in ((first_sync, "2026-11-23"), (next_sync, "2026-11-24")):
        for entry in output.states(stream)[-1].values():
            assert (entry["since"], entry["date"]) == ("2026-11-04", day)


@pytest.mark.parametrize("stream", KEYS)
def test_every_record_fits_its_schema(stream, everything, first_sync):
    (schema,) = [each["json_schema"] for each in everything if each["name"] == stream]
    records = first_sync.records(stream)

    assert misfits(schema, records) == []
    assert set().union(*records) <= schema["properties"].keys()


def test_no_field_comes_twice_in_a_line(first_sync):
    """Not even ad_account_id, which the rows of an ad account share and are told apart by."""

    def fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(pairs)) == len(pairs), pairs
        return dict(pairs)

    for line in first_sync.lines:
        json.loads(line, object_pairs_hook=fields)


@pytest.mark.parametrize("stream", ["ad_targeting_analytics_daily", "campaign_targeting_analytics"])
def test_a_saved_catalog_that_selects_what_is_no_longer_offered_is_read_without_it(
    pinterest, everything, stream
):
    pinterest.refused_targeting_types = set()
    gone = {"TOTAL_IMPRESSION_USER": {"type": ["null", "integer"]}}
    fields = ["targeting_type", "targeting_value", "targeting_raw_value", "date", "IMPRESSION_1"]
    catalog = configured(everything, [stream], fields={stream: fields})
    catalog["streams"][0]["stream"]["json_schema"]["properties"] |= gone

    output = connector(pinterest, backfill_days=15).read(catalog)

    sent = [each for each in pinterest.requests if each.operation == f"GET {endpoint(stream)}"]
    assert sent
    assert not any("TOTAL_IMPRESSION_USER" in each.params["columns"][0] for each in sent)
    assert output.statuses == {stream: "COMPLETE"}
    assert any("IMPRESSION_1" in each for each in output.records(stream))
    assert output.logs.count("WARN") == 1
    assert (
        f"WARN {stream}: the catalog selects TOTAL_IMPRESSION_USER, which this report does not "
        "have: no values. Refresh the source's schema to remove them."
    ) in output.logs


# --- A sync that was cut off ---


SPEND = {stream: selected(stream, ["SPEND_IN_MICRO_DOLLAR"]) for stream in KEYS}


@pytest.fixture
def few() -> Iterator[FakePinterest]:
    """Two batches of each ad account, of what is below a campaign."""
    with FakePinterest(World(campaigns=2, ad_groups=2, ads=1)) as server:
        yield server


@pytest.fixture
def small_batches(adjust):
    """So that a small world has many places to be cut off at."""
    adjust(ids_per_report=2, targeting_types_per_report=5)


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("sync_mode", ["incremental", "full_refresh"])
@pytest.mark.parametrize("stream", KEYS)
def test_wherever_a_sync_is_cut_off_the_next_attempt_reads_exactly_the_rest(
    few, everything, stream, sync_mode
):
    pinterest = few
    catalog = configured(everything, [stream], sync_mode=sync_mode, fields=SPEND)
    window = {**FIRST, "start": date(2026, 11, 9)}
    whole = connector(pinterest, backfill_days=15).read(catalog)
    expected = rows(pinterest.world, stream, columns=SPEND[stream], **window)
    places = []
    before: list[dict[str, Any]] = []
    for message in whole.messages:
        if message["type"] == "RECORD":
            before.append(message["record"]["data"])
        elif message["type"] == "STATE":
            places.append((list(before), message["state"]))

    middle = [place for place in places if 0 < len(place[0]) < len(expected)]
    assert len(middle) >= 2, "too few places to be cut off at"
    for emitted, state in (middle[0], middle[len(middle) // 2], middle[-1]):
        rest = connector(pinterest, backfill_days=15).read(catalog, [state])

        comparison = compare(expected, [*emitted, *rest.records(stream)], KEYS[stream])
        # an ad account whose batch takes several requests may have been in the middle of it
        again = {key[0] for key in comparison.duplicate}
        assert replace(comparison, duplicate=[]).same, str(comparison)
        assert len(again) <= 2 * (len(pinterest.world.accounts) - 1), str(comparison)
        assert "targeting" in stream or not again, str(comparison)
        assert rest.states(stream)[-1] == whole.states(stream)[-1]


# --- An account in trouble ---


@pytest.mark.parametrize("stream", KEYS)
def test_an_account_that_is_refused_does_not_stop_the_others(pinterest, everything, stream):
    catalog = configured(everything, [stream], fields=SPEND)
    window = {**FIRST, "start": date(2026, 11, 9)}

    def fault(request: Request) -> Any:
        if request.path == endpoint(stream, EUR):
            return (
                403,
                {"code": 29, "message": "You are not permitted to access that resource."},
                {},
            )
        return None

    pinterest.fault = fault
    output = connector(pinterest, backfill_days=15).read(catalog)

    expected = rows(
        pinterest.world, stream, columns=SPEND[stream], ad_account_ids=[USD, JPY], **window
    )
    comparison = compare(expected, output.records(stream), KEYS[stream])
    assert comparison.same, str(comparison)
    assert output.statuses == {stream: "INCOMPLETE"}
    assert f"{stream} of ad account {EUR}, 2026-11-09 to 2026-11-23" in output.errors[0]["message"]
    assert output.states(stream)[-1].keys() == {USD, JPY}


# --- What it costs ---


def test_an_ad_account_by_day_is_one_request_for_each_account_and_window(pinterest, everything):
    stream = "ad_account_analytics_daily"
    catalog = configured(everything, [stream])

    first = connector(pinterest).read(catalog)

    assert sorted(each.path for each in pinterest.requests if each.status == 200) == [
        "/ad_accounts",
        *(endpoint(stream, account) for account in (USD, EUR, JPY)),
    ]
    assert len(pinterest.requests) == 1 + 3 + 2  # the first day is refused, twice
    assert f"{stream}: 2026-08-26 to 2026-11-23, 3 ad accounts, 3 requests" in first.logs
    assert windows(pinterest, stream) == {("2026-08-27", "2026-11-23")}

    pinterest.requests.clear()
    pinterest.today = date(2026, 11, 25)
    connector(pinterest, "2026-11-25").read(catalog, first.last_states)

    assert len(pinterest.requests) == 1 + 3
    assert windows(pinterest, stream) == {("2026-10-25", "2026-11-24")}


def test_an_ad_account_that_is_too_large_for_one_answer_is_read_in_halves_of_its_days(
    pinterest, everything
):
    stream = "ad_account_analytics_daily"

    def fault(request: Request) -> Any:
        if request.operation == f"GET {endpoint(stream)}":
            start, end = (
                date.fromisoformat(*request.params[n]) for n in ("start_date", "end_date")
            )
            if (end - start).days > 30:
                return 413, {"code": 413, "message": "too large"}, {}
        return None

    pinterest.fault = fault
    output = connector(pinterest).read(configured(everything, [stream]))

    comparison = compare(
        rows(pinterest.world, stream, **WHOLE), output.records(stream), KEYS[stream]
    )
    assert comparison.same, str(comparison)


@pytest.mark.parametrize(
    ("stream", "columns", "requests", "types"),
    [
        # 10 ads; 20 rows for each type and day: 14 types and 11 columns of 3 ads have 831,600 cells
        ("ad_targeting_analytics_daily", TEN, 4, {14}),
        # all 180 columns: one ad alone, and 3 types with their 972,000 cells at a time
        ("ad_targeting_analytics_daily", None, 10 * 5, {3, 2}),
        ("ad_account_targeting_analytics_daily", TEN, 1, {13}),
        ("ad_account_targeting_analytics_daily", None, 5, {3, 1}),
    ],
)
def test_targeting_by_day_counts_the_days_in_what_a_request_may_answer(
    everything, stream, columns, requests, types
):
    fields = {stream: selected(stream, columns)} if columns else None
    with FakePinterest(
        Idle(ad_accounts=1, campaigns=1, ad_groups=1, ads=10), **GRANTED
    ) as pinterest:
        if columns:
            fields[stream] = [each for each in fields[stream] if each not in PARENTS["ad"]]
        connector(pinterest).read(configured(everything, [stream], fields=fields))

        sent = [each for each in pinterest.requests if each.operation == f"GET {endpoint(stream)}"]
    assert len(sent) == requests
    assert {len(each.params["targeting_types"][0].split(",")) for each in sent} == types


# --- Compared with the account's total ---


@pytest.mark.parametrize("level", ["campaign", "ad_group"])
def test_an_answer_that_was_cut_short_is_noticed_and_read_again(pinterest, everything, level):
    stream = f"{level}_analytics_daily"
    left = [1]

    def fault(request: Request) -> Any:
        if request.path != endpoint(stream, USD) or not left[0]:
            return None
        if request.params["start_date"] == ["2026-08-26"]:  # which is refused
            return None
        left[0] -= 1
        body = pinterest.world.analytics(
            level,
            USD,
            ",".join(request.params[f"{level}_ids"]).split(","),
            start=WHOLE["start"],
            end=WHOLE["end"],
            today=pinterest.today,
            granularity="DAY",
            columns=request.params["columns"][0].split(","),
        )
        return 200, orjson.dumps(list(body)[:-40]), {"Content-Type": "application/json"}

    pinterest.fault = fault
    output = connector(pinterest).read(configured(everything, [stream], fields=SPEND))

    table = {tuple(each[name] for name in KEYS[stream]): each for each in output.records(stream)}
    expected = rows(pinterest.world, stream, columns=SPEND[stream], **WHOLE)
    comparison = compare(expected, list(table.values()), KEYS[stream])
    assert comparison.same, str(comparison)
    assert f"WARN {stream} of ad account {USD}" in output.logs
    assert "do not add up; they are read again" in output.logs
    assert "read twice" not in output.logs
