"""The lists of a world's ad accounts besides campaigns, ad groups and ads.

What is meant to be hard:

- the first ad account shares an audience and a conversion tag with the second: the same id in both,
  and in the second's list the record names the first; the last ad account has none of its own;
- keywords hang on the ad account, on a campaign or on an ad group, archived ones too, and a list
  holds those of the parent that was asked for. One exception, which the description leaves open:
  the list of every second campaign has the keywords of its ad groups as well;
- an ad group with 260 keywords and an ad account with 255 customer lists: more than a page;
- ids of 9 to 18 digits, many above 2^53, and customer lists that do not say whose they are;
- conversion tags that never fired, and an ad account without any.
"""

from __future__ import annotations

from typing import Any

from . import shop
from .facts import OPERATIONS
from .mixing import mixed
from .refusals import invalid
from .world import STATUSES, AdAccount, Record

KEYWORDS = "GET /ad_accounts/{ad_account_id}/keywords"
MATCH_TYPES: list[str] = OPERATIONS[KEYWORDS]["parameters"]["match_types"]["items"]["enum"]
NEGATIVE = [each for each in MATCH_TYPES if each.endswith("_NEGATIVE")]
WORDS = ("christmas decor ideas", "déco d'été, 100 %", "sofa", "a:b", "Food and Drinks")

AUDIENCES = 7
CUSTOMER_LISTS = 255
KEYWORDS_OF_THE_FIRST_AD_GROUP = 260


def identifier(account: AdAccount, kind: int, place: int) -> str:
    """Unique in all lists of all ad accounts, and in no order."""
    number = (((account.place * 8 + kind) << 24) | place) * 97 + mixed(
        account.seed, kind, place
    ) % 97
    base = (643_000_000, 254_000_000_000, 38_000_000_000_000_000, 383_000_000_000_000_000)
    return str(base[mixed(account.seed, kind, place, 5) % 4] + number)


def first(account: AdAccount) -> bool:
    return account.place == 0


def last(account: AdAccount) -> bool:
    return account.place > 0 and account.place == account.world.ad_accounts - 1


# Audiences


def audiences(account: AdAccount, ownership_type: str) -> list[Record]:
    if ownership_type == "RECEIVED":
        giver = next(iter(account.world.accounts.values()))
        return [audience(giver, 0)] if account.place == 1 else []
    return [] if last(account) else [audience(account, place) for place in range(AUDIENCES)]


def audience(account: AdAccount, place: int) -> Record:
    seed = mixed(account.seed, 51, place)
    created = account.record["created_time"] + seed % 1_000_000
    rules: list[Record] = [
        {"customer_list_id": identifier(account, 2, place)},
        {
            "retention_days": 180,
            "visitor_source_id": "2620000000001",
            "event": "checkout",
            "event_data": {"currency": account.currency, "value": "10.5", "order_quantity": 2},
            "url": ["https://shop.example.com/a?b=c"],
            "prefill": True,
        },
        {"seed_id": [identifier(account, 1, 0)], "percentage": 3, "country": "US"},
        {"engagement_domain": ["example.com"], "engagement_type": "click", "pin_id": ["813744226"]},
    ]
    return {
        "id": identifier(account, 1, place),
        "ad_account_id": account.id,
        "name": f"Audience {place + 1} é",
        "audience_type": ("CUSTOMER_LIST", "VISITOR", "ACTALIKE", "ENGAGEMENT")[place % 4],
        "description": None if place % 3 else "People who love making quilts",
        "created_by_company_name": "Pinterest" if place % 2 else None,
        "rule": rules[place % 4],
        "size": None if place % 4 == 3 else seed % 5_000_000,
        "status": ("READY", "INITIALIZING", "TOO_SMALL")[place % 3],
        "created_timestamp": created if place % 5 else None,
        "updated_timestamp": created + 60 if place % 2 else None,
        "is_nca": place % 4 == 0,
        "is_ctv_enabled": False,
        "type": "audience",
    }


# Keywords


def keywords(account: AdAccount, values: dict[str, Any]) -> list[Record]:
    """Those of the parents that were asked for; of the ad account itself if none was."""
    given = [name for name in ("campaign_id", "ad_group_id", "ad_group_ids") if name in values]
    if len(given) > 1:
        raise invalid(f"Only one of {' and '.join(given)} may be given.")
    if not given:
        parents = {account.id}
    elif given == ["campaign_id"]:
        parents = listed_with(account, values["campaign_id"])
    elif given == ["ad_group_id"]:
        parents = {values["ad_group_id"]}
    else:
        parents = set(values["ad_group_ids"])
    wanted = values.get("match_types", [*MATCH_TYPES, None])
    return [
        each
        for each in all_keywords(account)
        if each["parent_id"] in parents and each["match_type"] in wanted
    ]


