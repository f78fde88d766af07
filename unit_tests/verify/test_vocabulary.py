"""Pinterest's own words, which a recording may keep."""

from source_pinterest.verify.vocabulary import (
    known_columns,
    known_fields,
    known_scopes,
    known_values,
    known_words,
)


def test_fields_of_records_of_answers_and_of_reports_are_known():
    assert {"daily_spend_cap", "pin_metrics", "bookmark", "report_status", "SPEND_IN_DOLLAR"} <= (
        known_fields()
    )
    assert "SPEND_IN_DOLLAR" in known_columns()
    assert not known_fields() & {"summer", "berlin"}


def test_a_value_is_known_only_for_the_field_that_has_it():
    values = known_values()

    assert "ACTIVE" in values["status"]
    assert "FINISHED" in values["report_status"]
    assert "FINISHED" not in values["status"]
    assert "GENDER" in values["targeting_types"]


def test_users_own_texts_have_no_known_values():
    assert not {"name", "title", "description", "value", "key"} & known_values().keys()


def test_scopes_have_variants_for_secret_boards_and_pins():
    assert {"ads:read", "pins:read", "pins:read_secret", "boards:read_secret"} <= known_scopes()


def test_plain_words_and_pinterests_names_are_known_in_lower_case_and_no_others():
    words = known_words()

    assert {"refused", "limit", "spend_in_dollar", "ad_account_id", "targeting_analytics"} <= words
    assert all(word == word.lower() for word in words)
    assert not {"summer", "berlin", "acme"} & words
