"""The lists around ad accounts and the look-up tables, through the real entry point."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import Output, configured, is_about_arrays
from integration_tests.expected.keys import LIST_KEYS as KEYS
from integration_tests.expected.lists import lists
from integration_tests.expected.reports import compare
from integration_tests.fake_pinterest import FakePinterest, Request, World
from integration_tests.fake_pinterest.account_lists import keywords as fake_keywords
from integration_tests.schemas import misfits

USD, EUR, JPY, WITHOUT_ROLE = "549755885175", "549756933748", "549757982321", "549759030894"
OF_ACCOUNTS = ["audiences", "keywords", "customer_lists", "conversion_tags"]
KEYWORDS = "GET /ad_accounts/{ad_account_id}/keywords"
TARGETING = "GET /resources/targeting/{targeting_type}"

REFUSED = {"code": 29, "message": "You are not permitted to access that resource."}


def refusing(wanted: Callable[[Request], bool], status: int = 403) -> Callable[[Request], Any]:
    return lambda request: (status, REFUSED, {}) if wanted(request) else None


def same(world: World, stream: str, output: Output, without: tuple[str, ...] = ()) -> None:
    comparison = compare(lists(world, stream, without), output.records(stream), KEYS[stream])
    assert comparison.same, f"{stream}: {comparison}"


def messages(output: Output, stream: str) -> str:
    return "\n".join(
        error["message"]
        for error in output.errors
        if error.get("stream_descriptor", {}).get("name") == stream
    )


# --- One sync that the tests below look at ---


@pytest.fixture(scope="module")
def world() -> World:
    return World(account_without_ads_role=True)


@pytest.fixture(scope="module")
def first_sync(server, everything) -> Output:
    return connector(server).read(configured(everything, KEYS))


@pytest.mark.parametrize("stream", KEYS)
def test_a_list_is_read_whole_on_every_sync(stream, everything):
    (found,) = [each for each in everything if each["name"] == stream]

    assert [field for (field,) in found["source_defined_primary_key"]] == KEYS[stream]
    assert found["supported_sync_modes"] == ["full_refresh"]
    assert found["is_resumable"] is False


@pytest.mark.parametrize("stream", KEYS)
def test_a_sync_has_every_row_once_with_pinterests_values(stream, world, first_sync):
    assert lists(world, stream)
    same(world, stream, first_sync)
    assert first_sync.statuses[stream] == "COMPLETE"
    assert first_sync.exit_code == 0


def test_the_next_sync_reads_the_same_again(server, world, everything, first_sync):
    output = connector(server).read(configured(everything, KEYS), first_sync.last_states)

    for stream in KEYS:
        same(world, stream, output)


def test_a_list_that_was_cut_off_begins_anew(first_sync):
    """Its only STATE comes behind its last record, and says nothing."""
    for stream in KEYS:
        lines = [
            each["type"]
            for each in first_sync.messages
            if each.get("record", {}).get("stream") == stream
            or each.get("state", {}).get("stream", {}).get("stream_descriptor", {}).get("name")
            == stream
        ]
        assert lines.index("STATE") == len(lines) - 1 == len(first_sync.records(stream))
        assert first_sync.states(stream) == [{"__ab_no_cursor_state_message": True}]


@pytest.mark.parametrize("stream", KEYS)
def test_every_record_fits_its_schema(stream, everything, first_sync):
    (schema,) = [each["json_schema"] for each in everything if each["name"] == stream]
    records = first_sync.records(stream)

    assert misfits(schema, records) == []
    assert set().union(*records) <= schema["properties"].keys()


def test_an_account_that_refuses_is_named_and_the_others_are_read(world, everything):
    with FakePinterest(world) as pinterest:
        pinterest.fault = refusing(lambda request: request.path.startswith(f"/ad_accounts/{EUR}/"))

        output = connector(pinterest).read(configured(everything, KEYS))

    for stream in KEYS:
        if stream in OF_ACCOUNTS:
            same(world, stream, output, without=(EUR,))
            assert f"{stream} of ad account {EUR}: This login may not read" in messages(
                output, stream
            )
            assert output.statuses[stream] == "INCOMPLETE"
        else:
            same(world, stream, output)
            assert output.statuses[stream] == "COMPLETE"


# --- Ad accounts ---


def test_the_ad_accounts_are_listed_once_however_many_streams_need_them(world, everything):
    with FakePinterest(world) as pinterest:
        output = connector(pinterest).read(configured(everything, ["ad_accounts", "campaigns"]))

        asked = [each.path for each in pinterest.requests]
    assert asked.count("/ad_accounts") == 1
    found = {each["id"]: each["permissions"] for each in output.records("ad_accounts")}
    assert found[WITHOUT_ROLE] == ["FINANCE_VIEW"]
    assert len(found) == 4


def test_a_named_ad_account_that_is_not_seen_is_an_error_and_the_other_is_there(
    pinterest, everything
):
    output = connector(pinterest, ad_account_ids=[EUR, "7"]).read(
        configured(everything, ["ad_accounts"])
    )

    assert [each["id"] for each in output.records("ad_accounts")] == [EUR]
    assert "ad_accounts of ad account 7: Ad account 7 is named in `ad_account_ids`" in messages(
        output, "ad_accounts"
    )
    assert output.statuses["ad_accounts"] == "INCOMPLETE"


# --- Audiences ---


def test_a_shared_audience_is_a_row_of_each_ad_account_that_has_it(first_sync):
    (received,) = [
        each for each in first_sync.records("audiences") if each["ownership_type"] == "RECEIVED"
    ]
    (owned,) = [
        each
        for each in first_sync.records("audiences")
        if each["id"] == received["id"] and each["ownership_type"] == "OWNED"
    ]

    assert (received["ad_account_id"], received["owner_ad_account_id"]) == (EUR, USD)
    assert (owned["ad_account_id"], owned["owner_ad_account_id"]) == (USD, USD)


# --- Conversion tags ---


def test_a_shared_tag_is_a_row_of_each_ad_account_that_has_it(first_sync):
    tags = first_sync.records("conversion_tags")
    (shared,) = [each for each in tags if each["ad_account_id"] != each["owner_ad_account_id"]]

    assert {each["ad_account_id"] for each in tags if each["id"] == shared["id"]} == {USD, EUR}
    assert shared["owner_ad_account_id"] == USD


def test_conversion_tags_take_one_request_for_each_ad_account(pinterest, everything):
    connector(pinterest).read(configured(everything, ["conversion_tags"]))

    asked = [
        (each.path.split("/")[2], each.params)
        for each in pinterest.requests
        if each.path.endswith("/conversion_tags")
    ]
    assert sorted(asked) == [(each, {"filter_deleted": ["false"]}) for each in (USD, EUR, JPY)]


# --- Keywords ---


def given(request: Request, name: str) -> list[str]:
    """The values of a parameter, which are joined by commas."""
    return [each for text in request.params.get(name, []) for each in text.split(",")]


def keyword_lists(pinterest: FakePinterest) -> list[tuple[str, ...]]:
    """(ad account, the parents that were asked for) of each list's first page."""
    filters = ("campaign_id", "ad_group_id", "ad_group_ids")
    return [
        (each.path.split("/")[2], *(v for name in filters for v in given(each, name)))
        for each in pinterest.requests
        if each.operation == KEYWORDS and "bookmark" not in each.params
    ]


