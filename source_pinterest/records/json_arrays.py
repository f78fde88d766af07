"""Parses large JSON arrays of objects in parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from source_pinterest.api import lenient_json
from source_pinterest.records.errors import BrokenAnswer

BYTES_OF_A_PART = 1 << 17
"""The bytes of an array that are parsed and emitted together, and then released. A part that fits into the processor's
cache is read twice as fast. In a smaller one, the work per column outweighs that for its few rows."""

OPENING = re.compile(rb"\s*\[\s*(?!\])")

BETWEEN_ROWS = re.compile(rb"\}\s*,\s*\{")


def parse_in_parts(
    content: bytes,
    parsed: Callable[[bytes], list[Any] | None],
    start: int = 0,
    end: int | None = None,
    *,
    part_bytes: int = BYTES_OF_A_PART,
) -> Iterator[list[Any]]:
    """Yields the elements of a JSON array of objects in parts, in order, as `parsed` returns them.

    `parsed`: parses a part, which is a JSON array itself; returns None if it is not JSON. `start`, `end`: the position
    of the array; default: the whole content. Raises BrokenAnswer if it is not JSON.

    A position that looks like the end of a row may be inside a string. `parsed` then returns None, and the part is made
    larger.

    >>> list(parse_in_parts(b'[{"a": 1}, {"a": 2}]', parse_array)), list(parse_in_parts(b" []", parse_array))
    ([[{'a': 1}, {'a': 2}]], [])
    """
    first = OPENING.match(content, start)
    end = content.rindex(b"]", start, end)
    if not first:
        if content[start:end].strip() != b"[":  # another list follows
            raise BrokenAnswer
        return
    position = first.end()
    view = memoryview(content)
    while position < end:
        size = part_bytes
        while True:
            # a small rest is added to the last part
            is_last = end - position < size + part_bytes // 2
            found = None if is_last else BETWEEN_ROWS.search(content, position + size, end)
            elements = view[position : found.start() + 1 if found else end]
            rows = parsed(b"".join((b"[", elements, b"]")))
            if rows is not None:
                yield rows
                break
            if not found:
                raise BrokenAnswer
            size = max(2 * size, found.end() - position)
        if not found:
            return
        position = found.end() - 1


def parse_array(text: bytes) -> list[Any] | None:
    """Parses a JSON array; None if it is not JSON."""
    try:
        found: list[Any] = lenient_json.loads(text)
    except ValueError:
        return None
    return found
