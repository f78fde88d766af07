"""Days of each ad account's own time zone: which day it is there, and whether Pinterest's reports use these days.

Such reports are in beta: Pinterest refuses them to other apps. An answer does not show whose days it has, so the spend
of some days is compared with that of Pinterest's own days.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from source_pinterest.api.endpoints import category_of, path_of
from source_pinterest.http.errors import REFUSALS, ChoiceRefused
from source_pinterest.records.column_types import ColumnTypes
from source_pinterest.records.rows import is_rows
from source_pinterest.sync.cache import Cache

if TYPE_CHECKING:
    from source_pinterest.http.client import PinterestClient
    from source_pinterest.sync.ad_accounts import AdAccount

logger = logging.getLogger("airbyte.source_pinterest")

OWN_ZONE = "AD_ACCOUNT_TIME_ZONE"
"""The value of `reporting_timezone` for days of the ad account's own time zone."""

ACCOUNT_TOTAL = "GET /ad_accounts/{ad_account_id}/analytics"
COLUMN = "SPEND_IN_MICRO_DOLLAR"
TYPES = ColumnTypes.of(
    {"DATE": {"type": ["null", "string"], "format": "date"}, COLUMN: {"type": ["null", "number"]}}
)

DAYS_COMPARED = 7
ACCOUNTS_ASKED = 3
"""The most ad accounts to try: some may refuse the request for reasons of their own, or have no spend. Our choice."""

LAST_ZONE = timezone(timedelta(hours=-12))
"""The time zone in which a day ends last."""


def zone_of(name: str) -> ZoneInfo | None:
    """The time zone of this IANA name. None if it is not known.

    >>> zone_of(" Europe/Berlin"), zone_of("Mars/Olympus"), zone_of("")
    (zoneinfo.ZoneInfo(key='Europe/Berlin'), None, None)
    """
    try:
        return ZoneInfo(name.strip()) if name.strip() else None
    except (ValueError, OSError, LookupError):
        return None


class LocalDays:
    """The local days of ad accounts in one sync."""

    def __init__(self, client: PinterestClient, started_at: int) -> None:
        """`started_at`: the start of the sync, in seconds since 1970-01-01 UTC."""
        self._client = client
        self._now = datetime.fromtimestamp(started_at, timezone.utc)
        self._verified: Cache[str, ChoiceRefused | None] = Cache()

    def today(self, account: AdAccount) -> date:
        """The present day in an ad account's time zone. If that is unknown, the day in the zone that is last, so that
        the day before it is over everywhere."""
        return self._now.astimezone(zone_of(account.time_zone) or LAST_ZONE).date()

    def verify(self, accounts: Sequence[AdAccount]) -> None:
        """Checks once per sync whether Pinterest reports local days. Raises ChoiceRefused if this app may not have
        them."""
        readable = [account for account in accounts if not account.refusal]
        if refusal := self._verified.get_or_fetch("sync", lambda: self._refusal(readable)):
            raise refusal

    def _refusal(self, accounts: Sequence[AdAccount]) -> ChoiceRefused | None:
        for account in accounts:
            if not zone_of(account.time_zone):
                logger.warning(
                    f"Pinterest does not say the time zone of ad account {account.id}: its reports end with "
                    "the last day that is over everywhere on earth."
                )
        for account in sorted(accounts, key=self._offset, reverse=True)[:ACCOUNTS_ASKED]:
            try:
                local = self._spend(account, own_zone=True)
            except REFUSALS as refusal:
                try:
                    self._spend(account, own_zone=False)
                except REFUSALS:
                    continue  # the refusal is about the ad account, not its days
                return ChoiceRefused(
                    "Pinterest does not give this app the days of the ad accounts' own time zones, which "
                    f"are in beta ({refusal.error_summary}). Set `reporting_timezone` to "
                    "PINTEREST_TIME_ZONE, or ask Pinterest for the beta.",
                    refusal.status,
                    refusal.code,
                )
            if not self._offset(account):
                return None  # no ad account has days other than Pinterest's
            if local:
                self._compare(account, local)
                return None
        return None

    def _compare(self, account: AdAccount, local: dict[str, float]) -> None:
        """Warns if the spend of local days is that of Pinterest's own days."""
        if self._spend(account, own_zone=False) == local:
            logger.warning(
                f"Ad account {account.id} has the same spend on each of the last {DAYS_COMPARED} days of its "
                "own time zone as on the days of Pinterest's: Pinterest may have ignored "
                "`reporting_timezone`. Compare a day with the Ads Manager."
            )

    def _offset(self, account: AdAccount) -> timedelta:
        """How far the account's time is from UTC, whether ahead or behind."""
        zone = zone_of(account.time_zone)
        return abs(self._now.astimezone(zone).utcoffset() or timedelta()) if zone else timedelta()

    def _spend(self, account: AdAccount, *, own_zone: bool) -> dict[str, float]:
        """The spend of the last days, by day, without days that have none."""
        end = self.today(account) - timedelta(days=1)
        params: dict[str, Any] = {
            "start_date": str(end - timedelta(days=DAYS_COMPARED - 1)),
            "end_date": str(end),
            "granularity": "DAY",
            "columns": [COLUMN],
            **({"reporting_timezone": OWN_ZONE} if own_zone else {}),
        }
        path = path_of(ACCOUNT_TOTAL, {"ad_account_id": account.id})
        rows = self._client.get(path, params, category_of(ACCOUNT_TOTAL), is_rows)
        TYPES.apply(rows)
        return {str(row.get("DATE")): row[COLUMN] for row in rows if row.get(COLUMN)}
