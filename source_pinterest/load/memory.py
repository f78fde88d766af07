"""Keeps the memory of the process that loads small."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.abc import MetaPathFinder
from types import ModuleType
from typing import Any

M_MMAP_THRESHOLD = -3


def return_freed_memory() -> None:
    """Makes glibc return large blocks to the system once they are freed. Other C libraries do so anyway."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, 1 << 20)


def release_unused_memory() -> None:
    """Returns memory to the system that the allocators of Arrow and of C keep for later."""
    import pyarrow as pa

    pa.default_memory_pool().release_unused()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


class _NoPandas(MetaPathFinder):
    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> Any:
        if fullname == "pandas":
            raise ModuleNotFoundError("pandas is not needed", name=fullname)
        return None


def hide_pandas() -> None:
    """Hides pandas from this process. The CDK installs it, dlt and Arrow import it if it is there, and nothing here
    uses it. It takes 30 MB and half a second."""
    if "pandas" not in sys.modules:
        sys.meta_path.insert(0, _NoPandas())
