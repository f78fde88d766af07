"""The Pins that ads promote, whoever owns them, and where the ads lead."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from airbyte_cdk.sources.streams import IncrementalMixin

from source_pinterest.api import limits
from source_pinterest.http.errors import REFUSALS, AccessDenied, NotFound, PinterestError
from source_pinterest.records.column_types import ColumnTypes
from source_pinterest.records.ids import normalize_id
from source_pinterest.records.landing_pages import landing_page
from source_pinterest.records.lists import normalize_record
from source_pinterest.records.rows import Batch, Row
from source_pinterest.streams.base import PinterestStream
from source_pinterest.streams.lists.campaigns import Ads
from source_pinterest.sync.cache import Cache
from source_pinterest.sync.failures import Failures
from source_pinterest.sync.prefetch import Lanes
from source_pinterest.sync.promotions import (
    Promotion,
    after_all,
    after_pin,
    covered,
    is_pin_id,
    is_state,
    listed_late,
    promotions,
    with_missing,
)
from source_pinterest.sync.state import foreign_state_error
from source_pinterest.text import counted, cut, printable

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from airbyte_cdk.models import (  # type: ignore[attr-defined]
        AirbyteMessage,
        ConfiguredAirbyteStream,
    )
    from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager

    from source_pinterest.sync.checkpoints import Checkpoint
    from source_pinterest.sync.context import SyncContext
    from source_pinterest.sync.pool import Ticket
    from source_pinterest.sync.slices import Slice

logger = logging.getLogger("airbyte.source_pinterest")

Answer = dict[str, Any] | PinterestError

CELLS_PER_PIN = 100
"""How many cells the answer about a Pin counts as, towards `Limits.cells_at_once`: it has about 3 kB. Our choice."""


class PromotedPins(IncrementalMixin, PinterestStream):
    """The Pin of each ad, and the ad's landing page. Reads each Pin once per sync, as the owner of the ad account.
    After the first sync, it reads only Pins with a new or updated ad."""

    endpoint = "GET /pins/{pin_id}"
    requires = (Ads.endpoint,)
    primary_key = ["ad_id"]
    cursor_field = "ad_updated_time"
    is_resumable = True

    def lists_of_ids(self) -> list[str]:
        return [Ads(self.context).name]

    def __init__(self, context: SyncContext | None = None) -> None:
        super().__init__(context)
        self._states: dict[str, dict[str, Any]] = {}
        self._shared: frozenset[str] = frozenset()
        """The Pins that several ad accounts promote."""
        self._pins: Cache[str, dict[str, Any]] = Cache()
        """The answers about these Pins, by id."""
        self._not_found_in_a_row = 0
        self._covered: dict[str, str] = {}
        """By ad account: the digest of the ads that the state will cover."""

    @property
    def state(self) -> MutableMapping[str, Any]:
        return dict(self._states)

    @state.setter
    def state(self, value: Mapping[str, Any]) -> None:
        for account, state in value.items():
            if not is_state(state):
                raise foreign_state_error(self.name, account)
        self._states = {account: dict(state) for account, state in value.items()}

    def _checkpoint(self, states: ConnectorStateManager, is_new: bool = True) -> Checkpoint:
        """A checkpoint with the present state, although the stream may go on before it is sent."""
        state = self.state
        return self.checkpoint_at(states, lambda: state, is_new)

    # --- What is read ---

    def plan(self, failures: Failures, is_full_refresh: bool) -> dict[str, list[Promotion]]:
        """By ad account: the Pins to read."""
        accounts = []
        for account in self.context.ad_accounts():
            if account.refusal:
                what = self.describe(account.id)
                failures.add(account.id, what, AccessDenied(account.refusal))
            else:
                accounts.append(account.id)
        ads = Ads(self.context)
        planned: dict[str, list[Promotion]] = {}
        for account_id in accounts:
            ads.ids_future(account_id)  # the lists of all ad accounts are read side by side
        for account_id in accounts:
            try:
                listed = ads.promotions(account_id)
            except PinterestError as error:
                failures.add(account_id, self.describe(account_id), error)
                continue
            if unreadable := ads.unreadable(account_id):
                failures.note(self.describe(account_id), unreadable)
            state = self._states.get(account_id, {})
            if is_full_refresh:
                state = {name: state[name] for name in state if name == "sweep"}
            with_pin = self._with_pin(listed, account_id, failures)
            created = ads.created(account_id)
            late = listed_late(with_pin, created, state)
            planned[account_id] = promotions(account_id, with_pin, state, late)
            if "sweep" not in state:  # otherwise, the sweep may have skipped a late ad
                self._covered[account_id] = covered(with_pin, created, self.context.today)
        counts = Counter(promotion.pin_id for todo in planned.values() for promotion in todo)
        self._shared = frozenset(pin for pin, count in counts.items() if count > 1)
        return planned

    def _with_pin(self, ads: Sequence[Row], account: str, failures: Failures) -> list[Row]:
        """Those of the ads that promote a Pin. Notes an ad whose Pin has no valid id as missing."""
        found = [ad for ad in ads if is_pin_id(ad["pin_id"])]
        without = 0
        for ad in ads:
            if ad["pin_id"] in (None, ""):
                without += 1
            elif not is_pin_id(ad["pin_id"]):
                reason = PinterestError(
                    f"Pinterest says that the ad promotes Pin {cut(printable(ad['pin_id']), 40)}, which "
                    "is not an id. Please report this."
                )
                failures.note(f"Pins of ads of ad account {account}", reason, f"ad {ad['ad_id']}")
        if without and not found:
            logger.warning(
                f"{self.name}: according to Pinterest's list, none of the {counted(len(ads), 'ad')} "
                f"of ad account {account} promotes a Pin, so there are no rows."
            )
        elif without:
            logger.info(
                f"{self.name}: according to Pinterest's list, {without:,} of {counted(len(ads), 'ad')} "
                f"of ad account {account} promote no Pin, so they have no row."
            )
        return found

    def messages(
        self, configured: ConfiguredAirbyteStream, states: ConnectorStateManager
    ) -> Iterator[Batch | Checkpoint | AirbyteMessage]:
        failures = Failures()
        yield self._checkpoint(states, is_new=False)
        planned = self.plan(failures, configured.sync_mode.value == "full_refresh")
        logger.info(f"{self.name}: {sum(map(len, planned.values())):,} Pins to read.")
        lanes: Lanes[Promotion, Answer] = Lanes(self._begin, self.limits.requests_ahead)
        for account, todo in planned.items():
            if todo:
                lanes.add(self._until_failure(account, todo, failures))
            else:
                before = self._states.get(account, {})
                self._states[account] = after_all(before, None, self._covered.get(account))
        left = {account: len(todo) for account, todo in planned.items()}
        latest = {  # an update that has not come yet must not hide those until then
            account: min(self.context.started_at, max(promotion.updated for promotion in todo))
            for account, todo in planned.items()
            if todo
        }
        for promotion, answered in lanes.as_completed():
            account = promotion.ad_account_id
            if account in failures.failed_accounts:
                continue
            try:
                yield Batch({}, self._records(promotion, answered.result(), failures))
            except PinterestError as error:
                failures.add(account, self.describe(account), error)
                continue
            before, until = self._states.get(account, {}), latest[account]
            left[account] -= 1
            self._states[account] = (
                after_pin(before, promotion.pin_id, until)
                if left[account]
                else after_all(before, until, self._covered.get(account))
            )
            yield self._checkpoint(states)
        failures.raise_if_any(self.name)
        yield self._checkpoint(states)

    def slices_to_read(self, failures: Failures) -> Iterator[Slice]:
        for todo in self.plan(failures, is_full_refresh=True).values():
            for promotion in todo:
                yield {
                    "ad_account_id": promotion.ad_account_id,
                    "pin_id": promotion.pin_id,
                    "ads": [*promotion.ads],
                }

    def records_of(self, stream_slice: Slice, failures: Failures) -> Iterator[Batch]:
        account, pin = stream_slice["ad_account_id"], stream_slice["pin_id"]
        promotion = Promotion(account, pin, tuple(stream_slice["ads"]))
        yield Batch({}, self._records(promotion, self._answer(promotion), failures))

    def describe(self, ad_account_id: str) -> str:
        """The description of an ad account's part in an error."""
        return f"{self.name} of ad account {ad_account_id}"

    # --- The Pins ---

    def _until_failure(
        self, account: str, todo: Sequence[Promotion], failures: Failures
    ) -> Iterator[Promotion]:
        """The Pins of an ad account, until it fails for a reason that is not about a single Pin."""
        for promotion in todo:
            if account in failures.failed_accounts:
                return
            yield promotion

    def _begin(self, promotion: Promotion) -> Ticket[Answer]:
        """Starts to read a Pin. Several are read at the same time."""
        work = partial(self._answer, promotion)
        account = promotion.ad_account_id
        return self.context.pool.submit(work, self.category, account, CELLS_PER_PIN)

    def _answer(self, promotion: Promotion) -> Answer:
        """The Pin, or the error of its request. Called by several threads."""
        read = partial(self._read, promotion)
        try:
            if promotion.pin_id in self._shared:
                return self._pins.get_or_fetch(promotion.pin_id, read)
            return read()
        except PinterestError as error:
            return error

    def _read(self, promotion: Promotion) -> dict[str, Any]:
        params = {"ad_account_id": promotion.ad_account_id}
        path = self.path(stream_slice={"pin_id": promotion.pin_id})
        found: dict[str, Any] = self.context.client.get(path, params, self.category, _is_pin)
        return found

    def _records(self, promotion: Promotion, answer: Answer, failures: Failures) -> list[Row]:
        """A record for each ad of a Pin. If Pinterest refuses the Pin, it is noted as missing and has none.

        Raises PinterestError if the failure is not about this Pin alone.
        """
        account, pin = promotion.ad_account_id, promotion.pin_id
        found: dict[str, Any] = {}
        if isinstance(answer, NotFound) and self._not_found_in_a_row < limits.NOT_FOUND_IN_A_ROW:
            self._not_found_in_a_row += 1
            logger.info(f"Pin {pin}, which ads of ad account {account} promote, no longer exists.")
        elif isinstance(answer, REFUSALS):
            return self._left_out(promotion, answer, failures)
        elif isinstance(answer, PinterestError):
            raise answer
        else:
            self._not_found_in_a_row = 0
            found = answer
            if str(normalize_id(found.get("id"))) != pin:
                other = PinterestError(
                    f"Pinterest answers with Pin {cut(printable(found.get('id')), 40)} where Pin {pin} was "
                    "requested. Please report this."
                )
                return self._left_out(promotion, other, failures)
        self._states[account] = with_missing(self._states.get(account, {}), pin, False)
        return self.rows(found, {"ad_account_id": account, "pin_id": pin, "ads": promotion.ads})

    def _left_out(
        self, promotion: Promotion, reason: PinterestError, failures: Failures
    ) -> list[Row]:
        """Notes a Pin as missing, so that the next syncs request it again. Returns no records."""
        account, pin = promotion.ad_account_id, promotion.pin_id
        failures.note(f"Pins of ads of ad account {account}", reason, f"Pin {pin}")
        self._states[account] = with_missing(self._states.get(account, {}), pin, True)
        return []

    def rows(self, body: Any, stream_slice: Slice) -> list[Row]:
        of_pin = {name: value for name, value in body.items() if name not in ("id", "pin_metrics")}
        return [
            normalize_record(
                {
                    **of_pin,
                    **landing_page(ad, body),
                    "ad_id": ad["ad_id"],
                    "ad_account_id": stream_slice["ad_account_id"],
                    "pin_id": stream_slice["pin_id"],
                    "ad_updated_time": ad["ad_updated_time"],
                    "is_found": bool(body),
                },
                self.primary_key,
                self.column_types,
            )
            for ad in stream_slice["ads"]
        ]

    @cached_property
    def column_types(self) -> ColumnTypes:
        properties = self.get_json_schema()["properties"]
        return ColumnTypes.of(properties, answer_warnings=self.answer_warnings)


def _is_pin(body: Any) -> bool:
    return isinstance(body, dict) and body.get("id") is not None
