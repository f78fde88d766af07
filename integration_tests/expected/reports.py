"""The expected rows of reports, from the world alone: never from the connector.

What "all columns" means follows from Pinterest's description, too.
"""

from __future__ import annotations

import functools
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from integration_tests.fake_pinterest import product_groups
from integration_tests.fake_pinterest.columns import DESCRIBED, Kind
from integration_tests.fake_pinterest.facts import (
    ACCOUNT_METRICS,
    COLUMNS,
    LIFETIME_METRICS,
    STANDARD_METRICS,
    TARGETING_TYPES,
    VIDEO_METRICS,
)
from integration_tests.fake_pinterest.metrics import Attribution
from integration_tests.fake_pinterest.refusals import BETA_TARGETING_TYPES, REFUSED_COLUMNS
from integration_tests.fake_pinterest.world import ID_COLUMNS, AdAccount, World, is_video, nullable

Record = dict[str, Any]

LEVELS: dict[str, tuple[str, ...]] = {"ad_account": ()}
LEVELS |= {"campaign": ("campaign",), "ad_group": ("campaign", "ad_group")}
LEVELS["ad"] = (*LEVELS["ad_group"], "ad")
LEVELS["product_group_promotion"] = (*LEVELS["ad_group"], "product_group_promotion")
"""An entity's row names its parents too."""

WITH_UPDATED_TIME = {"ad_group_targeting_analytics", "ad_targeting_analytics"}
OWN_ID = {**ID_COLUMNS, "product_group_promotion": "PRODUCT_GROUP_ID"}
LOWER_CASE = {"ADVERTISER_ID", "PIN_PROMOTION_ID", "PIN_ID", *ID_COLUMNS.values()}
"""Columns of identity: fields in lower case, and never a second time under their own names."""
METRICS = frozenset(COLUMNS) - LOWER_CASE
IDENTIFIERS = {name for name in METRICS if DESCRIBED[name].kind is Kind.IDENTIFIER}


def fields(stream: str) -> list[str]:
    """The fields of a report if nothing is selected: who and when, and every metric that it can have."""
    if stream == "pin_analytics":
        return ["pin_id", "user_id", "date", "data_status", *{*STANDARD_METRICS, *VIDEO_METRICS}]
    if stream == "user_account_analytics":
        return ["user_id", "date", "data_status", *ACCOUNT_METRICS]
    level, _, report = stream.partition("_analytics")
    targeting = level.endswith("_targeting")
    times = ["date"] if report == "_daily" else ["date", "start_date"]
    return [
        *("ad_account_id", "currency", "pin_id"),
        *(f"{each}_id" for each in LEVELS[level.removesuffix("_targeting")]),
        *(("targeting_type", "targeting_raw_value", "targeting_value") if targeting else ()),
        *([*times, "UPDATED_TIME"] if stream in WITH_UPDATED_TIME else times),
        *({*COLUMNS} - LOWER_CASE - (REFUSED_COLUMNS if targeting else set())),
    ]


def rows(
    world: World,
    stream: str,
    *,
    today: date,
    start: date,
    end: date,
    columns: Collection[str] | None = None,
    ad_account_ids: Collection[str] | None = None,
    targeting_types: Iterable[str] | None = None,
    statuses: Collection[str] | None = None,
    attribution: Attribution | None = None,
    refused_columns: Collection[str] = REFUSED_COLUMNS,
    refused_targeting_types: Collection[str] = BETA_TARGETING_TYPES,
    null_targeting_values: bool = False,
) -> list[Record]:
    """The records of one sync of a stream over the days from `start` to `end`, both included.

    `columns`: the fields that are selected; None is all that the schema offers. `statuses` filters
    the entity lists only. Without `ad_account_ids`: all that the login has an ads role for.
    `targeting_types`: those that are asked for, None is all of the level. What is refused (the
    columns: of targeting reports) is what the fake refuses if it is not told otherwise.
    """
    ads = world.ad_accounts * world.campaigns * world.ad_groups * world.ads
    found = (_rows if ads <= 500 else _rows.__wrapped__)(
        world,
        stream,
        today,
        start,
        end,
        _fixed(columns),
        _fixed(ad_account_ids),
        _fixed(targeting_types),
        _fixed(statuses),
        attribution,
        _fixed(refused_columns),
        _fixed(refused_targeting_types),
        null_targeting_values,
    )
    return [dict(record) for record in found]


