"""Records → lines of the protocol."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from airbyte_cdk.models import (  # type: ignore[attr-defined]
    AirbyteMessage,
    AirbyteMessageSerializer,
)

from source_pinterest.records import Batch

BYTES_TOGETHER = 1 << 18
"""Of lines, that are handed from one thread to another at once: each time wakes the other up,
which costs more than making some lines."""


@dataclass(frozen=True)
class RecordLines:
    """RECORD messages of a stream, in order, as they are printed.

    A line costs a tenth of what the CDK's object for it costs. They are made by the thread that has
    parsed the answer, while its rows are still in the processor's cache.
    """

    stream: str
    count: int
    lines: bytes

    @classmethod
    def of(cls, stream: str, batch: Batch) -> RecordLines:
        """The lines of a batch that is not empty."""
        common, dumps = orjson.dumps(batch.common), orjson.dumps
        before = b'{"type":"RECORD","record":{"stream":%b,"data":' % dumps(stream)
        after = b',"emitted_at":%d}}\n' % (time.time_ns() // 1_000_000)
        # the fields that all have in common go before the row's own, and the row's { goes
        before += common[:-1] + b"," if len(common) > len(b"{}") else b"{"
        try:
            rows = [dumps(row)[1:] for row in batch.rows]
        except TypeError:  # of one row in millions
            rows = [dumps(_sound(row))[1:] for row in batch.rows]
        lines = (after + before).join(rows)
        return cls(stream, len(rows), b"".join((before, lines, after)))

    def messages(self) -> Iterator[AirbyteMessage]:
        """The same as objects, for who drives the source through the CDK."""
        return (
            AirbyteMessageSerializer.load(orjson.loads(line)) for line in self.lines.splitlines()
        )


def in_lines(
    stream: str, items: Iterable[Batch | AirbyteMessage]
) -> Iterator[RecordLines | AirbyteMessage]:
    """The batches as lines, those of one answer some at a time; everything in order.

    What comes before an exception comes out before it.
    """
    waiting: list[RecordLines] = []

    def together() -> Iterator[RecordLines]:
        if waiting:
            lines = b"".join([each.lines for each in waiting])
            yield RecordLines(stream, sum(each.count for each in waiting), lines)
            waiting.clear()

    try:
        for item in items:
            if isinstance(item, AirbyteMessage):
                yield from together()
                yield item
            elif item.rows:
                waiting.append(RecordLines.of(stream, item))
                if not item.goes_on or sum(len(w.lines) for w in waiting) >= BYTES_TOGETHER:
                    yield from together()
    except Exception:
        yield from together()
        raise
    yield from together()


def _sound(value: Any) -> Any:
    """A value of JSON as JSON can be written in UTF-8: half an emoji, as of a name that was cut,
    becomes a replacement character, and an integer of more than 64 bits a number.

    >>> _sound({"name": "Sale \\ud83d", "n": [2**64]})
    {'name': 'Sale \ufffd', 'n': [1.8446744073709552e+19]}
    """
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, dict):
        return {_sound(name): _sound(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_sound(one) for one in value]
    is_long = isinstance(value, int) and not -(2**63) <= value < 2**64
    return float(value) if is_long else value
