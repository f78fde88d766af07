"""`source-pinterest verify`: what it finds out, what it takes, and where a login goes."""

from __future__ import annotations

import dataclasses
import errno
import io
import json
import os
import re
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import pytest

from integration_tests.fake_pinterest import FakePinterest, World
from integration_tests.record import NOW, Clock, Verification, credentials, fake, verified
from source_pinterest.api.beliefs import beliefs
from source_pinterest.login import config_file
from source_pinterest.run import run
from source_pinterest.verify import command, exchange

NOTHING_REFUSED = {
    "lookback_days": 90,
    "report_lookback_days": 914,
    "hourly_lookback_days": 8,
    "item_lookback_days": 92,
}


class Ended(NamedTuple):
    exit_code: int
    stdout: str
    stderr: str


def verify(config: Path, *options: str) -> Ended:
    """The command, with a clock that stands still but for what is slept."""
    clock = Clock()
    stdout, stderr = io.StringIO(), io.StringIO()
    exit_code = 0
    with mock.patch.multiple(sys, stdout=stdout, stderr=stderr):
        try:
            command.run(["--config", str(config), *options], lambda: NOW, clock, clock.sleep)
        except SystemExit as end:
            exit_code = end.code if isinstance(end.code, int) else 1
            stderr.write("" if isinstance(end.code, int) else str(end.code))
    return Ended(exit_code, stdout.getvalue(), stderr.getvalue())


@pytest.fixture
def config(pinterest: FakePinterest, tmp_path: Path) -> Path:
    return written(pinterest, tmp_path / "my.json")


def written(pinterest: FakePinterest, path: Path, is_renewed: bool = False, **more: Any) -> Path:
    content = {"credentials": credentials(pinterest, is_renewed), "base_url": pinterest.url, **more}
    path.write_text(json.dumps(content))
    return path


# --- What is found out ---

AS_BELIEVED = {
    "ids-joined-by-commas": "holds",
    "ids-as-repeated-keys": "differs",
    "statuses-joined-by-commas": "holds",
    "first-day-90-days-back": "differs",
    "words-of-window-refusals": "holds",
    "lists-filtered-by-ids": "holds",
    "first-day-of-asynchronous-reports": "differs",
    "columns-of-synchronous-reports": "holds",
    "people-columns-with-targeting": "holds",
    "beta-breakdowns": "differs",
    "targeting-value-is-there": "holds",
    "several-pins-at-once": "holds",
    "reports-by-body": "holds",
    "rate-limits": "holds",
}
"""Of the fake as it is by default: as the evidence says of Pinterest."""

WAYS: list[tuple[dict[str, Any], dict[str, str], dict[str, str]]] = [
    ({}, {}, {"first-day-90-days-back": "89 days back: accepted"}),
    (
        {"id_arrays": "repeated", "wrong_form": "first"},
        {"ids-joined-by-commas": "differs", "ids-as-repeated-keys": "holds"},
        {"ids-joined-by-commas": "only the first came. With the key repeated, both came"},
    ),
    (
        {"id_arrays": "repeated", "wrong_form": "last"},
        {"ids-joined-by-commas": "differs", "ids-as-repeated-keys": "holds"},
        {"ids-joined-by-commas": "only the last came"},
    ),
    (
        {"id_arrays": "neither", "wrong_form": "ignored"},
        {
            "ids-joined-by-commas": "differs",
            "lists-filtered-by-ids": "differs",
            "several-pins-at-once": "differs",
        },
        {"ids-joined-by-commas": "the ids were ignored"},
    ),
    (
        {"status_arrays": "repeated", "wrong_status_form": "default"},
        {"statuses-joined-by-commas": "differs"},
        {"statuses-joined-by-commas": "with the key repeated gave ARCHIVED"},
    ),
    (
        {"status_arrays": "repeated", "wrong_status_form": "last"},
        {"statuses-joined-by-commas": "differs"},
        {"statuses-joined-by-commas": "was empty"},
    ),
    (
        {"lookback_days": 90, "report_lookback_days": 914},
        {"first-day-90-days-back": "holds", "first-day-of-asynchronous-reports": "holds"},
        {"first-day-90-days-back": "90 days back: accepted"},
    ),
    (
        {"refused_targeting_types": set(), "refused_columns": {}, "multi_pin": False},
        {
            "beta-breakdowns": "holds",
            "people-columns-with-targeting": "differs",
            "several-pins-at-once": "differs",
        },
        {"several-pins-at-once": "401, code 3"},
    ),
    (
        {
            "refused_columns": {"GET /ad_accounts/{ad_account_id}/ads/analytics": {"CTR"}},
            "null_targeting_values": True,
        },
        {
            "columns-of-synchronous-reports": "differs",
            "people-columns-with-targeting": "differs",
            "targeting-value-is-there": "differs",
        },
        {"columns-of-synchronous-reports": "the refusal names CTR"},
    ),
]
"""Each with what differs from the default, and what the detail of a belief says."""


