"""Common to all analytics reports: the plan of a sync, its state, and the order of its messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager

from source_pinterest.api.limits import LIMITS, REPORT_LOOKBACK
from source_pinterest.http.errors import AccessDenied, RequestRefused
from source_pinterest.records.column_types import ColumnTypes
from source_pinterest.records.rows import Batch
from source_pinterest.streams.analytics.base import (
    AccountPass,
    AccountPlan,
    AnalyticsStream,
    ReadPlan,
)
from source_pinterest.sync.failures import Failures
from source_pinterest.sync.observed import Reach
from source_pinterest.sync.slices import Window
from source_pinterest.sync.state import AccountState
from unit_tests.streams.analytics.reading import read
from unit_tests.streams.pinterest import TODAY, Pinterest, context

SLICE = {"ad_account_id": "1", "ids": ["7"], "start_date": "2026-11-20", "end_date": "2026-11-23"}
DONE = {"since": "2026-11-09", "date": "2026-11-23"}
SWEEP = {"start": "2026-11-09", "end": "2026-11-23", "done": True}
REFUSED = RequestRefused("You can only get data from the last 90 days.", 400, 1)


class Sizes:
    """An enrichment: the size of each row's shoe."""

    fields = ("size",)

    def enrich(self, batch: Batch) -> None:
        for row in batch.rows:
            row["size"] = 42


class Report(AnalyticsStream):
    """A report of two ad accounts, one of which is refused on demand."""

    endpoint = "GET /ad_accounts/{ad_account_id}/analytics"
    name = "a_report"
    primary_key = ("ad_account_id", "date")

    def __init__(self, is_refused: bool = False, **options: Any) -> None:
        super().__init__(context(Pinterest(), **options))
        self.is_refused = is_refused
        self.plans = 0

    def get_json_schema(self) -> dict[str, Any]:
        return {"properties": {name: {} for name in ("ad_account_id", "date", "SPEND", "CTR")}}

    def read_plan(self, selected: Any, is_full_refresh: bool) -> ReadPlan:
        self.plans += 1
        columns = self.selected_columns(selected)
        request = self.read_request(is_full_refresh, has_history=False)
        return ReadPlan(columns, ColumnTypes({}), request, (Sizes(),))  # type: ignore[arg-type]

    def plan_accounts(self, failures: Failures) -> list[AccountPlan]:
        if self.is_refused:
            failures.add("2", "ad account 2", AccessDenied("Not yours.", 403, 29))
        return [AccountPlan(lambda: [AccountPass({"ad_account_id": "1"}, {"after": ["7", "8"]})])]

    def slices(self, account_pass: AccountPass) -> Iterator[dict[str, Any]]:
        for each in account_pass.ids["after"]:
            yield {**SLICE, **account_pass.base, "ids": [each]}
        yield {**SLICE, "ids": [], "last": True}

    def read_accounts(
        self, plans: Sequence[AccountPlan], states: ConnectorStateManager, failures: Failures
    ) -> Iterator[Any]:
        for each in (each for plan in plans for each in plan.passes()):
            for stream_slice in self.slices(each):
                yield from self.records_of(stream_slice, failures)
            self.states.load({"1": {**DONE, "sweep": SWEEP}})
            yield self.checkpoint(states)

    def records_of(self, stream_slice: Any, failures: Failures) -> Iterator[Batch]:  # noqa: ARG002
        yield Batch(self.shared_fields(stream_slice), self.rows(stream_slice["ids"], stream_slice))

    def rows(self, body: Any, stream_slice: Any) -> list[dict[str, Any]]:
        return [
            {"ad_account_id": stream_slice["ad_account_id"], "SPEND": int(each)} for each in body
        ]


class Total(Report):
    is_daily = False


class TotalWithAnInstant(Total):
    cursor_field = "UPDATED_TIME"


# --- The plan ---


def test_all_columns_are_read_where_the_catalog_names_none_and_else_those_that_it_names():
    report = Report()

    assert report.selected_columns({}) == ("ad_account_id", "date", "SPEND", "CTR")
    assert report.selected_columns({"CTR": {}, "date": {}}) == ("date", "CTR")


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["GONE"], "the catalog selects GONE, which this report does not have"),
        (list("VWXYZ"), "the catalog selects V, W, X and 2 more, which"),
        (["spend", "Ad_Account_Id"], "the catalog selects spend, Ad_Account_Id, which"),
    ],
)
def test_columns_that_a_report_no_longer_has_are_reported(names, words, caplog):
    assert Report().selected_columns(dict.fromkeys([*names, "CTR", "other"])) == ("CTR",)

    assert words in caplog.text


def test_a_stream_that_nobody_prepared_has_a_plan_of_all_columns_made_once():
    report = Report()

    assert report.plan.columns == ("ad_account_id", "date", "SPEND", "CTR")
    assert report.plan is report.plan
    assert report.plans == 1
    assert report.plan.request.resumes_only


def test_the_days_of_a_report_are_those_of_the_configuration():
    options = {"backfill_days": 30, "lookback_days": 3, "start_date": "2026-10-01"}

    daily = Report(**options).read_request(is_full_refresh=False, has_history=False)
    total = Total(**options).read_request(is_full_refresh=True, has_history=False)

    assert (daily.today, daily.backfill_days, daily.resumes_only) == (TODAY, 30, False)
    assert (daily.lookback_days, daily.start) == (3, date(2026, 10, 1))
    assert (total.lookback_days, total.start, total.resumes_only) == (None, None, True)


