"""A probe tests some beliefs, with requests or with the answers so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from source_pinterest.verify.findings import Finding
from source_pinterest.verify.subject import Subject

Find = Callable[[Subject], Iterable[Finding]]


class Probe(NamedTuple):
    """`find` returns findings about these beliefs. A belief without a finding could not be tested."""

    beliefs: tuple[str, ...]
    find: Find


def settles(*beliefs: str) -> Callable[[Find], Probe]:
    """Makes a probe of a function, with the names of its beliefs."""
    return lambda find: Probe(beliefs, find)
