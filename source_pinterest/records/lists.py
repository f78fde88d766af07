"""Turns the items of Pinterest's lists into records."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from source_pinterest.records.column_types import (
    AnswerWarnings,
    ColumnTypes,
    describe_value,
    is_rounded,
)
from source_pinterest.records.ids import normalize_id
from source_pinterest.records.rows import Row

ZONELESS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?", re.ASCII)

WHOLE_NUMBER = re.compile(r"0|[1-9]\d{0,99}", re.ASCII)


def item_fault(item: Any, key: str, *, is_number: bool = False) -> str:
    """Why an item of a list cannot be a record, in words that follow "2 items"; empty if it can.

    `is_number`: whether the key must be a whole number, since it is compared with others as an integer.

    >>> item_fault({"id": 7}, "id"), item_fault({"name": "Sale"}, "id"), item_fault({"id": {}}, "id")
    ('', 'without id', 'whose id is an object')
    """
    if not isinstance(item, dict):
        return "that are no objects"
    value = item.get(key)
    if value is None or value == "":
        return f"without {key}"
    if isinstance(value, (dict, list, bool)):
        return f"whose {key} is {describe_value(value)}"
    if is_rounded(value) or value != value:
        return f"whose {key} was rounded on its way"
    if is_number and not WHOLE_NUMBER.fullmatch(str(normalize_id(value))):
        return f"whose {key} is {describe_value(value)}"
    return ""


def normalize_record(
    item: Mapping[str, Any], key: Iterable[str], types: ColumnTypes | None = None
) -> Row:
    """The record of an item: ids as in every stream, values of the schema's types, and no null in its `key`.

    >>> normalize_record({"id": 7, "campaign_id": "C8", "name": None}, ["id", "name"])
    {'id': '7', 'campaign_id': '8', 'name': ''}
    >>> normalize_record({"id": "7", "created_at": "2026-11-23T01:40:29"}, ["id"])
    {'id': '7', 'created_at': '2026-11-23T01:40:29Z'}
    """
    record = types.converted(item) if types else dict(item)
    for name, value in record.items():
        if name == "id" or name.endswith("_id"):
            record[name] = normalize_id(value, name)
        elif isinstance(value, str) and name.endswith("_at") and ZONELESS.fullmatch(value):
            record[name] = f"{value}Z"  # Pinterest omits the zone and means UTC
    for name in key:
        if record.get(name) is None:
            record[name] = ""
    return record


def unique_records(
    records: Iterable[Row], identity: Callable[[Row], Any], answer_warnings: AnswerWarnings
) -> dict[Any, Row]:
    """The records of a page, by their identity. Of several with the same identity, the first one counts; a warning says
    if they differ."""
    found: dict[Any, Row] = {}
    for record in records:
        key = identity(record)
        if found.setdefault(key, record) != record:
            answer_warnings.warn_once(
                "an item twice",
                f"Pinterest listed an item twice on one page with different content ({key}); the first "
                "one is used",
            )
    return found


def targeting_options(body: Iterable[Mapping[str, Any]]) -> list[Row]:
    """A row for each code in Pinterest's answer, with its label.

    The description does not type the labels, though all its examples are strings. A label that is an object goes whole
    into `details`, with its name in `name`; any other becomes JSON text.

    >>> targeting_options([{"811": "U.S.: Reno"}, {"9": {"name": "Dress", "level": 2}}, {"5": 7}])[1:]
    [{'targeting_raw_value': '9', 'name': 'Dress', 'details': {'name': 'Dress', 'level': 2}}, {'targeting_raw_value': '5', 'name': '7'}]
    """
    return [
        {"targeting_raw_value": code, **_label(label)}
        for group in body
        for code, label in group.items()
    ]


def _label(label: Any) -> Row:
    if isinstance(label, Mapping):
        name = label.get("name")
        return {"name": name if isinstance(name, str) else None, "details": label}
    is_plain = label is None or isinstance(label, str)
    return {"name": label if is_plain else json.dumps(label, ensure_ascii=False)}
