"""What script/demo runs, in the environment that it has made: see there."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import signal
import subprocess
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

import demo_report
import demo_results
from demo_config import ConfigFile, Stop
from demo_fake import FakePinterestProcess
from demo_figures import Figures
from demo_results import Contents, Report, contents

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".demo"
DATABASE = FOLDER / "pinterest_data.duckdb"
EARLIER = FOLDER / "first-sync.duckdb"
REPORT = FOLDER / "report.html"
LOGS = FOLDER / "logs"
CONFIG = FOLDER / "config.json"
DAILY = "ad_analytics_daily"
NOT_SUGGESTED = (
    *("ad_accounts", "ad_account_analytics_daily", "campaign_analytics_daily"),
    *("ad_group_analytics_daily", "targeting_options"),
)
"""What is read beside the reports that platforms suggest: what the report needs to add up, and for names."""
COLUMNS = (
    "SPEND_IN_DOLLAR",
    "SPEND_IN_MICRO_DOLLAR",
    "PAID_IMPRESSION",
    "TOTAL_IMPRESSION",
    "IMPRESSION_1",
    "IMPRESSION_2",
    "CLICKTHROUGH_1",
    "CLICKTHROUGH_2",
    "TOTAL_CLICKTHROUGH",
    "TOTAL_ENGAGEMENT",
    "CTR",
    "OUTBOUND_CLICK_1",
    "TOTAL_CONVERSIONS",
    "TOTAL_CHECKOUT",
    "TOTAL_CHECKOUT_VALUE_IN_MICRO_DOLLAR",
)
"""Of Pinterest's columns of ads reports, those that the demo reads."""


def say(text: str = "") -> None:
    print(text, flush=True)


@dataclass
class Sync:
    """What one sync brought."""

    arrived: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    days: list[str] = field(default_factory=list)
    """The first and last days that were asked for of DAILY, request by request."""
    missing: list[str] = field(default_factory=list)
    """Reports without a table."""
    is_complete: bool = True


