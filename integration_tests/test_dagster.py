"""The example for Dagster, against the fake Pinterest: four connections in processes of their own, one of which is
killed, and run again by Dagster."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest

from integration_tests.command import command
from integration_tests.conftest import connector
from integration_tests.connector import configured
from integration_tests.dagster_example import Example, dagster, dbt, kill_the_connector
from integration_tests.fake_pinterest import FakePinterest, World

DAY = "2026-11-24T09:00:00+00:00"
STREAMS = ["boards", "campaigns", "ads", "ad_analytics_daily"]
COLUMNS = ["ad_id", "date", "ad_account_id", "currency", "SPEND_IN_MICRO_DOLLAR", "IMPRESSION_1"]


def test_four_connections_one_of_which_is_killed_have_the_rows_of_one(tmp_path, discovered):
    example = Example(tmp_path, dagster(), dbt(), command(DAY))
    fields = {"ad_analytics_daily": COLUMNS}
    catalog = configured(discovered, STREAMS, fields=fields)
    with FakePinterest(World(ad_accounts=5, campaigns=2, ads=2)) as pinterest:
        source = connector(pinterest, backfill_days=15)
        (tmp_path / "config.json").write_text(json.dumps(source.config), encoding="utf-8")
        (tmp_path / "catalog.json").write_text(json.dumps(catalog), encoding="utf-8")
        single = source.read(catalog)

        process = example.start()
        killed = kill_the_connector(process, example.shards / "shard_03")
        output, _ = process.communicate(timeout=400)

    assert killed, output + example.logs()
    assert process.returncode == 0, output + example.logs()
    log = example.log("shard_03")
    assert "STEP_RESTARTED" in log
    assert "RUN_SUCCESS" in log  # written by the last process to end
    shards = example.databases()
    assert len(shards) == 4
    for stream in STREAMS:
        found = [row for path in shards.values() for row in _rows(path, stream)]
        expected = Counter(_key(record) for record in single.records(stream))
        assert Counter(found) == expected, stream
    with duckdb.connect(str(example.shards / "marts.duckdb"), read_only=False) as database:
        for shard, path in shards.items():
            database.execute(f"attach '{path}' as {shard} (read_only)")
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
