"""The findings of `check` from Pinterest's answers, and the few requests that it sends."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from source_pinterest.api.limits import LIMITS
from source_pinterest.check import Check, CheckResult, describe_missing_scopes, needed_scopes
from source_pinterest.config.config import Config
from source_pinterest.http.errors import (
    AccessDenied,
    LoginRefused,
    PinterestError,
    RateLimited,
    RequestRefused,
    Unavailable,
)
from source_pinterest.streams.registry import SUGGESTED
from source_pinterest.sync.context import SyncContext, is_user

ALL = len(SUGGESTED)

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

    def describe_lifetime(self) -> str:
        return "It lasts."


class Pinterest:
    """Answers by path; a PinterestError is raised instead."""

    base_url = "https://pinterest.test/v5"

    def __init__(self, **answers: Any) -> None:
        self.repeated_keys: set[str] = set()
        self.limits = LIMITS
        self.tokens = Tokens()
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Any] = {
            "user_account": USER,
            "ad_accounts": page(OWN),
            "boards": page(),
            "pins": page(REPIN, PIN),
            "pins_analytics": {PIN["id"]: {}},
            "analytics": [],
            "columns": [],
            **answers,
        }
        self.columns_asked: list[tuple[str, dict[str, Any]]] = []
        """The requests that find out which columns are refused, by path or by level."""

    def get(self, path: str, params: Any, category: str, is_expected: Any) -> Any:
        assert category
        name = path.strip("/").replace("/", "_")
        if name.startswith("ad_accounts_"):
            name = "analytics" if "click_window_days" in params else "columns"
        if name == "columns":
            self.columns_asked.append((path, dict(params)))
        else:
            self.asked.append((path, dict(params)))
        answer = self.answers[name]
        if callable(answer):
            answer = answer(params)
        if isinstance(answer, PinterestError):
            raise answer
        assert is_expected(answer)
        return answer

    def post(self, path: str, content: Any, category: str, is_expected: Any) -> Any:
        assert path.endswith("/reports")
        assert category
        self.columns_asked.append((content["level"], dict(content)))
        answer = self.answers["columns"] or {}
        if callable(answer):
            answer = answer(content) or {}
        if isinstance(answer, PinterestError):
            raise answer
        assert is_expected(answer)
        return answer

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


def check(pinterest: Pinterest, caplog: pytest.LogCaptureFixture, **config: Any) -> CheckResult:
    caplog.set_level(logging.INFO)
    credentials = {"auth_method": "access_token", "access_token": "t"}
    parsed = Config.parse({"credentials": credentials, **config})
    context = SyncContext(parsed, pinterest, date(2026, 11, 24))
    return Check(context, logging.getLogger("test")).run()


def test_a_login_that_may_do_everything_costs_seven_requests(caplog):
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
    account = "/ad_accounts/549755885175"
    assert [path for path, _ in pinterest.columns_asked] == [
        f"{account}/analytics",
        f"{account}/targeting_analytics",
    ]
    assert caplog.messages == [
        "Logged in as a_pinner (user 2783136121146311751).",
        "Ad account 549755885175 (Shoes, EUR; your role: OWNER) is read.",
        f"This login may read all {ALL} reports.",
        "pin_analytics reads 100 Pins at a time.",
        "It lasts.",
    ]


# --- Scopes ---


def test_the_scopes_of_each_report_are_pinterests():
    ads = frozenset({"ads:read"})
    boards_and_pins = frozenset({"boards:read", "pins:read"})
    user = frozenset({"user_accounts:read"})

    found = needed_scopes(SUGGESTED)

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

    assert [line for line in caplog.messages if "The scope" in line] == describe_missing_scopes(
        missing
    )


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
        "Log in again, and allow everything that the app asks for."
    ]


# --- Ad accounts ---


def test_an_ad_account_without_an_ads_role_is_left_out_with_a_warning(caplog):
    found = check(Pinterest(ad_accounts=page(OWN, NO_ROLE)), caplog)

    assert found.problems == []
    assert found.ad_accounts == 1
    assert (
        "Ad account 549755885176 (Hats, USD; your role: SOS_READER) is left out: this role does "
        "not allow reading ads. To read it, ask its owner for the Analyst role."
    ) in caplog.messages


def test_a_named_ad_account_without_an_ads_role_is_a_failure(caplog):
    found = check(
        Pinterest(ad_accounts=page(OWN, NO_ROLE)), caplog, ad_account_ids=["549755885176"]
    )

    assert found.problems == [
        "Ad account 549755885176 (Hats, USD; your role: SOS_READER): this role does not allow "
        "reading ads. Ask its owner for the Analyst role, or take it out of `ad_account_ids`."
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
        "Pinterest does not accept these attribution windows together: `click_window_days` 1, "
        "`engagement_window_days` 30, `view_window_days` 1 (Pinterest: 400, code 1, no (yet)). "
        "Choose others; Pinterest's defaults are 30, 30 and 1."
    ]
    assert len(pinterest.asked) == 7


def test_windows_are_not_blamed_for_what_is_refused_with_the_defaults_too(caplog):
    pinterest = Pinterest(analytics=RequestRefused("No (400).", 400, 1))

    found = check(pinterest, caplog, click_window_days=1)

    assert found.problems == []
    assert (
        "The check could not find out whether Pinterest accepts the attribution windows: No (400)."
        in (caplog.messages)
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


def report(name: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "level": "ad", "columns": ["CTR"], **fields}


def asked_windows(pinterest: Pinterest) -> list[tuple[int, int, int]]:
    return [
        tuple(windows(params).values())
        for path, params in pinterest.asked
        if path.endswith("75/analytics")
    ]


def test_the_windows_of_custom_reports_are_asked_about_each_combination_once(caplog):
    pinterest = Pinterest()

    found = check(
        pinterest,
        caplog,
        click_window_days=7,
        custom_reports=[
            report("as_all"),
            report("as_all_in_words", click_window_days="7"),
            report("of_its_own", click_window_days=1, view_window_days=0),
            report("the_same", click_window_days=1, view_window_days="0"),
            report("as_pinterest", click_window_days=30),
        ],
    )

    assert found.problems == []
    assert asked_windows(pinterest) == [(7, 30, 1), (1, 30, 0)]
    assert (
        "Pinterest accepts the attribution windows: `click_window_days` 1, `engagement_window_days` 30, "
        "`view_window_days` 0 of `custom_reports[2]` (of_its_own) and `custom_reports[3]` (the_same)."
    ) in caplog.messages


def test_windows_of_a_custom_report_that_are_refused_are_a_failure_that_names_the_report(caplog):
    refusal = RequestRefused("Refused (Pinterest: 400, code 1, no). Report this.", 400, 1)
    pinterest = Pinterest(analytics=lambda params: [] if windows(params) == DEFAULTS else refusal)

    found = check(
        pinterest,
        caplog,
        custom_reports=[report("fine"), report("clicks", click_window_days=1), report("plain")],
    )

    assert found.problems == [
        "Pinterest does not accept these attribution windows together: `click_window_days` 1, "
        "`engagement_window_days` 30, `view_window_days` 1 of `custom_reports[1]` (clicks) "
        "(Pinterest: 400, code 1, no). Choose others; Pinterest's defaults are 30, 30 and 1."
    ]
    assert asked_windows(pinterest) == [(1, 30, 1), (30, 30, 1)]


def test_every_combination_that_is_refused_is_named_and_the_defaults_are_asked_about_once(caplog):
    refusal = RequestRefused("Refused (Pinterest: 400, code 1, no). Report this.", 400, 1)
    pinterest = Pinterest(analytics=lambda params: [] if windows(params) == DEFAULTS else refusal)

    found = check(
        pinterest,
        caplog,
        engagement_window_days=60,
        custom_reports=[report("a", view_window_days=7), report("b", view_window_days=14)],
    )

    assert [each.split(": ", 1)[1].split(" (Pinterest")[0] for each in found.problems] == [
        "`click_window_days` 30, `engagement_window_days` 60, `view_window_days` 1",
        "`click_window_days` 30, `engagement_window_days` 60, `view_window_days` 7 of "
        "`custom_reports[0]` (a)",
        "`click_window_days` 30, `engagement_window_days` 60, `view_window_days` 14 of "
        "`custom_reports[1]` (b)",
    ]
    assert asked_windows(pinterest).count((30, 30, 1)) == 1


def test_a_custom_report_is_asked_about_with_its_own_report_time(caplog):
    pinterest = Pinterest()
    own = report("own", view_window_days=7, conversion_report_time="TIME_OF_CONVERSION")

    check(pinterest, caplog, custom_reports=[own])

    ((_, params),) = [each for each in pinterest.asked if each[0].endswith("75/analytics")]
    assert params["conversion_report_time"] == "TIME_OF_CONVERSION"


def test_the_check_takes_17_requests_at_most(caplog):
    refusal = RequestRefused("Refused (Pinterest: 400, code 1, no). Report this.", 400, 1)
    pinterest = Pinterest(analytics=lambda params: [] if windows(params) == DEFAULTS else refusal)
    days = (0, 1, 7, 14, 30, 60)
    reports = [
        report(f"r{click}_{view}", click_window_days=click, view_window_days=view)
        for click in days
        for view in days
    ]

    found = check(pinterest, caplog, custom_reports=reports)

    assert len(pinterest.asked) == 16  # and the token's
    assert len(found.problems) == 10
    assert (
        "The check does not try 25 more combinations of attribution windows: the sync says whether "
        "Pinterest accepts them."
    ) in caplog.messages


def test_no_other_windows_are_asked_about_once_an_answer_fails_to_come(caplog):
    pinterest = Pinterest(analytics=Unavailable("No answer."))

    check(pinterest, caplog, click_window_days=1, custom_reports=[report("a", view_window_days=7)])

    assert asked_windows(pinterest) == [(1, 30, 1)]


# --- Answers whose fields are of another type ---

ODD = [7, 7.5, True, None, "", "x", [], [None], [7], {}, {"a": [None]}, [[]], "x" * 100_000]


@pytest.mark.parametrize("odd", range(len(ODD)))
@pytest.mark.parametrize("field", ["name", "currency", "permissions", "owner", "country"])
def test_a_field_of_an_ad_account_may_be_of_another_type(field, odd, caplog):
    pinterest = Pinterest(ad_accounts=page({**OWN, field: ODD[odd]}))

    found = check(pinterest, caplog)

    assert found.ad_accounts == (0 if field == "permissions" and odd == 6 else 1)
    assert all(len(each) < 1_000 for each in caplog.messages)


@pytest.mark.parametrize("odd", [*range(len(ODD)), "absent"])
def test_an_ad_account_without_an_id_is_reported_and_the_others_are_read(odd, caplog):
    item = {"name": "Odd"} if odd == "absent" else {"name": "Odd", "id": ODD[odd]}
    if odd == 0:
        item["id"] = 1e300  # an id that was rounded on its way
    pinterest = Pinterest(ad_accounts=page(item, OWN))

    found = check(pinterest, caplog)

    assert (found.problems, found.ad_accounts) == ([], 1)
    assert (
        "Pinterest's list ad_accounts has items that are left out: 1 without an id. Run the sync "
        "again; if this persists, report it."
    ) in caplog.messages


@pytest.mark.parametrize("odd", [1, 2, 3, 4, 5, 6, 7, 8, 9, "absent"])
def test_a_pin_without_an_id_is_not_asked_about(odd, caplog):
    pin = {"is_owner": True} if odd == "absent" else {"is_owner": True, "id": ODD[odd]}

    assert "/pins/analytics" not in check_paths(Pinterest(pins=page(pin)), caplog)
    assert "/pins/analytics" in check_paths(Pinterest(pins=page(pin, PIN)), caplog)


@pytest.mark.parametrize("odd", range(len(ODD)))
def test_what_says_whose_a_pin_is_may_be_of_another_type(odd, caplog):
    pin = {"id": "1", "is_owner": ODD[odd]}

    paths = check_paths(Pinterest(pins=page(pin)), caplog)

    assert ("/pins/analytics" in paths) == (odd == 2)


def check_paths(pinterest: Pinterest, caplog: pytest.LogCaptureFixture) -> list[str]:
    check(pinterest, caplog)
    return pinterest.paths


def test_the_user_has_an_id_and_a_name_that_are_texts():
    for wrong in (
        {"id": {"a": 1}, "username": "x"},
        {"id": "1", "username": {"en": "x"}},
        {"id": [], "username": "x"},
        {"id": True, "username": "x"},
        {"id": "1e400", "username": "x"},
        {"id": 1e300, "username": "x"},
        {"id": "1", "username": ""},
        {"username": "x"},
        [],
    ):
        with pytest.raises(AssertionError):
            Pinterest(user_account=wrong).get("/user_account", {}, "org_read", is_user)
    assert Pinterest(user_account={"id": 7, "username": "x"}).get("/user_account", {}, "o", is_user)


# --- However many there are ---


def test_five_thousand_ad_accounts_take_few_lines(caplog):
    many = [{**OWN, "id": str(10**11 + number)} for number in range(2_500)]
    without = [{**NO_ROLE, "id": str(2 * 10**11 + number)} for number in range(2_500)]

    found = check(Pinterest(ad_accounts=page(*many, *without)), caplog)

    assert found.ad_accounts == 2_500
    assert len(caplog.messages) < 120
    assert "2,500 ad accounts are read in total." in caplog.messages
    assert "And 2,450 more ad accounts are left out because the role is missing." in caplog.messages


def test_five_thousand_ad_accounts_that_are_not_seen_are_few_problems(caplog):
    named = [str(10**11 + number) for number in range(5_000)]

    found = check(Pinterest(), caplog, ad_account_ids=named)

    assert len(found.problems) == 51
    assert found.problems[-1] == (
        "And 4,950 more ad accounts that `ad_account_ids` names cannot be read."
    )


# --- What else ---


def test_an_app_without_the_endpoint_for_several_pins_hears_how_slow_it_is(caplog):
    check(
        Pinterest(pins_analytics=AccessDenied("No (Pinterest: 403, code 29, no). Ask.", 403, 29)),
        caplog,
    )

    assert (
        "pin_analytics reads one Pin per request, 60 a minute: Pinterest does not allow this app "
        "to ask for several at once (Pinterest: 403, code 29, no)."
    ) in caplog.messages


def test_a_slow_answer_about_details_is_no_failure_and_nothing_more_is_asked(caplog):
    pinterest = Pinterest(boards=Unavailable("No answer."))

    found = check(pinterest, caplog, click_window_days=7)

    assert found.problems == []
    assert pinterest.paths == ["/user_account", "/ad_accounts", "/boards"]
    assert "The check could not find out whether /boards can be read: No answer." in caplog.messages


@pytest.mark.parametrize(
    "error", [LoginRefused("Log in again."), Unavailable("Down."), RateLimited("Tomorrow.")]
)
def test_a_login_of_which_nothing_can_be_said_is_an_error(error, caplog):
    with pytest.raises(type(error)):
        check(Pinterest(user_account=error), caplog)


# --- Columns and breakdowns ---


def refused(text: str) -> RequestRefused:
    error = RequestRefused(f"Pinterest refuses it (Pinterest: 400, code 1, {text}).", 400, 1)
    error.text = text
    return error


def test_columns_and_breakdowns_that_are_refused_are_named_beforehand(caplog):
    def answer(params: Any) -> Any:
        types = params.get("targeting_types", [])
        if "AGE_BUCKET_AND_GENDER" in types:
            return refused("AGE_BUCKET_AND_GENDER is not available for this app.")
        return refused("LEADS and CTR are not available.") if not types else []

    found = check(Pinterest(columns=answer), caplog)

    assert found.problems == []
    assert "Pinterest refuses CTR, LEADS in reports of ads (analytics)" in caplog.text
    assert "Pinterest refuses AGE_BUCKET_AND_GENDER in reports of ads (targeting ana" in caplog.text


def test_a_refusal_that_names_nothing_is_left_to_the_sync(caplog):
    found = check(Pinterest(columns=refused("Invalid request.")), caplog)

    assert found.problems == []
    assert caplog.text.count("does not accept all columns of") == 2


def test_the_columns_of_custom_reports_are_asked_for_once_a_level(caplog):
    reports = [
        {"name": "one", "level": "ad", "columns": ["CTR"]},
        {"name": "two", "level": "ad", "columns": ["LEADS", "CTR"]},
        {"name": "three", "level": "campaign", "columns": ["CTR"], "targeting_types": ["GENDER"]},
    ]
    pinterest = Pinterest()

    check(pinterest, caplog, custom_reports=reports)

    asked = {
        level: (content["columns"], content.get("targeting_types"))
        for level, content in pinterest.columns_asked[2:]
    }
    assert asked == {
        "PIN_PROMOTION": (["AD_ID", "CTR", "LEADS"], None),
        "CAMPAIGN_TARGETING": (["CAMPAIGN_ID", "CTR"], ["GENDER"]),
    }


def test_no_column_is_asked_for_without_an_ad_account(caplog):
    pinterest = Pinterest(ad_accounts=page())

    check(pinterest, caplog)

    assert pinterest.columns_asked == []
