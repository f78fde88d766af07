# ruff: noqa: ARG002  what a report is asked for is more than this one needs
"""A slice becomes the requests that Pinterest answers; only what it refuses is left out."""

from __future__ import annotations

import contextlib
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_pinterest.api import limits
from source_pinterest.api.limits import LIMITS, Limits
from source_pinterest.http.errors import (
    AccessDenied,
    NotFound,
    PinterestError,
    RequestRefused,
    TooLarge,
    Unavailable,
    WindowRefused,
)
from source_pinterest.http.retry import SYNC
from source_pinterest.streams.analytics.sending import Sending
from source_pinterest.sync.observed import Form, Observed, Reach
from source_pinterest.sync.slices import Window

TODAY = date(2026, 11, 24)
FIRST_DAY = "2026-08-26"


def refusal(text: str = "Invalid request.", kind: type[PinterestError] = RequestRefused) -> Any:
    error = kind(text, 400, 1)
    error.text = text
    return error


class Client:
    def __init__(self) -> None:
        self.repeated_keys: set[str] = set()
        self.waits: list[float] = []
        self.policy = SYNC

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)


class SyncContext:
    def __init__(self, limits: Limits = LIMITS) -> None:
        self.client = Client()
        self.observed = Observed(TODAY, self.client.repeated_keys, limits=limits)


class Report:
    """A report of ads, and the Pinterest that answers it; what is sent is noted.

    An answer names the ids that it has rows of.
    """

    account_field = "ad_account_id"
    continues_after_failure = False
    needs_a_column = False
    breakdown_form = None
    reach = Reach.SYNCHRONOUS

    def __init__(
        self, *, is_daily: bool = True, columns: tuple[str, ...] = ("SPEND", "CLICKS")
    ) -> None:
        self.is_daily = is_daily
        self.context = SyncContext()
        self.columns = columns
        self.sent: list[dict[str, Any]] = []
        self.probes = 0
        self.max_ids, self.max_days = 250, 90
        self.too_much: type[PinterestError] = TooLarge
        self.refused_ids: dict[str, PinterestError] = {}
        self.of_a_moment: dict[int, PinterestError] = {}
        """By the number of a request: a refusal that no other has."""
        self.refused_names: set[str] = set()
        self.names_what_it_refuses = True
        self.first_day = FIRST_DAY
        self.says_that_it_is_the_window = True
        self.understands = {Form.COMMAS, Form.REPEATED}
        self.otherwise = "first"
        self.idle: set[str] = set()

    # what Pinterest does

    def send(self, stream_slice: dict[str, Any]) -> list[str]:
        ids, days = stream_slice["ids"], Window.of(stream_slice).days
        self.sent.append(stream_slice)
        if error := self.of_a_moment.get(len(self.sent)):
            raise error
        if stream_slice["start_date"] < self.first_day:
            kind = WindowRefused if self.says_that_it_is_the_window else RequestRefused
            raise refusal("Invalid request.", kind)
        asked = [*self.asked(stream_slice), *stream_slice.get("targeting_types", ())]
        if wrong := [each for each in asked if each in self.refused_names]:
            raise refusal(f"{wrong[0]} is not available" if self.names_what_it_refuses else "No.")
        for each in ids:
            if error := self.refused_ids.get(each):
                raise error
        if len(ids) > self.max_ids or days > self.max_days:
            raise self.too_much("too much", 413)
        if len(ids) > 1 and self.array_form().form not in self.understands:
            if self.otherwise == "refused":
                raise refusal("'1,2' is no id")
            ids = ids[:1]
        return [each for each in ids if each not in self.idle]

    def probe_ids(self, stream_slice: dict[str, Any]) -> bool:
        self.probes += 1
        return self.array_form().form in self.understands

    # what the report says of itself

    def asked(self, stream_slice: dict[str, Any]) -> list[str]:
        return list(stream_slice.get("columns", self.optional_columns(stream_slice)))

    def optional_columns(self, stream_slice: dict[str, Any]) -> list[str]:
        return self.selection(stream_slice).kept(self.columns)

    def selection(self, stream_slice: dict[str, Any]) -> Any:
        return self.context.observed.selection("analytics of ads")

    def array_form(self) -> Any:
        return self.context.observed.ids

    def answered_ids(self, body: Any, stream_slice: dict[str, Any]) -> int:
        return len(body)

    def explain_refusal(
        self, error: PinterestError, stream_slice: dict[str, Any]
    ) -> PinterestError:
        return error

    def report_kind(self, stream_slice: dict[str, Any]) -> str:
        return "GET analytics of ads"

    def describe(self, stream_slice: dict[str, Any]) -> str:
        return "ad_analytics of ad account 1"

    @property
    def sizes(self) -> list[tuple[int, int]]:
        return [(len(each["ids"]), Window.of(each).days) for each in self.sent]


