"""The dbt package on DuckDB and PostgreSQL, and what its tests say of damaged data."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timezone
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from integration_tests.connector import ROOT, Connector, configured
from integration_tests.dbt_package import (
    COLUMNS,
    PROJECT,
    STREAMS,
    TARGETING_TYPES,
    Dbt,
    Package,
    Result,
    failed,
)
from integration_tests.fake_pinterest import FakePinterest, World
from integration_tests.loading import load
from integration_tests.postgresql import SEPARATOR, Postgresql, postgresql

DAYS = ["2026-11-24", "2026-11-25"]
"""Of the two syncs. The fake Pinterest restates conversions from one to the other."""

DATABASE = "demo.duckdb"


@pytest.fixture(scope="session")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dbt]:
    """In the environment of script/dbt."""
    made = subprocess.run(
        [str(ROOT / "script/dbt"), "--environment-only"],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    started = Dbt(ROOT / ".venv-dbt/bin/dbt", tmp_path_factory.mktemp("dbt") / "log")
    yield started
    started.close()


@dataclass(frozen=True)
class Sync:
    """The connector's output, and its configuration."""

    day: str
    config: Path
    messages: Path

    def into(self, *options: str | Path) -> None:
        code = load(
            *("--config", self.config, "--streams", ",".join(STREAMS)),
            *("--columns", ",".join(COLUMNS), *options),
            now=f"{self.day}T09:00:00+00:00",
            printed=self.messages,
        )
        assert code == 0


@pytest.fixture(scope="session")
def syncs(tmp_path_factory: pytest.TempPathFactory) -> list[Sync]:
    """Two syncs, a day apart, of 20 days."""
    folder = tmp_path_factory.mktemp("syncs")
    world = World(epoch=date(2026, 11, 24), edition=1, shop=True)
    found: list[Sync] = []
    state: list[Any] = []
    for day in DAYS:
        if found:  # a campaign gets another budget after the first sync
            changed = next(iter(world.accounts.values()))
            campaign = changed.entities("campaign")[0]
            updated = int(datetime(2026, 11, 24, 20, tzinfo=timezone.utc).timestamp())
            budget = {"daily_spend_cap": 77_000_000, "updated_time": updated}
            changed.edit("campaign", campaign["id"], **budget)
        with FakePinterest(world, today=date.fromisoformat(day)) as pinterest:
            token = {"auth_method": "access_token", "access_token": pinterest.access_token}
            config = {
                "credentials": token,
                "base_url": pinterest.url,
                "backfill_days": 20,
                "lookback_days": 7,
                "targeting_types": TARGETING_TYPES,
            }
            connector = Connector(config, now=f"{day}T09:00:00+00:00")
            catalog = connector.discover().catalog
            fields = {
                stream["name"]: [
                    name
                    for name in stream["json_schema"]["properties"]
                    if not name.isupper() or name in COLUMNS
                ]
                for stream in catalog
                if re.search("_analytics|_conversions", stream["name"])
                and "pin_" not in stream["name"]
                and "user_" not in stream["name"]
            }
            output = connector.read(configured(catalog, STREAMS, fields=fields), state)
        assert output.exit_code == 0, output.errors
        state = output.last_states
        messages = folder / f"{day}.jsonl"
        messages.write_text("\n".join(output.lines) + "\n", encoding="utf-8")
        path = folder / "my.json"
        path.write_text(json.dumps(config), encoding="utf-8")
        found.append(Sync(day, path, messages))
    return found


