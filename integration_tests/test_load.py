"""The rate budget is used, and never exceeded. The large worlds are in `script/faults --load`."""

from __future__ import annotations

from bisect import bisect_left

from integration_tests.clock import Clock
from integration_tests.conftest import connector
from integration_tests.fake_pinterest import FakePinterest, World
from integration_tests.faults.fault_harness import catalog
from source_pinterest.api.limits import Limits
from source_pinterest.http.rate_limiter import RateBudget


class Recorded(RateBudget):
    """Notes when each request was let go, in seconds of its clock."""

    def __init__(self, clock: Clock, limits: Limits, sent: list[tuple[float, str]]) -> None:
        super().__init__(clock.now, clock.sleep, limits)
        self.clock, self.sent = clock, sent

    def acquire(self, category: str) -> None:
        super().acquire(category)
        self.sent.append((self.clock.last(), category))


def test_the_budget_is_used_to_nine_tenths_and_never_exceeded(discovered, adjust):
    """20 ad accounts whose 480 ads are asked for one by one: of 300 requests a minute."""
    clock, sent = Clock(), []
    adjust(ids_per_report=1, budget=lambda limits: Recorded(clock, limits, sent))
    world = World(ad_accounts=20, campaigns=4, ad_groups=2, ads=3, pins=0)

    with FakePinterest(world) as pinterest:
        chosen = catalog(discovered, ["ad_analytics"])
        output = connector(pinterest, backfill_days=15, reconcile=False).read(chosen)
        answered = [each.status for each in pinterest.requests]

    assert output.exit_code == 0
    assert set(answered) == {200}
    times = sorted(moment for moment, category in sent if category == "ads_analytics")
    assert len(times) == 480
    in_a_minute = [bisect_left(times, start + 59.0) - n for n, start in enumerate(times)]
    assert max(in_a_minute) <= 300
    assert max(in_a_minute) >= 270
    assert times[300] <= 60 / 0.9
