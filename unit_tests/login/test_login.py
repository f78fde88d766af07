"""The parts of a login that need no Pinterest: what is asked for, the file, the words."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from source_pinterest.api.facts import api_facts
from source_pinterest.login import page, run
from source_pinterest.login.authorization import (
    AUTHORIZATION_URL,
    Authorization,
    answer_in,
    scopes,
)
from source_pinterest.login.config_file import ConfigFile
from source_pinterest.login.errors import LoginError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PACKAGE = Path(__file__).resolve().parents[2] / "source_pinterest"
SPEC = json.loads((PACKAGE / "spec.json").read_text(encoding="utf-8"))
BASE_URL = "https://api.pinterest.com/v5"


def authorization() -> Authorization:
    return Authorization(BASE_URL, "1234567", 8085)


# --- What is asked for ---


def test_the_scopes_are_those_that_the_operations_need_and_their_secret_twins():
    needed = {scope for each in api_facts()["operations"].values() for scope in each["scopes"]}

    assert set(scopes()) == needed | {"boards:read_secret", "pins:read_secret"}
    assert all(scope.partition(":")[2] in ("read", "read_secret") for scope in scopes())
    assert len(scopes()) == len(set(scopes()))


def test_the_login_is_at_pinterest_and_at_the_same_page_as_a_platforms():
    flow = SPEC["advanced_auth"]["oauth_config_specification"]
    consent_url = flow["oauth_connector_input_specification"]["consent_url"]

    assert AUTHORIZATION_URL == "https://www.pinterest.com/oauth/"
    assert consent_url.partition("?")[0] == AUTHORIZATION_URL
    assert authorization().url.startswith(f"{AUTHORIZATION_URL}?client_id=1234567&redirect_uri=")


def test_a_server_on_this_machine_has_its_page_there_and_the_sandbox_at_pinterest():
    here = Authorization("http://127.0.0.1:8080/v5", "1", 8085)
    sandbox = Authorization("https://api-sandbox.pinterest.com/v5", "1", 8085)

    assert here.url.startswith("http://127.0.0.1:8080/oauth/?")
    assert sandbox.url.startswith(AUTHORIZATION_URL)


def test_each_login_has_a_state_of_its_own():
    assert len({authorization().state for _ in range(50)}) == 50


# --- What comes back ---


def test_the_code_of_the_right_answer_is_taken():
    asked = authorization()

    assert asked.code({"code": "c", "state": asked.state}) == "c"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"error": "access_denied"}, "The login was refused on Pinterest's page."),
        (
            {"error": "invalid_scope", "error_description": "a\nb\x1b[2J\u202e"},
            "refuses the login: invalid_scope a b[2J.",
        ),
        ({"code": ""}, "holds no code"),
    ],
)
def test_an_answer_of_ours_without_a_code_says_what_to_do(answer, words):
    asked = authorization()

    with pytest.raises(LoginError) as stopped:
        asked.code({**answer, "state": asked.state})

    assert words in str(stopped.value)


@pytest.mark.parametrize(
    "answer",
    [
        {"code": "c", "state": "another"},
        {"code": "c", "state": "é"},
        {"code": "c", "state": "\udcff"},
        {"code": "c"},
        {"error": "access_denied"},
        {"error": "invalid", "error_description": "Call 555-0100 to unlock your account"},
    ],
)
def test_an_answer_without_our_state_is_not_ours_whatever_it_says(answer):
    asked = authorization()

    assert not asked.is_ours(answer)
    with pytest.raises(LoginError, match="does not belong to this login") as stopped:
        asked.code(answer)
    assert "555" not in str(stopped.value)


@pytest.mark.parametrize(
    "text",
    ["", "code", "http://localhost:8085/", "http://localhost:8085/?state=s", "http://[", "?"],
)
def test_what_holds_no_answer_is_none(text):
    assert answer_in(text) == {}


# --- The page ---


def test_the_page_shows_names_as_text():
    text = page.succeeded("<b>", ["1, <script>"], [], "my&.json", "check <x>")

    assert "<script>" not in text
    assert "<b>" not in text
    assert "Hello &lt;b&gt;, you are logged in" in text


# --- The file ---


def test_a_file_is_for_its_owner_only_from_its_first_moment(tmp_path, monkeypatch):
    modes: list[int] = []
    fsync = os.fsync

    def look(descriptor: int) -> None:
        modes.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", look)

    ConfigFile(tmp_path / "my.json").write({"a": 1}, may_replace=False)

    assert modes == [0o600]
    assert stat.S_IMODE((tmp_path / "my.json").stat().st_mode) == 0o600
    assert json.loads((tmp_path / "my.json").read_text()) == {"a": 1}


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_a_write_that_is_interrupted_leaves_what_was_there(error, tmp_path, monkeypatch):
    path = tmp_path / "my.json"
    path.write_text("{}")

    def fails(_: int) -> None:
        raise error

    monkeypatch.setattr(os, "fsync", fails)

    with pytest.raises((KeyboardInterrupt, LoginError)):
        ConfigFile(path).write({"a": 1}, may_replace=True)

    assert path.read_text() == "{}"
    assert [each.name for each in tmp_path.iterdir()] == ["my.json"]


def test_a_symbolic_link_stays_one(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    real = tmp_path / "elsewhere" / "real.json"
    real.write_text('{"backfill_days": 15}')
    link = tmp_path / "my.json"
    link.symlink_to(real)

    file = ConfigFile(link)
    file.write({**file.content(), "a": 1}, may_replace=True)

    assert link.is_symlink()
    assert json.loads(real.read_text()) == {"backfill_days": 15, "a": 1}


@pytest.mark.parametrize("content", ["", "[]", "no json", "\udcff"])
def test_a_file_that_holds_something_else_is_left_alone(content, tmp_path):
    path = tmp_path / "my.json"
    path.write_bytes(content.encode(errors="surrogateescape"))

    with pytest.raises(LoginError, match="holds something else than a configuration"):
        ConfigFile(path).content()


def test_half_an_emoji_in_the_former_file_does_not_lose_the_login(tmp_path):
    path = tmp_path / "my.json"
    path.write_text('{"name": "Sale \\ud83d", "other": "\\ud83d\\ude00"}')

    file = ConfigFile(path)
    file.write({**file.content(), "a": 1}, may_replace=True)

    assert json.loads(path.read_text()) == {"name": "Sale \ud83d", "other": "😀", "a": 1}


def test_a_file_that_is_nested_too_deeply_holds_something_else(tmp_path):
    path = tmp_path / "my.json"
    path.write_text("[" * 100_000)

    with pytest.raises(LoginError, match="holds something else than a configuration"):
        ConfigFile(path).content()


# --- The command line ---


def last_words(arguments: list[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        run(arguments)
    return str(ended.value.code)


def test_without_a_terminal_the_secret_is_not_asked_for(tmp_path, monkeypatch):
    monkeypatch.delenv("PINTEREST_CLIENT_SECRET", raising=False)

    words = last_words(["--config", str(tmp_path / "my.json"), "--client-id", "1234567"])

    assert words == "Not logged in. There is no terminal to ask at: give --client-secret-file."


def test_a_former_file_that_is_wrong_is_found_out_before_anybody_logs_in(tmp_path):
    path = tmp_path / "my.json"
    path.write_text('{"backfill_days": 14}')

    words = last_words(["--config", str(path), "--force"])

    assert "`backfill_days`: 14 is less than 15." in words


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_a_port_that_is_none_is_refused(port, capsys):
    assert last_words(["--port", port]) == "2"
    assert "--port" in capsys.readouterr().err


def test_only_pinterest_or_this_machine_may_be_logged_in_at(tmp_path):
    words = last_words(
        ["--config", str(tmp_path / "my.json"), "--base-url", "https://example.com/v5"]
    )

    assert "`base_url`: this is not an address of Pinterest's API" in words


def test_the_command_is_installed_with_the_package():
    scripts = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["project"]["scripts"]

    assert scripts == {
        "source-pinterest": "source_pinterest.run:main",
        "source-pinterest-login": "source_pinterest.login:run",
    }


@pytest.mark.parametrize("arguments", [["--client-secret", "hush"], ["--client-secret=hush"]])
def test_a_secret_on_the_command_line_is_refused_for_what_it_is(arguments, capsys):
    assert last_words(arguments) == "2"
    assert "is not taken from the command line, where others can read it" in capsys.readouterr().err
