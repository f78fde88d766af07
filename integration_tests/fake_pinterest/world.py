"""The data of the fake Pinterest: one user, what it owns, and the ad accounts that it sees.

Entities are dicts as Pinterest answers them. Nothing here knows requests or the clock: the world
was made on its `epoch`, and what a day's metrics are depends on the `today` that is asked.

Traps that are always in it:

- about a third of the campaigns, ad groups and ads is archived, and has spent money all the same;
- ids of 12, 13, 17 and 18 digits (Pins: 18 and 19), so that their order as integers is neither
  their order as strings nor the one they are listed in, and many are above 2^53;
- an ad group's `campaign_id` may begin with C, an ad's `ad_group_id` with AG; names may be null;
- the last ad account belongs to another user, who shares it; the currencies differ;
- repins (not `is_owner`, with a parent), own Pins with a parent, a Pin that does not say;
- Pins created in the middle of any window, and days that are PROCESSING or ESTIMATE.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import cache, cached_property
from typing import Any

from . import shop
from .columns import DESCRIBED, Kind
from .facts import ACCOUNT_METRICS, STANDARD_METRICS, TARGETING_TYPES, VIDEO_METRICS
from .metrics import Attribution, Days, Leaf, metric_rows
from .mixing import mixed, mixed_behind, shaken, stirred

Record = dict[str, Any]

MOST_AD_ACCOUNTS = 1_000

LEVELS = ("campaign", "ad_group", "ad")
ID_COLUMNS = {
    "ad_account": "AD_ACCOUNT_ID",
    "campaign": "CAMPAIGN_ID",
    "ad_group": "AD_GROUP_ID",
    "ad": "AD_ID",
}

STATUSES = (
    *("ACTIVE", "ARCHIVED", "ACTIVE", "PAUSED", "ARCHIVED"),
    *("ACTIVE", "ACTIVE", "ARCHIVED", "DRAFT", "ACTIVE"),
)
SUMMARIES = {"ACTIVE": "RUNNING", "PAUSED": "ADVERTISER_DISABLED"}
"""Of a campaign's or an ad group's status, where its summary_status is another."""
AD_CREATIVE_TYPES = (
    *("REGULAR", "VIDEO", "CAROUSEL", "SHOPPING", "IDEA"),
    *("REGULAR", "QUIZ", "SHOWCASE", "COLLECTION", "VIDEO"),
)
PIN_CREATIVE_TYPES = ("REGULAR", "VIDEO", "REGULAR", "CAROUSEL", "IDEA", "REGULAR")
CURRENCIES = ("USD", "EUR", "JPY", "GBP", "CHF")
TIME_ZONES = {
    "USD": "America/Los_Angeles",
    "EUR": "Europe/Berlin",
    "JPY": "Asia/Tokyo",
    "GBP": "Europe/London",
    "CHF": "Europe/Zurich",
}
COUNTRIES = {"USD": "US", "EUR": "DE", "JPY": "JP", "GBP": "GB", "CHF": "CH"}
OBJECTIVES = ("AWARENESS", "CONSIDERATION", "WEB_CONVERSION", "CATALOG_SALES", "VIDEO_COMPLETION")
ADS_ROLES = frozenset({"OWNER", "ADMIN", "ANALYST", "CAMPAIGN_MANAGER"})
"""One of them in an ad account's `permissions`, or its ads endpoints refuse."""

SIZES: dict[str, dict[str, Any]] = {
    "small": {},
    "demo": {
        "campaigns": 8,
        "ad_groups": 3,
        "ads": 4,
        "pins": 120,
        "boards": 12,
        "followers": 300,
        "shop": True,
    },
    "large": {"ad_accounts": 2, "campaigns": 50, "ad_groups": 10, "ads": 10, "pins": 2_000},
    "huge": {"ad_accounts": 1, "campaigns": 250, "ad_groups": 10, "ads": 10, "pins": 10_000},
}

TARGETING_VALUES: dict[str, tuple[tuple[str | int, ...], tuple[str | int, ...]]] = {
    # type: (values that every entity has, values of which it has some)
    "KEYWORD": (
        ("Food and Drinks",),
        ("christmas decor ideas", "déco d'été, 100 %", "sofa", "a:b"),
    ),
    "APPTYPE": (("iphone", "web"), ("ipad", "web_mobile", "android_mobile", "android_tablet")),
    "GENDER": (("unknown", "female"), ("male",)),
    "LOCATION": ((500, "US"), (501, 803, "DE")),
    "PLACEMENT": (("SEARCH", "BROWSE"), ("RELATED_PINS",)),
    "COUNTRY": (("US",), ("DE", "JP", "FR", "GB")),
    "TARGETED_INTEREST": (("Food and Drinks",), ("Chocolate Cookies", "Home Decor", "Travel")),
    "PINNER_INTEREST": (("Food and Drinks", "Chocolate Cookies"), ("Home Decor", "Gardening")),
    "AUDIENCE_INCLUDE": ((500, 254261234567), (9007199254740993, 2542612345678901237)),
    "GEO": (("US", "US-CA"), ("US:94102", "BE:VOV")),
    "AGE_BUCKET": (("unknown", "35-44"), ("18-24", "25-34", "45-49")),
    "REGION": (("US-CA", "US-NY"), ("DE-BE", "JP-13")),
    "AGE_BUCKET_AND_GENDER": (("35-44&female", "unknown&unknown"), ("18-24&male",)),
    "CREATIVE_TYPE": (("REGULAR", "VIDEO"), ("CAROUSEL",)),
    "AUDIENCE_MULTIPLIER": (("254261234567", "500"), ("254261234999",)),
    "CREATIVE_ENHANCEMENTS": (("unknown", "BACKGROUND"), ("ZOOM",)),
    "QUIZ_RESULT": (("Food and Drinks", "You are a cat"), ("You are a dog",)),
}
"""Some are JSON integers, and many come under several types."""


