"""Runs one load: puts the connector's rows into tables, and then saves its states."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from source_pinterest.load.connector import (
    COMMAND,
    Connector,
    Event,
    Log,
    NewConfig,
    Problem,
    Rows,
    State,
    Status,
)
from source_pinterest.load.destination import Destination, NotLoaded, Part
from source_pinterest.load.folder import Folder
from source_pinterest.load.rows import Misfit, RowDecoder
from source_pinterest.load.spool import Spool
from source_pinterest.load.tables import Mode, Table

MAX_WAITING_ROWS = 500_000
"""How many rows may wait before they are loaded. Our choice: a load takes about a second, whatever its size, and
waiting rows take space on the disk."""

MAX_WAITING_SECONDS = 60.0
"""How long rows may wait before they are loaded, which is the most time that a kill costs. Our choice."""

FILE_LOAD_FACTOR = 10
"""How many times as much may wait for Parquet files, since each load rewrites the whole table."""


@dataclass
class Stream:
    """The progress of one stream."""

    spool: Spool
    decoder: RowDecoder
    mode: Mode
    """How the rows in the spool are loaded. An incomplete list is merged into the present one."""
    status: str = ""
    """Its last status; empty before the first one."""
    rows: int = 0
    """How many rows have arrived."""
    loaded: int = 0
    """How many rows have been loaded."""
    is_done: bool = False
    """Whether it has ended, and all its rows are in the table."""
    state: Mapping[str, Any] | None = None
    """The last state, if it has not been saved yet."""
    problem: str = ""
    """Why rows are missing, as a sentence."""
    is_refused: bool = False
    """Whether the destination has refused it, so that nothing more of it is loaded or saved."""

    @property
    def has_ended(self) -> bool:
        """Whether the connector has sent its last status."""
        return self.status in ("COMPLETE", "INCOMPLETE")


@dataclass
class Outcome:
    """The result of a load."""

    streams: dict[str, Stream] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    """Errors about the load as a whole, as sentences."""
    seconds: float = 0.0
    """How long it took."""

    @property
    def is_complete(self) -> bool:
        """Whether all streams are complete, with all their rows in the tables."""
        return not self.problems and all(
            stream.status == "COMPLETE" and not stream.problem for stream in self.streams.values()
        )

    @property
    def misfits(self) -> dict[tuple[str, str], Misfit]:
        """By stream and column: values that did not fit."""
        return {
            (name, column): misfit
            for name, stream in self.streams.items()
            for column, misfit in stream.decoder.misfits.items()
        }


class Load:
    """A load in progress."""

    def __init__(
        self,
        catalog: Mapping[str, Any],
        tables: Mapping[str, Table],
        destination: Destination,
        folder: Folder,
        tell: Callable[[str], None],
        save_login: Callable[[Mapping[str, Any]], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`tell` gets sentences for the user, `save_login` a configuration with a renewed login."""
        self._catalog = catalog
        self._destination = destination
        self._folder = folder
        self._tell = tell
        self._save_login = save_login
        self._clock = clock
        self.outcome = Outcome(
            {
                name: self._stream(number, table)
                for number, (name, table) in enumerate(tables.items())
            }
        )
        self.activity = "starting"
        """What it is doing, in words, for a thread that shows the progress."""
        self._states: dict[str, Mapping[str, Any]] = {}
        self._load_id = ""
        self._last_load = clock()
        factor = FILE_LOAD_FACTOR if destination.is_parquet else 1
        self._max_rows = MAX_WAITING_ROWS * factor
        self._max_seconds = MAX_WAITING_SECONDS * factor

    def _stream(self, number: int, table: Table) -> Stream:
        decoder = RowDecoder(table, has_nul=self._destination.has_nul)
        path = self._folder.scratch / f"{number}.arrow"
        return Stream(Spool(table, path, decoder), decoder, table.mode)

    @property
    def _streams(self) -> dict[str, Stream]:
        return self.outcome.streams

    def run(self, config: Mapping[str, Any], command: Sequence[str] = COMMAND) -> Outcome:
        """Reads and loads everything. Raises NotLoaded if the destination accepts nothing at all."""
        started = self._clock()
        self._destination.open()
        self._restore_states()
        self.activity = "reading"
        connector = Connector(command, self._files(config))
        try:
            for event in connector.events():
                self._handle(event)
                if self._is_time():
                    self._load()
            exit_code = connector.exit_code()
        finally:
            connector.stop()
        self._end(exit_code)
        self._load()
        self.outcome.seconds = self._clock() - started
        return self.outcome

    def _files(self, config: Mapping[str, Any]) -> dict[str, Path]:
        states = [state for name, state in self._states.items() if self._is_resumable(name)]
        contents = {"config": config, "catalog": self._catalog, "state": states}
        files = {name: self._folder.scratch / f"{name}.json" for name in contents}
        for name, path in files.items():
            path.touch(mode=0o600)
            path.write_bytes(orjson.dumps(contents[name]))
        return files

    def _is_resumable(self, name: str) -> bool:
        """Whether a stream continues from its state. A table that is replaced does not, or the rows before the state
        would be missing."""
        return name in self._streams and self._streams[name].spool.table.mode is Mode.MERGE

    def _restore_states(self) -> None:
        """Takes the saved states whose rows are in the tables."""
        states, self._load_id = self._folder.states()
        if states and not self._destination.has_load(self._load_id):
            self._tell(
                f"The states in {self._folder.path} do not belong to the data that is there now, so "
                "every stream is read from the start."
            )
            states = {}
        for name in self._destination.missing(list(states)):
            self._tell(f"{name} has a state but no table, so it is read from the start.")
            del states[name]
        self._states = dict(states)

    # --- Events of the connector ---

    def _handle(self, event: Event) -> None:
        if isinstance(event, Log):
            if event.level == "WARN":  # errors also arrive as a Problem
                self._tell(event.sentence)
        elif isinstance(event, NewConfig):
            self._save_login(event.config)
        elif event.stream in self._streams:
            self._handle_of_stream(event, self._streams[event.stream])
        elif isinstance(event, Problem):
            self.outcome.problems.append(event.sentence)

    def _handle_of_stream(self, event: Rows | State | Status | Problem, stream: Stream) -> None:
        if isinstance(event, Rows):
            stream.rows += len(event.lines)
            self.activity = f"reading {event.stream}"
            if not stream.is_refused:
                stream.spool.add(event.lines, event.size)
        elif isinstance(event, State):
            stream.state = event.message
        elif isinstance(event, Problem):
            stream.problem = event.sentence
        else:
            stream.status = event.status
            if event.status == "INCOMPLETE":
                stream.mode = Mode.MERGE
            if stream.has_ended:
                self._tell(f"{event.stream}: {stream.rows:,} rows, {event.status}.")

    def _end(self, exit_code: int) -> None:
        """Marks streams without a last status as incomplete, and notes why. An error about all streams is dropped if
        streams have their own."""
        if any(stream.problem for stream in self._streams.values()):
            self.outcome.problems.clear()
        early = [name for name, stream in self._streams.items() if not stream.has_ended]
        for name in early:
            self._streams[name].status = "INCOMPLETE"
            self._streams[name].mode = Mode.MERGE
        if early and not self.outcome.problems:
            self.outcome.problems.append(
                f"The connector ended early ({exit_code}), so these are incomplete: {', '.join(early)}."
            )
        elif exit_code and self.outcome.is_complete:
            self.outcome.problems.append(f"The connector ended with {exit_code}.")

    # --- Into the tables ---

    def _is_time(self) -> bool:
        waiting = sum(stream.spool.rows for stream in self._streams.values())
        return waiting >= self._max_rows or (
            waiting > 0 and self._clock() - self._last_load >= self._max_seconds
        )

    def _due(self) -> Iterator[tuple[str, Stream]]:
        """The streams to load now: with waiting rows, or ended. One that is replaced only once it is complete."""
        for name, stream in self._streams.items():
            if stream.is_refused or stream.is_done:
                continue
            if stream.mode is Mode.MERGE and not stream.spool.table.key:
                continue  # rows without a key would double, so the table stays unchanged
            if stream.has_ended or (stream.mode is Mode.MERGE and stream.spool.rows):
                yield name, stream

    def _load(self) -> None:
        """Loads the waiting rows, and then saves the states behind them."""
        due = dict(self._due())
        rows = sum(stream.spool.rows for stream in due.values())
        self.activity = f"loading {rows:,} rows"
        parts = [Part(stream.spool, stream.mode) for stream in due.values()]
        try:
            if parts:
                self._load_id = self._destination.load(parts)
        except NotLoaded as error:
            if not error.by_table:
                raise
            for name, sentence in error.by_table.items():
                stream = due.pop(name)
                stream.is_refused = True
                stream.status = "INCOMPLETE"
                stream.problem = f"{name} could not be loaded: {sentence}"
                stream.spool.clear()
        for stream in due.values():
            stream.loaded += stream.spool.rows
            stream.is_done = stream.has_ended
            stream.spool.clear()
        self._save_states()
        self.activity = "reading"
        self._last_load = self._clock()

    def _save_states(self) -> None:
        for name, stream in self._streams.items():
            if stream.state and not stream.is_refused and self._is_resumable(name):
                self._states[name] = stream.state
                stream.state = None
        self._folder.save_states(self._states.values(), self._load_id)
