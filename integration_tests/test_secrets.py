"""Every place where a secret could come out, each provoked: none does.

A secret is the app's secret key (as itself and inside the Basic header), each refresh token, each
access token and each code, the rotated ones too. The tokens here do not look like Pinterest's, so
that nothing but knowing them hides them. The one place for them is the CONTROL message.
"""

from __future__ import annotations

import base64
import html
import json
import os
import re
import subprocess
import sys
import webbrowser
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
import requests

from integration_tests import settings
from integration_tests.connector import ROOT, Connector, Output, configured
from integration_tests.fake_pinterest import FakePinterest, Request, World
from integration_tests.test_login import Person, free_port
from source_pinterest.login import run
from source_pinterest.sync.context import SyncContext

TOKEN_ENDPOINT = "POST /oauth/token"
BASIC = "MTIzNDU2NzphcHAtc2VjcmV0"
"""base64 of 1234567:app-secret"""


class Leaky(FakePinterest):
    """Gives tokens of no special look, and can answer with everything that it was told."""

    def __init__(self) -> None:
        super().__init__(World())
        self.access_token = "odd-access-1"
        self.refresh_token = "odd-refresh-1"
        self.access_tokens = {self.access_token}
        self.refresh_tokens = {self.refresh_token}
        self.refresh_tokens_die = True

    def grant(self, form: dict[str, str]) -> Any:
        answer = super().grant(form)
        for name, known in (
            ("access_token", self.access_tokens),
            ("refresh_token", self.refresh_tokens),
        ):
            answer[name] = (
                answer[name]
                .replace("pina_test_token_", "odd-access-")
                .replace("pinr_test_refresh_", "odd-refresh-")
            )
            known.add(answer[name])
        return answer

    def told(self, request: Request) -> str:
        """All that the request has told, in one sentence."""
        form = [value for values in request.params.values() for value in values]
        return " ".join(
            [f"Bearer {request.access_token}", f"Basic {BASIC}", self.client_secret, *form]
        )


SECRET = re.compile(rf"odd-(access|refresh)|app-secret|{BASIC}")


def secrets_in(text: str) -> list[str]:
    return [text[max(0, found.start() - 60) : found.end() + 20] for found in SECRET.finditer(text)]


@pytest.fixture
def pinterest() -> Iterator[Leaky]:
    with Leaky() as server:
        yield server


def source(pinterest: FakePinterest, **stored: str) -> Connector:
    return Connector(
        {
            "credentials": {
                "auth_method": "oauth2.0",
                "client_id": pinterest.client_id,
                "client_secret": pinterest.client_secret,
                "refresh_token": pinterest.refresh_token,
                **stored,
            },
            "base_url": pinterest.url,
        }
    )


def shown(output: Output, captured: Any = None) -> str:
    """The output without the CONTROL messages, and everything that was captured besides."""
    lines = [line for line in output.lines if json.loads(line)["type"] != "CONTROL"]
    if captured:
        said = captured.readouterr()
        lines += [said.out, said.err]
    return "\n".join(lines)


ANSWERS: dict[str, Any] = {
    "401, code 2": lambda told: (401, {"code": 2, "message": told}, {}),
    "401, code 3": lambda told: (401, {"code": 3, "message": told}, {}),
    "403": lambda told: (403, {"code": 29, "message": told, "message_detail": told}, {}),
    "404": lambda told: (404, {"code": 404, "message": "no", "message_detail": told}, {}),
    "400": lambda told: (400, {"code": 1, "message": told, "data": told}, {}),
    "414": lambda told: (414, told, {}),
    "429": lambda told: (429, {"code": 8, "message": told}, {"X-RateLimit-Reset": "90000"}),
    "429 as spam": lambda told: (429, {"code": 8, "message": f"spam {told}"}, {}),
    "a header": lambda told: (429, {"code": 8, "message": "spam"}, {"Retry-After": told}),
    "500": lambda told: (500, {"code": 500, "message": told}, {}),
    "no JSON": lambda told: (200, told, {}),
    "another JSON": lambda told: (200, {"items": told, "bookmark": told}, {}),
    "a string": lambda told: (200, json.dumps(told), {}),
    "a redirect": lambda told: (302, told, {"Location": f"http://x.test/?{told}"}),
    "a bad redirect": lambda told: (302, told, {"Location": f"http://[{told}"}),
}
"""What an error, or what should be none, may be made of."""


