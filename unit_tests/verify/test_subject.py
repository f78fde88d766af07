"""The login under verification: which ad account it uses, and what it asks for once."""

from __future__ import annotations

import pytest

from source_pinterest.http.errors import LoginRefused
from source_pinterest.verify.allowance import AllowanceUsedUp
from source_pinterest.verify.subject import CannotVerify, NotAsked, Subject
from unit_tests.http.scripted import Reply
from unit_tests.verify.account import ACCOUNT, CONFIG, Account, Request, page, refusal

AD_ACCOUNTS = "GET /ad_accounts"
CAMPAIGNS = f"GET {ACCOUNT}/campaigns"
ADS = f"GET {ACCOUNT}/ads"
REPORT = f"GET {ACCOUNT}/ads/analytics"
ADDRESS = "https://reports.s3.amazonaws.com/made.json"
TWO = page({"id": "1"}, {"id": "2"})
READABLE = ["ANALYST"]


def opened(account: Account, **config: object) -> Subject:
    subject = account.subject({**CONFIG, **config})
    subject.open()
    return subject


# --- The ad account ---


def test_the_first_readable_ad_account_with_two_ads_is_used():
    account = Account(
        {
            AD_ACCOUNTS: page(
                {"id": "10", "permissions": READABLE},
                {"id": "7", "permissions": READABLE},
                {"id": "6", "permissions": ["BILLING"]},
            ),
            ADS: page({"id": "1"}),
            "GET /ad_accounts/10/ads": TWO,
        }
    )

    with account.answering():
        subject = opened(account)

    assert subject.of_account("/ads") == "/ad_accounts/10/ads"
    assert account.asked("GET /ad_accounts/6/ads") == []


def test_no_more_than_three_ad_accounts_are_looked_at():
    ids = ("7", "8", "9", "10")
    account = Account({AD_ACCOUNTS: page(*({"id": i, "permissions": READABLE} for i in ids))})

    with account.answering():
        assert opened(account).ad_account == "7"

    assert {name for name, _ in account.requests if name.endswith("/ads")} == {
        *(ADS, "GET /ad_accounts/8/ads", "GET /ad_accounts/9/ads"),
    }


def test_a_named_ad_account_that_the_login_does_not_see_is_not_used():
    account = Account({})

    with account.answering():
        subject = opened(account, ad_account_ids=["8"])

    with pytest.raises(NotAsked, match="no ad account that it can read"):
        subject.of_account("/ads")
    assert subject.entities == {"ad": [], "ad_group": [], "campaign": []}


@pytest.mark.parametrize("status", [500, 503])
def test_an_outage_of_both_first_requests_ends_the_verification(status):
    down = refusal("Oops.", status, 11)
    account = Account({"GET /user_account": down, AD_ACCOUNTS: down})

    with account.answering(), pytest.raises(CannotVerify, match=f"Pinterest: {status}, code 11"):
        opened(account)


def test_a_user_that_is_refused_is_nobody_and_the_verification_goes_on():
    account = Account({"GET /user_account": refusal("No.", 403, 29)})

    with account.answering():
        subject = opened(account)

    assert (subject.user, subject.ad_account) == ({}, "7")


def test_a_rate_limit_that_is_used_up_at_the_beginning_leaves_what_needs_no_ads_to_verify():
    busy = Reply(429, {"code": 8, "message": "Too fast."}, {"x-ratelimit-reset": "3600"})
    both = page({"id": "7", "permissions": READABLE}, {"id": "8", "permissions": READABLE})
    account = Account({AD_ACCOUNTS: both, ADS: busy, "GET /pins": page()})

    with account.answering():
        subject = opened(account)
        assert subject.get("/pins").is_good
        with pytest.raises(NotAsked, match="rate limit for ads_read is used up"):
            subject.ids("ad")

    assert subject.ad_account == "7"


# --- Asking ---


def test_a_category_whose_rate_limit_is_used_up_is_not_asked_again():
    busy = Reply(429, {"code": 8, "message": "Too fast."}, {"x-ratelimit-reset": "3600"})
    account = Account({CAMPAIGNS: busy, "GET /pins": page()})

    with account.answering():
        subject = account.subject()
        assert subject.get(f"{ACCOUNT}/campaigns").status == 429
        with pytest.raises(NotAsked, match="rate limit for ads_read is used up"):
            subject.get(f"{ACCOUNT}/campaigns")
        assert subject.get("/pins").is_good  # of another category

    assert len(account.asked(CAMPAIGNS)) == 1


