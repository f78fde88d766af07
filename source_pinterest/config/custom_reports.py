"""The configuration's `custom_reports`: asynchronous reports that the user defines.

    >>> report = CustomReport(name="by_week", level="ad", granularity="WEEK", columns=["CTR"])
    >>> report.primary_key, report.api_level
    (['ad_id', 'date'], 'PIN_PROMOTION')

For a wrong report, a ValueError has a sentence per mistake: the report, the field, the fact and the next step.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import cache, partial
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationError, ValidationInfo

from source_pinterest.api import limits, targeting_types
from source_pinterest.api.columns import (
    FIELDS_OF_COLUMNS,
    asynchronous_columns,
    conversion_columns,
)
from source_pinterest.api.facts import api_facts
from source_pinterest.api.levels import LEVELS, Report, report_parameters
from source_pinterest.api.limits import LIMITS, Limits
from source_pinterest.config.validation import (
    Section,
    first_day,
    is_blank,
    is_secret,
    key_name,
    report_time,
    sentences,
    shown,
    string_list,
    type_in_words,
    window_days,
)
from source_pinterest.text import did_you_mean, listed, nearest_to, shortened_list

LONGEST_NAME = 63
"""Characters that every destination accepts in the name of a table or column: PostgreSQL cuts off the rest (its
NAMEDATALEN less one; PostgreSQL 15, checked 2026-11-28)."""

NAME = re.compile(rf"[a-z][a-z0-9_]{{0,{LONGEST_NAME - 1}}}", re.ASCII)
"""The form of stream names that platforms and destinations accept."""

COLUMN = re.compile(r"[A-Z][A-Z0-9_]{1,99}", re.ASCII)
"""The form of Pinterest's column names; the longest known name has 56 characters."""

MAX_COLUMNS = 1_000
"""The most columns of one report. Pinterest has fewer in total. Our choice."""

SIMILAR = (0.6, 0.85)
"""How similar (0 to 1) an unknown name must be to a known column to count as misspelled, and not as a new column of
Pinterest's: for short names, and for long ones. Our choice."""


# --- The fields ---


def _run_all(*checks: Callable[[], Any]) -> None:
    """Runs all checks, then raises one ValueError with all their sentences."""
    messages = []
    for check in checks:
        try:
            check()
        except ValueError as error:  # noqa: PERF203  the user is told of every mistake at once
            messages.append(str(error))
    if messages:
        raise ValueError("\n".join(messages))


def _secrets(info: ValidationInfo) -> list[str]:
    return list((info.context or {}).get("secrets", ()))


def _name(value: object, info: ValidationInfo) -> str:
    if value is None:
        raise ValueError(
            "`name`: missing. Name the stream that the report becomes, such as ads_by_week."
        )
    if not isinstance(value, str) or not NAME.fullmatch(value):
        proposed = (
            re.sub(r"[^a-z0-9]+", "_", value.lower()).strip("_0123456789")
            if (isinstance(value, str) and not is_secret(value, _secrets(info)))
            else ""
        )
        example = proposed if NAME.fullmatch(proposed) else "ads_by_week"
        raise ValueError(
            f"`name`: {shown(value, info)} cannot be the name of a stream. Use lower-case "
            "letters, digits and _, beginning with a letter, 63 characters at most, such as "
            f"{example}."
        )
    return value


def _level(value: object, info: ValidationInfo) -> str:
    choice = f"Choose {listed(LEVELS)}."
    if value is None:
        raise ValueError(f"`level`: missing. {choice}")
    by_api_name = {level.api_name: name for name, level in LEVELS.items()}
    if isinstance(value, str) and value.upper() in by_api_name:
        return by_api_name[value.upper()]
    if isinstance(value, str) and value in LEVELS:
        return value
    plain = str(value).upper().removesuffix("_TARGETING")
    if plain in by_api_name:
        raise ValueError(
            f"`level`: {shown(value, info)} is {by_api_name[plain]} with a breakdown. Write "
            f"{by_api_name[plain]}, and name the breakdowns in `targeting_types`."
        )
    raise ValueError(
        f"`level`: {shown(value, info)} is not known. {did_you_mean(value, LEVELS)}{choice}"
    )


