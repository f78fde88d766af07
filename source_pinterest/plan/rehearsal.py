"""Rehearses a sync: reads its streams with a client that counts, one stream after the other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from airbyte_cdk.utils import AirbyteTracedException

from source_pinterest.http.errors import LoginRefused, PinterestError
from source_pinterest.plan.tally import Tally
from source_pinterest.records.record_messages import RecordLines, in_lines
from source_pinterest.streams.analytics.async_streams import AsyncReportStream
from source_pinterest.streams.analytics.base import AccountPass, AccountPlan, AnalyticsStream
from source_pinterest.streams.analytics.entity_names import ENTITIES
from source_pinterest.streams.analytics.place_names import PlaceNames
from source_pinterest.sync.failures import Failures
from source_pinterest.sync.slices import Window

if TYPE_CHECKING:
    from airbyte_cdk.models import ConfiguredAirbyteStream  # type: ignore[attr-defined]
    from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager

    from source_pinterest.streams.base import PinterestStream
    from source_pinterest.sync.context import SyncContext


@dataclass
class Expected:
    """What a sync of one stream is expected to do."""

    requests: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By ad account (empty for requests about the user) and category of rate limits."""
    entities: Counter[str] = field(default_factory=Counter)
    """By ad account: how many records a list has, or how many entities a report is about."""
    rows: Counter[str] = field(default_factory=Counter)
    """By ad account: how many rows; of a report, the most, since Pinterest has none for a day without activity."""
    size: int = 0
    """Bytes of the rows as lines of JSON."""
    is_rows_known: bool = True
    """False for asynchronous reports about entities that no list has."""
    problem: str = ""
    """What could not be planned, as a sentence."""

    @property
    def by_category(self) -> Counter[str]:
        """By category of rate limits: the requests of all ad accounts."""
        found: Counter[str] = Counter()
        for (_, category), number in self.requests.items():
            found[category] += number
        return found


class Rehearsal:
    """The rehearsal of one sync, whose context has a client that counts."""

    def __init__(self, context: SyncContext, tally: Tally, states: ConnectorStateManager) -> None:
        self._context = context
        self._tally = tally
        self._states = states
        for form in (context.observed.ids, context.observed.pins):
            form.confirm(form.form)  # an answer without rows would not

    def expectations(
        self, chosen: Iterable[tuple[PinterestStream, ConfiguredAirbyteStream]]
    ) -> dict[str, Expected]:
        """By stream: what it is expected to do. Streams have to be in the order of a sync, lists before the reports
        that need their ids."""
        found = {}
        for stream, configured in chosen:
            self._tally.stream = stream.name
            expected = found[stream.name] = Expected()
            try:
                if isinstance(stream, AnalyticsStream):
                    self._report(stream, configured, expected)
                else:
                    self._list(stream, configured, expected)
            except AirbyteTracedException as error:
                expected.problem = str(error.message)
            except LoginRefused:
                raise  # nothing else can be read, so it is said once
            except PinterestError as error:
                expected.problem = f"{stream.name}: {error}"
            finally:
                self._context.note_list_ended(stream.name)
        for key, number in self._tally.requests.items():
            found[key.stream].requests[key.account, key.category] += number
        return found

    def _list(
        self, stream: PinterestStream, configured: ConfiguredAirbyteStream, expected: Expected
    ) -> None:
        """Reads a list as a sync does, and counts its records."""
        expected.entities = expected.rows
        for item in in_lines(stream.name, stream.messages(configured, self._states)):
            if isinstance(item, RecordLines):
                expected.rows[""] += item.count
                expected.size += len(item.lines)

    def _report(
        self, stream: AnalyticsStream, configured: ConfiguredAirbyteStream, expected: Expected
    ) -> None:
        """Plans and reads a report as a sync does, and counts what its passes are about."""
        fields = configured.stream.json_schema.get("properties") or {}
        stream.prepare(fields, is_full_refresh=configured.sync_mode.value == "full_refresh")
        failures = Failures()
        passes: list[AccountPass] = []
        for plan in stream.plan_accounts(failures):
            wait(plan.needed)
            passes += plan.passes()
        self._note(stream, passes, expected)
        for _ in stream.read_accounts([AccountPlan(lambda: passes)], self._states, failures):
            pass
        for enrichment in stream.plan.enrichments:
            if isinstance(enrichment, PlaceNames) and passes:
                enrichment.fetch()
        failures.raise_if_any(stream.name)

    def _note(
        self, stream: AnalyticsStream, passes: Iterable[AccountPass], expected: Expected
    ) -> None:
        ids: defaultdict[str, set[str]] = defaultdict(set)
        for account_pass in passes:
            account = account_pass.base[stream.account_field]
            if isinstance(stream, AsyncReportStream):
                entities = self._entities(stream, account)
                if entities is None:
                    expected.is_rows_known = False
                    continue
                ids[account].update(entities)
                expected.rows[account] += len(entities) * _rows_of_an_entity(stream, account_pass)
            else:
                ids[account].update(*account_pass.ids.values())
                expected.rows[account] += len(account_pass) * stream.rows_per_id(account_pass.base)
        for account, of_it in ids.items():
            expected.entities[account] = len(of_it)
        cells = expected.rows.total() * max(1, len(stream.plan.columns))
        expected.size = cells * stream.limits.bytes_per_cell

    def _entities(self, stream: AsyncReportStream, account: str) -> list[str] | None:
        """The ids of the entities that an asynchronous report is about; None if no list has them. If the sync does not
        need that list, it is read for the plan alone, and not counted."""
        kind = ENTITIES.get(stream.report.level_name)
        if kind is None:
            return None
        with self._tally.paused():
            return kind(self._context).ids(account)


def _rows_of_an_entity(stream: AsyncReportStream, account_pass: AccountPass) -> int:
    """How many rows an entity has in a pass: one per period, and per value of a breakdown."""
    report, window = stream.report, Window.of(account_pass.base)
    periods = {"TOTAL": 1, "HOUR": 24 * window.days}.get(report.granularity)
    if periods is None:
        days = {"DAY": 1, "WEEK": 7, "MONTH": 28}[report.granularity]
        periods = -(-window.days // days)
    types = len(stream.definition.targeting_types)
    return periods * (types * stream.limits.values_per_targeting_type if types else 1)


def requests_by_account(found: Mapping[str, Expected]) -> dict[str, Counter[str]]:
    """By ad account: its requests by category of rate limits. Those about the user have an empty key."""
    of_accounts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for expected in found.values():
        for (account, category), number in expected.requests.items():
            of_accounts[account][category] += number
    return dict(of_accounts)
