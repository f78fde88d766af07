"""The contents of the fake Pinterest's boards: their sections, and the Pins on them.

Traps that are always in it:

- the first board has more than a page of Pins of others, whom the user works with, and a section
  with more than a page of them; a section is empty, and so are the board of ads, and most boards'
  lists of sections;
- the ids of the sections are of 16 and 19 digits;
- a Pin in a section is in the board's list too; one Pin is on two boards, and one in two sections;
- a Pin on a board may name no board, and a Pin's record may have null for the section.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any

from .mixing import mixed
from .refusals import Refused
from .world import Record, World, images, instant, stamp

PINS_OF_OTHERS = 300
"""On the first board: more than a page."""
IN_THE_FIRST_SECTION = 260
SECTIONS = {0: 3, 1: 1}
"""By the place of a board: how many sections it has; the others have none."""


@dataclass
class BoardContents:
    """By board or section. The sets may be changed while the server serves."""

    world: World
    refused: set[str] = field(default_factory=set)
    """Boards and sections whose lists answer 403."""
    deleted: set[str] = field(default_factory=set)
    """Those that are still listed, but answer 404."""

    @cached_property
    def sections(self) -> dict[str, list[Record]]:
        """By board."""

        def section(board: int, place: int) -> Record:
            seed = mixed(self.world.seed, 51, board, place)
            base = (5_195_000_000_000_000, 5_195_000_000_000_000_000)[place % 2]
            return {"id": str(base + seed), "name": f"Section {place + 1} of board {board + 1}"}

        return {
            board["id"]: [section(place, each) for each in range(SECTIONS.get(place, 0))]
            for place, board in enumerate(self.world.all_boards)
        }

    @cached_property
    def board_of(self) -> dict[str, str]:
        """By section."""
        return {
            section["id"]: board for board, listed in self.sections.items() for section in listed
        }

    @cached_property
    def pins(self) -> dict[str, list[Record]]:
        """By board: the user's own, and those that others have saved there."""
        boards = [board["id"] for board in self.world.all_boards]
        found: dict[str, list[Record]] = {board: [] for board in boards}
        for pin in self.world.all_pins:
            if pin["board_id"] in found:
                found[pin["board_id"]].append(pin)
        if boards:
            sections = [section["id"] for section in self.sections[boards[0]]]
            found[boards[0]] += [
                self._of_another(place, boards[0], sections) for place in range(PINS_OF_OTHERS)
            ]
        if len(boards) > 1:
            found[boards[1]].append(found[boards[0]][-1])
        return found

    @cached_property
    def pins_in_sections(self) -> dict[str, list[Record]]:
        """By section. The last Pin of the first section is in the second too; the third is empty."""
        found = {
            section: [pin for pin in self.pins[board] if pin["board_section_id"] == section]
            for section, board in self.board_of.items()
        }
        for listed in self.sections.values():
            if len(listed) > 1:
                first, second = listed[0]["id"], listed[1]["id"]
                found[second].append(found[first][-1])
        return found

    def _of_another(self, place: int, board: str, sections: list[str]) -> Record:
        seed = mixed(self.world.seed, 52, place)
        in_section = None
        if place < IN_THE_FIRST_SECTION:
            in_section = sections[0]
        elif place % 2:
            in_section = sections[1]
        return {
            "id": str(1_113_744_226_420_000_000 + place * 100_003 + seed % 99_991),
            "created_at": stamp(instant(self.world.epoch - timedelta(days=seed % 900), seed)),
            "title": f"A Pin of a friend's {place + 1}",
            "description": None,
            "link": None,
            "alt_text": None,
            "dominant_color": "#A0B1C2",
            **({} if place % 50 == 49 else {"board_id": board}),
            "board_section_id": in_section,
            "board_owner": {"username": self.world.username},
            "parent_pin_id": None,
            "creative_type": "REGULAR",
            "has_been_promoted": False,
            "is_owner": False,
            "is_standard": True,
            "is_product": False,
            "is_removable": place % 50 == 48,
            "product_tags": [],
            "pin_metrics": None,
            "media": {"media_type": "image", "images": images(f"friend-{place}")},
        }

    def items(self, operation: str, values: Mapping[str, Any]) -> list[Record]:
        """The list that is asked for, or Refused."""
        board, section = values["board_id"], values.get("section_id")
        if board in self.deleted or board not in self.pins:
            raise Refused(404, 40, "Board not found.")
        if board in self.refused:
            raise Refused(403, 403, "You are not permitted to access that resource.")
        if operation.endswith("/sections"):
            return self.sections[board]
        if section is None:
            kinds = values.get("creative_types")
            return [pin for pin in self.pins[board] if not kinds or pin["creative_type"] in kinds]
        if section in self.deleted or self.board_of.get(section) != board:
            raise Refused(404, 2031, "Board section not found.")
        if section in self.refused:
            raise Refused(403, 403, "You are not permitted to access that resource.")
        return self.pins_in_sections[section]
