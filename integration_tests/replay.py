"""Recordings, held against the connector's readers, its schemas, and the fake Pinterest.

    python -m integration_tests.replay recording.json

says what the connector does not understand of a recording of `source-pinterest verify --record`, and what
the fake Pinterest has to be taught before it can give such answers.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import requests
from jsonschema import Draft7Validator

from integration_tests.fake_pinterest import FakePinterest
from integration_tests.fake_pinterest.facts import OPERATIONS
from integration_tests.record import RECORDINGS, fake, verified
from source_pinterest.api.operations import find_operation
from source_pinterest.http.auth import has_access_token
from source_pinterest.http.transport import Response
from source_pinterest.records.ads_analytics import ads_analytics
from source_pinterest.records.column_types import ColumnTypes
from source_pinterest.records.ids import normalize_id
from source_pinterest.records.lists import normalize_record
from source_pinterest.records.organic_analytics import daily_metrics, is_daily_metrics
from source_pinterest.records.report_file import keyed_lists
from source_pinterest.records.rows import is_rows
from source_pinterest.records.targeting_analytics import targeting_rows
from source_pinterest.streams.analytics.async_reports import _is_accepted_report, _is_status
from source_pinterest.streams.lists.top_pins import _is_ranking
from source_pinterest.streams.registry import schema_of
from source_pinterest.sync.pages import is_page
from source_pinterest.verify.probes.accounts import SCHEMAS
from source_pinterest.verify.recording import CONTENT
from source_pinterest.verify.vocabulary import known_columns, known_fields

Recorded = Mapping[str, Any]
"""One exchange of a recording."""


ACCOUNT = "/ad_accounts/{ad_account_id}"
ANALYTICS = {
    f"GET {ACCOUNT}/analytics": "AD_ACCOUNT_ID",
    f"GET {ACCOUNT}/campaigns/analytics": "CAMPAIGN_ID",
    f"GET {ACCOUNT}/ad_groups/analytics": "AD_GROUP_ID",
    f"GET {ACCOUNT}/ads/analytics": "AD_ID",
    f"GET {ACCOUNT}/product_groups/analytics": "PRODUCT_GROUP_ID",
}
"""By operation: the column of the id."""


def complaints(recording: Mapping[str, Any]) -> list[str]:
    """What is wrong, a sentence each; none of a recording that everything is known of."""
    exchanges = recording["exchanges"]
    found = [sentence for each in exchanges for sentence in misunderstood(each)]
    known = what_the_fake_can_do()
    new = {fact for each in exchanges for fact in facts(each) if fact not in known}
    return [*dict.fromkeys(found), *sorted(map(to_teach, new))]


# --- The connector ---


def misunderstood(exchange: Recorded) -> Iterator[str]:
    """The parts of an answer that the connector does not understand."""
    operation, status = exchange["operation"], exchange["status"]
    if status is None:
        return
    if status not in (200, 201):
        if "body" not in exchange or _answer(exchange).error_code() is None:
            yield f"{operation}: an answer with {status} has no code"
        return
    if "body" not in exchange:
        yield f"{operation}: an answer with {status} is no JSON"
        return
    try:
        sentences = list(_unread(operation, exchange))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        sentences = [f"the reader fails: {type(error).__name__}: {error}"]
    yield from (f"{operation}: {sentence}" for sentence in sentences)


def _unread(operation: str, exchange: Recorded) -> Iterator[str]:
    body = exchange["body"]
    if operation in SCHEMAS and operation != "GET /user_account":
        if not is_page(body):
            yield "the answer is no page of a list"
            return
        for item in body["items"]:
            yield from _unfit(SCHEMAS[operation], normalize_record(item, ["id"]))
    elif operation == "GET /user_account":
        yield from _unfit("user_account", normalize_record(body, ["id"]))
    elif id_column := ANALYTICS.get(operation):
        yield from _unread_rows(id_column, exchange)
    elif operation.endswith("/targeting_analytics"):
        yield from _unread_targeting(operation, body)
    elif operation.endswith("/analytics"):
        for each in _series(operation, exchange):
            if not is_daily_metrics(each):
                yield "the answer has no `all` with `daily_metrics`"
            else:
                stream = "user_account" if "user_account" in operation else "pin"
                daily_metrics(each, _fit(f"{stream}_analytics"))
    elif check := SHAPES.get(operation):
        if not check(body):
            yield "the answer is of another shape"
    elif operation == "POST /oauth/token" and not has_access_token(
        _answer({**exchange, "status": 200})
    ):
        yield "the answer holds no login"


def _series(operation: str, exchange: Recorded) -> list[Any]:
    """The days of each Pin, or of each value of a split, as of an answer without a split."""
    body = exchange["body"]
    if operation == "GET /pins/analytics":
        return list(body.values())
    is_split = any(name == "split_field" for name, _ in exchange["query"])
    return [{"all": each} for each in body.values()] if is_split else [body]


def _unread_rows(id_column: str, exchange: Recorded) -> Iterator[str]:
    body = exchange["body"]
    if not isinstance(body, list):
        yield "the answer is no list"
        return
    asked = {str(normalize_id(row.get(id_column))) for row in body}
    is_daily = ["granularity", "DAY"] in exchange["query"]
    content = json.dumps(body).encode()
    stream = {"AD_ACCOUNT_ID": "ad_account_analytics_daily"}.get(id_column, "ad_analytics")
    found = ads_analytics(content, id_column, asked, {}, _fit(stream), is_daily)
    if sum(map(len, found)) != len({json.dumps(row) for row in body}):
        yield "rows are lost"


def _unread_targeting(operation: str, body: Any) -> Iterator[str]:
    level = re.search(r"/(\w+)s/targeting_analytics", operation)
    id_column = f"{level[1].upper()}_ID" if level else "AD_ACCOUNT_ID"
    asked = {str(normalize_id((row.get("metrics") or {}).get(id_column))) for row in body["data"]}
    content, fit = json.dumps(body).encode(), _fit("ad_targeting_analytics")
    is_daily = any("DATE" in (row.get("metrics") or {}) for row in body["data"])
    found = targeting_rows(content, id_column, asked, fit, is_daily)
    if body["data"] and not any(map(len, found)):
        yield "rows are lost"


def _is_content(body: Any) -> bool:
    return all(isinstance(rows, list) for _, rows in keyed_lists([json.dumps(body).encode()]))


SHAPES: dict[str, Callable[[Any], bool]] = {
    CONTENT: _is_content,
    f"POST {ACCOUNT}/reports": _is_accepted_report,
    f"GET {ACCOUNT}/reports": _is_status,
    "GET /resources/targeting/{targeting_type}": is_rows,
    "GET /user_account/analytics/top_pins": _is_ranking,
    "GET /user_account/analytics/top_video_pins": _is_ranking,
}


def _answer(exchange: Recorded) -> Response:
    content = json.dumps(exchange.get("body")).encode()
    return Response(exchange["status"], exchange["headers"], content)


def _fit(stream: str) -> ColumnTypes:
    return ColumnTypes.of(schema_of(stream)["properties"])


def _unfit(stream: str, record: Mapping[str, Any]) -> Iterator[str]:
    for error in Draft7Validator(schema_of(stream)).iter_errors(record):
        place = ".".join("[]" if isinstance(each, int) else str(each) for each in error.path)
        yield f"{stream}.{place} does not fit its schema: {type(error.instance).__name__}"


# --- The fake ---

Fact = tuple[str, ...]


def facts(exchange: Recorded) -> set[Fact]:
    """The abilities that a fake needs to give this answer."""
    operation, status = exchange["operation"], exchange["status"]
    if status is None:
        return set()
    found: set[Fact] = {("header", name) for name in exchange["headers"]}
    if "body" not in exchange:
        found.add(("status", operation, str(status), "no JSON"))
        return found
    code = _answer(exchange).error_code() if status not in (200, 201) else None
    found.add(("status", operation, str(status), str(code)))
    where = operation if code is None else "an error"
    found |= {("value", where, place, kind) for place, kind in places(exchange["body"])}
    return found


def places(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Each place in a body, with the kind of value there: lists, objects by id, and columns are one."""
    yield place or "/", kind_of(value)
    if isinstance(value, list):
        for each in value:
            yield from places(each, f"{place}/[]")
    elif isinstance(value, dict):
        known = known_fields()
        is_record = 2 * sum(name in known for name in value) >= len(value)
        for name, each in value.items():
            step = name if is_record else "{}"
            if name in known_columns():
                step = "(column)"
            yield from places(each, f"{place}/{step}")


