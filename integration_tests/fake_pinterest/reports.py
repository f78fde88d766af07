"""Asynchronous reports: made, asked after, fetched from an address that is signed.

The description tells the fields of the request and the statuses; it does not describe the file. It
is taken to be an object of lists of rows by the id that they are about, as the vendor's sample code
implies. Reports are kept by body: who asks for the same one again gets the same token.
"""

from __future__ import annotations

import base64
import itertools
import re
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

import orjson

from . import refusals
from .facts import FACTS, OPERATIONS
from .refusals import HOURLY_RANGE, Refused, invalid
from .report_rows import rows
from .world import AdAccount, Record

if TYPE_CHECKING:
    from .server import FakePinterest

CREATE = "POST /ad_accounts/{ad_account_id}/reports"
BODY: dict[str, Any] = OPERATIONS[CREATE]["body"]
COLUMNS: dict[str, None] = dict.fromkeys(FACTS["asynchronous_columns"])

LONGEST_RANGE = timedelta(days=186)
ITEM_RANGE = timedelta(days=31)
OUT_OF_WINDOW = "The start_date must be within 914 recent days."

ONLY_AT = {
    "AUDIENCE_MULTIPLIER": "CAMPAIGN_TARGETING",
    "MEDIA_TYPE": "PRODUCT_ITEM_TARGETING",
}

LINK_SECONDS, REPORT_SECONDS = 300.0, 3_600.0

Content = tuple[int, bytes]

T = TypeVar("T")


@dataclass
class Report:
    account: AdAccount
    body: Record
    number: int
    made_at: float
    """By the fake's clock."""
    made_on: date
    """The fake's day, as of which its numbers are."""
    token: str
    polls: int = 0
    """How often it was asked after."""
    links: dict[str, float] = field(default_factory=dict)
    """By signature: when its address was given."""
    downloads: int = 0
    written: tuple[Any, bytes] | None = field(default=None, repr=False)
    """Its content, whose size a status needs before it is downloaded, and what else it follows from."""

    @property
    def name(self) -> str:
        """In its address."""
        return (
            f"{self.account.id}-{1_783_598_365 + self.number}-{8_569_620_000_000_000 + self.number}"
        )


