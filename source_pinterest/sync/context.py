"""The shared data of one sync's streams, each fetched once: the user, the ad accounts, the ids.

Nothing is fetched before a stream needs it.
"""

from __future__ import annotations

import json
import logging
import re
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from source_pinterest.config.config import Config
from source_pinterest.http.client import PinterestClient
from source_pinterest.http.errors import PinterestError, RequestRefused, TooLarge, Unavailable
from source_pinterest.records.column_types import text
from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.records.ids import normalize_id
from source_pinterest.records.lists import normalize_record
from source_pinterest.sync.ad_accounts import AdAccount, Verdict, judge, roles_of, unseen
from source_pinterest.sync.observed import Observed
from source_pinterest.text import cut, printable

logger = logging.getLogger("airbyte.source_pinterest")


FAULTS_SHOWN = 3
"""Faults of a list that a message shows."""


class SyncContext:
    """One sync of one login. The window is fixed by `today` (UTC) when it starts."""

    def __init__(
        self,
        config: Config,
        client: PinterestClient,
        today: date,
        current_day: Callable[[], date] | None = None,
    ) -> None:
        """`current_day`: the present UTC day, which may be later than `today`."""
        self.config = config
        self.client = client
        self.today = today
        self.observed = Observed(today, client.repeated_keys, current_day, client.limits)
        self._unreadable: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        self._known: dict[Any, Any] = {}
        self._locks: dict[Any, threading.Lock] = {}
        self._lock = threading.Lock()
        self._lists_to_come: set[str] = set()
        self._selected: frozenset[str] = frozenset()
        self._list_read = threading.Condition()

    def get_or_fetch(self, key: Any, find: Callable[[], Any]) -> Any:
        """The result of `find`, which runs once per sync, for the first caller. An error is not stored."""
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._known:
                self._known[key] = find()
            return self._known[key]

    def expect_lists(self, names: Iterable[str]) -> None:
        """Announces lists that are read as streams, so that reports wait for their ids."""
        self._lists_to_come = set(names)
        self._selected = frozenset(self._lists_to_come)

    def reads_list(self, name: str) -> bool:
        """Whether this list is a stream of this sync, read, failed or still to come."""
        return name in self._selected

    def store(self, key: Any, value: Any) -> None:
        """Stores a value that a list has found, so that `get_or_fetch` need not fetch it."""
        with self._list_read:
            self._known[key] = value
            self._list_read.notify_all()

    def peek(self, key: Any) -> Any:
        """The stored value of a key. None if there is none yet."""
        return self._known.get(key)

    def list_ended(self, name: str) -> None:
        """Notes that the stream of a list has ended or failed, so that nobody waits for it."""
        with self._list_read:
            self._lists_to_come.discard(name)
            self._list_read.notify_all()

    def wait_for_list(self, name: str, key: Any) -> None:
        """Waits until the list is known, or will not be read as a stream."""
        with self._list_read:
            self._list_read.wait_for(lambda: key in self._known or name not in self._lists_to_come)

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
        """The pages of a list, to its end: a null bookmark. An empty page is not the end.

        If Pinterest refuses a bookmark, for example an old one, the list starts from the beginning, once,
        and repeats the previous pages.
        """
        bookmark: str | None = None
        known: set[str] = set()
        began_anew = False
        empty_pages = 0
        limits = self.client.limits
        page_size = limits.page_size
        while True:
            asked = {**(params or {}), "page_size": page_size, "bookmark": bookmark}
            try:
                body = self.client.get(path, asked, category, is_page)
            except (TooLarge, Unavailable) as error:
                may_be_size = isinstance(error, TooLarge) or error.may_be_size
                if page_size <= limits.smallest_page_size or not may_be_size:
                    raise
                page_size = max(limits.smallest_page_size, page_size // 2)
                continue
            except RequestRefused:
                if bookmark is None or began_anew:
                    raise
                logger.info(f"{path}: its bookmark is refused, so the list begins anew.")
                bookmark, began_anew = None, True
                known.clear()
                continue
            yield items_of(body)
            empty_pages = 0 if body["items"] else empty_pages + 1
            bookmark = text(body.get("bookmark") or None)
            if not bookmark:
                return
            if bookmark in known or empty_pages > limits.empty_pages:
                raise Unavailable(
                    f"Pinterest's list {path} does not end: its bookmarks lead back, or to empty "
                    "pages only. Run the sync again."
                )
            known.add(bookmark)

    def total(self, key: Hashable, find: Callable[[], float]) -> float:
        """An ad account's own total, fetched once per sync."""
        found: float = self.get_or_fetch(("total", key), find)
        return found

    def user(self) -> Mapping[str, Any]:
        """The user of the login."""
        user = self.get_or_fetch(
            "user", lambda: self.client.get("/user_account", {}, "org_read", is_user)
        )
        return normalize_record(user, ["id"])

    def ad_accounts(self) -> list[AdAccount]:
        """The ad accounts that are part of the promise, by ascending id.

        The ad accounts of `ad_account_ids`, or else all that the login sees with an ads role.
        """
        return list(self.get_or_fetch("ad accounts", self._ad_accounts))

    def listed_ad_accounts(self) -> Mapping[str, dict[str, Any]]:
        """By id: every ad account that the login sees, with any role, as Pinterest lists it."""
        listed: Mapping[str, dict[str, Any]] = self.get_or_fetch("listed", self._listed_ad_accounts)
        return listed

    def _listed_ad_accounts(self) -> Mapping[str, dict[str, Any]]:
        listed: dict[str, dict[str, Any]] = {}
        for page in self.pages("/ad_accounts", "ads_read", {"include_shared_accounts": True}):
            for item in page:
                if account_id := id_of(item):
                    listed[account_id] = item
                else:
                    self.note_unreadable(("ad_accounts",), "without an id")
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
            accounts.append(AdAccount(account_id, name, currency, owner_id))
        if not named and (unreadable := self.unreadable(("ad_accounts",))):
            accounts.append(AdAccount("without an id", refusal=str(unreadable)))
        return accounts


def text_of(value: Any) -> str:
    """A value as text; empty for null.

    >>> text_of("Shoes"), text_of(None), text_of({"en": "Shoes"})
    ('Shoes', '', '{"en": "Shoes"}')
    """
    if isinstance(value, str) or value is None:
        return value or ""
    return json.dumps(value, ensure_ascii=False)


def is_page(body: Any) -> bool:
    return (
        isinstance(body, dict)
        and isinstance(body.get("items"), list)
        and isinstance(body.get("bookmark"), (str, int, type(None)))
    )


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


def is_user(body: Any) -> bool:
    return (
        isinstance(body, dict)
        and bool(id_of(body))
        and isinstance(body.get("username"), str)
        and bool(body["username"])
    )
