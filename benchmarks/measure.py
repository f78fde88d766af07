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
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from benchmarks.canned_pinterest import SCHEMA

ROOT = Path(__file__).resolve().parent.parent
OURS = [sys.executable, "-m", "source_pinterest"]
ENVIRONMENT = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Byte code is kept from one run to the next, as where the connector is installed."""


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


def run(command: Sequence[str], *, count_records: bool = False) -> Usage:
    """Its stdout goes nowhere, or is read for the records in it; raises when it fails."""
    with tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=ENVIRONMENT,
            stdout=subprocess.PIPE if count_records else subprocess.DEVNULL,
            stderr=errors,
        )
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
    return Usage(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, records)


def median(values: Iterable[float]) -> float:
    return statistics.median(values)


class Server:
    """A canned Pinterest in a process of its own."""

    def __init__(self, ads: int, latency: float = 0.0, *, has_limits: bool = False) -> None:
        self._command = [sys.executable, "-m", "benchmarks.canned_pinterest", "--ads", str(ads)]
        self._command += ["--latency", str(latency), *(["--limits"] if has_limits else [])]

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


def config(url: str) -> dict[str, Any]:
    credentials = {"auth_method": "access_token", "access_token": "pina_canned"}
    return {"credentials": credentials, "base_url": url}


def catalog(columns: Iterable[str] | None) -> dict[str, Any]:
    """ad_analytics_daily, with some of its columns or all."""
    properties: Mapping[str, Any] = json.loads(SCHEMA.read_text("utf-8"))["properties"]
    if columns is not None:
        wanted = {"ad_id", "date", *columns}
        properties = {name: kind for name, kind in properties.items() if name in wanted}
    stream = {
        "name": "ad_analytics_daily",
        "json_schema": {"type": "object", "properties": properties},
        "supported_sync_modes": ["full_refresh", "incremental"],
        "source_defined_cursor": True,
        "default_cursor_field": ["date"],
        "source_defined_primary_key": [["ad_id"], ["date"]],
    }
    return {
        "streams": [
            {"stream": stream, "sync_mode": "incremental", "destination_sync_mode": "append_dedup"}
        ]
    }


def read(server: Server, columns: Iterable[str] | None, *, count_records: bool = False) -> Usage:
    """The connector reads every ad's 90 days."""
    with files(config=config(server.url), catalog=catalog(columns)) as arguments:
        return run([*OURS, "read", *arguments], count_records=count_records)
