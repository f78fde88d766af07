"""The facts of Pinterest's API: pinterest_api.json, read when it is first needed."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast


@functools.cache
def api_facts() -> Mapping[str, Any]:
    """The facts of pinterest_api.json. The first call reads the file."""
    return packaged("pinterest_api.json")


def packaged(name: str) -> Mapping[str, Any]:
    """The content of a JSON file of this folder."""
    text = Path(__file__).with_name(name).read_text(encoding="utf-8")
    return cast("Mapping[str, Any]", json.loads(text))


def attribution(parameter: str) -> list[Any]:
    """The values that Pinterest allows for an attribution window, or for the report time."""
    operation = api_facts()["operations"]["GET /ad_accounts/{ad_account_id}/ads/analytics"]
    return cast("list[Any]", operation["parameters"][parameter]["enum"])
