"""The shared data of one sync's streams, each fetched once: the user, the ad accounts, the ids.

Nothing is fetched before a stream needs it.
"""

from __future__ import annotations

import json
import logging
import re
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from datetime import date, datetime, time, timezone
from itertools import filterfalse
from typing import Any, TypeVar

from source_pinterest.api import lenient_json, limits
from source_pinterest.api.endpoints import category_of, path_of
from source_pinterest.api.limits import Limits
from source_pinterest.config.config import Config
from source_pinterest.http.client import PinterestClient
from source_pinterest.http.errors import (
    REFUSALS,
    AccessDenied,
    PinterestError,
    RequestRefused,
    TooLarge,
    Unavailable,
)
from source_pinterest.records.column_types import AnswerWarnings, text
from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.records.ids import normalize_id
from source_pinterest.records.lists import normalize_record, once_each, targeting_options
from source_pinterest.records.rows import Row
from source_pinterest.sync.ad_accounts import AdAccount, Verdict, judge, roles_of, unseen
from source_pinterest.sync.cache import Cache
from source_pinterest.sync.local_days import LocalDays
from source_pinterest.sync.observed import Observed
from source_pinterest.sync.pool import Pool
from source_pinterest.sync.readiness import Readiness, Ready
from source_pinterest.text import cut, printable

logger = logging.getLogger("airbyte.source_pinterest")


FAULTS_SHOWN = 3
"""Faults of a list that a message shows."""


TARGETING_OPTIONS = "GET /resources/targeting/{targeting_type}"

Value = TypeVar("Value")

ListKey = tuple[str, ...]
"""The name of a list, and the values of the slice that it is of."""

Known = tuple[Any, ...]
"""The index entry of an entity for `entity_names`: its name, its status, and the ids of its parents,
highest level first."""


