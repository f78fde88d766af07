"""The login and the account under verification: sends requests, and keeps what they have shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from typing import Any
from urllib.parse import quote

from source_pinterest.api.operations import find_operation
from source_pinterest.config.config import Config
from source_pinterest.http.client import PinterestClient
from source_pinterest.http.errors import LoginRefused, PinterestError, RateLimited
from source_pinterest.http.transport import DownloadError
from source_pinterest.records.ids import normalize_id
from source_pinterest.streams.lists.campaigns import statuses
from source_pinterest.sync.ad_accounts import has_ads_role
from source_pinterest.sync.context import SyncContext
from source_pinterest.sync.observed import named_in
from source_pinterest.sync.pages import is_page
from source_pinterest.sync.slices import ascending
from source_pinterest.verify.allowance import Allowance
from source_pinterest.verify.exchange import Exchange

Params = Mapping[str, "str | int | Sequence[str]"]
"""Parameters by name: one value, whose commas are not encoded; or several, for which the key is repeated."""

Row = dict[str, Any]

TOKEN_PATH = "/oauth/token"  # noqa: S105  a path

LEVELS = ("ad", "ad_group", "campaign")

DEFAULT_STATUSES = frozenset({"ACTIVE", "PAUSED"})
"""The statuses of entities in a list that is requested without a status."""

PAGE = 250

ADS_IN_A_REPORT = 250

REPORT_COLUMNS = (
    *("AD_ID", "CAMPAIGN_ID", "IMPRESSION_1", "TOTAL_CLICKTHROUGH", "SPEND_IN_MICRO_DOLLAR"),
    *("SPEND_IN_DOLLAR", "CPM_IN_MICRO_DOLLAR", "CTR"),
)


class NotAsked(Exception):
    """The account lacks something that a probe needs. `str()` is a sentence about it."""


class CannotVerify(Exception):
    """Nothing can be verified at all. `str()` is a sentence with the reason."""


class Subject:
    """One login. Its requests are sent one after the other."""

    def __init__(
        self, context: SyncContext, exchanges: list[Exchange], allowance: Allowance
    ) -> None:
        """`exchanges`: all requests so far. The adapter of the context's client adds the new ones."""
        self.client: PinterestClient = context.client
        self.config: Config = context.config
        self.today = context.today
        self.exchanges = exchanges
        self.allowance = allowance
        self.report_made: tuple[str, Any, float] | None = None
        """A small asynchronous report: its token, its first status, and the time of the request (by the clock)."""
        self.lists_by_default: set[str] = set()
        """Levels whose list was empty or refused with every status, so that it was requested without a status."""
        self._limited: set[str] = set()
        """Categories whose rate limit is used up."""

    # --- Requests ---

    def get(self, path: str, params: Params | None = None) -> Exchange:
        """Sends a GET. The answer may be a failure. Raises AllowanceUsedUp, NotAsked, LoginRefused or CannotVerify."""
        query = query_string(params or {})
        target = f"{path}?{query}" if query else path
        category = self._category("GET", path)
        return self._exchange(
            category, lambda: self.client.get(target, {}, category, _any_body, if_null={}), path
        )

    def post(self, path: str, content: Mapping[str, Any]) -> Exchange:
        """Sends a POST, like `get`."""
        category = self._category("POST", path)
        return self._exchange(
            category, lambda: self.client.post(path, content, category, _any_body), path
        )

    def download(self, address: str) -> Exchange:
        """Fetches the content of a report, like `get`."""

        def fetch() -> None:
            try:
                for _ in self.client.download(address):
                    pass
            except DownloadError:
                pass

        return self._exchange("", fetch)

    def _exchange(self, category: str, ask: Callable[[], Any], path: str = "") -> Exchange:
        """The last exchange of a request. `path`: of the request, since the client may send others about its login."""
        if category in self._limited:
            raise NotAsked(f"Pinterest's rate limit for {category} is used up.")
        before, why = len(self.exchanges), "The request was not sent."
        try:
            ask()
        except LoginRefused:
            raise
        except PinterestError as error:
            if isinstance(error, RateLimited):
                self._limited.add(category)
            if self.exchanges and self.exchanges[-1].path == TOKEN_PATH:
                raise CannotVerify(str(error)) from None
            why = str(error)
        asked = [exchange for exchange in self.exchanges[before:] if path in ("", exchange.path)]
        if not asked:
            raise NotAsked(why)
        return asked[-1]

    @staticmethod
    def _category(method: str, path: str) -> str:
        operation = find_operation(method, path)
        if not operation:
            raise NotAsked(f"{method} {path} is not an operation of the description.")
        return operation.category

    def pages(self, path: str, params: Params, most: int = 3) -> tuple[list[Row], Exchange]:
        """The items of the first page that has any, and the last answer. `most`: the most pages to request."""
        bookmark = ""
        while True:
            further = {"bookmark": bookmark} if bookmark else {}
            exchange = self.get(path, {**params, "page_size": PAGE, **further})
            items, bookmark = items_of(exchange), ""
            if exchange.is_good and is_page(exchange.body):
                bookmark = exchange.body.get("bookmark") or ""
            most -= 1
            if items or not bookmark or not most:
                return items, exchange

    # --- Days ---

    def days_ago(self, days: int) -> str:
        """A day (ISO 8601) so many days ago."""
        return (self.today - timedelta(days=days)).isoformat()

    def window(self, first: int, last: int = 1) -> dict[str, str]:
        """The parameters of a window from `first` to `last` days ago."""
        return {"start_date": self.days_ago(first), "end_date": self.days_ago(last)}

    # --- Users, ad accounts and entities ---

    def open(self) -> None:
        """Requests the user and the ad accounts, and chooses one of these. Raises CannotVerify if Pinterest answers
        neither."""
        first = self.get("/user_account")
        self.user: Row = first.body if first.is_good and isinstance(first.body, dict) else {}
        params = {"include_shared_accounts": "true"}
        self.ad_accounts, second = self.pages("/ad_accounts", params)
        if not any(exchange.status and exchange.status < 500 for exchange in (first, second)):
            raise CannotVerify(
                f"Pinterest cannot be reached ({second.error_summary}). Try again later."
            )
        self._choose()

    def _choose(self) -> None:
        """Chooses the ad account: of the first three that the login can read, the first one with two ads, or else the
        one with most. If the rate limit is used up, no more are looked at."""
        self.ad_account: str = ""
        self._ads: tuple[list[Row], bool] = ([], False)
        for account in self._readable()[:3]:
            self.ad_account = self.ad_account or account
            try:
                found = self._entities(account, "ad")
            except NotAsked:
                return
            if len(found[0]) > len(self._ads[0]):
                self.ad_account, self._ads = account, found
            if len(self._ads[0]) > 1:
                return

    def _readable(self) -> list[str]:
        items = {str(ad_account.get("id")): ad_account for ad_account in self.ad_accounts}
        return [
            account
            for account in self.config.ad_account_ids or ascending(list(items))
            if account in items and has_ads_role(items[account])
        ]

    def of_account(self, path: str) -> str:
        """The path of a resource of the ad account. Raises NotAsked if there is no ad account."""
        if not self.ad_account:
            raise NotAsked("This login sees no ad account that it can read.")
        return f"/ad_accounts/{self.ad_account}{path}"

    @cached_property
    def entities(self) -> dict[str, list[Row]]:
        """By level: the entities on the first page of the list, in every status if possible."""
        if not self.ad_account:
            return {level: [] for level in LEVELS}
        lists = {level: self._entities(self.ad_account, level) for level in LEVELS[1:]}
        lists["ad"] = self._ads
        self.lists_by_default = {level for level, (_, is_default) in lists.items() if is_default}
        return {level: items for level, (items, _) in lists.items()}

    def _entities(self, account: str, level: str) -> tuple[list[Row], bool]:
        path = f"/ad_accounts/{account}/{level}s"
        params = {"order": "ASCENDING", "entity_statuses": ",".join(statuses())}
        items, _ = self.pages(path, params)
        if items:
            return items, False
        items, _ = self.pages(path, {"order": "ASCENDING"})
        return items, bool(items)

    def ids(self, level: str) -> list[str]:
        """The ids of the entities of a level."""
        return [str(normalize_id(entity.get("id"))) for entity in self.entities[level]]

    # --- A report that several probes use ---

    @cached_property
    def report(self) -> Exchange:
        """The totals of up to 250 ads over 30 days, requested with their ids joined by commas. Raises NotAsked if there
        are no ads."""
        ids = self.ids("ad")[:ADS_IN_A_REPORT]
        if not ids:
            raise NotAsked("The ad account has no ads.")
        path = self.of_account("/ads/analytics")
        params = {"ad_ids": ",".join(ids), "granularity": "TOTAL", **self.window(30)}
        report = self.get(path, {**params, "columns": ",".join(REPORT_COLUMNS)})
        refused = named_in(report.answer.error_text(), REPORT_COLUMNS) if report.is_refused else []
        if (
            kept := [column for column in REPORT_COLUMNS if column not in refused]
            if refused
            else []
        ):
            report = self.get(path, {**params, "columns": ",".join(kept)})
        return report

    @property
    def report_rows(self) -> list[Row]:
        """The rows of the report."""
        return rows_of(self.report)

    @property
    def active_ads(self) -> list[str]:
        """The ids of the ads that have rows in the report."""
        ids = [str(normalize_id(row.get("AD_ID"))) for row in self.report_rows]
        return [ad_id for ad_id in dict.fromkeys(ids) if ad_id in set(self.ids("ad"))]

    def active(self, level: str) -> str:
        """The id of an entity that is likely to have rows. Raises NotAsked if there is no entity of this level."""
        column = {"campaign": "CAMPAIGN_ID", "ad": "AD_ID"}.get(level, "")
        seen = [str(normalize_id(row[column])) for row in self.report_rows if row.get(column)]
        found = [*seen, *self.ids(level)]
        if not found:
            raise NotAsked(f"The ad account has no {level.replace('_', ' ')}.")
        return found[0]


def items_of(exchange: Exchange) -> list[Row]:
    """The items of a page of a list; empty if the answer is not a page."""
    if not exchange.is_good or not is_page(exchange.body):
        return []
    return [item for item in exchange.body["items"] if isinstance(item, dict)]


def rows_of(exchange: Exchange) -> list[Row]:
    """The rows of a synchronous report; empty if the answer is not a list."""
    body = exchange.body if exchange.is_good else None
    return [row for row in body if isinstance(row, dict)] if isinstance(body, list) else []


def query_string(params: Params) -> str:
    """The query of a URL.

    >>> query_string({"ad_ids": "1,2", "columns": ["CTR", "ECTR"], "page_size": 250})
    'ad_ids=1,2&columns=CTR&columns=ECTR&page_size=250'
    """
    pairs: Iterable[tuple[str, str]] = (
        (name, str(one))
        for name, value in params.items()
        for one in ([value] if isinstance(value, (str, int)) else value)
    )
    return "&".join(f"{name}={quote(value, safe=',')}" for name, value in pairs)


def _any_body(_: Any) -> bool:
    return True
