"""Probes of what divides organic reports: splits and filters."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from source_pinterest.api.organic import (
    FILTERS,
    PIN_ANALYTICS,
    breakdown_values,
    is_split,
)
from source_pinterest.records import splits
from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.records.ids import normalize_id
from source_pinterest.records.organic_analytics import as_dicts, is_daily_metrics
from source_pinterest.verify.exchange import Exchange
from source_pinterest.verify.findings import Finding, either, listed, unknown
from source_pinterest.verify.probes.probe import settles
from source_pinterest.verify.subject import NotAsked, Subject, items_of

DAYS = 30
METRIC = {"metric_types": "IMPRESSION"}


@settles("splits-of-the-users-analytics", "filters-of-the-users-analytics")
def of_the_user(subject: Subject) -> Iterator[Finding]:
    """Requests the user's analytics, divided by each split and by a filter."""
    params = {**METRIC, **subject.window(DAYS)}
    path = "/user_account/analytics"
    seen, is_right = [], True
    for breakdown in filter(is_split, FILTERS):
        known = breakdown_values(breakdown)
        answer = subject.get(path, {**params, "split_field": breakdown})
        found = _values(answer, known)
        is_right = is_right and bool(found) and found.keys() <= set(known)
        seen.append(f"{breakdown} has {_shown(answer, found)}")
    yield either("splits-of-the-users-analytics", is_right, f"{'; '.join(seen)}.")
    name = "filters-of-the-users-analytics"
    (breakdown,) = (breakdown for breakdown in FILTERS if not is_split(breakdown))
    answers = {
        value: subject.get(path, {**params, FILTERS[breakdown]: value})
        for value in breakdown_values(breakdown)
    }
    yield _divided(name, answers, "The content types")


@settles("app-types-of-pins")
def of_pins(subject: Subject) -> Iterator[Finding]:
    """Compares the split of a Pin, one that was listed before, with the filters."""
    name = "app-types-of-pins"
    pins = [
        pin for answer in subject.exchanges if answer.path == "/pins" for pin in items_of(answer)
    ]
    own = [pin for pin in pins if pin.get("is_owner") is not False]
    if not own:
        raise NotAsked("None of the Pins that were listed is your own.")
    path = f"/pins/{normalize_id(own[0].get('id'))}/analytics"
    params = {**METRIC, **subject.window(DAYS)}
    app_types = breakdown_values("APP_TYPE", PIN_ANALYTICS)
    split = subject.get(path, {**params, "split_field": "APP_TYPE"})
    answers = {
        app_type: subject.get(path, {**params, FILTERS["APP_TYPE"]: app_type})
        for app_type in app_types
    }
    found = _values(split, app_types)
    detail = f"The split has {_shown(split, found)}"
    if not found or not found.keys() <= set(app_types):
        yield either(name, False, f"{detail}.")
        return
    other = [
        app_type
        for app_type, answer in answers.items()
        if app_type in found
        and is_daily_metrics(answer.body)
        and _sum(answer.body) != _sum(found[app_type])
    ]
    if other:
        yield either(name, False, f"{detail}; the filter has other numbers for {listed(other)}.")
        return
    yield _divided(name, answers, f"{detail}. The app types")


def _divided(name: str, answers: Mapping[str, Exchange], what: str) -> Finding:
    refused = [answer for answer in answers.values() if not is_daily_metrics(answer.body)]
    if refused:
        words = refused[0].error_summary if not refused[0].is_good else "another shape"
        return either(name, False, f"{what}: {words}.")
    divided = splits.FilterCheck()
    divided.compare([answer.body for answer in answers.values()])
    sums = ", ".join(f"{value} {_sum(answer.body):,}" for value, answer in answers.items())
    detail = f"{what} have these impressions in {DAYS} days: {sums}."
    if divided.has_effect or divided.is_ignored:
        return either(name, divided.has_effect, detail)
    return unknown(name, detail)


def _values(answer: Exchange, known: Collection[str]) -> dict[str, Any]:
    if not answer.is_good or not splits.is_split(answer.body):
        return {}
    try:
        return splits.split_values(answer.body, known)
    except UnusableAnswer:
        return {}


def _shown(answer: Exchange, found: Mapping[str, Any]) -> str:
    if not answer.is_good:
        return f"a refusal ({answer.error_summary})"
    return listed(list(found)) if found else "no values"


def _sum(body: Any) -> float:
    """The impressions of all days."""
    values = [(element.get("metrics") or {}).get("IMPRESSION") for element in as_dicts(body)]
    return sum(value for value in values if isinstance(value, (int, float)))
