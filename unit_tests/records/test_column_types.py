"""Values as Pinterest sends them, made what a schema says."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_pinterest.records.column_types import AnswerWarnings, ColumnTypes, fields_of
from source_pinterest.streams.registry import names, schema_of

NUMBER = {"type": ["null", "number"]}
INTEGER = {"type": ["null", "integer"]}
FLAG = {"type": ["null", "boolean"]}
TEXT = {"type": ["null", "string"]}
KEY = {"type": "string"}
DAY = {"type": ["null", "string"], "format": "date"}
INSTANT = {"type": ["null", "string"], "format": "date-time"}
TEXTS = {"type": ["null", "array"], "items": TEXT}
ANYTHING = {"type": ["null", "object"], "additionalProperties": True}
NESTED = {
    "type": ["null", "object"],
    "additionalProperties": True,
    "properties": {
        "count": INTEGER,
        "board_id": TEXT,
        "inner": {"type": ["null", "object"], "properties": {"is_on": FLAG}},
    },
}


class Log:
    """AnswerWarnings that say what they say to a list."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.answer_warnings = AnswerWarnings("ads", self.said.append)


@pytest.fixture
def log() -> Log:
    return Log()


def made(
    schema: dict[str, Any],
    value: Any,
    answer_warnings: AnswerWarnings | None = None,
    name: str = "A",
) -> Any:
    row = {name: value}
    ColumnTypes.of({name: schema}, answer_warnings=answer_warnings).apply([row])
    return row[name]


FITTING = [
    (NUMBER, 216.0, 216),
    (NUMBER, 7.5e3, 7500),
    (NUMBER, -0.0, 0),
    (NUMBER, 0.5, 0.5),
    (NUMBER, 1e22, 10**22),
    (NUMBER, 2**60 + 1, 2**60 + 1),
    (NUMBER, str(2**60 + 1), 2**60 + 1),
    (NUMBER, "216", 216),
    (NUMBER, "216.0", 216),
    (NUMBER, "7.5e3", 7500),
    (NUMBER, " -0.5 ", -0.5),
    (NUMBER, "007", 7),
    (NUMBER, "", None),
    (NUMBER, "  ", None),
    (NUMBER, "null", None),
    (NUMBER, "N/A", None),
    (NUMBER, "n/a", None),
    (NUMBER, "NaN", None),
    (NUMBER, float("nan"), None),
    (INTEGER, 75000000.0, 75000000),
    (INTEGER, "1777769571", 1777769571),
    (INTEGER, "", None),
    (FLAG, "false", False),
    (FLAG, "True", True),
    (FLAG, 1, True),
    (FLAG, 0.0, False),
    (FLAG, "0", False),
    (FLAG, "-0", False),
    (FLAG, "", None),
    (TEXT, 687201361754123456, "687201361754123456"),
    (TEXT, 35.0, "35"),
    (TEXT, 7.5, "7.5"),
    (TEXT, True, "true"),
    (TEXT, "", ""),
    (TEXT, "N/A", "N/A"),
    (TEXT, {"name": "é", "n": [1, None]}, '{"name": "é", "n": [1, null]}'),
    (TEXT, ["a"], '["a"]'),
    (KEY, None, ""),
    (KEY, 7, "7"),
    (DAY, "2026-11-23", "2026-11-23"),
    (DAY, "2026-11-23T00:00:00", "2026-11-23"),
    (DAY, "2026-11-23 00:00:00+00:00", "2026-11-23"),
    (DAY, "", None),
    (INSTANT, "2026-11-23T01:40:29", "2026-11-23T01:40:29Z"),
    (INSTANT, "2026-11-23 01:40", "2026-11-23T01:40:00Z"),
    (INSTANT, "2026-11-23T01:40:29.123Z", "2026-11-23T01:40:29.123Z"),
    (INSTANT, "2026-11-23T01:40:29+0200", "2026-11-23T01:40:29+02:00"),
    (INSTANT, "2026-11-23", "2026-11-23T00:00:00Z"),
    (TEXTS, ["a", 1, {"b": 2}, None], ["a", "1", '{"b": 2}', None]),
    (ANYTHING, {"a": 1.0}, {"a": 1.0}),
    (
        NESTED,
        {"count": "7", "board_id": 5, "inner": {"is_on": "true", "new": 1.0}},
        {"count": 7, "board_id": "5", "inner": {"is_on": True, "new": 1.0}},
    ),
]


@pytest.mark.parametrize(("schema", "value", "expected"), FITTING)
def test_values_that_can_be_converted_are_and_nothing_is_reported(schema, value, expected, log):
    found = made(schema, value, log.answer_warnings)

    assert json.dumps(found) == json.dumps(expected)
    assert log.said == []


