"""The rankings of the user's Pins."""

import threading
from datetime import date

import pytest

from source_pinterest.api.endpoints import choices_of
from source_pinterest.http.errors import PinterestError, RequestRefused, WindowRefused
from source_pinterest.streams.lists.top_pins import TopPins, TopVideoPins
from source_pinterest.sync.observed import Reach
from unit_tests.streams.lists.pinterest import USER, Pinterest, context, read

PATHS = {
    TopPins: "/user_account/analytics/top_pins",
    TopVideoPins: "/user_account/analytics/top_video_pins",
}
A_SLICE = {
    "user_id": USER,
    "sort_by": "IMPRESSION",
    "start_date": "2026-08-26",
    "date": "2026-11-23",
}


def ranking(*pins):
    return {
        "date_availability": {"is_realtime": False},
        "pins": [{"pin_id": pin, "metrics": {"IMPRESSION": value}} for pin, value in pins],
    }


@pytest.mark.parametrize("stream", PATHS)
def test_each_order_is_asked_for_over_the_days_of_the_backfill(stream):
    pinterest = Pinterest({PATHS[stream]: ranking(("7", 3), ("8", 2))})

    records, error = read(stream, pinterest, backfill_days=15)

    asked = pinterest.params_of(PATHS[stream])
    assert error == ""
    assert [params["sort_by"] for params in asked] == choices_of(stream.endpoint, "sort_by")
    assert {(params["start_date"], params["end_date"]) for params in asked} == {
        ("2026-11-09", "2026-11-23")
    }
    assert len(records) == 2 * len(asked)


def test_a_fresh_stream_ranks_the_pins_of_a_slice_in_their_order():
    stream = TopPins(context(Pinterest({PATHS[TopPins]: ranking((8, 2.0), ("7", 1), (8, 2.0))})))

    records = list(stream.read_records(stream_slice=A_SLICE))

    assert [(each["rank"], each["pin_id"], each["IMPRESSION"]) for each in records] == [
        (1, "8", 2.0),
        (2, "7", 1),
    ]
    assert {each["user_id"] for each in records} == {USER}
    days = stream.context.observed.days
    assert not days.is_unconfirmed(Reach.SYNCHRONOUS, date(2026, 8, 26))  # since it was answered


@pytest.mark.parametrize(
    ("pins", "said"),
    [([("7", 1), ("7", 2)], "twice, with different metrics"), ([("", 1)], "has no pin_id")],
)
def test_a_ranking_that_contradicts_itself_is_an_error(pins, said):
    stream = TopPins(context(Pinterest({PATHS[TopPins]: ranking(*pins)})))

    with pytest.raises(PinterestError, match=said):
        list(stream.read_records(stream_slice=A_SLICE))


@pytest.mark.parametrize("error", [WindowRefused("Too old.", 400), RequestRefused("No.", 400)])
def test_the_first_day_is_given_up_where_it_is_refused(error):
    def answer(params):
        return error if params["start_date"] == "2026-08-26" else ranking(("7", 1))

    pinterest = Pinterest({PATHS[TopPins]: answer})
    stream = TopPins(context(pinterest))

    (record,) = stream.read_records(stream_slice=A_SLICE)

    assert record["start_date"] == "2026-08-27"
    assert stream.describe(A_SLICE) == (
        f"top_pins of user {USER} by IMPRESSION, 2026-08-26 to 2026-11-23"
    )


def test_a_refusal_of_a_moment_costs_no_day():
    asked = []

    def answer(params):
        asked.append(params["start_date"])
        return RequestRefused("Not now.", 400) if len(asked) == 1 else ranking(("7", 1))

    stream = TopPins(context(Pinterest({PATHS[TopPins]: answer})))

    (record,) = stream.read_records(stream_slice=A_SLICE)

    assert record["start_date"] == "2026-08-26"


def test_a_refusal_that_stays_whatever_the_day_is_an_error():
    for error in (RequestRefused("No.", 400), WindowRefused("Too old.", 400)):
        stream = TopPins(context(Pinterest({PATHS[TopPins]: error})))
        with pytest.raises(type(error)):
            list(stream.read_records(stream_slice=A_SLICE))


def test_the_orders_are_asked_for_at_the_same_time_once_one_has_shown_the_first_day():
    orders = choices_of(TopPins.endpoint, "sort_by")
    meeting = threading.Barrier(len(orders) - 1, timeout=60)
    asked = []

    def answer(params):
        asked.append(params["sort_by"])
        if len(asked) > 1:
            meeting.wait()
        return ranking(("7", 1))

    records, error = read(TopPins, {PATHS[TopPins]: answer})

    assert ([each["sort_by"] for each in records], error) == (orders, "")
    assert sorted(asked) == sorted(orders)


def test_the_first_day_is_refused_once_for_both_rankings():
    def answer(params):
        if params["start_date"] > "2026-08-26":
            return ranking(("7", 1))
        return WindowRefused("Too old.", 400)

    pinterest = Pinterest(dict.fromkeys(PATHS.values(), answer))
    sync = context(pinterest)
    threads = [
        threading.Thread(target=lambda stream: list(stream(sync).read_records()), args=[stream])
        for stream in PATHS
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join(10)

    refused = [params for _, params in pinterest.asked if params.get("start_date") == "2026-08-26"]
    assert len(refused) == 1
