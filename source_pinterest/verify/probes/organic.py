"""Probes of the user, the user's Pins, and their analytics."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import quote

from source_pinterest.api.facts import api_facts
from source_pinterest.records.ids import normalize_id
from source_pinterest.records.organic_analytics import is_daily_metrics
from source_pinterest.text import counted
from source_pinterest.verify.exchange import Exchange
from source_pinterest.verify.findings import Finding, capitalized, differs, either, listed, unknown
from source_pinterest.verify.probes.probe import settles
from source_pinterest.verify.subject import PAGE, NotAsked, Row, Subject

DAYS = 7
"""Days of a Pin's analytics to look at."""


@settles(
    "pin-metrics-on-request",
    "protected-pins",
    "several-pins-at-once",
    "metrics-by-type-of-pin",
    "days-without-activity",
    "own-pins",
)
def pins(subject: Subject) -> Iterator[Finding]:
    """Requests the user's Pins and their analytics."""
    listed_pins, answer = subject.pages("/pins", {"include_protected_pins": "true"})
    if not answer.is_good:
        raise NotAsked(f"Pins: {answer.error_summary}.")
    if not listed_pins:
        raise NotAsked("You have no Pins.")
    more_follows = bool(answer.body.get("bookmark"))
    if more_follows and len(listed_pins) < PAGE:
        params = {"include_protected_pins": "true", "bookmark": answer.body["bookmark"]}
        further, answer = subject.pages("/pins", params)
        listed_pins += further
        more_follows = not answer.is_good or bool(answer.body.get("bookmark"))
    with_metrics = sum(pin.get("pin_metrics") is not None for pin in listed_pins)
    detail = f"{with_metrics} of {counted(len(listed_pins), 'Pin')} have it without asking."
    yield either("pin-metrics-on-request", not with_metrics, detail)
    yield _protected(subject, listed_pins, more_follows)
    own = [pin for pin in listed_pins if pin.get("is_owner") is not False]
    yield from _together([pin for pin in own if not _is_video(pin)], subject)
    yield from _alone(own, subject)
    yield _of_others(listed_pins, subject)


def _protected(subject: Subject, pins: list[Row], more_follows: bool) -> Finding:
    count = subject.user.get("pin_count")
    if not isinstance(count, int) or more_follows:
        return unknown("protected-pins", "The list has more pages, or your record has no count.")
    detail = f"The list has {counted(len(pins), 'Pin')}, and your record says {count:,}."
    return either("protected-pins", len(pins) >= count, detail)


def _is_video(pin: Row) -> bool:
    return "VIDEO" in str(pin.get("creative_type"))


def _metrics(is_video: bool) -> str:
    operation = api_facts()["operations"]["GET /pins/{pin_id}/analytics"]
    standard, video = operation["parameters"]["metric_types"]["items"]["one_of"]
    lifetime = {"TOTAL_COMMENTS", "TOTAL_REACTIONS"}
    return ",".join(
        metric for metric in (video if is_video else standard)["enum"] if metric not in lifetime
    )


def _together(pins: list[Row], subject: Subject) -> Iterator[Finding]:
    name = "several-pins-at-once"
    if len(pins) < 2:
        yield unknown(name, "You have fewer than two Pins of your own that are no videos.")
        return
    two = [str(normalize_id(pin.get("id"))) for pin in pins[:2]]
    params = {"metric_types": "IMPRESSION", **subject.window(DAYS)}
    answer = subject.get("/pins/analytics", {"pin_ids": ",".join(two), **params})
    if answer.status in (401, 403, 404):
        yield differs(name, f"{answer.error_summary}.")
        return
    came, how = _of(two, answer), "in one value"
    if len(came) < len(two):
        answer, how = (
            subject.get("/pins/analytics", {"pin_ids": two, **params}),
            "with the key repeated",
        )
        came = _of(two, answer)
    words = f"of two Pins {how}, {len(came)} came" if answer.is_good else answer.error_summary
    yield either(name, len(came) == len(two), f"{capitalized(words)}.")


def _of(pins: list[str], answer: Exchange) -> list[str]:
    body = answer.body if answer.is_good and isinstance(answer.body, dict) else {}
    return [pin for pin in pins if pin in body]


def _alone(pins: list[Row], subject: Subject) -> Iterator[Finding]:
    if not pins:
        raise NotAsked("None of the Pins on the first page is your own.")
    pin = pins[0]
    path = f"/pins/{normalize_id(pin.get('id'))}/analytics"
    params = {"metric_types": _metrics(_is_video(pin)), **subject.window(DAYS)}
    answer = subject.get(path, params)
    kind = "video" if _is_video(pin) else "Pin that is no video"
    words = answer.outcome
    count = len(str(params["metric_types"]).split(","))
    yield either("metrics-by-type-of-pin", answer.is_good, f"{count} of a {kind}: {words}.")
    if not is_daily_metrics(answer.body):
        return
    there = {str(day.get("date")) for day in answer.body["all"]["daily_metrics"]}
    first = max(str(pin.get("created_at"))[:10], subject.days_ago(DAYS))
    expected = _days(first, subject.days_ago(1))
    missing = expected - there
    detail = f"Of the last {counted(len(expected), 'day')} of a Pin, {len(missing)} are missing."
    yield either("days-without-activity", not missing, detail)


