"""The default clock."""

from __future__ import annotations

from datetime import datetime, timezone


def utc_now() -> datetime:
    """The present time, in UTC."""
    return datetime.now(timezone.utc)