class Way(NamedTuple):
    """A verification of the fake in some modes, and what it should come to."""

    differences: dict[str, str]
    words: dict[str, str]
    found: Verification
    requests: list[Any]


@pytest.fixture(scope="module", params=WAYS, ids=lambda way: ", ".join(way[0]) or "default")
def way(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Way:
    modes, differences, words = request.param
    with fake(**modes) as pinterest:
        path = tmp_path_factory.mktemp("way") / "my.json"
        found = verified(pinterest, path, is_renewed=True)
    return Way(differences, words, found, pinterest.requests)


def test_the_ways_that_pinterest_may_have_are_told_apart(way):
    results = {name: way.found.results[name] for name in AS_BELIEVED}

    assert results == AS_BELIEVED | way.differences
    for name, words in way.words.items():
        assert words in way.found.details[name]


def test_a_verification_only_reads_and_takes_at_most_90_requests(way):
    asked = {each.operation for each in way.requests if each.method != "GET"}

    assert len(way.requests) <= 90
    assert asked == {"POST /oauth/token", "POST /ad_accounts/{ad_account_id}/reports"}


def test_what_a_renewal_shows_is_found_out_when_there_is_one(pinterest, tmp_path):
    found = verified(pinterest, tmp_path / "my.json", is_renewed=True)

    assert found.results["renewal-of-a-login"] == "holds"
    assert found.details["status-of-a-renewal"] == "201."
    assert found.details["scopes-of-a-login"] == "They are separated by commas."


def test_a_login_without_an_ad_account_hears_why_little_could_be_told(tmp_path):
    with FakePinterest(World(ad_accounts=0)) as pinterest:
        found = verified(pinterest, tmp_path / "my.json")

    assert found.results["ids-joined-by-commas"] == "unknown"
    assert "No ad account" in found.details["ids-joined-by-commas"]
    assert found.results["shape-of-organic-analytics"] == "holds"


def test_an_answer_of_a_strange_shape_costs_its_own_beliefs_only(pinterest, tmp_path):
    strange = {"all": [], "items": {"a": 1}, "data": 7, "report_status": [], "token": 7}

    def answer(request: Any) -> Any:
        is_open = request.path in ("/user_account", "/ad_accounts")
        return None if is_open else (200, strange, {})

    pinterest.fault = answer
    found = verified(pinterest, tmp_path / "my.json")

    assert len(found.findings) == len(beliefs())
    assert found.results["counts-of-the-user"] == "holds"
    assert found.results["making-of-a-report"] == "differs"


@pytest.mark.parametrize(("day", "result"), [("2026-11-20", "holds"), ("2026-11-19", "differs")])
def test_a_row_that_is_older_than_its_ad_is_noticed(day, result, pinterest, tmp_path):
    for account in pinterest.world.accounts.values():
        for ad in account.ads:
            ad["created_time"] = datetime.fromisoformat("2026-11-20T10:00:00+00:00").timestamp()

    def answer(request: Any) -> Any:
        if not request.path.endswith("/ads/analytics") or request.params["granularity"] != ["DAY"]:
            return None
        ads = request.params["ad_ids"][0].split(",")
        return 200, [{"AD_ID": ad, "DATE": day, "IMPRESSION_1": 7} for ad in ads], {}

    pinterest.fault = answer
    found = verified(pinterest, tmp_path / "my.json")

    assert found.results["creation-times"] == result


def test_a_first_day_that_is_refused_in_other_words_is_known_by_the_next_one(pinterest, tmp_path):
    refusal = (400, {"code": 1, "message": "Invalid parameters."}, {})
    pinterest.fault = lambda request: (
        refusal if request.params.get("start_date") == ["2026-08-26"] else None
    )

    found = verified(pinterest, tmp_path / "my.json")

    assert found.results["first-day-90-days-back"] == "differs"
    assert found.results["words-of-window-refusals"] == "differs"


# --- How much it takes ---


def test_a_pinterest_that_hangs_is_left_within_two_minutes(pinterest, tmp_path, monkeypatch):
    clock, ends = Clock(), threading.Event()
    monkeypatch.setattr(exchange, "TIMEOUTS", dataclasses.replace(exchange.TIMEOUTS, read=0.1))

    def hang(request: Any) -> None:
        if "analytics" in request.path or "reports" in request.path:
            clock.now += exchange.SECONDS_OF_A_REQUEST  # as long as one may take
            ends.wait(60)

    pinterest.fault = hang
    found = verified(pinterest, tmp_path / "my.json", clock=clock)
    ends.set()

    assert clock.now <= 120
    assert len(pinterest.requests) <= 90
    assert found.results["first-day-90-days-back"] == "unknown"
    assert found.results["types-of-fields"] == "holds"
    assert "the 2 minutes" in found.details["interests-endpoint"]


def test_an_answer_that_drips_is_left_within_the_time_of_a_request(
    pinterest, tmp_path, monkeypatch
):
    clock = Clock()
    body_of = exchange.WatchedAdapter._body

    def dripping(adapter: Any, response: Any) -> Any:
        read1 = response.raw.read1

        def one_byte(*_: Any, **how: Any) -> bytes:
            clock.now += 1
            return bytes(read1(1, **how))

        if "/pins" in response.url:
            response.raw.read1 = one_byte
        return body_of(adapter, response)

    monkeypatch.setattr(exchange.WatchedAdapter, "_body", dripping)
    found = verified(pinterest, tmp_path / "my.json", clock=clock)

    assert clock.now <= 120
    assert "an answer that did not end" in found.details["own-pins"]


def test_a_ninety_first_request_is_not_sent(pinterest, tmp_path):
    lists = re.compile(r"/(user_account|pins|ad_accounts(/\d+/(campaigns|ad_groups|ads))?)")
    pinterest.fault = lambda request: (
        None
        if lists.fullmatch(request.path)
        else (500, {"code": 0, "message": "Something went wrong."}, {})
    )

    found = verified(pinterest, tmp_path / "my.json")

    assert len(pinterest.requests) == 90
    assert any("the 90 requests" in detail for detail in found.details.values())


def test_a_verification_goes_on_behind_the_seconds_of_a_check(pinterest, tmp_path):
    clock = Clock()

    def slow(_: Any) -> None:
        clock.now += 1

    pinterest.fault = slow
    found = verified(pinterest, tmp_path / "my.json", is_renewed=True, clock=clock)

    assert clock.now > 30
    assert found.results["interests-endpoint"] == "holds"


def test_an_endpoint_that_alone_refuses_the_login_is_what_a_detail_is_about(pinterest, tmp_path):
    refusal = (401, {"code": 2, "message": "Authentication failed."}, {})
    pinterest.fault = lambda request: refusal if "interests" in request.path else None

    found = verified(pinterest, tmp_path / "my.json")

    assert found.results["interests-endpoint"] == "differs"
    assert "401, code 2, Authentication failed" in found.details["interests-endpoint"]
    assert found.results["list-of-metrics"] == "holds"


# --- The command ---


def test_the_table_has_every_belief_and_what_the_connector_does_instead(config):
    ended = verify(config)

    assert ended.exit_code == 0
    lines = ended.stdout.splitlines()
    assert lines[0].startswith("Verified for a_pinner and ad account 549755885175 on 2026-11-24: ")
    first_words = {line.split()[0] for line in lines if line.strip()}
    assert {each.name for each in beliefs()} <= first_words
    text = " ".join(ended.stdout.split())
    assert "first-day-90-days-back does not hold 90 days back: Pinterest: 400, code 1" in text
    assert "89 days back: accepted. The connector repeats the request once" in text
    assert max(map(len, lines)) <= 120
    assert ended.stderr == ""


def test_json_is_a_list_of_objects_and_nothing_else(config):
    ended = verify(config, "--json")

    found = json.loads(ended.stdout)
    assert [each["belief"] for each in found] == [each.name for each in beliefs()]
    assert all(each.keys() == {"belief", "result", "detail"} for each in found)
    assert {each["result"] for each in found} == {"holds", "differs", "unknown"}
    assert (ended.exit_code, ended.stderr) == (0, "")


def test_it_runs_from_the_entry_point(tmp_path, capsys):
    with fake(**NOTHING_REFUSED) as pinterest:
        pinterest.reports.polls = 0
        config = written(pinterest, tmp_path / "my.json")

        run(["verify", "--config", str(config), "--json"], lambda: NOW)

    assert len(json.loads(capsys.readouterr().out)) == len(beliefs())


def test_sigterm_ends_it(pinterest, config):
    begun, ends = threading.Event(), threading.Event()

    def hang(_: Any) -> None:
        begun.set()
        ends.wait(120)

    pinterest.fault = hang
    command_line = [sys.executable, "-m", "source_pinterest", "verify", "--config", str(config)]
    with subprocess.Popen(command_line, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert begun.wait(30)
        process.send_signal(signal.SIGTERM)
        stdout, stderr = process.communicate(timeout=60)
        ends.set()

    assert process.returncode == 128 + signal.SIGTERM  # not killed by it, as process 1 never is
    assert (stdout, stderr) == (b"", b"")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is not valid JSON"),
        ('{"credentials": {"auth_method": "oauth2.0"}}', "client_id"),
        ('{"credentials": 7, "backfill_days": 3}', "backfill_days"),
    ],
)
def test_a_wrong_configuration_is_reported(content, words, tmp_path):
    path = tmp_path / "my.json"
    path.write_text(content)

    ended = verify(path, "--json")

    assert ended.exit_code == 1
    assert ended.stdout == ""
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_pinterest_that_is_not_there_is_reported(tmp_path):
    with FakePinterest(World()) as pinterest:
        config = written(pinterest, tmp_path / "my.json")

    ended = verify(config)

    assert (ended.exit_code, ended.stdout) == (1, "")
    assert "Pinterest cannot be reached" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_login_that_is_refused_is_reported_without_its_token(pinterest, config):
    pinterest.access_tokens.clear()

    ended = verify(config)

    assert (ended.exit_code, ended.stdout) == (1, "")
    assert "does not accept the access token" in ended.stderr
    assert pinterest.access_token not in ended.stderr


