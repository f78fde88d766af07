"""Airbyte source connector for Pinterest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from source_pinterest.source import SourcePinterest

__all__ = ["SourcePinterest"]


def __getattr__(name: str) -> Any:
    """Imports the source on first use, because not every module of the package needs it."""
    if name == "SourcePinterest":
        from source_pinterest.source import SourcePinterest

        return SourcePinterest
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
