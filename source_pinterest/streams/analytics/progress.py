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
"""The number of ESTIMATE messages per report: one after each twentieth of the ids."""


class Progress:
    """Counts the rows of a stream, and estimates their total from the ids that are done."""

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self._done = 0
        self.ids = 0
        """The number of ids of the accounts that are planned so far."""
        self.rows = 0
        self.expected: int | None = None
        """The expected rows of all accounts. None until all are planned."""
        self._is_begun = False

    def initial_estimate(self) -> Iterator[AirbyteMessage]:
        """An ESTIMATE once all accounts are planned. Empty before, and when called again."""
        if self.expected is not None and not self._is_begun:
            self._is_begun = True
            yield self.estimate(self.expected)

    def updated_estimate(self, stream_slice: Slice) -> Iterator[AirbyteMessage]:
        """An ESTIMATE after the ids of a slice, if another twentieth of the ids is done."""
        if "after" not in stream_slice:
            return
        before = STEPS * self._done // self.ids
        self._done += len(stream_slice["ids"])
        if self.expected is not None and STEPS * self._done // self.ids > before:
            yield self.estimate(self.rows * self.ids // self._done)

    def estimate(self, rows: int) -> AirbyteMessage:
        """An ESTIMATE message with this number of rows."""
        estimate = AirbyteEstimateTraceMessage(
            name=self._stream, type=EstimateType.STREAM, row_estimate=rows
        )
        trace = AirbyteTraceMessage(
            type=TraceType.ESTIMATE, emitted_at=time.time() * 1_000, estimate=estimate
        )
        return AirbyteMessage(type=Type.TRACE, trace=trace)
