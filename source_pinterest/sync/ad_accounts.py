"""The ad accounts that a sync reads, and what keeps it from reading one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from source_pinterest.sync.slices import ascending

ADS_ROLES = frozenset({"OWNER", "ADMIN", "ANALYST", "CAMPAIGN_MANAGER"})
"""With one of these `permissions`, the ads endpoints answer. Developer documentation."""


@dataclass(frozen=True)
class AdAccount:
    """An ad account that is to be read. `refusal`: why it cannot be, as a sentence."""

    id: str
    name: str = ""
    currency: str | None = None
    owner_id: str = ""
    """The user whose ad account it is; empty: Pinterest does not say."""
    refusal: str = ""


def roles_of(item: Mapping[str, Any]) -> list[str] | None:
    """The login's roles in an ad account; None: Pinterest does not say them.

    >>> roles_of({"permissions": ["ADMIN"]}), roles_of({"permissions": 7}), roles_of({"permissions": [None]})
    (['ADMIN'], None, None)
    """
    roles = item.get("permissions")
    is_told = isinstance(roles, list) and all(isinstance(each, str) for each in roles)
    return roles if is_told else None


def unseen(account_id: str, listed: Mapping[str, Any]) -> str:
    seen = ", ".join(ascending(list(listed))[:20]) or "none"
    return (
        f"Ad account {account_id} is named in `ad_account_ids`, but this login does not see it "
        f"(it sees: {seen}). Correct the id, or ask its owner for the Analyst role."
    )
