"""Parses the content of an asynchronous report as it arrives: lists of rows by key.

    {"687201361754": [{"AD_ID": "687201361754", "DATE": "2025-01-01", …}, …], …}

Pinterest describes neither the file nor its keys. A bare list of rows is accepted, too. No I/O, no CDK.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from source_pinterest.api import lenient_json
from source_pinterest.records.errors import BrokenAnswer, UnusableAnswer
from source_pinterest.records.rows import Batch

BYTES_AT_ONCE = 1 << 16
"""The bytes of a list that are parsed together."""

BYTES_OF_A_LIST = 40 << 20
"""The most bytes of a list. It is held as a whole, and with its rows takes 4.6 times as much memory. Our choice: a
report with a longer list is requested again for fewer days."""

OPENING = re.compile(rb"\s*([\[{])")
KEY = re.compile(rb'\s*,?\s*("(?:[^"\\]|\\.)*")\s*:\s*\[')
EMPTY = re.compile(rb"\s*\]")
BEHIND_A_ROW = re.compile(rb"\}\s*([,\]])")
CLOSING = re.compile(rb"\s*\}")
BLANK = re.compile(rb"\s*")


def keyed_lists(
    chunks: Iterable[bytes], at_once: int = BYTES_AT_ONCE, most: int = BYTES_OF_A_LIST
) -> Iterator[tuple[str, list[Any]]]:
    """Yields each key with its whole list, in order. Holds one list at a time. A bare list has an empty key.

    `at_once`: bytes that are parsed together. `most`: the most bytes of a list. Raises BrokenAnswer if the content is
    not such JSON, or ends too early; the lists before that are valid nevertheless.

    >>> list(keyed_lists([b'{"7": [{"A": 1}, {"A"', b': 2}], "8": []}']))
    [('7', [{'A': 1}, {'A': 2}]), ('8', [])]
    """
    content = _Content(chunks, at_once, most)
    opening = content.match(OPENING)
    if not opening:
        raise BrokenAnswer
    if opening[1] == b"[":
        yield "", _rows(content)
    else:
        while key := content.match(KEY):
            yield str(_parsed(key[1])), _rows(content)
        if not content.match(CLOSING):
            raise BrokenAnswer
    if not content.is_blank():
        raise BrokenAnswer


def _rows(content: _Content) -> list[Any]:
    """The rows up to the end of the list, whose `[` has been read."""
    rows: list[Any] = []
    if content.match(EMPTY):
        return rows
    start = held = 0
    while held < content.most and (found := content.search(BEHIND_A_ROW, start)):
        start = found.end()
        is_last = found[1] == b"]"
        if not is_last and start < content.at_once:
            continue
        try:
            rows += _parsed(b"[%b]" % found.string[: found.start() + 1])
        except BrokenAnswer:  # the position is inside a string
            continue
        content.drop(start)
        held += start
        if is_last:
            return rows
        start = 0
    raise BrokenAnswer("one of its lists is too long" if held >= content.most else "")


def _parsed(text: bytes) -> Any:
    try:
        return lenient_json.loads(text)
    except ValueError:
        raise BrokenAnswer from None


class SeenRows:
    """Remembers which rows of a report have been emitted, since a report may be fetched more than once.

    Lists with the same key are the same list. If the list's key is part of the key of all its rows, such as their id,
    only the keys of lists are compared; otherwise the rows are. Days are stored as bits, since a report may have many
    million rows.
    """

    def __init__(self, primary_key: list[str]) -> None:
        self._primary_key = primary_key
        self._others = [name for name in primary_key if name != "date"]
        self._lists: dict[str, int] = {}
        """The number of rows of each list, by its key."""
        self.may_lack_rows = False
        """Whether the content of these rows was cut: a list that has more rows later is passed on again, whole."""
        self._place: int | None = None
        """The position of a list's key in the keys of its rows, if it is the same for all lists."""
        self._days: dict[tuple[Any, ...], int] = {}
        """By the key of a row without its date: the days of such rows, one bit each."""
        self._bits: dict[Any, int] = {}
        """By date: the number of its bit."""

    def copy(self) -> SeenRows:
        """A copy, for an attempt that may fail."""
        found = SeenRows(self._primary_key)
        found._lists, found._place = self._lists.copy(), self._place
        found._days, found._bits = self._days.copy(), self._bits.copy()
        found.may_lack_rows = self.may_lack_rows
        return found

    def new(self, lists: Iterable[tuple[str, list[Any]]]) -> Iterator[tuple[str, list[Any]]]:
        """Passes lists on; a list that was emitted before becomes empty.

        Raises UnusableAnswer for a list that comes twice.
        """
        here: set[str] = set()
        for key, rows in lists:
            if key in here:
                raise UnusableAnswer(TWICE)
            here.add(key)
            emitted = self._lists.get(key, -1)
            is_new = emitted < 0 or (self.may_lack_rows and len(rows) > emitted)
            yield key, (rows if is_new else [])
            self._lists[key] = max(emitted, len(rows))

    def add(self, key: str, batch: Batch) -> None:
        """Notes the records of a list as emitted. Raises UnusableAnswer for one that another list has, too."""
        rows, common = batch.rows, batch.common
        columns = [[row.get(name, common.get(name)) for row in rows] for name in self._primary_key]
        places = (place for place, values in enumerate(columns) if set(values) == {key})
        place = next(places, None)
        if place is not None and self._place in (None, place) and not self._days:
            self._place = place
            return
        if self._place is not None and not self._lists.keys().isdisjoint(columns[self._place]):
            raise UnusableAnswer(TWICE)
        by_name = dict(zip(self._primary_key, columns, strict=True))
        dates = by_name.get("date", [None] * len(rows))
        others = zip(*(by_name[name] for name in self._others), strict=True)
        for date, other in zip(dates, others, strict=True):
            bit = 1 << self._bits.setdefault(date, len(self._bits))
            days = self._days.get(other, 0)
            if days & bit and not self.may_lack_rows:
                raise UnusableAnswer(TWICE)
            self._days[other] = days | bit


