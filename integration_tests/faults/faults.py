"""Everything that may happen to an answer of Pinterest's, as data. `fault_harness.py` makes it happen."""

from __future__ import annotations

import gzip
import json
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import unquote

from integration_tests.faults.faulty_proxy import Act, Exchange, Wire, untouched

HTML = b"<html><head><title>Pinterest</title></head><body><h1>Be right back</h1></body></html>"
LONG = 30.0
"""Seconds; longer than any time-out of a trial."""

ANYTHING = re.compile(r"/(?!oauth)")
OF_ACCOUNT = r"ad_accounts/\d+/(?!\w*analytics$|reports$)\w+"
LISTS = re.compile(
    rf"/(boards(/.*)?|pins|catalogs.*|user_account/followers|users/.*|ad_accounts|{OF_ACCOUNT})$"
)
ENTITY_LISTS = re.compile(rf"/{OF_ACCOUNT}$")
NO_ROWS = r"oauth|user_account$|ad_accounts$|.*/reports$|resources/(targeting|metrics)"
"""Answers that hold no rows, or rows without columns."""
REPORT = re.compile(r"/ad_accounts/\d+/reports$")
CONTENT = re.compile(r"/async_reporting_v3/")
"""Of asynchronous reports, at another host."""
REPORTS = re.compile(r"/(.*analytics|user_account/analytics/\w+|async_reporting_v3/.*)$")
ADS_REPORTS = re.compile(r"/ad_accounts/\d+/\w+/analytics$")
TARGETING = re.compile(r"/.*/targeting_analytics$")
ORGANIC = re.compile(r"/(pins|user_account)/.*analytics$")


IDS = ("CAMPAIGN_ID", "AD_GROUP_ID", "AD_ID", "PRODUCT_GROUP_ID")


@dataclass(frozen=True)
class Fault:
    name: str
    act: Act
    where: re.Pattern[str] = ANYTHING
    """The paths that it can happen to."""

    harmless: bool = False
    """Every row is there all the same, however often it happens; else only if it happens once."""

    fatal: bool = False
    """What it happens to is missing, even if it happens once."""

    ignored: frozenset[str] = frozenset()
    """Fields that may be other than in an undisturbed sync."""

    more_rows: bool = False
    """Rows that an undisturbed sync does not have are what Pinterest has said, and kept."""

    left_out: str = ""
    """A Pin whose rows are no part of the promise any more; the log names it."""

    costs: str = ""
    """The id of an ad or a Pin, whose rows are missing, and no others, for as long as it happens."""

    warning: str = ""
    """Stands in the log where rows are missing though the stream is complete."""

    is_slow: bool = False
    """It shows by a time-out only."""

    connect: Callable[[], None] | None = None
    """Happens instead of a connection, by raising an OSError."""


# --- Ways to answer ---


def answer(
    status: int, body: bytes | dict[str, Any] = b"", headers: dict[str, str] | None = None
) -> Act:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda wire, _: wire.send(status, content, headers)


def error(status: int, code: int, message: str, headers: dict[str, str] | None = None) -> Act:
    return answer(status, {"code": code, "message": message, "status": "failure"}, headers)


