"""The daily metrics of a Pin or of the user account → rows."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_pinterest.records.column_types import AnswerWarnings, ColumnTypes
from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.records.organic_analytics import (
    Days,
    daily_metrics,
    days_in,
    decode,
    decode_by_pin,
    is_daily_metrics,
    row_parser,
)
from source_pinterest.records.rows import TypedRow

NUMBER = {"type": ["null", "number"]}
TEXT = {"type": ["null", "string"]}
PROPERTIES = {
    "pin_id": {"type": "string"},
    "date": {"type": "string"},
    "data_status": TEXT,
    "SAVE": NUMBER,
    "IMPRESSION": NUMBER,
    "LABEL": TEXT,
}
FIT = ColumnTypes.of(PROPERTIES)
COMMON = {"pin_id": "5"}
WINDOW = {"2026-11-21", "2026-11-22", "2026-11-23"}


def read(body: Any, window: Any = None, said: Any = None) -> list[dict[str, Any]]:
    """The rows of an answer, which are the same whether they are parsed as dicts or as objects."""
    results: list[Any] = []
    content = json.dumps(body).encode()
    for decoded in (json.loads(content), decode(content)):
        own: list[str] = []
        types = ColumnTypes.of(PROPERTIES, answer_warnings=AnswerWarnings("pins", own.append))
        parser = row_parser(types, ["SAVE", "IMPRESSION"])
        try:
            rows = daily_metrics(decoded, types, window, parser, COMMON)
            results.append(([{**COMMON, **row} for row in rows], sorted(own)))
        except UnusableAnswer as error:
            results.append((str(error), []))
        assert days_in(decoded) == days_in(body) == days_in(decoded, {"2026-11-21", "2026-11-23"})
    assert results[0] == results[1]
    if isinstance(results[0][0], str):
        raise UnusableAnswer(results[0][0])
    if said is not None:
        said += results[0][1]
    return [{name: row[name] for name in row if name not in COMMON} for row in results[0][0]]


def test_days_on_which_no_data_can_exist_are_no_rows():
    days = [
        {"date": "2026-11-20", "data_status": "BEFORE_PIN_CREATED"},
        {"date": "2026-11-21", "data_status": "READY", "metrics": {"SAVE": 1}},
        {"date": "2026-11-22", "data_status": "PROCESSING", "metrics": {}},
        {"date": "2026-11-23", "data_status": "SOMETHING_NEW", "metrics": None},
    ]

    found = read({"all": {"daily_metrics": days}})

    assert found == [
        {"date": "2026-11-21", "data_status": "READY", "SAVE": 1},
        {"date": "2026-11-22", "data_status": "PROCESSING"},
        {"date": "2026-11-23", "data_status": "SOMETHING_NEW"},
    ]


def test_a_day_without_a_date_is_an_error():
    with pytest.raises(UnusableAnswer):
        read({"all": {"daily_metrics": [{"data_status": "READY"}]}})


@pytest.mark.parametrize("value", [None, 20261123, "yesterday", "2026-02-30", {}, []])
def test_a_day_whose_date_is_not_a_date_is_an_error(value):
    body = {"all": {"daily_metrics": [{"date": value, "data_status": "READY"}]}}

    with pytest.raises(UnusableAnswer, match="has no date"):
        read(body)


def of_days(*days):
    return {"all": {"daily_metrics": [{"data_status": "READY", **each} for each in days]}}


def test_the_days_of_an_answer_are_days_however_they_are_written():
    body = of_days(*({"date": day} for day in ("2026-11-21", "2026-11-23T00:00:00Z", "n/a", 5)))

    for decoded in (body, decode(json.dumps(body).encode())):
        assert days_in(decoded, {"2026-11-21"}) == {"2026-11-21", "2026-11-23"}


def test_a_day_that_comes_twice_is_one_row():
    day = {"date": "2026-11-23", "metrics": {"SAVE": 2}}
    other = {"date": "2026-11-23T00:00:00", "metrics": {"SAVE": "2.0"}}

    assert read(of_days(day, day, other)) == [
        {"date": "2026-11-23", "data_status": "READY", "SAVE": 2}
    ]


def test_a_day_that_comes_twice_with_different_metrics_is_an_error():
    day = {"date": "2026-11-23", "metrics": {"SAVE": 2}}

    with pytest.raises(UnusableAnswer, match="2026-11-23 twice, with different metrics"):
        read(of_days(day, {**day, "metrics": {"SAVE": 3}}))


def test_a_day_out_of_the_window_is_an_error():
    body = of_days({"date": "2026-11-23"}, {"date": "2026-11-20"})

    with pytest.raises(UnusableAnswer, match=r"not requested: '2026-11-20' \(1 such"):
        read(body, WINDOW)
    assert len(read(body)) == 2


def test_a_metric_cannot_take_the_place_of_the_day():
    (row,) = read(of_days({"date": "2026-11-23", "metrics": {"date": 7, "SAVE": 1}}))

    assert row == {"date": "2026-11-23", "data_status": "READY", "SAVE": 1}


@pytest.mark.parametrize(
    "body", [None, [], {}, {"all": []}, {"all": {}}, {"all": {"daily_metrics": 1}}]
)
def test_a_body_of_another_shape_is_known_for_it(body):
    assert not is_daily_metrics(body)


def test_days_that_come_twice_are_no_answer():
    days = b'{"all": {"daily_metrics": []}}'

    assert decode(b'{"all": {"daily_metrics": []}, "all": {"daily_metrics": []}}') is None
    assert decode_by_pin(b'{"7": %b, "7": %b}' % (days, days)) is None
    assert list(decode_by_pin(b'{"7": %b, "8": %b}' % (days, days))) == ["7", "8"]
    assert is_daily_metrics(
        decode(b'{"all": {"daily_metrics": [{"date": "2026-11-23", "data_status": "all"}]}}')
    )


@pytest.mark.parametrize("error", [b'"code": 12', b'"error": "cut"', b'"status": "failure"'])
def test_days_beside_an_error_are_no_answer(error):
    body = b'{"all": {"daily_metrics": []}, %b}' % error
    by_pin = decode_by_pin(b'{"7": %b}' % body)

    assert isinstance(decode(body), Days)
    assert not is_daily_metrics(decode(body))
    assert not is_daily_metrics(by_pin["7"])
    assert not is_daily_metrics(json.loads(body))


def test_a_body_of_the_right_shape_is_known_for_it():
    assert is_daily_metrics({"all": {"daily_metrics": []}})


def test_the_metrics_of_days_are_parsed_as_objects():
    body = of_days(
        {"date": "2026-11-21", "metrics": {"SAVE": 2.0, "NEW": 1}},
        {"date": "2026-11-22T00:00:00", "metrics": {"SAVE": None, "IMPRESSION": "7"}},
        {"date": "2026-11-23", "metrics": {"LABEL": 5, "SAVE": 0.5}, "data_status": 3},
    )
    parser = row_parser(FIT, ["SAVE", "IMPRESSION"])

    rows = daily_metrics(decode(json.dumps(body).encode()), FIT, WINDOW, parser, COMMON)

    assert all(isinstance(row, TypedRow) for row in rows)
    read_as = {"pin_id": "5", "data_status": "READY"}
    assert list(map(dict, rows)) == [
        {**read_as, "date": "2026-11-21", "SAVE": 2, "NEW": 1},
        {**read_as, "date": "2026-11-22", "SAVE": None, "IMPRESSION": 7},
        {**read_as, "date": "2026-11-23", "SAVE": 0.5, "LABEL": "5", "data_status": "3"},
    ]


def test_an_answer_about_several_pins_has_days_of_each():
    found = decode_by_pin(json.dumps({"5": of_days({"date": "2026-11-23"})}).encode())

    assert isinstance(found["5"], Days)
    assert days_in(found["5"]) == {"2026-11-23"}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"nonsense", None),
        (b"null", None),
        (b'{"all": 1}', {"all": 1}),
        (b'{"all": {"daily_metrics": [{"date": "\xff"}]}}', None),
    ],
)
def test_what_has_another_shape_is_decoded_as_what_it_is(content, expected):
    assert decode(content) == expected


@pytest.mark.parametrize("metrics", ["1", '"a"', "[]", "true"])
def test_metrics_that_are_no_object_are_known_for_it(metrics):
    content = b'{"all": {"daily_metrics": [{"date": "2026-11-23", "metrics": %b}]}}'

    assert not is_daily_metrics(decode(content % metrics.encode()))
    assert is_daily_metrics(decode(content % b"null"))


VALUES = st.sampled_from(
    [0, 7, 7.0, 0.5, "7", "n/a", None, True, [1], {"a": 1}, 2**70, "half \ud83d"]
)
DAYS = st.lists(
    st.fixed_dictionaries(
        {"date": st.sampled_from([*sorted(WINDOW), "2026-11-23T00:00:00", "2026-11-24", None])},
        optional={
            "data_status": st.sampled_from(["READY", "BEFORE_DATA", "ESTIMATE", None, 5, [1]]),
            "metrics": st.none()
            | st.dictionaries(
                st.sampled_from(["SAVE", "IMPRESSION", "LABEL", "NEW", "é", "date", "keys"]), VALUES
            ),
        },
    ),
    max_size=4,
)


@given(DAYS)
def test_a_row_is_the_same_whether_it_is_parsed_as_an_object_or_not(found):
    try:
        read({"all": {"daily_metrics": found}}, WINDOW, [])
    except UnusableAnswer:
        return
