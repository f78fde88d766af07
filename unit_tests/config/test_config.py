"""The configuration: what is taken, what is refused and in which words, and what is warned of."""

import json
import subprocess
import sys
from datetime import date
from typing import Any

import pytest
from airbyte_cdk import AirbyteTracedException, FailureType
from pydantic import ValidationError

from source_pinterest.config.config import (
    AccessTokenCredentials,
    Config,
    OAuthCredentials,
    warnings_for,
)

TOKEN = {"auth_method": "access_token", "access_token": "pina_secret-token"}
OAUTH = {
    "auth_method": "oauth2.0",
    "client_id": "1234567",
    "client_secret": "the-app-secret",
    "refresh_token": "pinr_the-refresh-token",
}


def with_token(**fields: Any) -> dict[str, Any]:
    return {"credentials": TOKEN, **fields}


def refusal(raw: Any) -> str:
    """The message with which this configuration is refused."""
    with pytest.raises(AirbyteTracedException) as caught:
        Config.parse(raw)
    assert caught.value.failure_type == FailureType.config_error
    assert caught.value.message is not None
    return caught.value.message


# --- What is taken ---


def test_credentials_are_enough_and_the_rest_has_pinterests_defaults():
    config = Config.parse({"credentials": TOKEN})

    assert config.model_dump(exclude={"credentials"}) == {
        "backfill_days": 90,
        "lookback_days": 30,
        "ad_account_ids": (),
        "targeting_types": (),
        "click_window_days": 30,
        "engagement_window_days": 30,
        "view_window_days": 1,
        "conversion_report_time": "TIME_OF_AD_ACTION",
        "reporting_timezone": "PINTEREST_TIME_ZONE",
        "entity_statuses": (),
        "reconcile": True,
        "custom_reports": (),
        "start_date": None,
        "entity_names": False,
        "metrics_final": False,
        "only_active_pins": False,
        "organic_ad_account_id": None,
        "rate_limit_share": 1.0,
        "base_url": "https://api.pinterest.com/v5",
    }


def test_everything_that_can_be_chosen_is_taken():
    config = Config.parse(
        {
            "credentials": OAUTH,
            "backfill_days": 15,
            "lookback_days": 0,
            "ad_account_ids": ["549755885175", " 549755885176 ", "549755885175"],
            "targeting_types": ["AGE_BUCKET", "GENDER"],
            "click_window_days": "60",
            "engagement_window_days": 7,
            "view_window_days": "0",
            "conversion_report_time": "TIME_OF_CONVERSION",
            "reporting_timezone": "AD_ACCOUNT_TIME_ZONE",
            "entity_statuses": ["ACTIVE", "ARCHIVED"],
            "reconcile": False,
            "start_date": "2025-01-31",
            "entity_names": True,
            "metrics_final": True,
            "only_active_pins": True,
            "organic_ad_account_id": " 549755885177 ",
            "rate_limit_share": 0.25,
            "base_url": "http://127.0.0.1:8080/v5/",
        }
    )

    assert config.model_dump(exclude={"credentials"}) == {
        "backfill_days": 15,
        "lookback_days": 0,
        "ad_account_ids": ("549755885175", "549755885176"),
        "targeting_types": ("AGE_BUCKET", "GENDER"),
        "click_window_days": 60,
        "engagement_window_days": 7,
        "view_window_days": 0,
        "conversion_report_time": "TIME_OF_CONVERSION",
        "reporting_timezone": "AD_ACCOUNT_TIME_ZONE",
        "entity_statuses": ("ACTIVE", "ARCHIVED"),
        "reconcile": False,
        "custom_reports": (),
        "start_date": date(2025, 1, 31),
        "entity_names": True,
        "metrics_final": True,
        "only_active_pins": True,
        "organic_ad_account_id": "549755885177",
        "rate_limit_share": 0.25,
        "base_url": "http://127.0.0.1:8080/v5",
    }


