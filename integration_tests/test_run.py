"""The process: what it prints where, how it ends, and that it always does."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from typing import Any

import pytest

from integration_tests.command import command
from integration_tests.conftest import connector
from integration_tests.connector import ROOT, Message, Output, configured
from integration_tests.expected.keys import KEYS
from integration_tests.expected.reports import compare, rows
from integration_tests.fake_pinterest import FakePinterest, World
from integration_tests.test_acceptance import FIRST

A_DEFECT = """
import sys, threading
from source_pinterest.startup import skip_attribute_docs
skip_attribute_docs()
from source_pinterest import run, source

def check(self, logger, config):
    thread = threading.Thread(target=lambda: 1 / 0, name="a thread that fails")
    thread.start()
    thread.join()
    sys.stderr.write("a library that complains\\n")
    raise KeyError("a defect")

source.SourcePinterest.check = check
run.run(["check", "--config", sys.argv[1]])
"""

MANY_RECORDS = """
import signal, sys
from source_pinterest.startup import skip_attribute_docs
skip_attribute_docs()
from source_pinterest.records import record_messages, rows
from source_pinterest import run, source

def read_batches(self, *_):
    for number in range(300):
        boards = [{"id": str(number), "text": "x" * 20_000}]
        yield record_messages.RecordLines.of("boards", rows.Batch({}, boards))