def cut_in_the_middle(wire: Wire, exchange: Exchange) -> None:
    wire.send(200, exchange.body[: len(exchange.body) // 2])


def cut_short_of_its_length(wire: Wire, exchange: Exchange) -> None:
    wire.send(200, exchange.body[: len(exchange.body) // 2], length=len(exchange.body))


def cut_to_what_looks_whole(wire: Wire, exchange: Exchange) -> None:
    """No more than an empty list has come, and it is JSON."""
    empty = b"[]" if exchange.body.startswith(b"[") else b'{"items": [], "data": []}'
    wire.send(200, empty, length=len(empty) + len(exchange.body))


def cut_without_a_length(wire: Wire, exchange: Exchange) -> None:
    wire.raw(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    wire.raw(exchange.body[: len(exchange.body) // 2])


def cut_in_a_chunk(wire: Wire, exchange: Exchange) -> None:
    wire.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
    wire.raw(b"%x\r\n" % len(exchange.body) + exchange.body[: len(exchange.body) // 2])


def reset_before(wire: Wire, _: Exchange) -> None:
    wire.reset()


def reset_in_the_middle(wire: Wire, exchange: Exchange) -> None:
    cut_short_of_its_length(wire, exchange)
    wire.wait(0.02)
    wire.reset()


def closed_before(_: Wire, __: Exchange) -> None:
    """An end without a byte."""


def hang_before(wire: Wire, _: Exchange) -> None:
    wire.wait(LONG)


def hang_in_the_middle(wire: Wire, exchange: Exchange) -> None:
    cut_short_of_its_length(wire, exchange)
    wire.wait(LONG)


def slow_drip(wire: Wire, exchange: Exchange) -> None:
    wire.send(200, b"", length=len(exchange.body))
    for place in range(len(exchange.body)):
        wire.raw(exchange.body[place : place + 1])
        if not wire.wait(0.1):
            return


def headers_drip(wire: Wire, _: Exchange) -> None:
    """A header a moment: each by itself is in time, and they have no end."""
    wire.raw(b"HTTP/1.1 200 OK\r\n")
    for number in range(10_000):
        wire.raw(b"X-%d: y\r\n" % (number % 90))
        if not wire.wait(0.1):
            return


BOMB = gzip.compress(b" " * (100 << 20), 9)
"""100 MB in 100 kB."""


def bomb(wire: Wire, _: Exchange) -> None:
    wire.send(200, BOMB, {"Content-Encoding": "gzip"})


def above_a_page(act: Act) -> Act:
    """Pages of more than two items are too much."""
    return lambda wire, exchange: (
        act if re.search(r"[?&]page_size=([3-9]|\d\d)", exchange.target) else untouched
    )(wire, exchange)


def refused() -> None:
    raise ConnectionRefusedError(111, "Connection refused")


def no_such_name() -> None:
    raise socket.gaierror(-2, "Name or service not known")


def changed(change: Callable[[Any], Any], wire: Wire, exchange: Exchange) -> None:
    """The true answer, but for what `change` makes of its JSON."""
    if exchange.status != 200 or exchange.body == b"null":
        wire.send(exchange.status, exchange.body)
        return
    wire.send(200, json.dumps(change(json.loads(exchange.body))).encode())


def rows_of(body: Any) -> list[Any]:
    """The elements of an answer, whichever its shape: to be changed in place."""
    if isinstance(body, list):
        return body
    for name in ("items", "data", "pins"):
        if isinstance(body.get(name), list):
            found: list[Any] = body[name]
            return found
    if body and all(isinstance(each, list) for each in body.values()):  # of a report, by key
        return [row for each in body.values() for row in each]
    by_pin = [body] if "all" in body else list(body.values())
    return [day for one in by_pin for day in one["all"]["daily_metrics"]]


def values_of(row: dict[str, Any]) -> dict[str, Any]:
    metrics: dict[str, Any] = row.get("metrics", row)
    return metrics


def each_row(change: Callable[[dict[str, Any]], None]) -> Act:
    def change_all(body: Any) -> Any:
        for row in rows_of(body):
            change(values_of(row))
        return body

    return partial(changed, change_all)


def days_left_out(body: Any) -> Any:
    for one in [body] if "all" in body else body.values():
        del one["all"]["daily_metrics"][-3:]
    return body


def every_row_twice(body: Any) -> Any:
    if isinstance(body, dict) and not {"items", "data", "pins"} & body.keys():
        if all(isinstance(each, list) for each in body.values()):
            return {key: [row for row in rows for _ in range(2)] for key, rows in body.items()}
        for one in [body] if "all" in body else body.values():
            one["all"]["daily_metrics"] *= 2
    else:
        rows_of(body)[:] = [row for row in rows_of(body) for _ in range(2)]
    return body


def stranger(body: Any) -> Any:
    """Rows for ids that nobody has asked for: in front of the others."""
    if isinstance(body, dict) and "data" not in body:
        return {"813744226499999999": next(iter(body.values())), **body}
    rows = rows_of(body)
    for row in rows[:1]:
        copy = json.loads(json.dumps(row))
        for column in IDS:
            if column in values_of(copy):
                values_of(copy)[column] = "9" * 12
        rows.insert(0, copy)
    return body


def bookmark_to_itself(wire: Wire, exchange: Exchange) -> None:
    """The list points back to the page that was just asked for, as soon as there is one."""
    body = json.loads(exchange.body)
    if found := re.search(r"[?&]bookmark=([^&]+)", exchange.target):
        body["bookmark"] = unquote(found.group(1))
    wire.send(200, json.dumps(body).encode())


def bookmark_refused(wire: Wire, exchange: Exchange) -> None:
    if "bookmark=" in exchange.target:
        error(400, 1, "Invalid bookmark.")(wire, exchange)
    else:
        wire.send(exchange.status, exchange.body)


def only_of(entity_id: str, act: Act) -> Act:
    return lambda wire, exchange: (act if entity_id in exchange.target else untouched)(
        wire, exchange
    )


def above_a_size(act: Act) -> Act:
    """More than one id, or more than four days of one, is too much."""

    def measured(wire: Wire, exchange: Exchange) -> None:
        arrays = re.findall(r"[?&]\w+_ids=([^&]*)", exchange.target)
        ids = sum(1 + array.count(",") for array in arrays)
        start, end = (
            date.fromisoformat(day) for day in re.findall(r"_date=([\d-]+)", exchange.target)
        )
        is_long = "granularity=DAY" in exchange.target and (end - start).days >= 4
        (act if ids > 1 or is_long else untouched)(wire, exchange)

    return measured


# --- Values that are not as described ---


def without_spend(values: dict[str, Any]) -> None:
    values.pop("SPEND_IN_DOLLAR", None)


def one_more_column(values: dict[str, Any]) -> None:
    values["A_NEW_METRIC"] = 7


def new_status(values: dict[str, Any]) -> None:
    values["status"] = "HIBERNATING"


def numbers_as_strings(values: dict[str, Any]) -> None:
    for name, value in values.items():
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            values[name] = str(value)


def integers_as_floats(values: dict[str, Any]) -> None:
    """Ids too, where a float can hold them."""
    for name, value in values.items():
        if isinstance(value, int) and not isinstance(value, bool) and value < 2**53:
            values[name] = float(value)


def not_a_number(values: dict[str, Any]) -> None:
    for name in ("SPEND_IN_DOLLAR", "TOTAL_CLICKTHROUGH", "IMPRESSION", "SAVE"):
        if name in values:
            values[name] = float("nan")


def ids_as_integers(values: dict[str, Any]) -> None:
    for name, value in values.items():
        is_id = name == "id" or name.lower().endswith("_id")
        if is_id and isinstance(value, str) and value.isdecimal():
            values[name] = int(value)


def ids_as_floats(values: dict[str, Any]) -> None:
    """12 digits survive, 18 do not."""
    for name, value in values.items():
        if name in IDS:
            values[name] = float(value)


def prefixed_ids(values: dict[str, Any]) -> None:
    """The description allows C626735565838 for 626735565838."""
    for name, prefix in (("CAMPAIGN_ID", "C"), ("AD_GROUP_ID", "AG")):
        if name in values:
            values[name] = f"{prefix}{values[name]}"


def without_an_id(values: dict[str, Any]) -> None:
    values.pop("id", None)


def without_its_id(values: dict[str, Any]) -> None:
    for name in IDS:
        values.pop(name, None)


def a_new_targeting_type(body: Any) -> Any:
    rows = rows_of(body)
    for row in rows[:1]:
        new = f"MOON_{row['targeting_type']}"  # in each answer another
        rows.append({**row, "targeting_type": new, "targeting_value": "full"})
    return body


# --- All of them ---

ONE_ENDPOINT = re.compile(r"/ad_accounts/\d+/ads/analytics$")
A_PIN = "813744226420411230"
AN_AD = "2683073376426"
OF_PINS = re.compile(r"/pins/.*analytics$")
SIZED = re.compile(r"/ad_accounts/\d+/\w+/(targeting_)?analytics$")

NUMBERS = frozenset({"SPEND_IN_DOLLAR", "TOTAL_CLICKTHROUGH", "IMPRESSION", "SAVE"})
RESET = {"X-RateLimit-Reset": "1"}
HOURS = {"X-RateLimit-Reset": "67150"}
RATE = "Sorry! You have exceeded your rate limit."
NOT_PERMITTED = "You are not permitted to access that resource."

FAULTS = [
    Fault("429, code 8, X-RateLimit-Reset: 1", error(429, 8, RATE, RESET)),
    Fault("429, Retry after 1 seconds", error(429, 8, f"{RATE} Retry after 1 seconds.")),
    Fault("429 without a hint", error(429, 8, RATE)),
    Fault("429 as plain text", answer(429, b"Too Many Requests")),
    Fault("429, a trial app's day: 67,150 s", error(429, 8, RATE, HOURS), fatal=True),
    Fault("500", error(500, 0, "Something went wrong on our end.")),
    Fault("502", answer(502)),
    Fault("503", error(503, 12, "Service unavailable")),
    Fault("504", answer(504, b"upstream request timeout")),
    Fault("HTML with 200", answer(200, HTML)),
    Fault("HTML with 502", answer(502, HTML)),
    Fault("HTML with 503", answer(503, HTML)),
    Fault("{} with 200", answer(200, b"{}"), re.compile(r"/(?!oauth|pins/analytics|async_)")),
    Fault("[] with 200, for a list", answer(200, b"[]"), LISTS),
    Fault("null with 200", answer(200, b"null"), re.compile(r"/(?!oauth|resources/targeting)")),
    Fault("an empty body with 200", answer(200)),
    Fault("JSON cut in the middle, Content-Length right", cut_in_the_middle),
    Fault("JSON cut in the middle, Content-Length wrong", cut_short_of_its_length),
    Fault("JSON cut in the middle, no Content-Length", cut_without_a_length),
    Fault("an empty list, Content-Length wrong", cut_to_what_looks_whole),
    Fault("closed in the middle of a chunk", cut_in_a_chunk),
    Fault("closed without a byte", closed_before),
    Fault("reset before the answer", reset_before),
    Fault("reset in the middle of the body", reset_in_the_middle),
    Fault("connection refused", answer(200), connect=refused),
    Fault("a name that does not resolve", answer(200), connect=no_such_name),
    Fault("hangs before the answer", hang_before, is_slow=True),
    Fault("hangs in the middle of the body", hang_in_the_middle, is_slow=True),
    Fault("drips slowly", slow_drip, is_slow=True),
    Fault("headers that drip", headers_drip, is_slow=True),
    Fault("401 in mid-sync", error(401, 2, "Authentication failed.")),
    Fault("403", error(403, 29, NOT_PERMITTED), fatal=True),
    Fault(
        "404",
        error(404, 50, "Not found."),
        re.compile(r"/(?!oauth|pins/.|boards/.)"),
        fatal=True,
    ),
    Fault("403 for one endpoint", error(403, 29, NOT_PERMITTED), ONE_ENDPOINT, fatal=True),
    Fault(
        "404 for one Pin",
        only_of(A_PIN, error(404, 50, "Pin not found.")),
        OF_PINS,
        harmless=True,
        left_out=A_PIN,
    ),
    *(
        Fault(f"{status} for one ad", only_of(AN_AD, act), SIZED, fatal=True, costs=AN_AD)
        for status, act in (
            (400, error(400, 1, "Invalid request.")),
            (403, error(403, 29, NOT_PERMITTED)),
            (404, error(404, 50, "Not found.")),
            (413, answer(413)),
            (503, answer(503)),
        )
    ),
    Fault(
        "403 for one Pin",
        only_of(A_PIN, error(403, 403, NOT_PERMITTED)),
        OF_PINS,
        fatal=True,
        costs=A_PIN,
    ),
    Fault("400 for a bookmark", bookmark_refused, LISTS),
    Fault("a bookmark that points to itself", bookmark_to_itself, LISTS, fatal=True),
    Fault(
        "every row twice",
        partial(changed, every_row_twice),
        re.compile(r"/(?!oauth|user_account$|.*/reports$|resources/metrics)"),
        harmless=True,
    ),
    Fault(
        "rows for ids not asked for",
        partial(changed, stranger),
        re.compile(r"(/pins/analytics|/.*\d/\w+/\w*analytics)$"),
        harmless=True,
    ),
    Fault(
        "a missing column",
        each_row(without_spend),
        REPORTS,
        harmless=True,
        ignored=frozenset({"SPEND_IN_DOLLAR"}),
    ),
    Fault("an item of a list without its id", each_row(without_an_id), ENTITY_LISTS, fatal=True),
    Fault("a missing id column", each_row(without_its_id), ADS_REPORTS, fatal=True),
    Fault(
        "an unknown column",
        each_row(one_more_column),
        harmless=True,
        ignored=frozenset({"A_NEW_METRIC"}),
        where=re.compile(rf"/(?!{NO_ROWS})"),
    ),
    Fault(
        "an unknown status",
        each_row(new_status),
        ENTITY_LISTS,
        harmless=True,
        ignored=frozenset({"status"}),
    ),
    Fault(
        "an unknown targeting type",
        partial(changed, a_new_targeting_type),
        TARGETING,
        harmless=True,
        more_rows=True,
    ),
    Fault("numbers as strings", each_row(numbers_as_strings), REPORTS, harmless=True),
    Fault("floats where integers were", each_row(integers_as_floats), REPORTS, harmless=True),
    Fault("NaN", each_row(not_a_number), REPORTS, harmless=True, ignored=NUMBERS),
    Fault(
        "ids above 2^53 as integers",
        each_row(ids_as_integers),
        harmless=True,
        where=re.compile(rf"/(?!{NO_ROWS})"),
    ),
    Fault("ids as floats", each_row(ids_as_floats), ADS_REPORTS, fatal=True),
    Fault("ids with a prefix", each_row(prefixed_ids), ADS_REPORTS, harmless=True),
    Fault(
        "organic: days missing",
        partial(changed, days_left_out),
        ORGANIC,
        warning="the first is 2026-11-21",
    ),
    Fault("413", answer(413, b"<h1>413 Request Entity Too Large</h1>"), ADS_REPORTS, fatal=True),
    Fault(
        "413 above 1 id and 4 days", above_a_size(answer(413, b"<h1>Too Large</h1>")), SIZED, True
    ),
    Fault("414 above 1 id and 4 days", above_a_size(answer(414)), SIZED, True),
    Fault("431 above 1 id and 4 days", above_a_size(answer(431)), SIZED, True),
    Fault("504 above 1 id and 4 days", above_a_size(answer(504)), SIZED, True),
    Fault("100 MB in gzip above 1 id and 4 days", above_a_size(bomb), SIZED, True),
    Fault("100 MB in gzip above 2 items a page", above_a_page(bomb), LISTS, True),
    Fault("hangs above 1 id and 4 days", above_a_size(hang_before), SIZED, True, is_slow=True),
]
"""What leaves a trace in each single answer. A cut but valid array is not here: see
`what-a-sync-promises.md`."""
