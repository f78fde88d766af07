"""Which requests are refused, and how: from what the description says of each parameter, and from
what is seen live where the two part ways. The texts are Pinterest's as far as they are known."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from .facts import COLUMNS, LIFETIME_METRICS, OPERATIONS
from .metrics import OWN_ZONE

if TYPE_CHECKING:
    from .server import FakePinterest

LONGEST_RANGE = timedelta(days=90)
HOURLY_RANGE = timedelta(days=3)
"""From the description of start_date and end_date, 5.23.0."""

OUT_OF_WINDOW = "You can only get data from the last 90 days."

REFUSED_COLUMNS = frozenset({"TOTAL_IMPRESSION_USER", "TOTAL_IMPRESSION_FREQUENCY"})
"""Not available with targeting, nor at the level KEYWORD."""
BETA_TARGETING_TYPES = frozenset({"AGE_BUCKET_AND_GENDER", "CREATIVE_ENHANCEMENTS"})
"""Granted to some apps only."""

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


def not_one_of(name: str, value: object, choices: Iterable[object]) -> Refused:
    known = ", ".join(map(str, choices))
    return invalid(f"Parameter '{name}' (value {value}) is not one of {known}.")


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
    if "pattern" in schema and not re.search(schema["pattern"], text):
        raise invalid(f"Parameter '{name}': {text!r} does not match {schema['pattern']}.")
    if "max_length" in schema and len(text) > schema["max_length"]:
        raise invalid(f"Parameter '{name}' is too long: {text!r}.")
    choices = schema.get("enum")
    if choices == "columns":
        choices = COLUMNS
    if choices is not None and value not in choices:
        raise not_one_of(name, text, choices)
    return value


def given_items(name: str, given: list[str], understood: str, wrong: str) -> list[str] | None:
    """The items of an array in the form that is `understood`; of any other, what `wrong` says.

    None: the parameter counts as not given.
    """
    items = [item for text in given for item in text.split(",")]
    repeated, joined = len(given) > 1, len(items) > len(given)
    right = {
        "comma": not repeated,
        "repeated": not joined,
        "both": True,
        "neither": len(items) == 1,
    }
    if right[understood]:
        return items
    if wrong == "refused":
        if repeated:
            raise invalid(f"Parameter '{name}' is given more than once.")
        return given  # one text with commas in it, which is no id and no name
    return {"first": items[:1], "last": items[-1:], "ignored": None, "default": None}[wrong]


COLUMN_NAMES = frozenset(COLUMNS)
NAMES_OF_COLUMNS = {"type": "string", "enum": "columns"}
"""The schema of the items of `columns`, of which there are many."""


def array(
    name: str, schema: Mapping[str, Any], given: list[str], pinterest: FakePinterest
) -> list[Any] | None:
    """The description repeats the keys of some arrays, which it calls exploded, and comma-separates
    the others. Of the exploded ones and of breakdowns the modes say which form is understood; the others are taken in
    no other way.
    """
    items: list[str] | None
    if name == "targeting_types":
        modes = pinterest.breakdown_arrays, pinterest.wrong_breakdown_form
        items = given_items(name, given, *modes)
    elif not schema["explode"]:
        items = given_items(name, given, "comma", "refused")
    elif "enum" in schema["items"]:
        items = given_items(name, given, pinterest.status_arrays, pinterest.wrong_status_form)
    else:
        items = given_items(name, given, pinterest.id_arrays, pinterest.wrong_form)
    if items is None:
        return None
    if len(items) > schema.get("max_items", len(items)):
        raise invalid(
            f"Parameter '{name}' has {len(items)} items, more than {schema['max_items']}."
        )
    alternatives = schema["items"].get("one_of")
    if schema["items"] == NAMES_OF_COLUMNS and COLUMN_NAMES.issuperset(items):
        return items
    if alternatives is None:
        return [scalar(name, schema["items"], text) for text in items]
    if not any(all(text in one["enum"] for text in items) for one in alternatives):
        known = dict.fromkeys(text for one in alternatives for text in one["enum"])
        for text in items:
            if text not in known:
                raise not_one_of(name, text, known)
        raise invalid(f"Parameter '{name}': these values do not go together: {items}.")
    return items


def checked(
    operation: str,
    path_values: Mapping[str, str],
    query: Iterable[tuple[str, str]],
    pinterest: FakePinterest,
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
            items = array(name, schema, given[name], pinterest)
            if items is not None:
                values[name] = items
            elif operation.endswith("analytics"):
                values[name] = []  # a report about nothing
            elif "default" in schema:
                values[name] = schema["default"]
        elif len(given[name]) > 1:
            raise invalid(f"Parameter '{name}' is given more than once.")
        else:
            values[name] = scalar(name, schema, given[name][0])
    together(operation, values)
    if "start_date" in values:
        window(values, pinterest)
    kinds = [operation]
    if operation.endswith("targeting_analytics"):
        kinds.append("targeting")
        types = parameters["targeting_types"]["items"]["enum"]
        targeting_types(values["targeting_types"], types, pinterest)
    columns(kinds, values.get("columns", []), COLUMNS, pinterest)
    ids(values, pinterest)
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


def window(values: Mapping[str, Any], pinterest: FakePinterest) -> None:
    start, end, today = values["start_date"], values["end_date"], pinterest.today
    lookback, longest, refusal = pinterest.lookback_days, LONGEST_RANGE, OUT_OF_WINDOW
    if values.get("granularity") == "HOUR":
        lookback, longest = pinterest.hourly_lookback_days, HOURLY_RANGE
        refusal = f"You can only get hourly data from the last {lookback + 1} days."
    if end < start:
        raise invalid(f"end_date {end} is before start_date {start}.")
    if end > today:
        raise invalid(f"end_date {end} is in the future.")
    if start < today - timedelta(days=lookback):
        raise invalid(refusal)
    if end - start > longest:
        raise invalid(f"{start} to {end} is longer than {longest.days} days.")


def not_available(
    what: str, refused: list[str], known: Iterable[str], pinterest: FakePinterest
) -> Refused:
    """In one of three forms: by name, the first one by what is known instead, or without a word."""
    if not pinterest.refusals_name:
        return invalid("Invalid request.")
    if pinterest.refusal_lists_all:
        return invalid(f"{refused[0]!r} is not one of {[*known]}")
    return invalid(f"{what} {', '.join(refused)} are not available for this report.")


def columns(
    kinds: Iterable[str], asked: Iterable[str], known: Iterable[str], pinterest: FakePinterest
) -> None:
    """`kinds`: what `refused_columns` may call this report."""
    never: set[str] = set()
    for kind in kinds:
        never |= pinterest.refused_columns.get(kind, set())
    if refused := [name for name in dict.fromkeys(asked) if name in never]:
        allowed = [name for name in known if name not in never]
        raise not_available("Columns", refused, allowed, pinterest)


def targeting_types(asked: Iterable[str], known: Collection[str], pinterest: FakePinterest) -> None:
    never = pinterest.refused_targeting_types
    if refused := [name for name in dict.fromkeys(asked) if name in never]:
        allowed = [name for name in known if name not in never]
        raise not_available("Targeting types", refused, allowed, pinterest)


def own_zone(values: Mapping[str, Any], pinterest: FakePinterest) -> bool:
    """Whether the days of a report are those of the ad account's own time zone."""
    if values.get("reporting_timezone") != OWN_ZONE:
        return False
    if pinterest.own_zones == "refused":
        raise invalid("The parameter 'reporting_timezone' is not available to your app.")
    return pinterest.own_zones == "granted"


def ids(values: Mapping[str, Any], pinterest: FakePinterest) -> None:
    for each in named_ids(values):
        if each in pinterest.refused_ids:
            raise Refused(*pinterest.refused_ids[each])


def named_ids(values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        if name == "id" or name.endswith(("_id", "_ids")):
            yield from map(str, value if isinstance(value, list) else [value])
