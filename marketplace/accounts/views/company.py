"""The company's profile, its two sides, its delivery addresses, and where prices are shown for."""

from flask import flash, redirect, render_template, request, session
from werkzeug.wrappers import Response

from marketplace.accounts import queries, services
from marketplace.accounts.errors import LastLocation
from marketplace.accounts.permissions import Permission
from marketplace.accounts.schemas import CompanyInput, LocationInput, ShipToInput
from marketplace.accounts.tax_ids import check_tax_id
from marketplace.accounts.views.blueprint import bp
from marketplace.accounts.views.entry import Answer
from marketplace.accounts.views.members import the_viewer
from marketplace.core import once
from marketplace.core.db import transaction
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.policy import current as policy
from marketplace.core.web import current_actor, current_viewer, once_key, own_path, path_id, public, requires, see_other

LOCATION_FIELDS = ("name", "street", "postcode", "city", "region", "country", "dock")


@bp.get("/company")
@requires(Permission.COMPANY_VIEW)
def show_company() -> str:
    """Who the company is."""
    company = queries.company_by_id(the_viewer().company_id)
    shown = [t["display"] for t in company.tax_ids]
    initial = {field: getattr(company, field) for field in ("name", "local_name", "country", "currency", "phone", "email")}
    initial |= {"tax_id": shown[0] if shown else "", "other_id": shown[1] if len(shown) > 1 else ""}
    return _profile(Form(CompanyInput, initial=initial))


@bp.post("/company")
@requires(Permission.COMPANY_EDIT)
def edit_company() -> Answer:
    """Change who the company is."""
    form = Form(CompanyInput, request.form)
    if not form.is_valid():
        return _profile(form), 422
    data = form.data
    with transaction():
        services.edit_company(
            the_viewer().company_id,
            name=data.name,
            local_name=data.local_name,
            country=data.country,
            currency=data.currency,
            phone=data.phone,
            email=data.email,
            tax_ids=[check_tax_id(data.country, number) for number in (data.tax_id, data.other_id) if number],
            actor=current_actor(),
        )
    flash(gettext("Saved."), "done")
    return see_other("accounts.show_company")


def _profile(form: Form[CompanyInput]) -> str:
    viewer = the_viewer()
    company = queries.company_by_id(viewer.company_id)
    return render_template("accounts/show_company.html", form=form, company=company, can_edit=viewer.can(Permission.COMPANY_EDIT))


@bp.post("/company/sell")
@requires(Permission.COMPANY_EDIT)
def start_selling() -> Response:
    """Open the selling side."""
    with transaction():
        services.start_selling(the_viewer().company_id, actor=current_actor())
    flash(gettext("The shop portal is open. The application is the first step there."), "done")
    return see_other("accounts.show_company")


@bp.post("/company/buy")
@requires(Permission.COMPANY_EDIT)
def start_buying() -> Response:
    """Open the buying side."""
    with transaction():
        services.start_buying(the_viewer().company_id, actor=current_actor())
    flash(gettext("You can buy now. Add a delivery address first."), "done")
    return see_other("accounts.list_locations")


@bp.get("/company/locations")
@requires(Permission.COMPANY_VIEW)
def list_locations() -> str:
    """Where goods go."""
    viewer = the_viewer()
    return render_template(
        "accounts/list_locations.html", locations=queries.locations(viewer.company_id), can_edit=viewer.can(Permission.COMPANY_EDIT)
    )


@bp.route("/company/locations/new", methods=["GET", "POST"])
@requires(Permission.COMPANY_EDIT)
def add_location() -> Answer:
    """Another delivery address. `next` leads back to the page that needed it."""
    viewer = the_viewer()
    target = own_path(request.values.get("next"), "")
    if request.method != "POST":
        form = Form(LocationInput, initial={"country": viewer.country})
        return render_template("accounts/edit_location.html", form=form, title=gettext("Add an address"), target=target)
    form = Form(LocationInput, request.form)
    if not form.is_valid():
        return render_template("accounts/edit_location.html", form=form, title=gettext("Add an address"), target=target), 422
    content = form.data.model_dump()
    with transaction():
        if once.claim("accounts.add_location", once_key(), content) is None:
            services.add_location(viewer.company_id, **content, actor=current_actor())
    flash(gettext("Saved."), "done")
    return redirect(target, 303) if target else see_other("accounts.list_locations")


@bp.route("/company/locations/<location_id>", methods=["GET", "POST"])
@requires(Permission.COMPANY_EDIT)
def edit_location(location_id: str) -> Answer:
    """Change a delivery address; orders keep the copy that they were placed with."""
    viewer = the_viewer()
    location = queries.location_of(path_id(location_id), company_id=viewer.company_id)
    if request.method != "POST":
        form = Form(LocationInput, initial={field: getattr(location, field) for field in LOCATION_FIELDS})
        return render_template("accounts/edit_location.html", form=form, title=location.name, target="")
    form = Form(LocationInput, request.form)
    if not form.is_valid():
        return render_template("accounts/edit_location.html", form=form, title=location.name, target=""), 422
    with transaction():
        services.edit_location(location.id, company_id=viewer.company_id, **form.data.model_dump(), actor=current_actor())
    flash(gettext("Saved."), "done")
    return see_other("accounts.list_locations")


@bp.post("/company/locations/<location_id>/default")
@requires(Permission.COMPANY_EDIT)
def make_default_location(location_id: str) -> Response:
    """Goods go here by default."""
    with transaction():
        services.make_default_location(path_id(location_id), company_id=the_viewer().company_id, actor=current_actor())
    # The default is where prices are shown for, until another country is chosen again.
    session.pop("ship_to", None)
    flash(gettext("Saved."), "done")
    return see_other("accounts.list_locations")


@bp.post("/company/locations/<location_id>/remove")
@requires(Permission.COMPANY_EDIT)
def remove_location(location_id: str) -> Response:
    """Take an address from the list."""
    try:
        with transaction():
            services.remove_location(path_id(location_id), company_id=the_viewer().company_id, actor=current_actor())
        flash(gettext("Removed. Orders keep their copy."), "done")
    except LastLocation as refusal:
        flash(gettext(refusal.text), "late")
    return see_other("accounts.list_locations")


@bp.route("/ship-to", methods=["GET", "POST"])
@public
def edit_ship_to() -> Answer:
    """The country for which prices, freight and tax are shown; also for a visitor."""
    viewer = current_viewer()
    target = own_path(request.values.get("next"), "/")
    present = session.get("ship_to") or (viewer.ship_to_country if viewer else None) or policy().platform_country
    if request.method != "POST":
        return render_template("accounts/edit_ship_to.html", form=Form(ShipToInput, initial={"country": present}), target=target)
    form = Form(ShipToInput, request.form)
    if not form.is_valid():
        return render_template("accounts/edit_ship_to.html", form=form, target=target), 422
    session["ship_to"] = form.data.country
    return redirect(target, 303)
