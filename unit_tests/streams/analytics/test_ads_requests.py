"""Reports of ads: batches that fit an answer and a URL, and a broken answer that is asked for again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from source_pinterest.api.limits import LIMITS
from source_pinterest.http.retry import SYNC
from source_pinterest.streams.analytics.ads import (
    AdAccountAnalyticsDaily,
    AdAnalyticsDaily,
    ProductGroupPromotionAnalyticsDaily,
)
from unit_tests.http.scripted import Reply
from unit_tests.streams.analytics.reading import read
from unit_tests.streams.pinterest import ACCOUNT, IDS, Pinterest, context

REPORT = "/ads/analytics"


@pytest.mark.parametrize(
    ("limits", "batches"),
    [
        (LIMITS, ["31,32,33"]),
        (replace(LIMITS, ids_per_report=2), ["31,32", "33"]),
        (replace(LIMITS, cells_per_answer=15 * 2), ["31", "32", "33"]),
        (replace(LIMITS, url_bytes=1), ["31", "32", "33"]),
    ],
)
def test_a_request_has_as_many_ids_as_an_answer_and_a_url_may_have(limits, batches):
    pinterest = Pinterest()
    sync = context(pinterest, limits=limits, reconcile=False)

    found = read(AdAnalyticsDaily(sync), selected=("SPEND_IN_MICRO_DOLLAR",))

    assert sorted(each["ad_ids"] for each in pinterest.asked(REPORT)) == batches
    assert len(found.records) == 45


def breaking(pinterest: Pinterest, times: int) -> None:
    """The first answers are cut within a row, though they end like a list."""
    left = [b'[{"AD_ID": "31", "DATE": "2026-11-09"}, {"AD_ID": ]'] * times
    pinterest.faults.append(
        lambda path, _: Reply(200, left.pop()) if path.endswith(REPORT) and left else None
    )


def test_a_broken_answer_is_asked_for_again_and_no_row_comes_twice():
    pinterest = Pinterest()
    breaking(pinterest, times=1)

    found = read(AdAnalyticsDaily(context(pinterest, reconcile=False)))

    assert len(pinterest.asked(REPORT)) == 2
    keys = [(each["ad_id"], each["date"]) for each in found.records]
    assert len(keys) == len(set(keys)) == 45
    assert not found.error


def test_answers_that_stay_broken_are_an_error():
    pinterest = Pinterest()
    breaking(pinterest, times=100)

    found = read(AdAnalyticsDaily(context(pinterest, reconcile=False)))

    assert f"Pinterest's answers are broken JSON, in {SYNC.tries} tries" in found.error


def test_a_report_asks_for_its_id_and_the_selected_columns():
    pinterest = Pinterest()

    read(AdAnalyticsDaily(context(pinterest, reconcile=False)), selected=("campaign_id", "CTR"))

    (asked,) = pinterest.asked(REPORT)
    assert asked["columns"] == "AD_ID,CAMPAIGN_ID,CTR"


def test_a_report_of_the_whole_account_names_no_id():
    pinterest = Pinterest()

    found = read(AdAccountAnalyticsDaily(context(pinterest)))

    (asked,) = pinterest.asked(f"/ad_accounts/{ACCOUNT}/analytics")
    assert not [name for name in asked if name.endswith("_ids")]
    assert len(found.records) == 15


def test_promotions_are_asked_for_by_an_id_that_is_no_column():
    pinterest = Pinterest()
    stream = ProductGroupPromotionAnalyticsDaily(context(pinterest))

    found = read(stream, selected=("product_group_promotion_id", "date"))

    (asked,) = pinterest.asked("/product_groups/analytics")
    assert asked["columns"] == "SPEND_IN_MICRO_DOLLAR"  # a report has to ask for one
    assert {each["product_group_promotion_id"] for each in found.records} == {"7"}


def test_ids_that_only_one_form_of_array_names_are_read_all_the_same(caplog):
    """Pinterest takes the first of several ids that are joined by commas."""
    pinterest = Pinterest()

    def first_only(path: str, query: dict[str, str]) -> Reply | None:
        if not path.endswith((REPORT, "/ads")) or "," not in query.get("ad_ids", ""):
            return None
        query["ad_ids"] = query["ad_ids"].split(",")[0]
        return pinterest.answer(path, query)

    pinterest.faults.append(first_only)

    found = read(AdAnalyticsDaily(context(pinterest, reconcile=False)))

    assert {each["ad_id"] for each in found.records} == set(IDS["ads"])
    assert "Pinterest does not understand ids that are joined by commas" in caplog.text


def test_what_was_too_large_once_is_cut_smaller_so_that_its_state_follows_sooner():
    pinterest = Pinterest()
    ids = [str(n) for n in range(31, 43)]
    items = [{"id": each, "name": "a", "status": "ACTIVE"} for each in ids]

    def fault(path: str, query: dict[str, str]) -> Reply | None:
        if path.endswith("/ads") and "ad_ids" not in query and "ACTIVE" in query["entity_statuses"]:
            return Reply(200, {"items": items, "bookmark": None})
        if path.endswith(REPORT) and query["ad_ids"].count(",") > 1:
            return Reply(413, {"message": "Too large."})
        return None

    pinterest.faults.append(fault)
    limits = replace(LIMITS, ids_per_report=4, requests_ahead=1)

    found = read(AdAnalyticsDaily(context(pinterest, limits=limits, reconcile=False)))

    asked = [each["ad_ids"] for each in pinterest.asked(REPORT)]
    assert len([each for each in asked if each.count(",") > 1]) <= 2
    assert {record["ad_id"] for record in found.records} == {*ids}
    reached = [state[ACCOUNT]["sweep"].get("after") for state in found.states[:-2]]
    assert reached[-3:] == ["36", "38", "40"] or reached[-2:] == ["38", "40"]