def nullable(targeting_type: str, value: str | int) -> str | int | None:
    """A value as it comes where some are null: the one that every entity has of GENDER."""
    return None if (targeting_type, value) == ("GENDER", "unknown") else value


CONVERSION_GOAL = {
    "conversion_tag_v3_goal_metadata": {
        "attribution_windows": {
            "click_window_days": 30,
            "engagement_window_days": 30,
            "view_window_days": 1,
        },
        "conversion_event": "CHECKOUT",
        "conversion_tag_id": "2617998078212",
        "cpa_goal_value_in_micro_currency": "9007199254740993",
        "is_roas_optimized": None,
    }
}
QUIZ = {
    "questions": [
        {
            "question_id": 1,
            "question_text": "Cat or dog?",
            "options": [{"id": 1, "text": "Cat"}, {"id": 2, "text": "Dog"}],
        }
    ],
    "results": [
        {"result_id": 1, "organic_pin_id": "813744226420795884", "destination_url": "https://c.at"}
    ],
    "tie_breaker_type": "RANDOM",
}

USER_ID = "2783136121146311751"
USERNAME = "a_pinner"
AGENCY_ID = "2783136121146399999"
AGENCY_NAME = "an_agency"
"""The owner of the ad accounts that are shared."""


def instant(day: date, seed: int) -> int:
    """Unix seconds of a moment in that day."""
    moment = datetime.combine(day, time(), tzinfo=timezone.utc)
    return int(moment.timestamp()) + seed % 86_400


def stamp(seconds: int, *, zone: bool = False) -> str:
    """As Pinterest's organic endpoints write it: without a zone, mostly."""
    text = datetime.fromtimestamp(seconds, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}Z" if zone else text


def images(name: str) -> Record:
    return {
        size: {"url": f"https://i.example.com/{size}/{name}.jpg", "width": width, "height": height}
        for size, width, height in (
            ("150x150", 150, 150),
            ("400x300", 400, 300),
            ("600x", 564, None if name[-1] in "37" else 376),
            ("1200x", 600, 400),
            ("originals", 2000, 1333),
        )
    }


