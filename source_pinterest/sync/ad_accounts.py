"""Decides which ad accounts a sync reads, and why not others. `check` applies the same rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from source_pinterest.sync.slices import ascending

ADS_ROLES = frozenset({"OWNER", "ADMIN", "ANALYST", "CAMPAIGN_MANAGER"})
"""The `permissions` that allow reading ads. Developer documentation."""


@dataclass(frozen=True)
class AdAccount:
    """An ad account of a sync."""

    id: str
    name: str = ""
    currency: str | None = None
    owner_id: str = ""
    """The id of the user who owns it; empty if Pinterest does not say."""
    refusal: str = ""
    """Why it cannot be read, as a sentence; empty if it can."""
    time_zone: str = ""
    """The IANA name of its time zone; empty if Pinterest does not say."""


class Verdict(Enum):
    """Whether an ad account can be read."""

    READABLE = auto()
    UNSEEN = auto()
    """It is in `ad_account_ids`, but this login does not see it."""
    NO_ADS_ROLE = auto()
    """The login's roles there do not allow reading ads. A sync leaves the account out, or, if it is named,
    asks for it all the same."""


def judge(
    named: Sequence[str], listed: Mapping[str, dict[str, Any]]
) -> Iterator[tuple[str, dict[str, Any], Verdict]]:
    """Id, item and verdict of each ad account, by ascending id: those in `named`, or all in `listed` if that is empty.

    `named` has the ids of `ad_account_ids`; `listed` has Pinterest's items by id. An unseen one has an empty item.

    >>> listed = {"9": {"permissions": ["ADMIN"]}, "10": {"permissions": ["BILLING"]}}
    >>> [(account_id, verdict.name) for account_id, _, verdict in judge([], listed)]
    [('9', 'READABLE'), ('10', 'NO_ADS_ROLE')]
    >>> [(account_id, verdict.name) for account_id, _, verdict in judge(["11"], listed)]
    [('11', 'UNSEEN')]
    """
    for account_id in ascending(named or list(listed)):
        item = listed.get(account_id)
        if item is None:
            yield account_id, {}, Verdict.UNSEEN
        else:
            verdict = Verdict.READABLE if has_ads_role(item) else Verdict.NO_ADS_ROLE
            yield account_id, item, verdict


def has_ads_role(item: Mapping[str, Any]) -> bool:
    """Whether the login may read the ads of an ad account. True if Pinterest does not list the login's roles."""
    roles = roles_of(item)
    return roles is None or bool(ADS_ROLES & set(roles))


def roles_of(item: Mapping[str, Any]) -> list[str] | None:
    """The login's roles in an ad account. None if Pinterest does not list them.

    >>> roles_of({"permissions": ["ADMIN"]}), roles_of({"permissions": 7}), roles_of({"permissions": [None]})
    (['ADMIN'], None, None)
    """
    roles = item.get("permissions")
    is_told = isinstance(roles, list) and all(isinstance(role, str) for role in roles)
    return roles if is_told else None


def unseen(account_id: str, listed: Mapping[str, Any], field: str = "ad_account_ids") -> str:
    """The error about an ad account that the configuration names in `field` and the login does not see."""
    seen = ", ".join(ascending(list(listed))[:20]) or "none"
    return (
        f"Ad account {account_id} is named in `{field}`, but this login does not see it "
        f"(it sees: {seen}). Correct the id, or ask its owner for the Analyst role."
    )