TWICE = "a row of Pinterest's report comes twice, in different lists"


class _Content:
    """Holds the part of a text that has been fetched but not read, and fetches more as needed."""

    def __init__(self, chunks: Iterable[bytes], at_once: int, most: int) -> None:
        self.at_once, self.most = at_once, most
        self._chunks = iter(chunks)
        self._text = b""

    def match(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """Reads a short text that matches at the current position; None if nothing does."""
        while not (found := pattern.match(self._text)):
            if len(self._text) > self.at_once or not self._more():
                return None
        self.drop(found.end())
        return found

    def search(self, pattern: re.Pattern[bytes], start: int) -> re.Match[bytes] | None:
        """The next match after `start`; None if the text ends before."""
        while not (found := pattern.search(self._text, start)):
            last = self._text.rfind(b"}", start)  # the text after it may not have arrived yet
            start = len(self._text) if last < 0 else last
            if not self._more():
                return None
        return found

    def drop(self, count: int) -> None:
        self._text = self._text[count:]

    def is_blank(self) -> bool:
        """Whether only blanks are left."""
        while BLANK.fullmatch(self._text):
            self._text = b""
            if not self._more():
                return True
        return False

    def _more(self) -> bool:
        """Fetches at least half as much as there is, so that a long text is not copied often. False at its end."""
        if len(self._text) > self.most:
            raise BrokenAnswer("one of its lists is too long")
        chunks: list[bytes] = []
        size = 0
        while chunk := next(self._chunks, b""):
            chunks.append(chunk)
            size += len(chunk)
            if 2 * size >= len(self._text):
                break
        self._text += b"".join(chunks)
        return size > 0
