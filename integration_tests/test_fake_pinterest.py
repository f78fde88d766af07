"""The fake Pinterest against the vendor's description, an independent client, and what we say of it.

PINTEREST_OPENAPI=PATH (the description, 5.23.0) adds the tests that validate every answer by it.
"""

from __future__ import annotations

import base64
import importlib
import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import requests

from integration_tests.connector import EVERY_STATUS
from integration_tests.description import Description
from integration_tests.expected.keys import KEYS
from integration_tests.expected.reports import compare, rows
from integration_tests.fake_pinterest import FakePinterest, Request, World, product_groups
from integration_tests.fake_pinterest.boards import BoardContents
from integration_tests.fake_pinterest.columns import DESCRIBED, Kind
from integration_tests.fake_pinterest.facts import COLUMNS, OPERATIONS, TARGETING_TYPES
from integration_tests.fake_pinterest.metrics import Attribution
from integration_tests.fake_pinterest.refusals import BETA_TARGETING_TYPES, REFUSED_COLUMNS
from integration_tests.fake_pinterest.world import ID_COLUMNS, STATUSES, TARGETING_VALUES, is_video
from source_pinterest.streams.registry import schema_of

TODAY = date(2026, 11, 24)
START, END = date(2026, 8, 27), date(2026, 11, 23)
WINDOW = {"start_date": "2026-08-27", "end_date": "2026-11-23"}
WEEK = {"start_date": "2026-11-17", "end_date": "2026-11-23"}
EXPLODED = {
    name
    for operation in OPERATIONS.values()
    for name, schema in operation.get("parameters", {}).items()
    if schema.get("explode")
}
"""The arrays that the description repeats."""
ALL_STATUSES = list(EVERY_STATUS)

WORLD = World(account_without_ads_role=True)
FIRST, SECOND, SHARED, FORBIDDEN = WORLD.accounts
ADS = [ad["id"] for ad in WORLD.entities("ad", FIRST)]
AD_GROUPS = [ad_group["id"] for ad_group in WORLD.entities("ad_group", FIRST)]
CAMPAIGNS = [campaign["id"] for campaign in WORLD.entities("campaign", FIRST)]
PROMOTIONS = [each["id"] for each in product_groups.promotions(WORLD.accounts[FIRST])]
WITH_PROMOTIONS = product_groups.own_ad_group_id(
    product_groups.promotions(WORLD.accounts[FIRST])[0]
)
"""An ad group that has some."""
OWN = next(pin["id"] for pin in WORLD.own_pins if not is_video(pin))
VIDEO = next(pin["id"] for pin in WORLD.own_pins if is_video(pin))
BOARD = WORLD.all_boards[0]["id"]
SECTION = BoardContents(WORLD).sections[BOARD][0]["id"]
REPIN = next(pin["id"] for pin in WORLD.all_pins if pin.get("is_owner") is False)


@pytest.fixture(scope="module")
def serving() -> Iterator[FakePinterest]:
    with FakePinterest(WORLD, today=TODAY) as pinterest:
        yield pinterest


@pytest.fixture
def pinterest(serving: FakePinterest) -> FakePinterest:
    """The one server of this module, as if it were new."""
    serving.today = TODAY
    serving.requests.clear()
    serving.fault = None
    serving.multi_pin, serving.interests_gone = True, False
    serving.reports.made.clear()
    serving.deleted_pins = set()
    serving.access_tokens, serving.refresh_tokens = {"pina_test_token"}, {"pinr_test_refresh"}
    serving.refresh_tokens_die = False
    serving.lookback_days = 89
    return serving


def ask(pinterest: FakePinterest, path: str, token: str | None = None, **params: Any) -> Any:
    """Of an exploded array, a list is joined by commas, and a tuple repeats the key."""
    joined = {
        name: ",".join(value) if name in EXPLODED and value and isinstance(value, list) else value
        for name, value in params.items()
    }
    return requests.get(
        pinterest.url + path,
        params=joined,
        headers={"Authorization": f"Bearer {token or pinterest.access_token}"},
        timeout=10,
    )


def get(pinterest: FakePinterest, path: str, **params: Any) -> Any:
    answer = ask(pinterest, path, **params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def everything(pinterest: FakePinterest, path: str, **params: Any) -> tuple[list[Any], list[int]]:
    """All items, and how many each page had."""
    found, sizes = [], []
    bookmark = None
    while bookmark is not None or not sizes:
        page = get(pinterest, path, **params, **({"bookmark": bookmark} if bookmark else {}))
        found += page["items"]
        sizes.append(len(page["items"]))
        bookmark = page.get("bookmark")
        assert len(sizes) < 1_000
    return found, sizes


def tokens(pinterest: FakePinterest, secret: str | None = None, **form: str) -> Any:
    return requests.post(
        pinterest.url + "/oauth/token",
        auth=("1234567", secret or "app-secret"),
        data=form,
        timeout=10,
    )


ADS_REPORT = {**WINDOW, "granularity": "DAY", "columns": ",".join(COLUMNS)}
TARGETING_REPORT = {
    **WEEK,
    "granularity": "DAY",
    "columns": ",".join(name for name in COLUMNS if name not in REFUSED_COLUMNS),
}
GRANTED = {
    level: [name for name in types if name not in BETA_TARGETING_TYPES]
    for level, types in TARGETING_TYPES.items()
}

ASYNCHRONOUS_REPORT = {
    "start_date": "2025-01-01",
    "end_date": "2025-01-31",
    "granularity": "DAY",
    "level": "PIN_PROMOTION",
    "columns": ["AD_ID", "SPEND_IN_DOLLAR"],
}

# One question for each operation: path, parameters
QUESTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "GET /user_account": ("/user_account", {}),
    "GET /user_account/followers": ("/user_account/followers", {"page_size": 250}),
    "GET /users/{username}/interests/follow": (
        f"/users/{WORLD.username}/interests/follow",
        {"page_size": 250},
    ),
    "GET /boards": ("/boards", {"page_size": 250}),
    "GET /pins": ("/pins", {"page_size": 250, "pin_metrics": "true"}),
    "GET /ad_accounts": ("/ad_accounts", {"include_shared_accounts": "true"}),
    "GET /ad_accounts/{ad_account_id}/campaigns": (
        f"/ad_accounts/{FIRST}/campaigns",
        {"entity_statuses": ALL_STATUSES, "page_size": 250},
    ),
    "GET /ad_accounts/{ad_account_id}/ad_groups": (
        f"/ad_accounts/{FIRST}/ad_groups",
        {"entity_statuses": ALL_STATUSES, "page_size": 250},
    ),
    "GET /ad_accounts/{ad_account_id}/ads": (
        f"/ad_accounts/{FIRST}/ads",
        {"entity_statuses": ALL_STATUSES, "page_size": 250},
    ),
    "GET /user_account/analytics": ("/user_account/analytics", WINDOW),
    "GET /pins/{pin_id}": (f"/pins/{OWN}", {"ad_account_id": FIRST}),
    "GET /pins/{pin_id}/analytics": (
        f"/pins/{OWN}/analytics",
        {**WINDOW, "metric_types": "IMPRESSION,SAVE_RATE,USER_FOLLOW"},
    ),
    "GET /pins/analytics": (
        "/pins/analytics",
        {**WINDOW, "metric_types": "IMPRESSION,VIDEO_START,SAVE_RATE", "pin_ids": [OWN, VIDEO]},
    ),
    "GET /ad_accounts/{ad_account_id}/analytics": (f"/ad_accounts/{FIRST}/analytics", ADS_REPORT),
    "GET /ad_accounts/{ad_account_id}/campaigns/analytics": (
        f"/ad_accounts/{FIRST}/campaigns/analytics",
        {**ADS_REPORT, "campaign_ids": CAMPAIGNS},
    ),
    "GET /ad_accounts/{ad_account_id}/ad_groups/analytics": (
        f"/ad_accounts/{FIRST}/ad_groups/analytics",
        {**ADS_REPORT, "ad_group_ids": AD_GROUPS},
    ),
    "GET /ad_accounts/{ad_account_id}/ads/analytics": (
        f"/ad_accounts/{FIRST}/ads/analytics",
        {**ADS_REPORT, "ad_ids": ADS},
    ),
    "GET /ad_accounts/{ad_account_id}/product_group_promotions": (
        f"/ad_accounts/{FIRST}/product_group_promotions",
        {"entity_statuses": ALL_STATUSES, "ad_group_id": WITH_PROMOTIONS, "page_size": 3},
    ),
    "GET /ad_accounts/{ad_account_id}/product_groups/analytics": (
        f"/ad_accounts/{FIRST}/product_groups/analytics",
        {**ADS_REPORT, "product_group_ids": PROMOTIONS},
    ),
    "GET /ad_accounts/{ad_account_id}/targeting_analytics": (
        f"/ad_accounts/{FIRST}/targeting_analytics",
        {**TARGETING_REPORT, "targeting_types": ",".join(GRANTED["ad_account"])},
    ),
    "GET /ad_accounts/{ad_account_id}/campaigns/targeting_analytics": (
        f"/ad_accounts/{FIRST}/campaigns/targeting_analytics",
        {
            **TARGETING_REPORT,
            "campaign_ids": CAMPAIGNS,
            "targeting_types": ",".join(GRANTED["campaign"]),
        },
    ),
    "GET /ad_accounts/{ad_account_id}/ad_groups/targeting_analytics": (
        f"/ad_accounts/{FIRST}/ad_groups/targeting_analytics",
        {
            **TARGETING_REPORT,
            "ad_group_ids": AD_GROUPS,
            "targeting_types": ",".join(GRANTED["ad_group"]),
        },
    ),
    "GET /ad_accounts/{ad_account_id}/ads/targeting_analytics": (
        f"/ad_accounts/{FIRST}/ads/targeting_analytics",
        {
            **TARGETING_REPORT,
            "ad_ids": ADS[:8],
            "targeting_types": ",".join(GRANTED["ad"]),
        },
    ),
    "GET /ad_accounts/{ad_account_id}/audiences": (
        f"/ad_accounts/{SECOND}/audiences",
        {"ownership_type": "RECEIVED", "order": "ASCENDING"},
    ),
    "GET /ad_accounts/{ad_account_id}/keywords": (
        f"/ad_accounts/{FIRST}/keywords",
        {"ad_group_ids": AD_GROUPS, "match_types": ["BROAD", "EXACT"], "page_size": 250},
    ),
    "GET /ad_accounts/{ad_account_id}/customer_lists": (
        f"/ad_accounts/{FIRST}/customer_lists",
        {"order": "DESCENDING"},
    ),
    "GET /ad_accounts/{ad_account_id}/conversion_tags": (
        f"/ad_accounts/{FIRST}/conversion_tags",
        {"filter_deleted": "false"},
    ),
    "GET /resources/targeting/{targeting_type}": ("/resources/targeting/INTEREST", {}),
    "GET /resources/metrics_ready_state": (
        "/resources/metrics_ready_state",
        {"date": "2026-11-20"},
    ),
    "GET /resources/delivery_metrics": ("/resources/delivery_metrics", {"report_type": "ASYNC"}),
    "GET /boards/{board_id}/sections": (f"/boards/{BOARD}/sections", {}),
    "GET /boards/{board_id}/pins": (f"/boards/{BOARD}/pins", {"page_size": 250}),
    "GET /boards/{board_id}/sections/{section_id}/pins": (
        f"/boards/{BOARD}/sections/{SECTION}/pins",
        {"page_size": 250},
    ),
    "GET /catalogs": ("/catalogs", {}),
    "GET /catalogs/feeds": ("/catalogs/feeds", {}),
    "GET /catalogs/product_groups": ("/catalogs/product_groups", {"page_size": 250}),
    "GET /user_account/analytics/top_pins": (
        "/user_account/analytics/top_pins",
        {**WINDOW, "sort_by": "SAVE", "num_of_pins": 50},
    ),
    "GET /user_account/analytics/top_video_pins": (
        "/user_account/analytics/top_video_pins",
        {**WINDOW, "sort_by": "VIDEO_START", "metric_types": "SAVE,VIDEO_START"},
    ),
}


