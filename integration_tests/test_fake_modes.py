"""The ways in which the fake Pinterest can answer otherwise, each switched on and asked.

The table in fake_pinterest/__init__.py says what is known of each.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
import requests

from integration_tests import fake_pinterest
from integration_tests.expected import custom_reports as expected_custom_reports
from integration_tests.expected import reports as expected
from integration_tests.fake_pinterest import FakePinterest, World, product_groups
from integration_tests.fake_pinterest.facts import OPERATIONS
from integration_tests.fake_pinterest.live_refusals import (
    TRANSIENT,
    cost_limit,
    first,
    retry_after,
)
from integration_tests.fake_pinterest.reports import Report
from integration_tests.fake_pinterest.world import is_video

TODAY = date(2026, 11, 24)
WEEK = {"start_date": "2026-11-17", "end_date": "2026-11-23"}

WORLD = World()
FIRST, SECOND, _ = WORLD.accounts
ACCOUNT = WORLD.accounts[FIRST]
CAMPAIGNS = [each["id"] for each in ACCOUNT.campaigns]
AD_GROUPS = [each["id"] for each in ACCOUNT.ad_groups]
ADS = [each["id"] for each in ACCOUNT.ads if ACCOUNT.leaf(each)]
"""Those with activity."""
PROMOTIONS = [
    each["id"]
    for each in product_groups.promotions(ACCOUNT)
    if product_groups.leaves(ACCOUNT, each)
]
PINS = [pin["id"] for pin in WORLD.own_pins if not is_video(pin)]

ADS_PATH = f"/ad_accounts/{FIRST}/ads/analytics"
TARGETING_PATH = f"/ad_accounts/{FIRST}/ads/targeting_analytics"
TOTAL = {**WEEK, "granularity": "TOTAL", "columns": "SPEND_IN_DOLLAR"}

Answers = Callable[..., requests.Response]


@pytest.fixture(scope="module")
def serving() -> Iterator[FakePinterest]:
    with FakePinterest(WORLD, today=TODAY) as server:
        yield server


DEFAULTS = FakePinterest(WORLD, today=TODAY)
"""Never started: what the modes are when nobody sets them."""
MODES = [
    *("id_arrays", "wrong_form", "status_arrays", "wrong_status_form", "lookback_days"),
    *("breakdown_arrays", "wrong_breakdown_form"),
    *("report_lookback_days", "hourly_lookback_days", "item_lookback_days", "flaky_window"),
    *("refused_columns", "refused_targeting_types", "refusals_name", "refusal_lists_all"),
    *("refused_ids", "token_status", "null_targeting_values", "absent_bookmarks", "new_user"),
    *("multi_pin", "multi_pin_refusal", "rate_limit_left", "today", "fault"),
]
OF_REPORTS = [
    *("without_address", "zero_size", "empty_content", "null_status", "unknown_status"),
    *("kept_by_body", "kept_days", "keeps_failed", "polls", "fate"),
]


@pytest.fixture
def pinterest(serving: FakePinterest) -> FakePinterest:
    """The one server of this module, with every mode as it is by default."""
    for name in MODES:
        setattr(serving, name, getattr(DEFAULTS, name))
    for name in OF_REPORTS:
        setattr(serving.reports, name, getattr(DEFAULTS.reports, name))
    serving.reports.made.clear()
    serving.requests.clear()
    return serving


def headers(pinterest: FakePinterest) -> dict[str, str]:
    return {"Authorization": f"Bearer {pinterest.access_token}"}


def ask(pinterest: FakePinterest, path: str, **params: Any) -> requests.Response:
    """A list as a value repeats the key."""
    url = pinterest.url + path
    return requests.get(url, params=params, headers=headers(pinterest), timeout=60)


def get(pinterest: FakePinterest, path: str, **params: Any) -> Any:
    answer = ask(pinterest, path, **params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refusal(answer: requests.Response) -> str:
    assert (answer.status_code, answer.json()["code"]) == (400, 1), answer.text
    return str(answer.json()["message"])


@contextmanager
def with_modes(**modes: Any) -> Iterator[FakePinterest]:
    with FakePinterest(WORLD, today=TODAY, **modes) as server:
        yield server


def test_the_modes_are_arguments_too() -> None:
    modes = {
        "id_arrays": "neither",
        "wrong_form": "last",
        "status_arrays": "both",
        "wrong_status_form": "default",
        "breakdown_arrays": "repeated",
        "wrong_breakdown_form": "first",
        "lookback_days": 1,
        "report_lookback_days": 2,
        "hourly_lookback_days": 3,
        "item_lookback_days": 4,
        "flaky_window": 5,
        "refused_columns": {"KEYWORD": {"CTR"}},
        "refused_targeting_types": {"GENDER"},
        "refusals_name": False,
        "refusal_lists_all": True,
        "refused_ids": {"1": (404, 50, "Gone.")},
        "token_status": 200,
        "null_targeting_values": True,
        "absent_bookmarks": True,
        "new_user": True,
        "multi_pin": False,
        "multi_pin_refusal": (403, 29, "No."),
    }
    server = FakePinterest(WORLD, today=TODAY, **modes)

    assert {name: getattr(server, name) for name in modes} == modes
    assert set(modes) | {"rate_limit_left", "today", "fault"} == set(MODES)


def test_the_table_of_modes_is_complete() -> None:
    lines = re.findall(r"^- (`.*?):", fake_pinterest.__doc__ or "", re.MULTILINE)
    documented = {name for line in lines for name in re.findall(r"`(.*?)`", line)}

    elsewhere = {"interests_gone", "multi_ad_group", "own_zones", "refresh_tokens_die"}
    assert documented == (
        {*MODES} - {"today"}
        | elsewhere
        | {f"reports.{name}" for name in OF_REPORTS} - {"reports.polls"}
    )
    assert elsewhere <= {*vars(DEFAULTS)}


# --- The form of arrays ---

ARRAYS: dict[str, tuple[str, str, list[str], dict[str, Any]]] = {
    # where: (path, name of the array, some ids, the other parameters)
    "ads by campaign": (
        f"/ad_accounts/{FIRST}/ads",
        "campaign_ids",
        CAMPAIGNS[:3],
        {"entity_statuses": "ACTIVE,PAUSED,ARCHIVED,DRAFT", "page_size": 250},
    ),
    "keywords": (
        f"/ad_accounts/{FIRST}/keywords",
        "ad_group_ids",
        [each for place, each in enumerate(AD_GROUPS) if place % 4][:3],
        {"page_size": 250},
    ),
    "report on campaigns": (
        f"/ad_accounts/{FIRST}/campaigns/analytics",
        "campaign_ids",
        CAMPAIGNS[:3],
        TOTAL,
    ),
    "report on ad groups": (
        f"/ad_accounts/{FIRST}/ad_groups/analytics",
        "ad_group_ids",
        AD_GROUPS[:3],
        TOTAL,
    ),
    "report on ads": (ADS_PATH, "ad_ids", ADS[:3], TOTAL),
    "targeting": (TARGETING_PATH, "ad_ids", ADS[:3], {**TOTAL, "targeting_types": "GENDER"}),
    "report on product groups": (
        f"/ad_accounts/{FIRST}/product_groups/analytics",
        "product_group_ids",
        PROMOTIONS[:3],
        {**TOTAL, "start_date": "2026-09-01"},
    ),
    "Pins": ("/pins/analytics", "pin_ids", PINS[:3], {**WEEK, "metric_types": "SAVE"}),
}


def about(body: Any) -> list[str]:
    """The ids that an answer's items or rows are about, each once, in order."""
    if isinstance(body, dict) and "items" in body:
        found = [each.get("parent_id") or each["campaign_id"] for each in body["items"]]
    elif isinstance(body, dict) and "data" in body:
        found = [str(each["metrics"]["AD_ID"]) for each in body["data"]]
    elif isinstance(body, dict):
        found = list(body)
    else:
        names = ("PRODUCT_GROUP_ID", "AD_ID", "AD_GROUP_ID", "CAMPAIGN_ID")
        found = [str(next(row[name] for name in names if name in row)) for row in body]
    return list(dict.fromkeys(found))


