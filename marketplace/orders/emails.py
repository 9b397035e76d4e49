"""The messages of the orders, one function for each; each is written to one reader in that reader's language and zone."""

from typing import Any
from uuid import UUID

from marketplace.accounts.models import Person
from marketplace.core import emails, i18n
from marketplace.core.db import db
from marketplace.core.emails import Letter
from marketplace.orders import queries
from marketplace.orders.models import Purchase, VendorOrder
from marketplace.orders.wording import decision_word, problem_word


def _write(template: str, person_id: UUID, **values: Any) -> Letter:
    person = db.session.get_one(Person, person_id)
    return emails.write(template, to=person.email, locale=person.locale, time_zone=person.time_zone, **values)


def _about_purchase(template: str, purchase_id: UUID, person_id: UUID) -> Letter:
    purchase: Purchase = queries.purchase_by_id(purchase_id)
    orders = queries.orders_of_purchase(purchase.id, buyer_id=purchase.buyer_id)
    values = {"orders": orders, "pay_by_at": orders[0].pay_by_at, "company_name": orders[0].buyer_name}
    return _write(template, person_id, purchase=purchase, **values)


def _about_order(template: str, vendor_order_id: UUID, person_id: UUID, **values: Any) -> Letter:
    order = queries.order_by_id(vendor_order_id)
    purchase = queries.purchase_by_id(order.purchase_id)
    return _write(template, person_id, order=order, purchase=purchase, lines=queries.lines_of_orders([order.id])[order.id], **values)


def _path_for(order: VendorOrder, person_id: UUID) -> str:
    """Where this reader finds the order: at the buyer's or at the vendor's side."""
    purchase = queries.purchase_by_id(order.purchase_id)
    return f"/orders/{purchase.number}" if queries.is_member(person_id, order.buyer_id) else f"/portal/orders/{order.number}"


def order_placed(purchase_id: UUID, person_id: UUID) -> Letter:
    """To the buyer: what was ordered, and until when it waits for the money."""
    return _about_purchase("order_placed", purchase_id, person_id)


def unpaid(purchase_id: UUID, person_id: UUID) -> Letter:
    """To the buyer on day 3: still not paid."""
    return _about_purchase("order_unpaid", purchase_id, person_id)


def cancelled_unpaid(purchase_id: UUID, person_id: UUID) -> Letter:
    """To the buyer on day 5: cancelled, because it was not paid."""
    return _about_purchase("order_cancelled_unpaid", purchase_id, person_id)


def accept_by(vendor_order_id: UUID, person_id: UUID) -> Letter | None:
    """To the vendor: a paid order, and until when it waits for an answer; none when it is answered already."""
    return _while_unanswered("order_to_accept", vendor_order_id, person_id)


def accept_reminder(vendor_order_id: UUID, person_id: UUID) -> Letter | None:
    """To the vendor: the answer is due soon; none when it is there already."""
    return _while_unanswered("order_accept_reminder", vendor_order_id, person_id)


def _while_unanswered(template: str, vendor_order_id: UUID, person_id: UUID) -> Letter | None:
    if queries.order_by_id(vendor_order_id).cancel_unaccepted_at is None:
        return None
    return _about_order(template, vendor_order_id, person_id)


def accepted(vendor_order_id: UUID, person_id: UUID) -> Letter:
    """To the buyer: the vendor takes the order."""
    return _about_order("order_accepted", vendor_order_id, person_id)


def declined(vendor_order_id: UUID, person_id: UUID) -> Letter:
    """To the buyer: the vendor does not take the order, and why."""
    return _about_order("order_declined", vendor_order_id, person_id)


def cancelled(vendor_order_id: UUID, person_id: UUID) -> Letter:
    """To either side: a paid order has ended, and why."""
    order = queries.order_by_id(vendor_order_id)
    return _about_order("order_cancelled", vendor_order_id, person_id, order_path=_path_for(order, person_id))


def shipped(vendor_order_id: UUID, person_id: UUID) -> Letter:
    """To the buyer: carrier and tracking."""
    shipment = queries.shipments_of_orders([vendor_order_id])[vendor_order_id][-1]
    return _about_order("order_shipped", vendor_order_id, person_id, shipment=shipment)


def delivered(vendor_order_id: UUID, person_id: UUID) -> Letter | None:
    """To the buyer: the end of the inspection, and what happens then; none when its clock has been stopped meanwhile."""
    return _while_inspecting("order_delivered", vendor_order_id, person_id)


def inspection_reminder(vendor_order_id: UUID, person_id: UUID) -> Letter | None:
    """To the buyer: the inspection ends soon; none when its clock has been stopped meanwhile."""
    return _while_inspecting("order_inspection_reminder", vendor_order_id, person_id)


def _while_inspecting(template: str, vendor_order_id: UUID, person_id: UUID) -> Letter | None:
    if queries.order_by_id(vendor_order_id).inspection_ends_at is None:
        return None
    return _about_order(template, vendor_order_id, person_id)


def released(vendor_order_id: UUID, person_id: UUID) -> Letter:
    """To the vendor: the money is its own, less the commission."""
    order = queries.order_by_id(vendor_order_id)
    return _about_order("order_released", vendor_order_id, person_id, net_minor=order.total_minor - order.commission_minor)


def refunded(vendor_order_id: UUID, person_id: UUID) -> Letter:
    """To the buyer: the money is on its way back."""
    return _about_order("order_refunded", vendor_order_id, person_id)


def problem(vendor_order_id: UUID, person_id: UUID) -> Letter:
    """To the vendor: what the buyer reports."""
    return _about_problem("order_problem", vendor_order_id, person_id)


def problem_to_decide(vendor_order_id: UUID, person_id: UUID) -> Letter:
    """To the platform's finance: a problem waits for a decision."""
    return _about_problem("order_problem_to_decide", vendor_order_id, person_id)


def problem_decided(vendor_order_id: UUID, person_id: UUID) -> Letter:
    """To either side: what was decided, and why."""
    return _about_problem("order_problem_decided", vendor_order_id, person_id)


def _about_problem(template: str, vendor_order_id: UUID, person_id: UUID) -> Letter:
    order = queries.order_by_id(vendor_order_id)
    claim = queries.claims_of_orders([order.id])[order.id][-1]
    person = db.session.get_one(Person, person_id)
    with i18n.speaking(person.locale, person.time_zone):
        words = {"problem_word": problem_word(claim.kind), "decision_word": decision_word(claim.state)}
    return _about_order(template, vendor_order_id, person_id, claim=claim, order_path=_path_for(order, person_id), **words)
