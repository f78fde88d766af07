"""The official connector, airbyte-source-pinterest from PyPI: its environment, its run, its formula."""

from __future__ import annotations

import math
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Server, Usage, files, run

HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE / ".venv-rival"
REQUIREMENTS = ("airbyte-source-pinterest==2.1.12", "airbyte-cdk==7.39.1", "matplotlib>=3.9")
"""The newest of 2026-11-24, the CDK that ours uses, and what draws the chart."""

PYTHONS = ("python3.10", "python3.11")
"""Those that it supports. 3.11 before 3.11.8 comes last: its `ast` fails now and then when several
threads parse ("AST constructor recursion depth mismatch"), and a sync of 1,500 requests with it."""

CONFIG = {
    "credentials": {
        "auth_method": "oauth2.0",
        "client_id": "1",
        "client_secret": "none",
        "refresh_token": "none",
        "access_token": "pina_canned",
        "token_expiry_date": "2099-01-01T00:00:00Z",
    }
}
CATALOG = {
    "streams": [
        {
            "stream": {
                "name": "ad_analytics",
                "json_schema": {},
                "supported_sync_modes": ["full_refresh", "incremental"],
            },
            "sync_mode": "incremental",
            "destination_sync_mode": "append",
            "cursor_field": ["DATE"],
        }
    ]
}
"""Its ad_analytics is what is ad_analytics_daily here: a row for each ad and day, of 90 days."""


def make_environment() -> str:
    """Its Python; "" where it cannot be made, which is said."""
    python = ENVIRONMENT / "bin" / "python"
    made_from = ENVIRONMENT / ".made-from"
    wanted = "\n".join((*PYTHONS, *REQUIREMENTS))
    if made_from.is_file() and made_from.read_text() == wanted:
        return str(python)
    base = next(filter(runs, PYTHONS), None)
    if not base:
        print("The official connector needs Python 3.10 or 3.11: it is left out.")
        return ""
    print(f"Installing {REQUIREMENTS[0]} into {ENVIRONMENT.name} …", flush=True)
    quiet = ["--quiet", "--disable-pip-version-check"]
    for command in (
        [base, "-m", "venv", "--clear", str(ENVIRONMENT)],
        [str(python), "-m", "pip", "install", *quiet, *REQUIREMENTS],
    ):
        if subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode:
            print(f"{' '.join(command)} fails: the official connector is left out.")
            return ""
    made_from.write_text(wanted)
    return str(python)


def runs(python: str) -> bool:
    """A command that is found may still be a pointer to a version that is not installed."""
    command = [python, "-c", "import ensurepip, venv"]
    return (
        bool(shutil.which(python)) and not subprocess.run(command, capture_output=True).returncode
    )


def read(python: str, server: Server) -> Usage:
    launcher = [python, str(HERE / "rival_launcher.py"), server.url]
    with files(config=CONFIG, catalog=CATALOG) as arguments:
        return run([*launcher, "read", *arguments], count_records=True)


def requests(ads: int) -> int:
    """The account, 25 ads on a page, and for each ad three windows of 30 days."""
    return 1 + math.ceil(ads / 25) + 3 * ads


def reports(ads: int) -> int:
    return 3 * ads


@dataclass(frozen=True)
class Measured:
    ads: int
    seconds: float


def estimated_seconds(ads: int, small: Measured) -> float:
    """What a larger account takes, from a small one that met no rate limit, at the same latency.

    The longer of: as many times as long as there are more requests; 300 reports a minute.
    """
    by_latency = small.seconds * requests(ads) / requests(small.ads)
    by_limit = 60.0 * ((reports(ads) - 1) // 300) + small.seconds
    return max(by_latency, by_limit)


def interpreter_for_the_chart(python: str) -> Sequence[str]:
    """One that has matplotlib, or none."""
    for each in (sys.executable, python):
        if each and not subprocess.run([each, "-c", "import matplotlib"], capture_output=True).returncode:  # fmt: skip
            return [each]
    return []
