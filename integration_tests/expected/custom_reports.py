"""The rows that a custom report should have, from the fake Pinterest's world alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from integration_tests.expected.reports import Record
from integration_tests.fake_pinterest.columns import DESCRIBED, Kind
from integration_tests.fake_pinterest.refusals import BETA_TARGETING_TYPES, REFUSED_COLUMNS
from integration_tests.fake_pinterest.report_rows import rows as report_rows
from integration_tests.fake_pinterest.world import World

LEVELS = {  # level: (at Pinterest, the field of the id)
    "ad_account": ("ADVERTISER", "ad_account_id"),
    "campaign": ("CAMPAIGN", "campaign_id"),
    "ad_group": ("AD_GROUP", "ad_group_id"),
    "ad": ("PIN_PROMOTION", "ad_id"),
    "keyword": ("KEYWORD", "keyword_id"),
    "product_group": ("PRODUCT_GROUP", "product_group_promotion_id"),
    "product_item": ("PRODUCT_ITEM", "product_item_id"),
}
LOWER_CASE = {
    "CAMPAIGN_ID": "campaign_id",
    "AD_GROUP_ID": "ad_group_id",
    "AD_ID": "ad_id",
    "PIN_ID": "pin_id",
    "PRODUCT_GROUP_ID": "product_group_promotion_id",
}
ALIAS_ID_COLUMNS = {"ADVERTISER_ID", "AD_ACCOUNT_ID", "PIN_PROMOTION_ID"}
"""Say again which ad account or ad it is."""
ATTRIBUTION = {
    "click_window_days": 30,
    "engagement_window_days": 30,
    "view_window_days": 1,
    "conversion_report_time": "TIME_OF_AD_ACTION",
}


def key(report: Record) -> list[str]:
    """The fields that tell the rows of a report apart."""
    _, id_field = LEVELS[report["level"]]
    ids = ["ad_account_id", id_field] if report["level"] == "product_item" else [id_field]
    if report.get("targeting_types"):
        ids += ["targeting_type", "targeting_raw_value"]
    granularity = report.get("granularity", "DAY")
    return ids + {"TOTAL": [], "HOUR": ["date", "hour"]}.get(granularity, ["date"])


def rows(
    world: World,
    report: Record,
    start: date,
    end: date,
    today: date,
    ad_account_ids: Iterable[str] | None = None,
    *,
    refused_columns: Collection[str] = REFUSED_COLUMNS,
    refused_targeting_types: Collection[str] = BETA_TARGETING_TYPES,
    null_targeting_values: bool = False,
) -> list[Record]:
    """The records of the days from `start` to `end`, which are whole periods but for the last.

    The columns are refused with targeting and for keywords. What is refused is what the fake refuses
    if it is not told otherwise.
    """
    level, id_field = LEVELS[report["level"]]
    granularity = report.get("granularity", "DAY")
    types = report.get("targeting_types")
    columns = list(report["columns"])
    if types or level == "KEYWORD":
        columns = [name for name in columns if name not in refused_columns]
    body = {
        "start_date": start.isoformat(),
        "end_date": end.isoformat(),
        "granularity": granularity,
        "level": f"{level}_TARGETING" if types else level,
        "columns": columns,
        **{name: report.get(name, default) for name, default in ATTRIBUTION.items()},
    }
    if types:
        body["targeting_types"] = [kind for kind in types if kind not in refused_targeting_types]
    if "statuses" in report:
        body[f"{report['level']}_statuses"] = report["statuses"]
    found: dict[tuple[Any, ...], Record] = {}
    for account in world.accounts.values():
        if not account.ads_role or account.id not in (ad_account_ids or world.accounts):
            continue
        for entity_id, row in report_rows(
            world, account, body, today, null_targeting_values=null_targeting_values
        ):
            record: Record = {"ad_account_id": account.id, "currency": account.currency}
            record[id_field] = entity_id
            if granularity == "TOTAL":
                record |= {"date": end.isoformat(), "start_date": start.isoformat()}
            else:
                record["date"] = row["DATE"]
            if granularity == "HOUR":
                record["hour"] = f"{row['HOUR']:02}"
            if report["level"] == "keyword":
                record["keyword"] = row["KEYWORD"]
            if types:
                record["targeting_type"] = row["TARGETING_TYPE"]
                value = row["TARGETING_VALUE"]
                record["targeting_raw_value"] = "" if value is None else str(value)
            for name in columns:
                if name in row and name not in ALIAS_ID_COLUMNS:
                    is_id = DESCRIBED[name].kind is Kind.IDENTIFIER
                    value = str(row[name]) if is_id else row[name]
                    record[LOWER_CASE.get(name, name)] = value
            one = tuple(record[name] for name in key(report))
            found[one] = merged(found[one], record) if one in found else record
    return list(found.values())


def merged(one: Record, other: Record) -> Record:
    """The same keyword in two rows: counts are added, ratios are null."""
    both = {**one, **other}
    for name in both:
        kind = DESCRIBED[name].kind if name in DESCRIBED else None
        if kind is Kind.ADDITIVE:
            both[name] = one.get(name, 0) + other.get(name, 0)
        elif kind is Kind.RATIO:
            both[name] = None
    return both