@pytest.mark.parametrize("answer", ANSWERS)
def test_no_answer_of_the_api_shows_a_secret(answer, pinterest, discovered, capfd):
    def fault(request: Request) -> Any:
        if request.operation == TOKEN_ENDPOINT:
            return None
        return ANSWERS[answer](pinterest.told(request))

    pinterest.fault = fault

    checked = source(pinterest).check()
    read = source(pinterest, refresh_token="odd-refresh-2").read(
        configured(discovered, ["boards", "campaign_analytics", "pin_analytics"])
    )

    assert checked.connection_status["status"] == "FAILED"
    assert set(read.statuses.values()) == {"INCOMPLETE"}
    assert "odd-access-2" in "".join(checked.lines + read.lines), "nothing was told at all"
    assert secrets_in(shown(checked) + shown(read, capfd)) == []


@pytest.mark.parametrize("answer", ANSWERS)
def test_no_answer_of_the_token_endpoint_shows_a_secret(answer, pinterest, discovered, capfd):
    def fault(request: Request) -> Any:
        if request.operation != TOKEN_ENDPOINT:
            return None
        return ANSWERS[answer](pinterest.told(request))

    pinterest.fault = fault

    checked = source(pinterest).check()
    read = source(pinterest).read(configured(discovered, ["boards"]))

    assert checked.connection_status["status"] == "FAILED"
    assert read.exit_code == 1
    assert secrets_in(shown(checked) + shown(read, capfd)) == []


def test_no_rotated_token_is_shown_when_pinterest_repeats_it_later(pinterest, discovered, capfd):
    """Each request after the first renewal tells the newest token, which no file has yet."""

    def fault(request: Request) -> Any:
        if request.operation == "GET /pins":
            return 403, {"code": 29, "message": f"{request.access_token} odd-refresh-2"}, {}
        return None

    pinterest.fault = fault

    read = source(pinterest).read(configured(discovered, ["boards", "pins"]))

    assert read.statuses == {"boards": "COMPLETE", "pins": "INCOMPLETE"}
    assert "**** ****" in read.errors[0]["message"]
    assert secrets_in(shown(read, capfd)) == []


def test_no_connection_error_shows_a_secret(discovered, capfd):
    with Leaky() as pinterest:
        gone = source(pinterest)

    checked = gone.check()
    read = gone.read(configured(discovered, ["boards"]))

    assert "ConnectionError" in checked.connection_status["message"]
    assert secrets_in(shown(checked) + shown(read, capfd)) == []


@pytest.mark.parametrize("stream", ["boards", "campaign_analytics", "user_interests"])
def test_no_bug_in_a_thread_shows_a_secret(stream, pinterest, discovered, capfd, monkeypatch):
    """The exception's text and those of its causes, in the log and in the trace."""
    monkeypatch.setattr("source_pinterest.http.client.send", _breaks)

    output = source(pinterest).read(configured(discovered, [stream]))

    assert output.statuses == {stream: "INCOMPLETE"}
    assert "a bug in the connector" in "".join(output.lines)
    assert "RuntimeError" in "".join(output.lines)
    assert secrets_in(shown(output, capfd)) == []


def _breaks(*arguments: Any, **_: Any) -> Any:
    signed = requests.Request("GET", "http://x.test").prepare()
    header = arguments[3](signed).headers["Authorization"]
    try:
        raise ValueError(f"{header} and app-secret")
    except ValueError as error:
        raise RuntimeError(f"{header} {BASIC}") from error


def test_no_bug_before_the_streams_shows_a_secret(pinterest, discovered, capfd, monkeypatch):
    """The entry point catches what no stream does."""

    def expect_lists(self: SyncContext, names: Any) -> None:
        raise RuntimeError(f"{self.client.tokens.token()} app-secret {BASIC} {list(names)}")

    monkeypatch.setattr(SyncContext, "expect_lists", expect_lists)

    with pytest.raises(RuntimeError):  # the CDK's hook, which shows it, is for a whole process
        source(pinterest).read(configured(discovered, ["boards"]))

    monkeypatch.undo()
    assert secrets_in(capfd.readouterr().err) == []


PROCESS = """
import sys, threading
from datetime import datetime, timezone
from source_pinterest.startup import skip_attribute_docs
skip_attribute_docs()
from source_pinterest.sync.context import SyncContext
from source_pinterest.run import run

def breaks(self, *_):
    raise RuntimeError(f"{self.client.tokens.token()} app-secret MTIzNDU2NzphcHAtc2VjcmV0")

if sys.argv[1] == "defect":
    SyncContext.expect_lists = breaks
run(sys.argv[2:], lambda: datetime(2026, 11, 24, 9, tzinfo=timezone.utc))
"""


