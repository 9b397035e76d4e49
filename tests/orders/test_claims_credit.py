"""Claims that end with money: agreed credits, and what is granted because nobody answered. Source: product.md §8, §9; decision 0012."""

from datetime import timedelta

import pytest

from marketplace.core import clock
from marketplace.core.db import transaction
from marketplace.orders import queries, services
from marketplace.orders.errors import (
    CreditTooLargeForLine,
    ProblemIsDecided,
)
from marketplace.orders.models import (
    ClaimLineState,
    ClaimState,
    ProblemKind,
    Remedy,
    Settlement,
    VendorOrderState,
)
from payments.models import HoldState
from tests.factories.orders import claimed, fresh, hold_of, make_order, report
from tests.orders.claiming import accept, answer, credited, now_of, the_line
from tests.orders.clockwork import job_at, mails

S = VendorOrderState
L = ClaimLineState
DAY = timedelta(days=1)
pytestmark = pytest.mark.usefixtures("app")


class TestCredit:
    def test_an_agreed_credit_splits_the_held_money_with_a_credit_note_and_the_clock_goes_on(self) -> None:
        trade, order = make_order(S.DELIVERED)
        with clock.at(clock.now() + 4 * DAY):
            claim = report(trade, order, quantity=40)
            left = queries.inspection_left_s(order.id)
            answer(trade, claim, Remedy.CREDIT, amount_minor=1_000)
            accept(trade, claim)
            now = clock.now()

        hold, line = hold_of(order), the_line(claim)
        assert (hold.state, hold.refunded_minor, hold.frozen_at) == (HoldState.FUNDED, 1_000, None)
        assert (line.state, line.settlement, line.credited_minor) == (L.SETTLED, Settlement.AGREED, 1_000)
        assert credited(order) == [1_000]
        assert now_of(claim).state is ClaimState.SETTLED
        assert left is not None
        ends = fresh(order).inspection_ends_at
        assert ends is not None
        assert abs(ends - (now + timedelta(seconds=left))) < timedelta(minutes=1)
        assert job_at(f"accept_goods:{order.id}") == ends
        assert hold.release_at == ends

    def test_at_least_two_days_are_left_to_inspect(self) -> None:
        trade, order = make_order(S.DELIVERED)
        ends = fresh(order).inspection_ends_at
        assert ends is not None
        with clock.at(ends - timedelta(hours=1)):
            claim = report(trade, order, quantity=1)
            answer(trade, claim, Remedy.CREDIT)
            accept(trade, claim)
            now = clock.now()

        assert fresh(order).inspection_ends_at is not None
        assert fresh(order).inspection_ends_at >= now + 2 * DAY - timedelta(minutes=1)  # type: ignore[operator]

    def test_accepting_the_rest_releases_it_and_the_hold_has_gone_both_ways(self) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order, quantity=40)
        answer(trade, claim, Remedy.CREDIT)
        accept(trade, claim)

        with transaction():
            services.accept_goods(order.id, actor=trade.actor)

        hold = hold_of(order)
        assert hold.state is HoldState.SPLIT
        assert hold.released_minor + hold.refunded_minor == order.total_minor
        assert hold.kept_commission_minor == pytest.approx(order.commission_minor * 60 / 100, abs=1)

    def test_a_credit_of_everything_ends_the_order(self) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order)
        answer(trade, claim, Remedy.CREDIT)
        accept(trade, claim)

        assert (fresh(order).state, hold_of(order).state) == (S.CANCELLED, HoldState.REFUNDED)
        assert credited(order) == [order.total_minor]

    def test_a_credit_after_acceptance_comes_out_of_released_money(self) -> None:
        trade, order = make_order(S.ACCEPTED_BY_BUYER)
        claim = report(trade, order, quantity=50)
        answer(trade, claim, Remedy.CREDIT)
        accept(trade, claim)

        hold = hold_of(order)
        assert hold.taken_back_minor == pytest.approx(order.total_minor / 2, abs=1)
        assert hold.commission_back_minor == pytest.approx(order.commission_minor / 2, abs=1)
        assert fresh(order).state is S.ACCEPTED_BY_BUYER
        assert credited(order) == [hold.taken_back_minor]

    @pytest.mark.parametrize("amount", [0, 10**9])
    def test_the_vendor_offers_between_nothing_and_the_value(self, amount: int) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order)

        with pytest.raises(CreditTooLargeForLine):
            answer(trade, claim, Remedy.CREDIT, amount_minor=amount)

    def test_the_vendor_may_give_a_better_answer_until_it_is_taken(self) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order)
        answer(trade, claim, Remedy.REFUSE)

        answer(trade, claim, Remedy.CREDIT, amount_minor=700)
        accept(trade, claim)

        assert the_line(claim).credited_minor == 700
        with pytest.raises(ProblemIsDecided):
            answer(trade, claim, Remedy.CREDIT, amount_minor=900)

    def test_an_answer_is_taken_once(self) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order, quantity=10)
        answer(trade, claim, Remedy.CREDIT)
        accept(trade, claim)

        with pytest.raises(ProblemIsDecided):
            accept(trade, claim)
        assert len(credited(order)) == 1

    def test_two_claims_on_one_line_never_give_back_more_than_it_costs(self) -> None:
        trade, order = make_order(S.DELIVERED)
        first, second = report(trade, order), report(trade, order, kind=ProblemKind.LATE, asked_minor=order.total_minor)
        answer(trade, second, Remedy.CREDIT)
        accept(trade, second)
        answer(trade, first, Remedy.CREDIT)
        accept(trade, first)

        assert hold_of(order).refunded_minor == order.total_minor
        assert the_line(first).credited_minor == 0

    def test_the_money_stays_frozen_until_the_last_claim_is_settled(self) -> None:
        trade, order = make_order(S.DELIVERED)
        first, second = report(trade, order, quantity=10), report(trade, order, quantity=10)
        answer(trade, first, Remedy.CREDIT)
        accept(trade, first)
        assert (hold_of(order).frozen_at is None, fresh(order).inspection_ends_at) == (False, None)

        answer(trade, second, Remedy.CREDIT)
        accept(trade, second)

        assert hold_of(order).frozen_at is None
        assert fresh(order).inspection_ends_at is not None


