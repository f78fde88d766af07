"""What script/dbt runs, in the environment that it has made: see there."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ROOT / "dbt"
FOLDER = ROOT / ".demo"
SCHEMA = "analytics"
"""As dbt/profiles.yml has it."""

HISTORY = f"{SCHEMA}_history"
HEADS = {
    "pinterest__ad_daily": [
        *("date", "campaign_name", "ad_name", "currency", "spend", "impressions", "checkout_value"),
    ],
    "pinterest__landing_page_daily": ["date", "base_url", "currency", "spend", "outbound_clicks"],
    "pinterest__totals": ["level", "name", "start_date", "end_date", "currency", "spend"],
}
"""Three marts and the columns that are shown."""

ROWS = 5


class Stop(Exception):
    """Ends with a sentence."""


def say(text: str = "") -> None:
    print(text, flush=True)


def demo_file() -> Path:
    """The file of script/demo: the newest DuckDB file in its folder."""
    found = sorted(
        (path for path in FOLDER.glob("*.duckdb") if path.name != "first-sync.duckdb"),
        key=lambda path: path.stat().st_mtime,
    )
    if not found:
        raise Stop("There is no file of the demo yet. Run script/demo, or name a DuckDB file.")
    return found[-1]


def dbt(database: Path, *arguments: str) -> list[dict[str, Any]]:
    """The results of a run, one for each model, snapshot and test."""
    target = FOLDER / "dbt"
    target.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "PINTEREST_DBT_TARGET": "duckdb",
        "PINTEREST_DUCKDB": str(database),
        "DBT_PROFILES_DIR": str(PROJECT),
        "DBT_PROJECT_DIR": str(PROJECT),
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(target),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }
    results = target / "run_results.json"
    results.unlink(missing_ok=True)
    executable = Path(sys.executable).with_name("dbt")
    done = subprocess.run(
        [str(executable), "--quiet", "--no-version-check", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if not results.exists():
        raise Stop(f"dbt has not run:\n{done.stdout}{done.stderr}")
    found: list[dict[str, Any]] = json.loads(results.read_text(encoding="utf-8"))["results"]
    return found


def remember(first: Path, database: Path) -> None:
    """The numbers of the first sync, as a run after it would have kept them."""
    import duckdb

    with_history = FOLDER / "dbt" / f"{database.name}"
    with_history.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(first, with_history)
    must_pass(
        dbt(
            with_history,
            "build",
            "--select",
            "+resource_type:snapshot",
            "--exclude-resource-type",
            "test",
        )
    )
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"attach '{with_history}' as remembered (read_only)")
        connection.execute(f"create schema if not exists {HISTORY}")
        tables = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'remembered' and schema_name = ?",
            [HISTORY],
        ).fetchall()
        for (table,) in tables:
            connection.execute(
                f"create table if not exists {HISTORY}.{table} as from remembered.{HISTORY}.{table}"
            )
        connection.execute("detach remembered")
    with_history.unlink()


def must_pass(results: list[dict[str, Any]]) -> None:
    wrong = [each for each in results if each["status"] in {"error", "fail", "runtime error"}]
    if wrong:
        lines = [f"   {each['unique_id']}: {each['message']}" for each in wrong]
        raise Stop("These have failed:\n" + "\n".join(lines))


def kind(result: dict[str, Any]) -> str:
    """`model.source_pinterest.pinterest__ad_daily` → `model`."""
    return str(result["unique_id"]).split(".", 1)[0]


def show(database: Path, results: list[dict[str, Any]]) -> None:
    import duckdb

    counted = Counter(kind(each) for each in results)
    say(f"   {counted['model']} models, {counted['snapshot']} snapshots, {counted['test']} tests")
    for each in results:
        if each["status"] == "warn":
            say(f"   warning: {each['unique_id'].split('.')[2]}: {each['message']}")
    with duckdb.connect(str(database), read_only=True) as connection:
        say("-- The marts")
        names = [
            str(each["unique_id"]).split(".")[2]
            for each in results
            if kind(each) == "model" and ".pinterest__" in str(each["unique_id"])
        ]
        for name in sorted(names):
            rows = connection.execute(f"select count(*) from {SCHEMA}.{name}").fetchone()
            say(f"   {name:40} {rows[0] if rows else 0:>10,} rows")
        for name, columns in HEADS.items():
            if name not in names:
                continue
            say(f"-- {name}")
            order = "spend desc" if "spend" in columns else "date desc"
            selected = ", ".join(columns)
            query = (
                f"select {selected} from {SCHEMA}.{name} order by {order} nulls last limit {ROWS}"
            )
            found = connection.execute(query).fetchall()
            for line in lines([columns, *found]):
                say(f"   {line}")
    must_pass(results)


def lines(rows: list[Any]) -> list[str]:
    """Columns below each other, numbers to the right."""
    texts = [[shown(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    return [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in texts
    ]


def shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.0f}" if value == int(value) else f"{value:,.4f}"
    return str(value)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="script/dbt",
        description="Builds the dbt package on a DuckDB file that the connector was loaded into.",
    )
    parser.add_argument(
        "file",
        nargs="?",
        type=lambda text: Path(os.environ.get("DBT_STARTED_IN", "."), text),
        help="that of script/demo, if none is named",
    )
    given: Path | None = parser.parse_args().file
    started = time.monotonic()
    try:
        database = given or demo_file()
        if not database.exists():
            raise Stop(f"{database} does not exist.")
        first = database.with_name("first-sync.duckdb")
        say(f"-- dbt build on {database}")
        if first.exists() and not has_history(database):
            remember(first, database)
        show(database, dbt(database, "build"))
    except Stop as reason:
        print(f"script/dbt: {reason}", file=sys.stderr)
        return 1
    say(f"script/dbt: done in {time.monotonic() - started:.0f} s")
    return 0


def has_history(database: Path) -> bool:
    import duckdb

    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(
            "select count(*) from duckdb_tables() where schema_name = ?", [HISTORY]
        ).fetchone()
    return bool(found and found[0])


if __name__ == "__main__":
    sys.exit(main())
