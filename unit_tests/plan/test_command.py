"""The output of the command, and how it ends; whole plans are in `integration_tests/test_plan.py`."""

from __future__ import annotations

import io
import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from source_pinterest.plan import command

NOW = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)
CONFIG = {"credentials": {"auth_method": "access_token", "access_token": "pina_a-test-token"}}
FEW = ["--counts", "ad_accounts=500,campaigns=20,ads=200"]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "my.json"
    path.write_text(json.dumps(CONFIG), encoding="utf-8")
    return path


def plan(config: Path, *options: str) -> None:
    command.run(["--config", str(config), *options], lambda: NOW)


def ended(config: Path, *options: str) -> Any:
    with pytest.raises(SystemExit) as raised:
        plan(config, *options)
    return raised.value.code


def test_with_counts_nothing_is_asked_and_a_table_is_printed(config, capsys):
    plan(config, *FEW, "--streams", "ads,ad_analytics_daily")

    printed = capsys.readouterr()
    assert printed.err == ""
    first, _, _, _, ads, daily, in_all, *_ = printed.out.splitlines()
    assert first == ("A sync on 2026-11-24: 500 ad accounts, 3,003 requests, at least 8 minutes.")
    assert ads.split()[:5] == ["ads", "500", "100,000", "503", "100,000"]
    assert daily.split()[:5] == ["ad_analytics_daily", "500", "100,000", "2,500", "9,000,000"]
    assert in_all.startswith("Total")


def test_json_alone_is_on_stdout(config, capsys):
    plan(config, *FEW, "--streams", "ads,ad_analytics_daily", "--columns", "CTR", "--json")

    found = json.loads(capsys.readouterr().out)
    assert found["requests"] == {"ads_read": 503, "ads_analytics": 500}
    assert found["minutes"] == 1
    assert found["streams"]["ads"]["requests"] == 503


def test_without_names_the_suggested_streams_and_the_custom_reports_are_planned(config, capsys):
    report = {"name": "mine", "level": "campaign", "columns": ["CTR"]}
    config.write_text(json.dumps({**CONFIG, "custom_reports": [report]}))

    plan(config, *FEW, "--json")

    streams = json.loads(capsys.readouterr().out)["streams"]
    assert len(streams) == 16 + 1
    assert streams["mine"]["entities"] == 500 * 20


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--counts", "adds=2"], "adds is not a list. Did you mean ads?"),
        (["--counts", "ads=many"], "ads: give a whole number, as in ads=200"),
        ([*FEW, "--state", "x"], "leave out one of them"),
        (["--shards", "0", "--into", "x"], "give a whole number, 1 or more"),
        (["--shards", "2", "--minutes", "3", "--into", "x"], "give either --shards or --minutes"),
        (["--shards", "2"], "give --into together with"),
        (["--into", "x"], "give --into together with"),
        ([*FEW, "--shards", "2", "--into", "x"], "nothing to split"),
        (
            ["--catalog", "x", "--streams", "ads"],
            "give either --catalog, or --streams and --columns",
        ),
    ],
)
def test_a_wrong_use_is_reported(config, capsys, options, sentence):
    assert ended(config, *options) == 2
    assert sentence in capsys.readouterr().err


def test_a_stream_that_does_not_exist_is_named(config):
    assert ended(config, *FEW, "--streams", "adds") == (
        "Not planned. --streams: adds is not a stream. Did you mean ads?"
    )


def test_a_wrong_configuration_is_one_sentence(config):
    config.write_text(json.dumps({**CONFIG, "backfill_days": 1}))

    assert str(ended(config, *FEW)).startswith("Not planned. `backfill_days`: ")


def test_days_that_are_not_over_are_refused_as_in_a_sync(config):
    config.write_text(json.dumps({**CONFIG, "start_date": "2026-11-24"}))

    assert "2026-11-24 is not over yet" in str(ended(config, *FEW))


def test_a_mistake_in_a_catalog_or_a_state_fails_only_its_stream(config, tmp_path, capsys):
    catalog = {
        "streams": [
            {
                "stream": {
                    "name": name,
                    "json_schema": {},
                    "supported_sync_modes": ["incremental"],
                },
                "sync_mode": "incremental",
                "destination_sync_mode": "append",
            }
            for name in ("ads", "adds")
        ]
    }
    path = tmp_path / "catalog.json"
    path.write_text(json.dumps(catalog))

    plan(config, *FEW, "--catalog", str(path), "--json")

    printed = capsys.readouterr()
    streams = json.loads(printed.out)["streams"]
    assert streams["ads"]["entities"] == 500 * 200
    assert streams["adds"]["incomplete"] == (  # the sentence of `read`
        "The catalog selects 'adds', which is neither a stream of this connector nor a custom "
        "report. Did you mean ads? Refresh the connection's schema, and deselect it."
    )
    assert printed.err == f"Incomplete: {streams['adds']['incomplete']}\n"


def test_if_nothing_can_be_planned_the_exit_code_says_so(config, monkeypatch, capsys):
    def answer(adapter: Any, request: Any, *_: Any, **__: Any) -> Any:  # noqa: ARG001
        raise AssertionError("nothing is sent")

    monkeypatch.setattr("source_pinterest.http.connection.Adapter.send", answer)
    catalog = config.parent / "catalog.json"
    catalog.write_text(json.dumps({"streams": []}))
    plan(config, *FEW, "--catalog", str(catalog), "--json")
    assert json.loads(capsys.readouterr().out)["requests"] == {}

    entry = {"stream": {"name": "x", "json_schema": {}, "supported_sync_modes": ["full_refresh"]}}
    modes = {"sync_mode": "full_refresh", "destination_sync_mode": "append"}
    catalog.write_text(json.dumps({"streams": [{**entry, **modes}]}))
    assert ended(config, *FEW, "--catalog", str(catalog)) == (
        "Not planned. No stream could be planned: see above."
    )