MISFITS = [
    (NUMBER, "many", 'a text such as "many" instead of a number'),
    (NUMBER, "1_000", 'a text such as "1_000" instead of a number'),
    (NUMBER, "1,234", 'a text such as "1,234" instead of a number'),
    (NUMBER, "0x10", 'a text such as "0x10" instead of a number'),
    (NUMBER, "٣", 'a text such as "\\u0663" instead of a number'),
    (NUMBER, "9" * 5_000, 'a text such as "99999999999999999999\\u2026" instead of a number'),
    (NUMBER, "1e999", 'a text such as "1e999" instead of a number'),
    (NUMBER, True, "true or false instead of a number"),
    (NUMBER, [1], "a list instead of a number"),
    (NUMBER, {"value": 1}, "an object instead of a number"),
    (NUMBER, float("inf"), "an infinite number instead of a number"),
    (INTEGER, 7.5, "a number instead of a whole number"),
    (INTEGER, "soon", 'a text such as "soon" instead of a whole number'),
    (FLAG, "maybe", 'a text such as "maybe" instead of true or false'),
    (FLAG, 2, "a number instead of true or false"),
    (FLAG, [], "a list instead of true or false"),
    (DAY, "yesterday", 'a text such as "yesterday" instead of a day'),
    (DAY, "2026-02-30", 'a text such as "2026-02-30" instead of a day'),
    (DAY, 20261123, "a number instead of a day"),
    (INSTANT, "2026-11-23T25:00:00", 'a text such as "2026-11-23T25:00:00" instead of a date and'),
    (INSTANT, 1777769571, "a number instead of a date and a time"),
    (TEXTS, "OWNER", "a text instead of a list"),
    (NESTED, ["a"], "a list instead of an object"),
    (NESTED, "me:secret", "a text instead of an object"),
]


@pytest.mark.parametrize(("schema", "value", "words"), MISFITS)
def test_values_that_cannot_be_converted_are_null_and_reported(schema, value, words, log):
    assert made(schema, value, log.answer_warnings) is None

    (warning,) = log.said
    assert warning.startswith("ads: A: Pinterest sent ")
    assert words in warning
    assert warning.endswith("; such values are null.")


@pytest.mark.parametrize("name", ["id", "pin_id", "AD_ID", "carousel_ids"])
def test_an_id_that_was_rounded_on_its_way_is_no_id(name, log):
    schema = TEXTS if name.endswith("ids") else TEXT
    rounded = 8.137442264204e17

    found = made(schema, [rounded] if schema is TEXTS else rounded, log.answer_warnings, name)

    assert found in (None, [None])
    assert "an id that was rounded on its way" in log.said[0]
    assert made(TEXT, rounded, log.answer_warnings, "title") == "8.137442264204e+17"


def test_a_column_is_named_once_however_many_of_its_values_do_not_fit(log):
    fit = ColumnTypes.of({"A": NUMBER, "B": NESTED}, answer_warnings=log.answer_warnings)

    for _ in range(3):
        fit.apply([{"A": "x", "B": {"inner": {"is_on": "x"}}}, {"A": [], "B": {"count": {}}}])

    assert [said.split(": Pinterest")[0] for said in log.said] == [
        "ads: A",
        "ads: B.inner.is_on",
        "ads: B.count",
    ]


def test_a_token_is_not_shown_and_a_text_is_cut_short(log):
    for name, value in (("A", "pina_" + "x" * 40), ("B", "y" * 300)):
        made(NUMBER, value, log.answer_warnings, name)

    assert "xxx" not in log.said[0]
    assert log.said[1].count("y") < 30


def test_a_warning_goes_to_the_log_where_nobody_else_takes_it(caplog):
    made(NUMBER, "many", AnswerWarnings("ads"))

    assert "ads: A: Pinterest sent a text" in caplog.text


def test_fields_that_the_schema_lacks_pass_as_they_are(log):
    row = {"NEW": 216.0, "OTHER": {"a": "1"}}

    ColumnTypes.of({"A": NUMBER}, answer_warnings=log.answer_warnings).apply([row])

    assert json.dumps(row) == '{"NEW": 216.0, "OTHER": {"a": "1"}}'


def test_what_nests_without_an_end_does_no_harm(log):
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]

    assert made(TEXT, deep, log.answer_warnings) is None
    assert "nests too deeply" in log.said[0]


def test_the_nested_parts_of_an_answer_are_left_as_they_were():
    item = {"A": {"count": "7", "inner": {"is_on": "true"}}}

    ColumnTypes.of({"A": NESTED}).converted(item)

    assert item == {"A": {"count": "7", "inner": {"is_on": "true"}}}


