"""What stands beside the data: how far each stream was loaded, the renewed login, dlt's own files."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from source_pinterest.load.errors import LoadError

VERSION = 1
"""Of the files."""


class Folder:
    """A folder that only its owner may enter. Each of its files is written whole or not at all."""

    def __init__(self, path: Path) -> None:
        """Makes the folder and takes it for this process. Raises LoadError where another has it."""
        self.path = path.absolute()
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(self.path / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise LoadError(
                f"Nothing can be kept in {self.path} ({error.strerror}). Name another folder with "
                "--state-folder."
            ) from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise LoadError(
                f"Another load into the same tables is under way ({self.path} is locked). Wait for its end."
            ) from None
        shutil.rmtree(self.scratch, ignore_errors=True)  # of a load that was killed
        self.scratch.mkdir(mode=0o700)

    def close(self) -> None:
        """Leaves the folder to others."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        os.close(self._lock)

    @property
    def scratch(self) -> Path:
        """For files of this run only; some hold the login."""
        return self.path / "run"

    # --- States ---

    def states(self) -> tuple[dict[str, Mapping[str, Any]], str]:
        """The last STATE of each stream whose rows are in their table; and the load that they are of."""
        content = self._read("state.json")
        if content.get("version", VERSION) != VERSION:
            raise LoadError(
                f"{self.path / 'state.json'} was written by another release. Use that release, or name "
                "another --state-folder to read everything again."
            )
        states = {
            each["stream"]["stream_descriptor"]["name"]: each for each in content.get("states", [])
        }
        return states, content.get("load_id", "")

    def keep_states(self, states: Iterable[Mapping[str, Any]], load_id: str) -> None:
        """Once the rows before them are in their tables."""
        content = {"version": VERSION, "load_id": load_id, "states": list(states)}
        self.write("state.json", content)

    # --- The login ---

    def with_login(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """The configuration with the login that was last renewed, if it descends from the one in it."""
        kept = self._read("login.json")
        if kept.get("of") == _digest(config.get("credentials")):
            return {**config, "credentials": kept["credentials"]}
        return dict(config)

    def keep_login(self, of: Any, renewed: Any) -> None:
        """`of`: the credentials in the user's file, from which the renewed ones descend."""
        self.write("login.json", {"version": VERSION, "of": _digest(of), "credentials": renewed})

    # --- Files ---

    def write(self, name: str, content: Any) -> Path:
        """JSON, with mode 0600 from its first moment, and on the disk before it takes the name."""
        descriptor, temporary = tempfile.mkstemp(prefix=f".{name}.", dir=self.path)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(content, file)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(self.path / name)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        return self.path / name

    def _read(self, name: str) -> dict[str, Any]:
        """Nothing, where there is no such file."""
        path = self.path / name
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise LoadError(
                f"{path} cannot be read ({error}). Remove it to read everything again."
            ) from None
        return dict(content)


def _digest(credentials: Any) -> str:
    """Tells logins apart, and tells nothing of them."""
    return hashlib.sha256(json.dumps(credentials, sort_keys=True).encode()).hexdigest()
