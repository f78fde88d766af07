"""The levels of Pinterest's reports, and the keys of their rows.

>>> Report("ad", "WEEK").primary_key, Report("ad", breakdown=True).api_level
(['ad_id', 'date'], 'PIN_PROMOTION_TARGETING')
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from source_pinterest.api import limits
from source_pinterest.api.endpoints import operation_of
from source_pinterest.api.limits import LIMITS, Limits

REPORTS = "POST /ad_accounts/{ad_account_id}/reports"
"""The endpoint of asynchronous reports. Its description names the levels."""


@dataclass(frozen=True)
class Level:
    """The kind of entity that a row of a report describes."""

    name: str
    api_name: str
    """The name in asynchronous reports: an ad account was an advertiser, an ad a Pin promotion."""
    id_fields: tuple[str, ...]
    """The fields that identify an entity across ad accounts."""
    report_id_column: str | None = None
    """The column of asynchronous reports with the id. None if Pinterest adds the id without being asked."""
    parents: tuple[str, ...] = ()
    """The levels between the ad account and this one, highest first, whose ids reports can have."""

    @property
    def noun(self) -> str:
        """The name for sentences.

        >>> LEVELS["ad_group"].noun
        'ad group'
        """
        return self.name.replace("_", " ")

    @property
    def id_column(self) -> str:
        """The column of synchronous reports with the id."""
        return f"{self.name.upper()}_ID"

    @property
    def has_targeting(self) -> bool:
        """Whether asynchronous reports of this level have breakdowns."""
        return f"{self.api_name}_TARGETING" in report_parameters()["level"]["enum"]

    @property
    def lookback(self) -> timedelta:
        """How far before today (UTC) an asynchronous report may start."""
        is_item = self.api_name == "PRODUCT_ITEM"
        return limits.PRODUCT_ITEM_LOOKBACK if is_item else limits.REPORT_LOOKBACK

    def max_days(self, sizes: Limits = LIMITS) -> int:
        """The most days that Pinterest allows in one asynchronous report."""
        is_item = self.api_name == "PRODUCT_ITEM"
        return limits.DAYS_PER_PRODUCT_ITEM_REPORT if is_item else sizes.days_per_report


LEVELS = {
    level.name: level
    for level in (
        Level("ad_account", "ADVERTISER", ("ad_account_id",), "ADVERTISER_ID"),
        Level("campaign", "CAMPAIGN", ("campaign_id",), "CAMPAIGN_ID"),
        Level("ad_group", "AD_GROUP", ("ad_group_id",), "AD_GROUP_ID", ("campaign",)),
        Level("ad", "PIN_PROMOTION", ("ad_id",), "AD_ID", ("campaign", "ad_group")),
        Level("keyword", "KEYWORD", ("keyword_id",), None, ("campaign", "ad_group")),
        Level(
            *("product_group", "PRODUCT_GROUP", ("product_group_promotion_id",)),
            *("PRODUCT_GROUP_ID", ("campaign", "ad_group")),
        ),
        # several ad accounts may show the same item of a catalog
        Level("product_item", "PRODUCT_ITEM", ("ad_account_id", "product_item_id")),
    )
}
"""The levels by name, as the configuration and field names have it."""


def report_parameters() -> Mapping[str, Any]:
    """The parameters of an asynchronous report in Pinterest's description, by name."""
    return cast("Mapping[str, Any]", operation_of(REPORTS)["body"]["properties"])


@dataclass(frozen=True)
class Report:
    """What a row of a report stands for, in a built-in or a custom report."""

    level_name: str
    granularity: str = "DAY"
    """Pinterest's granularity: TOTAL, DAY, HOUR, WEEK or MONTH."""
    breakdown: bool = False
    """Whether its metrics are broken down by targeting."""

    @property
    def level(self) -> Level:
        """The level, by its name."""
        return LEVELS[self.level_name]

    @property
    def is_daily(self) -> bool:
        """Whether it has a row per day."""
        return self.granularity == "DAY"

    @property
    def api_level(self) -> str:
        """The level's name in asynchronous reports, which depends on whether there is a breakdown."""
        return f"{self.level.api_name}{'_TARGETING' if self.breakdown else ''}"

    @property
    def primary_key(self) -> list[str]:
        """The names of the fields that identify a row."""
        targeting = ("targeting_type", "targeting_raw_value") if self.breakdown else ()
        time = {"TOTAL": (), "HOUR": ("date", "hour")}.get(self.granularity, ("date",))
        return [*self.level.id_fields, *targeting, *time]

    @property
    def lookback(self) -> timedelta:
        """How far before today (UTC) an asynchronous report may start."""
        back = self.level.lookback
        return min(back, limits.HOURLY_REPORT_LOOKBACK) if self.granularity == "HOUR" else back

    def max_days(self, sizes: Limits = LIMITS) -> int:
        """The most days that Pinterest allows in one asynchronous report."""
        days = self.level.max_days(sizes)
        return min(days, limits.DAYS_PER_HOURLY_REPORT) if self.granularity == "HOUR" else days
