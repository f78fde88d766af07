"""Findings, and the words of their details."""

from source_pinterest.verify.findings import (
    Finding,
    Result,
    capitalized,
    differs,
    either,
    holds,
    listed,
    unknown,
)


def test_a_finding_is_made_by_its_result():
    assert [each("a-belief", "So.").result for each in (holds, differs, unknown)] == list(Result)
    assert either("a-belief", True, "So.") == Finding("a-belief", Result.HOLDS, "So.")
    assert either("a-belief", False, "So.") == Finding("a-belief", Result.DIFFERS, "So.")


def test_twelve_names_are_listed_whole_and_of_more_the_rest_is_counted():
    names = [f"C{number}" for number in range(1, 14)]

    assert listed(names[:12]).endswith("C11, C12")
    assert listed(names).endswith("C11, C12 and 1 more")
    assert listed([]) == ""


def test_only_the_first_letter_becomes_a_capital_one():
    assert capitalized("keywords: CTR Is refused") == "Keywords: CTR Is refused"
    assert capitalized("") == ""
