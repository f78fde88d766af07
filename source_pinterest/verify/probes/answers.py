"""Probes of all answers: limits, refusals, the login, pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from source_pinterest.api.facts import api_facts
from source_pinterest.api.limits import LIMITS
from source_pinterest.api.operations import find_operation
from source_pinterest.http.outcomes import TOO_MANY_DAYS, is_out_of_window
from source_pinterest.records.ids import normalize_id
from source_pinterest.sync.observed import named_in
from source_pinterest.sync.pages import is_page
from source_pinterest.text import counted
from source_pinterest.verify.exchange import Exchange
from source_pinterest.verify.findings import Finding, either, holds, listed, unknown
from source_pinterest.verify.probes.columns import PEOPLE
from source_pinterest.verify.probes.probe import settles
from source_pinterest.verify.subject import TOKEN_PATH, NotAsked, Subject, items_of

A_WINDOW = re.compile(r'(\d+);w=(\d+)(?:;name="?([\w.-]+)"?)?', re.ASCII)
DAY = 86_400


@settles("rate-limit-headers", "rate-limits", "trial-access")
def rate_limits(subject: Subject) -> Iterator[Finding]:
    """Compares the headers about rate limits with the limits that the connector keeps."""
    limited = [
        exchange for exchange in subject.exchanges if "x-ratelimit-limit" in exchange.headers
    ]
    if not limited:
        raise NotAsked("No answer had a header X-RateLimit-Limit.")
    right = [exchange for exchange in limited if _is_as_known(exchange)]
    detail = f"{len(right)} of {counted(len(limited), 'answer')} have such headers."
    yield either("rate-limit-headers", len(right) == len(limited), detail)
    by_category: dict[str, set[int]] = {}
    names: set[str] = set()
    is_trial = False
    for exchange in limited:
        operation = find_operation(exchange.method, exchange.path)
        for limit, seconds, name in A_WINDOW.findall(exchange.headers["x-ratelimit-limit"]):
            is_trial = is_trial or (seconds == str(DAY) and int(limit) <= 1_000)
            if name:
                names.add(name)
            if operation and seconds == "60" and name.startswith(operation.category):
                by_category.setdefault(operation.category, set()).add(int(limit))
    if by_category:
        differ = {
            category: found
            for category, found in by_category.items()
            if found != {LIMITS.requests_per_minute.get(category)}
        }
        words = [f"{name} {sorted(found)[0]:,}" for name, found in sorted(by_category.items())]
        yield either("rate-limits", not differ, f"A minute: {listed(words)}.")
    else:
        yield unknown("rate-limits", "The headers name no window of a minute for a category.")
    if is_trial:
        yield holds("trial-access", "The headers name a window of a day.")
    else:
        yield unknown(
            "trial-access", "The headers name no window of a day: the app may have standard access."
        )


def _is_as_known(exchange: Exchange) -> bool:
    rest = (exchange.headers.get(f"x-ratelimit-{name}") for name in ("remaining", "reset"))
    return bool(A_WINDOW.search(exchange.headers["x-ratelimit-limit"])) and all(
        value is not None and re.fullmatch(r"\d{1,6}", value, re.ASCII) for value in rest
    )


@settles("no-access", "refusals-name-columns")
def refusals(subject: Subject) -> Iterator[Finding]:
    """Looks at refusals of the role, and at whether refusals of columns name them."""
    denied = [
        exchange
        for exchange in subject.exchanges
        if exchange.status in (401, 403) and _is_api(exchange)
    ]
    if denied:
        codes = {exchange.answer.error_code() for exchange in denied}
        words = listed(
            sorted(
                {
                    f"{exchange.status} with code {exchange.answer.error_code()}"
                    for exchange in denied
                }
            )
        )
        yield either("no-access", 2 not in codes, f"{words}; the login went on.")
    else:
        yield unknown("no-access", "Nothing was refused to this login.")
    every_column = list(api_facts()["columns"])
    unnamed = named = 0
    for exchange in subject.exchanges:
        content = exchange.content if isinstance(exchange.content, dict) else {}
        asked = (exchange.value("columns") or "").split(",") + list(content.get("columns", ()))
        is_about_columns = set(PEOPLE) <= set(asked) or asked == every_column
        if not exchange.is_refused or not is_about_columns:
            continue
        if named_in(exchange.answer.error_text(), asked):
            named += 1
        elif not is_out_of_window(exchange.answer):
            unnamed += 1
    if named or unnamed:
        detail = f"{named} of {counted(named + unnamed, 'such refusal')} name one."
        yield either("refusals-name-columns", not unnamed, detail)
    else:
        yield unknown("refusals-name-columns", "No column was refused.")


@settles("words-of-window-refusals")
def window_refusals(subject: Subject) -> Iterator[Finding]:
    """Looks at how Pinterest words the refusal of a window."""
    answered = {_but_for_its_days(exchange) for exchange in subject.exchanges if exchange.is_good}
    refused = [
        exchange.answer
        for exchange in subject.exchanges
        if exchange.is_refused and _but_for_its_days(exchange) in answered
    ]
    if not refused:
        raise NotAsked("No window was refused.")
    said = sum(
        is_out_of_window(exchange) or bool(TOO_MANY_DAYS.search(exchange.error_text()))
        for exchange in refused
    )
    detail = f"{said} of {counted(len(refused), 'such refusal')} say so."
    yield either("words-of-window-refusals", said == len(refused), detail)


def _but_for_its_days(exchange: Exchange) -> str:
    """The part of a request that it shares with one for other days; the whole request, if it names no days."""
    content = exchange.content if isinstance(exchange.content, dict) else {}
    given = {**dict(exchange.query), **content}
    days = [given.pop(name, None) for name in ("start_date", "end_date")]
    asked = [exchange.method, exchange.path, given, *([] if any(days) else [id(exchange)])]
    return json.dumps(asked, sort_keys=True)


def _is_api(exchange: Exchange) -> bool:
    return exchange.path.startswith("/") and exchange.path != TOKEN_PATH


@settles(
    "renewal-of-a-login",
    "status-of-a-renewal",
    "new-refresh-token",
    "lives-of-tokens",
    "scopes-of-a-login",
)
def login(subject: Subject) -> Iterator[Finding]:
    """Looks at the renewal of the login, if there was one."""
    answers = [exchange for exchange in subject.exchanges if exchange.path == TOKEN_PATH]
    if not answers:
        raise NotAsked("Your access token is still good, so it was not renewed.")
    last = answers[-1]
    body: dict[str, Any] = last.body if isinstance(last.body, dict) else {}
    is_good = last.status in (200, 201) and bool(body.get("access_token"))
    yield either(
        "renewal-of-a-login", is_good, "Accepted." if is_good else f"{last.error_summary}."
    )
    if not is_good:
        return
    yield holds("status-of-a-renewal", f"{last.status}.")
    refresh_token = str(body.get("refresh_token") or "")
    detail = "There is one." if refresh_token else "There is none: the former one stays."
    yield either("new-refresh-token", bool(refresh_token), detail)
    lives = [body.get(name) for name in ("expires_in", "refresh_token_expires_in")]
    prefixes = [str(body["access_token"])[:5], refresh_token[:5]]
    is_known = lives == [30 * DAY, 60 * DAY] and prefixes == ["pina_", "pinr_"]
    words = ["not told" if live is None else f"{live} seconds" for live in lives]
    shown = "as expected" if prefixes == ["pina_", "pinr_"] else "other ones"
    yield either("lives-of-tokens", is_known, f"{words[0]} and {words[1]}; prefixes: {shown}.")
    scope = str(body.get("scope") or "")
    separator = "commas" if "," in scope else "blanks" if " " in scope.strip() else ""
    if separator:
        yield holds("scopes-of-a-login", f"They are separated by {separator}.")


@settles("end-of-a-list", "opaque-bookmarks", "pages-of-250", "order-of-lists")
def pages(subject: Subject) -> Iterator[Finding]:
    """Looks at the pages of lists: their size, bookmarks, end and order."""
    asked = [exchange for exchange in subject.exchanges if exchange.value("page_size") == "250"]
    answered = [exchange for exchange in asked if exchange.is_good and is_page(exchange.body)]
    refused = [exchange for exchange in asked if exchange.is_refused]
    if answered or refused:
        detail = f"{counted(len(answered), 'page')} came."
        if not answered:
            detail = f"No page came: {refused[0].error_summary}."
        yield either("pages-of-250", bool(answered), detail)
    ends = [exchange.body for exchange in answered if not exchange.body.get("bookmark")]
    if ends:
        missing = sum("bookmark" not in body for body in ends)
        full = sum(len(body["items"]) >= LIMITS.page_size for body in ends)
        detail = (
            f"{len(ends)} lists end: {len(ends) - missing} with null, {missing} without a bookmark."
        )
        if full:
            detail += f" {full} of them with a full page, after which there might be more."
        yield (unknown if full else holds)("end-of-a-list", detail)
    else:
        yield unknown("end-of-a-list", "No list was read to its end.")
    followed = [exchange for exchange in asked if exchange.value("bookmark")]
    if followed:
        good = sum(exchange.is_good for exchange in followed)
        detail = f"{good} of {counted(len(followed), 'bookmark')} led on."
        yield either("opaque-bookmarks", good == len(followed), detail)
    elif any(exchange.body.get("bookmark") for exchange in answered):
        yield unknown("opaque-bookmarks", "There are bookmarks, and none was followed.")
    else:
        yield unknown("opaque-bookmarks", "No list has more than a page.")
    yield from _order(answered)


def _order(answered: list[Exchange]) -> Iterator[Finding]:
    lists = [
        [int(str(normalize_id(item["id"]))) for item in items_of(exchange) if _has_number(item)]
        for exchange in answered
        if exchange.value("order") == "ASCENDING"
    ]
    lists = [ids for ids in lists if len(ids) > 1]
    if not lists:
        yield unknown("order-of-lists", "No list had two items.")
        return
    right = sum(ids == sorted(ids) for ids in lists)
    yield either(
        "order-of-lists", right == len(lists), f"{right} of {counted(len(lists), 'list')} are."
    )


def _has_number(item: dict[str, Any]) -> bool:
    return str(normalize_id(item.get("id"))).isdecimal()
