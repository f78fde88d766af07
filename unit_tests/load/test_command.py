"""The command line of `source-pinterest load`: what it refuses, how it ends and what it says."""

from __future__ import annotations

import json
import logging
import os
import signal
import stat
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from source_pinterest.load import worker
from source_pinterest.load.command import run
from source_pinterest.login.config_file import ConfigFile
from source_pinterest.login.errors import LoginError
from unit_tests.load.in_memory import CATALOG, InMemory, Printed
from unit_tests.verify.recorded import Recorded, answering

NOON = datetime(2020, 1, 15, 12, tzinfo=timezone.utc)
CONFIG: dict[str, Any] = {
    "credentials": {
        "auth_method": "oauth2.0",
        "client_id": "1234567",
        "client_secret": "app-secret-of-mine",
        "refresh_token": "refresh-token-old",
    }
}


@dataclass(frozen=True)
class Ended:
    """The end of a command: its exit code, and what it has said."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture
def destination(monkeypatch: pytest.MonkeyPatch) -> InMemory:
    """The destination of every load of the test."""
    made = InMemory()
    monkeypatch.setattr(
        "source_pinterest.load.destination.Destination", lambda *given: made.opened_with(*given)
    )
    return made


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.json").write_text(json.dumps(CONFIG))
    (tmp_path / "catalog.json").write_text(json.dumps(CATALOG))

    def command(*options: str, printed: Printed | None = None, exit_code: int = 0) -> Ended:
        """`printed`: what the connector prints, instead of reading."""
        connector = (printed or Printed()).command(tmp_path / "printed", exit_code)
        code: Any = 0
        try:
            with answering(Recorded()):
                run(["--config", "my.json", *options], lambda: NOON, connector)
        except SystemExit as end:
            code = end.code or 0
        said = capsys.readouterr()
        if isinstance(code, str):  # Python prints it, and exits with 1
            return Ended(1, said.out, f"{said.err}{code}")
        return Ended(code, said.out, said.err)

    return command


def complete() -> Printed:
    printed = Printed().rows("lists", a=1, b=2).status("COMPLETE", "lists")
    return printed.rows("reports", a=3).state("reports", "1").status("COMPLETE", "reports")


OF_THE_CATALOG = ("--catalog", "catalog.json")


# --- Before anything is read ---


@pytest.mark.parametrize("package", ["dlt", "duckdb", "pyarrow"])
def test_without_the_extra_the_package_and_the_line_for_pip_are_named(
    package: str, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)

    ended = command(*OF_THE_CATALOG)

    assert (ended.code, ended.out) == (1, "")
    first, second = ended.err.splitlines()
    assert first.startswith(f"source-pinterest load: {package} is not installed.")
    assert second.strip() == 'pip install "source-pinterest[load]"'


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--colums", "CTR"], "unrecognized arguments: --colums"),
        (["--stream", "ads"], "unrecognized arguments: --stream"),
        (
            [*OF_THE_CATALOG, "--streams", "ads"],
            "give either --catalog, or --streams and --columns",
        ),
        (
            [*OF_THE_CATALOG, "--columns", "CTR"],
            "give either --catalog, or --streams and --columns",
        ),
        (["--dataset", "my-data"], "--dataset: letters, digits and _ only"),
        (["--dataset", "données"], "--dataset: letters, digits and _ only"),
        (["--dataset", ""], "--dataset: letters, digits and _ only"),
        (
            ["--destination", "postgres", "--into", "my.db"],
            "such as DESTINATION__POSTGRES__CREDENTIALS",
        ),
        (["--into", "pinterest.duckdb"], "could not tell this file from the schema pinterest"),
        (["--into", "data/Pinterest.db"], "could not tell this file from the schema pinterest"),
        (["--dataset", "Pinterest_Data"], "could not tell this file from the schema"),
    ],
)
def test_wrong_options_exit_with_2_and_say_what_is_wrong(
    options: list[str], sentence: str, command: Command, tmp_path: Path
) -> None:
    before = sorted(tmp_path.iterdir())

    ended = command(*options)

    assert (ended.code, ended.out) == (2, "")
    assert sentence in ended.err.splitlines()[-1]
    assert [each for each in sorted(tmp_path.iterdir()) if each.name != "printed"] == before


def test_a_configuration_file_is_required(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        run([])

    assert end.value.code == 2
    assert "required: --config" in capsys.readouterr().err


def test_help_says_the_exit_codes_and_exits_with_0(command: Command) -> None:
    ended = command("--help")

    assert ended.code == 0
    assert "130, Ctrl-C; 143, SIGTERM" in ended.out


def test_files_may_have_the_name_of_the_schema_where_no_database_confuses_them(
    command: Command, destination: InMemory
) -> None:
    ended = command(*OF_THE_CATALOG, "--destination", "filesystem", printed=complete())

    assert ended.code == 0
    assert destination.given[1] == str(Path("pinterest").absolute())


@pytest.mark.parametrize(
    ("options", "kind", "into", "folder"),
    [
        ([], "duckdb", "pinterest_data.duckdb", "pinterest_data.duckdb.load/pinterest"),
        (["--into", "a/b.db", "--dataset", "ads_2"], "duckdb", "a/b.db", "a/b.db.load/ads_2"),
        (["--state-folder", "kept"], "duckdb", "pinterest_data.duckdb", "kept"),
        (
            ["--destination", "filesystem", "--into", "s3://bucket/lake/"],
            "filesystem",
            "s3://bucket/lake/",
            "pinterest-filesystem.load/pinterest",
        ),
        (["--destination", "postgres"], "postgres", "", "pinterest-postgres.load/pinterest"),
    ],
)
def test_states_are_kept_beside_the_data(
    options: list[str],
    kind: str,
    into: str,
    folder: str,
    command: Command,
    destination: InMemory,
) -> None:
    assert command(*OF_THE_CATALOG, *options, printed=complete()).code == 0

    assert destination.given[:2] == (kind, into)
    assert destination.given[3] == Path(folder).absolute()
    assert Path(folder, "state.json").exists()


def test_each_connection_of_a_plan_has_a_schema_of_its_own(
    command: Command, destination: InMemory, tmp_path: Path
) -> None:
    shard = tmp_path / "shards/shard_02"
    shard.mkdir(parents=True)
    (shard / "config.json").write_text(json.dumps({**CONFIG, "ad_account_ids": ["7"]}))
    of_the_shard = ("--config", "shards/shard_02/config.json", *OF_THE_CATALOG)

    assert command(*of_the_shard, printed=complete()).code == 0
    assert destination.given[2] == "pinterest_shard_02"
    assert command(*of_the_shard, "--dataset", "mine", printed=complete()).code == 0
    assert destination.given[2] == "mine"

    (tmp_path / "my.json").write_text(json.dumps({**CONFIG, "ad_account_ids": ["8"]}))
    other = command(*OF_THE_CATALOG, "--dataset", "mine", printed=complete())
    assert other.code == 1
    assert "Not loaded. These tables are of other ad accounts (1, among them 7)" in other.err


# --- How a load ends ---


@pytest.mark.usefixtures("destination")
def test_a_complete_load_exits_with_0_and_prints_the_rows_of_each_stream(
    command: Command,
) -> None:
    ended = command(*OF_THE_CATALOG, printed=complete())

    assert ended.code == 0
    lines = ended.out.splitlines()
    assert lines[:4] == ["stream   rows", "-------  ----", "lists       2", "reports     1"]
    assert lines[-1].startswith("Loaded: 3 rows in ")
    assert lines[-1].endswith("into pinterest_data.duckdb, schema pinterest")
    assert ended.err.splitlines() == ["lists: 2 rows, COMPLETE.", "reports: 1 rows, COMPLETE."]


@pytest.mark.usefixtures("destination")
def test_an_incomplete_load_exits_with_1_and_says_what_is_missing(command: Command) -> None:
    printed = Printed().rows("lists", a=1).status("COMPLETE", "lists").rows("reports", a="many")
    printed.error("reports is incomplete: Pinterest refuses it.", "reports")

    ended = command(*OF_THE_CATALOG, printed=printed.status("INCOMPLETE", "reports"), exit_code=1)

    assert ended.code == 1
    assert "reports     1  INCOMPLETE" in ended.out.splitlines()
    assert "lists       1" in ended.out.splitlines()
    assert ended.err.splitlines()[-3:] == [
        "reports: 1 values of clicks, such as many, do not fit the type of the column, and became NULL.",
        "reports is incomplete: Pinterest refuses it.",
        "Something is missing: see above. What is there is loaded, and the next load reads the rest.",
    ]


def test_a_destination_that_takes_nothing_is_named(command: Command, destination: InMemory) -> None:
    destination.refusals = {"": "connection refused for app-secret-of-mine"}

    ended = command(*OF_THE_CATALOG, "--destination", "postgres", printed=complete())

    assert (ended.code, ended.out) == (1, "")
    assert ended.err.splitlines()[-1] == (
        "Not loaded. postgres does not accept the rows: connection refused for ****"
    )


def test_a_wrong_configuration_is_one_sentence(command: Command, tmp_path: Path) -> None:
    (tmp_path / "my.json").write_text(json.dumps({**CONFIG, "backfill_days": "ninety"}))

    ended = command(*OF_THE_CATALOG)

    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith('Not loaded. `backfill_days`: "ninety" is not')


def test_an_entry_of_the_catalog_that_cannot_be_read_is_one_sentence(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "catalog.json").write_text(
        json.dumps({"streams": [{"stream": {"name": "ads", "json_schema": 3}}]})
    )

    ended = command(*OF_THE_CATALOG)

    assert ended.code == 1
    assert ended.err.startswith("Not loaded. The catalog's entry of ads cannot be read")


def test_a_bug_shows_its_traceback_without_secrets(command: Command, destination: InMemory) -> None:
    def bug() -> None:
        raise KeyError("app-secret-of-mine")

    destination.on_load = bug

    ended = command(*OF_THE_CATALOG, printed=complete())

    assert ended.code == 1
    assert "Not loaded, because of a bug in the connector:\nTraceback" in ended.err
    assert "KeyError: '****'" in ended.err
    assert "app-secret-of-mine" not in ended.err


def test_ctrl_c_exits_with_130_and_the_folder_is_free_again(
    command: Command, destination: InMemory
) -> None:
    destination.on_load = lambda: signal.raise_signal(signal.SIGINT)

    ended = command(*OF_THE_CATALOG, printed=complete())

    assert ended.code == 130
    assert "Stopped. What was loaded is kept" in ended.err
    destination.on_load = lambda: None
    assert command(*OF_THE_CATALOG, printed=complete()).code == 0


def test_sigterm_exits_with_143_and_leaves_the_former_handler(
    command: Command, destination: InMemory
) -> None:
    former = signal.getsignal(signal.SIGTERM)
    destination.on_load = lambda: signal.raise_signal(signal.SIGTERM)

    assert command(*OF_THE_CATALOG, printed=complete()).code == 143

    assert signal.getsignal(signal.SIGTERM) is former
    assert list(Path("pinterest_data.duckdb.load/pinterest").glob("run/*")) == []


@pytest.mark.usefixtures("destination")
def test_a_load_in_another_thread_leaves_the_signals_alone(command: Command) -> None:
    ended: list[Ended] = []
    thread = threading.Thread(
        target=lambda: ended.append(command(*OF_THE_CATALOG, printed=complete()))
    )
    thread.start()
    thread.join()

    assert [each.code for each in ended] == [0]


@pytest.mark.usefixtures("destination")
def test_a_reader_that_has_gone_ends_the_command_with_1_and_without_a_traceback(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_: str) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(worker, "_say", gone)
    former = os.dup(1)
    try:
        ended = command(*OF_THE_CATALOG, printed=complete())
        behind_stdout = os.fstat(1)
    finally:
        os.dup2(former, 1)
        os.close(former)

    assert (ended.code, ended.out) == (1, "")
    assert "Traceback" not in ended.err
    assert os.path.samestat(behind_stdout, Path(os.devnull).stat())


def test_logs_of_this_process_are_silent_during_a_load_only(
    command: Command, destination: InMemory, caplog: pytest.LogCaptureFixture
) -> None:
    destination.on_load = lambda: logging.getLogger("dlt").critical("noise")

    assert command(*OF_THE_CATALOG, printed=complete()).code == 0
    logging.getLogger("dlt").critical("afterwards")

    messages = caplog.messages
    assert "noise" not in messages
    assert "afterwards" in messages


def test_the_progress_is_told_while_a_load_waits(
    command: Command, destination: InMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = threading.Event()
    tell = worker._tell

    def telling(sentence: str) -> None:
        tell(sentence)
        if "loading 3 rows" in sentence:
            told.set()

    monkeypatch.setattr(worker, "_tell", telling)
    monkeypatch.setattr(worker, "SECONDS_OF_SILENCE", 0.001)
    destination.on_load = lambda: told.wait(20)

    ended = command(*OF_THE_CATALOG, printed=complete())

    assert ended.code == 0
    assert any(
        line.endswith("3 rows read, 0 loaded, 2 of 2 streams; loading 3 rows")
        for line in ended.err.splitlines()
    )


# --- What is read ---


@pytest.fixture
def given_catalog(command: Command, tmp_path: Path, destination: InMemory) -> Any:  # noqa: ARG001
    def given_catalog(*options: str) -> dict[str, Any]:
        """The catalog that a load with these options hands to the connector, by stream."""
        ended = command(*options)
        assert ended.out, ended.err
        streams = json.loads((tmp_path / "given-catalog.json").read_text())["streams"]
        return {each["stream"]["name"]: each for each in streams}

    return given_catalog


def test_without_options_the_suggested_streams_are_read(given_catalog: Any) -> None:
    found = given_catalog()

    assert len(found) == 16
    ads, analytics = found["ads"], found["ad_analytics_daily"]
    assert (ads["sync_mode"], ads["destination_sync_mode"]) == ("full_refresh", "overwrite")
    assert analytics["sync_mode"] == "incremental"
    assert analytics["destination_sync_mode"] == "append_dedup"
    assert analytics["primary_key"] == analytics["stream"]["source_defined_primary_key"]


def test_custom_reports_are_read_without_being_named(given_catalog: Any, tmp_path: Path) -> None:
    report = {"name": "mine", "level": "ad", "columns": ["CTR"]}
    (tmp_path / "my.json").write_text(json.dumps({**CONFIG, "custom_reports": [report]}))

    found = given_catalog()

    assert len(found) == 17
    assert any("mine" in name for name in found)


def test_named_streams_are_read_in_the_order_of_reading_and_all_means_all(
    given_catalog: Any,
) -> None:
    everything = list(given_catalog("--streams", "all"))

    found = list(given_catalog("--streams", " ads, boards ,campaigns"))

    assert len(everything) > 16
    assert found == [name for name in everything if name in ("ads", "boards", "campaigns")]


def test_columns_limit_ads_reports_and_leave_ids_names_dates_and_lists(
    given_catalog: Any,
) -> None:
    whole = given_catalog("--streams", "ads,ad_analytics_daily")

    found = given_catalog("--streams", "ads,ad_analytics_daily", "--columns", "spend_in_dollar")

    columns = found["ad_analytics_daily"]["stream"]["json_schema"]["properties"]
    before = whole["ad_analytics_daily"]["stream"]["json_schema"]["properties"]
    assert {name for name in columns if name.isupper()} == {"SPEND_IN_DOLLAR"}
    assert {name for name in columns if not name.isupper()} == {
        name for name in before if not name.isupper()
    }
    assert found["ads"] == whole["ads"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            ["--streams", "campaings"],
            "--streams: campaings is not a stream. Did you mean campaigns?",
        ),
        (
            ["--streams", "x" * 300],
            f"--streams: {'x' * 99}… is not a stream. The data dictionary lists them all.",
        ),
        (
            ["--streams", "ad_analytics_daily", "--columns", "SPEND_IN_DOLAR"],
            "--columns: SPEND_IN_DOLAR is not a column of these streams. Did you mean SPEND_IN_DOLLAR?",
        ),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(
    options: list[str], sentence: str, command: Command
) -> None:
    ended = command(*options)

    assert (ended.code, ended.err) == (1, f"Not loaded. {sentence}")


# --- The login ---

RENEWED = {**CONFIG["credentials"], "refresh_token": "refresh-token-new"}


@pytest.mark.usefixtures("destination")
def test_a_renewed_login_is_saved_beside_the_data_and_in_the_file_of_the_user(
    command: Command, tmp_path: Path
) -> None:
    file = tmp_path / "my.json"
    file.write_text(json.dumps({**CONFIG, "backfill_days": 15}))

    ended = command(*OF_THE_CATALOG, printed=complete().login({**CONFIG, "credentials": RENEWED}))

    assert ended.code == 0
    assert json.loads(file.read_text()) == {"credentials": RENEWED, "backfill_days": 15}
    login = tmp_path / "pinterest_data.duckdb.load/pinterest/login.json"
    assert json.loads(login.read_text())["credentials"] == RENEWED
    assert {stat.S_IMODE(each.stat().st_mode) for each in (file, login)} == {0o600}
    assert "refresh-token" not in ended.out + ended.err


@pytest.mark.usefixtures("destination")
def test_the_next_load_reads_with_a_renewed_login_that_the_file_could_not_take(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(*_: Any, **__: Any) -> None:
        raise LoginError("my.json could not be written")

    monkeypatch.setattr(ConfigFile, "write", read_only)
    first = command(*OF_THE_CATALOG, printed=complete().login({**CONFIG, "credentials": RENEWED}))
    second = command(*OF_THE_CATALOG, printed=complete())

    assert (first.code, second.code) == (0, 0)
    assert "for other commands, log in again: source-pinterest login" in first.err
    assert "for other commands" not in second.err
    given = json.loads((tmp_path / "given-config.json").read_text())
    assert given == {"credentials": RENEWED}


def test_a_renewed_login_is_hidden_from_the_moment_it_is_there(
    command: Command, destination: InMemory
) -> None:
    destination.refusals = {"": "refused: refresh-token-renewed-and-secret"}
    renewed = {**RENEWED, "refresh_token": "refresh-token-renewed-and-secret"}

    ended = command(*OF_THE_CATALOG, printed=complete().login({"credentials": renewed}))

    assert ended.code == 1
    assert ended.err.endswith("does not accept the rows: refused: ****")
