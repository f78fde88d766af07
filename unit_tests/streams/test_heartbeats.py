"""No stream is silent for long, by a given clock, although Pinterest takes longer than a minute to answer."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timezone
from typing import Any

import pytest
from airbyte_cdk.models import (
    AirbyteMessage,
    AirbyteStream,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteStream,
    DestinationSyncMode,
)

from source_pinterest import source
from source_pinterest.http.rate_limiter import RateBudget
from source_pinterest.http.settings import Settings
from source_pinterest.records.record_messages import RecordLines
from source_pinterest.source import SourcePinterest
from source_pinterest.streams.registry import STREAMS
from unit_tests.streams.pinterest import Pinterest

NOW = datetime(2026, 11, 24, 9, tzinfo=timezone.utc)
UNTIL_AN_ANSWER = 130.0
MINUTE = 60.0
CONFIG = {
    "credentials": {"auth_method": "access_token", "access_token": "pina_token"},
    "backfill_days": 15,
    "start_date": "2026-06-01",
    "custom_reports": [{"name": "mine", "level": "ad", "columns": ["CTR"]}],
}


class Time:
    """Passes while the sync has nothing to emit, and somebody waits for it."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self._ends: list[float] = []
        self._changed = threading.Condition()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._changed:
            end = self.now + seconds
            self._ends.append(end)
            self._changed.wait_for(lambda: self.now >= end)
            self._ends.remove(end)

    def passes(self, most: float) -> None:
        """Until the first one has waited long enough, and only once all have noticed that they have."""
        with self._changed:
            if self._ends and min(self._ends) > self.now:
                self.now = min(self.now + most, *self._ends)
                self._changed.notify_all()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture(scope="module")
def offered() -> list[AirbyteStream]:
    return SourcePinterest(lambda: NOW).discover(logging.getLogger("airbyte"), CONFIG).streams


@pytest.fixture
def messages(
    time: Time, offered: list[AirbyteStream], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Iterator[Any]]:
    """The messages of a sync of streams."""
    pinterest = Pinterest()
    pinterest.before = lambda _: time.sleep(UNTIL_AN_ANSWER)
    interleave = source.interleave

    def patient(iterators: Any, *, wait: Callable[[], float]) -> Iterator[Any]:
        for item in interleave(iterators, wait=lambda: 0.001):
            if item is None:
                time.passes(wait())
            yield item

    monkeypatch.setattr(source, "interleave", patient)
    monkeypatch.setattr(source, "new_session", pinterest.session)
    settings = Settings(
        budget=lambda limits: RateBudget(time, time.sleep, limits), clock=time, sleep=time.sleep
    )
    connector = SourcePinterest(lambda: NOW, settings)
    logger = logging.getLogger("airbyte")

    def messages(names: Sequence[str]) -> Iterator[Any]:
        catalog = ConfiguredAirbyteCatalog(
            [
                ConfiguredAirbyteStream(
                    each, each.supported_sync_modes[-1], DestinationSyncMode.append
                )
                for each in offered
                if each.name in names
            ]
        )
        return connector.read_batches(logger, CONFIG, catalog)

    return messages


NAMES = [*(stream().name for stream in STREAMS), "mine"]


@pytest.mark.no_cover
@pytest.mark.parametrize("names", [*([name] for name in NAMES), NAMES], ids=lambda names: names[-1])
def test_no_stream_is_silent_for_more_than_a_minute(names, messages, time):
    """And its STATE follows what was read within a minute."""
    began = heard = time.now
    silences: list[float] = []
    unsaved: dict[str, float] = {}
    delays: list[float] = []
    for item in messages(names):
        saved = ""
        if isinstance(item, RecordLines):
            unsaved.setdefault(item.stream, time.now)
        elif isinstance(item, AirbyteMessage) and item.state:
            saved = item.state.stream.stream_descriptor.name
        elif isinstance(item, AirbyteMessage) and item.trace and item.trace.stream_status:
            saved = item.trace.stream_status.stream_descriptor.name
        else:
            assert not getattr(item.trace, "error", None), item
            continue  # a line of the log, or an estimate
        if saved in unsaved:
            delays.append(time.now - unsaved.pop(saved))
        silences.append(time.now - heard)
        heard = time.now

    assert time.now - began >= UNTIL_AN_ANSWER
    assert max(silences) == MINUTE
    assert not unsaved
    assert max(delays) <= MINUTE
