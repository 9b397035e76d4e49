"""What stands beside the tiers of the product form: the least such an order costs, and the change against the tier before."""

from decimal import Decimal

from marketplace.catalogue import prices
from marketplace.catalogue.schemas import ProductInput
from marketplace.core import i18n
from marketplace.core.forms import Form, decimal_number
from marketplace.core.money import line_total_minor


def tier_hints(form: Form[ProductInput], rows: list[str], currency: str) -> dict[str, tuple[str, str, bool]]:
    """Row → (sum of the least order, change against the tier before, whether it is dearer); rows that cannot be read are absent."""
    hints: dict[str, tuple[str, str, bool]] = {}
    before: int | None = None
    per = int(form.value("price_per")) if form.value("price_per") in ("1", "100", "1000") else 1
    for row in rows:
        quantity, price = _number(form.value(f"{row}-from_quantity")), _number(form.value(f"{row}-price"))
        if quantity is None or price is None or quantity != quantity.to_integral_value() or price > 10**9 or quantity > 10**9:
            continue
        micro = prices.micro(price)
        total = line_total_minor(int(quantity), micro, price_per=per, currency=currency)
        change = "–" if not before else _change(micro, before)
        hints[row] = (i18n.amount(total, currency), change, before is not None and micro >= before)
        before = micro
    return hints


def _change(micro: int, before: int) -> str:
    percent = (Decimal(micro) / before - 1) * 100
    sign = "+" if percent > 0 else "−" if percent < 0 else ""
    return f"{sign}{i18n.number(float(abs(round(percent, 1))))}{i18n.NBSP}%"


def _number(text: str) -> Decimal | None:
    try:
        number = decimal_number(text)
    except ValueError:
        return None
    return number if isinstance(number, Decimal) else None
