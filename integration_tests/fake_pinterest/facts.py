"""The vendor's description, as script/update_api_facts keeps it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FACTS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "source_pinterest" / "api" / "pinterest_api.json").read_text(
        "utf-8"
    )
)
COLUMNS: list[str] = FACTS["columns"]
ASYNCHRONOUS_COLUMNS: list[str] = [
    name for name in FACTS["asynchronous_columns"] if name not in COLUMNS
]
"""Of asynchronous reports only."""
OPERATIONS: dict[str, dict[str, Any]] = FACTS["operations"]
TARGETING_TYPES: dict[str, list[str]] = FACTS["targeting_types"]
"""By level: ad_account, campaign, ad_group, ad."""

STANDARD_METRICS: list[str]
VIDEO_METRICS: list[str]
STANDARD_METRICS, VIDEO_METRICS = (
    alternative["enum"]
    for alternative in OPERATIONS["GET /pins/{pin_id}/analytics"]["parameters"]["metric_types"][
        "items"
    ]["one_of"]
)
ACCOUNT_METRICS: list[str] = OPERATIONS["GET /user_account/analytics"]["parameters"][
    "metric_types"
]["items"]["enum"]
LIFETIME_METRICS = ["TOTAL_COMMENTS", "TOTAL_REACTIONS"]
"""Never together with the metrics of a period."""
