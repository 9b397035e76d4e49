"""The life of a call to the provider: written, claimed by one process, sent, then recorded as done, refused or unknown."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from marketplace.core import audit, clock, jobs
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db
from payments import queries
from payments.banks import UNSEEN
from payments.errors import IdempotencyBroken, OperationBusy, OperationNotParked
from payments.models import Operation, OperationState
from payments.operations import (
    EXPIRY,
    LEASE,
    MAX_TRIES,
    REFUND,
    REVERSAL,
    SESSION,
    TRANSFER,
    Claim,
    content_hash,
    idempotency_key,
    is_too_old,
)

ENDED = (OperationState.DONE, OperationState.REJECTED)
REJECTED_FOR_GOOD = frozenset({SESSION, EXPIRY})
"""Kinds whose refusal ends them: a new start of the payment makes a new operation. All others wait for a better time."""

RETRY_AFTER = {
    (TRANSFER, "balance_insufficient"): timedelta(minutes=10),
    (TRANSFER, UNSEEN): timedelta(minutes=10),
    (REVERSAL, "balance_insufficient"): timedelta(days=1),
}
"""(kind, refusal) of refusals that pass by themselves, and when to try again."""

GRACE = timedelta(minutes=2)
"""How long the job of an operation has for itself before the poller helps."""

BATCH = 100


def write_operation(operation_id: UUID, kind: str, subject_id: UUID, request: Mapping[str, Any], *, number: int = 1) -> Operation:
    """Write an operation before anything is sent. `number` counts the rounds of one subject."""
    operation = Operation(
        id=operation_id,
        kind=kind,
        subject_id=subject_id,
        round=number,
        request=dict(request),
        request_hash=content_hash(request),
        attempt=1,
        state=OperationState.PENDING,
        first_tried_at=None,
        lease_until=None,
        tries=0,
        stripe_id=None,
        last_error=None,
        created_at=clock.now(),
        done_at=None,
    )
    db.session.add(operation)
    return operation


def claim_operation(operation_id: UUID, *, environment: str) -> Claim | None:
    """Take an operation for this process alone; None when there is nothing to send any more, or it waits for a better time.

    Raises: OperationBusy (another process holds it), IdempotencyBroken (its content was changed).
    """
    now = clock.now()
    operation = queries.lock_operation(operation_id)
    if operation.state in (*ENDED, OperationState.PARKED):
        return None
    if operation.lease_until is not None and operation.lease_until > now:
        raise OperationBusy
    if content_hash(operation.request) != operation.request_hash:
        raise IdempotencyBroken
    is_old = is_too_old(operation.first_tried_at, now)
    if is_old and operation.kind == SESSION:
        # A page that old is closed, whether it was made or not; nobody has its address.
        operation.state = OperationState.REJECTED
        operation.last_error = "too_old"
        return None
    operation.state = OperationState.IN_FLIGHT
    operation.first_tried_at = operation.first_tried_at or now
    operation.lease_until = now + LEASE
    operation.tries += 1
    return _claim(operation, environment, is_old=is_old)


def _claim(operation: Operation, environment: str, *, is_old: bool) -> Claim:
    key = idempotency_key(environment, operation.kind, operation.id, operation.attempt)
    return Claim(operation.id, operation.kind, operation.subject_id, key, dict(operation.request), is_old)


def begin_attempt(operation_id: UUID, *, environment: str) -> Claim:
    """The look-up showed that an old attempt never happened: send the same under a new key."""
    operation = queries.lock_operation(operation_id)
    operation.attempt += 1
    operation.first_tried_at = clock.now()
    return _claim(operation, environment, is_old=False)


def finish_operation(operation: Operation, stripe_id: str) -> None:
    """The call was answered, and its effect is booked in this transaction."""
    operation.state = OperationState.DONE
    operation.stripe_id = stripe_id
    operation.lease_until = None
    operation.last_error = None
    operation.done_at = clock.now()


def record_refusal(operation_id: UUID, reason: str) -> None:
    """A definite no. The next try is a new attempt: the old key would only repeat the refusal."""
    operation = queries.lock_operation(operation_id)
    if operation.state in ENDED:
        return
    operation.attempt += 1
    operation.first_tried_at = None
    operation.lease_until = None
    operation.tries = 0
    operation.last_error = reason
    if operation.kind in REJECTED_FOR_GOOD:
        operation.state = OperationState.REJECTED
        operation.done_at = clock.now()
    else:
        _park(operation)


def record_unknown(operation_id: UUID, error: str) -> None:
    """No definite answer: it stays in flight and is sent again under the same key, a bounded number of times."""
    operation = queries.lock_operation(operation_id)
    if operation.state is not OperationState.IN_FLIGHT:
        return
    operation.lease_until = clock.now()
    operation.last_error = error
    if operation.tries >= MAX_TRIES:
        _park(operation)


def park_operation(operation_id: UUID, error: str) -> None:
    """Something that a person must look at; nothing is sent until then."""
    operation = queries.lock_operation(operation_id)
    if operation.state in ENDED:
        return
    operation.last_error = error
    _park(operation)


def _park(operation: Operation) -> None:
    later = RETRY_AFTER.get((operation.kind, operation.last_error or ""))
    operation.state = OperationState.PARKED
    # For a parked one: not before this moment; without it, only when its cause is gone or a person says so.
    operation.lease_until = clock.now() + later if later else None
    facts = {"kind": operation.kind, "error": operation.last_error}
    audit.record(SYSTEM, "operation.parked", "operation", operation.id, after=facts)


def reject_operation(operation_id: UUID, error: str) -> None:
    """The call is not needed any more: it is never sent again."""
    operation = queries.lock_operation(operation_id)
    if operation.state not in ENDED:
        operation.state, operation.last_error, operation.done_at = OperationState.REJECTED, error, clock.now()
        operation.lease_until = None


def unpark(operation: Operation) -> None:
    """Let a waiting operation be sent again: under a new key after a refusal, under the same one while the result is unknown."""
    operation.state = OperationState.PENDING if operation.first_tried_at is None else OperationState.IN_FLIGHT
    operation.lease_until = None if operation.first_tried_at is None else clock.now()
    operation.tries = 0


def retry_operation(operation_id: UUID, *, actor: Actor) -> None:
    """Finance lets a waiting call be tried again. Raises: NotFound, OperationNotParked."""
    operation = queries.lock_operation(operation_id)
    if operation.state is not OperationState.PARKED:
        raise OperationNotParked
    unpark(operation)
    facts = {"kind": operation.kind, "error": operation.last_error}
    audit.record(actor, "operation.retried", "operation", operation.id, before=facts)
    enqueue_operation(operation)


def enqueue_operation(operation: Operation, *, key: str | None = None) -> None:
    """Have a task send the operation."""
    if operation.kind == TRANSFER:
        jobs.enqueue("payments.transfer_to_vendor", release_id=operation.subject_id, key=key)
    elif operation.kind == REVERSAL:
        jobs.enqueue("payments.recall_transfer", debt_id=operation.subject_id, key=key)
    elif operation.kind == REFUND:
        jobs.enqueue("payments.refund_to_buyer", refund_id=operation.subject_id, key=key)
    else:
        jobs.enqueue("payments.run_operation", operation_id=operation.id, key=key)


def poll_operations(now: datetime) -> int:
    """Send again what nobody works on: lost jobs, ended leases, and parked calls whose time has come. Returns how many."""
    waiting = or_(
        Operation.state.in_([OperationState.PENDING, OperationState.IN_FLIGHT])
        & (func.coalesce(Operation.lease_until, Operation.created_at) < now - GRACE),
        (Operation.state == OperationState.PARKED) & (Operation.lease_until < now),
    )
    found = list(db.session.scalars(select(Operation).where(waiting).order_by(Operation.id).limit(BATCH).with_for_update(skip_locked=True)))
    for operation in found:
        if operation.state is OperationState.PARKED:
            unpark(operation)
        enqueue_operation(operation, key=f"poll:{operation.id}:{int(now.timestamp() // 60)}")
    return len(found)
