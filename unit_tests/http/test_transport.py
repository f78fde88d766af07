"""One request, and its response read whole: what is in it, and that it is never endless nor huge."""

from __future__ import annotations

import errno
import functools
import gzip
import json
import socket
import time
import tracemalloc
import zlib
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest

from source_pinterest.http.client import new_session
from source_pinterest.http.retry import SYNC
from source_pinterest.http.transport import (
    BYTES_TOGETHER,
    DownloadError,
    Response,
    download,
    send,
)
from source_pinterest.http.trouble import (
    ENDLESS,
    NO_TROUBLE,
    OUT_OF_TIME,
    PROXY_WANTS_A_LOGIN,
    TOO_LARGE,
)
from unit_tests.http.scripted import BASE_URL, Reply, Script
from unit_tests.http.serving import HEAD, Serve, as_it_is, asked, fetched, whole


def response(content: bytes, status: int = 200, **headers: str) -> Response:
    return Response(status, headers, content)


def error(status: int = 400, **body: Any) -> Response:
    return response(json.dumps(body).encode(), status)


# --- The body ---


@pytest.mark.parametrize(
    ("content", "body"),
    [
        (b'{"items": []}', {"items": []}),
        (b"[1]", [1]),
        (b"null", None),
        (b"<html>", None),
        (b"", None),
        (b"[" * 100_000, None),
    ],
    ids=["an object", "an array", "null", "HTML", "nothing", "nested too deeply"],
)
def test_a_body_is_its_json_or_none(content, body):
    assert response(content).body() == body


def test_null_is_told_apart_from_what_is_no_json():
    assert response(b" null\n").is_null()
    assert not response(b"").is_null()
    assert not response(b"<html>").is_null()


@pytest.mark.parametrize(
    ("content", "array"),
    [(b" [1, 2]\n", b"[1, 2]"), (b'{"data": []}', None), (b"[1, 2", None), (b"", None)],
)
def test_an_array_is_known_by_its_ends(content, array):
    assert response(content).array() == array


@pytest.mark.parametrize(
    ("content", "is_data"),
    [
        (b'{"data": [{"a": 1}]}', True),
        (b'{"bookmark": null, "data": []}', True),
        (b'{"data": [], "bookmark": null}', True),
        (b'{"data": {}}', False),
        (b'{"items": []}', False),
        (b"[]", False),
        (b"no json", False),
    ],
)
def test_data_is_an_object_with_a_list_wherever_it_stands_in_it(content, is_data):
    assert response(content).data() == (content if is_data else None)


# --- An error ---


@pytest.mark.parametrize(
    ("sent", "code"),
    [(29, 29), ("29", 29), (None, None), (True, None), ("no", None), ("²", None), (2.5, None)],
)
def test_the_code_of_an_error_is_a_number_though_it_is_sent_as_a_string(sent, code):
    assert error(code=sent).error_code() == code


def test_a_body_that_is_no_object_has_neither_code_nor_text():
    for content in (b"[]", b"<html>", b""):
        given = response(content, 400)
        assert (given.error_code(), given.error_text()) == (None, "")
        assert not given.is_from_pinterest()


def test_an_error_with_a_code_or_a_text_is_pinterests():
    assert error(code=1).is_from_pinterest()
    assert error(message="no").is_from_pinterest()
    assert error(message_detail="no").is_from_pinterest()


@pytest.mark.parametrize(
    ("given", "is_transient"),
    [
        (error(code=12), True),
        (error(code="2787"), True),
        (error(code=1, message="Sorry! Something went wrong on our end."), True),
        (error(code=1, message="No.", message_detail="It is ON OUR END"), True),
        (error(code=1, message="an endless list on our endpoint"), False),
        (error(code=1), False),
    ],
)
def test_an_error_is_passing_where_pinterest_says_that_it_is_its_own(given, is_transient):
    assert given.is_transient() is is_transient


