"""The rows of GET …/analytics, and large arrays in parts."""

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_pinterest import analytics_rows
from source_pinterest.analytics_rows import Layout, ads_analytics, array, parts
from source_pinterest.messages import RecordLines
from source_pinterest.records import Batch, BrokenAnswer, TypedRow, Types, UnusableAnswer

SCHEMA = {
    "TOTAL_IMPRESSION": {"type": ["null", "integer"]},
    "SPEND_IN_DOLLAR": {"type": ["null", "number"]},
    "CTR": {"type": ["null", "number"]},
    "AD_NAME": {"type": ["null", "string"]},
    "CAMPAIGN_ENTITY_STATUS": {"type": ["null", "string"]},
    "IS_PREMIERE_CAMPAIGN": {"type": ["null", "boolean"]},
}
COLUMNS = ["ad_account_id", "currency", "campaign_id", "ad_id", "pin_id", "date", *SCHEMA]
TYPES = Types.of(SCHEMA, SCHEMA)
COMMON = {"ad_account_id": "549755885175", "currency": "EUR"}


def layout(is_daily=True, id_column="AD_ID", common=COMMON, added=()):
    return Layout(common, id_column, is_daily, SCHEMA, COLUMNS, added)


def rows(body, ids=frozenset({"1", "2"}), is_daily=True, id_column="AD_ID"):
    """As dicts, which they are as well when they were typed."""
    content = orjson.dumps(body)
    args = (content, id_column, ids)
    plain = [row for part in ads_analytics(*args, {}, TYPES, is_daily) for row in part]
    laid_out = layout(is_daily, id_column)
    typed = [row for part in ads_analytics(*args, {}, TYPES, is_daily, laid_out) for row in part]
    assert [{**COMMON, **row} for row in typed] == [{**COMMON, **row} for row in plain]
    return plain


# --- Typed rows ---


RIGHT = {
    "AD_ID": "1",
    "DATE": "2026-11-22",
    "CTR": 0.5,
    "TOTAL_IMPRESSION": 7,
    "PIN_ID": "8137442264207",
    "AD_NAME": "é",
}


def typed(body, seen=None, **options):
    return layout(**options).new_rows(orjson.dumps(body), {"1", "2"}, {} if seen is None else seen)


def test_a_row_that_is_as_it_should_be_is_typed_and_written_under_our_names():
    body = [
        RIGHT,
        {**RIGHT, "DATE": "2026-11-23", "CTR": None},
        {"DATE": "2026-11-23", "AD_ID": "2"},
    ]

    (found,) = ads_analytics(orjson.dumps(body), "AD_ID", {"1", "2"}, {}, TYPES, True, layout())

    assert all(isinstance(row, TypedRow) for row in found)
    lines = RecordLines.of("ads", Batch(COMMON, found))
    expected = {"ad_id": "1", "pin_id": "8137442264207", "TOTAL_IMPRESSION": 7, "AD_NAME": "é"}
    assert [message.record.data for message in lines.messages()] == [
        {**COMMON, **expected, "date": "2026-11-22", "CTR": 0.5},
        {**COMMON, **expected, "date": "2026-11-23", "CTR": None},
        {**COMMON, "ad_id": "2", "date": "2026-11-23"},
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        *({"AD_ID": 1}, {"AD_ID": "AD1"}, {"AD_ID": "3"}, {"AD_ID": None}, {"DATE": None}),
        *({"TOTAL_IMPRESSION": 7.5}, {"TOTAL_IMPRESSION": "n/a"}, {"CTR": ""}, {"CTR": True}),
        *({"AD_NAME": 5}, {"IS_PREMIERE_CAMPAIGN": "maybe"}, {"PIN_ID": 5}, {"PIN_ID": "C5"}),
        *({"SOMETHING_NEW": 1}, {"ADVERTISER_ID": "1"}, {"AD_GROUP_ID": "5"}),
    ],
)
def test_where_one_is_not_none_of_them_is_typed_and_nothing_is_taken_for_seen(wrong):
    seen = {}

    assert typed([RIGHT, {**RIGHT, "DATE": "2026-11-23", **wrong}], seen) is None
    assert seen == {}


def test_a_typed_row_can_be_read_and_changed_like_a_dict():
    (row,) = typed([RIGHT], added=["entity_name"])

    row.update({"entity_name": "Shoes"})

    assert row["entity_name"] == "Shoes"
    assert dict(row) == {
        **COMMON,
        "ad_id": "1",
        "date": "2026-11-22",
        "CTR": 0.5,
        "TOTAL_IMPRESSION": 7,
        "pin_id": "8137442264207",
        "AD_NAME": "é",
        "entity_name": "Shoes",
    }


def test_fields_stand_in_the_order_of_pinterests_row():
    (row,) = typed([RIGHT])

    assert row.keys()[:6] == ["ad_id", "date", "CTR", "TOTAL_IMPRESSION", "pin_id", "AD_NAME"]


