"""Daemon threads: what they do may be left alone when the process ends."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Result = TypeVar("Result")


def submit(find: Callable[[], Result]) -> Future[Result]:
    """Begins `find` in a daemon thread of its own. The future gets its result or its exception."""
    future: Future[Result] = Future()

    def work() -> None:
        try:
            future.set_result(find())
        except BaseException as error:  # noqa: BLE001  the reader of the future gets it
            future.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    return future
