"""`custom_reports`: what is taken, and what is refused, in which words."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk import AirbyteTracedException

from source_pinterest.api.columns import asynchronous_columns
from source_pinterest.api.targeting_types import asynchronous
from source_pinterest.config.config import Config, custom_reports_of, warnings_for
from source_pinterest.config.custom_reports import (
    CustomReport,
    check_conflicts,
    conflicts,
)

ROOT = Path(__file__).resolve().parents[2]
FACTS = json.loads((ROOT / "source_pinterest/api/pinterest_api.json").read_text("utf-8"))
BODY = FACTS["operations"]["POST /ad_accounts/{ad_account_id}/reports"]["body"]["properties"]
TOKEN = {"auth_method": "access_token", "access_token": "pina_secret-token"}
TODAY = date(2026, 11, 24)


def report(**fields: Any) -> dict[str, Any]:
    return {"name": "mine", "level": "ad", "columns": ["SPEND_IN_DOLLAR"], **fields}


def config(*reports: Any) -> dict[str, Any]:
    return {"credentials": TOKEN, "custom_reports": list(reports)}


def parsed(**fields: Any) -> CustomReport:
    (found,) = Config.parse(config(report(**fields))).custom_reports
    return found


def refusal(*reports: Any) -> list[str]:
    """The sentences with which these reports are refused: by the configuration, and by discover."""
    raw = config(*reports)
    with pytest.raises(AirbyteTracedException) as caught:
        Config.parse(raw)
    with pytest.raises(AirbyteTracedException) as by_discover:
        custom_reports_of({**raw, "credentials": {}, "backfill_days": "ninety"})
    assert caught.value.message == by_discover.value.message
    return str(caught.value.message).split("\n")


# --- What is taken ---


def test_a_report_needs_a_name_a_level_and_columns_and_no_more():
    assert parsed().model_dump() == {
        "name": "mine",
        "level": "ad",
        "granularity": "DAY",
        "targeting_types": (),
        "columns": ("SPEND_IN_DOLLAR",),
        "start_date": None,
        "statuses": (),
        "click_window_days": None,
        "engagement_window_days": None,
        "view_window_days": None,
        "conversion_report_time": None,
    }


def test_without_custom_reports_there_are_none():
    blank = [{"credentials": TOKEN, "custom_reports": each} for each in BLANKS]
    for none in ({"credentials": TOKEN}, config(), *blank):
        assert Config.parse(none).custom_reports == ()
        assert custom_reports_of(none) == ()
    assert custom_reports_of(["no configuration"]) == ()


OPTIONAL = sorted(set(CustomReport.model_fields) - {"name", "level", "columns"})
BLANKS: list[Any] = ["", " ", [], [""], [None, " "], None, {}, {"a": ""}]


@pytest.mark.parametrize("blank", BLANKS)
@pytest.mark.parametrize("field", [*OPTIONAL, "a_key_of_another_version"])
def test_a_field_that_a_form_saves_empty_is_as_if_it_was_left_out(field, blank):
    assert parsed(**{field: blank}) == parsed()
    assert parsed(level="keyword", **{field: blank}) == parsed(level="keyword")
    assert warnings_for(config(report(**{field: blank}))) == []


def test_what_is_empty_in_a_list_is_left_out_of_it():
    found = parsed(
        columns=["CTR", "", None], targeting_types=["GENDER", " "], statuses=["PAUSED", ""]
    )

    assert (found.columns, found.targeting_types, found.statuses) == (
        ("CTR",),
        ("GENDER",),
        ("PAUSED",),
    )


@pytest.mark.parametrize(
    "item",
    [
        *BLANKS,
        {"name": "", "level": "", "columns": []},
        {"name": None, "level": None, "columns": [""], "granularity": "DAY", "statuses": []},
        {"granularity": "DAY"},
    ],
)
def test_a_report_that_nobody_has_filled_is_no_report(item):
    assert Config.parse(config(item)).custom_reports == ()
    assert custom_reports_of(config(item, item)) == ()
    assert [each.name for each in Config.parse(config(item, report())).custom_reports] == ["mine"]
    assert warnings_for(config(item)) == []


def test_a_report_that_somebody_has_begun_to_fill_is_refused_at_its_own_number():
    assert [line.split(":")[0] for line in refusal({}, None, {"name": "a", "level": ""}, "")] == [
        "`custom_reports[2].level` (a)",
        "`custom_reports[2].columns` (a)",
    ]
    assert [line.split(":")[0] for line in refusal({"granularity": "WEEK"})] == [
        "`custom_reports[0].name`",
        "`custom_reports[0].level`",
        "`custom_reports[0].columns`",
    ]


@pytest.mark.parametrize("blank", BLANKS)
@pytest.mark.parametrize("field", ["name", "level", "columns"])
def test_a_field_that_a_report_needs_is_missing_where_it_is_empty(field, blank):
    (said,) = refusal(report(**{field: blank}))

    who = "" if field == "name" else " (mine)"
    assert said.startswith(f"`custom_reports[0].{field}`{who}: missing. ")


@pytest.mark.parametrize(
    ("level", "targeting", "api_level"),
    [
        ("ad_account", [], "ADVERTISER"),
        ("campaign", [], "CAMPAIGN"),
        ("ad_group", [], "AD_GROUP"),
        ("ad", [], "PIN_PROMOTION"),
        ("keyword", [], "KEYWORD"),
        ("product_group", [], "PRODUCT_GROUP"),
        ("product_item", [], "PRODUCT_ITEM"),
        ("ad_account", ["GENDER"], "ADVERTISER_TARGETING"),
        ("campaign", ["AUDIENCE_MULTIPLIER"], "CAMPAIGN_TARGETING"),
        ("ad_group", ["GENDER"], "AD_GROUP_TARGETING"),
        ("ad", ["GENDER"], "PIN_PROMOTION_TARGETING"),
        ("product_group", ["GENDER"], "PRODUCT_GROUP_TARGETING"),
        ("product_item", ["MEDIA_TYPE"], "PRODUCT_ITEM_TARGETING"),
    ],
)
def test_levels_have_the_users_words_and_become_pinterests(level, targeting, api_level):
    assert parsed(level=level, targeting_types=targeting).api_level == api_level
    assert api_level in BODY["level"]["enum"]
    if not targeting:
        assert parsed(level=api_level).level == level


def test_every_level_of_pinterests_can_be_asked_for():
    plain = {name.removesuffix("_TARGETING") for name in BODY["level"]["enum"]}

    assert {parsed(level=name).api_level for name in plain} == plain


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"level": "ad_account"}, ["ad_account_id", "date"]),
        ({"level": "campaign", "granularity": "TOTAL"}, ["campaign_id"]),
        ({"level": "ad_group", "granularity": "WEEK"}, ["ad_group_id", "date"]),
        ({"level": "ad", "granularity": "HOUR"}, ["ad_id", "date", "hour"]),
        ({"level": "keyword", "granularity": "MONTH"}, ["keyword_id", "date"]),
        ({"level": "product_group"}, ["product_group_promotion_id", "date"]),
        ({"level": "product_item"}, ["ad_account_id", "product_item_id", "date"]),
        (
            {"level": "ad", "targeting_types": ["GENDER"]},
            ["ad_id", "targeting_type", "targeting_raw_value", "date"],
        ),
        (
            {"level": "campaign", "granularity": "TOTAL", "targeting_types": ["GENDER"]},
            ["campaign_id", "targeting_type", "targeting_raw_value"],
        ),
    ],
)
def test_the_key_is_what_the_report_groups_by(fields, key):
    assert parsed(**fields).primary_key == key


@pytest.mark.parametrize(
    ("column", "levels"),
    [
        (
            "TOTAL_IMPRESSION_USER",
            {
                *("ADVERTISER", "CAMPAIGN", "AD_GROUP", "PIN_PROMOTION"),
                *("PRODUCT_GROUP", "PRODUCT_ITEM"),
            },
        ),
        (
            "AD_STATUS",
            {
                *(
                    "ADVERTISER",
                    "CAMPAIGN",
                    "AD_GROUP",
                    "PIN_PROMOTION",
                    "PRODUCT_GROUP",
                    "KEYWORD",
                ),
                *("ADVERTISER_TARGETING", "CAMPAIGN_TARGETING", "AD_GROUP_TARGETING"),
                *("PIN_PROMOTION_TARGETING", "PRODUCT_GROUP_TARGETING"),
            },
        ),
        ("PRODUCT_ITEM_BRAND", {"PRODUCT_ITEM", "PRODUCT_ITEM_TARGETING"}),
        ("AD_GROUP_NAME", set(BODY["level"]["enum"])),
        ("COLLECTION_PIN_ITEM_IMPRESSION_1", set(BODY["level"]["enum"])),
    ],
)
def test_a_column_is_taken_at_the_levels_that_it_comes_at_and_at_no_other(column, levels):
    taken = set()
    for name in BODY["level"]["enum"]:
        targeting = ["GENDER"] if name.endswith("_TARGETING") else []
        fields = report(
            level=name.removesuffix("_TARGETING"),
            targeting_types=targeting,
            columns=["SPEND_IN_DOLLAR", column],
        )
        try:
            (found,) = Config.parse(config(fields)).custom_reports
        except AirbyteTracedException:
            continue
        taken.add(found.api_level)

    assert taken == levels


def test_columns_that_tell_the_rows_apart_anyway_are_accepted_and_left_out():
    given = ["AD_ID", "date", "DATE", "PIN_PROMOTION_ID", "AD_ACCOUNT_ID", "ADVERTISER_ID", "CTR"]

    assert parsed(columns=given).columns == ("CTR",)
    assert parsed(level="campaign", columns=given).columns == ("AD_ID", "CTR")


@pytest.mark.parametrize(
    ("fields", "lookback_days", "most_days", "by_default"),
    [
        ({}, 914, 186, 90),
        ({"granularity": "TOTAL"}, 914, 186, 90),
        ({"granularity": "HOUR"}, 8, 3, 8),
        ({"level": "product_item"}, 92, 31, 90),
        ({"level": "product_item", "granularity": "TOTAL"}, 92, 31, 31),
        ({"level": "product_item", "granularity": "HOUR"}, 8, 3, 8),
        # so that the rows of one id, which are held together, stay few
        ({"targeting_types": ["GENDER"]}, 914, 186, 90),
        ({"targeting_types": ["GENDER", "GEO", "REGION", "KEYWORD", "COUNTRY"]}, 914, 100, 90),
        ({"targeting_types": ["GENDER"], "granularity": "HOUR"}, 8, 3, 8),
    ],
)
def test_each_report_reaches_as_far_as_pinterest_allows(
    fields, lookback_days, most_days, by_default
):
    found = parsed(**fields)

    assert found.lookback.days == lookback_days
    assert found.max_days() == most_days
    assert found.default_days(90) == by_default


def test_windows_may_come_as_the_strings_of_the_form():
    assert parsed(click_window_days="7", view_window_days=0).click_window_days == 7


# --- What is refused ---

LEVELS = "Choose ad_account, campaign, ad_group, ad, keyword, product_group or product_item."
NAMED = (
    "Use lower-case letters, digits and _, beginning with a letter, 63 characters at most, such as"
)

WRONG = [
    ({"name": None}, "name", "missing. Name the stream that the report becomes"),
    (
        {"name": "Ads by week"},
        "name",
        f'"Ads by week" cannot be the name of a stream. {NAMED} ads_by_week.',
    ),
    ({"name": "7days"}, "name", f'"7days" cannot be the name of a stream. {NAMED} days.'),
    ({"name": "日"}, "name", f'"日" cannot be the name of a stream. {NAMED} ads_by_week.'),
    ({"name": "a" * 64}, "name", '"aaaaaaaa'),
    ({"name": 7}, "name", "7 cannot be the name of a stream."),
    ({"level": None}, "level", f"missing. {LEVELS}"),
    ({"level": "adgroup"}, "level", f'"adgroup" is not known. Did you mean ad_group? {LEVELS}'),
    ({"level": ["ad"]}, "level", f'["ad"] is not known. {LEVELS}'),
    (
        {"level": "pin_promotion_targeting"},
        "level",
        '"pin_promotion_targeting" is ad with a breakdown. Write ad, and name the breakdowns in '
        "`targeting_types`.",
    ),
    (
        {"granularity": "WEEKLY"},
        "granularity",
        '"WEEKLY" is not known. Did you mean WEEK? '
        "Choose TOTAL, DAY, HOUR, WEEK or MONTH, or leave it out to use DAY.",
    ),
    ({"granularity": 1}, "granularity", "1 is not known. Choose TOTAL,"),
    ({"columns": None}, "columns", "missing. Name at least one that is not part of the key"),
    ({"columns": []}, "columns", "missing. Name at least one"),
    ({"columns": ["AD_ID", "date"]}, "columns", "missing. Name at least one"),
    (
        {"columns": "CTR, ECTR"},
        "columns",
        'it is one string, not a list. Write it as a list of strings, such as ["CTR", "ECTR"].',
    ),
    ({"columns": [7]}, "columns", '7 is not a string. Write it in quotes, such as "7".'),
    (
        {"columns": ["SPEND_IN_DOLLARS"]},
        "columns",
        '"SPEND_IN_DOLLARS" is not a Pinterest column. Did you mean SPEND_IN_DOLLAR? '
        "The documentation says where to find the names.",
    ),
    ({"columns": ["ctr"]}, "columns", '"ctr" is not a Pinterest column. Did you mean CTR?'),
    (
        {"columns": ["ZZ_" + "NEW_" * 15 + "ONE"]},
        "columns",
        '"ZZ_NEW_NEW_NEW_NEW_NEW_NEW_NEW_NEW_NEW… has 66 characters. Destinations accept 63, and cut off '
        "longer names. Remove it.",
    ),
    ({"columns": ["spend, total"]}, "columns", '"spend, total" is not a Pinterest column.'),
    (
        {"columns": ["QUIZ_PIN_RESULT_OPEN"]},
        "columns",
        "QUIZ_PIN_RESULT_OPEN is a column of built-in reports only. Remove it.",
    ),
    (
        {"columns": ["CTR", "PRODUCT_ITEM_NAME"]},
        "columns",
        "only a report of level product_item has PRODUCT_ITEM_NAME. "
        "Choose that level, or remove them.",
    ),
    (
        {"level": "product_item", "columns": ["AD_NAME", "CTR", "PIN_PROMOTION_STATUS", "AD_ID"]},
        "columns",
        "a report of level product_item has no columns of ads. "
        "Remove AD_NAME, PIN_PROMOTION_STATUS and AD_ID.",
    ),
    (
        {"targeting_types": ["GENDER"], "columns": ["CTR", "TOTAL_IMPRESSION_USER"]},
        "columns",
        "a report with `targeting_types` has no columns of people reached. "
        "Remove TOTAL_IMPRESSION_USER, or leave `targeting_types` empty.",
    ),
    (
        {"level": "keyword", "columns": ["TOTAL_IMPRESSION_USER", "TOTAL_IMPRESSION_FREQUENCY"]},
        "columns",
        "a report of level keyword has no columns of people reached. "
        "Remove TOTAL_IMPRESSION_USER and TOTAL_IMPRESSION_FREQUENCY.",
    ),
    (
        {
            "level": "product_item",
            "targeting_types": ["GENDER"],
            "columns": ["CTR", "TOTAL_IMPRESSION_USER"],
        },
        "columns",
        "a report with `targeting_types` has no columns of people reached. "
        "Remove TOTAL_IMPRESSION_USER, or leave `targeting_types` empty.",
    ),
    (
        {"granularity": "HOUR", "columns": ["CTR", "TOTAL_CHECKOUT"]},
        "granularity",
        "HOUR goes back 8 days and has no conversion columns. "
        "Remove TOTAL_CHECKOUT from `columns`, or choose DAY.",
    ),
    (
        {
            "granularity": "HOUR",
            "columns": ["CHECKOUT_ROAS", "LEADS", "TOTAL_LEAD", "TOTAL_CUSTOM"],
        },
        "granularity",
        "HOUR goes back 8 days and has no conversion columns. "
        "Remove CHECKOUT_ROAS, LEADS, TOTAL_LEAD and 1 more from `columns`, or choose DAY.",
    ),
    (
        {"level": "keyword", "targeting_types": ["GENDER"]},
        "targeting_types",
        "a report of level keyword has no breakdowns. Leave the list empty, or choose the level "
        "ad_account, campaign, ad_group, ad, product_group or product_item.",
    ),
    (
        {"targeting_types": ["GENDRE"]},
        "targeting_types",
        '"GENDRE" is not known at level ad. Did you mean GENDER? Choose from KEYWORD, APPTYPE,',
    ),
    (
        {"targeting_types": ["MEDIA_TYPE"]},
        "targeting_types",
        '"MEDIA_TYPE" is not known at level ad.',
    ),
    (
        {"targeting_types": ["AUDIENCE_MULTIPLIER"]},
        "targeting_types",
        '"AUDIENCE_MULTIPLIER" is not known at level ad.',
    ),
    ({"targeting_types": "GENDER"}, "targeting_types", "it is one string, not a list."),
    (
        {"targeting_types": asynchronous("ad")[:6]},
        "targeting_types",
        "you chose 6, and Pinterest accepts 5 in one report at most. "
        "Make a second report for the others.",
    ),
    (
        {"statuses": ["RUNNING"]},
        "statuses",
        '"RUNNING" is not known at level ad. Choose from APPROVED, PAUSED, PENDING, REJECTED, '
        "ADVERTISER_DISABLED, ARCHIVED, DRAFT, DELETED_DRAFT, or leave the list empty for every "
        "status.",
    ),
    (
        {"level": "campaign", "statuses": ["PAUSE"]},
        "statuses",
        '"PAUSE" is not known at level campaign. Did you mean PAUSED?',
    ),
    (
        {"level": "product_item", "statuses": ["PAUSED"]},
        "statuses",
        "a report of level product_item cannot be filtered by status. Leave the list empty, or "
        "choose the level campaign, ad_group, ad or product_group.",
    ),
    (
        {"statuses": BODY["ad_statuses"]["items"]["enum"][:7]},
        "statuses",
        "you chose 7, and Pinterest accepts 6 in one report at most.",
    ),
    (
        {"columns": [f"NEW_COLUMN_{number}" for number in range(1_001)]},
        "columns",
        f"you name 1,001, and Pinterest has {len(asynchronous_columns())}. "
        "Remove those that Pinterest does not have.",
    ),
    ({"columns": ["A" * 101]}, "columns", '"AAAAAAAA'),
    ({"click_window_days": 13}, "click_window_days", "13 is not a Pinterest attribution window."),
    ({"view_window_days": True}, "view_window_days", "true is not a Pinterest attribution window"),
    (
        {"conversion_report_time": "NOW"},
        "conversion_report_time",
        '"NOW" is not known. Choose TIME_OF_AD_ACTION or TIME_OF_CONVERSION.',
    ),
    (
        {"start_date": "31.1.2026"},
        "start_date",
        '"31.1.2026" is not a valid date. Write it as YYYY-MM-DD, such as "2025-01-31", or leave it out to use '
        "`backfill_days`.",
    ),
    ({"start_date": "2026-02-30"}, "start_date", '"2026-02-30" is not a valid date.'),
    ({"start_date": 20260101}, "start_date", "20260101 is not a valid date."),
]


@pytest.mark.parametrize(("fields", "field", "sentence"), WRONG)
def test_a_wrong_report_is_refused_with_its_field_the_fact_and_the_next_step(
    fields, field, sentence
):
    (said,) = refusal(report(), report(**{"name": "other", **fields}))

    who = "" if field == "name" else " (other)"
    assert said.startswith(f"`custom_reports[1].{field}`{who}: {sentence}")


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("ads", "`custom_reports`: it is a string, not a list. Give a list of objects with"),
        ({"name": "a"}, "`custom_reports`: it is an object, not a list."),
        (["ads"], "`custom_reports[0]`: it is a string, not an object. Give an object with"),
        ([["ads"]], "`custom_reports[0]`: it is a list, not an object."),
        ([7], "`custom_reports[0]`: it is a number, not an object."),
    ],
)
def test_what_is_no_list_of_objects_is_refused(value, sentence):
    with pytest.raises(AirbyteTracedException) as caught:
        Config.parse({"credentials": TOKEN, "custom_reports": value})

    assert str(caught.value.message).startswith(sentence)


def test_each_name_is_given_once():
    assert refusal(report(), report(name="other"), report(level="campaign")) == [
        "`custom_reports[2].name`: `custom_reports[0]` has the same name. "
        "Give each report a name of its own."
    ]


def test_everything_that_is_wrong_is_reported_at_once():
    said = refusal(
        report(columns=["CRT", "ECRT"], statuses=["x", "y"], start_date="soon"),
        "a report",
        report(granularity="HOUR", columns=["LEADS", "PRODUCT_ITEM_NAME"], level="keywrd"),
    )

    assert [line.split(":")[0] for line in said] == [
        "`custom_reports[0].columns` (mine)",
        "`custom_reports[0].columns` (mine)",
        "`custom_reports[0].start_date` (mine)",
        "`custom_reports[0].statuses` (mine)",
        "`custom_reports[0].statuses` (mine)",
        "`custom_reports[1]`",
        "`custom_reports[2].level` (mine)",
        "`custom_reports[2].granularity` (mine)",
        "`custom_reports[2].name`",
    ]


def test_it_is_reported_beside_what_is_wrong_elsewhere():
    with pytest.raises(AirbyteTracedException) as caught:
        Config.parse({**config(report(level="x")), "backfill_days": 1})

    said = str(caught.value.message).split("\n")
    assert [line.split(":")[0] for line in said] == [
        "`backfill_days`",
        "`custom_reports[0].level` (mine)",
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "pina_secret-token"},
        {"name": "pina_secret_token", "level": "x"},
        {"level": "pina_secret-token"},
        {"columns": ["pina_secret-token"]},
        {"targeting_types": ["pina_secret-token"]},
        {"start_date": "pina_secret-token"},
    ],
)
def test_a_secret_that_was_pasted_into_a_report_does_not_show(fields):
    assert "secret" not in "\n".join(refusal(report(**fields)))


# --- What is known only beside the other streams, and on a day ---


def beside(*reports: dict[str, Any]) -> list[str]:
    found = Config.parse(config(*reports)).custom_reports
    try:
        check_conflicts(found, ["ads", "ad_analytics"], TODAY)
    except ValueError as error:
        return str(error).split("\n")
    return []


def test_the_name_of_another_stream_is_taken():
    assert beside(report(name="ads_by_week"), report(name="ads")) == [
        "`custom_reports[1].name` (ads): a stream of the connector has this name. Choose another, "
        "such as custom_ads."
    ]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"start_date": "2026-11-24"},
            "2026-11-24 is not over yet (in UTC it is 2026-11-24), and the connector reads only "
            "complete days. Give an earlier day, or leave it out to use `backfill_days`.",
        ),
        (
            {"granularity": "TOTAL", "start_date": "2026-05-21"},
            "from 2026-05-21 on there are 187 days, and a TOTAL has 186 at most. "
            "Leave it out to use `backfill_days`, or choose another granularity.",
        ),
        (
            {"level": "product_item", "granularity": "TOTAL", "start_date": "2026-10-23"},
            "from 2026-10-23 on there are 32 days, and a TOTAL has 31 at most.",
        ),
    ],
)
def test_a_first_day_that_no_report_can_begin_with_is_refused(fields, sentence):
    (said,) = beside(report(**fields))

    assert said.startswith(f"`custom_reports[0].start_date` (mine): {sentence}")


def test_a_report_that_does_not_fit_is_told_apart_from_those_that_do():
    found = Config.parse(config(report(), report(name="ads"))).custom_reports

    wrong = conflicts(found, ["ads", "ad_analytics"], TODAY)

    assert list(wrong) == ["ads"]
    assert wrong["ads"].startswith("`custom_reports[1].name` (ads): a stream of the connector has")


def test_what_is_wrong_beside_other_streams_is_reported_at_once_too():
    said = beside(report(name="ads", start_date="2027-01-01"), report(start_date="2027-01-01"))

    assert [line.split(":")[0] for line in said] == [
        "`custom_reports[0].name` (ads)",
        "`custom_reports[0].start_date` (ads)",
        "`custom_reports[1].start_date` (mine)",
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"start_date": "2026-11-23"},
        {"start_date": "2024-05-24"},
        {"level": "product_item", "start_date": "2026-08-24"},
        {"granularity": "HOUR", "start_date": "2026-11-16"},
        {"granularity": "TOTAL", "start_date": "2026-05-22"},
        {"granularity": "MONTH", "start_date": "2024-05-24"},
    ],
)
def test_a_first_day_within_reach_is_taken(fields):
    assert beside(report(**fields)) == []


# --- What is warned of ---


def test_an_unknown_key_of_a_report_is_a_warning_with_the_nearest_name():
    assert warnings_for(config(report(), report(name="b", granularty="DAY", x_axis="red"))) == [
        "Unknown key `custom_reports[1].granularty` is ignored; "
        "did you mean `custom_reports[1].granularity`?",
        "Unknown key `custom_reports[1].x_axis` is ignored.",
    ]


def test_a_column_that_pinterest_may_have_added_since_passes_with_a_warning():
    raw = config(report(columns=["TOTAL_DREAM_JOURNEYS", "CTR"]))

    assert Config.parse(raw).custom_reports[0].columns == ("TOTAL_DREAM_JOURNEYS", "CTR")
    assert warnings_for(raw) == [
        "`custom_reports[0].columns` (mine): TOTAL_DREAM_JOURNEYS is not known to this version of "
        "the connector, which requests it anyway. If Pinterest has no such column, it refuses the "
        "report."
    ]


def test_reports_that_are_understood_give_no_warning():
    assert warnings_for(config(report(start_date="2024-05-24")), TODAY) == []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"start_date": "2024-05-23"},
            "2024-05-23 is 915 days back, and a report of level ad goes 914 days back, so the "
            "report begins with 2024-05-24.",
        ),
        (
            {"level": "product_item", "start_date": "2026-08-23"},
            "2026-08-23 is 93 days back, and a report of level product_item goes 92 days back, so "
            "the report begins with 2026-08-24.",
        ),
        (
            {"granularity": "HOUR", "start_date": "2026-11-15"},
            "2026-11-15 is 9 days back, and HOUR goes 8 days back, so the report begins with 2026-11-16.",
        ),
    ],
)
def test_a_first_day_before_pinterests_is_a_warning_since_every_day_becomes_one(fields, sentence):
    raw = config(report(**fields))

    assert warnings_for(raw, TODAY) == [f"`custom_reports[0].start_date` (mine): {sentence}"]
    assert warnings_for(raw) == []
    assert beside(report(**fields)) == []
