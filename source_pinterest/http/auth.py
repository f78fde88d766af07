"""The login: which access token a request carries, and how a new one is had."""

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

from source_pinterest.api import limits
from source_pinterest.config.config import AccessTokenCredentials, OAuthCredentials
from source_pinterest.http.errors import CannotRenew, LoginRefused, Unavailable
from source_pinterest.http.transport import Answer, send
from source_pinterest.text import hide

logger = logging.getLogger("airbyte.source_pinterest")

LEEWAY = timedelta(minutes=5)
"""A token that ends within this time is replaced before it is used."""

LONGEST_LIFE = timedelta(days=3650)
"""An `expires_in` beyond this is not believed."""

SOON = timedelta(days=14)
"""A login that ends within this time is warned about: it takes a person to log in again."""


TOKEN_OF_A_LOGIN = re.compile(r"[!-~]+")
"""What can stand in a header."""


@dataclass(frozen=True, repr=False)
class Login:
    """What a refresh gives. All of it is secret but the date (ISO 8601, UTC; "" if unknown)."""

    access_token: str
    refresh_token: str
    token_expiry_date: str


class AccessToken:
    """A token that cannot be renewed: good for a trial."""

    scopes: frozenset[str] | None = None
    """What the token allows: Pinterest does not say it of a token that somebody else has got."""

    def __init__(self, credentials: AccessTokenCredentials) -> None:
        self._token = credentials.access_token.get_secret_value()
        hide(self._token)

    def token(self) -> str:
        return self._token

    def renew(self, refused: str) -> str:  # noqa: ARG002  the same shape as OAuth.renew
        """Raises CannotRenew: there is nothing to do it with."""
        raise CannotRenew(
            "Pinterest no longer accepts the access token in `credentials.access_token`: it has "
            "expired, or was revoked. "
            "Make a new one, or use OAuth credentials, which renew themselves.",
            401,
        )

    def is_new(self, token: str) -> bool:  # noqa: ARG002  the same shape as OAuth.is_new
        return False

    def lasts(self) -> str:
        """How long the login lasts, as a sentence."""
        return (
            "This access token cannot be renewed, and does not say when it ends (30 days after it "
            "was made, at most): then a new one has to be put in by hand."
        )


