"""Samples in orders: one of a SKU for a company, credited on the first order of the goods (product.md §3)."""

from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from marketplace.carts import services as cart_services
from marketplace.catalogue.models import Variant
from marketplace.core.db import db, transaction
from marketplace.orders import queries, services
from marketplace.orders.errors import NotOrderable
from marketplace.orders.models import SAMPLE, OrderLine, Purchase, VendorOrder, VendorOrderState
from marketplace.orders.papers.printing import Paper, purchase_order
from marketplace.pricing.basket import Basket
from tests.factories.accounts import log_in
from tests.factories.orders import Trade, checkout_of, claimed, fund, hold_of, make_trade, orders_of, walk
from tests.orders.lines import lines_of

pytestmark = pytest.mark.usefixtures("app")
S = VendorOrderState


def make_sampled(*, price_micro: int = 12_500_000, is_credited: bool = True, **variant: Any) -> Trade:
    """A trade at EUR 0.50 a piece from fifty pieces on, with a sample."""
    trade = make_trade(**({"minimum": 50, "increment": 50} | variant))
    offer = {"price_micro": price_micro, "credited": is_credited}
    db.session.execute(update(Variant).where(Variant.id == trade.variants[0].id).values(sample=offer))
    db.session.commit()
    return trade


def order_sample(trade: Trade) -> Purchase:
    with transaction():
        cart_services.add_sample(trade.variants[0].id, ship_to="SE", actor=trade.actor)
    return place(trade)


def order_goods(trade: Trade, quantity: int = 100) -> Purchase:
    with transaction():
        cart_services.add_line(trade.variants[0].id, quantity=Decimal(quantity), ship_to="SE", actor=trade.actor)
    return place(trade)


def place(trade: Trade) -> Purchase:
    with transaction():
        return services.place_order(checkout_of(trade), actor=trade.actor)


def line_of(purchase: Purchase) -> OrderLine:
    return lines_of(orders_of(purchase)[0])[0]


class TestOneForEachCompany:
    def test_a_sample_becomes_a_line_at_its_own_price(self) -> None:
        line = line_of(order_sample(make_sampled()))

        assert (line.price_source, line.quantity, line.goods_minor, line.credits_later_minor) == (SAMPLE, 1, 1_250, 1_250)

    def test_a_second_one_cannot_be_ordered(self) -> None:
        trade = make_sampled()
        order_sample(trade)

        with pytest.raises(NotOrderable) as refused:
            order_sample(trade)
        assert [problem.code for problem in refused.value.problems] == ["sample_taken"]

    def test_another_company_has_its_own(self) -> None:
        trade = make_sampled()
        order_sample(trade)
        other = make_trade()

        found = queries.samples_of(other.buyer.id, [trade.variants[0].id], wanted=[trade.variants[0].id])

        assert found.taken == frozenset()

    def test_one_that_was_declined_was_never_had(self) -> None:
        trade = make_sampled()
        purchase = order_sample(trade)
        fund(purchase)
        with transaction():
            services.decline_order(orders_of(purchase)[0].id, reason="No samples left.", actor=trade.seller())

        assert line_of(order_sample(trade)).price_source == SAMPLE

    def test_it_does_not_make_the_vendor_a_known_one(self) -> None:
        trade = make_sampled()
        purchase = order_sample(trade)
        fund(purchase)
        walk(trade, orders_of(purchase)[0], S.ACCEPTED)

        assert queries.vendors_ordered_from(trade.buyer.id) == set()

    def test_it_takes_one_from_the_stock(self) -> None:
        trade = make_sampled(stock=60)
        purchase = order_sample(trade)
        fund(purchase)
        walk(trade, orders_of(purchase)[0], S.SHIPPED)

        assert basket_with_goods(trade).lines[0].available == 59


def basket_with_goods(trade: Trade, quantity: int = 50) -> Basket:
    return queries.price_cart([(trade.variants[0].id, quantity)], buyer_id=trade.buyer.id, ship_to="SE")


