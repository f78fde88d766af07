"""Asynchronous reports: made, asked after, fetched from an address that is signed.

The description tells the fields of the request and the statuses; it does not describe the file. It
is taken to be an object of lists of rows by the id that they are about, as the vendor's sample code
implies.
"""

from __future__ import annotations

import itertools
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from .facts import FACTS, OPERATIONS
from .refusals import HOURLY_LOOKBACK, HOURLY_RANGE, invalid
from .report_rows import rows
from .world import AdAccount, Record

if TYPE_CHECKING:
    from .server import FakePinterest

CREATE = "POST /ad_accounts/{ad_account_id}/reports"
BODY: dict[str, Any] = OPERATIONS[CREATE]["body"]
COLUMNS = frozenset(FACTS["asynchronous_columns"])

LOOKBACK, LONGEST_RANGE = timedelta(days=914), timedelta(days=186)
ITEM_LOOKBACK, ITEM_RANGE = timedelta(days=92), timedelta(days=31)

ONLY_AT = {
    "AUDIENCE_MULTIPLIER": "CAMPAIGN_TARGETING",
    "MEDIA_TYPE": "PRODUCT_ITEM_TARGETING",
}

LINK_SECONDS, REPORT_SECONDS = 300.0, 3_600.0

Content = tuple[int, bytes]


@dataclass
class Report:
    account: AdAccount
    body: Record
    number: int
    made_at: float
    polls: int = 0
    """How often it was asked after."""
    links: dict[str, float] = field(default_factory=dict)
    """By signature: when its address was given."""
    downloads: int = 0


class Reports:
    """What is in the making, and what becomes of it: set `polls`, `fate` and `fault` to your liking."""

    def __init__(self, pinterest: FakePinterest) -> None:
        self._pinterest = pinterest
        self.polls = 1
        """How often a report is IN_PROGRESS before it is FINISHED."""
        self.fate: Callable[[Report], str | None] = lambda _: None
        """A status instead, once that is over: FAILED, CANCELLED, EXPIRED, DOES_NOT_EXIST, …"""
        self.fault: Callable[[Report], Content | None] = lambda _: None
        """What comes instead of a report's content: (status, body)."""
        self.made: dict[str, Report] = {}
        """By token, in order."""
        self.port: int | None = None
        """Where the addresses of contents lead, if it is not to this server: to a proxy before it."""

    def make(self, account: AdAccount, body: Any) -> Record:
        checked = checked_body(body, self._pinterest.today)
        token = secrets.token_urlsafe(24)
        number = len(self.made) + 1
        self.made[token] = Report(account, checked, number, self._pinterest.clock())
        return {"token": token, "report_status": "IN_PROGRESS", "message": None}

    def status(self, account: AdAccount, token: str) -> Record:
        report = self.made.get(token)
        if report is None or report.account is not account:
            return {"report_status": "DOES_NOT_EXIST", "url": None, "size": None}
        report.polls += 1
        now = self._pinterest.clock()
        if now - report.made_at > REPORT_SECONDS:
            return {"report_status": "EXPIRED", "url": None, "size": None}
        if report.polls <= self.polls:
            return {"report_status": "IN_PROGRESS", "url": None, "size": None}
        if fate := self.fate(report):
            return {"report_status": fate, "url": None, "size": None}
        signature = secrets.token_urlsafe(24)
        report.links[signature] = now
        port = self.port or self._pinterest.port
        address = f"http://127.0.0.1:{port}/async_reporting_v3/{token}"
        return {
            "report_status": "FINISHED",
            "url": f"{address}/metrics_report.txt?X-Amz-Signature={signature}",
            "size": len(self.content(report)),
        }

    def download(self, token: str, signature: str, authorization: str | None) -> Content:
        """As an object store answers: a login beside the signature is refused."""
        report = self.made.get(token)
        given = report.links.get(signature) if report else None
        if report is None or given is None or self._pinterest.clock() - given > LINK_SECONDS:
            return 403, b"<Error><Code>AccessDenied</Code></Error>"
        if authorization is not None:
            return 400, b"<Error><Code>InvalidArgument</Code></Error>"
        report.downloads += 1
        return self.fault(report) or (200, self.content(report))

    def content(self, report: Report) -> bytes:
        return orjson.dumps(
            {
                key: [row for _, row in rows]
                for key, rows in itertools.groupby(self.rows(report), lambda each: each[0])
            }
        )

    def rows(self, report: Report) -> Iterator[tuple[str, Record]]:
        """The id that a row is about, and the row."""
        pinterest = self._pinterest
        return rows(pinterest.world, report.account, report.body, pinterest.today)