def answered(pinterest: FakePinterest, operation: str) -> Any:
    """The answer to the question; of a list, all pages as one."""
    if operation == "POST /oauth/token":
        answer = tokens(pinterest, grant_type="refresh_token", refresh_token="pinr_test_refresh")
        assert answer.status_code == 201, answer.text
        return answer.json()
    reports = f"/ad_accounts/{FIRST}/reports"
    if operation == "POST /ad_accounts/{ad_account_id}/reports":
        answer = requests.post(
            pinterest.url + reports,
            json=ASYNCHRONOUS_REPORT,
            headers={"Authorization": f"Bearer {pinterest.access_token}"},
            timeout=10,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()
    if operation == "GET /ad_accounts/{ad_account_id}/reports":
        body = pinterest.reports.checked(ASYNCHRONOUS_REPORT)
        made = pinterest.reports.make(WORLD.accounts[FIRST], body)
        its_status = f"{reports}?token={made['token']}"
        assert get(pinterest, its_status)["report_status"] == "IN_PROGRESS"
        return get(pinterest, its_status)
    path, params = QUESTIONS[operation]
    if "bookmark" in OPERATIONS[operation]["parameters"]:
        items, _ = everything(pinterest, path, **params)
        assert items
        return {"items": items, "bookmark": None}
    return get(pinterest, path, **params)


# The vendor's description


@cache
def described() -> Description | None:
    path = os.environ.get("PINTEREST_OPENAPI")
    return Description(Path(path)) if path else None


def the_description() -> Description:
    """Called in the tests, not a fixture, so that pytest reports the skips in one line."""
    if (found := described()) is None:
        pytest.skip("PINTEREST_OPENAPI does not name Pinterest's OpenAPI file")
    return found


def as_described(operation: str, body: Any) -> Any:
    """Where the description and its own examples (or what is seen live) part ways.

    Campaign analytics declare CAMPAIGN_ID as a string; live, and in the examples of the targeting
    reports, ids in metrics are integers. The fake follows the latter, since that is what a
    connector has to survive.
    """
    if operation.endswith("/campaigns/analytics"):
        return [{**row, "CAMPAIGN_ID": str(row["CAMPAIGN_ID"])} for row in body]
    return body


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_answer_is_one_that_the_description_knows(
    pinterest: FakePinterest, operation: str
) -> None:
    description = the_description()
    body = answered(pinterest, operation)

    description.validate(operation, 200, as_described(operation, body))

    (asked,) = {request.operation for request in pinterest.requests}
    assert asked == operation
    known = description.parameters(operation)
    for request in pinterest.requests:
        assert request.category == description.operation(operation)["x-ratelimit-category"]
        if request.method == "GET":
            assert set(request.params) <= set(known)
            assert {
                name for name, one in known.items() if one.get("required") and one["in"] == "query"
            } <= set(request.params)


def test_the_validation_by_the_description_can_fail() -> None:
    description = the_description()
    operation = "GET /ad_accounts/{ad_account_id}/ads"
    ad = WORLD.entities("ad", FIRST)[0]

    description.validate(operation, 200, {"items": [ad], "bookmark": None})
    for wrong in ({"status": "GONE"}, {"id": 17}, {"created_time": "2026-01-01"}):
        with pytest.raises(jsonschema.ValidationError):
            description.validate(operation, 200, {"items": [{**ad, **wrong}]})
    with pytest.raises(jsonschema.ValidationError):
        description.validate(operation, 200, {"bookmark": None})


def test_refusals_are_ones_that_the_description_knows(
    pinterest: FakePinterest,
) -> None:
    description = the_description()
    for operation, path in (
        ("GET /boards", "/boards?nonsense=1"),
        ("GET /pins/analytics", "/pins/analytics"),
        ("GET /ad_accounts/{ad_account_id}/ads", f"/ad_accounts/{FORBIDDEN}/ads"),
    ):
        answer = ask(pinterest, path)
        assert answer.status_code >= 400
        description.validate(operation, answer.status_code, answer.json())


# An independent client


MODELS = {
    "GET /user_account": "Account",
    "GET /user_account/followers": "FollowersList200Response",
    "GET /users/{username}/interests/follow": "UserAccountFollowedInterests200Response",
    "GET /boards": "BoardsList200Response",
    "GET /pins": "PinsList200Response",
    "GET /pins/{pin_id}": "Pin",
    "GET /ad_accounts": "AdAccountsList200Response",
    "GET /ad_accounts/{ad_account_id}/campaigns": "CampaignsList200Response",
    "GET /ad_accounts/{ad_account_id}/ad_groups": "AdGroupsList200Response",
    "GET /ad_accounts/{ad_account_id}/ads": "AdsList200Response",
    "GET /user_account/analytics": "AnalyticsMetricsResponse",
    "GET /pins/{pin_id}/analytics": "PinAnalyticsMetricsResponse",
    "GET /pins/analytics": "PinAnalyticsMetricsResponse",
    "GET /ad_accounts/{ad_account_id}/analytics": "AdAccountAnalyticsItems",
    "GET /ad_accounts/{ad_account_id}/campaigns/analytics": "CampaignsAnalyticsMetrics",
    "GET /ad_accounts/{ad_account_id}/ad_groups/analytics": "AdGroupsAnalyticsMetrics",
    "GET /ad_accounts/{ad_account_id}/ads/analytics": "AdsAnalytics",
    "GET /ad_accounts/{ad_account_id}/product_group_promotions": (
        "ProductGroupPromotionsList200Response"
    ),
    "GET /ad_accounts/{ad_account_id}/product_groups/analytics": "ProductGroupAnalyticsItems",
    "GET /ad_accounts/{ad_account_id}/targeting_analytics": "MetricsResponse",
    "GET /ad_accounts/{ad_account_id}/campaigns/targeting_analytics": "MetricsResponse",
    "GET /ad_accounts/{ad_account_id}/ad_groups/targeting_analytics": "MetricsResponse",
    "GET /ad_accounts/{ad_account_id}/ads/targeting_analytics": "MetricsResponse",
    "GET /ad_accounts/{ad_account_id}/audiences": "AudiencesList200Response",
    "GET /ad_accounts/{ad_account_id}/keywords": "KeywordsGet200Response",
    "GET /ad_accounts/{ad_account_id}/customer_lists": "CustomerListsList200Response",
    "GET /ad_accounts/{ad_account_id}/conversion_tags": "ConversionTagsList200Response",
    "GET /resources/delivery_metrics": "DeliveryMetricsGet200Response",
    "POST /oauth/token": "OauthAccessToken",
    "POST /ad_accounts/{ad_account_id}/reports": "AdsAnalyticsCreateAsyncResponse",
    "GET /ad_accounts/{ad_account_id}/reports": "AdsAnalyticsGetAsyncResponse",
    "GET /resources/metrics_ready_state": "BookClosed",
    "GET /boards/{board_id}/sections": "BoardSectionsList200Response",
    "GET /boards/{board_id}/pins": "PinsList200Response",
    "GET /boards/{board_id}/sections/{section_id}/pins": "PinsList200Response",
    "GET /catalogs": "CatalogsList200Response",
    "GET /catalogs/feeds": "FeedsList200Response",
    "GET /catalogs/product_groups": "CatalogsProductGroupsList200Response",
    "GET /user_account/analytics/top_pins": "TopPinsAnalyticsResponse",
    "GET /user_account/analytics/top_video_pins": "TopVideoPinsAnalyticsResponse",
}


def model(name: str) -> Any:
    """Of pinterestsdk, which is generated from description 5.28.0."""
    for package in ("pinterestsdk", "pinterestsdk.models"):
        if package not in sys.modules:  # empty: by itself it imports a thousand models
            spec = importlib.util.find_spec(package)
            assert spec
            sys.modules[package] = importlib.util.module_from_spec(spec)
    module = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return getattr(importlib.import_module(f"pinterestsdk.models.{module}"), name)


def parts(operation: str, body: Any) -> list[Any]:
    """What the client has a model of: the body, its rows, or the values of its splits."""
    if operation == "GET /catalogs":
        # Its name is a string, where the description has it nullable.
        return [{"items": [{**each, "name": each["name"] or ""} for each in body["items"]]}]
    if operation == "GET /pins/analytics":
        return [split for pin in body.values() for split in pin.values()]
    if operation in {"GET /pins/{pin_id}/analytics", "GET /user_account/analytics"}:
        return list(body.values())
    if operation.endswith("/analytics"):
        # As above: the model wants CAMPAIGN_ID as a string.
        return list(as_described(operation, body))
    if operation.endswith("/targeting_analytics"):
        # Its targeting_value is a string, in the description's example 500 and 254261234567 are
        # integers. The fake follows the example.
        return [
            {
                "data": [
                    {**element, "targeting_value": str(element["targeting_value"])}
                    for element in body["data"]
                ]
            }
        ]
    return [body]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_independent_client_parses_every_answer(
    pinterest: FakePinterest, operation: str
) -> None:
    body = answered(pinterest, operation)
    if operation == "GET /resources/targeting/{targeting_type}":
        return  # the client has no model of it: an array of maps
    parsed = model(MODELS[operation])

    found = parts(operation, body)

    assert found
    for part in found:
        parsed.from_dict(part)


def test_an_independent_client_parses_a_refusal(pinterest: FakePinterest) -> None:
    answer = ask(pinterest, "/boards", page_size=251)

    assert model("PinterestLibError").from_dict(answer.json()).code == 1


# Lists


def test_pages_give_each_item_once_with_empty_pages_among_them(pinterest: FakePinterest) -> None:
    lists = {
        "/user_account/followers": ([f["username"] for f in WORLD.all_followers], "username"),
        f"/users/{WORLD.username}/interests/follow": (
            [interest["id"] for interest in WORLD.all_interests],
            "id",
        ),
        "/boards": ([board["id"] for board in WORLD.all_boards], "id"),
        "/pins": ([pin["id"] for pin in WORLD.all_pins], "id"),
        "/ad_accounts": ([FIRST, SECOND, SHARED, FORBIDDEN], "id"),
        f"/ad_accounts/{FIRST}/campaigns": (CAMPAIGNS, "id"),
        f"/ad_accounts/{FIRST}/ad_groups": (AD_GROUPS, "id"),
        f"/ad_accounts/{FIRST}/ads": (ADS, "id"),
    }
    for path, (expected, key) in lists.items():
        statuses = {"entity_statuses": ALL_STATUSES} if path.startswith("/ad_accounts/") else {}
        for page_size in (1, 7, 250):
            items, sizes = everything(pinterest, path, page_size=page_size, **statuses)

            assert [item[key] for item in items] == expected, (path, page_size)
            assert max(sizes) <= page_size
            empty_first = path.endswith(("/campaigns", "/boards"))
            empty_last = path.endswith(("/ad_groups", "/ads", "/pins"))
            assert [n for n, size in enumerate(sizes) if size == 0] == (
                [0] if empty_first else [len(sizes) - 1] if empty_last else []
            )


def test_without_page_size_a_page_has_25_items(pinterest: FakePinterest) -> None:
    assert len(get(pinterest, "/pins")["items"]) == 25


def test_a_bookmark_needs_encoding_and_holds_for_its_own_list_only(
    pinterest: FakePinterest,
) -> None:
    bookmark = get(pinterest, "/pins")["bookmark"]

    assert bookmark.endswith("=")
    assert set("?|*") <= set(base64.b64decode(bookmark, validate=True).decode())
    assert ask(pinterest, "/pins", bookmark=bookmark).status_code == 200
    for path, wrong in (
        ("/pins", bookmark[:-3]),
        ("/pins", "nonsense"),
        ("/pins", ""),
        ("/user_account/followers", bookmark),
    ):
        answer = ask(pinterest, path, bookmark=wrong)
        assert (answer.status_code, answer.json()["code"]) == (400, 1)


def test_lists_leave_out_archived_entities_unless_asked(pinterest: FakePinterest) -> None:
    for name in ("campaigns", "ad_groups", "ads"):
        path = f"/ad_accounts/{FIRST}/{name}"
        by_default, _ = everything(pinterest, path)
        archived, _ = everything(pinterest, path, entity_statuses="ARCHIVED")
        everyone, _ = everything(pinterest, path, entity_statuses=",".join(ALL_STATUSES))

        assert {one["status"] for one in by_default} == {"ACTIVE", "PAUSED"}
        assert {one["status"] for one in archived} == {"ARCHIVED"}
        assert len(by_default) + len(archived) <= len(everyone)


def test_archived_entities_have_spent_money(pinterest: FakePinterest) -> None:
    for level, name in (("campaign", "campaigns"), ("ad_group", "ad_groups"), ("ad", "ads")):
        for status in ("ARCHIVED", "PAUSED"):
            ids = [one["id"] for one in WORLD.entities(level, FIRST) if one["status"] == status]
            found = get(
                pinterest,
                f"/ad_accounts/{FIRST}/{name}/analytics",
                **WINDOW,
                granularity="TOTAL",
                columns="SPEND_IN_DOLLAR",
                **{f"{level}_ids": ids},
            )
            assert sum(row["SPEND_IN_DOLLAR"] for row in found) > 0


def test_order_is_that_of_the_ids_as_integers(pinterest: FakePinterest) -> None:
    def listed(**params: str) -> list[str]:
        path = f"/ad_accounts/{FIRST}/ads"
        items, _ = everything(pinterest, path, entity_statuses=ALL_STATUSES, **params)
        return [item["id"] for item in items]

    assert listed(order="ASCENDING") == sorted(ADS, key=int)
    assert listed(order="DESCENDING") == sorted(ADS, key=int, reverse=True)
    assert listed() != sorted(ADS, key=int)
    assert sorted(ADS, key=int) != sorted(ADS)


def test_lists_can_be_filtered_by_parents(pinterest: FakePinterest) -> None:
    for parent, parent_ids, prefix in (
        ("campaign_id", CAMPAIGNS, ""),
        ("ad_group_id", AD_GROUPS, "AG"),
    ):
        items, _ = everything(
            pinterest,
            f"/ad_accounts/{FIRST}/ads",
            entity_statuses=ALL_STATUSES,
            **{f"{parent}s": parent_ids[:2]},
        )
        expected = [
            ad["id"]
            for ad in WORLD.entities("ad", FIRST)
            if ad[parent].removeprefix(prefix) in parent_ids[:2]
        ]
        assert [item["id"] for item in items] == expected
        assert expected


def test_shared_ad_accounts_are_listed_unless_excluded(pinterest: FakePinterest) -> None:
    everyone, _ = everything(pinterest, "/ad_accounts")
    own, _ = everything(pinterest, "/ad_accounts", include_shared_accounts="false")

    assert [account["id"] for account in everyone] == [FIRST, SECOND, SHARED, FORBIDDEN]
    assert [account["id"] for account in own] == [FIRST, SECOND]
    shared = everyone[2]
    assert shared["owner"]["id"] != WORLD.user_id
    assert shared["permissions"] == ["ANALYST"]
    assert [account["currency"] for account in everyone[:3]] == ["USD", "EUR", "JPY"]


def test_the_world_has_its_traps() -> None:
    ads = [ad for account in WORLD.accounts for ad in WORLD.entities("ad", account)]
    ad_groups = [one for account in WORLD.accounts for one in WORLD.entities("ad_group", account)]

    share = sum(ad["status"] == "ARCHIVED" for ad in ads) / len(ads)
    assert 0.2 < share < 0.4
    assert {len(ad["id"]) for ad in ads} >= {12, 13, 17, 18}
    assert all(len(ad["id"]) <= 18 for ad in ads)
    assert {len(pin["id"]) for pin in WORLD.all_pins} == {18, 19}
    assert any(ad["name"] is None for ad in ads)
    assert any(ad["ad_group_id"].startswith("AG") for ad in ads)
    assert any(one["campaign_id"].startswith("C") for one in ad_groups)
    assert any("name" not in interest for interest in WORLD.all_interests)
    assert any("is_owner" not in pin for pin in WORLD.all_pins)
    assert any(pin["parent_pin_id"] and pin.get("is_owner") for pin in WORLD.all_pins)
    assert all(not pin["created_at"].endswith("Z") for pin in WORLD.all_pins)
    assert set(STATUSES) <= set(ALL_STATUSES)


@pytest.mark.parametrize("level", ["campaign", "ad_group", "ad"])
def test_ids_are_unique_in_a_big_world(level: str) -> None:
    world = World(ad_accounts=2, campaigns=50, ad_groups=10, ads=10, pins=2_000)

    ids = [one["id"] for account in world.accounts for one in world.entities(level, account)]
    pins = [pin["id"] for pin in world.all_pins]

    assert len(set(ids)) == len(ids) == 2 * 50 * {"campaign": 1, "ad_group": 10, "ad": 100}[level]
    assert len(set(pins)) == 2_000


# Ads analytics


def ads_rows(pinterest: FakePinterest, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = get(
        pinterest,
        f"/ad_accounts/{FIRST}/ads/analytics",
        **{"columns": "SPEND_IN_DOLLAR", "granularity": "DAY", "ad_ids": ADS, **WINDOW, **params},
    )
    return found


ADDITIVE = [name for name in COLUMNS if DESCRIBED[name].kind is Kind.ADDITIVE]


def test_every_column_has_a_value_somewhere(pinterest: FakePinterest) -> None:
    found: set[str] = set()
    for level in ("campaigns", "ads"):
        operation = f"GET /ad_accounts/{{ad_account_id}}/{level}/analytics"
        found |= {name for row in answered(pinterest, operation) for name in row}

    assert found == {*COLUMNS, "DATE"}


@pytest.mark.parametrize("level", ["campaigns", "ad_groups", "ads"])
def test_a_total_is_the_sum_of_its_days(pinterest: FakePinterest, level: str) -> None:
    path, params = QUESTIONS[f"GET /ad_accounts/{{ad_account_id}}/{level}/analytics"]
    params = {**params, "columns": ",".join(ADDITIVE)}
    key = ID_COLUMNS[level.removesuffix("s")]

    daily = get(pinterest, path, **params)
    totals = get(pinterest, path, **{**params, "granularity": "TOTAL"})

    sums: dict[str, dict[str, float]] = {}
    for row in daily:
        of_entity = sums.setdefault(str(row[key]), {})
        for name in ADDITIVE:
            if name in row:
                of_entity[name] = of_entity.get(name, 0) + row[name]
    assert {str(row[key]) for row in totals} == set(sums)
    assert all("DATE" not in row for row in totals)
    for row in totals:
        expected = sums[str(row[key])]
        assert set(expected) == set(row) - {key}
        for name, value in expected.items():
            assert row[name] == (
                pytest.approx(value) if name.endswith("N_DOLLAR") and "MICRO" not in name else value
            ), name


def test_a_targeting_total_is_the_sum_of_its_days() -> None:
    arguments: dict[str, Any] = {
        "start": START,
        "end": END,
        "today": TODAY,
        "columns": ["SPEND_IN_MICRO_DOLLAR", "TOTAL_CHECKOUT"],
        "targeting_types": ["GENDER"],
    }
    daily = list(WORLD.targeting_analytics("ad", FIRST, ADS, granularity="DAY", **arguments))
    totals = list(WORLD.targeting_analytics("ad", FIRST, ADS, granularity="TOTAL", **arguments))

    for column in arguments["columns"]:
        assert sum(one["metrics"].get(column, 0) for one in daily) == sum(
            one["metrics"].get(column, 0) for one in totals
        )
    assert len(daily) > len(totals) > 0


def test_where_few_ads_are_different_the_account_still_has_the_sum_of_its_ads() -> None:
    world = World(ad_accounts=1, campaigns=4, ad_groups=5, ads=10, different_ads=2)
    column = "SPEND_IN_MICRO_DOLLAR"
    window: dict[str, Any] = {"start": START, "end": END, "today": TODAY, "columns": [column]}
    ids = [ad["id"] for ad in world.accounts[FIRST].ads]

    days = [row[column] for row in world.analytics("ad", FIRST, ids, granularity="DAY", **window)]
    (total,) = world.analytics("ad_account", FIRST, [FIRST], granularity="TOTAL", **window)

    assert sum(days) == total[column]
    assert len({*days}) <= 2 * 90 < len(days)


def test_weeks_and_months_add_up_too(pinterest: FakePinterest) -> None:
    columns = "SPEND_IN_MICRO_DOLLAR"
    total = sum(r[columns] for r in ads_rows(pinterest, granularity="TOTAL", columns=columns))

    for granularity, count in (("WEEK", 13), ("MONTH", 4)):
        found = ads_rows(pinterest, granularity=granularity, columns=columns)
        assert sum(row[columns] for row in found) == total
        assert len({row["DATE"] for row in found}) == count + (granularity == "WEEK")
        assert {row["DATE"] for row in found} >= {WINDOW["start_date"]}


def test_a_campaign_spends_what_its_ads_spend(pinterest: FakePinterest) -> None:
    columns = "CAMPAIGN_ID,SPEND_IN_MICRO_DOLLAR,TOTAL_IMPRESSION"
    of_ads = ads_rows(pinterest, granularity="TOTAL", columns=columns)
    of_campaigns = get(
        pinterest,
        f"/ad_accounts/{FIRST}/campaigns/analytics",
        **{**WINDOW, "granularity": "TOTAL", "columns": columns, "campaign_ids": CAMPAIGNS},
    )

    for campaign in of_campaigns:
        for column in ("SPEND_IN_MICRO_DOLLAR", "TOTAL_IMPRESSION"):
            mine = [r[column] for r in of_ads if r["CAMPAIGN_ID"] == str(campaign["CAMPAIGN_ID"])]
            assert sum(mine) == campaign[column] > 0


def test_money_in_micro_dollars_and_in_dollars_agrees(pinterest: FakePinterest) -> None:
    for granularity in ("DAY", "TOTAL"):
        for row in ads_rows(
            pinterest, granularity=granularity, columns="SPEND_IN_MICRO_DOLLAR,SPEND_IN_DOLLAR"
        ):
            assert row["SPEND_IN_DOLLAR"] * 1_000_000 == pytest.approx(row["SPEND_IN_MICRO_DOLLAR"])


def test_some_ads_some_days_and_some_columns_have_nothing(pinterest: FakePinterest) -> None:
    found = ads_rows(pinterest, columns="TOTAL_ENGAGEMENT_SIGNUP,CTR")

    active = {row["AD_ID"] for row in found}
    assert 0 < len(active) < len(ADS)
    assert len(found) < len(active) * 89
    assert any("TOTAL_ENGAGEMENT_SIGNUP" not in row for row in found)
    assert any("CTR" not in row for row in found)
    assert any(row.get("TOTAL_ENGAGEMENT_SIGNUP") == 0 for row in found)
    assert len({(row["AD_ID"], row["DATE"]) for row in found}) == len(found)


def test_young_days_are_restated_and_old_ones_are_not(pinterest: FakePinterest) -> None:
    columns = "SPEND_IN_MICRO_DOLLAR,TOTAL_CHECKOUT,OUTBOUND_CLICK_1,CHECKOUT_ROAS"

    def by_day(today: date) -> dict[str, dict[str, Any]]:
        pinterest.today = today
        params = {**WEEK, "granularity": "DAY", "columns": columns}
        found = get(pinterest, f"/ad_accounts/{FIRST}/analytics", **params)
        return {row["DATE"]: row for row in found}

    now = by_day(TODAY)
    tomorrow = by_day(TODAY + timedelta(days=1))
    later = by_day(TODAY + timedelta(days=10))

    assert by_day(TODAY) == now
    for day in ("2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23"):
        for column in ("TOTAL_CHECKOUT", "OUTBOUND_CLICK_1"):
            assert now[day][column] < tomorrow[day][column] <= later[day][column], (day, column)
        assert now[day]["SPEND_IN_MICRO_DOLLAR"] == later[day]["SPEND_IN_MICRO_DOLLAR"]
    for day in ("2026-11-17", "2026-11-18", "2026-11-19"):
        assert now[day] == tomorrow[day] == later[day]


def test_attribution_windows_change_conversions_and_nothing_else(
    pinterest: FakePinterest,
) -> None:
    columns = "SPEND_IN_DOLLAR,TOTAL_CLICK_CHECKOUT_VALUE_IN_MICRO_DOLLAR"
    usual = ads_rows(pinterest, columns=columns, click_window_days=30)
    short = ads_rows(pinterest, columns=columns, click_window_days=7)

    assert usual == ads_rows(pinterest, columns=columns)
    assert [r["SPEND_IN_DOLLAR"] for r in usual] == [r["SPEND_IN_DOLLAR"] for r in short]
    assert usual != short


def test_rows_name_their_entity_asked_or_not_and_only_what_was_asked(
    pinterest: FakePinterest,
) -> None:
    for row in ads_rows(pinterest, columns="SPEND_IN_DOLLAR,AD_GROUP_ID"):
        assert set(row) == {"AD_ID", "DATE", "SPEND_IN_DOLLAR", "AD_GROUP_ID"}
        assert isinstance(row["AD_ID"], str)
        assert row["AD_GROUP_ID"] in AD_GROUPS


def test_campaigns_and_targeting_answer_with_ids_as_integers(pinterest: FakePinterest) -> None:
    campaigns = answered(pinterest, "GET /ad_accounts/{ad_account_id}/campaigns/analytics")
    targeting = answered(pinterest, "GET /ad_accounts/{ad_account_id}/ads/targeting_analytics")

    assert {row["CAMPAIGN_ID"] for row in campaigns} == {int(one) for one in CAMPAIGNS}
    found = {element["metrics"]["AD_ID"] for element in targeting["data"]}
    assert found <= {int(ad_id) for ad_id in ADS}
    assert any(ad_id > 2**53 for ad_id in found)
    assert all(isinstance(one["metrics"]["PIN_ID"], int) for one in targeting["data"])


def test_ads_can_be_asked_for_by_campaign_and_pin(pinterest: FakePinterest) -> None:
    ad = next(
        ad
        for ad in WORLD.entities("ad", FIRST)
        if ad["id"] in {row["AD_ID"] for row in ads_rows(pinterest)}
    )
    found = get(
        pinterest,
        f"/ad_accounts/{FIRST}/ads/analytics",
        **{**WINDOW, "granularity": "TOTAL", "columns": "SPEND_IN_DOLLAR"},
        campaign_ids=ad["campaign_id"],
        pin_ids=ad["pin_id"],
    )

    assert ad["id"] in {row["AD_ID"] for row in found}


def test_aggregated_rows_have_no_id(pinterest: FakePinterest) -> None:
    params = {**WINDOW, "granularity": "TOTAL", "columns": "SPEND_IN_MICRO_DOLLAR"}
    path = f"/ad_accounts/{FIRST}/campaigns/analytics"
    each = get(pinterest, path, **params, campaign_ids=CAMPAIGNS)
    (one,) = get(pinterest, path, **params, campaign_ids=CAMPAIGNS, aggregate_report_rows="true")

    assert one == {"SPEND_IN_MICRO_DOLLAR": sum(r["SPEND_IN_MICRO_DOLLAR"] for r in each)}


def test_another_accounts_ids_have_no_rows(pinterest: FakePinterest) -> None:
    other = [ad["id"] for ad in WORLD.entities("ad", SECOND)]

    assert ads_rows(pinterest, ad_ids=other) == []
    assert ads_rows(pinterest, ad_ids=[*other[:3], "1"]) == []


# Product group promotions


def test_the_promotions_of_a_shopping_ad_group_did_what_its_shopping_ads_did() -> None:
    world = World(seed=2)
    arguments: dict[str, Any] = {"start": START, "end": END, "today": TODAY}
    columns = ["SPEND_IN_MICRO_DOLLAR", "TOTAL_CHECKOUT", "IMPRESSION_1"]
    found = 0
    for account in world.accounts.values():
        for ad_group in account.ad_groups:
            promotions = [
                each
                for each in product_groups.promotions(account)
                if product_groups.own_ad_group_id(each) == ad_group["id"]
            ]
            ads = product_groups.shopping_ads(account, ad_group["id"])
            assert len(promotions) == (world.product_groups if ads else 0)
            for granularity in ("DAY", "TOTAL"):
                arguments |= {"granularity": granularity, "columns": columns}
                ids = [each["id"] for each in promotions]
                shown = list(product_groups.analytics(account, ids, **arguments))
                done = list(
                    world.analytics("ad", account.id, [ad["id"] for ad in ads], **arguments)
                )
                for column in columns:
                    total = sum(row.get(column, 0) for row in shown)
                    assert total == sum(row.get(column, 0) for row in done)
                    found += total
                shown_ids = {row["PRODUCT_GROUP_ID"] for row in shown}
                excluded = {each["id"] for each in promotions if not each["included"]}
                assert len(shown_ids) == (len(promotions) - len(excluded) if done else 0)
    assert found


def test_promotions_are_listed_for_one_ad_group_or_by_their_ids(pinterest: FakePinterest) -> None:
    path = f"/ad_accounts/{FIRST}/product_group_promotions"
    listed, _ = everything(
        pinterest, path, ad_group_id=WITH_PROMOTIONS, entity_statuses=ALL_STATUSES
    )
    by_id, _ = everything(
        pinterest,
        path,
        ad_group_id=AD_GROUPS[0],
        product_group_promotion_ids=PROMOTIONS[:2],
        entity_statuses=ALL_STATUSES,
        order="DESCENDING",
    )
    by_default, _ = everything(pinterest, path, ad_group_id=WITH_PROMOTIONS)

    assert {product_groups.own_ad_group_id(each) for each in listed} == {WITH_PROMOTIONS}
    assert len(listed) == WORLD.product_groups
    assert [each["id"] for each in by_id] == sorted(PROMOTIONS[:2], key=int, reverse=True)
    assert {each["status"] for each in by_default} <= {"ACTIVE", "PAUSED"}
    refused = ask(pinterest, path)
    assert (refused.status_code, refused.json()["code"]) == (400, 1)
    assert "either ad_group_id or product_group_promotion_ids" in refused.json()["message"]


def test_the_promotions_have_their_traps() -> None:
    found = [each for one in WORLD.accounts.values() for each in product_groups.promotions(one)]
    ids = {each["id"] for each in found}

    assert len(ids) == len(found)
    assert not ids & {ad["id"] for one in WORLD.accounts.values() for ad in one.ads}
    assert max(map(int, ids)) > 2**53
    assert len({len(each) for each in ids}) > 1
    assert any(each["ad_group_id"].startswith("AG") for each in found)
    assert {"ACTIVE", "ARCHIVED"} <= {each["status"] for each in found}
    archived = [each for each in found if each["status"] == "ARCHIVED" and each["included"]]
    accounts = WORLD.accounts.values()
    assert any(
        product_groups.leaves(account, each)
        for account in accounts
        for each in archived
        if each in product_groups.promotions(account)
    )


# Targeting analytics


def element_name(element: dict[str, Any]) -> str:
    return f"{element['targeting_type']}:{element['targeting_value']}"


def test_raw_targeting_values_collide_across_types(pinterest: FakePinterest) -> None:
    data = answered(pinterest, "GET /ad_accounts/{ad_account_id}/ads/targeting_analytics")["data"]

    def has(kind: str, value: str | int) -> bool:
        return any(
            one["targeting_type"] == kind
            and one["targeting_value"] == value
            and isinstance(one["targeting_value"], type(value))
            for one in data
        )

    assert has("GENDER", "unknown")
    assert has("AGE_BUCKET", "unknown")
    assert has("TARGETED_INTEREST", "Food and Drinks")
    assert has("PINNER_INTEREST", "Food and Drinks")
    assert has("KEYWORD", "Food and Drinks")
    assert has("COUNTRY", "US")
    assert has("GEO", "US")
    assert has("LOCATION", 500)
    assert has("AUDIENCE_INCLUDE", 500)
    seen = {(one["metrics"]["AD_ID"], one["metrics"]["DATE"], element_name(one)) for one in data}
    assert len(seen) == len(data)


def test_every_targeting_type_has_values_at_its_levels() -> None:
    assert {kind for types in TARGETING_TYPES.values() for kind in types} == set(TARGETING_VALUES)
    for level, ids in (("campaign", CAMPAIGNS), ("ad_group", AD_GROUPS), ("ad", ADS)):
        for kind in TARGETING_TYPES[level]:
            for entity_id in ids:
                values = WORLD.targeting_values(level, FIRST, entity_id, kind)
                assert 1 <= len(values) <= 5
                assert len(set(map(str, values))) == len(values)


def test_one_keyword_may_come_in_two_rows_and_is_expected_as_one() -> None:
    world = World(repeated_keyword=True)
    arguments: dict[str, Any] = {"start": START, "end": END, "today": TODAY}
    columns = ["SPEND_IN_MICRO_DOLLAR", "CTR", "AD_NAME"]
    ads = [ad["id"] for ad in world.entities("ad", FIRST)]
    answered = [
        element
        for element in world.targeting_analytics(
            "ad",
            FIRST,
            ads,
            granularity="TOTAL",
            columns=columns,
            targeting_types=["KEYWORD"],
            **arguments,
        )
        if element["targeting_value"] == "Food and Drinks"
    ]
    ids = [element["metrics"]["AD_ID"] for element in answered]
    (repeated,) = {one for one in ids if ids.count(one) == 2}
    twice = [e["metrics"] for e in answered if e["metrics"]["AD_ID"] == repeated]

    expected = [
        row
        for row in rows(
            world,
            "ad_targeting_analytics",
            columns=columns,
            targeting_types=["KEYWORD"],
            **arguments,
        )
        if row["ad_id"] == str(repeated) and row["targeting_raw_value"] == "Food and Drinks"
    ]

    assert len(expected) == 1
    assert expected[0]["SPEND_IN_MICRO_DOLLAR"] == sum(m["SPEND_IN_MICRO_DOLLAR"] for m in twice)
    assert expected[0].get("CTR") is None
    assert twice[0]["CTR"] != twice[1]["CTR"]


# Organic analytics


def pin_days(pinterest: FakePinterest, pin_id: str, **params: Any) -> dict[str, Any]:
    found = get(
        pinterest,
        f"/pins/{pin_id}/analytics",
        **{**WINDOW, "metric_types": "IMPRESSION,SAVE", **params},
    )
    assert set(found) == {"all"}
    return {day["date"]: day for day in found["all"]["daily_metrics"]}


def test_every_day_of_a_pin_has_a_status(pinterest: FakePinterest) -> None:
    seen: dict[str, set[str]] = {}
    for pin in WORLD.own_pins:
        days = pin_days(pinterest, pin["id"])
        assert list(days) == [(START + timedelta(days=n)).isoformat() for n in range(89)]
        for day, row in days.items():
            before = day < pin["created_at"][:10]
            assert (row["data_status"] == "BEFORE_PIN_CREATED") == before
            assert not (before and row["metrics"])
            seen.setdefault(row["data_status"], set()).add(day)

    assert set(seen) == {"READY", "PROCESSING", "ESTIMATE", "BEFORE_PIN_CREATED"}
    assert seen["PROCESSING"] == {"2026-11-22", "2026-11-23"}
    assert seen["ESTIMATE"] == {"2026-11-21", "2026-11-22"}


def test_a_pins_own_metrics_are_the_sums_of_its_days_but_for_the_last_one(
    pinterest: FakePinterest,
) -> None:
    window = {"start_date": "2026-08-26", "end_date": "2026-11-22"}
    pinterest.lookback_days = 90
    metrics = {"metric_types": "IMPRESSION,PIN_CLICK,OUTBOUND_CLICK,SAVE"}
    answer = get(pinterest, f"/pins/{OWN}/analytics", **window, **metrics)
    listed, _ = everything(pinterest, "/pins", page_size=250, pin_metrics="true")
    (pin,) = [each for each in listed if each["id"] == OWN]

    def total(name: str) -> int:
        return sum(day["metrics"].get(name, 0) for day in answer["all"]["daily_metrics"])

    assert pin["pin_metrics"]["90d"] == {
        "impression": total("IMPRESSION"),
        "pin_click": total("PIN_CLICK"),
        "clickthrough": total("OUTBOUND_CLICK"),
        "save": total("SAVE"),
    }
    assert total("IMPRESSION") > 0
    unasked, _ = everything(pinterest, "/pins", page_size=250)
    assert {each["pin_metrics"] for each in unasked} == {None}


def test_a_video_pin_has_the_metrics_of_the_video_list_only(pinterest: FakePinterest) -> None:
    video_list = "IMPRESSION,VIDEO_START"
    standard_list = "IMPRESSION,USER_FOLLOW"

    def names(pin_id: str, metric_types: str) -> set[str]:
        days = pin_days(pinterest, pin_id, metric_types=metric_types).values()
        return {name for day in days for name in day["metrics"]}

    assert names(VIDEO, video_list) == {"IMPRESSION", "VIDEO_START"}
    assert names(VIDEO, standard_list) == {"IMPRESSION"}
    assert names(OWN, standard_list) == {"IMPRESSION", "USER_FOLLOW"}
    assert names(OWN, video_list) == {"IMPRESSION"}


def test_several_pins_answer_as_one_would(pinterest: FakePinterest) -> None:
    params = {**WINDOW, "metric_types": "IMPRESSION,SAVE"}
    together = get(pinterest, "/pins/analytics", **params, pin_ids=f"{OWN},{VIDEO}")

    assert together == {
        pin_id: get(pinterest, f"/pins/{pin_id}/analytics", **params) for pin_id in (OWN, VIDEO)
    }


def test_lifetime_metrics_come_by_themselves(pinterest: FakePinterest) -> None:
    params = {**WEEK, "metric_types": "TOTAL_COMMENTS,TOTAL_REACTIONS"}
    found = get(pinterest, f"/pins/{OWN}/analytics", **params)["all"]

    assert set(found["lifetime_metrics"]) == {"TOTAL_COMMENTS", "TOTAL_REACTIONS"}
    assert all(day["metrics"] == {} for day in found["daily_metrics"])
    period = get(pinterest, f"/pins/{OWN}/analytics", **{**params, "metric_types": "SAVE"})["all"]
    assert period["lifetime_metrics"] == {}


def test_a_stuck_pin_is_processing_for_ever() -> None:
    world = World(stuck_pin=True)
    assert world.stuck_pin_id
    arguments: dict[str, Any] = {"start": START, "end": END, "metric_types": ["SAVE"]}
    for today in (TODAY, TODAY + timedelta(days=30)):
        days = world.pin_analytics(world.stuck_pin_id, today=today, **arguments)["daily_metrics"]
        processing = {day["date"] for day in days if day["data_status"] == "PROCESSING"}
        assert "2026-11-04" in processing
        assert len(processing) == (1 if today > TODAY else len(processing))


def test_the_users_own_analytics_begin_with_the_business() -> None:
    world = World(business_created=date(2026, 10, 1))
    arguments: dict[str, Any] = {"today": TODAY, "start": START, "end": END}
    days = world.user_account_analytics(**arguments)["daily_metrics"]

    early = [day for day in days if day["data_status"] == "BEFORE_BUSINESS_CREATED"]
    assert [day["date"] for day in early][-1] == "2026-09-30"
    expected = rows(world, "user_account_analytics", **arguments)
    assert [row["date"] for row in expected] == [d["date"] for d in days if d not in early]


def test_a_split_answers_by_its_values(pinterest: FakePinterest) -> None:
    found = get(pinterest, "/user_account/analytics", **WEEK, split_field="APP_TYPE")

    assert set(found) == {"MOBILE", "TABLET", "WEB"}
    assert len(found["WEB"]["daily_metrics"]) == 7


# Refusals

ADS_PATH = f"/ad_accounts/{FIRST}/ads/analytics"
AD_PARAMS = {**WEEK, "granularity": "DAY", "columns": "SPEND_IN_DOLLAR", "ad_ids": ADS[:2]}
TARGETING_PATH = f"/ad_accounts/{FIRST}/ads/targeting_analytics"
PIN_PARAMS = {**WEEK, "metric_types": "IMPRESSION"}
MANY = [str(626_000_000_000 + n) for n in range(251)]


@pytest.mark.parametrize(
    ("path", "params", "said"),
    [
        ("/boards", {"nonsense": "1"}, "nonsense"),
        ("/user_account", {"page_size": "25"}, "page_size"),
        ("/boards", {"privacy": "HIDDEN"}, "privacy"),
        ("/pins", {"page_size": "251"}, "page_size"),
        ("/pins", {"page_size": "0"}, "page_size"),
        ("/pins", {"page_size": "many"}, "page_size"),
        ("/pins", {"page_size": ["1", "2"]}, "page_size"),
        ("/pins", {"include_protected_pins": "yes"}, "include_protected_pins"),
        ("/pins", {"creative_types": "VIDEO,POEM"}, "creative_types"),
        ("/users/12345/interests/follow", {}, "username"),
        (f"/ad_accounts/{FIRST}/ads", {"entity_statuses": "GONE"}, "entity_statuses"),
        (f"/ad_accounts/{FIRST}/ads", {"ad_ids": ",".join(MANY)}, "251"),
        (
            f"/ad_accounts/{FIRST}/ads",
            {"ad_ids": ADS[0], "campaign_ids": CAMPAIGNS[0]},
            "Only one",
        ),
        ("/ad_accounts/first/ads", {}, "ad_account_id"),
        (f"/ad_accounts/{'1' * 19}/ads", {}, "ad_account_id"),
        (ADS_PATH, {**AD_PARAMS, "ad_ids": MANY}, "251"),
        (ADS_PATH, {**AD_PARAMS, "ad_ids": "AG17"}, "ad_ids"),
        (f"/ad_accounts/{FIRST}/campaigns", {"campaign_ids": "1" * 19}, "campaign_ids"),
        (ADS_PATH, {**AD_PARAMS, "ad_ids": []}, "ad_ids"),
        (ADS_PATH, {**AD_PARAMS, "ad_ids": ""}, "ad_ids"),
        (ADS_PATH, {**AD_PARAMS, "campaign_ids": CAMPAIGNS[0]}, "ad_ids"),
        (ADS_PATH, {**AD_PARAMS, "ad_ids": [], "campaign_ids": CAMPAIGNS[0]}, "pin_ids"),
        (ADS_PATH, {**AD_PARAMS, "columns": ""}, "columns"),
        (ADS_PATH, {**AD_PARAMS, "columns": []}, "columns"),
        (ADS_PATH, {**AD_PARAMS, "columns": "spend_in_dollar"}, "columns"),
        (ADS_PATH, {**AD_PARAMS, "columns": ["CTR", "ECTR"]}, "more than once"),
        (ADS_PATH, {**AD_PARAMS, "granularity": "WEEKLY"}, "granularity"),
        (ADS_PATH, {**AD_PARAMS, "granularity": []}, "granularity"),
        (ADS_PATH, {**AD_PARAMS, "click_window_days": "2"}, "click_window_days"),
        (ADS_PATH, {**AD_PARAMS, "conversion_report_time": "NEVER"}, "conversion_report_time"),
        (ADS_PATH, {**AD_PARAMS, "start_date": "20261117"}, "start_date"),
        (ADS_PATH, {**AD_PARAMS, "start_date": "2026-11-31"}, "start_date"),
        (ADS_PATH, {**AD_PARAMS, "start_date": []}, "start_date"),
        (
            ADS_PATH,
            {**AD_PARAMS, "start_date": "2026-08-26"},
            "only get data from the last 90 days",
        ),
        (ADS_PATH, {**AD_PARAMS, "end_date": "2026-11-25"}, "future"),
        (ADS_PATH, {**AD_PARAMS, "end_date": "2026-11-16"}, "before"),
        (ADS_PATH, {**AD_PARAMS, "granularity": "HOUR"}, "longer"),
        (
            ADS_PATH,
            {
                **AD_PARAMS,
                "granularity": "HOUR",
                "start_date": "2026-11-16",
                "end_date": "2026-11-16",
            },
            "hourly data from the last 8 days",
        ),
        (TARGETING_PATH, AD_PARAMS, "targeting_types"),
        (TARGETING_PATH, {**AD_PARAMS, "targeting_types": ",".join(["KEYWORD"] * 15)}, "15"),
        (TARGETING_PATH, {**AD_PARAMS, "targeting_types": "CREATIVE_TYPE"}, "targeting_types"),
        (
            TARGETING_PATH,
            {**AD_PARAMS, "targeting_types": "GENDER", "attribution_types": "A,B,C"},
            "attribution_types",
        ),
        ("/user_account/analytics", {**WEEK, "metric_types": "VIDEO_START"}, "metric_types"),
        ("/user_account/analytics", {**WEEK, "start_date": "2026-08-26"}, "the last 90 days"),
        (f"/pins/{OWN}/analytics", WEEK, "metric_types"),
        (
            f"/pins/{OWN}/analytics",
            {**WEEK, "metric_types": "USER_FOLLOW,VIDEO_START"},
            "metric_types",
        ),
        (f"/pins/{OWN}/analytics", {**WEEK, "metric_types": "SAVE,LIKES"}, "metric_types"),
        (
            f"/pins/{OWN}/analytics",
            {**WEEK, "metric_types": "SAVE,TOTAL_COMMENTS"},
            "TOTAL_COMMENTS",
        ),
        ("/pins/analytics", {**PIN_PARAMS, "pin_ids": MANY[:101]}, "101"),
        ("/pins/analytics", PIN_PARAMS, "pin_ids"),
    ],
)
def test_a_wrong_request_is_refused_and_told_why(
    pinterest: FakePinterest, path: str, params: dict[str, Any], said: str
) -> None:
    answer = ask(pinterest, path, **params)

    assert (answer.status_code, answer.json()["code"]) == (400, 1), answer.text
    assert said in answer.json()["message"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/nonsense", 404, 404),
        (f"/ad_accounts/{FIRST}", 404, 404),
        ("/ad_accounts/549755885999/ads", 403, 29),
        (f"/ad_accounts/{FORBIDDEN}/ads", 403, 29),
        (f"/ad_accounts/{FORBIDDEN}/campaigns", 403, 29),
        (f"/boards?ad_account_id={SHARED}", 403, 29),
        ("/users/somebody/interests/follow", 404, 30),
        (f"/pins/{REPIN}/analytics?{{pin}}", 403, 403),
        ("/pins/17/analytics?{pin}", 404, 50),
        (f"/pins/analytics?{{pin}}&pin_ids={OWN},17", 404, 50),
        (f"/pins/analytics?{{pin}}&pin_ids={OWN},{REPIN}", 401, 7),
    ],
)
def test_what_may_not_be_seen_or_does_not_exist_is_refused(
    pinterest: FakePinterest, path: str, status: int, code: int
) -> None:
    pin = "start_date=2026-11-17&end_date=2026-11-23&metric_types=IMPRESSION"

    answer = ask(pinterest, path.format(pin=pin))

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.json()["message"]
    assert answer.headers["x-pinterest-rid"]


def test_the_limits_themselves_are_taken(pinterest: FakePinterest) -> None:
    path = f"/ad_accounts/{FIRST}/ads"
    assert ask(pinterest, path, page_size=250, ad_ids=",".join(MANY[:250])).status_code == 200
    whole_window = {**AD_PARAMS, "start_date": "2026-08-27", "end_date": "2026-11-24"}
    assert ask(pinterest, ADS_PATH, **whole_window).status_code == 200
    four_days = {"start_date": "2026-11-20", "end_date": "2026-11-23", "granularity": "HOUR"}
    assert ask(pinterest, ADS_PATH, **{**AD_PARAMS, **four_days}).status_code == 200
    pins = [pin["id"] for pin in WORLD.own_pins][:50] * 2
    assert len(get(pinterest, "/pins/analytics", **PIN_PARAMS, pin_ids=pins)) == 50


def test_a_url_that_is_too_long_gets_a_web_servers_answer(pinterest: FakePinterest) -> None:
    fits = ask(pinterest, "/boards?privacy=" + "A" * 8_100)
    answer = ask(pinterest, "/boards?privacy=" + "A" * 8_200)

    assert fits.status_code == 400
    assert answer.status_code == 414
    assert answer.text.startswith("<html>")
    assert "json" not in answer.headers["Content-Type"]


def test_deleted_pins_answer_404_alone_and_for_the_whole_request(pinterest: FakePinterest) -> None:
    pinterest.deleted_pins.add(VIDEO)
    params = {**WEEK, "metric_types": "IMPRESSION"}

    alone = ask(pinterest, f"/pins/{VIDEO}/analytics", **params)
    together = ask(pinterest, "/pins/analytics", **params, pin_ids=[OWN, VIDEO])

    assert (alone.status_code, alone.json()["code"]) == (404, 50)
    assert (together.status_code, together.json()["code"]) == (404, 50)
    assert ask(pinterest, f"/pins/{OWN}/analytics", **params).status_code == 200


def test_the_multi_pin_endpoint_and_the_interests_can_be_absent(pinterest: FakePinterest) -> None:
    pinterest.multi_pin = False
    pinterest.interests_gone = True

    pins = ask(pinterest, "/pins/analytics", **PIN_PARAMS, pin_ids=OWN)
    interests = ask(pinterest, f"/users/{WORLD.username}/interests/follow")

    assert (pins.status_code, pins.json()["code"]) == (401, 3)
    assert (interests.status_code, interests.json()["code"]) == (404, 30)


def test_the_window_moves_with_today(pinterest: FakePinterest) -> None:
    pinterest.today = date(2026, 11, 25)

    answer = ask(pinterest, "/user_account/analytics", **WINDOW)

    assert answer.status_code == 400
    assert "the last 90 days" in answer.json()["message"]


# Tokens


@pytest.mark.parametrize("header", [None, "Bearer pina_wrong", "pina_test_token", "Bearer "])
def test_without_a_valid_token_nothing_is_answered(
    pinterest: FakePinterest, header: str | None
) -> None:
    headers = {"Authorization": header} if header else {}
    answer = requests.get(pinterest.url + "/user_account", headers=headers, timeout=60)

    assert answer.status_code == 401
    assert answer.json()["code"] == 2
    assert answer.json()["message"] == "Authentication failed."
    assert answer.json()["status"] == "failure"


def test_each_refresh_gives_a_new_access_token_and_a_new_refresh_token(
    pinterest: FakePinterest,
) -> None:
    first = tokens(pinterest, grant_type="refresh_token", refresh_token="pinr_test_refresh").json()
    second = tokens(
        pinterest, grant_type="refresh_token", refresh_token=first["refresh_token"]
    ).json()

    for name in ("access_token", "refresh_token"):
        assert len({first[name], second[name], pinterest.access_token, "pinr_test_refresh"}) == 4
    assert first["token_type"] == "bearer"
    assert first["expires_in"] == 2_592_000
    assert first["refresh_token_expires_in"] == 5_184_000
    assert ask(pinterest, "/user_account", token=second["access_token"]).status_code == 200


def test_a_used_refresh_token_dies_when_asked_to(pinterest: FakePinterest) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "pinr_test_refresh"}
    assert tokens(pinterest, **form).status_code == 201
    pinterest.refresh_tokens_die = True

    assert [tokens(pinterest, **form).status_code for _ in range(2)] == [201, 400]


