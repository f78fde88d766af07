"""The targeting types, by which reports are broken down.

Which ones there are, and at which level, stands in Pinterest's description (`pinterest_api.json`). Here is what the
description does not say.

>>> [kind for kind in EVERYWHERE if kind not in synchronous("ad")]
[]
"""

from __future__ import annotations

from typing import cast

from source_pinterest.api.facts import api_facts
from source_pinterest.api.levels import report_parameters

EVERYWHERE = ("GENDER", "AGE_BUCKET", "COUNTRY", "LOCATION", "APPTYPE", "PLACEMENT")
"""Breakdowns that every impression has, if only as `unknown`. Our expectation."""

BETA = {"AGE_BUCKET_AND_GENDER": "campaign", "CREATIVE_ENHANCEMENTS": "ad_group"}
"""Breakdowns that only some apps may use, with a level that has them. A search for what is refused never relies on
them."""

ONLY_AT = {"AUDIENCE_MULTIPLIER": "campaign", "MEDIA_TYPE": "product_item"}
"""Those of asynchronous reports of one level only. OpenAPI 5.23.0, checked 2026-11-24."""


def synchronous(level: str) -> list[str]:
    """The breakdowns of a synchronous report of this level."""
    return cast("list[str]", api_facts()["targeting_types"][level])


def asynchronous(level: str) -> list[str]:
    """The breakdowns of an asynchronous report of this level."""
    known = cast("list[str]", report_parameters()["targeting_types"]["items"]["enum"])
    return [column for column in known if ONLY_AT.get(column, level) == level]
