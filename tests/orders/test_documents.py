"""Invoices and credit notes: issued with the act, without gaps, frozen; and documents as PDF for the two companies. Source: product.md §8."""

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.core import clock, i18n, pdf
from marketplace.core.db import db, transaction
from marketplace.orders import queries, services
from marketplace.orders.errors import CreditTooLarge
from marketplace.orders.models import Invoice, InvoiceKind, Remedy, VendorOrder, VendorOrderState
from marketplace.orders.papers import printing
from marketplace.orders.papers.content import taxes_of
from marketplace.orders.services.documents import credit_the_rest
from tests.factories.accounts import log_in
from tests.factories.orders import company_of, fresh, make_order, make_trade, report
from tests.orders.browsing import as_buyer, as_staff, as_vendor
from tests.orders.claiming import accept, answer, the_line
from tests.orders.lines import lines_of, make_wide_order, make_wide_trade

S = VendorOrderState
pytestmark = pytest.mark.usefixtures("app")


def issued(order: VendorOrder) -> list[Invoice]:
    """The numbered documents of an order."""
    db.session.expire_all()
    return queries.invoices_of_orders([order.id]).get(order.id, [])


def credit(order: VendorOrder, goods: int = 0, *, freight: int = 0, tax: int = 0) -> Invoice | None:
    """Take back a part of the invoice."""
    with transaction():
        return services.issue_credit_note(fresh(order), goods_minor=goods, freight_minor=freight, tax_minor=tax, reason="Bent.")


class TestInvoices:
    def test_it_is_issued_when_the_last_goods_have_left_and_only_once(self) -> None:
        trade, order = make_wide_order()
        with transaction():
            services.ship_part(order.id, quantities={lines_of(order)[0].id: 100}, carrier="NSL", tracking=None, actor=trade.seller())
        assert issued(order) == []

        with transaction():
            services.ship_order(order.id, carrier="NSL", tracking=None, actor=trade.seller())

        (invoice,) = issued(order)
        assert (invoice.kind, invoice.number, invoice.total_minor) == (InvoiceKind.INVOICE, "INV-000001", order.total_minor)
        with transaction():
            assert services.issue_invoice(fresh(order)).id == invoice.id
        assert len(issued(order)) == 1

    def test_each_vendor_counts_for_itself_without_a_gap(self) -> None:
        trade = make_trade(stock=10_000)
        numbers = [issued(make_order(S.SHIPPED, trade=trade)[1])[0].number for _ in range(3)]
        other = issued(make_order(S.SHIPPED)[1])[0].number

        assert numbers == ["INV-000001", "INV-000002", "INV-000003"]
        assert other == "INV-000001"

    def test_an_act_that_is_undone_gives_its_number_back(self) -> None:
        trade = make_trade(stock=10_000)
        _, order = make_order(S.READY, trade=trade)
        savepoint = db.session.begin_nested()
        services.ship_order(order.id, carrier="NSL", tracking=None, actor=trade.seller())
        assert issued(order)[0].number == "INV-000001"
        savepoint.rollback()

        assert issued(make_order(S.SHIPPED, trade=trade)[1])[0].number == "INV-000001"

    def test_it_leaves_out_what_both_sides_cancelled(self) -> None:
        trade, order = make_wide_order(S.ACCEPTED)
        gone = lines_of(order)[1]
        with transaction():
            change = services.propose_cancel_as_buyer(order.id, line_ids=[gone.id], reason="Too many.", actor=trade.actor)
        for act in (
            lambda: services.accept_change_as_vendor(change.id, answer=None, actor=trade.seller()),
            lambda: services.mark_ready(order.id, actor=trade.seller()),
            lambda: services.ship_order(order.id, carrier="NSL", tracking=None, actor=trade.seller()),
        ):
            with transaction():
                act()

        (invoice,) = issued(order)
        assert invoice.total_minor == order.total_minor - gone.goods_minor - gone.freight_minor - gone.tax_minor
        assert len(invoice.content["lines"]) == 1

    def test_one_invoice_covers_all_shipments_and_names_their_days(self) -> None:
        trade, order = make_wide_order(S.READY)
        first, second = lines_of(order)
        now, zone = clock.now(), ZoneInfo(company_of(trade.vendors[0]).time_zone)
        for at, line in ((now, first), (now + timedelta(days=40), second)):
            assert issued(order) == []
            with clock.at(at), transaction():
                services.ship_part(order.id, quantities={line.id: line.quantity}, carrier="NSL", tracking=None, actor=trade.seller())

        (invoice,) = issued(order)
        assert invoice.content["order"]["shipped_on"] == [
            (now + timedelta(days=days)).astimezone(zone).date().isoformat() for days in (0, 40)
        ]

    def test_it_keeps_what_it_said_when_the_companies_change(self) -> None:
        trade, order = make_order(S.SHIPPED)
        before = issued(order)[0].content["buyer"]["name"]

        trade.buyer.name = "Renamed AB"
        db.session.commit()

        assert issued(order)[0].content["buyer"]["name"] == before


