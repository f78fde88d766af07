"""Which ids a state covers: exactly those that it has seen, in few bytes."""

import doctest
import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_pinterest.sync import covered_ids
from source_pinterest.sync.covered_ids import creation_day, digest, is_digest, late

BEFORE = date(2026, 10, 25)

some_ids = st.sets(st.integers(1, 10**18).map(str), max_size=300)


def test_the_examples():
    assert doctest.testmod(covered_ids).failed == 0


@given(some_ids)
def test_the_same_ids_are_covered(ids):
    assert late(digest(ids, {}, BEFORE), sorted(ids), {}, BEFORE) == []


@given(some_ids, some_ids)
def test_no_id_that_was_not_seen_counts_as_covered(seen, new):
    found = late(digest(seen, {}, BEFORE), sorted(seen | new), {}, BEFORE)

    assert set(found) >= new - seen


def test_few_ids_are_read_again_for_one_that_is_late():
    seen = [str(687_201_361_754 + 977 * n) for n in range(10_000)]

    found = late(digest(seen, {}, BEFORE), [*seen, "1"], {}, BEFORE)

    assert "1" in found
    assert len(found) < 60


def test_an_id_that_was_created_within_the_days_that_are_read_is_not_late():
    created = {"9": BEFORE, "10": BEFORE + timedelta(days=3)}

    assert late(digest(["7"], {}, BEFORE), ["7", "9", "10"], created, BEFORE) == []


def test_an_id_is_late_if_fewer_days_are_read_than_when_the_state_was_written():
    start = BEFORE + timedelta(days=10)

    assert late(digest(["7"], {}, BEFORE), ["7", "9"], {"9": BEFORE}, start) == ["9"]


def test_100_000_ids_take_less_than_30_kilobytes():
    ids = [str(10**17 + 7919 * n) for n in range(100_000)]

    assert len(json.dumps(digest(ids, {}, BEFORE))) < 30_000


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        7,
        "",
        "soon AAAA",
        "2026-10-25",
        "2026-10-25 ",
        "2026-10-25 ****",
        "2026-10-25 AAAA",
    ],
)
def test_other_values_are_not_taken_for_a_digest(value):
    assert not is_digest(value)


@pytest.mark.parametrize(
    ("record", "day"),
    [
        ({"created_time": 1_764_000_000}, "2025-11-24"),
        ({"created_time": "1764000000"}, "2025-11-24"),
        ({"created_time": 1e30}, "None"),
        ({"created_time": None}, "None"),
        ({"created_at": "2026-01-31T01:40:29"}, "2026-01-31"),
        ({"created_at": "once"}, "None"),
        ({"created_at": {"day": 1}}, "None"),
        ({}, "None"),
    ],
)
def test_the_day_of_creation(record, day):
    assert str(creation_day(record)) == day