def test_the_keywords_of_every_parent_take_a_list_for_the_account_each_campaign_and_250_ad_groups(
    pinterest, everything, adjust
):
    adjust(ad_groups_per_list_of_keywords=5)

    output = connector(pinterest, ad_account_ids=[USD]).read(configured(everything, ["keywords"]))

    account = pinterest.world.accounts[USD]
    ad_groups = sorted((each["id"] for each in account.ad_groups), key=int)
    assert len(ad_groups) == 8
    assert sorted(keyword_lists(pinterest)) == sorted(
        [
            (USD,),
            *((USD, each) for each in sorted((each["id"] for each in account.campaigns), key=int)),
            (USD, *ad_groups[:5]),
            (USD, *ad_groups[5:]),
        ]
    )
    same(pinterest.world, "keywords", output, without=(EUR, JPY))
    assert {each["parent_type"] for each in output.records("keywords")} == {
        "ADVERTISER",
        "CAMPAIGN",
        "AD_GROUP",
    }


def test_the_list_of_many_ad_groups_fits_into_a_url(everything, adjust):
    adjust(url_bytes=3_000)
    world = World(ad_accounts=1, campaigns=50, ad_groups=10, ads=0)
    with FakePinterest(world) as pinterest:
        output = connector(pinterest).read(configured(everything, ["keywords"]))

        together = [ids for _, *ids in keyword_lists(pinterest) if len(ids) > 1]
    assert len(together) > 2
    assert max(map(len, together)) <= 250
    # less what is left for a bookmark, and the path
    assert 1_800 < max(len(",".join(ids)) for ids in together) < 2_000
    same(world, "keywords", output)


