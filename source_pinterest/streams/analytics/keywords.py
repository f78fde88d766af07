"""Metrics of keywords, which only asynchronous reports have."""

from __future__ import annotations

from source_pinterest.api.columns import asynchronous_metrics
from source_pinterest.api.levels import Report
from source_pinterest.streams.analytics.async_streams import AsyncReportStream


class KeywordAnalyticsDaily(AsyncReportStream):
    """Metrics of each keyword on each UTC day."""

    report = Report("keyword")
    columns = asynchronous_metrics
