"""Errors that Pinterest states in the body of an answer with a status of success."""

from __future__ import annotations

import re
from typing import Any

NUMBER = re.compile(r"\d+", re.ASCII)

WORDS = ("message", "message_detail")
"""The fields with an error's text. Pinterest also describes successful answers with a `message`."""


def states_error(body: Any) -> bool:
    """Whether a decoded body says that the request has failed, whatever else it contains.

    A `message` alone counts only in a body without other content, and a `code` only if it is not 0: Pinterest
    describes `{"code": 0, "message": "ok"}` as a success.

    >>> states_error({"items": [], "code": 12, "message": "Something went wrong."})
    True
    >>> states_error({"items": [{"id": "7"}], "message": "ok"}), states_error({"items": [], "bookmark": None})
    (False, False)
    """
    if not isinstance(body, dict):
        return False
    code = body.get("code")
    is_code = isinstance(code, (int, float)) or (
        isinstance(code, str) and bool(NUMBER.fullmatch(code))
    )
    if (is_code and float(code or 0)) or body.get("error") or body.get("errors"):
        return True
    if body.get("status") == "failure":
        return True
    content = (value for name, value in body.items() if name not in ("code", "status", *WORDS))
    return any(body.get(name) for name in WORDS) and not any(content)
