"""When a STATE is sent, by a given clock: after a minute, after many records, and at the end."""

from __future__ import annotations

from typing import Any

import pytest

from source_pinterest.sync.pace import Checkpoint, Pace


class Sync:
    """A sync of streams, second by second."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.made: list[str] = []
        self.pace = Pace(lambda: self.now, seconds=60.0, records=50_000)

    def wait(self, seconds: float) -> list[Any]:
        self.now += seconds
        return list(self.pace.due())

    def reached(self, stream: str, state: str, is_new: bool = True) -> list[Any]:
        def message() -> Any:
            self.made.append(state)
            return f"{stream}: {state}"

        self.pace.reached(Checkpoint(stream, message, is_new))
        return list(self.pace.due())

    def emitted(self, stream: str, records: int = 1) -> list[Any]:
        self.pace.emitted(stream, records)
        return list(self.pace.due())

    def ended(self, stream: str) -> list[Any]:
        return list(self.pace.ended(stream))


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

    left = sync.pace.seconds_left()

    assert left == (60 if seconds >= 60 else 60 - seconds)
    assert sync.wait(left - 0.1) == []
    assert sync.wait(0.2) != []


def test_before_any_stream_begins_nothing_is_due(sync):
    assert sync.wait(600) == []
    assert sync.pace.seconds_left() == 60