def in_both_forms(
    pinterest: FakePinterest, where: str
) -> tuple[dict[str, requests.Response], list[str]]:
    path, name, ids, params = ARRAYS[where]
    forms: dict[str, Any] = {"comma": ",".join(ids), "repeated": ids}
    return {form: ask(pinterest, path, **params, **{name: ids}) for form, ids in forms.items()}, ids


@pytest.mark.parametrize("where", ARRAYS)
def test_ids_joined_by_commas_are_understood_and_repeated_keys_are_not(
    pinterest: FakePinterest, where: str
) -> None:
    answers, ids = in_both_forms(pinterest, where)

    assert sorted(about(answers["comma"].json())) == sorted(ids)
    assert f"'{ARRAYS[where][1]}' is given more than once" in refusal(answers["repeated"])


@pytest.mark.parametrize("where", ARRAYS)
def test_repeated_keys_can_be_understood_instead_and_a_text_with_commas_is_no_id(
    pinterest: FakePinterest, where: str
) -> None:
    pinterest.id_arrays = "repeated"

    answers, ids = in_both_forms(pinterest, where)

    assert sorted(about(answers["repeated"].json())) == sorted(ids)
    said = refusal(answers["comma"])
    assert f"{','.join(ids)!r} does not match" in said


@pytest.mark.parametrize("where", ARRAYS)
def test_both_forms_can_be_understood(pinterest: FakePinterest, where: str) -> None:
    pinterest.id_arrays = "both"

    answers, ids = in_both_forms(pinterest, where)

    for answer in answers.values():
        assert sorted(about(answer.json())) == sorted(ids)


@pytest.mark.parametrize("where", ARRAYS)
@pytest.mark.parametrize(("id_arrays", "wrong"), [("comma", "repeated"), ("repeated", "comma")])
def test_of_the_wrong_form_only_the_first_or_the_last_id_can_count(
    pinterest: FakePinterest, where: str, id_arrays: str, wrong: str
) -> None:
    pinterest.id_arrays = id_arrays
    for pinterest.wrong_form, place in (("first", 0), ("last", -1)):
        answers, ids = in_both_forms(pinterest, where)

        assert sorted(about(answers[id_arrays].json())) == sorted(ids)
        assert about(answers[wrong].json()) == [ids[place]]


@pytest.mark.parametrize("where", ARRAYS)
@pytest.mark.parametrize("wrong_form", ["refused", "first", "last"])
def test_neither_form_can_be_understood_but_one_id_always_is(
    pinterest: FakePinterest, where: str, wrong_form: str
) -> None:
    pinterest.id_arrays, pinterest.wrong_form = "neither", wrong_form
    path, name, ids, params = ARRAYS[where]

    answers, _ = in_both_forms(pinterest, where)

    for answer in answers.values():
        if wrong_form == "refused":
            refusal(answer)
        else:
            assert about(answer.json()) == [ids[0 if wrong_form == "first" else -1]]
    assert about(get(pinterest, path, **params, **{name: ids[1]})) == [ids[1]]


def test_an_ignored_array_filters_no_list_and_leaves_a_report_empty(
    pinterest: FakePinterest,
) -> None:
    pinterest.wrong_form = "ignored"
    everyone = get(pinterest, f"/ad_accounts/{FIRST}/ads", page_size=250)["items"]
    of_the_account = get(pinterest, f"/ad_accounts/{FIRST}/keywords", page_size=250)["items"]

    found = {
        where: in_both_forms(pinterest, where)[0]["repeated"].json()
        for where in ARRAYS
        if where not in {"ads by campaign", "keywords"}
    }
    ads = get(pinterest, f"/ad_accounts/{FIRST}/ads", ad_ids=ADS[:2], page_size=250)["items"]
    keywords = in_both_forms(pinterest, "keywords")[0]["repeated"].json()["items"]

    assert len(ads) == len(everyone) > 2
    assert keywords == of_the_account != []
    assert found == {
        "report on campaigns": [],
        "report on ad groups": [],
        "report on ads": [],
        "targeting": {"data": []},
        "report on product groups": [],
        "Pins": {},
    }


def statuses(pinterest: FakePinterest, given: Any) -> set[str]:
    page = get(pinterest, f"/ad_accounts/{FIRST}/ads", entity_statuses=given, page_size=250)
    return {each["status"] for each in page["items"]}


ASKED = ["ARCHIVED", "DRAFT"]
WRONG = {"comma": ASKED, "repeated": ",".join(ASKED)}
RIGHT = {"comma": ",".join(ASKED), "repeated": ASKED}


@pytest.mark.parametrize("status_arrays", ["comma", "repeated"])
def test_of_statuses_too_one_form_is_understood(
    pinterest: FakePinterest, status_arrays: str
) -> None:
    pinterest.status_arrays = status_arrays

    assert statuses(pinterest, RIGHT[status_arrays]) == {"ARCHIVED", "DRAFT"}
    wrong = ask(pinterest, f"/ad_accounts/{FIRST}/ads", entity_statuses=WRONG[status_arrays])
    said = refusal(wrong)
    assert ("more than once" if status_arrays == "comma" else "(value ARCHIVED,DRAFT)") in said


