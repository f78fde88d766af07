"""The settings that the connectors of the tests run with.

A fake Pinterest counts what it is asked, and is no better a second later: what is refused, fails or is still being
made is asked for again at once, and a rate limit is waited for by a clock that does not go by itself. But one that
answers late, since the machine has much to do, is not asked twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from typing import Any

from integration_tests.clock import budget
from source_pinterest.api.limits import Limits
from source_pinterest.http.retry import SYNC, RetryPolicy
from source_pinterest.http.settings import Settings
from source_pinterest.http.transport import Timeouts


def changed(settings: Settings, **changes: Any) -> Settings:
    """With other values, by the name of the field: of the limits, of both retry policies, or its own."""
    of = {
        kind: {each.name: changes.pop(each.name) for each in fields(kind) if each.name in changes}
        for kind in (Limits, RetryPolicy)
    }
    settings = replace(settings, **changes)
    return replace(
        settings,
        limits=replace(settings.limits, **of[Limits]),
        sync=replace(settings.sync, **of[RetryPolicy]),
        interactive=replace(settings.interactive, **of[RetryPolicy]),
    )


PATIENT = Timeouts(connect=60.0, read=120.0, total=300.0)

_in_use = [
    changed(
        replace(Settings(), sync=replace(SYNC, timeouts=PATIENT, longest_probe_wait=60.0)),
        budget=budget,
        first_pause=0.0,
        first_poll=0.0,
        longest_poll=0.0,
        pause_before_another_window=0.0,
        records_between_states=0,  # a STATE wherever one may be sent, to cut a sync off there
    )
]


def in_use() -> Settings:
    return _in_use[-1]


Adjust = Callable[..., None]


@contextmanager
def adjusting() -> Iterator[Adjust]:
    """Gives a function that changes the settings of the connectors that run meanwhile."""
    _in_use.append(_in_use[-1])

    def adjust(**changes: Any) -> None:
        _in_use[-1] = changed(_in_use[-1], **changes)

    try:
        yield adjust
    finally:
        _in_use.pop()
