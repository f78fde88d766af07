"""Decides what a 401 means: a refusal by one endpoint does not yet mean that the login is refused.

The token may have expired, or be too new for some servers; one endpoint may refuse it; or the login has ended. Only
the last case ends the sync: two endpoints refuse the same token, and none accepts it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from source_pinterest.http.errors import CannotRenew, EndpointRefused, LoginRefused, Unavailable
from source_pinterest.http.outcomes import is_not_authenticated
from source_pinterest.http.retry import RetryPolicy
from source_pinterest.http.transport import Response

if TYPE_CHECKING:
    from source_pinterest.http.client import TokenSource

ID = re.compile(r"/\d+(?=/|$)")


class ProbeEndpoint(NamedTuple):
    """An endpoint that every login can read, with its rate limit."""

    path: str
    category: str


PROBE_ENDPOINTS = (
    ProbeEndpoint("/user_account", "org_read"),
    ProbeEndpoint("/ad_accounts", "ads_read"),
)
"""Endpoints with which a refused token is tried: the first one that has not refused it."""


@dataclass
class Refusals:
    """How often the token of one request was refused, by what was done about it."""

    renewals: int = 0
    pauses: int = 0
    was_accepted: bool = False
    """Whether some endpoint had already accepted the token when the request was sent."""


class LoginState:
    """What is known about the login in one sync. Thread-safe."""

    def __init__(
        self,
        tokens: TokenSource,
        ask: Callable[[ProbeEndpoint, str], Response],
        sleep: Callable[[float], None],
        policy: RetryPolicy,
    ) -> None:
        """`ask` sends one request to an endpoint with a token, without retries."""
        self._tokens = tokens
        self._ask = ask
        self._sleep = sleep
        self._policy = policy
        self._accepted: set[str] = set()
        """Tokens that some endpoint has accepted."""
        self._refusing_endpoints: set[tuple[str, str]] = set()
        """Endpoints, each with a token that it refuses and others accept."""
        self._refused: LoginRefused | None = None
        self._lock = threading.Lock()

    def check(self) -> None:
        """Raises LoginRefused if the login is known to be refused, since all further requests would be, too."""
        if self._refused:
            raise LoginRefused(str(self._refused), self._refused.status, self._refused.code)

    def is_accepted(self, token: str) -> bool:
        """Whether some endpoint has accepted the token."""
        return token in self._accepted

    def accepted(self, token: str) -> None:
        """Notes that an endpoint has accepted the token."""
        if token not in self._accepted:
            self._accepted.add(token)

    def refused(self, path: str, token: str, response: Response, so_far: Refusals) -> None:
        """Handles a 401. Returns when the request may be sent again with the newest token.

        Raises LoginRefused; EndpointRefused if only this endpoint refuses the token; or Unavailable.
        """
        if (_endpoint(path), token) in self._refusing_endpoints:
            raise self._endpoint_refused(path, response)
        refusal = None
        if self._tokens.token() != token:  # another thread has renewed it in the meantime
            so_far.renewals += 1
            if so_far.renewals <= self._policy.renewals:
                return
        elif self._tokens.is_new(token) and not so_far.was_accepted:
            if so_far.pauses < self._policy.new_token_tries:
                self._sleep(self._policy.first_pause / 2 * 2**so_far.pauses)
                so_far.pauses += 1
                return
        elif so_far.renewals < self._policy.renewals:
            so_far.renewals += 1
            if not (refusal := self._renewed(token)):
                return
        raise self._verdict(path, token, response, refusal)

    def _renewed(self, token: str) -> LoginRefused | None:
        """Renews the token. Returns an error if it cannot be renewed."""
        try:
            self._tokens.renew(refused=token)
        except CannotRenew as error:
            return LoginRefused(str(error), error.status, error.code)
        return None

    def _verdict(
        self, path: str, token: str, response: Response, refusal: LoginRefused | None
    ) -> LoginRefused | Unavailable:
        """The error to raise: asks another endpoint, once for all threads, whether it refuses the token, too."""
        with self._lock:
            if self._refused:
                return LoginRefused(str(self._refused), self._refused.status, self._refused.code)
            if (_endpoint(path), token) in self._refusing_endpoints:
                return self._endpoint_refused(path, response)
            elsewhere = self._ask(
                next(place for place in PROBE_ENDPOINTS if place.path != path), token
            )
            if not is_not_authenticated(elsewhere):
                if elsewhere.status is not None and elsewhere.status < 500:
                    self._refusing_endpoints.add((_endpoint(path), token))
                return self._endpoint_refused(path, response)
            if not (response.is_from_pinterest() or elsewhere.is_from_pinterest()):
                return Unavailable(
                    "Something between this machine and Pinterest refuses every request (status 401, "
                    f"without a message from Pinterest; requested: {path}). {self._policy.advice}",
                    401,
                )
            self._refused = refusal or LoginRefused(
                f"Pinterest does not accept this login ({response.error_summary()}). Log in again.",
                401,
                response.error_code(),
            )
            return self._refused

    def _endpoint_refused(self, path: str, response: Response) -> EndpointRefused:
        return EndpointRefused(
            f"Pinterest accepts this login, but not for {path} ({response.error_summary()}). {self._policy.advice}",
            401,
            response.error_code(),
        )


def _endpoint(path: str) -> str:
    """The path without its ids.

    >>> _endpoint("/ad_accounts/549755885175/ads/analytics")
    '/ad_accounts/{id}/ads/analytics'
    """
    return ID.sub("/{id}", path)