@pytest.fixture(scope="session")
def loaded(syncs: list[Sync], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A DuckDB file after each of the syncs."""
    folder = tmp_path_factory.mktemp("loaded")
    found = []
    for sync in syncs:
        sync.into("--into", folder / DATABASE)
        found.append(shutil.copy(folder / DATABASE, folder / f"after-{sync.day}.duckdb"))
    return found


def on_duckdb(dbt: Dbt, database: Path, folder: Path, **more: str) -> Package:
    environment = {"PINTEREST_DBT_TARGET": "duckdb", "PINTEREST_DUCKDB": str(database), **more}
    return Package(dbt, environment, folder)


BEFORE = (
    *("--exclude-resource-type", "test", "--select"),
    *("+pinterest_campaign_daily_history", "+fct_pinterest__ad_daily", "+dim_pinterest__ads"),
)
"""What is built after the first sync: the history of a campaign's days, and facts that the second run adds to."""


@dataclass(frozen=True)
class Built:
    package: Package
    results: list[Result]
    database: Any
    """A connection to the DuckDB file, or the server."""

    @property
    def file(self) -> Path:
        """The DuckDB file, to be copied: it is open."""
        return Path(self.package.environment["PINTEREST_DUCKDB"])


@pytest.fixture(scope="session")
def in_duckdb(
    dbt: Dbt, loaded: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Built]:
    """A run after each of the syncs, in one file: the second is incremental."""
    folder = tmp_path_factory.mktemp("duckdb")
    database = folder / DATABASE
    shutil.copy(loaded[0], database)
    logged = on_duckdb(dbt, database, folder / "target", DBT_LOG_LEVEL_FILE="debug")
    assert failed(logged.run("build", *BEFORE)) == {}
    package = on_duckdb(dbt, database, folder / "target")
    # the second load, as if it was into this file
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"attach '{loaded[1]}' as later (read_only)")
        for stream in STREAMS:
            connection.execute(f"delete from demo.pinterest.{stream}")
            connection.execute(f"insert into demo.pinterest.{stream} from later.pinterest.{stream}")
    results = package.run("build")
    # once, since that takes longer than most of what is asked
    with duckdb.connect(str(database), read_only=True) as connection:
        yield Built(package, results, connection)


@pytest.fixture(scope="session")
def server() -> Iterator[Postgresql]:
    with postgresql() as started:
        yield started


@pytest.fixture(scope="session")
def in_postgresql(
    dbt: Dbt,
    syncs: list[Sync],
    server: Postgresql,
    tmp_path_factory: pytest.TempPathFactory,
) -> Built:
    folder = tmp_path_factory.mktemp("postgresql")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DESTINATION__POSTGRES__CREDENTIALS", server.url)
        environment = {"PINTEREST_DBT_TARGET": "postgres", **server.environment}
        package = Package(dbt, environment, folder / "target")
        for sync, selected in zip(syncs, (BEFORE, ()), strict=True):
            sync.into("--destination", "postgres", "--state-folder", folder / "states")
            server.run("analyze")  # as the server itself does, a minute after a load
            results = package.run("build", *selected)
    return Built(package, results, server)


def rows(built: Built, sql: str) -> list[tuple[str, ...]]:
    """As text, which is the same in both databases for what is asked here."""
    if isinstance(built.database, Postgresql):
        printed = built.database.run(sql)
        return [tuple(line.split(SEPARATOR)) for line in printed.splitlines()]
    return as_text(built.database.execute(sql).fetchall())


def as_text(found: list[tuple[Any, ...]]) -> list[tuple[str, ...]]:
    return [tuple("" if value is None else str(value) for value in row) for row in found]


@pytest.fixture(params=["in_duckdb", "in_postgresql"])
def built(request: pytest.FixtureRequest) -> Built:
    found: Built = request.getfixturevalue(request.param)
    return found


def test_every_model_is_built_and_every_test_passes(built: Built) -> None:
    assert failed(built.results) == {}
    kinds = {each.kind for each in built.results}
    assert kinds >= {"model", "snapshot", "test"}


def test_sums_are_exact_to_the_millionth(built: Built) -> None:
    micro = rows(built, "select sum(spend_in_micro_dollar) from pinterest.ad_analytics_daily")
    spend = rows(built, "select sum(spend) from analytics.pinterest__ad_daily")

    whole, _, fraction = spend[0][0].partition(".")
    assert int(whole + fraction) == int(micro[0][0].partition(".")[0])
    assert len(fraction) == 6
    assert int(whole) > 0


