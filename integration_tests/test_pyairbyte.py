"""PyAirbyte reads the connector as any source: through its public API alone, into its own DuckDB cache."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from integration_tests import clients
from integration_tests.command import command
from integration_tests.connector import ROOT
from integration_tests.expected import reports
from integration_tests.fake_pinterest import FakePinterest, World

READ = ROOT / "integration_tests/pyairbyte/read.py"
STREAMS = ("campaigns", "ads", "ad_analytics_daily")
DAYS = (date(2026, 11, 24), date(2026, 11, 25))
WORLD = World(ad_accounts=2, campaigns=2, ads=2)


@pytest.fixture(scope="module")
def python() -> str:
    """That of PyAirbyte's environment, which takes Pythons below 3.13, whichever runs this test."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHON"}
    made = subprocess.run(
        [str(ROOT / "script/pyairbyte")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    return made.stdout.strip()


def folder_of(day: date, pinterest: FakePinterest, parent: Path) -> Path:
    """A configuration, and the connector's command line on a day: what a local executable is for PyAirbyte."""
    folder = parent / str(day)
    folder.mkdir()
    token = {"auth_method": "access_token", "access_token": pinterest.access_token}
    config = {"credentials": token, "base_url": pinterest.url}
    config |= {"backfill_days": 20, "lookback_days": 5}
    (folder / "my.json").write_text(json.dumps(config), "utf-8")
    connector = shlex.join(command(f"{day}T09:00:00+00:00"))
    executable = folder / "source-pinterest"
    executable.write_text(
        f'#!/bin/sh\ncd {shlex.quote(str(ROOT))}\nexec {connector} "$@"\n', "utf-8"
    )
    executable.chmod(0o700)
    return folder


@pytest.fixture(scope="module")
def reads(python: str, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Two reads, a day apart: what arrived, which first day the report was asked for, and the tables."""
    parent = tmp_path_factory.mktemp("pyairbyte")
    environment = {**os.environ, "DO_NOT_TRACK": "1", "AIRBYTE_OFFLINE_MODE": "1"}
    environment["PYTHONPATH"] = clients.PATH
    with ExitStack() as stack:
        served = [stack.enter_context(FakePinterest(WORLD, today=day)) for day in DAYS]
        folders = [folder_of(*pair, parent) for pair in zip(DAYS, served, strict=True)]
        run = subprocess.run(
            [
                python,
                str(READ),
                str(parent / "cache.duckdb"),
                ",".join(STREAMS),
                *map(str, folders),
            ],
            cwd=parent,
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert run.returncode == 0, run.stdout[-3_000:] + run.stderr[-3_000:]
    found = []
    for folder, pinterest in zip(folders, served, strict=True):
        starts = [
            request.params["start_date"][0]
            for request in pinterest.requests
            if request.operation and request.operation.endswith("/ads/analytics")
        ]
        with duckdb.connect(str(folder / "cache.duckdb"), read_only=True) as connection:
            tables = {name: rows(connection, name) for name in STREAMS}
        read = json.loads((folder / "read.json").read_text("utf-8"))
        found.append({"read": read, "starts": starts, **tables})
    return found


def rows(connection: Any, name: str) -> list[dict[str, Any]]:
    cursor = connection.execute(f'select * from pinterest."{name}"')
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_lists_have_every_entity_once_with_its_id_as_text(reads: list[dict[str, Any]]) -> None:
    for read in reads:
        for name, level in (("campaigns", "campaign"), ("ads", "ad")):
            wanted = [each["id"] for a in WORLD.accounts.values() for each in a.entities(level)]
            assert sorted(str(row["id"]) for row in read[name]) == sorted(wanted)


def test_the_daily_report_has_every_row_once_with_its_spend(reads: list[dict[str, Any]]) -> None:
    for read, day in zip(reads, DAYS, strict=True):
        wanted = {
            (row["ad_id"], row["date"]): row["SPEND_IN_MICRO_DOLLAR"]
            for row in reports.rows(
                *(WORLD, "ad_analytics_daily"),
                today=day,
                start=date(2026, 11, 4),
                end=day - timedelta(days=1),
                columns=["ad_id", "date", "SPEND_IN_MICRO_DOLLAR"],
            )
        }
        found = {
            (row["ad_id"], str(row["date"])[:10]): int(row["spend_in_micro_dollar"])
            for row in read["ad_analytics_daily"]
        }
        assert found == wanted
        assert len(read["ad_analytics_daily"]) == len(wanted)


def test_the_second_read_is_incremental(reads: list[dict[str, Any]]) -> None:
    first, second = reads

    assert min(first["starts"]) == "2026-11-04"
    assert min(second["starts"]) == "2026-11-19"  # the lookback before the last day that was read
