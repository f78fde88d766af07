"""What the user has: an account, boards, Pins, followers, interests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote

from source_pinterest.http.errors import NotFound
from source_pinterest.records import Row
from source_pinterest.streams.lists import ListStream
from source_pinterest.streams.pinterest_stream import Failures

if TYPE_CHECKING:
    from source_pinterest.slices import Slice


class OrganicList(ListStream):
    """A list of the user's own."""

    category = "org_read"
    list_path: ClassVar[str]

    def slices(self, failures: Failures) -> Iterator[Slice]:  # noqa: ARG002
        yield {}

    def path(self, **_: Any) -> str:
        return self.list_path


class UserAccount(OrganicList):
    """The user, with the counts of now: one record. GET /user_account"""

    primary_key = ["id"]
    list_path = "/user_account"

    def _listed(self, stream_slice: Slice) -> Iterator[list[Row]]:  # noqa: ARG002
        yield [dict(self.reading.user())]


class Boards(OrganicList):
    """The user's boards, and the group boards that they work on. GET /boards"""

    primary_key = ["id"]
    list_path = "/boards"


class Pins(OrganicList):
    """The Pins that the user owns, those saved from others included. GET /pins"""

    primary_key = ["id"]
    list_path = "/pins"

    def page_params(self) -> Mapping[str, Any]:
        return {"include_protected_pins": True}

    def remembered(self, record: Row) -> dict[str, Any]:
        media = record.get("media") or {}
        return {
            "id": record["id"],
            "is_owner": record.get("is_owner") is not False,
            "is_video": "VIDEO" in str(record.get("creative_type"))
            or media.get("media_type") == "video",
        }


class Followers(OrganicList):
    """Who follows the user. GET /user_account/followers"""

    primary_key = ["username"]
    list_path = "/user_account/followers"
    category = "ads_read"


class UserInterests(OrganicList):
    """The interests that the user follows. GET /users/{username}/interests/follow"""

    primary_key = ["id", "name"]
    list_path = "/users/{username}/interests/follow"

    def path(self, **_: Any) -> str:
        return self.list_path.format(username=quote(self.reading.user()["username"], safe=""))

    def _listed(self, stream_slice: Slice) -> Iterator[list[Row]]:
        try:
            yield from super()._listed(stream_slice)
        except NotFound as error:
            raise NotFound(
                "Pinterest calls the endpoint for interests deprecated, and no longer answers it "
                "for this user. Deselect the stream user_interests.",
                error.status,
                error.code,
            ) from None
