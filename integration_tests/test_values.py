"""Values, rows and fields of answers that are not as described: every record fits its schema, and what
cannot be a record is said. The same of lists, synchronous, asynchronous, custom and organic reports."""

from __future__ import annotations

import copy
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import jsonschema
import pytest

from integration_tests.connector import Connector, Output, configured
from integration_tests.fake_pinterest import FakePinterest, World
from integration_tests.faults.fault_harness import hurried
from integration_tests.faults.faults import changed, rows_of, values_of
from integration_tests.faults.faulty_proxy import FaultyProxy
from integration_tests.schemas import misfits

USD = "549755885175"
REPORT = r"/async_reporting_v3/.*$"
DAILY = "ad_analytics_daily"
BY_DAY, IN_ALL, OF_ACCOUNT, BY_KEYWORD = "by_day", "in_all", "of_account", "by_keyword"
COLUMNS = ["SPEND_IN_DOLLAR", "TOTAL_CLICKTHROUGH", "CTR", "CAMPAIGN_NAME"]
CONFIG: dict[str, Any] = {
    "backfill_days": 15,
    "ad_account_ids": [USD],
    "reconcile": False,
    "custom_reports": [
        {"name": BY_DAY, "level": "ad", "columns": COLUMNS},
        {"name": IN_ALL, "level": "ad", "columns": COLUMNS, "granularity": "TOTAL"},
        {"name": OF_ACCOUNT, "level": "ad_account", "columns": COLUMNS, "granularity": "TOTAL"},
        {
            "name": BY_KEYWORD,
            "level": "campaign",
            "columns": COLUMNS,
            "targeting_types": ["KEYWORD", "GENDER"],
        },
    ],
}
HISTORY = {"start_date": "2026-08-10", "backfill_days": 90}
"""With it, the daily reports have days of asynchronous reports, too."""

ANSWERS = {
    "campaigns": r"/ad_accounts/\d+/campaigns$",
    "ads": r"/ad_accounts/\d+/ads$",
    "pins": r"/pins$",
    "boards": r"/boards$",
    "ad_accounts": r"/ad_accounts$",
    "user_account": r"/user_account$",
    "campaign_analytics": r"/ad_accounts/\d+/campaigns/analytics$",
    DAILY: r"/ad_accounts/\d+/ads/analytics$",
    "ad_targeting_analytics": r"/ad_accounts/\d+/ads/targeting_analytics$",
    "ad_targeting_analytics_daily": r"/ad_accounts/\d+/ads/targeting_analytics$",
    "user_account_analytics": r"/user_account/analytics$",
    "pin_analytics": r"/pins/.*analytics$",
    "top_pins": r"/user_account/analytics/top_pins$",
    BY_DAY: REPORT,
    IN_ALL: REPORT,
    OF_ACCOUNT: REPORT,
    BY_KEYWORD: REPORT,
}
"""By stream: where its rows come from."""

LISTS = ["campaigns", "ads", "pins", "boards"]
TOTALS = ["campaign_analytics", "ad_targeting_analytics", IN_ALL]
BY_DATE = [DAILY, "ad_targeting_analytics_daily", "user_account_analytics", "pin_analytics", BY_DAY]
REPORTS = [*TOTALS, *BY_DATE]
IDS = {"AD_ID", "CAMPAIGN_ID", "AD_GROUP_ID", "AD_ACCOUNT_ID", "ADVERTISER_ID"}
KEPT = {"id", "name", "username", "ad_account_id", "DATE", "date", *IDS}
KEPT |= {"TARGETING_TYPE", "TARGETING_VALUE", "PIN_ID"}

Change = Callable[[Any], Any]


@pytest.fixture(autouse=True)
def _large_requests() -> Iterator[None]:
    with hurried(ids_per_report=250, pins_per_report=100, page_size=250):
        yield


@pytest.fixture(scope="module")
def offered() -> dict[str, Any]:
    streams = Connector(CONFIG).discover().catalog
    return {each["name"]: each for each in streams}


