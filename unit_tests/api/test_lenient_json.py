"""JSON as Pinterest may write it."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_pinterest.api import lenient_json


def test_nan_is_read():
    value = lenient_json.loads(b'{"CTR": NaN, "SPEND": 1.5}')

    assert math.isnan(value["CTR"])
    assert value["SPEND"] == 1.5


@pytest.mark.parametrize("number", [2**53 + 1, 2**63, 2**64, -(2**64), 10**20 + 1, 10**4299 + 1])
@pytest.mark.parametrize("beside", [b"1", b"NaN"], ids=["JSON", "NaN"])
def test_an_integer_is_exact_however_large_it_is(number, beside):
    text = b'{"id": %d, "of": [%d, {"id": -%d}], "beside": %b}' % (
        number,
        number,
        abs(number),
        beside,
    )

    value = lenient_json.loads(text)

    assert (value["id"], value["of"]) == (number, [number, {"id": -abs(number)}])


def test_an_integer_that_cannot_be_held_is_no_json():
    with pytest.raises(ValueError):  # noqa: PT011  whatever its words
        lenient_json.loads(b"9" * 5_000)


def test_of_a_name_that_comes_twice_the_last_one_counts_whichever_way_it_is_read():
    for beside in (b"1", b"NaN"):
        assert lenient_json.loads(b'{"a": 1, "a": 2, "b": %b}' % beside)["a"] == 2


@pytest.mark.parametrize("text", [b"", b"<html>", b"{", b"[" * 100_000, b"\xff"])
def test_what_is_no_json_is_a_value_error(text):
    with pytest.raises(ValueError):  # noqa: PT011  whatever its words
        lenient_json.loads(text)


@pytest.mark.parametrize(
    ("text", "is_data"),
    [
        (b'{"data": [1, 2]}', True),
        (b' { "data" : [] } \n', True),
        (b'{"data": {}}', False),
        (b'{"data": [1, 2]', False),
        (b'{"items": []}', False),
        (b"[]", False),
    ],
)
def test_an_object_of_data_is_known_by_its_two_ends(text, is_data):
    assert bool(lenient_json.data_span(text)) is is_data


@pytest.mark.parametrize(
    ("text", "repeats"),
    [
        (b'{"items": [{"items": []}], "bookmark": null}', False),
        (b'{"items": [], "bookmark": "items"}', False),
        (b'{"items": [1], "bookmark": null, "items": []}', True),
        (b'{"items": [NaN], "items": []}', True),
        (b'{"items":[],"a":1,"items":1}', True),
        (b'{"items": [1], "\\u0069tems": []}', True),
        (b'{"\xc3\xa9": 1}', False),
        (b'{"a\\"b": 1}', False),
        (b'{"\\ud83d": 1}', False),
        (b"{}", False),
    ],
)
def test_a_name_that_an_object_has_twice_is_found(text, repeats):
    assert lenient_json.has_duplicate_names(text) is repeats


@given(
    st.lists(st.tuples(st.text('ab\u00e9"', max_size=3), st.sampled_from([1, "a", [], {"a": 1}]))),
    st.sampled_from([(",", ":"), (", ", ": "), (" ,\n  ", " : ")]),
)
def test_a_name_that_comes_twice_is_found_however_it_is_written(pairs, separators):
    between, behind = separators
    texts = [f"{json.dumps(name)}{behind}{json.dumps(value)}" for name, value in pairs]

    names = [name for name, _ in pairs]
    repeats = len(set(names)) < len(names)
    assert lenient_json.has_duplicate_names(f"{{{between.join(texts)}}}".encode()) is repeats
