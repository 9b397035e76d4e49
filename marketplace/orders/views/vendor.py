"""The vendor's orders: the inbox, the page of one, and each step of its path."""

from collections.abc import Callable
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.core import clock
from marketplace.core.acting import Page, act_once, viewer_here
from marketplace.core.downloads import download_csv
from marketplace.core.errors import Conflict
from marketplace.core.forms import Form, FormSchema
from marketplace.core.i18n import gettext, money, ngettext
from marketplace.core.money import plain
from marketplace.core.web import current_actor, requires, see_other
from marketplace.orders import pages, queries, services, wording
from marketplace.orders.models import ChangeState, VendorOrder
from marketplace.orders.schemas import ProofInput, ReasonInput, ShipOrderInput
from marketplace.orders.views.blueprint import bp
from marketplace.orders.views.sides import VENDOR, act_on_order
from payments import queries as payments

Schema = TypeVar("Schema", bound=FormSchema)


@bp.get("/portal/orders")
@requires(Permission.VENDOR_ORDER_VIEW)
def list_vendor_orders() -> Page:
    """The vendor's inbox: what needs an answer first, by its deadline; below it all orders, newest first."""
    vendor_id = viewer_here().company_id
    asked = queries.VENDOR_ORDERS.read(request.args)
    is_start = not asked.is_filtered and not asked.after and not asked.before
    found = queries.vendor_orders(vendor_id, asked)
    ids = [order.id for order in found.rows]
    disputed = {order_id for order_id, claims in queries.claims_of_orders(ids).items() if any(claim.is_open for claim in claims)}
    changes = queries.changes_of_orders(ids)
    asking = {order_id: one for order_id, of_order in changes.items() for one in of_order if one.state is ChangeState.OPEN}
    answers = {order_id: one.answer_by_at for order_id, one in asking.items() if one.proposed_by == "buyer"}
    return render_template(
        "orders/list_vendor_orders.html",
        asked=asked,
        found=found,
        due=queries.due_of_orders(ids) | answers,
        today=clock.now().astimezone(ZoneInfo(viewer_here().time_zone)).date(),
        said={
            order.id: wording.for_vendor(
                order, is_disputed=order.id in disputed, asked_by=asking[order.id].proposed_by if order.id in asking else None
            )
            for order in found.rows
        },
        to_answer=queries.orders_to_answer(vendor_id) if is_start else [],
        changes=queries.changes_to_answer(vendor_id) if is_start else [],
    )


@bp.get("/portal/orders.csv")
@requires(Permission.VENDOR_ORDER_VIEW)
def export_vendor_orders() -> Response:
    """The same list as a table."""
    found = queries.export_of_vendor(viewer_here().company_id, queries.VENDOR_ORDERS.read(request.args))
    head = ["vendor_order", "buyer", "state", "placed_at", "accept_by_at", "currency"]
    return download_csv([*head, "goods", "freight", "tax", "total", "commission"], map(_csv_row, found), "orders.csv")


def _csv_row(order: Any) -> list[object]:
    sums = (order.goods_minor, order.freight_minor, order.tax_minor, order.total_minor, order.commission_minor)
    return [
        order.number,
        order.buyer_name,
        order.state.value,
        order.placed_at.isoformat(),
        order.accept_by_at.isoformat() if order.accept_by_at else "",
        order.currency,
        *(plain(minor, order.currency) for minor in sums),
    ]


@bp.get("/portal/orders/<number>")
@requires(Permission.VENDOR_ORDER_VIEW)
def show_vendor_order(number: str) -> Page:
    """One order as its vendor sees it."""
    return _show(queries.vendor_order_by_number(number, vendor_id=viewer_here().company_id))


def _show(order: VendorOrder, *, form: Form[Any] | None = None, about: str | None = None, refusal: str | None = None) -> str:
    viewer = viewer_here()
    purchase = queries.purchase_by_id(order.purchase_id)
    hold = payments.hold_of_vendor_order(order.id, vendor_id=viewer.company_id)
    view = pages.order_views([order], "vendor", viewer.time_zone, held={order.id: hold.held_minor})[0]
    money_seen = viewer.can(Permission.VENDOR_MONEY_VIEW) or viewer.can(Permission.VENDOR_ORDER_FULFIL)
    return render_template(
        "orders/show_vendor_order.html",
        view=view,
        order=order,
        purchase=purchase,
        money=pages.money_view([hold], [order], order.currency) if money_seen else None,
        held_minor=hold.held_minor,
        returned_minor=-hold.returned_minor,
        fee_minor=-hold.kept_commission_minor,
        net_minor=hold.amount_minor - hold.returned_minor - hold.kept_commission_minor,
        documents=pages.documents_of([view]),
        shown=pages.SHOWN,
        events=pages.story_of_order(order, company_id=viewer.company_id),
        can_fulfil=viewer.can(Permission.VENDOR_ORDER_FULFIL),
        forms={
            "decline": form if form and about == "decline" else Form(ReasonInput),
            "ship": form if form and about == "ship" else Form(ShipOrderInput),
            "delivered": form if form and about == "delivered" else Form(ProofInput),
        },
        form=form or Form(ReasonInput),
        about=about,
        problem_word=wording.problem_word,
        decision_word=wording.decision_word,
        refusal=refusal,
    )


