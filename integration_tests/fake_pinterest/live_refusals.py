"""Refusals that are not final, as they are seen live: what `FakePinterest.fault` may answer.

pinterest.fault = first(2, TRANSIENT["code 12"], "/analytics")
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .server import Fault, Request


def refusal(status: int, code: int, message: str) -> Fault:
    body: dict[str, Any] = {"code": code, "message": message}
    return status, body, {}


def retry_after(seconds: int, status: int = 400) -> Fault:
    return refusal(status, 1, f"Retry after {seconds} seconds")


def cost_limit(seconds: int, status: int = 429) -> Fault:
    message = f"Reporting query cost limit exceeded. Retry after {seconds} seconds"
    return refusal(status, 2726, message)


RATE_LIMIT = "You have exceeded your rate limit. Try again later."
WENT_WRONG = "Something went wrong on our end. Sorry about that."

TRANSIENT: dict[str, Fault] = {
    "retry after": retry_after(1),
    "code 12": refusal(400, 12, WENT_WRONG),
    "code 2787": refusal(400, 2787, WENT_WRONG),
    "cost limit": cost_limit(1),
    "cost limit, 400": cost_limit(1, 400),
    "rate limit": refusal(429, 8, RATE_LIMIT),
    "rate limit, 400": refusal(400, 8, RATE_LIMIT),
}
"""By a short name. Code 2787 is known from POST /pins, the others from reports."""


def first(count: int, fault: Fault, path: str = "") -> Callable[[Request], Fault | None]:
    """Refuses the first requests whose path has `path` in it, `count` in all."""
    numbers = itertools.count()

    def choose(request: Request) -> Fault | None:
        return fault if path in request.path and next(numbers) < count else None

    return choose