class TestCreditNotes:
    def test_it_corrects_the_invoice_with_a_series_of_its_own(self) -> None:
        _, order = make_order(S.SHIPPED)

        note = credit(order, 1_000, tax=250)

        assert note is not None
        assert (note.number, note.corrects_id, note.total_minor) == ("CRN-000001", issued(order)[0].id, 1_250)
        assert note.content["taxes"] == [{"reason": "domestic:SE", "rate_bp": 2_500, "net_minor": 1_000, "tax_minor": 250}]

    def test_there_is_none_without_an_invoice_or_without_a_sum(self) -> None:
        _, ready = make_order(S.READY)
        _, shipped = make_order(S.SHIPPED)

        assert credit(ready, 1_000) is None
        assert credit(shipped) is None
        assert issued(ready) == []

    def test_what_a_claim_gave_back_before_the_invoice_stands_in_a_note_right_behind_it(self) -> None:
        trade, order = make_wide_order()
        first = lines_of(order)[0]
        with transaction():
            services.ship_part(order.id, quantities={first.id: 60}, carrier="NSL", tracking=None, actor=trade.seller())
        with transaction():
            services.deliver_shipment_with_proof(order.id, 1, signed_by="A. Berg", proof_file_id=None, actor=trade.seller())
        claim = report(trade, order, quantity=10)
        answer(trade, claim, Remedy.CREDIT, amount_minor=250)
        accept(trade, claim)
        assert issued(order) == []

        with transaction():
            services.ship_order(order.id, carrier="NSL", tracking=None, actor=trade.seller())

        invoice, note = issued(order)
        assert (invoice.kind, invoice.total_minor) == (InvoiceKind.INVOICE, order.total_minor)
        assert (note.kind, note.number, note.total_minor) == (InvoiceKind.CREDIT_NOTE, "CRN-000001", 250)
        assert (note.corrects_id, note.reason) == (invoice.id, claim.number)

    def test_never_more_than_is_left_of_the_invoice(self) -> None:
        _, order = make_order(S.SHIPPED)
        credit(order, order.goods_minor)

        with pytest.raises(CreditTooLarge):
            credit(order, order.freight_minor + order.tax_minor + 1)
        credit(order, freight=order.freight_minor, tax=order.tax_minor)

        assert sum(one.total_minor for one in issued(order) if one.kind is InvoiceKind.CREDIT_NOTE) == order.total_minor

    def test_an_order_that_ends_after_its_invoice_takes_back_what_is_left(self) -> None:
        trade, order = make_order(S.SHIPPED)
        credit(order, 1_000)

        with transaction():
            services.cancel_by_platform(order.id, reason="The vendor is suspended.", actor=trade.seller())

        assert sum(one.total_minor for one in issued(order) if one.kind is InvoiceKind.CREDIT_NOTE) == order.total_minor

    def test_an_order_that_ends_before_has_no_documents(self) -> None:
        trade, order = make_order(S.READY)

        with transaction():
            services.cancel_by_platform(order.id, reason="The vendor is suspended.", actor=trade.seller())

        assert db.session.scalars(select(Invoice)).all() == []

    def test_tax_of_several_kinds_is_split_without_a_rest(self) -> None:
        rows = [("domestic:SE", 2_500, 1_000, 250), ("domestic:SE", 1_200, 333, 40), ("domestic:SE", 2_500, 1, 0)]

        assert taxes_of(rows) == [
            {"reason": "domestic:SE", "rate_bp": 2_500, "net_minor": 1_001, "tax_minor": 250},
            {"reason": "domestic:SE", "rate_bp": 1_200, "net_minor": 333, "tax_minor": 40},
        ]


