"""The buyer chooses how each vendor ships, from the cart to the order; the price of a list stays what it was in both."""

import re
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.orders.models import OrderLine, Purchase, VendorOrder
from marketplace.pricing import services
from tests.factories.accounts import make_location
from tests.factories.orders import Trade, fill_cart, make_trade
from tests.factories.pricing import make_price_list
from tests.factories.vendors import make_shipping_method
from tests.orders.browsing import as_buyer, hidden_fields, page
from vendors.models import ShippingKind

AIR = [{"zone": "se", "countries": ["SE"], "days": [1, 1], "bands": [{"up_to_g": 10**9, "price_minor": 9_900}]}]


@pytest.fixture
def trade(client: FlaskClient) -> Trade:
    """A vendor with road (18.50), air (99.00) and collection, and a cart of 100 pieces at 0.50."""
    made = make_trade()
    make_shipping_method(made.vendors[0], key="air", position=2, zones=AIR)
    make_shipping_method(made.vendors[0], key="collect", position=3, zones=[], incoterm="FCA").kind = ShippingKind.COLLECTION
    db.session.flush()
    fill_cart(made, (100,))
    as_buyer(client, made)
    return made


def choose(client: FlaskClient, trade: Trade, key: str) -> None:
    body = {"methods-0-vendor_id": str(trade.vendors[0].id), "methods-0-key": key}
    assert client.post("/cart", data=body).status_code == 303


def checkout_form(client: FlaskClient) -> dict[str, str]:
    text = page(client.get("/checkout"))
    chosen = re.search(r'<select id="methods-0-key".*?</select>', text, re.DOTALL)
    assert chosen is not None
    key = re.search(r'<option value="([^"]+)" selected', chosen[0])
    assert key is not None
    location = re.findall(r'<option value="([0-9a-f-]{36})"', text)[0]
    return hidden_fields(text) | {"location_id": location, "methods-0-key": key[1]}


def placed() -> VendorOrder:
    return db.session.scalars(select(VendorOrder)).one()


def test_the_cheapest_counts_until_the_buyer_chooses(client: FlaskClient, trade: Trade) -> None:
    assert "freight 18.50" in page(client.get("/cart"))

    choose(client, trade, "air")

    text = page(client.get("/cart"))
    assert "freight 99.00" in text
    assert 'value="air" selected' in text
    assert client.post("/checkout", data=checkout_form(client)).status_code == 303
    assert (placed().freight["key"], placed().freight_minor) == ("air", 9_900)


def test_collection_can_be_chosen_at_the_checkout(client: FlaskClient, trade: Trade) -> None:
    form = checkout_form(client) | {"methods-0-key": "collect", "act": "price"}

    shown = page(client.post("/checkout", data=form))
    total = re.search(r'name="total_minor" value="(\d+)"', shown)

    assert total is not None
    assert total[1] == "6250"  # 50.00 and VAT, no freight
    assert (
        client.post("/checkout", data=hidden_fields(shown) | {key: form[key] for key in ("location_id", "methods-0-key")}).status_code
        == 303
    )
    assert (placed().freight["kind"], placed().freight_minor, placed().freight["incoterm"]) == ("collection", 0, "FCA")


def test_a_choice_that_was_not_priced_yet_shows_both_totals(client: FlaskClient, trade: Trade) -> None:
    answer = client.post("/checkout", data=checkout_form(client) | {"methods-0-key": "air"})

    assert answer.status_code == 409
    assert "The total has changed since you saw it" in answer.text
    assert db.session.scalars(select(Purchase)).all() == []
    assert 'value="air" selected' in answer.text


def test_a_choice_that_does_not_serve_any_more_is_said(client: FlaskClient, trade: Trade) -> None:
    choose(client, trade, "zeppelin")

    text = page(client.get("/cart"))

    assert "What you chose does not serve this delivery" in text
    assert "freight 18.50" in text


def test_what_is_sent_on_request_cannot_be_ordered_and_says_so(client: FlaskClient) -> None:
    made = make_trade(weight_g=10_000_000)
    make_shipping_method(made.vendors[0], key="ask", position=2, zones=[]).kind = ShippingKind.ON_REQUEST
    db.session.flush()
    fill_cart(made, (100,))
    as_buyer(client, made)

    text = page(client.get("/cart"))

    assert "on request only: ask the factory for the freight first" in text
    assert "Go to checkout" in text
    assert 'disabled aria-describedby="why"' in text


def test_the_price_of_a_list_is_ordered_and_the_order_says_so(client: FlaskClient, trade: Trade) -> None:
    variant_id = trade.variants[0].id
    make_price_list(trade.vendors[0], companies=[trade.buyer.id], prices={variant_id: [(1, 400_000)]}, name="Frame 2026")

    assert "Price list of your company: Frame 2026" in page(client.get("/cart"))
    assert client.post("/checkout", data=checkout_form(client)).status_code == 303

    line = db.session.scalars(select(OrderLine)).one()
    assert (line.price_source, line.unit_price_micro, line.goods_minor) == ("company_list", 400_000, 4_000)


def test_a_list_that_ends_between_cart_and_order_shows_both_totals(client: FlaskClient, trade: Trade) -> None:
    variant_id = trade.variants[0].id
    made = make_price_list(trade.vendors[0], companies=[trade.buyer.id], prices={variant_id: [(1, 400_000)]})
    form = checkout_form(client)
    services.end_list(made.id, vendor_id=trade.vendors[0].id, actor=trade.seller())

    answer = client.post("/checkout", data=form)

    assert answer.status_code == 409
    assert "The total has changed since you saw it" in answer.text


def test_a_list_of_an_address_counts_for_the_address_that_is_chosen(client: FlaskClient, trade: Trade) -> None:
    plant: UUID = make_location(trade.buyer, name="Plant 2", is_default=False).id
    variant_id = trade.variants[0].id
    make_price_list(trade.vendors[0], locations=[(trade.buyer.id, plant)], prices={variant_id: [(1, 400_000)]})
    form = checkout_form(client) | {"location_id": str(plant), "act": "price"}

    shown = page(client.post("/checkout", data=form))

    assert "40.00" in shown
    again = hidden_fields(shown) | {"location_id": str(plant), "methods-0-key": "road"}
    assert client.post("/checkout", data=again).status_code == 303
    assert db.session.scalars(select(OrderLine.price_source)).one() == "location_list"
