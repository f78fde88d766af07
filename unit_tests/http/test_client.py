"""The client's requests, the answers that it accepts, how long it waits, and how it gives up."""

import contextlib
import doctest
import gzip
import logging
import socket
import struct
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.airbyte_secrets_utils import update_secrets

from source_pinterest.config.config import AccessTokenCredentials
from source_pinterest.http import client as client_module
from source_pinterest.http.auth import AccessToken
from source_pinterest.http.client import PinterestClient, new_session, query
from source_pinterest.http.errors import (
    AccessDenied,
    LoginRefused,
    NotFound,
    PinterestError,
    RateLimited,
    RequestRefused,
    SyncEnded,
    TooLarge,
    Unavailable,
    WindowRefused,
)
from source_pinterest.http.rate_limiter import RateBudget
from source_pinterest.http.retry import SYNC
from unit_tests.http.scripted import BASE_URL, Clock, Reply, Script

PAGE = {"items": [{"id": "1"}], "bookmark": None}
GOOD = Reply(200, PAGE)
THROTTLED = {"code": 8, "message": "You have exceeded your rate limit."}


class Tokens:
    """`token-1`, and after each renewal the next one."""

    def __init__(self) -> None:
        self.refused: list[str] = []

    def token(self) -> str:
        return f"token-{len(self.refused) + 1}"

    def renew(self, refused: str) -> str:
        self.refused.append(refused)
        return self.token()

    def is_new(self, token: str) -> bool:
        return token != "token-1"


class Setting:
    """A client whose Pinterest, login and time are scripted."""

    def __init__(self, *lines: Reply | Exception, tokens: Any = None) -> None:
        self.pinterest = Script(*lines)
        self.tokens = tokens or Tokens()
        self.pauses = Clock()
        self.waits = Clock()
        self.budget = RateBudget(clock=self.waits, sleep=self.waits.sleep)
        self.client = PinterestClient(
            BASE_URL,
            self.tokens,
            self.pinterest.session(),
            budget=self.budget,
            sleep=self.pauses.sleep,
        )

    def get(self, path: str = "/boards", category: str = "org_read") -> Any:
        return self.client.get(path, {"page_size": 250}, category, is_page)

    def failure(self, path: str = "/boards", category: str = "org_read") -> PinterestError:
        with pytest.raises(PinterestError) as caught:
            self.get(path, category)
        return caught.value


def is_page(body: Any) -> bool:
    return isinstance(body, dict) and isinstance(body.get("items"), list)


def refused(status: int, code: object, message: object = "no") -> Reply:
    return Reply(status, {"code": code, "message": message})


# --- What is asked for ---


def test_arrays_are_joined_by_commas():
    assert (
        query(
            {
                "ad_ids": ["1", "2"],
                "columns": ["CTR", "SPEND_IN_DOLLAR"],
                "page_size": 250,
                "include_protected": False,
                "bookmark": "a=|+&b",
            }
        )
        == "ad_ids=1,2&columns=CTR,SPEND_IN_DOLLAR&page_size=250&include_protected=false"
        "&bookmark=a%3D%7C%2B%26b"
    )


def test_an_array_has_its_key_repeated_where_pinterest_understands_nothing_else():
    params = {"ad_ids": ["1", "2"], "entity_statuses": ["ACTIVE", "PAUSED"]}

    assert query(params, {"ad_ids"}) == "ad_ids=1&ad_ids=2&entity_statuses=ACTIVE,PAUSED"


def test_half_an_emoji_in_a_value_is_sent_as_something_else():
    assert query({"bookmark": "a\ud83d", "ad_ids": ["1", "\ud83d"]}) == "bookmark=a%3F&ad_ids=1,%3F"


def test_a_parameter_without_a_value_is_left_out():
    assert query({"bookmark": None, "ad_ids": [], "columns": [], "page_size": 25}) == "page_size=25"


def test_a_request_carries_the_token_and_arrives_as_it_was_written():
    setting = Setting(GOOD)

    body = setting.client.get(
        "/ad_accounts/549755885175/ads",
        {"campaign_ids": ["1", "2"], "bookmark": "a=|"},
        "ads_read",
        is_page,
    )

    assert body == PAGE
    assert setting.pinterest.urls == [
        "https://pinterest.test/v5/ad_accounts/549755885175/ads?campaign_ids=1,2&bookmark=a%3D%7C"
    ]
    assert setting.pinterest.tokens == ["Bearer token-1"]
    assert setting.pinterest.requests[0].headers["Accept"] == "application/json"
    assert setting.pinterest.time_outs == [(10.0, 120.0)]


def test_a_path_without_parameters_has_no_question_mark():
    setting = Setting(GOOD)

    setting.client.get("/user_account", {}, "org_read", is_page)

    assert setting.pinterest.urls == ["https://pinterest.test/v5/user_account"]


