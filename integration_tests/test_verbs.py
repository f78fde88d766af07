"""`source-pinterest` and its verbs: their help, and the modules that they load."""

from __future__ import annotations

import subprocess
import sys

import pytest

from integration_tests.connector import ROOT
from source_pinterest.run import run

HELP = """\
Usage: source-pinterest COMMAND [OPTIONS]

  spec      print the form of the configuration (Airbyte)
  check     test a configuration (Airbyte)
  discover  print the available streams (Airbyte)
  read      print the records of the selected streams (Airbyte)
  load      load the streams into tables (needs the extra `load`)
  plan      say how many requests, minutes and rows a sync takes
  verify    test the connector's assumptions about Pinterest with your account
  login     log in to Pinterest, and write a configuration file

source-pinterest COMMAND --help shows the options of a command.
"""

WHAT_IS_LOADED = """
import sys
from source_pinterest.run import run
run([*sys.argv[1:]])
loaded = [name for name in ("load", "plan", "verify", "login") if f"source_pinterest.{name}" in sys.modules]
print(loaded, file=sys.stderr)
"""


def source_pinterest(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "source_pinterest", *args], capture_output=True, text=True, cwd=ROOT
    )


def ended(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    """The exit code, stdout and stderr, in this process."""
    with pytest.raises(SystemExit) as end:
        run(args)
    captured = capsys.readouterr()
    return int(end.value.code or 0), captured.out, captured.err


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_lists_every_verb_in_a_line_and_prints_nothing_else(option):
    process = source_pinterest(option)

    assert (process.returncode, process.stdout, process.stderr) == (0, HELP, "")


@pytest.mark.parametrize(
    ("args", "first_line"),
    [
        ([], "source-pinterest: which command?"),
        (["verfy"], "source-pinterest: verfy is not a command."),
        (["--config", "my.json"], "source-pinterest: which command?"),
        (["pina_a_token_by_mistake"], "source-pinterest: which command?"),
    ],
)
def test_without_a_verb_the_verbs_are_shown_and_a_secret_is_not(args, first_line, capsys):
    assert ended(capsys, *args) == (2, "", f"{first_line}\n\n{HELP}")


@pytest.mark.parametrize(
    "verb", ["spec", "check", "discover", "read", "load", "plan", "verify", "login"]
)
def test_each_verb_shows_its_own_options(verb, capsys):
    exit_code, out, err = ended(capsys, verb, "--help")

    assert (exit_code, err) == (0, "")
    assert out.lower().startswith("usage: ")


def test_the_help_of_verify_says_what_it_takes_and_nothing_else_is_printed():
    process = source_pinterest("verify", "--help")

    assert (process.returncode, process.stderr) == (0, "")
    assert process.stdout.startswith("usage: source-pinterest verify [-h] --config CONFIG")
    assert "at most 90 requests, in 2 minutes" in process.stdout


@pytest.mark.parametrize(
    "args", [["verify"], ["verify", "--confg", "x"], ["check"], ["load"], ["plan"], ["login", "x"]]
)
def test_a_wrong_use_of_a_verb_is_reported_in_plain_text(args, capsys):
    exit_code, out, err = ended(capsys, *args)

    assert (exit_code, out) == (2, "")
    assert "error: " in err


def test_airbytes_verbs_load_none_of_ours():
    command = [sys.executable, "-c", WHAT_IS_LOADED, "spec"]
    process = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)

    assert process.stderr.splitlines()[-1] == "[]"
