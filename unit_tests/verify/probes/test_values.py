"""The probes of lists of values, above all where Pinterest does not do as believed."""

from __future__ import annotations

import pytest

from source_pinterest.verify.findings import Result
from source_pinterest.verify.probes import values
from source_pinterest.verify.subject import NotAsked
from unit_tests.http.scripted import Reply
from unit_tests.verify.account import ACCOUNT, Account, Request, found, page, refusal, results

CAMPAIGNS = f"GET {ACCOUNT}/campaigns"
ADS = f"GET {ACCOUNT}/ads"
REPORT = f"GET {ACCOUNT}/ads/analytics"
TARGETING = f"GET {ACCOUNT}/campaigns/targeting_analytics"
TWO = ({"id": "1", "status": "ACTIVE"}, {"id": "2", "status": "PAUSED"})


def filtered(by_commas: str, by_keys: str):
    """Campaigns, filtered by ids in either form: the ids that come."""

    def answer(request: Request) -> Reply:
        given = request.query.get("campaign_ids", [])
        if not given:
            return page(*TWO)
        came = by_commas if len(given) == 1 else by_keys
        return page(*({"id": each, "status": "ACTIVE"} for each in came.split()))

    return answer


@pytest.mark.parametrize(
    ("by_commas", "by_keys", "commas", "keys", "is_filtered", "words"),
    [
        ("1 2", "1 2", "holds", "holds", "holds", "in one value, both came"),
        ("1 2", "2", "holds", "differs", "holds", "key repeated, only the last came"),
        ("1", "1 2", "differs", "holds", "holds", "in one value, only the first came"),
        ("", "", "differs", "differs", "differs", "in one value, none came"),
        ("1 2 3", "1 2 3", "differs", "differs", "differs", "1 other came as well"),
    ],
)
def test_which_form_of_several_ids_is_understood_is_told_by_what_comes(
    by_commas, by_keys, commas, keys, is_filtered, words
):
    findings = found(values.ids, {CAMPAIGNS: filtered(by_commas, by_keys)})

    assert {name: each.value for name, each in results(findings).items()} == {
        "ids-joined-by-commas": commas,
        "ids-as-repeated-keys": keys,
        "lists-filtered-by-ids": is_filtered,
    }
    assert words in findings["ids-joined-by-commas"].detail


def test_a_refused_form_of_ids_is_told_with_pinterests_words():
    def answer(request: Request) -> Reply:
        return refusal("Bad ids.") if "campaign_ids" in request.query else page(*TWO)

    findings = found(values.ids, {CAMPAIGNS: answer})

    assert set(results(findings).values()) == {Result.DIFFERS}
    assert "refused (Pinterest: 400, code 1, Bad ids)" in findings["ids-as-repeated-keys"].detail


def test_archived_entities_are_asked_for_with_their_status():
    archived = ({"id": "1", "status": "ARCHIVED"}, {"id": "2", "status": "ARCHIVED"})
    account = Account({CAMPAIGNS: page(*archived)})

    findings = account.found(values.ids)

    assert findings["ids-joined-by-commas"].result is Result.HOLDS
    filtered_lists = [each for each in account.asked(CAMPAIGNS) if "campaign_ids" in each.query]
    assert all("ARCHIVED" in each.value("entity_statuses") for each in filtered_lists)
    assert len(filtered_lists) == 2


def test_a_single_entity_shows_nothing_of_several_ids():
    with pytest.raises(NotAsked, match="two campaigns, ad groups or ads"):
        found(values.ids, {CAMPAIGNS: page(TWO[0])})


def test_a_report_with_rows_of_more_ads_for_repeated_keys_speaks_against_commas():
    def report(request: Request) -> Reply:
        ids = request.query["ad_ids"]
        return Reply(200, [{"AD_ID": each} for each in (ids if len(ids) > 1 else ["1"])])

    findings = found(values.ids, {ADS: page(*TWO), REPORT: report})

    assert results(findings) == {
        "ids-joined-by-commas": Result.DIFFERS,
        "ids-as-repeated-keys": Result.HOLDS,
        "lists-filtered-by-ids": Result.DIFFERS,
    }
    assert "2 ads in one value has rows of 1; with the key repeated, of 2." in (
        findings["ids-joined-by-commas"].detail
    )


def test_a_report_with_rows_of_several_ads_speaks_for_commas():
    rows = Reply(200, [{"AD_ID": "1"}, {"AD_ID": "2"}])

    findings = found(values.ids, {ADS: page(*TWO), REPORT: rows})

    assert findings["ids-joined-by-commas"].result is Result.HOLDS
    assert "has rows of 2." in findings["ids-joined-by-commas"].detail


@pytest.mark.parametrize(
    ("refusals", "result"),
    [
        (["Bad ids."], Result.DIFFERS),
        (["Invalid column CTR.", "Invalid column SPEND_IN_DOLLAR."], Result.HOLDS),
    ],
)
def test_a_refused_report_speaks_against_commas_unless_it_is_about_a_column(refusals, result):
    findings = found(values.ids, {ADS: page(*TWO), REPORT: [refusal(each) for each in refusals]})

    assert findings["ids-joined-by-commas"].result is result