@pytest.mark.parametrize("status_arrays", ["comma", "repeated"])
@pytest.mark.parametrize(
    ("wrong_status_form", "shown"),
    [("first", {"ARCHIVED"}), ("last", {"DRAFT"}), ("default", {"ACTIVE", "PAUSED"})],
)
def test_of_the_wrong_form_of_statuses_one_counts_or_the_default_does(
    pinterest: FakePinterest, status_arrays: str, wrong_status_form: str, shown: set[str]
) -> None:
    pinterest.status_arrays, pinterest.wrong_status_form = status_arrays, wrong_status_form

    assert statuses(pinterest, WRONG[status_arrays]) == shown
    assert statuses(pinterest, RIGHT[status_arrays]) == {"ARCHIVED", "DRAFT"}


def test_statuses_can_be_understood_in_both_forms_or_in_none(pinterest: FakePinterest) -> None:
    pinterest.status_arrays = "both"
    assert statuses(pinterest, ASKED) == statuses(pinterest, ",".join(ASKED)) == set(ASKED)

    pinterest.status_arrays = "neither"
    for given in (ASKED, ",".join(ASKED)):
        refusal(ask(pinterest, f"/ad_accounts/{FIRST}/ads", entity_statuses=given))
    assert statuses(pinterest, "DRAFT") == {"DRAFT"}


def test_the_modes_of_ids_and_of_names_do_not_mix(pinterest: FakePinterest) -> None:
    pinterest.id_arrays, pinterest.status_arrays = "repeated", "comma"
    path = f"/ad_accounts/{FIRST}/ads"

    both = get(pinterest, path, ad_ids=ADS[:2], entity_statuses="ACTIVE,PAUSED,ARCHIVED,DRAFT")
    kinds = get(pinterest, "/pins", creative_types="VIDEO,CAROUSEL", page_size=250)["items"]

    assert sorted(each["id"] for each in both["items"]) == sorted(ADS[:2])
    assert {each["creative_type"] for each in kinds} == {"VIDEO", "CAROUSEL"}


def test_arrays_that_the_description_joins_by_commas_are_never_repeated(
    pinterest: FakePinterest,
) -> None:
    pinterest.id_arrays = pinterest.status_arrays = "repeated"
    params = {**TOTAL, "ad_ids": ADS[:2]}

    get(pinterest, ADS_PATH, **{**params, "columns": "CTR,SPEND_IN_DOLLAR"})
    refused = ask(pinterest, ADS_PATH, **{**params, "columns": ["CTR", "SPEND_IN_DOLLAR"]})

    assert "'columns' is given more than once" in refusal(refused)


# --- Windows ---

REPORT = {
    "start_date": "2026-11-01",
    "end_date": "2026-11-02",
    "granularity": "DAY",
    "level": "PIN_PROMOTION",
    "columns": ["AD_ID", "SPEND_IN_DOLLAR"],
}
LAST_90_DAYS = "You can only get data from the last 90 days."


def post(pinterest: FakePinterest, account: str = FIRST, **body: Any) -> requests.Response:
    return requests.post(
        f"{pinterest.url}/ad_accounts/{account}/reports",
        json={**REPORT, **body},
        headers=headers(pinterest),
        timeout=10,
    )


def synchronous(pinterest: FakePinterest, start: str, **more: Any) -> list[requests.Response]:
    window = {"start_date": start, "end_date": start}
    ads = {**TOTAL, **window, "ad_ids": ADS[0], **more}
    return [
        ask(pinterest, f"/ad_accounts/{FIRST}/analytics", **{**ads, "ad_ids": []}),
        ask(pinterest, ADS_PATH, **ads),
        ask(pinterest, TARGETING_PATH, **ads, targeting_types="GENDER"),
        *(
            []
            if more
            else [
                ask(pinterest, "/user_account/analytics", **window),
                ask(pinterest, f"/pins/{PINS[0]}/analytics", **window, metric_types="SAVE"),
                ask(pinterest, "/pins/analytics", **window, metric_types="SAVE", pin_ids=PINS[0]),
                ask(pinterest, "/user_account/analytics/top_pins", **window, sort_by="SAVE"),
            ]
        ),
    ]


@pytest.mark.parametrize(
    ("lookback_days", "first_day", "too_early"),
    [(89, "2026-08-27", "2026-08-26"), (90, "2026-08-26", "2026-08-25")],
)
def test_synchronous_reports_go_back_89_days_or_as_many_as_are_set(
    pinterest: FakePinterest, lookback_days: int, first_day: str, too_early: str
) -> None:
    if lookback_days != 89:
        pinterest.lookback_days = lookback_days

    assert [each.status_code for each in synchronous(pinterest, first_day)] == [200] * 7
    assert {refusal(each) for each in synchronous(pinterest, too_early)} == {LAST_90_DAYS}


@pytest.mark.parametrize(
    ("hourly_lookback_days", "first_day", "too_early"),
    [(7, "2026-11-17", "2026-11-16"), (8, "2026-11-16", "2026-11-15")],
)
def test_hours_go_back_7_days_in_both_kinds_of_reports(
    pinterest: FakePinterest, hourly_lookback_days: int, first_day: str, too_early: str
) -> None:
    pinterest.hourly_lookback_days = hourly_lookback_days
    window = {"start_date": too_early, "end_date": too_early}

    good = synchronous(pinterest, first_day, granularity="HOUR")
    bad = synchronous(pinterest, too_early, granularity="HOUR")
    made = post(pinterest, start_date=first_day, end_date=first_day, granularity="HOUR")
    refused = refusal(post(pinterest, **window, granularity="HOUR"))

    assert [each.status_code for each in [*good, made]] == [200] * 4
    days = hourly_lookback_days + 1
    assert {refusal(each) for each in bad} == {
        f"You can only get hourly data from the last {days} days."
    }
    assert f"{days} recent days" in refused


@pytest.mark.parametrize(
    ("mode", "level", "days", "first_day", "too_early", "said"),
    [
        ("report_lookback_days", "CAMPAIGN", 913, "2024-05-25", "2024-05-24", "914 recent days"),
        ("report_lookback_days", "CAMPAIGN", 914, "2024-05-24", "2024-05-23", "914 recent days"),
        ("item_lookback_days", "PRODUCT_ITEM", 91, "2026-08-25", "2026-08-24", "92 recent days"),
        ("item_lookback_days", "PRODUCT_ITEM", 92, "2026-08-24", "2026-08-23", "93 recent days"),
    ],
)
def test_asynchronous_reports_have_an_edge_of_their_own(
    pinterest: FakePinterest,
    mode: str,
    level: str,
    days: int,
    first_day: str,
    too_early: str,
    said: str,
) -> None:
    setattr(pinterest, mode, days)
    body = {"level": level, "columns": ["SPEND_IN_DOLLAR"]}

    good = post(pinterest, **body, start_date=first_day, end_date=first_day)
    bad = post(pinterest, **body, start_date=too_early, end_date=first_day)

    assert good.status_code == 200, good.text
    assert said in refusal(bad)


