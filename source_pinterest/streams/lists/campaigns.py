"""Campaigns, ad groups and ads."""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from source_pinterest.api.endpoints import choices_of
from source_pinterest.api.levels import LEVELS
from source_pinterest.http.errors import (
    AccessDenied,
    NotFound,
    PinterestError,
    RequestRefused,
)
from source_pinterest.records.ids import normalize_id
from source_pinterest.records.rows import Row
from source_pinterest.streams.lists.base import ListStream
from source_pinterest.sync.covered_ids import creation_day
from source_pinterest.sync.entity_versions import is_time, version_time
from source_pinterest.sync.pages import EndlessListGuard
from source_pinterest.sync.slices import ascending

if TYPE_CHECKING:
    from source_pinterest.sync.context import NameEntry, SyncContext
    from source_pinterest.sync.observed import Form
    from source_pinterest.sync.slices import Slice


PARENTS = frozenset(LEVELS["ad"].parents)
"""The levels whose entities have others in them."""


class WholeAccount:
    """Takes the place of a list for reports about a whole ad account: its one id is that of the ad account."""

    level = "ad_account"
    levels_above = ()

    def __init__(self, context: SyncContext) -> None:
        """Has the signature of a list. There is nothing to read."""

    def ids(self, ad_account_id: str) -> list[str]:
        return [ad_account_id]

    def lists_of_ids(self) -> list[str]:
        return []

    def ids_future(self, ad_account_id: str) -> Future[list[str]]:
        """The id of the ad account. The future is done."""
        known: Future[list[str]] = Future()
        known.set_result([ad_account_id])
        return known

    def names(self, ad_account_id: str) -> None:
        """None: the context has the names of ad accounts."""

    def created(self, ad_account_id: str) -> Mapping[str, date]:  # noqa: ARG002
        """Empty: a new ad account has no state, so its creation day does not matter."""
        return {}

    def campaigns(self, ad_account_id: str) -> Mapping[str, str]:  # noqa: ARG002
        """Empty: an ad account is in no campaign."""
        return {}

    def unreadable(self, ad_account_id: str) -> None:
        """None: there is no list."""

    def probe_ids(self, ad_account_id: str, ids: Sequence[str]) -> bool:  # noqa: ARG002
        """True: there is only one id."""
        return True


