"""The rows of GET …/analytics, and large arrays in parts."""

import json

import jsonschema
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_pinterest.records.ads_analytics import ads_analytics
from source_pinterest.records.column_types import AnswerWarnings, ColumnTypes
from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.records.record_messages import RecordLines
from source_pinterest.records.row_parser import RowParser
from source_pinterest.records.rows import Batch, TypedRow

SCHEMA = {
    "TOTAL_IMPRESSION": {"type": ["null", "number"]},
    "SPEND_IN_DOLLAR": {"type": ["null", "number"]},
    "CTR": {"type": ["null", "number"]},
    "AD_NAME": {"type": ["null", "string"]},
    "CAMPAIGN_ENTITY_STATUS": {"type": ["null", "string"]},
    "IS_PREMIERE_CAMPAIGN": {"type": ["null", "boolean"]},
}
COLUMNS = ["ad_account_id", "currency", "campaign_id", "ad_id", "pin_id", "date", *SCHEMA]
TEXT = {"type": ["null", "string"]}
PROPERTIES = {**dict.fromkeys(COLUMNS[:6], TEXT), "ad_group_id": TEXT, **SCHEMA}
FIT = ColumnTypes.of(PROPERTIES, answer_warnings=AnswerWarnings("ads", [].append))
COMMON = {"ad_account_id": "549755885175", "currency": "EUR"}


def row_parser(is_daily=True, id_column="AD_ID", columns=COLUMNS, added=()):
    return RowParser(FIT, id_column, is_daily, columns, added)


def rows(body, ids=frozenset({"1", "2"}), is_daily=True, id_column="AD_ID"):
    """As dicts, which they are as well when they were typed."""
    content = orjson.dumps(body)
    args = (content, id_column, ids)
    plain = [row for part in ads_analytics(*args, {}, FIT, is_daily) for row in part]
    parser = row_parser(is_daily, id_column)
    typed = [row for part in ads_analytics(*args, {}, FIT, is_daily, parser) for row in part]
    assert [{**COMMON, **row} for row in typed] == [{**COMMON, **row} for row in plain]
    return plain


WINDOW = {"2026-11-21", "2026-11-22", "2026-11-23"}


def lines(parts):
    """The records as they are printed, a text each."""
    found = []
    for part in parts:
        if part:
            printed = RecordLines.of("ads", Batch(COMMON, part)).lines.decode()
            found += [json.loads(each)["record"]["data"] for each in printed.split("\n")[:-1]]
    return found