@pytest.fixture
def pinterest() -> Iterator[FakePinterest]:
    world = World(ad_accounts=1, campaigns=2, ad_groups=1, ads=2, pins=4, boards=2)
    with FakePinterest(world) as server:
        yield server


def read(
    pinterest: FakePinterest,
    offered: dict[str, Any],
    stream: str,
    change: Change | None = None,
    where: str = "",
    **config: Any,
) -> Output:
    """A sync of one stream, the answers with whose rows are changed on their way."""
    place = re.compile(where or ANSWERS.get(stream, "$"))
    act = partial(changed, change) if change else None
    fields = None
    properties = offered[stream]["json_schema"]["properties"]
    if len(properties) > 100:
        fields = {stream: [name for name in properties if name.islower() or name in COLUMNS]}
    with FaultyProxy(
        pinterest, lambda exchange: act if place.match(exchange.path) else None
    ) as proxy:
        pinterest.reports.port = proxy.port
        credentials = {"auth_method": "access_token", "access_token": pinterest.access_token}
        login = {"credentials": credentials, "base_url": proxy.url}
        catalog = configured([offered[stream]], fields=fields)
        return Connector({**login, **CONFIG, **config}).read(catalog)


def in_any_order(records: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(each, sort_keys=True) for each in records)


def assert_said(output: Output, stream: str, words: str) -> None:
    """INCOMPLETE with one error that has the words, and no traceback."""
    assert output.statuses == {stream: "INCOMPLETE"}
    messages = [each["message"] for each in output.errors if "stream_descriptor" in each]
    assert words in " ".join(messages)
    assert "bug in the connector" not in " ".join(messages)
    assert "defect" not in " ".join(messages)
    assert "Traceback" not in "\n".join(output.lines)


FORMATS = jsonschema.FormatChecker(["date"])
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


@FORMATS.checks("date-time")
def is_instant(value: object) -> bool:
    return not isinstance(value, str) or bool(INSTANT.fullmatch(value))


def assert_fits(output: Output, stream: str, offered: dict[str, Any]) -> None:
    assert misfits(offered[stream]["json_schema"], output.records(stream), FORMATS) == []


# --- Values ---

ODD: list[Any] = [
    *("", "N/A", "7.5e3", 216.0, "many", "false", 0.5, 1e300, -0.0, True, None, 5),
    *([1], {"a": 1.0}, "2026-11-23", 2**53 + 1, float("nan"), "half \ud83d"),
]


def odd(body: Any) -> Any:
    """Every field but those of the key has another odd value in each row."""
    for number, row in enumerate(rows_of(body)):
        values = values_of(row)
        for place, name in enumerate(sorted(values)):
            if name not in KEPT and not name.endswith("_status"):
                values[name] = copy.deepcopy(ODD[(number * 7 + place) % len(ODD)])
    return body


def user_with_odd_values(body: Any) -> Any:
    for place, name in enumerate(sorted(body)):
        if name not in {"id", "username"}:
            body[name] = ODD[place % len(ODD)]
    return body


@pytest.mark.parametrize("stream", [*LISTS, "ad_accounts", *REPORTS, "top_pins", BY_KEYWORD])
def test_whatever_the_values_are_every_record_fits_its_schema(stream, pinterest, offered):
    whole = read(pinterest, offered, stream)

    output = read(pinterest, offered, stream, odd)

    assert output.statuses == {stream: "COMPLETE"}
    assert len(output.records(stream)) == len(whole.records(stream)) > 0
    assert_fits(output, stream, offered)
    warnings = [line for line in output.logs.split("\n") if "such values are null" in line]
    columns = Counter(warning.split(": Pinterest sent")[0] for warning in warnings)
    assert columns
    assert set(columns.values()) == {1}
    assert all(column.startswith(f"WARN {stream}: ") for column in columns)


def test_whatever_the_fields_of_the_user_are_the_record_fits_its_schema(pinterest, offered):
    output = read(pinterest, offered, "user_account", user_with_odd_values)

    assert output.statuses == {"user_account": "COMPLETE"}
    assert len(output.records("user_account")) == 1
    assert_fits(output, "user_account", offered)


