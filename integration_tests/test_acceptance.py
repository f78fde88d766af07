"""Airbyte's acceptance tests: the CDK's standard tests by acceptance-test-config.yml, and what that
file names but they do not run: `incremental`, and records that are known.

`python -m integration_tests.test_acceptance` writes expected_records.jsonl anew, from the fake
Pinterest's world alone.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any, ClassVar

import pytest
from airbyte_cdk.test.models import ConnectorTestScenario
from airbyte_cdk.test.standard_tests.source_base import SourceTestSuiteBase

from integration_tests.connector import Connector, Message, Output, configured
from integration_tests.expected.keys import KEYS
from integration_tests.expected.reports import compare, rows
from integration_tests.fake_pinterest import FakePinterest, World
from source_pinterest import SourcePinterest

FOLDER = Path(__file__).parent


def load(name: str) -> Any:
    return json.loads((FOLDER / name).read_text())


# --- The standard tests ---


COMMANDS = {
    "test_config_matches_spec": "spec",
    "test_check": "check",
    "test_discover": "discover",
    "test_basic_read": "read",
    "test_fail_read_with_bad_catalog": "read",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test for each configuration that the file lists for its command."""
    if "scenario" in metafunc.fixturenames:
        command = COMMANDS[metafunc.function.__name__]
        scenarios = [each for each in TestStandard.get_scenarios() if each.runs(command)]
        metafunc.parametrize("scenario", scenarios, ids=[each.id for each in scenarios])


@pytest.fixture(scope="module")
def pinterest_today() -> Iterator[FakePinterest]:
    """Little of everything: these tests read all streams with all columns, one breakdown by day too."""
    today = datetime.now(timezone.utc).date()
    world = World(epoch=today, ad_accounts=1, campaigns=2, ad_groups=1, ads=4)
    with FakePinterest(world, today=today) as pinterest:
        yield pinterest


class TestStandard(SourceTestSuiteBase):
    """In process, with the machine's own clock."""

    pinterest: ClassVar[FakePinterest]

    @pytest.fixture(autouse=True)
    def serve(self, pinterest_today: FakePinterest) -> None:
        type(self).pinterest = pinterest_today

    @classmethod
    def create_connector(cls, scenario: ConnectorTestScenario | None) -> SourcePinterest:  # noqa: ARG003
        source = SourcePinterest()
        read = source.read_config
        # the files name a port; the fake Pinterest listens on whichever is free
        here = {"base_url": cls.pinterest.url, "backfill_days": 15, "targeting_types": ["GENDER"]}
        source.read_config = lambda path: {**read(path), **here}
        return source


# The image is test_image.py's: from the containers of these, 127.0.0.1 cannot be reached, and one
# of them asks a public registry for a published version, which there is none of.
for name in dir(SourceTestSuiteBase):
    if name.startswith("test_docker_image"):
        setattr(TestStandard, name, None)


# --- The files ---

FIRST = {"today": date(2026, 11, 24), "start": date(2026, 8, 27), "end": date(2026, 11, 23)}
LATEST = {"date": "2026-11-23", "UPDATED_TIME": "2026-11-23T23:59:59Z"}
CATALOG: Message = load("configured_catalog.json")
CURSORS = {
    each["stream"]["name"]: each["cursor_field"][0]
    for each in CATALOG["streams"]
    if each["sync_mode"] == "incremental"
}
DAILY = {"ad_analytics_daily", "pin_analytics", "user_account_analytics"}


def test_the_configured_catalog_is_what_a_platform_makes_of_the_discovered_one(discovered):
    def essence(catalog: Message) -> list[Any]:
        names = ("name", "supported_sync_modes", "source_defined_primary_key")
        return [
            ([each["stream"][name] for name in names], each["sync_mode"], each["primary_key"])
            for each in catalog["streams"]
        ]

    assert essence(CATALOG) == essence(configured(discovered))


# --- Known records, and incremental ---


WORLD = World(campaigns=2, ad_groups=2, ads=2, pins=20)


@pytest.fixture(scope="module")
def connector() -> Iterator[Connector]:
    with FakePinterest(WORLD) as pinterest:
        config = load("acceptance_config.json") | {"base_url": pinterest.url}
        yield Connector(config, now="2026-11-24T09:00:00+00:00")


@pytest.fixture(scope="module")
def first_sync(connector) -> Output:
    return connector.read(CATALOG)


@pytest.fixture(scope="module")
def sync_from_the_future(connector) -> Output:
    return connector.read(CATALOG, load("abnormal_state.json"))


@pytest.mark.parametrize("stream", KEYS)
def test_known_records_are_read(stream, first_sync):
    lines = (FOLDER / "expected_records.jsonl").read_text().splitlines()
    expected = [each["data"] for each in map(json.loads, lines) if each["stream"] == stream]
    keys = [tuple(record[name] for name in KEYS[stream]) for record in expected]
    read = first_sync.records(stream)

    found = [each for each in read if tuple(each[name] for name in KEYS[stream]) in keys]
    comparison = compare(expected, found, KEYS[stream])

    assert expected
    assert comparison.same, f"{comparison}\nIs it the fake Pinterest that has changed? {__doc__}"


def test_a_sync_goes_on_from_a_state_of_some_days_ago(connector):
    output = connector.read(CATALOG, load("sample_state.json"))

    assert output.exit_code == 0
    for stream, cursor in CURSORS.items():
        start = "2026-10-22" if stream in DAILY else "2026-08-27"  # 30 days before 2026-11-21
        window = FIRST | {"start": date.fromisoformat(start)}
        comparison = compare(rows(WORLD, stream, **window), output.records(stream), KEYS[stream])
        assert comparison.same, f"{stream}: {comparison}"
        if stream not in {"pin_analytics", "user_account_analytics"}:  # whose end is not final yet
            (reached,) = {entry[cursor] for entry in output.states(stream)[-1].values()}
            assert reached == LATEST[cursor]


def test_a_state_from_the_future_reads_no_day_and_moves_nothing_back(sync_from_the_future):
    state, output = load("abnormal_state.json"), sync_from_the_future

    assert output.exit_code == 0
    for stream in DAILY:
        before = next(
            each["stream"]["stream_state"]
            for each in state
            if each["stream"]["stream_descriptor"]["name"] == stream
        )
        assert output.records(stream) == []
        assert output.states(stream)[-1] == before


def test_totals_cover_the_whole_window_whatever_the_state_says(sync_from_the_future):
    output = sync_from_the_future

    for stream in CURSORS.keys() - DAILY:
        comparison = compare(rows(WORLD, stream, **FIRST), output.records(stream), KEYS[stream])
        assert comparison.same, f"{stream}: {comparison}"


def test_two_full_refreshes_read_the_same(connector, discovered):
    catalog = configured(discovered, sync_mode="full_refresh")

    first, second = connector.read(catalog), connector.read(catalog)

    for stream, key in KEYS.items():

        def by_key(output: Output, stream: str = stream, key: Sequence[str] = key) -> list[Any]:
            return sorted(
                output.records(stream), key=lambda record: [str(record[name]) for name in key]
            )

        assert by_key(first) == by_key(second)


def write_expected_records() -> None:
    lines = [
        json.dumps({"stream": stream, "data": record, "emitted_at": 1795510800000})
        for stream in KEYS
        for record in itertools.islice(rows(WORLD, stream, **FIRST), 2)
    ]
    (FOLDER / "expected_records.jsonl").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    write_expected_records()
