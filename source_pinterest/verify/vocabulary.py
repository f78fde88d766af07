"""The words that a recording may keep: names of fields, values that Pinterest's description lists, and plain words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from source_pinterest.api.facts import api_facts
from source_pinterest.streams.registry import names as streams
from source_pinterest.streams.registry import schema_of

PLAIN_WORDS = """
    a able about above absent accept accepted access account accounts action active ad ads after
    again all allow allowed already also an analytics and any api app application apps archived
    are argument arguments array as asked at authenticate authenticated authentication
    authorization authorized automated available average bad be because been before begin being
    below beta between blocked board boards body bookmark both but by call campaign campaigns can
    cannot catalog catalogs change check client code column columns combination combined comma
    complete contact contain contains conversion cost could create created currency customer d
    daily data date dates day days default delivery deprecated did disabled do does done down
    duplicate each either empty enabled end ended endpoint ends enum error errors exceed exceeded
    exceeds exist existing exists expected expired failed failure feature feed few field fields
    finished first following follows for format found from function future gateway get given go
    goes going gone granularity greater group groups had has have header hour hourly hours how id
    identifier ids if in inactive includes incomplete incorrect index input integer interest
    internal interval into invalid is issue it item items its job json keyword keywords know known
    large last later least length less level license like limit limited limits list listed long
    longer made make many match matches maximum may message method metric metrics minimum minute
    minutes missing month months more most must name named names need needed needs negative new
    newer next no none not null number object of off old older on once one only operation option
    or order other our out outside over overloaded owner page pages param parameter parameters
    parse part partner pass passed past pattern pending perform permission permissions permitted
    pin pinner pins pinterest please positive possible post prior privileges problem processing
    product promotion property provide provided public quota range rate re reached read recent
    refresh refused reject rejected report reporting reports request requested requests require
    required requires resource response result results retry return returned role roles row rows
    run s scope scopes search second seconds section server service set several should sign since single
    size small so some something soon sorry sort spam start started starts state status string
    support supported sync system t take takes targeting temporarily text than that the their them
    then there these they this those through time timed timeout times to today together token
    tokens tomorrow too total totals traffic trial true try type types unauthorized unavailable
    undefined unexpected unknown unless unsupported until up update url use used user users uses
    valid validation value values ve view views wait was we week weeks went were what when where
    which while who will window windows with within without work would wrong year years yesterday
    yet you your zero
"""

WORDS = frozenset(PLAIN_WORDS.split())
"""Plain words in Pinterest's error texts."""

OTHER_FIELDS = """
    access_token all bookmark code conversion_metrics_ready daily_metrics data data_status date
    date_availability details endpoint_name error error_description expires_in is_realtime items
    latest_available_timestamp lifetime_metrics message message_detail metrics
    non_conversion_metrics_ready pin_id pins refresh_token refresh_token_expires_at
    refresh_token_expires_in report_status response_type scope size sort_by status summary_metrics
    targeting_type targeting_value token token_type url
"""

FIELDS = frozenset(OTHER_FIELDS.split())
"""Names of fields in answers that no record in the description has."""

VALUES = {
    "report_status": {
        *("IN_PROGRESS", "FINISHED", "FAILED", "CANCELLED", "EXPIRED", "DOES_NOT_EXIST"),
    },
    "token_type": {"bearer"},
    "response_type": {"authorization_code", "refresh_token", "client_credentials"},
    "type": {"campaign", "adgroup", "pinpromotion", "customerlist", "audience"},
    "media_type": {"image", "video", "multiple_images", "multiple_videos", "multiple_mixed"},
    "sort_by": set(),
}
"""By name of a field: values that are kept although the description does not list them."""

USER_TEXT_FIELDS = frozenset({"description", "key", "name", "title", "value", "values"})
"""Fields with texts of users. Nothing of them is kept, even if the description lists values for a field of this
name."""

A_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,60}", re.ASCII)


@cache
def known_fields() -> frozenset[str]:
    """The names of all fields in the description, in our schemas and in `FIELDS`."""
    names = {*FIELDS, *known_columns()}
    names.update(_property_names(api_facts()))
    for stream in streams():
        names.update(_property_names(schema_of(stream)))
    return frozenset(names)


@cache
def known_columns() -> frozenset[str]:
    """The columns of synchronous and asynchronous reports."""
    facts = api_facts()
    return frozenset([*facts["columns"], *facts["asynchronous_columns"]])


@cache
def known_values() -> Mapping[str, frozenset[str]]:
    """By name of a field or parameter: the values that are kept."""
    found: dict[str, set[str]] = {name: set(values) for name, values in VALUES.items()}
    for name, value in _enumerations(api_facts()):
        found.setdefault(name, set()).add(value)
    facts = api_facts()
    found.setdefault("data_status", set()).update(facts["data_statuses"])
    types = {name for level in facts["targeting_types"].values() for name in level}
    for name in ("targeting_type", "targeting_types"):
        found.setdefault(name, set()).update(types)
    for name in ("columns", "metric_types"):
        found.setdefault(name, set()).update(known_columns())
    return {
        name: frozenset(values) for name, values in found.items() if name not in USER_TEXT_FIELDS
    }


@cache
def known_scopes() -> frozenset[str]:
    """The scopes of all operations that the connector uses, and their variants for secret boards and Pins."""
    needed = {
        scope for operation in api_facts()["operations"].values() for scope in operation["scopes"]
    }
    return frozenset(needed | {f"{scope}_secret" for scope in needed})


@cache
def known_words() -> frozenset[str]:
    """The words of an error text that are kept, in lower case."""
    parameters = {
        name for operation in api_facts()["operations"].values() for name in operation["parameters"]
    }
    values = {value for values in known_values().values() for value in values if "_" in value}
    paths = {word for name in api_facts()["operations"] for word in re.findall(r"\w+", name)}
    names = WORDS | known_fields() | parameters | values | paths
    return frozenset(name.lower() for name in names if A_NAME.fullmatch(name))


def _property_names(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(properties := node.get("properties"), dict):
            yield from properties
        for value in node.values():
            yield from _property_names(value)
    elif isinstance(node, list):
        for value in node:
            yield from _property_names(value)


def _enumerations(node: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yields the name of a field with each value that the description lists for it."""
    if isinstance(node, dict):
        values = node.get("enum")
        if isinstance(values, list):
            yield from ((name, value) for value in values if isinstance(value, str))
        for key, value in node.items():
            is_schema = key in ("items", "one_of", "properties", "parameters", "body", "enum")
            yield from _enumerations(value, name if is_schema else key)
    elif isinstance(node, list):
        for value in node:
            yield from _enumerations(value, name)
