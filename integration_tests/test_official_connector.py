"""Moving over from Airbyte's own Pinterest connector: its configuration, its states and its catalog."""

from __future__ import annotations

from typing import Any

import pytest

from integration_tests.connector import Connector, configured
from integration_tests.expected.reports import compare, rows
from integration_tests.fake_pinterest import FakePinterest, World

USD = "549755885175"


def official(pinterest: FakePinterest, **more: Any) -> Connector:
    config = {
        "credentials": {
            "auth_method": "oauth2.0",
            "client_id": pinterest.client_id,
            "client_secret": pinterest.client_secret,
            "refresh_token": pinterest.refresh_token,
        },
        "start_date": "2026-11-01",
        "status": ["ACTIVE"],
        "account_id": USD,
        "num_workers": 4,
        "custom_reports": [
            {
                "name": "spend",
                "level": "CAMPAIGN",
                "granularity": "DAY",
                "columns": ["SPEND_IN_DOLLAR", "CAMPAIGN_ID"],
                "click_window_days": 30,
                "engagement_window_days": [30],
                "view_window_days": [30],
                "conversion_report_time": "TIME_OF_AD_ACTION",
                "attribution_types": ["INDIVIDUAL", "HOUSEHOLD"],
                "start_date": "2026-11-20",
            }
        ],
        "base_url": pinterest.url,
        **more,
    }
    return Connector(config)


def test_its_configuration_is_checked_and_read(pinterest):
    moved = official(pinterest)

    check = moved.check()
    catalog = moved.discover().catalog
    output = moved.read(configured(catalog, ["campaigns", "custom_spend"]))

    assert check.connection_status["status"] == "SUCCEEDED", check.connection_status
    for said in (check.logs, output.logs):
        assert "`account_id` became `ad_account_ids`" in said
        assert "`status` became `entity_statuses`" in said
        assert "`num_workers` of Airbyte's own connector is not used" in said
        assert "`start_date` is kept" in said
        assert "`custom_reports[0]`: its stream is custom_spend." in said
    assert output.statuses == {"campaigns": "COMPLETE", "custom_spend": "COMPLETE"}
    day = World().epoch
    listed = rows(World(), "campaigns", today=day, start=day, end=day, statuses=["ACTIVE"])
    expected = [each for each in listed if each["ad_account_id"] == USD]
    assert compare(expected, output.records("campaigns"), ["id"]).same
    assert {each["date"] for each in output.records("custom_spend")} <= {
        f"2026-11-{number}" for number in range(20, 24)
    }
    assert output.records("custom_spend")


def test_a_login_of_an_old_configuration_is_handed_back_where_it_is_looked_for(pinterest):
    """The CONTROL message has the login in `credentials`, which count from then on."""
    login = {
        "client_id": pinterest.client_id,
        "client_secret": pinterest.client_secret,
        "refresh_token": pinterest.refresh_token,
    }
    old = Connector({**login, "base_url": pinterest.url})

    output = old.read(configured(old.discover().catalog, ["campaigns"]))

    (control,) = output.of_type("CONTROL")
    saved = control["connectorConfig"]["config"]
    assert output.statuses["campaigns"] == "COMPLETE"
    assert saved["credentials"]["auth_method"] == "oauth2.0"
    assert saved["credentials"]["access_token"]
    again = Connector(saved).check()
    assert again.connection_status["status"] == "SUCCEEDED"


STATES = {
    "old": {"DATE": "2026-11-09"},
    "of an account": {
        "use_global_cursor": False,
        "states": [
            {"partition": {"id": USD, "parent_slice": {}}, "cursor": {"DATE": "2026-11-09"}}
        ],
        "parent_state": {},
        "state": {"DATE": "2026-11-09"},
        "lookback_window": 1,
    },
    "of the user": {"date": "2026-11-09"},
}


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_its_states_are_refused_for_that_stream_only(state, pinterest, everything):
    names = ["ad_analytics", "campaigns", "campaign_analytics", "user_account_analytics"]
    moved = official(pinterest, custom_reports=[])
    message = {
        "type": "STREAM",
        "stream": {"stream_descriptor": {"name": "ad_analytics"}, "stream_state": state},
    }
    of_a_list = {
        "type": "STREAM",
        "stream": {
            "stream_descriptor": {"name": "campaigns"},
            "stream_state": {"updated_time": "1628867244"},
        },
    }

    output = moved.read(configured(everything, names), [message, of_a_list])

    assert output.statuses == {
        **dict.fromkeys(names, "COMPLETE"),
        "ad_analytics": "INCOMPLETE",
    }
    (error, _) = output.errors
    assert "It looks like one of Airbyte's own Pinterest connector." in error["message"]
    assert output.records("campaigns")


def test_a_stream_that_only_it_has_names_what_there_is_instead(pinterest, everything):
    (campaigns,) = [each for each in everything if each["name"] == "campaigns"]
    gone = {**campaigns, "name": "advertiser_report"}

    output = official(pinterest, custom_reports=[]).read(configured([campaigns, gone]))

    assert output.statuses == {"campaigns": "COMPLETE", "advertiser_report": "INCOMPLETE"}
    assert "here, it is called ad_account_analytics_daily" in output.errors[0]["message"]
