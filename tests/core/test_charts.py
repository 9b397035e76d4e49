"""Plots as numbers: the scale is round, bars stand inside, the newest one has its name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.charts import BASE, TOP, Value, ceiling, chart


@pytest.mark.parametrize(("most", "top"), [(0, 1), (1, 1), (3, 5), (21.6, 25), (99, 100), (101, 200), (0.03, 0.05), (2500, 2500)])
def test_the_top_of_a_scale_is_round(most: float, top: float) -> None:
    assert ceiling(most) == pytest.approx(top)


@given(st.lists(st.integers(0, 10**9), max_size=40))
def test_every_bar_stands_between_the_ground_and_the_top(numbers: list[int]) -> None:
    made = chart([Value(str(n), number, str(number)) for n, number in enumerate(numbers)])

    for mark in made.marks:
        assert TOP <= mark.y <= BASE
        assert mark.height <= BASE - TOP
    if made.marks:
        assert made.marks[-1].is_named
    assert made.is_flat is (not any(numbers))


def test_a_second_value_stands_below_the_first() -> None:
    mark = chart([Value("w", 3, "3", below=1)], most=4).marks[0]

    assert mark.past_y + mark.past_height == BASE
    assert mark.y + mark.height == mark.past_y
