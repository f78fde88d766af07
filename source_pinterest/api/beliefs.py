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
    """One assumption about Pinterest. Exactly one of `verify` and `unverifiable` is not empty."""

    section: str
    """The heading that it belongs under."""
    name: str
    """Its identifier, such as `ids-joined-by-commas`."""
    belief: str
    """The assumption, as a sentence."""
    evidence: Mapping[str, str]
    """Evidence, by strength (`STRENGTHS`)."""
    kind: str
    """One of `KINDS`."""
    otherwise: str
    """What the connector does if the belief is wrong."""
    proof: str = ""
    """How each sync proves a silent belief."""
    verify: str = ""
    """How `source-pinterest verify` tests it."""
    unverifiable: str = ""
    """Why `source-pinterest verify` cannot test it."""
    tests: tuple[str, ...] = ()
    """Tests of the connector's behaviour: `file::function`, or `file::function[case]`."""
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
