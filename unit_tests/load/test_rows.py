"""A value is stored as it was sent, or the load counts it as changed."""

from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

import pytest

from source_pinterest.load.rows import RowDecoder
from source_pinterest.load.tables import Mode, Table, column_type


def table(**schemas: Any) -> Table:
    return Table(
        "ads", {name: column_type(name, each) for name, each in schemas.items()}, (), Mode.MERGE
    )


def decoded(schema: dict[str, Any], value: str, name: str = "x") -> tuple[Any, RowDecoder]:
    """The value in the table of a value of JSON; and the decoder, which knows what did not fit."""
    decoder = RowDecoder(table(**{name: schema}))
    line = f'{{"type":"RECORD","record":{{"stream":"ads","data":{{"{name}":{value}}},"emitted_at":1}}}}'
    (row,) = decoder.decode([line.encode()]).to_pylist()
    return row[name], decoder


TEXT = {"type": ["null", "string"]}
DATE = {"type": "string", "format": "date"}
TIME = {"type": ["null", "string"], "format": "date-time"}
INTEGER = {"type": ["null", "integer"]}
NUMBER = {"type": ["null", "number"]}
FLAG = {"type": ["null", "boolean"]}
OBJECT = {"type": ["null", "object"]}


@pytest.mark.parametrize(
    ("schema", "given", "stored"),
    [
        (TEXT, '"687201361754"', "687201361754"),
        (TEXT, '"d\\u00e9co \\ud83d\\ude00\\u0000"', "déco 😀\0"),
        (TEXT, "null", None),
        (TEXT, '""', ""),
        (DATE, '"2026-11-23"', date(2026, 11, 23)),
        (
            TIME,
            '"2026-11-23T09:30:00.123Z"',
            datetime(2026, 11, 23, 9, 30, 0, 123_000, timezone.utc),
        ),
        (TIME, '"2026-11-23T11:30:00+02:00"', datetime(2026, 11, 23, 9, 30, tzinfo=timezone.utc)),
        (INTEGER, "9223372036854775807", 9223372036854775807),
        (NUMBER, "0.1", 0.1),
        (NUMBER, "5e-324", 5e-324),
        (NUMBER, "9007199254740992", 9007199254740992.0),
        (FLAG, "true", True),
        (OBJECT, '{"a": 1.50, "b": [null, "\\u00e9"]}', '{"a": 1.50, "b": [null, "\\u00e9"]}'),
        (OBJECT, "null", None),
        ({"type": ["string", "integer"]}, "7", "7"),
    ],
)
def test_a_value_that_fits_is_stored_as_it_was_sent(
    schema: dict[str, Any], given: str, stored: Any
) -> None:
    value, decoder = decoded(schema, given)

    assert value == stored
    assert type(value) is type(stored)
    assert decoder.misfits == {}


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("0.1", "0.100000000"),
        ("12345678901234567890", "12345678901234567890.000000000"),
        ("9007199254740993", "9007199254740993.000000000"),
        ("1e-7", "1.00E-7"),
        ("-3.25", "-3.250000000"),
    ],
)
def test_an_amount_of_money_is_an_exact_decimal(given: str, stored: str) -> None:
    value, decoder = decoded(NUMBER, given, "SPEND_IN_DOLLAR")

    assert value == Decimal(stored)
    assert isinstance(value, Decimal)
    assert decoder.misfits == {}


@pytest.mark.parametrize(
    ("name", "schema", "given", "stored", "rounded"),
    [
        # what follows the sixth decimal of an amount is noise of binary numbers
        ("SPEND_IN_DOLLAR", NUMBER, "0.30000000000000004", Decimal("0.300000000"), 1),
        ("SPEND_IN_DOLLAR", NUMBER, "1e40", None, 0),
        ("SPEND_IN_DOLLAR", NUMBER, '"free"', None, 0),
        ("CTR", NUMBER, "9007199254740993", 9007199254740992.0, 1),
        ("CTR", NUMBER, "true", None, 0),
        ("size", INTEGER, "9223372036854775808", None, 0),
        ("size", INTEGER, "1.5", None, 0),
        ("day", DATE, '"yesterday"', None, 0),
        (
            "at",
            TIME,
            '"2026-11-23T09:30:00"',
            datetime(2026, 11, 23, 9, 30, tzinfo=timezone.utc),
            1,
        ),
        ("at", TIME, '"soon"', None, 0),
        ("is_on", FLAG, '"false"', None, 0),
    ],
)
def test_what_does_not_fit_is_the_nearest_value_or_null_and_is_counted(
    name: str, schema: dict[str, Any], given: str, stored: Any, rounded: int
) -> None:
    value, decoder = decoded(schema, given, name)

    assert value == stored
    misfit = decoder.misfits[name]
    assert (misfit.rounded, misfit.nulls) == (rounded, 1 - rounded)
    assert misfit.example


def test_one_value_that_does_not_fit_leaves_its_neighbours_as_they_are() -> None:
    decoder = RowDecoder(table(SPEND_IN_DOLLAR=NUMBER, id=TEXT))
    data = [
        f'{{"SPEND_IN_DOLLAR":{spend},"id":"{number}"}}'
        for number, spend in enumerate(["0.1", '"free"', "0.30000000000000004", "0.2"])
    ]
    lines = [
        f'{{"type":"RECORD","record":{{"stream":"ads","data":{each},"emitted_at":1}}}}'
        for each in data
    ]

    rows = decoder.decode(map(str.encode, lines)).to_pylist()

    assert [row["SPEND_IN_DOLLAR"] for row in rows] == [
        Decimal("0.1"),
        None,
        Decimal("0.3"),
        Decimal("0.2"),
    ]
    assert [row["id"] for row in rows] == ["0", "1", "2", "3"]


def test_a_value_that_should_be_text_becomes_json() -> None:
    value, _ = decoded(TEXT, '{"a": [1]}')

    assert value == '{"a":[1]}'


def test_a_column_that_a_row_lacks_is_null_and_the_time_is_when_it_was_emitted() -> None:
    decoder = RowDecoder(table(id=TEXT, name=TEXT))
    line = (
        b'{"type":"RECORD","record":{"stream":"ads","data":{"id":"7"},"emitted_at":1795863009883}}'
    )

    assert decoder.decode([line]).to_pylist() == [
        {
            "id": "7",
            "name": None,
            "_extracted_at": datetime(2026, 11, 28, 10, 50, 9, 883_000, timezone.utc),
        }
    ]


@pytest.mark.parametrize(
    ("schema", "given", "stored"),
    [
        (TEXT, '"a\\u0000b"', "a\N{REPLACEMENT CHARACTER}b"),
        (OBJECT, '{"a":"\\u0000"}', '{"a":"\N{REPLACEMENT CHARACTER}"}'),
        (OBJECT, '{"a":"\\\\u0000"}', '{"a":"\\\\u0000"}'),  # a backslash, and no NUL
    ],
)
def test_nul_is_replaced_where_the_destination_cannot_hold_it(
    schema: dict[str, Any], given: str, stored: str
) -> None:
    decoder = RowDecoder(table(x=schema), has_nul=False)
    line = f'{{"type":"RECORD","record":{{"stream":"ads","data":{{"x":{given}}},"emitted_at":1}}}}'

    (row,) = decoder.decode([line.encode()]).to_pylist()

    assert row["x"] == stored
