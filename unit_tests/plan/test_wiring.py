import json
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from source_pinterest.config.config import Config
from source_pinterest.http.retry import SYNC
from source_pinterest.http.settings import Settings
from source_pinterest.plan.tally import Tally
from source_pinterest.plan.wiring import rehearsal_context
from source_pinterest.verify.login_file import LoginFile, LoginNotSaved

NOW = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)
LOGIN = {
    "auth_method": "oauth2.0",
    "client_id": "a-client-id",
    "client_secret": "a-client-secret",
    "refresh_token": "pinr_a-refresh-token",
}


AT_ONCE = Settings(sync=replace(SYNC, first_pause=0.0, login_tries=1))


def context(credentials: dict[str, Any], path: Path, **options: Any) -> Any:
    raw = {"credentials": credentials, **options}
    file = LoginFile(raw, path, None, lambda _: None)
    return rehearsal_context(Config.parse(raw), Tally(), file, None, lambda: NOW, AT_ONCE)


def test_the_days_are_those_of_the_given_clock(tmp_path):
    token = {"auth_method": "access_token", "access_token": "pina_token"}

    assert str(context(token, tmp_path / "config.json").today) == "2026-11-24"


def test_an_ad_accounts_yesterday_is_that_of_a_sync_at_this_time(tmp_path):
    """In Tokyo, 12:00 UTC and the end of that UTC day are two days."""
    token = {"auth_method": "access_token", "access_token": "pina_token"}

    assert context(token, tmp_path / "config.json").started_at == NOW.timestamp()


def test_the_limits_are_those_of_the_connections_share(tmp_path):
    token = {"auth_method": "access_token", "access_token": "pina_token"}

    limits = context(token, tmp_path / "config.json", rate_limit_share=0.5).client.limits

    assert limits.requests_per_minute["ads_analytics"] == 150


def test_no_login_is_renewed_that_could_not_be_saved(tmp_path):
    sync = context(LOGIN, tmp_path / "no folder" / "config.json")

    with pytest.raises(LoginNotSaved, match="could not be saved"):
        sync.user()


def test_a_login_is_saved_before_it_is_used(tmp_path, monkeypatch):
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"credentials": LOGIN}))
    sent = []

    def answer(adapter: Any, request: Any, *_: Any, **__: Any) -> Any:  # noqa: ARG001
        sent.append(request.url)
        raise OSError("nobody answers")

    monkeypatch.setattr("source_pinterest.http.connection.Adapter.send", answer)
    with pytest.raises(Exception, match="login endpoint"):
        context(LOGIN, path).user()

    assert all(url.endswith("/oauth/token") for url in sent)
    assert path.stat().st_mode & 0o777 == 0o600, "written once before the renewal"