@pytest.mark.parametrize(
    ("secret", "form", "status", "code"),
    [
        ("wrong", {"grant_type": "refresh_token", "refresh_token": "pinr_test_refresh"}, 401, 2),
        ("app-secret", {"grant_type": "refresh_token", "refresh_token": "pinr_wrong"}, 400, 1),
        ("app-secret", {"grant_type": "refresh_token"}, 400, 1),
        ("app-secret", {"grant_type": "password"}, 400, 1),
        ("app-secret", {}, 400, 1),
        ("app-secret", {"grant_type": "authorization_code", "code": "x"}, 400, 1),
    ],
)
def test_a_wrong_grant_is_refused(
    pinterest: FakePinterest, secret: str, form: dict[str, str], status: int, code: int
) -> None:
    answer = tokens(pinterest, secret, **form)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_code_is_exchanged_for_both_tokens(pinterest: FakePinterest) -> None:
    granted = tokens(
        pinterest,
        grant_type="authorization_code",
        code="test_code",
        redirect_uri="https://example.com/",
    ).json()

    assert granted["response_type"] == "authorization_code"
    assert ask(pinterest, "/user_account", token=granted["access_token"]).status_code == 200
    assert granted["refresh_token"] in pinterest.refresh_tokens


# The log, faults, and the server itself