signal.signal(signal.SIGUSR1, lambda *_: None)
source.SourcePinterest.read_batches = read_batches
run.run(["read", "--config", sys.argv[1], "--catalog", sys.argv[2]])
"""


WORLD = World(campaigns=2, ad_groups=1, ads=2, pins=12)


@pytest.fixture
def slow_pinterest() -> Iterator[FakePinterest]:
    with FakePinterest(WORLD) as server, server.going_silent(after=20):
        yield server


@pytest.fixture
def catalog(discovered: list[dict[str, Any]]) -> Message:
    return configured(discovered)


MOST_OF_A_PIPE = 32_768
"""Bytes; a pipe of Linux takes 65,536, and a message that does not fit into the rest has to wait."""


def unread(pipe: Any) -> int:
    """How many bytes wait in a pipe."""
    return int(struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4))[0])


def until(states: int, process: subprocess.Popen[bytes]) -> list[bytes]:
    assert process.stdout
    lines: list[bytes] = []
    while sum(b'"type":"STATE"' in line for line in lines) < states:
        line = process.stdout.readline()
        assert line, "the read ended before it was stopped"
        lines.append(line)
    return lines


def test_stdout_carries_messages_only_when_everything_goes_wrong(tmp_path):
    config = tmp_path / "config.json"
    credentials = {"auth_method": "access_token", "access_token": "pina_test_token"}
    config.write_text(json.dumps({"credentials": credentials}))

    ended = subprocess.run(
        [sys.executable, "-c", A_DEFECT, str(config)], capture_output=True, text=True, cwd=ROOT
    )

    output = Output(ended.stdout.splitlines(), ended.returncode)
    assert output.exit_code == 1
    assert [error["failure_type"] for error in output.errors] == ["system_error"]
    assert "a defect" in output.errors[0]["stack_trace"]
    assert "ZeroDivisionError" in ended.stderr
    assert "a library that complains" in ended.stderr


def test_sigterm_ends_a_read_behind_a_whole_message_and_the_next_one_goes_on(
    slow_pinterest, catalog
):
    it = connector(slow_pinterest)
    with it.reading(catalog) as process:
        lines = until(10, process)
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read()
        status = process.wait(timeout=60)
    slow_pinterest.fault = None
    printed = (b"".join(lines) + rest).decode()
    first = Output(printed.splitlines(), status)

    second = it.read(catalog, first.last_states)

    assert status == 128 + signal.SIGTERM
    assert printed.endswith("}\n")
    for stream, key in KEYS.items():
        read = first.records(stream) + second.records(stream)
        table = {tuple(record[name] for name in key): record for record in read}
        comparison = compare(rows(WORLD, stream, **FIRST), table.values(), key)
        assert comparison.same, f"{stream}: {comparison}"


@pytest.mark.parametrize("unbuffered", ["1", ""])
def test_a_signal_that_comes_while_the_reader_is_slow_cuts_no_message(
    pinterest, catalog, tmp_path, unbuffered
):
    files = [tmp_path / "config.json", tmp_path / "catalog.json"]
    for file, content in zip(files, (connector(pinterest).config, catalog), strict=True):
        file.write_text(json.dumps(content))

    process = subprocess.Popen(
        [sys.executable, "-c", MANY_RECORDS, *map(str, files)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    )
    with process:
        lines = []
        for line in process.stdout:
            lines.append(line.decode())
            if len(lines) % 10 == 5:
                process.send_signal(signal.SIGUSR1)

    records = Output(lines, process.returncode).records("boards")
    assert [record["id"] for record in records] == [str(number) for number in range(300)]


def test_sigterm_ends_a_read_whose_reader_has_fallen_asleep(pinterest, catalog):
    with connector(pinterest).reading(catalog) as process:
        process.stdout.readline()
        while unread(process.stdout) < MOST_OF_A_PIPE:
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        status = process.wait(timeout=60)

    assert status == 128 + signal.SIGTERM


def test_ctrl_c_ends_a_read_behind_a_whole_message_with_one_sentence(
    slow_pinterest, catalog, tmp_path
):
    it = connector(slow_pinterest)
    with it._files(config=it.config, catalog=catalog) as arguments:
        process = subprocess.Popen(
            [*command(str(it.now)), "read", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,  # `communicate` does not see what a reader of lines has read ahead
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(tmp_path)},
            # tests that run in a shell's background would hand on that Ctrl-C is ignored
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        with process:
            lines = until(2, process)
            process.send_signal(signal.SIGINT)
            rest, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert (b"".join(lines) + rest).endswith(b"}\n")
    assert Output((b"".join(lines) + rest).decode().splitlines(), 130).messages
    assert (
        err.decode() == "\nStopped. The next sync continues from the last STATE that was printed.\n"
    )
    # nothing of the configuration stays behind in a file
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("verb", ["check", "read", "spec"])
def test_without_a_temporary_folder_the_error_names_tmpdir(verb, pinterest, catalog):
    it = connector(pinterest)
    with it._files(config=it.config, catalog=catalog) as arguments:
        given = {"check": arguments[:2], "read": arguments, "spec": []}[verb]
        ended = subprocess.run(
            [sys.executable, "-c", NO_FOLDER, verb, *given],
            capture_output=True,
            text=True,
            cwd=ROOT,
        )

    output = Output(ended.stdout.splitlines(), ended.returncode)
    sentence = (
        "No temporary folder can be created on this machine (Read-only file system). Name a "
        "writable folder in the environment variable `TMPDIR`."
    )
    assert "Traceback" not in ended.stderr
    if verb == "check":
        assert output.exit_code == 0
        assert output.connection_status == {"status": "FAILED", "message": sentence}
    else:
        assert output.exit_code == 1
        assert [each["message"] for each in output.errors] == [sentence]
        assert output.errors[0]["failure_type"] == "config_error"


NO_FOLDER = """
import errno, tempfile
from source_pinterest.run import main

def mkdtemp(*_, **__):
    raise OSError(errno.EROFS, "Read-only file system")

tempfile.mkdtemp = mkdtemp
main()
"""


def test_a_read_ends_when_its_reader_goes_away(pinterest, catalog):
    with connector(pinterest).reading(catalog) as process:
        until(1, process)
        process.stdout.close()
        asked = len(pinterest.requests)
        status = process.wait(timeout=60)

    assert status == 1
    assert len(pinterest.requests) < asked + 50
