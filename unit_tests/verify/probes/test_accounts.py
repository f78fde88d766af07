"""The probes of ad accounts and lists, above all at unexpected roles, fields and answers."""

from __future__ import annotations

import pytest

from source_pinterest.verify.findings import Result
from source_pinterest.verify.probes import accounts
from source_pinterest.verify.subject import NotAsked
from unit_tests.http.scripted import Reply
from unit_tests.verify.account import (
    ACCOUNT,
    Account,
    exchange,
    found,
    page,
    refusal,
    results,
    seen,
)

AD_ACCOUNTS = "GET /ad_accounts"
CAMPAIGNS = "/ad_accounts/7/campaigns"


@pytest.mark.parametrize(
    ("ad_accounts", "result", "detail"),
    [
        (page(), Result.UNKNOWN, "This login sees no ad account."),
        (
            page({"id": "7", "permissions": ["BILLING"]}),
            Result.UNKNOWN,
            "1 ad account, roles BILLING: none that can be read.",
        ),
        (
            page({"id": "7", "permissions": ["ANALYST"]}, {"id": "8", "permissions": None}),
            Result.HOLDS,
            "2 ad accounts, roles ANALYST. The first one that can be read was read.",
        ),
    ],
)
def test_the_roles_that_read_an_ad_account_are_told(ad_accounts, result, detail):
    finding = found(accounts.roles, {AD_ACCOUNTS: ad_accounts})["roles-of-ad-accounts"]

    assert (finding.result, finding.detail) == (result, detail)


def test_a_role_with_which_pinterest_refuses_the_ad_account_is_told():
    finding = found(accounts.roles, {f"GET {ACCOUNT}/ads": refusal("Not for you.", 403, 29)})[
        "roles-of-ad-accounts"
    ]

    assert finding.result is Result.DIFFERS
    assert finding.detail.endswith("The first one: Pinterest: 403, code 29, Not for you.")


def test_an_ad_account_that_gives_no_answer_shows_no_role():
    busy = Reply(429, {"code": 8, "message": "Too fast."}, {"x-ratelimit-reset": "3600"})

    finding = found(accounts.roles, {f"GET {ACCOUNT}/ads": busy})["roles-of-ad-accounts"]

    assert finding.result is Result.UNKNOWN
    assert finding.detail.endswith("The first one that can be read gave no answer.")


def test_a_refusal_of_what_is_in_beta_says_nothing_of_the_role():
    account = Account({**AD_GROUPS, KEYWORDS: refusal("Not for you.", 403, 29), PROMOTIONS: page()})
    with account.answering():
        subject = account.subject()
        subject.open()
        list(accounts.by_ad_group.find(subject))

        (finding,) = accounts.roles.find(subject)

    assert finding.result is Result.HOLDS


KEYWORDS = f"GET {ACCOUNT}/keywords"
PROMOTIONS = f"GET {ACCOUNT}/product_group_promotions"
AD_GROUPS = {f"GET {ACCOUNT}/ad_groups": page({"id": "1"}, {"id": "2"}, {"id": "3"})}


def test_two_ad_groups_are_asked_for_in_one_request_for_keywords():
    account = Account({**AD_GROUPS, KEYWORDS: page(), PROMOTIONS: page()})

    findings = account.found(accounts.by_ad_group)

    assert findings["lists-by-ad-group"].result is Result.HOLDS
    assert account.asked(KEYWORDS)[0].value("ad_group_ids") == "1,2"
    assert account.asked(PROMOTIONS)[0].value("ad_group_id") == "1"


def test_one_refused_list_by_ad_group_is_enough_to_differ():
    answers = {**AD_GROUPS, KEYWORDS: refusal("One only."), PROMOTIONS: page()}

    finding = found(accounts.by_ad_group, answers)["lists-by-ad-group"]

    assert finding.result is Result.DIFFERS
    assert finding.detail == ("Keywords: Pinterest: 400, code 1, One only; promotions: accepted.")


def test_without_ad_groups_no_list_is_asked_for():
    with pytest.raises(NotAsked, match="has no ad groups"):
        found(accounts.by_ad_group, {})


@pytest.mark.parametrize(
    ("reply", "result", "detail"),
    [
        (
            Reply(200, [{"male": "Male"}, {"female": "Female"}]),
            Result.HOLDS,
            "2 objects with 2 labels, 2 of them text.",
        ),
        (
            Reply(200, [{"male": {"label": "Male"}}]),
            Result.DIFFERS,
            "1 object with 1 label, 0 of them text.",
        ),
        (refusal("No."), Result.DIFFERS, "Pinterest: 400, code 1, No."),
    ],
)
def test_the_shape_of_targeting_options_is_told(reply, result, detail):
    finding = found(accounts.targeting_options, {"GET /resources/targeting/GENDER": reply})[
        "shape-of-targeting-options"
    ]

    assert (finding.result, finding.detail) == (result, detail)


@pytest.mark.parametrize(
    ("reply", "result"),
    [
        (refusal("You have no catalog.", 409, 4182), Result.HOLDS),
        (refusal("Conflict.", 409, 1), Result.DIFFERS),
        (refusal("No.", 403, 29), Result.UNKNOWN),
        (page(), Result.UNKNOWN),
    ],
)
def test_only_a_409_tells_the_code_of_a_missing_catalog(reply, result):
    findings = found(accounts.catalogs, {"GET /catalogs/product_groups": reply})

    assert results(findings) == {"no-catalog": result}


