"""A vendor's groups of buyers."""

from uuid import UUID

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.core.acting import Page, act_once, answer_once
from marketplace.core.downloads import download_csv
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy
from marketplace.core.web import current_actor, path_id, requires, see_other
from marketplace.pricing import services
from marketplace.pricing.errors import SegmentInUse, SegmentNameTaken
from marketplace.pricing.queries import portal
from marketplace.pricing.schemas import SegmentInput, UseInput
from marketplace.pricing.views.blueprint import bp, vendor_id
from marketplace.pricing.views.customers import customer_choices, use_of

HEAD = (lazy("Name"), lazy("Companies"), lazy("Price lists"))


@bp.get("/portal/segments")
@requires(Permission.PRODUCT_EDIT)
def list_segments() -> str:
    """The groups of the vendor, by name."""
    return _list_page(Form(SegmentInput))


def _list_page(form: Form[SegmentInput]) -> str:
    asked = portal.SEGMENTS.read(request.args)
    found = portal.SEGMENTS.page(portal.segments_of_vendor(vendor_id()), asked)
    return render_template("pricing/list_segments.html", asked=asked, found=found, form=form)


@bp.get("/portal/segments.csv")
@requires(Permission.PRODUCT_EDIT)
def export_segments() -> Response:
    """The table as it is filtered and sorted."""
    asked = portal.SEGMENTS.read(request.args)
    rows = [(row.name, row.members, row.lists) for row in portal.SEGMENTS.rows(portal.segments_of_vendor(vendor_id()), asked)]
    return download_csv([gettext(head) for head in HEAD], rows, "segments.csv")


@bp.post("/portal/segments")
@requires(Permission.PRODUCT_EDIT)
def add_segment() -> Page:
    """A new group."""
    form = Form(SegmentInput, request.form)
    if not form.is_valid():
        return _list_page(form), 422
    name = form.data.name
    try:
        made = answer_once(
            "add_segment",
            {"name": name},
            lambda: {"segment": str(services.add_segment(name, vendor_id=vendor_id(), actor=current_actor()).id)},
        )
    except SegmentNameTaken as refused:
        form.add_error("name", gettext(refused.text))
        return _list_page(form), refused.status
    return see_other("pricing.show_segment", segment_id=made["segment"])


@bp.get("/portal/segments/<segment_id>")
@requires(Permission.PRODUCT_EDIT)
def show_segment(segment_id: str) -> str:
    """A group with its companies."""
    return _page(path_id(segment_id))


def _page(segment_id: UUID, form: Form[SegmentInput] | None = None, use_form: Form[UseInput] | None = None) -> str:
    own = vendor_id()
    segment = portal.segment_of_vendor(segment_id, vendor_id=own)
    return render_template(
        "pricing/show_segment.html",
        segment=segment,
        members=portal.members_of_segment(segment_id, vendor_id=own),
        customers=customer_choices(own),
        form=form or Form(SegmentInput, initial={"name": segment.name}),
        use_form=use_form or Form(UseInput),
        refused=use_form or form,
    )


@bp.post("/portal/segments/<segment_id>")
@requires(Permission.PRODUCT_EDIT)
def rename_segment(segment_id: str) -> Page:
    """Another name."""
    wanted = path_id(segment_id)
    portal.segment_of_vendor(wanted, vendor_id=vendor_id())
    form = Form(SegmentInput, request.form)
    if not form.is_valid():
        return _page(wanted, form), 422
    name = form.data.name
    try:
        act_once(
            "rename_segment",
            {"segment": wanted, "name": name},
            lambda: services.rename_segment(wanted, name, vendor_id=vendor_id(), actor=current_actor()),
        )
    except SegmentNameTaken as refused:
        form.add_error("name", gettext(refused.text))
        return _page(wanted, form), refused.status
    flash(gettext("Saved."), "done")
    return see_other("pricing.show_segment", segment_id=wanted)


@bp.post("/portal/segments/<segment_id>/companies")
@requires(Permission.PRODUCT_EDIT)
def add_segment_company(segment_id: str) -> Page:
    """Let a company into the group."""
    wanted = path_id(segment_id)
    own = vendor_id()
    portal.segment_of_vendor(wanted, vendor_id=own)
    form = Form(UseInput, request.form)
    if not form.is_valid():
        return _page(wanted, use_form=form), 422
    use = use_of(form, own)
    if use is None:
        return _page(wanted, use_form=form), 422
    act_once(
        "add_to_segment",
        {"segment": wanted, "company": use.company_id},
        lambda: services.add_to_segment(wanted, use.company_id, vendor_id=own, actor=current_actor()),
    )
    flash(gettext("Added."), "done")
    return see_other("pricing.show_segment", segment_id=wanted)


@bp.post("/portal/segments/<segment_id>/companies/<company_id>/remove")
@requires(Permission.PRODUCT_EDIT)
def remove_segment_company(segment_id: str, company_id: str) -> Response:
    """Take a company out of the group."""
    wanted, company = path_id(segment_id), path_id(company_id)
    act_once(
        "remove_from_segment",
        {"segment": wanted, "company": company},
        lambda: services.remove_from_segment(wanted, company, vendor_id=vendor_id(), actor=current_actor()),
    )
    flash(gettext("Removed."), "done")
    return see_other("pricing.show_segment", segment_id=wanted)


@bp.post("/portal/segments/<segment_id>/remove")
@requires(Permission.PRODUCT_EDIT)
def remove_segment(segment_id: str) -> Response:
    """Take the group away."""
    wanted = path_id(segment_id)
    try:
        act_once(
            "remove_segment", {"segment": wanted}, lambda: services.remove_segment(wanted, vendor_id=vendor_id(), actor=current_actor())
        )
    except SegmentInUse as refused:
        flash(gettext(refused.text), "late")
        return see_other("pricing.show_segment", segment_id=wanted)
    flash(gettext("Removed."), "done")
    return see_other("pricing.list_segments")
