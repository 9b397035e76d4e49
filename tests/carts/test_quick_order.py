"""Quick order: pasted codes become rows at my price; nothing that was written is lost."""

import io
import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.carts import services
from marketplace.carts.models import CartLine, RequisitionLine
from marketplace.catalogue.models import Product, ProductState, Stock, Variant
from marketplace.core.db import db, transaction
from search.index import EXTENSION
from tests.conftest import count_queries
from tests.factories.accounts import log_in
from tests.factories.catalogue import make_product, only_variant
from tests.factories.orders import Trade, fill_cart, make_trade
from tests.factories.vendors import make_vendor

Index = Callable[..., int]

pytestmark = pytest.mark.usefixtures("app")


def product_of(variant: Variant) -> Product:
    return db.session.get_one(Product, variant.product_id)


def buyer_with(client: FlaskClient, index: Index, **variant: object) -> Trade:
    trade = make_trade(**variant)  # type: ignore[arg-type]
    index(*(product_of(each) for each in trade.variants))
    log_in(client, trade.person, trade.buyer)
    db.session.commit()
    return trade


def read(client: FlaskClient, pasted: str) -> str:
    answer = client.post("/quick-order", data={"pasted": pasted})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True).replace("\u00a0", " ")


def form_of(page: str, **changed: str) -> dict[str, str]:
    """What the browser would send of the rows on a page."""
    fields = dict(re.findall(r'name="(rows-\d+-(?:code|quantity))"[^>]*? value="([^"]*)"', page))
    token = re.search(r'name="_once" value="([^"]+)"', page)
    assert token
    return fields | {"_once": token[1]} | changed


def quantities() -> dict[str, int]:
    db.session.expire_all()
    return dict(db.session.execute(select(Variant.sku, CartLine.quantity).join(Variant, Variant.id == CartLine.variant_id)).all())


def test_codes_in_any_spelling_are_found_with_my_price_stock_and_arrival(client: FlaskClient, index_now: Index) -> None:
    buyer_with(client, index_now, sku="QZ-4017/M8 X 40", tiers=[(1, 500_000), (100, 400_000)])

    page = read(client, "qz4017m8x40 100\nQZ 4017 M8 X 40\t5\nＱＺ－４０１７－Ｍ８Ｘ４０，３个")

    assert "3 of 3 rows can be ordered" in page
    assert form_of(page)["rows-0-quantity"] == "100"
    assert form_of(page)["rows-2-quantity"] == "3"
    assert page.count("0.4000 EUR") == 3  # the rows are of one variant, so they count together for the tier
    assert "in stock" in page or "In stock" in page


def test_rows_that_are_not_found_stay_as_written_and_never_stop_the_others(client: FlaskClient, index_now: Index) -> None:
    buyer_with(client, index_now, sku="QZ-1")

    page = read(client, "QZ-1 10\nNO-SUCH-CODE 25\n???")
    assert "1 of 3 rows can be ordered" in page
    assert form_of(page)["rows-1-code"] == "NO-SUCH-CODE"
    assert form_of(page)["rows-1-quantity"] == "25"
    assert form_of(page)["rows-2-code"] == "???"

    answer = client.post("/quick-order/cart", data=form_of(page))

    left = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert quantities() == {"QZ-1": 10}
    assert "NO-SUCH-CODE" in left
    assert "???" in left
    assert 'value="QZ-1"' not in left
    assert "1 line is in your cart." in left


def test_a_corrected_row_is_found_at_the_next_check(client: FlaskClient, index_now: Index) -> None:
    buyer_with(client, index_now, sku="QZ-1")
    page = read(client, "QZ-l 10")

    again = client.post("/quick-order", data=form_of(page, **{"rows-0-code": "qz1"})).get_data(as_text=True)

    assert "1 of 1 row can be ordered" in again
    assert form_of(again)["rows-0-quantity"] == "10"