def test_without_an_ad_account_only_the_users_own_lists_are_read():
    account = Account({AD_ACCOUNTS: page(), "GET /boards": page(), "GET /catalogs": page()})

    assert account.found(accounts.other_lists) == {}

    asked = [name for name, _ in account.requests if name not in ("GET /user_account", AD_ACCOUNTS)]
    assert asked == ["GET /boards", "GET /catalogs"]


# --- What the items of all lists show ---


def of_campaigns(*items: dict[str, object]):
    return seen(accounts.fields, exchange(CAMPAIGNS, {"items": list(items), "bookmark": None}))


def test_a_campaign_as_believed_contradicts_nothing():
    findings = of_campaigns(
        {"id": "1", "status": "ACTIVE", "created_time": 1_790_812_800, "daily_spend_cap": 5}
    )

    assert Result.DIFFERS not in results(findings).values()
    assert findings["types-of-fields"].detail == "1 item of 1 list. Other types: none."
    assert findings["times-of-entities"].detail == "1 of 1 time."
    assert findings["values-that-stand-for-none"].result is Result.UNKNOWN


@pytest.mark.parametrize(
    ("item", "belief", "result", "words"),
    [
        (
            {"id": "1", "daily_spend_cap": "five"},
            "types-of-fields",
            Result.DIFFERS,
            "Other types: campaigns.daily_spend_cap.",
        ),
        (
            {"id": "1", "mood": "good"},
            "fields-beyond-the-schemas",
            Result.HOLDS,
            "Beyond the schemas: campaigns.mood.",
        ),
        (
            {"id": "1", "created_time": 1_790_812_800_000},
            "times-of-entities",
            Result.DIFFERS,
            "0 of 1 time.",
        ),
        (
            {"id": "1", "daily_spend_cap": -1, "order_line_id": "0"},
            "values-that-stand-for-none",
            Result.HOLDS,
            "0, -1 or {} in: daily_spend_cap, order_line_id.",
        ),
        (
            {"id": "1", "status": "RESTING"},
            "statuses-of-entities",
            Result.HOLDS,
            "1 status seen. Not in the description: RESTING.",
        ),
    ],
)
def test_each_unexpected_field_of_a_campaign_is_named(item, belief, result, words):
    finding = of_campaigns(item)[belief]

    assert finding.result is result
    assert finding.detail.endswith(words)


def test_an_id_that_is_a_number_and_a_null_are_of_no_other_type():
    findings = of_campaigns({"id": 626735565838, "name": None})

    assert findings["types-of-fields"].result is Result.HOLDS


def test_a_field_of_pins_of_another_type_and_one_beyond_the_schema_are_both_named():
    findings = seen(
        accounts.fields,
        exchange(
            "/pins",
            {"items": [{"id": "1", "is_owner": "yes", "mood": "good"}], "bookmark": None},
        ),
    )

    assert findings["fields-of-pins"].result is Result.DIFFERS
    assert findings["fields-of-pins"].detail.endswith("pins.is_owner, pins.mood.")
    assert "shape-of-ads-and-catalogs" not in findings


def test_an_ad_of_another_shape_is_told_of_ads_and_catalogs():
    findings = seen(
        accounts.fields,
        exchange(
            "/ad_accounts/7/ads", {"items": [{"id": "1", "tracking_urls": "x"}], "bookmark": None}
        ),
    )

    finding = findings["shape-of-ads-and-catalogs"]
    assert finding.result is Result.DIFFERS
    assert finding.detail == "ads. Other types: ads.tracking_urls."


def test_empty_and_refused_lists_show_no_fields():
    with pytest.raises(NotAsked, match="No list had an item"):
        seen(
            accounts.fields,
            exchange(CAMPAIGNS, {"items": [], "bookmark": None}),
            exchange("/pins", {"code": 1, "message": "No."}, status=400),
        )


# --- Pins of ads ---

ADS = f"GET {ACCOUNT}/ads"


def promoted(*pins: str, own: tuple[str, ...] = (), **answers: Reply):
    ads = [{"id": str(n), "status": "ARCHIVED", "pin_id": pin} for n, pin in enumerate(pins, 1)]
    found_pins = {f"GET /pins/{pin}": Reply(200, {"id": pin}) for pin in pins}
    account = Account({ADS: page(*ads), **found_pins, **answers})
    with account.answering():
        subject = account.subject()
        subject.open()
        items = [{"id": pin, "is_owner": True} for pin in own]
        subject.exchanges.append(exchange("/pins", {"items": items, "bookmark": None}))
        (finding,) = accounts.promoted_pins.find(subject)
    return finding, [name for name, _ in account.requests if name.startswith("GET /pins/")]


@pytest.mark.parametrize(
    ("own", "answers", "result", "words"),
    [
        (("71",), {}, Result.HOLDS, "1 of 1 Pin that the list of your Pins does not have came."),
        (("71", "72"), {}, Result.UNKNOWN, "2 of 2 Pins of your own came."),
        (
            ("71",),
            {"GET /pins/72": refusal("No.", 403, 29)},
            Result.DIFFERS,
            "0 of 1 Pin that the list of your Pins does not have came (Pinterest: 403, code 29, No).",
        ),
        (("71",), {"GET /pins/72": refusal("No.", 404, 50)}, Result.DIFFERS, "0 of 1 Pin"),
    ],
)
def test_pins_of_ads_that_are_not_the_users_own_are_asked_for(own, answers, result, words):
    finding, asked = promoted("71", "72", own=own, **answers)

    assert finding.result is result
    assert words in finding.detail
    assert asked == [f"GET /pins/{pin}" for pin in ("71", "72") if pin not in own or len(own) > 1]


def test_without_ads_nothing_is_told_of_their_pins():
    with pytest.raises(NotAsked, match="no ads with a Pin"):
        promoted()