class TestUnanswered:
    def test_it_is_granted_three_days_after_its_deadline_once_up_to_what_was_asked(self) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order, quantity=40, asked_minor=900)
        assert claim.grant_at is not None
        with clock.at(claim.grant_at - timedelta(seconds=1)), transaction():
            services.grant_unanswered(claim.id)
        assert the_line(claim).state is L.OPEN

        with clock.at(claim.grant_at):
            for _ in range(2):
                with transaction():
                    services.grant_unanswered(claim.id)

        assert (the_line(claim).settlement, the_line(claim).credited_minor) == (Settlement.GRANTED, 900)
        assert credited(order) == [900]
        assert now_of(claim).state is ClaimState.SETTLED

    def test_an_answered_line_is_not_granted_and_its_clock_has_stopped(self) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order)
        answer(trade, claim, Remedy.REFUSE)

        assert now_of(claim).grant_at is None
        assert job_at(f"claim_grant:{claim.id}") is None
        with clock.at(clock.now() + 20 * DAY), transaction():
            services.grant_unanswered(claim.id)
        assert the_line(claim).state is L.ANSWERED

    def test_only_the_unanswered_line_of_two_is_granted(self) -> None:
        trade, order = make_order(S.DELIVERED)
        with transaction():
            claim = services.report_problem(order.id, lines=[claimed(order, quantity=10), claimed(order, quantity=20)], actor=trade.actor)
        answer(trade, claim, Remedy.REFUSE)
        assert claim.grant_at is not None

        with clock.at(claim.grant_at), transaction():
            services.grant_unanswered(claim.id)

        states = [line.state for line in queries.lines_of_claims([claim.id])[claim.id]]
        assert states == [L.ANSWERED, L.SETTLED]
        assert now_of(claim).is_open

    def test_the_vendor_is_reminded_a_day_before(self) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order)
        told = mails("email_claim")

        with transaction():
            services.remind_to_answer_claim(claim.id)

        assert mails("email_claim") == told + 1