@pytest.mark.parametrize("location", ["https://elsewhere.test/v5/boards", "http://[", "/v5/pins"])
def test_a_redirect_is_an_error_and_nobody_else_gets_the_token(location: str):
    setting = Setting(Reply(302, b"<html>moved</html>", {"Location": location}))

    error = setting.failure()

    assert isinstance(error, Unavailable)
    assert set(setting.pinterest.urls) == {"https://pinterest.test/v5/boards?page_size=250"}


def test_a_netrc_changes_nothing(tmp_path: Any, monkeypatch: pytest.MonkeyPatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine pinterest.test login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    setting = Setting(GOOD)

    setting.get()

    assert setting.pinterest.tokens == ["Bearer token-1"]


# --- What counts as an answer ---


@pytest.mark.parametrize(
    "body",
    [
        b"<html>We are down for maintenance</html>",
        b"{}",
        b"[]",
        b"null",
        b"",
        b'{"items": [{"id": "1"}, {"i',
        b'{"items": null}',
        b'{"items": "\xff"}',
        b'{"items": [], "bookmark": null, "code": 12, "message": "Something went wrong."}',
        b'{"items": [{"id": "1"}], "error": "cut"}',
        b'{"items": [{"id": "1"}], "bookmark": null, "items": []}',
    ],
)
def test_a_body_that_is_no_page_is_asked_for_again(body: bytes):
    setting = Setting(Reply(200, body), GOOD)

    assert setting.get() == PAGE
    assert setting.pauses.sleeps == [1.0]


@pytest.mark.parametrize("body", [b"<html></html>", b"{}", b"[]", b"null", b'{"items": ['])
def test_a_body_that_is_never_a_page_is_an_error_and_not_an_empty_page(body: bytes):
    error = Setting(Reply(200, body)).failure()

    assert isinstance(error, Unavailable)
    assert error.failure_type == FailureType.transient_error
    assert error.status == 200
    assert str(error) == (
        "Pinterest gave no usable answer for /boards in 6 tries (the last one: a body that this "
        "endpoint does not return). Run the sync again: it continues where it stopped."
    )


def test_an_error_where_the_content_belongs_is_quoted():
    body = {"items": [], "bookmark": None, "code": 29, "message": "Not permitted."}

    error = Setting(Reply(200, body)).failure()

    assert isinstance(error, Unavailable)
    assert (error.status, error.code) == (200, 29)
    assert (
        "6 tries (the last one: an error in place of the content; Pinterest: 200, code 29, Not permitted.)"
        in str(error)
    )


def test_an_error_is_an_answer_where_it_is_what_was_asked_for():
    status = {"report_status": "FAILED", **THROTTLED}
    setting = Setting(Reply(200, status))

    found = setting.client.get(
        "/reports", {}, "ads_analytics", lambda _: True, may_state_error=True
    )

    assert found == status


def test_null_is_no_answer_even_where_anything_is_expected():
    setting = Setting(Reply(200, b"null"), Reply(200, b"[]"))

    assert setting.client.get("/ads/analytics", {}, "ads_analytics", lambda _: True) == []


@pytest.mark.parametrize("broken", [b"", b"nul", b"<html></html>"])
def test_where_null_means_nothing_only_null_does(broken: bytes):
    setting = Setting(Reply(200, broken), Reply(200, b" null\n"))

    def is_list(body: Any) -> bool:
        return isinstance(body, list)

    found = setting.client.get("/resources/targeting/KEYWORD", {}, "ads_read", is_list, if_null=[])

    assert found == []
    assert setting.pauses.sleeps == [1.0]


def data(setting: Setting, max_bytes: int | None = None) -> bytes:
    return setting.client.get_data("/ads/targeting_analytics", {}, "ads_analytics", max_bytes)


@pytest.mark.parametrize(
    "body", [b'{"data": []}', b' {"data" : [{"a": 1}] }\n', b'{"x": 1, "data": [], "y": []}']
)
def test_a_body_with_a_list_of_data_comes_as_it_is(body: bytes):
    assert data(Setting(Reply(200, body))) == body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"null",
        b"[]",
        b'{"data": {}}',
        b'{"data": [',
        b'{"data": null}',
        b'{"data": [], "code": 12, "message": "Something went wrong."}',
        b'{"errors": ["cut"], "data": []}',
        b'{"data": [1], "data": [], "x": 1}',
    ],
)
def test_a_body_without_a_list_of_data_is_asked_for_again(body: bytes):
    setting = Setting(Reply(200, body), Reply(200, b'{"data": []}'))

    assert data(setting) == b'{"data": []}'
    assert setting.pauses.sleeps == [1.0]


def test_a_body_that_is_larger_than_its_reader_takes_is_too_large():
    setting = Setting(Reply(200, b'{"data": [' + b" " * (2 << 20) + b"]}"))

    with pytest.raises(TooLarge, match="has more than 1 MB") as caught:
        data(setting, max_bytes=1 << 20)

    assert caught.value.status is None
    assert len(data(setting)) > 2 << 20


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 425, 204, 302])
def test_a_failure_of_the_server_is_tried_again_with_doubling_pauses(status: int):
    setting = Setting(Reply(status), Reply(status), Reply(status), GOOD)

    assert setting.get() == PAGE
    assert setting.pauses.sleeps == [1.0, 2.0, 4.0]


