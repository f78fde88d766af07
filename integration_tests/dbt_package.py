"""The dbt package in dbt/, built on tables that `source-pinterest load` has written."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from integration_tests.connector import ROOT

PROJECT = ROOT / "dbt"
TODAY = "2026-11-25"

STREAMS = [
    *("boards", "pins", "user_account_analytics", "pin_analytics", "ad_accounts", "campaigns"),
    *(
        "campaigns_history",
        "ad_groups",
        "ads",
        "keywords",
        "targeting_options",
        "product_group_promotions",
    ),
    *("campaign_analytics", "ad_group_analytics", "ad_analytics", "ad_account_analytics_daily"),
    *("campaign_analytics_daily", "ad_group_analytics_daily", "ad_analytics_daily"),
    *("product_group_promotion_analytics_daily", "campaign_targeting_analytics_daily"),
    *("ad_group_targeting_analytics_daily", "ad_targeting_analytics_daily"),
    *("ad_targeting_analytics", "campaign_conversions_daily", "keyword_conversions_daily"),
]
"""Of those that the marts are made of. The others are left out: their models are empty then."""

COLUMNS = [
    *("SPEND_IN_MICRO_DOLLAR", "IMPRESSION_1", "IMPRESSION_2", "CLICKTHROUGH_1", "CLICKTHROUGH_2"),
    *("OUTBOUND_CLICK_1", "REPIN_1", "ENGAGEMENT_1", "VIDEO_MRC_VIEWS_1", "TOTAL_CONVERSIONS"),
    *("TOTAL_CHECKOUT", "TOTAL_CHECKOUT_VALUE_IN_MICRO_DOLLAR", "TOTAL_SIGNUP", "TOTAL_LEAD"),
    *("TOTAL_PAGE_VISIT", "TOTAL_CLICK_ADD_TO_CART", "TOTAL_VIEW_ADD_TO_CART"),
    *("TOTAL_IMPRESSION_USER", "TOTAL_IMPRESSION_FREQUENCY"),
    *("TOTAL_CONVERSIONS_QUANTITY", "TOTAL_CONVERSIONS_VALUE_IN_MICRO_DOLLAR"),
]
TARGETING_TYPES = ["COUNTRY", "KEYWORD", "AGE_BUCKET", "REGION"]


@dataclass(frozen=True)
class Result:
    """The outcome of a model, a snapshot or a test."""

    kind: str
    name: str
    status: str
    message: str


class Dbt:
    """dbt, as a command, and as a process that reads the package once for many commands."""

    def __init__(self, executable: Path, log: Path) -> None:
        """`log`: a file for what the process prints."""
        self.executable = executable
        self._log = log
        self._process: subprocess.Popen[str] | None = None

    def answer(
        self, arguments: Sequence[str], variables: dict[str, Any], environment: dict[str, str]
    ) -> list[Any]:
        """The results of a command; an error of dbt's own is one of the test's."""
        process = self._process or self._started()
        asked = {"arguments": arguments, "vars": variables, "environment": environment}
        process.stdin.write(json.dumps(asked) + "\n")  # type: ignore[union-attr]
        process.stdin.flush()  # type: ignore[union-attr]
        line = process.stdout.readline()  # type: ignore[union-attr]
        answered = json.loads(line) if line else {"error": "dbt has ended."}
        assert not answered["error"], answered["error"] + self._log.read_text("utf-8")
        found: list[Any] = answered["results"]
        return found

    def _started(self) -> subprocess.Popen[str]:
        with self._log.open("w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [self.executable.with_name("python"), ROOT / "integration_tests/dbt/runner.py"],
                env=_without_our_modules(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        return self._process

    def close(self) -> None:
        if self._process:
            self._process.communicate(timeout=60)


def _without_our_modules() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


@dataclass(frozen=True)
class Package:
    """dbt, and a target that it builds the package on. `environment`: what dbt/profiles.yml reads."""

    dbt: Dbt
    environment: dict[str, str]
    folder: Path

    def run(self, *arguments: str, **variables: Any) -> list[Result]:
        """Of `dbt build` and the like; an error of dbt's own is one of the test's."""
        variables = {"pinterest_today": TODAY, **variables}
        return [
            Result(
                kind=each["unique_id"].split(".")[0],
                name=each["unique_id"].split(".")[2],
                status=each["status"],
                message=each["message"],
            )
            for each in self.dbt.answer(arguments, variables, self._environment)
        ]

    def command(self, *arguments: str, **variables: Any) -> subprocess.CompletedProcess[str]:
        """As a user runs it: a process that reads everything anew."""
        return subprocess.run(
            [
                *(str(self.dbt.executable), "--quiet", "--no-version-check", *arguments),
                *("--vars", json.dumps({"pinterest_today": TODAY, **variables})),
            ],
            env={**_without_our_modules(), **self._environment},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    @property
    def _environment(self) -> dict[str, str]:
        return {
            "DBT_PROFILES_DIR": str(PROJECT),
            "DBT_PROJECT_DIR": str(PROJECT),
            "DBT_TARGET_PATH": str(self.folder),
            "DBT_LOG_PATH": str(self.folder),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DBT_LOG_LEVEL_FILE": "none",  # most of what dbt logs is of use to nobody here
            **self.environment,
        }


def failed(results: list[Result]) -> dict[str, str]:
    """Name → message of what is not as it should be."""
    fine = {"success", "pass", "no-op"}
    return {each.name: each.message for each in results if each.status not in fine}
