"""Explains why no response arrived: in words, with the user's next step and the number of useful tries."""

from __future__ import annotations

import os
import re
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies

import requests
import urllib3.exceptions
from requests.utils import get_environ_proxies, select_proxy
from urllib3.util import parse_url

from source_pinterest.http.connection import Bounds, TooManyBytes, is_network_unreachable
from source_pinterest.http.errors import Unavailable, Unreachable, WrongSettings
from source_pinterest.text import hide, printable, without_secrets

CA_BUNDLE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Environment variables in which `requests` looks for the file of trusted certificates."""

CERTIFICATE_DATE_ERRORS = frozenset({9, 10})
"""OpenSSL's numbers for a certificate that is not valid yet, or no longer."""

TRIES_IN_VAIN = 2
"""How often a request is sent if this machine's settings are wrong (an untrusted certificate, a proxy that refuses)."""

TRIES_WITHOUT_A_NETWORK = 3
"""How often a request is sent if the name does not resolve, or the network is unreachable."""

REASON_LENGTH = 120
"""The most characters of OpenSSL's words in a message."""


class Trouble(NamedTuple):
    """Why no response arrived."""

    words: str
    """The reason as part of a sentence, which shows no more of the URL than its host."""
    advice: str = ""
    """The user's next step, as a sentence; empty if only time helps."""
    tries: int = 0
    """How often trying is useful in total; 0: as often as for any other failure."""
    is_slow: bool = False
    """Whether the response took too long."""
    is_large: bool = False
    """Whether the response has too many bytes."""
    is_local: bool = False
    """Whether this machine's own settings are wrong, which only its user can change."""

    def error(self) -> type[Unavailable]:
        """The class of the error to raise once the failure is final."""
        if self.is_local:
            return WrongSettings
        return Unreachable if self.tries else Unavailable

    def next_step(self, again: str) -> str:
        """The user's next step, as a sentence. `again`: the one for any other failure."""
        return self.advice if self.is_local else f"{self.advice} {again}".strip()


NO_TROUBLE = Trouble("")
OUT_OF_TIME = Trouble("no time is left for it")
ENDLESS = Trouble("an answer that did not end", is_slow=True)
TOO_LARGE = Trouble("an answer that is too large", is_large=True)

PROXY_WANTS_A_LOGIN = Trouble(
    "the proxy requires a login (status 407)",
    "Correct the user name and password in `HTTPS_PROXY` "
    "(http://user:password@host:port, with special characters percent-encoded), or name "
    "Pinterest's host in `NO_PROXY` if this machine reaches it without the proxy.",
    TRIES_IN_VAIN,
    is_local=True,
)


def trouble_of(
    error: BaseException, url: str, bounds: Bounds, *, is_secret: bool = False
) -> Trouble:
    """The trouble that an exception of a request stands for. Its words show the host of the URL, or nothing of it if
    the URL `is_secret`."""
    if isinstance(error, TooManyBytes):
        return TOO_LARGE
    if bounds.is_over():
        return ENDLESS
    host = "its host" if is_secret else _host_of(url)
    causes = list(_causes(error))
    if trouble := _proxy_trouble(error, causes, host, url) or _certificate_trouble(causes, host):
        return trouble
    if _is_name_resolution(causes):
        name = "the name of its host" if is_secret else f"the name {host}"
        return Trouble(f"{name} does not resolve", NETWORK, TRIES_WITHOUT_A_NETWORK)
    if any(map(is_network_unreachable, causes)):
        return Trouble(f"no network leads to {host}", NETWORK, TRIES_WITHOUT_A_NETWORK)
    name = type(error).__name__
    if isinstance(error, requests.ConnectTimeout):
        return Trouble(name, FIREWALL)
    is_slow = isinstance(error, (requests.ReadTimeout, urllib3.exceptions.ReadTimeoutError))
    return Trouble(name, is_slow=is_slow)  # only the name: the text holds the URL


NETWORK = (
    "Check this machine's network and its DNS; if it needs a proxy, name the proxy in "
    "`HTTPS_PROXY`."
)
FIREWALL = (
    "A firewall may be in the way; if this machine needs a proxy, name the proxy in `HTTPS_PROXY`."
)


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or "its host"
    except ValueError:
        return "its host"


def _is_name_resolution(causes: list[BaseException]) -> bool:
    names = (socket.gaierror, urllib3.exceptions.NameResolutionError)
    return any(isinstance(cause, names) for cause in causes)


# --- The proxy ---