def a_slice(
    ids: Any, start: str = "2026-11-20", end: str = "2026-11-23", **more: Any
) -> dict[str, Any]:
    return {
        "ad_account_id": "1",
        "ids": [str(each) for each in ids],
        "start_date": start,
        "end_date": end,
        **more,
    }


def answered(answers: Any) -> list[str]:
    """The ids whose rows have come."""
    return [each for _, body in answers if isinstance(body, list) for each in body]


def left_out(answers: Any) -> dict[str, PinterestError]:
    return {part["ids"][0]: body for part, body in answers if isinstance(body, PinterestError)}


def covered(answers: Any) -> list[tuple[str, date]]:
    """Each id and day that was answered."""
    return [
        (each, Window.of(part).start + timedelta(days=n))
        for part, _ in answers
        for each in part["ids"]
        for n in range(Window.of(part).days)
    ]


# --- Sizes ---


def test_what_pinterest_answers_is_one_request():
    report = Report()

    answers = Sending(report).answers(a_slice([1, 2]))

    assert answers == [(a_slice([1, 2]), ["1", "2"])]
    assert report.sizes == [(2, 4)]


def test_without_ids_nothing_is_asked():
    report = Report()

    assert Sending(report).answers(a_slice([])) == []
    assert report.sent == []


def test_ids_are_halved_first_and_then_days():
    report = Report()
    report.max_ids, report.max_days = 1, 2

    Sending(report).answers(a_slice([1, 2]))

    assert report.sizes == [(2, 4), (1, 4), (1, 2), (1, 2), (1, 2), (1, 2)]


def test_the_smaller_size_is_kept():
    report = Report()
    report.max_ids = 60
    sending = Sending(report)
    sending.answers(a_slice(range(240)))
    report.sent.clear()

    sending.answers(a_slice(range(240)))

    assert report.sizes == [(60, 4)] * 4


def test_the_days_of_a_total_are_never_split():
    report = Report(is_daily=False)
    report.max_ids, report.max_days = 1, 2

    with pytest.raises(TooLarge):
        Sending(report).answers(a_slice([1, 2]))

    assert report.sizes == [(2, 4), (1, 4), (1, 4)]


def test_a_single_id_and_day_that_fails_is_an_error_that_names_it():
    report = Report()
    report.max_ids = 0

    with pytest.raises(TooLarge, match="7, 2026-11-23 to 2026-11-23"):
        Sending(report).answers(a_slice([7], "2026-11-23"))


def test_an_outage_is_noticed_before_anything_is_halved():
    report = Report()
    report.max_ids, report.too_much = 0, Unavailable

    with pytest.raises(Unavailable):
        Sending(report).answers(a_slice(range(250)))

    assert report.sizes == [(250, 4), (1, 1), (1, 1)]


def test_after_an_outage_other_reports_of_the_endpoint_do_not_wait_for_it_again():
    report = Report()
    report.max_ids, report.too_much = 0, Unavailable
    with pytest.raises(Unavailable):
        Sending(report).answers(a_slice(range(250)))
    report.sent.clear()

    with pytest.raises(Unavailable, match="not requested again in this sync"):
        Sending(report).answers(a_slice(range(250)))

    assert report.sent == []