class TestPrinting:
    def paper(self, order: VendorOrder) -> printing.Paper:
        return printing.Paper(
            order=order,
            purchase=queries.purchase_by_id(order.purchase_id),
            lines=lines_of(order),
            seller=queries.seller(order.vendor_id),
            customer=queries.customer(order.buyer_id),
            platform="Sample operator AB",
        )

    def test_an_invoice_of_two_hundred_lines_is_whole(self) -> None:
        _, order = make_wide_order(S.SHIPPED, trade=make_wide_trade(200))

        data = printing.invoice(issued(order)[0], None, platform="Sample operator AB")

        assert len(data["rows"]) == 200
        assert [row[0] for row in data["rows"]] == [str(n) for n in range(1, 201)]
        assert data["sums"][-1][1] == i18n.money(order.total_minor, order.currency)
        assert data["taxes"]["rows"] == [
            [
                "VAT of Sweden, 25 %".replace(" %", "\u00a0%"),
                i18n.amount(order.goods_minor + order.freight_minor, "EUR"),
                i18n.amount(order.tax_minor, "EUR"),
            ]
        ]
        assert pdf.render("order_paper.typ", data).startswith(b"%PDF-")

    def test_reverse_charge_is_said_on_the_invoice_with_both_tax_ids(self) -> None:
        trade = make_trade()
        trade.buyer.tax_ids = [{"scheme": "de.vat", "value": "DE136695976", "display": "DE 136695976"}]
        db.session.commit()
        _, order = make_order(S.READY, trade=trade)
        for line in lines_of(order):
            line.tax_reason, line.tax_rate_bp = "reverse_charge:DE", 0
        with transaction():
            services.ship_order(order.id, carrier="NSL", tracking=None, actor=trade.seller())

        data = printing.invoice(issued(order)[0], None, platform="Sample operator AB")

        assert any("Reverse charge" in note for note in data["notes"])
        assert "Tax ID DE 136695976" in data["parties"][1]["lines"]
        assert ["Purchase order", queries.purchase_by_id(order.purchase_id).number] in data["facts"]

    def test_a_packing_slip_names_the_purchase_order_and_what_is_in_it(self) -> None:
        trade, order = make_wide_order()
        first = lines_of(order)[0]
        with transaction():
            services.ship_part(order.id, quantities={first.id: 60}, carrier="NSL", tracking="NSL 7", actor=trade.seller())
        shipment = queries.shipment_of_order(order.id, 1)

        data = printing.packing_slip(self.paper(order), shipment, {first.id: 60})

        assert [row[0] for row in data["rows"]] == ["1"]
        assert [cell.replace("\u00a0", " ") for cell in data["rows"][0][2:]] == ["100 pcs", "60 pcs"]
        assert any(value.startswith("PO-") for _, value in data["facts"])
        assert data["sums"] == []

    def test_the_driver_reads_the_hours_of_the_gate_and_an_invoice_leaves_them_out(self) -> None:
        _, order = make_order(S.SHIPPED)
        shipment = queries.shipment_of_order(order.id, 1)

        slip = printing.packing_slip(self.paper(order), shipment, {line.id: line.quantity for line in lines_of(order)})
        invoice = printing.invoice(issued(order)[0], None, platform="Sample operator AB")

        hours = "Goods are taken: Mon 07:00–15:30, Fri 07:00–12:00"
        assert [party["lines"][-2:] for party in slip["parties"]][2] == ["Dock 4, tail lift needed", hours]
        assert invoice["parties"][2]["lines"][-1] == "Dock 4, tail lift needed"

    def test_the_quantity_times_the_printed_price_is_the_sum_of_the_line(self) -> None:
        """10.8835 for 100 is 0.108835 each: with four decimals a customer would reckon 13 cents less for 3,700 pieces."""
        trade = make_trade(stock=5_000, tiers=((1, 10_883_500),), price_per=100)
        _, order = make_order(S.SHIPPED, trade=trade, quantities=(3_700,))

        for data in (printing.purchase_order(self.paper(order)), printing.invoice(issued(order)[0], None, platform="Sample operator AB")):
            *_, price, _rate, goods = data["rows"][0]
            assert (price, goods) == ("0.108835", "402.69")

    def test_a_credit_note_for_pieces_says_how_many_at_which_price(self) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order, quantity=30)
        answer(trade, claim, Remedy.CREDIT, amount_minor=the_line(claim).value_minor)
        accept(trade, claim)
        bill, note = issued(order)

        data = printing.invoice(note, bill, platform="Sample operator AB")
        with i18n.speaking("zh_Hans", "Asia/Shanghai"):
            chinese = printing.invoice(note, bill, platform="Sample operator AB")

        ((_position, _name, quantity, price, _rate, goods),) = data["rows"]
        (billed,) = printing.invoice(bill, None, platform="Sample operator AB")["rows"]
        assert (quantity, price, goods) == ("30\xa0pcs", billed[3], data["sums"][0][1])
        assert Decimal(price) * 30 == Decimal(goods)
        assert chinese["rows"][0][2:4] == ["30\xa0件", price]

    def test_a_credit_note_over_a_sum_says_that_it_is_one(self) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order, quantity=30)
        answer(trade, claim, Remedy.CREDIT, amount_minor=the_line(claim).value_minor - 1)
        accept(trade, claim)
        bill, note = issued(order)

        data = printing.invoice(note, bill, platform="Sample operator AB")

        ((_position, name, quantity, price, _rate, goods),) = data["rows"]
        assert (quantity, price, goods) == ("–", "–", data["sums"][0][1])
        assert name.endswith("\nCredit of a sum, not of pieces at their price")

    def test_a_credit_note_from_before_quantities_were_kept_is_printed_as_it_was(self) -> None:
        _, order = make_order(S.SHIPPED)
        with transaction():
            note = services.issue_credit_note(
                fresh(order), goods_minor=984, freight_minor=15, tax_minor=0, reason="CLM-1", line=lines_of(order)[0]
            )
        assert note is not None
        (line,) = note.content["lines"]
        kept = ("kind", "number", "currency", "goods_minor", "freight_minor", "tax_minor", "total_minor", "reason")
        old = Invoice(**{name: getattr(note, name) for name in kept})
        old.content = note.content | {"lines": [{name: value for name, value in line.items() if name != "credited_quantity"}]}

        ((_position, name, *cells, goods),) = printing.invoice(old, issued(order)[0], platform="Sample operator AB")["rows"]

        assert cells[:2] == ["–", "–"]
        assert (goods, "Credit of a sum" in name) == ("9.84", False)

    def test_a_credit_note_on_the_whole_order_has_its_lines_or_says_that_it_is_a_sum(self) -> None:
        _, order = make_order(S.SHIPPED)
        (bill,) = issued(order)
        _, other = make_order(S.SHIPPED)
        part = credit(other, 100)
        with transaction():
            whole = credit_the_rest(fresh(order), reason="Lost.")
        assert whole is not None
        assert part is not None

        taken_back = printing.invoice(whole, bill, platform="Sample operator AB")["rows"]
        (sum_back,) = printing.invoice(part, issued(other)[0], platform="Sample operator AB")["rows"]

        assert taken_back == printing.invoice(bill, None, platform="Sample operator AB")["rows"]
        assert sum_back == ["", "Credit of a sum on the order as a whole", "–", "–", "–", "1.00"]

    def test_both_languages(self) -> None:
        _, order = make_order(S.SHIPPED)
        paper = self.paper(order)

        with i18n.speaking("zh_Hans", "Asia/Shanghai"):
            chinese = printing.purchase_order(paper)
        english = printing.purchase_order(paper)

        assert (chinese["language"], english["language"]) == ("zh", "en")
        assert pdf.render("order_paper.typ", chinese).startswith(b"%PDF-")


