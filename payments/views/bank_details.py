"""The desk's changed bank details: the queue, one vendor's details with how they were checked, the decision (product.md §9)."""

from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request

from marketplace.accounts.permissions import Permission
from marketplace.core import audit, clock
from marketplace.core.acting import Page
from marketplace.core.db import transaction
from marketplace.core.downloads import download_csv
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
from vendors.views.desk import desk_tabs
from vendors.views.words import history_steps

HEAD = (
    lazy("Vendor"), lazy("Bank details"), lazy("Noticed"), lazy("Waits until"), lazy("State"), lazy("Confirmed"), lazy("How it was checked"),
)  # fmt: skip
CONFIRMED = Word(lazy("Confirmed, the time runs"))
SAID = {
    "confirm": lazy("Confirmed. They come into force when their time is over."),
    "refuse": lazy("Refused; the vendor is told why. Nothing is paid out until its bank details change again."),
    "lift": lazy("The stop is lifted. Money goes on, unless changed bank details still wait."),
}


def bank_word(details: BankDetails) -> Word:
    """Where bank details stand."""
    return CONFIRMED if details.state is BankState.WAITING and details.checked_at is not None else BANK[details.state]


@bp.get("/desk/bank-details")
@requires(Permission.VENDOR_VERIFY)
def list_bank_changes() -> str:
    """Vendors that have stopped their payouts, then changed bank details: a plain address asks for those to be checked."""
    asked = queries.BANK_CHANGES.read(_asked())
    found = queries.BANK_CHANGES.page(queries.bank_changes(), asked)
    return render_template(
        "payments/list_bank_changes.html",
        asked=asked,
        found=found,
        rows=[_row(row.BankDetails, row.Vendor.name) for row in found.rows],
        alarms=queries.stopped_vendors(),
        tabs=desk_tabs(),
    )


@bp.get("/desk/bank-details.csv")
@requires(Permission.VENDOR_VERIFY)
def export_bank_changes() -> Response:
    """The same changes as a sheet."""
    asked = queries.BANK_CHANGES.read(_asked())
    rows = (
        (
            row.Vendor.name,
            services.written_bank(row.BankDetails),
            row.BankDetails.noticed_at.isoformat(),
            row.BankDetails.waits_until.isoformat(),
            gettext(bank_word(row.BankDetails).text),
            row.BankDetails.checked_at.isoformat() if row.BankDetails.checked_at else "",
            row.BankDetails.how_checked or "",
        )
        for row in queries.BANK_CHANGES.rows(queries.bank_changes(), asked)
    )
    return download_csv([gettext(word) for word in HEAD], rows, "bank-details.csv")


def _asked() -> Any:
    return request.args if "queue" in request.args else {"queue": "open"} | request.args.to_dict()


def _row(details: BankDetails, vendor_name: str) -> dict[str, Any]:
    word = bank_word(details)
    until = details.waits_until if details.state is BankState.WAITING else None
    return {
        "details": details,
        "vendor_name": vendor_name,
        "bank": services.written_bank(details),
        "word": word,
        "until": until,
        "tone": "late" if until is not None and details.checked_at is None and until < clock.now() else None,
    }


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
