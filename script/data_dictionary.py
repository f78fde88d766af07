"""What is known of every column of every stream, for the data dictionary and the dbt package."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

warnings.simplefilter("ignore")  # the CDK's own, on import

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from source_pinterest.api.columns import additive_columns  # noqa: E402
from source_pinterest.api.facts import api_facts  # noqa: E402
from source_pinterest.streams.analytics.finality import FIELDS as FINALITY_FIELDS  # noqa: E402
from source_pinterest.streams.base import PinterestStream  # noqa: E402
from source_pinterest.streams.registry import STREAMS  # noqa: E402

ADDED_TO_REPORTS = {
    *("ad_account_id", "campaign_id", "ad_group_id", "ad_id", "product_group_promotion_id"),
    *("keyword_id", "pin_id", "user_id", "date", "start_date", "currency", "UPDATED_TIME"),
    *("targeting_value", "targeting_type", "targeting_raw_value"),
}
"""Of the rows of reports: what the connector names, or adds, itself."""
EXACT_MONEY = re.compile(
    r".*(SPEND_IN_(MICRO_)?DOLLAR|_VALUE_IN_MICRO_DOLLAR|_SPEND_CAP|_IN_LOCAL_CURRENCY)"
)
"""Amounts, in reports, that the loaders keep as decimals. Averages of amounts are no such."""
SECONDS = "Seconds since 1970-01-01 UTC."
MILLISECONDS = "Milliseconds since 1970-01-01 UTC."
COUNTS_OF_NOW = ("_count", "monthly_views", "size", "num_batches")
"""Of a list: numbers as of the reading. They add up over nothing but, some of them, entities."""


@dataclass(frozen=True)
class Column:
    """A field of a stream: `type` is that of its JSON schema, without null."""

    stream: Stream
    name: str
    schema: dict[str, Any]

    @property
    def description(self) -> str:
        if "description" not in self.schema:
            lacking = [f"{self.stream.name}.{name}" for name in self.stream.without_description]
            raise SystemExit(
                f"No description: {', '.join(lacking)}. script/generate_schemas says what fields mean."
            )
        return str(self.schema["description"])

    @property
    def type(self) -> str:
        types = self.schema["type"]
        kinds = [types] if isinstance(types, str) else types
        kind = next(kind for kind in kinds if kind != "null")
        return str(self.schema.get("format", kind) if kind == "string" else kind)

    @property
    def is_key(self) -> bool:
        return self.name in self.stream.key

    @property
    def is_metric(self) -> bool:
        return self.stream.is_report and self.name.isupper() and self.type == "number"

    @property
    def is_money(self) -> bool:
        """Whether it is an amount, or an average of amounts."""
        return self.money_unit != ""

    @property
    def money_unit(self) -> str:
        if self.type not in ("number", "integer"):
            return ""
        if "_MICRO_" in self.name.upper() or "Millionths of the ad account" in self.description:
            return "millionths of `currency`"
        if "_IN_DOLLAR" in self.name:
            return "`currency`"
        if "whole units of the currency or in millionths" in self.description:
            return "`currency`, whole or millionths: Pinterest does not say"
        return ""

    @property
    def is_exact_money(self) -> bool:
        """Whether loaders keep it as a decimal."""
        return self.type == "number" and EXACT_MONEY.fullmatch(self.name.upper()) is not None

    @property
    def unit(self) -> str:
        if self.is_money:
            return self.money_unit
        if self.type == "date":
            return "UTC day"
        if self.type == "date-time":
            return "UTC"
        if SECONDS in self.description:
            return "seconds since 1970, UTC"
        if MILLISECONDS in self.description:
            return "milliseconds since 1970, UTC"
        if "in milliseconds" in self.description or self.description == "Milliseconds.":
            return "milliseconds"
        if "in seconds" in self.description:
            return "seconds"
        if "_in_miles" in self.name:
            return "miles"
        if "ratio" in self.description or self.description.startswith("Factor"):
            return "ratio" if "ratio" in self.description else "factor"
        if "Return on ad spend" in self.description:
            return "ratio"
        if self.is_metric and re.search(r"\b[Pp]eople (reached|who watched)", self.description):
            return "people"
        if self.is_metric and self.adds_up_over_days != "no":
            return "count"
        return ""

    @property
    def adds_up_over_days(self) -> str:
        if not self.is_metric or not self._is_additive:
            return "no"
        if self.stream.is_daily:
            return "yes"
        return "is the sum over the window"

    @property
    def adds_up_over_entities(self) -> str:
        if self.is_metric and self._is_additive:
            if "targeting_type" in self.stream.fields:
                return "yes, within one `targeting_type`"
            return "yes"
        if self.type == "integer" and self.name.endswith(COUNTS_OF_NOW):
            return "no, it counts overlapping things" if self.name != "pin_count" else "yes"
        return "no"

    @property
    def _is_additive(self) -> bool:
        if self.stream.is_organic:
            return "additive" not in self.description.lower()
        return self.name in additive_columns()

    @property
    def defined(self) -> str:
        """Where it is defined."""
        if self.stream.is_report and self.name in ADDED_TO_REPORTS:
            return "connector"
        if self.name in FINALITY_FIELDS:
            return "`GET /resources/metrics_ready_state`"
        if "its description of the API does not have it" in self.description:
            return "answers only"
        return "API"


@dataclass(frozen=True)
class Stream:
    """A stream, as it is offered; `options`: fields that a setting adds."""

    name: str
    key: tuple[str, ...]
    cursor: str
    endpoints: tuple[str, ...]
    schema: dict[str, Any]

    @property
    def fields(self) -> dict[str, Any]:
        return dict(self.schema["properties"])

    @property
    def without_description(self) -> list[str]:
        return [name for name, schema in self.fields.items() if "description" not in schema]

    @property
    def is_report(self) -> bool:
        """Whether its rows are metrics."""
        return "_analytics" in self.name or self.is_conversions or self.name.startswith("top_")

    @property
    def is_conversions(self) -> bool:
        """Whether its columns are the conversions that only asynchronous reports have."""
        return "_conversions" in self.name

    @property
    def is_daily(self) -> bool:
        return self.is_report and "date" in self.fields and "start_date" not in self.fields

    @property
    def is_totals(self) -> bool:
        """Whether its rows are totals of a window, of which only the newest counts."""
        return self.is_report and not self.is_daily and "ad_account_id" in self.fields

    @property
    def is_organic(self) -> bool:
        return self.name.startswith(("pin_", "user_", "top_"))

    @property
    def has_finality(self) -> bool:
        """Whether `metrics_final` adds fields to its rows."""
        return self.is_daily and not self.is_organic

    @property
    def defined(self) -> str:
        return ", ".join(f"`{endpoint}`" for endpoint in self.endpoints)

    def columns(self) -> Iterator[Column]:
        for name, schema in self.fields.items():
            yield Column(self, name, schema)

    def options(self) -> Iterator[Column]:
        """Fields that are there with a setting only."""
        if self.has_finality:
            for name, schema in FINALITY_FIELDS.items():
                yield Column(self, name, schema)


@cache
def streams() -> tuple[Stream, ...]:
    """All of them, in the order of the registry."""
    return tuple(
        Stream(
            name=stream.name,
            key=tuple(flat(stream.primary_key)),
            cursor=str(stream.cursor_field or ""),
            endpoints=endpoints(stream),
            schema=dict(stream.get_json_schema()),
        )
        for stream in (each() for each in STREAMS)
    )


def flat(key: Any) -> Iterator[str]:
    for part in [key] if isinstance(key, str) else key:
        yield part if isinstance(part, str) else part[0]


def endpoints(stream: PinterestStream) -> tuple[str, ...]:
    """The endpoints that a stream reads."""
    return tuple(each for each in (stream.endpoint, stream.alternative) if each)


def api_version() -> str:
    return str(api_facts()["version"])


# --- The page ---

JOINS = {
    "ad_account_id": ("ad_accounts", "id"),
    "campaign_id": ("campaigns", "id"),
    "ad_group_id": ("ad_groups", "id"),
    "ad_id": ("ads", "id"),
    "product_group_promotion_id": ("product_group_promotions", "id"),
    "keyword_id": ("keywords", "id"),
    "pin_id": ("pins", "id"),
    "board_id": ("boards", "id"),
    "board_section_id": ("board_sections", "id"),
    "user_id": ("user_account", "id"),
    "catalog_id": ("catalogs", "id"),
    "feed_id": ("catalogs_feeds", "id"),
    "catalog_product_group_id": ("catalogs_product_groups", "id"),
    "targeting_raw_value": ("targeting_options", "targeting_raw_value"),
}
"""Column → the list that it joins, and its column there."""

NOT_JOINED = {("top_pins", "pin_id"), ("top_video_pins", "pin_id"), ("promoted_pins", "pin_id")}
"""May be Pins of others, which no list has."""

HEAD = ["Column", "Type", "Unit", "Adds up over days", "over entities", "Defined by", "Meaning"]


def joins(stream: Stream) -> Iterator[tuple[str, str, str]]:
    """Column, list and its column."""
    for name, (parent, column) in JOINS.items():
        if (
            name in stream.fields
            and parent != stream.name
            and (stream.name, name) not in NOT_JOINED
        ):
            yield name, parent, column


def row(column: Column) -> tuple[str, ...]:
    """What the page says of it, without its name and reports: equal for the same metric of two reports."""
    days = column.adds_up_over_days
    if days.startswith("is the sum"):
        days = "yes"  # the page says of all totals that they are sums
    over = column.adds_up_over_entities.replace(", within one `targeting_type`", "")
    return (
        column.type,
        column.unit or "-",
        days,
        over,
        column.defined,
        column.description.replace("|", "\\|"),
    )


def families() -> dict[str, list[Stream]]:
    """The streams by the section that has their columns."""
    found: dict[str, list[Stream]] = {"Ads reports": []}
    for stream in streams():
        title = f"`{stream.name}`"
        if stream.is_report and not stream.is_organic:
            title = "Conversions" if stream.is_conversions else "Ads reports"
        found.setdefault(title, []).append(stream)
    return found


def section(title: str, members: list[Stream]) -> str:
    rows: dict[tuple[str, ...], list[Stream]] = {}
    for stream in members:
        for column in [*stream.columns(), *stream.options()]:
            rows.setdefault((column.name, *row(column)), []).append(stream)
    lines = [f"### {title}", "", *about(members), ""]
    several = len(members) > 1
    head = [HEAD[0], *(["Reports"] if several else []), *HEAD[1:]]
    lines += [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    for (name, *rest), where in rows.items():
        cells = [f"`{name}`", *([reports(where, members)] if several else []), *rest]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def about(members: list[Stream]) -> Iterator[str]:
    if len(members) > 1:
        yield f"{len(members)} reports: {', '.join(f'`{stream.name}`' for stream in members)}."
        yield ""
        if members[0].is_conversions:
            yield (
                "Their columns are the conversions that only Pinterest's asynchronous reports have, and its "
                "analytics endpoints do not."
            )
            return
        yield (
            "Their columns are those of the parameter `columns` of Pinterest's analytics endpoints. In a "
            "report of totals, each number is the sum or the average over the window from `start_date` to "
            "`date`. In a report with `targeting_type`, add up only within one type: types overlap."
        )
        return
    for stream in members:
        cursor = f" Cursor: `{stream.cursor}`." if stream.cursor else ""
        yield f"{stream.defined}. Key: {', '.join(f'`{name}`' for name in stream.key)}.{cursor}"


def reports(where: list[Stream], members: list[Stream]) -> str:
    """Which of the reports have it, in few words."""
    names = [stream.name for stream in where]
    groups = {
        "all": members,
        "with targeting": [each for each in members if "targeting_type" in each.fields],
        "without targeting": [each for each in members if "targeting_type" not in each.fields],
        "totals": [each for each in members if each.is_totals],
        "daily": [each for each in members if each.is_daily],
    }
    for words, group in groups.items():
        if names == [each.name for each in group]:
            return words
    missing = [each.name for each in members if each.name not in names]
    if len(missing) <= 2:
        return f"all but {', '.join(f'`{name}`' for name in missing)}"
    return ", ".join(f"`{name}`" for name in names)


def columns() -> str:
    """Every column of every stream: those of the ads reports once."""
    return "\n\n".join(section(title, members) for title, members in families().items())


def counts() -> str:
    everything = [column for stream in streams() for column in stream.columns()]
    money = sum(column.is_money for column in everything)
    additive = sum(column.adds_up_over_entities.startswith("yes") for column in everything)
    return (
        f"{len(streams())} streams, {len(everything):,} columns: {money:,} are amounts of money, and "
        f"{additive:,} add up over entities. The facts come from version {api_version()} of "
        "Pinterest's API."
    )


def diagram(title: str) -> tuple[Stream, ...]:
    def belongs(stream: Stream) -> bool:
        if title == "Catalogs":
            return stream.name.startswith("catalogs") or stream.name == "product_group_promotions"
        if title == "Organic":
            return stream.is_organic or stream.name.startswith(("board", "pins"))
        if title == "Ads: reports":
            return stream.is_report and not stream.is_organic
        return stream.name == "ad_accounts" or (
            not stream.is_report
            and "ad_account_id" in stream.fields
            and "catalog" not in stream.name
        )

    return tuple(filter(belongs, streams()))


def entity_relationships() -> str:
    """The joins, as Mermaid draws them: one diagram for each part, with keys and what they join."""
    parts = []
    for title in ("Ads: lists", "Ads: reports", "Organic", "Catalogs"):
        lines = [f"### {title}", "", "```mermaid", "erDiagram"]
        drawn = diagram(title)
        for stream in drawn:
            for name, parent, _ in joins(stream):
                lines.append(f"    {parent} ||--o{{ {stream.name} : {name}")
        for stream in drawn:
            names = dict.fromkeys([*stream.key, *(name for name, _, _ in joins(stream))])
            lines.append(f"    {stream.name} {{")
            for name in names:
                kind = Column(stream, name, stream.fields[name]).type.replace("-", "_")
                marks = [
                    *(["PK"] if name in stream.key else []),
                    *(["FK"] if name in JOINS and name != "id" else []),
                ]
                lines.append(f"        {kind} {name} {', '.join(marks)}".rstrip())
            lines.append("    }")
        parts.append("\n".join([*lines, "```"]))
    return "\n\n".join(parts)


PAGE: dict[str, Callable[[], str]] = {
    "counts": counts,
    "joins": entity_relationships,
    "columns": columns,
}
"""The parts of docs/data-dictionary.md."""
