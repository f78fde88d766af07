"""Translates configurations of Airbyte's own Pinterest connector (the official one).

    >>> theirs = {"account_id": "549755885175", "status": ["ACTIVE"], "start_date": "2026-01-01"}
    >>> translate_config(theirs)
    {'start_date': '2026-01-01', 'ad_account_ids': ['549755885175'], 'entity_statuses': ['ACTIVE']}

It knows the keys of version 2.1.21 and the unreleased ones of its manifest, checked 2026-11-28. A key of this
connector is never overridden.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from source_pinterest.api import targeting_types
from source_pinterest.api.levels import LEVELS, report_parameters
from source_pinterest.config.custom_reports import LONGEST_NAME, NAME, CustomReport
from source_pinterest.config.validation import WINDOWS, is_blank, is_secret
from source_pinterest.text import shortened_list

THREADS = ("num_workers", "num_threads")
KEYS = frozenset({"account_id", "status", *THREADS})
"""Keys of the configuration that only the official connector has."""

LOGIN = ("client_id", "client_secret", "refresh_token", "access_token")
"""Keys at the top level of its old configurations, which have no `credentials`."""

STATUSES_OF = {
    "campaign_statuses": "campaign",
    "ad_group_statuses": "ad_group",
    "ad_statuses": "ad",
}
REPORT_KEYS = frozenset({"attribution_types", *STATUSES_OF})
"""Keys of a custom report that only the official connector has."""

WINDOW_DAYS = 30
"""Its default for each attribution window of a custom report."""

SHOWN = 5
"""The most columns that a line names. Our choice."""

COLUMN_OF_EVERY_REPORT = "SPEND_IN_DOLLAR"
"""A column that reports of every level have."""

BREAKDOWNS = ("AGE_BUCKET", "APPTYPE", "COUNTRY", "GENDER", "PLACEMENT")
"""The breakdowns for its targeting reports, which name none. Pinterest accepts five in a report. Our choice."""

STREAM_REPLACEMENTS = {
    "ad_account_analytics": "ad_account_analytics_daily",
    "advertiser_report": "ad_account_analytics_daily",
    "campaign_analytics_report": "campaign_analytics_daily",
    "ad_group_report": "ad_group_analytics_daily",
    "pin_promotion_report": "ad_analytics_daily",
    "product_group_report": "product_group_promotion_analytics_daily",
    "product_item_report": "a custom report of level product_item",
    "keyword_report": "keyword_analytics_daily",
    "advertiser_targeting_report": "ad_account_targeting_analytics_daily",
    "campaign_targeting_report": "campaign_targeting_analytics_daily",
    "ad_group_targeting_report": "ad_group_targeting_analytics_daily",
    "pin_promotion_targeting_report": "ad_targeting_analytics_daily",
    "product_group_targeting_report": "a custom report of level product_group, with `targeting_types`",
}
"""By stream that only the official connector has: what replaces it here."""


@dataclass
class _Translation:
    """A translated configuration, with a line about each key that was translated."""

    config: dict[Any, Any]
    lines: list[str] = field(default_factory=list)


def translate_config(raw: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """The configuration, with the official connector's keys replaced by ours. Equal if it has none of them."""
    return _translated(raw).config


def describe_translation(raw: Mapping[Any, Any], secrets: Iterable[str]) -> list[str]:
    """A line for each of the official connector's keys: what became of it. Never shows one of the `secrets`, even if
    the user has put one into a wrong field."""
    hidden = [secret.lower() for secret in secrets]
    return [
        "A key of Airbyte's own connector is not shown here, because it may be a secret."
        if is_secret(line.lower(), hidden)
        else line
        for line in _translated(raw).lines
    ]


def _translated(raw: Mapping[Any, Any]) -> _Translation:
    found = _Translation({name: value for name, value in raw.items() if name not in KEYS})
    is_theirs = any(not is_blank(raw.get(name)) for name in KEYS)
    _login(raw, found)
    _account(raw, found)
    _status(raw, found)
    if is_theirs and not is_blank(raw.get("start_date")):
        found.lines.append(
            "`start_date` is kept: the daily reports of ads begin there, up to 914 days back. All other "
            "reports cover `backfill_days`."
        )
    for name in THREADS:
        if not is_blank(raw.get(name)):
            found.lines.append(
                f"`{name}` of Airbyte's own connector is not used: Pinterest's rate limits decide how "
                "many requests are sent at once."
            )
    _reports(raw, found, is_theirs)
    return found


