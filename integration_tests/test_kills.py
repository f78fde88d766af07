"""Faults of our own side: killed, no reader, a full disk, another clock, little memory."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import ROOT, configured
from integration_tests.expected import KEYS, compare, rows
from integration_tests.fake_pinterest import FakePinterest, Request, World
from integration_tests.further import FURTHER, OPTIONS, everything_further
from integration_tests.kills import killed
from integration_tests.trial import WORLD, catalog, hurried
from source_pinterest.http import limits

HISTORY_ENDS = '"end_date":"2026-11-18"'
TODAY, NEXT_DAY = date(2026, 11, 24), date(2026, 11, 25)


def test_a_sync_of_everything_that_is_killed_six_times_loses_nothing(discovered):
    world = World(ad_accounts=2, campaigns=6, ad_groups=4, ads=5, pins=60, followers=10)

    report = killed(world, catalog(discovered), kills=6, seed=1, ids=3)

    assert report.problems == []
    assert report.kills == 6
    assert report.share < 0.05, report


def test_a_sync_of_the_further_streams_that_is_killed_loses_nothing_and_goes_on_with_its_reports():
    setting = replace(FURTHER, config={**OPTIONS, "lookback_days": 7})

    report = killed(WORLD, everything_further(), kills=4, seed=3, ids=3, setting=setting)

    assert report.problems == []
    assert report.kills == 4
    history = [number for body, number in report.reports.items() if HISTORY_ENDS in body]
    assert len(history) > 20
    # a report whose token went out in no STATE before the kill is asked for once more
    assert sum(history) <= report.syncs * len(history) + report.kills * limits.REPORTS_AT_ONCE


def test_a_full_disk_behind_stdout_ends_the_read_with_an_error(pinterest, discovered):
    it = connector(pinterest)
    with it._files(config=it.config, catalog=configured(discovered), state=[]) as arguments:
        command = [sys.executable, "-m", "integration_tests.connector", str(it.now), "read"]
        with Path("/dev/full").open("wb") as full:
            ended = subprocess.run(
                [*command, *arguments], stdout=full, stderr=subprocess.PIPE, cwd=ROOT, timeout=60
            )

    assert ended.returncode not in (0, -signal.SIGKILL)
    assert b"No space left on device" in ended.stderr
    assert pinterest.access_token.encode() not in ended.stderr


def test_only_the_first_line_is_wanted(pinterest, discovered):
    with connector(pinterest).reading(configured(discovered)) as process:
        assert process.stdout.readline().endswith(b"}\n")
        process.stdout.close()

        assert process.wait(timeout=20) == 1


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_clock_of_the_machine_may_be_in_any_zone(pinterest, discovered, zone, monkeypatch):
    monkeypatch.setenv("TZ", zone)
    chosen = catalog(discovered, ["ad_analytics_daily"])

    with connector(pinterest, backfill_days=15).reading(chosen) as process:
        printed = process.stdout.read().decode()
        assert process.wait(timeout=30) == 0

    assert '"date":"2026-11-23"' in printed
    assert '"date":"2026-11-09"' in printed
    assert '"date":"2026-11-24"' not in printed
    assert '"date":"2026-11-08"' not in printed


def past_midnight(pinterest: FakePinterest) -> None:
    """From the fourth report on, Pinterest's today is a day later."""

    def midnight(_: Request) -> None:
        if len([each for each in pinterest.requests if "start_date" in each.params]) > 3:
            pinterest.today = NEXT_DAY

    pinterest.fault = midnight


@pytest.mark.parametrize("stream", ["ad_analytics_daily", "pin_analytics"])
def test_midnight_in_mid_sync_costs_the_day_out_of_reach_and_no_other(stream, discovered):
    """The window is that of the start; then Pinterest's 90 days begin a day later."""
    chosen = catalog(discovered, [stream])
    selected = list(chosen["streams"][0]["stream"]["json_schema"]["properties"])
    with hurried(), FakePinterest(World()) as pinterest:
        past_midnight(pinterest)
        output = connector(pinterest).read(chosen)

    def expected(today: date, start: date) -> list[dict[str, object]]:
        end = date(2026, 11, 23)
        return rows(World(), stream, today=today, start=start, end=end, columns=selected)

    key = KEYS[stream]
    whole = {tuple(row[name] for name in key) for row in expected(TODAY, date(2026, 8, 26))}
    rest = {tuple(row[name] for name in key) for row in expected(NEXT_DAY, date(2026, 8, 27))}
    read = {tuple(row[name] for name in key) for row in output.records(stream)}
    assert output.exit_code == 0
    assert rest < read < whole
    assert {day for _, day in whole - read} == {"2026-08-26"}
    assert f"WARN {stream} of " in output.logs
    assert "Pinterest no longer has 2026-08-26, since midnight (UTC) has passed" in output.logs


def test_totals_that_midnight_cuts_off_are_incomplete_and_read_anew_by_the_next_sync(discovered):
    chosen = catalog(discovered, ["ad_analytics"])
    selected = list(chosen["streams"][0]["stream"]["json_schema"]["properties"])
    with hurried(), FakePinterest(World()) as pinterest:
        past_midnight(pinterest)
        first = connector(pinterest).read(chosen)
        pinterest.fault = None
        second = connector(pinterest, "2026-11-25").read(chosen, first.last_states)

    assert first.statuses == {"ad_analytics": "INCOMPLETE"}
    assert first.errors[0]["failure_type"] == "transient_error"
    assert "2026-08-26 to 2026-11-23" in first.errors[0]["message"]
    assert "run the sync again, for totals to yesterday" in first.errors[0]["message"]
    window = {"today": NEXT_DAY, "start": date(2026, 8, 27), "end": date(2026, 11, 24)}
    expected = rows(World(), "ad_analytics", columns=selected, **window)
    # what the first sync has finished it does not read again on the same day, but this is the next
    assert compare(expected, second.records("ad_analytics"), ["ad_id"]).same
