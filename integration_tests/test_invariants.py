"""Properties that hold in every world, under every schedule of faults, wherever a sync is cut off.

A few examples, always the same ones; `script/faults --random 500` draws 500 others.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from integration_tests.connector import Message, Output
from integration_tests.expected.keys import KEYS
from integration_tests.expected.reports import compare, rows
from integration_tests.fake_pinterest import FakePinterest, World
from integration_tests.fake_pinterest.metrics import mixed
from integration_tests.faults.fault_harness import WINDOW, ahead, catalog, hurried, login
from integration_tests.faults.faults import FAULTS, SIZED, Fault
from integration_tests.faults.faulty_proxy import Act, Exchange, FaultyProxy

EXAMPLES = int(os.environ.get("EXAMPLES", "0"))
REPORTS = [name for name in KEYS if name.endswith(("analytics", "_daily"))]
PASSING = [
    fault
    for fault in FAULTS
    if not (fault.fatal or fault.is_slow or fault.connect or fault.left_out or fault.where is SIZED)
]
"""Those that a repeated request cures, or that do no harm."""

worlds = st.builds(
    World,
    seed=st.integers(1, 1_000),
    ad_accounts=st.integers(1, 4),
    campaigns=st.integers(1, 3),
    ad_groups=st.integers(1, 2),
    ads=st.integers(1, 3),
    pins=st.integers(0, 12),
    boards=st.integers(0, 4),
    followers=st.integers(0, 4),
    interests=st.integers(0, 3),
    account_without_ads_role=st.booleans(),
    stuck_pin=st.booleans(),
    repeated_keyword=st.booleans(),
)
sizes = st.fixed_dictionaries(
    {
        "ids_per_report": st.integers(1, 7),
        "pins_per_report": st.integers(1, 7),
        "page_size": st.integers(2, 9),
        "targeting_types_per_report": st.integers(3, 14),
        "requests_ahead": st.integers(1, 8),
        "requests_at_once": st.sampled_from([1, 2, 100]),
        "empty_pages": st.just(10),
    }
)
few = settings(
    max_examples=EXAMPLES or 6,
    phases=[Phase.explicit, Phase.generate],  # to make a failure smaller takes an hour
    deadline=None,
    derandomize=not EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def everything(discovered: list[dict[str, Any]]) -> Message:
    return catalog(discovered)


def expected_of(world: World, chosen: Message) -> dict[str, list[dict[str, Any]]]:
    return {
        each["stream"]["name"]: rows(
            world,
            each["stream"]["name"],
            columns=list(each["stream"]["json_schema"]["properties"]),
            **WINDOW,
        )
        for each in chosen["streams"]
    }


def key_of(stream: str, row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in KEYS[stream])


def until_states(output: Output, cut: int) -> Output:
    """The output before a kill after so many lines."""
    return Output(output.lines[:cut], exit_code=-9)


def answered(pinterest: FakePinterest) -> Iterator[tuple[str, ...]]:
    """(path, id, targeting type or "", day or the whole window) of each report request that was answered;
    but for those of one day, which look for what is refused."""
    for request in pinterest.requests:
        days = tuple(request.params.get(f"{end}_date", [""])[0] for end in ("start", "end"))
        if request.status != 200 or days[0] == days[1]:
            continue
        ids = next((v for k, v in request.params.items() if k.endswith("_ids")), [request.path])
        types = ",".join(request.params.get("targeting_types", [""])).split(",")
        path = "pins" if request.path.startswith("/pins/") else request.path
        granularity = request.params.get("granularity", ["DAY"])[0]
        for one in ",".join(ids).split(","):
            yield from ((path, one, kind, granularity, *days) for kind in types)


@few
@given(world=worlds, limits=sizes, multi_pin=st.booleans())
def test_without_faults_every_key_comes_once_and_every_id_is_asked_for_once(
    world, limits, multi_pin, everything
):
    with hurried(**limits), FakePinterest(world, multi_pin=multi_pin) as pinterest:
        output = login(pinterest, pinterest.url).read(everything)

    assert output.exit_code == 0
    for stream, expected in expected_of(world, everything).items():
        found = compare(expected, output.records(stream), KEYS[stream])
        assert found.same, f"{stream}: {found}"
    counted = Counter(answered(pinterest))
    assert counted
    assert not {what for what, times in counted.items() if times > 1}


@few
@given(world=worlds, limits=sizes, seed=st.integers(0, 10_000), share=st.integers(1, 50))
def test_the_faults_of_a_moment_leave_every_row_or_an_error(world, limits, seed, share, everything):
    def choose(exchange: Exchange) -> Act | None:
        drawn = mixed(seed, exchange.number, *exchange.target.encode())
        if drawn % 100 >= share:
            return None
        fault: Fault = PASSING[drawn // 100 % len(PASSING)]
        ignored = bool(fault.ignored or fault.more_rows or fault.warning)
        return fault.act if fault.where.match(exchange.path) and not ignored else None

    with hurried(**limits), FakePinterest(world) as pinterest:
        with FaultyProxy(pinterest, choose) as proxy:
            first = login(pinterest, proxy.url).read(everything)
        second = login(pinterest, pinterest.url).read(everything, first.last_states)

    assert second.exit_code == 0
    for stream, expected in expected_of(world, everything).items():
        found = compare(expected, first.records(stream), KEYS[stream])
        assert [*found.duplicate, *found.unexpected, *found.wrong] == [], f"{stream}: {found}"
        if first.statuses[stream] == "COMPLETE":
            assert not found.missing, f"{stream}: {found}"
        missing = [row for row in expected if key_of(stream, row) in set(found.missing)]
        assert ahead(stream, KEYS[stream], missing, first) == []
        table = {
            key_of(stream, row): row for row in [*first.records(stream), *second.records(stream)]
        }
        in_window = [row for row in table.values() if row.get("date", "9") >= "2026-11-09"]
        in_the_end = compare(expected, in_window, KEYS[stream])
        assert in_the_end.same, f"{stream}: {in_the_end}"


@few
@given(world=worlds, limits=sizes, cuts=st.lists(st.floats(0.02, 0.98), min_size=1, max_size=4))
def test_wherever_it_is_cut_off_nothing_is_lost_and_no_state_runs_ahead(
    world, limits, cuts, everything
):
    expected = expected_of(world, everything)
    states: list[Message] = []
    tables: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {name: {} for name in expected}
    with hurried(**limits), FakePinterest(world) as pinterest:
        for cut in [*cuts, 1.0]:
            whole: Output = login(pinterest, pinterest.url).read(everything, states)
            output = until_states(whole, max(1, int(cut * len(whole.lines))))
            known = {state["stream"]["stream_descriptor"]["name"]: state for state in states}
            for state in output.last_states:
                known[state["stream"]["stream_descriptor"]["name"]] = state
            states = list(known.values())
            for stream, table in tables.items():
                table.update((key_of(stream, row), row) for row in output.records(stream))
                if stream in REPORTS and not table.keys() >= {
                    key_of(stream, row) for row in expected[stream]
                }:
                    missing = [row for row in expected[stream] if key_of(stream, row) not in table]
                    assert ahead(stream, KEYS[stream], missing, output) == []

    for stream, table in tables.items():
        in_window = [row for row in table.values() if row.get("date", "9") >= "2026-11-09"]
        found = compare(expected[stream], in_window, KEYS[stream])
        assert found.same, f"{stream}: {found}"
