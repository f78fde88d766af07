"""`source-pinterest load`: what Pinterest has is in the tables, value by value, whatever happens."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest

from integration_tests.command import command
from integration_tests.conftest import connector
from integration_tests.connector import ROOT, Connector, Output, configured
from integration_tests.fake_pinterest import FakePinterest, World
from integration_tests.loading import (
    differences,
    expected,
    in_duckdb,
    in_parquet,
    in_postgresql,
    load,
)
from integration_tests.postgresql import postgresql, programs
from source_pinterest.login.config_file import ConfigFile
from source_pinterest.login.errors import LoginError

WORLD = World(
    ad_accounts=2,
    campaigns=1,
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
    """The connector's output of every stream, and the configuration that it had."""

    config: Path
    messages: Path
    output: Output
    catalog: list[dict[str, Any]]

    @property
    def keys(self) -> dict[str, list[str]]:
        return keys(self.catalog)

    def of(self, *names: str) -> Path:
        """A file with the configured catalog of these streams, or of all: lists are replaced."""
        chosen = configured(self.catalog, names or None)
        for each in chosen["streams"]:
            if each["sync_mode"] == "full_refresh":
                each["destination_sync_mode"] = "overwrite"
        return written(self.config.with_name(f"{'_'.join(names)}catalog.json"), chosen)

    @cached_property
    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """Of each stream, those that its table should have."""
        return expected(self.output, self.catalog)


def keys(catalog: list[dict[str, Any]]) -> dict[str, list[str]]:
    return {
        each["name"]: [name.lower() for (name,) in each["source_defined_primary_key"]]
        for each in catalog
    }


def written(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content))
    return path


def read_whole(folder: Path, streams: list[dict[str, Any]]) -> Printed:
    with FakePinterest(WORLD) as pinterest:
        # breakdowns whose values are numbers, codes and texts
        types = ["AUDIENCE_INCLUDE", "LOCATION", "KEYWORD"]
        it = connector(pinterest, backfill_days=15, targeting_types=types)
        output = it.read(configured(streams))
    assert output.exit_code == 0, output.errors
    messages = folder / "messages.jsonl"
    messages.write_text("\n".join(output.lines) + "\n", encoding="utf-8")
    return Printed(written(folder / "my.json", it.config), messages, output, streams)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory, everything: list[dict[str, Any]]) -> Printed:
    return read_whole(tmp_path_factory.mktemp("printed"), everything)


@pytest.fixture(scope="module")
def printed_in_turns(
    tmp_path_factory: pytest.TempPathFactory, everything: list[dict[str, Any]]
) -> Printed:
    """Of each metric, only one of eight streams that have it: a destination knows a column by its type, not by
    its stream, and ten thousand columns take it half a minute."""
    having: dict[str, list[str]] = {}
    for stream in everything:
        for name in stream["json_schema"]["properties"]:
            having.setdefault(name, []).append(stream["name"])
    turns = {name: turn for turn, name in enumerate(having)}

    def is_chosen(stream: str, name: str) -> bool:
        every, place = min(8, len(having[name])), having[name].index(stream)
        return not name.isupper() or name == "UPDATED_TIME" or (place + turns[name]) % every == 0

    streams = []
    for stream in everything:
        schema = stream["json_schema"]
        properties = schema["properties"]
        if "currency" in properties:  # of others, all metrics come, whichever are selected
            chosen = [name for name in properties if is_chosen(stream["name"], name)]
            properties = {name: properties[name] for name in chosen}
        streams.append({**stream, "json_schema": {**schema, "properties": properties}})
    return read_whole(tmp_path_factory.mktemp("in_turns"), streams)


def columns(streams: list[dict[str, Any]]) -> set[str]:
    return {name for each in streams for name in each["json_schema"]["properties"]}


def test_every_value_of_every_stream_is_in_parquet_files_as_it_was_sent(
    printed: Printed, tmp_path: Path
) -> None:
    folder = tmp_path / "lake"
    options = ["--config", printed.config, "--streams", "all", "--destination", "filesystem"]

    assert load(*options, "--into", folder, printed=printed.messages) == 0

    wanted = printed.rows
    assert all(wanted.values())  # no stream is empty, so none is equal for want of rows
    compared, differing = differences(wanted, printed.keys, in_parquet(folder / "pinterest"))
    assert differing == []
    assert compared > 500_000


