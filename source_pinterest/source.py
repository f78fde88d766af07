"""SourcePinterest: the commands check, discover and read. The only module that wires the others together."""

from __future__ import annotations

import logging
from collections.abc import Callable, Container, Generator, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timezone
from typing import Any

import orjson
from airbyte_cdk.config_observation import emit_configuration_as_airbyte_control_message
from airbyte_cdk.models import (  # type: ignore[attr-defined]
    AirbyteCatalog,
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteMessageSerializer,
    AirbyteStateMessage,
    AirbyteStream,
    AirbyteStreamStatus,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteStream,
    FailureType,
    Status,
    StreamDescriptor,
    Type,
)
from airbyte_cdk.sources import AbstractSource
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import InMemoryMessageRepository, MessageRepository
from airbyte_cdk.sources.streams import Stream
from airbyte_cdk.utils import AirbyteTracedException
from airbyte_cdk.utils.airbyte_secrets_utils import get_secrets
from airbyte_cdk.utils.stream_status_utils import as_airbyte_message as stream_status

from source_pinterest.check import Check
from source_pinterest.clock import utc_now
from source_pinterest.config import platform_files
from source_pinterest.config.config import (
    Config,
    check_custom_reports,
    check_start_date,
    config_error,
    custom_reports_of,
    field_options,
    warnings_for,
)
from source_pinterest.config.custom_reports import CustomReport
from source_pinterest.config.official_connector import translate_config
from source_pinterest.http.auth import Login, token_source
from source_pinterest.http.client import PinterestClient, new_session
from source_pinterest.http.errors import PinterestError
from source_pinterest.http.retry import RetryPolicy
from source_pinterest.http.settings import SETTINGS, Settings
from source_pinterest.records.record_messages import RecordLines, in_lines
from source_pinterest.selection import Selection, select
from source_pinterest.streams.registry import PinterestStream, names, streams_of
from source_pinterest.sync.checkpoints import Checkpoint, StateSchedule
from source_pinterest.sync.context import SyncContext
from source_pinterest.sync.failures import most_severe
from source_pinterest.sync.interleave import interleave
from source_pinterest.text import (
    cut,
    hide,
    printable,
    printable_lines,
    replace_surrogates,
    shortened_list,
)

logger = logging.getLogger("airbyte.source_pinterest")


