"""The state: which passes a sync makes, and what is noted of them."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_pinterest.sync.passes import Pass, plan_passes
from source_pinterest.sync.read_request import ReadRequest
from source_pinterest.sync.slices import Window
from source_pinterest.sync.state import AccountState, fingerprint

TODAY = date(2026, 11, 24)
WHOLE = Window(date(2026, 8, 26), date(2026, 11, 23))


def wanted(**changes: Any) -> ReadRequest:
    fields = {"today": TODAY, "backfill_days": 90, "lookback_days": 30, "fingerprint": "q"}
    return ReadRequest(**{**fields, **changes})


def windows(entry: Any, want: ReadRequest | None = None) -> list[tuple[str, str]]:
    planned, _ = plan_passes(of(entry), wanted() if want is None else want)
    return [(str(each.window.start), str(each.window.end)) for each in planned]


def of(parts: Any) -> AccountState:
    return AccountState(parts)


def entry(**fields: Any) -> dict[str, Any]:
    return {"question": "q", "since": "2026-08-26", "date": "2026-11-23", **fields}


def done(start: str, end: str) -> dict[str, Any]:
    return {"start": start, "end": end, "done": True}


# --- Daily ---


def test_without_a_state_the_backfill_window_is_read():
    assert plan_passes(of(None), wanted()) == ([Pass(WHOLE, {})], [])


def test_with_a_state_the_read_starts_the_lookback_before_the_day_after_it():
    assert windows(entry()) == [("2026-10-25", "2026-11-23")]
    assert windows(entry(date="2026-11-20"), wanted(lookback_days=3)) == [
        ("2026-11-18", "2026-11-23")
    ]


def test_without_a_lookback_nothing_is_read_again():
    assert windows(entry(date="2026-11-22"), wanted(lookback_days=0)) == [
        ("2026-11-23", "2026-11-23")
    ]
    assert windows(entry(), wanted(lookback_days=0)) == []


def test_the_backfill_bounds_the_first_read_only():
    short = wanted(backfill_days=15)

    assert windows(None, short) == [("2026-11-09", "2026-11-23")]
    assert windows(entry(since="2026-11-08", date="2026-11-22"), short) == [
        ("2026-10-24", "2026-11-23")
    ]


def test_an_earlier_since_that_is_wanted_reads_the_missing_days():
    assert windows(entry(since="2026-11-09")) == [("2026-08-26", "2026-11-23")]


@pytest.mark.parametrize(
    ("cursor", "state"),
    [
        ("date", {"date": "2026-11-25"}),
        ("UPDATED_TIME", {"UPDATED_TIME": "2027-01-31T23:59:59Z"}),
        ("date", {"sweep": {"start": "2026-11-01", "end": "2026-11-25", "after": "7"}}),
    ],
)
def test_a_state_that_names_days_to_come_reads_everything_again_and_says_so(cursor, state):
    ahead = {"question": "q", "since": "2026-08-26", **state}

    planned, warnings = plan_passes(of(ahead), wanted(cursor=cursor))

    assert [each.window for each in planned] == [WHOLE]
    assert [each.after for each in planned] == [{}]
    assert warnings[0].startswith("its state names days in the future")
    assert of(ahead).after_slice(wanted(), WHOLE, {"after": "9"}) == {
        "question": "q",
        "sweep": {"start": "2026-08-26", "end": "2026-11-23", "after": "9"},
    }


def test_a_state_of_today_is_no_day_to_come():
    """Of a sync just after midnight, before one whose clock is a little behind."""
    assert windows(entry(date="2026-11-24")) == [("2026-10-26", "2026-11-23")]


def test_days_that_pinterest_no_longer_has_are_named():
    _, warnings = plan_passes(of(entry(date="2026-08-30")), wanted())

    assert warnings == [
        "the days 2026-08-01 to 2026-08-25 stay as they were read, "
        "because Pinterest goes back only to 2026-08-26"
    ]


def test_a_full_refresh_reads_the_whole_window_whatever_the_state_says():
    assert windows(entry(), wanted(resumes_only=True)) == [("2026-08-26", "2026-11-23")]


# --- Totals ---


def test_totals_cover_the_whole_window_on_every_sync():
    totals = wanted(lookback_days=None)

    assert windows(None, totals) == [("2026-08-26", "2026-11-23")]
    assert windows(entry(), totals) == [("2026-08-26", "2026-11-23")]
    assert windows(
        entry(UPDATED_TIME="2026-11-23T23:59:59Z"), replace(totals, cursor="UPDATED_TIME")
    ) == [("2026-08-26", "2026-11-23")]


def test_the_cursor_of_a_targeting_report_is_the_end_of_the_last_day():
    found = of({"question": "q"}).after_pass(
        wanted(lookback_days=None, cursor="UPDATED_TIME"), WHOLE
    )

    assert found["UPDATED_TIME"] == "2026-11-23T23:59:59Z"
    assert found["since"] == "2026-08-26"


# --- Attempts ---


def test_an_account_that_an_earlier_attempt_has_finished_is_skipped():
    for want in (wanted(), wanted(resumes_only=True), wanted(lookback_days=None)):
        assert windows(entry(sweep=done("2026-08-26", "2026-11-23")), want) == []


def test_a_new_day_reads_anew_what_an_earlier_attempt_has_finished():
    found = entry(date="2026-11-22", sweep=done("2026-08-25", "2026-11-22"))

    assert windows(found) == [("2026-10-24", "2026-11-23")]
    assert windows(found, wanted(lookback_days=None)) == [("2026-08-26", "2026-11-23")]


def test_a_sweep_that_was_cut_off_goes_on_behind_its_last_id():
    cut_off = {"question": "q", "sweep": {"start": "2026-08-26", "end": "2026-11-23", "after": "7"}}

    for want in (wanted(), wanted(resumes_only=True), wanted(lookback_days=None)):
        assert plan_passes(of(cut_off), want) == ([Pass(WHOLE, {"after": "7"})], [])


def test_a_sweep_of_an_earlier_day_is_finished_for_its_own_days_and_then_goes_on():
    cut_off = entry(
        since="2026-08-01",
        date="2026-11-20",
        sweep={"start": "2026-10-22", "end": "2026-11-22", "after": "7"},
    )

    assert windows(cut_off, wanted(lookback_days=3)) == [
        ("2026-10-22", "2026-11-22"),
        ("2026-11-20", "2026-11-23"),
    ]


def test_a_total_whose_first_day_is_out_of_reach_is_read_anew():
    cut_off = {"question": "q", "sweep": {"start": "2026-08-25", "end": "2026-11-22", "after": "7"}}

    assert plan_passes(of(cut_off), wanted(lookback_days=None)) == ([Pass(WHOLE, {})], [])


def test_another_fingerprint_voids_what_was_read():
    planned, warnings = plan_passes(
        of(entry(sweep={"start": "2026-08-26", "end": "2026-11-23", "after": "7"})),
        wanted(fingerprint="other"),
    )

    assert planned == [Pass(WHOLE, {})]
    assert "the whole window is read again" in warnings[0]
    assert of(entry()).after_slice(wanted(fingerprint="other"), WHOLE, {"after": "3"}) == {
        "question": "other",
        "sweep": {"start": "2026-08-26", "end": "2026-11-23", "after": "3"},
    }


# --- What is noted ---


def test_two_kinds_of_ids_are_swept_beside_each_other():
    first = of(None).after_slice(wanted(), WHOLE, {"after": "9"})

    both = of(first).after_slice(wanted(), WHOLE, {"after_video": "4"})

    assert both["sweep"] == {
        "start": "2026-08-26",
        "end": "2026-11-23",
        "after": "9",
        "after_video": "4",
    }


def test_a_new_sweep_forgets_the_last_one():
    found = of(entry(sweep=done("2026-08-25", "2026-11-22"))).after_slice(
        wanted(), WHOLE, {"after": "1"}
    )

    assert found["sweep"] == {"start": "2026-08-26", "end": "2026-11-23", "after": "1"}


@pytest.mark.parametrize(
    ("not_final", "lookback_days", "expected"),
    [
        ("2026-11-22", 30, "2026-11-21"),
        ("2026-09-01", 30, "2026-10-24"),
        ("2026-11-22", 0, "2026-11-23"),
    ],
)
def test_the_cursor_waits_for_days_that_are_not_final_for_the_lookback_at_most(
    not_final, lookback_days, expected
):
    open_sweep = of(None).after_slice(wanted(), WHOLE, {}).not_final_from(not_final)

    found = open_sweep.after_pass(wanted(lookback_days=lookback_days), WHOLE)

    assert found["date"] == expected


def test_the_cursor_never_goes_back():
    held = of(entry()).after_slice(wanted(), WHOLE, {}).not_final_from("2026-11-10")

    assert held.after_pass(wanted(), WHOLE)["date"] == "2026-11-23"


def test_the_first_day_that_is_not_final_counts():
    open_sweep = of(None).after_slice(wanted(), WHOLE, {})

    for day in ("2026-11-20", "2026-11-18", "2026-11-22"):
        open_sweep = open_sweep.not_final_from(day)

    assert open_sweep["sweep"]["not_final"] == "2026-11-18"


def test_a_fingerprint_is_short_and_does_not_depend_on_the_order():
    assert fingerprint(click=30, types=["A"]) == fingerprint(types=["A"], click=30)
    assert fingerprint(click=30) != fingerprint(click=7)
    assert len(fingerprint()) == 8


# --- Over many days ---


@given(
    st.integers(15, 90),
    st.integers(0, 90),
    st.lists(st.integers(1, 40), min_size=1, max_size=8),
)
def test_whenever_it_is_synced_no_day_that_pinterest_has_is_left_out(backfill, lookback, pauses):
    """A day is missing only if it was out of Pinterest's reach when the sync after it ran."""
    today = TODAY
    state: Any = None
    read: set[date] = set()
    first = today - timedelta(days=backfill)
    for pause in pauses:
        want = wanted(today=today, backfill_days=backfill, lookback_days=lookback)
        planned, _ = plan_passes(of(state), want)
        for each in planned:
            assert each.window.start >= today - timedelta(days=90)
            assert each.window.end == today - timedelta(days=1)
            read |= {each.window.start + timedelta(days=n) for n in range(each.window.days)}
            state = of(state).after_slice(want, each.window, {}).after_pass(want, each.window)
        assert state is not None
        state = {name: value for name, value in state.items() if name != "sweep"}
        assert state["date"] == str(today - timedelta(days=1))
        today += timedelta(days=pause)

    last = date.fromisoformat(state["date"])
    assert {first + timedelta(days=n) for n in range((last - first).days + 1)} <= read