@pytest.mark.parametrize("where", [REPORT, ANSWERS[DAILY]], ids=["old days", "young days"])
def test_old_days_are_held_to_the_same_schema_as_young_ones(where, pinterest, offered):
    whole = read(pinterest, offered, DAILY, **HISTORY)

    output = read(pinterest, offered, DAILY, odd, where, **HISTORY)

    assert output.statuses == {DAILY: "COMPLETE"}
    assert len(output.records(DAILY)) == len(whole.records(DAILY)) > 0
    assert_fits(output, DAILY, offered)


RENAMED = {"SPEND_IN_DOLLAR": "SPEND", "IMPRESSION": "VIEW"}
BY_ADS = "asked for, while they have SPEND, which"
BY_USER = "asked for, while they have VIEW, which"


def with_other_names(body: Any, names: dict[str, str] = RENAMED) -> Any:
    """Metrics come under other names; ids and days as ever. Without a new name, they do not come."""
    for row in rows_of(body):
        values = values_of(row)
        for name in RENAMED.keys() & values.keys():
            value = values.pop(name)
            if name in names:
                values[names[name]] = value
    return body


@pytest.mark.parametrize(
    ("stream", "words", "where", "config"),
    [
        ("campaign_analytics", BY_ADS, "", {}),
        (DAILY, BY_ADS, "", {}),
        pytest.param(DAILY, BY_ADS, f"{REPORT}|{ANSWERS[DAILY]}", HISTORY, id="old and young days"),
        ("ad_targeting_analytics", BY_ADS, "", {}),
        ("user_account_analytics", BY_USER, "", {}),
        ("pin_analytics", BY_USER, "", {}),
        (BY_DAY, BY_ADS, "", {}),
        (BY_KEYWORD, BY_ADS, "", {}),
    ],
)
def test_a_renamed_column_is_reported_once(stream, words, where, config, pinterest, offered):
    output = read(pinterest, offered, stream, with_other_names, where, **config)

    assert output.statuses == {stream: "COMPLETE"}
    (warning,) = [line for line in output.logs.split("\n") if "may have renamed columns" in line]
    old = next(name for name, new in RENAMED.items() if f"have {new}," in words)
    before, _, after = warning.partition(", which this sync asked for,")
    assert before.startswith(f"WARN {stream}: no row of Pinterest's answers has ")
    assert old in before
    assert words in f"asked for,{after}"


def test_a_column_that_does_not_come_is_no_renamed_one(pinterest, offered):
    output = read(pinterest, offered, DAILY, partial(with_other_names, names={}))

    assert output.statuses == {DAILY: "COMPLETE"}
    assert "renamed" not in output.logs


def test_old_days_may_have_what_young_ones_lack(pinterest, offered):
    output = read(pinterest, offered, DAILY, with_other_names, ANSWERS[DAILY], **HISTORY)

    assert output.statuses == {DAILY: "COMPLETE"}
    assert "renamed" not in output.logs


def with_points(body: Any) -> Any:
    for row in rows_of(body):
        values = values_of(row)
        numbers = [n for n, v in values.items() if type(v) is int and not n.endswith("_ID")]
        values.update({name: float(values[name]) for name in numbers})
    return body


@pytest.mark.parametrize("stream", [*REPORTS, BY_KEYWORD, "top_pins"])
def test_whole_numbers_have_no_point(stream, pinterest, offered):
    whole = read(pinterest, offered, stream)

    output = read(pinterest, offered, stream, with_points)

    assert in_any_order(output.records(stream)) == in_any_order(whole.records(stream))


def test_a_row_without_any_value_is_a_line_of_its_own(pinterest, offered):
    def bare(body: Any) -> Any:
        return {key: [{}] for key in body}

    output = read(pinterest, offered, OF_ACCOUNT, bare)

    assert output.statuses == {OF_ACCOUNT: "COMPLETE"}
    assert output.records(OF_ACCOUNT) == [
        {
            "ad_account_id": USD,
            "currency": "USD",
            "date": "2026-11-23",
            "start_date": "2026-11-09",
        }
    ]