def test_what_is_no_operation_of_the_description_is_not_asked_for():
    account = Account({})

    with account.answering(), pytest.raises(NotAsked, match="GET /nothing is not an operation"):
        account.subject().get("/nothing")

    assert account.requests == []


def test_a_login_that_is_refused_is_not_an_answer():
    ended = refusal("Authentication failed.", 401, 2)
    account = Account({"GET /user_account": ended, "GET /pins": ended})

    with account.answering(), pytest.raises(LoginRefused):
        account.subject().get("/pins")


def test_no_request_is_sent_after_the_ninetieth():
    account = Account({"GET /pins": page()})

    with account.answering():
        subject = account.subject()
        for _ in range(90):
            subject.get("/pins")
        with pytest.raises(AllowanceUsedUp):
            subject.get("/pins")

    assert len(account.requests) == 90


def test_a_download_that_is_refused_is_an_answer():
    account = Account({ADDRESS: Reply(403, b"<Error>")})

    with account.answering():
        content = account.subject().download(ADDRESS)

    assert (content.status, content.text) == (403, b"<Error>")


# --- Lists ---


def test_empty_pages_are_followed_up_to_the_third():
    def answer(request: Request) -> Reply:
        number = int(request.value("bookmark") or 0)
        return page(bookmark=str(number + 1))

    account = Account({"GET /pins": answer})

    with account.answering():
        items, last = account.subject().pages("/pins", {})

    assert (items, last.value("bookmark")) == ([], "2")
    assert [each.value("page_size") for each in account.asked("GET /pins")] == ["250"] * 3


def test_the_first_page_with_items_is_enough():
    account = Account({"GET /pins": [page(bookmark="b"), page({"id": "1"}, bookmark="c")]})

    with account.answering():
        items, _ = account.subject().pages("/pins", {})

    assert items == [{"id": "1"}]
    assert len(account.requests) == 2


def test_a_level_whose_list_of_every_status_is_refused_is_listed_by_default():
    def answer(request: Request) -> Reply:
        return refusal("Bad status.") if request.value("entity_statuses") else TWO

    account = Account({CAMPAIGNS: answer})

    with account.answering():
        subject = opened(account)
        assert subject.ids("campaign") == ["1", "2"]

    assert subject.lists_by_default == {"campaign"}


# --- The report ---


def test_the_report_of_the_ads_is_asked_for_once():
    account = Account({ADS: TWO, REPORT: Reply(200, [{"AD_ID": 2.0}, {"AD_ID": "9"}, "odd"])})

    with account.answering():
        subject = opened(account)
        assert len(subject.report_rows) == 2
        assert subject.active_ads == ["2"]

    (request,) = account.asked(REPORT)
    assert (request.value("start_date"), request.value("end_date")) == ("2026-10-25", "2026-11-23")
    assert request.query["ad_ids"] == ["1,2"]


def test_the_report_is_asked_for_once_more_without_the_columns_that_a_refusal_names():
    account = Account({ADS: TWO, REPORT: [refusal("CTR is not a column."), Reply(200, [])]})

    with account.answering():
        assert opened(account).report.is_good

    first, second = (each.value("columns").split(",") for each in account.asked(REPORT))
    assert [column for column in first if column not in second] == ["CTR"]


def test_without_ads_there_is_no_report():
    account = Account({})

    with account.answering():
        subject = opened(account)
        with pytest.raises(NotAsked, match="has no ads"):
            _ = subject.report


def test_the_entity_that_is_likely_to_have_rows_is_that_of_the_report():
    rows = Reply(200, [{"AD_ID": "2", "CAMPAIGN_ID": 5}])
    account = Account({ADS: TWO, CAMPAIGNS: page({"id": "4"}, {"id": "5"}), REPORT: rows})

    with account.answering():
        subject = opened(account)
        assert (subject.active("ad"), subject.active("campaign")) == ("2", "5")
        with pytest.raises(NotAsked, match="The ad account has no ad group"):
            subject.active("ad_group")