def test_after_the_end_of_the_sync_nothing_more_is_sent(caplog: pytest.LogCaptureFixture):
    setting = Setting(Reply(503))
    setting.client.end()

    assert isinstance(setting.failure(), SyncEnded)
    assert setting.pinterest.requests == []
    assert caplog.text == ""


def test_what_is_under_way_at_the_end_of_the_sync_is_not_tried_again(
    caplog: pytest.LogCaptureFixture,
):
    setting = Setting(Reply(503))
    setting.pinterest.before = lambda _: setting.client.end()

    assert isinstance(setting.failure(), SyncEnded)
    assert len(setting.pinterest.requests) == 1
    assert caplog.text == ""


def test_the_sixth_failure_is_final():
    setting = Setting(Reply(503, b"upstream connect error"))

    error = setting.failure()

    assert isinstance(error, Unavailable)
    assert error.status == 503
    assert "(the last one: status 503)" in str(error)
    assert len(setting.pinterest.requests) == 6
    assert setting.pauses.sleeps == [1.0, 2.0, 4.0, 8.0, 16.0]


@pytest.mark.parametrize(
    ("problem", "name", "tries"),
    [
        (requests.ConnectTimeout("10 s"), "ConnectTimeout", 6),
        # each of them takes two minutes, and half of the question may be answered in time
        (requests.ReadTimeout("120 s"), "ReadTimeout", 3),
        (requests.ConnectionError("refused"), "ConnectionError", 6),
        (requests.exceptions.SSLError("certificate"), "SSLError", 6),
        (requests.exceptions.ChunkedEncodingError("broken"), "ChunkedEncodingError", 6),
    ],
)
def test_a_failure_of_the_network_is_tried_again_and_then_named(
    problem: Exception, name: str, tries: int
):
    assert Setting(problem, GOOD).get() == PAGE

    error = Setting(problem).failure()

    assert isinstance(error, Unavailable)
    assert error.status is None
    assert f"in {tries} tries (the last one: {name})" in str(error)


# --- What only real sockets do ---


class Socket:
    """Each connection gets the next of the answers, byte for byte; the last one is for ever."""

    def __init__(self, *answers: bytes | Callable[[socket.socket], None]) -> None:
        self._answers = list(answers)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/v5"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                request = b""
                while not request.endswith(b"\r\n\r\n"):
                    request += connection.recv(65_536)
                answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
                if callable(answer):
                    answer(connection)
                else:
                    connection.sendall(answer)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def get(self, **time_outs: float) -> tuple[Any, list[float]]:
        """The body, and the pauses between the tries."""
        pauses = Clock()
        policy = replace(SYNC, timeouts=replace(SYNC.timeouts, **time_outs))
        with new_session() as session:
            client = PinterestClient(
                self.base_url, Tokens(), session, sleep=pauses.sleep, policy=policy
            )
            return client.get("/boards", {}, "org_read", is_page), pauses.sleeps


@pytest.fixture
def pinterest_that_sends() -> Iterator[Callable[..., Socket]]:
    opened: list[Socket] = []

    def open_socket(*answers: bytes | Callable[[socket.socket], None]) -> Socket:
        opened.append(Socket(*answers))
        return opened[-1]

    yield open_socket
    for each in opened:
        each.close()


WHOLE = b'{"items": [{"id": "1"}], "bookmark": null}'
SHORT = b'{"items": []}'
HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"


def whole(body: bytes = WHOLE, head: bytes = HEAD) -> bytes:
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(HEAD + b"Content-Length: 999\r\n\r\n" + SHORT, id="shorter-than-declared"),
        pytest.param(
            HEAD + b"Transfer-Encoding: chunked\r\n\r\nd\r\n" + SHORT + b"\r\n", id="no-last-chunk"
        ),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\nff\r\n" + SHORT, id="half-a-chunk"),
        pytest.param(
            HEAD + b"Content-Encoding: gzip\r\nContent-Length: 13\r\n\r\n" + SHORT, id="no-gzip"
        ),
        pytest.param(
            HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(WHOLE)[:-20], id="half-a-gzip"
        ),
        pytest.param(b"", id="closed-without-a-word"),
        pytest.param(b"SMTP ready\r\n\r\n", id="no-http"),
        pytest.param(reset, id="reset"),
    ],
)
def test_an_answer_that_breaks_off_is_asked_for_again_though_it_looks_like_an_empty_page(
    broken: bytes | Callable[[socket.socket], None],
    pinterest_that_sends: Callable[..., Socket],
):
    pinterest = pinterest_that_sends(broken, whole())

    body, pauses = pinterest.get()

    assert body == PAGE
    assert pauses == [1.0]


def test_a_compressed_answer_is_read(pinterest_that_sends: Callable[..., Socket]):
    rows = [{"id": str(number)} for number in range(20_000)]
    text = str(rows).replace("'", '"')
    body = gzip.compress(f'{{"items": {text}}}'.encode())
    pinterest = pinterest_that_sends(whole(body, HEAD + b"Content-Encoding: gzip\r\n"))

    assert pinterest.get() == ({"items": rows}, [])


