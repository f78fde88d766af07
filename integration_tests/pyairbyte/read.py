"""Reads streams through PyAirbyte's public API into a DuckDB file. Runs in PyAirbyte's own environment.

    python read.py CONFIG EXECUTABLE FILE STREAM…

Prints how many records were read, by stream, as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import airbyte as ab
from airbyte.caches import DuckDBCache

config, executable, file, *streams = sys.argv[1:]
source = ab.get_source(
    "source-pinterest",
    config=json.loads(Path(config).read_text(encoding="utf-8")),
    local_executable=Path(executable),
    streams=streams,
)
result = source.read(cache=DuckDBCache(db_path=Path(file), schema_name="pinterest"))
read = {name: len(result[name]) for name in streams}
sys.stdout.write(f"\n{json.dumps(read)}\n")
