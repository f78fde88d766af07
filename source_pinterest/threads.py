"""Daemon threads, which the end of the process stops."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Result = TypeVar("Result")


def submit(find: Callable[[], Result]) -> Future[Result]:
    """Runs `find` in a new daemon thread. The future gets its result or its exception."""
    future: Future[Result] = Future()

    def work() -> None:
        try:
            future.set_result(find())
        except BaseException as error:  # noqa: BLE001  the reader of the future gets it
            future.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    return future