class AdsList(ListStream):
    """A list of the entities of one level, of every ad account and with every status."""

    primary_key = ["id", "name"]
    has_numeric_ids = True

    level: ClassVar[str]
    """The name of the level in `pinterest_api.json` and in the names of ids, such as `campaign`."""

    levels_above: ClassVar[tuple[str, ...]] = ()
    """The levels whose ids its records have, highest first."""

    def page_params(self) -> Mapping[str, Any]:
        return {"order": "ASCENDING"}

    def pages(self, stream_slice: Slice, partition: Row) -> Iterator[list[Row]]:
        """The entities of every status, from one list if an answer confirms that Pinterest understands several
        statuses in a request; otherwise from one list per status."""
        form = self.context.observed.statuses
        sent_as = form.form
        seen: dict[Any, str] = {}
        try:
            yield from self._pages_by_status(stream_slice, partition, seen, sent_as)
        except RequestRefused:
            if form.is_confirmed and form.form is sent_as:
                raise
            form.refute(sent_as)
        else:
            if not form.is_confirmed:
                form.wait_for_others(self.policy.longest_probe_wait)
            yield from self._unshown_statuses(stream_slice, partition, seen, sent_as)
        if form.form is not sent_as:
            yield from self.pages(stream_slice, partition)

    def _pages_by_status(
        self, stream_slice: Slice, partition: Row, seen: dict[Any, str], sent_as: Form
    ) -> Iterator[list[Row]]:
        """The pages of the lists for all statuses. As long as the form is unconfirmed, notes in `seen` the status of
        each entity by id, and confirms the form if an archived entity shows it."""
        form = self.context.observed.statuses
        groups = [[status] for status in statuses()] if form.is_single else [statuses()]
        with form.in_flight() as end_flight:
            for group in groups:
                params = {**partition, "entity_statuses": group}
                for page in super().pages(stream_slice, params):
                    if not form.is_confirmed:
                        seen.update((str(item.get("id")), str(item.get("status"))) for item in page)
                        if ARCHIVED in seen.values() and not form.is_single:
                            form.confirm(sent_as)
                    end_flight()
                    yield page

    def _unshown_statuses(
        self, stream_slice: Slice, partition: Row, seen: Mapping[Any, str], sent_as: Form
    ) -> Iterator[list[Row]]:
        """Requests the statuses that a list lacks, unless the list shows that it covers all. Yields a page with the
        entities found.

        The request for the list named rare statuses first and last. So a list with any other status does not cover
        the first or the last one only, and one with an archived entity does not cover only Pinterest's defaults.
        """
        form = self.context.observed.statuses
        with form.lock:
            if form.is_confirmed or form.form is not sent_as:
                return
            shown = set(seen.values())
            if ARCHIVED in shown:
                form.confirm(sent_as)
                return
            account = stream_slice["ad_account_id"]
            if not seen and account in self.context.accounts_without_entities:
                return  # nor have two requests shown an entity of another level
            others = [status for status in (*USUAL, *statuses()) if status not in shown]
            asked = list(dict.fromkeys(others if seen else USUAL))
            try:
                items = self._first_items(stream_slice, {**partition, "entity_statuses": asked})
            except RequestRefused:
                form.refute(sent_as)
                return
            if any(item.get("id") not in seen or item.get("status") not in asked for item in items):
                form.refute(sent_as)
            elif seen:
                form.confirm(sent_as)
            else:
                self.context.accounts_without_entities.add(account)
        yield items

    def _first_items(self, stream_slice: Slice, params: Mapping[str, Any]) -> list[Row]:
        """The entities on the first page that has some."""
        path = self.path(stream_slice=stream_slice)
        pages = self.context.pages(path, self.category, {**self.page_params(), **params})
        return next(([item for item in page if item] for page in pages if page), [])

    def are_ids_understood(self, ad_account_id: str, ids: Sequence[str]) -> bool:
        """Whether Pinterest understands several ids in a request. If the sync does not know it, one request with some
        of `ids`, which are listed, finds out. False if Pinterest denies access to these."""
        form = self.context.observed.ids
        probe = partial(self.probe_ids, ad_account_id, ids)
        while not form.is_confirmed:
            try:
                form.is_understood(form.form, probe, self.policy.longest_probe_wait)
            except (AccessDenied, NotFound):  # noqa: PERF203  few turns
                return False  # this says nothing about other ids
        return not form.is_single

    def probe_ids(self, ad_account_id: str, ids: Sequence[str]) -> bool:
        """Whether a list filtered by two of these entities has exactly these two. If it does not, two others are
        tried, since one of the first may be refused or gone."""
        pairs = [(ids[0], ids[-1])] if len(ids) < 4 else [(ids[0], ids[-1]), (ids[1], ids[-2])]
        refusals: list[PinterestError] = []
        for pair in pairs:
            try:
                if self.filters_exactly(ad_account_id, pair):
                    return True
            except (AccessDenied, NotFound) as error:  # noqa: PERF203  perhaps to one of the two
                refusals.append(error)
        if len(refusals) == len(pairs):
            raise refusals[0]
        return False

    def filters_exactly(self, ad_account_id: str, ids: Sequence[str]) -> bool:
        """Whether a list of every status, filtered by these entities, has exactly these."""
        stream_slice = {"ad_account_id": ad_account_id}
        groups = [statuses()]
        if self.context.observed.statuses.is_single:
            groups = [[status] for status in statuses()]
        found = set()
        for group in groups:
            try:
                items = self._first_items(
                    stream_slice, {self.ids_parameter: ids, "entity_statuses": group}
                )
            except RequestRefused:
                return False
            found |= {str(normalize_id(item.get("id"))) for item in items}
        return found == set(ids)

    @property
    def ids_parameter(self) -> str:
        return f"{self.level}_ids"

    def is_emitted(self, record: Row) -> bool:
        wanted = self.context.config.entity_statuses
        return not wanted or record.get("status") in wanted

    def ids(self, ad_account_id: str) -> list[str]:
        """The ids of an ad account's entities of every status, ascending."""
        return ascending(self.index({"ad_account_id": ad_account_id}))

    def lists_of_ids(self) -> list[str]:
        return [self.name]

    def ids_future(self, ad_account_id: str) -> Future[list[str]]:
        """The future of `ids`, which may come in another order."""
        return self.index_future({"ad_account_id": ad_account_id})

    def names(self, ad_account_id: str) -> Mapping[str, NameEntry] | None:
        """By id: the names of the entities. Waits for the list, and sends no request. None if this sync does not read
        the list."""
        return self.context.names(self._key({"ad_account_id": ad_account_id}))

    def created(self, ad_account_id: str) -> Mapping[str, date]:
        """By id: the creation days of entities, without old ones."""
        return self.context.created(self._key({"ad_account_id": ad_account_id}))

    def campaigns(self, ad_account_id: str) -> Mapping[str, str]:
        """By id: the campaign of each entity, if the sync compares sums. Empty for campaigns."""
        return self.context.campaigns(self._key({"ad_account_id": ad_account_id}))

    def unreadable(self, ad_account_id: str) -> PinterestError | None:
        """The error about listed items that cannot be read, and so have no report. None if there are none."""
        return self.context.unreadable((self.name, ad_account_id))

    def read_list(self, stream_slice: Slice) -> Iterator[list[Row]]:
        pages = self._comparing(super().read_list(stream_slice), stream_slice)
        pages = self._noting_days(pages, stream_slice)
        if self.context.reads_list(history_of(self.name)):
            pages = self._noting_records(pages, stream_slice)
        return (
            self._noting_names(pages, stream_slice) if self.context.config.entity_names else pages
        )

    def _comparing(self, pages: Iterator[list[Row]], stream_slice: Slice) -> Iterator[list[Row]]:
        """Compares the list, once it was read whole, with the lists of its parents and of what is in it."""
        ids: set[str] = set()
        parents: dict[str, set[str]] = {level: set() for level in self.levels_above}
        for page in pages:
            if self.level in PARENTS:
                ids.update(record["id"] for record in page)
            for level, named in parents.items():
                named.update(filter(None, (record.get(f"{level}_id") for record in page)))
            yield page
        account = stream_slice["ad_account_id"]
        of = {f"{level}s": named for level, named in parents.items()}
        for lacking in self.context.families.compare(account, self.name, ids, of):
            self.context.answer_warnings(lacking.listed_in).warn_once(
                f"of ad account {account}",
                f"Pinterest's list of ad account {account} lacks {len(lacking.ids):,} that its list {lacking.named_by} "
                f"names (such as {lacking.ids[0]}): they are new, or the list was cut. Run the sync again",
            )

    def _noting_days(self, pages: Iterator[list[Row]], stream_slice: Slice) -> Iterator[list[Row]]:
        first = self.context.today - self.limits.analytics_lookback
        created: dict[str, date] = {}
        campaigns: dict[str, str] = {}
        has_campaigns = "campaign" in self.levels_above and self.context.config.reconcile
        for page in pages:
            if has_campaigns:
                pairs = ((record["id"], record.get("campaign_id")) for record in page)
                campaigns.update(
                    (entity_id, sys.intern(of)) for entity_id, of in pairs if of.__class__ is str
                )
            for record in page:
                if (day := creation_day(record)) and day >= first:
                    created[record["id"]] = day
            yield page
        self.context.note_created(self._key(stream_slice), created)
        self.context.note_campaigns(self._key(stream_slice), campaigns)

    def _noting_records(
        self, pages: Iterator[list[Row]], stream_slice: Slice
    ) -> Iterator[list[Row]]:
        kept: list[bytes] = []
        for page in pages:
            kept.append(pack(page))
            yield page
        self.context.note_records(self._key(stream_slice), kept)

    def whole_list(self, ad_account_id: str) -> list[bytes]:
        """The records of an ad account's entities of every status, packed page by page. The list is read once per sync,
        also if other streams need it."""
        stream_slice = {"ad_account_id": ad_account_id}
        if self.context.reads_list(history_of(self.name)):
            self.index(stream_slice)
            kept = self.context.take_records(self._key(stream_slice))
            if kept is not None:
                return kept
        return list(map(pack, self.read_list(stream_slice)))

    def find_by_ids(self, ad_account_id: str, ids: Sequence[str]) -> list[Row]:
        """The records of those of these entities that Pinterest has. Requests only these."""
        stream_slice = {"ad_account_id": ad_account_id}
        wanted = set(ids)
        end = EndlessListGuard(self.describe(stream_slice), self.limits)
        found: dict[str, Row] = {}
        for page in self.pages(stream_slice, {self.ids_parameter: list(ids)}):
            known = len(found)
            for record in self.rows({"items": page}, stream_slice):
                if record["id"] in wanted:
                    found.setdefault(record["id"], record)
            end.check(page, len(found) > known)
        return list(found.values())

    def _noting_names(self, pages: Iterator[list[Row]], stream_slice: Slice) -> Iterator[list[Row]]:
        names: dict[str, NameEntry] = {}
        for page in pages:
            names.update((record["id"], self._name_entry(record)) for record in page)
            yield page
        self.context.note_names(self._key(stream_slice), names)

    def _name_entry(self, record: Row) -> NameEntry:
        """The entry for `entity_names`. Statuses and the ids of parents are interned, since they repeat."""
        repeating = [
            record.get("status"),
            *(record.get(f"{level}_id") for level in self.levels_above),
        ]
        shared = (sys.intern(value) if value.__class__ is str else value for value in repeating)
        return (record.get("name"), *shared)