@pytest.mark.parametrize(
    ("body", "longest", "said"),
    [
        ({}, 186, "less than 186 days"),
        ({"level": "PRODUCT_ITEM", "columns": ["SPEND_IN_DOLLAR"]}, 31, "less than 31 days"),
        ({"granularity": "HOUR"}, 3, "less than 3 days"),
    ],
)
def test_a_window_of_an_asynchronous_report_has_a_greatest_length(
    pinterest: FakePinterest, body: dict[str, Any], longest: int, said: str
) -> None:
    end = TODAY - timedelta(days=1)

    def of(days: int) -> requests.Response:
        start = end - timedelta(days=days - 1)
        return post(pinterest, **body, start_date=str(start), end_date=str(end))

    assert of(longest).status_code == 200
    assert said in refusal(of(longest + 1))


def test_a_flaky_window_refuses_each_nth_good_request_once(pinterest: FakePinterest) -> None:
    pinterest.flaky_window = 3
    days = [f"2026-11-{day}" for day in range(10, 19)]

    def asked(day: str) -> requests.Response:
        return ask(
            pinterest, ADS_PATH, **{**TOTAL, "start_date": day, "end_date": day}, ad_ids=ADS[0]
        )

    once = [asked(day) for day in days]
    again = [asked(day) for day in days if day in {"2026-11-12", "2026-11-15", "2026-11-18"}]

    assert [each.status_code for each in once] == [200, 200, 400] * 3
    assert {refusal(each) for each in once[2::3]} == {LAST_90_DAYS}
    assert [each.status_code for each in again] == [200] * 3


def test_a_flaky_window_hits_every_kind_of_analytics_and_nothing_else(
    pinterest: FakePinterest,
) -> None:
    pinterest.flaky_window = 1

    refused = [refusal(each) for each in synchronous(pinterest, "2026-11-20")]
    refused.append(refusal(post(pinterest)))
    good = [*synchronous(pinterest, "2026-11-20"), post(pinterest)]
    others = [ask(pinterest, "/pins"), ask(pinterest, f"/ad_accounts/{FIRST}/ads")]
    others.append(ask(pinterest, f"/ad_accounts/{FIRST}/reports", token=good[-1].json()["token"]))

    assert refused == [LAST_90_DAYS] * 7 + ["The start_date must be within 914 recent days."]
    assert {each.status_code for each in [*good, *others]} == {200}


# --- Columns, breakdowns and ids that are refused ---

PEOPLE = "TOTAL_IMPRESSION_USER"
FREQUENCY = "TOTAL_IMPRESSION_FREQUENCY"


def with_column(pinterest: FakePinterest, name: str) -> dict[str, requests.Response]:
    """By report: the answer when the column is asked for, too."""
    columns = f"SPEND_IN_DOLLAR,{name}"
    ads = {**TOTAL, "columns": columns, "ad_ids": ADS[0]}
    body = {"columns": columns.split(",")}
    types = {"targeting_types": ["GENDER"]}
    return {
        "ads": ask(pinterest, ADS_PATH, **ads),
        "targeting": ask(pinterest, TARGETING_PATH, **ads, targeting_types="GENDER"),
        "targeting of the ad account": ask(
            pinterest,
            f"/ad_accounts/{FIRST}/targeting_analytics",
            **{**ads, "ad_ids": []},
            targeting_types="GENDER",
        ),
        "CAMPAIGN": post(pinterest, **body, level="CAMPAIGN"),
        "CAMPAIGN_TARGETING": post(pinterest, **body, **types, level="CAMPAIGN_TARGETING"),
        "KEYWORD": post(pinterest, **body, level="KEYWORD"),
    }


def refused_in(answers: dict[str, requests.Response]) -> set[str]:
    assert {each.status_code for each in answers.values()} <= {200, 400}
    return {report for report, answer in answers.items() if answer.status_code == 400}


@pytest.mark.parametrize("name", [PEOPLE, FREQUENCY])
def test_people_and_frequency_are_refused_with_targeting_and_for_keywords(
    pinterest: FakePinterest, name: str
) -> None:
    answers = with_column(pinterest, name)

    refused = refused_in(answers)

    assert refused == {
        *("targeting", "targeting of the ad account", "CAMPAIGN_TARGETING", "KEYWORD")
    }
    assert {refusal(answers[each]) for each in refused} == {
        f"Columns {name} are not available for this report."
    }


@pytest.mark.parametrize(
    ("kind", "refused"),
    [
        ("GET /ad_accounts/{ad_account_id}/ads/analytics", {"ads"}),
        (
            "GET /ad_accounts/{ad_account_id}/targeting_analytics",
            {"targeting of the ad account"},
        ),
        ("CAMPAIGN", {"CAMPAIGN"}),
        ("CAMPAIGN_TARGETING", {"CAMPAIGN_TARGETING"}),
        ("KEYWORD", {"KEYWORD"}),
        ("targeting", {"targeting", "targeting of the ad account", "CAMPAIGN_TARGETING"}),
    ],
)
def test_any_column_can_be_refused_in_an_operation_or_at_a_level(
    pinterest: FakePinterest, kind: str, refused: set[str]
) -> None:
    pinterest.refused_columns = {kind: {"CTR"}}

    assert refused_in(with_column(pinterest, "CTR")) == refused
    assert refused_in(with_column(pinterest, PEOPLE)) == set()


def with_type(pinterest: FakePinterest, name: str) -> list[requests.Response]:
    params = {**TOTAL, "campaign_ids": CAMPAIGNS[0], "targeting_types": f"GENDER,{name}"}
    body = {"level": "AD_GROUP_TARGETING", "targeting_types": ["GENDER", name]}
    ad_groups = {**params, "campaign_ids": [], "ad_group_ids": AD_GROUPS[0]}
    return [
        ask(pinterest, f"/ad_accounts/{FIRST}/ad_groups/targeting_analytics", **ad_groups),
        post(pinterest, **body),
    ]


