"""Answers that are divided by a split or a filter."""

from __future__ import annotations

import pytest

from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.records.organic_analytics import decode
from source_pinterest.records.splits import (
    LEAST_DAYS,
    FilterCheck,
    adds_up,
    is_split,
    split_values,
)


def test_an_answer_of_another_shape_is_no_split():
    days = {"daily_metrics": [{"date": "2026-11-23", "metrics": {}}]}

    assert is_split({"WEB": days, "MOBILE": days})
    assert is_split({})
    assert not is_split({"WEB": {}})
    assert not is_split([days])


def test_a_value_that_comes_twice_is_an_error():
    with pytest.raises(UnusableAnswer, match="has WEB twice"):
        split_values({"WEB": {}, "web": {}}, ["WEB"])


def body(*impressions: float | str | None) -> dict:
    days = [
        {"date": f"2026-11-{day:02}", "metrics": {"IMPRESSION": each, "SAVE": 0}}
        for day, each in enumerate(impressions, 1)
    ]
    return {"all": {"daily_metrics": days}}


@pytest.mark.parametrize(
    ("whole", "parts", "is_all"),
    [
        (None, [(1, 1)], True),
        ((3, 2), [(1, 2), (2, 0)], True),
        (("3", 2.0), [(1, "2"), ("2", None)], True),
        ((3, 2), [(1, 2), (1, 0)], False),
        ((0, None), [(0, 0)], True),
        ((3,), [(9,)], True),
    ],
)
def test_the_values_of_a_split_have_all_activity_of_its_whole_or_not(whole, parts, is_all):
    values = {str(number): body(*part) for number, part in enumerate(parts)}
    answer = {} if whole is None else {"all": body(*whole)["all"]}

    assert adds_up(answer, values) is is_all


SAME = (3,) * LEAST_DAYS


@pytest.mark.parametrize(
    ("answers", "is_ignored"),
    [
        ([body(*SAME), body(*SAME)], True),
        ([body(*SAME), body(*SAME), body(*SAME[1:], 4)], False),
        ([body(*SAME[1:]), body(*SAME[1:])], False),
        ([body(*SAME), body(*SAME, 1)], False),
        ([body(0, None, *SAME), body(0, None, *SAME)], True),
        ([body(*(0,) * 30), body(*(0,) * 30)], False),
        ([body(*map(str, SAME)), body(*map(float, SAME))], True),
        ([body(*("0",) * 30), body(*(None,) * 30)], False),
        ([body(*SAME)], False),
        ([], False),
    ],
)
def test_the_same_numbers_for_each_value_on_several_days_are_not_divided(answers, is_ignored):
    divided = FilterCheck()

    divided.compare(answers)

    assert divided.is_ignored is is_ignored


def test_days_of_several_answers_count_together_and_one_difference_is_enough():
    divided = FilterCheck()
    for _ in range(LEAST_DAYS):
        divided.compare([body(2), body(2)])
    assert divided.is_ignored

    divided.compare([body(2), body(1)])
    divided.compare([body(*SAME), body(*SAME)])

    assert not divided.is_ignored


def test_metrics_that_are_not_parsed_yet_are_compared_too():
    content = b'{"all": {"daily_metrics": [{"date": "2026-11-23", "metrics": {"SAVE": %b}}]}}'
    divided = FilterCheck()

    divided.compare([decode(content % b"1"), decode(content % b"2")])

    assert not divided.is_ignored
    assert decode(content % b"1") is not None
