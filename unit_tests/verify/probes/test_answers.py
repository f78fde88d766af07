"""The probes of all answers together: limits, refusals, the login, pages."""

from __future__ import annotations

from typing import Any

import pytest

from source_pinterest.verify.findings import Result
from source_pinterest.verify.probes import answers
from source_pinterest.verify.subject import NotAsked
from unit_tests.verify.account import exchange, results, seen

ADS = "/ad_accounts/7/ads"
ANALYTICS = "/ad_accounts/7/analytics"


# --- Rate limits ---


def limited(limit: str, remaining: str = "299", reset: str = "60"):
    headers = {
        "x-ratelimit-limit": limit,
        "x-ratelimit-remaining": remaining,
        "x-ratelimit-reset": reset,
    }
    return exchange(ADS, {"items": [], "bookmark": None}, headers=headers)


@pytest.mark.parametrize(
    ("limit", "more", "expected"),
    [
        ('1000, 1000;w=60;name="ads_read"', {}, ("holds", "holds", "unknown")),
        ('10, 10;w=60;name="ads_read"', {}, ("holds", "differs", "unknown")),
        ("100, 100;w=1", {}, ("holds", "unknown", "unknown")),
        ("1000, 1000;w=86400", {}, ("holds", "unknown", "holds")),
        ("1000;w=60", {"reset": "soon"}, ("differs", "unknown", "unknown")),
        ("many", {}, ("differs", "unknown", "unknown")),
    ],
)
def test_headers_of_limits_are_compared_with_the_known_ones(limit, more, expected):
    findings = seen(answers.rate_limits, limited(limit, **more))

    told = {name: each.value for name, each in results(findings).items()}
    assert told == dict(
        zip(("rate-limit-headers", "rate-limits", "trial-access"), expected, strict=True)
    )


def test_without_headers_nothing_is_told_of_limits():
    with pytest.raises(NotAsked, match="X-RateLimit-Limit"):
        seen(answers.rate_limits, exchange(ADS, {}))


# --- Refusals ---


def refused(path: str, message: str, status: int = 400, code: int = 1, **more: Any):
    return exchange(path, {"code": code, "message": message}, status=status, **more)


@pytest.mark.parametrize(
    ("code", "result", "detail"),
    [
        (29, Result.HOLDS, "403 with code 29; the login went on."),
        (2, Result.DIFFERS, "403 with code 2; the login went on."),
    ],
)
def test_code_2_is_not_believed_to_mean_that_access_is_missing(code, result, detail):
    finding = seen(answers.refusals, refused(ADS, "No.", 403, code))["no-access"]

    assert (finding.result, finding.detail) == (result, detail)


def test_a_refused_download_or_renewal_is_no_missing_access():
    findings = seen(
        answers.refusals,
        refused("https://reports.s3.amazonaws.com/x", "No.", 403),
        refused("/oauth/token", "No.", 401, 2),
    )

    assert set(results(findings).values()) == {Result.UNKNOWN}


PEOPLE = (("columns", "TOTAL_IMPRESSION_USER,TOTAL_IMPRESSION_FREQUENCY"),)


@pytest.mark.parametrize(
    ("messages", "result", "detail"),
    [
        (["Bad TOTAL_IMPRESSION_USER."], Result.HOLDS, "1 of 1 such refusal name one."),
        (["Bad TOTAL_IMPRESSION_USER.", "Bad."], Result.DIFFERS, "1 of 2 such refusals name one."),
        (["Data of the last 90 days only."], Result.UNKNOWN, "No column was refused."),
    ],
)
def test_a_refusal_of_columns_is_believed_to_name_one(messages, result, detail):
    exchanges = [refused(ANALYTICS, message, query=PEOPLE) for message in messages]

    finding = seen(answers.refusals, *exchanges)["refusals-name-columns"]

    assert (finding.result, finding.detail) == (result, detail)


def test_columns_in_the_body_of_a_request_count_as_well():
    content = {"columns": ["TOTAL_IMPRESSION_USER", "TOTAL_IMPRESSION_FREQUENCY"]}

    findings = seen(answers.refusals, refused("/ad_accounts/7/reports", "Bad.", content=content))

    assert findings["refusals-name-columns"].result is Result.DIFFERS


def of_days(first: str, message: str = ""):
    query = (("columns", "CTR"), ("start_date", first), ("end_date", "2026-11-23"))
    return (
        refused(ANALYTICS, message, query=query)
        if message
        else exchange(ANALYTICS, [], query=query)
    )


@pytest.mark.parametrize(
    ("message", "result"),
    [
        ("You can only get data from the last 90 days.", Result.HOLDS),
        ("The window must be less than 90 days.", Result.HOLDS),
        ("Bad request.", Result.DIFFERS),
    ],
)
def test_a_refusal_that_only_other_days_cure_is_believed_to_say_so(message, result):
    findings = seen(answers.window_refusals, of_days("2026-08-26", message), of_days("2026-08-27"))

    assert results(findings) == {"words-of-window-refusals": result}


