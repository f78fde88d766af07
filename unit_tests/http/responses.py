"""Responses with an error of Pinterest's."""

from __future__ import annotations

import json
from typing import Any

from source_pinterest.http.transport import Response

WINDOW = "You can only get data from the last 90 days"


def response(status: int | None, body: Any = None, **headers: str) -> Response:
    return Response(status, headers, b"" if body is None else json.dumps(body).encode())


def error(status: int, code: int | None = 1, message: str = "Invalid request.") -> Response:
    return response(status, {"code": code, "message": message})
