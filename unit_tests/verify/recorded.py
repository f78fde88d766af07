"""A Pinterest that answers a verification as it was recorded, below the real `requests`; nothing is sent."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from source_pinterest.api.operations import find_operation

ROOT = Path(__file__).resolve().parents[2]
RECORDING = json.loads(
    (ROOT / "integration_tests/recordings/fake_pinterest.json").read_text(encoding="utf-8")
)
BASE_URL = "https://api.pinterest.com/v5"

Answer = tuple[int, Any]


class Recorded:
    """Answers each request with the exchange of the same operation and query; else with the next of the
    operation, and the last one for ever. `change` may answer otherwise."""

    def __init__(self, change: Callable[[str], Answer | None] = lambda _: None) -> None:
        self.operations: list[str] = []
        self._change = change
        self._exchanges = list(RECORDING["exchanges"])

    def send(
        self, adapter: HTTPAdapter, request: requests.PreparedRequest, **_: Any
    ) -> requests.Response:
        url = urlsplit(str(request.url))
        path = url._replace(query="").geturl().removeprefix(BASE_URL)
        found = find_operation(str(request.method), path)
        name = found.name if found else f"{request.method} {path}"
        self.operations.append(name)
        changed = self._change(name)
        if changed:
            status, body, headers = *changed, {}
        else:
            exchange = self._exchange(name, parse_qsl(url.query, keep_blank_values=True))
            status, body = exchange["status"], exchange.get("body")
            headers = exchange["headers"]
        text = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        raw = HTTPResponse(io.BytesIO(text), status=status, headers=headers, preload_content=False)
        return adapter.build_response(request, raw)

    def _exchange(self, name: str, query: list[tuple[str, str]]) -> dict[str, Any]:
        of_it = [each for each in self._exchanges if each["operation"] == name]
        if not of_it:
            return {"status": 404, "headers": {}, "body": {"code": 50, "message": "Not found."}}
        same = [each for each in of_it if sorted(map(tuple, each["query"])) == sorted(query)]
        exchange: dict[str, Any] = (same or of_it)[0]
        if len(of_it) > 1:
            self._exchanges.remove(exchange)
        return exchange


@contextmanager
def answering(pinterest: Recorded) -> Iterator[None]:
    with mock.patch.object(
        HTTPAdapter, "send", lambda adapter, request, **how: pinterest.send(adapter, request, **how)
    ):
        yield
