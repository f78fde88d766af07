"""A real Chromium without a window, driven through chromedriver's own HTTP interface (WebDriver).

Both are Debian's packages chromium and chromium-driver.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
import requests

ARGUMENTS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-dev-shm-usage", "--window-size=900,900"),
)
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""How WebDriver marks an element's id. W3C WebDriver, section 12."""


def needed() -> None:
    """Skips the test where there is no Chromium; in continuous integration that is a failure."""
    missing = [name for name in ("chromium", "chromedriver") if not shutil.which(name)]
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"{' and '.join(missing)} must be installed where CI=true", pytrace=False)
    if missing:
        pytest.skip(
            f"no {' and no '.join(missing)} here (apt-get install chromium chromium-driver)"
        )


class Browser:
    """One window with a profile of its own, while the context is entered."""

    def __enter__(self) -> Browser:
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._driver = subprocess.Popen(
            ["chromedriver", "--port=0"],  # noqa: S607  wherever the system has it
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            assert self._driver.stdout
            for line in self._driver.stdout:
                if started := re.search(r"started successfully on port (\d+)", line):
                    break
            else:
                raise AssertionError("chromedriver did not start")
            self._http = requests.Session()
            self._http.trust_env = False
            self._session = f"http://127.0.0.1:{started[1]}/session"
            profile = f"--user-data-dir={self._folder.name}"
            options = {"args": [*ARGUMENTS, profile], "binary": shutil.which("chromium")}
            wanted = {"alwaysMatch": {"goog:chromeOptions": options}}
            session = self._call("POST", "", capabilities=wanted)
            self._session += f"/{session['sessionId']}"
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if not self._session.endswith("/session"):
                self._call("DELETE", "")
        finally:
            self._driver.kill()
            self._driver.wait()
            assert self._driver.stdout
            self._driver.stdout.close()
            self._http.close()
            self._folder.cleanup()

    def open(self, address: str) -> None:
        self._call("POST", "/url", url=address)

    def type(self, css: str, text: str) -> None:
        self._call("POST", f"/element/{self._find(css)}/value", text=text)

    def click(self, css: str) -> None:
        self._call("POST", f"/element/{self._find(css)}/click")

    def seen(self, words: str) -> str:
        """The page as a person sees it, once these words are there: a click only begins to load."""
        text = ""
        for _ in range(200):
            text = str(self._run("return document.body ? document.body.innerText : ''"))
            if words in text:
                return text
            threading.Event().wait(0.05)
        raise AssertionError(f"{words!r} has not come up; there is: {text}")

    @property
    def loaded(self) -> list[str]:
        """The addresses that the page has loaded besides its own."""
        return list(self._run("return performance.getEntriesByType('resource').map(r => r.name)"))

    def resize(self, width: int, height: int) -> None:
        """What the page takes for its window, in CSS pixels: also less than a window can have."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        command = "Emulation.setDeviceMetricsOverride"
        self._call("POST", "/goog/cdp/execute", cmd=command, params=size)

    @property
    def too_wide(self) -> list[str]:
        """Everything that reaches beyond the window or its own box: the page, parts of it, words of a drawing."""
        return list(
            self._run(
                """
                const width = document.documentElement.clientWidth, wide = [];
                if (document.documentElement.scrollWidth > width) wide.push('the page');
                for (const each of document.body.querySelectorAll('*:not(svg *)')) {
                    const box = each.getBoundingClientRect();
                    if (box.width && (box.right > width + 1 || box.left < -1))
                        wide.push(`${each.tagName} ${each.textContent.slice(0, 40)}`);
                    else if (each.clientWidth && each.scrollWidth > each.clientWidth + 1)
                        wide.push(`in ${each.tagName} ${each.className} ${each.textContent.slice(0, 40)}`);
                }
                for (const each of document.body.querySelectorAll('svg text')) {
                    const box = each.getBoundingClientRect();
                    const whole = each.ownerSVGElement.getBoundingClientRect();
                    if (box.right > whole.right + 1 || box.left < whole.left - 1)
                        wide.push(`text ${each.textContent}`);
                }
                return wide;
                """
            )
        )

    def screenshot(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self._call("GET", "/screenshot")))

    def _run(self, script: str) -> Any:
        return self._call("POST", "/execute/sync", script=script, args=[])

    def _find(self, css: str) -> str:
        found = self._call("POST", "/element", using="css selector", value=css)
        return str(found[ELEMENT])

    def _call(self, method: str, path: str, **body: Any) -> Any:
        json = body if method == "POST" else None
        answer = self._http.request(method, f"{self._session}{path}", json=json, timeout=60)
        value = answer.json()["value"]
        assert answer.status_code == 200, value
        return value
