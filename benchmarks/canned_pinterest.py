"""A Pinterest that answers from memory: one ad account, its ads, and their days.

    python -m benchmarks.canned_pinterest --ads 2500 [--latency 0.05] [--limits] [--set g]

Prints its URL. Unlike the fake Pinterest of the tests it checks nothing and costs almost nothing, so
that what is measured is the client. Every ad has the same numbers; there are as many Pins as ads.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from benchmarks.answers import (
    ACCOUNT,
    FIRST_AD,
    IDENTITIES,
    KINDS,
    REPORTS,
    SETS,
    ads,
    days,
    pins,
    value,
)

TEN = (
    *("SPEND_IN_DOLLAR", "SPEND_IN_MICRO_DOLLAR", "TOTAL_IMPRESSION", "IMPRESSION_1"),
    *("TOTAL_CLICKTHROUGH", "CTR", "TOTAL_ENGAGEMENT", "REPIN_1", "TOTAL_CHECKOUT"),
    "TOTAL_CONVERSIONS",
)
"""Columns that a marketer looks at."""

LIMITS = {"ads_analytics": 300, "ads_read": 1_000}
"""Requests a minute, standard access. Pinterest's developer documentation, checked 2026-11-24."""

LIMIT_SECONDS = 59.0
"""A minute, less what requests may come closer together on their way than they were sent."""