class SourcePinterest(AbstractSource):
    """Reads a Pinterest user's boards, Pins, ads and all their analytics."""

    check_config_against_spec = False
    """`Config.parse` checks more than the form can, and explains each mistake in a sentence."""

    def __init__(
        self, now: Callable[[], datetime] = utc_now, settings: Settings | None = None
    ) -> None:
        self._now = now
        self._settings = settings or SETTINGS
        self._messages = InMemoryMessageRepository()

    @property
    def message_repository(self) -> MessageRepository:
        return self._messages

    # --- The platform's files ---

    @staticmethod
    def read_config(config_path: str) -> Any:
        """The JSON value of the file. `Config.parse` validates it."""
        return platform_files.configuration(config_path)

    @classmethod
    def read_catalog(cls, catalog_path: str) -> ConfiguredAirbyteCatalog:
        """The configured catalog of the file. Raises a config error if it has none."""
        return platform_files.catalog(catalog_path)

    @classmethod
    def read_state(cls, state_path: str) -> list[AirbyteStateMessage]:
        """The state messages of the file. Raises a config error if it has none."""
        return platform_files.state(state_path)

    def configure(self, config: Mapping[str, Any], temp_dir: str) -> Mapping[str, Any]:  # noqa: ARG002
        """The configuration, unchanged. The CDK would write it, secrets included, to a file that nobody reads."""
        return config

    # --- spec, discover ---

    def discover(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteCatalog:  # noqa: ARG002
        """The built-in streams, with the optional fields that the configuration switches on, and its custom reports.
        Sends no request."""
        reports = custom_reports_of(config)
        check_custom_reports(reports, names(), self._today())
        return self._catalog(reports, field_options(config))

    def streams(self, config: Mapping[str, Any]) -> list[Stream]:
        """The streams of one sync. They share one `SyncContext`."""
        context = self._context(config)
        return [*streams_of(context.config.custom_reports, context)]

    @staticmethod
    def _catalog(reports: Sequence[CustomReport], switched_on: Container[str]) -> AirbyteCatalog:
        """The catalog, which has to fit into one message. If the custom reports make it too large, descriptions of
        columns are left out: those of custom reports, and if that is not enough, those of all reports.

        Raises a config error if it is still too large.
        """
        catalog = AirbyteCatalog(
            streams=[stream.offered(switched_on) for stream in streams_of(reports)]
        )
        if not reports or _bytes(catalog) <= LARGEST_CATALOG:
            return catalog
        built_in, custom = catalog.streams[: -len(reports)], catalog.streams[-len(reports) :]
        _leave_out_descriptions(custom)
        if _bytes(catalog) > LARGEST_CATALOG:
            _leave_out_descriptions(stream for stream in built_in if "_analytics" in stream.name)
            logger.info(
                "The catalog has no descriptions of the columns of all reports, because there are too "
                "many columns."
            )
        else:
            logger.info(
                "The catalog has no descriptions of the columns of the custom reports, because there are "
                "too many columns."
            )
        if _bytes(catalog) > LARGEST_CATALOG:
            columns = sum(len(report.columns) for report in reports)
            raise config_error(
                [
                    f"`custom_reports`: {len(reports)} reports with {columns:,} columns in all make a "
                    f"catalog of {_bytes(catalog) / 1e6:.1f} MB, and a message has "
                    f"{LARGEST_CATALOG / 1e6:.0f} MB at most. Leave out the columns that you do not need, "
                    "or make a second connection for some of the reports."
                ]
            )
        return catalog

    # --- check ---

    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        """Overridden because the CDK drops the message of a success and shows the `repr` of a failure."""
        succeeded, message = self.check_connection(logger, config)
        status = Status.SUCCEEDED if succeeded else Status.FAILED
        shown = cut(printable_lines(replace_surrogates(message or "")), LONGEST_PARTS["message"])
        return AirbyteConnectionStatus(status=status, message=shown)

    def check_connection(
        self, logger: logging.Logger, config: Mapping[str, Any]
    ) -> tuple[bool, str | None]:
        """Whether the login works and sees the configured ad accounts, with a message for the user."""
        try:
            context = self._context(config, self._settings.interactive)
            if reports := context.config.custom_reports:
                self._catalog(reports, field_options(config))
        except AirbyteTracedException as error:
            return False, error.message
        for warning in warnings_for(config, context.today):
            logger.warning(warning)
        try:
            found = Check(context, logger).run()
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
        """Like `read_batches`, with one message per record."""
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
    ) -> Generator[RecordLines | AirbyteMessage, None, None]:
        """Reads the streams of the catalog at the same time. The pool of the sync bounds their requests.

        An incomplete stream does not stop the others, nor does a stream that does not exist, or whose state this
        connector did not write. If the configuration is wrong, raises a config error before anything is read. If any
        stream is incomplete, raises an error in the end.
        """
        context = self._context(config, must_fit=False)
        selection = select(catalog.streams, context, state or [])
        failed: dict[str, FailureType] = {}
        for configured, problem in selection.problems:
            yield stream_status(configured.stream, AirbyteStreamStatus.STARTED)
            yield from _incomplete(configured, config_error([problem]), logger, failed)
        for warning in [*selection.warnings, *warnings_for(config, context.today)]:
            logger.warning(warning)
        try:
            yield from _side_by_side(selection, context, logger, failed)
        finally:
            context.client.end()
        if failed:
            raise AirbyteTracedException(
                message=f"These streams are incomplete: {_listed(sorted(failed))}. "
                "Each one's own error says what is missing.",
                failure_type=most_severe(failed.values()),
            )

    # --- Wiring ---

    def _today(self) -> date:
        return self._now().astimezone(timezone.utc).date()

    def _context(
        self,
        raw: Mapping[str, Any],
        policy: RetryPolicy | None = None,
        must_fit: bool = True,
    ) -> SyncContext:
        """Wires one sync together: login, client, limits. `policy`: default: that of a sync. `must_fit`: whether a
        custom report that conflicts with other streams raises a config error."""
        settings, policy = self._settings, policy or self._settings.sync
        config = Config.parse(raw)
        limits = settings.limits.with_share(config.rate_limit_share)
        today = self._today()
        check_start_date(config, today)
        if must_fit:
            check_custom_reports(config.custom_reports, names(), today)
        session = new_session()
        keep = _send_login_to_platform(raw)
        tokens = token_source(
            config,
            session,
            keep,
            self._now,
            sleep=settings.sleep,
            policy=policy,
            clock=settings.clock,
            limits=limits,
        )
        client = PinterestClient(
            config.base_url,
            tokens,
            session,
            budget=settings.budget(limits),
            sleep=settings.sleep,
            clock=settings.clock,
            policy=policy,
            limits=limits,
        )
        return SyncContext(config, client, today, self._today, self._now())