def test_every_line_of_every_stream_is_json(pinterest, everything):
    credentials = {"auth_method": "access_token", "access_token": pinterest.access_token}
    config = {"credentials": credentials, "base_url": pinterest.url, **CONFIG}
    catalog = configured(Connector(config).discover().catalog)

    output = Connector(config).read(catalog)

    found = Counter(each["stream"] for each in output.of_type("RECORD"))
    assert len(output.messages) == len(output.lines)
    assert found.keys() >= {each["name"] for each in everything} - set(EMPTY)


EMPTY = ["conversion_tags", "product_group_promotions", "product_group_promotion_analytics_daily"]
"""Streams of which the small world of these tests may have nothing."""


# --- Rows that were not asked for, and rows that come twice ---


def first_row_again(change: Callable[[dict[str, Any]], None]) -> Change:
    """The first row of an answer (of no keyword, which may be split) comes once more, changed."""

    def again(body: Any) -> Any:
        rows = next((each for each in lists_of(body) if each), None)
        if rows:
            first = next(row for row in rows if row.get("targeting_type") != "KEYWORD")
            rows.append(copy.deepcopy(first))
            change(rows[-1])
        return body

    return again


def lists_of(body: Any) -> list[list[Any]]:
    if isinstance(body, list):
        return [body]
    for name in ("items", "data", "pins"):
        if isinstance(body.get(name), list):
            return [body[name]]
    if body and all(isinstance(each, list) for each in body.values()):
        return list(body.values())
    return [each["all"]["daily_metrics"] for each in ([body] if "all" in body else body.values())]


def more_of_it(row: dict[str, Any]) -> None:
    values = values_of(row)
    for name in ("TOTAL_CLICKTHROUGH", "SPEND_IN_DOLLAR", "IMPRESSION", "SAVE", "IMPRESSION_1"):
        values[name] = (values.get(name) or 0) + 1


@pytest.mark.parametrize("stream", [*REPORTS, "top_pins"])
def test_two_rows_of_one_key_with_different_values_are_never_settled(stream, pinterest, offered):
    output = read(pinterest, offered, stream, first_row_again(more_of_it))

    assert_said(output, stream, "differ")


@pytest.mark.parametrize("stream", [*REPORTS, BY_KEYWORD, "top_pins"])
def test_the_same_row_twice_is_one_record(stream, pinterest, offered):
    def all_twice(body: Any) -> Any:
        for rows in lists_of(body):
            rows[:] = [copy.deepcopy(row) for row in rows for _ in "ab"]
        return body

    whole = read(pinterest, offered, stream)

    output = read(pinterest, offered, stream, all_twice)

    assert output.statuses == {stream: "COMPLETE"}
    count = Counter(json.dumps(row, sort_keys=True) for row in output.records(stream))
    assert count == Counter(json.dumps(row, sort_keys=True) for row in whole.records(stream))


def test_an_item_that_comes_twice_on_a_page_with_different_content_is_reported(pinterest, offered):
    renamed = first_row_again(lambda row: row.update(name="Renamed"))

    output = read(pinterest, offered, "campaigns", renamed)

    assert output.statuses == {"campaigns": "COMPLETE"}
    ids = [row["id"] for row in output.records("campaigns")]
    assert len(ids) == len(set(ids))
    assert "campaigns: Pinterest listed an item twice on one page" in output.logs


def test_equal_rows_of_a_keyword_are_added_up(pinterest, offered):
    def thrice(body: Any) -> Any:
        for rows in lists_of(body):
            keyword = next((r for r in rows if r.get("targeting_type") == "KEYWORD"), None)
            if keyword:
                values = {"TOTAL_CLICKTHROUGH": 1, "SPEND_IN_DOLLAR": 0.5}
                keyword["metrics"].update(values)
                rows += [copy.deepcopy(keyword), copy.deepcopy(keyword)]
                rows[-1]["metrics"]["TOTAL_CLICKTHROUGH"] = 3
                keyword["targeting_value"] = rows[-1]["targeting_value"] = "1, 1 and 3"
                rows[-2]["targeting_value"] = "1, 1 and 3"
        return body

    output = read(pinterest, offered, "ad_targeting_analytics", thrice)

    assert output.statuses == {"ad_targeting_analytics": "COMPLETE"}
    (row,) = (
        row
        for row in output.records("ad_targeting_analytics")
        if row["targeting_raw_value"] == "1, 1 and 3"
    )
    assert (row["TOTAL_CLICKTHROUGH"], row["SPEND_IN_DOLLAR"]) == (5, 1.5)