@pytest.mark.parametrize(
    ("given", "asks"),
    [
        (error(429), True),
        (error(400, code=8), True),
        (error(400, code=2726), True),
        (error(503, message="Please retry after 40 seconds."), True),
        (error(400, code=1, message="Retry after lunch"), False),
        (error(200, code=8), False),
        (Response(None, {}, b""), False),
    ],
)
def test_only_an_error_can_ask_to_wait(given, asks):
    assert given.asks_to_wait() is asks


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"X-RateLimit-Reset": "37", "Retry-After": "5"}, 37.0),
        ({"X-RateLimit-Reset": "soon", "Retry-After": " 5 "}, 5.0),
        ({"Retry-After": "2.5"}, 2.5),
        ({"Retry-After": "0"}, 0.0),
        *(
            ({"Retry-After": text}, 40.0)
            for text in ("-1", "", "1e1", "inf", "nan", "٣", "5, 5", "5s")
        ),
        ({"Retry-After": "9" * 400}, 40.0),
        ({"X-RateLimit-Reset": "604800"}, 604_800.0),
        ({"X-RateLimit-Reset": "604801", "Retry-After": "1795647600"}, 40.0),
        ({}, 40.0),
    ],
)
def test_a_pause_is_taken_from_the_headers_and_else_from_the_text(headers, seconds):
    given = error(429, message="Retry after 40 seconds")._replace(headers=headers)

    assert given.retry_after_seconds() == seconds


@pytest.mark.parametrize(
    ("until", "seconds"),
    [
        ("Wed, 25 Nov 2026 07:28:00 GMT", 60.0),
        ("Wednesday, 25-Nov-26 07:28:00 GMT", 60.0),
        ("Wed Nov 25 07:28:00 2026", 60.0),
        ("Wed, 25 Nov 2026 08:28:00 +0100", 60.0),
        ("Wed, 25 Nov 2026 07:27:00 GMT", 0.0),
        ("Wed, 02 Dec 2026 07:27:00 GMT", 604_800.0),
        ("Wed, 02 Dec 2026 07:27:01 GMT", 40.0),
        ("Wed, 25 Nov 2026 07:26:59 GMT", 40.0),
        ("Wed, 99 Nov 2026 07:28:00 GMT", 40.0),
        ("Wed, 25 Nov 99999 07:28:00 GMT", 40.0),
        ("2026-11-25T07:28:00Z", 40.0),
    ],
)
def test_a_pause_may_be_a_date_which_is_seconds_from_the_answers_own(until, seconds):
    given = error(429, message="Retry after 40 seconds")
    said = "Wed, 25 Nov 2026 07:27:00 GMT"
    now = datetime(2026, 11, 25, 7, 27, tzinfo=timezone.utc)
    another = datetime(2026, 11, 25, 9, 0, tzinfo=timezone.utc)

    def hint(at: datetime | None, **headers: str) -> float | None:
        return given._replace(headers={"Retry-After": until, **headers}).retry_after_seconds(at)

    assert hint(another, Date=said) == seconds
    assert hint(now) == seconds
    assert hint(now, Date="yesterday") == seconds


def test_a_date_without_a_time_of_the_answer_counts_from_this_machines_clock():
    in_two_days = format_datetime(datetime.now(timezone.utc) + timedelta(days=2), usegmt=True)

    found = error(429)._replace(headers={"Retry-After": in_two_days}).retry_after_seconds()

    assert found is not None
    assert 86_400 < found <= 172_800


def test_a_pause_in_the_text_may_have_a_fraction():
    given = error(400, message="Please retry after 2.5 seconds.")

    assert given.asks_to_wait()
    assert given.retry_after_seconds() == 2.5


def test_without_a_hint_there_is_no_pause_to_take():
    assert error(429).retry_after_seconds() is None


def test_an_error_is_summarized_in_one_line_without_secrets():
    given = error(
        403, code="29", message="Not\npermitted", message_detail="for pina_AbCdEf0123456789"
    )

    assert given.error_summary().startswith("Pinterest: 403, code 29, Not permitted for ")
    assert "pina_AbCdEf" not in given.error_summary()
    assert response(b"<html>", 502).error_summary() == "Pinterest: 502, no code, no message"
    assert len(error(400, message="x" * 5_000).error_summary()) < 400


def test_a_response_says_why_there_is_none():
    slow = Response(None, {}, b"", ENDLESS)

    assert slow.problem == ENDLESS.words
    assert (slow.is_too_slow(), slow.is_too_large()) == (True, False)
    assert response(b"").trouble == NO_TROUBLE
    assert not response(b"").problem


