"""The probes of columns and breakdowns, above all where Pinterest refuses or grants the unexpected."""

from __future__ import annotations

import pytest

from source_pinterest.api.facts import api_facts
from source_pinterest.verify.findings import Result
from source_pinterest.verify.probes import columns
from unit_tests.http.scripted import Reply
from unit_tests.verify.account import ACCOUNT, Account, Request, found, page, refusal, results

ADS = f"GET {ACCOUNT}/ads"
REPORT = f"GET {ACCOUNT}/ads/analytics"
MAKE = f"POST {ACCOUNT}/reports"
METRICS = "GET /resources/delivery_metrics"
ENTITIES = {
    f"GET {ACCOUNT}/{level}s": page({"id": "1", "status": "ACTIVE"})
    for level in ("campaign", "ad_group", "ad")
}
EVERY_COLUMN = list(api_facts()["columns"])
MADE = Reply(200, {"token": "t"})


def every_column(reply: Reply):
    """The findings if this answers a request for every column."""

    def answer(request: Request) -> Reply:
        is_every = request.value("columns").split(",") == EVERY_COLUMN
        return reply if is_every else Reply(200, [])

    return found(columns.every_column, {**ENTITIES, REPORT: answer})


@pytest.mark.parametrize(
    ("reply", "result", "words"),
    [
        (Reply(200, []), Result.HOLDS, "at once: accepted."),
        (refusal("Invalid column CTR."), Result.DIFFERS, "the refusal names CTR."),
        (refusal("Invalid request."), Result.DIFFERS, "the refusal names no column."),
        (refusal("Not for you.", 403, 29), Result.UNKNOWN, "403, code 29, Not for you."),
    ],
)
def test_a_refusal_of_every_column_is_told_with_the_columns_that_it_names(reply, result, words):
    finding = every_column(reply)["columns-of-synchronous-reports"]

    assert finding.result is result
    assert finding.detail.endswith(words)


def test_the_columns_that_are_null_or_left_out_of_a_row_are_counted():
    row = {**dict.fromkeys(EVERY_COLUMN[:10], 1), **dict.fromkeys(EVERY_COLUMN[10:13])}

    finding = every_column(Reply(200, [row]))["columns-without-a-value"]

    assert finding.result is Result.HOLDS
    assert finding.detail == (
        f"Of {len(EVERY_COLUMN)} columns, 3 are null and {len(EVERY_COLUMN) - 13} left out."
    )


@pytest.mark.parametrize(
    ("synchronous", "asynchronous", "people", "breakdown"),
    [
        (refusal("No."), [refusal("No."), MADE], Result.HOLDS, Result.HOLDS),
        (refusal("No."), [MADE], Result.DIFFERS, Result.HOLDS),
        (Reply(200, {"data": []}), [refusal("No."), MADE], Result.DIFFERS, Result.HOLDS),
        (refusal("No."), [refusal("No.")], Result.HOLDS, Result.DIFFERS),
    ],
)
def test_people_with_targeting_are_believed_to_be_refused_in_both_kinds_of_reports(
    synchronous, asynchronous, people, breakdown
):
    targeting = f"GET {ACCOUNT}/campaigns/targeting_analytics"
    account = Account(
        {**ENTITIES, REPORT: Reply(200, []), targeting: synchronous, MAKE: asynchronous}
    )

    findings = account.found(columns.people_with_targeting)

    assert results(findings) == {
        "people-columns-with-targeting": people,
        "asynchronous-targeting-types": breakdown,
    }
    if len(asynchronous) > 1:  # the breakdown is asked for once more, without the people
        assert account.asked(MAKE)[-1].content["columns"] == ["SPEND_IN_DOLLAR"]


def test_a_beta_breakdown_that_one_level_refuses_is_told_beside_the_accepted_one():
    findings = found(
        columns.beta_breakdowns,
        {
            **ENTITIES,
            REPORT: Reply(200, []),
            f"GET {ACCOUNT}/campaigns/targeting_analytics": Reply(200, {"data": []}),
            f"GET {ACCOUNT}/ad_groups/targeting_analytics": refusal("In beta."),
        },
    )

    finding = findings["beta-breakdowns"]
    assert finding.result is Result.DIFFERS
    assert finding.detail == (
        "AGE_BUCKET_AND_GENDER: accepted; CREATIVE_ENHANCEMENTS: Pinterest: 400, code 1, In beta."
    )


def metric(name: str) -> dict[str, str]:
    return {"category": "PERFORMANCE", "name": name}


def test_the_columns_that_the_list_of_metrics_lacks_are_told():
    metrics = page(*map(metric, EVERY_COLUMN[1:]))

    findings = found(columns.list_of_metrics, {METRICS: metrics})

    assert findings["list-of-metrics"].result is Result.HOLDS
    newest = findings["columns-of-the-newest-description"]
    assert newest.result is Result.UNKNOWN
    assert newest.detail.endswith(f"lacks 1 column of ours: {EVERY_COLUMN[0]}.")


@pytest.mark.parametrize(
    ("reply", "result", "words"),
    [
        (MADE, Result.HOLDS, "at once, of keywords: accepted."),
        (refusal("TOTAL_LEAD is no column."), Result.DIFFERS, "the refusal names no column."),
        (refusal("ONSITE_CHECKOUTS_1 is none."), Result.DIFFERS, "names ONSITE_CHECKOUTS_1."),
        (refusal("Not for you.", 403, 29), Result.UNKNOWN, "403, code 29, Not for you."),
    ],
)
def test_the_conversions_are_asked_for_at_the_level_that_has_the_fewest(reply, result, words):
    account = Account({MAKE: reply})

    findings = account.found(columns.asynchronous_conversions_at_once)

    finding = findings["conversions-of-asynchronous-reports"]
    assert finding.result is result
    assert finding.detail.endswith(words)
    body = account.asked(MAKE)[0].content
    assert body["level"] == "KEYWORD"
    assert "TOTAL_CONVERSIONS_VALUE_IN_MICRO_DOLLAR" in body["columns"]


@pytest.mark.parametrize("items", [[metric("CTR")] * 2, [{"name": "CTR"}]])
def test_metrics_that_their_key_does_not_tell_apart_are_told(items):
    findings = found(columns.list_of_metrics, {METRICS: page(*items)})

    assert findings["list-of-metrics"].result is Result.DIFFERS


@pytest.mark.parametrize("reply", [refusal("No."), Reply(200, {"items": ["CTR"]}), Reply(200, [])])
def test_a_list_of_metrics_of_another_shape_is_told(reply):
    findings = found(columns.list_of_metrics, {METRICS: reply})

    assert results(findings) == {"list-of-metrics": Result.DIFFERS}


def test_attribution_windows_are_shown_only_by_a_refusal():
    analytics = f"GET {ACCOUNT}/analytics"
    refused = found(columns.attribution, {analytics: refusal("Bad window.")})
    accepted = found(columns.attribution, {analytics: Reply(200, [])})

    assert results(refused) == {"attribution-windows": Result.HOLDS}
    assert refused["attribution-windows"].detail.endswith("400, code 1, Bad window.")
    assert results(accepted) == {"attribution-windows": Result.UNKNOWN}
