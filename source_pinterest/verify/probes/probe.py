"""A probe settles some beliefs, by asking or by looking at what was answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from source_pinterest.verify.findings import Finding
from source_pinterest.verify.subject import Subject

Find = Callable[[Subject], Iterable[Finding]]


class Probe(NamedTuple):
    """`find` says something of these beliefs; of those that it says nothing of, nothing shows."""

    beliefs: tuple[str, ...]
    find: Find


def settles(*beliefs: str) -> Callable[[Find], Probe]:
    """Makes a probe of a function, with the names of the beliefs that it finds out about."""
    return lambda find: Probe(beliefs, find)
