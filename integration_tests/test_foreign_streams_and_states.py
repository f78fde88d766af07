"""Streams and states that this connector does not know, or no longer knows, through the real entry point:
each fails alone, the others are read, and every stream has a last status, whatever happens."""

from __future__ import annotations

import json
import threading
from collections import Counter
from typing import Any

import pytest
from airbyte_cdk.utils import AirbyteTracedException
from airbyte_cdk.utils.memory_monitor import MemoryMonitor

from integration_tests.conftest import connector
from integration_tests.connector import Message, Output, configured
from integration_tests.fake_pinterest import Request
from integration_tests.faults.fault_harness import catalog as few_columns
from integration_tests.test_state import EUR, JPY, USD, state_of
from source_pinterest import source
from source_pinterest.streams.lists.campaigns import Campaigns
from source_pinterest.streams.lists.user import Boards

USER = "2783136121146311751"
READ = {"since": "2026-08-26", "date": "2026-11-22"}
REPORT = {"name": "by_week", "level": "ad", "granularity": "WEEK", "columns": ["CTR"]}
STATEFUL = {
    "ad_analytics_daily": USD,
    "ad_analytics": USD,
    "campaign_targeting_analytics": USD,
    "ad_targeting_analytics": USD,
    "pin_analytics": USER,
    "user_account_analytics": USER,
}


def statuses(output: Output) -> dict[str, list[str]]:
    """All statuses of each stream, in order, but RUNNING."""
    found: dict[str, list[str]] = {}
    for trace in output.of_type("TRACE"):
        if trace["type"] == "STREAM_STATUS":
            status = trace["stream_status"]
            found.setdefault(status["stream_descriptor"]["name"], []).append(status["status"])
    return {name: [each for each in all_ if each != "RUNNING"] for name, all_ in found.items()}


GREEN, RED = ["STARTED", "COMPLETE"], ["STARTED", "INCOMPLETE"]


def errors_of(output: Output) -> dict[str, dict[str, Any]]:
    """The error of each stream."""
    return {
        each["stream_descriptor"]["name"]: each
        for each in output.errors
        if each.get("stream_descriptor")
    }


def assert_it_is_said(output: Output, stream: str, *parts: str) -> None:
    error = errors_of(output)[stream]
    for part in parts:
        assert part in error["message"]
    assert error["failure_type"] == "config_error"
    assert f"ERROR {error['message']}" in output.logs
    assert output.exit_code == 1
    last = output.errors[-1]
    assert last["message"].startswith("These streams are incomplete: ")
    assert stream in last["message"]
    assert "Traceback" not in "\n".join(output.lines)


def renamed(stream: Message, name: str) -> Message:
    return {**stream, "stream": {**stream["stream"], "name": name}}


# --- Streams ---


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("bords", " Did you mean boards?"),
        ("quarterly_targets", ""),
        ("Größe 日本", ""),
        ("boards\n\x1b[2J", None),
        ("x" * 100_000, ""),
        ("__ab_boards", None),
    ],
)
def test_an_unknown_stream_in_the_catalog_fails_alone(pinterest, discovered, name, hint):
    catalog = configured(discovered, ["boards", "campaigns"])
    catalog["streams"].insert(0, renamed(catalog["streams"][0], name))

    output = connector(pinterest).read(catalog)

    assert statuses(output) == {name: RED, "boards": GREEN, "campaigns": GREEN}
    assert output.records("boards")
    assert output.records("campaigns")
    parts = [
        "which is neither a stream of this connector nor a custom report.",
        "Refresh the connection's schema, and deselect it.",
    ]
    if hint is not None:
        parts.append(f"custom report.{hint} Refresh")
    error = errors_of(output)[name]
    assert all(part in error["message"] for part in parts)
    assert error["failure_type"] == "config_error"
    assert len(error["message"]) < 500
    assert output.exit_code == 1


