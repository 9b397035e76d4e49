"""Pure: why a typed quantity cannot be ordered, and what would be right."""

from dataclasses import dataclass, replace
from decimal import Decimal

from marketplace.catalogue.quantities import BIGGEST, NotWhole, QuantityRule, is_twofold, to_base


@dataclass(frozen=True, slots=True)
class QuantityProblem:
    """Why a quantity cannot be ordered: `asked` as typed, in shown units; `choices` are base units that would be right."""

    code: str
    """not_whole, too_large, below_minimum_quantity, off_increment, above_maximum, out_of_stock or out_of_stock_unsaid"""
    asked: Decimal
    choices: tuple[int, ...] = ()
    held: int = 0
    """Base units that the cart holds already, when it is asked for more of the same; the choices are then for what is added."""


def in_base_units(typed: Decimal, *, display_factor: int) -> int | QuantityProblem:
    """2.5 shown units of 1,000 are 2,500 base units; what does not come out whole, can be read in two ways or is too much, is a problem."""
    if is_twofold(typed, display_factor):
        return QuantityProblem("not_whole", typed)
    if typed * display_factor > BIGGEST:
        return QuantityProblem("too_large", typed, (BIGGEST,))
    try:
        return to_base(typed, display_factor)
    except NotWhole:
        return QuantityProblem("not_whole", typed)


def check_quantity(quantity: int, rule: QuantityRule, *, display_factor: int) -> QuantityProblem | None:
    """The first rule that a quantity of base units breaks, with the nearest quantities that keep it; None when it is right."""
    asked = Decimal(quantity) / display_factor
    if quantity > BIGGEST:
        return QuantityProblem("too_large", asked, (rule.greatest,))
    match rule.problem(quantity):
        case None:
            return None
        case "below_minimum_quantity":
            return QuantityProblem("below_minimum_quantity", asked, (rule.minimum,))
        case "above_maximum":
            return QuantityProblem("above_maximum", asked, (rule.greatest,))
        case code:
            near = (rule.nearest_down(quantity), rule.nearest_up(quantity))
            return QuantityProblem(code, asked, tuple(dict.fromkeys(q for q in near if q is not None)))


def besides(problem: QuantityProblem, *, held: int, display_factor: int) -> QuantityProblem:
    """The problem of a whole quantity, said of the part that is added to what the cart holds already."""
    added = problem.asked - Decimal(held) / display_factor
    return replace(problem, asked=added, choices=tuple(q - held for q in problem.choices if q > held), held=held)


def short_of_stock(quantity: int, rule: QuantityRule, available: int | None, display_factor: int) -> QuantityProblem:
    """More is asked than is free: its choice is the most that can be ordered; none when nothing can, or when the vendor hides its stock."""
    most = rule.nearest_down(available) if available is not None else None
    code = "out_of_stock" if available is not None else "out_of_stock_unsaid"
    return QuantityProblem(code, Decimal(quantity) / display_factor, () if most is None else (most,))
