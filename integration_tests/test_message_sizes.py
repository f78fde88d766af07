"""No message has a megabyte, whatever Pinterest, a configuration, a catalog or a state is full of.

A record is the exception: it may be as large as what Pinterest answers.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import Output, configured
from integration_tests.fake_pinterest import FakePinterest, Request, World
from integration_tests.test_foreign_streams_and_states import RED, statuses
from integration_tests.test_state import USD, state_of
from source_pinterest.api.columns import asynchronous_columns
from source_pinterest.streams.registry import STREAMS
from source_pinterest.sync.compact_state import expand

MEGABYTE = 1_000_000
MUCH = MEGABYTE + 100_000
ALL = [name for name in asynchronous_columns() if not name.startswith("PRODUCT_ITEM_")]


def largest(output: Output) -> int:
    """Bytes of the largest message that is no record."""
    lines = zip(output.lines, output.messages, strict=True)
    return max(len(line.encode()) for line, each in lines if each["type"] != "RECORD")


def answering(path: str, body: Any, status: int = 200) -> Any:
    """A fault: one endpoint's answer is replaced."""

    def fault(request: Request) -> Any:
        return (status, body, {}) if request.path == path else None

    return fault


def accounts(count: int, **fields: Any) -> dict[str, Any]:
    return {
        "items": [
            {
                "id": str(549_755_885_175 + number),
                "name": f"Shop {number}",
                "currency": "EUR",
                "permissions": ["OWNER"],
                **fields,
            }
            for number in range(count)
        ],
        "bookmark": None,
    }


# --- check ---


@pytest.mark.parametrize(
    ("count", "fields"),
    [
        (5_000, {}),
        (5_000, {"permissions": ["FINANCE_VIEW"]}),
        (100, {"name": "n" * 100_000, "currency": "c" * 100_000}),
        (100, {"name": "n" * 100_000, "permissions": ["P" * 1_000] * 100}),
        (100, {"name": {"deep": ["n" * 100_000]}}),
    ],
)
def test_a_check_of_many_ad_accounts_stays_short(pinterest, count, fields):
    pinterest.fault = answering("/ad_accounts", accounts(count, **fields))

    output = connector(pinterest).check()

    assert output.connection_status["status"] == "SUCCEEDED"
    assert largest(output) < 2_000
    assert len(output.lines) < 150


def test_a_check_of_many_named_ad_accounts_that_are_not_seen_stays_short(pinterest):
    named = [str(10**11 + number) for number in range(5_000)]

    output = connector(pinterest, ad_account_ids=named).check()

    assert output.connection_status["status"] == "FAILED"
    assert largest(output) < 30_000
    assert output.connection_status["message"].endswith(
        "And 4,950 more ad accounts that `ad_account_ids` names cannot be read."
    )


def test_a_check_of_a_user_with_a_long_name_stays_short(pinterest):
    pinterest.fault = answering("/user_account", {"id": "7", "username": "u" * MUCH})

    output = connector(pinterest).check()

    assert output.connection_status["message"].startswith("Logged in as uuuuuuuuu")
    assert largest(output) < 2_000


@pytest.mark.parametrize("status", [400, 401, 403, 404, 414, 429, 500])
def test_a_check_stays_short_however_long_pinterests_errors_are(pinterest, status):
    body = {"code": 1, "message": "m" * MUCH, "message_detail": "d" * MUCH}
    pinterest.fault = lambda request: (
        None if request.path == "/user_account" else (status, body, {"Retry-After": "90000"})
    )

    output = connector(pinterest, click_window_days=1).check()

    assert output.connection_status
    assert largest(output) < 5_000


# --- read ---


def test_the_errors_about_many_named_ad_accounts_that_are_not_seen_stay_short(pinterest):
    named = [str(10**11 + number) for number in range(5_000)]
    report = {"name": "mine", "level": "ad", "columns": ["CTR"]}
    mine = connector(pinterest, ad_account_ids=named, custom_reports=[report])
    names = ["ad_accounts", "campaigns", "ad_analytics", "ad_targeting_analytics", "mine"]

    output = mine.read(configured(mine.discover().catalog, names))

    assert statuses(output) == dict.fromkeys(names, RED)
    assert largest(output) < 10_000
    assert all("and 4,997 more like these" in each["message"] for each in output.errors[:-1])
    assert output.logs.count("WARN") + output.logs.count("ERROR") < 700


@pytest.mark.parametrize("status", [400, 403, 404])
def test_errors_stay_short_however_long_pinterests_are(pinterest, discovered, status):
    body = {"code": 1, "message": "m" * MUCH, "message_detail": "d" * MUCH}
    pinterest.fault = lambda request: (status, body, {}) if request.path != "/ad_accounts" else None
    names = ["boards", "pins", "campaigns", "ad_analytics", "user_account_analytics"]

    output = connector(pinterest).read(configured(discovered, names))

    assert statuses(output) == dict.fromkeys(names, RED)
    assert largest(output) < 20_000


@pytest.mark.parametrize("status", [401, 403, 404])
def test_the_error_about_many_refused_pins_stays_short(discovered, status):
    with FakePinterest(World(pins=1_500)) as pinterest:
        pinterest.fault = lambda request: (
            (status, {"code": 29, "message": "m" * 1_000}, {})
            if "/analytics" in request.path
            else None
        )

        output = connector(pinterest).read(configured(discovered, ["pin_analytics"]))

    assert statuses(output) == {"pin_analytics": RED}
    assert largest(output) < 10_000
    assert output.logs.count("ERROR") < 110


