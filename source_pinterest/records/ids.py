"""Converts Pinterest's ids to the strings that records have.

`streams/analytics/entity_names.py` adds names to reports.
"""

from __future__ import annotations

import re
from typing import Any

from source_pinterest.api.columns import ALIAS_ID_COLUMNS, ID_COLUMNS
from source_pinterest.records.column_types import (
    is_rounded,
    text,
)
from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.records.rows import Row

PREFIXES = {"CAMPAIGN_ID": "C", "AD_GROUP_ID": "AG", "PARENT_ID": "AG|C"}
"""By name of an id, its prefixes (a regular expression). The description allows C626735565838 for 626735565838. Other
ids, such as those of a merchant's items, have any form."""

ID_WITH_PREFIX = {
    name: re.compile(rf"(?:{prefix})(\d+)", re.ASCII) for name, prefix in PREFIXES.items()
}


def normalize_id(value: Any, name: str = "") -> Any:
    """Converts an id to a string without its prefix, the same in every stream. Returns other values unchanged, and also
    an id that has lost digits as a float.

    `name`: of the column or field, which determines the prefix.

    >>> normalize_id(687201361754), normalize_id("C626735565838", "campaign_id"), normalize_id(626735565838.0)
    ('687201361754', '626735565838', '626735565838')
    >>> normalize_id("C100", "item_id"), normalize_id(None)
    ('C100', None)
    """
    if isinstance(value, str):
        prefixed = ID_WITH_PREFIX.get(name.upper())
        match = prefixed.fullmatch(value) if prefixed else None
        return match[1] if match else value
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return str(value)
    is_whole = isinstance(value, float) and value.is_integer() and not is_rounded(value)
    return text(value) if is_whole else value


def key_id(value: Any, name: str) -> Any:
    """Converts an id in the key of a row. Raises UnusableAnswer for one that has lost digits as a float."""
    return normalize_id(_check_exact(value), name)


def key_text(value: Any) -> str | None:
    """Converts a targeting value, or another text in the key of a row, which may be an id. Raises UnusableAnswer for
    one that has lost digits as a float.

    >>> key_text("female"), key_text(12345678901234567890123), key_text(35.0), key_text(None)
    ('female', '12345678901234567890123', '35', None)
    """
    return text(_check_exact(value))


def _check_exact(value: Any) -> Any:
    if is_rounded(value):
        raise UnusableAnswer(f"an id in Pinterest's answer was rounded on its way: {value}")
    return value


def rename_id_columns(row: Row) -> None:
    """Renames Pinterest's id columns to the names of their fields, and drops their aliases. Changes the row."""
    for column, name in ID_COLUMNS.items():
        if column in row:
            value = row.pop(column)
            row[name] = (
                value if value.__class__ is str and value.isdecimal() else key_id(value, column)
            )
    for column in ALIAS_ID_COLUMNS:
        if column in row:
            del row[column]
