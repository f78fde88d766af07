"""script/demo, from its first word to its last."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import urllib.request
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "script"


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(SCRIPT))
    import demo

    return demo


@pytest.fixture
def results(demo: ModuleType) -> Any:
    return demo.demo_results


CONFIG = {
    "credentials": {
        "auth_method": "oauth2.0",
        "client_id": "1234567",
        "client_secret": "app-secret",
        "refresh_token": "old",
    },
    "backfill_days": 30,
    "note": "für mich",
}


class TestConfigFile:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        path = tmp_path / "my.json"
        path.write_text(json.dumps(CONFIG), encoding="utf-8")
        path.chmod(0o644)
        return path

    def test_a_login_that_could_not_be_kept_is_not_started_with(
        self, demo: ModuleType, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "access", lambda *_: False)
        file = demo.ConfigFile(path)

        with pytest.raises(demo.Stop, match="cannot be written"):
            file.check_can_be_kept(CONFIG)
        file.check_can_be_kept({"credentials": {"access_token": "does not rotate"}})


def run_demo(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """script/demo.py as script/demo starts it before it installs anything."""
    return subprocess.run(
        [sys.executable, "-B", str(SCRIPT / "demo.py"), *arguments],
        env={**os.environ, "DEMO_ARGUMENTS_ONLY": "1", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class TestArguments:
    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (None, "cannot be read: No such file or directory."),
            (b'{"credentials": ', "is not JSON: Expecting value, line 1, column 17."),
            (b"[]", "is JSON, but not an object: {…}."),
            (b"\xff\xfe", "is not a text file in UTF-8."),
        ],
    )
    def test_a_wrong_file_is_one_sentence(
        self, tmp_path: Path, content: bytes | None, sentence: str
    ) -> None:
        path = tmp_path / "my.json"
        if content is not None:
            path.write_bytes(content)

        run = run_demo("--config", str(path))

        assert run.returncode == 1
        assert run.stdout == ""
        assert run.stderr == f"script/demo: The configuration {path} {sentence}\n"

    def test_a_file_is_looked_for_where_the_demo_was_started(self, tmp_path: Path) -> None:
        (tmp_path / "my.json").write_text("{}")

        run = run_demo("--config", "my.json", DEMO_STARTED_IN=str(tmp_path))

        assert (run.returncode, run.stderr) == (0, "")

    @pytest.mark.parametrize("arguments", [["--confg", "my.json"], ["my.json"], ["--config"]])
    def test_what_it_does_not_know_shows_the_usage(self, arguments: list[str]) -> None:
        run = run_demo(*arguments)

        assert run.returncode == 2
        assert run.stderr.startswith("usage: script/demo [-h] [--config my.json]")

    def test_without_its_environment_it_says_what_to_start(self) -> None:
        environment = {**os.environ}
        environment.pop("DEMO_STARTED_IN", None)

        run = subprocess.run(
            [sys.executable, "-B", str(SCRIPT / "demo.py")],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert run.returncode == 1
        assert "Start script/demo" in run.stderr


class TestResults:
    def test_a_key_that_is_there_twice_is_a_problem(self, results: Any) -> None:
        found = {
            "ads": results.Contents(rows=288, duplicates=0),
            "ad_analytics_daily": results.Contents(rows=18_000, duplicates=12),
        }

        assert results.problems(found, may_be_empty=False) == [
            "ad_analytics_daily: 12 of 18,000 rows have keys that another row has, too."
        ]

    def test_a_report_without_rows_is_a_problem_where_everything_has_some(
        self, results: Any
    ) -> None:
        found = {"pins": results.Contents(rows=0, duplicates=0)}

        assert results.problems(found, may_be_empty=False) == ["pins: no rows."]
        assert results.problems(found, may_be_empty=True) == []

    def test_columns_of_a_table_stand_below_each_other(self, results: Any) -> None:
        rows = [["boards", 1_200, None], ["ads", 3, date(2026, 11, 23)]]

        assert results.lines(["report", "rows", "last"], rows) == [
            "report   rows        last",
            "boards  1,200           -",
            "ads         3  2026-11-23",
        ]

    def test_requests_are_counted_for_the_report_that_they_are_made_for(self, results: Any) -> None:
        account = "GET /ad_accounts/{ad_account_id}"
        requests = [
            {"operation": "GET /user_account", "granularity": None},
            {"operation": f"{account}/ads", "granularity": None},
            {"operation": f"{account}/ads/analytics", "granularity": "DAY"},
            {"operation": f"{account}/ads/analytics", "granularity": "TOTAL"},
            {"operation": f"{account}/ads/targeting_analytics", "granularity": "TOTAL"},
            {"operation": f"{account}/analytics", "granularity": "DAY"},
            {"operation": f"{account}/campaigns/analytics", "granularity": "DAY"},
            {"operation": "GET /resources/targeting/{targeting_type}", "granularity": None},
            {"operation": "GET /pins/{pin_id}/analytics", "granularity": None},
        ]

        assert results.requests_by_report(requests) == {
            "": 1,  # the user
            "ads": 1,
            "ad_analytics_daily": 1,
            "ad_analytics": 1,
            "ad_targeting_analytics": 1,
            "ad_account_analytics_daily": 1,
            "campaign_analytics_daily": 1,
            "targeting_options": 1,
            "pin_analytics": 1,
        }


class TestSync:
    def test_a_report_without_a_table_is_named_and_the_others_are_counted(
        self, demo: ModuleType, results: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        database = tmp_path / "pinterest_data.duckdb"
        with duckdb.connect(str(database)) as connection:
            connection.execute("create schema pinterest")
            connection.execute(
                "create table pinterest.boards as select '1' as id, now() + interval 1 hour as _extracted_at"
            )
        monkeypatch.setattr(demo, "DATABASE", database)
        monkeypatch.setattr(demo.Connector, "load", lambda *_: 1)
        reports = [
            results.Report(name, ("id",), frozenset(["id"]), incremental=False)
            for name in ("boards", "targeting_options")
        ]

        result = demo.sync(demo.Connector(tmp_path / "my.json"), reports, ["boards"], None)

        assert result.arrived == {"boards": 1}
        with pytest.raises(demo.Stop, match="have no table: targeting_options"):
            demo.complete(result)


class TestCommands:
    def test_each_command_that_it_prints_works(
        self, demo: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / ".demo").mkdir()
        with duckdb.connect(str(tmp_path / ".demo" / "pinterest_data.duckdb")) as connection:
            connection.execute("create schema pinterest")
            connection.execute(
                "create table pinterest.ad_analytics_daily as select '687201361754' as ad_id"
            )
        _, with_python, with_duckdb = demo.open_commands()
        of_the_demo = ".venv-demo/bin/python "
        assert with_python.startswith(of_the_demo)
        command = [sys.executable, *shlex.split(with_python.removeprefix(of_the_demo))]

        shown = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)

        assert "687201361754" in shown.stdout
        # DuckDB's own shell is not installed here: the same file, and the same query
        program, file, query = shlex.split(with_duckdb)
        assert program == "duckdb"
        monkeypatch.chdir(tmp_path)
        with duckdb.connect(file, read_only=True) as connection:
            assert connection.execute(query).fetchall() == [("687201361754",)]

    def test_the_command_for_the_report_opens_it(self, demo: ModuleType, tmp_path: Path) -> None:
        browser, opened = tmp_path / "browser", tmp_path / "opened"
        browser.write_text(f'#!/bin/sh\nprintf %s "$1" >{shlex.quote(str(opened))}\n')
        browser.chmod(0o700)
        in_a_browser, *_ = demo.open_commands()
        of_the_demo = ".venv-demo/bin/python "
        assert in_a_browser.startswith(of_the_demo)
        command = [sys.executable, *shlex.split(in_a_browser.removeprefix(of_the_demo))]

        subprocess.run(command, env={**os.environ, "BROWSER": f"{browser} %s"}, check=True)

        assert opened.read_text() == demo.REPORT.as_uri()


class TestFakePinterestProcess:
    def test_it_is_the_same_one_a_day_later(self, demo: ModuleType, tmp_path: Path) -> None:
        pinterest = demo.FakePinterestProcess(date(2026, 11, 24), tmp_path)

        def campaigns() -> list[dict[str, Any]]:
            url = f"{pinterest.url}/ad_accounts/549755885175/campaigns?page_size=250"
            request = urllib.request.Request(  # noqa: S310
                url, headers={"Authorization": "Bearer pina_test_token"}
            )
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                items: list[dict[str, Any]] = json.load(answer)["items"]
            return items

        try:
            pinterest.start(date(2026, 11, 24))
            first_url, first = pinterest.url, campaigns()
            pinterest.start(date(2026, 11, 25))
            second_url, second = pinterest.url, campaigns()
        finally:
            pinterest.stop()

        assert first_url == second_url
        assert first == second
        assert [each["operation"] for each in pinterest.new_requests()] == [
            "GET /ad_accounts/{ad_account_id}/campaigns",
            "GET /ad_accounts/{ad_account_id}/campaigns",
        ]
        assert pinterest.new_requests() == []
        with pytest.raises(OSError, match="refused"):
            campaigns()

    def test_it_ends_when_the_demo_is_killed(self, tmp_path: Path) -> None:
        command = [sys.executable, "-m", "integration_tests.demo_pinterest"]
        command += ["--today", "2026-11-24", "--log", str(tmp_path / "requests.jsonl")]
        with subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdin
            assert process.stdout
            assert process.stdout.readline().startswith("http://127.0.0.1:")

            process.stdin.close()

            assert process.wait(timeout=60) == 0
