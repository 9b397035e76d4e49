"""The vendor's side of a change of what was checked: today's facts, the form, how it stands; and taking it back (product.md §10)."""

from typing import Any
from uuid import UUID

from flask import flash, render_template, request

from marketplace.accounts.permissions import Permission
from marketplace.accounts.tax_ids import TaxIDWrong, check_tax_id
from marketplace.core import clock, policy
from marketplace.core.acting import Page, answer_once, viewer_here
from marketplace.core.db import transaction
from marketplace.core.errors import Conflict
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy
from marketplace.core.regions import TAXED_BY_REGION, region_code
from marketplace.core.web import current_actor, in_person, path_id, requires, see_other, takes_files
from vendors import queries, services
from vendors.changing import ADDRESS, MOST_DAYS_AHEAD, PAPERS, Wanted
from vendors.errors import ChangePapersMissing, HoldsTooLate
from vendors.models import ChangeState, FactChange, Vendor
from vendors.schemas import ChangeInput
from vendors.views.blueprint import bp
from vendors.views.fact_words import PAPER_WORDS, change_row, files_of
from vendors.views.papers import keep_file

PAPER_NEEDED = {
    "registry": lazy("Add an extract of the register that shows the change, not older than 3 months."),
    "owners": lazy("Add a list of the owners that shows the change."),
    "tax_id": lazy("Add a certificate of the tax office that shows the number."),
}


@bp.get("/portal/facts")
@requires(Permission.SHOP_EDIT)
def list_changes() -> str:
    """What was checked and is in force, and every change of it that was asked for."""
    vendor = queries.vendor_by_id(viewer_here().company_id)
    rows = [change_row(change) for change in queries.changes_of(vendor.id)]
    return render_template(
        "vendors/list_changes.html",
        vendor=vendor,
        numbers=queries.checked_numbers(vendor.id),
        facts=queries.checked_facts(vendor.id),
        is_checked=queries.has_checked_facts(vendor.id),
        opened=next((row for row in rows if row["change"].is_open), None),
        rows=rows,
    )


@bp.route("/portal/facts/change", methods=["GET", "POST"])
@requires(Permission.SHOP_EDIT)
@in_person
@takes_files(len(PAPERS))
def change_facts() -> Page:
    """Ask for a change, or answer what the desk has asked about the one that waits."""
    vendor = queries.vendor_by_id(viewer_here().company_id)
    change = queries.open_change(vendor.id)
    if request.method != "POST":
        if change is not None and change.state is not ChangeState.DATA_NEEDED:
            return see_other("vendors.show_change", change_id=change.id)
        if not queries.has_checked_facts(vendor.id):
            return see_other("vendors.show_application")
        return _form(vendor, change, Form(ChangeInput, initial=_initial(vendor, change)))
    form = Form(ChangeInput, request.form)
    if not form.is_valid():
        return _form(vendor, change, form), 422
    wanted = _wanted(form, vendor)
    files = {kind: kept for kind in PAPERS if (kept := keep_file(form, f"{kind}_file", vendor.id)) is not None}
    if form.messages or wanted is None:
        return _form(vendor, change, form), 422
    data = form.data
    try:
        answer = answer_once("change_facts", data.model_dump(mode="json"), lambda: _send(vendor.id, wanted, data, files))
    except ChangePapersMissing as refused:
        kinds = refused.facts["kinds"]
        for kind in kinds if isinstance(kinds, list) else ():
            form.add_error(f"{kind}_file", gettext(PAPER_NEEDED[kind]))
        return _form(vendor, change, form), refused.status
    except HoldsTooLate as refused:
        form.add_error("holds_from", gettext(refused.text))
        return _form(vendor, change, form), refused.status
    except Conflict as refused:
        form.add_error("form", gettext(refused.text))
        return _form(vendor, change, form), refused.status
    flash(gettext("Sent. A verifier looks at it; until it is confirmed everything stays as it is."), "done")
    return see_other("vendors.show_change", change_id=answer["change"])


def _send(vendor_id: UUID, wanted: Wanted, data: ChangeInput, files: dict[str, UUID]) -> dict[str, Any]:
    change = services.send_change(
        vendor_id, wanted, reason=data.reason, holds_from=data.holds_from, note=data.note, files=files, actor=current_actor()
    )
    return {"change": str(change.id)}


