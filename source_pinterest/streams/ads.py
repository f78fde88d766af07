"""What the ad accounts hold: campaigns, ad groups, ads."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from source_pinterest.config import api_facts
from source_pinterest.http.errors import AccessDenied
from source_pinterest.records import Row
from source_pinterest.slices import ascending
from source_pinterest.streams.lists import ListStream
from source_pinterest.streams.pinterest_stream import Failures

if TYPE_CHECKING:
    from source_pinterest.reading import Reading
    from source_pinterest.slices import Slice


Known = tuple[Any, ...]
"""What is remembered of an entity for `entity_names`: its name, its status, and the ids of the
levels above it, highest first."""


class WholeAccount:
    """What the reports of an ad account as a whole are about: it has no id below its own."""

    level = "ad_account"
    levels_above = ()

    def __init__(self, reading: Reading) -> None:
        """As a list is made, though there is nothing to ask for."""

    def ids(self, ad_account_id: str) -> list[str]:
        return [ad_account_id]

    def names(self, ad_account_id: str) -> None:
        """The list of ad accounts has them, and `reading` knows that."""


class AdAccountList(ListStream):
    """A list that each ad account has: GET /ad_accounts/{ad_account_id}/ and the stream's name."""

    category = "ads_read"

    def slices(self, failures: Failures) -> Iterator[Slice]:
        for account in self.reading.ad_accounts():
            stream_slice = {"ad_account_id": account.id}
            if account.refusal:
                failures.add(account.id, self.what(stream_slice), AccessDenied(account.refusal))
            else:
                yield stream_slice

    def path(self, *, stream_slice: Slice, **_: Any) -> str:  # type: ignore[override]
        return f"/ad_accounts/{stream_slice['ad_account_id']}/{self.name}"


class AdsList(AdAccountList):
    """The entities of one level, of every ad account and in every status."""

    primary_key = ["id", "name"]

    level: ClassVar[str]
    """`campaign`, `ad_group` or `ad`: as `pinterest_api.json` and the ids are named."""

    levels_above: ClassVar[tuple[str, ...]] = ()

    def page_params(self) -> Mapping[str, Any]:
        operation = api_facts()["operations"]["GET /ad_accounts/{ad_account_id}/ads"]
        every_status = operation["parameters"]["entity_statuses"]["items"]["enum"]
        return {"entity_statuses": every_status, "order": "ASCENDING"}

    def is_wanted(self, record: Row) -> bool:
        wanted = self.reading.config.entity_statuses
        return not wanted or record.get("status") in wanted

    def ids(self, ad_account_id: str) -> list[str]:
        """The ids of an ad account's entities, ascending; whatever their status."""
        return ascending(self.known({"ad_account_id": ad_account_id}))

    def names(self, ad_account_id: str) -> Mapping[str, Known] | None:
        """By id, from a list that is read anyway: one that is to come is waited for, and nothing is
        asked for here. None: this sync does not have the list."""
        key = self._key({"ad_account_id": ad_account_id})
        self.reading.wait_for_list(self.name, key)
        found: Mapping[str, Known] | None = self.reading.kept((*key, "names"))
        return found

    def _listed(self, stream_slice: Slice) -> Iterator[list[Row]]:
        pages = super()._listed(stream_slice)
        return self._naming(pages, stream_slice) if self.reading.config.entity_names else pages

    def _naming(self, pages: Iterator[list[Row]], stream_slice: Slice) -> Iterator[list[Row]]:
        names: dict[str, Known] = {}
        for page in pages:
            names.update((record["id"], self._known(record)) for record in page)
            yield page
        self.reading.keep((*self._key(stream_slice), "names"), names)

    def _known(self, record: Row) -> Known:
        """Statuses and the ids of parents repeat: each is held once."""
        repeating = [
            record.get("status"),
            *(record.get(f"{each}_id") for each in self.levels_above),
        ]
        shared = (sys.intern(each) if each.__class__ is str else each for each in repeating)
        return (record.get("name"), *shared)


class Campaigns(AdsList):
    """GET /ad_accounts/{ad_account_id}/campaigns"""

    level = "campaign"


class AdGroups(AdsList):
    """GET /ad_accounts/{ad_account_id}/ad_groups"""

    level = "ad_group"
    levels_above = ("campaign",)


class Ads(AdsList):
    """GET /ad_accounts/{ad_account_id}/ads"""

    level = "ad"
    levels_above = ("campaign", "ad_group")


ABOVE: dict[str, type[AdsList]] = {each.level: each for each in (Campaigns, AdGroups)}
"""The lists of the levels that others lie below."""
