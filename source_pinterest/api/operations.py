"""Finds the operation of Pinterest's description that a request is for."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from source_pinterest.api.endpoints import category_of
from source_pinterest.api.facts import api_facts


class Operation(NamedTuple):
    """An operation, with the values in the path of a request."""

    name: str
    """The key in the description: `GET /ad_accounts/{ad_account_id}/ads`."""

    values: dict[str, str]
    """The values in the path, by name."""

    @property
    def category(self) -> str:
        """The category of rate limits that the request counts against."""
        return category_of(self.name)


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Paths with fewer variables first: `/user_account/analytics` is not a path with a user."""
    names = sorted(api_facts()["operations"], key=lambda name: name.count("{"))
    return [(name, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", name))) for name in names]


def find_operation(method: str, path: str) -> Operation | None:
    """The operation that a request is for; None if Pinterest's description does not have it.

    >>> find_operation("GET", "/ad_accounts/549755885175/ads")
    Operation(name='GET /ad_accounts/{ad_account_id}/ads', values={'ad_account_id': '549755885175'})
    """
    for name, pattern in _patterns():
        if found := pattern.fullmatch(f"{method} {path}"):
            return Operation(name, found.groupdict())
    return None
