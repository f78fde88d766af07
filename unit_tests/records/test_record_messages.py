"""Records → lines of the protocol."""

import json

import orjson
import pytest
from airbyte_cdk.models import AirbyteMessage, Type

from source_pinterest.records.record_messages import RecordLines, in_lines
from source_pinterest.records.rows import Batch

ROWS = [{"ad_id": "1", "CTR": 0.5, "AD_NAME": 'a "name"\n\u2028{"type":"STATE"}'}, {"ad_id": "2"}]


@pytest.mark.parametrize("common", [{}, {"ad_account_id": "549755885175", "currency": "EUR"}])
def test_each_record_is_a_line_with_what_all_have_in_common(common):
    found = RecordLines.of("ad_analytics_daily", Batch(common, ROWS))

    messages = [json.loads(line) for line in found.lines.decode().split("\n")[:-1]]
    assert found.count == 2
    assert [message["type"] for message in messages] == ["RECORD", "RECORD"]
    assert {message["record"]["stream"] for message in messages} == {"ad_analytics_daily"}
    assert [message["record"]["data"] for message in messages] == [
        {**common, **row} for row in ROWS
    ]
    assert all(isinstance(message["record"]["emitted_at"], int) for message in messages)


STRANGE = [
    {},
    {"CTR": None},
    {"AD_NAME": '\u2028\u2029\x85\x0b\x00\n\r"\\'},
    {"AD_NAME": "half \ud83d"},
    {"half \ud83d": 1},
    {"CTR": float("nan"), "ECTR": float("inf"), "CTR_2": float("-inf")},
    {"A": 2**63, "B": 2**64, "C": -(2**70), "D": 10**300, "E": 1e300, "F": 5e-324},
    {"media": {"": {"a": [{}, [], None, {"b": []}]}}},
    {"": ""},
]


@pytest.mark.parametrize("common", [{}, {"currency": None}, {"account_name": "half \ud83d \u2028"}])
@pytest.mark.parametrize("rows", [*([each] for each in STRANGE), STRANGE, [{}, {}, {}]], ids=repr)
def test_every_line_is_json_whatever_the_row(rows, common):
    lines = RecordLines.of("ads", Batch(common, rows)).lines.split(b"\n")

    assert lines.pop() == b""
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        message = orjson.loads(line)  # which takes neither NaN nor half an emoji
        assert set(message) == {"type", "record"}
        assert len(message["record"]["data"]) == len({**common, **row})


def test_integers_are_written_whole_however_large():
    rows = [{"A": 2**70 + 1, "B": -(2**63) - 1, "name": "half \ud83d"}]

    line = RecordLines.of("ads", Batch({}, rows)).lines.decode()

    assert json.loads(line)["record"]["data"] == {**rows[0], "name": "half \ufffd"}


def test_a_field_of_a_row_stands_before_that_of_all_rows():
    (message,) = RecordLines.of("ads", Batch({"date": "2026-11-23"}, [{"date": "x"}])).messages()

    assert message.record.data == {"date": "x"}


def test_what_nests_without_an_end_is_null_where_it_is_too_deep():
    deep = []
    for _ in range(200_000):
        deep = [deep]

    lines = RecordLines.of("ads", Batch({}, [{"filters": deep}, {"id": "1"}])).lines.split(b"\n")

    first, second = (orjson.loads(line)["record"]["data"] for line in lines[:2])
    assert json.dumps(first).count("[") < 200
    assert second == {"id": "1"}


def test_the_lines_are_what_the_cdk_takes_for_messages():
    found = RecordLines.of("boards", Batch({}, [{"id": "1"}]))

    (message,) = found.messages()

    assert message.record.stream == "boards"
    assert message.record.data == {"id": "1"}


STATE = AirbyteMessage(type=Type.STATE)


def handed_on(*items, **sizes):
    """The ids of the records that come out together, and what else does, with its type."""
    for item in in_lines("boards", items, **sizes):
        if isinstance(item, RecordLines):
            found = [message.record.data["id"] for message in item.messages()]
            assert item.count == len(found)
            yield "".join(found)
        else:
            yield item.type


def part(each, more_follows=True):
    return Batch({}, [{"id": each}], more_follows)


def test_a_state_comes_behind_the_records_before_it():
    found = list(handed_on(part("1"), part("2"), STATE, part("3"), STATE))

    assert found == ["12", Type.STATE, "3", Type.STATE]


def test_parts_of_an_answer_are_handed_on_together_up_to_a_size():
    parts = [part(each) for each in "123"]
    size = 2 * len(RecordLines.of("boards", parts[0]).lines)

    assert list(handed_on(*parts, bytes_together=size)) == ["12", "3"]
    assert list(handed_on(part("0"), STATE, *parts, bytes_together=size)) == [
        "0",
        Type.STATE,
        "12",
        "3",
    ]


def test_a_long_batch_is_made_lines_some_rows_at_a_time():
    batch = Batch({"currency": "USD"}, [{"id": each} for each in "12345"])

    assert list(handed_on(batch, STATE, bytes_together=1, rows_together=2)) == [
        "12",
        "34",
        "5",
        Type.STATE,
    ]


def test_a_batch_that_nothing_follows_at_once_does_not_wait():
    assert list(handed_on(part("1", more_follows=False), part("2", more_follows=False))) == [
        "1",
        "2",
    ]


def test_an_empty_batch_is_nothing():
    assert list(handed_on(Batch({}, []), STATE)) == [Type.STATE]


def test_what_comes_before_an_exception_comes_out_before_it():
    def broken():
        yield part("1")
        yield part("2")
        raise ZeroDivisionError

    found = []
    with pytest.raises(ZeroDivisionError):
        found.extend(in_lines("boards", broken()))

    assert [item.count for item in found] == [2]


def test_half_an_emoji_is_replaced_and_the_rows_beside_it_stay():
    rows = [{"id": "1"}, {"id": "2", "name": "Sale \ud83d"}]

    found = RecordLines.of("boards", Batch({}, rows))

    assert [message.record.data for message in found.messages()] == [
        {"id": "1"},
        {"id": "2", "name": "Sale \ufffd"},
    ]


def test_half_an_emoji_in_what_all_have_in_common_is_replaced():
    found = RecordLines.of("ads", Batch({"entity_name": "Sale \ud83d"}, [{"id": "1"}]))

    assert [message.record.data for message in found.messages()] == [
        {"entity_name": "Sale \ufffd", "id": "1"}
    ]
