"""The HTTP side of the fake Pinterest. It holds no data: an answer follows from the request, the
world and `today`. Only the tokens have a state."""

from __future__ import annotations

import base64
import itertools
import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from functools import cache
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl

import flask
import orjson
from werkzeug.exceptions import HTTPException

from . import account_lists, look_ups, pin_metrics, product_groups, shop
from .authorization import SCOPES, Authorization, add_to
from .boards import BoardContents
from .catalogs import CatalogData
from .facts import OPERATIONS
from .metrics import Attribution, mixed
from .pages import page
from .rankings import ranking
from .rate_limits import headers as rate_limit_headers
from .refusals import (
    BETA_TARGETING_TYPES,
    LONGEST_REQUEST_LINE,
    OUT_OF_WINDOW,
    REFUSED_COLUMNS,
    Refused,
    checked,
    invalid,
    own_zone,
)
from .reports import Reports
from .serving import Serving
from .world import ADS_ROLES, AdAccount, Record, World, nullable
from .wsgi import ApplicationServer

Body = bytes | str | dict[str, Any] | list[Any] | None
Fault = tuple[int, Body, dict[str, str]]
Values = dict[str, Any]

SPLITS = {
    "NO_SPLIT": ["all"],
    "APP_TYPE": ["MOBILE", "TABLET", "WEB"],
    "OWNED_CONTENT": ["CLAIMED", "OTHER"],
    "SOURCE": ["YOUR_PINS", "OTHER_PINS"],
    "PIN_FORMAT": ["ORGANIC_IMAGE", "ORGANIC_PRODUCT", "ORGANIC_VIDEO", "ADS_STANDARD"],
}
NO_MULTI_PIN = (401, 3, "Your application does not have access to this feature.")
ACCESS_TOKEN_SECONDS = 2_592_000
REFRESH_TOKEN_SECONDS = 5_184_000


@dataclass
class Request:
    """One request, in the order of arrival; `status` is None until it is answered."""

    method: str
    path: str
    operation: str | None
    """As the description names it, "GET /ad_accounts/{ad_account_id}/ads"; None: unknown path."""
    params: dict[str, list[str]]
    """Of the query, or of the form for POST /oauth/token."""
    category: str | None
    """The rate limit category."""
    access_token: str | None = field(default=None, repr=False)
    received_at: float = 0.0
    """time.monotonic()"""
    json: Any = None
    """The body, if it is JSON."""
    status: int | None = None


