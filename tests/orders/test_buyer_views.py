"""The buyer's purchases: the list, the page of one, and its acts."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from marketplace.catalogue import services as catalogue
from marketplace.catalogue.models import Stock
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.orders import queries
from marketplace.orders.models import OrderLine, Purchase, VendorOrderState
from payments.models import HoldState
from tests.factories.orders import (
    fresh,
    fund,
    hold_of,
    make_order,
    make_purchase,
    make_trade,
)
from tests.orders.browsing import as_buyer, claim_form, page, statements_of

S = VendorOrderState


class TestPurchases:
    def test_the_list_is_empty_at_first_and_then_says_what_needs_the_buyer(self, client: FlaskClient) -> None:
        trade = make_trade()
        as_buyer(client, trade)
        assert "No orders yet" in page(client.get("/orders"))

        _, purchase = make_purchase(trade)

        text = page(client.get("/orders"))
        assert purchase.number in text
        assert "Waits for your payment" in text
        assert '<span class="count" data-tone="need">1</span>' in text

    @pytest.mark.parametrize(
        ("state", "shown"), [("waiting", True), ("open", True), ("done", False), ("cancelled", False), ("nonsense", True)]
    )
    def test_filters(self, client: FlaskClient, state: str, shown: bool) -> None:
        trade, purchase = make_purchase()
        as_buyer(client, trade)

        assert (purchase.number in page(client.get(f"/orders?state={state}"))) is shown

    def test_a_line_that_is_late_already_is_not_on_time(self, client: FlaskClient) -> None:
        trade, order = make_order(S.ACCEPTED)
        as_buyer(client, trade)
        address = f"/orders/{queries.purchase_by_id(order.purchase_id).number}"
        before = page(client.get(address))

        db.session.execute(update(OrderLine).values(first_promise_on=clock.now().date() - timedelta(days=3)))
        db.session.commit()

        for text, said in ((before, "–"), (page(client.get(address)), "0 of 1")):
            assert re.search(rf"<dt>Lines on time</dt><dd>{said}</dd>", text)

    def test_finding_by_reference_vendor_and_number(self, client: FlaskClient) -> None:
        trade, purchase = make_purchase()
        as_buyer(client, trade)

        for words in ("88213", trade.vendors[0].name[:8], purchase.number):
            assert purchase.number in page(client.get("/orders", query_string={"q": words}))
        for words in ("100%", "_", "nothing", "\0"):
            client.get("/orders", query_string={"q": words})
        assert "No order fits" in page(client.get("/orders?q=nothing"))

    def test_walking_the_list_by_key_shows_each_once(self, client: FlaskClient) -> None:
        trade = make_trade(stock=100_000)
        for _ in range(30):
            make_purchase(trade, quantities=(1,))
        as_buyer(client, trade)

        first = page(client.get("/orders"))
        after = re.search(r'href="\?after=([^"]+)" rel="next"', first)
        assert after is not None
        second = page(client.get(f"/orders?after={after[1]}"))
        seen = re.findall(r">(PO-\d{4}-\d{6})</a>", first), re.findall(r">(PO-\d{4}-\d{6})</a>", second)
        assert (len(seen[0]), len(seen[1])) == (25, 5)
        assert not set(seen[0]) & set(seen[1])
        before = re.search(r'href="\?before=([^"]+)" rel="prev"', second)
        assert before is not None
        assert re.findall(r">(PO-\d{4}-\d{6})</a>", page(client.get(f"/orders?before={before[1]}"))) == seen[0]
        for nonsense in ("x", "2026-01-01_x", "2026-01-01T00:00:00_" + "0" * 32, "\0"):
            page(client.get("/orders", query_string={"after": nonsense}))

    def test_csv_has_a_row_for_each_vendor_order_and_no_formulas(self, client: FlaskClient) -> None:
        trade, purchase = make_purchase(make_trade(vendors=2))
        purchase.buyer_reference = "=1+1"
        db.session.commit()
        as_buyer(client, trade)

        response = client.get("/orders.csv")

        rows = response.get_data(as_text=True).strip().splitlines()
        assert response.mimetype == "text/csv"
        assert len(rows) == 3
        assert all("'=1+1" in row for row in rows[1:])

    def test_the_list_asks_the_same_for_one_purchase_and_for_ten(self, client: FlaskClient) -> None:
        trade = make_trade(vendors=2, stock=100_000)
        make_purchase(trade, quantities=(1, 1))
        as_buyer(client, trade)
        one = statements_of(client, "/orders")
        for _ in range(9):
            make_purchase(trade, quantities=(1, 1))

        assert statements_of(client, "/orders") == one <= 14

    def test_a_purchase_shows_where_its_money_is_and_what_needs_the_buyer(self, client: FlaskClient) -> None:
        trade, order = make_order(S.DELIVERED, trade=make_trade(vendors=2))
        as_buyer(client, trade)
        number = db.session.get_one(Purchase, order.purchase_id).number

        text = page(client.get(f"/orders/{number}"))

        sum_of = f"EUR {order.total_minor / 100:.2f}"
        for words in (
            order.number,
            "Money held",
            "9 days left to inspect",
            "Day 1 of 10.",
            f"Accept goods, release {sum_of}",
            "Signed by A. Berg",
            "NSL 7740",
        ):
            assert words in text
        assert f"If you do nothing, {sum_of} is released then." in text

    def test_the_detail_asks_the_same_for_one_vendor_and_for_four(self, client: FlaskClient) -> None:
        counts = []
        for vendors in (1, 4):
            trade, purchase = make_purchase(make_trade(vendors=vendors), quantities=(10,) * vendors)
            fund(purchase)
            as_buyer(client, trade)
            counts.append(statements_of(client, f"/orders/{purchase.number}"))

        assert counts[0] == counts[1] <= 20

    def test_receiving_accepting_and_the_money(self, client: FlaskClient) -> None:
        trade, order = make_order(S.SHIPPED)
        as_buyer(client, trade)

        assert client.post(f"/orders/{order.number}/delivered").status_code == 303
        response = client.post(f"/orders/{order.number}/accept", follow_redirects=True)

        assert "Accepted: EUR" in page(response)
        assert hold_of(order).state is HoldState.RELEASED

    def test_a_double_click_on_accept_is_one_act(self, client: FlaskClient) -> None:
        trade, order = make_order(S.DELIVERED)
        as_buyer(client, trade)

        answers = [client.post(f"/orders/{order.number}/accept", data={"_once": "k"}).status_code for _ in range(2)]

        assert answers == [303, 303]

    def test_a_late_act_shows_the_page_as_it_is_now(self, client: FlaskClient) -> None:
        trade, order = make_order(S.ACCEPTED)
        as_buyer(client, trade)

        text = page(client.post(f"/orders/{order.number}/cancel"), 409)

        assert "This step is not possible in the present state." in text
        assert order.number in text

    def test_reporting_a_problem(self, client: FlaskClient) -> None:
        trade, order = make_order(S.DELIVERED)
        as_buyer(client, trade)
        refused = page(client.post(f"/orders/{order.number}/problem", data=claim_form(order, text="bent")), 422)
        assert ">\nbent</textarea>" in refused

        form = claim_form(order, text="Forty of the hundred are bent.")
        text = page(client.post(f"/orders/{order.number}/problem", data=form, follow_redirects=True))

        assert "Forty of the hundred are bent." in text
        assert "Waits for the vendor" in text
        bought = page(client.get(f"/orders/{queries.purchase_by_id(order.purchase_id).number}"))
        assert "Disputed" in bought
        assert "Accept goods" not in bought
        assert hold_of(order).frozen_at is not None

    def test_cancelling_before_and_after_the_payment(self, client: FlaskClient) -> None:
        trade, purchase = make_purchase(make_trade(stock=100_000))
        as_buyer(client, trade)
        assert "Nothing is charged." in page(client.post(f"/orders/{purchase.number}/cancel-unpaid", follow_redirects=True))

        _, order = make_order(trade=trade)
        assert "goes back" in page(client.post(f"/orders/{order.number}/cancel", follow_redirects=True))
        assert fresh(order).state is S.CANCELLED

    def test_paying_again_promises_the_stock_and_hands_on_to_the_payment(self, client: FlaskClient) -> None:
        trade, purchase = make_purchase(quantities=(100,))
        as_buyer(client, trade)

        response = client.post(f"/orders/{purchase.number}/pay")

        assert response.status_code == 307
        assert response.location is not None
        assert re.fullmatch(r"/payments/[0-9a-f-]{36}/start", response.location)

    def test_paying_again_when_somebody_was_faster(self, client: FlaskClient) -> None:
        trade, purchase = make_purchase(quantities=(100,))
        with clock.at(clock.now() + timedelta(minutes=61)):
            catalogue.give_back_expired()
        db.session.execute(update(Stock).values(on_hand=10))
        db.session.commit()
        as_buyer(client, trade)

        assert "Somebody was faster" in page(client.post(f"/orders/{purchase.number}/pay"), 409)
