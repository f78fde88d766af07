"""What is read: the 16 documented reports, and what lies around them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from source_pinterest.streams.ad_account_lists import (
    AdAccounts,
    Audiences,
    ConversionTags,
    CustomerLists,
    Keywords,
)
from source_pinterest.streams.ads import AdGroups, Ads, Campaigns
from source_pinterest.streams.ads_analytics import (
    AdAccountAnalyticsDaily,
    AdAnalytics,
    AdAnalyticsDaily,
    AdGroupAnalytics,
    AdGroupAnalyticsDaily,
    CampaignAnalytics,
    CampaignAnalyticsDaily,
)
from source_pinterest.streams.boards import BoardPins, BoardSectionPins, BoardSections
from source_pinterest.streams.catalogs import Catalogs, CatalogsFeeds, CatalogsProductGroups
from source_pinterest.streams.custom_reports import CustomReportStream
from source_pinterest.streams.look_up_tables import DeliveryMetrics, TargetingOptions
from source_pinterest.streams.organic import Boards, Followers, Pins, UserAccount, UserInterests
from source_pinterest.streams.organic_analytics import PinAnalytics, UserAccountAnalytics
from source_pinterest.streams.pinterest_stream import PinterestStream
from source_pinterest.streams.product_groups import (
    ProductGroupPromotionAnalyticsDaily,
    ProductGroupPromotions,
)
from source_pinterest.streams.targeting_analytics import (
    AdAccountTargetingAnalyticsDaily,
    AdGroupTargetingAnalytics,
    AdGroupTargetingAnalyticsDaily,
    AdTargetingAnalytics,
    AdTargetingAnalyticsDaily,
    CampaignTargetingAnalytics,
    CampaignTargetingAnalyticsDaily,
)
from source_pinterest.streams.top_pins import TopPins, TopVideoPins

if TYPE_CHECKING:
    from source_pinterest.custom_reports import CustomReport
    from source_pinterest.reading import Reading

__all__ = ["DOCUMENTED", "STREAMS", "PinterestStream", "names", "streams_of"]

DOCUMENTED: list[type[PinterestStream]] = [
    Boards,
    Pins,
    Followers,
    UserInterests,
    Campaigns,
    AdGroups,
    Ads,
    PinAnalytics,
    UserAccountAnalytics,
    CampaignAnalytics,
    AdGroupAnalytics,
    AdAnalytics,
    CampaignTargetingAnalytics,
    AdGroupTargetingAnalytics,
    AdTargetingAnalytics,
    AdAnalyticsDaily,
]
"""The 16, which a platform selects if nothing is chosen; lists before the reports that need their
ids."""

STREAMS: list[type[PinterestStream]] = [
    *DOCUMENTED,
    AdAccounts,
    Audiences,
    Keywords,
    CustomerLists,
    ConversionTags,
    TargetingOptions,
    DeliveryMetrics,
    AdAccountAnalyticsDaily,
    CampaignAnalyticsDaily,
    AdGroupAnalyticsDaily,
    AdAccountTargetingAnalyticsDaily,
    CampaignTargetingAnalyticsDaily,
    AdGroupTargetingAnalyticsDaily,
    AdTargetingAnalyticsDaily,
    ProductGroupPromotions,
    ProductGroupPromotionAnalyticsDaily,
    UserAccount,
    BoardSections,
    BoardPins,
    BoardSectionPins,
    TopPins,
    TopVideoPins,
    Catalogs,
    CatalogsFeeds,
    CatalogsProductGroups,
]
"""All, in the order of `discover`, which is that of reading: a list stands before what needs its ids."""


def streams_of(
    custom_reports: Iterable[CustomReport], reading: Reading | None = None
) -> list[PinterestStream]:
    """All streams of a configuration: the custom reports follow the others."""
    custom = [CustomReportStream(report, reading) for report in custom_reports]
    return [*(stream(reading) for stream in STREAMS), *custom]


def names() -> set[str]:
    """Of the streams that every configuration has."""
    return {stream().name for stream in STREAMS}
