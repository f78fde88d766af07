"""The expected rows of the streams of versions, from worlds alone: the present one, and the one before."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from integration_tests.expected import reports
from integration_tests.fake_pinterest import World
from integration_tests.fake_pinterest.world import Record


def versions(world: World, stream: str, without: Collection[str] = ()) -> list[Record]:
    """The records of a first sync: every entity as it is."""
    listed = reports.rows(
        world,
        stream.removesuffix("_history"),
        today=world.epoch,
        start=world.epoch,
        end=world.epoch,
    )
    return [{**each, "is_listed": True} for each in listed if each["ad_account_id"] not in without]


def next_versions(
    before: World, after: World, stream: str, last_sync: str, without: Collection[str] = ()
) -> list[Record]:
    """The records of the sync after one that began at `last_sync`: what is not as it was, or is not any more."""
    was = {each["id"]: each for each in versions(before, stream, without)}
    now = {each["id"]: each for each in versions(after, stream, without)}
    changed = [each for each in now.values() if was.get(each["id"]) != each]
    seconds = int(datetime.fromisoformat(last_sync).timestamp()) + 1
    return changed + [
        {
            "id": each,
            "ad_account_id": was[each]["ad_account_id"],
            "updated_time": seconds,
            "is_listed": False,
        }
        for each in was.keys() - now.keys()
    ]