def history_of(name: str) -> str:
    """The name of the stream with the versions of a list's records."""
    return f"{name}_history"


def pack(page: list[Row]) -> bytes:
    """A page of records, compressed to about a tenth. Uses the standard library's JSON, since integers may be of any
    size."""
    return zlib.compress(json.dumps(page).encode(), 1)


def unpack(packed: bytes) -> list[Row]:
    """The page of records that `pack` has compressed.

    >>> unpack(pack([{"id": "7", "daily_spend_cap": 36893488147419103232}]))
    [{'id': '7', 'daily_spend_cap': 36893488147419103232}]
    """
    page: list[Row] = json.loads(zlib.decompress(packed))
    return page


ARCHIVED = "ARCHIVED"
USUAL = ("ACTIVE", "PAUSED", ARCHIVED)
"""The statuses of most entities."""


def statuses() -> list[str]:
    """Every status of an entity, with the usual ones in the middle."""
    every_status = choices_of(Ads.endpoint, "entity_statuses")
    rare = [status for status in every_status if status not in USUAL]
    return [*rare[:1], *(status for status in every_status if status in USUAL), *rare[1:]]


class Campaigns(AdsList):
    """The campaigns of each ad account, of every status."""

    endpoint = "GET /ad_accounts/{ad_account_id}/campaigns"
    record = "Campaign"
    level = "campaign"