def _proxy_trouble(
    error: BaseException, causes: list[BaseException], host: str, url: str
) -> Trouble | None:
    if isinstance(error, requests.exceptions.ProxyError):
        around = f"or name {host} in `NO_PROXY` if this machine reaches it without the proxy."
        if status := _tunnel_status(causes):
            if status == 407:
                return PROXY_WANTS_A_LOGIN
            is_final = 400 <= status < 500
            return Trouble(
                f"the proxy does not let the connection to {host} through (status {status})",
                f"Ask the administrator of the proxy to allow {host}, {around}",
                TRIES_IN_VAIN if is_final else 0,
                is_local=is_final,
            )
        if trouble := _certificate_trouble(causes, "the proxy"):
            return trouble
        does_not_resolve = _is_name_resolution(causes)
        fact = "the name of the proxy does not resolve" if does_not_resolve else UNREACHED
        advice = f"Check the proxy's address in `HTTPS_PROXY`, {around}"
        return Trouble(fact, advice, TRIES_WITHOUT_A_NETWORK, is_local=does_not_resolve)
    if isinstance(error, BAD_PROXY_ERRORS) and _has_no_usable_proxy(url):
        return Trouble(
            "`HTTPS_PROXY` does not hold the address of a proxy that can be used",
            "Give it as http://host:port (SOCKS is not supported), or leave it out.",
            1,
            is_local=True,
        )
    return None


def hide_proxies() -> None:
    """Hides the passwords of this machine's proxies from every message."""
    for address in getproxies().values():
        try:
            password = urlsplit(address if "://" in address else f"//{address}").password
        except ValueError:
            continue
        hide(password)
        hide(unquote(password or ""))


UNREACHED = "the proxy cannot be reached"

BAD_PROXY_ERRORS = (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, ValueError)
"""The exceptions of `requests` for a proxy's address that it cannot use."""


def _tunnel_status(causes: list[BaseException]) -> int | None:
    """The status of a proxy's response to CONNECT, which `http.client` only mentions in the text of its error."""
    for cause in causes:
        if found := re.search(r"Tunnel connection failed: (\d{3})\b", str(cause)):
            return int(found[1])
    return None


def _has_no_usable_proxy(url: str) -> bool:
    try:
        proxy = select_proxy(url, get_environ_proxies(url))
        if not proxy:
            return False
        parsed = parse_url(proxy if "://" in proxy else f"http://{proxy}")
    except ValueError:
        return True
    return parsed.scheme not in ("http", "https") or not parsed.host


# --- Certificates ---


def _certificate_trouble(causes: list[BaseException], host: str) -> Trouble | None:
    is_about_them = any(
        isinstance(cause, (ssl.SSLError, requests.exceptions.SSLError)) or type(cause) is OSError
        for cause in causes
    )
    if is_about_them and (trouble := _bundle_trouble()):
        return trouble
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            reason = without_secrets(printable(cause.verify_message or "", REASON_LENGTH))
            fact = f"the certificate of {host} is not trusted on this machine ({reason or 'no reason'})"
            advice = (
                CHECK_THE_CLOCK if cause.verify_code in CERTIFICATE_DATE_ERRORS else TRUST_THE_PROXY
            )
            return Trouble(fact, advice, TRIES_IN_VAIN, is_local=True)
    return None


CHECK_THE_CLOCK = (
    "Check this machine's clock, and the certificate of any proxy or firewall that "
    "inspects its traffic."
)
TRUST_THE_PROXY = (
    "If a proxy or firewall inspects this machine's traffic, save its certificate (PEM) "
    "in a file, and name that file in `REQUESTS_CA_BUNDLE`. Otherwise somebody may be "
    "pretending to be Pinterest: ask the administrator of the network."
)


def _bundle_trouble() -> Trouble | None:
    """The trouble with a file of trusted certificates that an environment variable names; None if there is none."""
    name = next((bundle for bundle in CA_BUNDLE_VARIABLES if os.environ.get(bundle)), None)
    if not name:
        return None
    path = os.environ[name]
    try:
        if Path(path).is_dir():
            return None
        ssl.create_default_context(cafile=path)
    except ssl.SSLError:
        fact = "holds no certificate (PEM)"
    except (OSError, ValueError) as error:
        fact = f"cannot be read ({getattr(error, 'strerror', None) or 'not a path'})"
    else:
        return None
    shown = without_secrets(printable(path, REASON_LENGTH))
    return Trouble(
        f"the file of certificates that `{name}` names {fact}: {shown}",
        f"Correct the path in `{name}`, or leave it out.",
        1,
        is_local=True,
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and all its causes, which each library keeps in a different place."""
    todo = [error]
    seen: set[int] = set()
    while todo and len(seen) < MAX_CAUSES:
        cause = todo.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        parts = (
            *cause.args,
            getattr(cause, "reason", None),
            getattr(cause, "original_error", None),
            cause.__cause__,
            cause.__context__,
        )
        todo += [part for part in parts if isinstance(part, BaseException)]


MAX_CAUSES = 30
