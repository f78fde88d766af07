"""The interface of enrichments, which add fields to the rows of ads reports."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from source_pinterest.records.rows import Batch, Row
    from source_pinterest.sync.slices import Window
    from source_pinterest.sync.state import AccountState


class Enrichment:
    """Adds fields to the rows of one report in one sync. The methods do nothing by default."""

    fields: list[str]
    """The fields that the catalog selects."""

    def begin(self, windows: Iterable[Window]) -> None:
        """Called before any day of these windows is read."""

    def needed(self, ad_account_id: str) -> list[Future[Any]]:  # noqa: ARG002
        """The futures that `load` needs for an ad account, besides the list of its own entities."""
        return []

    def load(self, ad_account_id: str) -> None:
        """Called before any row of an ad account is read, once all of `needed` are done."""

    def on_planned(self) -> None:
        """Called after all ad accounts are planned."""

    def account_fields(self, ad_account_id: str) -> Row:  # noqa: ARG002
        """The added fields that all rows of an ad account share."""
        return {}

    def enrich(self, batch: Batch) -> None:
        """Adds the fields to the rows of a batch, in place."""

    def annotate_state(self, state: AccountState, window: Window) -> AccountState:  # noqa: ARG002
        """The state after a whole pass over the window."""
        return state