def test_a_request_that_is_too_slow_is_halved():
    report = Report()
    report.max_ids, report.too_much = 60, Unavailable

    answers = Sending(report).answers(a_slice(range(250)))

    assert len(answered(answers)) == 250


@given(st.integers(1, 250), st.integers(1, 40), st.integers(1, 60), st.integers(1, 30))
def test_every_id_and_day_is_answered_once_whatever_the_limit(ids, days, max_ids, max_days):
    report = Report()
    report.max_ids, report.max_days = max_ids, max_days
    start = date(2026, 11, 23) - timedelta(days=days - 1)
    whole = a_slice(range(1, ids + 1), str(start))

    found = covered(Sending(report).answers(whole))

    assert sorted(found) == sorted(covered([(whole, None)]))
    assert len(set(found)) == len(found)


# --- Several ids ---


def test_rows_of_two_ids_show_that_several_are_understood_without_a_probe():
    report = Report()

    Sending(report).answers(a_slice([1, 2]))

    assert report.probes == 0
    assert report.context.observed.ids.is_confirmed


def test_an_answer_about_one_id_at_most_takes_one_probe_a_sync():
    report = Report()
    report.idle = {str(each) for each in range(250)}

    for _ in range(3):
        Sending(report).answers(a_slice(range(250)))

    assert (report.probes, len(report.sent)) == (1, 3)


@pytest.mark.parametrize("otherwise", ["first", "refused"])
@pytest.mark.parametrize("understood", [{Form.COMMAS}, {Form.REPEATED}, set()])
@pytest.mark.parametrize("idle", [set(), {"1"}, {"2", "3", "4", "5"}])
def test_every_id_is_asked_for_in_a_form_that_is_understood(understood, otherwise, idle):
    report = Report()
    report.understands, report.otherwise, report.idle = understood, otherwise, idle

    answers = Sending(report).answers(a_slice(range(1, 6)))

    assert sorted(answered(answers)) == sorted({"1", "2", "3", "4", "5"} - idle)
    assert report.probes <= 2


def test_what_is_found_out_about_ids_holds_for_the_sync(caplog):
    report = Report()
    report.understands = {Form.REPEATED}
    Sending(report).answers(a_slice(range(1, 6)))
    report.sent.clear()
    probes = report.probes

    Sending(report).answers(a_slice(range(6, 11)))

    assert (len(report.sent), report.probes) == (1, probes)
    assert "ad_ids" in report.context.client.repeated_keys
    assert caplog.text.count("does not understand ids that are joined by commas") == 1


# --- The first day ---


@pytest.mark.parametrize("says", [True, False])
@pytest.mark.parametrize("is_daily", [True, False])
def test_a_first_day_that_is_refused_is_given_up_for_the_whole_sync(says, is_daily, caplog):
    report = Report(is_daily=is_daily)
    report.first_day, report.says_that_it_is_the_window = "2026-08-27", says

    answers = Sending(report).answers(a_slice([1, 2], FIRST_DAY))

    assert answers == [(a_slice([1, 2], "2026-08-27"), ["1", "2"])]
    assert report.context.observed.days.first(Reach.SYNCHRONOUS) == date(2026, 8, 27)
    assert str(report.context.observed.days.last_refused(Reach.SYNCHRONOUS)) == FIRST_DAY
    assert caplog.text.count("all their windows begin with 2026-08-27") == 1
    assert "midnight" not in caplog.text

    report.sent.clear()
    Sending(report).answers(a_slice([3, 4], FIRST_DAY))
    assert [each["start_date"] for each in report.sent] == ["2026-08-27"]


