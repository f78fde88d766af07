"""The entities of the ad accounts: every status, their ids, names and days of creation."""

from dataclasses import replace
from datetime import date

import pytest

from source_pinterest.api.limits import LIMITS
from source_pinterest.http.errors import AccessDenied, NotFound, RequestRefused, Unavailable
from source_pinterest.streams.lists.campaigns import (
    AdGroups,
    Ads,
    Campaigns,
    WholeAccount,
    statuses,
)
from unit_tests.streams.lists.pinterest import ACCOUNT, Pinterest, context, page, read

PATH = f"/ad_accounts/{ACCOUNT}/campaigns"
AD_GROUPS = f"/ad_accounts/{ACCOUNT}/ad_groups"
ADS = f"/ad_accounts/{ACCOUNT}/ads"
ONLY = {"ad_account_ids": [ACCOUNT]}
ENTITIES = [
    {"id": "8", "name": "Autumn", "status": "ARCHIVED", "created_time": 1_793_577_600},
    {"id": "7", "name": None, "status": "ACTIVE"},
    {"id": "10", "name": "Draft", "status": "DRAFT"},
]


def by_status(params):
    wanted = params["entity_statuses"]
    ids = params.get("campaign_ids") or params.get("ad_ids") or [each["id"] for each in ENTITIES]
    return page(*(each for each in ENTITIES if each["status"] in wanted and each["id"] in ids))


def only_the_first_status(params):
    return by_status({**params, "entity_statuses": params["entity_statuses"][:1]})


def never_several(params):
    if len(params["entity_statuses"]) > 1:
        return RequestRefused("One status.", 400)
    return by_status(params)


def test_entities_of_every_status_come_with_one_request():
    pinterest = Pinterest({PATH: by_status})

    records, error = read(Campaigns, pinterest, **ONLY)

    assert error == ""
    assert [(each["id"], each["name"]) for each in records] == [
        ("8", "Autumn"),
        ("7", ""),
        ("10", "Draft"),
    ]
    assert pinterest.params_of(PATH) == [{"order": "ASCENDING", "entity_statuses": statuses()}]


@pytest.mark.parametrize("answer", [only_the_first_status, never_several])
def test_each_status_is_asked_for_alone_where_several_are_not_understood(answer):
    records, error = read(Campaigns, {PATH: answer}, **ONLY)

    assert error == ""
    assert sorted(each["id"] for each in records) == ["10", "7", "8"]


def test_the_statuses_of_the_configuration_choose_records_and_not_ids():
    pinterest = Pinterest({PATH: by_status})

    records, _ = read(Campaigns, pinterest, **ONLY, entity_statuses=["ACTIVE"])

    assert [each["id"] for each in records] == ["7"]
    sync = context(Pinterest({PATH: by_status}), entity_statuses=["ACTIVE"])
    assert Campaigns(sync).ids(ACCOUNT) == ["7", "8", "10"]


def test_a_list_is_read_once_for_its_ids_its_names_and_its_days():
    pinterest = Pinterest({PATH: by_status})
    sync = context(pinterest, entity_names=True)

    assert Campaigns(sync).names(ACCOUNT) is None
    assert Campaigns(sync).created(ACCOUNT) == {}
    assert Campaigns(sync).ids(ACCOUNT) == ["7", "8", "10"]
    assert Campaigns(sync).created(ACCOUNT) == {"8": date(2026, 11, 2)}
    assert Campaigns(sync).names(ACCOUNT)["8"] == ("Autumn", "ARCHIVED")
    assert Campaigns(sync).unreadable(ACCOUNT) is None
    assert len(pinterest.params_of(PATH)) == 1


def test_a_fresh_stream_reads_a_slice():
    stream = Ads(context(Pinterest({ADS: page({"id": 7, "campaign_id": "C5", "ad_group_id": 6})})))

    (record,) = stream.read_records(stream_slice={"ad_account_id": ACCOUNT})

    assert (record["id"], record["campaign_id"], record["ad_group_id"]) == ("7", "5", "6")


