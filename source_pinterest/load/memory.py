"""The memory of the process that loads."""

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
    """Makes large blocks go back to the system once they are freed. Only glibc knows these calls, and needs them."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, 1 << 20)


def return_memory() -> None:
    """Returns what the allocators of Arrow and of C keep for later."""
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


def without_pandas() -> None:
    """Hides pandas from this process: dlt and Arrow import it where it is installed, which the CDK sees to, and never
    use it here. It takes 30 MB, and half a second."""
    if "pandas" not in sys.modules:
        sys.meta_path.insert(0, _NoPandas())
