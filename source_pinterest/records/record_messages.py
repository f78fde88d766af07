"""Writes records as RECORD messages of the Airbyte protocol, one line each."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
import orjson
from airbyte_cdk.models import (  # type: ignore[attr-defined]
    AirbyteMessage,
    AirbyteMessageSerializer,
)

from source_pinterest.records.rows import Batch, TypedRow
from source_pinterest.text import replace_surrogates

Item = TypeVar("Item")

ENCODER = msgspec.json.Encoder()

BYTES_TOGETHER = 1 << 18
"""How many bytes of lines one thread collects before it hands them to another: waking the other up costs more than
making some lines."""

ROWS_TOGETHER = 1_000
"""The most rows that are written at once."""

DEEPEST = 100
"""The most levels of a value that cannot be written unchanged. Deeper parts become null."""


@dataclass(frozen=True)
class RecordLines:
    """RECORD messages of one stream, as lines, in order.

    A line costs a tenth of the CDK's object. The thread that parsed the answer writes the lines while the rows are
    still in the processor's cache.
    """

    stream: str
    count: int
    """The number of records."""
    lines: bytes
    """JSON, each line with its line break."""

    @classmethod
    def of(cls, stream: str, batch: Batch) -> RecordLines:
        """The lines of a batch, which must not be empty."""
        before = b'{"type":"RECORD","record":{"stream":%b,"data":' % ENCODER.encode(stream)
        after = b',"emitted_at":%d}}' % (time.time_ns() // 1_000_000)
        rows = batch.rows
        if batch.common and not isinstance(rows[0], TypedRow):
            rows = [{**batch.common, **row} for row in rows]
        try:
            lines = ENCODER.encode_lines(rows)
        except (UnicodeEncodeError, RecursionError):  # for one row in millions
            lines = ENCODER.encode_lines([_encodable(dict(row)) for row in rows])
        # JSON contains no line breaks, so each one ends a record. Searching one byte is fast
        lines = lines.replace(b"\n", b"".join((after, b"\n", before)))
        return cls(stream, len(rows), b"".join((before, memoryview(lines)[: -len(before)])))

    def messages(self) -> Iterator[AirbyteMessage]:
        """The messages as objects, for callers that drive the source through the CDK."""
        return (
            AirbyteMessageSerializer.load(orjson.loads(line)) for line in self.lines.splitlines()
        )


def in_lines(
    stream: str,
    items: Iterable[Batch | Item],
    bytes_together: int = BYTES_TOGETHER,
    rows_together: int = ROWS_TOGETHER,
) -> Iterator[RecordLines | Item]:
    """Turns batches into lines, and passes everything else on. Keeps the order.

    Collects the lines of one answer up to `bytes_together`. If `items` raises an exception, everything before it is
    yielded first.
    """
    waiting: list[RecordLines] = []
    size = 0

    def together() -> Iterator[RecordLines]:
        nonlocal size
        if waiting:
            lines = b"".join([batch.lines for batch in waiting])
            yield RecordLines(stream, sum(batch.count for batch in waiting), lines)
            waiting.clear()
            size = 0

    try:
        for item in items:
            if not isinstance(item, Batch):
                yield from together()
                yield item
                continue
            for part in _parts(item, rows_together):
                waiting.append(RecordLines.of(stream, part))
                size += len(waiting[-1].lines)
                if not part.more_follows or size >= bytes_together:
                    yield from together()
    except Exception:
        yield from together()
        raise
    yield from together()


def _parts(batch: Batch, size: int) -> Iterator[Batch]:
    """Divides a batch into ones of at most `size` rows, since the lines of a long one take as much memory again."""
    common, rows, more_follows = batch
    for start in range(0, len(rows), size):
        is_last = start + size >= len(rows)
        yield Batch(common, rows[start : start + size], more_follows or not is_last)


def _encodable(value: Any, depth: int = 0) -> Any:
    """Makes a value writable as JSON in UTF-8: replaces lone surrogates, such as those of a name that was cut, and
    whatever is nested too deeply by null.

    >>> _encodable({"name": "Sale \\ud83d", "n": [1]})
    {'name': 'Sale \ufffd', 'n': [1]}
    """
    if isinstance(value, str):
        return replace_surrogates(value)
    if not isinstance(value, (dict, list)):
        return value
    if depth == DEEPEST:
        return None
    if isinstance(value, dict):
        return {_encodable(name): _encodable(one, depth + 1) for name, one in value.items()}
    return [_encodable(one, depth + 1) for one in value]
