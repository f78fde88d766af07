"""The content of an asynchronous report: rows by the id that they are about, at every level.

The description does not describe them. Beside the columns, a row has `DATE` (unless it is a total),
`HOUR` by the hour, `TARGETING_TYPE` and `TARGETING_VALUE` where it is broken down, and `KEYWORD_ID` and
`KEYWORD` of a keyword. The id of a product item is what its rows stand under, and nowhere else.

At the levels that synchronous reports have, the numbers are theirs.

Keywords are those that the list of the ad account has, of ad groups only, and not negative: few of
each ad group were looked for. Traps: ids above 2^53, as integers here and strings there; product items that two ad accounts show; ad groups without any; hours and days without activity.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from . import account_lists, product_groups
from .account_lists import NEGATIVE
from .facts import TARGETING_TYPES
from .metrics import OWN_ZONE, Attribution, Days, Leaf, metric_rows, mixed
from .world import ID_COLUMNS, TARGETING_VALUES, AdAccount, Record, World, nullable

Row = tuple[str, Record]

LEVELS = {
    "ADVERTISER": "ad_account",
    "CAMPAIGN": "campaign",
    "AD_GROUP": "ad_group",
    "PIN_PROMOTION": "ad",
    "KEYWORD": "keyword",
    "PRODUCT_GROUP": "product_group",
    "PRODUCT_ITEM": "product_item",
}

OTHER_TARGETING_VALUES: dict[str, tuple[str | int, ...]] = {
    "MEDIA_TYPE": ("image", "video"),
    "LOCAL_ADS_STORE_CODE": (500, "store 7"),
}

KEYWORDS_LOOKED_FOR = 4
"""Of an ad group: the others have no activity."""

HOURS = range(24)


@dataclass(frozen=True)
class Entity:
    """The entity that rows are about."""

    id: str
    status: str
    leaves: tuple[Leaf, ...]
    columns: Record
    """The id and attributes that may be asked for."""
    beside: Record
    """What a row has without being asked."""


def rows(
    world: World,
    account: AdAccount,
    body: Record,
    today: date,
    *,
    null_targeting_values: bool = False,
) -> Iterator[Row]:
    """The id that a row is about, and the row; `body` is that of the POST, with its defaults."""
    level = LEVELS[body["level"].removesuffix("_TARGETING")]
    statuses = body.get(f"{level}_statuses")
    how = Attribution(
        body["click_window_days"],
        body["engagement_window_days"],
        body["view_window_days"],
        body["conversion_report_time"],
        body.get("reporting_timezone") == OWN_ZONE,
    )
    start, end = (date.fromisoformat(body[name]) for name in ("start_date", "end_date"))
    window = Window(
        Days(start, end, today, how),
        today,
        body["granularity"],
        list(dict.fromkeys(body["columns"])),
        how,
    )
    targeting = body["level"].endswith("_TARGETING")
    types = body.get("targeting_types", ["GENDER"]) if targeting else [None]
    for entity in entities(account, level, targeting):
        if (statuses and entity.status not in statuses) or not entity.leaves:
            continue
        if not asked_for(level, entity, body):
            continue
        asked = {name: entity.columns[name] for name in window.columns if name in entity.columns}
        for kind in types:
            for beside, seed, leaves in parts(world, account, level, entity, kind):
                if null_targeting_values and kind is not None:
                    beside["TARGETING_VALUE"] = nullable(kind, beside["TARGETING_VALUE"])
                for row in window.rows(level, seed, leaves):
                    yield entity.id, {**entity.beside, **beside, **asked, **row}


def asked_for(level: str, entity: Entity, body: Record) -> bool:
    """By the fields with ids: its own, or those of what it belongs to."""
    for kind in ("campaign", "ad_group", "ad", "product_group", "product_item"):
        wanted = body.get(f"{kind}_ids")
        own = entity.id if kind == level else entity.columns.get(f"{kind.upper()}_ID")
        if wanted is not None and str(own) not in wanted:
            return False
    return True


@dataclass(frozen=True)
class Window:
    days: Days
    today: date
    granularity: str
    columns: list[str]
    attribution: Attribution

    def rows(self, level: str, seed: int, leaves: tuple[Leaf, ...]) -> Iterator[Record]:
        if self.granularity != "HOUR":
            yield from self._rows(level, seed, leaves, self.granularity)
            return
        for hour in HOURS:  # each has activity of its own
            of_the_hour = [Leaf(mixed(leaf.seed, hour, 77), leaf.families) for leaf in leaves]
            for row in self._rows(level, mixed(seed, hour), tuple(of_the_hour), "DAY"):
                yield {"HOUR": hour, **row}

    def _rows(
        self, level: str, seed: int, leaves: tuple[Leaf, ...], granularity: str
    ) -> Iterator[Record]:
        return metric_rows(
            seed,
            level if level in ID_COLUMNS else "campaign",  # which has all columns
            leaves,
            self.days,
            granularity,
            self.columns,
            self.today,
            self.attribution,
        )


Part = tuple[Record, int, tuple[Leaf, ...]]


def parts(
    world: World, account: AdAccount, level: str, entity: Entity, kind: str | None
) -> Iterator[Part]:
    """What a row has beside, and what its numbers follow from: of the whole, or of each value."""
    if kind is None:
        yield {}, mixed(int(entity.id)), entity.leaves
        return
    if kind in TARGETING_TYPES.get(level, []):
        place = TARGETING_TYPES[level].index(kind)
        values = world.targeting_values(level, account.id, entity.id, kind)
    else:
        place = 50 + len(kind)
        values = [*OTHER_TARGETING_VALUES.get(kind, TARGETING_VALUES.get(kind, ((),))[0])]
    families = frozenset().union(*(leaf.families for leaf in entity.leaves))
    for n, value in enumerate(values):
        seed = mixed(int(entity.id), 1_000 + place * 100 + n)
        beside = {"TARGETING_TYPE": kind, "TARGETING_VALUE": value}
        yield beside, seed, (Leaf(seed, families),)


def entities(account: AdAccount, level: str, targeting: bool = False) -> list[Entity]:
    if level in ID_COLUMNS:
        return list(of_the_world(account, level, integers=targeting or level == "campaign"))
    return list({"keyword": keywords, "product_group": promotions}.get(level, items)(account))


def of_the_world(account: AdAccount, level: str, *, integers: bool) -> Iterator[Entity]:
    """An entity's own id is in its rows whether it is asked for or not."""
    is_account = level == "ad_account"
    for record in [account.record] if is_account else account.entities(level):
        ads = account.ads if is_account else account.ads_below[level][record["id"]]
        columns = account.attributes(level, record, integers=integers)
        own = {ID_COLUMNS[level]: columns[ID_COLUMNS[level]]}
        status = record.get("summary_status", "")
        yield Entity(record["id"], status, tuple(account.leaves(ads)), columns, own)


