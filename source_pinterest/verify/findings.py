"""The result of a verification for a belief."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Result(Enum):
    """The values are those of the JSON output."""

    HOLDS = "holds"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """`detail`: the observation, or the reason for none, as sentences without ids and names."""

    belief: str
    result: Result
    detail: str


def holds(belief: str, detail: str) -> Finding:
    return Finding(belief, Result.HOLDS, detail)


def differs(belief: str, detail: str) -> Finding:
    return Finding(belief, Result.DIFFERS, detail)


def unknown(belief: str, detail: str) -> Finding:
    return Finding(belief, Result.UNKNOWN, detail)


def either(belief: str, is_so: bool, detail: str) -> Finding:
    return (holds if is_so else differs)(belief, detail)


def listed(names: list[str], most: int = 12) -> str:
    """
    >>> listed(["A", "B", "C"], most=2)
    'A, B and 1 more'
    """
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def capitalized(sentence: str) -> str:
    """The text with a capital letter at the beginning."""
    return sentence[:1].upper() + sentence[1:]
