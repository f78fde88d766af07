"""The content of an asynchronous report: whatever its shape and its chunks, each list once."""

import json
import math
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_pinterest.records.errors import BrokenAnswer, UnusableAnswer
from source_pinterest.records.report_file import SeenRows, keyed_lists
from source_pinterest.records.rows import Batch

TEXTS = st.text(st.sampled_from('}],{[":\\é 7'), max_size=12)
VALUES = st.none() | st.integers(-(2**63), 2**63) | TEXTS | st.lists(TEXTS, max_size=2)
ROWS = st.lists(st.dictionaries(TEXTS, VALUES, max_size=3), max_size=5)
CONTENTS = st.dictionaries(TEXTS, ROWS, max_size=4)


def chunks(text: bytes, size: int) -> list[bytes]:
    return [text[i : i + size] for i in range(0, len(text), size)]


@given(CONTENTS, st.integers(1, 40), st.sampled_from([None, 1]), st.integers(1, 200))
def test_every_list_comes_once_under_its_key(content, size, indent, bytes_at_once):
    text = json.dumps(content, indent=indent, ensure_ascii=False).encode()

    found = list(keyed_lists(chunks(text, size), at_once=max(bytes_at_once, 100)))

    assert found == list(content.items())


@given(CONTENTS, st.data())
def test_content_that_ends_too_early_is_broken_and_what_came_before_is_right(content, data):
    text = json.dumps(content).encode()
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    found: list[Any] = []

    with pytest.raises(BrokenAnswer):
        found.extend(keyed_lists([cut]))

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
        list(keyed_lists([text]))


def test_a_bare_list_is_taken_too_and_nan_as_well():
    ((key, rows),) = keyed_lists([b' [{"A": 1}, ', b'{"A": NaN}] '])
    assert key == ""
    assert rows[0] == {"A": 1}
    assert math.isnan(rows[1]["A"])
    assert list(keyed_lists([b"[]"])) == [("", [])]


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

    ahead = [fetched - int(key) for key, _ in keyed_lists(coming())]

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
        list(keyed_lists(endless(), at_once=5_000, most=100_000))

    assert 100_000 <= sum(fetched) <= 200_000


def test_blanks_behind_the_content_are_not_held():
    blanks = [b" " * 10_000] * 100

    assert list(keyed_lists([b'{"7": []}', *blanks], most=100_000)) == [("7", [])]
    with pytest.raises(BrokenAnswer):
        list(keyed_lists([b'{"7": []}', *blanks, b"x"], most=100_000))


# --- Rows that were emitted before ---


def batch(*rows: tuple[str, str]) -> Batch:
    return Batch({"currency": "EUR"}, [{"ad_id": ad, "date": day} for ad, day in rows])


def seen(*emitted: tuple[str, Batch]) -> SeenRows:
    found = SeenRows(["ad_id", "date"])
    for key, rows in emitted:
        assert list(found.new([(key, rows.rows)])) == [(key, rows.rows)]
        found.add(key, rows)
    return found


ONE, TWO = ("1", "2026-11-22"), ("2", "2026-11-22")
NEXT = ("1", "2026-11-23")


@pytest.mark.parametrize(
    "emitted",
    [
        [("1", batch(ONE, NEXT)), ("2", batch(TWO))],
        [("2026-11-22", batch(ONE, TWO)), ("2026-11-23", batch(NEXT))],
        [("campaign 5", batch(ONE)), ("campaign 6", batch(TWO, NEXT))],
        [("1", batch(ONE, NEXT)), ("campaign 6", batch(TWO))],
        [("campaign 6", batch(TWO)), ("1", batch(ONE, NEXT))],
        [("", batch(ONE, TWO, NEXT))],
    ],
    ids=["by id", "by day", "by a parent", "by id, then not", "not, then by id", "a bare list"],
)
def test_each_row_of_a_report_comes_once_whatever_its_lists_are_of(emitted):
    before = seen(*emitted)

    for key, rows in emitted:
        assert list(before.copy().new([(key, rows.rows)])) == [(key, [])]
        for row in rows.rows:
            with pytest.raises(UnusableAnswer, match="comes twice, in different lists"):
                before.copy().add("another list", Batch({}, [row]))
    before.add("another list", batch(("3", "2026-11-20"), ("3", "2026-11-21")))


def test_a_list_that_comes_twice_in_the_same_content_is_an_error():
    with pytest.raises(UnusableAnswer, match="comes twice"):
        list(SeenRows(["ad_id"]).new([("1", []), ("1", [])]))


def test_what_a_copy_has_seen_is_its_own():
    first = seen(("campaign 5", batch(ONE)))

    first.copy().add("campaign 6", batch(TWO))

    first.add("campaign 6", batch(TWO))


def test_of_a_total_each_id_comes_once():
    found = SeenRows(["ad_id"])
    found.add("campaign 5", Batch({}, [{"ad_id": "1"}, {"ad_id": "2"}]))

    with pytest.raises(UnusableAnswer, match="comes twice"):
        found.add("campaign 6", Batch({}, [{"ad_id": "2"}]))


@pytest.mark.parametrize("key", ["1", "campaign 5"])
def test_after_a_cut_only_longer_lists_come_again(key):
    found = seen((key, batch(ONE)))
    found.may_lack_rows = True
    longer = [{"n": 1}, {"n": 2}]

    assert list(found.new([(key, longer[:1])])) == [(key, [])]
    for _, rows in found.new([(key, longer)]):
        assert rows == longer
        found.add(key, batch(ONE, NEXT))
    assert list(found.new([(key, longer)])) == [(key, [])]


def test_millions_of_rows_of_lists_by_a_parent_take_little_memory():
    days = [f"{2026 - n // 360}-{n % 360 // 30 + 1:02}-{n % 30 + 1:02}" for n in range(186)]
    found = SeenRows(["ad_id", "date"])
    tracemalloc.start()
    for campaign in range(50):
        ads = [f"{687_201_361_754 + campaign * 20 + ad}" for ad in range(20)]
        pairs = [(ad, day) for ad in ads for day in days]
        found.add(f"campaign {campaign}", Batch({}, json.loads(json.dumps(batch(*pairs).rows))))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert held / (50 * 20 * 186) < 4
