"""Jobs of the payments room: calls to the provider, its messages, the pollers and the check of the books."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from marketplace.accounts import queries as accounts
from marketplace.accounts.permissions import Permission
from marketplace.core import clock, emails, jobs, policy
from marketplace.core.db import outside, transaction
from marketplace.core.errors import NotFound
from marketplace.core.ids import parse_id
from payments import calls, gateway, ledger, queries, services
from payments.chart import STRIPE_BALANCE
from payments.errors import ProviderRefused
from payments.models import BankDetails, PaymentState, ProviderEvent, ProviderMovement
from vendors import queries as vendors

log = structlog.get_logger()

EARLIER_ADDRESSES = timedelta(days=14)
"""How long an address that somebody has left is still told of changed bank details; longer than these wait."""
LOOKS, LOOK_AGAIN_AFTER = 3, timedelta(minutes=5)
TOP_UP = "topup"
"""The provider's word for money that the operator sent to its balance."""


@jobs.task("payments.run_operation")
def run_operation(job_id: UUID, operation_id: str) -> None:
    """Send an operation that stands by itself: a page, its closing, an account."""
    calls.perform(UUID(operation_id), job_id=job_id)


@jobs.task("payments.transfer_to_vendor")
def transfer_to_vendor(job_id: UUID, release_id: str) -> None:
    """Send released money to the vendor's account, after a look at the bank details behind it."""
    is_bank_seen = calls.look_at_bank(UUID(release_id))
    with transaction():
        operation_id = services.prepare_transfer(UUID(release_id), is_bank_seen=is_bank_seen)
        if operation_id is None:
            jobs.finish(job_id)
    if operation_id is not None:
        calls.perform(operation_id, job_id=job_id)


@jobs.task("payments.recall_transfer")
def recall_transfer(job_id: UUID, debt_id: str) -> None:
    """Ask back from the vendor's account what went back to the buyer."""
    with transaction():
        operation_id = services.prepare_reversal(UUID(debt_id))
        if operation_id is None:
            jobs.finish(job_id)
    if operation_id is not None:
        calls.perform(operation_id, job_id=job_id)


@jobs.task("payments.refund_to_buyer")
def refund_to_buyer(job_id: UUID, refund_id: str) -> None:
    """Ask the provider to send a refund."""
    with transaction():
        operation_id = services.prepare_refund(UUID(refund_id))
        if operation_id is None:
            jobs.finish(job_id)
    if operation_id is not None:
        calls.perform(operation_id, job_id=job_id)


@jobs.task("payments.expire_session")
def expire_session(job_id: UUID, payment_id: str) -> None:
    """Close the page of a payment that must not be paid any more."""
    with transaction():
        operation_id = services.prepare_expiry(UUID(payment_id))
        if operation_id is None:
            jobs.finish(job_id)
    if operation_id is not None:
        calls.perform(operation_id, job_id=job_id)


@jobs.task("payments.refresh_payment")
def refresh_payment(job_id: UUID, payment_id: str) -> None:
    """Look at a payment's page again."""
    calls.refresh_payment(UUID(payment_id))
    with transaction():
        jobs.finish(job_id)


@jobs.task("payments.refresh_refund")
def refresh_refund(job_id: UUID, stripe_refund_id: str) -> None:
    """Look at a refund again."""
    calls.refresh_refund(stripe_refund_id)
    with transaction():
        jobs.finish(job_id)


@jobs.task("payments.refresh_payout_account")
def refresh_payout_account(job_id: UUID, vendor_id: str) -> None:
    """Look at a vendor's account again."""
    calls.refresh_payout_account(UUID(vendor_id))
    with transaction():
        jobs.finish(job_id)


@jobs.task("payments.end_bank_wait")
def end_bank_wait(job_id: UUID, details_id: str) -> None:
    """The time that changed bank details have to wait is over."""
    with transaction():
        if jobs.finish(job_id):
            services.end_bank_wait(UUID(details_id))


@jobs.task("payments.tell_of_bank_change")
def tell_of_bank_change(job_id: UUID, details_id: str) -> None:
    """Bank details were changed: write to those of the vendor who may change them, and to every buyer with an open order, each once."""
    details = queries.bank_details_by_id(UUID(details_id))
    # All details removed: nobody can be asked to pay to nothing, and the next ones are told.
    buyers = queries.buyers_with_open_money(details.vendor_id) if details.accounts else []
    with transaction():
        if jobs.finish(job_id):
            _tell_vendor(details, "noticed")
            for buyer_id in buyers:
                for person in accounts.people_to_write_to(buyer_id, Permission.PAYMENT_START):
                    jobs.enqueue("payments.email_buyer_of_bank", details_id=details.id, buyer_id=buyer_id, person_id=person.id)


