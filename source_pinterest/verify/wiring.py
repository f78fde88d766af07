"""Wires a verification: a client like that of a sync, but with short time-outs and limited requests, all of which are
recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone

from source_pinterest.config.config import Config
from source_pinterest.http.auth import token_source
from source_pinterest.http.client import PinterestClient, new_session
from source_pinterest.http.rate_limiter import RateBudget
from source_pinterest.http.retry import INTERACTIVE
from source_pinterest.sync.context import SyncContext
from source_pinterest.verify.allowance import SECONDS, Allowance
from source_pinterest.verify.exchange import TIMEOUTS, Exchange, WatchedAdapter
from source_pinterest.verify.login_file import LoginFile
from source_pinterest.verify.subject import Subject

VERIFY_POLICY = replace(INTERACTIVE, timeouts=TIMEOUTS, login_timeouts=TIMEOUTS, seconds=SECONDS)
"""The policy for a person who waits, with the time-outs and seconds of the allowance."""


def make_subject(
    config: Config, allowance: Allowance, file: LoginFile, now: Callable[[], datetime]
) -> Subject:
    """The subject of a verification. Its allowance counts all requests, including those for tokens and for the content
    of reports."""
    exchanges: list[Exchange] = []
    session = new_session()
    adapter = WatchedAdapter(config.base_url, allowance, exchanges, file.before_request)
    for scheme in ("https://", "http://"):
        session.mount(scheme, adapter)
    clock, sleep = allowance.clock, allowance.sleep
    tokens = token_source(
        config, session, file.save, now, sleep=sleep, policy=VERIFY_POLICY, clock=clock
    )
    budget = RateBudget(clock, sleep)
    client = PinterestClient(config.base_url, tokens, session, budget, sleep, clock, VERIFY_POLICY)
    started = now().astimezone(timezone.utc)
    context = SyncContext(config, client, started.date(), now=started)
    return Subject(context, exchanges, allowance)
