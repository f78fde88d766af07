"""Sections and Pins of the user's boards: one list per board, or per section."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from source_pinterest.api import limits
from source_pinterest.http.errors import NotFound, PinterestError
from source_pinterest.records.rows import Row
from source_pinterest.streams.lists.base import ListStream
from source_pinterest.streams.lists.user import Boards
from source_pinterest.sync.failures import Failures
from source_pinterest.sync.prefetch import prefetched

if TYPE_CHECKING:
    from source_pinterest.sync.context import SyncContext
    from source_pinterest.sync.pool import Ticket
    from source_pinterest.sync.slices import Slice

logger = logging.getLogger("airbyte.source_pinterest")


class BoardList(ListStream):
    """One list per record of a parent list. Every record has the ids of its parents."""

    has_many_slices = True

    parent: ClassVar[type[ListStream]]
    """The stream of the parent list."""

    parent_id_field: ClassVar[str]
    """The field of a slice, and of every record, with the id of the parent."""

    def slices(self, failures: Failures) -> Iterator[Slice]:
        """One slice per record of the parent list."""
        parent = self.parent(self.context)

        def ids_of(parent_slice: Slice) -> Ticket[list[Any]]:
            find = partial(parent.index, parent_slice)
            return self.context.pool.submit(find, parent.category)

        def when_read() -> Iterator[Slice]:
            for parent_slice in parent.slices(failures):
                parent.wait_for(parent_slice)
                yield parent_slice

        for parent_slice, ids in prefetched(ids_of, when_read(), self.limits.requests_ahead):
            try:
                known = ids.result()
            except PinterestError as error:  # noqa: PERF203  one board must not stop the others
                self.on_failure(parent_slice, error, failures)
            else:
                yield from ({**parent_slice, self.parent_id_field: parent} for parent in known)

    def parent_lists(self, stream_slice: Slice) -> Iterator[tuple[str, ...]]:
        parent = self.parent(self.context)
        yield (parent.name,)
        yield from parent.parent_lists(stream_slice)

    def shared_fields(self, stream_slice: Slice) -> Row:
        return stream_slice

    def describe(self, stream_slice: Slice) -> str:
        ids = {"board": "board_id", "section": "board_section_id"}
        named = [
            f"{noun} {stream_slice[name]}" for noun, name in ids.items() if name in stream_slice
        ]
        return " of ".join([self.name, *reversed(named)])

    def __init__(self, context: SyncContext | None = None) -> None:
        super().__init__(context)
        self._is_any_found = False
        self._not_found: list[tuple[Slice, PinterestError]] = []
        """The lists in a row that Pinterest has not found."""

    def on_failure(self, stream_slice: Slice, error: PinterestError, failures: Failures) -> None:
        """Keeps a list that is not found until it is clear whether it was deleted."""
        if isinstance(error, NotFound) and stream_slice:
            self._not_found.append((stream_slice, error))
        else:
            super().on_failure(stream_slice, error, failures)

    def on_success(self, stream_slice: Slice, failures: Failures) -> None:  # noqa: ARG002
        self._is_any_found = True
        self.on_end(failures)

    def on_end(self, failures: Failures) -> None:
        """Treats lists that are not found as deleted after they were listed, unless there are several in a row."""
        is_believed = self._is_any_found and len(self._not_found) <= limits.NOT_FOUND_IN_A_ROW
        for stream_slice, error in self._not_found:
            if is_believed:
                logger.info(
                    f"{self.describe(stream_slice)}: left out, since it was deleted after it was listed "
                    f"({error})"
                )
            else:
                super().on_failure(stream_slice, error, failures)
        self._not_found = []


class BoardSections(BoardList):
    """The sections of each board."""

    endpoint = "GET /boards/{board_id}/sections"
    record = "BoardSection"
    added_fields = ("board_id",)
    primary_key = ["id"]
    parent = Boards
    parent_id_field = "board_id"


class BoardPins(BoardList):
    """The Pins on each board, whoever owns them."""

    endpoint = "GET /boards/{board_id}/pins"
    record = "Pin"
    primary_key = ["board_id", "id"]
    unique_by = ["id"]
    parent = Boards
    parent_id_field = "board_id"


class BoardSectionPins(BoardList):
    """The Pins in each section."""

    endpoint = "GET /boards/{board_id}/sections/{section_id}/pins"
    record = "Pin"
    primary_key = ["board_section_id", "id"]
    unique_by = ["id"]
    parent = BoardSections
    parent_id_field = "board_section_id"

    def path_values(self, stream_slice: Slice) -> Mapping[str, Any]:
        return {**stream_slice, "section_id": stream_slice["board_section_id"]}
