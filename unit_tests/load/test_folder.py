"""The files beside the data."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from source_pinterest.load.errors import LoadError
from source_pinterest.load.folder import Folder

OLD = {"auth_method": "oauth2.0", "refresh_token": "old"}
NEW = {"auth_method": "oauth2.0", "refresh_token": "new"}


def state(name: str) -> dict[str, Any]:
    return {
        "type": "STREAM",
        "stream": {"stream_descriptor": {"name": name}, "stream_state": {"549755885175": {}}},
    }


@pytest.fixture
def folder(tmp_path: Path) -> Any:
    made = Folder(tmp_path / "p.duckdb.load" / "pinterest")
    yield made
    made.close()


def test_states_are_there_again_and_for_their_owner_only(folder: Folder) -> None:
    folder.save_states([state("ads"), state("pins")], "17")

    states, load_id = folder.states()
    assert (list(states), load_id) == (["ads", "pins"], "17")
    assert states["ads"] == state("ads")
    assert (folder.path / "state.json").stat().st_mode & 0o777 == 0o600
    assert folder.path.stat().st_mode & 0o777 == 0o700


def test_states_that_cannot_be_written_leave_the_former_ones(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.save_states([state("ads")], "17")

    def full(_: int) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        folder.save_states([state("pins")], "18")

    assert list(folder.states()[0]) == ["ads"]
    assert sorted(path.name for path in folder.path.iterdir()) == ["lock", "run", "state.json"]


def test_a_renewed_login_takes_the_place_of_the_one_that_it_descends_from(folder: Folder) -> None:
    folder.save_login(OLD, NEW)

    assert folder.with_login({"credentials": OLD, "backfill_days": 15}) == {
        "credentials": NEW,
        "backfill_days": 15,
    }
    again = {**OLD, "refresh_token": "of a later login"}
    assert folder.with_login({"credentials": again}) == {"credentials": again}
    assert (folder.path / "login.json").stat().st_mode & 0o777 == 0o600


def test_two_loads_into_the_same_tables_are_refused(folder: Folder) -> None:
    with pytest.raises(LoadError, match="is running"):
        Folder(folder.path)

    folder.close()
    Folder(folder.path).close()
    folder._lock = os.open(os.devnull, os.O_RDONLY)  # the fixture closes it once more


def test_what_a_killed_load_left_is_gone(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    (folder.scratch / "config.json").write_text("{}")
    os.close(folder._lock)  # as a kill does

    again = Folder(tmp_path)

    assert list(again.scratch.iterdir()) == []
    again.close()


@pytest.mark.parametrize("content", ["{", json.dumps({"version": 99})])
def test_states_that_are_not_ours_are_refused(folder: Folder, content: str) -> None:
    (folder.path / "state.json").write_text(content)

    with pytest.raises(LoadError, match=r"state\.json"):
        folder.states()


def test_tables_of_other_ad_accounts_are_not_overwritten(folder: Folder) -> None:
    mine, another = Path("my.json"), Path("another.json")
    folder.check_ad_accounts(["7", "8"], mine)
    folder.check_ad_accounts(["8", "9"], another)  # one has gone, and one has come

    with pytest.raises(LoadError, match=r"of other ad accounts \(2, among them 8\)"):
        folder.check_ad_accounts(["10"], mine)

    folder.check_ad_accounts(["10"], another)  # a connection may get other ones
    folder.check_ad_accounts([], mine)  # all
    folder.check_ad_accounts(["11"], another)
