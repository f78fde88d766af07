import pytest

from source_pinterest.plan.counts import CountedLists, countable
from source_pinterest.streams.registry import STREAMS
from source_pinterest.sync.ad_accounts import has_ads_role
from source_pinterest.sync.context import is_user
from source_pinterest.sync.pages import is_page

LISTS = CountedLists(
    {"ad_accounts": 3, "ads": 2, "keywords": 5, "catalogs": 4, "conversion_tags": 6}
)


def items(path: str, **params: object) -> list[dict[str, object]]:
    page = LISTS.answer(path, {"page_size": 250, **params}, is_page)
    found: list[dict[str, object]] = page["items"]
    return found


def test_one_ad_account_stands_for_all():
    assert [has_ads_role(each) for each in items("/ad_accounts")] == [True, False, False]


def test_the_first_item_is_archived_so_that_a_list_shows_every_status():
    assert [each["status"] for each in items("/ad_accounts/7/ads")] == ["ARCHIVED", "ACTIVE"]


@pytest.mark.parametrize(
    ("path", "params", "number"),
    [
        ("/ad_accounts/7/keywords", {}, 5),
        ("/ad_accounts/7/keywords", {"campaign_id": "1"}, 0),
        ("/ad_accounts/7/keywords", {"ad_group_ids": ["1"]}, 0),
        ("/catalogs", {}, 0),
        ("/catalogs", {"ad_account_id": "7"}, 4),
        ("/ad_accounts/7/campaigns", {}, 0),
        ("/ad_accounts/7/conversion_tags", {"page_size": None}, 6),
    ],
)
def test_items_are_counted_where_they_are_listed_first(path, params, number):
    assert len(items(path, **params)) == number


def test_other_answers_are_empty():
    assert LISTS.answer("/resources/targeting/GENDER", {}, lambda body: body == []) == []
    assert is_user(LISTS.answer("/user_account", {}, is_user))


def test_every_list_can_be_counted():
    names = {stream().name for stream in STREAMS}
    assert {"ad_accounts", "ads", "pins", "board_pins", "catalogs"} <= countable().keys() <= names
