"""Lists of lists: what of them is read before it is needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from source_pinterest.streams.lists.base import pages_of
from source_pinterest.sync.pool import Pool


class Lists:
    """Ten pages each, and how many of them were read."""

    def __init__(self) -> None:
        self.read: Counter[int] = Counter()

    def pages(self, number: int) -> Iterator[list[dict[str, Any]]]:
        for page in range(10):
            self.read[number] += 1
            yield [{"list": number, "page": page}]


def test_of_many_lists_at_most_four_pages_are_read_before_their_turn():
    lists = Lists()
    found: list[dict[str, Any]] = []

    for number, pages in pages_of(lists.pages, range(20), Pool(99, 0, 0).submit):
        its_pages = pages()
        assert lists.read[number] == 4
        for page in its_pages:
            found += page

    assert found == [{"list": number, "page": page} for number in range(20) for page in range(10)]


def test_of_a_few_lists_nothing_is_read_before_it_is_needed():
    lists = Lists()

    for number, pages in pages_of(lists.pages, range(3), None):
        its_pages = pages()
        assert lists.read[number] == 0
        next(its_pages)
        assert lists.read[number] == 1
