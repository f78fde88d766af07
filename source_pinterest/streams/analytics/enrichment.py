"""Fields that ads reports add to the metrics: names, and whether a day's numbers are final."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from source_pinterest.records.rows import Batch, Row
    from source_pinterest.sync.slices import Window
    from source_pinterest.sync.state import AccountState


class Enrichment:
    """Additional fields of the rows of one report in one sync. Each method does nothing, unless an enrichment needs
    it."""

    fields: list[str]
    """The fields that the catalog selects."""

    def begin(self, windows: Iterable[Window]) -> None:
        """Called before anything of these windows is read."""

    def needed(self, ad_account_id: str) -> list[Future[Any]]:  # noqa: ARG002
        """What `find` needs of an ad account, besides the list of its own entities."""
        return []

    def load(self, ad_account_id: str) -> None:
        """Called before anything of an ad account is read, once what it needs is known."""

    def on_planned(self) -> None:
        """Called after all ad accounts are planned."""

    def account_fields(self, ad_account_id: str) -> Row:  # noqa: ARG002
        """The common fields of all rows of an ad account."""
        return {}

    def enrich(self, batch: Batch) -> None:
        """Adds the fields to the rows of a batch, which are changed in place."""

    def annotate_state(self, state: AccountState, window: Window) -> AccountState:  # noqa: ARG002
        """The state after a whole pass over the window."""
        return state
