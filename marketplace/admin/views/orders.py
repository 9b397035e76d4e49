"""The desk's list of orders and the page of one."""

from flask import render_template, request

from marketplace.accounts.permissions import Permission
from marketplace.admin import words
from marketplace.admin.views.blueprint import asked, bp
from marketplace.core.web import requires
from marketplace.orders import queries as orders
from marketplace.orders.models import MOVES, VendorOrderState
from marketplace.orders.paging import read_walk
from payments import queries as payments


@bp.get("/desk/orders")
@requires(Permission.ANY_ORDER_VIEW)
def list_orders() -> str:
    """All companies' vendor orders, newest first."""
    chosen = asked("state")
    states = [state for state in VendorOrderState if state.value == chosen] or list(VendorOrderState)
    typed = asked("words")
    walk = read_walk(request.args.get("after"), request.args.get("before"))
    found = orders.orders_for_staff(states=states, words=typed, walk=walk)
    claims = orders.claims_of_orders([order.id for order in found.rows])
    return render_template(
        "admin/list_orders.html", found=found, claims=claims, chosen=chosen, typed=typed, words=words, states=list(VendorOrderState)
    )


@bp.get("/desk/orders/<number>")
@requires(Permission.ANY_ORDER_VIEW)
def show_order(number: str) -> str:
    """One vendor order: its state, lines, money and history. Ending it is a page of the orders."""
    order = orders.order_for_staff(number)
    purchase = orders.purchase_by_id(order.purchase_id)
    hold = payments.any_hold_of_vendor_order(order.id)
    claims = orders.claims_of_orders([order.id]).get(order.id, [])
    subjects = [order.id, purchase.id, hold.id, *(claim.id for claim in claims)]
    return render_template(
        "admin/show_order.html",
        order=order,
        purchase=purchase,
        lines=orders.lines_of_orders([order.id]).get(order.id, []),
        shipments=orders.shipments_of_orders([order.id]).get(order.id, []),
        claims=claims,
        hold=hold,
        history=orders.history(subjects, company_id=None),
        can_cancel=order.funded_at is not None and VendorOrderState.CANCELLED in MOVES[order.state],
        words=words,
    )
