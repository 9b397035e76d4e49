"""Money: integers, no loss in a split, half up once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.money import Money, allocate, divide_half_up, line_total_minor, plain, share_bp

SUMS = st.integers(-(2**60), 2**60)
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=12).filter(lambda w: sum(w) > 0)


@given(SUMS, WEIGHTS)
def test_the_parts_of_a_sum_are_the_sum_and_none_is_off_by_a_unit(total: int, weights: list[int]) -> None:
    parts = allocate(total, weights)

    assert sum(parts) == total
    assert all(abs(part * sum(weights) - total * weight) < sum(weights) for part, weight in zip(parts, weights, strict=True))


@given(SUMS, st.integers(0, 10_000))
def test_a_share_and_the_rest_are_the_whole(minor: int, rate_bp: int) -> None:
    share, rest = Money(minor, "EUR").split(rate_bp)

    assert share + rest == Money(minor, "EUR")


@pytest.mark.parametrize(
    ("quantity", "micro", "price_per", "currency", "minor"),
    [
        (5_000, 38_900, 1, "EUR", 19_450),
        (1, 4_200, 1, "EUR", 0),
        (3, 4_200, 1, "EUR", 1),
        (2_500, 1_234_500, 1_000, "EUR", 309),
        (7, 1_500_000, 1, "JPY", 11),
        (1, 1_234_567, 1, "KWD", 1_235),
    ],
)
def test_a_line_is_rounded_half_up_once(quantity: int, micro: int, price_per: int, currency: str, minor: int) -> None:
    assert line_total_minor(quantity, micro, price_per=price_per, currency=currency) == minor


def test_half_goes_away_from_zero() -> None:
    assert [divide_half_up(n, 2) for n in (1, 3, -1, -3)] == [1, 2, -1, -2]


@pytest.mark.parametrize(
    ("minor", "currency", "written"), [(-5, "EUR", "-0.05"), (123_456, "EUR", "1234.56"), (-7, "JPY", "-7"), (1_005, "KWD", "1.005")]
)
def test_a_sum_for_a_spreadsheet_is_digits_and_a_point(minor: int, currency: str, written: str) -> None:
    assert plain(minor, currency) == written


def test_basis_points_are_exact() -> None:
    assert share_bp(10_000, 400) == 400


def test_money_refuses_floats_and_mixed_currencies() -> None:
    with pytest.raises(TypeError):
        Money(1.5, "EUR")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="do not mix"):
        Money(1, "EUR") + Money(1, "USD")
    with pytest.raises(ValueError, match="unknown currency"):
        Money(1, "XXY")
