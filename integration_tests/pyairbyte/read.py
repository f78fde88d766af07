"""Reads streams through PyAirbyte's public API into a DuckDB file, several times. Runs in PyAirbyte's own environment.

    python read.py FILE STREAM,STREAM FOLDER…

Each folder has a configuration, `my.json`, and a connector, `source-pinterest`; it gets `read.json`, how many records
were read, by stream, and a copy of the file. Each read has a process of its own, forked from one that has imported
PyAirbyte and done nothing else, since the import takes longer than the read.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import sys
from pathlib import Path

import airbyte as ab
from airbyte.caches import DuckDBCache


def read(file: Path, streams: list[str], folder: Path) -> None:
    source = ab.get_source(
        "source-pinterest",
        config=json.loads((folder / "my.json").read_text(encoding="utf-8")),
        local_executable=folder / "source-pinterest",
        streams=streams,
    )
    result = source.read(cache=DuckDBCache(db_path=file, schema_name="pinterest"))
    counts = {name: len(result[name]) for name in streams}
    (folder / "read.json").write_text(json.dumps(counts), encoding="utf-8")


def main() -> None:
    file, streams, *folders = sys.argv[1:]
    gc.freeze()  # what is imported is no garbage
    for folder in map(Path, folders):
        process = os.fork()
        if not process:
            read(Path(file), streams.split(","), folder)
            gc.collect()  # closes the file
            os._exit(
                0
            )  # threads that imports have started are not in this process, whose end would wait for them
        _, status = os.waitpid(process, 0)
        if status:
            sys.exit(1)
        assert not Path(f"{file}.wal").exists()  # all is in the file
        shutil.copy(file, folder)


main()
