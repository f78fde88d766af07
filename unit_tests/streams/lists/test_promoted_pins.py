"""The Pin of each ad, once, and what a refusal or a strange answer costs."""

from __future__ import annotations

import threading

import pytest
from airbyte_cdk.utils import AirbyteTracedException

from source_pinterest.streams.lists.promoted_pins import PromotedPins
from unit_tests.http.scripted import Reply
from unit_tests.streams.analytics.reading import read
from unit_tests.streams.pinterest import ACCOUNT, AD_ACCOUNT, Pinterest, context


def test_a_pin_that_three_ads_promote_is_asked_for_once_as_the_ad_accounts_owner():
    pinterest = Pinterest()

    output = read(PromotedPins(context(pinterest)))  # type: ignore[arg-type]

    assert pinterest.asked("/pins/71") == [{"ad_account_id": ACCOUNT}]
    assert [each["ad_id"] for each in output.records] == ["31", "32", "33"]
    assert {each["landing_page_url"] for each in output.records} == {"https://pin.test"}
    assert output.state == {ACCOUNT: {"ad_updated_time": 1_760_000_000}}
    assert not output.error


def test_the_answer_about_another_pin_is_no_record_and_costs_this_pin_alone():
    pinterest = Pinterest()
    ads = [
        {
            "id": each,
            "name": each,
            "status": "ARCHIVED",
            "pin_id": pin,
            "updated_time": 1_760_000_000,
        }
        for each, pin in (("31", "71"), ("32", "72"))
    ]
    answers = {
        "/pins/71": Reply(200, {"id": "70"}),
        f"/ad_accounts/{ACCOUNT}/ads": Reply(200, {"items": ads, "bookmark": None}),
    }
    pinterest.faults.append(lambda path, _: answers.get(path))

    output = read(PromotedPins(context(pinterest)))  # type: ignore[arg-type]

    assert [each["pin_id"] for each in output.records] == ["72"]
    assert "Pinterest answers with Pin 70 where Pin 71 was requested" in output.error
    assert output.states[-1][ACCOUNT]["missing"] == ["71"]


def test_a_state_of_another_kind_is_refused():
    stream = PromotedPins(context(Pinterest()))

    with pytest.raises(AirbyteTracedException, match="was not written by this connector"):
        stream.state = {ACCOUNT: {"ad_updated_time": "2026-11-24"}}


OTHER = "549755885176"


def two_ad_accounts(path: str, _: dict[str, str]) -> Reply | None:
    """The second one promotes another Pin than the first."""
    if path == "/ad_accounts":
        items = [AD_ACCOUNT, {**AD_ACCOUNT, "id": OTHER}]
        return Reply(200, {"items": items, "bookmark": None})
    if path == f"/ad_accounts/{OTHER}/ads":
        ad = {"id": "41", "name": "Four", "status": "ARCHIVED", "pin_id": "72"}
        return Reply(200, {"items": [ad], "bookmark": None})
    return None


def test_the_pins_of_several_ad_accounts_are_read_at_the_same_time():
    pinterest = Pinterest()
    meeting = threading.Barrier(2, timeout=60)
    pinterest.faults.append(two_ad_accounts)
    pinterest.before = lambda request: meeting.wait() if "/pins/" in request.url else None

    output = read(PromotedPins(context(pinterest)))  # type: ignore[arg-type]

    assert sorted(each["ad_id"] for each in output.records) == ["31", "32", "33", "41"]
    assert sorted(output.state) == [ACCOUNT, OTHER]
    assert not output.error


def test_an_ad_account_that_fails_stops_no_other():
    pinterest = Pinterest()
    outage = Reply(500)
    pinterest.faults += [two_ad_accounts, lambda path, _: outage if path == "/pins/71" else None]

    output = read(PromotedPins(context(pinterest)))  # type: ignore[arg-type]

    assert [each["ad_id"] for each in output.records] == ["41"]
    assert f"promoted_pins of ad account {ACCOUNT}" in output.error
    assert list(output.states[-1]) == [OTHER]
