"""The command `source-pinterest load`."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airbyte_cdk.models import (  # type: ignore[attr-defined]
    AirbyteMessage,
    AirbyteMessageSerializer,
    ConfiguredAirbyteCatalogSerializer,
    Type,
)
from airbyte_cdk.utils import AirbyteTracedException
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets, get_secrets

from source_pinterest.clock import utc_now
from source_pinterest.config import platform_files
from source_pinterest.config.config import Config
from source_pinterest.load.errors import LoadError
from source_pinterest.login.config_file import ConfigFile
from source_pinterest.login.errors import LoginError
from source_pinterest.signals import ended_by_sigterm
from source_pinterest.source import SourcePinterest
from source_pinterest.streams.registry import STREAMS, SUGGESTED
from source_pinterest.text import cut, hide, nearest_to, printable, printable_lines

if TYPE_CHECKING:
    from source_pinterest.load.folder import Folder
    from source_pinterest.load.load import Load, Outcome

DESCRIPTION = """\
Read your streams from Pinterest into tables: into a DuckDB file unless you name another destination.
The next load goes on where this one ends, also if it is killed."""

EPILOG = """\
Destinations: duckdb; filesystem (Parquet files in a folder or bucket); postgres, bigquery, snowflake and
all others of dlt (dlthub.com/docs/dlt-ecosystem/destinations), whose credentials dlt's own settings hold:
  DESTINATION__POSTGRES__CREDENTIALS=postgresql://user:password@host:5432/database
Streams that can be read incrementally are merged by their primary key, and lists are replaced. How far each
stream was loaded, and a login that Pinterest has renewed, are kept beside the data, for your eyes only.

Exits with 0; 1, if something is missing, which it says; 2 (wrong use), 130 (Ctrl-C), 143 (SIGTERM)."""

WITHOUT_THE_EXTRA = (
    "source-pinterest load: {package} is not installed. Install what loads into tables with\n"
    '  pip install "source-pinterest[load]"'
)

SECONDS_OF_SILENCE = 5.0
"""Seconds between reports of the progress."""


def run(
    args: Sequence[str],
    now: Callable[[], datetime] = utc_now,
    connector: Sequence[str] | None = None,
) -> None:
    """Runs the command. EPILOG lists the exit codes. `connector`: the command that reads, if it is another
    one."""
    options = _options(list(args))
    _need_the_extra()
    try:
        with _logs_nowhere(), ended_by_sigterm():
            complete = _load(options, now, connector)
    except LoadError as error:
        sys.exit(f"Not loaded. {filter_secrets(str(error))}")
    except AirbyteTracedException as error:
        sys.exit(f"Not loaded. {filter_secrets(str(error.message))}")
    except KeyboardInterrupt:
        _tell("\nStopped. What was loaded is kept, and the next load goes on from there.")
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader has gone
        sys.exit(1)
    except Exception:  # noqa: BLE001  whatever it is, it must not show a secret
        text = printable_lines(filter_secrets(traceback.format_exc()))
        sys.exit(f"Not loaded, by a bug in the connector:\n{text}")
    if not complete:
        sys.exit(1)


@dataclass(frozen=True)
class Options:
    """The validated command line."""

    config: Path
    catalog: Path | None
    streams: tuple[str, ...]
    columns: tuple[str, ...]
    destination: str
    into: str
    dataset: str
    state_folder: Path


def _load(options: Options, now: Callable[[], datetime], command: Sequence[str] | None) -> bool:
    """Whether everything is complete."""
    from source_pinterest.load.connector import COMMAND
    from source_pinterest.load.destination import Destination, NotLoaded
    from source_pinterest.load.folder import Folder
    from source_pinterest.load.load import Load
    from source_pinterest.load.tables import tables

    given = SourcePinterest.read_config(str(options.config))
    Config.parse(given)
    catalog = _catalog(options, given, now)
    found = tables(catalog)
    folder = Folder(options.state_folder)
    try:
        login = Login(options.config, given, folder)
        destination = Destination(options.destination, options.into, options.dataset, folder.path)
        load = Load(catalog, found, destination, folder, _tell, login.keep)
        with _progress(load):
            outcome = load.run(login.config, command or COMMAND)
    except NotLoaded as error:
        raise LoadError(f"{options.destination} does not take the rows: {error}") from None
    finally:
        folder.close()
    _say(_report(outcome, options))
    for sentence in _problems(outcome):
        _tell(sentence)
    if login.problem:
        _tell(login.problem)
    return outcome.is_complete


class Login:
    """The login of a load. A renewed one is saved beside the data and in the user's file."""

    def __init__(self, path: Path, given: Mapping[str, Any], folder: Folder) -> None:
        self._path = path
        self._given = given
        self._folder = folder
        self.config = folder.with_login(given)
        for config in (given, self.config):
            _hide_secrets(config)
        self.problem = ""
        """Advice if the user's file still has the previous login."""

    def keep(self, config: Mapping[str, Any]) -> None:
        """Saves a renewed login at once, since Pinterest may no longer accept the previous one."""
        _hide_secrets(config)
        renewed = config["credentials"]
        self._folder.keep_login(self._given.get("credentials"), renewed)
        file = ConfigFile(self._path)
        try:
            file.write({**file.content(), "credentials": renewed}, may_replace=True)
        except LoginError:
            self.problem = (
                f"Pinterest has renewed the login, and {self._path} could not be written. Loads go on with "
                f"the new one, which is in {self._folder.path / 'login.json'}; other commands need a new "
                "login: source-pinterest login"
            )


