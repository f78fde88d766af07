"""Validators that several parts of the configuration share, and helpers for their sentences."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo

from source_pinterest.api.facts import attribution_choices
from source_pinterest.text import cut, listed, printable, replace_surrogates

TOKEN = re.compile(r"pin[a-z]_")
"""The prefix of a Pinterest token."""

WINDOWS = ("click_window_days", "engagement_window_days", "view_window_days")
"""The fields of the attribution windows, in a configuration and in a custom report."""

SHOWN_LENGTH = 40
"""Characters of a wrong value that a message shows."""


MAX_NESTING = 100
"""The most levels of nested lists and objects. The form has four, a record's schema seven; the encoder of messages
accepts 254. Our choice."""

KEY_NAME = re.compile(r"[A-Za-z][A-Za-z_]*", re.ASCII)
"""The form of a key's name. A token in its place has digits or other characters."""


class Section(BaseModel):
    """A validated, immutable part of the configuration."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", hide_input_in_errors=True, validate_default=False
    )


def shown(value: object, info: ValidationInfo) -> str:
    """A wrong value for a sentence, as shortened JSON: `"ninety"`, `true`, `14`.

    Hides secrets, which the user may have pasted into a wrong field.
    """
    text = json.dumps(value, ensure_ascii=False, default=lambda other: type(other).__name__)
    if is_secret(text, (info.context or {}).get("secrets", ())):
        return "what is there"
    return cut(printable(replace_surrogates(text)), SHOWN_LENGTH)


def is_secret(text: str, secrets: Iterable[str]) -> bool:
    """Whether a text contains a token or one of these secrets."""
    return bool(TOKEN.search(text)) or any(secret in text for secret in secrets)


def key_name(name: object, secrets: Iterable[str]) -> str | None:
    """The name of an unknown key for a message; None if it may be a secret in the wrong place.

    >>> key_name("backfil_days", []), key_name("pina_AbC", []), key_name("9f86d081884c7d65", [])
    ('backfil_days', None, None)
    """
    is_shown = isinstance(name, str) and KEY_NAME.fullmatch(name) and not is_secret(name, secrets)
    return cut(str(name), SHOWN_LENGTH) if is_shown else None


def is_blank(value: object) -> bool:
    """Whether a value is what a form may save for an empty field.

    >>> [is_blank(each) for each in (None, " ", [""], {}, [{"name": None}], 0, False, ["a", ""])]
    [True, True, True, True, True, False, False, False]
    """
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, Mapping):
        return all(map(is_blank, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(is_blank, value))
    return value is None


def nesting_depth(value: object) -> int:
    """How deep lists and objects are nested in a value. Computed without recursion.

    >>> nesting_depth(7), nesting_depth([]), nesting_depth({"a": [{"b": 1}]})
    (0, 1, 3)
    """
    depth, level = 0, [value]
    # most parts are plain, and to ask whether one is a Mapping takes ten times as long
    while level := [
        part for part in level if part.__class__ not in PLAIN and isinstance(part, NESTED)
    ]:
        depth += 1
        level = [
            inner
            for part in level
            for inner in (part if isinstance(part, (list, tuple)) else part.values())
        ]
    return depth


PLAIN = frozenset({str, int, float, bool, type(None)})
NESTED = (dict, list, tuple, Mapping)
"""Types that have parts. Those of parsed JSON come first, since `isinstance` finds them at once."""


def type_in_words(value: object) -> str:
    """The JSON type of a value in words, such as "a string"."""
    kinds = {str: "a string", bool: "true or false", list: "a list", type(None): "null"}
    return kinds.get(type(value), "an object" if isinstance(value, Mapping) else "a number")


def string_list(value: object, info: ValidationInfo, example: str) -> list[str]:
    """Validates a list of strings; removes surrounding blanks, empty strings and duplicates."""
    if not isinstance(value, (list, tuple)):
        fact = f"{shown(value, info)} is not a list"
        parts = [example]
        if isinstance(value, str):
            fact = "it is one string, not a list"
            parts = [part.strip() for part in value.split(",") if part.strip()] or parts
        raise ValueError(
            f"`{info.field_name}`: {fact}. "
            f"Write it as a list of strings, such as {shown(parts[:2], info)}."
        )
    given = [item for item in value if not is_blank(item)]
    for item in given:
        if not isinstance(item, str):
            quoted = str(item) if isinstance(item, int) and not isinstance(item, bool) else example
            raise ValueError(
                f"`{info.field_name}`: {shown(item, info)} is not a string. "
                f"Write it in quotes, such as {shown(quoted, info)}."
            )
    return list(dict.fromkeys(item.strip() for item in given))


def window_days(value: object, info: ValidationInfo) -> int:
    """Validates the days of an attribution window, as a number or as the text that a form saves."""
    allowed = attribution_choices(str(info.field_name))
    number = value
    if isinstance(value, str) and re.fullmatch(r"\d{1,3}", value, re.ASCII):
        number = int(value)  # the form offers the numbers as a list of strings
    if isinstance(number, bool) or not isinstance(number, int) or number not in allowed:
        raise ValueError(
            f"`{info.field_name}`: {shown(value, info)} is not a Pinterest attribution window. "
            f"Choose one of {listed(allowed)} days."
        )
    return number


def report_time(value: object, info: ValidationInfo) -> str:
    """Validates a `conversion_report_time`."""
    allowed = attribution_choices("conversion_report_time")
    if value not in allowed:
        raise ValueError(
            f"`conversion_report_time`: {shown(value, info)} is not known. "
            f"Choose {listed(allowed)}."
        )
    return str(value)


def first_day(value: object, info: ValidationInfo) -> date:
    """Validates a day (YYYY-MM-DD). Ignores a time that a platform may have appended."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)(T[\d:.]*Z?)?", str(value), re.ASCII)
    try:
        return date.fromisoformat(found[1] if found else "")
    except ValueError:
        raise ValueError(
            f"`start_date`: {shown(value, info)} is not a valid date. Write it as YYYY-MM-DD, "
            'such as "2025-01-31", or leave it out to use `backfill_days`.'
        ) from None


def sentences(error: ValidationError) -> list[str]:
    """The sentences that the validators have raised."""
    details = error.errors(include_url=False, include_input=False)
    # pydantic's own remark on a default that it could not compute has no "error"
    return [str(detail["ctx"]["error"]) for detail in details if "error" in detail.get("ctx", {})]
