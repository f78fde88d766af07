"""What a hosting site runs and shows: workflows, hooks, templates, and `.ci/run`."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
WORKFLOWS: dict[str, dict[Any, Any]] = {
    path.stem: yaml.safe_load(path.read_text())
    for path in sorted((ROOT / ".github/workflows").glob("*.yml"))
}
TEMPLATES = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]

ON = True
"""How YAML 1.1 reads the key `on`."""


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, workflow in WORKFLOWS.items():
        for job, content in workflow["jobs"].items():
            yield f"{name}/{job}", content


def steps() -> Iterator[dict[str, Any]]:
    for _, job in jobs():
        yield from job.get("steps", [job])


# --- Workflows ---


def test_the_tests_run_on_pushes_and_pull_requests_and_before_a_tag_is_published():
    assert {"push", "pull_request", "workflow_call"} <= set(WORKFLOWS["test"][ON])
    assert any(
        ".ci/run" in step.get("run", "")
        for step in WORKFLOWS["test"]["jobs"]["everything"]["steps"]
    )
    assert WORKFLOWS["publish"][ON] == {"push": {"tags": ["v*"]}}
    published = WORKFLOWS["publish"]["jobs"]
    assert published["test"]["uses"] == "./.github/workflows/test.yml"
    assert published["build"]["needs"] == "test"
    assert {published[each]["needs"] for each in ("wheel", "image")} == {"build"}


def test_every_python_that_is_supported_is_tested():
    supported = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    everything, others = (
        WORKFLOWS["test"]["jobs"][each] for each in ("everything", "other-pythons")
    )
    (main,) = (
        step["with"]["python-version"]
        for step in everything["steps"]
        if "setup-python" in step.get("uses", "")
    )

    tested = {main, *others["strategy"]["matrix"]["python"]}

    first, past = map(int, re.findall(r"3\.(\d+)", supported))
    assert tested == {f"3.{minor}" for minor in range(first, past)}


def test_every_action_is_pinned_to_a_commit():
    used = [step["uses"] for step in steps() if "uses" in step]

    for action in used:
        if action.startswith("./"):
            assert (ROOT / action).is_file()
        else:
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action
    assert used


def test_every_job_has_the_permissions_that_it_needs_and_no_others():
    writes = {
        name: {each for each, kind in job.get("permissions", {}).items() if kind == "write"}
        for name, job in jobs()
    }

    assert {name: given for name, given in writes.items() if given} == {
        "publish/wheel": {"id-token"},
        "publish/image": {"packages"},
        "dependencies/propose": {"actions", "contents", "pull-requests"},
    }
    for workflow in WORKFLOWS.values():
        assert workflow["permissions"] in ({}, {"contents": "read"})
    named = {
        secret
        for path in (ROOT / ".github/workflows").glob("*.yml")
        for secret in re.findall(r"secrets\.(\w+)", path.read_text())
    }
    assert named == {"GITHUB_TOKEN"}


def test_every_job_has_an_end():
    for name, job in jobs():
        assert "uses" in job or job["timeout-minutes"] <= 60, name


def test_what_a_step_runs_exists_and_is_a_script():
    called = set()
    for step in steps():
        if command := step.get("run"):
            checked = subprocess.run(
                ["bash", "-n"],  # noqa: S607
                input=re.sub(r"\$\{\{.*?\}\}", "x", command),
                text=True,
                capture_output=True,
                check=False,
            )
            assert not checked.returncode, checked.stderr
            assert "${{" not in command, "an expression in a command can be made to run anything"
            called.update(re.findall(r"(?<!\S)(?:script|\.ci)/\w+", command))

    assert {".ci/run", "script/build", "script/release", "script/lock"} <= called
    for name in called:
        assert os.access(ROOT / name, os.X_OK), name


# --- Updates, hooks, templates ---


def test_no_bot_updates_a_package_beside_the_lock():
    updates = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text())["updates"]

    assert [each["package-ecosystem"] for each in updates] == ["github-actions"]


def test_the_hooks_call_what_script_test_has_installed():
    for hook in HOOKS:
        program, *args = hook["entry"].split()
        assert program in (".venv-test/bin/ruff", ".venv-test/bin/python")
        assert hook["language"] == "system"
        if program.endswith("python"):
            assert (ROOT / args[0]).is_file()
        re.compile(hook.get("files", ""))
    assert re.search(r"^ruff==", (ROOT / "requirements-dev.txt").read_text(), re.MULTILINE)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_an_issue_template_asks_by_fields(path):
    template = yaml.safe_load(path.read_text())

    assert {"name", "description", "body"} <= set(template)
    fields = [field for field in template["body"] if field["type"] != "markdown"]
    assert {field["type"] for field in fields} <= {"input", "textarea", "dropdown", "checkboxes"}
    assert len({field["id"] for field in fields}) == len(fields)
    assert all(field["attributes"]["label"] for field in fields)


# --- .ci/run ---


DESCRIPTION = "SKIPPED [3] test_facts.py:324: PINTEREST_OPENAPI names no copy of the description"
BROWSER = "SKIPPED [1] browser.py:37: no chromium here"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The real `.ci/run`, with scripts around it that do nothing."""
    root = tmp_path / "checkout"
    for name in (".ci/run", ".ci/engine", ".ci/browser", ".ci/postgresql", "script/test"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("#!/bin/sh\n")
        (root / name).chmod(0o755)
    shutil.copy(ROOT / ".ci/run", root / ".ci/run")
    return root


def run(checkout: Path, prints: str, **environment: str) -> subprocess.CompletedProcess[str]:
    (checkout / "script/test").write_text(
        f"#!/bin/sh\ncat <<'END'\n{prints}\nEND\necho description: $PINTEREST_OPENAPI.\necho base: $BASE_IMAGE.\n"
    )
    kept = {name: value for name, value in os.environ.items() if name != "PINTEREST_OPENAPI"}
    kept.pop("BASE_IMAGE", None)
    return subprocess.run(  # noqa: S603
        [str(checkout / ".ci/run")],
        env=kept | environment,
        text=True,
        capture_output=True,
        check=False,
    )


def test_ci_passes_and_says_so_where_pinterests_description_is_not_there(checkout):
    done = run(checkout, f"{DESCRIPTION}\n10 passed, 3 skipped")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing was compared with Pinterest's own description" in done.stdout
    assert "description: .\n" in done.stdout


@pytest.mark.parametrize("beside", ["", f"{DESCRIPTION}\n"])
def test_ci_fails_where_another_test_was_skipped(checkout, beside):
    done = run(checkout, f"{beside}{BROWSER}")

    assert done.returncode == 1
    assert f"{BROWSER}\n.ci/run: these tests were skipped" in done.stdout


def test_ci_fails_where_the_description_is_there_and_was_not_used(checkout, tmp_path):
    done = run(checkout, DESCRIPTION, PINTEREST_OPENAPI=str(tmp_path / "openapi.json"))

    assert done.returncode == 1
    assert f"description: {tmp_path}/openapi.json." in done.stdout


def test_ci_builds_on_the_base_image_that_is_named(checkout):
    assert "base: local/python-base:bookworm." in run(checkout, "").stdout
    assert "base: other:1." in run(checkout, "", BASE_IMAGE="other:1").stdout


def test_ci_fails_where_a_test_fails(checkout):
    (checkout / "script/test").write_text("#!/bin/sh\nexit 3\n")

    done = subprocess.run([str(checkout / ".ci/run")], capture_output=True, check=False)  # noqa: S603

    assert done.returncode == 3


@pytest.mark.parametrize("is_there", [True, False])
def test_the_engine_pulls_the_base_image_that_is_named_unless_it_is_there(tmp_path, is_there):
    calls = tmp_path / "calls"
    docker = tmp_path / "docker"
    docker.write_text(
        f'#!/bin/sh\necho "$*" >>{calls}\n[ "$1 $2" != "image inspect" ] || exit {int(not is_there)}\n'
    )
    docker.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "BASE_IMAGE": "registry/other:1"}

    subprocess.run([str(ROOT / ".ci/engine")], env=environment, check=True, capture_output=True)  # noqa: S603

    assert calls.read_text().splitlines() == [
        "info",
        "image inspect registry/other:1",
        *([] if is_there else ["pull --quiet registry/other:1"]),
        "version --format {{.Server.Version}}",
    ]