@pytest.mark.parametrize("name", ["AGE_BUCKET_AND_GENDER", "CREATIVE_ENHANCEMENTS"])
def test_breakdowns_in_beta_are_refused_unless_they_are_granted(
    pinterest: FakePinterest, name: str
) -> None:
    said = {refusal(each) for each in with_type(pinterest, name)}

    pinterest.refused_targeting_types = {"AGE_BUCKET"}
    granted = with_type(pinterest, name)
    others = [refusal(each) for each in with_type(pinterest, "AGE_BUCKET")]

    assert said == {f"Targeting types {name} are not available for this report."}
    assert [each.status_code for each in granted] == [200, 200]
    assert len(others) == 2


def test_a_refusal_names_all_or_the_first_with_what_is_known_or_nothing(
    pinterest: FakePinterest,
) -> None:
    both = f"{PEOPLE},{FREQUENCY}"

    def said() -> set[str]:
        answers = [with_column(pinterest, both)["targeting"]]
        answers += [with_column(pinterest, both)["KEYWORD"]]
        answers += with_type(pinterest, "CREATIVE_ENHANCEMENTS")
        return {refusal(each) for each in answers}

    assert said() == {
        f"Columns {PEOPLE}, {FREQUENCY} are not available for this report.",
        "Targeting types CREATIVE_ENHANCEMENTS are not available for this report.",
    }
    pinterest.refusal_lists_all = True
    found = said()
    assert {text.split(" is not one of ")[0] for text in found} == {
        f"'{PEOPLE}'",
        "'CREATIVE_ENHANCEMENTS'",
    }
    assert any("'SPEND_IN_DOLLAR'" in text for text in found)
    assert any("'GENDER'" in text for text in found)
    assert not any(f"'{FREQUENCY}'" in text or "AGE_BUCKET_AND_GENDER" in text for text in found)
    pinterest.refusals_name = False
    assert said() == {"Invalid request."}


def test_what_is_unknown_is_refused_with_a_list_of_what_is_known(
    pinterest: FakePinterest,
) -> None:
    organic = refusal(ask(pinterest, "/user_account/analytics", **WEEK, metric_types="LIKES"))
    column = refusal(ask(pinterest, ADS_PATH, **{**TOTAL, "columns": "LIKES"}, ad_ids=ADS[0]))
    asynchronous = refusal(post(pinterest, columns=["LIKES"]))

    assert organic == (
        "Parameter 'metric_types' (value LIKES) is not one of ENGAGEMENT, ENGAGEMENT_RATE, "
        "IMPRESSION, OUTBOUND_CLICK, OUTBOUND_CLICK_RATE, PIN_CLICK, PIN_CLICK_RATE, SAVE, "
        "SAVE_RATE."
    )
    assert column.startswith("Parameter 'columns' (value LIKES) is not one of SPEND_IN_")
    assert asynchronous.startswith("'LIKES' is not one of ['SPEND_IN_")


GONE = (404, 50, "Some of this does not exist.")


def naming(pinterest: FakePinterest, name: str, **more: Any) -> requests.Response:
    """A request that names the id, and a good one where it can."""
    ads = {**TOTAL, "granularity": "DAY"}
    pin = {**WEEK, "metric_types": "SAVE"}
    asked: dict[str, tuple[str, dict[str, Any]]] = {
        "ad": (ADS_PATH, {**ads, "ad_ids": f"{ADS[0]},{ADS[1]}"}),
        "targeting": (
            TARGETING_PATH,
            {**ads, "ad_ids": f"{ADS[0]},{ADS[1]}", "targeting_types": "GENDER"},
        ),
        "ad in a list": (f"/ad_accounts/{FIRST}/ads", {"ad_ids": f"{ADS[0]},{ADS[1]}"}),
        "ad group": (
            f"/ad_accounts/{FIRST}/keywords",
            {"ad_group_ids": f"{AD_GROUPS[0]},{AD_GROUPS[1]}"},
        ),
        "ad group alone": (
            f"/ad_accounts/{FIRST}/product_group_promotions",
            {"ad_group_id": AD_GROUPS[1]},
        ),
        "campaign": (f"/ad_accounts/{FIRST}/ads", {"campaign_ids": CAMPAIGNS[1]}),
        "product group": (
            f"/ad_accounts/{FIRST}/product_groups/analytics",
            {**ads, "product_group_ids": f"{PROMOTIONS[0]},{PROMOTIONS[1]}"},
        ),
        "Pin": ("/pins/analytics", {**pin, "pin_ids": f"{PINS[0]},{PINS[1]}"}),
        "Pin alone": (f"/pins/{PINS[1]}/analytics", pin),
    }
    path, params = asked[name]
    return ask(pinterest, path, **{**params, **more})


NAMED = {
    "ad": ADS[1],
    "targeting": ADS[1],
    "ad in a list": ADS[1],
    "ad group": AD_GROUPS[1],
    "ad group alone": AD_GROUPS[1],
    "campaign": CAMPAIGNS[1],
    "product group": PROMOTIONS[1],
    "Pin": PINS[1],
    "Pin alone": PINS[1],
}


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize(
    "refused", [GONE, (400, 1, "Invalid id."), (403, 29, "You are not permitted.")]
)
def test_one_refused_id_refuses_the_whole_request_that_names_it(
    pinterest: FakePinterest, name: str, refused: tuple[int, int, str]
) -> None:
    assert naming(pinterest, name).status_code == 200
    pinterest.refused_ids = {NAMED[name]: refused}

    answer = naming(pinterest, name)

    assert (answer.status_code, answer.json()["code"], answer.json()["message"]) == refused
    pinterest.refused_ids = {"17": refused}
    assert naming(pinterest, name).status_code == 200


def test_an_asynchronous_report_that_names_a_refused_id_is_refused_and_others_are_not(
    pinterest: FakePinterest,
) -> None:
    pinterest.refused_ids = {ADS[1]: GONE, CAMPAIGNS[0]: GONE}

    answers = [
        post(pinterest, ad_ids=ADS[:2]),
        post(pinterest, campaign_ids=CAMPAIGNS[:1]),
        post(pinterest, ad_ids=ADS[:1]),
        post(pinterest),
    ]

    assert [each.status_code for each in answers] == [404, 404, 200, 200]
    assert answers[0].json()["message"] == GONE[2]


# --- Refusals that are not final ---


@pytest.mark.parametrize("name", TRANSIENT)
def test_a_refusal_that_is_not_final_comes_as_often_as_it_is_told_to(
    pinterest: FakePinterest, name: str
) -> None:
    status, body, _ = TRANSIENT[name]
    pinterest.fault = first(2, TRANSIENT[name], "/analytics")

    found = [ask(pinterest, ADS_PATH, **TOTAL, ad_ids=ADS[0]) for _ in range(3)]
    lists = ask(pinterest, "/pins")

    assert [each.status_code for each in found] == [status, status, 200]
    assert found[0].json() == body
    assert lists.status_code == 200


