"""Facts from Pinterest's own API description: `pinterest_api.json`, read on first use."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast


@functools.cache
def api_facts() -> Mapping[str, Any]:
    """The content of `pinterest_api.json`. The first call reads the file."""
    return packaged_json("pinterest_api.json")


def packaged_json(name: str) -> Mapping[str, Any]:
    """The content of a JSON file in this folder."""
    text = Path(__file__).with_name(name).read_text(encoding="utf-8")
    return cast("Mapping[str, Any]", json.loads(text))


def attribution_choices(parameter: str) -> list[Any]:
    """The allowed values of an attribution parameter: a window (days), the report time or the time zone."""
    operation = api_facts()["operations"]["GET /ad_accounts/{ad_account_id}/ads/analytics"]
    return cast("list[Any]", operation["parameters"][parameter]["enum"])
