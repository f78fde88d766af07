"""A list that lacks what another list names is found, whichever is read first."""

from __future__ import annotations

from itertools import permutations

import pytest

from source_pinterest.sync.families import Families, Lacking

LISTS = [
    ("campaigns", {"1"}, {}),
    ("ad_groups", {"11", "12"}, {"campaigns": {"1", "2"}}),
    ("ads", set(), {"campaigns": {"1"}, "ad_groups": {"11", "13"}}),
]


@pytest.mark.parametrize("lists", list(permutations(LISTS)))
def test_each_list_that_lacks_something_is_found_once(lists):
    families = Families()

    found = [lacking for one in lists for lacking in families.compare("7", *one)]

    assert sorted(found) == [
        Lacking("ad_groups", "ads", ["13"]),
        Lacking("campaigns", "ad_groups", ["2"]),
    ]


def test_a_list_that_is_not_read_lacks_nothing():
    families = Families()

    assert families.compare("7", "ads", (), {"campaigns": {"1"}}) == []
    assert families.compare("8", "campaigns", ["2"], {}) == []
