"""Rows that share a key → one row, or none."""

import pytest

from source_pinterest.records.duplicates import canonical_json, merge_duplicates, repetitions

ADDITIVE = {"VIEWS", "SPEND"}


def test_rows_of_one_key_that_are_equal_are_one_and_others_cannot_be():
    one, other = {"VIEWS": 1, "CTR": 0.5}, {"VIEWS": 2, "CTR": 0.5}

    assert merge_duplicates([one, dict(one)], False, ADDITIVE) == one
    assert merge_duplicates([one, other], False, ADDITIVE) is None


@pytest.mark.parametrize(
    ("views", "repeated", "total"),
    [([1, 1, 3], 1, 5), ([1, 1], 1, 2), ([3, 4, 3, 4], 2, 7), ([1, 1, 1, 1, 3, 3], 2, 5)],
)
def test_rows_of_match_types_are_added_up_equal_ones_as_well(views, repeated, total):
    rows = [{"VIEWS": each, "CTR": each / 10} for each in views]

    found = merge_duplicates(rows, True, ADDITIVE, repeated)

    assert found["VIEWS"] == total
    assert found["CTR"] == (views[0] / 10 if len(set(views)) == 1 else None)


def test_fractions_that_add_up_to_a_whole_number_give_one_without_a_point():
    found = merge_duplicates([{"VIEWS": 0.5}, {"VIEWS": 1.5}, {"VIEWS": None}], True, ADDITIVE)

    assert repr(found["VIEWS"]) == "2"


@pytest.mark.parametrize(
    ("counts", "times"), [([2, 2], 2), ([2, 4, 6], 2), ([3, 3], 3), ([2, 1], 1), ([2], 1), ([1], 1)]
)
def test_an_answer_holds_itself_twice_if_every_one_of_its_rows_has_its_like(counts, times):
    assert repetitions(counts) == times


def test_equal_rows_are_written_alike_whatever_the_order_of_their_fields():
    assert canonical_json({"a": 1, "b": 2}) == canonical_json({"b": 2, "a": 1})
    assert canonical_json({"a": 2**70, "name": "half \ud83d"}) == canonical_json(
        {"name": "half \ud83d", "a": 2**70}
    )
