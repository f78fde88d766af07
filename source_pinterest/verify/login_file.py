"""Where a login goes that a verification renews: Pinterest may accept the former one no longer."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from source_pinterest.http.auth import Login
from source_pinterest.login.config_file import ConfigFile
from source_pinterest.login.errors import LoginError
from source_pinterest.verify.subject import TOKEN_PATH


class NotKept(Exception):
    """A login would be lost, or is. `str()` says what to do, and holds no secret."""


class LoginFile:
    """The configuration file, or another one that the user names.

    No login is renewed before the place for the new one has been written once: with what it holds.
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
        self._kept: Login | None = None

    def before_request(self, path: str) -> None:
        """Raises NotKept before the request that a new login would come of."""
        if path != TOKEN_PATH:
            return
        file = ConfigFile(self._path)
        try:
            file.check_that_it_can_be_written()
            content = file.content() or self._config
            file.write(content, may_replace=True)
        except LoginError as error:
            raise NotKept(
                "The access token has to be renewed first, and Pinterest may replace the refresh token "
                f"then, but the new one could not be saved. {self._fact(error)} Name a file that can be "
                "written with --save-login FILE, and use that file from then on."
            ) from None

    def _fact(self, error: LoginError) -> str:
        """Why, without what `source-pinterest login` would advise."""
        return str(error).split(" (")[0].split(", so ")[0].rstrip(".") + "."

    @property
    def secrets(self) -> list[str]:
        """Of the login as it was and as it is, but for what is short, and made up."""
        credentials = {**self._config["credentials"], **(vars(self._kept) if self._kept else {})}
        names = ("client_id", "client_secret", "refresh_token", "access_token")
        both = [
            source.get(name)
            for source in (self._config["credentials"], credentials)
            for name in names
        ]
        return [each for each in both if isinstance(each, str) and len(each) >= 8]

    def keep(self, login: Login) -> None:
        """Writes the new login, beside all else that the configuration has."""
        self._kept = login
        config = {
            **self._config,
            "credentials": {**self._config["credentials"], **vars(login)},
        }
        try:
            path = ConfigFile(self._path).write(config, may_replace=True)
        except LoginError:
            path = self._elsewhere(config)
        self._tell(
            f"Pinterest has renewed this login. The new one is in {path}, which only you can read"
            f"{'' if path == self._config_path else '; use that file from now on'}. The former refresh "
            "token may no longer be accepted: where else it is used, enter the new one."
        )

    def _elsewhere(self, config: Mapping[str, Any]) -> Path:
        """What could be written a moment ago cannot be written now."""
        try:
            folder = Path(tempfile.mkdtemp(prefix="source-pinterest-"))
            return ConfigFile(folder / "config.json").write(config, may_replace=True)
        except (OSError, LoginError):
            raise NotKept(
                f"Pinterest has renewed this login, and {self._path} could not be written any more, so "
                "it is lost. Log in again: source-pinterest login"
            ) from None
