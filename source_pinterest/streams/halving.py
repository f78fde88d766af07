"""A request that is too large or too slow is halved, and the smaller size is kept."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

from source_pinterest.http.errors import TooLarge, Unavailable
from source_pinterest.slices import Slice, Window, halves, smallest

logger = logging.getLogger("airbyte.source_pinterest")


class Halving:
    """Sends a slice as the requests that Pinterest answers; for one stream of one sync.

    Ids are halved first, then the days of a single id (not those of a total, which is no sum). A
    size that has failed is not asked for again. Safe to use from many threads: at worst a size is
    tried once more than it need be.
    """

    def __init__(self, send: Callable[[Slice], Any], may_split_days: bool) -> None:
        self._send = send
        self._may_split_days = may_split_days
        self._most_ids = 1_000_000
        self._most_days = 1_000_000

    def answers(self, stream_slice: Slice) -> Iterator[tuple[Slice, Any]]:
        """What was asked for and its body, in order, the whole slice together.

        Raises TooLarge or Unavailable when a single id (and day) is not to be had either.
        """
        if not stream_slice["ids"]:
            return
        parts = halves(stream_slice, self._may_split_days)
        if parts and self._is_known_to_fail(stream_slice):
            for part in parts:
                yield from self.answers(part)
            return
        try:
            body = self._send(stream_slice)
        except (TooLarge, Unavailable) as error:
            if not parts:
                raise _naming(stream_slice, error) from None
            if isinstance(error, Unavailable):
                # when the smallest request fails as well, it is not the size: nothing is halved
                self._send(smallest(stream_slice, self._may_split_days))
            self._remember(stream_slice, parts[0])
            logger.info(f"Asking for {_size(parts[0])} at a time from now on: {error}")
        else:
            yield stream_slice, body
            return
        for part in parts:
            yield from self.answers(part)

    def _is_known_to_fail(self, stream_slice: Slice) -> bool:
        return (
            len(stream_slice["ids"]) > self._most_ids
            or Window.of(stream_slice).days > self._most_days
        )

    def _remember(self, failed: Slice, part: Slice) -> None:
        self._most_ids = min(self._most_ids, len(part["ids"]))
        if len(failed["ids"]) == 1:
            self._most_days = min(self._most_days, Window.of(part).days)


def _naming(one: Slice, error: TooLarge | Unavailable) -> TooLarge | Unavailable:
    """The error of a request that cannot be smaller, with what it asked for."""
    what = f"{', '.join(one['ids'])}, {one['start_date']} to {one['end_date']}"
    return type(error)(f"{what}: {error}", error.status, error.code)


def _size(part: Slice) -> str:
    return f"{len(part['ids'])} ids and {Window.of(part).days} days"
