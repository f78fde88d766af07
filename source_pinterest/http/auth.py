"""The login: provides access tokens for requests, and renews them."""

from __future__ import annotations

import base64
import logging
import math
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import requests

from source_pinterest.api.limits import LIMITS, Limits
from source_pinterest.clock import utc_now
from source_pinterest.config.config import AccessTokenCredentials, Config, OAuthCredentials
from source_pinterest.http.errors import CannotRenew, LoginRefused, Unavailable
from source_pinterest.http.retry import SYNC, RetryPolicy, Tries
from source_pinterest.http.transport import Response, send
from source_pinterest.text import hide

logger = logging.getLogger("airbyte.source_pinterest")

LEEWAY = timedelta(minutes=5)
"""An access token that expires within this time is renewed before it is used."""

LONGEST_LIFETIME = timedelta(days=3650)
"""A longer `expires_in` is ignored."""

SOON = timedelta(days=14)
"""A refresh token that expires within this time causes a warning, since only a person can log in again."""

HEADER_SAFE = re.compile(r"[!-~]+")
"""Texts that can be sent in an HTTP header."""


@dataclass(frozen=True, repr=False)
class Login:
    """The tokens of a renewal, and the date (ISO 8601, UTC; "" if unknown) when the access token expires. Its `repr`
    shows none of them."""

    access_token: str
    refresh_token: str
    token_expiry_date: str


class AccessToken:
    """A source of tokens with one access token, for a trial. It cannot be renewed."""

    scopes: frozenset[str] | None = None
    """The scopes of the token: None (unknown), since Pinterest reports them only with a renewal."""

    def __init__(self, credentials: AccessTokenCredentials) -> None:
        self._token = credentials.access_token.get_secret_value()
        hide(self._token)

    def token(self) -> str:
        """The access token."""
        return self._token

    def renew(self, refused: str) -> str:  # noqa: ARG002  the same shape as OAuth.renew
        """Raises CannotRenew."""
        raise CannotRenew(
            "Pinterest does not accept the access token in `credentials.access_token`: it has "
            "expired, was revoked or is not complete. Generate a new one, or use OAuth "
            "credentials, which renew themselves.",
            401,
        )

    def is_new(self, token: str) -> bool:  # noqa: ARG002  the same shape as OAuth.is_new
        """False: the user made the token before this sync."""
        return False

    def describe_lifetime(self) -> str:
        """A sentence about how long the login lasts."""
        return (
            "This access token does not renew itself, and Pinterest does not say when it expires "
            "(at most 30 days after you generated it). Enter a new one before then."
        )


