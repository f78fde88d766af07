"""Connections with one deadline for the whole exchange, and a limit of its bytes.

The time-outs of `requests` apply to each piece of an answer separately: headers that arrive one byte a second never
time out, nor does a name with many addresses that do not answer. Here one deadline covers name resolution, connecting,
a proxy's tunnel, the headers and the body together.
"""

from __future__ import annotations

import errno
import http.client
import io
import math
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import contextmanager
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import allowed_gai_family

from source_pinterest.threads import submit

HEADER_BYTES = 8 << 20
"""Bytes allowed for headers and chunk framing, in addition to the body. `http.client` reads 100 headers of 64 kB at
most."""

ADDRESSES_AT_ONCE = 3
"""How many addresses of a name share the remaining time: each gets a third of it."""

UNREACHABLE_ERRNOS = frozenset(
    {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL}
)


class TooManyBytes(Exception):
    """An answer has more bytes than it may have."""


class Bounds:
    """The limits of one answer.

    `until`: the deadline, by the clock (seconds). `max_bytes`: of the body, as it arrives, compressed or not.
    """

    def __init__(
        self,
        until: float = math.inf,
        max_bytes: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.until = until
        self.max_bytes = max_bytes
        self.bytes = 0
        self._clock = clock

    def seconds_left(self) -> float:
        """Remaining seconds, at least 0."""
        return max(0.0, self.until - self._clock())

    def is_over(self) -> bool:
        """Whether the deadline has passed."""
        return self._clock() >= self.until

    def add_bytes(self, count: int) -> None:
        """Counts bytes that have arrived. Raises TooManyBytes."""
        self.bytes += count
        if self.max_bytes is not None and self.bytes > self.max_bytes + HEADER_BYTES:
            raise TooManyBytes


_this_thread = threading.local()


@contextmanager
def within(bounds: Bounds) -> Iterator[None]:
    """Applies these limits to the requests of this thread within the context."""
    former = getattr(_this_thread, "bounds", None)
    _this_thread.bounds = bounds
    try:
        yield
    finally:
        _this_thread.bounds = former


def _bounds() -> Bounds:
    return getattr(_this_thread, "bounds", None) or Bounds()


# --- Reading ---


class _BoundedReader(io.RawIOBase):
    """Reads the bytes of a connection, within the limits."""

    def __init__(self, connection: Any, bounds: Bounds) -> None:
        self._connection = connection
        self._file = connection.makefile(
            "rb", buffering=0
        )  # keeps the socket open until it is closed
        self._bounds = bounds
        self._read_timeout = connection.gettimeout()
        """Seconds for each piece; None: no limit."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._bounds.until != math.inf:
            left = self._bounds.seconds_left()
            if left == 0.0:
                raise TimeoutError("the answer is not whole")
            if self._read_timeout is None or left < self._read_timeout:
                self._connection.settimeout(left)
        count: int = self._connection.recv_into(buffer)
        self._bounds.add_bytes(count)
        return count

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


class _BoundedSocket:
    """Stands in for a socket: has the only method of it that `HTTPResponse` uses."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        return io.BufferedReader(_BoundedReader(self._connection, _bounds()))


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: Any, *arguments: Any, **more: Any) -> None:
        super().__init__(_BoundedSocket(sock), *arguments, **more)  # type: ignore[arg-type]


# --- Connecting ---


class _DeadlineConnection:
    """Opens a connection, with one time-out for all addresses of the name together."""

    host: str
    port: int
    timeout: float | None
    _dns_host: str

    def _new_conn(self) -> socket.socket:
        bounds = _bounds()
        timeout, name = self.timeout, self._dns_host
        left = bounds.seconds_left() if timeout is None else min(timeout, bounds.seconds_left())
        here = Bounds(time.monotonic() + left)
        failure: Exception = _connect_timeout(self, name)
        try:
            addresses = self._addresses(name, here)
            for number, address in enumerate(addresses):
                if here.is_over():
                    break
                self._dns_host = address
                # an address that does not answer leaves time for the next
                self.timeout = _seconds(here, among=min(ADDRESSES_AT_ONCE, len(addresses) - number))
                try:
                    made: socket.socket = super()._new_conn()  # type: ignore[misc]
                except (ConnectTimeoutError, NewConnectionError) as error:
                    # an address of a kind that this machine cannot reach says nothing
                    if number == 0 or not is_network_unreachable(error):
                        failure = error
                    continue
                made.settimeout(_seconds(here))  # for the TLS handshake
                return made
        finally:
            self._dns_host, self.timeout = name, timeout
        raise failure

    def _addresses(self, name: str, here: Bounds) -> list[str]:
        """The addresses of a name. Resolves it in another thread: there is no other way to stop waiting."""
        plain, family = name.strip("[]"), allowed_gai_family()
        asked = submit(lambda: socket.getaddrinfo(plain, self.port, family, socket.SOCK_STREAM))
        try:
            found = asked.result(_seconds(here))
        except FutureTimeoutError:
            raise NameResolutionError(self.host, self, _NO_ANSWER) from None  # type: ignore[arg-type]
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error  # type: ignore[arg-type]
        return list(dict.fromkeys(str(address[4][0]) for address in found))


_NO_ANSWER = socket.gaierror(socket.EAI_AGAIN, "no answer in time")


def is_network_unreachable(error: BaseException) -> bool:
    """Whether a connection failed because the network is unreachable."""
    return getattr(error.__cause__ or error, "errno", None) in UNREACHABLE_ERRNOS


def _seconds(bounds: Bounds, among: int = 1) -> float | None:
    """The remaining seconds as a socket's time-out (None: no limit; never 0, which would mean not to wait)."""
    return None if bounds.until == math.inf else max(0.001, bounds.seconds_left() / among)


def _connect_timeout(connection: Any, name: str) -> ConnectTimeoutError:
    return ConnectTimeoutError(connection, f"No connection to {name} in time.")


class _Connection(_DeadlineConnection, HTTPConnection):
    """A connection by http: to this machine, or to a proxy."""

    response_class = _Response


class _SecureConnection(_DeadlineConnection, HTTPSConnection):
    """A connection by https."""

    response_class = _Response


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class Adapter(HTTPAdapter):
    """The adapter that makes `requests` use these connections, also through a proxy (except SOCKS)."""

    def init_poolmanager(self, *arguments: Any, **more: Any) -> None:
        super().init_poolmanager(*arguments, **more)
        _use_bounded_pools(self.poolmanager)

    def proxy_manager_for(self, proxy: Any, **more: Any) -> ProxyManager:
        manager: ProxyManager = super().proxy_manager_for(proxy, **more)
        if type(manager) is ProxyManager:
            _use_bounded_pools(manager)
        return manager


def _use_bounded_pools(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
