"""A sync of one small world, read by a client that counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from source_pinterest.api.limits import LIMITS, Limits
from source_pinterest.config.config import Config
from source_pinterest.http.auth import AccessToken
from source_pinterest.http.client import PinterestClient
from source_pinterest.plan.client import Lists, RehearsalClient
from source_pinterest.plan.tally import Tally
from source_pinterest.sync.context import SyncContext
from unit_tests.http.scripted import BASE_URL, Clock
from unit_tests.streams.pinterest import TODAY, Pinterest

TOKEN = {"auth_method": "access_token", "access_token": "pina_token"}


def client(
    pinterest: Pinterest, tally: Tally, lists: Lists | None = None, limits: Limits = LIMITS
) -> RehearsalClient:
    config = Config.parse({"credentials": TOKEN})
    clock = Clock()
    return RehearsalClient(
        BASE_URL,
        AccessToken(config.credentials),  # type: ignore[arg-type]
        pinterest.session(),
        sleep=clock.sleep,
        clock=clock,
        limits=limits,
        tally=tally,
        lists=lists,
    )


def context(
    pinterest: Pinterest,
    tally: Tally,
    make: Callable[..., PinterestClient] = client,
    **options: Any,
) -> SyncContext:
    """A sync of 15 days."""
    config = Config.parse({"credentials": TOKEN, "backfill_days": 15, **options})
    return SyncContext(config, make(pinterest, tally), TODAY)
