"""Requests with their answers, as the session of a verification keeps them."""

from __future__ import annotations

import io
from typing import Any
from unittest import mock

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from source_pinterest.verify.allowance import Allowance, AllowanceUsedUp
from source_pinterest.verify.exchange import Exchange, WatchedAdapter
from unit_tests.http.scripted import BASE_URL, Clock


class Watched:
    """A session through the adapter, with what is kept of it."""

    def __init__(self, most: int = 60) -> None:
        self.clock = Clock()
        self.kept: list[Exchange] = []
        self.before: list[str] = []
        self.session = requests.Session()
        allowance = Allowance(self.clock, self.clock.sleep, requests=most)
        adapter = WatchedAdapter(BASE_URL, allowance, self.kept, self.before.append)
        self.session.mount("https://", adapter)

    def ask(self, answer: Any, *arguments: Any, **options: Any) -> requests.Response:
        def send(adapter: HTTPAdapter, request: Any, **_: Any) -> requests.Response:
            if isinstance(answer, Exception):
                raise answer
            body = io.BytesIO(answer) if isinstance(answer, bytes) else answer
            raw = HTTPResponse(body, status=200, headers={"X-Of": "it"}, preload_content=False)
            return adapter.build_response(request, raw)

        with mock.patch.object(HTTPAdapter, "send", send):
            return self.session.request(*arguments, **options)


def test_a_request_is_kept_with_its_answer_which_can_still_be_read():
    watched = Watched()

    response = watched.ask(
        b'{"items": []}', "GET", f"{BASE_URL}/pins?page_size=250&bookmark=&page_size=25"
    )

    assert response.content == b'{"items": []}'
    (kept,) = watched.kept
    assert watched.before == [kept.path] == ["/pins"]
    assert (kept.method, kept.status, kept.headers["x-of"]) == ("GET", 200, "it")
    assert kept.query == (("page_size", "250"), ("bookmark", ""), ("page_size", "25"))
    assert kept.value("page_size") == "250"
    assert kept.value("order") is None
    assert kept.body == {"items": []}
    assert kept.outcome == "accepted"


def test_only_the_json_that_was_sent_is_kept_of_a_request():
    watched = Watched()

    watched.ask(b"{}", "POST", f"{BASE_URL}/ad_accounts/7/reports", json={"level": "CAMPAIGN"})
    watched.ask(b"{}", "POST", f"{BASE_URL}/oauth/token", data={"refresh_token": "pinr_secret"})
    watched.ask(
        b"{}",
        "POST",
        f"{BASE_URL}/ad_accounts/7/reports",
        data="{broken",
        headers={"Content-Type": "application/json"},
    )

    assert [each.content for each in watched.kept] == [{"level": "CAMPAIGN"}, None, None]


def test_the_query_of_a_reports_address_is_no_part_of_its_path():
    watched = Watched()

    watched.ask(b"[]", "GET", "https://reports.s3.amazonaws.com/made.json?X-Amz-Signature=secret")

    assert watched.kept[0].path == "https://reports.s3.amazonaws.com/made.json"


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        (f"{BASE_URL}/pins", "no network leads to pinterest.test"),
        ("https://reports.s3.amazonaws.com/made.json", "no network leads to its host"),
    ],
)
def test_a_request_without_an_answer_is_kept_with_its_problem(address, problem):
    watched = Watched()

    with pytest.raises(OSError, match="unreachable"):
        watched.ask(OSError(101, "Network is unreachable"), "GET", address)

    (kept,) = watched.kept
    assert (kept.status, kept.text, kept.outcome) == (None, b"", problem)
    assert not kept.is_good
    assert not kept.is_refused


class Endless(io.RawIOBase):
    """A body of which a byte comes each second."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._clock.now += 1
        buffer[:1] = b" "
        return 1


def test_a_body_that_does_not_end_is_given_up():
    watched = Watched()
    began = watched.clock.now

    with pytest.raises(requests.ReadTimeout):
        watched.ask(io.BufferedReader(Endless(watched.clock)), "GET", f"{BASE_URL}/pins")

    assert watched.clock.now - began < 30
    (kept,) = watched.kept
    assert kept.status is None
    assert kept.problem


def test_a_request_beyond_the_allowance_is_neither_sent_nor_kept():
    watched = Watched(most=1)
    watched.ask(b"{}", "GET", f"{BASE_URL}/pins")

    with pytest.raises(AllowanceUsedUp):
        watched.ask(AssertionError("it was sent"), "GET", f"{BASE_URL}/pins")

    assert len(watched.kept) == 1


def test_a_request_that_must_not_be_sent_takes_nothing_of_the_allowance():
    clock, kept = Clock(), []
    allowance = Allowance(clock, clock.sleep)

    def forbid(path: str) -> None:
        raise PermissionError(path)

    session = requests.Session()
    session.mount("https://", WatchedAdapter(BASE_URL, allowance, kept, forbid))
    with pytest.raises(PermissionError, match="/oauth/token"):
        session.post(f"{BASE_URL}/oauth/token")

    assert (allowance.requests, kept) == (0, [])


def test_a_path_is_of_an_operation_by_its_last_parts():
    ads = Exchange("GET", "/ad_accounts/7/ads/analytics", (), None, 400, {}, b"", "", 0.1)

    assert ads.is_of("ads", "analytics")
    assert not ads.is_of("campaigns", "analytics")
    assert ads.is_refused
