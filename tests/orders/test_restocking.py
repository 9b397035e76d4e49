"""What a return gives back less the restocking fee, and how its credit note reads. Source: product.md §8."""

import pytest

from marketplace.core import i18n, pdf
from marketplace.core.db import db, transaction
from marketplace.core.money import share_bp
from marketplace.orders import queries, services
from marketplace.orders.models import Claim, Invoice, Remedy, VendorOrder, VendorOrderState
from marketplace.orders.papers import printing
from tests.factories.orders import Trade, make_order, report
from tests.orders.claiming import HOME, accept, answer, the_line, with_policy

S = VendorOrderState
pytestmark = pytest.mark.usefixtures("app")


def send_back(trade: Trade, claim: Claim, *, restocking_bp: int | None = None) -> None:
    """The first line of a claim is agreed as a return, sent, and arrives."""
    answer(trade, claim, Remedy.RETURN, address=HOME, restocking_bp=restocking_bp)
    accept(trade, claim)
    with transaction():
        services.send_return(claim.id, the_line(claim).id, carrier="NSL", tracking="R-1", actor=trade.actor)
    with transaction():
        services.confirm_return(claim.id, the_line(claim).id, actor=trade.seller())


def papers_of(order: VendorOrder) -> list[Invoice]:
    """The invoice of an order and its credit notes."""
    db.session.expire_all()
    return queries.invoices_of_orders([order.id])[order.id]


def test_the_fee_is_on_goods_and_their_tax_and_freight_goes_back_whole() -> None:
    trade, order = make_order(S.DELIVERED, trade=with_policy())
    claim = report(trade, order, quantity=40)

    send_back(trade, claim)

    line = the_line(claim)
    assert line.freight_minor > 0
    assert (line.credited_goods_minor, line.credited_freight_minor, line.credited_tax_minor) == (
        line.goods_minor - share_bp(line.goods_minor, 1_000),
        line.freight_minor,
        line.tax_minor - share_bp(line.tax_minor, 1_000),
    )


def test_the_credit_note_says_the_pieces_at_their_price_and_the_fee_on_a_line_of_its_own() -> None:
    trade, order = make_order(S.DELIVERED, trade=with_policy())
    claim = report(trade, order, quantity=40)
    send_back(trade, claim)
    bill, note = papers_of(order)

    data = printing.invoice(note, bill, platform="Sample operator AB")
    with i18n.speaking("zh_Hans", "Asia/Shanghai"):
        chinese = printing.invoice(note, bill, platform="Sample operator AB")

    goods, fee = data["rows"]
    (billed,) = printing.invoice(bill, None, platform="Sample operator AB")["rows"]
    assert goods == [billed[0], billed[1], "40\xa0pcs", "0.5000", billed[4], "20.00"]
    assert fee == ["", "Restocking fee, 10 %", "–", "–", billed[4], "−2.00"]
    assert data["sums"][0][1] == "18.00"
    assert chinese["rows"][1][1] == "退货手续费 10 %"
    assert pdf.render("order_paper.typ", chinese).startswith(b"%PDF-")


def test_a_return_without_a_fee_has_one_line() -> None:
    trade, order = make_order(S.DELIVERED, trade=with_policy())
    claim = report(trade, order, quantity=40)
    send_back(trade, claim, restocking_bp=0)
    bill, note = papers_of(order)

    (row,) = printing.invoice(note, bill, platform="Sample operator AB")["rows"]

    assert (row[2], row[5]) == ("40\xa0pcs", "20.00")


def test_what_was_returned_before_the_invoice_reads_the_same_in_its_note() -> None:
    trade, order = make_order(S.READY, trade=with_policy())
    first = queries.lines_of_orders([order.id])[order.id][0]
    with transaction():
        services.ship_part(order.id, quantities={first.id: 60}, carrier="NSL", tracking=None, actor=trade.seller())
    with transaction():
        services.deliver_with_proof(order.id, signed_by="A. Berg", actor=trade.seller())
    claim = report(trade, order, quantity=40)
    send_back(trade, claim)

    with transaction():
        services.ship_order(order.id, carrier="NSL", tracking=None, actor=trade.seller())

    bill, note = papers_of(order)
    rows = printing.invoice(note, bill, platform="Sample operator AB")["rows"]
    assert [row[5] for row in rows] == ["20.00", "−2.00"]