def listed_with(account: AdAccount, campaign_id: str) -> set[str]:
    """Whose keywords the list of a campaign has."""
    campaigns = [campaign["id"] for campaign in account.campaigns]
    if campaign_id not in campaigns:
        return set()
    below = [group["id"] for group in account.ad_groups if plain(group) == campaign_id]
    return {campaign_id, *(below if campaigns.index(campaign_id) % 2 else [])}


def plain(ad_group: Record) -> str:
    return str(ad_group["campaign_id"]).removeprefix("C")


def all_keywords(account: AdAccount) -> list[Record]:
    found: list[Record] = []

    words = shop.KEYWORDS if account.world.shop else WORDS

    def hang_on(parent_type: str, parent_id: str, count: int, match_types: list[Any]) -> None:
        for n in range(count):
            place = len(found)
            found.append(
                {
                    "id": identifier(account, 3, place),
                    "parent_id": parent_id,
                    "parent_type": parent_type,
                    "value": words[n % 5] if n < 5 else f"{words[n % 5]} {n}",
                    "match_type": match_types[n % len(match_types)],
                    "bid": None,
                    "archived": place % 4 == 2,
                    "type": "KEYWORD",
                }
            )

    hang_on("ADVERTISER", account.id, 3, NEGATIVE)
    for n, campaign in enumerate(account.campaigns):
        hang_on("CAMPAIGN", campaign["id"], n % 3, NEGATIVE)
    for n, ad_group in enumerate(account.ad_groups):
        many = KEYWORDS_OF_THE_FIRST_AD_GROUP if first(account) and n == 0 else n % 4 * 2
        hang_on("AD_GROUP", ad_group["id"], many, [*MATCH_TYPES, None])
    return sorted(found, key=lambda each: mixed(int(each["id"])))


# Customer lists


def customer_lists(account: AdAccount) -> list[Record]:
    def customer_list(place: int) -> Record:
        seed = mixed(account.seed, 52, place)
        created = account.record["created_time"] + seed % 1_000_000
        record = {
            "id": identifier(account, 2, place),
            "ad_account_id": account.id,
            "name": f"Customers {place + 1}",
            "status": ("PROCESSING", "READY", "TOO_SMALL", "UPLOADING")[place % 4],
            "num_batches": 1 + place % 3,
            "num_uploaded_user_records": seed % 100_000,
            "num_removed_user_records": place % 2,
            "created_time": created,
            "updated_time": created + 60 + (0.5 if place % 4 == 3 else 0),
            "exceptions": {"code": 17, "messages": ["too few"]} if place % 4 == 2 else {},
            "is_nca": place % 6 == 0,
            "type": "customerlist",
        }
        if place % 5 == 3:
            del record["ad_account_id"]
        return record

    count = CUSTOMER_LISTS if first(account) else account.place % 2
    return [customer_list(place) for place in range(count)]


# Conversion tags

AEM = {f"aem_{name}_enabled": False for name in ("ph", "ge", "db", "loc", "external_id")}


def conversion_tags(account: AdAccount) -> list[Record]:
    def conversion_tag(account: AdAccount, place: int) -> Record:
        seed = mixed(account.seed, 53, place)
        identity = identifier(account, 4, place)
        return {
            "id": identity,
            "ad_account_id": account.id,
            "name": f"Tag {place + 1}",
            "version": "3",
            "status": STATUSES[place % 10],
            "code_snippet": f"<script>pintrk('load', '{identity}');</script>\n" * 20,
            "enhanced_match_status": ("VALIDATION_COMPLETE", None, "UNKNOWN")[place % 3],
            "last_fired_time_ms": None if place % 2 else 1_700_000_000_000 + seed % 1_000_000_000,
            "configs": {
                **AEM,
                "aem_enabled": True,
                "aem_fnln_enabled": None if place % 3 == 1 else place % 3 == 2,
                "md_frequency": 1.5 if place % 3 == 1 else 1,
                "no_code_capi_domains": ["shop.example.com"],
            },
        }

    if last(account):
        return []
    own = [conversion_tag(account, place) for place in range(3)]
    if account.place != 1:
        return own
    return [*own, conversion_tag(next(iter(account.world.accounts.values())), 1)]
