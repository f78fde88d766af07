"""Verifications of a fake Pinterest, and the recording that is made of one.

    python -m integration_tests.record

writes `recordings/fake_pinterest.json` anew, which is what `source-pinterest verify --record` says of the
fake as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from integration_tests.fake_pinterest import FakePinterest, World
from source_pinterest.config.config import Config
from source_pinterest.verify.allowance import Allowance
from source_pinterest.verify.exchange import Exchange
from source_pinterest.verify.findings import Finding
from source_pinterest.verify.login_file import LoginFile
from source_pinterest.verify.recording import recording
from source_pinterest.verify.verification import findings
from source_pinterest.verify.wiring import make_subject

RECORDINGS = Path(__file__).parent / "recordings"
OF_THE_FAKE = RECORDINGS / "fake_pinterest.json"
NOW = datetime.fromisoformat("2026-11-24T09:00:00+00:00")


class Clock:
    """Stands still but for what is slept, and for what a test adds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass(frozen=True)
class Verification:
    """The findings of a verification, and the answers that it has seen."""

    findings: list[Finding]
    exchanges: list[Exchange]

    @property
    def results(self) -> dict[str, str]:
        return {each.belief: each.result.value for each in self.findings}

    @property
    def details(self) -> dict[str, str]:
        return {each.belief: each.detail for each in self.findings}


def credentials(pinterest: FakePinterest, is_renewed: bool = False) -> dict[str, str]:
    """A token that is accepted; or a login that has to be renewed first."""
    if not is_renewed:
        return {"auth_method": "access_token", "access_token": pinterest.access_token}
    return {
        "auth_method": "oauth2.0",
        "client_id": pinterest.client_id,
        "client_secret": pinterest.client_secret,
        "refresh_token": pinterest.refresh_token,
    }


def verified(
    pinterest: FakePinterest,
    path: Path,
    is_renewed: bool = False,
    clock: Clock | None = None,
    **config: Any,
) -> Verification:
    """A verification, without its command line. `path`: where a renewed login is written."""
    raw = {
        "credentials": credentials(pinterest, is_renewed),
        "base_url": pinterest.url,
        **config,
    }
    path.write_text(json.dumps(raw), encoding="utf-8")
    clock = clock or Clock()
    file = LoginFile(raw, path, None, lambda _: None)
    subject = make_subject(Config.parse(raw), Allowance(clock, clock.sleep), file, lambda: NOW)
    return Verification(findings(subject), subject.exchanges)


@contextmanager
def fake(**modes: Any) -> Iterator[FakePinterest]:
    """A fake Pinterest of the default world, with some attributes set."""
    pinterest = FakePinterest(World())
    for name, value in modes.items():
        if not hasattr(pinterest, name):
            raise AttributeError(f"FakePinterest has no {name}")
        setattr(pinterest, name, value)
    with pinterest:
        yield pinterest


def recorded_of_the_fake(folder: Path) -> dict[str, Any]:
    with fake() as pinterest:
        found = verified(pinterest, folder / "config.json", is_renewed=True)
        secrets = [*pinterest.access_tokens, *pinterest.refresh_tokens, pinterest.client_secret]
    made = recording(found.exchanges, secrets, NOW)
    for exchange in made["exchanges"]:
        exchange.get("cut", {}).pop("/url", None)  # the length of an address of a report is chance
    return made


def main() -> None:
    import tempfile

    RECORDINGS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        content = recorded_of_the_fake(Path(folder))
    OF_THE_FAKE.write_text(
        json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
