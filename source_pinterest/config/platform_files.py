"""Reads the platform's files: the configuration, the configured catalog and the state.

Any content becomes a value, or raises a config error. A mistake in one stream of a catalog or of a state affects only
that stream: `UnreadableStream`, and states that `AccountStates` refuses.
"""

from __future__ import annotations

import json
import logging
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from airbyte_cdk.models import (  # type: ignore[attr-defined]
    AirbyteGlobalState,
    AirbyteStateBlob,
    AirbyteStateMessage,
    AirbyteStateType,
    AirbyteStream,
    AirbyteStreamState,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteStream,
    ConfiguredAirbyteStreamSerializer,
    DestinationSyncMode,
    StreamDescriptor,
    SyncMode,
)
from serpyco_rs import SchemaValidationError

from source_pinterest.config.config import check_depth, config_error
from source_pinterest.config.validation import MAX_NESTING, key_name, nesting_depth, type_in_words
from source_pinterest.text import cut, printable, replace_surrogates

logger = logging.getLogger("airbyte.source_pinterest")

SURROGATE = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")
"""Surrogates in a JSON text, in a pair or alone. JSON allows a lone one, UTF-8 does not."""

MAX_INTEGER_DIGITS = 20
"""The most digits of an integer. One with more than 64 bits becomes a float, as in most JSON parsers."""

INVALID_STATE = "stream_state"
"""The key in a stream's state, in place of an ad account's id, that marks a state which is not an object."""


@dataclass
class UnreadableStream(ConfiguredAirbyteStream):  # type: ignore[misc]
    """An invalid entry of the catalog that still names a stream."""

    problem: str = ""
    """Why it is invalid, as a sentence."""


class _File(NamedTuple):
    """The content of a JSON file."""

    content: Any
    twice: list[str]
    """Keys that one of its objects has twice. The last value counts."""
    is_encodable: bool
    """Whether the whole content can be encoded in UTF-8."""

    def encodable(self, value: Any) -> Any:
        """A part of the content, with each lone surrogate replaced."""
        return value if self.is_encodable else _encodable(value)


def configuration(path: str) -> Any:
    """The JSON value of the file. `Config.parse` validates it."""
    file = _json("configuration", path)
    if file.twice:
        name = key_name(file.twice[0], [])
        which = "one key" if name is None else f"the key `{name}`"
        raise _wrong(
            "configuration", path, f"has {which} twice in the same object. Keep one of them."
        )
    check_depth(file.content)
    return file.encodable(file.content)


def catalog(path: str) -> ConfiguredAirbyteCatalog:
    """The configured catalog of the file. Invalid entries that name a stream are `UnreadableStream`s."""
    file = _json("configured catalog", path)
    _warn("configured catalog", path, file.twice)
    content = file.content
    streams = content.get("streams") if isinstance(content, Mapping) else None
    if not isinstance(streams, list):
        raise _wrong(
            "configured catalog",
            path,
            "has no list `streams`. Take the streams that `discover` prints, and give each a "
            "`sync_mode` and a `destination_sync_mode`.",
        )
    return ConfiguredAirbyteCatalog(
        streams=[_configured(path, number, entry, file) for number, entry in enumerate(streams)]
    )


def _configured(path: str, number: int, entry: Any, file: _File) -> ConfiguredAirbyteStream:
    stream = (entry.get("stream") if isinstance(entry, Mapping) else None) or {}
    name = stream.get("name") if isinstance(stream, Mapping) else None
    if not isinstance(name, str) or not name:
        raise _wrong(
            "configured catalog",
            path,
            f"has an entry without a name: `streams[{number}].stream.name`. Take the streams that "
            "`discover` prints, and give each a `sync_mode` and a `destination_sync_mode`.",
        )
    name = replace_surrogates(name)
    problem = ""
    schema = stream.get("json_schema", {})
    if nesting_depth(entry) > MAX_NESTING:
        problem = f"it is nested more than {MAX_NESTING} levels deep"
    elif not isinstance(schema, Mapping):
        problem = f"`stream/json_schema`: it is {type_in_words(schema)}, not an object"
    elif not isinstance(schema.get("properties"), (Mapping, type(None))):
        properties = type_in_words(schema["properties"])
        problem = f"`stream/json_schema/properties`: it is {properties}, not an object"
    else:
        try:
            return ConfiguredAirbyteStreamSerializer.load(file.encodable(entry))
        except SchemaValidationError as error:
            first = error.errors[0]
            problem = f"`{first.instance_path}`: {cut(str(first.message), 200)}"
    return UnreadableStream(
        stream=AirbyteStream(
            name=name, json_schema={}, supported_sync_modes=[SyncMode.full_refresh]
        ),
        sync_mode=SyncMode.full_refresh,
        destination_sync_mode=DestinationSyncMode.append,
        problem=(
            f"The catalog's entry of {cut(name, 100)} cannot be read ({problem}). Refresh the "
            "connection's schema, and select the stream again."
        ),
    )


