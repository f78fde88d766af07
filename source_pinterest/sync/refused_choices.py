"""Names the fields of the configuration that may have caused a refusal.

Pinterest also answers 400 to a user's choice: it does not accept every combination of attribution windows, nor
every column or breakdown for every app. Only the user can fix that, so the error names the field and the value.

    >>> describe_choices({"click_window_days": 1, "engagement_window_days": 30, "view_window_days": 1})
    'It may be about `click_window_days` 1, which the configuration asks for. Choose another value, or leave it out.'
    >>> describe_choices({"click_window_days": 30, "columns": ["CTR"]}) is None
    True

Pure functions; no I/O.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from source_pinterest.api.columns import asynchronous_columns
from source_pinterest.config.config import WINDOWS, Config
from source_pinterest.config.custom_reports import CustomReport
from source_pinterest.http.errors import ChoiceRefused, PinterestError, RequestRefused
from source_pinterest.text import cut, listed

ATTRIBUTION = (*WINDOWS, "conversion_report_time", "reporting_timezone")

VALUES_SHOWN = 3
"""Values of a list in a message. Our choice."""


def describe_choices(
    params: Mapping[str, Any],
    config: Config | None = None,
    report: CustomReport | None = None,
    message: str = "",
) -> str | None:
    """A sentence that names the user's choices among the parameters of a request. None if there are none.

    If `config` is given, breakdowns count only if it has some. `report`: the custom report of the request, whose
    columns, breakdowns and statuses are the user's choice. `message`: Pinterest's whole message; if it names some
    of the choices, the sentence has only these.

    >>> report = CustomReport(name="by_week", level="ad", columns=["CTR", "NEW_ONE"], view_window_days=7)
    >>> params = {"columns": ["AD_ID", "CTR", "NEW_ONE"], "view_window_days": 7, "level": "PIN_PROMOTION"}
    >>> describe_choices(params, report=report, message="Parameter 'columns': NEW_ONE is not one of ...")
    'It is about `columns` NEW_ONE of the custom report by_week, which the configuration asks for. Choose another value, or leave it out.'
    """
    chosen = list(_chosen(params, config, report))
    named = [(field, values) for field, values in _named(chosen, message) if values]
    fields = [_description(field, values, report) for field, values in named or chosen]
    if not fields:
        return None
    them, others = ("it", "another value") if len(fields) == 1 else ("them", "other values")
    return (
        f"It {'is' if named else 'may be'} about {listed(fields, 'and')}, which the configuration asks "
        f"for. Choose {others}, or leave {them} out."
    )


def explain_refusal(
    error: PinterestError,
    params: Mapping[str, Any],
    config: Config,
    report: CustomReport | None = None,
) -> PinterestError:
    """The error of a request: a refusal as ChoiceRefused with the fields of the configuration that may have
    caused it, if there are any."""
    if type(error) is not RequestRefused:
        return error
    sentence = describe_choices(params, config, report, error.text)
    if not sentence:
        return error
    refused = ChoiceRefused(f"{error.fact} {sentence}", error.status, error.code)
    refused.text = error.text
    return refused


def _chosen(
    params: Mapping[str, Any], config: Config | None, report: CustomReport | None
) -> Iterable[tuple[str, list[str]]]:
    """The fields of a request that the user has set, each with the values that were sent."""
    for name in ATTRIBUTION:
        if name in params and str(params[name]) != str(Config.model_fields[name].default):
            yield name, [str(params[name])]
    types = list(params.get("targeting_types") or ())
    if types and (report or not config or config.targeting_types):
        yield "targeting_types", types
    if not report:
        return
    yield "columns", [column for column in report.columns if column in params.get("columns", ())]
    for name, values in params.items():
        if name.endswith("_statuses"):
            yield "statuses", list(values)


def _named(
    chosen: Iterable[tuple[str, list[str]]], message: str
) -> Iterable[tuple[str, list[str]]]:
    """The choices, each with the values that Pinterest's message names: all if it names only the field, none if
    it names neither."""
    for field, values in chosen:
        some = (
            [] if field in WINDOWS else [value for value in values if _is_word_of(value, message)]
        )
        parameter = rf"(\w+_)?{field}" if field == "statuses" else field
        yield field, some or (values if re.search(rf"(?<!\w){parameter}(?!\w)", message) else [])


def _is_word_of(name: str, message: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", message))


def _description(field: str, values: list[str], report: CustomReport | None) -> str:
    """A choice in words, such as: `view_window_days` 7 of the custom report by_week."""
    if field == "columns":  # Pinterest most likely refuses a new column
        known = asynchronous_columns()
        values = sorted(values, key=lambda value: value in known)
    more = len(values) - VALUES_SHOWN
    shown = ", ".join(values[:VALUES_SHOWN])
    text = f"`{field}` {cut(shown, 200)}{f' and {more} more' if more > 0 else ''}"
    is_own = report and getattr(report, field) not in (None, ())
    return f"{text} of the custom report {report.name}" if report and is_own else text
