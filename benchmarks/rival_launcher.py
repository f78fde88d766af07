"""Runs the official connector with another address of the API, and with no way to any other host.

    python rival_launcher.py http://127.0.0.1:1234/v5 read --config … --catalog …

In an environment in which `source_pinterest` is the official one. Its manifest names Pinterest's
host; here the manifest is changed as it is read.
"""

from __future__ import annotations

import json
import socket
import sys
from typing import Any

HOST = "https://api.pinterest.com/v5"


def main() -> None:
    url, *arguments = sys.argv[1:]
    find = socket.getaddrinfo

    def only_this_machine(host: Any, *more: Any, **named: Any) -> Any:
        if host not in {"127.0.0.1", b"127.0.0.1"}:
            raise OSError(f"the benchmark does not connect to {host!r}")
        return find(host, *more, **named)

    socket.getaddrinfo = only_this_machine

    from airbyte_cdk.sources.declarative.yaml_declarative_source import YamlDeclarativeSource

    read = YamlDeclarativeSource._read_and_parse_yaml_file

    def moved(self: Any, path: str) -> Any:
        return json.loads(json.dumps(read(self, path)).replace(HOST, url))

    YamlDeclarativeSource._read_and_parse_yaml_file = moved  # type: ignore[assignment]

    from source_pinterest.run import run

    sys.argv = ["source-pinterest", *arguments]
    run()


main()