class TestCredit:
    def test_the_first_order_of_the_goods_costs_less_by_the_sample_and_its_tax_with_it(self) -> None:
        trade = make_sampled()
        fund(order_sample(trade))

        line = line_of(order_goods(trade))

        assert (line.goods_minor, line.sample_credit_minor) == (5_000 - 1_250, 1_250)
        assert line.tax_minor == round((line.goods_minor + line.freight_minor) * 0.25)

    def test_the_second_order_is_not_credited_again(self) -> None:
        trade = make_sampled()
        fund(order_sample(trade))
        order_goods(trade)

        assert line_of(order_goods(trade)).sample_credit_minor == 0

    def test_a_cancelled_first_order_gives_the_credit_back(self) -> None:
        trade = make_sampled()
        fund(order_sample(trade))
        first = order_goods(trade)
        with transaction():
            services.cancel_purchase(first.id, actor=trade.actor)

        assert line_of(order_goods(trade)).sample_credit_minor == 1_250

    def test_an_unpaid_sample_is_not_credited(self) -> None:
        trade = make_sampled()
        order_sample(trade)

        assert basket_with_goods(trade).lines[0].sample_credit_minor == 0

    def test_a_sample_that_is_not_credited_stays_paid(self) -> None:
        trade = make_sampled(is_credited=False)
        fund(order_sample(trade))

        assert basket_with_goods(trade).lines[0].sample_credit_minor == 0

    def test_what_the_vendor_promised_holds_after_it_ends_the_offer(self) -> None:
        trade = make_sampled()
        fund(order_sample(trade))
        db.session.execute(update(Variant).where(Variant.id == trade.variants[0].id).values(sample=None))
        db.session.commit()

        assert basket_with_goods(trade).lines[0].sample_credit_minor == 1_250

    def test_never_more_than_the_goods_cost(self) -> None:
        trade = make_sampled(price_micro=90_000_000)
        fund(order_sample(trade))

        line = basket_with_goods(trade).lines[0]

        assert (line.goods_minor, line.sample_credit_minor) == (0, 2_500)

    def test_what_came_back_by_a_claim_is_not_credited_once_more(self) -> None:
        trade = make_sampled()
        purchase = order_sample(trade)
        fund(purchase)
        order = orders_of(purchase)[0]
        walk(trade, order, S.DELIVERED)
        with transaction():
            claim = services.report_problem(order.id, lines=[claimed(order)], actor=trade.actor)
        with transaction():
            services.refund_after_problem(claim.number, reason="It was broken.", actor=trade.actor)

        assert basket_with_goods(trade).lines[0].sample_credit_minor == 0


def test_a_free_sample_is_paid_for_its_freight_and_walks_to_the_end() -> None:
    trade = make_sampled(price_micro=0, is_credited=False)
    purchase = order_sample(trade)
    fund(purchase)
    order = orders_of(purchase)[0]

    walk(trade, order, S.ACCEPTED_BY_BUYER)

    hold = hold_of(order)
    assert (hold.goods_minor, hold.commission_minor, hold.held_minor) == (0, 0, 0)
    assert hold.released_minor == hold.amount_minor > 0


def printed(order: VendorOrder, purchase: Purchase) -> str:
    """What the purchase order calls the first line."""
    paper = Paper(order, purchase, lines_of(order), queries.seller(order.vendor_id), queries.customer(order.buyer_id), "Millgate")
    return str(purchase_order(paper)["rows"][0][1])


class TestPages:
    def test_order_pages_and_papers_say_that_it_is_a_sample(self, client: FlaskClient) -> None:
        trade = make_sampled()
        purchase = order_sample(trade)
        fund(purchase)
        order = orders_of(purchase)[0]
        walk(trade, order, S.SHIPPED)
        log_in(client, trade.person, trade.buyer)

        shown = client.get(f"/orders/{purchase.number}").text

        assert "Sample" in shown
        assert "credited on the first order of the goods" in shown
        assert "one for each company" in client.get(f"/orders/{purchase.number}/reorder").text

    def test_papers_name_the_sample_and_what_it_takes_off(self) -> None:
        trade = make_sampled()
        sample = order_sample(trade)
        fund(sample)
        goods = order_goods(trade)

        named = [printed(order, purchase) for order, purchase in ((orders_of(one)[0], one) for one in (sample, goods))]

        assert "Sample: " in named[0]
        assert "less the sample: −12.50" in named[1]

    def test_the_checkout_shows_what_the_sample_takes_off(self, client: FlaskClient) -> None:
        trade = make_sampled()
        fund(order_sample(trade))
        with transaction():
            cart_services.add_line(trade.variants[0].id, quantity=Decimal(100), ship_to="SE", actor=trade.actor)
        log_in(client, trade.person, trade.buyer)

        for path in ("/cart", "/checkout"):
            assert "less your sample: −EUR\u00a012.50" in client.get(path).text
