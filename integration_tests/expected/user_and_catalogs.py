"""The expected rows of the user's own streams that are not suggested, from the fake's data alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from integration_tests.expected.reports import Record, with_zone
from integration_tests.fake_pinterest.boards import BoardContents
from integration_tests.fake_pinterest.catalogs import (
    FEED_PASSWORD,
    FEED_USER,
    OTHERS,
    OWN,
    CatalogData,
)
from integration_tests.fake_pinterest.rankings import ranking
from integration_tests.fake_pinterest.world import World

ORDERS = {
    "top_pins": ["ENGAGEMENT", "IMPRESSION", "OUTBOUND_CLICK", "PIN_CLICK", "SAVE"],
    "top_video_pins": [
        *("IMPRESSION", "SAVE", "OUTBOUND_CLICK", "VIDEO_MRC_VIEW", "VIDEO_AVG_WATCH_TIME"),
        *("VIDEO_V50_WATCH_TIME", "QUARTILE_95_PERCENT_VIEW", "VIDEO_10S_VIEW", "VIDEO_START"),
    ],
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


def rankings(world: World, kind: str, start: date, end: date) -> list[Record]:
    """A row for each Pin in each order of `top_pins` or `top_video_pins` (`kind`)."""
    window = {"start_date": start.isoformat(), "date": end.isoformat()}
    found = []
    for sort_by in ORDERS[kind]:
        answer = ranking(world, kind, sort_by=sort_by, start=start, end=end, num_of_pins=50)
        for rank, pin in enumerate(answer["pins"], start=1):
            who = {"user_id": world.user_id, "sort_by": sort_by, "rank": rank, **window}
            names = {"pin_id": pin["pin_id"], "data_status": pin["data_status"]}
            found.append({**who, **names, **answer["date_availability"], **pin["metrics"]})
    return found


ROWS: dict[str, Callable[[World], list[Record]]] = {
    "user_account": user_account,
    "board_sections": board_sections,
    "board_pins": board_pins,
    "board_section_pins": board_section_pins,
}
"""The records of one sync of a stream that is the same on every day."""


def catalogs(
    world: World, kind: str, shared_account: str | None = None, is_own_there: bool = True
) -> list[Record]:
    """The records of `catalogs`, `catalogs_feeds` or `catalogs_product_groups` (`kind`).

    `shared_account`: the ad account through which another user's are read as well. What is the
    user's own too comes once, as the user's; without `is_own_there` as the other's.
    """
    data = CatalogData(world)
    by_owner = {
        "catalogs": data.catalogs,
        "catalogs_feeds": data.feeds,
        "catalogs_product_groups": data.product_groups,
    }[kind]
    found: dict[str, Record] = {}
    if is_own_there:
        found |= {record["id"]: {**record, "ad_account_id": None} for record in by_owner[OWN]}
    if shared_account:
        for record in by_owner[OTHERS]:
            found.setdefault(record["id"], {**record, "ad_account_id": shared_account})
    return [catalog_record(record) for record in found.values()]


LOCATIONS_WITHOUT_SECRETS = {
    f"https://{FEED_USER}:{FEED_PASSWORD}@shop.example.com/feed.tsv": (
        "https://****@shop.example.com/feed.tsv"
    ),
    f"ftp://{FEED_USER}@shop.example.com/feed.csv": "ftp://****@shop.example.com/feed.csv",
}


def catalog_record(record: Record) -> Record:
    changed = dict(record)
    for name in ("created_at", "updated_at"):
        value = record[name]
        if isinstance(value, str):
            changed[name] = with_zone(value)
        elif len(str(value)) == 13:
            changed[name] = int(str(value)[:10])
    if "location" in record:
        location = record["location"]
        changed["location"] = LOCATIONS_WITHOUT_SECRETS.get(location, location)
        if record["credentials"]:
            changed["credentials"] = {"username": "****", "password": "****"}
    return changed
