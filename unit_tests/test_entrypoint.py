"""Airbyte's verbs: what stdout carries, how they end, and what becomes of errors."""

from __future__ import annotations

import errno
import io
import json
import os
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from airbyte_cdk.logger import PRINT_BUFFER
from airbyte_cdk.models import (
    AirbyteMessage,
    AirbyteStateBlob,
    AirbyteStateMessage,
    AirbyteStateType,
    AirbyteStreamState,
    ConnectorSpecification,
    FailureType,
    StreamDescriptor,
    Type,
)
from airbyte_cdk.utils import AirbyteTracedException
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets

from source_pinterest.entrypoint import Entrypoint, _with_memory_checks
from source_pinterest.records.record_messages import RecordLines
from source_pinterest.records.rows import Batch
from source_pinterest.run import run
from source_pinterest.source import SourcePinterest
from unit_tests.verify.recorded import Recorded, answering

NOON = datetime(2020, 1, 15, 12, tzinfo=timezone.utc)
CONFIG = {"credentials": {"auth_method": "access_token", "access_token": "pina_of-somebody"}}
CATALOG: dict[str, Any] = {"streams": []}

Ended = tuple[int, list[dict[str, Any]]]


@pytest.fixture
def speak(tmp_path: Path) -> Callable[..., Ended]:
    def speak(verb: str, stdout: io.TextIOWrapper | None = None, **files: Any) -> Ended:
        """The exit code, and the messages; each line of stdout is one."""
        arguments = [verb]
        for name, content in files.items():
            path = tmp_path / f"{name}.json"
            if content is not None:
                path.write_text(json.dumps(content), encoding="utf-8")
            arguments += [f"--{name}", str(path)]
        printed = stdout or io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        code = 0
        with (
            answering(Recorded()),
            mock.patch.multiple(sys, stdout=printed, __stdout__=printed),
        ):
            try:
                run(arguments, lambda: NOON)
            except SystemExit as end:
                code = int(end.code or 0)
        if stdout:
            return code, []
        printed.flush()
        lines = printed.buffer.getvalue().decode().splitlines()  # type: ignore[attr-defined]
        return code, [json.loads(line) for line in lines]

    return speak


def only(messages: list[dict[str, Any]], kind: str) -> Any:
    """The one message that is no log."""
    (message,) = (each for each in messages if each["type"] != "LOG")
    assert message["type"] == kind
    return message


def test_spec_prints_the_form(speak: Callable[..., Ended]) -> None:
    code, messages = speak("spec")

    form = only(messages, "SPEC")["spec"]["connectionSpecification"]
    assert code == 0
    assert "credentials" in form["properties"]


