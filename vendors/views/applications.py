"""The vendor's application: legal facts, documents, agreement, and how it stands."""

from flask import flash, render_template, request

from marketplace.accounts import queries as accounts
from marketplace.accounts.permissions import Permission
from marketplace.core.acting import Page, viewer_here
from marketplace.core.db import transaction
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy
from marketplace.core.web import current_actor, in_person, requires, see_other, takes_files
from marketplace.quality import queries as quality
from vendors import agreement, queries, services
from vendors.errors import ApplicationClosed, ApplicationIncomplete
from vendors.models import RequirementState, VendorState
from vendors.requirements import GIVEN_BY_VENDOR, KINDS
from vendors.schemas import KIND_WORDS, ApplicationInput
from vendors.services.applications import WRITABLE, takes_papers
from vendors.views.blueprint import bp
from vendors.views.fact_words import opened_change
from vendors.views.papers import keep_documents
from vendors.views.words import requirement_rows, state_word

FIELD_OF = {"registry": "registry_number", "address": "street", "owners": "owners", "agreement": "agreement", "tax_id": "tax_id"}
MISSING = {
    "registry": lazy("Choose what you are, write the number and add the extract."),
    "tax_id": lazy("Add the number on the page of your company first."),
    "address": lazy("Write street, postcode, city and country."),
    "owners": lazy("Name everybody who owns or controls 25 % or more."),
    "agreement": lazy("Accept the agreement."),
}

TURNED_DOWN = lazy("The verification desk has turned this down: change it, or add a paper.")


@bp.get("/portal/application")
@requires(Permission.SHOP_EDIT)
def show_application() -> str:
    """How the application stands, and the form while it can be changed."""
    vendor_id = viewer_here().company_id
    vendor = queries.find_vendor(vendor_id)
    company = accounts.company_by_id(vendor_id)
    initial: dict[str, object] = {"country": company.country, "phone": company.phone, "email": company.email}
    if vendor is not None:
        initial |= {"kind": vendor.kind, "registry_number": vendor.registry_number, "owners": vendor.owners}
        initial |= {key: value for key, value in vendor.address.items() if value}
        initial |= {key: value for key, value in (("phone", vendor.phone), ("email", vendor.email)) if value}
        line = queries.requirements_of(vendor_id).get("agreement")
        # What was turned down is signed again on purpose.
        is_signed = line is not None and line.state is not RequirementState.FAILED and (line.value or "").startswith(agreement.VERSION)
        initial["agreement"] = "1" if is_signed else ""
    return _page(Form(ApplicationInput, initial=initial))


@bp.post("/portal/application")
@requires(Permission.SHOP_EDIT)
@in_person
@takes_files(len(GIVEN_BY_VENDOR))
def edit_application() -> Page:
    """Keep what was written; with `act=submit` hand it to the verification desk."""
    vendor_id = viewer_here().company_id
    actor = current_actor()
    form = Form(ApplicationInput, request.form)
    is_valid = form.is_valid()
    try:
        if not is_valid:
            return _page(form), 422
        data, vendor = form.data, queries.find_vendor(vendor_id)
        is_renewal = vendor is not None and vendor.state is VendorState.RECHECK_DUE
        if vendor is not None and is_renewal and not takes_papers(vendor):
            raise ApplicationClosed
        if not is_renewal:  # the facts stay as they were checked
            with transaction():
                services.save_application(
                    vendor_id,
                    kind=data.kind,
                    registry_number=data.registry_number,
                    address={key: getattr(data, key) for key in ("street", "postcode", "city", "region", "country")},
                    owners=data.owners,
                    phone=data.phone,
                    email=data.email,
                    is_signed=data.agreement == "1",
                    actor=actor,
                )
        keep_documents(form, vendor_id, GIVEN_BY_VENDOR, actor=actor)
        if form.messages:
            return _page(form), 422
        if request.form.get("act") != "submit":
            flash(gettext("Saved. Nobody looks at it until you send it."), "done")
            return see_other("vendors.show_application")
        with transaction():
            if is_renewal:
                services.send_papers(vendor_id, is_signed=data.agreement == "1", actor=actor)
            else:
                services.submit_application(vendor_id, actor=actor)
    except ApplicationIncomplete as refusal:
        kinds, lines = refusal.facts["kinds"], queries.requirements_of(vendor_id)
        for kind in kinds if isinstance(kinds, list) else ():
            is_failed = lines[kind].state is RequirementState.FAILED and kind != "agreement"
            form.add_error(FIELD_OF[kind], gettext(TURNED_DOWN if is_failed else MISSING[kind]))
        return _page(form), 409
    except ApplicationClosed as refusal:
        flash(gettext(refusal.text), "late")
        return see_other("vendors.show_application")
    flash(gettext("Sent. The verification desk answers within 16 business hours."), "done")
    return see_other("vendors.show_application")


def _page(form: Form[ApplicationInput]) -> str:
    vendor_id = viewer_here().company_id
    vendor = queries.find_vendor(vendor_id)
    state = vendor.state if vendor else VendorState.DATA_NEEDED
    return render_template(
        "vendors/show_application.html",
        form=form,
        company=accounts.company_by_id(vendor_id),
        vendor=vendor,
        state=state_word(state),
        contested=quality.standing_of_vendor(vendor) if vendor else None,
        has_appealed=viewer_here().can(Permission.DECISION_APPEAL) and bool(quality.appeals_of(vendor_id)),
        rows=requirement_rows(vendor_id),
        opened=opened_change(vendor_id),
        is_checked=queries.has_checked_facts(vendor_id),
        is_writable=state in WRITABLE,
        is_renewal=vendor is not None and takes_papers(vendor),
        identity_until=queries.identity_until(vendor_id),
        was_refused=state is VendorState.REFUSED,
        is_waiting=state is VendorState.DATA_NEEDED and vendor is not None and vendor.submitted_at is not None,
        kinds=[(key, gettext(word)) for key, word in KIND_WORDS.items()],
        lines=KINDS,
        documents=queries.documents_of(vendor_id),
        clauses=[gettext(clause) for clause in agreement.CLAUSES],
        version=agreement.VERSION,
    )
