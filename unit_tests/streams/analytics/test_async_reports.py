"""Asynchronous reports: asked for, waited for, fetched; what fails is asked for again, then halved."""

from __future__ import annotations

import itertools
import json
import logging
import re
from collections.abc import Callable
from typing import Any

import pytest

from source_pinterest.http.errors import RequestRefused
from source_pinterest.http.retry import SYNC as POLICY
from source_pinterest.streams.analytics.async_streams import CustomReportStream
from unit_tests.http.scripted import Clock, Reply
from unit_tests.streams.analytics.reading import Output, read
from unit_tests.streams.pinterest import ACCOUNT, FILES, Pinterest, context

FIRST, LAST = "2026-11-09", "2026-11-23"
REPORTS = f"/ad_accounts/{ACCOUNT}/reports"


class Reports(Pinterest):
    """Makes reports: `statuses` of the next ones, then FINISHED; `contents` of the next files, then rows."""

    def __init__(self) -> None:
        super().__init__()
        self.bodies: list[dict[str, Any]] = []
        self.statuses: list[str] = []
        self.contents: list[Any] = []
        self.size: Any = None
        self.refuses: Callable[[dict[str, Any]], Reply | None] = lambda _: None
        self._numbers = itertools.count(1)
        self._asked: dict[str, dict[str, Any]] = {}

    def line(self, request: Any) -> Reply | Exception:
        if str(request.url).startswith(FILES):
            token = str(request.url).removeprefix(FILES)
            content = self.contents.pop(0) if self.contents else self.rows(self._asked[token])
            return content if isinstance(content, Reply) else Reply(200, content)
        if request.method == "POST":
            body = json.loads(request.body)
            self.bodies.append(body)
            if refusal := self.refuses(body):
                return refusal
            token = f"token-{next(self._numbers)}"
            self._asked[token] = body
            return Reply(200, {"token": token, "report_status": "IN_PROGRESS"})
        if found := re.search(r"/reports\?token=(.*)", str(request.url)):
            status = self.statuses.pop(0) if self.statuses else "FINISHED"
            url = f"{FILES}{found[1]}" if status == "FINISHED" else None
            return Reply(200, {"report_status": status, "url": url, "size": self.size})
        return super().line(request)

    def rows(self, body: dict[str, Any]) -> dict[str, Any]:
        row = {"AD_ID": "31", "DATE": body["start_date"], "CTR": 0.5, "AD_ACCOUNT_ID": ACCOUNT}
        return {"31": [row]}


def mine(pinterest: Reports, clock: Clock | None = None, **fields: Any) -> CustomReportStream:
    report = {"name": "mine", "level": "ad", "columns": ["CTR"], **fields}
    sync = context(pinterest, clock, custom_reports=[report])
    return CustomReportStream(sync.config.custom_reports[0], sync)


def read_mine(pinterest: Reports, state: Any = None, **fields: Any) -> Output:
    return read(mine(pinterest, **fields), state)


def test_a_report_is_asked_for_waited_for_and_fetched():
    pinterest, clock = Reports(), Clock()
    pinterest.statuses = ["IN_PROGRESS", "IN_PROGRESS"]

    found = read(mine(pinterest, clock))

    (body,) = pinterest.bodies
    assert (body["start_date"], body["end_date"], body["columns"]) == (
        FIRST,
        LAST,
        ["AD_ID", "CTR"],
    )
    assert found.records == [
        {"ad_account_id": ACCOUNT, "currency": "EUR", "ad_id": "31", "date": FIRST, "CTR": 0.5}
    ]
    assert clock.sleeps == [POLICY.first_poll, 1.5 * POLICY.first_poll]
    assert found.state == {
        ACCOUNT: {"question": mine(pinterest).fingerprint(), "since": FIRST, "date": LAST}
    }


def test_its_token_stands_in_the_state_until_it_is_read_so_that_nothing_is_asked_for_twice():
    pinterest = Reports()

    found = read_mine(pinterest)

    assert list(found.states[0][ACCOUNT]["reports"].values()) == ["token-1"]
    assert "reports" not in found.state[ACCOUNT]

    again = Reports()
    again._asked["token-1"] = pinterest.bodies[0]
    resumed = read_mine(again, found.states[0])

    assert again.bodies == []
    assert len(resumed.records) == 1


@pytest.mark.parametrize("status", ["FAILED", "EXPIRED", "DOES_NOT_EXIST", "CANCELLED"])
def test_a_report_that_is_not_made_is_asked_for_again(status):
    pinterest = Reports()
    pinterest.statuses = [status]

    found = read_mine(pinterest)

    assert len(pinterest.bodies) == 2
    assert len(found.records) == 1
    assert not found.error


