"""Asks whether Pinterest has closed the numbers of a day: one request per day and sync."""

from __future__ import annotations

import logging
import threading
from datetime import date
from typing import Any, NamedTuple

from source_pinterest.api.endpoints import category_of, template_of
from source_pinterest.http.client import PinterestClient
from source_pinterest.http.errors import LoginRefused, PinterestError
from source_pinterest.sync.cache import Cache

logger = logging.getLogger("airbyte.source_pinterest")

READY_STATE = "GET /resources/metrics_ready_state"


class Ready(NamedTuple):
    """Whether the numbers of a day are closed, by kind of metrics. None if Pinterest does not say."""

    delivery: bool | None
    conversions: bool | None


UNKNOWN = Ready(None, None)


class Readiness:
    """The readiness of days in one sync. Thread-safe."""

    def __init__(self, client: PinterestClient) -> None:
        self._client = client
        self._by_day: Cache[date, Ready] = Cache()
        self._is_silent = False
        """Whether such a request has failed, so that no other is sent."""
        self._has_answered = False
        self._first = threading.Lock()
        """Held during the first request: if Pinterest refuses it, no other is sent."""
        self._lock = threading.Lock()

    def of(self, day: date) -> Ready:
        """The readiness of a day. UNKNOWN if Pinterest does not say, which is logged once."""
        return self._by_day.get_or_fetch(day, lambda: self._ask_in_turn(day))

    def _ask_in_turn(self, day: date) -> Ready:
        if not self._has_answered:
            with self._first:
                if not self._has_answered:
                    try:
                        return self._ask(day)
                    finally:
                        self._has_answered = True
        return self._ask(day)

    def _ask(self, day: date) -> Ready:
        if self._is_silent:
            return UNKNOWN
        path, category = template_of(READY_STATE), category_of(READY_STATE)
        try:
            body = self._client.get(path, {"date": str(day)}, category, _is_state)
        except LoginRefused:
            raise
        except PinterestError as error:
            self._note_silence(error)
            return UNKNOWN
        return Ready(body["non_conversion_metrics_ready"], body["conversion_metrics_ready"])

    def _note_silence(self, error: PinterestError) -> None:
        with self._lock:
            if not self._is_silent:
                logger.warning(
                    "Pinterest does not say which days are final, so the rows have null in these "
                    f"fields: {error}"
                )
            self._is_silent = True


def _is_state(body: Any) -> bool:
    names = ("non_conversion_metrics_ready", "conversion_metrics_ready")
    return isinstance(body, dict) and all(isinstance(body.get(name), bool) for name in names)
