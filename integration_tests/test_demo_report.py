"""The report of script/demo: what its figures are, and how a browser shows it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pytest

from integration_tests import browser as browsers
from integration_tests.browser import Browser
from integration_tests.fake_pinterest import World
from integration_tests.fake_pinterest.world import AdAccount

SCRIPT = Path(__file__).resolve().parent.parent / "script"
TODAY = date(2026, 11, 24)
FIRST = TODAY - timedelta(days=70)
HOSTILE = "<script>document.title = 'run'</script> \"&' Käse"
LONG = "x" * 150
DAILY = {
    "date": "date",
    "spend_in_micro_dollar": "decimal(38, 9)",
    "paid_impression": "double",
    "clickthrough_1": "double",
    "total_checkout": "double",
    "total_checkout_value_in_micro_dollar": "decimal(38, 9)",
}
OF_ENTITIES = ("summary_status", "creative_type", "pin_id")
METRICS = [name.upper() for name in DAILY if name != "date"]
LEVELS = {
    "ad_account": (),
    "campaign": ("campaign_id",),
    "ad_group": ("campaign_id", "ad_group_id"),
    "ad": ("campaign_id", "ad_group_id", "ad_id"),
}


@pytest.fixture(scope="module")
def report() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SCRIPT))
        import demo_report

        yield demo_report


@pytest.fixture(scope="module")
def world() -> World:
    return World(epoch=TODAY, shop=True, pins=20)


@pytest.fixture(scope="module")
def loads(world: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """What two loads leave behind, a day apart: as `source-pinterest load` names columns and types them."""
    folder = tmp_path_factory.mktemp("loads")
    found = []
    for number in range(2):
        path = folder / f"{number}.duckdb"
        with duckdb.connect(str(path)) as connection:
            connection.execute("create schema pinterest; use pinterest")
            fill(connection, world, TODAY + timedelta(days=number), number)
        found.append(path)
    return found[0], found[1]


def fill(connection: Any, world: World, today: date, number: int) -> None:
    def table(name: str, columns: dict[str, str], rows: list[list[Any]]) -> None:
        declared = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        connection.execute(f"create table {name} ({declared})")
        one = f"({', '.join('?' * len(columns))})"
        for start in range(0, len(rows), 500):  # one by one they take a hundred times as long
            some = rows[start : start + 500]
            values = [value for row in some for value in row]
            connection.execute(f"insert into {name} values {', '.join([one] * len(some))}", values)

    accounts = list(world.accounts.values())
    named = {"id": "varchar", "name": "varchar"}
    table("ad_accounts", named, [[each.id, each.record["name"]] for each in accounts])
    lists: dict[str, list[list[Any]]] = {"campaign": [], "ad": []}
    for level, records in lists.items():
        for account in accounts:
            records += [
                [each.get(name) for name in ("id", "name", *OF_ENTITIES)]
                for each in account.entities(level)
            ]
        records[0][1], records[1][1] = HOSTILE, LONG
    listed = {**named, **dict.fromkeys(OF_ENTITIES, "varchar")}
    table("campaigns", listed, lists["campaign"])
    table("ads", listed, lists["ad"])
    for level, ids in LEVELS.items():
        rows = [row for account in accounts for row in daily(world, level, account, today, number)]
        columns = {"ad_account_id": "varchar", "currency": "varchar"}
        columns |= dict.fromkeys(ids, "varchar") | DAILY | {"_extracted_at": "integer"}
        table(f"{level}_analytics_daily", columns, rows)
    pins = [[pin["id"], pin["title"], pin["board_id"]] for pin in world.all_pins]
    table("pins", {"id": "varchar", "title": "varchar", "board_id": "varchar"}, pins)
    table("boards", named, [[board["id"], board["name"]] for board in world.all_boards])
    table("pin_analytics", {"pin_id": "varchar", **ORGANIC}, organic(world, today))
    of_all = world.user_account_analytics(start=FIRST, end=today, today=today)["daily_metrics"]
    table("user_account_analytics", ORGANIC, [organic_row(each) for each in of_all])


ORGANIC = {"date": "date", "impression": "double", "save": "double", "outbound_click": "double"}


def organic_row(day: dict[str, Any]) -> list[Any]:
    return [day["date"], *(day["metrics"].get(name.upper()) for name in ORGANIC if name != "date")]


def organic(world: World, today: date) -> list[list[Any]]:
    names = [name.upper() for name in ORGANIC if name != "date"]
    return [
        [pin["id"], *organic_row(each)]
        for pin in world.own_pins
        for each in world.pin_analytics(
            pin["id"], start=FIRST, end=today, today=today, metric_types=names
        )["daily_metrics"]
        if each["metrics"]
    ]


def daily(
    world: World, level: str, account: AdAccount, today: date, number: int
) -> Iterator[list[Any]]:
    """The rows of a daily report as the connector gives them: ids are texts."""
    entities = [account.record] if level == "ad_account" else account.entities(level)
    for row in world.analytics(
        *(level, account.id, [each["id"] for each in entities]),
        start=FIRST,
        end=today - timedelta(days=1),
        today=today,
        granularity="DAY",
        columns=["CAMPAIGN_ID", "AD_GROUP_ID", *METRICS],
    ):
        ids = [str(row[name.upper()]) for name in LEVELS[level]]
        day = date.fromisoformat(row["DATE"])
        extracted = 0 if (today - day).days > 20 else number  # the lookback
        values = [row["DATE"], *(row.get(name) for name in METRICS)]
        yield [account.id, account.currency, *ids, *values, extracted]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    browsers.needed()
    with Browser() as window:
        yield window


@contextmanager
def opened(path: Path, earlier: Path | None = None) -> Iterator[Any]:
    with duckdb.connect(str(path), read_only=True) as connection:
        if earlier:
            connection.execute(f"attach '{earlier}' as earlier (read_only)")
        connection.execute("use pinterest")
        yield connection


@pytest.fixture(scope="module")
def page(report: ModuleType, loads: tuple[Path, Path], tmp_path_factory: Any) -> Path:
    path: Path = tmp_path_factory.mktemp("report") / "report.html"
    with opened(loads[1], loads[0]) as connection:
        report.write(path, connection, earlier="earlier.pinterest", made_up=True)
    return path


def test_the_headline_figures_are_those_of_a_query(loads: tuple[Path, Path], page: Path) -> None:
    text = page.read_text("utf-8")
    with opened(loads[1]) as connection:
        for currency, symbol in (("USD", "$"), ("EUR", "€"), ("JPY", "¥")):
            spend, value, seen, clicks, checkouts = connection.execute(
                """select sum(spend_in_micro_dollar) / 1000000, sum(total_checkout_value_in_micro_dollar) / 1000000,
                    sum(paid_impression), sum(clickthrough_1), sum(total_checkout)
                from ad_analytics_daily where currency = ? and date between '2026-10-26' and '2026-11-24'""",
                [currency],
            ).fetchone()
            section = text[text.index(f'<section id="{currency}">') :].partition("</section>")[0]
            shown = re.findall(r'<dd class="big">(.*?)</dd>', section)
            assert shown == [
                *(f"{symbol}{spend:,.0f}", f"{seen:,.0f}", f"{clicks:,.0f}", f"{checkouts:,.0f}"),
                f"{value / spend:.2f}",
            ]
            assert section.count('<dd class="change') == 5  # the 30 days before are there


def test_campaigns_stand_by_spend_and_each_once(loads: tuple[Path, Path], page: Path) -> None:
    text = page.read_text("utf-8")
    section = text[text.index('<section id="EUR">') :].partition("</section>")[0]
    table = section[section.index("Campaigns by spend") :].partition("</table>")[0]
    with opened(loads[1]) as connection:
        spends = connection.execute(
            """select sum(spend_in_micro_dollar) from campaign_analytics_daily
            where currency = 'EUR' group by campaign_id order by 1 desc"""
        ).fetchall()

    assert re.findall(r'data-label="Spend">€([\d,]+)<', table) == [
        f"{Decimal(spend) / 1_000_000:,.0f}" for (spend,) in spends
    ]


def test_every_level_adds_up(page: Path, world: World) -> None:
    text = page.read_text("utf-8")

    assert text.count("✓ The same on each of 71 days") == len(world.accounts)
    assert "✕" not in text


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (
            "update campaign_analytics_daily set spend_in_micro_dollar = spend_in_micro_dollar - 1 "
            "where date = '2026-11-15' and campaign_id = (select min(campaign_id) from campaign_analytics_daily "
            "where date = '2026-11-15')",
            "✕ 1 day of 71 differ: 15 Nov.",
        ),
        (
            "delete from ad_analytics_daily where date = '2026-11-15' and currency = 'EUR'",
            "✕ 1 day of 71 differ: 15 Nov.",
        ),
    ],
)
def test_what_does_not_add_up_is_reported_with_its_day(
    report: ModuleType, loads: tuple[Path, Path], tmp_path: Path, damage: str, sentence: str
) -> None:
    shutil.copy(loads[1], tmp_path / "damaged.duckdb")
    with duckdb.connect(str(tmp_path / "damaged.duckdb")) as connection:
        connection.execute("use pinterest")
        connection.execute(damage)
        report.write(tmp_path / "report.html", connection, made_up=False)

    text = (tmp_path / "report.html").read_text("utf-8")
    assert text.count(sentence) == 1
    assert "Not everything adds up" in text


def test_restated_days_are_those_of_a_query(loads: tuple[Path, Path], page: Path) -> None:
    text = page.read_text("utf-8")
    table = text[text.index("What changed afterwards") :].partition("</table>")[0]
    with opened(loads[1], loads[0]) as connection:
        days = connection.execute(
            """select date, sum(o.total_checkout), sum(n.total_checkout)
            from ad_analytics_daily as n join earlier.pinterest.ad_analytics_daily as o using (ad_id, date)
            where n._extracted_at = 1
            group by 1 having count(*) filter (where n.total_checkout <> o.total_checkout) > 0 order by 1 desc"""
        ).fetchall()

    assert days
    for day, before, after in days:
        row = table[table.index(f"{day:%A}, {day.day} {day:%b}") :].partition("</tr>")[0]
        assert f">{before:,.0f}</td>" in row
        assert f">{after:,.0f}<span" in row
        assert f">{after - before:+,.0f}</td>" in row
    assert table.count("<tr>") == 1 + len(days)


def test_currencies_are_never_added(page: Path) -> None:
    sections = re.findall(r'<section id="(\w+)">(.*?)</section>', page.read_text("utf-8"), re.S)
    symbols = {"USD": "$", "EUR": "€", "JPY": "¥"}

    assert [name for name, _ in sections][:3] == ["USD", "EUR", "JPY"]
    for name, text in sections[:3]:
        amounts = re.findall(
            r'(?:data-label="(?:Spend|Per checkout)"|class="big")>(\D)[\d,.]+<', text
        )
        assert len(amounts) > 10
        assert set(amounts) == {symbols[name]}


def test_a_campaign_has_the_colour_of_its_key_in_the_charts(page: Path) -> None:
    text = page.read_text("utf-8")
    section = text[text.index('<section id="EUR">') :].partition("</section>")[0]
    keys = re.findall(r'class="key" style="background:(#\w+)"', section)

    assert len(keys) == 4
    for colour in keys:
        assert section.count(f"fill: {colour}") >= 4  # spend and checkouts, wide and narrow


def test_a_first_load_has_nothing_to_compare_with(
    report: ModuleType, loads: tuple[Path, Path], tmp_path: Path
) -> None:
    with opened(loads[0]) as connection:
        report.write(tmp_path / "report.html", connection, made_up=False)

    text = (tmp_path / "report.html").read_text("utf-8")
    assert "This was the first load" in text
    assert "made up" not in text


@pytest.mark.parametrize(
    "left", [[], ["boards", "pins"], ["ad_analytics_daily"], ["ad_account_analytics_daily"]]
)
def test_a_report_of_the_tables_that_are_there(
    report: ModuleType, loads: tuple[Path, Path], tmp_path: Path, left: list[str]
) -> None:
    shutil.copy(loads[1], tmp_path / "some.duckdb")
    with duckdb.connect(str(tmp_path / "some.duckdb")) as connection:
        connection.execute("use pinterest")
        for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall():
            if name not in left:
                connection.execute(f"drop table {name}")
        report.write(tmp_path / "report.html", connection, made_up=False)

    text = (tmp_path / "report.html").read_text("utf-8")
    assert ("US dollars" in text) == any("daily" in name for name in left)
    assert "at least two levels" in text


def test_tables_without_rows_and_without_names_are_a_report_too(
    report: ModuleType, loads: tuple[Path, Path], tmp_path: Path
) -> None:
    shutil.copy(loads[1], tmp_path / "bare.duckdb")
    with duckdb.connect(str(tmp_path / "bare.duckdb")) as connection:
        connection.execute("use pinterest")
        connection.execute("delete from campaigns; delete from ads; delete from ad_accounts")
        connection.execute("delete from pin_analytics; delete from user_account_analytics")
        for level in LEVELS:
            connection.execute(f"update {level}_analytics_daily set currency = null")
            connection.execute(f"update {level}_analytics_daily set total_checkout = null")
            connection.execute(f"delete from {level}_analytics_daily where date < '2026-11-20'")
        report.write(tmp_path / "report.html", connection, made_up=False)

    text = (tmp_path / "report.html").read_text("utf-8")
    assert "unknown currency" in text
    assert "there are not as many days before them" in text
    assert "Campaign 6" in text  # by its id


class TestPage:
    def test_names_are_text(self, page: Path) -> None:
        text = page.read_text("utf-8")

        assert "<script" not in text
        assert "&lt;script&gt;" in text
        assert LONG in text

    def test_it_has_no_address_of_anything_elsewhere(self, page: Path) -> None:
        text = page.read_text("utf-8")
        without_names = re.sub(r"&lt;script&gt;.*?&lt;/script&gt;", "", text)

        assert not re.search(r"https?:|url\((?!#)|@import|<link|<img|<iframe", without_names)
        assert {each[0] for each in re.findall(r' (?:xlink:)?(?:href|src)="([^"]*)"', text)} == {
            "#"
        }

    def test_ids_in_it_are_unique(self, page: Path) -> None:
        ids = re.findall(r' id="([^"]*)"', page.read_text("utf-8"))

        assert len(ids) == len(set(ids))

    @pytest.mark.parametrize("width", [360, 1280])
    def test_nothing_is_cut_off_and_nothing_loaded(
        self, browser: Browser, page: Path, width: int
    ) -> None:
        browser.resize(width, 900)
        browser.open(page.as_uri())

        text = browser.seen("What the words mean")

        assert browser.too_wide == []
        assert browser.loaded == []
        assert HOSTILE in text
        assert LONG in text
