"""The command `source-pinterest login`."""

from __future__ import annotations

import argparse
import getpass
import io
import logging
import os
import re
import sys
import traceback
import webbrowser
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from airbyte_cdk.utils import AirbyteTracedException
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets

from source_pinterest.check import describe_missing_scopes
from source_pinterest.clock import utc_now
from source_pinterest.config.config import BASE_URL, AccessTokenCredentials, Config
from source_pinterest.http.auth import AccessToken, Grant, TokenEndpoint, has_access_token
from source_pinterest.http.client import PinterestClient, new_session
from source_pinterest.http.errors import AccessDenied, PinterestError
from source_pinterest.http.retry import INTERACTIVE, RetryPolicy
from source_pinterest.login import page
from source_pinterest.login.authorization import (
    NOT_OURS,
    Authorization,
    Listener,
    answer_in,
    scopes,
)
from source_pinterest.login.config_file import ConfigFile
from source_pinterest.login.errors import LoginError
from source_pinterest.logs import logs_on_stderr
from source_pinterest.sync.context import SyncContext
from source_pinterest.text import hide, printable, printable_lines

PORT = 8085
"""The default port of the redirect link, as in Pinterest's own sample."""

SECONDS_TO_LOG_IN = 300.0

TRIES_TO_PASTE = 3

NAME_LENGTH = 200
"""The most characters of a user's name in a message."""

DESCRIPTION = """\
Log in to Pinterest with your user name and password, in the browser, and write a configuration file
for source-pinterest. You type the password only on Pinterest's page.

You need an app (developers.pinterest.com/apps) with exactly this redirect link:
http://localhost:8085/ (or with the --port that you choose)."""

EPILOG = """\
The command asks for the app secret key, or reads it from --client-secret-file or from the environment
variable PINTEREST_CLIENT_SECRET. Others on the machine can read a command line, so the key is not accepted there.
To log in again, run the same command: the other fields of the file stay as they are."""


