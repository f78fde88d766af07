"""The rows of GET …/targeting_analytics: parsed some at a time, each key once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_pinterest.records.column_types import AnswerWarnings, ColumnTypes
from source_pinterest.records.errors import BrokenAnswer, UnusableAnswer
from source_pinterest.records.row_parser import RowParser
from source_pinterest.records.targeting_analytics import targeting_rows

NUMBER = {"type": ["null", "number"]}
FIT = ColumnTypes.of(
    {
        "ad_id": {"type": "string"},
        **dict.fromkeys(["TOTAL_IMPRESSION", "TOTAL_CHECKOUT", "CTR"], NUMBER),
    }
)
WINDOW = {"2026-11-21", "2026-11-22", "2026-11-23"}


def element(kind: Any, value: Any, **metrics: Any) -> dict[str, Any]:
    return {"targeting_type": kind, "targeting_value": value, "metrics": {"AD_ID": 1, **metrics}}


COMMON = {"ad_account_id": "549755885175", "currency": "EUR"}
BREAKDOWN = ["targeting_type", "targeting_raw_value", "targeting_value"]


def read(
    data: Any,
    ids: Any = ("1",),
    id_column: str = "AD_ID",
    said: Any = None,
    is_daily: bool = False,
    **more: Any,
) -> list[dict[str, Any]]:
    """The rows of an answer, which are the same whether they are parsed as dicts or as objects."""
    content = data if isinstance(data, bytes) else orjson.dumps({"data": data})
    results: list[Any] = []
    said = [] if said is None else said
    for parser in (
        None,
        RowParser(FIT, id_column, is_daily, FIT.fields, BREAKDOWN, is_nested=True),
    ):
        own: list[str] = []
        try:
            parts = targeting_rows(
                *(content, id_column, set(ids), FIT, is_daily),
                answer_warnings=AnswerWarnings("ads", own.append),
                parser=parser,
                common=COMMON,
                **more,
            )
            results.append(([{**COMMON, **row} for part in parts for row in part], own))
        except (BrokenAnswer, UnusableAnswer) as error:
            results.append((repr(error), own))
    assert results[0] == results[1]
    said += results[0][1]
    if isinstance(results[0][0], str):
        # raised again, for the tests of it
        list(targeting_rows(content, id_column, set(ids), FIT, is_daily, **more))
    return [
        {name: value for name, value in row.items() if name not in COMMON} for row in results[0][0]
    ]


def test_the_same_raw_value_under_two_types_stays_two_rows():
    found = read([element("GENDER", "unknown"), element("AGE_BUCKET", "unknown")])

    assert [row["targeting_value"] for row in found] == ["GENDER:unknown", "AGE_BUCKET:unknown"]
    assert {row["targeting_raw_value"] for row in found} == {"unknown"}


@pytest.mark.parametrize("others", [1, 40], ids=["in the first part", "in another part"])
def test_rows_of_a_type_that_another_request_asks_for_are_left_out_and_reported(others):
    data = [element("LOCATION", number) for number in range(others)]
    data += [element("GENDER", "male"), element("MOON", "full")]
    said: list[str] = []

    found = read(data, said=said, requested_elsewhere={"GENDER"}, part_bytes=500)

    assert Counter(row["targeting_type"] for row in found) == {"LOCATION": others, "MOON": 1}
    assert said == [
        "ads: Pinterest sent rows of breakdowns that another request asks for (GENDER); they are left out."
    ]


def test_values_and_ids_of_many_digits_stay_apart():
    ids = [12345678901234567890123, 12345678901234567890124]
    row = b'{"targeting_type": "LOCATION", "targeting_value": %d, "metrics": {"AD_ID": %d}}'
    rows = b", ".join(row % (value, ad_id) for value in ids for ad_id in ids)

    found = read(b'{"data": [%b]}' % rows, ids=list(map(str, ids)))

    assert [(each["targeting_raw_value"], each["ad_id"]) for each in found] == [
        (str(value), str(ad_id)) for value in ids for ad_id in ids
    ]


@pytest.mark.parametrize(
    ("value", "raw_value"),
    [
        (500, "500"),
        (500.0, "500"),
        (35.0, "35"),
        (2542612345678901237, "2542612345678901237"),
        (True, "true"),
        ("a:b", "a:b"),
        ("", ""),
        (None, ""),
        ({"a": 1}, '{"a": 1}'),
    ],
)
def test_a_value_is_text_and_one_that_is_null_is_the_empty_text(value, raw_value):
    (row,) = read([element("LOCATION", value)])

    assert (row["targeting_raw_value"], row["targeting_value"]) == (
        raw_value,
        f"LOCATION:{raw_value}",
    )
    assert row["ad_id"] == "1"


def test_a_value_that_is_missing_is_the_empty_text():
    (row,) = read([{"targeting_type": "GENDER", "metrics": {"AD_ID": 1}}])

    assert (row["targeting_value"], row["targeting_raw_value"]) == ("GENDER:", "")


def test_a_keyword_that_comes_in_two_rows_becomes_one_without_a_loss():
    found = read(
        [
            element("KEYWORD", "shoes", TOTAL_IMPRESSION=3, CTR=0.5),
            element("KEYWORD", "shoes", TOTAL_IMPRESSION=4, CTR=0.25, TOTAL_CHECKOUT=1),
            element("KEYWORD", "Shoes", TOTAL_IMPRESSION=5, CTR=0.25),
        ]
    )

    assert [(row["targeting_value"], row["TOTAL_IMPRESSION"], row["CTR"]) for row in found] == [
        ("KEYWORD:shoes", 7, None),
        ("KEYWORD:Shoes", 5, 0.25),
    ]
    assert found[0]["TOTAL_CHECKOUT"] == 1


@pytest.mark.parametrize("order", [[1, 1, 3], [1, 3, 1], [3, 1, 1]])
def test_equal_rows_of_different_match_types_are_added_up(order):
    """1, 1 and 3 are 5, not 4; whatever stands between them."""
    data = [element("KEYWORD", "sofa", TOTAL_IMPRESSION=each) for each in order]
    between = element("GENDER", "female", TOTAL_IMPRESSION=9)

    found = read([data[0], between, *data[1:]])

    assert {row["targeting_value"]: row["TOTAL_IMPRESSION"] for row in found} == {
        "KEYWORD:sofa": 5,
        "GENDER:female": 9,
    }


def test_a_keyword_in_two_equal_rows_that_are_all_there_is_is_added_up():
    twice = [element("KEYWORD", "sofa", TOTAL_IMPRESSION=1) for _ in "ab"]

    assert [row["TOTAL_IMPRESSION"] for row in read(twice)] == [2]


def in_order(data: list[Any]) -> list[Any]:
    return [each for each in data for _ in "ab"]


def behind_itself(data: list[Any]) -> list[Any]:
    return [*data, *data]


@pytest.mark.parametrize("twice", [in_order, behind_itself])
@pytest.mark.parametrize(
    "others", [[], [element("GENDER", "female", TOTAL_IMPRESSION=9)]], ids=["", "with others"]
)
def test_an_answer_in_which_every_row_comes_twice_is_one_answer(others, twice):
    data = [element("KEYWORD", "sofa", TOTAL_IMPRESSION=each) for each in (3, 4)]
    said: list[str] = []

    found = read(twice([*data, *others]), said=said)

    keywords = [row for row in found if row["targeting_type"] == "KEYWORD"]
    assert [row["TOTAL_IMPRESSION"] for row in keywords] == [7]
    assert len(found) == 1 + len(others)
    assert said == ["ads: Pinterest sent every row of an answer 2 times; each is counted once."]


def test_the_same_row_twice_is_one_row_where_nothing_is_split():
    twice = [element("GENDER", "female", TOTAL_IMPRESSION=each) for each in (3, "3.0")]

    found = read([*twice, element("GENDER", "male", TOTAL_IMPRESSION=5)])

    assert {row["targeting_raw_value"]: row["TOTAL_IMPRESSION"] for row in found} == {
        "female": 3,
        "male": 5,
    }


def test_two_rows_of_one_key_with_different_values_are_an_error():
    twice = [element("GENDER", "female", TOTAL_IMPRESSION=each) for each in (3, 4)]

    with pytest.raises(UnusableAnswer, match="several rows for 1, GENDER 'female' with different"):
        read(twice)


def test_by_day_a_keyword_in_two_rows_becomes_one_row_each_day():
    twice = [
        element("KEYWORD", "sofa", DATE=day, TOTAL_IMPRESSION=count, CTR=count / 10)
        for day, count in (("2026-11-22", 1), ("2026-11-23", 4), ("2026-11-22", 2))
    ]

    found = read(twice, is_daily=True, days=WINDOW)

    assert {row["date"]: (row["TOTAL_IMPRESSION"], row["CTR"]) for row in found} == {
        "2026-11-22": (3, None),
        "2026-11-23": (4, 0.4),
    }


@pytest.mark.parametrize("day", [None, 5, ["2026-11-23"]])
def test_by_day_a_row_without_its_day_is_an_error(day):
    with pytest.raises(UnusableAnswer, match="has no DATE"):
        read([element("GENDER", "female", DATE=day)], is_daily=True)


def test_a_day_that_was_not_asked_for_is_an_error_before_any_row_is_given_out():
    data = [element("GENDER", "female", DATE=day) for day in ("2026-11-23", "2026-11-24")]
    parts = targeting_rows(orjson.dumps({"data": data}), "AD_ID", {"1"}, FIT, True, WINDOW)

    with pytest.raises(UnusableAnswer, match="day that was not requested: '2026-11-24'"):
        next(parts)


def test_a_total_that_is_answered_by_day_is_an_error():
    data = [
        element("GENDER", value, DATE=day, TOTAL_IMPRESSION=3)
        for value in ("female", "male", "unknown")
        for day in sorted(WINDOW)
    ]

    with pytest.raises(UnusableAnswer, match="answered a request for a total by day"):
        read(data, days=WINDOW)


def test_rows_of_ids_that_were_not_asked_for_are_left_out_and_reported():
    said: list[str] = []
    data = [element("GENDER", "female", AD_ID=ad_id) for ad_id in (9, 1, 8)]

    assert [row["ad_id"] for row in read(data, said=said)] == ["1"]
    assert "(2 of another AD_ID in the first such answer); they are left out" in said[0]
    with pytest.raises(UnusableAnswer, match="only with rows of other ids"):
        read(data[:1])


def test_the_rows_of_an_ad_account_leave_its_id_to_what_they_share():
    row = {"AD_ACCOUNT_ID": 549755885175, "ADVERTISER_ID": 7, "DATE": "2026-11-23", "CTR": 0.5}
    data = [{"targeting_type": "GENDER", "targeting_value": "female", "metrics": row}]

    found = read(data, ["549755885175"], "AD_ACCOUNT_ID", is_daily=True)

    assert found == [
        {
            "date": "2026-11-23",
            "CTR": 0.5,
            "targeting_type": "GENDER",
            "targeting_raw_value": "female",
            "targeting_value": "GENDER:female",
        }
    ]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"targeting_value": "female", "metrics": {"AD_ID": 1}}, "has no targeting_type"),
        ({"targeting_type": {}, "metrics": {"AD_ID": 1}}, "has no targeting_type"),
        ({"targeting_type": "GENDER", "metrics": {}}, "has no AD_ID"),
        ({"targeting_type": "GENDER", "metrics": {"AD_ID": {"a": 1}}}, "has no AD_ID"),
        ({"targeting_type": "GENDER", "metrics": {"AD_ID": [1]}}, "has no AD_ID"),
        ({"targeting_type": "GENDER", "metrics": {"AD_ID": 6.8e17}}, "rounded on its way"),
        (
            {"targeting_type": "GENDER", "targeting_value": 1e20, "metrics": {"AD_ID": "1"}},
            "rounded on its way",
        ),
        ({"targeting_type": "GENDER"}, "the metrics of a row of Pinterest's answer are null"),
        ({"targeting_type": "GENDER", "metrics": [1]}, "answer are a list"),
        ({"targeting_type": "GENDER", "metrics": "x"}, "answer are a text"),
        (None, "not a row"),
        ("x", "not a row"),
    ],
)
def test_an_element_that_is_no_row_with_its_key_is_an_error(wrong, words):
    for data in ([element("GENDER", "male"), wrong], [wrong, element("GENDER", "male")]):
        with pytest.raises(UnusableAnswer, match=words):
            read(data)


# --- The text of an answer ---


@pytest.mark.parametrize(
    "text",
    [
        b'{"data": [%b]}',
        b' \n{ "data" :\n[ %b ] } \n',
        b'{"data": [%b], "bookmark": null}',
        b'{"data": [%b], "notes": []}',
        b'{"notes": [], "data": [%b]}',
    ],
)
def test_the_list_is_found_wherever_it_stands(text):
    rows = orjson.dumps([element("GENDER", value) for value in ("}]},{", "male")])[1:-1]

    assert [row["targeting_raw_value"] for row in read(text % rows)] == ["}]},{", "male"]


@pytest.mark.parametrize("text", [b'{"data": []}', b'{"data":[ ]}', b'{"data": [], "a": 1}'])
def test_an_empty_list_has_no_rows(text):
    assert read(text) == []


@pytest.mark.parametrize(
    "text",
    [
        b'{"data": [{"targeting_type": }]}',
        b'{"data": [{} {}]}',
        b'{"data": [nonsense]}',
        b'{"data": 7}',
        b"[]",
        b"",
    ],
)
def test_a_text_that_is_broken_between_its_ends_is_broken_before_any_row(text):
    good = orjson.dumps({"data": [element("GENDER", "male")] * 3})[:-2]

    for content in (text, good + text.removeprefix(b'{"data": [')):
        with pytest.raises(BrokenAnswer):
            next(targeting_rows(content, "AD_ID", {"1"}, FIT))


@pytest.mark.parametrize("first", [b"[]", b'[{"a": 1}]'])
def test_an_answer_with_two_lists_of_data_is_broken(first):
    content = b'{"data": %b, "data": []}' % first

    with pytest.raises(BrokenAnswer):
        next(targeting_rows(content, "AD_ID", {"1"}, FIT))


@pytest.mark.parametrize("elements", [[], [element("GENDER", "male", AD_ID="1")]])
def test_an_error_behind_the_list_is_no_part_of_an_answer(elements):
    body = {"data": elements, "code": 12, "errors": [{"message": "cut"}]}

    with pytest.raises(BrokenAnswer):
        next(targeting_rows(orjson.dumps(body), "AD_ID", {"1"}, FIT))


VALUES = st.sampled_from(["a", "}]},{", '"', 7, 7.0, None])
ROWS = st.builds(
    lambda kind, value, ad_id, metrics: element(kind, value, AD_ID=ad_id, **metrics),
    st.sampled_from(["KEYWORD", "GENDER"]),
    VALUES,
    st.sampled_from([1, "1", 2.0]),
    st.fixed_dictionaries({}, optional={"TOTAL_IMPRESSION": st.sampled_from([0, 1, 2.0, "3"])}),
)


@given(st.lists(ROWS, max_size=12), st.integers(1, 300), st.booleans())
def test_in_whatever_parts_an_answer_is_read_each_key_comes_once_with_its_sum(rows, size, blanks):
    content = json.dumps({"data": rows}).encode() if blanks else orjson.dumps({"data": rows})
    sums: Counter[Any] = Counter()
    values: dict[Any, set[Any]] = {}
    for row in rows:
        kind, value = row["targeting_type"], row["targeting_value"]
        raw_value = "" if value is None else "7" if value == 7.0 else value
        key = (str(int(row["metrics"]["AD_ID"])), f"{kind}:{raw_value}")
        count = row["metrics"].get("TOTAL_IMPRESSION")
        sums[key] += int(count or 0)
        values.setdefault(key, set()).add(count if count is None else int(count))
    is_settled = all(
        len(counts) == 1 for (_, value), counts in values.items() if value.startswith("GENDER")
    )
    if not is_settled:
        with pytest.raises(UnusableAnswer, match="with different values"):
            read(content, ["1", "2"], part_bytes=size)
        return
    said: list[str] = []
    found = read(content, ["1", "2"], said=said, part_bytes=size)

    assert Counter((row["ad_id"], row["targeting_value"]) for row in found) == Counter(list(values))
    if not said:  # no answer that holds itself
        for row in found:
            key = row["ad_id"], row["targeting_value"]
            is_split = row["targeting_type"] == "KEYWORD"
            expected = sums[key] if is_split else next(iter(values[key])) or 0
            assert (row.get("TOTAL_IMPRESSION") or 0) == expected


# --- Memory ---

PEAK = """
import resource, sys
import orjson
from source_pinterest.startup import skip_attribute_docs
skip_attribute_docs()
from source_pinterest.records.column_types import ColumnTypes, AnswerWarnings
from source_pinterest.records.record_messages import RecordLines
from source_pinterest.records.row_parser import RowParser
from source_pinterest.records.rows import Batch
from source_pinterest.records.targeting_analytics import targeting_rows

