"""The lists of claims, and the decision of the desk."""

import pytest
from flask.testing import FlaskClient

from marketplace.core import clock
from marketplace.core.db import transaction
from marketplace.orders import services
from marketplace.orders.models import VendorOrderState
from payments.models import HoldState
from tests.factories.orders import hold_of, make_order, report
from tests.orders.browsing import as_staff, as_vendor, page, statements_of
from tests.orders.claiming import let_ruling_stand

S = VendorOrderState


class TestLists:
    def test_the_vendor_filters_sorts_and_takes_the_list_home(self, client: FlaskClient) -> None:
        trade, order = make_order(S.DELIVERED)
        as_vendor(client, trade)
        assert "No claims" in page(client.get("/portal/claims"))
        claim = report(trade, order)
        as_vendor(client, trade)

        assert claim.number in page(client.get("/portal/claims?state=vendor&sort=answer"))
        assert "No claim fits" in page(client.get("/portal/claims?state=platform"))
        assert claim.number in page(client.get(f"/portal/claims?q={order.number}"))
        assert f"{claim.number},{order.number}," in client.get("/portal/claims.csv").get_data(as_text=True)

    def test_the_desk_shows_what_waits_for_it_first(self, client: FlaskClient) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order)
        as_staff(client)
        assert "To decide" not in page(client.get("/desk/problems"))
        with clock.at(claim.answer_by_at), transaction():
            services.hand_over_as_vendor(claim.id, actor=trade.seller())

        text = page(client.get("/desk/problems"))

        assert "To decide" in text
        assert text.count(claim.number) >= 2
        assert f"{claim.number},{order.number}," in client.get("/desk/problems.csv").get_data(as_text=True)

    @pytest.mark.parametrize("address", ["/portal/claims", "/desk/problems"])
    def test_many_claims_take_the_same_few_queries(self, client: FlaskClient, address: str) -> None:
        trade, order = make_order(S.DELIVERED)
        report(trade, order, quantity=1)
        act = as_staff if address.startswith("/desk") else lambda c: as_vendor(c, trade)
        act(client)
        few = statements_of(client, address)
        for _ in range(12):
            report(trade, order, quantity=1)
        act(client)

        assert statements_of(client, address) <= few


class TestDeskDecision:
    def test_a_part_each_way(self, client: FlaskClient) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order)
        as_staff(client)
        why = {"reason": "Half of them can be used."}
        page(client.post(f"/desk/problems/{claim.number}", data={"decision": "split", **why}), 422)
        assert "At most EUR" in page(
            client.post(f"/desk/problems/{claim.number}", data={"decision": "split", "amount": "9999", **why}), 409
        )

        response = client.post(f"/desk/problems/{claim.number}", data={"decision": "split", "amount": "20.00", **why})

        assert response.status_code == 303
        assert "EUR 20.00 goes back" in page(client.get(f"/desk/problems/{claim.number}"))
        assert hold_of(order).refunded_minor == 0
        let_ruling_stand(claim)
        assert (hold_of(order).state, hold_of(order).refunded_minor) == (HoldState.SPLIT, 2_000)

    def test_after_acceptance_the_page_says_where_the_money_comes_from(self, client: FlaskClient) -> None:
        trade, order = make_order(S.ACCEPTED_BY_BUYER)
        claim = report(trade, order)
        as_staff(client)

        text = page(client.get(f"/desk/problems/{claim.number}"))

        assert "stands as its debt" in text
        assert trade.vendors
