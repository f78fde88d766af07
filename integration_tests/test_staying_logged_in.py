"""Tokens that end while a sync goes on: one refresh at a time, no more than needed, none lost."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from integration_tests.connector import Connector, Output, configured
from integration_tests.fake_pinterest import FakePinterest, Request, World
from source_pinterest.config import OAuthCredentials
from source_pinterest.http.auth import Login, OAuth
from source_pinterest.http.client import PinterestClient, new_session
from source_pinterest.http.errors import LoginRefused

NINE = datetime(2026, 11, 24, 9, 0, tzinfo=timezone.utc)
REFRESH = "POST /oauth/token"


class Time:
    """Time that passes with each request to Pinterest, for Pinterest and the connector alike."""

    def __init__(self, seconds_a_request: float) -> None:
        self.seconds = 0.0
        self._seconds_a_request = seconds_a_request
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.seconds

    def passes(self, _: Request) -> None:
        with self._lock:
            self.seconds += self._seconds_a_request

    def now(self) -> datetime:
        return NINE + timedelta(seconds=self.seconds)


@contextmanager
def pinterest_of_short_tokens(time: Time, world: World | None = None) -> Iterator[FakePinterest]:
    """Access tokens live 2 seconds, and a refresh token works once."""
    with FakePinterest(world or World()) as server:
        server.access_tokens.clear()
        server.access_token_seconds = 2
        server.refresh_tokens_die = True
        server.clock = time
        server.fault = time.passes
        yield server


def config_of(pinterest: FakePinterest) -> dict[str, Any]:
    return {
        "credentials": {
            "auth_method": "oauth2.0",
            "client_id": pinterest.client_id,
            "client_secret": pinterest.client_secret,
            "refresh_token": pinterest.refresh_token,
        },
        "base_url": pinterest.url,
    }


def last_config(output: Output) -> dict[str, Any]:
    return dict(output.of_type("CONTROL")[-1]["connectorConfig"]["config"])


def refreshes(pinterest: FakePinterest) -> list[str]:
    """The refresh tokens that were sent."""
    return [
        request.params["refresh_token"][0]
        for request in pinterest.requests
        if request.operation == REFRESH
    ]


@pytest.mark.parametrize("its_clock", ["goes", "stands still"])
def test_all_reports_complete_twice_with_tokens_of_two_seconds(its_clock, discovered):
    """Where its clock goes, a token is renewed before it ends; else when Pinterest refuses it."""
    time = Time(seconds_a_request=0.05)
    catalog = configured(discovered, sync_mode="full_refresh")
    with pinterest_of_short_tokens(time) as pinterest:
        now = time.now if its_clock == "goes" else NINE.isoformat()
        first = Connector(config_of(pinterest), now=now).read(catalog)
        refused = Counter(request.status for request in pinterest.requests)[401]
        seconds = time.seconds
        sent = refreshes(pinterest)
        second = Connector(last_config(first), now=now).read(catalog)

    for output in (first, second):
        assert output.exit_code == 0
        assert len(output.statuses) == 16
        assert set(output.statuses.values()) == {"COMPLETE"}
        assert output.records("ad_analytics_daily") != []
    assert len(first.of_type("RECORD")) == len(second.of_type("RECORD"))
    assert len(set(sent)) == len(sent), "a refresh token was used twice"
    assert len(first.of_type("CONTROL")) == len(sent)
    # a token is used for at least one of its two seconds, as far as the clock is known
    assert seconds / 2 - 1 <= len(sent) <= seconds + 1
    if its_clock == "stands still":
        assert refused > 0


def test_a_control_message_stands_before_any_record_that_needed_its_login(discovered):
    time = Time(seconds_a_request=0.5)
    with pinterest_of_short_tokens(time) as pinterest:
        output = Connector(config_of(pinterest), now=NINE.isoformat()).read(
            configured(discovered, ["boards", "pins"], sync_mode="full_refresh")
        )

    kinds = [message["type"] for message in output.messages]
    assert kinds.index("CONTROL") < kinds.index("RECORD")
    assert "INFO The login was renewed. A platform saves the new one" in output.logs


def test_sixteen_threads_make_one_refresh_at_a_time_and_use_each_token_once():
    time = Time(seconds_a_request=0.05)
    kept: list[Login] = []
    refreshing: list[int] = []
    at_once: list[int] = []

    def fault(request: Request) -> None:
        time.passes(request)
        if request.operation == REFRESH:
            refreshing.append(1)
            at_once.append(len(refreshing))
            threading.Event().wait(0.01)  # long enough for a second one to begin, if it could
            refreshing.pop()

    with pinterest_of_short_tokens(time) as pinterest:
        pinterest.fault = fault
        credentials = OAuthCredentials.model_validate(config_of(pinterest)["credentials"])
        with new_session() as session:
            oauth = OAuth(credentials, pinterest.url, session, kept.append, time.now)
            client = PinterestClient(pinterest.url, oauth, session)
            together = threading.Barrier(16, timeout=30)

            def read(_: int) -> list[Any]:
                together.wait()
                return [client.get("/boards", {}, "org_read", bool) for _ in range(10)]

            with ThreadPoolExecutor(16) as pool:
                answers = list(pool.map(read, range(16)))
        sent = refreshes(pinterest)
        answered = Counter(r.status for r in pinterest.requests if r.operation != REFRESH)

    assert [len(each) for each in answers] == [10] * 16
    assert answered[200] == 160
    assert set(at_once) == {1}
    assert sent[0] == "pinr_test_refresh"
    assert sent[1:] == [login.refresh_token for login in kept[:-1]]
    assert time.seconds / 2 - 1 <= len(sent) <= time.seconds + 1


def test_sixteen_threads_that_are_refused_for_good_make_few_refreshes():
    with FakePinterest(World()) as pinterest:
        pinterest.fault = lambda request: (
            None if request.operation == REFRESH else (401, {"code": 2, "message": "no"}, {})
        )
        credentials = OAuthCredentials.model_validate(config_of(pinterest)["credentials"])
        with new_session() as session:
            oauth = OAuth(credentials, pinterest.url, session, lambda _: None)
            client = PinterestClient(pinterest.url, oauth, session)

            def read(_: int) -> str:
                with pytest.raises(LoginRefused) as refused:
                    client.get("/boards", {}, "org_read", bool)
                return str(refused.value)

            with ThreadPoolExecutor(16) as pool:
                sentences = set(pool.map(read, range(16)))

        assert len(refreshes(pinterest)) <= 1 + 4
    assert sentences == {
        "Pinterest does not accept this login (Pinterest: 401, code 2, no). Log in again."
    }


def test_a_token_that_pinterest_revokes_is_renewed_once_for_sixteen_threads():
    with FakePinterest(World()) as pinterest:
        credentials = OAuthCredentials.model_validate(
            {**config_of(pinterest)["credentials"], "access_token": pinterest.access_token}
        )
        pinterest.access_tokens.clear()
        with new_session() as session:
            oauth = OAuth(credentials, pinterest.url, session, lambda _: None)
            client = PinterestClient(pinterest.url, oauth, session)
            with ThreadPoolExecutor(16) as pool:
                list(pool.map(lambda _: client.get("/boards", {}, "org_read", bool), range(16)))

        assert len(refreshes(pinterest)) == 1


def test_a_trial_with_an_access_token_works_until_it_ends_and_then_says_so(discovered):
    time = Time(seconds_a_request=0.0)
    catalog = configured(discovered, ["boards"])
    with FakePinterest(World()) as pinterest:
        pinterest.clock = time
        pinterest.ends[pinterest.access_token] = 60.0
        credentials = {"auth_method": "access_token", "access_token": pinterest.access_token}
        source = Connector({"credentials": credentials, "base_url": pinterest.url})

        works = source.read(catalog)
        time.seconds = 61.0
        ended = source.read(catalog)

    assert works.exit_code == 0
    assert ended.exit_code == 1
    assert (
        "Pinterest no longer accepts the access token in `credentials.access_token`: it has "
        "expired, or was revoked. Make a new one, or use OAuth credentials"
    ) in ended.errors[0]["message"]
    assert ended.errors[0]["failure_type"] == "config_error"
