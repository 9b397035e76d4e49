"""What a purchase owes: opened at placement, paid on the provider's page, funded once the money is there, or closed unpaid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.core import audit, clock, jobs, policy
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db
from marketplace.core.ids import new_id
from payments import ledger, queries
from payments.chart import FEES, HELD, STRIPE_BALANCE
from payments.errors import PaymentAlreadyMade, PaymentClosed, SessionClosing, VendorNotPayable
from payments.facts import Movement, ProviderIntent, ProviderSession
from payments.models import Hold, HoldState, Operation, OperationState, Payment, PaymentState
from payments.operations import EXPIRY, SESSION
from payments.services.movements import book_movement
from payments.services.operations import BATCH, ENDED, finish_operation, record_refusal, write_operation
from payments.services.refunds import refund_held

MARGIN = timedelta(minutes=1)
"""A page with less time than this is not offered any more."""

SHORTEST = timedelta(minutes=31)
"""The provider makes no page for less than 30 minutes."""

HOLD_MARGIN = timedelta(days=10)
"""How long before the provider's bound held money must be decided. Source: payments.md §1.2."""

OPEN = (PaymentState.OPEN, PaymentState.STARTED)
UNPAID = (HoldState.AWAITING_FUNDS, HoldState.FUNDING, HoldState.EXPIRED)
POLL_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewHold:
    """Money of one vendor order, in minor units of the payment's currency."""

    vendor_order_id: UUID
    order_number: str
    vendor_id: UUID
    goods_minor: int
    freight_minor: int
    tax_minor: int
    commission_minor: int


def open_payment(
    *, purchase_id: UUID, purchase_number: str, buyer_id: UUID, currency: str, holds: Sequence[NewHold], actor: Actor
) -> Payment:
    """Open what a purchase owes in one currency, with a hold for each vendor order; nothing is paid yet.

    Raises: VendorNotPayable (money for it could not be passed on). Source: payments.md §1.2, §4.2.
    """
    if not queries.are_payable({hold.vendor_id for hold in holds}):
        raise VendorNotPayable
    now = clock.now()
    payment = Payment(
        id=new_id(),
        purchase_id=purchase_id,
        purchase_number=purchase_number,
        buyer_id=buyer_id,
        currency=currency,
        amount_minor=sum(hold.goods_minor + hold.freight_minor + hold.tax_minor for hold in holds),
        state=PaymentState.OPEN,
        attempt=0,
        created_at=now,
        updated_at=now,
        **dict.fromkeys(EMPTY_PAYMENT),
    )
    db.session.add(payment)
    db.session.flush()  # the holds point to it
    db.session.add_all(_hold(payment, new, now) for new in holds)
    facts = {"purchase": purchase_number, "amount_minor": payment.amount_minor, "currency": currency}
    audit.record(actor, "payment.opened", "payment", payment.id, companies=(buyer_id,), after=facts)
    return payment


EMPTY_PAYMENT = (
    "stripe_session_id", "stripe_session_url", "session_expires_at", "stripe_payment_intent_id", "stripe_charge_id", "last_refusal",
    "succeeded_at",
)  # fmt: skip
EMPTY_HOLD = ("funded_at", "hold_deadline", "release_at", "released_at", "paid_out_at", "frozen_at", "frozen_reason")


def _hold(payment: Payment, new: NewHold, now: datetime) -> Hold:
    return Hold(
        id=new_id(),
        payment_id=payment.id,
        purchase_id=payment.purchase_id,
        vendor_order_id=new.vendor_order_id,
        order_number=new.order_number,
        milestone="on_acceptance",
        buyer_id=payment.buyer_id,
        vendor_id=new.vendor_id,
        currency=payment.currency,
        amount_minor=new.goods_minor + new.freight_minor + new.tax_minor,
        goods_minor=new.goods_minor,
        freight_minor=new.freight_minor,
        tax_minor=new.tax_minor,
        commission_minor=new.commission_minor,
        state=HoldState.AWAITING_FUNDS,
        commission_waived_minor=0,
        commission_back_minor=0,
        released_minor=0,
        refunded_minor=0,
        taken_back_minor=0,
        created_at=now,
        **dict.fromkeys(EMPTY_HOLD),
    )


