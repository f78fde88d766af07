"""The configured catalog of our own commands: from a file, or made for the streams that the user names."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from airbyte_cdk.models import (  # type: ignore[attr-defined]
    AirbyteMessage,
    AirbyteMessageSerializer,
    ConfiguredAirbyteCatalogSerializer,
    Type,
)

from source_pinterest.config import platform_files
from source_pinterest.source import SourcePinterest
from source_pinterest.streams.registry import STREAMS, SUGGESTED
from source_pinterest.text import cut, nearest_to, printable


class CatalogError(Exception):
    """The catalog cannot be used. `str()` says why."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options --catalog, --streams and --columns."""
    parser.add_argument(
        "--catalog", type=Path, metavar="FILE", help="a configured catalog, as `read` takes it"
    )
    parser.add_argument(
        "--streams",
        type=comma_separated,
        default=(),
        metavar="NAME,…",
        help="the streams to read, or `all`; default: the 16 that platforms preselect, and your "
        "custom reports",
    )
    parser.add_argument(
        "--columns",
        type=comma_separated,
        default=(),
        metavar="NAME,…",
        help="read only these of Pinterest's columns of ads reports (in capitals); ids, names and "
        "dates stay",
    )


def check_arguments(parser: argparse.ArgumentParser, given: argparse.Namespace) -> None:
    """Exits with 2 if these options contradict each other."""
    if given.catalog and (given.streams or given.columns):
        parser.error("give either --catalog, or --streams and --columns")


def comma_separated(text: str) -> tuple[str, ...]:
    """The names in a list that is separated by commas.

    >>> comma_separated("ads, campaigns,")
    ('ads', 'campaigns')
    """
    return tuple(name.strip() for name in text.split(",") if name.strip())


def configured_catalog(
    path: Path | None,
    streams: Sequence[str],
    columns: Sequence[str],
    config: Mapping[str, Any],
    now: Callable[[], datetime],
) -> dict[str, Any]:
    """The configured catalog as parsed JSON: that of the file, or one with these streams.

    `streams`: names; empty stands for the suggested streams and the custom reports, and `all` for everything that
    `discover` offers. `columns`: of Pinterest's columns in ads reports, only these; empty stands for all. Raises
    CatalogError.
    """
    if path:
        read = platform_files.catalog(str(path))
        for configured in read.streams:
            if problem := getattr(configured, "problem", None):
                raise CatalogError(str(problem))
        return dict(ConfiguredAirbyteCatalogSerializer.dump(read))
    catalog = SourcePinterest(now).discover(logging.getLogger("airbyte"), config)
    message = AirbyteMessageSerializer.dump(AirbyteMessage(type=Type.CATALOG, catalog=catalog))
    offered = {stream["name"]: stream for stream in message["catalog"]["streams"]}
    chosen = _chosen(streams, offered)
    if columns:
        _keep_columns(columns, chosen)
    return {"streams": [_configured(stream) for stream in chosen]}


def _chosen(names: Sequence[str], offered: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The streams of these names, in the order of reading."""
    if not names:
        suggested = {stream().name for stream in SUGGESTED}
        standing = {stream().name for stream in STREAMS}
        names = [name for name in offered if name in suggested or name not in standing]
    elif names == ("all",):
        names = list(offered)
    for name in names:
        if name not in offered:
            raise CatalogError(f"--streams: {_unknown(name, 'stream', offered)}")
    return [stream for name, stream in offered.items() if name in names]


def _keep_columns(columns: Sequence[str], streams: Iterable[dict[str, Any]]) -> None:
    """Removes all other columns of Pinterest's from the schemas of ads reports. Ids, names and dates stay."""
    columns = [name.upper() for name in columns]
    every = {name for stream in streams for name in stream["json_schema"]["properties"]}
    for name in columns:
        if name not in every:
            raise CatalogError(f"--columns: {_unknown(name, 'column of these streams', every)}")
    for stream in streams:
        if "currency" not in stream["json_schema"]["properties"]:
            continue  # not an ads report
        cursor = stream.get("default_cursor_field") or []
        schema = stream["json_schema"]
        schema["properties"] = {
            name: value
            for name, value in schema["properties"].items()
            if not name.isupper() or name in columns or name in cursor
        }


def _unknown(name: str, what: str, known: Iterable[str]) -> str:
    nearest = nearest_to(name, known)
    hint = f"Did you mean {nearest}?" if nearest else "The data dictionary lists them all."
    return f"{cut(printable(name), 100)} is not a {what}. {hint}"


def _configured(stream: dict[str, Any]) -> dict[str, Any]:
    """The configured entry of a stream: merged by its key if it can be read incrementally, otherwise replaced."""
    is_incremental = "incremental" in stream["supported_sync_modes"]
    return {
        "stream": stream,
        "sync_mode": "incremental" if is_incremental else "full_refresh",
        "destination_sync_mode": "append_dedup" if is_incremental else "overwrite",
        "cursor_field": stream.get("default_cursor_field") or [],
        "primary_key": stream.get("source_defined_primary_key") or [],
    }
