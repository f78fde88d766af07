"""Which saved states a stream takes, and which it says were written by somebody else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils import AirbyteTracedException

from source_pinterest.sync.state import AccountStates, unversioned, versioned

ACCOUNT = "549755885175"
READ = {"since": "2026-08-26", "date": "2026-11-23"}
IDS = "2026-10-25 nwwaEQ=="


class Stream:
    """A stream's state, as the CDK sets it and as a STATE message has it."""

    def __init__(self, name: str, cursor_field: str) -> None:
        self.states = AccountStates(name, cursor_field)

    @property
    def state(self) -> dict[str, Any]:
        return self.states.as_json()

    @state.setter
    def state(self, value: dict[str, Any]) -> None:
        self.states.load(value)


def daily() -> Stream:
    return Stream("ad_analytics_daily", "date")


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "entry",
    [
        {},
        READ,
        {"question": "5f2a9c01", **READ},
        {"question": "5f2a9c01", "sweep": {"start": "2026-08-26", "end": "2026-11-23"}},
        {"sweep": {"start": "2026-08-26", "end": "2026-11-23", "after": "7", "after_video": "8"}},
        {"sweep": {"start": "2026-08-26", "end": "2026-11-23", "done": True}},
        {"sweep": {"since": "2026-08-01", "start": "2026-08-26", "end": "2026-11-23"}},
        {"sweep": {"start": "2026-08-26", "end": "2026-11-23", "not_final": "2026-11-20"}},
        {"final": {"delivery": "2026-11-01"}, **READ},
        {"reports": {"5f2a9c015f2a9c01": "a token"}},
        {"missing": {"687201361754": "2026-11-01"}, **READ},
        {"refused_day": "2026-08-26", **READ},
        {"differs": {"SPEND_IN_DOLLAR": {"2026-11-01": 0.13, "2026-11-02": -7}}, **READ},
        {"ids": IDS, **READ},
        # of a later version
        {"version": 2, "notes": {"a": [1, None, 2.5]}, **READ},
        {"a_part_of_a_later_version": nested(99), **READ},
    ],
)
def test_a_state_of_this_connector_is_taken_and_kept_whole(entry):
    stream = daily()

    stream.state = {ACCOUNT: entry}

    assert stream.state == {ACCOUNT: entry}


def test_an_instant_is_the_cursor_of_other_streams():
    stream = Stream("ad_targeting_analytics", "UPDATED_TIME")

    stream.state = {ACCOUNT: {"since": "2026-08-26", "UPDATED_TIME": "2026-11-23T23:59:59Z"}}

    assert stream.states.of(ACCOUNT)


FOREIGN_ENTRIES = [
    None,
    7,
    "2026-11-23",
    [],
    [READ],
    {"date": "2026-11-23"},
    {"since": "2026-08-26"},
    # of another cursor
    {"since": "2026-08-26", "UPDATED_TIME": "2026-11-23T23:59:59Z"},
    {**READ, "question": 7},
    {**READ, "question": {"nested": ["garbage"]}},
    {**READ, "since": "yesterday"},
    {**READ, "since": "2026-02-30"},
    {**READ, "since": "2026-08-26T00:00:00Z"},
    {**READ, "since": "20260826"},
    {**READ, "since": "2026-W35-1"},
    {**READ, "since": "9999-01-01"},
    {**READ, "since": ["2026-08-26"]},
    {**READ, "date": 20261123},
    {**READ, "date": "2026-11-23T23:59:59Z"},
    {**READ, "date": "2026-11-23 or so"},
    {**READ, "date": "२०२६-११-२३"},
    {**READ, "date": None},
    {**READ, "sweep": None},
    {**READ, "sweep": {}},
    {**READ, "sweep": {"start": "2026-08-26"}},
    {**READ, "sweep": {"start": "2026-11-23", "end": "2026-08-26"}},
    {**READ, "sweep": {"start": "2026-08-26", "end": "2026-11-23", "after": 7}},
    {**READ, "sweep": {"start": "2026-08-26", "end": "2026-11-23", "after": "\u0667"}},
    {**READ, "sweep": {"start": "2026-08-26", "end": "2026-11-23", "after_video": "7" * 101}},
    {**READ, "sweep": {"start": "2026-08-26", "end": "2026-11-23", "done": "yes"}},
    {**READ, "sweep": {"start": "2026-08-26", "end": "2026-11-23", "not_final": "never"}},
    {**READ, "final": ["2026-11-01"]},
    {**READ, "final": {"delivery": True}},
    {**READ, "reports": "a token"},
    {**READ, "reports": {"5f2a": {"token": "x"}}},
    {**READ, "differs": ["2026-11-01"]},
    {**READ, "differs": {"SPEND_IN_DOLLAR": 7}},
    {**READ, "differs": {"SPEND_IN_DOLLAR": {"yesterday": 7}}},
    {**READ, "differs": {"SPEND_IN_DOLLAR": {"2026-11-01": "7"}}},
    {**READ, "differs": {"SPEND_IN_DOLLAR": {"2026-11-01": True}}},
    {**READ, "differs": {"SPEND_IN_DOLLAR": {"2026-11-01": float("inf")}}},
    {**READ, "missing": ["687201361754"]},
    {**READ, "missing": {"687201361754": "soon"}},
    {**READ, "missing": {"an ad": "2026-11-01"}},
    {**READ, "refused_day": 1},
    {**READ, "ids": ["1"]},
    {**READ, "ids": {"before": "2026-10-25"}},
    {**READ, "ids": "2026-10-25 no base64"},
    {**READ, "ids": {"before": 5}},
    {**READ, "a_part_of_a_later_version": nested(100)},
    {**READ, "a_part_of_a_later_version": nested(10_000)},
]


