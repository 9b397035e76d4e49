"""The vendor's own customers, and its notes about them, which they never see."""

from flask import Response, flash, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from marketplace.accounts.permissions import Permission
from marketplace.core.acting import Page, act_once, viewer_here
from marketplace.core.db import transaction
from marketplace.core.downloads import download_csv
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy
from marketplace.core.money import plain
from marketplace.core.web import current_actor, path_id, requires, see_other
from marketplace.orders import wording
from marketplace.quality import queries as quality
from vendors import queries, services
from vendors.schemas import NoteInput
from vendors.views.blueprint import bp

HEAD = (
    lazy("Customer"), lazy("Country"), lazy("Orders"), lazy("Open"), lazy("Spend"), lazy("Currency"), lazy("First order"), lazy("Last order"),
)  # fmt: skip


@bp.get("/portal/customers")
@requires(Permission.VENDOR_ORDER_VIEW)
def list_customers() -> str:
    """The companies that ordered: how often, for how much, when last."""
    vendor = queries.vendor_by_id(viewer_here().company_id)
    asked = quality.CUSTOMERS.read(request.args)
    found = quality.CUSTOMERS.page(quality.customers(vendor.id), asked)
    return render_template(
        "vendors/list_customers.html",
        vendor=vendor,
        asked=asked,
        found=found,
        customers=[quality.customer_from(row) for row in found.rows],
    )


@bp.get("/portal/customers.csv")
@requires(Permission.VENDOR_ORDER_VIEW)
def export_customers() -> Response:
    """The same companies as CSV; notes stay here."""
    vendor = queries.vendor_by_id(viewer_here().company_id)
    found = quality.CUSTOMERS.rows(quality.customers(vendor.id), quality.CUSTOMERS.read(request.args))
    rows = (
        (
            r.name,
            r.country,
            r.orders,
            r.open,
            plain(int(r.spend_minor), vendor.currency),
            vendor.currency,
            r.first_at.date(),
            r.last_at.date(),
        )
        for r in found
    )
    return download_csv([gettext(word) for word in HEAD], rows, "customers.csv")


@bp.get("/portal/customers/<company_id>")
@requires(Permission.VENDOR_ORDER_VIEW)
def show_customer(company_id: str) -> str:
    """One customer: its orders and the notes about it."""
    customer = quality.customer_of(viewer_here().company_id, path_id(company_id))
    return _customer(customer, Form(NoteInput))


@bp.post("/portal/customers/<company_id>/notes")
@requires(Permission.VENDOR_ORDER_FULFIL)
def write_note(company_id: str) -> Page:
    """Write a note that only this vendor's people see."""
    vendor_id = viewer_here().company_id
    customer = quality.customer_of(vendor_id, path_id(company_id))
    form = Form(NoteInput, request.form)
    if not form.is_valid():
        return _customer(customer, form), 422
    act_once(
        "write_note",
        form.data.model_dump() | {"about": str(customer.buyer_id)},
        lambda: services.write_note(customer.buyer_id, form.data.text, vendor_id=vendor_id, actor=current_actor()),
    )
    flash(gettext("Note kept. Only your own people see it."), "done")
    return see_other("vendors.show_customer", company_id=customer.buyer_id)


@bp.post("/portal/customers/notes/<note_id>/remove")
@requires(Permission.VENDOR_ORDER_FULFIL)
def remove_note(note_id: str) -> BaseResponse:
    """Remove a note."""
    with transaction():
        buyer_id = services.remove_note(path_id(note_id), vendor_id=viewer_here().company_id, actor=current_actor())
    flash(gettext("Removed."), "done")
    return see_other("vendors.show_customer", company_id=buyer_id)


def _customer(customer: quality.Customer, form: Form[NoteInput]) -> str:
    vendor = queries.vendor_by_id(viewer_here().company_id)
    orders = quality.newest_orders_of(vendor.id, customer.buyer_id)
    return render_template(
        "vendors/show_customer.html",
        vendor=vendor,
        customer=customer,
        orders=[(order, wording.for_vendor(order, is_disputed=False)) for order in orders],
        notes=queries.notes_about(customer.buyer_id, vendor_id=vendor.id),
        form=form,
    )