def test_one_code_of_several_vendors_asks_which(client: FlaskClient, index_now: Index) -> None:
    trade = buyer_with(client, index_now, sku="SAME-1", vendors=2)

    page = read(client, "SAME-1 10")
    assert "0 of 1 row can be ordered" in page
    assert "Several goods bear this code: choose one." in page
    for vendor in trade.vendors:
        assert vendor.name in page

    chosen = form_of(page, **{"rows-0-variant": str(trade.variants[1].id)})
    answer = client.post("/quick-order/cart", data=chosen)

    assert (answer.status_code, answer.location) == (303, "/cart")
    line = db.session.scalars(select(CartLine)).one()
    assert (line.variant_id, line.quantity) == (trade.variants[1].id, 10)


def test_a_hidden_product_reads_like_one_that_does_not_exist(client: FlaskClient, index_now: Index) -> None:
    buyer_with(client, index_now, sku="QZ-1")
    secret = make_product(make_vendor(), sku="SECRET-1", visibility=["company:018f0000-0000-7000-8000-000000000000"])
    index_now(secret)

    page = read(client, "SECRET-1 5\nNOTHING-1 5")

    assert page.count("No goods that are open to you bear this code.") == 2
    assert secret.title["en"] not in page


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


def test_a_row_that_cannot_be_ordered_leaves_the_others_their_day_of_arrival(client: FlaskClient, index_now: Index) -> None:
    trade = make_trade()
    index_now(*(make_product(trade.vendors[0], sku=sku) for sku in ("QZ-1", "QZ-2")))
    log_in(client, trade.person, trade.buyer)
    db.session.commit()
    alone = re.findall(r'data-label="Arrives">(.*?)</td>', read(client, "QZ-1 10"))

    both = re.findall(r'data-label="Arrives">(.*?)</td>', read(client, "QZ-1 10\nQZ-2 1000000000"))

    assert "Not stated" not in alone[0]
    assert both[0] == alone[0]


def test_columns_of_a_table_keep_apart(client: FlaskClient, index_now: Index) -> None:
    buyer_with(client, index_now, sku="QZ-1")

    fields = form_of(read(client, "Pos\tSKU\tText\tQty\n1\tQZ-1\tHex bolt, M8 x 40, 4.8\t1,200"))

    assert (fields["rows-0-code"], fields["rows-0-quantity"]) == ("QZ-1", "1,200")


def test_without_a_quantity_the_minimum_stands_there_and_says_so(client: FlaskClient, index_now: Index) -> None:
    buyer_with(client, index_now, sku="QZ-1", minimum=100, increment=100)

    page = read(client, "QZ-1")

    assert form_of(page)["rows-0-quantity"] == "100"
    assert "the minimum order" in page


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


@pytest.mark.parametrize(
    ("typed", "found"),
    [("W-2.5-BK", ["W-2.5-BK"]), ("w 25 bk", ["W-25-BK"]), ("W_2,5_BK", ["W-2.5-BK"]), ("W25BK", ["W-2.5-BK", "W-25-BK"])],
)
def test_a_point_between_figures_tells_two_wires_apart(client: FlaskClient, index_now: Index, typed: str, found: list[str]) -> None:
    """Whoever writes no sign at all has left out the point too, and chooses."""
    trade = buyer_with(client, index_now, sku="W-2.5-BK")
    index_now(make_product(trade.vendors[0], sku="W-25-BK"))

    page = read(client, f"{typed}\t20")

    assert ("Several goods bear this code: choose one." in page) is (len(found) > 1)
    assert [sku for sku in ("W-2.5-BK", "W-25-BK") if sku in page] == found


def test_the_same_code_of_two_vendors_is_chosen_whatever_its_signs(client: FlaskClient, index_now: Index) -> None:
    buyer_with(client, index_now, sku="W-25-BK")
    index_now(make_product(make_vendor(), sku="W25BK"))

    assert "Several goods bear this code: choose one." in read(client, "W-25-BK 20")


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


