"""The cart's pages: grouped by vendor, with what is missing; errors beside the field, nothing typed is lost."""

from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Update, select, update

from marketplace.carts import services
from marketplace.carts.models import CartLine
from marketplace.catalogue.models import PriceTier, Product, ProductState
from marketplace.core import policy
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db, transaction
from marketplace.pricing.services import load_rates
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_member
from tests.factories.catalogue import make_product, only_variant
from tests.factories.orders import Trade, fill_cart, make_trade
from tests.factories.vendors import make_vendor
from vendors import queries as vendors
from vendors.models import Vendor, VendorState


def buyer_of(client: FlaskClient, **trade: Any) -> Trade:
    made = make_trade(**trade)
    log_in(client, made.person, made.buyer)
    db.session.commit()
    return made


def text_of(client: FlaskClient, path: str = "/cart") -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.get_data(as_text=True).replace("\u00a0", " ")


def quantities() -> list[int]:
    db.session.expire_all()
    return list(db.session.scalars(select(CartLine.quantity).order_by(CartLine.id)))


def test_an_empty_cart_says_what_to_do_next(client: FlaskClient) -> None:
    buyer_of(client)

    assert "Your cart is empty" in text_of(client)


def test_lines_stand_by_vendor_with_goods_freight_tax_and_minimum(client: FlaskClient) -> None:
    trade = buyer_of(client, vendors=2, vendor={"opening_minimum_minor": 17_000}, tiers=[(1, 500_000), (150, 400_000)])
    fill_cart(trade, (100, 500))

    page = text_of(client)

    for vendor in trade.vendors:
        assert vendor.name in page
    assert "EUR 120.00 short of minimum" in page
    assert "EUR 120.00 more reach it." in page
    assert "Minimum reached" in page
    assert "50 pcs more reach 0.4000" in page
    assert "freight 18.50" in page
    assert "To settle first:" in page
    assert 'name="next" value="/checkout"' not in page


def test_a_cart_that_can_be_ordered_leads_to_the_checkout(client: FlaskClient) -> None:
    trade = buyer_of(client)
    fill_cart(trade, (100,))

    page = text_of(client)

    assert 'name="next" value="/checkout"' in page
    assert '<span class="count">1</span>' in page


def test_adding_returns_to_where_the_buyer_was_and_a_double_click_adds_once(client: FlaskClient) -> None:
    trade = buyer_of(client)
    form = {"variant_id": str(trade.variants[0].id), "quantity": "1,000", "next": "/search?q=bolt", "_once": "abc"}

    for _ in range(2):
        response = client.post("/cart/lines", data=form)
        assert (response.status_code, response.location) == (303, "/search?q=bolt")

    assert quantities() == [1_000]
    assert client.get("/cart").get_data(as_text=True).count('data-tone="done"') == 1  # what was done once is said once


def test_adding_never_leads_to_a_stranger(client: FlaskClient) -> None:
    trade = buyer_of(client)

    form = {"variant_id": str(trade.variants[0].id), "quantity": "1", "next": "//evil.example/x"}
    assert client.post("/cart/lines", data=form).location == "/cart"


@pytest.mark.parametrize(
    ("typed", "status", "message"),
    [
        ("750", 409, "750 is not a multiple of 500. Write 500 or 1,000."),
        ("", 422, "Fill this in."),
        ("-5", 422, "This must not be negative."),
        ("1e9", 422, "Write a number, such as 12.50."),
        ("0", 422, "This must be more than 0."),
        ("99999999999999999999", 409, "This number is too large."),
        ("5\0", 422, "This holds characters that cannot be stored."),
    ],
)
def test_a_refused_quantity_is_said_beside_its_field_and_stays_there(client: FlaskClient, typed: str, status: int, message: str) -> None:
    trade = buyer_of(client, minimum=500, increment=500)

    response = client.post("/cart/lines", data={"variant_id": str(trade.variants[0].id), "quantity": typed})

    page = response.get_data(as_text=True)
    assert (response.status_code, message in page) == (status, True), page
    if typed.isprintable():
        assert f'value="{typed}"' in page
    assert quantities() == []


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("75", "75 is not a multiple of 50. Write 50 or 100. Your cart already holds 400 pcs."),
        ("150", "150 is more than can be ordered at once. Write 100 or less. Your cart already holds 400 pcs."),
    ],
)
def test_adding_to_what_the_cart_holds_speaks_of_what_is_added(client: FlaskClient, typed: str, message: str) -> None:
    trade = buyer_of(client, minimum=50, increment=50, maximum=500)
    fill_cart(trade, (400,))

    response = client.post("/cart/lines", data={"variant_id": str(trade.variants[0].id), "quantity": typed})

    assert message in response.get_data(as_text=True).replace("\u00a0", " ")
    assert quantities() == [400]


