"""Keeps rows that are not in their table yet in a file, so that they take no memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from source_pinterest.load.rows import RowDecoder
from source_pinterest.load.tables import Table

DECODED_BYTES = 2_000_000
"""How many bytes of lines are decoded at once. Our choice: large batches cost less time per row, but more memory."""

YIELDED_BYTES = 4_000_000
"""How many bytes of rows are handed to dlt at once. Our choice: dlt takes much time per batch."""


class Spool:
    """The rows of one stream that have arrived since the last load."""

    def __init__(self, table: Table, path: Path, decoder: RowDecoder) -> None:
        self.table = table
        self.rows = 0
        self._path = path
        self._decoder = decoder
        self._lines: list[bytes] = []
        self._bytes = 0
        self._file: Any = None
        self._writer: Any = None

    def add(self, lines: list[bytes], size: int) -> None:
        """Adds RECORD lines of the stream, `size` bytes in total."""
        self._lines += lines
        self._bytes += size
        self.rows += len(lines)
        if self._bytes >= DECODED_BYTES:
            self._decode()

    def batches(self) -> Iterator[pa.Table]:
        """Yields all rows, in order. They stay until `clear`; until then, none may be added."""
        self._decode()
        self._close()
        if self._path.exists():
            with pa.OSFile(str(self._path)) as file:  # the pages of a map would count as memory
                together: list[Any] = []
                for batch in pa.ipc.open_stream(file):
                    together.append(batch)
                    if sum(table.nbytes for table in together) >= YIELDED_BYTES:
                        yield pa.Table.from_batches(together)
                        together = []
                if together:
                    yield pa.Table.from_batches(together)

    def clear(self) -> None:
        """Deletes the rows."""
        self._close()
        self._path.unlink(missing_ok=True)
        self._lines.clear()
        self.rows = self._bytes = 0

    def _close(self) -> None:
        if self._writer:
            self._writer.close()
            self._file.close()
            self._writer = None

    def _decode(self) -> None:
        if not self._lines:
            return
        batch = self._decoder.decode(self._lines)
        self._lines.clear()
        self._bytes = 0
        if not self._writer:
            self._file = pa.OSFile(str(self._path), "wb")
            self._writer = pa.ipc.new_stream(self._file, batch.schema)
        self._writer.write_batch(batch)
