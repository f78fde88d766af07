"""The user's account, boards, Pins, followers and interests."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from source_pinterest.api import limits
from source_pinterest.http.errors import AccessDenied, NotFound, RequestRefused
from source_pinterest.records.rows import Row
from source_pinterest.streams.lists.base import ListStream
from source_pinterest.sync.covered_ids import creation_day
from source_pinterest.text import counted

if TYPE_CHECKING:
    from source_pinterest.sync.slices import Slice

logger = logging.getLogger("airbyte.source_pinterest")


class UserAccount(ListStream):
    """The user with the current counts: one record."""

    endpoint = "GET /user_account"
    record = "Account"
    primary_key = ["id"]

    def read_list(self, stream_slice: Slice) -> Iterator[list[Row]]:  # noqa: ARG002
        yield [self.column_types.converted(self.context.user())]


class Boards(ListStream):
    """The user's boards, and the group boards that they work on."""

    endpoint = "GET /boards"
    record = "Board"
    primary_key = ["id"]
    is_rarely_empty = True


class Pins(ListStream):
    """The Pins that the user owns, including Pins saved from others."""

    endpoint = "GET /pins"
    record = "Pin"
    primary_key = ["id"]
    is_rarely_empty = True
    has_numeric_ids = True

    def page_params(self) -> Mapping[str, Any]:
        return {"include_protected_pins": True}

    def pages(self, stream_slice: Slice, partition: Row) -> Iterator[list[Row]]:
        """The pages of Pins; with `only_active_pins`, including their metrics, if Pinterest lets the app have them."""
        if not self.context.config.only_active_pins:
            yield from super().pages(stream_slice, partition)
            return
        with_metrics = super().pages(stream_slice, {**partition, "pin_metrics": True})
        try:
            yield next(with_metrics)
        except (AccessDenied, RequestRefused) as error:
            refusal = error
        else:
            yield from with_metrics
            return
        yield from super().pages(stream_slice, partition)
        logger.warning(
            "Pinterest lists the Pins only without their own metrics, so pin_analytics has every "
            f"Pin in spite of `only_active_pins`: {refusal}"
        )

    def index_entry(self, record: Row) -> dict[str, Any]:
        """What reports need of a Pin: its id, its creation day, and whether it is owned, a video and idle."""
        media = record.get("media")
        media = media if isinstance(media, Mapping) else {}
        return {
            "id": record["id"],
            "created": creation_day(record),
            "is_owner": record.get("is_owner") is not False,
            "is_video": "VIDEO" in str(record.get("creative_type"))
            or media.get("media_type") == "video",
            "is_idle": is_idle(record, self.context.today),
        }


class PinLifetimeMetrics(ListStream):
    """The lifetime metrics of each Pin as of the sync, from Pinterest's list of Pins."""

    endpoint = "GET /pins"
    primary_key = ["pin_id"]
    is_rarely_empty = True
    unique_by = ["pin_id"]

    def page_params(self) -> Mapping[str, Any]:
        return {"include_protected_pins": True, "pin_metrics": True}

    def read_list(self, stream_slice: Slice) -> Iterator[list[Row]]:
        pins = without_metrics = 0
        for page in super().read_list(stream_slice):
            pins += len(page)
            without_metrics += sum(record.keys() <= {"pin_id"} for record in page)
            yield page
        if pins and without_metrics == pins:
            logger.warning(
                f"{self.name}: Pinterest's list of Pins has no lifetime metrics for any of the user's "
                f"own {counted(pins, 'Pin')}, so there are no figures."
            )
        elif without_metrics:
            logger.info(
                f"{self.name}: Pinterest gave no metrics for {without_metrics} of {pins} Pins: they are null in "
                "these rows."
            )

    def rows(self, body: Any, stream_slice: Slice) -> list[Row]:
        """A row for each Pin of the user's own, with or without metrics."""
        own = [item for item in body["items"] if not is_of_another(item)]
        return super().rows({"items": [lifetime_metrics(item) for item in own]}, stream_slice)


def is_of_another(pin: Any) -> bool:
    """Whether Pinterest says that the Pin is somebody else's, so that its metrics are not the user's."""
    return isinstance(pin, dict) and str(pin.get("is_owner")).lower() == "false"


