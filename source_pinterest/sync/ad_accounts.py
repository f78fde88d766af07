"""The ad accounts that a sync reads, and why it does not read others. `check` decides by the same rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from source_pinterest.sync.slices import ascending

ADS_ROLES = frozenset({"OWNER", "ADMIN", "ANALYST", "CAMPAIGN_MANAGER"})
"""The `permissions` with which the ads endpoints answer. Developer documentation."""


@dataclass(frozen=True)
class AdAccount:
    """An ad account to read. `refusal`: why it cannot be read, as a sentence."""

    id: str
    name: str = ""
    currency: str | None = None
    owner_id: str = ""
    """The user who owns the ad account; empty if Pinterest does not say."""
    refusal: str = ""
    time_zone: str = ""
    """Its IANA name; empty if Pinterest does not say."""


class Verdict(Enum):
    """Whether an ad account can be read."""

    READABLE = auto()
    UNSEEN = auto()
    """It is named in `ad_account_ids`, and this login does not see it."""
    NO_ADS_ROLE = auto()
    """The login's roles there do not allow reading ads. A sync leaves the account out, or, if it is named,
    asks for it all the same."""


def judge(
    named: Sequence[str], listed: Mapping[str, dict[str, Any]]
) -> Iterator[tuple[str, dict[str, Any], Verdict]]:
    """The named ad accounts, or else all that the login sees, by ascending id, as Pinterest lists them.

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
    """Whether an ad account may be readable: Pinterest does not always say the roles."""
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
    seen = ", ".join(ascending(list(listed))[:20]) or "none"
    return (
        f"Ad account {account_id} is named in `{field}`, but this login does not see it "
        f"(it sees: {seen}). Correct the id, or ask its owner for the Analyst role."
    )
