"""Shares and their lower bound: pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.quality.shares import MINIMUM, Share, wilson_lower_bound


@pytest.mark.parametrize(
    ("met", "n", "bound"),
    [(10, 10, 0.7225), (9, 10, 0.5958), (97, 100, 0.9155), (0, 10, 0.0), (50, 100, 0.4038), (0, 0, 0.0), (1, 1, 0.2065)],
)
def test_the_lower_bound_is_that_of_wilsons_interval(met: int, n: int, bound: float) -> None:
    assert wilson_lower_bound(met, n) == pytest.approx(bound, abs=5e-5)


@given(st.integers(0, 10_000), st.integers(1, 10_000))
def test_the_bound_lies_between_nothing_and_the_share(met: int, n: int) -> None:
    met = min(met, n)

    assert 0 <= wilson_lower_bound(met, n) <= met / n


@given(st.integers(1, 200), st.integers(1, 200))
def test_more_orders_of_the_same_share_raise_the_bound(met: int, n: int) -> None:
    met = min(met, n)

    assert wilson_lower_bound(met * 2, n * 2) >= wilson_lower_bound(met, n)


def test_below_the_minimum_nothing_is_said() -> None:
    few, enough = Share(MINIMUM - 1, MINIMUM - 1), Share(MINIMUM, MINIMUM)

    assert (few.value, few.lower_bound) == (None, None)
    assert enough.value == 1
    assert enough.lower_bound is not None


@pytest.mark.parametrize(("met", "n"), [(-1, 5), (6, 5)])
def test_a_share_lies_between_none_and_all(met: int, n: int) -> None:
    with pytest.raises(ValueError, match="between"):
        Share(met, n)