def test_every_stream_and_every_column_is_in_duckdb_as_it_was_sent(
    printed_in_turns: Printed, everything: list[dict[str, Any]], tmp_path: Path
) -> None:
    printed, file = printed_in_turns, tmp_path / "p.duckdb"
    options = ["--config", printed.config, "--catalog", printed.of(), "--into", file]

    code = load(*options, printed=printed.messages)

    assert code == 0
    assert columns(printed.catalog) == columns(everything)
    wanted = printed.rows
    assert all(wanted.values())
    compared, differing = differences(wanted, printed.keys, in_duckdb(file))
    assert differing == []
    assert compared > 100_000


def test_every_stream_and_every_column_is_in_postgresql_as_it_was_sent(
    printed_in_turns: Printed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not programs():
        pytest.skip("PostgreSQL is not installed: .ci/postgresql does it")
    printed = printed_in_turns
    options = ["--config", printed.config, "--destination", "postgres"]
    options += ["--state-folder", tmp_path / "states", "--catalog"]
    # a list and a report once more: what is there is replaced, and not doubled
    twice = printed.of("campaigns", "campaign_analytics_daily")

    with postgresql() as server:
        monkeypatch.setenv("DESTINATION__POSTGRES__CREDENTIALS", server.url)
        assert load(*options, printed.of(), printed=printed.messages) == 0
        assert load(*options, twice, printed=printed.messages) == 0
        compared, differing = differences(printed.rows, printed.keys, in_postgresql(server.url))

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


def few_columns(stream: dict[str, Any]) -> dict[str, Any]:
    """As `--columns SPEND_IN_DOLLAR,CTR` selects them."""
    properties = {
        name: each
        for name, each in stream["json_schema"]["properties"].items()
        if not name.isupper() or name in ("SPEND_IN_DOLLAR", "CTR", "UPDATED_TIME")
    }
    if "currency" not in properties:
        return stream  # no report of ads
    return {**stream, "json_schema": {**stream["json_schema"], "properties": properties}}


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
    chosen = [few_columns(each) for each in everything if each["name"] in names]
    file, folder = tmp_path / "p.duckdb", tmp_path / "p.duckdb.load" / "pinterest"
    chance = random.Random(7)
    loading = [*command("2026-11-24T09:00:00+00:00"), "load"]
    environment = {**os.environ, "MAX_WAITING_ROWS": "300"}
    with FakePinterest(World()) as pinterest:
        it, config = reading(pinterest, tmp_path, "2026-11-24")
        full = it.read(configured(chosen))
        loading += ["--config", str(config), "--into", str(file), "--streams", ",".join(names)]
        loading += ["--columns", "SPEND_IN_DOLLAR,CTR"]
        for _ in range(3):
            before = committed(folder)
            running = subprocess.Popen(loading, cwd=ROOT, env=environment)
            with running:
                deadline = time.monotonic() + 300
                while committed(folder) == before and running.poll() is None:
                    assert time.monotonic() < deadline
                    time.sleep(0.01)
                time.sleep(chance.random() * 0.5)
                running.send_signal(signal.SIGKILL)
            assert running.returncode == -signal.SIGKILL
        last = subprocess.run(
            loading, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300
        )

    assert last.returncode == 0, last.stderr
    wanted = expected(full, chosen)
    _, differing = differences(
        {name: timeless(rows) for name, rows in wanted.items()},
        keys(chosen),
        timeless(in_duckdb(file)),
    )
    assert differing == []


# --- What the connector says, made up ---


CATALOG = {
    "streams": [
        {
            "stream": {
                "name": name,
                "json_schema": {
                    "properties": {
                        each: {"type": ["null", "string"]} for each in ("id", "date", "status")
                    }
                },
                "supported_sync_modes": [sync_mode],
                "source_defined_primary_key": [["id"]],
            },
            "sync_mode": sync_mode,
            "destination_sync_mode": mode,
        }
        for name, sync_mode, mode in (
            ("lists", "full_refresh", "overwrite"),
            ("reports", "incremental", "append_dedup"),
        )
    ]
}
"""Of two streams, one of each kind."""


class Made:
    """Messages of a connector, in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: list[bytes] = []

    def rows(self, stream: str, *rows: dict[str, str], emitted_at: int = 1) -> Made:
        for row in rows:
            record = {"stream": stream, "data": row, "emitted_at": emitted_at}
            self.lines.append(orjson.dumps({"type": "RECORD", "record": record}))
        return self

    def state(self, stream: str, of: str) -> Made:
        found = {"stream_descriptor": {"name": stream}, "stream_state": {"of": of}}
        self.lines.append(
            orjson.dumps({"type": "STATE", "state": {"type": "STREAM", "stream": found}})
        )
        return self

    def status(self, stream: str, status: str) -> Made:
        found = {"stream_descriptor": {"name": stream}, "status": status}
        trace = {"type": "STREAM_STATUS", "stream_status": found}
        self.lines.append(orjson.dumps({"type": "TRACE", "trace": trace}))
        return self

    def error(self, stream: str, sentence: str) -> Made:
        error = {"message": sentence, "stream_descriptor": {"name": stream}}
        self.lines.append(
            orjson.dumps({"type": "TRACE", "trace": {"type": "ERROR", "error": error}})
        )
        return self

    def login(self, config: dict[str, Any]) -> Made:
        control = {"type": "CONNECTOR_CONFIG", "connectorConfig": {"config": config}}
        self.lines.append(orjson.dumps({"type": "CONTROL", "control": control}))
        return self

    def load(self, *options: str | Path) -> int:
        """Written, and loaded from."""
        self.path.write_bytes(b"\n".join(self.lines) + b"\n")
        self.lines.clear()
        folder = self.path.parent
        catalog = written(folder / "catalog.json", CATALOG)
        arguments = ["--config", folder / "my.json", "--catalog", catalog]
        if "--into" not in options:
            arguments += ["--into", folder / "p.duckdb"]
        return load(*arguments, *options, printed=self.path)

    @property
    def given_states(self) -> list[str]:
        """The streams of the states that the last load handed to the connector."""
        states = json.loads(Path(f"{self.path}.state").read_text())
        return [each["stream"]["stream_state"]["of"] for each in states]


CONFIG = {
    "credentials": {
        "auth_method": "oauth2.0",
        "client_id": "1234567",
        "client_secret": "app-secret-of-mine",
        "refresh_token": "refresh-token-old",
    }
}


@pytest.fixture
def made(tmp_path: Path) -> Made:
    written(tmp_path / "my.json", CONFIG)
    return Made(tmp_path / "messages.jsonl")


def ids(table: str, made: Made) -> dict[str, str]:
    rows = in_duckdb(made.path.parent / "p.duckdb")(table)
    return {row["id"]: row["status"] for row in rows}


def complete(made: Made, day: str = "1") -> Made:
    made.rows("lists", {"id": "1", "status": "old"}, {"id": "2", "status": "old"})
    made.status("lists", "COMPLETE")
    made.rows("reports", {"id": "1", "status": day}).state("reports", day)
    return made.status("reports", "COMPLETE")


def test_what_is_complete_is_loaded_and_an_incomplete_list_removes_nothing(
    made: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    assert complete(made).load() == 0
    made.rows("lists", {"id": "2", "status": "new"}, {"id": "3", "status": "new"})
    made.error("lists", "lists is incomplete: ad account 7 cannot be read.")
    made.status("lists", "INCOMPLETE")
    made.rows("reports", {"id": "2", "status": "2"}).state("reports", "2")
    made.status("reports", "COMPLETE")

    assert made.load() == 1

    assert "lists is incomplete: ad account 7 cannot be read." in capsys.readouterr().err
    assert ids("lists", made) == {"1": "old", "2": "new", "3": "new"}
    assert ids("reports", made) == {"1": "1", "2": "2"}
    assert complete(made, "3").load() == 0  # and goes on from the last state
    assert made.given_states == ["2"]
    assert ids("lists", made) == {"1": "old", "2": "old"}


def test_a_connector_that_dies_leaves_what_it_had_said(
    made: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    made.rows("lists", {"id": "1", "status": "old"})
    made.rows("reports", {"id": "1", "status": "1"}).state("reports", "1")
    made.rows("reports", {"id": "2", "status": "after the state"})

    assert made.load() == 1

    assert "ended early (0), so these are incomplete: lists, reports." in capsys.readouterr().err
    assert ids("reports", made) == {"1": "1", "2": "after the state"}
    assert complete(made).load() == 0
    assert made.given_states == ["1"]


def test_of_two_rows_with_one_key_the_later_is_kept(made: Made) -> None:
    made.rows("reports", {"id": "1", "status": "first"}, emitted_at=1)
    made.rows("reports", {"id": "1", "status": "read again"}, emitted_at=2)
    made.rows("reports", {"id": "2", "status": "only"}, emitted_at=1)
    made.status("reports", "COMPLETE").status("lists", "COMPLETE")

    assert made.load() == 0

    assert ids("reports", made) == {"1": "read again", "2": "only"}
    assert ids("lists", made) == {}  # a stream without rows has a table, too


def test_a_state_whose_table_or_database_is_gone_is_not_gone_on_from(made: Made) -> None:
    assert complete(made, "1").load() == 0
    file = made.path.parent / "p.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("drop table pinterest.reports")

    assert complete(made, "2").load() == 0

    assert made.given_states == []
    assert ids("reports", made) == {"1": "2"}
    assert complete(made, "3").load() == 0
    assert made.given_states == ["2"]
    file.unlink()
    assert complete(made, "4").load() == 0
    assert made.given_states == []
    assert ids("lists", made) == {"1": "old", "2": "old"}


def test_a_renewed_login_is_kept_beside_the_data_and_in_the_users_file(made: Made) -> None:
    path = made.path.parent / "my.json"
    written(path, {**CONFIG, "backfill_days": 15})
    renewed = {**CONFIG["credentials"], "refresh_token": "refresh-token-new"}

    assert complete(made.login({**CONFIG, "credentials": renewed})).load() == 0

    assert json.loads(path.read_text()) == {"credentials": renewed, "backfill_days": 15}
    login = made.path.parent / "p.duckdb.load" / "pinterest" / "login.json"
    assert json.loads(login.read_text())["credentials"] == renewed
    assert {each.stat().st_mode & 0o777 for each in (path, login)} == {0o600}
    assert list(login.parent.glob("run/*")) == []  # nothing that held a login is left


def test_a_login_that_only_the_load_could_keep_is_what_the_next_one_reads_with(
    made: Made, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    renewed = {**CONFIG["credentials"], "refresh_token": "refresh-token-new"}

    def read_only(*_: Any, **__: Any) -> None:
        raise LoginError("my.json could not be written")

    monkeypatch.setattr(ConfigFile, "write", read_only)
    assert complete(made.login({**CONFIG, "credentials": renewed})).load() == 0
    assert "for other commands, log in again" in capsys.readouterr().err

    monkeypatch.setattr("integration_tests.loading.PRINT", NOTE_CONFIG)
    complete(made).load()

    handed = json.loads(Path(f"{made.path}.config").read_text())
    assert handed["credentials"] == renewed


NOTE_CONFIG = """
import shutil, sys
shutil.copy(sys.argv[sys.argv.index("--config") + 1], f"{sys.argv[1]}.config")
"""


def test_a_database_that_cannot_be_written_is_one_sentence(
    made: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    file = made.path.parent / "p.duckdb"
    file.write_text("This is no database, but something that somebody wrote.\n" * 100)

    assert complete(made).load() == 1

    said = capsys.readouterr().err
    assert said.startswith("Not loaded. ")
    assert "Traceback" not in said


def test_parquet_files_are_merged_by_key_and_replaced(made: Made) -> None:
    folder = made.path.parent / "lake"
    options = ["--destination", "filesystem", "--into", folder]
    assert complete(made, "1").load(*options) == 0
    made.rows("reports", {"id": "1", "status": "first"}, emitted_at=2)
    made.rows("reports", {"id": "1", "status": "again"}, emitted_at=3)
    made.rows("reports", {"id": "2", "status": "2"})
    made.status("reports", "COMPLETE").status("lists", "COMPLETE")

    assert made.load(*options) == 0

    table = in_parquet(folder / "pinterest")
    assert {row["id"]: row["status"] for row in table("reports")} == {"1": "again", "2": "2"}
    assert len(table("reports")) == 2
    assert table("lists") == []
