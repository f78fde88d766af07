"""The errors of a request: one class per consequence."""

from __future__ import annotations

import re

from airbyte_cdk.models import FailureType  # type: ignore[attr-defined]

from source_pinterest.text import printable_lines

REPORT_IT = " Please report this."
"""The end of the sentence of an error that should not happen."""


class PinterestError(Exception):
    """A request that has failed for good. `str()` is a sentence for the user, without secrets.

    status and code are Pinterest's: the HTTP status (None: there was no answer) and the body's code.
    """

    failure_type = FailureType.system_error

    text = ""
    """Pinterest's whole message, for searching names in it; never shown."""

    def __init__(self, sentence: str, status: int | None = None, code: int | None = None) -> None:
        super().__init__(printable_lines(sentence))
        self.status = status
        self.code = code

    @property
    def error_summary(self) -> str:
        """Pinterest's own words without the advice; the whole sentence if Pinterest said nothing."""
        found = re.search(r"\((Pinterest: .*)\)", str(self), re.DOTALL)
        return found[1] if found else str(self).rstrip(".")

    @property
    def fact(self) -> str:
        """The sentence without the request to report it, for a warning about what was handled."""
        return str(self).removesuffix(REPORT_IT)

    @property
    def reason(self) -> tuple[type, int | None, int | None]:
        """The identity of a kind of errors."""
        return type(self), self.status, self.code


class SyncEnded(PinterestError):
    """The sync is over, or its reader has gone: nobody will read this."""


class LoginRefused(PinterestError):
    """Pinterest does not accept the token, so nothing else can be read with it."""

    failure_type = FailureType.config_error


class CannotRenew(LoginRefused):
    """The token is refused and cannot be renewed."""


class AccessDenied(PinterestError):
    """This login may not read this resource; others may still be readable."""

    failure_type = FailureType.config_error


class NotFound(PinterestError):
    """The resource does not exist, or no longer."""

    failure_type = FailureType.config_error


class RequestRefused(PinterestError):
    """Pinterest says that the request is wrong (400 and similar)."""


REFUSALS = (RequestRefused, AccessDenied, NotFound)
"""Refusals: repeating the request is of no use, but another request may succeed."""


class ChoiceRefused(RequestRefused):
    """Pinterest refuses a choice of the configuration."""

    failure_type = FailureType.config_error


class WindowRefused(RequestRefused):
    """Pinterest said twice within a second that it does not go back to the first day."""


class TooLarge(PinterestError):
    """The request or its answer is too large (413, 414, 431): ask for less."""


class RateLimited(PinterestError):
    """The rate limit resets later than a sync can wait, or the login is blocked as spam."""

    failure_type = FailureType.transient_error


class Unavailable(PinterestError):
    """No usable answer after all attempts."""

    failure_type = FailureType.transient_error

    may_be_too_large = True
    """Whether a smaller request might have been answered."""


class Unreachable(Unavailable):
    """Pinterest is not reachable, so smaller requests would not help."""

    may_be_too_large = False


class WrongSettings(Unreachable):
    """This machine's own settings are wrong: its proxy, or its trusted certificates."""

    failure_type = FailureType.config_error


class RefusedHere(Unavailable):
    """One endpoint refuses a token that others accept, so only its data is missing."""

    may_be_too_large = False
