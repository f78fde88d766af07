"""Errors in answers whose two ends are those of JSON."""

from __future__ import annotations


class BrokenAnswer(ValueError):
    """The content is not JSON somewhere between its two ends."""


class UnusableAnswer(ValueError):
    """The answer has Pinterest's shape, but its rows are not what was requested. `str()` is a sentence."""
