"""A 401 of one endpoint, of a token that is too new, and of a login that is over: three different ends."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from airbyte_cdk.models import FailureType

from source_pinterest.config.config import AccessTokenCredentials
from source_pinterest.http.auth import AccessToken
from source_pinterest.http.client import PinterestClient
from source_pinterest.http.errors import EndpointRefused, LoginRefused, Unavailable
from unit_tests.http.scripted import BASE_URL, Clock, Reply, Script

NO = Reply(401, {"code": 2, "message": "Authentication failed."})
GOOD = Reply(200, {"items": []})


class Tokens:
    """`token-1`, which was stored, and after each renewal the next one."""

    scopes = None

    def __init__(self) -> None:
        self.renewed = 0

    def token(self) -> str:
        return f"token-{self.renewed + 1}"

    def renew(self, refused: str) -> str:
        assert refused == self.token()
        self.renewed += 1
        return self.token()

    def is_new(self, token: str) -> bool:
        return token != "token-1"

    def describe_lifetime(self) -> str:
        return ""


class ByPath(Script):
    """Answers by path and token, and notes both."""

    def __init__(self, answer: Callable[[str, str], Reply]) -> None:
        super().__init__(GOOD)
        self._answer = answer
        self.asked: list[tuple[str, str]] = []

    def send(self, request: requests.PreparedRequest, **how: Any) -> requests.Response:
        path = str(request.url).removeprefix(BASE_URL).partition("?")[0]
        token = str(request.headers["Authorization"]).removeprefix("Bearer ")
        self.asked.append((path, token))
        return Script(self._answer(path, token)).send(request, **how)


class Setting:
    def __init__(self, answer: Callable[[str, str], Reply], tokens: Any = None) -> None:
        self.pinterest = ByPath(answer)
        self.tokens = tokens or Tokens()
        self.clock = Clock()
        self.client = PinterestClient(
            BASE_URL, self.tokens, self.pinterest.session(), sleep=self.clock.sleep
        )

    def get(self, path: str) -> Any:
        return self.client.get(path, {}, "any", lambda body: isinstance(body, dict))

    def failure(self, path: str) -> Unavailable | LoginRefused:
        with pytest.raises((Unavailable, LoginRefused)) as caught:
            self.get(path)
        assert caught.value.__context__ is None
        return caught.value


def test_a_new_token_that_becomes_valid_a_moment_later_fails_nothing():
    setting = Setting(
        lambda _, token: NO if token == "token-1" or setting.clock.now < 1_000.3 else GOOD
    )

    assert setting.get("/boards") == {"items": []}
    assert setting.clock.sleeps == [0.5]
    assert setting.pinterest.asked == [
        ("/boards", "token-1"),
        ("/boards", "token-2"),
        ("/boards", "token-2"),
    ]


def test_one_endpoint_that_refuses_the_login_fails_alone():
    setting = Setting(lambda path, _: NO if path == "/boards" else GOOD)

    error = setting.failure("/boards")

    assert isinstance(error, EndpointRefused)
    assert error.failure_type == FailureType.transient_error
    assert str(error) == (
        "Pinterest accepts this login, but not for /boards (Pinterest: 401, code 2, Authentication "
        "failed.). Run the sync again: it continues where it stopped."
    )
    assert setting.get("/pins") == {"items": []}
    assert setting.get("/user_account") == {"items": []}


def test_an_endpoint_that_refuses_the_login_is_not_renewed_for_again():
    setting = Setting(lambda path, _: NO if path.endswith("/analytics") else GOOD)
    setting.failure("/ad_accounts/1/ads/analytics")
    so_far = len(setting.pinterest.asked)

    setting.failure("/ad_accounts/2/ads/analytics")

    assert setting.tokens.renewed == 1
    assert len(setting.pinterest.asked) == so_far + 1


def test_an_endpoint_that_refused_the_login_is_asked_again_with_the_next_token():
    setting = Setting(lambda path, token: NO if path == "/boards" and token != "token-3" else GOOD)
    setting.failure("/boards")

    setting.tokens.renewed += 1

    assert setting.get("/boards") == {"items": []}


def test_the_user_is_asked_for_elsewhere_than_at_the_user_account():
    setting = Setting(lambda path, _: NO if path == "/user_account" else GOOD)

    assert isinstance(setting.failure("/user_account"), EndpointRefused)
    assert setting.pinterest.asked[-1][0] == "/ad_accounts"


def test_a_login_that_two_endpoints_refuse_is_refused_for_all():
    setting = Setting(lambda _, __: NO)

    first = setting.failure("/boards")
    asked = len(setting.pinterest.asked)
    second = setting.failure("/pins")

    assert isinstance(first, LoginRefused)
    assert str(first) == str(second)
    assert setting.pinterest.asked[-1] == ("/user_account", "token-2")
    assert len(setting.pinterest.asked) == asked


@pytest.mark.parametrize(
    ("elsewhere", "kind"),
    [
        (Reply(403, {"code": 29, "message": "no"}), EndpointRefused),
        (Reply(401, {"code": 3, "message": "no"}), EndpointRefused),
        (Reply(503), EndpointRefused),
        (Reply(401, {"message": "no"}), LoginRefused),
        (Reply(401, b""), LoginRefused),
    ],
)
def test_what_another_endpoint_says_decides(elsewhere: Reply, kind: type[Exception]):
    setting = Setting(lambda path, _: elsewhere if path == "/user_account" else NO)

    assert type(setting.failure("/boards")) is kind


def test_a_401_without_pinterests_words_everywhere_is_no_refused_login():
    setting = Setting(lambda _, __: Reply(401, b"<html>Unauthorized</html>"))

    error = setting.failure("/boards")

    assert type(error) is Unavailable
    assert str(error).startswith(
        "Something between this machine and Pinterest refuses every request (status 401, without "
        "a message from Pinterest; requested: /boards). Run the sync again"
    )


def test_a_token_that_was_accepted_and_is_refused_now_has_ended_and_is_renewed_at_once():
    setting = Setting(lambda _, token: NO if token in ended else GOOD)
    ended = {"token-1"}
    setting.get("/boards")
    ended.add("token-2")

    assert setting.get("/boards") == {"items": []}
    assert setting.tokens.renewed == 2
    assert setting.clock.sleeps == []


def test_a_token_that_became_valid_while_a_request_was_under_way_is_not_renewed():
    def answer(path: str, token: str) -> Reply:
        if token == "token-1":
            return NO
        if path == "/boards" and not late:
            late.append(path)
            setting.get(
                "/pins"
            )  # another thread's, sent later, and accepted before the answer is here
            return NO
        return GOOD

    late: list[str] = []
    setting = Setting(answer)

    assert setting.get("/boards") == {"items": []}
    assert setting.tokens.renewed == 1


def access_token() -> AccessToken:
    return AccessToken(AccessTokenCredentials(access_token="pina_only-for-a-trial"))


def test_one_endpoint_that_refuses_an_access_token_fails_alone():
    setting = Setting(lambda path, _: NO if path == "/boards" else GOOD, access_token())

    assert isinstance(setting.failure("/boards"), EndpointRefused)
    assert setting.get("/pins") == {"items": []}


def test_an_access_token_that_two_endpoints_refuse_is_over_for_all():
    setting = Setting(lambda _, __: NO, access_token())

    first = setting.failure("/boards")
    asked = len(setting.pinterest.asked)
    second = setting.failure("/pins")

    assert isinstance(first, LoginRefused)
    assert str(first) == str(second)
    assert "Generate a new one, or use OAuth credentials" in str(first)
    assert asked == len(setting.pinterest.asked) == 2


def test_sixteen_threads_that_one_endpoint_refuses_ask_elsewhere_once():
    setting = Setting(lambda path, _: NO if path == "/boards" else GOOD)
    together = threading.Barrier(16, timeout=60)

    def ask(_: int) -> str:
        together.wait()
        return type(setting.failure("/boards")).__name__

    with ThreadPoolExecutor(16) as pool:
        kinds = set(pool.map(ask, range(16)))

    assert kinds == {"EndpointRefused"}
    paths = [path for path, _ in setting.pinterest.asked]
    assert paths.count("/user_account") == 1
    assert setting.tokens.renewed <= 4


def test_what_is_refused_is_shown_without_what_a_terminal_obeys():
    text = json.dumps("no\x1b[2J\u202e\nway")
    body = f'{{"code": 2, "message": {text}}}'.encode()
    setting = Setting(lambda path, _: Reply(401, body) if path == "/boards" else GOOD)

    assert "code 2, no[2J way)" in str(setting.failure("/boards"))
