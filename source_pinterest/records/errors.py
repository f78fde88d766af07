"""The errors of an answer that cannot become records, although its JSON begins and ends correctly."""

from __future__ import annotations


class BrokenAnswer(ValueError):
    """The content is not JSON, somewhere between its ends."""


class UnusableAnswer(ValueError):
    """An answer in Pinterest's format that does not fit the request, or whose rows lack their key. `str()`
    is a sentence."""
