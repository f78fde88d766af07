"""Splits a sync into shards, one per connection: the ad accounts by work, and the states. No I/O."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from source_pinterest.api.limits import Limits
from source_pinterest.config.config import SMALLEST_SHARE
from source_pinterest.plan.estimate import least_minutes, per_minute
from source_pinterest.streams.analytics.base import AnalyticsStream
from source_pinterest.streams.base import PinterestStream
from source_pinterest.streams.lists.ad_accounts import AdAccounts
from source_pinterest.streams.lists.base import ListStream
from source_pinterest.streams.lists.catalogs import CatalogList
from source_pinterest.streams.lists.history import EntityHistory
from source_pinterest.streams.lists.promoted_pins import PromotedPins
from source_pinterest.sync.compact_state import expand
from source_pinterest.sync.state import foreign_state_error


class NotSplit(Exception):
    """The work cannot be split as requested. `str()` says why."""


@dataclass
class Shard:
    """What one connection reads."""

    name: str
    """Such as `shard_01`."""
    ad_accounts: list[str] = field(default_factory=list)
    """Their ids."""
    requests: Counter[str] = field(default_factory=Counter)
    """By category of rate limits."""
    has_user_streams: bool = False
    """Whether it reads the streams of the user."""
    reads_ad_accounts: bool = True
    """False if none of its ad accounts is left: it then has no streams of ad accounts, which would read all."""
    share: float = 1.0
    """The share of Pinterest's rate limits that it may use, 0 to 1."""

    def minutes(self, limits: Limits) -> int:
        """The least whole minutes of its sync. `limits`: Pinterest's, without the share."""
        shared = limits.with_share(self.share)
        return max(least_minutes(self.requests, shared).values(), default=0)


def is_of_ad_accounts(stream: PinterestStream) -> bool:
    """Whether a stream depends on the ad accounts of the connection. All other streams are about the user, and the same
    in every connection."""
    if isinstance(stream, AnalyticsStream):
        return stream.account_field == "ad_account_id"
    if isinstance(stream, (AdAccounts, CatalogList, EntityHistory, PromotedPins)):
        return True
    return isinstance(stream, ListStream) and stream.is_per_ad_account


def split(
    requests_by_account: Mapping[str, Counter[str]],
    accounts: Iterable[str],
    number: int,
    limits: Limits,
    *,
    is_one_login: bool,
    share: float = 1.0,
    former: Mapping[str, Sequence[str]] | None = None,
) -> list[Shard]:
    """Distributes the ad accounts over `number` shards, so that each has about the same work. There are fewer shards if
    there are fewer ad accounts. The first one has the user's streams.

    `former`: by name of a shard, the ad accounts that it had before. They stay there, where their states and tables
    are. A shard whose ad accounts are all gone stays, and is the first to get a new one.

    `requests_by_account`: by ad account (empty: the user), its requests by category of rate limits. `limits`:
    Pinterest's. `is_one_login`: whether the shards divide `share` of the limits among themselves; if not, each has
    `share` of them. Raises NotSplit.
    """
    minutes = {
        account: _minutes(requests_by_account.get(account, Counter()), limits)
        for account in accounts
    }
    former = former or {}
    number = _shard_count(number, len(minutes), former)
    if is_one_login:
        share = math.floor(1e4 * share / number) / 1e4
    if share < SMALLEST_SHARE:
        raise NotSplit(
            f"Each of {number} connections with one login would have less than {SMALLEST_SHARE} of the rate "
            "limits. Make fewer, or give each a login of its own (--own-logins)."
        )
    digits = max(2, len(str(number)))
    shards = [Shard(f"shard_{n:0{digits}}") for n in range(1, number + 1)]
    shards[0].has_user_streams = True
    shards[0].requests += requests_by_account.get("", Counter())
    by_name = {shard.name: shard for shard in shards}
    homes = {account: name for name, of_it in former.items() for account in of_it}
    for account in sorted(
        minutes, key=lambda account: (account not in homes, -minutes[account], int(account))
    ):
        requests = requests_by_account.get(account, Counter())
        shard = by_name.get(homes.get(account, "")) or _least_loaded(shards, requests, limits)
        shard.ad_accounts.append(account)
        shard.requests += requests
    for shard in shards:
        shard.ad_accounts.sort(key=int)
        shard.share = share
        shard.reads_ad_accounts = bool(shard.ad_accounts) or number == 1
    return shards


def _shard_count(wanted: int, accounts: int, former: Mapping[str, Sequence[str]]) -> int:
    """The number of shards: no more than there are ad accounts, and as many as there were before. Raises NotSplit if
    the user wants another number."""
    number = max(1, min(wanted, accounts))
    before = len(former)
    had_too_few_accounts = sum(map(len, former.values())) <= before
    if not before or number == before or (number > before and had_too_few_accounts):
        return number
    if number < before <= wanted:
        return before  # ad accounts are gone
    raise NotSplit(
        f"This folder already has {before} connections, not {wanted}. Name another folder, "
        "and give the joined states of these connections with --state."
    )


def _least_loaded(shards: Sequence[Shard], requests: Counter[str], limits: Limits) -> Shard:
    """The shard that takes the shortest time with these requests. One without ad accounts comes first: if the user has
    many Pins, the first one would otherwise stay empty."""

    def length(shard: Shard) -> tuple[bool, float, int]:
        together = shard.requests + requests
        return bool(shard.ad_accounts), _minutes(together, limits), together.total()

    return min(shards, key=length)


