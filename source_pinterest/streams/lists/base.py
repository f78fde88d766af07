"""The base of list streams: reads a paged list to its end, for its records and for the ids that reports need."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from functools import cached_property, partial
from itertools import chain, islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from source_pinterest.api import limits
from source_pinterest.api.limits import LIMITS
from source_pinterest.http.errors import (
    REFUSALS,
    AccessDenied,
    PinterestError,
    Unavailable,
)
from source_pinterest.records.column_types import ColumnTypes
from source_pinterest.records.ids import normalize_id
from source_pinterest.records.lists import item_fault, normalize_record, unique_records
from source_pinterest.records.rows import Batch, Row
from source_pinterest.streams.base import PinterestStream
from source_pinterest.sync.checkpoints import Checkpoint
from source_pinterest.sync.failures import Failures
from source_pinterest.sync.interleave import Start, interleave
from source_pinterest.sync.pages import EndlessListGuard
from source_pinterest.sync.pool import Pool, Ticket
from source_pinterest.sync.prefetch import prefetched

if TYPE_CHECKING:
    from airbyte_cdk.models import (  # type: ignore[attr-defined]
        AirbyteMessage,
        ConfiguredAirbyteStream,
    )
    from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager

    from source_pinterest.sync.slices import Slice

Which = TypeVar("Which")
Result = TypeVar("Result")
Pages = Iterator[list[Row]]
Read = tuple["Slice", "list[Row] | PinterestError | None"]
"""A slice with a page of its list; at the end of the list, with the error that ended it, or None."""

NO_STATE = {"__ab_no_cursor_state_message": True}
"""The last STATE of a stream without a state, as the CDK writes it."""


class ListStream(PinterestStream):
    """A list of entities: full refresh, each key once, even if pages shift during the sync."""

    record: ClassVar[str] = ""
    """The name of its entity among the `records` of Pinterest's description, which has the fields. Empty if the
    description has none."""

    added_fields: ClassVar[tuple[str, ...]] = ()
    """The fields that the connector adds to Pinterest's, in `shared_fields` or `rows`."""

    primary_key: ClassVar[list[str]]

    unique_by: ClassVar[list[str]] = []
    """The fields that identify a record within a slice. Empty: the first field of the key."""

    has_numeric_ids: ClassVar[bool] = False
    """Whether the ids have to be integers, because reports compare them as such."""

    is_rarely_empty: ClassVar[bool] = False
    """Whether an empty list is so unusual that it is requested twice."""

    has_many_slices: ClassVar[bool] = False
    """Whether there are many slices with a short list each (for each ad account, if the path has one), so that several
    are prefetched."""

    has_many_partitions: ClassVar[bool] = False
    """Whether a slice has many partitions with a short list each, so that several are prefetched."""

    @property
    def is_per_ad_account(self) -> bool:
        """Whether each ad account has a list of its own."""
        return "/{ad_account_id}/" in self.endpoint

    def slices(self, failures: Failures) -> Iterator[Slice]:
        """All slices: one, `{}`, or those of each ad account."""
        if not self.is_per_ad_account:
            yield {}
            return
        for account in self._accounts(failures):
            yield from self.slices_of(account, failures)

    def slices_of(self, account: Slice, failures: Failures) -> Iterator[Slice]:  # noqa: ARG002
        """The slices of an ad account, in the order of reading. Most lists have one."""
        yield account

    def _accounts(self, failures: Failures) -> Iterator[Slice]:
        for account in self.context.ad_accounts():
            stream_slice = {"ad_account_id": account.id}
            if account.refusal:
                failures.add(account.id, self.describe(stream_slice), AccessDenied(account.refusal))
            else:
                yield stream_slice

    def partitions(self, stream_slice: Slice) -> Iterator[Row]:  # noqa: ARG002  mostly there is one
        """The parameters of each list that is part of a slice. Most slices have one list."""
        yield {}

    def page_params(self) -> Mapping[str, Any]:
        """The parameters of every page."""
        return {}

    def pages(self, stream_slice: Slice, partition: Row) -> Iterator[list[Row]]:
        """The pages of one partition, with items as Pinterest sends them."""
        path = self.path(stream_slice=stream_slice)
        params = {**self.owner_params, **self.page_params(), **partition}
        yield from self.context.pages(path, self.category, params, self.is_rarely_empty)

    def is_emitted(self, record: Row) -> bool:  # noqa: ARG002  a report may leave records out
        """Whether to emit a record. Reports use its id in any case."""
        return True

    def emitted_records(self, page: list[Row]) -> list[Row]:
        """The records of a page to emit. Called once for each page, in the order of the slices."""
        return [record for record in page if self.is_emitted(record)]

    def index_entry(self, record: Row) -> Any:
        """The entry of a record in `index`."""
        return self._identity(record)

    def describe(self, stream_slice: Slice) -> str:
        """The description of a slice in an error."""
        account = stream_slice.get("ad_account_id")
        if account:
            return f"{self.name} of ad account {account}"
        return " ".join([self.name, *stream_slice.values()])

    def on_failure(self, stream_slice: Slice, error: PinterestError, failures: Failures) -> None:
        """Called for a slice that has failed: notes it as missing. A family may tolerate some failures."""
        failures.add(stream_slice.get("ad_account_id", ""), self.describe(stream_slice), error)

    def on_success(self, stream_slice: Slice, failures: Failures) -> None:
        """Called after a slice was read whole."""

    def on_end(self, failures: Failures) -> None:
        """Called after all slices were read, or have failed."""

    def messages(
        self,
        configured: ConfiguredAirbyteStream,  # noqa: ARG002  lists are read whole
        states: ConnectorStateManager,
    ) -> Iterator[Batch | Checkpoint | AirbyteMessage]:
        yield self.checkpoint_at(states, dict, is_new=False)
        failures = Failures()
        unreadable_of: dict[tuple[str, ...], tuple[Slice, PinterestError]] = {}
        for stream_slice, page in self._read(failures):
            if isinstance(page, list):
                yield Batch({}, self.emitted_records(page))
                continue
            if page:
                self.on_failure(stream_slice, page, failures)
            else:
                self.on_success(stream_slice, failures)
            if unreadable := self.context.unreadable(self._unreadable_key(stream_slice)):
                unreadable_of[self._unreadable_key(stream_slice)] = (stream_slice, unreadable)
        self.on_end(failures)
        for stream_slice, unreadable in unreadable_of.values():
            failures.note(self.describe(stream_slice), unreadable)
        self._note_unreadable_parents(failures)
        failures.raise_if_any(self.name)
        yield self.checkpoint_at(states, lambda: NO_STATE)

    def parent_lists(self, stream_slice: Slice) -> Iterator[tuple[str, ...]]:  # noqa: ARG002  most have none
        """The keys, for `SyncContext.unreadable`, of the lists whose items each have a list of this kind. If such an
        item cannot be read, its list is missing, too."""
        return iter(())

    def _note_unreadable_parents(self, failures: Failures) -> None:
        slices: list[Slice] = [{}]
        if self.is_per_ad_account:
            readable = (account for account in self.context.ad_accounts() if not account.refusal)
            slices = [{"ad_account_id": account.id} for account in readable]
        for stream_slice in slices:
            for key in self.parent_lists(stream_slice):
                if unreadable := self.context.unreadable(key):
                    failures.note(self.describe(stream_slice), unreadable)

    def _read(self, failures: Failures) -> Iterator[Read]:
        """The pages of all slices: ad accounts at the same time, the slices of each in order."""
        if not self.is_per_ad_account:
            yield from self._read_in_order(self.slices(failures))
            return
        accounts = list(self._accounts(failures))
        lists = [self._read_in_order(self.slices_of(account, failures)) for account in accounts]
        starts: list[Start]
        if self.has_many_slices or self.has_many_partitions:
            coordinators = Pool(limits.LISTS_OF_LISTS_AT_ONCE, 0, 0)
            starts = [coordinators.run] * len(lists)
        else:
            starts = [partial(self._run, account["ad_account_id"]) for account in accounts]
        yield from filter(None, interleave(lists, starts))

    def _run(self, account: str, work: Callable[[], Result]) -> Future[Result]:
        """Runs the reading of a list, whose pages are emitted one by one."""
        return self.context.pool.run(work, self.category, account, limits.CELLS_PER_PAGE)

    def _submit(self, account: str, work: Callable[[], Result]) -> Ticket[Result]:
        """Runs a task with prefetched pages as its result, which takes up room until it is released."""
        weight = limits.PREFETCHED_PAGES * limits.CELLS_PER_PAGE
        return self.context.pool.submit(work, self.category, account, weight)

    def _read_in_order(self, slices: Iterable[Slice]) -> Iterator[Read]:
        submit = partial(self._submit, "") if self.has_many_slices else None
        for stream_slice, pages in pages_of(self._pages, slices, submit):
            try:
                for page in pages():
                    yield stream_slice, page
            except PinterestError as error:  # noqa: PERF203  the other lists are still read
                yield stream_slice, error
            else:
                yield stream_slice, None

    def slices_to_read(self, failures: Failures) -> Iterator[Slice]:
        return self.slices(failures)

    def records_of(self, stream_slice: Slice, failures: Failures) -> Iterator[Batch]:
        for page in self._pages(stream_slice):
            yield Batch({}, self.emitted_records(page))
        if unreadable := self.context.unreadable(self._unreadable_key(stream_slice)):
            failures.note(self.describe(stream_slice), unreadable)

    def index_future(self, stream_slice: Slice) -> Future[list[Any]]:
        """The future of `index`."""
        run = partial(self._run, stream_slice.get("ad_account_id", ""))
        return self.context.index_future(
            self._key(stream_slice), lambda: run(lambda: self.index(stream_slice))
        )

    def index(self, stream_slice: Slice) -> list[Any]:
        """The `index_entry` of each record of a slice. The list is read once per sync."""

        def find() -> list[Any]:
            listed = self.read_list(stream_slice)
            return [self.index_entry(record) for page in listed for record in page]

        return self.context.index(self._key(stream_slice), find)

    def wait_for(self, stream_slice: Slice) -> None:
        """Waits for a list that is read as a stream, so that `index` does not have to."""
        self.context.wait_for_list(self._key(stream_slice))

    def _key(self, stream_slice: Slice) -> tuple[str, ...]:
        return (self.name, *stream_slice.values())

    def _pages(self, stream_slice: Slice) -> Iterator[list[Row]]:
        index_entries: list[Any] = []
        for page in self.read_list(stream_slice):
            index_entries += map(self.index_entry, page)
            yield page
        self.context.note_index(self._key(stream_slice), index_entries)

    def read_list(self, stream_slice: Slice) -> Iterator[list[Row]]:
        """The records of a slice, page by page, each key once. A list of an ad account that has failed after all
        retries is not requested again in this sync."""
        if not self.is_per_ad_account or self.has_many_slices:
            yield from self._read_partitions(stream_slice)
            return
        account, endpoint = stream_slice["ad_account_id"], f"GET {self.name}"
        self.context.observed.raise_if_down(account, endpoint)
        try:
            yield from self._read_partitions(stream_slice)
        except Unavailable as error:
            self.context.observed.note_outage(account, endpoint, error)
            raise

    def _read_partitions(self, stream_slice: Slice) -> Iterator[list[Row]]:
        seen: set[Any] = set()
        end = EndlessListGuard(self.describe(stream_slice), self.limits)
        answered = 0
        refused: list[tuple[Row, PinterestError]] = []
        identity = self._identity
        partitions = self.partitions(stream_slice)
        read = partial(self.pages, stream_slice)
        account = stream_slice.get("ad_account_id", "")
        submit = partial(self._submit, account) if self.has_many_partitions else None
        for partition, pages in pages_of(read, partitions, submit):
            try:
                for page in pages():
                    found = self.rows({"items": page}, {**stream_slice, **partition})
                    records = unique_records(found, identity, self.answer_warnings)
                    new = [record for key, record in records.items() if key not in seen]
                    yield new
                    seen.update(records)
                    end.check(page, bool(new))
                answered += 1
            except REFUSALS as error:  # noqa: PERF203  the other lists are still read
                if not self.has_many_partitions:
                    raise
                refused.append((partition, error))
        if refused and not answered:
            raise refused[0][1]
        for partition, refusal in refused:
            which = (
                " ".join(f"{name} {shown(value)}" for name, value in partition.items())
                or "the whole"
            )
            self.context.note_unreadable(
                self._unreadable_key(stream_slice), f"of {which} ({refusal})"
            )

    @cached_property
    def column_types(self) -> ColumnTypes:
        return ColumnTypes.of(
            self.get_json_schema()["properties"], answer_warnings=self.answer_warnings
        )

    @property
    def _identity(self) -> Callable[[Row], Any]:
        return itemgetter(*(self.unique_by or self.primary_key[:1]))

    def rows(self, body: Any, stream_slice: Slice) -> list[Row]:
        """The records of a page. An item that cannot be a record is left out and counted."""
        faults = [self.fault_of(item, stream_slice) for item in body["items"]]
        for fault in filter(None, faults):
            self.context.note_unreadable(self._unreadable_key(stream_slice), fault)
        records = [
            normalize_record(item, self.primary_key, self.column_types)
            for item, fault in zip(body["items"], faults, strict=True)
            if not fault
        ]
        if common := self.shared_fields(stream_slice):
            for record in records:
                record.update(common)
        return records

    may_list_others: ClassVar[bool] = False
    """Whether the list of an ad account can contain items of other ad accounts."""

    def fault_of(self, item: Row, stream_slice: Slice) -> str:
        """Why an item cannot be a record, such as `without id`; "" if it can."""
        if self.is_per_ad_account and not self.may_list_others:
            account = item.get("ad_account_id")
            if account is not None and str(normalize_id(account)) != stream_slice["ad_account_id"]:
                return "of another ad account"
        key = (self.unique_by or self.primary_key)[0]
        return item_fault(item, key, is_number=self.has_numeric_ids)

    def _unreadable_key(self, stream_slice: Slice) -> tuple[str, ...]:
        return (
            self.name,
            *([stream_slice["ad_account_id"]] if stream_slice.get("ad_account_id") else []),
        )


def shown(value: Any) -> str:
    """The value of a parameter as an error shows it.

    >>> shown("7"), shown(["7", "8", "9"])
    ('7', '7 to 9 (3)')
    """
    return f"{value[0]} to {value[-1]} ({len(value)})" if isinstance(value, list) else str(value)


def pages_of(
    read: Callable[[Which], Pages],
    lists: Iterable[Which],
    submit: Callable[[Callable[[], Pages]], Ticket[Pages]] | None,
) -> Iterator[tuple[Which, Callable[[], Pages]]]:
    """Each list in order, with a function that returns its pages. `submit`, if given, prefetches the first pages of
    several lists. Further pages are read when they are needed, since a list may be long."""
    if not submit:
        for which in lists:
            yield which, partial(read, which)
        return

    def begin(which: Which) -> Ticket[Pages]:
        return submit(partial(first_pages, which))

    def first_pages(which: Which) -> Pages:
        pages = read(which)
        return chain(list(islice(pages, limits.PREFETCHED_PAGES)), pages)

    for which, ticket in prefetched(begin, lists, LIMITS.requests_ahead):
        yield which, ticket.result
