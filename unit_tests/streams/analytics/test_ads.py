"""A report of ads is its declaration; names and finality stand beside its metrics where they are wanted."""

from __future__ import annotations

import pytest

from source_pinterest.streams.analytics.ads import AdAnalyticsDaily, AdsReport
from source_pinterest.streams.registry import STREAMS
from unit_tests.http.scripted import Reply
from unit_tests.streams.analytics.reading import read
from unit_tests.streams.pinterest import ACCOUNT, Pinterest, context

REPORTS = [each for each in STREAMS if issubclass(each, AdsReport)]
FIRST, LAST = "2026-11-09", "2026-11-23"


@pytest.mark.parametrize("report", REPORTS, ids=lambda each: each.__name__)
def test_a_report_class_declares_what_it_reads_and_nothing_else(report):
    own = {name for name in vars(report) if not name.startswith("_")}

    assert own <= {"endpoint", "report", "primary_key", "cursor_field", "reconciles"}


def test_names_stand_in_each_row():
    sync = context(Pinterest(), entity_names=True, reconcile=False)

    found = read(AdAnalyticsDaily(sync))

    row = found.records[0]
    assert (row["entity_name"], row["parent_ad_account_name"]) == ("One", "Shoes")


def test_days_that_were_final_are_noted():
    options = {"metrics_final": True, "reconcile": False}

    first = read(
        AdAnalyticsDaily(context(Pinterest(), **options)),
        selected=("CTR", "delivery_metrics_final"),
    )
    assert {each["delivery_metrics_final"] for each in first.records} == {True}
    assert first.state[ACCOUNT]["final"]["delivery"] == LAST


def test_an_account_that_is_no_longer_seen_is_reported(caplog):
    stream = AdAnalyticsDaily(context(Pinterest(), reconcile=False))
    gone = {"question": stream.fingerprint(), "since": FIRST, "date": LAST}

    found = read(stream, {"7": gone})

    assert "ad account 7 was read before, and this login no longer sees it" in caplog.text
    assert found.state["7"] == gone


def test_one_account_that_is_refused_does_not_stop_the_others():
    pinterest = Pinterest()
    named = ["7", ACCOUNT]

    found = read(AdAnalyticsDaily(context(pinterest, ad_account_ids=named, reconcile=False)))

    assert {each["ad_account_id"] for each in found.records} == {ACCOUNT}
    assert "this login does not see it" in found.error
    assert "7" not in found.states[-1]


def test_a_choice_of_the_user_that_is_refused_is_named():
    pinterest = Pinterest()
    pinterest.faults.append(
        lambda path, _: (
            Reply(400, {"code": 1, "message": "click_window_days is not supported"})
            if path.endswith("/ads/analytics")
            else None
        )
    )

    found = read(AdAnalyticsDaily(context(pinterest, click_window_days=7, reconcile=False)))

    assert "`click_window_days` 7, which the configuration asks for" in found.error
