"""Airbyte's verbs through the entry point, on answers that were recorded: nothing is sent."""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from airbyte_cdk.models import (
    AirbyteMessage,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteStream,
    DestinationSyncMode,
    SyncMode,
)
from airbyte_cdk.utils import AirbyteTracedException

from source_pinterest.api.limits import LIMITS, Limits
from source_pinterest.http.client import PinterestClient
from source_pinterest.http.rate_limiter import RateBudget
from source_pinterest.http.retry import INTERACTIVE, SYNC
from source_pinterest.http.settings import Settings
from source_pinterest.run import run
from source_pinterest.source import SourcePinterest
from source_pinterest.sync.state import unversioned
from unit_tests.verify.recorded import Answer, Recorded, answering

NOON = datetime(2020, 1, 15, 12, tzinfo=timezone.utc)
NO_PAUSE = {"first_pause": 0.0, "pause_before_another_window": 0.0}
AT_ONCE = Settings(sync=replace(SYNC, **NO_PAUSE), interactive=replace(INTERACTIVE, **NO_PAUSE))
"""What no recording has is asked for again at once."""
CONFIG = {"credentials": {"auth_method": "access_token", "access_token": "pina_of-somebody"}}


@pytest.fixture
def speak(tmp_path: Path) -> Any:
    def speak(
        verb: str, pinterest: Recorded | None = None, **files: Any
    ) -> tuple[int, list[dict[str, Any]]]:
        """The exit code, and the messages."""
        arguments = [verb]
        for name, content in files.items():
            path = tmp_path / f"{name}.json"
            path.write_text(json.dumps(content), encoding="utf-8")
            arguments += [f"--{name}", str(path)]
        stdout = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        code = 0
        with (
            answering(pinterest or Recorded()),
            mock.patch.multiple(sys, stdout=stdout, __stdout__=stdout),
        ):
            try:
                run(arguments, lambda: NOON, AT_ONCE)
            except SystemExit as end:
                code = int(end.code or 0)
        stdout.flush()
        printed = stdout.buffer.getvalue().decode()  # type: ignore[attr-defined]
        return code, [json.loads(line) for line in printed.splitlines()]

    return speak


def of_type(messages: list[dict[str, Any]], kind: str) -> list[Any]:
    return [message[kind.lower()] for message in messages if message["type"] == kind]


def status_of(messages: list[dict[str, Any]]) -> Any:
    (message,) = (each for each in messages if each["type"] == "CONNECTION_STATUS")
    return message["connectionStatus"]


def configured(catalog: Any, *names: str) -> dict[str, Any]:
    return {
        "streams": [
            {"stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": "overwrite"}
            for stream in catalog["streams"]
            if stream["name"] in names
        ]
    }


def test_a_check_says_who_is_logged_in_and_how_many_ad_accounts_there_are(speak):
    code, messages = speak("check", config=CONFIG)

    assert code == 0
    assert status_of(messages) == {
        "status": "SUCCEEDED",
        "message": "Logged in as g_sddnvt: 16 of 16 reports, 3 ad accounts.",
    }


def test_a_check_of_a_wrong_configuration_says_which_field(speak):
    code, messages = speak("check", config={**CONFIG, "backfill_days": "ninety"})

    assert code == 0
    assert status_of(messages)["status"] == "FAILED"
    assert status_of(messages)["message"].startswith('`backfill_days`: "ninety" is not')


def test_a_read_gives_each_record_its_state_and_the_last_status_of_each_stream(speak):
    _, discovered = speak("discover", config=CONFIG)
    (catalog,) = of_type(discovered, "CATALOG")

    code, messages = speak(
        "read", config=CONFIG, catalog=configured(catalog, "ad_accounts", "catalogs")
    )

    assert code == 0
    names = [record["stream"] for record in of_type(messages, "RECORD")]
    assert names.count("ad_accounts") == 3
    assert last_statuses(messages) == {"ad_accounts": "COMPLETE", "catalogs": "COMPLETE"}


