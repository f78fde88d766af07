"""New versions in a list, compared with those in a state."""

from __future__ import annotations

from typing import Any

import pytest
from airbyte_cdk.utils import AirbyteTracedException

from source_pinterest.sync.entity_versions import (
    UNLISTED,
    AccountVersions,
    ListComparison,
    VersionStates,
    as_json,
    packed,
    unpacked,
    version_hash,
)

SHOES = {"id": "7", "name": "Shoes", "updated_time": 100}
HATS = {"id": "9", "name": "Hats", "updated_time": 90}
FIRST_SYNC, NEXT_SYNC = 1_000, 2_000


def after_first(*records: dict[str, Any], most: int = 10) -> AccountVersions:
    reading = ListComparison(AccountVersions(), FIRST_SYNC, most)
    reading.versions(records)
    return reading.after()


def test_a_first_reading_has_every_entity():
    versions = ListComparison(AccountVersions(), FIRST_SYNC, 10).versions([SHOES, HATS])

    assert versions == [{**SHOES, "is_listed": True}, {**HATS, "is_listed": True}]


def test_an_update_is_a_version_and_so_is_a_change_without_one():
    reading = ListComparison(after_first(SHOES, HATS), NEXT_SYNC, 10)
    renamed = {**HATS, "name": "Caps"}
    updated = {**SHOES, "updated_time": 1_500}

    assert [each["id"] for each in reading.versions([updated, renamed])] == ["7", "9"]
    assert ListComparison(reading.after(), 3_000, 10).versions([updated, renamed]) == []


def test_an_entity_that_a_list_shows_late_is_a_version_though_its_update_is_old():
    late = {"id": "11", "updated_time": 5}

    assert ListComparison(after_first(SHOES), NEXT_SYNC, 10).versions([SHOES, late]) == [
        {**late, "is_listed": True}
    ]


def test_what_is_gone_is_reported_once_right_after_it_was_last_seen():
    reading = ListComparison(after_first(SHOES, HATS), NEXT_SYNC, 10)
    reading.versions([HATS])

    assert reading.absent(["9"]) == ["7"]
    assert reading.unlisted(["7"]) == [
        {"id": "7", "updated_time": FIRST_SYNC + 1, "is_listed": False}
    ]
    assert ListComparison(reading.after(), 3_000, 10).absent(["9"]) == []


def test_what_pinterest_has_not_confirmed_is_absent_again_the_next_time():
    reading = ListComparison(after_first(SHOES, HATS), NEXT_SYNC, 10)
    reading.versions([HATS])

    assert ListComparison(reading.after(), 3_000, 10).absent(["9"]) == ["7"]


def test_an_update_after_the_last_sync_began_is_before_the_deletion():
    updated = {**SHOES, "updated_time": FIRST_SYNC + 60}

    reading = ListComparison(after_first(updated), NEXT_SYNC, 10)

    assert reading.unlisted(["7"])[0]["updated_time"] == FIRST_SYNC + 61


def test_what_is_listed_again_is_newer_than_its_deletion():
    second = ListComparison(after_first(SHOES), NEXT_SYNC, 10)
    (gone,) = second.unlisted(["7"])

    third = ListComparison(second.after(), 3_000, 10)

    (again,) = third.versions([SHOES])
    assert again == {**SHOES, "updated_time": NEXT_SYNC + 1, "is_listed": True}
    assert again["updated_time"] > gone["updated_time"]
    assert ListComparison(third.after(), 4_000, 10).versions([SHOES]) == []


def test_of_more_entities_than_a_state_holds_the_updates_are_read():
    before = after_first(SHOES, HATS, most=1)
    reading = ListComparison(before, NEXT_SYNC, 1)
    updated = {**HATS, "updated_time": 150}

    assert before.entities is None
    assert [each["id"] for each in reading.versions([{**SHOES, "updated_time": 99}, updated])] == [
        "9"
    ]
    assert (reading.absent(["9"]), reading.fits_state) == ([], False)


def test_a_state_of_a_clock_that_was_wrong_puts_no_deletion_into_the_future():
    before = AccountVersions(100, 9_000_000, {"7": 5})

    assert ListComparison(before, NEXT_SYNC, 10).undated_time == NEXT_SYNC + 1


def test_an_id_that_is_not_a_number_comes_each_time_and_is_never_called_gone():
    odd = {"id": "0x7", "updated_time": 5}

    reading = ListComparison(after_first(odd), NEXT_SYNC, 10)

    assert len(reading.versions([odd])) == 1
    assert reading.absent([]) == []


@pytest.mark.parametrize("wrong", [4_102_444_800, 1_500_000])
def test_an_update_in_the_future_does_not_hide_those_before_it(wrong):
    """In milliseconds, for example. The state holds no entities, so only the times say what is new."""
    before = after_first({**SHOES, "updated_time": wrong}, HATS, most=1)
    updated = {**HATS, "updated_time": FIRST_SYNC + 1}

    assert before.entities is None
    found = ListComparison(before, NEXT_SYNC, 1).versions(
        [{**SHOES, "updated_time": wrong}, updated]
    )
    assert updated["id"] in [each["id"] for each in found]


def test_a_change_that_pinterest_does_not_date_is_right_after_the_last_reading():
    undated = {"id": "7", "name": "Shoes", "created_time": 50}
    first = after_first(undated)
    second = ListComparison(first, NEXT_SYNC, 10)

    (changed,) = second.versions([{**undated, "name": "Boots"}])
    (again,) = ListComparison(second.after(), 3_000, 10).versions([{**undated, "name": "Caps"}])

    assert changed["updated_time"] == FIRST_SYNC + 1
    assert again["updated_time"] == NEXT_SYNC + 1


def test_a_version_without_an_update_has_the_time_of_its_creation():
    (version,) = ListComparison(AccountVersions(), 1, 10).versions(
        [{"id": "7", "created_time": 50}]
    )

    assert version["updated_time"] == 50


def test_a_state_takes_few_characters_for_each_entity():
    ids = [str(626_735_565_838 + 9_941 * place) for place in range(10_000)]
    entities = {each: version_hash({"id": each}) for each in ids}

    text = packed(entities)

    assert unpacked(text) == entities
    assert len(text) < 90_000


def test_states_are_read_as_they_were_written():
    states = VersionStates("ads_history")
    value = {
        "549755885175": AccountVersions(
            100, FIRST_SYNC, {"7": UNLISTED, "9": 5}, is_done=True
        ).as_json(),
        "549755885176": AccountVersions(100, FIRST_SYNC).as_json(),
    }

    states.load(value)

    assert as_json(states.by_account) == value
    states.clear_done()
    assert "done" not in as_json(states.by_account)["549755885175"]
    assert states.of("1") == AccountVersions()


@pytest.mark.parametrize(
    "state",
    [
        *(7, None, {}, {"updated_time": "2026-11-23"}, {"updated_time": True}),
        {"updated_time": -1},
        {"updated_time": 5, "listed_at": None},
        {"updated_time": 5, "done": 1},
        *({"updated_time": 5, "entities": each} for each in (7, "?", "AAA=", "gICA", "/" * 200)),
    ],
)
def test_a_state_of_another_kind_is_refused(state):
    with pytest.raises(AirbyteTracedException, match="not written by this connector"):
        VersionStates("ads_history").load({"549755885175": state})
    with pytest.raises(AirbyteTracedException, match="not written by this connector"):
        VersionStates("ads_history").load({"date": {"updated_time": 5}})
