"""What all streams share: how a request is described, and how a stream that lacks something ends."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Container, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
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

from source_pinterest.api.endpoints import category_of, path_of, scopes_of
from source_pinterest.http.errors import LoginRefused, PinterestError
from source_pinterest.records.column_types import AnswerWarnings
from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.records.rows import Batch, Row
from source_pinterest.text import cut, printable

if TYPE_CHECKING:
    import requests
    from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager

    from source_pinterest.sync.context import Reading
    from source_pinterest.sync.slices import Slice

logger = logging.getLogger("airbyte.source_pinterest")


class PinterestStream(HttpStream, ABC):
    """A stream describes its requests in the terms of HttpStream, and sends them through
    `reading.client`: budget, login, time-outs and retries are there.

    Without a `reading` a stream can be described, not read.
    """

    endpoint: ClassVar[str]
    """The key of what it reads in Pinterest's description (see `api.endpoints`), from which the path, the
    rate limit and the scopes follow."""

    alternative: ClassVar[str | None] = None
    """The endpoint that is read instead where the app may not use the first one."""

    requires: ClassVar[tuple[str, ...]] = ()
    """Further endpoints without which the stream cannot be read."""

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
    def category(self) -> str:
        """The rate limit that its requests count against."""
        return category_of(self.endpoint)

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes without which it cannot be read."""
        return frozenset[str]().union(*map(scopes_of, (self.endpoint, *self.requires)))

    def path_values(self, stream_slice: Slice) -> Mapping[str, Any]:
        """What stands for the variables of the endpoint's path, by name."""
        return stream_slice

    def path(self, *, stream_slice: Mapping[str, Any] | None = None, **_: Any) -> str:
        return path_of(self.endpoint, self.path_values(dict(stream_slice or {})))

    @property
    def answer_warnings(self) -> AnswerWarnings:
        """What did not fit in Pinterest's answers: one for all that read this stream in a sync."""
        found: AnswerWarnings = self.reading.once(
            ("answer_warnings", self.name), partial(AnswerWarnings, self.name)
        )
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


SHOWN_OF_A_KIND = 3
"""Failures of one kind that an error names; it counts the others."""

KINDS_SHOWN = 20
"""Kinds of failures that an error tells of. Pinterest has fewer, but a proxy may make up codes."""

ASKED_AGAIN = "Each sync asks again for what was left out."

LOGGED = 100
"""Failures of one stream that have a line of their own in the log."""


@dataclass
class _Kind:
    """Failures with the same type of error, status and code."""

    sentences: list[str] = field(default_factory=list)
    """The first ones."""
    count: int = 0
    elements: dict[str, dict[str, None]] = field(default_factory=dict)
    """By what they are elements of: those that are left out, in the order of their coming."""
    said: str = ""

    def lines(self) -> list[str]:
        shown = list(self.sentences)
        for whole, elements in islice(self.elements.items(), SHOWN_OF_A_KIND):
            first = ", ".join(
                cut(printable(each), 100) for each in islice(elements, SHOWN_OF_A_KIND)
            )
            more = len(elements) - SHOWN_OF_A_KIND
            were = (
                f"{len(elements):,} {whole} were" if len(elements) > 1 else f"1 of the {whole} was"
            )
            rest = f" and {more:,} more" if more > 0 else ""
            shown.append(f"{cut(printable(were))} left out ({self.said}): {first}{rest}")
        hidden = self.count - len(self.sentences)
        hidden += sum(map(len, islice(self.elements.values(), SHOWN_OF_A_KIND, None)))
        return [*shown, f"and {hidden:,} more like these"] if hidden else shown


class Failures:
    """What one stream could not read, while it went on with the rest. Safe to use from many threads.

    However many failures there are, the error that they become is short: it names the first of each
    kind and counts the others. The log has a line for each of the first hundred.
    """

    def __init__(self) -> None:
        self._kinds: dict[Hashable, _Kind] = {}
        self._types: set[FailureType] = set()
        self._count = 0
        self._lock = threading.Lock()
        self.of: set[str] = set()
        """The ad accounts (or the user) that lack something: their state must not move."""

    def add(self, account: str, what: str, error: PinterestError) -> None:
        """Raises LoginRefused again: nothing else can be read after that."""
        self._keep(what, error)
        self.of.add(account)

    def note(self, what: str, error: PinterestError, element: str | None = None) -> None:
        """Something is missing, so the stream is incomplete, and the state moves all the same.

        With an `element`, an id that is left out, `what` is the plural of what it is one of: "ads of
        ad account 549755885175". The elements of one kind share a sentence.
        """
        self._keep(what, error, element)

    def _keep(self, what: str, error: PinterestError, element: str | None = None) -> None:
        if isinstance(error, LoginRefused):
            raise error
        what_of_it = "" if element is None else f", {cut(element)}"
        sentence = cut(printable(f"{cut(what)}{what_of_it}: {cut(str(error))}"))
        with self._lock:
            kind = self._kinds.setdefault(error.reason, _Kind(said=cut(error.said)))
            self._types.add(error.failure_type)
            if element is None:
                kind.count += 1
                if len(kind.sentences) < SHOWN_OF_A_KIND:
                    kind.sentences.append(sentence)
            else:
                elements = kind.elements.setdefault(what, {})
                if element in elements:  # of another day, or another breakdown
                    return
                elements[element] = None
            self._count += 1
            if self._count <= LOGGED:
                logger.error(f"Missing: {sentence}")

    def raise_if_any(self, stream: str) -> None:
        if not self._kinds:
            return
        if self._count > LOGGED:
            logger.error(f"{stream}: {self._count - LOGGED:,} more failures are not in the log.")
        lines = [
            line for kind in islice(self._kinds.values(), KINDS_SHOWN) for line in kind.lines()
        ]
        if (others := len(self._kinds) - KINDS_SHOWN) > 0:
            lines.append(f"and failures of {others:,} more kinds")
        if any(kind.elements for kind in self._kinds.values()):
            lines.append(ASKED_AGAIN)
        missing = "\n".join(lines)
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
