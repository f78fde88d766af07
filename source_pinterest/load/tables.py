"""The tables of a configured catalog: their columns, types, keys and modes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto
from typing import Any

import msgspec
import pyarrow as pa

from source_pinterest.load.errors import LoadError

EXTRACTED_AT = "_extracted_at"
"""A column of every table besides those of its stream: when the connector emitted the row."""

AMOUNT_DIGITS, AMOUNT_DECIMALS = 38, 9
"""Digits of an amount of money, in total and after the point: the most that DuckDB, PostgreSQL, Parquet and BigQuery
all represent exactly. Pinterest's amounts are whole millionths; further digits are noise of binary numbers."""

AMOUNTS = re.compile(r"(SPEND|VALUE)_IN_(MICRO_)?DOLLAR$|_SPEND_CAP$|_IN_LOCAL_CURRENCY$")
"""Names of columns with amounts of money. An average (CPC_IN_DOLLAR) is a quotient, not an amount."""


@dataclass(frozen=True, eq=False)
class ColumnType:
    """How the values of a column are decoded and stored."""

    python: Any
    """The Python type that msgspec decodes."""
    arrow: pa.DataType
    stored_as: Mapping[str, Any]
    """dlt's hints."""


TEXT = ColumnType(str, pa.string(), {"data_type": "text"})
DATE = ColumnType(str, pa.date32(), {"data_type": "date"})
TIME = ColumnType(str, pa.timestamp("us", "UTC"), {"data_type": "timestamp", "precision": 6})
INTEGER = ColumnType(int, pa.int64(), {"data_type": "bigint"})
NUMBER = ColumnType(int | float, pa.float64(), {"data_type": "double"})
AMOUNT = ColumnType(
    Decimal,
    pa.decimal128(AMOUNT_DIGITS, AMOUNT_DECIMALS),
    {"data_type": "decimal", "precision": AMOUNT_DIGITS, "scale": AMOUNT_DECIMALS},
)
FLAG = ColumnType(bool, pa.bool_(), {"data_type": "bool"})
JSON = ColumnType(msgspec.Raw, pa.string(), {"data_type": "json"})


def column_type(name: str, schema: Mapping[str, Any]) -> ColumnType:
    """The type of a column with this name and JSON schema; JSON if no other type fits.

    >>> column_type("SPEND_IN_MICRO_DOLLAR", {"type": ["null", "number"]}) is AMOUNT
    True
    >>> column_type("CPC_IN_MICRO_DOLLAR", {"type": ["null", "number"]}) is NUMBER
    True
    >>> column_type("date", {"type": "string", "format": "date"}) is DATE
    True
    """
    given = schema.get("type", [])
    types = [kind for kind in ([given] if isinstance(given, str) else given) if kind != "null"]
    if types == ["string"]:
        return {"date": DATE, "date-time": TIME}.get(schema.get("format", ""), TEXT)
    if types == ["number"]:
        return AMOUNT if AMOUNTS.search(name) else NUMBER
    if types == ["integer"]:
        return INTEGER
    return FLAG if types == ["boolean"] else JSON


class Mode(Enum):
    """What happens to a table's present rows."""

    MERGE = auto()
    """Rows with the same key are replaced, all others stay."""
    REPLACE = auto()
    """All rows are replaced, once the stream is complete."""


@dataclass(frozen=True)
class Table:
    """The table of one stream."""

    name: str
    columns: Mapping[str, ColumnType]
    """By name in the schema. Names become lower case in the table."""
    key: tuple[str, ...]
    """The names of the columns of the primary key."""
    mode: Mode

    @classmethod
    def of(cls, configured: Mapping[str, Any]) -> Table:
        """The table of an entry of a configured catalog. Raises LoadError if it cannot be loaded."""
        stream = configured["stream"]
        name = stream["name"]
        properties = stream["json_schema"].get("properties") or {}
        given = stream.get("source_defined_primary_key") or configured.get("primary_key") or []
        key = tuple(path[0] for path in given)
        if not properties:
            raise LoadError(
                f"The catalog selects no columns of {name}. Take its `json_schema` from what `discover` prints."
            )
        columns = {name: column_type(name, schema) for name, schema in properties.items()}
        twice = _same_but_for_case(columns)
        if twice:
            raise LoadError(
                f"{name} has the columns {' and '.join(twice)}: a table cannot hold both. Leave one out "
                "of the catalog."
            )
        mode = configured["destination_sync_mode"]
        if mode == "overwrite":
            if configured["sync_mode"] != "full_refresh":
                raise LoadError(
                    f"The catalog overwrites {name} with what an incremental sync reads, so earlier days "
                    "would be lost. Give it the sync mode full_refresh, or the destination sync mode "
                    "append_dedup."
                )
            return cls(name, columns, key, Mode.REPLACE)
        if mode != "append_dedup":
            raise LoadError(
                f"The catalog gives {name} the destination sync mode {mode}, which `load` does not have. "
                "Use append_dedup (merge by the key) or overwrite."
            )
        missing = [name for name in key if name not in columns]
        if not key or missing:
            lacking = f"without {', '.join(missing)}" if missing else "without a primary key"
            raise LoadError(
                f"The catalog merges {name} {lacking}, so rows could not be told apart. Select the columns "
                "of the key, or use the destination sync mode overwrite."
            )
        return cls(name, columns, key, Mode.MERGE)

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the rows."""
        fields = [
            pa.field(name, column.arrow, nullable=name not in self.key)
            for name, column in self.columns.items()
        ]
        return pa.schema([*fields, pa.field(EXTRACTED_AT, TIME.arrow, nullable=False)])

    @property
    def hints(self) -> dict[str, Any]:
        """dlt's hints by column. They are complete, so that dlt infers nothing from the first rows."""
        hints = {
            name: {**column.stored_as, "name": name, "nullable": name not in self.key}
            for name, column in self.columns.items()
        }
        return {
            **hints,
            # of two rows with the same key in one load, the later one is kept
            EXTRACTED_AT: {
                **TIME.stored_as,
                "name": EXTRACTED_AT,
                "nullable": False,
                "dedup_sort": "desc",
            },
        }


def tables(catalog: Mapping[str, Any]) -> dict[str, Table]:
    """By stream: the tables of a configured catalog. Raises LoadError if one cannot be loaded, or two have the same
    name."""
    found = {entry["stream"]["name"]: Table.of(entry) for entry in catalog["streams"]}
    twice = _same_but_for_case(found)
    if twice:
        raise LoadError(
            f"The streams {' and '.join(twice)} would become one table: databases ignore case. "
            "Give the custom report another name."
        )
    return found


def _same_but_for_case(names: Iterable[str]) -> list[str]:
    """The names that differ only in case, if there are any.

    >>> _same_but_for_case(["date", "CTR", "ctr"])
    ['CTR', 'ctr']
    """
    names = list(names)
    (lower, count), *_ = Counter(map(str.lower, names)).most_common(1) or [("", 0)]
    return [other for other in names if other.lower() == lower] if count > 1 else []
