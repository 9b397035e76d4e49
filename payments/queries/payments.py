"""Reads of payments, holds, refunds and payout accounts."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.core.errors import NotFound
from payments.models import Hold, Payment, PayoutAccount, PayoutAccountState, Refund
from vendors.models import Vendor

FRESH = {"populate_existing": True}
"""A locked row is read again: the session may hold it as it was before the lock."""


def payment_of(payment_id: UUID, *, buyer_id: UUID) -> Payment:
    """A payment of a buyer. Raises: NotFound, also for another company's."""
    payment = db.session.scalar(select(Payment).where(Payment.id == payment_id, Payment.buyer_id == buyer_id))
    if payment is None:
        raise NotFound
    return payment


def payment_by_id(payment_id: UUID) -> Payment:
    """A payment, not scoped: for tasks. Raises: NotFound."""
    payment = db.session.get(Payment, payment_id)
    if payment is None:
        raise NotFound
    return payment


def payment_of_purchase(purchase_id: UUID, buyer_id: UUID) -> Payment:
    """The payment of a buyer's purchase; a cart has one currency, so there is one. Raises: NotFound."""
    query = select(Payment).where(Payment.purchase_id == purchase_id, Payment.buyer_id == buyer_id)
    payment = db.session.scalar(query.order_by(Payment.currency).limit(1))
    if payment is None:
        raise NotFound
    return payment


def lock_payment(payment_id: UUID, *, buyer_id: UUID | None = None) -> Payment:
    """A payment, locked; `buyer_id` None is for what the provider says and for tasks. Raises: NotFound."""
    query = select(Payment).where(Payment.id == payment_id)
    if buyer_id is not None:
        query = query.where(Payment.buyer_id == buyer_id)
    payment = db.session.scalar(query.with_for_update().execution_options(**FRESH))
    if payment is None:
        raise NotFound
    return payment


def lock_payments_of_purchase(purchase_id: UUID) -> list[Payment]:
    """All payments of a purchase, locked; the caller has scoped the purchase."""
    query = select(Payment).where(Payment.purchase_id == purchase_id).order_by(Payment.id)
    return list(db.session.scalars(query.with_for_update().execution_options(**FRESH)))


def find_payment_of_session(session_id: str) -> Payment | None:
    """The payment whose last page this is; not scoped: for what the provider says."""
    return db.session.scalar(select(Payment).where(Payment.stripe_session_id == session_id))


def find_payment_of_intent(intent_id: str) -> Payment | None:
    """The payment that was made by this attempt; not scoped: for what the provider says."""
    return db.session.scalar(select(Payment).where(Payment.stripe_payment_intent_id == intent_id))


def holds_with_vendors(payment_id: UUID) -> list[tuple[Hold, str]]:
    """The holds of a payment with their vendors' names, by order number; the caller has scoped the payment."""
    query = select(Hold, Vendor.name).join(Vendor, Vendor.id == Hold.vendor_id).where(Hold.payment_id == payment_id)
    return [(hold, name) for hold, name in db.session.execute(query.order_by(Hold.order_number, Hold.milestone))]


def holds_of_purchase(purchase_id: UUID, buyer_id: UUID) -> list[Hold]:
    """The money of a buyer's purchase, by order number."""
    query = select(Hold).where(Hold.purchase_id == purchase_id, Hold.buyer_id == buyer_id)
    return list(db.session.scalars(query.order_by(Hold.order_number, Hold.milestone)))


def hold_of_vendor_order(vendor_order_id: UUID, *, vendor_id: UUID | None = None, buyer_id: UUID | None = None) -> Hold:
    """The money of a vendor order, for its vendor or its buyer. Raises: NotFound; ValueError when neither is named."""
    query = select(Hold).where(Hold.vendor_order_id == vendor_order_id)
    if vendor_id is not None:
        query = query.where(Hold.vendor_id == vendor_id)
    elif buyer_id is not None:
        query = query.where(Hold.buyer_id == buyer_id)
    else:
        raise ValueError("say whose hold it is")
    hold = db.session.scalar(query.order_by(Hold.milestone).limit(1))
    if hold is None:
        raise NotFound
    return hold


def any_hold_of_vendor_order(vendor_order_id: UUID) -> Hold:
    """The money of a vendor order, not scoped: for the platform's desk and tasks. Raises: NotFound."""
    hold = db.session.scalar(select(Hold).where(Hold.vendor_order_id == vendor_order_id).order_by(Hold.milestone).limit(1))
    if hold is None:
        raise NotFound
    return hold