class FakePinterest:
    """Serves while the context is entered (or between `start` and `stop`).

    Everything that is set here may be changed while it serves.
    """

    def __init__(
        self,
        world: World | None = None,
        *,
        today: date = date(2026, 11, 24),
        port: int = 0,
        multi_pin: bool = True,
        multi_ad_group: bool = True,
        id_arrays: str = "comma",
        wrong_form: str = "refused",
        status_arrays: str = "comma",
        wrong_status_form: str = "refused",
        breakdown_arrays: str = "comma",
        wrong_breakdown_form: str = "refused",
        lookback_days: int = 89,
        report_lookback_days: int = 913,
        hourly_lookback_days: int = 7,
        item_lookback_days: int = 91,
        flaky_window: int = 0,
        refused_columns: dict[str, set[str]] | None = None,
        refused_targeting_types: set[str] | None = None,
        refusals_name: bool = True,
        refusal_lists_all: bool = False,
        refused_ids: dict[str, tuple[int, int, str]] | None = None,
        token_status: int = 201,
        null_targeting_values: bool = False,
        absent_bookmarks: bool = False,
        new_user: bool = False,
        multi_pin_refusal: tuple[int, int, str] = NO_MULTI_PIN,
        interests_gone: bool = False,
        agency: World | None = None,
        own_zones: str = "refused",
    ) -> None:
        self.world = world or World()
        self.agency = FakePinterest(agency, today=today) if agency else None
        """Who owns the shared ad accounts, for a login with a role there; None: no login has one."""
        self.today = today
        """The UTC day of the server."""
        self.port = port
        self.multi_pin = multi_pin
        """False: GET /pins/analytics is not enabled for the app."""
        self.multi_pin_refusal = multi_pin_refusal
        """How it refuses then: (status, code, message)."""
        self.multi_ad_group = multi_ad_group
        """False: the keywords of several ad groups at once answer 403."""
        self.id_arrays = id_arrays
        """Which form of exploded arrays of ids is understood: comma, repeated, both or neither."""
        self.wrong_form = wrong_form
        """What becomes of the other form: refused; the first or the last id counts; or ignored: a
        list is not filtered, and a report is about nothing."""
        self.status_arrays = status_arrays
        """The same of exploded arrays of names, as entity_statuses."""
        self.wrong_status_form = wrong_status_form
        """refused, first, last, or default: the parameter counts as not given."""
        self.breakdown_arrays = breakdown_arrays
        """The same of targeting_types."""
        self.wrong_breakdown_form = wrong_breakdown_form
        """refused, first or last."""
        self.lookback_days = lookback_days
        """How long before `today` a synchronous report of ads, a report of Pins or of the user, and
        a ranking may start."""
        self.report_lookback_days = report_lookback_days
        """The same of asynchronous reports."""
        self.hourly_lookback_days = hourly_lookback_days
        """The same by the hour, of both kinds."""
        self.item_lookback_days = item_lookback_days
        """The same of asynchronous reports of product items."""
        self.flaky_window = flaky_window
        """n > 0: of the analytics requests that are good, each n-th is refused once as out of the
        window; the same request is answered when it is sent again."""
        self.refused_columns = (
            {"targeting": {*REFUSED_COLUMNS}, "KEYWORD": {*REFUSED_COLUMNS}}
            if refused_columns is None
            else refused_columns
        )
        """By `targeting` (all reports of that kind), an operation, or a level of asynchronous
        reports."""
        self.refused_targeting_types = (
            {*BETA_TARGETING_TYPES} if refused_targeting_types is None else refused_targeting_types
        )
        self.own_zones = own_zones
        """What becomes of requests for days of the ad account's own time zone: `refused`, `granted`, or
        `ignored`, so that they are answered with other days."""
        self.refusals_name = refusals_name
        """Whether such a refusal names the columns or types, or just says "Invalid request."."""
        self.refusal_lists_all = refusal_lists_all
        """Whether it names only the first of them, and lists what is allowed."""
        self.refused_ids = refused_ids or {}
        """By id: the (status, code, message) that answers a whole report or list that names it."""
        self.token_status = token_status
        """Of the answer to POST /oauth/token."""
        self.null_targeting_values = null_targeting_values
        """Whether the value `unknown` of GENDER comes as null."""
        self.absent_bookmarks = absent_bookmarks
        """Whether the bookmark is missing instead of null at the end of a list."""
        self.new_user = new_user
        """The user's monthly views are -1, and no ranking says how recent it is."""
        self.rate_limit_left = (99, 1)
        """What the headers say is left, and after how many seconds it begins anew. Nothing is
        counted, and nothing refused."""
        self.interests_gone = interests_gone
        """True: the deprecated interests endpoint answers 404."""
        self.ready_after = {"non_conversion_metrics_ready": 2, "conversion_metrics_ready": 5}
        """How old a day is, in days, once its metrics are ready."""
        self.deleted_pins: set[str] = set()
        """Still listed, but their analytics answer 404."""
        self.board_contents = BoardContents(self.world)
        """Sections, and the Pins on boards; which of them are refused, or were deleted."""
        self.catalog_data = CatalogData(self.world)
        """Catalogs, feeds and product groups; who has none, and whose may be seen."""
        self.fault: Callable[[Request], Fault | None] | None = None
        """May answer instead: (status, body, headers). Bytes and str are sent as they are."""
        self.requests: list[Request] = []

        self.client_id = "1234567"
        self.client_secret = "app-secret"
        self.access_token = "pina_test_token"
        self.refresh_token = "pinr_test_refresh"
        self.authorization_code = "test_code"
        self.access_tokens = {self.access_token}
        """Those that are accepted; empty it and every request answers 401 until a refresh."""
        self.refresh_tokens = {self.refresh_token}
        self.refresh_tokens_die = False
        """True: a refresh token works once."""
        self.access_token_seconds = ACCESS_TOKEN_SECONDS
        self.clock = time.monotonic
        """What decides that an access token has ended."""
        self.ends: dict[str, float] = {}
        """By access token: when by the clock it ends; one that is not here lives for ever."""
        self.scopes: dict[str, frozenset[str]] = {}
        """By access or refresh token: what it allows; one that is not here allows everything."""
        self.authorization = Authorization()
        """The page to log in at."""

        self.reports = Reports(self)
        """The asynchronous reports."""

        self._grants = itertools.count(2)
        self._windows = 0
        self._flaked: set[str] = set()
        self._lock = threading.Lock()
        self._serving: Serving | None = None
        self._rids = itertools.count(1_000_000)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v5"

    def start(self) -> FakePinterest:
        server = ApplicationServer(self.port, self.wsgi)
        self.port = int(server.server_address[1])
        self._serving = Serving(server)
        self._serving.start()
        return self

    def stop(self) -> None:
        if self._serving:
            self._serving.stop()
            self._serving = None

    def wsgi(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return application()({**environ, SERVED: self}, start_response)

    def next_rid(self) -> str:
        """Of an answer; each has another."""
        return str(next(self._rids))

    def __enter__(self) -> FakePinterest:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @contextmanager
    def going_silent(self, after: int) -> Iterator[None]:
        """Answers so many reports and then no more, so that a signal always comes in the middle."""
        over = threading.Event()
        answers = iter(range(after))

        def fault(request: Request) -> None:
            if "analytics" in request.path and next(answers, None) is None:
                over.wait(120)

        self.fault = fault
        try:
            yield
        finally:
            self.fault = None
            over.set()

    # Tokens

    def grant(self, form: dict[str, str]) -> Record:
        """The answer to POST /oauth/token, once the app is known to be who it says."""
        kind = form.get("grant_type")
        if kind not in OPERATIONS["POST /oauth/token"]["body"]:
            raise invalid("Parameter 'grant_type' is required, and must be a known one.")
        for name in OPERATIONS["POST /oauth/token"]["body"][kind]["required"]:
            if not form.get(name):
                raise invalid(f"Parameter '{name}' is required.")
        with self._lock:
            if kind == "refresh_token" and form["refresh_token"] not in self.refresh_tokens:
                raise invalid("The refresh token is invalid or expired.")
            scopes = self.scopes.get(form.get("refresh_token", ""), SCOPES)
            if kind == "authorization_code" and form["code"] != self.authorization_code:
                taken = self.authorization.taken(form)
                if taken is None:
                    raise invalid("The authorization code is invalid or expired.")
                scopes = taken
            number = next(self._grants)
            answer: Record = {
                "access_token": f"pina_test_token_{number}",
                "token_type": "bearer",
                "expires_in": self.access_token_seconds,
                "scope": ",".join(sorted(scopes)),
                "response_type": kind,
            }
            self.access_tokens.add(answer["access_token"])
            self.ends[answer["access_token"]] = self.clock() + self.access_token_seconds
            self.scopes[answer["access_token"]] = scopes
            if kind != "client_credentials":
                if kind == "refresh_token" and self.refresh_tokens_die:
                    self.refresh_tokens.discard(form["refresh_token"])
                answer |= {
                    "refresh_token": f"pinr_test_refresh_{number}",
                    "refresh_token_expires_in": REFRESH_TOKEN_SECONDS,
                    "refresh_token_expires_at": self._midnight() + REFRESH_TOKEN_SECONDS,
                }
                self.refresh_tokens.add(answer["refresh_token"])
                self.scopes[answer["refresh_token"]] = scopes
            return answer

    def _midnight(self) -> int:
        """When `today` began, in seconds since 1970."""
        return int(datetime.combine(self.today, datetime.min.time(), timezone.utc).timestamp())

    def authenticate(self, request: Request) -> None:
        if request.operation == "POST /oauth/token":
            expected = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
            if flask.request.headers.get("Authorization") != f"Basic {expected}":
                raise Refused(401, 2, "Authentication failed.")
            return
        token = request.access_token or ""
        if token not in self.access_tokens or self.ends.get(token, math.inf) <= self.clock():
            raise Refused(401, 2, "Authentication failed.")
        lacking = set(OPERATIONS[str(request.operation)]["scopes"]) - self.scopes.get(token, SCOPES)
        if lacking:
            raise Refused(401, 3, f"Your token does not have the scope {sorted(lacking)[0]}.")

    # Operations: each takes the checked parameters and gives the body

    def answer(self, request: Request, path_values: dict[str, str]) -> Any:
        operation = str(request.operation)
        if operation == "POST /oauth/token":
            return self.grant({name: values[0] for name, values in request.params.items()})
        query = [(name, value) for name, values in request.params.items() for value in values]
        values = checked(operation, path_values, query, self)
        account = self.account(values["ad_account_id"]) if "ad_account_id" in values else None
        if operation.startswith("GET /catalogs"):
            items = self.catalog_data.items(operation, values, account)
            return self.page(operation, request.path, items, values)
        if account:
            if "{ad_account_id}" in operation:
                if not ADS_ROLES & set(account.record["permissions"]):
                    raise Refused(403, 29, "You are not permitted to access that resource.")
                if operation == "POST /ad_accounts/{ad_account_id}/reports":
                    body = self.reports.checked(request.json)
                    self.flake(request, "The start_date must be within 914 recent days.")
                    return self.reports.make(account, body)
                if "start_date" in values:
                    self.flake(request, OUT_OF_WINDOW)
                return self.ads(operation, request.path, account, values)
            if operation == "GET /pins/{pin_id}":
                return self.promoted_pin(account, values)
            if account.shared:
                if not self.agency or not ADS_ROLES & set(account.record["permissions"]):
                    raise Refused(403, 29, "You are not permitted to access that resource.")
                return self.agency.organic(operation, request.path, values)
        if "start_date" in values:
            self.flake(request, OUT_OF_WINDOW)
        return self.organic(operation, request.path, values)

    def flake(self, request: Request, refusal: str) -> None:
        """Each n-th request is refused as out of the window; one that was is not again."""
        if not self.flaky_window:
            return
        asked = repr((request.method, request.path, sorted(request.params.items()), request.json))
        with self._lock:
            if asked in self._flaked:
                return
            self._windows += 1
            if self._windows % self.flaky_window:
                return
            self._flaked.add(asked)
        raise invalid(refusal)

    def page(self, operation: str, path: str, items: Sequence[Any], values: Values) -> Record:
        return page(
            operation,
            path,
            items,
            values.get("bookmark"),
            values["page_size"],
            absent_bookmarks=self.absent_bookmarks,
        )

    def account(self, ad_account_id: str) -> AdAccount:
        account = self.world.accounts.get(ad_account_id)
        if account is None:
            raise Refused(403, 29, "You are not permitted to access that resource.")
        return account

    def promoted_pin(self, account: AdAccount, values: Values) -> Record:
        """A Pin, for the owner of an ad account that promotes it."""
        if not ADS_ROLES & set(account.record["permissions"]):
            raise Refused(403, 29, "You are not permitted to access that resource.")
        pin = self.world.promoted_pin(values["pin_id"])
        if pin is None or pin["id"] in self.deleted_pins:
            raise Refused(404, 50, "Pin not found.")
        return pin

    def organic(self, operation: str, path: str, values: Values) -> Any:
        world = self.world
        items: Iterable[Any]
        if operation == "GET /user_account":
            return {**world.user, "monthly_views": -1} if self.new_user else world.user
        if operation == "GET /resources/metrics_ready_state":
            age = (self.today - date.fromisoformat(values["date"])).days
            return {name: age >= days for name, days in self.ready_after.items()}
        if operation == "GET /user_account/analytics":
            return self.user_account_analytics(values)
        if operation.startswith("GET /user_account/analytics/"):
            found = ranking(
                world,
                operation.rpartition("/")[2],
                sort_by=values["sort_by"],
                start=values["start_date"],
                end=values["end_date"],
                metric_types=values.get("metric_types"),
                num_of_pins=values["num_of_pins"],
            )
            return {**found, "date_availability": {}} if self.new_user else found
        if operation == "GET /pins/{pin_id}/analytics":
            return self.pin_analytics(values)
        if operation == "GET /pins/analytics":
            return self.pins_analytics(values)
        if operation == "GET /user_account/followers":
            items = world.all_followers
        elif operation == "GET /users/{username}/interests/follow":
            if self.interests_gone or values["username"] != world.username:
                raise Refused(404, 30, "User not found.")
            items = world.all_interests
        elif operation.startswith("GET /boards/"):
            items = self.board_contents.items(operation, values)
        elif operation == "GET /boards":
            items = boards(world, values.get("privacy", "ALL"))
        elif operation == "GET /pins":
            items = pins(world, values)
        elif operation == "GET /resources/targeting/{targeting_type}":
            of_a_shop = shop.OPTIONS if world.shop else {}
            kind = values["targeting_type"]
            return of_a_shop.get(kind, look_ups.OPTIONS[kind])
        elif operation == "GET /resources/delivery_metrics":
            return look_ups.delivery_metrics(values.get("report_type"))
        elif operation == "GET /ad_accounts":
            items = [
                account.record
                for account in world.accounts.values()
                if values["include_shared_accounts"] or not account.shared
            ]
        else:
            raise Refused(501, 4181, f"{operation} is not implemented.")
        body = self.page(operation, path, list(items), values)
        if values.get("pin_metrics"):
            body["items"] = pin_metrics.with_metrics(world, body["items"], self.today)
        return body

    def user_account_analytics(self, values: Values) -> Any:
        filters = ("from_claimed_content", "pin_format", "app_types", "content_type", "source")
        asked = "".join(values[name] for name in filters if values[name] not in ("ALL", "BOTH"))
        salt = mixed(*asked.encode()) if asked else 0
        return {
            split: self.world.user_account_analytics(
                start=values["start_date"],
                end=values["end_date"],
                today=self.today,
                metric_types=values.get("metric_types"),
                salt=salt + (0 if split == "all" else mixed(*split.encode())),
            )
            for split in SPLITS[values["split_field"]]
        }

    def of_pin(self, pin_id: str, values: Values, split: str = "all") -> Record:
        salt = 0 if values["app_types"] == "ALL" else mixed(*values["app_types"].encode())
        return self.world.pin_analytics(
            pin_id,
            start=values["start_date"],
            end=values["end_date"],
            today=self.today,
            metric_types=values["metric_types"],
            salt=salt + (0 if split == "all" else mixed(*split.encode())),
        )

    def pin_analytics(self, values: Values) -> Any:
        pin_id = values["pin_id"]
        pin = self.world.pins_by_id.get(pin_id)
        if pin is None or pin_id in self.deleted_pins:
            raise Refused(404, 50, "Pin not found.")
        if pin.get("is_owner") is False:
            raise Refused(403, 403, "You do not have permission to view this Pin's analytics.")
        return {
            split: self.of_pin(pin_id, values, split) for split in SPLITS[values["split_field"]]
        }

    def pins_analytics(self, values: Values) -> Any:
        if not self.multi_pin:
            raise Refused(*self.multi_pin_refusal)
        for pin_id in values["pin_ids"]:
            pin = self.world.pins_by_id.get(pin_id)
            if pin is None or pin_id in self.deleted_pins:
                raise Refused(404, 50, f"Pin {pin_id} not found.")
            if pin.get("is_owner") is False:
                raise Refused(401, 7, f"You are not permitted to access Pin {pin_id}.")
        return {pin_id: {"all": self.of_pin(pin_id, values)} for pin_id in values["pin_ids"]}

    def ads(self, operation: str, path: str, account: AdAccount, values: Values) -> Any:
        *_, parent, last = operation.split("/")
        if last == "reports":
            return self.reports.status(account, values["token"])
        level = {"campaigns": "campaign", "ad_groups": "ad_group", "ads": "ad"}
        if last == "conversion_tags":
            return {"items": account_lists.conversion_tags(account)}
        if last in {"audiences", "keywords", "customer_lists"}:
            listed = self.account_list(last, account, values)
            return self.page(operation, path, listed, values)
        if last in level:
            listed = entity_list(account, level[last], values)
            return self.page(operation, path, listed, values)
        if last == "product_group_promotions":
            listed = product_groups.listed(account, values)
            return self.page(operation, path, listed, values)
        at = level.get(parent, "ad_account")
        attribution = Attribution(
            values["click_window_days"],
            values["engagement_window_days"],
            values["view_window_days"],
            values["conversion_report_time"],
            own_zone(values, self),
        )
        arguments: dict[str, Any] = {
            "start": values["start_date"],
            "end": values["end_date"],
            "today": self.today,
            "granularity": values["granularity"],
            "columns": values["columns"],
            "attribution": attribution,
        }
        if parent == "product_groups":
            ids = values["product_group_ids"]
            return list(product_groups.analytics(account, ids, **arguments))
        ids = analytics_ids(account, at, values)
        if last == "targeting_analytics":
            arguments["targeting_types"] = values["targeting_types"]
            data = list(self.world.targeting_analytics(at, account.id, ids, **arguments))
            if self.null_targeting_values:
                data = [with_null(element) for element in data]
            return {"data": data}
        if values.get("aggregate_report_rows"):
            return list(self.world.aggregate(at, account.id, ids, **arguments))
        return list(self.world.analytics(at, account.id, ids, **arguments))

    def account_list(self, name: str, account: AdAccount, values: Values) -> list[Record]:
        if name == "audiences":
            return in_order(account_lists.audiences(account, values["ownership_type"]), values)
        if name == "customer_lists":
            return in_order(account_lists.customer_lists(account), values)
        if "ad_group_ids" in values and not self.multi_ad_group:
            raise Refused(403, 29, "You are not permitted to access that resource.")
        return account_lists.keywords(account, values)


def with_null(element: Record) -> Record:
    value = nullable(element["targeting_type"], element["targeting_value"])
    return {**element, "targeting_value": value}


def in_order(listed: list[Record], values: Values) -> list[Record]:
    if "order" in values:
        listed.sort(key=lambda each: int(each["id"]), reverse=values["order"] == "DESCENDING")
    return listed


def analytics_ids(account: AdAccount, level: str, values: Values) -> list[str]:
    """An id of another ad account is no error: it has no rows."""
    if level == "ad_account":
        return [account.id]
    if level == "ad" and "ad_ids" not in values:
        wanted, on = set(values["pin_ids"]), set(values["campaign_ids"])
        return [
            ad["id"] for ad in account.ads if ad["pin_id"] in wanted and ad["campaign_id"] in on
        ]
    ids: list[str] = values[f"{level}_ids"]
    return ids


def entity_list(account: AdAccount, level: str, values: Values) -> list[Record]:
    listed = account.listed(level, frozenset(values["entity_statuses"]), values.get("order"))
    own = {"campaign": "campaign_ids", "ad_group": "ad_group_ids", "ad": "ad_ids"}[level]
    for name, key, prefix in (
        ("campaign_ids", "campaign_id", "C"),
        ("ad_group_ids", "ad_group_id", "AG"),
        ("ad_ids", "id", ""),
    ):
        if name in values:
            wanted = set(values[name])
            key = "id" if name == own else key
            listed = [entity for entity in listed if entity[key].removeprefix(prefix) in wanted]
    return listed


def boards(world: World, privacy: str) -> list[Record]:
    wanted = {"ALL": {"PUBLIC", "PROTECTED", "SECRET"}, "PUBLIC_AND_SECRET": {"PUBLIC", "SECRET"}}
    return [b for b in world.all_boards if b["privacy"] in wanted.get(privacy, {privacy})]


def pins(world: World, values: Values) -> list[Record]:
    def wanted(pin: Record) -> bool:
        native = pin["parent_pin_id"] is None
        kinds = values.get("creative_types")
        return {
            None: True,
            "exclude_native": not native,
            "exclude_repins": native,
            "has_been_promoted": pin["has_been_promoted"],
        }[values.get("pin_filter")] and (not kinds or pin["creative_type"] in kinds)

    return [pin for pin in world.all_pins if wanted(pin)]


SERVED = "fake_pinterest.served"
"""Where in a request's environment the fake is that serves it."""


def served() -> FakePinterest:
    """The fake that the current request was sent to."""
    pinterest: FakePinterest = flask.request.environ[SERVED]
    return pinterest


@cache
def application() -> flask.Flask:
    """One for all fakes of a process: its routes take longer to set up than most tests."""
    app = flask.Flask("fake_pinterest", static_folder=None)

    def reply(status: int, body: Body, headers: dict[str, str] | None = None) -> flask.Response:
        sent: bytes | str
        if isinstance(body, bytes | str):
            sent, kind = body, "text/html; charset=utf-8"
        else:
            sent, kind = orjson.dumps(body), "application/json"
        response = flask.Response(sent, status, content_type=kind)
        response.headers["x-pinterest-rid"] = served().next_rid()
        for name, value in (headers or {}).items():
            response.headers[name] = value
        return response

    def arrived(operation: str | None) -> Request:
        incoming = flask.request
        if operation == "POST /oauth/token":
            given = list(incoming.form.items(multi=True))
        else:
            given = parse_qsl(incoming.query_string.decode(), keep_blank_values=True)
        params: dict[str, list[str]] = {}
        for name, value in given:
            params.setdefault(name, []).append(value)
        scheme, _, token = incoming.headers.get("Authorization", "").partition(" ")
        request = Request(
            method=incoming.method,
            path=incoming.path.removeprefix("/v5"),
            operation=operation,
            params=params,
            json=incoming.get_json(silent=True),
            category=OPERATIONS[operation]["rate_limit_category"] if operation else None,
            access_token=token if scheme == "Bearer" else None,
            received_at=time.monotonic(),
        )
        served().requests.append(request)
        return request

    def headers(request: Request) -> dict[str, str]:
        left = served().rate_limit_left
        return rate_limit_headers(request.operation, request.category, left)

    def handle(operation: str | None, path_values: dict[str, str]) -> flask.Response:
        request = arrived(operation)
        response = answered(request, path_values)
        request.status = response.status_code
        return response

    def answered(request: Request, path_values: dict[str, str]) -> flask.Response:
        pinterest = served()
        target = flask.request.environ.get("RAW_URI", flask.request.full_path)
        if len(f"{request.method} {target} HTTP/1.1") > LONGEST_REQUEST_LINE:
            return reply(414, "<html><body><h1>414 Request-URI Too Large</h1></body></html>")
        if pinterest.fault and (fault := pinterest.fault(request)):
            return reply(*fault)
        try:
            if request.operation is None:
                raise Refused(404, 404, f"{request.method} {request.path} is not a known path.")
            pinterest.authenticate(request)
            status = pinterest.token_status if request.operation == "POST /oauth/token" else 200
            return reply(status, pinterest.answer(request, path_values), headers(request))
        except Refused as refused:
            body = refused.body(request.operation or request.path)
            return reply(refused.status, body, headers(request))

    for operation in OPERATIONS:
        method, _, path = operation.partition(" ")

        def view(operation: str = operation, **path_values: str) -> flask.Response:
            return handle(operation, path_values)

        rule = "/v5" + path.replace("{", "<").replace("}", ">")
        app.add_url_rule(rule, operation.replace(".", "_"), view, methods=[method])

    def report(name: str) -> flask.Response:
        asked = flask.request
        signature = asked.args.get("X-Amz-Signature", "")
        status, content = served().reports.download(
            name, signature, asked.headers.get("Authorization")
        )
        return flask.Response(content, status, content_type="binary/octet-stream")

    app.add_url_rule("/async_reporting_v3/<name>/metrics_report.txt", "report", report)

    def unknown(error: HTTPException) -> flask.Response:
        if error.code in {404, 405}:
            return handle(None, {})
        return reply(error.code or 500, {"code": error.code or 500, "message": error.name})

    app.register_error_handler(HTTPException, unknown)
    add_to(app, served)
    return app
