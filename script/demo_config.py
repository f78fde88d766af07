"""The file that `script/demo --config` reads, and writes rotated tokens back into."""

from __future__ import annotations

import json
import os
import tempfile
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

    def keep_credentials(self, changed: Mapping[str, Any]) -> None:
        """Puts the credentials of a changed configuration into the file, whole or not at all.

        Everything else in it stays, and so does what was added since it was read. A symbolic
        link stays one. Afterwards only its owner can read the file.
        """
        config = self.read()
        old, new = config.get("credentials"), changed.get("credentials")
        if not isinstance(new, Mapping):
            return
        config["credentials"] = {**(old if isinstance(old, dict) else {}), **new}
        target = self.path.resolve()
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:  # mkstemp gives mode 0600
                json.dump(config, file, indent=2, ensure_ascii=False)
                file.write("\n")
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
