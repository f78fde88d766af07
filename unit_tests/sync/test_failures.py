"""How a stream says what is missing: the first of each kind, and how many more, however many there are."""

from __future__ import annotations

import logging
import threading

import pytest
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils import AirbyteTracedException

from source_pinterest.http.errors import (
    AccessDenied,
    LoginRefused,
    NotFound,
    RequestRefused,
    Unavailable,
)
from source_pinterest.sync.failures import Failures

USD, EUR = "549755885175", "549756933748"


def raised(failures: Failures) -> AirbyteTracedException:
    with pytest.raises(AirbyteTracedException) as caught:
        failures.raise_if_any("ad_analytics")
    return caught.value


def message(failures: Failures) -> str:
    return str(raised(failures).message)


def refused(number: object) -> RequestRefused:
    return RequestRefused(
        f"Pinterest refuses the request to /ads/{number} (Pinterest: 400, code 1, no such ad). "
        "Please report this.",
        400,
        1,
    )


def test_without_failures_nothing_is_raised():
    Failures().raise_if_any("ad_analytics")


def test_an_account_that_fails_is_named_and_its_state_must_not_move():
    failures = Failures()

    failures.add(USD, f"ad_analytics of ad account {USD}", AccessDenied("Not yours.", 403, 29))

    assert failures.failed_accounts == {USD}
    assert message(failures) == (
        f"ad_analytics is incomplete. Missing: ad_analytics of ad account {USD}: Not yours."
    )


def test_what_is_noted_is_missing_too_and_the_state_moves():
    failures = Failures()

    failures.note("ads of the list", Unavailable("Two items have no id."))

    assert failures.failed_accounts == set()
    assert message(failures) == (
        "ad_analytics is incomplete. Missing: ads of the list: Two items have no id."
    )


def test_elements_that_are_left_out_for_one_reason_share_a_sentence(caplog):
    failures = Failures()

    for ad in ("1", "2", "3", "2"):  # the second of two days
        failures.note(f"ads of ad account {USD}", refused(ad), element=ad)
    failures.note(f"ads of ad account {EUR}", refused("9"), element="9")
    failures.note(
        f"ads of ad account {USD}", NotFound("(Pinterest: 404, code 50, no)", 404, 50), "4"
    )

    assert len(caplog.messages) == 5
    assert message(failures).split("\n") == [
        f"ad_analytics is incomplete. Missing: 3 ads of ad account {USD} were left out "
        "(Pinterest: 400, code 1, no such ad): 1, 2, 3",
        f"1 of the ads of ad account {EUR} was left out (Pinterest: 400, code 1, no such ad): 9",
        f"1 of the ads of ad account {USD} was left out (Pinterest: 404, code 50, no): 4",
        "Each sync asks again for what was left out.",
    ]


def test_the_first_three_of_each_kind_are_named_and_the_others_counted():
    failures = Failures()

    for number in range(10_000):
        failures.add(USD, f"Pin {number}", AccessDenied("Not yours.", 403, 29))
    for number in range(4):
        failures.add(USD, f"Pin {number}", Unavailable("Down."))
    for number in range(2_500):
        failures.note("ads of it", refused(number), element=str(number))

    assert message(failures).split("\n") == [
        "ad_analytics is incomplete. Missing: Pin 0: Not yours.",
        "Pin 1: Not yours.",
        "Pin 2: Not yours.",
        "and 9,997 more like these",
        "Pin 0: Down.",
        "Pin 1: Down.",
        "Pin 2: Down.",
        "and 1 more like these",
        "2,500 ads of it were left out (Pinterest: 400, code 1, no such ad): 0, 1, 2 and 2,497 more",
        "Each sync asks again for what was left out.",
    ]


def test_elements_of_many_accounts_are_counted_together():
    failures = Failures()

    for account in range(5_000):
        for ad in ("1", "2"):
            failures.note(f"ads of ad account {account}", refused(ad), element=ad)

    lines = message(failures).split("\n")
    assert len(lines) == 5
    assert lines[-2] == "and 9,994 more like these"


def test_the_log_has_a_hundred_lines_and_a_count(caplog):
    failures = Failures()

    for number in range(10_000):
        failures.add(USD, f"Pin {number}", AccessDenied("Not yours.", 403, 29))
    raised(failures)

    assert len(caplog.messages) == 101
    assert caplog.messages[99] == "Missing: Pin 99: Not yours."
    assert caplog.messages[100] == "ad_analytics: 9,900 more failures are not in the log."
    assert {each.levelno for each in caplog.records} == {logging.ERROR}


@pytest.mark.no_cover
def test_whatever_pinterest_says_the_error_stays_short(caplog):
    failures = Failures()

    for code in range(1_000):
        error = RequestRefused(f"No (Pinterest: 400, code {code}, {'x' * 10_000}).", 400, code)
        failures.add(USD, "n" * 10_000, error)
        failures.note("n" * 10_000, error, element="e" * 10_000)

    error = raised(failures)
    assert len(str(error.message)) < 100_000
    assert len(str(error.internal_message)) < 100_000
    assert str(error.message).endswith(
        "\nand failures of 980 more kinds\nEach sync asks again for what was left out."
    )
    assert sum(map(len, caplog.messages)) < 200_000


@pytest.mark.parametrize(
    ("errors", "failure_type"),
    [
        ([AccessDenied("No.")], FailureType.config_error),
        ([AccessDenied("No."), Unavailable("Down.")], FailureType.transient_error),
        ([Unavailable("Down."), refused(1)], FailureType.system_error),
    ],
)
def test_the_failure_type_is_that_of_the_worst(errors, failure_type):
    failures = Failures()
    for each in errors:
        failures.note("ads", each, element="1")

    assert raised(failures).failure_type == failure_type


@pytest.mark.parametrize("element", [None, "1"])
def test_a_login_that_is_refused_ends_everything(element):
    with pytest.raises(LoginRefused):
        Failures().note("ads", LoginRefused("Log in again."), element)
    with pytest.raises(LoginRefused):
        Failures().add(USD, "ads", LoginRefused("Log in again."))


def test_many_threads_may_say_what_they_miss():
    failures = Failures()

    def work(first: int) -> None:
        for number in range(first, first + 500):
            failures.note("ads of it", refused(number), element=str(number))

    threads = [threading.Thread(target=work, args=(500 * each,)) for each in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert "4,000 ads of it were left out" in message(failures)
