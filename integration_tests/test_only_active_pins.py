"""Only Pins with activity: which Pins pin_analytics leaves out, what that saves, and what it costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import Output, configured
from integration_tests.expected import reports as expected
from integration_tests.expected.reports import compare
from integration_tests.fake_pinterest import FakePinterest, Request, World
from integration_tests.fake_pinterest.pin_metrics import LEFT_OUT, QuietWorld, with_metrics

STREAM, KEY = "pin_analytics", ["pin_id", "date"]
FIRST, THREE_DAYS_LATER = date(2026, 11, 24), date(2026, 11, 27)
LIST, ONE, SEVERAL = "GET /pins", "GET /pins/{pin_id}/analytics", "GET /pins/analytics"


@pytest.fixture
def quiet() -> Iterator[FakePinterest]:
    """60 Pins, 53 of them the user's own, of which most had no activity; read one by one."""
    with FakePinterest(QuietWorld(), multi_pin=False) as server:
        yield server


def on(pinterest: FakePinterest, day: date = FIRST, **config: Any) -> Any:
    pinterest.today = day
    return connector(pinterest, str(day), only_active_pins=True, **config)


def left_out(world: QuietWorld) -> set[str]:
    """On the first day. A Pin of the last three days is read whatever its metrics say."""
    return {
        pin["id"]
        for pin in world.own_pins
        if world.kinds[pin["id"]] in LEFT_OUT and pin["created_at"] < "2026-11-21"
    }


def rows(
    world: World,
    wanted: Callable[[str], bool] = lambda _: True,
    today: date = FIRST,
    start: date = date(2026, 8, 27),
) -> list[dict[str, Any]]:
    """The rows of the Pins that are wanted, to the day before today."""
    end = date.fromordinal(today.toordinal() - 1)
    found = expected.rows(world, STREAM, today=today, start=start, end=end)
    return [row for row in found if wanted(row["pin_id"])]


def same(should: list[dict[str, Any]], output: Output) -> None:
    comparison = compare(should, output.records(STREAM), KEY)
    assert comparison.same, str(comparison)
    assert should
    assert output.statuses[STREAM] == "COMPLETE"


def sent(pinterest: FakePinterest) -> Counter[str]:
    """But for those that are refused because of the first day."""
    return Counter(str(each.operation) for each in pinterest.requests if each.status != 400)


def pins_asked_for(pinterest: FakePinterest) -> set[str]:
    return {each.path.split("/")[2] for each in pinterest.requests if each.operation == ONE}


# --- Which Pins ---


def test_the_pins_whose_every_figure_is_0_are_left_out_and_no_others(quiet, everything):
    world = quiet.world

    output = on(quiet).read(configured(everything, [STREAM]))

    out = left_out(world)
    assert {world.kinds[pin] for pin in out} == set(LEFT_OUT)
    same(rows(world, lambda pin: pin not in out), output)
    assert pins_asked_for(quiet) == {pin["id"] for pin in world.own_pins} - out
    assert (
        f"INFO {len(out)} of {len(world.own_pins)} Pins had no activity in the last 90 days"
        in output.logs
    )


def test_switched_off_every_pin_is_read_and_its_metrics_are_not_asked_for(quiet, everything):
    output = connector(quiet).read(configured(everything, ["pins", STREAM]))

    same(rows(quiet.world), output)
    assert not any("pin_metrics" in request.params for request in quiet.requests)
    assert {record.get("pin_metrics") for record in output.records("pins")} == {None}
    assert "had no activity" not in output.logs


def test_a_young_pin_is_read_though_its_figures_are_0(quiet, everything):
    (young, *_) = [pin for pin, kind in quiet.world.kinds.items() if kind == "young"]
    listed = [pin for pin in quiet.world.all_pins if pin["id"] == young]
    (with_its_metrics,) = with_metrics(quiet.world, listed, FIRST)

    output = on(quiet).read(configured(everything, [STREAM]))

    assert set(with_its_metrics["pin_metrics"]["90d"].values()) == {0}
    assert {row["pin_id"] for row in output.records(STREAM)} >= {young}


# --- What it saves ---


def test_it_saves_the_requests_of_the_pins_that_are_left_out_and_the_list_takes_no_more(
    quiet, everything
):
    catalog = configured(everything, [STREAM])
    connector(quiet).read(catalog)
    without = sent(quiet)
    quiet.requests.clear()

    on(quiet).read(catalog)

    own, out = len(quiet.world.own_pins), len(left_out(quiet.world))
    assert (own, out) == (53, 19)
    assert without == {"GET /user_account": 1, LIST: 2, SEVERAL: 1, ONE: own}
    assert sent(quiet) == {"GET /user_account": 1, LIST: 2, SEVERAL: 1, ONE: own - out}
    assert all(
        request.params["pin_metrics"] == ["true"]
        for request in quiet.requests
        if request.operation == LIST
    )


