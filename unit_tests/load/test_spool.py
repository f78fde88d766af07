"""Rows wait in a file until they are loaded, and the file does not outlive them."""

from __future__ import annotations

from pathlib import Path

import pytest

from source_pinterest.load import spool as module
from source_pinterest.load.rows import RowDecoder
from source_pinterest.load.spool import Spool
from source_pinterest.load.tables import INTEGER, TEXT, Mode, Table

TABLE = Table("ads", {"id": TEXT, "clicks": INTEGER}, ("id",), Mode.MERGE)


def line(number: int) -> bytes:
    data = b'{"id":"%d","clicks":%d}' % (number, number)
    return b'{"type":"RECORD","record":{"stream":"ads","data":%b,"emitted_at":1}}' % data


def add(spool: Spool, *numbers: int) -> None:
    lines = [line(number) for number in numbers]
    spool.add(lines, sum(map(len, lines)))


def clicks(spool: Spool) -> list[list[int]]:
    """The rows that it gives, table by table."""
    return [batch.column("clicks").to_pylist() for batch in spool.batches()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "0.arrow"


@pytest.fixture
def spool(path: Path) -> Spool:
    return Spool(TABLE, path, RowDecoder(TABLE))


def test_rows_come_back_in_order_with_the_types_of_their_table(spool: Spool) -> None:
    add(spool, 1, 2)
    add(spool, 3)

    (found,) = spool.batches()

    assert found.schema == TABLE.schema
    assert found.column("id").to_pylist() == ["1", "2", "3"]
    assert found.column("clicks").to_pylist() == [1, 2, 3]
    assert spool.rows == 3


def test_few_rows_wait_in_memory_and_many_in_the_file(
    spool: Spool, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DECODED_BYTES", 3 * len(line(1)))

    add(spool, 1, 2)
    assert not path.exists()
    add(spool, 3)
    assert path.exists()
    assert spool._lines == []  # so that memory does not grow
    add(spool, 4)

    assert clicks(spool) == [[1, 2, 3, 4]]


def test_rows_are_handed_over_in_tables_of_a_limited_size(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DECODED_BYTES", 1)
    monkeypatch.setattr(module, "YIELDED_BYTES", 60)  # a row has 8 + 8 bytes, an id and its offsets

    for number in range(1, 6):
        add(spool, number)

    found = clicks(spool)
    assert [number for each in found for number in each] == [1, 2, 3, 4, 5]
    assert 1 < len(found) < 5


def test_a_load_that_is_tried_again_gets_the_same_rows(spool: Spool) -> None:
    add(spool, 1, 2)

    assert clicks(spool) == clicks(spool) == [[1, 2]]


def test_cleared_rows_are_gone_with_their_file_and_others_can_follow(
    spool: Spool, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DECODED_BYTES", 1)
    add(spool, 1)
    assert path.exists()

    spool.clear()

    assert not path.exists()
    assert (spool.rows, clicks(spool)) == (0, [])
    add(spool, 2, 3)
    assert (spool.rows, clicks(spool)) == (2, [[2, 3]])
    spool.clear()
    assert list(path.parent.iterdir()) == []


def test_cleared_rows_that_were_still_in_memory_are_gone_too(spool: Spool) -> None:
    add(spool, 1)

    spool.clear()
    spool.clear()

    assert (spool.rows, clicks(spool)) == (0, [])


def test_a_value_that_does_not_fit_is_counted_once(spool: Spool) -> None:
    bad = line(1).replace(b'"clicks":1', b'"clicks":"many"')
    spool.add([bad], len(bad))

    assert clicks(spool) == clicks(spool) == [[None]]
    assert spool._decoder.misfits["clicks"].nulls == 1
