"""A fake Pinterest to read from, and the connector's catalog."""

import gc
import gettext
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from integration_tests.connector import Connector, documented
from integration_tests.fake_pinterest import FakePinterest, World
from integration_tests.settings import Adjust, adjusting


def pytest_configure(config: pytest.Config) -> None:
    """The marks that the CDK's standard tests bear."""
    config.addinivalue_line("markers", "image_tests: needs a Docker engine")
    config.addinivalue_line("markers", "requires_creds: needs credentials of a real account")


LONGEST = (
    *("test_dbt", "test_loading", "test_dagster", "test_image", "test_faults", "test_values"),
    *(
        "test_pyairbyte",
        "test_kills",
        "test_ways_of_pinterest",
        "test_plan",
        "test_run",
        "test_login",
    ),
    *("test_faults_of_all_streams", "test_message_sizes", "test_state", "test_malformed_answers"),
    *("test_custom_reports", "test_invariants", "test_daily_reports", "test_secrets"),
    *("test_staying_logged_in", "test_reports", "test_history", "test_requests"),
    *(
        "test_foreign_streams_and_states",
        "test_entity_names",
        "test_acceptance",
        "test_only_active_pins",
    ),
    *("test_demo_report", "test_verify", "test_ways_of_async_reports", "test_fake_pinterest"),
    *("test_async_streams", "test_refused_ids"),
)
"""The files that take longest, which begin first: at the end of a run no core is left without work."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(LONGEST)))


def pytest_sessionstart() -> None:
    """The CDK makes its parser of options anew for each verb, and argparse looks on the disk for a translation of each
    word: there is none."""
    gettext.find = cache(gettext.find)  # type: ignore[assignment]


def pytest_collection_finish() -> None:
    """Thousands of tests are no garbage: looking through them takes longer than most of them.

    Nor is most of what a test makes, until it ends: garbage is looked for more seldom than by default.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture
def adjust() -> Iterator[Adjust]:
    """Changes the limits and retry policies of the connectors that a test runs: `adjust(tries=2)`."""
    with adjusting() as change:
        yield change


@pytest.fixture
def pinterest() -> Iterator[FakePinterest]:
    """The default world: 3 ad accounts, 30 % archived, and every trap."""
    with FakePinterest(World()) as server:
        yield server


@pytest.fixture(scope="module")
def world() -> World:
    """The world of the syncs that the tests of a file share. A file may define another one."""
    return World()


@pytest.fixture(scope="module")
def server(world: World) -> Iterator[FakePinterest]:
    """Serves it to all tests of a file."""
    with FakePinterest(world) as server:
        yield server


@pytest.fixture(scope="session")
def discovered() -> list[dict[str, Any]]:
    """The 16 documented streams, as `discover` finds them; no Pinterest is needed for it."""
    return documented(Connector({}).discover().catalog)


@pytest.fixture(scope="session")
def everything() -> list[dict[str, Any]]:
    """All streams that `discover` finds."""
    return Connector({}).discover().catalog


def connector(pinterest: FakePinterest, day: str = "2026-11-24", **config: Any) -> Connector:
    """The connector on a day, with a token that the fake Pinterest accepts."""
    credentials = {"auth_method": "access_token", "access_token": pinterest.access_token}
    return Connector(
        {"credentials": credentials, "base_url": pinterest.url, **config},
        now=f"{day}T09:00:00+00:00",
    )
