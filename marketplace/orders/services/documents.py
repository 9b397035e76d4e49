"""Invoices and credit notes: issued by the act that causes them, numbered without gaps for each vendor, never changed.

Source: product.md §8; Directive 2006/112/EC art. 226 (content), 219 (a document that amends an invoice).
"""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import insert

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.ids import new_id
from marketplace.orders import queries
from marketplace.orders.claims import CreditedPieces, credited_pieces
from marketplace.orders.errors import CreditTooLarge
from marketplace.orders.models import DocumentCounter, Invoice, InvoiceKind, OrderLine, VendorOrder
from marketplace.orders.papers.content import credit_content, invoice_content
from payments.shares import Parts

PREFIXES = {InvoiceKind.INVOICE: "INV", InvoiceKind.CREDIT_NOTE: "CRN"}


def issue_invoice(order: VendorOrder) -> Invoice:
    """All goods of an order have left: its invoice is issued, once, over all shipments. The caller holds the order locked; sums are those
    of its lines. What claims on the first shipments gave back until then stands in credit notes right behind it.
    Source: docs/decisions/0022-one-invoice-for-an-order.md
    """
    found = queries.find_invoice(order.id)
    if found is not None:
        return found
    purchase = queries.purchase_by_id(order.purchase_id)
    lines = [line for line in queries.lines_of_orders([order.id])[order.id] if line.cancelled_at is None]
    content = invoice_content(
        order,
        purchase,
        lines,
        queries.shipments_of_orders([order.id])[order.id],
        seller=queries.seller(order.vendor_id),
        customer=queries.customer(order.buyer_id),
        zone=_zone(order),
    )
    invoice = _issue(
        order,
        InvoiceKind.INVOICE,
        content,
        goods_minor=sum(line.goods_minor for line in lines),
        freight_minor=sum(line.freight_minor for line in lines),
        tax_minor=sum(line.tax_minor for line in lines),
    )
    db.session.flush()  # the notes name it
    for claimed, claim_number, line in queries.credited_lines_of_order(order.id):
        issue_credit_note(
            order,
            goods_minor=claimed.credited_goods_minor,
            freight_minor=claimed.credited_freight_minor,
            tax_minor=claimed.credited_tax_minor,
            reason=claim_number,
            line=line,
            pieces=credited_pieces(
                claimed, Parts(claimed.credited_goods_minor, claimed.credited_freight_minor, claimed.credited_tax_minor)
            ),
        )
    return invoice


def issue_credit_note(
    order: VendorOrder,
    *,
    goods_minor: int,
    freight_minor: int,
    tax_minor: int,
    reason: str,
    line: OrderLine | None = None,
    pieces: CreditedPieces | None = None,
) -> Invoice | None:
    """Take back a part of an order's invoice, or all of it: sums in minor units, positive. `line`: the one that it is about; `pieces`:
    of how many of it this is the worth, None for a sum.

    None when there is no invoice yet, or nothing to take back. The caller holds the order locked. Raises: CreditTooLarge (more than is
    left of the invoice).
    """
    invoice = queries.find_invoice(order.id)
    total_minor = goods_minor + freight_minor + tax_minor
    if invoice is None or total_minor == 0:
        return None
    earlier = [one.total_minor for one in queries.invoices_of_orders([order.id])[order.id] if one.kind is InvoiceKind.CREDIT_NOTE]
    if min(goods_minor, freight_minor, tax_minor) < 0 or total_minor > invoice.total_minor - sum(earlier):
        raise CreditTooLarge
    return _issue(
        order,
        InvoiceKind.CREDIT_NOTE,
        credit_content(
            invoice.content,
            net_minor=goods_minor + freight_minor,
            tax_minor=tax_minor,
            of_line=line,
            pieces=pieces,
            is_whole=total_minor == invoice.total_minor,
        ),
        goods_minor=goods_minor,
        freight_minor=freight_minor,
        tax_minor=tax_minor,
        corrects_id=invoice.id,
        reason=reason,
    )


def credit_the_rest(order: VendorOrder, *, reason: str) -> Invoice | None:
    """The whole money goes back: what is left of the invoice is taken back with it. None when there is no invoice, or nothing is left."""
    found = queries.invoices_of_orders([order.id]).get(order.id, [])
    sign = {InvoiceKind.INVOICE: 1, InvoiceKind.CREDIT_NOTE: -1}
    goods, freight, tax = (
        sum(sign[one.kind] * getattr(one, name) for one in found) for name in ("goods_minor", "freight_minor", "tax_minor")
    )
    return issue_credit_note(order, goods_minor=goods, freight_minor=freight, tax_minor=tax, reason=reason)


def _issue(
    order: VendorOrder,
    kind: InvoiceKind,
    content: dict[str, Any],
    *,
    goods_minor: int,
    freight_minor: int,
    tax_minor: int,
    corrects_id: UUID | None = None,
    reason: str | None = None,
) -> Invoice:
    now = clock.now()
    content["issued_on"] = now.astimezone(_zone(order)).date().isoformat()
    sequence = _next(order.vendor_id, kind)
    invoice = Invoice(
        id=new_id(),
        kind=kind,
        sequence=sequence,
        number=f"{PREFIXES[kind]}-{sequence:06d}",
        vendor_id=order.vendor_id,
        buyer_id=order.buyer_id,
        vendor_order_id=order.id,
        corrects_id=corrects_id,
        currency=order.currency,
        goods_minor=goods_minor,
        freight_minor=freight_minor,
        tax_minor=tax_minor,
        total_minor=goods_minor + freight_minor + tax_minor,
        content=content,
        reason=reason,
        issued_at=now,
    )
    db.session.add(invoice)
    return invoice


def _zone(order: VendorOrder) -> ZoneInfo:
    """Where the vendor's days begin: a document has one date, whoever reads it."""
    return ZoneInfo(queries.week_of_vendor(order.vendor_id).zone)


def _next(vendor_id: UUID, kind: InvoiceKind) -> int:
    """The vendor's next number. The counter's row stays locked until the act is in the database: one that is undone gives it back."""
    counted = insert(DocumentCounter).values(vendor_id=vendor_id, kind=kind, last=1)
    raised = counted.on_conflict_do_update(index_elements=["vendor_id", "kind"], set_={"last": DocumentCounter.last + 1})
    return int(db.session.execute(raised.returning(DocumentCounter.last)).scalar_one())