def on_day(day: str) -> Change:
    def moved(body: Any) -> Any:
        row = next((each[0] for each in lists_of(body) if each), None)
        if row:
            values = values_of(row)
            (row if "date" in row else values)["date" if "date" in row else "DATE"] = day
        return body

    return moved


@pytest.mark.parametrize("day", ["2026-11-24", "2026-06-01"])
@pytest.mark.parametrize("stream", BY_DATE)
def test_a_day_that_was_not_asked_for_is_no_record_and_is_reported(stream, day, pinterest, offered):
    output = read(pinterest, offered, stream, on_day(day))

    assert_said(output, stream, "was not requested")
    assert day not in {row["date"] for row in output.records(stream)}


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "", None, 20261123, {"a": 1}, [1]])
@pytest.mark.parametrize("stream", BY_DATE)
def test_an_invalid_date_is_reported(stream, day, pinterest, offered):
    output = read(pinterest, offered, stream, on_day(day))

    assert_said(output, stream, "")
    assert_fits(output, stream, offered)


@pytest.mark.parametrize("stream", BY_DATE)
def test_the_time_behind_a_day_is_cut(stream, pinterest, offered):
    whole = read(pinterest, offered, stream)

    def with_time(body: Any) -> Any:
        for row in rows_of(body):
            for values in (row, values_of(row)):
                for name in {"DATE", "date"} & values.keys():
                    values[name] = f"{values[name]}T00:00:00"
        return body

    output = read(pinterest, offered, stream, with_time)

    assert output.statuses == {stream: "COMPLETE"}
    days = Counter(row["date"] for row in output.records(stream))
    assert days == Counter(row["date"] for row in whole.records(stream))


@pytest.mark.parametrize("stream", TOTALS)
def test_a_total_that_is_answered_by_day_is_reported(stream, pinterest, offered):
    def by_day(body: Any) -> Any:
        for rows in lists_of(body):
            rows[:] = [copy.deepcopy(row) for row in rows for _ in range(15)]
            for number, row in enumerate(rows):
                values_of(row)["DATE"] = f"2026-11-{9 + number % 15:02}"
        return body

    output = read(pinterest, offered, stream, by_day)

    assert_said(output, stream, "Pinterest answered a request for a total by day")
    assert output.records(stream) == []


@pytest.mark.parametrize("stream", ["campaign_analytics", DAILY, "ad_targeting_analytics"])
def test_rows_of_other_ids_only_are_reported(stream, pinterest, offered):
    def others(body: Any) -> Any:
        for row in rows_of(body):
            values = values_of(row)
            values.update(dict.fromkeys(IDS & values.keys(), "9" * 12))
        return body

    assert_said(read(pinterest, offered, stream, others), stream, "only with rows of other ids")


@pytest.mark.parametrize("stream", ["campaign_analytics", DAILY, "ad_targeting_analytics"])
def test_rows_of_other_ids_among_others_are_left_out_and_reported(stream, pinterest, offered):
    whole = read(pinterest, offered, stream)
    stranger = first_row_again(
        lambda row: values_of(row).update(dict.fromkeys(IDS & values_of(row).keys(), "9" * 12))
    )

    output = read(pinterest, offered, stream, stranger)

    assert output.statuses == {stream: "COMPLETE"}
    assert len(output.records(stream)) == len(whole.records(stream))
    assert f"{stream}: Pinterest sent rows that were not requested (1 of another" in output.logs