def shown(path: Path) -> str:
    """As one would type it in the repository's folder."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


@dataclass(frozen=True)
class Connector:
    """The command line of the connector: as a user types it, or as it runs at 09:00 UTC of a day."""

    config: Path
    day: date | None = None

    def ask(self, verb: str) -> list[dict[str, Any]]:
        """The messages that a verb prints."""
        instant = [] if self.day is None else [self.instant]
        module = "source_pinterest" if self.day is None else "integration_tests.command"
        options = [] if verb == "spec" else ["--config", str(self.config)]
        with (LOGS / "connector.txt").open("a") as log:
            done = subprocess.run(
                [sys.executable, "-m", module, *instant, verb, *options],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
                check=False,
            )
        messages = [json.loads(line) for line in done.stdout.splitlines()]
        for message in messages:
            error = (message.get("trace") or {}).get("error")
            if error:
                raise Stop(error["message"])
        return messages

    def load(self, streams: list[str]) -> int:
        """`source-pinterest load`, which says for itself what it does. Its exit code."""
        options = ["--config", str(self.config), "--into", str(DATABASE)]
        options += ["--streams", ",".join(streams), "--columns", ",".join(COLUMNS)]
        say(
            f"   {len(streams)} streams, of ads reports {len(COLUMNS)} columns, into {shown(DATABASE)}"
        )
        command = [sys.executable, "-m", "source_pinterest", "load"]
        if self.day is not None:
            command = [sys.executable, "-m", "integration_tests.command", self.instant, "load"]
        running = subprocess.Popen([*command, *options], cwd=ROOT)
        try:
            return running.wait()
        finally:
            running.terminate()
            running.wait()

    @property
    def instant(self) -> str:
        assert self.day  # noqa: S101
        return datetime(
            self.day.year, self.day.month, self.day.day, 9, tzinfo=timezone.utc
        ).isoformat()


# The steps


def describe(connector: Connector, where: str) -> tuple[list[Report], list[str]]:
    """spec, check, discover: the reports that are shown, and the names of all streams that are read."""
    import yaml  # in the demo's environment

    say("-- spec")
    (spec,) = [message["spec"] for message in connector.ask("spec") if message["type"] == "SPEC"]
    fields = spec["connectionSpecification"]["properties"]
    say(f"   {len(fields)} settings: {', '.join(list(fields)[:5])}, …")
    say("-- check")
    (status,) = [
        message["connectionStatus"]
        for message in connector.ask("check")
        if message["type"] == "CONNECTION_STATUS"
    ]
    if status["status"] != "SUCCEEDED":
        raise Stop(status["message"])
    say(f"   the login works at {where}")
    say("-- discover")
    (catalog,) = [
        message["catalog"] for message in connector.ask("discover") if message["type"] == "CATALOG"
    ]
    found = catalog["streams"]
    metadata = yaml.safe_load((ROOT / "metadata.yaml").read_text(encoding="utf-8"))["data"]
    wanted = {*metadata["suggestedStreams"]["streams"], *NOT_SUGGESTED}
    reports = [Report.of(stream) for stream in found if stream["name"] in wanted]
    count = sum(report.incremental for report in reports)
    more = f"; {len(found) - len(reports)} more to choose from" if len(found) > len(reports) else ""
    say(f"   {len(reports)} reports, {count} of them incremental{more}")
    own = [stream["name"] for stream in found if stream["name"].startswith("custom_")]
    return reports, [report.name for report in reports] + own


def sync(
    connector: Connector,
    reports: list[Report],
    streams: list[str],
    pinterest: FakePinterestProcess | None,
) -> Sync:
    """One load. Raises Stop where nothing could be loaded."""
    result = Sync()
    if pinterest:
        pinterest.new_requests()
    began = datetime.now(timezone.utc)
    result.is_complete = connector.load(streams) == 0
    if not DATABASE.exists():
        raise Stop("Nothing was loaded: see above.")
    with database() as connection:
        there = {
            name
            for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()
        }
        for report in reports:
            if report.name not in there:
                result.missing.append(report.name)
                continue
            arrived = connection.table(report.name).filter(f"_extracted_at >= '{began}'")
            result.arrived[report.name] = arrived.count("*").fetchall()[0][0]
    for request in pinterest.new_requests() if pinterest else []:
        of = demo_results.requests_by_report([request])
        result.requests += of
        if DAILY in of:
            result.days += [request["start_date"], request["end_date"]]
    return result


@contextmanager
def database() -> Iterator[Any]:
    import duckdb

    with duckdb.connect(str(DATABASE), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("use pinterest")
        yield connection


def write_report(*, made_up: bool) -> Figures:
    """The report, with what has changed since the first load if there was one."""
    with database() as connection:
        earlier = ""
        if EARLIER.exists():
            connection.execute(f"attach '{EARLIER}' as earlier (read_only)")
            earlier = "earlier.pinterest"
        return demo_report.write(REPORT, connection, earlier=earlier, made_up=made_up)


def show_merging(reports: list[Report], first: Sync, second: Sync, figures: Figures) -> None:
    """That days arrived twice and are there once."""
    say()
    say("-- What arrived twice is there once: rows are merged by their key, lists replaced")
    with database() as connection:
        found = {report.name: contents(connection, report) for report in reports}
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
    restated = figures.restated or []
    again, changed = sum(day.rows for day in restated), sum(day.changed for day in restated)
    say(
        f"   still restate, and one more. {again:,} rows came again, {changed:,} of them with other"
    )
    of = [day.day for day in restated if day.changed]
    say(f"   numbers (of {min(of)} to {max(of)}). The newest day is {found[DAILY].last}.")
    if min(second.days) <= min(first.days):
        raise Stop("The second sync has read everything again: it should have been incremental.")


def show_results(
    reports: list[Report], requests: Counter[str] | None, *, may_be_empty: bool
) -> None:
    """The table of all reports, how to go on; and whether all is as it should be."""
    with database() as connection:
        found = {report.name: contents(connection, report) for report in reports}
    say()
    say("-- The reports")
    header = ["report", "rows", "days", "first", "last"]
    rows = [row_of(report, found[report.name]) for report in reports]
    if requests is not None:
        header.append("requests")
        for row in rows:
            row.append(requests[row[0]])
        shared = "(login, user)"
        rows.append([shared, None, None, None, None, requests[""]])
    for line in demo_results.lines(header, rows):
        say(f"   {line}")
    say("   ads analytics without a day in their key are totals over the days shown")
    say()
    say(f"report:    {REPORT}")
    say("           one file, for the browser: figures, charts, and whether they add up")
    say(f"database:  {DATABASE}")
    for what, command in zip(
        ("open the report:", "look at a table:", "or, where DuckDB's own shell is installed:"),
        open_commands(),
        strict=True,
    ):
        say(what)
        say(f"   {command}")
    if wrong := demo_results.problems(found, may_be_empty=may_be_empty):
        raise Stop("The tables are not as they should be:\n" + "\n".join(wrong))


def show_reconciliation(figures: Figures) -> None:
    """Whether the levels add up, by ad account."""
    if not figures.reconciled:
        return
    say()
    say("-- The same spend at each level: ad account, campaigns, ad groups, ads, in micro units")
    rows: list[list[Any]] = [
        [of.account, *(of.spend[level] for level in figures.levels), of.days, len(of.differing)]
        for of in figures.reconciled
    ]
    header = ["ad account", *figures.levels, "days", "days that differ"]
    for line in demo_results.lines(header, rows):
        say(f"   {line}")


def row_of(report: Report, found: Contents) -> list[Any]:
    return [report.name, found.rows, found.days, found.first, found.last]


def open_commands() -> list[str]:
    """How to look at the report, and at the data without and with DuckDB's own shell."""
    code = f'import duckdb; duckdb.sql("from pinterest.{DAILY}").show()'
    code = code.replace("duckdb.sql", f'duckdb.connect("{shown(DATABASE)}").sql')
    return [
        f".venv-demo/bin/python -m webbrowser {shlex.quote(REPORT.as_uri())}",
        f".venv-demo/bin/python -c {shlex.quote(code)}",
        f"duckdb {shown(DATABASE)} {shlex.quote(f'from pinterest.{DAILY}')}",
    ]


