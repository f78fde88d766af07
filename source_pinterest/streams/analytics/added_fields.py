"""The fields that the options `entity_names` and `metrics_final` add to the built-in ads reports."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from source_pinterest.streams.analytics.enrichment import Enrichment
from source_pinterest.streams.analytics.entity_names import EntityNames, fields
from source_pinterest.streams.analytics.finality import FIELDS, Finality

if TYPE_CHECKING:
    from airbyte_cdk.models import AirbyteStream  # type: ignore[attr-defined]

    from source_pinterest.streams.lists.campaigns import AdsList, WholeAccount
    from source_pinterest.sync.context import SyncContext


class AddedFields(NamedTuple):
    """The fields that the options can add to one report."""

    id_field: str
    entities: type[AdsList | WholeAccount] | None
    """The list with the names of the entities. None if there is none."""
    is_daily: bool

    def offered(self, stream: AirbyteStream, options: Container[str]) -> AirbyteStream:
        """The stream with the names after the id, and the finality after the date. `options`: the names of the
        configured options."""
        added_after: dict[str, dict[str, Any]] = {}
        if "entity_names" in options and self.entities:
            added_after[self.id_field] = fields(self.entities)
        if "metrics_final" in options and self.is_daily:
            added_after["date"] = FIELDS
        properties: dict[str, Any] = {}
        for name, schema in stream.json_schema["properties"].items():
            properties |= {name: schema, **added_after.get(name, {})}
        stream.json_schema = {**stream.json_schema, "properties": properties}
        return stream

    def enrichments(
        self, report: str, context: SyncContext, selected: Mapping[str, Any]
    ) -> tuple[Enrichment, ...]:
        """The enrichments that the configuration asks for. `selected`: the fields that the catalog selects; empty
        means all."""
        config = context.config
        found: list[Enrichment] = []
        if config.entity_names and self.entities:
            found.append(EntityNames(report, self.id_field, self.entities, context, selected))
        if config.metrics_final and self.is_daily and not config.has_local_days:
            found.append(Finality(context, selected))
        return tuple(found)