class Reports:
    """The reports in preparation, and what becomes of them: set `polls`, `fate` and `fault` to your liking."""

    def __init__(self, pinterest: FakePinterest) -> None:
        self._pinterest = pinterest
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self.polls = 1
        """How often a report is IN_PROGRESS before it is FINISHED."""
        self.fate: Callable[[Report], str | None] = lambda _: None
        """A status instead, once that is over: FAILED, CANCELLED, EXPIRED, DOES_NOT_EXIST, …"""
        self.fault: Callable[[Report], Content | None] = lambda _: None
        """What comes instead of a report's content: (status, body)."""

        # Each of these may be a function of the report, so that it hits some of them only.
        self.without_address: bool | Callable[[Report], bool] = False
        """FINISHED, and `url` and `size` are null."""
        self.zero_size: bool | Callable[[Report], bool] = False
        """`size` is 0, whatever the content."""
        self.empty_content: bool | Callable[[Report], bool] = False
        """The content has 0 bytes, and `size` is 0."""
        self.null_status: int | Callable[[Report], int] = 0
        """To how many of the first polls report_status is null."""
        self.unknown_status: str | Callable[[Report], str | None] | None = None
        """A status that the description lacks, instead of FINISHED, for ever."""

        self.kept_by_body = True
        """Whether the same body of the same ad account answers with the report that there is."""
        self.kept_days = 0
        """How many days later, by the fake's `today`, that still holds, with the old numbers."""
        self.keeps_failed = False
        """Whether it holds for a report whose status is not a good one, too."""
        self.made: dict[str, Report] = {}
        """By token, in order."""
        self.port: int | None = None
        """Where the addresses of contents lead, if it is not to this server: to a proxy before it."""

    def checked(self, body: Any) -> Record:
        return checked_body(body, self._pinterest)

    def make(self, account: AdAccount, body: Record) -> Record:
        """For a body that is checked."""
        with self._lock:
            kept = self._kept(account, body)
            if kept is None:
                number = next(self._numbers)
                now, today = self._pinterest.clock(), self._pinterest.today
                kept = Report(account, body, number, now, today, token())
                self.made[kept.token] = kept
        if not self._ready(kept):
            return {"token": kept.token, "report_status": "IN_PROGRESS", "message": None}
        status = self._failure(kept) or "FINISHED"
        message = f"{FINISHED_AT_ONCE} {kept.token}." if status == "FINISHED" else None
        return {"token": kept.token, "report_status": status, "message": message}

    def _kept(self, account: AdAccount, body: Record) -> Report | None:
        if not self.kept_by_body:
            return None
        for report in reversed(self.made.values()):
            if (
                report.account is account
                and report.body == body
                and (self._pinterest.today - report.made_on).days <= self.kept_days
                and self._pinterest.clock() - report.made_at <= REPORT_SECONDS
                and (self.keeps_failed or not (self._ready(report) and self._failure(report)))
            ):
                return report
        return None

    def _failure(self, report: Report) -> str | None:
        return self.fate(report) or of(report, self.unknown_status)

    def _ready(self, report: Report) -> bool:
        return report.polls > of(report, self.null_status) + self.polls

    def status(self, account: AdAccount, token: str) -> Record:
        report = self.made.get(token)
        if report is None or report.account is not account:
            return without_content("DOES_NOT_EXIST")
        report.polls += 1
        if self._pinterest.clock() - report.made_at > REPORT_SECONDS:
            return without_content("EXPIRED")
        if report.polls <= of(report, self.null_status):
            return without_content(None)
        if not self._ready(report):
            return without_content("IN_PROGRESS")
        if failure := self._failure(report):
            return without_content(failure)
        if of(report, self.without_address):
            return without_content("FINISHED")
        size = 0 if of(report, self.zero_size) else len(self.content(report))
        return {"report_status": "FINISHED", "url": self._address(report), "size": size}

    def _address(self, report: Report) -> str:
        """Of the recorded form and length, but on this machine."""
        signature = secrets.token_hex(32)
        report.links[signature] = self._pinterest.clock()
        day = f"{report.made_on:%Y%m%d}"
        query = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"ASIAEXAMPLEEXAMPLE00/{day}/us-east-1/s3/aws4_request",
            "X-Amz-Date": f"{day}T115937Z",
            "X-Amz-Expires": f"{LINK_SECONDS:.0f}",
            "X-Amz-SignedHeaders": "host",
            "X-Amz-Security-Token": base64.b64encode(secrets.token_bytes(1_030)).decode(),
            "X-Amz-Signature": signature,
        }
        host = f"http://127.0.0.1:{self.port or self._pinterest.port}"
        path = f"async_reporting_v3/{report.name}/metrics_report.txt"
        return f"{host}/{path}?{urlencode(query)}"

    def download(self, name: str, signature: str, authorization: str | None) -> Content:
        """As an object store answers: a login beside the signature is refused."""
        report = next((each for each in [*self.made.values()] if each.name == name), None)
        given = report.links.get(signature) if report else None
        if report is None or given is None or self._pinterest.clock() - given > LINK_SECONDS:
            return 403, b"<Error><Code>AccessDenied</Code></Error>"
        if authorization is not None:
            return 400, b"<Error><Code>InvalidArgument</Code></Error>"
        report.downloads += 1
        answer = self.fault(report) or (200, self.content(report))
        report.written = None  # most are downloaded once, and some are large
        return answer

    def content(self, report: Report) -> bytes:
        if of(report, self.empty_content):
            return b""
        of_now = self._pinterest.world, self._pinterest.null_targeting_values
        if report.written is None or report.written[0] != of_now:
            found = {
                key: [row for _, row in rows]
                for key, rows in itertools.groupby(self.rows(report), lambda each: each[0])
            }
            report.written = of_now, orjson.dumps(found)
        return report.written[1]

    def rows(self, report: Report) -> Iterator[tuple[str, Record]]:
        """The id that a row is about, and the row."""
        return rows(
            self._pinterest.world,
            report.account,
            report.body,
            report.made_on,
            null_targeting_values=self._pinterest.null_targeting_values,
        )


