"""The path of a vendor order, step by step: who may, what it changes, what it refuses. Source: product.md §8."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from marketplace.core.db import transaction
from marketplace.core.errors import InvalidMove, NotFound
from marketplace.orders import queries, services
from marketplace.orders.models import PurchaseState, VendorOrderState
from payments.models import HoldState
from tests.factories.catalogue import stock_of
from tests.factories.orders import (
    claimed,
    fresh,
    hold_of,
    make_order,
    make_purchase,
    make_trade,
    orders_of,
)
from tests.orders.clockwork import job_at, mails, settled

S = VendorOrderState
WEDNESDAY = datetime(2026, 11, 25, 15, 20, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("app")


class TestVendorSteps:
    def test_the_whole_path_with_a_time_for_each_step(self) -> None:
        trade, order = make_order(S.ACCEPTED_BY_BUYER)
        order = fresh(order)

        times = [
            order.placed_at,
            order.funded_at,
            order.accepted_at,
            order.in_production_at,
            order.ready_at,
            order.shipped_at,
            order.delivered_at,
            order.accepted_by_buyer_at,
        ]
        assert None not in times
        assert times == sorted(times)  # type: ignore[type-var]
        assert order.accepted_by == "buyer"
        assert hold_of(order).state is HoldState.RELEASED
        assert stock_of(trade.variants[0].id) == (900, 0)

    def test_acceptance_stops_the_vendors_clocks(self) -> None:
        _, order = make_order(S.ACCEPTED)

        assert job_at(f"accept_reminder:{order.id}") is None
        assert job_at(f"cancel_unaccepted:{order.id}") is None
        assert fresh(order).cancel_unaccepted_at is None

    def test_goods_from_stock_are_ready_without_production(self) -> None:
        trade, order = make_order(S.ACCEPTED)

        with transaction():
            services.mark_ready(order.id, actor=trade.seller())

        assert fresh(order).state is S.READY

    def test_declining_refunds_the_whole_part_and_gives_the_stock_back(self) -> None:
        trade, order = make_order()

        with transaction():
            services.decline_order(order.id, reason="The line stands still until January.", actor=trade.seller())

        assert (fresh(order).state, fresh(order).end_reason) == (S.DECLINED, "The line stands still until January.")
        hold = hold_of(order)
        assert (hold.state, hold.refunded_minor) == (HoldState.REFUNDED, order.total_minor)
        assert stock_of(trade.variants[0].id) == (1_000, 0)
        assert mails("email_declined") == 1
        assert settled(order) is PurchaseState.CANCELLED

    def test_one_of_two_declined_leaves_the_purchase_open(self) -> None:
        trade, order = make_order(trade=make_trade(vendors=2))
        seller = trade.seller([vendor.id for vendor in trade.vendors].index(order.vendor_id))

        with transaction():
            services.decline_order(order.id, reason="No capacity.", actor=seller)

        assert settled(order) is PurchaseState.PLACED

    @pytest.mark.parametrize("state", [S.PLACED, S.ACCEPTED, S.IN_PRODUCTION, S.READY, S.SHIPPED, S.DELIVERED, S.ACCEPTED_BY_BUYER])
    def test_every_other_step_is_refused(self, state: VendorOrderState) -> None:
        trade, order = make_order(state)
        seller = trade.seller()
        allowed: dict[VendorOrderState, set[str]] = {
            S.PLACED: {"accept", "decline"},
            S.ACCEPTED: {"produce", "ready"},
            S.IN_PRODUCTION: {"ready"},
            S.READY: {"ship"},
            S.SHIPPED: {"proof", "arrived"},
            S.DELIVERED: {"accept_goods"},
        }
        acts: dict[str, Callable[[], object]] = {
            "accept": lambda: services.accept_order(order.id, actor=seller),
            "decline": lambda: services.decline_order(order.id, reason="Too late.", actor=seller),
            "produce": lambda: services.mark_in_production(order.id, actor=seller),
            "ready": lambda: services.mark_ready(order.id, actor=seller),
            "ship": lambda: services.ship_order(order.id, carrier="NSL", tracking=None, actor=seller),
            "proof": lambda: services.deliver_with_proof(order.id, signed_by="A. Berg", actor=seller),
            "arrived": lambda: services.confirm_delivery(order.id, actor=trade.actor),
            "accept_goods": lambda: services.accept_goods(order.id, actor=trade.actor),
        }
        for name, act in acts.items():
            if name not in allowed.get(state, set()):
                with pytest.raises(InvalidMove), transaction():
                    act()
                assert fresh(order).state is state

    def test_a_strangers_order_is_not_found_by_any_step(self) -> None:
        trade, order = make_order()
        other = make_trade()
        before = fresh(order).state
        for act in (
            lambda: services.accept_order(order.id, actor=other.seller()),
            lambda: services.decline_order(order.id, reason="Not mine.", actor=other.seller()),
            lambda: services.mark_ready(order.id, actor=trade.actor),
            lambda: services.cancel_order(order.id, actor=other.actor),
            lambda: services.confirm_delivery(order.id, actor=other.actor),
            lambda: services.accept_goods(order.id, actor=trade.seller()),
            lambda: services.report_problem(order.id, lines=[claimed(order)], actor=other.actor),
            lambda: services.cancel_purchase(order.purchase_id, actor=other.actor),
            lambda: services.reserve_again(order.purchase_id, actor=other.actor),
        ):
            with pytest.raises(NotFound), transaction():
                act()
        assert fresh(order).state is before

    def test_an_unpaid_order_is_not_found_by_its_vendor(self) -> None:
        trade, purchase = make_purchase()
        order = orders_of(purchase)[0]

        for act in (
            lambda: services.accept_order(order.id, actor=trade.seller()),
            lambda: services.decline_order(order.id, reason="Not paid.", actor=trade.seller()),
        ):
            with pytest.raises(NotFound), transaction():
                act()


class TestHistory:
    def test_both_companies_read_every_step(self) -> None:
        trade, order = make_order(S.ACCEPTED_BY_BUYER)
        acts = [
            "vendor_order.paid",
            "vendor_order.accepted",
            "vendor_order.in_production",
            "vendor_order.ready",
            "vendor_order.shipped",
            "vendor_order.delivered",
            "vendor_order.accepted_by_buyer",
        ]

        for company_id in (trade.buyer.id, trade.vendors[0].id):
            seen = [event.act for event in reversed(queries.history([order.id], company_id=company_id))]
            assert [act for act in seen if act != "vendor_order.placed"] == acts
        assert queries.history([order.id], company_id=make_trade().buyer.id) == []
