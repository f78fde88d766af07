"""Names of countries, regions and metro areas in reports, from Pinterest's targeting options."""

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
"""By the breakdown: the targeting types whose options can have its codes, the best first."""


CODES_SHOWN = 5
"""Codes without a name that a line shows. Our choice."""


class PlaceNames(Enrichment):
    """The field `targeting_name` of a report by place. All ad accounts share the names: a request for each list of them,
    once per sync, with the first rows.

    A code that Pinterest's lists lack has a null name, and so has every code of a list that cannot be read.
    """

    schemas: Mapping[str, Schema] = {
        "targeting_name": nullable(
            "string",
            "Pinterest's name of the country, region or metro area; null if its lists of targeting options do "
            "not have the code.",
        )
    }
    """The fields that it adds."""

    def __init__(self, report: str, context: SyncContext) -> None:
        self._report = report
        self._context = context
        self.fields = list(self.schemas)
        self._seen: dict[str, dict[str, bool]] = {}
        """By breakdown: the codes that rows have had, and whether each has a name."""
        self._unread: set[str] = set()
        """The lists that cannot be read, which a warning has named."""

    def fetch(self) -> None:
        """Fetches the names, as the first row does."""
        self._names  # noqa: B018

    def enrich(self, batch: Batch) -> None:
        for row in batch.rows:
            breakdown, code = row["targeting_type"], row["targeting_raw_value"]
            row["targeting_name"] = name = self._names.get(breakdown, {}).get(code)
            self._seen.setdefault(breakdown, {})[code] = name is not None

    def on_planned(self) -> None:
        """Says which codes have no name: Pinterest may write them otherwise in its lists than in reports."""
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
