"""Held money: released to the vendor, sent back to the buyer, frozen, and transferred. Source: payments.md §4.2."""

from datetime import datetime
from typing import Any
from uuid import UUID

from marketplace.core import audit, clock, jobs
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db
from marketplace.core.ids import new_id
from payments import ledger, queries
from payments.chart import COMMISSION, HELD, PAYABLE, STRIPE_BALANCE
from payments.errors import HoldFrozen, MoneyAlreadyReleased, MoneyNotHeld
from payments.facts import ProviderTransfer
from payments.models import Hold, HoldState, Operation, OperationState, PayoutAccount, PayoutAccountState
from payments.operations import TRANSFER, content_hash
from payments.services.movements import book_movement
from payments.services.operations import ENDED, finish_operation, park_operation, record_refusal, unpark, write_operation
from payments.services.refunds import decide_refund

LATE = (HoldState.RELEASED, HoldState.PAID_OUT)
NOT_PAYABLE = "insufficient_capabilities_for_transfer"


def release_on_acceptance(vendor_order_id: UUID, *, actor: Actor) -> None:
    """The goods are accepted: the money is the vendor's, less the commission, and goes to its account (J09).

    Raises: MoneyNotHeld, MoneyAlreadyReleased, HoldFrozen (decide the problem first), InvalidMove.
    Source: payments.md §4.2; the commission was frozen at placement.
    """
    now = clock.now()
    for hold in _held(vendor_order_id):
        hold.move(HoldState.RELEASED)
        hold.released_minor = hold.amount_minor
        hold.released_at = now
        legs = [
            ledger.debit(HELD, hold.currency, hold.amount_minor, hold.id),
            ledger.credit(PAYABLE, hold.currency, hold.amount_minor - hold.commission_minor, hold.vendor_id),
            ledger.credit(COMMISSION, hold.currency, hold.commission_minor),
        ]
        ledger.post(f"hold:{hold.id}:released", "J09", legs, reference_id=hold.vendor_order_id, effective_at=now)
        _record(actor, "hold.released", hold)
        jobs.enqueue("payments.transfer_to_vendor", hold_id=hold.id, key=f"transfer:{hold.id}")
    jobs.enqueue("orders.email_released", vendor_order_id=vendor_order_id)


def refund_hold(vendor_order_id: UUID, *, reason: str, actor: Actor) -> None:
    """All money held for an order goes back to the buyer; the vendor gets nothing and the platform keeps no commission (J16).

    Raises: MoneyNotHeld, MoneyAlreadyReleased, HoldFrozen (decide the problem first), InvalidMove.
    """
    for hold in _held(vendor_order_id):
        decide_refund(hold, reason=reason, actor=actor)


def freeze_hold(vendor_order_id: UUID, *, reason: str, actor: Actor) -> None:
    """A reported problem stops the money until it is decided. Raises: MoneyNotHeld, MoneyAlreadyReleased."""
    for hold in queries.lock_holds(vendor_order_id):
        _check_held(hold)
        if hold.frozen_at is None:
            hold.frozen_at = clock.now()
            hold.frozen_reason = reason
            _record(actor, "hold.frozen", hold, reason=reason)


def unfreeze_hold(vendor_order_id: UUID, *, actor: Actor) -> None:
    """The problem is decided or withdrawn: the money may move again."""
    for hold in queries.lock_holds(vendor_order_id):
        if hold.frozen_at is not None:
            _record(actor, "hold.unfrozen", hold, reason=hold.frozen_reason or "")
            hold.frozen_at = None
            hold.frozen_reason = None


def set_release_time(vendor_order_id: UUID, at: datetime | None) -> None:
    """When the inspection ends and the money goes by itself, as the order says; None while the clock stands."""
    for hold in queries.lock_holds(vendor_order_id):
        hold.release_at = at


def _held(vendor_order_id: UUID) -> list[Hold]:
    """The holds of an order, locked; all of them must be free to move."""
    holds = queries.lock_holds(vendor_order_id)
    if not holds:
        raise MoneyNotHeld
    for hold in holds:
        _check_held(hold)
        if hold.frozen_at is not None:
            raise HoldFrozen
    return holds


def _check_held(hold: Hold) -> None:
    if hold.state in LATE:
        raise MoneyAlreadyReleased
    if hold.state is not HoldState.FUNDED:
        raise MoneyNotHeld


def _record(actor: Actor, act: str, hold: Hold, **facts: Any) -> None:
    after = {"order": hold.order_number, "amount_minor": hold.amount_minor, "currency": hold.currency, **facts}
    audit.record(actor, act, "hold", hold.id, companies=(hold.buyer_id, hold.vendor_id), after=after)