# --- Days before the 90 of synchronous reports ---

BACK = {"start": date(2025, 1, 31), "max_age": timedelta(days=914)}


def history(entry: Any, want: ReadRequest) -> list[tuple[str, str]]:
    planned, _ = plan_passes(of(entry), want)
    return [(str(each.window.start), str(each.window.end)) for each in planned if each.is_history]


def test_days_before_the_synchronous_ones_are_read_behind_them():
    planned, warnings = plan_passes(of(None), wanted(**BACK))

    older = Window(date(2025, 1, 31), date(2026, 8, 25))
    assert planned == [Pass(WHOLE, {}), Pass(older, {}, is_history=True)]
    assert warnings == []


def test_only_the_days_before_what_is_complete_are_read():
    assert history(entry(since="2025-06-01"), wanted(**BACK)) == [("2025-01-31", "2025-05-31")]
    assert history(entry(since="2025-01-31"), wanted(**BACK)) == []
    assert history(entry(since="2024-12-01"), wanted(**BACK)) == []


def test_a_report_without_asynchronous_reports_begins_where_it_can():
    short = wanted(start=date(2025, 1, 31))

    assert windows(None, short) == [("2026-08-26", "2026-11-23")]


def test_a_start_within_the_synchronous_days_replaces_the_backfill():
    assert windows(None, wanted(start=date(2026, 11, 20))) == [("2026-11-20", "2026-11-23")]


