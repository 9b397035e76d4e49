"""Prices reckoned from other prices: percent, bands by quantity, rounding (pure; product.md §4)."""

from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.core.money import BASIS_POINTS, divide_half_up
from marketplace.pricing.models import Rounding
from marketplace.pricing.tiers import Tiers, tier_at


@dataclass(frozen=True, slots=True)
class Formula:
    """How a list reckons: `percent_bp` on the base (-300 is 3 % less), from the quantities of `bands` on another percent.

    `bands` are [(from quantity in display units, percent_bp)], rising quantities and falling percents, so that more never costs more
    a piece. `round_micro` is the step of the result.
    """

    percent_bp: int
    bands: Sequence[tuple[int, int]] = ()
    round_micro: int = 1
    rounding: Rounding = Rounding.NEAREST

    def __post_init__(self) -> None:
        percents = [self.percent_bp, *(percent for _, percent in self.bands)]
        starts = [start for start, _ in self.bands]
        if starts != sorted(set(starts)) or percents != sorted(percents, reverse=True) or min(percents) < -BASIS_POINTS:
            raise ValueError("bands have rising quantities and falling percents, none below -100 %")
        if self.round_micro < 1 or any(start < 1 for start in starts):
            raise ValueError("quantities and steps are positive")

    def percent_at(self, quantity: int, display_factor: int) -> int:
        """The percent of a quantity of base units, in basis points."""
        found = self.percent_bp
        for start, percent in self.bands:
            if start * display_factor <= quantity:
                found = percent
        return found

    def price(self, base_micro: int, percent_bp: int) -> int:
        """A price from a base price, rounded to the step once."""
        exact = base_micro * (BASIS_POINTS + percent_bp)
        step = BASIS_POINTS * self.round_micro
        if self.rounding is Rounding.UP:
            return -(-exact // step) * self.round_micro
        if self.rounding is Rounding.DOWN:
            return exact // step * self.round_micro
        return divide_half_up(exact, step) * self.round_micro


def reckon(formula: Formula, base: Tiers, *, display_factor: int) -> tuple[tuple[int, int], ...]:
    """The tiers that a formula makes of the base's: a step wherever the base or a band has one and the price differs.

    Falling base prices stay falling. Empty without a base.
    """
    if not base:
        return ()
    first = base[0][0]
    starts = {start for start, _ in base} | {start * display_factor for start, _ in formula.bands if start * display_factor > first}
    made: list[tuple[int, int]] = []
    for start in sorted(starts):
        found = tier_at(base, start)
        price = formula.price(found[1], formula.percent_at(start, display_factor)) if found else 0
        if not made or made[-1][1] != price:
            made.append((start, price))
    return tuple(made)
