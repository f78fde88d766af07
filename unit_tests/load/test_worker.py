"""The process that loads: what it is given, and what it does without. What it says is in test_command.py."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

import pytest

from source_pinterest import load
from source_pinterest.load import command, worker
from source_pinterest.load.job import Job
from unit_tests.load.test_job import JOB

IMPORTED = """
import sys
import source_pinterest.load.worker
from source_pinterest.load import destination, folder, load, tables
print([name for name in ("airbyte_cdk", "pandas") if name in sys.modules])
"""


class Replaced(Exception):
    """This process would be another one now."""


def test_the_process_is_replaced_by_one_that_gets_the_job_in_a_file_without_a_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def replace(program: str, command: Sequence[str]) -> None:
        raise Replaced(program, *command)

    monkeypatch.setattr(os, "execv", replace)

    with pytest.raises(Replaced) as replaced:
        worker.replace_this_process(JOB, ["--config", "my.json"])

    program, *command, number = replaced.value.args[:5]
    assert (program, *command) == (sys.executable, *worker.COMMAND)
    assert replaced.value.args[5:] == ("load", "--config", "my.json")
    assert os.get_inheritable(int(number))
    assert os.fstat(int(number)).st_nlink == 0
    monkeypatch.setattr(sys, "argv", ["worker.py", number, "load"])
    monkeypatch.setattr(worker, "hide_pandas", lambda: None)
    given: list[Job] = []
    monkeypatch.setattr(worker, "run", given.append)
    worker.main()
    assert given == [JOB]


def test_without_a_place_for_the_job_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)

    with pytest.raises(SystemExit) as end:
        worker.replace_this_process(JOB, [])

    assert "can be created on this machine (No space left on device)" in str(end.value.code)
    assert "`TMPDIR`" in str(end.value.code)


def test_the_process_imports_neither_the_cdk_nor_pandas() -> None:
    """They take 75 MB, where what loads has 250."""
    found = subprocess.run(  # noqa: S603
        [sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True
    )

    assert found.stdout.strip() == "[]"


def test_the_verb_becomes_that_process(monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[str, Any] = {}
    monkeypatch.setattr(command, "run", lambda *_, **options: found.update(options))

    load.run(["--config", "my.json"], lambda: datetime(2026, 11, 24, tzinfo=timezone.utc))

    assert found == {"start": worker.replace_this_process}


def test_secrets_are_hidden_in_every_spelling_and_other_texts_stay() -> None:
    secrets = worker.Secrets()

    secrets.hide(
        {"credentials": {"auth_method": "oauth2.0", "client_secret": "a+secret/of=mine", "days": 3}}
    )

    assert secrets.redact("a+secret/of=mine, a%2Bsecret%2Fof%3Dmine") == "****, ****"
    assert secrets.redact("oauth2.0") == "oauth2.0"
