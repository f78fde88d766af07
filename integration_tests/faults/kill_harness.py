"""Syncs of everything that are killed by SIGKILL at random points and resumed until complete."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from integration_tests.connector import Message, Output
from integration_tests.expected.keys import KEYS
from integration_tests.expected.reports import compare, rows
from integration_tests.fake_pinterest import FakePinterest, World
from integration_tests.faults.fault_harness import Setting, smaller
from integration_tests.forked import forked

NOW = "2026-11-24T09:00:00+00:00"
WINDOW = {"today": date(2026, 11, 24), "start": date(2026, 11, 9), "end": date(2026, 11, 23)}

CONFIG = {"backfill_days": 15, "lookback_days": 7, "reconcile": False}


@dataclass
class Kills:
    kills: int = 0
    syncs: int = 0
    """Completed, each from nothing."""
    requests: int = 0
    expected: int = 0
    read: int = 0
    in_progress: int = 0
    """Rows of streams with a cursor that were under way at a kill, delivered until then."""
    twice: int = 0
    """Of these, those that an attempt after the kill delivered again."""
    reports: Counter[str] = field(default_factory=Counter)
    """What was asked for with POST …/reports, and how often."""
    problems: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        return self.twice / max(1, self.in_progress)


def attempt(
    folder: Path,
    states: list[Message],
    lines_until_the_kill: int | None,
    ids: int,
    setting: Setting,
) -> Output:
    """The output of a process: to its end, or to a SIGKILL after so many lines."""
    (folder / "state.json").write_bytes(orjson.dumps(states))
    files = [f"--{name}={folder / name}.json" for name in ("config", "catalog", "state")]
    limits = {"ids_per_report": ids, "pins_per_report": ids, "page_size": 50, **setting.limits}
    with forked(["read", *files], NOW, **limits) as process:
        lines: list[bytes] = []
        for line in process.stdout:
            lines.append(line)
            if len(lines) == lines_until_the_kill:
                process.kill()
        status = process.wait()
    return Output([line.decode() for line in lines if line.endswith(b"\n")], status)


def states_of(outputs: list[Output]) -> list[Message]:
    last = {
        state["stream"]["stream_descriptor"]["name"]: state
        for output in outputs
        for state in output.last_states
    }
    return list(last.values())


def keys_of(output: Output, stream: str, key: list[str]) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(row[n] for n in key) for row in output.records(stream))


def killed(
    world: World,
    catalog: Message,
    kills: int,
    seed: int,
    ids: int = 10,
    setting: Setting | None = None,
) -> Kills:
    """Chains of attempts, each chain one sync, until there were so many kills.

    `ids`: of a request. 240 ads in batches of 10 are 6,000 ads in batches of 250.
    """
    chance = random.Random(seed)
    report = Kills()
    selected = {
        each["stream"]["name"]: list(each["stream"]["json_schema"]["properties"])
        for each in catalog["streams"]
    }
    setting = setting or Setting(
        CONFIG, KEYS, lambda name, fields: rows(world, name, columns=fields, **WINDOW)
    )
    with smaller(setting):
        return _killed(report, chance, world, catalog, kills, ids, setting, selected)


def _killed(
    report: Kills,
    chance: random.Random,
    world: World,
    catalog: Message,
    kills: int,
    ids: int,
    setting: Setting,
    selected: dict[str, list[str]],
) -> Kills:
    expected = {name: setting.rows(name, fields) for name, fields in selected.items()}
    with_state = {
        each["stream"]["name"] for each in catalog["streams"] if each["sync_mode"] == "incremental"
    }
    whole = sum(map(len, expected.values()))
    with FakePinterest(world) as pinterest, tempfile.TemporaryDirectory() as name:
        pinterest.reports.kept_by_body = False  # so that who asks once more is counted
        folder = Path(name)
        config = {
            "credentials": {"auth_method": "access_token", "access_token": pinterest.access_token},
            "base_url": pinterest.url,
            **setting.config,
        }
        (folder / "config.json").write_bytes(orjson.dumps(config))
        (folder / "catalog.json").write_bytes(orjson.dumps(catalog))
        while report.kills < kills:
            outputs: list[Output] = []
            while True:
                point = chance.randrange(1, whole) if report.kills < kills else None
                outputs.append(attempt(folder, states_of(outputs), point, ids, setting))
                if outputs[-1].exit_code != -9:
                    break
                report.kills += 1
            report.syncs += 1
            report.expected += whole
            judge(report, setting, expected, with_state, outputs)
        report.requests = len(pinterest.requests)
        for made in pinterest.reports.made.values():
            report.reports[f"{made.account.id} {orjson.dumps(made.body).decode()}"] += 1
    return report


def judge(
    report: Kills,
    setting: Setting,
    expected: dict[str, list[dict[str, Any]]],
    with_state: set[str],
    outputs: list[Output],
) -> None:
    last = outputs[-1]
    if last.exit_code != 0 or set(last.statuses.values()) != {"COMPLETE"}:
        said = [error["message"] for error in last.errors]
        report.problems.append(f"the last attempt ended with {last.exit_code}: {said}")
    for stream, wanted in expected.items():
        key = setting.keys[stream]
        table: dict[tuple[Any, ...], dict[str, Any]] = {}
        for output in outputs:
            for row in output.records(stream):
                kept = {name: row[name] for name in row if name not in setting.ignored}
                table[tuple(row[name] for name in key)] = kept
            report.read += len(output.records(stream))
        found = compare(wanted, table.values(), key)
        if not found.same:
            report.problems.append(f"{stream}: {found}")
        if stream in with_state:
            counted(report, stream, key, outputs)


def counted(report: Kills, stream: str, key: list[str], outputs: list[Output]) -> None:
    """Adds what was under way at each kill, and what of it came again.

    What came again of a stream that was complete before a kill is its lookback, or its totals.
    """
    delivered: set[tuple[Any, ...]] = set()
    for output in outputs:
        now = keys_of(output, stream, key)
        report.twice += len(delivered & now.keys())
        delivered |= now.keys()
        states = output.states(stream)
        # complete, too, if it was killed between its last STATE and what says so
        is_done = states and states[-1] and not any("sweep" in each for each in states[-1].values())
        if output.statuses.get(stream) == "COMPLETE" or is_done:
            return
        report.in_progress += len(delivered) if output.exit_code == -9 else 0
