"""Reads the streams of a sync with a client that counts, one stream after the other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from airbyte_cdk.utils import AirbyteTracedException

from source_pinterest.http.errors import LoginRefused, PinterestError
from source_pinterest.plan.tally import Tally
from source_pinterest.records.lines import RecordLines, in_lines
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
    """By ad account (empty: of the user) and rate limit."""
    entities: Counter[str] = field(default_factory=Counter)
    """By ad account: records of a list, or entities with a report."""
    rows: Counter[str] = field(default_factory=Counter)
    """By ad account. For a report at most, since Pinterest has no row for a day without activity."""
    size: int = 0
    """Bytes of the rows as lines of JSON."""
    is_rows_known: bool = True
    """Whether the number of rows can be told: no list has the entities of some asynchronous reports."""
    problem: str = ""
    """What could not be planned, as a sentence."""

    @property
    def by_category(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for (_, category), number in self.requests.items():
            found[category] += number
        return found


class Rehearsal:
    """A sync with a client that counts."""

    def __init__(self, context: SyncContext, tally: Tally, states: ConnectorStateManager) -> None:
        self._context = context
        self._tally = tally
        self._states = states
        for form in (context.observed.ids, context.observed.pins):
            form.confirm(form.form)  # an answer without rows would not

    def of(
        self, chosen: Iterable[tuple[PinterestStream, ConfiguredAirbyteStream]]
    ) -> dict[str, Expected]:
        """By stream, in the order of a sync: lists stand before the reports that need their ids."""
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
        """Reads a list as a sync does."""
        expected.entities = expected.rows
        for item in in_lines(stream.name, stream.messages(configured, self._states)):
            if isinstance(item, RecordLines):
                expected.rows[""] += item.count
                expected.size += len(item.lines)

    def _report(
        self, stream: AnalyticsStream, configured: ConfiguredAirbyteStream, expected: Expected
    ) -> None:
        """Plans and reads a report as a sync does, and notes the passes in between."""
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
        """The entities that an asynchronous report has rows of. None if no list has them. Their list is read for
        the plan alone, unless the sync reads it anyway."""
        kind = ENTITIES.get(stream.report.level_name)
        if kind is None:
            return None
        with self._tally.not_counting():
            return kind(self._context).ids(account)


def _rows_of_an_entity(stream: AsyncReportStream, account_pass: AccountPass) -> int:
    """The rows of an entity in a pass: one for each period, and for each value of a breakdown."""
    report, window = stream.report, Window.of(account_pass.base)
    periods = {"TOTAL": 1, "HOUR": 24 * window.days}.get(report.granularity)
    if periods is None:
        days = {"DAY": 1, "WEEK": 7, "MONTH": 28}[report.granularity]
        periods = -(-window.days // days)
    types = len(stream.definition.targeting_types)
    return periods * (types * stream.limits.values_per_targeting_type if types else 1)


def weights(found: Mapping[str, Expected]) -> dict[str, Counter[str]]:
    """By ad account: its requests by rate limit. The user's own are under an empty name."""
    of_accounts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for expected in found.values():
        for (account, category), number in expected.requests.items():
            of_accounts[account][category] += number
    return dict(of_accounts)
