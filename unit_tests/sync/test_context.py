"""What the streams of a sync share is asked for once: which ad accounts it reads, and why not others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from source_pinterest.api.limits import LIMITS
from source_pinterest.http.errors import Unavailable
from source_pinterest.sync.ad_accounts import roles_of, unseen
from unit_tests.http.scripted import Reply
from unit_tests.streams.pinterest import ACCOUNT, AD_ACCOUNT, Pinterest, context


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


def test_the_first_of_two_with_the_same_id_is_read_and_the_other_one_is_said(caplog):
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


@pytest.mark.parametrize(("listed", "shown"), [({}, "none"), ({"10": {}, "9": {}}, "9, 10")])
def test_the_refusal_of_an_ad_account_that_is_not_seen_names_those_that_are(listed, shown):
    assert f"(it sees: {shown})" in unseen("7", listed)


def test_roles_are_a_list_of_texts_or_nothing():
    assert roles_of({"permissions": ["OWNER"]}) == ["OWNER"]
    assert roles_of({"permissions": [7]}) is None
    assert roles_of({}) is None


# --- The end of a list ---


def pages(*bodies: Any, **options: Any) -> tuple[list[Any], Pinterest]:
    """The pages of a list that answers with these bodies, the last of them for ever."""
    left = list(bodies)
    pinterest = Pinterest()
    pinterest.faults.append(lambda *_: Reply(200, left.pop(0) if len(left) > 1 else left[0]))
    return list(context(pinterest, **options).pages("/boards", "org_read")), pinterest


def page(number: int, **bookmark: Any) -> dict[str, Any]:
    return {"items": [{"id": str(number)}], **bookmark}


@pytest.mark.parametrize("end", [{}, {"bookmark": None}])
def test_a_list_ends_with_null_or_without_a_bookmark(end, caplog):
    found, pinterest = pages(page(1, bookmark="next"), page(2, **end))

    assert found == [[{"id": "1"}], [{"id": "2"}]]
    assert [each.get("bookmark") for each in pinterest.asked("/boards")] == [None, "next"]
    assert not caplog.records


@pytest.mark.parametrize(("sent", "asked"), [(0, "0"), (-1, "-1"), (2**70, str(2**70))])
def test_a_bookmark_that_is_a_number_is_no_end(sent, asked):
    found, pinterest = pages(page(1, bookmark=sent), page(2))

    assert found == [[{"id": "1"}], [{"id": "2"}]]
    assert pinterest.asked("/boards")[1]["bookmark"] == asked


@pytest.mark.parametrize("sent", [False, True, [], {}, ["next"], 1.5, float("nan")])
def test_a_bookmark_of_another_type_is_no_end_and_is_asked_for_again(sent):
    found, _ = pages(page(1, bookmark=sent), page(1, bookmark="next"), page(2))

    assert found == [[{"id": "1"}], [{"id": "2"}]]
    with pytest.raises(Unavailable, match="a body that is not what this endpoint answers"):
        pages(page(1, bookmark=sent))


def test_an_empty_bookmark_is_asked_for_again(caplog):
    found, _ = pages(page(1, bookmark=""), page(1, bookmark="next"), page(2))

    assert found == [[{"id": "1"}], [{"id": "2"}]]
    assert not caplog.records


def test_an_empty_bookmark_that_stays_is_the_end_and_is_said(caplog):
    found, pinterest = pages(page(1, bookmark="next"), page(2, bookmark=""))

    assert found == [[{"id": "1"}], [{"id": "2"}]]
    assert len(pinterest.requests) == 3
    assert "/boards: Pinterest ended the list with an empty bookmark" in caplog.text


def test_an_empty_bookmark_on_a_full_page_is_no_end():
    with pytest.raises(Unavailable, match="/boards may be cut: a full page has an empty bookmark"):
        pages(page(1, bookmark=""), limits=replace(LIMITS, page_size=1))


def test_a_page_that_repeats_another_one_is_asked_for_again():
    found, pinterest = pages(page(1, bookmark="a"), page(1, bookmark="b"), page(2))

    assert found == [[{"id": "1"}], [{"id": "2"}]]
    assert [each.get("bookmark") for each in pinterest.asked("/boards")] == [None, "a", "a"]


@pytest.mark.parametrize("end", [None, "", "b"])
def test_a_page_that_repeats_another_one_twice_is_said(end):
    turns = [page(1, bookmark="a"), page(2, bookmark="b"), page(1, bookmark=end)]

    with pytest.raises(Unavailable, match="/boards may be cut: a page repeats one before"):
        pages(*turns)


def test_empty_pages_repeat_nothing():
    empty = {"items": [], "bookmark": "b"}

    found, _ = pages({**empty, "bookmark": "a"}, empty, page(1))

    assert found == [[], [], [{"id": "1"}]]


def test_bookmarks_that_lead_back_are_said():
    turns = [page(1, bookmark="a"), page(2, bookmark="b"), page(3, bookmark="a")]

    with pytest.raises(Unavailable, match="its bookmarks lead back"):
        pages(*turns)


def test_a_list_of_ad_accounts_that_repeats_its_pages_for_ever_is_said():
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
