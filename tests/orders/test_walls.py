"""Walls between companies, and the platform's desk."""

import pytest
from flask.testing import FlaskClient

from marketplace.core.db import db
from marketplace.orders.models import Purchase, VendorOrderState
from payments.models import HoldState
from tests.factories.orders import (
    fresh,
    fund,
    hold_of,
    make_order,
    make_purchase,
    make_trade,
    orders_of,
    report,
)
from tests.orders.browsing import as_buyer, as_staff, as_vendor, claim_form, page
from tests.orders.claiming import let_ruling_stand

S = VendorOrderState


class TestWalls:
    def test_another_buyers_numbers_are_not_found_and_unchanged(self, client: FlaskClient) -> None:
        trade, order = make_order(S.DELIVERED)
        purchase = db.session.get_one(Purchase, order.purchase_id)
        stranger = make_trade()
        as_buyer(client, stranger)

        assert client.get(f"/orders/{purchase.number}").status_code == 404
        assert client.get(f"/orders/{order.number}/problem").status_code == 404
        for address, form in (
            (f"/orders/{order.number}/delivered", {}),
            (f"/orders/{order.number}/accept", {}),
            (f"/orders/{order.number}/cancel", {}),
            (f"/orders/{order.number}/problem", claim_form(order, text="This is not mine at all.")),
            (f"/orders/{purchase.number}/cancel-unpaid", {}),
            (f"/orders/{purchase.number}/pay", {}),
        ):
            assert client.post(address, data=form).status_code == 404, address
        assert (fresh(order).state, hold_of(order).frozen_at) == (S.DELIVERED, None)
        assert purchase.number not in page(client.get("/orders"))
        assert purchase.number not in client.get("/orders.csv").get_data(as_text=True)
        assert trade.vendors

    def test_another_vendors_numbers_are_not_found_and_unchanged(self, client: FlaskClient) -> None:
        _, order = make_order()
        stranger = make_trade()
        as_vendor(client, stranger)

        at = f"/portal/orders/{order.number}"
        assert client.get(at).status_code == 404
        for step, form in (
            ("accept", {}),
            ("decline", {"reason": "Not mine."}),
            ("in-production", {}),
            ("ready", {}),
            ("ship", {"carrier": "NSL"}),
            ("delivered", {"signed_by": "A. Berg"}),
        ):
            assert client.post(f"{at}/{step}", data=form).status_code == 404, step
        assert fresh(order).state is S.PLACED
        assert order.number not in page(client.get("/portal/orders"))

    def test_a_vendor_does_not_read_the_buyers_side_nor_the_other_vendor_of_the_purchase(self, client: FlaskClient) -> None:
        trade, purchase = make_purchase(make_trade(vendors=2))
        fund(purchase)
        first, second = orders_of(purchase)
        mine = [vendor.id for vendor in trade.vendors].index(first.vendor_id)
        as_vendor(client, trade, mine)

        assert client.get(f"/orders/{purchase.number}").status_code in (403, 404)
        assert client.get(f"/portal/orders/{second.number}").status_code == 404
        assert second.vendor_name not in page(client.get(f"/portal/orders/{first.number}"))

    @pytest.mark.parametrize("number", ["PO-2026-999999", "ORD-2026-999999", "%00", "%ff", "x" * 300, "PO-2026-0000001%0a", "%ED%A0%80"])
    def test_numbers_of_nothing_and_nonsense_answer_alike(self, client: FlaskClient, number: str) -> None:
        trade = make_trade()
        as_buyer(client, trade)
        for address in (f"/orders/{number}", f"/orders/{number}/problem"):
            assert client.get(address).status_code == 404
        for act in ("accept", "cancel", "delivered", "pay", "cancel-unpaid", "problem"):
            assert client.post(f"/orders/{number}/{act}").status_code == 404
        as_vendor(client, trade)
        assert client.get(f"/portal/orders/{number}").status_code == 404
        assert client.post(f"/portal/orders/{number}/accept").status_code == 404
        as_staff(client)
        assert client.get(f"/desk/problems/{number}").status_code == 404
        assert client.get(f"/desk/orders/{number}/cancel").status_code == 404

    def test_the_desk_is_closed_to_buyers(self, client: FlaskClient) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order)
        as_buyer(client, trade)

        for address in ("/desk/problems", f"/desk/problems/{claim.number}", f"/desk/orders/{order.number}/cancel"):
            assert client.get(address).status_code == 403
        assert client.post(f"/desk/problems/{claim.number}", data={"decision": "refund", "reason": "I want it."}).status_code == 403

    def test_without_a_session_one_logs_in_first(self, client: FlaskClient) -> None:
        for address in ("/cart", "/checkout", "/orders", "/portal/orders", "/desk/problems"):
            response = client.get(address)
            assert response.status_code == 303
            assert str(response.location).startswith("/log-in")


class TestDesk:
    def test_problems_to_decide(self, client: FlaskClient) -> None:
        as_staff(client)
        assert "Nothing to decide" in page(client.get("/desk/problems"))
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order)

        assert claim.number in page(client.get("/desk/problems"))
        text = page(client.get(f"/desk/problems/{claim.number}"))
        assert "Forty of the hundred bolts are bent." in text
        assert f"Refund EUR {order.total_minor / 100:.2f} to {trade.buyer.name}" in text

    @pytest.mark.parametrize(("decision", "state"), [("release", HoldState.RELEASED), ("refund", HoldState.REFUNDED)])
    def test_a_decision_moves_the_whole_sum(self, client: FlaskClient, decision: str, state: HoldState) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order)
        as_staff(client)

        page(client.post(f"/desk/problems/{claim.number}", data={"decision": decision}), 422)
        response = client.post(f"/desk/problems/{claim.number}", data={"decision": decision, "reason": "Seen and weighed."})

        assert response.status_code == 303
        assert hold_of(order).state is HoldState.FUNDED
        again = client.post(f"/desk/problems/{claim.number}", data={"decision": decision, "reason": "Seen and weighed."})
        assert "already been settled or decided" in page(again, 409)
        let_ruling_stand(claim)
        assert hold_of(order).state is state
        assert "Seen and weighed." in page(client.get(f"/desk/problems/{claim.number}"))

    def test_unknown_problems_are_not_found(self, client: FlaskClient) -> None:
        as_staff(client)

        assert client.get("/desk/problems/CLM-2026-999999").status_code == 404

    def test_ending_an_order(self, client: FlaskClient) -> None:
        _, order = make_order(S.SHIPPED)
        as_staff(client)
        at = f"/desk/orders/{order.number}/cancel"

        assert "Cancel, refund EUR" in page(client.get(at))
        page(client.post(at, data={"reason": ""}), 422)
        response = client.post(at, data={"reason": "The vendor is suspended.", "next": "/desk/problems"})
        assert response.location == "/desk/problems"
        assert fresh(order).state is S.CANCELLED
        page(client.post(at, data={"reason": "The vendor is suspended."}), 409)
