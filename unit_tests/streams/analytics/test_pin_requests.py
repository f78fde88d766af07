"""The requests of Pins by app type: several Pins by the filter, a single one by the split."""

from __future__ import annotations

from typing import Any

import pytest

from source_pinterest.streams.analytics.organic import PinAppTypeAnalytics
from unit_tests.http.scripted import Reply
from unit_tests.streams.analytics.reading import Output, read
from unit_tests.streams.pinterest import Pinterest, context

TYPES = ["MOBILE", "TABLET", "WEB"]
TOGETHER, ALONE = "/pins/analytics", ("/pins/71/analytics", "/pins/72/analytics")


def closed(pinterest: Pinterest) -> Pinterest:
    """The app may not ask for several Pins at once."""
    refusal = Reply(403, {"code": 7, "message": "beta"})
    pinterest.faults.append(lambda path, _: refusal if path == TOGETHER else None)
    return pinterest


def rows(output: Output) -> list[tuple[Any, ...]]:
    keys = ("pin_id", "app_type", "date", "IMPRESSION")
    return sorted(tuple(each[name] for name in keys) for each in output.records)


EXPECTED = sorted(
    (pin, each, f"2026-11-{day:02}", 5 + len(each))
    for pin in ("71", "72")
    for each in TYPES
    for day in range(9, 24)
)


def test_several_pins_take_a_request_for_each_app_type():
    pinterest = Pinterest()
    stream = PinAppTypeAnalytics(context(pinterest))

    output = read(stream)

    assert rows(output) == EXPECTED
    asked = [(each["pin_ids"], each["app_types"]) for each in pinterest.asked(TOGETHER)]
    assert asked == [("71,72", each) for each in TYPES]
    assert output.state["1"]["date"] == "2026-11-23"


def test_a_single_pin_takes_one_request_for_all_app_types():
    pinterest = closed(Pinterest())

    output = read(PinAppTypeAnalytics(context(pinterest)))

    assert rows(output) == EXPECTED
    assert [each["split_field"] for each in pinterest.asked(*ALONE)] == ["APP_TYPE"] * 2


@pytest.mark.parametrize("name", ["all", "DESKTOP"])
def test_where_the_split_has_other_values_the_filter_is_used_for_the_rest_of_the_sync(name):
    pinterest = closed(Pinterest())
    pinterest.faults.append(
        lambda _, query: (
            Reply(200, {name: pinterest._organic(query)["all"]}) if "split_field" in query else None
        )
    )

    output = read(PinAppTypeAnalytics(context(pinterest)))

    assert rows(output) == EXPECTED
    assert [each.get("app_types") for each in pinterest.asked(*ALONE)] == [None, *TYPES * 2]


@pytest.mark.parametrize(("whole", "requests"), [(999, 1 + 3), (1, 1)])
def test_app_types_that_a_split_lacks_are_asked_for_if_the_whole_has_their_activity(
    whole, requests
):
    """Without any, the split may leave them out."""
    pinterest = closed(Pinterest())

    def without_web(path: str, query: dict[str, str]) -> Reply | None:
        if path != ALONE[0] or "split_field" not in query:
            return None
        split = pinterest._split(query)
        days = [{**day, "metrics": {"IMPRESSION": whole}} for day in split["WEB"]["daily_metrics"]]
        kept = {name: split[name] for name in split if name != "WEB"}
        return Reply(200, {**kept, "all": {"daily_metrics": days}})

    pinterest.faults.append(without_web)

    output = read(PinAppTypeAnalytics(context(pinterest)))

    assert len(pinterest.asked(ALONE[0])) == requests
    expected = EXPECTED if requests > 1 else [row for row in EXPECTED if row[:2] != ("71", "WEB")]
    assert rows(output) == expected


def test_a_split_without_any_value_costs_requests_for_this_pin_alone():
    pinterest = closed(Pinterest())
    pinterest.faults.append(
        lambda path, query: Reply(200, {}) if path == ALONE[0] and "split_field" in query else None
    )

    output = read(PinAppTypeAnalytics(context(pinterest)))

    assert rows(output) == EXPECTED
    assert len(pinterest.asked(*ALONE)) == 1 + 3 + 1


@pytest.mark.parametrize("is_closed", [False, True])
def test_app_types_that_have_the_same_numbers_end_the_stream_as_incomplete(is_closed):
    pinterest = Pinterest()

    def same(path: str, query: dict[str, str]) -> Reply | None:
        if "metric_types" not in query:
            return None
        days = Pinterest()._organic({**query, "app_types": ""})
        if path == TOGETHER:
            return Reply(200, dict.fromkeys(query["pin_ids"].split(","), days))
        return Reply(200, dict.fromkeys(TYPES, days["all"])) if "split_field" in query else None

    if is_closed:
        closed(pinterest)
    pinterest.faults.append(same)

    output = read(PinAppTypeAnalytics(context(pinterest)))

    assert "the same numbers for each value" in output.error
    assert not any("date" in each["1"] for each in output.states)


def test_a_pin_without_activity_shows_nothing_and_is_complete():
    pinterest = Pinterest()

    def idle(path: str, query: dict[str, str]) -> Reply | None:
        if path != TOGETHER:
            return None
        days = pinterest._organic(query)
        for each in days["all"]["daily_metrics"]:
            each["metrics"] = {"IMPRESSION": 0}
        return Reply(200, dict.fromkeys(query["pin_ids"].split(","), days))

    pinterest.faults.append(idle)

    output = read(PinAppTypeAnalytics(context(pinterest)))

    assert not output.error
    assert len(output.records) == 2 * 3 * 15


def test_a_pin_that_one_app_type_lacks_is_asked_for_alone():
    pinterest = Pinterest()
    pinterest.faults.append(
        lambda path, query: (
            Reply(200, {"71": pinterest._organic(query), "73": pinterest._organic(query)})
            if path == TOGETHER and query["app_types"] == "WEB"
            else None
        )
    )

    output = read(PinAppTypeAnalytics(context(pinterest)))

    assert rows(output) == EXPECTED
    assert pinterest.asked(*ALONE)