OPTIONAL = sorted(set(Config.model_fields) - {"credentials"})
BLANKS: list[Any] = ["", " ", "\u00a0\n", [], [""], [" ", None], None, {}, {"a": ""}, [{}], [[]]]


@pytest.mark.parametrize("blank", BLANKS)
@pytest.mark.parametrize("field", OPTIONAL)
def test_a_field_that_a_form_saves_empty_is_as_if_it_was_left_out(field, blank):
    assert Config.parse(with_token(**{field: blank})) == Config.parse(with_token())
    assert warnings_for(with_token(**{field: blank})) == []


def test_all_fields_may_be_saved_empty_at_once():
    assert Config.parse(with_token(**dict.fromkeys(OPTIONAL, ""))) == Config.parse(with_token())


def test_what_is_empty_in_a_list_is_left_out_of_it():
    config = Config.parse(
        with_token(ad_account_ids=["", "549755885175", None], targeting_types=[" ", "GENDER"])
    )

    assert config.ad_account_ids == ("549755885175",)
    assert config.targeting_types == ("GENDER",)


@pytest.mark.parametrize("blank", ["", " ", [], [""], None])
def test_credentials_that_are_empty_are_missing(blank):
    assert refusal({"credentials": blank}).startswith("`credentials`: missing. Log in with")
    assert refusal({"credentials": {**TOKEN, "auth_method": blank}}).startswith(
        '`credentials.auth_method`: missing. Set it to "oauth2.0" or "access_token".'
    )
    assert refusal({"credentials": {**TOKEN, "access_token": blank}}).startswith(
        "`credentials.access_token`: "
    )


@pytest.mark.parametrize(
    ("windows", "lookback_days"),
    [
        ({"click_window_days": 60}, 60),
        ({"view_window_days": "60"}, 60),
        ({"click_window_days": 7, "engagement_window_days": 7}, 7),
        ({"click_window_days": 0, "engagement_window_days": 0, "view_window_days": 0}, 0),
        ({"click_window_days": 60, "lookback_days": 3}, 3),
    ],
)
def test_the_lookback_is_the_longest_window_unless_it_is_chosen(windows, lookback_days):
    assert Config.parse(with_token(**windows)).lookback_days == lookback_days


def test_auth_method_alone_decides_the_variant():
    both = {**OAUTH, "access_token": "pina_secret-token"}

    oauth = Config.parse({"credentials": both}).credentials
    token = Config.parse({"credentials": {**both, "auth_method": "access_token"}}).credentials

    assert isinstance(oauth, OAuthCredentials)
    assert oauth.refresh_token.get_secret_value() == "pinr_the-refresh-token"
    assert oauth.access_token is not None
    assert oauth.access_token.get_secret_value() == "pina_secret-token"
    assert isinstance(token, AccessTokenCredentials)
    assert token.access_token.get_secret_value() == "pina_secret-token"


def test_blanks_around_a_pasted_secret_are_dropped():
    config = Config.parse({"credentials": {**TOKEN, "access_token": " pina_secret-token\n"}})

    assert config.credentials.access_token is not None
    assert config.credentials.access_token.get_secret_value() == "pina_secret-token"


@pytest.mark.parametrize("empty", [None, "", " ", [], {}])
def test_the_hidden_fields_of_the_login_may_be_empty(empty):
    raw = {**OAUTH, "access_token": empty, "token_expiry_date": empty}

    credentials = Config.parse({"credentials": raw}).credentials

    assert isinstance(credentials, OAuthCredentials)
    assert credentials.access_token is None
    assert credentials.token_expiry_date is None


@pytest.mark.parametrize(
    ("saved", "kept"),
    [
        ("2026-12-24T05:00:00Z", "2026-12-24T05:00:00Z"),
        ("2026-12-24T05:00:00.123456+00:00", "2026-12-24T05:00:00.123456+00:00"),
        (2592000, None),
        ("soon", None),
    ],
)
def test_an_expiry_date_that_is_no_date_only_means_a_refresh(saved, kept):
    credentials = Config.parse({"credentials": {**OAUTH, "token_expiry_date": saved}}).credentials

    assert isinstance(credentials, OAuthCredentials)
    assert credentials.token_expiry_date == kept