def test_a_bug_in_a_probe_is_reported_and_the_others_go_on(config, monkeypatch):
    def fails(_: Any) -> Any:
        raise KeyError("pina_a_secret_of_the_user")

    monkeypatch.setattr("source_pinterest.verify.subject.Subject.of_account", fails)

    ended = verify(config, "--json")

    assert ended.exit_code == 0
    details = {each["belief"]: each["detail"] for each in json.loads(ended.stdout)}
    assert "because of a bug in the connector" in details["first-day-90-days-back"]
    assert "secret" not in ended.stdout + ended.stderr


def test_only_an_ad_account_that_is_named_is_looked_at(pinterest, tmp_path):
    second = list(pinterest.world.accounts)[1]

    verified(pinterest, tmp_path / "my.json", ad_account_ids=[second])

    paths = [each.path for each in pinterest.requests if each.path.startswith("/ad_accounts/")]
    assert paths
    assert {path.split("/")[2] for path in paths} == {second}


# --- The login ---


def test_a_renewed_login_is_written_into_the_configuration_and_shown_nowhere(pinterest, tmp_path):
    config = written(pinterest, tmp_path / "my.json", is_renewed=True, backfill_days=30)
    config.chmod(0o644)

    ended = verify(config)

    content = json.loads(config.read_text())
    new = content["credentials"]
    assert new["refresh_token"] == "pinr_test_refresh_2"
    assert new["access_token"] in pinterest.access_tokens
    assert (new["client_id"], content["backfill_days"]) == (pinterest.client_id, 30)
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert [each.operation for each in pinterest.requests].count("POST /oauth/token") == 1
    assert f"The new one is in {config}, which only you can read" in ended.stderr
    for secret in (new["refresh_token"], new["access_token"], pinterest.client_secret):
        assert secret not in ended.stdout + ended.stderr


