"""The example for Dagster, against the fake Pinterest: four connections in processes of their own, one of which is
killed, and run again by Dagster."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest

from integration_tests.conftest import connector
from integration_tests.connector import ROOT, configured
from integration_tests.fake_pinterest import FakePinterest, World

EXAMPLE = ROOT / "examples/dagster"
DAY = "2026-11-24T09:00:00+00:00"
STREAMS = ["boards", "campaigns", "ads", "ad_analytics_daily"]
COLUMNS = ["ad_id", "date", "ad_account_id", "currency", "SPEND_IN_MICRO_DOLLAR", "IMPRESSION_1"]


@pytest.fixture(scope="module")
def dagster() -> Path:
    """Dagster, in the environment of script/dagster."""
    return _made("script/dagster", ".venv-dagster/bin/dagster")


@pytest.fixture(scope="module")
def dbt() -> Path:
    """dbt, in the environment of script/dbt."""
    return _made("script/dbt", ".venv-dbt/bin/dbt", "--environment-only")


def _made(script: str, executable: str, *options: str) -> Path:
    made = subprocess.run(
        [str(ROOT / script), *options], capture_output=True, text=True, timeout=600, check=False
    )
    assert made.returncode == 0, made.stdout + made.stderr
    return ROOT / executable


class Example:
    """What `examples/dagster/run` does, in a folder, with the connector of the tests."""

    def __init__(self, folder: Path, dagster: Path, dbt: Path) -> None:
        self.shards = folder / "shards"
        self._folder = folder
        self._environment = {
            **os.environ,
            "DAGSTER": str(dagster),
            "DBT": str(dbt),
            "PINTEREST_DBT": str(ROOT / "dbt"),
            "PINTEREST_DBT_VARS": json.dumps({"pinterest_today": "2026-11-24"}),
            "PINTEREST_DBT_ARGUMENTS": "--select +pinterest__ad_daily --indirect-selection cautious",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "PINTEREST_RETRY_SECONDS": "1",
            "DAGSTER_DISABLE_TELEMETRY": "1",
            "SOURCE_PINTEREST": f"{sys.executable} -m integration_tests.command {DAY}",
            "PYTHONPATH": str(ROOT),
        }

    def start(self) -> subprocess.Popen[str]:
        catalog = str(self._folder / "catalog.json")
        return subprocess.Popen(
            [
                *(str(EXAMPLE / "run"), str(self._folder / "config.json"), "4", str(self.shards)),
                *("--catalog", catalog),
            ],
            env=self._environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def logs(self) -> str:
        return "\n".join(path.read_text("utf-8") for path in self.shards.glob("*.log"))[-5_000:]


def test_four_connections_one_of_which_is_killed_have_the_rows_of_one(
    tmp_path, dagster, dbt, discovered
):
    fields = {"ad_analytics_daily": COLUMNS}
    catalog = configured(discovered, STREAMS, fields=fields)
    with FakePinterest(World(ad_accounts=5, campaigns=2, ads=2)) as pinterest:
        source = connector(pinterest, backfill_days=15)
        (tmp_path / "config.json").write_text(json.dumps(source.config), encoding="utf-8")
        (tmp_path / "catalog.json").write_text(json.dumps(catalog), encoding="utf-8")
        single = source.read(catalog)
        example = Example(tmp_path, dagster, dbt)

        process = example.start()
        killed = _kill_the_connector(process, example.shards / "shard_03")
        output, _ = process.communicate(timeout=400)

    assert killed, output + example.logs()
    assert process.returncode == 0, output + example.logs()
    log = (example.shards / "shard_03.log").read_text("utf-8")
    assert "STEP_RESTARTED" in log
    assert "STEP_SUCCESS" in log
    shards = sorted(path.parent for path in example.shards.glob("shard_*/data.duckdb"))
    assert len(shards) == 4
    for stream in STREAMS:
        found = [row for shard in shards for row in _rows(shard / "data.duckdb", stream)]
        expected = Counter(_key(record) for record in single.records(stream))
        assert Counter(found) == expected, stream
    with duckdb.connect(str(example.shards / "marts.duckdb"), read_only=False) as database:
        for shard in shards:
            database.execute(f"attach '{shard / 'data.duckdb'}' as {shard.name} (read_only)")
        ((marts,),) = database.sql(
            "select sum(spend) from analytics.pinterest__ad_daily"
        ).fetchall()
    spend = sum(each["SPEND_IN_MICRO_DOLLAR"] or 0 for each in single.records("ad_analytics_daily"))
    assert float(marts) == pytest.approx(spend / 1e6)


def _key(record: dict[str, Any]) -> tuple[str, str]:
    return (record.get("ad_id") or record["id"], str(record.get("date") or ""))


def _rows(path: Path, stream: str) -> list[tuple[str, str]]:
    by = "ad_id, cast(date as varchar)" if stream.endswith("_daily") else "id, ''"
    with duckdb.connect(str(path), read_only=True) as database:
        tables = {
            row[0]
            for row in database.sql("select table_name from information_schema.tables").fetchall()
        }
        if stream not in tables:
            return []  # of the user: another connection has it
        return database.sql(f"select {by} from pinterest.{stream}").fetchall()


def _kill_the_connector(run: subprocess.Popen[str], shard: Path) -> bool:
    """Kills the process that loads a connection, as soon as there is one."""
    while run.poll() is None:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                command = path.read_bytes().decode().split("\0")
            except OSError:
                continue
            if "load" in command and str(shard / "config.json") in command:
                os.kill(int(path.parent.name), signal.SIGKILL)
                return True
        time.sleep(0.05)
    return False
