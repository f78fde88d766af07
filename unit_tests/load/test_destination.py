"""Tables that a destination accepts or refuses, and the settings that dlt gets."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
import pytest

from source_pinterest.load.destination import (
    DUCKDB_MEGABYTES,
    SETTINGS,
    STORAGE_VERSION,
    Destination,
    NotLoaded,
    Part,
    first_line,
)
from source_pinterest.load.errors import LoadError
from source_pinterest.load.rows import RowDecoder
from source_pinterest.load.spool import Spool
from source_pinterest.load.tables import INTEGER, TEXT, Mode, Table

REPORTS = Table("reports", {"id": TEXT, "CLICKS_3D": INTEGER}, ("id",), Mode.MERGE)
LISTS = Table("lists", {"id": TEXT, "CLICKS_3D": INTEGER}, ("id",), Mode.REPLACE)
OTHERS = Table("others", {"id": TEXT, "CLICKS_3D": INTEGER}, ("id",), Mode.MERGE)


@pytest.fixture(autouse=True)
def _environment() -> Iterator[None]:
    """The settings of dlt that a destination makes do not outlive the test."""
    with mock.patch.dict(os.environ):
        yield


@pytest.fixture
def part(tmp_path: Path) -> Callable[..., Part]:
    def part(table: Table, emitted_at: int = 1, **clicks: int) -> Part:
        """Rows by id, such as `a=1`."""
        decoder = RowDecoder(table)
        spool = Spool(table, tmp_path / f"{table.name}.arrow", decoder)
        spool.clear()
        lines = [
            b'{"type":"RECORD","record":{"stream":"%b","data":{"id":"%b","CLICKS_3D":%d},"emitted_at":%d}}'
            % (table.name.encode(), name.encode(), number, emitted_at)
            for name, number in clicks.items()
        ]
        spool.add(lines, sum(map(len, lines)))
        return Part(spool, table.mode)

    return part


def refused(part: Part) -> Part:
    """A part whose rows no destination gets."""

    def broken() -> Any:
        raise ValueError("Invalid rows\nand advice around it")

    part.spool.batches = broken  # type: ignore[method-assign]
    return part


def in_duckdb(file: Path, table: str) -> dict[str, int]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return dict(connection.execute(f"select id, clicks_3d from p.{table}").fetchall())  # noqa: S608


def in_parquet(folder: Path, table: str) -> list[tuple[str, int]]:
    with duckdb.connect() as connection:
        files = connection.read_parquet(f"{folder}/p/{table}/*.parquet")
        return sorted(files.select("id, clicks_3d").fetchall())


def test_duckdb_merges_by_key_replaces_lists_and_knows_its_loads(
    tmp_path: Path, part: Callable[..., Part]
) -> None:
    file = tmp_path / "it's new" / "my.duckdb"
    destination = Destination("duckdb", str(file), "p", tmp_path / "kept")
    destination.open()
    assert destination.missing(["reports", "lists"]) == ["reports", "lists"]
    assert not destination.has_load("1")

    first = destination.load([part(REPORTS, a=1, b=2), part(LISTS, a=1, b=2)])

    assert destination.missing(["reports", "lists", "pins"]) == ["pins"]
    assert destination.has_load(first)
    assert not destination.has_load("1")
    second = destination.load([part(REPORTS, 2, b=3, c=4), part(LISTS, c=5)])
    assert destination.has_load(second)
    assert in_duckdb(file, "reports") == {"a": 1, "b": 3, "c": 4}
    assert in_duckdb(file, "lists") == {"c": 5}
    destination.load([part(LISTS)])
    assert in_duckdb(file, "lists") == {}


def test_a_duckdb_file_stays_open_until_all_tables_are_loaded(
    tmp_path: Path, part: Callable[..., Part], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "my.duckdb"
    destination = Destination("duckdb", str(file), "p", tmp_path / "kept")
    load = destination._pipeline.load

    def is_open() -> bool:
        try:  # a file that is open to be written cannot be opened otherwise
            duckdb.connect(str(file), read_only=True).close()
        except duckdb.ConnectionException:
            return True
        return False

    def loading(*arguments: Any) -> Any:
        assert is_open()
        done = load(*arguments)
        assert is_open()
        return done

    monkeypatch.setattr(destination._pipeline, "load", loading)

    destination.load([part(REPORTS, a=1), part(LISTS, a=1)])

    assert not is_open()
    assert in_duckdb(file, "reports") == {"a": 1}
    assert not file.with_name("my.duckdb.wal").exists()


def test_files_are_merged_by_key_too_and_keep_the_latest_of_a_key(
    tmp_path: Path, part: Callable[..., Part]
) -> None:
    folder = tmp_path / "lake"
    destination = Destination("filesystem", str(folder), "p", tmp_path / "kept")
    destination.open()

    destination.load([part(REPORTS, a=1, b=2)])
    again = part(REPORTS, 3, b=9)
    again.spool.add([b'{"record":{"data":{"id":"b","CLICKS_3D":8},"emitted_at":2}}'], 1)
    destination.load([again])

    assert in_parquet(folder, "reports") == [("a", 1), ("b", 9)]


def test_a_refused_table_is_named_and_the_others_are_loaded(
    tmp_path: Path, part: Callable[..., Part]
) -> None:
    file = tmp_path / "my.duckdb"
    destination = Destination("duckdb", str(file), "p", tmp_path / "kept")
    destination.open()

    with pytest.raises(NotLoaded) as caught:
        destination.load([refused(part(REPORTS, a=1)), part(OTHERS, a=1)])

    assert caught.value.by_table == {"reports": "Invalid rows"}
    assert in_duckdb(file, "others") == {"a": 1}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("my.duckdb", "Somebody's notes.\n" * 500),
        ("my.json", '{"a": 1}'),
        ("my.csv", "a,b\n1,2\n"),
        ("my.db", ""),
    ],
)
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, name: str, content: str) -> None:
    file = tmp_path / name
    file.write_text(content)

    with pytest.raises(LoadError, match=rf"{name} is not a DuckDB file\. Name another file"):
        Destination("duckdb", str(file), "p", tmp_path / "kept")

    assert file.read_text() == content


def test_a_folder_is_no_duckdb_file(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="is not a DuckDB file"):
        Destination("duckdb", str(tmp_path), "p", tmp_path / "kept")


def test_a_damaged_database_is_refused_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "my.duckdb"
    file.write_bytes(b"\0" * 8 + b"DUCK" + b"\0" * 8_000)
    destination = Destination("duckdb", str(file), "p", tmp_path / "kept")

    with pytest.raises(NotLoaded) as caught:
        destination.open()

    assert caught.value.by_table == {}
    assert re.match(r"(IO Error: )?Corrupt database file", str(caught.value))  # by DuckDB's version
    assert len(str(caught.value).splitlines()) == 1


def test_missing_credentials_say_where_to_give_them(tmp_path: Path) -> None:
    destination = Destination("postgres", "", "p", tmp_path / "kept")

    with pytest.raises(NotLoaded, match="such as DESTINATION__POSTGRES__CREDENTIALS"):
        destination.open()


def test_a_destination_that_dlt_does_not_have_is_named(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"There is no destination duckbd\. Did you mean duckdb\?"):
        Destination("duckbd", "", "p", tmp_path)


def test_a_new_file_has_the_storage_version_that_older_releases_of_duckdb_read(
    tmp_path: Path,
) -> None:
    file = tmp_path / "my.duckdb"

    Destination("duckdb", str(file), "p", tmp_path / "kept")

    with duckdb.connect() as connection:
        connection.execute(f"attach '{file}' as made (read_only)")
        query = (
            "select tags['storage_version'] from duckdb_databases() where database_name = 'made'"
        )
        (found,) = connection.execute(query).fetchone() or ("",)
    assert found.startswith(STORAGE_VERSION)


def test_an_existing_file_keeps_its_tables(tmp_path: Path) -> None:
    file = tmp_path / "my.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("create table notes as select 'mine' as note")

    Destination("duckdb", str(file), "p", tmp_path / "kept")

    with duckdb.connect(str(file), read_only=True) as connection:
        assert connection.execute("from notes").fetchall() == [("mine",)]


def test_nothing_is_sent_to_the_makers_of_dlt_unless_the_user_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RUNTIME__LOG_LEVEL", "WARNING")

    Destination("duckdb", str(tmp_path / "my.duckdb"), "p", tmp_path / "kept")

    assert os.environ["RUNTIME__DLTHUB_TELEMETRY"] == "false"
    assert os.environ["SCHEMA__NAMING"] == "sql_ci_v1"
    assert os.environ["RUNTIME__LOG_LEVEL"] == "WARNING"


@pytest.mark.parametrize(
    ("kind", "is_parquet", "has_nul", "file_format"),
    [
        ("duckdb", False, True, None),
        ("filesystem", True, True, "parquet"),
        ("postgres", False, False, "insert_values"),
    ],
)
def test_each_kind_has_its_file_format_and_its_rule_for_nul(
    kind: str, is_parquet: bool, has_nul: bool, file_format: str | None, tmp_path: Path
) -> None:
    into = {"duckdb": str(tmp_path / "my.duckdb"), "filesystem": str(tmp_path / "lake")}
    destination = Destination(kind, into.get(kind, ""), "p", tmp_path / "kept")

    assert (destination.is_parquet, destination.has_nul) == (is_parquet, has_nul)
    assert destination._file_format() == file_format


def test_the_first_cause_of_an_error_is_told_in_its_first_line() -> None:
    error = RuntimeError("Pipeline execution failed at step load")
    error.__cause__ = ValueError("disk full\nat /dev/sda1")

    assert first_line(error) == "disk full"
    assert first_line(KeyError()) == "KeyError"
    assert len(first_line(ValueError("x" * 5000))) == 500


def out_of_memory(times: int, then: Callable[..., str]) -> Callable[..., str]:
    """DuckDB, with too little memory for as many loads."""
    left = iter(range(times))

    def load(*given: Any) -> str:
        for _ in left:
            raise duckdb.OutOfMemoryException("Out of Memory Error: could not allocate block")
        return then(*given)

    return load


def test_duckdb_gets_twice_the_memory_until_it_is_enough(
    tmp_path: Path, part: Callable[..., Part], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "my.duckdb"
    destination = Destination("duckdb", str(file), "p", tmp_path / "kept")
    monkeypatch.setattr(destination, "_load_in_steps", out_of_memory(2, destination._load_in_steps))

    destination.load([part(REPORTS, a=1, b=2)])

    assert in_duckdb(file, "reports") == {"a": 1, "b": 2}
    assert destination._duckdb_megabytes == 4 * DUCKDB_MEGABYTES


def test_rows_that_no_memory_is_enough_for_are_refused(
    tmp_path: Path, part: Callable[..., Part], monkeypatch: pytest.MonkeyPatch
) -> None:
    destination = Destination("duckdb", str(tmp_path / "my.duckdb"), "p", tmp_path / "kept")
    monkeypatch.setattr(destination, "_load_in_steps", out_of_memory(99, lambda *_: ""))

    with pytest.raises(NotLoaded, match="Out of Memory") as caught:
        destination.load([part(REPORTS, a=1)])

    assert caught.value.by_table.keys() == {"reports"}
