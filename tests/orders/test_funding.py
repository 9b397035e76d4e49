"""When the money of a purchase is there, and when it never comes. Source: product.md §8."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from marketplace.catalogue.models import Stock, StockReservation
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import InvalidMove
from marketplace.orders import queries, services
from marketplace.orders.errors import AlreadyPaid, NotPaidYet
from marketplace.orders.models import PurchaseState, VendorOrderState
from payments.errors import PaymentAlreadyMade
from payments.models import HoldState
from tests.factories.accounts import actor_of, make_operator
from tests.factories.catalogue import stock_of
from tests.factories.orders import (
    fresh,
    fund,
    hold_of,
    make_order,
    make_purchase,
    make_trade,
    orders_of,
    receive,
)
from tests.orders.clockwork import job_at, lapse, mails

S = VendorOrderState
WEDNESDAY = datetime(2026, 11, 25, 15, 20, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("app")


class TestFunding:
    def test_the_vendor_sees_the_order_and_its_clocks_start(self) -> None:
        with clock.at(WEDNESDAY):
            trade, order = make_order()

        funded = fresh(order)
        assert queries.vendor_order_by_number(order.number, vendor_id=trade.vendors[0].id).id == order.id
        assert funded.funded_at is not None
        assert funded.accept_by_at is not None
        assert abs(funded.accept_by_at - (WEDNESDAY + timedelta(days=1))) < timedelta(minutes=1)
        assert abs(funded.cancel_unaccepted_at - (WEDNESDAY + timedelta(days=5))) < timedelta(minutes=1)  # type: ignore[operator]
        assert job_at(f"cancel_unaccepted:{order.id}") == funded.cancel_unaccepted_at
        assert abs(job_at(f"accept_reminder:{order.id}") - (WEDNESDAY + timedelta(hours=20))) < timedelta(minutes=1)  # type: ignore[operator]
        assert mails("email_accept_by") == 1

    def test_the_unpaid_clocks_stop(self) -> None:
        trade, purchase = make_purchase()
        fund(purchase)

        assert job_at(f"pay_by:{purchase.id}") is None
        assert job_at(f"remind_unpaid:{purchase.id}") is None
        assert trade.vendors

    def test_a_repeated_message_changes_nothing(self) -> None:
        _, order = make_order()
        first = fresh(order).funded_at

        with clock.at(clock.now() + timedelta(hours=1)), transaction():
            services.mark_paid(order.purchase_id)

        assert fresh(order).funded_at == first
        assert mails("email_accept_by") == 1

    def test_promised_stock_has_no_end_any_more(self) -> None:
        make_order()

        assert db.session.scalars(select(StockReservation.expires_at)).all() == [None]

    def test_stock_that_lapsed_is_promised_again_when_the_money_comes(self) -> None:
        trade, purchase = make_purchase(quantities=(100,))
        lapse()
        assert stock_of(trade.variants[0].id) == (1_000, 0)

        fund(purchase)

        assert stock_of(trade.variants[0].id) == (1_000, 100)
        assert orders_of(purchase)[0].state is S.PLACED

    def test_an_order_whose_stock_was_sold_meanwhile_ends_with_its_money_going_back_and_the_others_go_on(self) -> None:
        trade, purchase = make_purchase(make_trade(vendors=2), quantities=(100, 100))
        lapse()
        sold = next(variant for variant in trade.variants if variant.vendor_id == orders_of(purchase)[0].vendor_id)
        db.session.execute(update(Stock).where(Stock.variant_id == sold.id).values(on_hand=10))
        db.session.commit()

        fund(purchase)

        gone, kept = orders_of(purchase)
        assert (gone.state, kept.state) == (S.CANCELLED, S.PLACED)
        assert (hold_of(gone).state, hold_of(kept).state) == (HoldState.REFUNDED, HoldState.FUNDED)


class TestCancelling:
    def test_the_buyer_takes_a_paid_order_back_before_the_vendor_has_answered(self) -> None:
        trade, order = make_order()

        with transaction():
            services.cancel_order(order.id, actor=trade.actor)

        assert fresh(order).state is S.CANCELLED
        assert hold_of(order).state is HoldState.REFUNDED
        assert mails("email_cancelled") == 1

    def test_not_after_the_vendor_has_accepted(self) -> None:
        trade, order = make_order(S.ACCEPTED)

        with pytest.raises(InvalidMove), transaction():
            services.cancel_order(order.id, actor=trade.actor)
        assert hold_of(order).state is HoldState.FUNDED

    def test_an_unpaid_purchase_is_cancelled_whole(self) -> None:
        trade, purchase = make_purchase(make_trade(vendors=2))
        with pytest.raises(NotPaidYet), transaction():
            services.cancel_order(orders_of(purchase)[0].id, actor=trade.actor)

        with transaction():
            services.cancel_purchase(purchase.id, actor=trade.actor)

        assert {order.state for order in orders_of(purchase)} == {S.CANCELLED}
        assert {hold_of(order).state for order in orders_of(purchase)} == {HoldState.EXPIRED}
        assert queries.purchase_by_id(purchase.id).state is PurchaseState.CANCELLED
        assert stock_of(trade.variants[0].id) == (1_000, 0)
        assert job_at(f"pay_by:{purchase.id}") is None

    def test_a_paid_purchase_is_not(self) -> None:
        trade, order = make_order()

        with pytest.raises((AlreadyPaid, PaymentAlreadyMade)), transaction():
            services.cancel_purchase(order.purchase_id, actor=trade.actor)

    def test_without_a_payment_it_ends_on_day_five_and_not_before(self) -> None:
        trade, purchase = make_purchase()
        with clock.at(purchase.placed_at + timedelta(days=5) - timedelta(seconds=1)), transaction():
            services.expire_unpaid(purchase.id)
        assert orders_of(purchase)[0].state is S.PLACED

        with clock.at(purchase.placed_at + timedelta(days=5)), transaction():
            services.expire_unpaid(purchase.id)

        assert orders_of(purchase)[0].state is S.CANCELLED
        assert stock_of(trade.variants[0].id) == (1_000, 0)
        assert mails("email_cancelled_unpaid") == 1

    def test_a_payment_whose_news_is_still_on_the_way_is_not_ended(self) -> None:
        _, purchase = make_purchase()
        receive(purchase)

        with clock.at(purchase.placed_at + timedelta(days=5)), transaction():
            services.expire_unpaid(purchase.id)
        assert orders_of(purchase)[0].state is S.PLACED

        with transaction():
            services.mark_paid(purchase.id)
        assert orders_of(purchase)[0].funded_at is not None

    def test_without_an_answer_it_ends_on_day_five_with_its_money_going_back(self) -> None:
        _, order = make_order()
        due = fresh(order).cancel_unaccepted_at
        assert due is not None
        with clock.at(due - timedelta(seconds=1)), transaction():
            services.cancel_unaccepted(order.id)
        assert fresh(order).state is S.PLACED

        with clock.at(due + timedelta(seconds=1)), transaction():
            services.cancel_unaccepted(order.id)

        assert fresh(order).state is S.CANCELLED
        assert hold_of(order).state is HoldState.REFUNDED

    @pytest.mark.parametrize("state", [S.PLACED, S.ACCEPTED, S.IN_PRODUCTION, S.READY, S.SHIPPED, S.DELIVERED])
    def test_the_platform_ends_a_running_order_with_its_whole_money_going_back(self, state: VendorOrderState) -> None:
        trade, order = make_order(state)
        company, staff = make_operator()

        with transaction():
            services.cancel_by_platform(order.id, reason="The vendor is suspended.", actor=actor_of(staff, company))

        assert fresh(order).state is S.CANCELLED
        assert hold_of(order).refunded_minor == order.total_minor
        sold = 100 if state in (S.SHIPPED, S.DELIVERED) else 0
        assert stock_of(trade.variants[0].id) == (1_000 - sold, 0)

    def test_not_one_that_the_buyer_has_accepted(self) -> None:
        _, order = make_order(S.ACCEPTED_BY_BUYER)
        company, staff = make_operator()

        with pytest.raises(InvalidMove), transaction():
            services.cancel_by_platform(order.id, reason="Too late for this.", actor=actor_of(staff, company))

    def test_the_stock_of_an_unpaid_purchase_is_promised_again_before_the_next_try_to_pay(self) -> None:
        trade, purchase = make_purchase(quantities=(100,))
        lapse()

        with transaction():
            services.reserve_again(purchase.id, actor=trade.actor)

        assert stock_of(trade.variants[0].id) == (1_000, 100)