def test_an_incremental_run_has_the_rows_of_a_new_one(in_duckdb: Built) -> None:
    for fact, stream in (("campaign", "campaign"), ("ad", "ad")):
        facts = rows(
            in_duckdb,
            f"select {fact}_id, date, spend, conversions from analytics_facts.fct_pinterest__{fact}_daily order by 1, 2",
        )
        staged = rows(
            in_duckdb,
            f"""select {fact}_id, date, cast(spend_in_micro_dollar * 0.000001 as decimal(28, 6)), total_conversions
            from analytics_staging.stg_pinterest__{stream}_analytics_daily order by 1, 2""",
        )
        assert facts == staged
        assert len(facts) > 100


def test_restated_days_are_told(in_duckdb: Built) -> None:
    found = rows(
        in_duckdb,
        """select count(*), min(versions), max(date) from analytics.pinterest__restatements
        where conversions_change <> 0 and conversions = first_conversions + conversions_change""",
    )

    (days, versions, newest), *_ = found
    assert int(days) > 0
    assert (versions, newest <= "2026-11-23") == ("2", True)


def test_a_renamed_campaign_is_one_row_with_a_history(built: Built) -> None:
    campaigns, ids = rows(
        built,
        "select count(*), count(distinct campaign_id) from analytics.dim_pinterest__campaigns",
    )[0]

    assert campaigns == ids
    assert int(campaigns) == 12
    assert rows(built, "select count(*) from analytics.dim_pinterest__ad_groups_history") == rows(
        built, "select count(*) from analytics.dim_pinterest__ad_groups"
    )


def test_the_versions_that_the_connector_has_read_are_the_history(built: Built) -> None:
    """Campaigns have theirs from the stream, ad groups from the package's own runs."""
    history = "analytics.dim_pinterest__campaigns_history"

    found = rows(
        built,
        f"""select count(*), count(distinct campaign_id), sum(case when is_current then 1 else 0 end),
        max(case when is_current then cast(daily_spend_cap as integer) end),
        min(case when not is_current then valid_to end) = max(case when is_current then valid_from end)
        from {history}
        where campaign_id in (select campaign_id from {history} where not is_current)""",
    )

    *numbers, without_a_gap = found[0]
    assert numbers == ["2", "1", "1", "77"]
    assert without_a_gap in {"True", "t"}
    assert rows(built, f"select count(*) from {history} where is_current") == [("12",)]


def test_the_bridge_has_fivetrans_tables_and_columns(built: Built) -> None:
    contract = yaml.safe_load((PROJECT / "bridge.yaml").read_text("utf-8"))["tables"]
    found = rows(
        built,
        """select table_name, column_name from information_schema.columns
        where table_schema = 'analytics_pinterest_ads'""",
    )

    assert set(found) == {
        (table, name) for table in contract for name in contract[table]["columns"]
    }
    for table in contract:
        assert int(rows(built, f"select count(*) from analytics_pinterest_ads.{table}")[0][0]) > 0


def test_the_bridge_has_the_quantity_and_value_of_conversions(built: Built) -> None:
    """Where their stream is loaded; null elsewhere."""
    names = ("total_conversions_quantity", "total_conversions_value_in_micro_dollar")
    sums = ", ".join(f"cast(sum({name}) as bigint)" for name in names)

    staged = rows(
        built, f"select {sums} from analytics_staging.stg_pinterest__campaign_conversions_daily"
    )
    bridged = rows(built, f"select {sums} from analytics_pinterest_ads.campaign_report")
    of_ads = rows(built, f"select {sums} from analytics_pinterest_ads.pin_promotion_report")

    assert bridged == staged
    assert all(int(total) > 0 for total in staged[0])
    assert set(of_ads[0]) == {""}


# --- Metrics ---

METRICS = yaml.safe_load((PROJECT / "models/semantic/pinterest_metrics.yml").read_text("utf-8"))


def of_money() -> list[tuple[str, str]]:
    """The metrics that are amounts: name and expression over a sum of the same name."""
    return [
        (each["name"], each["type_params"]["expr"])
        for each in METRICS["metrics"]
        if "several currencies" in str(each["type_params"].get("expr"))
    ]