def test_an_answer_in_chunks_is_read(pinterest_that_sends: Callable[..., Socket]):
    chunks = b"10\r\n" + WHOLE[:16] + b"\r\n" + b"1a\r\n" + WHOLE[16:] + b"\r\n0\r\n\r\n"
    pinterest = pinterest_that_sends(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)

    assert pinterest.get() == (PAGE, [])


def test_a_server_that_says_nothing_is_left_after_the_read_time_out(
    pinterest_that_sends: Callable[..., Socket],
):
    go_on = threading.Event()
    pinterest = pinterest_that_sends(lambda _: bool(go_on.wait(60)))

    try:
        with pytest.raises(Unavailable, match=r"the last one: (ReadTimeout|ConnectionError)"):
            pinterest.get(read=0.05)
    finally:
        go_on.set()


def test_an_answer_that_drips_in_for_ever_is_left_too(
    pinterest_that_sends: Callable[..., Socket],
):
    gave_up: list[bool] = []

    def drip(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"Content-Length: 50000\r\n\r\n")
        for _ in range(6_000):
            connection.sendall(b" ")
            threading.Event().wait(0.005)
        gave_up.append(True)

    pinterest = pinterest_that_sends(drip, whole())

    body, pauses = pinterest.get(total=0.3)

    assert body == PAGE
    assert pauses == [1.0]
    assert not gave_up


def test_a_refused_connection_is_unavailable():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    pauses = Clock()
    with new_session() as session:
        client = PinterestClient(
            f"http://127.0.0.1:{port}/v5", Tokens(), session, sleep=pauses.sleep
        )

        with pytest.raises(Unavailable, match="the last one: ConnectionError"):
            client.get("/boards", {}, "org_read", is_page)

    assert pauses.sleeps == [1.0, 2.0, 4.0, 8.0, 16.0]


def test_many_threads_share_one_session_and_each_gets_its_own_answer_and_no_cookie(
    caplog: pytest.LogCaptureFixture,
):
    def serve(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=echo, args=(connection,), daemon=True).start()

    def echo(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while request := connection.recv(65_536):
                path = request.split(b" ")[1]
                cookies = request.lower().count(b"\r\ncookie:")
                body = b'{"items": ["%s with %d cookies"]}' % (path, cookies)
                head = b"HTTP/1.1 200 OK\r\nSet-Cookie: session=1; Path=/\r\n"
                connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    with socket.create_server(("127.0.0.1", 0)) as listener, new_session() as session:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        clock = Clock()
        client = PinterestClient(
            base_url, Tokens(), session, budget=RateBudget(clock=clock, sleep=clock.sleep)
        )

        def item(number: int) -> str:
            return str(client.get(f"/{number}", {}, "any", is_page)["items"][0])

        with ThreadPoolExecutor(32) as pool:
            items = list(pool.map(item, range(400)))
        listener.shutdown(socket.SHUT_RDWR)

    assert items == [f"/{number} with 0 cookies" for number in range(400)]
    assert caplog.messages == []


# --- Rate limits ---


@pytest.mark.parametrize(
    ("headers", "message", "seconds"),
    [
        ({"X-RateLimit-Reset": "37", "Retry-After": "5"}, "Retry after 9 seconds.", 37.0),
        ({"Retry-After": "5"}, "Retry after 9 seconds.", 5.0),
        ({}, "You have exceeded your rate limit. Retry after 9 seconds.", 9.0),
        ({"X-RateLimit-Reset": "soon", "Retry-After": "5"}, "", 5.0),
        ({"X-RateLimit-Reset": "²", "Retry-After": "5"}, "", 5.0),
        ({"X-RateLimit-Reset": "2.5"}, "", 2.5),
        ({"X-RateLimit-Reset": "0"}, "", 1.0),
        (
            {
                "Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT",
                "Date": "Wed, 21 Oct 2026 07:27:15 GMT",
            },
            "Retry after 9 seconds.",
            45.0,
        ),
    ],
)
def test_a_429_waits_as_long_as_pinterest_says(
    headers: dict[str, str], message: str, seconds: float
):
    setting = Setting(Reply(429, {"code": 8, "message": message}, headers), GOOD)

    assert setting.get() == PAGE
    assert setting.waits.sleeps == [seconds]
    assert setting.pauses.sleeps == []


def test_a_429_that_is_no_json_waits_too():
    setting = Setting(Reply(429, b"<html>slow down</html>", {"Retry-After": "5"}), GOOD)

    assert setting.get() == PAGE
    assert setting.waits.sleeps == [5.0]


def test_a_429_without_a_hint_waits_longer_each_time():
    setting = Setting(*[Reply(429, THROTTLED)] * 8, GOOD)

    assert setting.get() == PAGE
    assert setting.waits.sleeps == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]