def _days(first: str, last: str) -> set[str]:
    try:
        start, end = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return set()
    return {
        date.fromordinal(ordinal).isoformat()
        for ordinal in range(start.toordinal(), end.toordinal() + 1)
    }


def _of_others(pins: list[Row], subject: Subject) -> Finding:
    others = [pin for pin in pins if pin.get("is_owner") is False]
    saved = sum(bool(pin.get("parent_pin_id")) and pin not in others for pin in pins)
    if not others:
        return unknown("own-pins", f"All Pins are your own; {saved} have a parent.")
    path = f"/pins/{normalize_id(others[0].get('id'))}/analytics"
    answer = subject.get(path, {"metric_types": "IMPRESSION", **subject.window(1)})
    words = f"{len(others)} of {len(pins)} are not your own; one of them: "
    words += answer.outcome
    return either("own-pins", not answer.is_good, f"{words}.")


@settles("shape-of-organic-analytics", "statuses-of-days")
def days(subject: Subject) -> Iterator[Finding]:
    """Looks at the shape of analytics, and at the statuses of their days."""
    answers = [
        exchange
        for exchange in subject.exchanges
        if exchange.is_good
        and re.fullmatch(r"/user_account/analytics|/pins/(.+/)?analytics", exchange.path)
        and "split_field" not in dict(exchange.query)
    ]
    if not answers:
        raise NotAsked("No analytics of yours or of your Pins were answered.")
    bodies = [body for answer in answers for body in _by_day(answer)]
    right = [body for body in bodies if is_daily_metrics(body)]
    detail = f"{len(right)} of {counted(len(bodies), 'answer')} have it."
    yield either("shape-of-organic-analytics", len(right) == len(bodies), detail)
    seen = {str(day.get("data_status")) for body in right for day in body["all"]["daily_metrics"]}
    if seen:
        known = set(api_facts()["data_statuses"])
        yield either("statuses-of-days", seen <= known, f"{listed(sorted(seen))}.")


def _by_day(answer: Exchange) -> list[Any]:
    """The bodies in one answer: one per Pin, if there are several."""
    if answer.path == "/pins/analytics" and isinstance(answer.body, dict):
        return list(answer.body.values())
    return [answer.body]


@settles("shape-of-rankings")
def rankings(subject: Subject) -> Iterator[Finding]:
    """Requests the Pins with the most impressions."""
    path = "/user_account/analytics/top_pins"
    answer = subject.get(path, {"sort_by": "IMPRESSION", **subject.window(30)})
    body = answer.body if isinstance(answer.body, dict) else {}
    is_right = (
        answer.is_good
        and isinstance(body.get("pins"), list)
        and isinstance(body.get("date_availability"), (dict, type(None)))
    )
    available = body.get("date_availability")
    count = len(body["pins"]) if isinstance(body.get("pins"), list) else 0
    words = f"{counted(count, 'Pin')}; `date_availability` is {_kind(available)}"
    yield either(
        "shape-of-rankings", is_right, f"{words if answer.is_good else answer.error_summary}."
    )


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return f"an object of {listed(sorted(value))}" if value else "{}"
    return "null" if value is None else f"a {type(value).__name__}"


@settles("interests-endpoint")
def interests(subject: Subject) -> Iterator[Finding]:
    """Requests the interests that the user follows."""
    username = subject.user.get("username")
    if not username:
        raise NotAsked("Pinterest does not say who is logged in.")
    answer = subject.get(
        f"/users/{quote(str(username), safe='')}/interests/follow", {"page_size": 250}
    )
    words = "answered" if answer.is_good else answer.error_summary
    yield either("interests-endpoint", answer.is_good, f"{words[:1].upper()}{words[1:]}.")


@settles("days-that-are-ready")
def ready(subject: Subject) -> Iterator[Finding]:
    """Asks Pinterest which metrics of yesterday are ready."""
    answer = subject.get("/resources/metrics_ready_state", {"date": subject.days_ago(1)})
    body = answer.body if answer.is_good and isinstance(answer.body, dict) else {}
    flags = {name: value for name, value in body.items() if isinstance(value, bool)}
    wanted = {"conversion_metrics_ready", "non_conversion_metrics_ready"}
    words = ", ".join(
        f"{name} {str(flags[name]).lower()}" for name in sorted(wanted & flags.keys())
    )
    detail = f"Yesterday: {words}." if words else f"{answer.error_summary}."
    yield either("days-that-are-ready", wanted <= flags.keys(), detail)


@settles("counts-of-the-user")
def counts(subject: Subject) -> Iterator[Finding]:
    """Looks for counts of -1 and empty texts in the user's record."""
    if not subject.user:
        raise NotAsked("Pinterest does not say who is logged in.")
    odd = [name for name, value in sorted(subject.user.items()) if value in (-1, "")]
    if odd:
        yield either("counts-of-the-user", True, f"{listed(odd)} in your record.")
    else:
        yield unknown("counts-of-the-user", "Your record has neither.")
