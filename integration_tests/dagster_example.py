"""The example for Dagster, run by its own script: for its test and for the benchmark of many ad accounts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from integration_tests import clients
from integration_tests.connector import ROOT

EXAMPLE = ROOT / "examples/dagster"


def dagster() -> Path:
    """Dagster, in the environment of script/dagster."""
    return _made("script/dagster", ".venv-dagster/bin/dagster")


def dbt() -> Path:
    """dbt, in the environment of script/dbt."""
    return _made("script/dbt", ".venv-dbt/bin/dbt", "--environment-only")


def _made(script: str, executable: str, *options: str) -> Path:
    made = subprocess.run(
        [str(ROOT / script), *options], capture_output=True, text=True, timeout=600, check=False
    )
    assert made.returncode == 0, made.stdout + made.stderr
    return ROOT / executable


class Example:
    """Runs `examples/dagster/run` with the `config.json` and `catalog.json` of a folder."""

    def __init__(
        self, folder: Path, dagster: Path, dbt: Path, connector: Sequence[str], **environment: str
    ) -> None:
        """`connector`: the command that is `source-pinterest`."""
        self.shards = folder / "shards"
        self._folder = folder
        self._environment = {
            **os.environ,
            "DAGSTER": str(dagster),
            "DBT": str(dbt),
            "PINTEREST_DBT": str(ROOT / "dbt"),
            "PINTEREST_DBT_VARS": json.dumps({"pinterest_today": "2026-11-24"}),
            "PINTEREST_DBT_ARGUMENTS": "--select +pinterest__ad_daily --indirect-selection cautious"
            " --no-write-json --log-level-file none",  # which nobody reads here
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "PINTEREST_RETRY_SECONDS": "1",
            "DAGSTER_DISABLE_TELEMETRY": "1",
            "SOURCE_PINTEREST": " ".join(connector),
            "PYTHONPATH": os.pathsep.join([clients.PATH, str(ROOT)]),
            **environment,
        }

    def start(self) -> subprocess.Popen[str]:
        """Four connections."""
        catalog = str(self._folder / "catalog.json")
        return subprocess.Popen(
            [
                *(str(EXAMPLE / "run"), str(self._folder / "config.json"), "4", str(self.shards)),
                *("--catalog", catalog),
            ],
            env=self._environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def log(self, shard: str) -> str:
        return (self.shards / f"{shard}.log").read_text("utf-8")

    def logs(self) -> str:
        """The end of what was logged."""
        return "\n".join(path.read_text("utf-8") for path in self.shards.glob("*.log"))[-5_000:]

    def databases(self) -> Mapping[str, Path]:
        """By name of the connection."""
        return {path.parent.name: path for path in sorted(self.shards.glob("shard_*/data.duckdb"))}


def kill_the_connector(
    run: subprocess.Popen[str], shard: Path, is_time: Callable[[], bool] = lambda: True
) -> bool:
    """Kills the process that loads a connection, as soon as there is one and it is time."""
    while run.poll() is None:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                command = path.read_bytes().decode().split("\0")
            except OSError:
                continue
            if "load" in command and str(shard / "config.json") in command and is_time():
                os.kill(int(path.parent.name), signal.SIGKILL)
                return True
        time.sleep(0.05)
    return False
