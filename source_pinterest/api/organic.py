"""What organic reports can be divided by: a split in one request, or a filter in one request per value."""

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
"""By breakdown: the parameter that filters by one of its values."""

WHOLE = frozenset({"ALL", "BOTH"})
"""The values of filters that leave nothing out."""


def breakdown_values(breakdown: str, endpoint: str = USER_ANALYTICS) -> list[str]:
    """
    >>> breakdown_values("APP_TYPE"), breakdown_values("SOURCE")
    (['MOBILE', 'TABLET', 'WEB'], ['YOUR_PINS', 'OTHER_PINS'])
    """
    return [option for option in choices_of(endpoint, FILTERS[breakdown]) if option not in WHOLE]


def is_split(breakdown: str, endpoint: str = USER_ANALYTICS) -> bool:
    """Whether one request can have all values of a breakdown.

    >>> is_split("SOURCE"), is_split("CONTENT_TYPE"), is_split("SOURCE", PIN_ANALYTICS)
    (True, False, False)
    """
    return breakdown in choices_of(endpoint, "split_field")
