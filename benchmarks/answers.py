"""The bodies that a fake Pinterest answers with, clean or with what nobody expects.

What Pinterest's values look like is not known, so a measurement takes several kinds of answers. A row
differs from ad to ad only as much as its kind needs, and every kind is made of few texts.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parents[1] / "source_pinterest"
COLUMNS = json.loads((PACKAGE / "api" / "columns.json").read_text("utf-8"))
PEOPLE = re.compile(r"_USER$|_UNIQUE_")


def is_count(name: str) -> bool:
    return bool(PEOPLE.search(name)) or (
        COLUMNS[name].get("is_additive") and not name.endswith("_IN_DOLLAR")
    )


KINDS: dict[str, str] = {
    name: "integer" if is_count(name) else column["type"] for name, column in COLUMNS.items()
}
"""By metric: integer (of a count), number, string or boolean."""

PIN_COUNTS = (
    *("IMPRESSION", "OUTBOUND_CLICK", "PIN_CLICK", "SAVE", "PROFILE_VISIT", "USER_FOLLOW"),
    *("VIDEO_10S_VIEW", "VIDEO_MRC_VIEW", "VIDEO_START", "QUARTILE_95_PERCENT_VIEW"),
)
KINDS |= dict.fromkeys(PIN_COUNTS, "integer")

STATUS = "CAMPAIGN_ENTITY_STATUS"
"""The text column of the answers with ten columns, and the one that comes as integers."""

ACCOUNT = "549755885175"
FIRST_AD = 687_201_361_754
IDENTITIES = {
    "AD_ACCOUNT_ID": ACCOUNT,
    "ADVERTISER_ID": ACCOUNT,
    "AD_ID": "@",
    "PIN_PROMOTION_ID": "@",
    "AD_GROUP_ID": "2680060704746",
    "CAMPAIGN_ID": "626735565838",
    "PIN_ID": "813744226420795884",
}
"""@ stands where the ad's own id belongs."""

SETS = {
    "clean": "as the schema says",
    "a": "a text column as integers",
    "b": "ids as integers",
    "c": "counts as floats",
    "d": "20 % nulls",
    "e": "20 % of the columns missing, in each row others",
    "f": "an unknown column",
    "g": "all of (a) to (f)",
}
"""Kinds of answers."""

REPORTS = {
    "ads by day": "ad_analytics_daily",
    "ads, totals": "ad_analytics",
    "targeting by day": "ad_targeting_analytics_daily",
    "Pins by day": "pin_analytics",
}
"""By what a table calls it: the stream."""

DIFFERENT = 1_080
"""Rows that differ in what is missing or null: 12 times 90 days, or as many ads of a total. More than
any cache of shapes that a reader might have, and few enough to be made once."""

TARGETING_TYPE, TARGETING_VALUES = "GENDER", ("female", "male", "unknown", "custom")


def value(name: str, day: str) -> Any:
    """Of a metric on a day: zero in about a third of the counts, as for real ads."""
    if name in IDENTITIES:
        return IDENTITIES[name]
    chance = random.Random(f"{name} {day}")
    kind = KINDS.get(name, "number")
    if kind == "integer":
        return chance.choice((0, chance.randrange(1_000), chance.randrange(10_000_000)))
    if kind == "number":
        return round(chance.random() * 10, 6)
    return chance.random() < 0.5 if kind == "boolean" else f"A name, number {chance.randrange(99)}"


def days(start: str, end: str) -> list[str]:
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    return [str(first + timedelta(n)) for n in range((last - first).days + 1)]


def ids(ads: int) -> list[str]:
    return [str(FIRST_AD + place) for place in range(ads)]


