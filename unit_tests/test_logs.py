"""Log messages of a command: plain lines on stderr, without secrets."""

import logging

import pytest
from airbyte_cdk.utils.airbyte_secrets_utils import update_secrets

from source_pinterest.logs import logs_on_stderr, tell

logger = logging.getLogger("airbyte.source_pinterest")


@pytest.fixture
def secret():
    update_secrets(["a-long-secret"])
    yield "a-long-secret"
    update_secrets([])


def test_warnings_are_plain_lines_without_secrets_and_less_is_not_shown(capsys, secret):
    with logs_on_stderr():
        logger.info("nobody needs this")
        logger.warning(f"the token {secret} is old")

    printed = capsys.readouterr()
    assert printed.err == "the token **** is old\n"
    assert printed.out == ""


def test_a_higher_level_hides_warnings(capsys):
    with logs_on_stderr(logging.CRITICAL):
        logger.warning("a list that is made up")

    assert capsys.readouterr().err == ""


def test_the_handlers_are_what_they_were_before():
    loggers = logging.getLogger(), logging.getLogger("airbyte")
    before = [list(each.handlers) for each in loggers]

    with pytest.raises(ValueError, match="no"), logs_on_stderr():
        raise ValueError("no")

    assert [each.handlers for each in loggers] == before


def test_a_sentence_goes_to_stderr_without_secrets(capsys, secret):
    tell(f"The token {secret} was renewed.")

    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "The token **** was renewed.\n")
