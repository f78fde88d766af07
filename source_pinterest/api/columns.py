"""Pinterest's columns: their types, which are ids, add up or count conversions, and the levels that have
them.

    >>> column_schema("CTR")["type"], column_schema("NEVER_SEEN")
    (['null', 'number'], None)
    >>> "SPEND_IN_DOLLAR" in additive_columns(), "CTR" in additive_columns()
    (True, False)

columns.json is generated: script/generate_schemas reads types and descriptions off the columns' names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from source_pinterest.api.facts import api_facts, packaged
from source_pinterest.api.levels import LEVELS, Report

ID_COLUMNS = {
    "CAMPAIGN_ID": "campaign_id",
    "AD_GROUP_ID": "ad_group_id",
    "AD_ID": "ad_id",
    "PIN_ID": "pin_id",
    "PRODUCT_GROUP_ID": "product_group_promotion_id",
}
"""Pinterest's id columns and the fields that they become."""

ALIAS_ID_COLUMNS = ("ADVERTISER_ID", "AD_ACCOUNT_ID", "PIN_PROMOTION_ID")
"""Duplicate id columns: an ad account was once an advertiser, an ad a Pin promotion."""

FIELDS_OF_COLUMNS = {
    **ID_COLUMNS,
    "ADVERTISER_ID": "ad_account_id",
    "AD_ACCOUNT_ID": "ad_account_id",
    "PIN_PROMOTION_ID": "ad_id",
}
"""The columns of asynchronous reports that become a field of another name."""


def column_schema(name: str) -> dict[str, Any] | None:
    """The schema of a column, which may be null. None: Pinterest's description does not have it."""
    column = _columns().get(name)
    if column is None:
        return None
    schema: dict[str, Any] = {"type": ["null", column["type"]]}
    return schema | ({"description": column["description"]} if "description" in column else {})


@cache
def additive_columns() -> frozenset[str]:
    """The columns whose values can be added up over rows, in synchronous and asynchronous reports."""
    return frozenset(name for name, column in _columns().items() if column.get("is_additive"))


@cache
def conversion_columns() -> frozenset[str]:
    """The columns of asynchronous reports that count conversions. Hourly reports do not have them."""
    return frozenset(name for name, column in _columns().items() if column.get("is_conversion"))


@cache
def asynchronous_columns() -> tuple[str, ...]:
    """The columns of asynchronous reports, in alphabetical order."""
    return tuple(sorted(api_facts()["asynchronous_columns"]))


@cache
def asynchronous_conversions(report: Report) -> tuple[str, ...]:
    """The columns that count conversions and that only asynchronous reports have, behind the ids of the parents,
    in alphabetical order."""
    only = conversion_columns() - set(api_facts()["columns"])
    columns = [column for column in asynchronous_columns() if column in only]
    return (
        *_ids_above(report),
        *(column for column in columns if comes_at(report.api_level, column)),
    )


@cache
def asynchronous_metrics(report: Report) -> tuple[str, ...]:
    """The metrics of synchronous reports that asynchronous ones have at the level of a report, behind the ids of
    the parents, in alphabetical order."""
    both = set(asynchronous_columns()) & set(columns_at(report.api_level))
    return (*_ids_above(report), *sorted(column for column in both if is_metric(column)))


def is_metric(column: str) -> bool:
    """
    >>> is_metric("CTR"), is_metric("CAMPAIGN_NAME")
    (True, False)
    """
    return bool(_columns()[column]["type"] == "number")


def _ids_above(report: Report) -> list[str]:
    """The id columns of the levels above the one of a report, and of the Pin that an ad promotes."""
    above = [LEVELS[name].id_column for name in report.level.parents]
    return [*above, *(["PIN_ID"] if report.level_name == "ad" else [])]


@cache
def columns_at(api_level: str) -> tuple[str, ...]:
    """The columns that synchronous reports have at a level, in the order of the description; `api_level` is
    its name in asynchronous reports, such as PIN_PROMOTION_TARGETING."""
    return tuple(name for name in api_facts()["columns"] if comes_at(api_level, name))


def comes_at(api_level: str, column: str) -> bool:
    """
    >>> comes_at("CAMPAIGN", "TOTAL_IMPRESSION_USER"), comes_at("CAMPAIGN_TARGETING", "TOTAL_IMPRESSION_USER")
    (True, False)
    """
    return all(
        api_level in rule["only_at"] if "only_at" in rule else api_level not in rule["not_at"]
        for rule in api_facts()["columns_by_level"]
        if re.fullmatch(rule["columns"], column)
    )


@cache
def _columns() -> Mapping[str, Mapping[str, Any]]:
    return packaged("columns.json")