def test_a_report_that_is_never_made_is_requested_in_halves_down_to_a_day_that_fails_alone():
    pinterest = Reports()
    bad = "2026-11-20"
    status: list[str] = []

    def line(request: Any, make: Any = pinterest.line) -> Any:
        found = re.search(r"token=(.*)", str(request.url))
        body = pinterest._asked.get(found[1], {}) if found else {}
        if body and body["start_date"] <= bad <= body["end_date"]:
            status.append("FAILED")
            return Reply(200, {"report_status": "FAILED", "url": None})
        return make(request)

    pinterest.line = line  # type: ignore[method-assign]

    found = read_mine(pinterest)

    assert f"mine of ad account {ACCOUNT}, {bad} to {bad}" in found.error
    assert "Pinterest has ended it as FAILED" in found.error
    days = {each["date"] for each in found.records}
    assert days
    assert bad not in days
    assert len(status) >= POLICY.report_tries


def test_a_report_that_takes_too_long_ends_and_its_token_stays():
    pinterest, clock = Reports(), Clock()
    pinterest.statuses = ["IN_PROGRESS"] * 10_000

    found = read(mine(pinterest, clock))

    minutes = POLICY.longest_report / 60
    assert f"has not finished an asynchronous report in {minutes:.0f} minutes" in found.error
    assert found.states[-1][ACCOUNT]["reports"]


def test_an_unknown_status_is_waited_for_a_few_times():
    pinterest = Reports()
    pinterest.statuses = ["WHATEVER"] * (POLICY.polls_of_an_unknown_status + 1)

    found = read_mine(pinterest)

    assert len(pinterest.bodies) == 2
    assert len(found.records) == 1


def test_a_broken_file_is_fetched_again_without_its_rows_coming_twice():
    pinterest = Reports()
    whole = json.dumps(pinterest.rows({"start_date": FIRST})).encode()
    pinterest.contents = [whole[:-3], whole]

    found = read_mine(pinterest)

    assert len(found.records) == 1
    assert len(pinterest.bodies) == 1


def test_content_that_is_cut_and_valid_is_fetched_again_whole():
    pinterest = Reports()
    rows = [{"AD_ID": "31", "DATE": day, "CTR": 0.5} for day in ("2026-11-09", "2026-11-10")]
    others = [{**row, "AD_ID": "30"} for row in rows]
    whole = json.dumps({"30": others, "31": rows}).encode()
    pinterest.size = len(whole)
    cut = json.dumps({"30": others, "31": rows[:1]}).encode()
    pinterest.contents = [cut, whole, whole]

    found = read_mine(pinterest)

    assert [(each["ad_id"], each["date"][-2:]) for each in found.records] == [
        *[("30", "09"), ("30", "10"), ("31", "09")],
        *[("31", "09"), ("31", "10")],  # only of the list that has more rows than before
    ]
    assert not found.error
    assert len(pinterest.bodies) == 1


@pytest.mark.parametrize(
    ("size", "downloads"), [(7_000, 1), (7, 0), (0, 0), (None, 0), ("7000", 0), (True, 0)]
)
def test_a_size_that_is_not_in_bytes_costs_one_download(size, downloads, caplog):
    caplog.set_level(logging.INFO)
    pinterest = Reports()
    pinterest.size = size

    found = read_mine(pinterest, start_date="2025-11-09")

    files = [each for each in pinterest.requests if str(each.url).startswith(FILES)]
    assert not found.error
    assert len(found.records) == len(pinterest.bodies) > 1
    assert len(files) == len(pinterest.bodies) + downloads
    is_said = (
        "twice, and Pinterest states 7,000: the connector takes the content as whole" in caplog.text
    )
    assert is_said is (downloads > 0)
    assert is_said is any(each.levelname == "WARNING" for each in caplog.records)


def test_an_empty_file_fetched_twice_is_no_rows(caplog):
    caplog.set_level(logging.INFO)
    pinterest = Reports()
    pinterest.contents = [b"  ", b" "]

    found = read_mine(pinterest)

    assert found.records == []
    assert not found.error
    assert "the report has no content, asked for twice: no rows." in caplog.text


def test_a_file_that_is_not_there_is_an_error_that_does_not_tell_its_address():
    pinterest = Reports()
    pinterest.contents = [Reply(404)] * 1_000

    found = read_mine(pinterest)

    assert "its content could not be fetched" in found.error
    assert FILES not in found.error


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"AD_ACCOUNT_ID": "1"}, "belongs to another ad account"),
        ({"DATE": "2026-01-01"}, "has a day that was not requested"),
    ],
)
def test_rows_of_something_else_are_refused(row, problem):
    pinterest = Reports()
    (key, (good,)) = next(iter(pinterest.rows({"start_date": FIRST}).items()))
    pinterest.contents = [{key: [{**good, **row}]}]

    found = read_mine(pinterest)

    assert found.records == []
    assert problem.lower() in found.error.lower()