FINISHED_AT_ONCE = (
    "This job has already finished processing. Please make a GET request to this endpoint and pass "
    "in the token parameter"
)


def of(report: Report, mode: T | Callable[[Report], T]) -> T:
    return mode(report) if callable(mode) else mode


def without_content(status: str | None) -> Record:
    return {"report_status": status, "url": None, "size": None}


def token() -> str:
    """388 characters: two pieces of base64 for URLs, each with its own end."""
    pieces = (secrets.token_bytes(16), secrets.token_bytes(272))
    return "".join(base64.urlsafe_b64encode(piece).decode() for piece in pieces)


def checked_body(body: Any, pinterest: FakePinterest) -> Record:
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
            raise not_one_of(column, COLUMNS)
    together(body, pinterest)
    level, types = body["level"], properties["targeting_types"]["items"]["enum"]
    kinds = [level, "targeting"] if level.endswith("_TARGETING") else [level]
    refusals.targeting_types(body.get("targeting_types", []), types, pinterest)
    refusals.columns(kinds, body["columns"], COLUMNS, pinterest)
    refusals.ids(body, pinterest)
    if not refusals.own_zone(body, pinterest):
        body.pop("reporting_timezone", None)
    defaults = {
        name: schema["default"] for name, schema in properties.items() if "default" in schema
    }
    return {**defaults, **body}


def not_one_of(value: object, known: Iterable[object]) -> Refused:
    """Another text than that of a query's parameter."""
    return invalid(f"{value!r} is not one of {[*known]}")


def check(name: str, schema: Mapping[str, Any], value: Any) -> None:
    kinds = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict}
    kind = kinds.get(schema.get("type", ""), object)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise invalid(f"Field '{name}' must be a JSON {schema['type']}.")
    if "enum" in schema and value not in schema["enum"]:
        raise not_one_of(value, schema["enum"])
    if "pattern" in schema and not re.search(schema["pattern"], value):
        raise invalid(f"Field '{name}': {value!r} does not match {schema['pattern']}.")
    if isinstance(value, list):
        fewest, most = schema.get("min_items", 0), schema.get("max_items", len(value))
        if not fewest <= len(value) <= most:
            raise invalid(f"Field '{name}' has {len(value)} items; it takes {fewest} to {most}.")
        for item in value:
            check(name, schema["items"], item)


def together(body: Mapping[str, Any], pinterest: FakePinterest) -> None:
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
    lookback, longest, refusal = pinterest.report_lookback_days, LONGEST_RANGE, OUT_OF_WINDOW
    if body["level"].startswith("PRODUCT_ITEM"):
        lookback, longest = pinterest.item_lookback_days, ITEM_RANGE
        refusal = f"The start_date must be within {lookback + 1} recent days."
    if body["granularity"] == "HOUR":
        lookback, longest = pinterest.hourly_lookback_days, HOURLY_RANGE
        refusal = f"The start_date must be within {lookback + 1} recent days."
    try:
        start, end = (date.fromisoformat(body[name]) for name in ("start_date", "end_date"))
    except ValueError as error:
        raise invalid(str(error)) from None
    if end < start or end > pinterest.today:
        raise invalid(f"{start} to {end} is no window up to {pinterest.today}.")
    if start < pinterest.today - timedelta(days=lookback):
        raise invalid(refusal)
    if (end - start).days >= longest.days:
        raise invalid(f"The time range must be less than {longest.days} days.")