def test_a_cart_that_holds_the_most_takes_no_more(client: FlaskClient) -> None:
    trade = buyer_of(client, maximum=500)
    fill_cart(trade, (500,))

    response = client.post("/cart/lines", data={"variant_id": str(trade.variants[0].id), "quantity": "1"})

    assert "No more than this can be ordered at once." in response.get_data(as_text=True)


def test_a_hidden_product_is_not_found(client: FlaskClient) -> None:
    trade = buyer_of(client)
    hidden = only_variant(make_product(trade.vendors[0], visibility=["company:somebody"]))
    db.session.commit()

    response = client.post("/cart/lines", data={"variant_id": str(hidden.id), "quantity": "0.5"})

    assert response.status_code == 404
    assert hidden.sku not in response.get_data(as_text=True)


def test_another_currency_says_why(client: FlaskClient) -> None:
    trade = buyer_of(client)
    fill_cart(trade, (10,))
    dollars = only_variant(make_product(make_vendor(currency="USD", country="US")))
    db.session.commit()

    response = client.post("/cart/lines", data={"variant_id": str(dollars.id), "quantity": "5"})

    assert response.status_code == 409
    assert "Your cart is in EUR, this product is sold in USD." in response.get_data(as_text=True)


def form_of(page_lines: list[tuple[str, str]]) -> dict[str, str]:
    form: dict[str, str] = {}
    for n, (line_id, quantity) in enumerate(page_lines):
        form |= {f"lines-{n}-id": line_id, f"lines-{n}-quantity": quantity}
    return form


def test_changing_keeps_everything_typed_when_one_line_is_refused(client: FlaskClient) -> None:
    trade = buyer_of(client, vendors=2, minimum=500, increment=500, stock=50_000)
    fill_cart(trade, (500, 500))
    first, second = db.session.scalars(select(CartLine.id).order_by(CartLine.id))

    response = client.post("/cart", data=form_of([(str(first), "1,500"), (str(second), "750")]))

    page = response.get_data(as_text=True)
    assert response.status_code == 409
    assert 'value="1,500"' in page
    assert 'value="750"' in page
    assert "750 is not a multiple of 500. Write 500 or 1,000." in page
    assert 'id="lines-1-quantity-error"' in page
    assert quantities() == [500, 500]


def test_changing_and_removing(client: FlaskClient) -> None:
    trade = buyer_of(client)
    fill_cart(trade, (10,))
    line_id = str(db.session.scalars(select(CartLine.id)).one())

    assert client.post("/cart", data=form_of([(line_id, "25")])).status_code == 303
    assert quantities() == [25]
    assert client.post(f"/cart/lines/{line_id}/remove").status_code == 303
    assert quantities() == []


def test_going_to_checkout_orders_what_was_typed_or_says_what_is_wrong_with_it(client: FlaskClient) -> None:
    trade = buyer_of(client, minimum=5, increment=5)
    fill_cart(trade, (10,))
    line_id = str(db.session.scalars(select(CartLine.id)).one())
    assert 'name="next" value="/checkout"' in text_of(client)

    answer = client.post("/cart", data=form_of([(line_id, "25")]) | {"next": "/checkout"})
    assert (answer.status_code, answer.location, quantities()) == (303, "/checkout", [25])

    answer = client.post("/cart", data=form_of([(line_id, "26")]) | {"next": "/checkout"})
    assert (answer.status_code, quantities()) == (409, [25])

    answer = client.post("/cart", data=form_of([(line_id, "25")]) | {"next": "https://elsewhere.example/"})
    assert answer.location == "/cart"