class OAuth:
    """A source of tokens that renews its access token if it is missing, about to expire, or refused. Thread-safe:
    threads that need a new token at the same time share one renewal."""

    def __init__(
        self,
        credentials: OAuthCredentials,
        base_url: str,
        session: requests.Session,
        save_login: Callable[[Login], None],
        now: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], None] = time.sleep,
        policy: RetryPolicy = SYNC,
        clock: Callable[[], float] = time.monotonic,
        limits: Limits = LIMITS,
    ) -> None:
        """`save_login` gets each new login before its first use, because the previous one may be void by then.
        `now` tells when tokens expire, `clock` (seconds) measures the time limits of the policy."""
        stored = credentials.access_token
        self._access_token = stored.get_secret_value() if stored else None
        self._refresh_token = credentials.refresh_token.get_secret_value()
        self._endpoint = TokenEndpoint(
            base_url,
            credentials.client_id.get_secret_value(),
            credentials.client_secret.get_secret_value(),
            session,
            sleep,
            policy,
            clock,
            limits,
        )
        self._memory = policy.login_failure_memory
        for secret in (self._access_token, self._refresh_token):
            hide(secret)
        self._ends = parse_expiry_date(credentials.token_expiry_date)
        self._leeway = LEEWAY
        self._login_ends: datetime | None = None
        self._refused: LoginRefused | None = None
        self._failed: Unavailable | None = None
        self._failed_until = -math.inf
        self._issued: set[str] = set()
        """Access tokens that Pinterest gave in this sync."""
        self._save_login = save_login
        self._now = now
        self._clock = clock
        self._lock = threading.Lock()
        self.scopes: frozenset[str] | None = None
        """The scopes of the token. None until the first renewal, with which Pinterest reports them."""

    def token(self) -> str:
        """A valid access token. Raises LoginRefused or Unavailable if there is none."""
        with self._lock:
            if self._access_token and self._is_valid_for(self._leeway):
                return self._access_token
            try:
                return self._refresh()
            except Unavailable:
                if self._access_token and self._is_valid_for(timedelta()):
                    return self._access_token  # still valid, if not for long
                raise

    def _is_valid_for(self, leeway: timedelta) -> bool:
        return self._ends is None or self._now() + leeway < self._ends

    def is_new(self, token: str) -> bool:
        """Whether Pinterest issued the token in this sync, so that it is recent."""
        return token in self._issued

    def renew(self, refused: str) -> str:
        """Another access token than the refused one: the newest, if another thread has renewed it meanwhile."""
        with self._lock:
            if self._access_token and self._access_token != refused:
                return self._access_token
            return self._refresh()

    def describe_lifetime(self) -> str:
        """A sentence about how long the login lasts. It names the end of the refresh token only if this process has
        renewed it: that date is not stored."""
        if self._ends_soon():
            return self._warning()
        until = (
            f"until {self._ends:%Y-%m-%d}" if self._ends else "until Pinterest no longer accepts it"
        )
        login = (
            f"until {self._login_ends:%Y-%m-%d}, and 60 days longer with each renewal"
            if self._login_ends
            else "as long as you sync at least once in 60 days"
        )
        return f"The access token is valid {until} and renews itself; the login lasts {login}."

    def _refresh(self) -> str:
        if self._refused:  # each waiting thread would be refused, too
            raise LoginRefused(str(self._refused), self._refused.status, self._refused.code)
        if self._failed and self._clock() < self._failed_until:
            # threads must not wait for the same failure, one after the other
            raise type(self._failed)(str(self._failed), self._failed.status, self._failed.code)
        try:
            response = self._endpoint.ask(
                {"grant_type": "refresh_token", "refresh_token": self._refresh_token}
            )
        except Unavailable as error:
            self._failed = error
            self._failed_until = self._clock() + self._memory
            raise
        if not has_access_token(response):
            self._refused = LoginRefused(
                "Log in again: Pinterest no longer accepts this refresh token, or the client id and "
                f"secret do not belong to it ({response.error_summary()}). A refresh token expires 60 "
                "days after its last use.",
                response.status,
                response.error_code(),
            )
            raise self._refused
        now = self._now()
        grant = Grant.from_response(response, now, self._refresh_token)
        self._refresh_token = grant.login.refresh_token
        self._save_login(grant.login)
        self._access_token = grant.login.access_token
        self._issued.add(self._access_token)
        self._ends = grant.ends
        self._login_ends = grant.login_ends
        self.scopes = grant.scopes
        # half of a short lifetime, or each request would renew the token
        self._leeway = min(LEEWAY, (grant.ends - now) / 2) if grant.ends else LEEWAY
        if self._ends_soon():
            logger.warning(self._warning())
        return self._access_token

    def _ends_soon(self) -> bool:
        """Whether the refresh token expires soon, or before it is used again."""
        if self._login_ends is None:
            return False
        is_used_again = self._ends is None or self._ends < self._login_ends
        return self._login_ends < self._now() + SOON or not is_used_again

    def _warning(self) -> str:
        assert self._login_ends  # noqa: S101
        days = max(0, (self._login_ends - self._now()).days)
        return (
            f"This login ends on {self._login_ends:%Y-%m-%d}, in {days} "
            f"day{'' if days == 1 else 's'}: Pinterest does not extend it. Log in again before then."
        )


@dataclass(frozen=True)
class Grant:
    """A successful response of the token endpoint: a login, and facts about it."""

    login: Login
    ends: datetime | None
    """When the access token expires; None if unknown."""
    login_ends: datetime | None
    """When the refresh token expires, and with it the login; None if unknown."""
    scopes: frozenset[str] | None
    """The scopes of the token. None if Pinterest did not report them."""

    @classmethod
    def from_response(
        cls, response: Response, now: datetime, former_refresh_token: str = ""
    ) -> Grant:
        """Parses a response for which `has_access_token` is true, and hides its secrets from all later messages.

        `former_refresh_token`: the one to keep if the response has none.
        """
        body = response.body()
        access_token = body["access_token"]
        given = body.get("refresh_token")
        is_token = isinstance(given, str) and HEADER_SAFE.fullmatch(given)
        refresh_token = given if is_token else former_refresh_token
        hide(access_token)
        hide(refresh_token)
        life = _lifetime(body.get("expires_in"))
        ends = now + life if life else None
        renewable = _lifetime(body.get("refresh_token_expires_in"))
        scopes = frozenset(re.findall(r"[a-z_]+:[a-z_]+", str(body.get("scope") or "")))
        return cls(
            Login(access_token, refresh_token, ends.isoformat() if ends else ""),
            ends,
            now + renewable if renewable else None,
            scopes or None,
        )