def test_log_lines_and_statuses_about_long_names_stay_short(pinterest, discovered):
    many = accounts(30, name="n" * 100_000, permissions=["FINANCE_VIEW"] * 10_000)
    pinterest.fault = answering("/ad_accounts", many)

    output = connector(pinterest).read(configured(discovered, ["campaigns", "ad_analytics"]))

    assert set(output.statuses.values()) == {"COMPLETE"}
    assert largest(output) < 10_000


def test_errors_about_a_hundred_unknown_streams_with_long_names_stay_short(pinterest, discovered):
    (boards,) = configured(discovered, ["boards"])["streams"]
    names = [f"{number}{'x' * 30_000}" for number in range(100)]
    catalog = [{**boards, "stream": {**boards["stream"], "name": name}} for name in names]

    output = connector(pinterest).read({"streams": catalog})

    assert statuses(output) == dict.fromkeys(names, RED)
    assert largest(output) < 40_000  # a status bears the name as it is


def test_a_state_of_ten_thousand_ad_accounts(pinterest, discovered):
    entry = {"question": "5f2a9c01", "since": "2026-08-26", "date": "2026-11-22"}
    sweep = {"start": "2026-08-26", "end": "2026-11-22", "done": True}
    state = {str(10**11 + number): {**entry, "sweep": sweep} for number in range(10_000)}

    output = connector(pinterest, ad_account_ids=[USD]).read(
        configured(discovered, ["ad_analytics_daily"]), state_of("ad_analytics_daily", state)
    )

    assert output.statuses == {"ad_analytics_daily": "COMPLETE"}
    assert len(expand(output.states("ad_analytics_daily")[-1])) == 10_001
    assert largest(output) < MEGABYTE


# --- discover ---


def reports(count: int, columns: list[str]) -> list[dict[str, Any]]:
    return [{"name": f"r{number}", "level": "ad", "columns": columns} for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 3, 4, 8])
def test_a_catalog_of_large_custom_reports(pinterest, count):
    mine = connector(pinterest, custom_reports=reports(count, ALL), metrics_final=True)

    output = mine.discover()

    assert largest(output) < MEGABYTE
    assert len(output.catalog) == len(STREAMS) + count
    for stream in output.catalog[len(STREAMS) :]:
        properties = stream["json_schema"]["properties"]
        assert len(properties) >= len(ALL) - 5  # ids that the rows have anyway
        assert all(each["type"] for each in properties.values())
    assert mine.check().connection_status["status"] == "SUCCEEDED"


def described(output: Output) -> set[str]:
    """The names of the reports of which some field has a description."""
    return {
        stream["name"]
        for stream in output.catalog
        if "_analytics" in stream["name"] or stream["name"].startswith("custom_")
        if any("description" in each for each in stream["json_schema"]["properties"].values())
    }


def plain(output: Output) -> list[Any]:
    """The catalog without any description of a field."""
    text = json.dumps(output.catalog)
    return json.loads(
        text,
        object_hook=lambda found: {name: found[name] for name in found if name != "description"},
    )


def test_the_columns_of_many_large_reports_are_offered_without_descriptions(pinterest):
    few, many, most = (
        connector(pinterest, custom_reports=reports(count, ALL)).discover() for count in (1, 4, 12)
    )

    custom = {f"custom_r{number}" for number in range(12)}
    said = "INFO The catalog has no descriptions of the columns of {} reports, because there are too many columns."
    assert "without descriptions" not in few.logs
    assert said.format("the custom") in many.logs
    assert said.format("all") in most.logs
    assert described(many) == described(few) - custom
    assert described(most) == set()
    assert plain(few)[: len(STREAMS)] == plain(many)[: len(STREAMS)] == plain(most)[: len(STREAMS)]
    assert plain(few)[-1] == plain(many)[len(STREAMS)] == plain(most)[len(STREAMS)]
    assert largest(most) < MEGABYTE


@pytest.mark.parametrize(
    ("count", "columns"), [(40, ALL), (24, [f"NEW_COLUMN_{'X' * 40}_{n}" for n in range(500)])]
)
def test_a_catalog_that_would_be_too_large_is_refused(pinterest, count, columns):
    mine = connector(pinterest, custom_reports=reports(count, columns))

    output, status = mine.discover(), mine.check().connection_status

    (error,) = output.errors
    assert error["failure_type"] == "config_error"
    assert re.match(
        rf"`custom_reports`: {count} reports with \d+,\d+ columns in all make a catalog of \d\.\d MB, "
        "and a message has 1 MB at most. ",
        error["message"],
    )
    assert "Leave out the columns that you do not need" in error["message"]
    assert status == {"status": "FAILED", "message": error["message"]}
    assert max(largest(output), len(json.dumps(status))) < 2_000


# --- Configurations ---


@pytest.mark.parametrize("command", ["check", "discover"])
def test_the_error_about_a_configuration_in_which_everything_is_wrong_stays_short(
    pinterest, command
):
    wrong = [{"name": f"r {number}", "level": "l" * 10_000} for number in range(1_000)]
    mine = connector(pinterest, custom_reports=wrong, backfill_days="b" * 1_000_000)

    output = mine.check() if command == "check" else mine.discover()

    assert largest(output) < 30_000


def test_the_warnings_about_many_unknown_keys_stay_short(pinterest):
    unknown = {f"{'k' * 10_000}{'x' * number}": "v" * 1_000 for number in range(2_000)}

    output = connector(pinterest, **unknown).check()

    assert output.connection_status["status"] == "SUCCEEDED"
    assert largest(output) < 2_000
    assert output.logs.count("WARN Unknown key") == 50
