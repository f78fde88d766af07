"""Metrics by targeting: totals of the window, and by day."""

from __future__ import annotations

from source_pinterest.api.levels import Report
from source_pinterest.streams.analytics.ads import AdsReport


class CampaignTargetingAnalytics(AdsReport):
    """The total of each campaign and targeting value over the window."""

    endpoint = "GET /ad_accounts/{ad_account_id}/campaigns/targeting_analytics"
    report = Report("campaign", "TOTAL", breakdown=True)
    primary_key = ["campaign_id", "targeting_value"]


class AdGroupTargetingAnalytics(AdsReport):
    """The total of each ad group and targeting value over the window."""

    endpoint = "GET /ad_accounts/{ad_account_id}/ad_groups/targeting_analytics"
    report = Report("ad_group", "TOTAL", breakdown=True)
    primary_key = ["ad_group_id", "targeting_value"]
    cursor_field = "UPDATED_TIME"


class AdTargetingAnalytics(AdsReport):
    """The total of each ad and targeting value over the window."""

    endpoint = "GET /ad_accounts/{ad_account_id}/ads/targeting_analytics"
    report = Report("ad", "TOTAL", breakdown=True)
    primary_key = ["ad_id", "targeting_value"]
    cursor_field = "UPDATED_TIME"


class AdAccountTargetingAnalyticsDaily(AdsReport):
    """Metrics of each ad account and targeting value on each UTC day."""

    endpoint = "GET /ad_accounts/{ad_account_id}/targeting_analytics"
    report = Report("ad_account", breakdown=True)


class CampaignTargetingAnalyticsDaily(AdsReport):
    """Metrics of each campaign and targeting value on each UTC day."""

    endpoint = "GET /ad_accounts/{ad_account_id}/campaigns/targeting_analytics"
    report = Report("campaign", breakdown=True)


class AdGroupTargetingAnalyticsDaily(AdsReport):
    """Metrics of each ad group and targeting value on each UTC day."""

    endpoint = "GET /ad_accounts/{ad_account_id}/ad_groups/targeting_analytics"
    report = Report("ad_group", breakdown=True)


class AdTargetingAnalyticsDaily(AdsReport):
    """Metrics of each ad and targeting value on each UTC day."""

    endpoint = "GET /ad_accounts/{ad_account_id}/ads/targeting_analytics"
    report = Report("ad", breakdown=True)
