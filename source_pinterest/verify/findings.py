"""What a verification finds out about a belief."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from source_pinterest.text import shortened_list


class Result(Enum):
    """Whether a belief holds. The values are those of the JSON output."""

    HOLDS = "holds"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """The result for one belief."""

    belief: str
    """The name of the belief."""
    result: Result
    detail: str
    """What was observed, or why nothing was, in sentences without ids and names."""


def holds(belief: str, detail: str) -> Finding:
    """The belief holds."""
    return Finding(belief, Result.HOLDS, detail)


def differs(belief: str, detail: str) -> Finding:
    """The belief does not hold."""
    return Finding(belief, Result.DIFFERS, detail)


def unknown(belief: str, detail: str) -> Finding:
    """Nothing was found out about the belief."""
    return Finding(belief, Result.UNKNOWN, detail)


def either(belief: str, is_so: bool, detail: str) -> Finding:
    """The belief holds if `is_so`, and otherwise does not."""
    return (holds if is_so else differs)(belief, detail)


def listed(names: list[str]) -> str:
    """The first twelve names in words, and the number of the others."""
    return shortened_list(names, 12)


def capitalized(sentence: str) -> str:
    """The sentence with a capital letter at the beginning."""
    return sentence[:1].upper() + sentence[1:]
