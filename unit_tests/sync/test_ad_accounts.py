"""Which ad accounts a sync reads: `read` and `check` decide by one rule."""

from __future__ import annotations

import logging
from datetime import date
from typing import Any

import pytest

from source_pinterest.api.limits import LIMITS
from source_pinterest.check import Check
from source_pinterest.config.config import Config
from source_pinterest.http.errors import AccessDenied
from source_pinterest.sync.ad_accounts import Verdict, has_ads_role, judge
from source_pinterest.sync.context import SyncContext

LISTED: dict[str, dict[str, Any]] = {
    "549755885177": {"permissions": ["BILLING", "SOS_READER"]},
    "549755885175": {"permissions": ["ADMIN"]},
    "5497558851760": {"permissions": None},
    "549755885178": {"permissions": []},
}


@pytest.mark.parametrize(
    ("permissions", "has_it"),
    [
        (["ANALYST"], True),
        (["BILLING", "CAMPAIGN_MANAGER"], True),
        (["BILLING"], False),
        ([], False),
        (None, True),
        ("ADMIN", True),
        ([None], True),
    ],
)
def test_an_ad_account_whose_roles_are_not_told_may_be_readable(permissions, has_it):
    assert has_ads_role({"permissions": permissions}) is has_it


def test_every_ad_account_that_the_login_sees_is_judged_by_ascending_id():
    judged = [(account_id, verdict) for account_id, _, verdict in judge([], LISTED)]

    assert judged == [
        ("549755885175", Verdict.READABLE),
        ("549755885177", Verdict.NO_ADS_ROLE),
        ("549755885178", Verdict.NO_ADS_ROLE),
        ("5497558851760", Verdict.READABLE),
    ]


class Tokens:
    scopes: frozenset[str] | None = None

    def describe_lifetime(self) -> str:
        return "It lasts."


class Pinterest:
    """Lists the ad accounts, and refuses everything else."""

    def __init__(self) -> None:
        self.repeated_keys: set[str] = set()
        self.limits = LIMITS
        self.tokens = Tokens()

    def get(self, path: str, *_: Any, **__: Any) -> Any:
        if path != "/ad_accounts":
            raise AccessDenied("No.", 403, 29)
        items = [{"id": account_id, **item} for account_id, item in LISTED.items()]
        return {"items": items, "bookmark": None}


@pytest.mark.parametrize("named", [[], ["549755885175"], ["549755885177", "1", "549755885175"]])
def test_check_counts_the_ad_accounts_that_a_sync_reads(named):
    raw = {
        "credentials": {"auth_method": "access_token", "access_token": "pina_abcdefgh"},
        "ad_account_ids": named,
    }
    context = SyncContext(Config.parse(raw), Pinterest(), date(2026, 11, 24))  # type: ignore[arg-type]

    read = [account.id for account in context.ad_accounts() if not account.refusal]
    checked = Check(context, logging.getLogger("test")).run()

    # a named one without a role is a problem of the check, and asked for by a sync all the same
    without_role = [account for account in named if account == "549755885177"]
    assert checked.ad_accounts == len(read) - len(without_role)
    assert read == (sorted(set(named) - {"1"}, key=int) or ["549755885175", "5497558851760"])
