"""The `check` command: finds out who is logged in, what the login can read, and what to do about the rest.

It sends at most six requests, including that for a token, plus one per 250 ad accounts beyond the first. If the user
chose attribution windows, it sends one per combination, ten at most, and one with Pinterest's own windows to compare.
It sends one for the columns and breakdowns of each level of custom reports, and two for those of all other ads reports.

A problem is anything that makes a sync impossible, or makes it lack something that the configuration names. Everything
else is only logged.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from source_pinterest.api import targeting_types
from source_pinterest.api.columns import columns_at
from source_pinterest.api.endpoints import category_of, scopes_of, template_of
from source_pinterest.api.facts import api_facts
from source_pinterest.config.config import WINDOWS, Config
from source_pinterest.http.errors import (
    AccessDenied,
    ChoiceRefused,
    EndpointRefused,
    NotFound,
    PinterestError,
    RateLimited,
    RequestRefused,
    Unavailable,
)
from source_pinterest.streams.registry import STREAMS, SUGGESTED, PinterestStream
from source_pinterest.sync.ad_accounts import Verdict, judge, roles_of, unseen
from source_pinterest.sync.context import SyncContext, id_of, text_of
from source_pinterest.sync.observed import named_in
from source_pinterest.sync.pages import is_page
from source_pinterest.text import listed, printable, printable_lines

MISSING_SCOPE = 3
"""Pinterest's code in a 401 for a token that lacks a scope."""

SHOWN = 50
"""The most ad accounts of one kind that are named."""

NAME_LENGTH = 100
"""The most characters of a name in a message."""

MAX_COMBINATIONS = 10
"""The most combinations of attribution windows that are tried. Our choice, so that the user does not wait long."""

Windows = tuple[int, ...]
"""Attribution windows: days after a click, an engagement and a view."""

SECRET_SCOPES = {
    "boards:read_secret": "secret boards are left out",
    "pins:read_secret": "Pins on secret boards are left out",
}
"""By scope that no stream needs: what is missing without it."""


def needed_scopes(
    streams: Iterable[type[PinterestStream]] = STREAMS,
) -> dict[str, frozenset[str]]:
    """By name of a stream: the scopes without which it cannot be read."""
    return {stream.name: stream.scopes for stream in (make() for make in streams)}


def describe_missing_scopes(scopes: Iterable[str]) -> list[str]:
    """A sentence for each of these missing scopes, with the suggested streams that cannot be read without it.

    >>> describe_missing_scopes(["boards:read_secret"])
    ['The scope boards:read_secret is missing: secret boards are left out.']
    """
    sentences = []
    for scope in sorted(scopes):
        reports = [name for name, needed in needed_scopes(SUGGESTED).items() if scope in needed]
        lost = f"{_listed(reports)} cannot be read" if reports else SECRET_SCOPES.get(scope, "")
        sentences.append(f"The scope {scope} is missing: {lost}." if lost else "")
    return [sentence for sentence in sentences if sentence]


@dataclass
class CheckResult:
    """The result of a check. It has succeeded if there are no problems."""

    problems: list[str] = field(default_factory=list)
    """Why it has failed: a sentence each."""
    user: str = ""
    """The name of the user; empty if it is not known."""
    ad_accounts: int = 0
    """How many can be read."""
    reports: int = 0
    """How many of the suggested streams can be read."""
    custom_reports: int = 0

    @property
    def summary(self) -> str:
        """The message of a successful check."""
        accounts = f"{self.ad_accounts} ad account{'' if self.ad_accounts == 1 else 's'}"
        who = f"Logged in as {self.user}" if self.user else "Logged in"
        custom = f"{self.custom_reports} custom report{'' if self.custom_reports == 1 else 's'}, "
        return (
            f"{who}: {self.reports} of {len(SUGGESTED)} reports, "
            f"{custom if self.custom_reports else ''}{accounts}."
        )


