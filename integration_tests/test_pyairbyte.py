"""PyAirbyte reads the connector as any source: through its public API alone, into its own DuckDB cache."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

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


def executable(folder: Path, day: date) -> Path:
    """The connector's command line on a day: what a local executable is for PyAirbyte."""
    path = folder / f"source-pinterest-{day}"
    connector = shlex.join(command(f"{day}T09:00:00+00:00"))
    path.write_text(f'#!/bin/sh\ncd {shlex.quote(str(ROOT))}\nexec {connector} "$@"\n', "utf-8")
    path.chmod(0o700)
    return path


@pytest.fixture(scope="module")
def reads(python: str, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Two reads, a day apart: what arrived, which first day the report was asked for, and the tables."""
    folder = tmp_path_factory.mktemp("pyairbyte")
    found = []
    for day in DAYS:
        with FakePinterest(WORLD, today=day) as pinterest:
            token = {"auth_method": "access_token", "access_token": pinterest.access_token}
            config = {"credentials": token, "base_url": pinterest.url}
            config |= {"backfill_days": 20, "lookback_days": 5}
            (folder / "my.json").write_text(json.dumps(config), "utf-8")
            run = subprocess.run(
                [
                    *(python, str(READ), str(folder / "my.json"), str(executable(folder, day))),
                    *(str(folder / "cache.duckdb"), *STREAMS),
                ],
                cwd=folder,
                env={**os.environ, "DO_NOT_TRACK": "1", "AIRBYTE_OFFLINE_MODE": "1"},
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
            assert run.returncode == 0, run.stdout[-3_000:] + run.stderr[-3_000:]
            starts = [
                request.params["start_date"][0]
                for request in pinterest.requests
                if request.operation and request.operation.endswith("/ads/analytics")
            ]
        with duckdb.connect(str(folder / "cache.duckdb"), read_only=True) as connection:
            tables = {name: rows(connection, name) for name in STREAMS}
        found.append({"read": json.loads(run.stdout.splitlines()[-1]), "starts": starts, **tables})
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

    assert min(second["starts"]) > min(first["starts"])
