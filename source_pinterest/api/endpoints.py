"""Look-ups in Pinterest's description of an endpoint, by its key there.

    >>> path_of("GET /ad_accounts/{ad_account_id}/ads", {"ad_account_id": "549755885175"})
    '/ad_accounts/549755885175/ads'
    >>> category_of("GET /ad_accounts/{ad_account_id}/ads")
    'ads_read'

A key is the method and the path template, as in `operations` of pinterest_api.json. Each function raises
KeyError for a key that the description does not have.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote

from source_pinterest.api.facts import api_facts

VARIABLE = re.compile(r"\{(\w+)\}")
"""A variable in the template of a path."""

ACCOUNTS_AND_CATALOGS = re.compile(r"/(ad_accounts|catalogs(/\w+)?)$")

EXPECTED_REFUSALS = {
    401: ACCOUNTS_AND_CATALOGS,
    403: ACCOUNTS_AND_CATALOGS,
    404: re.compile(r"/(pins|boards)/\d+(/|$)"),
}
"""Paths, by the status that a stream expects of them: a login may not be allowed to list the ad accounts or catalogs
of others, and a Pin or board may have been deleted since it was listed."""


def is_expected_refusal(path: str, status: int | None) -> bool:
    """Whether a refusal describes the resource, and does not make a stream incomplete.

    >>> [is_expected_refusal(f"/{path}", 404) for path in ("boards/7/pins", "pins/7", "pins/analytics", "catalogs")]
    [True, True, False, False]
    >>> is_expected_refusal("/catalogs/feeds", 403), is_expected_refusal("/pins/7", 403)
    (True, False)
    """
    paths = EXPECTED_REFUSALS.get(status or 0)
    return bool(paths and paths.match(path))


def operation_of(endpoint: str) -> Mapping[str, Any]:
    """Pinterest's description of an endpoint: rate limit, scopes, parameters, body."""
    return cast("Mapping[str, Any]", api_facts()["operations"][endpoint])


def category_of(endpoint: str) -> str:
    """The category of rate limits that a request counts against, such as `ads_read`."""
    return str(operation_of(endpoint)["rate_limit_category"])


def scopes_of(endpoint: str) -> frozenset[str]:
    """The OAuth scopes that a login needs for an endpoint, all of them."""
    return frozenset(operation_of(endpoint)["scopes"])


def template_of(endpoint: str) -> str:
    """The template of an endpoint's path.

    >>> template_of("GET /boards/{board_id}/pins")
    '/boards/{board_id}/pins'
    """
    return endpoint.partition(" ")[2]


def path_of(endpoint: str, values: Mapping[str, Any]) -> str:
    """The path of a request: the template, filled with these values, percent-encoded.

    >>> path_of("GET /users/{username}/interests/follow", {"username": "a/b"})
    '/users/a%2Fb/interests/follow'
    """
    return VARIABLE.sub(
        lambda name: quote(str(values[name[1]]), safe="", errors="replace"), template_of(endpoint)
    )


def choices_of(endpoint: str, parameter: str) -> list[Any]:
    """The allowed values of a parameter; for a list, of its items.

    >>> choices_of("GET /ad_accounts/{ad_account_id}/audiences", "ownership_type")
    ['OWNED', 'RECEIVED']
    """
    schema = operation_of(endpoint)["parameters"][parameter]
    return list(schema.get("items", schema)["enum"])