@pytest.mark.parametrize("headers", [{}, {"X-RateLimit-Reset": "0"}, {"Retry-After": "1"}])
def test_a_429_without_end_has_an_end(headers: dict[str, str]):
    setting = Setting(Reply(429, THROTTLED, headers))

    error = setting.failure()

    assert isinstance(error, RateLimited)
    assert sum(setting.waits.sleeps) <= 900.0
    assert len(setting.pinterest.requests) <= 20
    assert "after 15 minutes of waiting" in str(error)


def test_a_rate_limit_of_hours_is_not_waited_for_but_told():
    setting = Setting(Reply(429, THROTTLED, {"X-RateLimit-Reset": "67150"}))

    error = setting.failure("/ad_accounts/549755885175/ads/analytics", "ads_analytics")

    assert isinstance(error, RateLimited)
    assert error.failure_type == FailureType.transient_error
    assert (error.status, error.code) == (429, 8)
    assert setting.waits.sleeps == []
    assert str(error) == (
        "Pinterest's rate limit for ads_analytics is used up (requested: "
        "/ad_accounts/549755885175/ads/analytics). It resets in 18 hours 40 minutes: run the sync "
        "again after that, and it continues where it stopped. An app with trial access has 1,000 "
        "requests a day; ask Pinterest for standard access."
    )


def test_waits_add_up_to_the_longest_one():
    setting = Setting(Reply(429, THROTTLED, {"X-RateLimit-Reset": "400"}))

    error = setting.failure()

    assert setting.waits.sleeps == [400.0, 400.0]
    assert "used up, after 14 minutes of waiting" in str(error)
    assert "It resets in 7 minutes" in str(error)


def test_900_seconds_are_waited_for_and_901_are_not():
    assert Setting(Reply(429, THROTTLED, {"X-RateLimit-Reset": "900"}), GOOD).get() == PAGE

    error = Setting(Reply(429, THROTTLED, {"X-RateLimit-Reset": "901"}), GOOD).failure()

    assert "It resets in 16 minutes" in str(error)


def test_waiting_for_a_rate_limit_uses_up_no_tries():
    throttled = [Reply(429, THROTTLED)] * 7
    setting = Setting(*throttled, Reply(503), Reply(503), GOOD)

    assert setting.get() == PAGE
    assert setting.pauses.sleeps == [1.0, 2.0]


@pytest.mark.parametrize("field", ["message", "message_detail"])
def test_a_spam_block_is_not_waited_for(field: str):
    body = {"code": 8, field: "Your account was blocked as Spam"}
    setting = Setting(Reply(429, body, {"X-RateLimit-Reset": "5"}), GOOD)

    error = setting.failure()

    assert isinstance(error, RateLimited)
    assert setting.waits.sleeps == []
    assert str(error) == (
        "Pinterest has blocked this login as spam, on a request to /boards (Pinterest: 429, code 8, "
        "Your account was blocked as Spam). Waiting does not lift the block: contact Pinterest's "
        "support about this app."
    )


def test_the_word_spam_elsewhere_in_an_answer_blocks_nothing():
    body = {**THROTTLED, "endpoint_name": "/users/spamalot/interests/follow"}
    setting = Setting(Reply(429, body), GOOD)

    assert setting.get() == PAGE


def test_a_429_pauses_its_category_for_all_and_no_other():
    setting = Setting(Reply(429, THROTTLED, {"X-RateLimit-Reset": "30"}), GOOD)

    def other_category(seconds: float) -> None:
        if not setting.waits.sleeps:
            setting.waits.sleeps.append(seconds)
            setting.get(category="ads_read")  # goes out while org_read waits
            assert setting.waits.now == 1_000.0
        setting.waits.now += seconds

    budget = RateBudget(clock=setting.waits, sleep=other_category)
    session = setting.pinterest.session()
    one = PinterestClient(BASE_URL, Tokens(), session, budget=budget)
    setting.client = PinterestClient(BASE_URL, Tokens(), session, budget=budget)

    one.get("/boards", {}, "org_read", is_page)

    assert setting.waits.sleeps == [30.0]
    assert len(setting.pinterest.requests) == 3


def test_after_a_429_other_threads_of_the_category_send_nothing_until_it_resets():
    setting = Setting(Reply(429, THROTTLED, {"X-RateLimit-Reset": "30"}), GOOD)
    sent_at: list[float] = []
    setting.pinterest.before = lambda _: sent_at.append(setting.waits.now)
    budget = RateBudget(clock=setting.waits, sleep=setting.waits.sleep)
    client = PinterestClient(BASE_URL, Tokens(), setting.pinterest.session(), budget=budget)
    first_is_refused = threading.Event()
    budget_pause = budget.pause

    def pause(category: str, seconds: float) -> None:
        budget_pause(category, seconds)
        first_is_refused.set()

    budget.pause = pause  # type: ignore[method-assign]

    def get(number: int) -> Any:
        if number:
            first_is_refused.wait(60)
        return client.get("/boards", {}, "org_read", is_page)

    with ThreadPoolExecutor(4) as pool:
        bodies = list(pool.map(get, range(4)))

    assert bodies == [PAGE] * 4
    assert setting.waits.sleeps == [30.0]
    assert sent_at == [1_000.0, 1_030.0, 1_030.0, 1_030.0, 1_030.0]