@pytest.mark.parametrize(
    "base_url",
    [
        "https://api.pinterest.com/v5",
        "https://api-sandbox.pinterest.com/v5",
        "http://127.0.0.1:40123/v5",
        "http://localhost:8080/v5",
        "https://localhost/v5",
        "http://[::1]:8080/v5",
    ],
)
def test_the_token_goes_to_pinterest_or_stays_on_this_machine(base_url):
    assert Config.parse(with_token(base_url=base_url)).base_url == base_url


def test_a_configuration_cannot_be_changed():
    config = Config.parse({"credentials": TOKEN})

    with pytest.raises(ValidationError, match="frozen"):
        config.backfill_days = 30


def test_secrets_do_not_show():
    config = Config.parse({"credentials": {**OAUTH, "access_token": "pina_secret-token"}})

    shown = f"{config!r} {config} {config.model_dump()} {config.model_dump_json()}"

    for secret in ("1234567", "the-app-secret", "pinr_the-refresh-token", "pina_secret-token"):
        assert secret not in shown


# --- What is refused: (the wrong part, the field, the fact, the next step) ---

DAYS = "Give a whole number of days from 15 to 90, or leave it out to use 90."
LOOKBACK = (
    "Give a whole number of days from 0 to 90, "
    "or leave it out to use the longest of the three attribution windows."
)
WINDOW = "Choose one of 0, 1, 7, 14, 30 or 60 days."
IDS = 'Write it as a list of strings, such as ["549755885175"].'
NO_ID = "is not an ad account id, which is 1 to 18 digits"
COPY_ID = "Copy the id from the address of Pinterest's Ads Manager"
ELSEWHERE = "this is not an address of Pinterest's API, and would receive the token"
LEAVE_OUT = "Leave it out to use https://api.pinterest.com/v5"

