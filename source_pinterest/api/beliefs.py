"""What the connector takes for granted about Pinterest's API: `beliefs.yaml`, and what it means."""

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
    "none": "nobody was found who says so",
}
"""Of evidence, the strongest first."""

KINDS = {
    "harmless": "either way the rows are right",
    "loud": "if it is wrong, you are told; another way is tried first where there is one",
    "silent": "if it were wrong, rows would be missing unnoticed, so each sync proves it",
}


@dataclass(frozen=True)
class Belief:
    """One belief. Exactly one of `verify` and `unverifiable` says something."""

    section: str
    name: str
    belief: str
    evidence: Mapping[str, str]
    """By strength."""
    kind: str
    otherwise: str
    """What the connector does then."""
    proof: str = ""
    """What proves a silent belief in each sync."""
    verify: str = ""
    """How `source-pinterest verify` finds out."""
    unverifiable: str = ""
    """Why it does not."""
    tests: tuple[str, ...] = ()
    """Those that show what the connector does: `file::function`, or `file::function[case]`."""
    untestable: str = ""
    """Why there is no such test."""


@cache
def beliefs() -> tuple[Belief, ...]:
    """All, in the order of the file, which is read when it is needed."""
    text = Path(__file__).with_name("beliefs.yaml").read_text(encoding="utf-8")
    return tuple(
        Belief(section=section["section"], **{**each, "tests": tuple(each.get("tests", ()))})
        for section in yaml.safe_load(text)
        for each in section["beliefs"]
    )
