"""The Pins that ads promote, through the real entry point: each Pin once, and later only what is new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import Output, configured
from integration_tests.expected.promoted_pins import rows
from integration_tests.expected.reports import compare
from integration_tests.fake_pinterest import FakePinterest, Request, World
from integration_tests.schemas import misfits

STREAM = "promoted_pins"
KEY = ["ad_id"]
USD, EUR, JPY = "549755885175", "549756933748", "549757982321"
WORLD = World(campaigns=3, ad_groups=2, ads=3, pins=12, creators=6)
PINS = "/pins/"


def pins_asked_for(pinterest: FakePinterest) -> Counter[str]:
    asked = [each.path for each in pinterest.requests if each.path.startswith(PINS)]
    return Counter(path.removeprefix(PINS) for path in asked)


@pytest.fixture
def server() -> Iterator[FakePinterest]:
    with FakePinterest(WORLD) as pinterest:
        yield pinterest


@pytest.fixture(scope="module")
def first() -> Iterator[tuple[FakePinterest, Output]]:
    from integration_tests.connector import Connector

    catalog = configured(Connector({}).discover().catalog, [STREAM, "ads"])
    with FakePinterest(WORLD) as pinterest:
        yield pinterest, connector(pinterest).read(catalog)


def test_a_first_sync_has_a_row_of_each_ad_with_its_pin_and_landing_page(first, everything):
    _, output = first
    expected = rows(WORLD)

    comparison = compare(expected, output.records(STREAM), KEY)

    assert comparison.same, str(comparison)
    assert {each["is_owner"] for each in expected} >= {True, False}
    assert any(each["utm_campaign"] == "creators" for each in expected)
    assert output.statuses == {STREAM: "COMPLETE", "ads": "COMPLETE"}
    (schema,) = [each["json_schema"] for each in everything if each["name"] == STREAM]
    records = output.records(STREAM)
    assert misfits(schema, records) == []


def test_each_pin_and_each_list_is_asked_for_once_as_the_owner_of_the_ad_account(first):
    pinterest, _ = first
    asked = pins_asked_for(pinterest)
    promoted = {ad["pin_id"] for account in WORLD.accounts.values() for ad in account.ads}

    assert asked == Counter(promoted)
    of_pins = [each for each in pinterest.requests if each.path.startswith(PINS)]
    assert {each.params["ad_account_id"][0] for each in of_pins} <= {USD, EUR, JPY}
    lists = Counter(each.path for each in pinterest.requests if each.path.endswith("/ads"))
    assert all(
        count <= 2 for count in lists.values()
    )  # one more shows that statuses are understood


def test_the_next_sync_reads_only_ads_that_are_new_or_were_updated(server, everything):
    catalog = configured(everything, [STREAM])
    first = connector(server).read(catalog)
    server.requests.clear()

    quiet = connector(server).read(catalog, first.last_states)
    again = pins_asked_for(server)

    newest = {
        max(account.ads, key=lambda ad: ad["updated_time"])["pin_id"]
        for account in WORLD.accounts.values()
    }
    assert set(again) == newest  # the second of the state is read again
    assert {each["pin_id"] for each in quiet.records(STREAM)} == newest
    assert quiet.states(STREAM)[-1] == first.states(STREAM)[-1]

    ad = next(each for each in WORLD.accounts[USD].ads if each["pin_id"] not in newest)
    before = ad["updated_time"]
    ad["updated_time"] = 1_795_000_000
    server.requests.clear()
    try:
        updated = connector(server).read(catalog, quiet.last_states)
    finally:
        ad["updated_time"] = before

    assert ad["pin_id"] in pins_asked_for(server)
    assert ad["id"] in {each["ad_id"] for each in updated.records(STREAM)}
    assert updated.states(STREAM)[-1][USD]["ad_updated_time"] == 1_795_000_000


def test_an_account_that_is_refused_fails_alone_and_the_next_sync_reads_it(server, everything):
    catalog = configured(everything, [STREAM])

    def fault(request: Request) -> Any:
        if request.path == f"/ad_accounts/{EUR}/ads":
            return 403, {"code": 29, "message": "You are not permitted."}, {}
        return None

    server.fault = fault
    output = connector(server).read(catalog)
    server.fault = None
    again = connector(server).read(catalog, output.last_states)

    assert compare(rows(WORLD, [USD, JPY]), output.records(STREAM), KEY).same
    assert output.statuses == {STREAM: "INCOMPLETE"}
    assert f"promoted_pins of ad account {EUR}" in output.errors[0]["message"]
    assert output.states(STREAM)[-1].keys() == {USD, JPY}
    of_the_rest = [each for each in again.records(STREAM) if each["ad_account_id"] == EUR]
    assert compare(rows(WORLD, [EUR]), of_the_rest, KEY).same


def test_a_pin_that_is_refused_is_named_and_asked_for_again(server, everything):
    catalog = configured(everything, [STREAM])
    refused = WORLD.accounts[USD].ads[0]["pin_id"]

    def fault(request: Request) -> Any:
        is_refused = request.path == f"{PINS}{refused}"
        return (403, {"code": 29, "message": "You are not permitted."}, {}) if is_refused else None

    server.fault = fault
    output = connector(server).read(catalog)
    server.fault = None
    again = connector(server).read(catalog, output.last_states)

    rest = [each for each in rows(WORLD) if each["pin_id"] != refused]
    assert compare(rest, output.records(STREAM), KEY).same
    assert output.statuses == {STREAM: "INCOMPLETE"}
    assert f"Pin {refused}" in output.errors[0]["message"]
    assert output.states(STREAM)[-1][USD]["missing"] == [refused]
    of_it = [each for each in rows(WORLD) if each["pin_id"] == refused]
    found = [each for each in again.records(STREAM) if each["pin_id"] == refused]
    assert compare(of_it, found, KEY).same
    assert again.statuses == {STREAM: "COMPLETE"}
    assert all("missing" not in each for each in again.states(STREAM)[-1].values())


def test_a_pin_that_no_longer_exists_leaves_the_ads_landing_page(server, everything):
    gone = WORLD.accounts[USD].ads[0]["pin_id"]
    server.deleted_pins = {gone}

    output = connector(server).read(configured(everything, [STREAM]))

    assert compare(rows(WORLD, gone=[gone]), output.records(STREAM), KEY).same
    assert output.statuses == {STREAM: "COMPLETE"}


def test_wherever_a_sync_is_cut_off_the_next_attempt_loses_nothing(server, everything, adjust):
    adjust(records_between_states=1)
    catalog = configured(everything, [STREAM])
    whole = connector(server).read(catalog)
    places: list[tuple[list[dict[str, Any]], Any]] = []
    before: list[dict[str, Any]] = []
    for message in whole.messages:
        if message["type"] == "RECORD":
            before.append(message["record"]["data"])
        elif message["type"] == "STATE":
            places.append((list(before), message["state"]))

    middle = [each for each in places if 0 < len(each[0]) < len(before)]
    assert len(middle) > 2
    for emitted, state in (middle[0], middle[len(middle) // 2], middle[-1]):
        rest = connector(server).read(catalog, [state])
        table = {each["ad_id"]: each for each in [*emitted, *rest.records(STREAM)]}
        assert compare(rows(WORLD), list(table.values()), KEY).same
        # what was done before is not read again, but for the newest ads of an account that was done
        assert len(rest.records(STREAM)) <= len(before) - len(emitted) + 20
