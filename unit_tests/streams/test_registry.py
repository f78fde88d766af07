"""Each stream is declared, and what follows from its declaration agrees with Pinterest's description."""

import re
from string import Formatter

import pytest

from source_pinterest.api.facts import api_facts
from source_pinterest.api.limits import LIMITS
from source_pinterest.streams.analytics.base import AnalyticsStream
from source_pinterest.streams.analytics.organic import PinAnalytics
from source_pinterest.streams.lists.history import EntityHistory
from source_pinterest.streams.lists.user import PinLifetimeMetrics, UserInterests
from source_pinterest.streams.registry import STREAMS, names, streams_of

OPERATIONS = api_facts()["operations"]

CATEGORIES = {
    "catalogs_read": {"catalogs", "catalogs_feeds", "catalogs_product_groups"},
    "org_read": {
        *("boards", "pins", "user_interests", "user_account", "pin_lifetime_metrics"),
        "promoted_pins",
        *("board_sections", "board_pins", "board_section_pins"),
    },
    "org_analytics": {
        *("pin_analytics", "user_account_analytics", "top_pins", "top_video_pins"),
        *("user_account_breakdown_analytics", "pin_app_type_analytics"),
    },
    "ads_read": {
        *("followers", "ad_accounts", "campaigns", "ad_groups", "ads", "audiences", "keywords"),
        *("customer_lists", "conversion_tags", "product_group_promotions"),
        *("targeting_options", "delivery_metrics"),
        *("campaigns_history", "ad_groups_history", "ads_history"),
    },
}
"""As Pinterest groups them; the reports of ads are ads_analytics."""


@pytest.mark.parametrize("stream", STREAMS)
def test_each_endpoint_is_one_of_pinterests_description(stream):
    for endpoint in filter(None, (stream.endpoint, stream.alternative, *stream.requires)):
        assert endpoint in OPERATIONS
    if stream.alternative:
        assert OPERATIONS[stream.alternative]["scopes"] == OPERATIONS[stream.endpoint]["scopes"]
        assert (
            OPERATIONS[stream.alternative]["rate_limit_category"] == stream().category  # one budget
        )


@pytest.mark.parametrize("stream", STREAMS)
def test_each_stream_counts_against_the_limit_of_its_endpoint(stream):
    made = stream()
    literal = [category for category, of in CATEGORIES.items() if made.name in of]
    literal += ["ads_analytics"] * made.name.startswith(("ad_", "campaign_", "product_group_"))

    assert [made.category] == (literal[:1] or [OPERATIONS[stream.endpoint]["rate_limit_category"]])
    assert made.category in LIMITS.requests_per_minute


@pytest.mark.parametrize("stream", [each for each in STREAMS if each is not UserInterests])
def test_the_path_of_each_stream_follows_from_its_endpoint(stream):
    made = stream()
    wanted = {name for _, name, _, _ in Formatter().parse(stream.endpoint) if name}
    ids = dict.fromkeys(wanted, "7") | {"board_section_id": "7"}

    path = made.path(stream_slice=ids)

    assert path == re.sub(r"\{\w+\}", "7", stream.endpoint.partition(" ")[2])


def test_the_path_of_the_interests_has_the_name_that_pinterest_gives_the_user():
    class KnownUser:
        def user(self):
            return {"id": "7", "username": "a/b"}

    assert UserInterests(KnownUser()).path() == "/users/a%2Fb/interests/follow"


def test_the_analytics_of_pins_need_the_scope_of_the_user_too():
    assert PinAnalytics().scopes == {"boards:read", "pins:read", "user_accounts:read"}


def test_no_two_streams_share_a_name_and_each_endpoint_is_read_by_one_list():
    assert len(names()) == len(STREAMS)
    lists = [
        each.endpoint
        for each in STREAMS
        if "analytics" not in each.endpoint
        and not issubclass(each, (AnalyticsStream, EntityHistory, PinLifetimeMetrics))
    ]
    assert sorted(set(lists)) == sorted(lists)
    assert [stream.name for stream in streams_of(())] == [each().name for each in STREAMS]
