"""The output of the command, and how it ends; whole verifications are in `test_verification`."""

from __future__ import annotations

import json
import logging
import os
import signal
import stat
from pathlib import Path

import pytest

from source_pinterest.api.beliefs import beliefs
from source_pinterest.verify import command
from source_pinterest.verify.exchange import Exchange
from source_pinterest.verify.findings import Finding, differs, holds, unknown
from source_pinterest.verify.recording import NotAnonymous
from source_pinterest.verify.subject import Subject
from unit_tests.http.scripted import Clock
from unit_tests.verify.account import CONFIG, NOW, Account

A_BELIEF = beliefs()[0]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "my.json"
    path.write_text(json.dumps(CONFIG), encoding="utf-8")
    return path


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    """The findings of a verification that asks for nothing but the login's own."""
    made: list[Finding] = []

    def findings(subject: Subject) -> list[Finding]:
        subject.open()
        return made

    monkeypatch.setattr(command, "findings", findings)
    return made


def verify(config: Path, *options: str) -> None:
    clock = Clock()
    with Account({}).answering():
        command.run(["--config", str(config), *options], lambda: NOW, clock, clock.sleep)


def ended(config: Path, *options: str) -> object:
    with pytest.raises(SystemExit) as raised:
        verify(config, *options)
    return raised.value.code


# --- What is printed ---


def test_the_table_has_a_line_for_each_finding_and_ends_with_counts(
    config, found, capsys, monkeypatch
):
    monkeypatch.setenv("COLUMNS", "82")
    found += [holds("a-belief", "So."), unknown("another", "Nobody knows. " * 10)]

    verify(config)

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == ("Verified for someone and ad account 7 on 2026-11-24: 4 requests, 0 s.")
    assert lines[2].split() == ["Belief", "Result", "Detail"]
    assert lines[4].split() == ["a-belief", "holds", "So."]
    assert lines[5].startswith("another   unknown        Nobody knows.")
    assert lines[6].startswith(" " * len("another   unknown        ") + "Nobody knows.")
    assert lines[-1] == "1 hold, 0 do not hold, 1 are unknown."


@pytest.mark.parametrize(("columns", "width"), [("40", 80), ("100", 100), ("300", 120)])
def test_the_table_is_as_wide_as_the_terminal_within_limits(
    config, found, capsys, monkeypatch, columns, width
):
    monkeypatch.setenv("COLUMNS", columns)
    found.append(unknown("a-belief", "Nobody knows. " * 30))

    verify(config)

    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines[2:-1])) == width


def test_a_belief_that_does_not_hold_is_told_with_what_the_connector_does(config, found, capsys):
    found += [differs(A_BELIEF.name, "Refused."), holds(A_BELIEF.name, "So.")]

    verify(config, "--json")

    first, second = json.loads(capsys.readouterr().out)
    assert first == {
        "belief": A_BELIEF.name,
        "result": "differs",
        "detail": f"Refused. {A_BELIEF.otherwise}",
    }
    assert second["detail"] == "So."


def test_stdout_has_the_json_alone_whatever_is_logged(config, found, capsys, monkeypatch):
    before = logging.getLogger("airbyte").handlers

    def findings(subject: Subject) -> list[Finding]:
        logger = logging.getLogger("airbyte.source_pinterest")
        logger.warning("Something odd, with %s", CONFIG["credentials"]["access_token"])
        logger.info("Nothing odd")
        subject.open()
        return found

    monkeypatch.setattr(command, "findings", findings)

    verify(config, "--json")

    printed = capsys.readouterr()
    assert json.loads(printed.out) == []
    assert printed.err == "Something odd, with ****\n"
    assert logging.getLogger("airbyte").handlers == before


# --- The recording ---


@pytest.mark.usefixtures("found")
def test_a_recording_is_written_for_its_owner_alone_and_never_over_another(
    config, capsys, tmp_path
):
    path = tmp_path / "seen.json"
    path.write_text("mine", encoding="utf-8")

    verify(config, "--json", "--record", str(path))

    written = tmp_path / "seen-2.json"
    assert path.read_text(encoding="utf-8") == "mine"
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    operations = [
        each["operation"] for each in json.loads(written.read_text(encoding="utf-8"))["exchanges"]
    ]
    assert operations[:2] == ["GET /user_account", "GET /ad_accounts"]
    assert f"Written: {written}" in capsys.readouterr().err


def test_a_recording_that_cannot_be_written_is_reported_before_anything_is_asked(config, tmp_path):
    code = ended(config, "--record", str(tmp_path / "no folder" / "seen.json"))

    assert str(code).startswith("Not verified. ")
    assert "there is no folder" in str(code)


def test_a_recording_that_cannot_be_written_at_the_end_is_reported(
    config, found, tmp_path, monkeypatch
):
    folder = tmp_path / "folder"
    folder.mkdir()

    def findings(subject: Subject) -> list[Finding]:
        subject.open()
        folder.rmdir()
        return found

    monkeypatch.setattr(command, "findings", findings)

    code = ended(config, "--json", "--record", str(folder / "seen.json"))

    assert code == (f"Not verified. The recording could not be written to {folder / 'seen.json'}.")


@pytest.mark.usefixtures("found")
def test_a_recording_that_would_not_be_anonymous_is_not_written(config, tmp_path, monkeypatch):
    def recording(exchanges: list[Exchange], *_: object) -> None:
        raise NotAnonymous(str(exchanges))

    monkeypatch.setattr(command, "recording", recording)

    code = ended(config, "--json", "--record", str(tmp_path / "seen.json"))

    assert "so none was written" in str(code)
    assert not (tmp_path / "seen.json").exists()


# --- The end ---


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def findings(_: Subject) -> list[Finding]:
        raise error

    monkeypatch.setattr(command, "findings", findings)


def test_a_bug_ends_with_a_traceback_without_secrets(config, monkeypatch):
    failing(monkeypatch, ZeroDivisionError("of pina_a-test-token"))

    code = str(ended(config))

    assert code.startswith("Not verified, because of a bug in the connector:\nTraceback")
    assert "ZeroDivisionError: of ****" in code
    assert "pina_a-test-token" not in code


def test_ctrl_c_ends_with_130(config, monkeypatch, capsys):
    failing(monkeypatch, KeyboardInterrupt())

    assert ended(config) == 130
    assert capsys.readouterr().err == "\nStopped.\n"


def test_a_sigterm_ends_with_143_and_the_former_handler_is_back(config, monkeypatch):
    former = signal.getsignal(signal.SIGTERM)

    def findings(_: Subject) -> list[Finding]:
        signal.raise_signal(signal.SIGTERM)
        return []

    monkeypatch.setattr(command, "findings", findings)

    assert ended(config) == 143
    assert signal.getsignal(signal.SIGTERM) is former


def test_a_reader_that_has_gone_ends_with_1_and_stdout_leads_nowhere(config, monkeypatch):
    replaced: list[tuple[int, int]] = []
    monkeypatch.setattr(command.os, "open", lambda path, _: {os.devnull: 99}[path])
    monkeypatch.setattr(command.os, "dup2", lambda *both: replaced.append(both))
    failing(monkeypatch, BrokenPipeError())

    assert ended(config) == 1
    assert replaced == [(99, 1)]


def test_a_configuration_that_is_not_there_or_wrong_is_reported(tmp_path):
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"credentials": {"auth_method": "none"}}', encoding="utf-8")

    for path in (tmp_path / "nowhere.json", wrong):
        assert str(ended(path)).startswith("Not verified")
        assert "Traceback" not in str(ended(path))
