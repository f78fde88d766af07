"""Adds the names of countries, regions and metro areas to reports, from Pinterest's targeting options."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from source_pinterest.api.schemas import Schema, nullable
from source_pinterest.http.errors import PinterestError
from source_pinterest.streams.analytics.enrichment import Enrichment
from source_pinterest.text import cut, printable

if TYPE_CHECKING:
    from source_pinterest.records.rows import Batch
    from source_pinterest.sync.context import SyncContext

logger = logging.getLogger("airbyte.source_pinterest")

OPTIONS: dict[str, tuple[str, ...]] = {
    "COUNTRY": ("LOCATION", "GEO"),
    "REGION": ("GEO", "LOCATION"),
    "LOCATION": ("LOCATION",),
}
"""By breakdown: the targeting types whose options may have its codes, the best first."""


CODES_SHOWN = 5
"""The most codes without a name that a log line shows. Our choice."""


class PlaceNames(Enrichment):
    """Adds the field `targeting_name` to a report by place. Each list of names takes one request per sync, for all ad
    accounts, with the first rows.

    The name is null if Pinterest's lists do not have the code, or the list cannot be read.
    """

    schemas: Mapping[str, Schema] = {
        "targeting_name": nullable(
            "string",
            "Pinterest's name of the country, region or metro area; null if its lists of targeting options do "
            "not have the code.",
        )
    }
    """The schemas of the added fields, by name."""

    def __init__(self, report: str, context: SyncContext) -> None:
        self._report = report
        self._context = context
        self.fields = list(self.schemas)
        self._seen: dict[str, dict[str, bool]] = {}
        """By breakdown and code in the rows so far: whether it has a name."""
        self._unread: set[str] = set()
        """The lists that cannot be read. There is a warning about each."""

    def fetch(self) -> None:
        """Fetches the names before the first row does."""
        self._names  # noqa: B018

    def enrich(self, batch: Batch) -> None:
        for row in batch.rows:
            breakdown, code = row["targeting_type"], row["targeting_raw_value"]
            row["targeting_name"] = name = self._names.get(breakdown, {}).get(code)
            self._seen.setdefault(breakdown, {})[code] = name is not None

    def on_planned(self) -> None:
        """Logs which codes have no name: Pinterest may write them differently in its lists and in reports."""
        for breakdown, codes in sorted(self._seen.items()):
            nameless = sorted(code for code, has_name in codes.items() if not has_name)
            if not nameless or self._unread.intersection(OPTIONS.get(breakdown, ())):
                continue
            shown = ", ".join(cut(printable(code), 40) for code in nameless[:CODES_SHOWN])
            if len(nameless) == len(codes):
                logger.warning(
                    f"{self._report}: none of the codes of {breakdown} ({shown}) has a name in Pinterest's lists of "
                    "targeting options, so `targeting_name` is null in their rows."
                )
            else:
                logger.info(
                    f"{self._report}: {len(nameless):,} of {len(codes):,} codes of {breakdown} have no name in "
                    f"Pinterest's lists of targeting options, such as {shown}."
                )

    @cached_property
    def _names(self) -> dict[str, dict[str, str | None]]:
        """The names by breakdown and code."""
        lists = {kind: self._listed(kind) for kind in ("LOCATION", "GEO")}
        return {
            breakdown: {
                code: name for kind in reversed(kinds) for code, name in lists[kind].items() if name
            }
            for breakdown, kinds in OPTIONS.items()
        }

    def _listed(self, kind: str) -> dict[str, str | None]:
        try:
            options = self._context.targeting_options(kind)
        except PinterestError as error:
            self._unread.add(kind)
            logger.warning(
                f"{self._report}: the names of places are null where they are in Pinterest's list of targeting "
                f"options {kind}, which cannot be read ({error}). Rows that later syncs read again have them."
            )
            return {}
        return {str(option["targeting_raw_value"]): option["name"] for option in options}
