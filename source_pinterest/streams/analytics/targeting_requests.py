"""Slices, sends and parses ads reports with breakdowns."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from source_pinterest.api import limits
from source_pinterest.api.targeting_types import ALWAYS_PRESENT, synchronous
from source_pinterest.http.errors import TooLarge
from source_pinterest.records.row_parser import RowParser
from source_pinterest.records.rows import Row
from source_pinterest.records.targeting_analytics import targeting_rows
from source_pinterest.streams.analytics.ads_requests import AdsRequests
from source_pinterest.sync.observed import ArrayForm
from source_pinterest.sync.slices import Slice, Window, chunks, halves, ids_within_cells

if TYPE_CHECKING:
    from source_pinterest.streams.analytics.ads import AdsReport
    from source_pinterest.streams.analytics.base import AccountPass
    from source_pinterest.streams.analytics.sending import Answer


ROW_OF = rb'"targeting_type"\s*:\s*"%s"'
TARGETING_TYPE = re.compile(ROW_OF % rb"\w+", re.ASCII)


class NeedsSmallerRequests(Exception):
    """The slice has to be divided: its answer is too large to hold while it waits, or Pinterest does not understand
    several breakdowns."""


class TargetingRequests(AdsRequests):
    """The requests of one report in one sync. The size of slices depends on previous answers."""

    breakdown_fields = ("targeting_type", "targeting_raw_value", "targeting_value")

    def __init__(self, stream: AdsReport) -> None:
        super().__init__(stream)
        self._values = self.stream.limits.values_per_targeting_type
        """The rows of one breakdown of one entity on one day, averaged over the answers. The latest has the most
        weight, but a single large answer does not make all requests small."""

        self._idle: set[tuple[str, ...]] = set()
        """Days and ids that have no row of a breakdown that every impression has, and so no impressions."""

    # --- Requests ---

    def targeting_types(self) -> list[str]:
        """The breakdowns of the level, or those of them that the user chose."""
        chosen = self.stream.context.config.targeting_types
        allowed = synchronous(self.stream.report.level_name)
        return sorted(
            (kind for kind in allowed if kind in chosen or not chosen),
            key=lambda kind: (
                ALWAYS_PRESENT.index(kind) if kind in ALWAYS_PRESENT else len(ALWAYS_PRESENT)
            ),
        )

    def fingerprint_parts(self) -> Mapping[str, Any]:
        return {"targeting_types": sorted(self.targeting_types())}

    def params(self, stream_slice: Slice) -> Mapping[str, Any]:
        return {"targeting_types": stream_slice["targeting_types"]}

    def slices(self, account_pass: AccountPass) -> Iterator[Slice]:
        """The slices of a pass, each made when it is needed."""
        ids = account_pass.ids["missing" if account_pass.is_missing else "after"]
        last: Slice = {}
        for stream_slice in self.id_slices(account_pass.base, ids):
            if last:
                yield last
            last = stream_slice
        end = {"last": True, **({"whole": True} if account_pass.is_whole else {})}
        if account_pass.is_missing:
            end = {}
        if last or end:
            yield {**(last or {**account_pass.base, "ids": []}), **end}

    def id_slices(self, base: Slice, ids: list[str]) -> Iterator[Slice]:
        """The slices with batches of the ids: one per batch and chunk of types. A batch is done after its last chunk."""
        start = 0
        while start < len(ids):
            of_a_request = [
                _usual_at_ends(types)
                for types in chunks(self.targeting_types(), self._types_of_a_request(base))
            ]
            if not of_a_request:
                return
            longest = {**base, "targeting_types": of_a_request[0]}
            left = ids[start : start + self.stream.limits.ids_per_report]
            batch = next(self.id_batches(longest, left, self.rows_per_id(longest)))
            start += len(batch)
            for types in of_a_request:
                stream_slice = {**base, "ids": batch, "targeting_types": types}
                stream_slice["most_bytes"] = max(
                    self._size(stream_slice), self.stream.limits.waiting_bytes
                )
                if types is of_a_request[-1]:
                    stream_slice["after"] = {"after": batch[-1]}
                yield stream_slice

    def _types_of_a_request(self, base: Slice) -> int:
        """The number of types in a request: as many as Pinterest accepts, or fewer if a single id would
        have too many rows."""
        most = (
            self.stream.limits.targeting_types_per_report
            if self.stream.ids_parameter
            else self.stream.limits.targeting_types_per_account_report
        )
        rows_of_a_type = self.rows_per_id({**base, "targeting_types": ["one"]})
        columns = len(self.stream.request_columns())
        return ids_within_cells(rows_of_a_type, columns, most, self.stream.limits.cells_per_answer)

    def rows_per_id(self, stream_slice: Slice) -> int:
        types = stream_slice.get("targeting_types", self.targeting_types())
        return len(types) * self._values * super().rows_per_id(stream_slice)

    # --- Answers ---

    def answers(self, stream_slice: Slice) -> Iterator[Answer] | list[Answer]:
        """The answers to a slice. If they are too large to hold, each is requested when the reader needs it."""
        is_large = self._size(stream_slice) > self._most_bytes(stream_slice)
        if is_large and self._parts(stream_slice):
            return self._one_by_one(stream_slice)
        try:
            return super().answers(stream_slice)
        except NeedsSmallerRequests:
            return self._one_by_one(stream_slice)

    def _size(self, stream_slice: Slice) -> int:
        """The expected size of the answer in bytes."""
        return self.stream.cells(stream_slice) * self.stream.limits.bytes_per_cell

    def _most_bytes(self, stream_slice: Slice) -> int:
        """The most bytes of an answer that is held while it waits: its expected size at planning, or the general limit
        if that is larger."""
        most: int = stream_slice.get("most_bytes", self.stream.limits.waiting_bytes)
        return most

    def _one_by_one(self, stream_slice: Slice) -> Iterator[Answer]:
        for part in self._parts(stream_slice):
            yield from self.answers(part)

    def _parts(self, stream_slice: Slice) -> list[Slice]:
        types = stream_slice["targeting_types"]
        if self.breakdown_form.is_single and len(types) > 1:
            return [{**stream_slice, "targeting_types": [one]} for one in types]
        return parts_of(stream_slice)

    @property
    def breakdown_form(self) -> ArrayForm:
        return self.stream.context.observed.breakdowns

    def send(self, stream_slice: Slice) -> bytes:
        """The body of one request, once an answer has shown that Pinterest understands several breakdowns.

        Raises NeedsSmallerRequests if the answer is too large and the request can be smaller, or if Pinterest does not
        understand them.
        """
        form, types = self.breakdown_form, stream_slice["targeting_types"]
        is_many = len(types) > 1
        while True:
            if is_many and form.is_single:
                raise NeedsSmallerRequests
            sent_as = form.form
            send = partial(self._sent, stream_slice)
            body: bytes = form.request(
                sent_as, is_many, send, partial(self._count_ends, stream_slice)
            )
            is_understood = form.is_confirmed and form.form is sent_as
            if not is_many or is_understood or self._is_idle(stream_slice, body):
                return body
            probe = partial(self._probe_lacking_types, stream_slice, body)
            if form.is_understood(sent_as, probe, self.stream.policy.longest_probe_wait):
                return body

    def _probe_lacking_types(self, stream_slice: Slice, body: bytes) -> bool | None:
        """Whether the breakdowns that an answer lacks have no rows, as requests for one at a time show. None if the ids
        have no rows at all, which proves nothing.

        Looks at the first and the last breakdown: if Pinterest reads only some of several, it lacks one of these.
        """
        types = stream_slice["targeting_types"]
        if _has_rows(body):
            missing = {types[0], types[-1]} - _ends_with_rows(body, types)
            return not any(self._have_rows(stream_slice, kind) for kind in missing)
        usual = ALWAYS_PRESENT[0]
        if self._is_idle(stream_slice, body):
            return None
        if not self._have_rows(stream_slice, usual):
            self._idle.add(_ids_and_days(stream_slice))
            return None
        if usual in types or any(self._have_rows(stream_slice, kind) for kind in types):
            return False
        return None

    def _is_idle(self, stream_slice: Slice, body: bytes) -> bool:
        """Whether an answer has no rows because the ids have no impressions, as this or another answer shows."""
        if _has_rows(body):
            return False
        types = stream_slice["targeting_types"]
        if {types[0], types[-1]} <= set(ALWAYS_PRESENT):
            self._idle.add(_ids_and_days(stream_slice))
        return _ids_and_days(stream_slice) in self._idle

    def _count_ends(self, stream_slice: Slice, body: bytes) -> int:
        """The number of breakdowns among the first and the last that an answer has rows of: 0 to 2."""
        types = stream_slice["targeting_types"]
        return 0 if self._is_idle(stream_slice, body) else len(_ends_with_rows(body, types))

    def _have_rows(self, stream_slice: Slice, targeting_type: str) -> bool:
        """Whether the ids have rows of a breakdown. Sends a request for only this one."""
        body = self._sent({**stream_slice, "targeting_types": [targeting_type]})
        return bool(_ends_with_rows(body, [targeting_type]))

    def _sent(self, stream_slice: Slice) -> bytes:
        stream = self.stream
        can_split = bool(self._parts(stream_slice))
        most = self._most_bytes(stream_slice) if can_split else None
        try:
            body = stream.context.client.get_data(
                stream.path(stream_slice=stream_slice),
                stream.request_params(stream_slice=stream_slice),
                stream.category,
                most,
            )
        except TooLarge as error:
            if error.status or not most:
                raise
            self._learn(stream_slice, most)
            raise NeedsSmallerRequests from None
        self._learn(stream_slice, len(body))
        return body

    def _learn(self, stream_slice: Slice, size: int) -> None:
        """Adjusts the expected number of rows by the size of an answer in bytes."""
        of_a_row = self.stream.limits.bytes_per_cell * len(self.stream.request_columns())
        rows = size / of_a_row / len(stream_slice["ids"]) / len(stream_slice["targeting_types"])
        values = math.ceil(rows / super().rows_per_id(stream_slice))
        self._values = max(
            self.stream.limits.values_per_targeting_type, (self._values + values) // 2
        )

    def parser(self, stream_slice: Slice) -> Callable[[bytes], Iterator[list[Any]]]:
        """A function that yields the records of a body. It yields no row of a broken answer."""
        return partial(self._targeting_rows, stream_slice=stream_slice, row_parser=self.row_parser)

    def rows(self, body: bytes | list[Any], stream_slice: Slice) -> list[Row]:
        return [row for rows in self._targeting_rows(body, stream_slice) for row in rows]

    def _targeting_rows(
        self, body: bytes | list[Any], stream_slice: Slice, row_parser: RowParser | None = None
    ) -> Iterator[list[Any]]:
        stream = self.stream
        return targeting_rows(
            body,
            stream.id_column,
            set(stream_slice["ids"]),
            stream.plan.types,
            stream.is_daily,
            Window.of(stream_slice).dates,
            stream.answer_warnings,
            row_parser,
            stream.shared_fields(stream_slice),
            requested_elsewhere=set(self.targeting_types()) - set(stream_slice["targeting_types"]),
        )

    # --- As asynchronous reports ---

    def async_variants(self) -> list[Slice]:
        most = limits.TARGETING_TYPES_PER_ASYNCHRONOUS_REPORT
        return [{"targeting_types": types} for types in chunks(self.targeting_types(), most)]

    def as_synchronous(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            {
                "targeting_type": row.pop("TARGETING_TYPE", None),
                "targeting_value": row.pop("TARGETING_VALUE", None),
                "metrics": row,
            }
            for row in rows
        ]


def _usual_at_ends(types: list[str]) -> list[str]:
    """The breakdowns with those that every impression has first and last. So, if Pinterest reads only one of several,
    the answer still has rows.

    >>> _usual_at_ends(["GENDER", "AGE_BUCKET", "KEYWORD"])
    ['GENDER', 'KEYWORD', 'AGE_BUCKET']
    """
    first, *others = types
    return [first, *others[1:], *others[:1]]


def _ids_and_days(stream_slice: Slice) -> tuple[str, ...]:
    return (stream_slice["start_date"], stream_slice["end_date"], *stream_slice["ids"])


def _has_rows(body: bytes) -> bool:
    return bool(TARGETING_TYPE.search(body))


def _ends_with_rows(body: bytes, types: Sequence[str]) -> set[str]:
    """Those of the first and the last breakdown that an answer has rows of."""
    ends = {types[0], types[-1]}
    return {kind for kind in ends if re.search(ROW_OF % kind.encode(), body)}


def parts_of(stream_slice: Slice) -> list[Slice]:
    """Two slices that together cover the same: each has half of the ids, or half of the breakdowns if there is one
    id."""
    types = stream_slice["targeting_types"]
    if len(stream_slice["ids"]) > 1 or len(types) == 1:
        return halves(stream_slice, may_split_days=False)
    return [
        {**stream_slice, "targeting_types": half} for half in chunks(types, (len(types) + 1) // 2)
    ]