@pytest.mark.parametrize("is_missing", [True, False], ids=["missing", "null"])
@pytest.mark.parametrize(
    ("stream", "where", "config"),
    [
        ("ad_targeting_analytics", ANSWERS["ad_targeting_analytics"], {}),
        ("ad_targeting_analytics_daily", REPORT, HISTORY),
        (BY_KEYWORD, REPORT, {}),
    ],
)
def test_a_targeting_value_that_is_null_is_the_empty_text(
    stream, where, config, is_missing, pinterest, offered
):
    whole = read(pinterest, offered, stream, **config)

    def without(body: Any) -> Any:
        for row in rows_of(body):
            kind = row.get("targeting_type", row.get("TARGETING_TYPE"))
            value = row.get("targeting_value", row.get("TARGETING_VALUE"))
            if (kind, value) == ("GENDER", "unknown"):
                for name in {"targeting_value", "TARGETING_VALUE"} & row.keys():
                    row[name] = None
                    if is_missing:
                        del row[name]
        return body

    output = read(pinterest, offered, stream, without, where, **config)

    assert output.statuses == {stream: "COMPLETE"}
    assert len(output.records(stream)) == len(whole.records(stream))
    assert_fits(output, stream, offered)
    empty = [row for row in output.records(stream) if row["targeting_raw_value"] == ""]
    assert empty
    if stream != BY_KEYWORD:
        assert {row["targeting_value"] for row in empty} == {"GENDER:"}


# --- Answers that are large ---


def asked(pinterest: FakePinterest) -> list[tuple[int, int]]:
    """How many ids and how many breakdowns each request of a targeting report was about."""
    found = []
    for request in pinterest.requests:
        if request.operation.endswith("/targeting_analytics"):
            ids = ",".join(request.params["ad_ids"]).split(",")
            types = ",".join(request.params["targeting_types"]).split(",")
            found.append((len(ids), len(types)))
    return found


@pytest.mark.parametrize("stream", ["ad_targeting_analytics", "ad_targeting_analytics_daily"])
@pytest.mark.parametrize(("most", "smallest"), [(5_000, (2, 13)), (50, (1, 1))])
def test_a_targeting_answer_that_is_too_much_to_wait_is_asked_for_in_parts(
    stream, most, smallest, pinterest, offered, adjust
):
    """Down to one breakdown of one ad, which is taken however large it is."""
    whole = read(pinterest, offered, stream)
    pinterest.requests.clear()
    # so that nothing large is expected
    adjust(values_per_targeting_type=1, bytes_per_cell=1, waiting_bytes=most)

    output = read(pinterest, offered, stream)

    assert output.statuses == {stream: "COMPLETE"}
    assert in_any_order(output.records(stream)) == in_any_order(whole.records(stream))
    assert min(asked(pinterest)) <= smallest
    assert max(asked(pinterest)) == (4, 14)
    assert "Asking for" not in output.logs  # the size is no trouble of Pinterest's


def test_the_next_requests_ask_for_as_much_as_the_answers_before_them_had(offered, adjust):
    """Halving finds out once how much an answer holds; then no request is much too large."""
    adjust(
        bytes_per_cell=1,
        values_per_targeting_type=1,
        waiting_bytes=20_000,
        cells_per_answer=20_000,
    )

    with FakePinterest(World(ad_accounts=1, campaigns=8, ad_groups=2, ads=4)) as larger:
        output = read(larger, offered, "ad_targeting_analytics")
        requests = asked(larger)

    assert output.statuses == {"ad_targeting_analytics": "COMPLETE"}
    halved = [ids for ids, _ in requests if ids > 4]
    assert len(halved) < 10
    assert len(requests) > 2 * len(halved)


# --- Fields of another type ---


def setting(**fields: Any) -> Change:
    def change(body: Any) -> Any:
        for row in rows_of(body):
            row.update(copy.deepcopy(fields))
        return body

    return change


