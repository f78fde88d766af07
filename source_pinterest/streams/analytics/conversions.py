"""Conversions by day, with quantities and values: the columns that only asynchronous reports have."""

from __future__ import annotations

from source_pinterest.api.columns import asynchronous_conversions
from source_pinterest.api.levels import Report
from source_pinterest.streams.analytics.async_streams import AsyncReportStream


class AdAccountConversionsDaily(AsyncReportStream):
    """Conversions of each ad account on each UTC day."""

    report = Report("ad_account")
    columns = asynchronous_conversions


class CampaignConversionsDaily(AsyncReportStream):
    """Conversions of each campaign on each UTC day."""

    report = Report("campaign")
    columns = asynchronous_conversions


class AdGroupConversionsDaily(AsyncReportStream):
    """Conversions of each ad group on each UTC day."""

    report = Report("ad_group")
    columns = asynchronous_conversions


class AdConversionsDaily(AsyncReportStream):
    """Conversions of each ad on each UTC day."""

    report = Report("ad")
    columns = asynchronous_conversions


class KeywordConversionsDaily(AsyncReportStream):
    """Conversions of each keyword on each UTC day."""

    report = Report("keyword")
    columns = asynchronous_conversions
