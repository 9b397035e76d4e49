"""The three beats of a call to the provider, for doors: claim the operation · call · record. Each beat on its own, so that a kill at any
moment leaves a row that says what is not known yet. Source: payments.md §4.6, house-style §4.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import structlog
from flask import current_app

from marketplace.core import clock, jobs
from marketplace.core.audit import SYSTEM
from marketplace.core.db import transaction
from marketplace.core.ids import parse_id
from payments import gateway, queries, services
from payments.banks import LOOK_LIFE
from payments.errors import IdempotencyBroken, NotSimulated, ProviderRefused, ProviderUnknown
from payments.models import PayoutAccountState, ReleaseState
from payments.operations import ACCOUNT, EXPIRY, REFUND, REVERSAL, SESSION, TRANSFER

log = structlog.get_logger()

RECORDERS: dict[str, Callable[[UUID, Any], None]] = {
    SESSION: services.record_session,
    EXPIRY: services.record_expiry,
    TRANSFER: services.record_transfer,
    REVERSAL: services.record_reversal,
    REFUND: services.record_refund,
    ACCOUNT: services.record_account,
}
REFUSERS: dict[str, Callable[[UUID, str], None]] = {
    TRANSFER: services.refuse_transfer,
    REVERSAL: services.refuse_reversal,
    EXPIRY: services.refuse_expiry,
}
CHUNK = 50


def perform(operation_id: UUID, *, job_id: UUID | None = None) -> bool:
    """Send an operation and record what came back; with a job, finish it in the same transaction. False when it was refused.

    Nothing happens when it was sent before. Raises: ProviderUnknown (tried again later), OperationBusy (another process sends it).
    """
    environment = current_app.config["SETTINGS"].environment
    with transaction():
        claim = services.claim_operation(operation_id, environment=environment)
        if claim is None:
            _finish(job_id)
    if claim is None:
        return True
    try:
        answer = gateway.find(claim) if claim.is_old else None
        if claim.is_old and answer is None:
            with transaction():
                claim = services.begin_attempt(operation_id, environment=environment)
        answer = answer or gateway.send(claim)
    except ProviderRefused as refusal:
        with transaction():
            REFUSERS.get(claim.kind, services.record_refusal)(operation_id, refusal.reason)
            _finish(job_id)
        log.warning("provider_refused", kind=claim.kind, operation_id=str(operation_id), reason=refusal.reason)
        return False
    except IdempotencyBroken:
        with transaction():
            services.park_operation(operation_id, "idempotency_broken")
        raise
    except ProviderUnknown as error:
        with transaction():
            services.record_unknown(operation_id, error.detail)
        raise
    with transaction():
        RECORDERS[claim.kind](operation_id, answer)
        _finish(job_id)
    return True


def _finish(job_id: UUID | None) -> None:
    if job_id is not None:
        jobs.finish(job_id)


def refresh_payment(payment_id: UUID, *, session_id: str | None = None) -> str:
    """Fetch a payment's page again, by default its last one, and apply what it says. Returns what came of it, in a word.

    Raises: ProviderUnknown.
    """
    session_id = session_id or queries.payment_by_id(payment_id).stripe_session_id
    if session_id is None:
        return "no page yet"
    session = gateway.retrieve_session(session_id)
    with transaction():
        return services.apply_session(payment_id, session)


def refresh_intent(intent_id: str) -> str:
    """Fetch an attempt to pay again and apply it to the payment that it names. Raises: ProviderUnknown."""
    intent = gateway.retrieve_intent(intent_id)
    payment_id = parse_id(intent.payment_id or "")
    if payment_id is None:
        return "not ours"
    with transaction():
        return services.apply_intent(payment_id, intent)


def refresh_refund(stripe_refund_id: str) -> str:
    """Fetch a refund again and apply it. Raises: ProviderUnknown."""
    answer = gateway.retrieve_refund(stripe_refund_id)
    refund_id = parse_id(answer.refund_id or "")
    if refund_id is None:
        return "not ours"
    with transaction():
        return services.apply_refund(refund_id, answer)


def refresh_transfer(stripe_transfer_id: str) -> str:
    """Fetch a transfer again and record it, if its answer was lost. Raises: ProviderUnknown."""
    transfer = gateway.retrieve_transfer(stripe_transfer_id)
    operation_id = parse_id(transfer.operation_id or "")
    if operation_id is None:
        return "not ours"
    with transaction():
        services.record_transfer(operation_id, transfer)
    return "recorded"


def refresh_reversals(stripe_transfer_id: str) -> str:
    """Fetch what came back of a transfer again and record what is not known yet. Raises: ProviderUnknown."""
    found = [(parse_id(each.operation_id or ""), each) for each in gateway.reversals_of(stripe_transfer_id)]
    ours = [(operation_id, each) for operation_id, each in found if operation_id is not None]
    for operation_id, each in ours:
        with transaction():
            services.record_reversal(operation_id, each)
    return "recorded" if ours else "not ours"


def refresh_payout_account(vendor_id: UUID) -> str:
    """Fetch a vendor's account again and apply it. Raises: ProviderUnknown."""
    account = queries.find_payout_account(vendor_id)
    if account is None or account.stripe_account_id is None:
        return "no account yet"
    answer = gateway.retrieve_account(account.stripe_account_id)
    with transaction():
        return services.apply_account(vendor_id, answer)


def look_at_bank(release_id: UUID) -> bool:
    """Look at the bank details that a release would be paid to, unless that was done a moment ago. False when the provider shows none.

    A message of a change may be lost or late, and money that has left cannot be called back.
    """
    release = queries.release_by_id(release_id)
    account = queries.find_payout_account(release.vendor_id)
    if release.state is not ReleaseState.DUE or account is None or account.state is not PayoutAccountState.ACTIVE:
        return True
    if account.bank_seen_at is not None and account.bank_seen_at > clock.now() - LOOK_LIFE:
        return True
    try:
        refresh_payout_account(release.vendor_id)
    except (ProviderRefused, ProviderUnknown) as error:
        # The transfer is written all the same, and parked: a job that only came again would be given up one day.
        log.warning("bank_details_not_shown", vendor_id=str(release.vendor_id), error=type(error).__name__)
        return False
    return True


def open_operator_payout_accounts(vendor_ids: Sequence[UUID]) -> int:
    """Open and activate the payout accounts of an operator's import at the simulator; returns how many became active.

    Written, sent and recorded in chunks: one row at a time would cost three transactions each.
    Raises: NotSimulated, before anything is written; ProviderUnknown (call again: it goes on where it stood).
    """
    if not current_app.config["SIMULATED_PAYMENTS"]:
        raise NotSimulated
    environment = current_app.config["SETTINGS"].environment
    done = 0
    for start in range(0, len(vendor_ids), CHUNK):
        chunk = list(vendor_ids[start : start + CHUNK])
        with transaction():
            services.open_operator_accounts(chunk, actor=SYSTEM)
        with transaction():
            claims = services.claim_accounts(chunk, environment=environment)
        answers = [(claim, gateway.send(claim)) for claim in claims]
        with transaction():
            for claim, answer in answers:
                services.record_account(claim.operation_id, answer)
        unfinished = queries.unfinished_accounts(chunk)
        for _, account_id in unfinished:
            gateway.onboard_at_simulator(account_id)
        found = [(vendor_id, gateway.retrieve_account(account_id)) for vendor_id, account_id in unfinished]
        with transaction():
            done += sum(services.apply_account(vendor_id, account) == "active" for vendor_id, account in found)
    return done
