"""The base of all streams: how a stream describes its requests, and how its rows are emitted."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

import orjson
from airbyte_cdk.models import (  # type: ignore[attr-defined]
    AirbyteMessage,
    AirbyteStream,
    ConfiguredAirbyteStream,
)
from airbyte_cdk.sources.streams.http import HttpStream
from airbyte_cdk.sources.utils.casing import camel_to_snake

from source_pinterest.api.endpoints import category_of, operation_of, path_of, scopes_of
from source_pinterest.api.schemas import Schema, packaged_schema
from source_pinterest.records.column_types import AnswerWarnings
from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.records.rows import Batch, Row
from source_pinterest.sync.checkpoints import Checkpoint
from source_pinterest.sync.failures import Failures, unusable
from source_pinterest.sync.state import versioned

if TYPE_CHECKING:
    import requests
    from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager

    from source_pinterest.api.limits import Limits
    from source_pinterest.http.retry import RetryPolicy
    from source_pinterest.sync.context import SyncContext
    from source_pinterest.sync.slices import Slice

logger = logging.getLogger("airbyte.source_pinterest")

_in_snake_case = cache(camel_to_snake)


class PinterestStream(HttpStream, ABC):
    """Describes its requests as an HttpStream does, but sends them through `context.client`, which has the rate
    limits, login, time-outs and retries.

    Without a `context`, a stream can be described but not read.
    """

    endpoint: ClassVar[str]
    """The key of the endpoint in Pinterest's description (see `api.endpoints`). It determines path, rate limit and
    scopes."""

    alternative: ClassVar[str | None] = None
    """The endpoint to read instead if the app may not use the first one."""

    requires: ClassVar[tuple[str, ...]] = ()
    """Further endpoints that reading this stream needs."""

    is_resumable = False
    """Whether an interrupted read continues. Not of a list: with an old bookmark, pages are lost or refused."""

    def __init__(self, context: SyncContext | None = None) -> None:
        self._context = context

    def __getattr__(self, name: str) -> Any:
        """Makes the CDK's client on first use. HttpStream's constructor would make one for each stream, with a session,
        and the connector does not use it."""
        if name != "_http_client":
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        super().__init__()
        return self.__dict__[name]

    @property
    def name(self) -> str:
        """The name of the class in snake case. Cached, unlike the CDK's."""
        return _in_snake_case(type(self).__name__)

    def get_json_schema(self) -> Schema:  # type: ignore[override]
        """The packaged schema. The CDK's method reads the same file, but takes thirty times as long to resolve
        references."""
        return packaged_schema(self.name)

    def offered(self, options: Container[str]) -> AirbyteStream:  # noqa: ARG002  a family may have none
        """The stream as `discover` describes it. `options`: the names of the configured options that add fields."""
        return self.as_airbyte_stream()

    @property
    def context(self) -> SyncContext:
        assert self._context, "a stream that was made to be described cannot be read"  # noqa: S101
        return self._context

    @property
    def category(self) -> str:
        """The rate limit that the stream's requests count against."""
        return category_of(self.endpoint)

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes that reading this stream needs."""
        return frozenset[str]().union(*map(scopes_of, (self.endpoint, *self.requires)))

    @property
    def owner_params(self) -> Mapping[str, str]:
        """The parameter for the owner of `organic_ad_account_id`. Empty if the endpoint has no such parameter, or none
        is configured."""
        accepts = operation_of(self.endpoint).get("parameters", {}).get("ad_account_id", {})
        return self.context.owner_params if accepts.get("in") == "query" else {}

    def lists_of_ids(self) -> list[str]:
        """The names of the lists whose ids this stream needs."""
        return []

    def path_values(self, stream_slice: Slice) -> Mapping[str, Any]:
        """The values of the variables in the endpoint's path, by name."""
        return stream_slice

    def path(self, *, stream_slice: Mapping[str, Any] | None = None, **_: Any) -> str:
        return path_of(self.endpoint, self.path_values(dict(stream_slice or {})))

    @property
    def answer_warnings(self) -> AnswerWarnings:
        """Collects the warnings about values that do not fit the schema, for this stream and sync."""
        return self.context.answer_warnings(self.name)

    @property
    def limits(self) -> Limits:
        return self.context.client.limits

    @property
    def policy(self) -> RetryPolicy:
        return self.context.client.policy

    @property
    def url_base(self) -> str:
        return self.context.client.base_url

    @abstractmethod
    def rows(self, body: Any, stream_slice: Slice) -> list[Row]:
        """The records in the body of one answer, without the `shared_fields`."""

    def shared_fields(self, stream_slice: Slice) -> Row:  # noqa: ARG002  a family may have nothing
        """The fields that are the same in every record of a slice."""
        return {}

    def batch(self, body: Any, stream_slice: Slice) -> Batch:
        """The records in the body of one answer. Raises PinterestError if it cannot be records."""
        try:
            return Batch(self.shared_fields(stream_slice), self.rows(body, stream_slice))
        except UnusableAnswer as error:
            raise unusable(error) from None

    def decoded(self, content: bytes) -> Any:
        """The body in the form that `rows` expects."""
        return orjson.loads(content)

    @abstractmethod
    def messages(
        self, configured: ConfiguredAirbyteStream, states: ConnectorStateManager
    ) -> Iterator[Batch | Checkpoint | AirbyteMessage]:
        """The records of a sync in order, and each checkpoint after the records that it covers."""

    @abstractmethod
    def slices_to_read(self, failures: Failures) -> Iterator[Slice]:
        """All slices of a sync, in the order of their records. Notes in `failures` what has no slice."""

    @abstractmethod
    def records_of(self, stream_slice: Slice, failures: Failures) -> Iterator[Batch]:
        """The records of one slice, without states."""

    # --- For callers that drive the stream through the CDK; a sync reads its `messages` ---

    def stream_slices(self, **_: Any) -> Iterator[Slice]:
        failures = Failures()
        yield from self.slices_to_read(failures)
        failures.raise_if_any(self.name)

    def read_records(
        self, *_: Any, stream_slice: Mapping[str, Any] | None = None, **__: Any
    ) -> Iterator[Row]:
        """The records of a slice, or of all slices. Raises AirbyteTracedException if some are missing."""
        failures = Failures()
        slices = self.slices_to_read(failures) if stream_slice is None else [dict(stream_slice)]
        for stream_slice in slices:
            for batch in self.records_of(stream_slice, failures):
                yield from batch.records()
        failures.raise_if_any(self.name)

    def checkpoint_at(
        self,
        states: ConnectorStateManager,
        state: Callable[[], Mapping[str, Any]],
        is_new: bool = True,
    ) -> Checkpoint:
        """A checkpoint whose STATE message is made when it is sent. `state` returns the state."""

        def message() -> AirbyteMessage:
            saved = versioned(state()) if self.cursor_field else state()
            return self._checkpoint_state(saved, states)

        return Checkpoint(self.name, message, is_new)

    def next_page_token(self, response: requests.Response) -> Mapping[str, Any] | None:
        bookmark = orjson.loads(response.content).get("bookmark")
        return {"bookmark": bookmark} if bookmark else None

    def parse_response(
        self,
        response: requests.Response,
        *,
        stream_slice: Mapping[str, Any] | None = None,
        **_: Any,
    ) -> Iterable[Row]:
        return self.batch(self.decoded(response.content), dict(stream_slice or {})).records()