def test_the_refusals_that_are_not_final_say_what_is_seen_live() -> None:
    assert {(status, body["code"]) for status, body, _ in TRANSIENT.values()} == {
        (400, 1),
        (400, 12),
        (400, 2787),
        (429, 2726),
        (400, 2726),
        (429, 8),
        (400, 8),
    }
    assert "Retry after 7 seconds" in json.dumps(retry_after(7))
    assert "Retry after 9 seconds" in json.dumps(cost_limit(9, 400))
    assert "went wrong on our end" in json.dumps(TRANSIENT["code 2787"])


# --- Tokens, values, bookmarks, the user ---


@pytest.mark.parametrize(("modes", "status"), [({}, 201), ({"token_status": 200}, 200)])
def test_a_login_is_renewed_with_201_or_200(modes: dict[str, int], status: int) -> None:
    with with_modes(**modes) as pinterest:
        answer = requests.post(
            f"{pinterest.url}/oauth/token",
            auth=(pinterest.client_id, pinterest.client_secret),
            data={"grant_type": "refresh_token", "refresh_token": pinterest.refresh_token},
            timeout=10,
        )

    assert answer.status_code == status
    assert answer.json()["access_token"] in pinterest.access_tokens


def downloaded(pinterest: FakePinterest, **body: Any) -> Any:
    token = post(pinterest, **body).json()["token"]
    for _ in range(pinterest.reports.polls + 1):
        status = get(pinterest, f"/ad_accounts/{FIRST}/reports", token=token)
    return requests.get(status["url"], timeout=60).json()


def test_some_values_of_breakdowns_can_be_null(pinterest: FakePinterest) -> None:
    types = ["GENDER", "AGE_BUCKET"]
    body = {"level": "PIN_PROMOTION_TARGETING", "targeting_types": types}
    params = {**TOTAL, "ad_ids": ",".join(ADS[:3]), "targeting_types": ",".join(types)}

    def values() -> tuple[list[tuple[str, Any]], set[tuple[str, Any]]]:
        elements = get(pinterest, TARGETING_PATH, **params)["data"]
        rows = [row for rows in downloaded(pinterest, **body).values() for row in rows]
        return (
            [(each["targeting_type"], each["targeting_value"]) for each in elements],
            {(row["TARGETING_TYPE"], row["TARGETING_VALUE"]) for row in rows},
        )

    usual, usual_rows = values()
    pinterest.null_targeting_values = True
    pinterest.reports.made.clear()
    with_nulls, rows_with_nulls = values()

    assert not any(value is None for _, value in [*usual, *usual_rows])
    replaced = {("GENDER", "unknown"): ("GENDER", None)}
    assert with_nulls == [replaced.get(each, each) for each in usual]
    assert rows_with_nulls == {replaced.get(each, each) for each in usual_rows}
    assert with_nulls.count(("GENDER", None)) == 3
    assert {("GENDER", "female"), ("AGE_BUCKET", "unknown")} <= {*with_nulls, *rows_with_nulls}


def lists(pinterest: FakePinterest) -> list[str]:
    """Of each list's path: where it can be asked for without a parameter."""
    board = WORLD.all_boards[0]["id"]
    section = pinterest.board_contents.sections[board][0]["id"]
    known = {
        "ad_account_id": FIRST,
        "username": WORLD.username,
        "board_id": board,
        "section_id": section,
    }
    return [
        operation.removeprefix("GET ").format(**known)
        for operation, schema in OPERATIONS.items()
        if "bookmark" in schema.get("parameters", {}) and "product_group_prom" not in operation
    ]


@pytest.mark.parametrize("absent", [False, True])
def test_at_the_end_of_a_list_the_bookmark_is_null_or_missing(
    pinterest: FakePinterest, absent: bool
) -> None:
    pinterest.absent_bookmarks = absent
    paths = lists(pinterest)

    for path in paths:
        page = get(pinterest, path, page_size=250)
        while page.get("bookmark"):
            page = get(pinterest, path, page_size=250, bookmark=page["bookmark"])
        assert page.get("bookmark", "missing") == ("missing" if absent else None), path

    assert {"/pins", "/catalogs", f"/ad_accounts/{FIRST}/ads"} <= set(paths)
    assert "bookmark" not in get(pinterest, f"/ad_accounts/{FIRST}/conversion_tags")


def test_a_bookmark_has_the_recorded_form(pinterest: FakePinterest) -> None:
    bookmark = get(pinterest, "/pins")["bookmark"]

    assert re.fullmatch(r"[A-Za-z0-9+/]+=+", bookmark)
    text = base64.b64decode(bookmark, validate=True).decode()
    assert re.fullmatch(r"\?c-1\|\d+\|\d{16}\*GQL\*\|[0-9a-f]{64}\|NEW\|+", text)


def test_a_new_user_has_no_views_and_its_rankings_do_not_say_how_recent_they_are(
    pinterest: FakePinterest,
) -> None:
    def found() -> tuple[int, dict[str, Any]]:
        ranking = get(pinterest, "/user_account/analytics/top_pins", **WEEK, sort_by="SAVE")
        return get(pinterest, "/user_account")["monthly_views"], ranking["date_availability"]

    views, availability = found()
    assert views > 0
    assert set(availability) == {"is_realtime", "latest_available_timestamp"}
    pinterest.new_user = True
    assert found() == (-1, {})


@pytest.mark.parametrize(
    ("modes", "status", "code"),
    [({}, 401, 3), ({"multi_pin_refusal": (403, 29, "You are not permitted.")}, 403, 29)],
)
def test_the_report_on_several_pins_is_closed_with_401_or_as_is_set(
    pinterest: FakePinterest, modes: dict[str, Any], status: int, code: int
) -> None:
    pinterest.multi_pin = False
    for name, value in modes.items():
        setattr(pinterest, name, value)

    answer = ask(pinterest, "/pins/analytics", **WEEK, metric_types="SAVE", pin_ids=PINS[0])

    assert (answer.status_code, answer.json()["code"]) == (status, code)


# --- Headers about rate limits ---

NET = '100, 100;w=1;name="safety_net_app_id_user_id"'


