"""JSON in every form that Pinterest may send."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import orjson

DATA = re.compile(rb'\s*\{\s*"data"\s*:\s*(?=\[)')
END_OF_DATA = re.compile(rb"(?<=\])\s*\}\s*\Z")
LONGEST_END = 64
"""Bytes at the end of a text in which `END_OF_DATA` is looked for."""


def loads(text: bytes) -> Any:
    """Parses JSON. Integers stay exact, however large, and NaN is accepted: Python servers have been seen to send it.

    Raises ValueError for anything else, and for JSON that is nested too deeply.

    >>> loads(b'{"id": 12345678901234567890123}')
    {'id': 12345678901234567890123}
    """
    try:
        return msgspec.json.decode(text)  # orjson would round these integers
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        pass
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError from None


def has_duplicate_names(text: bytes) -> bool:
    """Whether an object has the same name twice. JSON parsers keep only the last of its values.

    >>> has_duplicate_names(b'{"items": [7], "items": []}'), has_duplicate_names(b'{"a": {"a": 7}}')
    (True, False)
    """
    try:
        kept = _values(text)
        sizes = [len(name.encode()) for name in kept]
        signs = len(text) - sum(sizes) - sum(len(memoryview(value)) for value in kept.values())
        # `{"":…,"":…}` has 4 signs a value and 1; a value that was dropped would add `,"":1` and one of these names
        if signs < 4 * len(kept) + 1 + 5 + min(sizes, default=0):
            return False
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        pass
    try:
        pairs = json.loads(text, object_pairs_hook=list)
    except RecursionError:
        return False
    found = [name for name, _ in pairs]
    return len(set(found)) < len(found)


_values = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def dumps(value: Any) -> bytes:
    """Writes a value that `loads` has returned as JSON."""
    try:
        return orjson.dumps(value)
    except TypeError:  # for half an emoji, or an integer of more than 64 bits
        return json.dumps(value).encode()


def data_span(text: bytes) -> tuple[int, int] | None:
    """The start and end of the list in a text `{"data": […]}`; None if the text begins or ends differently.

    >>> data_span(b'{"data": [{}]}'), data_span(b'{"bookmark": null, "data": []}')
    ((9, 13), None)
    """
    start = DATA.match(text)
    end = END_OF_DATA.search(text, max(0, len(text) - LONGEST_END))
    return (start.end(), end.start()) if start and end else None
