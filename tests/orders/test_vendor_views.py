"""The vendor's inbox and orders, and pages of every state."""

from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.accounts.queries import default_location
from marketplace.core.db import db, transaction
from marketplace.orders import services
from marketplace.orders.models import Purchase, VendorOrder, VendorOrderState
from marketplace.orders.places import FOR_THE_DRIVER
from tests.factories.accounts import log_in, make_member
from tests.factories.orders import (
    company_of,
    fresh,
    make_order,
    make_purchase,
    make_trade,
    orders_of,
)
from tests.orders.browsing import as_buyer, as_vendor, page, statements_of

S = VendorOrderState


class TestVendorOrders:
    def test_the_inbox_begins_with_what_needs_an_answer(self, client: FlaskClient) -> None:
        trade, order = make_order()
        as_vendor(client, trade)

        text = page(client.get("/portal/orders"))

        assert "To answer first" in text
        assert order.number in text
        assert "Cancelled with refund on" in text
        assert '<span class="count" data-tone="need">1</span>' in text

    def test_it_shows_no_unpaid_order(self, client: FlaskClient) -> None:
        trade, purchase = make_purchase()
        as_vendor(client, trade)

        assert "No orders yet" in page(client.get("/portal/orders"))
        assert client.get(f"/portal/orders/{orders_of(purchase)[0].number}").status_code == 404

    def test_the_path_by_its_buttons(self, client: FlaskClient) -> None:
        trade, order = make_order()
        as_vendor(client, trade)
        at = f"/portal/orders/{order.number}"
        text = page(client.get(at))
        assert "Accept order, EUR" in text
        assert "Gothenburg plant" in text
        assert "Commission, 4 % of goods" in text

        for step, form in (
            ("accept", {}),
            ("in-production", {}),
            ("ready", {}),
            ("ship", {"carrier": "Nordsjö Line", "tracking": "NSL 7740"}),
            ("delivered", {"signed_by": "A. Berg"}),
        ):
            assert page(client.post(f"{at}/{step}", data=form, follow_redirects=True))
        assert fresh(order).state is S.DELIVERED
        assert "Delivered, buyer inspects" in page(client.get(at))

    def test_the_vendor_reads_when_goods_are_taken_and_whom_the_driver_can_reach(self, client: FlaskClient) -> None:
        trade = make_trade()
        location = default_location(trade.buyer.id)
        assert location is not None
        location.contact_name, location.contact_phone = "A. Berg", "+46 40 10 20"
        _, order = make_order(trade=trade)
        as_vendor(client, trade)

        text = page(client.get(f"/portal/orders/{order.number}"))

        for said in ("Dock 4, tail lift needed", "Goods are taken: Mon 07:00–15:30, Fri 07:00–12:00", "Contact: A. Berg, +46 40 10 20"):
            assert said in text

    def test_a_purchase_from_before_hours_were_copied_has_its_page(self, client: FlaskClient) -> None:
        trade, order = make_order()
        purchase = db.session.get_one(Purchase, order.purchase_id)
        purchase.ship_to = {name: value for name, value in purchase.ship_to.items() if name not in FOR_THE_DRIVER}
        as_vendor(client, trade)

        text = page(client.get(f"/portal/orders/{order.number}"))

        assert "Dock 4, tail lift needed" in text
        assert "Goods are taken" not in text

    def test_a_missing_carrier_is_said_beside_its_field(self, client: FlaskClient) -> None:
        trade, order = make_order(S.READY)
        as_vendor(client, trade)

        text = page(client.post(f"/portal/orders/{order.number}/ship", data={"tracking": "NSL 7740"}), 422)

        assert 'id="carrier-error"' in text
        assert 'value="NSL 7740"' in text

    def test_declining_needs_a_reason(self, client: FlaskClient) -> None:
        trade, order = make_order()
        as_vendor(client, trade)

        page(client.post(f"/portal/orders/{order.number}/decline", data={"reason": " "}), 422)
        assert fresh(order).state is S.PLACED
        response = client.post(f"/portal/orders/{order.number}/decline", data={"reason": "No capacity until March."}, follow_redirects=True)
        assert "goes back to the buyer" in page(response)

    def test_a_step_that_is_not_possible_any_more(self, client: FlaskClient) -> None:
        trade, order = make_order(S.SHIPPED)
        as_vendor(client, trade)

        page(client.post(f"/portal/orders/{order.number}/accept"), 409)
        text = page(client.post(f"/portal/orders/{order.number}/decline", data={"reason": "Changed our mind."}), 409)
        assert "This step is not possible in the present state." in text

    def test_roles_without_fulfilment_see_but_do_not_act(self, client: FlaskClient) -> None:
        trade, order = make_order()
        quality = make_member(company_of(trade.vendors[0]), ["vendor_quality"])
        log_in(client, quality, company_of(trade.vendors[0]))
        db.session.commit()

        assert "Accept order" not in page(client.get(f"/portal/orders/{order.number}"))
        assert client.post(f"/portal/orders/{order.number}/accept").status_code == 403

    def test_filters_and_csv(self, client: FlaskClient) -> None:
        trade, order = make_order(S.ACCEPTED)
        as_vendor(client, trade)

        for state, shown in (("work", True), ("answer", False), ("done", False), ("nonsense", True)):
            assert (order.number in page(client.get(f"/portal/orders?state={state}"))) is shown
        assert order.number in client.get("/portal/orders.csv").get_data(as_text=True)
        assert order.number in page(client.get("/portal/orders", query_string={"q": order.buyer_name}))

    def test_the_list_asks_the_same_for_one_order_and_for_ten(self, client: FlaskClient) -> None:
        trade = make_trade(stock=100_000)
        make_order(trade=trade, quantities=(1,))
        as_vendor(client, trade)
        one = statements_of(client, "/portal/orders")
        for _ in range(9):
            make_order(trade=trade, quantities=(1,))

        assert statements_of(client, "/portal/orders") == one <= 14


def test_every_state_has_a_page_for_each_reader(client: FlaskClient) -> None:
    for state in (S.PLACED, S.ACCEPTED, S.IN_PRODUCTION, S.READY, S.SHIPPED, S.DELIVERED, S.ACCEPTED_BY_BUYER):
        trade, order = make_order(state)
        purchase = db.session.get_one(Purchase, order.purchase_id)
        as_buyer(client, trade)
        assert order.number in page(client.get(f"/orders/{purchase.number}"))
        assert purchase.number in page(client.get("/orders"))
        as_vendor(client, trade)
        assert order.number in page(client.get(f"/portal/orders/{order.number}"))


def test_ended_orders_have_pages_too(client: FlaskClient) -> None:
    trade = make_trade(stock=10_000)
    _, order = make_order(trade=trade)
    as_vendor(client, trade)
    client.post(f"/portal/orders/{order.number}/decline", data={"reason": "No capacity until March."})

    assert "No capacity until March." in page(client.get(f"/portal/orders/{order.number}"))
    with transaction():
        services.settle_purchase(order.purchase_id)
    as_buyer(client, trade)
    number = db.session.get_one(Purchase, order.purchase_id).number
    text = page(client.get(f"/orders/{number}"))
    assert "No capacity until March." in text
    assert "Refunded" in text
    assert number in page(client.get("/orders?state=cancelled"))
    assert db.session.scalars(select(VendorOrder)).all()
