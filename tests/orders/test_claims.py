"""Claims by line: what may be claimed and when, answers, agreement, grants, hand-over. Source: product.md §8, §9; decision 0012."""

from datetime import timedelta

import pytest

from marketplace.catalogue.models import Supply
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import InvalidMove, NotFound
from marketplace.orders import queries, services
from marketplace.orders.errors import (
    ClaimsOver,
    CreditTooLargeForLine,
    HandOverTooEarly,
    NothingClaimed,
    ProblemIsDecided,
    ProblemIsOpen,
    QuantityTooLarge,
    RemedyNotPossible,
    TermsTooHard,
)
from marketplace.orders.models import (
    Claim,
    ClaimLine,
    ClaimLineState,
    ClaimState,
    InvoiceKind,
    ProblemKind,
    Remedy,
    Settlement,
    VendorOrder,
    VendorOrderState,
)
from payments.models import HoldState
from tests.factories.orders import Trade, claimed, fresh, hold_of, make_order, make_trade, report
from tests.orders.clockwork import job_at, mails

S = VendorOrderState
L = ClaimLineState
DAY = timedelta(days=1)
HOME = {"name": "Norrvik", "street": "Smidesvägen 12", "postcode": "602 28", "city": "Norrköping", "country": "SE"}
pytestmark = pytest.mark.usefixtures("app")


def the_line(claim: Claim) -> ClaimLine:
    """The first line of a claim as it stands."""
    db.session.expire_all()
    return queries.lines_of_claims([claim.id])[claim.id][0]


def now_of(claim: Claim) -> Claim:
    """A claim as it stands."""
    db.session.expire_all()
    return queries.claim_by_id(claim.id)


def answer(trade: Trade, claim: Claim, remedy: Remedy, **fields: object) -> None:
    """The vendor answers the first line."""
    with transaction():
        services.answer_line(claim.id, the_line(claim).id, answer=remedy, text="As said.", actor=trade.seller(), **fields)  # type: ignore[arg-type]


def accept(trade: Trade, claim: Claim) -> None:
    """The buyer takes the answer to the first line."""
    with transaction():
        services.accept_answer(claim.id, the_line(claim).id, actor=trade.actor)


def credited(order: VendorOrder) -> list[int]:
    """The sums of the credit notes of an order."""
    found = queries.invoices_of_orders([order.id])[order.id]
    return [one.total_minor for one in found if one.kind is InvoiceKind.CREDIT_NOTE]


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
        assert queries.count_open_claims() == 1

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


def with_policy(**policy: object) -> Trade:
    """A trade whose vendor has this return policy."""
    returns = {
        "window_days": 30,
        "freight_paid_by": "buyer",
        "restocking_bp": 1_000,
        "accepts": "defect only",
        "custom_goods": "defect only",
    }
    return make_trade(vendor={"returns": returns | policy})


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
