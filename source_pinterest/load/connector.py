"""Runs the connector in a process of its own, as a platform does, and turns its output into events."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import orjson

COMMAND = (sys.executable, "-m", "source_pinterest")
"""Starts the connector."""

BYTES_AT_ONCE = 1 << 20
"""The most bytes that are read from the connector's stdout at once."""

RECORD = b'{"type":"RECORD","record":{"stream":"'


@dataclass(frozen=True)
class Rows:
    """RECORD messages of one stream, as lines."""

    stream: str
    lines: list[bytes]
    size: int
    """Bytes."""


@dataclass(frozen=True)
class State:
    """A STATE message: the rows of the stream before it need not be read again."""

    stream: str
    message: Mapping[str, Any]
    """An item of the list that `--state` takes."""


@dataclass(frozen=True)
class Status:
    """The status of a stream: STARTED, RUNNING, COMPLETE or INCOMPLETE."""

    stream: str
    status: str


@dataclass(frozen=True)
class Problem:
    """An error of one stream, or of all (empty name)."""

    stream: str
    sentence: str


@dataclass(frozen=True)
class NewConfig:
    """A configuration with a renewed login; the previous one may be void."""

    config: Mapping[str, Any]


@dataclass(frozen=True)
class Log:
    """A log line."""

    level: str
    sentence: str


Event = Rows | State | Status | Problem | NewConfig | Log


class Connector:
    """One run of `read`."""

    def __init__(self, command: Sequence[str], files: Mapping[str, Path]) -> None:
        """Starts the process. `files`: by option (config, catalog, state)."""
        arguments = [part for name, path in files.items() for part in (f"--{name}", str(path))]
        self._process = subprocess.Popen(  # noqa: S603  our own command
            [*command, "read", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        )

    def events(self) -> Iterator[Event]:
        """Yields all events in order, until the connector ends."""
        assert self._process.stdout  # noqa: S101  it is a pipe
        yield from events(self._process.stdout)

    def exit_code(self) -> int:
        """The exit code, after the last event."""
        return self._process.wait()

    def stop(self) -> None:
        """Ends the connector."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()


def events(stdout: IO[bytes]) -> Iterator[Event]:
    """Yields the messages on an open stdout as events. Ignores an unfinished last line."""
    rest = b""
    read = getattr(stdout, "read1", stdout.read)
    while chunk := read(BYTES_AT_ONCE):
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        yield from _events(lines)


def _events(lines: list[bytes]) -> Iterator[Event]:
    """Turns lines into events. Successive rows of a stream become one event."""
    rows: list[bytes] = []
    begins, stream = b"\n", ""
    for line in lines:
        if line.startswith(begins):
            rows.append(line)
            continue
        if rows:
            yield Rows(stream, rows, sum(map(len, rows)))
            rows = []
        if line.startswith(RECORD):
            begins = line[: line.index(b'"', len(RECORD)) + 1]
            stream = orjson.loads(begins[len(RECORD) - 1 :])
            rows = [line]
        elif line:
            begins = b"\n"
            yield from _event(orjson.loads(line))
    if rows:
        yield Rows(stream, rows, sum(map(len, rows)))


def _event(message: Mapping[str, Any]) -> Iterator[Event]:
    kind = message.get("type")
    if kind == "RECORD":  # the keys are in another order
        record = message["record"]
        line = orjson.dumps({"type": kind, "record": record})
        yield Rows(record["stream"], [line], len(line))
    elif kind == "STATE":
        state = message["state"]
        yield State(state["stream"]["stream_descriptor"]["name"], state)
    elif kind == "TRACE":
        trace = message["trace"]
        if trace["type"] == "STREAM_STATUS":
            found = trace["stream_status"]
            yield Status(found["stream_descriptor"]["name"], found["status"])
        elif trace["type"] == "ERROR":
            error = trace["error"]
            stream = (error.get("stream_descriptor") or {}).get("name", "")
            yield Problem(stream, error["message"])
    elif kind == "CONTROL":
        yield NewConfig(message["control"]["connectorConfig"]["config"])
    elif kind == "LOG":
        yield Log(message["log"]["level"], message["log"]["message"])
