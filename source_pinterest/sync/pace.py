"""When a stream sends a STATE: one rule for all streams of a sync.

Each STATE holds all ad accounts, so one behind each account would make the bytes of a sync grow with the square of
their number. (One a minute stays small, since what they have in common is written once: `common_entries.py`.) A stream only says where it stands (`Checkpoint`). A STATE with its last checkpoint is due

- 60 seconds after its last one, if it has come further or has sent records since;
- after 50,000 records, if it has come further;
- when the stream ends, if it has come further.

A platform ends a sync that sends neither RECORD nor STATE for long. If no stream has sent any for 60 seconds,
because all of them wait, the one with the smallest STATE repeats its last checkpoint.

So a sync that is killed repeats at most a minute of reading.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import orjson

if TYPE_CHECKING:
    from airbyte_cdk.models import AirbyteMessage  # type: ignore[attr-defined]


class Checkpoint(NamedTuple):
    """The state of a stream after the records before it. It may be sent, now or later."""

    stream: str
    message: Callable[[], AirbyteMessage]
    """Makes the STATE. It is the same however late it is made."""
    is_new: bool = True
    """Whether the stream has come further; otherwise the state is the one that the sync began with."""


@dataclass
class _Progress:
    """What a stream has sent since its last STATE."""

    since: float
    """When that was, in seconds of the clock; or when the stream began."""
    checkpoint: Checkpoint
    records: int = 0
    is_new: bool = False
    """Whether the checkpoint has come further than the last STATE."""
    size: int = 0
    """Bytes of the last STATE; 0 if there was none."""


def bytes_of(message: AirbyteMessage) -> int:
    """The size of a STATE, without its envelope."""
    state = message.state.stream if message.state else None
    return len(orjson.dumps(vars(state.stream_state))) if state and state.stream_state else 0


class Pace:
    """The checkpoints of the streams that are being read, and the STATE messages that are due."""

    def __init__(
        self,
        clock: Callable[[], float],
        seconds: float = 60.0,
        records: int = 50_000,
        size_of: Callable[[AirbyteMessage], int] = bytes_of,
    ) -> None:
        self._clock = clock
        self._seconds = seconds
        self._records = records
        self._size_of = size_of
        self._of: dict[str, _Progress] = {}
        self._heard = clock()
        """When the sync sent its last RECORD or STATE."""

    # --- What the streams send ---

    def reached(self, checkpoint: Checkpoint) -> None:
        """A stream has come here. What it has sent before was emitted."""
        began = _Progress(self._clock(), checkpoint)
        progress = self._of.setdefault(checkpoint.stream, began)
        progress.checkpoint = checkpoint
        progress.is_new |= checkpoint.is_new

    def emitted(self, stream: str, records: int) -> None:
        self._heard = self._clock()
        if progress := self._of.get(stream):
            progress.records += records

    def ended(self, stream: str) -> Iterator[AirbyteMessage]:
        """The last STATE of a stream, before its last status."""
        progress = self._of.pop(stream, None)
        if progress and progress.is_new:
            yield self._sent(progress, self._clock())

    # --- What is due ---

    def due(self) -> Iterator[AirbyteMessage]:
        """The STATE messages that are due now. The reader asks after each item, and when nothing came for
        `seconds_left`."""
        now = self._clock()
        for progress in sorted(self._of.values(), key=lambda progress: progress.since):
            is_full = progress.is_new and progress.records >= self._records
            if is_full or (_has_sent(progress) and now >= progress.since + self._seconds):
                yield self._sent(progress, now)
        if self._of and now - self._heard >= self._seconds:
            yield self._sent(min(self._of.values(), key=_size), now)

    def seconds_left(self) -> float:
        """Until a STATE is due, if nothing comes."""
        now = self._clock()
        due = [
            progress.since + self._seconds for progress in self._of.values() if _has_sent(progress)
        ]
        return max(0.0, min([*due, (self._heard if self._of else now) + self._seconds]) - now)

    def _sent(self, progress: _Progress, now: float) -> AirbyteMessage:
        progress.since = self._heard = now
        progress.records, progress.is_new = 0, False
        message = progress.checkpoint.message()
        progress.size = self._size_of(message)
        return message


def _size(progress: _Progress) -> float:
    return progress.size or math.inf  # not known


def _has_sent(progress: _Progress) -> bool:
    return progress.is_new or progress.records > 0
