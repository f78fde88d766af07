"""The contents of boards: a list for each board, or for each section."""

import pytest

from source_pinterest.http.errors import AccessDenied, NotFound
from source_pinterest.streams.lists.boards import BoardPins, BoardSectionPins, BoardSections
from unit_tests.streams.lists.pinterest import Pinterest, context, page, read

GONE = NotFound("Not found.", 404)
ANSWERS = {
    "/boards": page({"id": "1"}, {"id": "2"}),
    "/boards/1/sections": page({"id": "11"}),
    "/boards/2/sections": page({"id": "21"}),
    "/boards/1/pins": page({"id": "7"}),
    "/boards/2/pins": page({"id": "7"}),
    "/boards/1/sections/11/pins": page({"id": "7"}),
    "/boards/2/sections/21/pins": page({"id": "8"}),
}


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (BoardSections, [{"board_id": "1", "id": "11"}, {"board_id": "2", "id": "21"}]),
        (BoardPins, [{"board_id": "1", "id": "7"}, {"board_id": "2", "id": "7"}]),
        (
            BoardSectionPins,
            [
                {"board_id": "1", "board_section_id": "11", "id": "7"},
                {"board_id": "2", "board_section_id": "21", "id": "8"},
            ],
        ),
    ],
)
def test_each_record_names_what_it_was_listed_for(stream, expected):
    records, error = read(stream, ANSWERS)

    assert error == ""
    found = [{name: each[name] for name in expected[0]} for each in records]
    assert found == expected


def test_a_fresh_stream_reads_the_pins_of_one_section():
    stream = BoardSectionPins(context(Pinterest(ANSWERS)))

    records = list(stream.read_records(stream_slice={"board_id": "1", "board_section_id": "11"}))

    assert [each["id"] for each in records] == ["7"]


def test_a_board_that_was_deleted_meanwhile_is_left_out(caplog):
    caplog.set_level("INFO")

    records, error = read(BoardPins, {**ANSWERS, "/boards/2/pins": GONE})

    assert ([each["board_id"] for each in records], error) == (["1"], "")
    assert "board_pins of board 2: left out" in caplog.text


def test_where_no_board_is_found_that_is_an_error_for_each():
    answers = {**ANSWERS, "/boards/1/pins": GONE, "/boards/2/pins": GONE}

    records, error = read(BoardPins, answers)

    assert records == []
    assert "board_pins of board 1: Not found." in error
    assert "board_pins of board 2: Not found." in error


def test_a_board_that_is_refused_fails_alone_with_its_sections():
    answers = {**ANSWERS, "/boards/2/sections": AccessDenied("Not allowed.", 403)}

    records, error = read(BoardSectionPins, answers)

    assert [each["id"] for each in records] == ["7"]
    assert "of board 2: Not allowed." in error


@pytest.mark.parametrize("stream", [BoardSections, BoardPins, BoardSectionPins])
def test_a_board_without_an_id_is_reported_by_what_is_listed_for_each_board(stream):
    answers = {**ANSWERS, "/boards": page({"id": "1"}, {"name": "Shoes"})}

    records, error = read(stream, answers)

    assert {each["board_id"] for each in records} == {"1"}
    assert (
        f"{stream(context(Pinterest())).name}: Pinterest's list boards has items that are left out: 1 without id."
        in error
    )


def test_a_section_without_an_id_is_reported_by_what_is_listed_for_each_section():
    answers = {**ANSWERS, "/boards/2/sections": page({"name": "Boots"})}

    records, error = read(BoardSectionPins, answers)

    assert [each["board_section_id"] for each in records] == ["11"]
    assert "Pinterest's list board_sections has items that are left out: 1 without id." in error
