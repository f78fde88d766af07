"""Which day it is in an ad account, and whether Pinterest counts so."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

import pytest

from source_pinterest.http.errors import AccessDenied, ChoiceRefused, RequestRefused, Unavailable
from source_pinterest.sync.ad_accounts import AdAccount
from source_pinterest.sync.local_days import LocalDays

LOS_ANGELES = AdAccount("7", time_zone="America/Los_Angeles")
TOKYO = AdAccount("8", time_zone="Asia/Tokyo")
LONDON = AdAccount("9", time_zone="Europe/London")
NOWHERE = AdAccount("10")
EVENING = int(datetime(2026, 11, 24, 20, tzinfo=timezone.utc).timestamp())
NIGHT = int(datetime(2026, 11, 24, 3, tzinfo=timezone.utc).timestamp())

SPEND = [{"DATE": "2026-11-23", "SPEND_IN_MICRO_DOLLAR": 5}]
MORE = [{"DATE": "2026-11-23", "SPEND_IN_MICRO_DOLLAR": 6}]
REFUSED = RequestRefused("Pinterest refuses the request (Pinterest: 1, no beta).", 400, 1)
FORBIDDEN = AccessDenied("No.", 403)


class Client:
    """Answers by ad account, with and without the time zone."""

    def __init__(self, own: Any, pinterests: Any, of_others: Any = None) -> None:
        self._answers = {True: own, False: pinterests}
        self._of_others = of_others
        self.asked: list[tuple[str, bool]] = []

    def get(self, path: str, params: dict[str, Any], category: str, is_expected: Any) -> Any:
        assert category == "ads_analytics"
        account, is_own = path.split("/")[2], "reporting_timezone" in params
        self.asked.append((account, is_own))
        body = self._answers[is_own]
        if account != TOKYO.id and self._of_others is not None:
            body = self._of_others
        if isinstance(body, Exception):
            raise body
        assert is_expected(body)
        return body


def days(client: Client, started_at: int = EVENING) -> LocalDays:
    return LocalDays(client, started_at)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("account", "evening", "night"),
    [
        (TOKYO, "2026-11-25", "2026-11-24"),
        (LONDON, "2026-11-24", "2026-11-24"),
        (LOS_ANGELES, "2026-11-24", "2026-11-23"),
        (NOWHERE, "2026-11-24", "2026-11-23"),
        (AdAccount("11", time_zone="Mars/Olympus"), "2026-11-24", "2026-11-23"),
    ],
)
def test_it_is_another_day_in_another_time_zone(account, evening, night):
    client = Client(SPEND, SPEND)

    assert days(client).today(account) == date.fromisoformat(evening)
    assert days(client, NIGHT).today(account) == date.fromisoformat(night)


def test_two_requests_a_sync_show_that_pinterest_counts_so(caplog):
    client = Client(SPEND, MORE)
    found = days(client)

    found.verify([LOS_ANGELES, TOKYO])
    found.verify([LOS_ANGELES, TOKYO])

    assert client.asked == [("8", True), ("8", False)]  # Tokyo's offset is the largest
    assert caplog.text == ""


def test_the_same_numbers_are_warned_of(caplog):
    days(Client(SPEND, SPEND)).verify([TOKYO])

    assert "Pinterest may have ignored `reporting_timezone`" in caplog.text


def row(spend: Any, day: str = "2026-11-23") -> dict[str, Any]:
    return {"DATE": day, "SPEND_IN_MICRO_DOLLAR": spend}


@pytest.mark.parametrize(
    ("own", "pinterests"),
    [
        ([row("5")], [row(5.0)]),
        ([row(5, "2026-11-23T00:00:00")], [row(5), row("0", "2026-11-22")]),
    ],
)
def test_the_same_numbers_in_other_words_are_the_same(own, pinterests, caplog):
    days(Client(own, pinterests)).verify([TOKYO])

    assert "Pinterest may have ignored `reporting_timezone`" in caplog.text


def test_an_account_without_spend_shows_nothing_and_the_next_one_is_compared(caplog):
    client = Client([row("0")], [row("0")], of_others=SPEND)

    days(client).verify([TOKYO, LOS_ANGELES, LONDON])

    assert client.asked == [("8", True), ("7", True), ("7", False)]
    assert "Ad account 7 has the same spend" in caplog.text


@pytest.mark.parametrize(
    ("accounts", "spend"),
    [
        ([LONDON], SPEND),
        ([NOWHERE], SPEND),
        *(([TOKYO], [row(spend)] * 2) for spend in ("0", 0.0, None, "n/a", "NaN")),
        ([TOKYO], []),
        ([TOKYO], [{"DATE": "2026-11-23"}]),
    ],
)
def test_what_cannot_differ_is_not_compared(accounts, spend):
    client = Client(spend, spend)

    days(client).verify(accounts)

    assert [is_own for _, is_own in client.asked] == [True]


def test_a_refusal_of_these_days_is_remembered_for_the_sync():
    client = Client(REFUSED, SPEND)
    found = days(client)

    for _ in range(2):
        with pytest.raises(ChoiceRefused, match="PINTEREST_TIME_ZONE, or ask Pinterest"):
            found.verify([TOKYO])

    assert len(client.asked) == 2


def test_an_account_that_refuses_everything_says_nothing_about_days():
    client = Client(FORBIDDEN, FORBIDDEN, of_others=SPEND)

    days(client).verify([TOKYO, LOS_ANGELES])

    assert client.asked[:3] == [("8", True), ("8", False), ("7", True)]
    days(Client(FORBIDDEN, FORBIDDEN)).verify([TOKYO])
    days(Client(FORBIDDEN, FORBIDDEN)).verify([AdAccount("12", refusal="Not seen.")])


def test_an_outage_is_an_outage():
    with pytest.raises(Unavailable):
        days(Client(Unavailable("Down."), SPEND)).verify([TOKYO])
