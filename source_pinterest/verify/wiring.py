"""The client of a verification: like that of a sync, but impatient, with a limited number of requests, all
of them kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone

from source_pinterest.config.config import Config
from source_pinterest.http.auth import tokens_of
from source_pinterest.http.client import PinterestClient, new_session
from source_pinterest.http.rate_limiter import RateBudget
from source_pinterest.http.retry import INTERACTIVE
from source_pinterest.sync.context import SyncContext
from source_pinterest.verify.allowance import SECONDS, Allowance
from source_pinterest.verify.exchange import TIMEOUTS, Exchange, WatchedAdapter
from source_pinterest.verify.login_file import LoginFile
from source_pinterest.verify.subject import Subject

IMPATIENT = replace(INTERACTIVE, timeouts=TIMEOUTS, login_timeouts=TIMEOUTS, seconds=SECONDS)
"""The limits of a person who waits, within the allowance, which reports when it is used up."""


def wired(
    config: Config, allowance: Allowance, file: LoginFile, now: Callable[[], datetime]
) -> Subject:
    """A client whose every request counts, including those for the login and for the contents of reports."""
    exchanges: list[Exchange] = []
    session = new_session()
    adapter = WatchedAdapter(config.base_url, allowance, exchanges, file.before_request)
    for scheme in ("https://", "http://"):
        session.mount(scheme, adapter)
    clock, sleep = allowance.clock, allowance.sleep
    tokens = tokens_of(config, session, file.keep, now, sleep=sleep, policy=IMPATIENT, clock=clock)
    budget = RateBudget(clock, sleep)
    client = PinterestClient(config.base_url, tokens, session, budget, sleep, clock, IMPATIENT)
    started = now().astimezone(timezone.utc)
    context = SyncContext(config, client, started.date(), now=started)
    return Subject(context, exchanges, allowance)
