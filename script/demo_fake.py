"""The fake Pinterest that script/demo reads from when it is given no configuration."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

from demo_config import Stop

ROOT = Path(__file__).resolve().parent.parent


class FakePinterestProcess:
    """The fake Pinterest, in a process of its own."""

    def __init__(self, first_day: date, folder: Path) -> None:
        self.first_day = first_day
        self._requests = folder / "requests.jsonl"
        self._errors = folder / "fake-pinterest.txt"
        self.url = ""
        self._process: subprocess.Popen[str] | None = None
        self._seen = 0

    def start(self, today: date) -> None:
        """On the same port as before, with the same data, as they look on that day."""
        self.stop()
        port = self.url.rpartition(":")[2].partition("/")[0] or "0"
        command = [sys.executable, "-m", "integration_tests.demo_pinterest"]
        command += ["--today", str(today), "--made-on", str(self.first_day)]
        with self._errors.open("a") as errors:
            self._process = subprocess.Popen(
                [*command, "--port", port, "--log", str(self._requests)],
                stdin=subprocess.PIPE,  # closed with this process, however it ends
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                cwd=ROOT,
                start_new_session=True,
            )
        self.url = self._process.stdout.readline().strip() if self._process.stdout else ""
        if not self.url:
            raise Stop(f"The fake Pinterest did not start; see {self._errors}.")

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def new_requests(self) -> list[dict[str, Any]]:
        """Those since the last call."""
        if not self._requests.exists():
            return []
        all_of_them = self._requests.read_text(encoding="utf-8").splitlines()
        seen, self._seen = self._seen, len(all_of_them)
        return [json.loads(each) for each in all_of_them[seen:]]
