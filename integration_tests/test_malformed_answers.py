"""Answers that are not as described, of the streams that are not suggested: no row is lost in silence, none comes
twice, and nothing ends with a traceback."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import Connector, Output, configured
from integration_tests.expected.reports import compare, rows
from integration_tests.fake_pinterest import FakePinterest, Request, World
from integration_tests.fake_pinterest.rankings import ranking
from integration_tests.settings import Adjust
from source_pinterest.http.retry import SYNC

STATUS = "GET /ad_accounts/{ad_account_id}/reports"
CREATE = "POST /ad_accounts/{ad_account_id}/reports"
USD = "549755885175"
DAILY, BY_DAY, HOURLY, OF_ACCOUNT = "ad_analytics_daily", "by_day", "by_hour", "of_account"
COLUMNS = ["SPEND_IN_DOLLAR", "TOTAL_IMPRESSION"]
CONFIG: dict[str, Any] = {
    "ad_account_ids": [USD],
    "start_date": "2026-08-20",
    "custom_reports": [
        {"name": BY_DAY, "level": "ad", "columns": COLUMNS, "start_date": "2026-11-20"},
        {"name": HOURLY, "level": "ad", "granularity": "HOUR", "columns": COLUMNS},
        {"name": OF_ACCOUNT, "level": "ad_account", "columns": COLUMNS},
    ],
}
FIELDS = {DAILY: ["ad_id", "ad_group_id", "campaign_id", "date", "SPEND_IN_DOLLAR"]}
KEYS = {
    DAILY: ["ad_id", "date"],
    BY_DAY: ["ad_id", "date"],
    HOURLY: ["ad_id", "date", "hour"],
    OF_ACCOUNT: ["ad_account_id", "date"],
    "ad_account_analytics_daily": ["ad_account_id", "date"],
}


@pytest.fixture(autouse=True)
def _no_long_waiting(adjust: Adjust) -> None:
    adjust(longest_report=5.0)


@pytest.fixture(scope="module")
def offered() -> list[dict[str, Any]]:
    return Connector(CONFIG).discover().catalog


@pytest.fixture
def pinterest() -> Any:
    with FakePinterest(World(ad_accounts=1, campaigns=2, ad_groups=1, ads=2)) as server:
        yield server


def read(
    pinterest: FakePinterest, offered: Any, *streams: str, state: Any = (), **more: Any
) -> Output:
    catalog = configured(offered, streams, fields=FIELDS)
    return connector(pinterest, **{**CONFIG, **more}).read(catalog, state)


def lying(pinterest: FakePinterest, change: Any) -> None:
    """Has the content of every report changed, which is a JSON object of lists of rows."""

    def fault(report: Any) -> Any:
        content = json.loads(pinterest.reports.content(report))
        changed = change(content)
        body = changed if isinstance(changed, bytes) else json.dumps(changed).encode()
        return 200, body

    pinterest.reports.fault = fault


def each_row(change: Any) -> Any:
    def changed(content: Any) -> Any:
        for listed in content.values():
            for row in listed:
                change(row)
        return content

    return changed


def unique(output: Output, stream: str) -> bool:
    found = [tuple(row[name] for name in KEYS[stream]) for row in output.records(stream)]
    return len(found) == len(set(found))


def assert_said(output: Output, stream: str, words: str, days: bool = True) -> None:
    """INCOMPLETE, with an error that names the account, the days and the fact; no traceback."""
    assert output.statuses == {stream: "INCOMPLETE"}
    (error,) = [each for each in output.errors if "stream_descriptor" in each]
    message = error["message"]
    assert words in message
    assert USD in message
    assert not days or " to 2026-" in message
    assert "defect" not in message
    assert "Traceback" not in "\n".join(output.lines)
    assert unique(output, stream)


ROUNDED = 1e18


@pytest.mark.parametrize("stream", [DAILY, BY_DAY])
def test_an_id_that_was_rounded_on_its_way_is_reported(stream, pinterest, offered):
    lying(pinterest, each_row(lambda row: row.update(AD_ID=ROUNDED)))

    assert_said(read(pinterest, offered, stream), stream, "rounded on its way")


@pytest.mark.parametrize("stream", [DAILY, BY_DAY])
def test_half_an_emoji_and_a_very_long_integer_do_no_harm(stream, pinterest, offered):
    lying(pinterest, each_row(lambda row: row.update(A="half \ud83d", B=2**70, C=float("nan"))))

    output = read(pinterest, offered, stream)

    assert output.statuses == {stream: "COMPLETE"}
    assert any("half \ufffd" in line for line in output.lines)


@pytest.mark.parametrize("day", ["2026-06-01", "2026-11-24", "yesterday", "", "2026-02-30"])
@pytest.mark.parametrize("stream", [DAILY, BY_DAY, HOURLY])
def test_a_day_that_was_not_requested_is_reported(stream, day, pinterest, offered):
    def change(content: Any) -> Any:
        for listed in content.values():
            listed[0]["DATE"] = day
        return content

    lying(pinterest, change)

    assert_said(read(pinterest, offered, stream), stream, "was not requested")


@pytest.mark.parametrize("stream", [DAILY, BY_DAY])
def test_a_list_that_comes_twice_is_reported(stream, pinterest, offered):
    def change(content: Any) -> bytes:
        one = json.dumps(content)
        return f"{one[:-1]}, {one[1:]}".encode()

    lying(pinterest, change)

    assert_said(read(pinterest, offered, stream), stream, "twice")


@pytest.mark.parametrize("stream", [DAILY, BY_DAY])
def test_rows_of_one_id_in_several_lists_are_read_once(stream, pinterest, offered):
    """Keys of lists that are something else than ids: each key of a row still once."""
    lying(
        pinterest,
        lambda content: {f"{n}{key}": rows for key, rows in content.items() for n in "ab"},
    )

    assert_said(read(pinterest, offered, stream), stream, "twice")


@pytest.mark.parametrize("stream", [DAILY, BY_DAY])
def test_lists_by_day_are_taken_as_well(stream, pinterest, offered):
    whole = read(pinterest, offered, stream)

    def by_day(content: Any) -> Any:
        found: dict[str, Any] = {}
        for listed in content.values():
            for row in listed:
                found.setdefault(row["DATE"], []).append(row)
        return found

    lying(pinterest, by_day)
    output = read(pinterest, offered, stream)

    assert output.statuses == {stream: "COMPLETE"}
    assert compare(whole.records(stream), output.records(stream), KEYS[stream]).same


@pytest.mark.parametrize("stream", [OF_ACCOUNT, "ad_account_analytics_daily"])
def test_a_row_of_another_ad_account_is_reported(stream, pinterest, offered):
    lying(
        pinterest,
        each_row(
            lambda row: row.update(AD_ACCOUNT_ID="549756933748", ADVERTISER_ID="549756933748")
        ),
    )

    assert_said(read(pinterest, offered, stream), stream, "another ad account")


def test_hours_may_be_floats_or_texts(pinterest, offered):
    whole = read(pinterest, offered, HOURLY)
    numbers = iter(range(10**6))
    lying(
        pinterest,
        each_row(
            lambda row: row.update(
                HOUR=float(row["HOUR"]) if next(numbers) % 2 else f"{row['HOUR']}"
            )
        ),
    )

    output = read(pinterest, offered, HOURLY)

    assert output.statuses == {HOURLY: "COMPLETE"}
    assert compare(whole.records(HOURLY), output.records(HOURLY), KEYS[HOURLY]).same


def answering(pinterest: FakePinterest, operation: str, body: Any) -> None:
    pinterest.fault = lambda request: (
        (200, json.dumps(body), {}) if request.operation == operation else None
    )


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ({"report_status": "IN_PROGRESS", "url": None}, "has not finished"),
        ({"report_status": "A NEW ONE", "url": None}, "ended it as A NEW ONE"),
        ({"report_status": "FINISHED", "url": "ftp://x.test/a"}, "not https"),
        ({"report_status": "FINISHED", "url": "file:///etc/passwd"}, "not https"),
        ({"report_status": "FINISHED", "url": "http://x.test/a"}, "not https"),
        ({"report_status": "FINISHED", "url": "https://[x/a"}, "could not be fetched"),
        ({"report_status": "FINISHED", "url": "https://127.0.0.1:99999/a"}, "could not be"),
        ({"report_status": "FINISHED", "url": "https://\ud83d.test/a"}, "could not be fetched"),
        ({"report_status": "failed"}, "ended it as FAILED"),
        ({}, "no usable answer"),
        ([], "no usable answer"),
        ({"report_status": None}, "has not finished"),
        ({"report_status": "FINISHED", "url": 7}, "no usable answer"),
    ],
    ids=json.dumps,
)
@pytest.mark.parametrize("stream", [DAILY, BY_DAY])
def test_a_report_that_never_finishes_is_given_up_and_reported(
    stream, status, words, pinterest, offered, adjust
):
    if words == "has not finished":
        adjust(longest_report=0.05)
    answering(pinterest, STATUS, status)

    output = read(pinterest, offered, stream)

    assert_said(output, stream, words)
    assert "un the sync again" in output.errors[0]["message"]
    pinterest.fault = None
    adjust(longest_report=60.0)
    again = read(pinterest, offered, stream, state=output.last_states)
    assert again.statuses == {stream: "COMPLETE"}


def test_a_status_in_small_letters_is_understood(pinterest, offered):
    status = pinterest.reports.status

    def small(account: Any, token: str) -> Any:
        body = status(account, token)
        return {**body, "report_status": body["report_status"].lower()}

    pinterest.reports.status = small  # type: ignore[method-assign]

    assert read(pinterest, offered, BY_DAY).statuses == {BY_DAY: "COMPLETE"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"token": ""},
        {"token": None},
        {"token": 7},
        {"token": "x" * 10_000},
        {"token": "\ud83d"},
    ],
    ids=lambda body: json.dumps(body)[:40],
)
@pytest.mark.parametrize("stream", [DAILY, BY_DAY])
def test_an_unusable_report_token_is_reported_and_not_saved(stream, body, pinterest, offered):
    answering(pinterest, CREATE, body)

    output = read(pinterest, offered, stream)

    assert_said(output, stream, "")
    pinterest.fault = None
    again = read(pinterest, offered, stream, state=output.last_states)
    assert again.statuses == {stream: "COMPLETE"}


def test_the_rows_of_content_that_broke_off_come_once_though_the_report_is_halved(
    pinterest, offered
):
    """Its days are too many to be fetched, but those of its first lists were."""

    def broken(report: Any) -> Any:
        content = pinterest.reports.content(report)
        start, end = (date.fromisoformat(report.body[name]) for name in ("start_date", "end_date"))
        return (200, content[: 2 * len(content) // 3]) if (end - start).days > 1 else None

    pinterest.reports.fault = broken

    for stream in (DAILY, BY_DAY):
        output = read(pinterest, offered, stream)

        assert output.statuses == {stream: "COMPLETE"}
        assert unique(output, stream)
    expected = rows(
        pinterest.world,
        DAILY,
        today=pinterest.today,
        start=date(2026, 8, 20),
        end=date(2026, 11, 23),
        columns=FIELDS[DAILY],
        ad_account_ids=[USD],
    )
    output = read(pinterest, offered, DAILY)
    comparison = compare(expected, output.records(DAILY), KEYS[DAILY])
    assert comparison.same, str(comparison)


def test_a_pin_that_a_ranking_names_twice_has_its_first_place_and_moves_no_other(
    pinterest, offered
):
    whole = read(pinterest, offered, "top_pins")

    def fault(request: Request) -> Any:
        if request.operation != "GET /user_account/analytics/top_pins":
            return None
        if request.params["start_date"] < ["2026-08-27"]:
            return None  # which is refused
        window = {
            name: date.fromisoformat(request.params[f"{name}_date"][0]) for name in ("start", "end")
        }
        sort_by = request.params["sort_by"][0]
        body = ranking(pinterest.world, "top_pins", sort_by=sort_by, num_of_pins=50, **window)
        return 200, {**body, "pins": [pin for pin in body["pins"] for _ in "ab"]}, {}

    pinterest.fault = fault
    output = read(pinterest, offered, "top_pins")

    assert output.records("top_pins")
    assert output.records("top_pins") == whole.records("top_pins")


@pytest.mark.parametrize("stream", [DAILY, BY_DAY])
def test_content_that_does_not_come_for_a_while_is_asked_for_as_often_as_any_answer(
    stream, pinterest, offered
):
    pinterest.reports.fault = lambda report: (503, b"") if report.downloads < SYNC.tries else None

    assert read(pinterest, offered, stream).statuses == {stream: "COMPLETE"}
    assert len(pinterest.reports.made) == 1


READY = "GET /resources/metrics_ready_state"


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "yes",
        {"conversion_metrics_ready": True},
        {"conversion_metrics_ready": "true", "non_conversion_metrics_ready": 1},
        {"conversion_metrics_ready": None, "non_conversion_metrics_ready": None},
    ],
    ids=json.dumps,
)
def test_a_ready_state_of_another_shape_is_reported_and_the_days_are_read(body, pinterest):
    answering(pinterest, READY, body)
    config = {**CONFIG, "metrics_final": True}
    catalog = configured(Connector(config).discover().catalog, [DAILY])

    output = connector(pinterest, **config).read(catalog)

    assert output.statuses == {DAILY: "COMPLETE"}
    assert {row["delivery_metrics_final"] for row in output.records(DAILY)} == {None}
    assert "Pinterest does not say which days are final" in output.logs


@pytest.mark.parametrize(
    "body", [[7], ["a"], {"a": "b"}, [[{"a": "b"}]], "x", [None]], ids=json.dumps
)
def test_targeting_options_of_another_shape_are_reported(body, pinterest, offered):
    answering(pinterest, "GET /resources/targeting/{targeting_type}", body)

    output = read(pinterest, offered, "targeting_options")

    assert output.statuses == {"targeting_options": "INCOMPLETE"}
    assert "targeting_options GENDER" in output.errors[0]["message"]
    assert "Traceback" not in "\n".join(output.lines)


def test_labels_of_strange_shapes_are_text(pinterest, offered):
    labels = {"": "x", "a": [1, {"b": None}], "c": {"name": 7}, "d": True, "e": "half \ud83d"}
    answering(pinterest, "GET /resources/targeting/{targeting_type}", [labels, labels])

    output = read(pinterest, offered, "targeting_options")

    assert output.statuses == {"targeting_options": "COMPLETE"}
    of_gender = [r for r in output.records("targeting_options") if r["targeting_type"] == "GENDER"]
    names = {row["targeting_raw_value"]: row["name"] for row in of_gender}
    assert len(of_gender) == 5
    assert names == {"": "x", "a": '[1, {"b": null}]', "c": None, "d": "true", "e": "half \ufffd"}


def test_half_an_emoji_in_a_name_does_no_harm_beside_an_id(pinterest):
    ads = "GET /ad_accounts/{ad_account_id}/ads"
    items = [{**ad, "name": "half \ud83d"} for ad in pinterest.world.accounts[USD].ads]
    answering(pinterest, ads, {"items": items, "bookmark": None})
    config = {**CONFIG, "entity_names": True}
    catalog = configured(Connector(config).discover().catalog, ["ads", "ad_analytics_daily"])

    output = connector(pinterest, **config).read(catalog)

    assert set(output.statuses.values()) == {"COMPLETE"}
    assert {row["entity_name"] for row in output.records(DAILY)} == {"half \ufffd"}


# --- States ---

GOOD = {"question": "48814f39", "since": "2026-08-20", "date": "2026-11-20"}
SWEEP = {"start": "2026-11-10", "end": "2026-11-23"}


def state_of(stream: str, entry: Any) -> list[dict[str, Any]]:
    return [
        {
            "type": "STREAM",
            "stream": {"stream_descriptor": {"name": stream}, "stream_state": {USD: entry}},
        }
    ]


@pytest.mark.parametrize(
    "entry",
    [
        {**GOOD, "date": 20261120},
        {**GOOD, "since": None},
        {**GOOD, "since": "0001-01-01", "date": "0001-01-02"},
        {**GOOD, "since": "9999-12-31", "date": "9999-12-31"},
        {**GOOD, "since": "2026-12-31", "date": "2026-11-20"},
        {**GOOD, "final": None},
        {**GOOD, "final": {"delivery": None}},
        {**GOOD, "final": {"delivery": 20261120}},
        {**GOOD, "final": {"delivery": "9999-12-31", "conversions": "9999-12-31"}},
        {**GOOD, "final": {"delivery": "0001-01-01", "conversions": "0001-01-01"}},
        {**GOOD, "final": {"a new kind": "2026-11-20"}},
        {**GOOD, "final": ["2026-11-20"]},
        {**GOOD, "reports": None},
        {**GOOD, "reports": ["a token"]},
        {**GOOD, "reports": {"a name": 7}},
        {**GOOD, "reports": {"a name": "x" * 100_000}},
        {**GOOD, "sweep": {**SWEEP, "since": None}},
        {**GOOD, "sweep": {**SWEEP, "since": "0001-01-01"}},
        {**GOOD, "sweep": {**SWEEP, "since": "9999-12-31"}},
        {**GOOD, "sweep": {**SWEEP, "start": "0001-01-01", "since": "0001-01-01"}},
        {**GOOD, "sweep": {"start": "2026-11-23", "end": "2026-11-10", "since": "2026-11-01"}},
        {**GOOD, "sweep": {**SWEEP, "done": True, "since": "2026-11-01"}},
        {**GOOD, "sweep": {**SWEEP, "after": "1" * 5_000}},
        {**GOOD, "question": {"an": "object"}},
        {"reports": {"a name": "a token"}},
        {},
        None,
        [],
    ],
    ids=lambda entry: json.dumps(entry)[:100],
)
@pytest.mark.parametrize("sync_mode", [None, "full_refresh"])
@pytest.mark.parametrize("stream", [DAILY, BY_DAY])
def test_a_state_that_is_damaged_is_refused_in_words_or_does_no_harm(
    stream, entry, sync_mode, pinterest, offered
):
    catalog = configured(offered, [stream], sync_mode=sync_mode, fields=FIELDS)

    output = connector(pinterest, **CONFIG, metrics_final=True).read(
        catalog, state_of(stream, entry)
    )

    assert "Traceback" not in "\n".join(output.lines)
    assert "defect" not in "\n".join(output.lines)
    if output.statuses == {stream: "COMPLETE"}:
        assert unique(output, stream)
        again = connector(pinterest, **CONFIG).read(catalog, output.last_states)
        assert again.statuses == {stream: "COMPLETE"}
    else:
        assert output.statuses == {stream: "INCOMPLETE"}
        error, last = output.errors
        assert error["failure_type"] == last["failure_type"] == "config_error"
        assert f"The state of {stream} ({USD})" in error["message"]