@pytest.mark.parametrize("number", range(len(FOREIGN_ENTRIES)))
def test_an_entry_that_this_connector_has_not_written_is_refused(number):
    with pytest.raises(AirbyteTracedException) as caught:
        daily().state = {"549755885176": READ, ACCOUNT: FOREIGN_ENTRIES[number]}

    assert caught.value.failure_type == FailureType.config_error
    assert caught.value.message == (
        f"The state of ad_analytics_daily ({ACCOUNT}) was not written by this connector. Clear this "
        "stream's data (reset its state) and sync again."
    )


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ({"DATE": "2026-11-23"}, "DATE"),
        ({"DATE": {}}, "DATE"),
        ({"state": READ}, "state"),
        ({"use_global_cursor": False, "states": [], "lookback_window": 1}, "use_global_cursor"),
        ({"٥٤٩": READ}, "٥٤٩"),
        ({"5" * 1_000: READ}, f"{'5' * 39}…"),
        ({"": READ}, ""),
    ],
)
def test_a_state_of_another_shape_is_refused(state, shown):
    with pytest.raises(AirbyteTracedException) as caught:
        daily().state = state

    assert str(caught.value.message).startswith(
        f"The state of ad_analytics_daily ({shown}) was not"
    )


def test_a_saved_state_has_a_version_that_no_stream_sees():
    state = {ACCOUNT: READ}

    assert versioned(state) == {"version": 1, ACCOUNT: READ}
    assert unversioned(versioned(state), "ads") == state
    assert unversioned(state, "ads") == state


def test_the_state_of_many_accounts_is_saved_with_what_they_have_in_common_once():
    state = {str(number): dict(READ) for number in range(100)}

    saved = versioned(state)

    accounts = " ".join(f"{ten} 1 2 3 4 5 6 7 8 9" for ten in range(0, 100, 10))
    assert saved == {"version": 1, "common": [{"entry": READ, "accounts": accounts}]}
    assert unversioned(saved, "ads") == state


def test_a_state_that_cannot_have_been_shortened_is_refused():
    with pytest.raises(AirbyteTracedException) as caught:
        unversioned({"common": "7"}, "ads")

    assert str(caught.value.message).startswith("The state of ads (common) was not written by this")


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        (2, "The state of ads has version 2, and this release of the connector reads version 1."),
        ("1", "The state of ads (version) was not written by this connector."),
        (True, "The state of ads (version) was not written by this connector."),
        (0, "The state of ads (version) was not written by this connector."),
    ],
)
def test_a_version_that_this_release_does_not_read_is_refused(version, sentence):
    with pytest.raises(AirbyteTracedException, match=re.escape(sentence)) as caught:
        unversioned({"version": version, ACCOUNT: READ}, "ads")

    assert caught.value.failure_type == FailureType.config_error


def test_a_state_that_is_refused_changes_nothing():
    stream = daily()
    stream.state = {ACCOUNT: READ}

    with pytest.raises(AirbyteTracedException):
        stream.state = {"549755885176": READ, ACCOUNT: None}

    assert stream.state == {ACCOUNT: READ}
