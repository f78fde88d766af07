"""The folder beside the data, which keeps states, a renewed login and dlt's own files."""

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
    """The folder. Only its owner can enter it, and each file is written whole or not at all."""

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
        """A subfolder for temporary files of this run. Some contain the login."""
        return self.path / "run"

    # --- States ---

    def states(self) -> tuple[dict[str, Mapping[str, Any]], str]:
        """By stream: its last STATE whose rows are in the table; and the id of the load that they belong to. Raises
        LoadError."""
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

    def save_states(self, states: Iterable[Mapping[str, Any]], load_id: str) -> None:
        """Saves states. The rows before them have to be in their tables already."""
        content = {"version": VERSION, "load_id": load_id, "states": list(states)}
        self.write("state.json", content)

    # --- The ad accounts ---

    def check_ad_accounts(self, named: Sequence[str], config_file: Path) -> None:
        """Saves the ad accounts that a configuration names (empty stands for all).

        Raises LoadError if an earlier load with another configuration file named none of them: two connections would
        overwrite each other's lists.
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
        """The configuration with the saved login, if that was renewed from its own."""
        kept = self._read("login.json")
        if kept.get("of") == _digest(config.get("credentials")):
            return {**config, "credentials": kept["credentials"]}
        return dict(config)

    def save_login(self, of: Any, renewed: Any) -> None:
        """Saves a renewed login. `of`: the credentials in the user's file that it was renewed from."""
        self.write("login.json", {"version": VERSION, "of": _digest(of), "credentials": renewed})

    # --- Files ---

    def write(self, name: str, content: Any) -> Path:
        """Writes a JSON file with mode 0600, whole or not at all. Returns its path."""
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
        """The content of a JSON file; empty if there is no file. Raises LoadError."""
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
