"""The tokens of asynchronous reports stand in states and nowhere else, the addresses of their contents
and the passwords of feeds nowhere at all; with every library's debug log, and in what Pinterest repeats."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

import pytest

from integration_tests.command import command
from integration_tests.conftest import connector
from integration_tests.connector import ROOT, Connector, Output, configured
from integration_tests.fake_pinterest import FakePinterest, Request, World
from integration_tests.fake_pinterest.catalogs import FEED_PASSWORD
from integration_tests.faults.faulty_proxy import Exchange, FaultyProxy, Wire

STATUS = "GET /ad_accounts/{ad_account_id}/reports"
CONFIG: dict[str, Any] = {
    "start_date": "2026-08-20",
    "custom_reports": [{"name": "by_day", "level": "ad", "columns": ["SPEND_IN_DOLLAR"]}],
}
STREAMS = ["ad_analytics_daily", "by_day", "catalogs_feeds"]


@pytest.fixture
def pinterest() -> Any:
    with FakePinterest(World(ad_accounts=2, campaigns=2, ad_groups=1, ads=2)) as server:
        yield server


@pytest.fixture(scope="module")
def catalog() -> Any:
    return configured(Connector(CONFIG).discover().catalog, STREAMS)


def shown(lines: list[str], pinterest: FakePinterest) -> list[str]:
    """The lines beside the states that have a secret."""
    secrets = [FEED_PASSWORD, json.dumps(FEED_PASSWORD)[1:-1]]
    for token, report in pinterest.reports.made.items():
        # the beginning, since a message that repeats one may be cut behind it
        secrets += [secret[:40] for secret in (token, *report.links)]
    return [
        line
        for line in lines
        if not line.startswith('{"type":"STATE"') and any(each in line for each in secrets)
    ]


@pytest.mark.parametrize("how", ["debug", "platform debug"])
def test_no_debug_log_shows_a_token_or_an_address_of_a_report(how, pinterest, catalog, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(connector(pinterest, **CONFIG).config))
    (tmp_path / "catalog.json").write_text(json.dumps(catalog))
    arguments = ["read", "--config", "config.json", "--catalog", "catalog.json"]

    ended = subprocess.run(
        [
            *command("2026-11-24T09:00:00+00:00"),
            *arguments,
            *(["--debug"] if how == "debug" else []),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
        env={
            "PATH": "",
            "PYTHONPATH": str(ROOT),
            # where the CDK is compiled already
            "PYTHONPYCACHEPREFIX": os.environ.get("PYTHONPYCACHEPREFIX", ""),
            **({"LOG_LEVEL": "debug"} if how == "platform debug" else {}),
        },
        check=False,
    )

    assert ended.returncode == 0, ended
    assert all(report.links for report in pinterest.reports.made.values())
    assert any(token in ended.stdout for token in pinterest.reports.made), "none is in a state"
    assert shown(ended.stdout.splitlines() + ended.stderr.splitlines(), pinterest) == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
def test_what_pinterest_repeats_of_a_token_is_not_shown(status, pinterest, catalog, capfd):
    told: list[str] = []

    def fault(request: Request) -> Any:
        if request.operation != STATUS:
            return None
        told.extend(request.params["token"])
        body = {"code": 3, "message": f"No report {told[-1]}.", "message_detail": told[-1]}
        return status, body, {"X-RateLimit-Reset": "90000"}

    pinterest.fault = fault
    output: Output = connector(pinterest, **CONFIG).read(catalog)

    assert told
    assert output.statuses["by_day"] == "INCOMPLETE"
    captured = capfd.readouterr()
    lines = [*output.lines, *captured.out.splitlines(), *captured.err.splitlines()]
    assert shown(lines, pinterest) == []


def test_no_warning_of_a_library_shows_the_address_of_a_report(pinterest, catalog, capfd):
    """As urllib3's, of headers that are none."""

    def without_sense(wire: Wire, exchange: Exchange) -> None:
        length = len(exchange.body)
        wire.raw(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nno header\r\n\r\n" % length)
        wire.raw(exchange.body)

    with FaultyProxy(pinterest, lambda _: without_sense) as proxy:
        pinterest.reports.port = proxy.port
        output = connector(pinterest, **CONFIG).read(catalog)

    assert "Failed to parse headers" in output.logs
    captured = capfd.readouterr()
    lines = [*output.lines, *captured.out.splitlines(), *captured.err.splitlines()]
    assert shown(lines, pinterest) == []
