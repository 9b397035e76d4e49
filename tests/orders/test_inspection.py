"""The inspection: acceptance, its timer, reported problems and their decision. Source: product.md §8."""

from datetime import UTC, datetime, timedelta

import pytest

from marketplace.core import clock
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db, transaction
from marketplace.core.errors import InvalidMove
from marketplace.orders import queries, services
from marketplace.orders.errors import InspectionOver, ProblemIsDecided, ProblemIsOpen
from marketplace.orders.models import ClaimState, VendorOrder, VendorOrderState
from payments.models import HoldState
from tests.factories.accounts import actor_of, make_operator
from tests.factories.orders import (
    Trade,
    fresh,
    hold_of,
    make_order,
    make_trade,
    report,
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


class TestProblems:
    def test_a_report_freezes_the_money_and_stops_the_clock(self) -> None:
        trade, order = make_order(S.DELIVERED)
        make_operator()

        claim = report(trade, order)

        assert claim.number.startswith("CLM-")
        assert hold_of(order).frozen_at is not None
        assert hold_of(order).release_at is None
        assert fresh(order).inspection_ends_at is None
        assert job_at(f"accept_goods:{order.id}") is None
        with clock.at(clock.now() + timedelta(days=40)), transaction():
            services.accept_goods_by_timer(order.id)
        assert fresh(order).state is S.DELIVERED
        assert (mails("email_problem"), mails("email_problem_to_decide")) == (1, 1)

    def test_the_buyer_cannot_accept_or_report_again_meanwhile(self) -> None:
        trade, order = make_order(S.DELIVERED)
        report(trade, order)

        with pytest.raises(ProblemIsOpen):
            report(trade, order)
        with pytest.raises(ProblemIsOpen), transaction():
            services.accept_goods(order.id, actor=trade.actor)

    def test_not_before_delivery_and_not_after_acceptance(self) -> None:
        for state in (S.SHIPPED, S.ACCEPTED_BY_BUYER):
            trade, order = make_order(state)
            with pytest.raises(InvalidMove):
                report(trade, order)

    def test_not_once_the_time_is_over_even_if_the_timer_is_late(self) -> None:
        trade, order = make_order(S.DELIVERED)
        ends = fresh(order).inspection_ends_at
        assert ends is not None

        with clock.at(ends), pytest.raises(InspectionOver):
            report(trade, order)

    def test_finance_releases_the_whole_sum(self) -> None:
        trade, order, number = disputed()

        with transaction():
            services.release_after_problem(number, reason="The photos show transport wear only.", actor=SYSTEM)

        assert (fresh(order).state, fresh(order).accepted_by) == (S.ACCEPTED_BY_BUYER, "platform")
        assert hold_of(order).released_minor == order.total_minor
        assert queries.claim_by_number(number).state is ClaimState.RELEASED
        assert trade.vendors

    def test_finance_refunds_the_whole_sum(self) -> None:
        _, order, number = disputed()

        with transaction():
            services.refund_after_problem(number, reason="Forty of a hundred are bent.", actor=SYSTEM)

        assert fresh(order).state is S.CANCELLED
        assert hold_of(order).refunded_minor == order.total_minor
        claim = queries.claim_by_number(number)
        assert (claim.state, claim.decision_reason) == (ClaimState.REFUNDED, "Forty of a hundred are bent.")
        assert mails("email_problem_decided") == 2

    def test_a_problem_is_decided_once(self) -> None:
        _, order, number = disputed()
        with transaction():
            services.release_after_problem(number, reason="In order.", actor=SYSTEM)

        with pytest.raises(ProblemIsDecided), transaction():
            services.refund_after_problem(number, reason="Not in order.", actor=SYSTEM)
        assert hold_of(order).refunded_minor == 0

    def test_ending_the_order_decides_its_problem(self) -> None:
        _, order, number = disputed()
        company, staff = make_operator()

        with transaction():
            services.cancel_by_platform(order.id, reason="Suspended for fraud.", actor=actor_of(staff, company))

        assert queries.claim_by_number(number).state is ClaimState.REFUNDED


def disputed() -> tuple[Trade, VendorOrder, str]:
    trade, order = make_order(S.DELIVERED)
    return trade, order, report(trade, order).number