class TestRoutes:
    def test_each_document_appears_when_there_is_something_to_print(self, client: FlaskClient) -> None:
        trade, order = make_order()
        as_vendor(client, trade)
        at = f"/portal/orders/{order.number}/documents"
        assert client.get(f"{at}/purchase-order.pdf").status_code == 200
        for name in ("order-confirmation", "packing-slip-1", "invoice", "credit-note-1", "nonsense", "packing-slip-x", "credit-note-"):
            assert client.get(f"{at}/{name}.pdf").status_code == 404

        _, order = make_order(S.SHIPPED, trade=trade)
        credit(order, 100)
        at = f"/portal/orders/{order.number}/documents"
        for name in ("order-confirmation", "packing-slip-1", "invoice", "credit-note-1"):
            response = client.get(f"{at}/{name}.pdf?language=zh_Hans")
            assert (response.status_code, response.mimetype) == (200, "application/pdf")
            assert response.get_data().startswith(b"%PDF-")

    def test_only_the_two_companies_and_staff_read_them(self, client: FlaskClient) -> None:
        trade, order = make_order(S.SHIPPED)
        other = make_trade()
        as_buyer(client, trade)
        assert client.get(f"/orders/{order.number}/documents/invoice.pdf").status_code == 200
        assert client.get(f"/desk/orders/{order.number}/documents/invoice.pdf").status_code == 403
        as_buyer(client, other)
        assert client.get(f"/orders/{order.number}/documents/invoice.pdf").status_code == 404
        log_in(client, other.sellers[0], company_of(other.vendors[0]))
        db.session.commit()
        assert client.get(f"/portal/orders/{order.number}/documents/invoice.pdf").status_code == 404
        as_staff(client)
        assert client.get(f"/desk/orders/{order.number}/documents/invoice.pdf").status_code == 200
