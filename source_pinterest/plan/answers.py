"""The answers of a rehearsal: the smallest ones that cause no further request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from source_pinterest.api import limits
from source_pinterest.api.operations import find_operation
from source_pinterest.api.organic import breakdown_values
from source_pinterest.http.errors import PinterestError
from source_pinterest.sync.slices import Window

Params = Mapping[str, Any]

REPORT_URL = "https://report.invalid/"
"""The URL of a report's content. Nothing is sent to it."""


def is_answered_locally(category: str, path: str = "") -> bool:
    """Whether a rehearsal answers a request itself, and does not send it: those for reports and for single Pins.

    >>> is_answered_locally("ads_analytics"), is_answered_locally("ads_read")
    (True, False)
    """
    return category.endswith("_analytics") or endpoint("GET", path) == "GET /pins/{pin_id}"


def answer(method: str, path: str, params: Params, is_expected: Callable[[Any], bool]) -> Any:
    """The body of an answer that satisfies `is_expected`. Raises PinterestError if there is none for the endpoint."""
    known = ANSWERS.get(endpoint(method, path))
    candidates = [known(path, params)] if known else [[], {}, {"items": [], "bookmark": None}]
    for body in candidates:
        if is_expected(body):
            return body
    raise PinterestError(f"the requests of {method} {path} cannot be planned, because of a bug")


def _pin(path: str, params: Params) -> dict[str, Any]:  # noqa: ARG001
    """Only the last day, as for a Pin that was created on it."""
    return _split(_daily([str(params["end_date"])]), params)


def _one_pin(path: str, params: Params) -> dict[str, Any]:  # noqa: ARG001
    return {"id": path.rpartition("/")[2]}


def _pins(path: str, params: Params) -> dict[str, Any]:
    """All of the Pins, since a missing one would be requested again."""
    return {pin: _pin(path, params) for pin in params["pin_ids"]}


def _user(path: str, params: Params) -> dict[str, Any]:  # noqa: ARG001
    """All days, since an answer that begins later would be requested again."""
    first, last = (date.fromisoformat(str(params[name])) for name in ("start_date", "end_date"))
    return _split(_daily(sorted(Window(first, last).dates)), params)


def _split(body: dict[str, Any], params: Params) -> dict[str, Any]:
    """One value of a split, since an answer without any would be requested again."""
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
    return {"report_status": "FINISHED", "url": REPORT_URL}


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
"""By endpoint: makes its answer. All others get the first empty body that the sync accepts."""


def endpoint(method: str, path: str) -> str:
    """The endpoint of a request; the request itself if Pinterest's description does not have it."""
    operation = find_operation(method, path)
    return operation.name if operation else f"{method} {path}"