def keywords(account: AdAccount) -> Iterator[Entity]:
    of_ad_groups: dict[str, list[Record]] = {}
    for keyword in account_lists.all_keywords(account):
        if keyword["parent_type"] == "AD_GROUP" and keyword["match_type"] not in NEGATIVE:
            of_ad_groups.setdefault(keyword["parent_id"], []).append(keyword)
    for ad_group_id, found in of_ad_groups.items():
        ad_group = account.by_id["ad_group"][ad_group_id]
        above = account.attributes("ad_group", ad_group, integers=False)
        for keyword in sorted(found, key=lambda each: int(each["id"]))[:KEYWORDS_LOOKED_FOR]:
            number = int(keyword["id"])
            beside = {"KEYWORD_ID": number, "KEYWORD": keyword["value"]}
            yield Entity(keyword["id"], "", (Leaf(mixed(number)),), above, beside)


def promotions(account: AdAccount) -> Iterator[Entity]:
    """The product group promotions, which Pinterest's reports call product groups."""
    statuses = ("RUNNING", "PAUSED", "EXCLUDED", "ARCHIVED")
    for place, record in enumerate(product_groups.promotions(account)):
        ad_group = account.by_id["ad_group"][product_groups.own_ad_group_id(record)]
        status = statuses[place % 4]
        number = int(record["id"])
        columns = {
            **account.attributes("ad_group", ad_group, integers=False),
            "PRODUCT_GROUP_ID": number,
            "PRODUCT_GROUP_STATUS": status,
        }
        leaves = tuple(product_groups.leaves(account, record))
        yield Entity(record["id"], status, leaves, columns, {})


def items(account: AdAccount) -> Iterator[Entity]:
    """The catalog is the same for all ad accounts, and each shows most of it."""
    for place in range(40):
        if (place + account.place) % 5 == 0:
            continue
        number = 687_000_000_000_000_001 + place * 977
        columns = {
            "ADVERTISER_ID": account.id,
            "PRODUCT_ITEM_NAME": f"Item {place}",
            "PRODUCT_ITEM_PRICE": f"{place}.90",
            "PRODUCT_ITEM_BRAND": None if place % 3 else "A brand",
        }
        known = {name: value for name, value in columns.items() if value is not None}
        leaf = Leaf(mixed(number, account.place))
        yield Entity(str(number), "", (leaf,), known, {})
