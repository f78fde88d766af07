"""PyAirbyte, quiet, and what passes through it. Needs the packages of requirements-demo.txt."""

from __future__ import annotations

import contextlib
import gc
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from demo_config import Stop

SIGN_OF_LIFE = 4.0
"""Seconds of silence after which the progress is said."""

ADS_COLUMNS = {
    "SPEND_IN_DOLLAR",
    "PAID_IMPRESSION",
    "TOTAL_IMPRESSION",
    "TOTAL_CLICKTHROUGH",
    "TOTAL_ENGAGEMENT",
    "CTR",
    "OUTBOUND_CLICK_1",
    "TOTAL_CONVERSIONS",
    "TOTAL_CHECKOUT",
    "TOTAL_CHECKOUT_VALUE_IN_MICRO_DOLLAR",
}
"""Of the metrics of ads, those that the demo selects; the client takes its time for each."""


class Client:
    """The connector, as PyAirbyte runs it.

    `say` prints a line; `keep_config` gets each changed configuration, at once.
    """

    def __init__(
        self,
        executable: Path,
        config: dict[str, Any],
        log: Path,
        say: Callable[[str], None],
        keep_config: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> None:
        self._say = say
        self._log = log
        self._keep_config = keep_config
        self.lost_config: OSError | Stop | None = None
        """Why a changed configuration could not be kept."""
        self.incomplete: dict[str, str] = {}
        """What the connector says about each report that lacks something, in any read."""
        self._incomplete_now = False
        self._refusals: list[str] = []
        self._failure: Any = ()
        self._doing = ""
        self._doing_since = 0.0
        self._records: Counter[str] = Counter()
        self._started: dict[str, float] = {}
        self._said_at = time.monotonic()
        with self._quiet("loading PyAirbyte"):
            gc.disable()  # nothing of it is garbage yet, and looking for some takes a second
            import airbyte

            gc.enable()
            self._source = airbyte.get_source(
                "source-pinterest",
                config=config,
                local_executable=executable,
                install_if_missing=False,
                config_change_callback=self._config_changed,
            )
            self._failure = airbyte.exceptions.PyAirbyteError
        # What passes through is heard here, and what was delivered is written in any case: the
        # client itself drops the records of all reports if the connector lacks some of one.
        self._hear_client, self._source._peek_airbyte_message = (
            self._source._peek_airbyte_message,
            self._hear,
        )
        self._run_client, self._source._execute = self._source._execute, self._execute

    # The four things that a client does

    def spec(self) -> dict[str, Any]:
        with self._quiet("reading the settings"):
            spec: dict[str, Any] = self._source.config_spec
        return spec

    def check(self) -> None:
        with self._quiet("checking the login"):
            self._source.check()

    def discover(self) -> list[Any]:
        """The reports; the ads analytics with the columns of the demo only."""
        with self._quiet("reading the list of reports"):
            streams: list[Any] = self._source.discovered_catalog.streams
        for stream in streams:
            properties = stream.json_schema["properties"]
            if "currency" in properties:
                stream.json_schema["properties"] = {
                    name: schema
                    for name, schema in properties.items()
                    if name.islower() or name in ADS_COLUMNS
                }
        return streams

    def read(self, database: Path, names: list[str], *, overwrite: bool) -> Counter[str]:
        """Reads some reports into their tables; how many records arrived, by report.

        `overwrite`: replaced by what is there now; or else what is new is merged by its key.
        """
        from airbyte.caches import DuckDBCache
        from airbyte.strategies import WriteStrategy

        self._records.clear()
        self._started.clear()
        self._incomplete_now = False
        with self._quiet("starting to read"):
            cache = DuckDBCache(db_path=database, cleanup=True)
            try:
                self._source.read(
                    cache,
                    streams=names,
                    write_strategy=WriteStrategy.REPLACE if overwrite else WriteStrategy.MERGE,
                    force_full_refresh=overwrite,
                    skip_validation=True,  # the connector's own check has said more
                )
            finally:
                cache.close()
        return Counter(self._records)

    # What passes through

    def _hear(self, message: Any, *, raise_on_error: bool = True) -> None:
        if message.record:
            self._records[message.record.stream] += 1
        elif message.trace and message.trace.stream_status:
            self._hear_status(message.trace.stream_status)
        elif message.trace and message.trace.error:
            error = message.trace.error
            if error.stream_descriptor:
                self.incomplete[error.stream_descriptor.name] = error.message
                self._incomplete_now = True
            else:
                self._refusals.append(error.message)
        else:
            self._hear_client(message, raise_on_error=raise_on_error)

    def _hear_status(self, stream_status: Any) -> None:
        name, status = stream_status.stream_descriptor.name, stream_status.status.value
        if status == "STARTED":
            self._now(name)
            self._started[name] = time.monotonic()
        elif status in {"COMPLETE", "INCOMPLETE"}:
            seconds = time.monotonic() - self._started.get(name, time.monotonic())
            lacking = "" if status == "COMPLETE" else "  INCOMPLETE"
            self._tell(f"{name:30}{self._records[name]:>8,} records{seconds:6.1f} s{lacking}")
            self._now("writing into DuckDB")

    def _execute(self, args: list[str], *others: Any, **options: Any) -> Iterator[Any]:
        try:
            yield from self._run_client(args, *others, **options)
        except self._failure:
            if not self._incomplete_now:
                raise

    def _config_changed(self, config: Mapping[str, Any]) -> None:
        """Never raises: the client would write the message, with the token, into its log."""
        self._source.set_config(dict(config), validate=False)
        try:
            if self._keep_config:
                self._keep_config(config)
        except (OSError, Stop) as error:
            self.lost_config = error

    # Signs of life

    @contextlib.contextmanager
    def _quiet(self, doing: str) -> Iterator[None]:
        """What the client prints goes to its log; what it is doing, and why it fails, is said."""
        self._now(doing)
        self._said_at = time.monotonic()
        self._refusals.clear()
        done = threading.Event()
        teller = threading.Thread(target=self._tell_until, args=[done], daemon=True)
        teller.start()
        try:
            with (
                self._log.open("a", encoding="utf-8") as log,
                contextlib.redirect_stdout(log),
                contextlib.redirect_stderr(log),
            ):
                yield
        except self._failure as failure:
            refusal = (failure.context or {}).get("failure_reason")
            reason = refusal or "\n".join(dict.fromkeys(self._refusals))
            raise Stop(
                reason or f"The connector broke off while {doing}; see {self._log.parent}."
            ) from None
        finally:
            done.set()
            teller.join()

    def _now(self, doing: str) -> None:
        self._doing = doing
        self._doing_since = time.monotonic()

    def _tell_until(self, done: threading.Event) -> None:
        while not done.wait(0.5):
            now = time.monotonic()
            if now - self._said_at >= SIGN_OF_LIFE:
                count = self._records.get(self._doing)
                records = "" if count is None else f", {count:,} records"
                self._tell(f"{self._doing}{records}, {now - self._doing_since:.0f} s")

    def _tell(self, text: str) -> None:
        self._said_at = time.monotonic()
        self._say(f"   {text}")
