"""One trade from the cart to the vendor's account, through the pages and the payment provider."""

import re
from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.orders.models import Purchase, PurchaseState, VendorOrderState
from marketplace.supervisor.simulator import Simulator
from payments.models import HoldState, Payment
from tests.factories.accounts import log_in, make_member
from tests.factories.catalogue import make_product, only_variant
from tests.factories.orders import Trade, company_of, fresh, hold_of, make_trade, orders_of
from tests.factories.payments import control, deliver_events, make_payable_vendor, pay

S = VendorOrderState


def test_cart_checkout_payment_path_release_and_payout(client: FlaskClient, simulator: Simulator, run_jobs: Callable[[], int]) -> None:
    control(simulator, "webhooks", {"take": True})  # what earlier tests left
    trade = payable_trade()
    log_in(client, trade.person, trade.buyer)
    db.session.commit()
    for variant in trade.variants:
        assert client.post("/cart/lines", data={"variant_id": str(variant.id), "quantity": "200"}).status_code == 303
    text = client.get("/checkout").get_data(as_text=True)
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', text))
    form["location_id"] = re.findall(r'<option value="([^"]+)"', text)[0]
    assert client.post("/checkout", data=form).status_code == 303
    purchase = db.session.scalars(select(Purchase)).one()

    # The start of the payment goes through the order, which promises the stock again.
    answer = client.post(f"/orders/{purchase.number}/pay", follow_redirects=True)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    payment = db.session.scalars(select(Payment)).one()
    assert pay(client, simulator, payment)["outcome"] == "paid"
    deliver_events(client, simulator)
    run_jobs()
    first, second = orders_of(purchase)
    assert first.funded_at is not None
    assert {hold_of(order).state for order in (first, second)} == {HoldState.FUNDED}

    number = [vendor.id for vendor in trade.vendors].index(first.vendor_id)
    log_in(client, trade.sellers[number], company_of(trade.vendors[number]))
    db.session.commit()
    for step, data in (
        ("accept", {}),
        ("ready", {}),
        ("ship", {"carrier": "Nordsjö Line", "tracking": "NSL 7740"}),
        ("delivered", {"signed_by": "A. Berg"}),
    ):
        assert client.post(f"/portal/orders/{first.number}/{step}", data=data).status_code == 303, step
    other = 1 - number
    log_in(client, trade.sellers[other], company_of(trade.vendors[other]))
    db.session.commit()
    assert client.post(f"/portal/orders/{second.number}/decline", data={"reason": "The line stands still."}).status_code == 303

    log_in(client, trade.person, trade.buyer)
    db.session.commit()
    assert client.post(f"/orders/{first.number}/accept").status_code == 303
    run_jobs()
    deliver_events(client, simulator)
    run_jobs()

    assert (fresh(first).state, fresh(second).state) == (S.ACCEPTED_BY_BUYER, S.DECLINED)
    assert hold_of(first).state is HoldState.PAID_OUT
    assert hold_of(second).state is HoldState.REFUNDED
    page = client.get(f"/orders/{purchase.number}").get_data(as_text=True).replace("\u00a0", " ")
    assert f"Released {first.total_minor / 100:.2f}" in page
    assert f"Refunded {second.total_minor / 100:.2f}" in page
    assert db.session.get_one(Purchase, purchase.id).state is PurchaseState.PLACED


def payable_trade() -> Trade:
    """A buyer and two vendors whose accounts the provider can pay."""
    trade = make_trade(vendors=0)
    vendors = tuple(make_payable_vendor() for _ in range(2))
    sellers = tuple(make_member(company_of(vendor), name="Ingrid Norr") for vendor in vendors)
    variants = tuple(only_variant(make_product(vendor)) for vendor in vendors)
    db.session.commit()
    return Trade(trade.buyer, trade.person, vendors, sellers, variants)