@pytest.mark.parametrize("kind", [RequestRefused, AccessDenied])
@pytest.mark.parametrize("at", range(1, 6))
def test_a_refusal_of_a_moment_costs_no_day(at, kind):
    """Pinterest has all days, and refuses an id as it would refuse them."""
    report = Report()
    report.first_day = "2026-01-01"
    report.refused_ids = {"2": refusal()}
    report.of_a_moment = {at: refusal("Not now.", kind)}

    with contextlib.suppress(PinterestError):
        Sending(report).answers(a_slice([1, 2, 3], start=FIRST_DAY, end="2026-08-31"))

    assert len(report.sent) >= at
    assert report.context.observed.days.last_refused(Reach.SYNCHRONOUS) is None


def test_midnight_is_named_when_it_has_passed(caplog):
    report = Report()
    report.context.observed = Observed(TODAY, set(), lambda: TODAY + timedelta(days=1))
    report.first_day = "2026-08-27"

    Sending(report).answers(a_slice([1, 2], FIRST_DAY))

    assert "midnight (UTC) has passed since the sync began" in caplog.text


def test_not_more_days_are_given_up_than_can_be_explained():
    report = Report()
    report.first_day = "2026-09-30"

    with pytest.raises(WindowRefused):
        Sending(report).answers(a_slice([1, 2], FIRST_DAY))

    first = report.context.observed.days.first(Reach.SYNCHRONOUS)
    assert (first - date.fromisoformat(FIRST_DAY)).days == limits.SKIPPABLE_FIRST_DAYS


def test_a_window_in_reach_that_is_refused_is_asked_for_again():
    report = Report()
    send, refusals = report.send, [2]

    def flaky(stream_slice: dict[str, Any]) -> list[str]:
        if refusals[0]:
            refusals[0] -= 1
            raise refusal("You can only get data from the last 90 days.", WindowRefused)
        return send(stream_slice)

    report.send = flaky  # type: ignore[method-assign]

    assert answered(Sending(report).answers(a_slice([1, 2]))) == ["1", "2"]
    assert report.context.observed.days.last_refused(Reach.SYNCHRONOUS) is None


# --- Columns and breakdowns ---


@pytest.mark.parametrize("are_named", [True, False])
@pytest.mark.parametrize("refused", [{"C7"}, {"C0", "C99"}, {"C3", "C4", "C50"}])
def test_columns_that_are_refused_are_left_out_and_no_others(are_named, refused, caplog):
    report = Report(columns=tuple(f"C{n}" for n in range(100)))
    report.names_what_it_refuses, report.refused_names = are_named, refused

    answers = Sending(report).answers(a_slice([1, 2]))

    assert answered(answers) == ["1", "2"]
    assert report.selection({}).left_out == refused
    assert len(report.sent) <= LIMITS.column_search_requests + 2
    assert caplog.text.count("Pinterest refuses ") == 1
    report.sent.clear()
    Sending(report).answers(a_slice([3, 4]))
    assert len(report.sent) == 1


@pytest.mark.parametrize("are_named", [True, False])
def test_breakdowns_that_are_refused_are_left_out_and_no_others(are_named):
    report = Report()
    report.names_what_it_refuses = are_named
    report.refused_names = {"AGE_BUCKET_AND_GENDER", "CREATIVE_ENHANCEMENTS"}
    types = ["AGE_BUCKET", "AGE_BUCKET_AND_GENDER", "CREATIVE_ENHANCEMENTS", "GENDER"]

    ((asked, body),) = Sending(report).answers(a_slice([1, 2], targeting_types=types))

    assert asked["targeting_types"] == ["AGE_BUCKET", "GENDER"]
    assert body == ["1", "2"]


