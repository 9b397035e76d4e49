"""Money on its way back to the buyer: decided, asked of the provider, paid, and sometimes returned. Source: payments.md §4.3."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select

from marketplace.core import audit, clock, jobs
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db
from marketplace.core.errors import InvalidMove
from marketplace.core.ids import new_id
from payments import ledger, queries
from payments.chart import HELD, REFUNDS_PAYABLE, STRIPE_BALANCE
from payments.facts import ProviderRefund
from payments.models import Hold, HoldState, OperationState, Refund, RefundState
from payments.operations import REFUND
from payments.services.movements import book_movement
from payments.services.operations import BATCH, ENDED, finish_operation, park_operation, write_operation

UNSETTLED = (RefundState.DECIDED, RefundState.PENDING)
LOOK_AGAIN = timedelta(minutes=5)


def decide_refund(hold: Hold, *, reason: str, actor: Actor) -> None:
    """Take a funded hold back whole and have it sent to the buyer (J16). The hold is locked by the caller. Raises: InvalidMove."""
    now = clock.now()
    hold.move(HoldState.REFUNDED)
    hold.refunded_minor = hold.amount_minor
    hold.frozen_at = None
    hold.frozen_reason = None
    hold.release_at = None
    refund = Refund(
        id=new_id(),
        hold_id=hold.id,
        payment_id=hold.payment_id,
        buyer_id=hold.buyer_id,
        vendor_id=hold.vendor_id,
        currency=hold.currency,
        amount_minor=hold.amount_minor,
        reason=reason,
        state=RefundState.DECIDED,
        stripe_refund_id=None,
        failure=None,
        decided_at=now,
        settled_at=None,
        checked_at=None,
    )
    db.session.add(refund)
    legs = [
        ledger.debit(HELD, hold.currency, hold.amount_minor, hold.id),
        ledger.credit(REFUNDS_PAYABLE, hold.currency, hold.amount_minor, refund.id),
    ]
    ledger.post(f"refund:{refund.id}:decided", "J16", legs, reference_id=hold.vendor_order_id, effective_at=now)
    facts = {"order": hold.order_number, "amount_minor": hold.amount_minor, "currency": hold.currency, "reason": reason}
    audit.record(actor, "hold.refunded", "hold", hold.id, companies=(hold.buyer_id, hold.vendor_id), after=facts)
    jobs.enqueue("payments.refund_to_buyer", refund_id=refund.id, key=f"refund:{refund.id}")


def prepare_refund(refund_id: UUID) -> UUID | None:
    """Write the call that sends a refund; returns the operation to send, None when it was sent already."""
    refund = queries.lock_refund(refund_id)
    if refund.state is not RefundState.DECIDED:
        return None
    operation = queries.find_operation(REFUND, refund.id)
    if operation is not None and operation.state is not OperationState.DONE:
        return None if operation.state in ENDED or operation.state is OperationState.PARKED else operation.id
    operation_id = new_id()
    payment = queries.payment_by_id(refund.payment_id)
    request = {
        "payment_intent": payment.stripe_payment_intent_id,
        "amount": refund.amount_minor,
        "reason": "requested_by_customer",
        "metadata": {"op": str(operation_id), "refund": str(refund.id), "purchase": payment.purchase_number},
    }
    write_operation(operation_id, REFUND, refund.id, request, number=operation.round + 1 if operation else 1)
    return operation_id


def record_refund(operation_id: UUID, answer: ProviderRefund) -> None:
    """The provider has taken the refund; what it says about it is applied in the same step."""
    refund = queries.lock_refund(queries.operation_by_id(operation_id).subject_id)
    operation = queries.lock_operation(operation_id)
    if (answer.amount_minor, answer.currency) != (refund.amount_minor, refund.currency):
        park_operation(operation_id, "answer_differs")
        return
    if operation.state is not OperationState.DONE:
        finish_operation(operation, answer.id)
    _apply(refund, answer)


def apply_refund(refund_id: UUID, answer: ProviderRefund) -> str:
    """Apply a refund as it was fetched again; states only move forward. Returns what came of it, in a word for the event's row."""
    refund = queries.lock_refund(refund_id)
    operation = queries.find_operation(REFUND, refund.id)
    if operation is None or answer.operation_id != str(operation.id):
        return "of an earlier try"
    if (answer.amount_minor, answer.currency) != (refund.amount_minor, refund.currency):
        return "differs"
    if operation.state is not OperationState.DONE:
        finish_operation(queries.lock_operation(operation.id), answer.id)
    return _apply(refund, answer)


