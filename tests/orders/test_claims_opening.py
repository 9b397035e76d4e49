"""Claims: what may be claimed, until when, and what it stops. Source: product.md §8, §9; decision 0012."""

from datetime import timedelta

import pytest

from marketplace.core import clock
from marketplace.core.db import transaction
from marketplace.core.errors import InvalidMove, NotFound
from marketplace.orders import queries, services
from marketplace.orders.errors import (
    ClaimsOver,
    CreditTooLargeForLine,
    NothingClaimed,
    ProblemIsOpen,
    QuantityTooLarge,
    WrongLines,
)
from marketplace.orders.models import (
    ClaimLineState,
    ClaimState,
    ProblemKind,
    VendorOrderState,
)
from payments.models import HoldState
from tests.factories.orders import claimed, fresh, hold_of, make_order, report
from tests.orders.claiming import now_of, the_line
from tests.orders.clockwork import job_at

S = VendorOrderState
L = ClaimLineState
DAY = timedelta(days=1)
pytestmark = pytest.mark.usefixtures("app")


class TestOpening:
    def test_a_claim_freezes_the_money_and_stops_the_clock_column_and_job(self) -> None:
        trade, order = make_order(S.DELIVERED)

        claim = report(trade, order)

        assert claim.number.startswith("CLM-")
        assert hold_of(order).frozen_at is not None
        assert hold_of(order).release_at is None
        assert fresh(order).inspection_ends_at is None
        assert job_at(f"accept_goods:{order.id}") is None
        with clock.at(clock.now() + 40 * DAY), transaction():
            services.accept_goods_by_timer(order.id)
        assert fresh(order).state is S.DELIVERED

    def test_the_vendor_has_three_days_then_three_more_and_the_platform_gets_it_on_day_seven(self) -> None:
        trade, order = make_order(S.DELIVERED)

        claim = report(trade, order)

        opened = claim.opened_at
        assert (claim.answer_by_at, claim.grant_at, claim.hand_over_at) == (opened + 3 * DAY, opened + 6 * DAY, opened + 7 * DAY)
        assert job_at(f"claim_grant:{claim.id}") == claim.grant_at
        assert job_at(f"claim_hand_over:{claim.id}") == claim.hand_over_at
        assert job_at(f"claim_reminder:{claim.id}") == opened + 2 * DAY

    def test_a_part_of_a_line_is_worth_its_share_of_goods_freight_and_tax(self) -> None:
        trade, order = make_order(S.DELIVERED)

        claim = report(trade, order, quantity=40)

        assert the_line(claim).value_minor == pytest.approx(order.total_minor * 40 / 100, abs=1)

    def test_not_more_than_arrived_and_not_twice_the_same_pieces(self) -> None:
        trade, order = make_order(S.DELIVERED)
        with pytest.raises(QuantityTooLarge):
            report(trade, order, quantity=101)
        report(trade, order, quantity=60)

        with pytest.raises(QuantityTooLarge) as refused:
            report(trade, order, quantity=41)

        assert refused.value.limit == 40
        report(trade, order, quantity=40)
        report(trade, order, kind=ProblemKind.LATE)  # lateness is another matter of the same pieces
        assert len(queries.claims_of_orders([order.id])[order.id]) == 3

    def test_all_that_stands_against_a_line_is_refused_together(self) -> None:
        trade, order = make_order(S.DELIVERED)

        with pytest.raises(WrongLines) as refused:
            report(trade, order, quantity=101, asked_minor=order.total_minor + 1)

        assert [type(each) for each in refused.value.refusals] == [QuantityTooLarge, CreditTooLargeForLine]
        assert order.id not in queries.claims_of_orders([order.id])

    def test_what_is_withdrawn_can_be_claimed_again(self) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order)
        with transaction():
            services.withdraw_line(claim.id, the_line(claim).id, actor=trade.actor)

        assert now_of(claim).state is ClaimState.WITHDRAWN
        report(trade, order)

    def test_nothing_before_delivery(self) -> None:
        trade, order = make_order(S.SHIPPED)

        with pytest.raises((InvalidMove, QuantityTooLarge)):
            report(trade, order)

    def test_a_claim_without_a_line_or_with_a_strangers_line_is_refused(self) -> None:
        trade, order = make_order(S.DELIVERED)
        _, other = make_order(S.DELIVERED)

        with pytest.raises(NothingClaimed), transaction():
            services.report_problem(order.id, lines=[], actor=trade.actor)
        with pytest.raises(NotFound), transaction():
            services.report_problem(order.id, lines=[claimed(other)], actor=trade.actor)

    def test_up_to_thirty_days_after_acceptance_and_not_later(self) -> None:
        trade, order = make_order(S.ACCEPTED_BY_BUYER)
        accepted_at = fresh(order).accepted_by_buyer_at
        assert accepted_at is not None

        with clock.at(accepted_at + 30 * DAY + timedelta(minutes=1)), pytest.raises(ClaimsOver):
            report(trade, order)

        with clock.at(accepted_at + 29 * DAY):
            claim = report(trade, order)
        assert claim.inspect_by_at is None
        assert hold_of(order).frozen_at is None

    def test_an_inspection_that_ended_in_silence_is_accepted_first_even_if_its_timer_is_late(self) -> None:
        trade, order = make_order(S.DELIVERED)
        ends = fresh(order).inspection_ends_at
        assert ends is not None

        with clock.at(ends + timedelta(hours=1)):
            report(trade, order)

        assert (fresh(order).state, fresh(order).accepted_by) == (S.ACCEPTED_BY_BUYER, "timer")
        assert hold_of(order).state is HoldState.RELEASED

    def test_more_credit_than_the_goods_are_worth_is_refused(self) -> None:
        trade, order = make_order(S.DELIVERED)

        with pytest.raises(CreditTooLargeForLine) as refused:
            report(trade, order, asked_minor=order.total_minor + 1)

        assert refused.value.limit_minor == order.total_minor

    def test_goods_cannot_be_accepted_while_a_claim_is_open(self) -> None:
        trade, order = make_order(S.DELIVERED)
        report(trade, order)

        with pytest.raises(ProblemIsOpen), transaction():
            services.accept_goods(order.id, actor=trade.actor)

    def test_an_order_with_an_open_claim_is_not_closed(self) -> None:
        trade, order = make_order(S.ACCEPTED_BY_BUYER)
        report(trade, order)

        with transaction():
            services.close_order(order.id)

        assert fresh(order).state is S.ACCEPTED_BY_BUYER
