"""The units of the company: departments in a tree, to which members belong."""

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts import queries, services
from marketplace.accounts.errors import TooManyUnits, UnitBelowItself, UnitHasUnits, UnitNameTaken, UnitsTooDeep
from marketplace.accounts.permissions import Permission
from marketplace.accounts.schemas import UnitInput
from marketplace.accounts.views.blueprint import bp
from marketplace.core.acting import Page, act_once, viewer_here
from marketplace.core.db import transaction
from marketplace.core.errors import MarketplaceError, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.web import current_actor, path_id, requires, see_other

FIELD_OF: dict[type[MarketplaceError], str] = {
    UnitNameTaken: "name",
    TooManyUnits: "name",
    UnitBelowItself: "parent_id",
    UnitsTooDeep: "parent_id",
}


@bp.get("/company/units")
@requires(Permission.COMPANY_VIEW)
def list_units() -> str:
    """The tree."""
    viewer = viewer_here()
    return render_template("accounts/list_units.html", units=queries.units(viewer.company_id), can_edit=viewer.can(Permission.COMPANY_EDIT))


@bp.route("/company/units/new", methods=["GET", "POST"])
@requires(Permission.COMPANY_EDIT)
def add_unit() -> Page:
    """Another unit, at the top or below one."""
    viewer = viewer_here()
    title = gettext("Add a unit")
    if request.method != "POST":
        return _page(Form(UnitInput, initial={"parent_id": request.args.get("below", "")[:40]}), title)
    form = Form(UnitInput, request.form)
    if not form.is_valid():
        return _page(form, title), 422
    try:
        act_once(
            "add_unit",
            form.data.model_dump(),
            lambda: services.add_unit(viewer.company_id, **form.data.model_dump(), actor=current_actor()),
        )
    except (UnitNameTaken, UnitsTooDeep, TooManyUnits, NotFound) as refusal:
        return _refused(form, title, refusal)
    flash(gettext("Saved."), "done")
    return see_other("accounts.list_units")


@bp.route("/company/units/<unit_id>", methods=["GET", "POST"])
@requires(Permission.COMPANY_EDIT)
def edit_unit(unit_id: str) -> Page:
    """Another name, cost centre or place for a unit."""
    viewer = viewer_here()
    unit = queries.unit_of(path_id(unit_id), company_id=viewer.company_id)
    key, title = str(unit.id), unit.name
    if request.method != "POST":
        initial = {"name": unit.name, "cost_centre": unit.cost_centre, "parent_id": unit.parent_id}
        return _page(Form(UnitInput, initial=initial), title, key)
    form = Form(UnitInput, request.form)
    if not form.is_valid():
        return _page(form, title, key), 422
    try:
        with transaction():
            services.edit_unit(unit.id, company_id=viewer.company_id, **form.data.model_dump(), actor=current_actor())
    except (UnitNameTaken, UnitBelowItself, UnitsTooDeep, NotFound) as refusal:
        return _refused(form, title, refusal, key)
    flash(gettext("Saved."), "done")
    return see_other("accounts.list_units")


@bp.post("/company/units/<unit_id>/remove")
@requires(Permission.COMPANY_EDIT)
def remove_unit(unit_id: str) -> Response:
    """Take a unit from the tree; its members stand in the one above."""
    try:
        with transaction():
            services.remove_unit(path_id(unit_id), company_id=viewer_here().company_id, actor=current_actor())
        flash(gettext("Removed. Its members stand in the unit above it."), "done")
    except UnitHasUnits as refusal:
        flash(gettext(refusal.text), "late")
    return see_other("accounts.list_units")


def _refused(form: Form[UnitInput], title: str, refusal: MarketplaceError, key: str | None = None) -> tuple[str, int]:
    text = gettext("It is no longer there. Choose another one.") if isinstance(refusal, NotFound) else gettext(refusal.text)
    form.add_error(FIELD_OF.get(type(refusal), "parent_id"), text)
    return _page(form, title, key), 409


def _page(form: Form[UnitInput], title: str, key: str | None = None) -> str:
    """Where it can stand: everywhere but below itself."""
    rows = queries.units(viewer_here().company_id)
    own = next((row.path for row in rows if str(row.id) == key), None)
    places = [(str(row.id), "– " * row.depth + row.name) for row in rows if own is None or row.path[: len(own)] != own]
    return render_template("accounts/edit_unit.html", form=form, title=title, unit_id=key, places=places)
