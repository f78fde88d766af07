"""Probes of the life of a small asynchronous report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from source_pinterest.records.errors import BrokenAnswer
from source_pinterest.records.ids import normalize_id
from source_pinterest.records.report_file import keyed_lists
from source_pinterest.text import counted, hide
from source_pinterest.verify.exchange import Exchange
from source_pinterest.verify.findings import Finding, differs, either, holds, unknown
from source_pinterest.verify.probes.probe import settles
from source_pinterest.verify.subject import PAGE, NotAsked, Params, Subject, items_of

MAX_POLLS = 6
FIRST_PAUSE = 2.0
LONGEST_PAUSE = 10.0

KNOWN_STATUSES = {"IN_PROGRESS", "FINISHED", "FAILED", "CANCELLED", "EXPIRED", "DOES_NOT_EXIST"}


REPORT = {
    "level": "CAMPAIGN",
    "granularity": "DAY",
    "columns": ["CAMPAIGN_ID", "SPEND_IN_DOLLAR", "IMPRESSION_1"],
}


@settles("making-of-a-report")
def made(subject: Subject) -> Iterator[Finding]:
    """Requests the report; a later probe polls it."""
    answer = subject.post(subject.of_account("/reports"), {**REPORT, **subject.window(7)})
    body = answer.body if isinstance(answer.body, dict) else {}
    token = body.get("token")
    is_made = answer.is_good and isinstance(token, str) and bool(token)
    if is_made:
        hide(token)
        subject.report_made = (str(token), body.get("report_status"), subject.allowance.clock())
    detail = f"The answer has {_fields(body)}." if answer.is_good else f"{answer.error_summary}."
    yield either("making-of-a-report", is_made, detail)


@settles(
    "question-after-a-report",
    "statuses-of-a-report",
    "time-of-a-report",
    "address-of-a-report",
    "finished-without-content",
    "content-of-a-report",
    "reports-by-body",
)
def life(subject: Subject) -> Iterator[Finding]:
    """Polls the small report, downloads its content, and requests it once more."""
    if not subject.report_made:
        raise NotAsked("Pinterest made no small report.")
    token, first_status, began = subject.report_made
    path = subject.of_account("/reports")
    answers = list(_polls(subject, path, token))
    took = subject.allowance.clock() - began
    last = answers[-1].body if isinstance(answers[-1].body, dict) else {}
    statuses = [first_status, *(_status(answer) for answer in answers)]
    yield either(
        "question-after-a-report",
        all(
            answer.is_good and {"report_status", "url", "size"} <= answer.body.keys()
            for answer in answers
        ),
        f"The answer has {_fields(last)}.",
    )
    seen = list(dict.fromkeys(statuses))
    yield either("statuses-of-a-report", _are_known(seen), f"{', '.join(map(_shown, seen))}.")
    if str(statuses[-1]).upper() != "FINISHED":
        detail = f"Not finished after {took:.0f} seconds: its status is {_shown(statuses[-1])}."
        yield unknown("time-of-a-report", detail)
        return
    yield holds("time-of-a-report", f"Finished within {took:.0f} seconds.")
    yield from _content(subject, last)
    again = subject.post(path, {**REPORT, **subject.window(7)})
    second = again.body if again.is_good and isinstance(again.body, dict) else {}
    is_same = second.get("token") == token
    words = _shown(second.get("report_status")) if second else again.error_summary
    yield either(
        "reports-by-body",
        is_same or str(second.get("report_status")).upper() == "FINISHED",
        f"Asked for once more: {words}, with {'the same' if is_same else 'another'} token.",
    )


@settles("keywords-of-a-report")
def keywords(subject: Subject) -> Iterator[Finding]:
    """Looks for the ids of the rows in the lists of their ad groups."""
    name = "keywords-of-a-report"
    path = subject.of_account("/reports")
    body = {**REPORT, "level": "KEYWORD", "columns": ["AD_GROUP_ID", "IMPRESSION_1"]}
    made = subject.post(path, {**body, **subject.window(30)})
    token = made.body.get("token") if made.is_good and isinstance(made.body, dict) else None
    if not isinstance(token, str):
        yield differs(name, f"{made.error_summary}.")
        return
    hide(token)
    *_, last = _polls(subject, path, token)
    address = last.body.get("url") if isinstance(last.body, dict) else None
    url = urlsplit(address if isinstance(address, str) else "")
    if not url.hostname or (url.scheme != "https" and not _is_here(subject)):
        yield unknown(name, f"The report is not finished: its status is {_shown(_status(last))}.")
        return
    hide(url.query or str(address))
    try:
        found = list(keyed_lists([subject.download(str(address)).text]))
    except BrokenAnswer:
        found = []
    rows = [(key, row) for key, of_key in found for row in of_key if isinstance(row, dict)]
    if not rows:
        yield unknown(name, "No keyword had activity in the last 30 days.")
        return
    key, row = rows[0]
    has_column = row.get("KEYWORD_ID") is not None
    where = "in KEYWORD_ID" if has_column else "in the key of its list only"
    keyword = str(normalize_id(row["KEYWORD_ID"] if has_column else key))
    ad_group = normalize_id(row.get("AD_GROUP_ID"))
    params: Params = {"ad_group_id": str(ad_group), "page_size": PAGE}
    listed = subject.get(subject.of_account("/keywords"), params)
    ids = {str(normalize_id(item.get("id"))) for item in items_of(listed)}
    detail = f"The id is {where}, and is {'' if keyword in ids else 'not '}in its ad group's list"
    fields = [column for column in row if column not in ("AD_GROUP_ID", "IMPRESSION_1", "DATE")]
    yield either(name, keyword in ids, f"{detail}. Further fields: {', '.join(fields) or 'none'}.")


def _is_here(subject: Subject) -> bool:
    """Whether the API itself is on this machine."""
    return subject.client.base_url.startswith("http://")


def _polls(subject: Subject, path: str, token: str) -> Iterator[Exchange]:
    """Polls the report until it is finished or has failed."""
    pause = FIRST_PAUSE
    for number in range(MAX_POLLS):
        if number:
            subject.allowance.sleep(pause)
            pause = min(LONGEST_PAUSE, 1.5 * pause)
        answer = subject.get(path, {"token": token})
        yield answer
        if _status(answer) not in (None, "IN_PROGRESS"):
            return


def _content(subject: Subject, last: dict[str, Any]) -> Iterator[Finding]:
    address, size = last.get("url"), last.get("size")
    if not isinstance(address, str) or not address or size == 0:
        yield differs(
            "finished-without-content",
            f"The report is finished, with {'an' if address else 'no'} address and a size of {size}.",
        )
        return
    url = urlsplit(address)
    hide(url.query or address)
    is_known = url.scheme == "https" and bool(re.search(r"\.amazonaws\.com$", url.hostname or ""))
    detail = f"An address of {len(address):,} characters at {url.hostname}, by {url.scheme}"
    if is_here := _is_here(subject):
        is_known = url.hostname in ("127.0.0.1", "localhost", "::1")
    if url.scheme != "https" and not is_here:
        yield differs("address-of-a-report", f"{detail}. It was not fetched.")
        return
    yield either("address-of-a-report", is_known, f"{detail}.")
    content = subject.download(address)
    if not content.is_good:
        yield differs("content-of-a-report", f"{content.problem or f'status {content.status}'}.")
        return
    size_said = f"{counted(len(content.text), 'byte')}, where Pinterest said {size}"
    if not content.text.strip():
        yield differs("finished-without-content", f"The content is empty: {size_said}.")
        return
    try:
        found = list(keyed_lists([content.text]))
    except BrokenAnswer:
        kind = type(content.body).__name__
        yield differs("content-of-a-report", f"A JSON {kind}: {size_said}.")
        return
    rows = sum(len(rows_of_id) for _, rows_of_id in found)
    detail = f"{counted(len(found), 'list')} with {counted(rows, 'row')}: {size_said}."
    yield holds("content-of-a-report", detail)
    yield unknown("finished-without-content", "The small report has an address and content.")


def _status(answer: Exchange) -> Any:
    return (
        answer.body.get("report_status") if isinstance(answer.body, dict) else answer.error_summary
    )


def _are_known(statuses: list[Any]) -> bool:
    return all(status is None or str(status).upper() in KNOWN_STATUSES for status in statuses)


def _shown(value: Any) -> str:
    return "null" if value is None else str(value)[:40]


def _fields(body: dict[str, Any]) -> str:
    return ", ".join(sorted(map(str, body))) or "no field"
