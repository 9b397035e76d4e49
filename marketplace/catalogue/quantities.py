"""Quantities: integers of base units with a display unit, and the rules of how many can be bought (pure). Source: product.md §3."""

from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from pydantic_core import PydanticCustomError

from marketplace.catalogue.faults import Fault
from marketplace.core import i18n
from marketplace.core.forms import NOT_NEGATIVE, TOO_LARGE, TOO_MANY_DECIMALS, decimal_number
from marketplace.core.i18n import lazy

BIGGEST = 10**12
"""No order counts more base units: a million kilometres in millimetres."""


NO_NUMBER = lazy("Write a number, such as 500.")
ABOVE_ZERO = lazy("Write a quantity above zero.")
TOLD = (NOT_NEGATIVE, TOO_LARGE, TOO_MANY_DECIMALS)
"""What is wrong with a number that can be read as one."""


class NotWhole(ValueError):
    """The quantity is no whole number of base units, such as half a millimetre."""


@dataclass(frozen=True, slots=True)
class QuantityRule:
    """What may be ordered of a variant, in base units; written in units of `display_factor` base units."""

    minimum: int = 1
    increment: int = 1
    maximum: int | None = None

    def problem(self, quantity: int) -> str | None:
        """`below_minimum_quantity`, `above_maximum`, `off_increment`, or None when the quantity can be ordered."""
        if quantity < self.minimum:
            return "below_minimum_quantity"
        if self.maximum is not None and quantity > self.maximum:
            return "above_maximum"
        if quantity % self.increment:
            return "off_increment"
        return None

    def nearest_up(self, quantity: int) -> int:
        """The least quantity that can be ordered and is not less than `quantity`; the greatest one when there is none."""
        stepped = ceil(max(quantity, self.minimum) / self.increment) * self.increment
        return stepped if self.maximum is None else min(stepped, self.greatest)

    def nearest_down(self, quantity: int) -> int | None:
        """The greatest quantity that can be ordered and is not more than `quantity`; None below the minimum."""
        capped = quantity if self.maximum is None else min(quantity, self.maximum)
        stepped = capped // self.increment * self.increment
        return stepped if stepped >= self.minimum else None

    @property
    def greatest(self) -> int:
        """The greatest quantity that can be ordered."""
        top = BIGGEST if self.maximum is None else self.maximum
        return top // self.increment * self.increment


def in_field(quantity: int, display_factor: int) -> str:
    """Base units as they stand in a field that buyers and vendors of an order type into: `12,000`, `2.5`."""
    return i18n.in_field(Decimal(quantity) / display_factor)


def to_base(shown: Decimal, display_factor: int) -> int:
    """`2.5` metres are 2,500 mm. Raises: NotWhole, also for what is too large to be a quantity."""
    quantity = shown * display_factor
    if quantity != quantity.to_integral_value() or not 0 <= quantity <= BIGGEST:
        raise NotWhole
    return int(quantity)


def is_twofold(typed: Decimal, display_factor: int) -> bool:
    """Whether `1.000` of goods that are counted was typed: it may be a thousand for who writes it, so it is never taken for one."""
    return display_factor == 1 and len(f"{typed:f}".partition(".")[2]) >= 3


def to_shown(quantity: int, display_factor: int) -> str:
    """A quantity of base units as an address or a file holds it: 2,500 mm are `2.5`, without grouping."""
    return i18n.ungrouped(Decimal(quantity) / display_factor)


def my_quantity(asked: str | None, remembered: object) -> Decimal | None:
    """The quantity a reader works with: the one in the address, else the remembered one; None when neither is a number.

    `remembered` is what `flask.session["quantity"]` holds: a number in display units, as text or integer.
    """
    for value in (asked, remembered):
        try:
            number = decimal_number(str(value)) if value else None
        except ValueError:
            continue
        if isinstance(number, Decimal) and 0 < number <= BIGGEST:
            return number
    return None


def unread_fault(asked: str) -> str:
    """Why `my_quantity` cannot take what was typed, in the reader's language."""
    try:
        number = decimal_number(asked)
    except PydanticCustomError as refused:
        said = (refused.context or {}).get("message")
        return i18n.gettext(said if said in TOLD else NO_NUMBER)
    return i18n.gettext(TOO_LARGE if number else ABOVE_ZERO)


def unwhole_fault(wanted: Decimal, display_factor: int) -> str:
    """Why a number of shown units is no quantity of base units, in the reader's language."""
    if wanted * display_factor > BIGGEST:
        return i18n.gettext(TOO_LARGE)
    if display_factor == 1:
        return i18n.gettext("Write a whole number, such as 500.")
    return i18n.gettext("This is not a whole number of the smallest unit.")


def rule_faults(rule: QuantityRule, *, unit: str = "pc", display_factor: int = 1) -> list[Fault]:
    """What is wrong with a variant's own rules; fields `minimum`, `increment`, `maximum`."""

    def shown(quantity: int) -> str:
        return i18n.number(quantity / display_factor)

    faults = []
    if rule.increment < 1:
        return [Fault("increment", lazy("The step is at least 1."))]
    if rule.minimum < 1:
        faults.append(Fault("minimum", lazy("The minimum is at least one step.")))
    elif rule.minimum % rule.increment:
        below = rule.minimum // rule.increment * rule.increment
        above = below + rule.increment
        text = lazy("%(value)s is not a multiple of the step, %(step)s. Write %(above)s.")
        values: dict[str, object] = {"value": shown(rule.minimum), "step": shown(rule.increment), "above": shown(above)}
        if below:
            text = lazy("%(value)s is not a multiple of the step, %(step)s. Write %(below)s or %(above)s.")
            values["below"] = shown(below)
        faults.append(Fault("minimum", text, values))
    if rule.maximum is not None and rule.maximum < rule.minimum:
        faults.append(
            Fault(
                "maximum",
                lazy("%(value)s is less than the minimum, %(minimum)s."),
                {"value": shown(rule.maximum), "minimum": shown(rule.minimum)},
            )
        )
    if max(rule.minimum, rule.increment, rule.maximum or 0) > BIGGEST:
        faults.append(Fault("minimum", lazy("This number is too large.")))
    return faults
