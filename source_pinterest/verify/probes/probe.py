"""A probe tests beliefs, by sending requests or by looking at the answers so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from source_pinterest.verify.findings import Finding
from source_pinterest.verify.subject import Subject

Find = Callable[[Subject], Iterable[Finding]]


class Probe(NamedTuple):
    """Tests some beliefs."""

    beliefs: tuple[str, ...]
    """The names of the beliefs."""
    find: Find
    """Returns findings about these beliefs. A belief without a finding could not be tested."""


def settles(*beliefs: str) -> Callable[[Find], Probe]:
    """A decorator that makes a probe of a function. `beliefs`: the names of the beliefs that it tests."""
    return lambda find: Probe(beliefs, find)