def start_payment(payment_id: UUID, *, buyer_id: UUID, base_url: str, actor: Actor) -> UUID | None:
    """Begin a try to pay: returns the operation that makes the provider's page, None when an open page is there already.

    The door has fetched the last page again before, so that a page past its time is known to be closed.
    Raises: NotFound, PaymentAlreadyMade, PaymentClosed, SessionClosing.
    """
    now = clock.now()
    payment = queries.lock_payment(payment_id, buyer_id=buyer_id)
    if payment.state in (PaymentState.SUCCEEDED, PaymentState.PROCESSING):
        raise PaymentAlreadyMade
    if payment.state is PaymentState.EXPIRED:
        raise PaymentClosed
    if payment.state is PaymentState.STARTED:
        if payment.session_expires_at is not None and payment.session_expires_at > now + MARGIN:
            return None
        raise SessionClosing
    last = queries.find_operation(SESSION, payment.id)
    if last is not None and last.state not in ENDED:
        if last.state is not OperationState.PARKED and last.request["expires_at"] > (now + SHORTEST).timestamp():
            return last.id  # its answer was lost: the same key brings the same page
        record_refusal(last.id, "replaced")
    payment.attempt += 1
    payment.updated_at = now
    operation_id = new_id()
    request = _session_request(payment, operation_id, base_url, now)
    write_operation(operation_id, SESSION, payment.id, request, number=payment.attempt)
    facts = {"purchase": payment.purchase_number, "attempt": payment.attempt}
    audit.record(actor, "payment.started", "payment", payment.id, companies=(buyer_id,), after=facts)
    return operation_id


def _session_request(payment: Payment, operation_id: UUID, base_url: str, now: datetime) -> dict[str, Any]:
    page = f"{base_url.rstrip('/')}/payments/{payment.id}"
    marks = {"payment": str(payment.id), "purchase": payment.purchase_number, "op": str(operation_id)}
    expires_at = now + timedelta(minutes=policy.current().card_reservation_minutes)
    return {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": payment.currency.lower(),
                    "unit_amount": hold.amount_minor,
                    "product_data": {"name": f"{hold.order_number}, {vendor_name}"},
                },
            }
            for hold, vendor_name in queries.holds_with_vendors(payment.id)
        ],
        "payment_intent_data": {"transfer_group": payment.purchase_number, "metadata": marks},
        "metadata": marks,
        "success_url": f"{page}/return",
        "cancel_url": page,
        "expires_at": int(expires_at.timestamp()),
    }


def record_session(operation_id: UUID, session: ProviderSession) -> None:
    """The provider has made the page: keep its address. Repeated, it changes nothing."""
    payment = queries.lock_payment(queries.operation_by_id(operation_id).subject_id)
    operation = queries.lock_operation(operation_id)
    if operation.state in ENDED:
        return
    finish_operation(operation, session.id)
    payment.updated_at = clock.now()
    if payment.state not in OPEN or (session.amount_minor, session.currency) != (payment.amount_minor, payment.currency):
        # Closed or paid meanwhile, or not what we asked for: nobody must pay on this page.
        payment.stripe_session_id = payment.stripe_session_id or session.id
        jobs.enqueue("payments.expire_session", payment_id=payment.id)
        return
    payment.stripe_session_id = session.id
    _follow(payment, session)


def apply_session(payment_id: UUID, session: ProviderSession) -> str:
    """Apply a page as it was fetched again: paid, declined, expired or still open. Returns what came of it, in a word."""
    payment = queries.lock_payment(payment_id)
    if session.payment_id != str(payment.id):
        return "of another payment"
    outcome = apply_intent(payment_id, session.intent) if session.intent is not None else session.status
    payment.updated_at = clock.now()
    if payment.state in OPEN and payment.stripe_session_id in (None, session.id):
        payment.stripe_session_id = session.id
        _follow(payment, session)
    return outcome


