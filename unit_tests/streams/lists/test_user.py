"""The user's account, boards, Pins, followers and interests."""

from datetime import date

import pytest

from source_pinterest.http.errors import AccessDenied, NotFound
from source_pinterest.streams.lists.user import (
    Boards,
    Followers,
    PinLifetimeMetrics,
    Pins,
    UserAccount,
    UserInterests,
    is_idle,
)
from unit_tests.streams.lists.pinterest import USER, Pinterest, context, page, read


@pytest.mark.parametrize(
    ("stream", "path", "item"),
    [
        (Boards, "/boards", {"id": "1"}),
        (Pins, "/pins", {"id": "1"}),
        (Followers, "/user_account/followers", {"username": "another_pinner"}),
        (UserInterests, "/users/a_pinner/interests/follow", {"id": "1", "name": "Shoes"}),
    ],
)
def test_a_list_is_read_to_its_last_page_on_a_fresh_stream(stream, path, item):
    key = stream.primary_key[0]
    other = {**item, key: "2"}
    pinterest = Pinterest(
        {path: lambda params: page(other) if "bookmark" in params else page(item, bookmark="b")}
    )

    records = list(stream(context(pinterest)).read_records(stream_slice={}))

    assert [each[key] for each in records] == [item[key], "2"]
    assert [params.get("bookmark") for params in pinterest.params_of(path)] == [None, "b"]


@pytest.mark.parametrize(
    ("stream", "path"),
    [
        *((Boards, "/boards"), (Pins, "/pins"), (PinLifetimeMetrics, "/pins")),
        (Followers, "/user_account/followers"),
    ],
)
def test_a_list_of_the_user_that_is_empty_is_asked_for_twice(stream, path):
    left = [page()]
    item = {"id": "1", "username": "another_pinner"}
    pinterest = Pinterest({path: lambda _: left.pop() if left else page(item)})

    records, error = read(stream, pinterest)

    assert (len(records), error) == (1, "")


def test_the_user_is_one_record_that_is_asked_for_once():
    pinterest = Pinterest()

    records, error = read(UserAccount, pinterest)

    assert ([each["id"] for each in records], error) == ([USER], "")
    assert len(pinterest.asked) == 1


def test_pins_are_listed_with_protected_ones_and_say_what_their_analytics_need_to_know():
    video = {"id": "2", "media": {"media_type": "video"}, "is_owner": False}
    pinterest = Pinterest({"/pins": page({"id": "1", "created_at": "2026-11-01T08:00:00"}, video)})

    pins = Pins(context(pinterest)).index({})

    assert pinterest.params_of("/pins") == [{"include_protected_pins": True}]
    assert [(pin["id"], pin["created"], pin["is_owner"], pin["is_video"]) for pin in pins] == [
        ("1", date(2026, 11, 1), True, False),
        ("2", None, False, True),
    ]


def test_interests_that_are_no_longer_answered_say_to_deselect_them():
    path = "/users/a_pinner/interests/follow"

    records, error = read(UserInterests, {path: NotFound("Not found.", 404)})

    assert records == []
    assert "Deselect the stream user_interests." in error


def test_pins_have_their_own_metrics_only_where_idle_ones_are_left_out():
    idle = {
        "id": "1",
        "created_at": "2026-01-31T01:40:29Z",
        "pin_metrics": {"90d": {"impression": 0}},
    }
    pinterest = Pinterest({"/pins": page(idle)})

    (pin,) = Pins(context(pinterest, only_active_pins=True)).index({})

    assert pin["is_idle"]
    assert pinterest.params_of("/pins") == [{"include_protected_pins": True, "pin_metrics": True}]


def test_pins_are_listed_without_metrics_where_those_are_refused(caplog):
    def pins(params):
        return AccessDenied("Not allowed.", 403) if "pin_metrics" in params else page({"id": "1"})

    records, error = read(Pins, {"/pins": pins}, only_active_pins=True)

    assert ([each["id"] for each in records], error) == (["1"], "")
    assert "Not allowed." in caplog.text


@pytest.mark.parametrize(
    ("pin", "expected"),
    [
        ({"pin_metrics": {"90d": {"impression": 0, "save": 0}}}, True),
        ({"pin_metrics": {"90d": {"impression": 0, "save": 1}}}, False),
        ({"pin_metrics": {"90d": {"impression": 0, "save": None}}}, False),
        ({"pin_metrics": {"90d": {"save": 0}}}, False),
        ({"pin_metrics": {"lifetime_metrics": {"impression": 0}}}, False),
        ({"pin_metrics": None}, False),
        ({"pin_metrics": {"90d": {"impression": 0}}, "created_at": "2026-11-23"}, False),
        ({"pin_metrics": {"90d": {"impression": 0}}, "created_at": "yesterday"}, False),
    ],
)
def test_only_a_zero_in_every_figure_of_an_old_pin_says_that_it_is_idle(pin, expected):
    assert is_idle({"created_at": "2026-01-31", **pin}, date(2026, 11, 24)) == expected


@pytest.mark.parametrize(
    ("metrics", "is_said"),
    [
        ({"lifetime_metrics": {"save": 0}}, False),
        ({"lifetime_metrics": {"SAVE": 0}}, False),
        ({"lifetime_metrics": {"total_comments": 1}}, False),
        ({"all_time": {"save": 3}}, True),
        ({"lifetime_metrics": {"saves": 3}}, True),
        (None, True),
    ],
)
def test_a_list_without_any_lifetime_metric_is_reported(metrics, is_said, caplog):
    pin = {"id": "71", "is_owner": True, "pin_metrics": metrics}

    read(PinLifetimeMetrics, {"/pins": page(pin)})

    assert ("has no lifetime metrics" in caplog.text) is is_said


def test_every_own_pin_has_a_row_of_lifetime_metrics_and_no_pin_of_another(caplog):
    metrics = {"lifetime_metrics": {"save": 3, "clickthrough": 2}}
    pins = page(
        {"id": "1", "is_owner": True, "pin_metrics": metrics},
        {"id": "2", "is_owner": True, "pin_metrics": None},
        {"id": "3", "is_owner": True, "pin_metrics": {"90d": {"save": 1}}},
        {"id": "4", "is_owner": False, "pin_metrics": metrics},
        {"id": "5", "is_owner": "false", "pin_metrics": metrics},
    )

    with caplog.at_level("INFO"):
        records, error = read(PinLifetimeMetrics, {"/pins": pins})

    assert (records, error) == (
        [{"pin_id": "1", "SAVE": 3, "OUTBOUND_CLICK": 2}, {"pin_id": "2"}, {"pin_id": "3"}],
        "",
    )
    assert "gave no metrics for 2 of 3 Pins" in caplog.text
