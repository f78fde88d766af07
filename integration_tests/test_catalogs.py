"""Catalogs, feeds and product groups through the real entry point: every row once, and no password."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import Output, configured
from integration_tests.expected.keys import USER_AND_CATALOG_KEYS as KEYS
from integration_tests.expected.reports import compare
from integration_tests.expected.user_and_catalogs import catalogs
from integration_tests.fake_pinterest import FakePinterest, World
from integration_tests.fake_pinterest.catalogs import FEED_PASSWORD, FEED_USER
from integration_tests.schemas import misfits

STREAMS = ["catalogs", "catalogs_feeds", "catalogs_product_groups"]
OWN_ACCOUNT, SHARED = "549755885175", "549757982321"


@pytest.fixture(scope="module")
def server():
    with FakePinterest(World()) as pinterest:
        pinterest.catalog_data.managed = {SHARED}
        yield pinterest


@pytest.fixture(scope="module")
def sync(server, everything) -> Output:
    """With the Catalogs Manager role in the ad account of an agency."""
    server.requests.clear()
    return connector(server).read(configured(everything, STREAMS))


def read(pinterest: FakePinterest, everything, *streams: str, **config) -> Output:
    return connector(pinterest, **config).read(configured(everything, streams or STREAMS))


# --- Every row ---


@pytest.mark.parametrize("stream", STREAMS)
def test_each_catalog_is_read_once_of_whoever_owns_it(stream, server, sync):
    expected = catalogs(server.world, stream, SHARED)

    comparison = compare(expected, sync.records(stream), KEYS[stream])

    assert comparison.same, str(comparison)
    assert sync.statuses[stream] == "COMPLETE"
    assert {record["ad_account_id"] for record in sync.records(stream)} == {None, SHARED}


@pytest.mark.parametrize("stream", STREAMS)
def test_it_is_a_full_refresh_whose_records_fit_their_schema(stream, everything, sync):
    (found,) = [each for each in everything if each["name"] == stream]

    assert misfits(found["json_schema"], sync.records(stream)) == []
    assert found["supported_sync_modes"] == ["full_refresh"]
    assert found["source_defined_primary_key"] == [["id"]]
    assert set().union(*sync.records(stream)) <= found["json_schema"]["properties"].keys()
    assert {record["catalog_type"] for record in sync.records(stream)} == {
        *("RETAIL", "HOTEL", "CREATIVE_ASSETS"),
    }


def test_only_the_shared_ad_account_is_asked_for_beside_the_users_own(server, sync):
    assert sync.exit_code == 0
    asked = Counter(
        account
        for request in server.requests
        if request.path.startswith("/catalogs")
        for account in request.params.get("ad_account_id", ["own"])
    )

    assert asked.keys() == {"own", SHARED}
    paths = [request.path for request in server.requests]
    assert paths.count("/user_account") == 1
    assert paths.count("/ad_accounts") == 1


def test_the_times_of_product_groups_are_seconds_whatever_pinterest_answers_in(sync):
    times = [record["created_at"] for record in sync.records("catalogs_product_groups")]

    assert min(times) > 1_600_000_000
    assert max(times) < 1_800_000_000


def test_no_password_and_no_user_name_of_a_feed_comes_out(sync):
    text = "\n".join(sync.lines)

    assert FEED_USER not in text
    assert FEED_PASSWORD not in text
    assert json.dumps(FEED_PASSWORD) not in text
    masked = {"username": "****", "password": "****"}
    shown = [record["credentials"] for record in sync.records("catalogs_feeds")]
    assert shown.count(masked) == shown.count(None) == len(shown) / 2
    locations = {record["location"] for record in sync.records("catalogs_feeds")}
    assert locations == {
        "https://shop.example.com/feed.tsv?lang=en&page=1",
        "https://****@shop.example.com/feed.tsv",
        "sftp://shop.example.com:2222/in@box/feed.xml",
        "ftp://****@shop.example.com/feed.csv",
    }


def test_a_broken_answer_with_a_password_says_nothing_of_it(pinterest, everything):
    feed = {"id": None, "credentials": {"username": FEED_USER, "password": FEED_PASSWORD}}
    pinterest.fault = lambda request: (
        (200, {"items": [feed]}, {}) if request.path == "/catalogs/feeds" else None
    )

    output = read(pinterest, everything, "catalogs_feeds")

    assert output.statuses == {"catalogs_feeds": "INCOMPLETE"}
    assert "items that are left out: 1 without id." in output.errors[0]["message"]
    assert FEED_PASSWORD not in "\n".join(output.lines)


# --- No catalog ---


@pytest.mark.parametrize("how", ["409", "empty"])
def test_a_user_without_a_catalog_has_no_rows_and_no_error(how, pinterest, everything):
    pinterest.catalog_data.without = {"own": how}
    pinterest.catalog_data.managed = {SHARED}

    output = read(pinterest, everything)

    assert set(output.statuses.values()) == {"COMPLETE"}
    for stream in STREAMS:
        expected = catalogs(pinterest.world, stream, SHARED, is_own_there=False)
        comparison = compare(expected, output.records(stream), KEYS[stream])
        assert comparison.same, str(comparison)
        assert expected


def test_another_conflict_is_an_error(pinterest, everything):
    pinterest.fault = lambda request: (
        (409, {"code": 409, "message": "Conflict."}, {}) if request.path == "/catalogs" else None
    )

    output = read(pinterest, everything, "catalogs")

    assert output.statuses == {"catalogs": "INCOMPLETE"}


# --- What the login may not see ---


def test_a_shared_ad_account_without_the_role_is_a_line_in_the_log(pinterest, everything):
    output = read(pinterest, everything)

    assert set(output.statuses.values()) == {"COMPLETE"}
    assert f"INFO catalogs_feeds of the owner of ad account {SHARED}: left out." in output.logs
    for stream in STREAMS:
        comparison = compare(
            catalogs(pinterest.world, stream), output.records(stream), KEYS[stream]
        )
        assert comparison.same, str(comparison)


def test_a_shared_ad_account_that_is_named_is_an_error_without_the_role(pinterest, everything):
    output = read(pinterest, everything, ad_account_ids=[SHARED])

    assert set(output.statuses.values()) == {"INCOMPLETE"}
    message = next(each["message"] for each in output.errors if "catalogs_feeds" in each["message"])
    assert f"catalogs_feeds of the owner of ad account {SHARED}: This login may not" in message
    assert "Or ask the owner of the ad account for the Catalogs Manager role." in message
    for stream in STREAMS:
        comparison = compare(
            catalogs(pinterest.world, stream), output.records(stream), KEYS[stream]
        )
        assert comparison.same, str(comparison)


def test_of_the_named_ad_accounts_only_those_of_others_are_asked_for(pinterest, everything):
    output = read(pinterest, everything, "catalogs", ad_account_ids=[OWN_ACCOUNT])

    assert output.statuses == {"catalogs": "COMPLETE"}
    assert {record["ad_account_id"] for record in output.records("catalogs")} == {None}


def test_an_ad_account_that_is_named_and_not_seen_is_an_error(pinterest, everything):
    output = read(pinterest, everything, "catalogs", ad_account_ids=["123"])

    assert output.statuses == {"catalogs": "INCOMPLETE"}
    assert "Ad account 123 is named in `ad_account_ids`" in output.errors[0]["message"]
    assert len(output.records("catalogs")) == 3


def test_a_login_that_may_not_read_ads_reads_the_users_own(pinterest, everything):
    pinterest.scopes[pinterest.access_token] = frozenset({"catalogs:read", "user_accounts:read"})

    output = read(pinterest, everything, "catalogs")

    assert output.statuses == {"catalogs": "COMPLETE"}
    assert "INFO catalogs of the ad accounts of others: left out." in output.logs
    assert len(output.records("catalogs")) == 3


def test_a_login_without_the_scope_leaves_these_incomplete_and_no_others(pinterest, everything):
    scopes = {"boards:read", "ads:read", "user_accounts:read"}
    pinterest.scopes[pinterest.access_token] = frozenset(scopes)

    output = read(pinterest, everything, "boards", *STREAMS)

    assert output.statuses == {"boards": "COMPLETE", **dict.fromkeys(STREAMS, "INCOMPLETE")}
    assert all("Log in again" in error["message"] for error in output.errors[:3])


def test_what_pinterest_cannot_answer_now_is_an_error_also_of_a_shared_account(
    pinterest, everything
):
    """It may be there: only a refusal says that it need not be read."""
    pinterest.catalog_data.managed = {SHARED}
    pinterest.fault = lambda request: (
        (429, {"code": 8, "message": "Slow down."}, {"X-RateLimit-Reset": "67150"})
        if "ad_account_id" in request.params
        else None
    )

    output = read(pinterest, everything, "catalogs")

    assert output.statuses == {"catalogs": "INCOMPLETE"}
    assert output.errors[0]["failure_type"] == "transient_error"
    assert len(output.records("catalogs")) == 3


# --- A sync that is cut off ---


def test_a_sync_that_is_cut_off_has_no_state_and_the_next_reads_every_row(server, everything):
    catalog = configured(everything, ["catalogs_product_groups"])
    with connector(server).reading_at_once(catalog) as process:
        for line in process.stdout:
            message = json.loads(line)
            assert message["type"] != "STATE"
            if message["type"] == "RECORD":
                break

    output = connector(server).read(catalog)

    expected = catalogs(server.world, "catalogs_product_groups", SHARED)
    comparison = compare(expected, output.records("catalogs_product_groups"), ["id"])
    assert comparison.same, str(comparison)
    assert output.states("catalogs_product_groups") == [{"__ab_no_cursor_state_message": True}]