def test_another_companys_line_is_not_found_and_unchanged(client: FlaskClient) -> None:
    theirs = make_trade()
    fill_cart(theirs, (10,))
    line_id = str(db.session.scalars(select(CartLine.id)).one())
    mine = buyer_of(client)
    fill_cart(mine, (7,))

    assert client.post("/cart", data=form_of([(line_id, "99")])).status_code == 404
    assert client.post(f"/cart/lines/{line_id}/remove").status_code == 404
    assert client.post("/cart/lines/nonsense/remove").status_code == 404
    assert quantities() == [10, 7]


def test_a_changed_price_says_so(client: FlaskClient) -> None:
    trade = buyer_of(client)
    fill_cart(trade, (10,))
    db.session.execute(update(PriceTier).values(unit_price_micro=650_000))
    db.session.commit()

    page = text_of(client)

    assert "Price changed since" in page
    assert "<del>0.5000</del> <ins>0.6500</ins>" in page


def test_the_total_is_told_in_the_companys_currency_as_an_indication(client: FlaskClient) -> None:
    trade = buyer_of(client)
    trade.buyer.currency = "USD"
    load_rates({"USD": 0.5}, valid_from=trade.buyer.created_at.date(), source="European reference rate", actor=SYSTEM)
    fill_cart(trade, (100,))
    db.session.commit()

    for page in (text_of(client), client.get("/checkout").get_data(as_text=True).replace("\u00a0", " ")):
        assert "≈ USD 171.26" in page
        assert "USD is an indication: 1 EUR = 2.0000 USD, European reference rate" in page
        assert "You pay in EUR." in page


WITHDRAWN = pytest.mark.parametrize(
    ("change", "is_named"),
    [
        (update(Product).values(state=ProductState.RETIRED), True),
        (update(Product).values(state=ProductState.PAUSED), True),
        (update(Product).values(visibility=["company:somebody"]), False),
        (update(Vendor).values(state=VendorState.SUSPENDED), False),
    ],
    ids=["retired", "paused", "hidden", "suspended"],
)


@WITHDRAWN
def test_a_withdrawn_listing_blocks_until_it_is_removed_and_is_named_unless_it_is_hidden(
    client: FlaskClient, change: Update, is_named: bool
) -> None:
    trade = buyer_of(client)
    fill_cart(trade, (10,))
    db.session.execute(change)
    db.session.commit()
    vendors.forget(trade.vendors[0].id)

    page = text_of(client)

    assert "Not for sale any more" in page
    assert (trade.variants[0].sku in page) is is_named
    assert "To settle first:" in page


def test_a_requester_fills_the_cart_but_does_not_order(client: FlaskClient) -> None:
    trade = make_trade()
    requester = make_member(trade.buyer, ["requester"])
    log_in(client, requester, trade.buyer)
    db.session.commit()
    client.post("/cart/lines", data={"variant_id": str(trade.variants[0].id), "quantity": "5"})

    said = text_of(client)
    assert "Your roles do not allow you to place orders. Save the cart as a list: a buyer of your company finds it under Lists" in said
    assert client.get("/checkout").status_code == 403


def test_the_page_asks_the_database_the_same_for_one_line_and_for_six(client: FlaskClient) -> None:
    trade = buyer_of(client, vendors=6)
    with transaction():
        services.add_line(trade.variants[0].id, quantity=Decimal(1), ship_to="SE", actor=trade.actor)
    one = statements_of(client, trade)
    with transaction():
        for variant in trade.variants[1:]:
            services.add_line(variant.id, quantity=Decimal(1), ship_to="SE", actor=trade.actor)

    assert statements_of(client, trade) == one <= 30


def statements_of(client: FlaskClient, trade: Trade) -> int:
    """How many statements the cart takes, when what is kept for a second has just run out."""
    text_of(client)
    policy.forget()
    for vendor in trade.vendors:
        vendors.forget(vendor.id)
    with count_queries() as statements:
        text_of(client)
    return len(statements)