def state(path: str) -> list[AirbyteStateMessage]:
    """The state messages of the file. An object in place of a list is a message, or a LEGACY state."""
    if not path:
        return []
    file = _json("state", path)
    _warn("state", path, file.twice)
    content = file.content
    if isinstance(content, Mapping):
        is_message = "type" in content and len(content) > 1
        content = (
            [content if is_message else {"type": "LEGACY", "data": content}] if content else []
        )
    if content is None:
        return []
    if not isinstance(content, list):
        raise _wrong(
            "state",
            path,
            f"holds {type_in_words(content)}, not a list. Give the list of states that the last sync "
            "printed, or leave the file out to read everything again.",
        )
    return [_message(path, number, entry) for number, entry in enumerate(content)]


def _message(path: str, number: int, entry: Any) -> AirbyteStateMessage:
    fields = entry if isinstance(entry, Mapping) else {}
    name = fields.get("type")
    if name in (None, "STREAM") and (stream := _stream_state(fields.get("stream"))):
        return AirbyteStateMessage(type=AirbyteStateType.STREAM, stream=stream)
    if name == "GLOBAL":
        return AirbyteStateMessage(
            type=AirbyteStateType.GLOBAL, global_=_global_state(fields.get("global"))
        )
    if name in (None, "LEGACY") and isinstance(fields.get("data"), Mapping):
        data: dict[str, Any] = {replace_surrogates(stream): {} for stream in fields["data"]}
        return AirbyteStateMessage(type=AirbyteStateType.LEGACY, data=data)
    raise _wrong(
        "state",
        path,
        f"has an entry that is not the state of a stream (number {number}, counted from 0). "
        "Give the list of states that the last sync printed, or leave the file out to read "
        "everything again.",
    )


def _stream_state(stream: Any) -> AirbyteStreamState | None:
    """The state of a stream; None if it does not name the stream."""
    descriptor = stream.get("stream_descriptor") if isinstance(stream, Mapping) else None
    name = descriptor.get("name") if isinstance(descriptor, Mapping) else None
    if not isinstance(name, str) or not name:
        return None
    content = stream.get("stream_state")
    if content is None:
        content = {}
    elif not isinstance(content, Mapping) or nesting_depth(content) > MAX_NESTING:
        content = {INVALID_STATE: None}
    return AirbyteStreamState(
        stream_descriptor=StreamDescriptor(name=replace_surrogates(name)),
        stream_state=AirbyteStateBlob(_encodable(content)),
    )


def _global_state(content: Any) -> AirbyteGlobalState:
    """A global state, reduced to the names of its streams and whether there is a shared state. That is enough to
    refuse it."""
    fields = content if isinstance(content, Mapping) else {"shared_state": {INVALID_STATE: None}}
    listed = fields.get("stream_states")
    named = map(_stream_state, listed if isinstance(listed, list) else ())
    return AirbyteGlobalState(
        stream_states=[state for state in named if state],
        shared_state=AirbyteStateBlob({INVALID_STATE: None})
        if fields.get("shared_state")
        else None,
    )


# --- JSON ---


def _json(what: str, path: str) -> _File:
    """Parses the file. Raises a config error if it does not contain JSON. `what`: its name in sentences."""
    twice: list[str] = []

    def mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            twice.extend(name for name, n in Counter(name for name, _ in pairs).items() if n > 1)
        return found

    try:
        content = Path(path).read_bytes()
        # with a byte order mark, or in UTF-16, as editors on Windows write it
        text = content.decode(json.detect_encoding(content), "surrogatepass")
        if not text.strip():
            raise _wrong(what, path, "is empty. It must contain JSON.")
        value = json.loads(text, object_pairs_hook=mapping, parse_int=_integer)
        return _File(value, twice, not SURROGATE.search(text))
    except OSError as error:
        fact = f"cannot be opened ({error.strerror})."
    except UnicodeDecodeError as error:
        fact = (
            f"is not text: byte {error.start} is not {error.encoding.upper()}. It must contain "
            "JSON."
        )
    except RecursionError:
        fact = (
            f"is nested too deeply: the connector reads {MAX_NESTING} levels of lists and objects."
        )
    except ValueError as error:  # also for an invalid path
        fact = f"is not valid JSON: {cut(str(error), 200)}."
    raise _wrong(what, path, fact)


def _integer(text: str) -> int | float:
    if len(text) <= MAX_INTEGER_DIGITS and -(2**63) <= (number := int(text)) < 2**64:
        return number
    return float(text)


def _encodable(value: Any) -> Any:
    """The value, with each lone surrogate in its texts and keys replaced."""
    if isinstance(value, str):
        return replace_surrogates(value)
    if isinstance(value, Mapping):
        return {replace_surrogates(name): _encodable(part) for name, part in value.items()}
    return [_encodable(part) for part in value] if isinstance(value, list) else value


def _warn(what: str, path: str, twice: list[str]) -> None:
    if twice:
        key = cut(printable(replace_surrogates(twice[0])), 40)
        logger.warning(
            f"The {what}: the file {cut(replace_surrogates(path), 200)} has the key `{key}` twice in the same object; "
            "the last one counts."
        )


def _wrong(what: str, path: str, fact: str) -> Exception:
    return config_error([f"The {what}: the file {cut(replace_surrogates(path), 200)} {fact}"])
