"""Quick order: pasted codes become rows at my price; nothing that was written is lost."""

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.carts import services
from marketplace.carts.models import CartLine, RequisitionLine
from marketplace.catalogue.models import ProductState, Stock
from marketplace.core.db import db, transaction
from tests.carts.quick import buyer_with, form_of, quantities, read
from tests.conftest import count_queries
from tests.factories.accounts import log_in
from tests.factories.catalogue import make_product, only_variant
from tests.factories.orders import fill_cart, make_trade
from tests.factories.vendors import make_vendor

Index = Callable[..., int]

pytestmark = pytest.mark.usefixtures("app")


def test_a_wrong_quantity_is_said_beside_its_row_and_the_row_stays(client: FlaskClient, index_now: Index) -> None:
    buyer_with(client, index_now, sku="QZ-1", minimum=100, increment=100)

    page = read(client, "QZ-1 150")
    assert "150 is not a multiple of 100. Write 100 or 200." in page

    words = client.post("/quick-order", data=form_of(page, **{"rows-0-quantity": "many"})).get_data(as_text=True)
    assert "Quantity of row 1: Write a number, such as 12.50." in words
    assert 'value="many"' in words


@pytest.mark.parametrize("line", ["QZ-1 0", "QZ-1\t-5", "0 x QZ-1", "QZ-1 -5"])
def test_zero_or_less_is_refused_beside_its_row_and_never_becomes_the_minimum(client: FlaskClient, index_now: Index, line: str) -> None:
    buyer_with(client, index_now, sku="QZ-1", minimum=100, increment=100)

    page = read(client, line)

    assert "0 of 1 row can be ordered" in page
    assert "Write a quantity above zero." in page
    assert form_of(page)["rows-0-quantity"] in ("0", "-5")


@pytest.mark.parametrize("typed", ["0", "-0", "-5", "-2,5"])
def test_zero_or_less_in_a_row_is_refused_at_its_field(client: FlaskClient, index_now: Index, typed: str) -> None:
    buyer_with(client, index_now, sku="QZ-1", minimum=100, increment=100)

    answer = client.post("/quick-order", data=form_of(read(client, "QZ-1 100"), **{"rows-0-quantity": typed}))

    assert answer.status_code == 422
    assert "Quantity of row 1: Write a quantity above zero." in (page := answer.get_data(as_text=True))
    assert form_of(page)["rows-0-quantity"] == typed


def test_a_row_that_cannot_be_ordered_leaves_the_others_their_day_of_arrival(client: FlaskClient, index_now: Index) -> None:
    trade = make_trade()
    index_now(*(make_product(trade.vendors[0], sku=sku) for sku in ("QZ-1", "QZ-2")))
    log_in(client, trade.person, trade.buyer)
    db.session.commit()
    alone = re.findall(r'data-label="Arrives">(.*?)</td>', read(client, "QZ-1 10"))

    both = re.findall(r'data-label="Arrives">(.*?)</td>', read(client, "QZ-1 10\nQZ-2 1000000000"))

    assert "Not stated" not in alone[0]
    assert both[0] == alone[0]


def test_a_double_click_adds_once_and_rows_of_one_variant_add_up(client: FlaskClient, index_now: Index) -> None:
    buyer_with(client, index_now, sku="QZ-1")
    form = form_of(read(client, "QZ-1 10\nqz1 5"))

    for _ in range(2):
        assert client.post("/quick-order/cart", data=form).status_code == 303

    assert quantities() == {"QZ-1": 15}


def test_what_the_cart_holds_counts_when_stock_is_short(client: FlaskClient, index_now: Index) -> None:
    trade = buyer_with(client, index_now, sku="QZ-1")
    stock = db.session.scalars(select(Stock).where(Stock.variant_id == trade.variants[0].id)).one()
    stock.on_hand = 100
    fill_cart(trade, (80,))
    db.session.commit()
    page = read(client, "QZ-1 50")

    answer = client.post("/quick-order/cart", data=form_of(page))

    assert answer.status_code == 200
    assert "in stock" in answer.get_data(as_text=True)
    assert quantities() == {"QZ-1": 80}


def test_another_currency_than_the_carts_is_told_before_anything_is_added(client: FlaskClient, index_now: Index) -> None:
    trade = buyer_with(client, index_now, sku="QZ-1")
    fill_cart(trade, (10,))
    dollars = make_product(make_vendor(currency="USD"), sku="US-1")
    index_now(dollars)

    page = read(client, "US-1 10\nQZ-1 5")

    assert "1 of 2 rows can be ordered" in page
    assert "Sold in USD. One order is in one currency, here EUR." in page
    assert client.post("/quick-order/cart", data=form_of(page)).status_code == 200
    assert quantities() == {"QZ-1": 15}


