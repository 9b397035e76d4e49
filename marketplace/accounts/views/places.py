"""Delivery addresses with their dock hours, the units of the company, and where prices are shown for."""

from collections.abc import Mapping, Sequence

from flask import flash, redirect, render_template, request, session
from werkzeug.wrappers import Response

from marketplace.accounts import docks, queries, services
from marketplace.accounts.errors import LastLocation
from marketplace.accounts.permissions import Permission
from marketplace.accounts.schemas import MOST_BANDS, LocationInput, ShipToInput
from marketplace.accounts.views.blueprint import bp
from marketplace.core.acting import Page, act_once, viewer_here
from marketplace.core.db import transaction
from marketplace.core.forms import Form
from marketplace.core.i18n import DAY_WORDS, gettext
from marketplace.core.policy import current as policy
from marketplace.core.web import current_actor, current_viewer, own_path, path_id, public, requires, see_other

LOCATION_FIELDS = ("name", "street", "postcode", "city", "region", "country", "dock", "contact_name", "contact_phone")


@bp.get("/company/locations")
@requires(Permission.COMPANY_VIEW)
def list_locations() -> str:
    """Where goods go."""
    viewer = viewer_here()
    return render_template(
        "accounts/list_locations.html",
        locations=[(location, docks.hours_text(location.dock_hours)) for location in queries.locations(viewer.company_id)],
        can_edit=viewer.can(Permission.COMPANY_EDIT),
    )


@bp.route("/company/locations/new", methods=["GET", "POST"])
@requires(Permission.COMPANY_EDIT)
def add_location() -> Page:
    """Another delivery address. `next` leads back to the page that needed it."""
    viewer = viewer_here()
    target = own_path(request.values.get("next"), "")
    if request.method != "POST":
        return _location_page(Form(LocationInput, initial={"country": viewer.country}), gettext("Add an address"), target)
    form = Form(LocationInput, request.form)
    if not form.is_valid():
        return _location_page(form, gettext("Add an address"), target), 422
    content = form.data.content()
    act_once("add_location", content, lambda: services.add_location(viewer.company_id, **content, actor=current_actor()))
    flash(gettext("Saved."), "done")
    return redirect(target, 303) if target else see_other("accounts.list_locations")


@bp.route("/company/locations/<location_id>", methods=["GET", "POST"])
@requires(Permission.COMPANY_EDIT)
def edit_location(location_id: str) -> Page:
    """Change a delivery address; orders keep the copy that they were placed with."""
    viewer = viewer_here()
    location = queries.location_of(path_id(location_id), company_id=viewer.company_id)
    title = location.name
    if request.method != "POST":
        initial = {field: getattr(location, field) for field in LOCATION_FIELDS}
        return _location_page(Form(LocationInput, initial=initial | _typed_hours(location.dock_hours)), title)
    form = Form(LocationInput, request.form)
    if not form.is_valid():
        return _location_page(form, title), 422
    with transaction():
        services.edit_location(location.id, company_id=viewer.company_id, **form.data.content(), actor=current_actor())
    flash(gettext("Saved."), "done")
    return see_other("accounts.list_locations")


def _typed_hours(hours: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Dock hours as the rows of the form hold them."""
    found: dict[str, str] = {}
    for number, (days, starts, ends) in enumerate(docks.bands(hours)):
        found |= {f"hours-{number}-starts": starts, f"hours-{number}-ends": ends}
        found |= {f"hours-{number}-{day}": "1" for day in days}
    return found


def _location_page(form: Form[LocationInput], title: str, target: str = "") -> str:
    # Two to begin with, and then always one more than is filled in.
    rows = form.rows("hours", blank=1)[:MOST_BANDS]
    rows = rows if len(rows) > 1 else ["hours-0", "hours-1"]
    days = [(day, gettext(word)) for day, word in DAY_WORDS.items()]
    return render_template("accounts/edit_location.html", form=form, title=title, target=target, rows=rows, days=days)


@bp.post("/company/locations/<location_id>/default")
@requires(Permission.COMPANY_EDIT)
def make_default_location(location_id: str) -> Response:
    """Goods go here by default."""
    with transaction():
        services.make_default_location(path_id(location_id), company_id=viewer_here().company_id, actor=current_actor())
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
            services.remove_location(path_id(location_id), company_id=viewer_here().company_id, actor=current_actor())
        flash(gettext("Removed. Orders keep their copy."), "done")
    except LastLocation as refusal:
        flash(gettext(refusal.text), "late")
    return see_other("accounts.list_locations")


@bp.route("/ship-to", methods=["GET", "POST"])
@public
def edit_ship_to() -> Page:
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
