"""The company's profile and its two sides."""

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts import queries, services
from marketplace.accounts.errors import FactsChecked
from marketplace.accounts.permissions import Permission
from marketplace.accounts.schemas import CompanyInput, ContactInput
from marketplace.accounts.views.blueprint import bp
from marketplace.core.acting import Page, viewer_here
from marketplace.core.db import transaction
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.web import current_actor, page_url, requires, see_other
from vendors import queries as vendors

CHECKED = ("name", "local_name", "country", "region")
"""What a vendor shows a verifier; it changes by a check alone (docs/decisions/0037)."""


@bp.get("/company")
@requires(Permission.COMPANY_VIEW)
def show_company() -> str:
    """Who the company is."""
    company = queries.company_by_id(viewer_here().company_id)
    initial = {field: getattr(company, field) for field in ("name", "local_name", "country", "region", "currency", "phone", "email")}
    return _profile(Form(CompanyInput, initial=initial))


@bp.post("/company")
@requires(Permission.COMPANY_EDIT)
def edit_company() -> Page:
    """Change who the company is; of a vendor what was checked is not asked, and stays."""
    company = queries.company_by_id(viewer_here().company_id)
    is_checked = vendors.has_checked_facts(company.id)
    form = Form(ContactInput if is_checked else CompanyInput, request.form)
    if not form.is_valid():
        return _profile(form), 422
    data = form.data
    # What was sent is compared in the act: a page that was opened before the check has fields that this one lacks.
    sent = {field: request.form.get(field, "").strip() or None for field in CHECKED if field in request.form} if is_checked else {}
    checked = {field: sent.get(field, getattr(company, field)) if is_checked else getattr(data, field) for field in CHECKED}
    try:
        with transaction():
            services.edit_company(
                company.id,
                **checked,
                currency=data.currency,
                phone=data.phone,
                email=data.email,
                is_checked=vendors.has_checked_facts(company.id),
                actor=current_actor(),
            )
    except FactsChecked as refusal:
        form.add_error("form", gettext(refusal.text))
        return _profile(form), refusal.status
    flash(gettext("Saved."), "done")
    return see_other("accounts.show_company")


def _profile(form: Form[CompanyInput] | Form[ContactInput]) -> str:
    viewer = viewer_here()
    company = queries.company_by_id(viewer.company_id)
    return render_template(
        "accounts/show_company.html",
        form=form,
        company=company,
        can_edit=viewer.can(Permission.COMPANY_EDIT),
        change_url=page_url("vendors.change_facts") if vendors.has_checked_facts(company.id) else None,
    )


@bp.post("/company/sell")
@requires(Permission.COMPANY_EDIT)
def start_selling() -> Response:
    """Open the selling side."""
    with transaction():
        services.start_selling(viewer_here().company_id, actor=current_actor())
    flash(gettext("The shop portal is open. The application is the first step there."), "done")
    return see_other("accounts.show_company")


@bp.post("/company/buy")
@requires(Permission.COMPANY_EDIT)
def start_buying() -> Response:
    """Open the buying side."""
    with transaction():
        services.start_buying(viewer_here().company_id, actor=current_actor())
    flash(gettext("You can buy now. Add a delivery address first."), "done")
    return see_other("accounts.list_locations")
