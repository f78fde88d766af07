"""Rows as objects, whose types are learned from the answers."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_pinterest.records.ads_analytics import ads_analytics
from source_pinterest.records.column_types import AnswerWarnings, ColumnTypes
from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.records.record_messages import RecordLines
from source_pinterest.records.row_parser import RowParser
from source_pinterest.records.rows import Batch, TypedRow, TypedRows
from source_pinterest.records.unrequested import UnrequestedRows

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
WINDOW = {"2026-11-21", "2026-11-22", "2026-11-23"}


def row_parser(is_daily=True, id_column="AD_ID", columns=COLUMNS, added=(), types=FIT):
    return RowParser(types, id_column, is_daily, columns, added)


def as_dicts(body, parser=None):
    """The records of an answer, read with a parser or without."""
    args = (orjson.dumps(body), "AD_ID", {"1", "2"}, {}, FIT, True, parser, WINDOW)
    parts = ads_analytics(*args, AnswerWarnings("ads", [].append), COMMON)
    return [{**COMMON, **row} for part in parts for row in part]


RIGHT = {
    "AD_ID": "1",
    "DATE": "2026-11-22",
    "CTR": 0.5,
    "TOTAL_IMPRESSION": 7,
    "PIN_ID": "8137442264207",
    "AD_NAME": "é",
}


def typed(body, seen=None, **options):
    """The rows of one part, typed. None: they cannot be."""
    common = options.pop("common", COMMON)
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    unrequested = UnrequestedRows(options.get("id_column", "AD_ID"), WINDOW)
    seen = {} if seen is None else seen
    return row_parser(**options).new_rows(content, {"1", "2"}, seen, WINDOW, unrequested, common)


def test_a_row_that_is_as_it_should_be_is_typed_and_written_under_our_names():
    body = [
        RIGHT,
        {**RIGHT, "DATE": "2026-11-23", "CTR": None},
        {"DATE": "2026-11-23", "AD_ID": "2"},
    ]

    (found,) = ads_analytics(
        *(orjson.dumps(body), "AD_ID", {"1", "2"}, {}, FIT, True, row_parser()), common=COMMON
    )

    assert all(isinstance(row, TypedRow) for row in found)
    lines = RecordLines.of("ads", Batch(COMMON, found))
    expected = {"ad_id": "1", "pin_id": "8137442264207", "TOTAL_IMPRESSION": 7, "AD_NAME": "é"}
    assert [message.record.data for message in lines.messages()] == [
        {**COMMON, **expected, "date": "2026-11-22", "CTR": 0.5},
        {**COMMON, **expected, "date": "2026-11-23", "CTR": None},
        {**COMMON, "ad_id": "2", "date": "2026-11-23"},
    ]


@pytest.mark.parametrize(
    "unexpected",
    [
        *({"AD_ID": 1}, {"AD_ID": 1.0}, {"DATE": "2026-11-23T00:00:00"}),
        *({"TOTAL_IMPRESSION": "n/a"}, {"CTR": ""}, {"CTR": True}, {"CTR": [1]}),
        *({"AD_NAME": 5}, {"AD_NAME": {}}, {"IS_PREMIERE_CAMPAIGN": "maybe"}),
        *({"PIN_ID": 5}, {"CAMPAIGN_ID": "C5"}, {"PIN_ID": None}, {"AD_GROUP_ID": "5"}),
        *({"SOMETHING_NEW": 1}, {"something new": {"a": 1}}, {"": "x"}, {"keys": 5}),
        *({"ADVERTISER_ID": "1"}, {"CTR": 2**63}),
    ],
)
def test_what_is_unexpected_costs_its_column_only(unexpected):
    """All rows of the part are typed, and of those behind it."""
    body = [RIGHT, {**RIGHT, "DATE": "2026-11-23", **unexpected}]

    assert len(typed(body)) == 2
    assert as_dicts(body, row_parser()) == as_dicts(body)


@pytest.mark.parametrize(
    "wrong",
    [
        *({"AD_ID": "AD1"}, {"AD_ID": "3"}, {"AD_ID": None}, {"AD_ID": [1]}, {"DATE": None}),
        *({"CAMPAIGN_ID": 8.1e17}, {"DATE": "2026-11-20"}, {"DATE": ["2026-11-22"]}),
        *({"DATE": "2026-02-30"}, {"DATE": RIGHT["DATE"]}, {"date": "2026-11-23"}),
    ],
)
def test_where_a_key_is_wrong_no_row_is_typed_and_nothing_is_taken_for_seen(wrong):
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

    assert list(row.keys())[:6] == ["ad_id", "date", "CTR", "TOTAL_IMPRESSION", "pin_id", "AD_NAME"]


def test_a_column_that_comes_late_stands_behind_the_one_that_it_follows():
    first, second, last = (
        RIGHT,
        {**RIGHT, "DATE": "2026-11-23"},
        {"AD_ID": "2", "DATE": "2026-11-21"},
    )
    del second["CTR"]

    *_, row = typed([second, first, {**last, "CTR": 1, "NEW": 2, "PIN_ID": "5"}])

    assert list(row.keys()) == ["ad_id", "date", "CTR", "NEW", "pin_id", *COMMON]


def test_what_cannot_be_parsed_says_nothing_about_the_order():
    parser, unrequested = row_parser(), UnrequestedRows("AD_ID")

    assert parser.new_rows(b'[{"AD_NAME": "}]', {"1"}, {}, None, unrequested, COMMON) is None
    (row,) = parser.new_rows(orjson.dumps([RIGHT]), {"1"}, {}, None, unrequested, COMMON)
    assert list(row.keys())[:3] == ["ad_id", "date", "CTR"]


def test_the_total_of_an_ad_account_has_its_id_from_the_row_and_its_days_from_the_window():
    window = {**COMMON, "ad_account_id": "1", "date": "2026-11-23", "start_date": "2026-08-26"}
    total = {"AD_ACCOUNT_ID": "1", "CTR": 0.5}

    found = typed([total], common=window, is_daily=False, id_column="AD_ACCOUNT_ID")

    assert dict(found[0]) == {**window, "CTR": 0.5}
    (message,) = RecordLines.of("ads", Batch(window, found)).messages()
    assert message.record.data == {**window, "CTR": 0.5}


# --- In every combination ---

NAMES = ["AD_NAME", "CTR", "TOTAL_IMPRESSION", "IS_PREMIERE_CAMPAIGN", "CAMPAIGN_ID", "PIN_ID"]
NAMES += ["NEW", "a new one", "é", "keys", "ADVERTISER_ID", "campaign_id", "currency"]
COLUMN_VALUES = [
    st.sampled_from([0, 7, 5, 2**53 + 1, 2**64 + 1]),
    st.sampled_from([7.0, 0.5, 1e15, -0.0]),
    st.sampled_from(["7", "7.0", "0.5", "n/a", "", "C5", "ACTIVE", "half \ud83d", '"},{"', "é\n"]),
    st.sampled_from(["7.5", "0.5", "7.0", "1e3", "-0.0", "7"]),
    st.sampled_from(["0.5", "inf", "-Infinity", "NaN"]),
    st.text("-+.01eE TRUEtruefalsn", max_size=5),
    st.sampled_from([None, True, False, 1, "-0", "TRUE"]),
    st.sampled_from([[1], {"a": 1.0}, {"a": [None]}]),
]
"""A column mostly has values of one type. So each of these is what a column has in a part of an answer."""


@st.composite
def answers(draw: Any, is_daily: bool) -> tuple[bytes, int]:
    """An answer whose columns change their types in the middle, with gaps, orders and names repeated.

    Of totals, most have an id of their own, and few a day.
    """
    rows: list[Any] = []
    for half in range(2):
        kinds = {name: draw(st.sampled_from(COLUMN_VALUES)) for name in NAMES}
        for place in range(draw(st.integers(0, 3))):
            names = draw(st.lists(st.sampled_from(NAMES), max_size=8))
            if is_daily:
                ad_id = draw(st.sampled_from(["1", "1", 1, "2"])) if place < 2 else "2"
                pairs = [("AD_ID", ad_id), ("DATE", f"2026-11-2{1 + (place + half) % 3}")]
            else:
                own = len(rows) + 1
                pairs = [("AD_ID", draw(st.sampled_from([str(own), str(own), own, "1"])))]
                days = draw(st.sampled_from([[], [], [], ["2026-11-21"]]))
                pairs += [("DATE", day) for day in days]
            pairs += [(name, draw(kinds[name])) for name in names]
            rows.append(draw(st.permutations(pairs)))
    texts = [
        "{" + ",".join(f"{json.dumps(name)}:{json.dumps(value)}" for name, value in row) + "}"
        for row in rows
    ]
    return f"[{', '.join(texts)}]".encode(), draw(st.sampled_from([10, 100, 1 << 16]))


def exact(line: bytes) -> dict[str, Any]:
    """A record in which 1 and true differ."""
    record = json.loads(line)["record"]["data"]
    return {
        name: str(value) if isinstance(value, bool) else value for name, value in record.items()
    }


@given(st.data(), st.booleans())
def test_records_and_warnings_are_the_same_whether_rows_are_objects_or_not(data, is_daily):
    content, size = data.draw(answers(is_daily))
    results: list[Any] = []
    for has_parser in (False, True):
        said: list[str] = []
        warnings = AnswerWarnings("ads", said.append)
        types = ColumnTypes.of(PROPERTIES, answer_warnings=warnings)
        parser = row_parser(is_daily, types=types) if has_parser else None
        found: list[Any] = []
        error = ""
        try:
            for part in ads_analytics(
                *(content, "AD_ID", set("12" if is_daily else "123456"), {}, types, is_daily),
                *(parser, WINDOW, warnings, COMMON, size),
            ):
                lines = RecordLines.of("ads", Batch(COMMON, part)).lines if part else b""
                found += map(exact, lines.split(b"\n")[:-1])
        except UnusableAnswer as unusable:
            error = str(unusable)
        results.append((found, error, {line.split("Pinterest sent")[0] for line in said}))

    assert results[0] == results[1]


@pytest.mark.parametrize("kind", ["boolean", "number", "integer", "string"])
@given(
    st.lists(st.text("-+.01eE truefalsn", max_size=5) | st.sampled_from(["-0", "true", 1, None]))
)
def test_a_text_has_the_same_value_and_is_reported_in_the_same_words_either_way(kind, values):
    schema = {"ad_id": {"type": "string"}, "COLUMN": {"type": ["null", kind]}}
    rows = [{"AD_ID": str(n), "COLUMN": value} for n, value in enumerate(values)]
    results: list[Any] = []
    for has_parser in (False, True):
        said: list[str] = []
        types = ColumnTypes.of(schema, answer_warnings=AnswerWarnings("ads", said.append))
        parser = RowParser(types, "AD_ID", is_daily=False, columns=schema) if has_parser else None
        ids = {row["AD_ID"] for row in rows}
        parts = ads_analytics(
            json.dumps(rows).encode(), "AD_ID", ids, {}, types, is_daily=False, parser=parser
        )
        results.append(([repr(row["COLUMN"]) for part in parts for row in part], said))

    assert results[0] == results[1]


def test_more_unknown_columns_than_fit_are_read_as_dicts():
    body = [{"AD_ID": "1", "DATE": "2026-11-22", **{f"NEW_{n}": n for n in range(300)}}]

    assert typed(body) is None
    assert as_dicts(body, row_parser()) == as_dicts(body)


@pytest.mark.parametrize("values", [(7, 0.5), (7.0, 1.0), ("7", "0.5"), ("7.0", "1e3")])
def test_a_number_in_whatever_way_it_is_written_needs_no_conversion_of_its_own(values):
    """The parser makes a number of it, so an answer with all of its numbers in texts costs no more."""
    converted: list[Any] = []
    fields = {
        name: field._replace(convert=converted.append) if field.kind == "number" else field
        for name, field in FIT.fields.items()
    }
    impressions, rate = values
    body = [{**RIGHT, "TOTAL_IMPRESSION": impressions, "CTR": rate}]

    (row,) = typed(body, types=ColumnTypes(fields, FIT.numbers, FIT.additive))

    assert (row["TOTAL_IMPRESSION"], row["CTR"]) == (7, float(rate))
    assert type(row["TOTAL_IMPRESSION"]) is int
    assert converted == []


def test_what_was_learned_holds_for_the_next_answers_of_other_accounts():
    parser, unrequested = row_parser(), UnrequestedRows("AD_ID", WINDOW)
    first = orjson.dumps([{**RIGHT, "AD_NAME": 5}])
    parser.new_rows(first, {"1"}, {}, WINDOW, unrequested, COMMON)
    other = {**COMMON, "ad_account_id": "549755885176"}

    (row,) = parser.new_rows(first, {"1"}, {}, WINDOW, unrequested, other)

    assert row["ad_account_id"] == "549755885176"
    assert row["AD_NAME"] == "5"


@pytest.mark.parametrize("values", [(1, True), ("EUR", None)])
def test_parsers_of_the_same_columns_keep_what_their_own_rows_have_in_common(values):
    found = [typed([RIGHT], common={**COMMON, "currency": value}) for value in values]

    written = [json.loads(orjson.dumps(dict(rows[0]))) for rows in found]
    assert [row["currency"] for row in written] == list(values)
    assert [type(row["currency"]) for row in written] == list(map(type, values))


def test_a_total_with_an_end_of_its_window_is_a_total_without_a_date():
    (row,) = typed([{"AD_ID": "1", "DATE": "2026-11-23", "CTR": 1}], is_daily=False)

    assert dict(row) == {**COMMON, "ad_id": "1", "CTR": 1}


def test_the_parser_notes_which_columns_rows_have_had_whenever_they_first_come():
    types = ColumnTypes.of(PROPERTIES)
    parser = row_parser(types=types)
    bare = {"AD_ID": "1", "DATE": "2026-11-22", "ADVERTISER_ID": "549755885175"}
    days = [f"2026-11-{day}" for day in (21, 22, 23)]
    bodies = (
        [{**bare, "CTR": None}],
        [{**bare, "DATE": days[0]}],
        [{**bare, "SPEND": 1, "DATE": days[2]}],
    )
    seen = {}

    found = []
    for body in [*bodies, [{**bare, "AD_ID": "2", "PIN_ID": "7", "AD_NAME": "é"}]]:
        rows = parser.new_rows(
            orjson.dumps(body), {"1", "2"}, seen, WINDOW, UnrequestedRows("AD_ID", WINDOW), COMMON
        )
        assert rows is not None
        found.append(sorted(types.seen - {"ad_id", "date"}))

    assert found == [
        ["CTR"],
        ["CTR"],
        ["CTR", "SPEND"],
        ["AD_NAME", "CTR", "SPEND", "pin_id"],
    ]


@pytest.mark.parametrize("name", ["currency", "campaign_id", "date", "ad_id"])
def test_a_column_with_the_name_of_a_field_is_left_to_dicts(name):
    body = [RIGHT, {**RIGHT, "DATE": "2026-11-23", "CAMPAIGN_ID": "5", name: "7"}]

    assert typed(body) is None
    assert as_dicts(body, row_parser()) == as_dicts(body)


DAYS = ["2026-11-21", "2026-11-22", "2026-11-23"]


def rows_of(*keys):
    return [{**RIGHT, "AD_ID": ad_id, "DATE": day} for ad_id, day in keys]


def test_ids_with_consecutive_days_come_as_runs():
    body = rows_of(("1", DAYS[1]), ("1", DAYS[2]), *(("2", day) for day in DAYS))
    seen = {}

    rows = typed(body, seen)

    assert isinstance(rows, TypedRows)
    assert [(run.entity_id, list(run.days)) for run in rows.runs] == [("1", DAYS[1:]), ("2", DAYS)]
    assert seen == {"1": set(DAYS[1:]), "2": set(DAYS)}


@pytest.mark.parametrize(
    "keys",
    [
        [("1", DAYS[0]), ("1", DAYS[2])],
        [("1", DAYS[1]), ("1", DAYS[0])],
        [(ad_id, day) for day in DAYS for ad_id in "12"],
    ],
    ids=["a gap", "descending", "by day"],
)
def test_rows_in_another_order_are_the_same_without_runs(keys):
    rows, seen = typed(rows_of(*keys), seen := {}), seen

    assert not isinstance(rows, TypedRows)
    assert [(row["ad_id"], row["date"]) for row in rows] == keys
    assert seen == {ad_id: {day for own, day in keys if own == ad_id} for ad_id, _ in keys}


@pytest.mark.parametrize("again", [DAYS[:1], DAYS, DAYS[1:]])
def test_days_that_came_before_are_no_run(again):
    seen = {}
    typed(rows_of(("1", DAYS[0]), ("1", DAYS[1])), seen)

    assert typed(rows_of(*(("1", day) for day in again)), seen) is None


def test_the_days_of_an_id_may_come_in_several_parts():
    seen = {}
    typed(rows_of(("1", DAYS[0]), ("1", DAYS[1])), seen)

    assert typed(rows_of(("1", DAYS[2])), seen)
    assert seen == {"1": set(DAYS)}