def run(args: Sequence[str] | None = None, policy: RetryPolicy = INTERACTIVE) -> None:
    """Runs the command. Exits with 1 (not logged in), 2 (wrong use) or 130 (Ctrl-C)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(
            stream, io.TextIOWrapper
        ):  # a terminal may not support every character of a name
            stream.reconfigure(errors="replace")
    saved = Saved()
    try:
        with logs_on_stderr(logging.NOTSET):
            log_in(_options(list(sys.argv[1:] if args is None else args)), policy, saved=saved)
    except LoginError as error:
        sys.exit(f"Not logged in. {filter_secrets(str(error))}")
    except KeyboardInterrupt:
        print(f"\nStopped. {saved}", file=sys.stderr)
        sys.exit(130)
    except EOFError:
        sys.exit(f"\nStopped: the input ended. {saved}")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(f"Stopped: the output is no longer read. {saved}")
    except OSError as error:
        sys.exit(
            f"Not logged in: this machine says {error.strerror or type(error).__name__}. {saved}"
        )
    except Exception:  # noqa: BLE001  no traceback may show a secret
        text = printable_lines(filter_secrets(traceback.format_exc()))
        sys.exit(f"Not logged in, because of a bug in the connector:\n{text}")


@dataclass
class Saved:
    """Remembers where the login was saved, in case the user interrupts the last step. `str()` says so."""

    path: Path | None = None

    def __str__(self) -> str:
        return f"The login was saved before: {self.path}" if self.path else "Nothing was saved."


@dataclass(frozen=True)
class Options:
    """The validated command line."""

    config: Path
    client_id: str | None
    client_secret_file: Path | None
    port: int
    browser: bool
    timeout: float
    force: bool
    base_url: str | None


def log_in(
    options: Options,
    policy: RetryPolicy,
    saved: Saved | None = None,
) -> None:
    """Asks for the app, lets the user log in, in the browser, and writes the file. Raises LoginError."""
    saved = saved or Saved()
    file = ConfigFile(options.config)
    former = file.content()
    may_replace = file.exists()
    if may_replace and not options.force:
        _ask_to_replace(options.config, former)
    file.check_writable()
    base_url = _base_url(options, former)
    if former.get("base_url") not in (None, base_url):
        print(
            f"`base_url` in {options.config} is ignored and removed: you log in at {base_url}, "
            "and the login is valid only there."
        )
    former = {name: value for name, value in former.items() if name != "base_url"}
    client_id, client_secret = _app(options, former)
    authorization = Authorization(base_url, client_id, options.port)

    def finish(answer: Mapping[str, str]) -> Success:
        code = authorization.code(answer)
        hide(code)
        grant = _exchange(authorization, base_url, client_secret, code, utc_now(), policy)
        config = {
            **former,
            "credentials": {
                "auth_method": "oauth2.0",
                "client_id": client_id,
                "client_secret": client_secret,
                **vars(grant.login),
            },
        }
        if base_url != BASE_URL:
            config["base_url"] = base_url
        user, accounts, problems = _user_and_accounts(config, grant, utc_now(), policy)
        path = saved.path = file.write(config, may_replace)
        return Success(user, accounts, [*_missing(grant), *problems], path)

    print(f"Log in to Pinterest, for the app {client_id}.")
    print(
        "Its redirect links at developers.pinterest.com/apps must include\n  "
        f"{authorization.redirect_uri}\n"
    )
    success = (
        _in_the_browser(options, authorization, finish)
        if options.browser
        else finish(_pasted_answer(authorization))
    )
    success.say()


@dataclass(frozen=True)
class Success:
    """The result of a login."""

    user: str
    """The name of the user; empty if it is not known."""
    ad_accounts: list[str]
    """The ad accounts that can be read, in words."""
    missing: list[str]
    """Sentences about what cannot be read."""
    config: Path
    """The file that was written."""

    @property
    def command(self) -> str:
        """The user's next command."""
        return f"source-pinterest check --config {self.config}"

    def page(self) -> str:
        """The result as a page for the browser."""
        return page.succeeded(
            self.user, self.ad_accounts, self.missing, str(self.config), self.command
        )

    def say(self) -> None:
        """Prints the result."""
        print(f"Hello {self.user}, you are logged in." if self.user else "You are logged in.")
        for account in self.ad_accounts:
            print(f"  ad account {account}")
        for sentence in self.missing:
            print(f"  {sentence}")
        print(f"Written: {self.config} (only you can read it). Next:\n  {self.command}")


# --- In the browser, or without one ---


def _in_the_browser(
    options: Options,
    authorization: Authorization,
    finish: Callable[[Mapping[str, str]], Success],
) -> Success:
    with Listener(options.port, authorization.is_ours) as listener:
        print(f"Open this address, if no browser opens by itself:\n  {authorization.url}\n")
        if not _open(authorization.url):
            print(
                "Could not open a browser here. To use a browser on another machine, run the login "
                "with --no-browser."
            )
        sys.stdout.flush()
        answer = listener.wait(options.timeout)
        try:
            success = finish(answer)
        except LoginError as error:
            listener.set_page(page.failed(filter_secrets(str(error))))
            raise
        listener.set_page(success.page())
        return success


def _open(address: str) -> bool:
    """Opens a graphical browser, and returns whether there is one. One in the terminal would be in the way."""
    has_windows = sys.platform in ("win32", "darwin") or any(
        os.environ.get(name) for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
    )
    try:
        return has_windows and webbrowser.open(address)
    except (webbrowser.Error, OSError):
        return False


def _pasted_answer(authorization: Authorization) -> dict[str, str]:
    print(f"Open this address in a browser, on any machine, and log in:\n  {authorization.url}\n")
    print(
        f"The browser ends at an address that begins with {authorization.redirect_uri} and "
        "may say that it cannot reach it: that is fine."
    )
    for _ in range(TRIES_TO_PASTE):
        address = input("Paste that address here: ")
        answer = answer_in(address)
        if answer and authorization.is_ours(answer):
            return answer
        if answer:
            print(NOT_OURS)
            continue
        print("That is not it: the address contains `code=` or `error=`. Copy the whole address.")
    raise LoginError("No address was pasted.")