WRONG_FIELDS = [
    ("backfill_days", "ninety", '"ninety" is not a whole number', DAYS),
    ("backfill_days", "90", '"90" is not a whole number', DAYS),
    ("backfill_days", 14, "14 is less than 15", DAYS),
    ("backfill_days", 91, "91 is more than 90", DAYS),
    ("backfill_days", True, "true is not a whole number", DAYS),
    ("backfill_days", 30.0, "30.0 is not a whole number", DAYS),
    ("backfill_days", [30], "[30] is not a whole number", DAYS),
    ("lookback_days", -1, "-1 is less than 0", LOOKBACK),
    ("lookback_days", 91, "91 is more than 90", LOOKBACK),
    ("lookback_days", False, "false is not a whole number", LOOKBACK),
    ("click_window_days", 13, "13 is not a Pinterest attribution window", WINDOW),
    ("click_window_days", "13", '"13" is not a Pinterest attribution window', WINDOW),
    ("engagement_window_days", "x", '"x" is not a Pinterest attribution window', WINDOW),
    ("view_window_days", True, "true is not a Pinterest attribution window", WINDOW),
    ("view_window_days", 1.0, "1.0 is not a Pinterest attribution window", WINDOW),
    ("view_window_days", "٣٠", '"٣٠" is not a Pinterest attribution window', WINDOW),
    (
        "reporting_timezone",
        "Europe/Berlin",
        '"Europe/Berlin" is not known',
        "Choose PINTEREST_TIME_ZONE or AD_ACCOUNT_TIME_ZONE.",
    ),
    (
        "conversion_report_time",
        "time_of_conversion",
        '"time_of_conversion" is not known',
        "Choose TIME_OF_AD_ACTION or TIME_OF_CONVERSION.",
    ),
    (
        "ad_account_ids",
        "549755885175, 549755885176",
        "it is one string, not a list",
        'Write it as a list of strings, such as ["549755885175", "549755885176"].',
    ),
    ("ad_account_ids", ",", "it is one string, not a list", IDS),
    ("ad_account_ids", 549755885175, "549755885175 is not a list", IDS),
    ("ad_account_ids", {"id": "1"}, '{"id": "1"} is not a list', IDS),
    (
        "ad_account_ids",
        [549755885175],
        "549755885175 is not a string",
        'Write it in quotes, such as "549755885175".',
    ),
    (
        "ad_account_ids",
        [True],
        "true is not a string",
        'Write it in quotes, such as "549755885175".',
    ),
    ("ad_account_ids", ["5497a"], f'"5497a" {NO_ID}', COPY_ID),
    ("ad_account_ids", ["", "x"], f'"x" {NO_ID}', COPY_ID),
    ("ad_account_ids", ["1234567890123456789"], f'"1234567890123456789" {NO_ID}', COPY_ID),
    ("ad_account_ids", ["٥٤٩"], f'"٥٤٩" {NO_ID}', COPY_ID),
    (
        "targeting_types",
        ["GENDER", "AGE"],
        '"AGE" is not known',
        "Choose from KEYWORD, APPTYPE, GENDER, LOCATION, PLACEMENT, COUNTRY,",
    ),
    ("targeting_types", ["gender"], '"gender" is not known', "Did you mean GENDER?"),
    (
        "targeting_types",
        "GENDER",
        "it is one string, not a list",
        'Write it as a list of strings, such as ["GENDER"].',
    ),
    (
        "entity_statuses",
        ["DELETED"],
        '"DELETED" is not known',
        "Choose from ACTIVE, PAUSED, ARCHIVED, DRAFT, DELETED_DRAFT, "
        "or leave the list empty for every status.",
    ),
    ("reconcile", "no", '"no" is neither true nor false', "or leave it out to use true."),
    ("entity_names", "yes", '"yes" is neither true nor false', "or leave it out to use false."),
    ("metrics_final", "no", '"no" is neither true nor false', "or leave it out to use false."),
    (
        "organic_ad_account_id",
        549755885175,
        f'549755885175 {NO_ID} in quotes, such as "549755885175"',
        "or leave it out",
    ),
    (
        "organic_ad_account_id",
        "x",
        f'"x" {NO_ID} in quotes, such as "549755885175"',
        "or leave it out",
    ),
    ("only_active_pins", "yes", '"yes" is neither true nor false', "or leave it out to use false."),
    (
        "rate_limit_share",
        0.019,
        "0.019 is not a number from 0.02 to 1",
        "or leave it out to use them all.",
    ),
    ("rate_limit_share", 2, "2 is not a number from 0.02 to 1", "such as 0.25,"),
    ("rate_limit_share", True, "true is not a number from 0.02 to 1", "such as 0.25,"),
    ("rate_limit_share", "0.5", '"0.5" is not a number from 0.02 to 1', "such as 0.25,"),
    ("entity_names", 1, "1 is neither true nor false", "or leave it out to use false."),
    ("base_url", "http://api.pinterest.com/v5", ELSEWHERE, LEAVE_OUT),
    ("base_url", "https://api.pinterest.com.example.com/v5", ELSEWHERE, LEAVE_OUT),
    ("base_url", "https://api.pinterest.com@example.com/v5", ELSEWHERE, LEAVE_OUT),
    ("base_url", "https://example.com\\@api.pinterest.com/v5", ELSEWHERE, LEAVE_OUT),
    ("base_url", "https://example.com/#api.pinterest.com/v5", ELSEWHERE, LEAVE_OUT),
    ("base_url", "https://api.pinterest.com/v5\nexample.com", ELSEWHERE, LEAVE_OUT),
    ("base_url", "https://api.pinterest.com:8443/v5", ELSEWHERE, LEAVE_OUT),
    ("base_url", "http://127.0.0.1.example.com/v5", ELSEWHERE, LEAVE_OUT),
    ("base_url", "http://192.168.0.1/v5", ELSEWHERE, LEAVE_OUT),
    ("base_url", 5, ELSEWHERE, LEAVE_OUT),
]


