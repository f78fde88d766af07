"""Metrics of the user's account by day and by what Pinterest can divide them into."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from source_pinterest.api.endpoints import choices_of
from source_pinterest.http.errors import REFUSALS, PinterestError, WindowRefused
from source_pinterest.records.organic_analytics import is_daily_metrics
from source_pinterest.records.rows import Batch, Row
from source_pinterest.streams.analytics.base import AccountPass
from source_pinterest.streams.analytics.organic import OrganicAnalytics
from source_pinterest.sync.slices import Slice, Window

logger = logging.getLogger("airbyte.source_pinterest")

ENDPOINT = "GET /user_account/analytics"
CONTENT_TYPE = "CONTENT_TYPE"
"""The breakdown that Pinterest has as a filter, not as a split: a request for each of its values."""


def breakdowns() -> dict[str, list[Mapping[str, str]]]:
    """By the breakdown, the parameters of its requests."""
    splits = [each for each in choices_of(ENDPOINT, "split_field") if each != "NO_SPLIT"]
    found: dict[str, list[Mapping[str, str]]] = {each: [{"split_field": each}] for each in splits}
    types = [each for each in choices_of(ENDPOINT, "content_type") if each != "ALL"]
    return {**found, CONTENT_TYPE: [{"content_type": each} for each in types]}


class UserAccountBreakdownAnalytics(OrganicAnalytics):
    """Metrics of the user's account on each UTC day by app type, claimed content, source, Pin format and content type:
    each breakdown is another view of the same numbers."""

    endpoint = ENDPOINT
    primary_key = ["user_id", "breakdown", "breakdown_value", "date"]

    def requests_of(self, account_pass: AccountPass) -> int:  # noqa: ARG002
        return sum(map(len, breakdowns().values()))

    def report_kind(self, stream_slice: Slice) -> str:  # noqa: ARG002
        return "GET analytics of the user by breakdown"

    def rows_of_an_id(self, stream_slice: Slice) -> int:
        filters = ("app_types", "from_claimed_content", "source", "pin_format", "content_type")
        values = sum(len(choices_of(ENDPOINT, name)) - 1 for name in filters)  # without that of all
        return Window.of(stream_slice).days * values

    def send(self, stream_slice: Slice) -> dict[str, dict[str, Any]]:
        """By breakdown and value: the days. A breakdown that Pinterest refuses alone is left out with a warning."""
        found: dict[str, dict[str, Any]] = {}
        refused: dict[str, PinterestError] = {}
        for breakdown, requests in breakdowns().items():
            try:
                found[breakdown] = self._values(requests, stream_slice)
            except WindowRefused:  # noqa: PERF203  says nothing about the breakdown
                raise
            except REFUSALS as error:
                refused[breakdown] = error
        if not found:
            raise next(iter(refused.values()))
        for breakdown, refusal in refused.items():
            self.answer_warnings.say(
                f"the breakdown {breakdown}",
                f"Pinterest refuses the breakdown {breakdown} of the user's analytics: it has no rows in this sync "
                f"({refusal})",
            )
        return found

    def _values(
        self, requests: list[Mapping[str, str]], stream_slice: Slice
    ) -> dict[str, dict[str, Any]]:
        values: dict[str, dict[str, Any]] = {}
        for params in requests:
            body = self.read_body(
                self.path(),
                {"metric_types": self.metrics(stream_slice), **params},
                stream_slice,
                is_split,
                decode=None,
            )
            if content_type := params.get("content_type"):
                values[content_type] = body["all"]
            else:
                values |= body
        return values

    def batches(self, body: Any, stream_slice: Slice) -> Iterator[Batch]:
        for breakdown, values in body.items():
            for value, days in values.items():
                of_it = {"breakdown": breakdown, "breakdown_value": value}
                yield self.batch({"all": days}, {**stream_slice, **of_it})

    def common(self, stream_slice: Slice) -> Row:
        fields = ("breakdown", "breakdown_value")
        return {**super().common(stream_slice), **{name: stream_slice[name] for name in fields}}


def is_split(body: Any) -> bool:
    return isinstance(body, dict) and all(is_daily_metrics({"all": each}) for each in body.values())