def test_requests_are_recorded_in_order_without_tokens_in_their_text(
    pinterest: FakePinterest,
) -> None:
    ask(pinterest, "/boards", page_size=10)
    ask(pinterest, f"/ad_accounts/{FIRST}/ads", ad_ids=ADS[:2])
    ask(pinterest, "/nonsense")

    assert [
        (one.method, one.path, one.operation, one.params, one.category, one.status)
        for one in pinterest.requests
    ] == [
        ("GET", "/boards", "GET /boards", {"page_size": ["10"]}, "org_read", 200),
        (
            "GET",
            f"/ad_accounts/{FIRST}/ads",
            "GET /ad_accounts/{ad_account_id}/ads",
            {"ad_ids": [",".join(ADS[:2])]},
            "ads_read",
            200,
        ),
        ("GET", "/nonsense", None, {}, None, 404),
    ]
    assert "pina_" not in repr(pinterest.requests)


def test_a_fault_answers_instead(pinterest: FakePinterest) -> None:
    def fault(request: Request) -> Any:
        if request.operation == "GET /boards":
            return 429, {"code": 8, "message": "Too many."}, {"X-RateLimit-Reset": "30"}
        if request.operation == "GET /pins":
            return 200, b"<html>", {}
        return None

    pinterest.fault = fault

    boards, pins = ask(pinterest, "/boards"), ask(pinterest, "/pins")

    assert (boards.status_code, boards.json()["code"]) == (429, 8)
    assert boards.headers["X-RateLimit-Reset"] == "30"
    assert (pins.status_code, pins.content) == (200, b"<html>")
    assert ask(pinterest, "/user_account").status_code == 200
    assert [one.status for one in pinterest.requests] == [429, 200, 200]


