"""Connections on which everything ends: by a deadline, and after a number of bytes.

The time-outs of `requests` apply to each piece of an answer separately: headers that arrive one byte a
second never time out, nor does a name with many addresses that do not answer. Here one deadline covers the
name, the connection, a proxy's tunnel, the headers and the body together.
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
from concurrent.futures import TimeoutError as NotInTime
from contextlib import contextmanager
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import allowed_gai_family

from source_pinterest.threads import submit

HEADER_BYTES = 8 << 20
"""Bytes of headers and of chunk framing, in addition to the body. `http.client` reads 100 headers of 64 kB
at most."""


ADDRESSES_AT_ONCE = 3
"""Addresses of a name that share the time of a connection: each gets a third of the remaining time."""


NO_WAY = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL})


class TooMuch(Exception):
    """More bytes than the answer may have."""


class Bounds:
    """The limits of one answer. `until` is a time of the clock; `most` counts bytes as they arrive,
    compressed or not."""

    def __init__(
        self,
        until: float = math.inf,
        most: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.until = until
        self.most = most
        self.bytes = 0
        self._clock = clock

    def left(self) -> float:
        """Remaining seconds, at least 0."""
        return max(0.0, self.until - self._clock())

    def is_over(self) -> bool:
        return self._clock() >= self.until

    def have_come(self, count: int) -> None:
        self.bytes += count
        if self.most is not None and self.bytes > self.most + HEADER_BYTES:
            raise TooMuch


_asking = threading.local()


@contextmanager
def within(bounds: Bounds) -> Iterator[None]:
    """Applies these limits to the requests of this thread within the context."""
    former = getattr(_asking, "bounds", None)
    _asking.bounds = bounds
    try:
        yield
    finally:
        _asking.bounds = former


def _bounds() -> Bounds:
    return getattr(_asking, "bounds", None) or Bounds()


# --- What comes ---


class _Incoming(io.RawIOBase):
    """The bytes of a connection, within the limits."""

    def __init__(self, connection: Any, bounds: Bounds) -> None:
        self._connection = connection
        self._file = connection.makefile(
            "rb", buffering=0
        )  # keeps the socket open until it is closed
        self._bounds = bounds
        self._patience = connection.gettimeout()
        """Seconds for each piece; None means no limit."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._bounds.until != math.inf:
            left = self._bounds.left()
            if left == 0.0:
                raise TimeoutError("the answer is not whole")
            if self._patience is None or left < self._patience:
                self._connection.settimeout(left)
        count: int = self._connection.recv_into(buffer)
        self._bounds.have_come(count)
        return count

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


class _Bounded:
    """The only method of a socket that `HTTPResponse` uses."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        return io.BufferedReader(_Incoming(self._connection, _bounds()))


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: Any, *arguments: Any, **more: Any) -> None:
        super().__init__(_Bounded(sock), *arguments, **more)  # type: ignore[arg-type]


# --- The way there ---


class _Reached:
    """Opens a connection: the time-out covers all addresses of the name together."""

    host: str
    port: int
    timeout: float | None
    _dns_host: str

    def _new_conn(self) -> socket.socket:
        bounds = _bounds()
        patience, name = self.timeout, self._dns_host
        left = bounds.left() if patience is None else min(patience, bounds.left())
        here = Bounds(time.monotonic() + left)
        failure: Exception = _too_late(self, name)
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
                    if number == 0 or not is_out_of_reach(error):
                        failure = error
                    continue
                made.settimeout(_seconds(here))  # for the TLS handshake
                return made
        finally:
            self._dns_host, self.timeout = name, patience
        raise failure

    def _addresses(self, name: str, here: Bounds) -> list[str]:
        """Resolves the name in another thread, since that is the only way to stop waiting."""
        plain, family = name.strip("[]"), allowed_gai_family()
        asked = submit(lambda: socket.getaddrinfo(plain, self.port, family, socket.SOCK_STREAM))
        try:
            found = asked.result(_seconds(here))
        except NotInTime:
            raise NameResolutionError(self.host, self, _NO_ANSWER) from None  # type: ignore[arg-type]
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error  # type: ignore[arg-type]
        return list(dict.fromkeys(str(address[4][0]) for address in found))


_NO_ANSWER = socket.gaierror(socket.EAI_AGAIN, "no answer in time")


def is_out_of_reach(error: BaseException) -> bool:
    """Whether the network is unreachable."""
    return getattr(error.__cause__ or error, "errno", None) in NO_WAY


def _seconds(bounds: Bounds, among: int = 1) -> float | None:
    """Seconds in the form of a socket's time-out: None means no limit, and 0 would mean not to wait at all."""
    return None if bounds.until == math.inf else max(0.001, bounds.left() / among)


def _too_late(connection: Any, name: str) -> ConnectTimeoutError:
    return ConnectTimeoutError(connection, f"No connection to {name} in time.")


class _Connection(_Reached, HTTPConnection):
    """Connections by http, to this machine and to a proxy."""

    response_class = _Response


class _SecureConnection(_Reached, HTTPSConnection):
    """Connections by https."""

    response_class = _Response


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class Adapter(HTTPAdapter):
    """Makes `requests` use these connections, also through a proxy (except SOCKS)."""

    def init_poolmanager(self, *arguments: Any, **more: Any) -> None:
        super().init_poolmanager(*arguments, **more)
        _use_these(self.poolmanager)

    def proxy_manager_for(self, proxy: Any, **more: Any) -> ProxyManager:
        manager: ProxyManager = super().proxy_manager_for(proxy, **more)
        if type(manager) is ProxyManager:
            _use_these(manager)
        return manager


def _use_these(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
