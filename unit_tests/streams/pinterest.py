"""A Pinterest of one small world, below the real `requests`: enough of each endpoint for a stream to be read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from source_pinterest.api.limits import LIMITS, Limits
from source_pinterest.api.organic import FILTERS, breakdown_values
from source_pinterest.config.config import Config
from source_pinterest.http.auth import AccessToken
from source_pinterest.http.client import PinterestClient
from source_pinterest.sync.context import SyncContext
from unit_tests.http.scripted import BASE_URL, Clock, Reply, Script

TODAY = date(2026, 11, 24)
ACCOUNT = "549755885175"
USER = {"id": "1", "username": "me"}
AD_ACCOUNT = {
    "id": ACCOUNT,
    "name": "Shoes",
    "currency": "EUR",
    "permissions": ["OWNER"],
    "owner": {"id": "2", "username": "another"},
}
IDS = {"pins": ["71", "72"], "ads": ["31", "32", "33"], "boards": ["5"]}
"""Of the lists that have other items than one of id 7."""

FILES = "https://files.pinterest.test/"
"""The host of the content of asynchronous reports."""

ANALYTICS = re.compile(
    r"/ad_accounts/\d+(?:/(?P<level>\w+?)s)?/(?P<kind>analytics|targeting_analytics)"
)


class Pinterest(Script):
    """Answers by path and parameters. `faults` are asked first: what one gives, is the answer."""

    def __init__(self) -> None:
        super().__init__(Reply(500))
        self.faults: list[Callable[[str, dict[str, str]], Reply | None]] = []
        self.not_final: set[str] = set()
        """The days of organic reports that are estimates."""
        self._reports: list[dict[str, Any]] = []
        """The bodies of the asynchronous reports; a report's token is its place."""

    def line(self, request: requests.PreparedRequest) -> Reply | Exception:
        if str(request.url).startswith(FILES):
            return Reply(200, _report(self._reports[int(str(request.url).removeprefix(FILES))]))
        if request.method == "POST":
            self._reports.append(json.loads(request.body or ""))
            token = str(len(self._reports) - 1)
            return Reply(200, {"token": token, "report_status": "IN_PROGRESS"})
        path, query = _asked(request)
        replies = (fault(path, query) for fault in self.faults)
        return next(filter(None, replies), None) or self.answer(path, query)

    def asked(self, *parts: str) -> list[dict[str, str]]:
        """The parameters of the requests whose path has one of these parts at its end."""
        found = map(_asked, self.requests)
        return [query for path, query in found if path.endswith(parts)]

    def answer(self, path: str, query: dict[str, str]) -> Reply:
        if path == "/user_account":
            return Reply(200, USER)
        if path == "/ad_accounts":
            return Reply(200, {"items": [AD_ACCOUNT], "bookmark": None})
        if path.endswith("/reports"):
            url = f"{FILES}{query['token']}"
            return Reply(200, {"report_status": "FINISHED", "url": url})
        if path.endswith(("/top_pins", "/top_video_pins")):
            return Reply(200, {"pins": [{"pin_id": "71", "metrics": {"IMPRESSION": 5}}]})
        if path == "/user_account/analytics" or re.fullmatch(r"/pins/\d+/analytics", path):
            return Reply(
                200, self._split(query) if "split_field" in query else self._organic(query)
            )
        if found := re.fullmatch(r"/pins/(\d+)", path):
            return Reply(200, {"id": found[1], "title": "A Pin", "link": "https://pin.test"})
        if path == "/pins/analytics":
            pins = query["pin_ids"].split(",")
            return Reply(200, {pin: self._organic(query) for pin in pins})
        if path.startswith("/resources/targeting/"):
            return Reply(200, [{"female": "Women"}])
        if path == "/resources/metrics_ready_state":
            names = ("non_conversion_metrics_ready", "conversion_metrics_ready")
            return Reply(200, dict.fromkeys(names, True))
        if found := ANALYTICS.fullmatch(path):
            return Reply(200, _metrics(found["level"] or "ad_account", found["kind"], query))
        return Reply(200, {"items": _items(path, query), "bookmark": None})

    def _split(self, query: dict[str, str]) -> dict[str, Any]:
        parameter = FILTERS[query["split_field"]]
        return {
            value: self._organic({**query, parameter: value})["all"]
            for value in breakdown_values(query["split_field"])
        }

    def _organic(self, query: dict[str, str]) -> dict[str, Any]:
        value = next((query[each] for each in FILTERS.values() if each in query), "")
        metrics = {query["metric_types"].split(",")[0]: 5 + len(value)}
        days = [
            {
                "date": day,
                "metrics": metrics,
                "data_status": "ESTIMATE" if day in self.not_final else "READY",
            }
            for day in _days(query)
        ]
        return {"all": {"daily_metrics": days}}