@jobs.task("payments.tell_vendor_of_bank")
def tell_vendor_of_bank(job_id: UUID, details_id: str, what: str) -> None:
    """Changed bank details were refused, or have come into force."""
    details = queries.bank_details_by_id(UUID(details_id))
    with transaction():
        if jobs.finish(job_id):
            _tell_vendor(details, what)


def _tell_vendor(details: BankDetails, what: str) -> None:
    since = clock.now() - EARLIER_ADDRESSES
    for person in accounts.people_to_write_to(details.vendor_id, Permission.PAYOUT_EDIT):
        jobs.enqueue("payments.email_bank_change", details_id=details.id, person_id=person.id, what=what)
        left = dict(accounts.earlier_addresses(person.id, since=since))
        for address in left.keys() - {person.email}:
            jobs.enqueue("payments.email_bank_change", details_id=details.id, person_id=person.id, what=what, to=address)


@jobs.task("payments.tell_desk_of_stop")
def tell_desk_of_stop(job_id: UUID, vendor_id: str) -> None:
    """A vendor has stopped its payouts: write to all who check vendors."""
    operator_id = accounts.operator_company_id()
    people = accounts.people_to_write_to(operator_id, Permission.VENDOR_VERIFY) if operator_id else []
    with transaction():
        if jobs.finish(job_id):
            for person in people:
                jobs.enqueue("payments.email_desk_of_stop", vendor_id=vendor_id, person_id=person.id)


@jobs.task("payments.email_bank_change")
def email_bank_change(job_id: UUID, details_id: str, person_id: str, what: str, to: str | None = None) -> None:
    """Tell one person of the vendor that bank details were changed, refused, or are in force; `to` is an address that was theirs lately."""
    details = queries.bank_details_by_id(UUID(details_id))
    values = {
        "what": what,
        "name": vendors.vendor_by_id(details.vendor_id).name,
        "bank": services.written_bank(details) if details.accounts else None,
        "until": details.waits_until,
        "reason": details.refused_reason,
        "phone": policy.current().operator_phone,
    }
    _email("bank_change", UUID(person_id), job_id, values, to=to)


@jobs.task("payments.email_buyer_of_bank")
def email_buyer_of_bank(job_id: UUID, details_id: str, buyer_id: str, person_id: str) -> None:
    """Tell one person of a buyer that a vendor's bank details were changed. The details are the vendor's own: none of them is shown."""
    details = queries.bank_details_by_id(UUID(details_id))
    numbers = policy.current()
    values = {
        "name": vendors.vendor_by_id(details.vendor_id).name,
        "company": accounts.company_by_id(UUID(buyer_id)).name,
        "orders": ", ".join(queries.open_orders_of(details.vendor_id, UUID(buyer_id))),
        "phone": numbers.operator_phone,
        "hours": numbers.operator_hours,
    }
    _email("bank_change_buyer", UUID(person_id), job_id, values)


@jobs.task("payments.email_desk_of_stop")
def email_desk_of_stop(job_id: UUID, vendor_id: str, person_id: str) -> None:
    """Alarm one verifier: a vendor has stopped its payouts."""
    account = queries.find_payout_account(UUID(vendor_id))
    stopper = accounts.person_by_id(account.stopped_by).name if account and account.stopped_by else "–"
    values = {"name": vendors.vendor_by_id(UUID(vendor_id)).name, "who": stopper, "vendor_id": vendor_id}
    _email("payouts_stopped", UUID(person_id), job_id, values)


def _email(template: str, person_id: UUID, job_id: UUID, values: Mapping[str, Any], *, to: str | None = None) -> None:
    person = accounts.person_by_id(person_id)
    known = {"person_name": person.name, "address_now": person.email if to else None}
    letter = emails.write(template, to=to or person.email, locale=person.locale, time_zone=person.time_zone, **known, **values)
    outside()
    emails.send(letter, job_id)
    with transaction():
        jobs.finish(job_id)


@jobs.task("payments.apply_provider_event")
def apply_provider_event(job_id: UUID, event_id: str) -> None:
    """Act on a stored message: fetch its object again and apply that. The message itself is only a hint."""
    event = queries.event_by_id(event_id)
    try:
        outcome = _apply(event)
    except ProviderRefused as refusal:  # the object it names is not there
        outcome = f"refused: {refusal.reason}"
    except NotFound:  # it names a row of ours that is not there: the database was restored to a moment before it
        outcome = "not ours"
    with transaction():
        if jobs.finish(job_id):
            services.finish_event(event_id, outcome)