def test_a_fault_can_cut_a_body_short(pinterest: FakePinterest) -> None:
    pinterest.fault = lambda _: (200, b'{"items": [', {"Content-Length": "5000"})

    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        ask(pinterest, "/boards")


def test_a_command_serves_from_the_loopback_address() -> None:
    command = [sys.executable, "-m", "integration_tests.fake_pinterest", "--today", "2026-11-24"]
    root = Path(__file__).parent.parent
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            url = process.stdout.readline().strip()
            answer = requests.get(
                f"{url}/user_account",
                headers={"Authorization": "Bearer pina_test_token"},
                timeout=10,
            )
        finally:
            process.terminate()

    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v5", url)
    assert answer.json()["username"] == WORLD.username


# What is expected of the connector


@pytest.mark.parametrize("stream", KEYS)
def test_expected_records_are_unique_by_key_and_have_no_field_beyond_the_schema(
    stream: str,
) -> None:
    world = World(ad_accounts=2, campaigns=2, pins=30)

    found = rows(world, stream, today=TODAY, start=END - timedelta(days=6), end=END)

    assert found
    keys = [tuple(record[name] for name in KEYS[stream]) for record in found]
    assert len(set(keys)) == len(keys)
    assert all(isinstance(part, str) for key in keys for part in key)
    assert {name for record in found for name in record} <= set(schema_of(stream)["properties"])
    assert compare(found, reversed(found), KEYS[stream]).same


