"""What a vendor owes after a refund of released money: taken back, asked back from its account, or out of its next releases.

Source: payments.md §3.4 (J19–J22), §1.2 (reversal), §5 F12. Locks: hold, release, debt, operation, refund, in this order.
"""

from collections.abc import Sequence
from uuid import UUID

from marketplace.core import audit, clock, jobs
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db
from marketplace.core.ids import new_id
from payments import ledger, queries
from payments.chart import PAYABLE, STRIPE_BALANCE, VENDOR_DEBT
from payments.facts import ProviderReversal
from payments.models import DebtState, Hold, OperationState, Refund, Release, ReleaseState, StatementKind, VendorDebt
from payments.operations import REVERSAL, TRANSFER, content_hash
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
from payments.services.statements import write_line

CHANGED = "changed"
"""Why a transfer waits that is being written afresh."""


def take_back(hold: Hold, refund: Refund, vendor_minor: int) -> tuple[list[ledger.Leg], bool]:
    """The vendor's part of a refund of released money: the legs on its accounts, and whether the refund waits for an answer.

    What is not transferred yet is taken back at once, the newest release first; the rest is a debt for each transfer that it can be
    asked back from, and one more for what no transfer covers. The hold is locked by the caller.
    """
    legs: list[ledger.Leg] = []
    releases = queries.lock_releases_of_hold(hold.id)
    left = vendor_minor
    sent = []
    for release in releases:
        if left == 0 or not _hold_back(release):
            sent.append(release)
            continue
        taken = min(left, release.due_minor)
        release.taken_back_minor += taken
        left -= taken
        legs.append(ledger.debit(PAYABLE, hold.currency, taken, hold.vendor_id))
    debts = []
    for release in sent if left else ():
        asked = min(left, _reversible(release))
        if asked:
            debts.append(_owe(hold, refund, asked, release))
            left -= asked
    if left:
        debts.append(_owe(hold, refund, left, None))
    legs += [ledger.debit(VENDOR_DEBT, hold.currency, debt.amount_minor, hold.vendor_id) for debt in debts]
    return legs, any(debt.state is DebtState.RECALLED for debt in debts)


def _hold_back(release: Release) -> bool:
    """Whether no call of its transfer is under way, so that the sum is still ours to take; what was reserved for the call is free again."""
    if release.state is not ReleaseState.DUE:
        return False
    known = queries.find_operation(TRANSFER, release.id)
    if known is None:
        return True
    operation = queries.lock_operation(known.id)
    if operation.first_tried_at is not None or operation.state in ENDED:
        return False
    ledger.void(operation.id)
    # It is written afresh with what is left; until then nobody may send it.
    operation.state, operation.last_error = OperationState.PARKED, CHANGED
    jobs.enqueue("payments.transfer_to_vendor", release_id=release.id)
    return True


def _reversible(release: Release) -> int:
    """What can still be asked back of a transfer, made or under way: less what came back, and what is asked back already."""
    return release.due_minor - release.reversed_minor - sum(debt.open_minor for debt in queries.debts_of_release(release.id))


def _owe(hold: Hold, refund: Refund, amount_minor: int, release: Release | None) -> VendorDebt:
    debt = VendorDebt(
        id=new_id(),
        refund_id=refund.id,
        hold_id=hold.id,
        release_id=release.id if release else None,
        vendor_id=hold.vendor_id,
        currency=hold.currency,
        amount_minor=amount_minor,
        reversed_minor=0,
        netted_minor=0,
        state=DebtState.RECALLED if release else DebtState.OWED,
        created_at=clock.now(),
        settled_at=None,
    )
    db.session.add(debt)
    db.session.flush()  # read by the queries that follow
    _record("vendor_debt.opened", debt)
    if release is not None and release.state is ReleaseState.PAID_OUT:
        jobs.enqueue("payments.recall_transfer", debt_id=debt.id, key=f"recall:{debt.id}")
    return debt


def recall_after_transfer(release: Release) -> None:
    """A transfer is made that a refund has already asked back from: ask now."""
    for debt in queries.debts_of_release(release.id):
        if debt.state is DebtState.RECALLED:
            jobs.enqueue("payments.recall_transfer", debt_id=debt.id, key=f"recall:{debt.id}")


def net_debts(hold: Hold, release: Release, debts: Sequence[VendorDebt]) -> None:
    """Take what the vendor owes out of a release before it is transferred, the oldest debt first (J22).

    Debts that the provider is just asked about are left alone, unless they wait for this very release. `debts` are the vendor's open ones,
    locked.
    """
    for debt in debts:
        if debt.state is DebtState.RECALLED and debt.release_id != release.id:
            continue
        taken = min(debt.open_minor, release.due_minor)
        if taken == 0:
            continue
        before = debt.netted_minor
        debt.netted_minor += taken
        release.netted_minor += taken
        legs = [
            ledger.debit(PAYABLE, hold.currency, taken, hold.vendor_id),
            ledger.credit(VENDOR_DEBT, hold.currency, taken, hold.vendor_id),
        ]
        key = f"debt:{debt.id}:netted:{release.id}:{before}"
        ledger.post(key, "J22", legs, reference_id=hold.vendor_order_id, effective_at=clock.now())
        _record("vendor_debt.netted", debt, taken_minor=taken, release_of=hold.order_number)
        _settle_if_paid(debt)


