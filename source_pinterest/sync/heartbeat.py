"""Repeats the last STATE while a sync waits: a platform ends a sync that says nothing for long."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from source_pinterest.api import limits

if TYPE_CHECKING:
    from airbyte_cdk.models import AirbyteMessage  # type: ignore[attr-defined]


def states_until(
    future: concurrent.futures.Future[Any], state_message: Callable[[], AirbyteMessage]
) -> Iterator[AirbyteMessage]:
    """Waits for the future, and repeats the state each SECONDS_BETWEEN_STATES until then."""
    while not _is_done(future):
        yield state_message()


def _is_done(future: concurrent.futures.Future[Any]) -> bool:
    try:
        future.exception(timeout=limits.SECONDS_BETWEEN_STATES)
    except concurrent.futures.TimeoutError:
        return future.done()
    return True
