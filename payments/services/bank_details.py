"""Changed bank details: noticed, made to wait, checked by a person, stopped by the vendor. Source: product.md §9, docs/decisions/0035.

Locks: payout account, operations, balances, in this order; every act locks the account first, and a transfer is written under the same lock.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from marketplace.core import audit, clock, jobs, policy
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db
from marketplace.core.ids import new_id
from payments import ledger, queries
from payments.banks import BECAUSE_OF_BANK, Banks, fingerprint_of
from payments.errors import BankChangeClosed, NoBankDetails, PayoutsNotStopped, PayoutsStopped
from payments.facts import BankAccount
from payments.models import BankDetails, BankState, Operation, OperationState, PayoutAccount, PayoutAccountState, Release
from payments.operations import TRANSFER
from payments.services.operations import enqueue_operation, park_operation, unpark


def notice_bank(account: PayoutAccount, accounts: Sequence[BankAccount], *, asked_at: datetime) -> None:
    """Compare what the provider showed with what is in force; the account is locked by the caller. The same a second time changes nothing.

    The first details are in force at once: they are checked with the application. Others wait; back at those in force, nothing waits.
    An answer to a question that is older than the last change says nothing: two looks may overtake each other.
    """
    changed_at = queries.bank_changed_at(account.vendor_id)
    if changed_at is not None and asked_at < changed_at:
        return
    account.bank_seen_at, now = asked_at, clock.now()
    banks, fingerprint = queries.banks_of(account), fingerprint_of(accounts)
    if banks.in_force is None:
        if accounts:
            db.session.add(_details(account, accounts, BankState.IN_FORCE, now))
            _record(account, "payout_account.bank_first", after=_shown(accounts))
            db.session.flush()
            resume_because_of_bank(account)
        return
    if fingerprint == banks.in_force.fingerprint:
        if banks.coming is not None:
            _end(banks.coming, now)
            _record(account, "payout_account.bank_taken_back", after=_shown(accounts))
            resume_because_of_bank(account)
        elif account.stopped_at is None:
            resume_because_of_bank(account)  # a look that failed is made up for
        return
    if banks.coming is not None and fingerprint == banks.coming.fingerprint:
        return
    _make_wait(banks, accounts, now)


def _make_wait(banks: Banks, accounts: Sequence[BankAccount], now: datetime) -> None:
    account = banks.account
    if banks.coming is not None:
        _end(banks.coming, now)
    details = _details(account, accounts, BankState.WAITING, now)
    details.waits_until = now + timedelta(hours=policy.current().bank_change_hours)
    db.session.add(details)
    db.session.flush()
    before = _written(banks.in_force.accounts) if banks.in_force else None
    _record(
        account, "payout_account.bank_changed", before={"bank": before}, after=_shown(accounts) | {"until": details.waits_until.isoformat()}
    )
    stop_transfers(account)
    jobs.enqueue("payments.tell_of_bank_change", details_id=details.id)
    jobs.enqueue("payments.end_bank_wait", details_id=details.id, run_at=details.waits_until)


def _details(account: PayoutAccount, accounts: Sequence[BankAccount], state: BankState, now: datetime) -> BankDetails:
    return BankDetails(
        id=new_id(),
        vendor_id=account.vendor_id,
        accounts=[asdict(bank) for bank in accounts],
        fingerprint=fingerprint_of(accounts),
        state=state,
        noticed_at=now,
        waits_until=None,
        checked_at=None,
        checked_by=None,
        how_checked=None,
        refused_reason=None,
        in_force_at=now if state is BankState.IN_FORCE else None,
        ended_at=None,
    )


def _end(details: BankDetails, now: datetime) -> None:
    details.state, details.ended_at = BankState.ENDED, now
    db.session.flush()  # one row of each kind: this one makes way before the next is written


def confirm_bank(vendor_id: UUID, details_id: UUID, *, how_checked: str, actor: Actor) -> BankDetails:
    """A verifier has called the vendor back and the new details are right; they come into force when their time is over, too.

    Raises: NotFound, BankChangeClosed (decided, or changed again), PayoutsStopped (the vendor said that it was not itself),
    NoBankDetails (all were removed: there is nothing to confirm).
    """
    account = queries.lock_payout_account(vendor_id)
    details = _open_change(account, details_id)
    if details.checked_at is not None:
        raise BankChangeClosed
    if account.stopped_at is not None:
        raise PayoutsStopped
    if not details.accounts:
        raise NoBankDetails
    details.checked_at, details.checked_by, details.how_checked = clock.now(), actor.person_id, how_checked
    _record(account, "payout_account.bank_confirmed", actor=actor, after={"bank": _written(details.accounts)})
    _note(account, actor, how_checked)
    _settle(account)
    return details


def refuse_bank(vendor_id: UUID, details_id: UUID, *, reason: str, actor: Actor) -> None:
    """The new details are not right: nothing is transferred until they change again, and the vendor reads why.

    Raises: NotFound, BankChangeClosed.
    """
    account = queries.lock_payout_account(vendor_id)
    details = _open_change(account, details_id)
    details.state, details.refused_reason = BankState.REFUSED, reason
    _record(account, "payout_account.bank_refused", actor=actor, after={"bank": _written(details.accounts), "reason": reason})
    jobs.enqueue("payments.tell_vendor_of_bank", details_id=details.id, what="refused")
    stop_transfers(account)


def _open_change(account: PayoutAccount, details_id: UUID) -> BankDetails:
    coming = queries.banks_of(account).coming
    if coming is None or coming.id != details_id or coming.state is not BankState.WAITING:
        raise BankChangeClosed
    return coming


def stop_payouts(vendor_id: UUID, *, actor: Actor) -> None:
    """The vendor says that somebody else may have changed its bank details: nothing is transferred from now on, and the desk is alarmed.

    A second time changes nothing. Raises: NotFound.
    """
    account = queries.lock_payout_account(vendor_id)
    if account.stopped_at is not None:
        return
    account.stopped_at, account.stopped_by = clock.now(), actor.person_id
    _record(account, "payout_account.stopped", actor=actor)
    stop_transfers(account)
    jobs.enqueue("payments.tell_desk_of_stop", vendor_id=vendor_id)


def lift_stop(vendor_id: UUID, *, how_checked: str, actor: Actor) -> None:
    """A verifier has spoken with the vendor: transfers go on, unless changed details still wait. Raises: NotFound, PayoutsNotStopped."""
    account = queries.lock_payout_account(vendor_id)
    if account.stopped_at is None:
        raise PayoutsNotStopped
    account.stopped_at = account.stopped_by = None
    _record(account, "payout_account.resumed", actor=actor)
    _note(account, actor, how_checked)
    _settle(account)
    resume_because_of_bank(account)


def end_bank_wait(details_id: UUID) -> None:
    """The time of changed details is over; they come into force if a verifier has confirmed them, else when one does."""
    account = queries.lock_payout_account(queries.bank_details_by_id(details_id).vendor_id)
    coming = queries.banks_of(account).coming
    if coming is not None and coming.id == details_id:
        _settle(account)


def _settle(account: PayoutAccount) -> None:
    """Let details that wait for nothing any more come into force."""
    now = clock.now()
    banks = queries.banks_of(account)
    if banks.coming is None or not banks.is_ripe(now):
        return
    if banks.in_force is not None:
        _end(banks.in_force, now)
    banks.coming.state, banks.coming.in_force_at = BankState.IN_FORCE, now
    db.session.flush()
    _record(account, "payout_account.bank_in_force", after={"bank": _written(banks.coming.accounts)})
    jobs.enqueue("payments.tell_vendor_of_bank", details_id=banks.coming.id, what="in_force")
    resume_because_of_bank(account)


def stop_transfers(account: PayoutAccount) -> None:
    """Park the transfers that are written and not sent; what was set aside for them is free again. The account is locked."""
    reason = queries.banks_of(account).why_stopped
    for operation in _transfers(account.vendor_id, Operation.state == OperationState.PENDING) if reason else ():
        ledger.void(operation.id)
        park_operation(operation.id, str(reason))


def resume_because_of_bank(account: PayoutAccount) -> None:
    """Let transfers go on that wait for nothing but the bank details; the account is locked by the caller."""
    if account.state is PayoutAccountState.ACTIVE and queries.banks_of(account).why_stopped is None:
        resume_transfers(account.vendor_id, Operation.last_error.in_(BECAUSE_OF_BANK))


def resume_transfers(vendor_id: UUID, *conditions: ColumnElement[bool]) -> None:
    """Let the parked transfers of a vendor be tried again: all, or those that fulfil the conditions."""
    for operation in _transfers(vendor_id, Operation.state == OperationState.PARKED, *conditions):
        unpark(operation)
        enqueue_operation(operation)


def _transfers(vendor_id: UUID, *conditions: ColumnElement[bool]) -> list[Operation]:
    query = (
        select(Operation)
        .join(Release, Release.id == Operation.subject_id)
        .where(Operation.kind == TRANSFER, Release.vendor_id == vendor_id, *conditions)
        .order_by(Operation.id)
        .with_for_update(of=Operation)
    )
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def written_bank(details: BankDetails) -> str:
    """Bank details in a line, as the provider shows them: never a whole number."""
    return _written(details.accounts)


def _written(accounts: Sequence[dict[str, Any]]) -> str:
    return "; ".join(f"{bank['bank_name']} ··{bank['last_four']} {bank['country']} {bank['currency']}" for bank in accounts) or "–"


def _shown(accounts: Sequence[BankAccount]) -> dict[str, Any]:
    return {"bank": _written([asdict(bank) for bank in accounts])}


def _record(
    account: PayoutAccount, act: str, *, actor: Actor = SYSTEM, before: dict[str, Any] | None = None, after: dict[str, Any] | None = None
) -> None:
    audit.record(actor, act, "payout_account", account.vendor_id, companies=(account.vendor_id,), before=before, after=after)


def _note(account: PayoutAccount, actor: Actor, how_checked: str) -> None:
    """How it was checked is the desk's own: whoever has stolen a log-in reads the vendor's history."""
    audit.record(actor, "payout_account.bank_checked", "payout_account", account.vendor_id, after={"how_checked": how_checked})