def test_expected_records_say_what_the_contract_says() -> None:
    arguments: dict[str, Any] = {"today": TODAY, "start": START, "end": END}
    columns = ["SPEND_IN_DOLLAR", "pin_id"]
    (total, *_) = rows(WORLD, "ad_analytics", columns=columns, **arguments)
    (day, *_) = rows(WORLD, "ad_analytics_daily", columns=["CTR"], **arguments)
    (targeting, *_) = rows(
        WORLD, "ad_group_targeting_analytics", columns=[], targeting_types=["GENDER"], **arguments
    )
    ads = rows(WORLD, "ads", **arguments)

    assert set(total) == {
        *("ad_account_id", "campaign_id", "ad_group_id", "ad_id", "pin_id", "currency"),
        *("date", "start_date", "SPEND_IN_DOLLAR"),
    }
    assert (total["start_date"], total["date"]) == ("2026-08-27", "2026-11-23")
    assert set(day) <= {
        *("ad_account_id", "campaign_id", "ad_group_id", "ad_id", "currency", "date", "CTR")
    }
    assert targeting["UPDATED_TIME"] == "2026-11-23T23:59:59Z"
    assert targeting["targeting_value"] == f"GENDER:{targeting['targeting_raw_value']}"
    assert "" in {ad["name"] for ad in ads}
    assert all(ad["ad_group_id"].isdigit() for ad in ads)
    assert len(ads) == 72
    assert len(rows(WORLD, "ads", statuses=["ARCHIVED"], **arguments)) < 36


def test_expected_conversions_depend_on_the_attribution() -> None:
    arguments: dict[str, Any] = {
        "today": TODAY,
        "start": START,
        "end": END,
        "columns": ["TOTAL_SIGNUP"],
    }
    usual = rows(WORLD, "ad_analytics", **arguments)
    short = rows(WORLD, "ad_analytics", attribution=Attribution(click_window_days=7), **arguments)

    assert usual != short


def test_a_comparison_finds_what_differs() -> None:
    expected = [{"id": "1", "n": 1, "x": None}, {"id": "2", "n": True}, {"id": "3", "n": 3}]

    assert compare(expected, [{"id": "3", "n": 3.0}, expected[1], {"id": "1", "n": 1}], ["id"]).same
    found = compare(
        expected,
        [{"id": "1", "n": "1"}, {"id": "2", "n": 1}, {"id": "2", "n": 1}, {"id": "4"}],
        ["id"],
    )
    assert found.missing == [("3",)]
    assert found.duplicate == [("2",)]
    assert found.unexpected == [("4",)]
    assert found.wrong == [(("1",), "n", 1, "1"), (("2",), "n", True, 1)]
    assert "1 missing" in str(found)
