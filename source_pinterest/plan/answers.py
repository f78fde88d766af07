"""The answers of a rehearsal: the smallest ones after which a sync sends nothing further."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Any

from source_pinterest.api import limits
from source_pinterest.api.facts import api_facts
from source_pinterest.api.organic import breakdown_values
from source_pinterest.http.errors import PinterestError
from source_pinterest.sync.slices import Window

Params = Mapping[str, Any]

ADDRESS = "https://report.invalid/"
"""The address of a report's content. Nothing is sent to it."""


def is_answered_here(category: str, path: str = "") -> bool:
    """Whether a request is about a report or a single Pin, which a rehearsal does not send.

    >>> is_answered_here("ads_analytics"), is_answered_here("ads_read")
    (True, False)
    """
    return category.endswith("_analytics") or endpoint("GET", path) == "GET /pins/{pin_id}"


def answer(method: str, path: str, params: Params, is_expected: Callable[[Any], bool]) -> Any:
    """The body of the answer. Raises PinterestError for an endpoint that needs an answer of its own."""
    known = ANSWERS.get(endpoint(method, path))
    candidates = [known(path, params)] if known else [[], {}, {"items": [], "bookmark": None}]
    for body in candidates:
        if is_expected(body):
            return body
    raise PinterestError(f"the requests of {method} {path} cannot be planned, by a bug")


def _pin(path: str, params: Params) -> dict[str, Any]:  # noqa: ARG001
    """The last day alone: the Pin is as young as that."""
    return _split(_daily([str(params["end_date"])]), params)


def _one_pin(path: str, params: Params) -> dict[str, Any]:  # noqa: ARG001
    return {"id": path.rpartition("/")[2]}


def _pins(path: str, params: Params) -> dict[str, Any]:
    """Each of the Pins, since one that is missing is asked for again."""
    return {pin: _pin(path, params) for pin in params["pin_ids"]}


def _user(path: str, params: Params) -> dict[str, Any]:  # noqa: ARG001
    """Every day, since an answer that begins late is asked for again."""
    first, last = (date.fromisoformat(str(params[name])) for name in ("start_date", "end_date"))
    return _split(_daily(sorted(Window(first, last).dates)), params)


def _split(body: dict[str, Any], params: Params) -> dict[str, Any]:
    """One value of a split, since an answer without any is asked for again."""
    breakdown = params.get("split_field")
    return {breakdown_values(breakdown)[0]: body["all"]} if breakdown else body


def _daily(days: list[str]) -> dict[str, Any]:
    metrics = [{"date": day, "data_status": "READY", "metrics": {}} for day in days]
    return {"all": {"daily_metrics": metrics}}


def _ranking(path: str, params: Params) -> dict[str, Any]:  # noqa: ARG001
    pins = [{"pin_id": str(n), "metrics": {}} for n in range(1, limits.PINS_IN_A_RANKING + 1)]
    return {"pins": pins, "date_availability": {}}


def _ready(path: str, params: Params) -> dict[str, Any]:  # noqa: ARG001
    return {"non_conversion_metrics_ready": True, "conversion_metrics_ready": True}


def _requested(path: str, params: Params) -> dict[str, Any]:  # noqa: ARG001
    return {"report_status": "IN_PROGRESS", "token": "rehearsed"}


def _finished(path: str, params: Params) -> dict[str, Any]:  # noqa: ARG001
    return {"report_status": "FINISHED", "url": ADDRESS}


ANSWERS: dict[str, Callable[[str, Params], Any]] = {
    "GET /user_account/analytics": _user,
    "GET /pins/{pin_id}": _one_pin,
    "GET /pins/{pin_id}/analytics": _pin,
    "GET /pins/analytics": _pins,
    "GET /user_account/analytics/top_pins": _ranking,
    "GET /user_account/analytics/top_video_pins": _ranking,
    "GET /resources/metrics_ready_state": _ready,
    "POST /ad_accounts/{ad_account_id}/reports": _requested,
    "GET /ad_accounts/{ad_account_id}/reports": _finished,
}
"""By endpoint. All others have the first empty body that the sync accepts: no rows, or a total of nothing."""


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Paths with fewer variables first: `/pins/analytics` is not a path with a Pin."""
    names = sorted(api_facts()["operations"], key=lambda name: name.count("{"))
    return [(name, re.compile(re.sub(r"\{\w+\}", "[^/]+", name))) for name in names]


def endpoint(method: str, path: str) -> str:
    """The endpoint of a request; the request itself if the connector does not know it."""
    request = f"{method} {path}"
    return next((name for name, pattern in _patterns() if pattern.fullmatch(request)), request)
