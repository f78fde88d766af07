"""Loads rows into a destination of dlt's, without losing any."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from source_pinterest.load.errors import LoadError
from source_pinterest.load.memory import release_unused_memory
from source_pinterest.load.spool import Spool
from source_pinterest.load.tables import EXTRACTED_AT, Mode, Table
from source_pinterest.text import did_you_mean

SETTINGS = {
    # Nothing about a load goes to dlt's makers, unless the user's own settings say so.
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "CRITICAL",
    # Names as Pinterest writes them, in lower case. By default TOTAL_VIDEO_3SEC_VIEWS would become
    # total_video_3_sec_views.
    "SCHEMA__NAMING": "sql_ci_v1",
    "LOAD__DELETE_COMPLETED_JOBS": "true",
    "LOAD__TRUNCATE_STAGING_DATASET": "true",
    # One table after the other, because each that is written at the same time takes memory.
    "EXTRACT__NEXT_ITEM_MODE": "fifo",
    "EXTRACT__WORKERS": "1",
}
"""dlt's settings, as environment variables. Those that are already set stay."""

SETTINGS_OF_DUCKDB = {"LOAD__WORKERS": "1"}
"""Further settings for DuckDB, which holds in memory the rows of all files that are loaded at the same time."""

DUCKDB_MEGABYTES = 48
"""DuckDB's first memory limit. Our choice: 500,000 rows of ten columns need no more, since DuckDB can write to the
disk. If it is too little, as with a hundred columns, it is doubled."""

MAX_DUCKDB_MEGABYTES = 64 * 1024

TOO_LITTLE_MEMORY = re.compile("Out of Memory|(could not allocate|failed to pin) block")
"""The words of DuckDB's errors about memory."""

STORAGE_VERSION = "v1.2.0"
"""The storage version of new DuckDB files. DuckDB 1.2 and newer can read it; no 1.x opens the default of DuckDB 2."""

ROWS_AT_ONCE = 100_000
"""How many rows of an existing Parquet file are read at once."""


@dataclass(frozen=True)
class Part:
    """Rows to load into one table."""

    spool: Spool
    mode: Mode
    """What happens to the present rows."""

    @property
    def table(self) -> Table:
        """The table of the rows."""
        return self.spool.table


