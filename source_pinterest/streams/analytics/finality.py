"""Adds whether a day's numbers are final: GET /resources/metrics_ready_state, one request per day.

There are two kinds of metrics. *Delivery* counts what an ad did. *Conversions* count what people did afterwards;
Pinterest attributes them to past days until the attribution windows have passed. A kind is final on a day only if
Pinterest said so before the day was read.
"""

from __future__ import annotations

import logging
from collections.abc import Container, Iterable
from datetime import date, timedelta
from functools import partial
from typing import Any

from source_pinterest.api.columns import conversion_columns
from source_pinterest.api.endpoints import category_of
from source_pinterest.api.facts import api_facts
from source_pinterest.config.config import WINDOWS, Config
from source_pinterest.records.rows import Batch, Row
from source_pinterest.streams.analytics.enrichment import Enrichment
from source_pinterest.sync.context import SyncContext
from source_pinterest.sync.readiness import READY_STATE, Ready
from source_pinterest.sync.slices import ONE_DAY, Window
from source_pinterest.sync.state import AccountState

logger = logging.getLogger("airbyte.source_pinterest")

FIELDS: dict[str, dict[str, Any]] = {
    "delivery_metrics_final": {
        "type": ["null", "boolean"],
        "description": "Whether Pinterest had closed this day's delivery (impressions, clicks, spend "
        "and the like) when this row was read. Null: Pinterest did not say.",
    },
    "conversion_metrics_final": {
        "type": ["null", "boolean"],
        "description": "Whether the same was so of conversions: of this day, and of the attribution "
        "windows behind it. Null: Pinterest did not say.",
    },
}
DELIVERY, CONVERSIONS = KINDS = ("delivery", "conversions")


def kinds_of(columns: Iterable[str]) -> set[str]:
    """The kinds of metrics among some columns. A column counts as conversions unless it is known to be delivery.

    >>> kinds_of(["ad_id", "SPEND_IN_DOLLAR"]), kinds_of(["A_NEW_COLUMN", "TOTAL_CHECKOUT"])
    ({'delivery'}, {'conversions'})
    """
    known, conversions = set(api_facts()["columns"]), conversion_columns()
    return {
        DELIVERY if name in known - conversions and "WEB_" not in name else CONVERSIONS
        for name in columns
        if name.isupper()
    }


def attributed_until(day: date, config: Config) -> date:
    """The last day on which a conversion can still be attributed to this day."""
    if config.conversion_report_time == "TIME_OF_CONVERSION":
        return day
    return day + timedelta(days=max(getattr(config, name) for name in WINDOWS))


class Finality(Enrichment):
    """Adds to each row of a daily report whether its day is final. Each day takes one request per sync."""

    def __init__(self, context: SyncContext, selected: Container[str]) -> None:
        """`selected`: the names of the selected fields; empty means both."""
        self._context = context
        self.fields = [name for name in FIELDS if name in selected or not selected]
        self._final_by_day: dict[str, dict[str, bool | None]] = {}
        self._added: dict[str, Row] = {}
        self._uncertain: set[str] = set()

    def begin(self, windows: Iterable[Window]) -> None:
        """Requests the finality of the windows' days. Called before any of them is read."""
        days = {date.fromisoformat(day) for window in windows for day in window.dates}
        asked = {day: attributed_until(day, self._context.config) for day in days}
        over = sorted({day for day in (*days, *asked.values()) if day < self._context.today})
        run, category = self._context.pool.run, category_of(READY_STATE)
        asking = {day: run(partial(self._context.ready, day), category) for day in over}
        ready = {day: found.result() for day, found in asking.items()}
        not_yet = Ready(False, False)
        for day, until in asked.items():
            values = ready[day].delivery, ready.get(until, not_yet).conversions
            of_day = self._final_by_day[str(day)] = dict(zip(FIELDS, values, strict=True))
            self._added[str(day)] = {name: of_day[name] for name in self.fields}

    def final_through(self, window: Window) -> dict[str, date]:
        """By kind of metrics: the last day of the window up to which all are final. Kinds without such a day are
        missing."""
        found = {}
        for kind, field in zip(KINDS, FIELDS, strict=True):
            day = window.start
            while day <= window.end and self._final_by_day.get(str(day), {}).get(field):
                found[kind] = day
                day += ONE_DAY
        return found

    def mark_uncertain(self, ad_account_id: str) -> None:
        """Notes that the days of an ad account may have been read before their finality was requested, so that it is
        unknown."""
        self._uncertain.add(ad_account_id)

    def enrich(self, batch: Batch) -> None:
        """Adds the fields to the rows of a batch, in place."""
        if self.fields:
            unknown: Row = dict.fromkeys(self.fields)
            added = {} if batch.common.get("ad_account_id") in self._uncertain else self._added
            for row in batch.rows:
                row.update(added.get(row["date"], unknown))

    def annotate_state(self, state: AccountState, window: Window) -> AccountState:
        return state.with_final(self.final_through(window))
