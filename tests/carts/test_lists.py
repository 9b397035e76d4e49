"""Requisition lists: named, shared inside the company, copied, and into the cart at the price of the day."""

import csv
import io
import re
from collections.abc import Callable
from decimal import Decimal
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.accounts.permissions import Role
from marketplace.carts import queries, services
from marketplace.carts.models import CartLine, RequisitionList
from marketplace.catalogue.models import PriceTier, Product, ProductState
from marketplace.core.db import db, transaction
from tests.carts.lists import buyer, fields_of, lines, make_list, text_of
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_member
from tests.factories.catalogue import make_product, only_variant
from tests.factories.orders import fill_cart
from tests.factories.pricing import make_price_list
from tests.factories.vendors import make_vendor

pytestmark = pytest.mark.usefixtures("app")
Index = Callable[..., int]


def test_colleagues_share_a_list_and_a_viewer_only_reads_it(client: FlaskClient) -> None:
    trade = buyer(client)
    made = make_list(trade)
    viewer = make_member(trade.buyer, roles=[Role.VIEWER])
    log_in(client, viewer, trade.buyer)
    db.session.commit()

    assert "Service parts" in text_of(client, "/lists")
    page = text_of(client, f"/lists/{made}").split("<main", 1)[1]
    assert "Save the quantities" not in page
    assert client.post(f"/lists/{made}/remove").status_code == 403
    assert client.get("/lists/nonsense").status_code == 404


def test_a_list_begins_empty_and_takes_goods_by_the_page_of_a_product(client: FlaskClient) -> None:
    trade = buyer(client)
    assert "No lists yet" in text_of(client, "/lists")
    variant = trade.variants[0]

    page = text_of(client, f"/lists/add?variant_id={variant.id}&quantity=40")
    assert 'value="40"' in page
    assert 'value="4,000"' in text_of(client, f"/lists/add?variant_id={variant.id}&quantity=4000")  # as the product page shows it
    nothing = client.post("/lists/add", data={"variant_id": str(variant.id), "quantity": "40"})
    assert (nothing.status_code, "Choose a list, or name a new one." in nothing.get_data(as_text=True)) == (422, True)
    form = {"variant_id": str(variant.id), "quantity": "40", "name": "Line 3", "_once": "a"}
    for _ in range(2):
        answer = client.post("/lists/add", data=form)
        assert answer.status_code == 303

    made = db.session.scalars(select(RequisitionList)).one()
    assert answer.location.endswith(f"/lists/{made.id}")
    assert [line.quantity for line in lines(made.id)] == [40]
    again = client.post("/lists/add", data={"variant_id": str(variant.id), "quantity": "2", "list_id": str(made.id)})
    assert again.status_code == 303
    assert [line.quantity for line in lines(made.id)] == [42]
    assert client.get(f"/lists/add?variant_id={uuid4()}").status_code == 404


def test_a_list_shows_todays_price_and_keeps_what_has_ended(client: FlaskClient) -> None:
    trade = buyer(client, vendors=2)
    made = make_list(trade)
    db.session.query(PriceTier).filter_by(variant_id=trade.variants[0].id).update({"unit_price_micro": 770_000})
    ended = db.session.get_one(Product, trade.variants[1].product_id)
    ended.state = ProductState.RETIRED
    db.session.commit()

    page = text_of(client, f"/lists/{made}")

    assert "0.7700 EUR" in page
    assert "1 line cannot be ordered any more" in page
    assert trade.variants[1].sku in page
    assert page.count('name="chosen"') == 1


def test_ticked_lines_go_into_the_cart_and_the_rest_says_why(client: FlaskClient) -> None:
    trade = buyer(client, vendors=2, minimum=10, increment=10)
    made = make_list(trade)
    first, second = lines(made)
    form = fields_of([first, second]) | {"lines-1-quantity": "15", "_once": "x"}

    for _ in range(2):
        answer = client.post(f"/lists/{made}/cart", data=form)
        assert (answer.status_code, answer.location) == (303, f"/lists/{made}")

    assert [(line.variant_id, line.quantity) for line in db.session.scalars(select(CartLine))] == [(first.variant_id, 20)]
    assert "15 is not a multiple of 10. Write 10 or 20." in text_of(client, f"/lists/{made}")
    assert [line.quantity for line in lines(made)] == [20, 20]