def _login(raw: Mapping[Any, Any], found: _Translation) -> None:
    there = {name: raw[name] for name in LOGIN if not is_blank(raw.get(name))}
    if not is_blank(raw.get("credentials")) or not there:
        return
    method = "oauth2.0" if "refresh_token" in there else "access_token"
    found.config = {name: value for name, value in found.config.items() if name not in LOGIN}
    found.config["credentials"] = {"auth_method": method, **there}
    found.lines.append(
        f"{_named(there)} of an old configuration of Airbyte's own connector became `credentials`."
    )


def _account(raw: Mapping[Any, Any], found: _Translation) -> None:
    account = raw.get("account_id")
    if is_blank(account):
        return
    if not is_blank(raw.get("ad_account_ids")):
        found.lines.append("`account_id` is not used, because `ad_account_ids` is set.")
        return
    found.config["ad_account_ids"] = [account]
    found.lines.append(
        "`account_id` became `ad_account_ids`. It does not choose whose boards and catalogs are read: "
        "they are those of the login, or of the owner of the ad account in `organic_ad_account_id`."
    )


def _status(raw: Mapping[Any, Any], found: _Translation) -> None:
    status = raw.get("status")
    if is_blank(status):
        return
    if not is_blank(raw.get("entity_statuses")):
        found.lines.append("`status` is not used, because `entity_statuses` is set.")
        return
    found.config["entity_statuses"] = status
    found.lines.append(
        "`status` became `entity_statuses`. It filters the lists of campaigns, ad groups and "
        "ads, and no longer the reports."
    )


def _named(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names)


# --- Custom reports ---


def _reports(raw: Mapping[Any, Any], found: _Translation, is_theirs: bool) -> None:
    given = raw.get("custom_reports")
    if not isinstance(given, (list, tuple)) or is_blank(given):
        return
    reports: list[Any] = []
    taken: set[Any] = set()
    for number, report in enumerate(given):
        if isinstance(report, Mapping) and (is_theirs or _is_theirs(report)):
            translated, lines = _report(report, taken)
            reports.append(translated)
            found.lines += [f"`custom_reports[{number}]`: {line}" for line in lines]
        else:
            reports.append(report)
    found.config["custom_reports"] = reports


def _is_theirs(report: Mapping[Any, Any]) -> bool:
    """Whether only the official connector can have saved the report."""
    return (
        any(not is_blank(report.get(name)) for name in REPORT_KEYS)
        or _level_of(report)[1]
        or any(_is_filled_list(report.get(name)) for name in WINDOWS)
    )


def _is_filled_list(value: object) -> bool:
    return isinstance(value, list) and not is_blank(value)


def _level_of(report: Mapping[Any, Any]) -> tuple[str, bool]:
    """This connector's name of the level ("" if there is none), and whether the report has breakdowns."""
    named = report.get("level")
    text = named if isinstance(named, str) else ""
    plain = text.removesuffix("_TARGETING")
    by_api_name = {level.api_name: name for name, level in LEVELS.items()}
    return by_api_name.get(plain, ""), plain != text and plain in by_api_name


def _report(report: Mapping[Any, Any], taken: set[str]) -> tuple[dict[Any, Any], list[str]]:
    """The translated report, and lines about it. `taken`: names of streams so far, to which its own is added."""
    ours = {name: value for name, value in report.items() if name not in REPORT_KEYS}
    lines = [*_name_of(report, ours, taken), *_breakdowns(report, ours)]
    if is_blank(report.get("granularity")):
        ours["granularity"] = "TOTAL"
        lines.append("it has no `granularity`, which is TOTAL in Airbyte's own connector.")
    lines += [*_windows(report, ours), *_columns(ours), *_statuses(report, ours)]
    if not is_blank(report.get("attribution_types")):
        lines.append(
            "`attribution_types` is not sent: Pinterest's default applies, so conversions can differ."
        )
    if is_blank(report.get("start_date")):
        lines.append(
            "it has no `start_date`, so it begins `backfill_days` back instead of 913 days. Set "
            "one to read more."
        )
    return ours, lines