def _granularity(value: object, info: ValidationInfo) -> str:
    known = report_parameters()["granularity"]["enum"]
    if value not in known:
        raise ValueError(
            f"`granularity`: {shown(value, info)} is not known. {did_you_mean(value, known)}Choose "
            f"{listed(known)}, or leave it out to use DAY."
        )
    return str(value)


def _choice(
    value: object, info: ValidationInfo, known: list[str], parameter: str, empty_means: str
) -> tuple[str, ...]:
    """A list of values that Pinterest allows for a parameter, and not more of them than it allows."""
    found = string_list(value, info, known[0])
    most = report_parameters()[parameter]["max_items"]

    def check_known(name: str) -> None:
        if name not in known:
            raise ValueError(
                f"`{info.field_name}`: {shown(name, info)} is not known at level "
                f"{info.data['level']}. {did_you_mean(name, known)}"
                f"Choose from {', '.join(known)}, or leave the list empty for {empty_means}."
            )

    _run_all(*(partial(check_known, name) for name in found))
    if len(found) > most:
        raise ValueError(
            f"`{info.field_name}`: you chose {len(found)}, and Pinterest accepts {most} in one "
            "report at most. Make a second report for the others."
        )
    return tuple(found)


def _targeting_types(value: object, info: ValidationInfo) -> tuple[str, ...]:
    level = info.data.get("level")
    if level is None or value in ([], ()):
        return ()  # another sentence reports it
    if not LEVELS[level].has_targeting:
        others = [name for name, other in LEVELS.items() if other.has_targeting]
        raise ValueError(
            f"`targeting_types`: a report of level {level} has no breakdowns. Leave the list "
            f"empty, or choose the level {listed(others)}."
        )
    return _choice(
        value, info, targeting_types.asynchronous(level), "targeting_types", "no breakdown"
    )


def _statuses(value: object, info: ValidationInfo) -> tuple[str, ...]:
    level = info.data.get("level")
    if level is None or value in ([], ()):
        return ()
    with_statuses = [name for name in LEVELS if f"{name}_statuses" in report_parameters()]
    if level not in with_statuses:
        raise ValueError(
            f"`statuses`: a report of level {level} cannot be filtered by status. Leave the list "
            f"empty, or choose the level {listed(with_statuses)}."
        )
    parameter = f"{level}_statuses"
    known = report_parameters()[parameter]["items"]["enum"]
    return _choice(value, info, known, parameter, "every status")


def _columns(value: object, info: ValidationInfo) -> tuple[str, ...]:
    found = string_list([] if value is None else value, info, "SPEND_IN_DOLLAR")
    level, by = info.data.get("level"), info.data.get("granularity")
    given = _fields_of_every_row(level, by) if level and by else set()
    left = [name for name in found if _field(name).lower() not in given]
    if not left:
        raise ValueError(
            "`columns`: missing. Name at least one that is not part of the key, such as "
            "SPEND_IN_DOLLAR."
        )
    if len(left) > MAX_COLUMNS:
        raise ValueError(
            f"`columns`: you name {len(left):,}, and Pinterest has {len(asynchronous_columns())}. "
            "Remove those that Pinterest does not have."
        )
    checks = [partial(_check_column, name, info) for name in left]
    if level:
        breakdown = bool(info.data.get("targeting_types"))
        checks.append(partial(_check_columns_of_level, left, level, breakdown))
    if by == "HOUR":
        checks.append(partial(_check_hourly_columns, left))
    _run_all(*checks)
    by_field = {_field(name): name for name in reversed(left)}
    return tuple(name for name in left if by_field[_field(name)] == name)


@cache
def _known_columns() -> frozenset[str]:
    return frozenset(asynchronous_columns())


