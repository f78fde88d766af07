"""Rows, and batches of them."""

from typing import Any

import msgspec

from source_pinterest.records.rows import Batch, TypedRow, values


def test_what_stands_in_every_record_is_held_once():
    batch = Batch({"date": "2026-11-23", "currency": "EUR"}, [{"ad_id": "1"}, {"ad_id": "2"}])

    assert list(batch.records()) == [
        {"date": "2026-11-23", "currency": "EUR", "ad_id": "1"},
        {"date": "2026-11-23", "currency": "EUR", "ad_id": "2"},
    ]


def typed(**attributes: Any) -> Any:
    fields = [("ad_id", Any, msgspec.UNSET), ("unknown_1", Any, msgspec.UNSET)]
    namespace = {"fields": {"ad_id": "ad_id", "a field": "unknown_1"}}
    made = msgspec.defstruct("Made", fields, bases=(TypedRow,), kw_only=True, namespace=namespace)
    return made(**attributes)


def test_a_typed_row_can_be_read_like_a_dict_by_the_names_of_its_fields():
    assert dict(typed(ad_id="7", unknown_1=None)) == {"ad_id": "7", "a field": None}
    assert dict(typed(ad_id="7")) == {"ad_id": "7"}


def test_a_field_of_rows_is_found_whatever_the_rows_are():
    assert list(values([typed(ad_id="7"), typed()], "ad_id")) == ["7", msgspec.UNSET]
    assert list(values([{"ad_id": "7"}, {}], "ad_id")) == ["7", None]
    assert list(values([], "ad_id")) == []
