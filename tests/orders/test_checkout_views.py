"""The checkout page: what the buyer agrees to, and what happens when it is not so any more."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update

from marketplace.carts.models import CartLine
from marketplace.catalogue.models import PriceTier, Stock
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.orders.models import Purchase, VendorOrderState
from marketplace.pricing.models import TaxRate
from tests.factories.accounts import make_company, make_location
from tests.factories.orders import (
    fill_cart,
    make_trade,
)
from tests.orders.browsing import as_buyer, hidden_fields, page, send_checkout

S = VendorOrderState


class TestCheckout:
    def test_the_page_shows_all_that_the_buyer_agrees_to(self, client: FlaskClient) -> None:
        trade = make_trade(vendors=2)
        fill_cart(trade, (100, 200))
        as_buyer(client, trade)

        text = page(client.get("/checkout"))

        for words in (
            "Gothenburg plant",
            "Protected payment",
            "10 days to inspect",
            "30 days, the vendor pays the freight",
            "VAT of Sweden, 25 %",
        ):
            assert words in text
        # Goods 150.00, freight 37.00, tax 17.13 and 29.63: rounded once per line.
        assert "Place order, EUR 233.76" in text

    def test_placing_leads_to_the_payment(self, client: FlaskClient) -> None:
        trade = make_trade()
        fill_cart(trade, (100,))
        as_buyer(client, trade)

        response = send_checkout(client)

        purchase = db.session.scalars(select(Purchase)).one()
        assert response.status_code == 303
        assert response.location is not None
        assert re.fullmatch(r"/payments/[0-9a-f-]{36}", response.location)
        assert (purchase.buyer_reference, purchase.note) == ("WO-88213", "Call before noon.")

    def test_a_double_click_is_one_order_and_leads_to_the_same_payment(self, client: FlaskClient) -> None:
        trade = make_trade()
        fill_cart(trade, (100,))
        as_buyer(client, trade)
        text = page(client.get("/checkout"))
        form = hidden_fields(text) | {"location_id": re.findall(r'<option value="([^"]+)"', text)[0]}

        first, second = client.post("/checkout", data=form), client.post("/checkout", data=form)
        third = client.post("/checkout", data=form | {"_once": "another window"})

        assert first.location == second.location == third.location
        assert len(db.session.scalars(select(Purchase)).all()) == 1

    def test_a_changed_price_shows_both_totals_and_keeps_what_was_typed(self, client: FlaskClient) -> None:
        trade = make_trade()
        fill_cart(trade, (100,))
        as_buyer(client, trade)
        text = page(client.get("/checkout"))
        form = hidden_fields(text) | {
            "location_id": re.findall(r'<option value="([^"]+)"', text)[0],
            "buyer_reference": "WO-88213",
            "note": "Call before noon.",
        }
        db.session.execute(update(PriceTier).values(unit_price_micro=600_000))
        db.session.commit()

        refused = page(client.post("/checkout", data=form), 409)

        assert "<del>EUR 85.63</del> <ins>EUR 98.13</ins>" in refused
        assert 'value="WO-88213"' in refused
        assert "Call before noon." in refused
        assert db.session.scalar(select(Purchase.id)) is None
        again = client.post("/checkout", data=form | hidden_fields(refused))
        assert again.status_code == 303

    def test_lost_stock_is_said_at_its_line(self, client: FlaskClient) -> None:
        trade = make_trade()
        fill_cart(trade, (100,))
        as_buyer(client, trade)
        text = page(client.get("/checkout"))
        form = hidden_fields(text) | {"location_id": re.findall(r'<option value="([^"]+)"', text)[0]}
        db.session.execute(update(Stock).values(on_hand=40))
        db.session.commit()

        refused = page(client.post("/checkout", data=form), 409)

        assert "Somebody was faster" in refused
        assert "Only 40 pcs are in stock." in refused

    def test_another_address_shows_its_freight_before_anything_is_ordered(self, client: FlaskClient) -> None:
        trade = make_trade()
        abroad = make_location(trade.buyer, name="Oslo depot", country="NO", is_default=False)
        fill_cart(trade, (100,))
        as_buyer(client, trade)

        text = page(client.post("/checkout", data={"act": "price", "location_id": str(abroad.id), "buyer_reference": "WO-1"}))

        assert "Export to Norway, no VAT" in text
        assert 'value="WO-1"' in text
        assert db.session.scalar(select(Purchase.id)) is None

    @pytest.mark.parametrize(
        "changes",
        [
            {"total_minor": "-1"},
            {"total_minor": "1e9"},
            {"cart_id": "x"},
            {"cart_version": "yesterday"},
            {"location_id": ""},
            {"note": "x" * 1_001},
        ],
    )
    def test_nonsense_is_refused_and_nothing_typed_is_lost(self, client: FlaskClient, changes: dict[str, str]) -> None:
        trade = make_trade()
        fill_cart(trade, (100,))
        as_buyer(client, trade)

        text = page(send_checkout(client, **changes), 422)

        assert 'value="WO-88213"' in text
        assert db.session.scalar(select(Purchase.id)) is None

    def test_an_address_of_another_company_is_refused(self, client: FlaskClient) -> None:
        trade = make_trade()
        theirs = make_location(make_company(with_location=False))
        fill_cart(trade, (100,))
        as_buyer(client, trade)

        page(send_checkout(client, location_id=str(theirs.id)), 409)

        assert db.session.scalar(select(Purchase.id)) is None

    @pytest.mark.parametrize("address", ["/cart", "/checkout"])
    def test_a_total_of_which_a_part_is_unknown_is_none(self, client: FlaskClient, address: str) -> None:
        """The vendor does not ship there: a freight of 0.00 would be a promise."""
        trade = make_trade(vendor={"with_shipping": False})
        fill_cart(trade, (100,))
        as_buyer(client, trade)

        text = page(client.get(address))

        rows = re.findall(r"<(?:dt|th)[^>]*>(Freight to Sweden|Total)</(?:dt|th)>\s*<(?:dd|td)[^>]*>(.*?)</(?:dd|td)>", text)
        assert [(name, re.sub(r"<[^>]+>", "", value)) for name, value in rows] == [("Freight to Sweden", "Unknown"), ("Total", "Unknown")]
        assert "Place order, " not in text
        assert "to inspect after delivery" not in text

    def test_a_tax_that_nobody_knows_is_not_nought(self, client: FlaskClient) -> None:
        trade = make_trade()
        fill_cart(trade, (100,))
        as_buyer(client, trade)
        db.session.execute(delete(TaxRate))
        db.session.commit()

        text = page(client.get("/checkout"))

        assert re.search(r"Tax unknown</th><td class=\"num\"><span class=\"unknown\">Unknown</span>", text)
        assert "tax unknown" in page(client.get("/cart"))

    def test_an_empty_cart_has_no_checkout(self, client: FlaskClient) -> None:
        trade = make_trade()
        as_buyer(client, trade)

        assert client.get("/checkout").location == "/cart"

    def test_back_at_the_checkout_of_an_order_shows_the_order(self, client: FlaskClient) -> None:
        trade = make_trade()
        fill_cart(trade, (100,))
        as_buyer(client, trade)
        send_checkout(client)
        number = db.session.execute(select(Purchase.number)).scalar_one()

        again = client.get("/checkout")

        assert again.location == f"/orders/{number}"
        assert f"This cart is ordered already, as {number}." in page(client.get(again.location))
        fill_cart(trade, (50,))
        assert "Place order, " in page(client.get("/checkout")), "a new cart is none of the old order's"
        with clock.at(clock.now() + timedelta(hours=2)):
            db.session.execute(delete(CartLine))
            db.session.commit()
            assert client.get("/checkout").location == "/cart"

    def test_without_an_address_the_button_says_why(self, client: FlaskClient) -> None:
        trade = make_trade(buyer=make_company(with_location=False))
        fill_cart(trade, (100,))
        as_buyer(client, trade)

        assert "Add a delivery address first." in page(client.get("/checkout"))

    def test_an_address_that_was_missing_is_added_on_the_way_and_leads_back(self, client: FlaskClient) -> None:
        trade = make_trade(buyer=make_company(with_location=False))
        fill_cart(trade, (100,))
        as_buyer(client, trade)
        link = re.search(r'<a href="([^"]+)">Add a delivery address</a>', page(client.get("/checkout")))
        assert link is not None

        form = page(client.get(link[1]))
        typed = {"name": "Plant", "street": "Rälsgatan 4", "postcode": "417 05", "city": "Göteborg", "country": "SE"}
        added = client.post("/company/locations/new", data=hidden_fields(form) | typed | {"next": "/checkout"})

        assert '<input type="hidden" name="next" value="/checkout">' in form
        assert (added.status_code, added.location) == (303, "/checkout")
        assert "Plant, Rälsgatan 4" in page(client.get("/checkout"))