def _apply(event: ProviderEvent) -> str:
    kind, object_id, hints = event.payload["object"], event.object_id or "", event.payload["hints"]
    account_id = event.payload["account"]
    if kind in ("account", "capability") or event.type.startswith(("v2.core.account", "account.external_account.")):
        account = queries.find_payout_account_by_stripe(account_id or object_id)
        return calls.refresh_payout_account(account.vendor_id) if account else "not ours"
    if account_id:  # money on a vendor's own account is the vendor's affair
        return "of a vendor"
    if kind == "checkout.session":
        known = queries.find_payment_of_session(object_id)
        if known is not None and known.state is PaymentState.SUCCEEDED:
            return "known"
        payment_id = known.id if known else parse_id(hints.get("payment", ""))
        return calls.refresh_payment(payment_id, session_id=object_id) if payment_id else "not ours"
    if kind == "payment_intent":
        return "known" if queries.find_payment_of_intent(object_id) else calls.refresh_intent(object_id)
    if kind == "refund":
        return calls.refresh_refund(object_id)
    if event.type == "transfer.reversed":
        return calls.refresh_reversals(object_id)
    if kind == "transfer":
        return "known" if queries.find_operation_of(object_id) else calls.refresh_transfer(object_id)
    return "left"


@jobs.task("payments.explain_movement")
def explain_movement(job_id: UUID, movement_id: str) -> None:
    """Find what is behind a movement at the provider; what nothing explains goes to suspense."""
    movement = queries.movement_by_id(movement_id)
    if movement.type == TOP_UP:
        with transaction():
            services.book_top_up(movement_id)
    elif movement.entry_id is None and movement.source_id:
        try:
            _explain(movement)
        except ProviderRefused as refusal:
            log.warning("movement_without_source", movement=movement_id, reason=refusal.reason)
        except NotFound:  # it names a row of ours that is not there: the database was restored to a moment before it
            log.warning("movement_without_row", movement=movement_id)
    with transaction():
        if jobs.finish(job_id):
            services.book_unexplained(movement_id)


def _explain(movement: ProviderMovement) -> None:
    kind, source_id = movement.type, movement.source_id or ""
    if kind in ("charge", "payment"):
        intent = gateway.retrieve_intent_of(source_id)
        if intent is not None:
            calls.refresh_intent(intent.id)
    elif kind == "transfer":
        calls.refresh_transfer(source_id)
    elif kind == "transfer_refund":
        transfer_id = gateway.transfer_of_reversal(movement.id)
        if transfer_id is not None:
            calls.refresh_reversals(transfer_id)
    elif kind in ("refund", "refund_failure", "payment_refund"):
        calls.refresh_refund(source_id)


@jobs.task("payments.poll_open_payments")
def poll_open_payments(job_id: UUID) -> None:
    """Every minute: look again at what should have been heard of, and send again what nobody works on."""
    now = clock.now()
    with transaction():
        if jobs.finish(job_id):
            services.poll_payments(now)
            services.poll_refunds(now)
            services.poll_payout_accounts(now)
            services.poll_operations(now)


@jobs.task("payments.pull_provider_movements")
def pull_provider_movements(job_id: UUID) -> None:
    """Every 10 minutes: store the movements at the provider since an hour before the last pull that came to its end.

    Not since the newest known one: our own acts make that newer than what a pull that failed has not seen.
    """
    last = jobs.last_done_at("payments.pull_provider_movements")
    movements = gateway.list_movements(last - services.OVERLAP if last else None)
    # In chunks: a long list costs one chunk when the process dies, and an old entry is stored once however often it is listed.
    for start in range(0, len(movements), services.MOVEMENTS_AT_ONCE):
        with transaction():
            services.store_movements(movements[start : start + services.MOVEMENTS_AT_ONCE])
    with transaction():
        jobs.finish(job_id)


@jobs.task("payments.check_ledger")
def check_ledger(job_id: UUID, look: int = 1) -> None:
    """The daily close: whether the books add up, and how far the provider's balance is from ours.

    A payment under way makes both differ for a moment, so what it may have done is a finding only when three looks have seen it.
    """
    theirs = gateway.balances()
    ours = ledger.balances_of(STRIPE_BALANCE)
    differences = {currency: theirs.get(currency, 0) - ours.get(currency, 0) for currency in sorted({*theirs, *ours})}
    violations = ledger.check_ledger()
    is_broken = any(violation.rule not in ledger.UNDER_WAY for violation in violations)
    with transaction():
        if not jobs.finish(job_id):
            return
        if (violations or any(differences.values())) and not is_broken and look < LOOKS:
            jobs.enqueue("payments.check_ledger", run_at=clock.now() + LOOK_AGAIN_AFTER, look=look + 1)
            return
        services.record_ledger_check(violations, differences)
    if violations or any(differences.values()):
        log.error("ledger_differs", violations=len(violations), differences=differences)
