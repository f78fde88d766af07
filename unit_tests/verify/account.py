"""A login whose answers a test writes, by method and path; nothing is sent."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock
from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from source_pinterest.config.config import Config
from source_pinterest.verify.allowance import Allowance
from source_pinterest.verify.exchange import Exchange
from source_pinterest.verify.findings import Finding, Result
from source_pinterest.verify.login_file import LoginFile
from source_pinterest.verify.probes.probe import Probe
from source_pinterest.verify.subject import Subject
from source_pinterest.verify.wiring import make_subject
from unit_tests.http.scripted import Clock, Reply

NOW = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)
BASE_URL = "https://api.pinterest.com/v5"
CONFIG = {"credentials": {"auth_method": "access_token", "access_token": "pina_a-test-token"}}
ACCOUNT = "/ad_accounts/7"


class Request(NamedTuple):
    query: dict[str, list[str]]
    content: Any

    def value(self, name: str) -> str:
        return self.query.get(name, [""])[0]


Answer = Reply | Exception | list[Reply] | Callable[[Request], Reply]
Answers = Mapping[str, Answer]
"""By `METHOD /path`, or by the address of a download. Of a list, each in turn and the last one for ever."""


def page(*items: dict[str, Any], bookmark: str | None = None) -> Reply:
    return Reply(200, {"items": list(items), "bookmark": bookmark})


def refusal(message: str = "Invalid request.", status: int = 400, code: int = 1) -> Reply:
    return Reply(status, {"code": code, "message": message})


ONE_ACCOUNT: Answers = {
    "GET /user_account": Reply(200, {"username": "someone"}),
    "GET /ad_accounts": page({"id": "7", "permissions": ["ANALYST"]}),
    f"GET {ACCOUNT}/campaigns": page(),
    f"GET {ACCOUNT}/ad_groups": page(),
    f"GET {ACCOUNT}/ads": page(),
}
"""A login with an ad account in which nothing is."""


class Account:
    """Answers each request as written, and 404 to any other."""

    def __init__(self, answers: Answers) -> None:
        self.requests: list[tuple[str, Request]] = []
        self.clock = Clock()
        self._answers = {
            name: list(each) if isinstance(each, list) else each
            for name, each in {**ONE_ACCOUNT, **answers}.items()
        }

    def subject(self, config: Mapping[str, Any] = CONFIG) -> Subject:
        """The login, before it is opened."""
        allowance = Allowance(self.clock, self.clock.sleep)
        file = LoginFile(config, Path("nowhere/config.json"), None, lambda _: None)
        return make_subject(Config.parse(dict(config)), allowance, file, lambda: NOW)

    def answering(self) -> Any:
        return mock.patch.object(
            HTTPAdapter, "send", lambda adapter, request, **_: self._send(adapter, request)
        )

    def found(self, probe: Probe) -> dict[str, Finding]:
        """The findings of a probe, by belief."""
        with self.answering():
            subject = self.subject()
            subject.open()
            return {finding.belief: finding for finding in probe.find(subject)}

    def asked(self, name: str) -> list[Request]:
        return [request for asked, request in self.requests if asked == name]

    def _send(self, adapter: HTTPAdapter, prepared: requests.PreparedRequest) -> requests.Response:
        url = urlsplit(str(prepared.url))
        address = url._replace(query="").geturl()
        path = address.removeprefix(BASE_URL)
        name = path if path == address else f"{prepared.method} {path}"
        content = _json_of(prepared)
        request = Request(parse_qs(url.query), content)
        self.requests.append((name, request))
        reply = self._reply(name, request)
        body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        raw = HTTPResponse(
            io.BytesIO(body), status=reply.status, headers=reply.headers, preload_content=False
        )
        return adapter.build_response(prepared, raw)

    def _reply(self, name: str, request: Request) -> Reply:
        answer = self._answers.get(name, refusal("Not found.", 404, 50))
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, list):
            return answer.pop(0) if len(answer) > 1 else answer[0]
        return answer if isinstance(answer, Reply) else answer(request)


def _json_of(request: requests.PreparedRequest) -> Any:
    is_json = request.headers.get("Content-Type") == "application/json"
    return json.loads(request.body or b"null") if is_json else None


def found(probe: Probe, answers: Answers) -> dict[str, Finding]:
    return Account(answers).found(probe)


def results(findings: Mapping[str, Finding]) -> dict[str, Result]:
    return {name: each.result for name, each in findings.items()}


def exchange(
    path: str,
    body: Any,
    status: int = 200,
    query: tuple[tuple[str, str], ...] = (),
    headers: Mapping[str, str] | None = None,
    content: Any = None,
) -> Exchange:
    """An exchange that was."""
    method = "GET" if content is None else "POST"
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Exchange(method, path, query, content, status, headers or {}, text, "", 0.1)


def seen(probe: Probe, *exchanges: Exchange) -> dict[str, Finding]:
    """The findings of a probe from these exchanges, without a request."""
    subject = Account({}).subject()
    subject.exchanges.extend(exchanges)
    return {finding.belief: finding for finding in probe.find(subject)}