def test_a_list_takes_what_another_currency_keeps_out_of_the_cart(client: FlaskClient, index_now: Index) -> None:
    trade = buyer_with(client, index_now, sku="QZ-1")
    fill_cart(trade, (10,))
    index_now(make_product(make_vendor(currency="USD"), sku="US-1"))
    page = read(client, "US-1 10\nQZ-1 5\nNO-SUCH 1")

    left = client.post("/quick-order/list", data=form_of(page, name="Both")).get_data(as_text=True)

    assert form_of(left)["rows-0-code"] == "NO-SUCH"
    assert set(db.session.scalars(select(RequisitionLine.sku))) == {"US-1", "QZ-1"}


def test_a_quantity_read_in_one_of_two_ways_is_not_ordered_before_it_was_shown(client: FlaskClient, index_now: Index) -> None:
    buyer_with(client, index_now, sku="QZ-1", stock=5_000)
    page = read(client, "QZ-1 5")

    stopped = client.post("/quick-order/cart", data=form_of(page, **{"rows-0-quantity": "1.000"}))
    shown = stopped.get_data(as_text=True)
    assert stopped.status_code == 409
    assert "is read as 1,000" in shown
    assert quantities() == {}

    assert client.post("/quick-order/cart", data=form_of(shown)).status_code == 303
    assert quantities() == {"QZ-1": 1_000}


def test_a_quick_order_is_summed_up_above_its_rows_with_a_link_to_each_that_waits(client: FlaskClient, index_now: Index) -> None:
    buyer_with(client, index_now, sku="QZ-1", minimum=5, increment=5, tiers=[(1, 500_000)])

    page = read(client, "QZ-1 10\nQZ-1 20\nNO-SUCH 5\nQZ-1 7")
    head = page.split("<table")[0]

    assert "EUR 15.00" in head  # of the two rows that can be ordered
    assert '<a href="#rows-2-code">NO-SUCH</a>' in head
    assert '<a href="#rows-3-quantity">QZ-1</a>' in head


def test_the_currency_of_most_rows_is_the_one_that_is_ordered(client: FlaskClient, index_now: Index) -> None:
    trade = buyer_with(client, index_now, sku="QZ-1")
    index_now(
        make_product(make_vendor(currency="USD"), sku="US-1"),
        make_product(trade.vendors[0], sku="QZ-2"),
        make_product(trade.vendors[0], sku="QZ-3"),
    )

    page = read(client, "US-1 10\nQZ-2 10\nQZ-3 10")

    assert "2 of 3 rows can be ordered" in page
    assert "Sold in USD. One order is in one currency, here EUR." in page


def test_two_hundred_rows_take_as_many_statements_as_two(client: FlaskClient, index_now: Index) -> None:
    trade = make_trade()
    vendor = trade.vendors[0]
    products = [make_product(vendor, sku=f"ROW-{n}") for n in range(200)]
    index_now(*products)
    log_in(client, trade.person, trade.buyer)
    db.session.commit()
    read(client, "ROW-0 5")

    with count_queries() as few:
        read(client, "ROW-0 5\nROW-1 5")
    with count_queries() as many:
        page = read(client, "\n".join(f"row {n} {n + 1}" for n in range(200)))

    assert "200 of 200 rows can be ordered" in page
    assert len(many) <= len(few) + 2

    assert client.post("/quick-order/cart", data=form_of(page)).status_code == 303
    assert len(quantities()) == 200


def test_adding_many_lines_keeps_the_good_ones_and_names_the_rest() -> None:
    trade = make_trade(vendors=2, minimum=10, increment=10)
    ended = only_variant(make_product(trade.vendors[0], state=ProductState.RETIRED))
    wanted = {trade.variants[0].id: Decimal(20), trade.variants[1].id: Decimal(15), ended.id: Decimal(1)}

    with transaction():
        refused = services.add_lines(wanted, ship_to="SE", actor=trade.actor)

    assert {variant_id: why.code for variant_id, why in refused.items()} == {
        trade.variants[1].id: "off_increment",
        ended.id: "product_not_live",
    }
    assert list(db.session.scalars(select(CartLine.variant_id))) == [trade.variants[0].id]
