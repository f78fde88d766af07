"""Tokens that end while a sync goes on: one refresh at a time, no more than needed, none lost."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from integration_tests.connector import Connector, Output, configured
from integration_tests.fake_pinterest import FakePinterest, Request, World
from integration_tests.faults.fault_harness import catalog as few_columns
from source_pinterest.config.config import OAuthCredentials
from source_pinterest.http.auth import Login, OAuth
from source_pinterest.http.client import PinterestClient, new_session
from source_pinterest.http.errors import LoginRefused
from source_pinterest.http.retry import SYNC

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
    """Of few days: the requests are as many."""
    return {
        "credentials": {
            "auth_method": "oauth2.0",
            "client_id": pinterest.client_id,
            "client_secret": pinterest.client_secret,
            "refresh_token": pinterest.refresh_token,
        },
        "base_url": pinterest.url,
        "backfill_days": 15,
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
    catalog = few_columns(discovered)
    for each in catalog["streams"]:
        each["sync_mode"] = "full_refresh"
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
            client = PinterestClient(pinterest.url, oauth, session, policy=QUICK)
            together = threading.Barrier(16, timeout=60)

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
            client = PinterestClient(pinterest.url, oauth, session, sleep=lambda _: None)

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


QUICK = replace(SYNC, first_pause=0.0)

NO = (401, {"code": 2, "message": "Authentication failed."}, {})


@pytest.mark.parametrize(
    "stored", [{}, {"access_token": "pina_over"}], ids=["none", "one that is over"]
)
def test_a_token_that_becomes_valid_a_moment_later_fails_no_stream(stored, discovered, pinterest):
    refused: Counter[str] = Counter()

    def fault(request: Request) -> Any:
        """Each token is accepted from the third time on."""
        if request.access_token is None or request.access_token == "pina_over":
            return None
        refused[request.access_token] += 1
        return NO if refused[request.access_token] < 3 else None

    pinterest.fault = fault
    config = config_of(pinterest)
    config["credentials"].update(stored)

    output = Connector(config).read(few_columns(discovered))

    assert output.exit_code == 0
    assert len(output.statuses) == 16
    assert set(output.statuses.values()) == {"COMPLETE"}
    assert len(refreshes(pinterest)) == 1


REPORT = {"name": "ads_of_mine", "level": "ad", "columns": ["SPEND_IN_DOLLAR"]}
ENDPOINTS = {
    "GET /boards": "boards",
    "GET /ad_accounts/{ad_account_id}/ads/analytics": "ad_analytics_daily",
    "POST /ad_accounts/{ad_account_id}/reports": "ads_of_mine",
}
"""A list, a synchronous report and an asynchronous one, with what is read there."""


@pytest.mark.parametrize("credentials", ["oauth2.0", "access_token"])
@pytest.mark.parametrize("refusal", [NO, (401, {"message": "no"}, {}), (401, "<html>", {})])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_one_endpoint_that_refuses_the_login_costs_its_own_stream(
    endpoint, refusal, credentials, pinterest
):
    pinterest.fault = lambda request: refusal if request.operation == endpoint else None
    config = config_of(pinterest)
    if credentials == "access_token":
        config["credentials"] = {
            "auth_method": credentials,
            "access_token": pinterest.access_token,
        }
    it = Connector(
        {
            **config,
            "custom_reports": [REPORT],
            "ad_account_ids": ["549755885175"],
        }
    )
    catalog = few_columns(it.discover().catalog, [*ENDPOINTS.values(), "pins", "user_account"])

    output = it.read(catalog)
    pinterest.fault = None
    second = it.read(catalog, output.last_states)
    whole = it.read(catalog)

    missing = ENDPOINTS[endpoint]
    assert output.statuses == {
        **dict.fromkeys([*ENDPOINTS.values(), "pins", "user_account"], "COMPLETE"),
        missing: "INCOMPLETE",
    }
    (error,) = [each for each in output.errors if each["message"].startswith(f"{missing} is")]
    assert "Pinterest accepts this login, but not for /" in error["message"]
    assert error["failure_type"] == "transient_error"
    assert output.records(missing) == []
    assert second.records(missing) == whole.records(missing) != []


def test_a_check_that_one_endpoint_refuses_says_so_and_goes_on(pinterest):
    pinterest.fault = lambda request: NO if request.operation == "GET /user_account" else None

    output = Connector(config_of(pinterest)).check()

    assert output.connection_status["status"] == "SUCCEEDED"
    assert (
        "WARN The check could not find out who is logged in: Pinterest accepts this login, but not for "
        "/user_account (Pinterest: 401, code 2, Authentication failed.)."
    ) in output.logs


OUTAGES = {
    "400, code 12": (400, {"code": 12, "message": "Something went wrong on our end."}, {}),
    "400, code 2787": (400, {"code": 2787, "message": "no"}, {}),
    "400, on our end": (400, {"code": 1, "message": "Sorry, it went wrong on our end."}, {}),
    "400, retry after": (400, {"code": 1, "message": "Retry after 0 seconds."}, {}),
    "429": (429, {"code": 8, "message": "slow down"}, {"Retry-After": "0"}),
    "500": (500, {"code": 2, "message": "no"}, {}),
    "HTML with 200": (200, "<html>", {}),
    "HTML with 400": (400, "<html>", {}),
    "HTML with 401": (401, "<html>", {}),
    "HTML with 403": (403, "<html>", {}),
    "a gateway's JSON": (403, {"message": "Forbidden"}, {}),
    "nested too deeply": (400, "[" * 50_000, {}),
    "no token": (201, {"access_token": None}, {}),
    "a token that is an object": (201, {"access_token": {"a": 1}}, {}),
}


@pytest.mark.parametrize("outage", OUTAGES)
def test_an_outage_of_the_login_endpoint_is_no_refused_login(outage, pinterest, discovered):
    failures: list[int] = []

    def fault(request: Request) -> Any:
        if request.operation != REFRESH or len(failures) >= most:
            return None
        failures.append(1)
        return OUTAGES[outage]

    pinterest.fault = fault
    catalog = few_columns(discovered, ["boards", "ad_analytics_daily"])
    most = 2
    passing = Connector(config_of(pinterest)).read(catalog)
    failures.clear()
    most = 1_000
    staying = Connector(config_of(pinterest)).read(catalog)
    checked = Connector(config_of(pinterest)).check()

    assert set(passing.statuses.values()) == {"COMPLETE"}
    assert set(staying.statuses.values()) == {"INCOMPLETE"}
    assert {each["failure_type"] for each in staying.errors} == {"transient_error"}
    for message in (staying.errors[0]["message"], checked.connection_status["message"]):
        assert "Pinterest's login endpoint gave no usable answer in" in message
        assert "Log in again" not in message
    assert "try again in a few minutes" in checked.connection_status["message"]


def test_a_token_that_pinterest_revokes_is_renewed_once_for_sixteen_threads():
    with FakePinterest(World()) as pinterest:
        credentials = OAuthCredentials.model_validate(
            {**config_of(pinterest)["credentials"], "access_token": pinterest.access_token}
        )
        pinterest.access_tokens.clear()
        with new_session() as session:
            oauth = OAuth(credentials, pinterest.url, session, lambda _: None)
            client = PinterestClient(pinterest.url, oauth, session, policy=QUICK)
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
        "Pinterest does not accept the access token in `credentials.access_token`: it has "
        "expired, was revoked or is not complete. Generate a new one, or use OAuth credentials"
    ) in ended.errors[0]["message"]
    assert ended.errors[0]["failure_type"] == "config_error"
