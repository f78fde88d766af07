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


OTHER_ENDS = {"a report that was CANCELLED", "a report that EXPIRED", "404 for content"}
"""Are like another; `script/faults` has them."""
OF_REPORTS = [fault for fault in REPORT_FAULTS if fault.name not in OTHER_ENDS]


@pytest.mark.parametrize("fault", [*CURED, *OF_REPORTS], ids=lambda fault: fault.name)
def test_a_fault_loses_nothing_or_is_said(fault: Fault, chosen: Message) -> None:
    verdict = tried(fault, ONCE, chosen, NOT_SUGGESTED)

    assert verdict.problems == []
    assert verdict.hits
    assert verdict.lost_in_the_end == 0


@pytest.mark.parametrize(
    ("name", "schedule"),
    [("503", ONE), ("403", ALWAYS), ("a report that FAILED", ALWAYS), ("503 for content", ALWAYS)],
)
def test_what_stays_in_trouble_is_said(name: str, schedule: Schedule, chosen: Message) -> None:
    (fault,) = (each for each in [*FAULTS, *REPORT_FAULTS] if each.name == name)

    verdict = tried(fault, schedule, chosen, NOT_SUGGESTED)

    assert verdict.problems == []
    assert verdict.ended != "COMPLETE"
    assert verdict.lost_in_the_end == 0
