"""What all streams share: how a request is described, and how a stream that lacks something ends."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Container, Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import orjson
from airbyte_cdk.models import (  # type: ignore[attr-defined]
    AirbyteMessage,
    AirbyteStream,
    ConfiguredAirbyteStream,
    FailureType,
)
from airbyte_cdk.sources.streams.http import HttpStream
from airbyte_cdk.utils import AirbyteTracedException

from source_pinterest.fit import Misfits
from source_pinterest.http.errors import LoginRefused, PinterestError
from source_pinterest.records import Batch, Row, UnusableAnswer

if TYPE_CHECKING:
    import requests
    from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager

    from source_pinterest.reading import Reading
    from source_pinterest.slices import Slice

logger = logging.getLogger("airbyte.source_pinterest")


class PinterestStream(HttpStream, ABC):
    """A stream describes its requests in the terms of HttpStream, and sends them through
    `reading.client`: budget, login, time-outs and retries are there.

    Without a `reading` a stream can be described, not read.
    """

    category: ClassVar[str]
    """The rate limit that its requests count against."""

    is_resumable = False
    """A bookmark that is hours old loses or refuses pages, so a list starts anew."""

    def __init__(self, reading: Reading | None = None) -> None:
        self._reading = reading
        super().__init__()

    def offered(self, options: Container[str]) -> AirbyteStream:  # noqa: ARG002  a family may have none
        """The stream as `discover` offers it to a configuration with these options."""
        return self.as_airbyte_stream()

    @property
    def reading(self) -> Reading:
        assert self._reading, "a stream that was made to be described cannot be read"  # noqa: S101
        return self._reading

    @property
    def misfits(self) -> Misfits:
        """What did not fit in Pinterest's answers: one for all that read this stream in a sync."""
        found: Misfits = self.reading.once(("misfits", self.name), partial(Misfits, self.name))
        return found

    @property
    def url_base(self) -> str:
        return self.reading.client.base_url

    @abstractmethod
    def rows(self, body: Any, stream_slice: Slice) -> list[Row]:
        """The records in the body of one answer, less what `common` says of all of them."""

    def common(self, stream_slice: Slice) -> Row:  # noqa: ARG002  a family may have nothing
        """What stands in every record of a slice."""
        return {}

    def batch(self, body: Any, stream_slice: Slice) -> Batch:
        """The records in the body of one answer."""
        try:
            return Batch(self.common(stream_slice), self.rows(body, stream_slice))
        except UnusableAnswer as error:
            raise unusable(error) from None

    def decoded(self, content: bytes) -> Any:
        """The body as `rows` takes it."""
        return orjson.loads(content)

    @abstractmethod
    def messages(
        self, configured: ConfiguredAirbyteStream, states: ConnectorStateManager
    ) -> Iterator[Batch | AirbyteMessage]:
        """The records of a sync in order, and each STATE behind the records that it covers."""

    def state_message(
        self, states: ConnectorStateManager, state: Mapping[str, Any]
    ) -> AirbyteMessage:
        return self._checkpoint_state(state, states)

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


class Failures:
    """What one stream could not read, while it went on with the rest."""

    def __init__(self) -> None:
        self._sentences: list[str] = []
        self._types: set[FailureType] = set()
        self.of: set[str] = set()
        """The ad accounts (or the user) that lack something: their state must not move."""

    def add(self, account: str, what: str, error: PinterestError) -> None:
        """Raises LoginRefused again: nothing else can be read after that."""
        if isinstance(error, LoginRefused):
            raise error
        sentence = f"{what}: {error}"
        logger.error(f"Missing: {sentence}")
        self._sentences.append(sentence)
        self._types.add(error.failure_type)
        self.of.add(account)

    def note(self, what: str, error: PinterestError, element: str | None = None) -> None:
        """Something is missing, and the state moves all the same."""
        if isinstance(error, LoginRefused):
            raise error
        sentence = f"{what}{f', {element}' if element else ''}: {error}"
        logger.error(f"Missing: {sentence}")
        self._sentences.append(sentence)
        self._types.add(error.failure_type)

    def raise_if_any(self, stream: str) -> None:
        if not self._sentences:
            return
        missing = "\n".join(self._sentences)
        raise AirbyteTracedException(
            message=f"{stream} is incomplete. Missing: {missing}",
            internal_message=missing,
            failure_type=worst(self._types),
        )


def unusable(error: UnusableAnswer) -> PinterestError:
    return PinterestError(f"{error}. Please report this.")


def worst(types: Iterable[FailureType]) -> FailureType:
    """The failure type of several failures together: whose turn it is.

    A bug of ours before everything; what waiting cures before what the user has to change, since
    a sync that is repeated will say again what is left.
    """
    found = set(types)
    order = (FailureType.system_error, FailureType.transient_error, FailureType.config_error)
    return next((each for each in order if each in found), FailureType.system_error)
