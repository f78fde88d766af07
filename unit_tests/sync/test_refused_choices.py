"""The fields of the configuration that the error about a refusal names."""

from __future__ import annotations

from typing import Any

import pytest

from source_pinterest.config.config import Config
from source_pinterest.config.custom_reports import CustomReport
from source_pinterest.sync.refused_choices import describe_choices

DEFAULTS = {
    "click_window_days": 30,
    "engagement_window_days": 30,
    "view_window_days": 1,
    "conversion_report_time": "TIME_OF_AD_ACTION",
}
ONE = "which the configuration asks for. Choose another value, or leave it out."
MANY = "which the configuration asks for. Choose other values, or leave them out."


def config(**fields: Any) -> Config:
    credentials = {"auth_method": "access_token", "access_token": "a-token"}
    return Config.parse({"credentials": credentials, **fields})


def report(**fields: Any) -> CustomReport:
    return CustomReport(**{"name": "mine", "level": "ad", "columns": ["CTR", "ECTR"], **fields})


@pytest.mark.parametrize(
    "params",
    [
        {},
        DEFAULTS,
        {**DEFAULTS, "click_window_days": "30", "columns": ["CTR"], "ad_ids": ["1"]},
        {"start_date": "2026-11-23", "granularity": "DAY", "targeting_types": []},
    ],
)
def test_pinterests_own_defaults_are_never_to_blame(params):
    assert describe_choices(params) is None
    assert describe_choices(params, config()) is None


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"click_window_days": 1}, f"It may be about `click_window_days` 1, {ONE}"),
        ({"view_window_days": "60"}, f"It may be about `view_window_days` 60, {ONE}"),
        (
            {"click_window_days": 1, "engagement_window_days": 60, "view_window_days": 60},
            "It may be about `click_window_days` 1, `engagement_window_days` 60 and "
            f"`view_window_days` 60, {MANY}",
        ),
        (
            {"conversion_report_time": "TIME_OF_CONVERSION"},
            f"It may be about `conversion_report_time` TIME_OF_CONVERSION, {ONE}",
        ),
        (
            {"targeting_types": ["GENDER", "GEO", "REGION", "COUNTRY"]},
            f"It may be about `targeting_types` GENDER, GEO, REGION and 1 more, {ONE}",
        ),
    ],
)
def test_what_is_not_the_default_is_named_with_its_value(params, sentence):
    assert describe_choices({**DEFAULTS, **params}) == sentence


def test_breakdowns_are_to_blame_only_where_the_user_chose_them():
    params = {**DEFAULTS, "targeting_types": ["GENDER"]}

    assert describe_choices(params, config()) is None
    assert describe_choices(params, config(targeting_types=["GENDER"])) == (
        f"It may be about `targeting_types` GENDER, {ONE}"
    )


def test_columns_breakdowns_and_statuses_of_a_custom_report_are_the_users_choice():
    mine = report(targeting_types=["GENDER"], statuses=["PAUSED"], view_window_days=7)
    params = {
        **DEFAULTS,
        "click_window_days": 1,
        "view_window_days": 7,
        "level": "PIN_PROMOTION_TARGETING",
        "columns": ["AD_ID", "CTR", "ECTR"],
        "targeting_types": ["GENDER"],
        "ad_statuses": ["PAUSED"],
    }

    assert describe_choices(params, config(click_window_days=1), mine) == (
        "It may be about `click_window_days` 1, `view_window_days` 7 of the custom report mine, "
        "`targeting_types` GENDER of the custom report mine, `columns` CTR, ECTR of the custom report "
        f"mine and `statuses` PAUSED of the custom report mine, {MANY}"
    )


def test_a_column_that_is_new_is_named_first():
    mine = report(columns=["CTR", "ECTR", "SPEND_IN_DOLLAR", "A_NEW_ONE"])

    said = describe_choices({"columns": list(mine.columns)}, report=mine)

    assert said == (
        "It may be about `columns` A_NEW_ONE, CTR, ECTR and 1 more of the custom report mine, "
        f"{ONE}"
    )


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            "Invalid value for click_window_days.",
            f"It is about `click_window_days` 1, {ONE}",
        ),
        (
            "'ECTR' is not one of ['CTR_2', …]",
            f"It is about `columns` ECTR of the custom report mine, {ONE}",
        ),
        (
            "the parameter columns is not available",
            f"It is about `columns` CTR, ECTR of the custom report mine, {ONE}",
        ),
        (
            "ad_statuses and GENDER do not go together",
            "It is about `targeting_types` GENDER of the custom report mine and `statuses` PAUSED of "
            f"the custom report mine, {MANY}",
        ),
    ],
)
def test_what_pinterest_names_and_nothing_else_is_to_blame(said, sentence):
    mine = report(targeting_types=["GENDER", "GEO"], statuses=["PAUSED"])
    params = {
        "click_window_days": 1,
        "columns": ["AD_ID", "CTR", "ECTR"],
        "targeting_types": ["GENDER", "GEO"],
        "ad_statuses": ["PAUSED"],
    }

    assert describe_choices(params, report=mine, message=said) == sentence


def test_a_number_in_pinterests_words_names_no_window():
    params = {"click_window_days": 7, "view_window_days": 60}

    assert str(
        describe_choices(params, message="Retry after 7 seconds, at most 60 times.")
    ).startswith("It may be about `click_window_days` 7 and `view_window_days` 60")


def test_the_sentence_stays_short():
    mine = report(columns=[f"A_NEW_ONE_{'X' * 40}_{number}" for number in range(100)])

    assert len(str(describe_choices({"columns": list(mine.columns)}, report=mine))) < 500