def prepare_reversal(debt_id: UUID) -> UUID | None:
    """Write the call that asks a debt back from the vendor's account; returns the operation to send, None when there is none to send."""
    debt = queries.lock_debt(debt_id)
    release = queries.release_by_id(debt.release_id) if debt.release_id else None
    known = queries.find_operation(REVERSAL, debt.id)
    operation = queries.lock_operation(known.id) if known else None
    if operation is not None and operation.state in ENDED:
        return None
    if operation is not None and operation.first_tried_at is not None:
        # Under way: the attempt must stay what it was.
        return operation.id if operation.state is OperationState.IN_FLIGHT else None
    if debt.open_minor == 0 or release is None or release.stripe_transfer_id is None:
        if operation is not None:
            reject_operation(operation.id, "settled")
        return None
    operation_id = operation.id if operation else new_id()
    request = {
        "transfer": release.stripe_transfer_id,
        "amount": debt.open_minor,
        "metadata": {"op": str(operation_id), "debt": str(debt.id), "refund": str(debt.refund_id)},
    }
    debt.state = DebtState.RECALLED
    if operation is None:
        write_operation(operation_id, REVERSAL, debt.id, request)
        return operation_id
    # Refused before and tried again: some of it may have been taken out of a release meanwhile.
    operation.request, operation.request_hash = request, content_hash(request)
    if operation.state is OperationState.PARKED:
        unpark(operation)
    return operation_id


def record_reversal(operation_id: UUID, reversal: ProviderReversal) -> None:
    """The money came back from the vendor's account: book it (J21). Repeated, it changes nothing."""
    debt = queries.debt_by_id(queries.operation_by_id(operation_id).subject_id)
    hold = queries.lock_hold(debt.hold_id)  # first: its line of the statement waits for it
    release = queries.lock_release(debt.release_id) if debt.release_id else None
    debt = queries.lock_debt(debt.id)
    operation = queries.lock_operation(operation_id)
    if operation.state is OperationState.DONE or release is None:
        return
    asked = operation.request
    if (reversal.amount_minor, reversal.currency, reversal.transfer_id) != (asked["amount"], debt.currency, asked["transfer"]):
        park_operation(operation_id, "answer_differs")
        return
    legs = [
        ledger.debit(STRIPE_BALANCE, debt.currency, reversal.amount_minor),
        ledger.credit(VENDOR_DEBT, debt.currency, reversal.amount_minor, debt.vendor_id),
    ]
    at = reversal.movement.created_at
    entry_id = ledger.post(f"debt:{debt.id}:reversed", "J21", legs, reference_id=hold.vendor_order_id, effective_at=at)
    book_movement(reversal.movement, entry_id)
    finish_operation(operation, reversal.id)
    debt.reversed_minor += reversal.amount_minor
    release.reversed_minor += reversal.amount_minor
    write_line(hold, StatementKind.REVERSAL, reversal.amount_minor)
    _record("vendor_debt.reversed", debt, reversed_minor=reversal.amount_minor)
    _settle_if_paid(debt)
    _let_refund_go(debt)


def refuse_reversal(operation_id: UUID, reason: str) -> None:
    """The vendor's account does not cover it: the debt stands and is taken out of its next releases; the buyer is not kept waiting."""
    debt = queries.lock_debt(queries.operation_by_id(operation_id).subject_id)
    record_refusal(operation_id, reason)
    if debt.state is DebtState.RECALLED:
        debt.state = DebtState.OWED
        _record("vendor_debt.owed", debt, reason=reason)
    _let_refund_go(debt)


def _settle_if_paid(debt: VendorDebt) -> None:
    if debt.open_minor == 0:
        debt.state = DebtState.SETTLED
        debt.settled_at = clock.now()
        operation = queries.find_operation(REVERSAL, debt.id)
        if operation is not None and operation.state not in ENDED:
            reject_operation(operation.id, "settled")
        _let_refund_go(debt)


def _let_refund_go(debt: VendorDebt) -> None:
    """Once everything that is asked back for a refund is answered, the refund is sent: first the reversal, then the refund.

    The refund is locked, so that of two answers at one moment the later one sees the other.
    """
    queries.lock_refund(debt.refund_id)
    if not any(each.state is DebtState.RECALLED for each in queries.debts_of_refund(debt.refund_id)):
        jobs.enqueue("payments.refund_to_buyer", refund_id=debt.refund_id, key=f"refund:{debt.refund_id}")


def _record(act: str, debt: VendorDebt, **facts: object) -> None:
    after = {"amount_minor": debt.amount_minor, "open_minor": debt.open_minor, "currency": debt.currency, **facts}
    audit.record(SYSTEM, act, "vendor_debt", debt.id, companies=(debt.vendor_id,), after=after)
