"""Which token a request carries, when a new one is asked for, and who is told."""

import logging
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets, update_secrets

from source_pinterest.config.config import AccessTokenCredentials, OAuthCredentials
from source_pinterest.http.auth import AccessToken, Login, OAuth
from source_pinterest.http.client import PinterestClient
from source_pinterest.http.errors import LoginRefused, PinterestError, Unavailable
from source_pinterest.http.retry import INTERACTIVE, SYNC, RetryPolicy
from unit_tests.http.scripted import BASE_URL, Clock, Reply, Script

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)


def login(number: int, **fields: Any) -> Reply:
    body = {
        "access_token": f"pina_access-{number}",
        "refresh_token": f"pinr_refresh-{number}",
        "token_type": "bearer",
        "expires_in": 2_592_000,
        "scope": "ads:read",
        **fields,
    }
    return Reply(200, {name: value for name, value in body.items() if value is not None})


class Setting:
    """A login whose token endpoint and time are scripted; `kept` is what was to be kept."""

    def __init__(
        self,
        *lines: Reply | Exception,
        policy: RetryPolicy = SYNC,
        **stored: Any,
    ) -> None:
        self.endpoint = Script(*lines)
        self.kept: list[Login] = []
        self.now = NOON
        self.pauses = Clock()
        self.oauth = OAuth(
            OAuthCredentials(
                client_id="1234567",
                client_secret="the-app-secret",
                refresh_token="pinr_refresh-0",
                **stored,
            ),
            BASE_URL,
            self.endpoint.session(),
            save_login=self.kept.append,
            now=lambda: self.now,
            sleep=self.pauses.sleep,
            policy=policy,
            clock=self.pauses,
        )

    @property
    def refreshed_with(self) -> list[str]:
        """The refresh tokens that were sent."""
        forms = [dict(parse_qsl(str(request.body))) for request in self.endpoint.requests]
        return [form["refresh_token"] for form in forms]

    def failure(self) -> PinterestError:
        with pytest.raises(PinterestError) as caught:
            self.oauth.token()
        return caught.value


# --- When a token is renewed ---


@pytest.mark.parametrize(
    "date", ["2026-11-24T12:05:01Z", "2026-11-24T12:05:01", "2026-11-24T14:05:01+02:00"]
)
def test_a_stored_token_is_used_while_it_lives(date: str):
    setting = Setting(login(1), access_token="pina_access-0", token_expiry_date=date)

    assert setting.oauth.token() == "pina_access-0"
    assert setting.endpoint.requests == []
    assert setting.kept == []


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"access_token": ""},
        {"token_expiry_date": "2026-12-24T12:00:00Z"},
        {"access_token": "pina_access-0", "token_expiry_date": "2026-11-24T12:05:00Z"},
        {"access_token": "pina_access-0", "token_expiry_date": "2026-11-24T12:05:00"},
        {"access_token": "pina_access-0", "token_expiry_date": "2026-11-24T14:05:00+02:00"},
        {"access_token": "pina_access-0", "token_expiry_date": "2026-11-24"},
        {"access_token": "pina_access-0", "token_expiry_date": "0001-01-01T00:00:00+05:00"},
    ],
)
def test_a_token_that_is_missing_or_ends_within_five_minutes_is_renewed(stored: dict[str, str]):
    setting = Setting(login(1), **stored)

    assert setting.oauth.token() == "pina_access-1"
    assert setting.refreshed_with == ["pinr_refresh-0"]


@pytest.mark.parametrize(
    "date", ["1764072000", "2592000", 2_592_000, 1764072000.5, "soon", "", None, [], True]
)
def test_a_stored_token_whose_end_is_no_date_is_used_until_it_is_refused(date: Any):
    setting = Setting(login(1), access_token="pina_access-0", token_expiry_date=date)

    assert setting.oauth.token() == "pina_access-0"
    assert setting.oauth.renew(refused="pina_access-0") == "pina_access-1"
    assert setting.oauth.token() == "pina_access-1"


def test_a_new_token_is_used_until_five_minutes_before_its_end():
    setting = Setting(login(1, expires_in=3_600), login(2))
    setting.oauth.token()

    setting.now = NOON + timedelta(minutes=54, seconds=59)
    assert setting.oauth.token() == "pina_access-1"

    setting.now = NOON + timedelta(minutes=55)
    assert setting.oauth.token() == "pina_access-2"


