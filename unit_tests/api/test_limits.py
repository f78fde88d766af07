"""The limits that follow from one another."""

from __future__ import annotations

import pytest

from source_pinterest.api.limits import LIMITS, Limits


@pytest.mark.parametrize("cells", [10, 1_000_000])
def test_the_answers_of_a_category_that_are_held_have_as_many_cells_as_three_of_the_largest(cells):
    limits = Limits(cells_per_answer=cells)

    assert limits.cells_at_once == 3 * cells
    assert limits.cells_at_once_in_total == limits.cells_at_once


def test_what_is_planned_fits_into_what_is_read():
    assert LIMITS.cells_per_answer * LIMITS.bytes_per_cell < LIMITS.answer_bytes
    assert LIMITS.smallest_page_size <= LIMITS.page_size


def test_limits_share_no_table_of_rate_limits():
    assert Limits().requests_per_minute == LIMITS.requests_per_minute
    assert Limits().requests_per_minute is not LIMITS.requests_per_minute


def test_the_shares_of_several_connections_stay_below_the_limits_together():
    for connections in (2, 3, 7, 50):
        shared = LIMITS.with_share(1 / connections)

        assert connections * shared.requests_per_second <= LIMITS.requests_per_second
        for category, requests in shared.requests_per_minute.items():
            assert requests >= 1
            assert connections * requests <= LIMITS.requests_per_minute[category]


def test_a_share_changes_nothing_else_and_the_whole_share_nothing():
    assert LIMITS.with_share(1) is LIMITS
    assert LIMITS.with_share(0.5).ids_per_report == LIMITS.ids_per_report
