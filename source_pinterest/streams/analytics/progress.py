"""The progress of a report, for the platform to show."""

from __future__ import annotations

import time
from collections.abc import Iterator

from airbyte_cdk.models import (  # type: ignore[attr-defined]
    AirbyteEstimateTraceMessage,
    AirbyteMessage,
    AirbyteTraceMessage,
    EstimateType,
    TraceType,
    Type,
)

from source_pinterest.sync.slices import Slice

STEPS = 20
"""Estimates per report: one after each twentieth of the ids."""


class Progress:
    """Counts rows, and estimates the total if the other ids have as many."""

    def __init__(self, stream: str, ids: int) -> None:
        self._stream = stream
        self._ids = ids
        self._done = 0
        self.rows = 0

    def after(self, stream_slice: Slice) -> Iterator[AirbyteMessage]:
        """An ESTIMATE after the ids of the slice, if it has changed enough."""
        if "after" not in stream_slice:
            return
        before = STEPS * self._done // self._ids
        self._done += len(stream_slice["ids"])
        if STEPS * self._done // self._ids > before:
            yield self.estimate(self.rows * self._ids // self._done)

    def estimate(self, rows: int) -> AirbyteMessage:
        estimate = AirbyteEstimateTraceMessage(
            name=self._stream, type=EstimateType.STREAM, row_estimate=rows
        )
        trace = AirbyteTraceMessage(
            type=TraceType.ESTIMATE, emitted_at=time.time() * 1_000, estimate=estimate
        )
        return AirbyteMessage(type=Type.TRACE, trace=trace)