@pytest.mark.parametrize(
    ("path", "params", "windows"),
    [
        ("/ad_accounts", {}, '1000;w=60;name="ads_read_app_id_user_id"'),
        ("/pins", {}, '1000;w=60;name="org_read_app_id_user_id"'),
        ("/catalogs/product_groups", {}, '100;w=60;name="catalogs_read_app_id_user_id"'),
        ("/user_account/analytics", WEEK, '60;w=60;name="org_analytics_app_id_user_id"'),
        (
            f"/ad_accounts/{FIRST}/reports",
            {"token": "x"},
            '300;w=60;name="ads_analytics_app_id_user_id", '
            '800;w=60;name="analytics_get_report_app_id"',
        ),
        (ADS_PATH, {}, '300;w=60;name="ads_analytics_app_id_user_id"'),  # refused
    ],
)
def test_every_answer_says_which_limits_there_are(
    pinterest: FakePinterest, path: str, params: dict[str, str], windows: str
) -> None:
    sent = ask(pinterest, path, **params).headers

    assert sent["x-ratelimit-limit"] == f"{NET}, {windows}"
    assert (sent["x-ratelimit-remaining"], sent["x-ratelimit-reset"]) == ("99", "1")


def test_what_is_left_can_be_set_and_a_fault_has_its_own_headers_only(
    pinterest: FakePinterest,
) -> None:
    pinterest.rate_limit_left = (3, 47)
    answer = ask(pinterest, "/pins")
    pinterest.fault = first(1, (429, {"code": 8, "message": "Too many."}, {}))
    fault = ask(pinterest, "/pins")

    left = (answer.headers["x-ratelimit-remaining"], answer.headers["x-ratelimit-reset"])
    assert left == ("3", "47")
    assert not [name for name in fault.headers if name.lower().startswith("x-ratelimit")]


# --- Asynchronous reports ---

ONCE_FINISHED = "This job has already finished processing."


def poll(pinterest: FakePinterest, token: str, account: str = FIRST) -> dict[str, Any]:
    found: dict[str, Any] = get(pinterest, f"/ad_accounts/{account}/reports", token=token)
    return found


def finished(pinterest: FakePinterest, **body: Any) -> dict[str, Any]:
    """The last answer about a new report."""
    token = post(pinterest, **body).json()["token"]
    for _ in range(pinterest.reports.polls):
        assert poll(pinterest, token)["report_status"] == "IN_PROGRESS"
    return poll(pinterest, token)


def test_the_same_body_gives_the_same_report_and_at_once_if_it_is_ready(
    pinterest: FakePinterest,
) -> None:
    made = post(pinterest).json()
    in_the_making = post(pinterest).json()
    poll(pinterest, made["token"])
    poll(pinterest, made["token"])
    ready = post(pinterest).json()

    assert made == in_the_making
    assert made["report_status"] == "IN_PROGRESS"
    assert ready["token"] == made["token"]
    assert ready["report_status"] == "FINISHED"
    assert ready["message"].startswith(ONCE_FINISHED)
    assert made["token"] in ready["message"]
    assert poll(pinterest, made["token"])["report_status"] == "FINISHED"


def test_another_body_account_or_day_gives_another_report(pinterest: FakePinterest) -> None:
    tokens = [
        post(pinterest).json()["token"],
        post(pinterest, end_date="2026-11-03").json()["token"],
        post(pinterest, columns=["SPEND_IN_DOLLAR", "AD_ID"]).json()["token"],
        post(pinterest, SECOND).json()["token"],
    ]
    pinterest.today = TODAY + timedelta(days=1)
    tokens.append(post(pinterest).json()["token"])

    assert len(set(tokens)) == 5


def test_reports_need_not_be_kept_by_body(pinterest: FakePinterest) -> None:
    pinterest.reports.kept_by_body = False

    assert post(pinterest).json()["token"] != post(pinterest).json()["token"]


def test_reports_can_be_kept_for_days_with_the_numbers_of_their_day(
    pinterest: FakePinterest,
) -> None:
    restated = {"start_date": "2026-11-20", "end_date": "2026-11-23", "columns": ["TOTAL_CHECKOUT"]}
    pinterest.reports.kept_days = 1
    former = downloaded(pinterest, **restated)
    token = post(pinterest, **restated).json()["token"]

    pinterest.today = TODAY + timedelta(days=1)
    later = post(pinterest, **restated).json()
    kept = downloaded(pinterest, **restated)
    pinterest.today = TODAY + timedelta(days=2)
    anew = downloaded(pinterest, **restated)

    assert (later["token"], later["report_status"]) == (token, "FINISHED")
    assert kept == former != anew


@pytest.mark.parametrize("keeps_failed", [False, True])
def test_a_failed_report_is_made_anew_unless_it_is_kept(
    pinterest: FakePinterest, keeps_failed: bool
) -> None:
    pinterest.reports.keeps_failed = keeps_failed
    pinterest.reports.fate = lambda report: "FAILED" if report.number else None
    failed = finished(pinterest)
    assert post(pinterest, end_date="2026-11-03").json() == (
        post(pinterest, end_date="2026-11-03").json()
    ), "one that is not known to fail yet is kept"
    token, _ = pinterest.reports.made

    again = post(pinterest).json()

    assert failed["report_status"] == "FAILED"
    assert (again["token"] == token) == keeps_failed
    assert again["report_status"] == ("FAILED" if keeps_failed else "IN_PROGRESS")


def test_a_token_and_an_address_have_the_recorded_form(pinterest: FakePinterest) -> None:
    token = post(pinterest).json()["token"]
    poll(pinterest, token)
    url = poll(pinterest, token)["url"]

    assert re.fullmatch(r"[A-Za-z0-9_=-]{388}", token)
    assert token[22:24] == "=="
    assert token.endswith("=")
    assert re.match(
        rf"http://127\.0\.0\.1:\d+/async_reporting_v3/{FIRST}-\d{{10}}-\d{{16}}/metrics_report\.txt"
        r"\?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=",
        url,
    )
    assert 1_750 < len(url) < 1_950
    for name in ("Date", "Expires=300", "SignedHeaders=host", "Security-Token", "Signature"):
        assert f"X-Amz-{name}" in url
    content = requests.get(url, timeout=60)
    assert content.status_code == 200
    assert content.json()
    wrong = re.sub(r"Signature=.", "Signature=x", url)
    assert requests.get(wrong, timeout=60).status_code == 403


def test_a_report_can_be_finished_without_an_address(pinterest: FakePinterest) -> None:
    pinterest.reports.without_address = True

    assert finished(pinterest) == {"report_status": "FINISHED", "url": None, "size": None}


def test_a_report_can_say_that_its_size_is_0(pinterest: FakePinterest) -> None:
    pinterest.reports.zero_size = True

    found = finished(pinterest)

    assert found["size"] == 0
    assert requests.get(found["url"], timeout=60).json()


