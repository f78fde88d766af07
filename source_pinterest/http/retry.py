"""The retry policy: how often a request is sent, how long it may take, and when its failure is final.

Each number is defined here, once. Unless a line says otherwise, it is our choice: Pinterest documents none.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from source_pinterest.http.transport import Response, Timeouts
from source_pinterest.text import counted

logger = logging.getLogger("airbyte.source_pinterest")


@dataclass(frozen=True)
class RetryPolicy:
    """The limits of retries, after which a failure is final."""

    advice: str = "Run the sync again: it continues where it stopped."
    """The user's next step after a final failure, as a sentence."""

    seconds: float = math.inf
    """Seconds for all requests together, from the start of the client. After that, none is sent."""

    tries: int = 6
    """How often a request is sent at most."""

    tries_when_slow: int = 3
    """How often a request may time out before its failure is final, or the request is halved."""

    login_tries: int = 4
    """How often a request to the token endpoint is sent at most. All threads wait for it."""

    first_pause: float = 1.0
    """Seconds before the second try; each further pause is twice as long."""

    longest_rate_limit_wait: float = 900.0
    """The most seconds to wait for a rate limit to reset. If it takes longer (a trial app's daily limit takes hours),
    the stream ends as incomplete and says when to come back."""

    longest_without_a_row: float = 14_400.0
    """Seconds without a row of any stream, after which no failed request is tried again."""

    timeouts: Timeouts = field(default=Timeouts(connect=10.0, read=120.0, total=300.0))

    login_timeouts: Timeouts = field(default=Timeouts(connect=10.0, read=30.0, total=60.0))
    """Time-outs of the token endpoint, whose responses are small."""

    download_timeouts: Timeouts = field(default=Timeouts(connect=10.0, read=120.0, total=1_800.0))
    """Time-outs of downloading a report's content. Its URL is valid for 5 minutes."""

    login_failure_memory: float = 120.0
    """Seconds after a renewal has failed for good in which no other is tried, so that streams do not wait for the
    token endpoint one after the other."""

    new_token_tries: int = 3
    """How often a new token that is refused is sent again, since it may become valid a moment later. The first pause
    is half of `first_pause`, and each further one twice as long."""

    renewals: int = 3
    """How often one request may be sent again with another token, since a short-lived one may expire in transit."""

    pause_before_another_window: float = 1.0
    """Seconds before a refused window is requested once more. Pinterest has been seen to refuse available
    windows, and to accept them a second later."""

    window_tries: int = 4
    """How often a window that should be available is requested, although Pinterest refuses it."""

    longest_probe_wait: float = 10.0
    """The most seconds that requests wait for another one to find something out for all of them, such as whether
    Pinterest has the first day. Otherwise eight at once would be refused, each twice."""

    first_poll: float = 2.0
    """Seconds before the first poll of an asynchronous report. Each further pause is 1.5 times as long."""

    longest_poll: float = 30.0
    """The most seconds between two polls."""

    longest_report: float = 3_600.0
    """Seconds for which an asynchronous report is polled. The next sync continues with it."""

    report_tries: int = 3
    """How often a report, or its content, is requested before the failure is final. A download that does not arrive
    at all is retried like any other response."""

    polls_of_an_unknown_status: int = 3
    """Polls of a report with an unknown status before it counts as ended."""

    @property
    def login(self) -> RetryPolicy:
        """The policy for the token endpoint."""
        return replace(self, tries=self.login_tries, timeouts=self.login_timeouts)


SYNC = RetryPolicy()

_SHORT = Timeouts(connect=4.0, read=8.0, total=10.0)

INTERACTIVE = RetryPolicy(
    advice="Pinterest may be down: try again in a few minutes.",
    seconds=12.0,
    tries=2,
    tries_when_slow=1,
    login_tries=2,
    longest_rate_limit_wait=3.0,
    timeouts=_SHORT,
    login_timeouts=_SHORT,
)
"""The policy of `check` and `login`, for which a person waits: they end within 15 seconds, whatever hangs."""


class Tries:
    """The attempts of one request: counts them, pauses after a failure, and raises if it is final."""

    def __init__(
        self,
        policy: RetryPolicy,
        subject: str,
        where: str,
        sleep: Callable[[float], None],
        seconds_left: Callable[[], float],
    ) -> None:
        """For the sentence of the error, which says that `subject` gave no usable answer for `where` (may be empty).
        `seconds_left`: until the end of the policy's `seconds`."""
        self._policy = policy
        self._subject = subject
        self._where = where
        self._sleep = sleep
        self._seconds_left = seconds_left
        self._failures = 0
        self._slow = 0
        self._waited = 0.0

    def failed(self, response: Response, problem: str, at_least: float = 0.0) -> None:
        """Pauses before the next try, for at least `at_least` seconds.

        After the last try, raises the kind of Unavailable that fits the response's trouble.
        """
        policy, trouble = self._policy, response.trouble
        self._failures += 1
        self._slow += response.is_too_slow()
        pause = max(at_least, policy.first_pause * 2 ** (self._failures - 1))
        self._waited += pause
        if (
            self._failures >= min(policy.tries, trouble.tries or policy.tries)
            or self._slow >= policy.tries_when_slow
            or self._waited > policy.longest_rate_limit_wait
            or pause >= self._seconds_left()
        ):
            raise trouble.error()(
                f"{self._subject} gave no usable answer{self._where and f' for {self._where}'} in "
                f"{counted(self._failures, 'try', 'tries')} (the last one: {problem}). "
                f"{trouble.next_step(policy.advice)}",
                response.status,
                response.error_code(),
            )
        name = self._where or "The login endpoint"
        logger.info(f"{name}: {problem}; try {self._failures + 1} in {pause:.0f} s.")
        self._sleep(pause)
