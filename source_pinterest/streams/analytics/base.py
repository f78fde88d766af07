"""The base of analytics reports: they are planned per account, have a state for each, and are read pass by pass."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from airbyte_cdk.sources.streams import IncrementalMixin

from source_pinterest.api import limits
from source_pinterest.records.column_types import ColumnTypes
from source_pinterest.records.rows import Batch, Row
from source_pinterest.records.unrequested import warn_of_renamed_columns
from source_pinterest.streams.base import PinterestStream
from source_pinterest.sync.checkpoints import Checkpoint
from source_pinterest.sync.failures import Failures
from source_pinterest.sync.observed import ArrayForm, Reach, Selection
from source_pinterest.sync.passes import Pass, plan_passes
from source_pinterest.sync.read_request import ReadRequest
from source_pinterest.sync.slices import Window
from source_pinterest.sync.state import (
    END_OF_DAY,
    AccountState,
    AccountStates,
    as_json,
    fingerprint,
)
from source_pinterest.text import cut, printable

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from airbyte_cdk.models import (  # type: ignore[attr-defined]
        AirbyteMessage,
        ConfiguredAirbyteStream,
    )
    from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager

    from source_pinterest.http.errors import PinterestError
    from source_pinterest.streams.analytics.enrichment import Enrichment
    from source_pinterest.sync.context import SyncContext
    from source_pinterest.sync.slices import Slice

logger = logging.getLogger("airbyte.source_pinterest")


@dataclass(frozen=True)
class ReadPlan:
    """What a sync fixes when it begins to read a stream."""

    columns: tuple[str, ...]
    """The fields of the schema that the configured catalog selects; all if it names none. For a custom
    report, Pinterest's columns."""

    types: ColumnTypes
    """Converts the values of rows to the types of the schema."""

    request: ReadRequest
    """The requested days."""

    enrichments: tuple[Enrichment, ...] = ()
    """The enrichments, in the order in which they add fields to the rows."""


@dataclass(frozen=True)
class AccountPass:
    """One pass over one ad account or user."""

    base: Slice
    """The part that all its slices share: the account and the days."""

    ids: Mapping[str, list[str]]
    """The ids still to read, ascending, by kind (see `Pass.after`)."""

    is_whole: bool = True
    """Whether the pass starts from the beginning instead of resuming an interrupted one."""

    is_history: bool = False
    """Whether its days are too old for synchronous reports."""

    is_missing: bool = False
    """Whether it reads ids that earlier syncs have missed. Such a pass is not part of a sweep."""

    def __len__(self) -> int:
        return sum(map(len, self.ids.values()))


class AccountPlan(NamedTuple):
    """The plan of one account."""

    passes: Callable[[], list[AccountPass]]
    """Returns the passes over the account. Called once all of `needed` are done."""
    needed: Sequence[Future[Any]] = ()


