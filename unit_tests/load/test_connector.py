"""The connector's output, as events."""

from __future__ import annotations

import io

from source_pinterest.load.connector import Log, NewConfig, Problem, Rows, State, Status, events

RECORD = b'{"type":"RECORD","record":{"stream":"%s","data":{"id":"%d"},"emitted_at":1}}'
STATE = (
    b'{"type":"STATE","state":{"type":"STREAM","stream":'
    b'{"stream_descriptor":{"name":"ads"},"stream_state":{}}}}'
)


def test_neighbouring_rows_of_a_stream_are_one_event_and_states_stay_between_them() -> None:
    first, second, other = RECORD % (b"ads", 1), RECORD % (b"ads", 2), RECORD % (b"ads_2", 3)
    printed = b"\n".join([first, second, STATE, second, other, b""])

    found = list(events(io.BytesIO(printed)))

    size = len(first)
    assert [each for each in found if isinstance(each, Rows)] == [
        Rows("ads", [first, second], 2 * size),
        Rows("ads", [second], size),
        Rows("ads_2", [other], size + 2),
    ]
    assert isinstance(found[1], State)
    assert found[1].message["stream"]["stream_descriptor"] == {"name": "ads"}


def test_messages_that_come_in_pieces_are_whole() -> None:
    class Trickle(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:  # noqa: ARG002
            return super().read1(7)

    lines = [RECORD % (b"ads", number) for number in range(3)]

    found = list(events(Trickle(b"\n".join([*lines, STATE, b'{"type":"REC']))))

    assert [line for each in found if isinstance(each, Rows) for line in each.lines] == lines
    assert isinstance(found[-1], State)  # and the line that was cut off is none


def test_a_record_in_another_order_of_keys_is_one_too() -> None:
    printed = (
        b'{"record": {"emitted_at": 1, "data": {"id": "1"}, "stream": "ads"}, "type": "RECORD"}\n'
    )

    (found,) = events(io.BytesIO(printed))

    assert isinstance(found, Rows)
    assert (found.stream, len(found.lines)) == ("ads", 1)


def test_statuses_errors_logs_and_a_renewed_login_are_told_apart() -> None:
    printed = b"""\
{"type":"TRACE","trace":{"type":"STREAM_STATUS","stream_status":{"stream_descriptor":{"name":"ads"},"status":"INCOMPLETE"}}}
{"type":"TRACE","trace":{"type":"ERROR","error":{"message":"ads is incomplete.","stream_descriptor":{"name":"ads"}}}}
{"type":"TRACE","trace":{"type":"ERROR","error":{"message":"No.","stream_descriptor":null}}}
{"type":"LOG","log":{"level":"WARN","message":"Look."}}
{"type":"CONTROL","control":{"type":"CONNECTOR_CONFIG","connectorConfig":{"config":{"a":1}}}}
"""

    assert list(events(io.BytesIO(printed))) == [
        Status("ads", "INCOMPLETE"),
        Problem("ads", "ads is incomplete."),
        Problem("", "No."),
        Log("WARN", "Look."),
        NewConfig({"a": 1}),
    ]
