"""Released money on its way to the vendor's account: written, set aside, transferred, refused. Source: payments.md §4.2, J13, J14.

Locks: hold, release, payout account, operation, debts, balances, in this order.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from marketplace.core import audit, clock, jobs
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db
from marketplace.core.ids import new_id
from payments import ledger, queries
from payments.banks import UNSEEN
from payments.chart import PAYABLE, STRIPE_BALANCE
from payments.facts import ProviderTransfer
from payments.models import (
    Hold,
    HoldState,
    Operation,
    OperationState,
    PayoutAccount,
    PayoutAccountState,
    Release,
    ReleaseState,
    StatementKind,
)
from payments.operations import TRANSFER, content_hash
from payments.services.bank_details import written_bank
from payments.services.movements import book_movement
from payments.services.operations import (
    ENDED,
    finish_operation,
    park_operation,
    record_refusal,
    reject_operation,
    unpark,
    write_operation,
)
from payments.services.recalls import CHANGED, net_debts, recall_after_transfer
from payments.services.statements import write_line

NOT_PAYABLE = "insufficient_capabilities_for_transfer"


def prepare_transfer(release_id: UUID, *, is_bank_seen: bool = True) -> UUID | None:
    """Write the transfer of a release and set its sum aside (J13); returns the operation to send, None when there is none to send.

    What the vendor owes is taken out first (J22). A vendor that cannot be paid now has its transfer parked; it goes on when its account
    is active again and its bank details are in force. Without a look at these (`is_bank_seen`) nothing is sent either.
    """
    hold = queries.lock_hold(queries.release_by_id(release_id).hold_id)
    release = queries.lock_release(release_id)
    account = queries.keep_payout_account(hold.vendor_id)
    if release.state is not ReleaseState.DUE:
        return None
    known = queries.find_operation(TRANSFER, release.id)
    operation = queries.lock_operation(known.id) if known else None
    if operation is not None and (operation.state in ENDED or operation.first_tried_at is not None):
        # In flight: the attempt must stay what it was.
        return _once_more(operation, _bank_reason(account, is_bank_seen=is_bank_seen))
    debts = queries.lock_open_debts(hold.vendor_id, hold.currency)  # before the balances
    if operation is not None:
        ledger.void(operation.id)  # a debt may take from it
    net_debts(hold, release, debts)
    if release.due_minor == 0:  # commission, refunds and debts have taken all of it
        if operation is not None:
            reject_operation(operation.id, "nothing_left")
        _paid_out(hold, release, clock.now())
        return None
    return _write(hold, release, operation, account, _why_not(account, is_bank_seen=is_bank_seen))


def _why_not(account: PayoutAccount | None, *, is_bank_seen: bool) -> str | None:
    """Why nothing may be sent to an account now, in the word that its calls keep; None when it may."""
    if account is None or account.state is not PayoutAccountState.ACTIVE or not account.stripe_account_id:
        return f"payout_account_{account.state.value if account else 'missing'}"
    return _bank_reason(account, is_bank_seen=is_bank_seen)


def _bank_reason(account: PayoutAccount | None, *, is_bank_seen: bool) -> str | None:
    if account is None:
        return None
    return queries.banks_of(account).why_stopped or (None if is_bank_seen else UNSEEN)


def _once_more(operation: Operation, reason: str | None) -> UUID | None:
    """The call whose answer was lost, to be sent again under its key.

    If it did not arrive the first time, it would arrive now: for the sake of the bank details it waits too, and stays what it was. Has
    it arrived, the provider's message or the pull of its movements says so.
    """
    if operation.state is not OperationState.IN_FLIGHT:
        return None
    if reason is None:
        return operation.id
    park_operation(operation.id, reason)
    return None


def _write(hold: Hold, release: Release, operation: Operation | None, account: PayoutAccount | None, reason: str | None) -> UUID | None:
    operation_id = operation.id if operation else new_id()
    request = _request(hold, release, account, operation_id)
    if operation is None:
        operation = write_operation(operation_id, TRANSFER, release.id, request)
        db.session.flush()  # locked by its id below
    else:
        # Nothing of this attempt was sent yet: the sum and the vendor's account may be others by now.
        operation.request, operation.request_hash = request, content_hash(request)
    if reason is not None:
        if operation.state is not OperationState.PARKED or operation.last_error == CHANGED:
            park_operation(operation.id, reason)
        return None
    in_force = queries.banks_of(account).in_force if account else None
    release.bank_details_id = in_force.id if in_force else None
    if operation.state is OperationState.PARKED:
        unpark(operation)
    ledger.reserve(operation.id, PAYABLE, hold.currency, hold.vendor_id, release.due_minor)
    return operation.id


def _request(hold: Hold, release: Release, account: PayoutAccount | None, operation_id: UUID) -> dict[str, Any]:
    payment = queries.payment_by_id(hold.payment_id)
    return {
        "amount": release.due_minor,
        "currency": hold.currency.lower(),
        "destination": (account.stripe_account_id if account else None) or "",
        "transfer_group": payment.purchase_number,
        # So the transfer need not wait until the charge's own money is available.
        "source_transaction": payment.stripe_charge_id,
        "metadata": {"op": str(operation_id), "order": hold.order_number, "release": str(release.id)},
    }


def record_transfer(operation_id: UUID, transfer: ProviderTransfer) -> None:
    """The money has gone to the vendor's account: book it and end the reservation (J14). Repeated, it changes nothing."""
    found = queries.release_by_id(queries.operation_by_id(operation_id).subject_id)
    hold = queries.lock_hold(found.hold_id)
    release = queries.lock_release(found.id)
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
    key = f"release:{release.id}:transferred"
    entry_id = ledger.post(key, "J14", legs, reference_id=hold.vendor_order_id, effective_at=at, operation_id=operation_id)
    book_movement(transfer.movement, entry_id)
    finish_operation(operation, transfer.id)
    release.stripe_transfer_id = transfer.id
    write_line(hold, StatementKind.TRANSFER, -transfer.amount_minor)
    _paid_out(hold, release, at)
    recall_after_transfer(release)


