"""The errors of requests: one class per consequence, not per status.

Their sentences are in `error_sentences.py` (about a response), `trouble.py` (no response), and where they are raised.
"""

from __future__ import annotations

import re

from airbyte_cdk.models import FailureType  # type: ignore[attr-defined]

from source_pinterest.text import printable_lines

REPORT_IT = " Please report this."
"""Ends the sentence of an error that should not happen."""


class PinterestError(Exception):
    """A request has failed for good. `str()` is a sentence for the user, without secrets.

    `status`: the HTTP status (None: there was no answer). `code`: Pinterest's code in the body, if any.
    """

    failure_type = FailureType.system_error

    text = ""
    """Pinterest's whole message, in which names can be searched. Never shown."""

    def __init__(self, sentence: str, status: int | None = None, code: int | None = None) -> None:
        super().__init__(printable_lines(sentence))
        self.status = status
        self.code = code

    @property
    def error_summary(self) -> str:
        """Pinterest's own words (`Pinterest: 403, code 29, …`); the whole sentence if there are none."""
        found = re.search(r"\((Pinterest: .*)\)", str(self), re.DOTALL)
        return found[1] if found else str(self).rstrip(".")

    @property
    def fact(self) -> str:
        """The sentence without "Please report this", for a warning about an error that was handled."""
        return str(self).removesuffix(REPORT_IT)

    @property
    def reason(self) -> tuple[type, int | None, int | None]:
        """The type, status and code: errors with the same reason can be reported as one."""
        return type(self), self.status, self.code


class SyncEnded(PinterestError):
    """The sync is over, or its reader has gone, so no more requests are sent. Nobody reads this error."""


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
    """Pinterest refuses a setting of the configuration."""

    failure_type = FailureType.config_error


class WindowRefused(RequestRefused):
    """Pinterest does not go back to the first day of the window. It has said so twice within a second."""


class TooLarge(PinterestError):
    """The request or its answer is too large (413, 414, 431, or more bytes than are read). A smaller one may
    succeed."""


class RateLimited(PinterestError):
    """The rate limit resets later than a sync can wait, or the login is blocked as spam."""

    failure_type = FailureType.transient_error


class Unavailable(PinterestError):
    """No usable answer after all attempts."""

    failure_type = FailureType.transient_error

    may_be_too_large = True
    """Whether a smaller request might be answered."""


class Unreachable(Unavailable):
    """Pinterest cannot be reached, so smaller requests would not help."""

    may_be_too_large = False


class WrongSettings(Unreachable):
    """This machine's own settings are wrong: its proxy, or its trusted certificates."""

    failure_type = FailureType.config_error


class EndpointRefused(Unavailable):
    """One endpoint refuses a token that others accept, so only its data is missing."""

    may_be_too_large = False
