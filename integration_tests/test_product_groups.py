"""Product group promotions: a list for each ad group, read once a sync, and their metrics by day."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import suppress
from datetime import date
from typing import Any

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import Output, configured
from integration_tests.expected.reports import compare, ids_of, rows
from integration_tests.fake_pinterest import FakePinterest, Request, World, product_groups
from integration_tests.schemas import misfits
from source_pinterest.threads import submit

LIST, REPORT = "product_group_promotions", "product_group_promotion_analytics_daily"
PROMOTIONS = "GET /ad_accounts/{ad_account_id}/product_group_promotions"
AD_GROUPS = "GET /ad_accounts/{ad_account_id}/ad_groups"
ANALYTICS = "GET /ad_accounts/{ad_account_id}/product_groups/analytics"
WINDOW = {"today": date(2026, 11, 24), "start": date(2026, 8, 27), "end": date(2026, 11, 23)}
KEY = ["product_group_promotion_id", "date"]
SPEND = {REPORT: ["campaign_id", "ad_group_id", *KEY, "SPEND_IN_MICRO_DOLLAR"]}
USD, EUR, JPY = "549755885175", "549756933748", "549757982321"


def sent(pinterest: FakePinterest) -> Counter[str]:
    """The requests that are answered."""
    return Counter(str(each.operation) for each in pinterest.requests if each.status == 200)


def assert_same(world: World, output: Output, stream: str, key: list[str], **which: Any) -> None:
    expected = rows(world, stream, **WINDOW, **which)
    comparison = compare(expected, output.records(stream), key)

    assert expected
    assert comparison.same, str(comparison)


# --- The list ---


def test_every_promotion_is_listed_once_with_its_ad_account(pinterest, everything):
    output = connector(pinterest).read(configured(everything, [LIST]))

    assert_same(pinterest.world, output, LIST, ["id"])
    records = output.records(LIST)
    assert {each["ad_account_id"] for each in records} == {USD, EUR, JPY}
    assert {each["status"] for each in records} >= {"ACTIVE", "ARCHIVED", "PAUSED"}
    assert output.statuses == {LIST: "COMPLETE"}


def test_it_is_a_full_refresh_by_id(everything):
    (stream,) = [each for each in everything if each["name"] == LIST]

    assert stream["supported_sync_modes"] == ["full_refresh"]
    assert stream["source_defined_primary_key"] == [["id"]]


def test_every_promotion_fits_its_schema(pinterest, everything):
    (schema,) = [each["json_schema"] for each in everything if each["name"] == LIST]
    records = connector(pinterest).read(configured(everything, [LIST])).records(LIST)

    assert misfits(schema, records) == []
    assert set().union(*records) <= schema["properties"].keys()


def test_statuses_filter_the_list_and_not_the_analytics(pinterest, everything):
    catalog = configured(everything, [LIST, REPORT], fields=SPEND)

    output = connector(pinterest, entity_statuses=["ARCHIVED"]).read(catalog)

    assert_same(pinterest.world, output, LIST, ["id"], statuses={"ARCHIVED"})
    assert_same(pinterest.world, output, REPORT, KEY, columns=SPEND[REPORT])


def test_an_ad_group_with_more_than_a_page_of_them_is_read_to_its_end(everything):
    world = World(ad_accounts=1, campaigns=1, ad_groups=1, ads=10, product_groups=600)
    with FakePinterest(world) as pinterest:
        output = connector(pinterest).read(configured(everything, [LIST, REPORT], fields=SPEND))

        requests = sent(pinterest)
    assert_same(world, output, LIST, ["id"])
    assert_same(world, output, REPORT, KEY, columns=SPEND[REPORT])
    assert len(output.records(LIST)) == 600
    assert requests[PROMOTIONS] == 3
    assert requests[ANALYTICS] == 3


# --- What it costs ---


def test_each_ad_group_is_asked_once_however_many_streams_need_it(pinterest, everything):
    catalog = configured(everything, [LIST, "ad_groups", "ad_group_analytics_daily", REPORT])

    output = connector(pinterest).read(catalog)

    ad_groups = sum(len(one.ad_groups) for one in pinterest.world.accounts.values())
    assert output.exit_code == 0
    assert sent(pinterest)[PROMOTIONS] == ad_groups == 24
    assert sent(pinterest)[AD_GROUPS] == 3 * 2  # a page and an empty one
    assert sent(pinterest)[ANALYTICS] == 3


def test_the_order_of_the_catalog_does_not_matter(pinterest, everything):
    """A list that waits for the ids of another must not stand before it."""
    catalog = configured(everything, ["ad_groups", LIST, REPORT])
    catalog["streams"].reverse()

    output = submit(lambda: connector(pinterest).read(catalog)).result(timeout=60)

    assert output.statuses == dict.fromkeys(["ad_groups", LIST, REPORT], "COMPLETE")
    assert sent(pinterest)[AD_GROUPS] == 3 * 2
    assert_same(pinterest.world, output, LIST, ["id"])


def test_the_lists_of_ad_groups_are_read_several_at_once(pinterest, everything):
    """None of the first four is answered before all of them were asked for."""
    four = threading.Barrier(4, timeout=60)
    first = sorted(ids_of(pinterest.world.accounts[USD], "ad_group"), key=int)[:4]

    def together(request: Request) -> None:
        if request.operation == PROMOTIONS and request.params["ad_group_id"][0] in first:
            with suppress(threading.BrokenBarrierError):
                four.wait()

    pinterest.fault = together

    assert connector(pinterest).read(configured(everything, [LIST])).exit_code == 0
    assert not four.broken


def test_a_key_alone_can_be_selected(pinterest, everything):
    """A product group's id is no column, and Pinterest wants one."""
    catalog = configured(everything, [REPORT], fields={REPORT: KEY})

    output = connector(pinterest).read(catalog)

    read = {tuple(each[name] for name in KEY) for each in output.records(REPORT)}
    expected = rows(pinterest.world, REPORT, columns=["SPEND_IN_MICRO_DOLLAR"], **WINDOW)
    assert read == {tuple(each[name] for name in KEY) for each in expected}


