"""Faults of our own side: killed, no reader, a full disk, another clock, little memory."""

from __future__ import annotations

import signal
import subprocess
from dataclasses import replace
from datetime import date, datetime, time, timezone
from pathlib import Path
from typing import Any

import pytest

from integration_tests.command import command
from integration_tests.conftest import connector
from integration_tests.connector import ROOT, Connector, configured
from integration_tests.expected.keys import KEYS
from integration_tests.expected.reports import compare, rows
from integration_tests.fake_pinterest import FakePinterest, Request, World
from integration_tests.faults.all_streams import NOT_SUGGESTED, OPTIONS, catalog_of_the_others
from integration_tests.faults.fault_harness import WORLD, catalog, hurried
from integration_tests.faults.kill_harness import killed
from source_pinterest.api import limits

HISTORY_ENDS = '"end_date":"2026-11-18"'
TODAY, NEXT_DAY = date(2026, 11, 24), date(2026, 11, 25)


def test_a_sync_of_everything_that_is_killed_six_times_loses_nothing(discovered):
    world = World(ad_accounts=2, campaigns=3, ad_groups=2, ads=4, pins=20, followers=10)

    report = killed(world, catalog(discovered), kills=6, seed=1, ids=3)

    assert report.problems == []
    assert report.kills == 6
    # of each kill, no more than a batch of each rate limit: 3 ads of 41 rows, 3 Pins of 15 days
    assert report.twice <= report.kills * (3 * 41 + 3 * 15), report


def test_a_sync_of_the_further_streams_that_is_killed_loses_nothing_and_goes_on_with_its_reports():
    setting = replace(NOT_SUGGESTED, config={**OPTIONS, "lookback_days": 7})

    report = killed(WORLD, catalog_of_the_others(), kills=4, seed=3, ids=3, setting=setting)

    assert report.problems == []
    assert report.kills == 4
    history = [number for body, number in report.reports.items() if HISTORY_ENDS in body]
    assert len(history) > 20
    # a report whose token went out in no STATE before the kill is asked for once more
    assert sum(history) <= report.syncs * len(history) + report.kills * limits.REPORTS_AT_ONCE


def test_a_full_disk_behind_stdout_ends_the_read_with_an_error(pinterest, discovered):
    it = connector(pinterest)
    with (
        it._files(config=it.config, catalog=configured(discovered), state=[]) as arguments,
        Path("/dev/full").open("wb") as full,
    ):
        ended = subprocess.run(
            [*command(str(it.now)), "read", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            timeout=60,
        )

    assert ended.returncode not in (0, -signal.SIGKILL)
    assert b"No space left on device" in ended.stderr
    assert pinterest.access_token.encode() not in ended.stderr


def test_a_read_ends_with_1_when_its_reader_closes_after_the_first_line(pinterest, discovered):
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
        assert process.wait(timeout=60) == 0

    assert '"date":"2026-11-23"' in printed
    assert '"date":"2026-11-09"' in printed
    assert '"date":"2026-11-24"' not in printed
    assert '"date":"2026-11-08"' not in printed


def past_midnight(pinterest: FakePinterest) -> Connector:
    """Once three reports are answered it is a day later: for Pinterest, and for the connector."""

    def midnight(_: Request) -> None:
        reports = [each for each in pinterest.requests if "start_date" in each.params]
        if len([each for each in reports if each.status == 200]) > 2:
            pinterest.today = NEXT_DAY

    def clock() -> datetime:
        return datetime.combine(pinterest.today, time(9), timezone.utc)

    pinterest.fault = midnight
    return replace(connector(pinterest), now=clock)


REACHES = pytest.mark.parametrize(
    ("lookback_days", "start", "later"),
    [(90, date(2026, 8, 26), date(2026, 8, 27)), (89, date(2026, 8, 27), date(2026, 8, 28))],
)
"""How far Pinterest goes back, and the first day before and after midnight."""


def gives_up(day: date) -> str:
    return (
        f"WARN Pinterest refused {day} as the first day of synchronous reports twice: midnight (UTC) has "
        "passed since the sync began. In this sync, all their windows begin with"
    )


@REACHES
@pytest.mark.parametrize("stream", ["ad_analytics_daily", "pin_analytics"])
def test_midnight_in_mid_sync_costs_the_day_out_of_reach_and_no_other(
    stream, lookback_days, start, later, discovered
):
    """The window is that of the start; then Pinterest's reach begins a day later."""
    chosen = catalog(discovered, [stream])
    selected = list(chosen["streams"][0]["stream"]["json_schema"]["properties"])
    with hurried(), FakePinterest(World(), lookback_days=lookback_days) as pinterest:
        output = past_midnight(pinterest).read(chosen)

    def expected(today: date, start: date) -> list[dict[str, object]]:
        end = date(2026, 11, 23)
        return rows(World(), stream, today=today, start=start, end=end, columns=selected)

    key = KEYS[stream]
    whole = {tuple(row[name] for name in key) for row in expected(TODAY, start)}
    rest = {tuple(row[name] for name in key) for row in expected(NEXT_DAY, later)}
    read = {tuple(row[name] for name in key) for row in output.records(stream)}
    assert output.exit_code == 0
    assert rest < read < whole
    assert {day for _, day in whole - read} == {str(start)}
    assert output.logs.count(f"{gives_up(start)} {later}") == 1


@REACHES
def test_totals_behind_midnight_begin_one_day_later_and_each_row_says_its_window(
    lookback_days, start, later, discovered
):
    chosen = catalog(discovered, ["ad_analytics"])
    selected = list(chosen["streams"][0]["stream"]["json_schema"]["properties"])

    def expected(today: date, start: date, end: date) -> list[dict[str, Any]]:
        window = {"today": today, "start": start, "end": end}
        return rows(World(), "ad_analytics", columns=selected, **window)

    with hurried(), FakePinterest(World(), lookback_days=lookback_days) as pinterest:
        first = past_midnight(pinterest).read(chosen)
        pinterest.fault = None
        second = connector(pinterest, "2026-11-25").read(chosen, first.last_states)

    assert first.statuses == {"ad_analytics": "COMPLETE"}
    records = first.records("ad_analytics")
    before = [each for each in records if each["start_date"] == str(start)]
    behind = [each for each in records if each["start_date"] == str(later)]
    assert before
    assert behind
    ids = {each["ad_id"] for each in before}
    end = date(2026, 11, 23)
    wanted = [each for each in expected(TODAY, start, end) if each["ad_id"] in ids]
    wanted += [each for each in expected(NEXT_DAY, later, end) if each["ad_id"] not in ids]
    assert compare(wanted, records, ["ad_id"]).same
    assert first.logs.count(gives_up(start)) == 1
    # what the first sync has finished it does not read again on the same day, but this is the next
    wanted = expected(NEXT_DAY, later, date(2026, 11, 24))
    assert compare(wanted, second.records("ad_analytics"), ["ad_id"]).same