@pytest.mark.parametrize(
    ("args", "fact"),
    [
        (["check"], "--config"),
        (["read", "--config", "my.json"], "--catalog"),
        (["discover", "--config", "my.json", "--stats", "none"], "--stats"),
    ],
)
def test_wrong_options_exit_with_2_and_print_nothing_to_stdout(
    args: list[str], fact: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        run(args)

    printed = capsys.readouterr()
    assert (end.value.code, printed.out) == (2, "")
    assert fact in printed.err.splitlines()[-1]


# --- Errors ---


def test_a_check_answers_a_missing_file_with_a_status_and_exits_with_0(
    speak: Callable[..., Ended],
) -> None:
    code, messages = speak("check", config=None)

    status = only(messages, "CONNECTION_STATUS")["connectionStatus"]
    assert (code, status["status"]) == (0, "FAILED")
    assert "config.json cannot be opened (No such file or directory)." in status["message"]


@pytest.mark.parametrize("verb", ["discover", "read"])
def test_other_verbs_answer_it_with_an_error_trace_and_exit_with_1(
    verb: str, speak: Callable[..., Ended]
) -> None:
    files = {"config": None, **({"catalog": CATALOG} if verb == "read" else {})}

    code, messages = speak(verb, **files)

    error = only(messages, "TRACE")["trace"]["error"]
    assert (code, error["failure_type"]) == (1, "config_error")
    assert "config.json cannot be opened (No such file or directory)." in error["message"]
    assert "Traceback" not in error["stack_trace"]


def test_a_wrong_configuration_is_explained_by_the_connector_and_not_by_the_form(
    speak: Callable[..., Ended],
) -> None:
    code, messages = speak("read", config={**CONFIG, "backfill_days": "ninety"}, catalog=CATALOG)

    error = only(messages, "TRACE")["trace"]["error"]
    assert code == 1
    assert error["message"].startswith('`backfill_days`: "ninety" is not')


@pytest.fixture
def _full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryDirectory", full)


@pytest.mark.usefixtures("_full_disk")
def test_without_a_temporary_folder_the_error_names_the_variable_to_set(
    speak: Callable[..., Ended],
) -> None:
    code, messages = speak("read", config=CONFIG, catalog=CATALOG)

    error = only(messages, "TRACE")["trace"]["error"]
    assert (code, error["failure_type"]) == (1, "config_error")
    assert "(No space left on device)" in error["message"]
    assert "`TMPDIR`" in error["message"]


@pytest.mark.usefixtures("_full_disk")
def test_without_a_temporary_folder_a_check_fails_and_exits_with_0(
    speak: Callable[..., Ended],
) -> None:
    code, messages = speak("check", config=CONFIG)

    status = only(messages, "CONNECTION_STATUS")["connectionStatus"]
    assert (code, status["status"]) == (0, "FAILED")
    assert "`TMPDIR`" in status["message"]


@pytest.mark.parametrize("verb", ["check", "discover"])
def test_a_passing_trouble_is_no_verdict_on_the_configuration(
    verb: str, speak: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    def trouble(*_: Any) -> None:
        raise AirbyteTracedException(
            message="Pinterest is down.", failure_type=FailureType.transient_error
        )

    monkeypatch.setattr(SourcePinterest, verb, trouble)

    code, messages = speak(verb, config=CONFIG)

    assert code == 1
    assert {each["type"] for each in messages} == {"LOG", "TRACE"}
    error = messages[-1]["trace"]["error"]
    assert error["failure_type"] == "transient_error"
    assert error["message"] == "Pinterest is down."


@contextmanager
def piped() -> Iterator[tuple[int, io.TextIOWrapper]]:
    """The reading end of a pipe, and a stdout that writes into it. Puts descriptor 1 back afterwards."""
    former = os.dup(1)
    reader, writer = os.pipe()
    os.dup2(writer, 1)
    os.close(writer)
    try:
        with open(1, "w", encoding="utf-8", closefd=False) as file:
            yield reader, file
    finally:
        os.dup2(former, 1)
        os.close(former)


@pytest.mark.parametrize("seconds", [0, 1e9])
def test_a_reader_that_has_gone_ends_the_verb_with_1_and_without_a_traceback(
    seconds: float,
    speak: Callable[..., Ended],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`seconds`: messages are written that long after they were printed, or at the end."""
    monkeypatch.setattr(PRINT_BUFFER, "flush_interval", seconds)
    discover = SourcePinterest.discover
    with piped() as (reader, stdout):

        def discover_without_a_reader(*args: Any) -> Any:
            os.close(reader)
            return discover(*args)

        monkeypatch.setattr(SourcePinterest, "discover", discover_without_a_reader)
        code, _ = speak("discover", stdout, config=CONFIG)
        behind_stdout = os.fstat(1)

    assert code == 1
    assert capsys.readouterr().err == ""
    assert os.path.samestat(behind_stdout, Path(os.devnull).stat())


# --- Reading ---


def state_of(name: str) -> AirbyteMessage:
    stream = AirbyteStreamState(
        stream_descriptor=StreamDescriptor(name=name),
        stream_state=AirbyteStateBlob({"549755885175": {}}),
    )
    return AirbyteMessage(
        type=Type.STATE, state=AirbyteStateMessage(type=AirbyteStateType.STREAM, stream=stream)
    )


def test_a_state_follows_the_records_before_it_and_counts_them(
    speak: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_batches(*_: Any) -> Iterator[RecordLines | AirbyteMessage]:
        yield RecordLines.of("ads", Batch({}, [{"id": "1"}, {"id": "2"}]))
        yield RecordLines.of("pins", Batch({}, [{"id": "3"}]))
        yield state_of("ads")
        yield RecordLines.of("ads", Batch({}, [{"id": "4"}]))
        yield state_of("ads")

    monkeypatch.setattr(
        SourcePinterest, "read_batches", lambda *args: (each for each in read_batches(*args))
    )

    code, messages = speak("read", config=CONFIG, catalog=CATALOG)

    found = [
        message["record"]["data"]["id"]
        if message["type"] == "RECORD"
        else message["state"]["sourceStats"]["recordCount"]
        for message in messages
        if message["type"] != "LOG"
    ]
    assert code == 0
    assert found == ["1", "2", "3", 2.0, "4", 1.0]


def test_too_little_memory_ends_the_read_with_the_last_words_of_the_streams() -> None:
    error = AirbyteTracedException(message="The memory is nearly full.")
    said: list[str] = []

    def batches() -> Generator[str, None, None]:
        try:
            yield "a record"
            yield "a record too many"
        except AirbyteTracedException as got:
            said.append(str(got.message))
            yield "INCOMPLETE"
            yield "INCOMPLETE, too"

    def check() -> None:
        raise error

    assert list(_with_memory_checks(batches(), check)) == [
        "a record",
        "INCOMPLETE",
        "INCOMPLETE, too",
    ]
    assert said == ["The memory is nearly full."]


def test_memory_is_checked_after_each_item() -> None:
    checks: list[int] = []

    found = list(_with_memory_checks((each for each in "abc"), lambda: checks.append(1)))

    assert (found, len(checks)) == (["a", "b", "c"], 3)


# --- The configuration ---


def test_a_secret_is_hidden_in_the_spelling_of_an_address_too() -> None:
    secret = "made-up+secret/of=entrypoint&test"
    specification = {
        "type": "object",
        "properties": {"client_secret": {"type": "string", "airbyte_secret": True}},
    }

    Entrypoint.set_up_secret_filter({"client_secret": secret}, specification)

    said = f"{secret}, made-up%2Bsecret%2Fof%3Dentrypoint%26test"
    assert filter_secrets(said) == "****, ****"


def test_a_configuration_that_the_form_would_refuse_is_left_to_the_connector() -> None:
    form = ConnectorSpecification(connectionSpecification={"not": {}})

    Entrypoint.validate_connection(form, dict(CONFIG))

    with pytest.raises(AirbyteTracedException, match="credentials"):
        Entrypoint.validate_connection(form, {})
