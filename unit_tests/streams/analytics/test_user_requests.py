"""The requests of the breakdowns of the user's account, and the rows that their answers become."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from source_pinterest.api.organic import FILTERS, breakdown_values
from source_pinterest.streams.analytics.base import AccountPass
from source_pinterest.streams.analytics.organic import UserAccountBreakdownAnalytics
from unit_tests.http.scripted import Reply
from unit_tests.streams.analytics.reading import Output, read
from unit_tests.streams.pinterest import Pinterest, context

ANALYTICS = "/user_account/analytics"
Body = dict[str, Any]


def answering(change: Callable[[dict[str, str]], Reply | Body | None]) -> Pinterest:
    """A Pinterest that answers so, where it is not None."""
    pinterest = Pinterest()

    def fault(path: str, query: dict[str, str]) -> Reply | None:
        found = change(query) if path == ANALYTICS else None
        return Reply(200, found) if isinstance(found, dict) else found

    pinterest.faults.append(fault)
    return pinterest


def values_of(output: Output, breakdown: str) -> set[str]:
    return {each["breakdown_value"] for each in output.records if each["breakdown"] == breakdown}


def test_each_split_is_a_request_and_each_content_type_too():
    pinterest = Pinterest()
    stream = UserAccountBreakdownAnalytics(context(pinterest))

    output = read(stream)

    asked = pinterest.asked(ANALYTICS)
    splits = [each["split_field"] for each in asked if "split_field" in each]
    types = [each["content_type"] for each in asked if "content_type" in each]
    assert (sorted(splits), types) == (
        ["APP_TYPE", "OWNED_CONTENT", "PIN_FORMAT", "SOURCE"],
        ["PAID", "ORGANIC"],
    )
    assert len(asked) == stream.requests_of(AccountPass({}, {}))
    for breakdown in FILTERS:
        assert values_of(output, breakdown) == {*breakdown_values(breakdown)}
    assert len(output.records) == 16 * 15
    assert output.state == {
        "1": {
            "since": "2026-11-09",
            "date": "2026-11-23",
            "question": output.state["1"]["question"],
        }
    }


def test_a_day_that_is_not_final_in_one_breakdown_holds_the_state():
    pinterest = Pinterest()
    pinterest.not_final = {"2026-11-22"}

    output = read(UserAccountBreakdownAnalytics(context(pinterest)))

    assert output.state["1"]["date"] == "2026-11-21"


def test_a_refused_breakdown_is_left_out_and_reported_once(caplog):
    pinterest = answering(
        lambda query: (
            Reply(403, {"code": 29, "message": "Not permitted."})
            if query.get("split_field") == "SOURCE"
            else None
        )
    )

    output = read(UserAccountBreakdownAnalytics(context(pinterest)))

    assert not output.error
    assert {each["breakdown"] for each in output.records} == {*FILTERS} - {"SOURCE"}
    assert caplog.text.count("Pinterest does not give the breakdown SOURCE") == 1


def test_a_breakdown_that_is_refused_once_is_asked_for_again():
    """Its days would be missing for good: the state goes on with the other breakdowns."""
    refusals = [Reply(404, {"code": 50, "message": "Not found."})]
    pinterest = answering(
        lambda query: refusals.pop() if refusals and query.get("split_field") == "SOURCE" else None
    )

    output = read(UserAccountBreakdownAnalytics(context(pinterest)))

    assert not output.error
    assert values_of(output, "SOURCE") == {*breakdown_values("SOURCE")}
    assert len(pinterest.asked(ANALYTICS)) == 6 + 1


def test_a_column_that_one_breakdown_does_not_have_is_left_out_of_it_alone():
    pinterest = answering(
        lambda query: (
            Reply(400, {"code": 1, "message": "'SAVE_RATE' is not one of [...]"})
            if query.get("split_field") == "SOURCE" and "SAVE_RATE" in query["metric_types"]
            else None
        )
    )

    output = read(UserAccountBreakdownAnalytics(context(pinterest)))

    assert not output.error
    assert {each["breakdown"] for each in output.records} == {*FILTERS}


def test_a_failure_of_one_breakdown_keeps_the_state_and_the_others_arrive():
    pinterest = answering(
        lambda query: Reply(500) if query.get("split_field") == "APP_TYPE" else None
    )

    output = read(UserAccountBreakdownAnalytics(context(pinterest)))

    assert "user_account_breakdown_analytics of user 1" in output.error
    assert {each["breakdown"] for each in output.records} == {*FILTERS} - {"APP_TYPE"}
    assert output.states == []


def whole(query: dict[str, str]) -> Body:
    return Pinterest()._organic({**query, "app_types": "", "source": "", "content_type": ""})


@pytest.mark.parametrize("says_nothing", [False, True])
def test_where_a_split_is_ignored_each_value_is_asked_for(says_nothing):
    def ignored(query: dict[str, str]) -> Body | None:
        if "split_field" not in query:
            return None
        return {} if says_nothing else whole(query)

    pinterest = answering(ignored)

    output = read(UserAccountBreakdownAnalytics(context(pinterest)))

    assert not output.error
    for breakdown in FILTERS:
        assert values_of(output, breakdown) == {*breakdown_values(breakdown)}
    assert len(pinterest.asked(ANALYTICS)) == 4 + 16


def test_values_that_a_split_lacks_are_asked_for_if_the_whole_has_their_activity():
    def without_web(query: dict[str, str]) -> Body | None:
        if query.get("split_field") != "APP_TYPE":
            return None
        body = Pinterest()._split(query)
        days = [{**day, "metrics": {"IMPRESSION": 999}} for day in body.pop("WEB")["daily_metrics"]]
        return {**body, "all": {"daily_metrics": days}}

    pinterest = answering(without_web)

    output = read(UserAccountBreakdownAnalytics(context(pinterest)))

    assert values_of(output, "APP_TYPE") == {"MOBILE", "TABLET", "WEB"}
    assert [each["app_types"] for each in pinterest.asked(ANALYTICS) if "app_types" in each] == [
        "WEB"
    ]


def test_where_filters_are_ignored_the_breakdown_is_left_out_and_reported(caplog):
    pinterest = answering(lambda query: whole(query) if "content_type" in query else None)

    output = read(UserAccountBreakdownAnalytics(context(pinterest)))

    assert not output.error
    assert values_of(output, "CONTENT_TYPE") == set()
    assert "the same numbers for each value" in caplog.text
    assert len({each["breakdown"] for each in output.records}) == 4


def test_values_in_small_letters_are_those_of_the_filter_and_the_whole_is_none():
    def small(query: dict[str, str]) -> Body | None:
        if query.get("split_field") != "APP_TYPE":
            return None
        body = Pinterest()._split(query)
        return {"all": body["WEB"], **{value.lower(): body[value] for value in body}}

    output = read(UserAccountBreakdownAnalytics(context(answering(small))))

    assert values_of(output, "APP_TYPE") == {"MOBILE", "TABLET", "WEB"}


def test_first_days_that_one_value_lacks_are_asked_for_again(caplog):
    def short(query: dict[str, str]) -> Body | None:
        if query.get("content_type") != "PAID":
            return None
        days = Pinterest()._organic(query)["all"]["daily_metrics"]
        return {"all": {"daily_metrics": days[2:]}}

    output = read(UserAccountBreakdownAnalytics(context(answering(short))))

    assert "lack 2 days, the first is 2026-11-09" in caplog.text
    assert output.state["1"].get("date", "") < "2026-11-23"
