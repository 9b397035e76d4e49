"""How an order ends without goods: declined, cancelled, never paid; and how a finished one is closed."""

from datetime import timedelta
from uuid import UUID

from marketplace.core import audit, clock, jobs
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.errors import InvalidMove
from marketplace.core.i18n import lazy
from marketplace.orders import queries
from marketplace.orders.errors import AlreadyPaid, NotPaidYet
from marketplace.orders.models import Purchase, PurchaseState, VendorOrder, VendorOrderState
from marketplace.orders.services.claims_settling import end_claims_of
from marketplace.orders.services.documents import credit_the_rest
from marketplace.orders.services.fulfilment import stop_accept_clock, stop_inspection_clock, withdraw_open_change
from marketplace.orders.services.history import record
from marketplace.orders.services.stock import give_back
from marketplace.orders.services.telling import tell_buyer, tell_buyer_of_purchase, tell_vendor
from payments import queries as payment_queries
from payments import services as payments
from payments.errors import PaymentAlreadyMade
from payments.models import HoldState

S = VendorOrderState
WITHOUT_GOODS = frozenset({S.PLACED, S.ACCEPTED, S.IN_PRODUCTION, S.READY})
"""States in which the stock is still promised, so that it goes back."""
ENDED = frozenset({S.DECLINED, S.CANCELLED})
NOT_ANSWERED = lazy("The vendor did not answer in time.")
NOT_PAID = lazy("It was not paid in time.")
CANCELLED_BY_BUYER = lazy("The buyer cancelled it before the vendor accepted.")
STOCK_IS_GONE = lazy("The stock was sold before the payment arrived.")


def end_order(order: VendorOrder, to: VendorOrderState, *, reason: str, act: str, actor: Actor) -> None:
    """End a paid order: its whole money goes back, and its stock where it has not left. The caller holds the order locked."""
    before = order.state
    order.move(to)
    order.ended_at, order.end_reason = clock.now(), reason
    order.inspection_ends_at = None
    stop_accept_clock(order)
    stop_inspection_clock(order)
    withdraw_open_change(order)
    payments.refund_order(order.id, reason=reason, actor=actor)
    if before in WITHOUT_GOODS:
        give_back([order.id])
    credit_the_rest(order, reason=reason)
    if order.delivered_at is not None:
        jobs.enqueue("reviews.withdraw_proof", vendor_order_id=order.id)
    record(actor, act, order, before=before, reason=reason, total_minor=order.total_minor, currency=order.currency)
    # A vendor's page sees its own order only, so the clockwork looks at the others.
    jobs.enqueue("orders.settle_purchase", purchase_id=order.purchase_id)


def settle_purchase(purchase_id: UUID) -> None:
    """A purchase whose last order has ended is cancelled with it."""
    purchase = queries.lock_purchase(purchase_id)
    orders = queries.lock_orders_of_purchase(purchase.id)
    if purchase.state is PurchaseState.PLACED and all(order.state in ENDED for order in orders):
        _cancel(purchase, actor=SYSTEM)


def _cancel(purchase: Purchase, *, actor: Actor) -> None:
    purchase.state = PurchaseState.CANCELLED
    audit.record(
        actor,
        "purchase.cancelled",
        "purchase",
        purchase.id,
        companies=(purchase.buyer_id,),
        before={"state": PurchaseState.PLACED.value},
        after={"state": purchase.state.value},
    )


def decline_order(vendor_order_id: UUID, *, reason: str, actor: Actor) -> VendorOrder:
    """The vendor does not take the order; the buyer's money for it goes back. Raises: NotFound, InvalidMove (not `placed`)."""
    order = queries.lock_order_of_vendor(vendor_order_id, vendor_id=actor.company_id)
    end_order(order, S.DECLINED, reason=reason, act="declined", actor=actor)
    tell_buyer("orders.email_declined", order)
    return order


def cancel_order(vendor_order_id: UUID, *, actor: Actor) -> VendorOrder:
    """The buyer takes a paid order back before the vendor has accepted it; the money goes back.

    Raises: NotFound, NotPaidYet (an unpaid purchase is cancelled whole), InvalidMove (the vendor has answered).
    """
    order = queries.lock_order_of_buyer(vendor_order_id, buyer_id=actor.company_id)
    if order.state is not S.PLACED:
        raise InvalidMove(state=order.state.value)
    if order.funded_at is None:
        raise NotPaidYet
    end_order(order, S.CANCELLED, reason=CANCELLED_BY_BUYER, act="cancelled", actor=actor)
    tell_vendor("orders.email_cancelled", order)
    return order


