"""The examples say what the connector understands: their files are parsed, their options are options. Whether
Kubernetes and Airbyte take them is not checked here; that Dagster does, by `integration_tests/test_dagster.py`."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture
def cron_job() -> Any:
    documents = list(yaml.safe_load_all((EXAMPLES / "kubernetes/cronjob.yaml").read_text("utf-8")))
    (found,) = (each for each in documents if each["kind"] == "CronJob")
    return found


def test_the_cron_job_runs_one_load_at_a_time_and_keeps_its_states(cron_job):
    pod = cron_job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    mounts = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}
    volumes = {each["name"]: each for each in pod["volumes"]}

    assert cron_job["spec"]["concurrencyPolicy"] == "Forbid"
    assert mounts.keys() == volumes.keys()
    kept = mounts["data"]
    assert "persistentVolumeClaim" in volumes["data"]
    options = dict(each.removeprefix("--").split("=") for each in container["args"])
    assert options["config"].startswith(kept)
    assert options["state-folder"].startswith(kept)


def test_the_cron_job_takes_the_configuration_of_the_last_plan(cron_job):
    """A renewed login is kept in the state folder, so it outlives the copy."""
    pod = cron_job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (first,) = pod["initContainers"]

    assert first["command"] == ["sh", "-c", "cp /given/config.json /data/config.json"]


def test_the_cron_job_has_options_of_load(cron_job):
    from source_pinterest.load import command

    pod = cron_job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]

    options = command._options(container["args"])

    assert container["command"] == ["source-pinterest", "load"]
    assert (options.destination, options.dataset) == ("postgres", "pinterest_shard_01")


def test_the_terraform_file_refers_to_what_it_defines():
    text = (EXAMPLES / "terraform/main.tf.json").read_text("utf-8")
    content = json.loads(text)
    resources = {f"{kind}.{name}" for kind, named in content["resource"].items() for name in named}

    assert set(re.findall(r"var\.(\w+)", text)) == content["variable"].keys()
    assert set(re.findall(r"local\.(\w+)", text)) == content["locals"].keys()
    assert set(re.findall(r"airbyte_\w+\.pinterest", text)) <= resources
    streams = content["resource"]["airbyte_connection"]["pinterest"]["configurations"]["streams"]
    modes = set(re.findall(r'"(\w+)"', streams))
    assert modes == {"incremental", "incremental_deduped_history", "full_refresh_overwrite"}


def test_the_definitions_for_dagster_run_verbs_and_options_that_there_are():
    from source_pinterest.load import command

    source = (EXAMPLES / "dagster/definitions.py").read_text("utf-8")
    texts = {
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }

    assert {"load", "--config", "--catalog", "--into"} <= texts
    command._options(["--config", "a", "--catalog", "b", "--into", "data.duckdb"])
