"""Which printed documents an order has by now, and how they are called in an address."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from marketplace.core.i18n import gettext
from marketplace.orders import queries
from marketplace.orders.models import InvoiceKind, VendorOrder
from marketplace.orders.pages.orders import OrderView


@dataclass(frozen=True, slots=True)
class Document:
    """A document: `name` stands in its address, `word` on the page."""

    order: VendorOrder
    name: str
    word: str
    at: datetime


def documents_of(views: Sequence[OrderView]) -> list[Document]:
    """The documents of some orders, each when there is something to print."""
    invoices = queries.invoices_of_orders([view.order.id for view in views])
    found = []
    for view in views:
        order = view.order
        found.append(Document(order, "purchase-order", gettext("Purchase order"), order.placed_at))
        if order.accepted_at is not None:
            found.append(Document(order, "order-confirmation", gettext("Order confirmation"), order.accepted_at))
        for one in view.shipments:
            word = gettext("Packing slip %(number)s", number=one.shipment.position)
            found.append(Document(order, f"packing-slip-{one.shipment.position}", word, one.shipment.shipped_at))
        for issued in invoices.get(order.id, ()):
            if issued.kind is InvoiceKind.INVOICE:
                found.append(Document(order, "invoice", gettext("Invoice %(number)s", number=issued.number), issued.issued_at))
            else:
                word = gettext("Credit note %(number)s", number=issued.number)
                found.append(Document(order, f"credit-note-{issued.sequence}", word, issued.issued_at))
    return found
