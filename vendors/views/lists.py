"""The operator's lists at the desk: certificate schemes, processes, materials, industries."""

from flask import flash, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.core.acting import Page, act_once
from marketplace.core.db import transaction
from marketplace.core.errors import NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.web import current_actor, requires, see_other
from vendors import queries, services
from vendors.errors import EntryExists
from vendors.lists import KINDS
from vendors.models import ListKind
from vendors.schemas import EntryInput, KeyInput
from vendors.views.blueprint import bp
from vendors.views.queues import desk_tabs
from vendors.views.shop import by_language


@bp.get("/desk/lists")
@requires(Permission.VENDOR_VERIFY)
def show_lists() -> str:
    """Every list with what is offered and what no longer."""
    return _page(Form(EntryInput), None)


@bp.post("/desk/lists/<kind>")
@requires(Permission.SETTING_EDIT)
def add_entry(kind: str) -> Page:
    """Offer another entry."""
    chosen = _kind(kind)
    typed = MultiDict(request.form)
    if chosen is ListKind.SCHEME:
        typed.poplist("name_zh")  # a scheme has one name everywhere, and its form one field
    form = Form(EntryInput, typed)
    if not form.is_valid():
        return _page(form, chosen), 422
    name = by_language(form.data.name_en, form.data.name_zh)
    try:
        act_once("add_entry", {"kind": kind, **name}, lambda: services.add_entry(chosen, name, actor=current_actor()))
    except EntryExists as refusal:
        form.add_error("name_en", gettext(refusal.text))
        return _page(form, chosen), 409
    flash(gettext("Added: vendors can choose it from now on."), "done")
    return see_other("vendors.show_lists")


@bp.post("/desk/lists/<kind>/withdraw")
@requires(Permission.SETTING_EDIT)
def withdraw_entry(kind: str) -> Response:
    """Offer an entry no longer."""
    with transaction():
        services.withdraw_entry(_kind(kind), _key(), actor=current_actor())
    flash(gettext("Offered no longer. Vendors that have chosen it keep it."), "done")
    return see_other("vendors.show_lists")


@bp.post("/desk/lists/<kind>/offer")
@requires(Permission.SETTING_EDIT)
def offer_entry(kind: str) -> Response:
    """Offer a withdrawn entry again."""
    with transaction():
        services.offer_entry(_kind(kind), _key(), actor=current_actor())
    flash(gettext("Offered again."), "done")
    return see_other("vendors.show_lists")


def _kind(value: str) -> ListKind:
    try:
        return ListKind(value)
    except ValueError as error:
        raise NotFound from error


def _key() -> str:
    form = Form(KeyInput, request.form)
    if not form.is_valid():
        raise NotFound
    return form.data.key


def _page(form: Form[EntryInput], chosen: ListKind | None) -> str:
    return render_template(
        "vendors/show_lists.html",
        form=form,
        chosen=chosen,
        lists=[(kind, gettext(KINDS[kind]), entries) for kind, entries in queries.all_entries().items()],
        tabs=desk_tabs(),
    )
