"""Wires the sync that a plan rehearses: like a real one, but with a client that counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlsplit

import requests

from source_pinterest.config.config import Config
from source_pinterest.http.auth import token_source
from source_pinterest.http.client import POOL_SIZE, new_session
from source_pinterest.http.connection import Adapter
from source_pinterest.http.settings import SETTINGS, Settings
from source_pinterest.plan.client import Lists, RehearsalClient
from source_pinterest.plan.tally import Tally
from source_pinterest.sync.context import SyncContext
from source_pinterest.verify.login_file import LoginFile


class _Watched(Adapter):
    """Calls `before` with the path of each request. It can prevent the request by raising an error."""

    def __init__(self, base_url: str, before: Callable[[str], None]) -> None:
        super().__init__(pool_connections=4, pool_maxsize=POOL_SIZE)
        self._base_path = urlsplit(base_url).path
        self._before = before

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> Any:
        self._before(urlsplit(str(request.url)).path.removeprefix(self._base_path))
        return super().send(request, *args, **options)


def rehearsal_context(
    config: Config,
    tally: Tally,
    file: LoginFile,
    lists: Lists | None,
    now: Callable[[], datetime],
    settings: Settings | None,
) -> SyncContext:
    """The context of a sync to rehearse. `lists`: default: Pinterest's. A renewed login is saved in `file`."""
    settings = settings or SETTINGS
    limits = settings.limits.with_share(config.rate_limit_share)
    session = new_session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Watched(config.base_url, file.before_request))
    tokens = token_source(config, session, file.save, now, policy=settings.sync, limits=limits)
    client = RehearsalClient(
        config.base_url,
        tokens,
        session,
        settings.budget(limits),
        policy=settings.sync,
        limits=limits,
        tally=tally,
        lists=lists,
    )
    started = now().astimezone(timezone.utc)
    return SyncContext(config, client, started.date(), now=started)