@pytest.mark.parametrize(("field", "value", "fact", "step"), WRONG_FIELDS)
def test_a_wrong_value_is_refused_with_the_field_the_fact_and_the_next_step(
    field, value, fact, step
):
    message = refusal(with_token(**{field: value}))

    assert message.startswith(f"`{field}`: {fact}. ")
    assert step in message
    assert "\n" not in message


METHODS = 'Set it to "oauth2.0" or "access_token".'
OBJECT = 'Give an object with `auth_method` "oauth2.0" or "access_token"'
APP = "of your app from developers.pinterest.com/apps."

WRONG_CREDENTIALS = [
    (None, "`credentials`: missing", "Log in with Pinterest, or give an object"),
    ("pina_secret-token", "`credentials`: it is a string, not an object", OBJECT),
    (["oauth2.0"], "`credentials`: it is a list, not an object", OBJECT),
    (True, "`credentials`: it is true or false, not an object", OBJECT),
    (7, "`credentials`: it is a number, not an object", OBJECT),
    ({}, "`credentials.auth_method`: missing", METHODS),
    ({"access_token": "t0ken"}, "`credentials.auth_method`: missing", METHODS),
    ({"auth_method": "password"}, "`credentials.auth_method`: not known", METHODS),
    ({"auth_method": "oauth"}, "`credentials.auth_method`: not known", 'mean "oauth2.0"?'),
    ({"auth_method": ["oauth2.0"]}, "`credentials.auth_method`: not known", METHODS),
    ({"auth_method": "access_token"}, "`credentials.access_token`: missing", "Generate a token"),
    (
        {**OAUTH, "auth_method": "access_token"},
        "`credentials.access_token`: missing",
        "Generate a token",
    ),
    ({**TOKEN, "access_token": ""}, "`credentials.access_token`: empty", "Generate a token"),
    ({**TOKEN, "access_token": " \n"}, "`credentials.access_token`: empty", "Generate a token"),
    ({**TOKEN, "access_token": 5}, "`credentials.access_token`: not a string", "Generate a token"),
    (
        {**TOKEN, "access_token": "Bearer pina_secret-token"},
        "`credentials.access_token`: it contains blanks or characters that cannot be part of it",
        "Generate a token",
    ),
    ({**OAUTH, "client_id": ""}, "`credentials.client_id`: empty", f"Copy the app id {APP}"),
    ({**OAUTH, "client_id": 1234567}, "`credentials.client_id`: not a string", APP),
    ({**OAUTH, "client_secret": None}, "`credentials.client_secret`: missing", APP),
    ({**OAUTH, "refresh_token": ""}, "`credentials.refresh_token`: empty", "Log in with Pinterest"),
    (
        {**OAUTH, "access_token": "pina_secret\x00token"},
        "`credentials.access_token`: it contains blanks or characters that cannot be part of it",
        "Generate a token",
    ),
]


@pytest.mark.parametrize(("credentials", "fact", "step"), WRONG_CREDENTIALS)
def test_wrong_credentials_are_refused_without_showing_them(credentials, fact, step):
    message = refusal({"credentials": credentials})

    assert message.startswith(f"{fact}. ")
    assert step in message
    assert "secret-token" not in message
    assert "the-app-secret" not in message


@pytest.mark.parametrize(
    ("raw", "kind"),
    [(None, "null"), ([], "a list"), ("{}", "a string"), (7, "a number"), (True, "true or false")],
)
def test_what_is_no_object_is_refused(raw, kind):
    assert refusal(raw) == (
        f"The configuration: it is {kind}, not a JSON object. Give an object with `credentials`."
    )