def checked_body(body: Any, today: date) -> Record:
    """The fields with their defaults; raises Refused."""
    if not isinstance(body, dict):
        raise invalid("The body must be a JSON object.")
    properties = BODY["properties"]
    for name in BODY["required"]:
        if name not in body:
            raise invalid(f"Field '{name}' is required.")
    for name, value in body.items():
        if name not in properties:
            raise invalid(f"Field '{name}' is not known here.")
        check(name, properties[name], value)
    for column in body["columns"]:
        if column not in COLUMNS:
            raise invalid(f"Field 'columns': {column!r} is not one of its values.")
    together(body, today)
    defaults = {
        name: schema["default"] for name, schema in properties.items() if "default" in schema
    }
    return {**defaults, **body}


def check(name: str, schema: Mapping[str, Any], value: Any) -> None:
    kinds = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict}
    kind = kinds.get(schema.get("type", ""), object)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise invalid(f"Field '{name}' must be a JSON {schema['type']}.")
    if "enum" in schema and value not in schema["enum"]:
        raise invalid(f"Field '{name}': {value!r} is not one of its values.")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        raise invalid(f"Field '{name}': {value!r} does not match {schema['pattern']}.")
    if isinstance(value, list):
        fewest, most = schema.get("min_items", 0), schema.get("max_items", len(value))
        if not fewest <= len(value) <= most:
            raise invalid(f"Field '{name}' has {len(value)} items; it takes {fewest} to {most}.")
        for item in value:
            check(name, schema["items"], item)


def together(body: Mapping[str, Any], today: date) -> None:
    """What the prose says of fields that depend on each other."""
    targeting = body["level"].endswith("_TARGETING")
    if "targeting_types" in body and not targeting:
        raise invalid(f"targeting_types do not go with level {body['level']}.")
    for kind, level in ONLY_AT.items():
        if kind in body.get("targeting_types", []) and body["level"] != level:
            raise invalid(f"{kind} does not go with level {body['level']}.")
    if body["level"].startswith("PRODUCT_ITEM"):
        for name in body:
            if name in {"ad_ids", "ad_statuses"}:
                raise invalid(f"{name} does not go with level {body['level']}.")
        for column in body["columns"]:
            if re.match(r"PIN_PROMOTION_|AD_(?!GROUP_|ACCOUNT_)", column):
                raise invalid(f"{column} does not go with level {body['level']}.")
    lookback, longest = LOOKBACK, LONGEST_RANGE
    if body["level"].startswith("PRODUCT_ITEM"):
        lookback, longest = ITEM_LOOKBACK, ITEM_RANGE
    if body["granularity"] == "HOUR":
        lookback, longest = HOURLY_LOOKBACK, HOURLY_RANGE
    try:
        start, end = (date.fromisoformat(body[name]) for name in ("start_date", "end_date"))
    except ValueError as error:
        raise invalid(str(error)) from None
    if end < start or end > today:
        raise invalid(f"{start} to {end} is no window up to {today}.")
    if start < today - lookback:
        raise invalid(f"start_date {start} is more than {lookback.days} days before {today}.")
    if (end - start).days >= longest.days:
        raise invalid(f"{start} to {end} is longer than {longest.days} days.")
