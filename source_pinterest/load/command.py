"""The command `source-pinterest load`."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airbyte_cdk.utils import AirbyteTracedException
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets

from source_pinterest.catalog import (
    CatalogError,
    add_arguments,
    check_arguments,
    configured_catalog,
)
from source_pinterest.clock import utc_now
from source_pinterest.config.config import Config
from source_pinterest.load.errors import LoadError
from source_pinterest.login.config_file import ConfigFile
from source_pinterest.login.errors import LoginError
from source_pinterest.signals import ended_by_sigterm
from source_pinterest.source import SourcePinterest, hide_secrets
from source_pinterest.text import cut, printable, printable_lines

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
    try:
        catalog = configured_catalog(options.catalog, options.streams, options.columns, given, now)
    except CatalogError as error:
        raise LoadError(str(error)) from None
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
            hide_secrets(config)
        self.problem = ""
        """Advice if the user's file still has the previous login."""

    def keep(self, config: Mapping[str, Any]) -> None:
        """Saves a renewed login at once, since Pinterest may no longer accept the previous one."""
        hide_secrets(config)
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
    add_arguments(parser)
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
    check_arguments(parser, given)
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