@pytest.mark.parametrize("value", [[1], "x", 7, True], ids=json.dumps)
@pytest.mark.parametrize(
    ("stream", "field"),
    [
        ("ad_targeting_analytics", "metrics"),
        ("user_account_analytics", "metrics"),
        ("pin_analytics", "metrics"),
        ("top_pins", "metrics"),
    ],
)
def test_metrics_that_are_no_object_are_reported(stream, field, value, pinterest, offered):
    assert_said(read(pinterest, offered, stream, setting(**{field: value})), stream, "")


@pytest.mark.parametrize("value", [{"a": 1}, [1], True, "an ad", 6.8e17, None, ""], ids=json.dumps)
@pytest.mark.parametrize("stream", ["campaign_analytics", DAILY, "ad_targeting_analytics", BY_DAY])
def test_an_unusable_id_of_a_row_is_reported(stream, value, pinterest, offered):
    def change(body: Any) -> Any:
        for row in rows_of(body):
            values = values_of(row)
            values.update({name: value for name in ("AD_ID", "CAMPAIGN_ID") if name in values})
        return {"": rows_of(body)} if stream == BY_DAY else body

    output = read(pinterest, offered, stream, change)

    if stream == BY_DAY and value == "an ad":  # whatever it says, an id of a report is an id
        assert_fits(output, stream, offered)
    else:
        assert_said(output, stream, "Pinterest's answer")


def once(change: Callable[[list[Any]], None]) -> Change:
    """Changes the first page that has items, and no other."""
    done: list[bool] = []

    def changed_page(body: Any) -> Any:
        if body["items"] and not done:
            done.append(True)
            change(body["items"])
        return body

    return changed_page


@pytest.mark.parametrize("value", [{"a": 1}, [1], True, 6.8e17, None, ""], ids=json.dumps)
@pytest.mark.parametrize("stream", LISTS)
def test_an_item_with_an_unusable_id_is_left_out_alone(stream, value, pinterest, offered):
    whole = read(pinterest, offered, stream)

    output = read(pinterest, offered, stream, once(lambda items: items[0].update(id=value)))

    assert_said(output, stream, "items that are left out: 1 ")
    assert output.records(stream) == whole.records(stream)[1:]


@pytest.mark.parametrize("value", ["6e3", " 7", "07", "\u0663", -8, 2.5], ids=json.dumps)
@pytest.mark.parametrize(
    ("stream", "listed"),
    [
        *(("campaigns", "campaigns"), ("campaign_analytics", "campaigns")),
        *((DAILY, "ads"), ("pins", "pins"), ("pin_analytics", "pins")),
    ],
)
def test_an_item_whose_id_is_not_a_whole_number_is_left_out_alone(
    stream, listed, value, pinterest, offered
):
    """Reports read ids in ascending order, as integers."""
    broken = once(lambda items: items[0].update(id=value))

    output = read(pinterest, offered, stream, broken, ANSWERS[listed])

    assert_said(
        output, stream, f"Pinterest's list {listed} has items that are left out: 1 whose id is"
    )
    assert output.records(stream)


@pytest.mark.parametrize("item", [None, "x", 7, [1]], ids=json.dumps)
@pytest.mark.parametrize("stream", LISTS)
def test_an_item_that_is_not_an_object_is_left_out_alone(stream, item, pinterest, offered):
    whole = read(pinterest, offered, stream)

    output = read(pinterest, offered, stream, once(lambda items: items.append(item)))

    assert_said(output, stream, "items that are left out: 1 ")
    assert output.records(stream) == whole.records(stream)


@pytest.mark.parametrize("value", ["image", 7, [1], True, None], ids=json.dumps)
@pytest.mark.parametrize("field", ["media", "pin_metrics", "creative_type", "is_owner"])
@pytest.mark.parametrize("stream", ["pins", "pin_analytics"])
def test_a_field_of_a_pin_that_is_of_another_type_is_null_or_text(
    stream, field, value, pinterest, offered
):
    change = setting(**{field: value})

    output = read(pinterest, offered, stream, change, r"/pins$", only_active_pins=True)

    assert output.statuses == {stream: "COMPLETE"}
    assert_fits(output, stream, offered)