def _fixed(values: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)


@functools.lru_cache(maxsize=64)
def _rows(
    world: World,
    stream: str,
    today: date,
    start: date,
    end: date,
    columns: tuple[str, ...] | None,
    ad_account_ids: tuple[str, ...] | None,
    targeting_types: tuple[str, ...] | None,
    statuses: tuple[str, ...] | None,
    attribution: Attribution | None,
    refused_columns: tuple[str, ...],
    refused_targeting_types: tuple[str, ...],
    null_targeting_values: bool,
) -> list[Record]:
    """Computed once for the many tests that expect the same of equal worlds, whose data follows from their
    fields. The rows of a large world are not kept."""
    accounts = [
        account
        for account in world.accounts.values()
        if (account.ads_role if ad_account_ids is None else account.id in ad_account_ids)
    ]
    if stream in ORGANIC:
        return ORGANIC[stream](world)
    if stream == "product_group_promotions":
        return [
            {**record, "ad_account_id": account.id, "ad_group_id": ad_group_id}
            for account in accounts
            for record in product_groups.promotions(account)
            for ad_group_id in [product_groups.own_ad_group_id(record)]
            if statuses is None or record["status"] in statuses
        ]
    if stream in {"campaigns", "ad_groups", "ads"}:
        return [
            entity(record)
            for account in accounts
            for record in account.entities(stream.removesuffix("s"))
            if statuses is None or record["status"] in statuses
        ]
    names = fields(stream) if columns is None else list(columns)
    if stream == "pin_analytics":
        return pin_analytics(world, names, today, start, end)
    if stream == "user_account_analytics":
        return user_account_analytics(world, names, today, start, end)
    level, _, report = stream.partition("_analytics")
    targeting = level.endswith("_targeting")
    level = level.removesuffix("_targeting")
    arguments: Record = {
        "start": start,
        "end": end,
        "today": today,
        "granularity": "DAY" if report == "_daily" else "TOTAL",
        "columns": [
            name
            for name in names
            if name in COLUMNS and not (targeting and name in refused_columns)
        ],
        "attribution": attribution,
    }
    if "pin_id" in names:
        arguments["columns"].append("PIN_ID")
    found = []
    for account in accounts:
        ids = ids_of(account, level)
        if targeting:
            arguments["targeting_types"] = [
                kind
                for kind in targeting_types or TARGETING_TYPES[level]
                if kind not in refused_targeting_types
            ]
            elements = world.targeting_analytics(level, account.id, ids, **arguments)
            answered = merged(elements, null_targeting_values)
        elif level == "product_group_promotion":
            answered = [({}, row) for row in product_groups.analytics(account, ids, **arguments)]
        else:
            answered = [({}, row) for row in world.analytics(level, account.id, ids, **arguments)]
        for beside, row in answered:
            record = ads_analytics(account, level, row) | beside
            if report != "_daily":
                record["date"], record["start_date"] = end.isoformat(), start.isoformat()
            if stream in WITH_UPDATED_TIME:
                record["UPDATED_TIME"] = f"{end.isoformat()}T23:59:59Z"
            found.append(record)
    return found


def ids_of(account: AdAccount, level: str) -> list[str]:
    if level == "ad_account":
        return [account.id]
    if level == "product_group_promotion":
        return list(product_groups.by_id(account))
    return [record["id"] for record in account.entities(level)]


def parent_id(account: AdAccount, level: str, own_id: str, parent: str) -> str:
    """The id of the campaign or ad group that an entity belongs to."""
    if level == "product_group_promotion":
        promotion = product_groups.by_id(account)[own_id]
        level, own_id = "ad_group", product_groups.own_ad_group_id(promotion)
        if parent == level:
            return own_id
    found: str = account.by_id[level][own_id][f"{parent}_id"]
    return re.sub(r"^(C|AG)", "", found)


def with_zone(text: str) -> str:
    """Pinterest writes UTC, mostly without saying so."""
    return text if re.search(r"(Z|[+-]\d\d:?\d\d)$", text) else f"{text}Z"


