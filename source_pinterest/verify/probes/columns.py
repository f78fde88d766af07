"""Probes of columns and breakdowns."""

from __future__ import annotations

from collections.abc import Iterator

from source_pinterest.api.columns import asynchronous_conversions
from source_pinterest.api.facts import api_facts
from source_pinterest.api.levels import Report
from source_pinterest.api.targeting_types import BETA
from source_pinterest.config.config import WINDOWS
from source_pinterest.sync.observed import named_in
from source_pinterest.text import counted
from source_pinterest.verify.findings import (
    Finding,
    capitalized,
    differs,
    either,
    holds,
    listed,
    unknown,
)
from source_pinterest.verify.probes.probe import settles
from source_pinterest.verify.subject import Subject, rows_of

PEOPLE = ("TOTAL_IMPRESSION_USER", "TOTAL_IMPRESSION_FREQUENCY")


@settles("columns-of-synchronous-reports", "columns-without-a-value")
def every_column(subject: Subject) -> Iterator[Finding]:
    """Requests a synchronous report with all columns."""
    columns = list(api_facts()["columns"])
    params = {"granularity": "TOTAL", "columns": ",".join(columns), **subject.window(30)}
    path = subject.of_account("/ads/analytics")
    answer = subject.get(path, {"ad_ids": subject.active("ad"), **params})
    name = "columns-of-synchronous-reports"
    if answer.is_refused:
        named = named_in(answer.answer.error_text(), columns)
        words = f"the refusal names {listed(named)}" if named else "the refusal names no column"
        yield differs(name, f"{len(columns)} at once: {answer.error_summary}; {words}.")
    elif answer.is_good:
        yield holds(name, f"{len(columns)} at once: accepted.")
    else:
        yield unknown(name, f"{len(columns)} at once: {answer.error_summary}.")
    for row in rows_of(answer)[:1]:
        nulls = sum(value is None for value in row.values())
        absent = sum(column not in row for column in columns)
        detail = f"Of {len(columns)} columns, {nulls} are null and {absent} left out."
        yield holds("columns-without-a-value", detail)


@settles("people-columns-with-targeting", "asynchronous-targeting-types")
def people_with_targeting(subject: Subject) -> Iterator[Finding]:
    """Requests the columns that count people with a breakdown, which Pinterest should refuse."""
    campaign = subject.active("campaign")
    window = subject.window(7)
    both = subject.get(
        subject.of_account("/campaigns/targeting_analytics"),
        {
            "campaign_ids": campaign,
            "targeting_types": "GENDER",
            "granularity": "TOTAL",
            "columns": ",".join(PEOPLE),
            **window,
        },
    )
    report = {
        "level": "CAMPAIGN_TARGETING",
        "granularity": "DAY",
        "targeting_types": ["GENDER"],
        "columns": [*PEOPLE],
        **window,
    }
    path = subject.of_account("/reports")
    asynchronous = subject.post(path, report)
    answers = {"synchronous": both, "asynchronous": asynchronous}
    words = [f"{kind}: {exchange.outcome}" for kind, exchange in answers.items()]
    is_refused = all(answer.is_refused for answer in answers.values())
    yield either("people-columns-with-targeting", is_refused, f"{capitalized('; '.join(words))}.")
    if asynchronous.is_refused:
        asynchronous = subject.post(path, {**report, "columns": ["SPEND_IN_DOLLAR"]})
    yield either(
        "asynchronous-targeting-types",
        asynchronous.is_good,
        f"A report with them: {asynchronous.outcome}.",
    )


@settles("conversions-of-asynchronous-reports")
def asynchronous_conversions_at_once(subject: Subject) -> Iterator[Finding]:
    """Requests an asynchronous report with all columns of conversions."""
    columns = list(asynchronous_conversions(Report("keyword")))
    body = {"level": "KEYWORD", "granularity": "DAY", "columns": columns, **subject.window(1)}
    answer = subject.post(subject.of_account("/reports"), body)
    name = "conversions-of-asynchronous-reports"
    words = f"{len(columns)} at once, of keywords"
    if answer.is_refused:
        named = named_in(answer.answer.error_text(), columns)
        what = f"the refusal names {listed(named)}" if named else "the refusal names no column"
        yield differs(name, f"{words}: {answer.error_summary}; {what}.")
    elif answer.is_good:
        yield holds(name, f"{words}: accepted.")
    else:
        yield unknown(name, f"{words}: {answer.error_summary}.")


@settles("beta-breakdowns")
def beta_breakdowns(subject: Subject) -> Iterator[Finding]:
    """Requests the targeting types that are in beta."""
    answers = {}
    for breakdown, level in BETA.items():
        answers[breakdown] = subject.get(
            subject.of_account(f"/{level}s/targeting_analytics"),
            {
                f"{level}_ids": subject.active(level),
                "targeting_types": breakdown,
                "granularity": "TOTAL",
                "columns": "SPEND_IN_DOLLAR",
                **subject.window(7),
            },
        )
    detail = "; ".join(f"{name}: {exchange.outcome}" for name, exchange in answers.items())
    yield either(
        "beta-breakdowns", all(answer.is_good for answer in answers.values()), f"{detail}."
    )


@settles("columns-of-the-newest-description", "list-of-metrics")
def list_of_metrics(subject: Subject) -> Iterator[Finding]:
    """Compares Pinterest's own list of metrics with the columns of its description."""
    answer = subject.get("/resources/delivery_metrics", {"report_type": "SYNC"})
    items = answer.body.get("items") if answer.is_good and isinstance(answer.body, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        yield differs("list-of-metrics", f"The list: {answer.outcome}.")
        return
    keys = [(item.get("category"), item.get("name")) for item in items]
    is_key = len(set(keys)) == len(keys) and all(None not in key for key in keys)
    yield either("list-of-metrics", is_key, f"{counted(len(items), 'metric')}.")
    known = {name for _, name in keys}
    missing = [column for column in api_facts()["columns"] if column not in known]
    detail = f"Pinterest's list of metrics has {len(items)}"
    if missing:
        detail += f", and lacks {counted(len(missing), 'column')} of ours: {listed(missing)}"
    accepted = [
        exchange.is_good
        for exchange in subject.exchanges
        if exchange.is_of("ads", "analytics")
        and exchange.value("columns") == ",".join(api_facts()["columns"])
    ]
    if accepted:
        detail += f". A request for every column was {'accepted' if accepted[-1] else 'refused'}"
        yield either("columns-of-the-newest-description", accepted[-1], f"{detail}.")
    else:
        yield unknown("columns-of-the-newest-description", f"{detail}.")


@settles("attribution-windows")
def attribution(subject: Subject) -> Iterator[Finding]:
    """Requests a report with the attribution windows of the configuration."""
    windows = {name: getattr(subject.config, name) for name in WINDOWS}
    answer = subject.get(
        subject.of_account("/analytics"),
        {
            "granularity": "TOTAL",
            "columns": "SPEND_IN_DOLLAR,TOTAL_CONVERSIONS",
            "conversion_report_time": subject.config.conversion_report_time,
            **windows,
            **subject.window(1),
        },
    )
    words = ", ".join(map(str, windows.values()))
    if answer.is_refused:
        yield holds("attribution-windows", f"{words}: {answer.error_summary}.")
    else:
        yield unknown(
            "attribution-windows",
            f"{words}, as in your configuration: {answer.outcome}.",
        )
