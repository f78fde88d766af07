"""Pinterest's columns: their types and levels, and which of them are ids, can be summed or count conversions.

    >>> column_schema("CTR")["type"], column_schema("NEVER_SEEN")
    (['null', 'number'], None)
    >>> "SPEND_IN_DOLLAR" in additive_columns(), "CTR" in additive_columns()
    (True, False)

Which columns there are is a fact in pinterest_api.json, which script/update_api_facts writes; the script names those that
not every level has. columns.json is generated from it: script/generate_schemas reads types and descriptions off the
columns' names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from source_pinterest.api.facts import api_facts, packaged_json
from source_pinterest.api.levels import LEVELS, Report

ID_COLUMNS = {
    "CAMPAIGN_ID": "campaign_id",
    "AD_GROUP_ID": "ad_group_id",
    "AD_ID": "ad_id",
    "PIN_ID": "pin_id",
    "PRODUCT_GROUP_ID": "product_group_promotion_id",
}
"""Pinterest's id columns, with the names of their fields in records."""

ALIAS_ID_COLUMNS = ("ADVERTISER_ID", "AD_ACCOUNT_ID", "PIN_PROMOTION_ID")
"""Duplicate id columns: an ad account was once an advertiser, an ad a Pin promotion."""

FIELDS_OF_COLUMNS = {
    **ID_COLUMNS,
    "ADVERTISER_ID": "ad_account_id",
    "AD_ACCOUNT_ID": "ad_account_id",
    "PIN_PROMOTION_ID": "ad_id",
}
"""Columns of asynchronous reports whose field in records has another name."""


def column_schema(name: str) -> dict[str, Any] | None:
    """The nullable JSON schema of a column; None if Pinterest's description does not have the column."""
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
    """The ids of the parents, then the conversion columns that only asynchronous reports have, alphabetically."""
    only = conversion_columns() - set(api_facts()["columns"])
    columns = [column for column in asynchronous_columns() if column in only]
    return (
        *_parent_id_columns(report),
        *(column for column in columns if has_column(report.api_level, column)),
    )


@cache
def asynchronous_metrics(report: Report) -> tuple[str, ...]:
    """The ids of the parents, then the metrics that both kinds of reports have at this level, alphabetically."""
    both = set(asynchronous_columns()) & set(columns_at(report.api_level))
    return (*_parent_id_columns(report), *sorted(column for column in both if is_metric(column)))


def is_metric(column: str) -> bool:
    """Whether a column holds numbers, and not ids or texts.

    >>> is_metric("CTR"), is_metric("CAMPAIGN_NAME")
    (True, False)
    """
    return bool(_columns()[column]["type"] == "number")


def _parent_id_columns(report: Report) -> list[str]:
    """The id columns of the levels above that of a report, and of the Pin that an ad promotes."""
    parents = [LEVELS[name].id_column for name in report.level.parents]
    return [*parents, *(["PIN_ID"] if report.level_name == "ad" else [])]


@cache
def columns_at(api_level: str) -> tuple[str, ...]:
    """The columns of synchronous reports of a level, in the order of the description.

    `api_level`: the level's name in asynchronous reports, such as PIN_PROMOTION_TARGETING.
    """
    return tuple(name for name in api_facts()["columns"] if has_column(api_level, name))


def has_column(api_level: str, column: str) -> bool:
    """Whether reports of a level have a column.

    >>> has_column("CAMPAIGN", "TOTAL_IMPRESSION_USER"), has_column("CAMPAIGN_TARGETING", "TOTAL_IMPRESSION_USER")
    (True, False)
    """
    return all(
        api_level in rule["only_at"] if "only_at" in rule else api_level not in rule["not_at"]
        for rule in api_facts()["columns_by_level"]
        if re.fullmatch(rule["columns"], column)
    )


@cache
def _columns() -> Mapping[str, Mapping[str, Any]]:
    return packaged_json("columns.json")
