"""`check` through the real entry point, against a strict Pinterest."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import configured
from integration_tests.fake_pinterest import FakePinterest, Request
from source_pinterest.http.retry import INTERACTIVE
from source_pinterest.streams.registry import SUGGESTED

ALL = {"ads:read", "boards:read", "pins:read", "user_accounts:read"}


def oauth(pinterest: FakePinterest, **credentials: str) -> dict[str, str]:
    return {
        "auth_method": "oauth2.0",
        "client_id": pinterest.client_id,
        "client_secret": pinterest.client_secret,
        "refresh_token": pinterest.refresh_token,
        **credentials,
    }


def test_check_takes_a_handful_of_requests(pinterest):
    output = connector(pinterest, credentials=oauth(pinterest)).check()

    assert output.connection_status["status"] == "SUCCEEDED"
    assert [each.operation for each in pinterest.requests] == [
        "POST /oauth/token",
        "GET /user_account",
        "GET /ad_accounts",
        "GET /boards",
        "GET /pins",
        "GET /pins/analytics",
        "GET /ad_accounts/{ad_account_id}/analytics",
        "GET /ad_accounts/{ad_account_id}/targeting_analytics",
    ]
    assert {each.status for each in pinterest.requests} == {
        200,
        201,
        400,
    }  # the login is made; a breakdown is refused


def test_check_says_how_long_a_renewed_login_lasts(pinterest):
    output = connector(pinterest, credentials=oauth(pinterest)).check()

    assert (
        "INFO The access token is valid until 2026-12-24 and renews itself; the login lasts until "
        "2027-01-23, and 60 days longer with each renewal."
    ) in output.logs


def test_check_says_how_long_a_stored_login_lasts_without_renewing_it(pinterest):
    stored = oauth(
        pinterest,
        access_token=pinterest.access_token,
        token_expiry_date="2026-12-01T00:00:00+00:00",
    )

    output = connector(pinterest, credentials=stored).check()

    assert (
        "INFO The access token is valid until 2026-12-01 and renews itself; the login lasts as "
        "long as you sync at least once in 60 days."
    ) in output.logs
    assert output.of_type("CONTROL") == []


def test_a_login_that_ends_within_14_days_is_warned_about(pinterest):
    def fault(request: Request) -> tuple[int, object, dict[str, str]] | None:
        if request.operation != "POST /oauth/token":
            return None
        fields = {name: values[0] for name, values in request.params.items()}
        return 200, {**pinterest.grant(fields), "refresh_token_expires_in": 864_000}, {}

    pinterest.fault = fault

    output = connector(pinterest, credentials=oauth(pinterest)).check()

    assert output.connection_status["status"] == "SUCCEEDED"
    assert (
        "WARN This login ends on 2026-12-04, in 10 days: Pinterest does not extend it. "
        "Log in again before then."
    ) in output.logs


def test_a_login_without_ads_is_no_failed_check(pinterest):
    pinterest.scopes[pinterest.access_token] = frozenset(ALL - {"ads:read"})

    output = connector(pinterest).check()

    assert output.connection_status == {
        "status": "SUCCEEDED",
        "message": f"Logged in as a_pinner: 6 of {len(SUGGESTED)} reports, 0 ad accounts.",
    }
    assert "WARN The scope ads:read is missing: campaigns, ad_groups, ads, " in output.logs


def test_a_login_without_pins_names_the_reports(pinterest):
    pinterest.scopes[pinterest.access_token] = frozenset(ALL - {"pins:read"})

    logs = connector(pinterest).check().logs

    assert "WARN The scope pins:read is missing: pins, pin_analytics cannot be read." in logs
    assert "boards:read is" not in logs


def test_what_the_check_says_is_missing_the_read_misses_by_name(pinterest, discovered):
    pinterest.scopes[pinterest.access_token] = frozenset(ALL - {"ads:read"})

    output = connector(pinterest).read(configured(discovered, ["boards", "campaigns"]))

    assert output.statuses == {"boards": "COMPLETE", "campaigns": "INCOMPLETE"}
    assert "ads:read" in output.errors[0]["message"]


def test_windows_that_pinterest_refuses_fail_the_check(pinterest):
    def fault(request: Request) -> tuple[int, object, dict[str, str]] | None:
        if request.params.get("click_window_days") == ["1"]:
            return 400, {"code": 1, "message": "Invalid attribution windows."}, {}
        return None

    pinterest.fault = fault

    status = connector(pinterest, click_window_days=1).check().connection_status
    fine = connector(pinterest, click_window_days=7).check()

    assert status["status"] == "FAILED"
    assert (
        "`click_window_days` 1, `engagement_window_days` 30, `view_window_days` 1"
        in (status["message"])
    )
    assert "Invalid attribution windows" in status["message"]
    assert fine.connection_status["status"] == "SUCCEEDED"
    assert "INFO Pinterest accepts the attribution windows: `click_window_days` 7" in fine.logs


def test_an_app_without_the_endpoint_for_several_pins_passes(pinterest):
    pinterest.multi_pin = False

    output = connector(pinterest).check()

    assert output.connection_status["status"] == "SUCCEEDED"
    assert "INFO pin_analytics reads one Pin per request, 60 a minute" in output.logs


def test_a_pinterest_that_is_down_ends_the_check_soon_with_what_to_do(pinterest):
    pinterest.fault = lambda _: (503, "<html>", {})

    status = connector(pinterest).check().connection_status

    assert status == {
        "status": "FAILED",
        "message": "Pinterest gave no usable answer for /user_account in 2 tries (the last one: "
        "status 503). Pinterest may be down: try again in a few minutes.",
    }


def test_a_pinterest_that_does_not_answer_is_asked_once(pinterest, adjust):
    adjust(interactive=replace(INTERACTIVE, timeouts=replace(INTERACTIVE.timeouts, read=0.5)))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/v5"

        status = connector(pinterest, base_url=address).check().connection_status

        silent.accept()[0].close()
        silent.setblocking(False)
        with pytest.raises(BlockingIOError):
            silent.accept()

    assert status["status"] == "FAILED"
    assert "ReadTimeout" in status["message"]
