"""What script/demo runs, in the environment that it has made: see there."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from types import FrameType
from typing import Any

import demo_results
import yaml
from demo_config import ConfigFile, Stop
from demo_fake import PretendedPinterest
from demo_results import Contents, Report, contents

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".demo"
DATABASE = FOLDER / "pinterest.duckdb"
EARLIER = FOLDER / "first-sync.duckdb"
CHART = FOLDER / "spend.png"
LOGS = FOLDER / "logs"
EXECUTABLE = FOLDER / "source-pinterest"
DAILY = "ad_analytics_daily"


def say(text: str = "") -> None:
    """To the person in front of it, also while the client's own output goes to a file."""
    print(text, file=sys.__stdout__, flush=True)


@dataclass
class Sync:
    """What one sync brought."""

    arrived: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    days: list[str] = field(default_factory=list)
    """The first and last days that were asked for of DAILY, request by request."""


def shown(path: Path) -> str:
    """As one would type it in the repository's folder."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def make_executable(command: list[str]) -> None:
    """What the client starts as the connector."""
    EXECUTABLE.write_text(
        "#!/bin/sh\n"
        f"cd {shlex.quote(str(ROOT))} || exit 1\n"
        f'exec {shlex.join(command)} "$@" 2>>{shlex.quote(str(LOGS / "connector.txt"))}\n'
    )
    EXECUTABLE.chmod(0o755)


def at(day: date) -> list[str]:
    """The connector, as it runs at 09:00 UTC of that day."""
    instant = datetime(day.year, day.month, day.day, 9, tzinfo=timezone.utc)
    return [sys.executable, "-m", "integration_tests.connector", instant.isoformat()]


# The steps


def describe(client: Any, where: str) -> list[Report]:
    """spec, check, discover."""
    say("-- spec")
    fields = client.spec()["properties"]
    say(f"   {len(fields)} settings: {', '.join(list(fields)[:5])}, …")
    say("-- check")
    client.check()
    say(f"   the login works at {where}")
    say("-- discover")
    found = list(client.discover())
    metadata = yaml.safe_load((ROOT / "metadata.yaml").read_text(encoding="utf-8"))["data"]
    suggested = metadata["suggestedStreams"]["streams"]
    reports = [Report.of(stream) for stream in found if stream.name in suggested]
    count = sum(report.incremental for report in reports)
    more = f"; {len(found) - len(reports)} more to choose from" if len(found) > len(reports) else ""
    say(f"   {len(reports)} reports, {count} of them incremental{more}")
    return reports


def sync(client: Any, reports: list[Report], pinterest: PretendedPinterest | None) -> Sync:
    """Lists overwrite their tables, analytics are merged into them: two reads, one sync."""
    result = Sync()
    if pinterest:
        pinterest.new_requests()
    for lists in (True, False):
        names = [report.name for report in reports if report.incremental is not lists]
        result.arrived += client.read(DATABASE, names, overwrite=lists)
        for request in pinterest.new_requests() if pinterest else []:
            of = demo_results.requests_by_report([request], lists=lists)
            result.requests += of
            if DAILY in of:
                result.days += [request["start_date"], request["end_date"]]
    return result


@contextmanager
def database() -> Iterator[Any]:
    import duckdb

    with duckdb.connect(str(DATABASE), read_only=True) as connection:
        yield connection


def show_merging(reports: list[Report], first: Sync, second: Sync) -> None:
    """That days arrived twice and are there once."""
    say()
    say("-- What arrived twice is there once: rows are merged by their key, lists replaced")
    with database() as connection:
        found = {report.name: contents(connection, report) for report in reports}
        connection.execute(f"attach '{EARLIER}' as earlier (read_only)")
        again, changed, from_day, to_day = demo_results.restated(
            connection, f"earlier.{DAILY}", DAILY
        )
    rows = [
        [
            report.name,
            first.arrived[report.name],
            second.arrived[report.name],
            found[report.name].rows,
            found[report.name].duplicates,
        ]
        for report in reports
    ]
    for line in demo_results.lines(
        ["report", "first sync", "second sync", "rows now", "duplicates"], rows
    ):
        say(f"   {line}")
    say()
    say(f"   {DAILY}: the first sync asked for {min(first.days)} to {max(first.days)},")
    say(f"   the second for {min(second.days)} to {max(second.days)}: the days that Pinterest may")
    say(
        f"   still restate, and one more. {again:,} rows came again, {changed:,} of them with other"
    )
    say(f"   numbers (of {from_day} to {to_day}). The newest day is {found[DAILY].last}.")
    if min(second.days) <= min(first.days):
        raise Stop("The second sync has read everything again: it should have been incremental.")


def show_results(
    reports: list[Report], requests: Counter[str] | None, *, may_be_empty: bool
) -> None:
    """The table of all reports, the chart, how to go on; and whether all is as it should be."""
    with database() as connection:
        found = {report.name: contents(connection, report) for report in reports}
        drawn = demo_results.chart(connection, CHART)
    say()
    say("-- The reports")
    header = ["report", "rows", "days", "first", "last"]
    rows = [row_of(report, found[report.name]) for report in reports]
    if requests is not None:
        header.append("requests")
        for row in rows:
            row.append(requests[row[0]])
        shared = "(login, user, ad accounts, ids)"
        rows.append([shared, None, None, None, None, requests[""]])
    for line in demo_results.lines(header, rows):
        say(f"   {line}")
    say("   ads analytics without a day in their key are totals over the days shown")
    say()
    if drawn:
        say(f"chart:     {CHART} ({drawn})")
    else:
        say("chart:     none, since no ad has spent anything in these days: nothing to draw")
    say(f"database:  {DATABASE}")
    say(f"open it:   duckdb {shown(DATABASE)}, or without DuckDB's own shell:")
    code = f'import duckdb; duckdb.connect("{shown(DATABASE)}").table("{DAILY}").show()'
    say(f"           .venv-demo/bin/python -c {shlex.quote(code)}")
    if wrong := demo_results.problems(found, may_be_empty=may_be_empty):
        raise Stop("The tables are not as they should be:\n" + "\n".join(wrong))


def row_of(report: Report, found: Contents) -> list[Any]:
    return [report.name, found.rows, found.days, found.first, found.last]


# The two demos


def with_pretended_pinterest() -> None:
    from demo_client import Client

    today = datetime.now(timezone.utc).date()
    tomorrow = today + timedelta(days=1)
    pinterest = PretendedPinterest(today, LOGS)
    try:
        pinterest.start(today)
        say(f"-- A pretended Pinterest at {pinterest.url}, on {today}")
        make_executable(at(today))
        config = {
            "credentials": {"auth_method": "access_token", "access_token": "pina_test_token"},
            "targeting_types": ["AGE_BUCKET", "COUNTRY", "GENDER", "PLACEMENT"],
            "base_url": pinterest.url,
        }
        client = Client(EXECUTABLE, config, LOGS / "client.txt", say)
        reports = describe(client, pinterest.url)
        say(f"-- read, on {today}")
        first = sync(client, reports, pinterest)
        must_be_complete(client)
        shutil.copyfile(DATABASE, EARLIER)
        say(f"-- read again, a day later: on {tomorrow}")
        pinterest.start(tomorrow)
        make_executable(at(tomorrow))
        second = sync(client, reports, pinterest)
        must_be_complete(client)
    finally:
        pinterest.stop()
    show_merging(reports, first, second)
    EARLIER.unlink()
    show_results(reports, first.requests + second.requests, may_be_empty=False)


def with_config(path: Path) -> None:
    from demo_client import Client

    file = ConfigFile(path)
    config = file.read()
    file.check_can_be_kept(config)
    make_executable([str(Path(sys.executable).parent / "source-pinterest")])
    client = Client(EXECUTABLE, config, LOGS / "client.txt", say, file.keep_credentials)
    try:
        reports = describe(client, str(config.get("base_url", "Pinterest")))
        say("-- read: this takes as long as Pinterest's rate limits want it to")
        sync(client, reports, None)
    finally:
        if client.lost_config:
            say(f"The new refresh token could not be kept in {path}: {client.lost_config}")
            say("Log in with Pinterest again before the next sync.")
    for message in client.incomplete.values():
        say(f"   {message}")
    show_results(reports, None, may_be_empty=True)
    if client.incomplete or client.lost_config:
        raise Stop("The sync is incomplete: see above.")


def must_be_complete(client: Any) -> None:
    if client.incomplete:
        messages = "\n".join(client.incomplete.values())
        raise Stop(f"The sync is incomplete; see also {shown(LOGS)}:\n{messages}")


def prepare() -> None:
    """A .demo without the last run's files, for its owner only: the client's temporary files hold the login."""
    if "AIRBYTE_OFFLINE_MODE" not in os.environ:
        raise Stop("Start script/demo: it makes the environment that this needs.")
    temporary = Path(os.environ["AIRBYTE_TEMP_DIR"])
    for folder in (LOGS, temporary, FOLDER / ".cache"):
        shutil.rmtree(folder, ignore_errors=True)
    for file in (DATABASE, DATABASE.with_suffix(".duckdb.wal"), EARLIER, CHART):
        file.unlink(missing_ok=True)
    for folder in (FOLDER, LOGS, temporary):
        folder.mkdir(mode=0o700, exist_ok=True)


def end(signal_number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    """Ctrl-C and kill: whatever the client makes of an exception, this one is seen at the end."""
    signal.signal(signal_number, signal.SIG_IGN)
    interrupted.append(signal_number)
    raise KeyboardInterrupt


interrupted: list[int] = []


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="script/demo",
        description="Reads all 16 reports into a DuckDB file, from a pretended Pinterest on this "
        "machine: nothing to set up.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--config",
        type=lambda text: Path(os.environ.get("DEMO_STARTED_IN", "."), text),
        metavar="my.json",
        help="read from Pinterest instead, with your own credentials; new tokens are written "
        "back into the file",
    )
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    config: Path | None = arguments(argv).config
    started = time.monotonic()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    try:
        if config:
            ConfigFile(config).read()
        if "DEMO_ARGUMENTS_ONLY" in os.environ:
            return 0
        prepare()
        if config:
            with_config(config)
        else:
            with_pretended_pinterest()
    except BaseException as reason:
        if interrupted:
            print("script/demo: interrupted", file=sys.stderr)
            return 128 + interrupted[0]
        if not isinstance(reason, Stop):
            raise
        print(f"script/demo: {reason}", file=sys.stderr)
        return 1
    say(f"script/demo: done in {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