def test_a_renamed_custom_report_fails_only_under_its_old_name(pinterest):
    before = connector(pinterest, custom_reports=[REPORT])
    old = [each for each in before.discover().catalog if each["name"] in ("by_week", "boards")]
    now = connector(pinterest, custom_reports=[{**REPORT, "name": "by_weeks"}])

    output = now.read(configured(old), state_of("by_week", {USD: READ}))

    assert statuses(output) == {"by_week": RED, "boards": GREEN}
    assert_it_is_said(output, "by_week", "'by_week'", "Did you mean by_weeks?")
    assert {request.operation for request in pinterest.requests} == {"GET /boards"}


def test_a_catalog_of_strangers_only_asks_pinterest_for_nothing(pinterest, discovered):
    (boards,) = configured(discovered, ["boards"])["streams"]
    names = [f"stranger_{number}" for number in range(300)]

    output = connector(pinterest).read({"streams": [renamed(boards, name) for name in names]})

    assert statuses(output) == dict.fromkeys(names, RED)
    assert output.exit_code == 1
    assert pinterest.requests == []
    assert "stranger_0, stranger_1, " in output.errors[-1]["message"]
    assert " and 100 more. Each one's own error" in output.errors[-1]["message"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"sync_mode": "mirror"}, '`sync_mode`: "mirror" is not one of'),
        ({"sync_mode": None}, "`sync_mode`: "),
        ({"destination_sync_mode": "merge"}, '`destination_sync_mode`: "merge" is not one of'),
        ({"primary_key": [None]}, "`primary_key/0`: "),
        ({"cursor_field": "date"}, "`cursor_field`: "),
        ({"stream": {"json_schema": None}}, "`stream/json_schema`: it is null"),
        ({"stream": {"json_schema": []}}, "`stream/json_schema`: it is a list, not an object"),
        (
            {"stream": {"json_schema": {"properties": 5}}},
            "properties`: it is a number, not an object",
        ),
        (
            {"stream": {"json_schema": {"properties": ["id"]}}},
            "properties`: it is a list, not an obj",
        ),
        ({"stream": {"supported_sync_modes": ["mirror"]}}, "`stream/supported_sync_modes/0`: "),
        ({"stream": {"supported_sync_modes": None}}, "`stream/supported_sync_modes`: "),
    ],
)
def test_a_wrong_entry_of_the_catalog_fails_only_its_stream(pinterest, discovered, wrong, said):
    catalog = configured(discovered, ["boards", "ad_analytics"])
    entry = next(each for each in catalog["streams"] if each["stream"]["name"] == "ad_analytics")
    stream = wrong.get("stream", {})
    entry.update({**wrong, "stream": {**entry["stream"], **stream}})

    output = connector(pinterest).read(catalog)

    assert statuses(output) == {"ad_analytics": RED, "boards": GREEN}
    assert_it_is_said(
        output,
        "ad_analytics",
        "The catalog's entry of ad_analytics cannot be read (",
        said,
        "Refresh the connection's schema, and select the stream again.",
    )


@pytest.mark.parametrize("part", ["stream", "sync_mode", "destination_sync_mode"])
def test_an_entry_of_the_catalog_that_lacks_a_part_fails_only_its_stream(
    pinterest, discovered, part
):
    catalog = configured(discovered, ["boards", "ads"])
    entry = next(each for each in catalog["streams"] if each["stream"]["name"] == "ads")
    if part == "stream":
        del entry["stream"]["json_schema"]
    else:
        del entry[part]

    output = connector(pinterest).read(catalog)

    assert statuses(output) == {"ads": RED, "boards": GREEN}
    assert_it_is_said(output, "ads", "is a required property")


@pytest.mark.parametrize(
    "right",
    [
        {"primary_key": None, "cursor_field": None},
        {"generation_id": 0, "sync_id": 1, "a_field_of_a_newer_protocol": {"x": [1]}},
        {"stream": {"json_schema": {}}},
        {"stream": {"json_schema": {"properties": None}}},
        {"stream": {"source_defined_primary_key": None, "default_cursor_field": None}},
    ],
)
def test_what_a_catalog_may_leave_out_or_add_is_no_fault(pinterest, discovered, right):
    catalog = configured(discovered, ["boards"])
    (entry,) = catalog["streams"]
    entry.update({**right, "stream": {**entry["stream"], **right.get("stream", {})}})

    output = connector(pinterest).read(catalog)

    assert statuses(output) == {"boards": GREEN}
    assert output.records("boards")