def test_what_cannot_be_parsed_says_nothing_about_the_order():
    laid_out = layout()

    assert laid_out.new_rows(b'[{"AD_NAME": "}]', {"1"}, {}) is None
    (row,) = laid_out.new_rows(orjson.dumps([RIGHT]), {"1"}, {})
    assert row.keys()[:3] == ["ad_id", "date", "CTR"]


def test_the_total_of_an_ad_account_has_its_id_from_the_row_and_its_days_from_the_window():
    window = {**COMMON, "ad_account_id": "1", "date": "2026-11-23", "start_date": "2026-08-26"}
    total = {"AD_ACCOUNT_ID": "1", "CTR": 0.5}

    (row,) = typed([total], common=window, is_daily=False, id_column="AD_ACCOUNT_ID")

    assert dict(row) == {**window, "CTR": 0.5}


VALUES = st.sampled_from(
    [
        None,
        0,
        7,
        7.0,
        0.5,
        -3,
        "7",
        "7.0",
        "-0.5",
        "1e3",
        "",
        "n/a",
        "nUll",
        "é\n",
        True,
        "TRUE",
        [1],
    ]
)
IDS = st.sampled_from([None, "5", 5, 5.0, "C5"])


@given(
    st.lists(
        st.fixed_dictionaries(
            {"AD_ID": st.sampled_from(["1", "2", "3", 1]), "DATE": st.sampled_from(["22", "23"])},
            optional={
                **dict.fromkeys([*SCHEMA, "SOMETHING_NEW"], VALUES),
                **dict.fromkeys(["PIN_ID", "CAMPAIGN_ID", "AD_GROUP_ID", "AD_ACCOUNT_ID"], IDS),
            },
        ),
        max_size=8,
    ),
    st.integers(1, 200),
)
def test_a_record_is_the_same_whether_its_row_is_typed_or_not(body, size):
    content = json.dumps(body).encode()
    args = (content, "AD_ID", {"1", "2"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(analytics_rows, "BYTES_OF_A_PART", size)
        plain = [list(part) for part in ads_analytics(*args, {}, TYPES, True)]
        found = [list(part) for part in ads_analytics(*args, {}, TYPES, True, layout())]

    def written(parts):
        return [
            message.record.data
            for part in parts
            if part
            for message in RecordLines.of("ads", Batch(COMMON, part)).messages()
        ]

    assert written(found) == written(plain)


# --- Rows ---


def test_id_columns_become_lower_case_fields_and_twins_are_dropped():
    raw = {
        "AD_ID": 1,
        "PIN_PROMOTION_ID": 1,
        "AD_GROUP_ID": "2680060704746",
        "CAMPAIGN_ID": 626736533506,
        "AD_ACCOUNT_ID": 549755885175,
        "ADVERTISER_ID": "549755885175",
        "PIN_ID": 813744226420795884,
        "DATE": "2026-11-23",
        "CTR": 0.5,
    }

    assert rows([raw]) == [
        {
            "ad_id": "1",
            "ad_group_id": "2680060704746",
            "campaign_id": "626736533506",
            "pin_id": "813744226420795884",
            "date": "2026-11-23",
            "CTR": 0.5,
        }
    ]


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("TOTAL_IMPRESSION", 216.0, 216),
        ("TOTAL_IMPRESSION", "216", 216),
        ("TOTAL_IMPRESSION", "216.0", 216),
        ("TOTAL_IMPRESSION", 216.5, 216.5),
        ("TOTAL_IMPRESSION", "many", "many"),
        ("TOTAL_IMPRESSION", "null", None),
        ("TOTAL_IMPRESSION", 2**60 + 1, 2**60 + 1),
        ("TOTAL_IMPRESSION", str(2**60 + 1), 2**60 + 1),
        ("TOTAL_IMPRESSION", None, None),
        ("CTR", "0.25", 0.25),
        ("CTR", 1, 1),
        ("CTR", "", ""),
        ("CTR", None, None),
        ("CAMPAIGN_ENTITY_STATUS", 1, "1"),
        ("AD_NAME", None, None),
        ("AD_NAME", "12", "12"),
        ("IS_PREMIERE_CAMPAIGN", "false", False),
        ("IS_PREMIERE_CAMPAIGN", 1, True),
        ("IS_PREMIERE_CAMPAIGN", True, True),
        ("IS_PREMIERE_CAMPAIGN", "maybe", "maybe"),
        ("SOMETHING_NEW", "7", "7"),
    ],
)
def test_a_value_has_the_type_of_its_column_where_it_can(column, value, expected):
    content = orjson.dumps([{"AD_ID": "1", "DATE": "2026-11-23", column: value}])

    for each in (None, layout()):
        ((row,),) = ads_analytics(content, "AD_ID", {"1"}, {}, TYPES, True, each)

        assert row[column] == expected
        assert type(row[column]) is type(expected)