@pytest.mark.parametrize(("name", "expression"), of_money())
def test_a_metric_of_money_refuses_to_add_across_currencies(
    built: Built, name: str, expression: str
) -> None:
    sums = f"sum({name}) as {name}, count(distinct currency) as currencies"
    mart = "analytics.pinterest__ad_daily"

    by_currency = rows(
        built, f"select {expression} from (select {sums} from {mart} group by currency) as sums"
    )
    assert len(by_currency) == 3
    assert all(float(value) > 0 for (value,) in by_currency)
    with pytest.raises((AssertionError, duckdb.Error), match="several currencies"):
        rows(built, f"select {expression} from (select {sums} from {mart}) as sums")


def test_every_amount_is_guarded() -> None:
    amounts = {name for name, _ in of_money()}
    for metric in METRICS["metrics"]:
        parameters = metric["type_params"]
        parts = [parameters.get(name) for name in ("numerator", "denominator")]
        parts += [each["name"] for each in parameters.get("metrics", [])]
        if metric["name"] not in amounts:
            assert not [part for part in parts if "before_currencies" in str(part)], metric["name"]
    assert amounts == {"spend", "checkout_value"}


# --- Exchange rates ---


def test_a_missing_rate_is_an_error_and_names_currency_and_day(
    dbt: Dbt, in_duckdb: Built, tmp_path: Path
) -> None:
    database = tmp_path / DATABASE
    shutil.copy(in_duckdb.file, database)
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            """create table rates as
            select date, currency as from_currency, 'USD' as to_currency,
                cast(case currency when 'EUR' then 1.25 when 'JPY' then 0.01 else 1 end as decimal(18, 9)) as rate
            from (select distinct date, currency from analytics.pinterest__ad_account_daily)
            where not (currency = 'EUR' and date = date '2026-11-20')"""
        )
    package = on_duckdb(dbt, database, tmp_path / "target")
    mart = ("build", "--select", "pinterest__ad_account_daily")
    variables = {"pinterest_exchange_rates": "main.rates", "pinterest_reporting_currency": "USD"}

    refused = failed(package.run(*mart, **variables))

    assert (
        "No rate to USD in main.rates: EUR on 1 days, the first of them 2026-11-20"
        in (refused["pinterest__ad_account_daily"])
    )
    with duckdb.connect(str(database)) as connection:
        connection.execute("insert into rates values ('2026-11-20', 'EUR', 'USD', 1.25)")
    assert failed(package.run(*mart, **variables)) == {}
    with duckdb.connect(str(database)) as connection:
        wrong = connection.execute(
            """select count(*) from analytics.pinterest__ad_account_daily where spend_converted is null
            or abs(spend_converted - spend * case currency when 'EUR' then 1.25 when 'JPY' then 0.01 else 1 end) > 0.000001"""
        ).fetchone()
    assert wrong == (0,)


# --- Proof by damage ---