class AnalyticsStream(IncrementalMixin, PinterestStream):
    """A report about ad accounts or a user, with a state for each.

    A family defines the plan (`plan_accounts`), the slices (`slices`), and the reading (`read_accounts`).
    """

    is_resumable = True

    cursor_field = "date"

    account_field: ClassVar[str] = "ad_account_id"
    """The field of a slice by which the state is keyed."""

    is_daily: bool = True
    """Whether the report has a row per day. Otherwise, it has the total of the window."""

    def __init__(self, context: SyncContext | None = None) -> None:
        super().__init__(context)
        self.states = AccountStates(self.name, str(self.cursor_field))
        self.asked_columns: set[str] = set()
        """The columns of the answered requests in this sync, in Pinterest's names."""
        self._plan: ReadPlan | None = None

    # --- The state ---

    @property
    def state(self) -> MutableMapping[str, Any]:
        return self.states.as_json()

    @state.setter
    def state(self, value: MutableMapping[str, Any]) -> None:
        self.states.load(value)

    def checkpoint(self, states: ConnectorStateManager, is_new: bool = True) -> Checkpoint:
        """A checkpoint with the present state of the stream."""
        present = self.states.by_account
        return self.checkpoint_at(states, lambda: as_json(present), is_new)

    def clear_sweeps(self) -> None:
        """Ends the sweeps of a complete stream, so that the next sync starts from the beginning."""
        self.states.clear_sweeps()

    # --- The plan of a sync ---

    @property
    def plan(self) -> ReadPlan:
        """The plan of this sync. Without `prepare`: with all columns, and nothing of an earlier sync."""
        if self._plan is None:
            self.prepare({}, is_full_refresh=True)
        assert self._plan  # noqa: S101
        return self._plan

    def prepare(self, selected: Mapping[str, Any], is_full_refresh: bool) -> None:
        """Begins a sync. `selected` has the fields that the catalog selects; empty means all."""
        self._plan = self.read_plan(selected, is_full_refresh)

    @abstractmethod
    def read_plan(self, selected: Mapping[str, Any], is_full_refresh: bool) -> ReadPlan:
        """The plan of this sync: columns (all, if none is selected), days, enrichments."""

    def selected_columns(self, selected: Mapping[str, Any]) -> tuple[str, ...]:
        """The fields of the schema that a catalog selects; all if it names none."""
        offered = self.get_json_schema()["properties"]
        self.warn_of_absent_columns(selected, offered)
        return tuple(name for name in offered if name in selected or not selected)

    def warn_of_absent_columns(self, selected: Iterable[str], offered: Mapping[str, Any]) -> None:
        """Warns of selected columns that the report does not have, or not in this case. Fields that options add do not
        count."""
        in_capitals = {name.upper() for name in offered}
        absent = [
            cut(printable(name), 100)
            for name in selected
            if name not in offered and (name.isupper() or name.upper() in in_capitals)
        ]
        if absent:
            more = f" and {len(absent) - 3} more" if len(absent) > 3 else ""
            logger.warning(
                f"{self.name}: the catalog selects {', '.join(absent[:3])}{more}, which this report "
                "does not have: no values. Refresh the source's schema to remove them."
            )

    def read_request(
        self, is_full_refresh: bool, *, has_history: bool, final_kinds: frozenset[str] = frozenset()
    ) -> ReadRequest:
        """The requested days of a built-in report. `has_history`: whether they include those that only asynchronous
        reports have. `final_kinds`: see ReadRequest."""
        config = self.context.config
        return ReadRequest(
            today=self.context.today,
            backfill_days=config.backfill_days,
            lookback_days=config.lookback_days if self.is_daily else None,
            fingerprint=self.fingerprint(),
            cursor=str(self.cursor_field),
            resumes_only=is_full_refresh,
            start=config.start_date if self.is_daily else None,
            final_kinds=final_kinds,
            max_age=limits.REPORT_LOOKBACK if has_history else self.limits.analytics_lookback,
            first_available=self.context.observed.days.first(self.reach),
        )

    def window_fields(self, stream_slice: Slice) -> Row:
        """The fields of a total's row that describe its window."""
        if self.is_daily:
            return {}
        end = stream_slice["end_date"]
        fields = {"date": end, "start_date": stream_slice["start_date"]}
        if self.cursor_field == "UPDATED_TIME":
            fields["UPDATED_TIME"] = f"{end}{END_OF_DAY}"
        return fields

    def fingerprint(self) -> str:
        """A hash of the settings that the numbers depend on, which the columns are not."""
        return fingerprint()

    def request_of(self, account: str) -> ReadRequest:  # noqa: ARG002  a family may have days of its own
        """The requested days of an account."""
        return self.plan.request

    def passes_of(self, account: str) -> list[Pass]:
        """The passes over an account. Warns of days that are no longer available."""
        planned, warnings = plan_passes(self.states.of(account), self.request_of(account))
        for warning in warnings:
            logger.warning(f"{self.name}, {account}: {warning}.")
        return planned

    # --- Reading ---

    @abstractmethod
    def plan_accounts(self, failures: Failures) -> Sequence[AccountPlan]:
        """The plans of all accounts. Requests what all of them need, and waits for it."""

    @abstractmethod
    def slices(self, account_pass: AccountPass) -> Iterator[Slice]:
        """The slices of a pass: at least one, and the last one has `last`."""

    @abstractmethod
    def read_accounts(
        self, plans: Sequence[AccountPlan], states: ConnectorStateManager, failures: Failures
    ) -> Iterator[Batch | Checkpoint | AirbyteMessage]:
        """The records of the accounts, those of each in order; and each checkpoint after the records that it covers."""

    def messages(
        self, configured: ConfiguredAirbyteStream, states: ConnectorStateManager
    ) -> Iterator[Batch | Checkpoint | AirbyteMessage]:
        yield self.checkpoint(states, is_new=False)
        self.prepare(
            configured.stream.json_schema.get("properties") or {},
            is_full_refresh=configured.sync_mode.value == "full_refresh",
        )
        failures = Failures()
        for item in self.read_accounts(self.plan_accounts(failures), states, failures):
            if isinstance(item, Batch):
                self.enrich(item)
            yield item
        warn_of_renamed_columns(self.asked_columns, self.plan.types, self.answer_warnings)
        failures.raise_if_any(self.name)
        self.clear_sweeps()
        yield self.checkpoint(states)

    def enrich(self, batch: Batch) -> None:
        """Adds the fields of the enrichments to the rows of a batch."""
        for enrichment in self.plan.enrichments:
            enrichment.enrich(batch)

    def slices_to_read(self, failures: Failures) -> Iterator[Slice]:
        for plan in self.plan_accounts(failures):
            wait(plan.needed)
            for account_pass in plan.passes():
                yield from self.slices(account_pass)

    def describe(self, stream_slice: Slice) -> str:
        """The description of a slice in an error."""
        who = "user" if self.account_field == "user_id" else "ad account"
        days = f"{stream_slice['start_date']} to {stream_slice['end_date']}"
        return f"{self.name} of {who} {stream_slice[self.account_field]}, {days}"

    # --- Defaults for synchronous reports (see `account_reader.SynchronousReport`) ---

    reach: Reach = Reach.SYNCHRONOUS

    has_a_list: bool = True

    needs_a_column: bool = True
    """Whether a request needs at least one of its optional columns."""

    id_name: str = "user"

    continues_after_failure: ClassVar[bool] = False
    """Whether to read an account's other slices after one has failed."""

    def report_kind(self, stream_slice: Slice) -> str:  # noqa: ARG002  a family may have several
        """The endpoint of this kind of report, as warnings name it."""
        return self.endpoint

    def selection(self, stream_slice: Slice) -> Selection:
        """The columns and breakdowns that Pinterest accepts in this kind of report."""
        return self.context.observed.selection(self.report_kind(stream_slice))

    def array_form(self) -> ArrayForm:
        """The form in which several ids are sent."""
        return self.context.observed.ids

    @property
    def breakdown_form(self) -> ArrayForm | None:
        """The form in which several breakdowns are sent. None: the report has none."""
        return None

    def knows_slice_size(self) -> bool:
        """Whether the size of the slices after the one just taken is known."""
        return True

    def requests_of(self, account_pass: AccountPass) -> int:
        """The number of requests of a pass if nothing fails."""
        return sum(1 for stream_slice in self.slices(account_pass) if stream_slice["ids"])

    def rows_per_id(self, stream_slice: Slice) -> int:
        """The number of rows that an id is expected to have, at most."""
        return Window.of(stream_slice).days if self.is_daily else 1

    def answered_ids(self, body: Any, stream_slice: Slice) -> int:  # noqa: ARG002
        """The number of requested ids that an answer covers. More than one is enough."""
        return len(stream_slice["ids"])

    def probe_ids(self, stream_slice: Slice) -> bool:  # noqa: ARG002  where answers show it
        """Whether Pinterest understands several ids. Sends one request."""
        return False

    def explain_refusal(self, error: PinterestError, stream_slice: Slice) -> PinterestError:  # noqa: ARG002
        """The refusal with the fields of the configuration that may have caused it, if there are any."""
        return error

    def is_deleted(self, part: Slice, error: PinterestError) -> bool:  # noqa: ARG002
        """Whether a refused id was deleted after it was listed, so that it is not missing."""
        return False

    def first_not_final(self, stream_slice: Slice) -> str | None:  # noqa: ARG002
        """The first day of the slice just read whose numbers are not final. None if all are, or it is unknown."""
        return None

    def annotate_state(self, state: AccountState, last: Slice, window: Window) -> AccountState:  # noqa: ARG002
        """The state after a pass, with the report's own notes."""
        return state
