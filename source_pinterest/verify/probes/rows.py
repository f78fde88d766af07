"""Probes of the rows of reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from source_pinterest.api.limits import LIMITS
from source_pinterest.records.ids import normalize_id
from source_pinterest.sync.covered_ids import creation_day
from source_pinterest.text import counted
from source_pinterest.verify.findings import Finding, either, holds, listed, unknown
from source_pinterest.verify.probes.probe import settles
from source_pinterest.verify.subject import PAGE, NotAsked, Params, Row, Subject, rows_of

IDS = ("AD_ID", "CAMPAIGN_ID")
COUNTS = ("IMPRESSION_1", "TOTAL_CLICKTHROUGH")

DAYS_COMPARED = (33, 4)
"""Days ago: 30 whose delivery does not change any more."""

SPENT = "SPEND_IN_MICRO_DOLLAR"

ADS_LOOKED_AT = 25
"""A daily report of few ads, so that the answer stays small."""


@settles(
    "report-rows", "no-activity-no-row", "ids-of-rows", "types-of-metrics", "total-without-date"
)
def of_ads(subject: Subject) -> Iterator[Finding]:
    """Looks at the rows of a report of ads."""
    report = subject.report
    if not report.is_good:
        raise NotAsked(f"The report of your ads: {report.error_summary}.")
    body = report.body
    if not isinstance(body, list):
        yield either("report-rows", False, f"The answer is a {type(body).__name__}.")
        return
    rows = subject.report_rows
    asked = len((report.value("ad_ids") or "").split(","))
    if not rows:
        for name in ("report-rows", "ids-of-rows", "types-of-metrics", "total-without-date"):
            yield unknown(name, "Your ads had no activity in the last 30 days.")
        yield holds("no-activity-no-row", f"Of {counted(asked, 'ad')}, none has a row.")
        return
    right = sum("AD_ID" in row for row in rows)
    is_right = right == len(body)
    yield either("report-rows", is_right, f"{right} of {counted(len(body), 'row')} have it.")
    active = len(subject.active_ads)
    zeros = sum(all(not row.get(name) for name in COUNTS) for row in rows)
    detail = f"Of {counted(asked, 'ad')}, {active} have rows; {zeros} of these are zeros."
    yield either("no-activity-no-row", active < asked or not zeros, detail)
    kinds = {name: _kinds(rows, name) for name in IDS}
    yield holds("ids-of-rows", f"{_said(kinds)}.")
    named = {name: _kinds(rows, name) for name in rows[0] if name not in IDS}
    texts = [name for name, found in named.items() if "text" in found]
    detail = f"{_said(named)}."
    yield either("types-of-metrics", not texts, detail)
    dated = sum("DATE" in row for row in rows)
    yield either(
        "total-without-date", not dated, f"{dated} of {counted(len(rows), 'row')} have one."
    )


@settles("creation-times")
def creation(subject: Subject) -> Iterator[Finding]:
    """Looks for rows of days before the ad was created."""
    first = subject.days_ago(LIMITS.analytics_lookback.days - 1)
    created = {
        str(normalize_id(ad.get("id"))): str(creation_day(ad) or "")
        for ad in subject.entities["ad"]
    }
    young = [ad for ad in subject.active_ads if created[ad] > first][:ADS_LOOKED_AT]
    if not young:
        raise NotAsked(
            "None of your ads that were active in the last 30 days is younger than 89 days."
        )
    answer = subject.get(
        subject.of_account("/ads/analytics"),
        {
            "ad_ids": ",".join(young),
            "granularity": "DAY",
            "columns": "AD_ID,IMPRESSION_1",
            "start_date": first,
            "end_date": subject.days_ago(1),
        },
    )
    if not answer.is_good:
        raise NotAsked(f"The report by day of your newest ads: {answer.error_summary}.")
    rows = [(str(normalize_id(row.get("AD_ID"))), str(row.get("DATE"))) for row in rows_of(answer)]
    early = sum(day < created.get(ad, "") for ad, day in rows)
    detail = (
        f"Of {counted(len(rows), 'row')} of {counted(len(young), 'ad')}, {early} are of days before "
        "the one on which the ad was created."
    )
    yield either("creation-times", not early, detail)


@settles("days-of-an-account-add-up")
def adding_up(subject: Subject) -> Iterator[Finding]:
    """Of levels with all entities in one page, and so in one report."""
    name = "days-of-an-account-add-up"
    of_account = _spent_by_day(subject, "/analytics", {})
    if not any(of_account.values()):
        raise NotAsked("Your ad account has spent nothing 4 to 33 days ago.")
    said: list[str] = []
    differ = False
    for level in ("campaign", "ad"):
        ids = subject.ids(level)
        if not ids or len(ids) >= PAGE:
            continue
        path = f"/{level}s/analytics"
        by_day = _spent_by_day(subject, path, {f"{level}_ids": ",".join(ids)})
        of_all = {
            day: (of_account.get(day, 0.0), by_day.get(day, 0.0)) for day in of_account | by_day
        }
        days = sum(abs(whole - parts) > len(ids) for whole, parts in of_all.values())
        differ = differ or bool(days)
        said.append(
            f"Of {counted(len(of_all), 'day')}, the spend of {counted(len(ids), level)} differs from that of "
            f"the ad account on {days}."
        )
    if said:
        yield either(name, not differ, " ".join(said))
    else:
        yield unknown(
            name, "The ad account has no campaigns and ads, or more than one request takes."
        )


def _spent_by_day(subject: Subject, path: str, ids: Params) -> dict[str, float]:
    days = subject.window(*DAYS_COMPARED)
    params = {**ids, **days, "granularity": "DAY", "columns": SPENT}
    answer = subject.get(subject.of_account(path), params)
    if not answer.is_good:
        raise NotAsked(f"A report of the spend by day: {answer.error_summary}.")
    spent: dict[str, float] = {}
    for row in rows_of(answer):
        value = row.get(SPENT)
        if isinstance(value, (int, float)):
            day = str(row.get("DATE"))[:10]
            spent[day] = spent.get(day, 0.0) + value
    return spent


def _kinds(rows: list[Row], name: str) -> Counter[str]:
    return Counter(_kind(row[name]) for row in rows if name in row)


def _kind(value: Any) -> str:
    if isinstance(value, float):
        return "whole number with a point" if value.is_integer() else "fraction"
    return {str: "text", int: "whole number", type(None): "null", bool: "true or false"}.get(
        type(value), "object"
    )


def _said(kinds: dict[str, Counter[str]]) -> str:
    """`AD_ID text; CTR fraction, null`."""
    words = [f"{name} {listed(sorted(found))}" for name, found in kinds.items() if found]
    return "; ".join(words) or "no value"