@pytest.mark.parametrize("at", range(1, 7))
def test_a_search_leaves_out_nothing_if_another_one_finds_the_form_of_breakdowns_meanwhile(at):
    """Several breakdowns are refused as long as they are joined by commas."""
    report = Report()
    report.breakdown_form = form = report.context.observed.breakdowns

    def send(stream_slice: dict[str, Any]) -> list[str]:
        report.sent.append(stream_slice)
        if len(report.sent) == at and form.form is Form.COMMAS:
            form.refute(Form.COMMAS)
            raise refusal("No.")  # it went out before
        if len(stream_slice["targeting_types"]) > 1 and form.form is Form.COMMAS:
            raise refusal("No.")
        return stream_slice["ids"]

    report.send = send
    types = ["AGE_BUCKET", "GENDER", "COUNTRY", "KEYWORD"]

    ((asked, body),) = Sending(report).answers(a_slice([1, 2], targeting_types=types))

    assert asked["targeting_types"] == types
    assert body == ["1", "2"]
    assert form.form is Form.REPEATED
    assert report.selection({}).left_out == set()


def test_the_form_of_breakdowns_is_found_however_many_requests_may_look_for_what_is_refused():
    """Neither form is understood, and there are more columns than requests to look for refused ones."""
    report = Report(columns=tuple(f"COLUMN_{n}" for n in range(60)))
    report.breakdown_form = form = report.context.observed.breakdowns

    def send(stream_slice: dict[str, Any]) -> list[str]:
        if len(stream_slice["targeting_types"]) > 1:
            if form.is_single:
                raise TooLarge("several breakdowns")
            raise refusal("No.")
        return stream_slice["ids"]

    report.send = send
    types = ["AGE_BUCKET", "GENDER", *(f"KIND_{n}" for n in range(12))]

    with pytest.raises(TooLarge):
        Sending(report)._first_day_checked(a_slice([1], targeting_types=types))

    assert form.is_single
    assert report.selection({}).left_out == set()


def test_a_breakdown_that_another_request_finds_refused_while_this_one_is_made_costs_no_id():
    report = Report()
    report.refused_names = {"AGE_BUCKET_AND_GENDER"}
    sending = Sending(report)
    available_part = sending.available_part

    def found_meanwhile(stream_slice: dict[str, Any]) -> Any:
        within = available_part(stream_slice)
        report.selection({}).leave_out(["AGE_BUCKET_AND_GENDER"], refusal())
        return within

    sending.available_part = found_meanwhile  # type: ignore[method-assign]

    types = ["GENDER", "AGE_BUCKET_AND_GENDER"]
    ((part, _),) = sending.answers(a_slice([1], targeting_types=types))

    assert part["targeting_types"] == ["GENDER"]
    assert len(report.sent) == 2


def test_an_answer_with_other_breakdowns_says_nothing_of_those_that_are_refused():
    """Those of a level are two requests, and the second one may be answered first."""
    report = Report()
    report.names_what_it_refuses = False
    report.refused_names = {"AGE_BUCKET_AND_GENDER"}
    sending = Sending(report)

    sending.answers(a_slice([1, 2], targeting_types=["LOCATION"]))
    ((asked, body),) = sending.answers(
        a_slice([1, 2], targeting_types=["GENDER", "AGE_BUCKET_AND_GENDER"])
    )

    assert asked["targeting_types"] == ["GENDER"]
    assert body == ["1", "2"]


def test_an_answer_with_other_columns_says_nothing_of_those_that_are_refused():
    report = Report(columns=("SPEND",))
    report.names_what_it_refuses = False
    report.refused_names = {"CLICKS"}
    Sending(report).answers(a_slice([1, 2]))

    report.columns = ("SPEND", "CLICKS")  # as another stream asks for at the same endpoint

    assert answered(Sending(report).answers(a_slice([1, 2]))) == ["1", "2"]
    assert report.selection({}).left_out == {"CLICKS"}


@pytest.mark.parametrize("are_named", [True, False])
def test_a_request_for_refused_breakdowns_alone_has_no_rows(are_named):
    report = Report()
    report.names_what_it_refuses = are_named
    report.refused_names = {"CREATIVE_ENHANCEMENTS"}

    found = Sending(report).answers(a_slice([1], targeting_types=["CREATIVE_ENHANCEMENTS"]))

    assert found == []
    assert report.selection({}).left_out == {"CREATIVE_ENHANCEMENTS"}