def _asked(request: requests.PreparedRequest) -> tuple[str, dict[str, str]]:
    url = urlsplit(str(request.url))
    return url.path.removeprefix(urlsplit(BASE_URL).path), dict(parse_qsl(url.query))


def _days(query: dict[str, str]) -> list[str]:
    first, last = (date.fromisoformat(query[name]) for name in ("start_date", "end_date"))
    return [str(first + timedelta(days=n)) for n in range((last - first).days + 1)]


def _items(path: str, query: dict[str, str]) -> list[dict[str, Any]]:
    name = path.rpartition("/")[2]
    item: dict[str, Any] = {
        "name": "One",
        "status": "ACTIVE",
        "username": "me",
        "category": "DELIVERY",
    }
    if query.get("pin_metrics"):
        item |= {"pin_metrics": {"lifetime_metrics": {"save": 3}}}
    if name == "ads":
        item |= {"pin_id": "71", "updated_time": 1_760_000_000}
    found = [{"id": each, **item} for each in IDS.get(name, ["7"])]
    if "ACTIVE" not in query.get("entity_statuses", "ACTIVE").split(","):
        return []
    for parameter, value in query.items():
        if parameter.endswith("_ids"):
            found = [each for each in found if each["id"] in value.split(",")]
    return found


def _report(body: dict[str, Any]) -> dict[str, Any]:
    """A row of each day, under the id of an entity."""
    ids = {name: "7" for name in body["columns"] if name.endswith("_ID")}
    ids |= {name: ACCOUNT for name in ("ADVERTISER_ID", "AD_ACCOUNT_ID") if name in ids}
    ids |= {"KEYWORD_ID": "7"} if body["level"] == "KEYWORD" else {}
    types = body.get("targeting_types", [None])
    rows = [
        {
            **ids,
            "DATE": day,
            **({"TARGETING_TYPE": kind, "TARGETING_VALUE": "a value"} if kind else {}),
            body["columns"][-1]: 5,
        }
        for kind in types
        for day in _days(body)
    ]
    return {"7": rows}


def _metrics(level: str, kind: str, query: dict[str, str]) -> Any:
    parameters = ["product_group_promotion_ids", f"{level}_ids"]
    ids = next((query[each] for each in parameters if each in query), ACCOUNT).split(",")
    is_promotion = "product_group_promotion_ids" in query
    id_column = "PRODUCT_GROUP_ID" if is_promotion else f"{level.upper()}_ID"
    days = _days(query) if query["granularity"] == "DAY" else [None]
    rows = [
        {id_column: each, **({"DATE": day} if day else {}), "SPEND_IN_MICRO_DOLLAR": 1_000}
        for each in ids
        for day in days
    ]
    if kind == "analytics":
        return rows
    types = query["targeting_types"].split(",")
    return {
        "data": [
            {"targeting_type": kind, "targeting_value": "a value", "metrics": dict(row)}
            for kind in types
            for row in rows
        ]
    }


def context(
    pinterest: Pinterest,
    clock: Clock | None = None,
    limits: Limits = LIMITS,
    **options: Any,
) -> SyncContext:
    """A sync of 15 days that reads this Pinterest, as often in a second as it likes: the clock of that limit is real."""
    token = {"auth_method": "access_token", "access_token": "pina_token"}
    config = Config.parse({"credentials": token, "backfill_days": 15, **options})
    clock = clock or Clock()
    client = PinterestClient(
        BASE_URL,
        AccessToken(config.credentials),  # type: ignore[arg-type]
        pinterest.session(),
        sleep=clock.sleep,
        clock=clock,
        limits=replace(limits, requests_per_second=10**6),
    )
    return SyncContext(config, client, TODAY)