def test_a_token_that_lives_for_less_than_five_minutes_is_not_renewed_for_each_request():
    setting = Setting(login(1, expires_in=60), login(2))
    setting.oauth.token()

    setting.now = NOON + timedelta(seconds=29)
    assert setting.oauth.token() == "pina_access-1"

    setting.now = NOON + timedelta(seconds=30)
    assert setting.oauth.token() == "pina_access-2"


@pytest.mark.parametrize("expires_in", [None, "soon", 0, -1, [], {}, True, "1e9", 10**12, 10**30])
def test_a_new_token_whose_end_is_unknown_is_used_until_it_is_refused(expires_in: Any):
    setting = Setting(login(1, expires_in=expires_in), login(2))

    assert setting.oauth.token() == "pina_access-1"
    setting.now = NOON + timedelta(days=400)
    assert setting.oauth.token() == "pina_access-1"
    assert setting.kept == [Login("pina_access-1", "pinr_refresh-1", "")]
    assert setting.oauth.renew(refused="pina_access-1") == "pina_access-2"


def test_an_end_given_as_a_string_of_seconds_is_taken():
    setting = Setting(login(1, expires_in="3600"))

    setting.oauth.token()

    assert setting.kept[0].token_expiry_date == "2026-11-24T13:00:00+00:00"


def test_a_refused_token_that_another_thread_has_renewed_already_costs_no_refresh():
    setting = Setting(login(1), login(2), access_token="pina_access-0")

    assert setting.oauth.renew(refused="pina_access-0") == "pina_access-1"
    assert setting.oauth.renew(refused="pina_access-0") == "pina_access-1"
    assert len(setting.endpoint.requests) == 1


@pytest.mark.parametrize("call", ["token", "renew"])
def test_eight_threads_at_once_make_one_refresh(call: str):
    setting = Setting(login(1), login(2), access_token="pina_access-0" if call == "renew" else None)
    # long enough for a second one to begin, if it could
    setting.endpoint.before = lambda _: bool(threading.Event().wait(0.05))
    together = threading.Barrier(8, timeout=60)

    def ask(_: int) -> str:
        together.wait()
        if call == "token":
            return setting.oauth.token()
        return setting.oauth.renew(refused="pina_access-0")

    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(ask, range(8)))

    assert tokens == ["pina_access-1"] * 8
    assert len(setting.endpoint.requests) == 1
    assert len(setting.kept) == 1


# --- How it is asked for ---


def test_a_refresh_is_a_form_with_the_apps_id_and_secret_as_basic_authentication():
    setting = Setting(login(1))

    setting.oauth.token()

    (request,) = setting.endpoint.requests
    assert request.method == "POST"
    assert request.url == "https://pinterest.test/v5/oauth/token"
    # base64 of 1234567:the-app-secret
    assert request.headers["Authorization"] == "Basic MTIzNDU2Nzp0aGUtYXBwLXNlY3JldA=="
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert request.body == (
        "grant_type=refresh_token&refresh_token=pinr_refresh-0&continuous_refresh=true"
    )
    assert setting.endpoint.time_outs == [(10.0, 30.0)]


@pytest.mark.parametrize("status", [200, 201, 202, 299])
def test_a_new_login_may_come_with_either_status_of_success(status: int):
    setting = Setting(login(1)._replace(status=status))

    assert setting.oauth.token() == "pina_access-1"
    assert len(setting.endpoint.requests) == 1


def test_the_next_refresh_uses_the_refresh_token_of_the_last_one():
    setting = Setting(login(1), login(2), login(3))

    setting.oauth.renew(refused="")
    setting.oauth.renew(refused="pina_access-1")
    setting.oauth.renew(refused="pina_access-2")

    assert setting.refreshed_with == ["pinr_refresh-0", "pinr_refresh-1", "pinr_refresh-2"]


def test_a_refresh_that_gives_no_refresh_token_keeps_the_former_one():
    setting = Setting(login(1, refresh_token=None), login(2))

    setting.oauth.renew(refused="")
    setting.oauth.renew(refused="pina_access-1")

    assert setting.refreshed_with == ["pinr_refresh-0", "pinr_refresh-0"]
    assert setting.kept[0].refresh_token == "pinr_refresh-0"


# --- Who is told ---


