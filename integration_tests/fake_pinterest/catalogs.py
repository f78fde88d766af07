"""The catalogs of the fake Pinterest, their feeds and their product groups.

They belong to a user: to the one who is logged in, or to the owner of an ad account that is shared.

Traps that are always in it:

- catalogs of all three types; names that are null, times with microseconds and without a zone;
- feeds with a user name and a password, in `credentials` and in `location`; a feed whose catalog is
  null; more product groups than a page holds;
- product groups whose times are in seconds, and others whose times are in milliseconds;
- one catalog is the agency's as much as the user's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any

from .mixing import mixed
from .refusals import Refused
from .world import AdAccount, Record, World, instant, stamp

TYPES = ("RETAIL", "HOTEL", "CREATIVE_ASSETS")
OWN, OTHERS = "own", "others"
FEEDS = 4
"""Of each catalog."""
PRODUCT_GROUPS = 120
"""Of each catalog."""

FEED_USER, FEED_PASSWORD = "feed_reader", "s3cret/feed@pass"
LOCATIONS = (
    "https://shop.example.com/feed.tsv?lang=en&page=1",
    f"https://{FEED_USER}:{FEED_PASSWORD}@shop.example.com/feed.tsv",
    "sftp://shop.example.com:2222/in@box/feed.xml",
    f"ftp://{FEED_USER}@shop.example.com/feed.csv",
)
FILTERS: dict[str, tuple[Record, ...]] = {
    "RETAIL": (
        {"any_of": [{"BRAND": {"values": ["Ours"], "negated": False}}]},
        {"all_of": [{"MIN_PRICE": {"values": 5}}, {"GENDER": {"values": ["UNISEX"]}}]},
    ),
    "HOTEL": ({"any_of": [{"COUNTRY": {"values": ["US", "DE"], "negated": True}}]},),
    "CREATIVE_ASSETS": ({"all_of": [{"CREATIVE_ASSETS_ID": {"values": ["a1"]}}]},),
}


@dataclass
class CatalogData:
    """Everything may be changed while the server serves."""

    world: World
    managed: set[str] = field(default_factory=set)
    """Shared ad accounts in which the login has the Catalogs Manager role; the others refuse."""
    without: dict[str, str] = field(default_factory=dict)
    """By whose (`own`, `others`): `409` or `empty`, where there is no catalog."""

    @cached_property
    def catalogs(self) -> dict[str, list[Record]]:
        def catalog(whose: int, place: int) -> Record:
            seed = mixed(self.world.seed, 61, whose, place)
            created = instant(self.world.epoch - timedelta(days=200 + seed % 300), seed)
            base = (2_680_000_000_000, 864_344_156_814_000_000)[place % 2]
            return {
                "id": str(base + seed),
                "catalog_type": TYPES[place],
                "name": None if place == 2 else f"Catalog {whose}.{place + 1}",
                "created_at": f"{stamp(created)}.017000",
                "updated_at": stamp(created + 86_400, zone=place == 1),
            }

        own = [catalog(1, place) for place in range(3)]
        return {OWN: own, OTHERS: [own[0], catalog(2, 0)]}

    @cached_property
    def feeds(self) -> dict[str, list[Record]]:
        return {
            whose: [self._feed(catalog, place) for catalog in catalogs for place in range(FEEDS)]
            for whose, catalogs in self.catalogs.items()
        }

    @cached_property
    def product_groups(self) -> dict[str, list[Record]]:
        return {
            whose: [
                self._product_group(catalog, place)
                for catalog in catalogs
                for place in range(PRODUCT_GROUPS)
            ]
            for whose, catalogs in self.catalogs.items()
        }

    def _feed(self, catalog: Record, place: int) -> Record:
        number = int(catalog["id"])
        kind = catalog["catalog_type"]
        record: Record = {
            "id": str(3_000_000_000_000 + mixed(number, place, 62)),
            "catalog_type": kind,
            "name": None if place == 3 else f"Feed {place + 1}",
            "format": ("TSV", "CSV", "XML")[place % 3],
            "location": LOCATIONS[place],
            "status": "INACTIVE" if place == 2 else "ACTIVE",
            "credentials": {"username": FEED_USER, "password": FEED_PASSWORD}
            if place % 2
            else None,
            "default_currency": None if place == 3 else "EUR",
            "default_locale": "en-US",
            "preferred_processing_schedule": None
            if place == 2
            else {"time": "02:59", "timezone": "Europe/Berlin"},
            "created_at": f"{stamp(1_700_000_000 + place)}.000017",
            "updated_at": stamp(1_710_000_000 + place),
        }
        if kind == "RETAIL":
            record["default_availability"] = None if place == 1 else "IN_STOCK"
        else:
            record["catalog_id"] = None if (kind, place) == ("HOTEL", 0) else catalog["id"]
        if kind != "HOTEL":
            record["default_country"] = "DE"
        return record

    def _product_group(self, catalog: Record, place: int) -> Record:
        number = int(catalog["id"])
        kind = catalog["catalog_type"]
        created = 1_621_350_033 + mixed(number, place) % 80_000_000
        unit = 1_000 if place % 2 else 1
        record: Record = {
            "id": str(443_000_000_000 + mixed(number, place, 63)),
            "catalog_id": catalog["id"],
            "catalog_type": kind,
            "name": f"Product group {place + 1}",
            "description": None if place % 3 else "What sells",
            "filters": FILTERS[kind][place % len(FILTERS[kind])],
            "created_at": created * unit,
            "updated_at": (created + 4_711) * unit,
        }
        if kind == "RETAIL":
            record |= {
                "feed_id": None if place % 4 == 1 else str(3_000_000_000_000 + place),
                "country": "DE" if place % 2 else None,
                "locale": None,
                "is_featured": place == 0,
                "status": "ACTIVE",
                "type": "ALL_PRODUCTS" if place == 0 else "MERCHANT_CREATED",
            }
        if kind == "HOTEL":
            record["type"] = "ALL_LISTINGS" if place == 0 else "MERCHANT_CREATED"
        return record

    def items(
        self, operation: str, values: Mapping[str, Any], account: AdAccount | None
    ) -> Sequence[Record]:
        """The list that is asked for, or Refused. `account`: act as its owner."""
        shared = account is not None and account.shared
        if account and shared and account.id not in self.managed:
            raise Refused(401, 29, "You are not permitted to access that resource.")
        whose = OTHERS if shared else OWN
        if self.without.get(whose) == "409":
            message = "Can't access this feature without an existing catalog"
            raise Refused(409, 4182, message)
        if whose in self.without:
            return []
        lists = {
            "GET /catalogs": self.catalogs,
            "GET /catalogs/feeds": self.feeds,
            "GET /catalogs/product_groups": self.product_groups,
        }
        found = lists[operation][whose]
        for name in ("catalog_id", "feed_id"):
            if name in values:
                found = [record for record in found if record.get(name) == values[name]]
        if "id" in values:
            wanted = {int(each) for each in values["id"]}
            found = [record for record in found if int(record["id"]) in wanted]
        return found
