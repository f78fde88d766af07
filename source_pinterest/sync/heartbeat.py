"""Repeats the last STATE while a sync waits, because a platform ends a silent sync."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airbyte_cdk.models import AirbyteMessage  # type: ignore[attr-defined]


def states_until(
    future: concurrent.futures.Future[Any],
    state_message: Callable[[], AirbyteMessage],
    seconds: float,
) -> Iterator[AirbyteMessage]:
    """Waits for the future, and repeats the state every so many seconds until then."""
    while not _is_done(future, seconds):
        yield state_message()


def _is_done(future: concurrent.futures.Future[Any], seconds: float) -> bool:
    try:
        future.exception(timeout=seconds)
    except concurrent.futures.TimeoutError:
        return future.done()
    return True
