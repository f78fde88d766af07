"""`metrics_final`: which days Pinterest has closed, and that they are not read again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import Connector, Message, Output, configured
from integration_tests.expected.reports import compare, rows
from integration_tests.fake_pinterest import FakePinterest

READY = "GET /resources/metrics_ready_state"
REPORT = "GET /ad_accounts/{ad_account_id}/ads/analytics"
USD = "549755885175"
FIELDS = ["delivery_metrics_final", "conversion_metrics_final"]
DELIVERY = ["ad_id", "date", "campaign_id", "ad_group_id", "SPEND_IN_DOLLAR", *FIELDS]
CONVERSIONS = [*DELIVERY, "TOTAL_CHECKOUT"]
DAILY = "ad_analytics_daily"


def offered(**config: Any) -> list[Message]:
    return Connector({"metrics_final": True, **config}).discover().catalog


def catalog(fields: list[str], *streams: str) -> Message:
    return configured(offered(), [DAILY, *streams], fields={DAILY: fields})


def read(
    pinterest: FakePinterest,
    fields: list[str],
    state: Any = None,
    day: str = "2026-11-24",
    **config: Any,
) -> Output:
    pinterest.today = date.fromisoformat(day)
    pinterest.requests.clear()
    source = connector(pinterest, day, metrics_final=True, ad_account_ids=[USD], **config)
    return source.read(catalog(fields), state or [])


def asked_days(pinterest: FakePinterest) -> list[str]:
    return sorted(each.params["date"][0] for each in pinterest.requests if each.operation == READY)


def window(pinterest: FakePinterest) -> list[tuple[str, str]]:
    return sorted(
        {
            (each.params["start_date"][0], each.params["end_date"][0])
            for each in pinterest.requests
            if each.operation == REPORT
        }
    )


def test_the_fields_are_offered_by_the_daily_ads_reports_and_only_when_they_are_wanted(everything):
    def with_fields(streams: list[Message]) -> set[str]:
        return {s["name"] for s in streams if set(FIELDS) & s["json_schema"]["properties"].keys()}

    found = with_fields(offered())

    assert {DAILY, "campaign_analytics_daily", "ad_targeting_analytics_daily"} <= found
    assert all(name.endswith("_daily") for name in found)
    assert with_fields(everything) == set()
    columns = {n.lower() for s in everything for n in s["json_schema"]["properties"]}
    assert not columns & set(FIELDS)


def test_each_row_says_whether_its_day_is_final(pinterest):
    output = read(pinterest, CONVERSIONS)

    records = output.records(DAILY)
    final = {r["date"]: (r[FIELDS[0]], r[FIELDS[1]]) for r in records}
    assert output.exit_code == 0
    assert final["2026-11-23"] == (False, False)
    assert final["2026-11-22"] == (True, False)
    # conversions of the next 30 days are still counted on a day, and those of 11-19 are ready
    assert final["2026-10-21"] == (True, False)
    assert final["2026-10-20"] == (True, True)
    assert all(final[day] == (day <= "2026-11-22", day <= "2026-10-20") for day in final)
    wanted = rows(
        pinterest.world,
        DAILY,
        today=date(2026, 11, 24),
        start=date(2026, 8, 27),
        end=date(2026, 11, 23),
        columns=CONVERSIONS,
        ad_account_ids=[USD],
    )
    plain = [{k: v for k, v in r.items() if k not in FIELDS} for r in records]
    assert compare(wanted, plain, ["ad_id", "date"]).same


def test_conversions_that_are_reported_when_they_happen_are_final_once_their_day_is(pinterest):
    output = read(pinterest, CONVERSIONS, conversion_report_time="TIME_OF_CONVERSION")

    final = {r["date"]: r[FIELDS[1]] for r in output.records(DAILY)}
    assert all(final[day] == (day <= "2026-11-19") for day in final)


def test_each_day_is_asked_for_once_a_sync_whatever_the_number_of_reports(pinterest):
    pinterest.requests.clear()
    names = [DAILY, "campaign_analytics_daily", "ad_account_analytics_daily"]

    output = connector(pinterest, metrics_final=True).read(
        configured(
            offered(), names, fields={each: ["date", "SPEND_IN_DOLLAR", *FIELDS] for each in names}
        )
    )

    days = [str(date(2026, 8, 26) + timedelta(n)) for n in range(90)]
    assert output.exit_code == 0
    assert asked_days(pinterest) == days


def test_days_whose_delivery_was_final_are_not_read_again(pinterest):
    first = read(pinterest, DELIVERY)
    assert first.states(DAILY)[-1][USD]["final"] == {
        "delivery": "2026-11-22",
        "conversions": "2026-10-20",
    }

    second = read(pinterest, DELIVERY, first.last_states, "2026-11-25")

    assert window(pinterest) == [("2026-11-23", "2026-11-24")]
    assert second.states(DAILY)[-1][USD]["date"] == "2026-11-24"
    assert second.states(DAILY)[-1][USD]["final"]["delivery"] == "2026-11-23"


def test_a_report_with_conversions_reads_its_lookback_again(pinterest):
    first = read(pinterest, CONVERSIONS)

    read(pinterest, CONVERSIONS, first.last_states, "2026-11-25")

    assert window(pinterest) == [("2026-10-25", "2026-11-24")]


def test_of_a_lookback_that_is_longer_only_what_is_not_final_is_read_again(pinterest):
    first = read(pinterest, CONVERSIONS, lookback_days=90)

    read(pinterest, CONVERSIONS, first.last_states, "2026-11-25", lookback_days=90)

    assert window(pinterest) == [("2026-10-21", "2026-11-24")]


def test_a_day_that_was_not_final_when_it_was_read_is_read_again_though_it_is_now(pinterest):
    pinterest.ready_after["non_conversion_metrics_ready"] = 5
    first = read(pinterest, DELIVERY)
    pinterest.ready_after["non_conversion_metrics_ready"] = 1

    second = read(pinterest, DELIVERY, first.last_states, "2026-11-25")

    assert window(pinterest) == [("2026-11-20", "2026-11-24")]
    assert second.states(DAILY)[-1][USD]["final"]["delivery"] == "2026-11-24"


def test_conversions_that_are_selected_later_bring_the_lookback_back(pinterest):
    first = read(pinterest, DELIVERY)

    read(pinterest, CONVERSIONS, first.last_states, "2026-11-25")

    assert window(pinterest) == [("2026-10-25", "2026-11-24")]


def test_a_sync_that_goes_on_with_one_that_was_cut_off_calls_nothing_final(pinterest, adjust):
    adjust(ids_per_report=5)
    whole = read(pinterest, DELIVERY)
    cut_off = next(s for s in whole.states(DAILY) if "after" in s.get(USD, {}).get("sweep", {}))
    descriptor = {"name": DAILY}
    state = [
        {"type": "STREAM", "stream": {"stream_descriptor": descriptor, "stream_state": cut_off}}
    ]

    rest = read(pinterest, DELIVERY, state)

    assert "final" not in rest.states(DAILY)[-1][USD]
    read(pinterest, DELIVERY, rest.last_states, "2026-11-25")
    assert window(pinterest) == [("2026-10-25", "2026-11-24")]


@pytest.mark.parametrize("status", [400, 403, 404])
def test_where_pinterest_does_not_say_rows_have_null_and_the_lookback_stays(pinterest, status):
    def fault(request: Any) -> Any:
        if request.operation == READY:
            return status, {"code": status, "message": "No."}, {}
        return None

    pinterest.fault = fault

    first = read(pinterest, DELIVERY)
    read(pinterest, DELIVERY, first.last_states, "2026-11-25")

    assert first.exit_code == 0
    assert first.logs.count("Pinterest does not say which days are final") == 1
    assert {record[FIELDS[0]] for record in first.records(DAILY)} == {None}
    assert window(pinterest) == [("2026-10-25", "2026-11-24")]
    assert len(asked_days(pinterest)) == 1, "nothing is asked again once it is refused"


def test_switched_off_nothing_is_asked_and_a_state_that_knows_final_days_is_taken(
    pinterest, discovered
):
    first = read(pinterest, DELIVERY)
    pinterest.requests.clear()
    pinterest.today = date(2026, 11, 25)

    output = connector(pinterest, "2026-11-25", ad_account_ids=[USD]).read(
        configured(discovered, [DAILY], fields={DAILY: DELIVERY[:-2]}), first.last_states
    )

    assert output.exit_code == 0
    assert asked_days(pinterest) == []
    assert window(pinterest) == [("2026-10-25", "2026-11-24")]
    assert not set(FIELDS) & output.records(DAILY)[0].keys()


def test_a_full_refresh_reads_everything_and_says_it_too(pinterest):
    first = read(pinterest, DELIVERY)
    pinterest.requests.clear()

    output = connector(pinterest, metrics_final=True, ad_account_ids=[USD]).read(
        configured(offered(), [DAILY], sync_mode="full_refresh", fields={DAILY: DELIVERY}),
        first.last_states,
    )

    assert window(pinterest) == [("2026-08-27", "2026-11-23")]
    assert {record[FIELDS[0]] for record in output.records(DAILY)} == {True, False}
