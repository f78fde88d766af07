"""Merges rows with the same key into one row, unless their values contradict each other.

For rows with breakdowns and of asynchronous reports; `ads_analytics.py`, `organic_analytics.py` and `lists.py` have the
rules for theirs.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Collection, Sequence
from functools import reduce
from typing import Any

import orjson

from source_pinterest.records.column_types import (
    number,
)
from source_pinterest.records.rows import Row

SPLIT_TYPE = "KEYWORD"
"""The targeting type whose values Pinterest splits into several rows, one per match type."""


def canonical_json(row: Any) -> bytes:
    """A row as JSON with sorted keys, so that equal rows give equal bytes."""
    try:
        return orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # for half an emoji, or an integer of more than 64 bits
        return json.dumps(row, sort_keys=True).encode()


def repetitions(counts: Collection[int]) -> int:
    """How many times an answer repeats all of its rows; 1 if it does not. `counts`: how often each distinct row occurs.

    Two equal rows may belong to two match types. But if there are several distinct rows, and each has a duplicate, the
    answer repeats itself.

    >>> repetitions([2, 2]), repetitions([2, 1]), repetitions([2])
    (2, 1, 1)
    """
    return math.gcd(*counts) if len(counts) > 1 else 1


def merge_duplicates(
    rows: Sequence[Row], is_split: bool, additive: Collection[str], repeated: int = 1
) -> Row | None:
    """Merges the rows of one key into one; None if they differ and must not be merged.

    Of equal rows, one is kept. Rows that Pinterest splits by match type (`is_split`) are added up, even equal ones:
    the values of `additive` columns are added, and other values that differ become null. `repeated`: how often the
    answer repeats each row.
    """
    if len(rows) == 1:
        return rows[0]
    counts = Counter(map(canonical_json, rows))
    different = {canonical_json(row): row for row in rows}
    if not is_split:
        return rows[0] if len(different) == 1 else None
    rows_of_each = [
        row for key, row in different.items() for _ in range(max(1, counts[key] // repeated))
    ]
    return reduce(lambda one, other: merge_two(one, other, additive), rows_of_each)


def merge_two(one: Row, other: Row, additive: Collection[str]) -> Row:
    """Merges two rows: adds the values of additive columns. Other values that differ become null."""
    row: Row = {}
    for name in one | other:
        left, right = one.get(name), other.get(name)
        if name in additive and all(isinstance(v or 0, (int, float)) for v in (left, right)):
            row[name] = right if left is None else left if right is None else number(left + right)
        else:
            row[name] = left if left == right else None
    return row
