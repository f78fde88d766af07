"""`source-pinterest load`: what Pinterest has is in the tables, value by value, whatever happens."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import ROOT, Connector, Output, configured
from integration_tests.fake_pinterest import FakePinterest, World
from integration_tests.loading import differences, expected, in_duckdb, load

pytest.importorskip("dlt")

WORLD = World(
    ad_accounts=2,
    campaigns=2,
    ad_groups=2,
    ads=2,
    product_groups=2,
    pins=12,
    boards=3,
    followers=5,
    interests=4,
)


@dataclass(frozen=True)
class Printed:
    """What the connector has printed of every stream, and the configuration that it had."""

    config: Path
    messages: Path
    output: Output
    catalog: list[dict[str, Any]]

    @property
    def keys(self) -> dict[str, list[str]]:
        return keys(self.catalog)


def keys(catalog: list[dict[str, Any]]) -> dict[str, list[str]]:
    return {
        each["name"]: [name.lower() for (name,) in each["source_defined_primary_key"]]
        for each in catalog
    }


def written(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content))
    return path


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory, everything: list[dict[str, Any]]) -> Printed:
    folder = tmp_path_factory.mktemp("printed")
    with FakePinterest(WORLD) as pinterest:
        it = connector(pinterest, backfill_days=15)
        output = it.read(configured(everything))
    assert output.exit_code == 0, output.errors
    messages = folder / "messages.jsonl"
    messages.write_text("\n".join(output.lines) + "\n", encoding="utf-8")
    return Printed(written(folder / "my.json", it.config), messages, output, everything)


def test_every_value_of_every_stream_is_in_duckdb_as_it_was_sent(
    printed: Printed, tmp_path: Path
) -> None:
    file = tmp_path / "p.duckdb"

    code = load(
        "--config", printed.config, "--streams", "all", "--into", file, printed=printed.messages
    )

    assert code == 0
    wanted = expected(printed.output, printed.catalog)
    assert all(wanted.values())  # no stream is empty, so none is equal for want of rows
    compared, differing = differences(wanted, printed.keys, in_duckdb(file))
    assert differing == []
    assert compared > 100_000


def reading(
    pinterest: FakePinterest, folder: Path, day: str, **config: Any
) -> tuple[Connector, Path]:
    """A connector, and the file of its configuration."""
    it = connector(pinterest, day, backfill_days=15, lookback_days=3, **config)
    return it, written(folder / "my.json", it.config)


def merged(
    first: dict[str, list[Any]], second: dict[str, list[Any]], keys: dict[str, list[str]]
) -> dict[str, list[Any]]:
    """The rows after a second sync, as a destination should have them that merges by key."""

    def by_key(name: str, rows: list[Any]) -> dict[Any, Any]:
        return {tuple(row[each] for each in keys[name]): row for row in rows}

    return {
        name: list((by_key(name, first[name]) | by_key(name, rows)).values())
        for name, rows in second.items()
    }


def timeless(rows: Any) -> Any:
    """Rows, or what gives them, without when they were emitted: another read is never at the same time."""
    if callable(rows):
        return lambda name: timeless(rows(name))
    return [{key: each for key, each in row.items() if key != "_extracted_at"} for row in rows]


def test_the_next_day_lists_are_replaced_and_reports_merged(
    tmp_path: Path, everything: list[dict[str, Any]]
) -> None:
    lists, reports = ["campaigns", "user_interests"], ["campaign_analytics_daily", "ad_analytics"]
    chosen = [each for each in everything if each["name"] in lists + reports]
    file = tmp_path / "p.duckdb"
    options = ["--into", file, "--streams", ",".join(lists + reports), "--config"]
    with FakePinterest(WORLD) as pinterest:
        it, config = reading(pinterest, tmp_path, "2026-11-24")
        first = it.read(configured(chosen))
        assert load(*options, config) == 0
        pinterest.today = pinterest.today.replace(day=25)
        pinterest.world = replace(WORLD, interests=3)
        it, config = reading(pinterest, tmp_path, "2026-11-25")
        second = it.read(configured(chosen), first.last_states)
        asked = len(pinterest.requests)
        assert load(*options, config, now="2026-11-25T09:00:00+00:00") == 0

    days = {
        request.params["start_date"][0]
        for request in pinterest.requests[asked:]
        if request.path.endswith("/campaigns/analytics") and "DAY" in request.params["granularity"]
    }
    assert days == {"2026-11-21"}  # the state of the first load was taken up
    wanted = merged(expected(first, chosen), expected(second, chosen), keys(chosen))
    wanted |= {name: rows for name, rows in expected(second, chosen).items() if name in lists}
    assert len(wanted["user_interests"]) == 3
    _, differing = differences(
        {name: timeless(rows) for name, rows in wanted.items()},
        keys(chosen),
        timeless(in_duckdb(file)),
    )
    assert differing == []


def committed(folder: Path) -> str:
    """Which load the states that were last kept are of."""
    try:
        return str(json.loads((folder / "state.json").read_text())["load_id"])
    except FileNotFoundError:
        return ""


def test_a_load_that_is_killed_three_times_loses_no_row_and_doubles_none(
    tmp_path: Path, everything: list[dict[str, Any]]
) -> None:
    names = ["campaigns", "pin_analytics", "ad_analytics_daily", "ad_group_targeting_analytics"]
    chosen = [each for each in everything if each["name"] in names]
    file, folder = tmp_path / "p.duckdb", tmp_path / "p.duckdb.load" / "pinterest"
    chance = random.Random(7)
    command = [sys.executable, "-m", "integration_tests.loading", "2026-11-24T09:00:00+00:00"]
    environment = {**os.environ, "ROWS_TOGETHER": "60"}
    with FakePinterest(World()) as pinterest:
        it, config = reading(pinterest, tmp_path, "2026-11-24")
        full = it.read(configured(chosen))
        command += ["--config", str(config), "--into", str(file), "--streams", ",".join(names)]
        for _ in range(3):
            before = committed(folder)
            running = subprocess.Popen(command, cwd=ROOT, env=environment)
            with running:
                deadline = time.monotonic() + 120
                while committed(folder) == before and running.poll() is None:
                    assert time.monotonic() < deadline
                    time.sleep(0.01)
                time.sleep(chance.random() * 0.5)
                running.send_signal(signal.SIGKILL)
            assert running.returncode == -signal.SIGKILL
        last = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
        )

    assert last.returncode == 0, last.stderr
    wanted = expected(full, chosen)
    _, differing = differences(
        {name: timeless(rows) for name, rows in wanted.items()},
        keys(chosen),
        timeless(in_duckdb(file)),
    )
    assert differing == []
    (loaded,) = re.findall(r"Loaded: ([\d,]+) rows", last.stdout)
    # what was loaded before the last kill is not read again
    assert int(loaded.replace(",", "")) < sum(map(len, wanted.values())) / 2