# --- The app and the file ---


def _ask_to_replace(path: Path, content: Mapping[str, Any]) -> None:
    others = ", ".join(f"`{_name(key)}`" for key in content if key not in REPLACED)
    stays = f" Its other fields stay: {others}." if others else ""
    if not sys.stdin.isatty():
        raise LoginError(f"{path} already exists. To replace the login in it, use --force.{stays}")
    print(f"{path} already exists.{stays}")
    if input("Replace the login in it? [y/N] ").strip().lower() not in ("y", "yes"):
        raise LoginError(f"{path} was not changed. To write another file, use --config.")


REPLACED = ("credentials", "base_url")


def _name(key: str) -> str:
    """The name of a key in the file, for a message; hidden if it may be a secret in the wrong place."""
    return key if re.fullmatch(r"[A-Za-z_]{1,40}", key, re.ASCII) else "…"


def _app(options: Options, former: Mapping[str, Any]) -> tuple[str, str]:
    """The app's id and secret: from the options, from the previous login, or from the user."""
    credentials = former.get("credentials")
    known: Mapping[str, Any] = credentials if isinstance(credentials, Mapping) else {}
    client_id = options.client_id or os.environ.get("PINTEREST_CLIENT_ID") or known.get("client_id")
    if not client_id:
        client_id = _prompt("The app id (developers.pinterest.com/apps): ", input, "--client-id")
    client_id = str(client_id).strip()
    secret = _secret_in_file(options.client_secret_file) or os.environ.get(
        "PINTEREST_CLIENT_SECRET"
    )
    if not secret and client_id == known.get("client_id"):
        secret = known.get("client_secret")
    if not secret:
        secret = _prompt(
            "The app secret key (nothing is shown): ", getpass.getpass, "--client-secret-file"
        )
    secret = str(secret).strip()
    for name, text in (("app id", client_id), ("app secret key", secret)):
        if not text or not text.isascii() or not text.isprintable() or " " in text:
            raise LoginError(
                f"The {name} is empty, or contains blanks or characters that cannot be part of it."
            )
    hide(secret)
    return client_id, secret


def _secret_in_file(path: Path | None) -> str | None:
    """The secret in a file. No message shows the file's name, which may be the secret itself, given by mistake."""
    if path is None:
        return None
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        fact = error.strerror if isinstance(error, OSError) else "it is not text"
        raise LoginError(f"The file of --client-secret-file cannot be read: {fact}.") from None
    if not secret:
        raise LoginError("The file of --client-secret-file is empty.")
    return secret


def _prompt(prompt: str, ask: Callable[[str], str], option: str) -> str:
    if sys.stdin.isatty():
        return ask(prompt)
    raise LoginError(f"There is no terminal to ask you on: give {option}.")


def _base_url(options: Options, former: Mapping[str, Any]) -> str:
    """The API's base URL. It comes only from the command line, since somebody else may have written the file. Raises
    LoginError, before the user logs in, if the rest of the file is wrong."""
    given = {
        **former,
        "credentials": {"auth_method": "access_token", "access_token": "none"},
        "base_url": options.base_url or BASE_URL,
    }
    try:
        return Config.parse(given).base_url
    except AirbyteTracedException as error:
        raise LoginError(f"{options.config}: {error.message}") from None


# --- From the code to a login ---


def _exchange(
    authorization: Authorization,
    base_url: str,
    client_secret: str,
    code: str,
    now: datetime,
    policy: RetryPolicy,
) -> Grant:
    endpoint = TokenEndpoint(
        base_url,
        authorization.client_id,
        client_secret,
        new_session(),
        policy=policy,
    )
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": authorization.redirect_uri,
    }
    try:
        answer = endpoint.ask(form)
    except PinterestError as error:
        raise LoginError(str(error)) from None
    if answer.status == 401:
        raise LoginError(
            f"Pinterest does not accept the app secret key for the app {authorization.client_id} ({answer.error_summary()}). "
            "Copy both from developers.pinterest.com/apps again, and give them with --client-id "
            "and --client-secret-file."
        )
    if not has_access_token(answer):
        raise LoginError(
            f"Pinterest does not accept the code of this login ({answer.error_summary()}). A code "
            "is valid once, for ten minutes, and for the redirect link "
            f"{authorization.redirect_uri}. Run the login again."
        )
    grant = Grant.from_response(answer, now)
    if not grant.login.refresh_token:
        raise LoginError(
            "Pinterest gave no refresh token, so the login would expire. Contact Pinterest's "
            "support about this app."
        )
    return grant


