"""Probes of lists of values in a request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from source_pinterest.api.limits import LIMITS
from source_pinterest.api.targeting_types import BETA, synchronous
from source_pinterest.records.ids import normalize_id
from source_pinterest.streams.lists.campaigns import statuses as every_status
from source_pinterest.sync.observed import named_in
from source_pinterest.text import counted
from source_pinterest.verify.exchange import Exchange
from source_pinterest.verify.findings import Finding, differs, either, holds, listed, unknown
from source_pinterest.verify.probes.probe import settles
from source_pinterest.verify.subject import (
    DEFAULT_STATUSES,
    LEVELS,
    NotAsked,
    Subject,
    rows_of,
)

BOTH = "both came"


@settles("ids-joined-by-commas", "ids-as-repeated-keys", "lists-filtered-by-ids")
def ids(subject: Subject) -> Iterator[Finding]:
    """Requests a list with two ids, in one value and with the key repeated."""
    level, two = _two_known(subject)
    things = f"{level.replace('_', ' ')}s"
    by_commas = _came(subject, level, two, ",".join(two))
    by_keys = _came(subject, level, two, two)
    speaks_against, rows = _rows_of_several(subject, by_keys == BOTH)
    said = f"Of two {things} in one value, {by_commas}. With the key repeated, {by_keys}. {rows}"
    yield either("ids-joined-by-commas", by_commas == BOTH and not speaks_against, said)
    yield either("ids-as-repeated-keys", by_keys == BOTH, f"With the key repeated, {by_keys}.")
    is_filtered = BOTH in (by_commas, by_keys) and not (by_commas == BOTH and speaks_against)
    yield either("lists-filtered-by-ids", is_filtered, said)


def _two_known(subject: Subject) -> tuple[str, list[str]]:
    """Two entities of a level, if possible with statuses that lists contain by default."""
    for statuses in (DEFAULT_STATUSES, frozenset(every_status())):
        for level in LEVELS:
            found = [
                str(normalize_id(entity.get("id")))
                for entity in subject.entities[level]
                if entity.get("status") in statuses
            ]
            if len(found) > 1:
                return level, found[:2]
    raise NotAsked("No ad account that was looked at has two campaigns, ad groups or ads.")


def _came(subject: Subject, level: str, two: list[str], given: str | Sequence[str]) -> str:
    """The entities that a list filtered by two of them has."""
    statuses = {
        entity.get("status") for entity in subject.entities[level] if entity.get("id") in two
    }
    params = {f"{level}_ids": given}
    if not statuses <= DEFAULT_STATUSES:
        params["entity_statuses"] = ",".join(every_status())
    items, exchange = subject.pages(subject.of_account(f"/{level}s"), params)
    if not exchange.is_good:
        return f"the request was refused ({exchange.error_summary})"
    came = {str(normalize_id(item.get("id"))) for item in items}
    if came - set(two):
        return f"{counted(len(came - set(two)), 'other')} came as well: the ids were ignored"
    seen = [one in came for one in two]
    return {
        (True, True): BOTH,
        (True, False): "only the first came",
        (False, True): "only the last came",
        (False, False): "none came",
    }[seen[0], seen[1]]


def _rows_of_several(subject: Subject, keys_are_understood: bool) -> tuple[bool, str]:
    """Whether a report shows that Pinterest does not understand several ids in one value; and its rows."""
    try:
        report = subject.report
    except NotAsked:
        return False, "No report was asked for, since there are no ads."
    asked = len((report.value("ad_ids") or "").split(","))
    if not report.is_good:
        words = (
            f"A report of {counted(asked, 'ad')} in one value was refused ({report.error_summary})."
        )
        return report.is_refused and not _names_a_column(report), words
    active = len(subject.active_ads)
    if active > 1:
        return False, f"A report of {counted(asked, 'ad')} in one value has rows of {active}."
    if keys_are_understood and asked > 1:
        params = {name: value for name, value in report.query if name != "ad_ids"}
        of_keys = {**params, "ad_ids": subject.ids("ad")[:100]}
        rows = rows_of(subject.get(subject.of_account("/ads/analytics"), of_keys))
        several = len({str(row.get("AD_ID")) for row in rows})
        if several > active:
            return True, (
                f"A report of {counted(asked, 'ad')} in one value has rows of {active or 'none'}; "
                f"with the key repeated, of {several}."
            )
    return False, "A report has rows of too few ads to show anything."


def _names_a_column(report: Exchange) -> bool:
    asked = (report.value("columns") or "").split(",")
    return bool(named_in(report.answer.error_text(), asked))


@settles("statuses-joined-by-commas")
def statuses(subject: Subject) -> Iterator[Finding]:
    """Looks for entities of every status in lists that were requested with all of them."""
    name = "statuses-joined-by-commas"
    entities = subject.entities
    if not any(entities.values()):
        raise NotAsked("No ad account that was looked at has campaigns, ad groups or ads.")
    if subject.lists_by_default:
        things = listed(sorted(f"{level.replace('_', ' ')}s" for level in subject.lists_by_default))
        yield differs(name, f"A list of {things} in every status, joined by commas, was empty.")
        return
    seen = {level: {str(item.get("status")) for item in items} for level, items in entities.items()}
    for level, found in seen.items():
        if len(found) > 1 and not found <= DEFAULT_STATUSES:
            things = level.replace("_", " ")
            yield holds(name, f"The list of {things}s has {listed(sorted(found))}.")
            return
    level = max(entities, key=lambda level: len(entities[level]))
    others = [status for status in every_status() if status not in seen[level]]
    path = subject.of_account(f"/{level}s")
    for form, words in ((",".join(others), "alone"), (others, "with the key repeated")):
        items, exchange = subject.pages(path, {"entity_statuses": form})
        if not exchange.is_good:
            yield differs(
                name, f"The other statuses {words} were refused ({exchange.error_summary})."
            )
            return
        if further := {str(item.get("status")) for item in items} & set(others):
            yield differs(
                name,
                f"A list of every status has {listed(sorted(seen[level]))} only; the others {words} "
                f"gave {listed(sorted(further))}.",
            )
            return
    yield unknown(
        name,
        f"Your {level.replace('_', ' ')}s have {listed(sorted(seen[level]))} only, so nothing shows it.",
    )


@settles("ids-in-a-request")
def ids_in_a_request(subject: Subject) -> Iterator[Finding]:
    """Looks at whether a report of up to 250 ads was accepted."""
    report = subject.report
    asked = len((report.value("ad_ids") or "").split(","))
    if report.is_refused and _names_a_column(report):
        raise NotAsked(f"A report of {counted(asked, 'ad')}: {report.error_summary}.")
    if report.is_good and asked < LIMITS.ids_per_report:
        yield unknown("ids-in-a-request", f"Only {counted(asked, 'ad')} could be asked for.")
    else:
        detail = f"A report of {counted(asked, 'ad')}: {report.outcome}."
        yield either("ids-in-a-request", report.is_good, detail)


@settles("targeting-types-in-a-request", "shape-of-targeting-rows", "targeting-value-is-there")
def targeting_types(subject: Subject) -> Iterator[Finding]:
    """Requests as many targeting types at once as the connector does."""
    of_campaigns = synchronous("campaign")
    types = [targeting_type for targeting_type in of_campaigns if targeting_type not in BETA][
        : LIMITS.targeting_types_per_report
    ]
    params = {
        "campaign_ids": subject.active("campaign"),
        "targeting_types": ",".join(types),
        "granularity": "TOTAL",
        "columns": "CAMPAIGN_ID,IMPRESSION_1,SPEND_IN_DOLLAR",
        **subject.window(30),
    }
    answer = subject.get(subject.of_account("/campaigns/targeting_analytics"), params)
    yield either(
        "targeting-types-in-a-request",
        answer.is_good,
        f"{len(types)} at once: {answer.outcome}.",
    )
    if not answer.is_good:
        return
    rows = answer.body.get("data") if isinstance(answer.body, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        yield differs("shape-of-targeting-rows", "The answer has no list `data` of objects.")
        return
    if not rows:
        for name in ("shape-of-targeting-rows", "targeting-value-is-there"):
            yield unknown(name, "The report has no rows.")
        return
    wanted = {"targeting_type", "targeting_value", "metrics"}
    right = [
        row for row in rows if wanted <= row.keys() and "CAMPAIGN_ID" in (row["metrics"] or {})
    ]
    detail = f"{len(right)} of {counted(len(rows), 'row')} have it."
    yield either("shape-of-targeting-rows", len(right) == len(rows), detail)
    nulls = sorted(
        {str(row.get("targeting_type")) for row in rows if row.get("targeting_value", "") is None}
    )
    yield either(
        "targeting-value-is-there",
        not nulls,
        f"{listed(nulls)} has one." if nulls else f"{counted(len(rows), 'row')}, none with a null.",
    )


@settles("long-addresses", "stale-bookmarks")
def long_addresses(subject: Subject) -> Iterator[Finding]:
    """Requests a URL of the greatest length that the connector uses, with a made-up bookmark."""
    length = LIMITS.url_bytes - len(f"{subject.client.base_url}/ad_accounts?page_size=1&bookmark=")
    answer = subject.get("/ad_accounts", {"page_size": 1, "bookmark": "x" * length})
    arrived = answer.is_good or isinstance(answer.answer.error_code(), int)
    yield either("long-addresses", arrived, f"The answer to one: {answer.outcome}.")
    if arrived:
        yield either(
            "stale-bookmarks",
            answer.is_refused,
            f"An invalid bookmark: {answer.outcome}.",
        )
