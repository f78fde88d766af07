"""`source-pinterest login` without a browser, on answers that are given: nothing is sent."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from source_pinterest.http.retry import INTERACTIVE
from source_pinterest.login import run
from unit_tests.verify.recorded import Answer, Recorded, answering

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"

SECRET = "the-app-secret"
GRANT = {
    "access_token": "pina_given-by-pinterest",
    "refresh_token": "pinr_given-by-pinterest",
    "token_type": "bearer",
    "expires_in": 2_592_000,
    "refresh_token_expires_in": 5_184_000,
    "scope": "ads:read,boards:read,pins:read,user_accounts:read,catalogs:read",
}


class Person:
    """Pastes addresses, each made from the `state` that the login has shown."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *addresses: str) -> None:
        self.said = ""
        self._capsys = capsys
        self._addresses = list(addresses)

    def paste(self, _: str) -> str:
        self.said += self._capsys.readouterr().out
        state = self.said.rpartition("state=")[2].split()[0]
        return self._addresses.pop(0).replace("{state}", state)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.json"


@pytest.fixture
def log_in(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[Any, str]]:
    monkeypatch.setenv("PINTEREST_CLIENT_SECRET", SECRET)

    def log_in(
        *options: str,
        token: Answer = (200, GRANT),
        addresses: tuple[str, ...] = ("http://localhost:8085/?code=abc&state={state}",),
        others: Callable[[str], Answer | None] = lambda _: None,
    ) -> tuple[Any, str]:
        """The exit code or last word, and everything that was said."""
        person, end = Person(capsys, *addresses), None
        monkeypatch.setattr("builtins.input", person.paste)
        given = ["--config", str(config), "--client-id", "1234567", "--no-browser", *options]
        pinterest = Recorded(
            lambda operation: token if operation == "POST /oauth/token" else others(operation)
        )
        with answering(pinterest):
            try:
                run(given, replace(INTERACTIVE, first_pause=0.0))
            except SystemExit as ended:
                end = ended.code
        printed = capsys.readouterr()
        return end, person.said + printed.out + printed.err

    return log_in


def test_a_login_is_written_for_its_owner_only_and_says_who_it_is(log_in, config):
    end, said = log_in()

    assert end is None
    assert json.loads(config.read_text(encoding="utf-8"))["credentials"] == {
        "auth_method": "oauth2.0",
        "client_id": "1234567",
        "client_secret": SECRET,
        "access_token": GRANT["access_token"],
        "refresh_token": GRANT["refresh_token"],
        "token_expiry_date": json.loads(config.read_text())["credentials"]["token_expiry_date"],
    }
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert "Hello g_sddnvt, you are logged in." in said
    assert "The scope boards:read_secret is missing: secret boards are left out." in said
    assert said.count("  ad account ") == 3
    assert SECRET not in said
    assert "pinr_" not in said


def test_what_else_the_file_holds_stays(log_in, config):
    config.write_text(json.dumps({"backfill_days": 15, "credentials": {}}), encoding="utf-8")

    end, _ = log_in("--force")

    written = json.loads(config.read_text(encoding="utf-8"))
    assert end is None
    assert written["backfill_days"] == 15
    assert written["credentials"]["refresh_token"] == GRANT["refresh_token"]


def test_a_file_that_is_there_is_not_replaced_without_being_asked_to(log_in, config):
    config.write_text('{"backfill_days": 15}', encoding="utf-8")

    end, _ = log_in()

    assert "already exists. To replace the login in it, use --force." in end
    assert "Its other fields stay: `backfill_days`." in end
    assert config.read_text(encoding="utf-8") == '{"backfill_days": 15}'


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ((401, {"code": 2, "message": "Authentication failed."}), "the app secret key"),
        ((400, {"code": 283, "message": "Invalid code."}), "the code of this login"),
        ((200, {**GRANT, "refresh_token": None}), "Pinterest gave no refresh token"),
        ((200, "<html>"), "Pinterest's login endpoint gave no usable answer"),
    ],
)
def test_a_code_that_gives_no_login_is_reported_and_nothing_is_written(
    token, words, log_in, config
):
    end, _ = log_in(token=token)

    assert str(end).startswith("Not logged in. ")
    assert words in end
    assert not config.exists()