def test_a_column_that_is_refused_is_left_out():
    pinterest = Reports()

    def refuses(body: dict[str, Any]) -> Reply | None:
        wrong = "CPM_IN_DOLLAR" in body["columns"]
        return (
            Reply(400, {"code": 1, "message": "CPM_IN_DOLLAR is not available"}) if wrong else None
        )

    pinterest.refuses = refuses

    found = read_mine(pinterest, columns=["CTR", "CPM_IN_DOLLAR"])

    assert pinterest.bodies[-1]["columns"] == ["AD_ID", "CTR"]
    assert len(found.records) == 1


def test_a_column_that_another_stream_finds_refused_while_a_report_is_asked_for_costs_nothing():
    pinterest = Reports()
    stream = mine(pinterest, columns=["CTR", "CPM_IN_DOLLAR"])
    make = stream.report_body

    def refuses(body: dict[str, Any]) -> Reply | None:
        if (
            len(pinterest.bodies) <= POLICY.tries
        ):  # so that it is asked for again when its turn comes
            stream.report_body = found_meanwhile  # type: ignore[method-assign]
            return Reply(503)
        return Reply(400, {"code": 1, "message": "No."}) if len(body["columns"]) > 2 else None

    def found_meanwhile(stream_slice: dict[str, Any]) -> dict[str, Any]:
        body = make(stream_slice)
        if next(calls) == 2:  # the first one names the report
            level = stream.report_level
            selection = stream.context.observed.selection(f"asynchronous reports of level {level}")
            selection.leave_out(["CPM_IN_DOLLAR"], RequestRefused("No."))
        return body

    calls = itertools.count(1)
    pinterest.refuses = refuses

    found = read(stream)

    assert not found.error
    assert len(found.records) == 1


def test_a_first_day_that_pinterest_no_longer_has_is_given_up(caplog):
    pinterest = Reports()
    start = "2024-05-24"  # the first that the documentation promises
    message = "You can only get data from the last 913 days."

    def refuses(body: dict[str, Any]) -> Reply | None:
        return Reply(400, {"code": 1, "message": message}) if body["start_date"] == start else None

    pinterest.refuses = refuses

    found = read_mine(pinterest, start_date=start)

    assert not found.error
    assert min(each["start_date"] for each in pinterest.bodies if each["start_date"] != start) == (
        "2024-05-25"
    )
    assert found.state[ACCOUNT]["refused_day"] == start
    assert f"Pinterest refused {start} as the first day" in caplog.text


def test_a_refusal_of_a_moment_costs_no_first_day():
    pinterest = Reports()
    start = "2024-05-24"
    pinterest.refuses = lambda _: (
        Reply(400, {"code": 1, "message": "Not now."}) if len(pinterest.bodies) == 1 else None
    )

    found = read_mine(pinterest, start_date=start)

    assert not found.error
    assert [each["start_date"] for each in pinterest.bodies].count(start) > 1
    assert "refused_day" not in found.state[ACCOUNT]


def test_a_report_whose_account_is_refused_names_it_and_its_days():
    pinterest = Reports()
    pinterest.refuses = lambda _: Reply(403, {"code": 29, "message": "not permitted"})

    found = read_mine(pinterest)

    assert f"mine of ad account {ACCOUNT}, {FIRST} to {LAST}" in found.error
    assert found.records == []


def test_an_address_that_is_not_https_is_not_asked():
    pinterest = Reports()

    def line(request: Any, make: Any = pinterest.line) -> Any:
        if "token=" in str(request.url):
            return Reply(200, {"report_status": "FINISHED", "url": "http://files.test/secret"})
        return make(request)

    pinterest.line = line  # type: ignore[method-assign]

    found = read_mine(pinterest)

    assert "is at an address that is not https" in found.error
    assert "secret" not in found.error


def test_a_pass_that_was_cut_off_goes_on_behind_the_days_that_are_read():
    pinterest = Reports()
    stream = mine(pinterest, start_date="2026-01-01")
    sweep = {"since": "2026-01-01", "start": "2026-11-20", "end": LAST}
    state = {ACCOUNT: {"question": stream.fingerprint(), "sweep": sweep}}

    found = read(stream, state)

    assert [each["start_date"] for each in pinterest.bodies] == ["2026-11-20"]
    assert (found.state[ACCOUNT]["since"], found.state[ACCOUNT]["date"]) == ("2026-01-01", LAST)


def test_a_total_has_its_window_in_each_row():
    pinterest = Reports()
    row = {"AD_ID": "31", "CTR": 0.5, "DATE": LAST}
    pinterest.contents = [{"31": [row]}]

    found = read_mine(pinterest, granularity="TOTAL")

    (record,) = found.records
    assert (record["start_date"], record["date"]) == (FIRST, LAST)


def test_the_cdk_reads_a_custom_report_too():
    pinterest = Reports()

    (record,) = mine(pinterest).read_records(None)

    assert record["ad_id"] == "31"
