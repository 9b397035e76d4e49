"""What an order wants of the stock, and giving it back."""

from collections.abc import Iterable
from uuid import UUID

from marketplace.catalogue import services as catalogue
from marketplace.catalogue.services import Wanted
from marketplace.orders import queries
from marketplace.orders.models import OrderLine


def wanted_stock(lines: Iterable[OrderLine]) -> list[Wanted]:
    """The stock that order lines want, in base units."""
    return [Wanted(order_line_id=line.id, variant_id=line.variant_id, quantity=line.quantity) for line in lines]


def give_back(order_ids: list[UUID]) -> None:
    """Give back what is still promised to the lines of ended orders."""
    catalogue.give_back(queries.line_ids(order_ids))