@pytest.mark.parametrize("how", ["defect", "debug", "platform debug"])
def test_no_process_shows_a_secret(how, pinterest, discovered, tmp_path):
    """stdout and stderr of a process of its own: with a defect that nothing catches, and with every
    library's debug log."""
    (tmp_path / "config.json").write_text(json.dumps(source(pinterest).config))
    catalog = configured(discovered, ["boards", "campaigns", "campaign_analytics"])
    (tmp_path / "catalog.json").write_text(json.dumps(catalog))
    arguments = ["read", "--config", "config.json", "--catalog", "catalog.json"]
    if how == "debug":
        arguments.append("--debug")

    ended = subprocess.run(
        [sys.executable, "-c", PROCESS, how, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
        env={
            "PATH": "",
            "PYTHONPATH": str(ROOT),
            # where the CDK is compiled already
            "PYTHONPYCACHEPREFIX": os.environ.get("PYTHONPYCACHEPREFIX", ""),
            **({"LOG_LEVEL": "debug"} if how == "platform debug" else {}),
        },
        check=False,
    )

    lines = [line for line in ended.stdout.splitlines() if not line.startswith('{"type":"CONTROL"')]
    assert len(lines) < len(ended.stdout.splitlines()), ended
    assert (ended.returncode == 0) == (how != "defect"), ended
    if how == "defect":
        assert "RuntimeError" in ended.stdout
    if how == "debug":
        assert '"type": "DEBUG"' in ended.stdout
    assert secrets_in("\n".join(lines) + ended.stderr) == []


# --- Other spellings ---

SPELLED: dict[str, Callable[[str], str]] = {
    "in an address": lambda text: quote(text, safe=""),
    "in a form": quote_plus,
    "in small letters": lambda text: re.sub("%..", lambda code: code[0].lower(), quote(text, "")),
    "in JSON": lambda text: json.dumps(text)[1:-1],
    "in JSON in JSON": lambda text: json.dumps(json.dumps(text))[3:-3],
    "in JSON of JavaScript": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "in HTML": html.escape,
    "in base64": lambda text: base64.b64encode(text.encode()).decode(),
    "in base64 behind a name": lambda text: base64.b64encode(f"me:{text}".encode()).decode(),
}
ODD = {
    "client_secret": 'app/secret-of-this-app+1&2=<">',
    "refresh_token": 'odd/refresh-token-of-mine+1&2=<">',
    "access_token": 'odd/access-token-of-mine+1&2=<">',
}
"""With what each spelling changes."""


@pytest.mark.parametrize("where", [TOKEN_ENDPOINT, "GET /user_account", "GET /boards"])
@pytest.mark.parametrize("how", SPELLED)
def test_no_secret_is_shown_in_another_spelling(how, where, pinterest, discovered, capfd):
    stored = {} if where == TOKEN_ENDPOINT else {"access_token": ODD["access_token"]}
    known = {**ODD, **stored} if stored else {**ODD, "access_token": ODD["client_secret"]}
    spelled = [SPELLED[how](secret) for secret in known.values()]
    pinterest.client_secret = ODD["client_secret"]
    pinterest.access_tokens = {ODD["access_token"]}
    pinterest.refresh_tokens = {ODD["refresh_token"]}
    told = " ".join(spelled)
    pinterest.fault = lambda request: (
        (400, {"code": 1, "message": told, "message_detail": told}, {})
        if request.operation == where
        else None
    )
    it = source(pinterest, refresh_token=ODD["refresh_token"], **stored)

    checked = it.check()
    read = it.read(configured(discovered, ["boards", "user_account_analytics"]))

    assert "INCOMPLETE" in read.statuses.values()
    everything = shown(checked) + shown(read, capfd)
    assert "****" in everything
    for secret in spelled:
        assert secret not in everything
        assert json.dumps(secret)[1:-1] not in everything
        assert secret[8:-8] not in everything


@pytest.mark.parametrize("status", [407, 403, 400])
@pytest.mark.parametrize("how", SPELLED)
def test_no_secret_is_shown_that_a_proxy_repeats(how, status, discovered, capfd, monkeypatch):
    """Its own password neither. What it says in a 407 is not read; the others might be Pinterest's."""
    told = " ".join(SPELLED[how](secret) for secret in (*ODD.values(), "proxy/password+1&2="))
    body = json.dumps({"code": 2, "message": told})
    with FakePinterest(World()) as proxy:
        proxy.fault = lambda _: (status, body, {"Proxy-Authenticate": f'Basic realm="{told}"'})
        password = quote("proxy/password+1&2=", safe="")
        monkeypatch.setenv("HTTP_PROXY", f"http://somebody:{password}@127.0.0.1:{proxy.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        it = Connector(
            {
                "credentials": {"auth_method": "oauth2.0", "client_id": "1234567", **ODD},
                "base_url": "http://127.0.0.1:1/v5",
            }
        )

        checked = it.check()
        read = it.read(configured(discovered, ["boards"]))

    assert checked.connection_status["status"] == "FAILED"
    everything = shown(checked) + shown(read, capfd)
    for secret in (*ODD.values(), "proxy/password+1&2="):
        assert SPELLED[how](secret) not in everything
        assert secret[4:-4] not in everything


# --- The login ---


LOGIN_ANSWERS = [name for name in ANSWERS if name not in {"429 as spam", "a header"}]


class Told(Person):
    """Sends the browser back with everything secret in the address besides."""

    def __init__(self) -> None:
        super().__init__()
        self.change = lambda address: f"{address}&error_description=app-secret"


@pytest.mark.parametrize("where", [TOKEN_ENDPOINT, "GET /user_account", "nowhere"])
@pytest.mark.parametrize("answer", LOGIN_ANSWERS)
def test_no_login_shows_a_secret(where, answer, pinterest, tmp_path, monkeypatch, capfd):
    person, port = Told(), free_port()
    pinterest.authorization.redirect_uris = {f"http://localhost:{port}/"}
    monkeypatch.setenv("PINTEREST_CLIENT_SECRET", pinterest.client_secret)
    monkeypatch.setattr(webbrowser, "open", person.open)
    monkeypatch.setenv("DISPLAY", ":0")
    codes: list[str] = []

    def fault(request: Request) -> Any:
        codes.extend(request.params.get("code", []))
        return ANSWERS[answer](pinterest.told(request)) if request.operation == where else None

    pinterest.fault = fault
    config = tmp_path / "my.json"

    said = _login(["--config", str(config), "--port", str(port), "--base-url", pinterest.url])
    person.leave()

    captured = capfd.readouterr()
    everything = said + captured.out + captured.err + person.landed[0].text
    assert config.exists() == (where != TOKEN_ENDPOINT)
    assert codes
    assert not any(code in everything for code in codes)
    assert secrets_in(everything) == []


def _login(arguments: list[str]) -> str:
    """The last words of a login that has failed."""
    try:
        run(["--client-id", "1234567", *arguments], settings.in_use().interactive)
    except SystemExit as end:
        return str(end.code)
    return ""


def test_no_bug_in_the_login_shows_a_secret(pinterest, tmp_path, monkeypatch, capfd):
    person, port = Person(), free_port()
    pinterest.authorization.redirect_uris = {f"http://localhost:{port}/"}
    monkeypatch.setenv("PINTEREST_CLIENT_SECRET", pinterest.client_secret)
    monkeypatch.setattr(webbrowser, "open", person.open)
    monkeypatch.setenv("DISPLAY", ":0")

    others = ["app-secret", "odd-refresh-2", BASIC]

    def user(self: SyncContext) -> Any:
        raise RuntimeError(" ".join([self.client.tokens.token(), *others]))

    monkeypatch.setattr(SyncContext, "user", user)

    said = _login(
        ["--config", str(tmp_path / "my.json"), "--port", str(port), "--base-url", pinterest.url]
    )
    person.leave()

    captured = capfd.readouterr()
    assert "because of a bug" in said
    assert "RuntimeError" in said
    assert secrets_in(said + captured.out + captured.err + person.landed[0].text) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["--client-secret", "app-secret"],
        ["--client-secret=app-secret"],
        ["--client-secret-file", "app-secret"],
        ["--client-secret-file=app-secret"],
        ["app-secret"],
        ["--secret", "app-secret"],
        ["--secret=app-secret"],
    ],
)
def test_a_secret_on_the_command_line_is_refused_and_not_repeated(
    arguments, tmp_path, monkeypatch, capfd
):
    monkeypatch.delenv("PINTEREST_CLIENT_SECRET", raising=False)

    said = _login(["--config", str(tmp_path / "my.json"), *arguments])

    captured = capfd.readouterr()
    assert said not in ("", "0")
    assert secrets_in(said + captured.out + captured.err) == []


# --- A configuration with a secret in the wrong place ---


@pytest.mark.parametrize(
    "config",
    [
        {"ad_account_ids": ["app-secret"]},
        {"targeting_types": "app-secret"},
        {"base_url": "https://1234567:app-secret@example.com/v5"},
        {"backfill_days": "app-secret"},
    ],
    ids=json.dumps,
)
def test_no_wrong_configuration_shows_a_secret(config, pinterest, discovered, capfd):
    wrong = Connector({**source(pinterest).config, **config})

    checked = wrong.check()
    read = wrong.read(configured(discovered, ["boards"]))

    assert checked.connection_status["status"] == "FAILED"
    assert read.exit_code == 1
    assert secrets_in(shown(checked) + shown(read, capfd)) == []


def test_a_configuration_that_is_no_json_is_not_shown(discovered, capfd):
    broken = Connector('{"credentials": {"client_secret": "app-secret",, ')

    checked = broken.check()
    read = broken.read(configured(discovered, ["boards"]))

    assert checked.connection_status["status"] == "FAILED"
    assert secrets_in(shown(checked) + shown(read, capfd)) == []
