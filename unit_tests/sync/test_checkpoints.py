"""When a STATE is sent, by a given clock: after a minute, after many records, and at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any

import orjson
import pytest

from source_pinterest.sync.checkpoints import Checkpoint, StateSchedule
from source_pinterest.sync.covered_ids import digest
from source_pinterest.sync.state import versioned


class Sync:
    """A sync of streams, second by second."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.made: list[str] = []
        self.size = 0
        """Bytes of the next STATE messages."""
        self.schedule = StateSchedule(
            lambda: self.now,
            seconds=60.0,
            records=50_000,
            size_of=lambda _: self.size,
        )

    def wait(self, seconds: float) -> list[Any]:
        self.now += seconds
        return list(self.schedule.due())

    def reached(self, stream: str, state: str, is_new: bool = True) -> list[Any]:
        def message() -> Any:
            self.made.append(state)
            return f"{stream}: {state}"

        self.schedule.reached(Checkpoint(stream, message, is_new))
        return list(self.schedule.due())

    def emitted(self, stream: str, records: int = 1) -> list[Any]:
        self.schedule.emitted(stream, records)
        return list(self.schedule.due())

    def ended(self, stream: str) -> list[Any]:
        return list(self.schedule.ended(stream))


@pytest.fixture
def sync() -> Sync:
    return Sync()


def test_a_state_follows_a_minute_after_the_last_one_with_the_last_checkpoint(sync):
    assert sync.reached("ads", "begin", is_new=False) == []
    for account in range(59):
        sync.now += 1
        assert sync.emitted("ads") == []
        assert sync.reached("ads", f"account {account}") == []

    assert sync.wait(1) == ["ads: account 58"]
    assert sync.wait(59) == []
    assert sync.reached("ads", "account 59") == []
    assert sync.wait(1) == ["ads: account 59"]
    assert sync.made == ["account 58", "account 59"]  # a state that is not sent is not made


def test_a_state_follows_sooner_after_many_records(sync):
    sync.reached("ads", "begin", is_new=False)

    assert sync.emitted("ads", 49_999) == []
    assert sync.reached("ads", "one") == []
    assert sync.emitted("ads", 1) == ["ads: one"]
    assert sync.emitted("ads", 50_000) == []  # it has not come further
    assert sync.reached("ads", "two") == ["ads: two"]


def test_the_records_of_one_stream_are_not_those_of_another(sync):
    sync.reached("ads", "a")
    sync.reached("pins", "p")

    assert sync.emitted("ads", 50_000) == ["ads: a"]
    assert sync.emitted("pins", 49_999) == []


def test_the_end_of_a_stream_is_behind_its_last_state(sync):
    sync.reached("ads", "begin", is_new=False)
    sync.reached("ads", "half")

    assert sync.ended("ads") == ["ads: half"]
    assert sync.ended("ads") == []
    assert sync.wait(600) == []


def test_a_stream_that_has_come_no_further_ends_without_a_state(sync):
    sync.reached("ads", "begin", is_new=False)
    sync.emitted("ads")

    assert sync.ended("ads") == []


def test_while_all_wait_one_repeats_its_state_every_minute(sync):
    sync.reached("ads", "begin", is_new=False)
    sync.reached("boards", "nothing", is_new=False)

    said = [(seconds, message) for seconds in range(1, 241) for message in sync.wait(1)]

    assert said == [(seconds, "ads: begin") for seconds in (60, 120, 180, 240)]


def test_a_record_of_any_stream_is_a_sign_of_life(sync):
    sync.reached("ads", "begin", is_new=False)
    sync.reached("boards", "nothing", is_new=False)

    sync.wait(50)
    sync.emitted("boards")

    assert sync.wait(59) == [
        "boards: nothing"
    ]  # a minute after its begin, since it has sent records
    assert sync.wait(59) == []
    assert sync.wait(1) == ["ads: begin"]


