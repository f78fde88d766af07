"""What the connector should emit of what the user holds beyond the 16, from the fake's data alone."""

from __future__ import annotations

from collections.abc import Callable

from .expected import Record, with_zone
from .fake_pinterest.boards import BoardContents
from .fake_pinterest.world import World

KEYS: dict[str, list[str]] = {
    "user_account": ["id"],
    "board_sections": ["id"],
    "board_pins": ["board_id", "id"],
    "board_section_pins": ["board_section_id", "id"],
}


def user_account(world: World) -> list[Record]:
    return [dict(world.user)]


def board_sections(world: World) -> list[Record]:
    return [
        {**section, "board_id": board}
        for board, listed in BoardContents(world).sections.items()
        for section in listed
    ]


def board_pins(world: World) -> list[Record]:
    """Each board's list names the board; the Pin's record need not."""
    return [
        {**pin, "created_at": with_zone(pin["created_at"]), "board_id": board}
        for board, listed in BoardContents(world).pins.items()
        for pin in listed
    ]


def board_section_pins(world: World) -> list[Record]:
    contents = BoardContents(world)
    return [
        {
            **pin,
            "created_at": with_zone(pin["created_at"]),
            "board_id": contents.board_of[section],
            "board_section_id": section,
        }
        for section, listed in contents.pins_in_sections.items()
        for pin in listed
    ]


ROWS: dict[str, Callable[[World], list[Record]]] = {
    "user_account": user_account,
    "board_sections": board_sections,
    "board_pins": board_pins,
    "board_section_pins": board_section_pins,
}
"""The records of one sync of a stream."""
