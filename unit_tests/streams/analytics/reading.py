"""Reads a stream as a sync does: its messages, sorted by what they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from airbyte_cdk.models import (
    AirbyteStream,
    ConfiguredAirbyteStream,
    DestinationSyncMode,
    SyncMode,
)
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.utils import AirbyteTracedException

from source_pinterest.records.rows import Batch
from source_pinterest.streams.base import PinterestStream
from source_pinterest.sync.checkpoints import Checkpoint
from source_pinterest.sync.state import unversioned


class Output(NamedTuple):
    records: list[dict[str, Any]]
    states: list[dict[str, Any]]
    error: str

    @property
    def state(self) -> dict[str, Any]:
        return self.states[-1]


def read(
    stream: PinterestStream,
    state: Mapping[str, Any] | None = None,
    *,
    selected: tuple[str, ...] = (),
    is_full_refresh: bool = False,
) -> Output:
    """The records and states of one sync, and the error that it ends with."""
    if state is not None:
        stream.state = dict(state)  # type: ignore[attr-defined]
    output = Output([], [], "")
    try:
        for item in messages(stream, selected, is_full_refresh):
            if isinstance(item, Batch):
                output.records.extend(dict(each) for each in item.records())
            elif isinstance(item, Checkpoint) and item.is_new:
                blob = item.message().state.stream.stream_state
                output.states.append(unversioned(vars(blob), stream.name) if blob else {})
    except AirbyteTracedException as error:
        return output._replace(error=str(error.message))
    return output


def messages(
    stream: PinterestStream, selected: tuple[str, ...] = (), is_full_refresh: bool = False
) -> Iterator[Any]:
    """The stream's items in a sync: batches, checkpoints and other messages."""
    modes = [SyncMode.full_refresh, SyncMode.incremental]
    schema = {"properties": {name: {} for name in selected}} if selected else {}
    configured = ConfiguredAirbyteStream(
        AirbyteStream(stream.name, schema, modes),
        SyncMode.full_refresh if is_full_refresh else SyncMode.incremental,
        DestinationSyncMode.append,
    )
    yield from stream.messages(configured, ConnectorStateManager())