def _check_column(name: str, info: ValidationInfo) -> None:
    if name in _known_columns():
        return
    known = asynchronous_columns()
    if name in api_facts()["columns"]:
        raise ValueError(f"`columns`: {name} is a column of built-in reports only. Remove it.")
    short, long = SIMILAR
    cutoff = min(max(short, 1 - 2 / max(len(name), 1)), long)  # two letters may be wrong
    is_new = COLUMN.fullmatch(name) and not is_secret(name, _secrets(info))
    if not is_new or nearest_to(name, known, cutoff):
        raise ValueError(
            f"`columns`: {shown(name, info)} is not a Pinterest column. "
            f"{did_you_mean(name, known)}The documentation says where to find the names."
        )
    if len(name) > LONGEST_NAME:
        raise ValueError(
            f"`columns`: {shown(name, info)} has {len(name)} characters. Destinations accept "
            f"{LONGEST_NAME}, and cut off longer names. Remove it."
        )


def _check_columns_of_level(names: list[str], level: str, has_breakdown: bool) -> None:
    _run_all(
        *(
            partial(_check_rule, rule, names, level, has_breakdown)
            for rule in api_facts()["columns_by_level"]
        )
    )


def _check_rule(rule: Mapping[str, Any], names: list[str], level: str, has_breakdown: bool) -> None:
    """Checks one rule of `columns_by_level`, which names the levels that have, or lack, some columns."""
    plain = LEVELS[level].api_name
    api_name = f"{plain}_TARGETING" if has_breakdown else plain
    wrong = [name for name in names if re.fullmatch(rule["columns"], name)]
    only_at, not_at = rule.get("only_at", [api_name]), rule.get("not_at", [])
    if not wrong or (api_name in only_at and api_name not in not_at):
        return
    if api_name not in only_at:
        there = listed(name for name, other in LEVELS.items() if other.api_name in only_at)
        raise ValueError(
            f"`columns`: only a report of level {there} has {_few(wrong)}. Choose that level, or "
            "remove them."
        )
    if plain in not_at:
        raise ValueError(
            f"`columns`: a report of level {level} has no {rule['are']}. Remove {_few(wrong)}."
        )
    raise ValueError(
        f"`columns`: a report with `targeting_types` has no {rule['are']}. Remove "
        f"{_few(wrong)}, or leave `targeting_types` empty."
    )


def _check_hourly_columns(names: list[str]) -> None:
    conversions = conversion_columns()
    if wrong := [name for name in names if name in conversions]:
        raise ValueError(
            f"`granularity`: HOUR goes back {limits.HOURLY_REPORT_LOOKBACK.days} days and has no "
            f"conversion columns. Remove {_few(wrong)} from `columns`, or choose DAY."
        )


def _few(names: list[str]) -> str:
    """The first three names, and the number of the others.

    >>> _few(["A", "B"]), _few(["A", "B", "C", "D", "E"])
    ('A and B', 'A, B, C and 2 more')
    """
    return listed(names, "and") if len(names) <= 3 else shortened_list(names, 3)


def _field(column: str) -> str:
    """The name of a column's field in records."""
    return FIELDS_OF_COLUMNS.get(column, column)


def _fields_of_every_row(level: str, granularity: str) -> set[str]:
    """The fields that every row has, whichever columns are chosen."""
    hour = {"hour"} if granularity == "HOUR" else set()
    targeting = {"targeting_type", "targeting_value", "targeting_raw_value"}
    return {*LEVELS[level].id_fields, "ad_account_id", "currency", "date", *targeting, *hour}


WindowDays = Annotated[int | None, BeforeValidator(window_days)]