def _follow(payment: Payment, session: ProviderSession) -> None:
    """Go with the page: the buyer may pay on it while it is open; closed unpaid, the payment may be started again."""
    is_open = session.status == "open"
    payment.stripe_session_url = session.url if is_open else None
    payment.session_expires_at = session.expires_at
    if is_open and payment.state is PaymentState.OPEN:
        payment.move(PaymentState.STARTED)
    elif session.status == "expired" and payment.state is PaymentState.STARTED:
        payment.move(PaymentState.OPEN)


def apply_intent(payment_id: UUID, intent: ProviderIntent) -> str:
    """Apply an attempt as it was fetched again; states only move forward. Returns what came of it, in a word.

    Sum, currency and payment must be ours; otherwise nothing is funded, and the money will stand in suspense.
    """
    payment = queries.lock_payment(payment_id)
    payment.updated_at = clock.now()
    if payment.state is PaymentState.SUCCEEDED:
        return "known" if payment.stripe_payment_intent_id == intent.id else "a second payment"
    if (intent.payment_id, intent.amount_minor, intent.currency) != (str(payment.id), payment.amount_minor, payment.currency):
        return _differs(payment, intent)
    if intent.status == "succeeded":
        return _fund(payment, intent)
    if intent.status == "processing":
        if payment.state in OPEN:
            payment.move(PaymentState.PROCESSING)
            _move_holds(payment, HoldState.AWAITING_FUNDS, HoldState.FUNDING)
        return "processing"
    if intent.status in ("requires_payment_method", "canceled"):
        payment.last_refusal = intent.refusal or payment.last_refusal
        if payment.state is PaymentState.PROCESSING:
            payment.move(PaymentState.OPEN)
            _move_holds(payment, HoldState.FUNDING, HoldState.AWAITING_FUNDS)
    return intent.status


def _differs(payment: Payment, intent: ProviderIntent) -> str:
    if payment.last_refusal != "differs":
        payment.last_refusal = "differs"
        facts = {"intent": intent.id, "amount_minor": intent.amount_minor, "currency": intent.currency}
        ours = {"amount_minor": payment.amount_minor, "currency": payment.currency}
        audit.record(SYSTEM, "payment.differs", "payment", payment.id, companies=(payment.buyer_id,), before=ours, after=facts)
    return "differs"


def _move_holds(payment: Payment, of: HoldState, to: HoldState) -> None:
    for hold in queries.lock_holds_of_payment(payment.id):
        if hold.state is of:
            hold.move(to)


def _fund(payment: Payment, intent: ProviderIntent) -> str:
    """The money is here: it is held for each vendor order (J01), the provider's fee is ours (J02). Late money goes straight back."""
    movement = intent.movement
    if movement is None:
        return "waits for its movement"
    if intent.received_minor != payment.amount_minor or movement.amount_minor != payment.amount_minor:
        return _differs(payment, intent)
    if movement.currency != payment.currency:
        return _differs(payment, intent)
    now = clock.now()
    was_closed = payment.state is PaymentState.EXPIRED
    payment.move(PaymentState.SUCCEEDED)
    payment.succeeded_at = movement.created_at
    payment.stripe_payment_intent_id = intent.id
    payment.stripe_charge_id = intent.charge_id
    payment.stripe_session_url = None
    payment.last_refusal = None
    holds = queries.lock_holds_of_payment(payment.id)
    _post_funding(payment, holds, intent, movement)
    numbers = policy.current()
    for hold in holds:
        hold.move(HoldState.FUNDED)
        hold.funded_at = now
        hold.hold_deadline = now + timedelta(days=numbers.hold_limit_days) - HOLD_MARGIN
    facts = {"purchase": payment.purchase_number, "amount_minor": payment.amount_minor, "currency": payment.currency}
    companies = (payment.buyer_id, *(hold.vendor_id for hold in holds))
    audit.record(SYSTEM, "payment.succeeded", "payment", payment.id, companies=companies, after=facts)
    if was_closed:
        for hold in holds:
            refund_held(hold, reason="late_payment", actor=SYSTEM)
        return "late"
    jobs.enqueue("orders.mark_paid", purchase_id=payment.purchase_id, key=f"mark_paid:{payment.id}")
    return "funded"


