"""Prices reckoned from other prices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.pricing.formulas import Formula, reckon
from marketplace.pricing.models import Rounding
from marketplace.pricing.tiers import next_tier, tier_at

BASE = ((1, 500_000), (100, 400_000), (1_000, 333_333))


@pytest.mark.parametrize(("rounding", "price"), [(Rounding.NEAREST, 485_000), (Rounding.UP, 485_000), (Rounding.DOWN, 485_000)])
def test_a_percent_changes_every_tier(rounding: Rounding, price: int) -> None:
    assert reckon(Formula(-300, rounding=rounding), BASE, display_factor=1)[0] == (1, price)


@pytest.mark.parametrize(("rounding", "price"), [(Rounding.NEAREST, 323_300), (Rounding.UP, 323_400), (Rounding.DOWN, 323_300)])
def test_a_price_goes_to_its_step(rounding: Rounding, price: int) -> None:
    found = reckon(Formula(-300, round_micro=100, rounding=rounding), BASE, display_factor=1)

    assert found[-1] == (1_000, price)  # 97 % of 0.333333 is 0.32333301


def test_bands_make_steps_of_their_own_in_display_units() -> None:
    metres = reckon(Formula(0, bands=((50, -500), (200, -1_000))), ((1_000, 500_000), (100_000, 400_000)), display_factor=1_000)

    assert metres == ((1_000, 500_000), (50_000, 475_000), (100_000, 380_000), (200_000, 360_000))


def test_without_a_base_there_is_no_price() -> None:
    assert reckon(Formula(-300), (), display_factor=1) == ()


@pytest.mark.parametrize(
    "fields",
    [
        {"percent_bp": -10_001},
        {"percent_bp": -300, "bands": ((100, -200),)},
        {"percent_bp": 0, "bands": ((100, -200), (50, -300))},
        {"percent_bp": 0, "round_micro": 0},
    ],
)
def test_a_formula_that_would_let_more_cost_more_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"bands|positive"):
        Formula(**fields)  # type: ignore[arg-type]


steps = st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, 10**9)), min_size=1, max_size=10)
percents = st.lists(st.integers(-10_000, 100_000), min_size=1, max_size=4)


@given(steps, percents, st.integers(1, 10_000), st.sampled_from(list(Rounding)), st.integers(1, 10**6), st.integers(1, 10**6))
def test_more_never_costs_more_a_piece(
    rows: list[tuple[int, int]], given_percents: list[int], step: int, rounding: Rounding, one: int, other: int
) -> None:
    starts = sorted({start for start, _ in rows})
    base = tuple(zip(starts, sorted((price for _, price in rows[: len(starts)]), reverse=True), strict=True))
    falling = sorted(given_percents, reverse=True)
    formula = Formula(falling[0], tuple((10**n, p) for n, p in enumerate(falling[1:], start=1)), step, rounding)

    tiers = reckon(formula, base, display_factor=1)

    fewer, more = sorted((max(one, base[0][0]), max(other, base[0][0])))
    cheaper, dearer = tier_at(tiers, more), tier_at(tiers, fewer)
    assert cheaper is not None
    assert dearer is not None
    assert 0 <= cheaper[1] <= dearer[1]
    assert all(price % step == 0 for _, price in tiers)


@given(steps, st.integers(1, 10**6))
def test_the_next_tier_costs_less_and_is_further(rows: list[tuple[int, int]], quantity: int) -> None:
    tiers = tuple(sorted(dict(rows).items()))

    found, now = next_tier(tiers, quantity), tier_at(tiers, quantity)

    if found is not None:
        assert now is not None
        assert found[0] > quantity
        assert found[1] < now[1]
