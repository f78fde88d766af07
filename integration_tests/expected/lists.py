"""The expected rows of ad accounts' lists and of the look-up tables, from the world alone."""

from __future__ import annotations

from collections.abc import Collection

from integration_tests.fake_pinterest import look_ups
from integration_tests.fake_pinterest.account_lists import (
    all_keywords,
    audiences,
    conversion_tags,
    customer_lists,
)
from integration_tests.fake_pinterest.world import AdAccount, Record, World

NESTED_LABELS = {
    "945391946569": ("Dress", {"id": "945391946569", "name": "Dress", "level": 2}),
    "5": ("7", None),
}
"""By code: `name` and `details` of the labels that are no strings."""


def lists(world: World, stream: str, without: Collection[str] = ()) -> list[Record]:
    """The records of one sync, without those of some ad accounts."""
    accounts = [each for each in world.accounts.values() if each.id not in without]
    if stream == "ad_accounts":
        return [dict(account.record) for account in accounts]
    if stream == "targeting_options":
        return targeting_options()
    if stream == "delivery_metrics":
        return delivery_metrics()
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
    if stream == "conversion_tags":
        return [
            {**tag, "ad_account_id": account.id, "owner_ad_account_id": tag["ad_account_id"]}
            for tag in conversion_tags(account)
        ]
    found = all_keywords(account) if stream == "keywords" else customer_lists(account)
    return [{**record, "ad_account_id": account.id} for record in found]


def targeting_options() -> list[Record]:
    found = []
    for targeting_type, answer in look_ups.OPTIONS.items():
        for labels in answer or []:
            for code, label in labels.items():
                name, details = NESTED_LABELS.get(code, (label, None))
                found.append(
                    {
                        "targeting_type": targeting_type,
                        "targeting_raw_value": code,
                        "name": name,
                        "details": details,
                    }
                )
    return found


def delivery_metrics() -> list[Record]:
    known = {
        "ADS": (set(look_ups.COLUMNS), set(look_ups.ASYNCHRONOUS)),
        "ORGANIC": (set(look_ups.ORGANIC), set()),
    }
    return [
        {
            **look_ups.metric(category, name),
            "is_synchronous": name in synchronous,
            "is_asynchronous": name in asynchronous,
        }
        for category, (synchronous, asynchronous) in known.items()
        for name in synchronous | asynchronous
    ]
