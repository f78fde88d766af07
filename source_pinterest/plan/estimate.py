"""The plan of a sync: requests, minutes, rows and bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from source_pinterest.api.limits import Limits
from source_pinterest.http.rate_limiter import UNIVERSAL
from source_pinterest.plan.rehearsal import Expected

GIGABYTE = 1e9


@dataclass(frozen=True)
class StreamPlan:
    """The plan of one stream."""

    requests: Counter[str]
    """By category of rate limits: how many."""
    ad_accounts: int
    """How many it reads."""
    entities: int
    """How many records a list has, or how many entities a report is about."""
    rows: int | None
    """The most rows; None if not known."""
    size: int
    """Bytes of the rows as JSON."""
    problem: str = ""
    """What could not be planned, as a sentence."""


@dataclass(frozen=True)
class Plan:
    """The plan of a sync."""

    streams: Mapping[str, StreamPlan]
    limits: Limits
    """The limits, with the share that the configuration allows."""

    @property
    def requests(self) -> Counter[str]:
        """By category of rate limits: the requests of all streams."""
        found: Counter[str] = Counter()
        for stream in self.streams.values():
            found += stream.requests
        return found

    @property
    def minutes_by_limit(self) -> dict[str, int]:
        """By category: the least whole minutes until the last request may be sent."""
        return least_minutes(self.requests, self.limits)

    @property
    def minutes(self) -> int:
        """The least whole minutes of the sync."""
        return max(self.minutes_by_limit.values(), default=0)

    @property
    def binding(self) -> str:
        """The category whose requests take longest; empty if no request is sent."""
        shares = self._used()
        return max(shares, key=lambda name: shares[name], default="")

    def _used(self) -> dict[str, float]:
        """By category: the minutes that its requests take."""
        allowed = per_minute(self.limits)
        return {name: number / allowed[name] for name, number in self.requests.items()}

    @property
    def ad_accounts(self) -> int:
        """How many ad accounts are read."""
        return max((stream.ad_accounts for stream in self.streams.values()), default=0)

    @property
    def rows(self) -> int:
        """The most rows of all streams for which they are known."""
        return sum(stream.rows or 0 for stream in self.streams.values())

    @property
    def size(self) -> int:
        """Bytes of all rows as JSON."""
        return sum(stream.size for stream in self.streams.values())

    def as_json(self) -> dict[str, Any]:
        """The plan as --json prints it."""
        return {
            "requests": dict(self.requests),
            "minutes": self.minutes,
            "binding": self.binding,
            "ad_accounts": self.ad_accounts,
            "rows": self.rows,
            "gigabytes": gigabytes(self.size),
            "streams": {
                name: {
                    "requests": stream.requests.total(),
                    "requests_by_category": dict(stream.requests),
                    "ad_accounts": stream.ad_accounts,
                    "entities": stream.entities,
                    "rows": stream.rows,
                    "gigabytes": gigabytes(stream.size),
                    **({"incomplete": stream.problem} if stream.problem else {}),
                }
                for name, stream in self.streams.items()
            },
        }


def per_minute(limits: Limits) -> dict[str, int]:
    """By category of rate limits: the requests allowed per minute."""
    return {**limits.requests_per_minute, UNIVERSAL: 60 * limits.requests_per_second}


def least_minutes(requests: Mapping[str, int], limits: Limits) -> dict[str, int]:
    """By category of rate limits: the least whole minutes until the last of so many requests may be sent. The requests
    of the first minute are sent at once.

    >>> least_minutes({"ads_analytics": 601, "ads_read": 9}, Limits())
    {'ads_analytics': 2, 'ads_read': 0}
    """
    allowed = per_minute(limits)
    return {
        name: (number - 1) // allowed.get(name, allowed[UNIVERSAL])
        for name, number in requests.items()
        if number
    }


def gigabytes(size: int) -> float:
    """Bytes in gigabytes, rounded."""
    return round(size / GIGABYTE, 4)


def plan_of(found: Mapping[str, Expected], limits: Limits) -> Plan:
    """The plan of streams that were rehearsed with all ad accounts."""
    streams = {}
    for name, expected in found.items():
        accounts = {account for account, _ in expected.requests if account}
        streams[name] = StreamPlan(
            expected.by_category,
            len(accounts),
            expected.entities.total(),
            expected.rows.total() if expected.is_rows_known else None,
            expected.size,
            expected.problem,
        )
    return Plan(streams, limits)


def plan_of_counts(
    found: Mapping[str, Expected], limits: Limits, ad_accounts: int, fields: Mapping[str, int]
) -> Plan:
    """The plan of streams that were rehearsed with one ad account, multiplied by the number of ad accounts.

    `fields`: by stream, how many fields its rows have.
    """
    streams = {}
    for name, expected in found.items():
        requests: Counter[str] = Counter()
        is_of_accounts = False
        for (account, category), number in expected.requests.items():
            requests[category] += number * (ad_accounts if account else 1)
            is_of_accounts = is_of_accounts or bool(account)
        times = ad_accounts if is_of_accounts else 1
        rows = expected.rows.total() * times
        streams[name] = StreamPlan(
            requests,
            times if is_of_accounts else 0,
            expected.entities.total() * times,
            rows if expected.is_rows_known else None,
            rows * fields[name] * limits.bytes_per_cell,
            expected.problem,
        )
    return Plan(streams, limits)
