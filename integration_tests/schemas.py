"""Records against their JSON schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import jsonschema

OF_FIELDS_ALONE = {"$schema", "type", "description", "additionalProperties", "properties"}
"""Parts of a schema that say nothing of several fields together."""

OF_TYPES_ALONE = {"type", "description"}
"""Parts of a field's schema that say nothing of its values but their type."""


def misfits(
    schema: Mapping[str, Any],
    records: Iterable[Mapping[str, Any]],
    formats: jsonschema.FormatChecker | None = None,
) -> list[str]:
    """The errors of jsonschema.

    Each field is looked at once for each value, and where only the type counts, for each type: a record has a hundred
    fields, and most have had their like before.
    """
    assert schema.keys() <= OF_FIELDS_ALONE
    validator = jsonschema.Draft7Validator(schema, format_checker=formats)
    properties = schema["properties"]
    by_type = {name for name, described in properties.items() if described.keys() <= OF_TYPES_ALONE}
    seen: set[tuple[Any, ...]] = set()
    found = []
    for record in records:
        new = {}
        for name, value in record.items():
            is_whole = value.__class__ is float and value.is_integer()  # which is an integer, too
            like = (value.__class__, is_whole) if name in by_type else (repr(value),)
            if (name, *like) not in seen:
                seen.add((name, *like))
                new[name] = value
        found += [error.message for error in validator.iter_errors(new)] if new else []
    return found