def prepare_transfer(hold_id: UUID) -> UUID | None:
    """Write the transfer of a released hold and set its sum aside (J13); returns the operation to send, None when there is none to send.

    A vendor that cannot be paid now has its transfer parked; it goes on when its account is active again.
    """
    hold = queries.lock_hold(hold_id)
    if hold.state is not HoldState.RELEASED:
        return None
    due_minor = hold.released_minor - hold.commission_minor
    if due_minor == 0:  # all of it is commission
        _paid_out(hold, clock.now())
        return None
    operation = queries.find_operation(TRANSFER, hold.id)
    if operation is not None and (operation.state in ENDED or operation.first_tried_at is not None):
        # In flight: the attempt must stay what it was.
        return operation.id if operation.state is OperationState.IN_FLIGHT else None
    account = db.session.get(PayoutAccount, hold.vendor_id)
    operation_id = operation.id if operation else new_id()
    request = _request(hold, due_minor, account, operation_id)
    if operation is None:
        operation = write_operation(operation_id, TRANSFER, hold.id, request)
        db.session.flush()  # locked by its id below
    else:
        # Nothing of this attempt was sent yet: the vendor's account may be another one by now.
        operation.request, operation.request_hash = request, content_hash(request)
    if account is None or account.state is not PayoutAccountState.ACTIVE or not account.stripe_account_id:
        if operation.state is not OperationState.PARKED:
            park_operation(operation.id, f"payout_account_{account.state.value if account else 'missing'}")
        return None
    if operation.state is OperationState.PARKED:
        unpark(operation)
    ledger.reserve(operation.id, PAYABLE, hold.currency, hold.vendor_id, due_minor)
    return operation.id


def _request(hold: Hold, due_minor: int, account: PayoutAccount | None, operation_id: UUID) -> dict[str, Any]:
    payment = queries.payment_by_id(hold.payment_id)
    return {
        "amount": due_minor,
        "currency": hold.currency.lower(),
        "destination": (account.stripe_account_id if account else None) or "",
        "transfer_group": payment.purchase_number,
        # So the transfer need not wait until the charge's own money is available.
        "source_transaction": payment.stripe_charge_id,
        "metadata": {"op": str(operation_id), "order": hold.order_number, "hold": str(hold.id)},
    }


def record_transfer(operation_id: UUID, transfer: ProviderTransfer) -> None:
    """The money has gone to the vendor's account: book it and end the reservation (J14). Repeated, it changes nothing."""
    hold = queries.lock_hold(queries.operation_by_id(operation_id).subject_id)
    operation = queries.lock_operation(operation_id)
    if operation.state is OperationState.DONE:
        return
    asked = operation.request
    if (transfer.amount_minor, transfer.currency, transfer.destination) != (asked["amount"], hold.currency, asked["destination"]):
        park_operation(operation_id, "answer_differs")
        return
    at = transfer.movement.created_at
    legs = [
        ledger.debit(PAYABLE, hold.currency, transfer.amount_minor, hold.vendor_id),
        ledger.credit(STRIPE_BALANCE, hold.currency, transfer.amount_minor),
    ]
    key = f"hold:{hold.id}:transferred"
    entry_id = ledger.post(key, "J14", legs, reference_id=hold.vendor_order_id, effective_at=at, operation_id=operation_id)
    book_movement(transfer.movement, entry_id)
    finish_operation(operation, transfer.id)
    _paid_out(hold, at)


def _paid_out(hold: Hold, at: datetime) -> None:
    hold.move(HoldState.PAID_OUT)
    hold.paid_out_at = at
    _record(SYSTEM, "hold.paid_out", hold)


def refuse_transfer(operation_id: UUID, reason: str) -> None:
    """The provider does not send it now: the sum is free again, and the transfer waits. An account that cannot be paid is looked at."""
    operation: Operation = queries.operation_by_id(operation_id)
    hold = queries.lock_hold(operation.subject_id)
    record_refusal(operation_id, reason)
    ledger.void(operation_id)
    account = db.session.get(PayoutAccount, hold.vendor_id, with_for_update=True)
    if reason == NOT_PAYABLE and account is not None and account.state is PayoutAccountState.ACTIVE:
        account.state = PayoutAccountState.RESTRICTED
        account.status_code = reason
        jobs.enqueue("payments.refresh_payout_account", vendor_id=hold.vendor_id)
