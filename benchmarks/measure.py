"""Commands in processes of their own: how long, how much processor, how much memory."""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
OURS = [sys.executable, "-m", "source_pinterest"]
WITHOUT_LIMITS = [sys.executable, str(ROOT / "benchmarks" / "without_limits.py"), "--today"]
"""The same without Pinterest's rate limits; a path, so that the package is that of another checkout, too."""

ENVIRONMENT = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Byte code is kept from one run to the next, as where the connector is installed."""


POLL, IDLE = 0.2, 0.01
"""Seconds, and of the processor's time meanwhile."""


@dataclass(frozen=True)
class Usage:
    """Of one process that has ended."""

    seconds: float
    cpu_seconds: float
    """Of all its threads, the system's part included."""
    peak_mb: float
    records: int | None = None
    """RECORD lines on its stdout, where they were counted."""

    def as_dict(self) -> dict[str, Any]:
        return {name: round(found, 3) for name, found in asdict(self).items() if found is not None}


def run(
    command: Sequence[str],
    *,
    count_records: bool = False,
    root: Path = ROOT,
    server: Server | None = None,
) -> Usage:
    """Its stdout goes nowhere, or is read for the records in it; raises when it fails.

    `root`: the checkout to run it in. `server`: counts from its first answer of a report on, so that neither the
    start of the process nor the lists count.
    """
    with tempfile.TemporaryFile() as errors:
        if server:
            server.switch("hold_reports")
        began, before = time.perf_counter(), 0.0
        process = subprocess.Popen(
            command,
            cwd=root,
            env={**ENVIRONMENT, "PYTHONPATH": str(root)},
            stdout=subprocess.PIPE if count_records else subprocess.DEVNULL,
            stderr=errors,
        )
        if server and server.holds_a_report(process):
            before, began = cpu_seconds_of(process.pid), time.perf_counter()
            server.switch("let_reports_go")
        records, said = None, b""
        if process.stdout:
            records = 0
            for line in process.stdout:
                if b'"type":"RECORD"' in line:
                    records += 1
                elif b'"type":"ERROR"' in line:
                    said = said or line[:1_000]
            process.stdout.close()
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            raise RuntimeError(f"{command} failed: {(said + errors.read()[-1_000:]).decode()}")
    cpu_seconds = used.ru_utime + used.ru_stime - before
    return Usage(seconds, cpu_seconds, used.ru_maxrss / 1024, records)


def cpu_seconds_of(process: int) -> float:
    """The processor time of a running process so far, from its clock in Linux."""
    return time.clock_gettime(~process << 3 | 2)


@contextmanager
def on_processors(numbers: set[int]) -> Iterator[None]:
    """What this process starts within the context runs on these processors."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, numbers)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def median(values: Iterable[float]) -> float:
    return statistics.median(values)


class Server:
    """A canned Pinterest in a process of its own."""

    def __init__(
        self,
        ads: int,
        latency: float = 0.0,
        *,
        has_limits: bool = False,
        has_few_rows: bool = False,
        of: str = "clean",
    ) -> None:
        """`of`: the set of answers, see `answers.SETS`. `has_few_rows`: of two ids only."""
        self._command = [sys.executable, "-m", "benchmarks.canned_pinterest", "--ads", str(ads)]
        self._command += ["--latency", str(latency), *(["--limits"] if has_limits else [])]
        self._command += ["--set", of, *(["--few"] if has_few_rows else [])]

    def __enter__(self) -> Server:
        self._process = subprocess.Popen(self._command, cwd=ROOT, stdout=subprocess.PIPE)
        assert self._process.stdout  # noqa: S101  it was asked for
        self.url = self._process.stdout.readline().decode().strip()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def statistics(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.get(self.connection(), "/statistics"))
        return found

    def switch(self, name: str) -> None:
        self.get(self.connection(), f"/{name}")

    def holds_a_report(self, process: subprocess.Popen[bytes]) -> bool:
        """Waits until the process waits for its first reports, and does nothing else any more, such as reading lists.
        False if it has ended without one."""
        spent, now = -1.0, 0.0
        while not self.statistics()["is_report_held"] or now - spent > IDLE:
            if process.poll() is not None:
                return False
            time.sleep(POLL)
            spent, now = now, cpu_seconds_of(process.pid)
        return True

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(urlsplit(self.url).netloc)

    def get(self, connection: http.client.HTTPConnection, path: str) -> bytes:
        connection.request("GET", f"{urlsplit(self.url).path}{path}")
        return connection.getresponse().read()


@contextmanager
def files(**contents: Any) -> Any:
    """`--config … --catalog …`, with files that hold them."""
    with tempfile.TemporaryDirectory() as folder:
        arguments: list[str] = []
        for name, content in contents.items():
            path = Path(folder) / f"{name}.json"
            path.write_text(json.dumps(content), encoding="utf-8")
            arguments += [f"--{name}", str(path)]
        yield arguments


def config(url: str, **more: Any) -> dict[str, Any]:
    credentials = {"auth_method": "access_token", "access_token": "pina_canned"}
    return {"credentials": credentials, "base_url": url, **more}


@lru_cache
def _discovered(root: Path) -> dict[str, dict[str, Any]]:
    """By name: the streams that a checkout offers."""
    with files(config=config("http://127.0.0.1:9/v5")) as arguments:
        command = [*OURS, "discover", *arguments]
        environment = {**ENVIRONMENT, "PYTHONPATH": str(root)}
        printed = subprocess.run(
            command, cwd=root, env=environment, check=True, stdout=subprocess.PIPE
        ).stdout
    messages = map(json.loads, printed.splitlines())
    catalog = next(each["catalog"] for each in messages if each["type"] == "CATALOG")
    return {stream["name"]: stream for stream in catalog["streams"]}


def catalog(
    columns: Iterable[str] | None, stream: str = "ad_analytics_daily", root: Path = ROOT
) -> dict[str, Any]:
    """A stream, with its key and some of its columns, or with all."""
    offered = _discovered(root)[stream]
    properties: Mapping[str, Any] = offered["json_schema"]["properties"]
    if columns is not None:
        key = [name for path in offered["source_defined_primary_key"] for name in path]
        wanted = {*key, *columns}
        properties = {name: kind for name, kind in properties.items() if name in wanted}
    selected = {**offered, "json_schema": {"type": "object", "properties": properties}}
    modes = {"sync_mode": "incremental", "destination_sync_mode": "append_dedup"}
    return {"streams": [{"stream": selected, **modes}]}


def read(
    server: Server,
    columns: Iterable[str] | None,
    *,
    count_records: bool = False,
    stream: str = "ad_analytics_daily",
    root: Path = ROOT,
    from_first_report: bool = False,
    command: Sequence[str] = OURS,
    **options: Any,
) -> Usage:
    """The connector of a checkout reads a stream. `options`: of its configuration. `from_first_report`: what comes
    before does not count."""
    contents = {
        "config": config(server.url, **options),
        "catalog": catalog(columns, stream, root),
    }
    with files(**contents) as arguments:
        return run(
            [*command, "read", *arguments],
            count_records=count_records,
            root=root,
            server=server if from_first_report else None,
        )
