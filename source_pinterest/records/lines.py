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

from source_pinterest.records.rows import Batch, TypedRow

ENCODER = msgspec.json.Encoder()

BYTES_TOGETHER = 1 << 18
"""Bytes of lines that one thread hands to another at once, because waking the other costs more than making
some lines."""

ROWS_TOGETHER = 1_000
"""Rows that become lines at once, at most."""

DEEPEST = 100
"""Levels of nesting that are kept in a value that cannot be written unchanged."""


@dataclass(frozen=True)
class RecordLines:
    """RECORD messages of a stream, in order, as lines.

    A line costs a tenth of the CDK's object. The thread that parsed the answer makes the lines while the
    rows are still in the processor's cache.
    """

    stream: str
    count: int
    lines: bytes

    @classmethod
    def of(cls, stream: str, batch: Batch) -> RecordLines:
        """The lines of a batch that is not empty."""
        before = b'{"type":"RECORD","record":{"stream":%b,"data":' % ENCODER.encode(stream)
        after = b',"emitted_at":%d}}' % (time.time_ns() // 1_000_000)
        rows = batch.rows
        if batch.common and not isinstance(rows[0], TypedRow):
            rows = [{**batch.common, **row} for row in rows]
        try:
            lines = ENCODER.encode_lines(rows)
        except (UnicodeEncodeError, RecursionError):  # for one row in millions
            lines = ENCODER.encode_lines([_sound(dict(row)) for row in rows])
        # JSON contains no line breaks, so each one ends a record. Searching one byte is fast
        lines = lines[:-1].replace(b"\n", b"".join((after, b"\n", before)))
        return cls(stream, len(rows), b"".join((before, lines, after, b"\n")))

    def messages(self) -> Iterator[AirbyteMessage]:
        """The same as objects, for callers that drive the source through the CDK."""
        return (
            AirbyteMessageSerializer.load(orjson.loads(line)) for line in self.lines.splitlines()
        )


def in_lines(
    stream: str, items: Iterable[Batch | AirbyteMessage]
) -> Iterator[RecordLines | AirbyteMessage]:
    """Batches as lines, in order; a long batch in parts.

    Everything before an exception is yielded before it is raised.
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
                for part in _parts(item):
                    waiting.append(RecordLines.of(stream, part))
                    if (
                        not part.more_follows
                        or sum(len(w.lines) for w in waiting) >= BYTES_TOGETHER
                    ):
                        yield from together()
    except Exception:
        yield from together()
        raise
    yield from together()


def _parts(batch: Batch) -> Iterator[Batch]:
    """A batch as smaller batches, since the lines of a long one would double the memory."""
    common, rows, more_follows = batch
    for start in range(0, len(rows), ROWS_TOGETHER):
        is_last = start + ROWS_TOGETHER >= len(rows)
        yield Batch(common, rows[start : start + ROWS_TOGETHER], more_follows or not is_last)


def _sound(value: Any, depth: int = 0) -> Any:
    """A JSON value in a form that UTF-8 can encode: half an emoji, as in a cut name, becomes a replacement
    character, and levels that are too deep become null.

    >>> _sound({"name": "Sale \\ud83d", "n": [1]})
    {'name': 'Sale \ufffd', 'n': [1]}
    """
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if not isinstance(value, (dict, list)):
        return value
    if depth == DEEPEST:
        return None
    if isinstance(value, dict):
        return {_sound(name): _sound(one, depth + 1) for name, one in value.items()}
    return [_sound(one, depth + 1) for one in value]
