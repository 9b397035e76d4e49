"""Claims between the two sides and the platform: handing over, and who may do what. Source: product.md §8, §9; decision 0012."""

from datetime import timedelta

import pytest

from marketplace.core import clock
from marketplace.core.db import transaction
from marketplace.core.errors import NotFound
from marketplace.core.waiting import count
from marketplace.orders import queries, services
from marketplace.orders.errors import (
    HandOverTooEarly,
)
from marketplace.orders.models import (
    ClaimLineState,
    Remedy,
    VendorOrderState,
)
from tests.factories.orders import make_order, make_trade, report
from tests.orders.claiming import accept, answer, now_of, the_line
from tests.orders.clockwork import job_at

S = VendorOrderState
L = ClaimLineState
DAY = timedelta(days=1)
pytestmark = pytest.mark.usefixtures("app")


class TestHandOver:
    def test_not_while_the_vendor_has_time_to_answer(self) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order)

        with pytest.raises(HandOverTooEarly), transaction():
            services.hand_over_as_buyer(claim.id, actor=trade.actor)

    @pytest.mark.parametrize("side", ["buyer", "vendor"])
    def test_from_day_four_either_side_may_and_the_platform_has_ten_days(self, side: str) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order)

        with clock.at(claim.answer_by_at), transaction():
            if side == "buyer":
                services.hand_over_as_buyer(claim.id, actor=trade.actor)
            else:
                services.hand_over_as_vendor(claim.id, actor=trade.seller())

        after = now_of(claim)
        assert after.handed_over_by == side
        assert after.handed_over_at is not None
        assert after.decide_by_at == after.handed_over_at + 10 * DAY
        assert job_at(f"claim_hand_over:{claim.id}") is None
        assert count(queries.queue_of_open_claims()) == 1

    def test_on_day_seven_the_clock_does_it_for_what_is_not_agreed(self) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order)
        answer(trade, claim, Remedy.REFUSE)
        assert claim.hand_over_at is not None

        with clock.at(claim.hand_over_at - timedelta(seconds=1)), transaction():
            services.hand_over_by_clock(claim.id)
        assert now_of(claim).handed_over_at is None
        with clock.at(claim.hand_over_at), transaction():
            services.hand_over_by_clock(claim.id)

        assert now_of(claim).handed_over_by == "clock"

    def test_what_is_agreed_and_on_its_way_stays_with_the_two(self) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order)
        answer(trade, claim, Remedy.REPLACE)
        accept(trade, claim)

        with clock.at(clock.now() + 8 * DAY), transaction():
            services.hand_over_by_clock(claim.id)

        assert now_of(claim).handed_over_at is None
        assert now_of(claim).hand_over_at is None


class TestSides:
    def test_a_stranger_finds_no_claim(self) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order)
        other = make_trade()
        line_id = the_line(claim).id
        for act in (
            lambda: services.accept_answer(claim.id, line_id, actor=other.actor),
            lambda: services.withdraw_line(claim.id, line_id, actor=other.actor),
            lambda: services.hand_over_as_buyer(claim.id, actor=other.actor),
            lambda: services.answer_line(claim.id, line_id, answer=Remedy.CREDIT, text=None, actor=other.seller()),
            lambda: services.hand_over_as_vendor(claim.id, actor=other.seller()),
            lambda: services.confirm_return(claim.id, line_id, actor=other.seller()),
        ):
            with pytest.raises(NotFound), transaction():
                act()
        assert the_line(claim).state is L.OPEN

    def test_the_vendor_cannot_take_its_own_answer_nor_the_buyer_answer(self) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order)
        answer(trade, claim, Remedy.CREDIT)

        with pytest.raises(NotFound), transaction():
            services.accept_answer(claim.id, the_line(claim).id, actor=trade.seller())
        with pytest.raises(NotFound), transaction():
            services.answer_line(claim.id, the_line(claim).id, answer=Remedy.CREDIT, text=None, actor=trade.actor)
