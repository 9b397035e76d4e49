"""The buyer's home: figures that lead to their rows, what comes next, and for an empty account what to do first."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts import queries as accounts
from marketplace.accounts.permissions import Permission
from marketplace.carts import queries
from marketplace.carts.views.blueprint import bp
from marketplace.core import clock
from marketplace.core.acting import Page, viewer_here
from marketplace.core.audit import Viewer
from marketplace.core.downloads import download_csv
from marketplace.core.i18n import gettext, money
from marketplace.core.money import plain
from marketplace.core.web import page_url, requires
from marketplace.orders import queries as purchases
from marketplace.orders import wording
from marketplace.orders.queries import account as orders
from marketplace.orders.queries.account import Account, AccountFilter, AccountOrder
from marketplace.orders.queries.purchases import PurchaseRow

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the account: `state` is the filter of the list that holds its rows."""

    label: str
    value: str
    state: AccountFilter
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What a new account does: done, or where to do it; no address where the reader may not."""

    text: str
    note: str
    is_done: bool
    url: str | None


@bp.get("/home")
@requires(Permission.ORDER_VIEW)
def show_account_home() -> Page:
    """What needs this buyer, open orders, deliveries due, inspections that end, open claims, money held."""
    viewer = viewer_here()
    account = orders.account_of(viewer.company_id)
    waiting = purchases.purchases_waiting(viewer.company_id, SHOWN)
    shown = {which: orders.next_in(viewer.company_id, which, SHOWN) for which in (AccountFilter.INSPECTION, AccountFilter.COMING)}
    return render_template(
        "carts/show_account_home.html",
        account=account,
        figures=_figures(account),
        inspections=shown[AccountFilter.INSPECTION],
        deliveries=shown[AccountFilter.COMING],
        waiting=waiting,
        said=_said([row for rows in shown.values() for row in rows]) | _said_of_purchases(waiting),
        steps=[] if account.has_orders else _steps(viewer),
        today=clock.now().date(),
    )


def _figures(account: Account) -> list[Figure]:
    counts = account.counts
    late, unpaid = counts[AccountFilter.LATE], counts[AccountFilter.UNPAID]
    held = " · ".join(money(total, currency) for currency, total in account.held.items())
    return [
        Figure(
            gettext("Open orders"),
            str(counts[AccountFilter.OPEN]),
            AccountFilter.OPEN,
            gettext("%(n)s to be paid", n=unpaid) if unpaid else None,
        ),
        Figure(
            gettext("Deliveries due"),
            str(counts[AccountFilter.COMING]),
            AccountFilter.COMING,
            gettext("%(n)s late", n=late) if late else None,
        ),
        Figure(gettext("Inspections ending"), str(counts[AccountFilter.INSPECTION]), AccountFilter.INSPECTION),
        Figure(gettext("Orders with an open claim"), str(counts[AccountFilter.CLAIM]), AccountFilter.CLAIM),
        Figure(gettext("Money held"), held or "0", AccountFilter.HELD),
    ]


def _steps(viewer: Viewer) -> list[Step]:
    """The first trade in order."""
    has_place = bool(accounts.locations(viewer.company_id))
    has_lines = viewer.can(Permission.CART_EDIT) and queries.count_lines(viewer.company_id, viewer.person_id) > 0
    can_edit, can_buy = viewer.can(Permission.COMPANY_EDIT), viewer.can(Permission.CART_EDIT)
    return [
        Step(
            gettext("Say where goods go"),
            gettext("Freight, tax and arrival are told for this address on every page."),
            has_place,
            page_url("accounts.list_locations") if can_edit else None,
        ),
        Step(
            gettext("Find goods and compare vendors"),
            gettext("By words, part number or size; or paste a list of codes into quick order."),
            has_lines,
            page_url("search.results"),
        ),
        Step(
            gettext("Fill the cart"),
            gettext("Goods of many vendors go into one cart, one order and one payment."),
            has_lines,
            page_url("carts.quick_order") if can_buy else None,
        ),
        Step(
            gettext("Order and pay"),
            gettext("The money is held until you accept the goods."),
            is_done=False,
            url=page_url("carts.show_cart") if viewer.can(Permission.ORDER_PLACE) else None,
        ),
    ]


def _said(rows: Sequence[AccountOrder]) -> dict[UUID, wording.Said]:
    return {row.order.id: wording.for_buyer(row.order, is_disputed=row.is_claimed, days_late=_days_late(row)) for row in rows}


def _said_of_purchases(rows: Sequence[PurchaseRow]) -> dict[UUID, wording.Said]:
    return {
        order.id: wording.for_buyer(
            order, is_disputed=order.id in row.disputed, is_claim_mine=order.id in row.claims, asked_by=row.asked_by(order.id)
        )
        for row in rows
        for order in row.orders
    }


def _days_late(row: AccountOrder) -> int:
    return max(0, (clock.now().date() - row.promised_on).days) if row.promised_on else 0


@bp.get("/home/orders")
@requires(Permission.ORDER_VIEW)
def list_account_orders() -> Page:
    """The vendor orders behind the figures of the home page."""
    asked = orders.ACCOUNT_ORDERS.read(request.args)
    found = orders.account_orders(viewer_here().company_id, asked)
    return render_template("carts/list_account_orders.html", asked=asked, found=found, said=_said(found.rows), today=clock.now().date())


@bp.get("/home/orders.csv")
@requires(Permission.ORDER_VIEW)
def export_account_orders() -> Response:
    """The same list as a table."""
    head = ["vendor_order", "purchase", "your_reference", "vendor", "state", "placed_at", "promised_on", "inspection_ends_at"]
    rows = [
        [
            row.order.number,
            row.purchase_number,
            row.buyer_reference,
            row.order.vendor_name,
            row.order.state.value,
            row.order.placed_at.isoformat(),
            row.promised_on.isoformat() if row.promised_on else "",
            row.order.inspection_ends_at.isoformat() if row.order.inspection_ends_at else "",
            "yes" if row.is_claimed else "no",
            row.order.currency,
            plain(row.order.total_minor, row.order.currency),
            plain(row.held_minor, row.order.currency),
        ]
        for row in orders.export_account_orders(viewer_here().company_id, orders.ACCOUNT_ORDERS.read(request.args))
    ]
    return download_csv([*head, "claim_open", "currency", "total", "held"], rows, "account-orders.csv")