# --- Refusals ---


@pytest.mark.parametrize("code", [2, "2", None])
def test_a_refused_token_is_renewed_once_and_the_request_repeated(code: object):
    setting = Setting(refused(401, code), GOOD)

    assert setting.get() == PAGE
    assert setting.tokens.refused == ["token-1"]
    assert setting.pinterest.tokens == ["Bearer token-1", "Bearer token-2"]
    assert setting.pauses.sleeps == []


def test_a_new_token_that_is_refused_too_ends_it():
    setting = Setting(refused(401, 2, "Authentication failed."))

    error = setting.failure()

    assert isinstance(error, LoginRefused)
    assert error.failure_type == FailureType.config_error
    assert setting.tokens.refused == ["token-1"]
    # the new token might become valid a moment later, and another endpoint might accept it
    assert setting.pinterest.tokens == ["Bearer token-1"] + ["Bearer token-2"] * 5
    assert setting.pauses.sleeps == [0.5, 1.0, 2.0]
    assert str(error) == (
        "Pinterest does not accept this login (Pinterest: 401, code 2, Authentication failed.). "
        "Log in again."
    )


def test_after_a_login_that_is_refused_for_good_nothing_more_is_sent():
    setting = Setting(refused(401, 2))
    first = setting.failure()

    second = setting.failure("/pins")

    assert isinstance(second, LoginRefused)
    assert str(second) == str(first)
    assert len(setting.pinterest.requests) == 6


def test_a_refused_token_that_another_thread_has_renewed_is_not_renewed_again():
    setting = Setting(refused(401, 2), refused(401, 2), GOOD)
    # each token ends on its way, and by then another thread has got the next one
    setting.pinterest.before = lambda _: setting.tokens.refused.append("by another thread")

    assert setting.get() == PAGE
    assert setting.pinterest.tokens == ["Bearer token-1", "Bearer token-2", "Bearer token-3"]
    assert set(setting.tokens.refused) == {"by another thread"}


def test_a_fourth_token_that_is_refused_ends_it_whoever_has_got_them():
    setting = Setting(refused(401, 2))
    setting.pinterest.before = lambda _: setting.tokens.refused.append("by another thread")

    assert isinstance(setting.failure(), LoginRefused)
    assert len(setting.pinterest.requests) == 4 + 1


def test_an_access_token_that_ended_says_to_make_a_new_one():
    tokens = AccessToken(AccessTokenCredentials(access_token="pina_over-and-done"))
    setting = Setting(refused(401, 2), tokens=tokens)

    error = setting.failure()

    assert isinstance(error, LoginRefused)
    assert error.status == 401
    assert "Generate a new one" in str(error)


@pytest.mark.parametrize(
    ("status", "code", "kind", "sentence"),
    [
        (
            401,
            3,
            AccessDenied,
            "This login may not read /boards (Pinterest: 401, code 3, no). Log in again and allow everything that the app asks for, or deselect the streams that need it.",
        ),
        (
            401,
            "7",
            AccessDenied,
            "This login may not read /boards (Pinterest: 401, code 7, no). Log in again and allow everything that the app asks for, or deselect the streams that need it.",
        ),
        (
            403,
            29,
            AccessDenied,
            "This login may not read /boards (Pinterest: 403, code 29, no). Log in again and allow everything that the app asks for, or deselect the streams that need it.",
        ),
        (
            404,
            40,
            NotFound,
            "/boards does not exist (Pinterest: 404, code 40, no). Run the sync again; if this persists, report it.",
        ),
        (
            400,
            1,
            RequestRefused,
            "Pinterest refuses the request to /boards (Pinterest: 400, code 1, no). Please report this.",
        ),
        (
            409,
            True,
            RequestRefused,
            "Pinterest refuses the request to /boards (Pinterest: 409, no code, no). Please report this.",
        ),
        (
            413,
            None,
            TooLarge,
            "The request to /boards is too large (Pinterest: 413, no code, no). Select fewer columns.",
        ),
        (
            414,
            None,
            TooLarge,
            "The request to /boards is too large (Pinterest: 414, no code, no). Select fewer columns.",
        ),
        (
            431,
            None,
            TooLarge,
            "The request to /boards is too large (Pinterest: 431, no code, no). Select fewer columns.",
        ),
    ],
)
def test_a_refusal_is_final_and_named_after_what_happens_next(
    status: int, code: object, kind: type[PinterestError], sentence: str
):
    setting = Setting(refused(status, code))

    error = setting.failure()

    assert type(error) is kind
    assert str(error) == sentence
    assert error.status == status
    assert len(setting.pinterest.requests) == 1


def test_a_refusal_without_code_and_message_is_a_refusal_all_the_same():
    error = Setting(Reply(403, b'{"code": []}')).failure()

    assert isinstance(error, AccessDenied)
    assert error.code is None
    assert str(error).startswith(
        "This login may not read /boards (Pinterest: 403, no code, no message). "
    )