def test_nothing_ticked_says_what_to_do(client: FlaskClient) -> None:
    trade = buyer(client)
    made = make_list(trade)

    answer = client.post(f"/lists/{made}/cart", data=fields_of(lines(made)) | {"chosen": []})

    assert (answer.status_code, "Tick the lines" in answer.get_data(as_text=True)) == (422, True)


def test_a_wrong_quantity_stands_beside_its_field_with_what_was_typed(client: FlaskClient) -> None:
    trade = buyer(client)
    made = make_list(trade)

    answer = client.post(f"/lists/{made}", data=fields_of(lines(made), "1.5"))

    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Write a whole number, such as 500." in page
    assert 'value="1.5"' in page
    assert client.post(f"/lists/{made}", data=fields_of(lines(made), "30")).status_code == 303
    assert [line.quantity for line in lines(made)] == [30]


def test_renaming_copying_and_removing_by_the_page(client: FlaskClient) -> None:
    trade = buyer(client)
    made = make_list(trade)
    make_list(trade, "Taken")

    taken = client.post(f"/lists/{made}/rename", data={"name": "taken"})
    assert (taken.status_code, "a list with this name already" in taken.get_data(as_text=True)) == (409, True)
    assert client.post(f"/lists/{made}/copy", data={"name": "Copy"}).status_code == 303
    assert client.post(f"/lists/{made}/lines/{lines(made)[0].id}/remove").status_code == 303
    assert "Nothing in this list yet" in text_of(client, f"/lists/{made}")
    assert client.post(f"/lists/{made}/remove").status_code == 303

    assert sorted(name for _, name in queries.names_of_lists(trade.buyer.id)) == ["Copy", "Taken"]


def test_a_cart_is_saved_as_a_list(client: FlaskClient) -> None:
    trade = buyer(client, vendors=2)
    fill_cart(trade, (30, 40))

    answer = client.post("/lists/from-cart", data={"name": "Monthly"})

    made = db.session.scalars(select(RequisitionList)).one()
    assert answer.location.endswith(f"/lists/{made.id}")
    assert sorted(line.quantity for line in lines(made.id)) == [30, 40]


def test_a_list_as_a_sheet_is_read_by_quick_order_again(client: FlaskClient, index_now: Index) -> None:
    trade = buyer(client)
    index_now(db.session.get_one(Product, trade.variants[0].product_id))
    made = make_list(trade, quantity=1_500)

    sheet = client.get(f"/lists/{made}/lines.csv").get_data(as_text=True)
    assert next(csv.DictReader(io.StringIO(sheet.lstrip("\ufeff"))))["quantity"] == "1500"
    again = client.post("/quick-order", data={"file": (io.BytesIO(sheet.encode()), "list.csv")}).get_data(as_text=True)

    assert re.search(r'name="rows-0-quantity"[^>]*value="1,500"', again)


def test_a_quick_order_becomes_a_list(client: FlaskClient, index_now: Index) -> None:
    trade = buyer(client, sku="QZ-1")
    index_now(db.session.get_one(Product, trade.variants[0].product_id))

    form = {"rows-0-code": "qz1", "rows-0-quantity": "5", "rows-1-code": "NOTHING-1", "rows-1-quantity": "2", "name": "Pasted"}
    answer = client.post("/quick-order/list", data=form)

    assert answer.status_code == 200
    assert "NOTHING-1" in answer.get_data(as_text=True)
    made = db.session.scalars(select(RequisitionList)).one()
    assert [line.quantity for line in lines(made.id)] == [5]


@pytest.mark.parametrize("quantity", ["5", "1" * 25_000], ids=["rows that are sound", "a row that cannot be read"])
def test_what_is_wrong_with_the_name_is_said_beside_it_whatever_the_rows(client: FlaskClient, index_now: Index, quantity: str) -> None:
    trade = buyer(client, sku="QZ-1")
    index_now(db.session.get_one(Product, trade.variants[0].product_id))

    answer = client.post("/quick-order/list", data={"rows-0-code": "qz1", "rows-0-quantity": quantity, "name": " "})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'href="#name"' in page
    assert '<span class="error" id="name-error">Fill this in.</span>' in page
    assert db.session.scalars(select(RequisitionList)).all() == []


