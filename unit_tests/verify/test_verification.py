"""A whole verification, on answers that were recorded: nothing is sent."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from source_pinterest.api.beliefs import beliefs
from source_pinterest.verify import command
from source_pinterest.verify.allowance import AllowanceUsedUp
from source_pinterest.verify.findings import Finding, Result, holds
from source_pinterest.verify.probes.probe import settles
from source_pinterest.verify.subject import CannotVerify, NotAsked, Subject
from source_pinterest.verify.verification import findings
from unit_tests.http.scripted import Clock
from unit_tests.verify.account import Account
from unit_tests.verify.recorded import Answer, Recorded, answering

NOON = datetime(2020, 1, 15, 12, tzinfo=timezone.utc)
CONFIG = {
    "credentials": {
        "auth_method": "oauth2.0",
        "client_id": "1234567",
        "client_secret": "the-app-secret",
        "refresh_token": "pinr_refresh-0",
    }
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(CONFIG), encoding="utf-8")
    return path


def verify(pinterest: Recorded, config: Path, *options: str) -> None:
    clock = Clock()
    with answering(pinterest):
        command.run(["--config", str(config), *options], lambda: NOON, clock, clock.sleep)


def results(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    return {each["belief"]: each["result"] for each in json.loads(capsys.readouterr().out)}


def test_each_belief_has_one_finding_in_the_order_of_the_file(config, capsys):
    pinterest = Recorded()

    verify(pinterest, config, "--json")

    found = results(capsys)
    assert list(found) == [belief.name for belief in beliefs()]
    assert len(pinterest.operations) <= 90
    assert {name: found[name] for name in ("several-pins-at-once", "end-of-a-list")} == {
        "several-pins-at-once": "holds",
        "end-of-a-list": "holds",
    }
    assert found["beta-breakdowns"] == "differs"
    assert found["life-of-a-report"] == "unknown"
    assert list(found.values()).count("holds") == 59


def test_the_renewed_login_is_in_the_file_before_the_verification_goes_on(config):
    verify(Recorded(), config)

    credentials = json.loads(config.read_text(encoding="utf-8"))["credentials"]
    assert credentials["client_id"] == "1234567"
    assert credentials["access_token"]
    assert credentials["token_expiry_date"].startswith("2020-02-14")
    assert stat.S_IMODE(config.stat().st_mode) == 0o600


def refusing(status: int, body: Any, *but: str) -> Callable[[str], Answer | None]:
    """Every operation but for these."""
    return lambda operation: None if operation in but else (status, body)


OPENING = ("POST /oauth/token", "GET /user_account", "GET /ad_accounts")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, {"code": 29, "message": "You are not permitted to access that resource."}),
        (400, {"code": 1, "message": "Invalid request."}),
        (404, {"code": 50, "message": "Not found."}),
        (500, {"code": 11, "message": "Oops."}),
        (200, {"items": "none", "bookmark": None}),
        (200, {"items": [], "bookmark": None}),
        (200, []),
        (200, None),
    ],
)
def test_a_refusal_or_an_unexpected_answer_is_reported_and_not_taken_for_a_bug(
    status, body, config, capsys
):
    verify(Recorded(refusing(status, body, *OPENING)), config)

    printed = capsys.readouterr()
    assert "hold, " in printed.out
    assert "bug in the connector" not in printed.out + printed.err


@pytest.mark.parametrize("operation", OPENING)
def test_an_outage_at_the_beginning_ends_the_verification_with_a_sentence(operation, config):
    change = refusing(503, "<html>", *(each for each in OPENING if each != operation))
    others_down = refusing(503, "<html>", "POST /oauth/token")

    with pytest.raises(SystemExit) as ended:
        verify(Recorded(change if operation == OPENING[0] else others_down), config)

    assert str(ended.value.code).startswith("Not verified. ")


def test_a_login_that_is_refused_ends_the_verification(config):
    refused = refusing(401, {"code": 2, "message": "Authentication failed."})

    with pytest.raises(SystemExit, match=r"Not verified\. Log in again"):
        verify(Recorded(refused), config)


def test_a_file_that_cannot_be_written_is_reported_before_the_login_is_renewed(config, tmp_path):
    pinterest = Recorded()
    nowhere = tmp_path / "no folder" / "config.json"

    with pytest.raises(SystemExit, match="the new one could not be saved"):
        verify(pinterest, config, "--save-login", str(nowhere))

    assert pinterest.operations == []


@pytest.mark.parametrize("arguments", [[], ["--config"], ["--config", "x", "--no-such-option"]])
def test_a_wrong_use_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        command.run(arguments)

    assert ended.value.code == 2
    assert "usage: source-pinterest verify" in capsys.readouterr().err


# --- One probe among the others ---

FIRST, SECOND = "ids-joined-by-commas", "ids-as-repeated-keys"


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (None, "Pinterest's answers did not show it."),
        (NotAsked("You have no Pins."), "You have no Pins."),
        (
            AllowanceUsedUp("the 60 requests were used up"),
            "Not asked: the 60 requests were used up.",
        ),
        (
            ZeroDivisionError("of a secret"),
            "Unknown, because of a bug in the connector (ZeroDivisionError).",
        ),
    ],
)
def test_a_probe_that_ends_early_keeps_its_findings_and_leaves_the_rest_open(error, detail):
    @settles(FIRST, SECOND)
    def probe(_: Subject) -> Iterator[Finding]:
        yield holds(FIRST, "So.")
        if error:
            raise error

    account = Account({})
    with account.answering():
        found = {each.belief: each for each in findings(account.subject(), [probe])}

    assert found[FIRST] == holds(FIRST, "So.")
    assert (found[SECOND].result, found[SECOND].detail) == (Result.UNKNOWN, detail)


def test_a_login_that_is_lost_ends_all_probes():
    @settles(FIRST)
    def probe(_: Subject) -> Iterator[Finding]:
        raise CannotVerify("The login is lost.")
        yield

    account = Account({})
    with account.answering(), pytest.raises(CannotVerify, match="The login is lost"):
        findings(account.subject(), [probe])


@pytest.mark.parametrize(
    ("elapsed", "words"),
    [(100, "Pinterest is too slow: the 2 minutes"), (120, "no time is left for it")],
)
def test_a_pinterest_that_is_too_slow_to_begin_with_is_reported(elapsed, words):
    account = Account({})
    with account.answering():
        subject = account.subject()
        account.clock.now += elapsed

        with pytest.raises(CannotVerify, match=words):
            findings(subject, [])
