"""How a letter of the orders is made: what every template of them reads."""

from typing import Any
from uuid import UUID

from marketplace.accounts.models import Person
from marketplace.core import emails
from marketplace.core.db import db
from marketplace.core.emails import Letter
from marketplace.orders import queries
from marketplace.orders.models import Purchase, VendorOrder


def _write(template: str, person_id: UUID, **values: Any) -> Letter:
    person = db.session.get_one(Person, person_id)
    return emails.write(template, to=person.email, locale=person.locale, time_zone=person.time_zone, **values)


def about_purchase(template: str, purchase_id: UUID, person_id: UUID) -> Letter:
    """A letter about a whole purchase to a reader of its buyer."""
    purchase: Purchase = queries.purchase_by_id(purchase_id)
    orders = queries.orders_of_purchase(purchase.id, buyer_id=purchase.buyer_id)
    values = {"orders": orders, "pay_by_at": orders[0].pay_by_at, "company_name": orders[0].buyer_name}
    return _write(template, person_id, purchase=purchase, **values)


def about_order(template: str, vendor_order_id: UUID, person_id: UUID, **values: Any) -> Letter:
    """A letter about a vendor order to a reader of either side, in that reader's language and zone."""
    order = queries.order_by_id(vendor_order_id)
    purchase = queries.purchase_by_id(order.purchase_id)
    return _write(template, person_id, order=order, purchase=purchase, lines=queries.lines_of_orders([order.id])[order.id], **values)


def path_for(order: VendorOrder, person_id: UUID) -> str:
    """Where this reader finds the order: at the buyer's or at the vendor's side."""
    purchase = queries.purchase_by_id(order.purchase_id)
    return f"/orders/{purchase.number}" if queries.is_member(person_id, order.buyer_id) else f"/portal/orders/{order.number}"
