"""What the connector should emit of ad accounts' lists and of the look-up tables, from the world alone."""

from __future__ import annotations

from collections.abc import Collection

from .fake_pinterest.account_lists import (
    all_keywords,
    audiences,
    conversion_tags,
    customer_lists,
)
from .fake_pinterest.world import AdAccount, Record, World

KEYS: dict[str, list[str]] = {
    "ad_accounts": ["id"],
    "audiences": ["ad_account_id", "id"],
    "keywords": ["id"],
    "customer_lists": ["id"],
    "conversion_tags": ["id"],
}


def lists(world: World, stream: str, without: Collection[str] = ()) -> list[Record]:
    """The records of one sync, without those of some ad accounts."""
    accounts = [each for each in world.accounts.values() if each.id not in without]
    if stream == "ad_accounts":
        return [dict(account.record) for account in accounts]
    return [row for account in accounts if account.ads_role for row in of_account(stream, account)]


def of_account(stream: str, account: AdAccount) -> list[Record]:
    if stream == "audiences":
        return [
            {
                **audience,
                "ad_account_id": account.id,
                "ownership_type": ownership_type,
                "owner_ad_account_id": audience["ad_account_id"],
            }
            for ownership_type in ("OWNED", "RECEIVED")
            for audience in audiences(account, ownership_type)
        ]
    found = {
        "keywords": all_keywords,
        "customer_lists": customer_lists,
        "conversion_tags": conversion_tags,
    }[stream](account)
    return [{**record, "ad_account_id": account.id} for record in found]