class Check:
    """One check."""

    def __init__(self, context: SyncContext, logger: logging.Logger) -> None:
        self._context = context
        self._client = context.client
        self._config: Config = context.config
        self._logger = logger
        self._allowed: set[str] = set()
        """Scopes that the login has been shown to have."""
        self._missing: set[str] = set()
        """Scopes that it lacks."""
        self._refused: dict[str, AccessDenied] = {}
        """By scope that the login may have: why a request that needs it was refused."""
        self._gave_up = False
        self._default_windows_accepted: bool | None = None
        self._result = CheckResult(custom_reports=len(self._config.custom_reports))

    def run(self) -> CheckResult:
        """Runs the check. Raises a PinterestError if Pinterest does not answer, or refuses the login."""
        self._check_login()
        accounts = self._ad_accounts()
        pin = self._boards_and_pins()
        self._report_scopes()
        self._several_pins_at_once(pin)
        self._attribution_windows(accounts)
        self._local_days()
        self._columns(accounts)
        self._report_lifetime()
        self._result.problems = [printable_lines(problem) for problem in self._result.problems]
        return self._result

    # --- The user ---

    def _check_login(self) -> None:
        try:
            user = self._context.user()
        except AccessDenied as error:
            if self._config.organic_ad_account_id:
                self._result.problems.append(str(error))
                return
            self._note_denied("GET /user_account", error)
            self._logger.warning(f"Pinterest did not say who is logged in: {error}")
            return
        except EndpointRefused as error:
            self._could_not_check("who is logged in", error)
            return
        self._allowed |= scopes_of("GET /user_account")
        name = printable(user["username"], NAME_LENGTH)
        if account := self._config.organic_ad_account_id:
            self._logger.info(
                f"Boards, Pins and the user account are read as {name} (user {user['id']}), the owner of ad "
                f"account {account}."
            )
            return
        self._result.user = name
        self._logger.info(f"Logged in as {name} (user {user['id']}).")

    # --- Ad accounts ---

    def _ad_accounts(self) -> list[str]:
        """The ids of the ad accounts that can be read."""
        named = self._config.ad_account_ids
        try:
            seen = self._context.listed_ad_accounts()
        except AccessDenied as error:
            self._note_denied("GET /ad_accounts", error)
            if named:
                self._result.problems.append(
                    f"`ad_account_ids` names ad accounts, but this login may not read ads: {error}"
                )
            else:
                self._logger.warning(f"Nothing about ads can be read with this login: {error}")
            return []
        if unreadable := self._context.unreadable(("ad_accounts",)):
            self._logger.warning(str(unreadable))
        readable, problems, left_out = [], [], []
        for account_id, item, verdict in judge(named, seen):
            if verdict is Verdict.UNSEEN:
                problems.append(unseen(account_id, seen))
            elif verdict is Verdict.NO_ADS_ROLE:
                account = _account(account_id, item)
                fact = "this role does not allow reading ads"
                if named:
                    problems.append(
                        f"{account}: {fact}. Ask its owner for the Analyst role, or take it out of "
                        "`ad_account_ids`."
                    )
                else:
                    left_out.append(
                        f"{account} is left out: {fact}. To read it, ask its owner for the Analyst role."
                    )
            else:
                readable.append(account_id)
                if len(readable) <= SHOWN:
                    self._logger.info(f"{_account(account_id, item)} is read.")
        for sentence in _first(left_out, "ad accounts are left out because the role is missing."):
            self._logger.warning(sentence)
        self._result.problems += _first(
            problems, "ad accounts that `ad_account_ids` names cannot be read."
        )
        if len(readable) > SHOWN:
            self._logger.info(f"{len(readable):,} ad accounts are read in total.")
        if not readable:
            self._logger.warning("No ad account can be read: the reports of ads will be empty.")
        self._result.ad_accounts = len(readable)
        return readable

    # --- Scopes ---

    def _boards_and_pins(self) -> str | None:
        """The id of one of the user's own Pins, if the first page has one."""
        owner_params = self._context.owner_params
        self._probe("GET /boards", {"page_size": 1, **owner_params}, is_page)
        params = {"page_size": 25, "include_protected_pins": True, **owner_params}
        pins = self._probe("GET /pins", params, is_page)
        known = self._client.tokens.scopes
        if known is not None:
            self._missing |= {*_scopes(STREAMS), *SECRET_SCOPES} - known
        items = [item for item in (pins or {"items": []})["items"] if isinstance(item, dict)]
        own = [id_of(item) for item in items if item.get("is_owner") is True]
        return next(filter(None, own), None)

    def _report_scopes(self) -> None:
        needed = needed_scopes(SUGGESTED)
        lacking = self._missing | set(self._refused)
        allowed = [name for name, scopes in needed.items() if not scopes & lacking]
        self._result.reports = len(allowed)
        if len(allowed) == len(needed):
            self._logger.info(f"This login may read all {len(needed)} reports.")
        for sentence in describe_missing_scopes(self._missing):
            self._logger.warning(sentence)
        if not allowed:
            beyond = _scopes(STREAMS) - _scopes(SUGGESTED)
            missing = sorted(self._missing - beyond)
            why = [f"the scopes {_listed(missing)} are missing"] * bool(missing)
            why += sorted({str(error).rstrip(".") for error in self._refused.values()})
            self._result.problems.append(
                f"None of the {len(needed)} reports can be read with this login: {'; '.join(why)}. "
                "Log in again, and allow everything that the app asks for."
            )

    # --- What the app may do ---

    def _several_pins_at_once(self, pin: str | None) -> None:
        """Logs whether the app may read the analytics of several Pins at once, which is in beta."""
        if pin is None or self._gave_up:
            return
        yesterday = (self._context.today - timedelta(days=1)).isoformat()
        params = {
            "pin_ids": [pin],
            "metric_types": ["IMPRESSION"],
            "start_date": yesterday,
            "end_date": yesterday,
            **self._context.owner_params,
        }
        try:
            self._client.get("/pins/analytics", params, "org_analytics", _is_object)
        except (AccessDenied, NotFound) as error:
            self._logger.info(
                "pin_analytics reads one Pin per request, 60 a minute: Pinterest does not allow this "
                f"app to ask for several at once ({error.error_summary})."
            )
        except (Unavailable, RateLimited, RequestRefused) as error:
            self._could_not_check("whether Pins may be read 100 at a time", error)
        else:
            self._logger.info("pin_analytics reads 100 Pins at a time.")

    def _attribution_windows(self, accounts: list[str]) -> None:
        """Tries the chosen attribution windows: Pinterest does not accept every combination, and does not document
        which ones it does."""
        combinations = self._combinations()
        if not combinations or not accounts:
            return
        whether = "whether Pinterest accepts the attribution windows"
        for windows, (time, places) in list(combinations.items())[:MAX_COMBINATIONS]:
            if self._gave_up:
                return
            words = f"{_in_words(windows)}{_listed_places(places)}"
            try:
                self._ask_for_a_day(accounts[0], windows, time)
            except RequestRefused as refusal:
                if not self._accepts_default_windows(accounts[0]):
                    return
                self._result.problems.append(
                    f"Pinterest does not accept these attribution windows together: {words} "
                    f"({refusal.error_summary}). "
                    f"Choose others; Pinterest's defaults are {listed(DEFAULT_WINDOWS, 'and')}."
                )
            except PinterestError as error:
                self._could_not_check(whether, error)
                return
            else:
                self._logger.info(f"Pinterest accepts the attribution windows: {words}.")
        if (more := len(combinations) - MAX_COMBINATIONS) > 0:
            self._logger.info(
                f"The check does not try {more} more combinations of attribution windows: the sync "
                "says whether Pinterest accepts them."
            )

    def _local_days(self) -> None:
        """If the configuration asks for local days, finds out whether the app may have them. They are in beta."""
        if self._gave_up or not self._config.has_local_days:
            return
        try:
            self._context.verify_local_days()
        except ChoiceRefused as refusal:
            self._result.problems.append(str(refusal))
        except PinterestError as error:
            self._could_not_check("whether Pinterest gives the days of other time zones", error)
        else:
            self._logger.info(
                "The reports of ads have the days of each ad account's own time zone."
            )

    def _combinations(self) -> dict[Windows, tuple[str, list[str]]]:
        """The chosen combinations of windows that are not Pinterest's own, each with the report time and its places:
        custom reports, or "" for the setting for all reports."""
        config = self._config
        found: dict[Windows, tuple[str, list[str]]] = {}

        def add(windows: Windows, time: str, place: str) -> None:
            if windows != DEFAULT_WINDOWS:
                found.setdefault(windows, (time, []))[1].append(place)

        of_all = tuple(getattr(config, name) for name in WINDOWS)
        add(of_all, config.conversion_report_time, "")
        for number, report in enumerate(config.custom_reports):
            own = [getattr(report, name) for name in WINDOWS]
            windows = tuple(
                inherited if chosen is None else chosen
                for chosen, inherited in zip(own, of_all, strict=True)
            )
            if windows != of_all:
                time = report.conversion_report_time or config.conversion_report_time
                add(windows, time, f"`custom_reports[{number}]` ({report.name})")
        return found

    def _accepts_default_windows(self, account: str) -> bool:
        """Whether Pinterest accepts its default windows, so that a refusal of others is about the windows."""
        if self._default_windows_accepted is None:
            try:
                self._ask_for_a_day(account, DEFAULT_WINDOWS, self._config.conversion_report_time)
                self._default_windows_accepted = True
            except PinterestError as error:
                self._could_not_check("whether Pinterest accepts the attribution windows", error)
                self._default_windows_accepted = False
        return self._default_windows_accepted

    def _ask_for_a_day(self, account: str, windows: Windows, report_time: str) -> None:
        yesterday = (self._context.today - timedelta(days=1)).isoformat()
        params: dict[str, Any] = {
            "start_date": yesterday,
            "end_date": yesterday,
            "granularity": "TOTAL",
            "columns": ["SPEND_IN_MICRO_DOLLAR", "TOTAL_CONVERSIONS"],
            **dict(zip(WINDOWS, windows, strict=True)),
            "conversion_report_time": report_time,
        }
        path = f"/ad_accounts/{account}/analytics"
        self._client.get(path, params, "ads_analytics", _is_list)

    def _columns(self, accounts: list[str]) -> None:
        """Logs the columns and breakdowns that Pinterest refuses this app, with one request per level. A sync leaves
        them out."""
        if not accounts:
            return
        account, facts = accounts[0], api_facts()
        for level, params in {
            "analytics": {"columns": facts["columns"]},
            "targeting_analytics": {
                "columns": list(columns_at("CAMPAIGN_TARGETING")),
                "targeting_types": self._targeting_types(),
            },
        }.items():
            asked = {**self._one_day(), "granularity": "TOTAL", **params}
            path = f"/ad_accounts/{account}/{level}"
            what = f"reports of ads ({level.replace('_', ' ')})"
            ask = partial(self._client.get, path, asked, "ads_analytics", _is_list_or_object)
            self._log_refused_names(
                what, ask, [*asked["columns"], *params.get("targeting_types", [])]
            )
        for api_level, (columns, types) in self._custom_levels().items():
            body = {**self._one_day(), "granularity": "DAY", "level": api_level, "columns": columns}
            body |= {"targeting_types": types} if types else {}
            path = f"/ad_accounts/{account}/reports"
            ask = partial(self._client.post, path, body, "ads_analytics", _is_object)
            self._log_refused_names(f"custom reports of level {api_level}", ask, [*columns, *types])

    def _log_refused_names(self, what: str, ask: Callable[[], Any], names: list[str]) -> None:
        if self._gave_up:
            return
        try:
            ask()
        except (RequestRefused, AccessDenied) as refusal:
            if named := named_in(refusal.text, names):
                self._logger.warning(
                    f"Pinterest refuses {_listed(named[:SHOWN])} in {what}: a sync leaves them out, so "
                    f"the columns are null and the breakdowns have no rows ({refusal.error_summary})."
                )
            else:
                self._logger.info(
                    f"Pinterest does not accept all columns of {what} together; a sync finds out which "
                    f"ones it refuses ({refusal.error_summary})."
                )
        except PinterestError as error:
            self._could_not_check(f"which columns of {what} can be read", error)

    def _targeting_types(self) -> list[str]:
        chosen, allowed = self._config.targeting_types, targeting_types.synchronous("ad_account")
        return [option for option in allowed if option in chosen or not chosen] or list(allowed)

    def _custom_levels(self) -> dict[str, tuple[list[str], list[str]]]:
        """The columns and breakdowns of all custom reports, by Pinterest's name of the level."""
        levels: dict[str, tuple[list[str], list[str]]] = {}
        for report in self._config.custom_reports:
            columns, types = levels.setdefault(report.api_level, ([], []))
            columns += [
                column for column in report.request_columns(report.columns) if column not in columns
            ]
            types += [
                targeting_type
                for targeting_type in report.targeting_types
                if targeting_type not in types
            ]
        return levels

    def _one_day(self) -> dict[str, str]:
        yesterday = (self._context.today - timedelta(days=1)).isoformat()
        return {"start_date": yesterday, "end_date": yesterday}

    # --- The lifetime of the login ---

    def _report_lifetime(self) -> None:
        self._logger.info(self._client.tokens.describe_lifetime())

    # --- Requests ---

    def _probe(
        self,
        endpoint: str,
        params: Mapping[str, Any],
        is_expected: Callable[[Any], bool],
    ) -> Any:
        """The body of an answer. None if the request failed: the log says why."""
        if self._gave_up:
            return None
        path = template_of(endpoint)
        try:
            body = self._client.get(path, params, category_of(endpoint), is_expected)
            self._allowed |= scopes_of(endpoint)
            return body
        except AccessDenied as error:
            self._note_denied(endpoint, error)
            self._logger.warning(str(error))
        except (Unavailable, RateLimited, NotFound, RequestRefused) as error:
            self._could_not_check(f"whether {path} can be read", error)
        return None

    def _note_denied(self, endpoint: str, error: AccessDenied) -> None:
        """Notes the scopes that a refusal can be about: those of the endpoint that the login is not known to have."""
        scopes = scopes_of(endpoint)
        unknown = scopes - self._allowed - (self._client.tokens.scopes or frozenset())
        named = {scope for scope in scopes if scope in str(error)}
        missing = named or unknown & self._missing or unknown
        if error.code == MISSING_SCOPE and missing:
            self._missing |= missing
        else:
            self._refused.update(dict.fromkeys(scopes - self._allowed or scopes, error))

    def _could_not_check(self, what: str, error: PinterestError) -> None:
        """Logs that something could not be found out. After an outage, no further requests are sent."""
        is_slow = isinstance(error, Unavailable) and not isinstance(error, EndpointRefused)
        self._gave_up = self._gave_up or is_slow
        self._logger.warning(f"The check could not find out {what}: {error}")