def test_each_new_login_is_kept_before_a_request_goes_out_with_it():
    setting = Setting(login(1))
    pinterest = Script(Reply(401, {"code": 2}), Reply(200, []), Reply(401, {"code": 2}))
    setting.oauth = OAuth(
        OAuthCredentials(
            client_id="1234567",
            client_secret="the-app-secret",
            refresh_token="pinr_refresh-0",
            access_token="pina_access-0",
        ),
        BASE_URL,
        setting.endpoint.session(),
        save_login=setting.kept.append,
        now=lambda: NOON,
    )
    seen: list[tuple[Any, int]] = []
    pinterest.before = lambda request: seen.append(
        (request.headers["Authorization"], len(setting.kept))
    )
    client = PinterestClient(BASE_URL, setting.oauth, pinterest.session())

    assert client.get("/user_account", {}, "org_read", lambda _: True) == []

    assert seen == [("Bearer pina_access-0", 0), ("Bearer pina_access-1", 1)]
    assert setting.kept == [Login("pina_access-1", "pinr_refresh-1", "2026-12-24T12:00:00+00:00")]


def test_a_token_that_could_not_be_kept_is_not_used():
    setting = Setting(login(1), login(2))
    kept: list[str] = []

    def keep(login: Login) -> None:
        if not kept:
            kept.append("failed")
            raise BrokenPipeError
        kept.append(login.access_token)

    setting.oauth = OAuth(
        OAuthCredentials(client_id="1234567", client_secret="s", refresh_token="pinr_refresh-0"),
        BASE_URL,
        setting.endpoint.session(),
        save_login=keep,
        now=lambda: NOON,
    )

    with pytest.raises(BrokenPipeError):
        setting.oauth.token()

    assert setting.oauth.token() == "pina_access-2"
    assert setting.refreshed_with == ["pinr_refresh-0", "pinr_refresh-1"]
    assert kept == ["failed", "pina_access-2"]


def test_every_secret_is_hidden_from_the_messages_of_the_cdk():
    update_secrets([])
    setting = Setting(login(1), access_token="pina_access-0")
    setting.oauth.renew(refused="pina_access-0")

    shown = filter_secrets(
        "the-app-secret pina_access-0 pinr_refresh-0 pina_access-1 pinr_refresh-1 "
        "MTIzNDU2Nzp0aGUtYXBwLXNlY3JldA=="
    )

    assert shown == "**** **** **** **** **** ****"


def test_the_new_login_is_hidden_before_it_is_kept():
    update_secrets([])
    setting = Setting(login(1))
    shown: list[str] = []
    setting.oauth = OAuth(
        OAuthCredentials(client_id="1234567", client_secret="s", refresh_token="pinr_refresh-0"),
        BASE_URL,
        setting.endpoint.session(),
        save_login=lambda login: shown.append(
            filter_secrets(login.access_token + login.refresh_token)
        ),
    )

    setting.oauth.token()

    assert shown == ["********"]


def test_an_access_token_is_hidden_too():
    update_secrets([])

    tokens = AccessToken(AccessTokenCredentials(access_token="pina_access-0"))

    assert tokens.token() == "pina_access-0"
    assert filter_secrets("pina_access-0") == "****"


def test_a_made_up_short_secret_does_not_blot_out_every_letter():
    update_secrets([])

    AccessToken(AccessTokenCredentials(access_token="t"))

    assert filter_secrets("the token") == "the token"


def test_a_login_does_not_show_itself():
    assert "pina" not in repr(Login("pina_access-1", "pinr_refresh-1", "2026-12-24"))


@pytest.mark.parametrize("scope", ["ads:read,boards:read_secret", "ads:read boards:read_secret"])
def test_the_scopes_are_known_once_pinterest_has_told_them(scope: str):
    setting = Setting(login(1, scope=scope))
    assert setting.oauth.scopes is None

    setting.oauth.token()

    assert setting.oauth.scopes == {"ads:read", "boards:read_secret"}


# --- How long it lasts ---

DAY = 86_400


def test_a_stored_login_lasts_as_long_as_it_is_used():
    setting = Setting(
        login(1), access_token="pina_access-0", token_expiry_date="2026-12-01T00:00:00Z"
    )

    assert setting.oauth.describe_lifetime() == (
        "The access token is valid until 2026-12-01 and renews itself; the login lasts as long as "
        "you sync at least once in 60 days."
    )
    assert setting.endpoint.requests == []


