"""The life of a small asynchronous report, and each way in which it may not go as believed."""

from __future__ import annotations

import pytest

from source_pinterest.verify.findings import Finding, Result
from source_pinterest.verify.probes import reports
from source_pinterest.verify.subject import NotAsked
from unit_tests.http.scripted import Reply
from unit_tests.verify.account import ACCOUNT, Account, Answers, found, page, refusal, results

MAKE = f"POST {ACCOUNT}/reports"
ASK = f"GET {ACCOUNT}/reports"
ADDRESS = "https://reports.s3.amazonaws.com/made.json"
MADE = Reply(200, {"token": "a-token-of-a-report", "report_status": "IN_PROGRESS"})
RUNNING = Reply(200, {"report_status": "IN_PROGRESS", "url": None, "size": None})
FINISHED = Reply(200, {"report_status": "FINISHED", "url": f"{ADDRESS}?X-Amz-x=y", "size": 30})
CONTENT = Reply(200, {"626735565838": [{"SPEND_IN_DOLLAR": 1.5}, {"SPEND_IN_DOLLAR": 2.5}]})


class Life(Account):
    """An account whose small report was made, and is then polled."""

    def life(self) -> dict[str, Finding]:
        with self.answering():
            subject = self.subject()
            subject.open()
            list(reports.made.find(subject))
            return {finding.belief: finding for finding in reports.life.find(subject)}


def life(answers: Answers) -> dict[str, Finding]:
    return Life({MAKE: MADE, ASK: FINISHED, ADDRESS: CONTENT, **answers}).life()


def finished(**more: object) -> Reply:
    return Reply(200, {**FINISHED.body, **more})


@pytest.mark.parametrize(
    ("answer", "result", "detail"),
    [
        (MADE, Result.HOLDS, "The answer has report_status, token."),
        (Reply(200, {"token": ""}), Result.DIFFERS, "The answer has token."),
        (Reply(200, []), Result.DIFFERS, "The answer has no field."),
        (refusal("No."), Result.DIFFERS, "Pinterest: 400, code 1, No."),
    ],
)
def test_a_report_is_made_if_the_answer_has_a_token(answer, result, detail):
    finding = found(reports.made, {MAKE: answer})["making-of-a-report"]

    assert (finding.result, finding.detail) == (result, detail)


def test_a_report_that_was_not_made_is_not_polled():
    with pytest.raises(NotAsked, match="made no small report"):
        life({MAKE: refusal()})


def test_a_report_that_goes_as_believed_is_polled_with_longer_and_longer_pauses():
    account = Life({MAKE: MADE, ASK: [RUNNING, RUNNING, FINISHED], ADDRESS: CONTENT})

    findings = account.life()

    assert account.clock.sleeps == [2.0, 3.0]
    assert {each.value("token") for each in account.asked(ASK)} == {"a-token-of-a-report"}
    assert findings["statuses-of-a-report"].detail == "IN_PROGRESS, FINISHED."
    assert findings["time-of-a-report"].detail == "Finished within 5 seconds."
    assert findings["content-of-a-report"].detail == (
        "1 list with 2 rows: 70 bytes, where Pinterest said 30."
    )
    told = results(findings)
    assert told.pop("finished-without-content") is Result.UNKNOWN
    assert set(told.values()) == {Result.HOLDS}


def test_a_report_that_does_not_finish_is_polled_six_times_and_no_more():
    account = Life({MAKE: MADE, ASK: RUNNING})

    findings = account.life()

    assert len(account.asked(ASK)) == 6
    assert findings["time-of-a-report"].result is Result.UNKNOWN
    assert "its status is IN_PROGRESS" in findings["time-of-a-report"].detail
    assert "content-of-a-report" not in findings


def test_a_status_that_nobody_knows_is_told():
    findings = life({ASK: Reply(200, {"report_status": "RESTING", "url": None, "size": None})})

    assert findings["statuses-of-a-report"].result is Result.DIFFERS
    assert findings["statuses-of-a-report"].detail == "IN_PROGRESS, RESTING."


def test_a_refused_question_is_told():
    findings = life({ASK: refusal("No such token.")})

    assert findings["question-after-a-report"].result is Result.DIFFERS
    assert findings["time-of-a-report"].result is Result.UNKNOWN


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (finished(url=None), "The report is finished, with no address and a size of 30."),
        (finished(size=0), "The report is finished, with an address and a size of 0."),
    ],
)
def test_a_finished_report_without_content_is_told(answer, detail):
    finding = life({ASK: answer})["finished-without-content"]

    assert (finding.result, finding.detail) == (Result.DIFFERS, detail)