def _hide_secrets(config: Mapping[str, Any]) -> None:
    """Hides the secrets of a configuration from whatever is said, in any spelling."""
    form = SourcePinterest().spec(logging.getLogger("airbyte")).connectionSpecification
    for secret in get_secrets(form, config):
        hide(str(secret))


# --- What is read ---


def _catalog(
    options: Options, config: Mapping[str, Any], now: Callable[[], datetime]
) -> dict[str, Any]:
    """The configured catalog: that of the file, or the requested streams."""
    if options.catalog:
        read = platform_files.catalog(str(options.catalog))
        for each in read.streams:
            if problem := getattr(each, "problem", None):
                raise LoadError(str(problem))
        return dict(ConfiguredAirbyteCatalogSerializer.dump(read))
    catalog = SourcePinterest(now).discover(logging.getLogger("airbyte"), config)
    message = AirbyteMessageSerializer.dump(AirbyteMessage(type=Type.CATALOG, catalog=catalog))
    offered = {stream["name"]: stream for stream in message["catalog"]["streams"]}
    chosen = _chosen(options.streams, offered)
    if options.columns:
        _select(options.columns, chosen)
    return {"streams": [_configured(stream) for stream in chosen]}


def _chosen(names: Sequence[str], offered: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The requested streams in the order of reading; by default the suggested ones and the custom reports."""
    if not names:
        suggested = {stream().name for stream in SUGGESTED}
        standing = {stream().name for stream in STREAMS}
        names = [name for name in offered if name in suggested or name not in standing]
    elif names == ("all",):
        names = list(offered)
    for name in names:
        if name not in offered:
            raise LoadError(f"--streams: {_unknown(name, 'stream', offered)}")
    return [stream for name, stream in offered.items() if name in names]


def _select(columns: Sequence[str], streams: Iterable[dict[str, Any]]) -> None:
    """Keeps only these of Pinterest's columns in ads reports; ids, names and dates stay."""
    columns = [name.upper() for name in columns]
    every = {name for stream in streams for name in stream["json_schema"]["properties"]}
    for name in columns:
        if name not in every:
            raise LoadError(f"--columns: {_unknown(name, 'column of these streams', every)}")
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
    hint = f" Do you mean {nearest}?" if nearest else ""
    return f"{cut(printable(name), 100)} is not a {what}.{hint}"


def _configured(stream: dict[str, Any]) -> dict[str, Any]:
    """An entry of the catalog: merged by its key if it can be read incrementally, else replaced."""
    is_incremental = "incremental" in stream["supported_sync_modes"]
    return {
        "stream": stream,
        "sync_mode": "incremental" if is_incremental else "full_refresh",
        "destination_sync_mode": "append_dedup" if is_incremental else "overwrite",
        "cursor_field": stream.get("default_cursor_field") or [],
        "primary_key": stream.get("source_defined_primary_key") or [],
    }


# --- What is said ---


def _say(text: str) -> None:
    print(text, flush=True)


def _tell(sentence: str) -> None:
    """Prints to stderr, since stdout has only the result."""
    print(filter_secrets(sentence), file=sys.stderr, flush=True)


@contextmanager
def _progress(load: Load) -> Iterator[None]:
    """Prints a short line every few seconds, whatever the load waits for."""
    ended = threading.Event()
    began = time.monotonic()

    def tell() -> None:
        while not ended.wait(SECONDS_OF_SILENCE):
            streams = load.outcome.streams.values()
            arrived, loaded = sum(s.rows for s in streams), sum(s.loaded for s in streams)
            done = sum(s.has_ended for s in streams)
            minutes, seconds = divmod(int(time.monotonic() - began), 60)
            _tell(
                f"{minutes:>4}:{seconds:02}  {arrived:,} rows read, {loaded:,} loaded, {done} of "
                f"{len(streams)} streams; {load.doing}"
            )

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        ended.set()
        teller.join()


def _report(outcome: Outcome, options: Options) -> str:
    rows = [
        (name, f"{stream.loaded:,}", stream.status.lower())
        for name, stream in outcome.streams.items()
    ]
    names = max(map(len, [name for name, _, _ in rows] + ["stream"]))
    numbers = max(map(len, [number for _, number, _ in rows] + ["rows"]))
    lines = [f"{'stream':<{names}}  {'rows':>{numbers}}", f"{'-' * names}  {'-' * numbers}"]
    lines += [
        f"{name:<{names}}  {number:>{numbers}}{'' if status == 'complete' else '  ' + status.upper()}"
        for name, number, status in rows
    ]
    total = sum(stream.loaded for stream in outcome.streams.values())
    where = f"{options.into or options.destination}, schema {options.dataset}"
    lines += ["", f"Loaded: {total:,} rows in {outcome.seconds:.0f} s into {where}"]
    return "\n".join(lines)


def _problems(outcome: Outcome) -> Iterator[str]:
    """Sentences about missing streams and changed values."""
    for (name, column), misfit in outcome.misfits.items():
        for number, became in ((misfit.nulls, "NULL"), (misfit.rounded, "the nearest value")):
            if number:
                yield (
                    f"{name}: {number:,} values of {column}, such as {cut(printable(misfit.example), 40)}, "
                    f"do not fit the type of the column, and became {became}."
                )
    yield from outcome.problems
    for stream in outcome.streams.values():
        if stream.problem:
            yield stream.problem
    if not outcome.is_complete:
        yield "Something is missing: see above. What is there is loaded, and the next load reads the rest."


# --- The command line ---


def _options(args: list[str]) -> Options:
    parser = argparse.ArgumentParser(
        prog="source-pinterest load",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--config", type=Path, required=True, help="the configuration file")
    parser.add_argument(
        "--streams",
        type=_names,
        default=(),
        metavar="NAME,…",
        help="what is read, or `all`; by default the 16 streams that platforms suggest, and your custom reports",
    )
    parser.add_argument(
        "--columns",
        type=_names,
        default=(),
        metavar="NAME,…",
        help="of Pinterest's columns of ads reports (in capitals), only these; ids, names and dates stay",
    )
    parser.add_argument(
        "--catalog", type=Path, metavar="FILE", help="a configured catalog, as `read` takes it"
    )
    parser.add_argument(
        "--destination", default="duckdb", metavar="NAME", help="of dlt's destinations; duckdb"
    )
    parser.add_argument(
        "--into",
        default="",
        metavar="FILE",
        help="the DuckDB file (pinterest_data.duckdb), or the folder or bucket of the Parquet files (pinterest)",
    )
    parser.add_argument(
        "--dataset", default="pinterest", metavar="NAME", help="the schema of the tables; pinterest"
    )
    parser.add_argument(
        "--state-folder",
        type=Path,
        metavar="FOLDER",
        help="where states and the login are kept; FILE.load, beside the data",
    )
    given = parser.parse_args(args)
    if given.catalog and (given.streams or given.columns):
        parser.error("--catalog says which streams and columns: leave out --streams and --columns")
    if not given.dataset.replace("_", "a").isalnum() or not given.dataset.isascii():
        parser.error("--dataset: letters, digits and _ only")
    default = {"duckdb": "pinterest_data.duckdb", "filesystem": "pinterest"}.get(given.destination)
    if given.into and not default:
        parser.error(
            f"--into names a file or folder, and {given.destination} is neither: dlt's own settings say "
            f"where it is, such as DESTINATION__{given.destination.upper()}__CREDENTIALS"
        )
    into = given.into or default or ""
    if given.destination == "duckdb" and Path(into).stem.lower() == given.dataset.lower():
        parser.error(
            f"--into {into}: DuckDB could not tell this file from the schema {given.dataset}. Give the file "
            "another name, or the schema with --dataset"
        )
    beside = into if default and "://" not in into else f"pinterest-{given.destination}"
    state_folder = given.state_folder or Path(f"{beside.rstrip('/')}.load", given.dataset)
    if given.destination == "filesystem" and "://" not in into:
        into = str(Path(into).absolute())
    return Options(
        given.config,
        given.catalog,
        given.streams,
        given.columns,
        given.destination,
        into,
        given.dataset,
        state_folder,
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _need_the_extra() -> None:
    for package in ("dlt", "duckdb", "pyarrow"):
        if not find_spec(package):
            sys.exit(WITHOUT_THE_EXTRA.format(package=package))


@contextmanager
def _logs_nowhere() -> Iterator[None]:
    """Silences this process's log, since the connector's process writes one."""
    former = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(former)
