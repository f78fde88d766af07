"""How far a report is, as the platform can show it."""

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
"""An estimate is sent again each time that another twentieth of the ids is read."""


class Progress:
    """Rows so far, and how many there will be if the other ids have as many."""

    def __init__(self, stream: str, ids: int) -> None:
        self._stream = stream
        self._ids = ids
        self._done = 0
        self.rows = 0

    def after(self, stream_slice: Slice) -> Iterator[AirbyteMessage]:
        """An ESTIMATE once the ids of the slice are read, where it says something new."""
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
