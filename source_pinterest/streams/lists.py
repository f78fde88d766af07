"""Reading a paged list to its end, for the records it holds and for the ids that reports need."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from source_pinterest.http.errors import PinterestError
from source_pinterest.records import entity
from source_pinterest.streams.pinterest_stream import Failures, PinterestStream, Row

if TYPE_CHECKING:
    import logging

    from airbyte_cdk.models import (  # type: ignore[attr-defined]
        AirbyteMessage,
        ConfiguredAirbyteStream,
    )
    from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
    from airbyte_cdk.sources.utils.schema_helpers import InternalConfig
    from airbyte_cdk.sources.utils.slice_logger import SliceLogger

    from source_pinterest.slices import Slice

NO_STATE = {"__ab_no_cursor_state_message": True}
"""What the CDK says in the last STATE of a stream that has none."""


class ListStream(PinterestStream):
    """A list of Pinterest's: full refresh, each key once, though pages may shift while it is read."""

    primary_key: ClassVar[list[str]]

    @abstractmethod
    def slices(self, failures: Failures) -> Iterator[Slice]:
        """What is read one after the other: `{}`, or a slice for each ad account."""

    def page_params(self) -> Mapping[str, Any]:
        """Parameters of every page."""
        return {}

    def is_wanted(self, record: Row) -> bool:  # noqa: ARG002  a report may leave records out
        """Whether the record is emitted; its id counts for the reports all the same."""
        return True

    def remembered(self, record: Row) -> Any:
        """What reports need to know of the record."""
        return record["id"]

    def what(self, stream_slice: Slice) -> str:
        """The slice, as an error names it."""
        account = stream_slice.get("ad_account_id")
        return f"{self.name} of ad account {account}" if account else self.name

    def read(
        self,
        configured_stream: ConfiguredAirbyteStream,  # noqa: ARG002
        logger: logging.Logger,  # noqa: ARG002
        slice_logger: SliceLogger,  # noqa: ARG002
        stream_state: Mapping[str, Any],  # noqa: ARG002
        state_manager: ConnectorStateManager,
        internal_config: InternalConfig,  # noqa: ARG002
    ) -> Iterator[Row | AirbyteMessage]:
        failures = Failures()
        for stream_slice in self.slices(failures):
            try:
                yield from self.read_records(stream_slice=stream_slice)
            except PinterestError as error:  # noqa: PERF203  one account must not stop the others
                failures.add(stream_slice.get("ad_account_id", ""), self.what(stream_slice), error)
        failures.raise_if_any(self.name)
        yield self.state_message(state_manager, NO_STATE)

    def read_records(  # type: ignore[override]
        self, *_: Any, stream_slice: Slice, **__: Any
    ) -> Iterator[Row]:
        return (record for record in self._records(stream_slice) if self.is_wanted(record))

    def known(self, stream_slice: Slice) -> list[Any]:
        """What is remembered of each record of a list, which is read once a sync for it."""

        def find() -> list[Any]:
            return [self.remembered(record) for record in self._listed(stream_slice)]

        key = self._key(stream_slice)
        self.reading.wait_for_list(self.name, key)
        found: list[Any] = self.reading.once(key, find)
        return found

    def _key(self, stream_slice: Slice) -> tuple[str, ...]:
        return (self.name, *stream_slice.values())

    def _records(self, stream_slice: Slice) -> Iterator[Row]:
        remembered = []
        for record in self._listed(stream_slice):
            remembered.append(self.remembered(record))
            yield record
        self.reading.keep(self._key(stream_slice), remembered)

    def _listed(self, stream_slice: Slice) -> Iterator[Row]:
        seen = set()
        path = self.path(stream_slice=stream_slice)
        for page in self.reading.pages(path, self.category, self.page_params()):
            for record in self.rows({"items": page}, stream_slice):
                key = record[self.primary_key[0]]
                if key not in seen:
                    seen.add(key)
                    yield record

    def rows(self, body: Any, stream_slice: Slice) -> Iterator[Row]:  # noqa: ARG002
        return (entity(item, self.primary_key) for item in body["items"])
