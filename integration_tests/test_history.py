"""`start_date`: days before the 90 of synchronous reports come from asynchronous reports."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import Output, configured
from integration_tests.expected.reports import compare, rows
from integration_tests.fake_pinterest import FakePinterest, World
from integration_tests.test_state import LISTED

CREATE = "POST /ad_accounts/{ad_account_id}/reports"
STATUS = "GET /ad_accounts/{ad_account_id}/reports"
REPORT = "GET /ad_accounts/{ad_account_id}/ads/analytics"
DAILY = ["ad_analytics_daily"]
FIELDS = {
    "ad_analytics_daily": ["ad_id", "ad_group_id", "campaign_id", "date", "SPEND_IN_DOLLAR", "CTR"]
}
USD, EUR, JPY = "549755885175", "549756933748", "549757982321"
TODAY = date(2026, 11, 24)


def expected(
    world: World, start: str, end: str = "2026-11-23", **more: Any
) -> list[dict[str, Any]]:
    window = {"start": date.fromisoformat(start), "end": date.fromisoformat(end)}
    columns = FIELDS["ad_analytics_daily"]
    return rows(world, *DAILY, columns=columns, **{"today": TODAY, **window, **more})


def counted(pinterest: FakePinterest, operation: str) -> int:
    return sum(each.operation == operation for each in pinterest.requests)


def reports(pinterest: FakePinterest) -> list[tuple[str, str, str]]:
    """(ad account, start_date, end_date) of the reports that were asked for."""
    return [
        (each.account.id, each.body["start_date"], each.body["end_date"])
        for each in pinterest.reports.made.values()
    ]


def assert_same(output: Output, expected: list[dict[str, Any]]) -> None:
    comparison = compare(expected, output.records(*DAILY), ["ad_id", "date"])
    assert comparison.same, str(comparison)
    assert expected


def test_two_years_are_read_once_with_the_values_of_each_day(pinterest, discovered):
    catalog = configured(discovered, DAILY, fields=FIELDS)

    output = connector(pinterest, start_date="2024-11-24").read(catalog)

    assert output.exit_code == 0
    assert_same(output, expected(pinterest.world, "2024-11-24"))
    of_one = [(start, end) for account, start, end in reports(pinterest) if account == USD]
    assert of_one == [
        ("2026-02-22", "2026-08-26"),
        ("2025-08-20", "2026-02-21"),
        ("2025-02-15", "2025-08-19"),
        ("2024-11-24", "2025-02-14"),
    ]
    assert output.states(*DAILY)[-1] == {
        account: {
            "question": "48814f39",
            "since": "2024-11-24",
            "date": "2026-11-23",
            "refused_day": "2026-08-26",
            "ids": LISTED,
        }
        for account in (USD, EUR, JPY)
    }


def test_days_of_both_kinds_of_report_have_the_same_fields_and_types(pinterest, discovered):
    catalog = configured(discovered, DAILY)  # every column

    output = connector(pinterest, start_date="2026-08-16", ad_account_ids=[USD]).read(catalog)

    def types(older: bool) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for record in output.records(*DAILY):
            if (record["date"] < "2026-08-27") is older:
                for name, value in record.items():
                    found.setdefault(name, set()).add(type(value).__name__)
        return found

    young, old = types(older=False), types(older=True)
    assert young.keys() - old.keys() == {"QUIZ_PIN_RESULT_OPEN"}, "asynchronous reports lack it"
    assert old.keys() <= young.keys()
    assert all(old[name] <= young[name] | {"NoneType"} for name in old)
    asked = pinterest.reports.made[next(iter(pinterest.reports.made))].body
    assert "QUIZ_PIN_RESULT_OPEN" not in asked["columns"]


def test_the_next_sync_asks_for_no_report_again(pinterest, discovered):
    catalog = configured(discovered, DAILY, fields=FIELDS)
    first = connector(pinterest, start_date="2026-01-01").read(catalog)
    pinterest.requests.clear()
    pinterest.today = date(2026, 11, 25)

    output = connector(pinterest, "2026-11-25", start_date="2026-01-01").read(
        catalog, first.last_states
    )

    assert counted(pinterest, CREATE) == 0
    again = {"today": date(2026, 11, 25), "end": "2026-11-24"}
    assert_same(output, expected(pinterest.world, "2026-10-25", **again))
    assert output.states(*DAILY)[-1][USD]["since"] == "2026-01-01"


def test_an_earlier_start_date_later_reads_only_the_days_before(pinterest, discovered):
    catalog = configured(discovered, DAILY, fields=FIELDS)
    first = connector(pinterest, start_date="2026-06-01").read(catalog)
    pinterest.reports.made.clear()

    output = connector(pinterest, start_date="2026-05-01").read(catalog, first.last_states)

    assert {each[1:] for each in reports(pinterest)} == {("2026-05-01", "2026-05-31")}
    got = [record for record in output.records(*DAILY) if record["date"] < "2026-06-01"]
    assert compare(expected(pinterest.world, "2026-05-01", "2026-05-31"), got, KEY).same
    assert output.states(*DAILY)[-1][USD]["since"] == "2026-05-01"


def test_a_start_date_within_reach_replaces_the_backfill_days(pinterest, discovered):
    output = connector(pinterest, start_date="2026-11-20").read(
        configured(discovered, DAILY, fields=FIELDS)
    )

    assert_same(output, expected(pinterest.world, "2026-11-20"))
    assert counted(pinterest, CREATE) == 0


def test_days_before_pinterests_own_limit_are_left_out(pinterest, discovered):
    output = connector(pinterest, start_date="2020-01-01", ad_account_ids=[USD]).read(
        configured(discovered, DAILY, fields=FIELDS)
    )

    assert output.exit_code == 0
    assert min(each[1] for each in reports(pinterest)) == "2024-05-25"
    assert output.states(*DAILY)[-1][USD]["since"] == "2024-05-25"


def test_a_connection_that_slept_gets_the_days_that_synchronous_reports_no_longer_have(
    pinterest, discovered
):
    state = {USD: {"question": "48814f39", "since": "2026-05-01", "date": "2026-07-31"}}

    output = connector(pinterest, start_date="2026-05-01", ad_account_ids=[USD]).read(
        configured(discovered, DAILY, fields=FIELDS), state_of(state)
    )

    assert_same(output, expected(pinterest.world, "2026-05-01", ad_account_ids=[USD]))
    assert "stay missing" not in output.logs


def test_the_totals_and_the_organic_reports_do_not_go_back_further(pinterest, discovered):
    output = connector(pinterest, start_date="2026-01-01").read(
        configured(discovered, ["ad_analytics", "user_account_analytics"])
    )

    assert output.exit_code == 0
    assert counted(pinterest, CREATE) == 0
    assert {each["start_date"] for each in output.records("ad_analytics")} == {"2026-08-27"}
    assert min(each["date"] for each in output.records("user_account_analytics")) == "2026-08-27"


TARGETING = "ad_targeting_analytics_daily"


@pytest.mark.parametrize(
    "types",
    [["GENDER", "AGE_BUCKET_AND_GENDER"], ["AGE_BUCKET_AND_GENDER"]],
)
def test_breakdowns_that_pinterest_does_not_grant_are_left_out_of_older_days_too(
    pinterest, everything, types
):
    fields = ["ad_id", "ad_group_id", "campaign_id", "date", "targeting_type", "CTR"]
    fields += ["targeting_value", "targeting_raw_value"]
    catalog = configured(everything, [TARGETING], fields={TARGETING: fields})
    config = {"start_date": "2026-08-16", "targeting_types": types}

    output = connector(pinterest, ad_account_ids=[USD], **config).read(catalog)

    window = {"today": TODAY, "start": date(2026, 8, 16), "end": date(2026, 11, 23)}
    wanted = rows(
        pinterest.world,
        TARGETING,
        columns=fields,
        targeting_types=types,
        ad_account_ids=[USD],
        **window,
    )
    comparison = compare(
        wanted,
        output.records(TARGETING),
        ["ad_id", "targeting_type", "targeting_raw_value", "date"],
    )
    assert comparison.same, str(comparison)
    assert output.statuses == {TARGETING: "COMPLETE"}
    assert {row["targeting_type"] for row in wanted} == {"GENDER"} & {*types}
    assert "Pinterest refuses AGE_BUCKET_AND_GENDER" in output.logs
    assert output.states(TARGETING)[-1][USD]["since"] == "2026-08-16"


# --- Cut off ---


@pytest.mark.parametrize("sync_mode", ["incremental", "full_refresh"])
def test_a_sync_that_was_cut_off_goes_on_with_the_reports_in_the_making(
    pinterest, discovered, sync_mode, adjust
):
    adjust(days_per_report=30)  # 4 reports
    catalog = configured(discovered, DAILY, sync_mode=sync_mode, fields=FIELDS)
    config = {"start_date": "2026-05-01", "ad_account_ids": [USD]}
    pinterest.reports.kept_by_body = False  # who asks again is counted
    whole = connector(pinterest, **config).read(catalog)
    wanted = expected(pinterest.world, "2026-05-01", ad_account_ids=[USD])
    places = [n for n, message in enumerate(whole.messages) if message["type"] == "STATE"]
    assert len(places) > 8

    for place in places[:-1]:  # the last one is of a whole sync
        before = Output(whole.lines[: place + 1], 1)
        made = len(pinterest.reports.made)
        entry = before.states(*DAILY)[-1].get(USD, {})
        done = sum(entry.get("since", "9") <= start for _, start, _ in reports(pinterest)[:4])

        rest = connector(pinterest, **config).read(catalog, before.last_states)

        assert len(pinterest.reports.made) - made == 4 - done - len(entry.get("reports", {}))
        assert not set(keys(before)) & set(keys(rest))
        table = [*before.records(*DAILY), *rest.records(*DAILY)]
        assert compare(wanted, table, KEY).same


@pytest.mark.parametrize("status", ["EXPIRED", "DOES_NOT_EXIST"])
def test_a_report_of_an_earlier_attempt_that_has_ended_is_made_anew(pinterest, discovered, status):
    catalog = configured(discovered, DAILY, fields=FIELDS)
    config = {"start_date": "2026-06-01", "ad_account_ids": [USD]}
    whole = connector(pinterest, **config).read(catalog)
    begun = next(state for state in whole.states(*DAILY) if "reports" in state.get(USD, {}))
    (token,) = begun[USD]["reports"].values()
    if status == "EXPIRED":
        pinterest.reports.made[token].made_at -= 4_000
    else:
        del pinterest.reports.made[token]

    output = connector(pinterest, **config).read(catalog, state_of(begun))

    assert output.exit_code == 0
    older = expected(pinterest.world, "2026-06-01", "2026-08-26", ad_account_ids=[USD])
    assert_same(output, older)


def test_another_question_or_other_columns_do_not_take_the_report_in_the_making(
    pinterest, discovered
):
    config = {"start_date": "2026-06-01", "ad_account_ids": [USD]}
    catalog = configured(discovered, DAILY, fields={"ad_analytics_daily": ["ad_id", "date", "CTR"]})
    whole = connector(pinterest, **config).read(catalog)
    begun = next(state for state in whole.states(*DAILY) if "reports" in state.get(USD, {}))

    output = connector(pinterest, **config).read(
        configured(discovered, DAILY, fields=FIELDS), state_of(begun)
    )

    assert len(pinterest.reports.made) == 2
    assert any("SPEND_IN_DOLLAR" in record for record in output.records(*DAILY))


# --- What may become of a report ---


def test_a_report_that_fails_once_is_made_again(pinterest, discovered):
    pinterest.reports.fate = lambda report: "FAILED" if report.number == 1 else None

    output = connector(pinterest, start_date="2026-06-01", ad_account_ids=[USD]).read(
        configured(discovered, DAILY, fields=FIELDS)
    )

    assert_same(output, expected(pinterest.world, "2026-06-01", ad_account_ids=[USD]))
    assert len(pinterest.reports.made) == 2
    assert "the report is requested again: Pinterest has ended it as FAILED." in output.logs


def test_a_report_that_is_too_large_is_split_into_its_days(pinterest, discovered):
    def fate(report: Any) -> str | None:
        days = (day(report.body["end_date"]) - day(report.body["start_date"])).days + 1
        return "CANCELLED" if days > 30 else None

    pinterest.reports.fate = fate

    output = connector(pinterest, start_date="2026-06-01", ad_account_ids=[USD]).read(
        configured(discovered, DAILY, fields=FIELDS)
    )

    assert_same(output, expected(pinterest.world, "2026-06-01", ad_account_ids=[USD]))
    sinces = [state[USD]["since"] for state in output.states(*DAILY) if "since" in state[USD]]
    assert sinces == sorted(sinces, reverse=True)
    assert output.states(*DAILY)[-1][USD]["since"] == "2026-06-01"


def test_a_report_that_never_comes_is_reported_and_the_other_days_and_accounts_are_read(
    pinterest, discovered
):
    pinterest.reports.fate = lambda report: "FAILED" if report.account.id == EUR else None

    output = connector(pinterest, start_date="2026-08-20").read(
        configured(discovered, DAILY, fields=FIELDS)
    )

    assert output.exit_code == 1
    assert output.statuses["ad_analytics_daily"] == "INCOMPLETE"
    (error,) = [each["message"] for each in output.errors if "ad account" in each["message"]]
    assert (
        f"ad_analytics_daily of ad account {EUR}, 2026-08-20 to 2026-08-26: Pinterest did "
        "not deliver an asynchronous report after 3 attempts: Pinterest has ended it as FAILED."
        in error
    )
    complete = [*expected(pinterest.world, "2026-08-20", ad_account_ids=[USD, JPY])]
    complete += expected(pinterest.world, "2026-08-27", ad_account_ids=[EUR])
    assert_same(output, complete)
    assert output.states(*DAILY)[-1][EUR]["since"] == "2026-08-27"
    of_it = [each for each in pinterest.reports.made.values() if each.account.id == EUR]
    # of 7, 3 and 1 days, of 2 days and of 1 and 1: then three days in a row have failed
    assert len(of_it) == 3 * 6


def test_one_day_that_pinterest_has_no_report_of_fails_alone(pinterest, discovered):
    def fate(report: Any) -> str | None:
        return (
            "FAILED"
            if report.body["start_date"] <= "2026-07-15" <= report.body["end_date"]
            else None
        )

    pinterest.reports.fate = fate

    output = connector(pinterest, start_date="2026-06-01", ad_account_ids=[USD]).read(
        configured(discovered, DAILY, fields=FIELDS)
    )

    wanted = expected(pinterest.world, "2026-06-01", ad_account_ids=[USD])
    assert_same(output, [row for row in wanted if row["date"] != "2026-07-15"])
    assert output.statuses["ad_analytics_daily"] == "INCOMPLETE"
    assert f"{USD}, 2026-07-15 to 2026-07-15: Pinterest did not" in output.errors[0]["message"]
    assert output.states(*DAILY)[-1][USD]["since"] > "2026-07-15"


def test_an_account_without_any_report_is_given_up_after_some_tries(pinterest, discovered):
    pinterest.reports.fate = lambda report: "FAILED" if report.account.id == EUR else None

    output = connector(pinterest, start_date="2024-11-24").read(
        configured(discovered, DAILY, fields=FIELDS)
    )

    of_it = [each for each in pinterest.reports.made.values() if each.account.id == EUR]
    assert len(of_it) < 75  # of two windows of 186 days: 3 for each half down to 3 days of each
    others = [*expected(pinterest.world, "2024-11-24", ad_account_ids=[USD, JPY])]
    others += expected(pinterest.world, "2026-08-27", ad_account_ids=[EUR])
    assert_same(output, others)
    assert f"{EUR}, 2026-02-22 to 2026-08-26: Pinterest did not" in output.errors[0]["message"]
    assert output.states(*DAILY)[-1][EUR]["since"] == "2026-08-27"


def test_an_account_whose_young_days_fail_is_not_asked_for_older_ones(pinterest, discovered):
    def fault(request: Any) -> Any:
        if request.operation == REPORT and EUR in request.path:
            return 403, {"code": 29, "message": "Not permitted."}, {}
        return None

    pinterest.fault = fault

    output = connector(pinterest, start_date="2026-08-20").read(
        configured(discovered, DAILY, fields=FIELDS)
    )

    assert output.statuses["ad_analytics_daily"] == "INCOMPLETE"
    assert {account for account, _, _ in reports(pinterest)} == {USD, JPY}
    assert "since" not in output.states(*DAILY)[-1].get(EUR, {})
    assert_same(output, expected(pinterest.world, "2026-08-20", ad_account_ids=[USD, JPY]))


def test_a_status_that_nobody_knows_is_waited_for(pinterest, discovered):
    pinterest.reports.fate = lambda report: "QUEUED_AGAIN" if report.polls < 4 else None

    output = connector(pinterest, start_date="2026-08-20", ad_account_ids=[USD]).read(
        configured(discovered, DAILY, fields=FIELDS)
    )

    assert_same(output, expected(pinterest.world, "2026-08-20", ad_account_ids=[USD]))


def test_a_report_that_is_not_finished_in_an_hour_ends_the_stream_and_the_next_sync_goes_on_with_it(
    pinterest, discovered, adjust
):
    adjust(longest_report=0.05)
    pinterest.reports.polls = 1_000_000
    catalog = configured(discovered, DAILY, fields=FIELDS)
    config = {"start_date": "2026-08-20", "ad_account_ids": [USD]}

    first = connector(pinterest, **config).read(catalog)
    pinterest.reports.polls = 1
    adjust(longest_report=60.0)
    second = connector(pinterest, **config).read(catalog, first.last_states)

    assert first.statuses["ad_analytics_daily"] == "INCOMPLETE"
    assert "Run the sync again: it continues with the same report." in first.errors[0]["message"]
    assert second.exit_code == 0
    assert len(pinterest.reports.made) == 1
    table = [*first.records(*DAILY), *second.records(*DAILY)]
    assert compare(expected(pinterest.world, "2026-08-20", ad_account_ids=[USD]), table, KEY).same


# --- The content ---


CONTENT = {
    "cut in the middle": lambda whole: (200, whole[: len(whole) // 2]),
    "cut at the end": lambda whole: (200, whole[:-1]),
    "empty": lambda _: (200, b""),
    "HTML": lambda _: (200, b"<html>Busy</html>"),
    "403, the address has ended": lambda _: (403, b"<Error>Request has expired</Error>"),
    "503": lambda _: (503, b"slow down"),
    "a redirect": lambda _: (302, b""),
}


@pytest.mark.parametrize("kind", CONTENT)
def test_content_that_does_not_come_whole_is_fetched_again_from_a_fresh_address(
    pinterest, discovered, kind
):
    def fault(report: Any) -> Any:
        return CONTENT[kind](pinterest.reports.content(report)) if report.downloads == 1 else None

    pinterest.reports.fault = fault

    output = connector(pinterest, start_date="2026-06-01", ad_account_ids=[USD]).read(
        configured(discovered, DAILY, fields=FIELDS)
    )

    assert_same(output, expected(pinterest.world, "2026-06-01", ad_account_ids=[USD]))
    (report,) = pinterest.reports.made.values()
    assert report.downloads == 2
    assert len(report.links) == 2


def test_content_that_never_comes_is_reported_without_its_address(pinterest, discovered):
    pinterest.reports.fault = lambda _: (503, b"slow down")

    output = connector(pinterest, start_date="2026-06-01", ad_account_ids=[USD]).read(
        configured(discovered, DAILY, fields=FIELDS)
    )

    assert output.statuses["ad_analytics_daily"] == "INCOMPLETE"
    assert "its content could not be fetched (status 503)" in output.errors[0]["message"]
    everything = "\n".join(output.lines)
    for report in pinterest.reports.made.values():
        assert not [signature for signature in report.links if signature in everything]
    assert "X-Amz-Signature" not in everything


def test_the_address_of_the_content_is_not_shown_the_login_nor_logged(pinterest, discovered):
    """The fake refuses a request that bears a login; this looks at what was printed."""
    output = connector(pinterest, start_date="2026-06-01").read(
        configured(discovered, DAILY, fields=FIELDS)
    )

    assert output.exit_code == 0
    assert all(report.downloads == 1 for report in pinterest.reports.made.values())
    assert "X-Amz-Signature" not in "\n".join(output.lines)


@pytest.mark.parametrize(
    "address", ["http://example.com/report", "ftp://127.0.0.1/", "file:///etc"]
)
def test_an_address_that_is_not_https_is_not_asked(pinterest, discovered, address):
    def fault(request: Any) -> Any:
        if request.operation == STATUS:
            return 200, {"report_status": "FINISHED", "url": address, "size": 1}, {}
        return None

    pinterest.fault = fault

    output = connector(pinterest, start_date="2026-06-01", ad_account_ids=[USD]).read(
        configured(discovered, DAILY, fields=FIELDS)
    )

    assert output.statuses["ad_analytics_daily"] == "INCOMPLETE"
    assert "is at an address that is not https" in output.errors[0]["message"]


def test_a_report_that_is_refused_names_the_days(pinterest, discovered):
    def fault(request: Any) -> Any:
        if request.operation == CREATE:
            return 400, {"code": 400, "message": "Invalid report parameters."}, {}
        return None

    pinterest.fault = fault

    output = connector(pinterest, start_date="2026-06-01", ad_account_ids=[USD]).read(
        configured(discovered, DAILY, fields=FIELDS)
    )

    assert_same(output, expected(pinterest.world, "2026-08-27", ad_account_ids=[USD]))
    assert f"{USD}, 2026-06-01 to 2026-08-26: Pinterest refuses" in output.errors[0]["message"]


def test_while_a_report_is_made_the_state_is_repeated(pinterest, discovered, adjust):
    adjust(seconds_between_states=0.03, first_poll=0.02, longest_poll=0.02)
    pinterest.reports.polls = 8

    output = connector(pinterest, start_date="2026-08-20", ad_account_ids=[USD]).read(
        configured(discovered, DAILY, fields=FIELDS)
    )

    printed = [each for each in output.messages if each["type"] in ("RECORD", "STATE")]
    repeated = [one for one, other in pairwise(printed) if one == other]
    assert [each["type"] for each in repeated[:1]] == ["STATE"]


# --- The configuration ---


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("2026-11-24", "`start_date`: 2026-11-24 is not over yet (in UTC it is 2026-11-24)"),
        ("2027-01-01", "`start_date`: 2027-01-01 is not over yet"),
        ("yesterday", '`start_date`: "yesterday" is not a valid date. Write it as YYYY-MM-DD'),
        ("2026-02-30", '`start_date`: "2026-02-30" is not a valid date.'),
        (20260101, "`start_date`: 20260101 is not a valid date."),
    ],
)
def test_a_wrong_start_date_is_reported_before_anything_is_read(
    pinterest, discovered, value, sentence
):
    checked = connector(pinterest, start_date=value).check()
    read = connector(pinterest, start_date=value).read(configured(discovered, DAILY))

    assert checked.connection_status["status"] == "FAILED"
    assert sentence in checked.connection_status["message"]
    assert sentence in read.errors[0]["message"]
    assert read.exit_code == 1
    assert pinterest.requests == []


KEY = ["ad_id", "date"]


def day(text: str) -> date:
    return date.fromisoformat(text)


def keys(output: Output) -> list[tuple[str, str]]:
    return [(record["ad_id"], record["date"]) for record in output.records(*DAILY)]


def state_of(value: Any) -> list[dict[str, Any]]:
    descriptor = {"name": "ad_analytics_daily"}
    return [{"type": "STREAM", "stream": {"stream_descriptor": descriptor, "stream_state": value}}]