def test_an_address_at_another_host_is_told_and_fetched_without_the_users_token():
    elsewhere = "https://files.example.com/made.json"

    findings = life({ASK: finished(url=elsewhere), elsewhere: CONTENT})

    assert findings["address-of-a-report"].result is Result.DIFFERS
    assert "at files.example.com, by https" in findings["address-of-a-report"].detail
    assert findings["content-of-a-report"].result is Result.HOLDS


def test_an_address_without_encryption_is_not_fetched():
    account = Life({MAKE: MADE, ASK: finished(url="http://reports.s3.amazonaws.com/made.json")})

    findings = account.life()

    assert findings["address-of-a-report"].result is Result.DIFFERS
    assert findings["address-of-a-report"].detail.endswith("by http. It was not fetched.")
    assert not [name for name, _ in account.requests if name.startswith("http")]


@pytest.mark.parametrize(
    ("content", "belief", "detail"),
    [
        (Reply(403, b"<Error>"), "content-of-a-report", "status 403."),
        (Reply(200, b" "), "finished-without-content", "The content is empty: 1 byte"),
        (Reply(200, {"rows": 1}), "content-of-a-report", "A JSON dict: 11 bytes"),
        (Reply(200, b'[{"A": 1}'), "content-of-a-report", "A JSON NoneType: 9 bytes"),
    ],
)
def test_content_that_is_not_lists_of_rows_is_told(content, belief, detail):
    finding = life({ADDRESS: content})[belief]

    assert finding.result is Result.DIFFERS
    assert finding.detail.startswith(detail)


@pytest.mark.parametrize(
    ("again", "result", "detail"),
    [
        (MADE, Result.HOLDS, "Asked for once more: IN_PROGRESS, with the same token."),
        (
            Reply(200, {"token": "another", "report_status": "FINISHED"}),
            Result.HOLDS,
            "Asked for once more: FINISHED, with another token.",
        ),
        (
            Reply(200, {"token": "another", "report_status": "IN_PROGRESS"}),
            Result.DIFFERS,
            "Asked for once more: IN_PROGRESS, with another token.",
        ),
        (
            refusal("No."),
            Result.DIFFERS,
            "Asked for once more: Pinterest: 400, code 1, No, with another token.",
        ),
    ],
)
def test_the_same_report_once_more_is_the_same_or_ready_at_once(again, result, detail):
    finding = life({MAKE: [MADE, again]})["reports-by-body"]

    assert (finding.result, finding.detail) == (result, detail)


# --- Keywords ---

KEYWORD = {"KEYWORD_ID": 2680, "AD_GROUP_ID": "91", "IMPRESSION_1": 3, "DATE": "2026-11-23"}
WITHOUT = {name: value for name, value in KEYWORD.items() if name != "KEYWORD_ID"}


@pytest.mark.parametrize(
    ("content", "result", "words"),
    [
        ({"2680": [KEYWORD]}, Result.HOLDS, "in KEYWORD_ID, and is in its ad group's list"),
        ({"2680": [WITHOUT]}, Result.HOLDS, "in the key of its list only, and is in its ad group"),
        ({"91": [WITHOUT]}, Result.DIFFERS, "in the key of its list only, and is not in its ad"),
        ({"9": [{**KEYWORD, "KEYWORD_ID": 5}]}, Result.DIFFERS, "in KEYWORD_ID, and is not in"),
        ({}, Result.UNKNOWN, "No keyword had activity"),
    ],
)
def test_the_ids_of_keywords_are_looked_for_in_the_list(content, result, words):
    lists = {f"GET {ACCOUNT}/keywords": page({"id": "2680", "value": "shoes"})}
    answers = {MAKE: MADE, ASK: FINISHED, ADDRESS: Reply(200, content), **lists}

    finding = found(reports.keywords, answers)["keywords-of-a-report"]

    assert finding.result is result
    assert words in finding.detail


@pytest.mark.parametrize(
    ("answers", "result"),
    [
        ({MAKE: refusal("No.")}, Result.DIFFERS),
        ({MAKE: MADE, ASK: RUNNING}, Result.UNKNOWN),
        ({MAKE: MADE, ASK: finished(url="http://elsewhere.test/x")}, Result.UNKNOWN),
        ({MAKE: MADE, ASK: FINISHED, ADDRESS: Reply(200, b"<html>")}, Result.UNKNOWN),
    ],
)
def test_a_report_of_keywords_that_does_not_come_tells_nothing_of_their_ids(answers, result):
    assert found(reports.keywords, answers)["keywords-of-a-report"].result is result
