"""The command `source-pinterest load`: checks what is to be loaded. `worker.py` loads it."""

from __future__ import annotations

import argparse
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

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
from source_pinterest.load import worker
from source_pinterest.load.connector import COMMAND
from source_pinterest.load.job import Job
from source_pinterest.signals import ended_by_sigterm
from source_pinterest.source import SourcePinterest, hide_secrets
from source_pinterest.text import printable_lines

DESCRIPTION = """\
Load your streams from Pinterest into tables, in a DuckDB file unless you name another destination.
The next load continues where this one ended, even if it was killed."""

EPILOG = """\
Destinations: duckdb; filesystem (Parquet files in a folder or bucket); postgres, bigquery, snowflake and
all others of dlt (dlthub.com/docs/dlt-ecosystem/destinations). Give their credentials in dlt's own settings:
  DESTINATION__POSTGRES__CREDENTIALS=postgresql://user:password@host:5432/database
Incremental streams are merged by their primary key, and lists are replaced. How far each stream was loaded,
and a login that Pinterest has renewed, are kept beside the data, readable only by you.

Exit codes: 0, all loaded; 1, something is missing, as the output says; 2, wrong use; 130, Ctrl-C; 143, SIGTERM."""

SHARD = re.compile(r"shard_\d{2,}", re.ASCII)
"""The folder of a connection that `source-pinterest plan --shards` has written."""

WITHOUT_THE_EXTRA = (
    "source-pinterest load: {package} is not installed. Install it with\n  pip install "
    '"source-pinterest[load]"'
)


def run(
    args: Sequence[str],
    now: Callable[[], datetime] = utc_now,
    connector: Sequence[str] | None = None,
    start: Callable[[Job, Sequence[str]], None] = worker.run,
) -> None:
    """Runs the command. EPILOG lists the exit codes.

    `connector`: the command that reads; default: this connector. `start`: loads the job, and also gets the command
    line; `worker.replace_this_process` needs less memory, and does not return.
    """
    options = _options(list(args))
    _need_the_extra()
    try:
        with ended_by_sigterm():
            job = _job(options, now, connector or COMMAND)
    except CatalogError as error:
        sys.exit(f"Not loaded. {filter_secrets(str(error))}")
    except AirbyteTracedException as error:
        sys.exit(f"Not loaded. {filter_secrets(str(error.message))}")
    except KeyboardInterrupt:
        worker.exit_after_ctrl_c()
    except Exception:  # noqa: BLE001  no traceback may show a secret
        text = printable_lines(filter_secrets(traceback.format_exc()))
        sys.exit(f"Not loaded, because of a bug in the connector:\n{text}")
    start(job, args)


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


def _job(options: Options, now: Callable[[], datetime], command: Sequence[str]) -> Job:
    given = SourcePinterest.read_config(str(options.config))
    Config.parse(given)
    hide_secrets(given)
    catalog = configured_catalog(options.catalog, options.streams, options.columns, given, now)
    return Job(
        str(options.config),
        given,
        catalog,
        options.destination,
        options.into,
        options.dataset,
        str(options.state_folder),
        tuple(command),
    )


# --- The command line ---


def _parser() -> argparse.ArgumentParser:
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
        "--destination",
        default="duckdb",
        metavar="NAME",
        help="one of dlt's destinations; default: duckdb",
    )
    parser.add_argument(
        "--into",
        default="",
        metavar="FILE",
        help="the DuckDB file (default: pinterest_data.duckdb), or the folder or bucket of the "
        "Parquet files (pinterest)",
    )
    parser.add_argument(
        "--dataset",
        metavar="NAME",
        help="the schema of the tables; default: pinterest, or pinterest_shard_01 and so on for "
        "the connections of a plan",
    )
    parser.add_argument(
        "--state-folder",
        type=Path,
        metavar="FOLDER",
        help="where to keep states and the login; default: FILE.load, beside the data",
    )
    return parser


def _options(args: list[str]) -> Options:
    parser = _parser()
    given = parser.parse_args(args)
    check_arguments(parser, given)
    if given.dataset is None:
        given.dataset = dataset_of(given.config)
    if not given.dataset.replace("_", "a").isalnum() or not given.dataset.isascii():
        parser.error("--dataset: letters, digits and _ only")
    default = {"duckdb": "pinterest_data.duckdb", "filesystem": "pinterest"}.get(given.destination)
    if given.into and not default:
        parser.error(
            f"--into is for duckdb and filesystem only. For {given.destination}, use dlt's own "
            f"settings, such as DESTINATION__{given.destination.upper()}__CREDENTIALS"
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


def dataset_of(config: Path) -> str:
    """The schema for the tables of a connection, if the user names none. Each connection of a plan has its own, since
    it replaces lists by those of its own ad accounts.

    >>> dataset_of(Path("my.json")), dataset_of(Path("shards/shard_02/config.json"))
    ('pinterest', 'pinterest_shard_02')
    """
    folder = config.absolute().parent.name
    return f"pinterest_{folder}" if SHARD.fullmatch(folder) else "pinterest"


def _need_the_extra() -> None:
    for package in ("dlt", "duckdb", "pyarrow"):
        if not find_spec(package):
            sys.exit(WITHOUT_THE_EXTRA.format(package=package))
