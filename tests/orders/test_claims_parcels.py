"""Claims whose goods travel: replacements and returns, and what they move in the stock. Source: product.md §8, §9; decision 0012."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.catalogue.models import MovementKind, StockMovement, Supply
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import InvalidMove
from marketplace.orders import services
from marketplace.orders.errors import (
    RemedyNotPossible,
    TermsTooHard,
)
from marketplace.orders.models import (
    Claim,
    ClaimLineState,
    ClaimState,
    ProblemKind,
    Remedy,
    Settlement,
    VendorOrder,
    VendorOrderState,
)
from marketplace.orders.returns import NO_RETURNS
from tests.factories.catalogue import stock_of
from tests.factories.orders import Trade, fresh, hold_of, make_order, make_trade, report
from tests.orders.claiming import HOME, accept, answer, credited, now_of, the_line, with_policy
from tests.orders.clockwork import job_at
from tests.orders.lines import lines_of

S = VendorOrderState
L = ClaimLineState
DAY = timedelta(days=1)
pytestmark = pytest.mark.usefixtures("app")


class TestReplacement:
    def test_it_is_sent_free_of_charge_and_ends_the_line_when_it_is_there(self) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order, wish=Remedy.REPLACE)
        answer(trade, claim, Remedy.REPLACE)
        accept(trade, claim)
        with pytest.raises(InvalidMove), transaction():
            services.confirm_replacement(claim.id, the_line(claim).id, actor=trade.actor)

        with transaction():
            services.send_replacement(claim.id, the_line(claim).id, carrier="NSL", tracking="NSL 7741", actor=trade.seller())
        with transaction():
            services.confirm_replacement(claim.id, the_line(claim).id, actor=trade.actor)

        line = the_line(claim)
        assert (line.settlement, line.carrier, line.credited_minor) == (Settlement.AGREED, "NSL", 0)
        assert hold_of(order).refunded_minor == 0
        assert fresh(order).inspection_ends_at is not None

    def test_one_that_is_never_sent_is_credited(self) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order, quantity=10)
        answer(trade, claim, Remedy.REPLACE)
        accept(trade, claim)
        due = the_line(claim).due_at
        assert due is not None
        assert job_at(f"claim_due:{the_line(claim).id}") == due

        with clock.at(due), transaction():
            services.go_on_by_clock(the_line(claim).id)

        assert the_line(claim).settlement is Settlement.GRANTED
        assert hold_of(order).refunded_minor == the_line(claim).value_minor

    def test_one_that_nobody_confirms_counts_as_arrived(self) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order, quantity=10)
        answer(trade, claim, Remedy.REPLACE)
        accept(trade, claim)
        with transaction():
            services.send_replacement(claim.id, the_line(claim).id, carrier="NSL", tracking=None, actor=trade.seller())
        due = the_line(claim).due_at
        assert due is not None

        with clock.at(due), transaction():
            services.go_on_by_clock(the_line(claim).id)

        assert the_line(claim).settlement is Settlement.AGREED
        assert hold_of(order).refunded_minor == 0

    def test_nothing_is_replaced_for_being_late(self) -> None:
        trade, order = make_order(S.DELIVERED)
        with pytest.raises(RemedyNotPossible):
            report(trade, order, kind=ProblemKind.LATE, wish=Remedy.REPLACE)
        claim = report(trade, order, kind=ProblemKind.LATE)

        with pytest.raises(RemedyNotPossible):
            answer(trade, claim, Remedy.REPLACE)


class TestReturn:
    def test_goods_go_back_first_then_the_money_less_the_restocking_fee(self) -> None:
        trade, order = make_order(S.DELIVERED, trade=with_policy())
        claim = report(trade, order, wish=Remedy.RETURN)
        answer(trade, claim, Remedy.RETURN, address=HOME)
        line = the_line(claim)
        fee = round((line.goods_minor + line.tax_minor) / 10)
        assert line.offered_minor == pytest.approx(line.value_minor - fee, abs=1)
        assert (line.return_terms["paid_by"], line.return_terms["restocking_bp"], line.return_terms["city"]) == (
            "buyer",
            1_000,
            "Norrköping",
        )
        accept(trade, claim)
        assert hold_of(order).refunded_minor == 0

        with transaction():
            services.send_return(claim.id, line.id, carrier="NSL", tracking="R-1", actor=trade.actor)
        with transaction():
            services.confirm_return(claim.id, line.id, actor=trade.seller())

        assert hold_of(order).refunded_minor == line.offered_minor
        assert credited(order) == [line.offered_minor]
        assert now_of(claim).state is ClaimState.SETTLED

    def test_the_vendor_may_be_kinder_than_its_policy_and_never_harder(self) -> None:
        trade, order = make_order(S.DELIVERED, trade=with_policy())
        claim = report(trade, order)
        with pytest.raises(TermsTooHard):
            answer(trade, claim, Remedy.RETURN, address=HOME, restocking_bp=1_001)

        answer(trade, claim, Remedy.RETURN, address=HOME, restocking_bp=0)

        assert the_line(claim).offered_minor == the_line(claim).value_minor

    def test_the_policy_of_the_order_counts_whatever_the_vendor_writes_later(self) -> None:
        trade, order = make_order(S.DELIVERED, trade=with_policy())
        trade.vendors[0].returns = {}
        db.session.commit()
        claim = report(trade, order)

        answer(trade, claim, Remedy.RETURN, address=HOME)

        assert the_line(claim).return_terms["restocking_bp"] == 1_000

    @pytest.mark.parametrize(
        ("policy", "kind"),
        [
            ({"window_days": 0}, ProblemKind.DAMAGED),
            ({}, ProblemKind.MISSING),
            ({}, ProblemKind.LATE),  # "defect only"
        ],
    )
    def test_what_the_policy_excludes_is_neither_wished_nor_answered(self, policy: dict[str, object], kind: ProblemKind) -> None:
        trade, order = make_order(S.DELIVERED, trade=with_policy(**policy))
        with pytest.raises(RemedyNotPossible):
            report(trade, order, kind=kind, wish=Remedy.RETURN)
        claim = report(trade, order, kind=kind)

        with pytest.raises(RemedyNotPossible):
            answer(trade, claim, Remedy.RETURN, address=HOME)

    def test_the_window_runs_from_delivery(self) -> None:
        trade, order = make_order(S.DELIVERED, trade=with_policy(window_days=5))

        with clock.at(clock.now() + 6 * DAY), pytest.raises(RemedyNotPossible):
            report(trade, order, wish=Remedy.RETURN)

    def test_goods_that_are_not_sent_back_in_time_end_the_line_without_money(self) -> None:
        trade, order = make_order(S.DELIVERED, trade=with_policy())
        claim = report(trade, order)
        answer(trade, claim, Remedy.RETURN, address=HOME)
        accept(trade, claim)
        due = the_line(claim).due_at
        assert due is not None

        with clock.at(due), transaction():
            services.go_on_by_clock(the_line(claim).id)

        assert (the_line(claim).settlement, hold_of(order).refunded_minor) == (Settlement.LAPSED, 0)
        assert fresh(order).inspection_ends_at is not None

    def test_returned_goods_that_nobody_confirms_count_as_arrived_and_are_refunded(self) -> None:
        trade, order = make_order(S.DELIVERED, trade=with_policy())
        claim = report(trade, order)
        answer(trade, claim, Remedy.RETURN, address=HOME)
        accept(trade, claim)
        with transaction():
            services.send_return(claim.id, the_line(claim).id, carrier="NSL", tracking=None, actor=trade.actor)
        due = the_line(claim).due_at
        assert due is not None

        with clock.at(due), transaction():
            services.go_on_by_clock(the_line(claim).id)

        assert hold_of(order).refunded_minor == the_line(claim).offered_minor

    def test_custom_goods_come_back_only_when_they_are_defective(self) -> None:
        policy = {"window_days": 30, "accepts": "unopened boxes", "custom_goods": "defect only"}
        trade = make_trade(vendor={"returns": policy}, supply=Supply.MADE_TO_ORDER)
        trade, order = make_order(S.DELIVERED, trade=trade)
        with pytest.raises(RemedyNotPossible):
            report(trade, order, kind=ProblemKind.LATE, wish=Remedy.RETURN)

        claim = report(trade, order, kind=ProblemKind.WRONG, wish=Remedy.RETURN)

        answer(trade, claim, Remedy.RETURN, address=HOME)
        assert the_line(claim).answer is Remedy.RETURN

    @pytest.mark.parametrize("kind", [ProblemKind.LATE, ProblemKind.WRONG])
    def test_who_takes_nothing_back_need_not(self, kind: ProblemKind) -> None:
        policy = {"window_days": 30, "accepts": "None", "custom_goods": "defect only"}
        trade, order = make_order(S.DELIVERED, trade=make_trade(vendor={"returns": policy}))

        with pytest.raises(RemedyNotPossible) as refused:
            report(trade, order, kind=kind, wish=Remedy.RETURN)

        assert refused.value.why == NO_RETURNS


class TestStock:
    """Kinds and changes of a variant's movements with their notes, beside those of the order itself."""

    def after_sale(self, order: VendorOrder) -> list[tuple[MovementKind, int, str | None]]:
        query = select(StockMovement).where(StockMovement.variant_id == lines_of(order)[0].variant_id, StockMovement.note.is_not(None))
        return [(one.kind, one.on_hand_change, one.note) for one in db.session.scalars(query.order_by(StockMovement.id))]

    def replaced(self, trade: Trade, order: VendorOrder, quantity: int = 40) -> Claim:
        claim = report(trade, order, quantity=quantity)
        answer(trade, claim, Remedy.REPLACE)
        accept(trade, claim)
        with transaction():
            services.send_replacement(claim.id, the_line(claim).id, carrier="NSL", tracking=None, actor=trade.seller())
        return claim

    def returned(self, trade: Trade, order: VendorOrder, kind: ProblemKind) -> Claim:
        claim = report(trade, order, quantity=40, kind=kind)
        answer(trade, claim, Remedy.RETURN, address=HOME)
        accept(trade, claim)
        with transaction():
            services.send_return(claim.id, the_line(claim).id, carrier="NSL", tracking=None, actor=trade.actor)
        return claim

    def test_a_replacement_leaves_the_stock_with_the_claims_number(self) -> None:
        trade, order = make_order(S.DELIVERED)

        claim = self.replaced(trade, order)

        assert self.after_sale(order) == [(MovementKind.REPLACED, -40, claim.number)]
        assert stock_of(lines_of(order)[0].variant_id) == (860, 0)

    def test_a_replacement_never_takes_what_is_promised_to_others(self) -> None:
        trade, order = make_order(S.DELIVERED, trade=make_trade(stock=200))
        make_order(S.ACCEPTED, trade=trade)  # promises the last hundred

        claim = self.replaced(trade, order)

        assert self.after_sale(order) == [(MovementKind.RECEIVED, 40, claim.number), (MovementKind.REPLACED, -40, claim.number)]
        assert stock_of(lines_of(order)[0].variant_id) == (100, 100)

    def test_goods_made_to_order_move_no_stock(self) -> None:
        trade, order = make_order(S.DELIVERED, trade=make_trade(supply=Supply.MADE_TO_ORDER))

        self.replaced(trade, order)

        assert self.after_sale(order) == []

    def test_wrong_goods_that_come_back_can_be_sold_again(self) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = self.returned(trade, order, ProblemKind.WRONG)
        assert self.after_sale(order) == []

        with transaction():
            services.confirm_return(claim.id, the_line(claim).id, actor=trade.seller())

        assert self.after_sale(order) == [(MovementKind.RETURNED, 40, claim.number)]
        assert stock_of(lines_of(order)[0].variant_id) == (940, 0)

    def test_damaged_goods_that_come_back_are_scrapped(self) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = self.returned(trade, order, ProblemKind.DAMAGED)

        with transaction():
            services.confirm_return(claim.id, the_line(claim).id, actor=trade.seller())

        assert self.after_sale(order) == [(MovementKind.RETURNED, 40, claim.number), (MovementKind.SCRAPPED, -40, claim.number)]
        assert stock_of(lines_of(order)[0].variant_id) == (900, 0)

    def test_what_only_the_clock_has_seen_arrive_moves_nothing(self) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = self.returned(trade, order, ProblemKind.WRONG)
        due_at = the_line(claim).due_at
        assert due_at is not None

        with clock.at(due_at), transaction():
            services.go_on_by_clock(the_line(claim).id)

        assert the_line(claim).state is L.SETTLED
        assert self.after_sale(order) == []