class CustomReport(Section):
    """One custom report. A field that is None uses the connection's setting for all reports."""

    name: Annotated[str, BeforeValidator(_name)]
    level: Annotated[str, BeforeValidator(_level)]
    granularity: Annotated[str, BeforeValidator(_granularity)] = "DAY"
    targeting_types: Annotated[tuple[str, ...], BeforeValidator(_targeting_types)] = ()
    columns: Annotated[tuple[str, ...], BeforeValidator(_columns)]
    start_date: Annotated[date | None, BeforeValidator(first_day)] = None
    statuses: Annotated[tuple[str, ...], BeforeValidator(_statuses)] = ()
    click_window_days: WindowDays = None
    engagement_window_days: WindowDays = None
    view_window_days: WindowDays = None
    conversion_report_time: Annotated[str | None, BeforeValidator(report_time)] = None

    @property
    def report(self) -> Report:
        """What its rows stand for."""
        return Report(self.level, self.granularity, bool(self.targeting_types))

    @property
    def api_level(self) -> str:
        """Pinterest's name for the level, with or without a breakdown."""
        return self.report.api_level

    @property
    def lookback(self) -> timedelta:
        """How far before today (UTC) the report may start."""
        return self.report.lookback

    def max_days(self, sizes: Limits = LIMITS) -> int:
        """The most days in one request: as many as Pinterest allows, but not too many rows per id."""
        days, hours = self.report.max_days(sizes), 24 if self.granularity == "HOUR" else 1
        if self.targeting_types and self.granularity in ("HOUR", "DAY"):
            rows_of_a_day = len(self.targeting_types) * sizes.values_per_targeting_type * hours
            days = min(days, limits.ROWS_PER_ID // rows_of_a_day)
        return days

    @property
    def primary_key(self) -> list[str]:
        """The names of the fields that identify a row."""
        return self.report.primary_key

    @property
    def fields(self) -> dict[str, str]:
        """By field of its records: the name of the column."""
        return {_field(name): name for name in self.columns}

    def request_columns(self, columns: Iterable[str]) -> list[str]:
        """The columns to send in a request: these, after the id column of the key."""
        id_column = LEVELS[self.level].report_id_column
        return [*([id_column] if id_column else []), *columns]

    def default_days(self, backfill_days: int) -> int:
        """How many days the first sync reads if there is no `start_date`."""
        most = self.max_days() if self.granularity == "TOTAL" else self.lookback.days
        return min(backfill_days, most)


# --- The list ---


def custom_reports(value: object, info: ValidationInfo) -> tuple[CustomReport, ...]:
    """Validates the list of reports. Raises one ValueError with a sentence per mistake.

    Skips empty items, as a form saves them.
    """
    if not isinstance(value, (list, tuple)):
        raise ValueError(
            f"`custom_reports`: it is {type_in_words(value)}, not a list. Give a list of objects with "
            "`name`, `level` and `columns`."
        )
    found: list[CustomReport] = []
    names: dict[str, int] = {}

    def add(number: int, item: object) -> None:
        found.append(_report(number, item, info))

    checks = [
        partial(check, number, item)
        for number, item in enumerate(value)
        if not _is_unfilled(item)
        for check in (add, partial(_check_name_is_unique, names))
    ]
    _run_all(*checks)
    return tuple(found)


def _is_unfilled(item: object) -> bool:
    """Whether an item is blank, or has nothing but the default granularity, which the form fills in."""
    if isinstance(item, Mapping):
        filled = {name: value for name, value in item.items() if not is_blank(value)}
        return filled in ({}, {"granularity": CustomReport.model_fields["granularity"].default})
    return is_blank(item)


def _report(number: int, item: object, info: ValidationInfo) -> CustomReport:
    if not isinstance(item, Mapping):
        raise ValueError(
            f"`custom_reports[{number}]`: it is {type_in_words(item)}, not an object. Give an object with "
            "`name`, `level` and `columns`."
        )
    known = CustomReport.model_fields
    fields = {name: item[name] for name in known if not is_blank(item.get(name))}
    required = [name for name, field in known.items() if field.is_required()]
    try:
        return CustomReport.model_validate(
            {**dict.fromkeys(required), **fields}, context=info.context
        )
    except ValidationError as error:
        label = _label(number, item.get("name"), info)
        raise ValueError(_labelled(label, "\n".join(sentences(error)))) from None


def _check_name_is_unique(names: dict[str, int], number: int, item: object) -> None:
    name = item.get("name") if isinstance(item, Mapping) else None
    if not isinstance(name, str) or not NAME.fullmatch(name):
        return  # another sentence reports it
    first = names.setdefault(name, number)
    if first != number:
        raise ValueError(
            f"`custom_reports[{number}].name`: `custom_reports[{first}]` has the same name. "
            "Give each report a name of its own."
        )


def _label(number: int, name: object, info: ValidationInfo | None = None) -> tuple[str, str]:
    is_shown = isinstance(name, str) and NAME.fullmatch(name)
    if is_shown and info and is_secret(str(name), _secrets(info)):
        is_shown = None
    return f"custom_reports[{number}]", f" ({name})" if is_shown else ""


def _labelled(label: tuple[str, str], text: str) -> str:
    """The sentences (one per line), with the report's place in front of the field that each begins with.

    >>> _labelled(("custom_reports[0]", " (by_hour)"), "`level`: missing.")
    '`custom_reports[0].level` (by_hour): missing.'
    """
    place, who = label
    return re.sub(r"^`(\w+)`", rf"`{place}.\1`{who}", text, flags=re.MULTILINE)


# --- Checks that need the other streams, or the day ---


def check_conflicts(reports: Iterable[CustomReport], streams: Iterable[str], today: date) -> None:
    """Raises one ValueError for all `conflicts`."""
    if wrong := conflicts(reports, streams, today):
        raise ValueError("\n".join(wrong.values()))


def conflicts(
    reports: Iterable[CustomReport], streams: Iterable[str], today: date
) -> dict[str, str]:
    """Sentences about reports that have the name of one of these streams, or start too late for `today` (UTC), by
    name.

    A saved report can become wrong: a new version of the connector may add a stream of its name, and days pass.
    """
    taken = set(streams)
    wrong = {}
    for number, report in enumerate(reports):
        try:
            _run_all(
                partial(_check_name_is_free, report.name, taken),
                partial(_check_start_date, report, today),
            )
        except ValueError as error:  # noqa: PERF203  the user is told of every mistake at once
            wrong[report.name] = _labelled(_label(number, report.name), str(error))
    return wrong


def _check_name_is_free(name: str, taken: set[str]) -> None:
    if name in taken:
        raise ValueError(
            "`name`: a stream of the connector has this name. Choose another, such as "
            f"custom_{name}."
        )


def _check_start_date(report: CustomReport, today: date) -> None:
    start = report.start_date
    if start and start >= today:
        raise ValueError(
            f"`start_date`: {start} is not over yet (in UTC it is {today}), and the connector "
            "reads only complete days. Give an earlier day, or leave it out to use "
            "`backfill_days`."
        )
    if start and report.granularity == "TOTAL" and (today - start).days > report.max_days():
        raise ValueError(
            f"`start_date`: from {start} on there are {(today - start).days} days, and a TOTAL "
            f"has {report.max_days()} at most. Leave it out to use `backfill_days`, or choose "
            "another granularity."
        )


# --- Warnings ---


def early_start_warnings(reports: Iterable[CustomReport], today: date) -> Iterator[str]:
    """A warning for each report whose `start_date` is before Pinterest's first day.

    Not an error, because every date gets too old some day.
    """
    for number, report in enumerate(reports):
        first = today - report.lookback
        if report.start_date and report.start_date < first and report.granularity != "TOTAL":
            what = "HOUR" if report.granularity == "HOUR" else f"a report of level {report.level}"
            yield _labelled(
                _label(number, report.name),
                f"`start_date`: {report.start_date} is {(today - report.start_date).days} days back, "
                f"and {what} goes {report.lookback.days} days back, so the report begins with {first}.",
            )


def unknown_key_warnings(value: object, secrets: Iterable[str]) -> Iterator[str]:
    """A warning for each unknown key of a report. Never shows one of the `secrets`."""
    for number, item in enumerate(value if isinstance(value, list) else ()):
        place = f"custom_reports[{number}]"
        for name, content in item.items() if isinstance(item, Mapping) else ():
            if name in CustomReport.model_fields or is_blank(content):
                continue
            text = key_name(name, secrets)
            if text is None:
                yield (
                    f"An unknown key in `{place}` is ignored. Its name is not shown, because it may be a "
                    "secret."
                )
                continue
            near = nearest_to(text, CustomReport.model_fields)
            hint = f"; did you mean `{place}.{near}`?" if near else "."
            yield f"Unknown key `{place}.{text}` is ignored{hint}"


def unknown_column_warnings(reports: Iterable[CustomReport]) -> Iterator[str]:
    """A warning for each unknown column. It is requested nevertheless."""
    known = asynchronous_columns()
    for number, report in enumerate(reports):
        for name in report.columns:
            if name not in known:
                yield _labelled(
                    _label(number, report.name),
                    f"`columns`: {name} is not known to this version of the connector, which requests it "
                    "anyway. If Pinterest has no such column, it refuses the report.",
                )
