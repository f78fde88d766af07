"""What the streams of a sync share: the user, the ad accounts, the ids. Each is fetched once, when a stream needs it."""

from __future__ import annotations

import json
import logging
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from datetime import date, datetime, time, timezone
from itertools import filterfalse
from typing import Any, TypeVar

from source_pinterest.api import limits
from source_pinterest.api.endpoints import category_of, path_of
from source_pinterest.config.config import Config
from source_pinterest.http.client import PinterestClient
from source_pinterest.http.errors import (
    REFUSALS,
    AccessDenied,
    PinterestError,
)
from source_pinterest.records.column_types import AnswerWarnings
from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.records.ids import normalize_id
from source_pinterest.records.lists import normalize_record, targeting_options, unique_records
from source_pinterest.records.rows import Row, is_rows
from source_pinterest.sync.activity import Activity
from source_pinterest.sync.ad_accounts import (
    AdAccount,
    Verdict,
    has_ads_role,
    judge,
    roles_of,
    unseen,
)
from source_pinterest.sync.cache import Cache
from source_pinterest.sync.families import Families
from source_pinterest.sync.local_days import LocalDays
from source_pinterest.sync.observed import Observed
from source_pinterest.sync.pages import EndlessListGuard, Pages
from source_pinterest.sync.pool import Pool
from source_pinterest.sync.readiness import Readiness, Ready
from source_pinterest.sync.slices import ID
from source_pinterest.text import cut, printable

logger = logging.getLogger("airbyte.source_pinterest")


FAULTS_SHOWN = 3
"""The most faults of a list's items that a message names."""


TARGETING_OPTIONS = "GET /resources/targeting/{targeting_type}"

Value = TypeVar("Value")

ListKey = tuple[str, ...]
"""The name of a list, and the values of its slice."""

NameEntry = tuple[Any, ...]
"""The index entry of an entity for `entity_names`: its name, its status, and the ids of its parents,
highest level first."""


