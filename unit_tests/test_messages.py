"""Records → lines of the protocol."""

import json

import pytest

from source_pinterest.messages import RecordLines
from source_pinterest.records import Batch

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


def test_the_lines_are_what_the_cdk_takes_for_messages():
    found = RecordLines.of("boards", Batch({}, [{"id": "1"}]))

    (message,) = found.messages()

    assert message.record.stream == "boards"
    assert message.record.data == {"id": "1"}
