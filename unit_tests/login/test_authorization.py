"""The request for a login, and its answer: in the browser, on this machine's own address, or pasted."""

from __future__ import annotations

import json
import socket
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from source_pinterest.api.facts import api_facts
from source_pinterest.login.authorization import (
    AUTHORIZATION_URL,
    Authorization,
    Listener,
    answer_in,
    scopes,
)
from source_pinterest.login.errors import LoginError

BASE_URL = "https://api.pinterest.com/v5"
SPEC = json.loads(
    (Path(__file__).parents[2] / "source_pinterest/spec.json").read_text(encoding="utf-8")
)


def new() -> Authorization:
    return Authorization(BASE_URL, "1234567", 8085)


# --- What is asked for ---


def test_the_scopes_are_those_that_the_operations_need_and_their_variants_for_secret_boards_and_pins():
    needed = {scope for each in api_facts()["operations"].values() for scope in each["scopes"]}

    assert set(scopes()) == needed | {"boards:read_secret", "pins:read_secret"}
    assert all(scope.partition(":")[2] in ("read", "read_secret") for scope in scopes())
    assert len(scopes()) == len(set(scopes()))


def test_the_login_is_at_pinterest_and_at_the_same_page_as_a_platforms():
    flow = SPEC["advanced_auth"]["oauth_config_specification"]
    consent_url = flow["oauth_connector_input_specification"]["consent_url"]

    assert AUTHORIZATION_URL == "https://www.pinterest.com/oauth/"
    assert consent_url.partition("?")[0] == AUTHORIZATION_URL
    assert new().url.startswith(f"{AUTHORIZATION_URL}?client_id=1234567&redirect_uri=")


def test_a_server_on_this_machine_has_its_page_there_and_the_sandbox_at_pinterest():
    here = Authorization("http://127.0.0.1:8080/v5", "1", 8085)
    sandbox = Authorization("https://api-sandbox.pinterest.com/v5", "1", 8085)

    assert here.url.startswith("http://127.0.0.1:8080/oauth/?")
    assert sandbox.url.startswith(AUTHORIZATION_URL)


def test_each_login_has_a_state_of_its_own():
    assert len({new().state for _ in range(50)}) == 50


# --- What comes back ---


def test_the_code_of_the_right_answer_is_taken():
    authorization = new()

    assert authorization.code({"code": "c", "state": authorization.state}) == "c"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"error": "access_denied"}, "The login was refused on Pinterest's page."),
        (
            {"error": "invalid_scope", "error_description": "a\nb\x1b[2J\u202e"},
            "refuses the login: invalid_scope a b[2J.",
        ),
        ({"code": ""}, "contains no code"),
        ({}, "contains no code"),
    ],
)
def test_an_answer_of_ours_without_a_code_says_what_to_do(answer, words):
    authorization = new()

    with pytest.raises(LoginError) as stopped:
        authorization.code({**answer, "state": authorization.state})

    assert words in str(stopped.value)


@pytest.mark.parametrize(
    "answer",
    [
        {"code": "c", "state": "another"},
        {"code": "c", "state": ""},
        {"code": "c", "state": "é"},
        {"code": "c", "state": "\udcff"},
        {"code": "c"},
        {"error": "access_denied"},
        {"error": "invalid", "error_description": "Call 555-0100 to unlock your account"},
    ],
)
def test_an_answer_without_our_state_is_not_ours_whatever_it_says(answer):
    authorization = new()

    assert not authorization.is_ours(answer)
    with pytest.raises(LoginError, match="does not belong to this login") as stopped:
        authorization.code(answer)
    assert "555" not in str(stopped.value)


@pytest.mark.parametrize(
    "text",
    ["", "code", "http://localhost:8085/", "http://localhost:8085/?state=s", "http://[", "?"],
)
def test_what_holds_no_answer_is_none(text):
    assert answer_in(text) == {}


# --- The address on this machine ---


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


class Browser(threading.Thread):
    """Opens addresses one after the other, and keeps the status and the page of each."""

    def __init__(self, port: int, *paths: str, host: str = "") -> None:
        super().__init__(daemon=True)
        self.pages: list[tuple[int, str]] = []
        self._host = host or f"localhost:{port}"
        self._addresses = [f"http://127.0.0.1:{port}{path}" for path in paths]
        self.start()

    def run(self) -> None:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        for address in self._addresses:
            request = urllib.request.Request(address, headers={"Host": self._host})  # noqa: S310
            try:
                with opener.open(request, timeout=60) as response:
                    self.pages.append((response.status, response.read().decode()))
            except urllib.error.HTTPError as error:
                self.pages.append((error.code, error.read().decode()))


def ours(answer: Any) -> bool:
    return bool(answer.get("state") == "mine")


def test_the_browser_gets_one_page_once_the_login_is_decided():
    port = free_port()
    with Listener(port, ours) as listener:
        browser = Browser(port, "/favicon.ico", "/", "/?code=c&state=other", "/?code=c&state=mine")
        answer = listener.wait(30)
        listener.set_page("<p>You are logged in.</p>")
    browser.join(30)

    assert answer == {"code": "c", "state": "mine"}
    assert [status for status, _ in browser.pages] == [404, 400, 400, 200]
    assert browser.pages[-1][1] == "<p>You are logged in.</p>"


def test_another_host_than_this_machine_is_not_answered():
    port = free_port()
    with Listener(port, ours) as listener:
        browser = Browser(port, "/?code=c&state=mine", host="pinterest.example")
        browser.join(30)
        with pytest.raises(LoginError, match=r"Nobody logged in within 0\.01 seconds"):
            listener.wait(0.01)

    assert [status for status, _ in browser.pages] == [404]


def test_answers_of_other_requests_are_counted_in_the_sentence_at_the_end():
    port = free_port()
    with Listener(port, ours) as listener:
        Browser(port, "/?code=c&state=a", "/?code=c&state=b").join(30)
        with pytest.raises(
            LoginError, match="2 answers with another `state` did not belong to this login"
        ):
            listener.wait(0.01)


def test_a_port_that_is_taken_is_reported():
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(LoginError, match="Another program uses port"),
        Listener(taken.getsockname()[1], ours),
    ):
        pass