def test_archived_and_active_entities_in_one_list_show_that_statuses_are_joined():
    findings = found(
        values.statuses,
        {CAMPAIGNS: page({"id": "1", "status": "ACTIVE"}, {"id": "2", "status": "ARCHIVED"})},
    )

    assert findings["statuses-joined-by-commas"].result is Result.HOLDS
    assert "The list of campaigns has ACTIVE, ARCHIVED." in (
        findings["statuses-joined-by-commas"].detail
    )


def of_statuses(*archived_in: str):
    """Campaigns: active ones, and archived ones only in answer to these forms of the parameter."""

    def answer(request: Request) -> Reply:
        given = request.query.get("entity_statuses", [])
        if len(given) == 1 and "ACTIVE" in given[0].split(","):
            return page(*TWO)
        form = "commas" if len(given) == 1 else "keys"
        return page({"id": "3", "status": "ARCHIVED"}) if form in archived_in else page()

    return answer


@pytest.mark.parametrize(
    ("archived_in", "result", "words"),
    [
        (("commas",), Result.DIFFERS, "the others alone gave ARCHIVED"),
        (("keys",), Result.DIFFERS, "the others with the key repeated gave ARCHIVED"),
        ((), Result.UNKNOWN, "ACTIVE, PAUSED only, so nothing shows it"),
    ],
)
def test_entities_that_only_another_form_of_statuses_has_speak_against_commas(
    archived_in, result, words
):
    finding = found(values.statuses, {CAMPAIGNS: of_statuses(*archived_in)})[
        "statuses-joined-by-commas"
    ]

    assert finding.result is result
    assert words in finding.detail


def test_an_empty_list_of_every_status_speaks_against_commas():
    def answer(request: Request) -> Reply:
        return page() if "entity_statuses" in request.query else page(*TWO)

    finding = found(values.statuses, {CAMPAIGNS: answer})["statuses-joined-by-commas"]

    assert finding.result is Result.DIFFERS
    assert "campaigns in every status, joined by commas, was empty" in finding.detail


def test_no_entity_shows_nothing_of_statuses():
    with pytest.raises(NotAsked, match="has campaigns, ad groups or ads"):
        found(values.statuses, {})


def test_250_ids_are_shown_only_by_250_ads():
    few = found(values.ids_in_a_request, {ADS: page(*TWO), REPORT: Reply(200, [])})
    ads = page(*({"id": str(number), "status": "ACTIVE"} for number in range(1, 251)))
    many = found(values.ids_in_a_request, {ADS: ads, REPORT: Reply(200, [])})
    refused = found(values.ids_in_a_request, {ADS: ads, REPORT: refusal("Too many ids.")})

    assert [each["ids-in-a-request"].result for each in (few, many, refused)] == [
        *(Result.UNKNOWN, Result.HOLDS, Result.DIFFERS),
    ]
    assert few["ids-in-a-request"].detail == "Only 2 ads could be asked for."
    assert "250 ads: Pinterest: 400, code 1, Too many ids" in refused["ids-in-a-request"].detail


def targeting(body, status: int = 200):
    answers = {ADS: page(*TWO), CAMPAIGNS: page(*TWO), REPORT: Reply(200, [])}
    return found(values.targeting_types, {**answers, TARGETING: Reply(status, body)})


ROW = {
    "targeting_type": "GENDER",
    "targeting_value": "female",
    "metrics": {"CAMPAIGN_ID": 1, "SPEND_IN_DOLLAR": 2.5},
}


@pytest.mark.parametrize(
    ("rows", "shape", "value"),
    [
        ([ROW], Result.HOLDS, Result.HOLDS),
        ([ROW, {**ROW, "targeting_value": None}], Result.HOLDS, Result.DIFFERS),
        ([ROW, {**ROW, "metrics": {}}], Result.DIFFERS, Result.HOLDS),
        ([], Result.UNKNOWN, Result.UNKNOWN),
    ],
)
def test_rows_with_targeting_are_compared_with_the_shape_that_is_expected(rows, shape, value):
    assert results(targeting({"data": rows})) == {
        "targeting-types-in-a-request": Result.HOLDS,
        "shape-of-targeting-rows": shape,
        "targeting-value-is-there": value,
    }


def test_an_answer_without_rows_with_targeting_has_another_shape():
    findings = targeting([ROW])

    assert findings["shape-of-targeting-rows"].result is Result.DIFFERS
    assert "targeting-value-is-there" not in findings


def test_refused_targeting_types_leave_their_rows_open():
    assert results(targeting({"code": 1, "message": "Too many."}, 400)) == {
        "targeting-types-in-a-request": Result.DIFFERS
    }


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (refusal("Invalid bookmark."), ("holds", "holds")),
        (page(), ("holds", "differs")),
        (Reply(414, b"<html>too long"), ("differs", None)),
    ],
)
def test_a_long_address_arrives_if_pinterest_itself_answers(reply, expected):
    def answer(request: Request) -> Reply:
        long = len(request.value("bookmark")) > 1_000
        return reply if long else page({"id": "7", "permissions": ["ANALYST"]})

    findings = found(values.long_addresses, {"GET /ad_accounts": answer})

    told = {name: each.value for name, each in results(findings).items()}
    assert (told["long-addresses"], told.get("stale-bookmarks")) == expected
