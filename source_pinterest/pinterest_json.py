"""JSON as Pinterest may write it."""

from __future__ import annotations

import json
from typing import Any

import orjson


def loads(text: bytes) -> Any:
    """The value in a text. Takes NaN, which Python servers have been seen to send.

    Raises ValueError when it is no JSON.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)
