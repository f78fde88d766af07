"""Airbyte's commands: the CDK's entry point, with records written as lines and errors in our own sentences.

`spec` needs only the form, so everything else of the connector is imported where it is needed.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from argparse import Namespace
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import redirect_stderr
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast

import orjson
from airbyte_cdk.connector import BaseConnector
from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.logger import PRINT_BUFFER
from airbyte_cdk.models import (  # type: ignore[attr-defined]
    AirbyteMessage,
    AirbyteMessageSerializer,
    AirbyteStateMessage,
    ConfiguredAirbyteCatalog,
    ConnectorSpecification,
    FailureType,
    Type,
)
from airbyte_cdk.sources import Source
from airbyte_cdk.sources.connector_state_manager import HashableStreamDescriptor
from airbyte_cdk.utils import AirbyteTracedException
from airbyte_cdk.utils.airbyte_secrets_utils import get_secrets, update_secrets

from source_pinterest.stdout import (
    buffer_stdout,
    ending_between_messages,
    return_freed_memory,
    write_lines,
)
from source_pinterest.text import PRINTABLE_LOG, hide

if TYPE_CHECKING:
    from source_pinterest.http.settings import Settings
    from source_pinterest.source import SourcePinterest

Item = TypeVar("Item")


class Entrypoint(AirbyteEntrypoint):
    """The CDK's entry point, with our own sentences for a wrong configuration."""

    source: SourcePinterest

    @staticmethod
    def validate_connection(  # type: ignore[override]
        source_spec: ConnectorSpecification,  # noqa: ARG004  the form knows less than Config
        config: dict[str, object],
    ) -> None:
        """Raises a config error with our own sentences."""
        from source_pinterest.config.config import Config

        Config.parse(config)

    @staticmethod
    def set_up_secret_filter(
        config: Mapping[str, Any], connection_specification: Mapping[str, Any]
    ) -> None:
        """Hides the secrets that the CDK hides, in every spelling."""
        secrets = get_secrets(connection_specification, config)
        update_secrets([*secrets])  # a copy, to which `hide` adds
        for secret in secrets:
            hide(str(secret))

    def read(
        self,
        source_spec: ConnectorSpecification,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage],
    ) -> Iterator[AirbyteMessage]:
        """Like the CDK's method, but writes records to stdout itself, as lines. Yields everything else."""
        from source_pinterest.records.record_messages import RecordLines

        self.set_up_secret_filter(config, source_spec.connectionSpecification)
        counts: defaultdict[HashableStreamDescriptor, float] = defaultdict(float)
        batches = self.source.read_batches(self.logger, config, catalog, state)
        for item in _with_memory_checks(batches, self._memory_monitor.check_memory_usage):
            if isinstance(item, RecordLines):
                counts[HashableStreamDescriptor(item.stream)] += item.count
                write_lines(item.lines)
            else:
                yield self.handle_record_counts(item, counts)
                if item.type is Type.STATE:
                    PRINT_BUFFER.flush()  # a platform reads again whatever it has not received


def _with_memory_checks(
    items: Generator[Item, None, None], check: Callable[[], None]
) -> Iterator[Item]:
    """Yields the items, and checks the memory after each. An error of the check is raised within the generator, which
    then yields the last status of each stream."""
    is_well = True
    for item in items:
        yield item
        try:
            if is_well:
                check()
        except AirbyteTracedException as error:
            is_well = False
            yield items.throw(error)


def run(args: list[str], now: Callable[[], datetime], settings: Settings | None) -> None:
    """Runs a command of Airbyte's, and prints its messages to stdout, one per line. Exits with 1 if something is
    missing.

    `args`: those of the CDK, the command first.
    """
    arguments = Entrypoint.parse_args(args)
    return_freed_memory()
    buffer_stdout()
    entrypoint = Entrypoint(_source(arguments.command, now, settings))
    for handler in logging.getLogger().handlers:
        handler.addFilter(PRINTABLE_LOG)
    stderr = sys.stderr
    # PRINT_BUFFER alone would send stderr, such as a thread's traceback, to stdout
    with PRINT_BUFFER, redirect_stderr(stderr), ending_between_messages():
        try:
            exit_code = _print_messages(entrypoint, arguments)
            PRINT_BUFFER.flush()  # later, nobody would expect that the reader has gone
        except BrokenPipeError:
            # the reader has gone, so the remaining output goes nowhere, and nothing waits for a reader
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            exit_code = 1
    if exit_code:
        sys.exit(exit_code)


def _print_messages(entrypoint: Entrypoint, arguments: Namespace) -> int:
    """Prints the messages of the command. Returns the exit code."""
    try:
        _check_temporary_folder()
        for line in entrypoint.run(arguments):
            print(f"{line}\n", end="")  # noqa: T201  stdout is the protocol
    except AirbyteTracedException as error:
        status = None
        if arguments.command == "check" and error.failure_type is FailureType.config_error:
            status = error.as_connection_status_message()
        from source_pinterest.source import without_traceback

        message = status or without_traceback(error).as_sanitized_airbyte_message()
        line = orjson.dumps(AirbyteMessageSerializer.dump(message)).decode()
        print(f"{line}\n", end="")  # noqa: T201
        return 0 if status else 1
    return 0


class _SpecOnly:
    """A source with only those parts that `spec` needs."""

    name = "SourcePinterest"
    spec = BaseConnector.spec


def _source(command: str, now: Callable[[], datetime], settings: Settings | None) -> Source:
    if command == "spec":
        return cast("Source", _SpecOnly())
    from source_pinterest.source import SourcePinterest

    return SourcePinterest(now, settings)


def _check_temporary_folder() -> None:
    """Raises a config error if no temporary folder can be created, since the CDK needs one for every command."""
    try:
        tempfile.TemporaryDirectory().cleanup()
    except OSError as error:
        message = (
            f"No temporary folder can be created on this machine ({error.strerror}). Name a "
            "writable folder in the environment variable `TMPDIR`."
        )
        raise AirbyteTracedException(
            message=message, internal_message=message, failure_type=FailureType.config_error
        ) from None
