"""The login: which access token a request carries, and how a new one is had."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import requests
from airbyte_cdk.utils.airbyte_secrets_utils import add_to_secrets

from source_pinterest.config import AccessTokenCredentials, OAuthCredentials
from source_pinterest.http import limits
from source_pinterest.http.errors import LoginRefused, Unavailable

LEEWAY = timedelta(minutes=5)
"""A token that ends within this time is replaced before it is used."""


@dataclass(frozen=True, repr=False)
class Login:
    """What a refresh gives. All of it is secret but the date (ISO 8601, UTC)."""

    access_token: str
    refresh_token: str
    token_expiry_date: str


class AccessToken:
    """A token that cannot be renewed: good for a trial."""

    def __init__(self, credentials: AccessTokenCredentials) -> None:
        self._token = credentials.access_token.get_secret_value()

    def token(self) -> str:
        return self._token

    def renew(self, refused: str) -> str:  # noqa: ARG002  the same shape as OAuth.renew
        """Raises LoginRefused: there is nothing to renew it with."""
        raise LoginRefused(
            "Pinterest no longer accepts the access token in `credentials.access_token`. "
            "Make a new one, or use OAuth credentials, which renew themselves."
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
    ) -> None:
        """`keep` is told each new login at once: the former refresh token may be void by then."""
        self._credentials = credentials
        self._url = f"{base_url}/oauth/token"
        self._session = session
        self._keep = keep
        self._now = now
        self._lock = threading.Lock()
        stored = credentials.access_token
        self._access_token = stored.get_secret_value() if stored else None
        self._refresh_token = credentials.refresh_token.get_secret_value()
        self._ends = _instant(credentials.token_expiry_date)

    def token(self) -> str:
        with self._lock:
            if self._access_token and (self._ends is None or self._now() + LEEWAY < self._ends):
                return self._access_token
            return self._refresh()

    def renew(self, refused: str) -> str:
        """A token other than the refused one. Threads that come late get the newest."""
        with self._lock:
            if self._access_token and self._access_token != refused:
                return self._access_token
            return self._refresh()

    def _refresh(self) -> str:
        try:
            response = self._session.post(
                self._url,
                data={
                    "grant_type": "refresh_token",
                    "refresh_token": self._refresh_token,
                    "continuous_refresh": "true",
                },
                auth=(
                    self._credentials.client_id.get_secret_value(),
                    self._credentials.client_secret.get_secret_value(),
                ),
                timeout=(limits.CONNECT_TIMEOUT, limits.READ_TIMEOUT),
                allow_redirects=False,
            )
            body = response.json() if response.status_code == 200 else {}
        except (requests.RequestException, ValueError) as error:
            raise Unavailable(
                f"Pinterest's login endpoint gave no usable answer ({type(error).__name__}). "
                "Run the sync again."
            ) from None
        if response.status_code == 429 or response.status_code >= 500:
            raise Unavailable(
                f"Pinterest's login endpoint answered {response.status_code}. Run the sync again.",
                response.status_code,
            )
        if not isinstance(body, dict) or not body.get("access_token"):
            raise LoginRefused(
                "Log in again: Pinterest no longer accepts this refresh token, or the client id "
                "and secret do not belong to it. A refresh token ends 60 days after its last use.",
                response.status_code,
            )
        self._access_token = str(body["access_token"])
        self._refresh_token = str(body.get("refresh_token") or self._refresh_token)
        self._ends = self._now() + timedelta(seconds=int(body.get("expires_in") or 0))
        add_to_secrets(self._access_token)
        add_to_secrets(self._refresh_token)
        self._keep(Login(self._access_token, self._refresh_token, self._ends.isoformat()))
        return self._access_token


def _instant(text: str | None) -> datetime | None:
    if not text:
        return None
    instant = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return instant if instant.tzinfo else instant.replace(tzinfo=timezone.utc)
