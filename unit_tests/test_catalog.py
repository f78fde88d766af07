"""The catalogs that `load` and `plan` make of names; what `load` does with them is in its own tests."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest

from source_pinterest.catalog import CatalogError, configured_catalog
from source_pinterest.streams.registry import SUGGESTED

CONFIG = {"credentials": {"auth_method": "access_token", "access_token": "pina_a-test-token"}}


def catalog(*streams: str, columns: tuple[str, ...] = ()) -> dict[str, Any]:
    now = datetime(2026, 11, 24, tzinfo=timezone.utc)
    found = configured_catalog(None, streams, columns, CONFIG, lambda: now)
    return {each["stream"]["name"]: each for each in found["streams"]}


def test_without_names_the_suggested_streams():
    assert list(catalog()) == [stream().name for stream in SUGGESTED]


def test_reports_are_incremental_and_lists_are_read_whole():
    found = catalog("ads", "ad_analytics_daily")

    assert {name: each["sync_mode"] for name, each in found.items()} == {
        "ads": "full_refresh",
        "ad_analytics_daily": "incremental",
    }


def test_columns_select_those_of_ads_reports_alone():
    found = catalog("ads", "ad_analytics_daily", columns=("ctr",))

    reports = found["ad_analytics_daily"]["stream"]["json_schema"]["properties"]
    assert [name for name in reports if name.isupper()] == ["CTR"]
    assert "ad_id" in reports
    assert "status" in found["ads"]["stream"]["json_schema"]["properties"]


@pytest.mark.parametrize(
    ("names", "columns", "sentence"),
    [
        (["campaings"], (), "--streams: campaings is not a stream. Did you mean campaigns?"),
        (
            ["ad_analytics"],
            ("CRT",),
            "--columns: CRT is not a column of these streams. Did you mean CTR?",
        ),
    ],
)
def test_an_unknown_name_is_an_error_with_the_nearest_one(names, columns, sentence):
    with pytest.raises(CatalogError, match=sentence.replace("?", r"\?")):
        catalog(*names, columns=columns)


def test_a_file_is_taken_as_it_is(tmp_path):
    stream = {"name": "ads", "json_schema": {}, "supported_sync_modes": ["full_refresh"]}
    entry = {"stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": "append"}
    path = tmp_path / "catalog.json"
    path.write_text(json.dumps({"streams": [entry]}))

    found = configured_catalog(path, (), (), CONFIG, lambda: datetime.now(timezone.utc))

    assert [each["stream"]["name"] for each in found["streams"]] == ["ads"]
