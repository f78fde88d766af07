"""Pinterest in Dagster: an asset for each stream, a partition for each connection, and the dbt package after them.

    PINTEREST_FOLDER          the folder that `source-pinterest plan --shards N --into` wrote
    SOURCE_PINTEREST          the connector's command, with its extra `load`; by default source-pinterest
    DBT, PINTEREST_DBT        the dbt command, and the folder of the package
    PINTEREST_DBT_ARGUMENTS   more arguments of `dbt build`
    PINTEREST_DBT_VARS        more variables of the package, as JSON
    PINTEREST_RETRY_SECONDS   the pause before a failed connection is read again; by default 60

A separate process loads each partition into its own DuckDB file, since DuckDB lets only one process write. The
states, and a renewed login, stay beside that file, so the next run continues where this one ended, even after a kill.
"""

import json
import os
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg

FOLDER = Path(os.environ.get("PINTEREST_FOLDER", "shards")).absolute()
SHARDS = sorted(path.parent.name for path in FOLDER.glob("*/config.json"))
COMMAND = shlex.split(os.environ.get("SOURCE_PINTEREST", "source-pinterest"))
DATABASE = FOLDER / "marts.duckdb"

partitions = dg.StaticPartitionsDefinition(SHARDS)


def streams_of(shard: str) -> list[str]:
    """The streams that a connection reads. Only one connection has those of the user."""
    catalog = json.loads((FOLDER / shard / "catalog.json").read_text("utf-8"))
    return [each["stream"]["name"] for each in catalog["streams"]]


STREAMS = list(dict.fromkeys(name for shard in SHARDS for name in streams_of(shard)))


def key_of(stream: str) -> dg.AssetKey:
    return dg.AssetKey(["pinterest", stream])


@dg.multi_asset(
    name="load",
    specs=[
        dg.AssetSpec(key_of(stream), skippable=True, group_name="pinterest", kinds={"duckdb"})
        for stream in STREAMS
    ],
    partitions_def=partitions,
    retry_policy=dg.RetryPolicy(
        max_retries=2,
        delay=float(os.environ.get("PINTEREST_RETRY_SECONDS", "60")),
        backoff=dg.Backoff.EXPONENTIAL,
    ),
)
def load(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
    """Reads one connection into its tables. Loads complete streams, even if others are not."""
    shard = context.partition_key
    folder = FOLDER / shard
    _run(
        context,
        *COMMAND,
        "load",
        *("--config", str(folder / "config.json"), "--catalog", str(folder / "catalog.json")),
        *("--into", str(folder / "data.duckdb"), "--dataset", "pinterest"),
    )
    for stream in streams_of(shard):
        yield dg.MaterializeResult(key_of(stream))


@dg.asset(deps=[key_of(stream) for stream in STREAMS], group_name="pinterest", kinds={"dbt"})
def marts(context: dg.AssetExecutionContext) -> None:
    """The dbt package, on the tables of all connections together."""
    loaded = [shard for shard in SHARDS if (FOLDER / shard / "data.duckdb").exists()]
    profiles = FOLDER / "dbt"
    profiles.mkdir(exist_ok=True)
    (profiles / "profiles.yml").write_text(json.dumps(_profile(loaded)), encoding="utf-8")
    variables = {
        **json.loads(os.environ.get("PINTEREST_DBT_VARS", "{}")),
        "pinterest_shards": [f"{shard}.pinterest" for shard in loaded],
    }
    _run(
        context,
        *shlex.split(os.environ.get("DBT", "dbt")),
        *("build", "--project-dir", os.environ.get("PINTEREST_DBT", "dbt")),
        *("--profiles-dir", str(profiles), "--target-path", str(profiles / "target")),
        *("--log-path", str(profiles / "logs"), "--vars", json.dumps(variables)),
        *shlex.split(os.environ.get("PINTEREST_DBT_ARGUMENTS", "")),
    )


def _profile(shards: list[str]) -> dict[str, Any]:
    """A profile of dbt, in JSON, which is YAML: one DuckDB file with those of the connections attached."""
    target = {
        "type": "duckdb",
        "path": str(DATABASE),
        "schema": "analytics",
        "threads": 2,
        "attach": [
            {"path": str(FOLDER / shard / "data.duckdb"), "alias": shard, "read_only": True}
            for shard in shards
        ],
    }
    return {"source_pinterest": {"target": "duckdb", "outputs": {"duckdb": target}}}


def _run(context: dg.AssetExecutionContext, *command: str) -> None:
    """Runs a command and logs its output. If it fails, the step fails, and Dagster retries it."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    ) as process:
        assert process.stdout
        lines = []
        for line in process.stdout:
            context.log.info(line.rstrip())
            lines = [*lines[-20:], line]
    if process.returncode:
        raise dg.Failure("".join(lines).strip() or f"The command ended with {process.returncode}.")


defs = dg.Definitions(
    assets=[load, marts],
    jobs=[
        dg.define_asset_job(
            "load_connection", dg.AssetSelection.assets(load), partitions_def=partitions
        ),
        dg.define_asset_job("build_marts", dg.AssetSelection.assets(marts)),
    ],
    # The only step of a job is a command: another Dagster process would only take more memory.
    executor=dg.in_process_executor,
)
