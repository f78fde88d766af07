"""The streams of a sync share one request for the ad accounts; which of them are read, and why others are not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from source_pinterest.api.limits import LIMITS
from source_pinterest.http.errors import Unavailable
from source_pinterest.sync.ad_accounts import roles_of, unseen
from unit_tests.http.scripted import Reply
from unit_tests.streams.pinterest import ACCOUNT, AD_ACCOUNT, USER, Pinterest, context


def listing(*items: Any) -> Pinterest:
    pinterest = Pinterest()
    pinterest.faults.append(
        lambda path, _: (
            Reply(200, {"items": list(items), "bookmark": None}) if path == "/ad_accounts" else None
        )
    )
    return pinterest


def test_all_that_the_login_sees_and_may_read_are_read_by_ascending_id(caplog):
    guest = {**AD_ACCOUNT, "id": "9", "name": "Hats", "permissions": ["AUDIENCE_MANAGER"]}
    first = {**AD_ACCOUNT, "id": "7", "currency": None, "owner": None, "permissions": None}

    found = context(listing(AD_ACCOUNT, guest, first)).ad_accounts()

    assert [each.id for each in found] == ["7", ACCOUNT]
    assert [each.currency for each in found] == [None, "EUR"]
    assert "Ad account 9 (Hats) is left out" in caplog.text


def test_of_those_that_are_named_each_has_an_account_or_a_refusal():
    named = ["7", ACCOUNT]

    seven, mine = context(listing(AD_ACCOUNT), ad_account_ids=named).ad_accounts()

    assert "this login does not see it" in seven.refusal
    assert not mine.refusal


def test_one_that_is_named_is_read_whatever_its_roles():
    guest = {**AD_ACCOUNT, "permissions": ["AUDIENCE_MANAGER"]}

    (found,) = context(listing(guest), ad_account_ids=[ACCOUNT]).ad_accounts()

    assert not found.refusal


def test_an_account_without_an_id_is_one_that_cannot_be_read():
    *_, last = context(listing(AD_ACCOUNT, {"name": "Ghost"}, 7)).ad_accounts()

    assert "has items that are left out: 2 without an id" in last.refusal


def test_the_first_of_two_with_the_same_id_is_read_and_the_other_one_is_reported(caplog):
    shared = {**AD_ACCOUNT, "currency": "USD", "permissions": ["AUDIENCE_MANAGER"]}

    (found,) = context(listing(AD_ACCOUNT, shared)).ad_accounts()

    assert found.currency == "EUR"
    assert (
        f"ad_accounts: Pinterest listed an item twice on one page with different content ({ACCOUNT})"
        in caplog.text
    )


def test_ad_accounts_are_requested_once():
    pinterest = listing(AD_ACCOUNT)
    sync = context(pinterest)

    sync.ad_accounts()
    sync.listed_ad_accounts()
    sync.ad_accounts()

    assert len(pinterest.requests) == 1


def once(pinterest: Pinterest, path: str, body: Any) -> Pinterest:
    """The first answer to a path is another one."""
    left = [body]
    pinterest.faults.insert(
        0, lambda asked, _: Reply(200, left.pop()) if left and asked == path else None
    )
    return pinterest


OTHERS = [{**AD_ACCOUNT, "id": "9"}]


@pytest.mark.parametrize(
    ("answer", "known"),
    [
        ([], []),
        (OTHERS, ["9", ACCOUNT]),
        ([*OTHERS, {**AD_ACCOUNT, "permissions": []}], ["9", ACCOUNT]),
    ],
)
def test_an_answer_that_lacks_an_ad_account_is_asked_for_once_more(answer, known):
    pinterest = once(
        listing(AD_ACCOUNT, *OTHERS), "/ad_accounts", {"items": answer, "bookmark": None}
    )
    sync = context(pinterest)
    sync.expect_owners(known, [])

    assert [each.id for each in sync.ad_accounts()] == ["9", ACCOUNT]
    assert len(pinterest.requests) == 2


def test_an_ad_account_that_is_gone_is_asked_for_twice_and_the_others_are_read():
    pinterest = listing(AD_ACCOUNT)
    sync = context(pinterest)
    sync.expect_owners(["9", ACCOUNT], [])

    assert [each.id for each in sync.ad_accounts()] == [ACCOUNT]
    assert len(pinterest.requests) == 2


ANOTHER_USER = {**USER, "id": "8"}


def test_another_user_than_before_is_asked_for_once_more(caplog):
    pinterest = once(Pinterest(), "/user_account", ANOTHER_USER)
    sync = context(pinterest)
    sync.expect_owners([], [USER["id"]])

    assert sync.user()["id"] == USER["id"]
    assert not caplog.records


def test_another_user_than_before_who_stays_is_read_and_reported(caplog):
    pinterest = Pinterest()
    sync = context(pinterest)
    sync.expect_owners([], ["8"])

    assert sync.user()["id"] == USER["id"]
    assert len(pinterest.requests) == 2
    assert f"that of user {USER['id']}, and earlier syncs have read user 8" in caplog.text


@pytest.mark.parametrize(("listed", "shown"), [({}, "none"), ({"10": {}, "9": {}}, "9, 10")])
def test_the_refusal_of_an_ad_account_that_is_not_seen_names_those_that_are(listed, shown):
    assert f"(it sees: {shown})" in unseen("7", listed)


def test_roles_are_a_list_of_texts_or_nothing():
    assert roles_of({"permissions": ["OWNER"]}) == ["OWNER"]
    assert roles_of({"permissions": [7]}) is None
    assert roles_of({}) is None


def test_a_list_of_ad_accounts_that_repeats_its_pages_for_ever_is_reported():
    pinterest = Pinterest()
    numbers = iter(range(1_000))
    pinterest.faults.append(
        lambda *_: Reply(
            200, {"items": [{**AD_ACCOUNT, "new": (n := next(numbers))}], "bookmark": f"b{n}"}
        )
    )

    with pytest.raises(Unavailable, match="/ad_accounts does not end: page after page has what"):
        context(pinterest, limits=replace(LIMITS, empty_pages=3)).ad_accounts()

    assert len(pinterest.requests) == 5
