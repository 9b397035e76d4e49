"""The first page: what needs this buyer, where to look, and for visitors how a trade goes."""

from collections.abc import Sequence

from flask import render_template

from marketplace.accounts.permissions import Permission
from marketplace.core.web import current_viewer, public
from marketplace.orders import queries as orders
from marketplace.orders import wording
from marketplace.orders.queries.purchases import PurchaseRow
from search.views.blueprint import bp
from search.views.categories import branches
from search.views.reader import reader

SHOWN = 5


@bp.get("/")
@public
def show_start() -> str:
    """Categories with counts; above them what waits for the buyer, or the steps of a trade."""
    viewer = current_viewer()
    waiting: Sequence[PurchaseRow] = ()
    if viewer and viewer.is_buyer and viewer.can(Permission.ORDER_VIEW):
        waiting = orders.purchases_waiting(viewer.company_id, SHOWN)
    said = {
        order.id: wording.for_buyer(order, is_disputed=order.id in row.disputed, asked_by=row.asked_by(order.id))
        for row in waiting
        for order in row.orders
    }
    roots, is_live = branches(reader())
    return render_template("search/show_start.html", roots=roots, is_live=is_live, waiting=waiting, said=said)
