"""The fake Pinterest's lists around ad accounts and its look-up tables: how strict, how hard."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from integration_tests.description import Description
from integration_tests.expected.keys import LIST_KEYS as KEYS
from integration_tests.expected.lists import lists
from integration_tests.fake_pinterest import FakePinterest, World
from integration_tests.fake_pinterest.look_ups import OPTIONS

WORLD = World()
FIRST, SECOND, LAST = WORLD.accounts
CAMPAIGN = WORLD.entities("campaign", FIRST)[0]["id"]
AD_GROUP = WORLD.entities("ad_group", FIRST)[0]["id"]
MANY = [str(626_000_000_000 + n) for n in range(251)]
TARGETING = "GET /resources/targeting/{targeting_type}"


@pytest.fixture(scope="module")
def pinterest() -> Iterator[FakePinterest]:
    with FakePinterest(WORLD) as server:
        yield server


def ask(pinterest: FakePinterest, path: str, **params: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {pinterest.access_token}"}
    return requests.get(pinterest.url + path, params=params, headers=headers, timeout=60)


@pytest.mark.parametrize(
    ("path", "params", "said"),
    [
        ("keywords", {"campaign_id": CAMPAIGN, "ad_group_id": AD_GROUP}, "Only one"),
        ("keywords", {"ad_group_id": AD_GROUP, "ad_group_ids": AD_GROUP}, "Only one"),
        ("keywords", {"ad_group_ids": ",".join(MANY)}, "251"),
        ("keywords", {"campaign_ids": CAMPAIGN}, "campaign_ids"),
        ("keywords", {"match_types": "FUZZY"}, "match_types"),
        ("audiences", {"ownership_type": "LENT"}, "ownership_type"),
        ("audiences", {"page_size": 251}, "page_size"),
        ("customer_lists", {"order": "UP"}, "order"),
        ("conversion_tags", {"page_size": 25}, "page_size"),
        ("conversion_tags", {"filter_deleted": "no"}, "filter_deleted"),
    ],
)
def test_a_wrong_request_is_refused_and_told_why(pinterest, path, params, said):
    answer = ask(pinterest, f"/ad_accounts/{FIRST}/{path}", **params)

    assert (answer.status_code, answer.json()["code"]) == (400, 1), answer.text
    assert said in answer.json()["message"]


@pytest.mark.parametrize(
    ("path", "params", "said"),
    [
        ("/resources/targeting/HOBBY", {}, "targeting_type"),
        ("/resources/delivery_metrics", {"report_type": "LATER"}, "report_type"),
    ],
)
def test_a_wrong_look_up_is_refused_and_told_why(pinterest, path, params, said):
    answer = ask(pinterest, path, **params)

    assert answer.status_code == 400
    assert said in answer.json()["message"]


@pytest.mark.parametrize("targeting_type", OPTIONS)
def test_every_answer_about_targeting_is_one_that_the_description_knows(pinterest, targeting_type):
    path = os.environ.get("PINTEREST_OPENAPI")
    if not path:
        pytest.skip("PINTEREST_OPENAPI does not name Pinterest's OpenAPI file")
    answer = ask(pinterest, f"/resources/targeting/{targeting_type}")

    assert answer.status_code == 200
    Description(Path(path)).validate(TARGETING, 200, answer.json())


@pytest.mark.parametrize("stream", KEYS)
def test_expected_records_are_unique_by_key(stream):
    keys = [tuple(each[name] for name in KEYS[stream]) for each in lists(WORLD, stream)]

    assert len(set(keys)) == len(keys)
    assert all(isinstance(part, str) for key in keys for part in key)


def test_the_world_has_its_traps():
    keywords = lists(WORLD, "keywords")
    audiences = lists(WORLD, "audiences")

    assert max(int(each["id"]) for each in keywords) > 2**53
    assert len({len(each["id"]) for each in keywords}) > 2
    assert sum(each["parent_id"] == AD_GROUP for each in keywords) == 260
    assert {each["archived"] for each in keywords} == {True, False}
    assert len({each["id"] for each in audiences}) < len(audiences)
    assert not any(each["owner_ad_account_id"] == LAST for each in audiences)
    assert not any(each["ad_account_id"] == LAST for each in lists(WORLD, "conversion_tags"))


def test_the_list_of_a_campaign_may_have_the_keywords_of_its_ad_groups(pinterest):
    listed = [
        {
            each["parent_type"]
            for each in ask(
                pinterest,
                f"/ad_accounts/{FIRST}/keywords",
                campaign_id=campaign["id"],
                page_size=250,
            ).json()["items"]
        }
        for campaign in WORLD.entities("campaign", FIRST)
    ]

    assert any("AD_GROUP" in each for each in listed)
    assert any("AD_GROUP" not in each for each in listed)
