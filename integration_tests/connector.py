"""The connector through its real entry point, at a given instant.

In this process, `Connector(...).read(...)`; as a command: `command.py`.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest import mock

import msgspec
import yaml

from integration_tests import settings
from integration_tests.command import command
from integration_tests.forked import forked
from source_pinterest.run import run

ROOT = Path(__file__).resolve().parent.parent

Message = dict[str, Any]

EVERY_STATUS = ("ACTIVE", "PAUSED", "ARCHIVED", "DRAFT", "DELETED_DRAFT")


def is_about_arrays(request: Any) -> bool:
    """Whether a request to the fake finds out how Pinterest takes arrays: it asks for a part of a list, by id or by
    status. A sync sends a few of them, or none: that depends on which of its answers comes first."""
    return is_about_statuses(request) or any(name.endswith("_ids") for name in request.params)


def is_about_statuses(request: Any) -> bool:
    """The same by status only, as of a sync in which the first list to come lacks some of them."""
    statuses = request.params.get("entity_statuses", [])
    return bool(statuses and set(",".join(statuses).split(",")) < set(EVERY_STATUS))


def without_version(state: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of a saved state by account, without the version of their format."""
    return {key: entry for key, entry in state.items() if key != "version"}


RECORD = '{"type":"RECORD"'
"""How the line of a record begins. There are many of them, and most tests look at few other messages."""


def _payload(message: Message) -> Any:
    return next(value for key, value in message.items() if key != "type")


def _json(line: str) -> Any:
    """As the slower `json` reads it, which also takes half an emoji and NaN."""
    try:
        return msgspec.json.decode(line)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return json.loads(line)


