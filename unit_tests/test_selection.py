"""Which streams of a catalog are read; what `read` and `plan` then say is in their own tests."""

from __future__ import annotations

from typing import Any

from airbyte_cdk.models import (
    AirbyteStateBlob,
    AirbyteStateMessage,
    AirbyteStateType,
    AirbyteStream,
    AirbyteStreamState,
    ConfiguredAirbyteStream,
    DestinationSyncMode,
    StreamDescriptor,
    SyncMode,
)

from source_pinterest.selection import Selection, select
from source_pinterest.sync.context import SyncContext
from unit_tests.streams.pinterest import Pinterest
from unit_tests.streams.pinterest import context as context_of


def context(**options: Any) -> SyncContext:
    return context_of(Pinterest(), **options)


def stream(name: str, sync_mode: SyncMode = SyncMode.full_refresh) -> ConfiguredAirbyteStream:
    offered = AirbyteStream(name=name, json_schema={}, supported_sync_modes=[sync_mode])
    return ConfiguredAirbyteStream(offered, sync_mode, DestinationSyncMode.append)


def state(name: str, **entries: Any) -> AirbyteStateMessage:
    of_stream = AirbyteStreamState(StreamDescriptor(name=name), AirbyteStateBlob(**entries))
    return AirbyteStateMessage(type=AirbyteStateType.STREAM, stream=of_stream)


def names(selection: Selection) -> list[str]:
    return [configured.stream.name for _, configured in selection.streams]


def problems(selection: Selection) -> dict[str, str]:
    return {configured.stream.name: sentence for configured, sentence in selection.problems}


def test_streams_are_in_the_order_of_reading_each_once():
    catalog = [stream("ad_analytics_daily"), stream("ads"), stream("ads")]

    assert names(select(catalog, context(), [])) == ["ads", "ad_analytics_daily"]


def test_a_stream_that_does_not_exist_or_is_there_in_two_ways_fails_alone():
    in_two_ways = [stream("ads"), stream("ads", SyncMode.incremental)]

    found = select([stream("campaigns"), stream("adds"), *in_two_ways], context(), [])

    assert names(found) == ["campaigns"]
    assert "Did you mean ads?" in problems(found)["adds"]
    assert "twice, in different ways" in problems(found)["ads"]


def test_each_stream_has_its_state_and_one_that_it_does_not_take_is_named():
    entry = {"since": "2026-11-09", "date": "2026-11-21", "version": 1}
    states = [
        state("ad_account_analytics_daily", **{"7": entry, "__ab_marker": {}}),
        state("ad_analytics_daily", **{"7": {"date": "yesterday"}}),
    ]
    catalog = [stream("ad_account_analytics_daily"), stream("ad_analytics_daily")]

    found = select(catalog, context(), states)

    ((report, _),) = found.streams
    assert report.name == "ad_account_analytics_daily"
    assert report.state.keys() == {"7"}  # type: ignore[attr-defined]
    assert "was not written by this connector" in problems(found)["ad_analytics_daily"]


def test_a_wrong_custom_report_that_is_not_selected_is_a_warning():
    report = {"name": "ads", "level": "campaign", "columns": ["CTR"]}

    found = select([stream("campaigns")], context(custom_reports=[report]), [])

    assert names(found) == ["campaigns"]
    assert len(found.warnings) == 1
    assert "a stream of the connector has this name" in found.warnings[0]


def test_states_of_another_connection_are_a_warning():
    entry = {"since": "2026-11-09", "date": "2026-11-21", "version": 1}
    catalog = [stream("ad_account_analytics_daily")]

    def warnings(*accounts: str, chosen: list[str]) -> list[str]:
        entries = dict.fromkeys(accounts, entry)
        states = [state("ad_account_analytics_daily", **entries)]
        return select(catalog, context(ad_account_ids=chosen), states).warnings

    (warning,) = warnings("8", "9", chosen=["7"])
    assert "of other ad accounts (such as 8) than those in `ad_account_ids`" in warning
    assert warnings("7", "8", chosen=["7"]) == []  # one that was taken out since
    assert warnings("8", chosen=[]) == []  # of all
    assert warnings(chosen=["7"]) == []


def test_lists_that_reports_need_are_announced_too():
    sync = context()

    select([stream("ad_analytics_daily"), stream("campaigns")], sync, [])

    assert {name: sync.reads_list(name) for name in ("campaigns", "ads", "boards")} == {
        "campaigns": True,
        "ads": True,
        "boards": False,
    }


def test_the_ad_accounts_and_the_users_that_states_are_of_are_expected():
    pinterest = Pinterest()
    sync = context_of(pinterest)
    catalog = [stream("ad_analytics_daily"), stream("pin_analytics")]
    states = [state("ad_analytics_daily", **{"9": {}}), state("pin_analytics", **{"8": {}})]

    found = select(catalog, sync, states)
    sync.ad_accounts()
    sync.user()

    assert not problems(found)
    assert [len(pinterest.asked(path)) for path in ("/ad_accounts", "/user_account")] == [2, 2]
