"""Shows log messages to a person who runs a command."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets

from source_pinterest.text import printable_lines


@contextmanager
def logs_on_stderr(level: int = logging.WARNING) -> Iterator[None]:
    """Within the context, prints log messages of this level or above to stderr, as plain lines without secrets.
    Otherwise they would be JSON lines on stdout."""
    root, ours = logging.getLogger(), logging.getLogger("airbyte")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Plain("%(message)s"))
    handler.setLevel(level)
    former: list[tuple[logging.Logger, list[logging.Handler]]] = [
        (logger, list(logger.handlers)) for logger in (root, ours)
    ]
    root.handlers, ours.handlers = [handler], []
    try:
        yield
    finally:
        for logger, handlers in former:
            logger.handlers = handlers


def tell(sentence: str) -> None:
    """Prints a sentence to stderr, without secrets. stdout is for the result of a command."""
    print(filter_secrets(sentence), file=sys.stderr, flush=True)  # noqa: T201  it talks to a person


class _Plain(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return printable_lines(filter_secrets(super().format(record)))
