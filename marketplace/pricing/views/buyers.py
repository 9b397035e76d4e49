"""Whom a list is meant for: companies, addresses, segments."""

from uuid import UUID

from flask import flash, request
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.core.acting import Page, act_once
from marketplace.core.errors import Conflict
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.web import current_actor, path_id, requires, see_other
from marketplace.pricing import services
from marketplace.pricing.queries import portal
from marketplace.pricing.schemas import SegmentsInput, UseInput
from marketplace.pricing.views.blueprint import bp, vendor_id
from marketplace.pricing.views.customers import use_of
from marketplace.pricing.views.lists import list_page


@bp.post("/portal/price-lists/<list_id>/companies")
@requires(Permission.PRODUCT_EDIT)
def add_list_company(list_id: str) -> Page:
    """Let a company, or one of its addresses, have the list."""
    wanted = path_id(list_id)
    own = vendor_id()
    portal.list_of_vendor(wanted, vendor_id=own)
    form = Form(UseInput, request.form)
    if not form.is_valid():
        return list_page(wanted, use_form=form), 422
    use = use_of(form, own)
    if use is None:
        return list_page(wanted, use_form=form), 422
    try:
        act_once(
            "add_use",
            {"list": wanted, "company": use.company_id, "location": use.location_id},
            lambda: services.add_use(wanted, use, vendor_id=own, actor=current_actor()),
        )
    except Conflict as refused:
        form.add_error("form", gettext(refused.text))
        return list_page(wanted, use_form=form), refused.status
    flash(gettext("Added."), "done")
    return see_other("pricing.show_price_list", list_id=wanted)


@bp.post("/portal/price-lists/<list_id>/companies/<use_id>/remove")
@requires(Permission.PRODUCT_EDIT)
def remove_list_company(list_id: str, use_id: str) -> Response:
    """Take a company, or one of its addresses, out of the list."""
    wanted, use = path_id(list_id), path_id(use_id)
    try:
        act_once(
            "remove_use",
            {"list": wanted, "use": use},
            lambda: services.remove_use(wanted, use, vendor_id=vendor_id(), actor=current_actor()),
        )
    except Conflict as refused:
        flash(gettext(refused.text), "late")
    else:
        flash(gettext("Removed."), "done")
    return see_other("pricing.show_price_list", list_id=wanted)


@bp.post("/portal/price-lists/<list_id>/segments")
@requires(Permission.PRODUCT_EDIT)
def set_list_segments(list_id: str) -> Page:
    """Say which segments have the list."""
    wanted = path_id(list_id)
    own = vendor_id()
    portal.list_of_vendor(wanted, vendor_id=own)
    form = Form(SegmentsInput, request.form)
    if not form.is_valid():
        return list_page(wanted, segments_form=form), 422
    try:
        act_once("set_segments", {"list": wanted, "segments": form.data.segments}, lambda: _set(wanted, form.data.segments))
    except Conflict as refused:
        flash(gettext(refused.text), "late")
    else:
        flash(gettext("Saved."), "done")
    return see_other("pricing.show_price_list", list_id=wanted)


def _set(list_id: UUID, segment_ids: list[UUID]) -> None:
    services.set_segments(list_id, segment_ids, vendor_id=vendor_id(), actor=current_actor())
