"""Messages are written whole, whatever ends the process."""

from __future__ import annotations

import ctypes
import io
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from airbyte_cdk.logger import PrintBuffer

from source_pinterest import stdout
from source_pinterest.stdout import (
    M_ARENA_MAX,
    M_MMAP_THRESHOLD,
    M_TRIM_THRESHOLD,
    SECONDS_TO_END,
    buffer_stdout,
    ending_between_messages,
    return_freed_memory,
    write_lines,
)

PATIENCE = 20.0
"""Seconds that a test waits for another thread, at most."""


class NotingLock:
    """A lock that says when another thread waits for it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._owner = threading.get_ident()
        self.is_awaited = threading.Event()

    def acquire(self) -> bool:
        if threading.get_ident() != self._owner:
            self.is_awaited.set()
        return self._lock.acquire()

    def release(self) -> None:
        self._lock.release()

    def is_free(self) -> bool:
        """Whether another thread could have it now."""
        found: list[bool] = []
        thread = threading.Thread(target=lambda: found.append(self._lock.acquire(blocking=False)))
        thread.start()
        thread.join()
        return found[0]

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class Process:
    """A process of which only the end is made up: its stdout, its print buffer, its exit."""

    def __init__(self) -> None:
        self.stdout = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n")
        self.buffer = PrintBuffer(flush_interval=1e9)
        self.lock = NotingLock()
        self.buffer.lock = self.lock  # type: ignore[assignment]
        self.timers: list[tuple[float, Callable[..., None], list[int]]] = []
        self.exits: list[int] = []
        self.printed_at_exit = ""
        self.could_begin_a_message_at_exit = False
        self.has_ended = threading.Event()

    @property
    def printed(self) -> str:
        return self.stdout.buffer.getvalue().decode()  # type: ignore[attr-defined]

    def exit(self, status: int) -> None:
        self.exits.append(status)
        self.printed_at_exit = self.printed
        self.could_begin_a_message_at_exit = self.lock.is_free()
        self.has_ended.set()

    def timer(self, seconds: float, function: Callable[..., None], args: list[int]) -> Any:
        return SimpleNamespace(start=lambda: self.timers.append((seconds, function, args)))


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Process:
    made = Process()
    monkeypatch.setattr(sys, "__stdout__", made.stdout)
    monkeypatch.setattr(stdout, "PRINT_BUFFER", made.buffer)
    monkeypatch.setattr(os, "_exit", made.exit)
    monkeypatch.setattr(threading, "Timer", made.timer)
    return made


# --- Signals ---


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_process_after_the_message_that_is_being_written(
    process: Process, number: signal.Signals
) -> None:
    with ending_between_messages(), process.lock:
        process.buffer.write('{"type":')
        signal.raise_signal(number)
        assert process.lock.is_awaited.wait(PATIENCE)
        assert process.exits == []
        process.buffer.write('"STATE"}\n')

    assert process.has_ended.wait(PATIENCE)
    assert process.exits == [128 + number]
    assert process.printed_at_exit == '{"type":"STATE"}\n'
    assert not process.could_begin_a_message_at_exit


@pytest.mark.parametrize(
    ("number", "says"), [(signal.SIGINT, "Stopped. The next sync continues"), (signal.SIGTERM, "")]
)
def test_only_ctrl_c_says_a_sentence_and_not_on_stdout(
    process: Process,
    number: signal.Signals,
    says: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with ending_between_messages():
        signal.raise_signal(number)
        assert process.has_ended.wait(PATIENCE)

    said = capsys.readouterr().err
    assert says in said if says else said == ""
    assert process.printed == ""


def test_a_reader_that_takes_nothing_more_does_not_keep_the_process_alive(
    process: Process,
) -> None:
    with ending_between_messages(), process.lock:  # as if a write never returned
        signal.raise_signal(signal.SIGTERM)
        assert process.lock.is_awaited.wait(PATIENCE)
        ((seconds, function, args),) = process.timers
        function(*args)
        assert (seconds, process.exits) == (SECONDS_TO_END, [128 + signal.SIGTERM])
        process.has_ended.clear()
    assert process.has_ended.wait(PATIENCE)  # so that the thread has gone before the next test


def test_a_stdout_that_is_gone_does_not_keep_the_process_alive(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise BrokenPipeError

    thread_has_ended = threading.Event()
    monkeypatch.setattr(process.buffer, "flush", gone)
    monkeypatch.setattr(threading, "excepthook", lambda _: thread_has_ended.set())

    with ending_between_messages():
        signal.raise_signal(signal.SIGTERM)
        assert thread_has_ended.wait(PATIENCE)

    assert process.exits == [128 + signal.SIGTERM]


@pytest.fixture
def handlers() -> Iterator[dict[int, Any]]:
    """Handlers that a program has set before."""
    former = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    made: dict[int, Any] = {signal.SIGTERM: lambda *_: None, signal.SIGINT: signal.SIG_IGN}
    for number, handler in made.items():
        signal.signal(number, handler)
    yield made
    for number, handler in former.items():
        signal.signal(number, handler)


def handlers_now() -> dict[int, Any]:
    return {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}


def test_handlers_are_afterwards_what_they_were_and_an_ignored_signal_stays_ignored(
    handlers: dict[int, Any],
) -> None:
    with suppress(KeyError), ending_between_messages():
        within = handlers_now()
        raise KeyError

    assert within[signal.SIGTERM] is not handlers[signal.SIGTERM]
    assert within[signal.SIGINT] is signal.SIG_IGN
    assert handlers_now() == handlers


def test_another_thread_leaves_the_handlers_alone(handlers: dict[int, Any]) -> None:
    found: list[dict[int, Any]] = []

    def work() -> None:
        with ending_between_messages():
            found.append(handlers_now())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert found == [handlers]


# --- Writing ---


def test_lines_are_written_after_everything_that_was_printed_before(process: Process) -> None:
    process.buffer.write('{"type":"LOG"}\n')

    write_lines(b'{"type":"RECORD"}\n')

    assert process.printed == '{"type":"LOG"}\n{"type":"RECORD"}\n'


def test_lines_wait_for_a_message_of_another_thread(process: Process) -> None:
    thread = threading.Thread(target=write_lines, args=[b'{"type":"RECORD"}\n'])
    with process.lock:
        process.buffer.write('{"type":')
        thread.start()
        assert process.lock.is_awaited.wait(PATIENCE)
        process.buffer.write('"LOG"}\n')
    thread.join(PATIENCE)

    assert process.printed == '{"type":"LOG"}\n{"type":"RECORD"}\n'


def test_a_raw_stdout_is_buffered_and_still_writes_to_the_same_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader, writer = os.pipe()
    raw = io.TextIOWrapper(
        io.FileIO(writer, "w", closefd=False),  # type: ignore[arg-type]
        encoding="utf-8",
        write_through=True,
    )
    monkeypatch.setattr(sys, "stdout", raw)
    monkeypatch.setattr(sys, "__stdout__", raw)

    buffer_stdout()

    made: Any = sys.stdout
    made.write("é")
    assert sys.__stdout__ is made
    assert isinstance(made.buffer, io.BufferedWriter)
    assert made.encoding == "utf-8"
    made.close()
    raw.close()
    os.close(writer)  # open until here: neither of the two owns it
    written = os.read(reader, 10)
    os.close(reader)
    assert written == "é".encode()


def test_a_stdout_that_is_buffered_or_missing_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    buffered = io.TextIOWrapper(io.BytesIO())
    for given in (buffered, None):
        monkeypatch.setattr(sys, "__stdout__", given)
        before = sys.stdout

        buffer_stdout()

        assert sys.__stdout__ is given
        assert sys.stdout is before


# --- Memory ---


def test_memory_goes_back_to_the_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[tuple[int, int]] = []
    library = SimpleNamespace(mallopt=lambda name, value: calls.append((name, value)))
    monkeypatch.setattr(ctypes, "CDLL", lambda _: library)

    return_freed_memory()

    megabyte = 1024 * 1024
    assert calls == [
        (M_TRIM_THRESHOLD, 8 * megabyte),
        (M_MMAP_THRESHOLD, 4 * megabyte),
        (M_ARENA_MAX, 4),
    ]


def test_a_c_library_without_that_setting_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: None) -> None:
        raise OSError("no such library")

    for library in (lambda _: SimpleNamespace(), missing):
        monkeypatch.setattr(ctypes, "CDLL", library)
        return_freed_memory()
