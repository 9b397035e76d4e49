"""Who is told what: each message is a job of its own, one for each reader, written into the act's transaction."""

from collections.abc import Sequence
from uuid import UUID

from marketplace.accounts import queries as accounts
from marketplace.accounts.models import Person
from marketplace.accounts.permissions import Permission
from marketplace.core import jobs
from marketplace.orders import queries
from marketplace.orders.models import Claim, Purchase, VendorOrder, VendorOrderState


def buyers_of(purchase: Purchase) -> list[Person]:
    """Who hears of a purchase: the person who placed it; when that person has left, all who may place orders."""
    members = accounts.people_to_write_to(purchase.buyer_id, Permission.ORDER_VIEW)
    placer = [person for person in members if person.id == purchase.placed_by]
    return placer or accounts.people_to_write_to(purchase.buyer_id, Permission.ORDER_PLACE)


def tell_buyer(message: str, order: VendorOrder) -> None:
    """Write a message about a vendor order to its buyer; `message` is the name of a mail task."""
    for person in buyers_of(queries.purchase_by_id(order.purchase_id)):
        jobs.enqueue(message, vendor_order_id=order.id, person_id=person.id)


def tell_buyer_of_purchase(message: str, purchase: Purchase) -> None:
    """Write a message about a whole purchase to its buyer."""
    for person in buyers_of(purchase):
        jobs.enqueue(message, purchase_id=purchase.id, person_id=person.id)


def tell_vendor(message: str, order: VendorOrder) -> None:
    """Write a message about a vendor order to those of the vendor who fulfil orders."""
    for person in accounts.people_to_write_to(order.vendor_id, Permission.VENDOR_ORDER_FULFIL):
        jobs.enqueue(message, vendor_order_id=order.id, person_id=person.id)


def tell_of_claim(claim: Claim, step: str, *, to: Sequence[str]) -> None:
    """Write what happened to a claim to its readers, `buyer`, `vendor` or `platform`; `step` names the message."""
    readers: dict[UUID, str] = {}
    for side in to:
        for person in _readers_of(claim, side):
            readers.setdefault(person.id, side)
    for person_id, side in readers.items():
        jobs.enqueue("orders.email_claim", claim_id=claim.id, person_id=person_id, side=side, step=step)


def _readers_of(claim: Claim, side: str) -> list[Person]:
    if side == "buyer":
        return buyers_of(queries.purchase_by_id(queries.order_by_id(claim.vendor_order_id).purchase_id))
    if side == "vendor":
        return accounts.people_to_write_to(claim.vendor_id, Permission.VENDOR_ORDER_FULFIL)
    operator_id = queries.operator_id()
    return accounts.people_to_write_to(operator_id, Permission.HOLD_DECIDE) if operator_id else []


def tell_refunded(vendor_order_id: UUID, amount_minor: int) -> None:
    """Money of an order, all or a part of it, has gone back: asked for by payments."""
    order = queries.order_by_id(vendor_order_id)
    for person in buyers_of(queries.purchase_by_id(order.purchase_id)):
        jobs.enqueue("orders.email_refunded_to", vendor_order_id=order.id, person_id=person.id, amount_minor=amount_minor)


def tell_released(vendor_order_id: UUID, *, released_minor: int, fee_minor: int) -> None:
    """Money of an order, all or that of some lines, has become the vendor's: asked for by payments."""
    order = queries.order_by_id(vendor_order_id)
    for person in accounts.people_to_write_to(order.vendor_id, Permission.VENDOR_MONEY_VIEW):
        jobs.enqueue(
            "orders.email_released_to",
            vendor_order_id=order.id,
            person_id=person.id,
            released_minor=released_minor,
            fee_minor=fee_minor,
        )


def remind_of_unpaid(purchase_id: UUID) -> None:
    """Remind the buyer of a purchase that still waits for its money; nothing once it is paid or cancelled."""
    purchase = queries.purchase_by_id(purchase_id)
    orders = queries.orders_of_purchase(purchase.id, buyer_id=purchase.buyer_id)
    if any(order.state is VendorOrderState.PLACED and order.funded_at is None for order in orders):
        tell_buyer_of_purchase("orders.email_unpaid", purchase)


def remind_to_accept(vendor_order_id: UUID) -> None:
    """Remind the vendor of an order that still waits for its answer."""
    order = queries.order_by_id(vendor_order_id)
    if order.state is VendorOrderState.PLACED and order.funded_at is not None:
        tell_vendor("orders.email_accept_reminder", order)


def remind_of_inspection(vendor_order_id: UUID) -> None:
    """Remind the buyer of an inspection that still runs; nothing once it is decided or its clock is stopped."""
    order = queries.order_by_id(vendor_order_id)
    if order.state is VendorOrderState.DELIVERED and order.inspection_ends_at is not None:
        tell_buyer("orders.email_inspection_reminder", order)
