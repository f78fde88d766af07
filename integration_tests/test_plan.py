"""The plan of `source-pinterest plan`, compared with the requests of the sync after it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from integration_tests import settings
from integration_tests.conftest import connector
from integration_tests.connector import Connector, Message, configured, is_about_arrays
from integration_tests.fake_pinterest import FakePinterest, World
from integration_tests.faults.fault_harness import catalog as few_columns
from integration_tests.loading import in_duckdb, load
from source_pinterest.api.facts import api_facts
from source_pinterest.run import run

GRANTED: dict[str, Any] = {"lookback_days": 90, "refused_targeting_types": set()}
"""For the fake: what it costs to find out that Pinterest refuses them is not planned."""

WORLD = World(ad_accounts=2, campaigns=2, ad_groups=1, ads=2, pins=110, boards=2, product_groups=2)


@pytest.fixture
def planned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """The plan of a sync, as JSON."""

    def planned(
        source: Connector, catalog: Message, state: Iterable[Message] = ()
    ) -> dict[str, Any]:
        args = ["plan", "--json"]
        files = {"config": source.config, "catalog": catalog, "state": list(state)}
        for name, content in files.items():
            path = tmp_path / f"{name}.json"
            path.write_text(json.dumps(content), encoding="utf-8")
            args += [f"--{name}", str(path)]
        capsys.readouterr()
        run(args, lambda: datetime.fromisoformat(str(source.now)), settings.in_use())
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return planned


REPORTS = "/ad_accounts/{ad_account_id}/reports"


def sent(pinterest: FakePinterest, *, once_asked: bool = False) -> Counter[str]:
    """By rate limit, since the last look. `once_asked`: as if each asynchronous report was ready when it was
    asked for the first time, since how long Pinterest prepares it cannot be planned."""
    operations = api_facts()["operations"]
    found = Counter(
        str(operations[str(request.operation)]["rate_limit_category"])
        for request in pinterest.requests
    )
    if once_asked:
        asked = Counter(str(request.operation) for request in pinterest.requests)
        found["ads_analytics"] -= max(0, asked[f"GET {REPORTS}"] - asked[f"POST {REPORTS}"])
    pinterest.requests.clear()
    return found


def about_arrays(pinterest: FakePinterest) -> int:
    """How many requests for lists find out how Pinterest takes arrays."""
    return sum(is_about_arrays(each) for each in pinterest.requests if each.category == "ads_read")


def differences(plan: dict[str, Any], found: Counter[str]) -> dict[str, tuple[int, int]]:
    """By rate limit: planned and sent, where they differ by more than 2 %, and by more than the two requests that
    find out once a sync how Pinterest takes arrays of ids and of statuses, if no answer has shown it yet."""
    return {
        name: (plan["requests"].get(name, 0), found[name])
        for name in {*plan["requests"], *found}
        if abs(plan["requests"].get(name, 0) - found[name]) > max(2, 0.02 * found[name])
    }


def with_all_columns_of(streams: list[dict[str, Any]], *names: str) -> Message:
    """Of these, a sync reads fewer days at once the more columns there are; of others, few are selected."""
    found = {each["stream"]["name"]: each for each in few_columns(streams)["streams"]}
    found |= {each["stream"]["name"]: each for each in configured(streams, names)["streams"]}
    return {"streams": list(found.values())}


def test_a_sync_of_all_streams_sends_what_is_planned_and_so_does_the_next(planned, everything):
    daily = [
        each["name"] for each in everything if each["name"].endswith("targeting_analytics_daily")
    ]
    catalog = with_all_columns_of(everything, *daily)
    with FakePinterest(WORLD, **GRANTED) as pinterest:
        source = connector(pinterest, backfill_days=15)
        plan = planned(source, catalog)
        asked = sent(pinterest)
        first_sync = source.read(catalog)
        sent_first = sent(pinterest, once_asked=True)
        pinterest.today = date(2026, 11, 25)
        source = connector(pinterest, "2026-11-25", backfill_days=15, lookback_days=3)
        next_plan = planned(source, catalog, first_sync.last_states)
        sent(pinterest)
        next_sync = source.read(catalog, first_sync.last_states)
        sent_next = sent(pinterest, once_asked=True)

    assert set(first_sync.statuses.values()) == set(next_sync.statuses.values()) == {"COMPLETE"}
    assert differences(plan, sent_first) == {}
    assert differences(next_plan, sent_next) == {}
    assert next_plan["requests"]["ads_analytics"] < plan["requests"]["ads_analytics"]
    # only lists are asked for, and not the Pins that they name
    lists = {name: n for name, n in plan["requests"].items() if name.endswith("_read")}
    assert asked.keys() == lists.keys()
    assert asked == {**lists, "org_read": asked["org_read"]}
    assert asked["org_read"] <= lists["org_read"]
    rows = Counter(record["stream"] for record in first_sync.of_type("RECORD"))
    unknown = {name for name, stream in plan["streams"].items() if stream["rows"] is None}
    assert unknown == {
        "keyword_analytics_daily",
        "keyword_conversions_daily",
    }  # no list of them is read
    for name, stream in plan["streams"].items():
        assert name in unknown or stream["rows"] >= rows[name], name


def test_a_sync_with_every_option_sends_what_is_planned(planned, discovered):
    """Names and final days, and a selection of columns, of ad accounts that the user chose."""
    ten = ["ad_id", "date", "SPEND_IN_DOLLAR", "CTR"]
    catalog = configured(discovered, fields={"ad_analytics_daily": ten})
    with FakePinterest(World(ad_accounts=3, campaigns=6, ads=3), **GRANTED) as pinterest:
        chosen = list(pinterest.world.accounts)[:2]
        source = connector(pinterest, ad_account_ids=chosen, entity_names=True, metrics_final=True)
        plan = planned(source, catalog)
        sent(pinterest)
        output = source.read(catalog)

        assert output.exit_code == 0, output.errors
        assert differences(plan, sent(pinterest)) == {}
        assert plan["ad_accounts"] == 2


def test_a_report_of_older_days_is_requested_once_and_asked_for_at_least_once(planned):
    """How often its status is asked for depends on how long Pinterest prepares it."""
    report = {
        "name": "by_week",
        "level": "ad",
        "granularity": "WEEK",
        "columns": ["SPEND_IN_MICRO_DOLLAR"],
    }
    with FakePinterest(WORLD, **GRANTED) as pinterest:
        source = connector(pinterest, start_date="2026-06-01", custom_reports=[report])
        streams = source.discover().catalog
        catalog = configured(streams, ["ads", "ad_analytics_daily", "by_week"])
        plan = planned(source, catalog)
        about_arrays_in_plan = about_arrays(pinterest)
        asked = sent(pinterest)
        output = source.read(catalog)
        posts = sum(request.method == "POST" for request in pinterest.requests)
        about_arrays_in_sync = about_arrays(pinterest)
        found = sent(pinterest)

    assert output.exit_code == 0, output.errors
    assert asked == {"ads_read": plan["requests"]["ads_read"]}
    assert about_arrays_in_sync <= 2  # of ids, and of statuses
    lists = found["ads_read"] - about_arrays_in_sync
    assert lists == plan["requests"]["ads_read"] - about_arrays_in_plan
    polls = found["ads_analytics"] - plan["requests"]["ads_analytics"]
    assert 0 <= polls <= 2 * posts
    assert plan["streams"]["by_week"]["requests"] >= 2 * 2
    assert plan["streams"]["by_week"]["rows"] >= len(output.records("by_week")) > 0


def test_a_history_of_all_streams_sends_what_is_planned_and_so_does_a_longer_one(
    planned, everything
):
    """Days before those of synchronous reports. The breakdowns are those that asynchronous reports have, too."""
    catalog = with_all_columns_of(everything, "campaign_targeting_analytics_daily")
    world = World(ad_accounts=2, campaigns=4, ad_groups=1, ads=2, pins=1, boards=1)
    chosen: dict[str, Any] = {"targeting_types": ["GENDER", "AGE_BUCKET", "COUNTRY"]}
    with FakePinterest(world, **GRANTED) as pinterest:
        source = connector(pinterest, start_date="2026-08-16", **chosen)
        plan = planned(source, catalog)
        sent(pinterest)
        first_sync = source.read(catalog)
        posts = sum(request.method == "POST" for request in pinterest.requests)
        sent_first = sent(pinterest, once_asked=True)
        pinterest.today = date(2026, 11, 25)
        source = connector(
            pinterest, "2026-11-25", start_date="2026-08-01", lookback_days=3, **chosen
        )
        longer_plan = planned(source, catalog, first_sync.last_states)
        sent(pinterest)
        longer = source.read(catalog, first_sync.last_states)
        sent_longer = sent(pinterest, once_asked=True)

    assert set(first_sync.statuses.values()) == set(longer.statuses.values()) == {"COMPLETE"}
    assert posts > 20
    assert differences(plan, sent_first) == {}
    assert differences(longer_plan, sent_longer) == {}
    assert longer_plan["requests"]["ads_analytics"] < plan["requests"]["ads_analytics"]


def test_counts_plan_what_lists_of_that_length_would(planned, everything, tmp_path, capsys):
    catalog = configured(everything)
    world = World(ad_accounts=3, campaigns=3, ad_groups=2, ads=2, pins=130, boards=4)
    with FakePinterest(world, **GRANTED) as pinterest:
        source = connector(pinterest, backfill_days=15)
        asked = planned(source, catalog)
        sent(pinterest)
        counts = ",".join(f"{name}={n}" for name, n in COUNTS.items())
        files = ["--config", str(tmp_path / "config.json")]
        files += ["--catalog", str(tmp_path / "catalog.json")]
        now = datetime.fromisoformat("2026-11-24T09:00:00+00:00")
        run(["plan", "--json", *files, "--counts", counts], lambda: now)
        plan = json.loads(capsys.readouterr().out)

        assert not pinterest.requests
    for name in SAME_BY_COUNTS:
        assert plan["streams"][name]["entities"] == asked["streams"][name]["entities"], name
        of_reports = "ads_analytics", "org_analytics"
        for limit in of_reports:
            assert plan["streams"][name]["requests_by_category"].get(limit) == asked["streams"][
                name
            ]["requests_by_category"].get(limit), name


# --- Shards ---


def test_the_shards_together_read_what_one_connection_reads_before_and_after(
    discovered, tmp_path, capsys
):
    """A first sync of one connection, split for the next one, and joined again for the third."""
    catalog = few_columns(discovered)
    days = {"backfill_days": 15, "lookback_days": 3}
    world = World(ad_accounts=5, campaigns=2, ad_groups=1, ads=2, pins=6, boards=2)

    def split(source: Connector, number: int, state: Iterable[Message]) -> list[Path]:
        files = {"config": source.config, "catalog": catalog, "state": list(state)}
        args = ["plan", "--shards", str(number), "--into", str(tmp_path / "shards")]
        for name, content in files.items():
            path = tmp_path / f"{name}.json"
            path.write_text(json.dumps(content), encoding="utf-8")
            args += [f"--{name}", str(path)]
        run(args, lambda: datetime.fromisoformat(str(source.now)), settings.in_use())
        return sorted((tmp_path / "shards").glob("shard_*"))

    with FakePinterest(world, **GRANTED) as pinterest:
        first_sync = connector(pinterest, **days).read(catalog)
        pinterest.today = date(2026, 11, 25)
        whole = connector(pinterest, "2026-11-25", **days)
        folders = split(whole, 3, first_sync.last_states)
        sent(pinterest)
        single = whole.read(catalog, first_sync.last_states)
        sent_by_one = sent(pinterest)
        parts = [
            Connector(_json(folder / "config.json"), whole.now).read(
                _json(folder / "catalog.json"), _json(folder / "state.json")
            )
            for folder in folders
        ]
        sent_by_all = sent(pinterest)
        for folder, part in zip(folders, parts, strict=True):
            (folder / "state.json").write_text(json.dumps(part.last_states), encoding="utf-8")
        capsys.readouterr()
        run(["plan", "--join-states", *(str(folder / "state.json") for folder in folders)])
        rejoined = json.loads(capsys.readouterr().out)
        again = whole.read(catalog, rejoined)
        about_arrays_again = about_arrays(pinterest)
        sent_again = sent(pinterest)
        once_more = whole.read(catalog, single.last_states)
        about_arrays_once_more = about_arrays(pinterest)
        sent_once_more = sent(pinterest)

    assert len(folders) == 3
    assert [part.exit_code for part in parts] == [0, 0, 0]
    accounts = [_json(folder / "config.json")["ad_account_ids"] for folder in folders]
    assert sorted(map(len, accounts)) == [1, 2, 2]
    assert {_json(folder / "config.json")["rate_limit_share"] for folder in folders} == {0.3333}
    assert rows_of(*parts) == rows_of(single)
    # each shard asks for its own list of ad accounts, and nothing else is asked for more than once
    assert sent_by_all["ads_analytics"] == sent_by_one["ads_analytics"]
    assert sent_by_all["org_analytics"] == sent_by_one["org_analytics"]
    # joined, the states are those that the single connection has, so the same is read
    assert rows_of(again) == rows_of(once_more)
    # but for what finds out how arrays are taken, if no answer has shown it yet
    assert max(about_arrays_again, about_arrays_once_more) <= 2
    sent_again["ads_read"] -= about_arrays_again
    sent_once_more["ads_read"] -= about_arrays_once_more
    assert sent_again == sent_once_more


def test_shards_that_are_loaded_as_they_are_keep_each_others_lists_in_one_database(
    discovered, tmp_path
):
    """Nobody names a schema: each has its own, and dbt's variables name all of them."""
    catalog = configured(discovered, ["campaigns"])
    with FakePinterest(World(ad_accounts=3, campaigns=2, ads=1)) as pinterest:
        source = connector(pinterest)
        single = source.read(catalog)
        files = {"config": source.config, "catalog": catalog}
        for name, content in files.items():
            (tmp_path / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
        into = tmp_path / "shards"
        args = [f"--{name}={tmp_path / name}.json" for name in files]
        run(
            ["plan", *args, "--shards", "2", "--into", str(into)],
            lambda: datetime.fromisoformat(str(source.now)),
        )
        database = tmp_path / "data.duckdb"
        codes = [
            load(
                *("--config", folder / "config.json", "--catalog", folder / "catalog.json"),
                *("--into", database),
            )
            for folder in (into / "shard_01", into / "shard_02")
        ]

    assert codes == [0, 0]
    schemas = _json(into / "dbt_vars.json")["pinterest_shards"]
    found = [row["id"] for schema in schemas for row in in_duckdb(database, schema)("campaigns")]
    assert Counter(found) == Counter(record["id"] for record in single.records("campaigns"))


def test_the_shards_of_one_login_do_not_lock_each_other_out(discovered, tmp_path):
    """Where a renewal ends the former refresh token: only the plan renews the login, once."""
    catalog = tmp_path / "catalog.json"
    catalog.write_text(json.dumps(configured(discovered, ["campaigns"])), encoding="utf-8")
    config = tmp_path / "config.json"
    with FakePinterest(World(ad_accounts=3, campaigns=1)) as pinterest:
        pinterest.refresh_tokens_die = True
        login = {
            "auth_method": "oauth2.0",
            "client_id": pinterest.client_id,
            "client_secret": pinterest.client_secret,
            "refresh_token": pinterest.refresh_token,
        }
        given = {"credentials": login, "base_url": pinterest.url}
        config.write_text(json.dumps(given), encoding="utf-8")
        now = datetime.fromisoformat("2026-11-24T09:00:00+00:00")
        files = ["--config", str(config), "--catalog", str(catalog)]
        into = tmp_path / "shards"

        run(["plan", *files, "--shards", "3", "--into", str(into)], lambda: now)
        shards = [_json(path) for path in sorted(into.rglob("config.json"))]
        outputs = [Connector(shard).read(_json(catalog)) for shard in shards]
        renewals = sum(each.operation == "POST /oauth/token" for each in pinterest.requests)
        # what two connections with the same refresh token come to
        second = Connector(given).read(_json(catalog))

    assert [output.exit_code for output in outputs] == [0, 0, 0]
    assert sum(len(output.records("campaigns")) for output in outputs) == 3
    assert renewals == 1
    assert {shard["credentials"]["auth_method"] for shard in shards} == {"access_token"}
    assert _json(config)["credentials"]["refresh_token"] != login["refresh_token"]
    assert second.exit_code == 1
    assert (
        "Log in again: Pinterest no longer accepts this refresh token"
        in second.errors[0]["message"]
    )


def rows_of(*outputs: Any) -> Counter[tuple[str, str]]:
    """Every record of every stream, however often it arrived."""
    return Counter(
        (record["stream"], json.dumps(record["data"], sort_keys=True))
        for output in outputs
        for record in output.of_type("RECORD")
    )


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


COUNTS = {"ad_accounts": 3, "campaigns": 3, "ad_groups": 6, "ads": 12}
"""Of the world in that test."""

SAME_BY_COUNTS = [
    *("ad_accounts", "campaigns", "ad_groups", "ads"),
    *("campaign_analytics", "ad_analytics", "ad_analytics_daily", "ad_targeting_analytics_daily"),
    *("campaign_targeting_analytics", "ad_account_analytics_daily"),
]