class AdGroups(AdsList):
    """The ad groups of each ad account, of every status."""

    endpoint = "GET /ad_accounts/{ad_account_id}/ad_groups"
    record = "AdGroup"
    level = "ad_group"
    levels_above = LEVELS["ad_group"].parents


class Ads(AdsList):
    """The ads of each ad account, of every status."""

    endpoint = "GET /ad_accounts/{ad_account_id}/ads"
    record = "Ad"
    level = "ad"
    levels_above = LEVELS["ad"].parents

    def promotions(self, ad_account_id: str) -> list[Row]:
        """The Pin and the links of each ad of an ad account. The list is read once per sync."""
        stream_slice = {"ad_account_id": ad_account_id}
        self.ids(ad_account_id)
        known = self.context.promotions(self._key(stream_slice))
        if known is not None:
            return known
        return [promotion(record) for page in self.read_list(stream_slice) for record in page]

    def read_list(self, stream_slice: Slice) -> Iterator[list[Row]]:
        if not self.context.reads_list("promoted_pins"):
            yield from super().read_list(stream_slice)
            return
        found: list[Row] = []
        for page in super().read_list(stream_slice):
            found += map(promotion, page)
            yield page
        self.context.note_promotions(self._key(stream_slice), found)


LINKS = ("destination_url", "click_tracking_url", "tracking_urls", "carousel_destination_urls")
"""The fields of an ad that have links."""


def promotion(ad: Row) -> Row:
    """The fields of an ad that `promoted_pins` needs."""
    return {
        "ad_id": ad["id"],
        "pin_id": ad.get("pin_id"),
        "ad_updated_time": version_time(ad),
        **({} if is_time(ad.get("updated_time")) else {"is_undated": True}),
        **{name: ad[name] for name in LINKS if ad.get(name)},
    }


PARENT_LISTS: dict[str, type[AdsList]] = {level.level: level for level in (Campaigns, AdGroups)}
"""The lists of parents, by level."""