def _key(number: dict[str, Any]) -> str:
    return f"{number['scheme']} {number['value']}"


def _wanted(form: Form[ChangeInput], vendor: Vendor) -> Wanted | None:
    """Every fact as it was written; a wrong state or number is said at its field."""
    data = form.data
    region = data.region
    if vendor.country in TAXED_BY_REGION:
        region = region_code(vendor.country, region)
        if not region:
            form.add_error("region", gettext("Write the state, such as WI or Wisconsin. Tax depends on it."))
    address = {"street": data.street, "postcode": data.postcode, "city": data.city, "region": region, "country": vendor.country}
    numbers = queries.checked_numbers(vendor.id)
    replaces = next((number for number in numbers if _key(number) == data.replaces), None) if data.tax_number else None
    number = None
    if data.tax_number and numbers and replaces is None:
        form.add_error("replaces", gettext("Choose the number that is replaced."))
    elif data.tax_number:
        country = (replaces.get("country") if replaces else None) or vendor.country
        try:
            checked = check_tax_id(country, data.tax_number, replaces["scheme"] if replaces else None)
        except TaxIDWrong:
            form.add_error("tax_number", gettext("This number does not fit: a digit is wrong or missing."))
        else:
            number = checked | {"country": country}
    if form.messages:
        return None
    return Wanted(
        name=data.name,
        local_name=data.local_name,
        registry_number=data.registry_number,
        address=address,
        owners=data.owners,
        tax_id=number,
        replaces=replaces,
    )


def _initial(vendor: Vendor, change: FactChange | None) -> dict[str, Any]:
    facts = queries.checked_facts(vendor.id) | (change.after if change else {})
    initial: dict[str, Any] = {fact: facts[fact] for fact in ("name", "local_name", "registry_number", "owners")}
    initial |= {key: facts["address"].get(key) for key in ADDRESS}
    numbers = queries.checked_numbers(vendor.id)
    initial["replaces"] = _key(numbers[0]) if len(numbers) == 1 else None
    initial["holds_from"] = clock.now().date().isoformat()
    if change is not None:
        initial |= {"reason": change.reason.value, "holds_from": change.holds_from.isoformat(), "note": change.note}
        if "tax_id" in change.after:
            initial["tax_number"] = change.after["tax_id"]["display"]
            initial["replaces"] = _key(change.before["tax_id"]) if change.before["tax_id"] else None
    return initial


def _form(vendor: Vendor, change: FactChange | None, form: Form[ChangeInput]) -> str:
    return render_template(
        "vendors/change_facts.html",
        vendor=vendor,
        form=form,
        asked=change_row(change) if change is not None and change.state is ChangeState.DATA_NEEDED else None,
        facts=queries.checked_facts(vendor.id),
        numbers=[(_key(number), number["display"]) for number in queries.checked_numbers(vendor.id)],
        reasons=[(reason.value, gettext(word)) for reason, word in queries.REASON_WORDS.items()],
        kept=files_of(change) if change is not None else {},
        days=policy.current().fact_change_business_days,
        most_days=MOST_DAYS_AHEAD,
    )


@bp.get("/portal/facts/changes/<change_id>")
@requires(Permission.SHOP_EDIT)
def show_change(change_id: str) -> str:
    """How one change stands: what differs, its papers, what the desk says."""
    return _page(queries.change_of(path_id(change_id), vendor_id=viewer_here().company_id))


def _page(change: FactChange, refusal: str | None = None) -> str:
    return render_template(
        "vendors/show_change.html",
        row=change_row(change),
        change=change,
        refusal=refusal,
        papers=[(gettext(PAPER_WORDS[kind]), stored) for kind, stored in files_of(change).items()],
    )


@bp.post("/portal/facts/changes/<change_id>/withdraw")
@requires(Permission.SHOP_EDIT)
@in_person
def withdraw_change(change_id: str) -> Page:
    """Take a change back before it is in force."""
    change = queries.change_of(path_id(change_id), vendor_id=viewer_here().company_id)
    try:
        if change.state is not ChangeState.WITHDRAWN:  # a second click finds it done
            with transaction():
                services.withdraw_change(change.id, actor=current_actor())
    except Conflict as refused:
        return _page(queries.change_by_id(change.id), gettext(refused.text)), refused.status
    flash(gettext("Withdrawn. Everything stays as it is."), "done")
    return see_other("vendors.show_change", change_id=change.id)
