"""A sync's findings about Pinterest: first days, forms of arrays, refusals, outages."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_pinterest.api import limits
from source_pinterest.api.limits import Limits
from source_pinterest.http.errors import AccessDenied, Unavailable, WindowRefused
from source_pinterest.sync.observed import (
    ArrayForm,
    FirstDays,
    Form,
    Observed,
    Reach,
    Selection,
    find_refused,
    named_in,
)

TODAY = date(2026, 11, 24)
SECONDS = 10
"""After which a test that hangs has failed."""
REFUSED = WindowRefused("You can only get data from the last 90 days.", 400, 1)


def days_ago(number: int) -> date:
    return TODAY - timedelta(days=number)


# --- The first day ---


@pytest.mark.parametrize(
    ("reach", "days"),
    [
        (Reach.SYNCHRONOUS, 90),
        (Reach.ASYNCHRONOUS, 914),
        (Reach.HOURLY, 8),
        (Reach.PRODUCT_ITEM, 92),
    ],
)
def test_each_kind_of_report_goes_back_as_far_as_pinterest_documents(reach, days):
    assert FirstDays(TODAY).first(reach) == days_ago(days)


def test_the_reach_of_synchronous_reports_is_that_of_the_limits():
    found = FirstDays(TODAY, limits=Limits(analytics_lookback=timedelta(days=30)))

    assert found.first(Reach.SYNCHRONOUS) == days_ago(30)
    assert found.first(Reach.ASYNCHRONOUS) == days_ago(914)


def test_the_first_day_is_doubtful_until_it_is_accepted_and_no_other_day_is():
    found = FirstDays(TODAY)
    assert found.is_unconfirmed(Reach.SYNCHRONOUS, days_ago(90))
    assert not found.is_unconfirmed(Reach.SYNCHRONOUS, days_ago(89))

    found.confirm(Reach.SYNCHRONOUS, days_ago(89))
    assert found.is_unconfirmed(Reach.SYNCHRONOUS, days_ago(90))

    found.confirm(Reach.SYNCHRONOUS, days_ago(90))
    assert not found.is_unconfirmed(Reach.SYNCHRONOUS, days_ago(90))
    assert found.is_unconfirmed(Reach.HOURLY, days_ago(8))


def test_the_warning_about_a_handled_refusal_does_not_ask_for_a_report(caplog):
    refusal = WindowRefused("Pinterest refuses the request to /ads (No). Please report this.")

    FirstDays(TODAY).drop(Reach.SYNCHRONOUS, days_ago(90), refusal)

    assert "(Pinterest refuses the request to /ads (No).)" in caplog.text
    assert "report this" not in caplog.text


def test_a_first_day_that_is_given_up_moves_the_windows_of_its_reach_by_a_day(caplog):
    found = FirstDays(TODAY)

    assert found.drop(Reach.SYNCHRONOUS, days_ago(90), REFUSED)

    assert found.first(Reach.SYNCHRONOUS) == days_ago(89)
    assert found.last_refused(Reach.SYNCHRONOUS) == days_ago(90)
    assert found.is_unconfirmed(Reach.SYNCHRONOUS, days_ago(89))
    assert found.first(Reach.ASYNCHRONOUS) == days_ago(914)
    assert found.last_refused(Reach.ASYNCHRONOUS) is None
    assert (
        "as the first day of synchronous reports twice: it does not go back that far" in caplog.text
    )


def test_threads_that_are_refused_the_same_day_give_it_up_once(caplog):
    found = FirstDays(TODAY)

    assert [found.drop(Reach.HOURLY, days_ago(8), REFUSED) for _ in range(3)] == [True] * 3

    assert found.first(Reach.HOURLY) == days_ago(7)
    assert caplog.text.count("Pinterest refused") == 1


def test_no_other_day_than_the_first_is_given_up():
    found = FirstDays(TODAY)

    assert not found.drop(Reach.SYNCHRONOUS, days_ago(89), REFUSED)

    assert found.first(Reach.SYNCHRONOUS) == days_ago(90)


def test_not_more_days_are_given_up_than_can_be_explained():
    found = FirstDays(TODAY)

    for number in range(limits.SKIPPABLE_FIRST_DAYS):
        assert found.drop(Reach.SYNCHRONOUS, days_ago(90 - number), REFUSED)

    last = found.first(Reach.SYNCHRONOUS)
    assert not found.can_drop(Reach.SYNCHRONOUS, last)
    assert not found.drop(Reach.SYNCHRONOUS, last, REFUSED)
    assert found.first(Reach.SYNCHRONOUS) == last


def test_one_request_asks_for_the_first_day_and_the_others_wait_for_it():
    days, reach = FirstDays(TODAY), Reach.SYNCHRONOUS
    first = days.first(reach)
    order: list[str] = []
    begins = threading.Event()

    def other() -> None:
        begins.set()
        with days.one_request_first(reach, lambda: days.first(reach), SECONDS):
            order.append("other")

    with days.one_request_first(reach, lambda: first, SECONDS):
        thread = threading.Thread(target=other)
        thread.start()
        assert begins.wait(SECONDS)
        order.append("first")
        days.confirm(reach, first)
    thread.join(SECONDS)

    assert order == ["first", "other"]


def test_if_it_takes_too_long_the_others_go_on():
    days, reach = FirstDays(TODAY), Reach.SYNCHRONOUS

    with days.one_request_first(reach, lambda: days.first(reach), 0):
        with days.one_request_first(reach, lambda: days.first(reach), 0):
            pass
        days.wait_until_known(reach, lambda: days.first(reach), 0)


@pytest.mark.parametrize("is_accepted", [True, False])
def test_what_becomes_of_the_first_day_ends_the_wait_for_it(is_accepted):
    days, reach = FirstDays(TODAY), Reach.SYNCHRONOUS
    first = days.first(reach)
    waiting = threading.Thread(target=days.wait_until_known, args=(reach, lambda: first, SECONDS))
    waiting.start()

    if is_accepted:
        days.confirm(reach, first)
    else:
        days.drop(reach, first, REFUSED)
    waiting.join(SECONDS)

    assert not waiting.is_alive()


# --- Arrays ---


@pytest.fixture
def repeated_keys() -> set[str]:
    return {"columns"}


@pytest.fixture
def ids(repeated_keys: set[str]) -> ArrayForm:
    return ArrayForm("ids", ["ad_ids", "campaign_ids"], repeated_keys)


def test_an_array_is_joined_by_commas_which_only_an_answer_shows_to_be_understood(ids):
    assert (ids.form, ids.is_confirmed) == (Form.COMMAS, False)

    ids.confirm(Form.REPEATED)
    assert not ids.is_confirmed

    ids.confirm(Form.COMMAS)
    assert ids.is_confirmed


def test_a_form_that_is_not_understood_is_followed_by_the_next(ids, repeated_keys, caplog):
    ids.confirm(Form.COMMAS)

    ids.refute(Form.COMMAS)
    assert (ids.form, ids.is_confirmed, ids.is_single) == (Form.REPEATED, False, False)
    assert repeated_keys == {"columns", "ad_ids", "campaign_ids"}
    assert "does not understand ids that are joined by commas: from now on" in caplog.text

    ids.refute(Form.REPEATED)
    assert (ids.form, ids.is_confirmed, ids.is_single) == (Form.SINGLE, True, True)
    assert repeated_keys == {"columns"}


def test_whoever_sees_the_next_form_of_array_sends_in_it():
    """Or a request that was joined by commas would be believed, once another shows that keys are repeated."""
    seen: list[Form] = []

    class Keys(set[str]):
        def __ior__(self, more: object) -> Keys:  # type: ignore[misc,override]
            seen.append(form.form)
            self.update(more)  # type: ignore[arg-type]
            return self

    form = ArrayForm("ids", ["ad_ids"], Keys())

    form.refute(Form.COMMAS)

    assert seen == [Form.COMMAS]
    assert form.form is Form.REPEATED


def test_a_form_that_another_thread_refutes_meanwhile_is_not_confirmed(monkeypatch):
    """Or the keys would be repeated, and count as joined by commas that Pinterest understands."""
    others: list[Callable[[], None]] = []

    class Contended(threading.Condition):
        def __enter__(self) -> bool:
            while others:
                others.pop()()  # another thread is faster
            return super().__enter__()

    monkeypatch.setattr(threading, "Condition", Contended)
    form = ArrayForm("ids", ["ad_ids"], set())
    others.append(lambda: form.refute(Form.COMMAS))

    form.confirm(Form.COMMAS)

    assert form.form is Form.REPEATED
    assert not form.is_confirmed


def test_a_form_that_was_left_before_is_not_refuted_again(ids, caplog):
    ids.refute(Form.COMMAS)
    ids.refute(Form.COMMAS)
    assert ids.form is Form.REPEATED

    ids.forbid_several()
    ids.refute(Form.SINGLE)
    assert (ids.form, ids.is_confirmed) == (Form.SINGLE, True)
    assert caplog.text.count("does not understand") == 1


def test_who_has_not_seen_it_understood_waits_for_the_requests_that_may_still_show_it(ids):
    has_waited = threading.Event()

    def other() -> None:
        ids.wait_for_others(SECONDS)
        has_waited.set()

    with ids.in_flight():
        threading.Thread(target=other, daemon=True).start()
        assert not has_waited.is_set()
        ids.confirm(Form.COMMAS)
        assert has_waited.wait(SECONDS)
    ids.wait_for_others(0)


def test_if_none_shows_it_the_wait_ends_with_the_last_of_them(ids):
    with ids.in_flight() as first_is_answered, ids.in_flight():
        first_is_answered()
        first_is_answered()
        waiting = threading.Thread(target=ids.wait_for_others, args=(SECONDS,), daemon=True)
        waiting.start()
        assert waiting.is_alive()
    waiting.join(SECONDS)

    assert not waiting.is_alive()
    assert not ids.is_confirmed


# --- Columns and breakdowns ---


def test_what_is_refused_is_left_out_and_reported_once(caplog):
    found = Selection("analytics of ads")

    found.leave_out(["B", "D"], REFUSED)
    found.leave_out(["B"], REFUSED)

    assert found.kept("ABCD") == ["A", "C"]
    assert caplog.text.count("Pinterest refuses B, D in analytics of ads: left out") == 1
    assert len(caplog.records) == 1


def test_names_are_shown_by_answers_which_need_not_be_one():
    found = Selection("analytics of ads")
    found.confirm(["A", "B"])
    found.confirm(["C"])

    assert found.is_confirmed(["A", "C"])
    assert not found.is_confirmed(["A", "D"])


def test_a_search_is_counted():
    found = Selection("analytics of ads", requests=2)

    assert [found.use_request() for _ in range(4)] == [True, True, False, False]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("B is not available", ["B"]),
        ("columns: A and C", ["A", "C"]),
        ("'B' is not one of ['A', 'C']", ["B"]),
        ("B: must be in A, C", ["B"]),
        ("B is wrong, allowed columns are A and C", ["B"]),
        ("B: Expected one of A, C", ["B"]),
        ("AB is not available", []),
        ("", []),
    ],
)
def test_a_refusal_names_what_it_is_about_before_what_it_allows(text, names):
    assert named_in(text, ["A", "B", "C"]) == names


@given(st.integers(1, 64).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1)))))
def test_what_is_refused_is_found_whatever_it_is(case):
    count, refused = case
    names = [str(number) for number in range(count)]
    wrong = {str(number) for number in refused}

    found = list(find_refused(names, lambda some: not wrong & set(some)))

    assert found == [name for name in names if name in wrong]


def test_what_is_known_to_be_refused_together_is_not_asked_for_again():
    asked: list[str] = []

    def is_accepted(some: Sequence[str]) -> bool:
        asked.append("".join(some))
        return "D" not in some

    assert list(find_refused("ABCD", is_accepted, is_refused=True)) == ["D"]
    assert "ABCD" not in asked
    assert "CD" not in asked  # as nothing is refused in the first half, something is in the second


def test_after_the_last_request_of_a_search_the_rest_counts_as_refused():
    answers = iter([False, True, None])

    found = list(find_refused("ABCDEFGH", lambda _: next(answers, None)))

    assert found == ["E", "F", "G", "H"]


# --- All of it ---


def test_a_kind_of_report_has_one_selection_with_the_limit_of_the_sync():
    observed = Observed(TODAY, set(), limits=Limits(column_search_requests=1))

    ads = observed.selection("analytics of ads")

    assert observed.selection("analytics of ads") is ads
    assert observed.selection("analytics of campaigns") is not ads
    assert [ads.use_request(), ads.use_request()] == [True, False]


def test_ids_pins_and_statuses_are_learned_about_separately():
    keys: set[str] = set()
    observed = Observed(TODAY, keys)

    observed.pins.refute(Form.COMMAS)

    assert keys == {"pin_ids"}
    assert (observed.ids.form, observed.statuses.form) == (Form.COMMAS, Form.COMMAS)


def test_an_endpoint_that_is_down_is_not_requested_again_for_the_same_ad_account():
    observed = Observed(TODAY, set())
    observed.note_outage("1", "/ads", Unavailable("No answer.", 503, 11))

    with pytest.raises(Unavailable, match="it failed before: No answer") as caught:
        observed.raise_if_down("1", "/ads")

    assert (caught.value.status, caught.value.code) == (503, 11)
    observed.raise_if_down("1", "/campaigns")
    observed.raise_if_down("2", "/ads")


def test_after_two_endpoints_are_down_no_other_of_the_ad_account_is_requested():
    observed = Observed(TODAY, set())
    for endpoint in ("/ads", "/campaigns"):
        observed.note_outage("1", endpoint, Unavailable("No answer."))

    with pytest.raises(Unavailable):
        observed.raise_if_down("1", "/ad_groups")
    observed.raise_if_down("2", "/ad_groups")


def test_a_refusal_is_no_outage():
    observed = Observed(TODAY, set())

    observed.note_outage("1", "/ads", AccessDenied("Not yours.", 403, 29))

    observed.raise_if_down("1", "/ads")


def test_a_form_that_is_shown_meanwhile_does_not_wait_for_a_probe_that_hangs():
    form = ArrayForm("ids", ["ad_ids"], set())
    has_begun, is_over = threading.Event(), threading.Event()

    def hang() -> bool:
        has_begun.set()
        return is_over.wait(60)

    with ThreadPoolExecutor(2) as pool:
        probing = pool.submit(form.is_understood, Form.COMMAS, hang, 0.0)
        assert has_begun.wait(60)
        form.confirm(Form.COMMAS)
        try:
            assert pool.submit(form.is_understood, Form.COMMAS, hang, 0.0).result(5)
        finally:
            is_over.set()
    assert probing.result()
