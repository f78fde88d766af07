"""script/release: one version, wherever it stands; and what it does in a repository."""

import runpy
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RELEASE = runpy.run_path(str(ROOT / "script/release"))
FILES = list(RELEASE["VERSIONS"])
TODAY = date(2026, 12, 1)
NEWS = "- New: a report.\n\n### Reset\n\n- Nothing."
SUBJECT = "A report more"


def release(root: Path, *args: str) -> int:
    status: int = RELEASE["main"](args, root, TODAY)
    return status


def git(root: Path, *args: str) -> str:
    return subprocess.run(  # noqa: S603
        ["git", *args],  # noqa: S607
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with the files that name the version, version 0.1.0, and one entry to release."""
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "A tester")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "tester@example.com")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    for name, version in RELEASE["versions"](ROOT).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
        if name not in (RELEASE["CHANGELOG"], RELEASE["PAGE"]):
            edit(tmp_path / name, version, "0.1.0")
    (tmp_path / "CHANGELOG.md").write_text(
        f"# Changelog\n\n## Unreleased\n\n{NEWS}\n\n## 0.1.0\n\n- The first version.\n"
    )
    (tmp_path / RELEASE["PAGE"]).write_text(
        "| 9.9.9 | a table before |\n\n## Changelog\n\n| Version | Date | Subject |\n| --- | --- | --- |\n"
        f"| Unreleased | | {SUBJECT} |\n| 0.1.0 | 2026-11-24 | The first version |\n"
    )
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "first")
    return tmp_path


def test_the_version_is_the_same_wherever_it_stands(capsys):
    assert release(ROOT, "--check") == 0, capsys.readouterr().err


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_names_another_version_is_named(clone, name, capsys):
    edit(clone / name, "0.1.0", "0.1.1")

    assert release(clone, "--check") == 1
    said = capsys.readouterr().err
    assert f"{name} has 0.1.1" in said
    assert said.count("has 0.1.0") == len(FILES) - 1


def test_a_tag_of_another_version_is_refused(clone):
    assert release(clone, "--check", "v0.1.0") == 0
    assert release(clone, "--check", "v0.2.0") == 1


def test_a_release_is_one_commit_with_the_version_everywhere_and_a_tag(clone):
    before = git(clone, "rev-parse", "HEAD")

    assert release(clone, "0.2.0") == 0

    assert RELEASE["versions"](clone) == dict.fromkeys(FILES, "0.2.0")
    assert git(clone, "status", "--porcelain") == ""
    assert git(clone, "rev-parse", "HEAD~1") == before
    assert git(clone, "log", "-1", "--format=%s") == "chore: release 0.2.0"
    assert sorted(git(clone, "show", "--name-only", "--format=").split()) == sorted(FILES)
    assert git(clone, "rev-parse", "v0.2.0^{commit}") == git(clone, "rev-parse", "HEAD")
    assert git(clone, "for-each-ref", "--format=%(objecttype) %(contents)", "refs/tags") == (
        f"tag source-pinterest 0.2.0\n\n{NEWS}"
    )
    assert (clone / "CHANGELOG.md").read_text() == (
        f"# Changelog\n\n## Unreleased\n\n## 0.2.0\n\n{NEWS}\n\n## 0.1.0\n\n- The first version.\n"
    )
    page = (clone / RELEASE["PAGE"]).read_text()
    assert f"| 0.2.0 | 2026-12-01 | {SUBJECT} |\n| 0.1.0 | 2026-11-24 |" in page
    assert "Unreleased" not in page


def test_a_release_changes_no_line_but_those_of_the_version(clone):
    release(clone, "0.2.0")

    changed = git(clone, "show", "--format=", "--unified=0", "--", *FILES[:3])
    lines = [
        line for line in changed.splitlines() if line[0] in "+-" and line[:3] not in ("+++", "---")
    ]
    assert len(lines) == 6
    assert all("0.1.0" in line or "0.2.0" in line for line in lines)


REFUSED = {
    "an older version": (str, "0.0.9", "not newer than 0.1.0"),
    "the same version": (str, "0.1.0", "not newer than 0.1.0"),
    "no version": (str, "next", "not a version"),
    "files that differ": (
        lambda clone: edit(clone / "Dockerfile", "0.1.0", "0.1.1"),
        "0.2.0",
        "Dockerfile has 0.1.1",
    ),
    "a tag that exists": (lambda clone: git(clone, "tag", "v0.2.0"), "0.2.0", "exists already"),
    "another branch": (
        lambda clone: git(clone, "switch", "--quiet", "--create", "other"),
        "0.2.0",
        "the branch main, and this is other",
    ),
    "changes that are not committed": (
        lambda clone: (clone / "new.txt").write_text(""),
        "0.2.0",
        "?? new.txt",
    ),
    "nothing to release": (
        lambda clone: commit(clone, "CHANGELOG.md", NEWS, ""),
        "0.2.0",
        "nothing below `## Unreleased`",
    ),
    "no row in the docs": (
        lambda clone: commit(clone, RELEASE["PAGE"], f"| Unreleased | | {SUBJECT} |\n", ""),
        "0.2.0",
        "no row `| Unreleased |",
    ),
}


def commit(clone: Path, name: str, old: str, new: str) -> None:
    edit(clone / name, old, new)
    git(clone, "commit", "--quiet", "--all", "--message", "an edit")


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_changes_nothing(clone, case, capsys):
    prepare, version, sentence = REFUSED[case]
    prepare(clone)
    before = git(clone, "rev-parse", "HEAD"), git(clone, "status", "--porcelain"), git(clone, "tag")

    assert release(clone, version) == 1

    assert sentence in capsys.readouterr().err
    assert before == (
        git(clone, "rev-parse", "HEAD"),
        git(clone, "status", "--porcelain"),
        git(clone, "tag"),
    )
