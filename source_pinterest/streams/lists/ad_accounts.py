"""Ad accounts, and their audiences, keywords, customer lists and conversion tags."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from source_pinterest.api import limits
from source_pinterest.api.endpoints import choices_of
from source_pinterest.http.errors import REFUSALS, AccessDenied, PinterestError, TooLarge
from source_pinterest.records.rows import Row
from source_pinterest.streams.lists.base import ListStream
from source_pinterest.streams.lists.campaigns import AdGroups, Campaigns
from source_pinterest.sync.ad_accounts import unseen
from source_pinterest.sync.failures import Failures
from source_pinterest.sync.pages import is_only_page, items_of
from source_pinterest.sync.slices import ascending, batches, chunks

if TYPE_CHECKING:
    from source_pinterest.sync.context import SyncContext
    from source_pinterest.sync.slices import Slice

logger = logging.getLogger("airbyte.source_pinterest")

AD_GROUPS_TRIED_ALONE = 3
"""The most ad groups to request alone, after Pinterest has refused several, until it answers one. Our choice."""


class AdAccounts(ListStream):
    """The ad accounts that the login sees, or those of `ad_account_ids`. Takes no additional request."""

    endpoint = "GET /ad_accounts"
    record = "AdAccount"
    primary_key = ["id"]

    def slices(self, failures: Failures) -> Iterator[Slice]:
        """One slice. Notes the configured ad accounts that the login does not see."""
        listed = self.context.listed_ad_accounts()
        for named in ascending(self.context.config.ad_account_ids):
            if named not in listed:
                refusal = AccessDenied(unseen(named, listed))
                failures.add(named, self.describe({"ad_account_id": named}), refusal)
        yield {}

    def pages(self, stream_slice: Slice, partition: Row) -> Iterator[list[Row]]:  # noqa: ARG002
        listed = self.context.listed_ad_accounts()
        account_ids = ascending(self.context.config.ad_account_ids or list(listed))
        yield [listed[account] for account in account_ids if account in listed]


class AccountList(ListStream):
    """A list of each ad account. If a record does not name its ad account, it gets the one that lists it.

    With `may_list_others`, an item can be in the lists of several ad accounts. Then `ad_account_id` is the ad account
    that lists it, and `owner_ad_account_id` the one that its own record names.
    """

    primary_key = ["id"]

    params: ClassVar[Mapping[str, Any]] = {}

    def page_params(self) -> Mapping[str, Any]:
        return self.params

    def shared_fields(self, stream_slice: Slice) -> Row:
        return {"ad_account_id": stream_slice["ad_account_id"]} if self.may_list_others else {}

    def rows(self, body: Any, stream_slice: Slice) -> list[Row]:
        account, items = {"ad_account_id": stream_slice["ad_account_id"]}, body["items"]
        if self.may_list_others:
            items = [{**item, "owner_ad_account_id": item.get("ad_account_id")} for item in items]
        items = [item if item.get("ad_account_id") else {**item, **account} for item in items]
        return super().rows({"items": items}, stream_slice)


class Audiences(AccountList):
    """The audiences of each ad account, its own and those shared with it."""

    endpoint = "GET /ad_accounts/{ad_account_id}/audiences"
    record = "Audience"
    added_fields = (
        "ownership_type",
        "owner_ad_account_id",
    )
    primary_key = ["ad_account_id", "id"]
    unique_by = ["id"]
    may_list_others = True
    params = {"order": "ASCENDING"}

    def partitions(self, stream_slice: Slice) -> Iterator[Row]:  # noqa: ARG002
        for ownership_type in choices_of(self.endpoint, "ownership_type"):
            yield {"ownership_type": ownership_type}

    def shared_fields(self, stream_slice: Slice) -> Row:
        ownership_type = stream_slice.get("ownership_type")
        return {**super().shared_fields(stream_slice), "ownership_type": ownership_type}


class CustomerLists(AccountList):
    """The uploaded lists of customers."""

    endpoint = "GET /ad_accounts/{ad_account_id}/customer_lists"
    record = "CustomerList"
    params = {"order": "ASCENDING"}


class ConversionTags(AccountList):
    """The conversion tags of websites."""

    endpoint = "GET /ad_accounts/{ad_account_id}/conversion_tags"
    record = "ConversionTag"
    added_fields = ("owner_ad_account_id",)
    primary_key = ["ad_account_id", "id"]
    unique_by = ["id"]
    may_list_others = True
    params = {"filter_deleted": False}

    def pages(self, stream_slice: Slice, partition: Row) -> Iterator[list[Row]]:
        """One page with all items."""
        path = self.path(stream_slice=stream_slice)
        params = {**self.page_params(), **partition}
        yield items_of(self.context.client.get(path, params, self.category, is_only_page))


class Keywords(AccountList):
    """The keywords of each ad account, of its campaigns and of its ad groups.

    Pinterest lists the keywords of an ad account, of one campaign, or of up to 250 ad groups. Some apps may request
    only one ad group at a time; the first batch of ad groups shows whether this one may request several.
    """

    endpoint = "GET /ad_accounts/{ad_account_id}/keywords"
    record = "Keyword"
    added_fields = ("ad_account_id",)
    has_many_partitions = True

    def __init__(self, context: SyncContext | None = None) -> None:
        super().__init__(context)
        self._accepts_several: bool | None = None
        """Whether Pinterest accepts several ad groups in a request. None if it is not known yet."""
        self._read_alone = 0
        """The number of ad groups that were requested alone to find out."""
        self._answered = threading.Event()
        self._probe_lock = threading.Lock()
        """Held by the ad account whose ad groups are used to find out."""
        self._probe_done = threading.Event()
        """Set once it is known, or the first ad account has ended without finding out."""

    def parent_lists(self, stream_slice: Slice) -> Iterator[tuple[str, ...]]:
        for parents in (Campaigns, AdGroups):
            yield (parents(self.context).name, stream_slice["ad_account_id"])

    def partitions(self, stream_slice: Slice) -> Iterator[Row]:
        try:
            yield from self._partitions(stream_slice["ad_account_id"])
        finally:
            if stream_slice["ad_account_id"] == self._first_account():
                self._probe_done.set()

    def _first_account(self) -> str:
        """The ad account that finds out whether several ad groups are accepted, while the others wait a while."""
        readable = (account.id for account in self.context.ad_accounts() if not account.refusal)
        return next(readable, "")

    def _partitions(self, ad_account_id: str) -> Iterator[Row]:
        yield {}
        for campaign_id in Campaigns(self.context).ids(ad_account_id):
            yield {"campaign_id": campaign_id}
        ad_group_ids = AdGroups(self.context).ids(ad_account_id)
        most = self.limits.ad_groups_per_list_of_keywords
        reserved = (
            len(f"{self.url_base}{self.path(stream_slice={'ad_account_id': ad_account_id})}")
            + limits.BOOKMARK_BYTES
        )
        for batch in batches(ad_group_ids, most, self.limits.url_bytes - reserved, "ad_group_ids"):
            rest = batch
            if self._accepts_several is None:
                if ad_account_id != self._first_account():
                    self._probe_done.wait(self.policy.longest_probe_wait)
                with self._probe_lock:
                    if self._accepts_several is None:
                        rest = yield from self._probe_partition(ad_account_id, batch)
            if self._accepts_several and rest:
                yield {"ad_group_ids": rest}
            elif self._accepts_several is False:
                yield from ({"ad_group_id": ad_group} for ad_group in rest)

    def _probe_partition(
        self, ad_account_id: str, batch: list[str]
    ) -> Generator[Row, None, list[str]]:
        """Yields a partition that shows whether Pinterest accepts several ad groups. Returns the ad groups that are
        still to be read."""
        if len(batch) > 1:
            # a list of keywords may refuse several, although a list of ad groups understands them
            is_understood = AdGroups(self.context).are_ids_understood(ad_account_id, batch)
            self._accepts_several = None if is_understood else False
            if self._accepts_several is False:
                self._probe_done.set()
                return batch
        self._answered.clear()
        yield {"ad_group_ids": batch}
        self._answered.wait()
        if self._accepts_several is not None:
            self._probe_done.set()
        return batch[self._read_alone :] if self._accepts_several is False else []

    def pages(self, stream_slice: Slice, partition: Row) -> Iterator[list[Row]]:
        if "ad_group_ids" not in partition:
            yield from super().pages(stream_slice, partition)
            return
        try:
            yield from self._pages_together(stream_slice, partition["ad_group_ids"])
        finally:
            self._answered.set()

    def _pages_together(self, stream_slice: Slice, ad_group_ids: list[str]) -> Iterator[list[Row]]:
        """The keywords of these ad groups. If Pinterest turns out to accept only one at a time, only those of the
        first."""
        try:
            for page in super().pages(stream_slice, {"ad_group_ids": ad_group_ids}):
                self._accepts_several = True
                self._answered.set()
                yield page
        except (*REFUSALS, TooLarge) as error:
            refusal = error
        else:
            return
        if self._accepts_several:  # so one of these is the cause
            yield from self._without_refused(stream_slice, ad_group_ids, refusal, Counter())
            return
        refused: list[tuple[str, PinterestError]] = []
        for ad_group_id in ad_group_ids[:AD_GROUPS_TRIED_ALONE]:
            try:
                for page in super().pages(stream_slice, {"ad_group_id": ad_group_id}):
                    if self._accepts_several is None:
                        logger.info(
                            "keywords reads ad groups one by one, because Pinterest refuses several at once: "
                            f"{refusal}"
                        )
                    self._accepts_several = False
                    self._read_alone = len(refused) + 1
                    self._answered.set()
                    yield page
            except REFUSALS as error:  # noqa: PERF203  another may be answered
                refused.append((ad_group_id, error))
            else:
                for ad_account, its_refusal in refused:
                    self._leave_out(stream_slice, ad_account, its_refusal)
                return
        raise refusal

    def _without_refused(
        self,
        stream_slice: Slice,
        ad_group_ids: list[str],
        refusal: PinterestError,
        in_a_row: Counter[str],
    ) -> Iterator[list[Row]]:
        """The keywords of the ad groups except refused ones, which it finds by halving."""
        in_a_row["refused"] += 1
        if in_a_row["refused"] >= limits.REFUSALS_IN_A_ROW:
            raise refusal
        if len(ad_group_ids) == 1:
            self._leave_out(stream_slice, ad_group_ids[0], refusal)
            return
        for half in chunks(ad_group_ids, (len(ad_group_ids) + 1) // 2):
            one = {"ad_group_id": half[0]} if len(half) == 1 else {"ad_group_ids": half}
            try:
                for page in super().pages(stream_slice, one):
                    in_a_row.clear()
                    yield page
            except (*REFUSALS, TooLarge) as error:
                yield from self._without_refused(stream_slice, half, error, in_a_row)

    def _leave_out(self, stream_slice: Slice, ad_group_id: str, refusal: PinterestError) -> None:
        fault = f"of ad_group_id {ad_group_id} ({refusal})"
        self.context.note_unreadable(self._unreadable_key(stream_slice), fault)