def test_it_saves_requests_for_a_hundred_pins_too(everything):
    world = QuietWorld(ad_accounts=0, pins=600)
    catalog = configured(everything, ["pins", STREAM])
    with FakePinterest(world) as pinterest:
        connector(pinterest).read(catalog)
        without = sent(pinterest)
        pinterest.requests.clear()

        output = on(pinterest).read(catalog)

        found = sent(pinterest)
    assert found[LIST] == without[LIST] == 4  # 250 on a page, and an empty one at the end
    assert (without[SEVERAL], found[SEVERAL]) == (6, 4)
    out = left_out(world)
    same(rows(world, lambda pin: pin not in out), output)


def test_the_list_of_pins_has_their_metrics_then(quiet, everything):
    output = on(quiet).read(configured(everything, ["pins"]))

    should = with_metrics(quiet.world, expected.pins(quiet.world), FIRST)
    comparison = compare(should, output.records("pins"), ["id"])
    assert comparison.same, str(comparison)
    assert len([each for each in output.records("pins") if each.get("pin_metrics")]) > 40


# --- Where Pinterest does not give the metrics ---


@pytest.mark.parametrize("status", [400, 403])
def test_where_the_metrics_are_refused_every_pin_is_read_and_a_warning_says_so(
    status, quiet, everything
):
    def fault(request: Request) -> Any:
        if "pin_metrics" in request.params:
            return status, {"code": status, "message": "No metrics for you."}, {}
        return None

    quiet.fault = fault

    output = on(quiet).read(configured(everything, ["pins", STREAM]))

    same(rows(quiet.world), output)
    assert len(output.records("pins")) == 60
    warning = "WARN Pinterest lists the Pins only without their own metrics"
    assert output.logs.count(warning) == 1
    assert "No metrics for you." in output.logs
    assert [each.status for each in quiet.requests if each.path == "/pins"] == [status, 200, 200]


def test_a_login_that_may_not_list_pins_hears_of_that_only(quiet, everything):
    quiet.scopes[quiet.access_token] = frozenset({"user_accounts:read"})

    output = on(quiet).read(configured(everything, [STREAM]))

    assert output.statuses == {STREAM: "INCOMPLETE"}
    assert "without their own metrics" not in output.logs


# --- The next sync ---


@pytest.mark.parametrize(
    ("lookback_days", "first_day"),
    [
        (30, date(2026, 10, 22)),  # the youngest days were not final
        # the one day that their metrics did not have yet, 2026-11-23, is lost
        (0, date(2026, 11, 24)),
    ],
)
def test_a_pin_that_has_become_active_is_read_as_far_as_the_lookback_reaches(
    lookback_days, first_day, quiet, everything
):
    world = quiet.world
    catalog = configured(everything, [STREAM])
    first = on(quiet, lookback_days=lookback_days).read(catalog)
    quiet.requests.clear()

    second = on(quiet, THREE_DAYS_LATER, lookback_days=lookback_days).read(
        catalog, first.last_states
    )

    active = {pin for pin, kind in world.kinds.items() if kind == "active since yesterday"}
    assert active <= left_out(world)
    out = left_out(world) - active
    starts = {each.params["start_date"][0] for each in quiet.requests if each.operation == ONE}
    assert starts == {str(first_day)}
    should = rows(world, lambda pin: pin not in out, today=THREE_DAYS_LATER, start=first_day)
    young = [pin for pin in world.own_pins if pin["created_at"] >= "2026-11-21"]
    late = {pin["id"] for pin in young if world.kinds[pin["id"]] in LEFT_OUT}
    same([row for row in should if row["pin_id"] not in late], second)
    assert active <= {row["pin_id"] for row in second.records(STREAM)}


@pytest.mark.parametrize("before", [True, False])
def test_after_the_option_was_changed_the_whole_window_is_read_again(before, quiet, everything):
    """Switched off, the Pins that were left out have no day yet."""
    catalog = configured(everything, [STREAM])
    first = connector(quiet, only_active_pins=before).read(catalog)
    quiet.requests.clear()

    second = connector(quiet, only_active_pins=not before).read(catalog, first.last_states)

    out = set() if before else left_out(quiet.world)
    same(rows(quiet.world, lambda pin: pin not in out), second)
    assert "the targeting types or `only_active_pins` have changed" in second.logs


def test_a_state_from_before_there_was_the_option_goes_on(quiet, everything):
    """Its `question` is that of the option switched off."""
    catalog = configured(everything, [STREAM])
    output = connector(quiet).read(catalog)

    (entry,) = output.states(STREAM)[-1].values()

    assert entry["question"] == "44136fa3"


def test_a_sync_that_was_cut_off_goes_on_with_the_pins_that_are_left(quiet, everything):
    world = quiet.world
    catalog = configured(everything, [STREAM])
    whole = on(quiet).read(catalog)
    states = [place for place, each in enumerate(whole.messages) if each["type"] == "STATE"]
    cut = states[len(states) // 2]
    before = [each["record"]["data"] for each in whole.messages[:cut] if each["type"] == "RECORD"]
    quiet.requests.clear()

    rest = on(quiet).read(catalog, [whole.messages[cut]["state"]])

    out = left_out(world)
    should = rows(world, lambda pin: pin not in out)
    comparison = compare(should, [*before, *rest.records(STREAM)], KEY)
    assert comparison.same, str(comparison)
    assert before
    assert 0 < len(pins_asked_for(quiet)) < len(world.own_pins) - len(out)
