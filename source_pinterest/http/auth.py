"""The login: which access token a request carries, and how a new one is had."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import requests
from airbyte_cdk.utils.airbyte_secrets_utils import add_to_secrets

from source_pinterest.config import AccessTokenCredentials, OAuthCredentials
from source_pinterest.http import limits
from source_pinterest.http.errors import LoginRefused, Unavailable
from source_pinterest.http.transport import Answer, send

logger = logging.getLogger("airbyte.source_pinterest")

LEEWAY = timedelta(minutes=5)
"""A token that ends within this time is replaced before it is used."""

LONGEST_LIFE = timedelta(days=3650)
"""An `expires_in` beyond this is not believed."""


@dataclass(frozen=True, repr=False)
class Login:
    """What a refresh gives. All of it is secret but the date (ISO 8601, UTC; "" if unknown)."""

    access_token: str
    refresh_token: str
    token_expiry_date: str


class AccessToken:
    """A token that cannot be renewed: good for a trial."""

    def __init__(self, credentials: AccessTokenCredentials) -> None:
        self._token = credentials.access_token.get_secret_value()
        _hide(self._token)

    def token(self) -> str:
        return self._token

    def renew(self, refused: str) -> str:  # noqa: ARG002  the same shape as OAuth.renew
        """Raises LoginRefused: there is nothing to renew it with."""
        raise LoginRefused(
            "Pinterest no longer accepts the access token in `credentials.access_token`. "
            "Make a new one, or use OAuth credentials, which renew themselves.",
            401,
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
    ) -> None:
        """`keep` is told each new login before it is used: the former one may be void by then."""
        stored = credentials.access_token
        self._access_token = stored.get_secret_value() if stored else None
        self._refresh_token = credentials.refresh_token.get_secret_value()
        self._client = (
            credentials.client_id.get_secret_value(),
            credentials.client_secret.get_secret_value(),
        )
        for secret in (self._access_token, self._refresh_token, self._client[1]):
            _hide(secret)
        self._ends = _instant(credentials.token_expiry_date)
        self._leeway = LEEWAY
        self._refused: LoginRefused | None = None
        self._url = f"{base_url}/oauth/token"
        self._session = session
        self._keep = keep
        self._now = now
        self._sleep = sleep
        self._lock = threading.Lock()

    def token(self) -> str:
        with self._lock:
            lives = self._ends is None or self._now() + self._leeway < self._ends
            return self._access_token if self._access_token and lives else self._refresh()

    def renew(self, refused: str) -> str:
        """A token other than the refused one. Threads that come late get the newest."""
        with self._lock:
            if self._access_token and self._access_token != refused:
                return self._access_token
            return self._refresh()

    def _refresh(self) -> str:
        if self._refused:  # and so it would be again, for each of the threads that waited
            raise LoginRefused(str(self._refused), self._refused.status, self._refused.code)
        answer = self._answer()
        body = answer.body()
        if not _is_login(answer):
            self._refused = LoginRefused(
                "Log in again: Pinterest no longer accepts this refresh token, or the client id "
                f"and secret do not belong to it ({answer.said()}). "
                "A refresh token ends 60 days after its last use.",
                answer.status,
                answer.error_code(),
            )
            raise self._refused
        access_token = str(body["access_token"])
        self._refresh_token = str(body.get("refresh_token") or self._refresh_token)
        _hide(access_token)
        _hide(self._refresh_token)
        life = _life(body.get("expires_in"))
        ends = self._now() + life if life else None
        self._keep(Login(access_token, self._refresh_token, ends.isoformat() if ends else ""))
        self._access_token = access_token
        self._ends = ends
        # half the life of a short one, or each request would renew it
        self._leeway = min(LEEWAY, life / 2) if life else LEEWAY
        return access_token

    def _answer(self) -> Answer:
        """A new login, or its refusal: what is neither is asked for again, then Unavailable."""
        form = {
            "grant_type": "refresh_token",
            "refresh_token": self._refresh_token,
            "continuous_refresh": "true",
        }
        failures = 0
        while True:
            answer = send(self._session, "POST", self._url, self._client, form)
            status = answer.status
            refuses = status is not None and 400 <= status < 500 and status not in (408, 429)
            if refuses or _is_login(answer):
                return answer
            problem = answer.problem or f"status {status}"
            if status == 200:
                problem = "a body that holds no login"
            failures += 1
            if failures >= limits.LOGIN_TRIES:
                raise Unavailable(
                    f"Pinterest's login endpoint gave no usable answer in {failures} tries "
                    f"(the last one: {problem}). Run the sync again.",
                    status,
                    answer.error_code(),
                )
            pause = limits.FIRST_PAUSE * 2 ** (failures - 1)
            logger.info(f"The login endpoint: {problem}; try {failures + 1} in {pause:.0f} s.")
            self._sleep(pause)


def _is_login(answer: Answer) -> bool:
    body = answer.body()
    return answer.status == 200 and isinstance(body, dict) and bool(body.get("access_token"))


def _hide(secret: str | None) -> None:
    """From the CDK's messages. A short one is made up, and would blot out every such letter."""
    if secret and len(secret) >= 8:
        add_to_secrets(secret)


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