class Pinterest:
    """The answers, and what was asked."""

    def __init__(self, ads: int, has_limits: bool, of: str, has_few_rows: bool) -> None:
        self.ads = ads
        self.has_few_rows = has_few_rows
        self.set = of
        self.limits = LIMITS if has_limits else {}
        self.asked: Counter[str] = Counter()
        self.refused = 0
        self.columns: list[str] = []
        self.may_answer_reports = threading.Event()
        self.may_answer_reports.set()
        self.is_report_held = False
        self._lock = threading.Lock()
        self._arrived: defaultdict[str, deque[float]] = defaultdict(deque)

    def wait(self, path: str) -> float:
        """Counts a request. Seconds until its category has room again; 0: it has."""
        category = "ads_analytics" if path.endswith("analytics") else "ads_read"
        now = time.monotonic()
        with self._lock:
            self.asked[path] += 1
            arrived = self._arrived[category]
            while arrived and arrived[0] <= now - LIMIT_SECONDS:
                arrived.popleft()
            if len(arrived) >= self.limits.get(category, sys.maxsize):
                self.refused += 1
                return arrived[0] + LIMIT_SECONDS - now
            arrived.append(now)
            return 0.0

    def statistics(self) -> dict[str, Any]:
        with self._lock:
            asked = dict(self.asked)
            return {
                "asked": asked,
                "refused": self.refused,
                "columns": self.columns,
                "is_report_held": self.is_report_held,
            }

    def hold_reports(self) -> None:
        """Lets requests of reports wait for `let_reports_go`."""
        self.is_report_held = False
        self.may_answer_reports.clear()

    def let_reports_go(self) -> None:
        self.may_answer_reports.set()

    def body(self, path: str, query: dict[str, str], asked_ids: list[str]) -> bytes:
        if self.has_few_rows:
            asked_ids = asked_ids[:2]
        window = query.get("start_date", ""), query.get("end_date", "")
        if path.endswith("/ads/analytics"):
            self.columns = query["columns"].split(",")
            report = REPORTS["ads by day" if query["granularity"] == "DAY" else "ads, totals"]
            return ads(report, asked_ids, self.columns, *window, self.set)
        if path.endswith("/targeting_analytics"):
            self.columns = query["columns"].split(",")
            return ads(REPORTS["targeting by day"], asked_ids, self.columns, *window, self.set)
        if path.endswith("/pins/analytics"):
            self.columns = query["metric_types"].split(",")
            return pins(query["pin_ids"].split(","), self.columns, *window, self.set)
        found: Any
        if path.endswith("/analytics"):
            found = [self.total(query)]
        elif path.endswith("/user_account"):
            found = {"id": "813744226420795884", "username": "somebody"}
        elif path.endswith(("/pins", "/ads")):
            found = self.page(int(query.get("bookmark", 0)), int(query.get("page_size", 25)))
        elif path.endswith("/ad_accounts"):
            account = {"id": ACCOUNT, "name": "A", "currency": "USD", "permissions": ["OWNER"]}
            found = {"items": [account], "bookmark": None}
        else:
            found = {"items": [], "bookmark": None}
        return json.dumps(found).encode()

    def page(self, start: int, size: int) -> dict[str, Any]:
        end = min(start + size, self.ads)
        items = [
            {
                "id": str(FIRST_AD + place),
                "ad_account_id": ACCOUNT,
                "ad_group_id": IDENTITIES["AD_GROUP_ID"],
                "campaign_id": IDENTITIES["CAMPAIGN_ID"],
                "pin_id": IDENTITIES["PIN_ID"],
                "name": f"Ad {place}",
                "status": ("ACTIVE", "PAUSED", "ARCHIVED")[place % 3],
                "type": "pinpromotion",
                "is_owner": True,
                "created_time": 1_700_000_000,
                "updated_time": 1_790_000_000,
            }
            for place in range(start, end)
        ]
        return {"items": items, "bookmark": str(end) if end < self.ads else None}

    def total(self, query: dict[str, str]) -> dict[str, Any]:
        """Of the ad account, over all days and ads."""
        listed = days(query["start_date"], query["end_date"])
        found: dict[str, Any] = {"AD_ACCOUNT_ID": ACCOUNT}
        for name in query["columns"].split(","):
            if KINDS.get(name) in {"integer", "number"}:
                found[name] = self.ads * sum(value(name, day) for day in listed)
        return found


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    pinterest: Pinterest
    latency: float

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path.endswith("/statistics"):
            self.answer(200, json.dumps(self.pinterest.statistics()).encode())
            return
        for name, done in self.switches().items():
            if parts.path.endswith(name):
                done()
                self.answer(200, b"{}")
                return
        if parts.path.endswith("analytics") and not self.pinterest.may_answer_reports.is_set():
            self.pinterest.is_report_held = True
            self.pinterest.may_answer_reports.wait()
        seconds = self.pinterest.wait(parts.path)
        if self.latency:
            time.sleep(self.latency)
        if seconds:
            message = f"Rate limit exceeded. Retry after {seconds:.0f} seconds"
            body = json.dumps({"code": 8, "message": message}).encode()
            self.answer(429, body, {"X-RateLimit-Reset": f"{seconds + 1:.0f}"})
            return
        query = parse_qs(parts.query)
        single = {name: values[0] for name, values in query.items()}
        asked = ",".join(query.get("ad_ids", []))
        self.answer(200, self.pinterest.body(parts.path, single, asked.split(",")))

    def switches(self) -> dict[str, Callable[[], None]]:
        return {
            "/hold_reports": self.pinterest.hold_reports,
            "/let_reports_go": self.pinterest.let_reports_go,
        }

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        token = {
            "access_token": "pina_canned",
            "refresh_token": "pinr_canned",
            "expires_in": 86_400,
        }
        self.answer(200, json.dumps(token).encode())

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, text in (headers or {}).items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
        """Say nothing."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.canned_pinterest")
    parser.add_argument("--ads", type=int, default=500)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--limits", action="store_true", help="answer 429 past Pinterest's limits")
    parser.add_argument("--set", choices=SETS, default="clean", help="what the answers are like")
    parser.add_argument("--few", action="store_true", help="answer with the rows of two ids")
    arguments = parser.parse_args()

    Answers.pinterest = Pinterest(arguments.ads, arguments.limits, arguments.set, arguments.few)
    Answers.latency = arguments.latency
    server = Server(("127.0.0.1", 0), Answers)
    print(f"http://127.0.0.1:{server.server_port}/v5", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