class AdAccount:
    """One ad account: its record and, once asked for, its campaigns, ad groups and ads."""

    def __init__(self, world: World, place: int, *, shared: bool, ads_role: bool) -> None:
        self.world = world
        self.place = place
        self.seed = mixed(world.seed, 3, place)
        self.id = str(549755885175 + place * 1_048_573)
        if not world.edition:  # nothing is edited, and a list has many pages
            self.listed = cache(self.listed)  # type: ignore[method-assign]
        self.shared = shared
        self.ads_role = ads_role
        self.currency = CURRENCIES[place % len(CURRENCIES)]
        owner = {"id": USER_ID, "username": USERNAME}
        if shared:
            owner = {"id": AGENCY_ID, "username": AGENCY_NAME}
        permissions = ["OWNER"] if not shared else ["ANALYST"]
        created = instant(world.epoch - timedelta(days=900 + place), self.seed)
        name = f"Ad account {place + 1} ({self.currency})"
        if world.shop and place < len(shop.ACCOUNTS):
            name = shop.ACCOUNTS[place]
        self.record: Record = {
            "id": self.id,
            "name": name,
            "owner": owner,
            "country": COUNTRIES[self.currency],
            "currency": self.currency,
            "permissions": permissions if ads_role else ["FINANCE_VIEW"],
            "created_time": created,
            "updated_time": created + 86_400 if place % 2 else None,
            **({} if place % 2 else {"time_zone": TIME_ZONES[self.currency]}),
        }

    def new_id(self, kind: int, place: int) -> str:
        """Unique in the world: kind 1 for campaigns, 2 for ad groups, 3 for ads, 0 for promotions."""
        number = (((self.place * 4 + kind) << 20) | place) * 977 + mixed(self.seed, place) % 977
        base = (
            *(626_000_000_000, 2_680_000_000_000, 626_000_000_000, 10_000_000_000_000_000),
            *(2_680_000_000_000, 626_000_000_000, 687_000_000_000_000_000),
        )[mixed(self.seed, kind, place) % 7]
        if self.place >= 100:  # numbers are as large as the distances of the other bases by now
            base = (10_000_000_000_000_000, 687_000_000_000_000_000)[number % 2]
        return str(base + number)

    @cached_property
    def places(self) -> dict[str, dict[str, int]]:
        """By level, then by id: where the world made up a campaign, an ad group or an ad."""
        world = self.world
        counts = (1, world.campaigns), (2, world.ad_groups), (3, world.ads)
        places: dict[str, dict[str, int]] = {}
        count = 1
        for level, (kind, of_each) in zip(LEVELS, counts, strict=True):
            count *= of_each
            places[level] = {self.new_id(kind, place): place for place in range(count)}
        return places

    def _by_place(self, level: str, entities: Iterable[Record]) -> list[Record]:
        """Not in the order of the answers: neighbours in a list have different parents."""
        return sorted(entities, key=lambda entity: self.places[level][entity["id"]])

    @staticmethod
    def in_order(entities: Iterable[Record]) -> tuple[Record, ...]:
        """In the order of the answers, when none is asked for: not that of the ids."""
        return tuple(sorted(entities, key=lambda entity: mixed(int(entity["id"]))))

    def _times(self, place: int, kind: int) -> Record:
        age = 95 + mixed(self.seed, kind, place, 1) % 700
        created = instant(self.world.epoch - timedelta(days=age), mixed(place))
        return {"created_time": created, "updated_time": created + mixed(place, kind) % 8_000_000}

    @cached_property
    def campaigns(self) -> tuple[Record, ...]:
        def campaign(place: int) -> Record:
            seed = mixed(self.seed, 21, place)
            status = STATUSES[(place + self.place) % 10]
            times = self._times(place, 1)
            daily = place % 3 == 0
            return {
                "id": self.new_id(1, place),
                "ad_account_id": self.id,
                "name": f"Campaign {place + 1}",
                "status": status,
                "summary_status": SUMMARIES.get(status, status),
                "objective_type": OBJECTIVES[place % len(OBJECTIVES)],
                "lifetime_spend_cap": 0 if daily else 1_000_000 * (seed % 9_000 + 1),
                "daily_spend_cap": 1_000_000 * (seed % 900 + 1) if daily else None,
                "order_line_id": str(1_000_000_000_000 + seed) if place % 4 == 1 else None,
                "start_time": times["created_time"],
                "end_time": None if place % 2 else times["created_time"] + 31_536_000,
                "is_campaign_budget_optimization": place % 2 == 0,
                "is_flexible_daily_budgets": (False, None, True)[place % 3],
                "is_automated_campaign": False,
                "is_performance_plus": False,
                "is_top_of_search": place % 3 == 1,
                "intended_promotion_type": "STANDARD_AD" if place % 5 else "CATALOG",
                "ext_features": None,
                "bid_options": {
                    "app_type_multipliers": {"iphone": 1.5},
                    "audience_multipliers": {"254261234567": 2.0},
                    "placement_multipliers": None,
                }
                if place % 4 == 2
                else None,
                "tracking_urls": None
                if place % 2
                else {"impression": ["https://t.example.com/i"], "click": []},
                "type": "campaign",
                **times,
                **(shop.campaign(world.epoch, self.currency, place) if world.shop else {}),
            }

        world = self.world

        return self.in_order(campaign(place) for place in range(world.campaigns))

    @cached_property
    def ad_groups(self) -> tuple[Record, ...]:
        def ad_group(place: int, campaign: Record) -> Record:
            seed = mixed(self.seed, 22, place)
            status = STATUSES[(place * 3 + self.place + 1) % 10]
            return {
                "id": self.new_id(2, place),
                "ad_account_id": self.id,
                "campaign_id": ("C" if place % 7 == 3 else "") + campaign["id"],
                "name": f"Ad group {place + 1}",
                "status": status,
                "summary_status": SUMMARIES.get(status, status),
                "budget_in_micro_currency": 1_000_000 * (seed % 500 + 1) if place % 5 else None,
                "bid_in_micro_currency": seed % 5_000_000 if place % 3 else None,
                "bid_multiplier": 1.25 if place % 4 == 0 else None,
                "budget_type": ("DAILY", "LIFETIME", "CBO_ADGROUP")[place % 3],
                "bid_strategy_type": ("AUTOMATIC_BID", "MAX_BID", None)[place % 3],
                "billable_event": ("CLICKTHROUGH", "IMPRESSION")[place % 2],
                "pacing_delivery_type": "STANDARD",
                "placement_group": "ALL",
                "auto_targeting_enabled": place % 2 == 0,
                "targeting_spec": {
                    "GEO": ["US", "US-94107"],
                    "GENDER": ["female", "unknown"],
                    "LOCALE": None,
                    "SHOPPING_RETARGETING": [
                        {"lookback_window": 30, "exclusion_window": 14, "tag_types": [6]}
                    ]
                    if place % 6 == 5
                    else None,
                },
                "optimization_goal_metadata": (CONVERSION_GOAL, {}, None)[place % 3],
                "targeting_template_ids": None,
                "promotion_id": str(3_000_000_000 + seed) if place % 4 == 2 else None,
                "promotion_ids": [str(3_000_000_000 + seed)] if place % 4 == 2 else [],
                "promotion_application_level": "AD_GROUP" if place % 4 == 2 else None,
                "lifetime_frequency_cap": -1,
                "feed_profile_id": "0",
                "placement_traffic_type": "ALL" if place % 5 == 3 else None,
                "conversion_learning_mode_type": None,
                "is_creative_optimization": None,
                "is_automated_campaign": False,
                "is_creative_expansion": False,
                "enabled_catalog_expansion": False,
                "ext_features": {"enabled": ["AD_ROTATION"]} if place % 6 == 1 else None,
                "tracking_urls": None,
                "start_time": None,
                "end_time": None,
                "type": "adgroup",
                **self._times(place, 2),
                **(self._of_a_shop(place, campaign) if self.world.shop else {}),
            }

        parents = self._by_place("campaign", self.campaigns)
        return self.in_order(
            ad_group(place * self.world.ad_groups + n, parent)
            for place, parent in enumerate(parents)
            for n in range(self.world.ad_groups)
        )

    @cached_property
    def ads(self) -> tuple[Record, ...]:
        pins = [pin["id"] for pin in self.world.all_pins] or ["813744226420795884"]
        pins += self.world.pins_of_creators

        def ad(place: int, ad_group: Record) -> Record:
            status = STATUSES[(place * 7 + self.place + 2) % 10]
            creative_type = AD_CREATIVE_TYPES[place % 10]
            rejected = place % 10 == 8
            record = {
                "id": self.new_id(3, place),
                "ad_account_id": self.id,
                "campaign_id": ad_group["campaign_id"].removeprefix("C"),
                "ad_group_id": ("AG" if place % 9 == 4 else "") + ad_group["id"],
                "pin_id": pins[mixed(self.seed, place) % len(pins)],
                "name": None if place % 11 == 3 else f"Ad {place + 1}",
                "status": status,
                "summary_status": "APPROVED" if status == "ACTIVE" else status,
                "review_status": "REJECTED" if rejected else "APPROVED",
                "creative_type": creative_type,
                "destination_url": f"https://shop.example.com/{place}" if place % 3 else None,
                "carousel_destination_urls": ["https://shop.example.com/a"]
                if creative_type == "CAROUSEL"
                else None,
                "is_pin_deleted": place % 13 == 6,
                "is_removable": False,
                "tracking_urls": None,
                "rejected_reasons": ["CLICKBAIT", "IMAGE_BUSY"] if rejected else [],
                "rejection_labels": ["Too busy, too loud"] if rejected else [],
                "lead_form_id": str(7_000_000_000 + place) if place % 8 == 1 else None,
                "grid_click_type": ("CLOSEUP", "DIRECT_TO_DESTINATION", None)[place % 3],
                "customizable_cta_type": "SHOP_NOW" if place % 4 == 1 else None,
                "quiz_pin_data": QUIZ if creative_type == "QUIZ" else None,
                "type": "pinpromotion",
                **self._times(place, 3),
            }
            if self.world.shop:
                record |= shop.ad(
                    self.world.epoch, self.currency, *self._shop_places(record), record
                )
            return record

        parents = self._by_place("ad_group", self.ad_groups)
        return self.in_order(
            ad(place * self.world.ads + n, parent)
            for place, parent in enumerate(parents)
            for n in range(self.world.ads)
        )

    def _of_a_shop(self, place: int, campaign: Record) -> Record:
        """What a shop's ad group has instead."""
        of = self.places["campaign"][campaign["id"]]
        return shop.ad_group(self.world.epoch, self.currency, of, place, campaign)

    def _shop_places(self, ad: Record) -> tuple[int, int]:
        """Of an ad: its campaign's and its own. In each ad account there are others."""
        place = self.places["ad"][ad["id"]]
        return self.places["campaign"][ad["campaign_id"]], place + self.place * 1_000

    def entities(self, level: str) -> tuple[Record, ...]:
        return {"campaign": self.campaigns, "ad_group": self.ad_groups, "ad": self.ads}[level]

    def listed(self, level: str, statuses: frozenset[str], order: str | None) -> list[Record]:
        """Those of some statuses, in the order of the answers: by id if one is asked for."""
        listed = [entity for entity in self.entities(level) if entity["status"] in statuses]
        if order:
            listed.sort(key=lambda each: int(each["id"]), reverse=order == "DESCENDING")
        return listed

    def edit(self, level: str, entity_id: str, **fields: Any) -> None:
        """The owner, or Pinterest itself, changes an entity. `updated_time` is one of the fields: Pinterest
        does not say which changes move it."""
        assert self.world.edition
        (entity,) = [each for each in self.entities(level) if each["id"] == entity_id]
        entity.update(fields)

    def delete(self, level: str, entity_id: str) -> None:
        """No list has the entity any more, and no field of any answer says so."""
        assert self.world.edition
        kept = tuple(each for each in self.entities(level) if each["id"] != entity_id)
        self.__dict__[f"{level}s"] = kept

    @cached_property
    def by_id(self) -> dict[str, dict[str, Record]]:
        return {
            level: {entity["id"]: entity for entity in self.entities(level)} for level in LEVELS
        }

    @cached_property
    def ads_below(self) -> dict[str, dict[str, list[Record]]]:
        """By level, then by id: the ads of a campaign, of an ad group, of an ad."""
        below: dict[str, dict[str, list[Record]]] = {
            level: {entity["id"]: [] for entity in self.entities(level)} for level in LEVELS
        }
        for ad in self.ads:
            below["campaign"][ad["campaign_id"]].append(ad)
            below["ad_group"][ad["ad_group_id"].removeprefix("AG")].append(ad)
            below["ad"][ad["id"]].append(ad)
        return below

    @cached_property
    def _leaves(self) -> dict[str, Leaf | None]:
        return {ad["id"]: self._leaf(ad) for ad in self.ads}

    def leaf(self, ad: Record) -> Leaf | None:
        """None for an ad that never did anything."""
        return self._leaves[ad["id"]]

    def _leaf(self, ad: Record) -> Leaf | None:
        number = int(ad["id"])
        if mixed(number, 5) % 9 == 0:
            return None
        shape = None
        if self.world.shop:
            if ad["review_status"] == "REJECTED":
                return None
            shape = shop.shape(self.world.epoch, self.currency, *self._shop_places(ad))
        return Leaf(self.world.drawn(number), frozenset([ad["creative_type"]]), shape=shape)

    def leaves(self, ads: Iterable[Record]) -> list[Leaf]:
        return [leaf for leaf in map(self.leaf, ads) if leaf]

    def attributes(self, level: str, entity: Record, *, integers: bool) -> Record:
        """The identifiers and attributes of an entity as columns, those without a value left out.

        `integers`: whether this endpoint answers with ids as JSON integers.
        """
        values: Record = {"AD_ACCOUNT_ID": self.id, "ADVERTISER_ID": self.id}
        parents: dict[str, Record] = {}
        if level == "ad":
            parents["ad"] = entity
            ad_group_id = entity["ad_group_id"].removeprefix("AG")
            parents["ad_group"] = self.by_id["ad_group"][ad_group_id]
        elif level == "ad_group":
            parents["ad_group"] = entity
        if level == "campaign":
            parents["campaign"] = entity
        elif level in {"ad_group", "ad"}:
            parents["campaign"] = self.by_id["campaign"][
                parents["ad_group"]["campaign_id"].removeprefix("C")
            ]
        if campaign := parents.get("campaign"):
            place = self.places["campaign"][campaign["id"]] + 1
            values |= {
                "CAMPAIGN_ID": campaign["id"],
                "CAMPAIGN": campaign["name"],
                "CAMPAIGN_NAME": campaign["name"],
                "CAMPAIGN_BRAND_LABEL": "A brand" if place % 2 else None,
                "CAMPAIGN_ENTITY_STATUS": campaign["status"],
                "CAMPAIGN_OBJECTIVE_TYPE": campaign["objective_type"],
                "CAMPAIGN_BUDGET_OPTIMIZATION": campaign["is_campaign_budget_optimization"],
                "CAMPAIGN_LIFETIME_SPEND_CAP": campaign["lifetime_spend_cap"],
                "CAMPAIGN_DAILY_SPEND_CAP": campaign["daily_spend_cap"],
                "IS_CATALOG_CREATIVE_CAMPAIGN": place % 3 == 0,
                "IS_PREMIERE_CAMPAIGN": False,
                "ORDER_LINE_ID": campaign["order_line_id"],
                "SPEND_ORDER_LINE_ID": campaign["order_line_id"],
                "ORDER_LINE_NAME": "An order" if campaign["order_line_id"] else None,
            }
        if ad_group := parents.get("ad_group"):
            budget = ad_group["budget_in_micro_currency"]
            values |= {
                "AD_GROUP_ID": ad_group["id"],
                "AD_GROUP_NAME": ad_group["name"],
                "AD_GROUP_ENTITY_STATUS": ad_group["status"],
                "AD_GROUP_BUDGET_TYPE": ad_group["budget_type"],
                "AD_GROUP_BUDGET_IN_LOCAL_CURRENCY": None if budget is None else budget / 1_000_000,
                "AD_GROUP_BID_MULTIPLIER": ad_group["bid_multiplier"],
                "AD_GROUP_OPTIMIZATION": ad_group["billable_event"],
                "PROMO_ID": ad_group["promotion_id"],
                "PROMO_NAME": "A promotion" if ad_group["promotion_id"] else None,
            }
        if ad := parents.get("ad"):
            shopping = ad["creative_type"] in {"SHOPPING", "COLLECTION"}
            values |= {
                "AD_ID": ad["id"],
                "PIN_PROMOTION_ID": ad["id"],
                "AD_NAME": ad["name"],
                "PIN_ID": ad["pin_id"],
                "PRODUCT_GROUP_AD_IMAGE_TAG": "an image tag" if shopping else None,
                "PRODUCT_GROUP_AD_VIDEO_TAG": "a video tag" if shopping else None,
                "VIDEO_LENGTH": 15.5 if ad["creative_type"] == "VIDEO" else None,
            }
        return {
            name: int(value) if integers and DESCRIBED[name].kind is Kind.IDENTIFIER else value
            for name, value in values.items()
            if value is not None
        }


