"""The streams of versions: what they ask for, and what they make of what is gone."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from airbyte_cdk.models import (  # type: ignore[attr-defined]
    ConfiguredAirbyteStream,
    DestinationSyncMode,
    SyncMode,
)
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.utils import AirbyteTracedException

from source_pinterest.api.limits import Limits
from source_pinterest.http.errors import AccessDenied, NotFound, RequestRefused
from source_pinterest.records.rows import Batch
from source_pinterest.streams.lists.history import CampaignsHistory
from source_pinterest.sync.entity_versions import AccountVersions, version_hash
from unit_tests.streams.lists.pinterest import ACCOUNT, AD_ACCOUNTS, Pinterest, context, page

PATH = f"/ad_accounts/{ACCOUNT}/campaigns"
ONE_ACCOUNT = {"/ad_accounts": {"items": AD_ACCOUNTS[:1], "bookmark": None}}


def campaign(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "ad_account_id": ACCOUNT,
        "name": f"Campaign {number}",
        "status": "ARCHIVED",
        "updated_time": 100 + number,
        **fields,
    }


def known(*numbers: int) -> dict[str, Any]:
    """The state after a sync that listed these campaigns."""
    entities = {str(each): version_hash(campaign(each)) for each in numbers}
    return {ACCOUNT: AccountVersions(109, 1_000, entities).as_json()}


def read(
    pinterest: Pinterest,
    state: dict[str, Any] | None = None,
    mode: SyncMode = SyncMode.incremental,
) -> tuple[list[dict[str, Any]], dict[str, Any], str]:
    """The records, the last state and the error of a sync."""
    stream = CampaignsHistory(context(pinterest))
    stream.state = state or {}
    configured = ConfiguredAirbyteStream(
        stream.as_airbyte_stream(), mode, DestinationSyncMode.append_dedup
    )
    records: list[dict[str, Any]] = []
    error = ""
    try:
        for each in stream.messages(configured, ConnectorStateManager([])):
            if isinstance(each, Batch):
                records += each.records()
    except AirbyteTracedException as raised:
        error = str(raised.message)
    return records, dict(stream.state), error


def asking(listed: list[dict[str, Any]], of_ids: Any, limits: Limits | None = None) -> Pinterest:
    """`of_ids`: what a list filtered by these ids answers."""

    def answer(params: dict[str, Any]) -> Any:
        if "campaign_ids" not in params:
            return page(*listed)
        found = of_ids(params["campaign_ids"])
        return found if isinstance(found, Exception) else page(*found)

    return Pinterest({**ONE_ACCOUNT, PATH: answer}, limits or Limits())


def ids_asked(pinterest: Pinterest) -> list[list[str]]:
    return [
        list(each["campaign_ids"]) for each in pinterest.params_of(PATH) if "campaign_ids" in each
    ]


def those_of(*there: int) -> Any:
    return lambda ids: [campaign(each) for each in there if str(each) in ids]


def gone(records: list[dict[str, Any]]) -> list[str]:
    return [each["id"] for each in records if not each["is_listed"]]


def test_what_is_gone_is_asked_for_first_all_at_once():
    pinterest = asking([campaign(1), campaign(2), campaign(5)], those_of(1, 2, 5))

    records, _, error = read(pinterest, known(1, 2, 3, 4, 5))

    assert (gone(records), error) == (["3", "4"], "")
    assert ids_asked(pinterest) == [["1", "5"], ["3", "4"]]


def test_one_that_is_gone_is_asked_for_without_finding_out_how_several_are():
    pinterest = asking([campaign(1), campaign(2)], those_of(1, 2))

    records, _, _ = read(pinterest, known(1, 2, 3))

    assert gone(records) == ["3"]
    assert ids_asked(pinterest) == [["3"]]


def test_what_pinterest_has_if_asked_for_it_was_only_missing_on_the_pages():
    pinterest = asking([campaign(1), campaign(2)], those_of(1, 2, 4))

    records, state, _ = read(pinterest, known(1, 2, 3, 4))

    assert gone(records) == ["3"]
    assert read(asking([campaign(1), campaign(2), campaign(4)], those_of()), state)[0] == []


@pytest.mark.parametrize("refusal", [NotFound("Gone.", 404), RequestRefused("Invalid id.", 400)])
def test_a_refusal_of_some_is_settled_one_by_one(refusal):
    def of_ids(ids: list[str]) -> Any:
        return refusal if "3" in ids else those_of(1, 2, 4)(ids)

    records, _, error = read(asking([campaign(1), campaign(2)], of_ids), known(1, 2, 3, 4))

    assert (gone(records), error) == (["3"], "")


@pytest.mark.parametrize("refusal", [NotFound("Gone.", 404), RequestRefused("Not now.", 400)])
def test_a_refusal_of_a_moment_makes_nothing_gone(refusal):
    asked: list[list[str]] = []

    def of_ids(ids: list[str]) -> Any:
        asked.append(ids)
        return refusal if len(asked) == 1 else those_of(1, 2, 3)(ids)

    records, _, error = read(asking([campaign(1), campaign(2)], of_ids), known(1, 2, 3))

    assert (gone(records), error) == ([], "")
    assert asked == [["3"], ["3"]]


def test_an_entity_that_may_not_be_read_is_not_called_gone(caplog):
    def of_ids(ids: list[str]) -> Any:
        return AccessDenied("No.", 403) if "3" in ids else those_of(1, 2)(ids)

    records, state, error = read(asking([campaign(1), campaign(2)], of_ids), known(1, 2, 3))

    assert (gone(records), error) == ([], "")
    assert "1 entities are no longer in the list" in caplog.text
    assert gone(read(asking([campaign(1), campaign(2)], those_of(1, 2)), state)[0]) == ["3"]


def test_an_account_without_any_entity_left_is_asked_one_by_one_up_to_the_limit(caplog):
    pinterest = asking([], those_of(), Limits(unlisted_ids_requested=2))

    records, state, _ = read(pinterest, known(1, 2, 3))

    assert gone(records) == ["1", "2"]
    assert "1 entities are no longer in the list" in caplog.text
    assert gone(read(asking([], those_of()), state)[0]) == ["3"]


def test_a_list_with_an_item_that_cannot_be_read_says_nothing_about_what_is_gone():
    pinterest = asking([campaign(1), {"name": "No id"}], those_of())

    records, state, error = read(pinterest, known(1, 2))

    assert records == []
    assert ids_asked(pinterest) == []
    assert "1 without id" in error
    assert state[ACCOUNT]["entities"] == known(1, 2)[ACCOUNT]["entities"]


def test_a_list_that_cannot_be_read_costs_its_account_and_keeps_its_state():
    records, state, error = read(
        Pinterest({**ONE_ACCOUNT, PATH: AccessDenied("No.", 403)}), known(1)
    )

    assert (records, state) == ([], known(1))
    assert f"campaigns_history of ad account {ACCOUNT}" in error


def test_a_state_is_full_only_up_to_a_limit_which_is_reported(caplog):
    pinterest = asking([campaign(1), campaign(2)], those_of(), Limits(entities_in_state=1))

    _, state, _ = read(pinterest)

    assert "entities" not in state[ACCOUNT]
    assert "there are more than 1" in caplog.text


def test_an_account_that_an_attempt_has_read_is_not_read_again_in_a_full_refresh():
    done = {ACCOUNT: {**known(1)[ACCOUNT], "done": True}}

    assert read(asking([campaign(1)], those_of()), done, SyncMode.full_refresh)[0] == []
    assert len(read(asking([campaign(1)], those_of()), known(1), SyncMode.full_refresh)[0]) == 1
    changed = asking([campaign(1, name="Renamed")], those_of())
    assert len(read(changed, done)[0]) == 1


def test_a_version_names_the_ad_account_that_lists_it():
    item = {"id": "1", "updated_time": 5}

    (record,) = read(asking([item], those_of()))[0]

    assert record["ad_account_id"] == ACCOUNT


def test_the_schema_is_the_lists_and_its_key_is_never_null():
    properties = CampaignsHistory().get_json_schema()["properties"]

    assert (properties["id"]["type"], properties["updated_time"]["type"]) == ("string", "integer")
    assert properties["name"]["type"] == ["null", "string"]
    assert properties["is_listed"]["type"] == ["null", "boolean"]
    assert "daily_spend_cap" in properties


def test_the_lists_of_several_ad_accounts_are_read_at_the_same_time():
    meeting = threading.Barrier(len(AD_ACCOUNTS), timeout=60)

    def answer_of(account: str) -> Any:
        def answer(params: dict[str, Any]) -> Any:
            if not params.get("bookmark"):
                meeting.wait()
            return page(campaign(1, ad_account_id=account))

        return answer

    accounts = [each["id"] for each in AD_ACCOUNTS]
    paths = {f"/ad_accounts/{each}/campaigns": answer_of(each) for each in accounts}

    records, state, error = read(Pinterest(paths))

    assert sorted(each["ad_account_id"] for each in records) == accounts
    assert (sorted(state), error) == (accounts, "")
