"""What quick order reads out of pasted lines and files: codes in any spelling, figures in either way of writing; nothing is lost."""

import io
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.carts.models import CartLine
from marketplace.core.db import db
from search.index import EXTENSION
from tests.carts.quick import buyer_with, form_of, quantities, read
from tests.factories.catalogue import make_product
from tests.factories.vendors import make_vendor

Index = Callable[..., int]

pytestmark = pytest.mark.usefixtures("app")


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


def test_columns_of_a_table_keep_apart(client: FlaskClient, index_now: Index) -> None:
    buyer_with(client, index_now, sku="QZ-1")

    fields = form_of(read(client, "Pos\tSKU\tText\tQty\n1\tQZ-1\tHex bolt, M8 x 40, 4.8\t1,200"))

    assert (fields["rows-0-code"], fields["rows-0-quantity"]) == ("QZ-1", "1,200")


def test_without_a_quantity_the_minimum_stands_there_and_says_so(client: FlaskClient, index_now: Index) -> None:
    buyer_with(client, index_now, sku="QZ-1", minimum=100, increment=100)

    page = read(client, "QZ-1")

    assert form_of(page)["rows-0-quantity"] == "100"
    assert "the minimum order" in page


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
