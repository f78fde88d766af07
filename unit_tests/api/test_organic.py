"""The breakdowns of organic reports."""

from source_pinterest.api.endpoints import choices_of
from source_pinterest.api.organic import FILTERS, USER_ANALYTICS, breakdown_values, is_split


def test_every_split_of_the_description_is_a_breakdown():
    splits = {each for each in choices_of(USER_ANALYTICS, "split_field") if each != "NO_SPLIT"}

    assert {each for each in FILTERS if is_split(each)} == splits


def test_no_breakdown_has_the_value_of_all_of_them():
    for breakdown in FILTERS:
        assert not {"ALL", "BOTH"} & {*breakdown_values(breakdown)}
        assert len(breakdown_values(breakdown)) > 1