@pytest.mark.parametrize(
    ("pasted", "quantity", "said"),
    [
        ("QZ-1 1.000", "1,000", "“1.000” is read as 1,000 pcs, not 1."),
        ("QZ-1 1.000 Stk", "1,000", None),
        ("QZ-1 1,000", "1,000", None),
        ("QZ-M 1.250", "1.25", "“1.250” is read as 1.25 m, not 1,250."),
        ("QZ-M 1,250 m", "1,250", "“1,250” is read as 1,250 m, not 1.25."),
    ],
)
def test_a_figure_that_could_be_a_thousand_is_read_by_its_goods_and_the_row_says_how(
    client: FlaskClient, index_now: Index, pasted: str, quantity: str, said: str | None
) -> None:
    trade = buyer_with(client, index_now, sku="QZ-1", stock=5_000)
    index_now(make_product(trade.vendors[0], sku="QZ-M", unit="mm", display_unit="m", display_factor=1_000, stock=9_000_000))

    page = read(client, pasted)

    assert form_of(page)["rows-0-quantity"] == quantity
    assert (said or "1 of 1 row can be ordered") in page
    assert "1 of 1 row can be ordered" in page
    assert ("is read as" in page) is (said is not None)


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


def test_a_figure_that_cannot_be_read_never_becomes_the_minimum(client: FlaskClient, index_now: Index) -> None:
    buyer_with(client, index_now, sku="QZ-1")

    page = read(client, "QZ-1 10 dozen")
    again = client.post("/quick-order", data=form_of(page)).get_data(as_text=True)

    for shown in (page, again):
        assert "0 of 1" in shown
        assert form_of(shown)["rows-0-code"] == "QZ-1 10 dozen"
        assert form_of(shown)["rows-0-quantity"] == ""
    mended = client.post("/quick-order", data=form_of(again) | {"rows-0-quantity": "120"}).get_data(as_text=True)
    assert "1 of 1" in mended


def test_a_file_is_read_like_pasted_lines(client: FlaskClient, index_now: Index) -> None:
    buyer_with(client, index_now, sku="QZ-1")

    answer = client.post("/quick-order", data={"file": (io.BytesIO("编号,数量\nqz 1,25\n".encode("gb18030")), "list.csv")})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert form_of(page)["rows-0-quantity"] == "25"
    binary = client.post("/quick-order", data={"file": (io.BytesIO(b"PK\x03\x04\x00\x00\xff"), "list.xlsx")})
    assert binary.status_code == 422
    assert "Save the table as CSV" in binary.get_data(as_text=True)


def test_too_many_lines_are_refused_and_what_was_pasted_stays(client: FlaskClient, index_now: Index) -> None:
    buyer_with(client, index_now, sku="QZ-1")
    pasted = "\n".join(f"CODE-{n} 5" for n in range(501))

    answer = client.post("/quick-order", data={"pasted": pasted})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "At most 500 lines at once; here are 501." in page
    assert "CODE-500 5" in page


def test_nothing_pasted_says_what_to_do(client: FlaskClient, index_now: Index) -> None:
    buyer_with(client, index_now)

    answer = client.post("/quick-order", data={"pasted": " \n "})

    assert (answer.status_code, "Paste codes with quantities" in answer.get_data(as_text=True)) == (422, True)


def test_while_search_is_down_exact_skus_are_still_found(app: Flask, client: FlaskClient, index_now: Index) -> None:
    buyer_with(client, index_now, sku="QZ-1")
    engine = app.extensions[EXTENSION]
    engine.close()
    app.extensions[EXTENSION] = type(engine)(engine.path / "gone")

    page = read(client, "QZ-1 10")

    assert "Search is down" in page
    assert "1 of 1 row can be ordered" in page
    assert "0 of 1 row can be ordered" in read(client, "qz 1 10")
    app.extensions[EXTENSION] = engine


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