def test_a_start_that_is_out_of_reach_is_the_first_day_that_is_not():
    far = wanted(start=date(2020, 1, 1), max_age=timedelta(days=914))

    assert history(None, far) == [("2024-05-24", "2026-08-25")]


def test_a_part_of_the_older_days_moves_since_back_and_nothing_else():
    before = entry(sweep=done("2026-08-26", "2026-11-23"))

    after = of(before).after_history(Window(date(2026, 2, 1), date(2026, 8, 25)))

    assert after == {
        **before,
        "since": "2026-02-01",
        "sweep": {**done("2026-08-26", "2026-11-23"), "since": "2026-02-01"},
    }
    assert history(after, wanted(**BACK)) == [("2025-01-31", "2026-01-31")]


def test_a_full_refresh_goes_on_with_its_own_older_days_and_not_with_an_earlier_syncs():
    anew = wanted(**BACK, resumes_only=True)
    earlier = entry(since="2025-01-31")
    cut_off = {**earlier, "sweep": {**done("2026-08-26", "2026-11-23"), "since": "2026-02-01"}}

    assert history(earlier, anew) == [("2025-01-31", "2026-08-25")]
    assert windows(cut_off, anew) == [("2025-01-31", "2026-01-31")]


def test_a_sweep_whose_first_days_are_out_of_synchronous_reach_is_begun_anew():
    cut_off = {"question": "q", "sweep": {"start": "2026-08-20", "end": "2026-11-17", "after": "7"}}

    assert windows(cut_off, wanted(**BACK)) == [
        ("2026-08-26", "2026-11-23"),
        ("2025-01-31", "2026-08-25"),
    ]


def test_days_that_asynchronous_reports_have_are_not_called_gone():
    slept = entry(since="2026-05-01", date="2026-07-31")

    planned, warnings = plan_passes(of(slept), wanted(**BACK))

    assert warnings == []
    assert [each.is_history for each in planned] == [False, True]
    assert planned[1].window == Window(date(2025, 1, 31), date(2026, 8, 25))


# --- Days that were final when they were read ---


def test_days_whose_metrics_were_final_are_not_read_again():
    final = {"delivery": "2026-11-21", "conversions": "2026-10-30"}

    assert windows(entry(final=final), wanted(final_kinds=frozenset({"delivery"}))) == [
        ("2026-11-22", "2026-11-23")
    ]
    both = wanted(final_kinds=frozenset({"delivery", "conversions"}))
    assert windows(entry(final=final), both) == [("2026-10-31", "2026-11-23")]


@pytest.mark.parametrize(
    ("kinds", "final"),
    [(set(), {"delivery": "2026-11-22"}), ({"conversions"}, {"delivery": "2026-11-22"})],
)
def test_what_is_not_known_to_be_final_is_read_again(kinds, final):
    assert windows(entry(final=final), wanted(final_kinds=frozenset(kinds))) == [
        ("2026-10-25", "2026-11-23")
    ]


def test_a_final_day_behind_the_cursor_skips_no_day():
    state = entry(date="2026-11-20", final={"delivery": "2026-11-30"})

    assert windows(state, wanted(final_kinds=frozenset({"delivery"}))) == [
        ("2026-11-21", "2026-11-23")
    ]
