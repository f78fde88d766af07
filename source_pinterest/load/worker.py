"""The process that loads. It imports dlt and the database's library, but not the CDK, since each takes much memory.

`source-pinterest load` checks its configuration and catalog with the CDK, and then becomes this process
(`replace_this_process`). The connector runs in another process (`connector.py`).
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from source_pinterest.load.errors import LoadError
from source_pinterest.load.job import Job
from source_pinterest.load.memory import hide_pandas, return_freed_memory
from source_pinterest.login.config_file import ConfigFile
from source_pinterest.login.errors import LoginError
from source_pinterest.signals import ended_by_sigterm
from source_pinterest.text import cut, printable, printable_lines, spellings

if TYPE_CHECKING:
    from source_pinterest.load.folder import Folder
    from source_pinterest.load.load import Load, Outcome

COMMAND = (sys.executable, "-m", "source_pinterest.load.worker")

SECONDS_OF_SILENCE = 5.0
"""Seconds between two lines about the progress."""

NEED_NO_PANDAS = ("duckdb", "filesystem", "postgres")
"""Destinations whose code does not need pandas. Tests load into them."""


def replace_this_process(job: Job, args: Sequence[str], command: Sequence[str] = COMMAND) -> None:
    """Replaces this process by one that loads, so that what this one has imported takes no memory. Does not return.

    `args`: those of the user, which the list of processes then shows.
    """
    try:
        with tempfile.TemporaryFile() as file:  # has no name
            file.write(job.as_json())
            file.seek(0)
            descriptor = os.dup(file.fileno())
    except OSError as error:
        sys.exit(
            f"Not loaded. No temporary folder can be created on this machine ({error.strerror}). "
            "Name a writable folder in the environment variable `TMPDIR`."
        )
    os.set_inheritable(descriptor, True)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(command[0], [*command, str(descriptor), "load", *args])  # noqa: S606  our own command


def main() -> None:
    """Loads the job that is in an open file. The first argument is the file's descriptor."""
    with ended_by_sigterm():
        with os.fdopen(int(sys.argv[1]), "rb") as file:
            job = Job.from_json(file.read())
        return_freed_memory()
        if job.destination in NEED_NO_PANDAS:
            hide_pandas()
        run(job)


def run(job: Job, args: Sequence[str] = ()) -> None:  # noqa: ARG001  those of the job
    """Loads a job, and prints what was loaded. Exits with 1 if something is missing, 130 (Ctrl-C) or 143 (SIGTERM)."""
    SECRETS.hide(job.config)
    try:
        with _without_logging(), ended_by_sigterm():
            complete = _load(job)
    except LoadError as error:
        sys.exit(f"Not loaded. {SECRETS.redact(str(error))}")
    except KeyboardInterrupt:
        exit_after_ctrl_c()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader has gone
        sys.exit(1)
    except Exception:  # noqa: BLE001  whatever it is, it must not show a secret
        text = printable_lines(SECRETS.redact(traceback.format_exc()))
        sys.exit(f"Not loaded, because of a bug in the connector:\n{text}")
    if not complete:
        sys.exit(1)


def exit_after_ctrl_c() -> None:
    """Tells the user, and exits with 130."""
    _tell("\nStopped. What was loaded is kept, and the next load continues from there.")
    sys.exit(130)


def _load(job: Job) -> bool:
    """Loads the job and reports. Returns whether everything is complete."""
    from source_pinterest.load.destination import Destination, NotLoaded
    from source_pinterest.load.folder import Folder
    from source_pinterest.load.load import Load
    from source_pinterest.load.tables import tables

    found = tables(job.catalog)
    folder = Folder(Path(job.state_folder))
    try:
        file, accounts = Path(job.config_file), job.config.get("ad_account_ids") or ()
        folder.check_ad_accounts([str(account) for account in accounts], file)
        login = Login(file, job.config, folder)
        destination = Destination(job.destination, job.into, job.dataset, folder.path)
        load = Load(job.catalog, found, destination, folder, _tell, login.save)
        with _progress(load):
            outcome = load.run(login.config, job.connector)
    except NotLoaded as error:
        raise LoadError(f"{job.destination} does not accept the rows: {error}") from None
    finally:
        folder.close()
    _say(_report(outcome, job))
    for sentence in _problems(outcome):
        _tell(sentence)
    if login.problem:
        _tell(login.problem)
    return outcome.is_complete


class Secrets:
    """The secrets of configurations, in every spelling. Stands in for the CDK's filter, which is not imported here."""

    def __init__(self) -> None:
        self._spellings: set[str] = set()

    def hide(self, config: Mapping[str, Any]) -> None:
        """From now on, hides all texts of the credentials except `auth_method`."""
        for name, value in config["credentials"].items():
            if name != "auth_method" and isinstance(value, str):
                self._spellings |= spellings(value)

    def redact(self, text: str) -> str:
        """The text with `****` in place of each secret."""
        for spelling in sorted(self._spellings, key=len, reverse=True):
            text = text.replace(spelling, "****")
        return text


SECRETS = Secrets()
"""The secrets of this process."""


class Login:
    """The login of a load. A renewed one is saved beside the data and in the user's file."""

    def __init__(self, path: Path, given: Mapping[str, Any], folder: Folder) -> None:
        self._path = path
        self._given = given
        self._folder = folder
        self.config = folder.with_login(given)
        for config in (given, self.config):
            SECRETS.hide(config)
        self.problem = ""
        """A sentence with advice if the user's file still has the previous login."""

    def save(self, config: Mapping[str, Any]) -> None:
        """Saves a renewed login at once, since Pinterest may no longer accept the previous one."""
        SECRETS.hide(config)
        renewed = config["credentials"]
        self._folder.save_login(self._given.get("credentials"), renewed)
        file = ConfigFile(self._path)
        try:
            file.write({**file.content(), "credentials": renewed}, may_replace=True)
        except LoginError:
            self.problem = (
                f"Pinterest has renewed the login, but {self._path} could not be written. Loads "
                f"continue with the new login, which is in {self._folder.path / 'login.json'}; for "
                "other commands, log in again: source-pinterest login"
            )


# --- Output ---


def _say(text: str) -> None:
    print(text, flush=True)


def _tell(sentence: str) -> None:
    """Prints to stderr, since stdout has only the result."""
    print(SECRETS.redact(sentence), file=sys.stderr, flush=True)


@contextmanager
def _progress(load: Load) -> Iterator[None]:
    """Within the context, prints a line about the progress every few seconds."""
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
                f"{len(streams)} streams; {load.activity}"
            )

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        ended.set()
        teller.join()


def _report(outcome: Outcome, job: Job) -> str:
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
    where = f"{job.into or job.destination}, schema {job.dataset}"
    lines += ["", f"Loaded: {total:,} rows in {outcome.seconds:.0f} s into {where}"]
    return "\n".join(lines)


def _problems(outcome: Outcome) -> Iterator[str]:
    """Sentences about missing rows and changed values."""
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


@contextmanager
def _without_logging() -> Iterator[None]:
    """Silences the log of this process within the context. The connector's process writes its own."""
    former = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(former)


if __name__ == "__main__":
    main()
