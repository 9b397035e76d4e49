"""Changes after placement: proposed by one side, signed by the other; the first promise stays. Source: product.md §8."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from marketplace.core import clock, jobs
from marketplace.core.db import db, transaction
from marketplace.core.errors import InvalidMove, NotFound
from marketplace.orders import queries, services
from marketplace.orders.errors import ChangeIsAnswered, ChangeIsOpen, DayNotPossible, LineHasLeft, NothingChanges
from marketplace.orders.models import ChangeRequest, ChangeState, LinePromise, VendorOrder, VendorOrderState
from payments.models import HoldState
from tests.factories.catalogue import stock_of
from tests.factories.orders import Trade, fresh, hold_of, make_order, make_trade
from tests.orders.clockwork import job_at, mails
from tests.orders.lines import lines_of, make_wide_order

S = VendorOrderState
WHY = "The steel comes a week later."
LATER = date(2030, 3, 1)
pytestmark = pytest.mark.usefixtures("app")


def propose(trade: Trade, order: VendorOrder, on: date = LATER, *, side: str = "vendor") -> ChangeRequest:
    """Another day for the first line."""
    days = {lines_of(order)[0].id: on}
    with transaction():
        if side == "vendor":
            return services.propose_days_as_vendor(order.id, days=days, reason=WHY, actor=trade.seller())
        return services.propose_days_as_buyer(order.id, days=days, reason=WHY, actor=trade.actor)


def state_of(change: ChangeRequest) -> ChangeState:
    """The state in the database."""
    db.session.expire_all()
    return queries.change_by_id(change.id).state


def promises(order: VendorOrder) -> list[tuple[date, str, str]]:
    """The later promises of the first line."""
    line = lines_of(order)[0]
    return [(one.promised_on, one.said_by, one.reason) for one in queries.promises_of_lines([line.id]).get(line.id, [])]


class TestDays:
    def test_an_agreed_day_is_appended_and_the_first_promise_stays(self) -> None:
        trade, order = make_order(S.ACCEPTED)
        first = lines_of(order)[0].first_promise_on
        change = propose(trade, order)

        with transaction():
            services.accept_change_as_buyer(change.id, answer="Fine.", actor=trade.actor)

        assert promises(order) == [(LATER, "vendor", WHY)]
        assert lines_of(order)[0].first_promise_on == first
        db.session.expire_all()
        signed = queries.change_by_id(change.id)
        assert (signed.state, signed.answered_by_name, signed.answer) == (ChangeState.ACCEPTED, trade.actor.name, "Fine.")

    def test_the_buyer_proposes_and_the_vendor_signs(self) -> None:
        trade, order = make_order(S.IN_PRODUCTION)
        change = propose(trade, order, side="buyer")

        with transaction():
            services.accept_change_as_vendor(change.id, answer=None, actor=trade.seller())

        assert promises(order) == [(LATER, "buyer", WHY)]

    def test_nothing_is_promised_while_it_is_open_declined_or_withdrawn(self) -> None:
        trade, order = make_order(S.ACCEPTED)
        change = propose(trade, order)
        assert promises(order) == []
        with transaction():
            services.decline_change_as_buyer(change.id, answer="Too late.", actor=trade.actor)
        again = propose(trade, order)
        with transaction():
            services.withdraw_change_as_vendor(again.id, actor=trade.seller())

        assert (state_of(change), state_of(again)) == (ChangeState.DECLINED, ChangeState.WITHDRAWN)
        assert promises(order) == []
        assert job_at(f"change:{again.id}") is None

    def test_one_change_at_a_time(self) -> None:
        trade, order = make_order(S.ACCEPTED)
        propose(trade, order)

        with pytest.raises(ChangeIsOpen):
            propose(trade, order, date(2030, 4, 1), side="buyer")

    def test_the_promised_day_again_changes_nothing(self) -> None:
        trade, order = make_order(S.ACCEPTED)
        change = propose(trade, order)
        with transaction():
            services.accept_change_as_buyer(change.id, answer=None, actor=trade.actor)

        with pytest.raises(NothingChanges):
            propose(trade, order, LATER)

    def test_a_day_that_is_over_is_refused(self) -> None:
        trade, order = make_order(S.ACCEPTED)

        with pytest.raises(DayNotPossible) as refused:
            propose(trade, order, clock.now().date() - timedelta(days=2))

        assert refused.value.line_id == lines_of(order)[0].id

    @pytest.mark.parametrize("state", [S.SHIPPED, S.DELIVERED, S.ACCEPTED_BY_BUYER])
    def test_a_day_does_not_change_when_everything_has_left(self, state: VendorOrderState) -> None:
        trade, order = make_order(state)

        for side in ("vendor", "buyer"):
            with pytest.raises(InvalidMove):
                propose(trade, order, side=side)

    def test_a_line_that_has_left_keeps_its_day(self) -> None:
        trade, order = make_wide_order()
        with transaction():
            services.ship_part(order.id, quantities={lines_of(order)[0].id: 100}, carrier="NSL", tracking=None, actor=trade.seller())

        with pytest.raises(LineHasLeft):
            propose(trade, order)

    def test_the_buyer_proposes_nothing_before_the_vendor_has_accepted(self) -> None:
        trade, order = make_order()

        with pytest.raises(InvalidMove):
            propose(trade, order, side="buyer")

    def test_nobody_signs_his_own_proposal_and_no_stranger_any(self) -> None:
        trade, order = make_order(S.ACCEPTED)
        change = propose(trade, order)
        other = make_trade()

        acts: list[Callable[[], object]] = [
            lambda: services.accept_change_as_vendor(change.id, answer=None, actor=trade.seller()),
            lambda: services.decline_change_as_vendor(change.id, answer=None, actor=trade.seller()),
            lambda: services.withdraw_change_as_buyer(change.id, actor=trade.actor),
            lambda: services.accept_change_as_buyer(change.id, answer=None, actor=other.actor),
            lambda: services.accept_change_as_vendor(change.id, answer=None, actor=other.seller()),
            lambda: services.withdraw_change_as_vendor(change.id, actor=other.seller()),
        ]
        for act in acts:
            with pytest.raises(NotFound), transaction():
                act()
        assert state_of(change) is ChangeState.OPEN

    def test_a_line_of_another_order_is_not_found(self) -> None:
        trade, order = make_order(S.ACCEPTED)
        stranger = lines_of(make_order()[1])[0].id

        with pytest.raises(NotFound), transaction():
            services.propose_days_as_vendor(order.id, days={stranger: LATER}, reason=WHY, actor=trade.seller())

    def test_an_answered_change_is_answered_once(self) -> None:
        trade, order = make_order(S.ACCEPTED)
        change = propose(trade, order)
        with transaction():
            services.accept_change_as_buyer(change.id, answer=None, actor=trade.actor)

        for act in (
            lambda: services.accept_change_as_buyer(change.id, answer=None, actor=trade.actor),
            lambda: services.decline_change_as_buyer(change.id, answer=None, actor=trade.actor),
            lambda: services.withdraw_change_as_vendor(change.id, actor=trade.seller()),
        ):
            with pytest.raises(ChangeIsAnswered), transaction():
                act()
        assert len(promises(order)) == 1

    def test_what_has_left_needs_no_answer_any_more(self) -> None:
        trade, order = make_order(S.READY)
        change = propose(trade, order)

        with transaction():
            services.ship_order(order.id, carrier="NSL", tracking=None, actor=trade.seller())

        assert state_of(change) is ChangeState.WITHDRAWN
        assert job_at(f"change:{change.id}") is None


class TestDeadline:
    def test_the_other_side_has_two_of_its_business_days(self) -> None:
        friday = datetime(2026, 11, 27, 12, tzinfo=UTC)
        trade, order = make_order(S.ACCEPTED)
        trade.buyer.time_zone = "UTC"
        db.session.commit()

        with clock.at(friday):
            change = propose(trade, order)

        assert change.answer_by_at.replace(second=0, microsecond=0) == datetime(2026, 12, 1, 12, tzinfo=UTC)
        assert job_at(f"change:{change.id}") == change.answer_by_at

    def test_silence_leaves_everything_as_it_was(self) -> None:
        trade, order = make_order(S.ACCEPTED)
        change = propose(trade, order)

        with clock.at(change.answer_by_at - timedelta(seconds=1)), transaction():
            services.expire_change(change.id)
        assert state_of(change) is ChangeState.OPEN
        with clock.at(change.answer_by_at), transaction():
            services.expire_change(change.id)

        assert state_of(change) is ChangeState.EXPIRED
        assert promises(order) == []

    def test_an_answer_after_the_end_is_refused_even_before_the_clockwork_came(self) -> None:
        trade, order = make_order(S.ACCEPTED)
        change = propose(trade, order)

        with clock.at(change.answer_by_at), pytest.raises(ChangeIsAnswered), transaction():
            services.accept_change_as_buyer(change.id, answer=None, actor=trade.actor)

    def test_each_side_is_told_what_it_did_not_do_itself(self) -> None:
        trade, order = make_order(S.ACCEPTED)
        change = propose(trade, order)
        assert mails("email_change_proposed") == 1
        with transaction():
            services.accept_change_as_buyer(change.id, answer=None, actor=trade.actor)
        assert mails("email_change_answered") == 1

        again = propose(trade, order, date(2030, 4, 1))
        with clock.at(again.answer_by_at), transaction():
            services.expire_change(again.id)

        assert mails("email_change_answered") == 3


class TestCondition:
    """The vendor takes the order, but on another day."""

    def test_its_clock_stands_while_the_buyer_answers(self) -> None:
        trade, order = make_order()

        change = propose(trade, order)

        assert change.is_condition
        assert (fresh(order).state, fresh(order).accept_by_at, fresh(order).cancel_unaccepted_at) == (S.PLACED, None, None)
        assert job_at(f"cancel_unaccepted:{order.id}") is None
        assert queries.orders_to_answer(order.vendor_id) == []
        with pytest.raises(ChangeIsOpen), transaction():
            services.accept_order(order.id, actor=trade.seller())

    def test_the_buyers_yes_accepts_the_order_with_the_new_day(self) -> None:
        trade, order = make_order()
        change = propose(trade, order)

        with transaction():
            services.accept_change_as_buyer(change.id, answer=None, actor=trade.actor)

        assert (fresh(order).state, promises(order)) == (S.ACCEPTED, [(LATER, "vendor", WHY)])
        assert mails("email_accepted") == 1

    @pytest.mark.parametrize("how", ["declined", "withdrawn", "expired"])
    def test_without_it_the_vendor_has_its_whole_time_again(self, how: str) -> None:
        trade, order = make_order()
        change = propose(trade, order)

        with clock.at(change.answer_by_at - timedelta(hours=1 if how != "expired" else 0)), transaction():
            if how == "declined":
                services.decline_change_as_buyer(change.id, answer=None, actor=trade.actor)
            elif how == "withdrawn":
                services.withdraw_change_as_vendor(change.id, actor=trade.seller())
            else:
                services.expire_change(change.id)

        order = fresh(order)
        assert order.state is S.PLACED
        assert order.accept_by_at is not None
        assert order.accept_by_at > change.answer_by_at
        assert order.cancel_unaccepted_at is not None
        again = select(jobs.Job.run_at).where(jobs.Job.name == "orders.cancel_unaccepted", jobs.Job.state == jobs.JobState.QUEUED)
        assert db.session.scalars(again).all() == [order.cancel_unaccepted_at]

    def test_the_buyer_can_still_cancel_and_the_vendor_still_decline(self) -> None:
        for act in ("cancel", "decline"):
            trade, order = make_order()
            change = propose(trade, order)
            with transaction():
                if act == "cancel":
                    services.cancel_order(order.id, actor=trade.actor)
                else:
                    services.decline_order(order.id, reason="No capacity.", actor=trade.seller())
            assert state_of(change) is ChangeState.WITHDRAWN
            assert hold_of(order).state is HoldState.REFUNDED


class TestCancelLines:
    def ask(self, trade: Trade, order: VendorOrder, *places: int, side: str = "buyer") -> ChangeRequest:
        ids: list[UUID] = [lines_of(order)[place].id for place in places]
        with transaction():
            if side == "buyer":
                return services.propose_cancel_as_buyer(order.id, line_ids=ids, reason="We need fewer.", actor=trade.actor)
            return services.propose_cancel_as_vendor(order.id, line_ids=ids, reason="Out of this alloy.", actor=trade.seller())

    def test_an_agreed_line_is_not_made_and_its_money_and_stock_go_back(self) -> None:
        trade, order = make_wide_order(S.ACCEPTED)
        change = self.ask(trade, order, 1)

        with transaction():
            services.accept_change_as_vendor(change.id, answer=None, actor=trade.seller())

        kept, gone = lines_of(order)
        assert (kept.cancelled_at, gone.to_ship) == (None, 0)
        assert gone.cancelled_at is not None
        hold = hold_of(order)
        assert hold.refunded_minor == gone.goods_minor + gone.freight_minor + gone.tax_minor
        assert hold.state is HoldState.FUNDED
        assert stock_of(gone.variant_id) == (1_000, 0)
        assert fresh(order).state is S.ACCEPTED

    def test_the_rest_is_shipped_accepted_and_released_without_it(self) -> None:
        trade, order = make_wide_order(S.ACCEPTED)
        change = self.ask(trade, order, 1, side="vendor")
        with transaction():
            services.accept_change_as_buyer(change.id, answer=None, actor=trade.actor)

        for act in (
            lambda: services.mark_ready(order.id, actor=trade.seller()),
            lambda: services.ship_order(order.id, carrier="NSL", tracking=None, actor=trade.seller()),
            lambda: services.confirm_delivery(order.id, actor=trade.actor),
            lambda: services.accept_lines(order.id, quantities={lines_of(order)[0].id: 100}, actor=trade.actor),
        ):
            with transaction():
                act()

        hold = hold_of(order)
        assert (fresh(order).state, hold.released_minor + hold.refunded_minor) == (S.ACCEPTED_BY_BUYER, order.total_minor)

    def test_the_last_line_ends_the_order(self) -> None:
        trade, order = make_wide_order(S.ACCEPTED)
        change = self.ask(trade, order, 0, 1)

        with transaction():
            services.accept_change_as_vendor(change.id, answer=None, actor=trade.seller())

        assert (fresh(order).state, hold_of(order).state) == (S.CANCELLED, HoldState.REFUNDED)
        assert hold_of(order).refunded_minor == order.total_minor

    def test_production_waits_for_the_answer(self) -> None:
        trade, order = make_wide_order(S.ACCEPTED)
        change = self.ask(trade, order, 1)

        for act in (services.mark_in_production, services.mark_ready):
            with pytest.raises(ChangeIsOpen), transaction():
                act(order.id, actor=trade.seller())
        with transaction():
            services.decline_change_as_vendor(change.id, answer="Already cut.", actor=trade.seller())
        with transaction():
            services.mark_in_production(order.id, actor=trade.seller())
        assert lines_of(order)[1].cancelled_at is None

    @pytest.mark.parametrize("state", [S.PLACED, S.IN_PRODUCTION, S.READY, S.SHIPPED])
    def test_only_before_production(self, state: VendorOrderState) -> None:
        trade, order = make_wide_order(state)

        with pytest.raises(InvalidMove):
            self.ask(trade, order, 0)

    def test_no_line_is_cancelled_twice(self) -> None:
        trade, order = make_wide_order(S.ACCEPTED)
        change = self.ask(trade, order, 1)
        with transaction():
            services.accept_change_as_vendor(change.id, answer=None, actor=trade.seller())

        with pytest.raises(LineHasLeft):
            self.ask(trade, order, 1)
        assert db.session.scalars(select(LinePromise)).all() == []
