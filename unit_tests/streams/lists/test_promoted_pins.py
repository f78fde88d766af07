"""The Pin of each ad, once, and what a refusal or a strange answer costs."""

from __future__ import annotations

import logging
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
    assert output.state[ACCOUNT]["ad_updated_time"] == 1_760_000_000
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


def listing(*ads: dict[str, object]) -> Pinterest:
    """A Pinterest whose only ad account has these ads."""
    pinterest = Pinterest()
    items = [{"id": str(30 + number), "status": "ACTIVE", **ad} for number, ad in enumerate(ads, 1)]
    answer = Reply(200, {"items": items, "bookmark": None})
    pinterest.faults.append(
        lambda path, _: answer if path == f"/ad_accounts/{ACCOUNT}/ads" else None
    )
    return pinterest


UPDATED = 1_760_000_000


@pytest.mark.parametrize("pin", ["abc", 1.5, True, ["71"], "²", "\uff11", {"id": "71"}])
def test_an_ad_whose_pin_has_no_usable_id_is_left_out_alone(pin):
    pinterest = listing({"pin_id": pin}, {"pin_id": "72", "updated_time": UPDATED})

    output = read(PromotedPins(context(pinterest)))  # type: ignore[arg-type]

    assert [each["pin_id"] for each in output.records] == ["72"]
    assert "which is not an id" in output.error
    assert "ad 31" in output.error
    assert output.state[ACCOUNT]["ad_updated_time"] == UPDATED


def test_ads_that_promote_no_pin_have_no_row_and_it_is_reported(caplog):
    caplog.set_level(logging.INFO)

    read(PromotedPins(context(listing({"pin_id": None}, {"pin_id": "72"}))))  # type: ignore[arg-type]
    read(PromotedPins(context(listing({"pin_id": None}, {}))))  # type: ignore[arg-type]

    assert "1 of 2 ads of ad account" in caplog.text
    assert f"none of the 2 ads of ad account {ACCOUNT} promotes a Pin" in caplog.text


@pytest.mark.parametrize("updated", [UPDATED * 1_000, 4_102_444_800])
def test_an_update_in_the_future_does_not_hide_those_before_it(updated):
    first = listing({"pin_id": "71", "updated_time": updated}, {"pin_id": "72"})
    shared = context(first)
    state = read(PromotedPins(shared)).state  # type: ignore[arg-type]
    later = shared.started_at + 1
    again = listing(
        {"pin_id": "71", "updated_time": updated}, {"pin_id": "72", "updated_time": later}
    )

    output = read(PromotedPins(context(again)), state)  # type: ignore[arg-type]

    assert state[ACCOUNT]["ad_updated_time"] == shared.started_at
    assert [each["pin_id"] for each in output.records] == ["71", "72"]


@pytest.mark.parametrize("updated", [-5, 0, None, "soon", 1.5])
def test_an_ad_without_the_time_of_its_update_is_read_in_each_sync(updated):
    ad = {"pin_id": "71", "updated_time": updated, "created_time": UPDATED}
    output = read(PromotedPins(context(listing(ad))))  # type: ignore[arg-type]

    again = read(PromotedPins(context(listing(ad))), output.state)  # type: ignore[arg-type]

    assert [each["ad_updated_time"] for each in again.records] == [UPDATED]
    assert not again.error


def test_an_ad_that_the_list_has_late_is_read_though_its_update_is_old():
    known = {"pin_id": "72", "updated_time": UPDATED + 9}
    state = read(PromotedPins(context(listing(known)))).state  # type: ignore[arg-type]
    late = {"id": "99", "pin_id": "71", "updated_time": UPDATED}

    output = read(PromotedPins(context(listing(known, late))), state)  # type: ignore[arg-type]

    assert "99" in [each["ad_id"] for each in output.records]


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