def kind_of(value: Any) -> str:
    if isinstance(value, str):
        if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            return "a day"
        if re.fullmatch(r"\d{4}-\d\d-\d\dT.*", value):
            return "a time with a zone" if re.search(r"(Z|[+-]\d\d:?\d\d)$", value) else "a time"
        return "text"
    return {
        type(None): "null",
        bool: "true or false",
        int: "a whole number",
        float: "a number with a point",
        list: "a list",
        dict: "an object",
    }[type(value)]


def to_teach(fact: Fact) -> str:
    kind, *rest = fact
    if kind == "header":
        return f"Teach the fake the header {rest[0]}."
    if kind == "status":
        operation, status, code = rest
        code = {"None": "no code"}.get(code, f"code {code}" if code.isdecimal() else code)
        return f"Teach the fake to answer {operation} with status {status} and {code}."
    operation, place, value = rest
    return f"Teach the fake that {place} can be {value} in an answer to {operation}."


MODES: list[dict[str, Any]] = [
    {},
    {"id_arrays": "repeated", "wrong_form": "first", "status_arrays": "repeated"},
    {"id_arrays": "both", "multi_pin": False, "multi_ad_group": False, "interests_gone": True},
    {"lookback_days": 90, "report_lookback_days": 914, "token_status": 200, "new_user": True},
    {"refused_columns": {}, "refused_targeting_types": set(), "null_targeting_values": True},
    {"absent_bookmarks": True, "refusals_name": False},
]
"""Ways of the fake in which it is asked what it can do; a new way to answer goes here."""


