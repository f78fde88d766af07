"""Why an answer whose JSON begins and ends well cannot become records."""

from __future__ import annotations


class BrokenAnswer(ValueError):
    """The content is no JSON after all, somewhere between its two ends."""


class UnusableAnswer(ValueError):
    """An answer in Pinterest's shape whose rows lack what their key needs. `str()` is a sentence."""