def test_a_report_can_have_no_content_at_all(pinterest: FakePinterest) -> None:
    pinterest.reports.empty_content = True

    found = finished(pinterest)

    assert found["size"] == 0
    assert requests.get(found["url"], timeout=60).content == b""


def test_a_report_says_its_size(pinterest: FakePinterest) -> None:
    found = finished(pinterest)

    assert found["size"] == len(requests.get(found["url"], timeout=60).content) > 2


def test_the_first_polls_can_have_no_status(pinterest: FakePinterest) -> None:
    pinterest.reports.null_status = 2
    token = post(pinterest).json()["token"]

    found = [poll(pinterest, token)["report_status"] for _ in range(4)]

    assert found == [None, None, "IN_PROGRESS", "FINISHED"]


def test_a_report_can_have_a_status_that_nobody_knows(pinterest: FakePinterest) -> None:
    pinterest.reports.unknown_status = "TIMEOUT"

    assert finished(pinterest) == {"report_status": "TIMEOUT", "url": None, "size": None}


def test_a_mode_of_reports_can_hit_some_of_them_only(pinterest: FakePinterest) -> None:
    def hits(report: Report) -> bool:
        return report.body["level"] == "CAMPAIGN"

    reports = pinterest.reports
    reports.without_address = hits
    assert finished(pinterest, level="CAMPAIGN")["url"] is None
    assert finished(pinterest, level="AD_GROUP")["url"]

    reports.without_address, reports.zero_size = False, hits
    assert finished(pinterest, level="CAMPAIGN", end_date="2026-11-03")["size"] == 0
    assert finished(pinterest, level="AD_GROUP", end_date="2026-11-03")["size"] > 0

    reports.zero_size, reports.empty_content = False, hits
    empty = finished(pinterest, level="CAMPAIGN", end_date="2026-11-04")
    assert requests.get(empty["url"], timeout=60).content == b""
    full = finished(pinterest, level="AD_GROUP", end_date="2026-11-04")
    assert requests.get(full["url"], timeout=60).content

    reports.empty_content = False
    reports.unknown_status = lambda report: "TIMEOUT" if hits(report) else None
    assert (
        finished(pinterest, level="CAMPAIGN", end_date="2026-11-05")["report_status"] == "TIMEOUT"
    )
    assert (
        finished(pinterest, level="AD_GROUP", end_date="2026-11-05")["report_status"] == "FINISHED"
    )

    reports.unknown_status, reports.null_status = None, lambda report: 1 if hits(report) else 0
    tokens = [
        post(pinterest, level=level, end_date="2026-11-06").json()["token"]
        for level in ("CAMPAIGN", "AD_GROUP")
    ]
    assert [poll(pinterest, each)["report_status"] for each in tokens] == [None, "IN_PROGRESS"]


def test_an_asynchronous_report_is_about_the_ids_that_it_names(pinterest: FakePinterest) -> None:
    everyone = downloaded(pinterest)
    some = downloaded(pinterest, ad_ids=ADS[:2])
    of_a_campaign = downloaded(pinterest, campaign_ids=[ACCOUNT.ads[0]["campaign_id"]])

    assert set(some) <= set(ADS[:2])
    assert some == {each: everyone[each] for each in some} != {}
    below = {ad["id"] for ad in ACCOUNT.ads_below["campaign"][ACCOUNT.ads[0]["campaign_id"]]}
    assert of_a_campaign == {each: rows for each, rows in everyone.items() if each in below} != {}


# --- What is expected of the connector ---

WINDOW: dict[str, Any] = {
    "today": TODAY,
    "start": date(2026, 8, 27),
    "end": date(2026, 11, 23),
}


def test_no_rows_are_expected_of_what_is_refused_by_default() -> None:
    columns = [PEOPLE, "SPEND_IN_DOLLAR"]
    stream = "ad_group_targeting_analytics"
    usual = expected.rows(WORLD, stream, columns=columns, **WINDOW)
    granted = expected.rows(
        WORLD,
        stream,
        columns=columns,
        refused_columns=(),
        refused_targeting_types=(),
        **WINDOW,
    )
    totals = expected.rows(WORLD, "ad_group_analytics", columns=columns, **WINDOW)

    types = {row["targeting_type"] for row in usual}
    assert {row["targeting_type"] for row in granted} - types == {
        *("AGE_BUCKET_AND_GENDER", "CREATIVE_ENHANCEMENTS")
    }
    assert "GENDER" in types
    assert not any(PEOPLE in row for row in usual)
    assert any(PEOPLE in row for row in granted)
    assert any(PEOPLE in row for row in totals)


def test_a_null_value_is_expected_as_the_empty_text() -> None:
    arguments = {"columns": [], "targeting_types": ["GENDER", "AGE_BUCKET"], **WINDOW}

    def names(**modes: bool) -> list[str]:
        found = expected.rows(WORLD, "ad_targeting_analytics", **arguments, **modes)
        return [row["targeting_value"] for row in found]

    usual, with_nulls = names(), names(null_targeting_values=True)

    assert "GENDER:" not in usual
    assert with_nulls == ["GENDER:" if each == "GENDER:unknown" else each for each in usual]
    assert "AGE_BUCKET:unknown" in with_nulls


def test_the_same_holds_for_custom_reports() -> None:
    report = {
        "level": "ad",
        "granularity": "TOTAL",
        "columns": ["SPEND_IN_DOLLAR", PEOPLE],
        "targeting_types": ["GENDER", "AGE_BUCKET_AND_GENDER"],
    }
    window = (WINDOW["start"], WINDOW["end"], TODAY)

    usual = expected_custom_reports.rows(WORLD, report, *window)
    with_nulls = expected_custom_reports.rows(WORLD, report, *window, null_targeting_values=True)
    granted = expected_custom_reports.rows(WORLD, report, *window, refused_targeting_types=())

    assert {row["targeting_type"] for row in usual} == {"GENDER"}
    assert {row["targeting_raw_value"] for row in usual} == {"unknown", "female", "male"}
    assert {row["targeting_raw_value"] for row in with_nulls} == {"", "female", "male"}
    assert {row["targeting_type"] for row in granted} == {"GENDER", "AGE_BUCKET_AND_GENDER"}
    keywords = {"level": "keyword", "granularity": "TOTAL", "columns": ["SPEND_IN_DOLLAR", PEOPLE]}
    of_keywords = expected_custom_reports.rows(WORLD, keywords, *window)
    assert of_keywords
    assert not any(PEOPLE in row for row in [*usual, *of_keywords])
