"""What a purchase would cost today: each line with what changed in price, or why it cannot be ordered any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from marketplace.core.i18n import gettext, lazy
from marketplace.orders import queries
from marketplace.orders.models import OrderLine, Purchase, VendorOrder
from marketplace.pricing.basket import PricedLine

ENDED = frozenset({"vendor_not_selling", "product_not_live", "part_not_sold", "not_visible", "no_price", "no_freight_zone"})
"""Problems that another quantity does not settle."""
GONE = lazy("This product is not for sale any more.")
WAS_SAMPLE = lazy("This was a sample: there is one for each company.")


@dataclass(frozen=True, slots=True)
class ReorderLine:
    """A line as it was and as it would be; `now` is none when it has no price any more, `ended` says why it cannot be ordered."""

    line: OrderLine
    order: VendorOrder
    now: PricedLine | None
    ended: str | None
    warnings: tuple[str, ...]

    @property
    def change(self) -> int:
        """Which way the unit price has moved: -1, 0 or 1; 0 also where it cannot be compared."""
        if self.now is None or self.now.currency != self.order.currency:
            return 0
        before = Fraction(self.line.unit_price_micro, self.line.price_per)
        after = Fraction(self.now.unit_price_micro, self.now.price_per)
        return (after > before) - (after < before)

    @property
    def is_new_version(self) -> bool:
        """Whether the product has been edited since."""
        return self.now is not None and self.now.product_version != self.line.product_version


def reorder_lines(purchase: Purchase, orders: Sequence[VendorOrder], *, buyer_id: UUID) -> list[ReorderLine]:
    """The lines of a purchase priced afresh at their quantities, delivered to the same country."""
    lines = queries.lines_of_orders([order.id for order in orders])
    wanted = [(line.variant_id, line.quantity) for of_order in lines.values() for line in of_order if not line.is_sample]
    basket = queries.price_cart(wanted, buyer_id=buyer_id, ship_to=purchase.ship_to["country"])
    priced = {line.variant_id: line for line in basket.lines}
    found = []
    for order in orders:
        part = next((part for part in basket.parts if part.vendor_id == order.vendor_id), None)
        for line in lines[order.id]:
            if line.is_sample:
                found.append(ReorderLine(line, order, None, gettext(WAS_SAMPLE), ()))
                continue
            now = priced.get(line.variant_id)
            problems = [p for p in part.problems if p.variant_id in (None, line.variant_id)] if part else []
            ended = next((p.text for p in problems if p.code in ENDED), gettext(GONE) if now is None else None)
            warnings = tuple(p.text for p in problems if p.code not in ENDED and p.variant_id is not None)
            found.append(ReorderLine(line, order, now, ended, warnings))
    return found
