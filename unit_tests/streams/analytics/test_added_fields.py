"""Which fields the options add, whatever way a report is read."""

from __future__ import annotations

import pytest

from source_pinterest.streams.registry import STREAMS
from unit_tests.streams.pinterest import Pinterest, context

FINAL = {"delivery_metrics_final", "conversion_metrics_final"}
DAILY = [each for each in STREAMS if each().name.endswith("_daily")]
KEYWORDS = ("keyword_conversions_daily", "keyword_analytics_daily")


@pytest.mark.parametrize("stream", DAILY)
def test_every_daily_report_of_ads_offers_the_finality_and_its_names(stream):
    made = stream()
    usual = set(made.offered(()).json_schema["properties"])

    final = set(made.offered({"metrics_final"}).json_schema["properties"]) - usual
    names = set(made.offered({"entity_names"}).json_schema["properties"]) - usual

    assert final == FINAL
    assert ("entity_name" in names) is (made.name not in KEYWORDS)


@pytest.mark.parametrize("stream", DAILY)
def test_days_of_the_ad_account_have_no_finality(stream):
    local = {"reporting_timezone": "AD_ACCOUNT_TIME_ZONE"}
    made = stream(context(Pinterest(), entity_names=True, metrics_final=True, **local))

    added = {name for each in made.read_plan({}, True).enrichments for name in each.fields}

    assert not added & FINAL
