"""Which acquisitions are kept where a model takes fewer than there are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.date_choice import choose_dates


def test_all_stay_where_there_are_not_too_many() -> None:
    assert choose_dates([10, 20, 30], [0.1, 0.2, 0.3], 3) == [0, 1, 2]
    assert choose_dates([], [], 5) == []


def test_of_dates_alike_in_clearness_those_in_a_crowd_go_and_the_ends_stay() -> None:
    first, _, last = kept = choose_dates([10, 99, 100, 101, 200], [1.0] * 5, 3)
    assert (first, last, len(kept)) == (0, 4, 3)
    assert choose_dates([60, 91, 121, 182, 213], [1.0] * 5, 3) == [0, 2, 4]


def test_of_a_crowd_the_clearest_stays() -> None:
    assert choose_dates([10, 99, 100, 101, 200], [1.0, 0.2, 0.9, 0.3, 1.0], 3) == [0, 2, 4]


def test_a_hardly_clear_date_goes_even_where_it_stands_alone() -> None:
    assert choose_dates([10, 50, 100, 105, 110], [1.0, 1.0, 0.01, 1.0, 1.0], 4) == [0, 1, 3, 4]


def test_one_date_that_may_stay_is_the_clearest() -> None:
    assert choose_dates([10, 20, 30], [0.5, 0.9, 0.6], 1) == [1]


def test_of_two_that_are_alike_the_later_one_goes() -> None:
    assert choose_dates([10, 20, 30, 40], [1.0] * 4, 3) == [0, 1, 3]
    assert choose_dates([10, 10, 10], [0.7] * 3, 2) == [0, 1]


@given(st.lists(st.tuples(st.integers(1, 400), st.floats(0, 1)), max_size=30), st.integers(1, 12))
def test_as_many_stay_as_may_in_order_and_the_same_whenever_it_is_asked(
    dates: list[tuple[int, float]], most: int
) -> None:
    dates.sort()
    days, shares = [day for day, _ in dates], [share for _, share in dates]
    kept = choose_dates(days, shares, most)
    assert len(kept) == min(most, len(dates))
    assert kept == sorted(set(kept)) == choose_dates(days, shares, most)


def test_lists_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(ValueError, match="a clear share for each of the 2 days"):
        choose_dates([1, 2], [0.5], 1)
    with pytest.raises(ValueError, match="0 to keep"):
        choose_dates([1, 2], [0.5, 0.5], 0)
    with pytest.raises(ValueError, match="in order of time"):
        choose_dates([2, 1], [0.5, 0.5], 1)
