"""The desk's list of orders and the page of one."""

from decimal import Decimal

from flask import render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.admin import queries, words
from marketplace.admin.views.blueprint import bp
from marketplace.admin.views.lines import lines_of
from marketplace.core import clock
from marketplace.core.downloads import download_csv
from marketplace.core.i18n import gettext, lazy
from marketplace.core.money import exponent
from marketplace.core.web import current_viewer, requires
from marketplace.orders import pages
from marketplace.orders import queries as orders
from marketplace.orders.models import MOVES, VendorOrderState
from payments import queries as payments

HEAD = (
    lazy("Order"), lazy("Placed"), lazy("Buyer"), lazy("Vendor"), lazy("State"), lazy("Currency"), lazy("Goods"), lazy("Freight"), lazy("Tax"),
    lazy("Total"), lazy("Paid"), lazy("Delivered"), lazy("Ended"),
)  # fmt: skip


@bp.get("/desk/orders")
@requires(Permission.ANY_ORDER_VIEW)
def list_orders() -> str:
    """All companies' vendor orders, newest first."""
    asked = queries.ORDERS.read(request.args)
    found = queries.ORDERS.page(queries.all_orders(), asked)
    claims = orders.claims_of_orders([order.id for order in found.rows])
    return render_template("admin/list_orders.html", asked=asked, found=found, claims=claims, words=words)


@bp.get("/desk/orders.csv")
@requires(Permission.ANY_ORDER_VIEW)
def export_orders() -> Response:
    """The same rows as a file; sums in the currency's major unit."""
    rows = (
        (
            order.number,
            order.placed_at.isoformat(),
            order.buyer_name,
            order.vendor_name,
            gettext(words.order_state(order)[0]),
            order.currency,
            *(_major(minor, order.currency) for minor in (order.goods_minor, order.freight_minor, order.tax_minor, order.total_minor)),
            *(at.isoformat() if at else "" for at in (order.funded_at, order.delivered_at, order.ended_at)),
        )
        for order in queries.ORDERS.rows(queries.all_orders(), queries.ORDERS.read(request.args))
    )
    return download_csv([gettext(word) for word in HEAD], rows, f"orders-{clock.now():%Y-%m-%d}.csv")


@bp.get("/desk/orders/<number>")
@requires(Permission.ANY_ORDER_VIEW)
def show_order(number: str) -> str:
    """One vendor order: its state, lines, money, documents and history. Ending it is a page of the orders."""
    order = orders.order_for_staff(number)
    purchase = orders.purchase_by_id(order.purchase_id)
    hold = payments.any_hold_of_vendor_order(order.id)
    claims = orders.claims_of_orders([order.id]).get(order.id, [])
    subjects = [order.id, purchase.id, hold.id, *(claim.id for claim in claims)]
    viewer = current_viewer()
    return render_template(
        "admin/show_order.html",
        order=order,
        purchase=purchase,
        lines=orders.lines_of_orders([order.id]).get(order.id, []),
        shipments=orders.shipments_of_orders([order.id]).get(order.id, []),
        claims=claims,
        hold=hold,
        documents=pages.documents_of(pages.order_views([order], "staff", viewer.time_zone if viewer else "UTC")),
        history=lines_of(orders.history(subjects, company_id=None)),
        can_cancel=order.funded_at is not None and VendorOrderState.CANCELLED in MOVES[order.state],
        words=words,
    )


def _major(minor: int, currency: str) -> str:
    """A sum as spreadsheets read it: a point, the currency's own decimals, no grouping."""
    return f"{Decimal(minor).scaleb(-exponent(currency)):f}"
