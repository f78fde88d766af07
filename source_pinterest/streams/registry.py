"""The registry of streams, in reading order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from source_pinterest.streams.analytics.ads import (
    AdAccountAnalyticsDaily,
    AdAnalytics,
    AdAnalyticsDaily,
    AdGroupAnalytics,
    AdGroupAnalyticsDaily,
    CampaignAnalytics,
    CampaignAnalyticsDaily,
    ProductGroupPromotionAnalyticsDaily,
)
from source_pinterest.streams.analytics.async_streams import CustomReportStream
from source_pinterest.streams.analytics.conversions import (
    AdAccountConversionsDaily,
    AdConversionsDaily,
    AdGroupConversionsDaily,
    CampaignConversionsDaily,
    KeywordConversionsDaily,
)
from source_pinterest.streams.analytics.geo import (
    AdGroupGeoAnalyticsDaily,
    CampaignGeoAnalyticsDaily,
)
from source_pinterest.streams.analytics.keywords import KeywordAnalyticsDaily
from source_pinterest.streams.analytics.organic import (
    PinAnalytics,
    PinAppTypeAnalytics,
    UserAccountAnalytics,
    UserAccountBreakdownAnalytics,
)
from source_pinterest.streams.analytics.targeting import (
    AdAccountTargetingAnalyticsDaily,
    AdGroupTargetingAnalytics,
    AdGroupTargetingAnalyticsDaily,
    AdTargetingAnalytics,
    AdTargetingAnalyticsDaily,
    CampaignTargetingAnalytics,
    CampaignTargetingAnalyticsDaily,
)
from source_pinterest.streams.base import PinterestStream
from source_pinterest.streams.lists.ad_accounts import (
    AdAccounts,
    Audiences,
    ConversionTags,
    CustomerLists,
    Keywords,
)
from source_pinterest.streams.lists.boards import BoardPins, BoardSectionPins, BoardSections
from source_pinterest.streams.lists.campaigns import AdGroups, Ads, Campaigns
from source_pinterest.streams.lists.catalogs import Catalogs, CatalogsFeeds, CatalogsProductGroups
from source_pinterest.streams.lists.history import AdGroupsHistory, AdsHistory, CampaignsHistory
from source_pinterest.streams.lists.look_ups import DeliveryMetrics, TargetingOptions
from source_pinterest.streams.lists.product_groups import ProductGroupPromotions
from source_pinterest.streams.lists.promoted_pins import PromotedPins
from source_pinterest.streams.lists.top_pins import TopPins, TopVideoPins
from source_pinterest.streams.lists.user import (
    Boards,
    Followers,
    PinLifetimeMetrics,
    Pins,
    UserAccount,
    UserInterests,
)

if TYPE_CHECKING:
    from source_pinterest.config.custom_reports import CustomReport
    from source_pinterest.sync.context import SyncContext

__all__ = ["STREAMS", "SUGGESTED", "PinterestStream", "names", "schema_of", "streams_of"]

STREAMS: list[type[PinterestStream]] = [
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
    PromotedPins,
    UserAccountBreakdownAnalytics,
    PinAppTypeAnalytics,
    PinLifetimeMetrics,
    AdAccountConversionsDaily,
    CampaignConversionsDaily,
    AdGroupConversionsDaily,
    AdConversionsDaily,
    KeywordConversionsDaily,
    KeywordAnalyticsDaily,
    CampaignGeoAnalyticsDaily,
    AdGroupGeoAnalyticsDaily,
    CampaignsHistory,
    AdGroupsHistory,
    AdsHistory,
]
"""All streams, in the order of `discover` and of reading: a list comes before the reports that need its ids."""

SUGGESTED: list[type[PinterestStream]] = [
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
"""The streams that a platform selects if the user chooses nothing."""


def streams_of(
    custom_reports: Iterable[CustomReport], context: SyncContext | None = None
) -> list[PinterestStream]:
    """All streams of a configuration: the built-in ones, then one per custom report."""
    custom = [CustomReportStream(report, context) for report in custom_reports]
    return [*(stream(context) for stream in STREAMS), *custom]


@cache
def names() -> frozenset[str]:
    """The names of the built-in streams."""
    return frozenset(stream().name for stream in STREAMS)


def schema_of(name: str) -> Mapping[str, Any]:
    """The JSON schema of a built-in stream. Raises KeyError if there is none of this name."""
    return _schemas()[name]


@cache
def _schemas() -> dict[str, Mapping[str, Any]]:
    return {stream.name: stream.get_json_schema() for stream in streams_of(())}
