"""Breakdowns of organic reports. Pinterest offers them as a split (one request) or as filters (one request per
value)."""

from __future__ import annotations

from source_pinterest.api.endpoints import choices_of

USER_ANALYTICS = "GET /user_account/analytics"
PIN_ANALYTICS = "GET /pins/{pin_id}/analytics"

FILTERS = {
    "APP_TYPE": "app_types",
    "OWNED_CONTENT": "from_claimed_content",
    "SOURCE": "source",
    "PIN_FORMAT": "pin_format",
    "CONTENT_TYPE": "content_type",
}
"""By breakdown, the parameter that filters by one of its values."""

UNFILTERED = frozenset({"ALL", "BOTH"})
"""Values of filters that select everything."""


def breakdown_values(breakdown: str, endpoint: str = USER_ANALYTICS) -> list[str]:
    """The values of a breakdown, as its filter takes them.

    >>> breakdown_values("APP_TYPE"), breakdown_values("SOURCE")
    (['MOBILE', 'TABLET', 'WEB'], ['YOUR_PINS', 'OTHER_PINS'])
    """
    return [
        option for option in choices_of(endpoint, FILTERS[breakdown]) if option not in UNFILTERED
    ]


def is_split(breakdown: str) -> bool:
    """Whether the user's analytics can be split by a breakdown, so that one request has all values.

    >>> is_split("SOURCE"), is_split("CONTENT_TYPE")
    (True, False)
    """
    return breakdown in choices_of(USER_ANALYTICS, "split_field")
