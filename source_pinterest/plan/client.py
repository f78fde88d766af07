"""The client of a rehearsal, which counts requests and sends only those of lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import orjson

from source_pinterest.api.endpoints import is_expected_refusal
from source_pinterest.http.client import Params, PinterestClient
from source_pinterest.http.errors import PinterestError
from source_pinterest.plan.answers import answer, is_answered_locally
from source_pinterest.plan.tally import Tally


class Lists(Protocol):
    """Answers the requests of lists in place of Pinterest."""

    def answer(self, path: str, params: Params, is_expected: Callable[[Any], bool]) -> Any:
        """The body of an answer that satisfies `is_expected`."""


class RehearsalClient(PinterestClient):
    """Counts each request once, as if Pinterest answered the first try.

    Sends requests of lists, or has `lists` answer them. Answers those of reports itself, without rows.
    """

    def __init__(
        self, *of_a_client: Any, tally: Tally, lists: Lists | None, **options: Any
    ) -> None:
        super().__init__(*of_a_client, **options)
        self._tally = tally
        self._lists = lists

    def get(
        self,
        path: str,
        params: Params,
        category: str,
        is_expected: Callable[[Any], bool],
        if_null: Any = None,
        decode: Callable[[bytes], Any] | None = None,
        *,
        may_state_error: bool = False,
    ) -> Any:
        self._tally.count(category, path, params)
        if not is_answered_locally(category, path):
            if self._lists:
                return self._lists.answer(path, params, is_expected)
            try:
                return super().get(
                    path,
                    params,
                    category,
                    is_expected,
                    if_null,
                    decode,
                    may_state_error=may_state_error,
                )
            except PinterestError as error:
                if is_expected_refusal(path, error.status):
                    self._tally.count(category, path, params)  # it was sent twice
                raise
        as_decoded = decode or orjson.loads

        def fits(body: Any) -> bool:
            return is_expected(as_decoded(orjson.dumps(body)))

        return as_decoded(orjson.dumps(answer("GET", path, params, fits)))

    def post(
        self,
        path: str,
        content: Mapping[str, Any],
        category: str,
        is_expected: Callable[[Any], bool],
    ) -> Any:
        self._tally.count(category, path, {})
        return answer("POST", path, content, is_expected)

    def get_array(self, path: str, params: Params, category: str) -> bytes:
        self._tally.count(category, path, params)
        return b"[]"

    def get_data(
        self,
        path: str,
        params: Params,
        category: str,
        max_bytes: int | None = None,  # noqa: ARG002  nothing is smaller
    ) -> bytes:
        self._tally.count(category, path, params)
        return b'{"data":[]}'

    def download(self, url: str) -> Iterator[bytes]:  # noqa: ARG002  see `answers.REPORT_URL`
        yield b"{}"

    def wait(self, seconds: float) -> None:
        """Returns at once: nobody prepares a report."""
