"""The company's profile and its two sides."""

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts import queries, services
from marketplace.accounts.permissions import Permission
from marketplace.accounts.schemas import CompanyInput
from marketplace.accounts.views.blueprint import bp
from marketplace.core.acting import Page, viewer_here
from marketplace.core.db import transaction
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.web import current_actor, requires, see_other


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
    """Change who the company is."""
    form = Form(CompanyInput, request.form)
    if not form.is_valid():
        return _profile(form), 422
    data = form.data
    with transaction():
        services.edit_company(
            viewer_here().company_id,
            name=data.name,
            local_name=data.local_name,
            country=data.country,
            region=data.region,
            currency=data.currency,
            phone=data.phone,
            email=data.email,
            actor=current_actor(),
        )
    flash(gettext("Saved."), "done")
    return see_other("accounts.show_company")


def _profile(form: Form[CompanyInput]) -> str:
    viewer = viewer_here()
    company = queries.company_by_id(viewer.company_id)
    return render_template("accounts/show_company.html", form=form, company=company, can_edit=viewer.can(Permission.COMPANY_EDIT))


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
