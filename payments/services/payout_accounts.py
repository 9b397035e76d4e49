"""Vendors' accounts at the provider: opened, filled in on the provider's page, followed from there. Source: payments.md §1.2, §4.3."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select

from marketplace.core import audit, clock, jobs
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db
from marketplace.core.ids import new_id
from payments import queries
from payments.facts import ProviderAccount
from payments.models import Operation, OperationState, PayoutAccount, PayoutAccountState
from payments.operations import ACCOUNT, Claim
from payments.services.bank_details import notice_bank, resume_transfers
from payments.services.operations import BATCH, ENDED, claim_operation, finish_operation, unpark, write_operation
from vendors import services as vendors
from vendors.models import Vendor

NOT_YET = (PayoutAccountState.CREATED, PayoutAccountState.ONBOARDING)
LOOK_AGAIN = timedelta(hours=1)


def open_payout_account(vendor_id: UUID, *, actor: Actor) -> UUID | None:
    """Open a vendor's account at the provider: returns the operation to send, None when the account is there already."""
    account = db.session.get(PayoutAccount, vendor_id, with_for_update=True)
    if account is None:
        vendor = db.session.get_one(Vendor, vendor_id)
        operation_id = _open(vendor)
        audit.record(actor, "payout_account.opened", "payout_account", vendor_id, companies=(vendor_id,))
        return operation_id
    if account.stripe_account_id is not None:
        return None
    operation = queries.find_operation(ACCOUNT, vendor_id)
    if operation is None or operation.state in ENDED:
        return None
    if operation.state is OperationState.PARKED:
        unpark(operation)
    return operation.id


def _open(vendor: Vendor) -> UUID:
    operation_id = new_id()
    payout = {"capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}}
    request = {
        "display_name": vendor.name,
        "dashboard": "express",
        "identity": {"country": vendor.country.lower()},
        "configuration": {"recipient": payout},
        "defaults": {
            "currency": vendor.currency.lower(),
            "responsibilities": {"fees_collector": "application", "losses_collector": "application"},
        },
        "metadata": {"vendor": str(vendor.id), "op": str(operation_id)},
    }
    if vendor.email:
        request["contact_email"] = vendor.email
    now = clock.now()
    db.session.add(
        PayoutAccount(
            vendor_id=vendor.id,
            stripe_account_id=None,
            state=PayoutAccountState.CREATED,
            status_code=None,
            checked_at=None,
            bank_seen_at=None,
            stopped_at=None,
            stopped_by=None,
            created_at=now,
        )
    )
    write_operation(operation_id, ACCOUNT, vendor.id, request)
    return operation_id


def open_operator_accounts(vendor_ids: Iterable[UUID], *, actor: Actor) -> None:
    """Write the accounts of many vendors at once, for the operator's import. Those that have one are left out."""
    has_one = select(PayoutAccount).where(PayoutAccount.vendor_id == Vendor.id).exists()
    for vendor in db.session.scalars(select(Vendor).where(Vendor.id.in_(list(vendor_ids)), ~has_one).order_by(Vendor.id)).all():
        _open(vendor)
        facts = {"reason": "operator import"}
        audit.record(actor, "payout_account.opened", "payout_account", vendor.id, companies=(vendor.id,), after=facts)


def claim_accounts(vendor_ids: Iterable[UUID], *, environment: str) -> list[Claim]:
    """Take the openings of many accounts at once that were not answered yet."""
    query = select(Operation.id).where(
        Operation.kind == ACCOUNT,
        Operation.subject_id.in_(list(vendor_ids)),
        Operation.state.in_([OperationState.PENDING, OperationState.IN_FLIGHT]),
    )
    claims = [
        claim_operation(operation_id, environment=environment) for operation_id in db.session.scalars(query.order_by(Operation.id)).all()
    ]
    return [claim for claim in claims if claim is not None]


def record_account(operation_id: UUID, answer: ProviderAccount) -> None:
    """The provider has made the account; the vendor can now fill in its form there. Repeated, it changes nothing."""
    account = queries.lock_payout_account(queries.operation_by_id(operation_id).subject_id)
    operation = queries.lock_operation(operation_id)
    if operation.state in ENDED:
        return
    finish_operation(operation, answer.id)
    account.stripe_account_id = answer.id
    _follow(account, answer)


def apply_account(vendor_id: UUID, answer: ProviderAccount) -> str:
    """Apply an account as it was fetched again. Active: its waiting transfers go on; not active: nothing can be bought from it.

    Returns the state, in a word for the event's row.
    """
    account = queries.lock_payout_account(vendor_id)
    if account.stripe_account_id != answer.id:
        return "of another account"
    _follow(account, answer)
    return account.state.value


def _follow(account: PayoutAccount, answer: ProviderAccount) -> None:
    _follow_state(account, answer)
    if answer.banks is not None and answer.asked_at is not None:
        notice_bank(account, answer.banks, asked_at=answer.asked_at)


def _follow_state(account: PayoutAccount, answer: ProviderAccount) -> None:
    before = account.state
    account.checked_at = clock.now()
    account.status_code = answer.reason
    account.state = _state(before, answer)
    if account.state is before:
        return
    is_active = account.state is PayoutAccountState.ACTIVE
    facts = {"state": account.state.value, "reason": answer.reason}
    companies = (account.vendor_id,)
    audit.record(
        SYSTEM,
        "payout_account.changed",
        "payout_account",
        account.vendor_id,
        companies=companies,
        before={"state": before.value},
        after=facts,
    )
    if is_active or before not in NOT_YET:
        vendors.record_payout_state(account.vendor_id, is_active)
    if is_active:
        resume_transfers(account.vendor_id)


def _state(before: PayoutAccountState, answer: ProviderAccount) -> PayoutAccountState:
    if answer.is_closed:
        return PayoutAccountState.CLOSED
    if answer.transfers == "active":
        return PayoutAccountState.ACTIVE
    # Before its first activation the form is simply not filled in yet; afterwards something is missing or wrong.
    return PayoutAccountState.ONBOARDING if before in NOT_YET else PayoutAccountState.RESTRICTED


def poll_payout_accounts(now: datetime) -> int:
    """Have accounts looked at again each hour: a lost message would leave transfers waiting for ever, or hide changed bank details.

    Those that cannot be paid, and active ones that money is on its way to; before any other transfer they are looked at anyway. Returns
    how many.
    """
    stale = or_(PayoutAccount.checked_at.is_(None), PayoutAccount.checked_at < now - LOOK_AGAIN)
    waiting = PayoutAccount.state.in_([PayoutAccountState.ONBOARDING, PayoutAccountState.RESTRICTED])
    at_risk = (PayoutAccount.state == PayoutAccountState.ACTIVE) & queries.has_money_underway(PayoutAccount.vendor_id)
    query = select(PayoutAccount).where(or_(waiting, at_risk), stale, PayoutAccount.stripe_account_id.is_not(None))
    found = list(db.session.scalars(query.order_by(PayoutAccount.checked_at).limit(BATCH).with_for_update(skip_locked=True)))
    for account in found:
        account.checked_at = now
        jobs.enqueue("payments.refresh_payout_account", vendor_id=account.vendor_id)
    return len(found)
