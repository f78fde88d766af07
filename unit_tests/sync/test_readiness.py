"""Whether a day's numbers are closed is asked once a sync, and a Pinterest that does not say it costs nothing."""

from __future__ import annotations

from datetime import date

import pytest

from source_pinterest.http.errors import LoginRefused
from source_pinterest.sync.readiness import UNKNOWN, Ready
from unit_tests.http.scripted import Reply
from unit_tests.streams.pinterest import Pinterest, context

DAY, NEXT_DAY = date(2026, 11, 20), date(2026, 11, 21)
PATH = "/resources/metrics_ready_state"


def answering(reply: Reply) -> Pinterest:
    pinterest = Pinterest()
    pinterest.faults.append(lambda path, _: reply if path == PATH else None)
    return pinterest


def test_a_day_is_asked_for_once():
    names = ("non_conversion_metrics_ready", "conversion_metrics_ready")
    pinterest = answering(Reply(200, dict(zip(names, (True, False), strict=True))))
    sync = context(pinterest)

    assert [sync.ready(DAY), sync.ready(DAY)] == [Ready(True, False)] * 2
    assert pinterest.asked(PATH) == [{"date": "2026-11-20"}]


def test_a_refusal_is_reported_once_and_no_further_day_is_asked_for(caplog):
    pinterest = answering(Reply(403, {"code": 7, "message": "beta"}))
    sync = context(pinterest)

    assert sync.ready(DAY) == sync.ready(NEXT_DAY) == UNKNOWN

    assert len(pinterest.asked(PATH)) == 1
    assert caplog.text.count("Pinterest does not say which days are final") == 1


def test_a_refused_login_ends_all():
    pinterest = Pinterest()
    pinterest.faults.append(lambda *_: Reply(401, {"code": 2, "message": "Authentication failed."}))

    with pytest.raises(LoginRefused):
        context(pinterest).ready(DAY)
