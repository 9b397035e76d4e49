"""Printed documents of an order for its two companies and the platform's staff, in either language."""

from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID

from flask import request
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.core import i18n, pdf, policy
from marketplace.core.acting import viewer_here
from marketplace.core.db import outside
from marketplace.core.errors import NotFound
from marketplace.core.web import download, requires
from marketplace.orders import queries
from marketplace.orders.models import Invoice, InvoiceKind, VendorOrder
from marketplace.orders.papers import printing
from marketplace.orders.papers.printing import Paper
from marketplace.orders.views.blueprint import bp
from marketplace.orders.views.sides import BUYER, VENDOR

TEMPLATE = "order_paper.typ"
Write = Callable[[], printing.Data]


@bp.get("/orders/<number>/documents/<name>.pdf")
@requires(Permission.ORDER_VIEW)
def show_buyer_document(number: str, name: str) -> Response:
    """A document for the buyer: `?language=zh_Hans` or `en`, by default the page's own."""
    return _print(BUYER.order(number), name)


@bp.get("/portal/orders/<number>/documents/<name>.pdf")
@requires(Permission.VENDOR_ORDER_VIEW)
def show_vendor_document(number: str, name: str) -> Response:
    """The same for the vendor."""
    return _print(VENDOR.order(number), name)


@bp.get("/desk/orders/<number>/documents/<name>.pdf")
@requires(Permission.ANY_ORDER_VIEW)
def show_staff_document(number: str, name: str) -> Response:
    """The same for the platform's staff."""
    return _print(queries.order_for_staff(number), name)


def _print(order: VendorOrder, name: str) -> Response:
    write = _writer(order, name)
    language = request.args.get("language", "")
    with i18n.speaking(language if language in i18n.LOCALES else i18n.locale(), viewer_here().time_zone):
        data = write()
    outside()  # typesetting waits for nobody's transaction
    return download(pdf.render(TEMPLATE, data), f"{order.number}-{name}.pdf", "application/pdf")


def _writer(order: VendorOrder, name: str) -> Write:
    """What prints a document of an order. Raises: NotFound for a name that it does not have, or not yet."""
    kind, _, number = name.rpartition("-")
    if name == "purchase-order":
        return lambda: printing.purchase_order(_paper(order, order.placed_at))
    accepted_at = order.accepted_at
    if name == "order-confirmation" and accepted_at is not None:
        return lambda: printing.order_confirmation(_paper(order, accepted_at), _promised(order))
    if name == "invoice":
        return _invoice(order, lambda one: one.kind is InvoiceKind.INVOICE)
    if kind == "credit-note" and _is_place(number):
        return _invoice(order, lambda one: one.kind is InvoiceKind.CREDIT_NOTE and one.sequence == int(number))
    if kind == "packing-slip" and _is_place(number):
        return _packing_slip(order, int(number))
    raise NotFound


def _is_place(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9


def _paper(order: VendorOrder, at: datetime) -> Paper:
    """What a document of an order reads; the vendor as it was called `at` the moment that the document is of."""
    lines = queries.lines_of_orders([order.id])[order.id]
    return Paper(
        order=order,
        purchase=queries.purchase_by_id(order.purchase_id),
        lines=lines,
        lowered=queries.lowered_lines([line.id for line in lines]),
        seller=queries.seller(order.vendor_id, at=at),
        customer=queries.customer(order.buyer_id),
        platform=policy.current().operator_name,
    )


def _promised(order: VendorOrder) -> dict[UUID, date]:
    promises = queries.promises_of_lines(queries.line_ids([order.id]))
    return {line_id: later[-1].promised_on for line_id, later in promises.items()}


def _packing_slip(order: VendorOrder, position: int) -> Write:
    shipment = queries.shipment_of_order(order.id, position)
    shipped = {row.line_id: row.quantity for row in queries.lines_of_shipments([shipment.id])[shipment.id]}
    return lambda: printing.packing_slip(_paper(order, shipment.shipped_at), shipment, shipped)


def _invoice(order: VendorOrder, wanted: Callable[[Invoice], bool]) -> Write:
    issued = queries.invoices_of_orders([order.id]).get(order.id, [])
    found = next((one for one in issued if wanted(one)), None)
    if found is None:
        raise NotFound
    corrected = next((one for one in issued if one.id == found.corrects_id), None)
    platform = policy.current().operator_name
    return lambda: printing.invoice(found, corrected, platform=platform)
