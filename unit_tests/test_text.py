"""Somebody else's words: in one line, without what a terminal obeys, without secrets in any spelling."""

from __future__ import annotations

import base64
import html
import json
import logging
import sys
import unicodedata
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets, update_secrets
from hypothesis import given
from hypothesis import strategies as st

from source_pinterest.http.errors import PinterestError
from source_pinterest.text import (
    PRINTABLE_LOG,
    hide,
    printable,
    printable_lines,
    spellings,
    without_secrets,
)

SECRET = 'pinr_a+b/c="d&é\\n'
"""With a character of each kind that some spelling changes."""


OBEYED = "".join(
    [
        *map(chr, range(32)),
        *map(chr, range(0x7F, 0xA0)),
        *map(chr, range(0x202A, 0x202F)),  # embeddings and overrides of direction
        *map(chr, range(0x2066, 0x206A)),  # isolates
        *"\u2028\u2029\u061c\u200b\u200e\u200f\ufeff\ud83d",
    ]
)


@pytest.mark.parametrize("character", OBEYED, ids=lambda character: f"U+{ord(character):04X}")
def test_no_character_that_a_terminal_obeys_is_shown(character):
    assert printable(f"a{character}b") in ("ab", "a b")
    assert "\n" not in printable(f"a{character}b")
    assert character == "\n" or character not in printable_lines(f"a{character}b")


@given(st.text(max_size=50))
def test_what_is_shown_stands_in_one_line_and_can_be_written(text):
    shown = printable(text)

    shown.encode()
    assert not {"Cc", "Cs", "Zl", "Zp"} & {unicodedata.category(each) for each in shown}


def test_letters_of_every_script_and_emoji_are_shown_as_they_are():
    name = "Sommer 🏖️👩‍👩‍👧‍👦 Ünïcödé עברית 日本"

    assert printable(name) == name


def test_our_own_lines_stay():
    assert printable_lines("one\ntwo\x1b[31m\r\n\nthree") == "one\ntwo[31m\n\nthree"


# --- Secrets ---

SPELLED: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in an address": lambda text: quote(text, safe=""),
    "in a path": quote,
    "in a form": quote_plus,
    "in an address, in small letters": lambda text: quote(text, safe="").lower(),
    "in an address twice": lambda text: quote(quote(text, safe=""), safe=""),
    "in JSON": lambda text: json.dumps(text)[1:-1],
    "in JSON of JavaScript": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "in JSON in JSON": lambda text: json.dumps(json.dumps(text))[2:-2],
    "in HTML": html.escape,
    "in base64": lambda text: base64.b64encode(text.encode()).decode(),
    "in base64 of addresses": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "in base64 behind 1": lambda text: base64.b64encode(b"1" + text.encode()).decode(),
    "in base64 behind 2, with more": lambda text: base64.b64encode(
        b":1" + text.encode() + b"more"
    ).decode(),
}


@pytest.mark.parametrize("how", SPELLED)
def test_a_secret_is_hidden_in_every_spelling(how):
    secret = SECRET.lower() if "small letters" in how else SECRET
    update_secrets([])
    hide(secret)

    shown = without_secrets(f"said: {SPELLED[how](secret)}!")

    assert "****" in shown
    assert SPELLED[how](secret)[4:-6] not in shown


@given(st.text(alphabet="abcXYZ019-_+/=.~", min_size=8, max_size=40), st.binary(max_size=9))
def test_a_secret_within_a_longer_base64_is_found(secret, before):
    text = base64.b64encode(before + secret.encode() + before).decode()

    assert any(each in text for each in spellings(secret))


@given(st.text(alphabet=st.characters(), min_size=8, max_size=20))
def test_any_text_has_spellings(secret):
    """Also one with half an emoji, as an address of Pinterest's may have."""
    assert secret in spellings(secret)
    assert "\ud83d-address" in spellings("\ud83d-address")


def test_what_looks_like_a_token_is_hidden_though_nobody_knows_it():
    update_secrets([])

    assert without_secrets("Bearer pina_AbCdEfGh12, pinx.y") == "Bearer ****, pinx.y"


def test_a_short_secret_does_not_blot_out_every_letter():
    update_secrets([])
    hide("t")
    hide(None)

    assert filter_secrets("the text") == "the text"


# --- Errors, the log ---


def test_an_error_shows_nothing_that_a_terminal_obeys():
    error = PinterestError(f"Pin {OBEYED} is missing.\nAd 7 too.")

    assert str(error).splitlines()[-1] == "Ad 7 too."
    assert not set(OBEYED) - {"\n"} & set(str(error))


def logged(message: str, *arguments: object, broken: bool = False) -> str:
    exc_info = None
    if broken:
        try:
            raise ValueError("\x1b[2J\u202e")
        except ValueError:
            exc_info = sys.exc_info()
    record = logging.LogRecord("a", logging.INFO, "", 1, message, arguments, exc_info)
    assert PRINTABLE_LOG.filter(record)
    return logging.Formatter().format(record)


def test_a_log_line_holds_nothing_that_a_terminal_obeys():
    assert logged("Ad account %s\n%s", "\x1b]0;owned\x07Shop", "\u202e") == (
        "Ad account ]0;ownedShop\n"
    )


def test_a_traceback_in_the_log_holds_nothing_that_a_terminal_obeys():
    text = logged("a defect", broken=True)

    assert "ValueError: [2J" in text
    assert not set("\x1b\u202e") & set(text)