def lifetime_metrics(pin: Any) -> Any:
    """The record of a Pin, before its values are typed. A value that is not a Pin is returned as it is.

    >>> lifetime_metrics({"id": "7", "pin_metrics": {"lifetime_metrics": {"save": 3, "pin_click": 2}}})
    {'pin_id': '7', 'SAVE': 3, 'PIN_CLICK': 2}
    >>> lifetime_metrics({"id": "8", "pin_metrics": None})
    {'pin_id': '8'}
    """
    if not isinstance(pin, dict):
        return pin
    all_metrics = pin.get("pin_metrics")
    found = all_metrics.get("lifetime_metrics") if isinstance(all_metrics, dict) else None
    metrics = found if isinstance(found, dict) else {}
    return {
        "pin_id": pin.get("id"),
        **{
            LIFETIME_NAMES[name.lower()]: value
            for name, value in metrics.items()
            if name.lower() in LIFETIME_NAMES
        },
    }


LIFETIME_NAMES = {
    "impression": "IMPRESSION",
    "pin_click": "PIN_CLICK",
    "clickthrough": "OUTBOUND_CLICK",
    "save": "SAVE",
    "reaction": "TOTAL_REACTIONS",
    "comment": "TOTAL_COMMENTS",
    "outbound_click": "OUTBOUND_CLICK",
    "total_reactions": "TOTAL_REACTIONS",
    "total_comments": "TOTAL_COMMENTS",
}
"""By lower-case name in `pin_metrics`: the column. The last three are the names in reports."""


class Followers(ListStream):
    """The users who follow the user."""

    endpoint = "GET /user_account/followers"
    record = "UserSummary"
    primary_key = ["username"]
    is_rarely_empty = True

    def read_list(self, stream_slice: Slice) -> Iterator[list[Row]]:
        """Raises AccessDenied with `organic_ad_account_id`: Pinterest lists only the followers of the login."""
        if account := self.context.config.organic_ad_account_id:
            raise AccessDenied(
                "Pinterest lists the followers of the login's own user only, not those of the owner of ad account "
                f"{account}. Deselect the stream followers, or leave `organic_ad_account_id` empty."
            )
        yield from super().read_list(stream_slice)


class UserInterests(ListStream):
    """The interests that the user follows."""

    endpoint = "GET /users/{username}/interests/follow"
    record = "Interest"
    primary_key = ["id", "name"]

    def path_values(self, stream_slice: Slice) -> Mapping[str, Any]:  # noqa: ARG002
        return {"username": self.context.user()["username"]}

    def read_list(self, stream_slice: Slice) -> Iterator[list[Row]]:
        try:
            yield from super().read_list(stream_slice)
        except NotFound as error:
            raise NotFound(
                "Pinterest calls the endpoint for interests deprecated, and no longer answers it "
                "for this user. Deselect the stream user_interests.",
                error.status,
                error.code,
            ) from None


# --- Records ---


def is_idle(pin: Row, today: date) -> bool:
    """Whether Pinterest's list says that a Pin had no activity in the last 90 days.

    True only if every figure is 0 and the Pin is old enough.

    >>> pin = {"created_at": "2026-01-31T01:40:29Z", "pin_metrics": {"90d": {"impression": 0}}}
    >>> is_idle(pin, today=date(2026, 11, 24)), is_idle(pin, today=date(2026, 2, 3))
    (True, False)
    >>> is_idle({**pin, "pin_metrics": {"90d": {"impression": "0"}}}, today=date(2026, 11, 24))
    False
    """
    metrics = pin.get("pin_metrics")
    figures = metrics.get("90d") if isinstance(metrics, Mapping) else None
    if not isinstance(figures, Mapping) or "impression" not in figures:
        return False
    if any(
        figure is None or isinstance(figure, (bool, str)) or figure != 0
        for figure in figures.values()
    ):
        return False
    try:
        created = date.fromisoformat(str(pin.get("created_at"))[:10])
    except ValueError:
        return False
    return created < today - limits.PIN_METRICS_DELAY
