"""Wrong configurations, through the real entry point: refused by check and by read, before anything
is read, with the field, the fact and the next step; without a traceback and without a secret."""

from __future__ import annotations

from typing import Any

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import Connector, Output, configured
from integration_tests.expected.keys import KEYS
from integration_tests.fake_pinterest import FakePinterest

TOKEN = {"auth_method": "access_token", "access_token": "pina_very-secret"}

WRONG: list[tuple[Any, list[str]]] = [
    ('{"credentials": ', ["configuration", "Expecting value: line 1 column 17"]),
    ("[1, 2]", ["The configuration: it is a list, not a JSON object."]),
    ({}, ["`credentials`: missing. Log in with Pinterest"]),
    ({"credentials": {"auth_method": "password"}}, ["`credentials.auth_method`: not known."]),
    (
        {"credentials": {"auth_method": "oauth2.0", "client_id": "1", "client_secret": "s3cret"}},
        ["`credentials.refresh_token`: missing. Log in with Pinterest again"],
    ),
    ({"credentials": TOKEN, "backfill_days": 14}, ["`backfill_days`: 14 is less than 15."]),
    ({"credentials": TOKEN, "backfill_days": 91}, ["`backfill_days`: 91 is more than 90."]),
    (
        {"credentials": TOKEN, "backfill_days": "ninety"},
        ['`backfill_days`: "ninety" is not a whole number. Give a whole number of days'],
    ),
    (
        {"credentials": TOKEN, "ad_account_ids": ["5497a"]},
        ['`ad_account_ids`: "5497a" is not an ad account id, which is 1 to 18 digits.'],
    ),
    (
        {"credentials": TOKEN, "targeting_types": ["AGE"]},
        ['`targeting_types`: "AGE" is not known.', "Choose from KEYWORD, "],
    ),
    (
        {"credentials": TOKEN, "click_window_days": 13},
        [
            "`click_window_days`: 13 is not a Pinterest attribution window",
            "0, 1, 7, 14, 30 or 60 days",
        ],
    ),
    (
        {"credentials": TOKEN, "base_url": "https://example.com/v5"},
        ["`base_url`: this is not an address of Pinterest's API, and would receive the token."],
    ),
    (
        {"credentials": TOKEN, "backfill_days": 14, "lookback_days": 91},
        ["`backfill_days`: 14 is less than 15.", "`lookback_days`: 91 is more than 90."],
    ),
]


def assert_it_is_plain(output: Output) -> None:
    """No traceback for the user's mistakes, and no secret."""
    everything = "\n".join(output.lines)
    assert "Traceback" not in everything
    assert 'File \\"' not in everything
    assert "pina_very-secret" not in everything
    assert "s3cret" not in everything


@pytest.mark.parametrize(("config", "sentences"), WRONG)
def test_check_refuses_a_wrong_configuration(config, sentences):
    output = Connector(config).check()

    status = output.connection_status
    assert status["status"] == "FAILED"
    for sentence in sentences:
        assert sentence in status["message"]
    assert output.exit_code == 0
    assert_it_is_plain(output)


@pytest.mark.parametrize(("config", "sentences"), WRONG)
def test_read_refuses_a_wrong_configuration_before_anything_is_read(config, sentences, discovered):
    output = Connector(config).read(configured(discovered, ["boards"]))

    (error,) = output.errors
    for sentence in sentences:
        assert sentence in error["message"]
    assert error["failure_type"] == "config_error"
    assert output.exit_code == 1
    assert output.statuses == {}
    assert_it_is_plain(output)


def test_an_unknown_key_is_a_warning_with_the_nearest_known_name(pinterest, discovered):
    source = connector(pinterest, backfil_days=15)

    checked = source.check()
    output = source.read(configured(discovered, ["boards"]))

    warning = "WARN Unknown key `backfil_days` is ignored; did you mean `backfill_days`?"
    assert checked.connection_status["status"] == "SUCCEEDED"
    assert warning in checked.logs
    assert warning in output.logs
    assert output.exit_code == 0


def test_discover_needs_neither_a_network_nor_a_login(everything):
    output = Connector({"credentials": {}}).discover()

    assert output.catalog == everything
    assert [stream["name"] for stream in output.catalog[:16]] == list(KEYS)


def test_check_says_who_is_logged_in_and_what_is_read(pinterest):
    output = connector(pinterest).check()

    assert output.connection_status == {
        "status": "SUCCEEDED",
        "message": "Logged in as a_pinner: 16 of 16 reports, 3 ad accounts.",
    }
    assert "INFO Logged in as a_pinner (user 2783136121146311751)." in output.logs
    assert "549756933748 (Ad account 2 (EUR), EUR; your role: OWNER) is read." in output.logs


def test_check_says_that_the_token_is_not_accepted(pinterest):
    pinterest.access_tokens.clear()

    output = connector(pinterest).check()

    assert output.connection_status["status"] == "FAILED"
    assert "does not accept the access token" in output.connection_status["message"]
    assert_it_is_plain(output)


# --- The login ---


def oauth(pinterest: FakePinterest, **credentials: Any) -> Connector:
    return connector(
        pinterest,
        credentials={
            "auth_method": "oauth2.0",
            "client_id": pinterest.client_id,
            "client_secret": pinterest.client_secret,
            "refresh_token": pinterest.refresh_token,
            **credentials,
        },
    )


def test_a_rotated_login_is_handed_to_the_platform_before_any_record(pinterest, discovered):
    pinterest.refresh_tokens_die = True

    output = oauth(pinterest).read(configured(discovered, ["boards", "campaigns"]))

    kinds = [message["type"] for message in output.messages]
    assert kinds.count("CONTROL") == 1
    assert kinds.index("CONTROL") < kinds.index("RECORD")
    (control,) = output.of_type("CONTROL")
    config = control["connectorConfig"]["config"]
    assert config["credentials"]["refresh_token"] == "pinr_test_refresh_2"
    assert config["base_url"] == pinterest.url
    again = Connector(config, now="2026-11-24T10:00:00+00:00")
    assert again.read(configured(discovered, ["boards"])).exit_code == 0


def test_a_stored_token_is_used_while_it_lives(pinterest, discovered):
    source = oauth(
        pinterest,
        access_token=pinterest.access_token,
        token_expiry_date="2026-12-24T00:00:00+00:00",
    )

    output = source.read(configured(discovered, ["boards"]))

    assert output.statuses == {"boards": "COMPLETE"}
    assert output.of_type("CONTROL") == []
    assert "POST /oauth/token" not in {request.operation for request in pinterest.requests}


def test_a_refresh_token_that_is_refused_says_to_log_in_again(pinterest, discovered):
    pinterest.refresh_tokens.clear()
    source = oauth(pinterest)

    status = source.check().connection_status
    output = source.read(configured(discovered, ["boards"]))

    assert status["status"] == "FAILED"
    assert status["message"].startswith("Log in again: ")
    assert "Log in again: " in output.errors[0]["message"]
    assert output.errors[0]["failure_type"] == "config_error"
    everything = "\n".join(output.lines)
    assert pinterest.refresh_token not in everything
    assert pinterest.client_secret not in everything