class SyncContext:
    """One sync of one login. The window is fixed by `today` (UTC) when it starts."""

    def __init__(
        self,
        config: Config,
        client: PinterestClient,
        today: date,
        current_day: Callable[[], date] | None = None,
        now: datetime | None = None,
    ) -> None:
        """`current_day`: the present UTC day, which may be later than `today`. `now`: the start of the
        sync, in UTC; the end of `today` by default."""
        self.config = config
        self.client = client
        self.today = today
        end_of_day = datetime.combine(today, time.max, timezone.utc)
        self.started_at = int((now or end_of_day).timestamp())
        """Seconds since 1970-01-01 UTC."""
        self.observed = Observed(today, client.repeated_keys, current_day, client.limits)
        self.pool = Pool(
            client.limits.requests_at_once,
            client.limits.cells_at_once,
            client.limits.cells_at_once_in_all,
        )
        """The requests of all streams. A task must not wait for another one."""
        self.coordinators = Pool(limits.LISTS_OF_LISTS_AT_ONCE, 0, 0)
        """What finds ids by waiting for several tasks of `pool`."""
        self._unreadable: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        self._users: Cache[str, Any] = Cache()
        self._listed: Cache[str, Mapping[str, dict[str, Any]]] = Cache()
        self._accounts: Cache[str, list[AdAccount]] = Cache()
        self._accounts_by_id: Cache[str, Mapping[str, AdAccount]] = Cache()
        self._ids: Cache[ListKey, list[Any]] = Cache()
        self._names: Cache[ListKey, Mapping[str, Known]] = Cache()
        self._promotions: Cache[ListKey, list[Row]] = Cache()
        self._created: Cache[ListKey, Mapping[str, date]] = Cache()
        self._packed: dict[ListKey, list[bytes]] = {}
        self._campaigns: Cache[ListKey, Mapping[str, str]] = Cache()
        self._seen: Cache[str, set[str]] = Cache()
        self._warnings: Cache[str, AnswerWarnings] = Cache()
        self._totals: Cache[Hashable, Any] = Cache()
        self._options: Cache[str, list[Row]] = Cache()
        self._readiness = Readiness(client)
        self._local_days = LocalDays(client, self.started_at)
        self.accounts_without_entities: set[str] = set()
        """The ad accounts of which two requests have shown no entity of one level."""
        self._lists_to_come: set[str] = set()
        self._selected: frozenset[str] = frozenset()
        self._read_for_ids: frozenset[str] = frozenset()
        self._list_read = threading.Condition()
        self._listings: dict[ListKey, _Listing] = {}
        """Under the lock of `_list_read`."""

    def expect_lists(self, names: Iterable[str]) -> None:
        """Announces lists that are read as streams, so that reports wait for their ids."""
        self._lists_to_come = set(names)
        self._selected = frozenset(self._lists_to_come)

    def expect_ids(self, names: Iterable[str]) -> None:
        """Announces lists that reports read for their ids."""
        self._read_for_ids = frozenset(names)

    def reads_list(self, name: str) -> bool:
        """Whether this sync reads a list, as a stream or for the ids of reports."""
        return name in self._selected or name in self._read_for_ids

    def list_ended(self, name: str) -> None:
        """Notes that the stream of a list has ended or failed, so that nobody waits for it."""
        with self._list_read:
            self._lists_to_come.discard(name)
            self._list_read.notify_all()
            left = [listing for key, listing in self._listings.items() if key[0] == name]
        for listing in left:
            listing.begin()

    # --- What lists have shown, for the reports that need it ---

    def list_read(self, key: ListKey, entries: list[Any]) -> None:
        """A list was read to its end, as a stream: what reports need of each record."""
        with self._list_read:
            self._ids.store(key, entries)
            self._list_read.notify_all()
            listing = self._listings.get(key)
        if listing:
            listing.found(entries)

    def listing(self, key: ListKey, begin: Callable[[], Future[list[Any]]]) -> Future[list[Any]]:
        """The index entries of a list, once they are known, without waiting for them. `begin` reads the
        list: not before it is clear that no stream does, and once per sync."""
        with self._list_read:
            listing = self._listings.get(key)
            if listing is None:
                listing = self._listings[key] = _Listing(begin)
            known, is_to_come = self._ids.peek(key), key[0] in self._lists_to_come
        if known is not None:
            listing.found(known)
        elif not is_to_come:
            listing.begin()
        return listing.future

    def ids(self, key: ListKey, fetch: Callable[[], list[Any]]) -> list[Any]:
        """The index entries of a list, mostly ids. Waits for a list that is read as a stream; fetches any
        other once per sync."""
        self.wait_for_list(key)
        return self._ids.get_or_fetch(key, fetch)

    def note_names(self, key: ListKey, names: Mapping[str, Known]) -> None:
        """The index entries of a list for `entity_names`, by id."""
        self._names.store(key, names)

    def names(self, key: ListKey) -> Mapping[str, Known] | None:
        """By id, from a list that is read anyway: one that is to come is waited for, and nothing is
        asked for here. None: this sync does not have the list."""
        self.wait_for_list(key)
        return self._names.peek(key)

    def note_promotions(self, key: ListKey, ads: list[Row]) -> None:
        """The Pins and links of the ads of an ad account, for `promoted_pins`."""
        self._promotions.store(key, ads)

    def promotions(self, key: ListKey) -> list[Row] | None:
        """As `note_promotions` has it. None: the list was not read for that."""
        return self._promotions.peek(key)

    def note_created(self, key: ListKey, created: Mapping[str, date]) -> None:
        """By id: the day that a record was created on, of those that are young enough to matter."""
        self._created.store(key, created)

    def created(self, key: ListKey) -> Mapping[str, date]:
        """As `note_created` has it; empty, if this sync does not have the list."""
        return self._created.peek(key) or {}

    def note_records(self, key: ListKey, packed: list[bytes]) -> None:
        """The whole records of a list, packed page by page, for the one stream that needs them as well."""
        self._packed[key] = packed

    def take_records(self, key: ListKey) -> list[bytes] | None:
        """As `note_records` has them; nothing keeps them any longer. None: this sync does not have them."""
        return self._packed.pop(key, None)

    def note_campaigns(self, key: ListKey, campaigns: Mapping[str, str]) -> None:
        """By id: the campaign of a record."""
        self._campaigns.store(key, campaigns)

    def campaigns(self, key: ListKey) -> Mapping[str, str]:
        """As `note_campaigns` has it; empty, if this sync does not have the list."""
        return self._campaigns.peek(key) or {}

    def seen_ids(self, name: str) -> set[str]:
        """The ids that any slice of a list has shown, to which the caller adds its own."""
        return self._seen.get_or_fetch(name, set)

    def wait_for_list(self, key: ListKey) -> None:
        """Waits until the list is known, or will not be read as a stream."""
        with self._list_read:
            self._list_read.wait_for(
                lambda: self._ids.peek(key) is not None or key[0] not in self._lists_to_come
            )

    def note_unreadable(self, key: tuple[str, ...], fault: str) -> None:
        """Notes an item of a list that cannot be a record, so that it and its reports are missing."""
        self._unreadable[key][fault] += 1

    def unreadable(self, key: tuple[str, ...]) -> PinterestError | None:
        """An error about the missing items of a list, as far as it has been read. None if none is missing."""
        if not self._unreadable.get(key):
            return None
        counts = self._unreadable[key].most_common()
        faults = "; ".join(f"{count:,} {fault}" for fault, count in counts[:FAULTS_SHOWN])
        more = f"; and {len(counts) - FAULTS_SHOWN:,} more" if len(counts) > FAULTS_SHOWN else ""
        return PinterestError(
            f"Pinterest's list {key[0]} has items that are left out: {faults}{more}. Run the sync again; "
            "if it stays, report it."
        )

    def pages(
        self, path: str, category: str, params: Mapping[str, Any] | None = None
    ) -> Iterator[list[dict[str, Any]]]:
        """The pages of a list, to its end: a null bookmark. An empty page is not the end, and an empty bookmark only if
        it comes twice, and not on a full page. A page that repeats another one hides one.

        If Pinterest refuses a bookmark, for example an old one, the list starts from the beginning, once,
        and repeats the previous pages.
        """
        bookmark: str | None = None
        known: set[str] = set()
        began_anew = False
        empty_pages = 0
        limits = self.client.limits
        page_size = limits.page_size
        pages: set[int] = set()
        while True:
            asked = {**(params or {}), "page_size": page_size, "bookmark": bookmark}
            try:
                body = self.client.get(path, asked, category, is_page)
                page = _page_hash(body)
                if page in pages or body.get("bookmark") == "":
                    body = self.client.get(path, asked, category, is_page)
                    page = _page_hash(body)
            except (TooLarge, Unavailable) as error:
                may_be_too_large = isinstance(error, TooLarge) or error.may_be_too_large
                if page_size <= limits.smallest_page_size or not may_be_too_large:
                    raise
                page_size = max(limits.smallest_page_size, page_size // 2)
                continue
            except RequestRefused:
                if bookmark is None or began_anew:
                    raise
                logger.info(
                    f"{path}: Pinterest refused the bookmark, so the list starts from the beginning."
                )
                bookmark, began_anew = None, True
                known.clear()
                pages.clear()
                continue
            if page in pages:
                raise may_be_cut(path, "a page repeats one before")
            if page is not None:
                pages.add(page)
            yield items_of(body)
            empty_pages = 0 if body["items"] else empty_pages + 1
            bookmark = text(body.get("bookmark"))
            if not bookmark:
                if bookmark == "":
                    if len(body["items"]) >= page_size:
                        raise may_be_cut(path, "a full page has an empty bookmark")
                    logger.warning(
                        f"{path}: Pinterest ended the list with an empty bookmark, asked for twice, though it describes "
                        "null as the end. If something is missing, report it."
                    )
                return
            if bookmark in known or empty_pages > limits.empty_pages:
                raise Unavailable(
                    f"Pinterest's list {path} does not end: its bookmarks lead back, or to empty "
                    "pages only. Run the sync again."
                )
            known.add(bookmark)

    # --- What is asked for once ---

    def answer_warnings(self, stream: str) -> AnswerWarnings:
        """The warnings about Pinterest's answers to a stream."""
        return self._warnings.get_or_fetch(stream, lambda: AnswerWarnings(stream))

    def total(self, key: Hashable, fetch: Callable[[], Value]) -> Value:
        """Sums of an ad account, fetched once per sync. `key`: the account, the days, the column and whatever
        else they depend on."""
        found: Value = self._totals.get_or_fetch(key, fetch)
        return found

    def ready(self, day: date) -> Ready:
        """Whether Pinterest has closed the numbers of a day."""
        return self._readiness.of(day)

    def targeting_options(self, targeting_type: str) -> list[Row]:
        """Pinterest's names of the values of a targeting type, fetched once per sync."""

        def fetch() -> list[Row]:
            path = path_of(TARGETING_OPTIONS, {"targeting_type": targeting_type})
            category = category_of(TARGETING_OPTIONS)
            return targeting_options(self.client.get(path, {}, category, is_options, if_null=[]))

        return self._options.get_or_fetch(targeting_type, fetch)

    def user(self) -> Mapping[str, Any]:
        """The user whose boards, Pins and account are read: that of the login, or the owner of
        `organic_ad_account_id`."""
        return normalize_record(self._users.get_or_fetch("user", self._operation_user), ["id"])

    @property
    def operator(self) -> dict[str, str]:
        """The parameter that names the ad account as whose owner the user's data is read; {} is the user of the
        login."""
        account = self.config.organic_ad_account_id
        return {"ad_account_id": account} if account else {}

    def _operation_user(self) -> dict[str, Any]:
        """The user whose data is read. Raises AccessDenied if it is not the owner of the configured ad account."""
        account = self.config.organic_ad_account_id
        try:
            user: dict[str, Any] = self.client.get(
                "/user_account", self.operator, "org_read", is_user
            )
        except REFUSALS as error:
            if not account:
                raise
            raise AccessDenied(
                f"`organic_ad_account_id`: Pinterest does not let this login read as the owner of ad account "
                f"{account} ({error.error_summary}). Ask the owner to give it a role in that ad account, or leave "
                "the field empty to read the user of the login.",
                error.status,
                error.code,
            ) from None
        owner = self._owner_of(account) if account else ""
        if owner and owner != id_of(user):
            raise AccessDenied(
                f"`organic_ad_account_id`: Pinterest answers with user {id_of(user)}, although ad account {account} "
                f"belongs to user {owner}, so nothing is read. Leave the field empty to read the user of the login."
            )
        return user

    def _owner_of(self, account: str) -> str:
        """The id of an ad account's owner; empty if Pinterest does not say it."""
        listed = self.listed_ad_accounts()
        if account not in listed:
            raise AccessDenied(unseen(account, listed, "organic_ad_account_id"))
        owner = listed[account].get("owner")
        return id_of(owner) if isinstance(owner, dict) else ""

    def ad_accounts(self) -> list[AdAccount]:
        """The ad accounts that are part of the promise, by ascending id.

        The ad accounts of `ad_account_ids`, or else all that the login sees with an ads role.
        """
        accounts = self._accounts.get_or_fetch("ad accounts", self._ad_accounts)
        self.pool.has_several_accounts = len(accounts) > 1
        return list(accounts)

    def account(self, ad_account_id: str) -> AdAccount:
        """One of `ad_accounts`; without anything but its id, if it is none of them."""
        by_id = self._accounts_by_id.get_or_fetch(
            "ad accounts", lambda: {account.id: account for account in self.ad_accounts()}
        )
        return by_id.get(ad_account_id) or AdAccount(ad_account_id)

    def today_of(self, ad_account_id: str) -> date:
        """The day that it is for the reports of an ad account: in UTC, or in its own time zone."""
        if not self.config.has_local_days:
            return self.today
        return self._local_days.today(self.account(ad_account_id))

    def verify_local_days(self) -> None:
        """Raises ChoiceRefused if the configuration asks for days that Pinterest does not give this app."""
        if self.config.has_local_days:
            self._local_days.verify(self.ad_accounts())

    def listed_ad_accounts(self) -> Mapping[str, dict[str, Any]]:
        """By id: every ad account that the login sees, with any role, as Pinterest lists it."""
        return self._listed.get_or_fetch("listed", self._listed_ad_accounts)

    def _listed_ad_accounts(self) -> Mapping[str, dict[str, Any]]:
        listed: dict[str, dict[str, Any]] = {}
        end = EndOfList("/ad_accounts", self.client.limits)
        for page in self.pages("/ad_accounts", "ads_read", {"include_shared_accounts": True}):
            for _ in filterfalse(id_of, page):
                self.note_unreadable(("ad_accounts",), "without an id")
            warnings = self.answer_warnings("ad_accounts")
            new = {**once_each(filter(id_of, page), id_of, warnings), **listed}
            end.check(page, len(new) > len(listed))
            listed = new
        return listed

    def _ad_accounts(self) -> list[AdAccount]:
        listed = self.listed_ad_accounts()
        named = self.config.ad_account_ids
        accounts = []
        for account_id, item, verdict in judge(named, listed):
            if verdict is Verdict.UNSEEN:
                accounts.append(AdAccount(account_id, refusal=unseen(account_id, listed)))
                continue
            name = text_of(item.get("name"))
            if verdict is Verdict.NO_ADS_ROLE and not named:
                permissions = roles_of(item) or []
                logger.warning(
                    f"Ad account {account_id} ({cut(printable(name), 100)}) is left out: this login's roles there "
                    f"are {cut(', '.join(permissions), 200) or 'none'}, which do not allow reading "
                    "ads. Ask its owner for the Analyst role if it should be read."
                )
                continue
            owner, currency = item.get("owner"), item.get("currency")
            owner_id = id_of(owner) if isinstance(owner, dict) else ""
            currency = currency if isinstance(currency, str) else None
            zone = item.get("time_zone")
            zone = zone if isinstance(zone, str) else ""
            accounts.append(AdAccount(account_id, name, currency, owner_id, time_zone=zone))
        if not named and (unreadable := self.unreadable(("ad_accounts",))):
            accounts.append(AdAccount("without an id", refusal=str(unreadable)))
        return accounts


class _Listing:
    """The entries of one list, found by a stream or by a task that is begun once."""

    def __init__(self, begin: Callable[[], Future[list[Any]]]) -> None:
        self.future: Future[list[Any]] = Future()
        self._begin: Callable[[], Future[list[Any]]] | None = begin
        self._is_known = False
        self._lock = threading.Lock()

    def begin(self) -> None:
        with self._lock:
            begin, self._begin = self._begin, None
        if begin:
            begin().add_done_callback(self._pass_on)

    def found(self, entries: list[Any]) -> None:
        if self._is_first():
            self.future.set_result(entries)

    def _pass_on(self, found: Future[list[Any]]) -> None:
        if (error := found.exception()) is not None:
            if self._is_first():
                self.future.set_exception(error)
        else:
            self.found(found.result())

    def _is_first(self) -> bool:
        with self._lock:
            self._begin = None
            was_known, self._is_known = self._is_known, True
        return not was_known


def text_of(value: Any) -> str:
    """A value as text; empty for null.

    >>> text_of("Shoes"), text_of(None), text_of({"en": "Shoes"})
    ('Shoes', '', '{"en": "Shoes"}')
    """
    if isinstance(value, str) or value is None:
        return value or ""
    return json.dumps(value, ensure_ascii=False)


def _page_hash(body: Mapping[str, Any]) -> int | None:
    """A hash of a page's items. None: it has none, and empty pages may repeat each other."""
    return hash(lenient_json.dumps(body["items"])) if body["items"] else None


def may_be_cut(path: str, fact: str) -> Unavailable:
    """The error for a list of which pages may be missing, although it ends."""
    return Unavailable(
        f"Pinterest's list {path} may be cut: {fact}, requested twice. Run the sync again."
    )


class EndOfList:
    """Sees that a list has an end, even if each page has another bookmark."""

    def __init__(self, name: str, limits: Limits) -> None:
        self._name = name
        self._most = limits.empty_pages
        self._pages_without_news = 0

    def check(self, page: Collection[Any], has_news: bool) -> None:
        """Raises Unavailable if page after page has nothing but what was on those before."""
        self._pages_without_news = 0 if has_news or not page else self._pages_without_news + 1
        if self._pages_without_news > self._most:
            raise Unavailable(
                f"Pinterest's list {self._name} does not end: page after page has what was on those before. "
                "Run the sync again."
            )


def is_page(body: Any) -> bool:
    """A bookmark may be a number, 0 among them, which is sent as text like any other."""
    return (
        isinstance(body, dict)
        and isinstance(body.get("items"), list)
        and isinstance(body.get("bookmark"), (str, int, type(None)))
        and not isinstance(body.get("bookmark"), bool)
    )


def is_only_page(body: Any) -> bool:
    """Whether a body is the page of a list that has no others."""
    return is_page(body) and body.get("bookmark") in (None, "")


def items_of(page: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The items of a page. An item that is not an object becomes an empty one, which is left out because it
    has no id."""
    return [item if isinstance(item, dict) else {} for item in page["items"]]


def id_of(item: Mapping[str, Any]) -> str:
    """The normalized id; empty if there is none."""
    try:
        found = normalize_id(item.get("id"))
    except UnusableAnswer:
        return ""
    return found if isinstance(found, str) and ID.fullmatch(found) else ""


ID = re.compile(r"\d{1,100}", re.ASCII)


def is_options(body: Any) -> bool:
    return isinstance(body, list) and all(isinstance(element, dict) for element in body)


def is_user(body: Any) -> bool:
    return (
        isinstance(body, dict)
        and bool(id_of(body))
        and isinstance(body.get("username"), str)
        and bool(body["username"])
    )