@cache
def what_the_fake_can_do() -> frozenset[Fact]:
    """Everything that verifications see of it in its modes, and all lists to their end."""
    found: set[Fact] = set()
    with tempfile.TemporaryDirectory() as folder:
        for number, mode in enumerate(MODES):
            with fake(**mode) as pinterest:
                pinterest.catalog_data.without = {"own": "409"} if number == 1 else {}
                seen = verified(pinterest, Path(folder) / "config.json", is_renewed=number % 2 == 0)
                exchanges = [*map(as_recorded, seen.exchanges), *whole_lists(pinterest)]
            for exchange in exchanges:
                found |= facts(exchange)
    return frozenset(found)


def whole_lists(pinterest: FakePinterest) -> Iterator[Recorded]:
    """Every page of the lists, of which a verification reads the first one or two."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {pinterest.access_token}"
    account = next(iter(pinterest.world.accounts.values()))
    values = {
        "ad_account_id": account.id,
        "board_id": pinterest.world.all_boards[0]["id"],
        "username": pinterest.world.username,
    }
    for name, operation in OPERATIONS.items():
        if "bookmark" not in operation["parameters"] or "section_id" in name:
            continue
        url = pinterest.url + name.removeprefix("GET ").format(**values)
        required = {"ad_group_id": account.ad_groups[0]["id"]}
        params = {each: value for each, value in required.items() if "promotions" in name}
        bookmark = ""
        while True:
            asked = {**params, **({"bookmark": bookmark} if bookmark else {})}
            response = session.get(url, params=asked, timeout=60)
            yield {
                "operation": name,
                "status": response.status_code,
                "headers": {},
                "body": response.json(),
            }
            bookmark = response.json().get("bookmark") or ""
            if not bookmark:
                break


def as_recorded(exchange: Any) -> Recorded:
    """An exchange as a recording has it, but for what is invented there, and nothing cut."""
    operation = find_operation(exchange.method, exchange.path)
    made = {
        "operation": operation.name if operation else CONTENT,
        "status": exchange.status,
        "headers": {
            name.lower(): value
            for name, value in exchange.headers.items()
            if re.fullmatch(r"content-type|retry-after|x-ratelimit-\w+", name, re.IGNORECASE)
        },
    }
    return made if exchange.body is None else {**made, "body": exchange.body}


def main(paths: Iterable[str]) -> int:
    status = 0
    for path in paths:
        for sentence in complaints(json.loads(Path(path).read_text("utf-8"))):
            print(sentence)  # noqa: T201  it talks to a person
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or map(str, sorted(RECORDINGS.glob("*.json")))))
