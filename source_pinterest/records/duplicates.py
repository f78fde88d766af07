"""Rows with the same key → one row, or none if their values contradict each other."""

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
"""The breakdown whose values Pinterest splits over several rows, by match type."""


def written(row: Any) -> bytes:
    """Writes a row as JSON, so that equal rows give equal bytes."""
    try:
        return orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # for half an emoji, or an integer of more than 64 bits
        return json.dumps(row, sort_keys=True).encode()


def repetitions(counts: Collection[int]) -> int:
    """Tells how many times an answer repeats all of its rows, from the count of each different row.

    Two equal rows may belong to two match types. But if every row has a duplicate, and there is more than
    one, the answer repeats itself.

    >>> repetitions([2, 2]), repetitions([2, 1]), repetitions([2])
    (2, 1, 1)
    """
    return math.gcd(*counts) if len(counts) > 1 else 1


def settled(
    rows: Sequence[Row], is_split: bool, additive: Collection[str], repeated: int = 1
) -> Row | None:
    """Merges the rows of one key. None: they differ, and must not be merged.

    Equal rows are one. Rows that Pinterest splits by match type are added up, even equal ones: additive
    values are added, and other values that differ are null. `repeated`: how often the answer repeats each
    row.
    """
    if len(rows) == 1:
        return rows[0]
    counts = Counter(map(written, rows))
    different = {written(row): row for row in rows}
    if not is_split:
        return rows[0] if len(different) == 1 else None
    rows_of_each = [
        row for key, row in different.items() for _ in range(max(1, counts[key] // repeated))
    ]
    return reduce(lambda one, other: merged(one, other, additive), rows_of_each)


def merged(one: Row, other: Row, additive: Collection[str]) -> Row:
    """Merges two rows: additive columns are added up, and other values that differ become null."""
    row: Row = {}
    for name in one | other:
        left, right = one.get(name), other.get(name)
        if name in additive and all(isinstance(v or 0, (int, float)) for v in (left, right)):
            row[name] = right if left is None else left if right is None else number(left + right)
        else:
            row[name] = left if left == right else None
    return row