# --- What is sent ---


def sent(pinterest: Script, **more: Any) -> Response:
    with pinterest.session() as session:
        return send(session, "POST", f"{BASE_URL}/x", as_it_is, timeouts=SYNC.timeouts, **more)


def test_data_is_sent_as_a_form_and_json_as_json_with_the_time_outs_of_the_caller():
    pinterest = Script(Reply(200, {"a": 1}))

    assert sent(pinterest, data={"a": "1 2"}).body() == {"a": 1}
    sent(pinterest, json_body={"a": [1]})

    form, as_json = pinterest.requests
    assert form.body == "a=1+2"
    assert json.loads(as_json.body or b"") == {"a": [1]}
    assert form.headers["Accept"] == "application/json"
    assert pinterest.time_outs == [(SYNC.timeouts.connect, SYNC.timeouts.read)] * 2


def test_a_redirect_is_not_followed():
    pinterest = Script(Reply(302, b"", {"Location": "https://elsewhere.test/"}))

    assert sent(pinterest).status == 302
    assert pinterest.urls == [f"{BASE_URL}/x"]


def test_the_body_of_a_proxy_that_wants_a_login_is_not_read():
    given = sent(Script(Reply(407, {"message": "Basic c2VjcmV0"})))

    assert given == Response(None, {}, b"", PROXY_WANTS_A_LOGIN)


def test_a_body_that_breaks_off_is_no_response(server):
    broken = HEAD + b"Content-Length: 999\r\nConnection: close\r\n\r\n[1, 2"

    def serve(connection: socket.socket) -> None:
        connection.sendall(broken)
        connection.shutdown(socket.SHUT_RDWR)

    answer = asked(server(serve).url)

    assert (answer.status, answer.content) == (None, b"")
    assert answer.problem


# --- A download ---


def downloaded_from(pinterest: Script) -> bytes:
    url, time_outs = "https://bucket.test/signed?token=secret", SYNC.download_timeouts
    with pinterest.session() as session:
        return b"".join(download(session, url, timeouts=time_outs, max_bytes=1_000))


def test_a_download_has_no_login_and_follows_no_redirect(tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine bucket.test login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    pinterest = Script(Reply(200, b"[1]"), Reply(302, b"", {"Location": "https://elsewhere.test/"}))

    assert downloaded_from(pinterest) == b"[1]"
    with pytest.raises(DownloadError, match="status 302"):
        downloaded_from(pinterest)

    assert all("Authorization" not in each.headers for each in pinterest.requests)
    assert len(pinterest.requests) == 2


def test_a_download_that_fails_does_not_show_its_address():
    with pytest.raises(DownloadError) as caught:
        downloaded_from(Script(OSError(errno.ENETUNREACH, "bucket.test is out of reach")))

    assert str(caught.value) == "no network leads to its host"


# --- The deadline ---


def test_after_the_deadline_nothing_is_sent(server):
    pinterest = server(lambda connection: connection.sendall(HEAD + b"\r\n"))

    answer = asked(pinterest.url, until=time.monotonic())

    assert answer.trouble == OUT_OF_TIME
    assert pinterest.connections == 0


# --- A cap on every body ---


MEGABYTE = 1 << 20


def in_chunks(body: bytes, *headers: bytes, of: int | None = None) -> Serve:
    of = of or len(body)
    head = b"".join(b"%s\r\n" % each for each in headers)
    chunks = [body[start : start + of] for start in range(0, len(body), of)]
    text = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in [*chunks, b""])
    return lambda connection: connection.sendall(
        HEAD + head + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + text
    )


def without_a_length(body: bytes) -> Serve:
    def serve(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"Connection: close\r\n\r\n" + body)
        connection.close()

    return serve


@functools.cache
def bomb(megabytes: int, wbits: int = 31) -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, wbits)
    return b"".join(packer.compress(b" " * MEGABYTE) for _ in range(megabytes)) + packer.flush()


