"""Records → lines of the protocol."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson
from airbyte_cdk.models import (  # type: ignore[attr-defined]
    AirbyteMessage,
    AirbyteMessageSerializer,
)

from source_pinterest.records import Batch, TypedRow

ENCODER = msgspec.json.Encoder()

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
        before = b'{"type":"RECORD","record":{"stream":%b,"data":' % ENCODER.encode(stream)
        after = b',"emitted_at":%d}}' % (time.time_ns() // 1_000_000)
        try:
            lines = ENCODER.encode_lines(batch.rows)
        except UnicodeEncodeError:  # of one row in millions
            lines = ENCODER.encode_lines([_sound(dict(row)) for row in batch.rows])
        lines = lines[:-1]
        if batch.common and not isinstance(batch.rows[0], TypedRow):
            # the fields that all have in common go before the row's own, and the row's { goes
            before += ENCODER.encode(_sound(batch.common))[:-1] + b","
            lines = b"\n".join([line[1:] for line in lines.split(b"\n")])
        lines = lines.replace(b"\n", b"".join((after, b"\n", before)))
        return cls(stream, len(batch.rows), b"".join((before, lines, after, b"\n")))

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
    becomes a replacement character.

    >>> _sound({"name": "Sale \\ud83d", "n": [1]})
    {'name': 'Sale \ufffd', 'n': [1]}
    """
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, dict):
        return {_sound(name): _sound(one) for name, one in value.items()}
    return [_sound(one) for one in value] if isinstance(value, list) else value