def _leave_out_descriptions(streams: Iterable[AirbyteStream]) -> None:
    """Removes the descriptions of fields from the schemas."""
    for stream in streams:
        properties = {
            name: {part: value for part, value in schema.items() if part != "description"}
            for name, schema in stream.json_schema["properties"].items()
        }
        stream.json_schema = {**stream.json_schema, "properties": properties}


def _side_by_side(
    selection: Selection,
    context: SyncContext,
    logger: logging.Logger,
    failed: dict[str, FailureType],
) -> Iterator[RecordLines | AirbyteMessage]:
    """The messages of all selected streams, with a STATE whenever one is due. Adds incomplete streams to `failed`.

    An error that is not one stream's own makes all streams incomplete that have not ended.
    """

    def messages(
        stream: PinterestStream, configured: ConfiguredAirbyteStream
    ) -> Iterator[RecordLines | Checkpoint | AirbyteMessage]:
        try:
            yield from _messages_of(stream, configured, selection.states, logger, failed)
        finally:
            context.note_list_ended(stream.name)

    pending = {configured.stream.name: configured for _, configured in selection.streams}
    limits = context.client.limits
    schedule = StateSchedule(
        context.client.now,
        limits.seconds_between_states,
        limits.records_between_states,
    )
    try:
        streams = [messages(*pair) for pair in selection.streams]
        for item in interleave(streams, wait=schedule.seconds_left):
            if ended := _ended_stream(item):
                pending.pop(ended, None)
                yield from schedule.ended(ended)
            if isinstance(item, Checkpoint):
                schedule.reached(item)
            elif item is not None:
                if isinstance(item, RecordLines):
                    schedule.emitted(item.stream, item.count)
                yield item
            yield from schedule.due()
    except Exception as error:  # noqa: BLE001  each stream still gets its last status
        for name, configured in pending.items():
            yield from schedule.ended(name)
            yield from _incomplete(configured, error, logger, failed)


def _messages_of(
    stream: PinterestStream,
    configured: ConfiguredAirbyteStream,
    states: ConnectorStateManager,
    logger: logging.Logger,
    failed: dict[str, FailureType],
) -> Iterator[RecordLines | Checkpoint | AirbyteMessage]:
    """All messages of one stream, from STARTED to COMPLETE, or to INCOMPLETE and an error."""
    yield stream_status(configured.stream, AirbyteStreamStatus.STARTED)
    try:
        yield from _records_and_states(stream, configured, states, logger)
    except GeneratorExit:
        raise
    except BaseException as error:  # noqa: BLE001  even one that would end a process costs one stream
        yield from _incomplete(configured, error, logger, failed)
    else:
        yield stream_status(configured.stream, AirbyteStreamStatus.COMPLETE)


def _incomplete(
    configured: ConfiguredAirbyteStream,
    error: BaseException,
    logger: logging.Logger,
    failed: dict[str, FailureType],
) -> Iterator[AirbyteMessage]:
    """Yields the last status of an incomplete stream and its error, which is also logged. Adds it to `failed`."""
    name = configured.stream.name
    traced = _as_traced(name, error)
    failed[name] = traced.failure_type
    message = traced.as_sanitized_airbyte_message(StreamDescriptor(name=name))
    shown: Any = message.trace
    for part, length in LONGEST_PARTS.items():
        text = printable_lines(replace_surrogates(getattr(shown.error, part) or ""))
        setattr(shown.error, part, cut(text, length))
    is_bug = not isinstance(error, (AirbyteTracedException, PinterestError))
    logger.error(shown.error.message + (f"\n{shown.error.stack_trace}" if is_bug else ""))
    yield stream_status(configured.stream, AirbyteStreamStatus.INCOMPLETE)
    yield message


