"""Large JSON arrays of objects, parsed in parts."""

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_pinterest.records.errors import BrokenAnswer
from source_pinterest.records.json_arrays import parse_array, parse_in_parts

TRICKY = [
    {"AD_NAME": "},{"},
    {"AD_NAME": '"}, {"AD_NAME": "'},
    {"AD_NAME": "\\\\"},
    {"AD_NAME": "[{}]", "nested": [{"a": 1}, {"a": [{}, {}]}]},
    {},
    {"AD_NAME": "é\n" * 50},
]


@given(
    st.lists(
        st.sampled_from(TRICKY) | st.dictionaries(st.text(max_size=9), st.text()), max_size=60
    ),
    st.integers(1, 400),
    st.booleans(),
)
def test_a_large_array_comes_in_parts_that_are_the_whole(elements, size, with_blanks):
    content = json.dumps(elements).encode() if with_blanks else orjson.dumps(elements)

    found = [
        each for part in parse_in_parts(content, parse_array, part_bytes=size) for each in part
    ]

    assert found == elements


def test_parts_are_small():
    content = orjson.dumps([{"AD_ID": str(number)} for number in range(1_000)])

    assert max(len(part) for part in parse_in_parts(content, parse_array, part_bytes=100)) <= 10


def test_a_small_rest_is_no_part_of_its_own():
    content = orjson.dumps([{"AD_ID": "1"}] * 10)

    assert [len(part) for part in parse_in_parts(content, parse_array, part_bytes=100)] == [10]
    assert [len(part) for part in parse_in_parts(content, parse_array, part_bytes=90)] == [7, 3]


@pytest.mark.parametrize(
    "content",
    [
        *(b'[{"a": 1}, {"a": }]', b'[{"a": 1} {"a": 2}]', b'[{"a": 1}, {"a": "]', b"[nonsense]"),
        *(b"[] []", b'[], [{"a": 1}]', b'[], "errors": ["cut"]'),
    ],
)
def test_what_is_broken_between_its_ends_is_an_error(content):
    with pytest.raises(BrokenAnswer):
        list(parse_in_parts(content, parse_array, part_bytes=3))


def test_what_is_no_number_is_null():
    (row,) = (
        r for p in parse_in_parts(b'[{"CTR": NaN, "ECTR": -Infinity}]', parse_array) for r in p
    )

    assert orjson.dumps(row) == b'{"CTR":null,"ECTR":null}'


@pytest.mark.parametrize("number", [2**53 + 1, 2**64 + 1, -(2**70)])
def test_an_integer_is_exact_however_large(number):
    assert parse_array(b"[%d]" % number) == [number]
