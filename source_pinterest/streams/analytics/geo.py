"""Metrics by country, region and metro area, with their names."""

from __future__ import annotations

from source_pinterest.api.columns import asynchronous_metrics
from source_pinterest.api.levels import Report
from source_pinterest.streams.analytics.async_streams import AsyncReportStream
from source_pinterest.streams.analytics.place_names import PlaceNames

PLACES = ("COUNTRY", "REGION", "LOCATION")
"""The breakdowns by place; not GEO, whose postal codes are too many to be read unasked."""


class CampaignGeoAnalyticsDaily(AsyncReportStream):
    """Metrics of each campaign in each country, region and metro area on each UTC day."""

    report = Report("campaign", breakdown=True)
    columns = asynchronous_metrics
    targeting_types = PLACES
    names = PlaceNames


class AdGroupGeoAnalyticsDaily(AsyncReportStream):
    """Metrics of each ad group in each country, region and metro area on each UTC day."""

    report = Report("ad_group", breakdown=True)
    columns = asynchronous_metrics
    targeting_types = PLACES
    names = PlaceNames