class OAuth:
    """A token that is renewed when it is missing, about to end, or refused; once for all threads."""

    def __init__(
        self,
        credentials: OAuthCredentials,
        base_url: str,
        session: requests.Session,
        keep: Callable[[Login], None],
        now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
        sleep: Callable[[float], None] = time.sleep,
        patience: limits.Patience = limits.SYNC,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`keep` is told each new login before it is used: the former one may be void by then. `now` is
        the time that tokens end by, `clock` that of patience."""
        stored = credentials.access_token
        self._access_token = stored.get_secret_value() if stored else None
        self._refresh_token = credentials.refresh_token.get_secret_value()
        self._endpoint = TokenEndpoint(
            base_url,
            credentials.client_id.get_secret_value(),
            credentials.client_secret.get_secret_value(),
            session,
            sleep,
            patience,
            clock,
        )
        for secret in (self._access_token, self._refresh_token):
            hide(secret)
        self._ends = _instant(credentials.token_expiry_date)
        self._leeway = LEEWAY
        self._login_ends: datetime | None = None
        self._refused: LoginRefused | None = None
        self._failed: Unavailable | None = None
        self._failed_until = -math.inf
        self._given: set[str] = set()
        """Access tokens that Pinterest gave in this sync."""
        self._keep = keep
        self._now = now
        self._clock = clock
        self._lock = threading.Lock()
        self.scopes: frozenset[str] | None = None
        """What the token allows, once Pinterest has said it: with the first renewal."""

    def token(self) -> str:
        """Raises LoginRefused or Unavailable where there is none that lives."""
        with self._lock:
            if self._access_token and self._lives(self._leeway):
                return self._access_token
            try:
                return self._refresh()
            except Unavailable:
                if self._access_token and self._lives(timedelta()):  # until its end, then
                    return self._access_token
                raise

    def _lives(self, leeway: timedelta) -> bool:
        return self._ends is None or self._now() + leeway < self._ends

    def is_new(self, token: str) -> bool:
        """Whether Pinterest gave it in this sync, so that it cannot have ended long ago."""
        return token in self._given

    def renew(self, refused: str) -> str:
        """A token other than the refused one. Threads that come late get the newest."""
        with self._lock:
            if self._access_token and self._access_token != refused:
                return self._access_token
            return self._refresh()

    def lasts(self) -> str:
        """How long the login lasts, as a sentence. The refresh token's end is not stored."""
        if self._ends_soon():
            return self._warning()
        until = (
            f"until {self._ends:%Y-%m-%d}" if self._ends else "until Pinterest no longer takes it"
        )
        login = (
            f"to {self._login_ends:%Y-%m-%d}, and 60 days more with each renewal"
            if self._login_ends
            else "as long as it is used once in 60 days"
        )
        return f"The access token is good {until}, and renewed by itself; the login lasts {login}."

    def _refresh(self) -> str:
        if self._refused:  # and so it would be again, for each of the threads that waited
            raise LoginRefused(str(self._refused), self._refused.status, self._refused.code)
        if (
            self._failed and self._clock() < self._failed_until
        ):  # nor do they wait one after the other
            raise type(self._failed)(str(self._failed), self._failed.status, self._failed.code)
        try:
            answer = self._endpoint.ask(
                {"grant_type": "refresh_token", "refresh_token": self._refresh_token}
            )
        except Unavailable as error:
            self._failed = error
            self._failed_until = self._clock() + limits.LOGIN_MEMORY
            raise
        if not is_login(answer):
            self._refused = LoginRefused(
                "Log in again: Pinterest no longer accepts this refresh token, or the client id "
                f"and secret do not belong to it ({answer.said()}). "
                "A refresh token ends 60 days after its last use.",
                answer.status,
                answer.error_code(),
            )
            raise self._refused
        now = self._now()
        grant = Grant.of(answer, now, self._refresh_token)
        self._refresh_token = grant.login.refresh_token
        self._keep(grant.login)
        self._access_token = grant.login.access_token
        self._given.add(self._access_token)
        self._ends = grant.ends
        self._login_ends = grant.login_ends
        self.scopes = grant.scopes
        # half the life of a short one, or each request would renew it
        self._leeway = min(LEEWAY, (grant.ends - now) / 2) if grant.ends else LEEWAY
        if self._ends_soon():
            logger.warning(self._warning())
        return self._access_token

    def _ends_soon(self) -> bool:
        """Whether the refresh token ends soon, or before it would be used again."""
        if self._login_ends is None:
            return False
        is_used_again = self._ends is None or self._ends < self._login_ends
        return self._login_ends < self._now() + SOON or not is_used_again

    def _warning(self) -> str:
        assert self._login_ends  # noqa: S101
        days = max(0, (self._login_ends - self._now()).days)
        return (
            f"This login ends on {self._login_ends:%Y-%m-%d}, in {days} "
            f"day{'' if days == 1 else 's'}: Pinterest does not prolong it. Log in again before."
        )


@dataclass(frozen=True)
class Grant:
    """What the token endpoint has answered: a login, and what is known of it."""

    login: Login
    ends: datetime | None
    """The end of the access token."""
    login_ends: datetime | None
    """The end of the refresh token: the last moment to renew the access token."""
    scopes: frozenset[str] | None
    """What the token allows; None: Pinterest has not said it."""

    @classmethod
    def of(cls, answer: Answer, now: datetime, former_refresh_token: str = "") -> Grant:
        """Hides what is secret in it from every message from now on."""
        body = answer.body()
        access_token = body["access_token"]
        given = body.get("refresh_token")
        is_token = isinstance(given, str) and TOKEN_OF_A_LOGIN.fullmatch(given)
        refresh_token = given if is_token else former_refresh_token
        hide(access_token)
        hide(refresh_token)
        life = _life(body.get("expires_in"))
        ends = now + life if life else None
        renewable = _life(body.get("refresh_token_expires_in"))
        scopes = frozenset(re.findall(r"[a-z_]+:[a-z_]+", str(body.get("scope") or "")))
        return cls(
            Login(access_token, refresh_token, ends.isoformat() if ends else ""),
            ends,
            now + renewable if renewable else None,
            scopes or None,
        )


class TokenEndpoint:
    """POST /oauth/token, as one app."""

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str,
        session: requests.Session,
        sleep: Callable[[float], None] = time.sleep,
        patience: limits.Patience = limits.SYNC,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = f"{base_url}/oauth/token"
        self._client = (client_id, client_secret)
        self._session = session
        self._sleep = sleep
        self._patience = patience
        self._clock = clock
        self._until = clock() + patience.seconds
        hide(base64.b64encode(f"{client_id}:{client_secret}".encode()).decode())
        hide(client_secret)

    def ask(self, grant: Mapping[str, str]) -> Answer:
        """A new login, or its refusal: what is neither is asked for again, then Unavailable."""
        # older apps get tokens without end only when they ask for them
        form = {**grant, "continuous_refresh": "true"}
        patience = self._patience
        failures = slow = 0
        waited = 0.0
        while True:
            answer = self._sent(form)
            if is_refusal(answer) or is_login(answer):
                return answer
            failures += 1
            slow += answer.is_too_slow()
            problem = _problem(answer)
            hint = (answer.hint_seconds() or 0.0) if answer.asks_to_wait() else 0.0
            pause = max(hint, limits.FIRST_PAUSE * 2 ** (failures - 1))
            waited += pause
            if (
                failures >= min(patience.login_tries, answer.trouble.tries or patience.login_tries)
                or slow >= patience.tries_when_slow
                or waited > patience.longest_rate_limit_wait
                or self._clock() + pause >= self._until
            ):
                kind = answer.trouble.error()
                raise kind(
                    f"Pinterest's login endpoint gave no usable answer in {failures} "
                    f"{'try' if failures == 1 else 'tries'} (the last one: {problem}). "
                    f"{answer.trouble.next_step(patience.again)}",
                    answer.status,
                    answer.error_code(),
                )
            logger.info(f"The login endpoint: {problem}; try {failures + 1} in {pause:.0f} s.")
            self._sleep(pause)

    def _sent(self, form: Mapping[str, str]) -> Answer:
        timeouts = self._patience.timeouts or limits.Timeouts(
            limits.CONNECT_TIMEOUT,
            min(limits.READ_TIMEOUT, limits.LOGIN_READ_TIMEOUT),
            min(limits.ANSWER_TIMEOUT, limits.LOGIN_ANSWER_TIMEOUT),
        )
        return send(
            self._session,
            "POST",
            self._url,
            self._client,
            form,
            clock=self._clock,
            timeouts=timeouts,
            until=self._until,
            most=limits.ERROR_BYTES,
        )


def _problem(answer: Answer) -> str:
    """Why an answer is neither a login nor its refusal."""
    if answer.status is None:
        return answer.problem
    if answer.status < 300:
        return "a body that holds no login"
    return answer.said() if answer.is_of_pinterest() else f"status {answer.status}"


def is_login(answer: Answer) -> bool:
    """Whether a success holds a token that can stand in a header."""
    if answer.status is None or not 200 <= answer.status < 300:
        return False
    body = answer.body()
    token = body.get("access_token") if isinstance(body, dict) else None
    return isinstance(token, str) and bool(TOKEN_OF_A_LOGIN.fullmatch(token))


def is_refusal(answer: Answer) -> bool:
    """Whether Pinterest itself, in its own form, says that the login is not good. Everything else is an
    outage: of Pinterest's, or of what stands before it."""
    if answer.status not in (400, 401, 403) or answer.is_passing() or answer.asks_to_wait():
        return False
    body = answer.body()
    is_oauth = isinstance(body, dict) and isinstance(body.get("error"), str)
    return answer.error_code() is not None or is_oauth


def _life(expires_in: Any) -> timedelta | None:
    """How long a new token lives, if that is a number of seconds that makes sense."""
    try:
        life = timedelta(seconds=int(expires_in))
    except (TypeError, ValueError, OverflowError):
        return None
    return life if timedelta() < life <= LONGEST_LIFE and expires_in is not True else None


def _instant(text: str | None) -> datetime | None:
    """What is no date is unknown: the token is used until it is refused."""
    try:
        instant = datetime.fromisoformat((text or "").replace("Z", "+00:00"))
    except ValueError:
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=timezone.utc)