def read_both_ways(body, size=1 << 16):
    """What is printed of an answer, or what is said of it, by rows that are typed and that are not."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    results = []
    for each in (None, row_parser()):
        parts, said = [], []
        reading = ads_analytics(
            *(content, "AD_ID", {"1", "2"}, {}, FIT, True, each, WINDOW),
            AnswerWarnings("ads", said.append),
            COMMON,
            size,
        )
        error = ""
        try:
            parts.extend(list(part) for part in reading)
        except UnusableAnswer as unusable:
            error = str(unusable)
        results.append((lines(parts), error))
    return results


NUMBERS = [0, 7, 7.0, 0.5, -3, -0.0, 7.5e3, 1e14, 1e15, 1e17, 1.5e20, 2**53 + 1, 2**63, 2**70, 1e-7]
WRITTEN = [
    "7",
    "7.0",
    "-0.5",
    "1e3",
    "7.5e3",
    "-0",
    "007",
    " 7",
    "1_0",
    "1e999",
    "9" * 30,
    "1e-400",
]
NO_NUMBERS = [None, "", "n/a", "nUll", "NaN", "inf", "é\n", True, "TRUE", [1], {"a": 1.0}]
VALUES = (
    st.sampled_from([*NUMBERS, *WRITTEN, *NO_NUMBERS]) | st.floats(allow_nan=False) | st.integers()
)
TEXTS = st.sampled_from(
    ["", "a", "é\u2028", "half \ud83d", '"},{"', "1.0,", "\x00", 5, 5.0, None, True, {"a": [1]}]
)
IDS = st.sampled_from([None, "5", 5, 5.0, "C5", 8.137442264204e17, "item 7", [1]])
DAYS = st.sampled_from([*sorted(WINDOW), "2026-11-23T00:00:00", "2026-11-24"])
KINDS = {"number": VALUES, "string": TEXTS, "boolean": VALUES | TEXTS}
BODIES = st.lists(
    st.fixed_dictionaries(
        {"AD_ID": st.sampled_from(["1", "2", "3", 1, 2.0]), "DATE": DAYS},
        optional={
            **{name: KINDS[each["type"][1]] for name, each in SCHEMA.items()},
            "SOMETHING_NEW": VALUES,
            **dict.fromkeys(["PIN_ID", "CAMPAIGN_ID", "AD_GROUP_ID", "AD_ACCOUNT_ID"], IDS),
        },
    ).flatmap(lambda row: st.permutations(list(row.items())).map(dict)),
    max_size=8,
    unique_by=lambda row: (str(row["AD_ID"])[:1], row["DATE"][:10]),
)


@given(BODIES, st.integers(1, 400))
def test_a_record_is_the_same_whether_its_row_is_typed_or_not(body, size):
    plain, found = read_both_ways(body, size)

    assert found == plain
    for record in found[0]:
        jsonschema.validate(record, {"properties": PROPERTIES})
        assert record["date"] in WINDOW


@given(BODIES)
def test_no_whole_number_of_a_small_answer_has_a_point(body):
    for records, _ in read_both_ways(body):
        for record in records:
            for name in ("TOTAL_IMPRESSION", "SPEND_IN_DOLLAR", "CTR"):
                value = record.get(name)
                assert not (isinstance(value, float) and value.is_integer()) or abs(value) >= 1e16


@pytest.mark.parametrize("value", ["216.0", "7.5e3", '"216.0"', "-0.0"])
@pytest.mark.parametrize("others", [b"", b', {"AD_ID": "2", "DATE": "2026-11-23", "CTR": 0.5}'])
def test_a_whole_number_is_printed_without_a_point(value, others):
    body = b'[{"AD_ID": "1", "DATE": "2026-11-23", "CTR": %b, "TOTAL_IMPRESSION": %b}%b]'
    content = body % (value.encode(), value.encode(), others)

    for records, _ in read_both_ways(content):
        assert repr(records[0]["CTR"]) == repr(records[0]["TOTAL_IMPRESSION"])
        assert repr(records[0]["CTR"]) in ("216", "7500", "0")


def test_a_count_has_no_point_wherever_others_of_it_have_fractions():
    """The fractions come in a later part, and the whole numbers behind them."""
    values = [5, 5.0, 0.5, 6.0, 0.25, 7.0, 7.0]
    days = sorted(WINDOW)
    ids = [str(number) for number in range(len(values))]
    body = [
        {"AD_ID": ad_id, "DATE": days[0], "TOTAL_IMPRESSION": value}
        for ad_id, value in zip(ids, values, strict=True)
    ]

    reading = ads_analytics(
        *(orjson.dumps(body), "AD_ID", set(ids), {}, FIT, True, row_parser(), WINDOW), part_bytes=10
    )
    parts = [list(part) for part in reading]

    assert [repr(row["TOTAL_IMPRESSION"]) for row in lines(parts)] == [
        *("5", "5", "0.5", "6", "0.25", "7", "7")
    ]
    assert all(isinstance(row, TypedRow) for part in parts for row in part)


# --- Rows ---


def test_id_columns_become_lower_case_fields_and_alias_columns_are_dropped():
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
        ("TOTAL_IMPRESSION", "many", None),
        ("TOTAL_IMPRESSION", "null", None),
        ("TOTAL_IMPRESSION", 2**60 + 1, 2**60 + 1),
        ("TOTAL_IMPRESSION", str(2**60 + 1), 2**60 + 1),
        ("TOTAL_IMPRESSION", None, None),
        ("CTR", "0.25", 0.25),
        ("CTR", 1, 1),
        ("CTR", "", None),
        ("CTR", None, None),
        ("CAMPAIGN_ENTITY_STATUS", 1, "1"),
        ("AD_NAME", None, None),
        ("AD_NAME", "12", "12"),
        ("IS_PREMIERE_CAMPAIGN", "false", False),
        ("IS_PREMIERE_CAMPAIGN", 1, True),
        ("IS_PREMIERE_CAMPAIGN", True, True),
        ("IS_PREMIERE_CAMPAIGN", "maybe", None),
        ("SOMETHING_NEW", "7", "7"),
    ],
)
def test_a_value_has_the_type_of_its_column_where_it_can(column, value, expected):
    content = orjson.dumps([{"AD_ID": "1", "DATE": "2026-11-23", column: value}])

    for each in (None, row_parser()):
        ((row,),) = ads_analytics(content, "AD_ID", {"1"}, {}, FIT, True, each)

        assert row[column] == expected
        assert type(row[column]) is type(expected)


def test_an_id_whose_rows_come_in_two_places_has_each_day_once():
    body = [
        {"AD_ID": ad_id, "DATE": f"2026-11-{day}"}
        for ad_id, day in (("1", 21), ("2", 21), ("9", 21), ("1", 21), ("1", 23))
    ]

    assert [(row["ad_id"], row["date"]) for row in rows(body)] == [
        ("1", "2026-11-21"),
        ("2", "2026-11-21"),
        ("1", "2026-11-23"),
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


@pytest.mark.parametrize(
    "raw",
    [
        {"DATE": "2026-11-23"},
        {"AD_ID": "1"},
        {"AD_ID": "1", "DATE": 5},
        {"AD_ID": "1", "DATE": ["2026-11-23"]},
    ],
)
def test_a_row_without_its_key_is_an_error_and_never_skipped(raw):
    with pytest.raises(UnusableAnswer, match=r"has no (AD_ID|DATE)"):
        rows([raw])


def test_the_rows_of_an_ad_account_leave_its_id_to_what_they_share():
    account = 549755885175
    row = {"AD_ACCOUNT_ID": account, "ADVERTISER_ID": account, "DATE": "2026-11-23", "CTR": 0.5}

    found = rows([row], ids={str(account)}, id_column="AD_ACCOUNT_ID")

    assert found == [{"date": "2026-11-23", "CTR": 0.5}]


@pytest.mark.parametrize("ad_id", [626735565838, "626735565838", 626735565838.0])
def test_an_id_is_known_however_it_is_written(ad_id):
    (row,) = rows([{"AD_ID": ad_id, "DATE": "2026-11-23"}], ids={"626735565838"})

    assert row == {"ad_id": "626735565838", "date": "2026-11-23"}


@pytest.mark.parametrize(
    "ad_id", [687201361754000000.0, "an ad", "", True, "A626735565838", {"a": 1}, [1], None]
)
def test_an_id_that_cannot_be_known_is_an_error_and_never_skipped(ad_id):
    with pytest.raises(UnusableAnswer):
        rows([{"AD_ID": ad_id, "DATE": "2026-11-23"}], ids={"687201361754000000"})


# --- What was not asked for, and what comes twice ---


def read(body, is_daily=True, said=None, **options):
    say = (lambda _: None) if said is None else said.append
    for each in (row_parser(is_daily), None):
        args = (orjson.dumps(body), "AD_ID", {"1", "2"}, {}, FIT, is_daily, each, WINDOW)
        yield ads_analytics(*args, AnswerWarnings("ads", say), **options)


def row(ad_id="1", day=23, **values):
    return {"AD_ID": ad_id, "DATE": f"2026-11-{day}", **values}


@pytest.mark.parametrize("day", ["2026-11-24", "2026-06-01", "yesterday", "", "2026-02-30"])
def test_a_day_that_was_not_asked_for_is_no_record_and_an_error_behind_the_others(day):
    body = [row(day=22), {"AD_ID": "1", "DATE": day}, row(day=23)]

    for reading in read(body):
        found = []
        with pytest.raises(UnusableAnswer, match=rf"was not requested: '{day}' \(1 such rows\)"):
            found.extend(each["date"] for part in reading for each in part)
        assert found == ["2026-11-22", "2026-11-23"]


def test_a_time_behind_a_day_is_cut():
    for reading in read([{"AD_ID": "1", "DATE": "2026-11-23T00:00:00"}]):
        assert [each["date"] for part in reading for each in part] == ["2026-11-23"]


def test_rows_of_other_ids_only_are_an_error():
    for reading in read([row("8"), row("9")]):
        with pytest.raises(
            UnusableAnswer,
            match="only with rows of other ids: none of its 2 rows has a requested AD_ID",
        ):
            list(reading)


def test_rows_of_other_ids_among_others_are_left_out_and_reported():
    said = []
    for reading in read([row("8"), row("1"), row("9")], said=said):
        assert [each["ad_id"] for part in reading for each in part] == ["1"]
    assert len(said) == 2
    assert said[0] == said[1]
    assert "(2 of another AD_ID in the first such answer); they are left out" in said[0]


@pytest.mark.parametrize("size", [10, 1 << 16])
def test_rows_of_one_key_with_different_values_are_an_error(size):
    body = [row(CTR=0.5), row("2", CTR=0.5), row(CTR=0.25)]

    for reading in read(body, part_bytes=size):
        with pytest.raises(
            UnusableAnswer, match="several rows for 1 and 2026-11-23 with different"
        ):
            list(reading)


@pytest.mark.parametrize("size", [10, 1 << 16])
@pytest.mark.parametrize("value", [0.5, "0.5", "0.50"])
def test_rows_of_one_key_that_mean_the_same_are_one(value, size):
    body = [row(CTR=0.5), row("2", CTR=0.5), row(CTR=value)]

    for reading in read(body, part_bytes=size):
        assert [each["ad_id"] for part in reading for each in part] == ["1", "2"]


def test_a_total_that_is_answered_by_day_is_an_error():
    """Three ads, three days: nine rows for three totals."""
    body = [row(ad_id, day, CTR=0.5) for ad_id in "12" for day in (21, 22, 23)]

    for reading in read(body, is_daily=False):
        with pytest.raises(UnusableAnswer, match="answered a request for a total by day"):
            list(reading)


@pytest.mark.parametrize("day", [20, 22, 24])
def test_a_total_with_a_day_that_is_no_end_of_its_window_is_an_error(day):
    for reading in read([row(day=day)], is_daily=False):
        with pytest.raises(
            UnusableAnswer, match=f"for a total by day: a row has the DATE 2026-11-{day}"
        ):
            list(reading)


def test_a_total_may_name_an_end_of_its_window_and_that_is_logged():
    said = []
    for reading in read([row("1", CTR=0.5), row("2", CTR=0.25)], is_daily=False, said=said):
        assert [each["CTR"] for part in reading for each in part] == [0.5, 0.25]
    assert "Pinterest's totals carry a DATE (2026-11-23," in said[0]


# --- A second try ---


def test_a_second_try_gives_only_the_rows_that_were_not_seen():
    seen = {}
    body = [{"AD_ID": "1", "DATE": f"2026-11-{day}"} for day in range(10, 20)]
    first = ads_analytics(orjson.dumps(body[:5]), "AD_ID", {"1"}, seen, FIT, True)
    list(first)

    second = ads_analytics(orjson.dumps(body), "AD_ID", {"1"}, seen, FIT, True)

    assert [row["date"] for part in second for row in part] == [
        f"2026-11-{day}" for day in range(15, 20)
    ]
