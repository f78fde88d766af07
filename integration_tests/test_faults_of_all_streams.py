"""The faults of `test_faults.py`, in syncs of all streams that are not suggested; reports, their contents and the
states of days are asked for through the same proxy. `script/faults --others` writes the table."""

from __future__ import annotations

import pytest

from integration_tests.connector import Message
from integration_tests.faults.all_streams import NOT_SUGGESTED, REPORT_FAULTS, catalog_of_the_others
from integration_tests.faults.fault_harness import ALWAYS, ONCE, ONE, Schedule, tried
from integration_tests.faults.faults import FAULTS, Fault

CURED = [
    fault
    for fault in FAULTS
    if fault.name in {"503", "JSON cut in the middle, no Content-Length", "every row twice"}
]
"""They leave no trace if they happen once; some others are in `test_faults.py` for the same requests."""


@pytest.fixture(scope="module")
def chosen() -> Message:
    return catalog_of_the_others()


WITH_REPORTS = {
    *(
        "campaign_analytics_daily",
        "ad_targeting_analytics_daily",
    ),  # older days of synchronous reports
    *("keyword_conversions_daily", "campaign_geo_analytics_daily"),  # asynchronous only
    *("custom_ads_by_day", "custom_campaigns_by_gender"),
}
"""One of each way to read asynchronous reports. The streams differ in level and columns, which the tests of each
compare."""


@pytest.fixture(scope="module")
def with_reports(chosen: Message) -> Message:
    """And a list, which nothing of this happens to."""
    names = {"ad_accounts", *WITH_REPORTS}
    return {"streams": [each for each in chosen["streams"] if each["stream"]["name"] in names]}


OTHER_ENDS = {"a report that was CANCELLED", "a report that EXPIRED", "404 for content"}
"""Are like another; `script/faults` has them."""
OF_REPORTS = [fault for fault in REPORT_FAULTS if fault.name not in OTHER_ENDS]


@pytest.mark.parametrize("fault", CURED, ids=lambda fault: fault.name)
def test_a_fault_of_any_stream_loses_nothing(fault: Fault, chosen: Message) -> None:
    verdict = tried(fault, ONCE, chosen, NOT_SUGGESTED)

    assert verdict.problems == []
    assert verdict.hits
    assert verdict.ended == "COMPLETE"


@pytest.mark.parametrize("fault", OF_REPORTS, ids=lambda fault: fault.name)
def test_a_fault_of_a_report_loses_nothing_or_is_reported(
    fault: Fault, with_reports: Message
) -> None:
    verdict = tried(fault, ONCE, with_reports, NOT_SUGGESTED)

    assert verdict.problems == []
    assert verdict.hits
    assert verdict.lost_in_the_end == 0


@pytest.mark.parametrize(
    ("name", "schedule"),
    [("503", ONE), ("403", ALWAYS), ("a report that FAILED", ALWAYS), ("503 for content", ALWAYS)],
)
def test_a_lasting_fault_is_reported(
    name: str, schedule: Schedule, chosen: Message, with_reports: Message
) -> None:
    (fault,) = (each for each in [*FAULTS, *REPORT_FAULTS] if each.name == name)

    catalog = with_reports if fault in REPORT_FAULTS else chosen
    verdict = tried(fault, schedule, catalog, NOT_SUGGESTED)

    assert verdict.problems == []
    assert verdict.ended != "COMPLETE"
    assert verdict.lost_in_the_end == 0