@pytest.mark.parametrize("status", [400, 403, 404, 409])
@pytest.mark.parametrize("body", [b"<html>Forbidden</html>", b"[]", b"", b"null"])
def test_a_refusal_of_something_between_is_no_refusal_of_pinterests(status: int, body: bytes):
    assert Setting(Reply(status, body), GOOD).get() == PAGE

    error = Setting(Reply(status, body)).failure()

    assert type(error) is Unavailable
    assert f"(the last one: status {status}, without a message from Pinterest)" in str(error)


@pytest.mark.parametrize(
    ("path", "status", "code", "kind"),
    [
        *((path, 404, 50, NotFound) for path in ("/pins/7", "/pins/7/analytics", "/boards/7/pins")),
        *(
            (path, status, code, AccessDenied)
            for path in ("/catalogs", "/catalogs/feeds", "/ad_accounts")
            for status, code in ((401, 3), (403, 50))
        ),
    ],
)
def test_a_refusal_that_leaves_a_stream_complete_is_believed_the_second_time(
    path: str, status: int, code: int, kind: type[PinterestError]
):
    setting = Setting(refused(status, code), GOOD)

    assert setting.get(path) == PAGE
    assert setting.pauses.sleeps == [1.0]

    setting = Setting(refused(status, code), refused(status, code), GOOD)

    assert type(setting.failure(path)) is kind


@pytest.mark.parametrize("status", [400, 403, 404])
@pytest.mark.parametrize("path", ["/boards", "/pins/analytics", "/ad_accounts/7/ads"])
def test_no_other_refusal_is_asked_for_again(path: str, status: int):
    assert isinstance(Setting(refused(status, 50), GOOD).failure(path), PinterestError)


@pytest.mark.parametrize("message", [["not", "text"], {"a": 1}, 7])
def test_a_message_that_is_no_text_is_shown_all_the_same(message: object):
    error = Setting(refused(400, 1, message)).failure()

    assert str(message) in str(error)


# --- What is shown ---


def test_of_a_long_message_300_characters_are_shown():
    error = Setting(refused(400, 1, "x" * 1_000)).failure()

    assert f"code 1, {'x' * 300})" in str(error)


def test_tokens_and_secrets_in_a_message_are_masked_before_it_is_cut():
    update_secrets(["the-app-secret"])
    message = (
        "y" * 280 + " pina_AAAABBBBCCCCDDDD then pinr.x or pinr_EEEE-FFFF.GGGG or the-app-secret"
    )

    error = str(Setting(refused(403, 29, message)).failure())

    assert "pina_" not in error
    assert " **** then" in error
    for secret in ("the-app-secret", "pinr_EEEE-FFFF.GGGG"):
        shown = str(Setting(refused(403, 29, f"your {secret} is bad")).failure())
        assert "your **** is bad" in shown


def test_an_access_token_in_a_message_is_masked_whatever_it_looks_like():
    tokens = AccessToken(AccessTokenCredentials(access_token="neither-pina-nor-pinr"))

    error = Setting(refused(403, 29, "not neither-pina-nor-pinr"), tokens=tokens).failure()

    assert "not ****" in str(error)


@pytest.mark.parametrize(
    "line",
    [
        requests.ConnectionError(
            "https://pinterest.test/v5/boards?page_size=250 pina_SECRETSECRET"
        ),
        Reply(200, b"pina_SECRETSECRET"),
        refused(401, 2, "Bearer pina_SECRETSECRET"),
        refused(400, 1, "pina_SECRETSECRET"),
        Reply(302, b"", {"Location": "https://elsewhere.test/?token=pina_SECRETSECRET"}),
        Reply(429, {"message": "spam pina_SECRETSECRET"}),
    ],
)
def test_neither_an_error_nor_a_log_line_holds_the_token_or_the_query(
    line: Reply | Exception, caplog: pytest.LogCaptureFixture
):
    tokens = AccessToken(AccessTokenCredentials(access_token="pina_SECRETSECRET"))
    caplog.set_level(logging.INFO)

    error = Setting(line, tokens=tokens).failure()

    shown = "".join(traceback.format_exception(error)) + caplog.text
    assert "SECRETSECRET" not in shown
    assert "page_size=" not in shown
    assert error.__cause__ is None
    assert error.__context__ is None


def test_waits_and_tries_are_logged_and_successes_are_not(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG, logger="airbyte.source_pinterest")
    Setting(GOOD).get()
    assert caplog.messages == []

    Setting(Reply(429, THROTTLED, {"X-RateLimit-Reset": "90"}), Reply(503), GOOD).get()

    assert caplog.record_tuples == [
        (
            "airbyte.source_pinterest",
            logging.INFO,
            "Pinterest's rate limit for org_read is used up; waiting 2 minutes.",
        ),
        ("airbyte.source_pinterest", logging.INFO, "/boards: status 503; try 2 in 1 s."),
    ]


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(client_module).failed == 0


# --- What a 400 may mean ---

WINDOW = {"start_date": "2026-08-26", "end_date": "2026-11-23"}
REPORT = "/ad_accounts/549755885175/analytics"


