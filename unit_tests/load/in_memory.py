"""A destination without a database, and the output of a connector without a connector."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson

from source_pinterest.load.destination import NotLoaded, Part
from source_pinterest.load.tables import Mode

CATALOG: dict[str, Any] = {
    "streams": [
        {
            "stream": {
                "name": name,
                "json_schema": {
                    "properties": {
                        "id": {"type": "string"},
                        "clicks": {"type": ["null", "integer"]},
                    }
                },
                "supported_sync_modes": [sync_mode],
                "source_defined_primary_key": [["id"]],
            },
            "sync_mode": sync_mode,
            "destination_sync_mode": destination_sync_mode,
        }
        for name, sync_mode, destination_sync_mode in (
            ("lists", "full_refresh", "overwrite"),
            ("reports", "incremental", "append_dedup"),
        )
    ]
}
"""A stream that is replaced and one that is merged, each with the columns `id` and `clicks`."""


class InMemory:
    """Tables as a destination keeps them: by their key, or replaced."""

    is_parquet = False
    has_nul = True

    def __init__(self) -> None:
        self.given: tuple[Any, ...] = ()
        self.tables: dict[str, dict[str, int | None]] = {}
        self.loads: list[dict[str, int]] = []
        """The number of rows by table, of each load."""
        self.is_open = False
        self.refusals: dict[str, str] = {}
        """The reasons by table; of the empty name, a reason why it accepts nothing."""
        self.on_load: Callable[[], object] = lambda: None

    def opened_with(self, *given: Any) -> InMemory:
        """This destination, in place of a new one with these arguments."""
        self.given = given
        return self

    def open(self) -> None:
        self.is_open = True

    def has_load(self, load_id: str) -> bool:
        return load_id in map(str, range(1, len(self.loads) + 1))

    def missing(self, names: Sequence[str]) -> list[str]:
        return [name for name in names if name not in self.tables]

    def load(self, parts: Sequence[Part]) -> str:
        assert self.is_open
        self.on_load()
        if "" in self.refusals:
            raise NotLoaded(self.refusals[""])
        refused = {
            part.table.name: self.refusals[part.table.name]
            for part in parts
            if part.table.name in self.refusals
        }
        accepted = [part for part in parts if part.table.name not in refused]
        self.loads.append({part.table.name: part.spool.rows for part in accepted})
        for part in accepted:
            rows = self.tables.setdefault(part.table.name, {})
            if part.mode is Mode.REPLACE:
                rows.clear()
            for batch in part.spool.batches():
                rows.update((row["id"], row["clicks"]) for row in batch.to_pylist())
        if refused:
            raise NotLoaded("refused", refused)
        return str(len(self.loads))


class Printed:
    """The output of a connector."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def _add(self, **message: Any) -> Printed:
        self.lines.append(orjson.dumps(message))
        return self

    def rows(self, stream: str, **clicks: Any) -> Printed:
        """Records by id, such as `a=1`."""
        for name, number in clicks.items():
            data = {"id": name, "clicks": number}
            record = {"stream": stream, "data": data, "emitted_at": 1}
            self._add(type="RECORD", record=record)
        return self

    def state(self, stream: str, of: str) -> Printed:
        found = {"stream_descriptor": {"name": stream}, "stream_state": {"of": of}}
        return self._add(type="STATE", state={"type": "STREAM", "stream": found})

    def status(self, status: str, *streams: str) -> Printed:
        for stream in streams:
            found = {"stream_descriptor": {"name": stream}, "status": status}
            self._add(type="TRACE", trace={"type": "STREAM_STATUS", "stream_status": found})
        return self

    def error(self, sentence: str, stream: str = "") -> Printed:
        descriptor = {"name": stream} if stream else None
        error = {"message": sentence, "stream_descriptor": descriptor}
        return self._add(type="TRACE", trace={"type": "ERROR", "error": error})

    def log(self, level: str, sentence: str) -> Printed:
        return self._add(type="LOG", log={"level": level, "message": sentence})

    def login(self, config: dict[str, Any]) -> Printed:
        control = {"type": "CONNECTOR_CONFIG", "connectorConfig": {"config": config}}
        return self._add(type="CONTROL", control=control)

    def command(self, path: Path, exit_code: int = 0) -> list[str]:
        """A command that prints it, whatever its arguments are. The files that it is given are copied
        beside `path`, with `given-` before their names."""
        path.write_bytes(b"".join(line + b"\n" for line in self.lines))
        folder = shlex.quote(str(path.parent))
        script = (
            'for each in "$@"; do '
            f'[ ! -f "$each" ] || cp "$each" {folder}/given-"${{each##*/}}"; done; '
            f"cat {shlex.quote(str(path))}; exit {exit_code}"
        )
        return ["/bin/sh", "-c", script, "connector"]
