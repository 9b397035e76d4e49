"""The desk's changed bank details: the queue, one vendor's details with how they were checked, the decision (product.md §9)."""

from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request

from marketplace.accounts.permissions import Permission
from marketplace.core import audit, clock
from marketplace.core.acting import Page
from marketplace.core.db import transaction
from marketplace.core.errors import NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy
from marketplace.core.web import current_actor, path_id, requires, see_other
from payments import queries, services
from payments.banks import Banks
from payments.errors import BankChangeClosed, NoBankDetails, PayoutsNotStopped, PayoutsStopped
from payments.models import BankDetails, BankState
from payments.schemas import BankDecisionInput
from payments.views.blueprint import bp
from payments.words import BANK, Word
from vendors import queries as vendors
from vendors.views.queues import Queue, desk_tabs, written
from vendors.views.words import history_steps

CONFIRMED = Word(lazy("Confirmed, the time runs"))
SAID = {
    "confirm": lazy("Confirmed. They come into force when their time is over."),
    "refuse": lazy("Refused; the vendor is told why. Nothing is paid out until its bank details change again."),
    "lift": lazy("The stop is lifted. Money goes on, unless changed bank details still wait."),
}


def bank_word(details: BankDetails) -> Word:
    """Where bank details stand."""
    return CONFIRMED if details.state is BankState.WAITING and details.checked_at is not None else BANK[details.state]


def _row(details: BankDetails, vendor_name: str) -> dict[str, Any]:
    due = details.waits_until if details.state is BankState.WAITING else None
    # What is confirmed comes into force at that moment: nobody is late with it.
    is_late = due is not None and details.checked_at is None and due < clock.now()
    return {
        "details": details,
        "vendor_name": vendor_name,
        "bank": services.written_bank(details),
        "word": bank_word(details),
        "due": due,
        "tone": "late" if is_late else None,
    }


QUEUE = Queue(
    template="payments/list_bank_changes.html",
    table=lambda _: queries.BANK_CHANGES,
    query=queries.bank_changes,
    rows=lambda found: [_row(row.BankDetails, row.Vendor.name) for row in found],
    file="bank-details.csv",
    columns=(
        (lazy("Vendor"), lambda row, _: row.Vendor.name),
        (lazy("Bank details"), lambda row, _: services.written_bank(row.BankDetails)),
        (lazy("Noticed"), lambda row, _: written(row.BankDetails.noticed_at)),
        (lazy("Waits until"), lambda row, _: written(row.BankDetails.waits_until)),
        (lazy("State"), lambda row, _: gettext(bank_word(row.BankDetails).text)),
        (lazy("Confirmed"), lambda row, _: written(row.BankDetails.checked_at)),
        (lazy("How it was checked"), lambda row, _: row.BankDetails.how_checked or ""),
    ),
)


@bp.get("/desk/bank-details")
@requires(Permission.VENDOR_VERIFY)
def list_bank_changes() -> str:
    """Vendors that have stopped their payouts, then changed bank details: a plain address asks for those to be checked."""
    return QUEUE.page(alarms=queries.stopped_vendors())


@bp.get("/desk/bank-details.csv")
@requires(Permission.VENDOR_VERIFY)
def export_bank_changes() -> Response:
    """The same changes as a sheet."""
    return QUEUE.csv()


@bp.get("/desk/bank-details/<vendor_id>")
@requires(Permission.VENDOR_VERIFY)
def show_bank_details(vendor_id: str) -> str:
    """One vendor: what is in force, what waits, whom to call, and what was decided before."""
    return _page(_banks(path_id(vendor_id)), Form(BankDecisionInput))


@bp.post("/desk/bank-details/<vendor_id>")
@requires(Permission.VENDOR_VERIFY)
def decide_bank(vendor_id: str) -> Page:
    """Confirm changed details or refuse them, or let stopped payouts go on; each with what the verifier has seen or heard."""
    banks = _banks(path_id(vendor_id))
    form = Form(BankDecisionInput, request.form)
    if not form.is_valid():
        return _page(banks, form), 422
    try:
        with transaction():
            _decide(banks.account.vendor_id, form.data)
    except (BankChangeClosed, PayoutsStopped, PayoutsNotStopped, NoBankDetails) as refusal:
        form.add_error("form", gettext(refusal.text))
        return _page(_banks(path_id(vendor_id)), form), 409
    flash(gettext(SAID[form.data.act]), "done")
    return see_other("payments.show_bank_details", vendor_id=path_id(vendor_id))


def _decide(vendor_id: UUID, data: BankDecisionInput) -> None:
    actor = current_actor()
    if data.act == "lift":
        services.lift_stop(vendor_id, how_checked=data.how_checked, actor=actor)
    elif data.details is None:
        raise BankChangeClosed
    elif data.act == "confirm":
        services.confirm_bank(vendor_id, data.details, how_checked=data.how_checked, actor=actor)
    else:
        services.refuse_bank(vendor_id, data.details, reason=data.reason, actor=actor)


def _banks(vendor_id: UUID) -> Banks:
    banks = queries.find_banks(vendor_id)
    if banks is None:
        raise NotFound
    return banks


def _page(banks: Banks, form: Form[BankDecisionInput]) -> str:
    vendor = vendors.vendor_by_id(banks.account.vendor_id)
    everything = audit.history_of(vendor.id, company_id=None)
    events = [event for event in everything if event.act.startswith("payout_account.")]
    return render_template(
        "payments/show_bank_details.html",
        banks=banks,
        vendor=vendor,
        former_phones=[(event.before["phone"], event.at) for event in reversed(everything) if event.before.get("phone")],
        form=form,
        written=services.written_bank,
        coming=_row(banks.coming, vendor.name) if banks.coming else None,
        is_waiting=banks.coming is not None and banks.coming.state is BankState.WAITING,
        past=[(details, bank_word(details)) for details in queries.bank_history(vendor.id)],
        history=history_steps(events),
        tabs=desk_tabs(),
    )
