"""The parts that fields share: what is taken, and in which words a value is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

import pytest
from pydantic import BeforeValidator, ValidationError, create_model

from source_pinterest.config.validation import (
    SHOWN_LENGTH,
    Section,
    first_day,
    is_blank,
    is_secret,
    key_name,
    nesting_depth,
    report_time,
    sentences,
    string_list,
    type_in_words,
    window_days,
)

SECRETS = ["the-app-secret"]


def validated(validator: Callable[..., Any], value: Any, name: str = "field") -> Any:
    """The value of a section's only field, which this validator reads."""
    field: Any = (Annotated[Any, BeforeValidator(validator)], ...)
    section = create_model("Mine", __base__=Section, **{name: field})
    return getattr(section.model_validate({name: value}, context={"secrets": SECRETS}), name)


def refusal(validator: Callable[..., Any], value: Any, name: str = "field") -> str:
    with pytest.raises(ValidationError) as caught:
        validated(validator, value, name)
    (sentence,) = sentences(caught.value)
    return sentence


def strings(value: object, info: Any) -> list[str]:
    return string_list(value, info, "ACTIVE")


# --- A section ---


def test_a_section_cannot_be_changed_and_leaves_out_what_it_does_not_know():
    class Mine(Section):
        days: int

    section = Mine.model_validate({"days": 3, "other": 1})

    assert section.model_dump() == {"days": 3}
    with pytest.raises(ValidationError, match="frozen"):
        section.days = 4


def test_an_error_does_not_show_the_value():
    class Mine(Section):
        days: int

    with pytest.raises(ValidationError) as caught:
        Mine.model_validate({"days": "the-app-secret"})

    assert "the-app-secret" not in str(caught.value)
    assert sentences(caught.value) == []  # pydantic's own words are no sentence of a validator


# --- Lists of strings ---


@pytest.mark.parametrize(
    ("value", "taken"),
    [
        (["B", " A ", "B"], ["B", "A"]),
        (("A",), ["A"]),
        (["A", "", None, " "], ["A"]),
        ([], []),
    ],
)
def test_a_list_is_taken_without_blanks_and_duplicates_in_its_order(value, taken):
    assert validated(strings, value) == taken


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (
            "A, B ,C",
            '`field`: it is one string, not a list. Write it as a list of strings, such as ["A", "B"].',
        ),
        (
            7,
            '`field`: 7 is not a list. Write it as a list of strings, such as ["ACTIVE"].',
        ),
        (
            [549755885175],
            '`field`: 549755885175 is not a string. Write it in quotes, such as "549755885175".',
        ),
        (
            ["A", True],
            '`field`: true is not a string. Write it in quotes, such as "ACTIVE".',
        ),
    ],
)
def test_what_is_no_list_of_strings_is_shown_as_it_should_be_written(value, sentence):
    assert refusal(strings, value) == sentence


# --- Values in sentences ---


def test_a_long_value_is_cut_and_what_a_terminal_would_run_is_left_out():
    sentence = refusal(strings, {"a": "\x1b[2J" + "x" * 1_000})

    assert "\x1b" not in sentence
    assert len(sentence) < 2 * SHOWN_LENGTH + 100


def test_half_an_emoji_can_be_shown():
    assert '{"a": "\ufffd"} is not a list' in refusal(strings, {"a": "\ud83d"})


@pytest.mark.parametrize("secret", ["pina_AbC", "my the-app-secret, really"])
def test_a_secret_in_another_field_is_not_shown(secret):
    assert "`field`: what is there is not a list." in refusal(strings, {"a": secret})


def test_a_token_is_a_secret_whether_it_is_known_or_not():
    assert is_secret("it is pinr_AbC", [])
    assert is_secret("my the-app-secret", SECRETS)
    assert not is_secret("a pin of the app", SECRETS)


@pytest.mark.parametrize("name", ["pina_AbC", "9f86d081884c7d65", "", "a b", 7, None])
def test_a_key_that_may_be_a_secret_is_not_named(name):
    assert key_name(name, []) is None


def test_a_key_that_is_a_word_is_named_and_cut():
    assert key_name("backfil_days", SECRETS) == "backfil_days"
    assert len(key_name("x" * 500, SECRETS) or "") == SHOWN_LENGTH


# --- Shapes ---


@pytest.mark.parametrize("value", [None, "", " \n", [], {}, [[" "], {"a": None}], ("",)])
def test_what_a_form_saves_for_an_empty_field_is_blank(value):
    assert is_blank(value)


@pytest.mark.parametrize("value", [0, False, "a", ["", "a"], {"a": [0]}])
def test_a_value_is_not_blank_because_it_is_false(value):
    assert not is_blank(value)


def test_the_depth_of_a_value_is_known_however_deep_it_is():
    value: Any = 1
    for _ in range(100_000):
        value = [value]

    assert nesting_depth(value) == 100_000
    assert nesting_depth({"a": 1, "b": [{"c": ()}]}) == 4


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("a", "a string"),
        (True, "true or false"),
        (["a"], "a list"),
        (None, "null"),
        ({"a": 1}, "an object"),
        (7, "a number"),
        (0.5, "a number"),
    ],
)
def test_a_kind_of_value_has_the_name_that_json_gives_it(value, name):
    assert type_in_words(value) == name


# --- Windows, times and days ---


@pytest.mark.parametrize(("value", "days"), [(30, 30), ("30", 30), ("0", 0), (60, 60)])
def test_an_attribution_window_is_taken_as_a_number_and_as_a_forms_string(value, days):
    assert validated(window_days, value, "click_window_days") == days


@pytest.mark.parametrize("value", [True, 2, "02 ", "²", "1000", 30.0, None])
def test_a_window_that_pinterest_does_not_have_is_refused_with_those_that_it_has(value):
    sentence = refusal(window_days, value, "click_window_days")

    assert "is not a Pinterest attribution window. Choose one of 0, 1, 7, " in sentence


def test_a_report_time_is_one_of_pinterests():
    name = "conversion_report_time"

    assert validated(report_time, "TIME_OF_CONVERSION", name) == "TIME_OF_CONVERSION"
    assert refusal(report_time, "time", name) == (
        '`conversion_report_time`: "time" is not known. '
        "Choose TIME_OF_AD_ACTION or TIME_OF_CONVERSION."
    )


@pytest.mark.parametrize("value", ["2025-01-31", "2025-01-31T00:00:00Z", "2025-01-31T00:00:00.000"])
def test_a_first_day_is_taken_with_the_time_that_a_program_may_have_added(value):
    assert validated(first_day, value, "start_date") == date(2025, 1, 31)


@pytest.mark.parametrize(
    "value", ["2025-02-30", "31.1.2025", "2025-01-31 at noon", 20250131, "\u0662025-01-31"]
)
def test_what_is_no_day_is_refused(value):
    assert "is not a valid date. Write it as YYYY-MM-DD" in refusal(first_day, value, "start_date")
