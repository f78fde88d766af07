"""Catalogs for shopping ads, their feeds and their product groups."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from source_pinterest.http.errors import AccessDenied, PinterestError, RequestRefused
from source_pinterest.records.rows import Row
from source_pinterest.streams.lists.base import ListStream
from source_pinterest.sync.failures import Failures

if TYPE_CHECKING:
    from source_pinterest.sync.slices import Slice

logger = logging.getLogger("airbyte.source_pinterest")

NO_CATALOG = 4182
"""Pinterest's code in a 409 for a user without a catalog. OpenAPI 5.23.0."""

MASK = "****"


class CatalogList(ListStream):
    """The lists of the user and of the owners of shared ad accounts.

    Pinterest requires the role Catalogs Manager, not one for ads. If the user lacks it in a shared ad account, the log
    says so; if the account is in `ad_account_ids`, it is an error.
    """

    added_fields = ("ad_account_id",)
    primary_key = ["id"]
    has_many_slices = True

    def slices(self, failures: Failures) -> Iterator[Slice]:
        """The user's own list, then one per ad account of another owner."""
        yield {}
        try:
            user_id = self.context.user()["id"]
            accounts = self.context.ad_accounts()
        except PinterestError as error:
            self._left_out(f"{self.name} of the ad accounts of others", "", error, failures)
            return
        for account in accounts:
            stream_slice = {"ad_account_id": account.id}
            if account.refusal:
                failures.add(account.id, self.describe(stream_slice), AccessDenied(account.refusal))
            elif account.owner_id != user_id:
                yield stream_slice

    def partitions(self, stream_slice: Slice) -> Iterator[Row]:
        """With the `ad_account_id` of a shared ad account, Pinterest answers as for its owner."""
        yield stream_slice

    def shared_fields(self, stream_slice: Slice) -> Row:
        return {"ad_account_id": stream_slice.get("ad_account_id")}

    def describe(self, stream_slice: Slice) -> str:
        account = stream_slice.get("ad_account_id")
        return f"{self.name} of the owner of ad account {account}" if account else self.name

    def on_failure(self, stream_slice: Slice, error: PinterestError, failures: Failures) -> None:
        if not stream_slice:
            super().on_failure(stream_slice, error, failures)
            return
        if isinstance(error, AccessDenied):
            error = AccessDenied(
                f"{error} Or ask the owner of the ad account for the Catalogs Manager role.",
                error.status,
                error.code,
            )
        account = stream_slice["ad_account_id"]
        self._left_out(self.describe(stream_slice), account, error, failures)

    def _left_out(self, what: str, account: str, error: PinterestError, failures: Failures) -> None:
        """Notes a list of another user as missing. If the login has no access and `ad_account_ids` is empty, only logs
        it."""
        if isinstance(error, AccessDenied) and not self.context.config.ad_account_ids:
            logger.info(f"{what}: left out. {error}")
        else:
            failures.add(account, what, error)

    def emitted_records(self, page: list[Row]) -> list[Row]:
        """The records that the list of no other owner has shown before."""
        known = self.context.seen_ids(self.name)
        new = [record for record in page if record["id"] not in known]
        known.update(record["id"] for record in page)
        return new

    def read_list(self, stream_slice: Slice) -> Iterator[list[Row]]:
        """The pages of a list. Empty if the user has no catalog."""
        try:
            yield from super().read_list(stream_slice)
        except RequestRefused as error:
            if error.code != NO_CATALOG:
                raise

    def rows(self, body: Any, stream_slice: Slice) -> list[Row]:
        return [without_secrets(row) for row in super().rows(body, stream_slice)]


class Catalogs(CatalogList):
    """The catalogs themselves."""

    endpoint = "GET /catalogs"
    record = "Catalog"


class CatalogsFeeds(CatalogList):
    """The feeds of products, without their passwords."""

    endpoint = "GET /catalogs/feeds"
    record = "CatalogsFeed"


class CatalogsProductGroups(CatalogList):
    """The product groups of the catalogs."""

    endpoint = "GET /catalogs/product_groups"
    record = "CatalogsProductGroup"


# --- Records ---

USER_INFO = re.compile(
    r"^((?:[a-z][a-z0-9+.-]*:)?//)?(?:[^/?#:]*:(?!\d*[/?#]).*|[^/?#]*)@", re.IGNORECASE | re.DOTALL
)
"""User name and password in an address. A password may contain characters that should be encoded."""

MILLISECONDS_FROM = 100_000_000_000
"""Times from here on are milliseconds: in seconds, this is the year 5138."""


def without_secrets(record: Row) -> Row:
    """A record without user names and passwords, and its integer times in seconds.

    >>> without_secrets({"credentials": {"username": "me", "password": "secret"}})
    {'credentials': {'username': '****', 'password': '****'}}
    >>> without_secrets({"location": "https://me:secret@example.com/feed.csv", "credentials": None})
    {'location': 'https://****@example.com/feed.csv', 'credentials': None}
    >>> without_secrets({"created_at": 1621350033000, "updated_at": 1621350033})
    {'created_at': 1621350033, 'updated_at': 1621350033}
    """
    cleaned = dict(record)
    if isinstance(credentials := record.get("credentials"), Mapping):
        cleaned["credentials"] = dict.fromkeys(credentials, MASK)
    elif credentials is not None:
        cleaned["credentials"] = None
    if isinstance(location := record.get("location"), str):
        cleaned["location"] = USER_INFO.sub(rf"\g<1>{MASK}@", location)
    for name in ("created_at", "updated_at"):
        if isinstance(time := record.get(name), int) and time >= MILLISECONDS_FROM:
            cleaned[name] = time // 1_000
    return cleaned
