"""SourcePinterest: check, discover, read. The only place that wires things together."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timezone
from typing import Any, TypeVar

from airbyte_cdk.config_observation import emit_configuration_as_airbyte_control_message
from airbyte_cdk.models import (  # type: ignore[attr-defined]
    AirbyteCatalog,
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteStateMessage,
    AirbyteStreamStatus,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteStream,
    FailureType,
    Status,
    StreamDescriptor,
)
from airbyte_cdk.sources import AbstractSource
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import InMemoryMessageRepository, MessageRepository
from airbyte_cdk.sources.streams import Stream
from airbyte_cdk.utils import AirbyteTracedException
from airbyte_cdk.utils.stream_status_utils import as_airbyte_message as stream_status

from source_pinterest.check import Check
from source_pinterest.config import (
    AccessTokenCredentials,
    Config,
    check_custom_reports,
    check_days,
    custom_reports_of,
    options,
    warnings_for,
)
from source_pinterest.cursors import AccountCursor
from source_pinterest.http import limits
from source_pinterest.http.auth import AccessToken, Login, OAuth
from source_pinterest.http.client import PinterestClient, TokenSource, new_session
from source_pinterest.http.errors import PinterestError
from source_pinterest.messages import RecordLines, in_lines
from source_pinterest.reading import Reading
from source_pinterest.side_by_side import side_by_side
from source_pinterest.streams import PinterestStream, names, streams_of
from source_pinterest.streams.pinterest_stream import worst

logger = logging.getLogger("airbyte.source_pinterest")

Read = TypeVar("Read")


def utc_now() -> datetime:
    return datetime.now(timezone.utc)


class SourcePinterest(AbstractSource):
    """Reads a Pinterest user's boards, Pins, ads and all their analytics."""

    check_config_against_spec = False
    """`Config.parse` checks more than the form can, and says it in sentences."""

    def __init__(self, now: Callable[[], datetime] = utc_now) -> None:
        self._now = now
        self._messages = InMemoryMessageRepository()

    @property
    def message_repository(self) -> MessageRepository:
        return self._messages

    # --- The platform's files ---

    @staticmethod
    def read_config(config_path: str) -> Any:
        """Whatever JSON the file holds: `Config.parse` says what is wrong with it."""
        return _read("configuration", config_path, AbstractSource._read_json_file)

    @classmethod
    def read_catalog(cls, catalog_path: str) -> ConfiguredAirbyteCatalog:
        return _read("configured catalog", catalog_path, super().read_catalog)

    @classmethod
    def read_state(cls, state_path: str) -> list[AirbyteStateMessage]:
        return _read("state", state_path, super().read_state)

    # --- spec, discover ---

    def discover(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteCatalog:  # noqa: ARG002
        """The same streams for every configuration, the fields that it asks for, and its custom
        reports; nothing is asked of Pinterest."""
        reports = custom_reports_of(config)
        check_custom_reports(reports, names(), self._today())
        switched_on = options(config)
        return AirbyteCatalog(
            streams=[stream.offered(switched_on) for stream in streams_of(reports)]
        )

    def streams(self, config: Mapping[str, Any]) -> list[Stream]:
        """The streams of one sync: what they share, they ask for once."""
        reading = self._reading(config)
        return [*streams_of(reading.config.custom_reports, reading)]

    # --- check ---

    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        """Overridden, since the CDK drops the message of a success and shows the `repr` of another."""
        succeeded, message = self.check_connection(logger, config)
        status = Status.SUCCEEDED if succeeded else Status.FAILED
        return AirbyteConnectionStatus(status=status, message=message)

    def check_connection(
        self, logger: logging.Logger, config: Mapping[str, Any]
    ) -> tuple[bool, str | None]:
        """Whether the login works and sees the ad accounts that are named; and what was found."""
        try:
            reading = self._reading(config, limits.SOMEBODY_WAITS)
        except AirbyteTracedException as error:
            return False, error.message
        for warning in warnings_for(config, reading.today):
            logger.warning(warning)
        try:
            found = Check(reading, logger).run()
        except PinterestError as error:
            return False, str(error)
        return not found.problems, "\n".join(found.problems) or found.summary

    # --- read ---

    def read(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage]:
        """What `read_batches` gives, with a message for each record."""
        for item in self.read_batches(logger, config, catalog, state):
            if isinstance(item, RecordLines):
                yield from item.messages()
            else:
                yield item

    def read_batches(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[RecordLines | AirbyteMessage]:
        """The streams of the catalog: those of different rate limits side by side, since one need
        not wait for the other's budget; those of the same limit one after the other.

        A stream that lacks something does not stop the others. Whatever is wrong with the
        configuration, the catalog or the state is said before anything is read.
        """
        reading = self._reading(config)
        reports = reading.config.custom_reports
        streams = {stream.name: stream for stream in streams_of(reports, reading)}
        states = ConnectorStateManager(state or [])
        lanes: dict[str, list[tuple[PinterestStream, ConfiguredAirbyteStream]]] = {}
        chosen = [(_known(streams, configured), configured) for configured in catalog.streams]
        order = list(streams)  # a list comes before what waits for its ids in the same lane
        chosen.sort(key=lambda each: order.index(each[0].name))
        for stream, configured in chosen:
            if isinstance(stream, AccountCursor):
                stream.state = _own_state(states, stream.name)
            lanes.setdefault(stream.category, []).append((stream, configured))
        for warning in warnings_for(config, reading.today):
            logger.warning(warning)
        reading.expect_lists(each.stream.name for each in catalog.streams)

        failed: dict[str, AirbyteTracedException] = {}

        def one_after_the_other(
            lane: list[tuple[PinterestStream, ConfiguredAirbyteStream]],
        ) -> Iterator[RecordLines | AirbyteMessage]:
            for stream, configured in lane:
                try:
                    yield from _messages_of(stream, configured, states, logger, failed)
                finally:
                    reading.list_ended(stream.name)

        yield from side_by_side([one_after_the_other(lane) for lane in lanes.values()])
        if failed:
            raise AirbyteTracedException(
                message=f"These streams are incomplete: {', '.join(sorted(failed))}. "
                "Each one's own error says what is missing.",
                failure_type=worst(error.failure_type for error in failed.values()),
            )

    # --- Wiring ---

    def _today(self) -> date:
        return self._now().astimezone(timezone.utc).date()

    def _reading(self, raw: Mapping[str, Any], patience: limits.Patience = limits.SYNC) -> Reading:
        config = Config.parse(raw)
        today = self._today()
        check_days(config, today)
        check_custom_reports(config.custom_reports, names(), today)
        session = new_session()
        tokens: TokenSource
        if isinstance(config.credentials, AccessTokenCredentials):
            tokens = AccessToken(config.credentials)
        else:
            tokens = OAuth(
                config.credentials,
                config.base_url,
                session,
                _tell_the_platform(raw),
                self._now,
                patience=patience,
            )
        client = PinterestClient(config.base_url, tokens, session, patience=patience)
        return Reading(config, client, today, self._today)


def _messages_of(
    stream: PinterestStream,
    configured: ConfiguredAirbyteStream,
    states: ConnectorStateManager,
    logger: logging.Logger,
    failed: dict[str, AirbyteTracedException],
) -> Iterator[RecordLines | AirbyteMessage]:
    """All messages of one stream, from STARTED to COMPLETE, or to INCOMPLETE and an error."""
    yield stream_status(configured.stream, AirbyteStreamStatus.STARTED)
    try:
        yield from _records_and_states(stream, configured, states, logger)
    except (AirbyteTracedException, PinterestError) as error:
        failed[stream.name] = _traced(stream.name, error)
        logger.error(str(failed[stream.name]))
    except Exception as error:
        failed[stream.name] = AirbyteTracedException.from_exception(
            error, message=f"{stream.name} is incomplete: a defect of the connector."
        )
        logger.exception(f"{stream.name} has met a defect of the connector")
    if error_trace := failed.get(stream.name):
        yield stream_status(configured.stream, AirbyteStreamStatus.INCOMPLETE)
        yield error_trace.as_sanitized_airbyte_message(StreamDescriptor(name=stream.name))
    else:
        yield stream_status(configured.stream, AirbyteStreamStatus.COMPLETE)


def _records_and_states(
    stream: PinterestStream,
    configured: ConfiguredAirbyteStream,
    states: ConnectorStateManager,
    logger: logging.Logger,
) -> Iterator[RecordLines | AirbyteMessage]:
    count = 0
    for item in in_lines(stream.name, stream.messages(configured, states)):
        if isinstance(item, RecordLines):
            if not count:
                yield stream_status(configured.stream, AirbyteStreamStatus.RUNNING)
            count += item.count
            stream.reading.client.rows_arrived()
        yield item
    logger.info(f"{stream.name}: {count} records.")


def _read(what: str, path: str, read: Callable[[str], Read]) -> Read:
    """What a file holds, or a config error that names the file and the fact."""
    try:
        return read(path)
    except OSError as error:
        fact = f"cannot be opened ({error.strerror})"
    except Exception as error:  # noqa: BLE001  each reader of the CDK's has errors of its own
        fact = f"does not hold one: {str(error).strip()}"
    raise AirbyteTracedException(
        message=f"The {what}: the file {path} {fact}", failure_type=FailureType.config_error
    )


def _known(
    streams: Mapping[str, PinterestStream], configured: ConfiguredAirbyteStream
) -> PinterestStream:
    stream = streams.get(configured.stream.name)
    if not stream:
        raise AirbyteTracedException(
            message=f"The catalog asks for a stream {configured.stream.name!r}, which this "
            "connector does not have. Refresh the connection's schema, and deselect it.",
            failure_type=FailureType.config_error,
        )
    return stream


def _own_state(states: ConnectorStateManager, stream: str) -> dict[str, Any]:
    """The stream's state, without what the CDK or a platform notes there for itself."""
    return {
        account: entry
        for account, entry in states.get_stream_state(stream, None).items()
        if not account.startswith("__ab_")
    }


def plain(error: AirbyteTracedException) -> AirbyteTracedException:
    """The error without its traceback: it says what the user needs to know."""
    error.__traceback__ = error.__cause__ = None
    error.__suppress_context__ = True
    return error


def _traced(stream: str, error: AirbyteTracedException | PinterestError) -> AirbyteTracedException:
    if isinstance(error, AirbyteTracedException):
        return plain(error)
    return AirbyteTracedException(
        message=f"{stream} is incomplete: {error}",
        internal_message=str(error),
        failure_type=error.failure_type,
    )


def _tell_the_platform(raw: Mapping[str, Any]) -> Callable[[Login], None]:
    """Hands a rotated login on at once, from whichever thread: the former may be void already."""

    def keep(login: Login) -> None:
        credentials = {**raw["credentials"], **vars(login)}
        emit_configuration_as_airbyte_control_message({**raw, "credentials": credentials})
        logger.info(
            "The login was renewed. A platform saves the new one from the CONTROL message before "
            "this line; who runs this from a file has to copy its `config` into that file, since "
            "the refresh token in it may no longer be taken."
        )

    return keep
