"""The entry point: `source-pinterest spec | check | discover | read`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import datetime

import orjson
from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.logger import PRINT_BUFFER
from airbyte_cdk.models import (  # type: ignore[attr-defined]
    AirbyteMessageSerializer,
    ConnectorSpecification,
    FailureType,
)
from airbyte_cdk.utils import AirbyteTracedException

from source_pinterest.config import Config
from source_pinterest.source import SourcePinterest, plain, utc_now


class Entrypoint(AirbyteEntrypoint):
    """The CDK's, but that a wrong configuration is refused in our own sentences."""

    @staticmethod
    def validate_connection(  # type: ignore[override]
        source_spec: ConnectorSpecification,  # noqa: ARG004  the form knows less than Config
        config: dict[str, object],
    ) -> None:
        Config.parse(config)


def run(args: Sequence[str] | None = None, now: Callable[[], datetime] = utc_now) -> None:
    """Prints Airbyte messages to stdout, one a line. Exits with 1 when something is missing."""
    entrypoint = Entrypoint(SourcePinterest(now))
    arguments = entrypoint.parse_args(list(sys.argv[1:] if args is None else args))
    if not arguments.command:
        sys.exit("source-pinterest: which command? One of spec, check, discover, read.")
    with PRINT_BUFFER:
        try:
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