def test_a_renewed_login_says_its_end_and_is_no_warning(caplog: pytest.LogCaptureFixture):
    setting = Setting(login(1, refresh_token_expires_in=60 * DAY))

    setting.oauth.token()

    assert setting.oauth.describe_lifetime() == (
        "The access token is valid until 2026-12-24 and renews itself; the login lasts until "
        "2027-01-23, and 60 days longer with each renewal."
    )
    assert [record for record in caplog.records if record.levelname == "WARNING"] == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"refresh_token_expires_in": 13 * DAY}, "ends on 2026-12-07, in 13 days"),
        ({"refresh_token_expires_in": 1 * DAY}, "ends on 2026-11-25, in 1 day:"),
        # it would not be used before its end: the access token lives for 30 days
        ({"refresh_token_expires_in": 20 * DAY}, "ends on 2026-12-14, in 20 days"),
    ],
)
def test_a_login_that_ends_soon_or_before_its_next_use_is_warned_about(
    fields: dict[str, int], words: str, caplog: pytest.LogCaptureFixture
):
    setting = Setting(login(1, **fields))

    setting.oauth.token()

    (warning,) = [each.message for each in caplog.records if each.levelname == "WARNING"]
    assert words in warning
    assert warning.endswith("Log in again before then.")
    assert setting.oauth.describe_lifetime() == warning


def test_an_access_token_does_not_say_when_it_ends():
    tokens = AccessToken(AccessTokenCredentials(access_token="pina_access-0"))

    assert tokens.describe_lifetime().startswith("This access token does not renew itself")


# --- How it fails ---


@pytest.mark.parametrize(
    "line",
    [
        Reply(500),
        Reply(503, b"<html>upstream</html>"),
        Reply(429, {"code": 8, "message": "slow down"}),
        Reply(408),
        Reply(302, b"", {"Location": "https://elsewhere.test/oauth/token"}),
        Reply(200, b"<html>maintenance</html>"),
        Reply(200, b"{}"),
        Reply(200, b"[]"),
        Reply(200, b'{"access_token": "pina_acc'),
        Reply(200, {"access_token": ""}),
        Reply(201, b"{}"),
        Reply(200, {"access_token": 7}),
        Reply(200, {"access_token": "pina_a\r\nX-Header: of-somebody-else"}),
        Reply(204),
        # a 4xx that is not Pinterest's own refusal of the login
        Reply(400, {"code": 12, "message": "Something went wrong on our end."}),
        Reply(400, {"code": 2787, "message": "no"}),
        Reply(400, {"code": 1, "message": "Sorry! Something went wrong on our end."}),
        Reply(403, b"<html>Forbidden</html>"),
        Reply(401, b""),
        Reply(400, b"upstream connect error"),
        Reply(403, {"message": "Forbidden"}),
        Reply(404, {"code": 404, "message": "no such path"}),
        Reply(413, {"code": 1, "message": "no"}),
        Reply(400, b"[" * 100_000),
        requests.ConnectTimeout("10 s"),
        requests.ConnectionError("reset"),
    ],
    ids=lambda line: str(line)[:60],
)
def test_a_login_endpoint_that_fails_is_asked_again_and_then_unavailable(line: Reply | Exception):
    setting = Setting(line, line, line, login(1))
    assert setting.oauth.token() == "pina_access-1"
    assert setting.pauses.sleeps == [1.0, 2.0, 4.0]

    setting = Setting(line)
    error = setting.failure()

    assert isinstance(error, Unavailable)
    assert error.failure_type == FailureType.transient_error
    assert len(setting.endpoint.requests) == 4
    assert set(setting.endpoint.urls) == {"https://pinterest.test/v5/oauth/token"}
    assert str(error).startswith(
        "Pinterest's login endpoint gave no usable answer in 4 tries (the last one: "
    )
    assert setting.kept == []


def test_a_login_endpoint_that_does_not_answer_in_time_is_asked_three_times():
    setting = Setting(requests.ReadTimeout("30 s"))

    assert isinstance(setting.failure(), Unavailable)
    assert len(setting.endpoint.requests) == 3


@pytest.mark.parametrize(
    "line",
    [
        Reply(429, {"code": 8, "message": "slow down"}, {"Retry-After": "40"}),
        Reply(400, {"code": 1, "message": "Too many requests, retry after 40 seconds."}),
        Reply(400, {"code": 8, "message": "Please retry after 40 seconds."}),
        Reply(503, {"code": 1, "message": "retry after 40 seconds"}),
    ],
)
def test_a_login_endpoint_that_asks_to_wait_is_waited_for(line: Reply):
    setting = Setting(line, login(1))

    assert setting.oauth.token() == "pina_access-1"
    assert setting.pauses.sleeps == [40.0]