def test_a_refusal_that_lists_what_is_allowed_is_about_what_it_says_before():
    report = Report(columns=("SPEND", "CLICKS"))
    send = report.send

    def listing(stream_slice: dict[str, Any]) -> list[str]:
        if "CLICKS" in report.asked(stream_slice):
            raise refusal("'CLICKS' is not one of ['SPEND', 'VIEWS']")
        return send(stream_slice)

    report.send = listing  # type: ignore[method-assign]

    assert answered(Sending(report).answers(a_slice([1, 2]))) == ["1", "2"]
    assert report.selection({}).left_out == {"CLICKS"}


def test_a_refusal_that_repeats_all_columns_costs_only_those_that_are_refused():
    report = Report(columns=tuple(f"C{n}" for n in range(11)))
    send = report.send

    def repeating(stream_slice: dict[str, Any]) -> list[str]:
        columns = report.asked(stream_slice)
        if {"C3", "C8"} & set(columns):
            raise refusal(f"columns (value {columns}) are not valid")
        return send(stream_slice)

    report.send = repeating  # type: ignore[method-assign]

    assert answered(Sending(report).answers(a_slice([1, 2]))) == ["1", "2"]
    assert report.selection({}).left_out == {"C3", "C8"}


def test_a_refusal_of_an_id_that_repeats_all_columns_costs_the_id_and_no_column():
    report = Report()
    report.refused_ids = {"2": refusal("(value ['SPEND', 'CLICKS']) is not for this ad")}

    answers = Sending(report).answers(a_slice([1, 2, 3]))

    assert sorted(answered(answers)) == ["1", "3"]
    assert list(left_out(answers)) == ["2"]
    assert report.selection({}).left_out == frozenset()


@pytest.mark.parametrize("kind", [RequestRefused, AccessDenied])
@pytest.mark.parametrize("are_named", [True, False])
@pytest.mark.parametrize("refused", [set(), {"AGE_BUCKET_AND_GENDER"}, {"C1"}])
@pytest.mark.parametrize("at", range(1, 19))
def test_a_refusal_of_a_moment_costs_no_column_and_no_breakdown(at, refused, are_named, kind):
    """One of the requests is refused, and would not be a second time."""
    report = Report(columns=("C0", "C1", "C2", "C3"))
    report.names_what_it_refuses, report.refused_names = are_named, refused
    report.of_a_moment = {at: refusal("Not now.", kind)}
    types = ["LOCATION", "AGE_BUCKET_AND_GENDER", "GENDER", "AGE_BUCKET"]

    answers = Sending(report).answers(a_slice([1, 2], targeting_types=types))

    assert report.selection({}).left_out <= refused
    assert {*answered(answers), *left_out(answers)} == {"1", "2"}
    assert len(left_out(answers)) <= 1


@pytest.mark.parametrize("seed", range(40))
def test_denials_of_a_moment_cost_no_column_and_no_breakdown_that_every_app_has(seed):
    report = Report(columns=("C0", "C1", "C2", "C3"))
    report.names_what_it_refuses = False
    report.refused_names = {"AGE_BUCKET_AND_GENDER", "C1"}
    send, draw = report.send, Random(seed)

    def moody(stream_slice: dict[str, Any]) -> list[str]:
        if draw.random() < 0.3:
            raise refusal("You are not permitted.", AccessDenied)
        return send(stream_slice)

    report.send = moody  # type: ignore[method-assign]
    types = ["LOCATION", "AGE_BUCKET_AND_GENDER", "GENDER", "AGE_BUCKET"]
    for ids in ([1, 2], [3, 4], [5, 6]):
        with contextlib.suppress(PinterestError):
            Sending(report).answers(a_slice(ids, targeting_types=types))

    assert report.selection({}).left_out <= report.refused_names