@pytest.mark.parametrize(
    "stream", ["ad_accounts", "keywords", "ad_analytics_daily", "pin_analytics"]
)
def test_while_anything_is_waited_for_a_state_comes_every_minute(stream):
    """A minute is a millisecond here; Pinterest answers once three of them have passed."""
    go_on = threading.Event()
    pinterest = Recorded(lambda _: (go_on.wait(60), None)[1])
    limits = replace(LIMITS, seconds_between_states=0.001)
    source = SourcePinterest(lambda: NOON, replace(AT_ONCE, limits=limits))
    logger = logging.getLogger("airbyte")
    (offered,) = (s for s in source.discover(logger, CONFIG).streams if s.name == stream)
    modes = SyncMode.full_refresh, DestinationSyncMode.overwrite
    catalog = ConfiguredAirbyteCatalog([ConfiguredAirbyteStream(offered, *modes)])
    states = []

    with answering(pinterest), suppress(AirbyteTracedException):
        for item in source.read_batches(logger, CONFIG, catalog):
            if isinstance(item, AirbyteMessage) and item.state:
                states.append(vars(item.state.stream.stream_state))
            if len(states) == 3:
                go_on.set()

    assert [unversioned(each, stream) for each in states[:3]] == [{}] * 3


def test_once_its_reader_has_gone_a_sync_sends_nothing_more(monkeypatch):
    ended = mock.Mock()
    monkeypatch.setattr(PinterestClient, "end", ended)
    source = SourcePinterest(lambda: NOON, Settings())
    logger = logging.getLogger("airbyte")
    offered = source.discover(logger, CONFIG).streams
    modes = SyncMode.full_refresh, DestinationSyncMode.overwrite
    boards = next(stream for stream in offered if stream.name == "boards")
    catalog = ConfiguredAirbyteCatalog([ConfiguredAirbyteStream(boards, *modes)])

    with answering(Recorded()):
        reading = source.read_batches(logger, CONFIG, catalog)
        next(reading)
        assert not ended.called
        reading.close()

    assert ended.called


def last_statuses(messages: list[dict[str, Any]]) -> dict[str, str]:
    return {
        trace["stream_status"]["stream_descriptor"]["name"]: trace["stream_status"]["status"]
        for trace in of_type(messages, "TRACE")
        if trace["type"] == "STREAM_STATUS"
    }


def test_a_stream_that_is_refused_or_unknown_does_not_stop_the_others(speak):
    _, discovered = speak("discover", config=CONFIG)
    (catalog,) = of_type(discovered, "CATALOG")
    chosen = configured(catalog, "ad_accounts", "catalogs")
    unknown = {**chosen["streams"][0]["stream"], "name": "add_accounts"}
    chosen["streams"].append({**chosen["streams"][0], "stream": unknown})

    def refuse(operation: str) -> Answer | None:
        return (403, {"code": 29, "message": "No."}) if operation == "GET /catalogs" else None

    code, messages = speak("read", Recorded(refuse), config=CONFIG, catalog=chosen)

    assert code == 1
    assert last_statuses(messages) == {
        "ad_accounts": "COMPLETE",
        "catalogs": "INCOMPLETE",
        "add_accounts": "INCOMPLETE",
    }
    errors = [trace["error"]["message"] for trace in of_type(messages, "TRACE") if "error" in trace]
    assert any("Did you mean ad_accounts?" in error for error in errors)
    assert errors[-1].startswith("These streams are incomplete: add_accounts, catalogs.")


def test_a_sync_keeps_to_its_share_of_the_rate_limits():
    made: list[Limits] = []

    def budget(limits: Limits) -> RateBudget:
        made.append(limits)
        return RateBudget(limits=limits)

    source = SourcePinterest(lambda: NOON, Settings(budget=budget))
    (stream, *_) = source.streams({**CONFIG, "rate_limit_share": 0.25})

    assert [each.requests_per_minute["ads_analytics"] for each in made] == [75]
    assert stream.limits is made[0]
