"""Money on its way back to the buyer: decided, taken back where it was released, asked of the provider, paid, and sometimes returned.

Source: payments.md §3.4 (J16–J20), §4.3.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select

from marketplace.core import audit, clock, jobs
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db
from marketplace.core.errors import InvalidMove
from marketplace.core.ids import new_id
from payments import ledger, queries
from payments.chart import COMMISSION_BACK, HELD, REFUNDS_PAYABLE, STRIPE_BALANCE
from payments.errors import MoreThanHeld
from payments.facts import ProviderRefund
from payments.models import Hold, HoldState, OperationState, Refund, RefundState, StatementKind
from payments.operations import REFUND
from payments.services.movements import book_movement
from payments.services.operations import BATCH, ENDED, finish_operation, park_operation, write_operation
from payments.services.recalls import take_back
from payments.services.statements import write_line
from payments.shares import CommissionShare, Parts, commission_of, commission_share

UNSETTLED = (RefundState.DECIDED, RefundState.PENDING)
LOOK_AGAIN = timedelta(minutes=5)


def refund_held(hold: Hold, *, reason: str, actor: Actor) -> None:
    """All that a hold still holds goes back to the buyer (J16). The hold is locked by the caller. Raises: InvalidMove."""
    if hold.state is not HoldState.FUNDED:
        raise InvalidMove(state=hold.state.value, to=HoldState.REFUNDED.value)
    decide_refund(hold, queries.held_parts(hold), reason=reason, actor=actor)


def decide_refund(hold: Hold, parts: Parts, *, reason: str, actor: Actor) -> Refund:
    """Take a part of an order's money back for the buyer: first out of what is held (J16), then out of what was released (J19, J20).

    The hold is locked by the caller. Raises: MoreThanHeld (a part of which less is left than is asked for).
    """
    held_before, refunded_before = queries.refunded_parts(hold)
    if not parts.is_whole or parts.total_minor == 0 or not (queries.parts_of(hold) - refunded_before - parts).is_whole:
        raise MoreThanHeld
    held = queries.parts_of(hold) - queries.released_parts(hold) - held_before
    from_held = Parts(
        min(parts.goods_minor, held.goods_minor), min(parts.freight_minor, held.freight_minor), min(parts.tax_minor, held.tax_minor)
    )
    share = _commission(hold, (refunded_before + parts).goods_minor, parts.total_minor, parts.total_minor - from_held.total_minor)
    refund = _write(hold, parts, from_held, share, reason)
    hold.commission_waived_minor += share.waived_minor
    hold.commission_back_minor += share.back_minor
    facts = {"order": hold.order_number, "amount_minor": parts.total_minor, "currency": hold.currency, "reason": reason}
    audit.record(actor, "hold.refunded", "hold", hold.id, companies=(hold.buyer_id, hold.vendor_id), after=facts)
    _take(hold, refund, share)
    return refund


def _commission(hold: Hold, goods_so_far: int, refund_minor: int, released_minor: int) -> CommissionShare:
    charged = queries.charged_commission(hold)
    given_up = hold.commission_waived_minor + hold.commission_back_minor
    return commission_share(
        wanted_minor=max(0, commission_of(hold.commission_minor, hold.goods_minor, goods_so_far) - given_up),
        uncharged_minor=hold.commission_minor - hold.commission_waived_minor - charged,
        charged_minor=charged - hold.commission_back_minor,
        refund_minor=refund_minor,
        released_minor=released_minor,
    )


def _write(hold: Hold, parts: Parts, from_held: Parts, share: CommissionShare, reason: str) -> Refund:
    refund = Refund(
        id=new_id(),
        hold_id=hold.id,
        payment_id=hold.payment_id,
        buyer_id=hold.buyer_id,
        vendor_id=hold.vendor_id,
        currency=hold.currency,
        amount_minor=parts.total_minor,
        goods_minor=parts.goods_minor,
        freight_minor=parts.freight_minor,
        tax_minor=parts.tax_minor,
        held_goods_minor=from_held.goods_minor,
        held_freight_minor=from_held.freight_minor,
        held_tax_minor=from_held.tax_minor,
        commission_minor=share.waived_minor + share.back_minor,
        reason=reason,
        state=RefundState.DECIDED,
        stripe_refund_id=None,
        failure=None,
        decided_at=clock.now(),
        settled_at=None,
        checked_at=None,
    )
    db.session.add(refund)
    db.session.flush()  # debts point to it
    return refund


def _take(hold: Hold, refund: Refund, share: CommissionShare) -> None:
    """Book where the money of a refund comes from, and have it sent once what must be asked back is answered."""
    now = clock.now()
    released = refund.amount_minor - refund.held_minor
    key = f"refund:{refund.id}:decided"
    if refund.held_minor:
        legs = [
            ledger.debit(HELD, hold.currency, refund.held_minor, hold.id),
            ledger.credit(REFUNDS_PAYABLE, hold.currency, refund.held_minor, refund.id),
        ]
        ledger.post(key, "J16", legs, reference_id=hold.vendor_order_id, effective_at=now)
        hold.refunded_minor += refund.held_minor
        _end_hold(hold)
    must_wait = False
    if released:
        hold.taken_back_minor += released
        legs, must_wait = take_back(hold, refund, released - share.back_minor)
        legs = [
            *legs,
            ledger.debit(COMMISSION_BACK, hold.currency, share.back_minor),
            ledger.credit(REFUNDS_PAYABLE, hold.currency, released, refund.id),
        ]
        kind = "J19" if not queries.debts_of_refund(refund.id) else "J20"
        ledger.post(f"{key}:released", kind, legs, reference_id=hold.vendor_order_id, effective_at=now)
        write_line(hold, StatementKind.REFUND, -released)
        write_line(hold, StatementKind.FEE_BACK, share.back_minor)
    if not must_wait:
        jobs.enqueue("payments.refund_to_buyer", refund_id=refund.id, key=f"refund:{refund.id}")


def _end_hold(hold: Hold) -> None:
    """Nothing is held any more: it went back whole, or a part each way."""
    if hold.held_minor == 0:
        hold.move(HoldState.SPLIT if hold.released_minor else HoldState.REFUNDED)
        hold.frozen_at = None
        hold.frozen_reason = None
        hold.release_at = None
        if hold.released_minor:
            hold.released_at = clock.now()


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
    """Apply a refund as it was fetched again; states only move forward. Returns what came of it, in a word for the event's row.

    What is heard of a refund that came back, once finance has decided to send it again, changes nothing.
    """
    refund = queries.lock_refund(refund_id)
    operation = queries.find_operation(REFUND, refund.id)
    is_sent_again = refund.state is RefundState.DECIDED and operation is not None and operation.state is OperationState.DONE
    if operation is None or answer.operation_id != str(operation.id) or is_sent_again:
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
            jobs.enqueue("orders.email_refunded", vendor_order_id=_order_of(refund), amount_minor=refund.amount_minor)
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