def test_a_search_has_an_end():
    report = Report(columns=tuple(f"C{n}" for n in range(64)))
    report.context = SyncContext(Limits(column_search_requests=6))
    report.names_what_it_refuses, report.refused_names = False, {"C1", "C40"}

    answers = Sending(report).answers(a_slice([1, 2]))

    assert answered(answers) == ["1", "2"]
    assert report.selection({}).left_out > {"C1", "C40"}
    assert len(report.sent) <= 6 + 3


# --- Ids that are refused ---

KINDS = [RequestRefused, AccessDenied, NotFound]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", [0, 1, 124, 125, 249])
def test_one_refused_id_is_left_out_alone(kind, place):
    report = Report()
    report.refused_ids = {str(place): refusal(kind=kind)}

    answers = Sending(report).answers(a_slice(range(250)))

    assert list(left_out(answers)) == [str(place)]
    assert sorted(map(int, answered(answers))) == [n for n in range(250) if n != place]
    assert [int(part["ids"][0]) for part, _ in answers] == sorted(
        int(part["ids"][0]) for part, _ in answers
    )
    assert len(report.sent) <= 2 * 8 + 4


def test_an_id_that_the_refusal_names_costs_two_requests():
    report = Report()
    report.refused_ids = {"77": refusal("Ad 77 is not yours.", AccessDenied)}

    answers = Sending(report).answers(a_slice(range(250)))

    assert list(left_out(answers)) == ["77"]
    assert len(report.sent) == 3


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ids", [1, 3, 250])
def test_an_account_that_is_refused_is_an_error_within_a_bound(kind, ids):
    report = Report()
    report.refused_ids = {str(n): refusal(kind=kind) for n in range(ids)}

    with pytest.raises(kind):
        Sending(report).answers(a_slice(range(ids)))

    assert len(report.sent) <= limits.REFUSALS_IN_A_ROW + 8


def test_an_account_that_has_failed_is_not_asked_for_its_other_slices():
    report = Report()
    report.refused_ids = {str(n): refusal(kind=AccessDenied) for n in range(500)}
    sending = Sending(report)
    with pytest.raises(AccessDenied):
        sending.answers(a_slice(range(250)))
    report.sent.clear()

    with pytest.raises(AccessDenied):
        sending.answers(a_slice(range(250, 500)))

    assert report.sent == []


def test_an_id_without_a_usable_answer_fails_alone_while_others_are_answered():
    report = Report()
    report.refused_ids = {"9": Unavailable("no usable answer", 500)}

    answers = Sending(report).answers(a_slice(range(20)))

    assert len(answered(answers)) == 19
    assert list(left_out(answers)) == ["9"]


@pytest.mark.parametrize("is_daily", [True, False])
@pytest.mark.parametrize("bad", ["1", "5", "250"])
@pytest.mark.parametrize("kind", [TooLarge, Unavailable])
def test_an_id_without_a_usable_answer_leaves_the_others_their_size(kind, bad, is_daily):
    report = Report(is_daily=is_daily)
    report.refused_ids = {bad: kind("too much", 413)}
    sending = Sending(report)

    answers = sending.answers(a_slice(range(1, 251)))

    good = [each for part, body in answers for each in part["ids"] if isinstance(body, list)]
    assert good == [str(each) for each in range(1, 251) if str(each) != bad]
    left = {each for part, body in answers for each in part["ids"] if not isinstance(body, list)}
    assert left == {bad}
    assert len(report.sent) < 40
    report.sent.clear()
    sending.answers(a_slice(range(251, 501)))
    assert report.sizes == [(250, 4)]


def test_a_refused_id_beside_a_refused_column_costs_both_themselves():
    report = Report(columns=tuple(f"C{n}" for n in range(10)))
    report.names_what_it_refuses, report.refused_names = False, {"C4"}
    report.refused_ids = {"0": refusal(), "200": refusal()}

    answers = Sending(report).answers(a_slice(range(250)))

    assert sorted(left_out(answers)) == ["0", "200"]
    assert len(answered(answers)) == 248
    assert report.selection({}).left_out == {"C4"}