def test_a_login_that_still_lives_is_not_renewed_and_its_file_stays_as_it_is(pinterest, tmp_path):
    path = tmp_path / "my.json"
    login = credentials(pinterest, is_renewed=True) | {
        "access_token": pinterest.access_token,
        "token_expiry_date": "2026-12-01T00:00:00+00:00",
    }
    path.write_text(json.dumps({"credentials": login, "base_url": pinterest.url}, indent=3))
    before = path.read_bytes()

    ended = verify(path)

    assert (ended.exit_code, ended.stderr) == (0, "")
    assert path.read_bytes() == before
    assert "POST /oauth/token" not in {each.operation for each in pinterest.requests}


def cannot_be_entered(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    access = os.access
    monkeypatch.setattr(
        config_file.os, "access", lambda path, how: Path(path) != folder and access(path, how)
    )


def cannot_be_replaced(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """As a file that is mounted into a container."""
    replace = Path.replace

    def busy(path: Path, target: Path) -> Path:
        if Path(target).parent == folder:
            raise OSError(errno.EBUSY, "Device or resource busy")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", busy)


@pytest.mark.parametrize("hinder", [cannot_be_entered, cannot_be_replaced])
def test_where_a_login_could_not_be_kept_it_is_not_renewed(
    hinder: Callable[..., None], pinterest, tmp_path, monkeypatch
):
    folder = tmp_path / "config"
    folder.mkdir()
    config = written(pinterest, folder / "my.json", is_renewed=True)
    before = config.read_bytes()
    hinder(monkeypatch, folder)

    refused = verify(config)
    saved = verify(config, "--save-login", str(tmp_path / "new.json"))

    assert refused.exit_code == 1
    assert "--save-login FILE" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert config.read_bytes() == before
    assert saved.exit_code == 0
    assert "new.json, which only you can read; use that file from now on" in saved.stderr
    new = tmp_path / "new.json"
    assert json.loads(new.read_text())["credentials"]["refresh_token"] == "pinr_test_refresh_2"
    assert stat.S_IMODE(new.stat().st_mode) == 0o600
    assert [each.operation for each in pinterest.requests].count("POST /oauth/token") == 1


def test_a_login_that_cannot_be_written_after_all_is_kept_elsewhere(
    pinterest, tmp_path, monkeypatch
):
    folder = tmp_path / "config"
    folder.mkdir()
    config = written(pinterest, folder / "my.json", is_renewed=True)
    pinterest.fault = lambda request: (
        cannot_be_replaced(monkeypatch, folder)
        if request.operation == "POST /oauth/token"
        else None
    )

    ended = verify(config)

    (sentence,) = (line for line in ended.stderr.splitlines() if "renewed this login" in line)
    elsewhere = Path(sentence.split("The new one is in ")[1].split(", which")[0])
    login = json.loads(elsewhere.read_text())["credentials"]
    assert login["refresh_token"] == "pinr_test_refresh_2"
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o600


# --- The recording ---


def test_a_recording_is_for_its_owner_only_and_replaces_no_file(config, tmp_path):
    there = tmp_path / "recording.json"
    there.write_text("something else")

    ended = verify(config, "--record", str(there), "--json")

    made = tmp_path / "recording-2.json"
    assert there.read_text() == "something else"
    assert f"Written: {made}" in ended.stderr
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert len(json.loads(made.read_text())["exchanges"]) > 40
    assert len(json.loads(ended.stdout)) == len(beliefs())


def test_a_recording_that_would_hold_a_secret_is_not_written(config, tmp_path, monkeypatch):
    monkeypatch.setattr(command.LoginFile, "secrets", ["exchanges"])

    ended = verify(config, "--record", str(tmp_path / "recording.json"), "--json")

    assert ended.exit_code == 1
    assert len(json.loads(ended.stdout)) == len(beliefs())
    assert "so none was written" in ended.stderr
    assert not (tmp_path / "recording.json").exists()


def test_a_recording_that_cannot_be_written_is_reported_before_anything_is_asked(
    pinterest, config, tmp_path
):
    ended = verify(config, "--record", str(tmp_path / "nowhere" / "recording.json"))

    assert ended.exit_code == 1
    assert "there is no folder" in ended.stderr
    assert pinterest.requests == []
