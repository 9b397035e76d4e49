"""What a vendor lets buyers know of its stock, in words."""

from marketplace.core import i18n
from marketplace.core.i18n import gettext
from search.queries import ShownVariant


def stock_of(found: ShownVariant) -> str:
    """`400 pcs in stock`, `In stock`, `Made to order`: as exact as the vendor wants it."""
    line, display = found.line, found.vendor.stock_display
    if line.available is None:
        return gettext("Made to order")
    if display == "hidden":
        return gettext("Stock not shown")
    if line.available <= 0:
        return gettext("Out of stock")
    if display == "exact":
        return gettext(
            "%(quantity)s in stock", quantity=i18n.quantity(line.available, line.display_unit, display_factor=line.display_factor)
        )
    return gettext("In stock")
