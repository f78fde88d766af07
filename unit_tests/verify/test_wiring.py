"""The client of a verification: every request counts, and it is impatient."""

from __future__ import annotations

from pathlib import Path

from source_pinterest.config.config import Config
from source_pinterest.verify.allowance import Allowance
from source_pinterest.verify.login_file import LoginFile
from source_pinterest.verify.wiring import VERIFY_POLICY, make_subject
from unit_tests.http.scripted import Clock, Reply
from unit_tests.verify.account import CONFIG, NOW, Account, page, refusal

OAUTH = {
    "credentials": {
        "auth_method": "oauth2.0",
        "client_id": "1234567",
        "client_secret": "the-app-secret",
        "refresh_token": "pinr_the-former",
    }
}


def test_an_access_token_is_used_as_it_is():
    account = Account({"GET /pins": page()})

    with account.answering():
        subject = account.subject(CONFIG)
        subject.get("/pins")

    assert [name for name, _ in account.requests] == ["GET /pins"]
    assert subject.allowance.requests == 1
    assert str(subject.today) == "2026-11-24"


def test_the_renewal_of_a_login_counts_and_is_kept_and_written(tmp_path: Path):
    config = tmp_path / "my.json"
    clock, told = Clock(), []
    renewed = {"access_token": "pina_new", "refresh_token": "pinr_new", "expires_in": 2_592_000}
    account = Account({"POST /oauth/token": Reply(200, renewed), "GET /pins": page()})
    subject = make_subject(
        Config.parse(OAUTH),
        Allowance(clock, clock.sleep),
        LoginFile(OAUTH, config, None, told.append),
        lambda: NOW,
    )

    with account.answering():
        subject.get("/pins")

    assert [each.path for each in subject.exchanges] == ["/oauth/token", "/pins"]
    assert subject.allowance.requests == 2
    assert "pinr_new" in config.read_text(encoding="utf-8")
    assert len(told) == 1


def test_an_outage_is_given_up_within_the_allowance():
    account = Account({"GET /pins": refusal("Oops.", 503, 11)})

    with account.answering():
        subject = account.subject()
        assert subject.get("/pins").status == 503

    assert 1 < subject.allowance.requests < 10
    assert sum(account.clock.sleeps) < VERIFY_POLICY.seconds == 120