def test_a_stream_that_a_catalog_names_twice_is_read_once(pinterest, discovered):
    catalog = configured(discovered, ["boards", "ad_analytics"])
    catalog["streams"] *= 2

    output = connector(pinterest).read(catalog)

    assert statuses(output) == {"boards": GREEN, "ad_analytics": GREEN}
    ids = Counter(record["id"] for record in output.records("boards"))
    assert set(ids.values()) == {1}
    assert output.exit_code == 0


def test_a_stream_with_two_different_entries_in_the_catalog_fails_alone(pinterest, discovered):
    catalog = configured(discovered, ["boards", "ad_analytics"])
    again = configured(discovered, ["ad_analytics"], sync_mode="full_refresh")
    catalog["streams"] += again["streams"]

    output = connector(pinterest).read(catalog)

    assert statuses(output) == {"boards": GREEN, "ad_analytics": RED}
    assert_it_is_said(output, "ad_analytics", "twice, in different ways", "select the stream once")


# --- States of single streams ---

FOREIGN = [
    {"DATE": "2026-01-01"},
    {USD: None},
    {USD: {"date": "2026-11-23"}},
    {USD: {"question": "48814f39", "since": "yesterday", "date": "2026-11-23"}},
    {USD: {"question": "48814f39", "sweep": {"start": "2026-08-26", "end": 5}}},
    {USD: {"question": "x", "sweep": {"start": "2026-08-26", "end": "2026-11-23", "after": 7}}},
    # Airbyte's own connector's
    {
        "use_global_cursor": False,
        "states": [{"partition": {"id": USD}, "cursor": {"DATE": "2026-11-20"}}],
        "lookback_window": 1,
    },
    {"state": {"DATE": "2026-11-20"}},
    {"a": {"b": {"c": ["garbage", None, {"d": 1e400}]}}},
    {"half an emoji \ud83d": {}},
    ["a list"],
    "a text",
    7,
    True,
]


@pytest.mark.parametrize("number", range(len(FOREIGN)))
def test_a_state_of_another_connector_fails_only_its_stream(pinterest, discovered, number):
    catalog = configured(discovered, ["boards", "ad_analytics_daily", "ad_analytics"])

    output = connector(pinterest).read(catalog, state_of("ad_analytics_daily", FOREIGN[number]))

    assert statuses(output) == {"boards": GREEN, "ad_analytics_daily": RED, "ad_analytics": GREEN}
    assert_it_is_said(
        output,
        "ad_analytics_daily",
        "The state of ad_analytics_daily (",
        "was not written by this connector. Clear this stream's data (reset its state) and sync again.",
    )
    assert output.states("ad_analytics_daily") == []
    assert output.records("boards")
    assert output.records("ad_analytics")


@pytest.mark.parametrize("stream", STATEFUL)
def test_a_state_of_a_newer_format_fails_only_its_stream_whichever_that_is(
    pinterest, discovered, stream
):
    saved = {**state_of(stream, {})[0]}
    saved["stream"] = {**saved["stream"], "stream_state": {"version": 2, "accounts": []}}

    output = connector(pinterest, backfill_days=15).read(
        few_columns(discovered, list(STATEFUL)), [saved]
    )

    assert statuses(output) == dict.fromkeys(STATEFUL, GREEN) | {stream: RED}
    assert_it_is_said(
        output,
        stream,
        f"The state of {stream} has version 2, and this release of the connector reads version 1.",
    )
    assert output.states(stream) == []
    versions = {
        each["stream"]["stream_descriptor"]["name"]: each["stream"]["stream_state"]["version"]
        for each in output.last_states
    }
    assert versions == dict.fromkeys(STATEFUL.keys() - {stream}, 1)