def split_by_minutes(
    requests_by_account: Mapping[str, Counter[str]],
    accounts: Sequence[str],
    minutes: int,
    limits: Limits,
    *,
    is_one_login: bool,
    share: float = 1.0,
) -> list[Shard]:
    """The fewest shards of which none takes more than so many minutes. Raises NotSplit if that is impossible."""
    shards: list[Shard] = []
    for number in range(1, max(1, len(accounts)) + 1):
        shards = split(
            requests_by_account, accounts, number, limits, is_one_login=is_one_login, share=share
        )
        longest = max(shard.minutes(limits) for shard in shards)
        if longest <= minutes:
            return shards
        if is_one_login:
            raise NotSplit(
                f"With one login, a sync takes at least {longest:,} minutes, over however many connections "
                "it is split. Give each connection a login of its own (--own-logins), or read less."
            )
    raise NotSplit(
        f"One ad account, or the user's own streams, take {longest:,} minutes at least, so no connection is "
        f"shorter. Read less, or allow {longest:,} minutes."
    )


def _minutes(requests: Mapping[str, int], limits: Limits) -> float:
    """The minutes that the requests take, by the category that takes longest."""
    allowed = per_minute(limits)
    return max((number / allowed[name] for name, number in requests.items()), default=0.0)


# --- The files of a shard ---


def config_of(
    shard: Shard, config: Mapping[str, Any], *, shares_login: bool = False
) -> dict[str, Any]:
    """The configuration of a shard: that of the connection, with the shard's ad accounts and share.

    `shares_login`: whether it gets only the access token. Each renewal may replace the refresh token, so that of
    several processes with the same one, the first would lock out the others.
    """
    found = {**config, "ad_account_ids": shard.ad_accounts}
    token = config["credentials"].get("access_token")
    if shares_login and token:
        found["credentials"] = {"auth_method": "access_token", "access_token": token}
    if shard.share != 1:
        found["rate_limit_share"] = shard.share
    return found


def catalog_of(
    shard: Shard, catalog: Mapping[str, Any], streams: Mapping[str, PinterestStream]
) -> dict[str, Any]:
    """The configured catalog of a shard. Only one shard has the user's streams."""

    def has(name: str) -> bool:
        is_of_ad_accounts = _is_of_ad_accounts(name, streams)
        return shard.reads_ad_accounts if is_of_ad_accounts else shard.has_user_streams

    return {
        **catalog,
        "streams": [
            configured for configured in catalog["streams"] if has(configured["stream"]["name"])
        ],
    }


def states_of(
    shard: Shard, states: Iterable[Mapping[str, Any]], streams: Mapping[str, PinterestStream]
) -> list[dict[str, Any]]:
    """The STATE messages of a shard: of each stream, the entries of its ad accounts, or of the user. Raises NotSplit
    for a state that this connector cannot have written."""
    found = []
    for message in states:
        state = _payload(message)
        name = state["stream"]["stream_descriptor"]["name"]
        entries = _entries(state, name)
        if _is_of_ad_accounts(name, streams):
            kept = {"version", *shard.ad_accounts}
            entries = {key: entries[key] for key in entries if key in kept}
        elif not shard.has_user_streams:
            continue
        stream = {**state["stream"], "stream_state": entries}
        found.append({**state, "stream": stream})
    return found


def join_states(states: Iterable[Iterable[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """The states of several shards, merged into those of one connection. Raises NotSplit if two have different entries
    for the same ad account of a stream, which are not from the same split."""
    found: dict[str, dict[str, Any]] = {}
    for messages in states:
        for message in messages:
            state = _payload(message)
            descriptor = state["stream"]["stream_descriptor"]
            name = descriptor["name"]
            entries = _entries(state, name)
            former = found.setdefault(
                name,
                {"type": "STREAM", "stream": {"stream_descriptor": descriptor, "stream_state": {}}},
            )["stream"]["stream_state"]
            for key, entry in entries.items():
                if former.setdefault(key, entry) != entry:
                    raise NotSplit(
                        f"Two of the files have different states for {key} of {name}. Join the states of the "
                        "connections of one split, each once."
                    )
    return list(found.values())


def _entries(state: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The entries of a stream's state, by account; and its version."""
    try:
        return expand(state["stream"].get("stream_state") or {})
    except ValueError as error:
        raise NotSplit(str(foreign_state_error(name, str(error)).message)) from None


def _payload(message: Mapping[str, Any]) -> dict[str, Any]:
    """The state in a message, which may also be the state itself: platforms save either."""
    return dict(message.get("state") or message)


def _is_of_ad_accounts(name: str, streams: Mapping[str, PinterestStream]) -> bool:
    stream = streams.get(name)
    return stream is not None and is_of_ad_accounts(stream)


def shards_as_json(shards: Iterable[Shard], limits: Limits) -> dict[str, Any]:
    """The shards as --json prints them; empty if there are none."""
    found = [
        {
            "name": shard.name,
            "ad_accounts": shard.ad_accounts,
            "requests": dict(shard.requests),
            "minutes": shard.minutes(limits),
            "rate_limit_share": shard.share,
        }
        for shard in shards
    ]
    return {"shards": found} if found else {}