# The two demos


def with_fake_pinterest() -> None:
    today = datetime.now(timezone.utc).date()
    tomorrow = today + timedelta(days=1)
    pinterest = FakePinterestProcess(today, LOGS)
    try:
        pinterest.start(today)
        say(f"-- A fake Pinterest at {pinterest.url}, on {today}")
        config = {
            "credentials": {"auth_method": "access_token", "access_token": "pina_test_token"},
            "targeting_types": ["AGE_BUCKET", "COUNTRY", "GENDER", "PLACEMENT"],
            "base_url": pinterest.url,
        }
        CONFIG.write_text(json.dumps(config), encoding="utf-8")
        reports, streams = describe(Connector(CONFIG, today), pinterest.url)
        say(f"-- load, on {today}")
        first = complete(sync(Connector(CONFIG, today), reports, streams, pinterest))
        shutil.copyfile(DATABASE, EARLIER)
        say(f"-- load again, a day later: on {tomorrow}")
        pinterest.start(tomorrow)
        second = complete(sync(Connector(CONFIG, tomorrow), reports, streams, pinterest))
    finally:
        pinterest.stop()
    figures = write_report(made_up=True)
    show_merging(reports, first, second, figures)
    show_reconciliation(figures)
    show_results(reports, first.requests + second.requests, may_be_empty=False)


def with_config(path: Path) -> None:
    file = ConfigFile(path)
    config = file.read()
    file.check_can_be_kept(config)
    connector = Connector(path)
    reports, streams = describe(connector, str(config.get("base_url", "Pinterest")))
    say("-- load: this takes as long as Pinterest's rate limits want it to")
    result = sync(connector, reports, streams, None)
    show_reconciliation(write_report(made_up=False))
    # One report in trouble costs itself: the others are shown.
    there = [report for report in reports if report.name not in result.missing]
    show_results(there, None, may_be_empty=True)
    complete(result)


def complete(result: Sync) -> Sync:
    if result.missing:
        raise Stop(f"These reports have no table: {', '.join(result.missing)}. See above.")
    if not result.is_complete:
        raise Stop("The load is incomplete: see above.")
    return result


def prepare() -> None:
    """A .demo without the last run's files, for its owner only: what stands beside the data may hold a login."""
    if "DEMO_STARTED_IN" not in os.environ:
        raise Stop("Start script/demo: it makes the environment that this needs.")
    for folder in (LOGS, DATABASE.with_suffix(".duckdb.load")):
        shutil.rmtree(folder, ignore_errors=True)
    for file in (DATABASE, DATABASE.with_suffix(".duckdb.wal"), EARLIER, REPORT):
        file.unlink(missing_ok=True)
    for folder in (FOLDER, LOGS):
        folder.mkdir(mode=0o700, exist_ok=True)


def end(signal_number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    """Ctrl-C and kill: whatever is made of an exception on the way, this one is seen at the end."""
    signal.signal(signal_number, signal.SIG_IGN)
    interrupted.append(signal_number)
    raise KeyboardInterrupt


interrupted: list[int] = []


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="script/demo",
        description="Reads your reports into a DuckDB file and writes a page of figures and charts, from a "
        "fake Pinterest on this machine: nothing to set up.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--config",
        type=lambda text: Path(os.environ.get("DEMO_STARTED_IN", "."), text),
        metavar="my.json",
        help="read from Pinterest instead, with your own credentials; a renewed login is written "
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
            with_fake_pinterest()
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
