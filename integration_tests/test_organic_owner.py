"""Organic data as the owner of a shared ad account, through the real entry point."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import Output, configured
from integration_tests.expected.keys import KEYS
from integration_tests.expected.reports import compare, rows
from integration_tests.fake_pinterest import FakePinterest, Request, World
from integration_tests.fake_pinterest.world import Agency

OWN, SHARED = "549755885175", "549757982321"
AGENCY = Agency(seed=7, pins=40, boards=4)
STREAMS = ["boards", "pins", "pin_analytics", "user_account_analytics"]
WINDOW = {"today": date(2026, 11, 24), "start": date(2026, 11, 9), "end": date(2026, 11, 23)}
OF_THE_USER = ("/user_account", "/boards", "/pins")


@pytest.fixture(scope="module")
def server() -> Iterator[FakePinterest]:
    with FakePinterest(World(), agency=AGENCY) as pinterest:
        yield pinterest


@pytest.fixture(scope="module")
def sync(server, everything) -> Output:
    catalog = configured(everything, [*STREAMS, "user_account", "board_pins", "top_pins"])
    return connector(server, backfill_days=15, organic_ad_account_id=SHARED).read(catalog)


@pytest.mark.parametrize("stream", STREAMS)
def test_every_row_is_the_owners(stream, sync):
    expected = rows(AGENCY, stream, **WINDOW)

    comparison = compare(expected, sync.records(stream), KEYS[stream])

    assert comparison.same, str(comparison)
    assert set(sync.statuses.values()) == {"COMPLETE"}


def test_the_state_and_the_rows_have_the_owners_id(sync):
    for stream in ("pin_analytics", "user_account_analytics"):
        assert {each["user_id"] for each in sync.records(stream)} == {AGENCY.user_id}
        assert sync.states(stream)[-1].keys() == {AGENCY.user_id}
    (account,) = sync.records("user_account")
    assert account["username"] == AGENCY.username
    assert {each["user_id"] for each in sync.records("top_pins")} == {AGENCY.user_id}


@pytest.mark.usefixtures("sync")
def test_every_request_about_the_user_names_the_ad_account(server):
    asked = [each for each in server.requests if each.path.startswith(OF_THE_USER)]

    assert len(asked) > 5
    assert {tuple(each.params.get("ad_account_id", ())) for each in asked} == {(SHARED,)}


def test_another_setting_reads_the_other_user_from_the_beginning_and_keeps_the_first_state(
    everything, server, sync
):
    catalog = configured(everything, ["user_account_analytics"])

    output = connector(server, backfill_days=15).read(catalog, sync.last_states)

    stream = "user_account_analytics"
    assert compare(rows(World(), stream, **WINDOW), output.records(stream), KEYS[stream]).same
    assert output.states(stream)[-1].keys() == {AGENCY.user_id, World().user_id}


def test_an_ad_account_whose_owner_may_not_be_read_is_an_error_that_says_so(everything):
    with FakePinterest(World()) as pinterest:
        mine = connector(pinterest, organic_ad_account_id=SHARED)
        status = mine.check().connection_status
        output = mine.read(configured(everything, ["pin_analytics", "campaigns"]))

    words = f"Pinterest does not let this login read as the owner of ad account {SHARED}"
    assert status["status"] == "FAILED"
    assert words in status["message"]
    assert output.statuses == {"pin_analytics": "INCOMPLETE", "campaigns": "COMPLETE"}
    assert words in output.errors[0]["message"]
    assert output.errors[0]["failure_type"] == "config_error"


def test_an_answer_about_another_user_is_not_taken_for_the_owners(everything, server):
    def fault(request: Request) -> Any:
        is_user = request.path == "/user_account"
        return (200, {"id": World().user_id, "username": "me"}, {}) if is_user else None

    server.fault = fault
    try:
        output = connector(server, organic_ad_account_id=SHARED).read(
            configured(everything, ["user_account_analytics"])
        )
    finally:
        server.fault = None

    assert output.statuses == {"user_account_analytics": "INCOMPLETE"}
    assert f"Pinterest answers with user {World().user_id}" in output.errors[0]["message"]
    assert output.records("user_account_analytics") == []


def test_followers_cannot_be_read_as_somebody_else(everything, server):
    output = connector(server, organic_ad_account_id=SHARED).read(
        configured(everything, ["followers"])
    )

    assert output.statuses == {"followers": "INCOMPLETE"}
    assert "Deselect the stream followers" in output.errors[0]["message"]


def test_check_says_whose_data_it_is(server):
    output = connector(server, organic_ad_account_id=SHARED).check()

    assert output.connection_status["status"] == "SUCCEEDED"
    assert f"are read as {AGENCY.username} (user {AGENCY.user_id})" in output.logs
    assert output.connection_status["message"].startswith("Logged in: ")