def _paid_out(hold: Hold, release: Release, at: datetime) -> None:
    release.state = ReleaseState.PAID_OUT
    release.paid_out_at = at
    if hold.state is not HoldState.FUNDED and not queries.has_due_release(hold.id):
        hold.paid_out_at = at
        if hold.state is HoldState.RELEASED:
            hold.move(HoldState.PAID_OUT)
    after = {"order": hold.order_number, "amount_minor": release.due_minor, "currency": hold.currency}
    audit.record(SYSTEM, "hold.paid_out", "hold", hold.id, companies=(hold.buyer_id, hold.vendor_id), after=after)
    if release.bank_details_id is not None:
        # A line of its own: the buyer reads the one above.
        bank = written_bank(queries.bank_details_by_id(release.bank_details_id))
        audit.record(
            SYSTEM, "transfer.sent", "hold", hold.id, companies=(hold.vendor_id,), after={"order": hold.order_number, "bank": bank}
        )


def refuse_transfer(operation_id: UUID, reason: str) -> None:
    """The provider does not send it now: the sum is free again, and the transfer waits. An account that cannot be paid is looked at.

    A refund that waited for this transfer takes its part out of the sum at once.
    """
    found = queries.release_by_id(queries.operation_by_id(operation_id).subject_id)
    hold = queries.lock_hold(found.hold_id)
    release = queries.lock_release(found.id)
    account = queries.keep_payout_account(hold.vendor_id, for_change=True)
    record_refusal(operation_id, reason)
    debts = queries.lock_open_debts(hold.vendor_id, hold.currency)  # before the balances
    ledger.void(operation_id)
    net_debts(hold, release, debts)
    if reason == NOT_PAYABLE and account is not None and account.state is PayoutAccountState.ACTIVE:
        account.state = PayoutAccountState.RESTRICTED
        account.status_code = reason
        jobs.enqueue("payments.refresh_payout_account", vendor_id=hold.vendor_id)
