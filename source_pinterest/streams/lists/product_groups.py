"""Product group promotions: the parts of a catalog that an ad group shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from source_pinterest.http.errors import REFUSALS, PinterestError
from source_pinterest.records.rows import Row
from source_pinterest.streams.lists.campaigns import AdGroups, AdsList
from source_pinterest.sync.failures import Failures
from source_pinterest.sync.prefetch import prefetched
from source_pinterest.sync.slices import ascending

if TYPE_CHECKING:
    from source_pinterest.sync.slices import Slice


class ProductGroupPromotions(AdsList):
    """The product group promotions of each ad account.

    Pinterest lists the promotions of one ad group at a time. These lists are short, so several are
    prefetched.
    """

    endpoint = "GET /ad_accounts/{ad_account_id}/product_group_promotions"
    record = "ProductGroupPromotion"
    added_fields = ("ad_account_id",)
    primary_key = ["id"]
    level = "product_group"
    has_many_slices = True

    def partitions(self, stream_slice: Slice) -> Iterator[Row]:
        yield {"ad_group_id": stream_slice["ad_group_id"]}

    def shared_fields(self, stream_slice: Slice) -> Row:
        """The ad account, which Pinterest does not send."""
        return {"ad_account_id": stream_slice["ad_account_id"]}

    def describe(self, stream_slice: Slice) -> str:
        ad_group = stream_slice.get("ad_group_id")
        return super().describe(stream_slice) + (f", ad group {ad_group}" if ad_group else "")

    def slices_of(self, account: Slice, failures: Failures) -> Iterator[Slice]:
        """One slice per ad group."""
        try:
            yield from self._of_ad_groups(account["ad_account_id"])
        except PinterestError as error:  # one account must not stop the others
            failures.add(account["ad_account_id"], self.describe(account), error)

    def parent_lists(self, stream_slice: Slice) -> Iterator[tuple[str, ...]]:
        yield (AdGroups(self.context).name, stream_slice["ad_account_id"])

    def unreadable(self, ad_account_id: str) -> PinterestError | None:
        ad_groups = AdGroups(self.context)
        return super().unreadable(ad_account_id) or ad_groups.unreadable(ad_account_id)

    def _of_ad_groups(self, ad_account_id: str) -> list[Slice]:
        ad_groups = AdGroups(self.context).ids(ad_account_id)
        return [{"ad_account_id": ad_account_id, "ad_group_id": ad_group} for ad_group in ad_groups]

    def ids(self, ad_account_id: str) -> list[str]:
        """The ids of the promotions of all ad groups of an ad account, ascending. If Pinterest refuses some ad groups,
        only their promotions are missing."""
        found: list[str] = []
        refused: list[PinterestError] = []
        ad_groups = self._of_ad_groups(ad_account_id)
        submit = partial(self._submit, ad_account_id)
        for stream_slice, future in prefetched(
            lambda ad_group: submit(partial(self.index, ad_group)),
            self._when_read(ad_groups),
            self.limits.requests_ahead,
        ):
            where = f"ad group {stream_slice['ad_group_id']}"
            try:
                found += future.result()
            except REFUSALS as error:
                refused.append(error)
                self.context.note_unreadable((self.name, ad_account_id), f"of {where} ({error})")
            except PinterestError as error:
                raise type(error)(f"{where}: {error}", error.status, error.code) from None
        if refused and len(refused) == len(ad_groups):
            raise refused[0]
        return ascending(found)

    def _when_read(self, slices: Iterable[Slice]) -> Iterator[Slice]:
        """The slices, each once its list is known, or is clear not to be read as a stream."""
        for stream_slice in slices:
            self.wait_for(stream_slice)
            yield stream_slice

    def lists_of_ids(self) -> list[str]:
        return [self.name, AdGroups(self.context).name]

    def ids_future(self, ad_account_id: str) -> Future[list[str]]:
        return self.context.coordinators.run(partial(self.ids, ad_account_id))

    def created(self, ad_account_id: str) -> Mapping[str, date]:  # noqa: ARG002
        """Empty: Pinterest does not send it."""
        return {}

    def probe_ids(self, ad_account_id: str, ids: Sequence[str]) -> bool:
        """Probes with ad groups if there are several, since their list covers the whole ad account."""
        ad_groups = AdGroups(self.context)
        known = ad_groups.ids(ad_account_id)
        if len(known) > 1:
            return ad_groups.probe_ids(ad_account_id, known)
        return super().probe_ids(ad_account_id, ids)

    @property
    def ids_parameter(self) -> str:
        return "product_group_promotion_ids"
