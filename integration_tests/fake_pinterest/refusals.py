"""Which requests are refused, and how: from what the description says of each parameter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from .facts import COLUMNS, LIFETIME_METRICS, OPERATIONS

LOOKBACK = timedelta(days=90)
LONGEST_RANGE = timedelta(days=90)
HOURLY_LOOKBACK = timedelta(days=8)
HOURLY_RANGE = timedelta(days=3)
"""From the description of start_date and end_date, 5.23.0."""

LONGEST_REQUEST_LINE = 8_190
"""Bytes; a web server's usual limit, not a documented one."""


class Refused(Exception):
    """An answer with an error status, in Pinterest's shape."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    def body(self, operation: str) -> dict[str, Any]:
        # The description has code and message; the rest is seen live.
        return {
            "code": self.code,
            "message": self.message,
            "status": "failure",
            "data": None,
            "endpoint_name": operation,
            "message_detail": None,
        }


def invalid(message: str) -> Refused:
    return Refused(400, 1, message)


def scalar(name: str, schema: Mapping[str, Any], text: str) -> Any:
    """A query value as its type, or Refused."""
    kind = schema.get("type")
    value: Any = text
    if kind == "integer":
        if not re.fullmatch(r"-?\d+", text):
            raise invalid(f"Parameter '{name}' must be an integer, not {text!r}.")
        value = int(text)
        if value < schema.get("minimum", value) or value > schema.get("maximum", value):
            raise invalid(f"Parameter '{name}' is out of range: {value}.")
    elif kind == "boolean":
        if text not in {"true", "false"}:
            raise invalid(f"Parameter '{name}' must be true or false, not {text!r}.")
        value = text == "true"
    elif schema.get("format") == "date":
        try:
            value = date.fromisoformat(text)
        except ValueError:
            raise invalid(f"Parameter '{name}' must be YYYY-MM-DD, not {text!r}.") from None
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            raise invalid(f"Parameter '{name}' must be YYYY-MM-DD, not {text!r}.")
    if "max_length" in schema and len(text) > schema["max_length"]:
        raise invalid(f"Parameter '{name}' is too long: {text!r}.")
    if "pattern" in schema and not re.search(schema["pattern"], text):
        raise invalid(f"Parameter '{name}': {text!r} does not match {schema['pattern']}.")
    choices = schema.get("enum")
    if choices == "columns":
        choices = COLUMNS
    if choices is not None and value not in choices:
        raise invalid(f"Parameter '{name}': {text!r} is not one of its values.")
    return value


def array(name: str, schema: Mapping[str, Any], given: list[str], id_arrays: str) -> list[Any]:
    """The description repeats some arrays' keys and comma-separates others.

    Which of the two the live API takes for ids is not known, so `id_arrays` decides; the arrays
    that the description has comma-separated are taken in no other way.
    """
    if schema["explode"]:
        if id_arrays == "comma" and len(given) > 1:
            raise invalid(f"Parameter '{name}' is given more than once.")
        items = given if id_arrays == "repeated" else [x for text in given for x in text.split(",")]
    else:
        if len(given) > 1:
            raise invalid(f"Parameter '{name}' is given more than once.")
        items = given[0].split(",")
    if len(items) > schema.get("max_items", len(items)):
        raise invalid(
            f"Parameter '{name}' has {len(items)} items, more than {schema['max_items']}."
        )
    alternatives = schema["items"].get("one_of")
    if alternatives is None:
        return [scalar(name, schema["items"], text) for text in items]
    if not any(all(text in one["enum"] for text in items) for one in alternatives):
        raise invalid(f"Parameter '{name}': these values do not go together: {items}.")
    return items


def checked(
    operation: str,
    path_values: Mapping[str, str],
    query: Iterable[tuple[str, str]],
    today: date,
    id_arrays: str = "both",
) -> dict[str, Any]:
    """The parameters as values, defaults included; raises Refused."""
    parameters = OPERATIONS[operation]["parameters"]
    given: dict[str, list[str]] = {}
    for name, text in query:
        given.setdefault(name, []).append(text)
    values: dict[str, Any] = {}
    for name in given:
        if parameters.get(name, {}).get("in") != "query":
            raise invalid(f"Parameter '{name}' is not known here.")
    for name, schema in parameters.items():
        if schema["in"] == "path":
            values[name] = scalar(name, schema, path_values[name])
        elif name not in given:
            if schema["required"]:
                raise invalid(f"Parameter '{name}' is required.")
            if "default" in schema:
                values[name] = schema["default"]
        elif schema["type"] == "array":
            values[name] = array(name, schema, given[name], id_arrays)
        elif len(given[name]) > 1:
            raise invalid(f"Parameter '{name}' is given more than once.")
        else:
            values[name] = scalar(name, schema, given[name][0])
    together(operation, values)
    if "start_date" in values:
        window(values["start_date"], values["end_date"], values.get("granularity", "DAY"), today)
    return values


def together(operation: str, values: Mapping[str, Any]) -> None:
    """What the prose says of parameters that depend on each other."""
    ids = [name for name in ("campaign_ids", "ad_group_ids", "ad_ids") if name in values]
    if operation.endswith(("/campaigns", "/ad_groups", "/ads")) and len(ids) > 1:
        raise invalid(f"Only one of {' and '.join(ids)} may be given.")
    if operation.endswith("/ads/analytics"):
        pins = "pin_ids" in values or "campaign_ids" in values
        both = "pin_ids" in values and "campaign_ids" in values
        if "ad_ids" in values if pins else "ad_ids" not in values:
            raise invalid("Give either ad_ids, or both campaign_ids and pin_ids.")
        if pins and not both:
            raise invalid("campaign_ids and pin_ids go together.")
    metrics = values.get("metric_types") or []
    lifetime = [name for name in metrics if name in LIFETIME_METRICS]
    if lifetime and len(lifetime) < len(metrics):
        raise invalid(f"{lifetime[0]} is for the lifetime; it cannot be combined with the others.")


def window(start: date, end: date, granularity: str, today: date) -> None:
    lookback, longest = LOOKBACK, LONGEST_RANGE
    if granularity == "HOUR":
        lookback, longest = HOURLY_LOOKBACK, HOURLY_RANGE
    if end < start:
        raise invalid(f"end_date {end} is before start_date {start}.")
    if end > today:
        raise invalid(f"end_date {end} is in the future.")
    if start < today - lookback:
        raise invalid(f"start_date {start} is more than {lookback.days} days before {today}.")
    if end - start > longest:
        raise invalid(f"{start} to {end} is longer than {longest.days} days.")
