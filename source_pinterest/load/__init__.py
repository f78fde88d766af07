"""`source-pinterest load`: read a configuration's streams into tables. Needs the extra `load`."""

from source_pinterest.load.command import run

__all__ = ["run"]
