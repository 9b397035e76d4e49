"""Pure: what goes back when less of an ordered line is made. Source: docs/decisions/0014-changes-both-sides-sign.md."""

from dataclasses import dataclass

from marketplace.core.money import divide_half_up, line_total_minor, share_bp
from marketplace.orders.models import OrderLine
from payments.shares import Parts


@dataclass(frozen=True, slots=True)
class Lowered:
    """What was agreed away of a line: base units, and what they gave back."""

    quantity: int
    back: Parts


def given_up(line: OrderLine, to_quantity: int, *, currency: str) -> Parts:
    """The difference between a line and the same line at a smaller quantity of base units, by parts in minor units.

    The unit price stays as it was ordered, and what a sample was credited with stays taken off, down to nothing. The freight of a line
    shrinks with its quantity; its tax is reckoned anew on what is left, and never grows.
    """
    full = line_total_minor(to_quantity, line.unit_price_micro, price_per=line.price_per, currency=currency)
    goods_left = min(line.goods_minor, max(0, full - line.sample_credit_minor))
    freight_left = line.freight_minor - divide_half_up(line.freight_minor * (line.quantity - to_quantity), line.quantity)
    tax_left = min(line.tax_minor, share_bp(goods_left + freight_left, line.tax_rate_bp))
    return Parts(line.goods_minor - goods_left, line.freight_minor - freight_left, line.tax_minor - tax_left)
