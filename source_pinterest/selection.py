"""Selects the streams of a catalog that a sync reads, and their states. A sync and its plan use the same selection."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from airbyte_cdk.models import (  # type: ignore[attr-defined]
    AirbyteStateMessage,
    AirbyteStateType,
    ConfiguredAirbyteStream,
)
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.streams import IncrementalMixin
from airbyte_cdk.utils import AirbyteTracedException

from source_pinterest.config.config import Config
from source_pinterest.config.custom_reports import conflicts
from source_pinterest.config.official_connector import STREAM_REPLACEMENTS
from source_pinterest.streams.analytics.base import AnalyticsStream
from source_pinterest.streams.registry import PinterestStream, names, streams_of
from source_pinterest.sync.context import SyncContext
from source_pinterest.sync.state import unversioned
from source_pinterest.text import cut, nearest_to


@dataclass(frozen=True)
class Selection:
    """The selected streams of one sync."""

    states: ConnectorStateManager
    streams: list[tuple[PinterestStream, ConfiguredAirbyteStream]] = field(default_factory=list)
    """Streams that can be read, in the order of reading. They have their states."""
    problems: list[tuple[ConfiguredAirbyteStream, str]] = field(default_factory=list)
    """Entries that cannot be read, in the order of the catalog, each with the reason as a sentence."""
    warnings: list[str] = field(default_factory=list)
    """Sentences about wrong custom reports that are not selected, and about states of another connection."""


def select(
    configured: Iterable[ConfiguredAirbyteStream],
    context: SyncContext,
    state: Iterable[AirbyteStateMessage],
) -> Selection:
    """Selects the streams to read, and tells the context which lists they will need."""
    configured = list(configured)
    reports = context.config.custom_reports
    streams = {stream.name: stream for stream in streams_of(reports, context)}
    states, refused = _own_states(state, streams.values())
    wrong = conflicts(reports, names(), context.today)
    refused |= wrong
    found = Selection(states)
    for entry in _without_duplicates(configured, refused):
        name = entry.stream.name
        stream = streams.get(name)
        problem = getattr(entry, "problem", None) or refused.get(name)
        if not stream:
            problem = problem or _unknown_stream(name, streams)
        elif not problem:
            problem = _state_problem(stream, states)
        if stream and not problem:
            found.streams.append((stream, entry))
        else:
            found.problems.append((entry, str(problem)))
    order = list(streams)  # the first ones to ask are the first ones to be answered
    found.streams.sort(key=lambda pair: order.index(pair[0].name))
    unselected = wrong.keys() - {entry.stream.name for entry in configured}
    found.warnings.extend(wrong[name] for name in wrong if name in unselected)
    if another := _unconfigured_account(context.config, (stream for stream, _ in found.streams)):
        found.warnings.append(
            f"The saved states are of other ad accounts (such as {another}) than those in "
            "`ad_account_ids`, which this sync reads as a first sync does. Do the states belong "
            "to another connection?"
        )
    context.expect_owners(*_owners(stream for stream, _ in found.streams))
    context.expect_lists(stream.name for stream, _ in found.streams)
    context.expect_ids(name for stream, _ in found.streams for name in stream.lists_of_ids())
    return found


def _unconfigured_account(config: Config, streams: Iterable[PinterestStream]) -> str:
    """If the streams' states are only of ad accounts that `ad_account_ids` does not name, one of these; otherwise
    empty."""
    found = {
        account
        for stream in streams
        if isinstance(stream, AnalyticsStream) and stream.account_field == "ad_account_id"
        for account in stream.state
    }
    if not config.ad_account_ids or found & set(config.ad_account_ids):
        return ""
    return min(found, default="")


def _owners(streams: Iterable[PinterestStream]) -> tuple[set[str], set[str]]:
    """The ad accounts and the users that the streams have a state of."""
    accounts: set[str] = set()
    users: set[str] = set()
    for stream in streams:
        if isinstance(stream, AnalyticsStream):
            owners = users if stream.account_field == "user_id" else accounts
            owners.update(stream.state)
        elif isinstance(stream, IncrementalMixin):
            accounts.update(stream.state)
    return accounts, users


def _state_problem(stream: PinterestStream, states: ConnectorStateManager) -> str:
    """Sets the stream's state. Returns a sentence if the state cannot be used; otherwise an empty text."""
    if isinstance(stream, IncrementalMixin):
        try:
            stream.state = _own_state(states, stream.name)
        except AirbyteTracedException as error:
            return str(error)
    return ""


def _without_duplicates(
    configured: Iterable[ConfiguredAirbyteStream], refused: dict[str, str]
) -> list[ConfiguredAirbyteStream]:
    """The entries of a catalog, each stream once, because a stream has one last status. Adds a sentence to `refused`
    for a stream that is selected in two different ways."""
    found: dict[str, ConfiguredAirbyteStream] = {}
    for entry in configured:
        name = entry.stream.name
        if found.setdefault(name, entry) != entry:
            refused[name] = (
                f"The catalog names the stream {cut(name, 100)} twice, in different ways. Refresh the "
                "connection's schema, and select the stream once."
            )
    return list(found.values())


def _unknown_stream(name: str, streams: Iterable[str]) -> str:
    nearest = nearest_to(name, streams)
    hint = f" Did you mean {nearest}?" if nearest else ""
    if name in STREAM_REPLACEMENTS:
        hint = (
            " It is a stream of Airbyte's own connector; here, it is called "
            f"{STREAM_REPLACEMENTS[name]}."
        )
    return (
        f"The catalog selects {cut(repr(name), 100)}, which is neither a stream of this "
        f"connector nor a custom report.{hint} Refresh the connection's schema, and deselect "
        "it."
    )


def _own_states(
    messages: Iterable[AirbyteStateMessage], streams: Iterable[PinterestStream]
) -> tuple[ConnectorStateManager, dict[str, str]]:
    """The states of the streams; and by stream, a sentence if its state cannot be from this connector."""
    with_state = {stream.name for stream in streams if isinstance(stream, IncrementalMixin)}
    of_streams: list[AirbyteStateMessage] = []
    refused: dict[str, str] = {}
    for message in messages:
        if message.type is AirbyteStateType.GLOBAL and message.global_:
            found = message.global_
            named = {
                stream_state.stream_descriptor.name for stream_state in found.stream_states or ()
            }
            if found.shared_state and vars(found.shared_state):
                named = with_state
            refused |= dict.fromkeys(
                with_state & named,
                "It came as a GLOBAL state, which is one state for all streams together; this connector "
                "keeps one for each stream, and never wrote it",
            )
        elif message.stream:
            of_streams.append(replace(message, type=AirbyteStateType.STREAM))
        elif message.data:
            refused |= dict.fromkeys(
                with_state & message.data.keys(),
                "It came in the LEGACY format, from before each stream had a state of its own, and this "
                "connector never wrote it",
            )
    sentences = {
        name: f"The state of {name} cannot be used. {why}. Clear this stream's data (reset its state) and "
        "sync again."
        for name, why in refused.items()
    }
    return ConnectorStateManager(of_streams), sentences


def _own_state(states: ConnectorStateManager, stream: str) -> dict[str, Any]:
    """The saved state of a stream, without entries that the CDK or a platform adds. Raises a config error if a later
    release of this connector wrote it."""
    saved = unversioned(states.get_stream_state(stream, None), stream)
    return {name: entry for name, entry in saved.items() if not name.startswith("__ab_")}
