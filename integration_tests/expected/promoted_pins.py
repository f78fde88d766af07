"""The rows of `promoted_pins`, from the fake Pinterest's world alone."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import unquote_plus

from integration_tests.expected.reports import Record, with_zone
from integration_tests.fake_pinterest.world import World

UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")


def parameters(link: str) -> Record:
    """By name, the first value in the link; null without one."""
    found: Record = {}
    for name in UTM:
        match = re.search(rf"[?&]{name}=([^&#]*)", link)
        found[name] = unquote_plus(match[1]) if match and match[1] else None
    return found


def rows(
    world: World, ad_account_ids: Collection[str] | None = None, gone: Collection[str] = ()
) -> list[Record]:
    """`gone`: Pins that Pinterest no longer has."""
    return [
        row(world, account.id, ad, gone)
        for account in world.accounts.values()
        if (account.ads_role if ad_account_ids is None else account.id in ad_account_ids)
        for ad in account.ads
    ]


def row(world: World, account: str, ad: Record, gone: Collection[str]) -> Record:
    pin = {} if ad["pin_id"] in gone else world.promoted_pin(ad["pin_id"]) or {}
    cards = list(ad["carousel_destination_urls"] or [])
    of_pin = [item.get("link") for item in (pin.get("media") or {}).get("items") or []]
    kinds = [
        ("destination_url", ad["destination_url"]),
        *(("carousel_destination_urls", each) for each in cards),
        *(("pin_carousel", each) for each in of_pin),
        ("pin_link", pin.get("link")),
    ]
    links = [(kind, link) for kind, link in kinds if link]
    tagged = [kind for kind, link in links if any(parameters(link).values())]
    utm = next((parameters(link) for _, link in links if any(parameters(link).values())), None)
    both = list(dict.fromkeys(filter(None, [*cards, *of_pin])))
    created = {"created_at": with_zone(pin["created_at"])} if pin else {}
    fields = {name: pin[name] for name in pin if name not in ("id", "pin_metrics")}
    return {
        **fields,
        **created,
        "ad_id": ad["id"],
        "ad_account_id": account,
        "pin_id": ad["pin_id"],
        "ad_updated_time": ad["updated_time"],
        "is_found": bool(pin),
        "landing_page_url": next((link for _, link in links), None),
        **(utm or dict.fromkeys(UTM)),
        "utm_link_type": next(iter(tagged), None),
        "carousel_links": [{"link": link, **parameters(link)} for link in both],
    }
