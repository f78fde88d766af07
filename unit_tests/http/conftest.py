"""Servers that end with the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from unit_tests.http.serving import Serve, Server


@pytest.fixture
def server() -> Iterator[Callable[[Serve], Server]]:
    opened: list[Server] = []

    def open_one(serve: Serve) -> Server:
        opened.append(Server(serve))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()
