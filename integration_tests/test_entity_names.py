"""Names and statuses beside the ids: every row's, from the lists, without one more request."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

import orjson
import pytest

from integration_tests.conftest import connector
from integration_tests.connector import (
    Connector,
    Message,
    Output,
    configured,
    is_about_statuses,
)
from integration_tests.expected.keys import KEYS
from integration_tests.expected.reports import LEVELS, Record, compare, rows
from integration_tests.fake_pinterest import FakePinterest, Request, World
from integration_tests.schemas import misfits
from integration_tests.test_reconciliation import cutting
from integration_tests.test_requests import GRANTED

FIRST = {"today": date(2026, 11, 24), "start": date(2026, 8, 27), "end": date(2026, 11, 23)}
SECOND = {"today": date(2026, 11, 25), "start": date(2026, 8, 28), "end": date(2026, 11, 24)}

REPORTS = {
    "campaign_analytics": "campaign",
    "ad_group_analytics": "ad_group",
    "ad_analytics": "ad",
    "campaign_targeting_analytics": "campaign",
    "ad_group_targeting_analytics": "ad_group",
    "ad_targeting_analytics": "ad",
    "ad_analytics_daily": "ad",
}
"""All reports of ads by day and in total, with their levels."""

LISTS = ["campaigns", "ad_groups", "ads"]
USD, EUR, JPY = "549755885175", "549756933748", "549757982321"

PARENTS = [
    *("parent_campaign_name", "parent_campaign_status"),
    *("parent_ad_group_name", "parent_ad_group_status"),
]
FIELDS = ["entity_name", "entity_status", "parent_ad_account_name", *PARENTS]
FEW = ["ad_account_id", "campaign_id", "ad_group_id", "ad_id", "date", "SPEND_IN_DOLLAR"]


# --- What is expected, from the world alone ---


def named(
    world: World,
    stream: str,
    found: Iterable[Record],
    parents: Collection[str] = ("campaign", "ad_group"),
) -> list[Record]:
    """The rows with the names of their entities, and of those parents whose lists are read."""
    level = REPORTS[stream]
    records = []
    for row in found:
        account = world.accounts[row["ad_account_id"]]
        ids = {each: row[f"{each}_id"] for each in LEVELS[level]}
        entities = {each: account.by_id[each][ids[each]] for each in ids}
        record = {
            **row,
            "entity_name": entities[level]["name"] or "",
            "entity_status": entities[level]["status"],
            "parent_ad_account_name": account.record["name"],
        }
        for parent in LEVELS[level][:-1]:
            if parent in parents:
                record[f"parent_{parent}_name"] = entities[parent]["name"]
                record[f"parent_{parent}_status"] = entities[parent]["status"]
        records.append(record)
    return records


def expected(world: World, stream: str, **how: Any) -> list[Record]:
    parents = how.pop("parents", ("campaign", "ad_group"))
    return named(world, stream, rows(world, stream, **{**FIRST, **how}), parents)


def assert_same(should: list[Record], read: list[Record], stream: str) -> None:
    comparison = compare(should, read, KEYS[stream])
    assert comparison.same, str(comparison)
    assert should


def a_few(streams: Iterable[str], *names: str) -> dict[str, list[str]]:
    """For `configured`: some columns of reports of ads, and these names, or all."""
    return {stream: [*FEW, *KEYS[stream], *(names or FIELDS)] for stream in streams}


# --- Fixtures ---


@pytest.fixture(scope="module")
def world() -> World:
    return World(
        campaigns=2, ad_groups=2, ads=2, account_without_ads_role=True, repeated_keyword=True
    )


@pytest.fixture(scope="module")
def offered() -> list[Message]:
    """The streams that `discover` finds with the option."""
    return Connector({"entity_names": True}).discover().catalog


@pytest.fixture(scope="module")
def first_sync(server, offered) -> Output:
    return connector(server, entity_names=True).read(configured(offered, [*LISTS, *REPORTS]))


def of_ads(offered: list[Message], *streams: str) -> Message:
    """A catalog of these streams in this order, the reports of ads with few columns."""
    fields = a_few(stream for stream in streams if REPORTS.get(stream) == "ad")
    catalog = configured(offered, streams, fields=fields)
    catalog["streams"].sort(key=lambda each: streams.index(each["stream"]["name"]))
    return catalog


# --- What there is ---


@pytest.mark.parametrize("stream", REPORTS)
def test_every_row_has_the_names_of_its_entity_and_of_all_above_it(stream, world, first_sync):
    assert_same(expected(world, stream), first_sync.records(stream), stream)
    assert first_sync.statuses[stream] == "COMPLETE"


def test_the_names_are_those_of_the_lists(first_sync):
    """Also where Pinterest has no name, and where the status is ARCHIVED."""
    ads = {record["id"]: record for record in first_sync.records("ads")}
    found = {
        record["ad_id"]: (record["entity_name"], record["entity_status"])
        for record in first_sync.records("ad_analytics_daily")
    }

    assert found == {ad_id: (ads[ad_id]["name"], ads[ad_id]["status"]) for ad_id in found}
    assert "" in {name for name, _ in found.values()}
    assert "ARCHIVED" in {status for _, status in found.values()}


@pytest.mark.parametrize("stream", REPORTS)
def test_every_record_fits_its_schema(stream, offered, first_sync):
    (schema,) = [each["json_schema"] for each in offered if each["name"] == stream]
    records = first_sync.records(stream)

    assert misfits(schema, records) == []
    assert set().union(*records) <= schema["properties"].keys()


def test_discover_offers_the_fields_to_the_reports_of_ads_and_to_no_other_stream(
    offered, everything
):
    before = {stream["name"]: stream for stream in everything}

    for stream in offered:
        old = before[stream["name"]]["json_schema"]["properties"]
        added = [name for name in stream["json_schema"]["properties"] if name not in old]
        if stream["name"] in REPORTS:
            level = REPORTS[stream["name"]]
            assert added == FIELDS[: {"campaign": 3, "ad_group": 5, "ad": 7}[level]]
        elif stream["name"] in KEYS:
            assert stream == before[stream["name"]]


@pytest.mark.parametrize("value", [False, None, "yes"])
def test_discover_offers_them_for_true_and_for_nothing_else(value, everything):
    assert Connector({"entity_names": value}).discover().catalog == everything


# --- What it costs ---


CATALOGS = {
    "everything": [*LISTS, *REPORTS],
    "reports only": [*REPORTS],
    "one report": ["ad_analytics_daily"],
    "one report and a list above it": ["campaigns", "ad_targeting_analytics"],
    "reports before the lists": [*REPORTS, *reversed(LISTS)],
    "the lowest level first": [*reversed(REPORTS)],
}


def sent(output: Output, pinterest: FakePinterest) -> Counter[Any]:
    assert output.exit_code == 0, output.errors
    return Counter(
        (each.path, *sorted((name, *values) for name, values in each.params.items()))
        for each in pinterest.requests
        if not is_about_statuses(each)
    )


@pytest.mark.parametrize("streams", CATALOGS.values(), ids=CATALOGS)
def test_it_takes_not_one_request_more(streams, offered):
    """Of a Pinterest that refuses nothing: which request finds that out is left to chance."""
    catalog = of_ads(offered, *streams)
    world = World(campaigns=2, ad_groups=2, ads=2)
    with FakePinterest(world, **GRANTED) as pinterest:
        source = connector(pinterest, backfill_days=15)
        without = sent(source.read(catalog), pinterest)
        pinterest.requests.clear()

        source = connector(pinterest, backfill_days=15, entity_names=True)
        with_names = sent(source.read(catalog), pinterest)

    assert with_names == without
    assert sum(without.values()) > len(streams)


def test_switched_off_the_records_are_what_they_were(offered, discovered, pinterest):
    """Though the catalog still has the fields."""
    streams = ["ads", "ad_analytics", "campaign_targeting_analytics"]

    off = connector(pinterest, entity_names=False).read(configured(offered, streams))
    never = connector(pinterest).read(configured(discovered, streams))

    for stream in streams:
        found, expected = (
            sorted(
                orjson.dumps(record, option=orjson.OPT_SORT_KEYS)
                for record in output.records(stream)
            )
            for output in (off, never)
        )
        assert found == expected  # the order is that in which the ad accounts were answered
        assert not {*FIELDS} & set().union(*off.records(stream))
        assert off.states(stream)[-1] == never.states(stream)[-1]


# --- What is selected ---


def test_only_the_selected_fields_are_emitted(offered, pinterest):
    fields = a_few(["ad_analytics"], "entity_name", "parent_campaign_status")
    catalog = configured(offered, ["campaigns", "ad_analytics"], fields=fields)

    output = connector(pinterest, entity_names=True).read(catalog)

    found = {name for record in output.records("ad_analytics") for name in record}
    assert found & {*FIELDS} == {"entity_name", "parent_campaign_status"}
    assert "are null" not in output.logs


def test_a_schema_that_was_not_refreshed_is_reported_and_nothing_is_added(discovered, pinterest):
    catalog = configured(discovered, ["ad_analytics"], fields={"ad_analytics": FEW})

    output = connector(pinterest, entity_names=True).read(catalog)

    assert not {*FIELDS} & set().union(*output.records("ad_analytics"))
    assert (
        "INFO ad_analytics: `entity_names` is on, but none of its fields is selected. Refresh the "
        "connection's schema, and select those that you want." in output.logs
    )


def test_a_stream_with_an_empty_schema_has_all_of_them(offered, pinterest):
    catalog = configured(offered, ["campaign_analytics"])
    catalog["streams"][0]["stream"]["json_schema"] = {}

    output = connector(pinterest, entity_names=True).read(catalog)

    should = expected(pinterest.world, "campaign_analytics")
    assert_same(should, output.records("campaign_analytics"), "campaign_analytics")


NULL = "are null, because this sync does not read the lists that have them. To fill them, select"


@pytest.mark.parametrize(
    ("streams", "parents", "said"),
    [
        ([], [], f"{PARENTS[0]}, {PARENTS[1]}, {PARENTS[2]} and {PARENTS[3]} {NULL} campaigns and"),
        (["campaigns"], ["campaign"], f"{PARENTS[2]} and {PARENTS[3]} {NULL} ad_groups too."),
        (["ad_groups"], ["ad_group"], f"{PARENTS[0]} and {PARENTS[1]} {NULL} campaigns too."),
        (["campaigns", "ad_groups"], ["campaign", "ad_group"], None),
        # those that another report reads for its ids
        (["ad_group_analytics"], ["ad_group"], f"{PARENTS[0]} and {PARENTS[1]} {NULL} campaigns"),
        (["campaign_analytics", "ad_groups"], ["campaign", "ad_group"], None),
    ],
)
def test_parents_have_names_where_their_lists_are_read(streams, parents, said, offered, pinterest):
    catalog = of_ads(offered, *streams, "ad_analytics")

    output = connector(pinterest, entity_names=True).read(catalog)

    records = output.records("ad_analytics")
    fields = catalog["streams"][-1]["stream"]["json_schema"]["properties"]
    should = expected(pinterest.world, "ad_analytics", columns=fields, parents=parents)
    assert_same(should, records, "ad_analytics")
    assert all({*FIELDS} <= record.keys() for record in records)
    lines = [line for line in output.logs.splitlines() if "INFO ad_analytics: parent_" in line]
    assert len(lines) == bool(said)
    assert not said or f"INFO ad_analytics: {said}" in lines[0]


def test_a_filter_of_the_lists_does_not_leave_names_out(offered, pinterest):
    catalog = of_ads(offered, "campaigns", "ad_groups", "ads", "ad_analytics")
    fields = catalog["streams"][-1]["stream"]["json_schema"]["properties"]

    output = connector(pinterest, entity_names=True, entity_statuses=["DRAFT"]).read(catalog)

    should = expected(pinterest.world, "ad_analytics", columns=fields)
    assert_same(should, output.records("ad_analytics"), "ad_analytics")


# --- Who waits for whom ---


@pytest.mark.parametrize(
    "order",
    [
        *(("ad_analytics_daily", *lists) for lists in itertools.permutations(LISTS)),
        ("ads", "ad_analytics_daily", "campaigns", "campaign_analytics", "ad_groups"),
    ],
    ids=", ".join,
)
def test_the_order_of_the_streams_does_not_matter(order, offered, pinterest):
    catalog = of_ads(offered, *order)
    stream = "ad_analytics_daily"
    (fields,) = [
        each["stream"]["json_schema"]["properties"]
        for each in catalog["streams"]
        if each["stream"]["name"] == stream
    ]

    output = connector(pinterest, entity_names=True).read(catalog)

    should = expected(pinterest.world, stream, columns=fields)
    assert_same(should, output.records(stream), stream)
    assert set(output.statuses.values()) == {"COMPLETE"}


def test_a_report_waits_for_a_list_that_takes_its_time(offered, pinterest):
    patience = threading.Event()

    def slow(request: Request) -> None:
        if request.path.endswith("/campaigns"):
            patience.wait(0.1)

    pinterest.fault = slow
    catalog = of_ads(offered, "ads", "campaigns", "ad_analytics")
    fields = catalog["streams"][-1]["stream"]["json_schema"]["properties"]

    output = connector(pinterest, entity_names=True).read(catalog)

    should = expected(pinterest.world, "ad_analytics", columns=fields, parents=["campaign"])
    assert_same(should, output.records("ad_analytics"), "ad_analytics")


@pytest.mark.parametrize("accounts", [[EUR], [USD, EUR, JPY]], ids=["one", "all"])
@pytest.mark.parametrize("order", [[0, 1], [1, 0]], ids=["list first", "report first"])
def test_a_list_that_is_refused_costs_its_names_and_nothing_else(
    accounts, order, offered, pinterest
):
    def refused(request: Request) -> Any:
        if request.path in [f"/ad_accounts/{account}/campaigns" for account in accounts]:
            return 403, {"code": 29, "message": "You are not permitted."}, {}
        return None

    pinterest.fault = refused
    catalog = of_ads(offered, *(["campaigns", "ad_analytics"][place] for place in order))
    fields = catalog["streams"][order.index(1)]["stream"]["json_schema"]["properties"]

    output = connector(pinterest, entity_names=True).read(catalog)

    without_names = expected(
        pinterest.world, "ad_analytics", columns=fields, parents=[], ad_account_ids=accounts
    )
    others = [account for account in (USD, EUR, JPY) if account not in accounts]
    with_names = expected(
        pinterest.world,
        "ad_analytics",
        columns=fields,
        parents=["campaign"],
        ad_account_ids=others,
    )
    assert_same([*without_names, *with_names], output.records("ad_analytics"), "ad_analytics")
    assert output.statuses == {"campaigns": "INCOMPLETE", "ad_analytics": "COMPLETE"}
    *most, last = accounts
    listed = f"{', '.join(most)} and {last}" if most else last
    assert (
        f"WARN ad_analytics: {PARENTS[0]} and {PARENTS[1]} are null in the rows of ad account "
        f"{listed}, whose campaigns could not be listed. Rows that later syncs read again have them."
        in output.logs
    )


# --- Later syncs, and syncs that were cut off ---


@pytest.mark.parametrize("stream", ["ad_analytics_daily", "ad_targeting_analytics"])
def test_wherever_a_sync_is_cut_off_the_rest_has_its_names_too(stream, offered, pinterest, adjust):
    adjust(ids_per_report=7)
    catalog = of_ads(offered, "campaigns", "ad_groups", stream)
    fields = catalog["streams"][-1]["stream"]["json_schema"]["properties"]
    source = connector(pinterest, entity_names=True)
    whole = source.read(catalog)
    states = [
        place
        for place, message in enumerate(whole.messages)
        if message["type"] == "STATE"
        and message["state"]["stream"]["stream_descriptor"]["name"] == stream
    ]
    should = expected(pinterest.world, stream, columns=fields)

    assert len(states) > 8
    for place in states[2:-1:4]:
        before = Output(whole.lines[: place + 1], exit_code=-9)
        rest = source.read(catalog, [whole.messages[place]["state"]])

        assert 0 < len(rest.records(stream)) < len(should)
        assert_same(should, [*before.records(stream), *rest.records(stream)], stream)


def test_rows_that_are_read_again_have_the_new_name_and_the_others_keep_the_old(offered):
    stream = "ad_analytics_daily"
    catalog = of_ads(offered, "campaigns", stream)
    fields = catalog["streams"][-1]["stream"]["json_schema"]["properties"]
    with FakePinterest(World()) as pinterest:
        world = pinterest.world
        source = connector(pinterest, entity_names=True, lookback_days=7)
        first = source.read(catalog)
        old = named(world, stream, rows(world, stream, columns=fields, **FIRST), ["campaign"])
        for account in world.accounts.values():
            for entity in (*account.ads, *account.campaigns):
                entity.update(name=f"Renamed {entity['name']}", status="PAUSED")
        pinterest.today = date(2026, 11, 25)
        again = connector(pinterest, "2026-11-25", entity_names=True, lookback_days=7)

        second = again.read(catalog, first.last_states)

        # 7 days before the day after the last
        days = {**SECOND, "start": date(2026, 11, 17)}
        new = named(world, stream, rows(world, stream, columns=fields, **days), ["campaign"])
    assert_same(old, first.records(stream), stream)
    assert_same(new, second.records(stream), stream)
    assert all(record["entity_name"].startswith("Renamed ") for record in new)


def test_rows_that_did_not_add_up_and_are_read_again_have_their_names(offered, pinterest):
    stream = "ad_analytics_daily"
    fields = {stream: [*a_few([stream])[stream], "SPEND_IN_MICRO_DOLLAR"]}
    catalog = configured(offered, ["campaigns", "ad_groups", stream], fields=fields)
    pinterest.fault = cutting(pinterest, times=1)

    output = connector(pinterest, entity_names=True).read(catalog)

    assert "do not add up; they are read again." in output.logs
    table = {(each["ad_id"], each["date"]): each for each in output.records(stream)}
    should = expected(pinterest.world, stream, columns=fields[stream])
    assert_same(should, list(table.values()), stream)
