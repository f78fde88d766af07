"""The resolved versions are the installed ones: pyproject.toml, poetry.lock and the exports agree."""

import hashlib
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
EXPORTS = {
    "requirements.txt": {"main"},
    "requirements-dev.txt": {"main", "dev"},
    "requirements-demo.txt": {"main", "demo"},
}

ENVIRONMENTS = {
    "requirements-dbt.txt": "dbt",
    "requirements-pyairbyte.txt": "integration_tests/pyairbyte",
}
"""Clients that tests drive: each has a lock of its own."""


class Pin(NamedTuple):
    name: str
    version: str
    hashes: frozenset[str]


def toml(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / name).read_text())


def locked(groups: set[str]) -> set[Pin]:
    return {
        Pin(
            package["name"],
            package["version"],
            frozenset(file["hash"] for file in package["files"]),
        )
        for package in toml("poetry.lock")["package"]
        if groups & set(package["groups"]) and not (groups == {"main"} and is_extra(package))
    }


def is_extra(package: dict[str, Any]) -> bool:
    """Whether only the extra needs it, and so the image does not."""
    markers = package.get("markers", "")
    return "extra == " in (markers.get("main", "") if isinstance(markers, dict) else markers)


def exported(name: str) -> Iterator[Pin]:
    for requirement in (ROOT / name).read_text().replace("\\\n", " ").splitlines():
        pin = re.match(r"([a-z0-9-]+)==([^ ;]+)", requirement)
        assert pin, f"{name} holds a line that pins nothing: {requirement}"
        yield Pin(pin[1], pin[2], frozenset(re.findall(r"--hash=(\S+)", requirement)))


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_pins_exactly_what_is_locked(name: str) -> None:
    pins = set(exported(name))

    assert pins == locked(EXPORTS[name]), "run script/lock"
    assert all(pin.hashes for pin in pins)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_a_clients_export_pins_exactly_what_is_locked_for_it(name: str) -> None:
    packages = toml(f"{ENVIRONMENTS[name]}/poetry.lock")["package"]

    pins = {(pin.name, pin.version, pin.hashes) for pin in exported(name)}

    assert pins == {
        (each["name"], each["version"], frozenset(file["hash"] for file in each["files"]))
        for each in packages
    }, "run script/lock"
    assert all(hashes for _, _, hashes in pins)


def test_script_lock_writes_every_lock_and_every_export() -> None:
    script = (ROOT / "script/lock").read_text("utf-8")

    exports = {"requirements-dagster.txt", "requirements-uv.txt", *EXPORTS, *ENVIRONMENTS}
    assert {path.name for path in ROOT.glob("requirements*.txt")} == exports
    assert all(name in script for name in exports)
    folders = ["", *(f"{each}/" for each in ENVIRONMENTS.values())]
    assert all((ROOT / f"{folder}poetry.lock").exists() for folder in folders)


def test_the_lock_was_resolved_from_this_pyproject() -> None:
    # As Poetry 2 computes `content-hash`: the sections that decide what is installed.
    pyproject = toml("pyproject.toml")
    decisive = {
        "project": {
            key: pyproject["project"][key]
            for key in ("requires-python", "dependencies", "optional-dependencies")
        },
        "tool": {"poetry": {"group": pyproject["tool"]["poetry"]["group"]}},
    }

    digest = hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()

    assert toml("poetry.lock")["metadata"]["content-hash"] == digest, "run script/lock"


def test_dagster_is_pinned_by_hash() -> None:
    pins = set(exported("requirements-dagster.txt"))

    assert "dagster" in {pin.name for pin in pins}
    assert all(pin.hashes for pin in pins)


def test_the_uv_that_makes_the_environments_is_pinned_by_hash() -> None:
    (pin,) = exported("requirements-uv.txt")

    assert pin.name == "uv"
    assert pin.hashes


@pytest.mark.parametrize(
    "name",
    [
        *("poetry.lock", "requirements-dagster.txt", "requirements-uv.txt"),
        *(*EXPORTS, *ENVIRONMENTS),
        *(f"{folder}/poetry.lock" for folder in ENVIRONMENTS.values()),
    ],
)
def test_no_file_names_a_package_registry(name: str) -> None:
    named = re.findall(
        r"^(?:\[package\.source\]|--index|--extra-index|--find-links).*|://\S*simple\S*",
        (ROOT / name).read_text(),
        re.MULTILINE,
    )

    assert named == []


def test_the_wheel_has_the_types_and_every_file_of_the_package(tmp_path: Path) -> None:
    build = "import sys; from poetry.core.masonry.api import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(tmp_path)], cwd=ROOT, check=True)  # noqa: S603
    (wheel,) = tmp_path.glob("*.whl")

    names = set(zipfile.ZipFile(wheel).namelist())

    package = ROOT / "source_pinterest"
    wanted = {
        str(path.relative_to(ROOT))
        for path in package.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert "source_pinterest/py.typed" in wanted
    assert {name for name in names if ".dist-info/" not in name} == wanted
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
