"""The assumptions about Pinterest's API in `beliefs.yaml`, and the meaning of their parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

STRENGTHS = {
    "recording": "an answer of the live API that somebody recorded, or a dated measurement",
    "practice": "code that works in production",
    "vendor": "Pinterest's own words: its description, its SDK, its documentation",
    "claim": "somebody says so, or it is a guess",
    "none": "we found no source",
}
"""Strengths of evidence, the strongest first."""

KINDS = {
    "harmless": "either way the rows are right",
    "loud": "if it is wrong, a message says so; the connector tries another way first if there is one",
    "silent": "if it were wrong, rows would be missing without a message, so each sync proves it",
}


@dataclass(frozen=True)
class Belief:
    """One belief. Exactly one of `verify` and `unverifiable` is not empty."""

    section: str
    name: str
    belief: str
    evidence: Mapping[str, str]
    """Evidence by strength."""
    kind: str
    otherwise: str
    """The connector's behaviour if the belief is wrong."""
    proof: str = ""
    """The proof of a silent belief in each sync."""
    verify: str = ""
    """How `source-pinterest verify` finds out."""
    unverifiable: str = ""
    """Why it does not."""
    tests: tuple[str, ...] = ()
    """The tests of the connector's behaviour: `file::function`, or `file::function[case]`."""
    untestable: str = ""
    """Why there is no such test."""


@cache
def beliefs() -> tuple[Belief, ...]:
    """All beliefs, in the order of the file. The first call reads the file."""
    text = Path(__file__).with_name("beliefs.yaml").read_text(encoding="utf-8")
    return tuple(
        Belief(section=section["section"], **{**entry, "tests": tuple(entry.get("tests", ()))})
        for section in yaml.safe_load(text)
        for entry in section["beliefs"]
    )
