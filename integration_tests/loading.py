"""`source-pinterest load` in this process at a given instant, and what it has loaded, value by value."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from integration_tests.command import command
from source_pinterest.load import worker
from source_pinterest.load.job import Job

if TYPE_CHECKING:
    from integration_tests.connector import Output

PRINT = """
import pathlib, shutil, sys
printed = pathlib.Path(sys.argv[1])
sys.stdout.buffer.write(printed.read_bytes())
shutil.copy(sys.argv[sys.argv.index("--state") + 1], f"{printed}.state")
"""
"""Instead of the connector; it notes which state it is given."""

Rows = list[dict[str, Any]]

Differences = list[str]


def load(
    *arguments: str | Path,
    now: str = "",
    printed: Path | None = None,
    start: Callable[[Job, Sequence[str]], None] | None = None,
) -> int:
    """The exit code. `printed`: what the connector prints, instead of reading. `start`: loads elsewhere."""
    from source_pinterest.load.command import run

    instant = now or "2026-11-24T09:00:00+00:00"
    connector = command(instant)
    if printed:
        connector = [sys.executable, "-c", PRINT, str(printed)]
    try:
        run(
            list(map(str, arguments)),
            lambda: datetime.fromisoformat(instant),
            connector,
            start or worker.run,
        )
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)  # noqa: T201  as Python does
            return 1
        return int(end.code or 0)
    return 0


def expected(output: Output, catalog: Iterable[Mapping[str, Any]]) -> dict[str, Rows]:
    """Of each stream, the rows that a table should have: from the connector's own messages, by another way
    than `load` takes."""
    schemas = {each["name"]: each["json_schema"]["properties"] for each in catalog}
    found: dict[str, Rows] = {name: [] for name in schemas}
    for line in output.lines:
        message = json.loads(line, parse_float=Decimal)
        if message["type"] != "RECORD":
            continue
        record = message["record"]
        schema = schemas[record["stream"]]
        row = {name: value(schema[name], each) for name, each in record["data"].items()}
        assert row.keys() <= schema.keys()
        row = {name.lower(): row.get(name) for name in schema}
        emitted = datetime.fromtimestamp(record["emitted_at"] / 1000, timezone.utc)
        found[record["stream"]].append(row | {"_extracted_at": emitted})
    return found


def value(schema: Mapping[str, Any], given: Any) -> Any:
    """A value of JSON as a database should have it; numbers as what they are, whatever their type."""
    types = set(schema["type"]) - {"null"} if isinstance(schema["type"], list) else {schema["type"]}
    if given is None:
        return None
    if types & {"object", "array"}:
        return json.loads(json.dumps(given, default=float))
    if schema.get("format") == "date":
        return date.fromisoformat(given)
    if schema.get("format") == "date-time":
        return datetime.fromisoformat(given.replace("Z", "+00:00"))
    return given


def differences(
    streams: Mapping[str, Rows],
    keys: Mapping[str, list[str]],
    table: Callable[[str], Rows],
) -> tuple[int, Differences]:
    """How many values were compared, and which differ between the rows of the streams and the tables."""
    compared, found = 0, []
    for name, rows in streams.items():
        found_rows = table(name)
        loaded = {tuple(row[each] for each in keys[name]): row for row in found_rows}
        wanted = {tuple(row[each] for each in keys[name]): row for row in rows}
        if len(loaded) != len(found_rows):
            found.append(f"{name}: a key twice")
        if loaded.keys() != wanted.keys():
            found.append(f"{name}: {len(loaded)} keys for {len(wanted)}")
        for key in loaded.keys() & wanted.keys():
            if loaded[key].keys() != wanted[key].keys():
                found.append(f"{name}: columns {loaded[key].keys() ^ wanted[key].keys()}")
            for column, one in wanted[key].items():
                compared += 1
                other = loaded[key].get(column)
                is_the_same = type(one) is type(other) and one == other  # as most are, and quick
                if not is_the_same and not same(one, other):
                    found.append(f"{name} {key} {column}: {other!r} for {one!r}")
    return compared, found


def same(wanted: Any, loaded: Any) -> bool:
    """Whether they are the same value. A DOUBLE is the number that its JSON stands for."""
    if isinstance(loaded, float) and isinstance(wanted, Decimal):
        return float(wanted) == loaded
    if isinstance(wanted, bool) or isinstance(loaded, bool):
        return wanted is loaded
    if isinstance(wanted, (int, Decimal)) != isinstance(loaded, (int, float, Decimal)):
        return False
    return bool(wanted == loaded)


def in_duckdb(path: Path, schema: str = "pinterest") -> Callable[[str], Rows]:
    """Tables of a DuckDB file."""
    import duckdb

    def table(name: str) -> Rows:
        with duckdb.connect(str(path), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            return as_dicts(connection.execute(f'select * from {schema}."{name}"'))

    return table


def in_parquet(folder: Path) -> Callable[[str], Rows]:
    """Tables of Parquet files, as whoever has nothing but the files reads them."""
    import duckdb

    def table(name: str) -> Rows:
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            rows = as_dicts(connection.read_parquet(f"{folder}/{name}/*.parquet"))
        return [
            {key: as_json(each) if isinstance(each, str) else each for key, each in row.items()}
            for row in rows
        ]

    return table


def as_json(text: str) -> Any:
    """Parquet has no type for JSON: what is an object or a list, is one."""
    return json.loads(text) if text[:1] in ("{", "[") else text


def in_postgresql(url: str, schema: str = "pinterest") -> Callable[[str], Rows]:
    """Tables of a PostgreSQL database."""
    import psycopg2

    def table(name: str) -> Rows:
        with psycopg2.connect(url) as connection, connection.cursor() as cursor:
            cursor.execute(f'select * from {schema}."{name}"')
            return as_dicts(cursor)

    return table


def as_dicts(cursor: Any) -> Rows:
    """The rows of a cursor; what its driver gives as text is JSON where the column is."""
    names = [each[0] for each in cursor.description]
    # a value of JSON that is null is NULL, and not the text "null"
    jsons = {each[0] for each in cursor.description if str(each[1]) == "JSON"}
    return [
        {
            name: json.loads(each) if name in jsons and each not in (None, "null") else each
            for name, each in zip(names, row, strict=True)
        }
        for row in cursor.fetchall()
    ]