# --- Shards ---


@pytest.fixture
def two_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two ad accounts that Pinterest lists, with nothing in them."""
    page = {"items": [{"id": "7"}, {"id": "8"}], "bookmark": None}

    def answer(adapter: Any, request: Any, *_: Any, **__: Any) -> Any:  # noqa: ARG001
        body = page if urlsplit(request.url).path.endswith("/ad_accounts") else EMPTY
        raw = HTTPResponse(io.BytesIO(json.dumps(body).encode()), status=200, preload_content=False)
        return HTTPAdapter().build_response(request, raw)

    monkeypatch.setattr("source_pinterest.http.connection.Adapter.send", answer)


EMPTY = {"items": [], "bookmark": None}


def test_a_login_that_is_refused_is_one_sentence(config, monkeypatch, capsys):
    def answer(adapter: Any, request: Any, *_: Any, **__: Any) -> Any:  # noqa: ARG001
        body = io.BytesIO(b'{"code": 2, "message": "Authentication failed."}')
        return HTTPAdapter().build_response(
            request, HTTPResponse(body, status=401, preload_content=False)
        )

    monkeypatch.setattr("source_pinterest.http.connection.Adapter.send", answer)

    assert str(ended(config)).startswith("Not planned. Pinterest does not accept the access token")
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("two_accounts")
def test_each_shard_has_files_that_only_their_owner_can_read(config, tmp_path, capsys):
    into = tmp_path / "shards"

    plan(config, "--streams", "ad_account_analytics_daily", "--shards", "2", "--into", str(into))

    printed = capsys.readouterr()
    assert printed.err == f"Written: 2 configurations into {into}.\n"
    assert "shard_01              1         2              0.5                  0" in printed.out
    written = sorted(into.rglob("*.json"))
    variables = written.pop(0)
    assert json.loads(variables.read_text()) == {
        "pinterest_shards": ["pinterest_shard_01", "pinterest_shard_02"]
    }
    assert [str(path.relative_to(into)) for path in written] == [
        *("shard_01/catalog.json", "shard_01/config.json"),
        *("shard_02/catalog.json", "shard_02/config.json"),
    ]
    assert {path.stat().st_mode & 0o777 for path in written} == {0o600}
    accounts = [json.loads(path.read_text())["ad_account_ids"] for path in written[1::2]]
    assert sorted(accounts) == [["7"], ["8"]]


@pytest.mark.usefixtures("two_accounts")
def test_a_folder_with_connections_keeps_them(config, tmp_path, capsys):
    into = tmp_path / "shards"
    for name, accounts in (("shard_01", ["7", "8"]), ("shard_02", ["9"])):
        (into / name).mkdir(parents=True)
        former = json.dumps({**CONFIG, "ad_account_ids": accounts})
        (into / name / "config.json").write_text(former)
    streams = ["--streams", "campaigns", "--into", str(into)]

    assert str(ended(config, *streams, "--minutes", "5", "--own-logins")) == (
        "Not planned. This folder already has 2 connections, which have states and tables. Use --shards 2, or "
        "name another folder."
    )
    plan(config, *streams, "--shards", "2")

    assert "shard_02 has no ad account any more" in capsys.readouterr().err
    assert json.loads((into / "shard_02/catalog.json").read_text())["streams"] == []


@pytest.mark.usefixtures("two_accounts")
def test_an_ad_account_that_the_login_does_not_see_fails_alone(config, tmp_path, capsys):
    into = tmp_path / "shards"
    streams = ["--streams", "ad_account_analytics_daily", "--shards", "2", "--into", str(into)]
    config.write_text(json.dumps({**CONFIG, "ad_account_ids": ["7", "99"]}))

    plan(config, *streams)

    printed = capsys.readouterr()
    assert "Total                                 1" in printed.out
    assert (
        "Ad account 99 is named in `ad_account_ids`, but this login does not see it" in printed.err
    )

    config.write_text(json.dumps({**CONFIG, "ad_account_ids": ["99"]}))
    assert str(ended(config, *streams)).endswith("No stream could be planned: see above.")
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("two_accounts")
def test_states_are_split_and_joined(config, tmp_path, capsys):
    entry = {"since": "2026-11-09", "date": "2026-11-21"}
    states = [
        {
            "type": "STREAM",
            "stream": {
                "stream_descriptor": {"name": "ad_account_analytics_daily"},
                "stream_state": {"7": entry, "8": {**entry, "date": "2026-11-22"}},
            },
        }
    ]
    state = tmp_path / "state.json"
    state.write_text(json.dumps(states))
    into = tmp_path / "shards"
    streams = ["--streams", "ad_account_analytics_daily"]

    plan(
        config,
        *streams,
        "--state",
        str(state),
        "--minutes",
        "5",
        "--own-logins",
        "--into",
        str(tmp_path / "another"),
    )
    plan(config, *streams, "--state", str(state), "--shards", "2", "--into", str(into), "--json")
    capsys.readouterr()
    parts = [str(into / name / "state.json") for name in ("shard_01", "shard_02")]
    command.run(["--join-states", *parts])

    assert json.loads(capsys.readouterr().out) == states


def test_a_file_that_is_no_state_is_not_joined(config):
    with pytest.raises(SystemExit) as raised:
        command.run(["--join-states", str(config)])

    assert str(raised.value.code).startswith("Not planned. ")
    assert "does not hold the states of streams" in str(raised.value.code)


def test_without_a_configuration_there_is_no_plan(capsys):
    with pytest.raises(SystemExit):
        command.run([])
    assert "the following arguments are required: --config" in capsys.readouterr().err
