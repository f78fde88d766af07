"""The configuration file of a login: its content stays, and a write leaves the whole file or the former one."""

from __future__ import annotations

import json
import os
import stat

import pytest

from source_pinterest.login.config_file import ConfigFile
from source_pinterest.login.errors import LoginError


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

    with pytest.raises(LoginError, match="exists and is not a configuration"):
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

    with pytest.raises(LoginError, match="exists and is not a configuration"):
        ConfigFile(path).content()


def test_without_a_file_there_is_no_content(tmp_path):
    file = ConfigFile(tmp_path / "my.json")

    assert not file.exists()
    assert file.content() == {}


def test_a_folder_in_place_of_the_file_is_reported(tmp_path):
    with pytest.raises(LoginError, match="cannot be read: Is a directory"):
        ConfigFile(tmp_path).content()


def test_a_folder_that_does_not_exist_is_reported_before_anybody_logs_in(tmp_path):
    file = ConfigFile(tmp_path / "nowhere" / "my.json")

    with pytest.raises(LoginError, match=r"cannot be written: there is no folder .*nowhere"):
        file.check_writable()


def test_a_folder_that_may_not_be_written_to_is_reported_before_anybody_logs_in(
    tmp_path, monkeypatch
):
    file = ConfigFile(tmp_path / "my.json")
    file.check_writable()

    monkeypatch.setattr(os, "access", lambda _, mode: mode != os.W_OK | os.X_OK)

    with pytest.raises(LoginError, match="no file can be created in"):
        file.check_writable()


def test_files_that_have_appeared_in_the_meantime_are_left_and_the_login_is_written_beside(
    tmp_path,
):
    for name in ("my.json", "my-2.json"):
        (tmp_path / name).write_text("{}")

    written = ConfigFile(tmp_path / "my.json").write({"a": 1}, may_replace=False)

    assert written == tmp_path / "my-3.json"
    assert json.loads(written.read_text()) == {"a": 1}
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert [(tmp_path / name).read_text() for name in ("my.json", "my-2.json")] == ["{}", "{}"]