def _post_funding(payment: Payment, holds: Sequence[Hold], intent: ProviderIntent, movement: Movement) -> None:
    currency, at = payment.currency, movement.created_at
    legs = [ledger.debit(STRIPE_BALANCE, currency, payment.amount_minor)]
    legs += [ledger.credit(HELD, currency, hold.amount_minor, hold.id) for hold in holds]
    # The key names the attempt: two different events can mean the same money (payments.md §5 F1).
    entry_id = ledger.post(f"pi:{intent.id}:succeeded", "J01", legs, reference_id=payment.id, effective_at=at)
    if movement.fee_minor:
        fee = [ledger.debit(FEES, currency, movement.fee_minor), ledger.credit(STRIPE_BALANCE, currency, movement.fee_minor)]
        ledger.post(f"pi:{intent.id}:fee", "J02", fee, reference_id=payment.id, effective_at=at)
    book_movement(movement, entry_id)


def expire_payment(purchase_id: UUID, *, actor: Actor) -> None:
    """Close what was not paid: its holds expire, its page is closed. Money that comes all the same goes straight back.

    Raises: PaymentAlreadyMade when it is paid or the bank works on it.
    """
    for payment in queries.lock_payments_of_purchase(purchase_id):
        if payment.state is PaymentState.EXPIRED:
            continue
        if payment.state not in OPEN:
            raise PaymentAlreadyMade
        had_page = payment.state is PaymentState.STARTED
        payment.move(PaymentState.EXPIRED)
        payment.stripe_session_url = None
        payment.updated_at = clock.now()
        for hold in queries.lock_holds_of_payment(payment.id):
            hold.move(HoldState.EXPIRED)
        facts = {"purchase": payment.purchase_number}
        audit.record(actor, "payment.expired", "payment", payment.id, companies=(payment.buyer_id,), after=facts)
        if had_page:
            jobs.enqueue("payments.expire_session", payment_id=payment.id)


def prepare_expiry(payment_id: UUID) -> UUID | None:
    """Write the call that closes a payment's page; returns the operation to send, None when no page can be open."""
    payment = queries.lock_payment(payment_id)
    if payment.stripe_session_id is None or payment.state in OPEN:
        return None
    last = queries.find_operation(EXPIRY, payment.id)
    if last is not None and last.request["session"] == payment.stripe_session_id:
        return None if last.state in ENDED else last.id
    operation_id = new_id()
    request = {"session": payment.stripe_session_id}
    write_operation(operation_id, EXPIRY, payment.id, request, number=last.round + 1 if last else 1)
    return operation_id


def record_expiry(operation_id: UUID, session: ProviderSession) -> None:
    """The page is closed; what stands on it is applied, since it may have been paid in the last second."""
    operation: Operation = queries.operation_by_id(operation_id)
    payment = queries.lock_payment(operation.subject_id)
    operation = queries.lock_operation(operation_id)
    if operation.state not in ENDED:
        finish_operation(operation, session.id)
    if session.status == "complete":
        jobs.enqueue("payments.refresh_payment", payment_id=payment.id)


def refuse_expiry(operation_id: UUID, reason: str) -> None:
    """The page cannot be closed because it is paid or closed already: look at it."""
    record_refusal(operation_id, reason)
    jobs.enqueue("payments.refresh_payment", payment_id=queries.operation_by_id(operation_id).subject_id)


def poll_payments(now: datetime) -> int:
    """Have open pages and working banks looked at again, oldest first. Returns how many."""
    waiting = Payment.state.in_([PaymentState.STARTED, PaymentState.PROCESSING])
    query = select(Payment).where(waiting, Payment.updated_at < now - POLL_AFTER).order_by(Payment.updated_at).limit(BATCH)
    found = list(db.session.scalars(query.with_for_update(skip_locked=True)))
    for payment in found:
        payment.updated_at = now
        jobs.enqueue("payments.refresh_payment", payment_id=payment.id)
    return len(found)
