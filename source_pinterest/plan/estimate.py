"""The plan of a sync in numbers."""

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
    """By rate limit."""
    ad_accounts: int
    entities: int
    """The records of a list, or the entities that a report is about."""
    rows: int | None
    """At most. None: not known."""
    size: int
    """Bytes of the rows as JSON."""
    problem: str = ""


@dataclass(frozen=True)
class Plan:
    """The plan of a sync."""

    streams: Mapping[str, StreamPlan]
    limits: Limits
    """With the share of the limits that the configuration allows."""

    @property
    def requests(self) -> Counter[str]:
        """By rate limit."""
        found: Counter[str] = Counter()
        for stream in self.streams.values():
            found += stream.requests
        return found

    @property
    def minutes_by_limit(self) -> dict[str, int]:
        """The whole minutes that pass at least before the last request of each rate limit may be sent."""
        return least_minutes(self.requests, self.limits)

    @property
    def minutes(self) -> int:
        return max(self.minutes_by_limit.values(), default=0)

    @property
    def binding(self) -> str:
        """The rate limit that takes longest; empty if no request is sent."""
        shares = self._used()
        return max(shares, key=lambda name: shares[name], default="")

    def _used(self) -> dict[str, float]:
        """By rate limit: the requests in minutes of its budget."""
        allowed = per_minute(self.limits)
        return {name: number / allowed[name] for name, number in self.requests.items()}

    @property
    def ad_accounts(self) -> int:
        return max((stream.ad_accounts for stream in self.streams.values()), default=0)

    @property
    def rows(self) -> int:
        """Of the streams whose rows are known."""
        return sum(stream.rows or 0 for stream in self.streams.values())

    @property
    def size(self) -> int:
        return sum(stream.size for stream in self.streams.values())

    def as_json(self) -> dict[str, Any]:
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
    """Requests a minute that each rate limit allows."""
    return {**limits.requests_per_minute, UNIVERSAL: 60 * limits.requests_per_second}


def least_minutes(requests: Mapping[str, int], limits: Limits) -> dict[str, int]:
    """By rate limit: never more than its requests in any minute, so the first ones are sent at once.

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
    return round(size / GIGABYTE, 4)


def plan_of(found: Mapping[str, Expected], limits: Limits) -> Plan:
    """The plan of streams that were rehearsed with the ad accounts as they are."""
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
    """The plan of streams that were rehearsed with one ad account, for as many.

    `fields`: by stream, how many its rows have.
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
