"""A list is read to its end, and one that may lack pages or does not end is an error."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from source_pinterest.api.limits import LIMITS
from source_pinterest.http.errors import Unavailable
from unit_tests.http.scripted import Reply
from unit_tests.streams.pinterest import Pinterest, context


def pages(
    *bodies: Any, is_rarely_empty: bool = False, **options: Any
) -> tuple[list[Any], Pinterest]:
    """The pages of a list that answers with these bodies, the last of them for ever."""
    left = list(bodies)
    pinterest = Pinterest()
    pinterest.faults.append(lambda *_: Reply(200, left.pop(0) if len(left) > 1 else left[0]))
    sync = context(pinterest, **options)
    return list(sync.pages("/boards", "org_read", is_rarely_empty=is_rarely_empty)), pinterest


def page(number: int, **bookmark: Any) -> dict[str, Any]:
    return {"items": [{"id": str(number)}], **bookmark}


@pytest.mark.parametrize("end", [{}, {"bookmark": None}])
def test_a_list_ends_with_null_or_without_a_bookmark(end, caplog):
    found, pinterest = pages(page(1, bookmark="next"), page(2, **end))

    assert found == [[{"id": "1"}], [{"id": "2"}]]
    assert [each.get("bookmark") for each in pinterest.asked("/boards")] == [None, "next"]
    assert not caplog.records


EMPTY = {"items": [], "bookmark": None}


def test_a_list_that_is_rarely_empty_is_empty_if_it_is_twice():
    found, pinterest = pages(EMPTY, page(1), is_rarely_empty=True)

    assert found == [[], [{"id": "1"}]]

    found, pinterest = pages(EMPTY, is_rarely_empty=True)

    assert found == [[], []]
    assert len(pinterest.requests) == 2


def test_a_page_that_is_empty_behind_others_is_the_end():
    found, pinterest = pages(page(1, bookmark="next"), EMPTY, is_rarely_empty=True)

    assert found == [[{"id": "1"}], []]
    assert len(pinterest.requests) == 2


def test_a_full_page_is_the_last_one_if_it_is_twice():
    one_each = {"limits": replace(LIMITS, page_size=1)}

    found, _ = pages(page(1, bookmark=None), page(1, bookmark="next"), page(2), **one_each)

    assert found == [[{"id": "1"}], [{"id": "2"}]]

    found, pinterest = pages(page(1), **one_each)

    assert found == [[{"id": "1"}]]
    assert len(pinterest.requests) == 2


@pytest.mark.parametrize(("sent", "asked"), [(0, "0"), (-1, "-1"), (2**70, str(2**70))])
def test_a_bookmark_that_is_a_number_is_no_end(sent, asked):
    found, pinterest = pages(page(1, bookmark=sent), page(2))

    assert found == [[{"id": "1"}], [{"id": "2"}]]
    assert pinterest.asked("/boards")[1]["bookmark"] == asked


@pytest.mark.parametrize("sent", [False, True, [], {}, ["next"], 1.5, float("nan")])
def test_a_bookmark_of_another_type_is_no_end_and_is_asked_for_again(sent):
    found, _ = pages(page(1, bookmark=sent), page(1, bookmark="next"), page(2))

    assert found == [[{"id": "1"}], [{"id": "2"}]]
    with pytest.raises(Unavailable, match="a body that this endpoint does not return"):
        pages(page(1, bookmark=sent))


def test_an_empty_bookmark_is_asked_for_again(caplog):
    found, _ = pages(page(1, bookmark=""), page(1, bookmark="next"), page(2))

    assert found == [[{"id": "1"}], [{"id": "2"}]]
    assert not caplog.records


def test_an_empty_bookmark_that_stays_is_the_end_and_is_reported(caplog):
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
def test_a_page_that_repeats_another_one_twice_is_reported(end):
    turns = [page(1, bookmark="a"), page(2, bookmark="b"), page(1, bookmark=end)]

    with pytest.raises(Unavailable, match="/boards may be cut: a page repeats one before"):
        pages(*turns)


def test_empty_pages_repeat_nothing():
    empty = {"items": [], "bookmark": "b"}

    found, _ = pages({**empty, "bookmark": "a"}, empty, page(1))

    assert found == [[], [], [{"id": "1"}]]


def test_bookmarks_that_lead_back_are_reported():
    turns = [page(1, bookmark="a"), page(2, bookmark="b"), page(3, bookmark="a")]

    with pytest.raises(Unavailable, match="its bookmarks lead back"):
        pages(*turns)
