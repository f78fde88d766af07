"""Adds the names and statuses of entities and their parents to the rows of ads reports.

They come from lists that the sync reads anyway, so this module sends no requests: a report reads the list of its own
entities for their ids, and the lists of parents are read as streams, or for the ids of other reports.
"""

from __future__ import annotations

import logging
from collections.abc import Container, Iterable, Mapping
from concurrent.futures import Future
from typing import Any

from source_pinterest.records.rows import Batch, Row
from source_pinterest.streams.analytics.enrichment import Enrichment
from source_pinterest.streams.lists.campaigns import (
    PARENT_LISTS,
    AdGroups,
    Ads,
    AdsList,
    Campaigns,
    WholeAccount,
)
from source_pinterest.streams.lists.product_groups import ProductGroupPromotions
from source_pinterest.sync.context import NameEntry, SyncContext

logger = logging.getLogger("airbyte.source_pinterest")

ENTITIES: dict[str, type[AdsList | WholeAccount]] = {
    level.level: level for level in (WholeAccount, Campaigns, AdGroups, Ads, ProductGroupPromotions)
}
"""By level: the list with its ids and names. Keywords have none."""

MAX_CACHED_IDS = 1_000
"""The most ids whose fields are cached. Our choice: the rows of an id arrive together."""

ACCOUNT_LEVEL = WholeAccount.level

OWN_FIELDS = ("entity_name", "entity_status")
ACCOUNT_NAME = f"parent_{ACCOUNT_LEVEL}_name"


def parent_fields(level: str) -> tuple[str, str]:
    """The names of the fields with name and status of a parent.

    >>> parent_fields("ad_group")
    ('parent_ad_group_name', 'parent_ad_group_status')
    """
    return f"parent_{level}_name", f"parent_{level}_status"


def fields(entities: type[AdsList | WholeAccount]) -> dict[str, dict[str, Any]]:
    """By name: the schemas of the added fields in a report of these entities."""
    then = "when this row was read"
    name, status = OWN_FIELDS
    its_own = entities.level.replace("_", " ")
    described = {name: f"Name of the {its_own} {then}. A missing name is the empty string."}
    if entities.level == ACCOUNT_LEVEL:
        described[status] = "Always null: an ad account has none."
    else:
        described[status] = f"What its owner had set {then}, not on the day of the metrics."
        described[ACCOUNT_NAME] = f"Name of its ad account {then}."
    for level in entities.levels_above:
        name, status = parent_fields(level)
        parent, needed = level.replace("_", " "), f"Null unless the list `{level}s` is read, too."
        described[name] = f"Name of its {parent} {then}. {needed}"
        described[status] = f"Status of its {parent} {then}. {needed}"
    return {
        name: {"type": ["null", "string"], "description": text} for name, text in described.items()
    }


