"""What the ad accounts hold: campaigns, ad groups, ads."""

from __future__ import annotations

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


class WholeAccount:
    """What the reports of an ad account as a whole are about: it has no id below its own."""

    level = "ad_account"

    def __init__(self, reading: Reading) -> None:
        """As a list is made, though there is nothing to ask for."""

    def ids(self, ad_account_id: str) -> list[str]:
        return [ad_account_id]


class AdsList(ListStream):
    """The entities of one level, of every ad account and in every status."""

    category = "ads_read"
    primary_key = ["id", "name"]

    level: ClassVar[str]
    """`campaign`, `ad_group` or `ad`: as `pinterest_api.json` and the ids are named."""

    levels_above: ClassVar[tuple[str, ...]] = ()

    def slices(self, failures: Failures) -> Iterator[Slice]:
        for account in self.reading.ad_accounts():
            stream_slice = {"ad_account_id": account.id}
            if account.refusal:
                failures.add(account.id, self.what(stream_slice), AccessDenied(account.refusal))
            else:
                yield stream_slice

    def path(self, *, stream_slice: Slice, **_: Any) -> str:  # type: ignore[override]
        return f"/ad_accounts/{stream_slice['ad_account_id']}/{self.level}s"

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
