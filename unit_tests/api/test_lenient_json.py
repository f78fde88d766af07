"""JSON as Pinterest may write it."""

import math

import pytest

from source_pinterest.api import lenient_json


def test_nan_is_read():
    value = lenient_json.loads(b'{"CTR": NaN, "SPEND": 1.5}')

    assert math.isnan(value["CTR"])
    assert value["SPEND"] == 1.5


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
    assert bool(lenient_json.data(text)) is is_data
