"""A Pinterest far away: many ad accounts, little in each, and a time until each answer.

    python -m benchmarks.distant_pinterest --accounts 30 --ads 2 --latency 0.3

Prints its URL. It checks nothing, counts what is in flight, and answers each report with one row for each id.
"""

from __future__ import annotations

import argparse
import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from benchmarks.canned_pinterest import Server

FIRST_ACCOUNT = 549_755_885_175
IN_AN_ACCOUNT = 10_000_000
"""Ids of one ad account, at most."""

STATUSES = ("ACTIVE", "PAUSED", "ARCHIVED")


class World:
    """What the ad accounts have: as many campaigns, ad groups and ads in each."""

    def __init__(self, accounts: int, ads: int) -> None:
        self.accounts = [FIRST_ACCOUNT + number for number in range(accounts)]
        self.ads = ads

    def ids(self, account: int, name: str) -> range:
        """Those of a list, such as `ads`: two campaigns and ad groups at most."""
        first = (account - FIRST_ACCOUNT + 1) * IN_AN_ACCOUNT
        return range(first, first + (self.ads if name == "ads" else min(self.ads, 2)))

    def body(self, path: str, query: dict[str, str]) -> Any:
        parts = path.strip("/").split("/")
        if parts == ["user_account"]:
            return {"id": "813744226420795884", "username": "somebody"}
        if parts == ["user_account", "analytics"]:
            return {"all": {"daily_metrics": _days(query)}}
        if parts == ["ad_accounts"]:
            items = [
                {"id": str(each), "name": "A", "currency": "USD", "permissions": ["OWNER"]}
                for each in self.accounts
            ]
            return _page(items, query)
        if parts[0] != "ad_accounts":
            return {"items": [], "bookmark": None}
        account = int(parts[1])
        if parts[-1] == "analytics" and len(parts) == 3:
            return [{"AD_ACCOUNT_ID": str(account), **_metrics(query, self.ads)}]
        if parts[-1] in ("analytics", "targeting_analytics"):
            level = parts[2][:-1]
            asked = query[f"{level}_ids"].split(",")
            return _report(parts[-1], level, asked, query)
        ids = self.ids(account, parts[-1])
        return _page([_entity(each, account) for each in ids], query)


def _page(items: list[Any], query: dict[str, str]) -> dict[str, Any]:
    start, size = int(query.get("bookmark") or 0), int(query.get("page_size", 25))
    end = start + size
    return {"items": items[start:end], "bookmark": str(end) if end < len(items) else None}


def _entity(number: int, account: int) -> dict[str, Any]:
    return {
        "id": str(number),
        "ad_account_id": str(account),
        "name": f"Entity {number}",
        "status": STATUSES[number % 3],
        "created_time": 1_700_000_000,
    }


def _metrics(query: dict[str, str], value: int = 1) -> dict[str, Any]:
    return {name: value for name in query["columns"].split(",") if not name.endswith("_ID")}


def _report(kind: str, level: str, ids: list[str], query: dict[str, str]) -> Any:
    metrics = _metrics(query)
    day = {"DATE": query["start_date"]} if query["granularity"] == "DAY" else {}
    rows = [{f"{level.upper()}_ID": each, **day, **metrics} for each in ids]
    if kind == "analytics":
        return rows
    asked = query["targeting_types"].split(",")
    types = dict.fromkeys((asked[0], asked[-1]))  # so that several are understood
    values = [{"targeting_type": kind, "targeting_value": "x"} for kind in types]
    return {"data": [{**value, "metrics": each} for value in values for each in rows]}


def _days(query: dict[str, str]) -> list[dict[str, Any]]:
    metrics = dict.fromkeys(query["metric_types"].split(","), 1)
    return [{"date": query["start_date"], "data_status": "READY", "metrics": metrics}]


class Flight:
    """When requests arrived and were answered, in seconds of the machine's monotonic clock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changes: list[tuple[float, int]] = []
        self._paths: list[str] = []

    def changed(self, by: int, path: str) -> None:
        with self._lock:
            self._changes.append((time.monotonic(), by))
            if by > 0:
                self._paths.append(path)

    def statistics(self) -> dict[str, Any]:
        with self._lock:
            return {"changes": list(self._changes), "paths": list(self._paths)}


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    world: World
    flight: Flight
    latency: float

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        path = re.sub(r"^/v5", "", parts.path)
        if path == "/statistics":
            self.answer(self.flight.statistics())
            return
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.answer_later(path, lambda: self.world.body(path, query))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        token = {"access_token": "pina_distant", "refresh_token": "pinr_d", "expires_in": 86_400}
        self.answer_later("/oauth/token", lambda: token)

    def answer_later(self, path: str, body: Any) -> None:
        self.flight.changed(1, path)
        began = time.monotonic()
        found = json.dumps(body()).encode()
        time.sleep(max(0.0, began + self.latency - time.monotonic()))
        self.flight.changed(-1, path)
        self.send(found)

    def answer(self, body: Any) -> None:
        self.send(json.dumps(body).encode())

    def send(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
        """Say nothing."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.distant_pinterest")
    parser.add_argument("--accounts", type=int, default=1)
    parser.add_argument("--ads", type=int, default=2, help="in each ad account")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    arguments = parser.parse_args()

    Answers.world = World(arguments.accounts, arguments.ads)
    Answers.flight = Flight()
    Answers.latency = arguments.latency
    Server.request_queue_size = 256
    server = Server(("127.0.0.1", 0), Answers)
    print(f"http://127.0.0.1:{server.server_port}/v5", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