def boards(world: World) -> list[Record]:
    return [
        {
            **board,
            "created_at": with_zone(board["created_at"]),
            "board_pins_modified_at": with_zone(board["board_pins_modified_at"]),
        }
        for board in world.all_boards
    ]


def pins(world: World) -> list[Record]:
    return [{**pin, "created_at": with_zone(pin["created_at"])} for pin in world.all_pins]


def user_interests(world: World) -> list[Record]:
    return [{**interest, "name": interest.get("name") or ""} for interest in world.all_interests]


ORGANIC = {
    "boards": boards,
    "pins": pins,
    "followers": lambda world: [dict(follower) for follower in world.all_followers],
    "user_interests": user_interests,
}


def entity(record: Record) -> Record:
    changed = {**record, "name": record.get("name") or ""}
    for key, prefix in (("campaign_id", "C"), ("ad_group_id", "AG")):
        if key in changed:
            changed[key] = changed[key].removeprefix(prefix)
    return changed


def ads_analytics(account: AdAccount, level: str, row: Record) -> Record:
    """A row of Pinterest's as a record: who it is about in lower case, then the metrics."""
    own_id = str(row[OWN_ID[level]])
    record: Record = {"ad_account_id": account.id, "currency": account.currency}
    for parent in LEVELS[level][:-1]:
        record[f"{parent}_id"] = parent_id(account, level, own_id, parent)
    record[f"{level}_id"] = own_id
    if "DATE" in row:
        record["date"] = row["DATE"]
    if "PIN_ID" in row:
        record["pin_id"] = str(row["PIN_ID"])
    for name, value in row.items():
        if name in METRICS:
            record[name] = str(value) if name in IDENTIFIERS else value
    return record


def merged(answered: Iterable[Record], nulls: bool = False) -> list[tuple[Record, Record]]:
    """Of each targeting value (and day): the fields that name it, and its metrics.

    Pinterest may answer with the same keyword in two rows. Since its text is half of the key, they
    become one: additive columns are summed, ratios that differ are null (left out), and what belongs
    to the entity, and is the same in both, stays. With `nulls`, some values come as null, and are the
    empty text.
    """
    found: dict[tuple[str, ...], Record] = {}
    beside: dict[tuple[str, ...], Record] = {}
    for element in answered:
        metrics = element["metrics"]
        kind, value = element["targeting_type"], element["targeting_value"]
        if nulls:
            value = nullable(kind, value)
        raw = "" if value is None else str(value)
        owner = next(str(metrics[c]) for c in reversed(ID_COLUMNS.values()) if c in metrics)
        key = (owner, kind, raw, metrics.get("DATE", ""))
        beside[key] = {
            "targeting_type": kind,
            "targeting_raw_value": raw,
            "targeting_value": f"{kind}:{raw}",
        }
        if key not in found:
            found[key] = dict(metrics)
            continue
        former = found[key]
        for name in list({**former, **metrics}):
            described = DESCRIBED.get(name)
            if described is None or described.kind in {Kind.IDENTIFIER, Kind.ATTRIBUTE}:
                continue
            if described.kind is Kind.ADDITIVE:
                former[name] = former.get(name, 0) + metrics.get(name, 0)
            elif former.get(name) != metrics.get(name):
                former.pop(name, None)
    return [(beside[key], metrics) for key, metrics in found.items()]


def pin_analytics(
    world: World, names: Collection[str], today: date, start: date, end: date
) -> list[Record]:
    found = []
    for pin in world.own_pins:
        offered = VIDEO_METRICS if is_video(pin) else STANDARD_METRICS
        wanted = [name for name in offered if name in names and name not in LIFETIME_METRICS]
        answered = world.pin_analytics(
            pin["id"], start=start, end=end, today=today, metric_types=wanted
        )
        owner = {"pin_id": pin["id"], "user_id": world.user_id}
        found += [{**owner, **row} for row in days(answered)]
    return found


