"""The checkout: one cart is one purchase, and what the buyer saw is part of the act."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from marketplace.accounts.errors import AddressNotConfirmed
from marketplace.accounts.queries import default_location
from marketplace.carts.models import Cart, CartLine
from marketplace.catalogue.errors import OutOfStock
from marketplace.catalogue.models import PriceTier, Stock, StockReservation
from marketplace.core import clock, jobs
from marketplace.core.db import db, transaction
from marketplace.core.errors import NotFound
from marketplace.core.ids import new_id
from marketplace.orders import queries, services
from marketplace.orders.errors import AddressMissing, CartChanged, CartEmpty, NotOrderable, PriceChanged
from marketplace.orders.models import OrderLine, Purchase, VendorOrderState
from marketplace.orders.schemas import PlaceOrderInput
from payments.models import Hold, Payment
from tests.factories.accounts import actor_of, make_company, make_member
from tests.factories.catalogue import stock_of
from tests.factories.orders import Trade, checkout_of, fill_cart, fund, make_purchase, make_trade, orders_of, walk


def place(trade: Trade, order: PlaceOrderInput | None = None) -> Purchase:
    with transaction():
        return services.place_order(order or checkout_of(trade), actor=trade.actor)


def nothing_was_ordered() -> bool:
    db.session.rollback()
    return db.session.scalar(select(Purchase.id)) is None and db.session.scalar(select(StockReservation.id)) is None


@pytest.mark.usefixtures("app")
class TestPlaceOrder:
    def test_one_cart_becomes_one_purchase_with_an_order_for_each_vendor_and_one_payment(self) -> None:
        trade = make_trade(vendors=3)
        fill_cart(trade, (100, 200, 300))

        purchase = place(trade)

        orders = orders_of(purchase)
        assert len(orders) == 3
        assert {order.vendor_id for order in orders} == {vendor.id for vendor in trade.vendors}
        assert sum(order.total_minor for order in orders) == purchase.total_minor
        payment = db.session.scalars(select(Payment)).one()
        assert (payment.purchase_id, payment.amount_minor, payment.currency) == (purchase.id, purchase.total_minor, "EUR")
        assert sorted(db.session.scalars(select(Hold.amount_minor))) == sorted(order.total_minor for order in orders)
        assert purchase.number.startswith("PO-")
        assert all(order.number.startswith("ORD-") for order in orders)

    def test_lines_copy_what_the_buyer_saw(self) -> None:
        trade = make_trade()
        _, purchase = make_purchase(trade, quantities=(100,))
        order = orders_of(purchase)[0]
        line = db.session.scalars(select(OrderLine)).one()

        assert (line.quantity, line.goods_minor, line.freight_minor) == (100, 5_000, 1_850)
        assert line.tax_minor == (5_000 + 1_850) * 25 // 100 + 1  # 1,712.5 rounded half up
        assert (line.tax_rate_bp, line.tax_reason, line.price_source) == (2_500, "domestic:SE", "public_tier")
        assert line.sku == trade.variants[0].sku
        assert line.title["en"].startswith("Hex bolt")
        assert line.first_promise_on == clock.now().date() + timedelta(days=4 + 5)
        assert order.freight["key"] == "road"
        assert purchase.ship_to["city"] == "Göteborg"

    def test_it_keeps_what_the_driver_must_know_of_the_address(self) -> None:
        trade = make_trade()
        location = default_location(trade.buyer.id)
        assert location is not None
        location.contact_name, location.contact_phone = "A. Berg", "+46 40 10 20"

        purchase = make_purchase(trade)[1]

        assert purchase.ship_to["dock"] == "Dock 4, tail lift needed"
        assert purchase.ship_to["dock_hours"] == {"mon": ["07:00", "15:30"], "fri": ["07:00", "12:00"]}
        assert (purchase.ship_to["contact_name"], purchase.ship_to["contact_phone"]) == ("A. Berg", "+46 40 10 20")

    def test_commission_is_four_per_cent_of_the_goods_and_frozen(self) -> None:
        _, purchase = make_purchase(quantities=(1_000,))
        order = orders_of(purchase)[0]

        assert (order.commission_bp, order.commission_minor) == (400, 2_000)
        assert db.session.scalars(select(Hold.commission_minor)).one() == 2_000

    def test_a_second_click_is_the_same_purchase(self) -> None:
        trade = make_trade()
        fill_cart(trade, (10,))
        order = checkout_of(trade)

        first, second = place(trade, order), place(trade, order)

        assert first.id == second.id
        assert len(db.session.scalars(select(Purchase)).all()) == 1

    def test_stock_is_promised_for_the_time_of_a_card_payment(self) -> None:
        trade = make_trade(stock=500)
        make_purchase(trade, quantities=(200,))

        assert stock_of(trade.variants[0].id) == (500, 200)
        ends = db.session.scalars(select(StockReservation.expires_at)).one()
        assert ends is not None
        assert abs(ends - (clock.now() + timedelta(minutes=60))) < timedelta(minutes=1)

    def test_its_clocks_are_rows(self) -> None:
        _, purchase = make_purchase()
        due = {job.key: job.run_at for job in db.session.scalars(select(jobs.Job).where(jobs.Job.key.is_not(None)))}

        assert due[f"remind_unpaid:{purchase.id}"] == purchase.placed_at + timedelta(days=3)
        assert due[f"pay_by:{purchase.id}"] == orders_of(purchase)[0].pay_by_at == purchase.placed_at + timedelta(days=5)

    def test_the_vendor_does_not_see_an_unpaid_order(self) -> None:
        trade, purchase = make_purchase()
        order = orders_of(purchase)[0]

        with pytest.raises(NotFound):
            queries.vendor_order_by_number(order.number, vendor_id=trade.vendors[0].id)
        assert queries.history([order.id], company_id=trade.vendors[0].id) == []

    def test_the_next_line_opens_a_new_cart(self) -> None:
        trade, _ = make_purchase()
        fill_cart(trade, (5,))

        assert len(db.session.scalars(select(Cart)).all()) == 2


@pytest.mark.usefixtures("app")
class TestRefusals:
    def test_another_total_than_the_buyer_saw(self) -> None:
        trade = make_trade()
        fill_cart(trade, (100,))
        order = checkout_of(trade)
        db.session.execute(update(PriceTier).values(unit_price_micro=600_000))
        db.session.commit()

        with pytest.raises(PriceChanged) as refused:
            place(trade, order)

        assert refused.value.seen_minor == order.total_minor
        assert refused.value.now_minor > order.total_minor
        assert nothing_was_ordered()

    def test_the_same_figure_in_another_currency(self) -> None:
        trade = make_trade()
        fill_cart(trade, (100,))

        with pytest.raises(PriceChanged):
            place(trade, checkout_of(trade, currency="USD"))
        assert nothing_was_ordered()

    def test_a_cart_that_was_changed_in_another_window(self) -> None:
        trade = make_trade()
        fill_cart(trade, (100,))
        order = checkout_of(trade)
        fill_cart(trade, (1,))

        with pytest.raises(CartChanged):
            place(trade, order)
        assert nothing_was_ordered()

    def test_stock_that_is_gone(self) -> None:
        trade = make_trade()
        fill_cart(trade, (100,))
        order = checkout_of(trade)
        db.session.execute(update(Stock).values(on_hand=40))
        db.session.commit()

        with pytest.raises(OutOfStock) as refused:
            place(trade, order)

        assert refused.value.shortages == {trade.variants[0].id: 40}
        assert nothing_was_ordered()

    def test_less_than_the_vendors_minimum(self) -> None:
        trade = make_trade(vendor={"opening_minimum_minor": 10_000, "reorder_minimum_minor": 4_000})
        fill_cart(trade, (100,))

        with pytest.raises(NotOrderable) as refused:
            place(trade)
        assert [problem.code for problem in refused.value.problems] == ["vendor_minimum"]
        assert nothing_was_ordered()

    def test_the_reorder_minimum_counts_once_the_vendor_has_taken_an_order(self) -> None:
        trade = make_trade(vendor={"opening_minimum_minor": 10_000, "reorder_minimum_minor": 4_000})
        _, first = make_purchase(trade, quantities=(200,))
        fund(first)
        walk(trade, orders_of(first)[0], VendorOrderState.ACCEPTED)
        fill_cart(trade, (100,))

        assert place(trade).id != first.id

    def test_a_vendor_that_stopped_selling_within_the_last_second(self) -> None:
        trade = make_trade()
        fill_cart(trade, (100,))
        order = checkout_of(trade)
        trade.vendors[0].payout_active_at = None
        db.session.commit()

        with pytest.raises(NotOrderable) as refused:
            place(trade, order)
        assert [problem.code for problem in refused.value.problems] == ["vendor_not_selling"]

    def test_an_address_without_confirmation(self) -> None:
        trade = make_trade()
        fill_cart(trade, (100,))
        trade.person.email_confirmed_at = None
        db.session.commit()

        with pytest.raises(AddressNotConfirmed):
            place(trade)
        assert nothing_was_ordered()

    def test_a_delivery_address_of_another_company(self) -> None:
        trade = make_trade()
        fill_cart(trade, (100,))
        theirs = default_location(make_company().id)
        assert theirs is not None

        for location_id in (theirs.id, new_id()):
            with pytest.raises(AddressMissing):
                place(trade, checkout_of(trade, location_id=location_id))
        assert nothing_was_ordered()

    def test_a_cart_of_a_colleague(self) -> None:
        trade = make_trade()
        fill_cart(trade, (100,))
        colleague = make_member(trade.buyer)
        order = checkout_of(trade)

        with pytest.raises(NotFound), transaction():
            services.place_order(order, actor=actor_of(colleague, trade.buyer))

    def test_an_empty_cart(self) -> None:
        trade = make_trade()
        fill_cart(trade, (100,))
        order = checkout_of(trade)
        db.session.execute(delete(CartLine))
        db.session.commit()

        with pytest.raises(CartEmpty):
            place(trade, order)