def changed(row: dict[str, Any], of: str, variant: int, key: Sequence[str]) -> dict[str, Any]:
    """A row as a set of answers has it. `key` is never null and never missing."""
    chance = random.Random(f"{of} {variant} {row.get('DATE')}")
    found = dict(row)
    if of in "ag" and STATUS in found:
        found[STATUS] = chance.randrange(5)
    if of in "cg":
        found |= {n: float(v) for n, v in found.items() if KINDS.get(n) == "integer"}
    if of in "fg":
        found["A_NEW_COLUMN"] = chance.randrange(1_000)
    if of in "dg":
        nulls = [name for name in found if name not in key and chance.random() < 0.2]
        found |= dict.fromkeys(nulls)
    if of in "eg":
        found = {n: v for n, v in found.items() if n in key or chance.random() >= 0.2}
    return found


def _text(row: Any, of: str) -> bytes:
    """As JSON; ids, which are the only texts of digits, as integers where the set has them so."""
    text = json.dumps(row, separators=(",", ":")).encode()
    if of in "bg":
        text = re.sub(rb'"(\d{6,}|@)"', rb"\1", text)
    return text


@lru_cache(maxsize=2 * DIFFERENT)
def _rows_of_an_ad(
    report: str, columns: tuple[str, ...], start: str, end: str, of: str, variant: int
) -> bytes:
    """All rows of an ad, whose id is @."""
    found = []
    for day in days(start, end) if report != REPORTS["ads, totals"] else [start]:
        row = {"AD_ID": "@", **({"DATE": day} if report != REPORTS["ads, totals"] else {})}
        row |= {name: value(name, day) for name in columns if name != "AD_ID"}
        row = changed(row, of, variant, ("AD_ID", "DATE"))
        if report != REPORTS["targeting by day"]:
            found.append(_text(row, of))
            continue
        for each in TARGETING_VALUES:
            element = {"targeting_type": TARGETING_TYPE, "targeting_value": each, "metrics": row}
            found.append(_text(element, of))
    return b",".join(found)


def ads(
    report: str, asked: Iterable[str], columns: Sequence[str], start: str, end: str, of: str
) -> bytes:
    """The body of an answer about ads."""
    is_total = report == REPORTS["ads, totals"]
    different = DIFFERENT if is_total else DIFFERENT // 90
    if of in {"clean", "b", "c", "f"}:
        different = 1
    rows = b",".join(
        _rows_of_an_ad(
            report, tuple(columns), start, end, of, (int(ad_id) - FIRST_AD) % different
        ).replace(b"@", ad_id.encode())
        for ad_id in asked
    )
    return b'{"data":[%b]}' % rows if report == REPORTS["targeting by day"] else b"[%b]" % rows


@lru_cache(maxsize=DIFFERENT)
def _days_of_a_pin(metrics: tuple[str, ...], start: str, end: str, of: str, variant: int) -> bytes:
    found = []
    for day in days(start, end):
        row = {"DATE": day, **{name: value(name, day) for name in metrics}}
        row = changed(row, of, variant, ("DATE",))
        del row["DATE"]
        status = 1 if of in "ag" else "READY"
        found.append({"data_status": status, "date": day, "metrics": row})
    sums = dict.fromkeys(metrics, 0)
    body = {"daily_metrics": found, "lifetime_metrics": sums, "summary_metrics": sums}
    return json.dumps({"all": body}, separators=(",", ":")).encode()


def pins(asked: Iterable[str], metrics: Sequence[str], start: str, end: str, of: str) -> bytes:
    """The body of an answer about several Pins."""
    different = 1 if of in {"clean", "b", "c", "f"} else DIFFERENT // 90
    bodies = (
        b'"%b":%b'
        % (
            pin.encode(),
            _days_of_a_pin(tuple(metrics), start, end, of, (int(pin) - FIRST_AD) % different),
        )
        for pin in asked
    )
    return b"{%b}" % b",".join(bodies)


def rows_of(report: str, body: Any) -> Iterator[Any]:
    """The rows in the parsed body of an answer."""
    if report == REPORTS["Pins by day"]:
        for each in body.values():
            yield from each["all"]["daily_metrics"]
    else:
        yield from body["data"] if isinstance(body, dict) else body
