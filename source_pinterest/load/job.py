"""What one load is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import orjson


@dataclass(frozen=True)
class Job:
    """A load whose configuration and catalog have been read and checked."""

    config_file: str
    """The user's file, into which a renewed login is written."""
    config: Mapping[str, Any]
    """Its content."""
    catalog: Mapping[str, Any]
    """Configured."""
    destination: str
    into: str
    dataset: str
    state_folder: str
    connector: tuple[str, ...]
    """The command that reads."""

    def as_json(self) -> bytes:
        return orjson.dumps(asdict(self))

    @classmethod
    def of_json(cls, text: bytes) -> Job:
        """The job that `as_json` has written."""
        content = orjson.loads(text)
        return cls(**{**content, "connector": tuple(content["connector"])})
