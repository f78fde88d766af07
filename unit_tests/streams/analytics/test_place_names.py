"""The names of places come from Pinterest's targeting options, and their codes stay."""

from __future__ import annotations

import logging

import pytest

from source_pinterest.records.rows import Batch
from source_pinterest.streams.analytics.place_names import PlaceNames
from unit_tests.http.scripted import Reply
from unit_tests.streams.pinterest import Pinterest, context

LISTS = {
    "LOCATION": [{"US": "U.S.", "500": "U.S.: Portland-Auburn", "US-CA": "Of LOCATION"}],
    "GEO": [{"US-CA": "California", "US": "Of GEO", "JP": "Japan", "500": "A postal code"}],
}


def names(rows: list[dict[str, str]], refused: str = "") -> list[str | None]:
    def fault(path: str, _: dict[str, str]) -> Reply | None:
        kind = path.removeprefix("/resources/targeting/")
        if kind == refused:
            return Reply(403, {"code": 29, "message": "Not permitted."})
        return Reply(200, LISTS[kind]) if kind in LISTS else None

    pinterest = Pinterest()
    pinterest.faults.append(fault)
    batch = Batch({}, [dict(row) for row in rows])
    added = PlaceNames("geo", context(pinterest))
    added.enrich(batch)
    assert [{k: v for k, v in row.items() if k != "targeting_name"} for row in batch.rows] == rows
    added.enrich(Batch({}, [dict(row) for row in rows]))
    assert len(pinterest.requests) == len(LISTS)
    return [row["targeting_name"] for row in batch.rows]


def row(kind: str, code: str) -> dict[str, str]:
    return {"targeting_type": kind, "targeting_raw_value": code}


@pytest.mark.parametrize(
    ("kind", "code", "name"),
    [
        ("COUNTRY", "US", "U.S."),
        ("COUNTRY", "JP", "Japan"),
        ("REGION", "US-CA", "California"),
        ("LOCATION", "500", "U.S.: Portland-Auburn"),
        ("LOCATION", "JP", None),
        ("REGION", "DE-BE", None),
        ("COUNTRY", "", None),
        ("SOMETHING_NEW", "US", None),
    ],
)
def test_a_code_has_the_name_of_the_list_that_fits_its_breakdown(kind, code, name):
    assert names([row(kind, code)]) == [name]


def test_a_list_that_cannot_be_read_costs_its_names_only(caplog):
    found = names([row("COUNTRY", "US"), row("REGION", "US-CA")], refused="LOCATION")

    assert found == ["Of GEO", "California"]
    assert "the names of places are null where they are in" in caplog.text
    assert "options LOCATION" in caplog.text


def test_codes_without_a_name_are_reported(caplog):
    caplog.set_level(logging.INFO)
    pinterest = Pinterest()
    pinterest.faults.append(
        lambda path, _: Reply(200, LISTS.get(path.removeprefix("/resources/targeting/"), []))
    )
    added = PlaceNames("geo", context(pinterest))
    rows = [row("COUNTRY", "US"), row("COUNTRY", "ZZ"), row("REGION", "Bavaria")]

    added.enrich(Batch({}, rows))
    added.on_planned()

    assert "1 of 2 codes of COUNTRY have no name" in caplog.text
    assert "such as ZZ" in caplog.text
    assert "none of the codes of REGION (Bavaria) has a name" in caplog.text


def test_codes_of_a_list_that_cannot_be_read_are_reported_once(caplog):
    pinterest = Pinterest()
    pinterest.faults.append(lambda *_: Reply(403, {"code": 29, "message": "Not permitted."}))
    added = PlaceNames("geo", context(pinterest))

    added.enrich(Batch({}, [row("COUNTRY", "US")]))
    added.on_planned()

    assert "which cannot be read" in caplog.text
    assert "none of the codes" not in caplog.text
