"""One load: the connector's rows go into the tables, and then its states into their file."""

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

ROWS_TOGETHER = 500_000
"""Rows after which those that have arrived are loaded. Our choice: a load takes about a second, whatever
its size, and until then the rows take space on the disk."""

SECONDS_TOGETHER = 60.0
"""Seconds after which they are loaded too, which is what a kill costs at most. Our choice."""

PATIENCE_WITH_FILES = 10
"""How many times rarer loads into files are, since each rewrites the whole table."""


@dataclass
class Stream:
    """The progress of a stream."""

    spool: Spool
    decoder: RowDecoder
    mode: Mode
    """How the rows in the spool are loaded: an incomplete list is merged into the former one."""
    status: str = ""
    rows: int = 0
    """Rows that have arrived."""
    loaded: int = 0
    is_settled: bool = False
    """Whether it has ended, with its rows in the table."""
    state: Mapping[str, Any] | None = None
    """The last state, if it has not been saved yet."""
    problem: str = ""
    """Errors about missing rows."""
    is_refused: bool = False
    """Whether the destination refused it, so that nothing more of it is loaded or saved."""

    @property
    def has_ended(self) -> bool:
        return self.status in ("COMPLETE", "INCOMPLETE")


@dataclass
class Outcome:
    """The result of a load."""

    streams: dict[str, Stream] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    """Errors about the whole load, not about a stream."""
    seconds: float = 0.0

    @property
    def is_complete(self) -> bool:
        return not self.problems and all(
            stream.status == "COMPLETE" and not stream.problem for stream in self.streams.values()
        )

    @property
    def misfits(self) -> dict[tuple[str, str], Misfit]:
        """Misfits by stream and column."""
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
        keep_login: Callable[[Mapping[str, Any]], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`tell` gets sentences for the user, `keep_login` a configuration with a renewed login."""
        self._catalog = catalog
        self._destination = destination
        self._folder = folder
        self._tell = tell
        self._keep_login = keep_login
        self._clock = clock
        self.outcome = Outcome(
            {
                name: self._stream(number, table)
                for number, (name, table) in enumerate(tables.items())
            }
        )
        self.doing = "starting"
        """The progress in words, for another thread."""
        self._states: dict[str, Mapping[str, Any]] = {}
        self._load_id = ""
        self._last_load = clock()
        rarer = PATIENCE_WITH_FILES if destination.is_parquet else 1
        self._rows_together = ROWS_TOGETHER * rarer
        self._seconds_together = SECONDS_TOGETHER * rarer

    def _stream(self, number: int, table: Table) -> Stream:
        decoder = RowDecoder(table, has_nul=self._destination.has_nul)
        path = self._folder.scratch / f"{number}.arrow"
        return Stream(Spool(table, path, decoder), decoder, table.mode)

    @property
    def _streams(self) -> dict[str, Stream]:
        return self.outcome.streams

    def run(self, config: Mapping[str, Any], command: Sequence[str] = COMMAND) -> Outcome:
        """Reads and loads to the end. Raises NotLoaded if the destination accepts nothing at all."""
        started = self._clock()
        self._destination.open()
        self._take_up_states()
        self.doing = "reading"
        connector = Connector(command, self._files(config))
        try:
            for event in connector.events():
                self._take(event)
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
        states = [state for name, state in self._states.items() if self._goes_on(name)]
        contents = {"config": config, "catalog": self._catalog, "state": states}
        files = {name: self._folder.scratch / f"{name}.json" for name in contents}
        for name, path in files.items():
            path.touch(mode=0o600)
            path.write_bytes(orjson.dumps(contents[name]))
        return files

    def _goes_on(self, name: str) -> bool:
        """States of merged streams only: a replaced table starts from the beginning, or the rows before its
        state would be missing."""
        return name in self._streams and self._streams[name].spool.table.mode is Mode.MERGE

    def _take_up_states(self) -> None:
        """The saved states whose rows are in the present tables."""
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

    # --- What the connector says ---

    def _take(self, event: Event) -> None:
        if isinstance(event, Log):
            if event.level == "WARN":  # errors also arrive as a Problem
                self._tell(event.sentence)
        elif isinstance(event, NewConfig):
            self._keep_login(event.config)
        elif event.stream in self._streams:
            self._take_of_stream(event, self._streams[event.stream])
        elif isinstance(event, Problem):
            self.outcome.problems.append(event.sentence)

    def _take_of_stream(self, event: Rows | State | Status | Problem, stream: Stream) -> None:
        if isinstance(event, Rows):
            stream.rows += len(event.lines)
            self.doing = f"reading {event.stream}"
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
        """The incomplete streams, with the reasons. An error about all streams is left out if they have
        their own."""
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
        return waiting >= self._rows_together or (
            waiting > 0 and self._clock() - self._last_load >= self._seconds_together
        )

    def _due(self) -> Iterator[tuple[str, Stream]]:
        """The streams with rows to load; a replaced one only once it is complete."""
        for name, stream in self._streams.items():
            if stream.is_refused or stream.is_settled:
                continue
            if stream.mode is Mode.MERGE and not stream.spool.table.key:
                continue  # rows without a key would double, so the table stays unchanged
            if stream.has_ended or (stream.mode is Mode.MERGE and stream.spool.rows):
                yield name, stream

    def _load(self) -> None:
        """Loads the waiting rows, and then saves the states after them."""
        due = dict(self._due())
        rows = sum(stream.spool.rows for stream in due.values())
        self.doing = f"loading {rows:,} rows"
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
            stream.is_settled = stream.has_ended
            stream.spool.clear()
        self._keep_states()
        self.doing = "reading"
        self._last_load = self._clock()

    def _keep_states(self) -> None:
        for name, stream in self._streams.items():
            if stream.state and not stream.is_refused and self._goes_on(name):
                self._states[name] = stream.state
                stream.state = None
        self._folder.keep_states(self._states.values(), self._load_id)
