"""An estimate of the rows, again each time that another twentieth of the ids is read."""

from source_pinterest.streams.analytics.progress import Progress


def rows(message):
    return message.trace.estimate.row_estimate


def planned(ids):
    progress = Progress("ads")
    progress.ids, progress.expected = ids, 9
    return progress


def test_the_rows_so_far_say_how_many_there_will_be():
    progress = planned(40)
    progress.rows = 300

    (first,) = progress.updated_estimate({"ids": ["1"] * 10, "after": {"after": "1"}})

    assert rows(first) == 1_200
    assert first.trace.estimate.name == "ads"


def test_it_is_not_said_more_often_than_each_twentieth():
    progress = planned(1_000)
    progress.rows = 1

    said = [list(progress.updated_estimate({"ids": ["1"], "after": {}})) for _ in range(100)]

    assert [number for number, found in enumerate(said, 1) if found] == [50, 100]


def test_part_of_some_ids_says_nothing():
    assert list(planned(2).updated_estimate({"ids": ["1"]})) == []


def test_as_long_as_an_account_is_not_planned_nothing_is_reported():
    progress = Progress("ads")
    progress.ids = 2

    assert [
        *progress.initial_estimate(),
        *progress.updated_estimate({"ids": ["1"], "after": {}}),
    ] == []

    progress.ids, progress.expected = 4, 9
    assert [rows(each) for each in progress.initial_estimate()] == [9]
    assert list(progress.initial_estimate()) == []