LONGEST_PARTS = {"message": 100_000, "internal_message": 100_000, "stack_trace": 20_000}
"""The most characters of each part of an error. Our choice, so that no message reaches a megabyte."""


def _ended_stream(item: RecordLines | Checkpoint | AirbyteMessage | None) -> str:
    """The name of the stream, if the item is its last status (COMPLETE or INCOMPLETE); otherwise empty."""
    trace = item.trace if isinstance(item, AirbyteMessage) else None
    if not trace or not trace.stream_status:
        return ""
    is_last = trace.stream_status.status in (
        AirbyteStreamStatus.COMPLETE,
        AirbyteStreamStatus.INCOMPLETE,
    )
    return str(trace.stream_status.stream_descriptor.name) if is_last else ""


def _records_and_states(
    stream: PinterestStream,
    configured: ConfiguredAirbyteStream,
    states: ConnectorStateManager,
    logger: logging.Logger,
) -> Iterator[RecordLines | Checkpoint | AirbyteMessage]:
    count = 0
    messages = stream.messages(configured, states)
    items: Iterator[RecordLines | Checkpoint | AirbyteMessage] = in_lines(stream.name, messages)
    for item in items:
        if isinstance(item, RecordLines):
            if not count:
                yield stream_status(configured.stream, AirbyteStreamStatus.RUNNING)
            count += item.count
            stream.context.client.rows_arrived()
        yield item
    logger.info(f"{stream.name}: {count} records.")


def _bytes(catalog: AirbyteCatalog) -> int:
    """The size of the catalog's message, in bytes."""
    message = AirbyteMessage(type=Type.CATALOG, catalog=catalog)
    return len(orjson.dumps(AirbyteMessageSerializer.dump(message)))


LARGEST_CATALOG = 1_000_000
"""The most bytes of a catalog. Our choice: no message is larger, except for a record that is."""


def without_traceback(error: AirbyteTracedException) -> AirbyteTracedException:
    """The error without its traceback and cause, since the message is all that the user needs."""
    error.__traceback__ = error.__cause__ = None
    error.__suppress_context__ = True
    return error


def _as_traced(stream: str, error: BaseException) -> AirbyteTracedException:
    if isinstance(error, AirbyteTracedException):
        return without_traceback(error)
    if isinstance(error, PinterestError):
        return AirbyteTracedException(
            message=f"{stream} is incomplete: {error}",
            internal_message=str(error),
            failure_type=error.failure_type,
        )
    return AirbyteTracedException.from_exception(
        error, message=f"{stream} is incomplete: a bug in the connector."
    )


def _listed(names: list[str]) -> str:
    return shortened_list([cut(printable(name), 100) for name in names], STREAMS_SHOWN)


STREAMS_SHOWN = 200
"""The most streams that one sentence names. Our choice."""


def hide_secrets(config: Mapping[str, Any]) -> None:
    """From now on, hides the secrets of a configuration in all messages, in every spelling."""
    form = SourcePinterest().spec(logger).connectionSpecification
    for secret in get_secrets(form, config):
        hide(str(secret))


def _send_login_to_platform(raw: Mapping[str, Any]) -> Callable[[Login], None]:
    """Returns a function that hands a renewed login to the platform at once, in a CONTROL message, because the previous
    one may be void already. It can be called from any thread."""

    def keep(login: Login) -> None:
        credentials = {**translate_config(raw)["credentials"], **vars(login)}
        emit_configuration_as_airbyte_control_message({**raw, "credentials": credentials})
        logger.info(
            "The login was renewed. A platform saves the new one from the CONTROL message before "
            "this line. If you run the connector from a file, copy the message's `config` into that "
            "file: Pinterest may no longer accept the refresh token in it."
        )

    return keep
