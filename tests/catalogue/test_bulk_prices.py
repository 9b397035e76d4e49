"""What a bulk edit makes of the tiers of one product: changed, rounded and still falling, or left out."""

import pytest

from marketplace.catalogue import bulk
from marketplace.catalogue.quantities import QuantityRule

RULE = QuantityRule(1)


@pytest.mark.parametrize(
    ("act_name", "values", "before", "after"),
    [
        ("price_percent", {"percent_bp": -250, "round_micro": 100}, [[1, 500_000], [10, 400_050]], [[1, 487_500], [10, 390_000]]),
        ("price_percent", {"percent_bp": 1000, "round_micro": 10_000}, [[1, 118_000]], [[1, 130_000]]),
        ("price_percent", {"percent_bp": 500, "round_micro": 50_000}, [[1, 1_000_000]], [[1, 1_050_000]]),
        ("price_amount", {"amount_micro": -50_000, "round_micro": 100}, [[1, 118_000]], [[1, 68_000]]),
    ],
)
def test_prices_are_changed_and_rounded_one_by_one(
    act_name: str, values: dict[str, int], before: list[list[int]], after: list[list[int]]
) -> None:
    assert bulk.new_tiers(act_name, values, before, RULE) == (after, None)


@pytest.mark.parametrize(
    ("values", "before", "reason"),
    [
        ({"percent_bp": -250, "round_micro": 1_000_000}, [[1, 500_000], [10, 499_000]], bulk.NOT_FALLING),
        ({"percent_bp": 1, "round_micro": 1_000_000}, [[1, 1_000_000]], bulk.NOTHING_CHANGES),
        ({"percent_bp": 100, "round_micro": 100}, [], bulk.NO_PRICE),
    ],
)
def test_what_would_break_the_tiers_is_left_out(values: dict[str, int], before: list[list[int]], reason: str) -> None:
    assert bulk.new_tiers("price_percent", values, before, RULE)[1] == reason
    assert bulk.new_tiers("price_amount", {"amount_micro": -(10**9), "round_micro": 100}, [[1, 1]], RULE)[1] == bulk.BELOW_ZERO
