"""Lists in pages, with bookmarks that say nothing and pages that are empty before the end."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from .mixing import mixed
from .refusals import invalid

BEGINS_EMPTY = {
    "GET /ad_accounts/{ad_account_id}/campaigns",
    "GET /ad_accounts/{ad_account_id}/audiences",
    "GET /boards",
    "GET /boards/{board_id}/sections",
    "GET /catalogs/feeds",
}
"""The first page of these lists has no items, but a bookmark."""
ENDS_EMPTY = {
    "GET /ad_accounts/{ad_account_id}/ads",
    "GET /ad_accounts/{ad_account_id}/ad_groups",
    "GET /ad_accounts/{ad_account_id}/customer_lists",
    "GET /pins",
    "GET /boards/{board_id}/pins",
}
"""The last page of these lists has no items, and no bookmark."""


def written(offset: int, list_seed: int) -> str:
    """Of the recorded form: base64 that ends with =, of a text with ?, | and *."""
    check = mixed(list_seed, offset, 77)
    text = f"?c-1|{offset}|{check:016}*GQL*|{check * 7919:064x}|NEW|"
    if len(text) % 3 == 0:
        text += "|"
    return base64.b64encode(text.encode()).decode()


def read(bookmark: str, list_seed: int) -> int:
    try:
        offset = int(base64.b64decode(bookmark, validate=True).split(b"|")[1])
    except (ValueError, IndexError, binascii.Error):
        raise invalid("Invalid bookmark.") from None
    if written(offset, list_seed) != bookmark:
        raise invalid("Invalid bookmark.")
    return offset


def page(
    operation: str,
    path: str,
    items: Sequence[Any],
    bookmark: str | None,
    page_size: int,
    *,
    absent_bookmarks: bool,
) -> dict[str, Any]:
    """A bookmark holds for its own list only. `offset` counts a leading empty page as one item.

    `absent_bookmarks`: at the end of the list it is missing instead of null.
    """
    list_seed = mixed(*path.encode())
    lead = 1 if operation in BEGINS_EMPTY else 0
    offset = 0 if bookmark is None else read(bookmark, list_seed)
    if lead and offset == 0:
        return {"items": [], "bookmark": written(1, list_seed)}
    start = offset - lead
    shown = list(items[start : start + page_size])
    following = start + page_size
    if following < len(items) or (operation in ENDS_EMPTY and shown):
        return {"items": shown, "bookmark": written(min(following, len(items)) + lead, list_seed)}
    if absent_bookmarks:
        return {"items": shown}
    return {"items": shown, "bookmark": None}