columns = [f"METRIC_{n}" for n in range(170)]
fit = ColumnTypes.of(dict.fromkeys(columns, {"type": ["null", "number"]}))
metrics = {"AD_ID": 1, **{name: 1234567 + n for n, name in enumerate(columns)}}
row = b'{"targeting_type":"KEYWORD","targeting_value":"value %d","metrics":{"CLICKS":%d,'
row += orjson.dumps(metrics)[1:] + b"}"
size, values = map(int, sys.argv[1:])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
content = b'{"data":[%b]}' % b",".join(row % (n % values, n) for n in range(size))
rows = 0
common = {"currency": "USD"}
breakdown = ["targeting_type", "targeting_raw_value", "targeting_value"]
parser = RowParser(fit, "AD_ID", False, fit.fields, breakdown, is_nested=True)
warnings = AnswerWarnings("ads", print)
for part in targeting_rows(content, "AD_ID", {"1"}, fit, False, None, warnings, parser, common):
    if part:
        rows += RecordLines.of("ads", Batch(common, part)).count
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(rows, round(10 * (peak - before) * 1024 / len(content)))
"""


@pytest.mark.parametrize("values", [4_000, 2_000], ids=["each in one row", "each in two rows"])
def test_an_answer_takes_little_more_memory_than_its_text(values):
    """4,000 rows of 170 columns are 13 MB; as objects they were 100 MB. The test itself holds the text
    twice, and the second of two rows comes behind all the first ones."""
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", PEAK, "4000", str(values)]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    printed = subprocess.run(command, check=True, capture_output=True, env=environment).stdout  # noqa: S603

    rows, tenths = map(int, printed.split())
    assert rows == values
    assert tenths <= 26
