"""What can go wrong with a request, told apart by what happens next."""

from __future__ import annotations

import re

from airbyte_cdk.models import FailureType  # type: ignore[attr-defined]

from source_pinterest.text import printable_lines


class PinterestError(Exception):
    """A request that has failed for good. `str()` is a sentence for the user, without secrets.

    status and code are Pinterest's: the HTTP status (None: there was no answer) and the body's code.
    """

    failure_type = FailureType.system_error

    text = ""
    """All that Pinterest said, to look for names in: never to show."""

    def __init__(self, sentence: str, status: int | None = None, code: int | None = None) -> None:
        super().__init__(printable_lines(sentence))
        self.status = status
        self.code = code

    @property
    def error_summary(self) -> str:
        """Pinterest's own words without the advice; the whole sentence where Pinterest said nothing."""
        found = re.search(r"\((Pinterest: .*)\)", str(self), re.DOTALL)
        return found[1] if found else str(self).rstrip(".")

    @property
    def reason(self) -> tuple[type, int | None, int | None]:
        """What errors of one kind have in common."""
        return type(self), self.status, self.code


class LoginRefused(PinterestError):
    """Pinterest does not accept the token: nothing else can be read with it either."""

    failure_type = FailureType.config_error


class CannotRenew(LoginRefused):
    """The token is refused, and there is nothing to renew it with."""


class AccessDenied(PinterestError):
    """This login may not read this resource; others may still be readable."""

    failure_type = FailureType.config_error


class NotFound(PinterestError):
    """The resource does not exist, or no longer."""

    failure_type = FailureType.config_error


class RequestRefused(PinterestError):
    """Pinterest calls the request itself wrong (400 and the like)."""


REFUSALS = (RequestRefused, AccessDenied, NotFound)
"""Pinterest answers, and what it says is no: asking again is no use, asking for something else may be."""


class ChoiceRefused(RequestRefused):
    """Pinterest refuses what the configuration asks for."""

    failure_type = FailureType.config_error


class WindowRefused(RequestRefused):
    """Pinterest says that it does not go back as far as the first day, twice within a second."""


class TooLarge(PinterestError):
    """The request or its answer is more than the server takes (413, 414, 431): ask for less."""


class RateLimited(PinterestError):
    """The rate limit resets later than a sync can wait; or the login is blocked as spam."""

    failure_type = FailureType.transient_error


class Unavailable(PinterestError):
    """No usable answer, however often it was tried."""

    failure_type = FailureType.transient_error

    may_be_size = True
    """Whether a smaller request might have been answered."""


class Unreachable(Unavailable):
    """No way leads to Pinterest: smaller requests would not get there either."""

    may_be_size = False


class WrongSettings(Unreachable):
    """This machine's own settings are in the way: its proxy, or the certificates that it trusts."""

    failure_type = FailureType.config_error


class RefusedHere(Unavailable):
    """One endpoint does not take a token that others accept: it costs what is read there."""

    may_be_size = False
