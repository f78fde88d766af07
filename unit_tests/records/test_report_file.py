"""The content of an asynchronous report: whatever its shape and its chunks, each list once."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_pinterest.records.errors import BrokenAnswer
from source_pinterest.records.report_file import lists

TEXTS = st.text(st.sampled_from('}],{[":\\é 7'), max_size=12)
VALUES = st.none() | st.integers(-(2**63), 2**63) | TEXTS | st.lists(TEXTS, max_size=2)
ROWS = st.lists(st.dictionaries(TEXTS, VALUES, max_size=3), max_size=5)
CONTENTS = st.dictionaries(TEXTS, ROWS, max_size=4)


def chunks(text: bytes, size: int) -> list[bytes]:
    return [text[i : i + size] for i in range(0, len(text), size)]


@given(CONTENTS, st.integers(1, 40), st.sampled_from([None, 1]), st.integers(1, 200))
def test_every_list_comes_once_under_its_key(content, size, indent, bytes_at_once):
    text = json.dumps(content, indent=indent, ensure_ascii=False).encode()

    found = list(lists(chunks(text, size), at_once=max(bytes_at_once, 100)))

    assert found == list(content.items())


@given(CONTENTS, st.data())
def test_content_that_ends_too_early_is_broken_and_what_came_before_is_right(content, data):
    text = json.dumps(content).encode()
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    found: list[Any] = []

    with pytest.raises(BrokenAnswer):
        found.extend(lists([cut]))

    assert found == list(content.items())[: len(found)]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<html></html>",
        b"null",
        b"7",
        b'{"7": {"A": 1}}',
        b'{"7": [1]}',
        b'{"7": []} {',
        b"[]]",
    ],
)
def test_what_is_no_object_of_lists_of_rows_is_broken(text):
    with pytest.raises(BrokenAnswer):
        list(lists([text]))


def test_a_bare_list_is_taken_too_and_nan_as_well():
    ((key, rows),) = lists([b' [{"A": 1}, ', b'{"A": NaN}] '])
    assert key == ""
    assert rows[0] == {"A": 1}
    assert math.isnan(rows[1]["A"])
    assert list(lists([b"[]"])) == [("", [])]


def test_one_list_is_held_at_a_time():
    row = b'{"A": "' + b"x" * 1_000 + b'"}'
    fetched = 0

    def coming() -> Any:
        nonlocal fetched
        yield b"{"
        for number in range(100):
            fetched += 1
            yield b'%b"%d": [%b]' % (b"," if number else b"", number, b", ".join([row] * 100))
        yield b"}"

    ahead = [fetched - int(key) for key, _ in lists(coming())]

    assert len(ahead) == 100
    assert max(ahead) <= 2


@pytest.mark.parametrize("filling", [b"x" * 1_000, b'"}, {"A": "' * 100])
def test_no_more_is_held_of_a_list_that_is_too_long_than_twice_its_limit(filling):
    fetched: list[int] = []

    def endless():
        yield b'{"7": [{"A": "'
        while True:
            fetched.append(len(filling))
            yield filling

    with pytest.raises(BrokenAnswer, match="one of its lists is too long"):
        list(lists(endless(), at_once=5_000, most=100_000))

    assert 100_000 <= sum(fetched) <= 200_000


def test_blanks_behind_the_content_are_not_held():
    blanks = [b" " * 10_000] * 100

    assert list(lists([b'{"7": []}', *blanks], most=100_000)) == [("7", [])]
    with pytest.raises(BrokenAnswer):
        list(lists([b'{"7": []}', *blanks, b"x"], most=100_000))
