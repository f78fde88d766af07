"""Which rows and states of a connector's output are kept, and what the outcome says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from source_pinterest.load import load as module
from source_pinterest.load.destination import NotLoaded
from source_pinterest.load.folder import Folder
from source_pinterest.load.load import (
    FILE_LOAD_FACTOR,
    MAX_WAITING_ROWS,
    MAX_WAITING_SECONDS,
    Load,
    Outcome,
)
from source_pinterest.load.tables import tables
from unit_tests.load.in_memory import CATALOG, InMemory, Printed

CONFIG = {"credentials": {"refresh_token": "old"}}


class Loading:
    """Loads one after the other into the same tables."""

    def __init__(self, path: Path) -> None:
        self.destination = InMemory()
        self.said: list[str] = []
        self.logins: list[Any] = []
        self.now = 0.0
        self.catalog = CATALOG
        self.folder = Folder(path / "p.load")
        self._path = path

    def clock(self) -> float:
        return self.now

    def made(self) -> Load:
        return Load(
            self.catalog,
            tables(self.catalog),
            self.destination,  # type: ignore[arg-type]
            self.folder,
            self.said.append,
            self.logins.append,
            self.clock,
        )

    def run(self, printed: Printed, exit_code: int = 0) -> Outcome:
        self.said.clear()
        return self.made().run(CONFIG, printed.command(self._path / "printed", exit_code))

    def given(self, name: str) -> Any:
        """The content of a file that the last connector was started with."""
        return json.loads((self._path / f"given-{name}.json").read_text())

    @property
    def given_states(self) -> list[str]:
        return [each["stream"]["stream_state"]["of"] for each in self.given("state")]

    @property
    def kept_states(self) -> dict[str, str]:
        states, _ = self.folder.states()
        return {name: each["stream"]["stream_state"]["of"] for name, each in states.items()}


@pytest.fixture
def loading(tmp_path: Path) -> Iterator[Loading]:
    made = Loading(tmp_path)
    yield made
    made.folder.close()


def complete(of: str = "monday") -> Printed:
    printed = Printed().rows("lists", a=1, b=2).status("COMPLETE", "lists")
    return printed.rows("reports", a=3).state("reports", of).status("COMPLETE", "reports")


# --- Rows and states ---


def test_a_complete_load_has_all_rows_in_their_tables_and_keeps_the_state(loading: Loading) -> None:
    outcome = loading.run(complete())

    assert outcome.is_complete
    assert loading.destination.tables == {"lists": {"a": 1, "b": 2}, "reports": {"a": 3}}
    assert loading.kept_states == {"reports": "monday"}
    assert {name: (each.rows, each.loaded) for name, each in outcome.streams.items()} == {
        "lists": (2, 2),
        "reports": (1, 1),
    }
    assert loading.said == ["lists: 2 rows, COMPLETE.", "reports: 1 rows, COMPLETE."]
    assert list(loading.folder.scratch.glob("*.arrow")) == []


def test_the_connector_gets_the_configuration_the_catalog_and_the_last_state(
    loading: Loading,
) -> None:
    loading.run(complete("monday"))
    assert loading.given_states == []

    loading.run(complete("tuesday"))

    assert loading.given_states == ["monday"]
    assert loading.given("config") == CONFIG
    assert loading.given("catalog") == CATALOG
    modes = {each.stat().st_mode & 0o777 for each in loading.folder.scratch.glob("*.json")}
    assert modes == {0o600}  # one of them holds the login


def test_a_replaced_table_loses_what_is_gone_and_a_merged_one_keeps_it(loading: Loading) -> None:
    loading.run(complete())

    printed = Printed().rows("lists", b=7).rows("reports", b=8)
    assert loading.run(printed.status("COMPLETE", "lists", "reports")).is_complete

    assert loading.destination.tables == {"lists": {"b": 7}, "reports": {"a": 3, "b": 8}}


def test_an_incomplete_list_removes_no_row_and_its_state_is_not_kept(loading: Loading) -> None:
    loading.run(complete())
    printed = Printed().rows("lists", b=7).state("lists", "half").status("INCOMPLETE", "lists")

    outcome = loading.run(printed.status("COMPLETE", "reports"))

    assert not outcome.is_complete
    assert loading.destination.tables["lists"] == {"a": 1, "b": 7}
    assert loading.kept_states == {"reports": "monday"}


def test_an_incomplete_list_without_a_key_leaves_its_table_unchanged(loading: Loading) -> None:
    loading.catalog = json.loads(json.dumps(CATALOG))
    loading.catalog["streams"][0]["stream"]["source_defined_primary_key"] = []
    loading.run(complete())

    printed = Printed().rows("lists", c=9).status("INCOMPLETE", "lists")
    loading.run(printed.status("COMPLETE", "reports"))

    assert loading.destination.tables["lists"] == {"a": 1, "b": 2}


def test_a_table_that_is_gone_is_read_from_its_start(loading: Loading) -> None:
    loading.run(complete("monday"))
    del loading.destination.tables["reports"]

    loading.run(complete("tuesday"))

    assert loading.given_states == []
    assert loading.said[0] == ("reports has a state but no table, so it is read from the start.")
    assert loading.kept_states == {"reports": "tuesday"}


def test_states_of_other_data_are_not_used(loading: Loading) -> None:
    loading.run(complete("monday"))
    loading.destination = InMemory()

    loading.run(complete("tuesday"))

    assert loading.given_states == []
    assert "do not belong to the data that is there now" in loading.said[0]


# --- When rows are loaded ---


def test_rows_are_loaded_once_there_are_many(
    loading: Loading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_WAITING_ROWS", 3)
    printed = Printed().rows("reports", a=1, b=2).state("reports", "1")
    printed.rows("reports", c=3).state("reports", "2").rows("reports", d=4)

    loading.run(printed.status("COMPLETE", "reports", "lists"))

    assert loading.destination.loads == [{"reports": 3}, {"lists": 0, "reports": 1}]


def test_a_list_is_loaded_only_once_it_is_complete(
    loading: Loading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_WAITING_ROWS", 1)
    loading.run(complete())
    loading.destination.loads.clear()
    printed = Printed().rows("lists", c=1).state("lists", "1").rows("lists", d=2)

    loading.run(printed.status("COMPLETE", "lists", "reports"))

    assert [each.get("lists") for each in loading.destination.loads] == [2, None]
    assert loading.destination.tables["lists"] == {"c": 1, "d": 2}


@pytest.mark.parametrize(("is_parquet", "patience"), [(False, 1), (True, FILE_LOAD_FACTOR)])
def test_rows_are_loaded_once_they_have_waited_and_files_are_written_more_rarely(
    loading: Loading, is_parquet: bool, patience: int
) -> None:
    loading.destination.is_parquet = is_parquet
    load = loading.made()
    spool = load.outcome.streams["reports"].spool

    loading.now = MAX_WAITING_SECONDS * patience
    assert not load._is_time()  # there is nothing to load
    spool.rows = 1
    assert load._is_time()
    loading.now -= 1
    assert not load._is_time()
    spool.rows = MAX_WAITING_ROWS * patience
    assert load._is_time()


def test_the_outcome_has_the_duration(loading: Loading) -> None:
    def slow() -> None:
        loading.now += 12.5

    loading.destination.on_load = slow

    assert loading.run(complete()).seconds == 12.5


# --- What goes wrong ---


def test_a_connector_that_ends_early_leaves_what_it_had_said(loading: Loading) -> None:
    printed = Printed().rows("lists", a=1).rows("reports", a=1).state("reports", "1")

    outcome = loading.run(printed.rows("reports", b=2), exit_code=137)

    assert outcome.problems == [
        "The connector ended early (137), so these are incomplete: lists, reports."
    ]
    assert {each.status for each in outcome.streams.values()} == {"INCOMPLETE"}
    assert loading.destination.tables == {"lists": {"a": 1}, "reports": {"a": 1, "b": 2}}
    assert loading.kept_states == {"reports": "1"}


def test_a_connector_that_fails_after_its_last_stream_is_no_success(loading: Loading) -> None:
    outcome = loading.run(complete(), exit_code=1)

    assert not outcome.is_complete
    assert outcome.problems == ["The connector ended with 1."]


def test_an_error_about_everything_gives_way_to_those_of_the_streams(loading: Loading) -> None:
    printed = complete()
    printed.lines.pop()  # the last status
    printed.error("reports is incomplete: Pinterest refuses it.", "reports")
    printed.status("INCOMPLETE", "reports").error("These streams are incomplete: reports.")

    outcome = loading.run(printed, exit_code=1)

    assert outcome.problems == []
    assert not outcome.is_complete
    assert outcome.streams["reports"].problem == "reports is incomplete: Pinterest refuses it."


def test_an_error_about_everything_stays_if_no_stream_has_one(loading: Loading) -> None:
    outcome = loading.run(Printed().error("Your login has expired."), exit_code=1)

    assert outcome.problems == ["Your login has expired."]


def test_a_stream_that_is_refused_keeps_its_former_state_and_the_others_are_loaded(
    loading: Loading, monkeypatch: pytest.MonkeyPatch
) -> None:
    loading.run(complete("monday"))
    monkeypatch.setattr(module, "MAX_WAITING_ROWS", 1)
    loading.destination.refusals = {"reports": "disk full"}
    printed = Printed().rows("lists", b=5).status("COMPLETE", "lists")
    printed.rows("reports", z=1).state("reports", "tuesday").rows("reports", y=2)

    outcome = loading.run(printed.status("COMPLETE", "reports"))

    assert not outcome.is_complete
    assert outcome.streams["reports"].problem == "reports could not be loaded: disk full"
    assert [each.loaded for each in outcome.streams.values()] == [1, 0]
    assert loading.destination.tables == {"lists": {"b": 5}, "reports": {"a": 3}}
    assert loading.kept_states == {"reports": "monday"}


def test_a_destination_that_takes_nothing_ends_the_load_and_keeps_no_state(
    loading: Loading,
) -> None:
    loading.destination.refusals = {"": "no connection"}

    with pytest.raises(NotLoaded, match="no connection"):
        loading.run(complete())

    assert loading.kept_states == {}


# --- What else is said ---


def test_warnings_are_passed_on_and_other_logs_are_not(loading: Loading) -> None:
    printed = complete().log("INFO", "Reading.").log("WARN", "Look.").log("ERROR", "Traceback …")

    loading.run(printed)

    assert "Look." in loading.said
    assert not {"Reading.", "Traceback …"} & set(loading.said)


def test_a_renewed_login_is_handed_over(loading: Loading) -> None:
    renewed = {"credentials": {"refresh_token": "new"}}

    loading.run(complete().login(renewed))

    assert loading.logins == [renewed]


def test_rows_of_a_stream_that_is_not_in_the_catalog_are_ignored(loading: Loading) -> None:
    assert loading.run(complete().rows("pins", a=1).state("pins", "1")).is_complete

    assert loading.destination.tables.keys() == {"lists", "reports"}


def test_values_that_do_not_fit_are_counted_by_stream_and_column(loading: Loading) -> None:
    printed = Printed().rows("reports", a="many", b=2).status("COMPLETE", "reports", "lists")

    outcome = loading.run(printed)

    ((where, misfit),) = outcome.misfits.items()
    assert where == ("reports", "clicks")
    assert (misfit.nulls, misfit.rounded, misfit.example) == (1, 0, "many")
    assert loading.destination.tables["reports"] == {"a": None, "b": 2}