def test_a_report_with_history_goes_back_as_far_as_asynchronous_reports_do():
    report = Report()

    assert report.read_request(False, has_history=True).max_age == REPORT_LOOKBACK
    assert report.read_request(False, has_history=False).max_age == LIMITS.analytics_lookback


def test_a_first_day_that_pinterest_refused_is_not_requested_by_the_next_report():
    report = Report()
    first = TODAY - timedelta(days=90)
    report.context.observed.days.drop(Reach.SYNCHRONOUS, first, REFUSED)

    assert report.read_request(False, has_history=False).first_available == first + timedelta(
        days=1
    )


def test_the_passes_of_a_fresh_ad_account_are_its_whole_window():
    (only,) = Report().passes_of("1")

    assert only.window == Window(date(2026, 11, 9), date(2026, 11, 23))


def test_days_that_pinterest_no_longer_has_are_reported_with_the_account(caplog):
    report = Report()
    report.state = {
        "1": {"question": report.fingerprint(), "since": "2026-01-01", "date": "2026-02-01"}
    }

    report.prepare({}, is_full_refresh=False)
    report.passes_of("1")

    assert "a_report, 1: " in caplog.text


# --- The state ---


def test_the_state_that_is_loaded_is_the_state_that_is_sent():
    report = Report()
    state = {"1": {"date": "2026-11-20", "since": "2026-11-01"}}

    report.state = dict(state)

    assert report.state == state
    message = report.checkpoint(ConnectorStateManager()).message()
    assert vars(message.state.stream.stream_state) == {"version": 1, **state}


# --- Rows ---


def test_a_row_of_a_total_has_the_days_of_its_window():
    assert Report().window_fields(SLICE) == {}
    assert Total().window_fields(SLICE) == {"date": "2026-11-23", "start_date": "2026-11-20"}
    assert TotalWithAnInstant().window_fields(SLICE) == {
        "date": "2026-11-23",
        "start_date": "2026-11-20",
        "UPDATED_TIME": "2026-11-23T23:59:59Z",
    }


def test_an_id_is_expected_to_have_a_row_for_each_day_or_one():
    assert Report().rows_per_id(SLICE) == 4
    assert Total().rows_per_id(SLICE) == 1


# --- A sync ---


def test_the_records_of_a_sync_are_enriched_and_its_last_state_has_no_sweep():
    found = read(Report())

    assert found.records == [
        {"ad_account_id": "1", "SPEND": 7, "size": 42},
        {"ad_account_id": "1", "SPEND": 8, "size": 42},
    ]
    assert [each["1"] for each in found.states] == [
        {**DONE, "sweep": SWEEP},
        DONE,
    ]


def test_a_stream_that_is_incomplete_says_so_behind_its_records_and_keeps_its_sweeps():
    found = read(Report(is_refused=True))

    assert len(found.records) == 2
    assert found.error == "a_report is incomplete. Missing: ad account 2: Not yours."
    assert found.state["1"]["sweep"] == SWEEP


def test_the_catalogs_columns_and_sync_mode_are_those_of_the_plan():
    report = Report()

    read(report, selected=("CTR",), is_full_refresh=True)
    assert (report.plan.columns, report.plan.request.resumes_only) == (("CTR",), True)

    read(report)
    assert report.plan.columns == ("ad_account_id", "date", "SPEND", "CTR")
    assert not report.plan.request.resumes_only


def test_the_slices_of_all_passes_are_those_of_each():
    report = Report()

    found = list(report.slices_to_read(Failures()))

    assert [each["ids"] for each in found] == [["7"], ["8"], []]
    assert [each.get("last") for each in found] == [None, None, True]


# --- What a family may say of itself ---


def test_a_pass_has_as_many_ids_as_its_kinds_together_and_a_request_for_each_slice_with_ids():
    account_pass = AccountPass({}, {"after": ["7", "8"], "after_video": ["9"]})

    assert len(account_pass) == 3
    assert Report().requests_of(account_pass) == 2


def test_a_report_is_named_with_its_account_and_days():
    assert Report().describe(SLICE) == "a_report of ad account 1, 2026-11-20 to 2026-11-23"


def test_reports_of_one_endpoint_share_what_pinterest_refuses_in_them():
    report = Report()

    report.selection(SLICE).leave_out(["CTR"], REFUSED)

    other = Total()
    other._context = report.context
    assert other.selection(SLICE).kept(["CTR", "SPEND"]) == ["SPEND"]
    assert other.array_form() is report.context.observed.ids


def test_unless_a_family_says_otherwise_answers_cover_what_was_requested_and_refusals_stay():
    report = Report()
    state = AccountState({"date": "2026-11-23"})

    assert report.answered_ids([], {**SLICE, "ids": ["7", "8"]}) == 2
    assert not report.probe_ids(SLICE)
    assert not report.is_deleted(SLICE, REFUSED)
    assert report.explain_refusal(REFUSED, SLICE) is REFUSED
    assert report.first_not_final(SLICE) is None
    assert report.annotate_state(state, SLICE, Window.of(SLICE)) is state
