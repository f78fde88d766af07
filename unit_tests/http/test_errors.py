"""The sentence that an error shows the user, and which errors are of one kind."""

from __future__ import annotations

import pytest
from airbyte_cdk.models import FailureType

from source_pinterest.http import errors
from source_pinterest.http.errors import (
    REFUSALS,
    AccessDenied,
    EndpointRefused,
    PinterestError,
    RequestRefused,
    Unavailable,
    Unreachable,
    WindowRefused,
    WrongSettings,
)


def test_the_sentence_keeps_its_lines_and_loses_what_a_terminal_would_run():
    error = PinterestError("one\x1b[2J\r\ntwo\u202e", 403, 29)

    assert str(error) == "one[2J\ntwo"
    assert (error.status, error.code) == (403, 29)


@pytest.mark.parametrize(
    ("sentence", "summary"),
    [
        ("It refuses /ads (Pinterest: 400, code 1, no (such) ad). Report.", "no (such) ad"),
        ("It refuses /ads (Pinterest: 400, code 1, two\nlines). Report.", "two\nlines"),
    ],
)
def test_the_summary_is_pinterests_own_words(sentence, summary):
    assert PinterestError(sentence).error_summary == f"Pinterest: 400, code 1, {summary}"


def test_where_pinterest_said_nothing_the_summary_is_the_sentence():
    assert Unreachable("Nothing answers.").error_summary == "Nothing answers"


def test_errors_of_one_kind_have_their_type_status_and_code_in_common():
    error = AccessDenied("Ad account 1 is not yours.", 403, 29)

    assert error.reason == AccessDenied("Ad account 2 is not yours.", 403, 29).reason
    for other in (
        AccessDenied("", 403, 7),
        AccessDenied("", 401, 29),
        RequestRefused("", 403, 29),
    ):
        assert other.reason != error.reason


def test_a_smaller_request_may_help_only_where_pinterest_is_reached_and_takes_the_token():
    may_be_too_large = {
        each
        for each in (Unavailable, Unreachable, WrongSettings, EndpointRefused)
        if each("").may_be_too_large
    }

    assert may_be_too_large == {Unavailable}


def test_the_class_of_an_error_says_who_has_to_act():
    kinds: dict[FailureType, set[str]] = {}
    for name, kind in vars(errors).items():
        if isinstance(kind, type) and issubclass(kind, PinterestError):
            kinds.setdefault(kind("").failure_type, set()).add(name)

    assert kinds == {
        FailureType.config_error: {
            *("LoginRefused", "CannotRenew", "AccessDenied", "NotFound", "ChoiceRefused"),
            "WrongSettings",
        },
        FailureType.transient_error: {
            "RateLimited",
            "Unavailable",
            "Unreachable",
            "EndpointRefused",
        },
        FailureType.system_error: {
            *("PinterestError", "RequestRefused", "WindowRefused", "TooLarge", "SyncEnded"),
        },
    }


def test_a_refused_window_is_a_refusal_and_an_outage_is_none():
    assert isinstance(WindowRefused(""), REFUSALS)
    assert not isinstance(Unavailable(""), REFUSALS)


def test_the_fact_is_the_sentence_without_the_request_to_report_it():
    fact = "Pinterest refuses the request to /ads (Pinterest: 400, code 1, No)."

    assert RequestRefused(f"{fact} Please report this.").fact == fact
    assert RequestRefused(fact).fact == fact
