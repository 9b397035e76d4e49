"""The inspection: acceptance, its timer, reported problems and their decision. Source: product.md §8."""

from datetime import UTC, datetime, timedelta

import pytest

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.orders import queries, services
from marketplace.orders.models import VendorOrderState
from payments.models import HoldState
from tests.factories.orders import (
    fresh,
    hold_of,
    make_order,
    make_trade,
)
from tests.orders.clockwork import job_at, mails

S = VendorOrderState
WEDNESDAY = datetime(2026, 11, 25, 15, 20, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("app")


class TestInspection:
    def test_it_lasts_as_long_as_the_vendor_said_when_it_was_ordered(self) -> None:
        trade, order = make_order(S.SHIPPED, trade=make_trade(vendor={"inspection_days": 7}))
        trade.vendors[0].inspection_days = 30
        db.session.commit()

        with transaction():
            services.confirm_delivery(order.id, actor=trade.actor)

        delivered = fresh(order)
        assert delivered.delivered_by == "buyer"
        assert delivered.delivered_at is not None
        assert delivered.inspection_ends_at == delivered.delivered_at + timedelta(days=7)
        assert job_at(f"accept_goods:{order.id}") == delivered.inspection_ends_at
        assert hold_of(order).release_at == delivered.inspection_ends_at

    def test_the_proof_of_the_vendor_is_kept(self) -> None:
        _, order = make_order(S.DELIVERED)
        shipment = queries.shipments_of_orders([order.id])[order.id][0]

        assert (shipment.signed_by, shipment.tracking) == ("A. Berg", "NSL 7740")
        assert fresh(order).delivered_by == "vendor"

    def test_the_timer_accepts_at_its_end_and_one_second_before_does_nothing(self) -> None:
        _, order = make_order(S.DELIVERED)
        ends = fresh(order).inspection_ends_at
        assert ends is not None

        with clock.at(ends - timedelta(seconds=1)), transaction():
            services.accept_goods_by_timer(order.id)
        assert (fresh(order).state, hold_of(order).state) == (S.DELIVERED, HoldState.FUNDED)

        with clock.at(ends), transaction():
            services.accept_goods_by_timer(order.id)
        assert (fresh(order).state, fresh(order).accepted_by) == (S.ACCEPTED_BY_BUYER, "timer")
        assert hold_of(order).state is HoldState.RELEASED

    def test_a_second_timer_releases_nothing_twice(self) -> None:
        _, order = make_order(S.DELIVERED)
        with clock.at(clock.now() + timedelta(days=11)):
            for _ in range(2):
                with transaction():
                    services.accept_goods_by_timer(order.id)

        assert mails("email_released") == 1

    def test_acceptance_stops_timer_and_reminders(self) -> None:
        _, order = make_order(S.ACCEPTED_BY_BUYER)

        assert job_at(f"accept_goods:{order.id}") is None
        assert job_at(f"inspection_reminder:{order.id}:50") is None
        assert job_at(f"close:{order.id}") is not None

    def test_it_is_closed_thirty_days_later(self) -> None:
        _, order = make_order(S.ACCEPTED_BY_BUYER)

        with transaction():
            services.close_order(order.id)

        assert fresh(order).state is S.CLOSED