def test_every_wrong_field_is_named_at_once_each_on_its_line():
    raw = {
        "credentials": {"auth_method": "oauth2.0", "client_id": "1234567"},
        "backfill_days": 14,
        "click_window_days": 13,
        "ad_account_ids": ["x"],
    }

    lines = refusal(raw).split("\n")

    assert [line.split(":")[0] for line in lines] == [
        "`credentials.client_secret`",
        "`credentials.refresh_token`",
        "`backfill_days`",
        "`click_window_days`",
        "`ad_account_ids`",
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ad_account_ids", ["the-app-secret"]),
        ("ad_account_ids", "the-app-secret,1"),
        ("ad_account_ids", {"a": "the-app-secret"}),
        ("targeting_types", ["the-app-secret"]),
        ("backfill_days", "the-app-secret"),
        ("view_window_days", "the-app-secret"),
        ("conversion_report_time", "the-app-secret"),
        ("base_url", "https://the-app-secret@api.pinterest.com/v5"),
    ],
)
def test_a_secret_pasted_into_another_field_does_not_show(field, value):
    message = refusal({"credentials": OAUTH, field: value})

    assert f"`{field}`" in message
    assert "the-app-secret" not in message


def test_a_token_that_stands_nowhere_else_does_not_show_either():
    message = refusal(with_token(ad_account_ids=["pina_of-somebody-else"]))

    assert "somebody-else" not in message


def test_a_long_value_is_shown_shortened():
    message = refusal(with_token(backfill_days="n" * 500))

    assert message.startswith('`backfill_days`: "nnnnnnnn')
    assert len(message) < 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("backfill_days", "half an emoji \ud83d"),
        ("ad_account_ids", ["\udc00"]),
        ("targeting_types", "\ud83d,\ud83e"),
        ("base_url", "\ud83d"),
        ("start_date", "\ud83d"),
        ("\ud83d", "\ud83d"),
        ("credentials", "\ud83d"),
        ("credentials", {"auth_method": "\ud83d"}),
        ("credentials", {**TOKEN, "access_token": "pina_\ud83d"}),
        ("credentials", {**TOKEN, "\ud83d": 1}),
    ],
)
def test_half_an_emoji_is_reported_like_any_other_value(field, value):
    raw = {**with_token(), field: value}
    try:
        Config.parse(raw)
    except AirbyteTracedException as error:
        said = str(error.message)
    else:
        said = "\n".join(warnings_for(raw))

    assert said.encode("utf-8")
    assert field in said or "An unknown key" in said


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param(10**4_000, f"1{'0' * 38}…", id="4,001 digits"),
        (-(10**30), "-1000000000000000000000000000000"),
        (float("nan"), "NaN"),
        (float("inf"), "Infinity"),
        (1e308, "1e+308"),
    ],
)
@pytest.mark.parametrize("field", ["backfill_days", "lookback_days", "click_window_days"])
def test_a_number_that_is_none_of_ours_is_refused_and_shown(field, value, shown):
    assert refusal(with_token(**{field: value})).startswith(f"`{field}`: {shown}")


