"""The requests of the breakdowns of the user's account, and the rows that their answers become."""

from __future__ import annotations

from source_pinterest.streams.analytics.base import AccountPass
from source_pinterest.streams.analytics.organic_breakdowns import (
    UserAccountBreakdownAnalytics,
    is_split,
)
from unit_tests.http.scripted import Reply
from unit_tests.streams.analytics.reading import read
from unit_tests.streams.pinterest import Pinterest, context

ANALYTICS = "/user_account/analytics"


def test_each_split_is_a_request_and_each_content_type_too():
    pinterest = Pinterest()
    stream = UserAccountBreakdownAnalytics(context(pinterest))

    output = read(stream)

    asked = pinterest.asked(ANALYTICS)
    splits = [each["split_field"] for each in asked if "split_field" in each]
    types = [each["content_type"] for each in asked if "content_type" in each]
    assert (splits, types) == (
        ["APP_TYPE", "OWNED_CONTENT", "SOURCE", "PIN_FORMAT"],
        ["PAID", "ORGANIC"],
    )
    assert len(asked) == stream.requests_of(AccountPass({}, {}))
    found = {(each["breakdown"], each["breakdown_value"]) for each in output.records}
    assert found == {
        *((each, each) for each in splits),
        *(("CONTENT_TYPE", each) for each in types),
    }
    assert len(output.records) == 6 * 15
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


def test_a_refused_breakdown_is_left_out_and_said_once(caplog):
    pinterest = Pinterest()

    def refused(path: str, query: dict[str, str]) -> Reply | None:
        is_source = path == ANALYTICS and query.get("split_field") == "SOURCE"
        return Reply(403, {"code": 29, "message": "Not permitted."}) if is_source else None

    pinterest.faults.append(refused)

    output = read(UserAccountBreakdownAnalytics(context(pinterest)))

    assert not output.error
    assert "SOURCE" not in {each["breakdown"] for each in output.records}
    assert caplog.text.count("Pinterest refuses the breakdown SOURCE of the user's analytics") == 1


def test_an_answer_of_another_shape_is_no_split():
    days = {"daily_metrics": [{"date": "2026-11-23", "metrics": {}}]}

    assert is_split({"WEB": days, "MOBILE": days})
    assert is_split({})
    assert not is_split({"WEB": {}})
    assert not is_split([days])
