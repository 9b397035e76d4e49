"""Orders with several lines of one vendor, and what tests read of their lines."""

from dataclasses import replace
from typing import Any

from marketplace.core.db import db
from marketplace.orders import queries
from marketplace.orders.models import OrderLine, Purchase, VendorOrder, VendorOrderState
from tests.factories.catalogue import make_product, only_variant
from tests.factories.orders import Trade, make_order, make_trade


def make_wide_trade(lines: int = 2, **variant: Any) -> Trade:
    """A vendor with several products."""
    trade = make_trade(**variant)
    more = tuple(only_variant(make_product(trade.vendors[0], **variant)) for _ in range(lines - 1))
    return replace(trade, variants=(*trade.variants, *more))


def make_wide_order(
    state: VendorOrderState = VendorOrderState.READY, *, lines: int = 2, quantity: int = 100, trade: Trade | None = None
) -> tuple[Trade, VendorOrder]:
    """A paid order of several lines of one vendor."""
    trade = trade or make_wide_trade(lines)
    return make_order(state, trade=trade, quantities=(quantity,) * len(trade.variants))


def lines_of(order: VendorOrder) -> list[OrderLine]:
    """The lines as they stand in the database."""
    return queries.lock_lines(order.id)


def rows(order: VendorOrder, **values: str) -> dict[str, str]:
    """Form rows of the lines of an order: `_0` is the quantity (or day) of the first line."""
    form = {}
    for number, line in enumerate(lines_of(order)):
        form[f"lines-{number}-line_id"] = str(line.id)
        form[f"lines-{number}-{'day' if values.get('kind') == 'day' else 'quantity'}"] = values.get(f"_{number}", "")
    return form


def number_of(order: VendorOrder) -> str:
    """The purchase's number."""
    return db.session.get_one(Purchase, order.purchase_id).number