class EntityNames(Enrichment):
    """Adds the names that the catalog selects to the rows of one report in one sync."""

    def __init__(
        self,
        report: str,
        id_field: str,
        entities: type[AdsList | WholeAccount],
        context: SyncContext,
        selected: Container[str],
    ) -> None:
        """`selected`: the names of the selected fields; empty means all."""
        self._report = report
        self._id_field = id_field
        self._entities = entities(context)
        self._context = context
        self.fields = [name for name in fields(entities) if name in selected or not selected]
        self._parents = {
            level: PARENT_LISTS[level](context)
            for level in entities.levels_above
            if set(parent_fields(level)) & set(self.fields)
        }
        self._lists = dict(self._parents)
        if isinstance(self._entities, AdsList):
            self._lists[entities.level] = self._entities
        self._fields_by_id: dict[str, _FieldsById] = {}
        self._account_fields: dict[str, Row] = {}
        self._missing_lists: dict[str, set[str]] = {}
        """By level: the ids of ad accounts whose list this sync does not have."""

    def needed(self, ad_account_id: str) -> list[Future[Any]]:
        """The futures of the lists of parents that this sync reads."""
        return [
            entities.ids_future(ad_account_id)
            for entities in self._parents.values()
            if self._context.reads_list(entities.name)
        ]

    def load(self, ad_account_id: str) -> None:
        """Loads the names of an ad account from its lists."""
        above = {level: entities.names(ad_account_id) for level, entities in self._parents.items()}
        for level, names in above.items():
            if names is None:
                self._missing_lists.setdefault(level, set()).add(ad_account_id)
        name = self._context.account(ad_account_id).name
        own: Mapping[str, NameEntry] = {}
        common: Row = {ACCOUNT_NAME: name}
        if self._entities.level == ACCOUNT_LEVEL:
            common = dict(zip(OWN_FIELDS, (name, None), strict=True))
        else:
            known = self._entities.names(ad_account_id)
            if known is None:
                self._missing_lists.setdefault(self._entities.level, set()).add(ad_account_id)
            own = known or {}
        selected = [field for field in self.fields if field not in common]
        self._fields_by_id[ad_account_id] = _FieldsById(
            selected, self._entities.levels_above, own, above
        )
        self._account_fields[ad_account_id] = {
            field: value for field, value in common.items() if field in self.fields
        }

    def on_planned(self) -> None:
        """Logs which fields are null, and what to do about it."""
        if not self.fields:
            logger.info(
                f"{self._report}: `entity_names` is on, but none of its fields is selected. Refresh "
                "the connection's schema, and select those that you want."
            )
        not_read = [level for level in self._parents if self._is_not_read(level)]
        if not_read:
            lists = [self._parents[level].name for level in not_read]
            logger.info(
                f"{self._report}: {self._names_of(not_read)} are null, because this sync does not "
                f"read the lists that have them. To fill them, select {_listed(lists)} too."
            )
        for level in self._missing_lists.keys() - not_read:
            if not self._names_of([level]):
                continue
            logger.warning(
                f"{self._report}: {self._names_of([level])} are null in the rows of ad account "
                f"{_listed(sorted(self._missing_lists[level]))}, whose {self._lists[level].name} could not "
                "be listed. Rows that later syncs read again have them."
            )

    def _is_not_read(self, level: str) -> bool:
        """Whether the list is read neither as a stream nor for a report."""
        of_all = self._missing_lists.get(level) == self._fields_by_id.keys()
        return of_all and not self._context.reads_list(self._parents[level].name)

    def _names_of(self, levels: Iterable[str]) -> str:
        own = self._entities.level
        of_levels = {
            name
            for level in levels
            for name in (OWN_FIELDS if level == own else parent_fields(level))
        }
        return _listed([name for name in self.fields if name in of_levels])

    def enrich(self, batch: Batch) -> None:
        """Adds the names to the rows of a batch, in place."""
        if self.fields and self._entities.level != ACCOUNT_LEVEL:
            fields_of, id_field = self._fields_by_id[batch.common["ad_account_id"]], self._id_field
            for row in batch.rows:
                row.update(fields_of[row[id_field]])

    def account_fields(self, ad_account_id: str) -> Row:
        """The added fields that all rows of an ad account share."""
        if ad_account_id not in self._account_fields:
            self.load(ad_account_id)
        return self._account_fields[ad_account_id]


class _FieldsById(dict[str, Row]):
    """A small cache of the added fields by entity id, which are computed on first use."""

    def __init__(
        self,
        fields: list[str],
        levels_above: tuple[str, ...],
        own: Mapping[str, NameEntry],
        above: Mapping[str, Mapping[str, NameEntry] | None],
    ) -> None:
        super().__init__()
        self._fields = fields
        self._levels_above = levels_above
        self._own = own
        self._parents = above

    def __missing__(self, entity_id: str) -> Row:
        found: Row = {}
        if known := self._own.get(entity_id):
            name, status, *parents = known
            found.update(zip(OWN_FIELDS, (name, status), strict=True))
            for level, parent_id in zip(self._levels_above, parents, strict=True):
                if parent := (self._parents.get(level) or {}).get(parent_id):
                    found.update(zip(parent_fields(level), parent[:2], strict=True))
        if len(self) >= MAX_CACHED_IDS:
            self.clear()
        self[entity_id] = {name: found.get(name) for name in self._fields}
        return self[entity_id]


def _listed(names: list[str]) -> str:
    """The names in words.

    >>> _listed(["campaigns", "ad_groups"]), _listed(["campaigns"]), _listed([])
    ('campaigns and ad_groups', 'campaigns', '')
    """
    *most, last = names or [""]
    return f"{', '.join(most)} and {last}" if most else last
