"""The probes of splits and filters, above all where Pinterest does not divide."""

from __future__ import annotations

import pytest

from source_pinterest.api.organic import FILTERS, breakdown_values
from source_pinterest.verify.findings import Result
from source_pinterest.verify.probes import splits
from source_pinterest.verify.subject import NotAsked
from unit_tests.http.scripted import Reply
from unit_tests.verify.account import Account, Request, exchange, found, refusal, results

USER, PIN = "GET /user_account/analytics", "GET /pins/1/analytics"
WEEK = [f"2026-11-{day}" for day in range(17, 24)]


def days(impressions: int) -> dict[str, object]:
    return {
        "daily_metrics": [{"date": day, "metrics": {"IMPRESSION": impressions}} for day in WEEK]
    }


def right(request: Request) -> Reply:
    """As the connector takes it."""
    if breakdown := request.value("split_field"):
        return Reply(200, {each: days(len(each)) for each in breakdown_values(breakdown)})
    value = next((request.value(each) for each in FILTERS.values() if request.value(each)), "")
    return Reply(200, {"all": days(len(value))})


def whole(request: Request) -> Reply:  # noqa: ARG001
    """Neither splits nor filters are understood."""
    return Reply(200, {"all": days(4)})


def small(request: Request) -> Reply:
    reply = right(request)
    assert isinstance(reply.body, dict)
    return Reply(200, {name.lower(): each for name, each in reply.body.items()})


def renamed(request: Request) -> Reply:
    return Reply(200, {"PHONE": days(1)}) if request.value("split_field") else right(request)


def pins(answer: object, *listed: dict[str, object]):
    account = Account({PIN: answer})
    with account.answering():
        subject = account.subject()
        subject.open()
        subject.exchanges.append(exchange("/pins", {"items": listed, "bookmark": None}))
        return {each.belief: each for each in splits.of_pins.find(subject)}


@pytest.mark.parametrize(
    ("answer", "split", "filters"),
    [
        (right, Result.HOLDS, Result.HOLDS),
        (small, Result.HOLDS, Result.HOLDS),
        (whole, Result.DIFFERS, Result.DIFFERS),
        (renamed, Result.DIFFERS, Result.HOLDS),
        (refusal("No."), Result.DIFFERS, Result.DIFFERS),
        (lambda _: Reply(200, {"all": {"daily_metrics": []}}), Result.DIFFERS, Result.UNKNOWN),
    ],
)
def test_splits_and_filters_of_the_user(answer, split, filters):
    told = results(found(splits.of_the_user, {USER: answer}))

    assert told == {
        "splits-of-the-users-analytics": split,
        "filters-of-the-users-analytics": filters,
    }


def test_the_values_and_numbers_are_named():
    told = found(splits.of_the_user, {USER: right})

    assert "SOURCE has YOUR_PINS, OTHER_PINS" in told["splits-of-the-users-analytics"].detail
    assert "PAID 28, ORGANIC 49" in told["filters-of-the-users-analytics"].detail


def other_numbers(request: Request) -> Reply:
    return right(request) if request.value("split_field") else Reply(200, {"all": days(9)})


@pytest.mark.parametrize(
    ("answer", "result", "words"),
    [
        (right, Result.HOLDS, "The split has MOBILE, TABLET, WEB. The app types have"),
        (whole, Result.DIFFERS, "The split has no values."),
        (renamed, Result.DIFFERS, "The split has PHONE."),
        (other_numbers, Result.DIFFERS, "the filter has other numbers for MOBILE, TABLET, WEB"),
        (refusal("No."), Result.DIFFERS, "a refusal (Pinterest: 400, code 1, No)"),
    ],
)
def test_app_types_of_a_pin(answer, result, words):
    told = pins(answer, {"id": "1", "is_owner": True})["app-types-of-pins"]

    assert told.result is result
    assert words in told.detail


@pytest.mark.parametrize("listed", [[], [{"id": "1", "is_owner": False}]])
def test_without_a_pin_of_ones_own_nothing_is_told(listed):
    with pytest.raises(NotAsked):
        pins(right, *listed)
