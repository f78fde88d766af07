"""Decides when the streams of a sync send their STATE messages.

Each STATE has the entries of all ad accounts, so one STATE per account would make the bytes of a sync grow with the
square of their number. (One a minute stays small: `compact_state.py`.) So a stream only says how far it has come
(`Checkpoint`). A STATE with its latest checkpoint is due

- 60 seconds after its last STATE, if it has come further or has sent records since;
- after 50,000 records, if it has come further;
- when the stream ends, if it has come further.

So a sync that is killed repeats at most a minute of reading.

A platform stops a sync that sends neither RECORD nor STATE for long. If none was sent for 60 seconds, because all
streams wait, the stream with the smallest STATE repeats it.
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
    """The state of a stream after the records that it has emitted, which may be sent now or later."""

    stream: str
    message: Callable[[], AirbyteMessage]
    """Makes the STATE message, which is the same whenever it is made."""
    is_new: bool = True
    """Whether the stream has come further. False for the state with which the sync began."""


@dataclass
class _Progress:
    """What a stream has sent since its last STATE."""

    since: float
    """The time of its last STATE, or of its start, in seconds of the clock."""
    checkpoint: Checkpoint
    records: int = 0
    is_new: bool = False
    """Whether the checkpoint has come further than the last STATE."""
    size: int = 0
    """Bytes of the last STATE; 0 if there was none."""


def bytes_of(message: AirbyteMessage) -> int:
    """The size in bytes of the state in a STATE message, without the envelope."""
    state = message.state.stream if message.state else None
    return len(orjson.dumps(vars(state.stream_state))) if state and state.stream_state else 0


class StateSchedule:
    """Collects the checkpoints of all streams, and yields the STATE messages that are due.

    `clock` returns seconds. `seconds` and `records` are the limits after which a STATE is due.
    """

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
        self._progress: dict[str, _Progress] = {}
        """By stream."""
        self._last_sent = clock()
        """The time of the sync's last RECORD or STATE."""

    # --- What the streams send ---

    def reached(self, checkpoint: Checkpoint) -> None:
        """Notes a checkpoint of a stream, whose records before it were emitted."""
        began = _Progress(self._clock(), checkpoint)
        progress = self._progress.setdefault(checkpoint.stream, began)
        progress.checkpoint = checkpoint
        progress.is_new |= checkpoint.is_new

    def emitted(self, stream: str, records: int) -> None:
        """Notes emitted records of a stream."""
        self._last_sent = self._clock()
        if progress := self._progress.get(stream):
            progress.records += records

    def ended(self, stream: str) -> Iterator[AirbyteMessage]:
        """The last STATE of a stream that has ended, if it has come further since the one before."""
        progress = self._progress.pop(stream, None)
        if progress and progress.is_new:
            yield self._sent(progress, self._clock())

    # --- What is due ---

    def due(self) -> Iterator[AirbyteMessage]:
        """The STATE messages that are due now. Called after each item, and whenever none has come for
        `seconds_left`."""
        now = self._clock()
        for progress in sorted(self._progress.values(), key=lambda progress: progress.since):
            is_full = progress.is_new and progress.records >= self._records
            if is_full or (_has_sent(progress) and now >= progress.since + self._seconds):
                yield self._sent(progress, now)
        if self._progress and now - self._last_sent >= self._seconds:
            yield self._sent(min(self._progress.values(), key=_size), now)

    def seconds_left(self) -> float:
        """The seconds until a STATE is due if no item comes before."""
        now = self._clock()
        due = [
            progress.since + self._seconds
            for progress in self._progress.values()
            if _has_sent(progress)
        ]
        return max(
            0.0, min([*due, (self._last_sent if self._progress else now) + self._seconds]) - now
        )

    def _sent(self, progress: _Progress, now: float) -> AirbyteMessage:
        progress.since = self._last_sent = now
        progress.records, progress.is_new = 0, False
        message = progress.checkpoint.message()
        progress.size = self._size_of(message)
        return message


def _size(progress: _Progress) -> float:
    return progress.size or math.inf  # not known


def _has_sent(progress: _Progress) -> bool:
    return progress.is_new or progress.records > 0
