"""What the codes and columns in reports mean. It is the same for every login."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from source_pinterest.api.endpoints import choices_of
from source_pinterest.records.column_types import text
from source_pinterest.records.rows import Row
from source_pinterest.streams.lists.base import ListStream
from source_pinterest.sync.context import TARGETING_OPTIONS
from source_pinterest.sync.failures import Failures
from source_pinterest.sync.pages import is_only_page, items_of

if TYPE_CHECKING:
    from source_pinterest.sync.slices import Slice


class TargetingOptions(ListStream):
    """Pinterest's name of each targeting value."""

    endpoint = TARGETING_OPTIONS
    primary_key = ["targeting_type", "targeting_raw_value"]
    unique_by = ["targeting_raw_value"]
    has_many_slices = True

    def slices(self, failures: Failures) -> Iterator[Slice]:  # noqa: ARG002
        for targeting_type in choices_of(self.endpoint, "targeting_type"):
            yield {"targeting_type": targeting_type}

    def fault_of(self, item: Row, stream_slice: Slice) -> str:  # noqa: ARG002
        """Always "": even an empty code is valid, since Pinterest names it and reports can contain it."""
        return ""

    def shared_fields(self, stream_slice: Slice) -> Row:
        return {"targeting_type": stream_slice["targeting_type"]}

    def pages(self, stream_slice: Slice, partition: Row) -> Iterator[list[Row]]:  # noqa: ARG002
        """One page with all options. Empty if Pinterest answers null."""
        yield [
            dict(option)
            for option in self.context.targeting_options(stream_slice["targeting_type"])
        ]


class DeliveryMetrics(ListStream):
    """Pinterest's definition of each metric."""

    endpoint = "GET /resources/delivery_metrics"
    primary_key = ["category", "name"]
    unique_by = ["name", "category"]

    def pages(self, stream_slice: Slice, partition: Row) -> Iterator[list[Row]]:  # noqa: ARG002
        """The metrics of synchronous and of asynchronous reports, each once."""
        flags = {"SYNC": "is_synchronous", "ASYNC": "is_asynchronous"}
        merged: dict[tuple[Any, Any], Row] = {}
        for report_type, flag in flags.items():
            body = self.context.client.get(
                self.path(), {"report_type": report_type}, self.category, is_only_page
            )
            for item in items_of(body):
                identity = text(item.get("category")), text(item.get("name"))
                metric = merged.setdefault(
                    identity, {**item, **dict.fromkeys(flags.values(), False)}
                )
                metric[flag] = True
        yield list(merged.values())
