"""Five hundred ad accounts of two hundred ads each: the plan, one connection, and four that share a login.

    .venv-test/bin/python -m benchmarks.shards             500 ad accounts: about 10 minutes
    .venv-test/bin/python -m benchmarks.shards 20          fewer, to try it
    .venv-test/bin/python -m benchmarks.shards --dagster   and the four on Dagster, one of which is killed: about 25

The fake Pinterest has no rate limits. The connector's own budget runs on a clock of its own, which passes only
while a request waits for the budget: what it shows at the end is the time that the limits alone take.

Eight of the streams, 15 days and nine columns, because the rows of 100,000 ads are many. Linux only: it reads the
memory of a process from /proc.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.measure import ENVIRONMENT, ROOT
from benchmarks.without_waiting import COMMAND
from integration_tests.connector import Connector, configured
from integration_tests.dagster_example import Example, dagster, dbt, kill_the_connector
from integration_tests.fake_pinterest import FakePinterest, World
from source_pinterest.api.facts import api_facts

TODAY = date(2026, 11, 24)
STREAMS = [
    *("campaigns", "ad_groups", "ads", "campaign_analytics", "ad_group_analytics", "ad_analytics"),
    *("campaign_targeting_analytics", "ad_analytics_daily"),
]
COLUMNS = [
    *("SPEND_IN_MICRO_DOLLAR", "SPEND_IN_DOLLAR", "IMPRESSION_1", "IMPRESSION_2", "CLICKTHROUGH_1"),
    *("CTR", "OUTBOUND_CLICK_1", "TOTAL_CONVERSIONS", "TOTAL_CHECKOUT"),
]
CONNECTIONS = 4
KILLED = "shard_03"

Usages = list[dict[str, Any]]
"""Of each process: verb, minutes of the limits, peak memory in MB."""

Fingerprints = dict[str, tuple[int, int]]
"""Of each stream, whatever the order of its rows: their number, and the sum of the hashes of keys and values."""


# --- Rows ---


class Rows:
    """The records of some connections."""

    def __init__(self) -> None:
        self.fingerprints: Fingerprints = {}

    def add(self, line: bytes) -> None:
        """`line`: a RECORD message, whose stream and data stand in front of its time."""
        record = line[: line.rindex(b',"emitted_at"')]
        stream = record.split(b'"stream":"', 1)[1].split(b'"', 1)[0].decode()
        number, total = self.fingerprints.get(stream, (0, 0))
        value = int.from_bytes(hashlib.blake2b(record, digest_size=8).digest(), "big")
        self.fingerprints[stream] = number + 1, (total + value) & (1 << 64) - 1


def in_tables(databases: Iterable[Path]) -> Fingerprints:
    """Of the tables of some DuckDB files, without what the loader adds."""
    import duckdb

    found: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for path in databases:
        with duckdb.connect(str(path), read_only=True) as database:
            for stream in STREAMS:
                columns = database.sql(f"describe pinterest.{stream}").fetchall()
                names = sorted(f'"{row[0]}"' for row in columns if not row[0].startswith("_"))
                number, total = database.sql(
                    f"select count(*), coalesce(sum(hash({', '.join(names)})::hugeint), 0) "  # noqa: S608
                    f"from pinterest.{stream}"
                ).fetchall()[0]
                found[stream][0] += number
                found[stream][1] += total
    return {stream: (number, total) for stream, (number, total) in found.items()}


def in_all(fingerprints: Fingerprints) -> int:
    return sum(number for number, _ in fingerprints.values())


# --- Processes ---


@contextmanager
def usages(folder: Path) -> Any:
    """A list, and the environment of processes whose usage it has afterwards."""
    file = folder / "usage.jsonl"
    file.unlink(missing_ok=True)
    found: Usages = []
    yield found, {**ENVIRONMENT, "PYTHONPATH": str(ROOT), "USAGE": str(file)}
    if file.exists():
        found.extend(map(json.loads, file.read_text("utf-8").splitlines()))


def arguments(folder: Path) -> list[str]:
    return ["--config", str(folder / "config.json"), "--catalog", str(folder / "catalog.json")]


def read(folders: list[Path], rows: Rows) -> tuple[Usages, float]:
    """Reads connections at the same time: what each took, and the seconds of all."""
    began = time.monotonic()
    with usages(folders[0]) as (found, environment):
        processes = [
            subprocess.Popen(
                [*COMMAND, "read", *arguments(folder)],
                cwd=ROOT,
                env=environment,
                stdout=(folder / "output.jsonl").open("wb"),
                stderr=subprocess.DEVNULL,
            )
            for folder in folders
        ]
        codes = [process.wait() for process in processes]
    seconds = time.monotonic() - began
    if any(codes):
        raise SystemExit(f"exit codes {codes}")
    for folder in folders:
        with (folder / "output.jsonl").open("rb") as output:
            for line in output:
                if line.startswith(b'{"type":"RECORD"'):
                    rows.add(line)
        (folder / "output.jsonl").unlink()
    return found, seconds


def plan(folder: Path, *options: str) -> tuple[dict[str, Any], Usages, float]:
    """The plan, what it took, and its seconds."""
    began = time.monotonic()
    with usages(folder) as (found, environment):
        printed = subprocess.run(
            [*COMMAND, "plan", "--json", *arguments(folder), *options],
            cwd=ROOT,
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
        ).stdout
    return json.loads(printed), found, time.monotonic() - began


def load(folder: Path, into: Path) -> tuple[Usages, float]:
    """Loads one connection into DuckDB."""
    began = time.monotonic()
    with usages(folder) as (found, environment):
        subprocess.run(
            [*COMMAND, "load", *arguments(folder), "--into", str(into)],
            cwd=ROOT,
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    return found, time.monotonic() - began


def on_dagster(folder: Path) -> tuple[Mapping[str, Path], Usages, float]:
    """Loads four connections with the example, and kills one that has loaded something. The databases."""
    began = time.monotonic()
    with usages(folder) as (found, environment):
        example = Example(folder, dagster(), dbt(), COMMAND, USAGE=environment["USAGE"])
        shard = example.shards / KILLED

        def has_loaded() -> bool:
            return sum(each.stat().st_size for each in shard.glob("data.duckdb*")) > 1_000_000

        process = example.start()
        killed = kill_the_connector(process, shard, has_loaded)
        output, _ = process.communicate()
    if process.returncode or not killed or "STEP_RESTARTED" not in example.log(KILLED):
        raise SystemExit(output + example.logs())
    return example.databases(), found, time.monotonic() - began


def sent(pinterest: FakePinterest) -> dict[str, int]:
    """By rate limit, since the last look."""
    operations = api_facts()["operations"]
    found = Counter(
        str(operations[str(request.operation)]["rate_limit_category"])
        for request in pinterest.requests
    )
    pinterest.requests.clear()
    return dict(found)


# --- What is said ---


def tell(what: str, usage: Usages, seconds: float, requests: dict[str, int]) -> None:
    by_verb: defaultdict[str, Usages] = defaultdict(list)
    for each in usage:
        by_verb[each["verb"]].append(each)
    print(f"{what}: {seconds:.0f} s; sent {requests}")
    for verb, of_verb in by_verb.items():
        memory = ", ".join(str(each["peak_mb"]) for each in of_verb)
        minutes = ", ".join(str(each["minutes"]) for each in of_verb)
        print(f"  {verb}: {memory} MB; minutes of the limits {minutes}", flush=True)


def compare(planned: dict[str, Any], one: Fingerprints, others: Fingerprints) -> None:
    for stream, (number, _) in one.items():
        most = planned["streams"][stream]["rows"]
        same = "the same" if others.get(stream) == one[stream] else "DIFFERENT"
        print(f"  {stream}: planned {most:,} rows at most, read {number:,}, together {same}")
    print(f"  rows equal: {one == others} ({in_all(one):,})", flush=True)


def measure(ad_accounts: int, *, with_dagster: bool) -> None:
    world = World(
        epoch=TODAY, ad_accounts=ad_accounts, campaigns=10, ad_groups=4, ads=5, pins=2, boards=1
    )
    with (
        FakePinterest(
            world, today=TODAY, lookback_days=90, refused_targeting_types=set()
        ) as pinterest,
        tempfile.TemporaryDirectory() as name,
    ):
        folder = Path(name)
        config = {
            "credentials": {
                "auth_method": "access_token",
                "access_token": pinterest.access_token,
            },
            "base_url": pinterest.url,
            "backfill_days": 15,
        }
        streams = Connector(config).discover().catalog
        fields = {
            each["name"]: [
                field
                for field in each["json_schema"]["properties"]
                if not field.isupper() or field in COLUMNS
            ]
            for each in streams
        }
        catalog = configured(streams, STREAMS, fields=fields)
        (folder / "config.json").write_text(json.dumps(config))
        (folder / "catalog.json").write_text(json.dumps(catalog))
        into = folder / "parts"

        planned, usage, seconds = plan(folder, "--shards", str(CONNECTIONS), "--into", str(into))
        tell("plan", usage, seconds, sent(pinterest))
        print(f"  requests {planned['requests']}, least minutes {planned['minutes']}")
        print(f"  rows at most {planned['rows']:,}, {planned['gigabytes']:.2f} GB")
        for shard in planned["shards"]:
            print(
                f"  {shard['name']}: {len(shard['ad_accounts'])} ad accounts, "
                f"{shard['requests']}, least minutes {shard['minutes']}"
            )
        whole, parts = Rows(), Rows()
        usage, seconds = read([folder], whole)
        tell("one connection", usage, seconds, sent(pinterest))
        usage, seconds = read(sorted(into.glob("shard_*")), parts)
        tell(f"{CONNECTIONS} connections", usage, seconds, sent(pinterest))
        compare(planned, whole.fingerprints, parts.fingerprints)
        if with_dagster:
            single = folder / "single.duckdb"
            usage, seconds = load(folder, single)
            tell("one connection into DuckDB", usage, seconds, sent(pinterest))
            databases, usage, seconds = on_dagster(folder)
            tell(f"{CONNECTIONS} on Dagster, one killed", usage, seconds, sent(pinterest))
            compare(planned, in_tables([single]), in_tables(databases.values()))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shards")
    parser.add_argument("ad_accounts", type=int, nargs="?", default=500)
    parser.add_argument("--dagster", action="store_true", help="the four on Dagster, too")
    given = parser.parse_args()
    measure(given.ad_accounts, with_dagster=given.dagster)


if __name__ == "__main__":
    main()
