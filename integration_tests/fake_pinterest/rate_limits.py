"""The headers about rate limits, in the form that is recorded: a first number, then each window."""

from __future__ import annotations

PER_MINUTE = {
    "ads_read": 1000,
    "org_read": 1000,
    "ads_analytics": 300,
    "org_analytics": 60,
    "catalogs_read": 100,
}
"""By category, for an app and a user. That of org_analytics is documented; the others are seen."""

SAFETY_NET = '100;w=1;name="safety_net_app_id_user_id"'
OF_ALL_USERS = {
    "GET /ad_accounts/{ad_account_id}/reports": '800;w=60;name="analytics_get_report_app_id"'
}
"""By operation: a further window, which the users of an app share."""


def headers(operation: str | None, category: str | None, left: tuple[int, int]) -> dict[str, str]:
    windows = [SAFETY_NET]
    if category:
        windows.append(f'{PER_MINUTE[category]};w=60;name="{category}_app_id_user_id"')
    if operation in OF_ALL_USERS:
        windows.append(OF_ALL_USERS[operation])
    remaining, reset = left
    return {
        "x-ratelimit-limit": ", ".join(["100", *windows]),
        "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-reset": str(reset),
    }
