"""The user's account, and what the boards hold: every row once, through the real entry point."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from contextlib import suppress

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import Output, configured
from integration_tests.expected.keys import USER_AND_CATALOG_KEYS as KEYS
from integration_tests.expected.reports import compare
from integration_tests.expected.user_and_catalogs import ROWS
from integration_tests.fake_pinterest import FakePinterest, Request, World
from integration_tests.schemas import misfits

STREAMS = ["user_account", "board_sections", "board_pins", "board_section_pins"]


@pytest.fixture(scope="module")
def sync(server, everything) -> Output:
    """All four, and the list of boards that they need."""
    server.requests.clear()
    return connector(server).read(configured(everything, ["boards", *STREAMS]))


@pytest.mark.parametrize("stream", STREAMS)
def test_every_row_is_read_once_with_pinterests_values(stream, server, sync):
    expected = ROWS[stream](server.world)

    comparison = compare(expected, sync.records(stream), KEYS[stream])

    assert comparison.same, str(comparison)
    assert expected
    assert sync.statuses[stream] == "COMPLETE"


@pytest.mark.parametrize("stream", STREAMS)
def test_the_stream_is_a_full_refresh_whose_key_is_never_null(stream, everything):
    (found,) = [each for each in everything if each["name"] == stream]

    assert found["supported_sync_modes"] == ["full_refresh"]
    assert found["source_defined_primary_key"] == [[field] for field in KEYS[stream]]
    properties = found["json_schema"]["properties"]
    assert all(properties[field]["type"] == "string" for field in KEYS[stream])


@pytest.mark.parametrize("stream", STREAMS)
def test_every_record_fits_its_schema(stream, everything, sync):
    (schema,) = [each["json_schema"] for each in everything if each["name"] == stream]

    assert misfits(schema, sync.records(stream)) == []
    assert set().union(*sync.records(stream)) <= schema["properties"].keys()


def test_a_board_has_more_pins_than_the_user_owns_and_than_a_page_holds(server, sync):
    own = {pin["id"] for pin in server.world.all_pins}
    on_boards = Counter(record["board_id"] for record in sync.records("board_pins"))

    others = {record["id"] for record in sync.records("board_pins")} - own

    assert len(others) == 300
    assert max(on_boards.values()) > 250


def test_the_lists_that_others_need_are_read_once(server, sync):
    assert sync.exit_code == 0
    asked = [
        (request.path, tuple(request.params.get("bookmark", []))) for request in server.requests
    ]

    assert len(asked) == len(set(asked))
    assert [path for path, _ in asked].count("/user_account") == 1


def test_the_order_of_the_catalog_is_not_that_of_reading(server, everything):
    """The Pins of a section wait for the sections, which wait for the boards, in the same lane."""
    catalog = configured(everything, ["boards", *STREAMS])
    catalog["streams"].reverse()

    with connector(server).reading_at_once(catalog) as process:
        stdout = process.stdout.read()
        output = Output(stdout.decode().splitlines(), process.wait())

    assert set(output.statuses.values()) == {"COMPLETE"}
    assert len(output.records("board_section_pins")) == len(
        ROWS["board_section_pins"](server.world)
    )


@pytest.mark.parametrize("stream", STREAMS[1:])
def test_alone_it_reads_the_lists_that_it_needs(stream, server, everything):
    output = connector(server).read(configured(everything, [stream]))

    comparison = compare(ROWS[stream](server.world), output.records(stream), KEYS[stream])
    assert comparison.same, str(comparison)


@pytest.mark.parametrize(
    ("stream", "list_of_a_board"),
    [("board_sections", "sections"), ("board_pins", "pins"), ("board_section_pins", "sections")],
)
def test_the_lists_of_eight_boards_are_read_at_once(stream, list_of_a_board, everything):
    """None of the first eight is answered before all of them were asked for."""
    world = World(boards=12)
    boards = [board["id"] for board in world.all_boards]
    eight = {f"/boards/{board}/{list_of_a_board}" for board in boards[:8]}
    barrier, asked = threading.Barrier(8, timeout=60), set()

    def together(request: Request) -> None:
        if request.path in eight and "bookmark" not in request.params:
            asked.add(request.path)
            with suppress(threading.BrokenBarrierError):
                barrier.wait()

    with FakePinterest(world) as pinterest:
        pinterest.fault = together
        output = connector(pinterest).read(configured(everything, [stream]))

    assert asked == eight
    assert not barrier.broken
    records = output.records(stream)
    comparison = compare(ROWS[stream](world), records, KEYS[stream])
    assert comparison.same, str(comparison)
    read = list(dict.fromkeys(record["board_id"] for record in records))
    assert read == [board for board in boards if board in read]
    assert stream != "board_pins" or len(read) > 5


# --- What cannot be read ---


def test_a_board_that_is_refused_is_named_and_the_others_are_read(pinterest, everything):
    refused, *others = [board["id"] for board in pinterest.world.all_boards]
    pinterest.board_contents.refused = {refused}

    output = connector(pinterest).read(configured(everything, STREAMS))

    for stream in STREAMS[1:]:
        assert output.statuses[stream] == "INCOMPLETE"
        expected = [row for row in ROWS[stream](pinterest.world) if row["board_id"] in others]
        comparison = compare(expected, output.records(stream), KEYS[stream])
        assert comparison.same, str(comparison)
    messages = {error["message"].split(" ")[0]: error["message"] for error in output.errors[:3]}
    assert f"board_pins of board {refused}: This login may not read" in messages["board_pins"]
    assert f"board_section_pins of board {refused}: " in messages["board_section_pins"]
    assert output.statuses["user_account"] == "COMPLETE"


def test_a_section_that_is_refused_is_named_and_the_others_are_read(pinterest, everything):
    board = pinterest.world.all_boards[0]["id"]
    refused, *_ = [section["id"] for section in pinterest.board_contents.sections[board]]
    pinterest.board_contents.refused = {refused}

    output = connector(pinterest).read(configured(everything, ["board_section_pins"]))

    expected = [
        row
        for row in ROWS["board_section_pins"](pinterest.world)
        if row["board_section_id"] != refused
    ]
    key = KEYS["board_section_pins"]
    comparison = compare(expected, output.records("board_section_pins"), key)
    assert comparison.same, str(comparison)
    assert expected
    named = f"board_section_pins of section {refused} of board {board}: This login may not read"
    assert named in output.errors[0]["message"]


def test_what_was_deleted_after_it_was_listed_is_left_out(pinterest, everything):
    board, *others = [board["id"] for board in pinterest.world.all_boards]
    pinterest.board_contents.deleted = {board}

    output = connector(pinterest).read(configured(everything, STREAMS))

    assert set(output.statuses.values()) == {"COMPLETE"}
    assert f"INFO board_pins of board {board}: left out, since it was deleted" in output.logs
    expected = [row for row in ROWS["board_pins"](pinterest.world) if row["board_id"] in others]
    comparison = compare(expected, output.records("board_pins"), KEYS["board_pins"])
    assert comparison.same, str(comparison)


def test_what_is_not_found_for_a_moment_is_read_all_the_same(pinterest, everything):
    asked: set[str] = set()

    def not_yet(request: Request) -> tuple[int, object, dict[str, str]] | None:
        is_first = re.match(r"/boards/\d+/", request.path) and request.path not in asked
        asked.add(request.path)
        return (404, {"code": 40, "message": "Not found."}, {}) if is_first else None

    pinterest.fault = not_yet

    output = connector(pinterest).read(configured(everything, STREAMS))

    assert set(output.statuses.values()) == {"COMPLETE"}
    for stream in STREAMS[1:]:
        comparison = compare(ROWS[stream](pinterest.world), output.records(stream), KEYS[stream])
        assert comparison.same, f"{stream}: {comparison}"


def test_without_the_list_of_boards_nothing_is_taken_for_empty(pinterest, everything):
    pinterest.fault = lambda request: (
        (404, {"code": 404, "message": "Not found."}, {}) if request.path == "/boards" else None
    )

    output = connector(pinterest).read(configured(everything, STREAMS))

    assert {name: output.statuses[name] for name in STREAMS[1:]} == dict.fromkeys(
        STREAMS[1:], "INCOMPLETE"
    )
    assert output.statuses["user_account"] == "COMPLETE"


def test_a_login_without_the_scope_leaves_these_incomplete_and_no_others(pinterest, everything):
    pinterest.scopes[pinterest.access_token] = frozenset({"user_accounts:read", "boards:read"})

    output = connector(pinterest).read(configured(everything, STREAMS))

    assert output.statuses == {
        "user_account": "COMPLETE",
        "board_sections": "COMPLETE",
        "board_pins": "INCOMPLETE",
        "board_section_pins": "INCOMPLETE",
    }
    assert "Log in again" in output.errors[0]["message"]


# --- A sync that is cut off ---


def test_a_sync_that_is_cut_off_has_no_state_and_the_next_reads_every_row(server, everything):
    catalog = configured(everything, ["board_pins"])
    with connector(server).reading_at_once(catalog) as process:
        for line in process.stdout:
            message = json.loads(line)
            assert message["type"] != "STATE"
            if message["type"] == "RECORD":
                break

    output = connector(server).read(catalog)

    comparison = compare(
        ROWS["board_pins"](server.world), output.records("board_pins"), KEYS["board_pins"]
    )
    assert comparison.same, str(comparison)
    assert output.states("board_pins") == [{"__ab_no_cursor_state_message": True}]