def test_an_address_that_is_wrong_is_asked_for_again(log_in, config):
    end, said = log_in(
        addresses=(
            "http://localhost:8085/",
            "http://localhost:8085/?code=abc&state=another",
            "http://localhost:8085/?code=abc&state={state}",
        )
    )

    assert end is None
    assert "That is not it: the address contains `code=` or `error=`." in said
    assert "does not belong to this login" in said
    assert config.exists()


def test_a_login_that_was_given_is_kept_whatever_else_pinterest_does(log_in, config):
    def down(operation: str) -> Answer | None:
        return (403, {"code": 29, "message": "No."}) if operation == "GET /ad_accounts" else None

    end, said = log_in(others=down)

    assert end is None
    assert "you are logged in" in said
    assert config.exists()


@pytest.mark.parametrize("content", ["[]", "{", '"a text"'])
def test_a_file_that_holds_something_else_is_not_touched(content, log_in, config):
    config.write_text(content, encoding="utf-8")

    end, _ = log_in("--force")

    assert "exists and is not a configuration" in end
    assert config.read_text(encoding="utf-8") == content


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "is empty."), (b"\xff\xfe", "it is not text"), (None, "No such file or directory")],
)
def test_a_file_without_the_secret_is_reported(content, words, log_in, tmp_path):
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)

    end, said = log_in("--client-secret-file", str(path))

    assert words in end
    assert str(path) not in end + said


# --- The command line ---


def last_words(arguments: list[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        run(arguments)
    return str(ended.value.code)


def test_without_a_terminal_the_secret_is_not_asked_for(tmp_path, monkeypatch):
    monkeypatch.delenv("PINTEREST_CLIENT_SECRET", raising=False)

    words = last_words(["--config", str(tmp_path / "my.json"), "--client-id", "1234567"])

    assert words == "Not logged in. There is no terminal to ask you on: give --client-secret-file."


def test_a_former_file_that_is_wrong_is_found_out_before_anybody_logs_in(tmp_path):
    path = tmp_path / "my.json"
    path.write_text('{"backfill_days": 14}')

    words = last_words(["--config", str(path), "--force"])

    assert "`backfill_days`: 14 is less than 15." in words


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_a_port_that_is_none_is_refused(port, capsys):
    assert last_words(["--port", port]) == "2"
    assert "argument --port: give a port, 1 to 65535" in capsys.readouterr().err


@pytest.mark.parametrize("seconds", ["0", "-1", "100000", "soon"])
def test_a_time_that_is_none_is_refused(seconds, capsys):
    assert last_words(["--timeout", seconds]) == "2"
    assert "--timeout: give a number of seconds, at most 86400" in capsys.readouterr().err


def test_a_word_without_an_option_is_refused_and_not_shown(capsys):
    assert last_words(["pina_a-token"]) == "2"
    err = capsys.readouterr().err
    assert "only options are accepted, as in --config FILE" in err
    assert "pina_" not in err


def test_only_pinterest_or_this_machine_may_be_logged_in_at(tmp_path):
    words = last_words(
        ["--config", str(tmp_path / "my.json"), "--base-url", "https://example.com/v5"]
    )

    assert "`base_url`: this is not an address of Pinterest's API" in words


def test_the_command_is_installed_with_the_package():
    scripts = tomllib.loads(PYPROJECT.read_text())["project"]["scripts"]

    assert scripts == {
        "source-pinterest": "source_pinterest.run:main",
        "source-pinterest-login": "source_pinterest.login:run",
    }


@pytest.mark.parametrize("arguments", [["--client-secret", "hush"], ["--client-secret=hush"]])
def test_a_secret_on_the_command_line_is_refused_for_what_it_is(arguments, capsys):
    assert last_words(arguments) == "2"
    assert (
        "is not accepted on the command line, where others can read it" in capsys.readouterr().err
    )
