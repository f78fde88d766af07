"""Recordings: those that were handed in are understood, and the one of the fake tells nothing."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integration_tests import record, replay
from integration_tests.fake_pinterest import FakePinterest, World
from integration_tests.record import NOW, OF_THE_FAKE, RECORDINGS, fake, verified
from source_pinterest.verify.recording import recording

AD_ACCOUNTS = "GET /ad_accounts"


@pytest.fixture(scope="module")
def of_the_fake() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(OF_THE_FAKE.read_text("utf-8"))
    return made


@pytest.mark.parametrize("path", sorted(RECORDINGS.glob("*.json")), ids=lambda path: path.name)
def test_a_recording_is_understood_and_the_fake_can_answer_so(path: Path):
    assert replay.complaints(json.loads(path.read_text("utf-8"))) == []


def test_the_recording_of_the_fake_is_what_verify_makes_of_it_now(of_the_fake, tmp_path):
    made = record.recorded_of_the_fake(tmp_path)

    assert made == of_the_fake, "run python -m integration_tests.record"


# --- What is in one ---


class Seen:
    """A verification of the fake, its recording, and all that must not be in it."""

    def __init__(self, folder: Path) -> None:
        with fake() as pinterest:
            self.exchanges = verified(pinterest, folder / "my.json", is_renewed=True).exchanges
            self.pinterest = pinterest
        self.recording = recording(self.exchanges, [], NOW)
        self.text = json.dumps(self.recording, ensure_ascii=False)
        self.values = {str(each) for each in scalars(self.recording["exchanges"])}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return Seen(tmp_path_factory.mktemp("seen"))


def scalars(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield name
            yield from scalars(each)
    elif isinstance(value, list):
        for each in value:
            yield from scalars(each)
    elif value is not None and not isinstance(value, bool):
        yield value


def entities(world: World) -> Iterator[dict[str, Any]]:
    yield world.user
    yield from (*world.all_boards, *world.all_pins, *world.all_followers, *world.all_interests)
    for account in world.accounts.values():
        yield account.record
        yield from (*account.campaigns, *account.ad_groups, *account.ads)


def test_there_is_no_id_of_the_world_in_it(seen):
    ids = {
        str(each)
        for entity in entities(seen.pinterest.world)
        for each in scalars(entity)
        if str(each).isdecimal() and len(str(each)) >= 11
    }

    assert len(ids) > 200
    assert [each for each in ids if each in seen.text] == []


def test_there_is_no_name_or_text_of_the_world_in_it(seen):
    texts = {
        entity[name]
        for entity in entities(seen.pinterest.world)
        for name in ("name", "username", "title", "description", "link", "destination_url")
        if (entity.get(name) or "").strip()
    }

    assert len(texts) > 100
    assert [each for each in texts if each in seen.values] == []
    assert [each for each in texts if len(each) > 8 and each in seen.text] == []


def test_there_is_no_amount_of_the_world_in_it(seen):
    """Small numbers come by chance, so those are looked for that say something."""
    amounts = {
        str(each)
        for exchange in seen.exchanges
        for each in scalars(exchange.body)
        if isinstance(each, (int, float)) and len(str(each).replace(".", "")) >= 6
    }
    kept = {"2592000", "5184000"}  # the lives of tokens, which are Pinterest's

    assert len(amounts) > 100
    assert (amounts - kept) & seen.values == set()


def test_there_is_no_token_or_address_in_it(seen):
    pinterest: FakePinterest = seen.pinterest
    secrets = [
        *pinterest.access_tokens,
        *pinterest.refresh_tokens,
        *pinterest.reports.made,
        *(link for each in pinterest.reports.made.values() for link in each.links),
        pinterest.client_secret,
        pinterest.url,
        "127.0.0.1",
    ]

    assert len(secrets) > 8
    assert [each for each in secrets if each in seen.text] == []


# --- What a recording teaches ---


def exchange_of(made: dict[str, Any], operation: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        each
        for each in made["exchanges"]
        if each["operation"] == operation and each["status"] == 200
    )
    return found


def item(made: dict[str, Any], operation: str = AD_ACCOUNTS) -> dict[str, Any]:
    first: dict[str, Any] = exchange_of(made, operation)["body"]["items"][0]
    return first


def a_new_field(made: dict[str, Any]) -> None:
    item(made)["a_new_field"] = True


def another_type(made: dict[str, Any]) -> None:
    item(made)["created_time"] = "2026-07-09T10:22:11"


def a_new_header(made: dict[str, Any]) -> None:
    exchange_of(made, AD_ACCOUNTS)["headers"]["retry-after"] = "7"


def another_refusal(made: dict[str, Any]) -> None:
    exchange = exchange_of(made, AD_ACCOUNTS)
    exchange.update(status=400, body={"code": 2787, "message": "Something went wrong on our end."})


def another_shape(made: dict[str, Any]) -> None:
    exchange_of(made, AD_ACCOUNTS)["body"] = {"accounts": []}


def a_row_without_its_id(made: dict[str, Any]) -> None:
    rows = next(
        each["body"]
        for each in made["exchanges"]
        if each["operation"].endswith("/ads/analytics") and each["status"] == 200 and each["body"]
    )
    del rows[0]["AD_ID"]


def no_json(made: dict[str, Any]) -> None:
    exchange = exchange_of(made, AD_ACCOUNTS)
    del exchange["body"]
    exchange["no_json"] = {"bytes": 12}


@pytest.mark.parametrize(
    ("change", "sentences"),
    [
        (
            a_new_field,
            [
                "Teach the fake that /items/[]/a_new_field can be true or false in an answer to GET "
                "/ad_accounts."
            ],
        ),
        (
            another_type,
            [
                "GET /ad_accounts: ad_accounts.created_time does not fit its schema: str",
                "Teach the fake that /items/[]/created_time can be a time in an answer to GET "
                "/ad_accounts.",
            ],
        ),
        (a_new_header, ["Teach the fake the header retry-after."]),
        (
            another_refusal,
            ["Teach the fake to answer GET /ad_accounts with status 400 and code 2787."],
        ),
        (
            another_shape,
            [
                "GET /ad_accounts: the answer is no page of a list",
                "Teach the fake that /{} can be a list in an answer to GET /ad_accounts.",
            ],
        ),
        (
            no_json,
            [
                "GET /ad_accounts: an answer with 200 is no JSON",
                "Teach the fake to answer GET /ad_accounts with status 200 and no JSON.",
            ],
        ),
        (
            a_row_without_its_id,
            [
                "GET /ad_accounts/{ad_account_id}/ads/analytics: the reader fails: UnusableAnswer: a "
                "row of Pinterest's answer has no AD_ID"
            ],
        ),
    ],
)
def test_a_replay_names_what_is_new_in_a_recording(change, sentences, of_the_fake):
    made = copy.deepcopy(of_the_fake)
    change(made)

    assert replay.complaints(made) == sentences


def test_a_recording_can_be_replayed_from_the_command_line(of_the_fake, tmp_path, capsys):
    made = copy.deepcopy(of_the_fake)
    a_new_header(made)
    path = tmp_path / "recording.json"
    path.write_text(json.dumps(made))

    status = replay.main([str(path)])

    assert status == 1
    assert capsys.readouterr().out == "Teach the fake the header retry-after.\n"
    assert replay.main([str(OF_THE_FAKE)]) == 0
