"""Decodes the RECORD lines of one stream into Arrow batches with the types of its table.

A value is stored as it was sent; otherwise a `Misfit` says what became of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Context, Decimal
from operator import attrgetter
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from source_pinterest.load.tables import (
    AMOUNT,
    AMOUNT_DECIMALS,
    AMOUNT_DIGITS,
    DATE,
    FLAG,
    INTEGER,
    JSON,
    NUMBER,
    TEXT,
    TIME,
    ColumnType,
    Table,
)

NUL = "\0"
INSTEAD_OF_NUL = "\N{REPLACEMENT CHARACTER}"
NUL_IN_JSON = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")

INEXACT = (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError)
"""Arrow's exceptions for a value that a type cannot represent exactly."""


@dataclass
class Misfit:
    """The values of a column that its type cannot represent."""

    rounded: int = 0
    """How many were stored as the nearest value."""
    nulls: int = 0
    """How many were stored as NULL."""
    example: str = ""
    """The first of them."""


class RowDecoder:
    """Decodes the rows of one table."""

    def __init__(self, table: Table, *, has_nul: bool = True) -> None:
        """`has_nul`: whether the destination's texts may contain U+0000. PostgreSQL's may not."""
        self.table = table
        self.misfits: dict[str, Misfit] = {}
        """By column: the values that did not fit."""
        self._has_nul = has_nul
        fields = {f"f{number}": name for number, name in enumerate(table.columns)}
        row = msgspec.defstruct(
            "Row",
            [
                (
                    field,
                    column.python | None if column is not JSON else column.python,
                    _default(column),
                )
                for field, column in zip(fields, table.columns.values(), strict=True)
            ],
            rename=fields,
            gc=False,
        )
        record = msgspec.defstruct("Record", [("data", row), ("emitted_at", int)], gc=False)
        self._message = msgspec.defstruct("Message", [("record", record)], gc=False)
        self._decode = msgspec.json.Decoder(self._message).decode
        self._data = attrgetter("record.data")
        self._emitted_at = attrgetter("record.emitted_at")
        self._getters = [attrgetter(field) for field in fields]
        self._row, self._record = row, record

    def decode(self, lines: Iterable[bytes]) -> pa.RecordBatch:
        """The rows of these RECORD lines."""
        messages = list(map(self._decoded, lines))
        rows = list(map(self._data, messages))
        arrays = [
            self._array(name, kind, list(map(get, rows)))
            for (name, kind), get in zip(self.table.columns.items(), self._getters, strict=True)
        ]
        emitted = pa.array(list(map(self._emitted_at, messages)), pa.timestamp("ms", "UTC"))
        return pa.RecordBatch.from_arrays(
            [*arrays, emitted.cast(TIME.arrow)], schema=self.table.schema
        )

    def _decoded(self, line: bytes) -> Any:
        try:
            return self._decode(line)
        except msgspec.DecodeError:
            return self._decode_leniently(line)

    def _decode_leniently(self, line: bytes) -> Any:
        """Decodes a message in which a value does not have the type of its column."""
        record = json.loads(line, parse_float=Decimal)["record"]
        data = record["data"]
        values = [
            self._as_decoded(name, kind, data.get(name))
            for name, kind in self.table.columns.items()
        ]
        return self._message(self._record(self._row(*values), record["emitted_at"]))

    def _as_decoded(self, name: str, kind: ColumnType, value: Any) -> Any:
        """A JSON value in the Python type of its column; None, and noted, if it has none."""
        if kind is JSON:
            return msgspec.Raw(_json(value))
        if value is None:
            return None
        if kind is TEXT and not isinstance(value, str):
            return _json(value).decode()
        is_number = isinstance(value, (int, Decimal)) and not isinstance(value, bool)
        if kind is AMOUNT and is_number:
            return Decimal(value)
        if kind is NUMBER and is_number:
            return float(value) if isinstance(value, Decimal) else value
        if kind is INTEGER and is_number and value == int(value):
            return int(value)
        if isinstance(value, kind.python) and isinstance(value, bool) is (kind is FLAG):
            return value
        return self._misfit(name, value, None)

    def _array(self, name: str, kind: ColumnType, values: list[Any]) -> pa.Array:
        if kind is JSON:
            texts = [bytes(value).decode() for value in values]
            values = [None if text == "null" else text for text in texts]
        try:
            array = _as_arrow(kind, values)
        except INEXACT:
            array = _as_arrow(kind, [self._fitted(name, kind, value) for value in values])
        if not self._has_nul and kind in (TEXT, JSON):
            array = _without_nul(array, kind)
        return array

    def _fitted(self, name: str, kind: ColumnType, value: Any) -> Any:
        """The value, or the nearest one (None if there is none) that the type can represent, which is noted."""
        try:
            _as_arrow(kind, [value])
        except INEXACT:
            nearest = NEAREST.get(kind)
            return self._misfit(name, value, nearest(value) if nearest else None)
        return value

    def _misfit(self, name: str, value: Any, instead: Any) -> Any:
        misfit = self.misfits.setdefault(name, Misfit(example=str(value)))
        if instead is None:
            misfit.nulls += 1
        else:
            misfit.rounded += 1
        return instead


def _default(kind: ColumnType) -> Any:
    return msgspec.Raw(b"null") if kind is JSON else None


def _json(value: Any) -> bytes:
    return msgspec.json.encode(value, enc_hook=float)


def _as_arrow(kind: ColumnType, values: Sequence[Any]) -> pa.Array:
    """An Arrow array. Raises one of INEXACT if a value cannot be represented exactly."""
    if kind in (DATE, TIME):
        return pa.array(values, pa.string()).cast(kind.arrow)
    return pa.array(values, kind.arrow)


def _without_nul(array: pa.Array, kind: ColumnType) -> pa.Array:
    if kind is TEXT:
        if not pc.any(pc.match_substring(array, NUL)).as_py():
            return array
        return pc.replace_substring(array, NUL, INSTEAD_OF_NUL)
    if not pc.any(pc.match_substring(array, "\\u0000")).as_py():
        return array
    texts = [text and NUL_IN_JSON.sub(rf"\1{INSTEAD_OF_NUL}", text) for text in array.to_pylist()]
    return pa.array(texts, kind.arrow)


# --- The nearest values ---


def _rounded(value: Decimal) -> Decimal | None:
    """An amount, rounded to the decimals of the type; None if it has too many digits before the point."""
    if abs(value) >= Decimal(10) ** (AMOUNT_DIGITS - AMOUNT_DECIMALS) - 1:
        return None
    return value.quantize(Decimal(1).scaleb(-AMOUNT_DECIMALS), context=Context(AMOUNT_DIGITS))


def _instant(text: str) -> str | None:
    """A time that Arrow does not read, in a format that it reads; None if it is not a time."""
    whole, point, fraction = text.partition(".")
    digits = re.match(r"\d+", fraction)
    if point and digits and len(digits[0]) > 6:  # finer than microseconds
        text = f"{whole}.{digits[0][:6]}{fraction[digits.end() :]}"
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return found.replace(tzinfo=found.tzinfo or timezone.utc).isoformat()


NEAREST: dict[ColumnType, Callable[[Any], Any]] = {
    AMOUNT: _rounded,
    NUMBER: float,
    TIME: _instant,
}
