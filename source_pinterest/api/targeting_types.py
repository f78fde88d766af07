"""The targeting types, by which reports can be broken down.

Pinterest's description (`pinterest_api.json`) lists them by level. The constants here add what it does not say.

>>> [kind for kind in ALWAYS_PRESENT if kind not in synchronous("ad")]
[]
"""

from __future__ import annotations

from typing import cast

from source_pinterest.api.facts import api_facts
from source_pinterest.api.levels import report_parameters

ALWAYS_PRESENT = ("GENDER", "AGE_BUCKET", "COUNTRY", "LOCATION", "APPTYPE", "PLACEMENT")
"""Targeting types that every impression has a value of, if only `unknown`. Our expectation."""

BETA = {"AGE_BUCKET_AND_GENDER": "campaign", "CREATIVE_ENHANCEMENTS": "ad_group"}
"""Targeting types in beta, which only some apps may use, each with a level that has it. A search for refused types
never relies on them."""

ONLY_AT = {"AUDIENCE_MULTIPLIER": "campaign", "MEDIA_TYPE": "product_item"}
"""Targeting types that asynchronous reports have at one level only. OpenAPI 5.23.0, checked 2026-11-24."""


def synchronous(level: str) -> list[str]:
    """The targeting types that synchronous reports of a level can be broken down by."""
    return cast("list[str]", api_facts()["targeting_types"][level])


def asynchronous(level: str) -> list[str]:
    """The targeting types that asynchronous reports of a level can be broken down by."""
    known = cast("list[str]", report_parameters()["targeting_types"]["items"]["enum"])
    return [column for column in known if ONLY_AT.get(column, level) == level]
