"""The versions of campaigns, ad groups and ads: a record for each change that a sync has noticed."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from airbyte_cdk.sources.streams import IncrementalMixin

from source_pinterest.api import limits
from source_pinterest.http.errors import (
    REFUSALS,
    AccessDenied,
    NotFound,
    PinterestError,
    RequestRefused,
)
from source_pinterest.records.rows import Batch, Row
from source_pinterest.streams.base import PinterestStream
from source_pinterest.streams.lists.campaigns import AdGroups, Ads, AdsList, Campaigns, unpack
from source_pinterest.sync.checkpoints import Checkpoint
from source_pinterest.sync.entity_versions import (
    AccountVersions,
    ListComparison,
    VersionStates,
    as_json,
)
from source_pinterest.sync.failures import Failures
from source_pinterest.sync.pool import Ticket
from source_pinterest.sync.prefetch import Lanes
from source_pinterest.sync.slices import batches

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from airbyte_cdk.models import (  # type: ignore[attr-defined]
        AirbyteMessage,
        ConfiguredAirbyteStream,
    )
    from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager

    from source_pinterest.sync.context import SyncContext
    from source_pinterest.sync.slices import Slice

logger = logging.getLogger("airbyte.source_pinterest")


_AccountToRead = tuple[str, ListComparison]
"""An ad account, and the comparison of its list with the state."""


@dataclass
class Listed:
    """The list of an ad account, and what Pinterest says about known entities that it lacks."""

    pages: list[bytes]
    """The records of the list, packed."""
    found: list[Row]
    """The records of entities that the list lacks, but Pinterest has."""
    gone: list[str]
    """The ids of entities that Pinterest does not have any more."""


class EntityHistory(IncrementalMixin, PinterestStream):
    """A record for each version of each entity of every status, from the first sync on.

    The list is read whole, once per sync, also if other streams need it. A version is new if `updated_time`, or any
    other field, differs from what earlier syncs have read.
    """

    is_resumable = True
    primary_key: ClassVar[list[str]] = ["id", "updated_time"]
    cursor_field = "updated_time"

    versions_of: ClassVar[type[AdsList]]
    """The list whose records have versions."""

    def __init__(self, context: SyncContext | None = None) -> None:
        super().__init__(context)
        self.states = VersionStates(self.name)
        self.list = self.versions_of(context)

    # --- The state ---

    @property
    def state(self) -> MutableMapping[str, Any]:
        return as_json(self.states.by_account)

    @state.setter
    def state(self, value: MutableMapping[str, Any]) -> None:
        self.states.load(value)

    # --- Reading ---

    def slices_to_read(self, failures: Failures) -> Iterator[Slice]:
        for account in self.context.ad_accounts():
            if account.refusal:
                failures.add(account.id, self.describe(account.id), AccessDenied(account.refusal))
            else:
                yield {"ad_account_id": account.id}

    def describe(self, ad_account_id: str) -> str:
        """The description of an ad account's part in an error."""
        return f"{self.name} of ad account {ad_account_id}"

    def rows(self, body: Any, stream_slice: Slice) -> list[Row]:
        return self._comparison(AccountVersions()).versions(self.list.rows(body, stream_slice))

    def records_of(self, stream_slice: Slice, failures: Failures) -> Iterator[Batch]:
        ad_account_id = stream_slice["ad_account_id"]
        comparison = self._comparison(AccountVersions())
        yield from self._batches(comparison, self._listed(comparison, ad_account_id), ad_account_id)
        self._note_unreadable(ad_account_id, failures)

    def messages(
        self, configured: ConfiguredAirbyteStream, states: ConnectorStateManager
    ) -> Iterator[Batch | Checkpoint | AirbyteMessage]:
        yield self._checkpoint(states, is_new=False)
        failures = Failures()
        is_full_refresh = configured.sync_mode.value == "full_refresh"
        lanes: Lanes[_AccountToRead, Listed] = Lanes(self._begin, ahead=1)
        for stream_slice in self.slices_to_read(failures):
            ad_account_id = stream_slice["ad_account_id"]
            before = self.states.of(ad_account_id)
            if is_full_refresh and before.is_done:
                continue  # an earlier attempt has read it
            comparison = self._comparison(AccountVersions() if is_full_refresh else before)
            lanes.add([(ad_account_id, comparison)])
        for (ad_account_id, comparison), listed in lanes.as_completed():
            yield from self._emit(ad_account_id, comparison, listed, states, failures)
            del listed  # it may be large, and the next one may take long
        failures.raise_if_any(self.name)
        self.states.clear_done()
        yield self._checkpoint(states)

    def _begin(self, to_read: _AccountToRead) -> Ticket[Listed]:
        """Starts to read the list of an ad account. Several are read at the same time."""
        ad_account_id, comparison = to_read
        return self.context.coordinators.submit(partial(self._listed, comparison, ad_account_id))

    def _emit(
        self,
        ad_account_id: str,
        comparison: ListComparison,
        listed: Ticket[Listed],
        states: ConnectorStateManager,
        failures: Failures,
    ) -> Iterator[Batch | Checkpoint]:
        try:
            found = listed.result()
        except PinterestError as error:
            failures.add(ad_account_id, self.describe(ad_account_id), error)
            return
        yield from self._batches(comparison, found, ad_account_id)
        self._note_unreadable(ad_account_id, failures)
        self.states.replace(ad_account_id, comparison.after())
        yield self._checkpoint(states)

    def _checkpoint(self, states: ConnectorStateManager, is_new: bool = True) -> Checkpoint:
        present = self.states.by_account
        return self.checkpoint_at(states, lambda: as_json(present), is_new)

    def _comparison(self, before: AccountVersions) -> ListComparison:
        return ListComparison(before, self.context.started_at, self.limits.entities_in_state)

    def _listed(self, comparison: ListComparison, ad_account_id: str) -> Listed:
        """Reads the list of an ad account, and requests the known entities that it lacks."""
        pages = self.list.whole_list(ad_account_id)
        ids = [record["id"] for page in pages for record in unpack(page)]
        listed = Listed(pages, [], [])
        if self.list.unreadable(ad_account_id):
            return listed  # an entity may be among the items that cannot be read
        if absent := comparison.absent(ids):
            self._look_up_absent(absent, ids, ad_account_id, listed)
        return listed

    def _look_up_absent(
        self, absent: Sequence[str], ids: Sequence[str], ad_account_id: str, listed: Listed
    ) -> None:
        """Requests the entities that a list lacks, since pages may have shifted while it was read. Adds the results to
        `listed`."""
        alone = list(absent)
        if len(absent) > 1 and len(ids) > 1 and self.list.are_ids_understood(ad_account_id, ids):
            alone = []
            path = self.path(stream_slice={"ad_account_id": ad_account_id})
            room = self.limits.url_bytes - len(f"{self.url_base}{path}") - limits.BOOKMARK_BYTES
            for batch in batches(absent, self.limits.ids_per_report, room, self.list.ids_parameter):
                try:
                    found = self.list.find_by_ids(ad_account_id, batch)
                except REFUSALS:  # noqa: PERF203  perhaps of a single one
                    alone += batch
                else:
                    self._note_found(batch, found, listed)
        not_known = len(alone[self.limits.unlisted_ids_requested :])
        for entity_id in alone[: self.limits.unlisted_ids_requested]:
            try:
                found = self._find_confirmed(ad_account_id, entity_id)
            except AccessDenied:  # noqa: PERF203  Pinterest may answer for the next one
                not_known += 1
            except (NotFound, RequestRefused):
                listed.gone.append(entity_id)
            else:
                self._note_found([entity_id], found, listed)
        if not_known:
            logger.warning(
                f"{self.describe(ad_account_id)}: {not_known:,} entities are no longer in the list, and "
                "Pinterest has not confirmed yet that they are gone. The next sync asks again."
            )

    def _find_confirmed(self, ad_account_id: str, entity_id: str) -> list[Row]:
        """The record of an entity. Requests it a second time if it is refused, since the refusal may be temporary."""
        try:
            return self.list.find_by_ids(ad_account_id, [entity_id])
        except (NotFound, RequestRefused):
            return self.list.find_by_ids(ad_account_id, [entity_id])

    @staticmethod
    def _note_found(asked: Sequence[str], found: Sequence[Row], listed: Listed) -> None:
        found_ids = {record["id"] for record in found}
        listed.found += found
        listed.gone += [entity_id for entity_id in asked if entity_id not in found_ids]

    def _batches(
        self, comparison: ListComparison, listed: Listed, ad_account_id: str
    ) -> Iterator[Batch]:
        """The new versions of an ad account's entities."""
        for page in listed.pages:
            yield Batch({}, self._of_account(comparison.versions(unpack(page)), ad_account_id))
        rest = [*comparison.versions(listed.found), *comparison.unlisted(listed.gone)]
        yield Batch({}, self._of_account(rest, ad_account_id))
        if not comparison.fits_state:
            logger.warning(
                f"{self.describe(ad_account_id)}: there are more than {self.limits.entities_in_state:,}, "
                "so the connector does not notice changes without a new `updated_time`, or entities "
                "that disappear from the list."
            )

    @staticmethod
    def _of_account(versions: list[Row], ad_account_id: str) -> list[Row]:
        for version in versions:
            if not version.get("ad_account_id"):
                version["ad_account_id"] = ad_account_id
        return versions

    def _note_unreadable(self, ad_account_id: str, failures: Failures) -> None:
        if unreadable := self.list.unreadable(ad_account_id):
            failures.note(self.describe(ad_account_id), unreadable)


class CampaignsHistory(EntityHistory):
    """The versions of campaigns."""

    endpoint = Campaigns.endpoint
    versions_of = Campaigns


class AdGroupsHistory(EntityHistory):
    """The versions of ad groups."""

    endpoint = AdGroups.endpoint
    versions_of = AdGroups


class AdsHistory(EntityHistory):
    """The versions of ads."""

    endpoint = Ads.endpoint
    versions_of = Ads
