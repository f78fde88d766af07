"""The present time is that of UTC, wherever the machine is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest

from source_pinterest.clock import utc_now


@pytest.fixture(params=["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def _time_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_time_zone")
def test_the_time_is_in_utc_whatever_the_machines_time_zone():
    before = datetime.now(timezone.utc)
    now = utc_now()
    after = datetime.now(timezone.utc)

    assert now.utcoffset() == timedelta(0)
    assert before <= now <= after
