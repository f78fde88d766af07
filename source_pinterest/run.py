"""The entry point: `source-pinterest` and one of its `VERBS`."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import redirect_stderr
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import orjson
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
from airbyte_cdk.sources.connector_state_manager import HashableStreamDescriptor
from airbyte_cdk.utils import AirbyteTracedException
from airbyte_cdk.utils.airbyte_secrets_utils import get_secrets

from source_pinterest.config.config import Config
from source_pinterest.http.settings import SETTINGS, Settings
from source_pinterest.records.lines import RecordLines
from source_pinterest.source import SourcePinterest, plain, utc_now
from source_pinterest.stdout import (
    buffer_stdout,
    ending_between_messages,
    return_freed_memory,
    write_lines,
)
from source_pinterest.text import PRINTABLE_LOG, hide

Item = TypeVar("Item")


class Entrypoint(AirbyteEntrypoint):
    """The CDK's entry point, with our own sentences for a wrong configuration."""

    source: SourcePinterest

    @staticmethod
    def validate_connection(  # type: ignore[override]
        source_spec: ConnectorSpecification,  # noqa: ARG004  the form knows less than Config
        config: dict[str, object],
    ) -> None:
        Config.parse(config)

    @staticmethod
    def set_up_secret_filter(
        config: Mapping[str, Any], connection_specification: Mapping[str, Any]
    ) -> None:
        """Hides the secrets that the CDK hides, and every other spelling of them."""
        AirbyteEntrypoint.set_up_secret_filter(config, connection_specification)
        for secret in get_secrets(connection_specification, config):
            hide(str(secret))

    def read(
        self,
        source_spec: ConnectorSpecification,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage],
    ) -> Iterator[AirbyteMessage]:
        """Like the CDK's method, but writes records as lines itself. It yields everything else."""
        self.set_up_secret_filter(config, source_spec.connectionSpecification)
        counts: defaultdict[HashableStreamDescriptor, float] = defaultdict(float)
        batches = self.source.read_batches(self.logger, config, catalog, state)
        for item in _checked(batches, self._memory_monitor.check_memory_usage):
            if isinstance(item, RecordLines):
                counts[HashableStreamDescriptor(item.stream)] += item.count
                write_lines(item.lines)
            else:
                yield self.handle_record_counts(item, counts)
                if item.type is Type.STATE:
                    PRINT_BUFFER.flush()  # a platform reads again whatever it has not received


def _checked(items: Generator[Item, None, None], check: Callable[[], None]) -> Iterator[Item]:
    """The items, with a check of the memory after each. If the check raises an error, the generator gets
    it, because it still has to emit the last status of each stream."""
    is_well = True
    for item in items:
        yield item
        try:
            if is_well:
                check()
        except AirbyteTracedException as error:
            is_well = False
            yield items.throw(error)


def run(
    args: Sequence[str] | None = None,
    now: Callable[[], datetime] = utc_now,
    settings: Settings = SETTINGS,
) -> None:
    """Runs the command that the first argument names, one of `VERBS`. Wrong usage exits with 2."""
    given = list(sys.argv[1:] if args is None else args)
    word = given[0] if given else ""
    if verb := VERBS.get(word):
        verb.run(given, now, settings)
    elif word in ("-h", "--help"):
        print(usage())  # noqa: T201
    else:
        # shown only if it looks like a verb, since it may be a secret given by mistake
        is_showable = word.isascii() and word.isalpha() and len(word) <= 12
        fact = f"{word} is not a verb." if is_showable else "which verb?"
        print(f"source-pinterest: {fact}\n\n{usage()}", file=sys.stderr)  # noqa: T201
        sys.exit(2)


def usage() -> str:
    return "\n".join(
        [
            "Usage: source-pinterest VERB [OPTIONS]",
            "",
            *(f"  {name:<10}{verb.does}" for name, verb in VERBS.items()),
            "",
            "source-pinterest VERB --help shows the options of a verb.",
        ]
    )


def _verify(args: list[str], now: Callable[[], datetime], settings: Settings) -> None:  # noqa: ARG001
    from source_pinterest import verify

    verify.run(args[1:], now)


def _log_in(args: list[str], now: Callable[[], datetime], settings: Settings) -> None:  # noqa: ARG001  it asks the clock
    from source_pinterest import login

    login.run(args[1:], settings.interactive)


def _speak_to_a_platform(args: list[str], now: Callable[[], datetime], settings: Settings) -> None:
    """Prints Airbyte messages to stdout, one per line. Exits with 1 if something is missing."""
    arguments = Entrypoint.parse_args(args)
    return_freed_memory()
    buffer_stdout()
    entrypoint = Entrypoint(SourcePinterest(now, settings))
    for handler in logging.getLogger().handlers:
        handler.addFilter(PRINTABLE_LOG)
    stderr = sys.stderr
    # PRINT_BUFFER alone would send stderr, such as a thread's traceback, to stdout
    with PRINT_BUFFER, redirect_stderr(stderr), ending_between_messages():
        try:
            _need_a_temporary_folder()
            for line in entrypoint.run(arguments):
                print(f"{line}\n", end="")  # noqa: T201  stdout is the protocol
        except AirbyteTracedException as error:
            status = None
            if arguments.command == "check" and error.failure_type is FailureType.config_error:
                status = error.as_connection_status_message()
            message = status or plain(error).as_sanitized_airbyte_message()
            line = orjson.dumps(AirbyteMessageSerializer.dump(message)).decode()
            print(f"{line}\n", end="")  # noqa: T201
            if not status:
                sys.exit(1)
        except BrokenPipeError:
            # the reader has gone, so the remaining output goes nowhere, and nothing waits for a reader
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            sys.exit(1)


def _need_a_temporary_folder() -> None:
    """Raises a config error if no temporary folder can be made, since the CDK needs one for every command."""
    try:
        tempfile.TemporaryDirectory().cleanup()
    except OSError as error:
        message = (
            f"No temporary folder can be made on this machine ({error.strerror}). Name one that can be "
            "written to in the environment variable `TMPDIR`."
        )
        raise AirbyteTracedException(
            message=message, internal_message=message, failure_type=FailureType.config_error
        ) from None


class Verb(NamedTuple):
    """A command of `source-pinterest`."""

    does: str
    """Its description, one line."""

    run: Callable[[list[str], Callable[[], datetime], Settings], None]
    """Takes the arguments, the verb included, the clock and the settings. Those that are not Airbyte's are imported
    when they are asked for, or Airbyte's would start more slowly."""


VERBS = {
    "spec": Verb("print the form of the configuration (Airbyte)", _speak_to_a_platform),
    "check": Verb("say whether a configuration works (Airbyte)", _speak_to_a_platform),
    "discover": Verb("print the streams that there are (Airbyte)", _speak_to_a_platform),
    "read": Verb("print the records of the selected streams (Airbyte)", _speak_to_a_platform),
    "verify": Verb("say which beliefs about Pinterest hold for your account", _verify),
    "login": Verb("log in at Pinterest, and write a configuration file", _log_in),
}
