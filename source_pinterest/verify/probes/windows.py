"""Probes of the windows of reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from source_pinterest.api import limits
from source_pinterest.api.facts import api_facts
from source_pinterest.api.limits import LIMITS
from source_pinterest.http.outcomes import is_out_of_window
from source_pinterest.text import counted
from source_pinterest.verify.exchange import Exchange
from source_pinterest.verify.findings import Finding, differs, either, holds, unknown
from source_pinterest.verify.probes.probe import settles
from source_pinterest.verify.subject import Subject

SECONDS_UNTIL_IT_MAY_PASS = 1.0


@settles(
    "first-day-90-days-back",
    "window-refusals-may-pass",
    "windows-of-90-days",
    "date-of-daily-rows",
)
def of_ads(subject: Subject) -> Iterator[Finding]:
    """Requests a report from the oldest day on."""
    path = subject.of_account("/analytics")
    params = {"granularity": "DAY", "columns": "SPEND_IN_DOLLAR,TOTAL_IMPRESSION"}
    days = LIMITS.analytics_lookback.days

    def ask(first: int) -> Exchange:
        return subject.get(path, {**params, **subject.window(first)})

    answer = ask(days)
    if is_out_of_window(answer.answer):
        subject.allowance.sleep(SECONDS_UNTIL_IT_MAY_PASS)
        again = ask(days)
        yield (holds if again.is_good else unknown)(
            "window-refusals-may-pass", f"Asked once more after a second: {again.outcome}."
        )
        answer = again if again.is_good else answer
    else:
        yield unknown("window-refusals-may-pass", "No window was refused.")
    finding, answer = _edge("first-day-90-days-back", answer, ask, days)
    yield finding
    if answer.is_good:
        yield holds("windows-of-90-days", "The same request shows it.")
        yield from _dates(answer)


def _dates(answer: Exchange) -> Iterator[Finding]:
    rows = answer.body if isinstance(answer.body, list) else []
    if not rows:
        yield unknown("date-of-daily-rows", "The report of the ad account has no rows.")
        return
    right = [row for row in rows if isinstance(row, dict) and _is_day(row.get("DATE"))]
    detail = f"{len(right)} of {counted(len(rows), 'row')} have it."
    yield either("date-of-daily-rows", len(right) == len(rows), detail)


def _is_day(value: Any) -> bool:
    return isinstance(value, str) and len(value) == len("2026-11-24") and value[4::3] == "--"


def _edge(
    name: str, answer: Exchange, ask: Callable[[int], Exchange], days: int
) -> tuple[Finding, Exchange]:
    """Whether Pinterest accepts the first day, or else the next one; and the last answer."""
    if answer.is_good:
        return holds(name, f"{days} days back: accepted."), answer
    is_about_the_day = is_out_of_window(answer.answer)
    later = ask(days - 1) if answer.is_refused or is_about_the_day else answer
    if not is_about_the_day and not later.is_good:
        return unknown(
            name, f"{days} days back: {answer.error_summary}, which is not about the day."
        ), answer
    words = later.outcome
    detail = f"{days} days back: {answer.error_summary}. {days - 1} days back: {words}."
    return (differs if later.is_good else unknown)(name, detail), later


@settles("first-day-of-organic-reports", "metrics-of-the-user")
def of_the_user(subject: Subject) -> Iterator[Finding]:
    """Requests the user's analytics from the oldest day on, with all metrics."""
    path = "/user_account/analytics"
    metrics = api_facts()["operations"][f"GET {path}"]["parameters"]["metric_types"]["items"][
        "enum"
    ]
    days = LIMITS.analytics_lookback.days

    def ask(first: int) -> Exchange:
        return subject.get(path, {"metric_types": ",".join(metrics), **subject.window(first)})

    finding, answer = _edge("first-day-of-organic-reports", ask(days), ask, days)
    yield finding
    detail = f"{len(metrics)} at once: {answer.outcome}."
    yield either("metrics-of-the-user", answer.is_good, detail)


# --- Asynchronous reports, each of which is asked for and not waited for ---


@settles("first-day-of-asynchronous-reports")
def of_asynchronous_reports(subject: Subject) -> Iterator[Finding]:
    """Requests an asynchronous report of the oldest day."""
    yield _first_day(subject, "first-day-of-asynchronous-reports", limits.REPORT_LOOKBACK.days)


@settles("hourly-reports")
def of_hourly_reports(subject: Subject) -> Iterator[Finding]:
    """Requests an hourly report of the oldest day."""
    days = limits.HOURLY_REPORT_LOOKBACK.days
    yield _first_day(subject, "hourly-reports", days, granularity="HOUR")


@settles("product-item-reports")
def of_product_items(subject: Subject) -> Iterator[Finding]:
    """Requests a report of product items of the oldest day."""
    days = limits.PRODUCT_ITEM_LOOKBACK.days
    yield _first_day(subject, "product-item-reports", days, level="PRODUCT_ITEM")


@settles("days-of-an-asynchronous-report")
def longest(subject: Subject) -> Iterator[Finding]:
    """Requests an asynchronous report with as many days as Pinterest allows."""
    days = LIMITS.days_per_report

    def ask(count: int) -> Exchange:
        return _make(subject, {**subject.window(count)})

    answer = ask(days)
    words = answer.outcome
    detail = f"{days} days: {words}."
    if answer.is_refused:
        shorter = ask(days - 1)
        detail += f" {days - 1} days: {shorter.outcome}."
        yield differs("days-of-an-asynchronous-report", detail)
    else:
        result = holds if answer.is_good else unknown
        yield result("days-of-an-asynchronous-report", detail)


def _first_day(subject: Subject, name: str, days: int, **report: str) -> Finding:
    def ask(first: int) -> Exchange:
        return _make(subject, {**subject.window(first, first), **report})

    finding, _ = _edge(name, ask(days), ask, days)
    return finding


def _make(subject: Subject, report: dict[str, str]) -> Exchange:
    body = {"level": "ADVERTISER", "granularity": "DAY", "columns": ["SPEND_IN_DOLLAR"], **report}
    return subject.post(subject.of_account("/reports"), body)
