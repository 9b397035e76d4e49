"""Suspension by the desk: its effect, the statement of reasons, and the way back (product.md §10)."""

from dataclasses import dataclass

from flask import flash, render_template, request

from marketplace.accounts.permissions import Permission
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.models import ProductState
from marketplace.core.acting import Page
from marketplace.core.db import transaction
from marketplace.core.errors import InvalidMove
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, money
from marketplace.core.web import current_actor, path_id, requires, see_other
from marketplace.orders import queries as orders
from marketplace.quality import queries as quality
from vendors import queries, services
from vendors.models import Vendor, VendorState
from vendors.schemas import ReasonInput
from vendors.views.blueprint import bp
from vendors.views.words import happened_last, state_word

SEEN = (VendorState.APPROVED, VendorState.RECHECK_DUE)
"""States of a shop that is seen, and can be suspended."""


@bp.route("/desk/verification/<vendor_id>/suspend", methods=["GET", "POST"])
@requires(Permission.VENDOR_SUSPEND)
def suspend_vendor(vendor_id: str) -> Page:
    """What a suspension would do, and the statement of reasons that goes with it."""
    vendor = queries.vendor_by_id(path_id(vendor_id))
    if request.method != "POST":
        return _suspend_page(vendor, Form(ReasonInput)) if vendor.state in SEEN else _as_it_stands(vendor)
    form = Form(ReasonInput, request.form)
    if not form.is_valid() or vendor.state not in SEEN:
        return _suspend_page(vendor, form), 422 if vendor.state in SEEN else InvalidMove.status
    try:
        with transaction():
            services.suspend_vendor(vendor.id, reason=form.data.reason, actor=current_actor())
    except InvalidMove as refused:
        return _suspend_page(queries.vendor_by_id(vendor.id), form), refused.status
    flash(gettext("%(name)s is suspended. Nothing of it is seen from now on.", name=vendor.name), "done")
    return see_other("vendors.show_case", vendor_id=vendor.id)


def _suspend_page(vendor: Vendor, form: Form[ReasonInput]) -> str:
    return render_template(
        "vendors/suspend_vendor.html",
        form=form,
        vendor=vendor,
        state=state_word(vendor.state),
        effect=_effect(vendor),
        meanwhile=None if vendor.state in SEEN else happened_last(vendor.id),
    )


def _as_it_stands(vendor: Vendor) -> Page:
    """The case, for whoever comes back to a question that is answered."""
    flash(gettext("%(name)s: %(state)s. Nothing is left to decide here.", name=vendor.name, state=state_word(vendor.state).text), "need")
    return see_other("vendors.show_case", vendor_id=vendor.id)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a suspension touches: listings that vanish, what runs, and who is told."""

    products: int
    waiting: int
    trade: quality.OpenTrade
    held: str
    """The money held, in words; empty when there is none."""


def _effect(vendor: Vendor) -> Effect:
    trade = quality.open_trade(vendor.id)
    return Effect(
        products=catalogue.product_counts(vendor.id).get(ProductState.LIVE, 0),
        waiting=len(orders.orders_to_answer(vendor.id)),
        trade=trade,
        held=", ".join(money(minor, currency) for currency, minor in trade.held if minor),
    )


@bp.route("/desk/verification/<vendor_id>/restore", methods=["GET", "POST"])
@requires(Permission.VENDOR_SUSPEND)
def lift_suspension(vendor_id: str) -> Page:
    """Show the shop again, with the reason."""
    vendor = queries.vendor_by_id(path_id(vendor_id))
    is_suspended = vendor.state is VendorState.SUSPENDED
    if request.method != "POST":
        return _lift_page(vendor, Form(ReasonInput)) if is_suspended else _as_it_stands(vendor)
    form = Form(ReasonInput, request.form)
    if not form.is_valid() or not is_suspended:
        return _lift_page(vendor, form), 422 if is_suspended else InvalidMove.status
    try:
        with transaction():
            vendor = services.lift_suspension(vendor.id, reason=form.data.reason, actor=current_actor())
    except InvalidMove as refused:
        return _lift_page(queries.vendor_by_id(vendor.id), form), refused.status
    if vendor.state is VendorState.RECHECK_DUE:
        flash(gettext("%(name)s is seen again. A new check of its identity is due.", name=vendor.name), "done")
    else:
        flash(gettext("%(name)s is seen and sold again.", name=vendor.name), "done")
    return see_other("vendors.show_case", vendor_id=vendor.id)


def _lift_page(vendor: Vendor, form: Form[ReasonInput]) -> str:
    return render_template(
        "vendors/lift_suspension.html",
        form=form,
        vendor=vendor,
        state=state_word(vendor.state),
        effect=_effect(vendor),
        meanwhile=None if vendor.state is VendorState.SUSPENDED else happened_last(vendor.id),
    )