def test_lists_as_a_sheet_neutralise_formulas(client: FlaskClient) -> None:
    trade = buyer(client)
    make_list(trade, "=1+1")

    assert "'=1+1,1," in client.get("/lists.csv").get_data(as_text=True)


def test_a_list_of_many_lines_costs_as_many_statements_as_one_of_few(client: FlaskClient) -> None:
    trade = buyer(client)
    made = make_list(trade)
    text_of(client, f"/lists/{made}")
    with count_queries() as few:
        text_of(client, f"/lists/{made}")
    wanted = {only_variant(make_product(trade.vendors[0])).id: Decimal(1) for _ in range(8)}
    with transaction():
        services.add_to_list(made, wanted, ship_to="SE", actor=trade.actor)
    db.session.commit()
    text_of(client, f"/lists/{made}")  # what is kept for a second is read again after an act

    with count_queries() as many:
        text_of(client, f"/lists/{made}")
    assert len(many) <= len(few) + 1  # what is kept for a second is read again
    with count_queries() as all_lists:
        text_of(client, "/lists")
    assert len(all_lists) <= 8


def test_a_list_says_what_is_in_another_currency_than_the_cart_and_does_not_tick_it(client: FlaskClient) -> None:
    trade = buyer(client)
    made = make_list(trade)
    dollars = only_variant(make_product(make_vendor(currency="USD"), sku="US-1"))
    with transaction():
        services.add_to_list(made, {dollars.id: Decimal(20)}, ship_to="SE", actor=trade.actor)

    before = text_of(client, f"/lists/{made}")
    assert len(re.findall(r'name="chosen"[^>]* checked', before)) == 1  # of equals the first leads where the cart is empty
    assert "One order is in one currency, here EUR." in before

    with transaction():
        services.add_line(dollars.id, quantity=Decimal(20), ship_to="SE", actor=trade.actor)
    assert "One order is in one currency, here USD." in text_of(client, f"/lists/{made}")


def test_a_product_page_says_that_its_currency_does_not_go_into_the_cart(client: FlaskClient) -> None:
    trade = buyer(client)
    dollars = make_product(make_vendor(currency="USD"), sku="US-1", sample={"price_micro": 2_000_000, "credited": True})
    db.session.commit()
    button = "/cart/lines"
    before = text_of(client, f"/products/{dollars.slug}")
    assert button in before
    assert "/cart/samples" in before

    fill_cart(trade, (20,))

    shown = text_of(client, f"/products/{dollars.slug}")
    assert "Your cart holds goods in EUR, and this is sold in USD." in shown
    assert button not in shown
    assert "/cart/samples" not in shown


def test_a_product_page_knows_the_currency_that_a_price_list_gives_the_cart(client: FlaskClient) -> None:
    """The goods in the cart are publicly sold in EUR, but this buyer has agreed a price in USD."""
    trade = buyer(client, vendors=2)
    agreed = only_variant(make_product(trade.vendors[0], sku="AG-1"))
    make_price_list(trade.vendors[0], companies=[trade.buyer.id], prices={agreed.id: [(1, 300_000)]}, currency="USD")
    others = make_product(trade.vendors[1], sku="EU-1")
    with transaction():
        services.add_line(agreed.id, quantity=Decimal(20), ship_to="SE", actor=trade.actor)

    shown = text_of(client, f"/products/{others.slug}")

    assert "Your cart holds goods in USD, and this is sold in EUR." in shown
    assert "/cart/lines" not in shown


def test_a_cart_line_is_saved_for_later_and_a_colleague_cannot_move_it(client: FlaskClient) -> None:
    trade = buyer(client, vendors=2)
    fill_cart(trade, (30, 40))
    line, other = db.session.scalars(select(CartLine.id).order_by(CartLine.added_at, CartLine.id)).all()

    for _ in range(2):
        answer = client.post(f"/cart/lines/{line}/later", data={"_once": "once"})
        assert (answer.status_code, answer.location) == (303, "/cart")
    log_in(client, make_member(trade.buyer), trade.buyer)
    db.session.commit()
    assert client.post(f"/cart/lines/{other}/later").status_code == 404

    made = db.session.scalars(select(RequisitionList)).one()
    assert made.name == "Saved for later"
    assert [each.quantity for each in lines(made.id)] == [30]
    assert list(db.session.scalars(select(CartLine.id))) == [other]