def _apply(refund: Refund, answer: ProviderRefund) -> str:
    refund.stripe_refund_id = answer.id
    refund.checked_at = clock.now()
    if answer.movement is not None and refund.state in UNSETTLED:
        legs = [
            ledger.debit(REFUNDS_PAYABLE, refund.currency, refund.amount_minor, refund.id),
            ledger.credit(STRIPE_BALANCE, refund.currency, refund.amount_minor),
        ]
        entry_id = _post(refund, f"re:{answer.id}:paid", "J17", legs, answer.movement.created_at)
        book_movement(answer.movement, entry_id)
        refund.state = RefundState.SUCCEEDED
        refund.settled_at = answer.movement.created_at
        if answer.status == "succeeded":
            _record(refund, "refund.paid")
            jobs.enqueue("orders.email_refunded", vendor_order_id=_order_of(refund))
    if answer.status in ("failed", "canceled") and refund.state is not RefundState.FAILED:
        _fail(refund, answer)
    elif refund.state is RefundState.DECIDED:
        refund.state = RefundState.PENDING
    return refund.state.value


def _fail(refund: Refund, answer: ProviderRefund) -> None:
    """The money is on our balance again (J18), or never left it; a person must find another way to the buyer."""
    if answer.failure_movement is not None:
        legs = [
            ledger.debit(STRIPE_BALANCE, refund.currency, refund.amount_minor),
            ledger.credit(REFUNDS_PAYABLE, refund.currency, refund.amount_minor, refund.id),
        ]
        entry_id = _post(refund, f"re:{answer.id}:failed", "J18", legs, answer.failure_movement.created_at)
        book_movement(answer.failure_movement, entry_id)
    refund.state = RefundState.FAILED
    refund.failure = answer.failure or answer.status
    refund.settled_at = None
    _record(refund, "refund.failed", failure=refund.failure)


def retry_refund(refund_id: UUID, *, actor: Actor) -> None:
    """Finance sends a refund that came back once more. Raises: NotFound, InvalidMove."""
    refund = queries.lock_refund(refund_id)
    if refund.state is not RefundState.FAILED:
        raise InvalidMove(state=refund.state.value)
    refund.state = RefundState.DECIDED
    refund.stripe_refund_id = None
    refund.failure = None
    facts = {"amount_minor": refund.amount_minor, "currency": refund.currency}
    audit.record(actor, "refund.retried", "refund", refund.id, companies=(refund.buyer_id,), after=facts)
    jobs.enqueue("payments.refund_to_buyer", refund_id=refund.id)


def poll_refunds(now: datetime) -> int:
    """Have refunds that the provider works on looked at again. Returns how many."""
    stale = or_(Refund.checked_at.is_(None), Refund.checked_at < now - LOOK_AGAIN)
    query = select(Refund).where(Refund.state == RefundState.PENDING, stale).order_by(Refund.checked_at).limit(BATCH)
    found = list(db.session.scalars(query.with_for_update(skip_locked=True)))
    for refund in found:
        refund.checked_at = now
        jobs.enqueue("payments.refresh_refund", stripe_refund_id=refund.stripe_refund_id)
    return len(found)


def _post(refund: Refund, key: str, kind: str, legs: list[ledger.Leg], at: datetime) -> int:
    return ledger.post(key, kind, legs, reference_id=_order_of(refund), effective_at=at)


def _order_of(refund: Refund) -> UUID:
    return queries.hold_by_id(refund.hold_id).vendor_order_id


def _record(refund: Refund, act: str, **facts: str) -> None:
    after = {"amount_minor": refund.amount_minor, "currency": refund.currency, **facts}
    audit.record(SYSTEM, act, "refund", refund.id, companies=(refund.buyer_id, refund.vendor_id), after=after)