def user_account_analytics(
    world: World, names: Collection[str], today: date, start: date, end: date
) -> list[Record]:
    wanted = [name for name in ACCOUNT_METRICS if name in names]
    if not wanted:
        wanted = ACCOUNT_METRICS
    answered = world.user_account_analytics(start=start, end=end, today=today, metric_types=wanted)
    return [{"user_id": world.user_id, **row} for row in days(answered)]


def days(answered: Record) -> list[Record]:
    """A day on which no data can exist is no row."""
    return [
        {"date": day["date"], "data_status": day["data_status"], **day["metrics"]}
        for day in answered["daily_metrics"]
        if not day["data_status"].startswith("BEFORE_")
    ]


@dataclass(frozen=True)
class Comparison:
    """All empty: the same. Keys are tuples of the key's fields."""

    missing: list[tuple[Any, ...]] = field(default_factory=list)
    duplicate: list[tuple[Any, ...]] = field(default_factory=list)
    """Read more than once."""
    unexpected: list[tuple[Any, ...]] = field(default_factory=list)
    wrong: list[tuple[tuple[Any, ...], str, Any, Any]] = field(default_factory=list)
    """(key, field, expected, read)"""

    @property
    def same(self) -> bool:
        return not (self.missing or self.duplicate or self.unexpected or self.wrong)

    def __str__(self) -> str:
        parts = {
            "missing": self.missing,
            "duplicate": self.duplicate,
            "unexpected": self.unexpected,
            "wrong": self.wrong,
        }
        return "\n".join(
            f"{len(found)} {name}, the first: {found[:3]}" for name, found in parts.items() if found
        )


def compare(expected: Iterable[Record], read: Iterable[Record], key: list[str]) -> Comparison:
    """Null and absent are the same; 1 and 1.0 too, but not 1 and "1", nor 1 and true."""

    def by_key(records: Iterable[Record]) -> dict[tuple[Any, ...], list[Record]]:
        found: dict[tuple[Any, ...], list[Record]] = defaultdict(list)
        for record in records:
            found[(*map(record.get, key),)].append(record)
        return found

    should, does = by_key(expected), by_key(read)
    twice = [one for one, records in should.items() if len(records) > 1]
    if twice:
        raise ValueError(f"The expected records are not unique by {key}: {twice[:3]}")
    wrong = []
    for one, records in does.items():
        if one not in should:
            continue
        if same(should[one][0], records[-1]):
            continue
        wanted, got = without_nulls(should[one][0]), without_nulls(records[-1])
        wrong += [
            (one, name, wanted.get(name), got.get(name))
            for name in sorted({*wanted, *got})
            if typed(wanted.get(name)) != typed(got.get(name))
        ]
    counted = Counter({one: len(records) for one, records in does.items()})
    return Comparison(
        missing=[one for one in should if one not in does],
        duplicate=[one for one, times in counted.items() if times > 1],
        unexpected=[one for one in does if one not in should],
        wrong=wrong,
    )


FLAT = {str, int, float, type(None)}
NUMBERS = {int, float}
HIDE_A_TYPE = {bool, dict, list}
"""Types of values that may be equal for Python, and not the same."""


def same(wanted: Record, got: Record) -> bool:
    """Whether two records are the same: quick where no values are nested, quicker where they are equal for Python."""
    if (
        wanted == got
        and HIDE_A_TYPE.isdisjoint(map(type, wanted.values()))
        and HIDE_A_TYPE.isdisjoint(map(type, got.values()))
    ):
        return True
    count = 0
    for name, value in wanted.items():
        other = got.get(name)
        if name in got:
            count += 1
        kind, other_kind = type(value), type(other)
        if value == other and (
            (kind is other_kind and kind in FLAT) or (kind in NUMBERS and other_kind in NUMBERS)
        ):
            continue
        if typed(without_nulls(value)) != typed(without_nulls(other)):
            return False
    return len(got) == count or all(
        value is None for name, value in got.items() if name not in wanted
    )


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_nulls(one) for name, one in value.items() if one is not None}
    if isinstance(value, list):
        return [without_nulls(one) for one in value]
    return value


def typed(value: Any) -> Any:
    """Python takes True for 1; a destination does not."""
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, dict):
        return {name: typed(one) for name, one in value.items()}
    if isinstance(value, list):
        return [typed(one) for one in value]
    return value