LARGE = {
    "by its length": lambda: whole(b" " * (MEGABYTE + 1)),
    "in chunks": lambda: in_chunks(b" " * (MEGABYTE + 1)),
    "to the end of the connection": lambda: without_a_length(b" " * (MEGABYTE + 1)),
    "as gzip": lambda: whole(bomb(100), b"Content-Encoding: gzip"),
    "as deflate": lambda: whole(bomb(100, 15), b"Content-Encoding: deflate"),
    "as gzip twice": lambda: whole(gzip.compress(bomb(100)), b"Content-Encoding: gzip, gzip"),
    "as many small gzips": lambda: whole(
        gzip.compress(b" " * 1_000) * 2_000, b"Content-Encoding: gzip"
    ),
    "as gzip that is larger than what is in it": lambda: whole(
        gzip.compress(b"") * 60_000, b"Content-Encoding: gzip"
    ),
}


@pytest.mark.parametrize("name", LARGE)
def test_an_answer_of_too_many_bytes_is_too_large_and_not_held(name, server):
    answer = asked(server(LARGE[name]()).url, max_bytes=MEGABYTE)

    assert answer.trouble == TOO_LARGE
    assert answer.is_too_large()
    assert answer.content == b""


@pytest.mark.parametrize("name", LARGE)
def test_a_download_of_too_many_bytes_is_too_large(name, server):
    with pytest.raises(DownloadError) as caught:
        fetched(server(LARGE[name]()).url, max_bytes=MEGABYTE)

    assert caught.value.trouble == TOO_LARGE


@pytest.mark.parametrize(
    "body",
    [
        whole(b" " * (MEGABYTE - 2) + b"{}"),
        whole(gzip.compress(b" " * (MEGABYTE - 2) + b"{}"), b"Content-Encoding: gzip"),
    ],
    ids=["plain", "gzip"],
)
def test_an_answer_that_is_just_not_too_large_is_read(body, server):
    assert asked(server(body).url, max_bytes=MEGABYTE).body() == {}


SEVERAL_MEGABYTES = b"[%s]" % b", ".join(b'"%d"' % number for number in range(400_000))


@pytest.mark.parametrize(
    "serve",
    [
        lambda: whole(SEVERAL_MEGABYTES),
        lambda: in_chunks(SEVERAL_MEGABYTES, of=9_999),
        lambda: in_chunks(SEVERAL_MEGABYTES, b"Content-Length: 999999999999"),
        lambda: without_a_length(SEVERAL_MEGABYTES),
        lambda: whole(gzip.compress(SEVERAL_MEGABYTES), b"Content-Encoding: gzip"),
    ],
    ids=[
        "whole",
        "in chunks",
        "in chunks of another length",
        "to the end of the connection",
        "gzip",
    ],
)
def test_a_body_of_many_pieces_is_put_together_in_order(serve, server):
    answer = asked(server(serve()).url)

    assert len(SEVERAL_MEGABYTES) > 3 * BYTES_TOGETHER
    assert (answer.problem, answer.content == SEVERAL_MEGABYTES) == ("", True)


@pytest.mark.parametrize("headers", [(), (b"Content-Encoding: gzip",)], ids=["plain", "gzip"])
def test_the_body_of_an_error_has_a_small_cap_and_its_status_counts(headers, server):
    body = b'{"code": 29, "message": "no"}' + b" " * (2 * MEGABYTE)
    text = gzip.compress(body) if headers else body
    pinterest = server(whole(text, *headers, status=b"403 Forbidden"))

    answer = asked(pinterest.url)

    assert (answer.status, answer.content, answer.error_code()) == (403, b"", None)


def test_only_what_is_decompressed_piece_by_piece_is_asked_for(server):
    sent: list[str] = []
    pinterest = server(whole(b"{}"))
    with new_session() as session:
        session.hooks["response"].append(
            lambda response, **_: sent.append(response.request.headers["Accept-Encoding"])
        )
        send(session, "GET", pinterest.url, as_it_is, timeouts=SYNC.timeouts)

    assert sent == ["gzip, deflate"]


@pytest.mark.parametrize("name", ["as gzip", "as gzip twice"])
def test_memory_is_not_what_a_bomb_would_take(name, server):
    pinterest = server(LARGE[name]())
    tracemalloc.start()
    try:
        assert asked(pinterest.url, max_bytes=4 * MEGABYTE).is_too_large()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 20 * MEGABYTE
