"""The folder beside the data: how far each stream was loaded, the renewed login, dlt's own files."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from source_pinterest.load.errors import LoadError

VERSION = 1
"""The version of the files."""


class Folder:
    """A folder that only its owner can enter. Each file is written whole or not at all."""

    def __init__(self, path: Path) -> None:
        """Creates the folder and locks it for this process. Raises LoadError if another process has it."""
        self.path = path.absolute()
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(self.path / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise LoadError(
                f"Cannot write to {self.path} ({error.strerror}). Name another folder with "
                "--state-folder."
            ) from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise LoadError(
                f"Another load into the same tables is running ({self.path} is locked). Wait until it "
                "ends."
            ) from None
        shutil.rmtree(self.scratch, ignore_errors=True)  # from a load that was killed
        self.scratch.mkdir(mode=0o700)

    def close(self) -> None:
        """Unlocks the folder."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        os.close(self._lock)

    @property
    def scratch(self) -> Path:
        """A folder for temporary files of this run; some contain the login."""
        return self.path / "run"

    # --- States ---

    def states(self) -> tuple[dict[str, Mapping[str, Any]], str]:
        """The last STATE of each stream whose rows are in their table, and the load that they belong to."""
        content = self._read("state.json")
        if content.get("version", VERSION) != VERSION:
            raise LoadError(
                f"{self.path / 'state.json'} was written by another release. Use that release, or name "
                "another --state-folder to read everything again."
            )
        states = {
            state["stream"]["stream_descriptor"]["name"]: state
            for state in content.get("states", [])
        }
        return states, content.get("load_id", "")

    def keep_states(self, states: Iterable[Mapping[str, Any]], load_id: str) -> None:
        """Saves states, after the rows before them are in their tables."""
        content = {"version": VERSION, "load_id": load_id, "states": list(states)}
        self.write("state.json", content)

    # --- The ad accounts ---

    def check_ad_accounts(self, named: Sequence[str], config_file: Path) -> None:
        """Keeps the ad accounts that a configuration names; empty stands for all.

        Raises LoadError if an earlier load was of entirely other ones, with another configuration file: two connections
        would overwrite each other's lists.
        """
        former = self._read("ad_accounts.json")
        accounts, path = former.get("ad_account_ids") or [], str(config_file.absolute())
        if accounts and named and not {*accounts} & {*named} and former.get("config") != path:
            raise LoadError(
                f"These tables are of other ad accounts ({len(accounts)}, among them {accounts[0]}), "
                "whose lists this load would remove. Name another schema with --dataset. If nobody "
                f"needs the former ad accounts any more, remove {self.path / 'ad_accounts.json'}."
            )
        content = {"version": VERSION, "config": path, "ad_account_ids": list(named)}
        self.write("ad_accounts.json", content)

    # --- The login ---

    def with_login(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """The configuration with the last renewed login, if that descends from its own."""
        kept = self._read("login.json")
        if kept.get("of") == _digest(config.get("credentials")):
            return {**config, "credentials": kept["credentials"]}
        return dict(config)

    def keep_login(self, of: Any, renewed: Any) -> None:
        """Saves a renewed login. `of`: the credentials in the user's file, from which it descends."""
        self.write("login.json", {"version": VERSION, "of": _digest(of), "credentials": renewed})

    # --- Files ---

    def write(self, name: str, content: Any) -> Path:
        """Writes JSON with mode 0600 from the start, and flushes it to the disk before it gets its name."""
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
        """The content of a file; empty if there is none."""
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
    """A hash that identifies a login without revealing it."""
    return hashlib.sha256(json.dumps(credentials, sort_keys=True).encode()).hexdigest()
