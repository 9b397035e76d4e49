"""Samples in the cart: one of a SKU, at a price of its own, beside no goods of the same variant."""

from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from marketplace.carts import queries, services
from marketplace.carts.errors import HeldAsGoods, HeldAsSample, NotForSale, QuantityRefused
from marketplace.carts.models import CartLine, RequisitionLine
from marketplace.catalogue.models import Variant
from marketplace.core.db import db, transaction
from marketplace.core.errors import NotFound
from marketplace.orders import queries as orders
from tests.factories.accounts import log_in
from tests.factories.catalogue import make_product, only_variant
from tests.factories.orders import Trade, make_trade

pytestmark = pytest.mark.usefixtures("app")
OFFER = {"price_micro": 12_500_000, "credited": True}


def make_sampled(offer: dict[str, Any] | None = None, **variant: Any) -> Trade:
    """A trade whose goods have a minimum, and a sample."""
    trade = make_trade(**({"minimum": 50, "increment": 50} | variant))
    db.session.execute(update(Variant).where(Variant.id == trade.variants[0].id).values(sample=offer or OFFER))
    db.session.commit()
    return trade


def add_sample(trade: Trade) -> None:
    with transaction():
        services.add_sample(trade.variants[0].id, ship_to="SE", actor=trade.actor)


def add_goods(trade: Trade, quantity: int = 50) -> None:
    with transaction():
        services.add_line(trade.variants[0].id, quantity=Decimal(quantity), ship_to="SE", actor=trade.actor)


def lines() -> list[CartLine]:
    db.session.expire_all()
    return list(db.session.scalars(select(CartLine).order_by(CartLine.id)))


class TestAdding:
    def test_a_sample_is_one_shown_unit_below_any_minimum(self) -> None:
        trade = make_sampled(unit="mm", display_unit="m", display_factor=1_000, price_per=1_000, minimum=50_000, increment=50_000)

        add_sample(trade)

        assert [(line.is_sample, line.quantity, line.shown_price_micro) for line in lines()] == [(True, 1_000, 12_500_000)]

    def test_asked_for_twice_it_is_in_the_cart_once(self) -> None:
        trade = make_sampled()

        add_sample(trade)
        add_sample(trade)

        assert [line.quantity for line in lines()] == [1]

    def test_what_has_no_sample_is_refused(self) -> None:
        trade = make_trade()

        with pytest.raises(NotForSale) as refused:
            add_sample(trade)
        assert refused.value.reason == "no_sample"

    def test_a_sample_out_of_stock_is_refused(self) -> None:
        with pytest.raises(QuantityRefused):
            add_sample(make_sampled(stock=0))

    def test_a_cart_holds_the_goods_or_their_sample(self) -> None:
        trade = make_sampled()
        add_goods(trade)

        with pytest.raises(HeldAsGoods):
            add_sample(trade)

    def test_the_goods_are_refused_beside_their_sample(self) -> None:
        trade = make_sampled()
        add_sample(trade)

        with pytest.raises(HeldAsSample):
            add_goods(trade)
        with transaction():
            refused = services.add_lines({trade.variants[0].id: Decimal(50)}, ship_to="SE", actor=trade.actor)
        assert [why.code for why in refused.values()] == ["held_as_sample"]

    def test_another_quantity_of_a_sample_is_refused(self) -> None:
        trade = make_sampled()
        add_sample(trade)

        with pytest.raises(QuantityRefused), transaction():
            services.change_lines({lines()[0].id: Decimal(2)}, ship_to="SE", actor=trade.actor)

    def test_a_sample_does_not_go_onto_a_list(self) -> None:
        trade = make_sampled()
        add_sample(trade)

        with pytest.raises(NotFound), transaction():
            services.save_for_later(lines()[0].id, "Later", ship_to="SE", actor=trade.actor)
        assert db.session.scalars(select(RequisitionLine)).all() == []


class TestPrices:
    def test_the_minimum_of_the_vendor_binds_goods_and_not_samples(self) -> None:
        trade = make_trade(vendor={"opening_minimum_minor": 100_000})
        other = only_variant(make_product(trade.vendors[0]))
        db.session.execute(update(Variant).where(Variant.id == trade.variants[0].id).values(sample=OFFER))
        db.session.commit()
        sample, goods = (trade.variants[0].id, 1), (other.id, 100)

        alone = orders.price_cart([sample], buyer_id=trade.buyer.id, ship_to="SE", samples=[sample[0]])
        both = orders.price_cart([sample, goods], buyer_id=trade.buyer.id, ship_to="SE", samples=[sample[0]])

        assert alone.can_be_ordered
        assert [problem.facts["missing"] for problem in both.problems] == [95_000]

    def test_a_sample_withdrawn_by_the_vendor_cannot_be_ordered(self) -> None:
        trade = make_sampled()
        add_sample(trade)
        db.session.execute(update(Variant).where(Variant.id == trade.variants[0].id).values(sample=None))
        db.session.commit()

        basket = orders.price_cart([(trade.variants[0].id, 1)], buyer_id=trade.buyer.id, ship_to="SE", samples=[trade.variants[0].id])

        assert [problem.code for problem in basket.problems] == ["no_sample"]


class TestPages:
    def test_the_product_page_leads_a_sample_into_the_cart(self, client: FlaskClient) -> None:
        trade = make_sampled()
        log_in(client, trade.person, trade.buyer)
        slug = orders.price_cart([(trade.variants[0].id, 50)], buyer_id=trade.buyer.id, ship_to="SE").lines[0].product_slug
        assert "Put a sample into the cart, EUR\u00a012.50" in client.get(f"/products/{slug}").text

        answer = client.post("/cart/samples", data={"variant_id": str(trade.variants[0].id), "next": f"/products/{slug}", "_once": "a"})

        assert (answer.status_code, answer.location) == (303, f"/products/{slug}")
        cart = client.get("/cart").text
        assert "one for each company" in cart
        assert "For later" not in cart

    def test_the_cart_is_updated_with_a_sample_in_it(self, client: FlaskClient) -> None:
        trade = make_sampled()
        add_sample(trade)
        log_in(client, trade.person, trade.buyer)

        answer = client.post("/cart", data={"lines-0-id": str(lines()[0].id), "lines-0-quantity": "1"})

        assert answer.status_code == 303
        assert [line.quantity for line in lines()] == [1]

    def test_goods_in_the_cart_are_told_on_a_page_of_their_own(self, client: FlaskClient) -> None:
        trade = make_sampled()
        add_goods(trade)
        log_in(client, trade.person, trade.buyer)

        answer = client.post("/cart/samples", data={"variant_id": str(trade.variants[0].id), "next": "/cart"})

        assert answer.status_code == 409
        assert "holds the goods themselves" in answer.text
        assert queries.samples_in(queries.cart_lines(lines()[0].cart_id)) == frozenset()

    def test_a_damaged_form_is_refused(self, client: FlaskClient) -> None:
        trade = make_sampled()
        log_in(client, trade.person, trade.buyer)

        assert client.post("/cart/samples", data={"variant_id": "x"}).status_code == 422
