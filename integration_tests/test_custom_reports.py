"""Custom reports through the real entry point: each level, each granularity, each row once."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import Connector, Output, configured, without_version
from integration_tests.expected.custom_reports import key, rows
from integration_tests.expected.keys import KEYS
from integration_tests.expected.reports import compare
from integration_tests.fake_pinterest import FakePinterest, Request, World
from integration_tests.fake_pinterest.facts import FACTS
from integration_tests.schemas import misfits

TODAY, TOMORROW = date(2026, 11, 24), date(2026, 11, 25)
USD, EUR, JPY = "549755885175", "549756933748", "549757982321"
SPEND = ["SPEND_IN_DOLLAR", "TOTAL_IMPRESSION", "CTR"]

REPORTS: dict[str, tuple[dict[str, Any], str, str]] = {
    # name: (report, first day of the first read, first day of the read a day later)
    "account_daily": (
        {"level": "ad_account", "columns": [*SPEND, "TOTAL_CHECKOUT"], "start_date": "2025-11-01"},
        "2025-11-01",
        "2026-10-25",
    ),
    "campaigns_by_week": (
        {
            "level": "campaign",
            "granularity": "WEEK",
            "columns": [
                *SPEND,
                "CAMPAIGN_NAME",
                "TOTAL_VIEW_LEAD_QUANTITY",
                "TOTAL_IMPRESSION_USER",
            ],
            "start_date": "2026-01-14",
        },
        "2026-01-12",
        "2026-10-19",
    ),
    "ad_groups_by_month": (
        {
            "level": "ad_group",
            "granularity": "MONTH",
            "columns": [*SPEND, "CAMPAIGN_ID", "AD_GROUP_STATUS"],
            "start_date": "2025-12-15",
        },
        "2025-12-01",
        "2026-10-01",
    ),
    "ads_in_all": (
        {"level": "ad", "granularity": "TOTAL", "columns": [*SPEND, "PIN_ID", "AD_NAME", "LEADS"]},
        "2026-08-26",
        "2026-08-27",
    ),
    "ads_by_hour": (
        {"level": "ad", "granularity": "HOUR", "columns": SPEND},
        "2026-11-17",
        "2026-11-18",
    ),
    "keywords_daily": (
        {"level": "keyword", "columns": [*SPEND, "AD_GROUP_ID"]},
        "2026-08-26",
        "2026-10-25",
    ),
    "product_groups_by_week": (
        {
            "level": "product_group",
            "granularity": "WEEK",
            "columns": [*SPEND, "PRODUCT_GROUP_STATUS", "AD_GROUP_NAME"],
        },
        "2026-08-24",
        "2026-10-19",
    ),
    "items_daily": (
        {
            "level": "product_item",
            "columns": [*SPEND, "PRODUCT_ITEM_NAME", "PRODUCT_ITEM_PRICE"],
            "start_date": "2026-09-20",
        },
        "2026-09-20",
        "2026-10-25",
    ),
    "items_in_all": (
        {"level": "product_item", "granularity": "TOTAL", "columns": SPEND},
        "2026-10-24",
        "2026-10-25",
    ),
    "accounts_by_gender": (
        {
            "level": "ad_account",
            "granularity": "TOTAL",
            "targeting_types": ["GENDER", "LOCATION", "AUDIENCE_INCLUDE"],
            "columns": SPEND,
        },
        "2026-08-26",
        "2026-08-27",
    ),
    "campaigns_by_keyword": (
        {
            "level": "campaign",
            "targeting_types": ["KEYWORD", "AUDIENCE_MULTIPLIER", "TARGETED_INTEREST"],
            "columns": SPEND,
        },
        "2026-08-26",
        "2026-10-25",
    ),
    "items_by_media": (
        {
            "level": "product_item",
            "granularity": "MONTH",
            "targeting_types": ["MEDIA_TYPE"],
            "columns": SPEND,
        },
        "2026-09-01",
        "2026-10-01",
    ),
    "ad_groups_by_enhancement": (
        {
            "level": "ad_group",
            "granularity": "WEEK",
            "targeting_types": ["CREATIVE_ENHANCEMENTS", "REGION"],
            "columns": SPEND,
        },
        "2026-08-24",
        "2026-10-19",
    ),
    "ads_by_place": (
        {
            "level": "ad",
            "granularity": "HOUR",
            "targeting_types": ["PLACEMENT"],
            "columns": ["TOTAL_IMPRESSION"],
            "start_date": "2026-11-21",
        },
        "2026-11-21",
        "2026-11-21",
    ),
    "product_groups_by_store": (
        {
            "level": "product_group",
            "targeting_types": ["LOCAL_ADS_STORE_CODE", "LOCATION"],
            "columns": SPEND,
        },
        "2026-08-26",
        "2026-10-25",
    ),
    "every_column": (
        {
            "level": "ad",
            "granularity": "TOTAL",
            "columns": [
                name
                for name in FACTS["asynchronous_columns"]
                if not name.startswith("PRODUCT_ITEM_")
            ],
        },
        "2026-08-26",
        "2026-08-27",
    ),
    "paused_ads": (
        {"level": "ad", "columns": SPEND, "statuses": ["PAUSED", "ARCHIVED"]},
        "2026-08-26",
        "2026-10-25",
    ),
    "after_a_click": (
        {
            "level": "campaign",
            "columns": ["TOTAL_CHECKOUT", "CHECKOUT_ROAS"],
            "click_window_days": 60,
            "view_window_days": "0",
            "conversion_report_time": "TIME_OF_CONVERSION",
        },
        "2026-08-26",
        "2026-09-25",
    ),
}


def of(name: str) -> dict[str, Any]:
    return {"name": name, **REPORTS[name][0]}


def expected(world: World, name: str, **window: Any) -> list[dict[str, Any]]:
    report, first, _ = REPORTS[name]
    given = {"start": date.fromisoformat(first), "end": date(2026, 11, 23), "today": TODAY}
    in_numbers = {"view_window_days": int(report.get("view_window_days", 1))}
    return rows(world, {**report, **in_numbers}, **{**given, **window})


def assert_same(output: Output, name: str, expected: list[dict[str, Any]]) -> None:
    comparison = compare(expected, output.records(name), key(REPORTS[name][0]))
    assert comparison.same, str(comparison)
    assert expected


@pytest.fixture(scope="module")
def world() -> World:
    return World(
        campaigns=2, ad_groups=2, ads=2, account_without_ads_role=True, repeated_keyword=True
    )


def source(
    pinterest: FakePinterest, *names: str, day: str = "2026-11-24", **more: Any
) -> Connector:
    return connector(pinterest, day, custom_reports=[of(name) for name in names], **more)


@pytest.fixture(scope="module")
def found(server) -> list[dict[str, Any]]:
    return source(server, *REPORTS).discover().catalog


@pytest.fixture(scope="module")
def first_sync(server, found) -> Output:
    return source(server, *REPORTS).read(configured(found, REPORTS))


@pytest.fixture(scope="module")
def full_refresh(server, found) -> Output:
    return source(server, *REPORTS).read(configured(found, REPORTS, sync_mode="full_refresh"))


@pytest.fixture(scope="module")
def next_sync(server, found, first_sync) -> Output:
    server.today = TOMORROW
    try:
        again = source(server, *REPORTS, day="2026-11-25")
        return again.read(configured(found, REPORTS), first_sync.last_states)
    finally:
        server.today = TODAY


# --- What there is ---


def test_the_custom_reports_follow_the_other_streams(found, everything):
    assert found[: len(everything)] == everything
    assert [stream["name"] for stream in found[len(everything) :]] == list(REPORTS)


@pytest.mark.parametrize("name", REPORTS)
def test_a_custom_report_has_the_key_of_what_it_groups_by(name, found):
    (stream,) = [each for each in found if each["name"] == name]

    assert [field for (field,) in stream["source_defined_primary_key"]] == key(REPORTS[name][0])
    assert stream["default_cursor_field"] == ["date"]
    assert stream["supported_sync_modes"] == ["full_refresh", "incremental"]
    assert stream["source_defined_cursor"]
    assert stream["is_resumable"]


def test_check_says_how_many_there_are(server):
    assert source(server, "ads_by_hour", "items_daily").check().connection_status == {
        "status": "SUCCEEDED",
        "message": "Logged in as a_pinner: 16 of 16 reports, 2 custom reports, 3 ad accounts.",
    }


# --- What is read ---


@pytest.mark.parametrize("name", REPORTS)
def test_a_first_sync_has_every_row_once_with_pinterests_values(name, world, first_sync):
    assert_same(first_sync, name, expected(world, name))
    assert first_sync.statuses[name] == "COMPLETE"


@pytest.mark.parametrize("name", REPORTS)
def test_a_full_refresh_has_every_row_once(name, world, full_refresh):
    assert_same(full_refresh, name, expected(world, name))


@pytest.mark.parametrize("name", REPORTS)
def test_the_next_sync_reads_whole_periods_of_the_lookback_again_and_no_others(
    name, world, next_sync
):
    start = date.fromisoformat(REPORTS[name][2])
    window = {"start": start, "end": TODAY, "today": TOMORROW}

    assert_same(next_sync, name, expected(world, name, **window))


@pytest.mark.parametrize("name", REPORTS)
def test_every_record_fits_its_schema_and_has_no_other_field(name, found, first_sync):
    (schema,) = [each["json_schema"] for each in found if each["name"] == name]
    records = first_sync.records(name)

    assert misfits(schema, records) == []
    assert set().union(*records) <= schema["properties"].keys()


def test_the_state_says_for_each_ad_account_how_far_it_is_read(first_sync):
    (state,) = first_sync.states("campaigns_by_week")[-1:]

    assert {
        account: (entry["since"], entry["date"], set(entry)) for account, entry in state.items()
    } == {
        account: ("2026-01-12", "2026-11-23", {"question", "since", "date"})
        for account in (USD, EUR, JPY)
    }


def test_an_item_that_two_ad_accounts_show_has_a_row_in_each(first_sync):
    found = {
        (record["product_item_id"], record["ad_account_id"])
        for record in first_sync.records("items_in_all")
    }

    assert len({item for item, _ in found}) < len(found)


def test_only_the_selected_columns_are_asked_for(pinterest, found):
    fields = {"ads_in_all": ["ad_id", "date", "CTR", "pin_id"]}

    source(pinterest, "ads_in_all").read(configured(found, ["ads_in_all"], fields=fields))

    assert {tuple(each.body["columns"]) for each in pinterest.reports.made.values()} == {
        ("AD_ID", "CTR", "PIN_ID")
    }


def test_each_report_asks_for_no_more_days_than_pinterest_allows(pinterest, found):
    source(pinterest, "items_daily", ad_account_ids=[USD]).read(configured(found, ["items_daily"]))

    assert windows(pinterest) == [
        ("2026-09-20", "2026-10-20"),
        ("2026-10-21", "2026-11-20"),
        ("2026-11-21", "2026-11-23"),
    ]


def windows(pinterest: FakePinterest) -> list[tuple[str, str]]:
    made = pinterest.reports.made.values()
    return [(each.body["start_date"], each.body["end_date"]) for each in made]


# --- What changes ---


def test_another_level_or_breakdown_reads_all_days_again(server, found, first_sync):
    changed = {**of("campaigns_by_keyword"), "targeting_types": ["GENDER"]}
    catalog = configured(found, ["campaigns_by_keyword"])

    output = connector(server, custom_reports=[changed]).read(catalog, first_sync.last_states)

    assert "the report has changed" in output.logs
    assert min(each["date"] for each in output.records("campaigns_by_keyword")) == "2026-08-26"


def test_an_earlier_first_day_than_before_is_read(server, world, found, first_sync):
    changed = {**of("items_daily"), "start_date": "2026-09-01"}
    catalog = configured(found, ["items_daily"])

    output = connector(server, custom_reports=[changed]).read(catalog, first_sync.last_states)

    assert_same(output, "items_daily", expected(world, "items_daily", start=date(2026, 9, 1)))


def test_a_first_day_that_pinterest_no_longer_has_is_a_warning(pinterest, found):
    changed = {**of("items_daily"), "start_date": "2026-01-01"}
    mine = connector(pinterest, custom_reports=[changed], ad_account_ids=[USD])

    checked = mine.check()
    output = mine.read(configured(found, ["items_daily"]))

    warning = (
        "WARN `custom_reports[0].start_date` (items_daily): 2026-01-01 is 327 days back, and a "
        "report of level product_item goes 92 days back, so the report begins with 2026-08-24."
    )
    assert checked.connection_status["status"] == "SUCCEEDED"
    assert warning in checked.logs
    assert warning in output.logs
    of_the_check, of_the_sync, *_ = windows(pinterest)
    assert of_the_check[0] == "2026-11-23"
    assert of_the_sync[0] == "2026-08-25"
    assert (
        "Pinterest refused 2026-08-24 as the first day of reports of product items" in output.logs
    )


# --- What is wrong ---

WRONG = [
    {"name": "By hour", "level": "ad", "columns": ["CTR"]},
    {"name": "by_hour", "level": "ad", "granularity": "HOUR", "columns": ["TOTAL_CHECKOUT", "CRT"]},
    {"name": "ads", "level": "campaign", "columns": ["CTR"]},
]
SENTENCES = [
    '`custom_reports[0].name`: "By hour" cannot be the name of a stream.',
    '`custom_reports[1].columns` (by_hour): "CRT" is not a Pinterest column. Did you mean CTR?',
    "`custom_reports[1].granularity` (by_hour): HOUR goes back 8 days and has no conversion columns.",
]


def assert_refused(output: Output, sentences: list[str]) -> None:
    (error,) = output.errors
    for sentence, line in itertools.zip_longest(sentences, error["message"].split("\n")):
        assert line.startswith(sentence)
    assert output.exit_code == 1
    assert error["failure_type"] == "config_error"
    assert "Traceback" not in "\n".join(output.lines)


def test_wrong_reports_are_refused_by_check_discover_and_read_before_anything_is_asked(
    pinterest, everything
):
    mine = connector(pinterest, custom_reports=WRONG)

    status = mine.check().connection_status

    assert status["status"] == "FAILED"
    for sentence, line in itertools.zip_longest(SENTENCES, status["message"].split("\n")):
        assert line.startswith(sentence)
    assert_refused(mine.discover(), SENTENCES)
    assert_refused(mine.read(configured(everything, ["boards"])), SENTENCES)
    assert pinterest.requests == []


NO_LONGER_FITTING = [
    (
        {"name": "ads", "level": "campaign", "columns": ["CTR"]},
        "`custom_reports[0].name` (ads): a stream of the connector has this name.",
    ),
    (
        {**of("ads_in_all"), "start_date": "2026-01-01"},
        "`custom_reports[0].start_date` (ads_in_all): from 2026-01-01 on there are 327 days",
    ),
    (
        {**of("ads_in_all"), "start_date": "2026-11-24"},
        "`custom_reports[0].start_date` (ads_in_all): 2026-11-24 is not over yet",
    ),
]


@pytest.mark.parametrize(("wrong", "sentence"), NO_LONGER_FITTING)
def test_a_report_that_no_longer_fits_is_refused_by_check_and_discover(pinterest, wrong, sentence):
    mine = connector(pinterest, custom_reports=[wrong])

    status = mine.check().connection_status

    assert status["status"] == "FAILED"
    assert status["message"].startswith(sentence)
    assert_refused(mine.discover(), [sentence])
    assert pinterest.requests == []


@pytest.mark.parametrize(("wrong", "sentence"), NO_LONGER_FITTING)
def test_a_report_that_no_longer_fits_fails_only_its_stream_when_it_is_read(
    pinterest, everything, found, wrong, sentence
):
    """As when a new version has a stream of its name, or a TOTAL has grown too long."""
    mine = connector(pinterest, custom_reports=[wrong])
    of_it = next(each for each in [*found, *everything] if each["name"] == wrong["name"])
    boards = next(each for each in everything if each["name"] == "boards")

    output = mine.read(configured([boards, of_it]))
    without = mine.read(configured([boards]))

    assert output.statuses == {"boards": "COMPLETE", wrong["name"]: "INCOMPLETE"}
    assert output.errors[0]["message"].startswith(sentence)
    assert output.errors[0]["failure_type"] == "config_error"
    assert output.records("boards")
    assert not output.records(wrong["name"])
    assert output.exit_code == 1
    assert f"WARN {sentence}" in without.logs
    assert without.exit_code == 0


def test_a_column_that_pinterest_does_not_have_either_ends_that_stream_only(pinterest):
    unknown = {"name": "new", "level": "ad", "columns": ["TOTAL_DREAM_JOURNEYS"]}
    mine = connector(pinterest, custom_reports=[unknown, of("ads_in_all")])

    output = mine.read(configured(mine.discover().catalog, ["new", "ads_in_all"]))

    assert (
        "WARN `custom_reports[0].columns` (new): TOTAL_DREAM_JOURNEYS is not known" in output.logs
    )
    assert output.statuses == {"new": "INCOMPLETE", "ads_in_all": "COMPLETE"}
    assert "TOTAL_DREAM_JOURNEYS" in output.errors[0]["message"]


def test_a_report_whose_only_breakdown_pinterest_does_not_grant_is_reported_and_has_no_rows_of_others(
    pinterest,
):
    beta = {**of("ad_groups_by_enhancement"), "targeting_types": ["CREATIVE_ENHANCEMENTS"]}
    mine = connector(pinterest, custom_reports=[beta, of("ads_in_all")])

    output = mine.read(configured(mine.discover().catalog, [beta["name"], "ads_in_all"]))

    assert output.statuses == {beta["name"]: "INCOMPLETE", "ads_in_all": "COMPLETE"}
    assert "`targeting_types` (CREATIVE_ENHANCEMENTS)" in output.errors[0]["message"]
    assert output.errors[0]["failure_type"] == "config_error"
    assert output.records(beta["name"]) == []


def test_an_account_that_is_refused_does_not_stop_the_others(pinterest, found):
    world = pinterest.world

    def fault(request: Request) -> Any:
        if request.path.startswith(f"/ad_accounts/{EUR}/reports"):
            return 403, {"code": 29, "message": "You are not permitted."}, {}
        return None

    pinterest.fault = fault
    catalog = configured(found, ["keywords_daily"])

    output = source(pinterest, "keywords_daily").read(catalog)

    others = {"ad_account_ids": [USD, JPY]}
    assert_same(output, "keywords_daily", expected(world, "keywords_daily", **others))
    assert output.statuses == {"keywords_daily": "INCOMPLETE"}
    assert f"ad account {EUR}, 2026-08-26 to 2026-11-23" in output.errors[0]["message"]
    assert EUR not in output.states("keywords_daily")[-1]

    pinterest.fault = None
    again = source(pinterest, "keywords_daily").read(catalog, output.last_states)

    rest = expected(world, "keywords_daily", ad_account_ids=[EUR])
    assert_same(again, "keywords_daily", rest)


def test_a_named_account_that_the_login_does_not_see_is_an_error_that_names_it(pinterest, found):
    mine = source(pinterest, "ads_in_all", ad_account_ids=[USD, "123"])

    output = mine.read(configured(found, ["ads_in_all"]))

    message = output.errors[0]["message"]
    assert "ad account 123, 2026-08-26 to 2026-11-23: Ad account 123 is named" in message
    assert {each["ad_account_id"] for each in output.records("ads_in_all")} == {USD}
    assert {each.account.id for each in pinterest.reports.made.values()} == {USD}


# --- A sync that is cut off ---


def cuts(output: Output, name: str) -> Iterator[tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    """At each STATE of a stream: the records before it, and what a platform gives to the next sync."""
    before = []
    for message in output.messages:
        if message["type"] == "RECORD" and message["record"]["stream"] == name:
            before.append(message["record"]["data"])
        if message["type"] == "STATE":
            yield list(before), [message["state"]]


def tokens(state: list[dict[str, Any]]) -> list[str]:
    """Of the reports that are in the making."""
    entries = without_version(state[0]["stream"]["stream_state"]).values()
    return [token for entry in entries for token in entry.get("reports", {}).values()]


@pytest.mark.parametrize("sync_mode", ["incremental", "full_refresh"])
@pytest.mark.parametrize(
    "name",
    ["campaigns_by_keyword", "ads_by_hour", "items_daily", "ad_groups_by_month", "ads_in_all"],
)
def test_a_sync_that_is_cut_off_anywhere_goes_on_behind_its_records(
    found, world, name, sync_mode, adjust
):
    if name != "ads_in_all":
        adjust(days_per_report=45)
    catalog = configured(found, [name], sync_mode=sync_mode)
    with FakePinterest(world) as pinterest:
        mine = source(pinterest, name, ad_account_ids=[USD, EUR])
        places = list(cuts(mine.read(catalog), name))
        all_rows = expected(world, name, ad_account_ids=[USD, EUR])
        for before, state in (places[0], places[1], places[len(places) // 2], places[-3]):
            made = pinterest.reports.made
            in_the_making = [made[token] for token in tokens(state)]
            fetched = [report.downloads for report in in_the_making]
            asked_for = len(made)

            rest = mine.read(catalog, state)

            comparison = compare(all_rows, [*before, *rest.records(name)], key(REPORTS[name][0]))
            assert comparison.same, str(comparison)
            assert rest.exit_code == 0
            assert [report.downloads - 1 for report in in_the_making] == fetched
            again = [(each.account.id, each.body) for each in list(made.values())[asked_for:]]
            assert not [each for each in in_the_making if (each.account.id, each.body) in again]
    assert any(before and len(before) < len(all_rows) for before, _ in places)
    assert any(tokens(state) for _, state in places)


def test_a_sync_that_is_killed_goes_on_from_its_last_state(found, world):
    """SIGKILL once the first report is read."""
    name = "campaigns_by_week"
    catalog = configured(found, [name])
    with FakePinterest(world) as pinterest:
        pinterest.reports.polls = 0
        mine = source(pinterest, name)
        printed: list[str] = []
        with mine.reading_at_once(catalog) as process:
            for line in process.stdout:
                printed.append(line.decode())
                if b'"type":"STATE"' in line and any('"type":"RECORD"' in each for each in printed):
                    break
            process.kill()
        first = Output([line for line in printed if line.endswith("}\n")], exit_code=-9)

        second = mine.read(catalog, first.last_states)

    until_the_state = list(cuts(first, name))[-1][0]
    both = [*until_the_state, *second.records(name)]
    comparison = compare(expected(world, name), both, key(REPORTS[name][0]))
    assert comparison.same, str(comparison)
    assert 0 < len(until_the_state) < len(both)


def test_a_report_that_is_too_large_is_split_between_two_periods(pinterest, found):
    """Pinterest makes none of more than a month."""
    pinterest.reports.fate = lambda report: (
        "FAILED" if report.body["start_date"][:7] != report.body["end_date"][:7] else None
    )

    output = source(pinterest, "ad_groups_by_month", ad_account_ids=[USD]).read(
        configured(found, ["ad_groups_by_month"])
    )

    wanted = expected(pinterest.world, "ad_groups_by_month", ad_account_ids=[USD])
    assert_same(output, "ad_groups_by_month", wanted)
    assert all(start.endswith("-01") for start, _ in windows(pinterest))


def test_rows_that_share_a_key_and_differ_are_reported_and_none_is_lost_silently(pinterest, found):
    twice = b'{"7": [{"CTR": 0.5, "DATE": "2026-11-23"}, {"CTR": 0.25, "DATE": "2026-11-23"}]}'
    pinterest.reports.fault = lambda _: (200, twice)

    output = source(pinterest, "keywords_daily").read(configured(found, ["keywords_daily"]))

    assert output.statuses == {"keywords_daily": "INCOMPLETE"}
    message = output.errors[0]["message"]
    assert "rows of Pinterest's report differ, and have the same keyword_id, date" in message


def test_the_16_and_their_keys_are_as_they_were(found):
    assert [stream["name"] for stream in found[:16]] == list(KEYS)