def test_which_columns_are_numbers_and_which_add_up_is_known_of_those_that_are_read():
    schema = dict.fromkeys(["TOTAL_IMPRESSION", "CTR", "SPEND_IN_DOLLAR", "CLICKTHROUGH_1"], NUMBER)
    fit = ColumnTypes.of(
        {**schema, "AD_NAME": TEXT}, ["CTR", "SPEND_IN_DOLLAR", "AD_NAME", "IMPRESSION_1"]
    )

    assert fit.numbers == ("CTR", "SPEND_IN_DOLLAR")
    assert fit.additive == {"SPEND_IN_DOLLAR"}


@pytest.mark.parametrize("shapes", [0, 1, 1_000])
def test_a_value_is_made_right_whatever_the_rows_before_were_like(shapes):
    properties = {"A": NUMBER, "B": NUMBER, "C": TEXT}
    fields = fields_of(properties, AnswerWarnings().note)
    fit = ColumnTypes(fields, most_shapes=shapes)
    found = [
        {"A": 1, "B": 0.5, "C": "a"},
        {"A": 2, "B": 4.0, "C": "b"},
        {"A": 3.0, "B": 0.5, "C": "c"},
        {"A": "4.0", "B": "0.5", "C": 5},
        {"B": 6, "A": 7.0, "C": "names in another order"},
        {"A": 8, "B": None, "C": None},
        {"C": 0.25, "A": 8},
        {"A": "9"},
        {"B": 10.0},
    ]

    fit.apply(found)

    assert json.dumps(found) == json.dumps(
        [
            {"A": 1, "B": 0.5, "C": "a"},
            {"A": 2, "B": 4, "C": "b"},
            {"A": 3, "B": 0.5, "C": "c"},
            {"A": 4, "B": 0.5, "C": "5"},
            {"B": 6, "A": 7, "C": "names in another order"},
            {"A": 8, "B": None, "C": None},
            {"C": "0.25", "A": 8},
            {"A": 9},
            {"B": 10},
        ]
    )


# --- Whatever comes ---

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(st.sampled_from("aé7.- \ud83d"), max_size=6)
    | st.sampled_from(["", "N/A", "7", "7.5e3", "true", "2026-11-23T00:00", "-0.0", "\ud83d", 7e3])
)
ANY = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["count", "inner", "is_on", "board_id", "new"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)
FORMATS = jsonschema.FormatChecker(["date"])


@FORMATS.checks("date-time", raises=ValueError)
def is_instant(value: object) -> bool:
    """What Python 3.10 reads as well; no zone is no instant."""
    if isinstance(value, str):
        assert value.endswith("Z") or value[-6] in "+-", value
        datetime.strptime(value[:19], "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007  the zone is looked at above
    return True


SCHEMA = {
    "properties": {
        "number": NUMBER,
        "integer": INTEGER,
        "flag": FLAG,
        "text": TEXT,
        "pin_id": TEXT,
        "id": KEY,
        "day": DAY,
        "instant": INSTANT,
        "texts": TEXTS,
        "object": ANYTHING,
        "nested": NESTED,
        "objects": {"type": ["null", "array"], "items": NESTED},
    }
}
FITS_SCHEMA = jsonschema.Draft202012Validator(SCHEMA, format_checker=FORMATS)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(SCHEMA["properties"], ANY)))
def test_whatever_comes_a_row_is_what_its_schema_says(row):
    found = ColumnTypes.of(SCHEMA["properties"], answer_warnings=Log().answer_warnings).converted(
        row
    )

    FITS_SCHEMA.validate(found)
    assert found.keys() == row.keys()
    again = ColumnTypes.of(SCHEMA["properties"]).converted(found)
    assert json.dumps(again) == json.dumps(found)


@pytest.mark.parametrize("stream", sorted(names()))
def test_every_schema_is_one_that_values_can_be_made_to_fit(stream):
    """No field has a type that is passed over."""
    schema = schema_of(stream)
    fits = jsonschema.Draft7Validator(schema)
    fits.check_schema(schema)
    types = ColumnTypes.of(schema["properties"], answer_warnings=Log().answer_warnings)
    odd: list[Any] = [7.5, "x", True, {"a": {"b": [1]}}, [{"a": 1}], 1e300, ""]
    for value in odd:
        found = types.converted(dict.fromkeys(schema["properties"], value))

        keys = [name for name, each in schema["properties"].items() if each["type"] == "string"]
        found |= {name: "2026-11-23T00:00:00Z"[: 10 if "date" in name else 20] for name in keys}
        times = [name for name, each in schema["properties"].items() if each["type"] == "integer"]
        found |= dict.fromkeys(times, 1_795_510_800)  # the connector's own, and never null
        fits.validate(found)
