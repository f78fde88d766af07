"""Errors in the content of answers, found while it is parsed."""

from __future__ import annotations


class BrokenAnswer(ValueError):
    """The content begins and ends like JSON, but is not JSON in between."""


class UnusableAnswer(ValueError):
    """The answer is well-formed, but its rows are not those that were requested. `str()` is a sentence."""
