"""JSON as Pinterest may write it."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

DATA = re.compile(rb'\s*\{\s*"data"\s*:\s*(?=\[)')
END_OF_DATA = re.compile(rb"(?<=\])\s*\}\s*\Z")
LONGEST_END = 64


def loads(text: bytes) -> Any:
    """The value in a text. Takes NaN, which Python servers have been seen to send.

    Raises ValueError when it is no JSON, or nests too deeply to be anything of Pinterest's.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError from None


def dumps(value: Any) -> bytes:
    """A value that was read from JSON, as JSON again."""
    try:
        return orjson.dumps(value)
    except TypeError:  # of half an emoji, or of an integer of more than 64 bits
        return json.dumps(value).encode()


def data(text: bytes) -> tuple[int, int] | None:
    """Where the list begins and where it ends in a text that is `{"data": […]}`; None: it is not, as
    far as its two ends tell.

    >>> data(b'{"data": [{}]}'), data(b'{"bookmark": null, "data": []}')
    ((9, 13), None)
    """
    start = DATA.match(text)
    end = END_OF_DATA.search(text, max(0, len(text) - LONGEST_END))
    return (start.end(), end.start()) if start and end else None