def test_ad_groups_are_asked_one_by_one_where_several_at_once_are_not_allowed(everything):
    with FakePinterest(World(), multi_ad_group=False) as pinterest:
        output = connector(pinterest).read(configured(everything, ["keywords"]))

        refused = [each for each in pinterest.requests if each.status == 403]
    same(pinterest.world, "keywords", output)
    assert len(refused) == 1
    assert (
        "keywords reads ad groups one by one, because Pinterest refuses several at once"
        in output.logs
    )
    assert output.exit_code == 0


@pytest.mark.parametrize("of", ["campaign_id", "ad_group_id"])
def test_the_keywords_of_eight_parents_are_read_at_once(of, everything):
    """None of the first eight is answered before all of them were asked for."""
    world = World(ad_accounts=1, campaigns=10, ad_groups=2, ads=0)
    (account,) = world.accounts.values()
    listed = {"campaign_id": account.campaigns, "ad_group_id": account.ad_groups}[of]
    # the first ad group is read while it is found out that it is one at a time
    eight = sorted((each["id"] for each in listed), key=int)[1:9]
    barrier, asked = threading.Barrier(8, timeout=60), []

    def together(request: Request) -> None:
        parent = request.params.get(of, [""])[0]
        if parent in eight and "bookmark" not in request.params:
            asked.append(parent)
            with suppress(threading.BrokenBarrierError):
                barrier.wait()

    with FakePinterest(world, multi_ad_group=False) as pinterest:
        pinterest.fault = together
        output = connector(pinterest).read(configured(everything, ["keywords"]))

    assert sorted(asked) == sorted(eight)
    assert not barrier.broken
    same(world, "keywords", output)
    in_order = [
        {},
        *({"campaign_id": each} for each in sorted((c["id"] for c in account.campaigns), key=int)),
        *({"ad_group_id": each} for each in sorted((g["id"] for g in account.ad_groups), key=int)),
    ]
    ids = [each["id"] for asked_for in in_order for each in fake_keywords(account, asked_for)]
    assert [each["id"] for each in output.records("keywords")] == list(dict.fromkeys(ids))


def test_an_ad_account_that_refuses_does_not_say_that_ad_groups_are_read_one_by_one(everything):
    world = World(campaigns=1, ad_groups=3)
    with FakePinterest(world) as pinterest:
        pinterest.fault = refusing(lambda request: request.path == f"/ad_accounts/{USD}/keywords")
        output = connector(pinterest).read(configured(everything, ["keywords"]))

        together = [ids for account, *ids in keyword_lists(pinterest) if account != USD]
    same(world, "keywords", output, without=(USD,))
    assert "one by one" not in output.logs
    assert max(map(len, together)) == 3


@pytest.mark.parametrize("multi_ad_group", [True, False])
@pytest.mark.parametrize("place", [0, 3, 7])
@pytest.mark.parametrize("ad_account_id", [USD, EUR])
def test_keywords_of_one_ad_group_that_are_refused_fail_alone(
    ad_account_id, place, multi_ad_group, everything
):
    """In the first ad account, it is found out with them whether several are read at once."""
    world = World()
    secret = sorted((each["id"] for each in world.accounts[ad_account_id].ad_groups), key=int)[
        place
    ]
    with FakePinterest(world, multi_ad_group=multi_ad_group) as pinterest:
        pinterest.fault = refusing(
            lambda each: any(
                secret in given(each, name) for name in ("ad_group_id", "ad_group_ids")
            )
        )

        output = connector(pinterest).read(configured(everything, ["keywords"]))

    account = world.accounts[ad_account_id]
    lost = {each["id"] for each in fake_keywords(account, {"ad_group_id": secret})}
    for campaign in account.campaigns:  # some campaigns list those of their ad groups too
        lost -= {each["id"] for each in fake_keywords(account, {"campaign_id": campaign["id"]})}
    expected = [each for each in lists(world, "keywords") if each["id"] not in lost]
    assert compare(expected, output.records("keywords"), ["id"]).same
    assert output.statuses["keywords"] == "INCOMPLETE"
    assert f"of ad_group_id {secret} (This login may not read" in messages(output, "keywords")
    assert len(pinterest.requests) < 80