@pytest.mark.parametrize("lists", [(Campaigns, AdGroups), (AdGroups, Campaigns)])
def test_a_campaign_that_no_list_has_though_one_has_its_ad_group_is_reported(lists, caplog):
    ad_group = {"id": "71", "name": "One", "campaign_id": "9", "status": "ARCHIVED"}
    sync = context(Pinterest({PATH: by_status, AD_GROUPS: page(ad_group)}), **ONLY)

    for stream in lists:
        list(stream(sync).read_list({"ad_account_id": ACCOUNT}))

    said = f"Pinterest's list of ad account {ACCOUNT} lacks 1 that its list ad_groups names (such as 9)"
    assert caplog.text.count(f"campaigns: {said}") == 1


def test_an_entity_without_an_id_is_left_out_and_counted():
    answer = page({"name": "No id", "status": "ARCHIVED"}, {"id": "7", "status": "ARCHIVED"})

    records, error = read(Campaigns, {PATH: answer}, **ONLY)

    assert [each["id"] for each in records] == ["7"]
    assert "1 without id" in error


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (by_status, True),
        (lambda _: page(*ENTITIES), False),
        (RequestRefused("No.", 400), False),
    ],
)
def test_several_ids_are_understood_where_a_list_has_just_these(answer, expected):
    campaigns = Campaigns(context(Pinterest({PATH: answer})))

    assert campaigns.probe_ids(ACCOUNT, ["7", "8"]) is expected


def test_two_others_are_asked_for_where_one_of_the_first_two_is_refused():
    def answer(params):
        return AccessDenied("No.", 403) if "7" in params["campaign_ids"] else by_status(params)

    pinterest = Pinterest({PATH: answer})

    assert Campaigns(context(pinterest)).probe_ids(ACCOUNT, ["7", "8", "10", "11"])
    assert [params["campaign_ids"] for params in pinterest.params_of(PATH)] == [
        ("7", "11"),
        ("8", "10"),
    ]
    with pytest.raises(AccessDenied):
        Campaigns(context(pinterest)).probe_ids(ACCOUNT, ["7", "8"])


def test_listed_entities_that_are_asked_for_again_come_once_and_the_list_ends():
    numbers = iter(range(1_000))
    pinterest = Pinterest(
        {PATH: lambda _: page(*ENTITIES, {"id": f"1{(n := next(numbers))}"}, bookmark=f"b{n}")},
        limits=replace(LIMITS, empty_pages=3),
    )

    with pytest.raises(Unavailable, match="does not end: page after page has what was on those"):
        Campaigns(context(pinterest)).find_by_ids(ACCOUNT, ["7", "8"])

    assert len(pinterest.asked) < 10
    twice = Pinterest({PATH: page(*ENTITIES, *ENTITIES)})
    found = Campaigns(context(twice)).find_by_ids(ACCOUNT, ["7", "8"])
    assert [each["id"] for each in found] == ["8", "7"]


def test_a_list_that_has_failed_for_good_is_not_asked_for_again_in_a_sync():
    pinterest = Pinterest({PATH: Unavailable("Slow.", 503)})
    sync = context(pinterest)

    for _ in range(2):
        with pytest.raises(Unavailable, match="Slow"):
            Campaigns(sync).ids(ACCOUNT)

    assert len({params["page_size"] for _, params in pinterest.asked}) == len(pinterest.asked)


def test_an_ad_account_that_is_not_found_fails_alone():
    records, error = read(Campaigns, {PATH: NotFound("Gone.", 404)}, **ONLY)

    assert records == []
    assert f"campaigns of ad account {ACCOUNT}: Gone." in error


def test_an_ad_account_as_a_whole_is_its_own_only_id():
    whole = WholeAccount(context(Pinterest()))

    assert whole.ids(ACCOUNT) == [ACCOUNT]
    assert whole.created(ACCOUNT) == {}
    assert whole.names(ACCOUNT) is None
    assert whole.unreadable(ACCOUNT) is None
    assert whole.probe_ids(ACCOUNT, [ACCOUNT])