def nested(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("field", [*OPTIONAL, "credentials", "a_key_of_another_version"])
def test_what_is_nested_too_deeply_is_refused(field):
    for levels in (101, 10_000):
        message = refusal({**with_token(), field: nested(levels - 1)})

        assert message == (
            f"The configuration: its lists and objects are nested {levels:,} levels deep, and the "
            "connector reads 100. Write the configuration as the documentation shows."
        )
    assert "nested" not in refusal({**with_token(backfill_days="x"), field: nested(99)})


def test_the_message_stays_short_however_much_is_wrong():
    reports = [{"name": f"r{number}", "columns": ["x" * 10_000]} for number in range(500)]

    message = refusal(with_token(custom_reports=reports, base_url="x" * 1_000_000))

    assert len(message) < 20_000
    assert message.endswith("\nand 951 more wrong fields.")


# --- What is warned of ---


def test_a_configuration_that_is_understood_gives_no_warning():
    assert warnings_for({"credentials": OAUTH, "backfill_days": 30, "lookback_days": 30}) == []


@pytest.mark.parametrize(
    ("raw", "warning"),
    [
        (
            with_token(backfil_days=30),
            "Unknown key `backfil_days` is ignored; did you mean `backfill_days`?",
        ),
        (
            with_token(ad_accounts=["1"]),
            "Unknown key `ad_accounts` is ignored; did you mean `ad_account_ids`?",
        ),
        (
            with_token(start_dat="2026-01-01"),
            "Unknown key `start_dat` is ignored; did you mean `start_date`?",
        ),
        (
            {"credentials": {**OAUTH, "client_secrt": "x"}},
            "Unknown key `credentials.client_secrt` is ignored; "
            "did you mean `credentials.client_secret`?",
        ),
        (
            with_token(refresh_token="pinr_x"),
            "Unknown key `refresh_token` is ignored; move it into `credentials`.",
        ),
        (
            {"credentials": {**TOKEN, "backfill_days": 30}},
            "Unknown key `credentials.backfill_days` is ignored; "
            "move it out of `credentials`, to the top level.",
        ),
        (
            {"credentials": {**TOKEN, "client_secret": "the-app-secret"}},
            "Unknown key `credentials.client_secret` is ignored.",
        ),
    ],
)
def test_an_unknown_key_is_a_warning_with_the_nearest_name_and_no_error(raw, warning):
    Config.parse(raw)

    assert warnings_for(raw) == [warning]


@pytest.mark.parametrize(
    "name",
    [
        "pina_of-somebody-else",
        "pinr_ofsomebodyelse",
        "9f86d081884c7d659a2feaa0c55ad015",
        "MTIzNDU2Nzp0aGUtYXBwLXNlY3JldA==",
        "the-app-secret",
        "odd-refresh-1",
        "the_app_key",
    ],
)
@pytest.mark.parametrize("place", ["top", "credentials", "custom_reports"])
def test_a_secret_that_was_typed_as_the_name_of_a_key_is_not_shown(name, place):
    raw: dict[str, Any] = {"credentials": {**OAUTH, "client_secret": "the_app_key"}}
    report = {"name": "mine", "level": "ad", "columns": ["CTR"]}
    if place == "top":
        raw[name] = "x"
    elif place == "credentials":
        raw["credentials"][name] = "x"
    else:
        raw["custom_reports"] = [{**report, name: "x"}]

    (warning,) = warnings_for(raw)

    where = {"top": "", "credentials": " in `credentials`"}.get(place, " in `custom_reports[0]`")
    assert warning == (
        f"An unknown key{where} is ignored. Its name is not shown, because it may be a secret."
    )


def test_an_unknown_key_that_is_empty_is_as_if_it_was_left_out():
    assert warnings_for(with_token(backfil_days="")) == []
    assert warnings_for({"credentials": {**OAUTH, "client_secrt": None}}) == []


def test_the_warnings_are_few_however_many_keys_are_unknown():
    found = warnings_for(with_token(**{"k" * number: 1 for number in range(1, 5_000)}))

    assert len(found) == 51
    assert found[-1] == "and 4,949 more warnings."
    assert all(len(each) < 1_000 for each in found)


def test_a_lookback_shorter_than_the_longest_window_is_warned_of():
    assert warnings_for(with_token(lookback_days=7)) == [
        "`lookback_days` is 7, less than the longest attribution window (30 days): conversions "
        "that Pinterest attributes to older days stay missing in the daily reports. "
        "Set `lookback_days` to 30 to read them."
    ]
    assert warnings_for(with_token(lookback_days=30)) == []


@pytest.mark.parametrize("raw", [None, [], {}, {"credentials": "x"}, {"credentials": {}}])
def test_what_is_refused_anyway_gives_no_warning(raw):
    assert warnings_for(raw) == []


# --- How it is made ---


def test_the_facts_are_read_when_they_are_needed_and_not_before():
    script = (
        "from source_pinterest.startup import skip_attribute_docs; skip_attribute_docs();"
        "import json, source_pinterest.config.config, source_pinterest.api.facts as c;"
        "print(json.dumps(c.api_facts.cache_info().currsize))"
    )

    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert json.loads(done.stdout) == 0