def test_ad_groups_that_are_all_refused_are_given_up_after_some(everything):
    world = World(ad_accounts=2, campaigns=10, ad_groups=10, ads=0)
    with FakePinterest(world) as pinterest:
        pinterest.fault = refusing(
            lambda each: EUR in each.path and {"ad_group_id", "ad_group_ids"} & {*each.params}
        )

        output = connector(pinterest).read(configured(everything, ["keywords"]))

    refused = [each for each in pinterest.requests if each.status == 403]
    assert 30 < len(refused) < 35
    assert f"keywords of ad account {EUR}" in messages(output, "keywords")
    assert "more. Run the sync again" in messages(output, "keywords")
    assert len(messages(output, "keywords")) < 2_000
    account = world.accounts[EUR]
    listed = [{}, *({"campaign_id": each["id"]} for each in account.campaigns)]
    left = {each["id"] for asked_for in listed for each in fake_keywords(account, asked_for)}
    own = [each for each in lists(world, "keywords", without=(USD,)) if each["id"] in left]
    others = lists(world, "keywords", without=(EUR,))
    assert compare([*own, *others], output.records("keywords"), ["id"]).same


def test_keywords_wait_for_no_list_that_is_read_after_them(pinterest, everything):
    names = ["keywords", "ad_groups", "campaigns"]
    catalog = {
        "streams": [
            one for name in names for one in configured(everything, [name], None)["streams"]
        ]
    }

    with connector(pinterest).reading_at_once(catalog) as process:
        stdout = process.stdout.read()

    records = [json.loads(line) for line in stdout.splitlines() if b'"RECORD"' in line]
    read = [each["record"]["data"] for each in records if each["record"]["stream"] == "keywords"]
    assert compare(lists(pinterest.world, "keywords"), read, ["id"]).same
    first_pages = [
        each.path
        for each in pinterest.requests
        if each.path.endswith("/campaigns")
        and "bookmark" not in each.params
        and not is_about_arrays(each)
    ]
    assert len(first_pages) == len(set(first_pages)) == 3


# --- Look-up tables ---


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_targeting_type_that_is_refused_is_named_and_the_others_are_read(
    status, world, everything
):
    with FakePinterest(world) as pinterest:
        pinterest.fault = refusing(lambda each: each.path.endswith("/LOCATION"), status)

        output = connector(pinterest).read(configured(everything, ["targeting_options"]))

    assert output.statuses["targeting_options"] == "INCOMPLETE"
    assert "Missing: targeting_options LOCATION: " in messages(output, "targeting_options")
    expected = [
        each for each in lists(world, "targeting_options") if each["targeting_type"] != "LOCATION"
    ]
    read = output.records("targeting_options")
    assert compare(expected, read, KEYS["targeting_options"]).same


def test_targeting_options_give_names_to_the_values_of_targeting_reports(first_sync):
    names = {
        (each["targeting_type"], each["targeting_raw_value"]): each["name"]
        for each in first_sync.records("targeting_options")
    }

    assert names["GENDER", "female"] == "Women"
    assert names["LOCATION", "500"] == "U.S.: Portland-Auburn"
    assert "Food and Drinks" in names.values()


@pytest.mark.parametrize("report_type", ["SYNC", "ASYNC"])
def test_metrics_of_one_kind_of_report_are_not_all_metrics(report_type, pinterest, everything):
    pinterest.fault = refusing(lambda each: each.params.get("report_type") == [report_type])

    output = connector(pinterest).read(configured(everything, ["delivery_metrics"]))

    assert output.statuses["delivery_metrics"] == "INCOMPLETE"
    assert output.records("delivery_metrics") == []


def test_a_metric_that_is_in_both_categories_is_two_rows(first_sync):
    found = {
        each["category"]: (each["is_synchronous"], each["is_asynchronous"])
        for each in first_sync.records("delivery_metrics")
        if each["name"] == "ENGAGEMENT_RATE"
    }

    assert found == {"ADS": (True, True), "ORGANIC": (True, False)}
