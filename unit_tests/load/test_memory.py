"""The memory of the process that loads."""

from __future__ import annotations

import subprocess
import sys

from source_pinterest.load.memory import release_unused_memory, return_freed_memory

HIDDEN = """
import sys
from source_pinterest.load.memory import hide_pandas
hide_pandas()
try:
    import pandas
except ModuleNotFoundError as error:
    print(error.name)
import pyarrow
print(pyarrow.array(["a", None]).to_pylist(), "pandas" in sys.modules)
"""


def test_memory_is_returned_while_arrow_is_in_use() -> None:
    import pyarrow as pa

    rows = pa.array(range(1_000))

    return_freed_memory()
    release_unused_memory()

    assert rows.to_pylist() == list(range(1_000))


def test_a_hidden_pandas_is_not_imported_and_arrow_does_without() -> None:
    """In a process of its own, since it would be hidden from the other tests."""
    found = subprocess.run(  # noqa: S603
        [sys.executable, "-c", HIDDEN], capture_output=True, text=True, check=True
    )

    assert found.stdout.splitlines() == ["pandas", "['a', None] False"]