class SyncContext:
    """One sync of one login. `today`, the UTC day on which it starts, fixes its window."""

    def __init__(
        self,
        config: Config,
        client: PinterestClient,
        today: date,
        current_day: Callable[[], date] | None = None,
        now: datetime | None = None,
    ) -> None:
        """`current_day` returns the present UTC day, which may be later than `today`. `now`: the start of the sync,
        in UTC; by default, the end of `today`."""
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
            client.limits.cells_at_once_in_total,
        )
        """The requests of all streams. A task must not wait for another one."""
        self.coordinators = Pool(limits.LISTS_OF_LISTS_AT_ONCE, 0, 0)
        """The tasks that wait for several tasks of `pool`, to find ids."""
        self._unreadable: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        self._users: Cache[str, Any] = Cache()
        self._listed: Cache[str, Mapping[str, dict[str, Any]]] = Cache()
        self._accounts: Cache[str, list[AdAccount]] = Cache()
        self._accounts_by_id: Cache[str, Mapping[str, AdAccount]] = Cache()
        self._ids: Cache[ListKey, list[Any]] = Cache()
        self._names: Cache[ListKey, Mapping[str, NameEntry]] = Cache()
        self._promotions: Cache[ListKey, list[Row]] = Cache()
        self._created: Cache[ListKey, Mapping[str, date]] = Cache()
        self._packed: dict[ListKey, list[bytes]] = {}
        self._campaigns: Cache[ListKey, Mapping[str, str]] = Cache()
        self._seen: Cache[str, set[str]] = Cache()
        self._warnings: Cache[str, AnswerWarnings] = Cache()
        self._totals: Cache[Hashable, Any] = Cache()
        self._options: Cache[str, list[Row]] = Cache()
        self.activity = Activity()
        self.families = Families()
        """The lists of ads, ad groups and campaigns, as far as they were read."""
        self._readiness = Readiness(client)
        self._local_days = LocalDays(client, self.started_at)
        self.accounts_without_entities: set[str] = set()
        """The ad accounts for which two requests have found no entity of some level."""
        self._known_accounts: frozenset[str] = frozenset()
        self._known_users: frozenset[str] = frozenset()
        self._lists_to_come: set[str] = set()
        self._selected: frozenset[str] = frozenset()
        self._read_for_ids: frozenset[str] = frozenset()
        self._list_read = threading.Condition()
        self._pending: dict[ListKey, _PendingIndex] = {}
        """Guarded by `_list_read`."""

    def expect_lists(self, names: Iterable[str]) -> None:
        """Announces lists that are read as streams, so that reports wait for their ids."""
        self._lists_to_come = set(names)
        self._selected = frozenset(self._lists_to_come)

    def expect_ids(self, names: Iterable[str]) -> None:
        """Announces lists that reports read for their ids."""
        self._read_for_ids = frozenset(names)

    def expect_owners(self, accounts: Iterable[str], users: Iterable[str]) -> None:
        """Announces the ad accounts and users that earlier syncs have read. An answer that lacks one of them is
        requested once more."""
        self._known_accounts, self._known_users = frozenset(accounts), frozenset(users)

    def reads_list(self, name: str) -> bool:
        """Whether this sync reads a list, as a stream or for the ids of reports."""
        return name in self._selected or name in self._read_for_ids

    def note_list_ended(self, name: str) -> None:
        """Notes that the stream of a list has ended or failed, so that nobody waits for it."""
        with self._list_read:
            self._lists_to_come.discard(name)
            self._list_read.notify_all()
            left = [pending for key, pending in self._pending.items() if key[0] == name]
        for pending in left:
            pending.begin()

    # --- What lists have found, for the streams that need it ---

    def note_index(self, key: ListKey, entries: list[Any]) -> None:
        """Stores the index of a list that was read to its end as a stream: what reports need of each record."""
        with self._list_read:
            self._ids.store(key, entries)
            self._list_read.notify_all()
            pending = self._pending.get(key)
        if pending:
            pending.resolve(entries)

    def index_future(
        self, key: ListKey, begin: Callable[[], Future[list[Any]]]
    ) -> Future[list[Any]]:
        """The future of `index`. `begin` starts to read the list; it is called at most once per sync, and only if no
        stream reads it."""
        with self._list_read:
            pending = self._pending.get(key)
            if pending is None:
                pending = self._pending[key] = _PendingIndex(begin)
            known, is_to_come = self._ids.peek(key), key[0] in self._lists_to_come
        if known is not None:
            pending.resolve(known)
        elif not is_to_come:
            pending.begin()
        return pending.future

    def index(self, key: ListKey, fetch: Callable[[], list[Any]]) -> list[Any]:
        """The index of a list: an entry for each record, mostly its id. Waits for a list that is read as a stream;
        fetches any other once per sync."""
        self.wait_for_list(key)
        return self._ids.get_or_fetch(key, fetch)

    def note_names(self, key: ListKey, names: Mapping[str, NameEntry]) -> None:
        """Stores the names of a list's records by id, for `entity_names`."""
        self._names.store(key, names)

    def names(self, key: ListKey) -> Mapping[str, NameEntry] | None:
        """The names of a list's records by id. Waits for a list that is read as a stream, and sends no request. None
        if this sync does not read the list."""
        self.wait_for_list(key)
        return self._names.peek(key)

    def note_promotions(self, key: ListKey, ads: list[Row]) -> None:
        """Stores the Pins and links of an ad account's ads, for `promoted_pins`."""
        self._promotions.store(key, ads)

    def promotions(self, key: ListKey) -> list[Row] | None:
        """The Pins and links of an ad account's ads. None if they were not stored."""
        return self._promotions.peek(key)

    def note_created(self, key: ListKey, created: Mapping[str, date]) -> None:
        """Stores the creation days of a list's records by id, without old ones."""
        self._created.store(key, created)

    def created(self, key: ListKey) -> Mapping[str, date]:
        """The creation days of a list's records by id, without old ones. Empty if this sync does not read the list."""
        return self._created.peek(key) or {}

    def note_records(self, key: ListKey, packed: list[bytes]) -> None:
        """Stores the whole records of a list, packed page by page, for the one other stream that needs them."""
        self._packed[key] = packed

    def take_records(self, key: ListKey) -> list[bytes] | None:
        """Returns the whole records of a list and removes them, to free memory. None if they are not stored."""
        return self._packed.pop(key, None)

    def note_campaigns(self, key: ListKey, campaigns: Mapping[str, str]) -> None:
        """Stores the campaigns of a list's records by id."""
        self._campaigns.store(key, campaigns)

    def campaigns(self, key: ListKey) -> Mapping[str, str]:
        """The campaigns of a list's records by id. Empty if this sync does not read the list."""
        return self._campaigns.peek(key) or {}

    def seen_ids(self, name: str) -> set[str]:
        """The ids that the slices of a list have shown so far. The caller adds to the set."""
        return self._seen.get_or_fetch(name, set)

    def wait_for_list(self, key: ListKey) -> None:
        """Waits until a list is known, or is clear not to be read as a stream."""
        with self._list_read:
            self._list_read.wait_for(
                lambda: self._ids.peek(key) is not None or key[0] not in self._lists_to_come
            )

    def note_unreadable(self, key: tuple[str, ...], fault: str) -> None:
        """Counts an item of a list that cannot be a record, so that it and its reports are missing. `fault`: the
        reason, such as `without an id`."""
        self._unreadable[key][fault] += 1

    def unreadable(self, key: tuple[str, ...]) -> PinterestError | None:
        """An error about the missing items of a list, as far as it has been read. None if there are none."""
        if not self._unreadable.get(key):
            return None
        counts = self._unreadable[key].most_common()
        faults = "; ".join(f"{count:,} {fault}" for fault, count in counts[:FAULTS_SHOWN])
        more = f"; and {len(counts) - FAULTS_SHOWN:,} more" if len(counts) > FAULTS_SHOWN else ""
        return PinterestError(
            f"Pinterest's list {key[0]} has items that are left out: {faults}{more}. Run the sync "
            "again; if this persists, report it."
        )

    def pages(
        self,
        path: str,
        category: str,
        params: Mapping[str, Any] | None = None,
        is_rarely_empty: bool = False,
    ) -> Iterator[list[dict[str, Any]]]:
        """The pages of a list, to its end."""
        return iter(Pages(self.client, path, category, params or {}, is_rarely_empty))

    # --- What is fetched once ---

    def answer_warnings(self, stream: str) -> AnswerWarnings:
        """The warnings about Pinterest's answers to a stream."""
        return self._warnings.get_or_fetch(stream, lambda: AnswerWarnings(stream))

    def total(self, key: Hashable, fetch: Callable[[], Value]) -> Value:
        """The sums of an ad account, fetched once per sync. `key`: all that they depend on, such as the account, the
        days and the column."""
        found: Value = self._totals.get_or_fetch(key, fetch)
        return found

    def ready(self, day: date) -> Ready:
        """Whether Pinterest has closed the numbers of a day, by kind of metrics."""
        return self._readiness.of(day)

    def targeting_options(self, targeting_type: str) -> list[Row]:
        """Pinterest's names of the values of a targeting type, fetched once per sync."""

        def fetch() -> list[Row]:
            path = path_of(TARGETING_OPTIONS, {"targeting_type": targeting_type})
            category = category_of(TARGETING_OPTIONS)
            return targeting_options(self.client.get(path, {}, category, is_rows, if_null=[]))

        return self._options.get_or_fetch(targeting_type, fetch)

    def user(self) -> Mapping[str, Any]:
        """The user whose boards, Pins and account are read: that of the login, or the owner of
        `organic_ad_account_id`. Raises AccessDenied if Pinterest does not let the login read as that owner."""
        return normalize_record(self._users.get_or_fetch("user", self._fetch_user), ["id"])

    @property
    def owner_params(self) -> dict[str, str]:
        """The parameter with which Pinterest answers as for the owner of `organic_ad_account_id`. Empty if that is
        not configured."""
        account = self.config.organic_ad_account_id
        return {"ad_account_id": account} if account else {}

    def _fetch_user(self) -> dict[str, Any]:
        """The user as Pinterest sends it."""
        account = self.config.organic_ad_account_id
        try:
            user = self._request_user()
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
        if self._known_users and id_of(user) not in self._known_users:
            user = self._request_user()
            self._warn_of_another_user(id_of(user))
        owner = self._owner_of(account) if account else ""
        if owner and owner != id_of(user):
            raise AccessDenied(
                f"`organic_ad_account_id`: Pinterest answers with user {id_of(user)}, although ad account {account} "
                f"belongs to user {owner}, so nothing is read. Leave the field empty to read the user of the login."
            )
        return user

    def _request_user(self) -> dict[str, Any]:
        user: dict[str, Any] = self.client.get(
            "/user_account", self.owner_params, "org_read", is_user
        )
        return user

    def _warn_of_another_user(self, user_id: str) -> None:
        """Warns if earlier syncs have read only other users."""
        if user_id not in self._known_users:
            known = ", ".join(sorted(self._known_users)[:3])
            logger.warning(
                f"This login's data is that of user {user_id}, and earlier syncs have read user {known}, whose rows "
                "stay as they are. Log in as that user if this is not meant."
            )

    def _owner_of(self, account: str) -> str:
        """The id of an ad account's owner; empty if Pinterest does not say."""
        listed = self.listed_ad_accounts()
        if account not in listed:
            raise AccessDenied(unseen(account, listed, "organic_ad_account_id"))
        owner = listed[account].get("owner")
        return id_of(owner) if isinstance(owner, dict) else ""

    def ad_accounts(self) -> list[AdAccount]:
        """The ad accounts that a complete sync has to read, by ascending id: those of `ad_account_ids`, or else all
        that the login sees with an ads role."""
        accounts = self._accounts.get_or_fetch("ad accounts", self._ad_accounts)
        self.pool.has_several_accounts = len(accounts) > 1
        return list(accounts)

    def account(self, ad_account_id: str) -> AdAccount:
        """One of `ad_accounts`. If it is none of them, it has nothing but its id."""
        by_id = self._accounts_by_id.get_or_fetch(
            "ad accounts", lambda: {account.id: account for account in self.ad_accounts()}
        )
        return by_id.get(ad_account_id) or AdAccount(ad_account_id)

    def today_of(self, ad_account_id: str) -> date:
        """The present day for the reports of an ad account: in UTC, or in its own time zone."""
        if not self.config.has_local_days:
            return self.today
        return self._local_days.today(self.account(ad_account_id))

    def verify_local_days(self) -> None:
        """Raises ChoiceRefused if the configuration asks for days that Pinterest does not give this app."""
        if self.config.has_local_days:
            self._local_days.verify(self.ad_accounts())

    def listed_ad_accounts(self) -> Mapping[str, dict[str, Any]]:
        """By id: every ad account that the login sees, with whatever role, as Pinterest sends it."""
        return self._listed.get_or_fetch("listed", self._listed_ad_accounts)

    def _listed_ad_accounts(self) -> Mapping[str, dict[str, Any]]:
        listed = self._read_ad_accounts()
        known = () if self.config.ad_account_ids else self._known_accounts
        if any(id_ not in listed or not has_ads_role(listed[id_]) for id_ in known):
            listed = {**listed, **self._read_ad_accounts()}
        return listed

    def _read_ad_accounts(self) -> dict[str, dict[str, Any]]:
        listed: dict[str, dict[str, Any]] = {}
        end = EndlessListGuard("/ad_accounts", self.client.limits)
        params = {"include_shared_accounts": True}
        for page in self.pages("/ad_accounts", "ads_read", params, is_rarely_empty=True):
            for _ in filterfalse(id_of, page):
                self.note_unreadable(("ad_accounts",), "without an id")
            warnings = self.answer_warnings("ad_accounts")
            new = {**unique_records(filter(id_of, page), id_of, warnings), **listed}
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
                    f"Ad account {account_id} ({cut(printable(name), 100)}) is left out: this login's "
                    f"roles there are {cut(', '.join(permissions), 200) or 'none'}, which do not allow "
                    "reading ads. To read it, ask its owner for the Analyst role."
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


