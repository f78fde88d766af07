"""The rate budget is used, and never exceeded. The large worlds are in `script/faults --load`."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import defaultdict

from integration_tests.conftest import connector
from integration_tests.fake_pinterest import FakePinterest, World
from integration_tests.faults.fault_harness import catalog
from source_pinterest.http.rate_limiter import RateBudget

TIMES_FASTER = 15.0


class Recorded(RateBudget):
    """Notes when each request was let go, in seconds of its own fast clock."""

    sent: defaultdict[str, list[float]]

    def acquire(self, category: str) -> None:
        super().acquire(category)
        with self.noting:
            self.sent[category].append(self._clock())


def test_the_budget_is_used_to_nine_tenths_and_never_exceeded(discovered, monkeypatch, adjust):
    """20 ad accounts whose 480 ads are asked for one by one: of 300 requests a minute."""
    sent: defaultdict[str, list[float]] = defaultdict(list)
    monkeypatch.setattr(Recorded, "sent", sent, raising=False)
    monkeypatch.setattr(Recorded, "noting", threading.Lock(), raising=False)
    adjust(
        ids_per_report=1,
        budget=lambda limits: Recorded(
            clock=lambda: time.monotonic() * TIMES_FASTER,
            sleep=lambda seconds: time.sleep(seconds / TIMES_FASTER),
            limits=limits,
        ),
    )
    world = World(ad_accounts=20, campaigns=4, ad_groups=2, ads=3, pins=0)

    with FakePinterest(world) as pinterest:
        chosen = catalog(discovered, ["ad_analytics"])
        output = connector(pinterest, backfill_days=15, reconcile=False).read(chosen)
        answered = [each.status for each in pinterest.requests]

    assert output.exit_code == 0
    assert set(answered) == {200}
    times = sorted(sent["ads_analytics"])
    assert len(times) == 480
    in_a_minute = [bisect_left(times, start + 59.0) - n for n, start in enumerate(times)]
    assert max(in_a_minute) <= 300
    assert max(in_a_minute) >= 270