@pytest.mark.parametrize("seconds", [0, 7, 59.5, 60, 400])
def test_the_reader_waits_until_something_is_due(sync, seconds):
    sync.reached("ads", "begin", is_new=False)
    sync.reached("boards", "nothing", is_new=False)
    sync.now += seconds
    sync.reached("boards", "whole")

    left = sync.schedule.seconds_left()

    assert left == (60 if seconds >= 60 else 60 - seconds)
    assert sync.wait(left - 0.1) == []
    assert sync.wait(0.2) != []


def test_before_any_stream_begins_nothing_is_due(sync):
    assert sync.wait(600) == []
    assert sync.schedule.seconds_left() == 60


def test_the_smallest_state_is_repeated(sync):
    sync.reached("ads", "begin", is_new=False)
    sync.reached("boards", "nothing", is_new=False)
    sync.size = 500
    assert sync.wait(60) == ["ads: begin"]
    sync.size = 5
    assert sync.emitted("boards") == ["boards: nothing"]

    assert sync.wait(60) + sync.wait(60) == ["boards: nothing"] * 2


def test_the_stream_that_has_waited_longest_comes_first(sync):
    sync.reached("ads", "a")
    sync.wait(1)
    sync.reached("pins", "p")
    sync.reached("ads", "b")

    assert sync.wait(59) == ["ads: b"]
    sync.reached("ads", "c")
    assert sync.wait(60) == ["pins: p", "ads: c"]


def entry(number: int, *, is_read_today: bool, is_daily: bool) -> dict[str, Any]:
    """An ad account's part of a state, in which it is read to the last day or to the one before. That of a daily
    report says which ids it covers."""
    end = "2026-11-23" if is_read_today else "2026-11-22"
    account = str(549_755_885_175 + number)
    entry = {
        "question": "5f2a61c0",
        "since": "2026-08-26",
        "date": end,
    }
    if is_daily:
        entry["ids"] = digest([account, f"{account}9"], {}, date(2026, 10, 25))
    if is_read_today:
        entry["sweep"] = {"start": "2026-10-24", "end": end, "done": True}
    return {account: entry}


def share_of_states(
    accounts: int, *, is_first: bool, save: Callable[[Any], Any] = versioned
) -> float:
    """Of the STATE messages of eight reports of ads, in a sync that takes as long as the rate limit: 300 answers
    a minute, each of two ads, by day for one of the reports: 90 days in the first sync, 31 in the next."""
    streams = [f"report {number}" for number in range(8)]
    now, sent = 0.0, {"records": 0, "states": 0}

    def state(number: int, stream: str) -> bytes:
        """After so many ad accounts."""
        entries: dict[str, Any] = {}
        for account in range(number if is_first else accounts):
            entries |= entry(account, is_read_today=account < number, is_daily=stream == streams[0])
        return orjson.dumps(save(entries))

    schedule = StateSchedule(lambda: now, size_of=len)

    def count(messages: Iterator[Any]) -> None:
        sent["states"] += sum(map(len, messages))

    for each in streams:
        schedule.reached(Checkpoint(each, partial(state, 0, each), is_new=False))
    for number in range(1, accounts + 1):
        for each in streams:
            now += 60 / 300
            records = (180 if is_first else 62) if each == streams[0] else 4
            sent["records"] += 700 * records
            schedule.emitted(each, records)
            schedule.reached(Checkpoint(each, partial(state, number, each)))
            count(schedule.due())
    for each in streams:
        count(schedule.ended(each))
    return sent["states"] / sum(sent.values())


@pytest.mark.no_cover
@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("accounts", [10, 100, 300, 1_000])
def test_at_the_speed_of_the_rate_limit_states_are_less_than_a_twentieth_of_all_bytes(
    accounts, is_first
):
    assert share_of_states(accounts, is_first=is_first) < 0.05


@pytest.mark.no_cover
def test_states_with_whole_entries_would_be_more_than_a_twelfth_of_all_bytes():
    assert share_of_states(1_000, is_first=False, save=dict) > 0.08
