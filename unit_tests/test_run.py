"""Which verb runs with what, and how wrong usage ends."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest

from source_pinterest import entrypoint, load, login, plan, verify
from source_pinterest.http.settings import Settings
from source_pinterest.run import VERBS, main, run

NOON = datetime(2020, 1, 15, 12, tzinfo=timezone.utc)


def noon() -> datetime:
    return NOON


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[Any, ...]]]:
    """The implementations that run, with their arguments; none of them does anything."""
    made: list[tuple[str, tuple[Any, ...]]] = []
    for module in (entrypoint, load, login, plan, verify):
        name = module.__name__.rpartition(".")[2]
        monkeypatch.setattr(module, "run", lambda *args, name=name: made.append((name, args)))
    return made


def lines_of(text: str) -> dict[str, str]:
    """The verbs that a usage text describes."""
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line.startswith("  ")]
    return {line[0]: line[1] for line in lines}


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_describes_each_verb_in_one_line(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run([option])

    printed = capsys.readouterr()
    assert lines_of(printed.out) == {name: verb.help for name, verb in VERBS.items()}
    assert printed.err == ""


@pytest.mark.parametrize(
    ("args", "fact"),
    [
        ([], "which command?"),
        (["--config", "my.json"], "which command?"),
        (["chek"], "chek is not a command."),
        (["pina_of-somebody"], "which command?"),
        (["anotherverbthatislong"], "which command?"),
        (["prüfe"], "which command?"),
    ],
)
def test_wrong_usage_exits_with_2_and_shows_only_words_that_look_like_a_verb(
    args: list[str], fact: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        run(args)

    printed = capsys.readouterr()
    assert (end.value.code, printed.out) == (2, "")
    first, *rest = printed.err.splitlines()
    assert first == f"source-pinterest: {fact}"
    assert lines_of("\n".join(rest)).keys() == VERBS.keys()


@pytest.mark.parametrize("verb", ["spec", "check", "discover", "read"])
def test_airbytes_verbs_get_the_verb_itself_the_clock_and_the_settings(
    verb: str, calls: list[Any]
) -> None:
    settings = Settings()

    run([verb, "--config", "my.json"], noon, settings)

    assert calls == [("entrypoint", ([verb, "--config", "my.json"], noon, settings))]


@pytest.mark.parametrize("verb", ["load", "verify"])
def test_our_own_verbs_get_their_options_and_the_clock(verb: str, calls: list[Any]) -> None:
    run([verb, "--config", "my.json"], noon)

    assert calls == [(verb, (["--config", "my.json"], noon))]


def test_login_gets_the_retry_policy_of_the_settings_if_there_are_any(calls: list[Any]) -> None:
    settings = Settings()

    run(["login", "--no-browser"])
    run(["login", "--no-browser"], noon, settings)

    assert calls == [
        ("login", (["--no-browser"],)),
        ("login", (["--no-browser"], settings.interactive)),
    ]


@pytest.fixture
def _collector() -> Iterator[None]:
    """A collector that is on and has frozen nothing, and afterwards one that passes over what was there before."""
    gc.unfreeze()
    yield
    gc.freeze()
    gc.enable()


@pytest.mark.usefixtures("_collector")
@pytest.mark.parametrize("verb", sorted(VERBS))
def test_the_console_script_runs_the_verb_of_its_command_line_with_a_working_collector(
    verb: str, calls: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["source-pinterest", verb])

    main()

    assert len(calls) == 1
    assert verb in (calls[0][0], *calls[0][1][0])
    assert VERBS[verb].module in sys.modules
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


@pytest.mark.usefixtures("_collector")
def test_the_console_script_without_a_verb_exits_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["source-pinterest"])

    with pytest.raises(SystemExit) as end:
        main()

    assert end.value.code == 2
    assert "which command?" in capsys.readouterr().err
