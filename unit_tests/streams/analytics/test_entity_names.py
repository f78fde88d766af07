"""Names beside the ids: what the fields are called, and what they hold."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from datetime import date
from typing import Any

import pytest

from source_pinterest.api.facts import api_facts
from source_pinterest.api.limits import LIMITS
from source_pinterest.config.config import Config
from source_pinterest.http.retry import SYNC
from source_pinterest.records.rows import Batch
from source_pinterest.streams.analytics import entity_names
from source_pinterest.streams.analytics.ads import AdsReport
from source_pinterest.streams.analytics.entity_names import EntityNames, fields
from source_pinterest.streams.lists.campaigns import (
    PARENT_LISTS,
    AdGroups,
    Ads,
    AdsList,
    Campaigns,
)
from source_pinterest.streams.registry import STREAMS
from source_pinterest.sync.context import SyncContext
from source_pinterest.sync.observed import Form

REPORTS = [each for each in STREAMS if issubclass(each, AdsReport)]
ACCOUNT = "549755885175"
OF_AN_AD = [
    *("entity_name", "entity_status", "parent_ad_account_name"),
    *("parent_campaign_name", "parent_campaign_status"),
    *("parent_ad_group_name", "parent_ad_group_status"),
]


class AdAccounts(AdsList):
    """The level above all others, of which there is no list in an ad account."""

    level = "ad_account"


class Lists:
    """Answers with whole lists, by the end of their paths, and counts."""

    base_url = "http://127.0.0.1:1/v5"

    def __init__(self, **lists: list[dict[str, Any]]) -> None:
        self.repeated_keys: set[str] = set()
        self.limits = LIMITS
        self.policy = SYNC
        self.lists = {"ad_accounts": [{"id": ACCOUNT, "name": "Shoes", "currency": "EUR"}], **lists}
        self.asked: list[str] = []

    def get(self, path: str, *_: Any) -> dict[str, Any]:
        name = path.rpartition("/")[2]
        self.asked.append(name)
        return {"items": self.lists[name], "bookmark": None}


AN_AD = {"id": "7", "name": "Red", "status": "ACTIVE", "campaign_id": "C5", "ad_group_id": 6}
LISTS = {
    "campaigns": [{"id": "5", "name": "Autumn", "status": "PAUSED"}],
    "ad_groups": [{"id": "6", "name": None, "status": "ARCHIVED", "campaign_id": "5"}],
    "ads": [AN_AD],
}


def context(client: Any, entity_names: bool = True) -> SyncContext:
    token = {"auth_method": "access_token", "access_token": "t0ken"}
    config = Config.parse({"credentials": token, "entity_names": entity_names})
    return SyncContext(config, client, date(2026, 11, 24))


def added(
    row: dict[str, Any], lists: dict[str, Any], level: type[AdsList] = Ads, *selected: str
) -> dict[str, Any]:
    """The fields that a row gets, in a sync that has read all these lists."""
    sync = context(Lists(**lists))
    for name, each in {"campaigns": Campaigns, "ad_groups": AdGroups, "ads": Ads}.items():
        if name in lists:
            each(sync).ids(ACCOUNT)
    id_field = f"{level.level}_id"
    names = EntityNames("a_report", id_field, level, sync, selected)
    batch = Batch({"ad_account_id": ACCOUNT, **names.account_fields(ACCOUNT)}, [dict(row)])
    names.enrich(batch)
    (record,) = batch.records()
    return {name: value for name, value in record.items() if name not in {"ad_account_id", *row}}


# --- What they are called ---


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.__name__)
def test_no_field_is_a_column_of_pinterests_to_a_destination_that_ignores_case(report):
    columns = {*api_facts()["columns"], *api_facts()["asynchronous_columns"]}
    taken = {name.lower() for name in (*columns, *report().get_json_schema()["properties"])}

    offered = {name.lower() for name in fields(report().entities)}

    assert len(columns) > 600
    assert "campaign_name" in taken
    assert not offered & taken
    assert len(offered) == len(fields(report().entities))


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.__name__)
def test_names_are_offered_behind_the_id_only_with_the_option(report):
    schema = report().get_json_schema()
    without = report().offered(()).json_schema

    offered = report().offered({"entity_names"}).json_schema["properties"]

    names = fields(report().entities)
    assert without == schema
    assert {name: each for name, each in offered.items() if name not in names} == (
        schema["properties"]
    )
    assert {name: offered[name] for name in names} == names
    place = list(offered).index(report().primary_key[0]) + 1
    assert list(offered)[place : place + len(names)] == list(names)


def test_the_fields_of_an_ad_are_its_own_and_those_of_all_above_it():
    assert list(fields(Ads)) == OF_AN_AD
    assert list(fields(Campaigns)) == OF_AN_AD[:3]
    assert list(fields(AdAccounts)) == OF_AN_AD[:2]
    for schema in fields(Ads).values():
        assert schema["type"] == ["null", "string"]
        assert schema["description"]


# --- What they hold ---


def test_an_ad_has_its_own_name_and_those_of_its_parents():
    assert added({"ad_id": "7"}, LISTS) == dict(
        zip(
            OF_AN_AD,
            ["Red", "ACTIVE", "Shoes", "Autumn", "PAUSED", "", "ARCHIVED"],
            strict=True,
        )
    )


def test_only_what_is_selected_is_added():
    selected = ("ad_id", "SPEND_IN_DOLLAR", "parent_campaign_status", "entity_name")

    assert added({"ad_id": "7"}, LISTS, Ads, *selected) == {
        "entity_name": "Red",
        "parent_campaign_status": "PAUSED",
    }
    assert added({"ad_id": "7"}, LISTS, Ads, "ad_id") == {}
    assert added({"ad_id": "7"}, LISTS, Ads, "parent_ad_account_name") == {
        "parent_ad_account_name": "Shoes"
    }


def test_a_list_that_is_not_there_costs_nothing_if_none_of_its_fields_is_selected(caplog):
    sync = context(Lists(**LISTS))
    Campaigns(sync).ids(ACCOUNT)
    names = EntityNames("a_report", "ad_id", Ads, sync, ["parent_campaign_name"])
    names.load(ACCOUNT)

    names.on_planned()

    assert "could not be listed" not in caplog.text


def test_what_no_list_has_is_null():
    nulls = dict.fromkeys(OF_AN_AD) | {"parent_ad_account_name": "Shoes"}

    assert added({"ad_id": "8"}, LISTS) == nulls
    assert added({"ad_id": "7"}, {**LISTS, "campaigns": [], "ad_groups": []}) == {
        **nulls,
        "entity_name": "Red",
        "entity_status": "ACTIVE",
    }
    nameless = {"ads": [{"id": "7"}]}
    assert added({"ad_id": "7"}, nameless) == {**nulls, "entity_name": ""}


def test_an_ad_account_has_the_name_of_the_list_of_ad_accounts():
    row = {"ad_account_id": ACCOUNT}

    assert added(row, {}, AdAccounts) == {"entity_name": "Shoes", "entity_status": None}


def test_a_report_of_more_ids_than_are_ready_at_one_time(monkeypatch):
    monkeypatch.setattr(entity_names, "MAX_CACHED_IDS", 3)
    ads = [{**AN_AD, "id": str(n), "name": f"Ad {n}"} for n in range(1, 11)]
    sync = context(Lists(ads=ads))
    Ads(sync).ids(ACCOUNT)
    names = EntityNames("a_report", "ad_id", Ads, sync, ["entity_name"])
    rows = [{"ad_id": str(n)} for _ in range(2) for n in range(1, 11)]
    names.load(ACCOUNT)

    names.enrich(Batch({"ad_account_id": ACCOUNT}, rows))

    assert [row["entity_name"] for row in rows] == [f"Ad {row['ad_id']}" for row in rows]


def kept(entity_names: bool) -> int:
    """Bytes that 4,000 ads leave behind, once the list and all rows have gone by."""

    def ad(n: int) -> dict[str, Any]:
        parents = {"campaign_id": f"{626735565838 + n // 50}", "ad_group_id": f"{n // 5}"}
        own = {"id": f"{687201361754 + n}", "name": f"Autumn sale, {n}", "status": "ACTIVE"}
        return {**own, **parents}

    client = Lists(ads=[])
    sync = context(client, entity_names)
    sync.observed.statuses.confirm(Form.COMMAS)
    sync.ad_accounts()
    gc.collect()
    tracemalloc.start()
    try:
        client.lists["ads"] = [ad(n) for n in range(4_000)]
        ids = Ads(sync).ids(ACCOUNT)
        client.lists["ads"] = []
        if entity_names:
            names = EntityNames("a_report", "ad_id", Ads, sync, [])
            names.load(ACCOUNT)
            for each in ids:
                names.enrich(Batch({"ad_account_id": ACCOUNT}, [{"ad_id": each}]))
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


@pytest.mark.no_cover
def test_names_of_100_000_ads_take_no_more_than_26_mb_or_30_in_python_3_10():
    kept(entity_names=True)  # what is made once and stays is made here

    # the least of three: a thread of the pool may still hold the page that it has handed over
    with_names, without = (min(kept(option) for _ in range(3)) for option in (True, False))
    of_4_000 = with_names - without

    # the dicts of Python 3.10 take half as much again for each key
    assert 200_000 < of_4_000 <= (1_040_000 if sys.version_info >= (3, 11) else 1_200_000)


def test_names_send_no_requests_of_their_own():
    client = Lists(**LISTS)
    sync = context(client)
    sync.observed.statuses.confirm(Form.COMMAS)
    Ads(sync).ids(ACCOUNT)

    EntityNames("a_report", "ad_id", Ads, sync, {}).load(ACCOUNT)

    assert client.asked == ["ads", "ad_accounts"]


def test_without_the_option_a_list_remembers_ids_only():
    off = context(Lists(**LISTS), entity_names=False)

    assert Ads(off).ids(ACCOUNT) == ["7"]
    assert Ads(off).names(ACCOUNT) is None


# --- Who waits for whom ---


def test_the_lists_of_parents_are_waited_for_if_the_sync_reads_them():
    sync = context(Lists(**LISTS))
    sync.expect_lists(["campaigns"])
    names = EntityNames("a_report", "ad_id", Ads, sync, [])

    (campaigns,) = names.needed(ACCOUNT)
    assert not campaigns.done()
    list(Campaigns(sync).read_records(stream_slice={"ad_account_id": ACCOUNT}))

    assert campaigns.result(10) == ["5"]


def test_the_lists_that_other_reports_need_have_names_too():
    sync = context(Lists(**LISTS))
    sync.expect_ids(["ad_groups"])
    names = EntityNames("a_report", "ad_id", Ads, sync, ["parent_ad_group_status"])

    (ad_groups,) = names.needed(ACCOUNT)

    assert ad_groups.result(10) == ["6"]
    assert sync.names(("ad_groups", ACCOUNT)) == {"6": ("", "ARCHIVED", "5")}


def test_the_lists_of_all_parents_are_known():
    assert {level for report in REPORTS for level in report().entities.levels_above} <= set(
        PARENT_LISTS
    )
    assert {level: each().name for level, each in PARENT_LISTS.items()} == {
        "campaign": "campaigns",
        "ad_group": "ad_groups",
    }
