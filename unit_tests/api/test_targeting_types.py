"""The breakdowns of each level, compared with Pinterest's description."""

from source_pinterest.api.levels import report_parameters
from source_pinterest.api.targeting_types import (
    ALWAYS_PRESENT,
    BETA,
    ONLY_AT,
    asynchronous,
    synchronous,
)


def test_a_breakdown_of_one_level_is_offered_at_no_other():
    known = set(report_parameters()["targeting_types"]["items"]["enum"])

    assert set(ONLY_AT) <= known
    assert set(asynchronous("campaign")) == known - {"MEDIA_TYPE"}
    assert set(asynchronous("ad")) == known - set(ONLY_AT)


def test_the_lists_of_breakdowns_name_only_those_of_the_description():
    levels = ("ad_account", "campaign", "ad_group", "ad")
    assert all(set(ALWAYS_PRESENT) <= set(synchronous(level)) for level in levels)
    assert all(kind in synchronous(level) for kind, level in BETA.items())
