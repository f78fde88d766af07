"""Reports of the user and of the Pins: what is final, what is missing, one by one or 100 at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from source_pinterest.api.limits import LIMITS, REFUSED_IDS_BEFORE_AN_ANSWER
from source_pinterest.records.rows import Batch
from source_pinterest.streams.analytics.organic import PinAnalytics, UserAccountAnalytics
from source_pinterest.sync.checkpoints import Checkpoint, StateSchedule
from unit_tests.http.scripted import Clock, Reply
from unit_tests.streams.analytics.reading import messages, read
from unit_tests.streams.pinterest import Pinterest, context

FIRST, LAST = "2026-11-09", "2026-11-23"
AT_ONCE = replace(LIMITS, requests_per_minute={"org_read": 10**6, "org_analytics": 10**6})
"""Without rate limits, for which the tests would wait."""
REFUSED = Reply(403, {"code": 7, "message": "beta"})


def together_refused(pinterest: Pinterest) -> None:
    pinterest.faults.append(lambda path, _: REFUSED if path == "/pins/analytics" else None)


def pins(pinterest: Pinterest, items: list[dict[str, Any]]) -> None:
    pinterest.faults.append(
        lambda path, _: Reply(200, {"items": items, "bookmark": None}) if path == "/pins" else None
    )


def test_pins_are_read_100_at_once_where_the_app_may_do_that():
    pinterest = Pinterest()

    found = read(PinAnalytics(context(pinterest)))

    assert [each["pin_ids"] for each in pinterest.asked("/pins/analytics")] == ["71,72"]
    assert len(found.records) == 2 * 15
    assert (found.state["1"]["since"], found.state["1"]["date"]) == (FIRST, LAST)


def test_a_pin_that_nobody_asked_for_is_no_row_and_is_reported(caplog):
    pinterest = Pinterest()

    def with_another(path: str, query: dict[str, Any]) -> Reply | None:
        if path != "/pins/analytics":
            return None
        pins = [*query["pin_ids"].split(","), "79"]
        return Reply(200, {pin: pinterest._organic(query) for pin in pins})

    pinterest.faults.append(with_another)

    found = read(PinAnalytics(context(pinterest)))

    assert {record["pin_id"] for record in found.records} == {"71", "72"}
    assert (
        "rows that were not requested (1 of another pin_id in the first such answer)" in caplog.text
    )


def test_pins_are_read_one_by_one_where_the_app_may_not_read_several():
    pinterest = Pinterest()
    together_refused(pinterest)

    found = read(PinAnalytics(context(pinterest)))

    assert len(pinterest.asked("/pins/71/analytics", "/pins/72/analytics")) == 2
    assert len(found.records) == 2 * 15
    assert not found.error


def test_one_by_one_the_state_follows_each_pin_of_the_first_batch_too():
    pinterest, clock = Pinterest(), Clock()
    together_refused(pinterest)
    ids = [str(n) for n in range(101, 301)]
    pins(pinterest, [{"id": each} for each in ids])
    pinterest.faults.append(lambda path, _: clock.sleep(1) if "analytics" in path else None)
    stream = PinAnalytics(context(pinterest, clock, replace(AT_ONCE, requests_ahead=1)))
    schedule = StateSchedule(clock, seconds=60, records=10**9)
    read_at: dict[str, float] = {}
    sent: list[tuple[float, str]] = []

    for item in messages(stream):
        if isinstance(item, Checkpoint):
            schedule.reached(item)
        elif isinstance(item, Batch) and item.rows:
            read_at[next(item.records())["pin_id"]] = clock.now
            schedule.emitted(stream.name, len(item.rows))
        for message in schedule.due():
            entry = vars(message.state.stream.stream_state)
            sent.append((clock.now, entry["1"]["sweep"]["after"]))

    assert list(read_at) == ids
    assert len(pinterest.asked("/analytics")) == 1 + len(ids)
    for pin, time in read_at.items():
        follows = min((at for at, after in sent if int(after) >= int(pin)), default=clock.now)
        assert follows - time <= 60 + 1


def test_a_refused_pin_in_the_first_batch_does_not_close_the_endpoint():
    pinterest = Pinterest()
    ids = [str(n) for n in range(101, 321)]
    pins(pinterest, [{"id": each} for each in ids])
    pinterest.faults.append(
        lambda path, query: (
            REFUSED
            if path == "/pins/150/analytics"
            or (path == "/pins/analytics" and "150" in query["pin_ids"].split(","))
            else None
        )
    )

    found = read(PinAnalytics(context(pinterest, limits=AT_ONCE)))

    assert {each["pin_id"] for each in found.records} == {*ids} - {"150"}
    assert found.states[-1]["1"]["missing"] == {"150": FIRST}
    together = [each["pin_ids"] for each in pinterest.asked("/pins/analytics")]
    assert max(len(each.split(",")) for each in together[2:]) == 100


def test_a_pin_that_is_refused_fails_alone():
    pinterest = Pinterest()
    together_refused(pinterest)
    pinterest.faults.append(lambda path, _: REFUSED if path == "/pins/72/analytics" else None)

    found = read(PinAnalytics(context(pinterest)))

    assert {each["pin_id"] for each in found.records} == {"71"}
    assert "72" in found.error
    assert found.states[-1]["1"]["missing"] == {"72": FIRST}


def test_if_every_pin_is_refused_it_is_not_the_pins():
    pinterest = Pinterest()
    pinterest.faults.append(lambda path, _: REFUSED if path.endswith("/analytics") else None)

    found = read(PinAnalytics(context(pinterest)))

    assert found.records == []
    assert f"pin_analytics of user 1, {FIRST} to {LAST}" in found.error


def test_after_a_hundred_refusals_nothing_more_is_asked_for():
    pinterest = Pinterest()
    pins(pinterest, [{"id": str(n)} for n in range(1, 160)])
    pinterest.faults.append(lambda path, _: REFUSED if path.endswith("/analytics") else None)

    one_by_one = replace(AT_ONCE, pins_per_report=1)

    found = read(PinAnalytics(context(pinterest, limits=one_by_one)))

    asked = [each for each in pinterest.urls if "/analytics" in each]
    assert REFUSED_IDS_BEFORE_AN_ANSWER <= len(asked) < 159
    assert found.error


def test_video_pins_have_metrics_of_their_own():
    pinterest = Pinterest()
    pins(pinterest, [{"id": "71"}, {"id": "72", "creative_type": "VIDEO"}])

    read(PinAnalytics(context(pinterest)))

    metrics = {
        path.rpartition("/pins/")[2][:2]: query["metric_types"]
        for path, query in zip(
            [each for each in pinterest.urls if "/analytics" in each],
            pinterest.asked("/analytics"),
            strict=True,
        )
    }
    assert "VIDEO_MRC_VIEW" not in metrics["71"]
    assert "VIDEO_MRC_VIEW" in metrics["72"]


def test_pins_saved_from_others_and_idle_ones_are_left_out():
    pinterest = Pinterest()
    idle = {"created_at": "2025-01-31T01:40:29Z", "pin_metrics": {"90d": {"impression": 0}}}
    pins(pinterest, [{"id": "71"}, {"id": "72", "is_owner": False}, {"id": "73", **idle}])

    found = read(PinAnalytics(context(pinterest, only_active_pins=True)))

    assert {each["pin_id"] for each in found.records} == {"71"}


def test_a_list_of_pins_that_cannot_be_read_is_an_error_of_its_days():
    pinterest = Pinterest()
    pinterest.faults.append(lambda path, _: REFUSED if path == "/pins" else None)

    found = read(PinAnalytics(context(pinterest)))

    assert f"pin_analytics of user 1, {FIRST} to {LAST}" in found.error


def test_the_cursor_waits_for_a_day_that_is_an_estimate():
    pinterest = Pinterest()
    pinterest.not_final = {"2026-11-22", "2026-11-23"}

    found = read(UserAccountAnalytics(context(pinterest)))

    assert found.state["1"]["date"] == "2026-11-21"
    assert len(found.records) == 15


def without_days(pinterest: Pinterest, *missing: str, ends: str) -> None:
    """Answers lack these days."""

    def fault(path: str, query: dict[str, str]) -> Reply | None:
        if not path.endswith(ends):
            return None
        body = pinterest._organic(query)
        days = [each for each in body["all"]["daily_metrics"] if each["date"] not in missing]
        return Reply(200, {"all": {"daily_metrics": days}})

    pinterest.faults.append(fault)


def test_a_day_that_an_answer_lacks_is_reported_and_asked_for_again(caplog):
    pinterest = Pinterest()
    without_days(pinterest, "2026-11-20", ends="/user_account/analytics")

    found = read(UserAccountAnalytics(context(pinterest)))

    assert "Pinterest's answers lack 1 days, the first is 2026-11-20" in caplog.text
    assert found.state["1"]["date"] == "2026-11-19"


def test_first_days_that_an_answer_lacks_are_requested_again_by_the_next_sync(caplog):
    pinterest = Pinterest()
    without_days(pinterest, FIRST, "2026-11-10", ends="/user_account/analytics")

    found = read(UserAccountAnalytics(context(pinterest)))

    assert len(pinterest.asked("/user_account/analytics")) == 2  # asked twice
    assert found.state["1"]["since"] == "2026-11-11"
    assert f"The days {FIRST} to 2026-11-10 are missing" in caplog.text


@pytest.mark.parametrize(("options", "differs"), [({}, False), ({"only_active_pins": True}, True)])
def test_other_pins_change_the_fingerprint(options, differs):
    usual = PinAnalytics(context(Pinterest())).fingerprint()

    assert (PinAnalytics(context(Pinterest(), **options)).fingerprint() != usual) is differs