def show_refused(order: VendorOrder, refusal: str, *, status: int = 409) -> Page:
    """The page of an order with why an act on it was refused."""
    return _show(order, refusal=refusal), status


def _act(number: str, act: str, service: Callable[[VendorOrder], object], done: str) -> Page:
    """Do one step of an order of the vendor; a refusal is said on its page."""
    return act_on_order(VENDOR, number, act, service, lambda _: done, show=lambda order, refusal: _show(order, refusal=refusal))


def _act_with_form(
    number: str, act: str, form: Form[Schema], service: Callable[[VendorOrder, Schema], object], done: Callable[[VendorOrder], str]
) -> Page:
    """The same for a step that asks for something; what was typed is kept when it is refused."""
    vendor_id = viewer_here().company_id
    order = queries.vendor_order_by_number(number, vendor_id=vendor_id)
    if not form.is_valid():
        return _show(order, form=form, about=act), 422
    content = {"order": number, **form.data.model_dump(mode="json")}
    try:
        act_once(act, content, lambda: service(order, form.data))
    except Conflict as refused:
        form.add_error("form", gettext(refused.text))
        return _show(queries.vendor_order_by_number(number, vendor_id=vendor_id), form=form, about=act), refused.status
    flash(done(order), "done")
    return see_other("orders.show_vendor_order", number=number)


@bp.post("/portal/orders/<number>/accept")
@requires(Permission.VENDOR_ORDER_FULFIL)
def accept_order(number: str) -> Page:
    """The vendor takes the order."""
    return _act(
        number,
        "accept",
        lambda order: services.accept_order(order.id, actor=current_actor()),
        gettext("%(number)s is accepted.", number=number),
    )


@bp.post("/portal/orders/<number>/decline")
@requires(Permission.VENDOR_ORDER_FULFIL)
def decline_order(number: str) -> Page:
    """The vendor does not take the order; the buyer gets the money back."""
    return _act_with_form(
        number,
        "decline",
        Form(ReasonInput, request.form),
        lambda order, data: services.decline_order(order.id, reason=data.reason, actor=current_actor()),
        lambda order: gettext(
            "%(number)s is declined: %(sum)s goes back to the buyer.", number=number, sum=money(order.total_minor, order.currency)
        ),
    )


@bp.post("/portal/orders/<number>/in-production")
@requires(Permission.VENDOR_ORDER_FULFIL)
def mark_in_production(number: str) -> Page:
    """The goods are being made."""
    return _act(
        number,
        "in_production",
        lambda order: services.mark_in_production(order.id, actor=current_actor()),
        gettext("%(number)s is in production.", number=number),
    )


@bp.post("/portal/orders/<number>/ready")
@requires(Permission.VENDOR_ORDER_FULFIL)
def mark_ready(number: str) -> Page:
    """The goods can be fetched."""
    return _act(
        number,
        "ready",
        lambda order: services.mark_ready(order.id, actor=current_actor()),
        gettext("%(number)s is ready to ship.", number=number),
    )


@bp.post("/portal/orders/<number>/ship")
@requires(Permission.VENDOR_ORDER_FULFIL)
def ship_order(number: str) -> Page:
    """The goods leave the house."""
    return _act_with_form(
        number,
        "ship",
        Form(ShipOrderInput, request.form),
        lambda order, data: services.ship_order(order.id, carrier=data.carrier, tracking=data.tracking, actor=current_actor()),
        lambda _: gettext("%(number)s is shipped. The buyer has been told.", number=number),
    )


@bp.post("/portal/orders/<number>/delivered")
@requires(Permission.VENDOR_ORDER_FULFIL)
def deliver_with_proof(number: str) -> Page:
    """The goods have arrived, and somebody signed for them."""
    return _act_with_form(
        number,
        "delivered",
        Form(ProofInput, request.form),
        lambda order, data: services.deliver_with_proof(order.id, signed_by=data.signed_by, actor=current_actor()),
        lambda order: ngettext(
            "%(number)s is delivered. The buyer has %(num)s day to inspect.",
            "%(number)s is delivered. The buyer has %(num)s days to inspect.",
            order.inspection_days,
            number=number,
        ),
    )
