"""The buyer's purchases: the list, the page of one, and what a buyer does there."""

from collections.abc import Callable, Sequence

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.core import clock
from marketplace.core.acting import Page, act_once, viewer_here
from marketplace.core.downloads import download_csv
from marketplace.core.errors import Conflict
from marketplace.core.i18n import gettext, money, ngettext
from marketplace.core.money import plain
from marketplace.core.waiting import count
from marketplace.core.web import current_actor, requires, see_other
from marketplace.orders import pages, queries, services, wording
from marketplace.orders.claims_wording import line_said
from marketplace.orders.models import Claim, Purchase, VendorOrder, VendorOrderState
from marketplace.orders.views.blueprint import bp
from marketplace.orders.views.sides import BUYER, act_on_order
from payments import queries as payments


@bp.get("/orders")
@requires(Permission.ORDER_VIEW)
def list_purchases() -> Page:
    """The company's purchases, newest first, with what needs this reader."""
    buyer_id = viewer_here().company_id
    asked = queries.PURCHASES.read(request.args)
    found = queries.purchases(buyer_id, asked)
    said = {
        order.id: wording.for_buyer(
            order, is_disputed=order.id in row.disputed, is_claim_mine=order.id in row.claims, asked_by=row.asked_by(order.id)
        )
        for row in found.rows
        for order in row.orders
    }
    waiting = count(queries.queue_of_purchases(buyer_id))
    return render_template("orders/list_purchases.html", asked=asked, found=found, said=said, waiting=waiting)


@bp.get("/orders.csv")
@requires(Permission.ORDER_VIEW)
def export_purchases() -> Response:
    """The same list as a table: one row for each vendor order."""
    rows: list[list[object]] = []
    for purchase, order in queries.export_of_buyer(viewer_here().company_id, queries.PURCHASES.read(request.args)):
        sums = (order.goods_minor, order.freight_minor, order.tax_minor, order.total_minor)
        rows.append(
            [
                purchase.number,
                purchase.buyer_reference,
                order.number,
                order.vendor_name,
                order.state.value,
                order.placed_at.isoformat(),
                order.delivered_at.isoformat() if order.delivered_at else "",
                order.currency,
                *(plain(minor, order.currency) for minor in sums),
            ]
        )
    head = ["purchase", "your_reference", "vendor_order", "vendor", "state", "placed_at", "delivered_at", "currency"]
    return download_csv([*head, "goods", "freight", "tax", "total"], rows, "orders.csv")


@bp.get("/orders/<number>")
@requires(Permission.ORDER_VIEW)
def show_purchase(number: str) -> Page:
    """One purchase with its vendor orders, and where its money is."""
    return _show(queries.purchase_by_number(number, buyer_id=viewer_here().company_id))


def _show(purchase: Purchase, *, refusal: str | None = None) -> str:
    viewer = viewer_here()
    orders = queries.orders_of_purchase(purchase.id, buyer_id=viewer.company_id)
    holds = payments.holds_of_purchase(purchase.id, buyer_id=viewer.company_id)
    held = {hold.vendor_order_id: hold.held_minor for hold in holds}
    views = pages.order_views(orders, "buyer", viewer.time_zone, held=held)
    payment = payments.payment_of_purchase(purchase.id, buyer_id=viewer.company_id)
    is_unpaid = any(order.state is VendorOrderState.PLACED and order.funded_at is None for order in orders)
    on_time, told = pages.on_time_so_far(views)
    changed = payments.banks_in_waiting(purchase.id, buyer_id=viewer.company_id)
    return render_template(
        "orders/show_purchase.html",
        purchase=purchase,
        views=views,
        money=pages.money_view(holds, orders, purchase.currency),
        held=held,
        payment=payment,
        is_unpaid=is_unpaid,
        pay_by_at=orders[0].pay_by_at,
        deciding=[view for view in views if view.can_inspect],
        on_time=on_time,
        told=told,
        claims_asking=_claims_asking(views),
        bank_waits=[order.vendor_name for order in orders if order.vendor_id in changed],
        answering=[view for view in views if view.open_change and view.open_change.asks_reader],
        documents=pages.documents_of(views),
        shown=pages.SHOWN,
        events=pages.story(purchase, orders, company_id=viewer.company_id),
        problem_word=wording.problem_word,
        decision_word=wording.decision_word,
        refusal=refusal,
    )


