"""The entry point of the command line: `source-pinterest` and one of its `VERBS`.

It imports nothing large: each verb imports what it needs.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from source_pinterest.clock import utc_now
from source_pinterest.startup import skip_attribute_docs

if TYPE_CHECKING:
    from source_pinterest.http.settings import Settings


def main() -> None:
    """The console script: calls `run`, after imports without garbage collection.

    Imported objects are not garbage, and looking through them takes a fifth of the start-up time, including the last
    look when the process exits.
    """
    gc.disable()
    skip_attribute_docs()
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    if verb := VERBS.get(word):
        import_module(verb.module)
    gc.freeze()
    gc.enable()
    run()


def run(
    args: Sequence[str] | None = None,
    now: Callable[[], datetime] = utc_now,
    settings: Settings | None = None,
) -> None:
    """Runs the command that the first argument names, one of `VERBS`. Wrong usage exits with 2.

    `settings`: None stands for the default ones.
    """
    given = list(sys.argv[1:] if args is None else args)
    word = given[0] if given else ""
    if verb := VERBS.get(word):
        verb.run(given, now, settings)
    elif word in ("-h", "--help"):
        print(usage())  # noqa: T201
    else:
        # shown only if it looks like a verb, since it may be a secret given by mistake
        is_showable = word.isascii() and word.isalpha() and len(word) <= 12
        fact = f"{word} is not a command." if is_showable else "which command?"
        print(f"source-pinterest: {fact}\n\n{usage()}", file=sys.stderr)  # noqa: T201
        sys.exit(2)


def usage() -> str:
    """The text of --help."""
    return "\n".join(
        [
            "Usage: source-pinterest COMMAND [OPTIONS]",
            "",
            *(f"  {name:<10}{verb.help}" for name, verb in VERBS.items()),
            "",
            "source-pinterest COMMAND --help shows the options of a command.",
        ]
    )


def _verify(args: list[str], now: Callable[[], datetime], settings: Settings | None) -> None:  # noqa: ARG001  it has its own
    from source_pinterest import verify

    verify.run(args[1:], now)


def _plan(args: list[str], now: Callable[[], datetime], settings: Settings | None) -> None:
    from source_pinterest import plan

    plan.run(args[1:], now, settings)


def _log_in(args: list[str], now: Callable[[], datetime], settings: Settings | None) -> None:  # noqa: ARG001  it asks the clock
    from source_pinterest import login

    login.run(args[1:], *([settings.interactive] if settings else []))


def _load(args: list[str], now: Callable[[], datetime], settings: Settings | None) -> None:  # noqa: ARG001
    from source_pinterest import load

    load.run(args[1:], now)


def _airbyte(args: list[str], now: Callable[[], datetime], settings: Settings | None) -> None:
    from source_pinterest import entrypoint

    entrypoint.run(args, now, settings)


class Verb(NamedTuple):
    """A command of `source-pinterest`."""

    help: str
    """Its description, on one line."""

    run: Callable[[list[str], Callable[[], datetime], Settings | None], None]
    """Runs it with the arguments (including the verb), the clock and the settings."""

    module: str = "source_pinterest.entrypoint"
    """The module that `main` imports for it."""


VERBS = {
    "spec": Verb("print the form of the configuration (Airbyte)", _airbyte),
    "check": Verb("test a configuration (Airbyte)", _airbyte),
    "discover": Verb("print the available streams (Airbyte)", _airbyte),
    "read": Verb("print the records of the selected streams (Airbyte)", _airbyte),
    "load": Verb("load the streams into tables (needs the extra `load`)", _load),
    "plan": Verb(
        "say how many requests, minutes and rows a sync takes", _plan, "source_pinterest.plan"
    ),
    "verify": Verb(
        "test the connector's assumptions about Pinterest with your account",
        _verify,
        "source_pinterest.verify",
    ),
    "login": Verb(
        "log in to Pinterest, and write a configuration file", _log_in, "source_pinterest.login"
    ),
}
