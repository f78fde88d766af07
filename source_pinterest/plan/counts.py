"""Made-up lists of given lengths, for a plan that sends no request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from source_pinterest.api.endpoints import template_of
from source_pinterest.http.client import Params
from source_pinterest.plan.answers import answer
from source_pinterest.plan.answers import endpoint as endpoint_of
from source_pinterest.streams.lists.base import ListStream
from source_pinterest.streams.registry import STREAMS

USER = {"id": "1", "username": "user"}

FIRST_ID = 549_755_885_175
"""The first made-up id, with twelve digits like most of Pinterest's."""

PARENTS_OF_KEYWORDS = ("campaign_id", "ad_group_id", "ad_group_ids")
"""Parameters that select keywords. These are already counted in the list of the ad account."""


class CountedLists:
    """Answers requests for lists: those of the user, and those of one ad account, which stands for all."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        """`counts`: by list stream, how many items each of its lists has: that of an ad account, of a board, ..."""
        self._by_template = {
            template_of(stream.endpoint): counts.get(name, 0)
            for name, stream in countable().items()
        }

    def answer(self, path: str, params: Params, is_expected: Callable[[Any], bool]) -> Any:
        """The body of an answer that satisfies `is_expected`."""
        if path == "/user_account":
            return USER
        template = template_of(endpoint_of("GET", path))
        page = _page(
            self._items(template, params), params, is_of_accounts=template == "/ad_accounts"
        )
        return page if is_expected(page) else answer("GET", path, params, is_expected)

    def _items(self, template: str, params: Params) -> int:
        is_counted_elsewhere = (
            any(params.get(name) for name in PARENTS_OF_KEYWORDS)
            if template.endswith("/keywords")
            else template.startswith("/catalogs") and not params.get("ad_account_id")
        )
        return 0 if is_counted_elsewhere else self._by_template.get(template, 0)


def countable() -> dict[str, type[ListStream]]:
    """By name: the list streams whose lengths a user can give."""
    found: dict[str, type[ListStream]] = {}
    for stream in STREAMS:
        if issubclass(stream, ListStream):
            found.setdefault(
                template_of(stream.endpoint), stream
            )  # two lists may have the same items
    return {stream().name: stream for stream in found.values()}


def _page(items: int, params: Params, *, is_of_accounts: bool) -> dict[str, Any]:
    start = int(str(params.get("bookmark") or 0))
    end = min(items, start + int(str(params.get("page_size") or items)))
    item = _ad_account if is_of_accounts else _item
    return {
        "items": [item(number) for number in range(start, end)],
        "bookmark": str(end) if end < items else None,
    }


def _item(number: int) -> dict[str, Any]:
    """An item with the fields that every list needs. The first one is archived, to show that the list has every
    status."""
    return {
        "id": str(FIRST_ID + number),
        "username": f"user_{number}",
        "name": "",
        "status": "ACTIVE" if number else "ARCHIVED",
        "pin_id": str(FIRST_ID + number),
        "pin_metrics": {},
    }


def _ad_account(number: int) -> dict[str, Any]:
    """An ad account. Only the first one can be read: it stands for the others, whose requests are the same."""
    return {
        **_item(number),
        "currency": "USD",
        "owner": {"id": "2", "username": "another"},
        "permissions": [] if number else ["OWNER"],
    }
