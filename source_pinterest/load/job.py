"""The description of one load, which is handed from one process to another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import orjson


@dataclass(frozen=True)
class Job:
    """What to load. The configuration and the catalog are valid."""

    config_file: str
    """The path of the user's file, to which a renewed login is written."""
    config: Mapping[str, Any]
    """The content of that file."""
    catalog: Mapping[str, Any]
    """The configured catalog."""
    destination: str
    """The name in dlt."""
    into: str
    """The DuckDB file, or the folder or bucket of Parquet files; otherwise empty."""
    dataset: str
    """The schema of the tables."""
    state_folder: str
    connector: tuple[str, ...]
    """The command that reads."""

    def as_json(self) -> bytes:
        """The job as JSON, for `from_json`."""
        return orjson.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: bytes) -> Job:
        """The job that `as_json` has written."""
        content = orjson.loads(text)
        return cls(**{**content, "connector": tuple(content["connector"])})