def hold_by_id(hold_id: UUID) -> Hold:
    """A hold, not scoped: for tasks. Raises: NotFound."""
    hold = db.session.get(Hold, hold_id)
    if hold is None:
        raise NotFound
    return hold


def lock_hold(hold_id: UUID) -> Hold:
    """A hold, locked; not scoped: for tasks. Raises: NotFound."""
    hold = db.session.scalar(select(Hold).where(Hold.id == hold_id).with_for_update().execution_options(**FRESH))
    if hold is None:
        raise NotFound
    return hold


def lock_holds(vendor_order_id: UUID) -> list[Hold]:
    """The holds of a vendor order, locked in order of their ids; the caller has scoped the order."""
    query = select(Hold).where(Hold.vendor_order_id == vendor_order_id).order_by(Hold.id)
    return list(db.session.scalars(query.with_for_update().execution_options(**FRESH)))


def lock_holds_of_payment(payment_id: UUID) -> list[Hold]:
    """The holds of a payment, locked in order of their ids; the caller has locked the payment."""
    query = select(Hold).where(Hold.payment_id == payment_id).order_by(Hold.id)
    return list(db.session.scalars(query.with_for_update().execution_options(**FRESH)))


def refunds_of_payment(payment_id: UUID, *, buyer_id: UUID) -> dict[UUID, list[Refund]]:
    """Hold → its refunds, the oldest first, for a buyer's payment."""
    query = select(Refund).where(Refund.payment_id == payment_id, Refund.buyer_id == buyer_id).order_by(Refund.decided_at, Refund.id)
    found: dict[UUID, list[Refund]] = {}
    for refund in db.session.scalars(query):
        found.setdefault(refund.hold_id, []).append(refund)
    return found


def lock_refund(refund_id: UUID) -> Refund:
    """A refund, locked; not scoped: for tasks. Raises: NotFound."""
    refund = db.session.scalar(select(Refund).where(Refund.id == refund_id).with_for_update().execution_options(**FRESH))
    if refund is None:
        raise NotFound
    return refund


def are_payable(vendor_ids: set[UUID]) -> bool:
    """Whether the provider can pay all of these vendors now, as far as we know."""
    payable = select(func.count()).select_from(Vendor).where(Vendor.id.in_(vendor_ids), Vendor.payout_active_at.is_not(None))
    stopped = select(PayoutAccount.vendor_id).where(
        PayoutAccount.vendor_id.in_(vendor_ids), PayoutAccount.state != PayoutAccountState.ACTIVE
    )
    return db.session.scalar(payable) == len(vendor_ids) and db.session.scalar(stopped.limit(1)) is None


def find_payout_account(vendor_id: UUID) -> PayoutAccount | None:
    """The account of a vendor at the provider."""
    return db.session.scalar(select(PayoutAccount).where(PayoutAccount.vendor_id == vendor_id).execution_options(**FRESH))


def find_payout_account_by_stripe(stripe_account_id: str) -> PayoutAccount | None:
    """The account with the provider's id; not scoped: for what the provider says."""
    return db.session.scalar(select(PayoutAccount).where(PayoutAccount.stripe_account_id == stripe_account_id))


def keep_payout_account(vendor_id: UUID, *, for_change: bool = False) -> PayoutAccount | None:
    """The account of a vendor, which nobody else changes before the transaction ends: a call that is parked now is found by its opening."""
    query = select(PayoutAccount).where(PayoutAccount.vendor_id == vendor_id).with_for_update(read=not for_change)
    return db.session.scalar(query.execution_options(**FRESH))


def lock_payout_account(vendor_id: UUID) -> PayoutAccount:
    """The account of a vendor, locked. Raises: NotFound."""
    query = select(PayoutAccount).where(PayoutAccount.vendor_id == vendor_id).with_for_update().execution_options(**FRESH)
    account = db.session.scalar(query)
    if account is None:
        raise NotFound
    return account


def unfinished_accounts(vendor_ids: Sequence[UUID]) -> list[tuple[UUID, str]]:
    """(vendor, the provider's id) of accounts that are not active; not scoped: for the operator's import."""
    query = select(PayoutAccount.vendor_id, PayoutAccount.stripe_account_id).where(
        PayoutAccount.vendor_id.in_(vendor_ids),
        PayoutAccount.state != PayoutAccountState.ACTIVE,
        PayoutAccount.stripe_account_id.is_not(None),
    )
    return [(vendor_id, account_id) for vendor_id, account_id in db.session.execute(query) if account_id]
