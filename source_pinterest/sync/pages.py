"""Reads the pages of a list, and detects lists that are cut short or do not end."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from source_pinterest.api import lenient_json
from source_pinterest.http.errors import RequestRefused, TooLarge, Unavailable
from source_pinterest.records.column_types import text

if TYPE_CHECKING:
    from source_pinterest.api.limits import Limits
    from source_pinterest.http.client import PinterestClient

logger = logging.getLogger("airbyte.source_pinterest")


class Pages:
    """The pages of one list, to its end: a bookmark of null.

    An empty page is not the end. A full page is the last one only if Pinterest answers so twice. An empty bookmark is
    the end only if Pinterest answers with it twice, and not on a full page. A page that repeats an earlier one is
    requested once more; if it stays, another page is missing. Raises Unavailable if pages may be missing, or the list
    does not end.

    A page that is too large is requested again with fewer items. If Pinterest refuses a bookmark, for example an
    old one, the list starts from the beginning, once, and the earlier pages come again.
    """

    def __init__(
        self,
        client: PinterestClient,
        path: str,
        category: str,
        params: Mapping[str, Any],
        is_rarely_empty: bool = False,
    ) -> None:
        """`is_rarely_empty`: whether a list without any item is requested twice before it counts as empty."""
        self._client = client
        self._path = path
        self._category = category
        self._params = params
        self._page_size = client.limits.page_size
        self._bookmark: str | None = None
        self._seen_bookmarks: set[str] = set()
        self._seen_pages: set[int] = set()
        """The hashes of the earlier pages."""
        self._has_restarted = False
        self._may_be_empty = not is_rarely_empty

    def __iter__(self) -> Iterator[list[dict[str, Any]]]:
        empty_pages = 0
        while True:
            body = self._next_body()
            yield items_of(body)
            empty_pages = 0 if body["items"] else empty_pages + 1
            self._bookmark = text(body.get("bookmark"))
            if not self._bookmark:
                if self._bookmark == "":
                    self._verify_end(body)
                if self._may_be_empty or self._seen_pages:
                    return
                self._bookmark, self._may_be_empty = None, True
                self._seen_bookmarks.clear()
                continue
            if (
                self._bookmark in self._seen_bookmarks
                or empty_pages > self._client.limits.empty_pages
            ):
                raise Unavailable(
                    f"Pinterest's list {self._path} does not end: its bookmarks lead back, or to empty "
                    "pages only. Run the sync again."
                )
            self._seen_bookmarks.add(self._bookmark)

    def _next_body(self) -> dict[str, Any]:
        """The next page, which differs from the earlier ones."""
        while True:
            try:
                body, page = self._requested_twice_if_doubtful()
            except (TooLarge, Unavailable) as error:  # noqa: PERF203  few turns
                self._lower_page_size(error)
            except RequestRefused:
                if self._bookmark is None or self._has_restarted:
                    raise
                self._restart()
            else:
                break
        if page in self._seen_pages:
            raise cut_list_error(self._path, "a page repeats one before")
        if page is not None:
            self._seen_pages.add(page)
        return body

    def _requested_twice_if_doubtful(self) -> tuple[dict[str, Any], int | None]:
        """The next page, and its hash. Requested again if it repeats an earlier one, has an empty bookmark, or is full
        and the last one."""
        body = self._request()
        page = _page_hash(body)
        bookmark = body.get("bookmark")
        is_full_end = bookmark is None and len(body["items"]) >= self._page_size
        if page in self._seen_pages or bookmark == "" or is_full_end:
            body = self._request()
            page = _page_hash(body)
        return body, page

    def _request(self) -> dict[str, Any]:
        params = {**self._params, "page_size": self._page_size, "bookmark": self._bookmark}
        body: dict[str, Any] = self._client.get(self._path, params, self._category, is_page)
        return body

    def _lower_page_size(self, error: TooLarge | Unavailable) -> None:
        """Raises the error if the size cannot be its cause, or a page cannot be smaller."""
        smallest = self._client.limits.smallest_page_size
        may_be_too_large = isinstance(error, TooLarge) or error.may_be_too_large
        if self._page_size <= smallest or not may_be_too_large:
            raise error
        self._page_size = max(smallest, self._page_size // 2)

    def _restart(self) -> None:
        logger.info(
            f"{self._path}: Pinterest refused the bookmark, so the list starts from the beginning."
        )
        self._bookmark, self._has_restarted = None, True
        self._seen_bookmarks.clear()
        self._seen_pages.clear()

    def _verify_end(self, body: Mapping[str, Any]) -> None:
        """Checks a page with an empty bookmark, which was requested twice."""
        if len(body["items"]) >= self._page_size:
            raise cut_list_error(self._path, "a full page has an empty bookmark")
        logger.warning(
            f"{self._path}: Pinterest ended the list with an empty bookmark, twice, although it "
            "documents null as the end. If something is missing, report it."
        )


class EndlessListGuard:
    """Detects a list that does not end, although each page has another bookmark."""

    def __init__(self, name: str, limits: Limits) -> None:
        self._name = name
        self._most = limits.empty_pages
        self._pages_without_news = 0

    def check(self, page: Collection[Any], has_news: bool) -> None:
        """Raises Unavailable if too many pages in a row have only items of earlier pages. `has_news`: whether this
        page has others."""
        self._pages_without_news = 0 if has_news or not page else self._pages_without_news + 1
        if self._pages_without_news > self._most:
            raise Unavailable(
                f"Pinterest's list {self._name} does not end: page after page has what was on those before. "
                "Run the sync again."
            )


def is_page(body: Any) -> bool:
    """Whether a body is the page of a list. Its bookmark may be a number, even 0, which is sent as text."""
    return (
        isinstance(body, dict)
        and isinstance(body.get("items"), list)
        and isinstance(body.get("bookmark"), (str, int, type(None)))
        and not isinstance(body.get("bookmark"), bool)
    )


def is_only_page(body: Any) -> bool:
    """Whether a body is the only page of a list."""
    return is_page(body) and body.get("bookmark") in (None, "")


def items_of(page: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The items of a page. One that is not an object becomes an empty object, which is left out because it has no
    id."""
    return [item if isinstance(item, dict) else {} for item in page["items"]]


def _page_hash(body: Mapping[str, Any]) -> int | None:
    """A hash of a page's items. None if it has none: empty pages may repeat."""
    return hash(lenient_json.dumps(body["items"])) if body["items"] else None


def cut_list_error(path: str, fact: str) -> Unavailable:
    """The error for a list that has ended, but may lack pages."""
    return Unavailable(
        f"Pinterest's list {path} may be cut: {fact}, requested twice. Run the sync again."
    )
