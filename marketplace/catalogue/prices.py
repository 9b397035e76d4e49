"""Price tiers and lead-time bands as a vendor writes them (pure). Source: product.md §3."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from marketplace.catalogue.faults import Fault
from marketplace.catalogue.quantities import QuantityRule
from marketplace.core import i18n
from marketplace.core.i18n import lazy

TIER_LIMIT = 10
BAND_LIMIT = 12
HIGHEST_MICRO = 10**15
"""A thousand million of the major unit: above it a line of the greatest quantity would not fit a BIGINT."""
LONGEST_DAYS = 1_000

Tiers = Sequence[tuple[int, int]]
"""[(from quantity in base units, unit_price_micro)]"""
LeadTime = Sequence[tuple[int | None, int | None, int | None]]
"""[(up to base units or None, days from, days to)], rising; days None are not stated."""


def micro(price: Decimal) -> int:
    """A price as typed, in millionths of the major unit. Six decimals at most, which the form has checked."""
    return int(price * 1_000_000)


def written(unit_price_micro: int) -> str:
    """A price as it stands in a field: at least four decimals, more only where they are not zero."""
    whole, rest = divmod(unit_price_micro, 1_000_000)
    digits = f"{rest:06d}"
    return f"{whole}.{digits[:4]}{digits[4:].rstrip('0')}"


def tier_faults(tiers: Tiers, rule: QuantityRule, *, display_factor: int = 1) -> list[Fault]:
    """Tiers start at the minimum, stand on the step, rise in quantity and fall in price; at most 10.

    Fields: `tiers` for all of them, `tiers-<n>-from_quantity` and `tiers-<n>-price` for the nth.
    """

    def shown(quantity: int) -> str:
        return i18n.number(quantity / display_factor)

    faults: list[Fault] = []
    if len(tiers) > TIER_LIMIT:
        faults.append(Fault("tiers", lazy("These are too many tiers: at most %(limit)s."), {"limit": TIER_LIMIT}))
    previous: tuple[int, int] | None = None
    for position, (start, price) in enumerate(tiers):
        quantity_field, price_field = f"tiers-{position}-from_quantity", f"tiers-{position}-price"
        if price > HIGHEST_MICRO or price < 0:
            faults.append(Fault(price_field, lazy("This price is too high.")))
        if previous is None and start != rule.minimum:
            values: dict[str, object] = {"minimum": shown(rule.minimum)}
            faults.append(Fault(quantity_field, lazy("The first tier starts at the minimum order, %(minimum)s."), values))
        elif rule.increment > 0 and start % rule.increment:
            values = {"value": shown(start), "step": shown(rule.increment)}
            faults.append(Fault(quantity_field, lazy("%(value)s is not a multiple of the step, %(step)s."), values))
        if rule.maximum is not None and start > rule.maximum:
            faults.append(Fault(quantity_field, lazy("This tier starts above the maximum order.")))
        if previous is not None:
            if start <= previous[0]:
                values = {"value": shown(start), "before": shown(previous[0])}
                faults.append(Fault(quantity_field, lazy("%(value)s is not more than the tier before, %(before)s."), values))
            if price >= previous[1]:
                values = {"value": written(price), "before": written(previous[1])}
                faults.append(
                    Fault(price_field, lazy("%(value)s is not cheaper than the tier before. Write less than %(before)s."), values)
                )
        previous = (start, price)
    return faults


def lead_time_faults(bands: LeadTime) -> list[Fault]:
    """Bands rise in quantity, only the last is open, and days run from the fewer to the more. Fields `lead_time-<n>-…`."""
    faults: list[Fault] = []
    if len(bands) > BAND_LIMIT:
        faults.append(Fault("lead_time", lazy("These are too many bands: at most %(limit)s."), {"limit": BAND_LIMIT}))
    for position, (up_to, days_from, days_to) in enumerate(bands):
        name = f"lead_time-{position}"
        before = bands[position - 1][0] if position else None
        if up_to is None and position < len(bands) - 1:
            faults.append(Fault(f"{name}-up_to", lazy("Only the last band can be open upwards.")))
        elif up_to is not None and (up_to < 1 or (before is not None and up_to <= before)):
            faults.append(Fault(f"{name}-up_to", lazy("Each band reaches further than the one before.")))
        if days_from is None and days_to is not None:
            faults.append(Fault(f"{name}-days_from", lazy("Write the days.")))
        elif days_from is not None and days_to is not None and days_to < days_from:
            faults.append(Fault(f"{name}-days_to", lazy("This is fewer days than the first number.")))
        if max(days_from or 0, days_to or 0) > LONGEST_DAYS or min(days_from or 0, days_to or 0) < 0:
            faults.append(Fault(f"{name}-days_from", lazy("This is more than %(limit)s days."), {"limit": LONGEST_DAYS}))
    return faults


def lead_days(bands: LeadTime, quantity: int) -> tuple[int, int] | None:
    """(days from, days to) until a quantity is ready; None when the vendor does not say."""
    for up_to, days_from, days_to in bands:
        if up_to is None or quantity <= up_to:
            return None if days_from is None else (days_from, days_from if days_to is None else days_to)
    return None


def saved_share(price: int, first: int) -> float | None:
    """Which share of the first tier's price a tier saves; None for the first tier itself."""
    return None if first <= 0 or price >= first else float(Fraction(first - price, first))