@pytest.mark.parametrize("stream", STATEFUL)
def test_a_foreign_state_fails_only_its_stream_whichever_that_is(pinterest, discovered, stream):
    output = connector(pinterest, backfill_days=15).read(
        few_columns(discovered, list(STATEFUL)),
        state_of(stream, {STATEFUL[stream]: {"cursor": "2026-11-20"} | {"since": None}}),
    )

    assert statuses(output) == dict.fromkeys(STATEFUL, GREEN) | {stream: RED}
    assert_it_is_said(output, stream, f"The state of {stream} ({STATEFUL[stream]}) was not written")


@pytest.mark.parametrize(
    ("stream", "entry"),
    [
        ("ad_targeting_analytics", READ),
        ("ad_analytics_daily", {"since": "2026-08-26", "UPDATED_TIME": "2026-11-23T23:59:59Z"}),
    ],
)
def test_a_state_with_an_entry_of_another_cursor_fails_only_its_stream(
    pinterest, discovered, stream, entry
):
    output = connector(pinterest).read(
        configured(discovered, ["boards", stream]), state_of(stream, {USD: entry})
    )

    assert statuses(output) == {"boards": GREEN, stream: RED}
    assert_it_is_said(output, stream, "was not written by this connector")


def test_a_foreign_state_of_a_custom_report_fails_only_that_report(pinterest):
    mine = connector(pinterest, custom_reports=[REPORT, {**REPORT, "name": "other"}])
    catalog = configured(mine.discover().catalog, ["by_week", "other"])

    output = mine.read(catalog, state_of("by_week", {USD: {**READ, "sweep": "done"}}))

    assert statuses(output) == {"by_week": RED, "other": GREEN}
    assert_it_is_said(output, "by_week", f"The state of by_week ({USD}) was not written")


def test_a_list_reads_no_state_so_none_can_be_wrong(pinterest, discovered):
    output = connector(pinterest).read(
        configured(discovered, ["boards"]), state_of("boards", ["garbage"])
    )

    assert statuses(output) == {"boards": GREEN}


def test_what_the_platform_noted_in_a_state_is_ignored(pinterest, discovered):
    state = {"__ab_full_refresh_sync_complete": True, "__ab_no_cursor_state_message": 7, USD: READ}

    output = connector(pinterest, ad_account_ids=[USD]).read(
        configured(discovered, ["ad_analytics_daily"]), state_of("ad_analytics_daily", state)
    )

    assert statuses(output) == {"ad_analytics_daily": GREEN}
    assert output.states("ad_analytics_daily")[-1].keys() == {USD}


def test_what_a_later_version_has_added_to_an_entry_is_kept(pinterest, discovered):
    catalog = configured(discovered, ["ad_analytics_daily"])
    later = {"version": 9, "notes": {"a": [1, 2.5, None]}}
    before = connector(pinterest).read(catalog).states("ad_analytics_daily")[-1]
    state = {account: {**entry, **later} for account, entry in before.items()}

    output = connector(pinterest, ad_account_ids=[USD]).read(
        catalog, state_of("ad_analytics_daily", state)
    )

    assert statuses(output) == {"ad_analytics_daily": GREEN}
    last = output.states("ad_analytics_daily")[-1]
    assert last[EUR] == state[EUR]
    assert {name: last[USD][name] for name in later} == later


# --- States of another kind ---


def descriptor(name: str, state: Any = None) -> Message:
    return {"stream_descriptor": {"name": name}, "stream_state": state}


LEGACY = "in the LEGACY format"
GLOBAL = "as a GLOBAL state"