class NotLoaded(Exception):
    """Rows could not be loaded. `str()` says why.

    `by_table`: by table, why it was not loaded; empty if the destination accepts nothing at all.
    """

    def __init__(self, sentence: str, by_table: dict[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.by_table = by_table or {}


class Destination:
    """A dataset at a destination."""

    def __init__(self, kind: str, into: str, dataset: str, folder: Path) -> None:
        """Raises LoadError if dlt has no such destination.

        `kind`: its name in dlt. `into`: the DuckDB file, or the folder or bucket of the Parquet files; for others
        empty: dlt's own settings (`DESTINATION__POSTGRES__CREDENTIALS`, `.dlt/secrets.toml`) say where it is.
        `folder`: for dlt's own files.
        """
        settings = SETTINGS | (SETTINGS_OF_DUCKDB if kind == "duckdb" else {})
        for name, value in settings.items():
            os.environ.setdefault(name, value)
        import dlt
        import dlt.common.destination.exceptions

        self.kind = kind
        self.dataset = dataset
        self._into = into
        self._dlt = dlt
        self._duckdb_megabytes = DUCKDB_MEGABYTES
        try:
            self._pipeline = dlt.pipeline(
                pipeline_name=f"load_{dataset}",
                pipelines_dir=str(folder / "dlt"),
                destination=self._factory(),
                dataset_name=dataset,
            )
        except LoadError:
            raise
        except dlt.common.destination.exceptions.UnknownDestinationModule:
            raise LoadError(
                f"There is no destination {kind}. {did_you_mean(kind, vars(dlt.destinations))}Choose one "
                "of dlt's: dlthub.com/docs/dlt-ecosystem/destinations."
            ) from None
        except Exception as error:  # noqa: BLE001  dlt has a hundred of its own
            raise LoadError(f"The destination {kind} cannot be used: {first_line(error)}") from None

    @property
    def is_parquet(self) -> bool:
        """Whether tables are Parquet files, which can be replaced but not changed."""
        return self.kind == "filesystem"

    @property
    def has_nul(self) -> bool:
        """Whether texts may contain U+0000."""
        return self.kind in ("duckdb", "filesystem")

    def _factory(self) -> Any:
        destinations = self._dlt.destinations
        if self.kind == "duckdb":
            self._make_duckdb_file()
            return self._duckdb()
        if self.is_parquet:
            return destinations.filesystem(bucket_url=self._into)
        return self._dlt.common.destination.Destination.from_reference(self.kind)

    def _duckdb(self) -> Any:
        """DuckDB with little memory, and one thread, since each thread holds rows of its own."""
        from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials

        limits = {"memory_limit": f"{self._duckdb_megabytes}MB", "threads": 1}
        return self._dlt.destinations.duckdb(DuckDbCredentials(self._into, global_config=limits))

    def _raise_duckdb_memory(self, error: Exception) -> bool:
        """Doubles DuckDB's memory limit if the error is that it was too low. Returns whether it was."""
        if self.kind != "duckdb" or not TOO_LITTLE_MEMORY.search(first_line(error)):
            return False
        if self._duckdb_megabytes >= MAX_DUCKDB_MEGABYTES:
            return False
        self._duckdb_megabytes *= 2
        return True

    def _make_duckdb_file(self) -> None:
        import duckdb

        path = Path(self._into)
        if path.exists():
            if not _is_duckdb_file(path):
                raise LoadError(f"{path} is not a DuckDB file. Name another file with --into.")
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect() as connection:
            connection.execute(
                f"attach '{str(path).replace(chr(39), chr(39) * 2)}' as made "
                f"(storage_version '{STORAGE_VERSION}')"
            )

    def _next_step(self, error: Exception) -> str:
        if "field(s) in configuration" not in first_line(error):
            return ""
        return f". Give it in dlt's own settings, such as DESTINATION__{self.kind.upper()}__CREDENTIALS."

    # --- The present content ---

    def open(self) -> None:
        """Finishes a load that was killed. Raises NotLoaded if the destination is not reachable."""
        try:
            self._pipeline.run()
        except Exception as error:  # noqa: BLE001  dlt raises errors of many kinds
            self._drop_pending(error)
        try:
            self.missing([])
        except Exception as error:  # noqa: BLE001
            raise NotLoaded(f"{first_line(error)}{self._next_step(error)}") from None

    def has_load(self, load_id: str) -> bool:
        """Whether the destination has the rows of this load. If not, it is another database or file, for which the
        saved states do not hold."""
        from dlt.common.destination.exceptions import DestinationUndefinedEntity

        try:
            with self._pipeline.sql_client() as client:
                rows = client.execute_sql("select load_id from _dlt_loads")
        except DestinationUndefinedEntity:
            return False
        return load_id in {row[0] for row in rows or ()}

    def missing(self, names: Sequence[str]) -> list[str]:
        """Those of the tables that do not exist."""
        client: Any
        with self._pipeline.destination_client() as client:
            if not client.is_storage_initialized():
                return list(names)
            found = {name for name, columns in client.get_storage_tables(names) if columns}
        return [name for name in names if name not in found]

    # --- Loading ---

    def load(self, parts: Sequence[Part]) -> str:
        """Loads rows into their tables. Returns dlt's id of the load.

        Raises NotLoaded; the tables are then unchanged, or have some of the rows. Loading the same rows again does not
        duplicate them.
        """
        missing = set(self.missing([part.table.name for part in parts]))
        load_id = ""
        # dlt remembers the table from the first load, and does not check that it still exists
        for group, refresh in (
            ([part for part in parts if part.table.name in missing], "drop_resources"),
            ([part for part in parts if part.table.name not in missing], None),
        ):
            if group:
                load_id = self._load(group, refresh)
        return load_id

    def _load(self, parts: Sequence[Part], refresh: Any) -> str:
        try:
            load_id = self._load_in_steps(parts, refresh)
        except Exception as error:  # noqa: BLE001
            self._drop_pending(error)
            if self._raise_duckdb_memory(error):
                return self._load(parts, refresh)
            raise self._not_loaded(parts, refresh, error) from None
        finally:
            release_unused_memory()
        return load_id

    def _load_in_steps(self, parts: Sequence[Part], refresh: Any) -> str:
        """Runs the steps of dlt's `run`, but releases unused memory before the last one."""
        self._pipeline.extract(
            [self._resource(part, is_new=refresh is not None) for part in parts],
            schema=self._dlt.Schema(self.dataset),
            refresh=refresh,
            loader_file_format=self._file_format(),
        )
        self._pipeline.normalize()
        release_unused_memory()
        with self._open_file():
            info = self._pipeline.load(self._duckdb() if self.kind == "duckdb" else None)
        return str(info.loads_ids[-1])

    def _open_file(self) -> AbstractContextManager[object]:
        """Keeps the DuckDB file open in the context. dlt opens and closes it for each table, and DuckDB rewrites it
        whenever nothing else has it open."""
        if self.kind != "duckdb":
            return nullcontext()
        import duckdb

        return duckdb.connect(self._into)

    def _not_loaded(self, parts: Sequence[Part], refresh: Any, error: Exception) -> NotLoaded:
        """The error for parts that could not be loaded. Loads each alone to find out which ones."""
        sentence = first_line(error)
        if len(parts) == 1:
            return NotLoaded(sentence, {parts[0].table.name: sentence})
        reasons = {part.table.name: self._refusal(part, refresh) for part in parts}
        by_table = {name: reason for name, reason in reasons.items() if reason}
        return NotLoaded(sentence, {} if len(by_table) == len(parts) else by_table)

    def _refusal(self, part: Part, refresh: Any) -> str:
        """Loads a part alone. Returns why that failed; empty if it succeeded."""
        try:
            self._load([part], refresh)
        except NotLoaded as error:
            return str(error)
        return ""

    def _resource(self, part: Part, *, is_new: bool) -> Any:
        table = part.table
        rows: Callable[[], Iterator[pa.Table]] = part.spool.batches
        disposition: Any = {"disposition": "replace", "strategy": "insert-from-staging"}
        if self.is_parquet:
            disposition = "replace"
            if part.mode is Mode.MERGE:
                rows = self._merged_with_files(part, is_new=is_new)
        elif part.mode is Mode.MERGE:
            disposition = {"disposition": "merge", "strategy": "delete-insert"}

        def rows_or_none() -> Iterator[pa.Table]:
            """The batches of the part. If there are none, an empty one, which creates the table."""
            is_empty = True
            for batch in rows():
                is_empty = False
                yield batch
            if is_empty:
                yield table.schema.empty_table()
            release_unused_memory()

        return self._dlt.resource(
            rows_or_none,
            name=table.name,
            write_disposition=disposition,
            primary_key=list(table.key),
            columns=table.hints,
        )

    def _merged_with_files(self, part: Part, *, is_new: bool) -> Callable[[], Iterator[pa.Table]]:
        """The rows that replace the table's files: the present rows without the new keys, and the new rows; of several
        with the same key, the latest."""
        import duckdb

        table = part.table
        former = None if is_new else self._existing_rows(table)
        lower = {name.lower(): name for name in table.schema.names}
        fields = () if former is None else former.schema
        gone = [field for field in fields if field.name.lower() not in lower]
        schema = pa.schema([*table.schema, *gone])

        def as_now(batch: pa.RecordBatch) -> pa.Table:
            """The rows with all columns, including those of earlier loads that are no longer read."""
            rows = pa.Table.from_batches([batch])
            names = [lower.get(name, name) for name in rows.column_names]
            rows, present = rows.rename_columns(names), set(names)
            for field in schema:
                if field.name not in present:
                    rows = rows.append_column(field, pa.nulls(len(rows), field.type))
            return rows.select(schema.names).cast(schema)

        def merged() -> Iterator[pa.Table]:
            new = pa.concat_tables([table.schema.empty_table(), *part.spool.batches()])
            keys = ", ".join(f'"{name}"' for name in table.key)
            same = " and ".join(f'former."{name}" = new."{name}"' for name in table.key)
            with duckdb.connect() as connection:
                connection.execute("set TimeZone = 'UTC'")
                connection.register("new", new)
                queries = [
                    f"select * from new qualify row_number() over (partition by {keys} "  # noqa: S608
                    f"order by {EXTRACTED_AT} desc) = 1"
                ]
                if former is not None:
                    connection.register("former", former)
                    others = (
                        f"select * from former where not exists (select 1 from new where {same})"  # noqa: S608
                    )
                    queries.insert(0, others)
                for query in queries:
                    for batch in connection.sql(query).to_arrow_reader(ROWS_AT_ONCE):
                        yield as_now(batch)

        return merged

    def _existing_rows(self, table: Table) -> Any:
        """The files of a table, as a dataset that DuckDB can query."""
        from pyarrow import dataset

        client: Any
        with self._pipeline.destination_client() as client:
            files, system = client.list_table_files(table.name), client.fs_client
        return dataset.dataset(files, filesystem=system, format="parquet")

    def _file_format(self) -> Any:
        """The format of dlt's load files; None for its default. PostgreSQL's default, CSV, would turn an empty text
        into NULL."""
        return {"filesystem": "parquet", "postgres": "insert_values"}.get(self.kind)

    def _drop_pending(self, error: Exception) -> None:
        """Drops dlt's pending rows, which could not be loaded, since dlt would retry them before anything else. They
        are read again.

        For Parquet files, raises NotLoaded instead: the files may be gone already, and the pending load has all rows.
        """
        if self.is_parquet and self._pipeline.has_pending_data:
            raise NotLoaded(f"{first_line(error)} The next load finishes this one.") from None
        try:
            self._pipeline.abort_packages()
        except Exception:  # noqa: BLE001
            self._pipeline.drop()


def _is_duckdb_file(path: Path) -> bool:
    """DuckDB opens JSON, CSV and Parquet files too, as tables in memory: what is loaded into them would be lost."""
    if not path.is_file():
        return not path.is_dir()
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except OSError:
        return True  # DuckDB says why
    return head[8:] == b"DUCK"


def first_line(error: BaseException) -> str:
    """The first line of the destination's own error, without those that dlt wraps around it."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:500]
