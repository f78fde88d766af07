"""Product group promotions: the parts of a catalog that the shopping ads of an ad group show.

An ad group with shopping ads has `World.product_groups` of them, any other has none. What such an ad
did on a day, it did for one of its ad group's promotions: together they did what the ads did, and a
total is the sum of its days. Traps:

- the last one of an ad group is excluded (`included` is false): it is listed, and never did anything;
- they are archived as often as ads are, and have spent money all the same;
- an `ad_group_id` may begin with AG, and much may be null;
- there are no times, and no ad account.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from typing import Any

from .metrics import Attribution, Days, Leaf, metric_rows, mixed
from .refusals import invalid
from .world import STATUSES, AdAccount, Record

SHOPPING = frozenset({"SHOPPING", "COLLECTION"})


def shopping_ads(account: AdAccount, ad_group_id: str) -> list[Record]:
    return [
        ad for ad in account.ads_below["ad_group"][ad_group_id] if ad["creative_type"] in SHOPPING
    ]


def promotion(account: AdAccount, ad_group: Record, n: int) -> Record:
    """The n-th of an ad group, as Pinterest answers it."""
    of_an_ad_group = account.world.product_groups
    ad_group_place = account.places["ad_group"][ad_group["id"]]
    place = ad_group_place * of_an_ad_group + n
    seed = mixed(account.seed, 24, place)
    collection = place % 3 == 2
    kind = f"product_type_0='kind {n}'"
    return {
        "id": account.new_id(0, place),
        "ad_group_id": ("AG" if place % 5 == 2 else "") + ad_group["id"],
        "status": STATUSES[(place * 3 + account.place + 1) % 10],
        "creative_type": "COLLECTION" if collection else "SHOPPING",
        "included": n < of_an_ad_group - 1,
        "bid_in_micro_currency": seed % 5_000_000 if place % 3 else None,
        "parent_id": str(1_231_234 + ad_group_place) if n else None,
        "definition": f"*/{kind}" if n else "*",
        "relative_definition": kind if n else None,
        "catalog_product_group_id": str(1_231_235_000_000 + seed),
        "catalog_product_group_name": None if place % 4 == 3 else f"Kitchen, {n + 1}",
        "collections_hero_pin_id": str(813_744_226_420_000_000 + seed) if collection else None,
        "collections_hero_destination_url": None,
        "collections_header_type": "NO_HEADER" if collection else None,
        "slideshow_collections_title": None,
        "slideshow_collections_description": None,
        "customizable_cta_type": "SHOP_NOW" if place % 2 else None,
        "grid_click_type": "CLOSEUP" if place % 2 else None,
        "preferred_media_type": None,
        "is_mdl": False,
        "is_generate_background": None,
        "selected_image_tag": "holiday_sale" if n == 0 else None,
        "selected_video_tag": "holiday_film" if n == 1 else None,
        "tracking_url": None,
    }


@lru_cache(maxsize=16)
def promotions(account: AdAccount) -> tuple[Record, ...]:
    """All of an ad account, in the order of the answers when none is asked for."""
    return account.in_order(
        promotion(account, ad_group, n)
        for ad_group in account.ad_groups
        if shopping_ads(account, ad_group["id"])
        for n in range(account.world.product_groups)
    )


def by_id(account: AdAccount) -> dict[str, Record]:
    return {each["id"]: each for each in promotions(account)}


def own_ad_group_id(record: Record) -> str:
    return str(record["ad_group_id"]).removeprefix("AG")


def listed(account: AdAccount, values: Record) -> list[Record]:
    """For the checked parameters of GET …/product_group_promotions."""
    statuses = set(values["entity_statuses"])
    found = [each for each in promotions(account) if each["status"] in statuses]
    if "product_group_promotion_ids" in values:  # takes precedence, if both are given
        wanted = set(values["product_group_promotion_ids"])
        found = [each for each in found if each["id"] in wanted]
    elif "ad_group_id" in values:
        found = [each for each in found if own_ad_group_id(each) == values["ad_group_id"]]
    else:
        raise invalid("Give either ad_group_id or product_group_promotion_ids.")
    if "order" in values:
        found.sort(key=lambda each: int(each["id"]), reverse=values["order"] == "DESCENDING")
    return found


def leaves(account: AdAccount, record: Record) -> list[Leaf]:
    """The numbers of its ad group's shopping ads that count for this one."""
    if not record["included"]:
        return []
    ad_group_id = own_ad_group_id(record)
    ids = [
        each["id"]
        for each in promotions(account)
        if each["included"] and own_ad_group_id(each) == ad_group_id
    ]
    share = (ids.index(record["id"]), len(ids))
    ads = account.leaves(shopping_ads(account, ad_group_id))
    return [leaf._replace(share=share) for leaf in ads]


def analytics(
    account: AdAccount,
    ids: Iterable[str],
    *,
    start: date,
    end: date,
    today: date,
    granularity: str,
    columns: Iterable[str],
    attribution: Attribution | None = None,
) -> Iterator[Record]:
    """The rows of GET …/product_groups/analytics; unknown ids have none.

    PRODUCT_GROUP_ID is in each row, though no column has that name.
    """
    names = list(dict.fromkeys(columns))
    how = attribution or Attribution()
    days = Days(start, end, today, how)
    known = by_id(account)
    for each in dict.fromkeys(ids):
        if each not in known or not (did := leaves(account, known[each])):
            continue
        record = known[each]
        values: dict[str, Any] = {
            **account.attributes(
                "ad_group", account.by_id["ad_group"][own_ad_group_id(record)], integers=False
            ),
            "PRODUCT_GROUP_AD_IMAGE_TAG": record["selected_image_tag"],
            "PRODUCT_GROUP_AD_VIDEO_TAG": record["selected_video_tag"],
        }
        asked = {name: values[name] for name in names if values.get(name) is not None}
        for row in metric_rows(mixed(int(each)), "ad", did, days, granularity, names, today, how):
            yield {"PRODUCT_GROUP_ID": each, **asked, **row}