def test_a_login_endpoint_that_asks_to_wait_for_hours_is_not_waited_for():
    setting = Setting(Reply(429, {"code": 8, "message": "no"}, {"X-RateLimit-Reset": "7200"}))

    assert isinstance(setting.failure(), Unavailable)
    assert setting.pauses.sleeps == []


@pytest.mark.parametrize(
    "body",
    [{"code": 2, "message": "no"}, {"code": "2"}, {"error": "invalid_grant"}],
)
def test_a_refusal_in_pinterests_form_or_that_of_oauth_is_final(body: dict[str, Any]):
    setting = Setting(Reply(400, body))

    assert isinstance(setting.failure(), LoginRefused)
    assert len(setting.endpoint.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refused_refresh_token_says_to_log_in_again(status: int):
    body = {"code": 2, "message": "Authentication failed for pinr_refresh-0 of the-app-secret"}
    setting = Setting(Reply(status, body))

    error = setting.failure()

    assert isinstance(error, LoginRefused)
    assert error.failure_type == FailureType.config_error
    assert (error.status, error.code) == (status, 2)
    assert str(error) == (
        "Log in again: Pinterest no longer accepts this refresh token, or the client id and secret "
        f"do not belong to it (Pinterest: {status}, code 2, Authentication failed for **** of "
        "****). A refresh token expires 60 days after its last use."
    )
    assert setting.pauses.sleeps == []


def test_a_refused_refresh_token_is_not_sent_again_by_the_threads_that_waited():
    setting = Setting(Reply(401, {"code": 2, "message": "no"}))

    errors = [setting.failure() for _ in range(3)]

    assert [type(error) for error in errors] == [LoginRefused] * 3
    assert len({str(error) for error in errors}) == 1
    assert len(setting.endpoint.requests) == 1


def test_somebody_who_waits_gets_two_tries_and_short_time_outs():
    setting = Setting(Reply(503), policy=INTERACTIVE)

    error = setting.failure()

    assert str(error) == (
        "Pinterest's login endpoint gave no usable answer in 2 tries (the last one: status 503). "
        "Pinterest may be down: try again in a few minutes."
    )
    assert setting.endpoint.time_outs == [(4.0, 8.0)] * 2
    assert setting.pauses.sleeps == [1.0]


def test_a_login_that_was_unavailable_is_asked_for_again_after_two_minutes():
    setting = Setting(*[Reply(503)] * 4, login(1))
    first = setting.failure()
    setting.pauses.now += 119

    second = setting.failure()

    assert len(setting.endpoint.requests) == 4
    assert str(second) == str(first)
    assert isinstance(second, Unavailable)
    setting.pauses.now += 1
    assert setting.oauth.token() == "pina_access-1"


def test_sixteen_threads_wait_for_a_login_endpoint_that_is_down_once():
    setting = Setting(Reply(503))

    def ask(_: int) -> str:
        return str(setting.failure())

    with ThreadPoolExecutor(16) as pool:
        sentences = set(pool.map(ask, range(16)))

    assert len(sentences) == 1
    assert len(setting.endpoint.requests) == 4


def test_a_token_is_used_to_its_end_while_the_login_endpoint_is_down():
    setting = Setting(
        Reply(503), access_token="pina_access-0", token_expiry_date="2026-11-24T12:04:00Z"
    )

    assert setting.oauth.token() == "pina_access-0"
    assert setting.oauth.token() == "pina_access-0"
    assert len(setting.endpoint.requests) == 4
    setting.now = NOON + timedelta(minutes=4)
    assert isinstance(setting.failure(), Unavailable)


def test_an_access_token_cannot_be_renewed():
    tokens = AccessToken(AccessTokenCredentials(access_token="pina_access-0"))

    with pytest.raises(LoginRefused, match="Generate a new one, or use OAuth credentials"):
        tokens.renew(refused="pina_access-0")


@pytest.mark.parametrize(
    "line",
    [
        requests.ConnectionError("POST /oauth/token pinr_refresh-0 the-app-secret"),
        Reply(401, {"message": "pinr_refresh-0 the-app-secret"}),
        Reply(200, b"pinr_refresh-0 the-app-secret"),
    ],
    ids=["no-connection", "refused", "no-json"],
)
def test_neither_an_error_nor_a_log_line_holds_a_secret(
    line: Reply | Exception, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO)

    error = Setting(line).failure()

    shown = "".join(traceback.format_exception(error)) + caplog.text
    assert "pinr_refresh-0" not in shown
    assert "the-app-secret" not in shown
    assert error.__context__ is None