class _PendingIndex:
    """The future index of one list: from its stream, or from a task that is started at most once."""

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

    def resolve(self, entries: list[Any]) -> None:
        if self._is_first():
            self.future.set_result(entries)

    def _pass_on(self, result: Future[list[Any]]) -> None:
        if (error := result.exception()) is not None:
            if self._is_first():
                self.future.set_exception(error)
        else:
            self.resolve(result.result())

    def _is_first(self) -> bool:
        with self._lock:
            self._begin = None
            was_known, self._is_known = self._is_known, True
        return not was_known


def text_of(value: Any) -> str:
    """A value of an answer as text; empty for null.

    >>> text_of("Shoes"), text_of(None), text_of({"en": "Shoes"})
    ('Shoes', '', '{"en": "Shoes"}')
    """
    if isinstance(value, str) or value is None:
        return value or ""
    return json.dumps(value, ensure_ascii=False)


def id_of(item: Mapping[str, Any]) -> str:
    """The normalized id of an item; empty if it has no valid one."""
    try:
        found = normalize_id(item.get("id"))
    except UnusableAnswer:
        return ""
    return found if isinstance(found, str) and ID.fullmatch(found) else ""


def is_user(body: Any) -> bool:
    """Whether a body is a user with an id and a name."""
    return (
        isinstance(body, dict)
        and bool(id_of(body))
        and isinstance(body.get("username"), str)
        and bool(body["username"])
    )
