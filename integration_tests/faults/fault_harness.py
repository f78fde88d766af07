"""A sync of a small world under a fault, and the verdict: nothing lost, or said what."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from unittest import mock

import urllib3.util.connection

from integration_tests.connector import Connector, Message, Output, configured
from integration_tests.expected.keys import KEYS
from integration_tests.expected.reports import compare, rows
from integration_tests.fake_pinterest import FakePinterest, World
from integration_tests.fake_pinterest.metrics import mixed
from integration_tests.faults.faults import Fault, closed_before
from integration_tests.faults.faulty_proxy import Act, Exchange, FaultyProxy
from integration_tests.settings import adjusting
from source_pinterest.http.retry import SYNC
from source_pinterest.http.transport import Timeouts
from source_pinterest.sync.entity_versions import unpacked

WORLD = World(
    ad_accounts=3, campaigns=2, ad_groups=1, ads=2, pins=10, boards=4, followers=4, interests=4
)
TODAY = date(2026, 11, 24)
WINDOW = {"today": TODAY, "start": date(2026, 11, 9), "end": date(2026, 11, 23)}
CONFIG = {"backfill_days": 15, "reconcile": False}
ONE_ACCOUNT = "549756933748"

Records = list[dict[str, Any]]

SELECTED = {
    *("SPEND_IN_DOLLAR", "TOTAL_CLICKTHROUGH", "CTR", "CAMPAIGN_NAME", "UPDATED_TIME"),
    *("IMPRESSION", "SAVE", "VIDEO_MRC_VIEW"),
    *("TOTAL_CONVERSIONS_QUANTITY", "TOTAL_CONVERSIONS_VALUE_IN_MICRO_DOLLAR"),
}
"""Of the metrics; few, so that a trial is short. Fields in lower case are selected anyway."""

SMALL = {
    "ids_per_report": 3,
    "pins_per_report": 3,
    "page_size": 3,
    "smallest_page_size": 2,
    "answer_bytes": 8 << 20,
}
"""Limits under which a small world has many requests, and no trial takes long."""

_SHORT = Timeouts(connect=10.0, read=0.3, total=0.6)

IMPATIENT = dict.fromkeys(["timeouts", "login_timeouts", "download_timeouts"], _SHORT)

MOST = 3_000
"""Requests after which nothing is answered any more: what has no end fails."""

NEXT_STEP = re.compile(
    r"[Rr]un the sync again|Log in again|Generate a new one|Please report this|Ask its owner"
    r"|[Dd]eselect |ask for standard access|Select fewer columns|report it|Each sync asks again"
)
DAYS = re.compile(r"\d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d")
OWNERS = ("ad_account_id", "pin_id", "user_id", "targeting_type")
"""What an error names of a row that is missing."""
BOARDS = ("board_id", "board_section_id")
"""The same of what boards hold."""
SHARED = re.compile(
    r"/ad_accounts\b(?!/)|/user_account\b(?!/)|/boards\b(?!/)|Log in again|Generate a new one"
)
"""What every stream of a kind needs: without it no account is known, or none can be read."""


# --- When a fault happens ---


@dataclass(frozen=True)
class Schedule:
    name: str
    hits: Callable[[Exchange, int], bool]
    """Whether it happens to an exchange; the number counts those with the same endpoint."""


def at_30_percent(seed: int) -> Callable[[Exchange, int], bool]:
    def hits(exchange: Exchange, _: int) -> bool:
        return mixed(seed, exchange.number, *exchange.target.encode()) % 100 < 30

    return hits


ONCE = Schedule("once", lambda _, number: number == 0)
BURST = Schedule("3 in a row", lambda _, number: number < 3)
THIRTY = Schedule("30 % of all", at_30_percent(6))
ONE = Schedule("always, for one ad account", lambda exchange, _: ONE_ACCOUNT in exchange.path)
ALWAYS = Schedule("always", lambda *_: True)


def happens(fault: Fault, schedule: Schedule) -> Callable[[Exchange], Act | None]:
    counts: dict[str, int] = {}
    lock = threading.Lock()

    def choose(exchange: Exchange) -> Act | None:
        if not fault.where.match(exchange.path):
            return None
        with lock:
            if sum(counts.values()) > MOST:
                return closed_before
            number = counts.get(exchange.endpoint, 0)
            counts[exchange.endpoint] = number + 1
        is_of_one_id = fault.left_out or fault.costs
        return fault.act if is_of_one_id or schedule.hits(exchange, number) else None

    return choose


@contextlib.contextmanager
def broken_connections(fault: Fault, schedule: Schedule) -> Iterator[None]:
    """Instead of some connections, an OSError. What they are for is not known yet."""
    if not fault.connect:
        yield
        return
    connect, numbers = urllib3.util.connection.create_connection, iter(range(1_000_000))

    def connected(*arguments: Any, **more: Any) -> Any:
        number = next(numbers)
        exchange = Exchange("/", number, 200, b"")
        if schedule is ALWAYS or (schedule is not ONE and schedule.hits(exchange, number)):
            fault.connect()  # type: ignore[misc]
        return connect(*arguments, **more)

    with mock.patch.object(urllib3.util.connection, "create_connection", connected):
        yield


# --- The trial ---


@dataclass(frozen=True)
class Setting:
    """The streams and the world of a trial."""

    config: Mapping[str, Any]
    keys: Mapping[str, list[str]]
    rows: Callable[[str, list[str]], Records]
    """The records that a stream should have, of the fields that are selected."""
    ignored: frozenset[str] = frozenset()
    """Fields that are not compared."""
    limits: Mapping[str, Any] = field(default_factory=dict)
    """Beside `SMALL`."""
    places: Mapping[Any, Mapping[str, Any]] = field(default_factory=dict)
    """Attributes of modules of the fake Pinterest, to make its world smaller."""


THE_16 = Setting(CONFIG, KEYS, lambda name, fields: rows(WORLD, name, columns=fields, **WINDOW))


@contextlib.contextmanager
def hurried(**more: Any) -> Iterator[None]:
    """Small limits."""
    with adjusting() as adjust:
        adjust(**{**SMALL, **more})
        yield


def catalog(discovered: list[dict[str, Any]], streams: list[str] | None = None) -> Message:
    fields = {
        stream["name"]: [
            name
            for name in stream["json_schema"]["properties"]
            if name.islower() or name in SELECTED
        ]
        for stream in discovered
    }
    return configured(discovered, streams, fields=fields)


def login(pinterest: FakePinterest, url: str, config: Mapping[str, Any] = CONFIG) -> Connector:
    """With a login that can be renewed."""
    credentials = {
        "auth_method": "oauth2.0",
        "client_id": pinterest.client_id,
        "client_secret": pinterest.client_secret,
        "refresh_token": pinterest.refresh_token,
        "access_token": pinterest.access_token,
    }
    return Connector({"credentials": credentials, "base_url": url, **config})


@dataclass
class Verdict:
    fault: str
    schedule: str
    streams: int
    expected: int
    read: int
    ends: dict[str, str]
    hits: int
    requests: int
    seconds: float
    lost_in_the_end: int = 0
    """Rows that a second, undisturbed sync from the last states does not bring either."""
    problems: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def ended(self) -> str:
        incomplete = [name for name, status in self.ends.items() if status != "COMPLETE"]
        return f"{len(incomplete)} INCOMPLETE" if incomplete else "COMPLETE"


def expected_rows(setting: Setting, catalog: Message) -> dict[str, Records]:
    return {
        each["stream"]["name"]: setting.rows(
            each["stream"]["name"], list(each["stream"]["json_schema"]["properties"])
        )
        for each in catalog["streams"]
    }


def tried(fault: Fault, schedule: Schedule, catalog: Message, setting: Setting = THE_16) -> Verdict:
    streams = [each["stream"]["name"] for each in catalog["streams"]]
    limits = {**setting.limits, **(IMPATIENT if fault.is_slow else {})}
    with hurried(**limits), smaller(setting), FakePinterest(WORLD, today=TODAY) as pinterest:
        return _tried(fault, schedule, catalog, setting, streams, pinterest)


@contextlib.contextmanager
def smaller(setting: Setting) -> Iterator[None]:
    with contextlib.ExitStack() as patches:
        for module, values in setting.places.items():
            patches.enter_context(mock.patch.multiple(module, **values))
        yield


def _tried(
    fault: Fault,
    schedule: Schedule,
    catalog: Message,
    setting: Setting,
    streams: list[str],
    pinterest: FakePinterest,
) -> Verdict:
    expected = {
        name: [
            row for row in rows if row.get("pin_id") != fault.left_out or name != "pin_analytics"
        ]
        for name, rows in expected_rows(setting, catalog).items()
    }
    started = time.monotonic()
    chosen = happens(fault, schedule)
    # a connection that breaks is one of many only where each request has its own
    with FaultyProxy(pinterest, chosen, keeps_connections=not fault.connect) as proxy:
        pinterest.reports.port = proxy.port  # the contents of reports come this way, too
        with broken_connections(fault, schedule):
            first = login(pinterest, proxy.url, setting.config).read(catalog)
        seconds = time.monotonic() - started
        requests = len(proxy.exchanges)
        hits = sum(hit for _, hit in proxy.exchanges)
    # what is complete already is judged by itself
    second = first
    if fault.warning or set(first.statuses.values()) != {"COMPLETE"}:
        pinterest.reports.port = None
        second = login(pinterest, pinterest.url, setting.config).read(catalog, first.last_states)
    verdict = Verdict(
        fault.name,
        schedule.name,
        len(streams),
        sum(map(len, expected.values())),
        sum(1 for line in first.lines if line.startswith('{"type":"RECORD"')),
        first.statuses,
        hits,
        requests,
        seconds,
        errors=[error["message"] for error in first.errors],
    )
    judge(verdict, fault, schedule, setting, expected, first, second)
    if requests > most_requests(streams):
        verdict.problems.append(f"{requests} requests, more than {most_requests(streams)}")
    return verdict


def most_requests(streams: list[str]) -> int:
    """An upper end: of each of some 8 requests a stream, and of its two halves, every try."""
    return len(streams) * 8 * 3 * SYNC.tries


def judge(
    verdict: Verdict,
    fault: Fault,
    schedule: Schedule,
    setting: Setting,
    expected: dict[str, Records],
    first: Output,
    second: Output,
) -> None:
    """Writes down what is not as promised."""
    for stream, wanted in expected.items():
        key, ignored = setting.keys[stream], fault.ignored | setting.ignored
        problems = judged(stream, key, fault, ignored, wanted, first)
        status = first.statuses.get(stream)
        if fault.harmless and status != "COMPLETE":
            problems.append(f"it is {status}, and nothing is missing")
        if schedule is ONCE and not fault.fatal and status != "COMPLETE":
            problems.append(f"it is {status} after a single fault")
        verdict.problems += [f"{stream}: {problem}" for problem in problems]
        in_the_end = {
            tuple(row[name] for name in key)
            for row in [*first.records(stream), *second.records(stream)]
        }
        lost = [
            one for row in wanted if (one := tuple(row[name] for name in key)) not in in_the_end
        ]
        verdict.lost_in_the_end += len(lost)
        if lost:
            verdict.problems.append(f"{stream}: lost for good: {lost[:3]}")
        if second.statuses.get(stream) != "COMPLETE":
            verdict.problems.append(f"{stream}: the next sync is not complete either")
    if fault.left_out and f"Pin {fault.left_out} was deleted" not in first.logs:
        verdict.problems.append("the Pin that is left out is not named")
    if any(status != "COMPLETE" for status in first.statuses.values()) != (first.exit_code == 1):
        verdict.problems.append(f"the exit code is {first.exit_code}")


def without(names: frozenset[str]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    if not names:
        return lambda row: row
    return lambda row: {name: value for name, value in row.items() if name not in names}


def judged(
    stream: str,
    key: list[str],
    fault: Fault,
    ignored: frozenset[str],
    wanted: Records,
    first: Output,
) -> list[str]:
    ignore = without(ignored)
    found = compare(map(ignore, wanted), map(ignore, first.records(stream)), key)
    problems = costs_more(stream, key, fault, found.missing, wanted, first) if fault.costs else []
    if found.duplicate:
        problems.append(f"{len(found.duplicate)} keys twice: {found.duplicate[:2]}")
    if found.unexpected and not fault.more_rows:
        problems.append(f"{len(found.unexpected)} unexpected rows: {found.unexpected[:2]}")
    if found.wrong:
        problems.append(f"{len(found.wrong)} wrong values: {found.wrong[:2]}")
    if first.statuses.get(stream) == "COMPLETE":
        if fault.warning and found.missing:
            is_said = f"WARN {stream}" in first.logs and fault.warning in first.logs
            (entry,) = first.states(stream)[-1].values()
            is_held = entry["date"] < min(day for *_, day in found.missing)
            return [*problems, *([] if is_said and is_held else ["days are missing in silence"])]
        if found.missing:
            problems.append(f"COMPLETE with {len(found.missing)} missing: {found.missing[:2]}")
        return problems
    keys = set(found.missing)
    missing = [row for row in wanted if tuple(row[name] for name in key) in keys]
    return [*problems, *unsaid(stream, key, missing, first), *ahead(stream, key, missing, first)]


def costs_more(
    stream: str, key: list[str], fault: Fault, missing: list[Any], wanted: Records, first: Output
) -> list[str]:
    """What a fault of a single id costs beside its own rows, and whether these are asked for again."""
    own = [row for row in wanted if any(row.get(name) == fault.costs for name in key)]
    if "analytics" not in stream:
        own = []
    if not own:
        status = first.statuses.get(stream)
        return [] if status == "COMPLETE" else [f"it is {status}, and has no row of the id"]
    problems = [
        f"{each} is missing, which is of another id" for each in missing if fault.costs not in each
    ]
    if len(missing) != len(own):
        problems.append(f"{len(missing)} rows are missing, and the id has {len(own)}")
    if fault.costs not in left_out(first.states(stream)):
        problems.append("the state does not name the id as missing")
    if not any(fault.costs in error["message"] for error in first.errors):
        problems.append("no error names the id")
    return problems


def unsaid(stream: str, key: list[str], missing: Records, output: Output) -> list[str]:
    """The facts that the error of an incomplete stream lacks."""
    texts = [
        error["message"]
        for error in output.errors
        if (error.get("stream_descriptor") or {}).get("name") == stream
    ]
    if len(texts) != 1:
        return [f"it has {len(texts)} errors"]
    (text,) = texts
    problems = []
    if not NEXT_STEP.search(text):
        problems.append(f"no next step: {text}")
    if SHARED.search(text) or f"Missing: {stream}: " in text:
        return problems
    owners = BOARDS if stream.startswith("board_") else OWNERS
    for row in missing:
        names = [row.get(name) for name in owners]
        if any(names) and not any(name and name in f"{text} {output.logs}" for name in names):
            problems.append(f"{names} is missing and not named: {text}")
            break
    if "analytics" in stream and not DAYS.search(text):
        # then it is about single ids: each is named, at least where the error says how many there are
        named = f"{text} {output.logs} {left_out(output.states(stream))}"
        ids = [row.get(name) for row in missing for name in key if name.endswith("_id")]
        if not ids or not all(each and each in named for each in ids):
            problems.append(f"no days, and not each id: {text}")
    return problems


def left_out(states: list[Any]) -> list[str]:
    """The ids that the last state names as missing."""
    entries = states[-1].values() if states else []
    return [
        each for entry in entries if isinstance(entry, dict) for each in entry.get("missing", ())
    ]


def is_ahead_of_an_entity(row: Mapping[str, Any], entry: Mapping[str, Any]) -> bool:
    """Whether the state of a stream without days, of versions or of promoted Pins, covers a missing record."""
    if "ad_updated_time" not in row:
        remembered = unpacked(entry["entities"]) if "entities" in entry else {row["id"]: 1}
        return bool(entry.get("listed_at")) and row["id"] in remembered
    if row["pin_id"] in entry.get("missing", ()):
        return False
    is_swept = int(row["pin_id"]) <= int(entry.get("sweep", {}).get("after", 0))
    return is_swept or entry.get("ad_updated_time", -1) >= row["ad_updated_time"]


def ahead(stream: str, key: list[str], missing: Records, output: Output) -> list[str]:
    """States that cover what is missing."""
    states = output.states(stream)
    if not states or "__ab_no_cursor_state_message" in states[-1]:
        return []
    entity = next((name for name in key if name.endswith("_id")), "id")
    for row in missing:
        owner = "ad_account_id" if "ad_account_id" in row else "user_id"
        entry = states[-1].get(row[owner], {})
        if "date" not in row:
            if is_ahead_of_an_entity(row, entry):
                return [f"the state is ahead of {row[owner]}: {entry}"]
            continue
        if entry.get("missing", {}).get(row[entity], "9") <= row["date"]:
            continue  # it is asked for again by the next sync, which has to bring it
        if entry.get("unlisted"):
            continue  # the next sync looks for ids that the list had lacked, and has to bring them
        sweep = entry.get("sweep", {})
        is_swept = sweep.get("start", "9") <= row["date"]
        kinds = [sweep.get(kind) for kind in ("after", "after_video") if kind in sweep]
        passed = stream != "pin_analytics" and any(int(row[entity]) <= int(each) for each in kinds)
        is_read = entry.get("since", "9") <= row["date"]
        if is_read or (is_swept and (sweep.get("done") or passed)):
            return [f"the state is ahead of {row[owner]}: {entry}"]
    return []
