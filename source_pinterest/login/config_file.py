"""Reads and writes configuration files: whole or not at all, and readable only for their owner."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from source_pinterest.login.errors import LoginError
from source_pinterest.text import replace_surrogates


class ConfigFile:
    """A JSON file with an object. A symbolic link to it stays a link."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._target = path.resolve()  # a symbolic link stays a link

    def exists(self) -> bool:
        """Whether there is anything at the path."""
        return os.path.lexists(self._target)

    def content(self) -> dict[str, Any]:
        """The object in the file; empty if there is no file. Raises LoginError if it cannot be read."""
        if not self.exists():
            return {}
        try:
            content = json.loads(self._target.read_text(encoding="utf-8"))
        except OSError as error:
            raise LoginError(f"{self.path} cannot be read: {error.strerror}.") from None
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict):
            raise LoginError(
                f"{self.path} exists and is not a configuration. Name another file with --config."
            )
        return content

    def check_writable(self) -> None:
        """Raises LoginError if the file cannot be written. For use before a login, which Pinterest gives only once."""
        folder = self._target.parent
        if not folder.is_dir():
            raise LoginError(f"{self.path} cannot be written: there is no folder {folder}.")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise LoginError(f"{self.path} cannot be written: no file can be created in {folder}.")

    def write(self, config: Mapping[str, Any], may_replace: bool) -> Path:
        """Writes the file with mode 0600, whole or not at all. Returns its path.

        If it exists and may not be replaced, another name is used. Raises LoginError if it cannot be written.
        """
        text = json.dumps(config, indent=2, ensure_ascii=False)
        if (
            replace_surrogates(text) != text
        ):  # UTF-8 cannot encode half an emoji, but JSON can escape it
            text = json.dumps(config, indent=2)
        try:
            descriptor, name = tempfile.mkstemp(
                prefix=f".{self._target.name}.", dir=self._target.parent
            )
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    file.write(f"{text}\n")
                    file.flush()
                    os.fsync(file.fileno())
                return self._put(Path(name), may_replace)
            finally:
                Path(name).unlink(missing_ok=True)
        except OSError as error:
            raise LoginError(
                f"{self.path} could not be written ({error.strerror}), so this login is lost. Log in "
                "again, and name a writable place with --config."
            ) from None

    def _put(self, written: Path, may_replace: bool) -> Path:
        if may_replace:
            written.replace(self._target)
            return self.path
        for number in range(1, 1_000):
            stem, suffix = self._target.stem, self._target.suffix
            target = self._target if number == 1 else Path(f"{stem}-{number}{suffix}")
            target = self._target.parent / target
            try:  # only one process can take the name
                os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            except FileExistsError:
                continue
            written.replace(target)
            return self.path if number == 1 else target
        raise FileExistsError(17, "too many files of that name")