@dataclass(frozen=True)
class World:
    """Sizes are per parent: campaigns per ad account, ad groups per campaign, ads per ad group."""

    seed: int = 1
    edition: int = 0
    """Another one, if entities are edited or deleted: worlds with equal fields count as the same."""
    epoch: date = date(2026, 11, 24)
    """The day on which the entities were made up; days without data count back from it."""
    ad_accounts: int = 3
    campaigns: int = 4
    ad_groups: int = 2
    ads: int = 3
    product_groups: int = 4
    """Product group promotions of each ad group that has shopping ads."""
    pins: int = 60
    boards: int = 5
    followers: int = 30
    interests: int = 12
    account_without_ads_role: bool = False
    """One ad account more, whose permissions are FINANCE_VIEW."""
    stuck_pin: bool = False
    """One Pin's day, 20 days before the epoch, stays PROCESSING for ever."""
    repeated_keyword: bool = False
    """One entity of each level has the same keyword text in two rows."""
    creators: int = 0
    """Pins of other people that ads promote, which are in no list of the user's."""
    shop: bool = False
    """Names, flights, seasons and quality of a shop for home decor, see `shop.py`."""
    different_ads: int = 0
    """So many ads have numbers that are theirs alone, and all others those of one of them: a large world is answered
    in little time. 0: no two ads do the same."""
    business_created: date | None = None
    """The user's own analytics are BEFORE_BUSINESS_CREATED before that day."""

    def __post_init__(self) -> None:
        # The ids of an account's entities are numbered within it.
        if max(self.campaigns * self.ad_groups * self.ads, self.pins) >= 1 << 20:
            raise ValueError("At most a million ads in an ad account, and as many Pins.")
        if self.ad_accounts > MOST_AD_ACCOUNTS:
            raise ValueError(f"At most {MOST_AD_ACCOUNTS:,} ad accounts.")

    def drawn(self, number: int) -> int:
        """What the numbers of an ad, or of what it is in, are made of."""
        return mixed(number) % self.different_ads if self.different_ads else mixed(number)

    # The user and what it owns

    @property
    def user_id(self) -> str:
        return USER_ID

    @property
    def username(self) -> str:
        return USERNAME

    @cached_property
    def user(self) -> Record:
        return {
            "id": self.user_id,
            "username": self.username,
            "account_type": "BUSINESS",
            "about": "",
            "business_name": "Lindenhaus" if self.shop else "A Pinner's Shop",
            "profile_image": "https://i.example.com/profile.jpg",
            "website_url": "",
            "board_count": self.boards,
            "pin_count": self.pins,
            "follower_count": self.followers,
            "following_count": self.interests,
            "monthly_views": 163,
        }

    @cached_property
    def all_boards(self) -> tuple[Record, ...]:
        def board(place: int) -> Record:
            seed = mixed(self.seed, 31, place)
            created = instant(self.epoch - timedelta(days=100 + seed % 900), seed)
            return {
                "id": str(549_755_885_175_000_000 + seed % 1_000_000 + place * 1_000_000),
                "name": "Ad-only Pins" if place == 4 else f"Board {place + 1}",
                "description": None if place % 2 else "What we like, é",
                # Most without a zone, some with
                "created_at": stamp(created, zone=place % 3 == 2),
                "board_pins_modified_at": stamp(created + 8_000_000),
                "collaborator_count": place % 2,
                "follower_count": seed % 1_000,
                "pin_count": seed % 100,
                "is_ads_only": place == 4,
                "media": {
                    "image_cover_url": None if place % 2 else "https://i.example.com/b.jpg",
                    "pin_thumbnail_urls": [],
                },
                "owner": {"username": self.username},
                "privacy": "PROTECTED" if place == 4 else "SECRET" if place == 3 else "PUBLIC",
                **(shop.board(place) if self.shop else {}),
            }

        return tuple(board(place) for place in range(self.boards))

    @cached_property
    def all_pins(self) -> tuple[Record, ...]:
        boards = [board["id"] for board in self.all_boards if not board["is_ads_only"]]

        def pin(place: int) -> Record:
            seed = mixed(self.seed, 32, place)
            base = (813_744_226_420_000_000, 1_013_744_226_420_000_000)[seed % 5 == 0]
            creative_type = PIN_CREATIVE_TYPES[place % len(PIN_CREATIVE_TYPES)]
            age = 3 + seed % 60 if place % 4 == 3 else 91 + seed % 900
            repin = place % 9 == 5
            if creative_type == "VIDEO":
                media: Record = {
                    "media_type": "video",
                    "images": images(str(place)),
                    "cover_image_url": "https://i.example.com/v.jpg",
                    "video_url": None,
                    "duration": 15_500 if place % 4 else None,
                    "height": 1920,
                    "width": 1080,
                }
            elif creative_type == "CAROUSEL":
                media = {
                    "media_type": "multiple_images",
                    "items": [
                        {
                            "item_type": "image",
                            "title": "One",
                            "description": None,
                            "link": None,
                            "images": images(str(place)),
                        }
                    ],
                }
            else:
                media = {"media_type": "image", "images": images(str(place))}
            record: Record = {
                "id": str(base + place * 100_003 + seed % 99_991),
                "created_at": stamp(instant(self.epoch - timedelta(days=age), seed)),
                "title": None if place % 5 == 4 else f"Pin {place + 1}",
                "description": " " if place % 8 == 3 else "Ein schöner Satz",
                "link": None if place % 2 else "https://shop.example.com/?a=1&b=2",
                "alt_text": None,
                "dominant_color": "#A0B1C2",
                "board_id": boards[seed % len(boards)] if boards else "549755885175000000",
                "board_section_id": None,
                "board_owner": {"username": self.username},
                "parent_pin_id": str(703_744_226_420_000_000 + seed)
                if repin or place % 9 == 7
                else None,
                "creative_type": None
                if place % 17 == 16 and creative_type != "VIDEO"
                else creative_type,
                "has_been_promoted": place % 2 == 0,
                "is_owner": not repin,
                "is_standard": not repin,
                "is_product": place % 10 == 1,
                "is_removable": False,
                "product_tags": [],
                "pin_metrics": None,
                "media": media,
            }
            if place % 7 == 2:
                record["note"] = "" if place % 2 else "For later"
            if place % 23 == 22:
                del record["is_owner"]  # it does not say; it is the user's own
            return {**record, **shop.pin(place, record)} if self.shop else record

        pins = [pin(place) for place in range(self.pins)]
        return tuple(sorted(pins, key=lambda record: mixed(int(record["id"]))))

    @cached_property
    def pins_by_id(self) -> dict[str, Record]:
        return {pin["id"]: pin for pin in self.all_pins}

    @cached_property
    def pins_of_creators(self) -> list[str]:
        return [str(913_744_226_420_000_000 + place * 977) for place in range(self.creators)]

    def promoted_pin(self, pin_id: str) -> Record | None:
        """A Pin as the owner of an ad account sees it that promotes it."""
        if pin_id not in self.pins_of_creators:
            return self.pins_by_id.get(pin_id)
        place = self.pins_of_creators.index(pin_id)
        like = self.all_pins[place % len(self.all_pins)]
        utm = "?utm_source=pinterest&utm_campaign=creators&utm_campaign=2" if place % 2 else ""
        return {
            **like,
            "id": pin_id,
            "title": f"By a creator {place}",
            "link": f"https://creator.example.com/{place}{utm}",
            "board_owner": {"username": f"creator_{place}"},
            "is_owner": False,
        }

    @cached_property
    def own_pins(self) -> tuple[Record, ...]:
        """Those that have analytics."""
        return tuple(pin for pin in self.all_pins if pin.get("is_owner") is not False)

    @cached_property
    def all_followers(self) -> tuple[Record, ...]:
        return tuple(
            {"username": f"follower_{mixed(self.seed, 33, place)}_{place}", "type": "user"}
            for place in range(self.followers)
        )

    @cached_property
    def all_interests(self) -> tuple[Record, ...]:
        def interest(place: int) -> Record:
            record = {
                "id": str(903_000_000_000 + mixed(self.seed, 34, place) + place * (1 << 30)),
                "key": f"interest {place + 1}",
                "name": f"Interest {place + 1}",
                "canonical_url": f"/ideas/interest-{place + 1}/",
            }
            if self.shop and place < len(shop.INTERESTS):
                record["name"] = shop.INTERESTS[place]
            elif place % 10 == 6:
                del record["name"]
            return record

        return tuple(interest(place) for place in range(self.interests))

    # Ad accounts

    @cached_property
    def accounts(self) -> dict[str, AdAccount]:
        """By id, in the order of the answers."""
        accounts = [
            AdAccount(
                self,
                place,
                shared=place > 0 and place == self.ad_accounts - 1,
                ads_role=True,
            )
            for place in range(self.ad_accounts)
        ]
        if self.account_without_ads_role:
            accounts.append(AdAccount(self, self.ad_accounts, shared=True, ads_role=False))
        return {account.id: account for account in accounts}

    def entities(self, level: str, ad_account_id: str) -> tuple[Record, ...]:
        """The campaigns, ad groups or ads (`level`: campaign, ad_group, ad) of an ad account."""
        return self.accounts[ad_account_id].entities(level)

    # Metrics

    def analytics(
        self,
        level: str,
        ad_account_id: str,
        ids: Iterable[str],
        *,
        start: date,
        end: date,
        today: date,
        granularity: str,
        columns: Iterable[str],
        attribution: Attribution | None = None,
    ) -> Iterator[Record]:
        """The rows of /analytics at a level, entity by entity; unknown ids have none.

        The row's own id is in it whether asked for or not. Campaigns answer with ids as integers.
        """
        account = self.accounts[ad_account_id]
        names = list(dict.fromkeys(columns))
        how = attribution or Attribution()
        days = Days(start, end, today, how)
        for entity_id in dict.fromkeys(ids):
            if level == "ad_account":
                entity, ads = account.record, list(account.ads)
            elif entity_id in account.by_id[level]:
                entity = account.by_id[level][entity_id]
                ads = account.ads_below[level][entity_id]
            else:
                continue
            leaves = account.leaves(ads)
            if not leaves:
                continue
            attributes = account.attributes(level, entity, integers=level == "campaign")
            asked = {ID_COLUMNS[level]: attributes[ID_COLUMNS[level]]}
            asked |= {name: attributes[name] for name in names if name in attributes}
            seed = self.drawn(int(entity_id))
            for row in metric_rows(seed, level, leaves, days, granularity, names, today, how):
                yield {**asked, **row}

    def aggregate(
        self,
        level: str,
        ad_account_id: str,
        ids: Iterable[str],
        *,
        start: date,
        end: date,
        today: date,
        granularity: str,
        columns: Iterable[str],
        attribution: Attribution | None = None,
    ) -> Iterator[Record]:
        """With `aggregate_report_rows`: all the entities in one row, which has no id."""
        account = self.accounts[ad_account_id]
        ads = [
            ad
            for entity_id in dict.fromkeys(ids)
            for ad in account.ads_below[level].get(entity_id, [])
        ]
        yield from metric_rows(
            1,
            level,
            account.leaves(ads),
            Days(start, end, today, attribution or Attribution()),
            granularity,
            list(dict.fromkeys(columns)),
            today,
            attribution or Attribution(),
        )

    def targeting_values(
        self, level: str, ad_account_id: str, entity_id: str, targeting_type: str
    ) -> list[str | int]:
        always, sometimes = TARGETING_VALUES[targeting_type]
        seed = mixed(int(entity_id), len(targeting_type), ord(targeting_type[0]))
        if self.shop and (
            of_a_shop := shop.values(self.accounts[ad_account_id].currency, targeting_type)
        ):
            always, sometimes = (*of_a_shop,), ()
        values: list[str | int] = [*always]
        values += [value for n, value in enumerate(sometimes) if shaken(seed ^ mixed(n)) % 3 == 0]
        if targeting_type == "KEYWORD" and self._repeats(level, ad_account_id, entity_id):
            values.append(values[0])
        return values

    def _repeats(self, level: str, ad_account_id: str, entity_id: str) -> bool:
        if not self.repeated_keyword or level == "ad_account":
            return False
        account = self.accounts[ad_account_id]
        first = next(
            entity
            for entity in account.entities(level)
            if account.leaves(account.ads_below[level][entity["id"]])
        )
        return bool(first["id"] == entity_id)

    def targeting_analytics(
        self,
        level: str,
        ad_account_id: str,
        ids: Iterable[str],
        *,
        start: date,
        end: date,
        today: date,
        granularity: str,
        columns: Iterable[str],
        targeting_types: Iterable[str],
        attribution: Attribution | None = None,
    ) -> Iterator[Record]:
        """The elements of `data` of /targeting_analytics; ids are integers throughout.

        Each value has activity of its own: a breakdown does not add up to its entity, and a shop's only
        roughly.
        """
        account = self.accounts[ad_account_id]
        names = list(dict.fromkeys(columns))
        how = attribution or Attribution()
        days = Days(start, end, today, how)
        types = list(dict.fromkeys(targeting_types))
        for entity_id in dict.fromkeys(ids):
            if level == "ad_account":
                entity, ads = account.record, list(account.ads)
            elif entity_id in account.by_id[level]:
                entity = account.by_id[level][entity_id]
                ads = account.ads_below[level][entity_id]
            else:
                continue
            leaves = account.leaves(ads)
            if not leaves:
                continue
            families = frozenset().union(*(leaf.families for leaf in leaves))
            attributes = account.attributes(level, entity, integers=True)
            asked = {ID_COLUMNS[level]: attributes[ID_COLUMNS[level]]}
            asked |= {name: attributes[name] for name in names if name in attributes}
            for targeting_type in types:
                place = TARGETING_TYPES[level].index(targeting_type)
                values = self.targeting_values(level, ad_account_id, entity_id, targeting_type)
                for n, value in enumerate(values):
                    seed = mixed(int(entity_id), 1_000 + place * 100 + n)
                    of_value = [Leaf(seed, families)]
                    if self.shop:
                        of_value = [
                            leaf._replace(
                                seed=mixed(leaf.seed, place, n),
                                shape=shop.share(
                                    leaf.shape, account.currency, targeting_type, value
                                ),
                            )
                            for leaf in leaves
                            if leaf.shape
                        ]
                    for row in metric_rows(
                        seed, level, of_value, days, granularity, names, today, how
                    ):
                        yield {
                            "targeting_type": targeting_type,
                            "targeting_value": value,
                            "metrics": {**asked, **row},
                        }

    # Organic analytics

    @property
    def stuck_pin_id(self) -> str | None:
        return self.own_pins[0]["id"] if self.stuck_pin and self.own_pins else None

    @property
    def stuck_day(self) -> date:
        return self.epoch - timedelta(days=20)

    def pin_analytics(
        self,
        pin_id: str,
        *,
        start: date,
        end: date,
        today: date,
        metric_types: Iterable[str],
        salt: int = 0,
    ) -> Record:
        """`daily_metrics`, `summary_metrics` and `lifetime_metrics` of a Pin.

        A Pin has values of its own list only: a video those of the video list, any other those of
        the standard list.
        """
        pin = self.pins_by_id[pin_id]
        names = VIDEO_METRICS if is_video(pin) else STANDARD_METRICS
        seed = mixed(int(pin_id), salt)
        asked = [name for name in dict.fromkeys(metric_types) if name in names]
        lifetime = [name for name in asked if name in LIFETIME]
        asked = [name for name in asked if name not in LIFETIME]
        created = date.fromisoformat(pin["created_at"][:10])

        def status(day: date) -> str:
            age = (today - day).days
            if day < created:
                return "BEFORE_PIN_CREATED"
            if pin_id == self.stuck_pin_id and day == self.stuck_day:
                return "PROCESSING"
            if age <= 1 + seed % 2:
                return "PROCESSING"
            return "ESTIMATE" if age == 2 + seed % 2 and seed % 3 == 0 else "READY"

        daily = [
            self._organic_day(seed, day, today, status(day), asked)
            for day in (start + timedelta(n) for n in range((end - start).days + 1))
        ]
        return {
            "daily_metrics": daily,
            "summary_metrics": summary(daily, asked),
            "lifetime_metrics": {name: mixed(seed, len(name)) % 100 for name in lifetime},
        }

    def user_account_analytics(
        self,
        *,
        start: date,
        end: date,
        today: date,
        metric_types: Iterable[str] | None = None,
        salt: int = 0,
    ) -> Record:
        asked = list(dict.fromkeys(metric_types or ACCOUNT_METRICS))
        seed = mixed(self.seed, 41, salt)

        def status(day: date) -> str:
            age = (today - day).days
            if self.business_created and day < self.business_created:
                return "BEFORE_BUSINESS_CREATED"
            return "PROCESSING" if age <= 1 else "ESTIMATE" if age == 2 else "READY"

        daily = [
            self._organic_day(seed, day, today, status(day), asked, of_all=True)
            for day in (start + timedelta(n) for n in range((end - start).days + 1))
        ]
        return {"daily_metrics": daily, "summary_metrics": summary(daily, asked)}

    def _organic_day(
        self,
        seed: int,
        day: date,
        today: date,
        status: str,
        names: list[str],
        *,
        of_all: bool = False,
    ) -> Record:
        ordinal = day.toordinal()
        metrics: Record = {}
        # A day that is being processed may have no numbers yet, or too low ones.
        if not status.startswith("BEFORE_") and not (
            status == "PROCESSING" and mixed(seed, ordinal) % 2
        ):
            sixths = min(max((today - day).days, 0) + 1, 6)
            begun = stirred(seed)
            for name in names:
                value = mixed_behind(begun, ordinal, COUNTED[name])
                if name.endswith("_RATE"):
                    metrics[name] = value % 3_000 / 10_000
                elif name in {"VIDEO_AVG_WATCH_TIME", "VIDEO_V50_WATCH_TIME"}:
                    metrics[name] = value % 40_000 * sixths // 6 / 4
                elif self.shop:
                    metrics[name] = shop.organic(seed, ordinal, name, sixths, of_all=of_all)
                else:
                    metrics[name] = (6 + value % 5_000) * sixths // 6
        return {"date": day.isoformat(), "data_status": status, "metrics": metrics}


LIFETIME = frozenset({"TOTAL_COMMENTS", "TOTAL_REACTIONS"})
COUNTED = {
    name: place
    for place, name in enumerate(
        dict.fromkeys([*STANDARD_METRICS, *VIDEO_METRICS, *ACCOUNT_METRICS])
    )
}


def is_video(pin: Record) -> bool:
    return bool(pin.get("media", {}).get("media_type") == "video")


def summary(daily: list[Record], names: list[str]) -> Record:
    """Sums; for what does not add up, the mean of the days."""
    result: Record = {}
    for name in names:
        values = [day["metrics"][name] for day in daily if name in day["metrics"]]
        if values:
            mean = name.endswith("_RATE") or name == "VIDEO_AVG_WATCH_TIME"
            result[name] = round(sum(values) / len(values), 6) if mean else sum(values)
    return result


class Agency(World):
    """The owner of the shared ad accounts, who has other boards and Pins than the user of the login."""

    @property
    def user_id(self) -> str:
        return AGENCY_ID

    @property
    def username(self) -> str:
        return AGENCY_NAME
