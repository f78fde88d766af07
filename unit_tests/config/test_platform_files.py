"""The files of a platform: a value, or a config error with a sentence, whatever they hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import AirbyteStateType, FailureType, SyncMode
from airbyte_cdk.utils import AirbyteTracedException

from source_pinterest.config import platform_files
from source_pinterest.config.platform_files import INVALID_STATE, UnreadableStream

STREAM = {
    "name": "boards",
    "json_schema": {"type": "object", "properties": {"id": {"type": "string"}}},
    "supported_sync_modes": ["full_refresh"],
}
ENTRY = {"stream": STREAM, "sync_mode": "full_refresh", "destination_sync_mode": "overwrite"}


@pytest.fixture
def file(tmp_path: Path) -> Any:
    def write(content: Any) -> str:
        path = tmp_path / "file.json"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return str(path)

    return write


def refusal(read: Any, path: str) -> str:
    with pytest.raises(AirbyteTracedException) as caught:
        read(path)
    assert caught.value.failure_type is FailureType.config_error
    return str(caught.value.message)


@pytest.mark.parametrize("read", [platform_files.configuration, platform_files.catalog])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty. It must contain JSON."),
        (b"  \n", "is empty. It must contain JSON."),
        (b"{", "is not valid JSON: "),
        (b"\xff\xfe\xfa", "is not "),
        (b'{"a": "\xff"}', "is not text: byte 7 is not UTF-8."),
        (b"[" * 100_000, "is nested too deeply"),
    ],
)
def test_a_file_that_is_not_json_is_reported(read, content, words, file):
    assert words in refusal(read, file(content))


def test_a_file_that_is_not_there_is_reported(tmp_path):
    path = str(tmp_path / "nowhere.json")

    assert "cannot be opened (No such file or directory)." in refusal(
        platform_files.configuration, path
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_configuration_is_read_in_the_encodings_of_editors(encoding, file):
    text = '{"name": "Schöne Schuhe", "half": "\\ud83d", "many": 123456789012345678901}'

    assert platform_files.configuration(file(text.encode(encoding))) == {
        "name": "Schöne Schuhe",
        "half": "\ufffd",
        "many": 1.2345678901234568e20,
    }


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"backfill_days": 15, "backfill_days": 90}', "the key `backfill_days` twice"),
        (b'{"pina_AbCdEf1234": 1, "pina_AbCdEf1234": 2}', "has one key twice"),
    ],
)
def test_a_key_that_stands_twice_in_a_configuration_is_refused(content, words, file):
    message = refusal(platform_files.configuration, file(content))

    assert words in message
    assert "pina_" not in message


@pytest.mark.parametrize("content", [[], {}, {"streams": {}}, None, 7])
def test_a_catalog_without_streams_is_refused(content, file):
    assert "has no list `streams`." in refusal(platform_files.catalog, file(content))


@pytest.mark.parametrize("entry", [None, {}, {"stream": {}}, {"stream": {"name": 7}}, "boards"])
def test_an_entry_of_the_catalog_without_a_name_is_refused(entry, file):
    path = file({"streams": [ENTRY, entry]})

    assert "`streams[1].stream.name`" in refusal(platform_files.catalog, path)


def nested(levels: int) -> Any:
    value: Any = {}
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sync_mode": "sometimes"}, "sync_mode"),
        ({"stream": {**STREAM, "json_schema": []}}, "`stream/json_schema`: it is a list"),
        (
            {"stream": {**STREAM, "json_schema": {"properties": "id"}}},
            "`stream/json_schema/properties`: it is a string",
        ),
        ({"more": nested(200)}, "nested more than 100 levels deep"),
    ],
)
def test_an_entry_that_is_wrong_otherwise_fails_only_its_stream(change, words, file):
    wrong, right = platform_files.catalog(file({"streams": [{**ENTRY, **change}, ENTRY]})).streams

    assert isinstance(wrong, UnreadableStream)
    assert wrong.stream.name == "boards"
    assert words in wrong.problem
    assert "Refresh the connection's schema" in wrong.problem
    assert right.sync_mode is SyncMode.full_refresh
    assert right.stream.json_schema == STREAM["json_schema"]


def of_stream(state: Any, name: Any = "boards") -> dict[str, Any]:
    return {
        "type": "STREAM",
        "stream": {"stream_descriptor": {"name": name}, "stream_state": state},
    }


def test_a_state_of_a_stream_is_read(file):
    (message,) = platform_files.state(file([of_stream({"549755885175": {"date": "2026-11-23"}})]))

    assert message.type is AirbyteStateType.STREAM
    assert message.stream.stream_descriptor.name == "boards"
    assert vars(message.stream.stream_state) == {"549755885175": {"date": "2026-11-23"}}


@pytest.mark.parametrize("content", [None, {}, []])
def test_an_empty_state_is_none(content, file):
    assert platform_files.state(file(content)) == []


def test_no_file_of_a_state_is_none():
    assert platform_files.state("") == []


@pytest.mark.parametrize("state", [[], "2026-11-23", nested(200)])
def test_a_state_that_is_no_object_is_marked_as_foreign(state, file):
    (message,) = platform_files.state(file([of_stream(state)]))

    assert vars(message.stream.stream_state) == {INVALID_STATE: None}


def test_an_object_is_a_legacy_state_and_a_global_one_names_its_streams(file):
    (legacy,) = platform_files.state(file({"boards": {"cursor": 1}}))
    (one_for_all,) = platform_files.state(
        file({"type": "GLOBAL", "global": {"stream_states": [of_stream({})["stream"], 7]}})
    )
    (shared,) = platform_files.state(
        file([{"type": "GLOBAL", "global": {"shared_state": {"a": 1}}}])
    )
    (broken,) = platform_files.state(file([{"type": "GLOBAL"}]))

    assert legacy.type is AirbyteStateType.LEGACY
    assert legacy.data == {"boards": {}}
    names = [each.stream_descriptor.name for each in one_for_all.global_.stream_states]
    assert names == ["boards"]
    assert one_for_all.global_.shared_state is None
    assert vars(shared.global_.shared_state) == {INVALID_STATE: None}
    assert vars(broken.global_.shared_state) == {INVALID_STATE: None}


@pytest.mark.parametrize("entry", [None, 7, {}, {"type": "STREAM"}, of_stream({}, name="")])
def test_an_entry_of_the_state_that_names_no_stream_is_refused(entry, file):
    message = refusal(platform_files.state, file([of_stream({}), entry]))

    assert "is not the state of a stream (number 1, counted from 0)" in message


@pytest.mark.parametrize("content", [7, "state", True])
def test_a_state_that_is_no_list_is_refused(content, file):
    assert "not a list. Give the list of states" in refusal(platform_files.state, file(content))


def test_a_key_that_stands_twice_in_a_catalog_or_a_state_is_warned_about(file, caplog):
    platform_files.state(file(b'{"boards": {"a": 1, "a": 2}}'))
    platform_files.catalog(file(b'{"streams": [], "streams": []}'))

    assert "has the key `a` twice in the same object" in caplog.messages[0]
    assert "has the key `streams` twice in the same object" in caplog.messages[1]