@pytest.mark.parametrize(
    ("state", "costs", "said"),
    [
        (
            [
                {
                    "type": "GLOBAL",
                    "global": {"stream_states": [descriptor("ad_analytics_daily", {USD: READ})]},
                }
            ],
            ["ad_analytics_daily"],
            GLOBAL,
        ),
        (
            [
                {
                    "type": "GLOBAL",
                    "global": {
                        "shared_state": {"lsn": 7},
                        "stream_states": [descriptor("ad_analytics_daily")],
                    },
                }
            ],
            ["ad_analytics_daily", "pin_analytics"],
            GLOBAL,
        ),
        (
            [{"type": "GLOBAL", "global": {"shared_state": [1], "stream_states": "x"}}],
            ["ad_analytics_daily", "pin_analytics"],
            GLOBAL,
        ),
        (
            [{"type": "GLOBAL", "global": 7}],
            ["ad_analytics_daily", "pin_analytics"],
            GLOBAL,
        ),
        (
            [
                {
                    "type": "GLOBAL",
                    "global": {"stream_states": [descriptor("pin_analytics"), None, 7]},
                },
                *state_of("ad_analytics_daily", {USD: READ}),
            ],
            ["pin_analytics"],
            GLOBAL,
        ),
        (
            [{"type": "LEGACY", "data": {"pin_analytics": {"date": "2026-11-20"}}}],
            ["pin_analytics"],
            LEGACY,
        ),
        ([{"data": {"pin_analytics": {"date": "2026-11-20"}}}], ["pin_analytics"], LEGACY),
        ({"ad_analytics_daily": {"date": "2026-11-20"}}, ["ad_analytics_daily"], LEGACY),
        ({"boards": {"date": "2026-11-20"}}, [], LEGACY),
        ({}, [], LEGACY),
        ([], [], LEGACY),
        (None, [], LEGACY),
        ([{"type": "GLOBAL", "global": {"stream_states": []}}], [], GLOBAL),
    ],
)
def test_a_state_of_another_kind_costs_the_streams_that_it_is_for(
    pinterest, discovered, tmp_path, state, costs, said
):
    names = ["boards", "ad_analytics_daily", "pin_analytics"]
    (tmp_path / "state.json").write_text(json.dumps(state))
    (tmp_path / "catalog.json").write_text(json.dumps(configured(discovered, names)))
    mine = connector(pinterest, backfill_days=15)
    (tmp_path / "config.json").write_text(json.dumps(mine.config))

    output = mine.run(
        "read",
        config=tmp_path / "config.json",
        catalog=tmp_path / "catalog.json",
        state=tmp_path / "state.json",
    )

    assert statuses(output) == dict.fromkeys(names, GREEN) | dict.fromkeys(costs, RED)
    for stream in costs:
        assert_it_is_said(
            output,
            stream,
            f"The state of {stream} cannot be used. It came {said}",
            "Clear this stream's data (reset its state) and sync again.",
        )
    assert (output.exit_code == 0) == (not costs)


def test_a_state_whose_type_is_left_out_is_that_of_its_stream(pinterest, discovered):
    (state,) = state_of("ad_analytics_daily", {USD: READ})
    del state["type"]

    output = connector(pinterest, ad_account_ids=[USD], lookback_days=0).read(
        configured(discovered, ["ad_analytics_daily"]), [state]
    )

    assert {record["date"] for record in output.records("ad_analytics_daily")} == {"2026-11-23"}


# --- Every stream has a last status ---


def test_a_login_that_is_refused_in_the_middle_gives_every_stream_a_last_status(
    pinterest, everything
):
    served = threading.Semaphore(12)

    def fault(_: Request) -> Any:
        if served.acquire(blocking=False):
            return None
        return 401, {"code": 2, "message": "Authentication failed."}, {}

    pinterest.fault = fault
    names = [each["name"] for each in everything]

    output = connector(pinterest).read(configured(everything))

    assert statuses(output).keys() == set(names)
    assert all(each in (GREEN, RED) for each in statuses(output).values())
    assert list(statuses(output).values()).count(RED) > 10
    assert output.exit_code == 1
    assert "Traceback" not in "\n".join(output.lines)


