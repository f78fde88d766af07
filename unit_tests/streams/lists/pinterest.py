"""A client that answers from a table, and what a list makes of its answers."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from airbyte_cdk.models import (  # type: ignore[attr-defined]
    AirbyteMessage,
    ConfiguredAirbyteStream,
    DestinationSyncMode,
    SyncMode,
)
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.utils import AirbyteTracedException

from source_pinterest.api.limits import LIMITS, Limits
from source_pinterest.config.config import Config
from source_pinterest.http.errors import NotFound
from source_pinterest.http.retry import SYNC
from source_pinterest.records.rows import Batch
from source_pinterest.streams.lists.base import ListStream
from source_pinterest.sync.context import SyncContext

USER = "813744226420795884"
ACCOUNT = "549755885175"
SHARED = "549755885176"
AD_ACCOUNTS = [
    {"id": ACCOUNT, "name": "Shoes", "currency": "EUR", "owner": {"id": USER}},
    {"id": SHARED, "name": "Hats", "currency": "USD", "owner": {"id": "813744226420795885"}},
]
ANSWERS = {
    "/user_account": {"id": USER, "username": "a_pinner"},
    "/ad_accounts": {"items": AD_ACCOUNTS, "bookmark": None},
}


def page(*items: Any, bookmark: str | None = None) -> dict[str, Any]:
    return {"items": list(items), "bookmark": bookmark}


class Pinterest:
    """Bodies, or errors, by path; a function gets the parameters. What has no answer is not found."""

    base_url = "http://127.0.0.1:1/v5"
    policy = SYNC

    def __init__(self, answers: Mapping[str, Any] | None = None, limits: Limits = LIMITS) -> None:
        self.answers = {**ANSWERS, **(answers or {})}
        self.limits = limits
        self.repeated_keys: set[str] = set()
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def get(
        self,
        path: str,
        params: Mapping[str, Any],
        category: str,
        is_expected: Callable[[Any], bool],
        if_null: Any = None,
    ) -> Any:
        assert category
        sent = {name: value for name, value in params.items() if value is not None}
        self.asked.append((path, sent))
        answer = self.answers.get(path, NotFound("Pinterest does not find it.", 404))
        body = answer(sent) if callable(answer) else answer
        if isinstance(body, Exception):
            raise body
        body = if_null if body is None else copy.deepcopy(body)
        assert is_expected(body), f"{path}: {body}"
        return body

    def params_of(self, path: str) -> list[dict[str, Any]]:
        """Of each request, without the size of a page."""
        return [
            {name: value for name, value in params.items() if name != "page_size"}
            for asked, params in self.asked
            if asked == path
        ]


def context(pinterest: Pinterest, **config: Any) -> SyncContext:
    token = {"auth_method": "access_token", "access_token": "t0ken"}
    parsed = Config.parse({"credentials": token, **config})
    return SyncContext(parsed, pinterest, date(2026, 11, 24))  # type: ignore[arg-type]


def read(
    stream: type[ListStream], answers: Mapping[str, Any] | Pinterest, **config: Any
) -> tuple[list[dict[str, Any]], str]:
    """The records of a sync of one list, and the error that it ends with."""
    pinterest = answers if isinstance(answers, Pinterest) else Pinterest(answers)
    made = stream(context(pinterest, **config))
    configured = ConfiguredAirbyteStream(
        made.as_airbyte_stream(), SyncMode.full_refresh, DestinationSyncMode.overwrite
    )
    records: list[dict[str, Any]] = []
    try:
        records.extend(_records(made.messages(configured, ConnectorStateManager([]))))
    except AirbyteTracedException as error:
        return records, str(error.message)
    return records, ""


def _records(messages: Iterable[Batch | AirbyteMessage]) -> Iterable[dict[str, Any]]:
    for each in messages:
        if isinstance(each, Batch):
            yield from each.records()
