"""dbt for many commands, which reads its project once. Runs in the environment of script/dbt.

Takes a command a line, {"arguments", "vars", "environment"}, and answers each with a line: {"results", "error"}.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from typing import Any

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

OPTIONS = ["--quiet", "--no-version-check", "--no-write-json", "--log-level", "none"]
"""Quiet alone words every line that it then leaves out. What has failed, and why, is in the results."""

Parsed = dict[str, Manifest]
"""By target, as the first command for it has it. Other variables make other SQL of the same project: what would need
another reference, dbt refuses."""


def answer(command: dict[str, Any], parsed: Parsed) -> str:
    os.environ.update(command["environment"])
    variables = ["--vars", json.dumps(command["vars"], sort_keys=True)]
    target = os.environ["PINTEREST_DBT_TARGET"]
    if target not in parsed:
        done = dbtRunner().invoke([*OPTIONS, "parse", *variables])
        if done.exception:
            return json.dumps({"results": [], "error": str(done.exception)})
        parsed[target] = done.result
        gc.freeze()  # it is no garbage: no process looks through it
    arguments = [*OPTIONS, *command["arguments"], *variables]
    return in_a_process_of_its_own(arguments, parsed[target])


def in_a_process_of_its_own(arguments: list[str], manifest: Manifest) -> str:
    """What a command leaves behind, such as SQL that it has compiled, is not there for the next one."""
    reading, writing = os.pipe()
    if process := os.fork():
        os.close(writing)
        with os.fdopen(reading) as answered:
            line = answered.read()
        os.waitpid(process, 0)
        return line or json.dumps({"results": [], "error": "dbt has ended."})
    try:
        with os.fdopen(writing, "w") as answering:
            answering.write(ran(arguments, manifest))
    finally:
        os._exit(0)


def ran(arguments: list[str], manifest: Manifest) -> str:
    done = dbtRunner(manifest).invoke(arguments)
    results = [
        {
            "unique_id": each.node.unique_id,
            "status": str(each.status),
            "message": each.message or "",
        }
        for each in getattr(done.result, "results", ())
    ]
    close_the_files()
    return json.dumps({"results": results, "error": str(done.exception or "")})


def close_the_files() -> None:
    """What DuckDB has written is in its file, and not beside it, once every connection is closed."""
    if adapter := sys.modules.get("dbt.adapters.duckdb.connections"):
        adapter.DuckDBConnectionManager.close_all_connections()
        gc.collect()


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what dbt prints is no answer
    gc.disable()  # nearly all that dbt makes stays until it ends
    parsed: Parsed = {}
    for line in sys.stdin:
        answers.write(answer(json.loads(line), parsed) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