def _scopes(streams: Iterable[type[PinterestStream]]) -> set[str]:
    return {scope for scopes in needed_scopes(streams).values() for scope in scopes}


def _account(account_id: str, item: Mapping[str, Any]) -> str:
    """`Ad account 549755885175 (Name, EUR; your role: OWNER)`."""
    roles = roles_of(item)
    shown = "not told" if roles is None else printable(_listed(roles), NAME_LENGTH) or "none"
    name = printable(text_of(item.get("name")), NAME_LENGTH) or "without a name"
    currency = printable(text_of(item.get("currency")), NAME_LENGTH) or "no currency"
    return f"Ad account {account_id} ({name}, {currency}; your role: {shown})"


def _first(sentences: list[str], what: str) -> list[str]:
    """The first sentences, and a last one that counts the others."""
    more = len(sentences) - SHOWN
    return [*sentences[:SHOWN], f"And {more:,} more {what}"] if more > 0 else sentences


DEFAULT_WINDOWS: Windows = tuple(Config.model_fields[name].default for name in WINDOWS)


def _in_words(windows: Windows) -> str:
    return ", ".join(f"`{name}` {days}" for name, days in zip(WINDOWS, windows, strict=True))


def _listed_places(places: list[str]) -> str:
    """
    >>> _listed_places([""]), _listed_places(["`custom_reports[0]` (a)", "`custom_reports[1]` (b)"])
    ('', ' of `custom_reports[0]` (a) and `custom_reports[1]` (b)')
    """
    if places[0] == "":
        return ""
    more = [f"{len(places) - 3} more"] if len(places) > 3 else []
    return f" of {listed([*places[:3], *more], 'and')}"


def _listed(names: Iterable[Any]) -> str:
    return ", ".join(map(str, names))


def _is_object(body: Any) -> bool:
    return isinstance(body, dict)


def _is_list_or_object(body: Any) -> bool:
    return isinstance(body, (list, dict))


def _is_list(body: Any) -> bool:
    return isinstance(body, list)
