"""From Pinterest's answer to a code: in the browser, on this machine's own address, or pasted."""

from __future__ import annotations

import socket
import threading
import urllib.error
import urllib.request
from typing import Any

import pytest

from source_pinterest.login.authorization import Authorization, Listener
from source_pinterest.login.errors import LoginError


@pytest.fixture
def authorization() -> Authorization:
    return Authorization("https://api.pinterest.com/v5", "1234567", 8085)


def test_the_code_of_an_answer_that_is_ours(authorization):
    assert authorization.code({"state": authorization.state, "code": "abc"}) == "abc"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"error": "access_denied"}, "The login was refused on Pinterest's page."),
        (
            {"error": "invalid_scope", "error_description": "No such scope\x1b[2J"},
            "Pinterest refuses the login: invalid_scope No such scope[2J.",
        ),
        ({}, "Pinterest's answer holds no code."),
    ],
)
def test_an_answer_that_refuses_is_said(answer, words, authorization):
    with pytest.raises(LoginError) as caught:
        authorization.code({"state": authorization.state, **answer})

    assert str(caught.value).startswith(words)


@pytest.mark.parametrize("state", [None, "", "another", "\ud83d"])
def test_an_answer_of_another_request_is_not_used(state, authorization):
    answer = {"code": "abc"} if state is None else {"code": "abc", "state": state}

    with pytest.raises(LoginError, match="does not belong to this login"):
        authorization.code(answer)


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
                with opener.open(request, timeout=30) as response:
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
        listener.tell("<p>You are logged in.</p>")
    browser.join(30)

    assert answer == {"code": "c", "state": "mine"}
    assert [status for status, _ in browser.pages] == [404, 400, 400, 200]
    assert browser.pages[-1][1] == "<p>You are logged in.</p>"


def test_another_host_than_this_machine_is_not_answered():
    port = free_port()
    with Listener(port, ours) as listener:
        browser = Browser(port, "/?code=c&state=mine", host="pinterest.example")
        browser.join(30)
        with pytest.raises(LoginError, match=r"Nobody has logged in within 0\.01 seconds"):
            listener.wait(0.01)

    assert [status for status, _ in browser.pages] == [404]


def test_answers_of_other_requests_are_counted_in_the_sentence_at_the_end():
    port = free_port()
    with Listener(port, ours) as listener:
        Browser(port, "/?code=c&state=a", "/?code=c&state=b").join(30)
        with pytest.raises(LoginError, match="2 answers came that did not belong to this login"):
            listener.wait(0.01)


def test_a_port_that_is_taken_is_said():
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(LoginError, match="is taken by another program"),
        Listener(taken.getsockname()[1], ours),
    ):
        pass
