"""If Pinterest refuses a choice of the configuration, the error says what the user can change."""

from __future__ import annotations

from typing import Any

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import configured
from integration_tests.fake_pinterest import FakePinterest, Request, World

WORLD = World(ad_accounts=1, campaigns=2, ad_groups=1, ads=2, pins=0, boards=0)
REFUSED = (400, {"code": 1, "message": "This combination is not supported."}, {})
CUSTOM = {"name": "my_ads", "level": "ad", "columns": ["CTR"], "view_window_days": 7}


def of_the_windows(request: Request) -> Any:
    asked = {**(request.json or {}), **{name: v[0] for name, v in request.params.items()}}
    is_chosen = (
        str(asked.get("click_window_days")) == "7" or str(asked.get("view_window_days")) == "7"
    )
    return REFUSED if is_chosen else None


@pytest.mark.parametrize(
    ("stream", "config", "named"),
    [
        ("ad_analytics", {"click_window_days": 7}, "`click_window_days` 7"),
        ("ad_analytics_daily", {"click_window_days": 7}, "`click_window_days` 7"),
        ("campaign_targeting_analytics", {"click_window_days": 7}, "`click_window_days` 7"),
        (
            "my_ads",
            {"custom_reports": [CUSTOM]},
            "`view_window_days` 7 of the custom report my_ads",
        ),
    ],
)
def test_a_refused_choice_names_its_field_and_value(stream, config, named):
    with FakePinterest(WORLD) as pinterest:
        pinterest.fault = of_the_windows
        source = connector(pinterest, **config)
        output = source.read(configured(source.discover().catalog, [stream]))

    error, _ = output.errors
    assert output.statuses == {stream: "INCOMPLETE"}
    assert error["failure_type"] == "config_error"
    assert named in error["message"]
    assert "report this" not in error["message"]
    assert "midnight" not in output.logs
