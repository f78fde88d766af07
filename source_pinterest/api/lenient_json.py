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


def loads(text: bytes) -> Any:
    """The value in a text, with integers that are exact however large they are. Accepts NaN, which Python servers have
    been seen to send.

    Raises ValueError if it is not JSON, or nests too deeply.

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


def repeats_a_name(text: bytes) -> bool:
    """Whether an object has a name twice, of whose values JSON parsers keep the last one only.

    >>> repeats_a_name(b'{"items": [7], "items": []}'), repeats_a_name(b'{"a": {"a": 7}}')
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
    """A value read from JSON, as JSON again."""
    try:
        return orjson.dumps(value)
    except TypeError:  # for half an emoji, or an integer of more than 64 bits
        return json.dumps(value).encode()


def data(text: bytes) -> tuple[int, int] | None:
    """The positions of the list in a text `{"data": […]}`. None if the ends of the text are different.

    >>> data(b'{"data": [{}]}'), data(b'{"bookmark": null, "data": []}')
    ((9, 13), None)
    """
    start = DATA.match(text)
    end = END_OF_DATA.search(text, max(0, len(text) - LONGEST_END))
    return (start.end(), end.start()) if start and end else None
