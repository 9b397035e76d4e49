"""An order once more: priced anew, with what has changed or ended."""

import re

from flask.testing import FlaskClient

from marketplace.catalogue import services as catalogue
from marketplace.catalogue.models import Product
from marketplace.core.db import db, transaction
from marketplace.orders.models import VendorOrderState
from tests.factories.orders import make_order, make_trade
from tests.orders.browsing import as_buyer, page
from tests.orders.lines import lines_of, make_wide_order, make_wide_trade, number_of, rows

S = VendorOrderState


class TestReorder:
    def test_it_marks_what_ended_and_puts_the_rest_into_the_cart(self, client: FlaskClient) -> None:
        trade = make_wide_trade(2, stock=10_000)
        _, order = make_wide_order(S.DELIVERED, trade=trade)
        gone = db.session.get_one(Product, trade.variants[1].product_id)
        with transaction():
            catalogue.retire_product(gone.id, actor=trade.seller())
        as_buyer(client, trade)
        at = f"/orders/{number_of(order)}/reorder"
        text = page(client.get(at))
        assert "Cannot be ordered" in text
        assert "Same price" in text
        first, second = lines_of(order)

        page(client.post(at, data=rows(order, _0="100")), 422)
        response = client.post(at, data=rows(order, _0="30", _1="1") | {"line_ids": [str(first.id)]}, follow_redirects=True)

        assert first.sku in page(response)
        text = page(client.post(at, data=rows(order, _1="1") | {"line_ids": [str(second.id)]}), 409)
        assert "not for sale any more" in text

    def test_a_dearer_price_is_marked(self, client: FlaskClient) -> None:
        trade, order = make_order(S.DELIVERED)
        line = lines_of(order)[0]
        line.unit_price_micro -= 10_000
        as_buyer(client, trade)

        assert "Dearer" in page(client.get(f"/orders/{number_of(order)}/reorder"))

    def test_too_much_is_said_at_the_line_with_what_is_there(self, client: FlaskClient) -> None:
        trade, order = make_order(S.DELIVERED)
        as_buyer(client, trade)
        line = lines_of(order)[0]

        form = rows(order, _0="5,000") | {"line_ids": [str(line.id)]}
        text = page(client.post(f"/orders/{number_of(order)}/reorder", data=form), 409)

        assert 'id="lines-0-quantity-error"' in text
        assert 'value="5,000"' in text

    def test_a_line_that_cannot_be_ordered_stays_ticked_and_never_stops_the_others(self, client: FlaskClient) -> None:
        trade = make_wide_trade(2)
        _, order = make_wide_order(S.DELIVERED, trade=trade)
        as_buyer(client, trade)
        at = f"/orders/{number_of(order)}/reorder"
        short, good = lines_of(order)
        form = rows(order, _0="5,000", _1="20") | {"line_ids": [str(short.id), str(good.id)], "_once": "again"}

        for _ in range(2):
            text = page(client.post(at, data=form))
            assert "1 line is in your cart" in text
            assert re.search(rf"{short.sku}: [^<]*in stock", text)
            assert f'value="{short.id}" checked' in text
            assert f'value="{good.id}" checked' not in text

        cart = page(client.get("/cart"))
        assert good.sku in cart
        assert short.sku not in cart
        assert 'value="20"' in cart, "the same form sent again adds nothing"

    def test_a_strangers_purchase_is_not_found(self, client: FlaskClient) -> None:
        _, order = make_order(S.DELIVERED)
        as_buyer(client, make_trade())

        assert client.get(f"/orders/{number_of(order)}/reorder").status_code == 404