def cancel_by_platform(vendor_order_id: UUID, *, reason: str, actor: Actor) -> VendorOrder:
    """Platform staff end a running paid order with its whole money going back; an open problem is decided by it.

    Raises: NotFound, NotPaidYet, InvalidMove (accepted by the buyer, or ended). Source: product.md §8.
    """
    order = queries.lock_order(vendor_order_id)
    if order.funded_at is None:
        raise NotPaidYet
    end_claims_of(order, reason=reason, actor=actor)
    end_order(order, S.CANCELLED, reason=reason, act="cancelled_by_platform", actor=actor)
    tell_buyer("orders.email_cancelled", order)
    tell_vendor("orders.email_cancelled", order)
    return order


def cancel_out_of_stock(order: VendorOrder) -> None:
    """The promised stock lapsed and was sold before the money came: the order ends and the money goes back."""
    end_order(order, S.CANCELLED, reason=STOCK_IS_GONE, act="cancelled", actor=SYSTEM)
    tell_buyer("orders.email_cancelled", order)


def cancel_unaccepted(vendor_order_id: UUID) -> None:
    """The vendor has not answered by day 5: the order ends and the money goes back. Nothing before that, or once it is answered."""
    order = queries.lock_order(vendor_order_id)
    due_at = order.cancel_unaccepted_at
    if order.state is S.PLACED and due_at is not None and due_at <= clock.now():
        end_order(order, S.CANCELLED, reason=NOT_ANSWERED, act="cancelled", actor=SYSTEM)
        tell_buyer("orders.email_cancelled", order)
        tell_vendor("orders.email_cancelled", order)


def cancel_purchase(purchase_id: UUID, *, actor: Actor) -> Purchase:
    """The buyer gives up a purchase that is not paid: its orders end, its payment is closed, its stock goes back.

    Raises: NotFound, AlreadyPaid, InvalidMove (not `placed`); and what payments refuses while money is on its way.
    """
    purchase = queries.lock_purchase(purchase_id, buyer_id=actor.company_id)
    if purchase.state is not PurchaseState.PLACED:
        raise InvalidMove(state=purchase.state.value)
    _end_unpaid(purchase, reason=CANCELLED_BY_BUYER, actor=actor)
    return purchase


def expire_unpaid(purchase_id: UUID) -> None:
    """Day 5 without money: the purchase ends. Nothing when it is paid, on its way, cancelled, or the day has not come."""
    purchase = queries.lock_purchase(purchase_id)
    orders = queries.lock_orders_of_purchase(purchase.id)
    is_due = all(order.funded_at is None and order.pay_by_at <= clock.now() for order in orders)
    if purchase.state is not PurchaseState.PLACED or not is_due:
        return
    try:
        _end_unpaid(purchase, reason=NOT_PAID, actor=SYSTEM)
    except PaymentAlreadyMade:
        # The money is here, or a bank works on it: its news is on the way, so this looks again later.
        jobs.enqueue("orders.expire_unpaid", run_at=clock.now() + timedelta(days=1), purchase_id=purchase.id)
        return
    tell_buyer_of_purchase("orders.email_cancelled_unpaid", purchase)


def _end_unpaid(purchase: Purchase, *, reason: str, actor: Actor) -> None:
    orders = queries.lock_orders_of_purchase(purchase.id)
    if any(order.funded_at is not None for order in orders):
        raise AlreadyPaid
    payments.expire_payment(purchase.id, actor=actor)
    for order in orders:
        before = order.state
        order.move(S.CANCELLED)
        order.ended_at, order.end_reason = clock.now(), reason
        record(actor, "cancelled", order, before=before, reason=reason)
    give_back([order.id for order in orders])
    jobs.cancel(f"remind_unpaid:{purchase.id}")
    jobs.cancel(f"pay_by:{purchase.id}")
    _cancel(purchase, actor=actor)


def close_order(vendor_order_id: UUID) -> None:
    """30 days after acceptance an order of which nothing is held is closed; one with held money is looked at again a day later."""
    order = queries.lock_order(vendor_order_id)
    if order.state is not S.ACCEPTED_BY_BUYER:
        return
    hold = payment_queries.any_hold_of_vendor_order(order.id)
    if hold.state is HoldState.FUNDED or queries.find_open_claim(order.id) is not None:
        jobs.enqueue("orders.close_order", run_at=clock.now() + timedelta(days=1), vendor_order_id=order.id)
        return
    before = order.state
    order.move(S.CLOSED)
    order.ended_at = clock.now()
    record(SYSTEM, "closed", order, before=before)