@pytest.mark.parametrize(
    "error", [ZeroDivisionError("a bug"), RecursionError("deep"), MemoryError(), SystemExit(3)]
)
def test_a_bug_in_a_stream_costs_that_stream(pinterest, discovered, monkeypatch, error):
    def pages(*_: Any) -> Any:
        raise error

    monkeypatch.setattr(Campaigns, "pages", pages)
    names = ["boards", "campaigns", "ads", "ad_analytics"]

    output = connector(pinterest).read(configured(discovered, names))

    assert statuses(output) == dict.fromkeys(names, GREEN) | {"campaigns": RED}
    found = errors_of(output)["campaigns"]
    assert found["message"] == "campaigns is incomplete: a bug in the connector."
    assert found["failure_type"] == "system_error"
    assert type(error).__name__ in found["stack_trace"]
    assert type(error).__name__ in output.logs
    assert output.exit_code == 1


def test_the_text_of_a_bug_stays_short(pinterest, discovered, monkeypatch):
    def slices(*_: Any) -> Any:
        raise ValueError("\x1b[2J" + "x" * 10_000_000 + "\ud83d")

    monkeypatch.setattr(Boards, "slices", slices)

    output = connector(pinterest).read(configured(discovered, ["boards"]))

    assert statuses(output) == {"boards": RED}
    assert max(map(len, output.lines)) < 1_000_000
    assert "\\u001b" not in "\n".join(output.lines)


def test_what_drives_the_streams_may_fail_and_every_stream_has_a_last_status(
    pinterest, discovered, monkeypatch
):
    as_it_is = source.interleave

    def fails(*iterators: Any, **how: Any) -> Any:
        for item in as_it_is(*iterators, **how):
            yield item
            if "COMPLETE" in str(item):
                raise RuntimeError("can't start new thread")

    monkeypatch.setattr(source, "interleave", fails)

    output = connector(pinterest).read(configured(discovered))

    ends = {
        name: [each for each in all_ if each != "STARTED"]
        for name, all_ in statuses(output).items()
    }
    assert ends.keys() == {each["name"] for each in discovered}
    assert list(ends.values()).count(["COMPLETE"]) == 1
    assert list(ends.values()).count(["INCOMPLETE"]) == len(ends) - 1
    assert output.exit_code == 1


def test_a_memory_that_is_used_up_gives_every_stream_a_last_status(
    pinterest, discovered, monkeypatch
):
    looks = []

    def check_memory_usage(_: Any) -> None:
        looks.append(1)
        if len(looks) >= 5:
            raise AirbyteTracedException(message="Source memory usage exceeded critical threshold.")

    monkeypatch.setattr(MemoryMonitor, "check_memory_usage", check_memory_usage)

    output = connector(pinterest).read(configured(discovered))

    assert {name: all_[-1] for name, all_ in statuses(output).items()}.keys() == {
        each["name"] for each in discovered
    }
    assert "INCOMPLETE" in {all_[-1] for all_ in statuses(output).values()}
    assert "Source memory usage exceeded critical threshold." in output.errors[0]["message"]
    assert output.exit_code == 1


def test_an_account_in_trouble_a_stranger_and_a_foreign_state_together(pinterest, discovered):
    def fault(request: Request) -> Any:
        return (403, {"code": 29, "message": "no"}, {}) if EUR in request.path else None

    pinterest.fault = fault
    catalog = configured(discovered, ["boards", "campaigns", "ad_analytics", "pin_analytics"])
    catalog["streams"].append(renamed(catalog["streams"][0], "gone"))

    output = connector(pinterest).read(catalog, state_of("pin_analytics", {"DATE": "2026-11-20"}))

    assert statuses(output) == {
        "gone": RED,
        "pin_analytics": RED,
        "boards": GREEN,
        "campaigns": RED,
        "ad_analytics": RED,
    }
    assert {each["ad_account_id"] for each in output.records("campaigns")} == {USD, JPY}
    assert output.errors[-1]["message"].startswith(
        "These streams are incomplete: ad_analytics, campaigns, gone, pin_analytics. "
    )
