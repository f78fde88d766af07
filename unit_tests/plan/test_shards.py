from collections import Counter
from typing import Any

import pytest

from source_pinterest.api.limits import LIMITS
from source_pinterest.plan.shards import (
    NotSplit,
    Shard,
    catalog_of,
    config_of,
    is_of_ad_accounts,
    join_states,
    shards_as_json,
    split,
    split_by_minutes,
    states_of,
)
from source_pinterest.streams.registry import streams_of

STREAMS = {stream.name: stream for stream in streams_of(())}


def work(**requests: int) -> dict[str, Counter[str]]:
    """By ad account: its requests for reports. The user's own are of `user`."""
    return {
        "" if name == "user" else name.strip("_"): Counter({"ads_analytics": number})
        for name, number in requests.items()
    }


def accounts_of(shards: list[Shard]) -> list[list[str]]:
    return [shard.ad_accounts for shard in shards]


# --- Ad accounts ---


def test_ad_accounts_are_split_by_work_and_not_by_number():
    requests_by_account = work(_1=600, _2=100, _3=100, _4=100, _5=100, _6=100, _7=100)

    shards = split(requests_by_account, list("1234567"), 2, LIMITS, is_one_login=False)

    assert accounts_of(shards) == [["1"], ["2", "3", "4", "5", "6", "7"]]
    assert [shard.minutes(LIMITS) for shard in shards] == [1, 1]


def test_the_limit_that_takes_longest_is_what_counts():
    lists = {"1": Counter({"ads_read": 900}), "4": Counter({"ads_read": 500})}
    reports = {"2": Counter({"ads_analytics": 300}), "3": Counter({"ads_analytics": 270})}
    requests_by_account = {**lists, **reports}

    assert accounts_of(split(requests_by_account, list("1234"), 2, LIMITS, is_one_login=False)) == [
        ["2", "4"],
        ["1", "3"],
    ]


def test_the_users_own_streams_are_in_one_shard_and_count_there():
    requests_by_account = work(user=300, _1=100, _2=100, _3=100)

    first, second = split(requests_by_account, list("123"), 2, LIMITS, is_one_login=False)

    assert (first.has_user_streams, second.has_user_streams) == (True, False)
    assert (first.ad_accounts, second.ad_accounts) == (["2"], ["1", "3"])
    assert first.requests["ads_analytics"] == 400


def test_ad_accounts_stay_where_they_were_and_new_ones_go_where_there_is_room():
    requests_by_account = work(_1=100, _2=100, _3=300, _4=10)
    former = {"shard_01": ["3", "1"], "shard_02": ["2", "9"]}

    shards = split(requests_by_account, list("1234"), 2, LIMITS, is_one_login=True, former=former)

    assert accounts_of(shards) == [["1", "3"], ["2", "4"]]
    with pytest.raises(NotSplit, match="already has 2 connections, not 3"):
        split(requests_by_account, list("1234"), 3, LIMITS, is_one_login=True, former=former)


def test_there_are_no_more_shards_than_ad_accounts():
    assert accounts_of(split(work(_1=5), ["1", "2"], 9, LIMITS, is_one_login=True)) == [
        ["1"],
        ["2"],
    ]
    assert accounts_of(split({}, [], 3, LIMITS, is_one_login=True)) == [[]]


def test_a_shard_whose_ad_accounts_are_gone_stays_and_reads_none():
    """No `ad_account_ids` would mean all, so that each row came twice."""
    former = {"shard_01": ["1", "2"], "shard_02": ["3"], "shard_03": ["4"]}

    shards = split(work(_1=5), ["1", "3"], 3, LIMITS, is_one_login=True, former=former)

    assert accounts_of(shards) == [["1"], ["3"], []]
    assert [shard.reads_ad_accounts for shard in shards] == [True, True, False]
    catalog = {"streams": [{"stream": {"name": name}} for name in ("boards", "campaigns")]}
    assert catalog_of(shards[2], catalog, STREAMS)["streams"] == []
    with_a_new_one = split(work(_1=5), ["1", "3", "5"], 3, LIMITS, is_one_login=True, former=former)
    assert accounts_of(with_a_new_one) == [["1"], ["3"], ["5"]]


def test_where_there_were_too_few_ad_accounts_a_new_one_makes_a_shard():
    former = {"shard_01": ["1"], "shard_02": ["2"]}

    shards = split({}, ["1", "2", "3"], 4, LIMITS, is_one_login=True, former=former)

    assert accounts_of(shards) == [["1"], ["2"], ["3"]]


def test_one_connection_without_ad_accounts_reads_those_to_come():
    (shard,) = split({}, [], 3, LIMITS, is_one_login=True)

    assert shard.reads_ad_accounts


@pytest.mark.parametrize("number", [1, 2, 3, 7, 48])
def test_the_shards_of_one_login_stay_below_the_limits_together(number):
    accounts = [str(n) for n in range(100)]
    shards = split({}, accounts, number, LIMITS, is_one_login=True)

    assert len(shards) == number
    assert 0.95 < sum(shard.share for shard in shards) <= 1
    halves = split({}, accounts, 2, LIMITS, is_one_login=True, share=0.5)
    assert [shard.share for shard in halves] == [0.25, 0.25]


def test_one_login_cannot_be_shared_by_any_number():
    accounts = [str(n) for n in range(100)]
    with pytest.raises(NotSplit, match=r"less than 0\.02 of the rate limits"):
        split({}, accounts, 51, LIMITS, is_one_login=True)
    assert len(split({}, accounts, 51, LIMITS, is_one_login=False)) == 51


def test_a_share_makes_a_sync_longer():
    shard = Shard("shard_01", ["1"], Counter(ads_analytics=301), share=0.25)

    assert shard.minutes(LIMITS) == 4