class TokenEndpoint:
    """POST /oauth/token for one app."""

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str,
        session: requests.Session,
        sleep: Callable[[float], None] = time.sleep,
        policy: RetryPolicy = SYNC,
        clock: Callable[[], float] = time.monotonic,
        limits: Limits = LIMITS,
    ) -> None:
        self._url = f"{base_url}/oauth/token"
        self._client = (client_id, client_secret)
        self._session = session
        self._sleep = sleep
        self._policy = policy.login
        self._clock = clock
        self._until = clock() + policy.seconds
        self._limits = limits
        hide(base64.b64encode(f"{client_id}:{client_secret}".encode()).decode())
        hide(client_secret)

    def ask(self, grant: Mapping[str, str]) -> Response:
        """The response to a request for a token: one with a token, or a refusal (`is_token_refusal`). Retries anything
        else, and raises Unavailable in the end."""
        # older apps get continuous tokens only on request
        form = {**grant, "continuous_refresh": "true"}
        tries = Tries(
            self._policy,
            "Pinterest's login endpoint",
            "",
            self._sleep,
            lambda: self._until - self._clock(),
        )
        while True:
            response = self._sent(form)
            if is_token_refusal(response) or has_access_token(response):
                return response
            hint = (response.retry_after_seconds() or 0.0) if response.asks_to_wait() else 0.0
            tries.failed(response, _problem(response), at_least=hint)

    def _sent(self, form: Mapping[str, str]) -> Response:
        return send(
            self._session,
            "POST",
            self._url,
            self._client,
            form,
            clock=self._clock,
            timeouts=self._policy.timeouts,
            until=self._until,
            max_bytes=self._limits.error_bytes,
            limits=self._limits,
        )


def _problem(response: Response) -> str:
    """Why a response is neither a token nor a refusal."""
    if response.status is None:
        return response.problem
    if response.status < 300:
        return "a body that holds no login"
    return response.error_summary() if response.is_from_pinterest() else f"status {response.status}"


def has_access_token(response: Response) -> bool:
    """Whether a response is successful, and has an access token that can be sent in a header."""
    if response.status is None or not 200 <= response.status < 300:
        return False
    body = response.body()
    token = body.get("access_token") if isinstance(body, dict) else None
    return isinstance(token, str) and bool(HEADER_SAFE.fullmatch(token))


def is_token_refusal(response: Response) -> bool:
    """Whether Pinterest itself refuses the login, in its own format. Any other failure is an outage of Pinterest, or
    of an intermediary."""
    if response.status not in (400, 401, 403) or response.is_transient() or response.asks_to_wait():
        return False
    body = response.body()
    is_oauth = isinstance(body, dict) and isinstance(body.get("error"), str)
    return response.error_code() is not None or is_oauth


def _lifetime(expires_in: Any) -> timedelta | None:
    """The lifetime of a new token; None if it is not a plausible number of seconds."""
    try:
        life = timedelta(seconds=int(expires_in))
    except (TypeError, ValueError, OverflowError):
        return None
    return life if timedelta() < life <= LONGEST_LIFETIME and expires_in is not True else None


def parse_expiry_date(text: str | None) -> datetime | None:
    """Parses the date when a token expires. None if it is not a date: the token is then used until it is refused."""
    try:
        instant = datetime.fromisoformat((text or "").replace("Z", "+00:00"))
    except ValueError:
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=timezone.utc)


def token_source(
    config: Config,
    session: requests.Session,
    save_login: Callable[[Login], None],
    now: Callable[[], datetime],
    **options: Any,
) -> AccessToken | OAuth:
    """The source of access tokens for the credentials of a configuration. `save_login`, `now` and `options` are passed
    to `OAuth`."""
    if isinstance(config.credentials, AccessTokenCredentials):
        return AccessToken(config.credentials)
    return OAuth(config.credentials, config.base_url, session, save_login, now, **options)