DAILY = [f"{level}_analytics_daily" for level in ("ad_account", "campaign", "ad_group", "ad")]
DAMAGES = {
    "rows doubled": (
        "insert into pinterest.campaign_analytics_daily from pinterest.campaign_analytics_daily",
        "pinterest_no_row_is_loaded_twice",
        207,  # without those of the day that is dropped below
    ),
    "a campaign renamed in a merged list": (
        """insert into pinterest.campaigns by name select * replace ('Another name' as name)
        from pinterest.campaigns order by id limit 1""",
        "pinterest_no_list_has_an_entity_twice",
        1,
    ),
    "a currency mixed in": (
        """update pinterest.campaign_analytics_daily set currency = 'CHF'
        where currency = 'USD' and date = date '2026-11-12'""",
        "pinterest_one_currency_fct_pinterest__campaign_daily_",
        1,
    ),
    "a day dropped from a level": (
        "delete from pinterest.ad_group_analytics_daily where date = date '2026-11-13'",
        "pinterest_campaigns_are_the_sum_of_their_ad_groups",
        3,
    ),
    "a day dropped from every level": (
        "; ".join(f"delete from pinterest.{each} where date = date '2026-11-14'" for each in DAILY),
        "pinterest_totals_are_the_sum_of_their_days",
        3,
    ),
    "an account's total off by a millionth": (
        """update pinterest.ad_account_analytics_daily
        set spend_in_micro_dollar = spend_in_micro_dollar + 1
        where date = date '2026-11-15' and currency = 'EUR'""",
        "pinterest_ad_accounts_are_the_sum_of_their_campaigns",
        1,
    ),
    "metrics of a campaign that no list has": (
        "delete from pinterest.campaigns where id = (select max(campaign_id) from pinterest.campaign_analytics_daily)",
        "relationships_fct_pinterest__campaign_daily_campaign_id__campaign_id__ref_dim_pinterest__campaigns_",
        20,  # its days, but for the dropped one
    ),
}
"""What is done to the tables, the test that finds it, and how many rows that has to find: those of its own damage,
and none of the others', which are on other days or of what it does not look at."""

INTEGRITY = [
    *("pinterest_no_row_is_loaded_twice", "pinterest_no_list_has_an_entity_twice"),
    *("pinterest_one_currency_fct_pinterest__campaign_daily_",),
    *("pinterest_ad_accounts_are_the_sum_of_their_campaigns",),
    *("pinterest_campaigns_are_the_sum_of_their_ad_groups",),
    *("pinterest_ad_groups_are_the_sum_of_their_ads",),
    *("pinterest_totals_are_the_sum_of_their_days", "pinterest_totals_are_of_one_window"),
    DAMAGES["metrics of a campaign that no list has"][1],
]