def test_a_refusal_without_days_is_not_one_of_a_window():
    with pytest.raises(NotAsked, match="No window was refused"):
        seen(answers.window_refusals, refused(ADS, "Bad."), exchange(ADS, []))


# --- The login ---

RENEWED = {
    "access_token": "pina_new",
    "refresh_token": "pinr_new",
    "expires_in": 2_592_000,
    "refresh_token_expires_in": 5_184_000,
    "scope": "ads:read,pins:read",
}


def renewal(status: int = 200, **more: object) -> dict[str, Result]:
    return results(
        seen(answers.login, exchange("/oauth/token", {**RENEWED, **more}, status=status))
    )


def test_a_renewal_as_believed_shows_all_five_beliefs():
    assert renewal() == dict.fromkeys(answers.login.beliefs, Result.HOLDS)


@pytest.mark.parametrize(
    ("more", "belief"),
    [
        ({"refresh_token_expires_in": None}, "lives-of-tokens"),
        ({"expires_in": 3_600}, "lives-of-tokens"),
        ({"access_token": "another-form"}, "lives-of-tokens"),
    ],
)
def test_other_lives_or_forms_of_tokens_differ(more, belief):
    told = renewal(**more)

    assert [name for name, result in told.items() if result is Result.DIFFERS] == [belief]


def test_a_renewal_without_a_refresh_token_keeps_the_former_one():
    assert renewal(refresh_token=None)["new-refresh-token"] is Result.DIFFERS


def test_one_scope_shows_no_separator():
    assert "scopes-of-a-login" not in renewal(scope="ads:read")


@pytest.mark.parametrize(("status", "more"), [(401, {}), (200, {"access_token": ""})])
def test_a_renewal_that_gives_no_token_shows_nothing_else(status, more):
    assert renewal(status, **more) == {"renewal-of-a-login": Result.DIFFERS}


def test_a_good_access_token_leaves_the_renewal_open():
    with pytest.raises(NotAsked, match="still good"):
        seen(answers.login, exchange(ADS, {}))


# --- Pages ---


def a_page(*ids: object, query: tuple[tuple[str, str], ...] = (), **more: object):
    body = {"items": [{"id": each} for each in ids], "bookmark": None, **more}
    return exchange(ADS, body, query=(("page_size", "250"), *query))


def test_a_full_last_page_might_be_followed_by_more():
    short = seen(answers.pages, a_page("1"))["end-of-a-list"]
    full = seen(answers.pages, a_page(*map(str, range(1, 251))))["end-of-a-list"]

    assert short.result is Result.HOLDS
    assert full.result is Result.UNKNOWN
    assert full.detail.endswith("1 of them with a full page, after which there might be more.")


def test_the_ends_of_lists_are_counted_by_their_form():
    without = exchange(ADS, {"items": []}, query=(("page_size", "250"),))

    finding = seen(answers.pages, a_page("1"), without)["end-of-a-list"]

    assert finding.detail == "2 lists end: 1 with null, 1 without a bookmark."


def test_pages_of_250_that_are_all_refused_differ():
    too_many = refused(ADS, "Too many.", query=(("page_size", "250"),))

    alone = seen(answers.pages, too_many)
    beside = seen(answers.pages, too_many, a_page("1"))

    assert alone["pages-of-250"].result is Result.DIFFERS
    assert alone["pages-of-250"].detail == "No page came: Pinterest: 400, code 1, Too many."
    assert alone["end-of-a-list"].result is Result.UNKNOWN
    assert beside["pages-of-250"].result is Result.HOLDS


BOOKMARK = (("bookmark", "b"),)


def test_a_bookmark_is_opaque_if_every_one_led_on():
    led_on = a_page("2", query=BOOKMARK)
    led_nowhere = refused(ADS, "Bad bookmark.", query=(("page_size", "250"), *BOOKMARK))
    cases = [
        [a_page("1")],
        [a_page("1", bookmark="b")],
        [a_page("1", bookmark="b"), led_on],
        [a_page("1", bookmark="b"), led_on, led_nowhere],
    ]

    told = [seen(answers.pages, *case)["opaque-bookmarks"] for case in cases]

    assert [(each.result.value, each.detail) for each in told] == [
        ("unknown", "No list has more than a page."),
        ("unknown", "There are bookmarks, and none was followed."),
        ("holds", "1 of 1 bookmark led on."),
        ("differs", "1 of 2 bookmarks led on."),
    ]


ASCENDING = (("order", "ASCENDING"),)


@pytest.mark.parametrize(
    ("ids", "result"),
    [
        (("9", "10"), Result.HOLDS),
        (("10", "9"), Result.DIFFERS),
        (("10", "not a number"), Result.UNKNOWN),
    ],
)
def test_the_order_of_a_list_is_that_of_numbers(ids, result):
    finding = seen(answers.pages, a_page(*ids, query=ASCENDING))["order-of-lists"]

    assert finding.result is result
