"""Lists in pages, with bookmarks that say nothing and pages that are empty before the end."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from .metrics import mixed
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
ENDS_WITHOUT_BOOKMARK = {"GET /user_account/followers", "GET /ad_accounts"}
"""At the end of these lists the bookmark is missing instead of null."""


def written(offset: int, list_seed: int) -> str:
    """Opaque, and in need of URL-encoding: it holds | and =, and often + and /."""
    check = mixed(list_seed, offset, 77)
    data = base64.b64encode(f"{offset}".encode() + check.to_bytes(4, "big") * 2).decode()
    return f"Y2JV|{data}|=="


def read(bookmark: str, list_seed: int) -> int:
    try:
        _, data, _ = bookmark.split("|")
        raw = base64.b64decode(data, validate=True)
        offset = int(raw[:-8])
    except (ValueError, binascii.Error):
        raise invalid("Invalid bookmark.") from None
    if written(offset, list_seed) != bookmark:
        raise invalid("Invalid bookmark.")
    return offset


def page(
    operation: str, path: str, items: Sequence[Any], bookmark: str | None, page_size: int
) -> dict[str, Any]:
    """A bookmark holds for its own list only. `offset` counts a leading empty page as one item."""
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
    if operation in ENDS_WITHOUT_BOOKMARK:
        return {"items": shown}
    return {"items": shown, "bookmark": None}
