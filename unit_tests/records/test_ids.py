"""Ids as Pinterest writes them → the strings that they are in every stream."""

import pytest

from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.records.ids import key_id, normalize_id, rename_id_columns


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("campaign_id", "C626735565838", "626735565838"),
        ("CAMPAIGN_ID", "C626735565838", "626735565838"),
        ("ad_group_id", "AG2680060704746", "2680060704746"),
        ("parent_id", "AG2680060704746", "2680060704746"),
        ("parent_id", "C626735565838", "626735565838"),
        ("campaign_id", "AG2680060704746", "AG2680060704746"),
        ("ad_group_id", "C626735565838", "C626735565838"),
        ("campaign_id", "C12a", "C12a"),
        ("campaign_id", "C", "C"),
        ("ad_id", "C626735565838", "C626735565838"),
        ("", "C626735565838", "C626735565838"),
    ],
)
def test_a_prefix_is_taken_off_where_pinterest_may_write_one(name, value, expected):
    assert normalize_id(value, name) == expected


@pytest.mark.parametrize("value", [True, None, 7.5, 8.1e17, [1], {"a": 1}, "an id"])
def test_what_is_no_id_stays_as_it_is(value):
    assert normalize_id(value, "ad_id") is value


def test_an_id_of_a_key_that_was_rounded_is_an_error():
    with pytest.raises(UnusableAnswer, match=r"rounded on its way: 8\.1e\+17"):
        key_id(8.1e17, "AD_ID")
    assert key_id("C5", "CAMPAIGN_ID") == "5"


def test_id_columns_become_fields_and_their_aliases_go():
    row = {
        "CAMPAIGN_ID": "C5",
        "AD_ID": "7",
        "PIN_PROMOTION_ID": 7,
        "ADVERTISER_ID": None,
        "CTR": 1,
    }

    rename_id_columns(row)

    assert row == {"campaign_id": "5", "ad_id": "7", "CTR": 1}
