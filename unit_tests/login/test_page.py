"""The page at the end of a login: what it says, as text that no browser runs."""

from __future__ import annotations

import pytest

from source_pinterest.login import page


def test_the_page_shows_names_as_text():
    text = page.succeeded("<b>", ["1, <script>"], [], "my&.json", "check <x>")

    assert "<script>" not in text
    assert "<b>" not in text
    assert "Hello &lt;b&gt;, you are logged in" in text


def test_a_login_is_greeted_with_its_ad_accounts_its_file_and_the_next_command():
    text = page.succeeded("me", ["1, Shoes", "2, Hats"], [], "my.json", "source-pinterest check")

    assert "<title>Hello me, you are logged in · source-pinterest</title>" in text
    assert "<ul><li>1, Shoes</li><li>2, Hats</li></ul>" in text
    assert "The login is saved in <code>my.json</code>." in text
    assert "<p><code>source-pinterest check</code></p>" in text
    assert "What it may not read" not in text


def test_rights_that_are_missing_are_listed():
    text = page.succeeded("me", ["1"], ["No catalogs & no boards."], "my.json", "check")

    assert "<h2>What it may not read</h2>\n<ul><li>No catalogs &amp; no boards.</li></ul>" in text


def test_a_login_whose_user_and_ad_accounts_are_unknown_is_still_one():
    text = page.succeeded("", [], [], "my.json", "check")

    assert "</span> You are logged in</h1>" in text
    assert "<p>None that this login can read.</p>" in text


def test_a_login_that_failed_says_why_and_that_nothing_was_saved():
    text = page.failed("Pinterest refuses <this>.")

    assert '<html lang="en" class="failed">' in text
    assert "<p>Pinterest refuses &lt;this&gt;.</p>" in text
    assert "Nothing was saved." in text


@pytest.mark.parametrize(
    "text", [page.succeeded("me", ["1"], ["none"], "f", "c"), page.failed("why")]
)
def test_the_page_loads_nothing_and_runs_nothing(text):
    for word in ("<script", "http://", "https://", "url(", "@import", "javascript:", " src="):
        assert word not in text


def test_words_of_others_are_one_line_without_secrets_and_no_longer_than_the_page_bears():
    assert page.shortened("Shoes\n\x1b[2J& \u202ehats") == "Shoes [2J& hats"
    assert "pina_AbCdEf" not in page.shortened("the token pina_AbCdEf0123456789 is mine")
    assert len(page.shortened("x" * 5_000)) == page.LENGTH