# --- An ad group, or an account, in trouble ---


@pytest.fixture
def in_trouble(pinterest) -> str:
    """An ad group of the second ad account, which has promotions, and whose list is refused."""
    account = pinterest.world.accounts[EUR]
    ad_group_id = product_groups.own_ad_group_id(product_groups.promotions(account)[0])

    def fault(request: Request) -> Any:
        if request.operation == PROMOTIONS and request.params["ad_group_id"] == [ad_group_id]:
            return 403, {"code": 29, "message": "You are not permitted."}, {}
        return None

    pinterest.fault = fault
    return ad_group_id


def test_an_ad_group_that_is_refused_is_named_and_does_not_stop_the_others(
    pinterest, everything, in_trouble
):
    output = connector(pinterest).read(configured(everything, [LIST]))

    expected = [
        row for row in rows(pinterest.world, LIST, **WINDOW) if row["ad_group_id"] != in_trouble
    ]
    comparison = compare(expected, output.records(LIST), ["id"])
    assert comparison.same, str(comparison)
    assert output.statuses == {LIST: "INCOMPLETE"}
    message = output.errors[0]["message"]
    assert f"{LIST} of ad account {EUR}, ad group {in_trouble}: " in message
    assert "code 29" in message
    assert message.count("ad group") == 1


def test_a_report_has_all_but_the_promotions_of_the_ad_group_and_the_next_sync_has_those(
    pinterest, everything, in_trouble
):
    catalog = configured(everything, [REPORT], fields=SPEND)
    expected = rows(pinterest.world, REPORT, columns=SPEND[REPORT], **WINDOW)

    output = connector(pinterest).read(catalog)

    others = [row for row in expected if row["ad_group_id"] != in_trouble]
    comparison = compare(others, output.records(REPORT), KEY)
    assert comparison.same, str(comparison)
    assert 0 < len(others) < len(expected)
    assert output.statuses == {REPORT: "INCOMPLETE"}
    message = output.errors[0]["message"]
    assert f"{REPORT} of ad account {EUR}, 2026-08-26 to 2026-11-23: " in message
    assert f"ad group {in_trouble} (This login may not read" in message
    assert output.states(REPORT)[-1][EUR]["date"] == "2026-11-23"

    pinterest.fault = None
    pinterest.today = date(2026, 11, 25)
    again = connector(pinterest, "2026-11-25").read(catalog, output.last_states)

    window = {"today": date(2026, 11, 25), "start": date(2026, 8, 28), "end": date(2026, 11, 24)}
    its_own = [
        row
        for row in rows(pinterest.world, REPORT, columns=SPEND[REPORT], **window)
        if row["ad_group_id"] == in_trouble
    ]
    read = [each for each in again.records(REPORT) if each["ad_group_id"] == in_trouble]
    assert min(each["date"] for each in its_own) < "2026-10-01"
    assert compare(its_own, read, KEY).same
    # a state knows its ids in groups, so a few others may be read anew with them
    late = {each[KEY[0]] for each in again.records(REPORT) if each["date"] < "2026-10-25"}
    assert len(late) < len({each[KEY[0]] for each in others}) / 2
    assert again.exit_code == 0


def test_an_account_whose_ad_groups_cannot_be_listed_does_not_stop_the_others(
    pinterest, everything
):
    def fault(request: Request) -> Any:
        if request.operation == AD_GROUPS and EUR in request.path:
            return 403, {"code": 29, "message": "You are not permitted."}, {}
        return None

    pinterest.fault = fault
    output = connector(pinterest).read(configured(everything, [LIST]))

    assert_same(pinterest.world, output, LIST, ["id"], ad_account_ids=[USD, JPY])
    assert output.statuses == {LIST: "INCOMPLETE"}
    assert f"{LIST} of ad account {EUR}: " in output.errors[0]["message"]
