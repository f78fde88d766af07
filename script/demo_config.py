"""The file that `script/demo --config` reads, and `load` writes a renewed login back into."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class Stop(Exception):
    """The demo cannot go on: one sentence for the person in front of it."""


class ConfigFile:
    """A connector configuration in a file that belongs to somebody."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[str, Any]:
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
        except OSError as error:
            raise Stop(f"The configuration {self.path} cannot be read: {error.strerror}.") from None
        except UnicodeDecodeError:
            raise Stop(f"The configuration {self.path} is not a text file in UTF-8.") from None
        except json.JSONDecodeError as error:
            raise Stop(
                f"The configuration {self.path} is not JSON: {error.msg}, line {error.lineno}, "
                f"column {error.colno}."
            ) from None
        if not isinstance(content, dict):
            raise Stop(f"The configuration {self.path} is JSON, but not an object: {{…}}.")
        return content

    def check_can_be_kept(self, config: Mapping[str, Any]) -> None:
        """Pinterest gives each refresh token once: where it cannot be kept, none is asked for."""
        credentials = config.get("credentials")
        rotates = isinstance(credentials, Mapping) and "refresh_token" in credentials
        folder = self.path.resolve().parent
        if rotates and not os.access(folder, os.W_OK):
            raise Stop(
                f"Pinterest replaces the refresh token when it is used, and the new one could not "
                f"be kept: {folder} cannot be written. Copy the configuration to another folder."
            )