@dataclass(frozen=True)
class Output:
    """The connector's output, line by line, and its exit code."""

    lines: list[str]
    exit_code: int

    @cached_property
    def messages(self) -> list[Message]:
        """Every line as a message: stdout carries nothing else."""
        return [_json(line) for line in self.lines]

    @cached_property
    def _by_type(self) -> dict[str, list[Any]]:
        """Of all messages that are no records."""
        found: dict[str, list[Any]] = {}
        for each in map(_json, (line for line in self.lines if not line.startswith(RECORD))):
            found.setdefault(each["type"], []).append(_payload(each))
        return found

    @cached_property
    def _by_stream(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for each in self.of_type("RECORD"):
            found.setdefault(each["stream"], []).append(each["data"])
        return found

    def of_type(self, kind: str) -> list[Any]:
        """The payloads of the messages of a type, each the one thing beside `type`."""
        if kind == "RECORD":
            return [_payload(each) for each in self.messages if each["type"] == kind]
        return list(self._by_type.get(kind, ()))

    def records(self, stream: str) -> list[dict[str, Any]]:
        return list(self._by_stream.get(stream, ()))

    def states(self, stream: str) -> list[Any]:
        """The states of a stream, in order, without the version of their format."""
        return [
            without_version(each["stream"]["stream_state"])
            for each in self.of_type("STATE")
            if each["stream"]["stream_descriptor"]["name"] == stream
        ]

    @property
    def last_states(self) -> list[Message]:
        """The last STATE of each stream, as the platform gives it to the next sync."""
        last = {each["stream"]["stream_descriptor"]["name"]: each for each in self.of_type("STATE")}
        return list(last.values())

    @property
    def statuses(self) -> dict[str, str]:
        """The last status of each stream."""
        return {
            each["stream_status"]["stream_descriptor"]["name"]: each["stream_status"]["status"]
            for each in self.of_type("TRACE")
            if each["type"] == "STREAM_STATUS"
        }

    @property
    def errors(self) -> list[dict[str, Any]]:
        return [each["error"] for each in self.of_type("TRACE") if each["type"] == "ERROR"]

    @property
    def logs(self) -> str:
        return "\n".join(f"{each['level']} {each['message']}" for each in self.of_type("LOG"))

    @property
    def catalog(self) -> list[dict[str, Any]]:
        (catalog,) = self.of_type("CATALOG")
        streams: list[dict[str, Any]] = catalog["streams"]
        return streams

    @property
    def connection_status(self) -> dict[str, Any]:
        (status,) = self.of_type("CONNECTION_STATUS")
        return dict(status)


@dataclass(frozen=True)
class Connector:
    """A connector that is run with one configuration."""

    config: Any
    now: str | Callable[[], datetime] = "2026-11-24T09:00:00+00:00"
    """An instant that stands still, or a clock."""

    def check(self) -> Output:
        with self._files(config=self.config) as arguments:
            return self._run("check", arguments)

    def discover(self) -> Output:
        with self._files(config=self.config) as arguments:
            return self._run("discover", arguments)

    def read(self, catalog: Message, state: Iterable[Message] = ()) -> Output:
        with self._files(config=self.config, catalog=catalog, state=list(state)) as arguments:
            return self._run("read", arguments)

    def run(self, command: str, **files: Path) -> Output:
        """A command with files that are there already, whatever they hold."""
        return self._run(
            command, [part for name in files for part in (f"--{name}", str(files[name]))]
        )

    @contextmanager
    def reading(self, catalog: Message, state: Iterable[Message] = ()) -> Any:
        """A read in a process of its own, whose stdout is a pipe, to be killed."""
        with self._files(config=self.config, catalog=catalog, state=list(state)) as arguments:
            process = subprocess.Popen(
                [*command(str(self.now)), "read", *arguments], stdout=subprocess.PIPE, cwd=ROOT
            )
            try:
                yield process
            finally:
                process.kill()
                process.stdout.close()  # type: ignore[union-attr]
                process.wait()

    @contextmanager
    def reading_at_once(self, catalog: Message, state: Iterable[Message] = ()) -> Any:
        """The same in a process that does not start, but is forked: where only what was printed matters."""
        with (
            self._files(config=self.config, catalog=catalog, state=list(state)) as arguments,
            forked(["read", *arguments], str(self.now)) as process,
        ):
            yield process

    @contextmanager
    def _files(self, **contents: Any) -> Any:
        with tempfile.TemporaryDirectory() as folder:
            arguments = []
            for name, content in contents.items():
                path = Path(folder) / f"{name}.json"
                path.write_text(content if isinstance(content, str) else json.dumps(content))
                arguments += [f"--{name}", str(path)]
            yield arguments

    def _run(self, command: str, arguments: list[str]) -> Output:
        now = self.now
        clock = now if callable(now) else lambda: datetime.fromisoformat(str(now))
        stdout = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        exit_code = 0
        with mock.patch.multiple(sys, stdout=stdout, __stdout__=stdout):
            try:
                run([command, *arguments], clock, settings.in_use())
            except SystemExit as end:
                exit_code = int(end.code or 0)
        stdout.flush()
        printed = stdout.buffer.getvalue().decode()  # type: ignore[attr-defined]
        # not splitlines: a name may hold what Unicode, but not JSON, takes for the end of a line
        return Output([line for line in printed.split("\n") if line], exit_code)


def documented(streams: Iterable[Message]) -> list[Message]:
    """The 16 among the discovered streams that a platform selects if nothing is chosen."""
    suggested = yaml.safe_load((ROOT / "metadata.yaml").read_text("utf-8"))["data"]
    names = suggested["suggestedStreams"]["streams"]
    return [stream for stream in streams if stream["name"] in names]


def configured(
    streams: Iterable[Mapping[str, Any]],
    names: Iterable[str] | None = None,
    sync_mode: str | None = None,
    fields: Mapping[str, Iterable[str]] | None = None,
) -> Message:
    """A configured catalog from a discovered one: of some streams, in the best or a given mode.

    `fields` names, by stream, the only fields that are selected.
    """
    wanted = None if names is None else list(names)
    chosen = []
    for stream in streams:
        if wanted is not None and stream["name"] not in wanted:
            continue
        properties = stream["json_schema"]["properties"]
        if fields and stream["name"] in fields:
            properties = {name: properties[name] for name in fields[stream["name"]]}
        chosen.append(
            {
                "stream": {
                    **stream,
                    "json_schema": {**stream["json_schema"], "properties": properties},
                },
                "sync_mode": sync_mode or stream["supported_sync_modes"][-1],
                "destination_sync_mode": "append_dedup" if sync_mode is None else "overwrite",
                "cursor_field": stream.get("default_cursor_field", []),
                "primary_key": stream["source_defined_primary_key"],
            }
        )
    return {"streams": chosen}
