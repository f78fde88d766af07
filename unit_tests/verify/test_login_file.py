"""A renewed login is never lost without a sentence, and goes where the user said."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from source_pinterest.http.auth import Login
from source_pinterest.verify import login_file
from source_pinterest.verify.login_file import LoginFile, LoginNotSaved

CONFIG: dict[str, Any] = {
    "start_date": "2026-01-31",
    "credentials": {
        "auth_method": "oauth2.0",
        "client_id": "1234567",
        "client_secret": "the-app-secret",
        "refresh_token": "pinr_the-former",
    },
}
RENEWED = Login("pina_the-new", "pinr_the-new", "2026-12-24T12:00:00+00:00")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "my.json"
    path.write_text(json.dumps(CONFIG), encoding="utf-8")
    return path


def content_of(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_no_file_is_written_before_a_request_that_renews_nothing(tmp_path):
    file = LoginFile(CONFIG, tmp_path / "no folder" / "my.json", None, pytest.fail)

    file.before_request("/ad_accounts")

    assert list(tmp_path.iterdir()) == []


def test_the_present_login_is_written_to_the_other_file_before_it_is_renewed(config, tmp_path):
    other = tmp_path / "other.json"

    LoginFile(CONFIG, config, other, pytest.fail).before_request("/oauth/token")

    assert content_of(other) == CONFIG


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("no folder/other.json", None, "there is no folder"),
        ("other.json", "[1, 2]", "exists and is not a configuration"),
    ],
)
def test_nothing_is_renewed_where_it_could_not_be_saved(config, tmp_path, name, content, reason):
    other = tmp_path / name
    if content:
        other.write_text(content, encoding="utf-8")

    with pytest.raises(LoginNotSaved) as raised:
        LoginFile(CONFIG, config, other, pytest.fail).before_request("/oauth/token")

    assert reason in str(raised.value)
    assert "--save-login FILE" in str(raised.value)
    assert "--config" not in str(raised.value)  # the advice of another command
    assert not content or other.read_text(encoding="utf-8") == content


def test_a_renewed_login_replaces_the_former_one_and_nothing_else(config):
    told: list[str] = []

    LoginFile(CONFIG, config, None, told.append).save(RENEWED)

    assert content_of(config) == {
        **CONFIG,
        "credentials": {**CONFIG["credentials"], **vars(RENEWED)},
    }
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    (sentence,) = told
    assert f"The new one is in {config}, which only you can read." in sentence


def test_a_login_in_another_file_is_reported_with_what_to_do(config, tmp_path):
    told: list[str] = []
    other = tmp_path / "other.json"

    LoginFile(CONFIG, config, other, told.append).save(RENEWED)

    assert content_of(config) == CONFIG
    assert content_of(other)["credentials"]["refresh_token"] == "pinr_the-new"
    assert f"{other}, which only you can read; use that file from now on." in told[0]


def test_a_file_that_can_no_longer_be_written_is_replaced_by_one_elsewhere(tmp_path, monkeypatch):
    told: list[str] = []
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr(login_file.tempfile, "mkdtemp", lambda **_: str(elsewhere))

    LoginFile(CONFIG, tmp_path / "gone" / "my.json", None, told.append).save(RENEWED)

    assert content_of(elsewhere / "config.json")["credentials"]["access_token"] == "pina_the-new"
    assert str(elsewhere / "config.json") in told[0]


def test_a_login_that_can_be_written_nowhere_is_reported_as_lost(tmp_path, monkeypatch):
    def full(prefix: str) -> str:
        raise OSError(28, f"no space for {prefix}")

    monkeypatch.setattr(login_file.tempfile, "mkdtemp", full)
    file = LoginFile(CONFIG, tmp_path / "gone" / "my.json", None, pytest.fail)

    with pytest.raises(
        LoginNotSaved, match=r"the new one is lost\. Log in again: source-pinterest login"
    ) as raised:
        file.save(RENEWED)

    assert "the-new" not in str(raised.value)


def test_the_secrets_are_those_of_the_former_and_of_the_present_login(config):
    short = {**CONFIG, "credentials": {**CONFIG["credentials"], "client_id": "123"}}
    file = LoginFile(short, config, None, lambda _: None)

    assert set(file.secrets) == {"the-app-secret", "pinr_the-former"}
    file.save(RENEWED)
    assert set(file.secrets) == {
        *("the-app-secret", "pinr_the-former", "pinr_the-new", "pina_the-new"),
    }