def _user_and_accounts(
    config: Mapping[str, Any], grant: Grant, now: datetime, policy: RetryPolicy
) -> tuple[str, list[str], list[str]]:
    """The user's name, the ad accounts in words, and sentences about what could not be read."""
    token = AccessTokenCredentials.model_validate({"access_token": grant.login.access_token})
    parsed = Config.parse(config)
    client = PinterestClient(parsed.base_url, AccessToken(token), new_session(), policy=policy)
    context = SyncContext(parsed, client, now.date(), now=now)
    user = ""
    accounts: list[str] = []
    problems: list[str] = []
    try:
        user = printable(context.user()["username"], NAME_LENGTH)
    except AccessDenied:
        pass  # a missing scope, which one message reports for all
    except PinterestError as error:
        problems.append(f"Pinterest did not say who you are. {error}")
    try:
        for account in context.ad_accounts():
            if account.refusal:
                problems.append(printable(account.refusal))
            else:
                parts = (account.id, account.name, account.currency)
                shown = [printable(part, NAME_LENGTH) for part in parts if part]
                accounts.append(", ".join(part for part in shown if part))
    except AccessDenied:
        pass
    except PinterestError as error:
        problems.append(f"Pinterest did not list your ad accounts. {error}")
    return user, accounts, problems


def _missing(grant: Grant) -> list[str]:
    return [] if grant.scopes is None else describe_missing_scopes(set(scopes()) - grant.scopes)


# --- The command line ---


def _options(args: list[str]) -> Options:
    parser = argparse.ArgumentParser(
        prog="source-pinterest login",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # --client-secret would mean --client-secret-file
    )
    parser.add_argument(
        "--config", type=Path, default=Path("my.json"), help="the file to write (default: my.json)"
    )
    parser.add_argument(
        "--client-id", help="the app id; default: the environment variable PINTEREST_CLIENT_ID"
    )
    parser.add_argument(
        "--client-secret-file", type=Path, help="a file that holds the app secret key"
    )
    parser.add_argument(
        "--port", type=_port, default=PORT, help=f"the port of the redirect link (default: {PORT})"
    )
    parser.add_argument(
        "--no-browser",
        dest="browser",
        action="store_false",
        help="log in with a browser on another machine, and paste the address at which it ends",
    )
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=SECONDS_TO_LOG_IN,
        help=f"seconds to wait for the browser (default: {SECONDS_TO_LOG_IN:g})",
    )
    parser.add_argument(
        "--force", action="store_true", help="replace the login in the file without asking"
    )
    parser.add_argument("--base-url", help=argparse.SUPPRESS)  # of the API, for tests
    options, unknown = parser.parse_known_args(args)
    if any(argument.startswith("--client-secret") for argument in unknown):
        parser.error(
            "the app secret key is not accepted on the command line, where others can read it: "
            "use --client-secret-file or PINTEREST_CLIENT_SECRET, and make a new secret key if "
            "this one was used on a shared machine"
        )
    if unknown:  # names only, since a value may be a secret
        names = [argument.partition("=")[0] for argument in unknown if argument.startswith("-")]
        said = (
            f"unknown: {', '.join(names)}"
            if names
            else "only options are accepted, as in --config FILE"
        )
        parser.error(said)
    return Options(**vars(options))


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError("give a port, 1 to 65535")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= 86_400:
        raise argparse.ArgumentTypeError("give a number of seconds, at most 86400")
    return seconds