def test_an_id_whose_rows_come_in_two_places_has_each_day_once():
    body = [
        {"AD_ID": ad_id, "DATE": day}
        for ad_id, day in (("1", "22"), ("2", "22"), ("9", "22"), ("1", "22"), ("1", "23"))
    ]

    assert [(row["ad_id"], row["date"]) for row in rows(body)] == [
        ("1", "22"),
        ("2", "22"),
        ("1", "23"),
    ]


def test_rows_of_ids_that_were_not_asked_for_and_second_rows_are_left_out():
    body = [
        {"AD_ID": "1", "DATE": "2026-11-22", "CTR": 1},
        {"AD_ID": "9", "DATE": "2026-11-22", "CTR": 2},
        {"AD_ID": "1", "DATE": "2026-11-22", "CTR": 1},
        {"AD_ID": "1", "DATE": "2026-11-23", "CTR": 3},
    ]

    assert [(row["ad_id"], row["date"]) for row in rows(body)] == [
        ("1", "2026-11-22"),
        ("1", "2026-11-23"),
    ]


@pytest.mark.parametrize("raw", [{"DATE": "2026-11-23"}, {"AD_ID": "1"}, {"AD_ID": "1", "DATE": 5}])
def test_a_row_without_its_key_is_an_error_and_never_skipped(raw):
    with pytest.raises(UnusableAnswer, match=r"has no (AD_ID|DATE)"):
        rows([raw])


def test_the_rows_of_an_ad_account_leave_its_id_to_what_they_share():
    row = {"AD_ACCOUNT_ID": 7, "ADVERTISER_ID": 7, "DATE": "2026-11-23", "CTR": 0.5}

    found = rows([row], ids={"7"}, id_column="AD_ACCOUNT_ID")

    assert found == [{"date": "2026-11-23", "CTR": 0.5}]


@pytest.mark.parametrize("ad_id", [626735565838, "626735565838", 626735565838.0, "A626735565838"])
def test_an_id_is_known_however_it_is_written(ad_id):
    (row,) = rows([{"AD_ID": ad_id, "DATE": "2026-11-23"}], ids={"626735565838"})

    assert row == {"ad_id": "626735565838", "date": "2026-11-23"}


@pytest.mark.parametrize("ad_id", [687201361754000000.0, "an ad", "", True])
def test_an_id_that_cannot_be_known_is_an_error_and_never_skipped(ad_id):
    with pytest.raises(UnusableAnswer):
        rows([{"AD_ID": ad_id, "DATE": "2026-11-23"}], ids={"687201361754000000"})


# --- Large arrays ---


TRICKY = [
    {"AD_NAME": "},{"},
    {"AD_NAME": '"}, {"AD_NAME": "'},
    {"AD_NAME": "\\\\"},
    {"AD_NAME": "[{}]", "nested": [{"a": 1}, {"a": [{}, {}]}]},
    {},
    {"AD_NAME": "é\n" * 50},
]


@given(
    st.lists(
        st.sampled_from(TRICKY) | st.dictionaries(st.text(max_size=9), st.text()), max_size=60
    ),
    st.integers(1, 400),
    st.booleans(),
)
def test_a_large_array_comes_in_parts_that_are_the_whole(elements, size, with_blanks):
    content = json.dumps(elements).encode() if with_blanks else orjson.dumps(elements)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(analytics_rows, "BYTES_OF_A_PART", size)

        found = [each for part in parts(content, array) for each in part]

    assert found == elements


def test_parts_are_small(monkeypatch):
    monkeypatch.setattr(analytics_rows, "BYTES_OF_A_PART", 100)
    content = orjson.dumps([{"AD_ID": str(number)} for number in range(1_000)])

    assert max(len(part) for part in parts(content, array)) <= 10


@pytest.mark.parametrize(
    "content",
    [b'[{"a": 1}, {"a": }]', b'[{"a": 1} {"a": 2}]', b'[{"a": 1}, {"a": "]', b"[nonsense]"],
)
def test_what_is_broken_between_its_ends_is_an_error(monkeypatch, content):
    monkeypatch.setattr(analytics_rows, "BYTES_OF_A_PART", 3)

    with pytest.raises(BrokenAnswer):
        list(parts(content, array))


def test_what_is_no_number_is_null():
    (row,) = (r for p in parts(b'[{"CTR": NaN, "ECTR": -Infinity}]', array) for r in p)

    assert orjson.dumps(row) == b'{"CTR":null,"ECTR":null}'


def test_a_second_try_gives_only_the_rows_that_were_not_seen():
    seen = {}
    body = [{"AD_ID": "1", "DATE": f"2026-11-{day}"} for day in range(10, 20)]
    first = ads_analytics(orjson.dumps(body[:5]), "AD_ID", {"1"}, seen, TYPES, True)
    list(first)

    second = ads_analytics(orjson.dumps(body), "AD_ID", {"1"}, seen, TYPES, True)

    assert [row["date"] for part in second for row in part] == [
        f"2026-11-{day}" for day in range(15, 20)
    ]
