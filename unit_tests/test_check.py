"""What `check` finds out from what Pinterest answers, and how little it asks for it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from source_pinterest.check import Check, Found, needed_scopes, without
from source_pinterest.config import Config
from source_pinterest.http.errors import (
    AccessDenied,
    LoginRefused,
    PinterestError,
    RateLimited,
    RequestRefused,
    Unavailable,
)
from source_pinterest.reading import Reading
from source_pinterest.streams import DOCUMENTED

ALL = len(DOCUMENTED)

USER = {"id": "2783136121146311751", "username": "a_pinner"}
OWN = {"id": "549755885175", "name": "Shoes", "currency": "EUR", "permissions": ["OWNER"]}
NO_ROLE = {"id": "549755885176", "name": "Hats", "currency": "USD", "permissions": ["SOS_READER"]}
PIN = {"id": "813744226420795884", "is_owner": True}
REPIN = {"id": "813744226420795885", "is_owner": False}


def lacks(scope: str) -> AccessDenied:
    return AccessDenied(f"(Pinterest: 401, code 3, lacks {scope})", 401, 3)


def page(*items: Mapping[str, Any]) -> dict[str, Any]:
    return {"items": list(items), "bookmark": None}


class Tokens:
    scopes: frozenset[str] | None = None

    def token(self) -> str:
        raise AssertionError("no request is really made")

    renew = token

    def lasts(self) -> str:
        return "It lasts."


class Pinterest:
    """Answers by path; a PinterestError is raised instead."""

    base_url = "https://pinterest.test/v5"

    def __init__(self, **answers: Any) -> None:
        self.repeated_keys: set[str] = set()
        self.tokens = Tokens()
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Any] = {
            "user_account": USER,
            "ad_accounts": page(OWN),
            "boards": page(),
            "pins": page(REPIN, PIN),
            "pins_analytics": {PIN["id"]: {}},
            "analytics": [],
            **answers,
        }

    def get(self, path: str, params: Any, category: str, is_expected: Any) -> Any:
        assert category
        self.asked.append((path, dict(params)))
        name = path.strip("/").replace("/", "_")
        if name.startswith("ad_accounts_"):
            name = "analytics"
        answer = self.answers[name]
        if callable(answer):
            answer = answer(params)
        if isinstance(answer, PinterestError):
            raise answer
        assert is_expected(answer)
        return answer

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


def check(pinterest: Pinterest, caplog: pytest.LogCaptureFixture, **config: Any) -> Found:
    caplog.set_level(logging.INFO)
    credentials = {"auth_method": "access_token", "access_token": "t"}
    parsed = Config.parse({"credentials": credentials, **config})
    reading = Reading(parsed, pinterest, date(2026, 11, 24))
    return Check(reading, logging.getLogger("test")).run()


def test_a_login_that_may_do_everything_costs_five_requests(caplog):
    pinterest = Pinterest()

    found = check(pinterest, caplog)

    assert found.problems == []
    assert found.summary == f"Logged in as a_pinner: {ALL} of {ALL} reports, 1 ad account."
    assert pinterest.paths == [
        "/user_account",
        "/ad_accounts",
        "/boards",
        "/pins",
        "/pins/analytics",
    ]
    assert caplog.messages == [
        "Logged in as a_pinner (user 2783136121146311751).",
        "Ad account 549755885175 (Shoes, EUR; your role: OWNER): it is read.",
        f"All {ALL} reports are allowed to this login.",
        "pin_analytics reads 100 Pins at a time.",
        "It lasts.",
    ]


# --- Scopes ---


def test_the_scopes_of_each_report_are_pinterests():
    ads = frozenset({"ads:read"})
    boards_and_pins = frozenset({"boards:read", "pins:read"})
    user = frozenset({"user_accounts:read"})

    found = needed_scopes(DOCUMENTED)

    assert found == dict.fromkeys(found, ads) | {
        "boards": frozenset({"boards:read"}),
        "pins": boards_and_pins,
        "followers": user,
        "user_interests": user,
        "pin_analytics": boards_and_pins | user,
        "user_account_analytics": user,
    }
    assert needed_scopes()["delivery_metrics"] == ads | {"pins:read"} | user


def test_what_the_user_holds_needs_the_scopes_of_its_endpoints():
    found = needed_scopes()

    assert found["user_account"] == {"user_accounts:read"}
    assert found["board_sections"] == {"boards:read"}
    assert found["board_pins"] == {"boards:read", "pins:read"}
    assert found["board_section_pins"] == {"boards:read", "pins:read"}
    assert found["top_pins"] == {"pins:read", "user_accounts:read"}
    assert found["top_video_pins"] == {"pins:read", "user_accounts:read"}
    assert found["catalogs"] == {"catalogs:read"}
    assert found["catalogs_feeds"] == {"catalogs:read"}
    assert found["catalogs_product_groups"] == {"catalogs:read"}


def test_a_login_without_ads_is_no_failure(caplog):
    pinterest = Pinterest(ad_accounts=lacks("a scope"))

    found = check(pinterest, caplog)

    assert found.problems == []
    assert found.summary == f"Logged in as a_pinner: 6 of {ALL} reports, 0 ad accounts."
    (sentence,) = [line for line in caplog.messages if line.startswith("The scope")]
    assert sentence.startswith(
        "The scope ads:read is missing: campaigns, ad_groups, ads, campaign_analytics, "
        "ad_group_analytics, ad_analytics, campaign_targeting_analytics, "
        "ad_group_targeting_analytics, ad_targeting_analytics, ad_analytics_daily"
    )
    assert sentence.endswith("ad_analytics_daily cannot be read.")
    assert sentence.endswith(" cannot be read.")


@pytest.mark.parametrize(
    ("answers", "missing"),
    [
        ({"pins": lacks("a scope")}, ["pins:read"]),
        ({"pins": lacks("pins:read")}, ["pins:read"]),
        ({"boards": lacks("a scope"), "pins": lacks("a scope")}, ["boards:read"]),
        ({"boards": lacks("a scope"), "pins": lacks("pins:read")}, ["boards:read", "pins:read"]),
        ({"user_account": lacks("a scope")}, ["user_accounts:read"]),
    ],
)
def test_a_missing_scope_is_named_and_none_that_may_be_there(answers, missing, caplog):
    check(Pinterest(**answers), caplog)

    assert [line for line in caplog.messages if "The scope" in line] == without(missing)


def test_the_scopes_that_a_renewal_tells_are_believed(caplog):
    pinterest = Pinterest()
    pinterest.tokens.scopes = frozenset(
        {"ads:read", "boards:read", "pins:read", "pins:read_secret", "user_accounts:read"}
    )

    found = check(pinterest, caplog)

    assert found.reports == ALL
    assert "The scope boards:read_secret is missing: secret boards are left out." in caplog.messages


def test_a_login_that_may_read_nothing_has_failed(caplog):
    refused = lacks("a scope")
    pinterest = Pinterest(user_account=refused, ad_accounts=refused, boards=refused, pins=refused)
    pinterest.tokens.scopes = frozenset({"catalogs:read"})

    found = check(pinterest, caplog)

    (problem,) = found.problems
    assert problem.startswith(
        f"None of the {ALL} reports can be read with this login: the scopes ads:"
    )


EVERYTHING = frozenset(
    {
        *("ads:read", "boards:read", "boards:read_secret"),
        *("pins:read", "pins:read_secret", "user_accounts:read"),
    }
)


@pytest.mark.parametrize("scopes", [None, EVERYTHING])
def test_a_login_that_is_refused_everything_has_failed_whatever_its_scopes(scopes, caplog):
    refused = AccessDenied("This login may not read it (403).", 403, 29)
    pinterest = Pinterest(user_account=refused, ad_accounts=refused, boards=refused, pins=refused)
    pinterest.tokens.scopes = scopes

    found = check(pinterest, caplog)

    assert found.problems == [
        f"None of the {ALL} reports can be read with this login: This login may not read it (403). "
        "Log in again, and allow the app to read all that it asks for."
    ]


# --- Ad accounts ---


def test_an_ad_account_without_an_ads_role_is_left_out_with_a_warning(caplog):
    found = check(Pinterest(ad_accounts=page(OWN, NO_ROLE)), caplog)

    assert found.problems == []
    assert found.ad_accounts == 1
    assert (
        "Ad account 549755885176 (Hats, USD; your role: SOS_READER): this does not allow to read "
        "ads. Ask its owner for the Analyst role if it should be read: it is left out."
    ) in caplog.messages


def test_a_named_ad_account_without_an_ads_role_is_a_failure(caplog):
    found = check(
        Pinterest(ad_accounts=page(OWN, NO_ROLE)), caplog, ad_account_ids=["549755885176"]
    )

    assert found.problems == [
        "Ad account 549755885176 (Hats, USD; your role: SOS_READER): this does not allow to read "
        "ads. Ask its owner for the Analyst role, or take it out of `ad_account_ids`."
    ]


def test_a_named_ad_account_that_is_not_seen_is_a_failure(caplog):
    found = check(Pinterest(), caplog, ad_account_ids=["1", "549755885175"])

    assert found.problems == [
        "Ad account 1 is named in `ad_account_ids`, but this login does not see it (it sees: "
        "549755885175). Correct the id, or ask its owner for the Analyst role."
    ]


def test_named_ad_accounts_without_the_scope_are_a_failure(caplog):
    pinterest = Pinterest(ad_accounts=lacks("ads:read"))

    found = check(pinterest, caplog, ad_account_ids=["549755885175"])

    (problem,) = found.problems
    assert problem.startswith("`ad_account_ids` names ad accounts, but this login may not read ads")


# --- The attribution windows ---

DEFAULTS = {"click_window_days": 30, "engagement_window_days": 30, "view_window_days": 1}


def windows(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: params[name] for name in DEFAULTS}


def test_windows_that_pinterest_refuses_together_are_a_failure_that_names_the_fields(caplog):
    refusal = RequestRefused("Refused (Pinterest: 400, code 1, no (yet)). Report this.", 400, 1)
    pinterest = Pinterest(analytics=lambda params: [] if windows(params) == DEFAULTS else refusal)

    found = check(pinterest, caplog, click_window_days=1)

    assert found.problems == [
        "Pinterest does not take these attribution windows together: `click_window_days` 1, "
        "`engagement_window_days` 30, `view_window_days` 1 (Pinterest: 400, code 1, no (yet)). "
        "Choose others; Pinterest's own are 30, 30 and 1."
    ]
    assert len(pinterest.asked) == 7


def test_windows_are_not_blamed_for_what_is_refused_with_the_defaults_too(caplog):
    pinterest = Pinterest(analytics=RequestRefused("No (400).", 400, 1))

    found = check(pinterest, caplog, click_window_days=1)

    assert found.problems == []
    assert "It was not found out whether Pinterest takes the attribution windows: No (400)." in (
        caplog.messages
    )


def test_windows_that_pinterest_takes_are_asked_about_once(caplog):
    pinterest = Pinterest()

    check(pinterest, caplog, click_window_days=7, engagement_window_days=7)

    ((_, params),) = [each for each in pinterest.asked if each[0].endswith("75/analytics")]
    assert (params["start_date"], params["end_date"]) == ("2026-11-23", "2026-11-23")
    assert windows(params) == {
        "click_window_days": 7,
        "engagement_window_days": 7,
        "view_window_days": 1,
    }


# --- What else ---


def test_an_app_without_the_endpoint_for_several_pins_hears_how_slow_it_is(caplog):
    check(
        Pinterest(pins_analytics=AccessDenied("No (Pinterest: 403, code 29, no). Ask.", 403, 29)),
        caplog,
    )

    assert (
        "pin_analytics reads Pins one by one, 60 a minute: several at once are not allowed to this "
        "app (Pinterest: 403, code 29, no)."
    ) in caplog.messages


def test_a_slow_answer_about_details_is_no_failure_and_nothing_more_is_asked(caplog):
    pinterest = Pinterest(boards=Unavailable("No answer."))

    found = check(pinterest, caplog, click_window_days=7)

    assert found.problems == []
    assert pinterest.paths == ["/user_account", "/ad_accounts", "/boards"]
    assert "It was not found out whether /boards can be read: No answer." in caplog.messages


@pytest.mark.parametrize(
    "error", [LoginRefused("Log in again."), Unavailable("Down."), RateLimited("Tomorrow.")]
)
def test_a_login_of_which_nothing_can_be_said_is_an_error(error, caplog):
    with pytest.raises(type(error)):
        check(Pinterest(user_account=error), caplog)