def _name_of(report: Mapping[Any, Any], ours: dict[Any, Any], taken: set[str]) -> Iterator[str]:
    """Keeps the stream's name, as far as every destination accepts it. Appends a number if the rest makes two names
    equal."""
    name = report.get("name")
    if isinstance(name, str) and not is_blank(name):
        plain = free = stream_name(name)
        for number in itertools.count(2):
            if free not in taken:
                break
            free = f"{plain[: LONGEST_NAME - len(str(number)) - 1]}_{number}"
        taken.add(free)
        ours["name"] = free
        yield f"its stream is {free}."


def stream_name(name: str) -> str:
    """The name that the official connector gives the stream of a custom report, with `_` in place of characters that
    not every destination accepts.

    >>> stream_name("SpendByWeek"), stream_name("spend_by_week"), stream_name("Spend, by week")
    ('custom__spend_by_week', 'custom_spend_by_week', 'custom_spend_by_week')
    """
    theirs = re.sub(r"([A-Z])", r"_\1", f"custom_{name}").lower()
    if NAME.fullmatch(theirs):
        return theirs
    return re.sub(r"[^a-z0-9]+", "_", theirs)[:LONGEST_NAME].strip("_")


def _breakdowns(report: Mapping[Any, Any], ours: dict[Any, Any]) -> Iterator[str]:
    level, has_breakdowns = _level_of(report)
    if level:
        ours["level"] = level
    if not level or not has_breakdowns or not is_blank(report.get("targeting_types")):
        return
    allowed = targeting_types.asynchronous(level)
    ours["targeting_types"] = [breakdown for breakdown in BREAKDOWNS if breakdown in allowed]
    yield (
        f"its level became {level} with the breakdowns {', '.join(ours['targeting_types'])}. Name others "
        "in `targeting_types`: Pinterest takes five in a report."
    )


def _windows(report: Mapping[Any, Any], ours: dict[Any, Any]) -> Iterator[str]:
    for name in WINDOWS:
        value = report.get(name)
        if isinstance(value, list) and _is_filled_list(value):
            ours[name] = value[0]
    if missing := [name for name in WINDOWS if is_blank(report.get(name))]:
        ours.update(dict.fromkeys(missing, WINDOW_DAYS))
        yield f"{_named(missing)} became {WINDOW_DAYS}, as in Airbyte's own connector."


def _columns(ours: dict[Any, Any]) -> Iterator[str]:
    """Leaves out the columns that reports of this kind do not have. The official connector requests them anyway."""
    columns = ours.get("columns") or []
    if not isinstance(columns, list) or ours.get("level") not in LEVELS:
        return
    left_out = [
        column for column in columns if isinstance(column, str) and not _is_column_of(column, ours)
    ]
    if left_out:
        ours["columns"] = [column for column in columns if column not in left_out]
        yield (
            f"reports of this kind do not have {shortened_list(left_out, SHOWN)}, so the columns are "
            "left out."
        )
    left = ours.get("columns") or []
    if not any(not isinstance(column, str) or _is_accepted([column], ours) for column in left):
        ours["columns"] = [COLUMN_OF_EVERY_REPORT]
        yield f"its columns have no metric, so it gets {COLUMN_OF_EVERY_REPORT}."


def _is_column_of(column: str, ours: Mapping[Any, Any]) -> bool:
    """Whether a report of this kind may have the column, or has it under another name anyway."""
    return _is_accepted([column, COLUMN_OF_EVERY_REPORT], ours)


def _is_accepted(columns: list[Any], ours: Mapping[Any, Any]) -> bool:
    kind = ("level", "granularity", "targeting_types")
    report = {name: ours[name] for name in kind if not is_blank(ours.get(name))}
    try:
        CustomReport.model_validate({"name": "any", **report, "columns": columns})
    except ValidationError as error:
        return all(problem["loc"][:1] not in (("columns",),) for problem in error.errors())
    return True


def _statuses(report: Mapping[Any, Any], ours: dict[Any, Any]) -> Iterator[str]:
    level = ours.get("level")
    for name, of_level in STATUSES_OF.items():
        if is_blank(report.get(name)):
            continue
        most = report_parameters().get(name, {}).get("max_items", 0)
        if of_level == level and isinstance(report[name], list) and len(report[name]) > most > 0:
            yield (
                f"`{name}` is not used: Pinterest accepts {most} in one report, and the report names "
                f"{len(report[name])}. It has rows of every status."
            )
        elif of_level == level and name in report_parameters():
            ours["statuses"] = report[name]
            yield f"`{name}` became `statuses`."
        else:
            yield (
                f"`{name}` is not used: a report of level {level} is filtered by its own statuses only, so "
                "it has more rows."
            )
