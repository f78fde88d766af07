"""Slices, sends and parses ads reports without a breakdown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar

from source_pinterest.http.client import query
from source_pinterest.http.errors import Unavailable
from source_pinterest.records.ads_analytics import ads_analytics
from source_pinterest.records.errors import BrokenAnswer, UnusableAnswer
from source_pinterest.records.row_parser import RowParser, Seen
from source_pinterest.records.rows import Batch, Row
from source_pinterest.sync.failures import unusable
from source_pinterest.sync.slices import Slice, Window, batches, ids_within_cells

if TYPE_CHECKING:
    from source_pinterest.streams.analytics.ads import AdsReport
    from source_pinterest.streams.analytics.base import AccountPass
    from source_pinterest.streams.analytics.sending import Answer
    from source_pinterest.sync.observed import ArrayForm


class AdsRequests:
    """The requests of one report in one sync. `TargetingRequests` does the same for reports with
    breakdowns."""

    def __init__(self, stream: AdsReport) -> None:
        self.stream = stream

    breakdown_fields: ClassVar[tuple[str, ...]] = ()
    """The fields of a row beside its metrics."""

    @cached_property
    def row_parser(self) -> RowParser:
        """The parser for all answers of a sync. It learns types from the answers."""
        stream, plan = self.stream, self.stream.plan
        added = [name for enrichment in plan.enrichments for name in enrichment.fields]
        return RowParser(
            plan.types,
            stream.id_column,
            stream.is_daily,
            plan.columns,
            [*self.breakdown_fields, *added],
            is_nested=bool(self.breakdown_fields),
        )

    # --- Requests ---

    @property
    def breakdown_form(self) -> ArrayForm | None:
        """The form in which several breakdowns are sent. None: there are no breakdowns."""
        return None

    def fingerprint_parts(self) -> Mapping[str, Any]:
        """The settings that the numbers depend on, besides the attribution."""
        return {}

    def params(self, stream_slice: Slice) -> Mapping[str, Any]:  # noqa: ARG002
        """The parameters besides ids, days, columns and attribution."""
        return {}

    def slices(self, account_pass: AccountPass) -> Iterator[Slice]:
        """The slices of a pass; the last one has `last`."""
        if account_pass.is_missing:
            yield from self.id_slices(account_pass.base, account_pass.ids["missing"])
            return
        last: Slice = {}
        for stream_slice in self.id_slices(account_pass.base, account_pass.ids["after"]):
            if last:
                yield last
            last = stream_slice
        end = {"last": True, **({"whole": True} if account_pass.is_whole else {})}
        yield {**(last or {**account_pass.base, "ids": []}), **end}

    def id_slices(self, base: Slice, ids: list[str]) -> Iterator[Slice]:
        """The slices with batches of the ids. Each is made when it is needed, since large ones may turn out to fail."""
        start = 0
        while start < len(ids):
            left = ids[start : start + self.stream.limits.ids_per_report]
            batch = next(self.id_batches(base, left, self.rows_per_id(base)))
            start += len(batch)
            yield {**base, "ids": batch, "after": {"after": batch[-1]}}

    def id_batches(self, base: Slice, ids: list[str], rows_per_id: int) -> Iterator[list[str]]:
        """Batches of ids, each as large as one answer and one URL allow."""
        stream = self.stream
        columns = len(stream.request_columns())
        limits = stream.limits
        most = ids_within_cells(
            rows_per_id,
            columns,
            min(limits.ids_per_report, stream.reader.sending.max_ids),
            limits.cells_per_answer,
        )
        left = limits.url_bytes - self._url_bytes({**base, "ids": []})
        is_repeated = stream.ids_parameter in stream.context.client.repeated_keys
        return batches(ids, most, left, stream.ids_parameter or "", is_repeated)

    def _url_bytes(self, stream_slice: Slice) -> int:
        """The length of a slice's URL in bytes."""
        stream = self.stream
        path = stream.path(stream_slice=stream_slice)
        params = stream.request_params(stream_slice=stream_slice)
        return len(f"{stream.url_base}{path}?{query(params, stream.context.client.repeated_keys)}")

    def rows_per_id(self, stream_slice: Slice) -> int:
        """The most rows that an id is expected to have."""
        return Window.of(stream_slice).days if self.stream.is_daily else 1

    # --- Answers ---

    def answers(self, stream_slice: Slice) -> Iterator[Answer] | list[Answer]:
        """The bodies that answer a slice, each with the part of the slice that it answers. Called by several
        threads."""
        return self.stream.reader.sending.answers(stream_slice)

    def send(self, stream_slice: Slice) -> bytes:
        """The body of one request. Called by several threads."""
        stream = self.stream
        return stream.context.client.get_array(
            stream.path(stream_slice=stream_slice),
            stream.request_params(stream_slice=stream_slice),
            stream.category,
        )

    def batches(self, body: bytes, stream_slice: Slice) -> Iterator[Batch]:
        """The records of an answer. Requests a broken one again, since bodies are parsed only when they are emitted."""
        common = self.stream.shared_fields(stream_slice)
        parsed = self.parser(stream_slice)
        for tries_left in reversed(range(self.stream.policy.tries)):
            try:
                for rows in parsed(body):
                    yield Batch(common, rows, more_follows=True)
            except UnusableAnswer as error:  # noqa: PERF203  the first whole answer ends it
                raise unusable(error) from None
            except BrokenAnswer:
                if not tries_left:
                    raise Unavailable(
                        f"Pinterest's answers are broken JSON, in {self.stream.policy.tries} tries. "
                        "Run the sync again: it continues where it stopped."
                    ) from None
                body = self.send({**stream_slice, "most_bytes": self.stream.limits.answer_bytes})
            else:
                return

    def parser(self, stream_slice: Slice) -> Callable[[bytes], Iterator[list[Any]]]:
        """A function that yields the records of a body, some at a time. Called again after a broken answer, it
        continues without emitting rows twice."""
        return partial(self._rows, stream_slice=stream_slice, seen={}, row_parser=self.row_parser)

    def rows(self, body: bytes | list[Any], stream_slice: Slice) -> list[Row]:
        """All records of a body."""
        return [row for rows in self._rows(body, stream_slice, {}) for row in rows]

    def _rows(
        self,
        body: bytes | list[Any],
        stream_slice: Slice,
        seen: Seen,
        row_parser: RowParser | None = None,
    ) -> Iterator[list[Any]]:
        return ads_analytics(
            body,
            self.stream.id_column,
            set(stream_slice["ids"]),
            seen,
            self.stream.plan.types,
            self.stream.is_daily,
            row_parser,
            Window.of(stream_slice).dates,
            self.stream.answer_warnings,
            self.stream.shared_fields(stream_slice),
        )

    # --- As asynchronous reports (see `history`) ---

    def async_variants(self) -> list[Slice]:
        """The reports of a window, as the parts of their slices beside the days."""
        return [{}]

    def as_synchronous(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The rows of an asynchronous report in the form of a synchronous answer."""
        return rows