@pytest.mark.parametrize("value", ["OWNER", 7, {"a": 1}, [[1], {}], True, None], ids=json.dumps)
@pytest.mark.parametrize("field", ["permissions", "owner", "currency", "name"])
@pytest.mark.parametrize("stream", ["ad_accounts", "catalogs"])
def test_a_field_of_an_ad_account_that_is_of_another_type_costs_nothing_else(
    stream, field, value, pinterest, offered
):
    change = setting(**{field: value})

    output = read(pinterest, offered, stream, change, r"/ad_accounts$")

    assert output.statuses == {stream: "COMPLETE"}
    assert_fits(output, stream, offered)


@pytest.mark.parametrize("value", [{"a": 1}, [1], True, 6.8e17, None, ""], ids=json.dumps)
@pytest.mark.parametrize("field", ["id", "username"])
@pytest.mark.parametrize("stream", ["user_account", "user_interests", "user_account_analytics"])
def test_a_user_with_an_unusable_id_or_name_is_reported(stream, field, value, pinterest, offered):
    output = read(pinterest, offered, stream, lambda b: {**b, field: value}, r"/user_account$")

    assert_said(output, stream, "")


@pytest.mark.parametrize("value", [7, 7.5, True, {"a": 1}, [1], "\ud83d"], ids=json.dumps)
@pytest.mark.parametrize("stream", ["campaigns", "pins"])
def test_a_bookmark_of_another_type_loses_nothing_or_is_reported(stream, value, pinterest, offered):
    whole = read(pinterest, offered, stream)
    ends: list[Any] = []

    def change(body: Any) -> Any:
        if body["bookmark"] is None and not ends:
            ends.append(body)
            body["bookmark"] = value
        return body

    output = read(pinterest, offered, stream, change)

    assert "Traceback" not in "\n".join(output.lines)
    if output.statuses[stream] == "COMPLETE":
        assert output.records(stream) == whole.records(stream)


@pytest.mark.parametrize("days", [["x"], [None], [[1]], "x", 7, None, {"a": 1}], ids=json.dumps)
@pytest.mark.parametrize("stream", ["user_account_analytics", "pin_analytics"])
def test_days_that_are_no_objects_are_reported(stream, days, pinterest, offered):
    def change(body: Any) -> Any:
        for one in [body] if "all" in body else body.values():
            one["all"]["daily_metrics"] = days
        return body

    assert_said(
        read(pinterest, offered, stream, change, r"/pins/.*analytics$|/user_account/analytics$"),
        stream,
        "",
    )


@pytest.mark.parametrize("name", [None, 7, [1], {"a": 1}], ids=json.dumps)
def test_a_metric_with_an_unusable_name_is_left_out_alone(name, pinterest, offered):
    def change(body: Any) -> Any:
        return {**body, "items": [None, {**body["items"][0], "name": name}, *body["items"][1:]]}

    output = read(pinterest, offered, "delivery_metrics", change, r"/resources/delivery_metrics$")

    assert "Traceback" not in "\n".join(output.lines)
    assert len(output.records("delivery_metrics")) > 100
    assert_fits(output, "delivery_metrics", offered)


@pytest.mark.parametrize("depth", [500, 1_000, 100_000])
def test_what_nests_deeply_does_no_harm(depth, pinterest, offered):
    nested = json.dumps({"a": "deep"}).replace('"deep"', "[" * depth + "]" * depth)

    def act(wire: Any, exchange: Any) -> None:
        body = exchange.body.replace(
            b'"objective_type":', b'"new":%b,"objective_type":' % nested.encode(), 1
        )
        wire.send(exchange.status, body)

    credentials = {"auth_method": "access_token", "access_token": pinterest.access_token}
    place = re.compile(ANSWERS["campaigns"])
    with FaultyProxy(
        pinterest, lambda exchange: act if place.match(exchange.path) else None
    ) as proxy:
        config = {"credentials": credentials, "base_url": proxy.url, **CONFIG}
        output = Connector(config).read(configured([offered["campaigns"]]))

    assert "Traceback" not in "\n".join(output.lines)
    if output.statuses["campaigns"] == "COMPLETE":
        assert len(output.records("campaigns")) == 2
