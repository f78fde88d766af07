"""Saves a login that `verify` or `plan` renews, because Pinterest may no longer accept the previous one."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from source_pinterest.http.auth import Login
from source_pinterest.login.config_file import ConfigFile
from source_pinterest.login.errors import LoginError
from source_pinterest.verify.subject import TOKEN_PATH


class LoginNotSaved(Exception):
    """A renewed login could not be saved, or could not if it were renewed. `str()` says what to do, without secrets."""


class LoginFile:
    """The file for a renewed login: the configuration file, or another one that the user names.

    A login is renewed only after that file has been written once with its present content.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        config_path: Path,
        save_login: Path | None,
        tell: Callable[[str], None],
    ) -> None:
        self._config = config
        self._config_path = config_path
        self._path = save_login or config_path
        self._tell = tell
        self._renewed: Login | None = None

    def before_request(self, path: str) -> None:
        """Before a request that would renew the login, raises LoginNotSaved if the file cannot be written."""
        if path != TOKEN_PATH:
            return
        file = ConfigFile(self._path)
        try:
            file.check_writable()
            content = file.content() or self._config
            file.write(content, may_replace=True)
        except LoginError as error:
            raise LoginNotSaved(
                "The access token has to be renewed first. Pinterest may then replace the refresh "
                f"token, and the new one could not be saved. {self._fact(error)} Name a writable file "
                "with --save-login FILE, and use that file from then on."
            ) from None

    def _fact(self, error: LoginError) -> str:
        """The reason of an error, without its advice, which is meant for `source-pinterest login`."""
        reason = str(error).split(" (")[0].split(", so ")[0].split(". Name another file")[0]
        return reason.rstrip(".") + "."

    @property
    def config(self) -> dict[str, Any]:
        """The configuration with the present login."""
        renewed = vars(self._renewed) if self._renewed else {}
        return {**self._config, "credentials": {**self._config["credentials"], **renewed}}

    @property
    def secrets(self) -> list[str]:
        """The secrets of the previous and of the present login, except for short ones, which are made up."""
        credentials = {
            **self._config["credentials"],
            **(vars(self._renewed) if self._renewed else {}),
        }
        names = ("client_id", "client_secret", "refresh_token", "access_token")
        both = [
            source.get(name)
            for source in (self._config["credentials"], credentials)
            for name in names
        ]
        return [value for value in both if isinstance(value, str) and len(value) >= 8]

    def save(self, login: Login) -> None:
        """Saves a renewed login with the rest of the configuration, and tells the user where. Raises LoginNotSaved."""
        self._renewed = login
        config = {
            **self._config,
            "credentials": {**self._config["credentials"], **vars(login)},
        }
        try:
            path = ConfigFile(self._path).write(config, may_replace=True)
        except LoginError:
            path = self._elsewhere(config)
        self._tell(
            f"Pinterest has renewed this login. The new one is in {path}, which only you can read{'' if path == self._config_path else '; use that file from now on'}. "
            "Pinterest may no longer accept the former refresh token: wherever else you use it, "
            "enter the new one."
        )

    def _elsewhere(self, config: Mapping[str, Any]) -> Path:
        """Saves the configuration in a new temporary folder. Returns its path, or raises LoginNotSaved."""
        try:
            folder = Path(tempfile.mkdtemp(prefix="source-pinterest-"))
            return ConfigFile(folder / "config.json").write(config, may_replace=True)
        except (OSError, LoginError):
            raise LoginNotSaved(
                f"Pinterest has renewed this login, but {self._path} can no longer be written, so the "
                "new one is lost. Log in again: source-pinterest login"
            ) from None