def refusal(message: str, code: int = 1, status: int = 400) -> Reply:
    return Reply(status, {"code": code, "message": message, "status": "failure"})


@pytest.mark.parametrize(
    "answer",
    [
        refusal("Something went wrong on our end. Sorry about that.", 12),
        refusal("Something went wrong.", 2787),
        refusal("Ooops! Something went wrong on our end.", 1),
        refusal("Something went wrong on our end.", 12, 404),
    ],
)
def test_an_error_on_pinterests_end_is_tried_again_whatever_its_status(answer):
    setting = Setting(answer, answer, GOOD)

    assert setting.client.get("/boards", {}, "org_read", is_page) == PAGE
    assert setting.pauses.sleeps == [1.0, 2.0]


@pytest.mark.parametrize("status", [400, 403, 429, 500, 503])
@pytest.mark.parametrize(
    ("code", "message"),
    [(1, "Too many requests. Please retry after 3 seconds."), (2726, "Query cost limit reached.")],
)
def test_what_asks_for_a_later_request_gets_one_whatever_its_status(status, code, message):
    setting = Setting(refusal(message, code, status), GOOD)

    assert setting.client.get("/boards", {}, "org_read", is_page) == PAGE
    assert len(setting.pinterest.requests) == 2


def test_a_window_that_is_refused_is_asked_for_once_more_after_a_second():
    out_of_window = refusal("You can only get data from the last 90 days.")
    setting = Setting(out_of_window, GOOD)

    assert setting.client.get(REPORT, WINDOW, "ads_analytics", is_page) == PAGE
    assert setting.pauses.sleeps == [1.0]


@pytest.mark.parametrize(
    "message",
    [
        "You can only get data from the last 90 days.",
        "Start date must be within the last 90 days",
        "start_date should be in the 914 recent days",
        "start_date can not be more than 90 days before now",
        "Invalid date range: 91 days ago is too early",
    ],
)
def test_a_window_that_is_refused_twice_is_an_error_of_its_own(message):
    setting = Setting(refusal(message))

    with pytest.raises(WindowRefused):
        setting.client.get(REPORT, WINDOW, "ads_analytics", is_page)

    assert len(setting.pinterest.requests) == 2


@pytest.mark.parametrize(
    ("message", "params"),
    [
        ("'ad_ids': 'x' is not one of its values", WINDOW),
        ("You can only get data from the last 90 days.", {}),
    ],
)
def test_other_refusals_are_final_at_once(message, params):
    setting = Setting(refusal(message))

    with pytest.raises(RequestRefused) as error:
        setting.client.get(REPORT, params, "ads_analytics", is_page)

    assert not isinstance(error.value, WindowRefused)
    assert len(setting.pinterest.requests) == 1
    assert error.value.text == message


def test_a_window_that_is_too_long_is_too_large():
    setting = Setting(refusal("The date range must be less than 186 days."))

    with pytest.raises(TooLarge):
        setting.client.get(REPORT, WINDOW, "ads_analytics", is_page)


@pytest.mark.parametrize("body", [b"<html>404</html>", b"", b"[]"])
def test_a_404_without_pinterests_own_words_is_an_outage(body):
    setting = Setting(Reply(404, body), GOOD)

    assert setting.client.get("/boards", {}, "org_read", is_page) == PAGE


def test_every_status_of_success_is_one():
    setting = Setting(Reply(201, PAGE))

    assert setting.client.get("/boards", {}, "org_read", is_page) == PAGE


def test_a_sync_without_a_row_for_hours_does_not_try_again():
    setting, clock = Setting(Reply(503)), Clock()
    client = PinterestClient(
        BASE_URL, Tokens(), setting.pinterest.session(), sleep=lambda _: None, clock=clock
    )
    clock.now += SYNC.longest_without_a_row + 1

    with pytest.raises(Unavailable, match="no row has arrived for 4 hours"):
        client.get("/boards", {}, "org_read", is_page)
    assert len(setting.pinterest.requests) == 1

    client.rows_arrived()
    with pytest.raises(Unavailable, match="in 6 tries"):
        client.get("/boards", {}, "org_read", is_page)


# --- The session ---


def test_a_session_looks_at_the_environment_once_for_each_host(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "pins.example")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/a/bundle.pem")
    looked: list[str] = []
    look = requests.sessions.get_environ_proxies
    monkeypatch.setattr(
        requests.sessions,
        "get_environ_proxies",
        lambda url, **more: looked.append(url) or look(url, **more),
    )
    session = new_session()

    def settings(url: str) -> tuple[Any, Any]:
        found = session.merge_environment_settings(url, {}, True, None, None)
        return found["proxies"].get("https"), found["verify"]

    through_it = ("http://proxy.example:3128", "/a/bundle.pem")
    assert [settings(f"https://api.example/{page}") for page in "ab"] == [through_it] * 2
    assert settings("https://pins.example/a") == (None, "/a/bundle.pem")
    assert settings("https://api.example:8443/a") == through_it
    hosts = ["api.example", "pins.example", "api.example:8443"]
    assert looked == [f"https://{host}/a" for host in hosts]
