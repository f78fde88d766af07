"""The table of a stream: columns, types, key and mode."""

from __future__ import annotations

import re
from typing import Any

import pytest

from source_pinterest.api.columns import asynchronous_columns, column_schema
from source_pinterest.load.errors import LoadError
from source_pinterest.load.tables import AMOUNT, NUMBER, Mode, Table, column_type, tables

AVERAGE = re.compile(r"^E?CP[A-Z]+(_P95)?_IN|COST_PER|ROAS|MULTIPLIER")


def entry(name: str = "ads", **changes: Any) -> dict[str, Any]:
    stream = {
        "name": name,
        "json_schema": {"properties": {"id": {"type": "string"}, "CTR": {"type": "number"}}},
        "source_defined_primary_key": [["id"]],
    }
    return {
        "stream": {**stream, **changes.pop("stream", {})},
        "sync_mode": "incremental",
        "destination_sync_mode": "append_dedup",
        **changes,
    }


def test_every_column_about_money_is_an_amount_or_an_average() -> None:
    schemas = {name: column_schema(name) or {} for name in asynchronous_columns()}
    about_money = re.compile("DOLLAR|CURRENCY|COST|SPEND|BUDGET|BID|ROAS")
    numbers = {
        name: column_type(name, schema)
        for name, schema in schemas.items()
        if "number" in schema["type"] and about_money.search(name)
    }

    assert {name for name, kind in numbers.items() if kind is AMOUNT} == {
        name for name in numbers if not AVERAGE.search(name)
    }
    assert {name for name, kind in numbers.items() if kind is NUMBER} == set(
        filter(AVERAGE.search, numbers)
    )
    assert len(numbers) > 150


def test_a_stream_that_is_merged_has_its_key() -> None:
    table = Table.of(entry())

    assert (table.mode, table.key) == (Mode.MERGE, ("id",))
    assert table.schema.names == ["id", "CTR", "_extracted_at"]
    assert table.hints["id"] == {"data_type": "text", "name": "id", "nullable": False}


def test_a_stream_that_is_overwritten_is_replaced() -> None:
    table = Table.of(entry(sync_mode="full_refresh", destination_sync_mode="overwrite"))

    assert table.mode is Mode.REPLACE


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"destination_sync_mode": "append"}, "append, which `load` does not have"),
        ({"destination_sync_mode": "overwrite"}, "earlier days would be lost"),
        ({"stream": {"source_defined_primary_key": []}}, "without a primary key"),
        ({"stream": {"source_defined_primary_key": [["date"]]}}, "without date"),
        (
            {"stream": {"json_schema": {"properties": {"ctr": {}, "id": {}, "CTR": {}}}}},
            "columns ctr and CTR",
        ),
    ],
)
def test_what_no_table_can_hold_is_refused_with_what_to_do(
    changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(LoadError, match=re.escape(sentence)):
        Table.of(entry(**changes))


def test_a_catalog_without_columns_says_where_to_take_them_from() -> None:
    with pytest.raises(LoadError, match=r"no columns of ads\. Take its `json_schema` from"):
        Table.of(entry(stream={"json_schema": {}}))


def test_two_streams_whose_names_differ_in_case_are_refused() -> None:
    with pytest.raises(LoadError, match="ads and Ads would become one table"):
        tables({"streams": [entry("ads"), entry("Ads")]})