def test_as_many_shards_as_the_minutes_need():
    requests_by_account = work(**{f"_{n}": 300 for n in range(10)})
    accounts = [str(n) for n in range(10)]

    shards = split_by_minutes(requests_by_account, accounts, 2, LIMITS, is_one_login=False)

    assert len(shards) == 4
    assert max(shard.minutes(LIMITS) for shard in shards) == 2
    with pytest.raises(NotSplit, match="With one login, a sync takes at least 9 minutes"):
        split_by_minutes(requests_by_account, accounts, 2, LIMITS, is_one_login=True)
    assert len(split_by_minutes(requests_by_account, accounts, 9, LIMITS, is_one_login=True)) == 1


def test_an_ad_account_that_takes_longer_is_reported():
    with pytest.raises(NotSplit, match="take 3 minutes at least"):
        split_by_minutes(work(_1=1_000, _2=1), ["1", "2"], 2, LIMITS, is_one_login=False)


# --- Files ---


def test_a_configuration_names_its_ad_accounts_and_its_share():
    shard = Shard("shard_01", ["7"], share=0.25)
    config = {"credentials": {}, "ad_account_ids": ["7", "8"], "backfill_days": 15}

    assert config_of(shard, config) == {
        "credentials": {},
        "ad_account_ids": ["7"],
        "backfill_days": 15,
        "rate_limit_share": 0.25,
    }
    assert "rate_limit_share" not in config_of(Shard("shard_01", ["7"]), config)


def test_shards_that_share_a_login_cannot_renew_it():
    login = {"auth_method": "oauth2.0", "refresh_token": "pinr_a", "access_token": "pina_b"}
    config = {"credentials": login}

    shared = config_of(Shard("shard_01", ["7"]), config, shares_login=True)

    assert shared["credentials"] == {"auth_method": "access_token", "access_token": "pina_b"}
    assert config_of(Shard("shard_01", ["7"]), config)["credentials"] == login


@pytest.mark.parametrize(
    ("name", "is_shared_out"),
    [
        *[(name, True) for name in ("ads", "ad_accounts", "catalogs", "ad_analytics_daily")],
        *[(name, False) for name in ("pins", "pin_analytics", "board_pins", "top_pins")],
        *[(name, False) for name in ("targeting_options", "delivery_metrics", "user_account")],
    ],
)
def test_streams_of_the_user_are_told_from_those_of_ad_accounts(name, is_shared_out):
    assert is_of_ad_accounts(STREAMS[name]) is is_shared_out


def test_the_users_streams_are_in_one_catalog():
    catalog = {"streams": [{"stream": {"name": name}} for name in ("pins", "ads")]}

    def names(shard: Shard) -> list[str]:
        return [each["stream"]["name"] for each in catalog_of(shard, catalog, STREAMS)["streams"]]

    assert names(Shard("a", has_user_streams=True)) == ["pins", "ads"]
    assert names(Shard("b")) == ["ads"]


# --- States ---


def state(name: str, **entries: Any) -> dict[str, Any]:
    return {
        "type": "STREAM",
        "stream": {
            "stream_descriptor": {"name": name},
            "stream_state": {key.strip("_"): entry for key, entry in entries.items()},
        },
    }


WHOLE = [state("ad_analytics_daily", _1={"a": 1}, _2={"b": 2}), state("pin_analytics", _9={"c": 3})]
FIRST, SECOND = Shard("a", ["1"], has_user_streams=True), Shard("b", ["2", "3"])


def test_each_shard_has_the_entries_of_its_ad_accounts():
    assert states_of(FIRST, WHOLE, STREAMS) == [state("ad_analytics_daily", _1={"a": 1}), WHOLE[1]]
    assert states_of(SECOND, WHOLE, STREAMS) == [state("ad_analytics_daily", _2={"b": 2})]


def test_states_that_were_split_are_joined_again():
    parts = [states_of(shard, WHOLE, STREAMS) for shard in (FIRST, SECOND)]

    assert join_states(parts) == WHOLE
    assert (
        join_states([[{"type": "STATE", "state": each} for each in part] for part in parts])
        == WHOLE
    )


def test_states_that_contradict_each_other_are_not_joined():
    with pytest.raises(
        NotSplit, match="Two of the files have different states for 1 of ad_analytics_daily"
    ):
        join_states(
            [
                [state("ad_analytics_daily", _1={"a": 1})],
                [WHOLE[0], WHOLE[1]],
                [state("ad_analytics_daily", _1={"a": 2})],
            ]
        )


def test_entries_with_something_in_common_are_split_and_joined_whole():
    common = [{"entry": {"a": 1}, "accounts": "1 2"}]
    saved = [state("ad_analytics_daily", common=common, version=1)]

    parts = [states_of(shard, saved, STREAMS) for shard in (FIRST, SECOND)]

    assert parts[1] == [state("ad_analytics_daily", _2={"a": 1}, version=1)]
    assert join_states(parts) == [state("ad_analytics_daily", _1={"a": 1}, _2={"a": 1}, version=1)]
    assert join_states([saved]) == join_states(parts)


def test_a_state_that_is_not_of_this_connector_is_not_split():
    with pytest.raises(NotSplit, match="was not written by this connector"):
        states_of(FIRST, [state("ad_analytics_daily", common={"1": {}})], STREAMS)


def test_shards_as_json():
    shard = Shard("shard_01", ["7"], Counter(ads_analytics=301), share=0.5)

    assert shards_as_json([shard], LIMITS) == {
        "shards": [
            {
                "name": "shard_01",
                "ad_accounts": ["7"],
                "requests": {"ads_analytics": 301},
                "minutes": 2,
                "rate_limit_share": 0.5,
            }
        ]
    }
    assert shards_as_json([], LIMITS) == {}