@pytest.fixture(scope="session")
def damaged(dbt: Dbt, in_duckdb: Built, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What fails after all damages: what these tests are about is built anew, and they are run."""
    folder = tmp_path_factory.mktemp("damaged")
    shutil.copy(in_duckdb.file, folder / DATABASE)
    with duckdb.connect(str(folder / DATABASE)) as connection:
        for sql, _, _ in DAMAGES.values():
            connection.execute(sql)
    package = on_duckdb(dbt, folder / DATABASE, folder / "target")
    tests = [f"+{test}" for _, test, _ in DAMAGES.values()]
    selected = ("--full-refresh", "--indirect-selection", "empty", "--select", *tests)
    return failed(package.run("build", *selected))


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damage_is_found_and_named(damaged: dict[str, str], damage: str) -> None:
    _, test, rows = DAMAGES[damage]

    results = "1 result" if rows == 1 else f"{rows} results"
    assert re.match(f"Got {results}, configured to (fail|warn) if != 0", damaged[test])


def test_without_damage_none_of_these_tests_fails(in_duckdb: Built) -> None:
    passed = {each.name for each in in_duckdb.results if each.status == "pass"}

    assert passed >= set(INTEGRITY)


@pytest.fixture
def package_of_one_model(tmp_path: Path) -> Path:
    """The folder of the package as far as one staging model needs it, which dbt reads in a moment."""
    folder, model = tmp_path / "dbt", "models/staging/stg_pinterest__boards.sql"
    (folder / model).parent.mkdir(parents=True)
    shutil.copytree(PROJECT / "macros", folder / "macros")
    for name in ("dbt_project.yml", model):
        shutil.copy(PROJECT / name, folder / name)
    sources = (PROJECT / "models/staging/_sources.yml").read_text("utf-8")
    until_the_first, boards, *_ = re.split("(?m)^(?=      - name: )", sources)
    (folder / "models/staging/_sources.yml").write_text(until_the_first + boards, "utf-8")
    return folder


def test_a_schema_without_the_tables_is_an_error_that_says_what_to_set(
    dbt: Dbt, in_duckdb: Built, package_of_one_model: Path, tmp_path: Path
) -> None:
    folder = {"DBT_PROJECT_DIR": str(package_of_one_model)}
    database = shutil.copy(in_duckdb.file, tmp_path / DATABASE)
    package = on_duckdb(dbt, database, tmp_path / "target", **folder)

    done = package.command(
        "compile", "--select", "stg_pinterest__boards", pinterest_schema="elsewhere"
    )

    assert done.returncode == 2  # dbt: nothing was run
    assert "No table of the Pinterest connector in demo.elsewhere" in done.stdout
    assert "pinterest_schema" in done.stdout


# --- Every query of the docs ---

BOOK = ROOT / "docs/query-book.md"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), PROJECT / "README.md"]
QUERY = re.compile(r"^```sql\n(.*?)^```$", re.MULTILINE | re.DOTALL)
QUESTION = re.compile(
    r"^## (?P<title>\d+\. .+?)\n\nReads (?P<reads>.+?)\. .*?^```sql\n(?P<sql>.*?)^```\n\n"
    r"<!-- answer -->\n(?P<answer>.*?)\n<!-- /answer -->",
    re.MULTILINE | re.DOTALL,
)
QUERIES = [
    pytest.param(sql, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, sql in enumerate(QUERY.findall(page.read_text("utf-8")), 1)
]


@cache
def answer(database: Any, sql: str) -> tuple[list[str], list[tuple[str, ...]]]:
    """The columns, which psql does not say, and the rows of a query as a reader would send it: tables without a
    schema are the connector's. Of `Built.database`, which nothing changes: it is asked once."""
    if isinstance(database, Postgresql):
        printed = database.run(f"set search_path = pinterest; {sql}")
        lines = [line for line in printed.splitlines() if line != "SET"]
        return [], [tuple(line.split(SEPARATOR)) for line in lines]
    with database.cursor() as cursor:
        cursor.execute("set search_path = 'demo.pinterest'")
        found = cursor.execute(sql).fetchall()
        return [column[0] for column in cursor.description], as_text(found)


@pytest.mark.parametrize("sql", QUERIES)
def test_every_query_of_the_docs_runs_and_answers(built: Built, sql: str) -> None:
    _, found = answer(built.database, sql)

    assert found != []


def without_fractions(found: list[tuple[str, ...]]) -> list[list[str]]:
    """A whole floating-point number is 7.0 in one database and 7 in the other."""
    return [[cell.removesuffix(".0") for cell in row] for row in found]


def as_table(columns: list[str], found: list[tuple[str, ...]]) -> str:
    lines = [columns, ["---"] * len(columns), *([in_a_cell(cell) for cell in row] for row in found)]
    return "\n" + "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def in_a_cell(value: str) -> str:
    return value.replace("|", "\\|") or "-"


def test_the_query_book_has_the_answers_and_names_the_marts(
    in_duckdb: Built, in_postgresql: Built
) -> None:
    """`QUERY_BOOK=write` writes the answers anew, after a change of the fake Pinterest."""
    text = BOOK.read_text("utf-8")
    questions = list(QUESTION.finditer(text))
    assert len(questions) >= 20

    for question in reversed(questions):
        sql = question["sql"]
        columns, found = answer(in_duckdb.database, sql)
        wanted = as_table(columns, found)
        if os.environ.get("QUERY_BOOK") == "write":
            text = text[: question.start("answer")] + wanted + text[question.end("answer") :]
        else:
            assert question["answer"] == wanted, question["title"]
        _, in_the_other = answer(in_postgresql.database, sql)
        assert without_fractions(in_the_other) == without_fractions(found)
        marts = set(re.findall(r"analytics\.(\w+)", sql))
        assert marts == set(re.findall(r"`(\w+)`", question["reads"])), question["title"]
    if os.environ.get("QUERY_BOOK") == "write":
        BOOK.write_text(text, encoding="utf-8")


def test_nothing_is_sent_to_dbt(in_duckdb: Built) -> None:
    log = (in_duckdb.package.folder / "dbt.log").read_text("utf-8")

    assert "Running with dbt" in log
    assert "Sending event" not in log
    assert not (PROJECT / ".user.yml").exists()