def _claims_asking(views: Sequence[pages.OrderView]) -> list[tuple[VendorOrder, Claim]]:
    """The claims whose next step is the buyer's, and those decided against it that it can still appeal."""
    ruled = [(view.order, claim) for view in views for claim in view.claims if claim.can_accept("buyer", clock.now())]
    between = {
        claim.id: (view.order, claim) for view in views for claim in view.claims if claim.is_between_sides and claim.handed_over_at is None
    }
    lines = queries.lines_of_claims(list(between)) if between else {}
    return ruled + [pair for claim_id, pair in between.items() if any(line_said(line, "buyer")[1] == "need" for line in lines[claim_id])]


def show_refused(number: str, refusal: str, *, status: int = 409) -> Page:
    """The page of a purchase with why an act on it was refused."""
    return _show(queries.purchase_by_number(number, buyer_id=viewer_here().company_id), refusal=refusal), status


def _act(number: str, act: str, service: Callable[[VendorOrder], object], done: Callable[[VendorOrder], str]) -> Page:
    """Do one act on a vendor order of the buyer; a refusal is said on the purchase's page."""

    def show(order: VendorOrder, refusal: str) -> str:
        return _show(queries.purchase_by_number(BUYER.page_number(order), buyer_id=order.buyer_id), refusal=refusal)

    return act_on_order(BUYER, number, act, service, done, show=show)


def _arrived(order: VendorOrder) -> str:
    if order.state is VendorOrderState.DELIVERED:
        return ngettext(
            "%(number)s is delivered. You have %(num)s day to inspect.",
            "%(number)s is delivered. You have %(num)s days to inspect.",
            order.inspection_days,
            number=order.number,
        )
    return gettext("What was on its way of %(number)s is here. The rest is still to come.", number=order.number)


@bp.post("/orders/<number>/delivered")
@requires(Permission.ORDER_ACCEPT_GOODS)
def confirm_delivery(number: str) -> Page:
    """The goods of a vendor order are there."""
    return _act(
        number,
        "confirm_delivery",
        lambda order: services.confirm_delivery(order.id, actor=current_actor()),
        _arrived,
    )


def _released(order: VendorOrder) -> str:
    hold = payments.hold_of_vendor_order(order.id, buyer_id=order.buyer_id)
    return gettext("Accepted: %(sum)s is released to %(vendor)s.", sum=money(hold.released_minor, order.currency), vendor=order.vendor_name)


@bp.post("/orders/<number>/accept")
@requires(Permission.ORDER_ACCEPT_GOODS)
def accept_goods(number: str) -> Page:
    """The goods of a vendor order are right: the money goes."""
    return _act(
        number,
        "accept_goods",
        lambda order: services.accept_goods(order.id, actor=current_actor()),
        _released,
    )


@bp.post("/orders/<number>/cancel")
@requires(Permission.ORDER_PLACE)
def cancel_order(number: str) -> Page:
    """A paid vendor order is taken back before its vendor has accepted it."""
    return _act(
        number,
        "cancel_order",
        lambda order: services.cancel_order(order.id, actor=current_actor()),
        lambda order: gettext("%(number)s is cancelled: %(sum)s goes back.", number=number, sum=money(order.total_minor, order.currency)),
    )


@bp.post("/orders/<number>/cancel-unpaid")
@requires(Permission.ORDER_PLACE)
def cancel_purchase(number: str) -> Page:
    """A whole purchase is given up before it is paid."""
    purchase = queries.purchase_by_number(number, buyer_id=viewer_here().company_id)
    try:
        act_once("cancel_purchase", {"purchase": number}, lambda: services.cancel_purchase(purchase.id, actor=current_actor()))
    except Conflict as refused:
        purchase = queries.purchase_by_number(number, buyer_id=viewer_here().company_id)
        return _show(purchase, refusal=gettext(refused.text)), refused.status
    flash(gettext("%(number)s is cancelled. Nothing is charged.", number=number), "done")
    return see_other("orders.show_purchase", number=number)
