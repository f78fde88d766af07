"""Lists of an asynchronous report → the rows of a custom report."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from source_pinterest.api.schemas import async_report_schema
from source_pinterest.config.custom_reports import CustomReport
from source_pinterest.records.column_types import AnswerWarnings, ColumnTypes
from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.records.report_rows import report_rows

GENDER = {"targeting_types": ["GENDER"]}
WINDOW = {"2026-11-21", "2026-11-22", "2026-11-23"}


def report(**fields: Any) -> CustomReport:
    fields = {"name": "mine", "level": "ad", "columns": ["SPEND_IN_DOLLAR", "CTR"], **fields}
    return CustomReport(**fields)


def rows(key: str, *elements: Any, said: Any = None, **fields: Any) -> list[dict[str, Any]]:
    mine = report(**fields)
    own = copy.deepcopy(elements)  # which become the rows
    answer_warnings = AnswerWarnings("mine", [].append if said is None else said.append)
    return report_rows(
        key,
        own,
        mine,
        ColumnTypes.of(async_report_schema(mine.report, mine.fields)["properties"]),
        WINDOW,
        answer_warnings,
    )


DAY = {"AD_ID": 687201361754, "DATE": "2026-11-23", "SPEND_IN_DOLLAR": "1.5", "CTR": 0.5}


def test_a_row_has_its_id_as_a_string_its_day_and_its_columns_by_type():
    assert rows("687201361754", DAY) == [
        {"ad_id": "687201361754", "date": "2026-11-23", "SPEND_IN_DOLLAR": 1.5, "CTR": 0.5}
    ]


def test_a_total_has_no_day_of_its_own():
    assert rows("7", {"AD_ID": "7", "CTR": 1}, granularity="TOTAL") == [{"ad_id": "7", "CTR": 1}]


def test_a_total_may_name_an_end_of_its_window_and_that_is_logged():
    said: list[str] = []

    (row,) = rows("7", {**DAY, "AD_ID": "7"}, granularity="TOTAL", said=said)

    assert "DATE" not in row
    assert "mine: Pinterest's totals carry a DATE (2026-11-23," in said[0]


def test_id_columns_become_fields_and_alias_columns_are_left_out():
    row = {**DAY, "CAMPAIGN_ID": 7, "ADVERTISER_ID": 9, "PIN_PROMOTION_ID": 687201361754}

    (found,) = rows("687201361754", row, columns=["CTR", "CAMPAIGN_ID"])

    assert found == {
        "ad_id": "687201361754",
        "campaign_id": "7",
        "date": "2026-11-23",
        "SPEND_IN_DOLLAR": "1.5",  # not a column of this report
        "CTR": 0.5,
    }


@pytest.mark.parametrize(
    ("element", "found"),
    [
        ({"DATE": "2026-11-23", "HOUR": 7}, ("2026-11-23", "07")),
        ({"DATE": "2026-11-23", "HOUR": "23"}, ("2026-11-23", "23")),
        ({"DATE": "2026-11-23", "HOUR": 0}, ("2026-11-23", "00")),
        ({"DATE": "2026-11-23T07:00:00"}, ("2026-11-23", "07")),
        ({"DATE": "2026-11-23 07"}, ("2026-11-23", "07")),
    ],
)
def test_an_hour_is_two_digits_however_it_comes(element, found):
    (row,) = rows("7", {"AD_ID": "7", **element}, granularity="HOUR")

    assert (row["date"], row["hour"]) == found


@pytest.mark.parametrize(
    ("granularity", "given", "found"),
    [
        ("WEEK", "2026-11-23", "2026-11-23"),
        ("MONTH", "2026-11-01", "2026-11-01"),
        ("MONTH", "2026-11", "2026-11-01"),
        ("DAY", "2026-11-22", "2026-11-22"),
    ],
)
def test_a_week_or_month_has_the_day_that_it_begins_with(granularity, given, found):
    (row,) = rows("7", {"AD_ID": "7", "DATE": given}, granularity=granularity)

    assert row["date"] == found


@pytest.mark.parametrize(
    ("level", "element", "found"),
    [
        ("keyword", {"KEYWORD_ID": 8, "KEYWORD": "tea"}, {"keyword_id": "8", "keyword": "tea"}),
        ("keyword", {"TARGETING_VALUE": "tea"}, {"keyword_id": "7", "keyword": "tea"}),
        ("keyword", {}, {"keyword_id": "7", "keyword": None}),
        ("product_item", {"PRODUCT_ITEM_ID": 8}, {"product_item_id": "8"}),
        ("product_item", {}, {"product_item_id": "7"}),
        ("product_group", {"PRODUCT_GROUP_ID": 8}, {"product_group_promotion_id": "8"}),
        ("ad_account", {"ADVERTISER_ID": 8}, {}),
    ],
)
def test_what_no_column_has_is_taken_as_it_comes_or_from_the_key(level, element, found):
    day = {"DATE": "2026-11-23", "CTR": 1}

    (row,) = rows("7", {**day, **element}, level=level)

    assert row == {"date": "2026-11-23", "CTR": 1, **found}


@pytest.mark.parametrize(
    ("value", "text"),
    [(500, "500"), (500.0, "500"), ("female", "female"), (None, ""), ("", ""), (True, "true")],
)
def test_a_breakdown_is_its_type_and_its_value_as_text(value, text):
    element = {**DAY, "TARGETING_TYPE": "LOCATION", "TARGETING_VALUE": value}

    (row,) = rows("7", element, targeting_types=["LOCATION"])

    assert (row["targeting_type"], row["targeting_raw_value"]) == ("LOCATION", text)
    assert "TARGETING_VALUE" not in row


def test_a_breakdown_without_a_value_has_the_empty_text():
    (row,) = rows("7", {**DAY, "TARGETING_TYPE": "LOCATION"}, targeting_types=["LOCATION"])

    assert row["targeting_raw_value"] == ""


def spend(*dollars: float, kind: str = "KEYWORD") -> list[dict[str, Any]]:
    one = {**DAY, "TARGETING_TYPE": kind, "TARGETING_VALUE": "tea"}
    return [{**one, "SPEND_IN_DOLLAR": each, "CTR": each / 10} for each in dollars]


@pytest.mark.parametrize(
    ("dollars", "total"), [((1, 1, 3), 5), ((1.5, 2.0), 3.5), ((1, 1), 2), ((3, 4, 3, 4), 7)]
)
def test_one_value_that_pinterest_splits_over_rows_becomes_one_row(dollars, total):
    """Equal rows are those of two match types, unless every row of the list has its like."""
    (row,) = rows("7", *spend(*dollars), targeting_types=["KEYWORD"])

    assert row["SPEND_IN_DOLLAR"] == total
    assert row["CTR"] == (dollars[0] / 10 if len(set(dollars)) == 1 else None)


def test_rows_of_another_breakdown_are_one_if_they_are_equal_and_else_an_error():
    (row,) = rows("7", *spend(3, 3.0, kind="GENDER"), **GENDER)

    assert row["SPEND_IN_DOLLAR"] == 3
    with pytest.raises(UnusableAnswer, match="differ, and have the same ad_id, targeting_type"):
        rows("7", *spend(3, 4, kind="GENDER"), **GENDER)


@pytest.mark.parametrize("item_id", ["A100", "B100", "AG7", 100, 100.0])
def test_the_id_of_an_item_is_the_merchants_own(item_id):
    element = {"PRODUCT_ITEM_ID": item_id, "DATE": "2026-11-23"}

    (row,) = rows("", element, level="product_item")

    assert row["product_item_id"] == ("100" if item_id == 100 else item_id)


def test_values_are_made_what_the_schema_says():
    element = {**DAY, "SPEND_IN_DOLLAR": "n/a", "CTR": "7.5e3", "DATE": "2026-11-23T00:00:00"}

    (row,) = rows("7", element)

    assert (row["date"], row["SPEND_IN_DOLLAR"], repr(row["CTR"])) == ("2026-11-23", None, "7500")


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ({"DATE": "2026-11-23", "AD_GROUP_ID": 8}, "8"),
        ({"DATE": "2026-11-23", "CAMPAIGN_ID": "C9"}, "9"),
        ({"DATE": "2026-11-23"}, "549755885175"),
    ],
)
def test_the_key_of_a_list_that_is_another_entitys_is_not_taken_for_the_keywords_id(row, key):
    mine = report(level="keyword", columns=["CTR", "AD_GROUP_ID", "CAMPAIGN_ID"])
    types = ColumnTypes.of(async_report_schema(mine.report, mine.fields)["properties"])

    with pytest.raises(UnusableAnswer, match="has no KEYWORD_ID"):
        report_rows(key, [row], mine, types, account="549755885175")


def test_the_same_row_twice_is_one():
    assert len(rows("687201361754", DAY, dict(DAY))) == 1


@pytest.mark.parametrize(
    ("fields", "elements", "sentence"),
    [
        ({}, ["x"], "an element of Pinterest's answer is not a row"),
        ({}, [{"AD_ID": "7"}], "a row of Pinterest's answer has no DATE"),
        ({}, [{"DATE": "2026-11-23"}], "a row of Pinterest's answer has no AD_ID"),
        ({"granularity": "HOUR"}, [DAY], "a row of Pinterest's answer has no HOUR"),
        ({"granularity": "HOUR"}, [{**DAY, "HOUR": 24}], "a row of Pinterest's answer has no HOUR"),
        ({"granularity": "HOUR"}, [{**DAY, "HOUR": {}}], "a row of Pinterest's answer has no HOUR"),
        ({}, [{**DAY, "AD_ID": {"a": 1}}], "a row of Pinterest's answer has no AD_ID"),
        ({}, [{**DAY, "AD_ID": [7]}], "a row of Pinterest's answer has no AD_ID"),
        ({}, [{**DAY, "AD_ID": 6.8e17}], "an id in Pinterest's answer was rounded on its way"),
        (
            GENDER,
            [{**DAY, "TARGETING_TYPE": "GENDER", "TARGETING_VALUE": 1e20}],
            "an id in Pinterest's answer was rounded on its way",
        ),
        ({}, [None], "an element of Pinterest's answer is not a row"),
        (
            {"granularity": "TOTAL"},
            [{**DAY, "DATE": "2026-11-21"}, {**DAY, "DATE": "2026-11-23"}],
            "answered a request for a total by day: a row has the DATE 2026-11-21 and another",
        ),
        (
            {"granularity": "TOTAL"},
            [{**DAY, "DATE": "2026-11-22"}],
            "answered a request for a total by day",
        ),
        (GENDER, [DAY], "a row of Pinterest's answer has no TARGETING_TYPE"),
        (
            {"granularity": "WEEK"},
            [{**DAY, "DATE": "2026-11-22"}],  # a Sunday
            "a week of Pinterest's answer begins with 2026-11-22, which is not where",
        ),
        (
            {"granularity": "MONTH"},
            [{**DAY, "DATE": "2026-11-02"}],
            "a month of Pinterest's answer begins with 2026-11-02, which is not where",
        ),
        (
            {"granularity": "MONTH"},
            [{**DAY, "DATE": "Nov"}],
            "a month of Pinterest's answer begins",
        ),
        (
            {},
            [DAY, {**DAY, "CTR": 0.75}],
            "rows of Pinterest's report differ, and have the same ad_id, date",
        ),
    ],
)
def test_rows_that_lack_what_their_key_needs_are_unusable(fields, elements, sentence):
    with pytest.raises(UnusableAnswer, match=sentence):
        rows("", *elements, **fields)


# --- The schema ---


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, {"ad_account_id", "ad_id", "currency", "date", "SPEND_IN_DOLLAR", "CTR"}),
        (
            {"level": "ad_account", "granularity": "TOTAL", "columns": ["CTR", "AD_ACCOUNT_ID"]},
            {"ad_account_id", "currency", "date", "start_date", "CTR"},
        ),
        (
            {"level": "product_item", "granularity": "HOUR", "columns": ["PRODUCT_ITEM_NAME"]},
            {
                *("ad_account_id", "product_item_id", "currency", "date", "hour"),
                "PRODUCT_ITEM_NAME",
            },
        ),
        (
            {"level": "campaign", "columns": ["CTR", "PIN_ID", "PRODUCT_GROUP_ID"], **GENDER},
            {
                *("ad_account_id", "campaign_id", "currency", "date", "CTR"),
                *("targeting_type", "targeting_raw_value", "pin_id", "product_group_promotion_id"),
            },
        ),
        (
            {"level": "keyword", "columns": ["CTR", "AD_GROUP_ID", "TOTAL_DREAM_JOURNEYS"]},
            {
                *("ad_account_id", "keyword_id", "keyword", "currency", "date"),
                *("CTR", "ad_group_id", "TOTAL_DREAM_JOURNEYS"),
            },
        ),
    ],
)
def test_the_schema_is_exactly_what_tells_the_rows_apart_and_the_columns(fields, expected):
    mine = report(**fields)

    properties = async_report_schema(mine.report, mine.fields)["properties"]

    assert set(properties) == expected
    never_null = {name for name, each in properties.items() if each["type"] == "string"}
    assert never_null == {*mine.primary_key, "date"}
    assert all(each["description"] for each in properties.values())
    assert len({name.lower() for name in properties}) == len(properties)


def test_the_columns_of_a_report_are_looked_up_once_for_all_rows(monkeypatch):
    looked_up = []
    fields = CustomReport.fields.fget

    def counted(self: CustomReport) -> dict[str, str]:
        looked_up.append(self.name)
        return fields(self)

    monkeypatch.setattr(CustomReport, "fields", property(counted))
    many = [{**DAY, "DATE": day, "CAMPAIGN_ID": 7} for day in sorted(WINDOW)]

    rows("687201361754", many[0])
    of_one = len(looked_up)
    looked_up.clear()
    rows("687201361754", *many)

    assert len(looked_up) == of_one
